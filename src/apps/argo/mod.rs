//! Argo CD: Applications, and the ApplicationSets that make them. What argocd-server checks before it
//! writes, and the controller does not, is checked here.

mod app;
mod page;
mod set;

pub use app::ArgoCd;
pub use set::ApplicationSet;

use super::{App, Estate, Verb};
use crate::model::{Fault, FaultKind};
use crate::verbs::Draft;

/// The API group of Argo CD.
const GROUP: &str = "argoproj.io";

/// The plan in the making of a verb.
fn draft(verb: Verb, app: &App, _estate: &Estate, _now: i64) -> Result<Box<dyn Draft>, Fault> {
    let what = format!("{} {}", verb.word(), app.id);
    Err(Fault::new(FaultKind::Refused, what, "it is not known how"))
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
