//! Who uses an object: everything that names or selects it, rolled up to workloads with their pods.

use super::bond::Bond;
use super::graph::{Edge, Graph, ObjectId};
use super::needs::Wanted;
use crate::model::{Catalogue, Text};
use std::collections::BTreeMap;

/// Owners between a pod and its workload at most.
const HIGHEST: usize = 8;

/// Somebody who uses an object.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Who: a workload, or what stands alone.
    pub id: ObjectId,
    /// How, in words: `env TOKEN of api`.
    pub how: Vec<String>,
    /// Its pods that use it, and how where that differs from the workload's own words.
    pub pods: Vec<(ObjectId, Vec<String>)>,
    /// Only something older that it owns says so, such as the ReplicaSet of a revision before.
    pub older: bool,
}

/// Everything known that uses an object, by kind and name.
pub fn users(graph: &Graph, id: &ObjectId) -> Vec<User> {
    let mut by_holder: BTreeMap<ObjectId, Vec<String>> = BTreeMap::new();
    for edge in graph.up(id) {
        if edge.bond == Bond::Owns || is_bookkeeping(&edge) {
            continue;
        }
        let how = by_holder.entry(edge.to.clone()).or_default();
        for words in words(&edge) {
            if !how.contains(&words) {
                how.push(words);
            }
        }
    }
    let mut users: BTreeMap<ObjectId, User> = BTreeMap::new();
    for (holder, how) in by_holder {
        let top = top(graph, &holder);
        let user = users.entry(top.clone()).or_insert_with(|| User {
            id: top.clone(),
            how: Vec::new(),
            pods: Vec::new(),
            older: true,
        });
        if holder == top {
            user.how = how;
            user.older = false;
        } else if holder.kind == "Pod" {
            user.pods.push((holder, how));
            user.older = false;
        } else if user.how.is_empty() {
            user.how = how;
        }
    }
    let mut users: Vec<User> = users.into_values().collect();
    for user in &mut users {
        if user.how.is_empty()
            && let Some((_, how)) = user.pods.first()
        {
            user.how.clone_from(how);
        }
        for (_, how) in &mut user.pods {
            if *how == user.how {
                how.clear();
            }
        }
    }
    users.sort_by(|a, b| (&a.id.kind, &a.id).cmp(&(&b.id.kind, &b.id)));
    users
}

/// What controllers write beside what they look after.
fn is_bookkeeping(edge: &Edge) -> bool {
    matches!(edge.to.kind.as_str(), "EndpointSlice" | "Endpoints" | "ControllerRevision" | "Lease")
}

/// The workload that an object belongs to, or itself.
fn top(graph: &Graph, id: &ObjectId) -> ObjectId {
    let mut at = id.clone();
    for _ in 0..HIGHEST {
        let owner = graph.up(&at).into_iter().find(|edge| edge.bond == Bond::Owns);
        match owner {
            // Static pods belong to their node.
            Some(edge) if edge.to.kind != "Node" && edge.to != *id => at = edge.to,
            _ => break,
        }
    }
    at
}

/// How it is used: one sentence for each field.
pub(super) fn words(edge: &Edge) -> Vec<String> {
    if edge.fields.is_empty() {
        return vec![edge.bond.down().to_owned()];
    }
    edge.fields.iter().map(|field| how(edge.bond, field)).collect()
}

/// What a field says, in words.
fn how(bond: Bond, field: &str) -> String {
    let (plain, optional) = match field.strip_suffix(" (optional)") {
        Some(plain) => (plain, " (optional)"),
        None => (field, ""),
    };
    let inner = |from: &str| {
        let (name, rest) = plain.split_once(from)?.1.split_once(']')?;
        Some((name.to_owned(), rest.to_owned()))
    };
    let said = if let Some((volume, rest)) = inner("volumes[") {
        Some(format!(
            "volume {volume}{}",
            rest.replacen('.', " ", usize::from(rest.starts_with('.')))
        ))
    } else if let Some((container, rest)) = inner("ontainers[").filter(|_| bond == Bond::EnvFrom) {
        match rest.strip_prefix(".env[").and_then(|rest| rest.strip_suffix(']')) {
            Some(variable) => Some(format!("env {variable} of {container}")),
            None => Some(format!("all keys as env of {container}")),
        }
    } else {
        match plain.rsplit('.').next() {
            Some("imagePullSecrets") => Some("image pull secret".to_owned()),
            Some("serviceAccountName") => Some("service account".to_owned()),
            Some("nodeName") if bond == Bond::RunsOn => Some("runs there".to_owned()),
            Some("priorityClassName") => Some("priority".to_owned()),
            Some("runtimeClassName") => Some("runtime".to_owned()),
            _ => None,
        }
    };
    match (said, bond) {
        (Some(said), _) => format!("{said}{optional}"),
        (None, Bond::Refers) => field.to_owned(),
        (None, bond) => format!("{} ({field})", bond.down()),
    }
}

/// Kinds with a pod template, and pods.
const PODS: &[(&str, &str)] = &[
    ("", "Pod"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("", "ReplicationController"),
    ("argoproj.io", "Rollout"),
];

/// Kinds beside those with pods that name objects of a kind.
fn others(kind: (&str, &str)) -> &'static [(&'static str, &'static str)] {
    match kind {
        ("", "Secret") => &[
            ("", "ServiceAccount"),
            ("networking.k8s.io", "Ingress"),
            ("gateway.networking.k8s.io", "Gateway"),
            ("cert-manager.io", "Certificate"),
            ("cert-manager.io", "Issuer"),
            ("external-secrets.io", "ExternalSecret"),
            ("external-secrets.io", "SecretStore"),
            ("source.toolkit.fluxcd.io", "GitRepository"),
            ("source.toolkit.fluxcd.io", "HelmRepository"),
            ("source.toolkit.fluxcd.io", "OCIRepository"),
            ("source.toolkit.fluxcd.io", "Bucket"),
            ("kustomize.toolkit.fluxcd.io", "Kustomization"),
            ("helm.toolkit.fluxcd.io", "HelmRelease"),
        ],
        ("", "ConfigMap") => &[
            ("kustomize.toolkit.fluxcd.io", "Kustomization"),
            ("helm.toolkit.fluxcd.io", "HelmRelease"),
        ],
        ("", "PersistentVolumeClaim") => {
            &[("", "PersistentVolume"), ("snapshot.storage.k8s.io", "VolumeSnapshot")]
        }
        ("", "PersistentVolume") => {
            &[("", "PersistentVolumeClaim"), ("storage.k8s.io", "VolumeAttachment")]
        }
        ("", "ServiceAccount") => &[
            ("rbac.authorization.k8s.io", "RoleBinding"),
            ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
            ("kustomize.toolkit.fluxcd.io", "Kustomization"),
            ("helm.toolkit.fluxcd.io", "HelmRelease"),
        ],
        ("rbac.authorization.k8s.io", _) => &[
            ("rbac.authorization.k8s.io", "RoleBinding"),
            ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
            ("rbac.authorization.k8s.io", "ClusterRole"),
        ],
        ("", "Service") => &[
            ("networking.k8s.io", "Ingress"),
            ("gateway.networking.k8s.io", "HTTPRoute"),
            ("gateway.networking.k8s.io", "GRPCRoute"),
            ("apps", "StatefulSet"),
            ("apiregistration.k8s.io", "APIService"),
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
            ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
            ("monitoring.coreos.com", "ServiceMonitor"),
            ("argoproj.io", "Rollout"),
        ],
        ("storage.k8s.io", "StorageClass") => {
            &[("", "PersistentVolumeClaim"), ("", "PersistentVolume")]
        }
        ("", "Node") => &[("storage.k8s.io", "VolumeAttachment")],
        ("networking.k8s.io", "IngressClass") => &[("networking.k8s.io", "Ingress")],
        ("gateway.networking.k8s.io", "GatewayClass") => {
            &[("gateway.networking.k8s.io", "Gateway")]
        }
        ("gateway.networking.k8s.io", "Gateway") => &[
            ("gateway.networking.k8s.io", "HTTPRoute"),
            ("gateway.networking.k8s.io", "GRPCRoute"),
        ],
        ("cert-manager.io", _) => {
            &[("cert-manager.io", "Certificate"), ("networking.k8s.io", "Ingress")]
        }
        ("external-secrets.io", _) => &[("external-secrets.io", "ExternalSecret")],
        ("source.toolkit.fluxcd.io", _) => &[
            ("kustomize.toolkit.fluxcd.io", "Kustomization"),
            ("helm.toolkit.fluxcd.io", "HelmRelease"),
            ("source.toolkit.fluxcd.io", "HelmChart"),
        ],
        // Workloads and what else has pods: who selects, scales and limits them.
        _ => &[
            ("", "Service"),
            ("autoscaling", "HorizontalPodAutoscaler"),
            ("policy", "PodDisruptionBudget"),
            ("networking.k8s.io", "NetworkPolicy"),
        ],
    }
}

/// Kinds that no pod names.
fn without_pods(kind: (&str, &str)) -> bool {
    matches!(
        kind,
        ("", "Service" | "PersistentVolume")
            | ("rbac.authorization.k8s.io", _)
            | ("storage.k8s.io", "StorageClass")
            | ("networking.k8s.io", "IngressClass")
            | ("gateway.networking.k8s.io", _)
            | ("cert-manager.io" | "external-secrets.io" | "source.toolkit.fluxcd.io", _)
    )
}

/// What has to be watched to know who uses an object.
pub fn user_needs(catalogue: &Catalogue, id: &ObjectId) -> Vec<Wanted> {
    let kind = (id.group.as_str(), id.kind.as_str());
    let pods: &[(&str, &str)] = match kind {
        // Of the workloads of a whole cluster only those that lead up from its pods.
        ("", "Node") => &[("", "Pod"), ("apps", "ReplicaSet")],
        kind if without_pods(kind) => &[],
        _ => PODS,
    };
    let mut wanted: Vec<Wanted> = Vec::new();
    for (group, kind) in pods.iter().chain(others(kind)) {
        let found = catalogue.by_kind(group, kind).filter(|found| found.gvr.group == *group);
        let Some(resource) = found.filter(|found| found.can("watch")) else { continue };
        // Bindings in any namespace may name a service account, and routes a Gateway.
        let anywhere = !resource.namespaced
            || resource.gvr.group == "rbac.authorization.k8s.io"
            || (id.kind == "Gateway" && id.group == "gateway.networking.k8s.io");
        let namespace = if anywhere { Text::new() } else { id.namespace.clone() };
        if wanted.iter().any(|one| one.resource.gvr == resource.gvr) {
            continue;
        }
        let here = id.kind == "Node" && id.group.is_empty() && resource.gvr.plural == "pods";
        let fields = if here { format!("spec.nodeName={}", id.name).into() } else { Text::new() };
        wanted.push(Wanted { resource: resource.clone(), namespace, fields });
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_in_words() {
        for (bond, field, words) in [
            (Bond::Mounts, "spec.template.spec.volumes[tls] at /etc/tls", "volume tls at /etc/tls"),
            (
                Bond::Mounts,
                "spec.volumes[tls] at /a, /b (optional)",
                "volume tls at /a, /b (optional)",
            ),
            (Bond::Mounts, "spec.volumes[v].ephemeral", "volume v ephemeral"),
            (Bond::EnvFrom, "spec.containers[api].env[TOKEN]", "env TOKEN of api"),
            (Bond::EnvFrom, "spec.initContainers[migrate].envFrom", "all keys as env of migrate"),
            (Bond::PullsWith, "spec.imagePullSecrets", "image pull secret"),
            (Bond::RunsAs, "spec.template.spec.serviceAccountName", "service account"),
            (Bond::RunsOn, "spec.nodeName", "runs there"),
            (Bond::Refers, "spec.tls.secretName", "spec.tls.secretName"),
            (Bond::Routes, "spec.rules.backend", "routes to (spec.rules.backend)"),
        ] {
            assert_eq!(how(bond, field), words);
        }
    }
}
