//! Floor 3: what will hurt later and can be seen now. One file per check; each judges what the
//! [`Survey`] has read, and none asks the server itself.

mod certificates;
mod credential;
mod endpoints;
mod jobs;
mod leases;
mod pods;
mod reconciled;
mod selectors;
mod survey;
mod tags;
mod volumes;

pub use credential::{CONTEXT, Credential};
pub use survey::{Source, Survey};
pub use volumes::read as usage_read;

use crate::text::sanitise::clean;

/// How much it hurts. Serious ones come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It hurts now, or within days.
    Serious,
    /// There is time left.
    Soon,
}

impl Severity {
    /// As a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Serious => "serious",
            Self::Soon => "soon",
        }
    }
}

/// One hazard that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How much it hurts.
    pub severity: Severity,
    /// Name of the check.
    pub check: &'static str,
    /// Group of the object's kind; empty for the core group.
    pub group: &'static str,
    /// Kind of the object.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The evidence, and what to do.
    pub words: String,
}

impl Finding {
    fn new(
        (severity, check): (Severity, &'static str),
        (group, kind): (&'static str, &'static str),
        (namespace, name): (&str, &str),
        words: &str,
    ) -> Self {
        Self {
            severity,
            check,
            group,
            kind,
            namespace: clean(namespace).into_owned(),
            name: clean(name).into_owned(),
            words: clean(words).into_owned(),
        }
    }
}

/// A check: what it makes of a survey at this moment (Unix seconds).
type Check = fn(&Survey, i64) -> Vec<Finding>;

/// All checks.
const CHECKS: &[Check] = &[
    credential::check,
    endpoints::check,
    selectors::check,
    jobs::check,
    certificates::check,
    volumes::check,
    tags::check,
    reconciled::check,
    leases::check,
];

/// Everything that was found, the worst first.
pub fn judge(survey: &Survey, now: i64) -> Vec<Finding> {
    let mut found: Vec<Finding> = CHECKS.iter().flat_map(|check| check(survey, now)).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests;
