//! Who else has a say about an object, read from its metadata: people should know before they change
//! what somebody will change back.

use crate::kinds::provenance::Provenance;
use serde_json::Value;

/// Who manages an object, in words, and what that means for a change by hand; None where nobody
/// undoes such a change by itself.
pub(super) fn warning(object: &Value) -> Option<String> {
    let found = Provenance::of_object(object);
    let first = found.first().filter(|claim| !claim.undone().is_empty())?;
    let what = if found.left_alone {
        "it is told to leave this object alone, so the change stays"
    } else {
        first.undone()
    };
    let also: Vec<String> = found.rivals().map(|rival| rival.who()).collect();
    let also = if also.is_empty() {
        String::new()
    } else {
        format!(" (also claimed by {})", also.join(", "))
    };
    Some(format!("managed by {}{also}: {what}", first.who()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_engine_is_known_by_its_own_mark() {
        let argo = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"namespace": "shop", "name": "api", "annotations":
                {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/api"}}});
        assert!(
            warning(&argo).is_some_and(|w| w.starts_with("managed by Argo CD application shop:"))
        );
        let flux = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "infra"}}});
        assert!(warning(&flux).is_some_and(|w| w.contains("Flux Kustomization infra")));
        let helm = json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"},
            "annotations": {"meta.helm.sh/release-name": "redis"}}});
        assert!(warning(&helm).is_some_and(|w| w.contains("Helm release redis")));
        assert_eq!(warning(&json!({"metadata": {"labels": {"app": "x"}}})), None);
    }

    #[test]
    fn a_copied_tracking_id_warns_of_nobody_and_an_opt_out_says_that_the_change_stays() {
        let copied = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"namespace": "shop", "name": "copy", "annotations":
                {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/api"}}});
        assert_eq!(warning(&copied), None);
        let alone = json!({"metadata": {
            "labels": {"kustomize.toolkit.fluxcd.io/name": "infra"},
            "annotations": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}}});
        assert!(warning(&alone).is_some_and(|w| w.ends_with("the change stays")));
    }
}
