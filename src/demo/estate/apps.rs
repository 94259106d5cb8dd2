//! The workloads of the estate and what belongs to them: services, settings, budgets, claims.

use serde_json::{Map, Value, json};

use super::controllers;
use super::make::{DAY, HOUR, Maker, condition, owner};
use super::pods::{self, Stage};
use super::scene::NODES;

/// Who delivers a workload.
#[derive(Debug, Clone, Copy)]
enum By {
    /// An Argo CD application.
    Argo(&'static str),
    /// A Flux Kustomization.
    Flux(&'static str),
    /// A Helm release.
    Helm(&'static str),
    /// A HelmRelease of Flux.
    FluxHelm(&'static str),
    /// `kubectl apply`.
    Kubectl,
    /// The cluster's installer.
    System,
}

struct Workload {
    namespace: &'static str,
    name: &'static str,
    kind: &'static str,
    replicas: i64,
    image: &'static str,
    port: i64,
    by: By,
    days: i64,
}

const fn workload(
    namespace: &'static str,
    name: &'static str,
    kind: &'static str,
    replicas: i64,
    image: &'static str,
    port: i64,
    by: By,
    days: i64,
) -> Workload {
    Workload { namespace, name, kind, replicas, image, port, by, days }
}

const DEPLOYMENT: &str = "Deployment";
const STATEFUL_SET: &str = "StatefulSet";
const DAEMON_SET: &str = "DaemonSet";

const WORKLOADS: &[Workload] = &[
    workload(
        "shop",
        "checkout-api",
        DEPLOYMENT,
        4,
        "registry.example.com/shop/checkout:1.7.0",
        8080,
        By::Argo("checkout"),
        120,
    ),
    workload(
        "shop",
        "checkout-worker",
        DEPLOYMENT,
        2,
        "registry.example.com/shop/checkout-worker:1.7.0",
        9090,
        By::Argo("checkout"),
        120,
    ),
    workload(
        "shop",
        "storefront",
        DEPLOYMENT,
        4,
        "registry.example.com/shop/storefront:5.12.3",
        3000,
        By::Argo("storefront"),
        200,
    ),
    workload(
        "shop",
        "cart",
        DEPLOYMENT,
        3,
        "registry.example.com/shop/cart:2.9.1",
        8080,
        By::Argo("storefront"),
        180,
    ),
    workload(
        "shop",
        "catalog",
        DEPLOYMENT,
        3,
        "registry.example.com/shop/catalog:4.0.2",
        8080,
        By::Argo("catalog"),
        150,
    ),
    workload(
        "shop",
        "payments-api",
        DEPLOYMENT,
        3,
        "registry.example.com/shop/payments:1.4.0",
        8443,
        By::Argo("payments"),
        160,
    ),
    workload(
        "shop",
        "payments-worker",
        DEPLOYMENT,
        2,
        "registry.example.com/shop/payments-worker:2.3.9",
        9090,
        By::Argo("payments"),
        160,
    ),
    workload(
        "shop",
        "ledger",
        STATEFUL_SET,
        3,
        "registry.example.com/shop/ledger:3.1.0",
        7000,
        By::Argo("ledger"),
        210,
    ),
    workload(
        "shop",
        "orders-api",
        DEPLOYMENT,
        4,
        "registry.example.com/shop/orders:6.2.0",
        8080,
        By::Flux("shop-orders"),
        140,
    ),
    workload(
        "shop",
        "orders-consumer",
        DEPLOYMENT,
        3,
        "registry.example.com/shop/orders:6.2.0",
        9090,
        By::Flux("shop-orders"),
        140,
    ),
    workload(
        "shop",
        "mailer",
        DEPLOYMENT,
        2,
        "registry.example.com/shop/mailer:0.9.4",
        8025,
        By::Flux("shop-orders"),
        80,
    ),
    workload(
        "shop",
        "legacy-api",
        DEPLOYMENT,
        2,
        "registry.example.com/legacy/api:2019.11",
        80,
        By::Kubectl,
        380,
    ),
    workload(
        "data",
        "postgres",
        STATEFUL_SET,
        3,
        "docker.io/library/postgres:17.6",
        5432,
        By::Flux("data"),
        300,
    ),
    workload(
        "data",
        "redis",
        STATEFUL_SET,
        3,
        "docker.io/bitnami/redis:8.2.1",
        6379,
        By::FluxHelm("redis"),
        220,
    ),
    workload(
        "data",
        "kafka",
        STATEFUL_SET,
        5,
        "docker.io/apache/kafka:4.1.0",
        9092,
        By::Flux("data"),
        250,
    ),
    workload(
        "data",
        "kafka-exporter",
        DEPLOYMENT,
        1,
        "docker.io/danielqsj/kafka-exporter:v1.9.0",
        9308,
        By::Flux("data"),
        250,
    ),
    workload(
        "data",
        "minio",
        STATEFUL_SET,
        4,
        "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z",
        9000,
        By::FluxHelm("minio"),
        190,
    ),
    workload(
        "monitoring",
        "prometheus",
        STATEFUL_SET,
        2,
        "quay.io/prometheus/prometheus:v3.6.0",
        9090,
        By::Flux("infra"),
        260,
    ),
    workload(
        "monitoring",
        "grafana",
        DEPLOYMENT,
        2,
        "docker.io/grafana/grafana:12.2.0",
        3000,
        By::Helm("grafana"),
        40,
    ),
    workload(
        "monitoring",
        "loki",
        STATEFUL_SET,
        3,
        "docker.io/grafana/loki:3.5.5",
        3100,
        By::FluxHelm("loki"),
        170,
    ),
    workload(
        "monitoring",
        "alertmanager",
        STATEFUL_SET,
        3,
        "quay.io/prometheus/alertmanager:v0.28.1",
        9093,
        By::Flux("infra"),
        260,
    ),
    workload(
        "monitoring",
        "kube-state-metrics",
        DEPLOYMENT,
        1,
        "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.17.0",
        8080,
        By::Flux("infra"),
        260,
    ),
    workload(
        "monitoring",
        "node-exporter",
        DAEMON_SET,
        6,
        "quay.io/prometheus/node-exporter:v1.9.1",
        9100,
        By::Flux("infra"),
        260,
    ),
    workload(
        "monitoring",
        "promtail",
        DAEMON_SET,
        6,
        "docker.io/grafana/promtail:3.5.5",
        3101,
        By::FluxHelm("loki"),
        170,
    ),
    workload(
        "flux-system",
        "source-controller",
        DEPLOYMENT,
        1,
        "ghcr.io/fluxcd/source-controller:v1.7.3",
        9090,
        By::Flux("flux-system"),
        310,
    ),
    workload(
        "flux-system",
        "kustomize-controller",
        DEPLOYMENT,
        1,
        "ghcr.io/fluxcd/kustomize-controller:v1.7.2",
        8080,
        By::Flux("flux-system"),
        310,
    ),
    workload(
        "flux-system",
        "helm-controller",
        DEPLOYMENT,
        1,
        "ghcr.io/fluxcd/helm-controller:v1.4.3",
        8080,
        By::Flux("flux-system"),
        310,
    ),
    workload(
        "flux-system",
        "notification-controller",
        DEPLOYMENT,
        1,
        "ghcr.io/fluxcd/notification-controller:v1.7.4",
        9090,
        By::Flux("flux-system"),
        310,
    ),
    workload(
        "argocd",
        "argocd-server",
        DEPLOYMENT,
        2,
        "quay.io/argoproj/argocd:v3.2.1",
        8080,
        By::Kubectl,
        305,
    ),
    workload(
        "argocd",
        "argocd-repo-server",
        DEPLOYMENT,
        2,
        "quay.io/argoproj/argocd:v3.2.1",
        8081,
        By::Kubectl,
        305,
    ),
    workload(
        "argocd",
        "argocd-application-controller",
        STATEFUL_SET,
        1,
        "quay.io/argoproj/argocd:v3.2.1",
        8082,
        By::Kubectl,
        305,
    ),
    workload(
        "argocd",
        "argocd-redis",
        DEPLOYMENT,
        1,
        "public.ecr.aws/docker/library/redis:8.2.2-alpine",
        6379,
        By::Kubectl,
        305,
    ),
    workload(
        "argocd",
        "argocd-applicationset-controller",
        DEPLOYMENT,
        1,
        "quay.io/argoproj/argocd:v3.2.1",
        8080,
        By::Kubectl,
        305,
    ),
    workload(
        "argocd",
        "argocd-notifications-controller",
        DEPLOYMENT,
        1,
        "quay.io/argoproj/argocd:v3.2.1",
        9001,
        By::Kubectl,
        305,
    ),
    workload(
        "ingress-nginx",
        "ingress-nginx-controller",
        DEPLOYMENT,
        3,
        "registry.k8s.io/ingress-nginx/controller:v1.13.3",
        443,
        By::Helm("ingress-nginx"),
        230,
    ),
    workload(
        "cert-manager",
        "cert-manager",
        DEPLOYMENT,
        1,
        "quay.io/jetstack/cert-manager-controller:v1.19.1",
        9402,
        By::FluxHelm("cert-manager"),
        240,
    ),
    workload(
        "cert-manager",
        "cert-manager-cainjector",
        DEPLOYMENT,
        1,
        "quay.io/jetstack/cert-manager-cainjector:v1.19.1",
        9402,
        By::FluxHelm("cert-manager"),
        240,
    ),
    workload(
        "cert-manager",
        "cert-manager-webhook",
        DEPLOYMENT,
        1,
        "quay.io/jetstack/cert-manager-webhook:v1.19.1",
        10250,
        By::FluxHelm("cert-manager"),
        240,
    ),
    workload(
        "kube-system",
        "coredns",
        DEPLOYMENT,
        2,
        "registry.k8s.io/coredns/coredns:v1.13.1",
        53,
        By::System,
        400,
    ),
    workload(
        "kube-system",
        "metrics-server",
        DEPLOYMENT,
        1,
        "registry.k8s.io/metrics-server/metrics-server:v0.8.0",
        10250,
        By::System,
        390,
    ),
    workload(
        "kube-system",
        "kube-proxy",
        DAEMON_SET,
        6,
        "registry.k8s.io/kube-proxy:v1.36.3",
        10249,
        By::System,
        400,
    ),
    workload(
        "kube-system",
        "cilium",
        DAEMON_SET,
        6,
        "quay.io/cilium/cilium:v1.18.3",
        9962,
        By::System,
        400,
    ),
    workload(
        "kube-system",
        "ebs-csi-node",
        DAEMON_SET,
        6,
        "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.50.1",
        3302,
        By::System,
        400,
    ),
];

impl By {
    fn manager(self) -> &'static str {
        match self {
            Self::Argo(_) => "argocd-controller",
            Self::Flux(_) => "kustomize-controller",
            Self::Helm(_) => "helm",
            Self::FluxHelm(_) => "helm-controller",
            Self::Kubectl => "kubectl-client-side-apply",
            Self::System => "kubeadm",
        }
    }

    /// Marks an object as delivered by this.
    fn mark(self, object: &mut Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let group = text(&object["apiVersion"]);
        let group = group.split_once('/').map_or("", |(group, _)| group).to_owned();
        let (kind, name) = (text(&object["kind"]), text(&object["metadata"]["name"]));
        let namespace = text(&object["metadata"]["namespace"]);
        let meta = &mut object["metadata"];
        match self {
            Self::Argo(app) => {
                meta["annotations"]["argocd.argoproj.io/tracking-id"] =
                    format!("{app}:{group}/{kind}:{namespace}/{name}").into();
            }
            Self::Flux(name) => {
                meta["labels"]["kustomize.toolkit.fluxcd.io/name"] = name.into();
                meta["labels"]["kustomize.toolkit.fluxcd.io/namespace"] = "flux-system".into();
            }
            Self::Helm(release) | Self::FluxHelm(release) => {
                meta["labels"]["app.kubernetes.io/managed-by"] = "Helm".into();
                meta["annotations"]["meta.helm.sh/release-name"] = release.into();
                meta["annotations"]["meta.helm.sh/release-namespace"] = namespace.as_str().into();
                if matches!(self, Self::FluxHelm(_)) {
                    meta["labels"]["helm.toolkit.fluxcd.io/name"] = release.into();
                    meta["labels"]["helm.toolkit.fluxcd.io/namespace"] = namespace.as_str().into();
                }
            }
            Self::Kubectl | Self::System => {}
        }
    }
}

/// Builds all workloads.
pub fn build(maker: &mut Maker) {
    for workload in WORKLOADS {
        one(maker, workload);
    }
    extras(maker);
}

fn labels(workload: &Workload) -> Value {
    json!({"app.kubernetes.io/name": workload.name, "app.kubernetes.io/part-of": workload.namespace})
}

fn template(workload: &Workload) -> Value {
    let probe = |path: &str, period: i64| {
        json!({"httpGet": {"path": path, "port": "http", "scheme": "HTTP"}, "initialDelaySeconds": 5,
            "timeoutSeconds": 1, "periodSeconds": period, "successThreshold": 1, "failureThreshold": 3})
    };
    let mut container = json!({
        "name": workload.name.rsplit('-').next().unwrap_or(workload.name),
        "image": workload.image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": "http", "containerPort": workload.port, "protocol": "TCP"}],
        "env": [
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "192Mi"}, "limits": {"memory": "512Mi"}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true},
    });
    let mut spec = json!({
        "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
        "securityContext": {}, "schedulerName": "default-scheduler", "serviceAccountName": "default",
    });
    if workload.namespace == "shop" {
        container["readinessProbe"] = probe("/ready", 5);
        container["livenessProbe"] = probe("/healthz", 10);
        container["envFrom"] = json!([{"configMapRef": {"name": workload.name}}]);
        container["volumeMounts"] = json!([{"name": "tmp", "mountPath": "/tmp"}]);
        spec["volumes"] = json!([{"name": "tmp", "emptyDir": {}}]);
    }
    spec["containers"] = json!([container]);
    json!({"metadata": {"labels": labels(workload)}, "spec": spec})
}

fn one(maker: &mut Maker, workload: &Workload) {
    let age = workload.days * DAY;
    let selector = json!({"matchLabels": {"app.kubernetes.io/name": workload.name}});
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": workload.kind,
        "metadata": {"name": workload.name, "namespace": workload.namespace, "labels": labels(workload)},
        "spec": {"selector": selector, "template": template(workload), "revisionHistoryLimit": 10},
    });
    workload.by.mark(&mut object);
    let n = workload.replicas;
    match workload.kind {
        DEPLOYMENT => {
            object["spec"]["replicas"] = n.into();
            object["spec"]["progressDeadlineSeconds"] = 600.into();
            object["spec"]["strategy"] = json!({"type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
            object["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "3".into();
            deployment(maker, workload, object, age);
        }
        STATEFUL_SET => {
            object["spec"]["replicas"] = n.into();
            object["spec"]["serviceName"] = workload.name.into();
            object["spec"]["podManagementPolicy"] = "OrderedReady".into();
            object["spec"]["updateStrategy"] =
                json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
            let revision = format!("{}-{}", workload.name, maker.random.suffix(9));
            object["status"] = json!({"observedGeneration": 1, "replicas": n, "readyReplicas": n, "availableReplicas": n,
                "currentReplicas": n, "updatedReplicas": n, "currentRevision": revision, "updateRevision": revision, "collisionCount": 0});
            let kept = maker.add(workload.by.manager(), age, object);
            for ordinal in 0..n {
                let name = format!("{}-{ordinal}", workload.name);
                claim(maker, workload, &name, age);
                pod(
                    maker,
                    &kept,
                    &name,
                    json!({"controller-revision-hash": revision, "statefulset.kubernetes.io/pod-name": name,
                    "apps.kubernetes.io/pod-index": ordinal.to_string()}),
                    None,
                );
            }
        }
        _ => {
            object["spec"]["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}});
            object["status"] = json!({"observedGeneration": 1, "currentNumberScheduled": n, "desiredNumberScheduled": n,
                "numberReady": n, "numberAvailable": n, "updatedNumberScheduled": n, "numberMisscheduled": 0});
            let hash = maker.random.suffix(9);
            let kept = maker.add(workload.by.manager(), age, object);
            for (node, _, _) in NODES {
                let name = format!("{}-{}", workload.name, maker.random.suffix(5));
                pod(
                    maker,
                    &kept,
                    &name,
                    json!({"controller-revision-hash": hash, "pod-template-generation": "1"}),
                    Some(node),
                );
            }
        }
    }
    around(maker, workload);
}

fn deployment(maker: &mut Maker, workload: &Workload, mut object: Value, age: i64) {
    // Scaled and edited by hand (see `drifted`), and settled since.
    let by_hand = workload.name == "payments-api";
    let n = if by_hand { 5 } else { workload.replicas };
    let rolled = maker.random.between(2, 20) * DAY;
    let (since, updated) = (maker.ago(age), maker.ago(rolled));
    let mut conditions = vec![
        condition(
            "Available",
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
            &since,
        ),
        condition(
            "Progressing",
            "True",
            "NewReplicaSetAvailable",
            "ReplicaSet has successfully progressed.",
            &since,
        ),
    ];
    for condition in &mut conditions {
        condition["lastUpdateTime"] = updated.as_str().into();
    }
    object["status"] = json!({"observedGeneration": 1, "replicas": n, "updatedReplicas": n, "readyReplicas": n,
        "availableReplicas": n, "conditions": conditions});
    let kept = maker.add(workload.by.manager(), age, object);
    for revision in 1..=3 {
        let current = revision == 3;
        let mut template = kept["spec"]["template"].clone();
        if current && by_hand {
            template["spec"]["containers"][0]["env"][0]["value"] = "debug".into();
        }
        if !current {
            let image = template["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
            let (name, tag) = image.rsplit_once(':').unwrap_or((image, ""));
            template["spec"]["containers"][0]["image"] =
                format!("{name}:{}", older(tag, 3 - revision)).into();
        }
        let hash = controllers::template_hash(&template);
        let count = if current { n } else { 0 };
        let born = if current { rolled } else { rolled + (3 - revision) * 9 * DAY };
        let mut set = controllers::replica_set(&kept, &template, &hash, count, revision);
        set["status"] = json!({"replicas": count, "fullyLabeledReplicas": count, "readyReplicas": count,
            "availableReplicas": count, "observedGeneration": 1});
        let set = maker.add("kube-controller-manager", born, set);
        for _ in 0..count {
            let name = format!("{}-{hash}-{}", workload.name, maker.random.suffix(5));
            pod(maker, &set, &name, json!({}), None);
        }
    }
}

/// A version some releases before this one.
fn older(tag: &str, steps: i64) -> String {
    let (front, last) = tag.rsplit_once('.').unwrap_or(("0", tag));
    match last.parse::<i64>() {
        Ok(last) if last >= steps => format!("{front}.{}", last - steps),
        _ => format!("{front}.0-rc{}", 4 - steps),
    }
}

fn pod(maker: &mut Maker, set: &Value, name: &str, extra: Value, node: Option<&str>) {
    let age = maker.random.between(3 * HOUR, 2 * DAY);
    let mut pod = pods::from_template(&set["spec"]["template"], set, name, &mut maker.random);
    for (label, value) in extra.as_object().unwrap_or(&Map::new()) {
        pod["metadata"]["labels"][label.as_str()] = value.clone();
    }
    let node = node.unwrap_or_else(|| NODES[maker.random.below(NODES.len())].0);
    pod["spec"]["nodeName"] = node.into();
    pod["status"] = pods::status(&pod, Stage::Ready, maker.now - age + 8, &mut maker.random);
    maker.add("kube-controller-manager", age, pod);
}

fn claim(maker: &mut Maker, workload: &Workload, pod: &str, age: i64) {
    if workload.namespace == "argocd" {
        return;
    }
    let volume = format!("pvc-{}", maker.random.uid());
    let name = format!("data-{pod}");
    maker.add("kube-controller-manager", age, json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": workload.namespace, "labels": {"app.kubernetes.io/name": workload.name},
            "finalizers": ["kubernetes.io/pvc-protection"]},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}, "storageClassName": "gp3",
            "volumeMode": "Filesystem", "volumeName": volume},
        "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "20Gi"}},
    }));
    maker.add("csi-provisioner", age, json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": volume, "finalizers": ["kubernetes.io/pv-protection"]},
        "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "20Gi"}, "storageClassName": "gp3", "volumeMode": "Filesystem",
            "persistentVolumeReclaimPolicy": "Delete", "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": format!("vol-{}", &volume[4..12])},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": workload.namespace, "name": name}},
        "status": {"phase": "Bound"},
    }));
}

/// Service, endpoints and settings of a workload.
fn around(maker: &mut Maker, workload: &Workload) {
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
                "selector": {"app.kubernetes.io/name": name},
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
    if namespace == "shop" {
        let mut settings = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": namespace, "labels": labels(workload)},
            "data": {"LOG_LEVEL": "info", "POOL_SIZE": "20", "FEATURES": "express-checkout,gift-cards"},
        });
        workload.by.mark(&mut settings);
        maker.add(workload.by.manager(), age, settings);
    }
}

fn extras(maker: &mut Maker) {
    for (name, max) in [("storefront", 10), ("orders-api", 8)] {
        let since = maker.ago(20 * DAY);
        maker.add("argocd-controller", 100 * DAY, json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"minReplicas": 3, "maxReplicas": max, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}]},
            "status": {"currentReplicas": 4, "desiredReplicas": 4, "currentMetrics": [{"type": "Resource", "resource":
                {"name": "cpu", "current": {"averageUtilization": 54, "averageValue": "54m"}}}],
                "conditions": [condition("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size", &since),
                    condition("ScalingActive", "True", "ValidMetricFound", "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)", &since)]},
        }));
    }
    for (name, healthy, wanted) in [("checkout-api", 4, 3), ("ledger", 3, 2)] {
        maker.add("argocd-controller", 100 * DAY, json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"minAvailable": wanted, "selector": {"matchLabels": {"app.kubernetes.io/name": name}}},
            "status": {"currentHealthy": healthy, "desiredHealthy": wanted, "disruptionsAllowed": healthy - wanted, "expectedPods": healthy, "observedGeneration": 1},
        }));
    }
    for (name, host, service) in [
        ("storefront", "shop.example.com", "storefront"),
        ("checkout", "checkout.example.com", "checkout-api"),
    ] {
        maker.add("argocd-controller", 180 * DAY, json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": name, "namespace": "shop", "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"}},
            "spec": {"ingressClassName": "nginx", "tls": [{"hosts": [host], "secretName": format!("{name}-tls")}],
                "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix",
                    "backend": {"service": {"name": service, "port": {"name": "http"}}}}]}}]},
            "status": {"loadBalancer": {"ingress": [{"hostname": "lb-7f3a.eu-central-1.elb.example.com"}]}},
        }));
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

/// `payments-worker` was just synced to an image that is not there.
fn stuck(maker: &mut Maker) {
    let Some(id) = maker.store.find("apps", "deployments") else { return };
    if let Some(object) =
        maker.store.get(id, "shop/payments-worker").map(|entry| entry.body.value())
    {
        maker.change(&object, "argocd-controller", 25 * 60, |object| {
            object["spec"]["template"]["spec"]["containers"][0]["image"] = MISSING_IMAGE.into();
        });
    }
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
