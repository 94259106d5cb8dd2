//! Drift as one JSON document. Its fields are described in docs/drift.md; what is added later leaves them
//! as they are, and what would change them raises `version`.

use super::report::Report;
use crate::drift::{Drift, Field, ObjectDrift, State};
use crate::model::{EngineId, Fault, FaultKind, Text};
use serde_json::{Value, json};

/// Of the document's form.
pub const VERSION: u32 = 1;

/// All of it, ending in a line break.
pub fn printed(report: &Report) -> String {
    let tally = report.tally();
    let document = json!({
        "version": VERSION,
        "context": report.context,
        "time": time(report.now),
        "summary": {
            "objects": tally.objects,
            "drifted": tally.drifted,
            "unknown": tally.unknown,
            "incomparable": tally.incomparable,
            "noise": tally.noise,
        },
        "comparisons": report.drifts.iter().map(|one| comparison(report, one)).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text + "\n"
}

fn some(text: &Text) -> Option<&str> {
    (!text.is_empty()).then_some(text.as_str())
}

fn time(at: i64) -> Option<String> {
    let at = (at != 0).then(|| jiff::Timestamp::from_second(at).ok()).flatten();
    at.map(|at| at.to_string())
}

fn comparison(report: &Report, drift: &Drift) -> Value {
    let desired = drift.desired.as_ref().map(|desired| {
        json!({
            "what": desired.what.as_str(),
            "time": time(desired.at),
            "revision": some(&desired.revision),
        })
    });
    json!({
        "app": some(&drift.app),
        "engine": (drift.engine != EngineId::None).then(|| drift.engine.word()),
        "desired": desired,
        "confidence": drift.confidence().map(confidence),
        "shortfall": some(&drift.shortfall),
        "fault": drift.fault.as_ref().map(fault),
        "objects": drift.objects.iter().map(|one| object(report, one)).collect::<Vec<_>>(),
    })
}

fn confidence(sure: crate::drift::Confidence) -> &'static str {
    use crate::drift::Confidence;
    match sure {
        Confidence::Exact => "exact",
        Confidence::LastApplied => "last-applied",
        Confidence::Approximate => "approximate",
        Confidence::Ownership => "ownership",
    }
}

/// One word for each state.
fn state(state: &State) -> String {
    match state {
        State::Incomparable(_) => "incomparable".to_owned(),
        state => state.word().replace(' ', "-"),
    }
}

fn object(report: &Report, object: &ObjectDrift) -> Value {
    let id = &object.id;
    let why = match &object.state {
        State::Incomparable(why) => some(why),
        _ => None,
    };
    let wrong = match &object.state {
        State::Unknown(why) => Some(fault(why)),
        _ => None,
    };
    let judged = !matches!(object.state, State::Unknown(_) | State::Incomparable(_));
    let place =
        report.place(id).map(|place| json!({"file": place.file.as_str(), "line": place.line}));
    json!({
        "group": id.group.as_str(),
        "kind": id.kind.as_str(),
        "namespace": some(&id.namespace),
        "name": id.name.as_str(),
        "uid": some(&object.uid),
        "resourceVersion": some(&object.version),
        "state": state(&object.state),
        "drifted": object.state.is_drift(),
        "confidence": judged.then(|| confidence(object.confidence)),
        "note": some(&object.note),
        "why": why,
        "fault": wrong,
        "place": place,
        "fields": object.fields.iter().map(|one| field(report, object, one)).collect::<Vec<_>>(),
    })
}

fn field(report: &Report, object: &ObjectDrift, field: &Field) -> Value {
    let writer = field.writer.as_ref().map(|writer| {
        json!({
            "manager": writer.manager.as_str(),
            "operation": if writer.apply { "Apply" } else { "Update" },
            "subresource": some(&writer.subresource),
            "time": time(writer.at),
        })
    });
    let change = &field.change;
    let mut out = json!({
        "path": change.path.to_string(),
        "writer": writer,
        "fate": field.fate.word(),
        "fateWords": field.fate.words().as_str(),
        "noise": field.noise.as_ref().map(|why| why.as_str()),
        "side": field.side.map(|side| side.word()),
        "line": report.line(&object.id, &change.path),
    });
    // Nothing there is not the same as null there.
    if let Some(desired) = &change.desired {
        out["desired"] = desired.clone();
    }
    if let Some(live) = &change.live {
        out["live"] = live.clone();
    }
    out
}

fn fault(fault: &Fault) -> Value {
    let kind = match fault.kind {
        FaultKind::Input => "input",
        FaultKind::Network => "network",
        FaultKind::Unauthenticated => "unauthenticated",
        FaultKind::Forbidden => "forbidden",
        FaultKind::NotFound => "not-found",
        FaultKind::Conflict => "conflict",
        FaultKind::Invalid => "invalid",
        FaultKind::Busy => "busy",
        FaultKind::Refused => "refused",
        FaultKind::Other => "other",
    };
    let hint = (!fault.hint.is_empty()).then_some(fault.hint.as_str());
    json!({"kind": kind, "why": fault.why, "hint": hint, "code": fault.code})
}
