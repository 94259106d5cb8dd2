//! PersistentVolumeClaim.

use super::condition::Condition;
use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::refs::Target;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs, volume};
use crate::model::{Cell, Health, Tone};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "persistentvolumeclaims",
    kind: "PersistentVolumeClaim",
    namespaced: true,
    columns: &[
        ColumnSpec::text("STATUS").drop(0),
        ColumnSpec::text("VOLUME").drop(5),
        ColumnSpec::number("CAPACITY").drop(2),
        ColumnSpec::text("ACCESS MODES").drop(6),
        ColumnSpec::text("STORAGECLASS").drop(4),
        ColumnSpec::text("VOLUMEATTRIBUTESCLASS").drop(8),
        ColumnSpec::age(),
        ColumnSpec::text("VOLUMEMODE").wide(),
        ColumnSpec::number("REQUESTED").ours().wide(),
        ColumnSpec::text("RESIZE").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::PERSISTENT_VOLUME_CLAIM)),
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
    volume_name: Str<'a>,
    storage_class_name: Str<'a>,
    volume_attributes_class_name: Option<Str<'a>>,
    volume_mode: Option<Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    resources: Resources<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Resources<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    requests: Storage<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Storage<'a> {
    #[serde(borrow)]
    storage: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(borrow)]
    phase: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    capacity: Storage<'a>,
    #[serde(deserialize_with = "nullable")]
    access_modes: Vec<Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let (spec, status) = (&facts.spec, &facts.status);
    row.meta(&facts.metadata);

    let terminating = !facts.metadata.deletion_timestamp.is_empty();
    let resizing: Vec<&str> = status
        .conditions
        .iter()
        .filter(|condition| condition.is_true())
        .map(|condition| &*condition.r#type)
        .collect();
    let stuck =
        resizing.iter().any(|kind| kind.ends_with("ResizeError") || *kind == "ModifyVolumeError");
    let (phase, tone, health) = match &*status.phase {
        _ if terminating => ("Terminating", Tone::Busy, Health::Progressing),
        "Bound" if stuck => ("Bound", Tone::Warn, Health::Degraded),
        "Bound" if !resizing.is_empty() => ("Bound", Tone::Busy, Health::Progressing),
        "Bound" => ("Bound", Tone::Good, Health::Healthy),
        "Lost" => ("Lost", Tone::Bad, Health::Degraded),
        "Pending" => ("Pending", Tone::Busy, Health::Progressing),
        other => (other, Tone::Plain, Health::Unknown),
    };
    row.health(health);
    if tone != Tone::Good {
        row.tone(tone);
    }
    row.text(phase, tone);

    row.own_text(&spec.volume_name, Tone::Plain);
    if spec.volume_name.is_empty() {
        row.cell(Cell::Empty);
        row.cell(Cell::Empty);
    } else {
        let capacity = &*status.capacity.storage;
        volume::size(row, if capacity.is_empty() { "0" } else { capacity });
        row.text(&volume::access_modes(&status.access_modes), Tone::Plain);
    }
    let class = volume::storage_class(object, &spec.storage_class_name)?;
    row.text(&class, Tone::Plain);
    row.text(spec.volume_attributes_class_name.as_deref().unwrap_or("<unset>"), Tone::Plain);
    row.text(spec.volume_mode.as_deref().unwrap_or("<unset>"), Tone::Plain);
    volume::size(row, &spec.resources.requests.storage);
    let resize_tone = match (resizing.is_empty(), stuck) {
        (true, _) => Tone::Plain,
        (false, true) => Tone::Warn,
        (false, false) => Tone::Busy,
    };
    row.text(&resizing.join(","), resize_tone);

    refs::core(row, "spec.volumeName", "PersistentVolume", "", &spec.volume_name);
    let class =
        Target { group: "storage.k8s.io", kind: "StorageClass", namespace: "", name: &class };
    refs::reference(row, "spec.storageClassName", class);
    Ok(())
}
