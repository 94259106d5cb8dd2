//! What an object itself tells of the manifest that Argo CD applied to it.

use crate::drift::found::Writer;
use crate::drift::path::Path;
use crate::drift::writers::Writers;
use crate::model::Text;
use crate::text::mask::LAST_APPLIED;
use serde_json::Value;

/// The field manager of all syncs.
pub(super) const CONTROLLER: &str = "argocd-controller";

/// What is known of the manifest.
#[derive(Debug)]
pub(super) enum Wanted {
    /// All of it: the copy that client-side apply left.
    Copy(Value),
    /// Which fields it has, not what stands there: it was applied by the server.
    Fields(Writer),
    /// Nothing, and why.
    Nothing(Text),
    /// There is a copy that cannot be read, and why.
    Corrupt(String),
}

/// Looks for it.
pub(super) fn of(live: &Value, writers: &Writers, options: impl Fn(&str) -> bool) -> Wanted {
    let applied = writers.all().find(|one| one.apply && one.manager == CONTROLLER);
    // A copy beside it is of an older sync.
    if let Some(writer) = applied {
        return Wanted::Fields(writer.clone());
    }
    let copy = live.pointer("/metadata/annotations").and_then(|all| all.get(LAST_APPLIED));
    let Some(copy) = copy.and_then(Value::as_str) else {
        let why = if options("Replace=true") || options("Force=true,Replace=true") {
            "Argo CD replaces it (Replace=true), which leaves no copy of the manifest on it"
        } else if options("ServerSideApply=true") {
            "the server applied it for Argo CD, and which fields those were is not on it any more"
        } else {
            "nothing on it tells what Argo CD applied"
        };
        return Wanted::Nothing(why.into());
    };
    let place = Path::of(&["metadata", "annotations"]).field(LAST_APPLIED);
    let by_argo = |writer: &Writer| writer.manager == CONTROLLER;
    if !writers.is_empty()
        && !writers.is_owned(&place, by_argo)
        && let Some(other) = writers.last(&place)
    {
        let why = format!("{} applied over what Argo CD had applied", other.manager);
        return Wanted::Nothing(why.into());
    }
    match serde_json::from_str(copy) {
        Ok(copy @ Value::Object(_)) => Wanted::Copy(copy),
        Ok(_) => Wanted::Corrupt("it is no object".to_owned()),
        Err(error) => Wanted::Corrupt(error.to_string()),
    }
}
