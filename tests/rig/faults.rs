//! The long run of the fault rig.

use crate::figures::{Samples, Table};
use crate::support::control_plane::ControlPlane;
use crate::support::faults::{Schedule, Storm};
use crate::terminal::millis;
use std::collections::BTreeMap;
use std::time::Instant;

/// What is run.
#[derive(clap::Args)]
pub struct Wanted {
    /// How many schedules.
    count: u64,
    /// The seed of the first one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs them. The first row that differs ends it, with the schedule that led there.
pub fn run(wanted: &Wanted, plane: &mut ControlPlane) {
    let mut storm = Storm::begin(plane);
    let mut recovered: BTreeMap<String, Samples> = BTreeMap::new();
    let began = Instant::now();
    let mut first = None;
    for seed in wanted.seed..wanted.seed + wanted.count {
        let schedule = Schedule::of(seed);
        let took = millis(storm.weather(&schedule));
        let last = schedule.steps.last().map_or_else(String::new, |(step, _)| format!("{step:?}"));
        let words: Vec<&str> = last.split(['(', ')', ' ']).take(2).collect();
        let kind = words.join(" ").trim().to_owned();
        recovered.entry(kind).or_default().push(took);
        recovered.entry("all".to_owned()).or_default().push(took);
        if first.is_none() && seed >= wanted.seed + wanted.count / 10 {
            first = Some(storm.held());
        }
        if seed % 50 == 0 {
            eprintln!(
                "schedule {seed}, {:.0} s, {:?}",
                began.elapsed().as_secs_f64(),
                storm.held()
            );
        }
    }
    let mut table = Table::default();
    table.line("schedules after which every row was the server's", wanted.count);
    for (last, took) in &recovered {
        table.line(format!("until the rows were the server's, last fault {last}"), took.told("ms"));
    }
    if let Some(first) = first {
        table.line("held after a tenth of them", format!("{first:?}"));
    }
    table.line("held at the end", format!("{:?}", storm.held()));
    storm.end();
    table.print("faults");
}
