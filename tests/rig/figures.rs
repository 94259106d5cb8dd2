//! Samples, and the table that is printed of them.

use std::fmt::Display;

/// Samples of one figure.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// One more.
    pub fn push(&mut self, sample: f64) {
        self.0.push(sample);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        sorted.get(((last as f64) * share).round() as usize).copied().unwrap_or(f64::NAN)
    }

    /// The one in the middle; NaN where there is none.
    pub fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// The one that 95 of 100 do not exceed; NaN where there is none.
    pub fn p95(&self) -> f64 {
        self.at(0.95)
    }

    /// `median / p95 / worst of N`.
    pub fn told(&self, unit: &str) -> String {
        if self.is_empty() {
            return NOT_TAKEN.to_owned();
        }
        let (median, high, worst) = (self.median(), self.p95(), self.at(1.0));
        format!("{median:.1} / {high:.1} / {worst:.1} {unit} of {}", self.0.len())
    }
}

/// What stands where a program gives nothing to measure.
pub const NOT_TAKEN: &str = "not taken";

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(samples: I) -> Self {
        Self(samples.into_iter().collect())
    }
}

/// How steeply samples rise, by least squares.
pub fn slope(samples: &[(f64, f64)]) -> f64 {
    let count = samples.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|sample| sample.0), mean(|sample| sample.1));
    let rise: f64 = samples.iter().map(|(at, value)| (at - x) * (value - y)).sum();
    let run: f64 = samples.iter().map(|(at, _)| (at - x).powi(2)).sum();
    rise / run
}

/// What a figure should reach.
#[derive(Clone, Debug)]
pub struct Goal {
    limit: f64,
    unit: &'static str,
    least: bool,
}

impl Goal {
    /// At most so much.
    pub fn most(limit: f64, unit: &'static str) -> Self {
        Self { limit, unit, least: false }
    }

    /// At least so much.
    pub fn least(limit: f64, unit: &'static str) -> Self {
        Self { limit, unit, least: true }
    }

    /// How many times as bad as it may be. What was not taken is as bad as can be.
    fn badness(&self, value: f64) -> f64 {
        let badness = if self.least { self.limit / value } else { value / self.limit };
        if badness.is_nan() { f64::INFINITY } else { badness }
    }
}

impl Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", if self.least { "≥" } else { "≤" }, self.limit, self.unit)
    }
}

struct Line {
    figure: String,
    got: String,
    /// With how many times as bad as that it is.
    goal: Option<(Goal, f64)>,
}

/// What one run found, as a table in Markdown.
#[derive(Default)]
pub struct Table(Vec<Line>);

impl Table {
    /// One more line; it is told at once too, because a run takes minutes.
    pub fn line(&mut self, figure: impl Display, got: impl Display) {
        self.judged(figure, got, f64::NAN, None);
    }

    /// One more line, whose `value` is held against a goal, where it has one.
    pub fn judged(
        &mut self,
        figure: impl Display,
        got: impl Display,
        value: f64,
        goal: Option<Goal>,
    ) {
        let goal = goal.map(|goal| {
            let badness = goal.badness(value);
            (goal, badness)
        });
        let missed = goal.as_ref().is_some_and(|(_, badness)| *badness > 1.0);
        let got = format!("{got}{}", if missed { ": **missed**" } else { "" });
        eprintln!("{figure}: {got}");
        self.0.push(Line { figure: figure.to_string(), got, goal });
    }

    /// Prints it.
    pub fn print(&self, title: &str) {
        println!("\n{title}\n");
        if self.0.iter().all(|line| line.goal.is_none()) {
            println!("| figure | got |\n| --- | --- |");
            for line in &self.0 {
                println!("| {} | {} |", line.figure, line.got);
            }
            return;
        }
        println!("| figure | goal | got |\n| --- | --- | --- |");
        for line in &self.0 {
            let goal = line.goal.as_ref().map(|(goal, _)| goal.to_string()).unwrap_or_default();
            println!("| {} | {goal} | {} |", line.figure, line.got);
        }
    }

    /// Fails where a figure is twice as bad as its goal: less may be the machine.
    pub fn gate(&self) {
        let bad = |line: &&Line| line.goal.as_ref().is_some_and(|(_, badness)| *badness >= 2.0);
        let told = |line: &Line| format!("{}: {}", line.figure, line.got);
        let bad: Vec<String> = self.0.iter().filter(bad).map(told).collect();
        assert!(bad.is_empty(), "twice as bad as the goal, or worse:\n{}", bad.join("\n"));
    }
}
