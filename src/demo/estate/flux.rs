//! What Flux knows of the estate: sources, kustomizations, Helm releases, a set of the operator's.

use serde_json::{Value, json};

use super::by::By;
use super::delivery::git::{Git, revision};
use super::make::{DAY, HOUR, Maker, condition};

/// The last revisions of the fleet's repository, oldest first.
pub const FLEET: &[&str] = &["fleet-0", "fleet-1", "fleet-2", "fleet"];
/// What is wrong with the newest revision of `observability`.
const BROKEN: &str = "kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'alerts.yaml': open /tmp/kustomization-2219/observability/alerts.yaml: no such file or directory'";

struct Applier {
    name: &'static str,
    path: &'static str,
    /// Kustomization that delivers it.
    by: &'static str,
    depends: &'static str,
}

/// Those that are delivered come before those that deliver them.
const APPLIERS: &[Applier] = &[
    Applier { name: "kafka-topics", path: "./data/topics", by: "data", depends: "" },
    Applier { name: "infra", path: "./infra", by: ROOT, depends: "" },
    Applier { name: "observability", path: "./observability", by: ROOT, depends: "infra" },
    Applier { name: "dashboards", path: "./dashboards", by: ROOT, depends: "observability" },
    Applier { name: "data", path: "./data", by: ROOT, depends: "infra" },
    Applier { name: "shop-orders", path: "./", by: ROOT, depends: "data" },
    Applier { name: ROOT, path: "./clusters/prod-eu", by: ROOT, depends: "" },
];

/// The kustomization that Flux was installed with, and its repository.
const ROOT: &str = "flux-system";

/// The head of a branch as Flux writes it.
pub fn on_main(word: &str) -> String {
    format!("main@sha1:{}", revision(word))
}

/// A tag as Flux writes it: sixty-four digits.
pub fn latest(word: &str) -> String {
    format!("latest@sha256:{}", digest(word))
}

/// Sixty-four hexadecimal digits that belong to a word.
pub fn digest(word: &str) -> String {
    revision(word).repeat(2).chars().take(64).collect()
}

/// An artifact of a source.
pub fn artifact(kind: &str, name: &str, revision: &str, at: &str) -> Value {
    let kind = kind.to_lowercase();
    let file = digest(revision);
    json!({"digest": format!("sha256:{file}"), "lastUpdateTime": at, "path": format!("{kind}/flux-system/{name}/{file}.tar.gz"), "revision": revision,
        "size": 48213, "url": format!("http://source-controller.flux-system.svc.cluster.local./{kind}/flux-system/{name}/{file}.tar.gz")})
}

fn ready(status: &str, reason: &str, message: &str, since: &str) -> Value {
    let mut ready = condition("Ready", status, reason, message, since);
    ready["observedGeneration"] = 1.into();
    ready
}

/// Objects that are delivered by kustomizations and are none themselves.
pub fn sources(maker: &mut Maker) {
    for (namespace, name, by) in [
        ("monitoring", "alert-rules", "observability"),
        ("monitoring", "dashboards", "dashboards"),
        ("data", "kafka-topics", "kafka-topics"),
    ] {
        let mut settings = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace},
            "data": {"README": "made from the repository of the fleet"}});
        By::Flux(by).mark(&mut settings);
        maker.add("kustomize-controller", 200 * DAY, settings);
    }
    let since = maker.ago(5 * HOUR);
    let source = |kind: &str, name: &str, spec: Value, revision: &str, by: &'static str| {
        let mut object = json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": kind,
            "metadata": {"name": name, "namespace": "flux-system", "finalizers": ["finalizers.fluxcd.io"]}, "spec": spec,
            "status": {"artifact": artifact(kind, name, revision, &since), "observedGeneration": 1,
                "conditions": [ready("True", "Succeeded", &format!("stored artifact for revision '{revision}'"), &since),
                    ready("True", "Succeeded", &format!("stored artifact for revision '{revision}'"), &since)]}});
        object["status"]["conditions"][1]["type"] = "ArtifactInStorage".into();
        By::Flux(by).mark(&mut object);
        object
    };
    let git = source(
        "GitRepository",
        ROOT,
        json!({"interval": "1m0s", "ref": {"branch": "main"}, "secretRef": {"name": "flux-system"}, "timeout": "60s",
        "url": "ssh://git@git.example.com/platform/fleet"}),
        &on_main("fleet"),
        ROOT,
    );
    let oci = source(
        "OCIRepository",
        "shop-orders",
        json!({"interval": "5m0s", "provider": "generic", "ref": {"tag": "latest"},
        "url": "oci://registry.example.com/shop/orders-manifests"}),
        &latest("orders"),
        ROOT,
    );
    maker.add("kustomize-controller", 310 * DAY, git);
    maker.add("kustomize-controller", 140 * DAY, oci);
    for (name, url) in [
        ("bitnami", "https://charts.bitnami.com/bitnami"),
        ("grafana", "https://grafana.github.io/helm-charts"),
        ("jetstack", "https://charts.jetstack.io"),
    ] {
        let index = format!("sha256:{}", digest(name));
        let repository = source(
            "HelmRepository",
            name,
            json!({"interval": "1h0m0s", "url": url}),
            &index,
            "infra",
        );
        maker.add("kustomize-controller", 240 * DAY, repository);
    }
    for (namespace, name, version, repository) in [
        ("data", "redis", "22.0.7", "bitnami"),
        ("data", "minio", "17.0.21", "bitnami"),
        ("monitoring", "loki", "6.42.0", "grafana"),
        ("cert-manager", "cert-manager", "v1.19.1", "jetstack"),
    ] {
        helm_release(maker, namespace, name, version, repository);
        let chart = format!("{namespace}-{name}");
        let message = format!("pulled '{name}' chart with version '{version}'");
        maker.add("helm-controller", 220 * DAY, json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmChart",
            "metadata": {"name": chart, "namespace": "flux-system", "finalizers": ["finalizers.fluxcd.io"],
                "labels": {"helm.toolkit.fluxcd.io/name": name, "helm.toolkit.fluxcd.io/namespace": namespace}},
            "spec": {"chart": name, "version": version, "interval": "30m0s", "reconcileStrategy": "ChartVersion", "sourceRef": {"kind": "HelmRepository", "name": repository}},
            "status": {"artifact": artifact("HelmChart", &chart, version, &since), "observedChartName": name, "observedGeneration": 1,
                "conditions": [ready("True", "ChartPullSucceeded", &message, &since)]},
        }));
    }
}

/// Kustomizations with what they delivered, and the set.
pub fn build(maker: &mut Maker, git: &mut Git) {
    for applier in APPLIERS {
        // What they deliver is in the store by now: it makes their inventories.
        git.take(maker);
        kustomization(maker, git, applier);
    }
    git.take(maker);
    for applier in APPLIERS {
        let track = format!("flux-system/{}", applier.name);
        if applier.name == "shop-orders" {
            git.version(
                &track,
                &[
                    &revision("orders-0"),
                    &revision("orders-1"),
                    &revision("orders-2"),
                    &digest("orders"),
                ],
            );
        } else {
            let names: Vec<String> = FLEET.iter().map(|word| revision(word)).collect();
            git.version(&track, &names.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
    git.spoil("flux-system/observability", BROKEN);
    let since = maker.ago(20 * DAY);
    let inventory = ["platform_preview-links_apps_Deployment", "platform_preview-links__Service"];
    let inventory: Vec<Value> = inventory.iter().map(|id| json!({"id": id, "v": "v1"})).collect();
    let last = format!("sha256:{}", digest("previews"));
    maker.add("kubectl-client-side-apply", 20 * DAY, json!({
        "apiVersion": "fluxcd.controlplane.io/v1", "kind": "ResourceSet",
        "metadata": {"name": "previews", "namespace": "flux-system", "finalizers": ["fluxcd.controlplane.io/finalizer"],
            "annotations": {"fluxcd.controlplane.io/reconcileEvery": "5m"}},
        "spec": {"inputs": [{"name": "links"}], "wait": true, "resourcesTemplate": "# one Deployment and one Service for each preview\n"},
        "status": {"inventory": {"entries": inventory}, "lastAppliedRevision": last,
            "conditions": [ready("True", "ReconciliationSucceeded", "Reconciliation finished in 214ms", &since)]},
    }));
}

fn kustomization(maker: &mut Maker, git: &Git, applier: &Applier) {
    let name = applier.name;
    let source = if name == "shop-orders" {
        ("OCIRepository", "shop-orders")
    } else {
        ("GitRepository", ROOT)
    };
    let at = if name == "shop-orders" { latest("orders") } else { on_main("fleet") };
    let mut spec = json!({"interval": "10m0s", "path": applier.path, "prune": true, "wait": true, "timeout": "5m0s", "force": false,
        "sourceRef": {"kind": source.0, "name": source.1}});
    if !applier.depends.is_empty() {
        spec["dependsOn"] = json!([{"name": applier.depends}]);
    }
    if name == "shop-orders" {
        // Mailers that crash are noticed soon.
        spec["timeout"] = "30s".into();
    }
    let since = maker.ago(5 * HOUR);
    let applied = match name {
        "data" | "observability" | "dashboards" => on_main("fleet-2"),
        _ => at.clone(),
    };
    let attempted = if name == "observability" { at.clone() } else { applied.clone() };
    let manifests = git.head(&format!("flux-system/{name}")).map(|head| head.manifests.clone());
    let entries: Vec<Value> = manifests.unwrap_or_default().iter().map(entry).collect();
    let conditions = match name {
        "observability" => json!([ready("False", "BuildFailed", BROKEN, &since)]),
        "dashboards" => json!([ready(
            "False",
            "DependencyNotReady",
            "dependency 'flux-system/observability' is not ready",
            &since
        )]),
        _ => json!([
            ready(
                "True",
                "ReconciliationSucceeded",
                &format!("Applied revision: {applied}"),
                &since
            ),
            condition("Healthy", "True", "Succeeded", "Health check passed in 42ms", &since)
        ]),
    };
    let mut object = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system", "finalizers": ["finalizers.fluxcd.io"]}, "spec": spec,
        "status": {"conditions": conditions, "inventory": {"entries": entries}, "lastAppliedRevision": applied, "lastAttemptedRevision": attempted, "observedGeneration": 1,
            "history": [{"digest": format!("sha256:{}", digest(&format!("{name}{applied}"))), "firstReconciled": maker.ago(2 * DAY), "lastReconciled": since,
                "lastReconciledDuration": "1.204s", "lastReconciledStatus": "ReconciliationSucceeded", "totalReconciliations": 288, "metadata": {"revision": applied}}]},
    });
    By::Flux(applier.by).mark(&mut object);
    let kept = maker.add("kustomize-controller", 300 * DAY, object);
    if name == "data" {
        maker.change(&kept, "flux", 9 * DAY, |object| object["spec"]["suspend"] = true.into());
    }
}

/// An entry of an inventory: namespace, name, group and kind.
pub fn entry(manifest: &Value) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let version = text(&manifest["apiVersion"]);
    let (group, version) = version.split_once('/').unwrap_or(("", &version));
    let meta = &manifest["metadata"];
    let name = text(&meta["name"]).replace(':', "__");
    json!({"id": format!("{}_{name}_{group}_{}", text(&meta["namespace"]), text(&manifest["kind"])), "v": version})
}

fn helm_release(maker: &mut Maker, namespace: &str, name: &str, version: &str, repository: &str) {
    let chart = name;
    let failed = name == "redis";
    let kind = if name == "cert-manager" { "Deployment" } else { "StatefulSet" };
    let deployed = if failed { "20.1.4" } else { version };
    let record = |maker: &Maker, at: i64, number: i64, version: &str, status: &str| {
        json!({
        "appVersion": "8.2.1", "chartName": chart, "chartVersion": version, "configDigest": format!("sha256:{}", revision(name)),
        "digest": format!("sha256:{}", revision(&format!("{name}{number}"))), "firstDeployed": maker.ago(200 * DAY), "lastDeployed": maker.ago(at),
        "name": name, "namespace": namespace, "status": status, "version": number})
    };
    let mut status = json!({"observedGeneration": 1, "storageNamespace": namespace, "helmChart": format!("flux-system/{namespace}-{name}"),
        "lastAttemptedRevision": version, "lastAttemptedGeneration": 1, "lastAttemptedReleaseAction": "upgrade",
        "inventory": {"entries": [{"id": format!("{namespace}_{name}__Service"), "v": "v1"}, {"id": format!("{namespace}_{name}_apps_{kind}"), "v": "v1"}]},
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
