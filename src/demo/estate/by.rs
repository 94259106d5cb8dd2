//! Who delivers what, and how each marks what it delivers.

use serde_json::Value;

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
                if (app == "checkout" || app == "payments") && !wave.is_empty() {
                    meta["annotations"]["argocd.argoproj.io/sync-wave"] = wave.into();
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
