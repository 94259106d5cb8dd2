//! Objects whose newest change no controller has seen.

use super::survey::{Survey, null};
use super::{Finding, Severity};
use crate::text::age;
use serde::Deserialize;

/// A controller that has much to do may take so long, in seconds.
const PATIENCE: i64 = 300;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reconciled {
    metadata: Metadata,
    #[serde(deserialize_with = "null")]
    spec: Spec,
    status: Option<Status>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    name: String,
    namespace: String,
    generation: i64,
    creation_timestamp: String,
    deletion_timestamp: Option<String>,
    #[serde(deserialize_with = "null")]
    managed_fields: Vec<Managed>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Managed {
    time: String,
    subresource: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    #[serde(deserialize_with = "null")]
    suspend: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    observed_generation: Option<i64>,
    #[serde(deserialize_with = "null")]
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Condition {
    observed_generation: Option<i64>,
}

impl Reconciled {
    /// The newest generation that a controller says it has seen; None where it never said.
    fn seen(&self) -> Option<i64> {
        let status = self.status.as_ref()?;
        let conditions = status.conditions.iter().filter_map(|one| one.observed_generation);
        conditions.chain(status.observed_generation).max()
    }

    /// Whether a controller has written anything at all.
    fn touched(&self) -> bool {
        self.seen().is_some() || self.status.as_ref().is_some_and(|s| !s.conditions.is_empty())
    }

    /// When what is wanted was changed last, Unix seconds.
    fn changed(&self) -> Option<i64> {
        let moment = |text: &str| text.parse::<jiff::Timestamp>().ok().map(|at| at.as_second());
        let wanted = self.metadata.managed_fields.iter().filter(|one| one.subresource.is_empty());
        wanted
            .filter_map(|one| moment(&one.time))
            .max()
            .or_else(|| moment(&self.metadata.creation_timestamp))
    }
}

pub(super) fn check(survey: &Survey, now: i64) -> Vec<Finding> {
    let mut found = Vec::new();
    for (group, kind, object) in &survey.reconciled {
        let Metadata { name, namespace, generation, deletion_timestamp, .. } = &object.metadata;
        if object.spec.suspend || deletion_timestamp.is_some() {
            continue;
        }
        let behind = match object.seen() {
            Some(seen) => seen < *generation,
            None => !object.touched(),
        };
        let Some(since) = object.changed().map(|at| now - at) else { continue };
        if !behind || since < PATIENCE {
            continue;
        }
        let ago = age::human(since);
        let words = match object.seen() {
            Some(seen) => format!(
                "its change of {ago} ago was seen by no controller (generation {generation}, seen {seen}): is the one for {kind} running?"
            ),
            None => {
                format!("no controller has touched it since {ago}: is the one for {kind} running?")
            }
        };
        found.push(Finding::new(
            (Severity::Serious, "nothing reconciles"),
            (group, kind),
            (namespace, name),
            &words,
        ));
    }
    found
}
