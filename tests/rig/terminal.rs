//! Any full-screen program in a terminal of its own. What it writes is stamped by a thread that does nothing else,
//! right after the read, so that making a screen of it never delays a stamp.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Columns and rows of the terminal.
pub const SIZE: (u16, u16) = (200, 50);

struct Chunk {
    at: Instant,
    bytes: Vec<u8>,
}

/// A running program and its screen.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn std::io::Write + Send>,
    chunks: Receiver<Chunk>,
    parser: vt100::Parser<Answers>,
    began: Instant,
    written: u64,
    ended: bool,
    _master: Box<dyn MasterPty + Send>,
    home: Home,
}

/// The home directory of a program, and all that it may write to; others may have it after it. It goes with the last.
pub type Home = Rc<tempfile::TempDir>;

/// A home directory with nothing in it.
pub fn new_home() -> Home {
    Rc::new(tempfile::Builder::new().prefix("wheelhouse-rig-").tempdir().expect("a folder"))
}

/// What the terminal has to say to what it was asked: some programs wait for that.
#[derive(Default)]
struct Answers(Vec<u8>);

impl vt100::Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        _: Option<u8>,
        parameters: &[&[u16]],
        command: char,
    ) {
        let parameter = parameters.first().and_then(|parts| parts.first()).copied();
        match (first, command, parameter.unwrap_or(0)) {
            // Where the cursor is, whether all is well, and what terminal it is.
            (None, 'n', 6) => {
                let (row, column) = screen.cursor_position();
                self.0.extend(format!("\x1b[{};{}R", row + 1, column + 1).into_bytes());
            }
            (None, 'n', 5) => self.0.extend(b"\x1b[0n"),
            (None, 'c', 0) => self.0.extend(b"\x1b[?62;22c"),
            (Some(b'>'), 'c', 0) => self.0.extend(b"\x1b[>1;10;0c"),
            _ => {}
        }
    }
}

impl Terminal {
    /// Starts a program with an environment of its own: only PATH, the terminal's variables, an empty home, and
    /// the cluster's kubeconfig. `takes`: so many bytes a second are read from it at most.
    pub fn start(command: &[String], kubeconfig: &Path, takes: Option<usize>) -> Self {
        Self::start_at(&new_home(), command, kubeconfig, takes)
    }

    /// The same at a home where others have been.
    pub fn start_at(
        home: &Home,
        command: &[String],
        kubeconfig: &Path,
        takes: Option<usize>,
    ) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize { rows: SIZE.1, cols: SIZE.0, pixel_width: 0, pixel_height: 0 })
            .expect("a PTY");
        let mut start = CommandBuilder::new(&command[0]);
        start.args(&command[1..]);
        start.env_clear();
        start.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        start.env("TERM", "xterm-256color");
        start.env("LANG", "C.UTF-8");
        start.env("HOME", home.path());
        start.env("KUBECONFIG", kubeconfig);
        start.env("WHEELHOUSE_STATE_DIR", home.path().join("state"));
        start.env("WHEELHOUSE_CACHE_DIR", home.path().join("cache"));
        start.cwd(home.path());
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let (sender, chunks) = channel();
        let began = Instant::now();
        let child = pair.slave.spawn_command(start).expect("the program starts");
        drop(pair.slave);
        std::thread::spawn(move || {
            let mut buffer = vec![0; takes.map_or(1 << 16, |takes| takes / 100)];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let chunk = Chunk { at: Instant::now(), bytes: buffer[..read].to_vec() };
                if sender.send(chunk).is_err() {
                    return;
                }
                if let Some(takes) = takes {
                    std::thread::sleep(Duration::from_secs_f64(read as f64 / takes as f64));
                }
            }
        });
        Self {
            child,
            writer,
            chunks,
            parser: vt100::Parser::new_with_callbacks(SIZE.1, SIZE.0, 0, Answers::default()),
            began,
            written: 0,
            ended: false,
            _master: pair.master,
            home: Rc::clone(home),
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("it was started")
    }

    /// When it was started.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Its home directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Bytes it has written so far, as far as they were read.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// What the screen says.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Whether the program has ended: nothing comes any more.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Types.
    pub fn send(&mut self, bytes: &[u8]) {
        let sent = self.writer.write_all(bytes).and_then(|()| self.writer.flush());
        self.ended |= sent.is_err();
    }

    fn next(&mut self, until: Instant) -> Option<Instant> {
        let left = until.saturating_duration_since(Instant::now());
        match self.chunks.recv_timeout(left) {
            Ok(chunk) => {
                self.written += chunk.bytes.len() as u64;
                self.parser.process(&chunk.bytes);
                let answers = std::mem::take(&mut self.parser.callbacks_mut().0);
                if !answers.is_empty() {
                    self.send(&answers);
                }
                Some(chunk.at)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                self.ended = true;
                None
            }
        }
    }

    /// The moment of the output after which `seen` holds; `None` when that is not within `patience`, or the program
    /// has ended.
    pub fn when(
        &mut self,
        patience: Duration,
        mut seen: impl FnMut(&vt100::Screen) -> bool,
    ) -> Option<Instant> {
        let until = Instant::now() + patience;
        loop {
            let at = self.next(until)?;
            if seen(self.parser.screen()) {
                return Some(at);
            }
        }
    }

    /// Waits until the screen says `what`, and tells the moment of it: now, when it says so already.
    pub fn wait(&mut self, what: &str) -> Instant {
        self.wait_for(what, |text| text.contains(what))
    }

    /// Waits until `seen` holds for the screen's text.
    pub fn wait_for(&mut self, what: &str, seen: impl Fn(&str) -> bool) -> Instant {
        self.within(Duration::from_secs(300), seen).unwrap_or_else(|| {
            let ended = if self.ended { " before the program ended" } else { "" };
            panic!("{what:?} never stood on the screen{ended}:\n{}", self.text())
        })
    }

    /// The same where it may be in vain.
    pub fn within(&mut self, patience: Duration, seen: impl Fn(&str) -> bool) -> Option<Instant> {
        if seen(&self.text()) {
            return Some(Instant::now());
        }
        self.when(patience, |screen| seen(&screen.contents()))
    }

    /// Takes in what it writes for so long.
    pub fn pass(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while self.next(until).is_some() {}
    }

    /// Takes in what it writes until it is silent for so long (at most 20 times as long).
    pub fn settle(&mut self, silence: Duration) {
        let end = Instant::now() + silence * 20;
        while Instant::now() < end && self.next(Instant::now() + silence).is_some() {}
    }

    /// Milliseconds from a key to the output that moved the selected row. `None`: it did not move within 3 s.
    pub fn key(&mut self, key: &[u8]) -> Option<f64> {
        let before = selected(self.parser.screen());
        let sent = Instant::now();
        self.send(key);
        let at = self.when(Duration::from_secs(3), |screen| selected(screen) != before)?;
        Some(millis(at.saturating_duration_since(sent)))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A second failure cannot be told from here, and the first one matters.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Which row is selected: the one with a cursor sign, else the only one whose background differs from that of most rows.
fn selected(screen: &vt100::Screen) -> Option<u16> {
    let (rows, columns) = screen.size();
    let signed = |row| {
        (0..4).any(|column| screen.cell(row, column).is_some_and(|cell| cell.contents() == "▸"))
    };
    if let Some(row) = (0..rows).find(|&row| signed(row)) {
        return Some(row);
    }
    let look =
        |row: u16| screen.cell(row, columns / 4).map(|cell| (cell.bgcolor(), cell.inverse()));
    let alike = |row: u16| (0..rows).filter(|&other| look(other) == look(row)).count();
    (0..rows).find(|&row| alike(row) == 1)
}

/// A span in milliseconds.
pub fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}
