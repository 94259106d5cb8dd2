//! A comparison to be made, as plain data.

use super::manifest::Manifest;
use super::noise::Rules;
use super::sight::Before;
use super::sources::{Ground, Released};
use crate::apps::App;
use crate::model::{AppId, Catalogue, ClusterId, Read, Text};
use crate::relations::ObjectId;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far a comparison goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Depth {
    /// Reads only: for counts in the background, and where nothing may be written.
    Reads,
    /// With rehearsals of what would be applied: they are writes to webhooks and the audit log.
    Rehearsals,
}

/// Whose manifests objects are held against.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// What an app delivers.
    App(Box<Ground>),
    /// What an app delivers, of which nothing was read yet: the engine's own reads come first. For
    /// engines that tell what they deliver from these alone.
    Unread(Box<App>, Vec<Read>),
    /// A Helm release whose record was read before.
    Release(Arc<Released>),
    /// Objects that belong to no app.
    Objects(Vec<ObjectId>),
    /// What people applied in a namespace (empty: in all) and belongs to none of these apps.
    Applied(Text, BTreeSet<AppId>),
    /// Files, and where they come from in words: `local files`.
    Manifests(Text, Vec<Manifest>),
}

impl Origin {
    /// The app whose manifests they are; None where they are no app's.
    pub fn app(&self) -> Option<&AppId> {
        match self {
            Self::App(ground) => Some(&ground.app.id),
            Self::Unread(app, _) => Some(&app.id),
            Self::Release(released) => Some(&released.app),
            Self::Objects(_) | Self::Applied(..) | Self::Manifests(..) => None,
        }
    }
}

/// Which of the objects are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Only {
    /// All of them.
    All,
    /// These. What is named here and was never deployed is told so.
    These(BTreeSet<ObjectId>),
    /// Those in this namespace.
    Namespace(Text),
}

/// A comparison to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Where the objects are.
    pub cluster: ClusterId,
    /// Kinds that are served there.
    pub catalogue: Catalogue,
    /// Whose manifests.
    pub origin: Origin,
    /// Which of its objects.
    pub only: Only,
    /// How far it goes.
    pub depth: Depth,
    /// What is not counted.
    pub rules: Arc<Rules>,
    /// What its objects were when they were seen before, for who wants to know what has changed since
    /// ([`News::Seen`](super::News::Seen)); None for who does not.
    pub before: Option<Before>,
}
