//! What control planes need of the machine, and what is known of those that could not start: tests that
//! cannot come to a good end say so at once instead of waiting for it one after another.

use crate::support::golang::Unavailable;
use std::collections::HashMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, Once, PoisonError};

/// Room that must be left on the disk, in MiB: a control plane with its engines takes half of it.
const ROOM: u64 = 512;

static BROKEN: Mutex<Option<HashMap<String, String>>> = Mutex::new(None);

/// Starts something that other tests need too, in so many tries. Where that fails for good, those that
/// come later fail at once with the reason.
pub fn starting<T>(
    what: &str,
    tries: usize,
    mut start: impl FnMut() -> Result<T, Unavailable>,
) -> Result<T, Unavailable> {
    let known = BROKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(why) = known.as_ref().and_then(|all| all.get(what)) {
        panic!("{what} could not be started for a test before this one: {why}");
    }
    drop(known);
    if let Some(why) = no_room(&std::env::temp_dir()) {
        panic!("{what} is not started: {why}");
    }
    for left in (0..tries).rev() {
        let fault = match catch_unwind(AssertUnwindSafe(&mut start)) {
            Ok(started) => return started,
            Err(fault) => fault,
        };
        let text = fault.downcast_ref::<String>().map(String::as_str);
        let why = text.or(fault.downcast_ref::<&str>().copied()).unwrap_or_default().to_owned();
        if left > 0 {
            eprintln!("{what} did not start, once more: {why}");
            continue;
        }
        let mut known = BROKEN.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_default().insert(what.to_owned(), why);
        drop(known);
        std::panic::resume_unwind(fault);
    }
    unreachable!("tried at least once");
}

/// Why there is no room for a test in this folder; None where there is, or nothing tells.
pub fn no_room(dir: &Path) -> Option<String> {
    // POSIX: 1024-byte blocks, one line a file system; the fourth word is what is available.
    let output = Command::new("df").arg("-Pk").arg(dir).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let free: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    let free = free / 1024;
    (free < ROOM)
        .then(|| format!("only {free} MiB are free in {}, {ROOM} are needed", dir.display()))
}

/// What the folders of control planes begin with.
pub const PREFIX: &str = "wheelhouse-plane-";

/// Held, by a lock, as long as the folder that it lies in has an owner.
pub const OWNER: &str = "owner";

/// A folder for a control plane. Those that a run left behind which was killed are removed first.
pub fn folder() -> (tempfile::TempDir, File) {
    static SWEPT: Once = Once::new();
    SWEPT.call_once(|| sweep(&std::env::temp_dir()));
    let dir = tempfile::Builder::new().prefix(PREFIX).tempdir().expect("a folder");
    let new = dir.path().join("new");
    let owner = File::create(&new).expect("a file");
    owner.lock().expect("a lock");
    // From here on a folder with a lock that nobody holds is nobody's.
    std::fs::rename(new, dir.path().join(OWNER)).expect("a file");
    (dir, owner)
}

/// Removes the folders whose owner is gone.
pub fn sweep(temp: &Path) {
    for dir in left_behind(temp) {
        eprintln!("removing {}, which a run left behind", dir.display());
        // It may be another user's, or another run removes it too.
        let _ = std::fs::remove_dir_all(dir);
    }
}

/// Folders whose owner is gone.
fn left_behind(temp: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(temp).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .map(|entry| entry.path())
        .filter(|dir| File::open(dir.join(OWNER)).is_ok_and(|owner| owner.try_lock().is_ok()))
        .collect()
}
