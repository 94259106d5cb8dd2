//! How many apps there are, and how they are: counted as they come and go.

use super::App;
use crate::model::{EngineId, Health, Tone};

/// How many apps there are, and how they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub all: usize,
    /// Not what their source says.
    pub out_of_sync: usize,
    /// Broken.
    pub degraded: usize,
    /// With an operation that runs.
    pub running: usize,
    /// Paused, pinned or made manual.
    pub left_off: usize,
    /// Applied by kubectl.
    pub kubectl: usize,
    /// Of which nothing says who made them.
    pub unmanaged: usize,
}

impl Counts {
    /// One more.
    pub fn add(&mut self, app: &App) {
        self.change(app, |n| n + 1);
    }

    /// One less.
    pub fn remove(&mut self, app: &App) {
        self.change(app, |n| n.saturating_sub(1));
    }

    fn change(&mut self, app: &App, step: fn(usize) -> usize) {
        let by_kubectl = matches!(app.id.engine, EngineId::Kubectl | EngineId::ApplySet);
        let parts = [
            (&mut self.all, true),
            (&mut self.out_of_sync, app.sync.tone >= Tone::Warn),
            (&mut self.degraded, app.condition == Health::Degraded),
            (&mut self.running, app.running),
            (&mut self.left_off, app.is_off()),
            (&mut self.kubectl, by_kubectl),
            (&mut self.unmanaged, app.id.engine == EngineId::None),
        ];
        for (n, _) in parts.into_iter().filter(|(_, holds)| *holds) {
            *n = step(*n);
        }
    }
}
