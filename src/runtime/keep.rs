//! Texts of edits in files of their own, which nobody else can read: where the person's editor works
//! on them, and where they stay until they were sent.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A file name without anything that could lead elsewhere.
fn safe(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
        .take(150)
        .collect();
    clean.trim_start_matches('.').to_owned()
}

/// Writes `text` into `file`, or into a new file in `dir` that is called much like `name`.
///
/// # Errors
/// The directory or the file cannot be written.
pub fn write(dir: &Path, name: &str, file: Option<&Path>, text: &str) -> std::io::Result<PathBuf> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    if let Some(file) = file {
        // Beside it first: a full disk must not cost what is there.
        let part = file.with_extension("part");
        let written = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .and_then(|mut out| out.write_all(text.as_bytes()).and_then(|()| out.sync_all()))
            .and_then(|()| fs::rename(&part, file));
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        return written.map(|()| file.to_owned());
    }
    let name = safe(name);
    let mut number = std::process::id();
    loop {
        let path = dir.join(format!("{number}-{name}"));
        match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut out) => {
                if let Err(error) = out.write_all(text.as_bytes()) {
                    let _ = fs::remove_file(&path);
                    return Err(error);
                }
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                number = number.wrapping_add(1);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Removes a kept text; only what lies in `dir`.
pub fn forget(dir: &Path, file: &Path) {
    if file.parent() == Some(dir) {
        // What is gone already needs no removing.
        let _ = fs::remove_file(file);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_text_is_kept_where_nobody_else_reads_it_and_written_anew_in_place() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("edits");
        let first = write(&dir, "../Secret-a.yaml", None, "one").unwrap();
        assert_eq!(first.parent(), Some(dir.as_path()));
        assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        let second = write(&dir, "../Secret-a.yaml", None, "other").unwrap();
        assert_ne!(first, second, "nothing is written over");
        assert_eq!(write(&dir, "x", Some(&first), "two").unwrap(), first);
        assert_eq!(fs::read_to_string(&first).unwrap(), "two");
        let elsewhere = home.path().join("precious");
        fs::write(&elsewhere, "").unwrap();
        forget(&dir, &elsewhere);
        forget(&dir, &first);
        assert!(elsewhere.exists() && !first.exists());
    }
}
