//! A workload with everything that its rollout is judged from.

use super::facts::{
    Budget, Claim, Config, Event, Kind, Node, Pod, Revision, Set, Trial, Workload, selects, text_of,
};
use super::template;
use serde::Deserialize as _;
use serde_json::Value;
use std::sync::Arc;

/// The number that the Deployment controller gives a revision.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
/// The same of Argo Rollouts.
pub(super) const ARGO_REVISION: &str = "rollout.argoproj.io/revision";
/// Names the ReplicaSet of a pod.
pub(super) const HASH: &str = "pod-template-hash";
/// The same of Argo Rollouts.
pub(super) const ARGO_HASH: &str = "rollouts-pod-template-hash";
/// Names the ControllerRevision of a pod.
const REVISION_HASH: &str = "controller-revision-hash";

/// Which side of a rollout a pod is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Of the revision to come.
    New,
    /// Of an earlier one.
    Old,
}

/// A pod that the selector finds, and that somebody else controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// The pod.
    pub pod: String,
    /// `ReplicaSet/other-6d9f7c`; empty where nobody controls it.
    pub owner: String,
}

/// Everything that a rollout is judged from. What is not known is left empty.
#[derive(Clone, Debug, Default)]
pub struct Situation {
    /// The workload.
    pub workload: Workload,
    /// Its ReplicaSets, the newest revision first.
    pub sets: Vec<Arc<Set>>,
    /// Its ControllerRevisions, the newest first.
    pub revisions: Vec<Arc<Revision>>,
    /// Its pods, by name.
    pub pods: Vec<Arc<Pod>>,
    /// Pods that its selector finds too.
    pub strangers: Vec<Stranger>,
    /// Events about any of them.
    pub events: Vec<Arc<Event>>,
    /// Claims that its pods mount.
    pub claims: Vec<Claim>,
    /// Disruption budgets of the namespace.
    pub budgets: Vec<Budget>,
    /// Nodes that its pods are on.
    pub nodes: Vec<Arc<Node>>,
    /// AnalysisRuns of an Argo Rollout, and of its experiments.
    pub analyses: Vec<Trial>,
    /// Experiments of an Argo Rollout.
    pub experiments: Vec<Trial>,
    /// ConfigMaps that its containers read when they are started.
    pub configs: Vec<Arc<Config>>,
    /// Secrets that they read then.
    pub secrets: Vec<Arc<Config>>,
    /// Which of the sets is of the revision to come: found once, every pod is asked for its side.
    new: Option<usize>,
}

impl Situation {
    /// The situation of a workload of which nothing else is known yet.
    pub fn new(workload: Workload) -> Self {
        Self { workload, ..Self::default() }
    }

    /// Takes in an object of any kind; kinds that tell nothing about rollouts are left out. The workload
    /// is replaced by one of its own kind only.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn add(&mut self, kind: &str, object: &Value) -> Result<(), serde_json::Error> {
        match kind {
            "ReplicaSet" => self.sets.push(Arc::new(Set::deserialize(object)?)),
            "ControllerRevision" => self.revisions.push(Arc::new(Revision::deserialize(object)?)),
            "Pod" => self.pods.push(Arc::new(Pod::deserialize(object)?)),
            "Event" => self.events.push(Arc::new(Event::deserialize(object)?)),
            "PersistentVolumeClaim" => self.claims.push(Claim::deserialize(object)?),
            "PodDisruptionBudget" => self.budgets.push(Budget::deserialize(object)?),
            "ConfigMap" => self.configs.push(Arc::new(Config::deserialize(object)?)),
            "Secret" => self.secrets.push(Arc::new(Config::deserialize(object)?)),
            "Node" => self.nodes.push(Arc::new(Node::deserialize(object)?)),
            "AnalysisRun" => self.analyses.push(Trial::deserialize(object)?),
            "Experiment" => self.experiments.push(Trial::deserialize(object)?),
            _ => {
                if let Some(kind) = Kind::of(kind) {
                    self.workload = Workload { kind, ..Workload::deserialize(object)? };
                }
            }
        }
        Ok(())
    }

    /// Leaves out what does not belong to the workload, and puts the rest in order. Done once after
    /// everything was taken in.
    pub fn settle(&mut self) {
        let uid = self.workload.metadata.uid.clone();
        let selector = self.workload.spec.selector.clone();
        // A Deployment's sets are those that its selector finds, too (`ListReplicaSets`).
        let found = |labels: &std::collections::BTreeMap<String, String>| {
            text_of(&selector).is_none() || selects(&selector, labels)
        };
        self.sets.retain(|set| set.metadata.is_controlled_by(&uid) && found(&set.metadata.labels));
        self.sets.sort_by_key(|set| (std::cmp::Reverse(number(set)), set.metadata.name.clone()));
        self.revisions.retain(|one| one.metadata.is_controlled_by(&uid));
        self.revisions.sort_by_key(|one| std::cmp::Reverse(one.revision));
        let sets: Vec<&str> = self.sets.iter().map(|set| set.metadata.uid.as_str()).collect();
        let (own, others): (Vec<Arc<Pod>>, Vec<Arc<Pod>>) =
            std::mem::take(&mut self.pods).into_iter().partition(|pod| {
                pod.metadata.owner_references.iter().any(|owner| {
                    owner.controller && (owner.uid == uid || sets.contains(&owner.uid.as_str()))
                })
            });
        self.pods = own;
        self.pods.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        self.strangers = others
            .iter()
            .filter(|pod| selects(&selector, &pod.metadata.labels))
            .map(|pod| {
                let owner = pod.metadata.owner_references.iter().find(|owner| owner.controller);
                let owner = owner.map(|owner| format!("{}/{}", owner.kind, owner.name));
                Stranger { pod: pod.metadata.name.clone(), owner: owner.unwrap_or_default() }
            })
            .collect();
        self.strangers.sort_by(|a, b| a.pod.cmp(&b.pod));
        self.experiments.retain(|one| one.metadata.is_controlled_by(&uid));
        let tried: Vec<&str> =
            self.experiments.iter().map(|one| one.metadata.uid.as_str()).collect();
        self.analyses.retain(|one| {
            let is_ours = |of: &&str| one.metadata.is_controlled_by(of);
            is_ours(&uid.as_str()) || tried.iter().any(is_ours)
        });
        self.events.sort_by_key(|event| std::cmp::Reverse(event.last()));
        self.new = self.find_new();
    }

    /// The ReplicaSet of the revision to come: the oldest whose template is the workload's
    /// (`FindNewReplicaSet`), or the one whose number the workload carries, where a server's new
    /// defaults tell the two templates apart. None where the controller has not made it yet, and before
    /// [`Self::settle`].
    pub fn new_set(&self) -> Option<&Set> {
        self.new.and_then(|at| self.sets.get(at)).map(AsRef::as_ref)
    }

    fn find_new(&self) -> Option<usize> {
        let workload = &self.workload;
        let place = |is: &dyn Fn(&Set) -> bool| self.sets.iter().position(|set| is(set));
        if workload.kind == Kind::Rollout {
            let hash = &workload.status.current_pod_hash;
            return place(&|set| !hash.is_empty() && set.metadata.label(ARGO_HASH) == hash);
        }
        let wanted = template::bare(&workload.spec.template);
        let same = self.sets.iter().enumerate().filter(|(_, set)| {
            !set.spec.template.is_null() && template::bare(&set.spec.template) == wanted
        });
        let oldest = same.min_by_key(|(_, set)| (set.metadata.created, &set.metadata.name));
        let observed =
            workload.status.observed_generation.unwrap_or(0) >= workload.metadata.generation;
        oldest.map(|(at, _)| at).or_else(|| {
            let carried = workload.metadata.annotation(REVISION);
            place(&|set| set.metadata.annotation(REVISION) == carried)
                .filter(|_| observed && !carried.is_empty() && !workload.spec.paused)
        })
    }

    /// Which side a pod is on. Where it cannot be told, it is taken for a new one.
    pub fn side(&self, pod: &Pod) -> Side {
        let is_new = match self.workload.kind {
            kind if kind.has_sets() => match self.new_set() {
                Some(set) => pod.metadata.is_controlled_by(&set.metadata.uid),
                None => self.sets.is_empty(),
            },
            Kind::StatefulSet => {
                let update = &self.workload.status.update_revision;
                update.is_empty() || pod.metadata.label(REVISION_HASH) == update
            }
            _ => match self.revisions.first() {
                Some(newest) => {
                    let hash = newest.metadata.label(REVISION_HASH);
                    hash.is_empty() || pod.metadata.label(REVISION_HASH) == hash
                }
                None => true,
            },
        };
        if is_new { Side::New } else { Side::Old }
    }

    /// The template that a pod was made from, and the object that holds it; None where that is not
    /// known.
    pub fn template_of(&self, pod: &Pod) -> Option<(&str, &Value)> {
        if self.workload.kind.has_sets() {
            let owner = pod.metadata.owner_references.iter().find(|owner| owner.controller)?;
            let set = self.sets.iter().find(|set| set.metadata.uid == owner.uid)?;
            return Some((&set.metadata.name, &set.spec.template));
        }
        let hash = pod.metadata.label(REVISION_HASH);
        let holds = |one: &&Arc<Revision>| {
            one.metadata.name == hash || one.metadata.label(REVISION_HASH) == hash
        };
        let one = self.revisions.iter().find(holds).filter(|_| !hash.is_empty())?;
        Some((&one.metadata.name, &one.data["spec"]["template"]))
    }

    /// Events about an object of this kind and name, the newest first.
    pub fn events_of<'s>(
        &'s self,
        kind: &'s str,
        name: &'s str,
    ) -> impl Iterator<Item = &'s Event> {
        let events = self.events.iter().map(AsRef::as_ref);
        events.filter(move |event: &&Event| {
            event.involved_object.kind == kind && event.involved_object.name == name
        })
    }

    /// The node of this name, where it is known.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().map(AsRef::as_ref).find(|node: &&Node| node.metadata.name == name)
    }
}

/// The number of a ReplicaSet's revision; 0 without.
pub(super) fn number(set: &Set) -> i64 {
    let of = |key| set.metadata.annotation(key).parse().ok();
    of(REVISION).or_else(|| of(ARGO_REVISION)).unwrap_or(0)
}

/// The number in a StatefulSet's pod name.
pub fn ordinal(pod: &str) -> Option<i64> {
    pod.rsplit_once('-')?.1.parse().ok()
}
