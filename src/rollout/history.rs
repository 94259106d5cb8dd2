//! The revisions of a workload, as `kubectl rollout history` and `undo` know them
//! (`k8s.io/kubectl/pkg/polymorphichelpers/{history,rollback}.go`).

use super::facts::{Kind, Managed, Meta, Workload};
use super::situation::{Situation, number};
use super::template::{self, Change};
use serde_json::Value;

/// What a person noted about a change.
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// The label in which charts carry their name and version.
const CHART: &str = "helm.sh/chart";
/// Seconds between the write of a template and the object that its controller makes of it.
const SOON: std::ops::RangeInclusive<i64> = -5..=30;

/// Seconds between a deployment of an app and a revision that it made.
const WINDOW: i64 = 120;

/// Something that was deployed as a whole, of which a workload may be a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// When, Unix seconds.
    pub at: i64,
    /// What the engine calls it.
    pub revision: String,
}

/// The revision of an app that a revision of its workload came with, which was made then (Unix
/// seconds): the only one that was deployed about that time. None where none was, or several.
pub fn caused_by(deployed: &[Deployment], made: i64) -> Option<&str> {
    let mut about = deployed.iter().filter(|one| (one.at - made).abs() <= WINDOW);
    let first = about.next()?;
    about.all(|one| one.revision == first.revision).then_some(first.revision.as_str())
}

/// One revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number.
    pub revision: i64,
    /// The object that holds it: a ReplicaSet or ControllerRevision.
    pub name: String,
    /// When it was made first, Unix seconds: a revision that came back keeps its object.
    pub created: Option<i64>,
    /// The pod template.
    pub template: Value,
    /// Its images.
    pub images: Vec<String>,
    /// Why, as somebody noted it; empty for nothing.
    pub cause: String,
    /// The tool that wrote its template, of the present one where that is certain; empty otherwise.
    pub by: String,
    /// The version of the chart that its pods carry as a label: `grafana-8.5.1`; empty without.
    pub chart: String,
    /// It is the one that the workload asks for.
    pub current: bool,
    /// What differs from the one before.
    pub changes: Vec<Change>,
}

/// All revisions that are kept, the newest first. Several objects with the same number are one, as
/// kubectl has it; ReplicaSets without a number are none.
pub fn of(situation: &Situation) -> Vec<Entry> {
    let mut entries: Vec<Entry> = match situation.workload.kind.has_sets() {
        true => {
            let new = situation.new_set().map(|set| set.metadata.uid.clone());
            let sets = situation.sets.iter().filter(|set| number(set) > 0);
            sets.map(|set| {
                let current = new.as_ref() == Some(&set.metadata.uid);
                let template = set.spec.template.clone();
                let noted = template["metadata"]["annotations"][CHANGE_CAUSE].as_str();
                let noted = noted.unwrap_or_default().to_owned();
                let entry = entry(number(set), &set.metadata, template);
                let cause = if entry.cause.is_empty() { noted } else { entry.cause };
                Entry { current, cause, ..entry }
            })
            .collect()
        }
        false => situation
            .revisions
            .iter()
            .map(|one| entry(one.revision, &one.metadata, one.data["spec"]["template"].clone()))
            .collect(),
    };
    entries.dedup_by_key(|entry| entry.revision);
    // Controllers give the newest number to what the workload asks for, also to what came back.
    if !situation.workload.kind.has_sets()
        && let Some(first) = entries.first_mut()
    {
        first.current = match situation.workload.kind {
            Kind::StatefulSet => {
                let update = &situation.workload.status.update_revision;
                update.is_empty() || *update == first.name
            }
            _ => true,
        };
    }
    if let Some(current) = entries.iter_mut().find(|entry| entry.current) {
        current.by = writer(&situation.workload, current.created);
    }
    for at in 0..entries.len().saturating_sub(1) {
        entries[at].changes = template::changes(&entries[at + 1].template, &entries[at].template);
    }
    entries
}

/// Who wrote the template of which a revision was made then (Unix seconds): the only one that owns
/// anything of it, or the only one of them that changed something just before. Empty where several may
/// have been it.
fn writer(workload: &Workload, made: Option<i64>) -> String {
    let owns = |one: &&Managed| one.owns(&["f:spec", "f:template"]);
    let owners: Vec<&Managed> = workload.metadata.managed.iter().filter(owns).collect();
    let then = |one: &&&Managed| {
        one.time.zip(made).is_some_and(|(time, made)| SOON.contains(&(made - time)))
    };
    let found = match owners.as_slice() {
        [only] => Some(*only),
        many => {
            let mut just = many.iter().filter(then);
            just.next().filter(|_| just.next().is_none()).copied()
        }
    };
    found.map_or_else(String::new, |one| one.manager.clone())
}

fn entry(revision: i64, metadata: &Meta, template: Value) -> Entry {
    Entry {
        revision,
        name: metadata.name.clone(),
        created: metadata.created,
        images: template::images(&template),
        cause: metadata.annotation(CHANGE_CAUSE).to_owned(),
        by: String::new(),
        chart: template["metadata"]["labels"][CHART].as_str().unwrap_or_default().to_owned(),
        template,
        current: false,
        changes: Vec::new(),
    }
}

/// What an undo goes back to: the revision asked for, or without one (0) the second newest.
///
/// # Errors
/// There is no such revision, in kubectl's words.
pub fn target(entries: &[Entry], revision: i64) -> Result<&Entry, String> {
    if revision == 0 {
        return entries.get(1).ok_or_else(|| "no last revision to roll back to".to_owned());
    }
    let found = entries.iter().find(|entry| entry.revision == revision);
    found.ok_or_else(|| {
        let kept: Vec<String> = entries.iter().map(|entry| entry.revision.to_string()).collect();
        match kept.is_empty() {
            true => {
                format!("unable to find specified revision {revision} in history: none is kept")
            }
            false => format!(
                "unable to find specified revision {revision} in history: there are {}",
                kept.join(", ")
            ),
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn of_sets(sets: &[(i64, &str, &str)]) -> Situation {
        let mut situation = Situation::default();
        let owner = json!([{"kind": "Deployment", "name": "api", "uid": "d", "controller": true}]);
        situation
            .add(
                "Deployment",
                &json!({"metadata": {"uid": "d"}, "spec": {"template": {"spec": {"containers":
                [{"name": "api", "image": "api:2"}]}}}}),
            )
            .unwrap();
        for (number, image, cause) in sets {
            let annotations = match *number {
                0 => json!({}),
                n => {
                    json!({"deployment.kubernetes.io/revision": n.to_string(), CHANGE_CAUSE: cause})
                }
            };
            let set = json!({"metadata": {"name": image, "uid": image, "annotations": annotations,
                "ownerReferences": owner}, "spec": {"template": {"spec": {"containers":
                    [{"name": "api", "image": image}]}}}});
            situation.add("ReplicaSet", &set).unwrap();
        }
        situation.settle();
        situation
    }

    #[test]
    fn revisions_come_newest_first_with_what_each_changed() {
        let entries = of(&of_sets(&[(1, "api:1", "first"), (3, "api:2", ""), (0, "api:9", "")]));
        let told: Vec<(i64, bool, &str)> =
            entries.iter().map(|one| (one.revision, one.current, one.cause.as_str())).collect();
        assert_eq!(
            told,
            [(3, true, ""), (1, false, "first")],
            "one without a number is in no history"
        );
        assert_eq!(entries[0].changes[0].to_string(), "image api:1 → 2");
        assert_eq!(entries[0].images, ["api:2"]);
    }

    #[test]
    fn a_revision_came_with_what_alone_was_deployed_about_then() {
        let at = |at: i64, revision: &str| Deployment { at, revision: revision.to_owned() };
        let all = [at(1_000, "8d1e0aa"), at(5_000, "41c77f9"), at(5_060, "9f3c2a1")];
        assert_eq!(caused_by(&all, 970), Some("8d1e0aa"));
        assert_eq!(caused_by(&all, 1_121), None, "nothing was deployed about then");
        assert_eq!(caused_by(&all, 5_030), None, "one of the two");
        assert_eq!(caused_by(&all[2..], 5_030), Some("9f3c2a1"));
    }

    #[test]
    fn who_wrote_the_present_template_is_told_only_where_it_is_certain() {
        let entry = |manager: &str, time: &str, field: &str| json!({"manager": manager, "time": time, "fieldsV1": {"f:spec": {field: {}}}});
        let by = |managed: Value| {
            let object = json!({"metadata": {"managedFields": managed}});
            let workload: Workload = serde_json::from_value(object).unwrap();
            let made = "2026-01-01T10:00:01Z".parse::<jiff::Timestamp>().unwrap();
            writer(&workload, Some(made.as_second()))
        };
        let (then, long) = ("2026-01-01T10:00:00Z", "2025-12-01T10:00:00Z");
        let scaler = entry("scaler", then, "f:replicas");
        let only = entry("argocd-controller", long, "f:template");
        assert_eq!(by(json!([only, scaler])), "argocd-controller");
        let edit = entry("kubectl-edit", then, "f:template");
        assert_eq!(by(json!([only, edit, scaler])), "kubectl-edit");
        assert_eq!(by(json!([entry("helm", then, "f:template"), edit])), "", "one of the two");
        assert_eq!(by(json!([scaler])), "");
    }

    #[test]
    fn an_undo_without_a_number_goes_to_the_second_newest() {
        let entries = of(&of_sets(&[(1, "api:1", ""), (3, "api:2", ""), (2, "api:3", "")]));
        assert_eq!(target(&entries, 0).unwrap().revision, 2);
        assert_eq!(target(&entries, 1).unwrap().revision, 1);
        assert!(target(&entries, 7).unwrap_err().contains("there are 3, 2, 1"));
        assert!(target(&entries[..1], 0).unwrap_err().contains("no last revision"));
    }
}
