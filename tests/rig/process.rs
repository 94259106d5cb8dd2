//! What a running program takes of the machine, read from /proc.

use std::fs;
use std::time::Instant;

/// CPU that all threads of a process have used so far, in seconds.
///
/// From `schedstat` of each thread, which counts nanoseconds; what ended threads used is not in it.
pub fn cpu(pid: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    let spent = threads.filter_map(Result::ok).map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        text.split_whitespace().next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0)
    });
    spent.sum::<u64>() as f64 / 1e9
}

/// A figure of `/proc/PID/FILE`, in MiB.
fn memory(pid: u32, file: &str, name: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    let kib = line.split_whitespace().find_map(|word| word.parse::<f64>().ok()).unwrap_or(f64::NAN);
    kib / 1024.0
}

/// Resident memory in MiB.
pub fn rss(pid: u32) -> f64 {
    memory(pid, "status", "VmRSS:")
}

/// Proportional share of resident memory in MiB.
pub fn pss(pid: u32) -> f64 {
    memory(pid, "smaps_rollup", "Pss:")
}

/// `RSS / PSS` in words.
pub fn memory_told(pid: u32) -> String {
    format!("{:.1} / {:.1} MiB", rss(pid), pss(pid))
}

/// How many files it has open, sockets among them.
pub fn files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs").count()
}

/// How many threads it has.
pub fn threads(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).expect("it runs").count()
}

/// A span in which CPU is counted.
pub struct Span {
    pid: u32,
    at: Instant,
    cpu: f64,
}

impl Span {
    /// Begins now.
    pub fn begin(pid: u32) -> Self {
        Self { pid, at: Instant::now(), cpu: cpu(pid) }
    }

    /// Share of one core since then, in percent.
    pub fn percent(&self) -> f64 {
        (cpu(self.pid) - self.cpu) / self.at.elapsed().as_secs_f64() * 100.0
    }

    /// Seconds since it began.
    pub fn seconds(&self) -> f64 {
        self.at.elapsed().as_secs_f64()
    }
}
