//! Sets of fields, as `managedFields` records them (FieldsV1).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::kinds::Type;
use super::schema::{ListKind, Place, key_value};

/// A set of fields: a tree of path elements in FieldsV1 form (`f:spec`, `k:{"name":"api"}`,
/// `v:"x"`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Set {
    /// The place itself is in the set.
    pub member: bool,
    /// What is below it.
    pub children: BTreeMap<String, Set>,
}

impl Set {
    /// Reads FieldsV1.
    pub fn parse(fields: &Value) -> Self {
        let mut set = Self::default();
        let Some(map) = fields.as_object() else { return set };
        for (element, below) in map {
            if element == "." {
                set.member = true;
                continue;
            }
            let mut child = Self::parse(below);
            if below.as_object().is_none_or(Map::is_empty) {
                child.member = true;
            }
            set.children.insert(element.clone(), child);
        }
        set
    }

    /// Writes FieldsV1.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.children.is_empty() {
            map.insert(".".to_owned(), json!({}));
        }
        for (element, child) in &self.children {
            map.insert(element.clone(), child.to_value());
        }
        Value::Object(map)
    }

    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        !self.member && self.children.is_empty()
    }

    /// Adds everything of another set.
    pub fn unite(&mut self, other: &Self) {
        self.member |= other.member;
        for (element, child) in &other.children {
            self.children.entry(element.clone()).or_default().unite(child);
        }
    }

    /// Takes everything of another set out.
    pub fn subtract(&mut self, other: &Self) {
        if other.member {
            self.member = false;
        }
        for (element, child) in &other.children {
            if let Some(mine) = self.children.get_mut(element) {
                mine.subtract(child);
                if mine.is_empty() {
                    self.children.remove(element);
                }
            }
        }
    }

    /// Takes places out together with everything below them.
    pub fn prune(&mut self, gone: &Self) {
        if gone.member {
            *self = Self::default();
            return;
        }
        for (element, child) in &gone.children {
            if let Some(mine) = self.children.get_mut(element) {
                mine.prune(child);
                if mine.is_empty() {
                    self.children.remove(element);
                }
            }
        }
    }

    /// What is in both.
    pub fn intersect(&self, other: &Self) -> Self {
        let mut both = Self { member: self.member && other.member, children: BTreeMap::new() };
        for (element, child) in &self.children {
            if let Some(theirs) = other.children.get(element) {
                let common = child.intersect(theirs);
                if !common.is_empty() {
                    both.children.insert(element.clone(), common);
                }
            }
        }
        both
    }

    /// All paths of the set, written as error messages write them.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    fn collect(&self, at: &str, paths: &mut Vec<String>) {
        if self.member {
            paths.push(at.to_owned());
        }
        for (element, child) in &self.children {
            child.collect(&format!("{at}{}", path_element(element)), paths);
        }
    }

    /// Everything an applied object sets.
    pub fn of(ty: &Type, object: &Value) -> Self {
        let mut set = Self::default();
        set.fill(ty, object, &mut Vec::new(), false);
        set
    }

    /// Adds what is at a place. With `containers`, maps and items are members themselves too, as
    /// they are when an update adds them.
    fn fill<'a>(&mut self, ty: &Type, value: &'a Value, path: &mut Vec<&'a str>, containers: bool) {
        let place = Place::new(ty, path);
        match value {
            Value::Object(map) if !map.is_empty() && !place.atomic_map() => {
                if containers && !place.always_there() {
                    self.member = true;
                }
                for (name, below) in map {
                    path.push(name);
                    self.children
                        .entry(format!("f:{name}"))
                        .or_default()
                        .fill(ty, below, path, containers);
                    path.pop();
                }
            }
            Value::Array(items) if !items.is_empty() => match place.list() {
                ListKind::Atomic => self.member = true,
                ListKind::Set => {
                    self.member |= containers;
                    for item in items {
                        self.children.entry(format!("v:{item}")).or_default().member = true;
                    }
                }
                ListKind::Keyed(keys) => {
                    self.member |= containers && !place.always_there();
                    let whole = place.atomic_map();
                    for item in items {
                        let child = self.children.entry(item_element(item, &keys)).or_default();
                        child.member = true;
                        if !whole {
                            child.fill(ty, item, path, containers);
                        }
                    }
                }
            },
            _ => self.member = true,
        }
    }
}

/// What an update did: fields that are new or have another value, and fields that are gone.
#[derive(Debug, Default, PartialEq)]
pub struct Changes {
    /// New or other value.
    pub set: Set,
    /// Gone, with all below.
    pub gone: Set,
}

impl Changes {
    /// Compares two states of an object.
    pub fn between(ty: &Type, old: &Value, new: &Value) -> Self {
        let mut changes = Self::default();
        compare(ty, old, new, &mut Vec::new(), &mut changes.set, &mut changes.gone);
        changes
    }
}

fn compare<'a>(
    ty: &Type,
    old: &'a Value,
    new: &'a Value,
    path: &mut Vec<&'a str>,
    set: &mut Set,
    gone: &mut Set,
) {
    if old == new {
        return;
    }
    let place = Place::new(ty, path);
    match (old, new) {
        (Value::Null, _) => set.fill(ty, new, path, true),
        (_, Value::Null) => gone.member = true,
        (Value::Object(before), Value::Object(after)) if !place.atomic_map() => {
            for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)))
            {
                let (old, new) = (&old[name.as_str()], &new[name.as_str()]);
                path.push(name);
                step(ty, old, new, path, format!("f:{name}"), set, gone);
                path.pop();
            }
        }
        (Value::Array(before), Value::Array(after)) => match place.list() {
            ListKind::Atomic => set.member = true,
            ListKind::Set => {
                for item in after.iter().filter(|item| !before.contains(item)) {
                    set.children.entry(format!("v:{item}")).or_default().member = true;
                }
                for item in before.iter().filter(|item| !after.contains(item)) {
                    gone.children.entry(format!("v:{item}")).or_default().member = true;
                }
            }
            ListKind::Keyed(keys) => {
                let find = |items: &'a [Value], element: &str| {
                    items.iter().find(|item| item_element(item, &keys) == element)
                };
                for item in after {
                    let element = item_element(item, &keys);
                    let old = find(before, &element).unwrap_or(&Value::Null);
                    if old.is_null() {
                        set.children.entry(element.clone()).or_default().member = true;
                    }
                    step(ty, old, item, path, element, set, gone);
                }
                for item in before {
                    let element = item_element(item, &keys);
                    if find(after, &element).is_none() {
                        gone.children.entry(element).or_default().member = true;
                    }
                }
            }
        },
        _ => set.member = true,
    }
}

fn step<'a>(
    ty: &Type,
    old: &'a Value,
    new: &'a Value,
    path: &mut Vec<&'a str>,
    element: String,
    set: &mut Set,
    gone: &mut Set,
) {
    let mut added = Set::default();
    let mut lost = Set::default();
    compare(ty, old, new, path, &mut added, &mut lost);
    if !added.is_empty() {
        set.children.entry(element.clone()).or_default().unite(&added);
    }
    if !lost.is_empty() {
        gone.children.entry(element).or_default().unite(&lost);
    }
}

/// `k:{"name":"api"}` of a list item.
pub fn item_element(item: &Value, keys: &[String]) -> String {
    let mut sorted: Vec<&String> = keys.iter().collect();
    sorted.sort();
    let map: Map<String, Value> =
        sorted.into_iter().map(|key| (key.clone(), key_value(item, key))).collect();
    format!("k:{}", Value::Object(map))
}

fn path_element(element: &str) -> String {
    if let Some(name) = element.strip_prefix("f:") {
        return format!(".{name}");
    }
    if let Some(value) = element.strip_prefix("v:") {
        return format!("[={value}]");
    }
    let keys = element.strip_prefix("k:").and_then(|text| serde_json::from_str(text).ok());
    let Some(Value::Object(keys)) = keys else { return element.to_owned() };
    let terms: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("[{}]", terms.join(","))
}

/// Removes from an object everything that is in a set.
pub fn remove(ty: &Type, object: &mut Value, set: &Set) {
    remove_at(ty, object, set, &mut Vec::new());
}

fn remove_at(ty: &Type, value: &mut Value, set: &Set, path: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (element, child) in &set.children {
                let Some(name) = element.strip_prefix("f:") else { continue };
                if child.children.is_empty() && child.member {
                    map.shift_remove(name);
                } else if let Some(below) = map.get_mut(name) {
                    path.push(name.to_owned());
                    remove_at(ty, below, child, path);
                    path.pop();
                    let empty = match below {
                        Value::Object(map) => map.is_empty(),
                        Value::Array(items) => items.is_empty(),
                        _ => false,
                    };
                    if empty {
                        map.shift_remove(name);
                    }
                }
            }
        }
        Value::Array(items) => {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            let kind = Place::new(ty, &names).list();
            let element = |item: &Value| match &kind {
                ListKind::Keyed(keys) => item_element(item, keys),
                _ => format!("v:{item}"),
            };
            items.retain(|item| !set.children.get(&element(item)).is_some_and(|c| c.member));
            for item in items {
                if let Some(child) = set.children.get(&element(item)) {
                    remove_at(ty, item, child, path);
                }
            }
        }
        _ => {}
    }
}
