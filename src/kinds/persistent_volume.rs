//! PersistentVolume.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::refs::Target;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs, volume};
use crate::model::{Health, Tone};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "persistentvolumes",
    kind: "PersistentVolume",
    namespaced: false,
    columns: &[
        ColumnSpec::number("CAPACITY").drop(2),
        ColumnSpec::text("ACCESS MODES").drop(6),
        ColumnSpec::text("RECLAIM POLICY").drop(5),
        ColumnSpec::text("STATUS").drop(0),
        ColumnSpec::text("CLAIM").drop(3),
        ColumnSpec::text("STORAGECLASS").drop(4),
        ColumnSpec::text("VOLUMEATTRIBUTESCLASS").drop(8),
        ColumnSpec::text("REASON").drop(7),
        ColumnSpec::age(),
        ColumnSpec::text("VOLUMEMODE").wide(),
        ColumnSpec::text("DRIVER").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::PERSISTENT_VOLUME)),
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
    #[serde(borrow, deserialize_with = "nullable")]
    capacity: Storage<'a>,
    #[serde(deserialize_with = "nullable")]
    access_modes: Vec<Str<'a>>,
    persistent_volume_reclaim_policy: Str<'a>,
    claim_ref: Option<Claim<'a>>,
    storage_class_name: Str<'a>,
    volume_attributes_class_name: Option<Str<'a>>,
    volume_mode: Option<Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    csi: Csi<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Storage<'a> {
    #[serde(borrow)]
    storage: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Claim<'a> {
    #[serde(borrow)]
    namespace: Str<'a>,
    name: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Csi<'a> {
    #[serde(borrow)]
    driver: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow)]
    phase: Str<'a>,
    reason: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let spec = &facts.spec;
    row.meta(&facts.metadata);

    let terminating = !facts.metadata.deletion_timestamp.is_empty();
    let (phase, tone, health) = match &*facts.status.phase {
        _ if terminating => ("Terminating", Tone::Busy, Health::Progressing),
        "Bound" => ("Bound", Tone::Good, Health::Healthy),
        "Available" => ("Available", Tone::Plain, Health::Healthy),
        // Its claim is gone: it is on its way out, or (Retain) nobody can use it until somebody
        // clears the claimRef.
        "Released" if &*spec.persistent_volume_reclaim_policy == "Delete" => {
            ("Released", Tone::Busy, Health::Progressing)
        }
        "Released" => ("Released", Tone::Warn, Health::Suspended),
        "Failed" => ("Failed", Tone::Bad, Health::Degraded),
        "Pending" => ("Pending", Tone::Busy, Health::Progressing),
        other => (other, Tone::Plain, Health::Unknown),
    };
    row.health(health);
    if tone != Tone::Good {
        row.tone(tone);
    }

    let capacity = &*spec.capacity.storage;
    volume::size(row, if capacity.is_empty() { "0" } else { capacity });
    row.text(&volume::access_modes(&spec.access_modes), Tone::Plain);
    row.text(&spec.persistent_volume_reclaim_policy, Tone::Plain);
    row.text(phase, tone);
    match &spec.claim_ref {
        Some(claim) => {
            row.own_text(&format!("{}/{}", &*claim.namespace, &*claim.name), Tone::Plain)
        }
        None => row.text("", Tone::Plain),
    }
    let class = volume::storage_class(object, &spec.storage_class_name)?;
    row.text(&class, Tone::Plain);
    row.text(spec.volume_attributes_class_name.as_deref().unwrap_or("<unset>"), Tone::Plain);
    row.text(&facts.status.reason, Tone::Plain);
    row.text(spec.volume_mode.as_deref().unwrap_or("<unset>"), Tone::Plain);
    row.text(&spec.csi.driver, Tone::Plain);

    if let Some(claim) = &spec.claim_ref {
        let (namespace, name) = (&*claim.namespace, &*claim.name);
        refs::core(row, "spec.claimRef", "PersistentVolumeClaim", namespace, name);
    }
    let storage = |kind, name| Target { group: "storage.k8s.io", kind, namespace: "", name };
    refs::reference(row, "spec.storageClassName", storage("StorageClass", &class));
    refs::reference(row, "spec.csi.driver", storage("CSIDriver", &spec.csi.driver));
    Ok(())
}
