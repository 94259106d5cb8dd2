//! Who else has a say about an object, read from its metadata: people should know before they change
//! what somebody will change back.

use serde_json::Value;

/// Who manages an object, in words, and what that means for a change by hand; None where nothing
/// says that anybody does.
///
/// The marks: Argo CD's tracking annotation and label, Flux's `kustomize.toolkit.fluxcd.io` and
/// `helm.toolkit.fluxcd.io` labels, Helm's `managed-by` with its release annotation.
pub(super) fn warning(object: &Value) -> Option<String> {
    let of = |part: &str, key: &str| -> Option<&str> {
        object["metadata"][part][key].as_str().filter(|value| !value.is_empty())
    };
    let annotation = |key| of("annotations", key);
    let label = |key| of("labels", key);
    let (who, how) = if let Some(id) = annotation("argocd.argoproj.io/tracking-id") {
        let app = id.split(':').next().unwrap_or(id);
        (format!("Argo CD application {app}"), "its next sync, or self-heal, undoes it")
    } else if let Some(app) = label("argocd.argoproj.io/instance") {
        (format!("Argo CD application {app}"), "its next sync, or self-heal, undoes it")
    } else if let Some(name) = label("kustomize.toolkit.fluxcd.io/name") {
        (format!("Flux Kustomization {name}"), "its next reconcile undoes it")
    } else if let Some(name) = label("helm.toolkit.fluxcd.io/name") {
        (format!("Flux HelmRelease {name}"), "its next upgrade undoes it")
    } else if label("app.kubernetes.io/managed-by") == Some("Helm") {
        let release = annotation("meta.helm.sh/release-name").unwrap_or("unknown");
        (format!("Helm release {release}"), "the next upgrade undoes it")
    } else {
        return None;
    };
    Some(format!("managed by {}: {how}", crate::text::sanitise::clean(&who)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_engine_is_known_by_its_own_mark() {
        let argo = json!({"metadata": {"annotations":
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
}
