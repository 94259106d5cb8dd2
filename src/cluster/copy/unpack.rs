//! Takes an archive from a container apart on this machine. The container may be hostile: what it sends
//! is written nowhere but below its own directory, and never through a link.

use super::place::{Temporary, inside, link_inside, put};
use super::{Done, Progress};
use crate::cluster::errors;
use crate::model::{Fault, FaultKind};
use bytes::{Buf as _, Bytes};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tar::{Archive, Entry, EntryType};
use tokio::sync::mpsc;

/// Bytes written at a time.
const PIECE: usize = 128 << 10;
/// Permission bits that are taken over; never those that lend a user's rights.
const BITS: u32 = 0o777;

/// The archive as it comes.
pub(super) struct Pieces {
    from: mpsc::Receiver<Bytes>,
    piece: Bytes,
    /// It has ended: whoever reads on has come too far.
    over: bool,
}

impl Pieces {
    pub(super) fn new(from: mpsc::Receiver<Bytes>) -> Self {
        Self { from, piece: Bytes::new(), over: false }
    }

    /// The first line, without its end.
    fn line(&mut self) -> io::Result<String> {
        let (mut line, mut byte) = (Vec::new(), [0]);
        while self.read(&mut byte)? == 1 && byte[0] != b'\n' && line.len() < 80 {
            line.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.from.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => {
                    self.over = true;
                    return Ok(0);
                }
            }
        }
        let read = into.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut into[..read]);
        Ok(read)
    }
}

/// What arrived, complete, under a name of its own.
#[derive(Debug)]
pub(super) struct Arrived {
    temporary: Temporary,
    goal: PathBuf,
    pub(super) done: Done,
    what: String,
    /// Permissions of directories, the deepest first: a directory that cannot be written would take
    /// nothing in.
    modes: Vec<(PathBuf, u32)>,
}

impl Arrived {
    /// Gives it the name it was meant for.
    pub(super) fn publish(self) -> Result<Done, Fault> {
        let from = self.temporary.path().join(crate::verbs::copy::INNER);
        let failed = |error: io::Error| local(&self.what, &self.goal, &error);
        put(&from, &self.goal).map_err(failed)?;
        for (path, mode) in &self.modes {
            let place =
                if path.as_os_str().is_empty() { self.goal.clone() } else { self.goal.join(path) };
            // Only where it is ours: a directory that was there before keeps what it has.
            if fs::symlink_metadata(&place).is_ok_and(|there| there.is_dir()) {
                let _ = fs::set_permissions(&place, Permissions::from_mode(*mode));
            }
        }
        Ok(self.done)
    }
}

/// Where it will land: in `local` where that is a directory, else there.
///
/// # Errors
/// There is no such directory, or no name for it.
pub(super) fn goal(what: &str, target: &Path, remote: &str) -> Result<PathBuf, Fault> {
    let no = |kind, why: String| Err(Fault::new(kind, what, why));
    if target.is_dir() {
        let name = Path::new(remote).file_name();
        return match name {
            Some(name) => Ok(target.join(name)),
            None => no(
                FaultKind::Input,
                format!("{remote} has no name: say how it is to be called here"),
            ),
        };
    }
    let text = target.to_string_lossy();
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if text.ends_with('/') || !parent.is_dir() {
        let missing = if text.ends_with('/') { target } else { parent };
        return no(FaultKind::Input, format!("there is no directory {} here", missing.display()));
    }
    Ok(target.to_owned())
}

/// What the system here says.
pub(super) fn local(what: &str, path: &Path, error: &io::Error) -> Fault {
    let why = errors::line(&format!("{}: {error}", path.display()));
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk here is full; nothing of it was left"
        }
        io::ErrorKind::PermissionDenied => "choose a directory that you may write",
        _ => "",
    };
    Fault::new(FaultKind::Other, what, why).hint(hint)
}

/// Reads the archive to its end.
///
/// # Errors
/// It ends too early, makes no sense, or cannot be written.
pub(super) fn run(
    what: &str,
    goal: PathBuf,
    mut pieces: Pieces,
    progress: &Arc<Progress>,
) -> Result<Arrived, Fault> {
    let failed = |error: io::Error| local(what, &goal, &error);
    let temporary = Temporary::beside(&goal).map_err(failed)?;
    let inner = temporary.path().join(crate::verbs::copy::INNER);
    let dir = match pieces.line().map_err(failed)?.as_str() {
        "dir" => true,
        "file" => false,
        _ => return Err(cut(what)),
    };
    if dir {
        fs::create_dir(&inner).map_err(failed)?;
    }
    let mut unpack = Unpack {
        what,
        root: inner,
        dir,
        progress,
        done: Done::default(),
        links: Vec::new(),
        modes: Vec::new(),
    };
    let mut archive = Archive::new(&mut pieces);
    let read = archive.entries().and_then(|entries| {
        for entry in entries {
            unpack.entry(&mut entry?)?;
        }
        Ok(())
    });
    match read {
        _ if pieces.over => return Err(cut(what)),
        Ok(()) => {}
        Err(error) => return Err(unpack.fault(&error)),
    }
    // What fills the archive up to a whole record is nothing.
    while pieces.from.try_recv().is_ok() {}
    unpack.make_links().map_err(failed)?;
    if !dir && unpack.done.files == 0 {
        let why = unpack.done.skipped.first().cloned();
        let why = why.unwrap_or_else(|| "it is no file that can be copied".into());
        return Err(Fault::new(FaultKind::Input, what, why));
    }
    let mut modes = unpack.modes;
    modes.sort_by_key(|(path, _)| std::cmp::Reverse(path.components().count()));
    let done = unpack.done;
    Ok(Arrived { temporary, goal, done, what: what.to_owned(), modes })
}

fn cut(what: &str) -> Fault {
    let why = "the archive ended too early: nothing of it was kept";
    Fault::new(FaultKind::Network, what, why)
}

struct Unpack<'u> {
    what: &'u str,
    /// Where the thing that is copied stands for now.
    root: PathBuf,
    dir: bool,
    progress: &'u Progress,
    done: Done,
    /// Made at the end, so that nothing is ever written through one.
    links: Vec<(PathBuf, PathBuf)>,
    modes: Vec<(PathBuf, u32)>,
}

impl Unpack<'_> {
    fn fault(&self, error: &io::Error) -> Fault {
        local(self.what, &self.root, error)
    }

    fn skip(&mut self, path: &Path, why: &str) {
        if self.done.skipped.len() < 10_000 {
            self.done.skipped.push(errors::line(&format!("{}: {why}", path.display())));
        }
    }

    fn entry(&mut self, entry: &mut Entry<'_, &mut Pieces>) -> io::Result<()> {
        let sort = entry.header().entry_type();
        if sort.is_pax_global_extensions() {
            return Ok(());
        }
        let path = entry.path()?.into_owned();
        let relative = match inside(&path) {
            Ok(relative) => relative,
            Err(why) => {
                self.skip(&path, why);
                return Ok(());
            }
        };
        // A single file has the name it gets here, whatever it is called there.
        let place = if self.dir { self.root.join(&relative) } else { self.root.clone() };
        if self.dir && !self.has_real_parents(&relative)? {
            self.skip(&path, "something that is no directory stands above it");
            return Ok(());
        }
        match sort {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                self.file(entry, &path, &place)
            }
            _ if !self.dir => {
                self.skip(&path, "it is no ordinary file");
                Ok(())
            }
            EntryType::Directory => self.directory(entry, &relative, &place),
            EntryType::Symlink => {
                let to = entry.link_name()?.map(std::borrow::Cow::into_owned).unwrap_or_default();
                match link_inside(&relative, &to) {
                    Ok(()) if !relative.as_os_str().is_empty() => self.links.push((place, to)),
                    Ok(()) => {}
                    Err(why) => self.skip(&path, &format!("{why} ({})", to.display())),
                }
                Ok(())
            }
            EntryType::Link => {
                let to = entry.link_name()?.map(std::borrow::Cow::into_owned).unwrap_or_default();
                let Ok(to) = inside(&to) else {
                    self.skip(&path, "it is the same file as one outside of the directory");
                    return Ok(());
                };
                let from = self.root.join(to);
                if fs::symlink_metadata(&from).is_ok_and(|there| there.is_file()) {
                    remove(&place)?;
                    fs::hard_link(&from, &place)?;
                    self.done.files += 1;
                } else {
                    self.skip(&path, "the file it is the same as is not there");
                }
                Ok(())
            }
            _ => {
                self.skip(&path, "it is neither file, directory nor link");
                Ok(())
            }
        }
    }

    /// Makes the directories above it that did not come; false where something else stands there.
    fn has_real_parents(&self, relative: &Path) -> io::Result<bool> {
        let Some(parent) = relative.parent() else { return Ok(true) };
        let mut at = self.root.clone();
        for part in parent.components() {
            at.push(part);
            match fs::symlink_metadata(&at) {
                Ok(there) if there.is_dir() => {}
                Ok(_) => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(&at)?,
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn directory(
        &mut self,
        entry: &Entry<'_, &mut Pieces>,
        relative: &Path,
        place: &Path,
    ) -> io::Result<()> {
        match fs::create_dir(place) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        self.modes.push((relative.to_owned(), entry.header().mode()? & BITS));
        Ok(())
    }

    fn file(
        &mut self,
        entry: &mut Entry<'_, &mut Pieces>,
        path: &Path,
        place: &Path,
    ) -> io::Result<()> {
        if fs::symlink_metadata(place).is_ok_and(|there| there.is_dir()) {
            self.skip(path, "a directory of that name is there too");
            return Ok(());
        }
        // The same name twice: the later one counts, and a link of ours is not written through.
        remove(place)?;
        let size = entry.size();
        if !self.dir {
            self.progress.total.store(size, std::sync::atomic::Ordering::Relaxed);
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(place)?;
        let mut piece = vec![0; PIECE];
        let mut written = 0_u64;
        loop {
            let read = entry.read(&mut piece)?;
            if read == 0 {
                break;
            }
            file.write_all(&piece[..read])?;
            written += read as u64;
            self.progress.add(read);
        }
        let there = file.metadata()?.len();
        if written != size || there != size {
            let why = format!("{}: {there} of {size} bytes were written", path.display());
            return Err(io::Error::other(why));
        }
        finish(&file, entry)?;
        self.progress.file();
        self.done.files += 1;
        self.done.bytes += size;
        Ok(())
    }

    fn make_links(&mut self) -> io::Result<()> {
        for (place, to) in std::mem::take(&mut self.links) {
            match symlink(&to, &place) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    self.skip(&place, "something of that name is there already");
                }
                made => made?,
            }
        }
        Ok(())
    }
}

fn remove(place: &Path) -> io::Result<()> {
    match fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Permissions and time; the disk's own complaints come now at the latest.
fn finish(file: &File, entry: &Entry<'_, &mut Pieces>) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(entry.header().mode()? & BITS))?;
    if let Ok(seconds) = entry.header().mtime()
        && let Some(time) = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    {
        // Not every file system keeps every time.
        let _ = file.set_modified(time);
    }
    file.sync_data()
}
