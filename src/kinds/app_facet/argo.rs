//! What an Argo CD Application tells about its app. Its status lists every object that it manages
//! and every revision that was deployed, up to megabytes: those are counted while the bytes go by.
//! Meanings of the fields: `pkg/apis/application/v1alpha1/types.go`.

use super::AppKind;
use crate::kinds::de::{Meta, Pairs, Str, nullable};
use crate::kinds::{RowBuilder, Skip};
use crate::model::{Cell, Tone};
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// `status.sync.status`
pub const SYNC: usize = 0;
/// The revision that was compared; several sources' with commas between them.
pub const COMPARED: usize = 1;
/// The revision that was deployed last, in the same form.
pub const DEPLOYED: usize = 2;
/// `status.health.status`
pub const HEALTH: usize = 3;
/// `status.health.message`
pub const HEALTH_MESSAGE: usize = 4;
/// `status.health.lastTransitionTime`
pub const HEALTH_SINCE: usize = 5;
/// `status.operationState.phase`
pub const PHASE: usize = 6;
/// `status.operationState.message`
pub const OPERATION_MESSAGE: usize = 7;
/// `status.operationState.startedAt`
pub const STARTED: usize = 8;
/// `status.operationState.finishedAt`; beside the phase `Running` it means: waits for a retry.
pub const FINISHED: usize = 9;
/// `status.operationState.retryCount`
pub const RETRIES: usize = 10;
/// The operation of `status.operationState` is a dry run: 1.
pub const DRY_RUN: usize = 11;
/// Who asked for `operation`, where one is set.
pub const REQUESTED: usize = 12;
/// `spec.syncPolicy.automated` is there: 1.
pub const AUTOMATED: usize = 13;
/// `automated.enabled` is false: 1.
pub const DISABLED: usize = 14;
/// `automated.selfHeal`: 1.
pub const SELF_HEAL: usize = 15;
/// The annotation `skip-reconcile` is `true`: 1.
pub const SKIPPED: usize = 16;
/// What [`KEPT_ANNOTATION`] keeps.
pub const KEPT: usize = 17;
/// Which field manager switched it off, where it is off.
pub const OFF_BY: usize = 18;
/// When that was.
pub const OFF_SINCE: usize = 19;
/// `spec.project`; `default` where it names none.
pub const PROJECT: usize = 20;
/// Repository and path or chart of its sources.
pub const SOURCE: usize = 21;
/// `targetRevision` of the first source.
pub const WANTED: usize = 22;
/// `spec.destination.server`
pub const SERVER: usize = 23;
/// `spec.destination.name`
pub const CLUSTER: usize = 24;
/// `spec.destination.namespace`
pub const TARGET: usize = 25;
/// Name of the ApplicationSet that owns it.
pub const SET: usize = 26;
/// Instance name of the Application that tracks it: an app of apps.
pub const TRACKED_BY: usize = 27;
/// `status.reconciledAt`
pub const RECONCILED: usize = 28;
/// The worst condition: type and message; its tone tells how bad it is.
pub const CONDITION: usize = 29;
/// How many of its objects are OutOfSync; empty where there are none to compare.
pub const OUT_OF_SYNC: usize = 30;
/// How many of them go with a sync that prunes.
pub const PRUNING: usize = 31;
/// How many objects it manages.
pub const RESOURCES: usize = 32;
/// It manages Applications: 1.
pub const OF_APPS: usize = 33;
/// Phase of the source hydrator, and its message.
pub const HYDRATOR: usize = 34;
/// `status.controllerNamespace`
pub const CONTROLLER: usize = 35;

/// Where wheelhouse keeps `automated` (JSON) of an app that it switched to manual, on servers whose
/// Applications have no field `enabled` (before Argo CD 3.1).
pub const KEPT_ANNOTATION: &str = "wheelhouse.dev/argocd-automated";
/// Argo CD leaves an Application alone that has this annotation with the value `true`.
pub const SKIP_ANNOTATION: &str = "argocd.argoproj.io/skip-reconcile";
/// Whose object this is: `<instance>:<group>/<kind>:<namespace>/<name>`.
pub const TRACKING_ANNOTATION: &str = "argocd.argoproj.io/tracking-id";

/// Applications.
pub(super) static KIND: AppKind = AppKind { group: "argoproj.io", plural: "applications", project };

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Application<'a> {
    /// Read in pieces: what switched it off is looked for only where it is off.
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    status: Status<'a>,
    #[serde(borrow)]
    operation: Option<Operation<'a>>,
}

/// What [`Meta`] leaves out.
#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MoreMeta<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    labels: Pairs<'a, Str<'a>>,
    #[serde(borrow, deserialize_with = "nullable")]
    annotations: Pairs<'a, Str<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ManagedMeta<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    managed_fields: Vec<ManagedFields<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ManagedFields<'a> {
    #[serde(borrow)]
    manager: Str<'a>,
    time: Str<'a>,
    #[serde(rename = "fieldsV1", deserialize_with = "nullable")]
    fields: Fields,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "f:metadata", deserialize_with = "nullable")]
    metadata: MetaFields,
    #[serde(rename = "f:spec", deserialize_with = "nullable")]
    spec: SpecFields,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct MetaFields {
    #[serde(rename = "f:annotations", deserialize_with = "nullable")]
    annotations: AnnotationFields,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct AnnotationFields {
    #[serde(rename = "f:argocd.argoproj.io/skip-reconcile")]
    skip: Option<IgnoredAny>,
    #[serde(rename = "f:wheelhouse.dev/argocd-automated")]
    kept: Option<IgnoredAny>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct SpecFields {
    #[serde(rename = "f:syncPolicy", deserialize_with = "nullable")]
    policy: PolicyFields,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct PolicyFields {
    #[serde(rename = "f:automated", deserialize_with = "nullable")]
    automated: AutomatedFields,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct AutomatedFields {
    #[serde(rename = "f:enabled")]
    enabled: Option<IgnoredAny>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    project: Str<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    source: Source<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    sources: Vec<Source<'a>>,
    #[serde(borrow, deserialize_with = "nullable")]
    source_hydrator: Hydrator<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    destination: Destination<'a>,
    #[serde(deserialize_with = "nullable")]
    sync_policy: Policy,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Source<'a> {
    #[serde(borrow, rename = "repoURL")]
    pub repo: Str<'a>,
    path: Str<'a>,
    chart: Str<'a>,
    target_revision: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Hydrator<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    dry_source: Source<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    sync_source: SyncSource<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SyncSource<'a> {
    #[serde(borrow)]
    target_branch: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Destination<'a> {
    #[serde(borrow)]
    server: Str<'a>,
    name: Str<'a>,
    namespace: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Policy {
    automated: Option<Automated>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Automated {
    self_heal: Option<bool>,
    enabled: Option<bool>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    sync: Sync<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    health: HealthStatus<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    operation_state: OperationState<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    history: Last<Revisions<'a>>,
    #[serde(deserialize_with = "nullable")]
    resources: Resources,
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
    #[serde(deserialize_with = "nullable")]
    summary: Summary,
    reconciled_at: Str<'a>,
    controller_namespace: Str<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    source_hydrator: HydratorStatus<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Sync<'a> {
    #[serde(borrow)]
    status: Str<'a>,
    revision: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    revisions: Vec<Str<'a>>,
}

/// One revision, or one for each of several sources.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Revisions<'a> {
    #[serde(borrow)]
    revision: Str<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    revisions: Vec<Str<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct HealthStatus<'a> {
    #[serde(borrow)]
    pub status: Str<'a>,
    pub message: Str<'a>,
    last_transition_time: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OperationState<'a> {
    #[serde(borrow)]
    phase: Str<'a>,
    message: Str<'a>,
    started_at: Str<'a>,
    finished_at: Str<'a>,
    retry_count: Option<i64>,
    #[serde(borrow, deserialize_with = "nullable")]
    operation: Operation<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    sync_result: Revisions<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Operation<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    initiated_by: Initiator<'a>,
    #[serde(deserialize_with = "nullable")]
    sync: SyncOperation,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Initiator<'a> {
    #[serde(borrow)]
    username: Str<'a>,
    automated: Option<bool>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SyncOperation {
    dry_run: Option<bool>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Condition<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    message: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Summary {
    is_app_of_apps: Option<bool>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HydratorStatus<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    current_operation: HydrateOperation<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct HydrateOperation<'a> {
    #[serde(borrow)]
    phase: Str<'a>,
    message: Str<'a>,
}

/// The last element of a list.
#[derive(Default)]
struct Last<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Last<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
            type Value = Last<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Last<T>, A::Error> {
                let mut last = None;
                while let Some(element) = seq.next_element()? {
                    last = Some(element);
                }
                Ok(Last(last))
            }
        }
        deserializer.deserialize_seq(Elements(std::marker::PhantomData))
    }
}

/// `status.resources`, counted.
#[derive(Default)]
struct Resources {
    all: i64,
    compared: i64,
    out_of_sync: i64,
    pruning: i64,
    applications: i64,
}

impl<'de> Deserialize<'de> for Resources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Resource<'a> {
            #[serde(borrow)]
            group: Str<'a>,
            kind: Str<'a>,
            status: Str<'a>,
            requires_pruning: Option<bool>,
        }
        struct Count;
        impl<'de> Visitor<'de> for Count {
            type Value = Resources;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Resources, A::Error> {
                let mut count = Resources::default();
                while let Some(one) = seq.next_element::<Resource<'de>>()? {
                    count.all += 1;
                    count.compared += i64::from(!one.status.is_empty());
                    count.out_of_sync += i64::from(&*one.status == "OutOfSync");
                    count.pruning += i64::from(one.requires_pruning == Some(true));
                    let app = &*one.kind == "Application" && &*one.group == "argoproj.io";
                    count.applications += i64::from(app);
                }
                Ok(count)
            }
        }
        deserializer.deserialize_seq(Count)
    }
}

/// The revisions of several sources, else that of the only one.
fn joined(revision: &Str<'_>, revisions: &[Str<'_>]) -> String {
    if revisions.is_empty() {
        return revision.to_string();
    }
    let all: Vec<&str> = revisions.iter().map(|one| &**one).collect();
    all.join(",")
}

impl Revisions<'_> {
    fn joined(&self) -> String {
        joined(&self.revision, &self.revisions)
    }
}

impl Source<'_> {
    fn is_set(&self) -> bool {
        !self.repo.is_empty()
    }

    fn words(&self) -> String {
        let place = if self.chart.is_empty() { &self.path } else { &self.chart };
        match &**place {
            "" | "." => self.repo.to_string(),
            place => format!("{} {place}", &*self.repo),
        }
    }
}

impl Spec<'_> {
    /// All sources in words, and what the first one is wanted at.
    fn sources(&self) -> (String, &str) {
        let dry = &self.source_hydrator.dry_source;
        if dry.is_set() {
            return (dry.words(), &self.source_hydrator.sync_source.target_branch);
        }
        match self.sources.as_slice() {
            [] => (self.source.words(), &self.source.target_revision),
            [first, ..] => {
                let all: Vec<String> = self.sources.iter().map(Source::words).collect();
                (all.join(" + "), &first.target_revision)
            }
        }
    }
}

/// How bad a condition is: its type ends with it (`types.go`, `ApplicationConditionType`).
pub fn condition_tone(kind: &str) -> Tone {
    if kind.ends_with("Error") {
        Tone::Bad
    } else if kind.ends_with("Warning") {
        Tone::Warn
    } else {
        Tone::Dim
    }
}

/// The Application that tracks this one: the annotation names the object itself, or is a copy of
/// somebody else's (`util/argo/resource_tracking.go`). The label is what Argo CD wrote before 3.0.
fn tracked_by<'m>(meta: &Meta<'_>, more: &'m MoreMeta<'_>) -> &'m str {
    if let Some(id) = more.annotations.get(TRACKING_ANNOTATION) {
        let Some((instance, object)) = id.split_once(':') else { return "" };
        let own = object.rsplit_once('/').is_some_and(|(rest, name)| {
            name == &*meta.name && rest.starts_with("argoproj.io/Application:")
        });
        return if own { instance } else { "" };
    }
    let label = more.labels.get("app.kubernetes.io/instance").map_or("", |label| label);
    if label == &*meta.name { "" } else { label }
}

/// Who switched auto-sync off or had it skipped, and when: no field says so, but managedFields do.
fn off<'a>(metadata: &'a str, pick: fn(&Fields) -> bool) -> Option<(Str<'a>, Str<'a>)> {
    let managed: ManagedMeta<'a> = serde_json::from_str(metadata).ok()?;
    let mut found: Vec<ManagedFields<'a>> = managed.managed_fields;
    found.retain(|entry| pick(&entry.fields));
    let last = found.into_iter().max_by(|a, b| a.time.cmp(&b.time))?;
    Some((last.manager, last.time))
}

fn long(row: &mut RowBuilder<'_>, text: &str, tone: Tone) {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    if first.is_empty() { row.cell(Cell::Empty) } else { row.own_text(first.trim(), tone) }
}

fn moment(row: &mut RowBuilder<'_>, timestamp: &str) {
    match crate::kinds::build::timestamp(timestamp) {
        Some(at) => row.cell(Cell::Since(at)),
        None => row.cell(Cell::Empty),
    }
}

fn flag(row: &mut RowBuilder<'_>, on: bool) {
    row.cell(if on { Cell::Int(1) } else { Cell::Empty });
}

fn project(json: &[u8], row: &mut RowBuilder<'_>) -> Result<bool, Skip> {
    let app: Application<'_> = serde_json::from_slice(json)?;
    let metadata = app.metadata.map_or("{}", RawValue::get);
    let meta: Meta<'_> = serde_json::from_str(metadata)?;
    let more: MoreMeta<'_> = serde_json::from_str(metadata)?;
    let (spec, status, sync) = (&app.spec, &app.status, &app.status.sync);
    row.meta(&meta);
    row.text_or_empty(&sync.status, Tone::Plain);
    row.text_or_empty(&joined(&sync.revision, &sync.revisions), Tone::Plain);
    row.text_or_empty(&deployed(status), Tone::Plain);
    row.text_or_empty(&status.health.status, Tone::Plain);
    long(row, &status.health.message, Tone::Plain);
    moment(row, &status.health.last_transition_time);
    let state = &status.operation_state;
    row.text_or_empty(&state.phase, Tone::Plain);
    long(row, &state.message, Tone::Plain);
    moment(row, &state.started_at);
    moment(row, &state.finished_at);
    match state.retry_count {
        Some(count) if count > 0 => row.int(count),
        _ => row.cell(Cell::Empty),
    }
    flag(row, state.operation.sync.dry_run == Some(true));
    match &app.operation {
        None => row.cell(Cell::Empty),
        Some(operation) if operation.initiated_by.automated == Some(true) => {
            row.text("automated", Tone::Plain);
        }
        Some(operation) => row.text(&operation.initiated_by.username, Tone::Plain),
    }
    let automated = spec.sync_policy.automated.as_ref();
    let disabled = automated.is_some_and(|automated| automated.enabled == Some(false));
    flag(row, automated.is_some());
    flag(row, disabled);
    flag(row, automated.is_some_and(|automated| automated.self_heal == Some(true)));
    let skipped = more.annotations.get(SKIP_ANNOTATION).is_some_and(|value| &**value == "true");
    flag(row, skipped);
    let kept = match more.annotations.get(KEPT_ANNOTATION) {
        Some(kept) if automated.is_none() => &**kept,
        _ => "",
    };
    row.text_or_empty(kept, Tone::Plain);
    let off = if skipped {
        off(metadata, |fields| fields.metadata.annotations.skip.is_some())
    } else if disabled {
        off(metadata, |fields| fields.spec.policy.automated.enabled.is_some())
    } else if !kept.is_empty() {
        off(metadata, |fields| fields.metadata.annotations.kept.is_some())
    } else {
        None
    };
    let (by, since) = off.unwrap_or_default();
    row.text_or_empty(&by, Tone::Plain);
    moment(row, &since);
    let project = if spec.project.is_empty() { "default" } else { &spec.project };
    row.text(project, Tone::Plain);
    let (source, wanted) = spec.sources();
    row.text_or_empty(&source, Tone::Plain);
    row.text_or_empty(wanted, Tone::Plain);
    row.text_or_empty(&spec.destination.server, Tone::Plain);
    row.text_or_empty(&spec.destination.name, Tone::Plain);
    row.text_or_empty(&spec.destination.namespace, Tone::Plain);
    let set = meta.owner_references.iter().find(|owner| {
        &*owner.kind == "ApplicationSet" && owner.api_version.starts_with("argoproj.io/")
    });
    row.text_or_empty(set.map_or("", |owner| &owner.name), Tone::Plain);
    row.text_or_empty(tracked_by(&meta, &more), Tone::Plain);
    moment(row, &status.reconciled_at);
    let worst = status.conditions.iter().max_by_key(|condition| condition_tone(&condition.kind));
    match worst {
        Some(worst) => {
            let text = format!("{}: {}", &*worst.kind, &*worst.message);
            long(row, &text, condition_tone(&worst.kind));
        }
        None => row.cell(Cell::Empty),
    }
    let resources = &status.resources;
    if resources.compared > 0 {
        row.int(resources.out_of_sync);
    } else {
        row.cell(Cell::Empty);
    }
    row.int(resources.pruning);
    row.int(resources.all);
    let of_apps = status.summary.is_app_of_apps == Some(true) || resources.applications > 0;
    flag(row, of_apps);
    let hydrator = &status.source_hydrator.current_operation;
    let text = format!("{} {}", &*hydrator.phase, &*hydrator.message);
    let failed = &*hydrator.phase == "Failed";
    long(row, text.trim(), if failed { Tone::Bad } else { Tone::Plain });
    row.text_or_empty(&status.controller_namespace, Tone::Plain);
    Ok(true)
}

/// What the cluster has: the last entry of the history, which knows only whole syncs that went well.
/// Without one, what the last operation synced.
fn deployed(status: &Status<'_>) -> String {
    let last = status.history.0.as_ref().map(Revisions::joined).unwrap_or_default();
    let state = &status.operation_state;
    if !last.is_empty()
        || &*state.phase != "Succeeded"
        || state.operation.sync.dry_run == Some(true)
    {
        return last;
    }
    state.sync_result.joined()
}
