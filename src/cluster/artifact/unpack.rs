//! An archive of strangers, unpacked into a directory that only this user can enter. Whatever could lead out of it, or fill the
//! disk, is refused.

use flate2::read::GzDecoder;
use ring::digest::{SHA256, digest};
use std::fs::{self, DirBuilder, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};
use tar::EntryType;

/// Most bytes of all files: what Flux unpacks at most.
const BYTES: u64 = 100 << 20;
/// Most entries.
const ENTRIES: usize = 20_000;
/// Most directories above each other.
const DEPTH: usize = 64;

/// Where what was unpacked is: below [`SOURCE`] in a directory that is removed with this.
#[derive(Debug)]
pub(super) struct Place(PathBuf);

/// The directory with the files.
pub(super) const SOURCE: &str = "source";

impl Place {
    fn make() -> io::Result<Self> {
        let within = std::env::temp_dir();
        let mut tries = 0;
        loop {
            let random = RandomState::new().hash_one(tries);
            let name = format!("wheelhouse-{}-{random:016x}", std::process::id());
            let path = within.join(name);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < 8 => {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed is in the directory for what is temporary.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Holds an archive against its digest, `sha256:…`.
///
/// # Errors
/// It is another one.
pub(super) fn check(bytes: &[u8], told: &str) -> Result<(), String> {
    let sum = digest(&SHA256, bytes);
    let hex: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let wanted = told.strip_prefix("sha256:").unwrap_or(told);
    if hex.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(format!("what came is not what the source tells of: sha256:{hex} instead of {told}"))
}

/// Unpacks it.
///
/// # Errors
/// It is no archive, or there is something in it that no artifact has.
pub(super) fn unpack(bytes: &[u8]) -> Result<Place, String> {
    within(bytes, BYTES, ENTRIES)
}

fn within(bytes: &[u8], most: u64, entries: usize) -> Result<Place, String> {
    let broken = |error: io::Error| format!("the archive cannot be read: {error}");
    let full = |error: io::Error| format!("it cannot be unpacked here: {error}");
    let place = Place::make().map_err(full)?;
    let root = place.path().join(SOURCE);
    DirBuilder::new().mode(0o700).create(&root).map_err(full)?;
    // Headers take room too.
    let plain = GzDecoder::new(bytes).take(most.saturating_mul(2) + (1 << 20));
    let mut archive = tar::Archive::new(plain);
    let (mut left, mut count) = (most, 0);
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        count += 1;
        if count > entries {
            return Err(format!("the archive has more than {entries} entries"));
        }
        let name = entry.path().map_err(broken)?.into_owned();
        let shown = name.display().to_string();
        let kind = entry.header().entry_type();
        match kind {
            EntryType::XGlobalHeader => continue,
            EntryType::Directory | EntryType::Regular | EntryType::Continuous => {}
            EntryType::Symlink | EntryType::Link => {
                return Err(format!("the archive has a link, which is not followed: {shown}"));
            }
            _ => return Err(format!("the archive has something that is no file: {shown}")),
        }
        let Some(inside) = inside(&name) else {
            return Err(format!("the archive has a path that leads out of it: {shown}"));
        };
        let path = root.join(&inside);
        if kind == EntryType::Directory {
            fs::create_dir_all(&path).map_err(full)?;
            continue;
        }
        if inside.as_os_str().is_empty() {
            return Err("the archive has a file without a name".to_owned());
        }
        if let Some(above) = path.parent() {
            fs::create_dir_all(above).map_err(full)?;
        }
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => format!("the archive has this twice: {shown}"),
            _ => full(error),
        })?;
        let size = entry.header().size().map_err(broken)?;
        let copied = io::copy(&mut (&mut entry).take(left + 1), &mut file).map_err(broken)?;
        if copied > left {
            return Err(format!("the archive has more than {} MiB of files", most >> 20));
        }
        if copied < size {
            return Err(format!("the archive is cut off in {shown}"));
        }
        left -= copied;
    }
    Ok(place)
}

/// A path that stays where it is put.
fn inside(name: &Path) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for part in name.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => path.push(part),
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (path.components().count() <= DEPTH).then_some(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use flate2::{Compression, write::GzEncoder};

    /// An archive of entries: name, what it is, content or where a link leads. Names are put in as they are.
    fn archive(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, kind, text) in entries {
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(0o755);
            let content = match kind {
                EntryType::Symlink | EntryType::Link => {
                    header.set_link_name(text).unwrap();
                    ""
                }
                _ => text,
            };
            header.set_size(content.len() as u64);
            header.set_cksum();
            archive.append(&header, content.as_bytes()).unwrap();
        }
        archive.into_inner().and_then(GzEncoder::finish).unwrap()
    }

    #[test]
    fn files_are_put_below_a_private_directory_that_goes() {
        use std::os::unix::fs::PermissionsExt as _;
        let bytes = archive(&[
            ("./", EntryType::Directory, ""),
            ("./deploy/app.yaml", EntryType::Regular, "kind: ConfigMap"),
        ]);
        let place = unpack(&bytes).unwrap();
        let path = place.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let file = path.join(SOURCE).join("deploy/app.yaml");
        assert_eq!(fs::read_to_string(&file).unwrap(), "kind: ConfigMap");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        drop(place);
        assert!(!path.exists());
    }

    #[test]
    fn whatever_leads_out_or_is_no_file_is_refused() {
        for (name, kind, text, why) in [
            ("../out", EntryType::Regular, "x", "leads out of it"),
            ("a/../../out", EntryType::Regular, "x", "leads out of it"),
            ("/etc/out", EntryType::Regular, "x", "leads out of it"),
            ("a", EntryType::Symlink, "/etc", "has a link"),
            ("a", EntryType::Link, "b", "has a link"),
            ("a", EntryType::Fifo, "", "is no file"),
            ("a", EntryType::Char, "", "is no file"),
        ] {
            let told = unpack(&archive(&[(name, kind, text)])).unwrap_err();
            assert!(told.contains(why), "{name}: {told}");
        }
        let twice = [("a", EntryType::Regular, "x"), ("./a", EntryType::Regular, "y")];
        assert!(unpack(&archive(&twice)).unwrap_err().contains("has this twice"));
        assert!(unpack(b"no archive").unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn it_is_bounded_in_bytes_and_entries_and_must_be_whole() {
        let two =
            archive(&[("a", EntryType::Regular, "12345"), ("b", EntryType::Regular, "12345")]);
        assert!(within(&two, 10, 2).is_ok());
        assert!(within(&two, 9, 2).unwrap_err().contains("MiB of files"));
        assert!(within(&two, 10, 1).unwrap_err().contains("more than 1 entries"));
        // A small file that is a very large one once unpacked.
        let zeros = "0".repeat(8 << 20);
        let bomb = archive(&[("a", EntryType::Regular, &zeros)]);
        assert!(bomb.len() < 1 << 20);
        assert!(within(&bomb, 1 << 20, 2).unwrap_err().contains("more than 1 MiB"));
        assert!(unpack(&two[..two.len() / 2]).is_err());
    }

    #[test]
    fn another_archive_than_was_told_of_is_refused() {
        let told = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(check(b"test", told), Ok(()));
        let why = check(b"tampered", told).unwrap_err();
        assert!(why.contains("is not what the source tells of") && why.contains(told), "{why}");
    }
}
