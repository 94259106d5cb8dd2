//! The tree of an object or of all objects of a kind, as lines.
//!
//! Below an object stands what it holds; below the root also what holds it or anything it owns, with
//! the word in that direction, and above that only what holds *that*. What a workload's template
//! names is said once, at the top; further down only what differs.

use super::bond::Bond;
use super::graph::{Edge, Graph, ObjectId};
use crate::model::{Health, Text, Tone};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Lines made at most: what is more is said in a line of its own.
const MOST: usize = 20_000;
/// Steps from the root at most.
const DEEPEST: usize = 16;

/// Whether an object that is named is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is there.
    Here,
    /// Its kind is watched, and it is not there.
    Missing,
    /// Its kind is not watched, or not known yet.
    Unknown,
}

/// One line of a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which object.
    pub id: ObjectId,
    /// Where in the tree: the same object may stand in several places.
    pub place: u64,
    /// Steps from the root.
    pub depth: usize,
    /// What holds it to the line above: `mounts`; empty for roots.
    pub word: &'static str,
    /// The fields this is said in.
    pub fields: Vec<Text>,
    /// How it is, in a few words.
    pub status: Text,
    /// Tone of these words.
    pub tone: Tone,
    /// Its health.
    pub health: Health,
    /// Whether it is there.
    pub presence: Presence,
    /// Something stands below it; None for a leaf, else whether that is shown.
    pub open: Option<bool>,
}

/// How a tree is shown.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The objects at the top.
    pub roots: Vec<ObjectId>,
    /// Words that a line must have, or one below or above it.
    pub filter: String,
    /// Which branches are folded.
    pub folds: Folds,
}

/// Which branches of a tree are folded, by [`place`].
#[derive(Clone, Debug, Default)]
pub struct Folds(HashSet<u64>);

impl Folds {
    /// What is below a place is shown.
    pub fn is_open(&self, place: u64) -> bool {
        !self.0.contains(&place)
    }

    /// Folds or unfolds what is below a place.
    pub fn toggle(&mut self, place: u64) {
        if !self.0.remove(&place) {
            self.0.insert(place);
        }
    }

    /// Folds all these branches, or unfolds all when one is folded.
    pub fn toggle_all(&mut self, branches: impl Iterator<Item = u64>) {
        if self.0.is_empty() {
            self.0.extend(branches);
        } else {
            self.0.clear();
        }
    }
}

/// A place in a tree: what stands there, below which other place. The same object may stand in several.
pub fn place(above: u64, what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (above, what).hash(&mut hasher);
    hasher.finish()
}

impl Tree {
    /// The tree below these objects, unfolded.
    pub fn new(roots: Vec<ObjectId>) -> Self {
        Self { roots, ..Self::default() }
    }

    /// Folds every branch of these lines, or unfolds all when one is folded.
    pub fn toggle_all(&mut self, lines: &[Line]) {
        self.folds.toggle_all(lines.iter().filter(|l| l.open.is_some()).map(|line| line.place));
    }

    /// The lines. `watched` says whether all objects of a kind in a namespace are known.
    pub fn lines(&self, graph: &Graph, watched: &dyn Fn(&ObjectId) -> bool) -> Vec<Line> {
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let mut walk = Walk { tree: self, graph, watched, words, lines: Vec::new() };
        for root in &self.roots {
            let step = Step { depth: 0, word: "", fields: Vec::new(), up: false };
            walk.visit(root, step, 0, &mut vec![], &HashSet::new());
        }
        walk.lines
    }
}

struct Walk<'w> {
    tree: &'w Tree,
    graph: &'w Graph,
    watched: &'w dyn Fn(&ObjectId) -> bool,
    words: Vec<String>,
    lines: Vec<Line>,
}

struct Step {
    depth: usize,
    word: &'static str,
    fields: Vec<Text>,
    /// Towards what holds it: only further up from there.
    up: bool,
}

impl Walk<'_> {
    /// Adds an object and what is below it. Returns whether the filter keeps any of it.
    fn visit(
        &mut self,
        id: &ObjectId,
        step: Step,
        above: u64,
        path: &mut Vec<ObjectId>,
        said: &HashSet<ObjectId>,
    ) -> bool {
        if self.lines.len() >= MOST {
            return false;
        }
        let place = place(above, (id, step.up));
        let (down, up) = self.below(id, &step, path, said);
        let thing = self.graph.get(id);
        let leaf = down.is_empty() && up.is_empty();
        let open = self.tree.folds.is_open(place) || !self.words.is_empty();
        let optional = step.fields.iter().all(|field| field.ends_with("(optional)"));
        let presence = match thing {
            Some(_) => Presence::Here,
            None if (self.watched)(id) => Presence::Missing,
            None => Presence::Unknown,
        };
        let (status, tone) = match (thing, presence) {
            (Some(thing), _) => (thing.status.clone(), thing.tone),
            (None, Presence::Missing) if optional && !step.fields.is_empty() => {
                (arcstr::literal!("not there (optional)"), Tone::Dim)
            }
            (None, Presence::Missing) => (arcstr::literal!("not there"), Tone::Bad),
            (None, _) => (Text::new(), Tone::Dim),
        };
        let at = self.lines.len();
        let depth = step.depth;
        self.lines.push(Line {
            id: id.clone(),
            place,
            depth,
            word: step.word,
            fields: step.fields,
            status,
            tone,
            health: thing.map_or(Health::None, |thing| thing.health),
            presence,
            open: (!leaf).then_some(open),
        });
        let mut kept = self.matches(at);
        if open && depth < DEEPEST {
            let mut told = said.clone();
            told.extend(down.iter().filter(|e| is_use(e.bond)).map(|edge| edge.to.clone()));
            path.push(id.clone());
            for (edges, upwards) in [(down, false), (up, true)] {
                for edge in edges {
                    let word = if upwards { edge.bond.up() } else { edge.bond.down() };
                    let step = Step { depth: depth + 1, word, fields: edge.fields, up: upwards };
                    kept |= self.visit(&edge.to, step, place, path, &told);
                }
            }
            path.pop();
        }
        if !kept {
            self.lines.truncate(at);
        }
        kept
    }

    fn matches(&self, at: usize) -> bool {
        let line = &self.lines[at];
        if self.words.is_empty() {
            return true;
        }
        let id = &line.id;
        let text =
            format!("{}/{} {} {} {}", id.kind, id.name, id.namespace, line.word, line.status);
        let text = text.to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }

    fn below(
        &self,
        id: &ObjectId,
        step: &Step,
        path: &[ObjectId],
        said: &HashSet<ObjectId>,
    ) -> (Vec<Edge>, Vec<Edge>) {
        let fresh = |edge: &Edge| edge.to != *id && !path.contains(&edge.to);
        if step.up {
            let up = self.graph.up(id).into_iter().filter(|e| fresh(e) && is_shown(e));
            return (Vec::new(), up.collect());
        }
        let down = self.graph.down(id).into_iter().filter(|edge| {
            fresh(edge)
                && is_shown(edge)
                && !(is_use(edge.bond) && (said.contains(&edge.to) || is_everywhere(&edge.to)))
                // Where a pod runs is worth a line only when the pod itself is looked at.
                && (edge.bond != Bond::RunsOn || step.depth == 0)
        });
        let mut down: Vec<Edge> = down.collect();
        // The newest ReplicaSet first; older ones without pods are history.
        down.retain(|edge| edge.to.kind != "ReplicaSet" || self.is_alive(edge, id));
        let up = if step.depth == 0 { self.holders(id) } else { Vec::new() };
        (down, up)
    }

    /// Whether a ReplicaSet has pods, or is the newest of its owner.
    fn is_alive(&self, edge: &Edge, owner: &ObjectId) -> bool {
        let created = |id: &ObjectId| self.graph.get(id).map_or(0, |thing| thing.created);
        let owned =
            |id: &ObjectId| self.graph.down(id).into_iter().filter(|e| e.bond == Bond::Owns);
        edge.bond != Bond::Owns
            || owned(&edge.to).next().is_some()
            || !owned(owner).any(|other| {
                other.to.kind == edge.to.kind && created(&other.to) > created(&edge.to)
            })
    }

    /// What holds the root or anything it owns, said once.
    fn holders(&self, root: &ObjectId) -> Vec<Edge> {
        let mut inside = vec![root.clone()];
        let mut known: HashSet<ObjectId> = inside.iter().cloned().collect();
        let mut at = 0;
        while at < inside.len() && inside.len() < MOST {
            for edge in self.graph.down(&inside[at]) {
                if edge.bond == Bond::Owns && known.insert(edge.to.clone()) {
                    inside.push(edge.to);
                }
            }
            at += 1;
        }
        let mut holders: Vec<Edge> = Vec::new();
        for (at, id) in inside.iter().enumerate() {
            for edge in self.graph.up(id) {
                let owner_within = edge.bond == Bond::Owns && at > 0;
                let twice = holders.iter().any(|known| known.to == edge.to);
                if !owner_within && !known.contains(&edge.to) && !twice && is_shown(&edge) {
                    holders.push(edge);
                }
            }
        }
        holders.sort_by(|a, b| (a.bond, &a.to).cmp(&(b.bond, &b.to)));
        holders
    }
}

/// A reference from a pod or its template.
fn is_use(bond: Bond) -> bool {
    matches!(bond, Bond::Mounts | Bond::EnvFrom | Bond::PullsWith | Bond::RunsAs | Bond::Refers)
}

/// What every pod has.
pub(super) fn is_everywhere(id: &ObjectId) -> bool {
    matches!(
        (id.kind.as_str(), id.name.as_str()),
        ("ServiceAccount", "default") | ("ConfigMap", "kube-root-ca.crt")
    )
}

/// Bookkeeping of controllers is left out.
pub(super) fn is_shown(edge: &Edge) -> bool {
    !matches!(edge.to.kind.as_str(), "EndpointSlice" | "Endpoints" | "ControllerRevision" | "Lease")
}
