//! Which pods stand behind an object, and where its ports lead in them. One rule for everything that
//! reaches into "a pod of Deployment/api": what may be entered is judged by it.

use super::de::{Pairs, Str, nullable};
use super::health::{Condition, condition};
use super::pod_selector::{Expression, Selector, format_labels};
use crate::model::ObjRef;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What stands behind one object, as the server described it.
#[derive(Clone, Debug)]
pub struct Behind {
    group: String,
    plural: String,
    namespace: String,
    name: String,
    uid: String,
    rule: Rule,
    /// Of a Service; None for everything else, whose ports are the pods' own.
    service: Option<Ports>,
}

#[derive(Clone, Debug)]
enum Rule {
    /// The object is the pod itself.
    Itself,
    /// Pods with these labels.
    Labels { text: String, conditions: Vec<LabelRule> },
}

/// One condition on labels.
#[derive(Clone, Debug)]
enum LabelRule {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

#[derive(Clone, Debug)]
struct Ports {
    headless: bool,
    ports: Vec<ServicePort>,
}

#[derive(Clone, Debug)]
struct ServicePort {
    name: String,
    number: u16,
    protocol: String,
    /// Number or name; empty for the port itself.
    target: String,
}

/// What reaching into a pod needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// uid.
    pub uid: String,
    /// creationTimestamp.
    pub created: String,
    /// `status.phase`.
    pub phase: String,
    /// Its Ready condition is true.
    pub ready: bool,
    /// It is on its way out.
    pub leaving: bool,
    labels: Vec<(String, String)>,
    /// uid of its controller; empty without.
    controller: String,
    ports: Vec<ContainerPort>,
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// The container.
    pub container: String,
    /// Its name; may be empty.
    pub name: String,
    /// Its number.
    pub number: u16,
    /// `TCP`, `UDP`, `SCTP`.
    pub protocol: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Owner<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: OwnMeta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: OwnerSpec<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OwnMeta<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    namespace: Str<'a>,
    uid: Str<'a>,
    creation_timestamp: Str<'a>,
    deletion_timestamp: Str<'a>,
    labels: Pairs<'a, Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    owner_references: Vec<OwnerUid<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OwnerUid<'a> {
    #[serde(borrow)]
    uid: Str<'a>,
    controller: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OwnerSpec<'a> {
    #[serde(borrow)]
    r#type: Str<'a>,
    #[serde(rename = "clusterIP")]
    cluster_ip: Str<'a>,
    /// A map of labels or a LabelSelector, by kind.
    selector: Option<&'a RawValue>,
    /// Of Services; other kinds have other things there.
    ports: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SpecPort<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    port: Option<u16>,
    protocol: Str<'a>,
    target_port: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pod<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: OwnMeta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: PodSpec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: PodStatus<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodSpec<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    containers: Vec<PodContainer<'a>>,
    #[serde(deserialize_with = "nullable")]
    init_containers: Vec<PodContainer<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PodContainer<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PodPort<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodPort<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    container_port: Option<u16>,
    protocol: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PodStatus<'a> {
    #[serde(borrow)]
    phase: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

impl Behind {
    /// A pod stands behind itself, whatever it is like; None for everything else.
    pub fn itself(object: &ObjRef) -> Option<Self> {
        let (group, plural) = (&*object.gvr.group, &*object.gvr.plural);
        ((group, plural) == ("", "pods")).then(|| Self {
            group: group.to_owned(),
            plural: plural.to_owned(),
            namespace: object.namespace.to_string(),
            name: object.name.to_string(),
            uid: object.uid.to_string(),
            rule: Rule::Itself,
            service: None,
        })
    }

    /// What stands behind `object`, whose JSON this is.
    ///
    /// # Errors
    /// Why no pod can: it selects none, or it cannot be read.
    pub fn read(object: &ObjRef, json: &[u8]) -> Result<Self, String> {
        let owner: Owner<'_> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let (group, plural) = (&*object.gvr.group, &*object.gvr.plural);
        let mut behind = Self {
            group: group.to_owned(),
            plural: plural.to_owned(),
            namespace: owner.metadata.namespace.to_string(),
            name: owner.metadata.name.to_string(),
            uid: owner.metadata.uid.to_string(),
            rule: Rule::Itself,
            service: None,
        };
        if let Some(itself) = Self::itself(object) {
            return Ok(itself);
        }
        let none = || format!("{object} selects no pods");
        if (group, plural) == ("", "services") && &*owner.spec.r#type == "ExternalName" {
            return Err(format!("{object} is only a name for something outside the cluster"));
        }
        let raw = owner.spec.selector.map_or("null", RawValue::get);
        let plain = matches!((group, plural), ("", "services" | "replicationcontrollers"));
        let (text, conditions) = if plain {
            let labels: Pairs<'_, Str<'_>> = serde_json::from_str(raw).map_err(|_| none())?;
            (format_labels(&labels), equal(&labels))
        } else {
            let selector: Selector<'_> = serde_json::from_str(raw).map_err(|_| none())?;
            let text = selector.format().ok_or_else(none)?;
            let mut conditions = equal(&selector.match_labels);
            conditions.extend(selector.match_expressions.iter().filter_map(expression));
            (text, conditions)
        };
        // What would select every pod has none of its own.
        if text.is_empty() {
            return Err(none());
        }
        behind.rule = Rule::Labels { text, conditions };
        if (group, plural) == ("", "services") {
            let raw = owner.spec.ports.map_or("[]", RawValue::get);
            let ports: Vec<SpecPort<'_>> = serde_json::from_str(raw).unwrap_or_default();
            behind.service = Some(Ports {
                headless: &*owner.spec.cluster_ip == "None",
                ports: ports.iter().filter_map(service_port).collect(),
            });
        }
        Ok(behind)
    }

    /// The label selector that finds its pods, as the API takes it; None where it is a pod itself.
    pub fn selector(&self) -> Option<&str> {
        match &self.rule {
            Rule::Itself => None,
            Rule::Labels { text, .. } => Some(text),
        }
    }

    /// Whether this is what stands behind that object.
    pub fn is_of(&self, object: &ObjRef) -> bool {
        *self.group == *object.gvr.group
            && *self.plural == *object.gvr.plural
            && *self.namespace == *object.namespace
            && *self.name == *object.name
    }

    /// Whether a pod stands behind it. Of controllers that own their pods themselves it must be the
    /// owner too: selectors may cross.
    pub fn has(&self, pod: &Entrance) -> bool {
        if pod.namespace != self.namespace {
            return false;
        }
        let Rule::Labels { conditions, .. } = &self.rule else { return pod.name == self.name };
        let owns = matches!(
            (self.group.as_str(), self.plural.as_str()),
            ("apps", "replicasets" | "statefulsets" | "daemonsets")
                | ("batch", "jobs")
                | ("", "replicationcontrollers")
        );
        (!owns || (!self.uid.is_empty() && pod.controller == self.uid))
            && conditions.iter().all(|condition| condition.holds(pod))
    }

    /// The number of the pod's port that `port` leads to: a number or a name; of a Service, of its
    /// own ports.
    ///
    /// # Errors
    /// There is no such port, or it is none that can be forwarded.
    pub fn port(&self, port: &str, pod: &Entrance) -> Result<u16, String> {
        let Some(service) = &self.service else { return pod.port(port) };
        let number = port.parse::<u16>().ok();
        let found = service
            .ports
            .iter()
            .find(|own| Some(own.number) == number || (number.is_none() && own.name == port));
        let Some(own) = found else {
            return Err(format!("the Service has no port {port}; {}", self.known_ports()));
        };
        if !matches!(own.protocol.as_str(), "" | "TCP") {
            return Err(format!("port {port} is {}: only TCP is forwarded", own.protocol));
        }
        match own.target.as_str() {
            "" | "0" => Ok(own.number),
            _ if service.headless => Ok(own.number),
            target => pod.port(target),
        }
    }

    /// Ports that can be asked for, as number and name.
    pub fn ports(&self) -> Vec<(u16, String)> {
        let tcp = |own: &&ServicePort| matches!(own.protocol.as_str(), "" | "TCP");
        let ports = self.service.iter().flat_map(|service| &service.ports);
        ports.filter(tcp).map(|own| (own.number, own.name.clone())).collect()
    }

    fn known_ports(&self) -> String {
        told(self.ports().into_iter())
    }
}

fn told(ports: impl Iterator<Item = (u16, String)>) -> String {
    let all: Vec<String> = ports
        .map(|(number, name)| match name.as_str() {
            "" => number.to_string(),
            name => format!("{number} ({name})"),
        })
        .collect();
    if all.is_empty() { "it names none".into() } else { format!("there are {}", all.join(", ")) }
}

fn equal(labels: &Pairs<'_, Str<'_>>) -> Vec<LabelRule> {
    let pairs = labels.0.iter();
    pairs.map(|(key, value)| LabelRule::In(key.to_string(), vec![value.to_string()])).collect()
}

fn expression(expression: &Expression<'_>) -> Option<LabelRule> {
    let key = expression.key.to_string();
    let values = || expression.values.iter().map(|value| value.to_string()).collect();
    Some(match &*expression.operator {
        "In" => LabelRule::In(key, values()),
        "NotIn" => LabelRule::NotIn(key, values()),
        "Exists" => LabelRule::Exists(key),
        "DoesNotExist" => LabelRule::Absent(key),
        // `Selector::format` has refused everything else.
        _ => return None,
    })
}

fn service_port(port: &SpecPort<'_>) -> Option<ServicePort> {
    let target = match &port.target_port {
        Some(serde_json::Value::String(name)) => name.clone(),
        Some(serde_json::Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    Some(ServicePort {
        name: port.name.to_string(),
        number: port.port?,
        protocol: port.protocol.to_string(),
        target,
    })
}

impl LabelRule {
    fn holds(&self, pod: &Entrance) -> bool {
        let value = |key: &str| {
            pod.labels.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
        };
        let among = |key: &str, values: &[String]| {
            value(key).is_some_and(|value| values.iter().any(|one| one == value))
        };
        match self {
            Self::In(key, values) => among(key, values),
            Self::NotIn(key, values) => !among(key, values),
            Self::Exists(key) => value(key).is_some(),
            Self::Absent(key) => value(key).is_none(),
        }
    }
}

impl Entrance {
    /// The one of several alike that is entered: it runs, is ready rather than not, and comes first by name.
    pub fn best(pods: &[Self]) -> Option<&Self> {
        let running = pods.iter().filter(|pod| pod.runs());
        running.max_by_key(|pod| (pod.ready, std::cmp::Reverse(&pod.name)))
    }

    /// Reads a pod.
    ///
    /// # Errors
    /// It is none that can be read.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let pod: Pod<'_> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let Pod { metadata, spec, status } = pod;
        if metadata.name.is_empty() {
            return Err("a pod without a name".into());
        }
        let pairs = metadata.labels.0.iter();
        let controller = metadata.owner_references.iter().find(|own| own.controller == Some(true));
        let mut ports = Vec::new();
        for container in spec.containers.iter().chain(&spec.init_containers) {
            ports.extend(container.ports.iter().filter_map(|port| {
                Some(ContainerPort {
                    container: container.name.to_string(),
                    name: port.name.to_string(),
                    number: port.container_port?,
                    protocol: port.protocol.to_string(),
                })
            }));
        }
        Ok(Self {
            namespace: metadata.namespace.to_string(),
            name: metadata.name.to_string(),
            uid: metadata.uid.to_string(),
            created: metadata.creation_timestamp.to_string(),
            phase: status.phase.to_string(),
            ready: condition(&status.conditions, "Ready").is_some_and(Condition::is_true),
            leaving: !metadata.deletion_timestamp.is_empty(),
            labels: pairs.map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            controller: controller.map(|own| own.uid.to_string()).unwrap_or_default(),
            ports,
        })
    }

    /// The pods of a list, those left out that cannot be read.
    pub fn of_list(json: &str) -> Vec<Self> {
        #[derive(Deserialize)]
        struct List<'a> {
            #[serde(borrow, default)]
            items: Vec<&'a serde_json::value::RawValue>,
        }
        let list: Option<List<'_>> = serde_json::from_str(json).ok();
        let items = list.into_iter().flat_map(|list| list.items);
        items.filter_map(|item| Self::read(item.get().as_bytes()).ok()).collect()
    }

    /// Its processes run.
    pub fn runs(&self) -> bool {
        self.phase == "Running" && !self.leaving
    }

    /// Ports its containers declare, TCP only.
    pub fn ports(&self) -> impl Iterator<Item = &ContainerPort> {
        self.ports.iter().filter(|port| matches!(port.protocol.as_str(), "" | "TCP"))
    }

    fn port(&self, port: &str) -> Result<u16, String> {
        if let Ok(number) = port.parse::<u16>() {
            return if number == 0 { Err("0 is no port".into()) } else { Ok(number) };
        }
        match self.ports().find(|own| own.name == port) {
            Some(own) => Ok(own.number),
            None => {
                let known = told(self.ports().map(|own| (own.number, own.name.clone())));
                Err(format!("pod {} has no port called {port}; {known}", self.name))
            }
        }
    }
}

#[cfg(test)]
#[path = "behind_tests.rs"]
mod tests;
