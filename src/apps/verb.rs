//! What can be done with an app.

/// What can be done with an app, in the words of the engines' own tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// Argo CD: start a sync. Flux: reconcile.
    Sync,
    /// Compare with the source again; Flux: reconcile.
    Refresh,
    /// Argo CD: without the manifest cache. Flux: reconcile with its source first.
    HardRefresh,
    /// Go back to something that was deployed before.
    Rollback,
    /// A rolling restart of every workload of it.
    Restart,
    /// Argo CD: switch automated sync off. Flux: suspend.
    Suspend,
    /// Argo CD: switch automated sync on again. Flux: resume.
    Resume,
    /// End the operation that runs.
    Terminate,
    /// Delete the app, with or without what it delivered.
    Delete,
}

impl Verb {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Sync,
        Self::Refresh,
        Self::HardRefresh,
        Self::Rollback,
        Self::Restart,
        Self::Suspend,
        Self::Resume,
        Self::Terminate,
        Self::Delete,
    ];

    /// As it is typed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Refresh => "refresh",
            Self::HardRefresh => "hard-refresh",
            Self::Rollback => "rollback",
            Self::Restart => "restart",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Terminate => "terminate",
            Self::Delete => "delete",
        }
    }
}
