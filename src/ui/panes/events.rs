//! Events of an object and of what it owns, or of a table's namespaces: singly, by reason and kind,
//! or by object, with counts and rates. Live from the subscription that the table of events has.

use super::browse::Objects;
use super::feed::{Feed, denied_title};
use super::page::{Line, Page};
use super::view::View;
use crate::events::{self, About, Event, Group};
use crate::model::{
    Catalogue, ClusterId, Facet, Need, ObjRef, Scope, SubId, Text, Tone, WatchState,
};
use crate::relations::{Bond, Graph, ObjectId, Wanted};
use crate::text::age;
use crate::ui::commands::{Command, Context};
use crate::ui::subs::{News, Sub};
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::{BTreeMap, BTreeSet};

/// Seconds after which ages are written anew.
const TICK: i64 = 5;
/// Objects that one object may own, counting those of its own, at most.
const MOST: usize = 10_000;

/// How they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// One line for each, newest first.
    Plain,
    /// One line for each reason and kind.
    Reason,
    /// One part for each object.
    Object,
}

impl Mode {
    fn next(self) -> Self {
        match self {
            Self::Plain => Self::Reason,
            Self::Reason => Self::Object,
            Self::Object => Self::Plain,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Plain => "newest first",
            Self::Reason => "by reason",
            Self::Object => "by object",
        }
    }
}

/// The object whose events are shown, with what it owns.
#[derive(Debug)]
struct Root {
    id: ObjectId,
    feed: Feed,
    /// It and what it owns or has owned while the page is open: kind, namespace, name.
    family: BTreeSet<(Text, Text, Text)>,
}

/// The pane.
#[derive(Debug)]
pub struct EventsPane {
    cluster: ClusterId,
    need: Need,
    root: Option<Root>,
    mode: Mode,
    events: BTreeMap<u32, Event>,
    seen: Option<(SubId, u64)>,
    page: Page,
    shown: usize,
    built: i64,
    stale: bool,
}

impl EventsPane {
    /// Of one object and what it owns; None where the cluster serves no events.
    pub fn of_object(catalogue: &Catalogue, object: &ObjRef) -> Option<Self> {
        let resource = catalogue.find("events")?;
        let (scope, fields) = match object.namespace.as_str() {
            // Events of what has no namespace are kept in one that only the server knows.
            "" => (
                Scope::All,
                format!("involvedObject.kind={},involvedObject.name={}", object.kind, object.name),
            ),
            namespace => (Scope::Namespaces(vec![namespace.into()]), String::new()),
        };
        let id = ObjectId {
            group: object.gvr.group.clone(),
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
        };
        let family = BTreeSet::from([(id.kind.clone(), id.namespace.clone(), id.name.clone())]);
        let root = Root { id, feed: Feed::new(object.cluster), family };
        let need = Need {
            cluster: object.cluster,
            gvr: resource.gvr.clone(),
            scope,
            labels: Text::new(),
            fields: fields.into(),
            facet: Facet::Row,
        };
        Some(Self::new(object.cluster, need, Some(root), Mode::Plain))
    }

    /// Of everything that a table of events shows.
    pub fn of_table(objects: &Objects, need: Need) -> Self {
        Self::new(objects.cluster, need, None, Mode::Reason)
    }

    fn new(cluster: ClusterId, need: Need, root: Option<Root>, mode: Mode) -> Self {
        Self {
            cluster,
            need,
            root,
            mode,
            events: BTreeMap::new(),
            seen: None,
            page: Page::default(),
            shown: 0,
            built: 0,
            stale: true,
        }
    }

    /// Takes in which events changed.
    fn take(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> Option<SubId> {
        let id = ui.subs.want(&self.need, effects);
        let sub = ui.subs.get_mut(id)?;
        let mut seen = self.seen.filter(|(seen, _)| *seen == id).map_or(Sub::UNSEEN, |(_, at)| at);
        match sub.news(&mut seen) {
            News::None => {}
            News::Slots(changed) => {
                for slot in changed {
                    match sub.table.row(slot) {
                        Some(row) => self.events.insert(slot, Event::of(row)),
                        None => self.events.remove(&slot),
                    };
                }
                self.stale = true;
            }
            News::All => {
                self.events = sub.table.rows().map(|(slot, row)| (slot, Event::of(row))).collect();
                self.stale = true;
            }
        }
        self.seen = Some((id, seen));
        Some(id)
    }

    /// Takes in what the object owns.
    fn family(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let Some(root) = &mut self.root else { return Vec::new() };
        let id = root.id.clone();
        let wanted = |catalogue: &Catalogue, _: &Graph| owned(catalogue, &id);
        if root.feed.take(ui, wanted, effects) {
            let mut inside = vec![id];
            let mut at = 0;
            while at < inside.len() && inside.len() < MOST {
                for edge in root.feed.graph.down(&inside[at]) {
                    if edge.bond == Bond::Owns && !inside.contains(&edge.to) {
                        inside.push(edge.to);
                    }
                }
                at += 1;
            }
            // Those that are gone by now may have events all the same.
            let before = root.family.len();
            root.family.extend(inside.into_iter().map(|one| (one.kind, one.namespace, one.name)));
            self.stale |= root.family.len() != before;
        }
        root.feed.subs()
    }

    fn lines(&self, now: i64) -> (usize, Vec<Line>) {
        let wanted = |event: &&Event| {
            let about = &event.about;
            self.root.as_ref().is_none_or(|root| {
                // Events of objects without namespace do not name one.
                root.family.contains(&(
                    about.kind.clone(),
                    about.namespace.clone(),
                    about.name.clone(),
                ))
            })
        };
        let events: Vec<&Event> = self.events.values().filter(wanted).collect();
        let lines = match self.mode {
            Mode::Plain => {
                let mut events = events.clone();
                events.sort_by(|a, b| {
                    (b.last, &a.about, &a.reason).cmp(&(a.last, &b.about, &b.reason))
                });
                events.iter().map(|event| plain(event, now)).collect()
            }
            Mode::Reason => events::by_reason(events.iter().copied())
                .iter()
                .map(|group| by_reason(group, now))
                .collect(),
            Mode::Object => {
                let mut lines = Vec::new();
                for (about, groups) in events::by_object(events.iter().copied()) {
                    let place = match about.namespace.as_str() {
                        "" => String::new(),
                        namespace => format!(" in {namespace}"),
                    };
                    let words = format!("{}/{}{place}", about.kind, about.name);
                    lines.push(Line::heading(words).to(id(about)));
                    lines.extend(groups.iter().map(|group| of_object(group, now)));
                }
                lines
            }
        };
        (events.len(), lines)
    }
}

fn id(about: &About) -> ObjectId {
    ObjectId {
        group: about.group.clone(),
        kind: about.kind.clone(),
        namespace: about.namespace.clone(),
        name: about.name.clone(),
    }
}

fn ago(at: i64, now: i64) -> String {
    if at == 0 { "?".to_owned() } else { age::human(now - at) }
}

fn times(count: i64) -> String {
    if count < 2 { String::new() } else { format!("x{count}") }
}

fn plain(event: &Event, now: i64) -> Line {
    let object = format!("{}/{}", event.about.kind, event.about.name);
    let cells = [
        (ago(event.last, now), Tone::Dim),
        (event.sort.to_string(), event.tone),
        (event.reason.to_string(), event.tone),
        (times(event.count), Tone::Dim),
        (object, Tone::Plain),
        (event.message.to_string(), Tone::Plain),
    ];
    line(&cells).to(id(&event.about)).known_as(format!(
        "{} {} {} {}",
        event.about.namespace, event.reason, event.about.name, event.first
    ))
}

fn by_reason(group: &Group<'_>, now: i64) -> Line {
    let event = group.newest;
    let objects = match group.objects {
        1 => format!("{}/{}", event.about.kind, event.about.name),
        n => format!("{n} x {}", event.about.kind),
    };
    let cells = [
        (event.reason.to_string(), event.tone),
        (times(group.count), Tone::Plain),
        (group.rate(), Tone::Plain),
        (objects, Tone::Plain),
        (format!("{} ago", ago(group.last, now)), Tone::Dim),
        (format!("since {}", ago(group.first, now)), Tone::Dim),
        (event.message.to_string(), Tone::Plain),
    ];
    let to = (group.objects == 1).then(|| id(&event.about));
    line(&cells).maybe_to(to).known_as(format!("{} {}", event.reason, event.about.kind))
}

fn of_object(group: &Group<'_>, now: i64) -> Line {
    let event = group.newest;
    let cells = [
        (event.reason.to_string(), event.tone),
        (times(group.count), Tone::Plain),
        (group.rate(), Tone::Plain),
        (format!("{} ago", ago(group.last, now)), Tone::Dim),
        (format!("since {}", ago(group.first, now)), Tone::Dim),
        (event.message.to_string(), Tone::Plain),
    ];
    let known = format!("{} {} {}", event.about.namespace, event.about.name, event.reason);
    line(&cells).to(id(&event.about)).known_as(known)
}

fn line(cells: &[(String, Tone)]) -> Line {
    Line::of(0, cells.iter().map(|(text, tone)| (text.as_str(), *tone)))
}

/// Kinds that may belong to an object of a kind, by owner references.
fn owned(catalogue: &Catalogue, id: &ObjectId) -> Vec<Wanted> {
    let kinds: &[(&str, &str)] = match (id.group.as_str(), id.kind.as_str()) {
        ("apps", "Deployment") => &[("apps", "ReplicaSet"), ("", "Pod")],
        ("apps", "ReplicaSet" | "StatefulSet" | "DaemonSet")
        | ("batch", "Job")
        | ("", "ReplicationController") => &[("", "Pod")],
        ("batch", "CronJob") => &[("batch", "Job"), ("", "Pod")],
        ("cert-manager.io", "Certificate") => &[
            ("cert-manager.io", "CertificateRequest"),
            ("acme.cert-manager.io", "Order"),
            ("acme.cert-manager.io", "Challenge"),
        ],
        ("argoproj.io", "Rollout") => {
            &[("apps", "ReplicaSet"), ("argoproj.io", "AnalysisRun"), ("", "Pod")]
        }
        // Operators make these.
        (group, _) if group.contains('.') && !group.ends_with(".k8s.io") => &[
            ("apps", "Deployment"),
            ("apps", "StatefulSet"),
            ("apps", "DaemonSet"),
            ("apps", "ReplicaSet"),
            ("batch", "CronJob"),
            ("batch", "Job"),
            ("", "Pod"),
            ("", "PersistentVolumeClaim"),
        ],
        _ => &[],
    };
    let mut wanted = Vec::new();
    for (group, kind) in kinds {
        let found = catalogue.by_kind(group, kind).filter(|found| found.gvr.group == *group);
        if let Some(resource) = found.filter(|found| found.can("watch")) {
            wanted.push(Wanted {
                resource: resource.clone(),
                namespace: id.namespace.clone(),
                fields: Text::new(),
            });
        }
    }
    wanted
}

impl View for EventsPane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn step(&self) -> String {
        match &self.root {
            Some(root) => format!("{} events", root.id),
            None => "grouped".to_owned(),
        }
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let of = match &self.root {
            Some(root) if root.family.len() > 1 => {
                format!(" events of {} and {} it owns", root.id, root.family.len() - 1)
            }
            Some(root) => format!(" events of {}", root.id),
            None => " events".to_owned(),
        };
        let mut parts = vec![
            (of, theme.style(Look::Title)),
            (format!("[{}]", self.shown), theme.style(Look::TitleCount)),
            (format!(" {}", self.mode.words()), theme.style(Look::Title)),
        ];
        parts.extend(self.page.filter_title(theme));
        let denied = self.root.as_ref().map(|root| root.feed.denied(ui)).unwrap_or_default();
        parts.extend(denied_title(&denied, theme));
        parts.push((" ".to_owned(), theme.style(Look::Title)));
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Events, Context::Page]
    }

    fn refusal(&self, _ui: &Ui, command: Command) -> Option<Refusal> {
        let why = match command {
            Command::PageOpen | Command::PageCopy if self.page.current().is_none() => {
                "nothing is selected"
            }
            Command::PageNext | Command::PagePrevious if !self.page.has_parts() => {
                "the page has only one part"
            }
            Command::PageReveal => "nothing is masked here",
            command
                if matches!(command.spec().context, Context::Table)
                    || (command.spec().context == Context::Events && command != Command::Group) =>
            {
                "this is for tables"
            }
            _ => return None,
        };
        Some(Refusal { why: why.to_owned(), tone: Tone::Plain })
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            return self.step_by(ui, lines);
        }
        match command {
            Command::Group => {
                self.mode = self.mode.next();
                self.stale = true;
            }
            Command::PageOpen => {
                let Some(line) = self.page.current() else { return };
                if let Some(to) = line.to.clone() {
                    let from = Text::from(self.step());
                    ui.go_to_object(&to.group, &to.kind, &to.namespace, &to.name, from);
                } else {
                    // Of many objects: each of them, singly.
                    let words = line.id.to_string();
                    self.mode = Mode::Plain;
                    self.page.set_filter(&words);
                    self.stale = true;
                }
            }
            Command::PageCopy => {
                let message = self.page.current().and_then(|line| line.cells.last());
                effects.extend(message.map(|(text, _)| Effect::Copy(text.clone())));
            }
            Command::PageNext => self.page.part(true),
            Command::PagePrevious => self.page.part(false),
            Command::PageFilter => ui.open_view_prompt(self.page.filter()),
            _ => {}
        }
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let mut subs = self.family(ui, effects);
        subs.extend(self.take(ui, effects));
        if self.stale || ui.now - self.built >= TICK {
            let lines;
            (self.shown, lines) = self.lines(ui.now);
            self.page.set(lines);
            (self.stale, self.built) = (false, ui.now);
            ui.dirty = true;
        }
        self.page.settle(area);
        subs
    }

    fn next_due(&self, _ui: &Ui) -> Option<i64> {
        (!self.page.is_empty()).then_some(self.built + TICK)
    }

    fn sub(&self) -> Option<SubId> {
        self.seen.map(|(sub, _)| sub)
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let sub = self.sub().and_then(|sub| ui.subs.get(sub));
        let empty = match sub.map(|sub| (sub.complete, sub.state())) {
            Some((_, WatchState::Denied(fault) | WatchState::NotServed(fault))) => {
                fault.to_string()
            }
            Some((true, _)) => {
                "none: servers forget events after a while, an hour where nobody changed that"
                    .to_owned()
            }
            _ => "reading…".to_owned(),
        };
        self.page.draw(ui, area, buf, &empty);
        None
    }

    fn is_complete(&self) -> bool {
        self.seen.is_some() && !self.stale
    }
}
