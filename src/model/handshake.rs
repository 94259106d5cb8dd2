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
}
