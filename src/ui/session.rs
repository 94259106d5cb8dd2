//! What the session knows of one cluster: connection, kinds, namespaces in use, live usage.

use super::Effect;
use crate::kinds;
use crate::model::{
    Catalogue, ClusterEvent, ClusterId, ClusterInfo, ColumnSource, ContextInfo, Fault, Gvr,
    LinkState, Metrics, Need, Resource, Schema, Scope, Text,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most favourite namespaces: one for each digit key.
const FAVOURITES: usize = 9;

/// What the session knows of one cluster.
#[derive(Debug)]
pub struct Cluster {
    /// Its id in this session.
    pub id: ClusterId,
    /// Name of its context.
    pub context: Text,
    /// Who and what we are connected to, once known.
    pub info: ClusterInfo,
    /// State of the connection.
    pub link: LinkState,
    /// When the credential in use ends, Unix seconds.
    pub credential_ends: Option<i64>,
    /// The kinds it serves.
    pub catalogue: Catalogue,
    /// Discovery has answered.
    pub discovered: bool,
    /// Changes whenever `catalogue` does.
    pub revision: u64,
    /// Namespaces that panes open with.
    pub scope: Scope,
    /// Namespaces on the digit keys, latest first.
    pub favourites: Vec<Text>,
    /// What is known of its hazards.
    pub hazards: super::hazard_look::Known,
    /// Changes whenever live usage does.
    pub metrics_revision: u64,
    metrics: BTreeMap<Gvr, Arc<Metrics>>,
    metrics_asked: (Option<Vec<Text>>, bool),
}

impl Cluster {
    /// A cluster we are about to connect to.
    pub fn new(id: ClusterId, context: impl Into<Text>, scope: Scope) -> Self {
        Self {
            id,
            context: context.into(),
            info: ClusterInfo::default(),
            link: LinkState::Connecting("connecting".into()),
            credential_ends: None,
            catalogue: Catalogue::new(kinds::builtin::resources()),
            discovered: false,
            revision: 0,
            scope,
            favourites: Vec::new(),
            hazards: super::hazard_look::Known::default(),
            metrics_revision: 0,
            metrics: BTreeMap::new(),
            metrics_asked: (None, false),
        }
    }

    /// Its context, as far as it is known.
    pub fn as_context(&self) -> ContextInfo {
        ContextInfo { name: self.context.clone(), ..self.info.context.clone() }
    }

    /// Takes in what the connection tells. A notice is handed back, to be shown.
    pub fn apply(&mut self, event: ClusterEvent) -> Option<Fault> {
        match event {
            ClusterEvent::Info(info) => self.info = info,
            ClusterEvent::Link(link) => self.link = link,
            ClusterEvent::Credential(ends) => self.credential_ends = ends,
            ClusterEvent::Remembered(resources) => self.learn(&resources),
            ClusterEvent::Discovery(resources) => {
                self.discovered = true;
                self.learn(&resources);
            }
            ClusterEvent::Metrics { gvr, metrics } => {
                self.metrics.insert(gvr, metrics);
                self.metrics_revision += 1;
            }
            ClusterEvent::Notice(fault) => return Some(fault),
        }
        None
    }

    fn learn(&mut self, resources: &[Resource]) {
        // What was remembered is mostly still so.
        if self.catalogue.all() != resources {
            self.catalogue = Catalogue::new(resources.to_vec());
            self.revision += 1;
        }
    }

    /// Live usage for the rows of a subscription. Containers have none: what is known is known of
    /// whole pods, and a container must not show the usage of a pod that has its name.
    pub fn metrics(&self, need: &Need) -> Option<&Metrics> {
        let usage = self.metrics.get(&need.gvr).map(Arc::as_ref);
        usage.filter(|_| need.facet.is_of_objects())
    }

    /// Whether there will be live usage for such rows.
    pub fn has_usage(&self, need: &Need) -> bool {
        need.facet.is_of_objects()
            && self.catalogue.all().iter().any(|r| r.gvr.group == "metrics.k8s.io")
    }

    /// Asks for live usage while a table with such columns is on screen, and no longer.
    pub fn want_metrics(
        &mut self,
        shown: Option<(&Gvr, &Schema, &Scope)>,
        effects: &mut Vec<Effect>,
    ) {
        let served = self.catalogue.all().iter().any(|r| r.gvr.group == "metrics.k8s.io");
        let wanted = shown.filter(|(_, schema, _)| {
            served && schema.columns.iter().any(|c| matches!(c.source, ColumnSource::Metric(..)))
        });
        let asked = match wanted {
            Some((gvr, _, _)) if gvr.plural == "nodes" => (None, true),
            Some((_, _, Scope::All)) => (Some(Vec::new()), false),
            Some((_, _, Scope::Namespaces(names))) => (Some(names.clone()), false),
            None => (None, false),
        };
        if asked != self.metrics_asked {
            self.metrics_asked = asked.clone();
            effects.push(Effect::Metrics { cluster: self.id, pods: asked.0, nodes: asked.1 });
        }
    }

    /// Uses these namespaces from now on; a single one becomes the first favourite.
    pub fn use_scope(&mut self, scope: Scope) {
        if let Scope::Namespaces(names) = &scope {
            for name in names {
                if !self.favourites.contains(name) {
                    self.favourites.insert(0, name.clone());
                }
            }
            self.favourites.truncate(FAVOURITES);
        }
        self.scope = scope;
    }
}
