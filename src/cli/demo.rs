//! The embedded cluster as something to connect to.

use super::args::Demo as Options;
use super::headless::Where;
use crate::cluster::Target;
use crate::demo::{Demo, DemoOptions};
use std::sync::Arc;

/// Name of the embedded cluster's context.
pub const CONTEXT: &str = "demo";

/// Starts the embedded cluster.
pub fn place(options: &Options) -> Where {
    let demo =
        Demo::start(DemoOptions { pods: options.pods, churn: options.churn, seed: options.seed });
    Where {
        target: Target::Embedded(Arc::new(move || demo.dial()), String::new()),
        context: CONTEXT.to_owned(),
        namespace: String::new(),
    }
}
