//! HTTPRoute.

use super::{KindSpec, gateway, route};

pub(super) static SPEC: KindSpec = KindSpec {
    group: gateway::GROUP,
    plural: "httproutes",
    kind: "HTTPRoute",
    namespaced: true,
    columns: route::COLUMNS,
    sort: None,
    project: route::project,
    proto: None,
};
