//! One server process that never outlives the test.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// A program and how it is told to end.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    role: Option<&'static str>,
    env: Vec<(&'static str, String)>,
    ends_by_itself: bool,
}

/// Runs `"$@"` until the standard input closes. A stranger's program does not end by itself when the
/// test dies; this shell sees to it.
const GUARD: &str = r#""$@" & child=$!; cat >/dev/null; kill -KILL "$child"; wait "$child""#;

impl Program {
    /// A binary of our own, which ends when its standard input closes.
    pub fn own(path: &Path) -> Self {
        Self { path: path.to_owned(), role: None, env: Vec::new(), ends_by_itself: true }
    }

    /// A role of our own binary, which ends when its standard input closes.
    pub fn role(path: &Path, role: &'static str) -> Self {
        Self { role: Some(role), ..Self::own(path) }
    }

    /// A program of somebody else's.
    pub fn foreign(path: &Path) -> Self {
        Self { ends_by_itself: false, ..Self::own(path) }
    }

    /// With this variable in its environment.
    pub fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// A command that runs it in the foreground.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(self.role).envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    fn guarded(&self) -> Command {
        if self.ends_by_itself {
            return self.command();
        }
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GUARD, "guard"]).arg(&self.path);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A running server; killed when dropped.
pub struct Server {
    child: Mutex<Child>,
    guarded: bool,
    log: PathBuf,
}

impl Server {
    /// Starts it with its output going to `log`.
    pub fn start(program: &Program, args: &[String], log: &Path) -> Self {
        let output = File::options().create(true).append(true).open(log).expect("a log file");
        let errors = output.try_clone().expect("a log file");
        let child = program
            .guarded()
            .args(args)
            .env("HOME", log.parent().expect("a folder"))
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{program:?}: {error}"));
        Self { child: Mutex::new(child), guarded: !program.ends_by_itself, log: log.to_owned() }
    }

    /// Panics with the end of its log when it has ended.
    pub fn assert_running(&self) {
        if let Some(fault) = self.fault() {
            panic!("{fault}");
        }
    }

    /// How it ended, with the end of its log; None while it runs.
    pub fn fault(&self) -> Option<String> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let status = child.try_wait().expect("a child")?;
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let from = log.len().saturating_sub(3000);
        let from = (from..log.len()).find(|&i| log.is_char_boundary(i)).unwrap_or(0);
        Some(format!("{} ended: {status}\n{}", self.log.display(), &log[from..]))
    }

    /// Kills it and waits until it is gone.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // For a guarded program this is the order to kill it; ours gets the signal as well.
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(child.stdin.take());
        if !self.guarded {
            let _ = child.kill();
        }
        let _ = child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
