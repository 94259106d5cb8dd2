//! Apps that only their workloads tell of: what delivered them is not on the cluster, or cannot be asked
//! for anything. Each is a line of facts in a file of its own; how such apps are read, and what can be
//! done with them, is here.

use super::engine::{Engine, Member, Seen};
use super::page::{Delivered, Fact};
use super::{App, Axis, Estate, Page, Verb, running};
use crate::kinds::app_facet::{Cells, claims};
use crate::model::{AppId, EngineId, Fault, FaultKind, Health, Read, Row, Text, Tone};
use crate::relations::ObjectId;
use crate::verbs::Draft;
use serde_json::Value;

/// A word and what it means.
#[derive(Debug)]
pub(super) struct Word(pub &'static str, pub Tone);

/// An engine whose apps only their workloads tell of.
#[derive(Debug)]
pub(super) struct Plain {
    /// Which one.
    pub id: EngineId,
    /// What stands for Sync: nothing is compared.
    pub sync: Word,
    /// Who would have to be asked for what cannot be asked here: `run kubectl apply again`.
    pub instead: &'static str,
    /// The evidence is worth a line: it is not what everybody expects of this engine.
    pub tells_evidence: fn(&str) -> bool,
}

/// Objects that kubectl applied, in the groups that their labels make.
pub(super) static KUBECTL: Plain = Plain {
    id: EngineId::Kubectl,
    sync: Word("applied", Tone::Plain),
    instead: "run kubectl apply again",
    tells_evidence: |evidence| !evidence.ends_with("last-applied-configuration"),
};

/// What K3s applies from files on its servers.
pub(super) static K3S: Plain = Plain {
    id: EngineId::K3s,
    sync: Word("applied", Tone::Plain),
    instead: "change its file in the server's manifests directory",
    tells_evidence: |_| true,
};

/// Pulumi's state is not on the cluster; its objects say that it made them.
pub(super) static PULUMI: Plain = Plain {
    id: EngineId::Pulumi,
    sync: Word("applied", Tone::Plain),
    instead: "run pulumi where its program is",
    tells_evidence: |_| true,
};

/// Terraform's state is not on the cluster.
pub(super) static TERRAFORM: Plain = Plain {
    id: EngineId::Terraform,
    sync: Word("applied", Tone::Plain),
    instead: "run terraform where its configuration is",
    tells_evidence: |_| true,
};

/// Made by an operator that does not own what it made.
pub(super) static OPERATOR: Plain = Plain {
    id: EngineId::Operator,
    sync: Word("made", Tone::Plain),
    instead: "change the object that the operator made it for",
    tells_evidence: |_| true,
};

/// What is left: nothing says who made it.
pub(super) static UNMANAGED: Plain = Plain {
    id: EngineId::None,
    sync: Word("unmanaged", Tone::Dim),
    instead: "change its objects themselves",
    tells_evidence: |_| false,
};

impl Engine for Plain {
    fn id(&self) -> EngineId {
        self.id
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str, &'static str)] {
        &[]
    }

    fn names(&self, _plural: &str, _row: &Row) -> Option<AppId> {
        None
    }

    fn app(&self, seen: &Seen<'_>) -> Option<App> {
        if seen.claimed.is_empty() {
            return None;
        }
        let mut app = App::new(seen.id.clone());
        app.sync = Axis::new(self.sync.0, self.sync.1);
        tell(&mut app, seen, self.tells_evidence);
        Some(app)
    }

    fn refusal(&self, verb: Verb, app: &App, _estate: &Estate) -> Option<String> {
        refusal(verb, app, self.instead)
    }

    fn draft(
        &self,
        verb: Verb,
        app: &App,
        _estate: &Estate,
        _now: i64,
    ) -> Result<Box<dyn Draft>, Fault> {
        Err(cannot(verb, app, self.instead))
    }

    fn page_reads(&self, _app: &App, _estate: &Estate) -> Vec<Read> {
        Vec::new()
    }

    fn page(
        &self,
        app: &App,
        estate: &Estate,
        _answers: &[Result<Value, Fault>],
        _now: i64,
    ) -> Page {
        page(app, estate)
    }
}

/// What the workloads of an app tell of it.
pub(super) fn tell(app: &mut App, seen: &Seen<'_>, tells_evidence: fn(&str) -> bool) {
    (app.health, app.condition) = running::health(seen.claimed);
    // What has run and is done has nothing to hide: it is not an app that runs well.
    let done = |one: &Member<'_>| {
        matches!(one.resource.kind.as_str(), "Pod" | "Job") && one.row.tone == Tone::Dim
    };
    if !seen.claimed.is_empty() && seen.claimed.iter().all(done) {
        let word = seen.claimed.first().map(|one| Cells::of(one.row).text(claims::STATUS));
        let word = word.and_then(|text| text.split(' ').next_back().map(Text::from));
        app.health = Axis::new(word.unwrap_or_default(), Tone::Dim);
    }
    app.since = seen.claimed.iter().map(|one| one.row.created).max().unwrap_or(0);
    app.revision = same(seen.claimed, claims::VERSION);
    app.source = same(seen.claimed, claims::CHART);
    app.target = common(seen.claimed.iter().map(|one| &one.row.key.namespace));
    app.message = message(seen.claimed, tells_evidence);
}

/// Trouble first, then evidence that contradicts itself, then the evidence where it is worth a line.
fn message(claimed: &[Member<'_>], tells_evidence: fn(&str) -> bool) -> Text {
    let worst = claimed.iter().max_by_key(|one| one.row.health);
    if let Some(worst) = worst.filter(|one| one.row.health > Health::Suspended) {
        let status = Cells::of(worst.row).text(claims::STATUS);
        return format!("{}/{} {status}", worst.resource.kind, worst.row.key.name)
            .trim_end()
            .into();
    }
    let also =
        |one: &Member<'_>| Some(Cells::of(one.row).text(claims::ALSO)).filter(|t| !t.is_empty());
    if let Some(also) = claimed.iter().find_map(also) {
        return also;
    }
    let evidence = claimed.first().map(|one| Cells::of(one.row).text(claims::EVIDENCE));
    match evidence.filter(|text| tells_evidence(text)) {
        Some(text) => format!("by {text}").into(),
        None => Text::new(),
    }
}

/// What all of them say; empty where they do not agree.
fn same(claimed: &[Member<'_>], cell: usize) -> Text {
    let all: Vec<Text> = claimed.iter().map(|one| Cells::of(one.row).text(cell)).collect();
    common(all.iter())
}

fn common<'a>(mut all: impl Iterator<Item = &'a Text>) -> Text {
    let Some(first) = all.next() else { return Text::new() };
    if all.all(|one| one == first) { first.clone() } else { Text::new() }
}

/// Why a verb cannot be used; None for a restart, which every app has. `instead` says what else there
/// is to do.
pub(super) fn refusal(verb: Verb, app: &App, instead: &str) -> Option<String> {
    match verb {
        Verb::Restart => None,
        _ => Some(cannot(verb, app, instead).why),
    }
}

/// A verb that only engines on the cluster can be asked for.
pub(super) fn cannot(verb: Verb, app: &App, instead: &str) -> Fault {
    let (engine, name) = (who(app.id.engine), &app.id.name);
    let why = match verb {
        Verb::Rollback => format!(
            "{engine} keeps no history of {name} here: roll back its workloads one by one, or {instead}"
        ),
        Verb::Delete => {
            format!("{name} is no single object: delete what it is made of, or {instead}")
        }
        _ => format!("{engine} cannot be asked from here to {} {name}: {instead}", verb.word()),
    };
    Fault::new(FaultKind::Refused, format!("{} {}", verb.word(), app.id), why)
}

fn who(engine: EngineId) -> &'static str {
    match engine {
        EngineId::None => "nobody",
        EngineId::Operator => "the operator",
        engine => engine.label(),
    }
}

/// Its workloads; what they own and use stands below them.
pub(super) fn page(app: &App, estate: &Estate) -> Page {
    let mut page = Page { around: true, ..Page::default() };
    let claimed = estate.members(&app.id);
    let mut said: Vec<Text> = Vec::new();
    for one in &claimed {
        let evidence = Cells::of(one.row).text(claims::EVIDENCE);
        if !said.contains(&evidence) {
            let text = if app.id.engine == EngineId::None {
                "nothing says who made it: no label, annotation or manager of fields".to_owned()
            } else {
                format!("by {evidence}")
            };
            page.facts.push(Fact::new("managed", text, Tone::Plain));
            said.push(evidence);
        }
        let also = Cells::of(one.row).text(claims::ALSO);
        if !also.is_empty() {
            let text = format!("{}/{}: {also}", one.resource.kind, one.row.key.name);
            page.facts.push(Fact::new("contradiction", text, Tone::Warn));
        }
        page.objects.push(delivered(ObjectId {
            group: one.resource.gvr.group.clone(),
            kind: one.resource.kind.clone(),
            namespace: one.row.key.namespace.clone(),
            name: one.row.key.name.clone(),
        }));
    }
    page.objects.sort_by(|a, b| a.id.cmp(&b.id));
    page
}

/// An object of which nothing is known but that it is delivered.
pub(super) fn delivered(id: ObjectId) -> Delivered {
    Delivered {
        id,
        wave: None,
        sync: Axis::default(),
        health: None,
        hook: Text::new(),
        prune: false,
        message: Text::new(),
        result: Axis::default(),
    }
}
