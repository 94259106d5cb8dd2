//! What a table needs to know of a pod: borrowed from the object's bytes, and nothing else of it.

use super::containers::{Amounts, Container, ContainerStatus, Named, Resources};
use super::de::{Meta, OwnerReference, Str, nullable};
use super::health::{Condition, condition};
use super::proto::from_message;
use crate::text::Text;
use serde::Deserialize;
use std::mem::take;

/// The facts of one pod.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PodFacts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    pub metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    pub spec: PodSpec<'a>,
    #[serde(deserialize_with = "nullable")]
    pub status: PodStatus<'a>,
}

from_message!(PodFacts<'de> { metadata, spec, status });

/// Lists that are kept empty from pod to pod: memory for them would be half of what is asked for.
#[derive(Debug, Default)]
pub(super) struct Lists {
    owners: Vec<OwnerReference<'static>>,
    containers: Vec<Container<'static>>,
    volumes: Vec<Volume<'static>>,
    pod_ips: Vec<PodIp<'static>>,
    conditions: Vec<Condition<'static>>,
    statuses: Vec<ContainerStatus<'static>>,
}

impl Lists {
    /// No facts yet, and room for them.
    pub(super) fn take<'a>(&mut self) -> PodFacts<'a> {
        let mut pod = PodFacts::default();
        pod.metadata.owner_references = take(&mut self.owners);
        pod.spec.containers = take(&mut self.containers);
        pod.spec.volumes = take(&mut self.volumes);
        pod.status.pod_ips = take(&mut self.pod_ips);
        pod.status.conditions = take(&mut self.conditions);
        pod.status.container_statuses = take(&mut self.statuses);
        pod
    }

    /// Keeps the room and nothing of the facts.
    pub(super) fn keep(&mut self, pod: PodFacts<'_>) {
        self.owners = emptied(pod.metadata.owner_references);
        self.containers = emptied(pod.spec.containers);
        self.volumes = emptied(pod.spec.volumes);
        self.pod_ips = emptied(pod.status.pod_ips);
        self.conditions = emptied(pod.status.conditions);
        self.statuses = emptied(pod.status.container_statuses);
    }
}

/// Most elements that room is kept for.
const MOST_KEPT: usize = 64;

/// The list without its elements, for those of another lifetime: the standard library collects in
/// place what is of the same size.
fn emptied<A, B>(mut list: Vec<A>) -> Vec<B> {
    if list.capacity() > MOST_KEPT {
        return Vec::new();
    }
    list.clear();
    list.into_iter().map_while(|_| None).collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodSpec<'a> {
    #[serde(borrow)]
    pub node_name: Str<'a>,
    pub service_account_name: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    pub containers: Vec<Container<'a>>,
    #[serde(deserialize_with = "nullable")]
    pub init_containers: Vec<Container<'a>>,
    #[serde(deserialize_with = "nullable")]
    pub readiness_gates: Vec<ReadinessGate<'a>>,
    #[serde(deserialize_with = "nullable")]
    pub volumes: Vec<Volume<'a>>,
    /// Requests and limits of the pod as a whole, where it has some.
    #[serde(deserialize_with = "nullable")]
    pub resources: Resources<'a>,
}

from_message!(PodSpec<'de> { node_name, service_account_name, containers, init_containers, readiness_gates, volumes, resources });

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ReadinessGate<'a> {
    #[serde(borrow)]
    pub condition_type: Str<'a>,
}

from_message!(ReadinessGate<'de> { condition_type });

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Volume<'a> {
    #[serde(borrow)]
    pub config_map: Option<Named<'a>>,
    pub secret: Option<SecretVolume<'a>>,
    pub persistent_volume_claim: Option<ClaimVolume<'a>>,
    pub projected: Option<Projected<'a>>,
}

from_message!(Volume<'de> { config_map, secret, persistent_volume_claim, projected });

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SecretVolume<'a> {
    #[serde(borrow)]
    pub secret_name: Str<'a>,
}

from_message!(SecretVolume<'de> { secret_name });

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ClaimVolume<'a> {
    #[serde(borrow)]
    pub claim_name: Str<'a>,
}

from_message!(ClaimVolume<'de> { claim_name });

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Projected<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    pub sources: Vec<ProjectedSource<'a>>,
}

from_message!(Projected<'de> { sources });

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ProjectedSource<'a> {
    #[serde(borrow)]
    pub config_map: Option<Named<'a>>,
    pub secret: Option<Named<'a>>,
}

from_message!(ProjectedSource<'de> { config_map, secret });

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodStatus<'a> {
    #[serde(borrow)]
    pub phase: Str<'a>,
    pub reason: Str<'a>,
    pub nominated_node_name: Str<'a>,
    pub qos_class: Str<'a>,
    #[serde(rename = "podIPs", deserialize_with = "nullable")]
    pub pod_ips: Vec<PodIp<'a>>,
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<Condition<'a>>,
    #[serde(deserialize_with = "nullable")]
    pub init_container_statuses: Vec<ContainerStatus<'a>>,
    #[serde(deserialize_with = "nullable")]
    pub container_statuses: Vec<ContainerStatus<'a>>,
}

from_message!(PodStatus<'de> { phase, reason, nominated_node_name, qos_class, pod_ips, conditions, init_container_statuses, container_statuses });

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PodIp<'a> {
    #[serde(borrow)]
    pub ip: Str<'a>,
}

from_message!(PodIp<'de> { ip });

/// What a pod as a whole asks for and may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shares {
    pub cpu_request: Option<i64>,
    pub cpu_limit: Option<i64>,
    pub memory_request: Option<i64>,
    pub memory_limit: Option<i64>,
}

/// What kind of object a pod refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Used {
    ServiceAccount,
    ConfigMap,
    Secret,
    Claim,
}

impl Used {
    /// The kind as shared text that costs no allocation.
    pub(super) fn text(self) -> Text {
        match self {
            Self::ServiceAccount => arcstr::literal!("ServiceAccount"),
            Self::ConfigMap => arcstr::literal!("ConfigMap"),
            Self::Secret => arcstr::literal!("Secret"),
            Self::Claim => arcstr::literal!("PersistentVolumeClaim"),
        }
    }
}

impl<'a> PodFacts<'a> {
    /// The condition of this type.
    pub(super) fn condition(&self, kind: &str) -> Option<&Condition<'a>> {
        condition(&self.status.conditions, kind)
    }

    /// The sums over the containers that run at the same time (sidecars included), or what the pod
    /// as a whole states. A limit exists only where no container is without one: then the pod can
    /// not use more.
    pub(super) fn shares(&self) -> Shares {
        let running = || {
            let sidecars = self.spec.init_containers.iter().filter(|c| c.is_sidecar());
            self.spec.containers.iter().chain(sidecars)
        };
        let requested = |read: fn(&Amounts<'_>) -> Option<i64>| {
            read(&self.spec.resources.requests).or_else(|| {
                let mut sum = None;
                for container in running() {
                    // What is limited but requests nothing requests its limit.
                    let resources = &container.resources;
                    if let Some(n) = read(&resources.requests).or_else(|| read(&resources.limits)) {
                        sum = Some(sum.unwrap_or(0_i64).saturating_add(n));
                    }
                }
                sum
            })
        };
        let limited = |read: fn(&Amounts<'_>) -> Option<i64>| {
            read(&self.spec.resources.limits).or_else(|| {
                let mut sum = None;
                for container in running() {
                    let n = read(&container.resources.limits)?;
                    sum = Some(sum.unwrap_or(0_i64).saturating_add(n));
                }
                sum
            })
        };
        Shares {
            cpu_request: requested(|amounts| amounts.cpu_millis()),
            cpu_limit: limited(|amounts| amounts.cpu_millis()),
            memory_request: requested(|amounts| amounts.memory_bytes()),
            memory_limit: limited(|amounts| amounts.memory_bytes()),
        }
    }

    /// Everything in its namespace that the pod refers to, with the field it does it in; may repeat.
    /// Left out: the service account and the root certificate that every pod has.
    pub(super) fn references(&self) -> impl Iterator<Item = (Used, Text, &str)> {
        let account = &*self.spec.service_account_name;
        let account = (account != "default")
            .then(|| (Used::ServiceAccount, arcstr::literal!("spec.serviceAccountName"), account));
        let volumes = self.spec.volumes.iter().flat_map(|volume| {
            let projected = volume.projected.iter().flat_map(|projected| &projected.sources);
            let projected = projected.flat_map(|source| {
                let secret = source.secret.as_ref().map(|s| (Used::Secret, &*s.name));
                let map = source.config_map.as_ref().map(|m| (Used::ConfigMap, &*m.name));
                secret.into_iter().chain(map)
            });
            let claim = volume.persistent_volume_claim.as_ref();
            let claim = claim.map(|claim| (Used::Claim, &*claim.claim_name));
            let secret = volume.secret.as_ref().map(|s| (Used::Secret, &*s.secret_name));
            let map = volume.config_map.as_ref().map(|m| (Used::ConfigMap, &*m.name));
            claim
                .into_iter()
                .chain(secret)
                .chain(map)
                .chain(projected)
                .map(|(kind, name)| (kind, arcstr::literal!("spec.volumes"), name))
        });
        let containers = self.spec.containers.iter().chain(&self.spec.init_containers);
        let environment = containers.flat_map(|container| {
            let from = container.env_from.iter().flat_map(|from| {
                let secret = from.secret_ref.as_ref().map(|s| (Used::Secret, &*s.name));
                let map = from.config_map_ref.as_ref().map(|m| (Used::ConfigMap, &*m.name));
                secret.into_iter().chain(map)
            });
            let single = container.env.0.iter();
            let single = single.flat_map(|from| {
                let secret = from.secret_key_ref.as_ref().map(|s| (Used::Secret, &*s.name));
                let map = from.config_map_key_ref.as_ref().map(|m| (Used::ConfigMap, &*m.name));
                secret.into_iter().chain(map)
            });
            from.chain(single)
                .map(|(kind, name)| (kind, arcstr::literal!("spec.containers.env"), name))
        });
        account
            .into_iter()
            .chain(volumes)
            .chain(environment)
            .filter(|(kind, _, name)| *kind != Used::ConfigMap || *name != "kube-root-ca.crt")
    }
}
