//! Who may claim an object, the strongest evidence first.

use super::marks::{self, Marks, name};
use super::{Evidence, Provenance};
use crate::model::{AppId, EngineId};

/// Looks for the marks of one tool, and claims the object for it.
type Claimant = fn(&Marks<'_>, &mut Provenance);

/// All of them. The order is the rule: the first that finds something is right, the others are also
/// named.
pub(super) const ALL: &[Claimant] = &[
    argo, flux, helm, rancher, pulumi, terraform, apply_set, applied, operators, managed_by,
    touched,
];

/// The engine was told by a mark on the object to leave it alone (kustomize-controller's
/// `reconcile: disabled` and `ssa: Ignore`).
pub(super) fn left_alone(marks: &Marks<'_>) -> bool {
    let disabled = |key| marks.annotation(key) == "disabled" || marks.label(key) == "disabled";
    disabled("kustomize.toolkit.fluxcd.io/reconcile")
        || marks.annotation("kustomize.toolkit.fluxcd.io/ssa").eq_ignore_ascii_case("ignore")
}

/// Argo CD. The annotation is `<instance>:<group>/<kind>:<namespace>/<name>` and counts only on the
/// object that it names (argo-cd `util/argo/resource_tracking.go`): people copy manifests out of
/// clusters with it. The instance is the application's name, with its namespace before it where that
/// is not Argo CD's own.
fn argo(marks: &Marks<'_>, found: &mut Provenance) {
    let app = |instance: &str| -> Option<AppId> {
        let (namespace, app) = instance.split_once('_').unwrap_or(("", instance));
        let namespace = if namespace.is_empty() { "".into() } else { name(namespace)? };
        Some(AppId::new(EngineId::ArgoCd, namespace, name(app)?))
    };
    let id = marks.annotation(marks::TRACKING);
    if !id.is_empty() {
        let mut parts = id.splitn(3, ':');
        let (instance, what, whose) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let (group, kind) = what.split_once('/').unwrap_or_default();
        let (namespace, object) = whose.split_once('/').unwrap_or_default();
        // Objects without a namespace carry the destination's.
        let here = marks.namespace.is_empty() || namespace == marks.namespace;
        let itself = (group, kind, object) == (marks.group, marks.kind, marks.name) && here;
        match app(instance) {
            Some(app) if itself => found.claim(app, Evidence::Annotation(marks::TRACKING)),
            Some(app) => found.worthless.push(format!(
                "{} of application {} names {}, so it was copied",
                marks::TRACKING,
                app.name,
                super::clean(&format!("{kind} {whose}")),
            )),
            None => found.worthless.push(format!("{} names no application", marks::TRACKING)),
        }
    }
    if let Some(app) = app(marks.label(marks::ARGO_INSTANCE)) {
        found.claim(app, Evidence::Label(marks::ARGO_INSTANCE));
    }
    // Helm charts set this label too: it means Argo CD only where Argo CD wrote the object.
    let writes = |name: &str| matches!(name, "argocd-controller" | "argocd-application-controller");
    if found.claims.is_empty()
        && let Some(manager) = marks.manager(writes)
        && let Some(app) = app(marks.label(marks::INSTANCE))
    {
        found.claim(app, Evidence::Manager(super::clean(manager)));
    }
    let set = marks.label(marks::APP_SET);
    if marks.kind == "Application"
        && let Some(set) = name(set)
    {
        let app = AppId::new(EngineId::ApplicationSet, super::clean(marks.namespace), set);
        found.claim(app, Evidence::Label(marks::APP_SET));
    }
}

/// Flux, and the Flux operator: labels with name and namespace on everything they apply.
fn flux(marks: &Marks<'_>, found: &mut Provenance) {
    const OWNERS: &[(EngineId, &str, &str)] = &[
        (
            EngineId::Kustomization,
            "kustomize.toolkit.fluxcd.io/name",
            "kustomize.toolkit.fluxcd.io/namespace",
        ),
        (EngineId::HelmRelease, "helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace"),
        (
            EngineId::ResourceSet,
            "resourceset.fluxcd.controlplane.io/name",
            "resourceset.fluxcd.controlplane.io/namespace",
        ),
        (EngineId::Operator, "fluxcd.controlplane.io/name", "fluxcd.controlplane.io/namespace"),
    ];
    for (engine, key, namespace) in OWNERS {
        if let Some(app) = name(marks.label(key)) {
            let namespace = name(marks.label(namespace)).unwrap_or_default();
            found.claim(AppId::new(*engine, namespace, app), Evidence::Label(key));
        }
    }
}

/// Helm: annotations on everything of a release but its hooks, which only the labels of most charts
/// tell of, and the labels of its own storage.
fn helm(marks: &Marks<'_>, found: &mut Provenance) {
    let here = || super::clean(marks.namespace);
    if let Some(release) = name(marks.annotation(marks::RELEASE)) {
        let namespace = name(marks.annotation(marks::RELEASE_NAMESPACE)).unwrap_or_else(here);
        let app = AppId::new(EngineId::Helm, namespace, release);
        found.claim(app, Evidence::Annotation(marks::RELEASE));
    } else if marks.label("owner") == "helm" && marks.has_label("status") {
        if let Some(release) = name(marks.label("name")) {
            let app = AppId::new(EngineId::Helm, here(), release);
            found.claim(app, Evidence::Value("owner", "helm".into()));
        }
    } else if marks.has_annotation(marks::HELM_HOOK)
        && marks.manager(|manager| manager.starts_with("helm")).is_some()
        && let Some(release) = name(marks.label(marks::INSTANCE))
    {
        let app = AppId::new(EngineId::Helm, here(), release);
        found.claim(app, Evidence::Annotation(marks::HELM_HOOK));
    }
}

/// K3s and Rancher: what wrangler applies carries the object it was made for.
fn rancher(marks: &Marks<'_>, found: &mut Provenance) {
    let Some(owner) = name(marks.annotation(marks::RANCHER_OWNER)) else { return };
    let namespace = name(marks.annotation(marks::RANCHER_NAMESPACE)).unwrap_or_default();
    let k3s = ["k3s.cattle.io/", "helm.cattle.io/"];
    let gvk = marks.annotation(marks::RANCHER_GVK);
    let engine = if k3s.iter().any(|group| gvk.starts_with(group)) {
        EngineId::K3s
    } else {
        EngineId::Operator
    };
    found.claim(AppId::new(engine, namespace, owner), Evidence::Annotation(marks::RANCHER_OWNER));
}

/// Pulumi's provider: `pulumi-kubernetes` where it applies as a client, with a suffix where the server
/// does; its label can be switched off.
fn pulumi(marks: &Marks<'_>, found: &mut Provenance) {
    let wrote = |name: &str| name == "pulumi-kubernetes" || name.starts_with("pulumi-kubernetes-");
    let evidence = if let Some(manager) = marks.manager(wrote) {
        Evidence::Manager(super::clean(manager))
    } else if marks.label(marks::MANAGED_BY) == "pulumi" {
        Evidence::Value(marks::MANAGED_BY, "pulumi".into())
    } else if marks.annotation_of("pulumi.com") {
        Evidence::Annotation("pulumi.com")
    } else {
        return;
    };
    grouped(EngineId::Pulumi, marks, evidence, found);
}

/// Terraform: its provider applies as `Terraform`; what classic resources write is seen by the user
/// agent, `HashiCorp/1.0 Terraform/x`, of which the server keeps the part before the slash.
fn terraform(marks: &Marks<'_>, found: &mut Provenance) {
    if let Some(manager) = marks.manager(|name| matches!(name, "Terraform" | "HashiCorp")) {
        let evidence = Evidence::Manager(super::clean(manager));
        grouped(EngineId::Terraform, marks, evidence, found);
    }
}

/// A member of an ApplySet: the label is the set's id, which its parent carries too.
fn apply_set(marks: &Marks<'_>, found: &mut Provenance) {
    if let Some(id) = name(marks.label(marks::APPLY_SET)) {
        let app = AppId::new(EngineId::ApplySet, "", id);
        found.claim(app, Evidence::Label(marks::APPLY_SET));
    }
}

/// Made or applied by kubectl.
fn applied(marks: &Marks<'_>, found: &mut Provenance) {
    let made = |name: &str| {
        let makes =
            ["kubectl-client-side-apply", "kubectl-create", "kubectl-run", "kubectl-expose"];
        makes.contains(&name)
    };
    let applied =
        marks.managers().find(|(name, apply)| made(name) || (*name == "kubectl" && *apply));
    let evidence = if marks.has_annotation(marks::LAST_APPLIED) {
        Evidence::Annotation(marks::LAST_APPLIED)
    } else if let Some((manager, _)) = applied {
        Evidence::Manager(super::clean(manager))
    } else {
        return;
    };
    grouped(EngineId::Kubectl, marks, evidence, found);
}

/// Operators that leave marks of their own on what they make without owning it.
fn operators(marks: &Marks<'_>, found: &mut Provenance) {
    // The mark's key, the operator, and the label or annotation that names what the object was made
    // for; empty where none does.
    const LABELS: &[(&str, &str, &str)] = &[
        ("cnpg.io/cluster", "cloudnative-pg", "cnpg.io/cluster"),
        ("reconcile.external-secrets.io/managed", "external-secrets", ""),
        ("reconcile.external-secrets.io/created-by", "external-secrets", ""),
        ("controller.cert-manager.io/fao", "cert-manager", "cert-manager.io/certificate-name"),
        ("clustersecret.io", "clustersecret", ""),
        ("devpod.sh/workspace", "devpod", "devpod.sh/workspace"),
        ("devpod.sh/created", "devpod", ""),
        ("kargo.akuity.io/project", "kargo", ""),
    ];
    const ANNOTATIONS: &[(&str, &str, &str)] = &[
        ("cert-manager.io/certificate-name", "cert-manager", "cert-manager.io/certificate-name"),
        ("clustersecret.io/created-by", "clustersecret", ""),
        ("secret-generator.v1.mittwald.de/autogenerate", "secret-generator", ""),
    ];
    let labels = LABELS.iter().filter(|(key, ..)| marks.has_label(key));
    let annotations = ANNOTATIONS.iter().filter(|(key, ..)| marks.has_annotation(key));
    for (key, operator, named) in labels.chain(annotations) {
        let of = [marks.label(named), marks.annotation(named)].into_iter().find_map(name);
        let Some(of) = of.or_else(|| name(marks.name)) else { continue };
        let app = AppId::new(EngineId::Operator, super::clean(marks.namespace), of);
        found.claim(app, Evidence::Mark(key, operator));
    }
}

/// The recommended label, where it names neither Helm, whose charts set it however they are applied,
/// nor kustomize, which only renders.
fn managed_by(marks: &Marks<'_>, found: &mut Provenance) {
    let Some(by) = name(marks.label(marks::MANAGED_BY)) else { return };
    let renders = by.eq_ignore_ascii_case("helm") || by.starts_with("kustomize") || by == "pulumi";
    if !renders {
        grouped(EngineId::Operator, marks, Evidence::Value(marks::MANAGED_BY, by), found);
    }
}

/// Only ever changed by kubectl, by whatever it was made.
fn touched(marks: &Marks<'_>, found: &mut Provenance) {
    if !found.claims.is_empty() {
        return;
    }
    let kubectl = |name: &str| name == "kubectl" || name.starts_with("kubectl-");
    if let Some(manager) = marks.manager(kubectl) {
        grouped(EngineId::Kubectl, marks, Evidence::Manager(super::clean(manager)), found);
    }
}

fn grouped(engine: EngineId, marks: &Marks<'_>, evidence: Evidence, found: &mut Provenance) {
    if let Some(together) = marks.together() {
        found.claim(AppId::new(engine, super::clean(marks.namespace), together), evidence);
    }
}
