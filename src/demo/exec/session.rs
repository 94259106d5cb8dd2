//! One process in a demo container: a shell on a terminal, or one command.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;

use super::Place;
use super::commands::{self, Shell};
use super::files::Files;
use super::line::{Line, Typed};

/// Programs that are shells.
const SHELLS: [&str; 3] = ["sh", "ash", "bash"];
/// Images that hold one program and nothing else.
const BARE: [&str; 6] =
    ["coredns", "distroless", "metrics-server", "cert-manager", "kube-apiserver", "etcd"];

/// How it ended.
#[derive(Debug, PartialEq)]
pub enum End {
    /// With this code.
    Exited(u8),
    /// It could not be run.
    Failed(String),
}

enum Mode {
    /// A shell that reads lines.
    Interactive(Box<Line>),
    /// Sends back what it is sent.
    Cat,
    /// Over.
    Done,
}

/// A running process.
pub struct Session {
    shell: Shell,
    mode: Mode,
    tty: bool,
    out: Vec<u8>,
    end: Option<End>,
    /// Of input without a terminal: the line that is not complete yet.
    rest: Vec<u8>,
}

impl Session {
    /// Starts a command.
    ///
    /// # Errors
    /// The image has no such program; in the kubelet's words.
    pub fn start(
        place: &Place,
        files: Rc<RefCell<Files>>,
        command: &[String],
        tty: bool,
        stdin: bool,
    ) -> Result<Self, String> {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let program = words.first().copied().unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or_default();
        let bare = BARE.iter().any(|part| place.image.contains(part));
        let known = SHELLS[..2].contains(&name) || commands::exists(name);
        if bare || !known {
            return Err(format!(
                "error executing command in container: failed to exec in container: failed to \
                 start exec: OCI runtime exec failed: exec failed: unable to start container \
                 process: exec: \"{program}\": executable file not found in $PATH: unknown"
            ));
        }
        let mut session = Self {
            shell: Shell::new(place, files),
            mode: Mode::Done,
            tty,
            out: Vec::new(),
            end: None,
            rest: Vec::new(),
        };
        let interactive = match words.as_slice() {
            [_] => SHELLS.contains(&name),
            // What only looks for the best shell there is.
            [_, "-c", script] if SHELLS.contains(&name) => script.trim_end().ends_with("exec sh"),
            _ => false,
        };
        if interactive {
            session.mode = Mode::Interactive(Box::default());
            if tty {
                session.prompt();
            }
        } else if words == ["cat"] && stdin {
            session.mode = Mode::Cat;
        } else {
            let code = match words.as_slice() {
                [_, "-c", script, ..] if SHELLS.contains(&name) => session.shell.run(script),
                words => session.shell.words(words),
            };
            session.say();
            session.end = Some(End::Exited(code));
        }
        Ok(session)
    }

    /// What it wrote since the last call.
    pub fn output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// How it ended, once it has.
    pub fn end(&mut self) -> Option<End> {
        self.end.take()
    }

    /// Its terminal has another size.
    pub fn resize(&mut self, json: &[u8]) {
        let size: Value = serde_json::from_slice(json).unwrap_or_default();
        let number = |key: &str| size[key].as_u64().and_then(|n| u16::try_from(n).ok());
        if let (Some(columns), Some(rows)) = (number("Width"), number("Height")) {
            self.shell.size = (columns, rows);
        }
    }

    /// Its standard input has ended.
    pub fn eof(&mut self) {
        match self.mode {
            Mode::Cat => self.end = Some(End::Exited(0)),
            Mode::Interactive(_) => {
                let rest = std::mem::take(&mut self.rest);
                if !rest.is_empty() {
                    self.obey(&String::from_utf8_lossy(&rest));
                }
                let code = self.shell.status;
                self.end.get_or_insert(End::Exited(code));
            }
            Mode::Done => {}
        }
    }

    /// Something was typed or sent.
    pub fn input(&mut self, bytes: &[u8]) {
        match &mut self.mode {
            Mode::Cat => self.out.extend_from_slice(bytes),
            Mode::Interactive(_) if !self.tty => {
                self.rest.extend_from_slice(bytes);
                while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = self.rest.drain(..=end).collect();
                    self.obey(&String::from_utf8_lossy(&line));
                }
            }
            Mode::Interactive(_) => {
                for byte in bytes {
                    self.typed(*byte);
                }
            }
            Mode::Done => {}
        }
    }

    fn typed(&mut self, byte: u8) {
        if self.end.is_some() {
            return;
        }
        let Mode::Interactive(line) = &mut self.mode else { return };
        match line.byte(byte, &mut self.out) {
            Typed::More => {}
            Typed::Line(line) => {
                self.obey(&line);
                if self.end.is_none() {
                    self.prompt();
                }
            }
            Typed::Given => self.prompt(),
            Typed::End => self.end = Some(End::Exited(self.shell.status)),
            Typed::Clear => {
                let text = line.text().to_owned();
                self.out.extend_from_slice(b"\x1b[H\x1b[2J");
                self.prompt();
                self.out.extend_from_slice(text.as_bytes());
            }
        }
    }

    fn obey(&mut self, line: &str) {
        self.shell.run(line);
        self.say();
        if let Some(code) = self.shell.left {
            self.end = Some(End::Exited(code));
        }
    }

    /// What the commands wrote, as a terminal ends its lines.
    fn say(&mut self) {
        let text = std::mem::take(&mut self.shell.out);
        if !self.tty {
            return self.out.extend_from_slice(&text);
        }
        for byte in text {
            if byte == b'\n' {
                self.out.push(b'\r');
            }
            self.out.push(byte);
        }
    }

    fn prompt(&mut self) {
        let here = if self.shell.here.is_empty() { "/" } else { &self.shell.here };
        self.out.extend_from_slice(format!("{here} # ").as_bytes());
    }
}
