//! What a description is made of, kept fresh: the object, what else its page needs, and watches that
//! tell when one of them is no longer what was read.

use crate::describe::{Answers, Ask, Page, Subject, describe, needs};
use crate::model::{
    Answer, Facet, Fault, FaultKind, Key, Need, ObjRef, Row, Scope, SubId, Text, Ticket, WatchState,
};
use crate::ui::pace::Pace;
use crate::ui::panes::Pane;
use crate::ui::subs::Sub;
use crate::ui::{Effect, Ui};
use serde_json::Value;

/// Shortest time between two rounds of reading, in milliseconds.
const AGAIN: u64 = 300;

/// Which objects, in which versions: by namespace and name.
type Versions = Vec<(String, String, u64)>;

/// One thing that is read.
#[derive(Debug, Default)]
struct Source {
    /// Tells of changes; None where the server does not serve watches of it.
    sub: Option<SubId>,
    ticket: Option<Ticket>,
    /// What was read last; None before the first answer, and after a refusal.
    held: Option<Versions>,
    /// Answered at least once, well or not.
    answered: bool,
    /// The watch's revision that `held` was last compared with.
    checked: u64,
    stale: bool,
}

impl Source {
    /// Compares what was read with what the watch knows.
    fn check(&mut self, ui: &Ui, of_sub: impl Fn(&Sub) -> Versions) {
        let Some(sub) = self.sub.and_then(|id| ui.subs.get(id)) else { return };
        if self.ticket.is_some() || !self.answered || !sub.complete || sub.revision == self.checked
        {
            return;
        }
        if *sub.state() != WatchState::Live {
            return;
        }
        self.checked = sub.revision;
        if let Some(held) = &self.held {
            self.stale |= *held != of_sub(sub);
        } else {
            // It was refused, and is there now.
            self.stale = !of_sub(sub).is_empty();
        }
    }

    /// It is asked for now: what the watch tells from now on may be news.
    fn ask(&mut self, ticket: Ticket, ui: &Ui) {
        (self.ticket, self.stale) = (Some(ticket), false);
        self.checked = self.sub.and_then(|id| ui.subs.get(id)).map_or(0, |sub| sub.revision);
    }

    fn due(&self) -> bool {
        self.ticket.is_none() && (self.stale || !self.answered)
    }
}

fn version(meta: &Value) -> u64 {
    meta["resourceVersion"].as_str().and_then(|version| version.parse().ok()).unwrap_or(0)
}

fn entry(object: &Value) -> (String, String, u64) {
    let meta = &object["metadata"];
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    (text(&meta["namespace"]), text(&meta["name"]), version(meta))
}

/// Of an answer: a list, or one object.
fn versions_of(answer: &Value) -> Versions {
    let mut all: Versions = match answer["items"].as_array() {
        Some(items) => items.iter().map(entry).collect(),
        None if answer["kind"].as_str().is_some_and(|kind| kind.ends_with("List")) => Vec::new(),
        None => vec![entry(answer)],
    };
    all.sort();
    all
}

/// Of all rows of a subscription.
fn versions_in(sub: &Sub) -> Versions {
    let entry = |row: &Row| (row.key.namespace.to_string(), row.key.name.to_string(), row.version);
    let mut all: Versions = sub.table.rows().map(|(_, row)| entry(row)).collect();
    all.sort();
    all
}

/// Of one object in a subscription that may hold many.
fn version_in(sub: &Sub, object: &ObjRef) -> Versions {
    let key = Key { namespace: object.namespace.clone(), name: object.name.clone() };
    let row = sub.table.slot(&key).and_then(|slot| sub.table.row(slot));
    let entry = |row: &Row| (row.key.namespace.to_string(), row.key.name.to_string(), row.version);
    row.map(entry).into_iter().collect()
}

/// All that is read for one description.
#[derive(Debug)]
pub struct Reading {
    object: ObjRef,
    own: Source,
    subject: Option<Subject>,
    /// Why the object cannot be shown, or not any more.
    pub fault: Option<Fault>,
    parts: Vec<(Ask, Source)>,
    answers: Answers,
    pace: Pace,
    /// What is known has changed since the page was made.
    pub fresh: bool,
}

impl Reading {
    pub fn new(object: ObjRef) -> Self {
        Self {
            object,
            own: Source::default(),
            subject: None,
            fault: None,
            parts: Vec::new(),
            answers: Answers::default(),
            pace: Pace::default(),
            fresh: false,
        }
    }

    pub fn object(&self) -> &ObjRef {
        &self.object
    }

    /// The subscription that tells of the object itself.
    pub fn sub(&self) -> Option<SubId> {
        self.own.sub
    }

    pub fn subs(&self) -> Vec<SubId> {
        let parts = self.parts.iter().filter_map(|(_, source)| source.sub);
        self.own.sub.into_iter().chain(parts).collect()
    }

    /// Whether there is an object to describe, as it is now or was last.
    pub fn has_subject(&self) -> bool {
        self.subject.is_some()
    }

    /// Everything was answered, well or not.
    pub fn is_complete(&self) -> bool {
        let parts = self.parts.iter().all(|(_, source)| source.answered);
        self.own.answered && (self.subject.is_none() || parts)
    }

    /// The object is no longer there.
    pub fn is_gone(&self) -> bool {
        self.subject.is_some()
            && self.fault.as_ref().is_some_and(|fault| fault.kind == FaultKind::NotFound)
    }

    pub fn page(&self, now: i64) -> Page {
        self.subject
            .as_ref()
            .map_or_else(Page::default, |subject| describe(subject, &self.answers, now))
    }

    /// Everything is read again.
    pub fn reload(&mut self) {
        self.own.stale = true;
        for (_, source) in &mut self.parts {
            source.stale = true;
        }
    }

    /// Asks for what is due, and sees to it that changes are told of.
    pub fn keep_up(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        self.watch(ui, effects);
        self.own.check(ui, |sub| version_in(sub, &self.object));
        for (_, source) in &mut self.parts {
            source.check(ui, versions_in);
        }
        self.drain(ui);
        let due = self.own.due() || self.parts.iter().any(|(_, source)| source.due());
        // What was never read does not wait.
        let first = !self.own.answered || self.parts.iter().any(|(_, source)| !source.answered);
        if !due || !(self.pace.begin(AGAIN, false, ui, effects) || first) {
            return;
        }
        if self.own.due() {
            let ticket = ui.ticket();
            self.own.ask(ticket, ui);
            effects.push(Effect::Get { ticket, object: self.object.clone() });
        }
        for (ask, source) in &mut self.parts {
            if source.due() {
                let ticket = ui.ticket();
                source.ask(ticket, ui);
                let cluster = self.object.cluster;
                effects.push(Effect::Read { ticket, cluster, read: ask.read() });
            }
        }
    }

    fn watch(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        let Some(cluster) = ui.clusters.get(&self.object.cluster) else { return };
        let watchable =
            |gvr| cluster.catalogue.get(gvr).is_some_and(|r| r.can("watch") && r.can("list"));
        let own = watchable(&self.object.gvr);
        let parts: Vec<bool> = self.parts.iter().map(|(ask, _)| watchable(&ask.gvr)).collect();
        if own {
            let sub = ui.subs.want_object(&self.object, effects);
            watch_with(&mut self.own, sub);
        }
        for ((ask, source), served) in self.parts.iter_mut().zip(parts) {
            if served {
                let sub = ui.subs.want(&need(&self.object, ask), effects);
                watch_with(source, sub);
            }
        }
    }

    /// Rows are looked at as a whole: which of them changed is not asked, except by tables.
    fn drain(&self, ui: &mut Ui) {
        let shown = match ui.panes.last() {
            Some(Pane::Browse(browse)) => browse.sub,
            _ => None,
        };
        for id in self.subs() {
            if Some(id) != shown
                && let Some(sub) = ui.subs.get_mut(id)
            {
                sub.drain();
            }
        }
    }

    /// Takes an answer in; false when it is somebody else's.
    pub fn answer(&mut self, ticket: Ticket, answer: &Result<Answer, Fault>) -> bool {
        let parsed = match answer {
            Ok(Answer::Object(json)) => serde_json::from_str::<Value>(json).map_err(|why| {
                let what = format!("describe {}", self.object);
                Fault::new(FaultKind::Other, what, why.to_string())
            }),
            Ok(_) => return false,
            Err(fault) => Err(fault.clone()),
        };
        if self.own.ticket == Some(ticket) {
            self.own.ticket = None;
            self.own.answered = true;
            self.fresh = true;
            match parsed {
                Ok(object) => self.take_object(object),
                Err(fault) => {
                    self.own.held = None;
                    self.fault = Some(fault);
                }
            }
            return true;
        }
        let waiting = |(_, source): &&mut (Ask, Source)| source.ticket == Some(ticket);
        let Some((ask, source)) = self.parts.iter_mut().find(waiting) else { return false };
        source.ticket = None;
        source.answered = true;
        source.held = parsed.as_ref().ok().map(versions_of);
        self.answers.insert(ask.key.clone(), parsed);
        self.fresh = true;
        true
    }

    fn take_object(&mut self, object: Value) {
        self.fault = None;
        self.own.held = Some(versions_of(&object));
        let subject =
            Subject { gvr: self.object.gvr.clone(), kind: self.object.kind.clone(), object };
        let asks = needs(&subject);
        // What was read for the object as it was stays until it is read anew.
        let mut before = std::mem::take(&mut self.parts);
        for ask in asks {
            let at = before.iter().position(|(known, _)| *known == ask);
            let source = at.map(|at| before.swap_remove(at).1).unwrap_or_default();
            self.parts.push((ask, source));
        }
        self.subject = Some(subject);
    }

    /// A timer ran out; false when it was another one.
    pub fn woke(&mut self, ticket: Ticket) -> bool {
        self.pace.woke(ticket)
    }
}

fn watch_with(source: &mut Source, sub: SubId) {
    if source.sub != Some(sub) {
        (source.sub, source.checked) = (Some(sub), 0);
    }
}

/// The watch of what an ask reads.
fn need(object: &ObjRef, ask: &Ask) -> Need {
    Need {
        cluster: object.cluster,
        gvr: ask.gvr.clone(),
        scope: match ask.namespace.as_str() {
            "" => Scope::All,
            name => Scope::Namespaces(vec![name.into()]),
        },
        labels: ask.labels.as_str().into(),
        fields: match (ask.name.as_str(), ask.fields.as_str()) {
            ("", fields) => fields.into(),
            (name, _) => Text::from(format!("metadata.name={name}")),
        },
        facet: Facet::Row,
    }
}
