//! ClusterRoleBinding: a RoleBinding without a namespace.

use super::proto::messages;
use super::{KindSpec, role_binding};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "rbac.authorization.k8s.io",
    plural: "clusterrolebindings",
    kind: "ClusterRoleBinding",
    namespaced: false,
    columns: role_binding::COLUMNS,
    sort: None,
    project: role_binding::project,
    proto: Some(("v1", &messages::CLUSTER_ROLE_BINDING)),
};
