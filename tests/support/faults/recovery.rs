//! How soon the program is back after one outage, with the time limits that people have. A seed tells what changes.

use super::{Dice, Schedule, Storm, Weather};
use std::time::{Duration, Instant};

/// What changes while the program cannot see it.
const CHANGES: u64 = 12;

impl Storm<'_> {
    /// The API server is killed, and started when the program has told so. From its first answer until every row is true.
    pub fn restarted(&mut self, seed: u64) -> Duration {
        self.plane.stop_apiserver();
        self.screen.wait_for("stale");
        self.plane.start_apiserver();
        let began = Instant::now();
        self.changes(seed);
        self.quieten(&Schedule::calm());
        began.elapsed()
    }

    /// The program is stopped (SIGSTOP) for so long. From its continuation until every row is true.
    pub fn stopped(&mut self, seed: u64, time: Duration) -> Duration {
        self.screen.signal("STOP");
        self.changes(seed);
        std::thread::sleep(time);
        self.screen.signal("CONT");
        self.quieten(&Schedule::calm())
    }

    /// Nothing passes any more. Until the program tells so, and, half a minute later, from when bytes pass again until
    /// every row is true.
    pub fn in_a_hole(&mut self, seed: u64) -> (Duration, Duration) {
        let began = Instant::now();
        self.proxy.set(Weather::Hole);
        self.screen.wait_for("stale");
        let noticed = began.elapsed();
        self.changes(seed);
        std::thread::sleep(Duration::from_secs(30));
        self.proxy.set(Weather::Clear);
        (noticed, self.quieten(&Schedule::calm()))
    }

    fn changes(&self, seed: u64) {
        let mut dice = Dice::new(seed);
        (0..CHANGES).for_each(|_| self.change(&mut dice));
    }
}
