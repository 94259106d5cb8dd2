//! Helm releases that no other engine owns. Their records tell what is there without a look at what
//! they hold; that is read when the page of a release opens, and for its plans.

#[cfg(test)]
mod fuzz_tests;
pub mod manifest;
mod native;
mod page;
pub mod release;
mod rollback;
mod said;
mod standing;
#[cfg(test)]
mod tests;
mod texts;
mod uninstall;

use super::engine::{Engine, Member, Seen};
use super::{App, Axis, Estate, Page, Verb, restart, running};
use crate::kinds::app_facet::helm::{RELEASE, REVISION, STATUS, WRITTEN};
use crate::kinds::app_facet::{Cells, claims};
use crate::model::{AppId, EngineId, Fault, FaultKind, ObjRef, Read, Row, Text, Tone};
use crate::verbs::Draft;
use crate::verbs::edit::diff::DiffLine;
use native::Ground;
use rollback::Rollback;
use serde_json::Value;
pub use standing::{Standing, needs_history, standing};
use uninstall::Uninstall;

/// Helm.
#[derive(Debug)]
pub struct Helm;

/// One record, as its labels tell.
struct Record<'a> {
    member: Member<'a>,
    revision: i64,
    status: &'a str,
    /// Since when it is so, Unix seconds; 0 where not known.
    at: i64,
}

impl<'a> Record<'a> {
    fn of(member: &Member<'a>) -> Self {
        let cells = Cells::of(member.row);
        Self {
            member: *member,
            revision: cells.number(REVISION).unwrap_or(0),
            status: cells.word(STATUS),
            at: if cells.has(WRITTEN) { cells.moment(WRITTEN) } else { member.row.created },
        }
    }
}

/// Something is being done with the release, or was and did not end: Helm refuses everything but a
/// rollback then (`release.Status.IsPending` in Helm's `pkg/release/common`).
fn is_pending(status: &str) -> bool {
    status.starts_with("pending-") || status == "uninstalling"
}

/// What a status of Helm's means (`pkg/release/common/status.go`).
fn tone(status: &str) -> Tone {
    match status {
        "deployed" => Tone::Good,
        "failed" => Tone::Bad,
        "superseded" | "uninstalled" => Tone::Dim,
        status if is_pending(status) => Tone::Busy,
        _ => Tone::Warn,
    }
}

/// Sync, operation and what there is to say of both. `records` has the newest first, and is not empty.
fn state(records: &[Record<'_>], app: &mut App) {
    let Some(newest) = records.first() else { return };
    let word = format!("v{} {}", newest.revision, newest.status);
    app.sync = Axis::new(word, tone(newest.status));
    app.since = newest.at;
    let deployed: Vec<i64> =
        records.iter().filter(|r| r.status == "deployed").map(|r| r.revision).collect();
    let older = deployed.iter().find(|revision| **revision != newest.revision);
    let stands = older.map(|revision| format!("v{revision} is the last that was deployed"));
    if is_pending(newest.status) {
        app.running = true;
        app.operation = Axis::new(newest.status, Tone::Busy).since(newest.at);
        // Rows have no clock: how long is told beside it, and what to do on the page.
        let said = "in progress, or what began it died";
        app.message = match stands {
            Some(stands) => format!("{}: {said}; {stands}", newest.status),
            None => format!("{}: {said}; nothing was ever deployed", newest.status),
        }
        .into();
    } else if newest.status == "failed" {
        app.operation = Axis::new("failed", Tone::Bad);
        app.message = stands.unwrap_or_else(|| "nothing was ever deployed".into()).into();
    } else if newest.status == "superseded" {
        app.sync.tone = Tone::Warn;
        app.message = "its newest record says superseded: the one after it is lost".into();
    } else if let Some(older) = older {
        app.sync.tone = Tone::Warn;
        app.message = format!("v{older} says deployed too: helm takes the newest of them").into();
    }
}

impl Engine for Helm {
    fn id(&self) -> EngineId {
        EngineId::Helm
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str, &'static str)] {
        &[("", "secrets", "owner=helm"), ("", "configmaps", "owner=helm")]
    }

    fn names(&self, plural: &str, row: &Row) -> Option<AppId> {
        // Rows of other engines' secrets have other cells; the name of a record is Helm's own.
        crate::kinds::app_facet::helm::named(&row.key.name)
            .filter(|_| matches!(plural, "secrets" | "configmaps"))?;
        Some(AppId::new(EngineId::Helm, row.key.namespace.clone(), Cells::of(row).text(RELEASE)))
    }

    fn app(&self, seen: &Seen<'_>) -> Option<App> {
        let mut records: Vec<Record<'_>> = seen.own.iter().map(Record::of).collect();
        records.sort_by_key(|record| std::cmp::Reverse(record.revision));
        let mut app = App::new(seen.id.clone());
        app.target = seen.id.namespace.clone();
        (app.health, app.condition) = running::health(seen.claimed);
        // What most charts write on what they make; the record itself is read with the page.
        app.revision = seen
            .claimed
            .iter()
            .map(|member| Cells::of(member.row).text(claims::CHART))
            .find(|chart| !chart.is_empty())
            .unwrap_or_default();
        match records.first() {
            Some(newest) => {
                app.object = Some(newest.member.object(seen.cluster));
                state(&records, &mut app);
            }
            None => {
                app.sync = Axis::new("unknown", Tone::Dim);
                app.since = seen.claimed.iter().map(|member| member.row.created).max()?;
                app.message = UNREADABLE.into();
            }
        }
        Some(app)
    }

    fn refusal(&self, verb: Verb, app: &App, estate: &Estate) -> Option<String> {
        let why = match verb {
            Verb::Rollback | Verb::Delete if app.object.is_none() => UNREADABLE.to_owned(),
            Verb::Sync | Verb::Refresh | Verb::HardRefresh => {
                "nothing watches the source of a Helm release: `helm upgrade` brings a newer one".into()
            }
            Verb::Suspend | Verb::Resume => {
                "a Helm release stays as it is until somebody changes it: there is nothing to suspend".into()
            }
            Verb::Terminate if app.running => {
                "Helm works where it was started, and can only be ended there; if nobody runs it any more, roll back".into()
            }
            Verb::Terminate => "nothing is being done with it".into(),
            Verb::Restart => return restart::refusal(app, estate),
            Verb::Rollback | Verb::Delete => match &app.folded_into {
                Some(owner) => {
                    let label = owner.engine.label();
                    format!("{label} {} delivers it and would bring it back: do it there", owner.name)
                }
                None => return None,
            },
        };
        Some(why)
    }

    fn draft(
        &self,
        verb: Verb,
        app: &App,
        estate: &Estate,
        now: i64,
    ) -> Result<Box<dyn Draft>, Fault> {
        let refused = |why: String| {
            Fault::new(FaultKind::Refused, format!("{} {}", verb.word(), app.id.name), why)
        };
        if let Some(why) = self.refusal(verb, app, estate) {
            return Err(refused(why));
        }
        let Some(record) = app.object.clone() else { return restart::draft(app, estate, now) };
        let ground = Ground { record: record.clone(), catalogue: estate.catalogue().clone() };
        match verb {
            Verb::Rollback => Ok(Box::new(Rollback::new(app, record, ground, now))),
            Verb::Delete => Ok(Box::new(Uninstall::new(app, record, ground, now))),
            _ => restart::draft(app, estate, now),
        }
    }

    fn page_reads(&self, app: &App, _estate: &Estate) -> Vec<Read> {
        page::reads(app)
    }

    fn page(&self, app: &App, estate: &Estate, answers: &[Result<Value, Fault>], now: i64) -> Page {
        page::page(app, estate.catalogue(), answers, now)
    }

    fn can_compare(&self) -> bool {
        true
    }

    fn compare(
        &self,
        app: &App,
        answers: &[Result<Value, Fault>],
        (from, to): (&str, &str),
    ) -> Result<Vec<DiffLine>, Fault> {
        page::compare(app, answers, (from, to))
    }
}

/// Told where the person's own `helm` is to do it: whether there is one shows when it is run.
const NO_HELM: &str =
    "where this machine has no helm, nothing happens: run the command on one that has it";

/// The words of a command for a release whose records are kept as this one is.
fn command(record: &ObjRef, words: &[&str], namespace: &str) -> Vec<String> {
    let driver: &[&str] =
        if record.gvr.plural == "configmaps" { &["env", "HELM_DRIVER=configmap"] } else { &[] };
    let place = ["--namespace", namespace];
    let all = driver.iter().chain(&["helm"]).chain(words).chain(&place);
    all.map(|word| (*word).to_owned()).collect()
}

/// Why nothing but workloads tells of a release.
const UNREADABLE: &str = "its records cannot be read: no permission to list secrets, or they are \
                          kept elsewhere (HELM_DRIVER=sql)";

/// A name in a path's query: names of releases are names of objects, but come from a label.
fn selector(release: &Text) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let name: String = release.bytes().filter(plain).map(char::from).collect();
    format!("owner%3Dhelm%2Cname%3D{name}")
}
