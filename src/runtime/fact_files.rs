//! What is known of clusters from earlier sessions: one file each in the platform's cache directory.
//!
//! All of it is a convenience: whatever cannot be read or written, nobody is told but the log.

use super::beside;
use super::config_files::Places;
use crate::cluster::{MAX_FACTS, Shelf};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Clusters that are remembered; those seen longest ago are forgotten.
const CLUSTERS: usize = 50;
/// How a file's name ends.
const END: &str = ".json";
/// What a killed process may have left is older.
const LEFT: Duration = Duration::from_secs(3600);

/// The directory of these files.
#[derive(Debug)]
pub struct FactFiles {
    dir: PathBuf,
}

impl FactFiles {
    /// In the platform's cache directory; None where it has none.
    pub fn new(places: &Places) -> Option<Self> {
        Some(Self { dir: places.cache.as_ref()?.join("clusters") })
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        // A link or a pipe was not made by us.
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(self.dir.join(format!("{name}{END}")))?;
        let meta = file.metadata()?;
        if !meta.is_file() || meta.len() > MAX_FACTS as u64 {
            return Err(io::Error::other("it is no file of this program"));
        }
        // Who may write there could make us ask for what they like; who owns the directory is who we are.
        if meta.mode() & 0o022 != 0 || meta.uid() != fs::metadata(&self.dir)?.uid() {
            return Err(io::Error::other("somebody else may change it"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
        Read::by_ref(&mut file).take(MAX_FACTS as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Replaces what was known; two sessions never mix.
    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let part = self.dir.join(format!("{name}.{}.part", std::process::id()));
        beside::replace(&self.dir.join(format!("{name}{END}")), &part, content)
    }

    /// Removes the files of clusters that were seen longest ago, and what was left behind.
    fn tidy(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let path = entry.path();
            let (is_ours, is_part) = (ends(&path, END), ends(&path, ".part"));
            let Ok(seen) = entry.metadata().and_then(|meta| meta.modified()) else { continue };
            if is_ours {
                files.push((seen, path));
            } else if is_part && seen.elapsed().is_ok_and(|age| age > LEFT) {
                fs::remove_file(path)?;
            }
        }
        files.sort();
        let excess = files.len().saturating_sub(CLUSTERS);
        files.into_iter().take(excess).try_for_each(|(_, path)| fs::remove_file(path))
    }
}

fn ends(path: &Path, end: &str) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(end))
}

impl Shelf for FactFiles {
    fn take(&self, name: &str) -> Option<Vec<u8>> {
        match self.read(name) {
            Ok(bytes) => {
                // It is in use: others are forgotten first.
                let path = self.dir.join(format!("{name}{END}"));
                if let Ok(file) = File::options().append(true).open(path) {
                    let _ = file.set_modified(SystemTime::now());
                }
                Some(bytes)
            }
            Err(error) => {
                tracing::debug!(dir = %self.dir.display(), %error, "nothing is known of this cluster");
                None
            }
        }
    }

    fn put(&self, name: &str, content: &[u8]) {
        if let Err(error) = self.write(name, content).and_then(|()| self.tidy()) {
            tracing::debug!(dir = %self.dir.display(), %error, "what is known of this cluster is not kept");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn files() -> (tempfile::TempDir, FactFiles) {
        let home = tempfile::tempdir().unwrap();
        let places = Places { cache: Some(home.path().join("cache")), ..Places::default() };
        let files = FactFiles::new(&places).unwrap();
        (home, files)
    }

    #[test]
    fn what_is_put_there_is_found_again_by_its_owner_alone() {
        let (_home, files) = files();
        assert_eq!(files.take("a"), None);
        files.put("a", b"one");
        files.put("a", b"two");
        files.put("b", b"other");
        assert_eq!(files.take("a").unwrap(), b"two");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&files.dir), 0o700);
        assert_eq!(mode(&files.dir.join("a.json")), 0o600);
        let names: Vec<_> =
            fs::read_dir(&files.dir).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }

    #[test]
    fn what_others_may_have_put_there_is_not_read() {
        let (home, files) = files();
        files.put("a", b"one");
        let path = files.dir.join("a.json");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(files.take("a"), None);
        fs::remove_file(&path).unwrap();
        fs::write(home.path().join("elsewhere"), "x").unwrap();
        symlink(home.path().join("elsewhere"), &path).unwrap();
        assert_eq!(files.take("a"), None);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(files.take("a"), None);
        files.put("a", b"two");
        assert_eq!(files.take("a"), None, "a directory stays what it is");
        fs::remove_dir(&path).unwrap();
        File::create(&path).unwrap().set_len(MAX_FACTS as u64 + 1).unwrap();
        assert_eq!(files.take("a"), None);
    }

    #[test]
    fn clusters_that_nobody_visits_are_forgotten_first() {
        let (_home, files) = files();
        let name = |i: u64| format!("c{i}");
        for i in 0..CLUSTERS as u64 {
            files.put(&name(i), b"x");
            let file =
                File::options().append(true).open(files.dir.join(format!("{}{END}", name(i))));
            let seen = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 + i);
            file.unwrap().set_modified(seen).unwrap();
        }
        assert!(files.take(&name(0)).is_some(), "and is seen now");
        files.put("new", b"x");
        assert_eq!(files.take(&name(1)), None);
        assert!(files.take(&name(0)).is_some() && files.take(&name(2)).is_some());
        assert!(files.take("new").is_some());
    }

    #[test]
    fn where_nothing_can_be_kept_nothing_is_said() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("file"), "x").unwrap();
        let places = Places { cache: Some(home.path().join("file")), ..Places::default() };
        let files = FactFiles::new(&places).unwrap();
        files.put("a", b"one");
        assert_eq!(files.take("a"), None);
        assert!(FactFiles::new(&Places::default()).is_none());
    }
}
