//! What an Application tells of its comparisons and syncs: for whoever compares its objects again.

use super::ground::{list, revisions, said};
use super::page::moment;
use super::{glob, windows};
use crate::model::Text;
use serde_json::Value;

/// What an Application tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// When its controller compared it last, Unix seconds; 0 where it never did.
    pub at: i64,
    /// Against which revisions, as short as people write them.
    pub wanted: Text,
    /// Which ones its objects were synced to last; empty where they never were.
    pub synced: Text,
    /// When that was, Unix seconds; 0 where it never was.
    pub synced_at: i64,
    /// What is wanted now is another revision, or comes from another source, than what was synced.
    pub moved: bool,
    /// `spec.syncPolicy.syncOptions`.
    pub options: Vec<String>,
    /// Its project has sync windows that are about it.
    pub windows: bool,
    /// Why it could not be compared (`ComparisonError`); empty where it could.
    pub error: Text,
}

impl Compared {
    /// As an Application and its project tell.
    pub fn of(app: &Value, project: Option<&Value>) -> Self {
        let status = &app["status"];
        let operation = &status["operationState"];
        // A sync of some objects, or a failed one, is no history; its result is all there is then.
        let history = list(&status["history"]).last();
        let of = history.unwrap_or(&operation["syncResult"]);
        let at = history.map_or(&operation["finishedAt"], |last| &last["deployedAt"]);
        let (wanted, synced) = (revisions(&status["sync"]), revisions(of));
        let sources = |of: &Value, single: &str, several: &str| match list(&of[several]) {
            [] => vec![of[single].clone()],
            several => several.to_vec(),
        };
        let told = history
            .is_some_and(|last| !last["source"].is_null() || !list(&last["sources"]).is_empty());
        let same = !told
            || !app["spec"]["source"].is_object() && list(&app["spec"]["sources"]).is_empty()
            || sources(of, "source", "sources") == sources(&app["spec"], "source", "sources");
        let condition = |kind: &str| {
            let all = list(&status["conditions"]).iter();
            all.clone().find(|one| one["type"] == kind).map(|one| said(&one["message"]))
        };
        Self {
            at: moment(&status["reconciledAt"]),
            moved: !synced.is_empty() && (wanted != synced || !same),
            wanted: wanted.into(),
            synced: synced.into(),
            synced_at: moment(at),
            options: list(&app["spec"]["syncPolicy"]["syncOptions"]).iter().map(said).collect(),
            windows: project.is_some_and(|project| !windows::of(project, app).is_empty()),
            error: condition("ComparisonError").unwrap_or_default().into(),
        }
    }

    /// Whether an option is on for all of its objects: `ServerSideApply=true`.
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|one| one.split_whitespace().collect::<String>() == option)
    }
}

/// Whether a name is what a glob of Argo CD's says (`util/glob`), without a separator.
pub fn is_glob(pattern: &str, name: &str) -> bool {
    glob::matches(pattern, name, None)
}

/// A length of time as Go writes it (`1m30s`), in nanoseconds; None where it is none.
pub fn nanoseconds(text: &str) -> Option<i128> {
    windows::duration(text).ok().map(|length| length.as_nanos())
}
