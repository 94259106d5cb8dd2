//! What belongs to the workloads: services, settings, budgets, ingresses, cron jobs; and what
//! people did to two of them.

use serde_json::{Value, json};

use super::by::By;
use super::controllers;
use super::make::{DAY, HOUR, LAST_APPLIED, Maker, condition, owner};
use super::pods::Stage;
use super::workloads::{DAEMON_SET, STATEFUL_SET, Workload, labels, selector};

/// Service, endpoints and settings of a workload.
pub fn around(maker: &mut Maker, workload: &Workload) {
    let age = workload.days * DAY;
    let (name, namespace) = (workload.name, workload.namespace);
    if workload.kind != DAEMON_SET {
        let stateful = workload.kind == STATEFUL_SET;
        let ip = if stateful {
            "None".to_owned()
        } else {
            format!("10.96.{}.{}", maker.random.below(250), 1 + maker.random.below(250))
        };
        let mut service = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": namespace, "labels": labels(workload)},
            "spec": {"type": if name == "ingress-nginx-controller" { "LoadBalancer" } else { "ClusterIP" },
                "clusterIP": ip, "clusterIPs": [ip], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
                "internalTrafficPolicy": "Cluster", "sessionAffinity": "None",
                "selector": selector(workload),
                "ports": [{"name": "http", "port": workload.port, "protocol": "TCP", "targetPort": "http"}]},
            "status": {"loadBalancer": {}},
        });
        if name == "ingress-nginx-controller" {
            service["status"]["loadBalancer"] =
                json!({"ingress": [{"hostname": "lb-7f3a.eu-central-1.elb.example.com"}]});
        }
        workload.by.mark(&mut service);
        let service = maker.add(workload.by.manager(), age, service);
        let endpoints: Vec<Value> = (0..workload.replicas)
            .map(|at| json!({"addresses": [format!("10.244.{}.{}", at % 6, 10 + at)], "conditions": {"ready": true, "serving": true, "terminating": false}}))
            .collect();
        let slice = format!("{name}-{}", maker.random.suffix(5));
        maker.add("kube-controller-manager", age, json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": slice, "namespace": namespace, "ownerReferences": [owner(&service)],
                "labels": {"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}},
            "ports": [{"name": "http", "port": workload.port, "protocol": "TCP"}], "endpoints": endpoints,
        }));
    }
    if namespace == "shop" || matches!(workload.by, By::Nobody) {
        let mut settings = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": namespace, "labels": labels(workload)},
            "data": {"LOG_LEVEL": "info", "POOL_SIZE": "20", "FEATURES": "express-checkout,gift-cards"},
        });
        workload.by.mark(&mut settings);
        maker.add(workload.by.manager(), age, settings);
    }
}

/// Adds an object as its deliverer would.
fn deliver(maker: &mut Maker, by: By, age: i64, mut object: Value) {
    by.mark(&mut object);
    maker.add(by.manager(), age, object);
}

/// Scaling rules, budgets, ingresses and cron jobs of the shop, and what went wrong there.
pub fn extras(maker: &mut Maker) {
    for (name, max, by) in
        [("storefront", 10, By::Argo("storefront")), ("orders-api", 8, By::Flux("shop-orders"))]
    {
        let since = maker.ago(20 * DAY);
        deliver(
            maker,
            by,
            100 * DAY,
            json!({
                "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
                "metadata": {"name": name, "namespace": "shop"},
                "spec": {"minReplicas": 3, "maxReplicas": max, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
                    "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}]},
                "status": {"currentReplicas": 4, "desiredReplicas": 4, "currentMetrics": [{"type": "Resource", "resource":
                    {"name": "cpu", "current": {"averageUtilization": 54, "averageValue": "54m"}}}],
                    "conditions": [condition("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size", &since),
                        condition("ScalingActive", "True", "ValidMetricFound", "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)", &since)]},
            }),
        );
    }
    for (name, healthy, wanted, app) in
        [("checkout-api", 4, 3, "checkout"), ("ledger", 3, 2, "ledger")]
    {
        deliver(
            maker,
            By::Argo(app),
            100 * DAY,
            json!({
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": {"name": name, "namespace": "shop"},
                "spec": {"minAvailable": wanted, "selector": {"matchLabels": {"app.kubernetes.io/name": name}}},
                "status": {"currentHealthy": healthy, "desiredHealthy": wanted, "disruptionsAllowed": healthy - wanted, "expectedPods": healthy, "observedGeneration": 1},
            }),
        );
    }
    for (name, host, service) in [
        ("storefront", "shop.example.com", "storefront"),
        ("checkout", "checkout.example.com", "checkout-api"),
    ] {
        deliver(
            maker,
            By::Argo(name),
            180 * DAY,
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
                "metadata": {"name": name, "namespace": "shop", "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"}},
                "spec": {"ingressClassName": "nginx", "tls": [{"hosts": [host], "secretName": format!("{name}-tls")}],
                    "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix",
                        "backend": {"service": {"name": service, "port": {"name": "http"}}}}]}}]},
                "status": {"loadBalancer": {"ingress": [{"hostname": "lb-7f3a.eu-central-1.elb.example.com"}]}},
            }),
        );
    }
    for (name, schedule, suspended) in
        [("settle-payments", "*/5 * * * *", false), ("nightly-report", "30 2 * * *", true)]
    {
        maker.add("kubectl-client-side-apply", 150 * DAY, json!({
            "apiVersion": "batch/v1", "kind": "CronJob",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"schedule": schedule, "suspend": suspended, "concurrencyPolicy": "Forbid", "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1,
                "jobTemplate": {"spec": {"backoffLimit": 2, "template": {
                    "metadata": {"labels": {"app.kubernetes.io/name": name}},
                    "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
                        "securityContext": {}, "containers": [{"name": "job", "image": "registry.example.com/shop/jobs:1.2.0", "imagePullPolicy": "IfNotPresent",
                        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}}, "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}]}}}}},
            "status": {"lastScheduleTime": maker.ago(4 * 60), "lastSuccessfulTime": maker.ago(4 * 60 - 20)},
        }));
    }
    drifted(maker);
    stuck(maker);
}

/// The image of `payments-worker` that nobody pushed.
pub const MISSING_IMAGE: &str = "registry.example.com/shop/payments-worker:2.4.0";

/// Whether an image is in no registry.
pub fn is_missing(image: &Value) -> bool {
    image == MISSING_IMAGE || image == super::tour::NEVER_PUSHED
}

/// `payments-worker` was synced to an image that is not there, 25 minutes ago.
fn stuck(maker: &mut Maker) {
    let find = |maker: &Maker, key: &str| {
        let id = maker.store.find("apps", "deployments")?;
        maker.store.get(id, key).map(|entry| entry.body.value())
    };
    let since = 25 * 60;
    let Some(old) = find(maker, "shop/payments-worker") else { return };
    let mut manifest = maker.manifest("Deployment", "shop", "payments-worker").unwrap_or_default();
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = MISSING_IMAGE.into();
    let applied = format!("{manifest}\n");
    maker.redeliver(manifest);
    maker.change(&old, "argocd-controller", since, |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = MISSING_IMAGE.into();
        object["metadata"]["annotations"][LAST_APPLIED] = applied.into();
    });
    let Some(old) = find(maker, "shop/payments-worker") else { return };
    let template = &old["spec"]["template"];
    let hash = controllers::template_hash(template);
    let mut set = controllers::replica_set(&old, template, &hash, 1, 4);
    set["status"] = json!({"replicas": 1, "fullyLabeledReplicas": 1, "observedGeneration": 1});
    let set = maker.add("kube-controller-manager", since, set);
    let name = format!("payments-worker-{hash}-{}", maker.random.suffix(5));
    super::apps::placed(maker, &set, &name, json!({}), Some("node-b1"), Stage::BadImage);
    let (begun, late) = (maker.ago(since), maker.ago(since - 600));
    maker.change_through(&old, "kube-controller-manager", "status", since - 600, |object| {
        object["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "4".into();
        let mut conditions = [
            condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", &begun),
            condition("Progressing", "False", "ProgressDeadlineExceeded", &format!("ReplicaSet \"payments-worker-{hash}\" has timed out progressing."), &late),
        ];
        conditions[0]["lastUpdateTime"] = begun.as_str().into();
        conditions[1]["lastUpdateTime"] = late.as_str().into();
        object["status"] = json!({"observedGeneration": object["metadata"]["generation"], "replicas": 3, "updatedReplicas": 1,
            "readyReplicas": 2, "availableReplicas": 2, "unavailableReplicas": 1, "conditions": conditions});
    });
}

/// `payments-api` as somebody left it: scaled and edited by hand.
fn drifted(maker: &mut Maker) {
    let Some(id) = maker.store.find("apps", "deployments") else { return };
    let get =
        |maker: &Maker| maker.store.get(id, "shop/payments-api").map(|entry| entry.body.value());
    if let Some(object) = get(maker) {
        maker.change_through(&object, "kubectl-scale", "scale", 2 * HOUR, |object| {
            object["spec"]["replicas"] = 5.into()
        });
    }
    if let Some(object) = get(maker) {
        maker.change(&object, "kubectl-edit", 3 * DAY, |object| {
            object["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = "debug".into();
        });
    }
}
