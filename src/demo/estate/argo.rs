//! What Argo CD knows of the estate: projects, applications, a set that makes some, another cluster.

use serde_json::{Value, json};

use super::by::By;
use super::delivery::compare::{self, Compared};
use super::delivery::git::{self, Git, revision};
use super::make::{DAY, HOUR, Maker, condition, owner};
use super::tour;
use crate::demo::base64;
use crate::demo::clock::stamp;

/// API server of the cluster that one application goes to.
const ELSEWHERE: &str = "https://10.20.0.1:6443";

struct App {
    name: &'static str,
    project: &'static str,
    /// Namespace that it goes to.
    target: &'static str,
    /// How it is synced: `heal`, `auto`, `manual`, or `off` for what somebody switched off.
    auto: &'static str,
    /// Who delivers it: an application, or `set/NAME`.
    parent: &'static str,
}

const fn app(
    name: &'static str,
    project: &'static str,
    target: &'static str,
    auto: &'static str,
    parent: &'static str,
) -> App {
    App { name, project, target, auto, parent }
}

const APPS: &[App] = &[
    app("checkout", "shop", "shop", "heal", ROOT),
    app("storefront", "shop", "shop", "heal", ROOT),
    app("catalog", "shop", "shop", "auto", ROOT),
    app("payments", "shop", "shop", "manual", ROOT),
    app("settlement", "shop", "shop", "auto", ROOT),
    app("ledger", "shop", "shop", "off", ROOT),
    app("recommender", "shop", "shop", "auto", ROOT),
    app("search", "shop", "shop", "heal", ROOT),
    app("fraud-check", "shop", "shop", "auto", ROOT),
    app("tariffs", "finance", "shop", "auto", ""),
    app("edge-canary", "edge", "edge", "manual", "set/edge"),
    app("edge-eu", "edge", "edge", "manual", "set/edge"),
    app("edge-us", "edge", "edge", "manual", "set/edge"),
    app(ROOT, "default", "argocd", "auto", ""),
];

/// The application whose objects are applications.
const ROOT: &str = "shop-apps";
/// What the policy of the estate says of images from elsewhere.
pub const DENIED: &str = "admission webhook \"policy.example.com\" denied the request: image must come from registry.example.com";

/// Objects that sources have beside those that are delivered already.
pub fn sources(maker: &mut Maker) {
    let mut tariffs = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "tariffs", "namespace": "shop"},
        "data": {"EXPRESS": "4.90", "STANDARD": "2.90"}});
    By::Argo("tariffs").mark(&mut tariffs);
    maker.add("argocd-controller", 100 * DAY, tariffs);
    let mut migrate = json!({"apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "checkout-migrate", "namespace": "shop", "annotations":
            {"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation"}},
        "spec": {"backoffLimit": 1, "completions": 1, "parallelism": 1, "template": {
            "metadata": {"labels": {"app.kubernetes.io/name": "checkout-migrate"}},
            "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
                "securityContext": {}, "containers": [{"name": "migrate", "image": "registry.example.com/shop/checkout:1.7.0", "args": ["migrate"],
                    "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}}}]}}}});
    By::Argo("checkout").mark(&mut migrate);
    maker.delivered.push(migrate);
}

/// What sources have that was not delivered yet.
pub fn ahead(git: &mut Git) {
    git.amend("payments", revision("payments-next"), |manifest| {
        if manifest["kind"] == "ConfigMap" {
            manifest["data"]["POOL_SIZE"] = "40".into();
        }
        if manifest["metadata"]["name"] == "payments-api" && manifest["kind"] == "Deployment" {
            manifest["spec"]["template"]["spec"]["containers"][0]["image"] =
                "registry.example.com/shop/payments:1.4.1".into();
        }
    });
    git.amend("tariffs", revision("tariffs-next"), |manifest| {
        manifest["data"]["EXPRESS"] = "5.40".into();
    });
    git.amend("edge-eu", revision("edge-canary"), |manifest| {
        if manifest["kind"] == "Deployment" {
            manifest["spec"]["template"]["spec"]["containers"][0]["image"] =
                "registry.example.com/edge/router:3.3.0".into();
        }
    });
    let there: Vec<Value> =
        git.head("edge-eu").map(|head| head.manifests.clone()).unwrap_or_default();
    let there = there.iter().filter_map(|manifest| {
        serde_json::from_str(&manifest.to_string().replace("edge-eu", "edge-us")).ok()
    });
    git.commit("edge-us", revision("edge-canary"), there.collect());
    git.version("ledger", &["3.0.7", "3.0.8", "3.0.9", "3.1.0"]);
    let mut denied = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "fraud-check", "namespace": "shop", "labels": {"app.kubernetes.io/name": "fraud-check"}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app.kubernetes.io/name": "fraud-check"}},
            "template": {"metadata": {"labels": {"app.kubernetes.io/name": "fraud-check"}},
                "spec": {"containers": [{"name": "check", "image": "docker.io/acme/fraud-check:0.3.0"}]}}}});
    By::Argo("fraud-check").mark(&mut denied);
    git.commit("fraud-check", revision("fraud-check"), vec![denied]);
}

/// Builds it all. The sources are known by then.
pub fn build(maker: &mut Maker, git: &mut Git) {
    projects(maker);
    maker.add("argocd-server", 200 * DAY, json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "cluster-prod-us", "namespace": "argocd", "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
        "data": {"name": base64::encode(b"prod-us"), "server": base64::encode(ELSEWHERE.as_bytes()), "config": base64::encode(b"{\"bearerToken\":\"not-a-token\"}")},
    }));
    let set = set(maker, git);
    for app in APPS {
        // The root comes last: what it delivers is known then.
        git.take(maker);
        application(maker, git, app, &set);
    }
}

fn projects(maker: &mut Maker) {
    for (name, target) in
        [("default", "*"), ("shop", "shop"), ("finance", "shop"), ("edge", "edge")]
    {
        let mut object = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": name, "namespace": "argocd"},
            "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": target}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}]},
        });
        if name == "shop" {
            object["spec"]["syncWindows"] = json!([{"kind": "allow", "schedule": "0 22 * * *", "duration": "6h",
                "applications": ["payments"], "manualSync": true, "timeZone": "Europe/Berlin", "description": "nights"}]);
        }
        if name == "finance" {
            object["spec"]["syncWindows"] = json!([{"kind": "deny", "schedule": "0 0 * * *", "duration": "24h",
                "applications": ["*"], "manualSync": false, "timeZone": "UTC", "description": "year-end freeze"}]);
        }
        maker.add("argocd-server", 290 * DAY, object);
    }
}

fn source(app: &App) -> Value {
    match app.name {
        "ledger" => {
            json!({"source": {"repoURL": "https://charts.example.com", "chart": "ledger", "targetRevision": "3.1.0",
            "helm": {"releaseName": "ledger", "valuesObject": {"replicas": 3}}}})
        }
        "search" => json!({"sources": [
            {"repoURL": "https://charts.example.com", "chart": "search", "targetRevision": "2.4.4", "helm": {"valueFiles": ["$values/search/values.yaml"]}},
            {"repoURL": "https://git.example.com/shop/values.git", "targetRevision": "main", "ref": "values"}]}),
        ROOT => {
            json!({"source": {"repoURL": "https://git.example.com/shop/apps.git", "path": "prod-eu", "targetRevision": "main"}})
        }
        name if app.target == "edge" => {
            json!({"source": {"repoURL": "https://git.example.com/edge/router.git", "path": format!("overlays/{name}"), "targetRevision": "main"}})
        }
        name => {
            json!({"source": {"repoURL": format!("https://git.example.com/shop/{name}.git"), "path": "deploy", "targetRevision": "main"}})
        }
    }
}

fn spec(app: &App, tour: bool) -> Value {
    let server = if app.name == "edge-us" { ELSEWHERE } else { "https://kubernetes.default.svc" };
    let mut spec = json!({"project": app.project});
    for (name, value) in source(app).as_object().into_iter().flatten() {
        spec[name.as_str()] = value.clone();
    }
    spec["destination"] = json!({"server": server, "namespace": app.target});
    spec["syncPolicy"] = json!({"syncOptions": ["CreateNamespace=true"],
        "retry": {"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}}});
    if app.auto != "manual" {
        let heals = app.auto != "auto" && !(tour && app.name == tour::LEFT_ALONE);
        spec["syncPolicy"]["automated"] = json!({"prune": true, "selfHeal": heals});
    }
    spec
}

fn initiated(app: &App) -> Value {
    if app.auto == "manual" { json!({"username": "anna"}) } else { json!({"automated": true}) }
}

fn application(maker: &mut Maker, git: &Git, app: &App, set: &Value) {
    let log = git.log(app.name).to_vec();
    // What is ahead in the source is not deployed yet.
    let ahead = ["payments", "tariffs", "edge-eu"].contains(&app.name);
    let at = log.len().saturating_sub(if ahead { 2 } else { 1 });
    let Some(deployed) = log.get(at) else { return };
    let mut object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": app.name, "namespace": "argocd", "finalizers": ["resources-finalizer.argocd.argoproj.io"]},
        "spec": spec(app, maker.tour),
    });
    let manager = if app.parent == ROOT {
        By::Argo(ROOT).mark(&mut object);
        "argocd-controller"
    } else if app.parent.is_empty() {
        "argocd-server"
    } else {
        object["metadata"]["ownerReferences"] = json!([owner(set)]);
        object["metadata"]["labels"]["ring"] = app.name.trim_start_matches("edge-").into();
        "argocd-applicationset-controller"
    };
    let types = maker.store.types().map(|(id, _)| id).collect::<Vec<_>>();
    let Some(compared) = compare::compare(maker.store, git, &types, &object) else { return };
    let failed = app.name == "fraud-check";
    let since = match app.name {
        "settlement" => 25 * 60,
        "fraud-check" => HOUR,
        "edge-canary" => 2 * HOUR,
        "payments" => 3 * DAY,
        "recommender" => 40 * 60,
        name => (2 + name.len() as i64) * DAY / 2 + name.len() as i64 * HOUR,
    };
    let message = if failed {
        format!("one or more objects failed to apply, reason: {DENIED} (retried 5 times).")
    } else {
        "successfully synced (all tasks run)".to_owned()
    };
    let mut operation = json!({"sync": {"prune": app.auto != "manual"}, "initiatedBy": initiated(app), "retry": {"limit": 5}});
    let mut result = json!({"resources": results(&deployed.manifests, failed)});
    git::name_revision(&object["spec"], &deployed.revision, &mut operation["sync"]);
    git::name_revision(&object["spec"], &deployed.revision, &mut result);
    let sources = if object["spec"]["sources"].is_array() { "sources" } else { "source" };
    result[sources] = object["spec"][sources].clone();
    let mut status = json!({
        "sync": {}, "health": {"lastTransitionTime": maker.ago(if app.name == "settlement" { 15 * 60 } else { since })},
        "history": history(maker, app, &object["spec"], &log[..=at], since), "reconciledAt": maker.ago(90),
        "operationState": {"phase": if failed { "Failed" } else { "Succeeded" }, "message": message,
            "startedAt": maker.ago(since), "finishedAt": maker.ago(since - 14), "operation": operation, "syncResult": result},
        "resourceHealthSource": "appTree", "controllerNamespace": "argocd",
        "sourceType": if app.name == "ledger" { "Helm" } else { "Kustomize" },
        "summary": {"images": images(&deployed.manifests)},
    });
    if app.name == "search" {
        status["sourceTypes"] = json!(["Helm", "Directory"]);
    }
    if app.name == "checkout" {
        status["summary"]["externalURLs"] = json!(["https://checkout.example.com/"]);
    }
    if failed {
        status["operationState"]["retryCount"] = 5.into();
        status["conditions"] = json!([{"type": "SyncError", "message": format!("Failed sync attempt to {}: {message}", deployed.revision), "lastTransitionTime": maker.ago(HOUR)}]);
    }
    tell(&object["spec"], &compared, &mut status);
    object["status"] = status;
    let kept = maker.add(manager, 200 * DAY, object);
    if app.auto == "off" {
        maker.change(&kept, "argocd-server", 6 * DAY, |object| {
            object["spec"]["syncPolicy"]["automated"]["enabled"] = false.into();
        });
    }
}

/// Writes the outcome of a comparison into a status.
pub fn tell(spec: &Value, compared: &Compared, status: &mut Value) {
    let sources = if spec["sources"].is_array() { "sources" } else { "source" };
    let mut sync = json!({"status": compared.sync, "comparedTo": {sources: spec[sources], "destination": spec["destination"]}});
    git::name_revision(spec, &compared.revision, &mut sync);
    status["sync"] = sync;
    status["resources"] = compared.resources.clone().into();
    status["health"]["status"] = compared.health.into();
}

/// `status.operationState.syncResult.resources` of a sync that applied these.
fn results(manifests: &[Value], failed: bool) -> Value {
    let one = |manifest: &Value| {
        let mut result = compare::resource(manifest);
        let hook = git::hook(manifest);
        result["status"] = if failed { "SyncFailed" } else { "Synced" }.into();
        result["message"] =
            if failed { DENIED.to_owned() } else { applied(manifest, "unchanged") }.into();
        result["hookPhase"] = if failed {
            "Failed"
        } else if hook.is_empty() {
            "Running"
        } else {
            "Succeeded"
        }
        .into();
        result["syncPhase"] = if hook.is_empty() { "Sync" } else { hook }.into();
        if !hook.is_empty() {
            result["hookType"] = hook.into();
            result["message"] = "Reached expected number of succeeded pods".into();
        }
        result
    };
    manifests.iter().map(one).collect::<Vec<_>>().into()
}

/// `deployment.apps/checkout-api configured`
pub fn applied(manifest: &Value, what: &str) -> String {
    let kind = manifest["kind"].as_str().unwrap_or_default().to_lowercase();
    let version = manifest["apiVersion"].as_str().unwrap_or_default();
    let group = version.split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
    format!("{kind}{group}/{} {what}", manifest["metadata"]["name"].as_str().unwrap_or_default())
}

/// Images of what an app consists of, as `status.summary` has them.
pub fn images(manifests: &[Value]) -> Value {
    let mut found: Vec<&str> = manifests
        .iter()
        .filter_map(|manifest| manifest.pointer("/spec/template/spec/containers")?.as_array())
        .flatten()
        .filter_map(|container| container["image"].as_str())
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into()
}

fn history(maker: &Maker, app: &App, spec: &Value, log: &[git::Commit], since: i64) -> Vec<Value> {
    if app.name == "fraud-check" {
        return Vec::new();
    }
    let last = log.len() as i64 - 1;
    log.iter()
        .enumerate()
        .map(|(id, commit)| {
            let back = (last - id as i64) * 9 * DAY + since;
            let sources = if spec["sources"].is_array() { "sources" } else { "source" };
            let mut source = spec[sources].clone();
            if app.name == "ledger" {
                source["targetRevision"] = commit.revision.as_str().into();
            }
            let mut entry = json!({"id": id, "deployStartedAt": maker.ago(back + 14), "deployedAt": maker.ago(back), "initiatedBy": initiated(app), sources: source});
            git::name_revision(spec, &commit.revision, &mut entry);
            entry
        })
        .collect()
}

/// The set that makes the edge's applications, one cluster after the other.
fn set(maker: &mut Maker, git: &Git) -> Value {
    let since = stamp(maker.now - 2 * HOUR);
    let elements = json!([
        {"name": "edge-canary", "ring": "canary", "server": "https://kubernetes.default.svc"},
        {"name": "edge-eu", "ring": "eu", "server": "https://kubernetes.default.svc"},
        {"name": "edge-us", "ring": "us", "server": ELSEWHERE}]);
    let ring = |name: &str| json!({"matchExpressions": [{"key": "ring", "operator": "In", "values": [name]}]});
    let wanted = git.head("edge-canary").map(|head| head.revision.clone()).unwrap_or_default();
    let state = |name: &str, step: &str, status: &str, message: &str| json!({"application": name, "step": step, "status": status, "message": message, "targetRevisions": [wanted], "lastTransitionTime": since});
    let resource = |name: &str, sync: &str| {
        json!({"group": "argoproj.io", "version": "v1alpha1", "kind": "Application", "namespace": "argocd", "name": name, "status": sync,
            "health": {"status": "Healthy", "lastTransitionTime": since}})
    };
    maker.add("argocd-server", 120 * DAY, json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet",
        "metadata": {"name": "edge", "namespace": "argocd"},
        "spec": {"goTemplate": true, "generators": [{"list": {"elements": elements}}],
            "strategy": {"type": "RollingSync", "rollingSync": {"steps": [ring("canary"), ring("eu"), ring("us")]}},
            "syncPolicy": {"applicationsSync": "create-update"},
            "template": {"metadata": {"name": "{{.name}}", "labels": {"ring": "{{.ring}}"}},
                "spec": {"project": "edge", "source": {"repoURL": "https://git.example.com/edge/router.git", "path": "overlays/{{.name}}", "targetRevision": "main"},
                    "destination": {"server": "{{.server}}", "namespace": "edge"}}}},
        "status": {"conditions": [
                condition("ErrorOccurred", "False", "ApplicationSetUpToDate", "All applications have been generated successfully", &since),
                condition("ParametersGenerated", "True", "ParametersGenerated", "Successfully generated parameters for all Applications", &since),
                condition("ResourcesUpToDate", "True", "ApplicationSetUpToDate", "All applications have been generated successfully", &since),
                condition("RolloutProgressing", "True", "ApplicationSetModified", "ApplicationSet is performing rollout of step 2", &since)],
            "applicationStatus": [
                state("edge-canary", "1", "Healthy", "Application resource is already Healthy, updating status from Progressing to Healthy."),
                state("edge-eu", "2", "Waiting", "Application has pending changes, setting status to Waiting."),
                state("edge-us", "3", "Waiting", "Application has pending changes, setting status to Waiting.")],
            "resources": [resource("edge-canary", "Synced"), resource("edge-eu", "OutOfSync"), resource("edge-us", "Synced")],
            "resourcesCount": 3, "health": {"status": "Progressing", "message": "ApplicationSet is performing rollout of step 2", "lastTransitionTime": since}},
    }))
}
