//! Resource types that every API server serves, so that the first list of one need not wait for
//! discovery. Discovery replaces this table as soon as it answers.

use crate::model::{Gvr, Resource, Text};

type Line = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], bool);

/// group, version, plural, kind, short names, namespaced.
const TABLE: &[Line] = &[
    ("", "v1", "configmaps", "ConfigMap", &["cm"], true),
    ("", "v1", "endpoints", "Endpoints", &["ep"], true),
    ("", "v1", "events", "Event", &["ev"], true),
    ("", "v1", "limitranges", "LimitRange", &["limits"], true),
    ("", "v1", "namespaces", "Namespace", &["ns"], false),
    ("", "v1", "nodes", "Node", &["no"], false),
    ("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", &["pvc"], true),
    ("", "v1", "persistentvolumes", "PersistentVolume", &["pv"], false),
    ("", "v1", "pods", "Pod", &["po"], true),
    ("", "v1", "replicationcontrollers", "ReplicationController", &["rc"], true),
    ("", "v1", "resourcequotas", "ResourceQuota", &["quota"], true),
    ("", "v1", "secrets", "Secret", &[], true),
    ("", "v1", "serviceaccounts", "ServiceAccount", &["sa"], true),
    ("", "v1", "services", "Service", &["svc"], true),
    (
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        &["crd", "crds"],
        false,
    ),
    ("apps", "v1", "controllerrevisions", "ControllerRevision", &[], true),
    ("apps", "v1", "daemonsets", "DaemonSet", &["ds"], true),
    ("apps", "v1", "deployments", "Deployment", &["deploy"], true),
    ("apps", "v1", "replicasets", "ReplicaSet", &["rs"], true),
    ("apps", "v1", "statefulsets", "StatefulSet", &["sts"], true),
    ("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", &["hpa"], true),
    ("batch", "v1", "cronjobs", "CronJob", &["cj"], true),
    ("batch", "v1", "jobs", "Job", &[], true),
    ("coordination.k8s.io", "v1", "leases", "Lease", &[], true),
    ("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", &[], true),
    ("networking.k8s.io", "v1", "ingresses", "Ingress", &["ing"], true),
    ("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", &["netpol"], true),
    ("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", &["pdb"], true),
    ("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", &[], false),
    ("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", &[], false),
    ("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", &[], true),
    ("rbac.authorization.k8s.io", "v1", "roles", "Role", &[], true),
    ("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", &["pc"], false),
    ("storage.k8s.io", "v1", "storageclasses", "StorageClass", &["sc"], false),
];

/// Plurals with a scale subresource.
const SCALABLE: [&str; 4] =
    ["deployments", "replicasets", "replicationcontrollers", "statefulsets"];

/// The table as resources.
pub fn resources() -> Vec<Resource> {
    let verbs: Vec<Text> = ["get", "list", "watch", "create", "update", "patch", "delete"]
        .into_iter()
        .map(Text::from)
        .collect();
    TABLE
        .iter()
        .map(|&(group, version, plural, kind, short_names, namespaced)| Resource {
            gvr: Gvr::new(group, version, plural),
            kind: kind.into(),
            singular: kind.to_lowercase().into(),
            short_names: short_names.iter().copied().map(Text::from).collect(),
            categories: Vec::new(),
            namespaced,
            verbs: verbs.clone(),
            subresources: if SCALABLE.contains(&plural) {
                vec!["scale".into()]
            } else {
                Vec::new()
            },
            preferred: true,
        })
        .collect()
}
