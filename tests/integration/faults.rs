//! No fault loses a row: fifty schedules of the fault rig, one after the other in one session. The long run is
//! `cargo bench --bench rig -- faults 1000`.

use crate::support::control_plane::{ControlPlane, Options};
use crate::support::faults::{Schedule, Storm};
use crate::support::trials;
use libtest_mimic::Trial;

/// Schedules before what is held is noted: buffers and pools have grown by then.
const WARM: u64 = 10;
const SCHEDULES: u64 = 50;

pub fn trials() -> Vec<Trial> {
    let uncached = Options {
        apiserver: [Options::bare().apiserver, vec!["--watch-cache=false"]].concat(),
        ..Options::bare()
    };
    vec![
        trials::on_own("faults::no_schedule_of_faults_loses_a_row", Options::bare(), schedules),
        trials::on_own(
            "faults::nor_without_the_server_s_watch_cache",
            uncached,
            uncached_schedules,
        ),
    ]
}

fn schedules(plane: &mut ControlPlane) {
    let mut storm = Storm::begin(plane);
    for seed in 1..=WARM {
        storm.weather(&Schedule::of(seed));
    }
    let before = storm.held();
    for seed in WARM + 1..=SCHEDULES {
        storm.weather(&Schedule::of(seed));
    }
    let after = storm.held();
    assert!(after.files <= before.files + 4, "files stay open: {before:?} {after:?}");
    assert!(after.threads <= before.threads + 1, "threads stay: {before:?} {after:?}");
    assert!(after.memory <= before.memory + 16.0, "memory stays: {before:?} {after:?}");
    storm.end();
}

fn uncached_schedules(plane: &mut ControlPlane) {
    let mut storm = Storm::begin(plane);
    for seed in 1001..=1008 {
        storm.weather(&Schedule::of(seed));
    }
    storm.end();
}
