//! The page of a release: what its newest record holds, and its history.

use super::manifest::{Item, items};
use super::release::Release;
use super::{is_pending, selector, texts, tone};
use crate::apps::page::{Delivered, Deployed, Fact, Page, PageText};
use crate::apps::{App, Axis};
use crate::model::{Catalogue, Fault, FaultKind, ObjRef, Read, Text, Tone};
use crate::text::sanitise::clean;
use crate::verbs::edit::diff::DiffLine;
use serde_json::{Map, Value};

/// Records that the history is read from: Helm keeps ten, but can be told to keep all.
const MOST: usize = 50;

/// Seconds after which a release that still says pending is taken for stuck: Helm waits five minutes
/// for what it does, unless it is told otherwise.
pub(super) const STUCK: i64 = 600;

/// Bytes of a record from which it may soon not fit any more: an object's data has 1 MiB at most.
const LARGE: usize = 900 << 10;

pub(super) fn reads(app: &App) -> Vec<Read> {
    let Some(object) = &app.object else { return Vec::new() };
    vec![newest(object), history(object, app)]
}

fn newest(object: &ObjRef) -> Read {
    Read {
        what: format!("get {object}"),
        path: object.gvr.object_path(&object.namespace, &object.name),
    }
}

/// All records of a release, with what is in them.
pub(super) fn history(object: &ObjRef, app: &App) -> Read {
    let path = object.gvr.collection_path(Some(&object.namespace));
    Read {
        what: format!("list the records of {}", app.id.name),
        path: format!("{path}?labelSelector={}&limit={MOST}", selector(&app.id.name)),
    }
}

/// One record of a list.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Its revision, from its name.
    pub revision: u32,
    /// Its labels: the person's own beside Helm's.
    pub labels: Map<String, Value>,
    /// What is in it, or why that cannot be read.
    pub release: Result<Release, Fault>,
}

/// The records in the answer to [`history`], newest first.
pub(super) fn learned(answer: Result<&str, &Fault>) -> Result<Vec<Kept>, Fault> {
    answer.map(|json| records(&crate::verbs::parsed(json))).map_err(Clone::clone)
}

/// The records of a list, newest first.
pub(super) fn records(list: &Value) -> Vec<Kept> {
    let kind = match list["kind"].as_str() {
        Some("ConfigMapList") => "ConfigMap",
        _ => "Secret",
    };
    let mut records: Vec<Kept> = Vec::new();
    for item in list["items"].as_array().map_or(&[][..], Vec::as_slice) {
        let name = item.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("");
        let Some((_, revision)) = crate::kinds::app_facet::helm::named(name) else { continue };
        let mut item = item.clone();
        item["kind"] = kind.into();
        let labels = item.pointer("/metadata/labels").and_then(Value::as_object).cloned();
        let labels = labels.unwrap_or_default();
        records.push(Kept { revision, labels, release: Release::of(&item) });
    }
    records.sort_by_key(|kept| std::cmp::Reverse(kept.revision));
    records
}

pub(super) fn page(
    app: &App,
    catalogue: &Catalogue,
    answers: &[Result<Value, Fault>],
    now: i64,
) -> Page {
    let mut page = Page::default();
    let newest = match answers.first() {
        Some(Ok(record)) => Release::of(record),
        Some(Err(fault)) => Err(fault.clone()),
        None => {
            page.objects_unknown = app.message.clone();
            return page;
        }
    };
    match &newest {
        Ok(release) => {
            facts(release, now, &mut page);
            objects(release, catalogue, &mut page);
            page.texts = texts::all(release);
        }
        Err(fault) => {
            page.facts.push(Fact::new("record", fault.to_string(), Tone::Bad));
            page.objects_unknown = fault.to_string().into();
        }
    }
    match answers.get(1) {
        Some(Ok(list)) => {
            let kept = records(list);
            told_history(list, &kept, &mut page);
            page.texts.extend(last_step(&kept));
        }
        Some(Err(fault)) => page.facts.push(Fact::new("history", fault.to_string(), Tone::Warn)),
        None => {}
    }
    if let (Ok(release), true) = (&newest, page.history.is_empty()) {
        page.history.push(deployed(release));
    }
    page
}

fn facts(release: &Release, now: i64, page: &mut Page) {
    let mut fact = |fact: Fact| page.facts.push(fact);
    let app_version = match release.app_version() {
        "" => String::new(),
        version => format!(", app {version}"),
    };
    let chart = format!("{} {}{app_version}", release.chart(), release.chart_version());
    fact(Fact::new("chart", clean(&chart), Tone::Plain));
    let status = release.status();
    let state = format!("v{} {status}: {}", release.revision(), release.description());
    fact(Fact::new("status", clean(&state), tone(status)).at(release.last_deployed()));
    if is_pending(status) && now - release.last_deployed() > STUCK {
        // Helm's own lock is this status (`errPending` in pkg/action/action.go).
        let why = match (status, release.revision()) {
            ("uninstalling", _) => "nobody seems to be at it any more: uninstall it once more",
            (_, 1) => {
                "nobody seems to be at it any more: helm says \"another operation is in progress\" \
                 until it is uninstalled"
            }
            _ => {
                "nobody seems to be at it any more: helm says \"another operation is in progress\" \
                 to everything but a rollback, which ends this"
            }
        };
        fact(Fact::new("stuck", why, Tone::Bad));
    }
    fact(Fact::new("first deployed", "", Tone::Dim).at(release.first_deployed()));
    let method = if release.is_applied_by_server() {
        "by the server (Helm 4)"
    } else {
        "by the client's three-way merge (Helm 3)"
    };
    fact(Fact::new("applied", method, Tone::Dim));
    if release.stored > LARGE {
        let size = format!("{} KiB of the 1024 that fit", release.stored >> 10);
        fact(Fact::new("record", size, Tone::Warn));
    }
    if let Some(first) = release.notes().lines().map(str::trim).find(|line| !line.is_empty()) {
        fact(Fact::new("notes", clean(first), Tone::Plain));
    }
}

fn objects(release: &Release, catalogue: &Catalogue, page: &mut Page) {
    let namespace = release.namespace();
    let delivered = |item: &Item, hook: String| {
        let message = if item.is_kept() { "stays when the release goes" } else { "" };
        Delivered {
            id: item.id(catalogue, namespace),
            wave: None,
            sync: Axis::default(),
            health: None,
            hook: clean(&hook).into(),
            prune: false,
            message: message.into(),
            result: Axis::default(),
        }
    };
    let (all, unreadable) = items(release.manifest());
    page.objects = all.iter().map(|item| delivered(item, String::new())).collect();
    for hook in release.hooks() {
        let phase = match hook.phase {
            "" | "Unknown" => String::new(),
            phase => format!(" {phase}"),
        };
        let (all, _) = items(hook.manifest);
        let told = format!("{}{phase}", hook.events.join(","));
        page.objects.extend(all.iter().map(|item| delivered(item, told.clone())));
    }
    for why in unreadable {
        page.facts.push(Fact::new("manifest", clean(&why), Tone::Warn));
    }
}

fn deployed(release: &Release) -> Deployed {
    let app_version = match release.app_version() {
        "" => String::new(),
        version => format!(" ({version})"),
    };
    let revision = format!("{}{app_version}", release.chart_and_version());
    Deployed {
        id: release.revision().to_string().into(),
        revision: clean(&revision).into(),
        at: release.last_deployed(),
        by: Text::new(),
        outcome: Axis::new(clean(release.status()), tone(release.status())),
        note: clean(release.description()).into(),
    }
}

fn told_history(list: &Value, kept: &[Kept], page: &mut Page) {
    for Kept { revision, release, .. } in kept {
        page.history.push(match release {
            Ok(release) => deployed(release),
            Err(fault) => Deployed {
                id: revision.to_string().into(),
                revision: Text::new(),
                at: 0,
                by: Text::new(),
                outcome: Axis::new("unreadable", Tone::Bad),
                note: fault.why.as_str().into(),
            },
        });
    }
    let left = list.pointer("/metadata/remainingItemCount").and_then(Value::as_u64).unwrap_or(0);
    if left > 0 {
        let why = format!("{left} more records are kept than are read here");
        page.facts.push(Fact::new("history", why, Tone::Warn));
    }
    let deployed = page.history.iter().filter(|one| one.outcome.word == "deployed");
    let deployed: Vec<String> = deployed.map(|one| format!("v{}", one.id)).collect();
    if deployed.len() > 1 {
        let why = format!(
            "{} all say deployed: two ran at once; helm takes the newest",
            deployed.join(", ")
        );
        page.facts.push(Fact::new("records", why, Tone::Warn));
    }
}

/// What the newest revision changed.
fn last_step(kept: &[Kept]) -> Option<PageText> {
    let [Kept { release: Ok(to), .. }, Kept { release: Ok(from), .. }, ..] = kept else {
        return None;
    };
    let mut text = String::new();
    for line in texts::changes(from, to) {
        text.push_str(&line.text);
        text.push('\n');
    }
    let title = format!("changes from v{} to v{}", from.revision(), to.revision());
    Some(PageText { title: title.into(), text })
}

/// What changed from one revision to another.
pub(super) fn compare(
    app: &App,
    answers: &[Result<Value, Fault>],
    (from, to): (&str, &str),
) -> Result<Vec<DiffLine>, Fault> {
    let records = match answers.get(1) {
        Some(Ok(list)) => records(list),
        Some(Err(fault)) => return Err(fault.clone()),
        None => Vec::new(),
    };
    let taken = |wanted: &str| {
        let found = records.iter().find(|kept| kept.revision.to_string() == wanted);
        let what = format!("compare v{from} and v{to} of {}", app.id.name);
        let gone = format!("there is no record of v{wanted}");
        found.map_or(Err(Fault::new(FaultKind::NotFound, what, gone)), |kept| kept.release.clone())
    };
    Ok(texts::changes(&taken(from)?, &taken(to)?))
}
