//! Argo CD: Applications, and the ApplicationSets that make them. What argocd-server checks before it
//! writes, and the controller does not, is checked here.

mod app;
mod auto;
pub mod cache;
mod compared;
mod cron;
mod delete;
mod glob;
mod ground;
mod guards;
mod objects;
mod operation;
mod page;
mod refresh;
mod rollback;
mod set;
mod set_page;
mod sync;
mod terminate;
mod windows;

pub use app::ArgoCd;
pub use compared::{Compared, is_glob, nanoseconds};
pub use set::ApplicationSet;

/// The API group of Argo CD.
const GROUP: &str = "argoproj.io";

/// Whether this is what the cluster that an engine itself runs on is called in destinations.
pub(super) fn is_here(server: &str) -> bool {
    app::HERE.contains(&server.trim_end_matches('/'))
}

#[cfg(test)]
mod draft_tests;
#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
