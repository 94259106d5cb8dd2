//! From what somebody points at to the pods whose logs are meant.

use super::super::listwatch::{Freshness, Source};
use super::super::session::Session;
use super::super::wire::{self, Ask};
use crate::kinds::selector_of;
use crate::model::{Fault, FaultKind, Gvr, LogTarget, ObjRef, Text};
use std::rc::Rc;

/// What is watched for one target.
#[derive(Debug)]
pub(super) enum Aim {
    /// Pods.
    Pods(Source, Ends),
    /// The jobs that this CronJob (its uid) makes, and the pods of each.
    Jobs(Source, Text),
}

/// When no more lines can come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// New pods may always come.
    Never,
    /// With the pod of this name.
    WithPod(Text, Text),
    /// When this job is done: where it is, and its name.
    WithJob(Text, Text),
}

/// Pods in a namespace (empty: in all), by labels or by fields.
fn pods(what: String, namespace: &Text, labels: Text, fields: Text) -> Source {
    list(what, Gvr::new("", "v1", "pods"), namespace, labels, fields)
}

/// What is listed and watched for one target.
pub(super) fn list(what: String, gvr: Gvr, namespace: &Text, labels: Text, fields: Text) -> Source {
    Source {
        what,
        gvr,
        namespace: (!namespace.is_empty()).then(|| namespace.clone()),
        labels,
        fields,
        accept: (wire::JSON, wire::JSON),
        proto: None,
        // What is asked for now is about what runs now.
        first: Freshness::Latest,
        limit: 0,
    }
}

/// The pods of a job, by the labels that its controller gives them.
pub(super) fn of_job(namespace: &Text, name: &str, labels: Text) -> Source {
    pods(format!("pods of Job/{name} in {namespace}"), namespace, labels, Text::new())
}

/// Finds out where the pods of a target are.
pub(super) async fn aim(session: &Rc<Session>, target: &LogTarget) -> Result<Aim, Fault> {
    let object = match target {
        LogTarget::Selector { namespace, labels } => {
            let place = match &**namespace {
                "" => "all namespaces",
                name => name,
            };
            let what = format!("pods with {labels} in {place}");
            let source = pods(what, namespace, labels.clone(), Text::new());
            return Ok(Aim::Pods(source, Ends::Never));
        }
        LogTarget::Object(object) => object,
    };
    let ObjRef { gvr, namespace, name, .. } = object;
    match (&*gvr.group, &*gvr.plural) {
        ("", "pods") => {
            let what = format!("pod {name} in {namespace}");
            let source = pods(what, namespace, Text::new(), format!("metadata.name={name}").into());
            Ok(Aim::Pods(source, Ends::WithPod(namespace.clone(), name.clone())))
        }
        ("batch", "cronjobs") => {
            let json = read(session, object).await?;
            let what = format!("jobs of {object} in {namespace}");
            let jobs = Gvr::new("batch", "v1", "jobs");
            let source = list(what, jobs, namespace, Text::new(), Text::new());
            Ok(Aim::Jobs(source, uid(&json).into()))
        }
        (group, plural) => {
            let json = read(session, object).await?;
            let Some(labels) = selector_of(&json) else {
                let why = format!("a {} selects no pods", object.kind.to_lowercase());
                let why = match (group, plural) {
                    ("", "services") => "this service has no selector: its endpoints are set by \
                                         somebody else"
                        .to_owned(),
                    _ => why,
                };
                return Err(Fault::new(FaultKind::Input, format!("logs of {object}"), why)
                    .hint("name a pod, a workload, a service, a job or a label selector"));
            };
            let what = format!("pods of {object} in {namespace}");
            let ends = match (group, plural) {
                ("batch", "jobs") => Ends::WithJob(namespace.clone(), name.clone()),
                _ => Ends::Never,
            };
            Ok(Aim::Pods(pods(what, namespace, labels.into(), Text::new()), ends))
        }
    }
}

async fn read(session: &Rc<Session>, object: &ObjRef) -> Result<Vec<u8>, Fault> {
    let path = object.gvr.object_path(&object.namespace, &object.name);
    let what = format!("logs of {object}");
    let ask = Ask::get(what, path, session.link.timing.get);
    wire::whole(&session.link, &ask).await.map(|(_, body)| body).map_err(|no| no.fault)
}

/// The uid of an object.
fn uid(json: &[u8]) -> String {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Whole {
        metadata: Metadata,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Metadata {
        uid: String,
    }
    serde_json::from_slice::<Whole>(json).unwrap_or_default().metadata.uid
}
