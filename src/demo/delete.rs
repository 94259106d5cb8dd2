//! Deleting: preconditions, grace periods, finalizers, and the garbage collector for what the
//! deleted object owned.

use bytes::Bytes;
use serde_json::{Value, json};

use super::clock::stamp;
use super::crd;
use super::http::Call;
use super::kinds::Type;
use super::select::Selector;
use super::status::Failure;
use super::store::{Chore, Key, Store, TypeId, key_of};

/// Longest time, in milliseconds, that a demo pod takes to stop, whatever its grace period.
const STOP_MILLIS: i64 = 3_000;
/// How often a foreground deletion and an emptied namespace are looked at again.
const RECHECK_MILLIS: i64 = 200;

/// What becomes of dependents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// Deleted afterwards.
    Background,
    /// Deleted before their owner.
    Foreground,
    /// Left alone.
    Orphan,
}

/// DeleteOptions.
#[derive(Debug, Clone)]
pub struct Options {
    grace: Option<i64>,
    uid: Option<String>,
    version: Option<String>,
    propagation: Propagation,
    dry_run: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            grace: None,
            uid: None,
            version: None,
            propagation: Propagation::Background,
            dry_run: false,
        }
    }
}

impl Options {
    fn parse(call: &Call) -> Result<Self, Failure> {
        let body: Value = if call.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&call.body).map_err(|error| {
                Failure::bad_request(format!("error decoding DeleteOptions: {error}"))
            })?
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let asked = text(&body["propagationPolicy"])
            .unwrap_or_else(|| call.query.get("propagationPolicy").to_owned());
        let propagation = match asked.as_str() {
            "Orphan" => Propagation::Orphan,
            "Foreground" => Propagation::Foreground,
            "" if body["orphanDependents"] == true => Propagation::Orphan,
            "" | "Background" => Propagation::Background,
            other => {
                const KNOWN: &str = r#""Foreground", "Background", "Orphan", "nil""#;
                let mut failure = Failure::unprocessable(format!(
                    "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: {other:?}: supported values: {KNOWN}"
                ));
                failure.details = json!({"group": "meta.k8s.io", "kind": "DeleteOptions", "causes": [{
                    "reason": "FieldValueNotSupported",
                    "message": format!("Unsupported value: {other:?}: supported values: {KNOWN}"),
                    "field": "propagationPolicy",
                }]});
                return Err(failure);
            }
        };
        let dry_run = body["dryRun"].as_array().is_some_and(|list| list.contains(&json!("All")));
        Ok(Self {
            grace: body["gracePeriodSeconds"]
                .as_i64()
                .or_else(|| call.query.get("gracePeriodSeconds").parse().ok()),
            uid: text(&body["preconditions"]["uid"]),
            version: text(&body["preconditions"]["resourceVersion"]),
            propagation,
            // With options in the body the query does not count, as on the real server.
            dry_run: if body.is_null() { call.query.dry_run() } else { dry_run },
        })
    }
}

/// How a deletion ended for now.
enum Outcome {
    /// The object is gone.
    Gone(Value),
    /// It stays until its finalizers or its grace period are over.
    Terminating(Value),
}

/// DELETE of one object: the answer's body.
pub fn delete(store: &mut Store, call: &Call) -> Result<Value, Failure> {
    let options = Options::parse(call)?;
    let ty = store.ty(call.target.id).clone();
    let name = call.target.name.as_deref().unwrap_or_default();
    let key = key_of(call.target.namespace.as_deref(), name);
    Ok(match one(store, call.target.id, &key, &options)? {
        Outcome::Terminating(object) => object,
        Outcome::Gone(object) if ty.plural == "pods" || ty.plural == "serviceaccounts" => object,
        Outcome::Gone(object) => success(&ty, name, &object["metadata"]["uid"]),
    })
}

fn success(ty: &Type, name: &str, uid: &Value) -> Value {
    let mut details = json!({"name": name});
    if !ty.group.is_empty() {
        details["group"] = ty.group.as_str().into();
    }
    details["kind"] = ty.plural.as_str().into();
    details["uid"] = uid.clone();
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

/// DELETE of a collection: the list of what was deleted.
pub fn collection(store: &mut Store, call: &Call) -> Result<Bytes, Failure> {
    let options = Options::parse(call)?;
    let ty = store.ty(call.target.id).clone();
    let selector =
        Selector::parse(&ty, call.query.get("labelSelector"), call.query.get("fieldSelector"))?;
    let keys: Vec<Key> = store
        .scan(call.target.id, call.target.namespace.as_deref(), None)
        .filter(|(_, entry)| selector.matches(&entry.body))
        .map(|(key, _)| key.clone())
        .collect();
    let mut items = Vec::new();
    for key in keys {
        match one(store, call.target.id, &key, &options)? {
            Outcome::Gone(object) | Outcome::Terminating(object) => items.push(object),
        }
    }
    let list = json!({
        "kind": ty.list_kind,
        "apiVersion": ty.api_version(&call.target.version),
        "metadata": {"resourceVersion": store.version().to_string()},
        "items": items,
    });
    Ok(Bytes::from(list.to_string()))
}

/// POST of an Eviction: a deletion by another name.
pub fn evict(store: &mut Store, call: &Call) -> Result<Value, Failure> {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let options = Options {
        grace: body["deleteOptions"]["gracePeriodSeconds"].as_i64(),
        dry_run: call.query.dry_run(),
        ..Options::default()
    };
    let name = call.target.name.as_deref().unwrap_or_default();
    let key = key_of(call.target.namespace.as_deref(), name);
    one(store, call.target.id, &key, &options)?;
    Ok(
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}),
    )
}

/// Deletes as a controller does: background, default grace. Nothing happens if it is gone.
pub fn quietly(store: &mut Store, id: TypeId, key: &str) {
    // A missing object is what was wanted.
    let _ = one(store, id, key, &Options::default());
}

fn one(store: &mut Store, id: TypeId, key: &str, options: &Options) -> Result<Outcome, Failure> {
    let ty = store.ty(id).clone();
    let name = key.rsplit('/').next().unwrap_or(key);
    let Some(entry) = store.get(id, key) else {
        return Err(Failure::not_found(&ty, name));
    };
    let mut object = entry.body.value();
    check_preconditions(&ty, name, &object, options)?;

    let meta = &mut object["metadata"];
    let mut finalizers: Vec<Value> = meta["finalizers"].as_array().cloned().unwrap_or_default();
    let mut want = |finalizer: &str| {
        if !finalizers.iter().any(|known| known == finalizer) {
            finalizers.push(finalizer.into());
        }
    };
    match options.propagation {
        Propagation::Foreground => want("foregroundDeletion"),
        Propagation::Orphan => want("orphan"),
        Propagation::Background => {}
    }
    let grace = grace(&ty, &object, options);
    let namespace = ty.group.is_empty() && ty.plural == "namespaces";
    if finalizers.is_empty() && grace == 0 && !namespace {
        if options.dry_run {
            return Ok(Outcome::Gone(object));
        }
        finish(store, id, key);
        return Ok(Outcome::Gone(object));
    }
    let meta = &mut object["metadata"];
    let already = !meta["deletionTimestamp"].is_null();
    if !already {
        let now = store.clock.millis() / 1000;
        meta["deletionTimestamp"] = stamp(now + grace).into();
        if !namespace {
            meta["deletionGracePeriodSeconds"] = grace.into();
        }
        if let Some(generation) = meta["generation"].as_i64() {
            meta["generation"] = (generation + 1).into();
        }
    }
    if !finalizers.is_empty() {
        meta["finalizers"] = finalizers.into();
    }
    if namespace {
        object["status"]["phase"] = "Terminating".into();
    }
    if options.dry_run {
        return Ok(Outcome::Terminating(object));
    }
    if !already || options.propagation != Propagation::Background {
        object = store.put(id, object).value();
    }
    let wait = if ty.plural == "pods" { (grace * 1000).min(STOP_MILLIS) } else { RECHECK_MILLIS };
    store.later(wait, Chore::Reap { id, key: key.into() });
    Ok(Outcome::Terminating(object))
}

fn check_preconditions(
    ty: &Type,
    name: &str,
    object: &Value,
    options: &Options,
) -> Result<(), Failure> {
    let live = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    if let Some(uid) = options.uid.as_ref().filter(|uid| **uid != live("uid")) {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
            live("uid")
        );
        return Err(Failure::precondition(ty, name, &why));
    }
    let version = live("resourceVersion");
    if let Some(wanted) = options.version.as_ref().filter(|wanted| **wanted != version) {
        let why = format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({version}). The object might have been modified"
        );
        return Err(Failure::precondition(ty, name, &why));
    }
    Ok(())
}

/// Seconds that a pod gets to stop; only pods on a node get any.
fn grace(ty: &Type, object: &Value, options: &Options) -> i64 {
    let phase = object["status"]["phase"].as_str().unwrap_or_default();
    let placed = object["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty());
    if ty.plural != "pods" || !placed || matches!(phase, "Succeeded" | "Failed") {
        return 0;
    }
    let default = object["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    options.grace.unwrap_or(default).max(0)
}

/// A terminating object whose last finalizer was just removed goes away.
pub fn after_update(store: &mut Store, id: TypeId, object: &Value) {
    let meta = &object["metadata"];
    let free = meta["finalizers"].as_array().is_none_or(Vec::is_empty);
    if !meta["deletionTimestamp"].is_null() && free {
        let grace = meta["deletionGracePeriodSeconds"].as_i64().unwrap_or(0);
        let key = key_of(meta["namespace"].as_str(), meta["name"].as_str().unwrap_or_default());
        if grace == 0 && store.ty(id).plural != "namespaces" {
            finish(store, id, &key);
        }
    }
}

/// Does a chore that is due.
pub fn work(store: &mut Store, chore: &Chore) {
    let Chore::Reap { id, key } = chore;
    let Some(entry) = store.get(*id, key) else { return };
    let (uid, mut object) = (entry.uid.clone(), entry.body.value());
    if object["metadata"]["deletionTimestamp"].is_null() {
        // Replaced by a namesake in the meantime.
        return;
    }
    let ty = store.ty(*id).clone();
    if ty.group.is_empty() && ty.plural == "namespaces" && !empty_namespace(store, key) {
        store.later(RECHECK_MILLIS, chore.clone());
        return;
    }
    let mut finalizers: Vec<Value> =
        object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    let had = finalizers.len();
    if finalizers.iter().any(|finalizer| finalizer == "orphan") {
        for (dependent, dependent_key) in store.dependents(&uid) {
            disown(store, dependent, &dependent_key, &uid);
        }
        finalizers.retain(|finalizer| finalizer != "orphan");
    }
    if finalizers.iter().any(|finalizer| finalizer == "foregroundDeletion") {
        let dependents = store.dependents(&uid);
        for (dependent, dependent_key) in &dependents {
            let foreground = Options { propagation: Propagation::Foreground, ..Options::default() };
            let leaf = store
                .get(*dependent, dependent_key)
                .is_some_and(|entry| store.dependents(&entry.uid).is_empty());
            let options = if leaf { Options::default() } else { foreground };
            let terminating = store.get(*dependent, dependent_key).is_some_and(|entry| {
                !entry.body.value()["metadata"]["deletionTimestamp"].is_null()
            });
            if !terminating {
                // Gone already is fine.
                let _ = one(store, *dependent, dependent_key, &options);
            }
        }
        if store.dependents(&uid).is_empty() {
            finalizers.retain(|finalizer| finalizer != "foregroundDeletion");
        } else {
            store.later(RECHECK_MILLIS, chore.clone());
        }
    }
    if finalizers.is_empty() {
        finish(store, *id, key);
    } else if finalizers.len() != had {
        object["metadata"]["finalizers"] = finalizers.into();
        store.put(*id, object);
    }
}

/// Removes an object for good and collects what only it owned.
fn finish(store: &mut Store, id: TypeId, key: &str) {
    let Some(entry) = store.get(id, key) else { return };
    let uid = entry.uid.clone();
    let ty = store.ty(id).clone();
    let Some(last) = store.remove(id, key) else { return };
    if ty.plural == "customresourcedefinitions" {
        crd::retire(store, &last.value());
    }
    for (dependent, dependent_key) in store.dependents(&uid) {
        let alone =
            store.get(dependent, &dependent_key).is_some_and(|entry| entry.owners.len() == 1);
        if alone {
            quietly(store, dependent, &dependent_key);
        } else {
            disown(store, dependent, &dependent_key, &uid);
        }
    }
}

fn disown(store: &mut Store, id: TypeId, key: &str, owner: &str) {
    let Some(entry) = store.get(id, key) else { return };
    let mut object = entry.body.value();
    if let Some(owners) = object["metadata"]["ownerReferences"].as_array_mut() {
        owners.retain(|reference| reference["uid"] != owner);
        if owners.is_empty()
            && let Some(meta) = object["metadata"].as_object_mut()
        {
            meta.shift_remove("ownerReferences");
        }
    }
    store.put(id, object);
}

/// Deletes what is left in a namespace; true when nothing is.
fn empty_namespace(store: &mut Store, namespace: &str) -> bool {
    let inside: Vec<(TypeId, Key)> = store
        .types()
        .filter(|(_, ty)| ty.namespaced)
        .flat_map(|(id, _)| {
            store.scan(id, Some(namespace), None).map(move |(key, _)| (id, key.clone()))
        })
        .collect();
    for (id, key) in &inside {
        quietly(store, *id, key);
    }
    store
        .types()
        .filter(|(_, ty)| ty.namespaced)
        .all(|(id, _)| store.scan(id, Some(namespace), None).next().is_none())
}
