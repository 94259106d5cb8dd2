//! Facts of AnalysisRuns and Experiments of Argo Rollouts.

use super::{Meta, moment};
use crate::kinds::de::nullable;
use serde::Deserialize;
use serde_json::Value;

/// An AnalysisRun, or an Experiment. Fields that a kind does not have stay as absent ones.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Trial {
    /// metadata.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    /// spec.
    #[serde(deserialize_with = "nullable")]
    pub spec: TrialSpec,
    /// status.
    #[serde(deserialize_with = "nullable")]
    pub status: TrialStatus,
}

/// `spec` of either.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct TrialSpec {
    /// Of AnalysisRuns: what is measured.
    #[serde(deserialize_with = "nullable")]
    pub metrics: Vec<MetricSpec>,
    /// Somebody ends it before its time.
    #[serde(deserialize_with = "nullable")]
    pub terminate: bool,
}

/// What is measured.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MetricSpec {
    /// Name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// How often; a number, or text that may be one.
    pub count: Value,
    /// When a value is good.
    #[serde(deserialize_with = "nullable")]
    pub success_condition: String,
    /// When a value is bad.
    #[serde(deserialize_with = "nullable")]
    pub failure_condition: String,
}

/// `status` of either.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TrialStatus {
    /// `Pending`, `Running`, `Successful`, `Failed`, `Error`, `Inconclusive`; empty before it began.
    #[serde(deserialize_with = "nullable")]
    pub phase: String,
    /// Why that.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
    /// Of AnalysisRuns.
    #[serde(deserialize_with = "nullable")]
    pub metric_results: Vec<MetricResult>,
    /// Of Experiments: its sets.
    #[serde(deserialize_with = "nullable")]
    pub template_statuses: Vec<TemplateStatus>,
    /// Unix seconds.
    #[serde(deserialize_with = "moment")]
    pub started_at: Option<i64>,
    /// Unix seconds.
    #[serde(deserialize_with = "moment")]
    pub completed_at: Option<i64>,
}

/// What came of one metric so far.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MetricResult {
    /// Name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// As of the run.
    #[serde(deserialize_with = "nullable")]
    pub phase: String,
    /// Why that.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
    /// Measured without an error.
    #[serde(deserialize_with = "nullable")]
    pub count: i64,
    /// Of them good.
    #[serde(deserialize_with = "nullable")]
    pub successful: i64,
    /// Of them bad.
    #[serde(deserialize_with = "nullable")]
    pub failed: i64,
    /// Of them neither.
    #[serde(deserialize_with = "nullable")]
    pub inconclusive: i64,
    /// Could not be measured.
    #[serde(deserialize_with = "nullable")]
    pub error: i64,
    /// It decides nothing.
    #[serde(deserialize_with = "nullable")]
    pub dry_run: bool,
    /// The last ones, the newest at the end.
    #[serde(deserialize_with = "nullable")]
    pub measurements: Vec<Measurement>,
}

/// One value.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Measurement {
    /// As of the run.
    #[serde(deserialize_with = "nullable")]
    pub phase: String,
    /// Why that.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
    /// The value as text.
    #[serde(deserialize_with = "nullable")]
    pub value: String,
    /// Unix seconds.
    #[serde(deserialize_with = "moment")]
    pub finished_at: Option<i64>,
}

/// A set of an Experiment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TemplateStatus {
    /// Name of the template.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// `Progressing`, `Running`, `Successful`, `Failed`, …
    #[serde(deserialize_with = "nullable")]
    pub status: String,
    /// Pods.
    #[serde(deserialize_with = "nullable")]
    pub replicas: i64,
    /// Pods that have been ready for long enough.
    #[serde(deserialize_with = "nullable")]
    pub available_replicas: i64,
}
