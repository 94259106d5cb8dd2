//! metrics.k8s.io: plausible use of CPU and memory that wanders with time, made from the pods and
//! nodes that are there.

use serde_json::{Value, json};

use super::clock::stamp;
use super::prng::Prng;
use super::request::{Query, Target};
use super::select::Selector;
use super::status::Failure;
use super::store::{Store, key_of};

/// Answers a get or list of pod or node metrics.
pub fn answer(store: &Store, target: &Target, query: &Query) -> Result<Value, Failure> {
    let ty = store.ty(target.id);
    let pods = ty.plural == "pods";
    let source = store.find("", &ty.plural).unwrap_or_default();
    let now = store.clock.millis() / 1000;
    let one = |object: &Value| if pods { pod(object, now) } else { node(object, now) };
    if let Some(name) = &target.name {
        let key = key_of(target.namespace.as_deref(), name);
        return match store.get(source, &key) {
            Some(entry) => Ok(one(&entry.body.value())),
            None => Err(Failure::not_found(ty, name)),
        };
    }
    let selector =
        Selector::parse(store.ty(source), query.get("labelSelector"), query.get("fieldSelector"))?;
    let items: Vec<Value> = store
        .scan(source, target.namespace.as_deref(), None)
        .filter(|(_, entry)| selector.matches(&entry.body))
        .map(|(_, entry)| entry.body.value())
        .filter(|object| !pods || object["status"]["phase"] == "Running")
        .map(|object| one(&object))
        .collect();
    Ok(
        json!({"kind": ty.list_kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items}),
    )
}

/// A number between 0 and 1 that belongs to a name and changes every 15 seconds.
fn wander(name: &str, now: i64) -> f64 {
    let seed =
        name.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let level = Prng::new(seed).below(1000) as f64 / 1000.0;
    let noise = Prng::new(seed ^ (now / 15).unsigned_abs()).below(1000) as f64 / 1000.0;
    0.75 * level + 0.25 * noise
}

fn head(object: &Value, kind: &str, now: i64) -> Value {
    let meta = &object["metadata"];
    let mut out = json!({"name": meta["name"]});
    if !meta["namespace"].is_null() {
        out["namespace"] = meta["namespace"].clone();
    }
    out["creationTimestamp"] = stamp(now).into();
    if !meta["labels"].is_null() {
        out["labels"] = meta["labels"].clone();
    }
    json!({"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": out,
        "timestamp": stamp(now / 15 * 15), "window": "15s"})
}

fn pod(object: &Value, now: i64) -> Value {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let containers: Vec<Value> = object["spec"]["containers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|container| {
            let own = format!("{name}/{}", container["name"].as_str().unwrap_or_default());
            let (cpu, memory) = (wander(&own, now), wander(&format!("{own}#"), now));
            json!({"name": container["name"], "usage": {
                "cpu": format!("{}n", (cpu * 4e8) as u64 + 1_000_000),
                "memory": format!("{}Ki", (memory * 4e5) as u64 + 12_000),
            }})
        })
        .collect();
    let mut value = head(object, "PodMetrics", now);
    value["containers"] = containers.into();
    value
}

fn node(object: &Value, now: i64) -> Value {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let (cpu, memory) = (wander(name, now), wander(&format!("{name}#"), now));
    let mut value = head(object, "NodeMetrics", now);
    value["usage"] = json!({
        "cpu": format!("{}n", (cpu * 6e9) as u64 + 400_000_000),
        "memory": format!("{}Ki", (memory * 2.4e7) as u64 + 3_000_000),
    });
    value
}
