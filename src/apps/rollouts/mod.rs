//! The verbs of Argo Rollouts, with the patches that its own plugin sends
//! (`pkg/kubectl-argo-rollouts/cmd`) and the guards that it lacks.

mod ground;
mod terminate;
#[cfg(test)]
mod tests;
mod verb;

pub use terminate::{Terminate, can_terminate};
pub use verb::{Control, Verb};
