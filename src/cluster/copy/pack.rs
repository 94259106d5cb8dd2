//! Makes an archive of files on this machine, whose size is known before the first byte is read.

use super::Progress;
use super::unpack::local;
use crate::cluster::errors;
use crate::model::{Fault, FaultKind};
use crate::verbs::copy::INNER;
use bytes::Bytes;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc;

/// Bytes sent at a time.
const PIECE: usize = 32 << 10;
/// Size of an archive's blocks.
const BLOCK: u64 = 512;
/// What ends an archive.
const END: [u8; 1024] = [0; 1024];

/// An archive that is about to be read.
#[derive(Debug, Default)]
pub(super) struct Packed {
    entries: Vec<Item>,
    /// Bytes of the whole archive.
    pub(super) size: u64,
    /// Bytes of file content.
    pub(super) bytes: u64,
    /// Files.
    pub(super) files: u64,
    /// What is left out, with the reason.
    pub(super) skipped: Vec<String>,
}

#[derive(Debug)]
struct Item {
    /// As it stands in the archive, with long names before it.
    header: Vec<u8>,
    /// A file's content.
    content: Option<(PathBuf, u64)>,
}

/// Looks at a file or directory, and all that is in it.
///
/// # Errors
/// It is not there, or cannot be read at all.
pub(super) fn look(what: &str, from: &Path) -> Result<Packed, Fault> {
    let failed = |error: io::Error| {
        let mut fault = local(what, from, &error);
        if error.kind() == io::ErrorKind::NotFound {
            fault.kind = FaultKind::Input;
        }
        fault
    };
    let mut packed = Packed::default();
    // A link that was named means what it leads to.
    let meta = fs::metadata(from).map_err(failed)?;
    packed.add(from, Path::new(INNER), &meta, true).map_err(failed)?;
    packed.size += END.len() as u64;
    Ok(packed)
}

impl Packed {
    fn skip(&mut self, path: &Path, why: &str) {
        self.skipped.push(errors::line(&format!("{}: {why}", path.display())));
    }

    fn add(&mut self, path: &Path, name: &Path, meta: &Metadata, first: bool) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_mode(meta.permissions().mode() & 0o777);
        header.set_mtime(u64::try_from(meta.mtime()).unwrap_or(0));
        header.set_size(0);
        let sort = meta.file_type();
        if sort.is_dir() {
            header.set_entry_type(EntryType::Directory);
            self.push(header, name, None)?;
            let mut names: Vec<_> = match fs::read_dir(path).and_then(Iterator::collect) {
                Ok(entries) => entries,
                Err(error) if !first => {
                    self.skip(path, &error.to_string());
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            names.sort_by_key(fs::DirEntry::file_name);
            for entry in names {
                let inner = entry.path();
                match fs::symlink_metadata(&inner) {
                    Ok(meta) => self.add(&inner, &name.join(entry.file_name()), &meta, false)?,
                    Err(error) => self.skip(&inner, &error.to_string()),
                }
            }
            return Ok(());
        }
        if sort.is_symlink() {
            header.set_entry_type(EntryType::Symlink);
            let to = fs::read_link(path)?;
            let mut head = Vec::new();
            let mut builder = Builder::new(&mut head);
            builder.append_link(&mut header, name, &to)?;
            builder.into_inner().map(|_| ())?;
            self.keep(head, None);
            return Ok(());
        }
        if !sort.is_file() {
            self.skip(path, "it is neither file, directory nor link");
            return Ok(());
        }
        match File::open(path) {
            Err(error) if !first => self.skip(path, &error.to_string()),
            Err(error) => return Err(error),
            Ok(_) => {
                header.set_size(meta.len());
                self.push(header, name, Some((path.to_owned(), meta.len())))?;
                self.files += 1;
                self.bytes += meta.len();
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        mut header: Header,
        name: &Path,
        content: Option<(PathBuf, u64)>,
    ) -> io::Result<()> {
        let mut head = Vec::new();
        let mut builder = Builder::new(&mut head);
        builder.append_data(&mut header, name, io::empty())?;
        builder.into_inner().map(|_| ())?;
        self.keep(head, content);
        Ok(())
    }

    fn keep(&mut self, mut header: Vec<u8>, content: Option<(PathBuf, u64)>) {
        // The end that the builder puts behind each is for the whole archive alone.
        header.truncate(header.len().saturating_sub(END.len()));
        let size = content.as_ref().map_or(0, |(_, size)| *size);
        self.size += header.len() as u64 + size.next_multiple_of(BLOCK);
        self.entries.push(Item { header, content });
    }

    /// Reads it all and hands it on piece by piece; waits while nobody takes them.
    ///
    /// # Errors
    /// A file is not any more as it was looked at.
    pub(super) fn send(
        self,
        what: &str,
        to: &mpsc::Sender<Bytes>,
        progress: &Arc<Progress>,
    ) -> Result<(), Fault> {
        let mut out = Out { to, piece: Vec::with_capacity(PIECE) };
        for item in self.entries {
            out.write(&item.header);
            if let Some((path, size)) = item.content {
                content(what, &path, size, &mut out, progress)?;
                progress.file();
            }
        }
        out.write(&END);
        out.flush();
        Ok(())
    }
}

struct Out<'o> {
    to: &'o mpsc::Sender<Bytes>,
    piece: Vec<u8>,
}

impl Out<'_> {
    fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = PIECE - self.piece.len();
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == PIECE {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        // When nobody wants it any more, the other side knows why.
        let _ = self.to.blocking_send(piece.into());
    }

    fn gone(&self) -> bool {
        self.to.is_closed()
    }
}

fn content(
    what: &str,
    path: &Path,
    size: u64,
    out: &mut Out<'_>,
    progress: &Arc<Progress>,
) -> Result<(), Fault> {
    let failed = |error: io::Error| local(what, path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut piece = vec![0; PIECE];
    let mut left = size;
    while left > 0 && !out.gone() {
        let room = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let read = file.read(&mut piece[..room]).map_err(failed)?;
        if read == 0 {
            let why = format!("{} became shorter while it was read", path.display());
            return Err(Fault::new(FaultKind::Conflict, what, errors::line(&why))
                .hint("copy it again when nothing writes to it"));
        }
        out.write(&piece[..read]);
        left -= read as u64;
        progress.add(read);
    }
    let pad = size.next_multiple_of(BLOCK) - size;
    out.write(&END[..usize::try_from(pad).unwrap_or(0)]);
    Ok(())
}
