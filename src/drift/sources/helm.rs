//! A Helm release: what its manifest says, applied as helm does it.

use super::{Attempt, Expected, Ground, Source, sheet};
use crate::apps::App;
use crate::apps::helm::release::Release;
use crate::apps::helm::{Standing, needs_history, standing};
use crate::drift::found::{Change, Desired, Fate, ObjectDrift, State, Writer};
use crate::drift::job::Origin;
use crate::drift::judge::{Bench, Live};
use crate::drift::rehearsal;
use crate::model::{AppId, Catalogue, Fault, Read};
use crate::relations::ObjectId;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;

/// The field manager of helm 4, which applies on the server (`kube.ManagedFieldsManager`).
pub(super) const MANAGER: &str = "helm";

/// What a release delivers, taken from its record once. It may hold passwords.
#[derive(Debug, PartialEq)]
pub struct Released {
    /// The release.
    pub app: AppId,
    desired: Desired,
    /// It is applied on the server.
    by_server: bool,
    objects: Vec<Expected>,
}

/// A release of Helm's own.
#[derive(Debug)]
pub(super) struct Helm {
    app: App,
    /// What was not read yet: the newest record, then all of them, where that is not the one that stands.
    reads: VecDeque<Read>,
    answers: Vec<Result<Value, Fault>>,
    released: Option<Result<Arc<Released>, Fault>>,
}

impl Helm {
    /// Of an app whose records were read.
    pub fn of_app(ground: Ground) -> Self {
        Self { answers: ground.answers, ..Self::unread(ground.app, Vec::new()) }
    }

    /// Of an app whose records are read so.
    pub fn unread(app: App, reads: Vec<Read>) -> Self {
        Self { app, reads: reads.into(), answers: Vec::new(), released: None }
    }

    /// Of one that was read before.
    pub fn released(released: Arc<Released>) -> Self {
        let app = App::new(released.app.clone());
        Self { released: Some(Ok(released)), ..Self::unread(app, Vec::new()) }
    }

    fn release(&self, catalogue: &Catalogue) -> Result<Arc<Released>, Fault> {
        let Standing { release, newest } = standing(&self.app, &self.answers)?;
        Ok(Arc::new(Released {
            app: self.app.id.clone(),
            desired: desired(&release, newest.as_ref()),
            by_server: release.is_applied_by_server(),
            objects: wanted(&release, catalogue)?,
        }))
    }

    fn known(&self) -> Option<&Arc<Released>> {
        self.released.as_ref()?.as_ref().ok()
    }
}

impl Source for Helm {
    fn desired(&self) -> Desired {
        let unknown = || Desired { what: "release".into(), at: 0, revision: "".into() };
        self.known().map_or_else(unknown, |released| released.desired.clone())
    }

    fn reads(&mut self, catalogue: &Catalogue) -> Vec<Read> {
        if self.released.is_some() {
            return Vec::new();
        }
        let enough = match self.answers.as_slice() {
            [] => false,
            [Ok(newest)] => !Release::of(newest).is_ok_and(|one| needs_history(&one)),
            _ => true,
        };
        if let Some(read) = self.reads.pop_front().filter(|_| !enough) {
            return vec![read];
        }
        self.released = Some(self.release(catalogue));
        self.answers = Vec::new();
        Vec::new()
    }

    fn take(&mut self, answers: Vec<Result<Value, Fault>>) {
        self.answers.extend(answers);
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        match &self.released {
            Some(Ok(released)) => Ok(released.objects.clone()),
            Some(Err(fault)) => Err(fault.clone()),
            None => Ok(Vec::new()),
        }
    }

    fn again(&self) -> Option<Origin> {
        self.known().cloned().map(Origin::Release)
    }

    fn attempt(&self, expected: &Expected, live: Live<'_>) -> Option<Attempt> {
        rehearsal::attempt(expected.manifest()?.ok()?, live, MANAGER)
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        let by_server = self.known().is_some_and(|released| released.by_server);
        let manifest = match expected.manifest() {
            Some(Ok(manifest)) => manifest,
            Some(Err(fault)) => {
                return ObjectDrift::new(expected.id.clone(), State::Unknown(fault.clone()));
            }
            None => &Value::Null,
        };
        let fate = |change: &Change, writer: Option<&Writer>| {
            if by_server { by_apply(change, writer) } else { by_merge(&expected.id) }
        };
        rehearsal::applied(&expected.id, manifest, live, tried, &fate, bench)
    }
}

/// What a release wants, in words.
pub(super) fn desired(release: &Release, newest: Option<&(u32, String)>) -> Desired {
    let mut what = format!("release v{}", release.revision());
    if let Some((number, status)) = newest {
        what = format!("{what}, the last that was deployed (v{number}: {status})");
    }
    Desired {
        what: what.into(),
        at: release.last_deployed(),
        revision: release.chart_and_version().into(),
    }
}

/// The objects of a release's manifest, each taken apart when it is compared.
///
/// # Errors
/// Which objects there are cannot be told.
pub(super) fn wanted(release: &Release, catalogue: &Catalogue) -> Result<Vec<Expected>, Fault> {
    let expected = |(id, sheet)| Expected { id, manifest: Some(sheet), told: None };
    Ok(sheet::of_release(release, catalogue)?.into_iter().map(expected).collect())
}

/// helm 4 applies on the server, and does not take from others what they wrote unless it is told to.
fn by_apply(change: &Change, writer: Option<&Writer>) -> Fate {
    let theirs = writer.filter(|one| !(one.apply && one.manager == MANAGER));
    match theirs.filter(|_| change.desired.is_some() && change.live.is_some()) {
        Some(writer) => Fate::Stays(
            format!(
                "the next helm upgrade stops at it, a conflict with {}, unless --force-conflicts",
                writer.manager
            )
            .into(),
        ),
        None => Fate::UndoneNext("the next helm upgrade undoes it".into()),
    }
}

/// helm 3 merges three ways on its own what it knows the types of; of anything else it compares the
/// manifests only, and does not see what is there (`createPatch` in Helm's `pkg/kube/client.go`).
fn by_merge(id: &ObjectId) -> Fate {
    if is_known(id) {
        Fate::UndoneNext("the next helm upgrade undoes it".into())
    } else {
        let why = "helm upgrade compares only manifests here: it stays until the chart changes it";
        Fate::Stays(why.into())
    }
}

/// A kind of the API server's own (`k8s.io/client-go/kubernetes/scheme`).
fn is_known(id: &ObjectId) -> bool {
    const GROUPS: &[&str] = &[
        "",
        "admissionregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "extensions",
        "flowcontrol.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    ];
    GROUPS.contains(&id.group.as_str())
}
