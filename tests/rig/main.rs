//! The measuring rig: `cargo bench --bench rig -- pods 10000` starts a control plane, loads it, runs the program in a
//! terminal beside a client that only drains, and prints a table. Other programs run through the same script.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss
)]

mod drain;
mod faults;
mod figures;
mod load;
mod pods;
mod process;
mod rollouts;
#[allow(dead_code, unused_imports)]
#[path = "../support/mod.rs"]
mod support;
mod terminal;

use clap::Parser as _;
use std::path::PathBuf;
use support::control_plane::{ControlPlane, Options};
use terminal::Terminal;

/// Measures wheelhouse, or another program, on a real API server. Nothing else should run meanwhile.
#[derive(clap::Parser)]
#[command(name = "rig")]
struct Arguments {
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    scenario: Option<Scenario>,
}

#[derive(clap::Subcommand)]
enum Scenario {
    /// A table of N pods, at rest and in changes.
    Pods(pods::Wanted),
    /// The pane of a rollout of 500 replicas, and the board over 2,000 Deployments.
    Rollouts(rollouts::Wanted),
    /// Random schedules of faults, after each of which every row must be the server's.
    Faults(faults::Wanted),
}

fn main() {
    let Some(scenario) = Arguments::parse().scenario else {
        // Plain `cargo bench` runs all benches; this one takes minutes and wants to be asked for.
        println!("rig: not run; cargo bench --bench rig -- --help");
        return;
    };
    let mut plane =
        ControlPlane::start(&Options::bare()).unwrap_or_else(|reason| panic!("{}", reason.0));
    match scenario {
        Scenario::Pods(wanted) => pods::run(&wanted, &plane),
        Scenario::Rollouts(wanted) => rollouts::run(&wanted, &plane),
        Scenario::Faults(wanted) => faults::run(&wanted, &mut plane),
    }
}

/// What is measured: a command on a kubeconfig.
pub struct Program {
    command: Vec<String>,
    kubeconfig: PathBuf,
}

impl Program {
    /// The program that was named, else wheelhouse with these arguments.
    fn given(named: &[String], arguments: &[&str], plane: &ControlPlane) -> Self {
        let kubeconfig = plane.kubeconfig("admin");
        let ours = std::iter::once(support::paths::program()).chain(arguments.iter().copied());
        let place = kubeconfig.display().to_string();
        let command = match named {
            [] => ours.map(str::to_owned).collect(),
            named => named.iter().map(|word| word.replace("{kubeconfig}", &place)).collect(),
        };
        Self { command, kubeconfig }
    }

    fn start(&self) -> Terminal {
        Terminal::start(&self.command, &self.kubeconfig)
    }

    fn name(&self) -> &str {
        self.command[0].rsplit('/').next().unwrap_or_default()
    }
}

/// A number as tables write it: `10,000`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("digits"))
        .collect();
    groups.join(",")
}
