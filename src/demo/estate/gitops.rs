//! What delivers the estate: Argo CD applications, Flux sources and appliers, a Rollout, and the
//! certificates.

use serde_json::{Value, json};

use super::controllers;
use super::make::{DAY, HOUR, Maker, condition, owner};
use super::pods::{self, Stage};
use super::scene::NODES;
use crate::demo::base64;
use crate::demo::clock::stamp;

/// A self-signed certificate for shop.example.com, made for this file alone and used nowhere; its
/// key was thrown away. It ends in February 2027.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIDNDCCAhygAwIBAgIUBZkPv2Lr2BVC+Lh/zW0KMsVVaLswDQYJKoZIhvcNAQEL
BQAwGzEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTAeFw0yNjExMjIwMDU4Mjla
Fw0yNzAyMjAwMDU4MjlaMBsxGTAXBgNVBAMMEHNob3AuZXhhbXBsZS5jb20wggEi
MA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCvP/f2TI2Tenul4Q0HJjes+W6G
EE/QcLSS2AXn2MXebDD96OhjYrtXMs8jlogKZUxvAYvtQNFtvF4Lnv1d6B8Es61u
trbClc8NCI+79ncUNvYkTPSceCcDYGj19o+5NYlEI0/Y8aOsw5eN4ZmraaMhUiag
jxUMLgYe6NJUuI2av/R1C9WepO6YXruNgWstv9rhPIAJn24mQ/lyzi0/vw+gwSXI
85lqDeaZ99WhOjcYLAhoFAVc3RKubu130B/P2KgS4cUxKcIUQWd82ZWA/G42QN1O
jAb/NoqzM/lDOgoOkpbPR4lv1a7w2NpsZK5bt30jrnNbJIjVT4n33J6DiWX5AgMB
AAGjcDBuMB0GA1UdDgQWBBTGw9wQ/1t5re9EDYSDgpygOa/EazAfBgNVHSMEGDAW
gBTGw9wQ/1t5re9EDYSDgpygOa/EazAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQU
MBKCEHNob3AuZXhhbXBsZS5jb20wDQYJKoZIhvcNAQELBQADggEBAGsQqAoNMwoK
CdYhs8esmUqlIDXvBzou0u5NfOiel5CpnClt6Vp+WQGWvpjZSSaKO9IygpAnf3OT
R2w11rZiw/D5GrHLfWPXWdLCbyz7slJLz6OHdgzfHAgoX/ayw+cLD5TNKDNajxZJ
kvXs8hOU0W3mjNp2IvtKMLx4gWubQVc7kl1TYF+iK5GzcvHGePXWbzzx++hLlMcc
bMaO6I6u606fIq8aigXACssMu5QSDGTDTd0dySp5uejWU4O5a5MPbP0XsSEJi2E9
CSrPgR0khswUjSdIyUID7cNaiKibR9nFzENB2RGrLprStn5p9HH+NU0kp2Z+lE78
61ce1ALTnj8=
-----END CERTIFICATE-----
";

/// Something where the private key would be: it is masked anyway and opens nothing.
const NO_KEY: &str = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n";

/// Builds it all.
pub fn build(maker: &mut Maker) {
    project(maker);
    for app in APPS {
        application(maker, app);
    }
    flux(maker);
    rollout(maker);
    certificates(maker);
}

struct App {
    name: &'static str,
    /// Sync and health.
    state: (&'static str, &'static str),
    /// Sync policy: heal, auto, or manual.
    auto: &'static str,
    /// Phase and message of the last operation.
    operation: (&'static str, &'static str),
    objects: &'static [(&'static str, &'static str, &'static str)],
}

const APPS: &[App] = &[
    App {
        name: "checkout",
        state: ("Synced", "Healthy"),
        auto: "heal",
        operation: ("Succeeded", "successfully synced (all tasks run)"),
        objects: &[
            ("apps", "Deployment", "checkout-api"),
            ("apps", "Deployment", "checkout-worker"),
            ("", "Service", "checkout-api"),
            ("", "ConfigMap", "checkout-api"),
            ("networking.k8s.io", "Ingress", "checkout"),
        ],
    },
    App {
        name: "storefront",
        state: ("Synced", "Healthy"),
        auto: "heal",
        operation: ("Succeeded", "successfully synced (all tasks run)"),
        objects: &[
            ("apps", "Deployment", "storefront"),
            ("apps", "Deployment", "cart"),
            ("", "Service", "storefront"),
            ("autoscaling", "HorizontalPodAutoscaler", "storefront"),
        ],
    },
    App {
        name: "catalog",
        state: ("Synced", "Healthy"),
        auto: "auto",
        operation: ("Succeeded", "successfully synced (all tasks run)"),
        objects: &[("apps", "Deployment", "catalog"), ("", "Service", "catalog")],
    },
    App {
        name: "payments",
        state: ("OutOfSync", "Progressing"),
        auto: "manual",
        operation: ("Succeeded", "successfully synced (all tasks run)"),
        objects: &[
            ("apps", "Deployment", "payments-api"),
            ("apps", "Deployment", "payments-worker"),
            ("", "Service", "payments-api"),
            ("", "ConfigMap", "payments-api"),
        ],
    },
    App {
        name: "ledger",
        state: ("Synced", "Healthy"),
        auto: "manual",
        operation: ("Succeeded", "successfully synced (all tasks run)"),
        objects: &[("apps", "StatefulSet", "ledger"), ("", "Service", "ledger")],
    },
    App {
        name: "recommender",
        state: ("Synced", "Suspended"),
        auto: "auto",
        operation: ("Succeeded", "successfully synced (all tasks run)"),
        objects: &[("argoproj.io", "Rollout", "recommender")],
    },
    App {
        name: "fraud-check",
        state: ("OutOfSync", "Missing"),
        auto: "auto",
        operation: (
            "Failed",
            "one or more objects failed to apply, reason: admission webhook \"policy.example.com\" denied the request: image must come from registry.example.com",
        ),
        objects: &[("apps", "Deployment", "fraud-check")],
    },
];

fn project(maker: &mut Maker) {
    for name in ["default", "shop"] {
        let mut object = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": name, "namespace": "argocd"},
            "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": if name == "shop" { "shop" } else { "*" }}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}]},
        });
        if name == "shop" {
            object["spec"]["syncWindows"] = json!([{"kind": "allow", "schedule": "0 22 * * *", "duration": "6h",
                "applications": ["payments"], "manualSync": true, "timeZone": "Europe/Berlin"}]);
        }
        maker.add("argocd-server", 290 * DAY, object);
    }
}

/// Forty hexadecimal digits that belong to a word.
fn revision(word: &str) -> String {
    let seed =
        word.bytes().fold(7u64, |hash, byte| hash.wrapping_mul(131).wrapping_add(byte.into()));
    let mut random = crate::demo::prng::Prng::new(seed);
    format!("{:016x}{:016x}{:08x}", random.next(), random.next(), random.next() as u32)
}

fn application(maker: &mut Maker, app: &App) {
    let (sync, health) = app.state;
    let (phase, message) = app.operation;
    let deployed = revision(app.name);
    let target = if app.name == "payments" { revision("payments-next") } else { deployed.clone() };
    let mut source = json!({"repoURL": "https://git.example.com/shop/deploy.git", "path": format!("apps/{}", app.name), "targetRevision": "main"});
    if app.name == "ledger" {
        source = json!({"repoURL": "https://charts.example.com", "chart": "ledger", "targetRevision": "3.1.0",
            "helm": {"releaseName": "ledger", "valuesObject": {"replicas": 3}}});
    }
    let destination = json!({"server": "https://kubernetes.default.svc", "namespace": "shop"});
    let mut spec = json!({"project": "shop", "source": source, "destination": destination,
        "syncPolicy": {"syncOptions": ["CreateNamespace=true"], "retry": {"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}}}});
    if app.auto != "manual" {
        spec["syncPolicy"]["automated"] = json!({"prune": true, "selfHeal": app.auto == "heal"});
    }
    let resources: Vec<Value> = app.objects.iter().map(|(group, kind, name)| {
        let drifted = sync == "OutOfSync" && (*name == "payments-api" && *kind == "Deployment" || app.name == "fraud-check");
        let version = if *group == "argoproj.io" { "v1alpha1" } else if *group == "autoscaling" { "v2" } else { "v1" };
        let mut resource = json!({"version": version, "kind": kind, "namespace": "shop", "name": name,
            "status": if drifted { "OutOfSync" } else { "Synced" }});
        if !group.is_empty() {
            resource["group"] = (*group).into();
        }
        let state = match *name {
            "payments-worker" => Some("Progressing"),
            "recommender" => Some("Suspended"),
            "fraud-check" => Some("Missing"),
            _ if *kind == "ConfigMap" => None,
            _ => Some("Healthy"),
        };
        if let Some(state) = state {
            resource["health"] = json!({"status": state});
        }
        resource
    }).collect();
    let started = maker.ago(3 * DAY);
    let finished = maker.ago(3 * DAY - 14);
    let history: Vec<Value> = (0..4).map(|id| json!({
        "id": id, "revision": if id == 3 { deployed.clone() } else { revision(&format!("{}-{id}", app.name)) },
        "deployedAt": maker.ago((3 - id) * 9 * DAY + 3 * DAY), "deployStartedAt": maker.ago((3 - id) * 9 * DAY + 3 * DAY + 14),
        "source": source, "initiatedBy": if app.auto == "manual" { json!({"username": "anna"}) } else { json!({"automated": true}) },
    })).collect();
    let mut status = json!({
        "sync": {"status": sync, "revision": target, "comparedTo": {"source": source, "destination": destination}},
        "health": {"status": health, "lastTransitionTime": maker.ago(25 * 60)},
        "resources": resources, "history": history, "reconciledAt": maker.ago(90), "sourceType": if app.name == "ledger" { "Helm" } else { "Kustomize" },
        "summary": {"images": [format!("registry.example.com/shop/{}", app.name)], "externalURLs": if app.name == "checkout" { json!(["https://checkout.example.com/"]) } else { json!([]) }},
        "operationState": {"phase": phase, "message": message, "startedAt": started, "finishedAt": finished,
            "operation": {"sync": {"revision": deployed, "prune": app.auto != "manual"}, "initiatedBy": if app.auto == "manual" { json!({"username": "anna"}) } else { json!({"automated": true}) },
                "retry": {"limit": 5}},
            "syncResult": {"revision": deployed, "source": source, "resources": []}},
    });
    if phase == "Failed" {
        status["conditions"] = json!([{"type": "SyncError", "message": format!("Failed sync attempt to {deployed}: {message} (retried 5 times)."), "lastTransitionTime": maker.ago(HOUR)}]);
        status["operationState"]["retryCount"] = 5.into();
        status["health"]["status"] = "Missing".into();
    }
    maker.add("argocd-server", 200 * DAY, json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": app.name, "namespace": "argocd", "finalizers": ["resources-finalizer.argocd.argoproj.io"]},
        "spec": spec, "status": status,
    }));
}

fn flux(maker: &mut Maker) {
    let main = format!("main@sha1:{}", revision("fleet"));
    let artifact = |maker: &Maker, kind: &str, name: &str, revision: &str| {
        json!({
        "digest": format!("sha256:{}", self::revision(name).repeat(2).get(..64).unwrap_or_default()), "lastUpdateTime": maker.ago(5 * HOUR),
        "path": format!("{kind}/flux-system/{name}/latest.tar.gz"), "revision": revision, "size": 48213,
        "url": format!("http://source-controller.flux-system.svc.cluster.local./{kind}/flux-system/{name}/latest.tar.gz")})
    };
    let ready = |maker: &Maker, reason: &str, message: &str| {
        let mut ready = condition("Ready", "True", reason, message, &maker.ago(5 * HOUR));
        ready["observedGeneration"] = 1.into();
        ready
    };
    let stored = format!("stored artifact for revision '{main}'");
    maker.add("kubectl-client-side-apply", 310 * DAY, json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": "flux-system", "namespace": "flux-system", "finalizers": ["finalizers.fluxcd.io"]},
        "spec": {"interval": "1m0s", "ref": {"branch": "main"}, "secretRef": {"name": "flux-system"}, "timeout": "60s", "url": "ssh://git@git.example.com/platform/fleet"},
        "status": {"artifact": artifact(maker, "gitrepository", "flux-system", &main), "conditions": [ready(maker, "Succeeded", &stored)], "observedGeneration": 1},
    }));
    for (name, url) in [
        ("bitnami", "https://charts.bitnami.com/bitnami"),
        ("grafana", "https://grafana.github.io/helm-charts"),
        ("jetstack", "https://charts.jetstack.io"),
    ] {
        let digest = format!("sha256:{}", revision(name));
        maker.add("kustomize-controller", 240 * DAY, json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository",
            "metadata": {"name": name, "namespace": "flux-system", "labels": {"kustomize.toolkit.fluxcd.io/name": "infra", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}},
            "spec": {"interval": "1h0m0s", "url": url},
            "status": {"artifact": artifact(maker, "helmrepository", name, &digest), "conditions": [ready(maker, "Succeeded", &format!("stored artifact: revision '{digest}'"))], "observedGeneration": 1},
        }));
    }
    let oci = format!("latest@sha256:{}", revision("orders"));
    maker.add("kustomize-controller", 140 * DAY, json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository",
        "metadata": {"name": "shop-orders", "namespace": "flux-system"},
        "spec": {"interval": "5m0s", "provider": "generic", "ref": {"tag": "latest"}, "url": "oci://registry.example.com/shop/orders-manifests"},
        "status": {"artifact": artifact(maker, "ocirepository", "shop-orders", &oci), "conditions": [ready(maker, "Succeeded", &format!("stored artifact for digest '{oci}'"))], "observedGeneration": 1},
    }));
    let orders = ["orders-api", "orders-consumer", "mailer"];
    for (name, path, source, suspended, inventory) in [
        (
            "flux-system",
            "./clusters/prod-eu",
            ("GitRepository", "flux-system"),
            false,
            vec![
                "flux-system_source-controller_apps_Deployment",
                "flux-system_kustomize-controller_apps_Deployment",
                "flux-system_helm-controller_apps_Deployment",
                "flux-system_notification-controller_apps_Deployment",
            ],
        ),
        (
            "infra",
            "./infra",
            ("GitRepository", "flux-system"),
            false,
            vec![
                "monitoring_prometheus_apps_StatefulSet",
                "monitoring_alertmanager_apps_StatefulSet",
                "monitoring_kube-state-metrics_apps_Deployment",
                "monitoring_node-exporter_apps_DaemonSet",
            ],
        ),
        (
            "data",
            "./data",
            ("GitRepository", "flux-system"),
            true,
            vec![
                "data_postgres_apps_StatefulSet",
                "data_kafka_apps_StatefulSet",
                "data_kafka-exporter_apps_Deployment",
            ],
        ),
        (
            "shop-orders",
            "./",
            ("OCIRepository", "shop-orders"),
            false,
            vec![
                "shop_orders-api_apps_Deployment",
                "shop_orders-consumer_apps_Deployment",
                "shop_mailer_apps_Deployment",
            ],
        ),
    ] {
        let at = if source.0 == "OCIRepository" { oci.clone() } else { main.clone() };
        let mut entries: Vec<Value> =
            inventory.iter().map(|id| json!({"id": id, "v": "v1"})).collect();
        if name == "shop-orders" {
            entries.extend(
                orders.iter().map(|name| json!({"id": format!("shop_{name}__Service"), "v": "v1"})),
            );
        }
        let mut spec = json!({"interval": "10m0s", "path": path, "prune": true, "wait": true, "timeout": "5m0s", "force": false,
            "sourceRef": {"kind": source.0, "name": source.1}});
        if suspended {
            spec["suspend"] = true.into();
        }
        maker.add("kubectl-client-side-apply", 300 * DAY, json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": name, "namespace": "flux-system", "finalizers": ["finalizers.fluxcd.io"]},
            "spec": spec,
            "status": {"conditions": [ready(maker, "ReconciliationSucceeded", &format!("Applied revision: {at}")), condition("Healthy", "True", "Succeeded", "Health check passed in 42ms", &maker.ago(5 * HOUR))],
                "inventory": {"entries": entries}, "lastAppliedRevision": at, "lastAttemptedRevision": at, "observedGeneration": 1},
        }));
    }
    for (namespace, name, chart, version, repository) in [
        ("data", "redis", "redis", "22.0.7", "bitnami"),
        ("data", "minio", "minio", "17.0.21", "bitnami"),
        ("monitoring", "loki", "loki", "6.42.0", "grafana"),
        ("cert-manager", "cert-manager", "cert-manager", "v1.19.1", "jetstack"),
    ] {
        helm_release(maker, namespace, name, chart, version, repository);
    }
}

fn helm_release(
    maker: &mut Maker,
    namespace: &str,
    name: &str,
    chart: &str,
    version: &str,
    repository: &str,
) {
    let failed = name == "redis";
    let deployed = if failed { "20.1.4" } else { version };
    let record = |maker: &Maker, at: i64, number: i64, version: &str, status: &str| {
        json!({
        "appVersion": "8.2.1", "chartName": chart, "chartVersion": version, "configDigest": format!("sha256:{}", revision(name)),
        "digest": format!("sha256:{}", revision(&format!("{name}{number}"))), "firstDeployed": maker.ago(200 * DAY), "lastDeployed": maker.ago(at),
        "name": name, "namespace": namespace, "status": status, "version": number})
    };
    let mut status = json!({"observedGeneration": 1, "storageNamespace": namespace, "helmChart": format!("flux-system/{namespace}-{name}"),
        "lastAttemptedRevision": version, "lastAttemptedGeneration": 1, "lastAttemptedReleaseAction": "upgrade",
        "history": [record(maker, 12 * DAY, 4, deployed, "deployed"), record(maker, 30 * DAY, 3, deployed, "superseded")]});
    if failed {
        let why = format!(
            "Helm upgrade failed for release {namespace}/{name} with chart {chart}@{version}: resource StatefulSet/{namespace}/{name} not ready. status: InProgress, message: Ready: 2/3\ncontext deadline exceeded"
        );
        let since = maker.ago(HOUR);
        status["history"] = json!([
            record(maker, HOUR, 5, version, "failed"),
            record(maker, 12 * DAY, 4, deployed, "superseded")
        ]);
        status["failures"] = 4.into();
        status["upgradeFailures"] = 4.into();
        status["conditions"] = json!([
            condition(
                "Stalled",
                "True",
                "RetriesExceeded",
                "Failed to upgrade after 4 attempt(s)",
                &since
            ),
            condition("Ready", "False", "UpgradeFailed", &why, &since),
            condition("Released", "False", "UpgradeFailed", &why, &since),
        ]);
    } else {
        let message = format!(
            "Helm upgrade succeeded for release {namespace}/{name}.v4 with chart {chart}@{version}"
        );
        let since = maker.ago(12 * DAY);
        status["conditions"] = json!([
            condition("Ready", "True", "UpgradeSucceeded", &message, &since),
            condition("Released", "True", "UpgradeSucceeded", &message, &since)
        ]);
    }
    maker.add("kustomize-controller", 220 * DAY, json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": namespace, "finalizers": ["finalizers.fluxcd.io"],
            "labels": {"kustomize.toolkit.fluxcd.io/name": "infra", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}},
        "spec": {"interval": "30m0s", "timeout": "5m0s", "upgrade": {"remediation": {"retries": 3}},
            "chart": {"spec": {"chart": chart, "version": version, "sourceRef": {"kind": "HelmRepository", "name": repository, "namespace": "flux-system"}}},
            "values": {"replicaCount": 3}},
        "status": status,
    }));
}

/// A canary that waits for somebody to promote it.
fn rollout(maker: &mut Maker) {
    let template = |tag: &str| {
        json!({
            "metadata": {"labels": {"app.kubernetes.io/name": "recommender"}},
            "spec": {"containers": [{"name": "recommender", "image": format!("registry.example.com/shop/recommender:{tag}"),
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}], "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}}}]},
        })
    };
    let (old, new) = (template("1.14.0"), template("1.15.0"));
    let (old_hash, new_hash) = (controllers::template_hash(&old), controllers::template_hash(&new));
    let since = maker.ago(40 * 60);
    let rollout = maker.add("argocd-controller", 110 * DAY, json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "recommender", "namespace": "shop", "labels": {"app.kubernetes.io/name": "recommender"},
            "annotations": {"rollout.argoproj.io/revision": "7", "argocd.argoproj.io/tracking-id": "recommender:argoproj.io/Rollout:shop/recommender"}},
        "spec": {"replicas": 4, "revisionHistoryLimit": 5, "selector": {"matchLabels": {"app.kubernetes.io/name": "recommender"}}, "template": new,
            "strategy": {"canary": {"steps": [{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": "5m"}}, {"setWeight": 100}]}}},
        "status": {"HPAReplicas": 4, "replicas": 4, "updatedReplicas": 1, "readyReplicas": 4, "availableReplicas": 4, "observedGeneration": "1",
            "currentPodHash": new_hash, "stableRS": old_hash, "currentStepIndex": 1, "currentStepHash": "6f9c5d7b6d", "phase": "Paused", "message": "CanaryPauseStep",
            "controllerPause": true, "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": since}], "selector": "app.kubernetes.io/name=recommender",
            "canary": {"weights": {"canary": {"podTemplateHash": new_hash, "weight": 25}, "stable": {"podTemplateHash": old_hash, "weight": 75}}},
            "conditions": [condition("Paused", "True", "RolloutPaused", "Rollout is paused", &since), condition("Available", "True", "AvailableReason", "Rollout has minimum availability", &since), condition("Progressing", "Unknown", "RolloutPaused", "Rollout is paused", &since)]},
    }));
    for (template, hash, count, number, age) in
        [(&old, &old_hash, 3, 6, 12 * DAY), (&new, &new_hash, 1, 7, 40 * 60)]
    {
        let mut set = controllers::replica_set(&rollout, template, hash, count, number);
        if let Some(labels) = set["spec"]["template"]["metadata"]["labels"].as_object_mut() {
            labels.insert("rollouts-pod-template-hash".to_owned(), hash.as_str().into());
        }
        set["metadata"]["annotations"] = json!({"rollout.argoproj.io/revision": number.to_string(), "rollout.argoproj.io/desired-replicas": "4"});
        set["status"] = json!({"replicas": count, "fullyLabeledReplicas": count, "readyReplicas": count, "availableReplicas": count, "observedGeneration": 1});
        let set = maker.add("rollouts-controller", age, set);
        for _ in 0..count {
            let name = format!("recommender-{hash}-{}", maker.random.suffix(5));
            let mut pod =
                pods::from_template(&set["spec"]["template"], &set, &name, &mut maker.random);
            pod["spec"]["nodeName"] = NODES[maker.random.below(NODES.len())].0.into();
            pod["status"] =
                pods::status(&pod, Stage::Ready, maker.now - age + 20, &mut maker.random);
            maker.add("kube-controller-manager", age, pod);
        }
    }
}

fn certificates(maker: &mut Maker) {
    maker.add("kubectl-client-side-apply", 230 * DAY, json!({
        "apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "letsencrypt"},
        "spec": {"acme": {"email": "ops@example.com", "server": "https://acme-v02.api.letsencrypt.org/directory", "privateKeySecretRef": {"name": "letsencrypt-account"},
            "solvers": [{"http01": {"ingress": {"ingressClassName": "nginx"}}}]}},
        "status": {"conditions": [condition("Ready", "True", "ACMEAccountRegistered", "The ACME account was registered with the ACME server", &maker.ago(230 * DAY))]},
    }));
    // The storefront's ends within days and its renewal is overdue; the other one has time.
    for (name, host, left) in
        [("storefront-tls", "shop.example.com", 4), ("checkout-tls", "checkout.example.com", 61)]
    {
        let since = maker.ago((90 - left) * DAY);
        let kept = maker.add("cert-manager-certificates-trigger", 180 * DAY, json!({
            "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"dnsNames": [host], "secretName": name, "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"}, "usages": ["digital signature", "key encipherment"]},
            "status": {"conditions": [condition("Ready", "True", "Ready", "Certificate is up to date and has not expired", &since)],
                "notBefore": since, "notAfter": stamp(maker.now + left * DAY), "renewalTime": stamp(maker.now + (left - 30) * DAY), "revision": 3},
        }));
        maker.add("cert-manager-certificates-issuing", 180 * DAY, json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": {"name": name, "namespace": "shop", "ownerReferences": [owner(&kept)],
                "annotations": {"cert-manager.io/certificate-name": name, "cert-manager.io/common-name": host, "cert-manager.io/issuer-name": "letsencrypt", "cert-manager.io/issuer-kind": "ClusterIssuer"}},
            "data": {"tls.crt": base64::encode(CERTIFICATE.as_bytes()), "tls.key": base64::encode(NO_KEY.as_bytes())},
        }));
    }
    for name in ["payments-api", "ledger"] {
        maker.add("kubectl-create", 160 * DAY, json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": {"name": format!("{name}-credentials"), "namespace": "shop"},
            "data": {"username": base64::encode(name.as_bytes()), "password": base64::encode(b"correct horse battery staple")},
        }));
    }
}
