//! Facts of pods.

use super::{Condition, Meta, moment};
use crate::kinds::de::nullable;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// metadata.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    /// spec.
    #[serde(deserialize_with = "nullable")]
    pub spec: PodSpec,
    /// status.
    #[serde(deserialize_with = "nullable")]
    pub status: PodStatus,
}

/// `spec` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodSpec {
    /// Where it runs; empty before that is decided.
    #[serde(deserialize_with = "nullable")]
    pub node_name: String,
    /// Its containers.
    #[serde(deserialize_with = "nullable")]
    pub containers: Vec<Container>,
    /// Its init containers, sidecars among them.
    #[serde(deserialize_with = "nullable")]
    pub init_containers: Vec<Container>,
    /// Conditions of others that it must have to be ready.
    #[serde(deserialize_with = "nullable")]
    pub readiness_gates: Vec<Gate>,
    /// Gates that keep it from being scheduled.
    #[serde(deserialize_with = "nullable")]
    pub scheduling_gates: Vec<SchedulingGate>,
    /// Its volumes.
    #[serde(deserialize_with = "nullable")]
    pub volumes: Vec<Volume>,
}

/// One of `readinessGates`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Gate {
    /// The condition's type.
    #[serde(deserialize_with = "nullable")]
    pub condition_type: String,
}

/// One of `schedulingGates`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SchedulingGate {
    /// Its name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
}

/// A volume of a pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Volume {
    /// Its name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// The claim it is.
    pub persistent_volume_claim: Option<ClaimVolume>,
}

/// `persistentVolumeClaim` of a volume.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClaimVolume {
    /// Name of the claim.
    #[serde(deserialize_with = "nullable")]
    pub claim_name: String,
}

/// A container as it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Container {
    /// Its name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// Its image.
    #[serde(deserialize_with = "nullable")]
    pub image: String,
    /// `Always`, `IfNotPresent`, `Never`.
    #[serde(deserialize_with = "nullable")]
    pub image_pull_policy: String,
    /// `Always` for a sidecar among init containers.
    #[serde(deserialize_with = "nullable")]
    pub restart_policy: String,
    /// What it may use.
    #[serde(deserialize_with = "nullable")]
    pub resources: Resources,
    /// When it counts as ready.
    pub readiness_probe: Option<Probe>,
    /// When it counts as started.
    pub startup_probe: Option<Probe>,
    /// When it counts as alive.
    pub liveness_probe: Option<Probe>,
}

/// `resources`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// limits.
    #[serde(deserialize_with = "nullable")]
    pub limits: BTreeMap<String, Value>,
}

/// A probe.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Probe {
    /// Seconds before the first one.
    #[serde(deserialize_with = "nullable")]
    pub initial_delay_seconds: i64,
    /// Seconds between two; 10 where absent.
    pub period_seconds: Option<i64>,
    /// Failures in a row that count; 3 where absent.
    pub failure_threshold: Option<i64>,
    /// Asks a path.
    pub http_get: Option<HttpGet>,
    /// Opens a port.
    pub tcp_socket: Option<PortProbe>,
    /// Asks a gRPC service.
    pub grpc: Option<PortProbe>,
    /// Runs a command.
    pub exec: Option<Exec>,
}

/// `httpGet`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct HttpGet {
    /// The path.
    #[serde(deserialize_with = "nullable")]
    pub path: String,
    /// The port, by number or name.
    pub port: Value,
}

/// `tcpSocket`, `grpc`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PortProbe {
    /// The port, by number or name.
    pub port: Value,
}

/// `exec`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Exec {
    /// The command.
    #[serde(deserialize_with = "nullable")]
    pub command: Vec<String>,
}

/// `status` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodStatus {
    /// `Pending`, `Running`, …
    #[serde(deserialize_with = "nullable")]
    pub phase: String,
    /// One word: `Evicted`.
    #[serde(deserialize_with = "nullable")]
    pub reason: String,
    /// A sentence.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
    /// conditions.
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
    /// Of its containers.
    #[serde(deserialize_with = "nullable")]
    pub container_statuses: Vec<ContainerStatus>,
    /// Of its init containers.
    #[serde(deserialize_with = "nullable")]
    pub init_container_statuses: Vec<ContainerStatus>,
}

/// How a container is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerStatus {
    /// Its name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// Its image.
    #[serde(deserialize_with = "nullable")]
    pub image: String,
    /// What the image is, with its digest.
    #[serde(rename = "imageID", deserialize_with = "nullable")]
    pub image_id: String,
    /// It is ready.
    #[serde(deserialize_with = "nullable")]
    pub ready: bool,
    /// Its startup probe has passed, or it has none.
    pub started: Option<bool>,
    /// How often it was started again.
    #[serde(deserialize_with = "nullable")]
    pub restart_count: i64,
    /// What it does.
    #[serde(deserialize_with = "nullable")]
    pub state: State,
    /// How the one before it ended.
    #[serde(deserialize_with = "nullable")]
    pub last_state: State,
}

/// One of three.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct State {
    /// It is not started.
    pub waiting: Option<Waiting>,
    /// It runs.
    pub running: Option<Running>,
    /// It has ended.
    pub terminated: Option<Terminated>,
}

/// Why a container is not started.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Waiting {
    /// One word.
    #[serde(deserialize_with = "nullable")]
    pub reason: String,
    /// A sentence.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
}

/// A container that runs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Running {
    /// Unix seconds.
    #[serde(rename = "startedAt", deserialize_with = "moment")]
    pub since: Option<i64>,
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Terminated {
    /// Its exit code.
    #[serde(deserialize_with = "nullable")]
    pub exit_code: i64,
    /// The signal that ended it; 0 where none is told.
    #[serde(deserialize_with = "nullable")]
    pub signal: i64,
    /// One word: `Error`, `OOMKilled`.
    #[serde(deserialize_with = "nullable")]
    pub reason: String,
    /// What it left as its last words.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
}
