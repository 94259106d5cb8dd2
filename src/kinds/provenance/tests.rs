#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use proptest::prelude::*;
use serde_json::json;

/// Deployment `shop/api` with this metadata besides.
fn deployment(more: &Value) -> Value {
    let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": "shop", "name": "api"}});
    merge(&mut object["metadata"], more);
    object
}

fn merge(into: &mut Value, more: &Value) {
    for (key, value) in more.as_object().unwrap() {
        into[key] = value.clone();
    }
}

fn by(managers: &[&str]) -> Value {
    let entries: Vec<Value> = managers
        .iter()
        .map(|name| {
            json!({"manager": name, "operation": "Update", "apiVersion": "apps/v1",
                "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:spec": {"f:replicas": {}}}})
        })
        .collect();
    json!({"managedFields": entries})
}

/// Read from a value, and from bytes as a list has them: both must say the same.
fn read(object: &Value) -> Provenance {
    let found = Provenance::of_object(object);
    let mut item = object.clone();
    let (api_version, kind) = (item["apiVersion"].take(), item["kind"].take());
    let group = api_version.as_str().and_then(|text| text.split_once('/')).map_or("", |(g, _)| g);
    let bytes = serde_json::to_vec(&item).unwrap();
    let of_bytes = Provenance::of_json(&bytes, group, kind.as_str().unwrap_or_default()).unwrap();
    assert_eq!(found, of_bytes);
    found
}

fn first(object: &Value) -> (String, String, String) {
    let found = read(object);
    let claim = found.first().unwrap();
    (claim.app.to_string(), claim.app.namespace.to_string(), claim.evidence.to_string())
}

fn owns(found: &(String, String, String), app: &str, namespace: &str, evidence: &str) {
    assert_eq!((found.0.as_str(), found.1.as_str(), found.2.as_str()), (app, namespace, evidence));
}

#[test]
fn argo_cd_by_tracking_id_label_and_manager() {
    let id = |id: &str| deployment(&json!({"annotations": {"argocd.argoproj.io/tracking-id": id}}));
    let annotation = "annotation argocd.argoproj.io/tracking-id";
    owns(&first(&id("payments:apps/Deployment:shop/api")), "argocd/payments", "", annotation);
    owns(
        &first(&id("team_payments:apps/Deployment:shop/api")),
        "argocd/payments",
        "team",
        annotation,
    );
    let label = deployment(&json!({"labels": {"argocd.argoproj.io/instance": "payments"}}));
    owns(&first(&label), "argocd/payments", "", "label argocd.argoproj.io/instance");
    let mut weak = deployment(&by(&["argocd-controller"]));
    weak["metadata"]["labels"] = json!({"app.kubernetes.io/instance": "payments"});
    owns(&first(&weak), "argocd/payments", "", "managedFields: argocd-controller");
    // Objects without a namespace carry the destination's.
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "api", "annotations": {"argocd.argoproj.io/tracking-id":
            "payments:rbac.authorization.k8s.io/ClusterRole:shop/api"}}});
    owns(&first(&role), "argocd/payments", "", annotation);
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "shop",
        "name": "api", "annotations": {"argocd.argoproj.io/tracking-id": "pay:/Service:shop/api"}}});
    owns(&first(&service), "argocd/pay", "", annotation);
}

#[test]
fn a_tracking_id_that_names_another_object_is_worth_nothing_and_that_is_said() {
    for id in [
        "payments:apps/Deployment:shop/other",
        "payments:apps/Deployment:elsewhere/api",
        "payments:apps/StatefulSet:shop/api",
        "payments",
        "pay ments:apps/Deployment:shop/api",
        ":::",
    ] {
        let copied = deployment(&json!({"annotations": {"argocd.argoproj.io/tracking-id": id}}));
        owns(&first(&copied), "none/api", "shop", "nothing");
        assert!(read(&copied).contradiction().contains("tracking-id"), "{id}");
    }
}

#[test]
fn flux_by_its_labels() {
    for (key, word) in [
        ("kustomize.toolkit.fluxcd.io", "ks"),
        ("helm.toolkit.fluxcd.io", "hr"),
        ("resourceset.fluxcd.controlplane.io", "rset"),
    ] {
        let (name, namespace) = (format!("{key}/name"), format!("{key}/namespace"));
        let labels = json!({name.as_str(): "infra", namespace.as_str(): "flux-system"});
        let object = deployment(&json!({"labels": labels}));
        owns(&first(&object), &format!("{word}/infra"), "flux-system", &format!("label {name}"));
    }
    let alone = deployment(&json!({
        "labels": {"kustomize.toolkit.fluxcd.io/name": "infra"},
        "annotations": {"kustomize.toolkit.fluxcd.io/ssa": "Ignore"}}));
    assert!(read(&alone).left_alone);
}

#[test]
fn helm_by_its_annotations_and_its_own_storage_but_not_by_a_label_that_charts_set() {
    let annotations = json!({"meta.helm.sh/release-name": "redis",
        "meta.helm.sh/release-namespace": "data"});
    let labels = json!({"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "redis-20.1.4",
        "app.kubernetes.io/version": "7.4"});
    let release = deployment(&json!({"annotations": annotations, "labels": labels}));
    owns(&first(&release), "helm/redis", "data", "annotation meta.helm.sh/release-name");
    assert_eq!(read(&release).chart, "redis-20.1.4");
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "data",
        "name": "sh.helm.release.v1.redis.v3",
        "labels": {"owner": "helm", "name": "redis", "status": "deployed", "version": "3"}}});
    owns(&first(&secret), "helm/redis", "data", "label owner: helm");
    // `helm template | kubectl apply`.
    let mut rendered = deployment(&json!({"labels": labels}));
    merge(
        &mut rendered["metadata"],
        &json!({"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}),
    );
    owns(
        &first(&rendered),
        "kubectl/api",
        "shop",
        "annotation kubectl.kubernetes.io/last-applied-configuration",
    );
    let hook = deployment(&json!({"annotations": {"helm.sh/hook": "pre-upgrade"}}));
    assert!(read(&hook).hook);
}

#[test]
fn k3s_pulumi_and_terraform() {
    let addon = deployment(&json!({"annotations": {
        "objectset.rio.cattle.io/owner-gvk": "k3s.cattle.io/v1, Kind=Addon",
        "objectset.rio.cattle.io/owner-name": "metrics-server",
        "objectset.rio.cattle.io/owner-namespace": "kube-system"}}));
    let evidence = "annotation objectset.rio.cattle.io/owner-name";
    owns(&first(&addon), "k3s/metrics-server", "kube-system", evidence);
    let pulumi = deployment(&by(&["pulumi-kubernetes-2f1c9a"]));
    owns(&first(&pulumi), "pulumi/api", "shop", "managedFields: pulumi-kubernetes-2f1c9a");
    let label = deployment(&json!({"labels": {"app.kubernetes.io/managed-by": "pulumi"}}));
    owns(&first(&label), "pulumi/api", "shop", "label app.kubernetes.io/managed-by: pulumi");
    let autonamed = deployment(&json!({"annotations": {"pulumi.com/autonamed": "true"}}));
    owns(&first(&autonamed), "pulumi/api", "shop", "annotation pulumi.com");
    for manager in ["HashiCorp", "Terraform"] {
        let object = deployment(&by(&[manager, "kubectl-edit"]));
        owns(&first(&object), "terraform/api", "shop", &format!("managedFields: {manager}"));
    }
}

#[test]
fn kubectl_by_what_it_applied_made_or_only_changed_in_groups() {
    let last = "kubectl.kubernetes.io/last-applied-configuration";
    let applied = deployment(&json!({"annotations": {last: "{\"kind\":\"Deployment\"}\n"},
        "labels": {"app.kubernetes.io/part-of": "store", "app.kubernetes.io/instance": "api-1"}}));
    owns(&first(&applied), "kubectl/store", "shop", &format!("annotation {last}"));
    let mut made = deployment(&by(&["kubectl-create"]));
    made["metadata"]["labels"] = json!({"app.kubernetes.io/instance": "api-1"});
    owns(&first(&made), "kubectl/api-1", "shop", "managedFields: kubectl-create");
    let edited = deployment(&by(&["Mozilla", "kubectl-edit"]));
    owns(&first(&edited), "kubectl/api", "shop", "managedFields: kubectl-edit");
    let set = deployment(&json!({"annotations": {last: "{}"}, "labels":
        {"applyset.kubernetes.io/part-of": "applyset-abc_-9-v1"}}));
    let label = "label applyset.kubernetes.io/part-of";
    owns(&first(&set), "applyset/applyset-abc_-9-v1", "", label);
    // What writes a status says nothing about who made an object.
    let mut status = deployment(&by(&["kubectl-edit"]));
    status["metadata"]["managedFields"][0]["subresource"] = json!("status");
    owns(&first(&status), "none/api", "shop", "nothing");
}

#[test]
fn operators_by_their_marks() {
    for (part, marks, who, name) in [
        ("labels", json!({"cnpg.io/cluster": "orders"}), "cloudnative-pg", "orders"),
        (
            "labels",
            json!({"reconcile.external-secrets.io/managed": "true"}),
            "external-secrets",
            "api",
        ),
        ("annotations", json!({"cert-manager.io/certificate-name": "tls"}), "cert-manager", "tls"),
        (
            "annotations",
            json!({"clustersecret.io/created-by": "ClusterSecrets"}),
            "clustersecret",
            "api",
        ),
        (
            "annotations",
            json!({"secret-generator.v1.mittwald.de/autogenerate": "password"}),
            "secret-generator",
            "api",
        ),
        ("labels", json!({"devpod.sh/workspace": "mine"}), "devpod", "mine"),
        ("labels", json!({"kargo.akuity.io/project": "true"}), "kargo", "api"),
        (
            "labels",
            json!({"app.kubernetes.io/managed-by": "tekton-pipelines"}),
            "tekton-pipelines",
            "api",
        ),
        (
            "labels",
            json!({"app.kubernetes.io/managed-by": "keda-operator"}),
            "keda-operator",
            "api",
        ),
    ] {
        let found = read(&deployment(&json!({part: marks})));
        let claim = found.first().unwrap();
        assert_eq!(claim.who(), format!("operator {who} ({name})"));
        assert_eq!(claim.app, AppId::new(EngineId::Operator, "shop", name));
    }
    let rendered = deployment(&json!({"labels": {"app.kubernetes.io/managed-by": "kustomize-v5"}}));
    owns(&first(&rendered), "none/api", "shop", "nothing");
}

#[test]
fn owners_are_told_the_controller_first() {
    let pod = deployment(&json!({"ownerReferences": [
        {"apiVersion": "v1", "kind": "Node", "name": "n1"},
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "api-1", "controller": true}]}));
    assert_eq!(read(&pod).owner.unwrap().kind, "ReplicaSet");
}

#[test]
fn two_engines_on_one_object_are_said_and_what_belongs_together_is_not() {
    let both = deployment(&json!({
        "annotations": {
            "argocd.argoproj.io/tracking-id": "payments:apps/Deployment:shop/api",
            "meta.helm.sh/release-name": "redis", "meta.helm.sh/release-namespace": "shop"},
        "labels": {"kustomize.toolkit.fluxcd.io/name": "infra"}}));
    let found = read(&both);
    let rivals: Vec<String> = found.rivals().map(Claim::who).collect();
    assert_eq!(rivals, ["Flux Kustomization infra", "Helm release redis"]);
    assert!(found.contradiction().starts_with("also claimed by Flux Kustomization infra (label"));
    let mut release = deployment(&json!({
        "annotations": {"meta.helm.sh/release-name": "data-redis",
            "kubectl.kubernetes.io/last-applied-configuration": "{}"},
        "labels": {"helm.toolkit.fluxcd.io/name": "redis", "app.kubernetes.io/managed-by": "Helm"}}));
    assert_eq!(read(&release).contradiction(), "");
    release["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = json!("x:y");
    assert!(!read(&release).contradiction().is_empty());
    // Both of Argo CD's marks name one application.
    let marks = deployment(&json!({
        "annotations": {"argocd.argoproj.io/tracking-id": "team_pay:apps/Deployment:shop/api"},
        "labels": {"argocd.argoproj.io/instance": "pay"}}));
    assert_eq!(read(&marks).contradiction(), "");
}

proptest! {
    /// Whatever stands in metadata: no panic, exactly one answer, names that can be shown and typed.
    #[test]
    fn hostile_metadata_is_survived(
        pairs in proptest::collection::vec((0usize..KEYS.len(), ".{0,40}"), 0..8),
        managers in proptest::collection::vec("(kubectl|helm|pulumi-kubernetes|Terraform)?.{0,20}", 0..4),
        name in ".{0,20}",
    ) {
        let mut marks = serde_json::Map::new();
        for (key, value) in &pairs {
            marks.insert(KEYS[*key].to_owned(), json!(value));
        }
        let managers: Vec<&str> = managers.iter().map(String::as_str).collect();
        let mut object = deployment(&by(&managers));
        object["metadata"]["name"] = json!(name);
        object["metadata"]["labels"] = Value::Object(marks.clone());
        object["metadata"]["annotations"] = Value::Object(marks);
        let found = read(&object);
        for claim in &found.claims {
            prop_assert!(claim.app.name.chars().chain(claim.evidence.to_string().chars())
                .all(|c| !c.is_control()));
            prop_assert!(claim.app.engine == EngineId::None || !claim.app.name.is_empty());
        }
        prop_assert!(!found.contradiction().chars().any(char::is_control));
        prop_assert!(found.first().is_some());
    }
}

const KEYS: &[&str] = &[
    marks::TRACKING,
    marks::ARGO_INSTANCE,
    marks::INSTANCE,
    marks::PART_OF,
    marks::MANAGED_BY,
    marks::RELEASE,
    marks::RELEASE_NAMESPACE,
    marks::RANCHER_OWNER,
    marks::RANCHER_NAMESPACE,
    marks::APPLY_SET,
    marks::HELM_HOOK,
    marks::LAST_APPLIED,
    marks::CHART,
    "kustomize.toolkit.fluxcd.io/name",
    "helm.toolkit.fluxcd.io/namespace",
    "cnpg.io/cluster",
    "owner",
    "status",
    "name",
];
