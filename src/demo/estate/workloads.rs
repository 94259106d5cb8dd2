//! The workloads of the estate as a table, and how each deliverer marks what it delivers.

use serde_json::{Value, json};

/// Who delivers a workload.
#[derive(Debug, Clone, Copy)]
pub enum By {
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
    /// `kubectl apply --prune --applyset`, with the id of the set.
    ApplySet(&'static str),
    /// A ResourceSet of the Flux operator.
    ResourceSet(&'static str),
    /// Pulumi.
    Pulumi,
    /// Terraform.
    Terraform,
    /// A program that left no sign of itself.
    Nobody,
    /// The cluster's installer.
    System,
}

/// One workload.
pub struct Workload {
    /// Namespace.
    pub namespace: &'static str,
    /// Name.
    pub name: &'static str,
    /// Kind of workload.
    pub kind: &'static str,
    /// Pods.
    pub replicas: i64,
    /// Image.
    pub image: &'static str,
    /// Port of its service.
    pub port: i64,
    /// Who delivers it.
    pub by: By,
    /// Age in days.
    pub days: i64,
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

/// Deployment.
pub const DEPLOYMENT: &str = "Deployment";
/// StatefulSet.
pub const STATEFUL_SET: &str = "StatefulSet";
/// DaemonSet.
pub const DAEMON_SET: &str = "DaemonSet";

/// Id of the ApplySet whose parent is the Secret `toolbox` in `platform`: the SHA-256 of
/// `toolbox.platform.Secret.`.
pub const TOOLBOX_SET: &str = "applyset--VQ3fJ_6LgXnKa7h826ddRY1piNtLjJlEpzH9do1nzY-v1";

/// All of them.
pub const WORKLOADS: &[Workload] = &[
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
        By::Argo("settlement"),
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
    workload(
        "shop",
        "search",
        DEPLOYMENT,
        2,
        "registry.example.com/shop/search:2.4.4",
        8080,
        By::Argo("search"),
        90,
    ),
    workload(
        "edge",
        "edge-canary",
        DEPLOYMENT,
        1,
        "registry.example.com/edge/router:3.3.0",
        8080,
        By::Argo("edge-canary"),
        60,
    ),
    workload(
        "edge",
        "edge-eu",
        DEPLOYMENT,
        2,
        "registry.example.com/edge/router:3.2.7",
        8080,
        By::Argo("edge-eu"),
        60,
    ),
    workload(
        "platform",
        "vault",
        STATEFUL_SET,
        1,
        "docker.io/hashicorp/vault:1.20.4",
        8200,
        By::Helm("vault"),
        75,
    ),
    workload(
        "platform",
        "toolbox",
        DEPLOYMENT,
        1,
        "registry.example.com/platform/toolbox:0.14.2",
        8080,
        By::ApplySet(TOOLBOX_SET),
        33,
    ),
    workload(
        "platform",
        "preview-links",
        DEPLOYMENT,
        1,
        "registry.example.com/platform/preview-links:1.1.0",
        8080,
        By::ResourceSet("previews"),
        20,
    ),
    workload(
        "platform",
        "cost-exporter",
        DEPLOYMENT,
        1,
        "registry.example.com/platform/cost-exporter:0.8.1",
        9100,
        By::Pulumi,
        48,
    ),
    workload(
        "platform",
        "external-dns",
        DEPLOYMENT,
        1,
        "registry.k8s.io/external-dns/external-dns:v0.19.0",
        7979,
        By::Terraform,
        130,
    ),
    workload(
        "default",
        "debug-shell",
        DEPLOYMENT,
        1,
        "docker.io/library/busybox:1.37.0",
        8080,
        By::Nobody,
        2,
    ),
];

impl By {
    /// The field manager it writes as.
    pub fn manager(self) -> &'static str {
        match self {
            Self::Argo(_) => "argocd-controller",
            Self::Flux(_) => "kustomize-controller",
            Self::Helm(_) => "helm",
            Self::FluxHelm(_) => "helm-controller",
            Self::Kubectl | Self::ApplySet(_) => "kubectl-client-side-apply",
            Self::ResourceSet(_) => "flux-operator",
            Self::Pulumi => "pulumi-kubernetes-7c4d21ab",
            Self::Terraform => "Terraform",
            Self::Nobody => "OpenAPI-Generator",
            Self::System => "kubeadm",
        }
    }

    /// Marks an object as delivered by this.
    pub fn mark(self, object: &mut Value) {
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
                // Settings first, then what reads them, then what leads there.
                let wave = match &*kind {
                    "ConfigMap" | "ServiceAccount" => "",
                    "Ingress" | "HorizontalPodAutoscaler" => "2",
                    _ => "1",
                };
                if app == "checkout" || app == "payments" {
                    if !wave.is_empty() {
                        meta["annotations"]["argocd.argoproj.io/sync-wave"] = wave.into();
                    }
                }
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
            Self::ApplySet(id) => meta["labels"]["applyset.kubernetes.io/part-of"] = id.into(),
            Self::ResourceSet(name) => {
                meta["labels"]["resourceset.fluxcd.controlplane.io/name"] = name.into();
                meta["labels"]["resourceset.fluxcd.controlplane.io/namespace"] =
                    "flux-system".into();
            }
            Self::Pulumi => meta["labels"]["app.kubernetes.io/managed-by"] = "pulumi".into(),
            Self::Kubectl | Self::Terraform | Self::Nobody | Self::System => {}
        }
    }
}

/// The labels of a workload.
pub fn labels(workload: &Workload) -> Value {
    let mut labels = selector(workload);
    let part_of = match workload.by {
        By::Pulumi | By::Terraform | By::Nobody => return labels,
        By::Kubectl if workload.namespace == "shop" => workload.name,
        _ => workload.namespace,
    };
    labels["app.kubernetes.io/part-of"] = part_of.into();
    labels
}

/// The labels that its pods are found by.
pub fn selector(workload: &Workload) -> Value {
    match workload.by {
        By::Nobody => json!({"app": workload.name}),
        _ => json!({"app.kubernetes.io/name": workload.name}),
    }
}
