//! Memory that nothing uses any more goes back to the system: after a list was read, after a view was left
//! for good, after a table was saved, and every five minutes. The only file that needs `unsafe`: no crate wraps these two calls safely.

#![allow(unsafe_code)]

use std::time::{Duration, Instant};

/// How long after what made it worth while, so that the rest of it is done by then.
const DELAY: Duration = Duration::from_secs(2);
/// Shortest time between two: pages that are needed again have to be found again.
const APART: Duration = Duration::from_secs(60);
/// Longest time between two: a comparison, an edit leave memory behind as well.
const REGULAR: Duration = Duration::from_secs(300);

/// When memory is to be given back.
#[derive(Debug, Default)]
pub(super) struct Tidying {
    due: Option<Instant>,
    last: Option<Instant>,
}

impl Tidying {
    /// Something was done that leaves memory behind.
    pub(super) fn ask(&mut self, now: Instant) {
        let soonest = self.last.map_or(now, |last| last + APART);
        let due = (now + DELAY).max(soonest);
        self.due = Some(self.due.map_or(due, |planned| planned.min(due)));
    }

    /// How long until it is due.
    pub(super) fn pause(&self, now: Instant) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(now))
    }

    /// It is due now; told once.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let is_due = self.due.is_some_and(|due| due <= now);
        if is_due {
            (self.due, self.last) = (Some(now + REGULAR), Some(now));
        }
        is_due
    }
}

/// Gives it back, on a thread of its own: no key waits for that.
pub(super) fn give_back() {
    let work = || {
        trim();
        forget_code();
    };
    // Without a thread nothing is lost but some memory.
    if let Err(error) = std::thread::Builder::new().name("memory".into()).spawn(work) {
        tracing::debug!(%error, "memory is not given back");
    }
}

/// Free pieces of the heap: glibc keeps what lies between others.
fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it touches nothing but what the allocator holds free, under its own locks.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Pages of the program's own code and constants: most were needed once, at its start. The system reads those
/// that are needed again from its cache of the file.
fn forget_code() {
    #[cfg(target_os = "linux")]
    {
        let (Ok(maps), Ok(program)) =
            (std::fs::read_to_string("/proc/self/maps"), std::env::current_exe())
        else {
            return;
        };
        for (start, length) in unwritten(&maps, &program.to_string_lossy()) {
            // SAFETY: the range is a private mapping of a file that nobody has written to or may write to, so
            // that its pages hold what the file holds and come back as they were, also those in use now.
            unsafe {
                libc::madvise(start as *mut libc::c_void, length, libc::MADV_DONTNEED);
            }
        }
    }
}

/// Where the code of `program` lies, and the constants that stand before it in the file, with their lengths, by
/// `/proc/self/maps` (proc_pid_maps(5)). Other parts that may only be read now were written by the dynamic linker
/// before (`RELRO`).
#[cfg(any(target_os = "linux", test))]
fn unwritten(maps: &str, program: &str) -> Vec<(usize, usize)> {
    let part = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let (range, rights, offset) = (words.next()?, words.next()?, words.next()?);
        let path = words.nth(2)?;
        let begins = offset.bytes().all(|digit| digit == b'0');
        if path != program || !(rights == "r-xp" || rights == "r--p" && begins) {
            return None;
        }
        let (start, end) = range.split_once('-')?;
        let start = usize::from_str_radix(start, 16).ok()?;
        let length = usize::from_str_radix(end, 16).ok()?.checked_sub(start)?;
        Some((start, length))
    };
    maps.lines().filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_what_nobody_has_written_to_of_the_program_is_found() {
        let maps = "\
55d0aaa00000-55d0aab00000 r--p 00000000 fe:00 7 /bin/wheelhouse
55d0aab00000-55d0aac00000 r-xp 00100000 fe:00 7 /bin/wheelhouse
55d0aac00000-55d0aac01000 r--p 00200000 fe:00 7 /bin/wheelhouse
55d0aac01000-55d0aac02000 rw-p 00201000 fe:00 7 /bin/wheelhouse
55d0aad00000-55d0aad21000 rw-p 00000000 00:00 0 [heap]
7f0000000000-7f0000100000 r-xp 00000000 fe:00 9 /lib/libc.so.6
7ffd00000000-7ffd00001000 r-xp 00000000 00:00 0
";
        let parts = [(0x55d0_aaa0_0000, 0x10_0000), (0x55d0_aab0_0000, 0x10_0000)];
        assert_eq!(unwritten(maps, "/bin/wheelhouse"), parts);
        assert_eq!(unwritten(maps, "/bin/other"), []);
        assert_eq!(unwritten("odd\n- r-xp\n", "/bin/wheelhouse"), []);
    }

    #[test]
    fn it_is_done_some_time_after_and_not_often() {
        let (mut tidying, start) = (Tidying::default(), Instant::now());
        assert_eq!(tidying.pause(start), None);
        tidying.ask(start);
        tidying.ask(start + Duration::from_secs(1));
        assert_eq!(tidying.pause(start), Some(DELAY));
        assert!(!tidying.is_due(start));
        assert!(tidying.is_due(start + DELAY));
        assert!(!tidying.is_due(start + DELAY));
        tidying.ask(start + DELAY);
        assert_eq!(tidying.pause(start + DELAY), Some(APART));
        assert!(tidying.is_due(start + DELAY + APART));
        assert_eq!(tidying.pause(start + DELAY + APART), Some(REGULAR), "nobody asked");
    }

    #[test]
    fn the_program_goes_on_when_its_memory_was_given_back() {
        let kept: Vec<String> = (0..1000).map(|i| i.to_string()).collect();
        trim();
        forget_code();
        assert_eq!(kept.last().unwrap(), "999");
    }
}
