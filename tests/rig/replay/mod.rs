//! More changes a second than an API server and etcd can send beside the program on the same two cores: the rig records
//! what they answer and send, and a process of its own replays it as fast as is asked.

mod child;
mod herd;
mod http;
mod pb;
mod record;
pub mod server;
pub mod soak;
mod tape;

use crate::figures::{Samples, Table};
use crate::process::{self, Span};
use crate::terminal::{Terminal, millis};
use crate::typing::keys;
use crate::{Program, thousands};
use child::Replay;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const POKES: usize = 40;

/// What is recorded.
#[derive(clap::Args)]
pub struct Recording {
    /// How many pods the program sees.
    #[arg(long, default_value_t = 10_000)]
    pods: usize,
    /// How many of them are recorded; each stands for as many as it takes, with names and uids of their own.
    #[arg(long)]
    real: Option<usize>,
    /// Changes recorded, which then happen round and round.
    #[arg(long, default_value_t = 5_000)]
    events: usize,
    /// Keep the recording in this folder, or use the one that is there.
    #[arg(long)]
    keep: Option<PathBuf>,
}

impl Recording {
    fn real(&self) -> usize {
        let real = self.real.unwrap_or_else(|| self.pods.min(10_000));
        let whole = real >= 20 && self.pods.is_multiple_of(real);
        assert!(whole, "--pods must be so many times --real, and that 20 at least");
        assert!(self.pods < 1_000_000, "numbers in names have six digits");
        real
    }

    /// The process that replays it; the folder lasts as long, where it is not kept.
    fn replay(&self, named: &[String]) -> (Replay, Option<tempfile::TempDir>) {
        let real = self.real();
        let own = match &self.keep {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new().prefix("wheelhouse-rig-").tempdir().expect("a folder"),
            ),
        };
        let dir = own
            .as_ref()
            .map_or_else(|| self.keep.clone().expect("one of both"), |own| own.path().to_owned());
        let files = tape::Files(dir.clone());
        if files.about().exists() {
            let there = files.read_about().pods;
            assert_eq!(
                there,
                real,
                "{} holds a recording of {there} pods: --real {there}, or keep another",
                dir.display()
            );
        } else {
            record::make(&dir, real, self.events, named);
        }
        (Replay::start(&dir, self.pods / real), own)
    }

    fn told(&self) -> String {
        let (real, pods) = (self.real(), self.pods);
        if real == pods {
            return format!("{} pods", thousands(pods));
        }
        format!("{} pods made of {} recorded ones", thousands(pods), thousands(real))
    }
}

/// What is measured.
#[derive(clap::Args)]
pub struct Wanted {
    #[command(flatten)]
    recording: Recording,
    /// Changes a second, one after the other.
    #[arg(long, value_delimiter = ',', default_value = "1000,5000")]
    rates: Vec<f64>,
    /// Seconds at rest and at each rate.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Another program and its arguments in the place of wheelhouse: `{kubeconfig}` stands for the file.
    #[arg(last = true)]
    program: Vec<String>,
}

/// Runs it.
pub fn run(wanted: &Wanted) {
    let (mut replay, _own) = wanted.recording.replay(&wanted.program);
    let program = Program::given(&wanted.program, &["-A", "-c", "pods"], &replay.kubeconfig);
    let mut table = Table::default();
    let mut terminal = program.start();
    let began = terminal.began();
    terminal.wait("svc-");
    table.line("first rows", format!("{:.0} ms", millis(began.elapsed())));
    let all = all_rows(&mut terminal, replay.pods);
    table.line("all rows", format!("{:.0} ms", millis(all - began)));
    terminal.pass(Duration::from_secs(3));
    let pid = terminal.pid();
    table.line("RSS / PSS", process::memory_told(pid));
    measure(&mut terminal, &mut replay, 0.0, wanted.seconds, &mut table);
    for &rate in &wanted.rates {
        measure(&mut terminal, &mut replay, rate, wanted.seconds, &mut table);
    }
    if wanted.program.is_empty() {
        table.line("rows that differ after it", differing(&mut terminal, &mut replay));
        // And after bad luck on top of it.
        replay.rate(wanted.rates.last().copied().unwrap_or(1000.0));
        for blow in [Replay::cut, Replay::forget, Replay::cut] {
            terminal.pass(Duration::from_secs(2));
            blow(&mut replay);
        }
        terminal.pass(Duration::from_secs(2));
        let differ = differing(&mut terminal, &mut replay);
        table.line("rows that differ after two cuts and a 410 in changes", differ);
    }
    table.line("RSS / PSS after it", process::memory_told(pid));
    let [requests, lists, unknown] = replay.counts();
    table.line(
        "requests",
        format!("{requests}, {lists} of them lists of pods, {unknown} not in the recording"),
    );
    table.print(&format!("{} · {} · replayed", program.name(), wanted.recording.told()));
}

fn measure(
    terminal: &mut Terminal,
    replay: &mut Replay,
    rate: f64,
    seconds: u64,
    table: &mut Table,
) {
    let when =
        if rate > 0.0 { format!("at {rate} changes a second") } else { "at rest".to_owned() };
    replay.rate(rate);
    terminal.pass(Duration::from_secs(3));
    let (_, before) = replay.told();
    let (span, written) = (Span::begin(terminal.pid()), terminal.written());
    terminal.pass(Duration::from_secs(seconds));
    let (cpu, passed) = (span.percent(), span.seconds());
    let bytes = (terminal.written() - written) as f64 / passed;
    let (happened, told) = replay.told();
    let sent = (told - before) as f64 / passed;
    let late = happened - told;
    table.line(
        format!("CPU {when}"),
        format!("{cpu:.2} % of a core, {bytes:.0} B/s; {sent:.0} changes a second sent, {late} late at the end"),
    );
    keys(terminal, &when, None, table);
    let mut samples = Samples::default();
    for i in 0..POKES {
        terminal.settle(Duration::from_millis(20));
        let restarts = 1001 + i % 2;
        let (plain, grouped) = (restarts.to_string(), thousands(restarts));
        let sent = Instant::now();
        replay.poke();
        let painted =
            terminal.wait_for("restarts", |text| text.contains(&plain) || text.contains(&grouped));
        samples.push(millis(painted.saturating_duration_since(sent)));
    }
    table.line(format!("event → paint {when}, since it was ordered"), samples.told("ms"));
}

fn all_rows(terminal: &mut Terminal, count: usize) -> Instant {
    let (plain, grouped) = (count.to_string(), thousands(count));
    terminal.wait_for("the number of pods", |text| text.contains(&plain) || text.contains(&grouped))
}

/// Lets everything come to rest and counts the rows that the program has otherwise than they should be, or has not,
/// or should not have.
pub fn differing(terminal: &mut Terminal, replay: &mut Replay) -> Differing {
    replay.still();
    terminal.pass(Duration::from_secs(2));
    let ours = saved(terminal);
    let theirs = replay.rows();
    let mut differ = 0;
    for key in ours.keys().chain(theirs.keys().filter(|&key| !ours.contains_key(key))) {
        if ours.get(key) != theirs.get(key) {
            differ += 1;
            if differ <= 5 {
                eprintln!("{key}: {:?}, but it is {:?}", ours.get(key), theirs.get(key));
            }
        }
    }
    Differing { rows: differ, of: theirs.len() }
}

/// How many rows differ, of how many that there should be.
#[derive(Clone, Copy, Default)]
pub struct Differing {
    rows: usize,
    of: usize,
}

impl std::fmt::Display for Differing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.rows, thousands(self.of))
    }
}

/// The rows that wheelhouse has, saved with the key for it.
fn saved(terminal: &mut Terminal) -> std::collections::BTreeMap<String, String> {
    let dir = terminal.home().join("state/saved");
    let files = || -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&dir).into_iter().flatten().filter_map(Result::ok);
        let whole = |path: &PathBuf| path.extension().is_none_or(|ending| ending != "part");
        entries.map(|entry| entry.path()).filter(whole).collect()
    };
    let before = files();
    terminal.send(b"\x1bs");
    let began = Instant::now();
    let path = loop {
        if let Some(path) = files().into_iter().find(|path| !before.contains(path)) {
            break path;
        }
        let waited = began.elapsed() > Duration::from_secs(60);
        assert!(!waited, "no rows were saved to {}:\n{}", dir.display(), terminal.text());
        terminal.pass(Duration::from_millis(50));
    };
    let text = std::fs::read_to_string(path).expect("saved rows");
    let rows = text.lines().map(|line| {
        let row: Value = serde_json::from_str(line).expect("JSON Lines");
        let cells = &row["cells"];
        keyed(&json!([
            row["namespace"],
            row["name"],
            row["uid"],
            row["resourceVersion"],
            cells["READY"],
            cells["STATUS"],
            cells["RESTARTS"]["count"],
            cells["NODE"],
        ]))
    });
    rows.collect()
}

/// Namespace and name of a row, and all of it.
fn keyed(row: &Value) -> (String, String) {
    let text = |i: usize| row[i].as_str().unwrap_or_default();
    (format!("{}/{}", text(0), text(1)), row.to_string())
}

/// Writes a kubeconfig for a server on this port, whose certificate is in the folder.
fn kubeconfig(dir: &Path, port: u16) -> PathBuf {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: replay\n\
         clusters:\n- name: replay\n  cluster:\n    server: https://127.0.0.1:{port}\n    certificate-authority: {}\n\
         users:\n- name: admin\n  user:\n    token: replayed\n\
         contexts:\n- name: replay\n  context:\n    cluster: replay\n    user: admin\n",
        std::path::absolute(dir.join("server.crt")).expect("a path").display(),
    );
    let path = dir.join("kubeconfig");
    std::fs::write(&path, text).expect("a kubeconfig");
    path
}
