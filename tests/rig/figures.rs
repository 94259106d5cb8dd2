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
        let last = sorted.len().checked_sub(1).expect("a sample");
        sorted[((last as f64) * share).round() as usize]
    }

    /// The one in the middle.
    pub fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// `median / p95 / worst of N`.
    pub fn told(&self, unit: &str) -> String {
        let (median, high, worst) = (self.median(), self.at(0.95), self.at(1.0));
        format!("{median:.1} / {high:.1} / {worst:.1} {unit} of {}", self.0.len())
    }
}

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

/// What one run found, as a table in Markdown.
#[derive(Default)]
pub struct Table(Vec<(String, String)>);

impl Table {
    /// One more line; it is told at once too, because a run takes minutes.
    pub fn line(&mut self, figure: impl Display, got: impl Display) {
        eprintln!("{figure}: {got}");
        self.0.push((figure.to_string(), got.to_string()));
    }

    /// Prints it.
    pub fn print(&self, title: &str) {
        println!("\n{title}\n\n| figure | got |\n| --- | --- |");
        for (figure, got) in &self.0 {
            println!("| {figure} | {got} |");
        }
    }
}
