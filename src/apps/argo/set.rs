//! An ApplicationSet as an app: what it delivers are Applications.

use super::GROUP;
use super::app::health;
use super::delete::DeleteSet;
use super::refresh::{How, Refresh};
use crate::apps::{App, Auto, Axis, Engine, Estate, Page, Seen, Verb};
use crate::kinds::app_facet::{Cells, argo_set};
use crate::model::{AppId, EngineId, Fault, FaultKind, Health, Read, Row, Text, Tone};
use crate::verbs::Draft;
use serde_json::Value;

/// The controller that makes Applications from a template.
#[derive(Debug)]
pub struct ApplicationSet;

impl Engine for ApplicationSet {
    fn id(&self) -> EngineId {
        EngineId::ApplicationSet
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str, &'static str)] {
        &[(GROUP, "applicationsets", "")]
    }

    fn names(&self, plural: &str, row: &Row) -> Option<AppId> {
        (plural == "applicationsets").then(|| {
            let (namespace, name) = (row.key.namespace.clone(), row.key.name.clone());
            AppId::new(EngineId::ApplicationSet, namespace, name)
        })
    }

    fn app(&self, seen: &Seen<'_>) -> Option<App> {
        let member = seen.own.first()?;
        let (row, cells) = (member.row, Cells::of(member.row));
        let mut app = App::new(seen.id.clone());
        app.object = Some(member.object(seen.cluster));
        app.sync = sync(cells);
        let (word, condition, tone) = how(cells);
        app.health = Axis::new(word, tone);
        app.condition = condition;
        let rollout = rollout(cells);
        app.running = rollout.is_some();
        app.operation = if row.terminating {
            Axis::new("Deleting", Tone::Busy)
        } else {
            rollout.map(|words| Axis::new(words, Tone::Busy)).unwrap_or_default()
        };
        let made = cells.count(argo_set::MADE).unwrap_or(0);
        app.revision = format!("{made} app{}", if made == 1 { "" } else { "s" }).into();
        // It makes and removes Applications by itself; whether these sync is theirs to say.
        app.auto = Auto::Auto;
        app.since = cells.moment(argo_set::SINCE);
        if app.since == 0 {
            app.since = row.created;
        }
        app.message = message(cells);
        app.project = cells.text(argo_set::PROJECT);
        app.source = cells.text(argo_set::SOURCE);
        Some(app)
    }

    fn refusal(&self, verb: Verb, app: &App, _estate: &Estate) -> Option<String> {
        refusal(verb, app)
    }

    fn draft(
        &self,
        verb: Verb,
        app: &App,
        estate: &Estate,
        _now: i64,
    ) -> Result<Box<dyn Draft>, Fault> {
        let what = || format!("{} {}", verb.word(), app.id);
        if let Some(why) = self.refusal(verb, app, estate) {
            return Err(Fault::new(FaultKind::Refused, what(), why));
        }
        let Some(object) = app.object.clone() else {
            return Err(Fault::new(FaultKind::NotFound, what(), "its ApplicationSet is not known"));
        };
        Ok(match verb {
            Verb::Delete => Box::new(DeleteSet::new(object, app.revision.clone())),
            _ => Box::new(Refresh::new(object, How::Set)),
        })
    }

    fn page_reads(&self, app: &App, _estate: &Estate) -> Vec<Read> {
        super::set_page::reads(app)
    }

    fn page(
        &self,
        app: &App,
        estate: &Estate,
        answers: &[Result<Value, Fault>],
        _now: i64,
    ) -> Page {
        super::set_page::page(app, estate, answers)
    }
}

/// Whether its Applications are what its template says.
fn sync(cells: Cells<'_>) -> Axis {
    match cells.text(argo_set::UP_TO_DATE).as_str() {
        "True" => Axis::new("UpToDate", Tone::Good),
        "False" => Axis::new("Outdated", Tone::Warn),
        "" => Axis::default(),
        _ => Axis::new("Unknown", Tone::Warn),
    }
}

/// Its health: as it tells since Argo CD 3.4, else by whether generating failed.
fn how(cells: Cells<'_>) -> (Text, Health, Tone) {
    let told = cells.text(argo_set::HEALTH);
    if !told.is_empty() {
        let (condition, tone) = health(&told);
        return (told, condition, tone);
    }
    if cells.has(argo_set::ERROR) {
        return ("Error".into(), Health::Degraded, Tone::Bad);
    }
    if cells.has(argo_set::UP_TO_DATE) {
        return ("Healthy".into(), Health::Healthy, Tone::Good);
    }
    (Text::new(), Health::None, Tone::Plain)
}

/// `step 2 of 3` while a RollingSync is under way.
fn rollout(cells: Cells<'_>) -> Option<Text> {
    let steps = cells.count(argo_set::STEPS)?;
    match cells.count(argo_set::STEP)? {
        // Applications that no step selects are never synced by it.
        step if step < 1 => None,
        step => Some(format!("step {step} of {steps}").into()),
    }
}

fn message(cells: Cells<'_>) -> Text {
    let wrong = cells.text(argo_set::ERROR);
    if !wrong.is_empty() {
        return wrong;
    }
    if rollout(cells).is_some() {
        let states = [
            (argo_set::PROGRESSING, "progressing"),
            (argo_set::PENDING, "pending"),
            (argo_set::WAITING, "waiting"),
            (argo_set::HEALTHY, "healthy"),
        ];
        let counted = states.map(|(at, word)| (cells.count(at).unwrap_or(0), word));
        let said = counted.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}"));
        return said.collect::<Vec<String>>().join(", ").into();
    }
    cells.text(argo_set::HEALTH_MESSAGE)
}

fn refusal(verb: Verb, app: &App) -> Option<String> {
    let text = match verb {
        Verb::Refresh | Verb::HardRefresh => return None,
        Verb::Delete if app.operation.word == "Deleting" => "it is being deleted already",
        Verb::Delete => return None,
        Verb::Sync => "it makes Applications and syncs none: refresh it, or sync those",
        Verb::Rollback => "it keeps no history: roll back one of its Applications",
        Verb::Restart => "it runs nothing itself: restart one of its Applications",
        Verb::Suspend | Verb::Resume => "Argo CD cannot suspend an ApplicationSet",
        Verb::Terminate => "it has no operations: terminate that of one of its Applications",
    };
    Some(text.to_owned())
}
