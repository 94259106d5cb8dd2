//! Objects and what holds them together, kept up to date change by change.

use super::bond::Bond;
use crate::model::{Catalogue, Cell, Health, Link, Links, Row, SubId, Text, Tone};
use std::collections::{BTreeMap, HashMap, HashSet};

/// One object on the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// API group; empty for core.
    pub group: Text,
    /// Kind.
    pub kind: Text,
    /// Namespace; empty when cluster-scoped.
    pub namespace: Text,
    /// Name.
    pub name: Text,
}

impl ObjectId {
    /// Whether it is a core Secret.
    pub fn is_secret(&self) -> bool {
        self.group.is_empty() && self.kind == "Secret"
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// What is known of an object that is there.
#[derive(Clone, Debug)]
pub struct Thing {
    /// How it is, in a few words; may be empty.
    pub status: Text,
    /// Tone of these words.
    pub tone: Tone,
    /// Its health.
    pub health: Health,
    /// Creation, Unix seconds.
    pub created: i64,
    /// Deletion was requested.
    pub terminating: bool,
    links: Links,
}

/// One step from an object to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What holds them together.
    pub bond: Bond,
    /// The other one.
    pub to: ObjectId,
    /// The fields it is said in.
    pub fields: Vec<Text>,
}

/// All objects known, and their edges.
#[derive(Debug, Default)]
pub struct Graph {
    things: HashMap<ObjectId, Thing>,
    /// Who names an object: owned objects, holders of references.
    named_by: HashMap<ObjectId, HashSet<ObjectId>>,
    selecting: HashSet<ObjectId>,
    slots: HashMap<(SubId, u32), ObjectId>,
    cluster_scoped: HashSet<(Text, Text)>,
}

impl Graph {
    /// Learns which kinds have no namespace: owner references do not say. Before the first row.
    pub fn learn_kinds(&mut self, catalogue: &Catalogue) {
        let kinds = catalogue.all().iter().filter(|resource| !resource.namespaced);
        self.cluster_scoped =
            kinds.map(|resource| (resource.gvr.group.clone(), resource.kind.clone())).collect();
    }

    /// A slot of a subscription holds this row now, or none any more.
    pub fn feed(&mut self, sub: SubId, slot: u32, kind: (&Text, &Text), row: Option<&Row>) {
        if let Some(old) = self.slots.remove(&(sub, slot)) {
            self.remove(&old);
        }
        let Some(row) = row else { return };
        let id = ObjectId {
            group: kind.0.clone(),
            kind: kind.1.clone(),
            namespace: row.key.namespace.clone(),
            name: row.key.name.clone(),
        };
        // Two subscriptions may tell of the same object.
        self.remove(&id);
        let (status, tone) = match row.cells.first() {
            Some(Cell::Text(text, tone)) => (text.clone(), *tone),
            _ => (Text::new(), Tone::Plain),
        };
        let thing = Thing {
            status,
            tone: tone.max(row.tone),
            health: row.health,
            created: row.created,
            terminating: row.terminating,
            links: row.links.clone(),
        };
        for target in self.targets(&id, &thing) {
            self.named_by.entry(target).or_default().insert(id.clone());
        }
        if thing.links.iter().any(|link| matches!(link, Link::Selects { .. })) {
            self.selecting.insert(id.clone());
        }
        self.slots.insert((sub, slot), id.clone());
        self.things.insert(id, thing);
    }

    /// Everything that came from a subscription is forgotten.
    pub fn forget(&mut self, sub: SubId) {
        let slots: Vec<(SubId, u32)> =
            self.slots.keys().filter(|(from, _)| *from == sub).copied().collect();
        for slot in slots {
            if let Some(id) = self.slots.remove(&slot) {
                self.remove(&id);
            }
        }
    }

    fn remove(&mut self, id: &ObjectId) {
        let Some(thing) = self.things.remove(id) else { return };
        for target in self.targets(id, &thing) {
            if let Some(holders) = self.named_by.get_mut(&target) {
                holders.remove(id);
                if holders.is_empty() {
                    self.named_by.remove(&target);
                }
            }
        }
        self.selecting.remove(id);
    }

    /// What is known of an object; None where it is not there, or not watched.
    pub fn get(&self, id: &ObjectId) -> Option<&Thing> {
        self.things.get(id)
    }

    /// All objects of a kind, by namespace and name.
    pub fn of_kind(&self, group: &str, kind: &str) -> Vec<ObjectId> {
        let of_kind = |id: &&ObjectId| id.kind == kind && id.group == group;
        let mut found: Vec<ObjectId> = self.things.keys().filter(of_kind).cloned().collect();
        found.sort();
        found
    }

    fn targets(&self, of: &ObjectId, thing: &Thing) -> Vec<ObjectId> {
        thing.links.iter().filter_map(|link| self.target(of, link)).collect()
    }

    /// Whom a link names.
    fn target(&self, of: &ObjectId, link: &Link) -> Option<ObjectId> {
        let (group, kind, namespace, name) = match link {
            Link::Owner { api_version, kind, name } => {
                let group = api_version.split_once('/').map_or("", |(group, _)| group);
                (Text::from(group), kind, &of.namespace, name)
            }
            Link::Ref { group, kind, namespace, name, .. } => {
                (group.clone(), kind, namespace, name)
            }
            _ => return None,
        };
        let scoped = self.cluster_scoped.contains(&(group.clone(), kind.clone()));
        let namespace = if scoped { Text::new() } else { namespace.clone() };
        Some(ObjectId { group, kind: kind.clone(), namespace, name: name.clone() })
    }

    /// What an object holds: owned ones, what it selects, uses and routes to.
    pub fn down(&self, id: &ObjectId) -> Vec<Edge> {
        let mut edges = Edges::default();
        for (holder, link) in self.naming(id) {
            match link {
                Link::Owner { .. } => edges.add(Bond::Owns, holder, None),
                Link::Ref { field, .. } if is_turned(field) => {
                    edges.add(Bond::Routes, holder, Some(field));
                }
                _ => {}
            }
        }
        for link in self.links(id) {
            match link {
                Link::Ref { field, .. } if !is_turned(field) => {
                    if let Some(target) = self.target(id, link) {
                        edges.add(Bond::of(&id.kind, field, &target.kind), &target, Some(field));
                    }
                }
                Link::Selects { field, group, kind, .. } => {
                    for target in self.things.keys().filter(|to| to.kind == *kind) {
                        if target.group == *group && self.selects(link, target, false) {
                            edges.add(Bond::Selects, target, Some(field));
                        }
                    }
                }
                _ => {}
            }
        }
        edges.sorted()
    }

    /// What an object owns, by kind and name. Cheap also where many name it.
    pub fn owned(&self, id: &ObjectId) -> Vec<ObjectId> {
        let holders = self.named_by.get(id).into_iter().flatten();
        let owns = |holder: &&ObjectId| {
            self.links(holder).any(|link| {
                matches!(link, Link::Owner { .. }) && self.target(holder, link).as_ref() == Some(id)
            })
        };
        let mut found: Vec<ObjectId> = holders.filter(owns).cloned().collect();
        found.sort();
        found
    }

    /// What holds an object.
    pub fn up(&self, id: &ObjectId) -> Vec<Edge> {
        let mut edges = Edges::default();
        for link in self.links(id) {
            let Some(target) = self.target(id, link) else { continue };
            match link {
                Link::Owner { .. } => edges.add(Bond::Owns, &target, None),
                Link::Ref { field, .. } if is_turned(field) => {
                    edges.add(Bond::Routes, &target, Some(field));
                }
                _ => {}
            }
        }
        for (holder, link) in self.naming(id) {
            if let Link::Ref { field, .. } = link
                && !is_turned(field)
            {
                edges.add(Bond::of(&holder.kind, field, &id.kind), holder, Some(field));
            }
        }
        for holder in &self.selecting {
            for link in self.links(holder) {
                if let Link::Selects { field, .. } = link
                    && holder != id
                    && self.selects(link, id, true)
                {
                    edges.add(Bond::Selects, holder, Some(field));
                }
            }
        }
        edges.sorted()
    }

    /// The links of an object, as its row has them.
    pub(super) fn links_of(&self, id: &ObjectId) -> impl Iterator<Item = &Link> {
        self.links(id)
    }

    fn links(&self, id: &ObjectId) -> impl Iterator<Item = &Link> {
        self.things.get(id).into_iter().flat_map(|thing| thing.links.iter())
    }

    /// Links of others that name this object.
    fn naming<'g>(&'g self, id: &'g ObjectId) -> impl Iterator<Item = (&'g ObjectId, &'g Link)> {
        let holders = self.named_by.get(id).into_iter().flatten();
        holders.flat_map(move |holder| {
            let links = self.links(holder);
            links
                .filter(move |link| self.target(holder, link).as_ref() == Some(id))
                .map(move |link| (holder, link))
        })
    }

    /// Whether a selector finds an object, or (where `makes`) the pods it makes.
    fn selects(&self, selects: &Link, id: &ObjectId, makes: bool) -> bool {
        let Link::Selects { group, kind, namespace, labels, .. } = selects else { return false };
        if !namespace.is_empty() && *namespace != id.namespace {
            return false;
        }
        self.links(id).any(|link| match link {
            Link::Labels(own) => {
                id.kind == *kind
                    && id.group == *group
                    && crate::model::selector::matches(labels, own)
            }
            Link::Makes(own) => {
                makes && kind == "Pod" && crate::model::selector::matches(labels, own)
            }
            _ => false,
        })
    }
}

/// References that their targets hold in truth: a route hangs on its Gateway, a slice on its Service.
fn is_turned(field: &str) -> bool {
    matches!(field, "spec.parentRefs" | "kubernetes.io/service-name")
}

/// Edges by bond and object: an object named in three fields is one edge.
#[derive(Default)]
struct Edges(BTreeMap<(Bond, ObjectId), Vec<Text>>);

impl Edges {
    fn add(&mut self, bond: Bond, to: &ObjectId, field: Option<&Text>) {
        let fields = self.0.entry((bond, to.clone())).or_default();
        if let Some(field) = field.filter(|field| !fields.contains(field)) {
            fields.push(field.clone());
        }
    }

    fn sorted(self) -> Vec<Edge> {
        self.0.into_iter().map(|((bond, to), fields)| Edge { bond, to, fields }).collect()
    }
}
