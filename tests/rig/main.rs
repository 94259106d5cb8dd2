//! The measuring rig: `cargo bench --bench rig -- pods 10000` starts a control plane, loads it, runs the program in a
//! terminal beside a client that only drains, and prints a table. Other programs run through the same script.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss
)]

mod copies;
mod drain;
mod faults;
mod figures;
mod load;
mod pods;
mod process;
mod recovery;
mod replay;
mod rollouts;
mod slow;
mod starts;
#[allow(dead_code, unused_imports)]
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod typing;

use clap::Parser as _;
use std::path::{Path, PathBuf};
use support::control_plane::{ControlPlane, Options};
use terminal::Terminal;

/// Measures wheelhouse, or another program, on a real API server. Nothing else should run meanwhile.
#[derive(clap::Parser)]
#[command(name = "rig")]
struct Arguments {
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
    /// The wheelhouse that is measured; without it the one that cargo has just built.
    #[arg(long, global = true)]
    wheelhouse: Option<PathBuf>,
    #[command(subcommand)]
    scenario: Option<Scenario>,
}

#[derive(clap::Subcommand)]
enum Scenario {
    /// A table of N pods, at rest and in changes.
    Pods(pods::Wanted),
    /// First starts, which know nothing of the cluster, and second ones; near and far.
    Starts(starts::Wanted),
    /// The pane of a rollout of 500 replicas, and the board over 2,000 Deployments.
    Rollouts(rollouts::Wanted),
    /// Random schedules of faults, after each of which every row must be the server's.
    Faults(faults::Wanted),
    /// A table of pods in more changes than an API server can send on the same machine: recorded, then replayed.
    Replay(replay::Wanted),
    /// The same for long, with cuts: memory must not grow, no row may be lost.
    Soak(replay::soak::Wanted),
    /// The process that replays a recording.
    #[command(hide = true)]
    Serve(replay::server::Wanted),
    /// How soon all is as the server has it after an outage.
    Recovery(recovery::Wanted),
    /// How long a key waits where the terminal, the line or the server is slow.
    Slow(slow::Wanted),
}

fn main() {
    let arguments = Arguments::parse();
    if let Some(path) = arguments.wheelhouse {
        support::paths::run_instead(&path);
    }
    let Some(scenario) = arguments.scenario else {
        // Plain `cargo bench` runs all benches; this one takes minutes and wants to be asked for.
        println!("rig: not run; cargo bench --bench rig -- --help");
        return;
    };
    let plane = |options: &Options| {
        ControlPlane::start(options).unwrap_or_else(|reason| panic!("{}", reason.0))
    };
    let bare = || plane(&Options::bare());
    match scenario {
        Scenario::Pods(wanted) => pods::run(&wanted, &plane(&wanted.plane())),
        Scenario::Starts(wanted) => starts::run(&wanted, &bare()),
        Scenario::Rollouts(wanted) => rollouts::run(&wanted, &bare()),
        Scenario::Faults(wanted) => faults::run(&wanted, &mut bare()),
        Scenario::Replay(wanted) => replay::run(&wanted),
        Scenario::Soak(wanted) => replay::soak::run(&wanted),
        Scenario::Serve(wanted) => replay::server::run(&wanted),
        Scenario::Recovery(wanted) => recovery::run(&wanted, &mut bare()),
        Scenario::Slow(wanted) => slow::run(&wanted, &bare()),
    }
}

/// What is measured: a command on a kubeconfig.
pub struct Program {
    command: Vec<String>,
    kubeconfig: PathBuf,
}

impl Program {
    /// The program that was named, else wheelhouse with these arguments.
    fn given(named: &[String], arguments: &[&str], kubeconfig: &Path) -> Self {
        let kubeconfig = kubeconfig.to_owned();
        let ours = std::iter::once(support::paths::program()).chain(arguments.iter().copied());
        let place = kubeconfig.display().to_string();
        let command = match named {
            [] => ours.map(str::to_owned).collect(),
            named => named.iter().map(|word| word.replace("{kubeconfig}", &place)).collect(),
        };
        Self { command, kubeconfig }
    }

    fn start(&self) -> Terminal {
        Terminal::start(&self.command, &self.kubeconfig, None)
    }

    /// Where others have been before.
    fn start_at(&self, home: &terminal::Home) -> Terminal {
        Terminal::start_at(home, &self.command, &self.kubeconfig, None)
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

/// The administrator's kubeconfig, through a proxy on this port of loopback.
fn through(plane: &ControlPlane, port: u16) -> PathBuf {
    let text = std::fs::read_to_string(plane.kubeconfig("admin")).expect("a kubeconfig");
    let address = format!("https://127.0.0.1:{port}");
    let path = plane.dir().join("through.kubeconfig");
    std::fs::write(&path, text.replace(&plane.url(), &address)).expect("a kubeconfig");
    path
}
