//! What else has to be read for a description, and what came of it.

use super::node::Node;
use crate::model::{Fault, Gvr, Read};
use serde_json::Value;
use std::collections::BTreeMap;

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// Events of the object itself.
    Events,
    /// Events of a node that name it by its name instead of its uid, as kubelets do.
    EventsOfKubelet,
    /// Events of all objects of a kind in the namespace, of which those that belong to the object
    /// are told.
    EventsOf(&'static str),
    /// Pods that belong to the object.
    Pods,
    /// ReplicaSets that belong to it.
    ReplicaSets,
    /// Jobs that belong to it.
    Jobs,
    /// EndpointSlices of the Service of this name.
    Slices(String),
    /// The Service of this name.
    Service(String),
    /// Lease of a node.
    Lease,
    /// Devices of a node.
    ResourceSlices,
    /// Quotas of a namespace.
    Quotas,
    /// Limits of a namespace.
    LimitRanges,
}

/// One read that a description needs: an object by name, or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What its answer is filed under.
    pub key: Key,
    /// What is read.
    pub gvr: Gvr,
    /// Kind of the objects.
    pub kind: &'static str,
    /// Where; empty for all namespaces, and for kinds that have none.
    pub namespace: String,
    /// Name of one object; empty for a list.
    pub name: String,
    /// Label selector of a list; empty for all.
    pub labels: String,
    /// Field selector of a list; empty for all.
    pub fields: String,
}

impl Ask {
    pub(super) fn list(key: Key, what: (&str, &str, &str, &'static str), namespace: &str) -> Self {
        let (group, version, plural, kind) = what;
        Self {
            key,
            gvr: Gvr::new(group, version, plural),
            kind,
            namespace: namespace.to_owned(),
            name: String::new(),
            labels: String::new(),
            fields: String::new(),
        }
    }

    #[must_use]
    pub(super) fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    #[must_use]
    pub(super) fn labels(mut self, labels: impl Into<String>) -> Self {
        self.labels = labels.into();
        self
    }

    #[must_use]
    pub(super) fn fields(mut self, fields: impl Into<String>) -> Self {
        self.fields = fields.into();
        self
    }

    /// The request. Lists are read whole: a description counts.
    pub fn read(&self) -> Read {
        let plural = &self.gvr.plural;
        if !self.name.is_empty() {
            let path = self.gvr.object_path(&self.namespace, &self.name);
            return Read { what: format!("get {plural} {}", self.name), path };
        }
        let mut path =
            self.gvr.collection_path((!self.namespace.is_empty()).then_some(&self.namespace));
        let mut sign = '?';
        for (name, value) in [("labelSelector", &self.labels), ("fieldSelector", &self.fields)] {
            if !value.is_empty() {
                path.push_str(&format!("{sign}{name}="));
                push_encoded(&mut path, value);
                sign = '&';
            }
        }
        let place = if self.namespace.is_empty() {
            String::new()
        } else {
            format!(" in {}", self.namespace)
        };
        Read { what: format!("list {plural}{place}"), path }
    }
}

fn push_encoded(path: &mut String, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                path.push(char::from(byte));
            }
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
}

/// What was read, or why it was not.
#[derive(Clone, Debug, Default)]
pub struct Answers(BTreeMap<Key, Result<Value, Fault>>);

/// What became of one ask.
pub(super) enum Got<'a> {
    /// No answer yet.
    Waiting,
    /// It may not, or cannot, be read.
    Fault(&'a Fault),
    /// It is here.
    Here(Node<'a>),
}

impl Answers {
    /// Files an answer.
    pub fn insert(&mut self, key: Key, answer: Result<Value, Fault>) {
        self.0.insert(key, answer);
    }

    /// Whether there is an answer, good or bad.
    pub fn has(&self, key: &Key) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn got(&self, key: &Key) -> Got<'_> {
        match self.0.get(key) {
            None => Got::Waiting,
            Some(Err(fault)) => Got::Fault(fault),
            Some(Ok(value)) => Got::Here(Node::from(value)),
        }
    }

    /// The elements of a list that was read; none where it was not.
    pub(super) fn items(&self, key: &Key) -> Vec<Node<'_>> {
        match self.got(key) {
            Got::Here(list) => list.get("items").items().collect(),
            _ => Vec::new(),
        }
    }

    /// Why something cannot be told, for the place where it would stand; None where it was read.
    pub(super) fn missing(&self, key: &Key) -> Option<String> {
        match self.got(key) {
            Got::Waiting => Some("<not read yet>".to_owned()),
            Got::Fault(fault) => Some(format!("<not shown: {fault}>")),
            Got::Here(_) => None,
        }
    }
}
