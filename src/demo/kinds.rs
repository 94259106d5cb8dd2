//! The table of resource types the server serves: what discovery tells about each, and the few
//! facts the handlers need (scope, subresources). Types from CustomResourceDefinitions join it
//! at run time.

use std::rc::Rc;

/// Verbs of a type that can be read and written.
pub const ALL_VERBS: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// The same of a custom type, in the order the server tells them.
pub const CUSTOM_VERBS: &[&str] =
    &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const READ_VERBS: &[&str] = &["get", "list"];
const CREATE_VERBS: &[&str] = &["create"];

/// Where the scale subresource finds its numbers in an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScalePaths {
    /// Dotted path of the wanted number, without the leading dot.
    pub spec: String,
    /// Dotted path of the observed number.
    pub status: String,
    /// Dotted path of the label selector (a LabelSelector object or its string form).
    pub selector: Option<String>,
}

/// One served resource type.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// API group, empty for the core group.
    pub group: String,
    /// Served versions, the preferred (and stored) one first.
    pub versions: Vec<String>,
    /// Plural name as used in paths.
    pub plural: String,
    /// Singular name.
    pub singular: String,
    /// Kind.
    pub kind: String,
    /// Kind of its lists.
    pub list_kind: String,
    /// Objects live in namespaces.
    pub namespaced: bool,
    /// Verbs it supports.
    pub verbs: &'static [&'static str],
    /// Short names.
    pub short: Vec<String>,
    /// Categories such as `all`.
    pub categories: Vec<String>,
    /// Has the status subresource: status is written only through it.
    pub status: bool,
    /// Has the scale subresource.
    pub scale: Option<ScalePaths>,
    /// Further subresources, by name, with their kind and verbs.
    pub extra: Vec<(&'static str, &'static str, &'static [&'static str])>,
    /// Spec changes bump `metadata.generation`.
    pub generation: bool,
    /// Its OpenAPI schema, for custom types: list types and merge keys are read from it.
    pub schema: Option<Rc<serde_json::Value>>,
    /// Came from a CustomResourceDefinition.
    pub custom: bool,
}

impl Type {
    /// `apiVersion` of its objects in this version.
    pub fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() { version.to_owned() } else { format!("{}/{version}", self.group) }
    }

    /// The stored version.
    pub fn version(&self) -> &str {
        self.versions.first().map_or("v1", String::as_str)
    }

    /// `deployments.apps`, or `pods`: how error messages name a type.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}

/// group/version, plural, kind, short names, flags (see [`parse`]).
type Line = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Flags: `n` namespaced, `s` status, `c` scale, `a` category all, `g` generation, `e` category
/// api-extensions, `r` read only, `o` create only.
const LINES: &[Line] = &[
    ("v1", "configmaps", "ConfigMap", "cm", "n"),
    ("v1", "endpoints", "Endpoints", "ep", "n"),
    ("v1", "events", "Event", "ev", "n"),
    ("v1", "limitranges", "LimitRange", "limits", "n"),
    ("v1", "namespaces", "Namespace", "ns", "s"),
    ("v1", "nodes", "Node", "no", "s"),
    ("v1", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc", "ns"),
    ("v1", "persistentvolumes", "PersistentVolume", "pv", "s"),
    ("v1", "pods", "Pod", "po", "nsag"),
    ("v1", "podtemplates", "PodTemplate", "", "ng"),
    ("v1", "replicationcontrollers", "ReplicationController", "rc", "nscag"),
    ("v1", "resourcequotas", "ResourceQuota", "quota", "ns"),
    ("v1", "secrets", "Secret", "", "n"),
    ("v1", "serviceaccounts", "ServiceAccount", "sa", "n"),
    ("v1", "services", "Service", "svc", "nsa"),
    ("apiregistration.k8s.io/v1", "apiservices", "APIService", "", "se"),
    ("apps/v1", "controllerrevisions", "ControllerRevision", "", "n"),
    ("apps/v1", "daemonsets", "DaemonSet", "ds", "nsag"),
    ("apps/v1", "deployments", "Deployment", "deploy", "nscag"),
    ("apps/v1", "replicasets", "ReplicaSet", "rs", "nscag"),
    ("apps/v1", "statefulsets", "StatefulSet", "sts", "nscag"),
    ("authentication.k8s.io/v1", "selfsubjectreviews", "SelfSubjectReview", "", "o"),
    ("authorization.k8s.io/v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", "", "no"),
    ("authorization.k8s.io/v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", "", "o"),
    ("authorization.k8s.io/v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", "", "o"),
    ("authorization.k8s.io/v1", "subjectaccessreviews", "SubjectAccessReview", "", "o"),
    ("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa", "nsa"),
    ("batch/v1", "cronjobs", "CronJob", "cj", "nsag"),
    ("batch/v1", "jobs", "Job", "", "nsag"),
    (
        "certificates.k8s.io/v1",
        "certificatesigningrequests",
        "CertificateSigningRequest",
        "csr",
        "s",
    ),
    ("networking.k8s.io/v1", "ingressclasses", "IngressClass", "", "g"),
    ("networking.k8s.io/v1", "ingresses", "Ingress", "ing", "nsg"),
    ("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", "netpol", "ng"),
    ("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", "pdb", "nsg"),
    ("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", "", ""),
    ("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", "", ""),
    ("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", "", "n"),
    ("rbac.authorization.k8s.io/v1", "roles", "Role", "", "n"),
    ("storage.k8s.io/v1", "csidrivers", "CSIDriver", "", ""),
    ("storage.k8s.io/v1", "csinodes", "CSINode", "", ""),
    ("storage.k8s.io/v1", "storageclasses", "StorageClass", "sc", ""),
    ("storage.k8s.io/v1", "volumeattachments", "VolumeAttachment", "", "s"),
    (
        "admissionregistration.k8s.io/v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        "",
        "eg",
    ),
    (
        "admissionregistration.k8s.io/v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        "",
        "eg",
    ),
    (
        "apiextensions.k8s.io/v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        "crd,crds",
        "seg",
    ),
    ("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", "pc", "g"),
    ("coordination.k8s.io/v1", "leases", "Lease", "", "n"),
    ("node.k8s.io/v1", "runtimeclasses", "RuntimeClass", "", ""),
    ("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", "", "ng"),
    ("metrics.k8s.io/v1beta1", "nodes", "NodeMetrics", "", "r"),
    ("metrics.k8s.io/v1beta1", "pods", "PodMetrics", "", "nr"),
];

/// The types every server has, in discovery order.
pub fn builtin() -> Vec<Type> {
    LINES.iter().map(|line| parse(*line)).collect()
}

fn parse((group_version, plural, kind, short, flags): Line) -> Type {
    let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
    let has = |flag| flags.contains(flag);
    let mut categories = Vec::new();
    if has('a') {
        categories.push("all".to_owned());
    }
    if has('e') {
        categories.push("api-extensions".to_owned());
    }
    Type {
        group: group.to_owned(),
        versions: vec![version.to_owned()],
        plural: plural.to_owned(),
        singular: if group == "metrics.k8s.io" { String::new() } else { kind.to_lowercase() },
        kind: kind.to_owned(),
        list_kind: format!("{kind}List"),
        namespaced: has('n'),
        verbs: match () {
            () if has('r') => READ_VERBS,
            () if has('o') => CREATE_VERBS,
            () => ALL_VERBS,
        },
        short: short.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        categories,
        status: has('s'),
        scale: has('c').then(|| ScalePaths {
            spec: "spec.replicas".to_owned(),
            status: "status.replicas".to_owned(),
            selector: Some("spec.selector".to_owned()),
        }),
        extra: extra(group, plural),
        generation: has('g'),
        schema: None,
        custom: false,
    }
}

fn extra(group: &str, plural: &str) -> Vec<(&'static str, &'static str, &'static [&'static str])> {
    match (group, plural) {
        ("", "pods") => vec![
            ("attach", "PodAttachOptions", &["create", "get"]),
            ("ephemeralcontainers", "Pod", &["get", "patch", "update"]),
            ("eviction", "Eviction", CREATE_VERBS),
            ("exec", "PodExecOptions", &["create", "get"]),
            ("log", "Pod", &["get"]),
            ("portforward", "PodPortForwardOptions", &["create", "get"]),
        ],
        _ => Vec::new(),
    }
}
