//! What a debug container may do: kubectl's debugging profiles
//! (`k8s.io/kubectl/pkg/cmd/debug/profiles.go`), without the one that it calls deprecated.

use serde_json::{Value, json};

/// A profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// A reasonable set for each way of debugging.
    #[default]
    General,
    /// As the baseline pod security standard allows.
    Baseline,
    /// As the restricted pod security standard allows: not root, without capabilities.
    Restricted,
    /// For the network: NET_ADMIN and NET_RAW.
    Netadmin,
    /// For everything: privileged.
    Sysadmin,
}

impl Profile {
    /// All of them, in kubectl's order.
    pub const ALL: [Self; 5] =
        [Self::General, Self::Baseline, Self::Restricted, Self::Netadmin, Self::Sysadmin];

    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
            Self::Netadmin => "netadmin",
            Self::Sysadmin => "sysadmin",
        }
    }

    /// The profile of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// Whether a node's file system is mounted at `/host`.
    pub fn mounts_host(self) -> bool {
        matches!(self, Self::General | Self::Sysadmin)
    }

    /// Whether a pod on a node shares the node's namespaces.
    pub fn shares_host(self) -> bool {
        matches!(self, Self::General | Self::Netadmin | Self::Sysadmin)
    }

    /// The security context of a container beside others in a pod.
    pub fn in_pod(self) -> Option<Value> {
        match self {
            Self::General => Some(json!({"capabilities": {"add": ["SYS_PTRACE"]}})),
            Self::Baseline => None,
            other => other.on_node(),
        }
    }

    /// The security context of the container of a pod on a node.
    pub fn on_node(self) -> Option<Value> {
        match self {
            Self::General | Self::Baseline => None,
            Self::Restricted => Some(json!({
                "runAsNonRoot": true,
                "capabilities": {"drop": ["ALL"]},
                "allowPrivilegeEscalation": false,
                "seccompProfile": {"type": "RuntimeDefault"},
            })),
            Self::Netadmin => Some(json!({"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}})),
            Self::Sysadmin => Some(json!({"privileged": true})),
        }
    }
}
