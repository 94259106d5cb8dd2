//! How soon the program is back after an outage, with the time limits that people have.

use crate::figures::{Samples, Table};
use crate::support::control_plane::ControlPlane;
use crate::support::faults::Storm;
use crate::terminal::millis;
use std::time::Duration;

/// What is run.
#[derive(clap::Args)]
pub struct Wanted {
    /// How often the API server is killed.
    #[arg(long, default_value_t = 9)]
    restarts: u64,
    /// How often the program is stopped, and how often nothing passes between the two.
    #[arg(long, default_value_t = 3)]
    rounds: u64,
    /// Seconds for which the program is stopped.
    #[arg(long, default_value_t = 120)]
    stopped: u64,
}

/// Runs it.
pub fn run(wanted: &Wanted, plane: &mut ControlPlane) {
    let mut storm = Storm::begin_with(plane, "1");
    let mut table = Table::default();
    let mut tell = |figure: &str, samples: Samples| {
        if !samples.is_empty() {
            table.line(figure, samples.told("ms"));
        }
    };
    let restarted = (0..wanted.restarts).map(|seed| millis(storm.restarted(seed))).collect();
    tell("API server killed and started: from its first answer until every row is true", restarted);
    let time = Duration::from_secs(wanted.stopped);
    let stopped = (0..wanted.rounds).map(|seed| millis(storm.stopped(100 + seed, time))).collect();
    tell("program stopped: from SIGCONT until every row is true", stopped);
    let (noticed, back) =
        (0..wanted.rounds).map(|seed| storm.in_a_hole(200 + seed)).unzip::<_, _, Vec<_>, Vec<_>>();
    let samples = |times: Vec<Duration>| times.into_iter().map(millis).collect();
    tell("nothing passes: until it is told", samples(noticed));
    tell(
        "nothing passed for longer than that: from the first byte until every row is true",
        samples(back),
    );
    storm.end();
    table.print("recovery");
}
