//! What relations are made of, object by object.
#![allow(clippy::unwrap_used)]

use crate::kinds::{Pool, Projection, builtin};
use crate::model::{Cell, Facet, Gvr, Link, Resource, Row};
use serde_json::{Value, json};

fn resource(gvr: &Gvr, kind: &str) -> Resource {
    let known = builtin::resources().into_iter().find(|r| r.gvr == *gvr);
    known.unwrap_or_else(|| Resource {
        gvr: gvr.clone(),
        kind: kind.into(),
        singular: kind.to_lowercase().into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: Vec::new(),
        subresources: Vec::new(),
        preferred: true,
    })
}

fn row(gvr: &Gvr, object: &Value) -> Row {
    let kind = object["kind"].as_str().unwrap();
    let projection = Projection::new(&resource(gvr, kind), Facet::Links, &[], &[]).0;
    let mut out = Vec::new();
    projection.rows(object.to_string().as_bytes(), &mut Pool::default(), &mut out).unwrap();
    out.remove(0)
}

fn refs(row: &Row) -> Vec<String> {
    row.links
        .iter()
        .map(|link| match link {
            Link::Ref { field, kind, namespace, name, .. } => {
                format!("{field} -> {kind} {namespace}/{name}")
            }
            Link::Owner { kind, name, .. } => format!("owner {kind}/{name}"),
            Link::Labels(labels) => format!("labels {labels}"),
            Link::Makes(labels) => format!("makes {labels}"),
            Link::Selects { kind, namespace, labels, .. } => {
                format!("selects {kind} in {namespace:?} with {labels:?}")
            }
            Link::Children { .. } => "children".to_owned(),
        })
        .collect()
}

fn pod_spec() -> Value {
    json!({
        "serviceAccountName": "web",
        "nodeName": "n1",
        "priorityClassName": "high",
        "imagePullSecrets": [{"name": "registry"}],
        "initContainers": [{"name": "init", "envFrom": [{"secretRef": {"name": "seed"}}]}],
        "containers": [{
            "name": "web",
            "env": [
                {"name": "MODE", "value": "plain"},
                {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}},
                {"name": "LEVEL", "valueFrom":
                    {"configMapKeyRef": {"name": "level", "key": "l", "optional": true}}},
            ],
            "envFrom": [{"configMapRef": {"name": "settings"}}],
        }],
        "volumes": [
            {"name": "config", "configMap": {"name": "settings"}},
            {"name": "tls", "secret": {"secretName": "tls"}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}},
            {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
            {"name": "all", "projected": {"sources": [
                {"secret": {"name": "token"}}, {"configMap": {"name": "ca"}},
                {"serviceAccountToken": {"path": "token"}},
            ]}},
            {"name": "vault", "csi": {"driver": "vault.io",
                "nodePublishSecretRef": {"name": "vault-login"}}},
            {"name": "none", "emptyDir": {}},
        ],
    })
}

#[test]
fn a_pod_names_everything_it_uses_and_the_field_it_does_it_in() {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-0", "namespace": "shop", "labels": {"b": "2", "app": "web"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web",
                "controller": true}]},
        "spec": pod_spec(),
        "status": {"phase": "Pending"},
    });
    let row = row(&Gvr::new("", "v1", "pods"), &pod);
    assert_eq!(
        refs(&row),
        [
            "owner StatefulSet/web",
            "labels app=web,b=2",
            "spec.serviceAccountName -> ServiceAccount shop/web",
            "spec.nodeName -> Node /n1",
            "spec.priorityClassName -> PriorityClass /high",
            "spec.imagePullSecrets -> Secret shop/registry",
            "spec.volumes[config] -> ConfigMap shop/settings",
            "spec.volumes[tls] -> Secret shop/tls",
            "spec.volumes[data] -> PersistentVolumeClaim shop/data-web-0",
            "spec.volumes[scratch].ephemeral -> PersistentVolumeClaim shop/web-0-scratch",
            "spec.volumes[all] -> Secret shop/token",
            "spec.volumes[all] -> ConfigMap shop/ca",
            "spec.volumes[vault] -> CSIDriver /vault.io",
            "spec.volumes[vault].csi.nodePublishSecretRef -> Secret shop/vault-login",
            "spec.initContainers[init].envFrom -> Secret shop/seed",
            "spec.containers[web].envFrom -> ConfigMap shop/settings",
            "spec.containers[web].env[PASSWORD] -> Secret shop/db",
            "spec.containers[web].env[LEVEL] (optional) -> ConfigMap shop/level",
        ]
    );
    assert!(
        matches!(&*row.cells, [Cell::Text(status, _)] if status.as_str() == "0/1 Pending"),
        "{:?}",
        row.cells
    );
}

#[test]
fn workloads_name_what_their_template_uses_and_what_their_pods_will_be_called_by() {
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web", "tier": "front"}},
            "spec": {"containers": [{"name": "web", "envFrom": [{"secretRef": {"name": "db"}}]}]},
        }},
    });
    assert_eq!(
        refs(&row(&Gvr::new("apps", "v1", "deployments"), &deployment)),
        [
            "makes app=web,tier=front",
            "spec.template.spec.containers[web].envFrom -> Secret shop/db"
        ],
        "the selector of a workload leads nowhere: its pods have owners"
    );
    let cron = json!({
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": "dump", "namespace": "shop"},
        "spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": {"spec": {
            "volumes": [{"name": "v", "configMap": {"name": "script"}}]}}}}},
    });
    assert_eq!(
        refs(&row(&Gvr::new("batch", "v1", "cronjobs"), &cron)),
        ["makes ", "spec.jobTemplate.spec.template.spec.volumes[v] -> ConfigMap shop/script"]
    );
}

#[test]
fn custom_workloads_have_templates_too_and_odd_ones_are_not_left_out() {
    let rollouts = Gvr::new("argoproj.io", "v1alpha1", "rollouts");
    let rollout = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {
            "containers": [{"name": "web", "envFrom": [{"secretRef": {"name": "db"}}]}]}},
            "strategy": {"canary": {"stableService": "web"}}},
    });
    let found = refs(&row(&rollouts, &rollout));
    assert!(found.contains(&"makes app=web".to_owned()), "{found:?}");
    assert!(
        found.contains(&"spec.template.spec.containers[web].envFrom -> Secret shop/db".to_owned()),
        "{found:?}"
    );
    let odd = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "odd", "namespace": "shop", "labels": null},
        "spec": {"template": {"metadata": 7, "spec": {"containers": "none", "volumes": [1, null]}}},
    });
    assert_eq!(refs(&row(&rollouts, &odd)), ["makes "]);
}

#[test]
fn selectors_say_what_an_empty_one_means() {
    let select = |gvr: Gvr, kind: &str, spec: Value| {
        let object = json!({"kind": kind, "metadata": {"name": "a", "namespace": "shop"},
            "spec": spec});
        refs(&row(&gvr, &object))
    };
    let services = || Gvr::new("", "v1", "services");
    assert_eq!(
        select(services(), "Service", json!({"selector": {"app": "web", "a": "b"}})),
        ["labels ", r#"selects Pod in "shop" with "a=b,app=web""#]
    );
    assert_eq!(select(services(), "Service", json!({"selector": {}})), ["labels "]);
    let policies = Gvr::new("networking.k8s.io", "v1", "networkpolicies");
    assert_eq!(
        select(policies, "NetworkPolicy", json!({"podSelector": {}})),
        [r#"selects Pod in "shop" with """#]
    );
    let budgets = || Gvr::new("policy", "v1", "poddisruptionbudgets");
    let set = json!({"selector": {"matchExpressions": [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "old", "operator": "DoesNotExist"}]}});
    assert_eq!(
        select(budgets(), "PodDisruptionBudget", set),
        [r#"selects Pod in "shop" with "tier in (a,b),!old""#]
    );
    let none: [&str; 0] = [];
    assert_eq!(select(budgets(), "PodDisruptionBudget", json!({})), none);
    let monitors = Gvr::new("monitoring.coreos.com", "v1", "servicemonitors");
    let any = json!({"selector": {"matchLabels": {"m": "1"}}, "namespaceSelector": {"any": true}});
    assert_eq!(
        select(monitors, "ServiceMonitor", any),
        [r#"selects Service in "" with "m=1""#],
        "what its spec looks like elsewhere does not matter"
    );
}

#[test]
fn a_slice_tells_which_pods_are_behind_a_service_and_which_of_them_are_ready() {
    let slice = json!({
        "kind": "EndpointSlice", "metadata": {"name": "web-x", "namespace": "shop",
            "labels": {"kubernetes.io/service-name": "web"}},
        "addressType": "IPv4",
        "endpoints": [
            {"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": "web-0"}},
            {"addresses": ["10.0.0.2"], "conditions": {"ready": false},
                "targetRef": {"kind": "Pod", "name": "web-1"}},
            {"addresses": ["192.0.2.1"]},
        ],
    });
    assert_eq!(
        refs(&row(&Gvr::new("discovery.k8s.io", "v1", "endpointslices"), &slice)),
        [
            "kubernetes.io/service-name -> Service shop/web",
            "endpoints -> Pod shop/web-0",
            "endpoints (not ready) -> Pod shop/web-1",
        ]
    );
}

#[test]
fn secrets_read_without_their_data_are_rows_all_the_same() {
    let partial = json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
        "metadata": {"name": "db", "namespace": "shop", "uid": "1"},
    });
    let row = row(&Gvr::new("", "v1", "secrets"), &partial);
    assert_eq!((row.key.name.as_str(), &*row.cells), ("db", &[Cell::Empty][..]));
}

#[test]
fn labels_longer_than_a_cell_stay_whole() {
    let labels: serde_json::Map<String, Value> =
        (0..100).map(|n| (format!("key-{n:03}"), json!("v".repeat(40)))).collect();
    let pod = json!({"kind": "Pod", "metadata": {"name": "a", "namespace": "b", "labels": labels},
        "spec": {}});
    let row = row(&Gvr::new("", "v1", "pods"), &pod);
    assert!(
        matches!(row.links.iter().next(), Some(Link::Labels(text)) if text.split(',').count() == 100),
        "{:?}",
        row.links
    );
}

#[test]
fn rules_are_whole_whatever_their_length() {
    let rules: Vec<Value> = (0..200)
        .map(|n| json!({"apiGroups": [""], "resources": [format!("r{n}")], "verbs": ["get"]}))
        .collect();
    let role = json!({"kind": "ClusterRole", "metadata": {"name": "wide", "labels": {"a": "b"}},
        "rules": rules, "aggregationRule": {"clusterRoleSelectors": [
            {"matchLabels": {"x": "y"}}]}});
    let gvr = Gvr::new("rbac.authorization.k8s.io", "v1", "clusterroles");
    let projection = Projection::new(&resource(&gvr, "ClusterRole"), Facet::Rules, &[], &[]).0;
    let mut out = Vec::new();
    projection.rows(role.to_string().as_bytes(), &mut Pool::default(), &mut out).unwrap();
    let text = match &out[0].cells[0] {
        Cell::Text(text, _) => text.as_str(),
        _ => "",
    };
    let said: Value = serde_json::from_str(text).unwrap();
    assert_eq!(said["rules"], json!(rules));
    assert_eq!(said["aggregates"], json!(["x=y"]));
    assert_eq!(said["labels"], "a=b");
}
