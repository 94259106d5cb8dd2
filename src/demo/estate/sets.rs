//! The controllers of StatefulSets and DaemonSets: what is missing comes, what is too much goes, and a
//! new template rolls through one pod after the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::controllers::{create, is_ready, template_hash, write};
use super::pods;
use super::scene::NODES;
use crate::demo::delete;
use crate::demo::store::{Key, Store, TypeId, key_of};

/// Field manager of the control plane's controllers.
const MANAGER: &str = "kube-controller-manager";
const HASH: &str = "controller-revision-hash";

/// The controllers, and the revision that each set is to have.
#[derive(Debug, Default)]
pub struct Sets {
    wanted: BTreeMap<(TypeId, Key), String>,
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

impl Sets {
    /// Looks at sets that changed, or whose pods did.
    pub fn look(&mut self, store: &mut Store, pods: TypeId, since: u64) {
        for plural in ["statefulsets", "daemonsets"] {
            let Some(id) = store.find("apps", plural) else { continue };
            let mut due = BTreeSet::new();
            for event in store.events_after(id, since) {
                due.insert(event.key.clone());
                let Some((_, before)) = &event.before else { continue };
                let (before, after) = (before.value(), event.body.value());
                let template = &after["spec"]["template"];
                if before["spec"]["template"] != *template {
                    let revision =
                        revision(&after, template_hash(template).get(..9).unwrap_or_default());
                    self.wanted.insert((id, event.key.clone()), revision);
                }
            }
            let kind = store.ty(id).kind.clone();
            for event in store.events_after(pods, since) {
                if event.key.starts_with("load-") {
                    continue;
                }
                let pod = event.body.value();
                for owner in pod["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
                    if owner["kind"] == kind.as_str() {
                        let name = owner["name"].as_str().unwrap_or_default();
                        due.insert(key_of(pod["metadata"]["namespace"].as_str(), name));
                    }
                }
            }
            for key in due {
                self.reconcile(store, pods, id, &key);
            }
        }
    }

    fn reconcile(&mut self, store: &mut Store, pods: TypeId, id: TypeId, key: &Key) {
        let Some(entry) = store.get(id, key) else { return };
        let (uid, set) = (entry.uid.clone(), entry.body.value());
        if !set["metadata"]["deletionTimestamp"].is_null() {
            return;
        }
        let held: Vec<(Key, Value)> = store
            .dependents(&uid)
            .into_iter()
            .filter(|(ty, _)| *ty == pods)
            .filter_map(|(_, key)| store.get(pods, &key).map(|entry| (key, entry.body.value())))
            .collect();
        let known = self.wanted.get(&(id, key.clone())).cloned();
        let revision = known.unwrap_or_else(|| match set["status"]["updateRevision"].as_str() {
            Some(revision) => revision.to_owned(),
            None => held
                .first()
                .and_then(|(_, pod)| pod["metadata"]["labels"][HASH].as_str())
                .unwrap_or_default()
                .to_owned(),
        });
        let places = places(&set);
        let at = |pod: &Value| places.iter().position(|place| place.is_of(pod));
        let missing = places.iter().find(|place| !held.iter().any(|(_, pod)| place.is_of(pod)));
        let surplus = held.iter().rev().find(|(_, pod)| at(pod).is_none());
        let whole = held.len() == places.len() && held.iter().all(|(_, pod)| is_ready(pod));
        let rolls = set["spec"]["updateStrategy"]["type"] != "OnDelete";
        let partition = int(&set["spec"]["updateStrategy"]["rollingUpdate"]["partition"]);
        let outdated = held
            .iter()
            .filter(|(_, pod)| pod["metadata"]["labels"][HASH] != revision.as_str())
            .filter_map(|(key, pod)| Some((at(pod)?, key)))
            .filter(|(at, _)| i64::try_from(*at).is_ok_and(|at| at >= partition))
            .max();
        if let Some(place) = missing {
            make(store, pods, &set, place, &revision);
        } else if let Some((key, _)) = surplus {
            delete::quietly(store, pods, key);
        } else if let Some((_, key)) = outdated.filter(|_| whole && rolls) {
            delete::quietly(store, pods, key);
        }
        tell(store, id, &set, &held, &revision, places.len());
    }
}

/// The name of a revision: StatefulSets put their own name before it.
fn revision(set: &Value, hash: &str) -> String {
    match set["kind"].as_str() {
        Some("StatefulSet") => {
            format!("{}-{hash}", set["metadata"]["name"].as_str().unwrap_or_default())
        }
        _ => hash.to_owned(),
    }
}

/// Where a set wants a pod: under a name, or on a node.
enum Place {
    Name(String, i64),
    Node(&'static str),
}

impl Place {
    fn is_of(&self, pod: &Value) -> bool {
        match self {
            Self::Name(name, _) => pod["metadata"]["name"] == name.as_str(),
            Self::Node(node) => pod["spec"]["nodeName"] == *node,
        }
    }
}

fn places(set: &Value) -> Vec<Place> {
    if set["kind"] == "DaemonSet" {
        return NODES.iter().map(|(node, _, _)| Place::Node(node)).collect();
    }
    let name = set["metadata"]["name"].as_str().unwrap_or_default();
    (0..int(&set["spec"]["replicas"]))
        .map(|ordinal| Place::Name(format!("{name}-{ordinal}"), ordinal))
        .collect()
}

fn make(store: &mut Store, pods: TypeId, set: &Value, place: &Place, revision: &str) {
    let name = match place {
        Place::Name(name, _) => name.clone(),
        Place::Node(_) => {
            let set = set["metadata"]["name"].as_str().unwrap_or_default();
            format!("{set}-{}", store.random.suffix(5))
        }
    };
    let mut random = store.random.clone();
    let mut pod = pods::from_template(&set["spec"]["template"], set, &name, &mut random);
    store.random = random;
    let labels = &mut pod["metadata"]["labels"];
    labels[HASH] = revision.into();
    match place {
        Place::Name(name, ordinal) => {
            labels["statefulset.kubernetes.io/pod-name"] = name.as_str().into();
            labels["apps.kubernetes.io/pod-index"] = ordinal.to_string().into();
        }
        Place::Node(node) => {
            labels["pod-template-generation"] = "1".into();
            pod["spec"]["nodeName"] = (*node).into();
        }
    }
    pod["status"] = json!({"phase": "Pending", "qosClass": "Burstable"});
    create(store, pods, pod, MANAGER);
}

/// Writes what there is into the status.
fn tell(
    store: &mut Store,
    id: TypeId,
    set: &Value,
    held: &[(Key, Value)],
    revision: &str,
    wanted: usize,
) {
    let ready = held.iter().filter(|(_, pod)| is_ready(pod)).count();
    let updated =
        held.iter().filter(|(_, pod)| pod["metadata"]["labels"][HASH] == revision).count();
    let mut new = set.clone();
    let status = &mut new["status"];
    status["observedGeneration"] = set["metadata"]["generation"].clone();
    let counts: &[(&str, usize)] = if set["kind"] == "DaemonSet" {
        &[
            ("currentNumberScheduled", held.len()),
            ("desiredNumberScheduled", wanted),
            ("numberReady", ready),
            ("numberAvailable", ready),
            ("updatedNumberScheduled", updated),
        ]
    } else {
        status["updateRevision"] = revision.into();
        if updated == wanted {
            status["currentRevision"] = revision.into();
        }
        let current =
            if status["currentRevision"] == revision { updated } else { held.len() - updated };
        &[
            ("replicas", held.len()),
            ("readyReplicas", ready),
            ("availableReplicas", ready),
            ("currentReplicas", current),
            ("updatedReplicas", updated),
        ]
    };
    for (field, count) in counts {
        status[*field] = (*count).into();
    }
    write(store, id, set, new, MANAGER);
}
