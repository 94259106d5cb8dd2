//! How the fields of a kind merge and what stands in them: lists told by keys, sets, lists and maps that
//! count as a whole, quantities, what the server fills in where nothing is said.
//!
//! Built-in kinds by `builtin.shapes` and `defaults.toml`, all others by the server's OpenAPI v3
//! ([`Shape::from_openapi`]). A kind of which nothing is known has lists that count as a whole.

use super::path::{Path, Step};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// How the API server merges a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// As a whole.
    Atomic,
    /// Members without order.
    Set,
    /// Items told by these fields.
    Map(Vec<String>),
}

/// What stands at a place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// Not known.
    Any,
    /// A text, a number, a truth.
    Plain,
    /// `100m`, `0.1`.
    Quantity,
    /// `80`, `"80"`, `25%`.
    IntOrString,
    /// `1m0s`, `60s`.
    Duration,
    /// Base64.
    Bytes,
    /// A type of the table, by its number.
    Struct(usize),
    /// Names to values.
    Map(Box<Node>),
    /// A list of items.
    List(List, Box<Node>),
}

/// One field, or the items of a list, or the values of a map.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// What stands there.
    pub what: What,
    /// Its empty value says something else than no value.
    pub meant: bool,
    /// A map or struct that is owned and replaced as a whole.
    pub whole: bool,
    /// What the server fills in.
    pub default: Option<Value>,
}

#[derive(Debug, Default)]
struct Type {
    name: String,
    fields: FxHashMap<String, Node>,
}

/// Types that refer to each other.
#[derive(Debug, Default)]
struct Types {
    all: Vec<Type>,
    roots: FxHashMap<String, usize>,
}

static ANY: Node = Node { what: What::Any, meant: true, whole: false, default: None };
static QUANTITIES: LazyLock<Node> = LazyLock::new(|| {
    let quantity = Node { what: What::Quantity, ..ANY.clone() };
    Node { what: What::Map(Box::new(quantity)), ..ANY.clone() }
});
static BUILTIN: LazyLock<Types> =
    LazyLock::new(|| Types::parse(include_str!("builtin.shapes"), include_str!("defaults.toml")));

/// How the fields of one kind merge.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// None: built-in types.
    own: Option<Arc<Types>>,
    /// Number of the type of the object itself.
    root: usize,
}

impl Shape {
    /// Of this kind, by the table of built-in ones. Of others only `metadata` is known.
    pub fn of(group: &str, kind: &str) -> Self {
        Self { own: None, root: Self::builtin(group, kind).unwrap_or(0) }
    }

    /// Whether the table of built-in kinds has it.
    pub fn is_builtin(group: &str, kind: &str) -> bool {
        Self::builtin(group, kind).is_some()
    }

    fn builtin(group: &str, kind: &str) -> Option<usize> {
        let name =
            if group.is_empty() { Cow::from(kind) } else { format!("{kind}.{group}").into() };
        BUILTIN.roots.get(&*name).copied()
    }

    /// Of a kind in the server's own description of a group and version
    /// (`/openapi/v3/apis/GROUP/VERSION`). None where it is not there or says nothing.
    pub fn from_openapi(document: &str, group: &str, version: &str, kind: &str) -> Option<Self> {
        let document: Document<'_> = serde_json::from_str(document).ok()?;
        let mut reader = Reader {
            schemas: document.components.schemas,
            types: Types::default(),
            known: FxHashMap::default(),
        };
        let root = reader.root(group, version, kind)?;
        Some(Self { own: Some(Arc::new(reader.types)), root })
    }

    /// How the list at this place merges.
    pub fn list(&self, path: &Path) -> List {
        match &self.at(path).node.what {
            What::List(list, _) => list.clone(),
            _ => List::Atomic,
        }
    }

    /// The smallest place around this one that the server replaces as a whole: the place itself, or the
    /// atomic list, map or struct that it is in. Whoever writes this place writes all of that.
    pub fn unit(&self, path: &Path) -> Path {
        let mut place = self.root();
        for (number, step) in path.0.iter().enumerate() {
            if place.node.whole || matches!(step, Step::At(_)) {
                return Path(path.0[..number].to_vec());
            }
            place = place.step(step);
        }
        path.clone()
    }

    /// Places at which another description of the kind says something else about how things merge: list
    /// types and keys, maps that count as a whole, quantities. Fields that only one of them has are left
    /// out; what empty values mean is not in a server's description.
    pub fn differs(&self, other: &Self) -> Vec<String> {
        let mut out = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        differs(self.root(), other.root(), &mut String::new(), &mut seen, &mut out);
        out
    }

    fn types(&self) -> &Types {
        self.own.as_deref().unwrap_or(&BUILTIN)
    }

    pub(super) fn root(&self) -> Place<'_> {
        let types = self.types();
        Place { types, node: &ANY, of: types.all.get(self.root) }
    }

    pub(super) fn is_secret(&self) -> bool {
        self.own.is_none() && BUILTIN.all.get(self.root).is_some_and(|one| one.name == SECRET)
    }

    fn at(&self, path: &Path) -> Place<'_> {
        path.0.iter().fold(self.root(), |place, step| place.step(step))
    }
}

fn differs(
    one: Place<'_>,
    other: Place<'_>,
    at: &mut String,
    seen: &mut std::collections::BTreeSet<String>,
    out: &mut Vec<String>,
) {
    let length = at.len();
    if one.node.whole != other.node.whole {
        out.push(format!("{at}: as a whole: {} and {}", one.node.whole, other.node.whole));
    }
    match (one.of, other.of) {
        (Some(ours), Some(theirs)) => {
            // Types contain themselves.
            if !ours.name.is_empty() && !seen.insert(ours.name.clone()) {
                return;
            }
            for name in ours.fields.keys().filter(|name| theirs.fields.contains_key(*name)) {
                at.push('.');
                at.push_str(name);
                differs(one.field(name), other.field(name), at, seen, out);
                at.truncate(length);
            }
        }
        (None, None) => match (&one.node.what, &other.node.what) {
            (What::List(ours, _), What::List(theirs, _)) if ours != theirs => {
                out.push(format!("{at}: {ours:?} and {theirs:?}"));
            }
            (What::List(..), What::List(..)) => {
                at.push_str("[]");
                differs(one.item(), other.item(), at, seen, out);
                at.truncate(length);
            }
            (What::Map(_), What::Map(_)) => {
                at.push_str("{}");
                differs(one.field(""), other.field(""), at, seen, out);
                at.truncate(length);
            }
            (ours, theirs) if ours != theirs => out.push(format!("{at}: {ours:?} and {theirs:?}")),
            _ => {}
        },
        _ => out.push(format!("{at}: {:?} and {:?}", one.node.what, other.node.what)),
    }
}

const SECRET: &str = "core.v1.Secret";

/// A place in a kind, with what is known of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'s> {
    types: &'s Types,
    pub node: &'s Node,
    /// Its type, where it is a struct.
    of: Option<&'s Type>,
}

impl<'s> Place<'s> {
    fn to(self, node: &'s Node) -> Self {
        let of = match node.what {
            What::Struct(number) => self.types.all.get(number),
            _ => None,
        };
        Self { types: self.types, node, of }
    }

    fn step(self, step: &Step) -> Self {
        match step {
            Step::Field(name) => self.field(name),
            _ => self.item(),
        }
    }

    /// A field, or the value of a key.
    pub fn field(self, name: &str) -> Self {
        if let Some(of) = self.of {
            return self.to(of.fields.get(name).unwrap_or(&ANY));
        }
        match &self.node.what {
            What::Map(value) => self.to(value),
            // Pods in kinds of which nothing is known: resources are what people write in two ways.
            What::Any if matches!(name, "limits" | "requests") => self.to(&QUANTITIES),
            _ => self.to(&ANY),
        }
    }

    /// The items of a list.
    pub fn item(self) -> Self {
        match &self.node.what {
            What::List(_, item) => self.to(item),
            _ => self.to(&ANY),
        }
    }

    /// How a list merges; None for anything else.
    pub fn merge(self) -> Option<&'s List> {
        match &self.node.what {
            What::List(list, _) => Some(list),
            _ => None,
        }
    }

    /// What an item that leaves out a key field has there.
    pub fn key_default(self, key: &str) -> Option<&'s Value> {
        self.of?.fields.get(key)?.default.as_ref()
    }

    /// A map that merges key by key.
    pub fn is_open_map(self) -> bool {
        matches!(self.node.what, What::Map(_)) && !self.node.whole
    }

    /// Whether a value says no more than its absence.
    pub fn is_nothing(self, value: &Value) -> bool {
        if self
            .node
            .default
            .as_ref()
            .is_some_and(|default| super::equal::same(self, default, value))
        {
            return true;
        }
        let filled = self.node.default.as_ref().is_some_and(Value::is_object);
        match (&self.node.what, value) {
            (_, Value::Null) => true,
            (What::List(..) | What::Any, Value::Array(items)) => items.is_empty(),
            (What::Map(_), Value::Object(map)) => map.is_empty(),
            (What::Struct(_), Value::Object(map)) if filled || !self.node.meant => {
                map.iter().all(|(name, value)| self.field(name).is_nothing(value))
            }
            (_, _) if self.node.meant => false,
            // A default of its own: the empty value was replaced by it.
            (_, Value::String(text)) => text.is_empty(),
            (_, Value::Bool(truth)) => !truth,
            (_, Value::Number(number)) => number.as_f64() == Some(0.0),
            _ => false,
        }
    }

    /// Whether the server fills in this value of a field because of what stands beside it. `own` has the
    /// field, `other` has not.
    pub fn is_derived(
        self,
        name: &str,
        value: &Value,
        own: &Map<String, Value>,
        other: &Map<String, Value>,
    ) -> bool {
        let Some(of) = self.of else { return false };
        let text = |name: &str| own.get(name).and_then(Value::as_str).unwrap_or_default();
        match (of.name.as_str(), name) {
            ("core.v1.Container" | "core.v1.EphemeralContainer", "imagePullPolicy") => {
                value == pull_policy(text("image"))
            }
            ("core.v1.ServicePort", "targetPort") => own.get("port") == Some(value),
            ("core.v1.PodSpec", "serviceAccount") => {
                own.get("serviceAccountName") == Some(value) || value == "default"
            }
            ("core.v1.PodSpec", "serviceAccountName") => {
                own.get("serviceAccount") == Some(value)
                    && other.get("serviceAccount") == Some(value)
            }
            ("core.v1.Volume", "emptyDir") => {
                let bare = value.as_object().is_some_and(Map::is_empty);
                bare && other.keys().all(|key| key == "name")
            }
            ("core.v1.ResourceRequirements", "requests") => {
                let limits = own.get("limits").and_then(Value::as_object);
                let same = |(name, value): (&String, &Value)| {
                    limits.is_some_and(|limits| limits.get(name) == Some(value))
                };
                value.as_object().is_some_and(|all| all.iter().all(same))
            }
            ("rbac.v1.Subject", "apiGroup") => match text("kind") {
                "ServiceAccount" => value == "",
                _ => value == "rbac.authorization.k8s.io",
            },
            ("apiextensions.v1.CustomResourceDefinitionNames", "listKind") => {
                value.as_str().and_then(|list| list.strip_suffix("List")) == Some(text("kind"))
            }
            ("apiextensions.v1.CustomResourceDefinitionNames", "singular") => {
                value == text("kind").to_lowercase().as_str()
            }
            ("networking.v1.NetworkPolicySpec", "policyTypes") => {
                let egress = own.get("egress").and_then(Value::as_array);
                let both = egress.is_some_and(|rules| !rules.is_empty());
                let types: &[&str] = if both { &["Ingress", "Egress"] } else { &["Ingress"] };
                value.as_array().is_some_and(|given| {
                    given.len() == types.len() && types.iter().zip(given).all(|(a, b)| b == a)
                })
            }
            _ => false,
        }
    }
}

/// What the server fills in: `Always` for `latest` and for images without tag or digest.
fn pull_policy(image: &str) -> &'static str {
    let name = image.rsplit('/').next().unwrap_or_default();
    let latest = match (name.contains('@'), name.rsplit_once(':')) {
        (true, _) => false,
        (false, Some((_, tag))) => tag == "latest",
        (false, None) => true,
    };
    if latest { "Always" } else { "IfNotPresent" }
}

impl Types {
    /// The table of built-in kinds: its first lines say its form. Lines that are not of it are left out
    /// (a test reads them all).
    fn parse(text: &str, defaults: &str) -> Self {
        let mut types = Self::default();
        let lines = || text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        // Number 0: a kind of which nothing else is known.
        types.all.push(Type { name: "object".to_owned(), ..Type::default() });
        let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
        for (name, _) in lines().filter_map(|line| line.split_once(": ")) {
            numbers.insert(name, types.all.len());
            types.all.push(Type { name: name.to_owned(), ..Type::default() });
        }
        let defaults: Map<String, Value> = toml::from_str(defaults).unwrap_or_default();
        for line in lines() {
            if let Some((kind, name)) = line.split_once(" = ") {
                types.roots.extend(numbers.get(name).map(|at| (kind.to_owned(), *at)));
            } else if let Some((name, fields)) = line.split_once(": ")
                && let Some(at) = numbers.get(name)
            {
                let given = defaults.get(name);
                for field in fields.split(' ') {
                    let (field, node) = match field.split_once(':') {
                        Some((field, node)) => (field, parse(node, &numbers)),
                        None => (field, parse("", &numbers)),
                    };
                    let default = given.and_then(|all| all.get(field)).cloned();
                    types.all[*at].fields.insert(field.to_owned(), Node { default, ..node });
                }
            }
        }
        if let Some(at) = numbers.get("meta.v1.ObjectMeta") {
            let metadata = Node { what: What::Struct(*at), meant: false, ..ANY.clone() };
            types.all[0].fields.insert("metadata".to_owned(), metadata);
        }
        types
    }
}

fn parse(text: &str, numbers: &FxHashMap<&str, usize>) -> Node {
    let (text, meant) = text.strip_prefix('*').map_or((text, false), |rest| (rest, true));
    let (text, whole) = text.strip_prefix('!').map_or((text, false), |rest| (rest, true));
    // An empty value in a map or a list is a value.
    let below = |text: &str| Box::new(Node { meant: true, ..parse(text, numbers) });
    let what = match text.as_bytes().first() {
        None => What::Plain,
        Some(b'q') => What::Quantity,
        Some(b'i') => What::IntOrString,
        Some(b'd') => What::Duration,
        Some(b'b') => What::Bytes,
        Some(b'=') => numbers.get(&text[1..]).map_or(What::Any, |at| What::Struct(*at)),
        Some(b'{') => What::Map(below(&text[2..])),
        Some(b'[') => match text[1..].split_once(']') {
            Some(("", item)) => What::List(List::Atomic, below(item)),
            Some(("*", item)) => What::List(List::Set, below(item)),
            Some((keys, item)) => {
                What::List(List::Map(keys.split(',').map(str::to_owned).collect()), below(item))
            }
            None => What::Any,
        },
        Some(_) => What::Any,
    };
    Node { what, meant, whole, default: None }
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    components: Components<'a>,
}

#[derive(Deserialize)]
struct Components<'a> {
    #[serde(borrow)]
    schemas: FxHashMap<String, &'a RawValue>,
}

/// Reads types out of an OpenAPI document, only those that are needed.
struct Reader<'a> {
    schemas: FxHashMap<String, &'a RawValue>,
    types: Types,
    /// Numbers of types that were read, by their names in the document.
    known: FxHashMap<String, Node>,
}

impl Reader<'_> {
    fn root(&mut self, group: &str, version: &str, kind: &str) -> Option<usize> {
        const OF: &str = "x-kubernetes-group-version-kind";
        let is = |schema: &Value| {
            let given = schema.get(OF).and_then(Value::as_array);
            given.into_iter().flatten().any(|gvk| {
                gvk["group"] == group && gvk["version"] == version && gvk["kind"] == kind
            })
        };
        let name = self.schemas.iter().find_map(|(name, raw)| {
            // The text is looked at first: a group has hundreds of schemas and two kinds.
            let candidate = raw.get().contains(OF) && raw.get().contains(kind);
            let schema = candidate.then(|| serde_json::from_str::<Value>(raw.get()).ok())??;
            (is(&schema) && schema.get("properties").is_some()).then(|| name.clone())
        })?;
        match self.named(&name).what {
            What::Struct(at) => Some(at),
            _ => None,
        }
    }

    /// A schema that has a name.
    fn named(&mut self, name: &str) -> Node {
        if let Some(node) = self.known.get(name) {
            return node.clone();
        }
        let what = match name.rsplit_once(".pkg.").map(|(_, name)| name) {
            Some("api.resource.Quantity") => Some(What::Quantity),
            Some("util.intstr.IntOrString") => Some(What::IntOrString),
            Some("apis.meta.v1.Duration") => Some(What::Duration),
            _ => None,
        };
        let node = match what {
            Some(what) => Node { what, ..ANY.clone() },
            None => {
                let raw = self.schemas.get(name).map(|raw| raw.get());
                let schema = raw.and_then(|raw| serde_json::from_str::<Value>(raw).ok());
                let Some(schema) = schema else { return ANY.clone() };
                // Types may contain themselves: they are known before they are read.
                let at = schema.get("properties").is_some().then(|| self.reserve(name));
                self.node(&schema, at)
            }
        };
        self.known.insert(name.to_owned(), node.clone());
        node
    }

    fn reserve(&mut self, name: &str) -> usize {
        let at = self.types.all.len();
        let short = name.strip_prefix("io.k8s.api.").unwrap_or(name).to_owned();
        self.types.all.push(Type { name: short, ..Type::default() });
        self.known.insert(name.to_owned(), Node { what: What::Struct(at), ..ANY.clone() });
        at
    }

    fn node(&mut self, schema: &Value, reserved: Option<usize>) -> Node {
        let refers = |schema: &Value| {
            let target = schema.get("$ref").and_then(Value::as_str)?;
            target.rsplit_once('/').map(|(_, name)| name.to_owned())
        };
        let target =
            refers(schema).or_else(|| schema.get("allOf")?.as_array()?.iter().find_map(refers));
        let mut node = match target {
            Some(name) => self.named(&name),
            None => Node { what: self.what(schema, reserved), ..ANY.clone() },
        };
        node.whole |= text(schema, "x-kubernetes-map-type") == "atomic";
        node.default = schema.get("default").cloned();
        // An empty default is how the built-in types say that they are no pointers.
        let empty =
            |value: &Value| *value == Value::Object(Map::new()) || *value == "" || *value == 0;
        node.meant = !node.default.as_ref().is_some_and(empty);
        node
    }

    fn what(&mut self, schema: &Value, reserved: Option<usize>) -> What {
        let text = |name: &str| text(schema, name).to_owned();
        const QUANTITY: &str = "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))";
        let either = schema.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true));
        if either || text("format") == "int-or-string" {
            let quantity = text("pattern").starts_with(QUANTITY);
            return if quantity { What::Quantity } else { What::IntOrString };
        }
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let at = reserved.unwrap_or_else(|| {
                self.types.all.push(Type::default());
                self.types.all.len() - 1
            });
            for (name, property) in properties {
                let node = self.node(property, None);
                self.types.all[at].fields.insert(name.clone(), node);
            }
            return What::Struct(at);
        }
        match text("type").as_str() {
            "object" => match schema.get("additionalProperties") {
                Some(values @ Value::Object(_)) => {
                    What::Map(Box::new(Node { meant: true, ..self.node(values, None) }))
                }
                _ => What::Any,
            },
            "array" => {
                let item = schema.get("items").map_or(ANY.clone(), |items| self.node(items, None));
                let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
                let list = match (text("x-kubernetes-list-type").as_str(), keys) {
                    ("set", _) => List::Set,
                    ("map", Some(keys)) => {
                        let keys = keys.iter().filter_map(Value::as_str);
                        List::Map(keys.map(str::to_owned).collect())
                    }
                    _ => List::Atomic,
                };
                What::List(list, Box::new(Node { meant: true, ..item }))
            }
            "string" => match (text("format").as_str(), text("pattern")) {
                ("byte", _) => What::Bytes,
                ("duration", _) => What::Duration,
                (_, pattern) if pattern.contains("(ms|s|m|h)") => What::Duration,
                (_, pattern) if pattern.starts_with(QUANTITY) => What::Quantity,
                _ => What::Plain,
            },
            "integer" | "number" | "boolean" => What::Plain,
            _ => What::Any,
        }
    }
}

fn text<'v>(schema: &'v Value, name: &str) -> &'v str {
    schema.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
