//! What an engine is: a description of how its apps are read and what can be done with them.

use super::{App, Estate, Page, Verb};
use crate::model::{
    AppId, ClusterId, EngineId, Fault, FaultKind, ObjRef, Read, Resource, Row, Text,
};
use crate::verbs::Draft;
use crate::verbs::edit::diff::DiffLine;
use serde_json::Value;
use std::fmt::Debug;

/// One object that belongs to an app, as its row of [`crate::model::Facet::App`] tells.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// What kind of object it is.
    pub resource: &'a Resource,
    /// Its row.
    pub row: &'a Row,
}

impl Member<'_> {
    /// The object.
    pub fn object(&self, cluster: ClusterId) -> ObjRef {
        ObjRef {
            cluster,
            gvr: self.resource.gvr.clone(),
            kind: self.resource.kind.clone(),
            namespace: self.row.key.namespace.clone(),
            name: self.row.key.name.clone(),
            uid: self.row.uid_text(),
        }
    }
}

/// What is known of one app.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// On which cluster.
    pub cluster: ClusterId,
    /// Its name.
    pub id: &'a AppId,
    /// The engine's own objects that stand for it: one Application; every release secret of a Helm
    /// release. Newest first where there are several.
    pub own: &'a [Member<'a>],
    /// Workloads that say they belong to it.
    pub claimed: &'a [Member<'a>],
    /// Any other row of this facet, by plural, namespace and name: a Flux source, an ApplicationSet.
    pub other: &'a dyn Fn(&str, &str, &str) -> Option<&'a Row>,
}

/// An engine. Pure: it says what it needs, and judges what came.
pub trait Engine: Debug + Sync {
    /// Which one.
    fn id(&self) -> EngineId;

    /// Kinds whose rows it reads, as (group, plural, label selector); kinds that the server does not
    /// serve cost nothing. The workloads of [`super::estate`] are watched for all engines.
    fn kinds(&self) -> &'static [(&'static str, &'static str, &'static str)];

    /// The app that a row of one of its kinds stands for, or tells about; None for rows that only
    /// others look at ([`Seen::other`]).
    fn names(&self, plural: &str, row: &Row) -> Option<AppId>;

    /// Another name by which workloads claim to belong to the app of a row: the id of an ApplySet.
    fn also_called(&self, _plural: &str, _row: &Row) -> Option<Text> {
        None
    }

    /// Names of rows that [`Engine::app`] looks at by [`Seen::other`], as (plural, namespace, name):
    /// when one of them changes, the app is read anew.
    fn looks_at(&self, _plural: &str, _row: &Row) -> Vec<(&'static str, String, String)> {
        Vec::new()
    }

    /// The app of another engine that is a part of the one this row stands for: a HelmRelease makes a
    /// Helm release, which is not an app of its own then.
    fn delivers(&self, _plural: &str, _row: &Row) -> Option<AppId> {
        None
    }

    /// The app. None where what is known is not worth a line: the workloads of an app whose own object
    /// is gone belong to nobody, unless the engine has no such objects.
    fn app(&self, seen: &Seen<'_>) -> Option<App>;

    /// Why a verb cannot be used on an app, one sentence that says what to do; None where it can.
    fn refusal(&self, verb: Verb, app: &App, estate: &Estate) -> Option<String>;

    /// The plan in the making of a verb that is not refused. What is around the app (its workloads, its
    /// sources, who delivers it, who waits for it) is in the estate. `now` in Unix seconds.
    ///
    /// # Errors
    /// The same as [`Engine::refusal`], and what else speaks against it.
    fn draft(
        &self,
        verb: Verb,
        app: &App,
        estate: &Estate,
        now: i64,
    ) -> Result<Box<dyn Draft>, Fault>;

    /// What has to be read for the page of an app. The first is the object that stands for it.
    fn page_reads(&self, app: &App, estate: &Estate) -> Vec<Read>;

    /// The page of an app, from the answers to [`Engine::page_reads`] in their order. `now` in Unix
    /// seconds.
    fn page(&self, app: &App, estate: &Estate, answers: &[Result<Value, Fault>], now: i64) -> Page;

    /// Whether the cluster keeps what was deployed, so that [`Engine::compare`] has something to compare.
    fn can_compare(&self) -> bool {
        false
    }

    /// What changed between two things that were deployed ([`super::page::Deployed::id`]), from the
    /// answers to [`Engine::page_reads`].
    ///
    /// # Errors
    /// The cluster does not keep what was deployed, or not these.
    fn compare(
        &self,
        app: &App,
        _answers: &[Result<Value, Fault>],
        (from, to): (&str, &str),
    ) -> Result<Vec<DiffLine>, Fault> {
        let what = format!("compare {from} and {to} of {}", app.id.name);
        Err(Fault::new(
            FaultKind::Input,
            what,
            format!("{} keeps no copy of what was deployed on the cluster", app.id.engine.label()),
        ))
    }
}
