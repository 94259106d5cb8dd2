//! Ingress. Not every controller writes an address, so a missing one is no fault.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::refs::Target;
use super::service::LoadBalancer;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::{Health, Tone};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "networking.k8s.io",
    plural: "ingresses",
    kind: "Ingress",
    namespaced: true,
    columns: &[
        ColumnSpec::text("CLASS").drop(4),
        ColumnSpec::text("HOSTS").drop(2),
        ColumnSpec::text("ADDRESS").drop(3),
        ColumnSpec::text("PORTS").drop(6),
        ColumnSpec::age(),
        ColumnSpec::number("BACKENDS").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::INGRESS)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    ingress_class_name: Option<Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    default_backend: Backend<'a>,
    #[serde(deserialize_with = "nullable")]
    rules: Vec<Rule<'a>>,
    #[serde(deserialize_with = "nullable")]
    tls: Vec<Tls<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Rule<'a> {
    #[serde(borrow)]
    host: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    http: Http<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Http<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    paths: Vec<Path<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Path<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    backend: Backend<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Backend<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    service: Named<'a>,
    #[serde(deserialize_with = "nullable")]
    resource: Resource<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    name: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Resource<'a> {
    #[serde(borrow)]
    api_group: Str<'a>,
    kind: Str<'a>,
    name: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Tls<'a> {
    #[serde(borrow)]
    secret_name: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    load_balancer: LoadBalancer<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let spec = &facts.spec;
    row.meta(&facts.metadata);

    match &spec.ingress_class_name {
        Some(class) => row.text(class, Tone::Plain),
        None => row.none(),
    }
    row.own_text(&hosts(&spec.rules), Tone::Plain);
    let addresses = facts.status.load_balancer.addresses().join(",");
    if !addresses.is_empty() {
        row.health(Health::Healthy);
    }
    row.text(&addresses, Tone::Plain);
    row.text(if spec.tls.is_empty() { "80" } else { "80, 443" }, Tone::Plain);

    let namespace = &*facts.metadata.namespace;
    let mut services: Vec<&str> = Vec::new();
    let mut resources: Vec<&Resource<'_>> = Vec::new();
    let paths = spec.rules.iter().flat_map(|rule| &rule.http.paths).map(|path| &path.backend);
    for backend in std::iter::once(&spec.default_backend).chain(paths) {
        let service = &*backend.service.name;
        if !service.is_empty() && !services.contains(&service) {
            services.push(service);
        }
        if !backend.resource.name.is_empty()
            && !resources.iter().any(|known| {
                known.name == backend.resource.name && known.kind == backend.resource.kind
            })
        {
            resources.push(&backend.resource);
        }
    }
    row.int(i64::try_from(services.len() + resources.len()).unwrap_or(i64::MAX));
    for name in services {
        refs::core(row, "spec.rules", "Service", namespace, name);
    }
    for resource in resources {
        let (group, kind, name) = (&*resource.api_group, &*resource.kind, &*resource.name);
        refs::reference(row, "spec.rules", Target { group, kind, namespace, name });
    }
    for tls in &spec.tls {
        refs::core(row, "spec.tls", "Secret", namespace, &tls.secret_name);
    }
    if let Some(class) = &spec.ingress_class_name {
        let target =
            Target { group: "networking.k8s.io", kind: "IngressClass", namespace: "", name: class };
        refs::reference(row, "spec.ingressClassName", target);
    }
    Ok(())
}

/// The first three rules' hosts; the server counts rules, not hosts, in what is left.
fn hosts(rules: &[Rule<'_>]) -> String {
    let mut shown: Vec<&str> = Vec::new();
    let mut more = false;
    for rule in rules {
        more |= shown.len() == 3;
        if !more && !rule.host.is_empty() {
            shown.push(&rule.host);
        }
    }
    match (shown.is_empty(), more) {
        (true, _) => "*".to_owned(),
        (false, false) => shown.join(","),
        (false, true) => format!("{} + {} more...", shown.join(","), rules.len() - 3),
    }
}
