//! What an Argo CD ApplicationSet tells about itself and the Applications that it makes. Meanings of
//! the fields: `pkg/apis/application/v1alpha1/applicationset_types.go`.

use super::AppKind;
use super::argo::{HealthStatus, Source};
use crate::kinds::de::{Meta, Str, nullable};
use crate::kinds::{RowBuilder, Skip};
use crate::model::{Cell, Tone};
use serde::de::IgnoredAny;

/// Condition `ResourcesUpToDate`: `True`, `False`; empty where it is not told.
pub const UP_TO_DATE: usize = 0;
/// The message of `ErrorOccurred` where that is true, else of a rollout that cannot be.
pub const ERROR: usize = 1;
/// `status.health.status` (from Argo CD 3.4 on).
pub const HEALTH: usize = 2;
/// `status.health.message`
pub const HEALTH_MESSAGE: usize = 3;
/// How many Applications it made.
pub const MADE: usize = 4;
/// `spec.strategy.type` is `RollingSync`: the number of its steps.
pub const STEPS: usize = 5;
/// The first step that is not through.
pub const STEP: usize = 6;
/// Applications of the rollout that wait for their step.
pub const WAITING: usize = 7;
/// Applications of the rollout whose sync is due.
pub const PENDING: usize = 8;
/// Applications of the rollout that are under way.
pub const PROGRESSING: usize = 9;
/// Applications of the rollout that are through.
pub const HEALTHY: usize = 10;
/// `spec.syncPolicy.applicationsSync`; empty where it is not set, which is `sync`.
pub const POLICY: usize = 11;
/// Project of its template.
pub const PROJECT: usize = 12;
/// Repository of its template.
pub const SOURCE: usize = 13;
/// When a condition changed last.
pub const SINCE: usize = 14;

/// ApplicationSets.
pub(super) static KIND: AppKind =
    AppKind { group: "argoproj.io", plural: "applicationsets", project };

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Set<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    strategy: Strategy<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    sync_policy: Policy<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    template: Template<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Strategy<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    rolling_sync: Rolling,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Rolling {
    #[serde(deserialize_with = "nullable")]
    steps: Vec<IgnoredAny>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Policy<'a> {
    #[serde(borrow)]
    applications_sync: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Template<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    spec: TemplateSpec<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct TemplateSpec<'a> {
    #[serde(borrow)]
    project: Str<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    source: Source<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    sources: Vec<Source<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Dated<'a>>,
    #[serde(borrow, deserialize_with = "nullable")]
    application_status: Vec<ApplicationStatus<'a>>,
    #[serde(deserialize_with = "nullable")]
    resources: Vec<IgnoredAny>,
    resources_count: Option<i64>,
    #[serde(borrow, deserialize_with = "nullable")]
    health: HealthStatus<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Dated<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    status: Str<'a>,
    message: Str<'a>,
    last_transition_time: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct ApplicationStatus<'a> {
    #[serde(borrow)]
    status: Str<'a>,
    step: Str<'a>,
}

fn project(json: &[u8], row: &mut RowBuilder<'_>) -> Result<bool, Skip> {
    let set: Set<'_> = serde_json::from_slice(json)?;
    let (spec, status) = (&set.spec, &set.status);
    row.meta(&set.metadata);
    let condition = |kind: &str| status.conditions.iter().find(|one| &*one.kind == kind);
    let told = condition("ResourcesUpToDate").map_or("", |condition| &condition.status);
    row.text_or_empty(told, Tone::Plain);
    let wrong = |kind| condition(kind).filter(|condition| &*condition.status == "True");
    match wrong("ErrorOccurred").or_else(|| wrong("InvalidRolloutConfig")) {
        Some(wrong) if wrong.message.is_empty() => row.text(&wrong.kind, Tone::Bad),
        Some(wrong) => row.own_text(wrong.message.lines().next().unwrap_or(""), Tone::Bad),
        None => row.cell(Cell::Empty),
    }
    row.text_or_empty(&status.health.status, Tone::Plain);
    row.text_or_empty(&status.health.message, Tone::Plain);
    let listed = i64::try_from(status.resources.len()).unwrap_or(0);
    row.int(status.resources_count.unwrap_or(0).max(listed));
    if &*spec.strategy.kind == "RollingSync" {
        row.int(i64::try_from(spec.strategy.rolling_sync.steps.len()).unwrap_or(0));
    } else {
        row.cell(Cell::Empty);
    }
    let apps = &status.application_status;
    let open = apps.iter().filter(|app| &*app.status != "Healthy");
    match open.filter_map(|app| app.step.parse::<i64>().ok()).min() {
        Some(step) => row.int(step),
        None => row.cell(Cell::Empty),
    }
    for state in ["Waiting", "Pending", "Progressing", "Healthy"] {
        let count = apps.iter().filter(|app| &*app.status == state).count();
        row.int(i64::try_from(count).unwrap_or(0));
    }
    row.text_or_empty(&spec.sync_policy.applications_sync, Tone::Plain);
    let template = &spec.template.spec;
    row.text_or_empty(&template.project, Tone::Plain);
    let repo = template.sources.first().map_or(&template.source.repo, |source| &source.repo);
    row.text_or_empty(repo, Tone::Plain);
    let times = status.conditions.iter().map(|condition| &*condition.last_transition_time);
    match times.filter_map(crate::kinds::build::timestamp).max() {
        Some(at) => row.cell(Cell::Since(at)),
        None => row.cell(Cell::Empty),
    }
    Ok(true)
}
