//! The real binary in a terminal of its own: press keys, wait for what the screen says.

use super::synchronized::Synchronized;
use super::wait::{self, Lookout, PATIENCE};
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A session that is not started yet.
pub struct Session {
    program: PathBuf,
    args: Vec<String>,
    size: (u16, u16),
    home: Option<PathBuf>,
    env: Vec<(String, String)>,
    /// So many bytes a second are read from its terminal at most.
    takes: Option<usize>,
    /// The page a session begins with where its arguments name none: most tests are about objects.
    first_page: Option<&'static str>,
}

impl Session {
    /// The program with these arguments.
    pub fn new(args: &[&str]) -> Self {
        Self::running(super::paths::program().into(), args)
    }

    /// An example of the library with these arguments.
    pub fn example(name: &str, args: &[&str]) -> Self {
        Self::running(super::paths::example(name), args)
    }

    fn running(program: PathBuf, args: &[&str]) -> Self {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Self {
            program,
            args,
            size: (120, 40),
            home: None,
            env: Vec::new(),
            takes: None,
            first_page: Some("pods"),
        }
    }

    /// The program on a kubeconfig.
    pub fn on(kubeconfig: &Path, args: &[&str]) -> Self {
        let mut session = Self::new(args);
        session.args.push(format!("--kubeconfig={}", kubeconfig.display()));
        session
    }

    /// With this variable in its environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// In a terminal that takes so many bytes a second.
    pub fn takes(mut self, bytes: usize) -> Self {
        self.takes = Some(bytes);
        self
    }

    /// In a terminal of this many columns and rows.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// With this home directory, which outlives the session.
    pub fn home(mut self, dir: &Path) -> Self {
        self.home = Some(dir.to_owned());
        self
    }

    /// Nothing is added to its arguments: it begins with its own first page, or is no session.
    pub fn at_home(mut self) -> Self {
        self.first_page = None;
        self
    }

    /// Starts it.
    pub fn start(self) -> Screen {
        let own = tempfile::Builder::new().prefix("wheelhouse-home-").tempdir().expect("tempdir");
        let home = self.home.unwrap_or_else(|| own.path().to_owned());
        let pair = native_pty_system().openpty(pty_size(self.size)).expect("a PTY");
        let mut command = CommandBuilder::new(&self.program);
        command.args(&self.args);
        let interactive =
            self.args.first().is_none_or(|first| first == "demo" || first.starts_with('-'));
        let named = self.args.iter().any(|arg| arg == "-c" || arg.starts_with("--command"));
        if let Some(page) = self.first_page.filter(|_| interactive && !named) {
            command.args(["-c", page]);
        }
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", &home);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("WHEELHOUSE_STATE_DIR", home.join("state"));
        command.env("WHEELHOUSE_CONFIG_DIR", home.join("config"));
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command.cwd(&home);
        let before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("the program");
        drop(pair.slave);
        let shared = Arc::new(Shared {
            seen: Mutex::new(Seen {
                parser: vt100::Parser::new(self.size.1, self.size.0, 0),
                synchronized: Synchronized::default(),
                bytes: Vec::new(),
                ended: false,
                let_go: false,
            }),
            news: Condvar::new(),
        });
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let sink = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let mut buffer = vec![0; self.takes.map_or(65536, |takes| takes / 100)];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                if let Some(takes) = self.takes {
                    std::thread::sleep(Duration::from_secs_f64(read as f64 / takes as f64));
                }
                let mut seen = sink.lock();
                let Seen { parser, synchronized, bytes, ended, .. } = &mut *seen;
                if read == 0 {
                    synchronized.end(|rest| parser.process(rest));
                    *ended = true;
                } else {
                    synchronized.feed(&buffer[..read], |whole| parser.process(whole));
                    bytes.extend_from_slice(&buffer[..read]);
                }
                let let_go = seen.let_go;
                drop(seen);
                sink.news.notify_all();
                if read == 0 || let_go {
                    return;
                }
            }
        });
        Screen {
            master: Some(pair.master),
            writer: Some(writer),
            child,
            reader: Some(thread),
            shared,
            before,
            home,
            _own: own,
        }
    }
}

struct Shared {
    seen: Mutex<Seen>,
    news: Condvar,
}

struct Seen {
    parser: vt100::Parser,
    synchronized: Synchronized,
    bytes: Vec<u8>,
    ended: bool,
    let_go: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running session and what its terminal shows. It ends with the value.
pub struct Screen {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    reader: Option<std::thread::JoinHandle<()>>,
    shared: Arc<Shared>,
    before: String,
    home: PathBuf,
    _own: tempfile::TempDir,
}

/// Which row the cursor of a table is on: its first four words. The rest changes by itself, and so does
/// what stands beside the table.
fn row_under_cursor(screen: &str) -> Option<Vec<String>> {
    let row =
        screen.lines().find_map(|line| line.trim_start_matches(['│', ' ']).strip_prefix('▸'))?;
    Some(row.split_whitespace().take(4).map(str::to_owned).collect())
}

impl Screen {
    /// Presses keys, written with blanks between them: `j j <enter> <ctrl-d> <space>`.
    pub fn press(&mut self, keys: &str) {
        let mut bytes = Vec::new();
        for key in keys.split_whitespace() {
            bytes.extend(key_bytes(key));
        }
        self.send(&bytes);
    }

    /// Types text as it is.
    pub fn type_text(&mut self, text: &str) {
        self.send(text.as_bytes());
    }

    fn send(&mut self, bytes: &[u8]) {
        let writer = self.writer.as_mut().expect("the PTY is open");
        writer.write_all(bytes).expect("the program reads its keys");
        writer.flush().expect("the program reads its keys");
    }

    /// A whole command line: `:`, the text, enter; returns when it was taken, or the program ended.
    pub fn command(&mut self, line: &str) {
        self.type_command(line);
        self.press("<enter>");
        wait::until("the command line to close", || {
            let text = self.text();
            if has_prompt(&text) && !self.shared.lock().ended { Err(text) } else { Ok(()) }
        });
    }

    /// A command line without the enter.
    pub fn type_command(&mut self, line: &str) {
        self.press(":");
        // What is typed before the prompt stands would be keys.
        self.wait_until("the command line", has_prompt);
        self.type_text(line);
        self.wait_for(&format!(" :{line}"));
    }

    /// What the screen shows, line by line.
    pub fn text(&self) -> String {
        self.shared.lock().parser.screen().contents()
    }

    /// Waits until the screen shows this text; what it shows then.
    pub fn wait_for(&mut self, text: &str) -> String {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Types this into a shell until the screen shows this answer: for what arrives there a moment
    /// after it has changed here, such as the terminal's size.
    pub fn ask_until(&mut self, command: &str, answer: &str) {
        for _ in 0..50 {
            self.type_text(&format!("clear; {command}; echo asked"));
            self.press("<enter>");
            let seen = self.wait_until("an answer", |text| {
                text.lines().any(|line| line.trim_matches(['│', ' ']) == "asked")
            });
            if seen.contains(answer) {
                return;
            }
        }
        self.wait_for(answer);
    }

    /// Waits until the screen shows this text no longer.
    pub fn wait_gone(&mut self, text: &str) -> String {
        self.wait_until(&format!("{text:?} to go"), |screen| !screen.contains(text))
    }

    /// Waits until the screen is as asked for.
    pub fn wait_until(&mut self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        let mut lookout = Lookout::new();
        let shared = Arc::clone(&self.shared);
        let mut seen = shared.lock();
        loop {
            lookout.look(what);
            let text = seen.parser.screen().contents();
            if is(&text) {
                return text;
            }
            let left = PATIENCE.saturating_sub(start.elapsed());
            assert!(!left.is_zero(), "waited {:?} for {what}; the screen shows\n{text}", *PATIENCE);
            assert!(!seen.ended, "the program ended before {what}; the screen shows\n{text}");
            // A silent screen is no reason not to look around.
            let left = left.min(Duration::from_secs(3));
            seen = shared.news.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The line with the cursor of a table (`▸`), without borders.
    pub fn selected(&self) -> String {
        let text = self.text();
        let left = |line: &&str| line.trim_start_matches(['│', ' ']).starts_with('▸');
        let line = text.lines().find(left).unwrap_or_default();
        line.trim_matches(['│', ' ', '▸']).to_owned()
    }

    /// Presses `j` until the selected line holds this text.
    pub fn select(&mut self, text: &str) {
        self.wait_for(text);
        self.press("g");
        self.wait_until("the first row to be selected", |screen| {
            screen
                .lines()
                .filter(|line| line.starts_with('│'))
                .nth(1)
                .is_some_and(|l| l.contains('▸'))
        });
        self.step_to(text);
    }

    /// Presses `j` until the selected line holds this text, from where the selection is: for pages.
    pub fn step_to(&mut self, text: &str) {
        self.wait_for(text);
        let start = Instant::now();
        while !self.selected().contains(text) {
            assert!(start.elapsed() < *PATIENCE, "cannot select {text:?}:\n{}", self.text());
            let before = row_under_cursor(&self.text());
            self.press("j");
            self.wait_until("the selection to move", |screen| row_under_cursor(screen) != before);
        }
    }

    /// Everything the program wrote so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.shared.lock().bytes.clone()
    }

    /// How many bytes it wrote so far.
    pub fn written(&self) -> usize {
        self.shared.lock().bytes.len()
    }

    /// Whether the alternate screen is shown.
    pub fn alternate(&self) -> bool {
        self.shared.lock().parser.screen().alternate_screen()
    }

    /// Whether the cursor is hidden.
    pub fn cursor_hidden(&self) -> bool {
        self.shared.lock().parser.screen().hide_cursor()
    }

    /// The terminal gets another size. What reads along only grows: the emulator panics over some
    /// sequences of tiny sizes, and what the program draws in a corner of it is as good.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let mut seen = self.shared.lock();
        let (old_rows, old_columns) = seen.parser.screen().size();
        seen.parser.screen_mut().set_size(rows.max(old_rows), columns.max(old_columns));
        drop(seen);
        let master = self.master.as_ref().expect("the PTY is open");
        master.resize(pty_size((columns, rows))).expect("resize");
    }

    /// Sends a signal by its name without `SIG`.
    pub fn signal(&self, name: &str) {
        let status = std::process::Command::new("/bin/sh")
            .args(["-c", &format!("kill -{name} {}", self.pid())])
            .status()
            .expect("a shell");
        assert!(status.success(), "kill -{name}");
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a process id")
    }

    /// Waits until the program has ended.
    pub fn wait_end(&mut self) -> ExitStatus {
        wait::until("the program to end", || match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err(self.text()),
            Err(error) => Err(error.to_string()),
        })
    }

    /// Leaves with ctrl-c and checks that it ended well and gave the terminal back. What was sent may
    /// still be followed, though its outcome is there: then the program asks, and is told again.
    pub fn leave(mut self) {
        let asked = |screen: &Self| screen.text().contains("quit again");
        let told = asked(&self);
        self.press("<ctrl-c>");
        let status = wait::until("the program to end, or to ask", || match self.child.try_wait() {
            Ok(Some(status)) => Ok(Some(status)),
            Ok(None) if !told && asked(&self) => Ok(None),
            Ok(None) => Err(self.text()),
            Err(error) => Err(error.to_string()),
        });
        let status = status.unwrap_or_else(|| {
            self.press("<ctrl-c>");
            self.wait_end()
        });
        assert!(status.success(), "{status:?}\n{}", self.text());
        self.assert_terminal_whole();
    }

    /// The terminal is as it was before the program: modes, normal screen, cursor, no paste or
    /// focus or mouse reports.
    pub fn assert_terminal_whole(&self) {
        wait::until("the last output to arrive", || {
            let seen = self.shared.lock();
            if seen.ended { Ok(()) } else { Err("the PTY is open".to_owned()) }
        });
        self.assert_given_back();
    }

    /// As [`Screen::assert_terminal_whole`], while the program still holds the PTY open (stopped).
    pub fn assert_given_back(&self) {
        if let Some(master) = &self.master {
            assert_eq!(modes(&**master), self.before, "modes of the terminal");
        }
        let seen = self.shared.lock();
        let screen = seen.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "bracketed paste is off");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        let bytes = String::from_utf8_lossy(&seen.bytes);
        assert!(bytes.rfind("\x1b[?1004l") >= bytes.rfind("\x1b[?1004h"), "focus reports are off");
    }

    /// The modes of the terminal now, for comparison.
    pub fn modes(&self) -> String {
        modes(&**self.master.as_ref().expect("the PTY is open"))
    }

    /// The modes before the program started.
    pub fn modes_before(&self) -> &str {
        &self.before
    }

    /// Closes our end of the PTY, as a terminal window does. `key` makes the program write once
    /// more: the thread that reads it lets go of the PTY then.
    pub fn close(&mut self, key: &str) {
        self.shared.lock().let_go = true;
        self.press(key);
        self.reader.take().expect("closed once").join().expect("the reader");
        self.writer = None;
        self.master = None;
    }

    /// The one saved file whose name begins like this.
    pub fn saved(&self, begins: &str) -> String {
        let dir = self.home.join("state/saved");
        let names =
            std::fs::read_dir(&dir).expect("saved files").map(|entry| entry.expect("a file"));
        let of =
            |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(begins);
        let path = names.filter(of).map(|entry| entry.path()).next().expect("a file of this name");
        std::fs::read_to_string(path).expect("a text")
    }

    /// Saves the rows on screen as JSON Lines with the key for it, and reads them back.
    pub fn save_rows(&mut self) -> Vec<serde_json::Value> {
        let dir = self.home.join("state/saved");
        let before = newest(&dir);
        self.press("<alt-s>");
        let path = wait::until("the saved rows", || {
            let now = newest(&dir);
            match &now {
                Some((path, _)) if now != before => Ok(path.clone()),
                _ => Err(format!(
                    "{} is as before; the screen shows\n{}",
                    dir.display(),
                    self.text()
                )),
            }
        });
        let text = std::fs::read_to_string(path).expect("saved rows");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON Lines")).collect()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the screen at the end:\n{}", self.text());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file that was written last, and when.
fn newest(dir: &Path) -> Option<(PathBuf, std::time::SystemTime)> {
    std::fs::read_dir(dir)
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let done = path.extension().is_none_or(|ending| ending != "part");
            let when = path.metadata().ok()?.modified().ok()?;
            done.then_some((path, when))
        })
        .max_by_key(|(_, when)| *when)
}

fn has_prompt(text: &str) -> bool {
    text.lines().rev().take(4).any(|line| line.starts_with(" :"))
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal"))
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// The bytes a terminal sends for a key.
fn key_bytes(key: &str) -> Vec<u8> {
    let Some(name) = key.strip_prefix('<').and_then(|key| key.strip_suffix('>')) else {
        return key.as_bytes().to_vec();
    };
    if let Some(letter) = name.strip_prefix("ctrl-") {
        return match letter {
            "space" => vec![0],
            "\\" => vec![0x1c],
            _ => vec![letter.as_bytes()[0] & 0x1f],
        };
    }
    if let Some(letter) = name.strip_prefix("alt-") {
        return match letter {
            "enter" => b"\x1b\r".to_vec(),
            letter => [b"\x1b", letter.as_bytes()].concat(),
        };
    }
    let bytes: &[u8] = match name {
        "enter" => b"\r",
        "esc" => b"\x1b",
        // As terminals with kitty's protocol send it: what is typed next cannot be taken for its rest.
        "kitty-esc" => b"\x1b[27u",
        "tab" => b"\t",
        "shift-tab" => b"\x1b[Z",
        "space" => b" ",
        "backspace" => b"\x7f",
        "up" => b"\x1b[A",
        "down" => b"\x1b[B",
        "right" => b"\x1b[C",
        "left" => b"\x1b[D",
        "home" => b"\x1b[H",
        "end" => b"\x1b[F",
        "pageup" => b"\x1b[5~",
        "pagedown" => b"\x1b[6~",
        other => panic!("no such key: <{other}>"),
    };
    bytes.to_vec()
}
