//! What checks want to know of pods.

use super::survey::{Metadata, null};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pod {
    pub(super) metadata: Metadata,
    #[serde(deserialize_with = "null")]
    spec: Spec,
    #[serde(deserialize_with = "null")]
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    node_name: String,
    #[serde(deserialize_with = "null")]
    volumes: Vec<Volume>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Volume {
    persistent_volume_claim: Option<serde::de::IgnoredAny>,
    /// A claim made for this pod alone.
    ephemeral: Option<serde::de::IgnoredAny>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    #[serde(deserialize_with = "null")]
    container_statuses: Vec<Container>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Container {
    pub(super) image: String,
    #[serde(rename = "imageID")]
    pub(super) id: String,
    #[serde(deserialize_with = "null")]
    state: State,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    running: Option<serde::de::IgnoredAny>,
}

impl Pod {
    pub(super) fn node(&self) -> &str {
        &self.spec.node_name
    }

    pub(super) fn has_claims(&self) -> bool {
        let claims = |volume: &Volume| {
            volume.persistent_volume_claim.is_some() || volume.ephemeral.is_some()
        };
        self.spec.volumes.iter().any(claims)
    }

    /// Containers that run.
    pub(super) fn running(&self) -> impl Iterator<Item = &Container> {
        self.status.container_statuses.iter().filter(|container| container.state.running.is_some())
    }
}
