//! A headless command that runs on while the test does something, read line by line.

use super::control_plane::wheelhouse;
use super::wait::until;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// A running command. It is killed with the value.
pub struct Running {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
    errors: Arc<Mutex<String>>,
}

impl Running {
    /// Starts the program on a cluster.
    pub fn start(kubeconfig: &Path, args: &[&str]) -> Self {
        let mut child = wheelhouse(kubeconfig.parent().expect("a folder"))
            .args(args)
            .arg(format!("--kubeconfig={}", kubeconfig.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let (lines, errors) = <(Arc<Mutex<Vec<String>>>, Arc<Mutex<String>>)>::default();
        let (output, mut complaints) =
            (child.stdout.take().expect("stdout"), child.stderr.take().expect("stderr"));
        let (to_lines, to_errors) = (Arc::clone(&lines), Arc::clone(&errors));
        let readers = vec![
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    to_lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                }
            }),
            std::thread::spawn(move || {
                let mut text = String::new();
                let _ = complaints.read_to_string(&mut text);
                *to_errors.lock().unwrap_or_else(PoisonError::into_inner) = text;
            }),
        ];
        Self { child, lines, readers, errors }
    }

    /// What it has printed so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a line with this text.
    pub fn wait_for(&self, text: &str) {
        until(&format!("the command to say {text:?}"), || {
            let lines = self.lines();
            if lines.iter().any(|line| line.contains(text)) {
                Ok(())
            } else {
                Err(lines.join("\n"))
            }
        });
    }

    /// Waits until it has ended: its exit code, and what it printed and complained of.
    pub fn end(mut self) -> (i32, String) {
        let status = until("the command to end", || match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err(self.lines().join("\n")),
            Err(error) => Err(error.to_string()),
        });
        for reader in self.readers.drain(..) {
            reader.join().expect("a reader");
        }
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (status.code().unwrap_or(-1), format!("{}\n{errors}", self.lines().join("\n")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
