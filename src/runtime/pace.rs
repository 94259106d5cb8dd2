//! How fast the terminal takes what is written to it. Over a thin line it takes less than we have to say, and what
//! was said too much waits in buffers that nobody can look into: a key would be answered behind all of it. So the
//! speed is reckoned from the writes that had to wait, and what nobody asked for is said at half of it.

use std::time::{Duration, Instant};

/// A write that had to wait for the terminal, and so long…
const BLOCKED: Duration = Duration::from_millis(50);
/// …and one that is slower than this, bytes a second: a fast terminal may be busy for a moment.
const SLOW: f64 = 100_000.0;
/// What may wait between us and a terminal, in bytes, when writes begin to wait: Linux takes some 20,000.
const BEHIND: f64 = 20_000.0;
/// One piece takes the terminal so long.
const PIECE: Duration = Duration::from_millis(20);
/// So much of what was written may still be on its way when the answer to a key follows it.
const AHEAD: Duration = Duration::from_millis(50);
/// Pieces that answer keys and may be written though more than that is on its way.
const EARLY: u32 = 2;
/// So many bytes must go through buffers that are full before a speed is made of it: room in them comes in steps of
/// some 4,000. Pieces are so large meanwhile.
const MEASURED: usize = 12_000;
const PROBE: usize = 2000;
/// A terminal for which nothing had to wait for so long was busy for a moment only.
const MOMENT: Duration = Duration::from_millis(500);
/// What is left of a speed that was reckoned too high.
const LESS: f64 = 0.7;
/// After so long without a write that waited, full speed is tried; four times as long after each trial that failed.
const TRIAL: Duration = Duration::from_secs(20);
/// And not as long as somebody presses keys: a trial fills the buffers.
const IDLE: Duration = Duration::from_secs(5);
/// Longest time between two trials.
const TRIALS: Duration = Duration::from_secs(600);
/// Longest time after which full buffers are thought to be empty: what is reckoned wrongly must pass.
const EMPTIED: Duration = Duration::from_secs(10);
/// Slower than this no terminal is, bytes a second.
const SLOWEST: f64 = 500.0;

/// What is known of the terminal's speed.
#[derive(Debug)]
pub struct Pace {
    state: State,
    /// Time until the next trial of full speed, once it is slow.
    trial: Duration,
    /// Bytes a second, as found out last.
    known: Option<f64>,
    /// When a key was answered last.
    answered: Option<Instant>,
}

#[derive(Debug)]
enum State {
    Fast,
    /// A write had to wait, until this moment: the buffers are full, or were for a moment. What was written since, and
    /// until when a write had to wait last.
    Suspect {
        full: Instant,
        since: usize,
        waited: Instant,
    },
    Slow(Slow),
}

#[derive(Debug)]
struct Slow {
    /// Bytes a second.
    rate: f64,
    /// When everything that was written has arrived, as far as can be reckoned.
    free: Instant,
    /// How long the last piece takes.
    last: Duration,
    /// When a write had to wait last.
    full: Instant,
    /// Pieces for keys that were written ahead of `free`.
    early: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { state: State::Fast, trial: TRIAL, known: None, answered: None }
    }
}

impl Pace {
    /// Whether the terminal is slow, as far as is known.
    pub fn is_slow(&self) -> bool {
        !matches!(self.state, State::Fast)
    }

    /// Bytes of the next piece; None: the terminal takes whatever there is.
    pub fn piece(&mut self, now: Instant) -> Option<usize> {
        match &self.state {
            State::Fast => None,
            State::Suspect { .. } => Some(PROBE),
            State::Slow(slow)
                if now >= slow.full + slow.behind() + self.trial
                    && self.answered.is_none_or(|answered| now >= answered + IDLE) =>
            {
                self.state = State::Fast;
                self.trial = (self.trial * 4).min(TRIALS);
                None
            }
            State::Slow(slow) => Some((slow.rate * PIECE.as_secs_f64()) as usize),
        }
    }

    /// A key is answered.
    pub fn answers(&mut self, now: Instant) {
        self.answered = Some(now);
    }

    /// When the next piece may be written. `asked`: it answers a key.
    pub fn due(&self, now: Instant, asked: bool) -> Instant {
        let State::Slow(slow) = &self.state else { return now };
        let due = match asked {
            true if slow.early < EARLY => now,
            true => slow.free.checked_sub(AHEAD).unwrap_or(now),
            false => slow.free + slow.last,
        };
        due.max(now)
    }

    /// So many bytes were written between these moments. `waited`: not at once, because the buffers were full.
    pub fn wrote(&mut self, bytes: usize, waited: bool, began: Instant, ended: Instant) {
        let took = ended.saturating_duration_since(began);
        match &mut self.state {
            State::Fast => {
                if waited && took >= BLOCKED && (bytes as f64) < SLOW * took.as_secs_f64() {
                    self.state = match self.known {
                        None => State::Suspect { full: ended, since: 0, waited: ended },
                        // A trial that failed.
                        Some(rate) => State::Slow(Slow::full(rate, ended)),
                    };
                }
            }
            State::Suspect { full, since, waited: last } => {
                *since += bytes;
                if waited {
                    *last = ended;
                }
                let measured = waited && *since >= MEASURED;
                let rate =
                    *since as f64 / ended.saturating_duration_since(*full).as_secs_f64().max(1e-3);
                if measured && rate < SLOW {
                    self.known = Some(rate);
                    self.state = State::Slow(Slow::full(rate, ended));
                } else if measured || ended.saturating_duration_since(*last) > MOMENT {
                    self.state = State::Fast;
                }
            }
            State::Slow(slow) if waited => {
                let rate = slow.rate * LESS;
                self.known = Some(rate);
                *slow = Slow::full(rate, ended);
            }
            State::Slow(slow) => {
                slow.early = if slow.free > ended + AHEAD { slow.early + 1 } else { 0 };
                slow.last = Duration::from_secs_f64(bytes as f64 / slow.rate);
                slow.free = slow.free.max(ended) + slow.last;
            }
        }
    }
}

impl Slow {
    fn full(rate: f64, now: Instant) -> Self {
        let rate = rate.max(SLOWEST);
        let slow = Self { rate, free: now, last: Duration::ZERO, full: now, early: 0 };
        Self { free: now + slow.behind(), ..slow }
    }

    /// How long buffers that are full take to be empty.
    fn behind(&self) -> Duration {
        Duration::from_secs_f64(BEHIND / self.rate).min(EMPTIED)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// A terminal at the other end of a line: how much waits, and how fast it goes.
    struct Line {
        now: Instant,
        waits: f64,
        rate: f64,
        room: f64,
    }

    impl Line {
        fn new(rate: f64, room: f64) -> Self {
            Self { now: Instant::now(), waits: 0.0, rate, room }
        }

        fn pass(&mut self, time: Duration) {
            self.now += time;
            self.waits = (self.waits - self.rate * time.as_secs_f64()).max(0.0);
        }

        fn write(&mut self, bytes: usize, pace: &mut Pace) {
            let began = self.now;
            let over = self.waits + bytes as f64 - self.room;
            if over > 0.0 {
                // Room comes in steps.
                let over = (over / 3000.0).ceil() * 3000.0;
                self.pass(Duration::from_secs_f64(over / self.rate));
            }
            self.waits += bytes as f64;
            pace.wrote(bytes, over > 0.0, began, self.now);
        }

        /// A table that never stops changing, and a key every second. How long each answer was on its way.
        fn run(&mut self, pace: &mut Pace, seconds: u64) -> Vec<Duration> {
            let mut answers = Vec::new();
            for second in 0..seconds {
                let end = self.now + Duration::from_millis(937 + second % 7 * 11);
                while self.now < end {
                    let due = pace.due(self.now, false);
                    self.pass(due.min(end).saturating_duration_since(self.now));
                    if self.now >= end {
                        break;
                    }
                    let bytes = pace.piece(self.now).unwrap_or(3000).min(3000);
                    self.write(bytes, pace);
                    self.pass(Duration::from_millis(16));
                }
                let pressed = self.now;
                self.pass(pace.due(self.now, true) - self.now);
                self.write(400, pace);
                let arrives = self.now + Duration::from_secs_f64(self.waits / self.rate);
                answers.push(arrives - pressed);
            }
            answers
        }
    }

    fn share(answers: &[Duration], within: u64) -> f64 {
        let good = answers.iter().filter(|took| **took <= Duration::from_millis(within)).count();
        good as f64 / answers.len() as f64
    }

    #[test]
    fn a_slow_terminal_is_found_out_and_keys_do_not_wait_behind_what_nobody_asked_for() {
        for (rate, room) in [(10_000.0, 20_000.0), (10_000.0, 4_000.0), (2_000.0, 20_000.0)] {
            let (mut line, mut pace) = (Line::new(rate, room), Pace::default());
            let answers = line.run(&mut pace, 600);
            assert!(matches!(pace.state, State::Slow(_)));
            let in_time = share(&answers, (800.0 / rate * 1000.0) as u64 + 40);
            assert!(in_time > 0.9, "{rate} {room}: {in_time} {answers:?}");
        }
    }

    #[test]
    fn a_fast_terminal_is_never_held_back() {
        let (mut line, mut pace) = (Line::new(5e6, 20_000.0), Pace::default());
        line.run(&mut pace, 20);
        assert!(matches!(pace.state, State::Fast));
        assert_eq!(pace.due(line.now, false), line.now);
    }

    #[test]
    fn a_terminal_that_was_away_for_a_moment_is_trusted_again() {
        let (mut line, mut pace) = (Line::new(5e6, 20_000.0), Pace::default());
        line.rate = 3_000.0;
        line.run(&mut pace, 8);
        assert!(matches!(pace.state, State::Slow(_)));
        line.rate = 5e6;
        line.run(&mut pace, 60);
        assert!(matches!(pace.state, State::Fast));
    }

    #[test]
    fn one_write_that_waited_says_nothing_yet() {
        let (mut line, mut pace) = (Line::new(30_000.0, 4_000.0), Pace::default());
        line.write(8_000, &mut pace);
        assert_eq!(pace.piece(line.now), Some(PROBE));
        line.rate = 5e6;
        for _ in 0..20 {
            line.pass(Duration::from_millis(30));
            line.write(1_000, &mut pace);
        }
        assert_eq!(pace.piece(line.now), None);
    }

    #[test]
    fn all_is_said_in_the_end_and_no_piece_is_nothing() {
        let (mut line, mut pace) = (Line::new(100.0, 4_000.0), Pace::default());
        line.write(9_000, &mut pace);
        (0..7).for_each(|_| line.write(2_000, &mut pace));
        assert!(pace.piece(line.now).is_some_and(|bytes| bytes > 0));
        assert!(pace.due(line.now, false) < line.now + Duration::from_secs(60));
    }
}
