//! The log file: off unless asked for. The client library's own log is kept out of it: it may hold
//! whole bodies, and with them secrets.

use crate::model::{Fault, FaultKind};
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// Writes the log to `path` from now on. `WHEELHOUSE_LOG` sets the level (default `info`).
///
/// # Errors
/// The file cannot be written.
pub fn start(path: &Path) -> Result<(), Fault> {
    use std::os::unix::fs::OpenOptionsExt;
    let what = format!("write the log {}", path.display());
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| Fault::new(FaultKind::Input, what.clone(), error.to_string()))?;
    let level = std::env::var("WHEELHOUSE_LOG").unwrap_or_else(|_| "info".into());
    let filter = EnvFilter::try_new(format!("wheelhouse={level}")).map_err(|error| {
        Fault::new(FaultKind::Input, what.clone(), format!("WHEELHOUSE_LOG={level}: {error}"))
            .hint("levels are error, warn, info, debug, trace")
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init()
        .map_err(|error| Fault::new(FaultKind::Other, what, error.to_string()))
}
