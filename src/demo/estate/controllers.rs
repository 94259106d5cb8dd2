//! The controllers of the demo: Deployments roll their ReplicaSets, ReplicaSets keep their pods.
//! They look at what changed, so a scale, restart, pause or undo from outside takes its course as
//! on a real cluster. Rules follow the upstream Deployment controller's documented behaviour.

use std::rc::Rc;

use serde_json::{Value, json};

use super::pods;
use crate::demo::apply::{self, Writer};
use crate::demo::clock::stamp;
use crate::demo::delete;
use crate::demo::prng::Prng;
use crate::demo::store::{Key, Store, TypeId, key_of};

/// The types that take part.
#[derive(Debug, Clone, Copy)]
pub struct Types {
    /// Deployments.
    pub deployments: TypeId,
    /// ReplicaSets.
    pub sets: TypeId,
    /// Pods.
    pub pods: TypeId,
    /// Events.
    pub events: TypeId,
}

impl Types {
    /// Looks them up.
    pub fn of(store: &Store) -> Self {
        let find = |group, plural| store.find(group, plural).unwrap_or_default();
        Self {
            deployments: find("apps", "deployments"),
            sets: find("apps", "replicasets"),
            pods: find("", "pods"),
            events: find("", "events"),
        }
    }
}

/// Ten letters that belong to a template, as pod-template-hash is.
pub fn template_hash(template: &Value) -> String {
    let text = without_hash(template).to_string();
    let seed = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Prng::new(seed).suffix(10)
}

fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.shift_remove("pod-template-hash");
    }
    template
}

/// A new ReplicaSet of a Deployment.
pub fn replica_set(
    deployment: &Value,
    template: &Value,
    hash: &str,
    replicas: i64,
    revision: i64,
) -> Value {
    let name = deployment["metadata"]["name"].as_str().unwrap_or_default();
    let mut template = template.clone();
    template["metadata"]["labels"]["pod-template-hash"] = hash.into();
    let mut selector = deployment["spec"]["selector"].clone();
    selector["matchLabels"]["pod-template-hash"] = hash.into();
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{name}-{hash}"), "namespace": deployment["metadata"]["namespace"],
            "labels": template["metadata"]["labels"], "ownerReferences": [super::make::owner(deployment)],
            "annotations": {
                "deployment.kubernetes.io/desired-replicas": deployment["spec"]["replicas"].to_string(),
                "deployment.kubernetes.io/max-replicas": (deployment["spec"]["replicas"].as_i64().unwrap_or(0) + 1).to_string(),
                "deployment.kubernetes.io/revision": revision.to_string(),
            },
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template},
    })
}

/// Keeps a changed object, written by a controller of the control plane or a kubelet.
pub fn write(store: &mut Store, id: TypeId, old: &Value, mut new: Value, manager: &str) {
    if *old == new {
        return;
    }
    let ty = store.ty(id).clone();
    if old["spec"] != new["spec"] && !old.is_null() && ty.generation {
        let generation = old["metadata"]["generation"].as_i64().unwrap_or(0);
        new["metadata"]["generation"] = (generation + 1).into();
    }
    let status_only =
        !old.is_null() && old["spec"] == new["spec"] && old["status"] != new["status"];
    let writer = Writer {
        manager: manager.to_owned(),
        api_version: ty.api_version(ty.version()),
        subresource: if status_only && ty.status { "status".to_owned() } else { String::new() },
        time: store.clock.stamp(),
    };
    apply::record_update(&ty, old, &mut new, &writer);
    store.put(id, new);
}

/// Creates an object as a controller does.
pub fn create(store: &mut Store, id: TypeId, mut object: Value, manager: &str) {
    object["metadata"]["uid"] = store.random.uid().into();
    object["metadata"]["creationTimestamp"] = store.clock.stamp().into();
    if store.ty(id).generation {
        object["metadata"]["generation"] = 1.into();
    }
    write(store, id, &Value::Null, object, manager);
}

/// Tells an event about an object.
pub fn tell(
    store: &mut Store,
    types: Types,
    about: &Value,
    kind: &str,
    reason: &str,
    message: &str,
    from: &str,
) {
    let name = about["metadata"]["name"].as_str().unwrap_or_default();
    let now = store.clock.stamp();
    let namespace = about["metadata"]["namespace"].clone();
    let namespace = if namespace.is_null() { Value::from("default") } else { namespace };
    // The same event again is counted, as recorders do.
    let prefix = format!("{}/{name}.", namespace.as_str().unwrap_or_default());
    let same = store
        .scan(types.events, namespace.as_str(), Some(&prefix))
        .take_while(|(key, _)| key.starts_with(&prefix))
        .map(|(_, entry)| entry.body.value())
        .find(|event| event["reason"] == reason && event["message"] == message);
    if let Some(old) = same {
        let mut event = old.clone();
        event["count"] = (old["count"].as_i64().unwrap_or(1) + 1).into();
        event["lastTimestamp"] = now.into();
        store.put(types.events, event);
        return;
    }
    let suffix = format!("{:016x}", store.random.next());
    let event = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": format!("{name}.{suffix}"), "namespace": namespace},
        "involvedObject": {"apiVersion": about["apiVersion"], "kind": about["kind"], "name": name,
            "namespace": about["metadata"]["namespace"], "uid": about["metadata"]["uid"],
            "resourceVersion": about["metadata"]["resourceVersion"]},
        "reason": reason, "message": message, "type": kind, "count": 1,
        "firstTimestamp": now, "lastTimestamp": now, "eventTime": null,
        "source": {"component": from}, "reportingComponent": from, "reportingInstance": "",
    });
    create(store, types.events, event, from);
}

fn owned(store: &Store, uid: &str, id: TypeId) -> Vec<(Key, Value)> {
    store
        .dependents(uid)
        .into_iter()
        .filter(|(ty, _)| *ty == id)
        .filter_map(|(_, key)| store.get(id, &key).map(|entry| (key, entry.body.value())))
        .collect()
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// Whether a pod is ready, and stays.
pub fn is_ready(pod: &Value) -> bool {
    pod["metadata"]["deletionTimestamp"].is_null()
        && pod["status"]["conditions"]
            .as_array()
            .is_some_and(|list| list.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"))
}

fn gone(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

/// A ReplicaSet keeps as many pods as it should have. Returns the pods it made.
pub fn reconcile_set(store: &mut Store, types: Types, key: &str) -> Vec<Key> {
    let mut made = Vec::new();
    let Some(entry) = store.get(types.sets, key) else { return made };
    let (uid, set) = (entry.uid.clone(), entry.body.value());
    if gone(&set) {
        return made;
    }
    let mut pods = owned(store, &uid, types.pods);
    pods.retain(|(_, pod)| !gone(pod));
    let wanted = int(&set["spec"]["replicas"]);
    let have = i64::try_from(pods.len()).unwrap_or(i64::MAX);
    let set_name = set["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    for _ in have..wanted {
        let name = format!("{set_name}-{}", store.random.suffix(5));
        let mut random = store.random.clone();
        let mut pod = pods::from_template(&set["spec"]["template"], &set, &name, &mut random);
        store.random = random;
        pod["status"] = json!({"phase": "Pending", "qosClass": "Burstable"});
        create(store, types.pods, pod, "kube-controller-manager");
        tell(
            store,
            types,
            &set,
            "Normal",
            "SuccessfulCreate",
            &format!("Created pod: {name}"),
            "replicaset-controller",
        );
        made.push(key_of(set["metadata"]["namespace"].as_str(), &name));
    }
    if have > wanted {
        // Pods that are not ready go first.
        pods.sort_by_key(|(_, pod)| is_ready(pod));
        let surplus = usize::try_from(have - wanted).unwrap_or(0);
        for (key, pod) in pods.iter().take(surplus) {
            delete::quietly(store, types.pods, key);
            let name = pod["metadata"]["name"].as_str().unwrap_or_default();
            tell(
                store,
                types,
                &set,
                "Normal",
                "SuccessfulDelete",
                &format!("Deleted pod: {name}"),
                "replicaset-controller",
            );
        }
    }
    let mut pods = owned(store, &uid, types.pods);
    pods.retain(|(_, pod)| !gone(pod));
    let ready = pods.iter().filter(|(_, pod)| is_ready(pod)).count();
    let mut status = json!({"replicas": pods.len(), "fullyLabeledReplicas": pods.len(),
        "observedGeneration": set["metadata"]["generation"]});
    if ready > 0 {
        status["readyReplicas"] = ready.into();
        status["availableReplicas"] = ready.into();
    }
    let mut new = set.clone();
    new["status"] = status;
    write(store, types.sets, &set, new, "kube-controller-manager");
    made
}

/// Replicas for a number or a percentage.
fn share(value: &Value, of: i64, up: bool) -> i64 {
    match value {
        Value::Number(number) => number.as_i64().unwrap_or(0),
        Value::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(25);
            if up { (of * percent + 99) / 100 } else { of * percent / 100 }
        }
        _ => (of + if up { 3 } else { 0 }) / 4,
    }
}

/// A Deployment walks towards its template.
pub fn reconcile_deployment(store: &mut Store, types: Types, key: &str) {
    let Some(entry) = store.get(types.deployments, key) else { return };
    let (uid, deployment) = (entry.uid.clone(), entry.body.value());
    if gone(&deployment) {
        return;
    }
    let wanted = int(&deployment["spec"]["replicas"]);
    let template = &deployment["spec"]["template"];
    let mut sets = owned(store, &uid, types.sets);
    let revision = |set: &Value| -> i64 {
        set["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    };
    sets.sort_by_key(|(_, set)| revision(set));
    let newest = sets.last().map_or(0, |(_, set)| revision(set));
    let paused = deployment["spec"]["paused"] == true;
    let current = sets
        .iter()
        .position(|(_, set)| without_hash(&set["spec"]["template"]) == without_hash(template));
    let mut progressed = false;
    let Some(at) = current else {
        if !paused {
            let set = replica_set(&deployment, template, &template_hash(template), 0, newest + 1);
            create(store, types.sets, set, "kube-controller-manager");
            touch(store, types, key, newest + 1);
            // The new set is scaled when it is seen.
            finish_status(store, types, key, &uid, true);
        }
        return;
    };
    let new_key = sets[at].0.clone();
    if !paused && revision(&sets[at].1) < newest {
        // An earlier template again: its set becomes the newest revision.
        let old = sets[at].1.clone();
        let mut set = old.clone();
        set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] =
            (newest + 1).to_string().into();
        write(store, types.sets, &old, set.clone(), "kube-controller-manager");
        sets[at].1 = set;
        touch(store, types, key, newest + 1);
        progressed = true;
    }
    let count = |set: &Value| int(&set["spec"]["replicas"]);
    let total: i64 = sets.iter().map(|(_, set)| count(set)).sum();
    let recreate = deployment["spec"]["strategy"]["type"] == "Recreate";
    let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
    let surge = if recreate { 0 } else { share(&rolling["maxSurge"], wanted, true) };
    let mut missing =
        if recreate { wanted } else { share(&rolling["maxUnavailable"], wanted, false) };
    if surge == 0 && missing == 0 {
        missing = 1;
    }
    let old_total = total - count(&sets[at].1);
    let mut scale: Vec<(Key, i64)> = Vec::new();
    if old_total == 0 || paused {
        let (target, others) = if old_total == 0 { (new_key, 0) } else { (new_key, old_total) };
        let goal = (wanted - others).max(0);
        if count(&sets[at].1) != goal && !(paused && others > 0) {
            scale.push((target, goal));
        }
    } else {
        let mut room = wanted + surge - total;
        if recreate {
            room = 0;
        }
        let new_count = count(&sets[at].1);
        if room > 0 && new_count < wanted {
            scale.push((new_key, (new_count + room).min(wanted)));
        } else if new_count > wanted {
            scale.push((new_key, wanted));
        }
        let available: i64 =
            sets.iter().map(|(_, set)| int(&set["status"]["availableReplicas"])).sum();
        let mut spare = available - (wanted - missing);
        for (key, set) in sets.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, s)| s) {
            let have = count(set);
            let unready = have - int(&set["status"]["availableReplicas"]);
            // Pods that do not work may always go; those that do only while enough are left.
            let cut = (unready.max(0) + spare.max(0)).min(have);
            spare -= (cut - unready.max(0)).max(0);
            if cut > 0 {
                scale.push((key.clone(), have - cut));
            }
        }
    }
    for (set_key, replicas) in scale {
        progressed = true;
        scale_set(store, types, &deployment, &set_key, replicas);
    }
    finish_status(store, types, key, &uid, progressed);
}

fn scale_set(store: &mut Store, types: Types, deployment: &Value, key: &str, replicas: i64) {
    let Some(old) = store.get(types.sets, key).map(|entry| entry.body.value()) else { return };
    let before = int(&old["spec"]["replicas"]);
    let mut set = old.clone();
    set["spec"]["replicas"] = replicas.into();
    set["metadata"]["annotations"]["deployment.kubernetes.io/desired-replicas"] =
        deployment["spec"]["replicas"].to_string().into();
    write(store, types.sets, &old, set, "kube-controller-manager");
    let way = if replicas > before { "up" } else { "down" };
    let name = old["metadata"]["name"].as_str().unwrap_or_default();
    let message = format!("Scaled {way} replica set {name} from {before} to {replicas}");
    tell(
        store,
        types,
        deployment,
        "Normal",
        "ScalingReplicaSet",
        &message,
        "deployment-controller",
    );
}

fn touch(store: &mut Store, types: Types, key: &str, revision: i64) {
    let Some(old) = store.get(types.deployments, key).map(|entry| entry.body.value()) else {
        return;
    };
    let mut new = old.clone();
    new["metadata"]["annotations"]["deployment.kubernetes.io/revision"] =
        revision.to_string().into();
    write(store, types.deployments, &old, new, "kube-controller-manager");
}

/// Writes the status of a Deployment from its sets.
fn finish_status(store: &mut Store, types: Types, key: &str, uid: &Rc<str>, progressed: bool) {
    let Some(old) = store.get(types.deployments, key).map(|entry| entry.body.value()) else {
        return;
    };
    let sets = owned(store, uid, types.sets);
    let sum = |field: &str| sets.iter().map(|(_, set)| int(&set["status"][field])).sum::<i64>();
    let template = without_hash(&old["spec"]["template"]);
    let new_set = sets.iter().find(|(_, set)| without_hash(&set["spec"]["template"]) == template);
    let (total, ready, available) =
        (sum("replicas"), sum("readyReplicas"), sum("availableReplicas"));
    let updated = new_set.map_or(0, |(_, set)| int(&set["status"]["replicas"]));
    let updated_available = new_set.map_or(0, |(_, set)| int(&set["status"]["availableReplicas"]));
    let wanted = int(&old["spec"]["replicas"]);
    let mut status =
        json!({"observedGeneration": old["metadata"]["generation"], "replicas": total});
    for (field, value) in [
        ("updatedReplicas", updated),
        ("readyReplicas", ready),
        ("availableReplicas", available),
        ("unavailableReplicas", (wanted.max(total) - available).max(0)),
    ] {
        if value != 0 {
            status[field] = value.into();
        }
    }
    let now = store.clock.millis() / 1000;
    let name = new_set.and_then(|(_, set)| set["metadata"]["name"].as_str()).unwrap_or_default();
    let known = |kind: &str| {
        let list = old["status"]["conditions"].as_array();
        list.into_iter().flatten().find(|c| c["type"] == kind).cloned().unwrap_or_default()
    };
    let limit = share(&old["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], wanted, false);
    let enough = available >= wanted - limit;
    let complete = updated == wanted && total == wanted && updated_available == wanted;
    let was = known("Progressing");
    let counted = ["updatedReplicas", "readyReplicas", "availableReplicas"];
    let moved = progressed || counted.iter().any(|f| int(&old["status"][*f]) < int(&status[*f]));
    let since =
        was["lastUpdateTime"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let late = since.is_some_and(|at| {
        now - at.as_second() > old["spec"]["progressDeadlineSeconds"].as_i64().unwrap_or(600)
    });
    let progressing = if complete {
        (
            "True",
            "NewReplicaSetAvailable",
            format!("ReplicaSet \"{name}\" has successfully progressed."),
        )
    } else if moved || was["reason"] == "NewReplicaSetAvailable" {
        ("True", "ReplicaSetUpdated", format!("ReplicaSet \"{name}\" is progressing."))
    } else if late || was["reason"] == "ProgressDeadlineExceeded" {
        (
            "False",
            "ProgressDeadlineExceeded",
            format!("ReplicaSet \"{name}\" has timed out progressing."),
        )
    } else {
        ("True", "ReplicaSetUpdated", format!("ReplicaSet \"{name}\" is progressing."))
    };
    let availability = if enough {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.".to_owned())
    } else {
        (
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.".to_owned(),
        )
    };
    let condition = |kind: &str, (status, reason, message): (&str, &str, String), moved: bool| {
        let was = known(kind);
        let at = |same: bool, field: &str| match was[field].as_str() {
            Some(time) if same => time.to_owned(),
            _ => stamp(now),
        };
        let same_reason = was["reason"] == reason;
        json!({"type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": at(was["status"] == status, "lastTransitionTime"),
            "lastUpdateTime": at(same_reason && !moved, "lastUpdateTime")})
    };
    status["conditions"] = json!([
        condition("Available", availability, false),
        condition("Progressing", progressing, moved && !complete),
    ]);
    let mut new = old.clone();
    new["status"] = status;
    write(store, types.deployments, &old, new, "kube-controller-manager");
}
