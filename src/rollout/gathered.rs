//! A situation kept up to date from what is watched: which watches it takes, and what comes of them.

use super::facts::{
    Budget, Claim, Config, Event, Kind, Node, Pod, Revision, Set, Trial, Workload, text_of,
};
use super::situation::Situation;
use super::stale::{self, Holder};
use crate::model::{Facet, Gvr, Need, ObjRef, Scope, Text};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is watched for a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The workload itself.
    Workload,
    /// Its ReplicaSets.
    Sets,
    /// Its ControllerRevisions.
    Revisions,
    /// The pods that its selector finds.
    Pods,
    /// Events of its namespace.
    Events,
    /// Claims of its namespace.
    Claims,
    /// Disruption budgets of its namespace.
    Budgets,
    /// Nodes.
    Nodes,
    /// AnalysisRuns of the namespace of an Argo Rollout.
    Analyses,
    /// Experiments of the namespace of an Argo Rollout.
    Experiments,
    /// ConfigMaps that containers read when they are started: their metadata.
    ConfigMaps,
    /// Secrets that they read then: their metadata.
    Secrets,
}

impl Source {
    /// Without it nothing can be said; the others make the story better.
    pub fn is_needed(self) -> bool {
        self == Self::Workload
    }

    /// Whether a first picture waits for it: what only adds a remark comes when it comes.
    pub fn is_waited_for(self) -> bool {
        !matches!(self, Self::ConfigMaps | Self::Secrets)
    }
}

/// A rollout as it is watched.
#[derive(Debug)]
pub struct Gathered {
    /// The workload.
    pub target: ObjRef,
    kind: Kind,
    workload: Option<Workload>,
    // Shared with every situation that is made of them: one change must not copy 500 pods.
    sets: BTreeMap<Text, Arc<Set>>,
    revisions: BTreeMap<Text, Arc<Revision>>,
    pods: BTreeMap<Text, Arc<Pod>>,
    events: BTreeMap<Text, Arc<Event>>,
    claims: BTreeMap<Text, Claim>,
    budgets: BTreeMap<Text, Budget>,
    nodes: BTreeMap<Text, Arc<Node>>,
    analyses: BTreeMap<Text, Trial>,
    experiments: BTreeMap<Text, Trial>,
    configs: BTreeMap<Text, Arc<Config>>,
    secrets: BTreeMap<Text, Arc<Config>>,
    /// What containers read when they are started.
    uses: BTreeSet<(Holder, Text)>,
    /// Without what only adds a remark.
    brief: bool,
}

/// The kind of a workload that rolls out; None for others.
pub fn kind_of(gvr: &Gvr) -> Option<Kind> {
    match (gvr.group.as_str(), gvr.plural.as_str()) {
        ("apps", "deployments") => Some(Kind::Deployment),
        ("apps", "statefulsets") => Some(Kind::StatefulSet),
        ("apps", "daemonsets") => Some(Kind::DaemonSet),
        ("argoproj.io", "rollouts") => Some(Kind::Rollout),
        _ => None,
    }
}

impl Gathered {
    /// Of a workload that rolls out; None for other kinds. Nothing is known yet.
    pub fn of(target: ObjRef) -> Option<Self> {
        Some(Self {
            kind: kind_of(&target.gvr)?,
            target,
            workload: None,
            sets: BTreeMap::new(),
            revisions: BTreeMap::new(),
            pods: BTreeMap::new(),
            events: BTreeMap::new(),
            claims: BTreeMap::new(),
            budgets: BTreeMap::new(),
            nodes: BTreeMap::new(),
            analyses: BTreeMap::new(),
            experiments: BTreeMap::new(),
            configs: BTreeMap::new(),
            secrets: BTreeMap::new(),
            uses: BTreeSet::new(),
            brief: false,
        })
    }

    /// The same without what only adds a remark.
    #[must_use]
    pub fn briefly(mut self) -> Self {
        self.brief = true;
        self
    }

    /// What its containers read when they are started, of all templates that may have pods.
    fn learn_uses(&mut self) {
        let sets = self.sets.values().filter(|set| set.spec.replicas + set.status.replicas > 0);
        let kept = sets.map(|set| &set.spec.template);
        let kept = kept.chain(self.revisions.values().map(|one| &one.data["spec"]["template"]));
        let uses = kept.flat_map(stale::uses).map(|used| (used.holder, used.name.into()));
        self.uses = uses.collect();
    }

    /// What has to be watched, as far as it is known by now: the selector of the workload tells where
    /// the rest is, and only what can matter is asked for.
    pub fn needs(&self) -> Vec<(Source, Need)> {
        let need = |gvr: Gvr, labels: &str, fields: String| Need {
            cluster: self.target.cluster,
            gvr,
            scope: Scope::Namespaces(vec![self.target.namespace.clone()]),
            labels: labels.into(),
            fields: fields.into(),
            facet: Facet::Rollout,
        };
        let alone = format!("metadata.name={}", self.target.name);
        let mut needs = vec![(Source::Workload, need(self.target.gvr.clone(), "", alone))];
        let Some(workload) = &self.workload else { return needs };
        let selector = text_of(&workload.spec.selector).unwrap_or_default();
        let apps = |plural: &str| Gvr::new("apps", "v1", plural);
        let core = |plural: &str| Gvr::new("", "v1", plural);
        needs.push(match self.kind.has_sets() {
            true => (Source::Sets, need(apps("replicasets"), &selector, String::new())),
            false => {
                (Source::Revisions, need(apps("controllerrevisions"), &selector, String::new()))
            }
        });
        needs.push((Source::Pods, need(core("pods"), &selector, String::new())));
        needs.push((Source::Events, need(core("events"), "", String::new())));
        let claims = self.pods.values().any(|pod| {
            pod.spec.volumes.iter().any(|volume| volume.persistent_volume_claim.is_some())
        });
        if claims {
            needs.push((Source::Claims, need(core("persistentvolumeclaims"), "", String::new())));
        }
        if workload.spec.restart_at.is_some() {
            let budgets = Gvr::new("policy", "v1", "poddisruptionbudgets");
            needs.push((Source::Budgets, need(budgets, "", String::new())));
        }
        if workload.spec.strategy.is_tried() {
            let argo = |plural: &str| Gvr::new("argoproj.io", "v1alpha1", plural);
            needs.push((Source::Analyses, need(argo("analysisruns"), "", String::new())));
            needs.push((Source::Experiments, need(argo("experiments"), "", String::new())));
        }
        // Only a node that is gone says something, and only of pods that are not well.
        if self.pods.values().any(|pod| is_unwell(pod)) {
            let nodes = Need { scope: Scope::All, ..need(core("nodes"), "", String::new()) };
            needs.push((Source::Nodes, nodes));
        }
        let kinds = [
            (Source::ConfigMaps, Holder::ConfigMap, "configmaps"),
            (Source::Secrets, Holder::Secret, "secrets"),
        ];
        for (source, holder, plural) in kinds.into_iter().filter(|_| !self.brief) {
            let mut names = self.uses.iter().filter(|(one, _)| *one == holder);
            let fields = match (names.next(), names.next()) {
                (None, _) => continue,
                (Some((_, only)), None) => format!("metadata.name={only}"),
                _ => String::new(),
            };
            needs.push((source, need(core(plural), "", fields)));
        }
        needs
    }

    /// Takes in an object of a source (JSON of [`Facet::Rollout`]), or that it is gone.
    ///
    /// # Errors
    /// It cannot be read; what was known of it stays.
    pub fn set(&mut self, source: Source, name: &Text, json: Option<&str>) -> Result<(), String> {
        match source {
            Source::Workload => {
                let mut one: BTreeMap<Text, Workload> = BTreeMap::new();
                put::<Workload, _>(&mut one, name, json)?;
                self.workload = one
                    .into_values()
                    .next()
                    .map(|workload| Workload { kind: self.kind, ..workload });
                Ok(())
            }
            Source::Sets => put::<Set, _>(&mut self.sets, name, json),
            Source::Revisions => put::<Revision, _>(&mut self.revisions, name, json),
            Source::Pods => put::<Pod, _>(&mut self.pods, name, json),
            Source::Events => put::<Event, _>(&mut self.events, name, json),
            Source::Claims => put::<Claim, _>(&mut self.claims, name, json),
            Source::Budgets => put::<Budget, _>(&mut self.budgets, name, json),
            Source::Nodes => put::<Node, _>(&mut self.nodes, name, json),
            Source::Analyses => put::<Trial, _>(&mut self.analyses, name, json),
            Source::Experiments => put::<Trial, _>(&mut self.experiments, name, json),
            Source::ConfigMaps => put::<Config, _>(&mut self.configs, name, json),
            Source::Secrets => put::<Config, _>(&mut self.secrets, name, json),
        }?;
        if matches!(source, Source::Sets | Source::Revisions) && !self.brief {
            self.learn_uses();
        }
        Ok(())
    }

    /// Forgets everything of a source.
    pub fn forget(&mut self, source: Source) {
        match source {
            Source::Workload => self.workload = None,
            Source::Sets => self.sets.clear(),
            Source::Revisions => self.revisions.clear(),
            Source::Pods => self.pods.clear(),
            Source::Events => self.events.clear(),
            Source::Claims => self.claims.clear(),
            Source::Budgets => self.budgets.clear(),
            Source::Nodes => self.nodes.clear(),
            Source::Analyses => self.analyses.clear(),
            Source::Experiments => self.experiments.clear(),
            Source::ConfigMaps => self.configs.clear(),
            Source::Secrets => self.secrets.clear(),
        }
    }

    /// The situation as it is known; None while the workload is not, or when it is gone.
    pub fn situation(&self) -> Option<Situation> {
        let mut situation = Situation::new(self.workload.clone()?);
        situation.sets = self.sets.values().cloned().collect();
        situation.revisions = self.revisions.values().cloned().collect();
        situation.pods = self.pods.values().cloned().collect();
        // The namespace's other events are of no use here.
        let ours = |event: &&Arc<Event>| {
            let about = event.involved_object.name.as_str();
            self.target.name == about
                || self.pods.contains_key(about)
                || self.sets.contains_key(about)
                || self.claims.contains_key(about)
                || self.analyses.contains_key(about)
                || self.experiments.contains_key(about)
        };
        situation.events = self.events.values().filter(ours).cloned().collect();
        situation.claims = self.claims.values().cloned().collect();
        situation.budgets = self.budgets.values().cloned().collect();
        situation.nodes = self.nodes.values().cloned().collect();
        situation.analyses = self.analyses.values().cloned().collect();
        situation.experiments = self.experiments.values().cloned().collect();
        situation.configs = self.configs.values().cloned().collect();
        situation.secrets = self.secrets.values().cloned().collect();
        situation.settle();
        Some(situation)
    }
}

/// A pod that is not ready, or should be gone.
fn is_unwell(pod: &Pod) -> bool {
    let ready = super::facts::condition(&pod.status.conditions, "Ready");
    pod.metadata.deleted.is_some() || ready.is_none_or(|ready| ready.status != "True")
}

fn put<T: DeserializeOwned, S: From<T>>(
    map: &mut BTreeMap<Text, S>,
    name: &Text,
    json: Option<&str>,
) -> Result<(), String> {
    match json {
        Some(json) => {
            let read: T = serde_json::from_str(json).map_err(|error| format!("{name}: {error}"))?;
            map.insert(name.clone(), read.into());
        }
        None => drop(map.remove(name)),
    }
    Ok(())
}
