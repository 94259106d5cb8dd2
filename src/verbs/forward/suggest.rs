//! What an object tells about itself before anything is forwarded: its ports, the annotations that
//! people of k9s put there, and whose pod it is.

use crate::model::{Gvr, ObjRef, Text};
use crate::text::sanitise;
use serde_json::Value;

/// Ports to open, in the form `container::[local:]remote`, with commas.
const ANNOTATIONS: [&str; 2] = ["k9scli.io/auto-port-forwards", "k9scli.io/port-forwards"];

/// What is known of an object.
#[derive(Debug)]
pub(super) struct Facts {
    /// Declared TCP ports with their names.
    ports: Vec<(u16, String)>,
    /// As the annotations say, ready to be typed.
    annotated: String,
    /// The workload that has other pods when this one is gone.
    pub(super) owner: Option<ObjRef>,
}

impl Facts {
    /// `container` limits what a pod suggests; empty for all of its containers.
    pub(super) fn read(object: &ObjRef, container: &str, json: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(json).ok()?;
        let spec = &value["spec"];
        let ports = match &*object.gvr.plural {
            "services" => declared(&spec["ports"], "port"),
            "pods" => of_containers(spec, container),
            _ => of_containers(&spec["template"]["spec"], ""),
        };
        let annotations = &value["metadata"]["annotations"];
        let annotated = ANNOTATIONS.iter().filter_map(|name| annotations[*name].as_str()).next();
        Some(Self {
            ports,
            annotated: annotated.map(typed).unwrap_or_default(),
            owner: (&*object.gvr.plural == "pods" && object.gvr.group.is_empty())
                .then(|| owner(object, &value["metadata"]))
                .flatten(),
        })
    }

    /// The ports in words.
    pub(super) fn declared(&self) -> String {
        let words = |(number, name): &(u16, String)| match name.as_str() {
            "" => number.to_string(),
            name => format!("{number} ({name})"),
        };
        self.ports.iter().map(words).collect::<Vec<_>>().join(", ")
    }

    /// What is typed already when the form opens.
    pub(super) fn suggested(&self) -> String {
        if !self.annotated.is_empty() {
            return self.annotated.clone();
        }
        match self.ports.first() {
            // Ports below 1024 are not for everybody.
            Some((port @ ..1024, _)) => format!("{}:{port}", port + 8000),
            Some((port, _)) => port.to_string(),
            None => String::new(),
        }
    }
}

fn declared(list: &Value, key: &str) -> Vec<(u16, String)> {
    let tcp = |port: &&Value| matches!(port["protocol"].as_str(), None | Some("TCP"));
    let read = |port: &Value| {
        let name = sanitise::clean(port["name"].as_str().unwrap_or_default()).into_owned();
        Some((u16::try_from(port[key].as_u64()?).ok()?, name))
    };
    list.as_array().into_iter().flatten().filter(tcp).filter_map(read).collect()
}

fn of_containers(spec: &Value, only: &str) -> Vec<(u16, String)> {
    // Sidecars stand among the init containers.
    let lists = ["containers", "initContainers"];
    let containers = lists.iter().flat_map(|list| spec[*list].as_array().into_iter().flatten());
    let wanted = |container: &&Value| only.is_empty() || container["name"] == only;
    containers
        .filter(wanted)
        .flat_map(|container| declared(&container["ports"], "containerPort"))
        .collect()
}

/// `web::9090:http, sidecar::8081` as it is typed here: `9090:http 8081`.
fn typed(annotation: &str) -> String {
    let ports = annotation.split(',').filter_map(|part| {
        let (_, port) = part.trim().rsplit_once("::").unwrap_or(("", part.trim()));
        super::port(port).ok()
    });
    ports.map(|port| super::written(&port)).collect::<Vec<_>>().join(" ")
}

/// The workload a pod belongs to. A ReplicaSet is only a revision of one: the next rollout replaces it.
fn owner(pod: &ObjRef, metadata: &Value) -> Option<ObjRef> {
    let references = metadata["ownerReferences"].as_array()?;
    let controller = references.iter().find(|own| own["controller"] == true)?;
    let text = |key: &str| controller[key].as_str().unwrap_or_default();
    let (kind, name) = (text("kind"), text("name"));
    let workload = |group: &str, version: &str, plural: &str, kind: &str, name: &str| ObjRef {
        cluster: pod.cluster,
        gvr: Gvr::new(group, version, plural),
        kind: kind.into(),
        namespace: pod.namespace.clone(),
        name: name.into(),
        uid: Text::new(),
    };
    let revision_of = |label: &str| {
        let hash = metadata["labels"][label].as_str().filter(|hash| !hash.is_empty())?;
        name.strip_suffix(hash)?.strip_suffix('-')
    };
    Some(match (text("apiVersion"), kind) {
        ("apps/v1", "ReplicaSet") => {
            if let Some(rollout) = revision_of("rollouts-pod-template-hash") {
                workload("argoproj.io", "v1alpha1", "rollouts", "Rollout", rollout)
            } else if let Some(deployment) = revision_of("pod-template-hash") {
                workload("apps", "v1", "deployments", "Deployment", deployment)
            } else {
                workload("apps", "v1", "replicasets", kind, name)
            }
        }
        ("apps/v1", "StatefulSet") => workload("apps", "v1", "statefulsets", kind, name),
        ("apps/v1", "DaemonSet") => workload("apps", "v1", "daemonsets", kind, name),
        ("batch/v1", "Job") => workload("batch", "v1", "jobs", kind, name),
        ("v1", "ReplicationController") => workload("", "v1", "replicationcontrollers", kind, name),
        _ => return None,
    })
}
