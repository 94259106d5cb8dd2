//! VolumeAttachment: one volume on its way to, on, or off one node.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::refs::Target;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::{Cell, Health, Tone};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "storage.k8s.io",
    plural: "volumeattachments",
    kind: "VolumeAttachment",
    namespaced: false,
    columns: &[
        ColumnSpec::text("ATTACHER").drop(5),
        ColumnSpec::text("PV").drop(3),
        ColumnSpec::text("NODE").drop(2),
        ColumnSpec::text("ATTACHED").drop(0),
        ColumnSpec::age(),
        ColumnSpec::text("ERROR").ours().drop(4),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::VOLUME_ATTACHMENT)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    attacher: Str<'a>,
    node_name: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    source: Source<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Source<'a> {
    #[serde(borrow)]
    persistent_volume_name: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    attached: Option<bool>,
    #[serde(borrow)]
    attach_error: Option<Failure<'a>>,
    detach_error: Option<Failure<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Failure<'a> {
    #[serde(borrow)]
    message: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let (spec, status) = (&facts.spec, &facts.status);
    let volume = &*spec.source.persistent_volume_name;
    row.meta(&facts.metadata);
    row.text(&spec.attacher, Tone::Plain);
    row.own_text(volume, Tone::Plain);
    row.text(&spec.node_name, Tone::Plain);

    let attached = status.attached == Some(true);
    let failure = status.detach_error.as_ref().or(status.attach_error.as_ref());
    let leaving = !facts.metadata.deletion_timestamp.is_empty();
    let (tone, health) = match (failure, attached) {
        (Some(_), _) => (Tone::Bad, Health::Degraded),
        (None, true) if !leaving => (Tone::Good, Health::Healthy),
        (None, _) => (Tone::Busy, Health::Progressing),
    };
    row.health(health);
    if tone != Tone::Good {
        row.tone(tone);
    }
    row.text(if attached { "true" } else { "false" }, tone);
    match failure {
        Some(failure) => row.own_text(&failure.message, Tone::Bad),
        None => row.cell(Cell::Empty),
    }

    refs::core(row, "spec.source.persistentVolumeName", "PersistentVolume", "", volume);
    refs::core(row, "spec.nodeName", "Node", "", &spec.node_name);
    let driver =
        Target { group: "storage.k8s.io", kind: "CSIDriver", namespace: "", name: &spec.attacher };
    refs::reference(row, "spec.attacher", driver);
    Ok(())
}
