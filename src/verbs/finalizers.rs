//! Why a deleted object is still there: who has to take each finalizer off, and what a namespace still
//! holds.

use crate::text::sanitise;

/// Finalizers whose remover is known: the name, or its beginning where it ends in `*`, and what has to
/// happen. After the controllers that set them: kube-controller-manager and apiserver, Argo CD, Flux,
/// cert-manager, Crossplane, KEDA, Karpenter, the CSI sidecars, cloud load balancers, Cluster API.
const KNOWN: &[(&str, &str)] = &[
    ("foregroundDeletion", "the garbage collector, once everything it owns is gone"),
    ("orphan", "the garbage collector, once what it owns has no owner any more"),
    ("kubernetes", "the namespace controller, once the namespace is empty"),
    ("kubernetes.io/pvc-protection", "the PVC protection controller, once no pod uses the claim"),
    ("kubernetes.io/pv-protection", "the PV protection controller, once no claim is bound to it"),
    (
        "batch.kubernetes.io/job-tracking",
        "the Job controller, once it has counted the pod; without its Job, nobody",
    ),
    (
        "customresourcecleanup.apiextensions.k8s.io",
        "the API server, once every object of the kind is gone",
    ),
    (
        "service.kubernetes.io/load-balancer-cleanup",
        "the cloud's service controller, once the load balancer is taken down",
    ),
    ("external-attacher/*", "the CSI attacher, once the volume is detached"),
    (
        "external-provisioner.volume.kubernetes.io/finalizer",
        "the CSI provisioner, once the volume is deleted in the storage",
    ),
    (
        "snapshot.storage.kubernetes.io/*",
        "the snapshot controller, once nothing uses the snapshot or its source",
    ),
    (
        "resources-finalizer.argocd.argoproj.io*",
        "Argo CD's application controller, once it has deleted what the application deployed",
    ),
    (
        "post-delete-finalizer.argocd.argoproj.io*",
        "Argo CD's application controller, once the PostDelete hooks have run",
    ),
    (
        "finalizers.fluxcd.io",
        "the Flux controller of this kind, once it has pruned or uninstalled what it applied",
    ),
    ("finalizers.tf.contrib.fluxcd.io", "the tofu controller, once its destroy has run"),
    ("finalizer.acme.cert-manager.io", "cert-manager, once it has cleaned the ACME challenge up"),
    ("acme.cert-manager.io/*", "cert-manager, once it has cleaned the ACME challenge up"),
    (
        "finalizer.managedresource.crossplane.io",
        "the Crossplane provider, once the resource outside is deleted",
    ),
    (
        "composite.apiextensions.crossplane.io",
        "Crossplane, once what the composite is made of is deleted",
    ),
    (
        "finalizer.apiextensions.crossplane.io",
        "Crossplane, once the composite behind the claim is deleted",
    ),
    ("in-use.crossplane.io", "the Crossplane provider, once nothing uses this configuration"),
    ("finalizer.keda.sh", "the KEDA operator, once it has removed its autoscaler"),
    ("karpenter.sh/termination", "Karpenter, once the node is drained and its machine ended"),
    ("karpenter.k8s.aws/termination", "Karpenter, once no node uses it"),
    ("ingress.k8s.aws/resources", "the AWS load balancer controller"),
    ("service.k8s.aws/resources", "the AWS load balancer controller"),
    ("elbv2.k8s.aws/resources", "the AWS load balancer controller"),
    ("networking.gke.io/*", "GKE's ingress controller, once the load balancer is taken down"),
    (
        "gateway-exists-finalizer.gateway.networking.k8s.io",
        "the gateway controller, once no Gateway uses the class",
    ),
    ("longhorn.io", "the Longhorn manager"),
    ("finalizer.pulumi.com", "the Pulumi operator, once the stack is destroyed"),
    ("cluster.cluster.x-k8s.io", "Cluster API, once the machines of the cluster are gone"),
    ("machine.cluster.x-k8s.io", "Cluster API, once the machine is gone"),
];

/// Who has to take a finalizer off, and when.
pub fn remover(finalizer: &str) -> String {
    let known = KNOWN.iter().find(|(name, _)| match name.strip_suffix('*') {
        Some(start) => finalizer.starts_with(start),
        None => finalizer == *name,
    });
    if let Some((_, who)) = known {
        return (*who).to_owned();
    }
    let domain = finalizer.split('/').next().unwrap_or(finalizer);
    if domain.contains('.') {
        format!("a controller of {}; where it does not run any more, nobody", clean(domain))
    } else {
        "whoever put it there; where that does not run any more, nobody".to_owned()
    }
}

/// What an object that is being deleted waits for, by its finalizers.
pub fn waits_for(finalizers: &[&str]) -> String {
    let each: Vec<String> = finalizers
        .iter()
        .map(|name| format!("{} (removed by {})", clean(name), remover(name)))
        .collect();
    match each.as_slice() {
        [one] => format!("waits for the finalizer {one}"),
        many => format!("waits for the finalizers {}", many.join(", ")),
    }
}

/// Conditions of a namespace that say why it is still there, those that need a person first.
/// After `k8s.io/kubernetes/pkg/controller/namespace/deletion/status_condition_utils.go`.
const CONDITIONS: [&str; 5] = [
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceFinalizersRemaining",
    "NamespaceContentRemaining",
];

/// What a namespace that is being deleted still holds, from its conditions (type, status, message).
/// None where they say nothing.
pub fn namespace_waits_for(conditions: &[(&str, &str, &str)]) -> Option<String> {
    let told: Vec<String> = CONDITIONS
        .iter()
        .filter_map(|wanted| {
            let (_, _, message) =
                conditions.iter().find(|(kind, status, _)| kind == wanted && *status == "True")?;
            Some(clean(message.trim()))
        })
        .filter(|message| !message.is_empty())
        .collect();
    (!told.is_empty()).then(|| format!("the namespace is not empty: {}", told.join("; ")))
}

fn clean(text: &str) -> String {
    sanitise::clean(text).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn whoever_has_to_act_is_named() {
        assert!(remover("kubernetes.io/pvc-protection").contains("no pod uses the claim"));
        assert!(remover("resources-finalizer.argocd.argoproj.io/background").contains("Argo CD"));
        assert!(remover("finalizers.fluxcd.io").contains("Flux"));
        assert!(remover("shop.io/drain").starts_with("a controller of shop.io"));
        assert!(remover("odd").contains("whoever put it there"));
        let both = waits_for(&["orphan", "shop.io/drain"]);
        assert!(
            both.starts_with("waits for the finalizers orphan (removed by the garbage"),
            "{both}"
        );
    }

    #[test]
    fn a_namespace_says_what_it_still_holds_and_what_failed_first() {
        let conditions = [
            (
                "NamespaceContentRemaining",
                "True",
                "Some resources are remaining: pods. has 2 resource instances",
            ),
            ("NamespaceDeletionContentFailure", "False", "All content successfully deleted"),
            ("NamespaceDeletionDiscoveryFailure", "True", "Discovery failed for some groups"),
        ];
        let words = namespace_waits_for(&conditions).unwrap();
        assert_eq!(
            words,
            "the namespace is not empty: Discovery failed for some groups; \
             Some resources are remaining: pods. has 2 resource instances"
        );
        assert_eq!(namespace_waits_for(&[]), None);
    }
}
