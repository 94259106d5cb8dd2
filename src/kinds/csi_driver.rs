//! CSIDriver.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "storage.k8s.io",
    plural: "csidrivers",
    kind: "CSIDriver",
    namespaced: false,
    columns: &[
        ColumnSpec::text("ATTACHREQUIRED").drop(4),
        ColumnSpec::text("PODINFOONMOUNT").drop(5),
        ColumnSpec::text("STORAGECAPACITY").drop(6),
        ColumnSpec::text("TOKENREQUESTS").drop(7),
        ColumnSpec::text("REQUIRESREPUBLISH").drop(8),
        ColumnSpec::text("MODES").drop(3),
        ColumnSpec::age(),
        ColumnSpec::text("FSGROUPPOLICY").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::CSI_DRIVER)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    attach_required: Option<bool>,
    pod_info_on_mount: Option<bool>,
    storage_capacity: Option<bool>,
    #[serde(borrow)]
    token_requests: Option<Vec<TokenRequest<'a>>>,
    requires_republish: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    volume_lifecycle_modes: Vec<Str<'a>>,
    fs_group_policy: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct TokenRequest<'a> {
    #[serde(borrow)]
    audience: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let spec = &facts.spec;
    row.meta(&facts.metadata);
    // Absent means required: the API's default.
    yes_no(row, spec.attach_required.unwrap_or(true));
    yes_no(row, spec.pod_info_on_mount.unwrap_or(false));
    yes_no(row, spec.storage_capacity.unwrap_or(false));
    match &spec.token_requests {
        Some(requests) => {
            let audiences: Vec<&str> = requests.iter().map(|request| &*request.audience).collect();
            row.text(&audiences.join(","), Tone::Plain);
        }
        None => row.text("<unset>", Tone::Dim),
    }
    yes_no(row, spec.requires_republish.unwrap_or(false));
    let modes: Vec<&str> = spec.volume_lifecycle_modes.iter().map(|mode| &**mode).collect();
    row.text_or_none(&modes.join(","));
    row.text(&spec.fs_group_policy, Tone::Plain);
    Ok(())
}

fn yes_no(row: &mut RowBuilder<'_>, yes: bool) {
    row.text(if yes { "true" } else { "false" }, Tone::Plain);
}
