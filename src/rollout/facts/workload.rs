//! Facts of workloads.

use super::{Condition, Meta, moment, number};
use crate::kinds::de::nullable;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The kinds that roll out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `apps` Deployment.
    #[default]
    Deployment,
    /// `apps` StatefulSet.
    StatefulSet,
    /// `apps` DaemonSet.
    DaemonSet,
    /// `argoproj.io` Rollout.
    Rollout,
}

impl Kind {
    /// The kind of this name; None for others.
    pub fn of(kind: &str) -> Option<Self> {
        match kind {
            "Deployment" => Some(Self::Deployment),
            "StatefulSet" => Some(Self::StatefulSet),
            "DaemonSet" => Some(Self::DaemonSet),
            "Rollout" => Some(Self::Rollout),
            _ => None,
        }
    }

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Rollout => "Rollout",
        }
    }

    /// Its revisions are ReplicaSets; otherwise ControllerRevisions.
    pub fn has_sets(self) -> bool {
        matches!(self, Self::Deployment | Self::Rollout)
    }
}

/// A workload of any kind that rolls out. Fields that a kind does not have stay as absent ones.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Workload {
    /// Which kind; not part of the JSON in lists.
    #[serde(skip)]
    pub kind: Kind,
    /// metadata.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    /// spec.
    #[serde(deserialize_with = "nullable")]
    pub spec: Spec,
    /// status.
    #[serde(deserialize_with = "nullable")]
    pub status: Status,
}

/// `spec` of a workload.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Spec {
    /// Replicas asked for.
    pub replicas: Option<i64>,
    /// Nothing rolls while it is set.
    #[serde(deserialize_with = "nullable")]
    pub paused: bool,
    /// Label selector of its pods, as in the API.
    pub selector: Value,
    /// The pod template, as in the API.
    pub template: Value,
    /// `strategy`, and `updateStrategy` as StatefulSets and DaemonSets call it.
    #[serde(alias = "updateStrategy", deserialize_with = "nullable")]
    pub strategy: Strategy,
    /// Seconds that a pod must be ready before it counts as available.
    #[serde(deserialize_with = "nullable")]
    pub min_ready_seconds: i64,
    /// Seconds without progress after which it counts as failed.
    pub progress_deadline_seconds: Option<i64>,
    /// `OrderedReady` or `Parallel`, of StatefulSets.
    #[serde(deserialize_with = "nullable")]
    pub pod_management_policy: String,
    /// Of StatefulSets: the first ordinal.
    #[serde(deserialize_with = "nullable")]
    pub ordinals: Ordinals,
    /// Of Argo Rollouts: pods older than this are restarted. Unix seconds.
    #[serde(deserialize_with = "moment")]
    pub restart_at: Option<i64>,
}

/// `spec.ordinals`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Ordinals {
    /// The first ordinal.
    #[serde(deserialize_with = "nullable")]
    pub start: i64,
}

/// How pods are replaced.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Strategy {
    /// `RollingUpdate`, `Recreate`, `OnDelete`; empty for Argo Rollouts.
    #[serde(rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    /// Its numbers; None where it has none.
    pub rolling_update: Option<RollingUpdate>,
    /// Of Argo Rollouts.
    pub canary: Option<Canary>,
    /// Of Argo Rollouts.
    pub blue_green: Option<BlueGreen>,
}

/// `rollingUpdate`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RollingUpdate {
    /// Pods that may be there beyond those asked for.
    pub max_surge: Option<Amount>,
    /// Pods that may be missing.
    pub max_unavailable: Option<Amount>,
    /// Ordinals below this one keep the old revision.
    pub partition: Option<i64>,
}

/// `strategy.canary` of Argo Rollouts.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Canary {
    /// Pods that may be there beyond those asked for.
    pub max_surge: Option<Amount>,
    /// Pods that may be missing.
    pub max_unavailable: Option<Amount>,
    /// The steps, as in the API.
    #[serde(deserialize_with = "nullable")]
    pub steps: Vec<Value>,
    /// Somebody else routes traffic by weight.
    pub traffic_routing: Option<Value>,
    /// Service of the set that is trusted.
    #[serde(deserialize_with = "nullable")]
    pub stable_service: String,
    /// Service of the set to come.
    #[serde(deserialize_with = "nullable")]
    pub canary_service: String,
    /// Two Services that change places, as in the API.
    pub ping_pong: Value,
    /// The analysis that runs all the time, as in the API.
    pub analysis: Option<Value>,
}

/// `strategy.blueGreen` of Argo Rollouts.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BlueGreen {
    /// Service of the set that serves.
    #[serde(deserialize_with = "nullable")]
    pub active_service: String,
    /// Service of the set to come.
    #[serde(deserialize_with = "nullable")]
    pub preview_service: String,
    /// Promoted without anybody's help.
    pub auto_promotion_enabled: Option<bool>,
    /// Promoted without anybody's help after this time; 0 without.
    #[serde(deserialize_with = "nullable")]
    pub auto_promotion_seconds: i64,
    /// As in the API.
    pub pre_promotion_analysis: Option<Value>,
    /// As in the API.
    pub post_promotion_analysis: Option<Value>,
}

/// A number, or a share of all replicas.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// Pods.
    Pods(i64),
    /// Percent of the replicas.
    Percent(i64),
}

impl Amount {
    /// How many of `all` that is: shares are rounded up or down, as
    /// `intstr.GetScaledValueFromIntOrPercent` does.
    pub fn of(&self, all: i64, up: bool) -> i64 {
        match *self {
            Self::Pods(pods) => pods,
            Self::Percent(share) if up => {
                (share * all).div_euclid(100) + i64::from((share * all) % 100 > 0)
            }
            Self::Percent(share) => (share * all).div_euclid(100),
        }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pods(pods) => write!(f, "{pods}"),
            Self::Percent(share) => write!(f, "{share}%"),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Some(pods) = value.as_i64() {
            return Ok(Self::Pods(pods));
        }
        let share = value.as_str().and_then(|text| text.strip_suffix('%')?.parse().ok());
        share.map(Self::Percent).ok_or_else(|| {
            serde::de::Error::custom(format!("{value} is no number and no share in %"))
        })
    }
}

/// `status` of a workload.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Status {
    /// The generation that the controller has seen; Argo Rollouts write it as text.
    #[serde(deserialize_with = "number")]
    pub observed_generation: Option<i64>,
    /// Pods, of whatever revision.
    #[serde(deserialize_with = "nullable")]
    pub replicas: i64,
    /// Pods of the new revision.
    #[serde(deserialize_with = "nullable")]
    pub updated_replicas: i64,
    /// Pods that are ready.
    #[serde(deserialize_with = "nullable")]
    pub ready_replicas: i64,
    /// Pods that have been ready for long enough.
    #[serde(deserialize_with = "nullable")]
    pub available_replicas: i64,
    /// Pods that are ending, where the server counts them.
    pub terminating_replicas: Option<i64>,
    /// Of StatefulSets: the revision that was.
    #[serde(deserialize_with = "nullable")]
    pub current_revision: String,
    /// Of StatefulSets: the revision to come.
    #[serde(deserialize_with = "nullable")]
    pub update_revision: String,
    /// Of DaemonSets: nodes that should run a pod.
    #[serde(deserialize_with = "nullable")]
    pub desired_number_scheduled: i64,
    /// Of DaemonSets: nodes that should and do.
    #[serde(deserialize_with = "nullable")]
    pub current_number_scheduled: i64,
    /// Of DaemonSets: nodes with a pod of the new revision.
    #[serde(deserialize_with = "nullable")]
    pub updated_number_scheduled: i64,
    /// Of DaemonSets: nodes whose pod is ready.
    #[serde(deserialize_with = "nullable")]
    pub number_ready: i64,
    /// Of DaemonSets: nodes whose pod has been ready for long enough.
    #[serde(deserialize_with = "nullable")]
    pub number_available: i64,
    /// conditions.
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
    /// Of Argo Rollouts: `Healthy`, `Degraded`, `Progressing`, `Paused`.
    #[serde(deserialize_with = "nullable")]
    pub phase: String,
    /// Why that.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
    /// The step of a canary that is next or runs, from 0.
    pub current_step_index: Option<i64>,
    /// Hash of the set to come.
    #[serde(deserialize_with = "nullable")]
    pub current_pod_hash: String,
    /// Hash of the set that is trusted.
    #[serde(rename = "stableRS", deserialize_with = "nullable")]
    pub stable_rs: String,
    /// Somebody or an analysis called it off.
    #[serde(deserialize_with = "nullable")]
    pub abort: bool,
    /// The controller paused it.
    #[serde(deserialize_with = "nullable")]
    pub controller_pause: bool,
    /// Why it is paused.
    #[serde(deserialize_with = "nullable")]
    pub pause_conditions: Vec<Pause>,
    /// Of canaries.
    #[serde(deserialize_with = "nullable")]
    pub canary: CanaryStatus,
    /// Of blue-green.
    #[serde(deserialize_with = "nullable")]
    pub blue_green: BlueGreenStatus,
}

/// One of `status.pauseConditions`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Pause {
    /// `CanaryPauseStep`, `BlueGreenPause`, `InconclusiveAnalysisRun`, `InconclusiveExperiment`.
    #[serde(deserialize_with = "nullable")]
    pub reason: String,
    /// Unix seconds.
    #[serde(rename = "startTime", deserialize_with = "moment")]
    pub since: Option<i64>,
}

/// `status.canary`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CanaryStatus {
    /// Weights as they are.
    pub weights: Value,
    /// `ping` or `pong`: which of the two Services leads to the trusted set; empty without.
    #[serde(rename = "stablePingPong", deserialize_with = "nullable")]
    pub stable_ping_pong: String,
    /// The analysis of the step.
    #[serde(deserialize_with = "nullable")]
    pub current_step_analysis_run_status: Run,
    /// The analysis that runs all the time.
    #[serde(deserialize_with = "nullable")]
    pub current_background_analysis_run_status: Run,
}

/// `status.blueGreen`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BlueGreenStatus {
    /// Hash of the set that serves.
    #[serde(deserialize_with = "nullable")]
    pub active_selector: String,
    /// Hash of the set that can be looked at.
    #[serde(deserialize_with = "nullable")]
    pub preview_selector: String,
    /// Before the switch.
    #[serde(deserialize_with = "nullable")]
    pub pre_promotion_analysis_run_status: Run,
    /// After the switch.
    #[serde(deserialize_with = "nullable")]
    pub post_promotion_analysis_run_status: Run,
}

impl Status {
    /// The analyses that it names, each with what it is for.
    pub fn runs(&self) -> [(&'static str, &Run); 4] {
        let (canary, blue_green) = (&self.canary, &self.blue_green);
        [
            ("step", &canary.current_step_analysis_run_status),
            ("background", &canary.current_background_analysis_run_status),
            ("before the promotion", &blue_green.pre_promotion_analysis_run_status),
            ("after the promotion", &blue_green.post_promotion_analysis_run_status),
        ]
    }
}

impl Strategy {
    /// An analysis or experiment can have a say in it.
    pub fn is_tried(&self) -> bool {
        let canary = self.canary.as_ref().is_some_and(|canary| {
            let tries = |step: &Value| !step["analysis"].is_null() || !step["experiment"].is_null();
            canary.analysis.is_some() || canary.steps.iter().any(tries)
        });
        let blue_green = self.blue_green.as_ref().is_some_and(|one| {
            one.pre_promotion_analysis.is_some() || one.post_promotion_analysis.is_some()
        });
        canary || blue_green
    }
}

/// How an analysis goes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Run {
    /// Name of the AnalysisRun; empty where none runs.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// `Running`, `Failed`, `Error`, `Inconclusive`, …
    #[serde(deserialize_with = "nullable")]
    pub status: String,
    /// Why.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
}
