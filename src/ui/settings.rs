//! Typed settings: what `config.toml` and the command line say, already checked.

use crate::model::Fault;

/// Everything read from configuration files, and what was wrong with them.
#[derive(Debug, Default)]
pub struct Loaded {
    /// What was wrong: each names file, line and key. The last good values stay.
    pub faults: Vec<Fault>,
}
