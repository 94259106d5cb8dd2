//! ControllerRevision: a past template of a StatefulSet or DaemonSet.

use super::de::{Meta, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "apps",
    plural: "controllerrevisions",
    kind: "ControllerRevision",
    namespaced: true,
    columns: &[
        ColumnSpec::text("CONTROLLER").drop(3),
        ColumnSpec::number("REVISION").drop(2),
        ColumnSpec::age(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::CONTROLLER_REVISION)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    revision: Option<i64>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    let owners = &facts.metadata.owner_references;
    match owners.iter().find(|owner| owner.controller == Some(true)) {
        Some(owner) => {
            let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
            let dot = if group.is_empty() { "" } else { "." };
            let kind = owner.kind.to_lowercase();
            row.own_text(&format!("{kind}{dot}{group}/{}", &*owner.name), Tone::Plain);
        }
        None => row.none(),
    }
    row.int(facts.revision.unwrap_or(0));
    Ok(())
}
