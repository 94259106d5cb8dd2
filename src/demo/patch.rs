//! The three patch formats that change an object as it is: JSON merge patch (RFC 7386), JSON
//! patch (RFC 6902), and the strategic merge patch of Kubernetes.

use serde_json::{Map, Value};

use super::kinds::Type;
use super::schema::Place;
use super::status::Failure;

/// JSON merge patch.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(map) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            map.shift_remove(name);
        } else {
            merge(map.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// JSON patch: all operations, or a failure.
pub fn json_patch(target: &mut Value, operations: &Value) -> Result<(), Failure> {
    let list = operations
        .as_array()
        .ok_or_else(|| Failure::bad_request("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"))?;
    for operation in list {
        json_operation(target, operation).map_err(Failure::unprocessable)?;
    }
    Ok(())
}

fn json_operation(target: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |key: &str| operation[key].as_str().unwrap_or_default();
    let (op, path) = (text("op"), text("path"));
    let missing = |op: &str, path: &str| {
        format!(
            "the server rejected our request due to an error in our request: {op} operation does not apply: doc is missing path: {path:?}"
        )
    };
    match op {
        "add" => insert(target, path, operation["value"].clone()).ok_or_else(|| missing(op, path)),
        "remove" => take(target, path).map(drop).ok_or_else(|| missing(op, path)),
        "replace" => {
            let place = target.pointer_mut(path).ok_or_else(|| missing(op, path))?;
            *place = operation["value"].clone();
            Ok(())
        }
        "move" => {
            let value = take(target, text("from")).ok_or_else(|| missing(op, text("from")))?;
            insert(target, path, value).ok_or_else(|| missing(op, path))
        }
        "copy" => {
            let value =
                target.pointer(text("from")).cloned().ok_or_else(|| missing(op, text("from")))?;
            insert(target, path, value).ok_or_else(|| missing(op, path))
        }
        "test" => {
            let found = target.pointer(path).unwrap_or(&Value::Null);
            if *found == operation["value"] {
                Ok(())
            } else {
                Err(format!(
                    "the server rejected our request due to an error in our request: testing value {path} failed: test failed"
                ))
            }
        }
        other => Err(format!("Unexpected kind: {other}")),
    }
}

fn split(path: &str) -> Option<(&str, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn insert(target: &mut Value, path: &str, value: Value) -> Option<()> {
    let Some((parent, last)) = split(path) else {
        *target = value;
        return Some(());
    };
    match target.pointer_mut(parent)? {
        Value::Object(map) => {
            map.insert(last, value);
        }
        Value::Array(items) => {
            let at = if last == "-" { items.len() } else { last.parse().ok()? };
            if at > items.len() {
                return None;
            }
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn take(target: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = split(path)?;
    match target.pointer_mut(parent)? {
        Value::Object(map) => map.shift_remove(&last),
        Value::Array(items) => {
            let at: usize = last.parse().ok()?;
            (at < items.len()).then(|| items.remove(at))
        }
        _ => None,
    }
}

/// Strategic merge patch.
pub fn strategic(ty: &Type, target: &mut Value, patch: &Value) {
    let mut path = Vec::new();
    strategic_at(ty, target, patch, &mut path);
}

fn strategic_at<'a>(ty: &Type, target: &mut Value, patch: &'a Value, path: &mut Vec<&'a str>) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() || patch.get("$patch").is_some_and(|how| how == "replace") {
        *target = Value::Object(Map::new());
    }
    let Value::Object(map) = target else { return };
    if patch.get("$patch").is_some_and(|how| how == "delete") {
        map.clear();
        return;
    }
    if let Some(keep) = patch.get("$retainKeys").and_then(Value::as_array) {
        map.retain(|name, _| keep.iter().any(|kept| kept == name.as_str()));
    }
    for (name, value) in patch {
        if let Some(list) = name.strip_prefix("$deleteFromPrimitiveList/") {
            let gone = value.as_array().cloned().unwrap_or_default();
            if let Some(items) = map.get_mut(list).and_then(Value::as_array_mut) {
                items.retain(|item| !gone.contains(item));
            }
        }
    }
    for (name, value) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        path.push(name);
        if value.is_null() {
            map.shift_remove(name);
        } else if let Some(items) = value.as_array() {
            let place = Place::new(ty, path);
            let held = map.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
            let known = held.as_array_mut().map(std::mem::take).unwrap_or_default();
            let merged = match place.merge_key() {
                Some(key) => merge_items(ty, known, items, key, path),
                None if place.unites() => {
                    let fresh: Vec<Value> =
                        items.iter().filter(|item| !known.contains(item)).cloned().collect();
                    known.into_iter().chain(fresh).collect()
                }
                None => items.clone(),
            };
            *held = Value::Array(merged);
        } else {
            strategic_at(ty, map.entry(name.clone()).or_insert(Value::Null), value, path);
        }
        path.pop();
    }
    for (name, order) in patch {
        let Some(list) = name.strip_prefix("$setElementOrder/") else { continue };
        let mut steps = path.clone();
        steps.push(list);
        let key = Place::new(ty, &steps).merge_key();
        let wanted = order.as_array().map(Vec::as_slice).unwrap_or_default();
        if let Some(items) = map.get_mut(list).and_then(Value::as_array_mut) {
            let server: Vec<Value> = items.clone();
            *items = in_order(std::mem::take(items), wanted, &server, key);
        }
    }
}

/// Puts merged items in the order the server gives them: those that the patch names in its
/// order, the others in theirs, and between the two the order they had on the server.
fn in_order(
    merged: Vec<Value>,
    patch: &[Value],
    server: &[Value],
    key: Option<&str>,
) -> Vec<Value> {
    let find = |list: &[Value], item: &Value| {
        list.iter().position(|other| match key {
            Some(key) => other[key] == item[key],
            None => other == item,
        })
    };
    let (mut named, others): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| find(patch, item).is_some());
    named.sort_by_key(|item| find(patch, item));
    let mut out = Vec::with_capacity(named.len() + others.len());
    let mut others = others.into_iter().peekable();
    for item in named {
        let at = find(server, &item);
        while let Some(other) = others.next_if(|other| at.is_some() && find(server, other) < at) {
            out.push(other);
        }
        out.push(item);
    }
    out.extend(others);
    out
}

fn merge_items<'a>(
    ty: &Type,
    mut known: Vec<Value>,
    patch: &'a [Value],
    key: &str,
    path: &mut Vec<&'a str>,
) -> Vec<Value> {
    if patch.iter().any(|item| item["$patch"] == "replace") {
        return patch.iter().filter(|item| item["$patch"] != "replace").cloned().collect();
    }
    let server = known.clone();
    for item in patch {
        let at = known.iter().position(|held| held[key] == item[key]);
        match (at, item["$patch"] == "delete") {
            (Some(at), true) => {
                known.remove(at);
            }
            (Some(at), false) => strategic_at(ty, &mut known[at], item, path),
            (None, true) => {}
            (None, false) => {
                let mut fresh = Value::Null;
                strategic_at(ty, &mut fresh, item, path);
                known.push(fresh);
            }
        }
    }
    in_order(known, patch, &server, Some(key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::demo::kinds;
    use serde_json::json;

    #[test]
    fn strategic_patches_merge_lists_by_key() {
        let types = kinds::builtin();
        let deployments = types.iter().find(|ty| ty.plural == "deployments").unwrap();
        let mut object = json!({"spec": {"template": {"spec": {"containers": [
            {"name": "api", "image": "a:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"name": "side", "image": "s:1"},
        ]}}, "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        let patch = json!({"spec": {
            "template": {"spec": {
                "$setElementOrder/containers": [{"name": "side"}, {"name": "api"}],
                "containers": [{"name": "api", "image": "a:2",
                    "env": [{"name": "A", "$patch": "delete"}, {"name": "C", "value": "3"}]}]}},
            "strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        strategic(deployments, &mut object, &patch);
        assert_eq!(
            object,
            json!({"spec": {"template": {"spec": {"containers": [
                {"name": "side", "image": "s:1"},
                {"name": "api", "image": "a:2", "env": [{"name": "C", "value": "3"}, {"name": "B", "value": "2"}]},
            ]}}, "strategy": {"type": "Recreate"}}})
        );
    }

    #[test]
    fn json_patches_change_all_or_say_why_not() {
        let mut object = json!({"a": {"b/c": [1, 2]}});
        let patch = json!([
            {"op": "test", "path": "/a/b~1c/0", "value": 1},
            {"op": "add", "path": "/a/b~1c/-", "value": 3},
            {"op": "move", "from": "/a/b~1c/0", "path": "/first"},
        ]);
        json_patch(&mut object, &patch).unwrap();
        assert_eq!(object, json!({"a": {"b/c": [2, 3]}, "first": 1}));
        let failure =
            json_patch(&mut object, &json!([{"op": "remove", "path": "/nope"}])).unwrap_err();
        assert_eq!(failure.code, 422);
    }
}
