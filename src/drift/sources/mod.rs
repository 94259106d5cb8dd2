//! Where "desired" comes from: one file per source. A source says what it must read, and judges one
//! object at a time.

mod applied;
mod argo;
mod copies;
mod helm;
mod helm_release;
#[cfg(test)]
mod helm_tests;
mod ignore;
mod kustomization;
mod last_applied;
mod local;
mod members;
mod sheet;
mod unread;

use super::found::{Desired, ObjectDrift};
use super::job::Origin;
use super::judge::{Bench, Live};
use super::manifest::Manifest;
use crate::apps::App;
use crate::apps::page::Delivered;
use crate::model::{AppId, Catalogue, EngineId, Fault, Read, Text};
use crate::relations::ObjectId;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

pub use helm::Released;
pub use sheet::Sheet;

/// An object that somebody deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Which object.
    pub id: ObjectId,
    /// The manifest, where the source has one beside the object itself.
    pub manifest: Option<Arc<Sheet>>,
    /// What its engine says of it; None where no engine does.
    pub told: Option<Delivered>,
}

impl Expected {
    /// The manifest; None where the source has none.
    pub fn manifest(&self) -> Option<Result<&Value, &Fault>> {
        self.manifest.as_deref().map(Sheet::value)
    }
}

/// A server-side apply that is only rehearsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// What is applied.
    pub manifest: Value,
    /// As which field manager.
    pub manager: Text,
}

/// What an app is, for whoever looks for its manifests.
#[derive(Clone, Debug, PartialEq)]
pub struct Ground {
    /// The app.
    pub app: App,
    /// Answers to its engine's [`crate::apps::Engine::page_reads`], in their order.
    pub answers: Vec<Result<Value, Fault>>,
    /// What its engine delivers, from its page.
    pub delivered: Vec<Delivered>,
    /// Its engine's own comparison.
    pub own: Own,
}

/// What an engine that compares by itself found (Argo CD), as it keeps it for its web page.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Own {
    /// Nobody asked for it.
    #[default]
    Unasked,
    /// As the engine keeps it.
    Read(Arc<str>),
    /// It could not be read, and why: the comparison is made without.
    Unread(Text),
}

/// Where "desired" comes from.
pub trait Source: Debug + Send {
    /// What it is, for the header. Asked again after everything was read.
    fn desired(&self) -> Desired;

    /// Why it is not as exact as was asked for; empty where it is, or nobody asked.
    fn shortfall(&self) -> Text {
        Text::new()
    }

    /// What it must read before it can tell or judge; asked again after each round until it is empty.
    fn reads(&mut self, _catalogue: &Catalogue) -> Vec<Read> {
        Vec::new()
    }

    /// The answers to [`Source::reads`], in their order.
    fn take(&mut self, _answers: Vec<Result<Value, Fault>>) {}

    /// What was deployed, in the order of display.
    ///
    /// # Errors
    /// Why that cannot be told.
    fn objects(&self) -> Result<Vec<Expected>, Fault>;

    /// What to begin with where the same is compared again, so that nothing is read twice; None where that is
    /// what it began with this time. Asked when the objects are known.
    fn again(&self) -> Option<Origin> {
        None
    }

    /// An object as it was read while the source looked for it, as JSON text; None where it has to be read
    /// still. It says what it is (`apiVersion`, `kind`). Asked once for each.
    fn kept(&mut self, _id: &ObjectId) -> Option<String> {
        None
    }

    /// Expressions in jq whose places must be known before an object is judged, with the values that they
    /// are asked of; None where there are none.
    fn expressions(
        &self,
        _expected: &Expected,
        _live: &Value,
        _bench: &Bench<'_>,
    ) -> Option<(Vec<Text>, Vec<Value>)> {
        None
    }

    /// The answer to [`Source::expressions`], as [`crate::model::ErrandAsk::Jq`] has it.
    fn evaluated(&mut self, _id: &ObjectId, _of: &[Text], _answer: Result<Value, Fault>) {}

    /// What to rehearse so that the comparison becomes exact; None where nothing does. Not asked where
    /// nothing may be rehearsed.
    fn attempt(&self, _expected: &Expected, _live: Live<'_>) -> Option<Attempt> {
        None
    }

    /// How an object is. `tried` is the answer to its [`Source::attempt`]: the object as it would be.
    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift;

    /// How an object is whose kind the server does not serve; None for what is said of all such.
    fn unserved(&self, _expected: &Expected) -> Option<ObjectDrift> {
        None
    }
}

/// Whether the source finds out by itself what was deployed: an inventory on the engine's object, which older
/// controllers do not keep, is not needed.
pub(super) fn tells_itself(engine: EngineId) -> bool {
    matches!(engine, EngineId::Helm | EngineId::HelmRelease)
}

/// The source for an app.
pub(super) fn of_app(ground: Ground) -> Box<dyn Source> {
    match ground.app.id.engine {
        EngineId::ArgoCd => Box::new(argo::Argo::new(ground)),
        EngineId::ApplicationSet => Box::new(argo::Set::new(ground)),
        EngineId::Helm => Box::new(helm::Helm::of_app(ground)),
        EngineId::Kustomization | EngineId::ResourceSet => {
            Box::new(kustomization::Kustomization::of_app(ground))
        }
        EngineId::HelmRelease => Box::new(helm_release::HelmRelease::of_app(ground)),
        _ => Box::new(last_applied::LastApplied::of_app(ground)),
    }
}

/// The source for an app of which nothing was read yet.
pub(super) fn of_unread(app: App, reads: Vec<Read>) -> Box<dyn Source> {
    if app.id.engine == EngineId::Helm {
        return Box::new(helm::Helm::unread(app, reads));
    }
    Box::new(unread::Unread::new(app, reads))
}

/// The source for a release whose record was read before.
pub(super) fn of_release(released: Arc<Released>) -> Box<dyn Source> {
    Box::new(helm::Helm::released(released))
}

/// The source for objects that belong to no app.
pub(super) fn of_objects(objects: Vec<ObjectId>) -> Box<dyn Source> {
    Box::new(last_applied::LastApplied::of_objects(objects))
}

/// The source for what people applied in a namespace (empty: in all) and belongs to none of these apps.
pub(super) fn of_applied(namespace: Text, apps: BTreeSet<AppId>) -> Box<dyn Source> {
    Box::new(applied::Applied::new(namespace, apps))
}

/// The source of files; `what` says where they come from.
pub(super) fn of_manifests(what: Text, manifests: Vec<Manifest>) -> Box<dyn Source> {
    Box::new(local::Local::new(what, manifests))
}
