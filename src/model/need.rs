//! What a pane needs to see, and what comes back for it.
//!
//! A subscription is (cluster, kind, scope, selectors, facet). Panes declare needs; equal needs share
//! one subscription, and one table in the store.

use super::{ClusterId, Fault, Gvr, Key, Row, Schema, Text};
use std::sync::Arc;

/// Which part of each object a pane asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    /// One row per object.
    Row,
    /// [`Facet::Row`] with one column more: who manages each object.
    Managed,
    /// One row per container of each pod; used with a need for a single pod.
    Containers,
    /// One row per object with every link that relations are made of, and one cell: how it is.
    /// Tables do without, so that their rows stay small.
    Links,
    /// Roles and bindings with what they say in one cell (JSON), for who may do what.
    Rules,
    /// What the list of apps is made of: of an engine's own objects what they tell about their app, of
    /// workloads which app they belong to. Objects that say nothing about any app have no row.
    App,
    /// What rollouts are judged from, of each object the fields that are looked at in one cell (JSON).
    Rollout,
}

impl Facet {
    /// Its rows are objects, with the columns of their kind.
    pub fn is_of_objects(self) -> bool {
        matches!(self, Self::Row | Self::Managed)
    }
}

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All namespaces, or a cluster-scoped kind.
    All,
    /// These namespaces, each listed by itself: sorted, without duplicates, at most eight.
    Namespaces(Vec<Text>),
}

/// What a pane needs to see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// On which cluster.
    pub cluster: ClusterId,
    /// Which resource type.
    pub gvr: Gvr,
    /// Where.
    pub scope: Scope,
    /// Label selector, as the API takes it; empty for none.
    pub labels: Text,
    /// Field selector, as the API takes it; empty for none.
    pub fields: Text,
    /// Which part of each object.
    pub facet: Facet,
}

/// Handle of a subscription; never used again after it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubId(pub u64);

/// One change of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The object is there, like this.
    Upsert(Row),
    /// The object is gone.
    Delete(Key),
}

impl Change {
    /// The row it is about.
    pub fn key(&self) -> &Key {
        match self {
            Self::Upsert(row) => &row.key,
            Self::Delete(key) => key,
        }
    }
}

/// What happens on a subscription. A subscription over several namespaces has one part for each;
/// parts are numbered from 0 in the order of the scope.
#[derive(Clone, Debug)]
pub enum SubEvent {
    /// The columns, before the first row; again when they changed (a CRD was edited).
    Schema(Arc<Schema>),
    /// A new complete list of this part starts: rows not seen until `Complete` are gone.
    /// Until then the old ones stay.
    Begin {
        /// Which part.
        part: u16,
    },
    /// Rows changed.
    Changes {
        /// Which part.
        part: u16,
        /// At most one per key; in any order.
        changes: Vec<Change>,
    },
    /// The list of this part is complete.
    Complete {
        /// Which part.
        part: u16,
    },
    /// The stream of this part changed its state.
    State {
        /// Which part.
        part: u16,
        /// How it is now.
        state: WatchState,
    },
    /// Objects that could not be read were left out: how many so far, and the newest reason.
    Skipped {
        /// Since the subscription started.
        count: u64,
        /// Why the last one was skipped (sanitised).
        sample: String,
    },
}

/// State of one list/watch stream, as drawn in the header.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchState {
    /// Asked for; nothing has answered yet.
    Waiting,
    /// The list arrives. How many rows it will have is not known: a server counts only what it
    /// leaves out of a page, and this list is none.
    Listing {
        /// Rows received.
        rows: u64,
        /// Rows per second so far; 0 while it is too early to tell.
        per_second: u64,
    },
    /// Watching: what is shown is what is there.
    Live,
    /// The stream broke; rows stay and are stale since then.
    Broken {
        /// Unix seconds of the last sign of life.
        since: i64,
        /// Unix seconds of the next attempt.
        retry_at: i64,
        /// Why.
        why: Fault,
    },
    /// The server says no; tried again slowly.
    Denied(Fault),
    /// The server does not serve this (any more).
    NotServed(Fault),
}
