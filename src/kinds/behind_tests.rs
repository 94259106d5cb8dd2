#![allow(clippy::unwrap_used)]
use super::*;
use crate::model::{ClusterId, Gvr};
use serde_json::{Value, json};

fn object(group: &str, plural: &str, kind: &str, name: &str) -> ObjRef {
    ObjRef {
        cluster: ClusterId(0),
        gvr: Gvr::new(group, "v1", plural),
        kind: kind.into(),
        namespace: "shop".into(),
        name: name.into(),
        uid: "".into(),
    }
}

fn service(spec: &Value) -> Result<Behind, String> {
    let json = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": spec});
    Behind::read(&object("", "services", "Service", "web"), json.to_string().as_bytes())
}

fn workload(plural: &str, kind: &str, spec: &Value) -> Result<Behind, String> {
    let json =
        json!({"metadata": {"name": "web", "namespace": "shop", "uid": "u-web"}, "spec": spec});
    Behind::read(&object("apps", plural, kind, "web"), json.to_string().as_bytes())
}

fn pod(name: &str, labels: &Value, owner: &str) -> Entrance {
    let json = json!({
        "metadata": {"name": name, "namespace": "shop", "uid": "u", "labels": labels,
            "ownerReferences": [{"kind": "ReplicaSet", "uid": "u-other"},
                {"kind": "ReplicaSet", "uid": owner, "controller": true}]},
        "spec": {"containers": [{"name": "web", "ports": [
            {"name": "http", "containerPort": 8080},
            {"name": "dns", "containerPort": 53, "protocol": "UDP"}]}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    Entrance::read(json.to_string().as_bytes()).unwrap()
}

#[test]
fn a_pod_stands_behind_itself_and_nothing_else() {
    let json = json!({"metadata": {"name": "web-0", "namespace": "shop"}});
    let web = object("", "pods", "Pod", "web-0");
    let behind = Behind::read(&web, json.to_string().as_bytes()).unwrap();
    assert!(behind.is_of(&web) && behind.selector().is_none());
    assert!(behind.has(&pod("web-0", &json!({}), "")));
    assert!(!behind.has(&pod("web-1", &json!({}), "")));
    let elsewhere = Entrance { namespace: "other".into(), ..pod("web-0", &json!({}), "") };
    assert!(!behind.has(&elsewhere));
}

#[test]
fn a_service_has_the_pods_with_all_its_labels() {
    let behind = service(&json!({"selector": {"app": "web", "tier": "front"}})).unwrap();
    assert_eq!(behind.selector(), Some("app=web,tier=front"));
    assert!(behind.has(&pod("a", &json!({"app": "web", "tier": "front", "x": "y"}), "")));
    assert!(!behind.has(&pod("a", &json!({"app": "web"}), "")));
    let elsewhere = Entrance {
        namespace: "other".into(),
        ..pod("a", &json!({"app": "web", "tier": "front"}), "")
    };
    assert!(!behind.has(&elsewhere));
}

#[test]
fn what_selects_everything_or_nothing_has_no_pods() {
    for spec in [json!({}), json!({"selector": {}}), json!({"selector": null})] {
        assert_eq!(service(&spec).unwrap_err(), "Service/web selects no pods");
    }
    let outside = service(&json!({"type": "ExternalName", "selector": {"app": "web"}}));
    assert!(outside.unwrap_err().contains("outside"));
    let odd = json!({"selector": {"matchExpressions": [{"key": "a", "operator": "Gt"}]}});
    assert!(workload("deployments", "Deployment", &odd).is_err());
    assert!(workload("deployments", "Deployment", &json!({"selector": {}})).is_err());
    // Whatever a custom resource has there.
    assert!(workload("widgets", "Widget", &json!({"selector": "app=web"})).is_err());
}

#[test]
fn every_operator_of_a_selector_counts() {
    let spec = json!({"selector": {"matchLabels": {"app": "web"}, "matchExpressions": [
        {"key": "track", "operator": "In", "values": ["stable", "canary"]},
        {"key": "env", "operator": "NotIn", "values": ["dev"]},
        {"key": "team", "operator": "Exists"},
        {"key": "frozen", "operator": "DoesNotExist"}]}});
    let behind = workload("deployments", "Deployment", &spec).unwrap();
    let good = json!({"app": "web", "track": "canary", "team": "a"});
    assert!(behind.has(&pod("a", &good, "u-any")));
    for (key, value) in [("app", "api"), ("track", "old"), ("env", "dev"), ("frozen", "")] {
        let mut bad = good.clone();
        bad[key] = json!(value);
        assert!(!behind.has(&pod("a", &bad, "u-any")), "{key}");
    }
    let teamless = json!({"app": "web", "track": "canary"});
    assert!(!behind.has(&pod("a", &teamless, "u-any")));
}

#[test]
fn an_owner_has_only_the_pods_it_controls_though_selectors_cross() {
    let spec = json!({"selector": {"matchLabels": {"app": "web"}}});
    let behind = workload("statefulsets", "StatefulSet", &spec).unwrap();
    assert!(behind.has(&pod("web-0", &json!({"app": "web"}), "u-web")));
    assert!(!behind.has(&pod("web-0", &json!({"app": "web"}), "u-other")));
}

#[test]
fn a_services_port_leads_where_kubectl_takes_it() {
    let ports = json!([
        {"name": "web", "port": 80, "targetPort": "http"},
        {"name": "admin", "port": 9000, "targetPort": 9001},
        {"name": "same", "port": 7000},
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "lost", "port": 81, "targetPort": "gone"}]);
    let spec = json!({"selector": {"app": "web"}, "ports": ports});
    let (behind, pod) = (service(&spec).unwrap(), pod("a", &json!({"app": "web"}), ""));
    let port = |name: &str| behind.port(name, &pod);
    assert_eq!(port("80"), Ok(8080));
    assert_eq!(port("web"), Ok(8080));
    assert_eq!(port("9000"), Ok(9001));
    assert_eq!(port("same"), Ok(7000));
    assert!(port("53").unwrap_err().contains("only TCP"));
    assert!(port("81").unwrap_err().contains("no port called gone"));
    // The pod's own ports are not the Service's.
    assert!(port("8080").unwrap_err().contains("80 (web), 9000 (admin)"));
    let headless = json!({"selector": {"app": "web"}, "clusterIP": "None", "ports": ports});
    assert_eq!(service(&headless).unwrap().port("80", &pod), Ok(80));
}

#[test]
fn a_pods_port_is_any_number_or_a_name_it_declares() {
    let spec = json!({"selector": {"matchLabels": {"app": "web"}}});
    let behind = workload("deployments", "Deployment", &spec).unwrap();
    let pod = pod("a", &json!({"app": "web"}), "");
    assert_eq!(behind.port("5432", &pod), Ok(5432));
    assert_eq!(behind.port("http", &pod), Ok(8080));
    assert!(behind.port("0", &pod).is_err());
    assert!(behind.port("dns", &pod).unwrap_err().contains("8080 (http)"));
}
