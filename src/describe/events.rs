//! Events: of the object, and apart from them those of what it owns.

use super::Subject;
use super::ask::{Answers, Ask, Key};
use super::meta;
use super::node::Node;
use super::words;
use super::writer::{Cell, Out};
use crate::model::Tone;
use std::collections::{HashMap, HashSet};

const EVENTS: (&str, &str, &str, &str) = ("", "v1", "events", "Event");

/// Annotation of a pod that a node runs from a file: its events name this instead of its uid.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// The read of the object's own events, as kubectl finds them: by name, kind and uid.
pub(super) fn ask(subject: &Subject) -> Ask {
    let (meta, namespace) = (subject.node().get("metadata"), subject.namespace());
    let mut uid = meta.get("uid").str();
    let mut terms = vec![format!("involvedObject.name={}", escape(subject.name()))];
    terms.push(format!("involvedObject.namespace={}", escape(namespace)));
    if subject.is("", "Pod") {
        let mirror = meta.get("annotations").get(MIRROR).str();
        uid = if mirror.is_empty() { uid } else { mirror };
    } else {
        terms.push(format!("involvedObject.kind={}", escape(&subject.kind)));
    }
    if !uid.is_empty() {
        terms.push(format!("involvedObject.uid={}", escape(uid)));
    }
    Ask::list(Key::Events, EVENTS, namespace).fields(terms.join(","))
}

/// The read of events that kubelets wrote of their node.
pub(super) fn ask_of_kubelet(subject: &Subject) -> Ask {
    let name = escape(subject.name());
    let fields = format!(
        "involvedObject.name={name},involvedObject.namespace=,involvedObject.kind=Node,involvedObject.uid={name}"
    );
    Ask::list(Key::EventsOfKubelet, EVENTS, "").fields(fields)
}

/// The read of the events of all objects of a kind that the object may own.
pub(super) fn ask_of(subject: &Subject, kind: &'static str) -> Ask {
    Ask::list(Key::EventsOf(kind), EVENTS, subject.namespace())
        .fields(format!("involvedObject.kind={kind}"))
}

/// A value within a field selector.
fn escape(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        if matches!(c, '\\' | ',' | '=') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The object's events. `always`: as kubectl does, which says `<none>` for most kinds and nothing
/// for others.
pub(super) fn write(out: &mut Out, answers: &Answers, now: i64, always: bool) {
    let mut events = answers.items(&Key::Events);
    events.extend(answers.items(&Key::EventsOfKubelet));
    if let Some(why) = answers.missing(&Key::Events) {
        if always {
            out.field(0, "Events", Cell::toned(why, Tone::Warn));
        }
        return;
    }
    if events.is_empty() {
        if always {
            out.field(0, "Events", "<none>");
        }
        return;
    }
    out.flush();
    let mut section = |out: &mut Out| {
        out.head(0, "Events");
        out.titles(1, &["Type", "Reason", "Age", "From", "Message"]);
        out.titles(1, &["----", "------", "----", "----", "-------"]);
        events.sort_by_key(|event| words::seconds(event.get("lastTimestamp")));
        for event in &events {
            let [kind, reason, age, from, message] = cells(*event, now);
            out.row(1, [kind, reason, age, from, message]);
        }
    };
    if always {
        section(out);
    } else {
        out.own(section);
    }
}

fn cells(event: Node<'_>, now: i64) -> [Cell; 5] {
    let tone = if event.get("type").str() == "Warning" { Tone::Warn } else { Tone::Plain };
    let from = match event.at("source.component").text() {
        text if text.is_empty() => {
            let new = event.get("reportingComponent").text();
            if new.is_empty() { event.get("reportingController").text() } else { new }
        }
        text => text,
    };
    let message = event.get("message").text();
    let mut message = message.trim().to_owned();
    let path = event.at("involvedObject.fieldPath").text();
    if !path.is_empty() {
        message = format!("{path}: {message}");
    }
    [
        Cell::toned(event.get("type").text(), tone),
        Cell::toned(event.get("reason").text(), tone),
        interval(event, now).into(),
        from.into(),
        message.into(),
    ]
}

/// `5m`, or `2s (x7 over 5m)` for what happened several times.
fn interval(event: Node<'_>, now: i64) -> String {
    let first = match event.get("eventTime") {
        at if at.exists() => words::since(at, now),
        _ => words::since(event.get("firstTimestamp"), now),
    };
    let (series, count) = (event.get("series"), event.get("count").num());
    if series.exists() {
        let last = words::since(series.get("lastObservedTime"), now);
        format!("{last} (x{} over {first})", series.get("count").num())
    } else if count > 1 {
        format!("{} (x{count} over {first})", words::since(event.get("lastTimestamp"), now))
    } else {
        first
    }
}

/// The uids of what an object owns among lists that were read, over as many steps as it takes.
pub(super) fn owned<'a>(uid: &'a str, objects: &[Node<'a>]) -> HashSet<&'a str> {
    let mut all = HashSet::from([uid]);
    loop {
        let before = all.len();
        for object in objects {
            let mut owners = object.at("metadata.ownerReferences").items();
            if owners.any(|owner| all.contains(owner.get("uid").str())) {
                all.insert(object.at("metadata.uid").str());
            }
        }
        if all.len() == before {
            all.remove(uid);
            all.remove("");
            return all;
        }
    }
}

/// Events of what the object owns, each with whom it is about. Pods that are gone count where their
/// name tells whose they were.
pub(super) fn write_owned(
    out: &mut Out,
    subject: &Subject,
    answers: &Answers,
    now: i64,
    kinds: &[&'static str],
) {
    if kinds.is_empty() {
        return;
    }
    let mut objects = Vec::new();
    for key in [Key::ReplicaSets, Key::Jobs, Key::Pods] {
        objects.extend(answers.items(&key));
    }
    let uid = subject.node().at("metadata.uid").str();
    let owned = owned(uid, &objects);
    let name = |node: &Node<'_>| node.at("metadata.name").str().to_owned();
    let there: HashMap<String, bool> = answers
        .items(&Key::Pods)
        .iter()
        .map(|pod| (name(pod), owned.contains(pod.at("metadata.uid").str())))
        .collect();
    // Whatever makes pods: the object itself, or what stands between it and them.
    let mut makers: Vec<String> = objects
        .iter()
        .filter(|one| owned.contains(one.at("metadata.uid").str()))
        .map(name)
        .collect();
    makers.push(subject.name().to_owned());
    let mut faults = Vec::new();
    let mut rows: Vec<(Option<i64>, [Cell; 6])> = Vec::new();
    for kind in kinds {
        let key = Key::EventsOf(kind);
        faults.extend(answers.missing(&key));
        for event in answers.items(&key) {
            let about = event.get("involvedObject");
            let pod = about.get("name").str();
            let gone = *kind == "Pod"
                && !there.contains_key(pod)
                && makers.iter().any(|maker| made(maker, pod));
            if !gone && !owned.contains(about.get("uid").str()) {
                continue;
            }
            let to = meta::referred(about, subject.namespace());
            let text = format!("{}/{pod}", kind.to_lowercase());
            let whom =
                if gone { Cell::from(format!("{text} (gone)")) } else { Cell::link(text, to) };
            let [kind, reason, age, from, message] = cells(event, now);
            let last = ["lastTimestamp", "eventTime", "firstTimestamp"]
                .into_iter()
                .find_map(|field| words::seconds(event.get(field)));
            rows.push((last, [kind, reason, age, from, whom, message]));
        }
    }
    out.flush();
    out.own(|out| {
        const TITLE: &str = "Events of what it owns";
        faults.dedup();
        if rows.is_empty() {
            let why = faults.first().cloned().unwrap_or_else(|| "<none>".to_owned());
            return out.field(0, TITLE, why);
        }
        out.head(0, TITLE);
        for fault in faults {
            out.line(1, Cell::toned(fault, Tone::Warn));
        }
        out.table(1, &["Type", "Reason", "Age", "From", "Object", "Message"]);
        rows.sort_by_key(|(last, _)| *last);
        for (_, row) in rows {
            out.row(1, row);
        }
    });
}

/// Whether a pod is named as one that this made: five letters after its name, or an ordinal.
fn made(maker: &str, pod: &str) -> bool {
    let tail = pod.strip_prefix(maker).and_then(|tail| tail.strip_prefix('-'));
    tail.is_some_and(|tail| {
        let random =
            tail.len() == 5 && tail.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let ordinal =
            !tail.is_empty() && tail.len() <= 5 && tail.bytes().all(|b| b.is_ascii_digit());
        random || ordinal
    })
}
