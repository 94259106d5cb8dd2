//! A manifest that somebody applies, beside what is there: exactly where the apply was rehearsed, by our
//! own merge where it could not be.

use super::compare::Against;
use super::found::{Confidence, ObjectDrift, State};
use super::judge::{Bench, Fates, Live, judged, shown};
use super::sources::Attempt;
use crate::model::{Fault, FaultKind};
use crate::relations::ObjectId;
use serde_json::Value;

/// What to rehearse for a manifest; None where that would tell nothing: nothing is there to be changed,
/// or it is on its way out, or the server does not take the manifest's version any more.
pub(super) fn attempt(manifest: &Value, live: Live<'_>, manager: &str) -> Option<Attempt> {
    let Live::There(live) = live else { return None };
    let going = live["metadata"]["deletionTimestamp"].is_string();
    let served = live["apiVersion"] == manifest["apiVersion"];
    (served && !going).then(|| Attempt { manifest: manifest.clone(), manager: manager.into() })
}

/// Holds an object against the manifest of whoever applies it. `tried` is the answer to [`attempt`].
pub(super) fn applied(
    id: &ObjectId,
    manifest: &Value,
    live: Live<'_>,
    tried: Option<Result<&Value, &Fault>>,
    fate: Fates<'_>,
    bench: &Bench<'_>,
) -> ObjectDrift {
    let live = match live {
        Live::There(live) => live,
        Live::Gone => {
            let mut found = ObjectDrift::new(id.clone(), State::Missing);
            found.desired = Some(shown(manifest, id.is_secret()));
            return found;
        }
        Live::Unread(fault) => return ObjectDrift::new(id.clone(), State::Unknown(fault.clone())),
    };
    let approximate = || {
        let against = Against::Manifest { desired: manifest, base: None };
        judged(id, live, (against, Confidence::Approximate), fate, bench)
    };
    let fault = match tried {
        Some(Ok(would)) => {
            if let Some(found) = replaced(id, would, live) {
                return found;
            }
            return judged(id, live, (Against::Whole(would), Confidence::Exact), fate, bench);
        }
        Some(Err(fault)) => fault,
        None => {
            let mut found = approximate();
            let (wanted, served) = (&manifest["apiVersion"], &live["apiVersion"]);
            if let (Some(wanted), Some(served)) = (wanted.as_str(), served.as_str())
                && wanted != served
            {
                found.note = format!(
                    "its manifest says {wanted}, which the server does not serve: compared as {served}"
                )
                .into();
            }
            return found;
        }
    };
    let mut found = approximate();
    // The server may quote what it does not like.
    let quoted =
        |words: String| if id.is_secret() { "the server refuses it".to_owned() } else { words };
    let told = |field: &str, message: &str| format!("{field}: {message}");
    let unprocessable = fault.code.is_none_or(|code| code == 422);
    match unprocessable.then(|| anew(fault, told)).flatten() {
        Some(why) if found.state != State::Terminating => {
            found.state = State::Recreated;
            found.note = format!("would have to be made anew: {}", quoted(why)).into();
        }
        _ => found.note = format!("not rehearsed: {}", quoted(reason(fault))).into(),
    }
    found
}

/// What to say where the rehearsal was of another object than the one that was read; None where it was
/// not.
pub(super) fn replaced(id: &ObjectId, would: &Value, live: &Value) -> Option<ObjectDrift> {
    if would["metadata"]["uid"] == live["metadata"]["uid"] {
        return None;
    }
    let why = "another one took its place while it was compared";
    let fault = Fault::new(FaultKind::Conflict, format!("compare {id}"), why).hint("compare again");
    Some(ObjectDrift::new(id.clone(), State::Unknown(fault)))
}

/// Why an apply cannot change what is there, `told` of each field and what the server says of it; None
/// where something else speaks against it. (`apimachinery/pkg/api/validation.FieldImmutableErrorMsg`, and what StatefulSets,
/// claims, services and immutable Secrets say instead.)
pub(super) fn anew(fault: &Fault, told: impl Fn(&str, &str) -> String) -> Option<String> {
    const IMMUTABLE: &[&str] = &[
        "field is immutable",
        "is immutable after creation",
        "updates to statefulset spec for fields other than",
        "may not change once set",
        "may not be changed once set",
        "cannot change roleRef",
        "Value is immutable",
    ];
    let is = |text: &str| IMMUTABLE.iter().any(|words| text.contains(words));
    let found: Vec<String> = fault
        .causes
        .iter()
        .filter(|cause| is(&cause.message))
        .map(|cause| match cause.field.as_str() {
            "" => cause.message.clone(),
            field => told(field, &cause.message),
        })
        .collect();
    match found.is_empty() {
        false => Some(found.join("; ")),
        true => is(&fault.why).then(|| fault.why.clone()),
    }
}

/// Why it was not rehearsed.
fn reason(fault: &Fault) -> String {
    match fault.kind {
        FaultKind::Forbidden => format!("not allowed: {}", fault.why),
        _ => fault.why.clone(),
    }
}
