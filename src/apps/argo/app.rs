//! An Application as an app: its three axes, in Argo CD's words.

use super::GROUP;
use super::auto::AutoSync;
use super::delete::Delete;
use super::refresh::{How, Refresh};
use super::rollback::Rollback;
use super::sync::Sync;
use super::terminate::Terminate;
use crate::apps::places::{Keeper, Place};
use crate::apps::{
    App, Auto, Axis, Destination, Engine, Estate, LeftOff, Member, Page, Seen, Verb,
};
use crate::kinds::app_facet::{Cells, argo};
use crate::model::{AppId, EngineId, Fault, FaultKind, Health, Read, Row, Text, Tone};
use crate::verbs::Draft;
use serde_json::Value;

/// Argo CD.
#[derive(Debug)]
pub struct ArgoCd;

/// What the cluster that Argo CD itself runs on is called in destinations.
pub(super) const HERE: [&str; 3] =
    ["https://kubernetes.default.svc", "https://kubernetes.default", "in-cluster"];

/// `41c77f9` for a commit, everything else as it is: chart versions, tags.
pub(super) fn short(revision: &str) -> &str {
    let hex = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex { &revision[..7] } else { revision }
}

/// Each of several revisions, with commas between them.
fn shorts(revisions: &str) -> String {
    let all: Vec<&str> = revisions.split(',').map(short).collect();
    all.join(",")
}

/// Argo CD's health as every kind has it. What is missing was deployed and is not there: broken.
pub(super) fn health(word: &str) -> (Health, Tone) {
    match word {
        "Healthy" => (Health::Healthy, Tone::Good),
        "Progressing" => (Health::Progressing, Tone::Busy),
        "Suspended" => (Health::Suspended, Tone::Dim),
        "Degraded" | "Missing" => (Health::Degraded, Tone::Bad),
        "" => (Health::None, Tone::Plain),
        _ => (Health::Unknown, Tone::Warn),
    }
}

/// Argo CD's sync status.
pub(super) fn sync(word: &str) -> Axis {
    let tone = match word {
        "Synced" => Tone::Good,
        "OutOfSync" | "Unknown" => Tone::Warn,
        _ => Tone::Plain,
    };
    Axis::new(word, tone)
}

/// The tone of an operation's phase.
pub(super) fn phase_tone(phase: &str) -> Tone {
    match phase {
        "Running" | "Terminating" => Tone::Busy,
        "Succeeded" => Tone::Good,
        "Failed" | "Error" => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// The namespace and name of an Application from its instance name: `name` in the namespace of the
/// control plane, `namespace_name` elsewhere (`InstanceName` in `types.go`).
pub(super) fn of_instance(instance: &str, control: &str) -> (Text, Text) {
    match instance.split_once('_') {
        Some((namespace, name)) => (namespace.into(), name.into()),
        None => (control.into(), instance.into()),
    }
}

/// Where the control plane is; the Application's own namespace where it does not tell.
pub(super) fn control(row: &Row) -> Text {
    let cells = Cells::of(row);
    let told = cells.text(argo::CONTROLLER);
    if told.is_empty() { row.key.namespace.clone() } else { told }
}

fn parent_name(row: &Row) -> Option<(Text, Text)> {
    let cells = Cells::of(row);
    let instance = cells.text(argo::TRACKED_BY);
    (!instance.is_empty()).then(|| of_instance(&instance, &control(row)))
}

impl Engine for ArgoCd {
    fn id(&self) -> EngineId {
        EngineId::ArgoCd
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str, &'static str)] {
        &[(GROUP, "applications", "")]
    }

    fn names(&self, plural: &str, row: &Row) -> Option<AppId> {
        (plural == "applications")
            .then(|| AppId::new(EngineId::ArgoCd, row.key.namespace.clone(), row.key.name.clone()))
    }

    fn looks_at(&self, plural: &str, row: &Row) -> Vec<(&'static str, String, String)> {
        if plural != "applications" {
            return Vec::new();
        }
        parent_name(row)
            .map(|(namespace, name)| ("applications", namespace.to_string(), name.to_string()))
            .into_iter()
            .collect()
    }

    fn app(&self, seen: &Seen<'_>) -> Option<App> {
        let member = seen.own.first()?;
        Some(read(seen, member))
    }

    fn refusal(&self, verb: Verb, app: &App, _estate: &Estate) -> Option<String> {
        refusal(verb, app)
    }

    fn draft(
        &self,
        verb: Verb,
        app: &App,
        estate: &Estate,
        now: i64,
    ) -> Result<Box<dyn Draft>, Fault> {
        let Some(object) = app.object.clone() else {
            let why = "its Application is not known";
            return Err(Fault::new(FaultKind::NotFound, app.id.to_string(), why));
        };
        Ok(match verb {
            Verb::Sync => Box::new(Sync::new(app, estate, now)?),
            Verb::Refresh => Box::new(Refresh::new(object, How::Normal)),
            Verb::HardRefresh => Box::new(Refresh::new(object, How::Hard)),
            Verb::Rollback => Box::new(Rollback::new(app, estate, now)?),
            Verb::Restart => crate::apps::restart::draft(app, estate, now)?,
            Verb::Suspend => Box::new(AutoSync::new(app, estate, false, now)?),
            Verb::Resume => Box::new(AutoSync::new(app, estate, true, now)?),
            Verb::Terminate => Box::new(Terminate::new(app, estate, now)?),
            Verb::Delete => Box::new(Delete::new(app, estate, now)?),
        })
    }

    fn page_reads(&self, app: &App, estate: &Estate) -> Vec<Read> {
        super::page::reads(app, estate)
    }

    fn page(&self, app: &App, estate: &Estate, answers: &[Result<Value, Fault>], now: i64) -> Page {
        super::page::page(app, estate, answers, now)
    }
}

fn read(seen: &Seen<'_>, member: &Member<'_>) -> App {
    let row = member.row;
    let cells = Cells::of(row);
    let mut app = App::new(seen.id.clone());
    app.object = Some(member.object(seen.cluster));
    app.sync = sync(&cells.text(argo::SYNC));
    let word = cells.text(argo::HEALTH);
    let (condition, tone) = health(&word);
    app.health = Axis::new(word, tone);
    app.condition = condition;
    operation(&mut app, cells, row);
    app.drifted = cells.count(argo::OUT_OF_SYNC);
    app.revision = revision(cells);
    app.auto = auto(cells);
    app.since = [argo::HEALTH_SINCE, argo::STARTED, argo::FINISHED]
        .map(|at| cells.moment(at))
        .into_iter()
        .max()
        .unwrap_or(0);
    if app.since == 0 {
        app.since = row.created;
    }
    app.message = message(&app, cells);
    app.project = cells.text(argo::PROJECT);
    app.source = cells.text(argo::SOURCE);
    app.target = cells.text(argo::TARGET);
    app.destination = destination(cells);
    if let Destination::Named(name) = &app.destination {
        let of = Keeper::ArgoClusters(control(row));
        app.place = Some(Place { of, name: name.clone() });
    }
    app.parent = parent(seen, cells, row);
    app.left_off = left_off(cells);
    app
}

/// `operation` is what was asked for, `status.operationState` what came of it: the first without the
/// second was not begun yet (the web UI's rule, `getOperationStateTitle`).
fn operation(app: &mut App, cells: Cells<'_>, row: &Row) {
    let phase = cells.text(argo::PHASE);
    let asked = cells.has(argo::REQUESTED);
    let (started, finished) = (cells.moment(argo::STARTED), cells.moment(argo::FINISHED));
    app.running = asked || matches!(phase.as_str(), "Running" | "Terminating");
    app.operation = if row.terminating {
        Axis::new("Deleting", Tone::Busy)
    } else if asked && phase.is_empty() {
        Axis::new("waiting to start", Tone::Busy)
    } else if phase == "Running" && finished != 0 {
        let retry = format!("retry {}", cells.count(argo::RETRIES).unwrap_or(1));
        Axis::new(retry, Tone::Warn).since(finished)
    } else if phase == "Running" || phase == "Terminating" {
        Axis::new(phase, Tone::Busy).since(started)
    } else if asked {
        // An outcome of before: the controller has not come by yet.
        Axis::new("waiting to start", Tone::Busy)
    } else if cells.has(argo::DRY_RUN) && !phase.is_empty() {
        Axis::new(format!("{phase} (dry run)"), phase_tone(&phase))
    } else {
        let tone = phase_tone(&phase);
        Axis::new(phase, tone)
    };
}

fn revision(cells: Cells<'_>) -> Text {
    let (compared, deployed) = (cells.text(argo::COMPARED), cells.text(argo::DEPLOYED));
    if compared.is_empty() && deployed.is_empty() {
        return cells.text(argo::WANTED);
    }
    // What is in sync with the newest revision is at it, whichever one was deployed.
    let behind = !deployed.is_empty() && deployed != compared;
    if compared.is_empty() {
        shorts(&deployed).into()
    } else if behind && cells.text(argo::SYNC) != "Synced" {
        format!("{} → {}", shorts(&deployed), shorts(&compared)).into()
    } else {
        shorts(&compared).into()
    }
}

fn auto(cells: Cells<'_>) -> Auto {
    if cells.has(argo::SKIPPED) {
        Auto::Paused
    } else if !cells.has(argo::AUTOMATED) || cells.has(argo::DISABLED) {
        Auto::Manual
    } else if cells.has(argo::SELF_HEAL) {
        Auto::Heal
    } else {
        Auto::Auto
    }
}

/// What one wants to know first: how it goes, why it does not, what else is wrong.
fn message(app: &App, cells: Cells<'_>) -> Text {
    let operation = cells.text(argo::OPERATION_MESSAGE);
    if !operation.is_empty() && (app.running || app.operation.tone == Tone::Bad) {
        return operation;
    }
    let hydrator = cells.text(argo::HYDRATOR);
    if cells.tone(argo::HYDRATOR) == Tone::Bad {
        return format!("hydrator: {hydrator}").into();
    }
    if cells.tone(argo::CONDITION) >= Tone::Warn {
        return cells.text(argo::CONDITION);
    }
    let health = cells.text(argo::HEALTH_MESSAGE);
    if !health.is_empty() && app.condition != Health::Healthy {
        return health;
    }
    match cells.count(argo::PRUNING) {
        Some(1) => "1 object is no longer wanted".into(),
        Some(n) if n > 1 => format!("{n} objects are no longer wanted").into(),
        _ => Text::new(),
    }
}

fn destination(cells: Cells<'_>) -> Destination {
    let (server, name) = (cells.text(argo::SERVER), cells.text(argo::CLUSTER));
    let here = super::is_here;
    match (server.is_empty(), name.is_empty()) {
        (true, true) => Destination::Here,
        _ if here(&server) || here(&name) => Destination::Here,
        (false, _) => Destination::Server(server),
        (true, false) => Destination::Named(name),
    }
}

/// The ApplicationSet that made it, else the Application that tracks it, if there is such a one.
fn parent(seen: &Seen<'_>, cells: Cells<'_>, row: &Row) -> Option<AppId> {
    let set = cells.text(argo::SET);
    if !set.is_empty() {
        return Some(AppId::new(EngineId::ApplicationSet, row.key.namespace.clone(), set));
    }
    let (namespace, name) = parent_name(row)?;
    (seen.other)("applications", &namespace, &name)?;
    Some(AppId::new(EngineId::ArgoCd, namespace, name))
}

fn left_off(cells: Cells<'_>) -> Option<LeftOff> {
    let what = if cells.has(argo::SKIPPED) {
        "reconciling skipped"
    } else if cells.has(argo::DISABLED) || cells.has(argo::KEPT) {
        "auto-sync off"
    } else {
        return None;
    };
    let (by, since) = (cells.text(argo::OFF_BY), cells.moment(argo::OFF_SINCE));
    Some(LeftOff { what: what.into(), by, since })
}

/// What speaks against a verb as far as the row of the app tells. The draft looks again, at the object.
fn refusal(verb: Verb, app: &App) -> Option<String> {
    let deleting = app.operation.word == "Deleting";
    let paused = app.auto == Auto::Paused;
    let skipped = "it is skipped by Argo CD (annotation skip-reconcile): resume it first";
    let text = match verb {
        Verb::Sync | Verb::Rollback if deleting => "it is being deleted",
        Verb::Suspend | Verb::Resume if deleting => "it is being deleted",
        Verb::Sync | Verb::Refresh | Verb::HardRefresh | Verb::Rollback if paused => skipped,
        Verb::Terminate if paused => skipped,
        Verb::Sync | Verb::Rollback if app.running => {
            "another operation is already in progress: wait for it, or terminate it"
        }
        Verb::Terminate if !app.running => "no operation is in progress",
        Verb::Suspend if app.auto == Auto::Manual => "auto-sync is not on",
        Verb::Resume if matches!(app.auto, Auto::Auto | Auto::Heal) => "auto-sync is on already",
        Verb::Delete if deleting => "it is being deleted already",
        _ => return None,
    };
    Some(text.to_owned())
}
