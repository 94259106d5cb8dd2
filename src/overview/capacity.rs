//! What pods ask for, of what nodes have, and by namespace.

use super::{HOUR, Rows};
use crate::model::{Cell, Link, Row, Text, Tone};
use std::collections::BTreeMap;

/// What pods ask for together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Pods that are not finished.
    pub pods: i64,
    /// CPU, thousandths of a core.
    pub cpu: i64,
    /// Memory, bytes.
    pub memory: i64,
}

impl Asked {
    fn add(&mut self, other: Self) {
        self.pods += other.pods;
        self.cpu += other.cpu;
        self.memory += other.memory;
    }
}

/// A node or a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub name: Text,
    /// What its pods ask for.
    pub asked: Asked,
    /// What a node has to give; nothing for namespaces.
    pub has: Asked,
    /// Pods with faults; of a node also itself.
    pub faults: usize,
    /// Pods that were restarted in the last hour.
    pub restarted: usize,
    /// How a node is.
    pub tone: Tone,
    /// What is to be said of a node: `NotReady`, `SchedulingDisabled`.
    pub state: String,
}

/// All nodes and namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// Nodes, the fullest first (by the scarcer of CPU and memory).
    pub nodes: Vec<Place>,
    /// Namespaces, those that ask for most first.
    pub namespaces: Vec<Place>,
    /// What all nodes have.
    pub has: Asked,
    /// What all pods on nodes ask for.
    pub asked: Asked,
    /// Pods that no node has taken yet.
    pub waiting: Asked,
}

/// States in which a pod holds nothing any more, as the scheduler sees it.
const FINISHED: [&str; 6] = ["Completed", "Succeeded", "Failed", "Evicted", "Error", "OOMKilled"];

impl Capacity {
    /// Adds it up. Without nodes (no permission to list them) there are only namespaces.
    pub fn of(pods: Rows<'_>, nodes: Option<Rows<'_>>, now: i64) -> Self {
        let mut all = Self::default();
        let mut by_node: BTreeMap<Text, Place> = BTreeMap::new();
        let mut by_namespace: BTreeMap<Text, Place> = BTreeMap::new();
        if let Some(nodes) = nodes {
            let (count, cpu, memory, status) = (
                nodes.column("PODS"),
                nodes.column("CPU/A"),
                nodes.column("MEM/A"),
                nodes.column("STATUS"),
            );
            for row in nodes.iter() {
                let has = Asked {
                    pods: count.number(row),
                    cpu: cpu.number(row),
                    memory: memory.number(row),
                };
                all.has.add(has);
                let state = match status.of(row) {
                    Cell::Text(text, _) => text.trim_start_matches("Ready,").to_owned(),
                    _ => String::new(),
                };
                let name = row.key.name.clone();
                let place = Place {
                    name: name.clone(),
                    has,
                    faults: usize::from(row.is_fault()),
                    tone: row.tone,
                    state: if state == "Ready" { String::new() } else { state },
                    ..Place::default()
                };
                by_node.insert(name, place);
            }
        }
        let (cpu, memory, status, restarts, ready) = (
            pods.column("CPU/R"),
            pods.column("MEM/R"),
            pods.column("STATUS"),
            pods.column("RESTARTS"),
            pods.column("READY"),
        );
        for row in pods.iter() {
            let place = by_namespace.entry(row.key.namespace.clone()).or_default();
            let fault = usize::from(row.is_fault());
            let recent =
                matches!(restarts.of(row), Cell::CountSince(n, at) if n > 0 && at > now - HOUR);
            place.faults += fault;
            place.restarted += usize::from(recent);
            let over = match (status.of(row), ready.of(row)) {
                (Cell::Text(text, _), Cell::Ratio(0, _)) => FINISHED.contains(&text.as_str()),
                _ => false,
            };
            let asked = match over {
                true => Asked::default(),
                false => Asked { pods: 1, cpu: cpu.number(row), memory: memory.number(row) },
            };
            place.asked.add(asked);
            match node_of(row) {
                None => all.waiting.add(asked),
                Some(node) => {
                    all.asked.add(asked);
                    if let Some(node) = by_node.get_mut(node) {
                        node.asked.add(asked);
                        node.faults += fault;
                        node.restarted += usize::from(recent);
                    }
                }
            }
        }
        for (name, place) in &mut by_namespace {
            place.name = name.clone();
        }
        all.nodes = by_node.into_values().collect();
        all.nodes.sort_by(|a, b| b.fullness().cmp(&a.fullness()).then_with(|| a.name.cmp(&b.name)));
        all.namespaces = by_namespace.into_values().collect();
        let total = all.has;
        let weight = |place: &Place| {
            share(place.asked.cpu, total.cpu).max(share(place.asked.memory, total.memory))
        };
        all.namespaces.sort_by(|a, b| {
            let (a_weight, b_weight) = (weight(a), weight(b));
            b_weight
                .cmp(&a_weight)
                .then_with(|| b.asked.cpu.cmp(&a.asked.cpu))
                .then_with(|| b.asked.pods.cmp(&a.asked.pods))
                .then_with(|| a.name.cmp(&b.name))
        });
        all
    }
}

impl Place {
    /// The scarcer of CPU and memory, in thousandths of what there is.
    pub fn fullness(&self) -> i64 {
        share(self.asked.cpu, self.has.cpu).max(share(self.asked.memory, self.has.memory))
    }
}

/// `part` in thousandths of `whole`.
fn share(part: i64, whole: i64) -> i64 {
    if whole <= 0 { 0 } else { part.saturating_mul(1000) / whole }
}

/// The node that a pod runs on.
fn node_of(row: &Row) -> Option<&Text> {
    row.links.iter().find_map(|link| match link {
        Link::Ref { field, name, .. } if field == "spec.nodeName" => Some(name),
        _ => None,
    })
}
