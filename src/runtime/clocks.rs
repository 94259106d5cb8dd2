//! Two clocks beside each other. The running time stands still while the machine sleeps, the wall clock does not; and
//! the wall clock may be set.

use std::time::{Duration, Instant, SystemTime};

/// A wall clock that moved this much further than the running time has jumped.
const JUMP: Duration = Duration::from_secs(5);

/// What became of the wall clock between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// It went on like the running time.
    None,
    /// The machine slept, or the clock was set ahead.
    Ahead,
    /// It was set back.
    Back,
}

/// Both clocks as they were at the last look.
#[derive(Debug)]
pub struct Clocks {
    running: Instant,
    wall: SystemTime,
}

impl Clocks {
    /// As they are now.
    pub fn new(running: Instant, wall: SystemTime) -> Self {
        Self { running, wall }
    }

    /// What happened since the last look.
    pub fn look(&mut self, running: Instant, wall: SystemTime) -> Jump {
        let ran = running.saturating_duration_since(self.running);
        let jump = match wall.duration_since(self.wall) {
            Ok(went) if went > ran + JUMP => Jump::Ahead,
            Ok(went) if went + JUMP >= ran => Jump::None,
            Ok(_) => Jump::Back,
            Err(back) if back.duration() + ran > JUMP => Jump::Back,
            Err(_) => Jump::None,
        };
        *self = Self { running, wall };
        jump
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_and_a_clock_that_was_set_are_noticed_and_small_corrections_are_not() {
        let s = Duration::from_secs;
        let (running, wall) = (Instant::now(), SystemTime::now());
        let look = |ran: Duration, at: SystemTime| {
            let mut clocks = Clocks::new(running, wall);
            let jump = clocks.look(running + ran, at);
            // Told once.
            assert_eq!(clocks.look(running + ran + s(1), at + s(1)), Jump::None);
            jump
        };
        assert_eq!(look(s(2), wall + s(2)), Jump::None);
        assert_eq!(look(s(2), wall + s(6)), Jump::None);
        assert_eq!(look(s(2), wall - s(1)), Jump::None);
        // Two hours in a bag.
        assert_eq!(look(s(1), wall + s(7201)), Jump::Ahead);
        // Stopped for two minutes: both clocks went on.
        assert_eq!(look(s(120), wall + s(120)), Jump::None);
        assert_eq!(look(s(2), wall - s(3600)), Jump::Back);
        assert_eq!(look(s(20), wall + s(3)), Jump::Back);
    }
}
