//! Who else has a say about an object, read from its metadata: people should know before they change
//! what somebody will change back.

use crate::kinds::provenance::{Claim, Provenance};
use crate::model::EngineId;
use serde_json::Value;

/// Who manages an object, in words, and what that means for a change by hand; None where nobody
/// undoes such a change by itself.
pub(crate) fn warning(object: &Value) -> Option<String> {
    let found = Provenance::of_object(object);
    let what = found.first()?.undone();
    said(&found, what)
}

/// The same for a restart: its annotation is nobody's field but ours, so that most leave it.
pub(crate) fn of_restart(object: &Value) -> Option<String> {
    const OPTIONS: &str = "argocd.argoproj.io/sync-options";
    let found = Provenance::of_object(object);
    let options = object["metadata"]["annotations"][OPTIONS].as_str().unwrap_or_default();
    let replaced = options.split(',').any(|option| option.trim() == "Replace=true");
    let what = match found.first()?.app.engine {
        EngineId::ArgoCd if replaced => {
            "its next sync replaces the object, and its pods with it once more"
        }
        EngineId::ArgoCd => "its next sync keeps it, unless it replaces the object",
        EngineId::Kustomization | EngineId::ResourceSet => {
            "its next reconcile keeps it, unless it replaces the object"
        }
        EngineId::HelmRelease | EngineId::Helm => {
            "the next upgrade keeps it, unless it replaces the object"
        }
        // What its state does not hold it takes away (`kubernetes_deployment` reads the template).
        EngineId::Terraform => {
            "the next terraform apply takes the annotation away, and pods are replaced once more"
        }
        _ => "",
    };
    said(&found, what)
}

fn said(found: &Provenance, what: &str) -> Option<String> {
    let first = found.first().filter(|_| !what.is_empty())?;
    let what = match found.left_alone {
        true => "it is told to leave this object alone, so the change stays",
        false => what,
    };
    let rivals: Vec<String> = found.rivals().map(Claim::who).collect();
    let also = match rivals.as_slice() {
        [] => String::new(),
        some => format!(" (also claimed by {})", some.join(", ")),
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
