//! Where things land on this machine: under a name of their own until they are complete, and never
//! outside of the directory they are meant for.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A path in an archive as it may be followed: relative, and never upwards.
///
/// # Errors
/// It leads out.
pub(super) fn inside(path: &Path) -> Result<PathBuf, &'static str> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => clean.push(part),
            Component::ParentDir => return Err("it leads upwards, out of the directory"),
            Component::RootDir | Component::Prefix(_) => return Err("it is an absolute path"),
        }
    }
    Ok(clean)
}

/// Whether a symbolic link at `at` (relative, clean) may lead to `to`: not out of the directory,
/// whatever other links there are. So it may go upwards only at its beginning, as far as it stands
/// deep: what comes after that only leads down.
///
/// # Errors
/// It leads out, or may.
pub(super) fn link_inside(at: &Path, to: &Path) -> Result<(), &'static str> {
    let mut depth = at.components().count().saturating_sub(1);
    let mut down = false;
    for part in to.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(_) => down = true,
            Component::ParentDir if down || depth == 0 => {
                return Err("it links upwards, out of the directory");
            }
            Component::ParentDir => depth -= 1,
            Component::RootDir | Component::Prefix(_) => {
                return Err("it links to an absolute path");
            }
        }
    }
    Ok(())
}

/// A directory for what is not complete yet, beside where it is meant to be. Gone with the value.
#[derive(Debug)]
pub(super) struct Temporary(PathBuf);

static NUMBER: AtomicU64 = AtomicU64::new(0);

impl Temporary {
    /// Beside `goal`.
    pub(super) fn beside(goal: &Path) -> io::Result<Self> {
        let name = goal.file_name().unwrap_or_default().to_string_lossy();
        let parent = match goal.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!(".{name}.wheelhouse-{}-{number}", std::process::id()));
            use std::os::unix::fs::DirBuilderExt as _;
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                // Left by a process of the same number that was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        open_up(&self.0);
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "what was not complete is left");
        }
    }
}

/// Lets us into directories again that were given other permissions.
fn open_up(dir: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let _ = fs::set_permissions(dir, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|sort| sort.is_dir()) {
            open_up(&entry.path());
        }
    }
}

/// Gives `from` the name `to`. A directory that is there already gets what is inside; files are
/// replaced in one step each.
///
/// # Errors
/// A directory stands where a file is meant to be, or the other way round; or what the system says.
pub(super) fn put(from: &Path, to: &Path) -> io::Result<()> {
    let other = |why: &str| io::Error::other(format!("{} {why}", to.display()));
    let is_dir = fs::symlink_metadata(from)?.is_dir();
    match fs::metadata(to) {
        Ok(there) if is_dir && there.is_dir() => {
            for entry in fs::read_dir(from)? {
                let entry = entry?;
                put(&entry.path(), &to.join(entry.file_name()))?;
            }
            Ok(())
        }
        Ok(there) if there.is_dir() => Err(other("is a directory")),
        Ok(_) if is_dir => Err(other("is there, and no directory")),
        _ => fs::rename(from, to),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_that_lead_out_are_refused() {
        assert_eq!(inside(Path::new("./a//b/./c")).unwrap(), Path::new("a/b/c"));
        for wrong in ["../x", "a/../../x", "/etc/passwd", "a/.."] {
            assert!(inside(Path::new(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn links_may_lead_about_inside_and_nowhere_else() {
        let link = |at: &str, to: &str| link_inside(Path::new(at), Path::new(to)).is_ok();
        assert!(link("a", "b") && link("a/b/c", "../../x/y") && link("a/b", "./c"));
        for (at, to) in [
            ("a", "../x"),
            ("a/b", "../../x"),
            ("a", "/etc/passwd"),
            // Through another link this would be out: `s` may lead to where we are.
            ("a/b/c", "s/../../../../x"),
            ("a", "b/../c"),
        ] {
            assert!(!link(at, to), "{at} -> {to}");
        }
    }

    #[test]
    fn what_is_not_complete_is_gone_whatever_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let temporary = Temporary::beside(&dir.path().join("goal")).unwrap();
        let deep = temporary.path().join("x/y");
        fs::create_dir_all(&deep).unwrap();
        fs::set_permissions(deep.parent().unwrap(), fs::Permissions::from_mode(0o000)).unwrap();
        drop(temporary);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_directory_that_is_there_gets_what_is_inside() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        for path in ["from/sub", "to/sub"] {
            fs::create_dir_all(at(path)).unwrap();
        }
        fs::write(at("from/sub/new"), "new").unwrap();
        fs::write(at("from/same"), "new").unwrap();
        fs::write(at("to/same"), "old").unwrap();
        fs::write(at("to/sub/kept"), "kept").unwrap();
        put(&at("from"), &at("to")).unwrap();
        let read = |path: &str| fs::read_to_string(at(path)).unwrap();
        assert_eq!(
            (read("to/same"), read("to/sub/new"), read("to/sub/kept")),
            ("new".into(), "new".into(), "kept".into())
        );
        assert!(put(&at("to/same"), &at("to/sub")).is_err());
        assert!(put(&at("to/sub"), &at("to/same")).is_err());
    }
}
