//! Files to and from a container, as a tar stream through exec.
//!
//! Files are read and written by threads of their own (`pack`, `unpack`); here their archive goes
//! through the connection, each side waiting for the other. The commands in the container and what they
//! say are in [`crate::verbs::copy`].

mod down;
mod pack;
mod place;
mod unpack;
mod up;

use super::errors;
use super::streams::{Errand, Feed};
use crate::model::{CopyEvent, CopySpec, CopyWay, Fault, FaultKind, StreamEvent};
use crate::verbs::copy::MARK;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often it is told how far a copy is.
const TOLD: Duration = Duration::from_millis(100);
/// Pieces of the archive that wait between a thread and the connection.
const WAITING: usize = 8;
/// Most of what the container says on standard error that is kept.
const WORDS: usize = 64 << 10;
/// Names of what was left out that are told; the rest is counted.
const NAMED: usize = 100;

/// Runs it to its end.
pub(crate) async fn run(errand: Errand, spec: CopySpec, feed: Feed) {
    let done = match spec.way {
        CopyWay::Up => up::run(&errand, &spec, &feed).await,
        CopyWay::Down => down::run(&errand, &spec, &feed).await,
    };
    let event = match done {
        Ok(done) => {
            CopyEvent::Done { bytes: done.bytes, files: done.files, skipped: named(done.skipped) }
        }
        Err(fault) => CopyEvent::Failed(fault),
    };
    feed.tell(StreamEvent::Copy(event)).await;
}

/// What came of a copy.
#[derive(Debug, Default)]
struct Done {
    bytes: u64,
    files: u64,
    skipped: Vec<String>,
}

fn named(mut skipped: Vec<String>) -> Vec<String> {
    let more = skipped.len().saturating_sub(NAMED);
    if more > 0 {
        skipped.truncate(NAMED);
        skipped.push(format!("and {more} more"));
    }
    skipped
}

/// How far a copy is, shared with the thread that reads or writes files.
#[derive(Debug, Default)]
struct Progress {
    bytes: AtomicU64,
    files: AtomicU64,
    /// Bytes in all; 0 while that is not known.
    total: AtomicU64,
}

impl Progress {
    fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    /// Tells now and then how far it is, for as long as it is polled.
    async fn tell(self: Arc<Self>, feed: &Feed) -> Infallible {
        let mut last = (u64::MAX, 0);
        loop {
            let now = (self.bytes.load(Ordering::Relaxed), self.files.load(Ordering::Relaxed));
            if now != last {
                last = now;
                let total = self.total.load(Ordering::Relaxed);
                let event = CopyEvent::Progress {
                    bytes: now.0,
                    total: (total > 0).then_some(total),
                    files: now.1,
                };
                feed.tell(StreamEvent::Copy(event)).await;
            }
            tokio::time::sleep(TOLD).await;
        }
    }
}

/// What the command in the container says on standard error.
#[derive(Debug, Default)]
struct Words(Vec<u8>);

impl Words {
    fn add(&mut self, bytes: &[u8]) {
        let room = WORDS.saturating_sub(self.0.len());
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.0).into_owned();
        text.lines().map(errors::line).filter(|line| !line.is_empty()).collect()
    }

    /// Exit code of tar, once it was said.
    fn code(&self) -> Option<i32> {
        self.lines().iter().find_map(|line| line.strip_prefix(MARK)?.parse().ok())
    }

    /// What tar said.
    fn complaints(&self) -> Vec<String> {
        self.lines().into_iter().filter(|line| !line.starts_with(MARK)).collect()
    }

    /// Why it failed: the script's own reason, with what tar said last; `otherwise` where neither said
    /// anything.
    fn fault(&self, what: &str, otherwise: String) -> Fault {
        let reasons = self.lines();
        let reason = reasons
            .iter()
            .filter_map(|line| line.strip_prefix(MARK))
            .find(|reason| reason.parse::<i32>().is_err());
        let said = self.complaints();
        let last = said.last().cloned();
        let why = match (reason, last) {
            (Some(reason), Some(said)) => format!("{reason} ({said})"),
            (Some(reason), None) => reason.to_owned(),
            (None, Some(said)) => format!("{otherwise} ({said})"),
            (None, None) => otherwise,
        };
        let words = format!("{why} {}", said.join(" ")).to_lowercase();
        let (kind, hint) = if words.contains("no space left") {
            (FaultKind::Other, "the disk in the container is full; nothing of it was left there")
        } else if words.contains("in this image") {
            (FaultKind::NotFound, "a debug container in the pod brings its own tools")
        } else if words.contains("read-only file system") {
            (FaultKind::Other, "choose a directory on a volume that can be written")
        } else if words.contains("permission denied") {
            (FaultKind::Forbidden, "the container's user may not do that")
        } else if words.contains("there is no ") {
            (FaultKind::NotFound, "")
        } else {
            (FaultKind::Other, "")
        };
        Fault::new(kind, what, why).hint(hint)
    }
}
