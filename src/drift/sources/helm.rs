//! A Helm release: what its manifest says, applied as helm does it.

use super::{Attempt, Expected, Ground, Source};
use crate::apps::helm::release::Release;
use crate::apps::helm::{Standing, manifest, standing};
use crate::apps::page::Delivered;
use crate::drift::found::{Change, Desired, Fate, ObjectDrift, Writer};
use crate::drift::judge::{Bench, Live};
use crate::drift::rehearsal;
use crate::model::{Catalogue, Fault, Read};
use crate::relations::ObjectId;
use serde_json::Value;

/// The field manager of helm 4, which applies on the server (`kube.ManagedFieldsManager`).
pub(super) const MANAGER: &str = "helm";

/// A release of Helm's own.
#[derive(Debug)]
pub(super) struct Helm {
    standing: Result<Standing, Fault>,
    delivered: Vec<Delivered>,
    objects: Result<Vec<Expected>, Fault>,
}

impl Helm {
    /// Of an app.
    pub fn of_app(ground: Ground) -> Self {
        let standing = standing(&ground.app, &ground.answers);
        Self { standing, delivered: ground.delivered, objects: Ok(Vec::new()) }
    }
}

impl Source for Helm {
    fn desired(&self) -> Desired {
        match &self.standing {
            Ok(Standing { release, newest }) => desired(release, newest.as_ref()),
            Err(_) => Desired { what: "release".into(), at: 0, revision: "".into() },
        }
    }

    fn reads(&mut self, catalogue: &Catalogue) -> Vec<Read> {
        self.objects = match &self.standing {
            Ok(standing) => wanted(&standing.release, catalogue, &self.delivered),
            Err(fault) => Err(fault.clone()),
        };
        Vec::new()
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        self.objects.clone()
    }

    fn attempt(&self, expected: &Expected, live: Live<'_>) -> Option<Attempt> {
        rehearsal::attempt(expected.manifest.as_ref()?, live, MANAGER)
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        let by_server =
            self.standing.as_ref().is_ok_and(|standing| standing.release.is_applied_by_server());
        let manifest = expected.manifest.as_ref().unwrap_or(&Value::Null);
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

/// The objects of a release's manifest as Helm sends them. Hooks come and go by themselves, and what is
/// in a chart's `crds/` is only ever created: neither is in the manifest.
///
/// # Errors
/// A document of the manifest cannot be read: without it nothing could be told of all objects.
pub(super) fn wanted(
    release: &Release,
    catalogue: &Catalogue,
    delivered: &[Delivered],
) -> Result<Vec<Expected>, Fault> {
    let (items, unreadable) = manifest::items(release.manifest());
    if let Some(why) = unreadable.into_iter().next() {
        let what = format!("read the manifest of v{}", release.revision());
        return Err(Fault::new(crate::model::FaultKind::Invalid, what, why));
    }
    let expected = |item: manifest::Item| {
        let id = item.id(catalogue, release.namespace());
        let told = delivered.iter().find(|one| one.id == id && one.hook.is_empty());
        let manifest = Some(item.sent(&id.namespace, release));
        Expected { told: told.cloned(), id, manifest }
    };
    Ok(items.into_iter().filter(|item| !item.name().is_empty()).map(expected).collect())
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
