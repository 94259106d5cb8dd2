//! Writing: create, update, the four patches and the scale subresource, each as a dry run too.

use bytes::Bytes;
use http::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

use super::apply::{self, Writer};
use super::crd;
use super::http::Call;
use super::kinds::{ScalePaths, Type};
use super::patch;
use super::status::Failure;
use super::store::{Store, key_of};

/// An answer to a write: status and object.
pub type Written = (StatusCode, Value);

/// The manager that a request writes as: its `fieldManager`, or the client's name.
fn writer(call: &Call, store: &Store) -> Writer {
    let agent = call.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let agent = agent.and_then(|agent| agent.split('/').next()).unwrap_or("unknown");
    let named = call.query.get("fieldManager");
    let ty = store.ty(call.target.id);
    Writer {
        manager: if named.is_empty() { agent.to_owned() } else { named.to_owned() },
        api_version: ty.api_version(&call.target.version),
        subresource: call.target.sub.clone().unwrap_or_default(),
        time: store.clock.stamp(),
    }
}

/// The body as an object. YAML is what apply patches are sent as; JSON is YAML too.
fn decode(body: &Bytes) -> Result<Value, Failure> {
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let text = String::from_utf8_lossy(body);
    serde_saphyr::from_str(&text)
        .map_err(|error| Failure::bad_request(format!("error decoding the body: {error}")))
}

fn check_type(ty: &Type, version: &str, object: &Value) -> Result<(), Failure> {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    let kind = object["kind"].as_str().unwrap_or_default();
    let expected = ty.api_version(version);
    if api_version != expected {
        return Err(Failure::bad_request(format!(
            "the API version in the data ({api_version}) does not match the expected API version ({expected})"
        )));
    }
    if kind != ty.kind {
        return Err(Failure::bad_request(format!(
            "{kind} in version {version:?} cannot be handled as a {0}: converting ({version}.{kind}) to ({1}.{0}): unknown conversion",
            ty.kind,
            if ty.group.is_empty() { "core" } else { ty.group.split('.').next().unwrap_or("core") },
        )));
    }
    Ok(())
}

/// Creates an object.
pub fn create(store: &mut Store, call: &Call) -> Result<Written, Failure> {
    let target = &call.target;
    let ty = store.ty(target.id).clone();
    let mut object = decode(&call.body)?;
    check_type(&ty, &target.version, &object)?;
    let writer = writer(call, store);
    prepare_create(store, call, &ty, &mut object)?;
    apply::record_update(&ty, &Value::Null, &mut object, &writer);
    complete(store, &ty, &mut object);
    finish_create(store, call, &ty, object)
}

/// Names the object, checks its namespace, and sets what the server sets.
fn prepare_create(
    store: &mut Store,
    call: &Call,
    ty: &Type,
    object: &mut Value,
) -> Result<(), Failure> {
    let target = &call.target;
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    let meta = &mut object["metadata"];
    if let Some(namespace) = &target.namespace {
        let given = meta["namespace"].as_str().unwrap_or_default();
        if !given.is_empty() && given != namespace {
            return Err(Failure::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        meta["namespace"] = namespace.as_str().into();
    }
    let mut name = meta["name"].as_str().unwrap_or_default().to_owned();
    if name.is_empty() {
        let prefix = meta["generateName"].as_str().unwrap_or_default();
        if prefix.is_empty() {
            let why = "Required value: name or generateName is required".to_owned();
            return Err(Failure::invalid(ty, "", &[("metadata.name", "FieldValueRequired", why)]));
        }
        name = format!("{prefix}{}", store.random.suffix(5));
        meta["name"] = name.as_str().into();
    }
    if let Some(why) = bad_name(&name) {
        return Err(Failure::invalid(ty, &name, &[("metadata.name", "FieldValueInvalid", why)]));
    }
    if let Some(namespace) = &target.namespace {
        let namespaces = store.find("", "namespaces").unwrap_or_default();
        let Some(entry) = store.get(namespaces, namespace) else {
            return Err(Failure::not_found(store.ty(namespaces), namespace));
        };
        if !entry.body.value()["metadata"]["deletionTimestamp"].is_null() {
            let why = format!(
                "unable to create new content in namespace {namespace} because it is being terminated"
            );
            return Err(Failure::refused(ty, &name, &why));
        }
    }
    if store.get(target.id, &key_of(target.namespace.as_deref(), &name)).is_some() {
        return Err(Failure::already_exists(ty, &name));
    }
    stamp_new(store, ty, object);
    Ok(())
}

/// What the server sets on every new object.
fn stamp_new(store: &mut Store, ty: &Type, object: &mut Value) {
    let meta = &mut object["metadata"];
    if let Some(meta) = meta.as_object_mut() {
        for theirs in ["resourceVersion", "selfLink", "deletionTimestamp", "generation"] {
            meta.shift_remove(theirs);
        }
    }
    meta["uid"] = store.random.uid().into();
    meta["creationTimestamp"] = store.clock.stamp().into();
    if ty.generation || ty.custom {
        meta["generation"] = 1.into();
    }
    if ty.status
        && let Some(map) = object.as_object_mut()
    {
        map.shift_remove("status");
    }
    if ty.plural == "namespaces" {
        let name = object["metadata"]["name"].clone();
        object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
    }
    if ty.group == "apps" && ty.scale.is_some() && object["spec"]["replicas"].is_null() {
        object["spec"]["replicas"] = 1.into();
    }
}

/// What the server fills in and nobody owns: finalizers of namespaces, the first status.
fn complete(store: &Store, ty: &Type, object: &mut Value) {
    match (ty.group.as_str(), ty.plural.as_str()) {
        ("", "namespaces") => {
            object["spec"]["finalizers"] = json!(["kubernetes"]);
            object["status"] = json!({"phase": "Active"});
        }
        ("", "pods") => object["status"] = json!({"phase": "Pending", "qosClass": "BestEffort"}),
        ("apps", "deployments" | "replicasets" | "statefulsets") => {
            object["status"] = json!({});
            if ty.plural != "deployments" {
                object["status"] = json!({"replicas": 0});
            }
        }
        ("", "secrets") if object["type"].is_null() => object["type"] = "Opaque".into(),
        ("", "persistentvolumeclaims") => object["status"] = json!({"phase": "Pending"}),
        ("apps", "daemonsets") => {
            object["status"] = json!({"currentNumberScheduled": 0, "numberMisscheduled": 0,
                "desiredNumberScheduled": 0, "numberReady": 0});
        }
        ("batch", "jobs" | "cronjobs") | ("", "services") => object["status"] = json!({}),
        ("apiextensions.k8s.io", _) => crd::complete(object, &store.clock.stamp()),
        _ => {}
    }
}

/// Why a name is not a DNS subdomain.
fn bad_name(name: &str) -> Option<String> {
    let label = |label: &str| {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b':';
        !label.is_empty()
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (name.len() > 253 || !name.split('.').all(label)).then(|| {
        format!(
            "Invalid value: {name:?}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        )
    })
}

fn finish_create(
    store: &mut Store,
    call: &Call,
    ty: &Type,
    object: Value,
) -> Result<Written, Failure> {
    if call.query.dry_run() {
        return Ok((StatusCode::CREATED, shown(ty, call, object)));
    }
    let kept = store.put(call.target.id, object).value();
    if ty.plural == "customresourcedefinitions" {
        crd::serve(store, &kept);
    }
    Ok((StatusCode::CREATED, shown(ty, call, kept)))
}

/// The object in the version of the request.
fn shown(ty: &Type, call: &Call, mut object: Value) -> Value {
    if ty.custom {
        object["apiVersion"] = ty.api_version(&call.target.version).into();
    }
    object
}

/// The object that a request names, or 404.
fn live(store: &Store, call: &Call, ty: &Type) -> Result<Value, Failure> {
    let name = call.target.name.as_deref().unwrap_or_default();
    let key = key_of(call.target.namespace.as_deref(), name);
    match store.get(call.target.id, &key) {
        Some(entry) => Ok(entry.body.value()),
        None => Err(Failure::not_found(ty, name)),
    }
}

/// PUT.
pub fn update(store: &mut Store, call: &Call) -> Result<Written, Failure> {
    let ty = store.ty(call.target.id).clone();
    let mut object = decode(&call.body)?;
    if call.target.sub.as_deref() == Some("scale") {
        return write_scale(store, call, &ty, |scale| {
            *scale = object;
            Ok(())
        });
    }
    check_type(&ty, &call.target.version, &object)?;
    let name = call.target.name.as_deref().unwrap_or_default();
    let given = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    if given != name {
        return Err(Failure::bad_request(format!(
            "the name of the object ({given}) does not match the name on the URL ({name})"
        )));
    }
    let old = live(store, call, &ty)?;
    if let Some(namespace) = &call.target.namespace {
        object["metadata"]["namespace"] = namespace.as_str().into();
    }
    finish_update(store, call, &ty, &old, object, None)
}

/// PATCH in one of its four formats.
pub fn patch(store: &mut Store, call: &Call) -> Result<Written, Failure> {
    let ty = store.ty(call.target.id).clone();
    let media = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = media.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
    let known = ["application/json-patch+json", "application/merge-patch+json"].contains(&&*media)
        || media == "application/apply-patch+yaml"
        || (media == "application/strategic-merge-patch+json" && !ty.custom);
    if !known {
        return Err(Failure::unsupported_media(media == "application/strategic-merge-patch+json"));
    }
    let body = decode(&call.body)?;
    if media == "application/apply-patch+yaml" {
        return server_side_apply(store, call, &ty, &body);
    }
    let change = |object: &mut Value| -> Result<(), Failure> {
        match &*media {
            "application/json-patch+json" => patch::json_patch(object, &body),
            "application/merge-patch+json" => {
                patch::merge(object, &body);
                Ok(())
            }
            _ => {
                patch::strategic(&ty, object, &body);
                Ok(())
            }
        }
    };
    if call.target.sub.as_deref() == Some("scale") {
        return write_scale(store, call, &ty, change);
    }
    let old = live(store, call, &ty)?;
    let mut new = old.clone();
    change(&mut new)?;
    finish_update(store, call, &ty, &old, new, None)
}

fn server_side_apply(
    store: &mut Store,
    call: &Call,
    ty: &Type,
    applied: &Value,
) -> Result<Written, Failure> {
    if call.query.get("fieldManager").is_empty() {
        let mut failure = Failure::unprocessable(
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
        );
        failure.details = json!({
            "group": "meta.k8s.io", "kind": "PatchOptions",
            "causes": [{"reason": "FieldValueRequired", "message": "Required value: is required for apply patch", "field": "fieldManager"}],
        });
        return Err(failure);
    }
    check_type(ty, &call.target.version, applied)?;
    if !applied["metadata"]["managedFields"].is_null() {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    let writer = writer(call, store);
    let force = call.query.is("force") && !call.query.get("force").is_empty();
    match live(store, call, ty) {
        Ok(old) => {
            let new = apply::apply(ty, &old, applied, &writer, force)?;
            finish_update(store, call, ty, &old, new, Some(()))
        }
        Err(missing) if call.target.sub.is_some() => Err(missing),
        Err(_) => {
            let mut object = apply::apply(ty, &Value::Null, applied, &writer, force)?;
            object["metadata"]["name"] = call.target.name.clone().unwrap_or_default().into();
            prepare_create(store, call, ty, &mut object)?;
            complete(store, ty, &mut object);
            finish_create(store, call, ty, object)
        }
    }
}

/// Fields of metadata that only the server changes.
const SERVER_META: &[&str] = &[
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
];

/// The second half of every change: preconditions, what a client may not change, generation,
/// ownership, and what follows from it. `applied` tells that ownership is recorded already.
fn finish_update(
    store: &mut Store,
    call: &Call,
    ty: &Type,
    old: &Value,
    mut new: Value,
    applied: Option<()>,
) -> Result<Written, Failure> {
    let name = call.target.name.as_deref().unwrap_or_default();
    let given = new["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    if !given.is_empty() && old["metadata"]["resourceVersion"] != given {
        return Err(Failure::stale(ty, name));
    }
    let uid = new["metadata"]["uid"].as_str().unwrap_or_default();
    if !uid.is_empty() && old["metadata"]["uid"] != uid {
        let why = format!("Invalid value: {uid:?}: field is immutable");
        return Err(Failure::invalid(ty, name, &[("metadata.uid", "FieldValueInvalid", why)]));
    }
    if new["metadata"]["name"] != old["metadata"]["name"] {
        return Err(Failure::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({name})",
            new["metadata"]["name"].as_str().unwrap_or_default()
        )));
    }
    for field in SERVER_META {
        set_or_remove(&mut new["metadata"], field, &old["metadata"][*field]);
    }
    match call.target.sub.as_deref() {
        Some("status") => {
            let status = new["status"].take();
            let managed = new["metadata"]["managedFields"].take();
            new = old.clone();
            set_or_remove(&mut new, "status", &status);
            set_or_remove(&mut new["metadata"], "managedFields", &managed);
        }
        Some("ephemeralcontainers") => {
            let list = new["spec"]["ephemeralContainers"].take();
            let managed = new["metadata"]["managedFields"].take();
            let kept = old["spec"]["ephemeralContainers"].as_array().into_iter().flatten();
            let now = list.as_array().map(Vec::as_slice).unwrap_or_default();
            if kept.into_iter().any(|one| !now.contains(one)) {
                let why = "Forbidden: existing ephemeral containers may not be changed or removed";
                let field = "spec.ephemeralContainers";
                return Err(Failure::invalid(
                    ty,
                    name,
                    &[(field, "FieldValueForbidden", why.to_owned())],
                ));
            }
            new = old.clone();
            set_or_remove(&mut new["spec"], "ephemeralContainers", &list);
            set_or_remove(&mut new["metadata"], "managedFields", &managed);
        }
        Some(_) => return Err(Failure::no_such_resource()),
        None if ty.status => set_or_remove(&mut new, "status", &old["status"]),
        None => {}
    }
    if ty.kind == "Deployment" && new["spec"]["selector"] != old["spec"]["selector"] {
        let why = format!("Invalid value: {}: field is immutable", new["spec"]["selector"]);
        return Err(Failure::invalid(ty, name, &[("spec.selector", "FieldValueInvalid", why)]));
    }
    if (ty.generation || ty.custom) && spec_of(old) != spec_of(&new) {
        let generation = old["metadata"]["generation"].as_i64().unwrap_or(0);
        new["metadata"]["generation"] = (generation + 1).into();
    }
    if applied.is_none() {
        let writer = writer(call, store);
        apply::record_update(ty, old, &mut new, &writer);
    }
    new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"].clone();
    if new == *old || call.query.dry_run() {
        return Ok((StatusCode::OK, shown(ty, call, new)));
    }
    let kept = store.put(call.target.id, new).value();
    if ty.plural == "customresourcedefinitions" {
        crd::serve(store, &kept);
    }
    super::delete::after_update(store, call.target.id, &kept);
    Ok((StatusCode::OK, shown(ty, call, kept)))
}

fn set_or_remove(object: &mut Value, field: &str, value: &Value) {
    let Some(map) = object.as_object_mut() else { return };
    if value.is_null() {
        map.shift_remove(field);
    } else {
        map.insert(field.to_owned(), value.clone());
    }
}

/// Everything whose change is a new generation.
fn spec_of(object: &Value) -> Map<String, Value> {
    let mut map = object.as_object().cloned().unwrap_or_default();
    for other in ["metadata", "status", "apiVersion", "kind"] {
        map.shift_remove(other);
    }
    map
}

/// The object's Scale.
pub fn scale(ty: &Type, object: &Value) -> Result<Value, Failure> {
    let paths = ty.scale.as_ref().ok_or_else(Failure::no_such_resource)?;
    let at = |path: &str| path.split('.').fold(object, |value, step| &value[step]).clone();
    let meta = &object["metadata"];
    let mut scale = json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"],
            "resourceVersion": meta["resourceVersion"], "creationTimestamp": meta["creationTimestamp"],
        },
        "spec": {"replicas": at(&paths.spec).as_i64().unwrap_or(0)},
        "status": {"replicas": at(&paths.status).as_i64().unwrap_or(0)},
    });
    if let Some(path) = &paths.selector {
        scale["status"]["selector"] = super::select::label_selector_string(&at(path)).into();
    }
    Ok(scale)
}

fn write_scale(
    store: &mut Store,
    call: &Call,
    ty: &Type,
    change: impl FnOnce(&mut Value) -> Result<(), Failure>,
) -> Result<Written, Failure> {
    let name = call.target.name.as_deref().unwrap_or_default();
    let old = live(store, call, ty)?;
    let before = scale(ty, &old)?;
    let mut after = before.clone();
    change(&mut after)?;
    let given = after["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    if !given.is_empty() && before["metadata"]["resourceVersion"] != given {
        return Err(Failure::stale(ty, name));
    }
    let replicas = after["spec"]["replicas"].as_i64().unwrap_or(0);
    if replicas < 0 {
        let why = format!("Invalid value: {replicas}: must be greater than or equal to 0");
        let scale_type =
            Type { kind: "Scale".to_owned(), group: "autoscaling".to_owned(), ..ty.clone() };
        return Err(Failure::invalid(
            &scale_type,
            name,
            &[("spec.replicas", "FieldValueInvalid", why)],
        ));
    }
    let mut new = old.clone();
    if let Some(ScalePaths { spec, .. }) = &ty.scale {
        let place = spec.split('.').fold(&mut new, |value, step| &mut value[step]);
        *place = replicas.into();
    }
    if new != old {
        let generation = old["metadata"]["generation"].as_i64().unwrap_or(0);
        new["metadata"]["generation"] = (generation + 1).into();
        let writer = writer(call, store);
        apply::record_update(ty, &old, &mut new, &writer);
        if !call.query.dry_run() {
            new = store.put(call.target.id, new).value();
        }
    }
    Ok((StatusCode::OK, scale(ty, &new)?))
}

/// Routes the verbs of this file.
pub fn write(store: &mut Store, call: &Call) -> Result<Written, Failure> {
    match call.method {
        Method::POST => create(store, call),
        Method::PUT => update(store, call),
        _ => patch(store, call),
    }
}
