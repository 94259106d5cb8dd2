//! Objects of Flux and of the Flux operator: what applies (Kustomization, HelmRelease, ResourceSet,
//! FluxInstance) and where it comes from (the sources). One form of cells for all of them, because
//! Flux's kinds share their conventions; cells that a kind has no field for are empty.
//!
//! Field names as in the CRDs of kustomize-controller 1.9, helm-controller 1.6, source-controller 1.9
//! and flux-operator 0.58, and as in their older versions where those differ.

mod decode;
#[cfg(test)]
mod tests;

use super::AppKind;

/// Cell with 1 where it is suspended: `spec.suspend`, or the operator's annotation
/// `fluxcd.controlplane.io/reconcile: disabled`.
pub const SUSPENDED: usize = 0;
/// Cell with who suspended it, as far as an annotation tells.
pub const SUSPENDED_BY: usize = 1;
/// Cell with why it was suspended, as far as [`REASON_ANNOTATION`] tells.
pub const SUSPENDED_WHY: usize = 2;
/// Cell with the moment when it was suspended, as far as [`SUSPENDED_ANNOTATION`] tells.
pub const SUSPENDED_AT: usize = 3;
/// Cell with 1 where the conditions speak of the newest generation.
pub const OBSERVED: usize = 4;
/// Cell with the status of the condition `Ready`; empty without one.
pub const READY: usize = 5;
/// Cell with its reason.
pub const READY_REASON: usize = 6;
/// Cell with its message.
pub const READY_MESSAGE: usize = 7;
/// Cell with the moment of its last transition.
pub const READY_SINCE: usize = 8;
/// Cell with the reason of the condition `Reconciling` where that is True; else empty.
pub const RECONCILING: usize = 9;
/// Cell with its message.
pub const RECONCILING_MESSAGE: usize = 10;
/// Cell with the moment of its last transition.
pub const RECONCILING_SINCE: usize = 11;
/// Cell with the reason of the condition `Stalled` where that is True; else empty.
pub const STALLED: usize = 12;
/// Cell with its message.
pub const STALLED_MESSAGE: usize = 13;
/// Cell with `spec.interval` as it is written.
pub const INTERVAL: usize = 14;
/// Cell with the word of the engine that delivers it, from its ownership labels; else empty.
pub const PARENT: usize = 15;
/// Cell with the namespace of the app that delivers it.
pub const PARENT_NAMESPACE: usize = 16;
/// Cell with the name of the app that delivers it.
pub const PARENT_NAME: usize = 17;
/// Cell with the annotation `reconcile.fluxcd.io/requestedAt`.
pub const REQUESTED: usize = 18;
/// Cell with `status.lastHandledReconcileAt`.
pub const HANDLED: usize = 19;
/// Cell with what is applied (`status.lastAppliedRevision`, the chart version of the newest release),
/// or what a source holds (`status.artifact.revision`).
pub const REVISION: usize = 20;
/// Cell with [`PINNED_ANNOTATION`]: what stood there before it was pinned.
pub const PINNED: usize = 21;

/// Cell with `status.lastAttemptedRevision`.
pub const ATTEMPTED: usize = 22;
/// Cell with the kind of the source: of `spec.sourceRef`, `spec.chart.spec.sourceRef` or
/// `spec.chartRef`.
pub const SOURCE_KIND: usize = 23;
/// Cell with the namespace of the source.
pub const SOURCE_NAMESPACE: usize = 24;
/// Cell with the name of the source.
pub const SOURCE_NAME: usize = 25;
/// Cell with the path in the source (Kustomization), or the chart's name (HelmRelease, HelmChart).
pub const PATH: usize = 26;
/// Cell with the chart version that is asked for: `spec.chart.spec.version`, `spec.version`.
pub const WANTED: usize = 27;
/// Cell with the namespace that objects are delivered to.
pub const TARGET: usize = 28;
/// Cell with the name of the Secret of `spec.kubeConfig`, with `#` and the key where it names one, or
/// of the ConfigMap, after [`IN_CONFIG_MAP`]; empty for this cluster.
pub const KUBECONFIG: usize = 29;
/// What stands before the name of a ConfigMap there.
pub const IN_CONFIG_MAP: &str = "configmap/";
/// Cell with the number of entries of the inventory; empty where there is none.
pub const OBJECTS: usize = 30;
/// Cell with `spec.dependsOn`: `namespace/name`, apart by spaces.
pub const DEPENDS_ON: usize = 31;
/// Cell with the number of drifted objects that the condition `Drifted` tells of; empty without one.
pub const DRIFTED: usize = 32;
/// Cell with 1 where drift is corrected: `spec.driftDetection.mode: enabled`.
pub const HEALS: usize = 33;
/// Cell with the status of the newest release: `deployed`, `failed`; empty without one.
pub const RELEASE: usize = 34;
/// Cell with the digest of the OCI artifact of the newest release.
pub const RELEASE_DIGEST: usize = 35;
/// Cell with `status.helmChart`: `namespace/name` of the HelmChart that a HelmRelease made.
pub const HELM_CHART: usize = 36;
/// Cell with 1 where deleting it deletes what it delivered (`spec.prune`, `spec.deletionPolicy`).
pub const PRUNES: usize = 37;
/// Cell with `namespace/name` of the Helm release that a HelmRelease makes here.
pub const RECORDS: usize = 38;
/// How many cells what applies has.
pub const APPLIER_CELLS: usize = 39;

/// Cell with the URL of a source.
pub const URL: usize = 22;
/// Cell with what a source follows, as people write it: `branch main`, `tag v1`, `commit 8d1e0aa…`.
pub const REF: usize = 28;
/// Cell with the moment when a source's artifact was made.
pub const ARTIFACT_AT: usize = 29;
/// Cell with `spec.type` of a HelmRepository (`oci` has no artifact and is never reconciled).
pub const REPOSITORY_TYPE: usize = 30;
/// How many cells a source has.
pub const SOURCE_CELLS: usize = 31;

/// Annotation with why somebody suspended an object.
pub const REASON_ANNOTATION: &str = "wheelhouse.dev/suspend-reason";
/// Annotation with the moment at which we suspended an object, RFC 3339.
pub const SUSPENDED_ANNOTATION: &str = "wheelhouse.dev/suspended-at";
/// Annotation with what stood in `spec.ref` (JSON) or `spec.chart.spec.version` before we pinned it.
pub const PINNED_ANNOTATION: &str = "wheelhouse.dev/pinned-from";
/// Annotation of the Flux operator's web page with who suspended an object.
pub const OPERATOR_SUSPENDED_BY: &str = "fluxcd.controlplane.io/suspendedBy";
/// Annotation of the Flux operator's kinds that stops their reconciliation: `disabled`.
pub const OPERATOR_RECONCILE: &str = "fluxcd.controlplane.io/reconcile";

const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const HELM: &str = "helm.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";
const OPERATOR: &str = "fluxcd.controlplane.io";

const fn kind(group: &'static str, plural: &'static str, project: super::Project) -> AppKind {
    AppKind { group, plural, project }
}

pub(super) static KUSTOMIZATION: AppKind = kind(KUSTOMIZE, "kustomizations", decode::kustomization);
pub(super) static HELM_RELEASE: AppKind = kind(HELM, "helmreleases", decode::helm_release);
pub(super) static RESOURCE_SET: AppKind = kind(OPERATOR, "resourcesets", decode::resource_set);
pub(super) static FLUX_INSTANCE: AppKind = kind(OPERATOR, "fluxinstances", decode::resource_set);
pub(super) static GIT_REPOSITORY: AppKind = kind(SOURCE, "gitrepositories", decode::source);
pub(super) static OCI_REPOSITORY: AppKind = kind(SOURCE, "ocirepositories", decode::source);
pub(super) static HELM_REPOSITORY: AppKind = kind(SOURCE, "helmrepositories", decode::source);
pub(super) static HELM_CHART_KIND: AppKind = kind(SOURCE, "helmcharts", decode::source);
pub(super) static BUCKET: AppKind = kind(SOURCE, "buckets", decode::source);
pub(super) static EXTERNAL_ARTIFACT: AppKind = kind(SOURCE, "externalartifacts", decode::source);
