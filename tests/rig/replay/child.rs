//! The process that replays, as the rig sees it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A running replay. It ends with the value.
pub struct Replay {
    child: Child,
    orders: ChildStdin,
    said: BufReader<ChildStdout>,
    dir: tempfile::TempDir,
    /// How to reach it.
    pub kubeconfig: PathBuf,
    /// Pods that there are at the beginning.
    pub pods: usize,
}

impl Replay {
    /// Starts a process of its own on a recording.
    pub fn start(recording: &Path, copies: usize) -> Self {
        let own = std::env::current_exe().expect("the rig's own path");
        let mut child = Command::new(own)
            .arg("serve")
            .arg(recording)
            .args(["--copies", &copies.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the rig starts");
        let orders = child.stdin.take().expect("a pipe");
        let mut said = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        said.read_line(&mut line).expect("its port");
        let (port, pods) = line.trim().split_once(' ').expect("a port and a number");
        let dir = tempfile::Builder::new().prefix("wheelhouse-rig-").tempdir().expect("a folder");
        let port = port.parse().expect("a port");
        std::fs::copy(recording.join("server.crt"), dir.path().join("server.crt")).expect("a copy");
        let kubeconfig = super::kubeconfig(dir.path(), port);
        Self { child, orders, said, kubeconfig, pods: pods.parse().expect("a number"), dir }
    }

    fn ask(&mut self, order: &str) -> String {
        writeln!(self.orders, "{order}").expect("it listens");
        let mut line = String::new();
        self.said.read_line(&mut line).expect("it answers");
        assert!(!line.is_empty(), "the replay has ended");
        line.trim().to_owned()
    }

    /// From now on so many changes happen in a second.
    pub fn rate(&mut self, rate: f64) {
        self.ask(&format!("rate {rate}"));
    }

    /// The first pod changes.
    pub fn poke(&mut self) {
        self.ask("poke");
    }

    /// The watches of pods end in the middle.
    pub fn cut(&mut self) {
        self.ask("cut");
    }

    /// They end, and cannot go on from where they were.
    pub fn forget(&mut self) {
        self.ask("forget");
    }

    /// Changes that happened, and how many of them every watch was told.
    pub fn told(&mut self) -> (u64, u64) {
        let answer = self.ask("told");
        let (happened, told) = answer.split_once(' ').expect("two numbers");
        (happened.parse().expect("a number"), told.parse().expect("a number"))
    }

    /// Requests, lists of pods among them, and those that are not in the recording.
    pub fn counts(&mut self) -> [u64; 3] {
        let answer = self.ask("counts");
        let mut counts = answer.split(' ').map(|count| count.parse().expect("a number"));
        std::array::from_fn(|_| counts.next().expect("three numbers"))
    }

    /// Nothing happens any more, and the watches were told everything.
    pub fn still(&mut self) {
        self.rate(0.0);
        let began = Instant::now();
        loop {
            // One more change may have been under way.
            std::thread::sleep(Duration::from_millis(100));
            let (happened, told) = self.told();
            if happened == told {
                return;
            }
            assert!(
                began.elapsed() < Duration::from_secs(120),
                "no watch was told more than {told} of {happened} changes"
            );
        }
    }

    /// The rows as they should be, by namespace and name.
    pub fn rows(&mut self) -> BTreeMap<String, String> {
        let path = self.dir.path().join("rows");
        self.ask(&format!("rows {}", path.display()));
        let text = std::fs::read_to_string(path).expect("rows");
        let rows = text.lines().map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("a row");
            super::keyed(&row)
        });
        rows.collect()
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        // A second failure cannot be told from here, and the first one matters.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
