//! What differs between two revisions of a workload, or between one and what it asks for now.

use super::history::Entry;
use super::situation::Situation;
use super::template::{self, Change};
use serde_json::Value;

/// A revision, or what the workload asks for now.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its number; None where the controller has not given one yet.
    pub revision: Option<i64>,
    /// It is what the workload asks for.
    pub now: bool,
    /// The pod template.
    pub template: Value,
}

impl Point {
    fn of(entry: &Entry) -> Self {
        let (revision, now) = (Some(entry.revision), entry.current);
        Self { revision, now, template: entry.template.clone() }
    }

    /// `41`, `42 now`, `now`.
    pub fn name(&self) -> String {
        match (self.revision, self.now) {
            (Some(revision), true) => format!("{revision} now"),
            (Some(revision), false) => revision.to_string(),
            (None, _) => "now".to_owned(),
        }
    }
}

/// What differs between two points.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// From here.
    pub from: Point,
    /// To here.
    pub to: Point,
    /// What a person wants to know of it.
    pub changes: Vec<Change>,
    /// The template of the first, without what controllers add, as YAML.
    pub before: String,
    /// The same of the second.
    pub after: String,
}

impl Difference {
    /// Whether anything differs.
    pub fn is_any(&self) -> bool {
        self.before != self.after
    }
}

/// What the workload asks for now: its current revision, or its template where the controller has not
/// made one of it. None where the template is another object's.
fn now(situation: &Situation, entries: &[Entry]) -> Option<Point> {
    if let Some(current) = entries.iter().find(|entry| entry.current) {
        return Some(Point::of(current));
    }
    let template = situation.workload.spec.template.clone();
    (!template.is_null()).then_some(Point { revision: None, now: true, template })
}

/// The difference from one revision to another. Without the first, from the newest before the second;
/// without the second, to what the workload asks for now; with only the second, from that to it.
///
/// # Errors
/// There is no such revision, or none to compare with.
pub fn between(
    situation: &Situation,
    entries: &[Entry],
    from: Option<i64>,
    to: Option<i64>,
) -> Result<Difference, String> {
    let find = |revision: i64| super::history::target(entries, revision).map(Point::of);
    let now = || {
        let why = "what it asks for now is not known: its template is another object's";
        now(situation, entries).ok_or_else(|| why.to_owned())
    };
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (find(from)?, find(to)?),
        (Some(from), None) => (find(from)?, now()?),
        (None, Some(to)) => (now()?, find(to)?),
        (None, None) => {
            let why = "only one revision is kept: there is nothing to compare it with";
            let before = entries.iter().find(|entry| !entry.current);
            (Point::of(before.ok_or_else(|| why.to_owned())?), now()?)
        }
    };
    let changes = template::changes(&from.template, &to.template);
    let (before, after) = (template::text(&from.template), template::text(&to.template));
    Ok(Difference { from, to, changes, before, after })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rollout::history;
    use serde_json::json;

    fn template(image: &str) -> Value {
        json!({"metadata": {"labels": {"app": "api"}},
            "spec": {"containers": [{"name": "api", "image": image}]}})
    }

    /// A Deployment that asks for this image, with a ReplicaSet for each of the revisions 1, 2, 3.
    fn situation(image: &str) -> Situation {
        let mut situation = Situation::default();
        let own = json!({"metadata": {"uid": "d"}, "spec": {"template": template(image)}});
        situation.add("Deployment", &own).unwrap();
        for number in 1..=3 {
            let mut of = template(&format!("api:{number}"));
            of["metadata"]["labels"]["pod-template-hash"] = json!(format!("h{number}"));
            let set = json!({"metadata": {"name": format!("api-{number}"), "uid": number.to_string(),
                "annotations": {"deployment.kubernetes.io/revision": number.to_string()},
                "ownerReferences": [{"kind": "Deployment", "name": "api", "uid": "d", "controller": true}]},
                "spec": {"template": of}});
            situation.add("ReplicaSet", &set).unwrap();
        }
        situation.settle();
        situation
    }

    fn told(image: &str, from: Option<i64>, to: Option<i64>) -> Result<String, String> {
        let situation = situation(image);
        let entries = history::of(&situation);
        let found = between(&situation, &entries, from, to)?;
        let changes: Vec<String> = found.changes.iter().map(ToString::to_string).collect();
        Ok(format!("{} → {}: {}", found.from.name(), found.to.name(), changes.join("; ")))
    }

    #[test]
    fn without_numbers_the_last_step_is_told_and_with_one_it_is_held_against_now() {
        let told = |from, to| told("api:3", from, to).unwrap();
        assert_eq!(told(None, None), "2 → 3 now: image api:2 → 3");
        assert_eq!(told(Some(1), None), "1 → 3 now: image api:1 → 3");
        assert_eq!(told(None, Some(1)), "3 now → 1: image api:3 → 1");
        assert_eq!(told(Some(1), Some(2)), "1 → 2: image api:1 → 2");
        assert_eq!(told(Some(3), None), "3 now → 3 now: ");
    }

    #[test]
    fn what_the_controller_has_not_made_a_revision_of_is_now_all_the_same() {
        assert_eq!(told("api:4", Some(3), None).unwrap(), "3 → now: image api:3 → 4");
        // Hashes that controllers add are no difference.
        let same = situation("api:2");
        let found = between(&same, &history::of(&same), Some(2), None).unwrap();
        assert!(!found.is_any(), "{found:?}");
    }

    #[test]
    fn revisions_that_are_not_there_are_named() {
        assert!(told("api:3", Some(7), None).unwrap_err().contains("there are 3, 2, 1"));
        let mut alone = situation("api:3");
        alone.sets.truncate(1);
        let why = between(&alone, &history::of(&alone), None, None).unwrap_err();
        assert!(why.contains("only one revision is kept"), "{why}");
    }
}
