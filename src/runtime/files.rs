//! The one thread that reads and writes files, so that no disk is ever waited for elsewhere.

use super::config_files::Watcher;
use super::forwards::Store;
use super::history::History;
use super::keep;
use crate::cluster;
use crate::logs::Snapshot;
use crate::model::{ClusterId, Fault, FaultKind, ForwardSpec};
use crate::ui::Msg;
use crate::ui::edits::EditId;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// How often configuration files are looked at.
const POLL: Duration = Duration::from_secs(2);

/// How long the program waits at its end for what is still to be written: a disk that hangs does not
/// keep it.
const LAST: Duration = Duration::from_secs(5);

/// The thread. Dropped, it writes what it was told before, and ends.
#[derive(Debug)]
pub struct Files {
    /// None while it ends.
    jobs: Option<Sender<Job>>,
    /// Nothing is ever sent: it ends with the thread.
    ended: Receiver<()>,
}

impl Files {
    /// Tells it what to do next.
    pub fn send(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // The thread lives as long as this end of its channel.
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.jobs = None;
        let _ = self.ended.recv_timeout(LAST);
    }
}

/// Something to write.
#[derive(Debug)]
pub enum Job {
    /// A prompt line.
    Remember {
        /// Which history.
        history: &'static str,
        /// The line.
        line: String,
    },
    /// Forwards of earlier sessions.
    LoadForwards {
        /// Comes back with them.
        cluster: ClusterId,
        /// Of which context.
        context: String,
    },
    /// Forwards for later sessions.
    KeepForwards {
        /// Of which context.
        context: String,
        /// All of them.
        forwards: Vec<ForwardSpec>,
    },
    /// Whether local ports are free: nothing is waited for, but the system is asked.
    ProbePorts {
        /// Where.
        address: String,
        /// Which.
        ports: Vec<u16>,
    },
    /// Another theme or keymap, for this session.
    Restyle {
        /// Name of the theme; None leaves it.
        theme: Option<String>,
        /// Name of the keymap; None leaves it.
        keymap: Option<String>,
    },
    /// A theme to look at; None is the one in force again.
    Preview(Option<String>),
    /// The theme of the context on screen, if it has one of its own.
    ContextTheme(Option<String>),
    /// Lines that the person asked for, as a file.
    SaveLines {
        /// Its name.
        name: String,
        /// The lines.
        lines: Snapshot,
    },
    /// The text of an edit.
    Keep {
        /// Whose it is.
        edit: EditId,
        /// Its name.
        name: String,
        /// The text.
        text: String,
        /// The file that keeps it already.
        file: Option<String>,
    },
    /// The text of an edit is not needed any more.
    Forget(String),
    /// A file that the person asked for.
    Save {
        /// Its name.
        name: String,
        /// Its content.
        content: String,
    },
}

/// Starts the thread.
///
/// # Errors
/// The system gives no thread.
pub fn start(
    mut watcher: Watcher,
    mut history: History,
    mut forwards: Store,
    saved: Option<PathBuf>,
    edits: &Path,
    messages: UnboundedSender<Msg>,
) -> std::io::Result<Files> {
    let (jobs, orders) = channel();
    let (end, ended) = channel();
    let edits = edits.to_owned();
    std::thread::Builder::new().name("files".into()).spawn(move || {
        let _end: Sender<()> = end;
        loop {
            let msg = match orders.recv_timeout(POLL) {
                Ok(Job::Remember { history: which, line }) => {
                    history.remember(which, &line).map(|fault| Msg::Said(Err(fault)))
                }
                Ok(Job::Save { name, content }) => {
                    let lines = content.lines().count() as u64;
                    Some(Msg::Said(save(saved.as_deref(), &name, &mut |out| {
                        out.write_all(content.as_bytes()).map(|()| lines)
                    })))
                }
                Ok(Job::SaveLines { name, lines }) => {
                    let write = &mut |out: &mut dyn Write| lines.write_to(out);
                    Some(Msg::Said(save(saved.as_deref(), &name, write)))
                }
                Ok(Job::LoadForwards { cluster, context }) => {
                    Some(Msg::Forwards(cluster, forwards.load(&context, cluster)))
                }
                Ok(Job::KeepForwards { context, forwards: all }) => {
                    forwards.keep(&context, &all).map(|fault| Msg::Said(Err(fault)))
                }
                Ok(Job::ProbePorts { address, ports }) => {
                    let taken =
                        ports.iter().find_map(|port| cluster::local_port_taken(&address, *port));
                    Some(Msg::Ports { address, ports, taken })
                }
                Ok(Job::Keep { edit, name, text, file }) => {
                    let kept = keep::write(&edits, &name, file.as_deref().map(Path::new), &text);
                    let kept = kept.map(|path| path.display().to_string()).map_err(|error| {
                        let why = format!("{}: {error}", edits.display());
                        Fault::new(FaultKind::Other, "keep the text of an edit", why)
                            .hint("WHEELHOUSE_STATE_DIR names another directory")
                    });
                    Some(Msg::Kept(edit, kept))
                }
                Ok(Job::Forget(file)) => {
                    keep::forget(&edits, Path::new(&file));
                    None
                }
                Ok(Job::Restyle { theme, keymap }) => {
                    Some(Msg::Reloaded(Box::new(watcher.restyle(theme, keymap))))
                }
                Ok(Job::Preview(theme)) => Some(Msg::Reloaded(Box::new(watcher.preview(theme)))),
                Ok(Job::ContextTheme(theme)) => {
                    Some(Msg::Reloaded(Box::new(watcher.context_theme(theme))))
                }
                Err(RecvTimeoutError::Timeout) => {
                    watcher.poll().map(|loaded| Msg::Reloaded(Box::new(loaded)))
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Some(msg) = msg {
                // At the end nobody listens any more, and the rest is written all the same.
                let _ = messages.send(msg);
            }
        }
    })?;
    Ok(Files { jobs: Some(jobs), ended })
}

/// A file name without anything that could lead elsewhere.
fn safe(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .take(150)
        .collect();
    clean.trim_start_matches('.').to_owned()
}

/// Writes the content of a file; how many lines it has.
type Fill<'f> = &'f mut dyn FnMut(&mut dyn Write) -> std::io::Result<u64>;

fn save(dir: Option<&Path>, name: &str, fill: Fill<'_>) -> Result<String, Fault> {
    let name = safe(name);
    let failed = |why: String| {
        Fault::new(FaultKind::Other, format!("save {name}"), why)
            .hint("WHEELHOUSE_STATE_DIR names another directory")
    };
    let dir = dir.ok_or_else(|| failed("there is no directory for saved files".into()))?;
    make_dir(dir).map_err(|error| failed(format!("{}: {error}", dir.display())))?;
    let (path, lines) = write_new(dir, &name, fill)
        .map_err(|error| failed(format!("{}: {error}", dir.join(&name).display())))?;
    Ok(format!("saved {lines} lines to {}", path.display()))
}

fn make_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Names that are tried where there is a file of this name already.
const NAMES: u32 = 1_000;

/// Writes beside the goal, then gives it its name: a full disk leaves no half file under the real one.
/// Where there is a file of this name already, a number is added: nothing is written over.
fn write_new(dir: &Path, name: &str, fill: Fill<'_>) -> std::io::Result<(PathBuf, u64)> {
    use std::os::unix::fs::OpenOptionsExt;
    let part = dir.join(format!("{name}.part"));
    let mut write = || {
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)?;
        let mut out = std::io::BufWriter::new(file);
        let lines = fill(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        let (stem, ending) = match name.rsplit_once('.') {
            Some((stem, ending)) => (stem, format!(".{ending}")),
            None => (name, String::new()),
        };
        let mut number = 1;
        loop {
            let path = match number {
                1 => dir.join(name),
                number => dir.join(format!("{stem}-{number}{ending}")),
            };
            match name_it(&part, &path) {
                Ok(()) => return Ok((path, lines)),
                Err(error)
                    if error.kind() == std::io::ErrorKind::AlreadyExists && number < NAMES =>
                {
                    number += 1;
                }
                Err(error) => return Err(error),
            }
        }
    };
    write().inspect_err(|_| {
        // Nothing is to be done about what cannot even be removed.
        let _ = fs::remove_file(&part);
    })
}

/// Gives a file its name, unless there is one of that name.
fn name_it(part: &Path, path: &Path) -> std::io::Result<()> {
    match fs::hard_link(part, path) {
        Ok(()) => fs::remove_file(part),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system knows a second name for a file: an empty one holds the place.
        Err(_) => {
            fs::OpenOptions::new().write(true).create_new(true).open(path)?;
            fs::rename(part, path)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::config_files::Places;
    use super::*;
    use crate::ui::palette::ColorDepth;
    use crate::ui::settings::{Overrides, Terminal};

    #[test]
    fn a_saved_file_stays_in_its_directory_whatever_its_name_says() {
        let dir = tempfile::tempdir().unwrap();
        let line = save(Some(dir.path()), "../../etc/passwd", &mut |out| {
            out.write_all(b"a\nb\n").map(|()| 2)
        })
        .unwrap();
        assert!(line.starts_with("saved 2 lines"), "{line}");
        let names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, ["_.._etc_passwd"]);
    }

    #[test]
    fn nothing_is_written_over_and_nothing_is_left_of_what_failed() {
        let dir = tempfile::tempdir().unwrap();
        let write = |content: &'static [u8]| {
            save(Some(dir.path()), "note-a.md", &mut |out| out.write_all(content).map(|()| 1))
        };
        let first = write(b"first").unwrap();
        let second = write(b"second").unwrap();
        assert!(first.ends_with("/note-a.md") && second.ends_with("/note-a-2.md"), "{second}");
        let full = &mut |_: &mut dyn Write| Err(std::io::ErrorKind::StorageFull.into());
        assert!(save(Some(dir.path()), "note-a.md", full).is_err());
        let mut held: Vec<(String, String)> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        held.sort();
        let of = |name: &str, content: &str| (name.to_owned(), content.to_owned());
        assert_eq!(held, [of("note-a-2.md", "second"), of("note-a.md", "first")]);
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let fault = save(Some(&file.join("below")), "x", &mut |_| Ok(0)).unwrap_err();
        assert!(fault.why.contains("below"), "{fault}");
    }

    #[test]
    fn what_was_told_before_the_end_is_written_though_nobody_listens_any_more() {
        let dir = tempfile::tempdir().unwrap();
        let terminal = Terminal { depth: ColorDepth::True, unicode: true, editor: true };
        let (watcher, _) = Watcher::start(Places::default(), Overrides::default(), terminal);
        let (messages, listener) = tokio::sync::mpsc::unbounded_channel();
        let saved = dir.path().to_owned();
        let (history, forwards) = (History::open(None), Store::new(None));
        let files = start(watcher, history, forwards, Some(saved), dir.path(), messages).unwrap();
        for n in 0..200 {
            files.send(Job::Save { name: format!("table-{n}"), content: "a\n".repeat(1000) });
        }
        drop(listener);
        drop(files);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 200);
    }
}
