//! The engines of the demo: what Argo CD's and Flux' controllers do with what people ask of them.

pub mod compare;
pub mod git;
mod health;
