//! Everything that is tested from outside: the house rules, the oracles, the program in a terminal.
//!
//! One binary with its own `main`, so that tests which need a real control plane can be ignored at
//! run time with the reason, and the shared one ended when all are done. A name given on the
//! command line picks tests as with cargo's own harness.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod apps_cli;
mod bad_weather;
mod canary;
mod config_corpus;
mod conformance;
mod copy;
mod counts;
mod debug;
mod describe;
mod drift_cli;
mod drift_corpus;
mod drift_equal;
mod drift_files;
mod drift_screen;
mod drift_world;
mod edits;
mod engines;
mod exec;
mod faults;
mod floors;
mod follow_real;
mod follow_screen;
mod forward;
mod forwards_pane;
mod gate;
mod get;
mod ground;
mod helm;
mod hostile;
mod lists;
#[allow(dead_code)]
#[path = "../rig/load.rs"]
mod load;
mod logs;
mod oracle;
mod pages;
mod plugins;
mod pods;
mod reach;
mod registry;
mod remembered;
mod rollout_blocks;
mod rollout_depth;
mod rollout_real;
mod rollout_screen;
mod rollout_ways;
mod rollout_weather;
#[path = "../scenes/mod.rs"]
mod scenes;
mod slow;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod tour;
mod tui_demo;
mod tui_real;
mod two_clusters;
mod verbs_real;
mod whole;

use std::sync::atomic::Ordering;
use support::{control_plane, trials};

fn main() -> std::process::ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut all = Vec::new();
    all.extend(floors::trials());
    all.extend(registry::trials());
    all.extend(gate::trials());
    all.extend(ground::trials());
    all.extend(whole::trials());
    all.extend(conformance::trials());
    all.extend(config_corpus::trials());
    all.extend(bad_weather::trials());
    all.extend(faults::trials());
    all.extend(slow::trials());
    all.extend(lists::trials());
    all.extend(counts::trials());
    all.extend(hostile::trials());
    all.extend(terminal::trials());
    all.extend(tui_demo::trials());
    all.extend(tour::trials());
    all.extend(forwards_pane::trials());
    all.extend(two_clusters::trials());
    all.extend(tui_real::trials());
    all.extend(verbs_real::trials());
    all.extend(rollout_depth::trials());
    all.extend(rollout_real::trials());
    all.extend(rollout_screen::trials());
    all.extend(rollout_ways::trials());
    all.extend(rollout_blocks::trials());
    all.extend(rollout_weather::trials());
    all.extend(drift_corpus::trials());
    all.extend(drift_equal::trials());
    all.extend(drift_world::trials());
    all.extend(apps_cli::trials());
    all.extend(drift_cli::trials());
    all.extend(drift_files::trials());
    all.extend(drift_screen::trials());
    all.extend(canary::trials());
    all.extend(follow_real::trials());
    all.extend(follow_screen::trials());
    all.extend(helm::trials());
    all.extend(get::trials());
    all.extend(exec::trials());
    all.extend(copy::trials());
    all.extend(reach::trials());
    all.extend(remembered::trials());
    all.extend(forward::trials());
    all.extend(debug::trials());
    all.extend(pages::trials());
    all.extend(describe::trials());
    all.extend(logs::trials());
    all.extend(plugins::trials());
    all.extend(edits::trials());
    all.extend(pods::trials());
    all.extend(oracle::trials());
    all.extend(engines::trials());
    all.extend(scenes::trials());
    let conclusion = libtest_mimic::run(&arguments, all);
    support::engines::end_shared();
    control_plane::end_shared();
    if !arguments.list {
        println!(
            "tests on a real control plane: {} run, {} could not run",
            trials::RAN.load(Ordering::Relaxed),
            trials::LEFT_OUT.load(Ordering::Relaxed)
        );
    }
    conclusion.exit_code()
}
