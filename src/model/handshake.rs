//! "Ask and acknowledge": a controller is asked by a write, and tells in the object's status that it
//! has seen it and how it ended.

use super::Text;

/// Which status field repeats the token of a Flux request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FluxRequest {
    /// `status.lastHandledReconcileAt` for `reconcile.fluxcd.io/requestedAt`.
    Reconcile,
    /// `status.lastHandledForceAt` for `reconcile.fluxcd.io/forceAt`.
    Force,
    /// `status.lastHandledResetAt` for `reconcile.fluxcd.io/resetAt`.
    Reset,
}

/// What was asked of Argo Rollouts' controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RolloutAsk {
    /// The pause or step at which it stands is over: until it stands at another one, or has ended.
    Promote,
    /// Everything that is left is skipped: until the new revision is the stable one.
    PromoteFull,
    /// The update is called off: until the stable revision serves alone.
    Abort,
    /// What was called off begins again: until it stands at a pause, or has ended.
    Retry,
    /// Its spec is another one: until it stands at a pause, or has ended.
    Change,
    /// Pods older than `spec.restartAt` are replaced.
    Restart,
    /// `spec.terminate` of an AnalysisRun or Experiment.
    Terminate,
}

/// What was asked of which controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Handshake {
    /// `operation` of an Argo CD Application. It was the one with this `initiatedBy.username` and this
    /// value of the `info` entry `request`; `before` is `status.operationState.startedAt` as it stood
    /// when it was asked; empty where there was none.
    ArgoOperation {
        /// Value of the `info` entry called `request`: tells ours from somebody else's.
        token: Text,
        /// See above.
        before: Text,
    },
    /// The annotation `argocd.argoproj.io/refresh` of an Application; `before` is
    /// `status.reconciledAt` as it stood when it was asked.
    ArgoRefresh {
        /// See above.
        before: Text,
    },
    /// `status.operationState.phase: Terminating`: until the operation that started then has ended.
    ArgoTerminate {
        /// `status.operationState.startedAt` of the operation.
        started: Text,
    },
    /// The annotation `argocd.argoproj.io/application-set-refresh` of an ApplicationSet.
    ArgoSetRefresh,
    /// `reconcile.fluxcd.io/requestedAt` (with `forceAt` or `resetAt`) of a Flux object. The `Ready`
    /// condition tells the outcome.
    Flux {
        /// What was written into the annotation.
        token: Text,
        /// Which field acknowledges it.
        request: FluxRequest,
    },
    /// A patch of an Argo Rollout, or of an AnalysisRun or Experiment of one.
    ArgoRollout {
        /// What it was asked.
        ask: RolloutAsk,
        /// Where the Rollout stood: [`crate::model::stands_at`] of its status.
        before: Text,
    },
}

/// Where an Argo Rollout stands: `HASH INDEX REASON@TIME,…` of `currentPodHash`, `currentStepIndex`
/// and the pause conditions. Another pause at the same step is another place.
pub fn stands_at(status: &serde_json::Value) -> Text {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let pauses = status["pauseConditions"].as_array().map_or(&[][..], Vec::as_slice);
    let pauses: Vec<String> = pauses
        .iter()
        .map(|one| format!("{}@{}", text(&one["reason"]), text(&one["startTime"])))
        .collect();
    let index = status["currentStepIndex"].as_i64().unwrap_or(0);
    format!("{} {index} {}", text(&status["currentPodHash"]), pauses.join(",")).into()
}
