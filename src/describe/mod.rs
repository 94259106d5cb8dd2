//! Floor 3: what `kubectl describe` tells of an object, in its order and words, and what it leaves
//! out: how long conditions have held, the events of what an object owns, ways to what it refers to.
//!
//! Nothing is read here. [`needs`] says what else must be read for an object, the caller reads it as
//! it likes, and [`describe`] makes a page of what came. What may not be read is said in its place,
//! and the rest stands. The rules are those of k8s.io/kubectl/pkg/describe.

mod amount;
mod ask;
mod conditions;
mod config;
mod containers;
mod demand;
mod events;
mod generic;
mod machine;
mod meta;
mod network;
mod network_policy;
mod node;
mod page;
mod pod;
mod rbac;
mod scaling;
mod signing;
mod storage;
#[cfg(test)]
mod tests;
mod volumes;
mod words;
mod workloads;
mod writer;

pub use ask::{Answers, Ask, Key};
pub use page::{Line, Page, Span, Target};

use crate::model::{Gvr, Text};
use jiff::tz::TimeZone;
use node::Node;
use serde_json::Value;
use writer::Out;

/// The object that is described.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Its resource type.
    pub gvr: Gvr,
    /// Its kind.
    pub kind: Text,
    /// The whole object, as the server sent it. A Secret comes with its values: their sizes are
    /// told, they themselves are not.
    pub object: Value,
}

impl Subject {
    fn node(&self) -> Node<'_> {
        Node::from(&self.object)
    }

    fn namespace(&self) -> &str {
        self.node().at("metadata.namespace").str()
    }

    fn name(&self) -> &str {
        self.node().at("metadata.name").str()
    }

    fn is(&self, group: &str, kind: &str) -> bool {
        self.gvr.group == group && self.kind == kind
    }
}

/// All that a describer has at hand.
struct Context<'a> {
    subject: &'a Subject,
    object: Node<'a>,
    namespace: &'a str,
    answers: &'a Answers,
    /// Unix seconds.
    now: i64,
}

/// How one kind is described.
struct Describer {
    group: &'static str,
    kind: &'static str,
    /// What must be read besides its events.
    asks: fn(&Subject) -> Vec<Ask>,
    /// Kinds of what it owns whose events are told.
    owns: fn(&Subject) -> &'static [&'static str],
    /// kubectl tells its events.
    events: bool,
    write: fn(&Context<'_>, &mut Out),
}

const fn plain(
    group: &'static str,
    kind: &'static str,
    write: fn(&Context<'_>, &mut Out),
) -> Describer {
    Describer { group, kind, asks: nothing, owns: |_| &[], events: true, write }
}

fn nothing(_: &Subject) -> Vec<Ask> {
    Vec::new()
}

const APPS: &str = "apps";
const BATCH: &str = "batch";
const NETWORKING: &str = "networking.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";

/// One of which kubectl tells no events.
const fn silent(
    group: &'static str,
    kind: &'static str,
    write: fn(&Context<'_>, &mut Out),
) -> Describer {
    Describer { events: false, ..plain(group, kind, write) }
}

/// A controller whose pods are found by its selector.
const fn workload(
    group: &'static str,
    kind: &'static str,
    write: fn(&Context<'_>, &mut Out),
) -> Describer {
    Describer { asks: workloads::pods, owns: |_| &["Pod"], ..plain(group, kind, write) }
}

const DESCRIBERS: &[Describer] = &[
    plain("", "Pod", pod::write),
    workload("", "ReplicationController", workloads::replication_controller),
    workload(APPS, "ReplicaSet", workloads::replica_set),
    Describer {
        asks: workloads::deployment_asks,
        owns: |_| &["ReplicaSet", "Pod"],
        ..plain(APPS, "Deployment", workloads::deployment)
    },
    workload(APPS, "StatefulSet", workloads::stateful_set),
    workload(APPS, "DaemonSet", workloads::daemon_set),
    workload(BATCH, "Job", workloads::job),
    Describer {
        asks: workloads::cron_job_asks,
        owns: |_| &["Job", "Pod"],
        ..plain(BATCH, "CronJob", workloads::cron_job)
    },
    Describer { asks: network::service_asks, ..plain("", "Service", network::service) },
    plain("", "Endpoints", network::endpoints_page),
    plain("discovery.k8s.io", "EndpointSlice", network::endpoint_slice),
    Describer { asks: network::ingress_asks, ..plain(NETWORKING, "Ingress", network::ingress) },
    plain(NETWORKING, "IngressClass", network::ingress_class),
    plain(NETWORKING, "ServiceCIDR", network::service_cidr),
    plain(NETWORKING, "IPAddress", network::ip_address),
    silent(NETWORKING, "NetworkPolicy", network_policy::write),
    Describer { asks: machine::asks, ..plain("", "Node", machine::write) },
    Describer { asks: config::namespace_asks, ..silent("", "Namespace", config::namespace) },
    plain("", "ConfigMap", config::config_map),
    silent("", "Secret", config::secret),
    plain("", "ServiceAccount", config::service_account),
    silent("", "ResourceQuota", config::resource_quota),
    silent("", "LimitRange", config::limit_range),
    plain("", "PersistentVolume", storage::persistent_volume),
    Describer {
        asks: storage::claim_asks,
        ..plain("", "PersistentVolumeClaim", storage::persistent_volume_claim)
    },
    plain(STORAGE, "StorageClass", storage::storage_class),
    plain(STORAGE, "VolumeAttributesClass", storage::volume_attributes_class),
    plain(STORAGE, "CSINode", storage::csi_node),
    plain("autoscaling", "HorizontalPodAutoscaler", scaling::autoscaler),
    plain("policy", "PodDisruptionBudget", scaling::disruption_budget),
    plain("scheduling.k8s.io", "PriorityClass", scaling::priority_class),
    plain("certificates.k8s.io", "CertificateSigningRequest", signing::write),
    silent(RBAC, "Role", rbac::role),
    silent(RBAC, "ClusterRole", rbac::role),
    silent(RBAC, "RoleBinding", rbac::binding),
    silent(RBAC, "ClusterRoleBinding", rbac::binding),
];

const GENERIC: Describer =
    Describer { asks: generic::asks, owns: generic::owns, ..plain("", "", generic::write) };

fn describer(subject: &Subject) -> &'static Describer {
    let own = DESCRIBERS.iter().find(|one| subject.is(one.group, one.kind));
    own.unwrap_or(&GENERIC)
}

/// What else must be read to describe this object. Everything can be asked at once; a description
/// can be made before all answers are there, and says what is still missing.
pub fn needs(subject: &Subject) -> Vec<Ask> {
    let describer = describer(subject);
    let mut asks = (describer.asks)(subject);
    asks.push(events::ask(subject));
    asks.extend((describer.owns)(subject).iter().map(|kind| events::ask_of(subject, kind)));
    asks
}

/// The page of an object at this moment (Unix seconds), with times of day in UTC.
pub fn describe(subject: &Subject, answers: &Answers, now: i64) -> Page {
    describe_in(subject, answers, now, TimeZone::UTC)
}

/// [`describe`] with times of day as clocks in this zone show them; kubectl takes the local one.
pub fn describe_in(subject: &Subject, answers: &Answers, now: i64, zone: TimeZone) -> Page {
    let describer = describer(subject);
    let context =
        Context { subject, object: subject.node(), namespace: subject.namespace(), answers, now };
    let mut out = Out::new(zone);
    meta::managed_by(&mut out, &subject.object);
    (describer.write)(&context, &mut out);
    events::write(&mut out, answers, now, describer.events);
    events::write_owned(&mut out, subject, answers, now, (describer.owns)(subject));
    out.page()
}
