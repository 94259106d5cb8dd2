//! Service. Which endpoints stand behind it is not in the object: see EndpointSlice.

use super::de::{Meta, Pairs, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, pod_selector, refs};
use crate::model::{Health, Tone};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "services",
    kind: "Service",
    namespaced: true,
    columns: &[
        ColumnSpec::text("TYPE").drop(3),
        ColumnSpec::text("CLUSTER-IP").drop(6),
        ColumnSpec::text("EXTERNAL-IP").drop(4),
        ColumnSpec::text("PORT(S)").drop(5),
        ColumnSpec::age(),
        ColumnSpec::text("SELECTOR").wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::SERVICE)),
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
    r#type: Str<'a>,
    #[serde(rename = "clusterIP")]
    cluster_ip: Str<'a>,
    #[serde(rename = "clusterIPs", deserialize_with = "nullable")]
    cluster_ips: Vec<Str<'a>>,
    #[serde(rename = "externalIPs", deserialize_with = "nullable")]
    external_ips: Vec<Str<'a>>,
    external_name: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<Port<'a>>,
    selector: Pairs<'a, Str<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Port<'a> {
    port: Option<i64>,
    node_port: Option<i64>,
    #[serde(borrow)]
    protocol: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    load_balancer: LoadBalancer<'a>,
}

/// `status.loadBalancer` of Services and Ingresses.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct LoadBalancer<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    ingress: Vec<Address<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Address<'a> {
    #[serde(borrow)]
    ip: Str<'a>,
    hostname: Str<'a>,
}

impl LoadBalancer<'_> {
    /// Addresses in order and without duplicates; an IP goes before a host name.
    pub(super) fn addresses(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self
            .ingress
            .iter()
            .map(|address| if address.ip.is_empty() { &*address.hostname } else { &*address.ip })
            .filter(|address| !address.is_empty())
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let spec = &facts.spec;
    row.meta(&facts.metadata);

    row.text(&spec.r#type, Tone::Plain);
    let cluster_ip = spec.cluster_ips.first().unwrap_or(&spec.cluster_ip);
    if cluster_ip.is_empty() {
        row.none();
    } else {
        row.own_text(cluster_ip, Tone::Plain);
    }

    let mut external: Vec<&str> = Vec::new();
    if &*spec.r#type == "LoadBalancer" {
        external = facts.status.load_balancer.addresses();
    }
    external.extend(spec.external_ips.iter().map(|ip| &**ip));
    match &*spec.r#type {
        "ExternalName" => row.own_text(&spec.external_name, Tone::Plain),
        "LoadBalancer" if external.is_empty() => {
            row.text("<pending>", Tone::Busy);
            row.health(Health::Progressing);
            row.tone(Tone::Busy);
        }
        "LoadBalancer" => {
            row.own_text(&external.join(","), Tone::Plain);
            row.health(Health::Healthy);
        }
        "ClusterIP" | "NodePort" if external.is_empty() => row.none(),
        "ClusterIP" | "NodePort" => row.own_text(&external.join(","), Tone::Plain),
        _ => row.unknown(),
    }

    let ports: Vec<String> = spec
        .ports
        .iter()
        .map(|port| {
            let number = port.port.unwrap_or(0);
            match port.node_port {
                Some(node_port @ 1..) => format!("{number}:{node_port}/{}", &*port.protocol),
                _ => format!("{number}/{}", &*port.protocol),
            }
        })
        .collect();
    row.text_or_none(&ports.join(","));

    let labels = pod_selector::format_labels(&spec.selector);
    row.text_or_none(&labels);

    let namespace = &facts.metadata.namespace;
    if !labels.is_empty() {
        refs::children(row, "pods", namespace, &labels, "");
    } else if &*spec.r#type != "ExternalName" {
        // Without a selector somebody else maintains the endpoints.
        let labels = format!("kubernetes.io/service-name={}", &*facts.metadata.name);
        refs::children(row, "endpointslices.discovery.k8s.io", namespace, &labels, "");
    }
    Ok(())
}
