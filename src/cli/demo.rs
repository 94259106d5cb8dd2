//! The embedded cluster as something to connect to.

use super::args::{Demo as Options, Global};
use super::headless::Where;
use crate::cluster::Target;
use crate::demo::{Demo, DemoOptions};
use crate::model::{Fault, FaultKind};
use crate::ui::settings::Loaded;
use std::sync::Arc;

/// Name of the embedded cluster's context.
pub const CONTEXT: &str = "demo";

/// Refuses options that choose a real cluster: to ignore them would be to lie about what is shown.
///
/// # Errors
/// One of them was given.
pub fn check(global: &Global) -> Result<(), Fault> {
    let given = [
        ("--kubeconfig", global.kubeconfig.is_some()),
        ("--context", global.context.as_deref().is_some_and(|name| name != CONTEXT)),
        ("--as", global.as_user.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((option, _)) => {
            let why = "the demo is a cluster of its own, with one context and one user";
            Err(Fault::new(FaultKind::Input, format!("demo {option}"), why)
                .hint(format!("leave out {option}, or leave out demo")))
        }
    }
}

/// Refuses a tour on which nothing may be put right.
///
/// # Errors
/// The session is read-only.
pub fn check_tour(options: &Options, config: &Loaded) -> Result<(), Fault> {
    if !options.tour || !config.settings.readonly_in(CONTEXT) {
        return Ok(());
    }
    let why = "on the tour two things are to be put right, and this session may not write";
    Err(Fault::new(FaultKind::Input, "demo --tour", why)
        .hint("leave out --readonly, or see whether config.toml says readonly"))
}

/// Starts the embedded cluster.
pub fn place(options: &Options) -> Where {
    let demo = Demo::start(DemoOptions {
        pods: options.pods,
        churn: options.churn,
        seed: options.seed,
        log_rate: options.log_rate,
        tour: options.tour,
    });
    Where {
        target: Target::Embedded(Arc::new(move || demo.dial()), String::new()),
        context: CONTEXT.to_owned(),
        namespace: String::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_chooses_a_real_cluster_is_refused_and_not_ignored() {
        assert!(check(&Global::default()).is_ok());
        let real = Global { context: Some("prod".into()), ..Global::default() };
        let fault = check(&real).unwrap_err();
        assert!(fault.what.contains("--context") && !fault.hint.is_empty(), "{fault}");
        let same = Global { context: Some(CONTEXT.into()), ..Global::default() };
        assert!(check(&same).is_ok());
    }
}
