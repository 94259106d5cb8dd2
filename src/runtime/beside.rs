//! Files that are replaced as a whole.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Writes `part`, a file beside `file` in the same directory, and renames it, so that a crash or a full disk never
/// leaves half a file. Nobody else can read it.
///
/// # Errors
/// The directory or one of the files cannot be written; `file` is as it was.
pub(super) fn replace(file: &Path, part: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(dir) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    // Left behind by a killed process that had our number.
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(part)
        .and_then(|mut out| out.write_all(content).and_then(|()| out.sync_all()))
        .and_then(|()| fs::rename(part, file));
    if written.is_err() {
        // Best effort: the error that counts is the one returned.
        let _ = fs::remove_file(part);
    }
    written
}
