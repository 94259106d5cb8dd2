//! Brings fixture objects onto a real API server, as far as it accepts them.

use crate::support::api::{Api, MERGE};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wheelhouse::model::Gvr;

/// What became of the fixtures.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Names of the objects that are there now.
    pub there: Vec<String>,
    /// What the server does not take, and why.
    pub refused: Vec<String>,
}

/// Fields the server writes itself.
const SERVERS: &[&str] = &[
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "generation",
    "selfLink",
];

/// Creates these objects, with their status where the type has one, and asks for the deletion of
/// those that have a deletionTimestamp (a finalizer holds them).
pub fn load(
    api: &Api,
    gvr: &Gvr,
    kind: &str,
    namespaced: bool,
    has_status: bool,
    objects: &[Value],
) -> Loaded {
    let mut loaded = Loaded::default();
    let mut namespaces = BTreeSet::new();
    for object in objects {
        let name = object["metadata"]["name"].as_str().unwrap_or("?").to_owned();
        let mut body = object.clone();
        if !body["metadata"].is_object() {
            loaded.refused.push(format!("{name}: it has no metadata"));
            continue;
        }
        body["apiVersion"] = json!(gvr.api_version());
        body["kind"] = json!(kind);
        let meta = body["metadata"].as_object_mut().unwrap();
        let leaving = meta.get("deletionTimestamp").is_some_and(|at| !at.is_null());
        for field in SERVERS {
            meta.remove(*field);
        }
        if leaving {
            meta.insert("finalizers".to_owned(), json!(["test.example.com/hold"]));
        }
        let namespace = namespaced.then(|| {
            let given = meta.get("namespace").and_then(Value::as_str).filter(|ns| !ns.is_empty());
            given.unwrap_or("default").to_owned()
        });
        if let Some(namespace) = &namespace {
            meta.insert("namespace".to_owned(), json!(namespace));
            if namespaces.insert(namespace.clone()) {
                let body = json!({ "metadata": { "name": namespace } });
                let (code, answer) = api.call("POST", "/api/v1/namespaces", Some(&body));
                assert!(matches!(code, 201 | 409), "namespace {namespace}: {code} {answer}");
            }
        }
        fit(kind, &mut body);
        let status = body.as_object_mut().unwrap().remove("status");
        let collection = gvr.collection_path(namespace.as_deref());
        let (code, answer) = api.call("POST", &collection, Some(&body));
        if code == 409 {
            // The server made one of that name by itself (`default`, `kube-system`): it will do.
        } else if code != 201 {
            loaded.refused.push(format!("{name}: {code} {}", answer["message"]));
            continue;
        }
        let path = gvr.object_path(namespace.as_deref().unwrap_or_default(), &name);
        if let Some(status) = status.as_ref().filter(|_| kind == "CertificateSigningRequest") {
            // Approval has a door of its own; what it wrote the status may then repeat.
            let body = json!({ "status": { "conditions": status["conditions"] } });
            api.call_as("PATCH", &format!("{path}/approval"), MERGE, Some(&body));
        }
        if let Some(status) = status.filter(|status| has_status && status.is_object()) {
            let body = json!({ "status": status });
            let (code, answer) =
                api.call_as("PATCH", &format!("{path}/status"), MERGE, Some(&body));
            if code != 200 {
                loaded.refused.push(format!("{name} (status): {code} {}", answer["message"]));
            }
        }
        if leaving {
            let (code, answer) = api.call("DELETE", &path, None);
            assert!(matches!(code, 200 | 202), "DELETE {path}: {code} {answer}");
        }
        loaded.there.push(name);
    }
    loaded
}

/// A certificate signing request as openssl makes it, for `CN=dev, O=guests`.
const REQUEST: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWk1JR0JBZ0VBTUI4eER6QU5CZ05WQkFvTUJtZDFaWE4wY3pFTU1Bb0dBMVVFQXd3RFpHVjJNRmt3RXdZSApLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFajl0QkQ3QzJkaFV5eWxFRy9LbVZDQnlnbjVkTDNQWHViVTZ0CmRiS29McXc3MW56UmNRMVFsU3VzdmRPUWI3eGRSbWx2OTZ3Sm5hK3Yxa1NOZ3pNSmhxQUFNQW9HQ0NxR1NNNDkKQkFNQ0EwY0FNRVFDSURVRmpLQ2xIdTdEaDRVM09WcFRDZyt2NHBRQWJoU1Z0TEpnYm9YdTUwcHVBaUFPVUFHcwp3elUxWkY5TEs5dTMvSndqMXgrZ2pMNnRXQmZiNURZR1dvWFJTdz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";

/// What the server wants of an object that a table does not show.
fn fit(kind: &str, body: &mut Value) {
    match kind {
        "CertificateSigningRequest" => {
            body["spec"]["request"] = json!(REQUEST);
        }
        "Job" => {
            // The server chooses a job's selector; it holds the uid.
            if let Some(spec) = body["spec"].as_object_mut() {
                spec.remove("selector");
            }
            if let Some(meta) = body["spec"]["template"]["metadata"].as_object_mut() {
                meta.remove("labels");
            }
        }
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => {
            let selector = body["spec"]["selector"].clone();
            let labels = &mut body["spec"]["template"]["metadata"]["labels"];
            if !labels.is_object() {
                *labels = json!({});
            }
            for (name, value) in selector["matchLabels"].as_object().into_iter().flatten() {
                labels[name] = value.clone();
            }
            for wanted in selector["matchExpressions"].as_array().into_iter().flatten() {
                let value = match wanted["operator"].as_str() {
                    Some("In") => wanted["values"][0].clone(),
                    Some("Exists") => json!("any"),
                    _ => continue,
                };
                labels[wanted["key"].as_str().unwrap_or_default()] = value;
            }
        }
        "HTTPRoute" | "GRPCRoute" => {
            // A real schema would drop it.
            if let Some(spec) = body["spec"].as_object_mut() {
                spec.retain(|_, value| !value.is_null());
            }
        }
        _ => {}
    }
}
