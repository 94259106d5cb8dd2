//! What holds two objects together, and the words for it in both directions.

/// A way of belonging together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bond {
    /// An ownerReference.
    Owns,
    /// A route, an ingress or a slice sends traffic there.
    Routes,
    /// The same, but the endpoint is not ready.
    RoutesNotReady,
    /// A label selector.
    Selects,
    /// An autoscaler changes its replicas.
    Scales,
    /// A volume.
    Mounts,
    /// Variables of the environment.
    EnvFrom,
    /// Credentials for the image registry.
    PullsWith,
    /// The service account.
    RunsAs,
    /// The node.
    RunsOn,
    /// Claim and volume, binding and role, binding and subject.
    Bound,
    /// Any other field.
    Refers,
}

impl Bond {
    /// The bond of a reference that `kind` holds in `field`.
    pub(super) fn of(kind: &str, field: &str, target: &str) -> Self {
        if field.contains("volumes[") {
            Self::Mounts
        } else if field.contains(".env[") || field.contains(".envFrom") {
            Self::EnvFrom
        } else if field.ends_with("imagePullSecrets") {
            Self::PullsWith
        } else if field.ends_with("serviceAccountName") {
            Self::RunsAs
        } else if field.ends_with("nodeName") && kind == "Pod" {
            Self::RunsOn
        } else if field.ends_with("scaleTargetRef") {
            Self::Scales
        } else if field == "endpoints (not ready)" {
            Self::RoutesNotReady
        } else if matches!(field, "endpoints" | "spec.parentRefs" | "kubernetes.io/service-name")
            || (target == "Service" && (kind == "Ingress" || kind.ends_with("Route")))
        {
            Self::Routes
        } else if matches!(field, "roleRef" | "subjects" | "spec.volumeName" | "spec.claimRef") {
            Self::Bound
        } else {
            Self::Refers
        }
    }

    /// The word from holder to held: `owns`.
    pub const fn down(self) -> &'static str {
        match self {
            Self::Owns => "owns",
            Self::Routes => "routes to",
            Self::RoutesNotReady => "routes to, not ready",
            Self::Selects => "selects",
            Self::Scales => "scales",
            Self::Mounts => "mounts",
            Self::EnvFrom => "env from",
            Self::PullsWith => "pulls with",
            Self::RunsAs => "runs as",
            Self::RunsOn => "runs on",
            Self::Bound => "bound to",
            Self::Refers => "refers to",
        }
    }

    /// The word from held to holder: `owned by`.
    pub const fn up(self) -> &'static str {
        match self {
            Self::Owns => "owned by",
            Self::Routes => "routed to by",
            Self::RoutesNotReady => "routed to, not ready, by",
            Self::Selects => "selected by",
            Self::Scales => "scaled by",
            Self::Mounts => "mounted by",
            Self::EnvFrom => "in the env of",
            Self::PullsWith => "image pull secret of",
            Self::RunsAs => "service account of",
            Self::RunsOn => "runs",
            Self::Bound => "bound to by",
            Self::Refers => "referred to by",
        }
    }
}
