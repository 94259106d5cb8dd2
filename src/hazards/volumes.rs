//! Volumes that fill up, as the kubelets see them.

use super::survey::Survey;
use super::{Finding, Severity};
use crate::model::Read;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How full the volume of a claim is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    namespace: String,
    name: String,
    bytes: (u64, u64),
    inodes: (u64, u64),
}

/// What one kubelet tells of its node, volumes among it.
pub fn read(node: &str) -> Read {
    Read {
        what: format!("read the volume usage of node {node}"),
        path: format!("/api/v1/nodes/{node}/proxy/stats/summary"),
    }
}

#[derive(Deserialize)]
struct Summary {
    #[serde(default)]
    pods: Vec<Pod>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pod {
    /// The kubelet's name for it is in the singular.
    #[serde(rename = "volume")]
    volumes: Vec<Volume>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Volume {
    /// Volumes of other sorts have none.
    pvc_ref: Option<Claim>,
    used_bytes: u64,
    capacity_bytes: u64,
    inodes_used: u64,
    inodes: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Claim {
    name: String,
    namespace: String,
}

pub(super) fn parse(json: &str) -> Result<Vec<Usage>, String> {
    let summary: Summary = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let volumes = summary.pods.into_iter().flat_map(|pod| pod.volumes);
    Ok(volumes
        .filter_map(|volume| {
            let Claim { name, namespace } = volume.pvc_ref?;
            Some(Usage {
                namespace,
                name,
                bytes: (volume.used_bytes, volume.capacity_bytes),
                inodes: (volume.inodes_used, volume.inodes),
            })
        })
        .collect())
}

/// How much of it is used, in per cent.
fn percent((used, of): (u64, u64)) -> u64 {
    used.saturating_mul(100).checked_div(of).unwrap_or(0)
}

pub(super) fn check(survey: &Survey, _now: i64) -> Vec<Finding> {
    // A claim that several nodes mount is told once, by the fullest view of it.
    let mut fullest: BTreeMap<(&str, &str), &Usage> = BTreeMap::new();
    let full = |usage: &Usage| percent(usage.bytes).max(percent(usage.inodes));
    for usage in &survey.usage {
        let held = fullest.entry((&usage.namespace, &usage.name)).or_insert(usage);
        if full(usage) > full(held) {
            *held = usage;
        }
    }
    fullest
        .into_iter()
        .filter_map(|((namespace, name), usage)| {
            let severity = match full(usage) {
                90.. => Severity::Serious,
                80.. => Severity::Soon,
                _ => return None,
            };
            let (bytes, inodes) = (percent(usage.bytes), percent(usage.inodes));
            let what = if bytes >= inodes {
                format!("{bytes} % of its space is used")
            } else {
                format!("{inodes} % of its inodes are used")
            };
            let words = format!("{what}: enlarge it, or remove what is not needed");
            let check = (severity, "volume filling");
            Some(Finding::new(check, ("", "PersistentVolumeClaim"), (namespace, name), &words))
        })
        .collect()
}
