//! One object of an Application beside what was applied to it.

use super::super::Expected;
use super::place::without;
use super::rules::{Rule, Status};
use super::wanted::{self, Wanted};
use super::{Argo, fields, known};
use crate::apps::Auto;
use crate::apps::page::Delivered;
use crate::drift::compare::{Against, compare};
use crate::drift::found::{Change, Confidence, Fate, Field, ObjectDrift, State, Writer};
use crate::drift::judge::{Bench, Live, judged, seen};
use crate::drift::path::{Path, Step};
use crate::drift::writers::Writers;
use crate::model::{Fault, FaultKind, Text};
use crate::relations::ObjectId;
use crate::text::mask::LAST_APPLIED;
use jiff::Timestamp;
use serde_json::Value;

const TRACKING: &str = "argocd.argoproj.io/tracking-id";
const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";
const COMPARE_OPTIONS: &str = "argocd.argoproj.io/compare-options";
const HOOK: &str = "argocd.argoproj.io/hook";

impl Argo {
    /// How it is.
    pub(super) fn look(
        &self,
        expected: &Expected,
        live: Live<'_>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        let id = &expected.id;
        let told = expected.told.as_ref();
        if let Some(told) = told
            && !told.hook.is_empty()
        {
            let why = format!("{}: a hook runs, and is not kept as it was", told.hook);
            return ObjectDrift::new(id.clone(), State::Incomparable(why.into()));
        }
        let live = match live {
            Live::There(live) => live,
            Live::Gone => return self.gone(id, told),
            Live::Unread(fault) => {
                return ObjectDrift::new(id.clone(), State::Unknown(fault.clone()));
            }
        };
        if let Some(why) = self.exempt(id, told, live) {
            let mut found = seen(id, live);
            if found.state == State::Same {
                found.state = State::Incomparable(why);
            }
            return found;
        }
        if told.is_some_and(|told| told.prune) {
            return self.extra(id, live);
        }
        let writers = Writers::of(live);
        let options = |option: &str| has(live, SYNC_OPTIONS, option) || self.app.has(option);
        let found = match wanted::of(live, &writers, options) {
            Wanted::Copy(copy) => self.by_copy(id, copy, live, bench),
            Wanted::Fields(applied) => self.by_fields(id, &applied, told, live, &writers),
            Wanted::Nothing(why) => {
                let mut found = seen(id, live);
                found.state = State::Incomparable(why);
                found
            }
            Wanted::Corrupt(why) => {
                let why = format!("its copy of what was applied cannot be read: {why}");
                let fault = Fault::new(FaultKind::Invalid, format!("compare {id}"), why);
                let mut found = seen(id, live);
                found.state = State::Unknown(fault);
                found
            }
        };
        let mut found = self.by_own(id, live, found, bench);
        if let Some(told) = told {
            self.beside(&mut found, told, &writers);
        }
        found
    }

    /// It is not there.
    fn gone(&self, id: &ObjectId, told: Option<&Delivered>) -> ObjectDrift {
        let mut found = ObjectDrift::new(id.clone(), State::Missing);
        let Some(told) = told else { return found };
        if told.prune {
            found.state = State::Same;
            found.note = "no longer wanted, and gone: Argo CD has not compared it since".into();
            return found;
        }
        let was = if told.result.word == "Synced" {
            "the last sync brought it: it was deleted since"
        } else {
            "the last sync did not bring it"
        };
        let then = match self.auto {
            Auto::Heal => "self-heal brings it back",
            Auto::Auto => "the next automated sync brings it",
            Auto::Paused => "it stays away while the app is not reconciled",
            Auto::Manual | Auto::None => "it stays away until somebody syncs",
        };
        found.note = format!("{was}; {then}{}", self.windows()).into();
        found
    }

    /// It is there, and git does not have it any more.
    fn extra(&self, id: &ObjectId, live: &Value) -> ObjectDrift {
        let mut found = seen(id, live);
        if found.state == State::Terminating {
            return found;
        }
        found.state = State::Extra;
        let never = |option: &str| has(live, SYNC_OPTIONS, option) || self.app.has(option);
        found.note = if never("Prune=false") {
            "not wanted any more; it stays: Prune=false".into()
        } else if has(live, COMPARE_OPTIONS, "IgnoreExtraneous") {
            "not wanted any more; it does not make the app OutOfSync: IgnoreExtraneous".into()
        } else if never("Prune=confirm") {
            "would be pruned by the next sync that prunes, once somebody confirms it".into()
        } else {
            format!("would be pruned by the next sync that prunes{}", self.windows()).into()
        };
        found
    }

    /// Why Argo CD does not compare it; None where it does.
    fn exempt(&self, id: &ObjectId, told: Option<&Delivered>, live: &Value) -> Option<Text> {
        if has(live, HOOK, "Skip") {
            return Some("its hook annotation says Skip".into());
        }
        let told = told.filter(|told| told.sync.word.is_empty() && self.app.at != 0)?;
        let tracking = annotation(live, TRACKING);
        if !tracking.is_empty() && !names(tracking, id) && !told.prune {
            return Some(format!("its tracking id names something else: {tracking}").into());
        }
        Some("Argo CD leaves it out of its comparison".into())
    }

    /// With the whole manifest at hand.
    fn by_copy(&self, id: &ObjectId, copy: Value, live: &Value, bench: &Bench<'_>) -> ObjectDrift {
        let desired = known::prepared(id, copy, live, &self.rules);
        let against = Against::Manifest { desired: &desired, base: None };
        let fate = |_: &Change, _: Option<&Writer>| self.fate();
        let mut found = judged(id, live, (against, Confidence::LastApplied), &fate, bench);
        if found.state == State::Terminating {
            return found;
        }
        found.fields.retain(|field| !is_beside(&field.change, bench));
        self.status(&mut found, &desired, live, bench);
        if !found.fields.is_empty() {
            self.ignore(&mut found, &desired, live, bench);
        }
        let any = found.drifted().next().is_some();
        found.state = if any { State::Changed } else { State::Same };
        if found.state == State::Changed && !self.rules.unread.is_empty() {
            let note = format!("{}: rules in it are not known", self.rules.unread);
            add(&mut found.note, &note);
        }
        found
    }

    /// The status, where Argo CD is told to compare it.
    fn status(&self, found: &mut ObjectDrift, desired: &Value, live: &Value, bench: &Bench<'_>) {
        let compared = match self.rules.status {
            Status::Ignored => false,
            Status::OfDefinitions => found.id.kind != "CustomResourceDefinition",
            Status::Compared => true,
        };
        let (Some(wanted), true) = (desired.get("status"), compared) else { return };
        // A name of ours, as the real one is not looked at.
        let under = |value: &Value| serde_json::json!({ "of": value });
        let (wanted, is) = (under(wanted), under(&live["status"]));
        let against = Against::Manifest { desired: &wanted, base: None };
        let writers = Writers::of(live);
        for mut change in compare(against, &is, bench.shape) {
            change.path.0[0] = Step::Field("status".into());
            let writer = writers.last(&change.path).cloned();
            found.fields.push(Field { change, writer, fate: self.fate(), noise: None, side: None });
        }
    }

    /// Marks what Argo CD does not count: rule by rule, so that the one that hides a field is named.
    fn ignore(&self, found: &mut ObjectDrift, desired: &Value, live: &Value, bench: &Bench<'_>) {
        let writers = Writers::of(live);
        let id = found.id.clone();
        let (mut in_wanted, mut in_live) = (Vec::new(), Vec::new());
        for rule in self.rules.about(&id) {
            for place in &rule.pointers {
                in_wanted.push(place.clone());
                in_live.push(place.clone());
            }
            for expression in &rule.paths {
                match self.jq.get(&id).and_then(|all| all.get(expression.as_str())) {
                    Some(Ok(places)) => {
                        in_wanted.extend(places.wanted.iter().cloned());
                        in_live.extend(places.live.iter().cloned());
                    }
                    Some(Err(why)) => {
                        found.note = format!("{}: {expression}: {why}", rule.name).into();
                    }
                    None => {}
                }
            }
            let (wanted, is) = (without(desired, &in_wanted), without(live, &in_live));
            let against = Against::Manifest { desired: &wanted, base: None };
            let left = compare(against, &is, bench.shape);
            for field in found.fields.iter_mut().filter(|field| field.noise.is_none()) {
                let path = &field.change.path;
                let trusted =
                    |one: &Writer| rule.managers.iter().any(|name| one.manager == name.as_str());
                let gone = if path.is_in(&Path::of(&["status"])) {
                    path.get(&wanted).is_none() && path.get(&is).is_none()
                } else {
                    !left.iter().any(|one| near(&one.path, path))
                };
                let right = field.change.live.is_some()
                    && field.change.desired.is_some()
                    && writers.is_owned(path, trusted);
                if gone || right {
                    self.hide(field, rule);
                }
            }
        }
    }

    /// Expressions in jq that have to be looked at before an object can be judged, with what they are
    /// asked of: the manifest, and what is there. None where nothing differs, or there are none.
    pub(super) fn expressions(
        &self,
        id: &ObjectId,
        live: &Value,
        bench: &Bench<'_>,
    ) -> Option<(Vec<Text>, Vec<Value>)> {
        let rules = self.rules.about(id).flat_map(|rule| &rule.paths);
        let expressions: Vec<Text> = rules.map(|path| Text::from(path.as_str())).collect();
        if expressions.is_empty() {
            return None;
        }
        let writers = Writers::of(live);
        let Wanted::Copy(copy) = wanted::of(live, &writers, |_| false) else { return None };
        let desired = known::prepared(id, copy, live, &self.rules);
        let against = Against::Manifest { desired: &desired, base: None };
        let differs = !compare(against, live, bench.shape).is_empty();
        differs.then(|| (expressions, vec![desired, live.clone()]))
    }

    fn hide(&self, field: &mut Field, rule: &Rule) {
        field.noise = Some(format!("ignored by {}", rule.name).into());
        field.fate = if self.app.has("RespectIgnoreDifferences=true") {
            Fate::Stays(format!("stays, also through a sync: {}", rule.name).into())
        } else {
            Fate::UndoneNext(
                format!("not counted by {}; any sync writes over it", rule.name).into(),
            )
        };
    }

    /// With field names only: what others wrote since, as far as Argo CD says that it matters.
    fn by_fields(
        &self,
        id: &ObjectId,
        applied: &Writer,
        told: Option<&Delivered>,
        live: &Value,
        writers: &Writers,
    ) -> ObjectDrift {
        let mut found = seen(id, live);
        found.confidence = Confidence::Ownership;
        if found.state == State::Terminating {
            return found;
        }
        let stale = !annotation(live, LAST_APPLIED).is_empty();
        let taken = fields::taken(live, writers, applied.at);
        let word = told.map(|told| told.sync.word.as_str()).unwrap_or_default();
        let newest = taken.iter().map(|(_, writer)| writer.at).max().unwrap_or(0);
        if newest > self.app.at && self.app.at != 0 {
            let who = taken.iter().max_by_key(|(_, writer)| writer.at);
            let who = who.map(|(_, writer)| writer.manager.clone()).unwrap_or_default();
            let why = format!(
                "applied by the server, which leaves no manifest; Argo CD has not compared it since {who} wrote to it"
            );
            found.state = State::Incomparable(why.into());
            return found;
        }
        if word == "OutOfSync" && !taken.is_empty() {
            let secret = id.is_secret();
            for (mut change, writer) in taken {
                if secret && change.path.is_in(&Path::of(&["data"])) {
                    change.live = Some("+++++++++".into());
                }
                let mut field = Field {
                    change,
                    writer: Some(writer),
                    fate: self.fate(),
                    noise: None,
                    side: None,
                };
                let rules = self.rules.about(id);
                if let Some(rule) = rules.into_iter().find(|rule| covers(rule, &field, live)) {
                    self.hide(&mut field, rule);
                }
                found.fields.push(field);
            }
        }
        if found.drifted().next().is_some() {
            found.state = State::Changed;
            found.note = "the server applied it for Argo CD and keeps no values: others wrote these fields since, and Argo CD says OutOfSync".into();
        } else if stale {
            found.note =
                "its copy of an older manifest was not used: the server applied it since".into();
        }
        found
    }

    /// What becomes of a change to a field.
    pub(super) fn fate(&self) -> Fate {
        let when = self.windows();
        match self.auto {
            Auto::Heal => Fate::UndoneSoon(format!("self-heal undoes it{when}").into()),
            Auto::Auto => {
                Fate::UndoneNext(format!("the next automated sync undoes it{when}").into())
            }
            Auto::Manual | Auto::None => Fate::UndoneNext("stays until somebody syncs".into()),
            Auto::Paused => Fate::Stays("stays: Argo CD does not reconcile the app".into()),
        }
    }

    /// Git has something else than was synced.
    pub(super) fn moved(&self) -> Text {
        format!(
            "content of the new revision is not in the cluster: {} was applied, {} is wanted",
            self.app.synced, self.app.wanted
        )
        .into()
    }

    fn windows(&self) -> &'static str {
        if self.app.windows { ", when its sync windows allow" } else { "" }
    }

    /// What Argo CD itself says of it, where that is something else than what was seen.
    fn beside(&self, found: &mut ObjectDrift, told: &Delivered, writers: &Writers) {
        let says = told.sync.word.as_str();
        let newest = writers.all().filter(|one| one.subresource != "status");
        let newest = newest.map(|one| one.at).max().unwrap_or(0);
        let since = newest > self.app.at;
        let at = || match Timestamp::from_second(self.app.at) {
            Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            Err(_) => String::new(),
        };
        let note = match (&found.state, says) {
            (State::Same, "OutOfSync") if since => {
                format!("Argo CD said OutOfSync at {}, and has not compared it since", at())
            }
            (State::Same, "OutOfSync") if found.fields.iter().any(|one| !is_rule(one)) => {
                "Argo CD counts what is hidden here as noise: it says OutOfSync".to_owned()
            }
            (State::Same, "OutOfSync") => {
                found.state = State::Behind;
                if self.app.moved {
                    self.moved().to_string()
                } else {
                    "Argo CD says OutOfSync: what it wants was never applied to it".to_owned()
                }
            }
            (State::Changed, "Synced") if since => {
                format!("Argo CD said Synced at {}, and has not compared it since", at())
            }
            (State::Changed, "Synced") => format!("Argo CD says Synced, compared at {}", at()),
            (State::Incomparable(_), "OutOfSync") => "Argo CD says OutOfSync".to_owned(),
            (State::Incomparable(_), "Synced") => "Argo CD says Synced".to_owned(),
            (_, "Unknown") if self.app.error.is_empty() => "Argo CD cannot tell".to_owned(),
            (_, "Unknown") => format!("Argo CD cannot tell: {}", self.app.error),
            _ => return,
        };
        add(&mut found.note, &note);
    }
}

/// Says something else too.
pub(super) fn add(note: &mut Text, more: &str) {
    *note = match note.as_str() {
        "" => more.into(),
        before => format!("{before}; {more}").into(),
    };
}

/// One place is in the other.
pub(super) fn near(one: &Path, other: &Path) -> bool {
    one.is_in(other) || other.is_in(one)
}

/// Whether a field is hidden by a rule of Argo CD's.
pub(super) fn is_rule(field: &Field) -> bool {
    field.noise.as_ref().is_some_and(|noise| noise.starts_with("ignored by ignoreDifferences"))
}

/// Whether a rule hides a field of which only the place is known.
fn covers(rule: &Rule, field: &Field, live: &Value) -> bool {
    let path = &field.change.path;
    let trusted = rule.managers.iter();
    path.get(&without(live, &rule.pointers)).is_none()
        || field
            .writer
            .as_ref()
            .is_some_and(|one| trusted.clone().any(|name| one.manager == name.as_str()))
}

fn annotation<'v>(object: &'v Value, name: &str) -> &'v str {
    object["metadata"]["annotations"][name].as_str().unwrap_or_default()
}

/// Whether an annotation of options, with commas between them, has this one.
fn has(object: &Value, name: &str, option: &str) -> bool {
    annotation(object, name).split(',').any(|one| one.trim() == option)
}

/// Whether a tracking id (`app:group/kind:namespace/name`) names an object. Objects without a
/// namespace have that of the app's destination in it.
fn names(tracking: &str, id: &ObjectId) -> bool {
    let mut parts = tracking.splitn(3, ':').skip(1);
    let (Some(kind), Some(place)) = (parts.next(), parts.next()) else { return false };
    let (group, kind) = kind.split_once('/').unwrap_or(("", kind));
    let (namespace, name) = place.split_once('/').unwrap_or(("", place));
    group == id.group.as_str()
        && kind == id.kind.as_str()
        && name == id.name.as_str()
        && (id.namespace.is_empty() || namespace == id.namespace.as_str())
}

/// A key that somebody put beside those of the manifest in a map that server-side apply replaces as a whole
/// (a selector). A three-way merge knows of no such maps: Argo CD leaves the key there and counts nothing.
fn is_beside(change: &Change, bench: &Bench<'_>) -> bool {
    let unit = bench.shape.unit(&change.path);
    let within = &change.path.0[unit.0.len()..];
    change.desired.is_none()
        && !within.is_empty()
        && within.iter().all(|step| matches!(step, Step::Field(_)))
}
