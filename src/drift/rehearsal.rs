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
            found.desired = Some(shown(manifest, is_secret(id)));
            return found;
        }
        Live::Unread(fault) => return ObjectDrift::new(id.clone(), State::Unknown(fault.clone())),
    };
    let approximate = || {
        let against = Against::Manifest { desired: manifest, base: None };
        judged(id, live, (against, Confidence::Approximate), fate, bench)
    };
    let fault = match tried {
        Some(Ok(would)) if would["metadata"]["uid"] != live["metadata"]["uid"] => {
            let why = "another one took its place while it was compared";
            let fault =
                Fault::new(FaultKind::Conflict, format!("compare {id}"), why).hint("compare again");
            return ObjectDrift::new(id.clone(), State::Unknown(fault));
        }
        Some(Ok(would)) => {
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
        |words: String| if is_secret(id) { "the server refuses it".to_owned() } else { words };
    match anew(fault) {
        Some(why) if found.state != State::Terminating => {
            found.state = State::Recreated;
            found.note = format!("would have to be made anew: {}", quoted(why)).into();
        }
        _ => found.note = format!("not rehearsed: {}", quoted(reason(fault))).into(),
    }
    found
}

/// Why an apply cannot change what is there, in the server's words; None where something else speaks
/// against it. (`apimachinery/pkg/api/validation.FieldImmutableErrorMsg`, and what StatefulSets,
/// claims, services and immutable Secrets say instead.)
fn anew(fault: &Fault) -> Option<String> {
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
    if fault.code.is_some_and(|code| code != 422) {
        return None;
    }
    let told: Vec<String> = fault
        .causes
        .iter()
        .filter(|cause| is(&cause.message))
        .map(|cause| match cause.field.as_str() {
            "" => cause.message.clone(),
            field => format!("{field}: {}", cause.message),
        })
        .collect();
    match told.is_empty() {
        false => Some(told.join("; ")),
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

fn is_secret(id: &ObjectId) -> bool {
    id.group.is_empty() && id.kind == "Secret"
}
