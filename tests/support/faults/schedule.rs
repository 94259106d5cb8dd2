//! What happens when, told by a seed alone.

use super::proxy::{Blow, Weather};
use std::fmt;
use std::time::Duration;

/// A second of the program, whose limits are 20 times shorter.
const A_SECOND: Duration = Duration::from_millis(50);
/// Two minutes of it, in milliseconds.
const TWO_MINUTES: u64 = 6000;

/// Faults one after the other, each with how long it lasts.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Tells everything, changes of objects included.
    pub seed: u64,
    /// The faults.
    pub steps: Vec<(Step, Duration)>,
}

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Weather for a while.
    Weather(Weather),
    /// Something that happens once.
    Blow(Blow),
    /// The program is stopped for a while (SIGSTOP), as a laptop that sleeps.
    Freeze,
    /// The same for as long as two minutes are to the program.
    Sleep,
    /// The API server is killed and started again.
    Restart,
    /// The same, and it knows the program's token no longer; the credential plugin has the next one only later.
    Expire,
    /// All go on with another API server, which hears nothing of changes for a while.
    Behind,
    /// etcd forgets all history.
    Compact,
}

/// A change of an object.
pub(super) enum Change {
    Create,
    Delete,
    Status { ready: bool, restarts: usize },
}

impl Change {
    pub(super) fn any(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => Self::Create,
            1 => Self::Delete,
            _ => Self::Status { ready: dice.below(2) == 0, restarts: dice.below(90) },
        }
    }
}

impl Schedule {
    /// No fault at all.
    pub fn calm() -> Self {
        Self { seed: 0, steps: Vec::new() }
    }

    /// The schedule of this seed: two to six faults.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x5eed);
        let steps = (0..2 + dice.below(5)).map(|_| {
            let step = Step::any(&mut dice);
            let most = match step {
                // Long enough, with the program's limits divided, for it to be noticed.
                Step::Weather(Weather::Hole) | Step::Freeze => 2500,
                // A server waits 3 s before it says that it is behind.
                Step::Behind => 4500,
                Step::Weather(_) | Step::Expire => 700,
                Step::Blow(_) | Step::Restart | Step::Compact | Step::Sleep => 150,
            };
            let least = if step == Step::Sleep { TWO_MINUTES } else { 10 };
            let time = Duration::from_millis(least + dice.below(most) as u64);
            (step, time)
        });
        Self { seed, steps: steps.collect() }
    }
}

impl Step {
    fn any(dice: &mut Dice) -> Self {
        const CODES: [u16; 5] = [401, 410, 429, 500, 503];
        match dice.below(46) {
            0..=3 => {
                Self::Weather(Weather::Late(Duration::from_millis(20 + dice.below(300) as u64)))
            }
            4..=6 => Self::Weather(Weather::Narrow(1 + dice.below(20))),
            7..=10 => Self::Weather(Weather::Hole),
            11..=13 => Self::Weather(Weather::Closed),
            14..=18 => Self::Weather(Weather::Answers(CODES[dice.below(CODES.len())])),
            19..=22 => Self::Blow(Blow::Reset),
            23..=25 => Self::Blow(Blow::End),
            26..=28 => Self::Blow(Blow::Half),
            29..=32 => Self::Blow(Blow::Cut(dice.below(4000))),
            33..=34 => Self::Blow(Blow::Garble),
            35..=36 => Self::Freeze,
            37..=38 => Self::Compact,
            39..=40 => Self::Weather(Weather::Drip(A_SECOND)),
            41..=42 => Self::Behind,
            43 => Self::Expire,
            44 => Self::Sleep,
            _ => Self::Restart,
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schedule {}", self.seed)?;
        for (step, time) in &self.steps {
            write!(f, ", {step:?} for {} ms", time.as_millis())?;
        }
        Ok(())
    }
}

/// Numbers that a seed tells.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// From zero to below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end.max(1)
    }
}
