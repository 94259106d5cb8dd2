//! StorageClass. The server writes `name (default)` into its NAME cell; our NAME is the object's name
//! (it is what one types and links to), so the mark has a column of its own.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::refs::Target;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "storage.k8s.io",
    plural: "storageclasses",
    kind: "StorageClass",
    namespaced: false,
    columns: &[
        ColumnSpec::text("PROVISIONER").drop(3),
        ColumnSpec::text("RECLAIMPOLICY").drop(4),
        ColumnSpec::text("VOLUMEBINDINGMODE").drop(5),
        ColumnSpec::text("ALLOWVOLUMEEXPANSION").drop(6),
        ColumnSpec::age(),
        ColumnSpec::text("DEFAULT").ours().drop(2),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::STORAGE_CLASS)),
};

const DEFAULT: [&str; 2] = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
];

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    provisioner: Str<'a>,
    reclaim_policy: Option<Str<'a>>,
    volume_binding_mode: Option<Str<'a>>,
    allow_volume_expansion: Option<bool>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    row.text(&facts.provisioner, Tone::Plain);
    row.text(facts.reclaim_policy.as_deref().unwrap_or("Delete"), Tone::Plain);
    row.text(facts.volume_binding_mode.as_deref().unwrap_or("Immediate"), Tone::Plain);
    let expands = facts.allow_volume_expansion == Some(true);
    row.text(if expands { "true" } else { "false" }, Tone::Plain);
    let marks = refs::marks(object)?;
    let default = DEFAULT
        .iter()
        .any(|mark| marks.annotations.get(mark).is_some_and(|value| &**value == "true"));
    row.text(if default { "true" } else { "" }, Tone::Plain);
    // Provisioners built into Kubernetes have no driver object.
    if !facts.provisioner.starts_with("kubernetes.io/") {
        let target = Target {
            group: "storage.k8s.io",
            kind: "CSIDriver",
            namespace: "",
            name: &facts.provisioner,
        };
        refs::reference(row, "provisioner", target);
    }
    Ok(())
}
