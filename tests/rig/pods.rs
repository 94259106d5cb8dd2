//! A table of pods: how soon it is there, what it costs at rest and in changes, and how long a key waits.

use crate::drain::{self, Encoding};
use crate::figures::{Goal, NOT_TAKEN, Samples, Table};
use crate::load::{self, Churn};
use crate::process::{self, Span};
use crate::support::audit::{self, Asked};
use crate::support::control_plane::{ControlPlane, Options};
use crate::terminal::{Terminal, millis};
use crate::typing::{self, Pace};
use crate::{Program, copies, thousands};
use regex::Regex;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const LIST: &str = "/api/v1/pods?resourceVersion=0";
/// Where there are more pods than this, what takes longest and is only there to be compared with is done three times.
const MANY: usize = 20_000;

/// What is measured.
#[derive(clap::Args)]
pub struct Wanted {
    /// How many pods.
    count: usize,
    /// Changes a second.
    #[arg(long, default_value_t = 100.0)]
    churn: f64,
    /// Seconds at rest and in changes.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Starts, each beside drains of the same list.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Fail where a figure is twice as bad as its goal, or was not to be taken. With fewer than some thousand pods drains
    /// take no time that anything could be held against.
    #[arg(long)]
    gate: bool,
    /// Keep the cluster's pods in this folder, or use those that are there.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Only write the pods into the folder of --keep.
    #[arg(long, requires = "keep")]
    only_write: bool,
    /// How many of the pods are written by the API server; the others are put beside them as copies with names, uids and
    /// addresses of their own.
    #[arg(long, default_value_t = 10_000, value_name = "PODS")]
    written: usize,
    /// What the screen says when all rows are there; `{count}` stands for 10000 or 10,000. Wants to be told where a
    /// program puts their number into no brackets.
    #[arg(long, value_name = "REGEX", default_value = r"[\[(/]\s*{count}\b")]
    all_rows: String,
    /// What is typed at the program before anything is measured of its keys, if its pods have to be gone to.
    #[arg(long, value_name = "KEYS", default_value = "")]
    first: String,
    /// Seconds until all rows are given up.
    #[arg(long, default_value_t = 300)]
    patience: u64,
    /// Another program and its arguments in the place of wheelhouse: `{kubeconfig}` stands for the file. It gets a home
    /// directory of its own, and nothing of the environment but PATH. What cannot be taken of it is said to be so.
    #[arg(last = true)]
    program: Vec<String>,
}

impl Wanted {
    /// The control plane that it takes.
    pub fn plane(&self) -> Options {
        let data = self.keep.as_ref().map(|dir| {
            std::fs::create_dir_all(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
            std::path::absolute(dir).expect("a path").join("etcd")
        });
        // 100,000 pods and what they were before their status was known take more than the 2 GiB that etcd gives.
        Options { data, etcd: vec!["--quota-backend-bytes=8589934592"], ..audit::options() }
    }

    fn ours(&self) -> bool {
        self.program.is_empty()
    }

    /// A goal that wheelhouse has; others have none.
    fn goal(&self, goal: Goal) -> Option<Goal> {
        self.ours().then_some(goal)
    }

    fn most(&self, limit: f64, unit: &'static str) -> Option<Goal> {
        self.goal(Goal::most(limit, unit))
    }

    /// What the resident set may grow to, by the number of pods.
    fn memory(&self) -> Option<Goal> {
        let steps = [(10_000, 30.0), (50_000, 65.0), (100_000, 110.0)];
        let step = steps.iter().find(|(pods, _)| self.count <= *pods);
        step.and_then(|(_, limit)| self.most(*limit, "MiB"))
    }

    fn all_are_there(&self) -> impl Fn(&str) -> bool + use<> {
        let number = format!("(?:{}|{})", self.count, thousands(self.count));
        let regex = self.all_rows.replace("{count}", &number);
        let regex = Regex::new(&regex).unwrap_or_else(|error| panic!("--all-rows: {error}"));
        move |text| regex.is_match(text)
    }

    fn write(&self, plane: &ControlPlane) {
        let done = self.keep.as_ref().map(|dir| dir.join("pods"));
        if let Some(there) = done.as_ref().and_then(|done| std::fs::read_to_string(done).ok()) {
            assert_eq!(there, self.count.to_string(), "pods that are kept in the folder of --keep");
            return;
        }
        let began = Instant::now();
        let (count, given) = (self.count, self.count.min(self.written));
        let whole = given.is_multiple_of(200) || given == count;
        assert!(whole && count < 1_000_000, "--written must be a multiple of 200");
        load::pods(&plane.api(), given);
        copies::pods(plane, given, count);
        eprintln!("{count} pods written in {:.0} s", began.elapsed().as_secs_f64());
        let there = plane.api().get("/api/v1/pods?limit=1&resourceVersion=");
        let rest = there["metadata"]["remainingItemCount"].as_u64().unwrap_or(0);
        assert_eq!(rest + 1, count as u64, "pods that the API server tells of");
        if let Some(done) = done {
            std::fs::write(done, count.to_string()).expect("a file");
        }
    }
}

/// Runs it.
pub fn run(wanted: &Wanted, plane: &ControlPlane) {
    wanted.write(plane);
    if wanted.only_write {
        return;
    }
    // A server that has just started on what was kept fills its cache first.
    drain::list(&plane.url(), "admin-token", LIST, Encoding::Protobuf);
    let count = wanted.count;
    let kubeconfig = plane.kubeconfig("admin");
    let program = Program::given(&wanted.program, &["-A", "-c", "pods"], &kubeconfig);
    let mut table = Table::default();
    if wanted.ours() {
        let nowhere = ["-n", "default", "-c", "pods"];
        let mut skeleton = Program::given(&[], &nowhere, &kubeconfig).start();
        skeleton.wait("live");
        skeleton.pass(Duration::from_secs(3));
        memory("no pods", &skeleton, wanted.most(20.0, "MiB"), &mut table);
    }
    starts(wanted, &program, plane, &mut table);
    session(wanted, &program, plane, &mut table);
    table.print(&format!("{} · {} pods", program.name(), thousands(count)));
    if wanted.gate {
        table.gate();
    }
}

/// One long session.
fn session(wanted: &Wanted, program: &Program, plane: &ControlPlane, table: &mut Table) {
    let (api, ours) = (plane.api(), wanted.ours());
    let pace = if ours { Pace::Silence } else { Pace::Uneven };
    let before = audit::asked(plane).len();
    let mut terminal = program.start();
    let patience = Duration::from_secs(wanted.patience);
    if terminal.within(patience, wanted.all_are_there()).is_none() {
        eprintln!("all rows are not told; the screen is\n{}", terminal.text());
    }
    terminal.pass(Duration::from_secs(3));
    requests(&audit::asked(plane)[before..], table);
    terminal.send(wanted.first.as_bytes());
    terminal.settle(Duration::from_millis(200));

    at_rest(wanted, &mut terminal, table);
    memory("all rows", &terminal, wanted.memory(), table);
    let bytes = typing::keys(&mut terminal, "at rest", wanted.most(5.0, "ms p95"), table);
    table.judged(
        "bytes to the terminal for a move",
        bytes.map_or_else(|| NOT_TAKEN.to_owned(), |bytes| format!("{bytes:.0} B")),
        bytes.unwrap_or(f64::NAN),
        wanted.most(500.0, "B"),
    );
    typing::pages(&mut terminal, wanted.most(8192.0, "B p95"), table);
    if ours {
        typing::filter(&mut terminal, pace, typing::title, wanted.most(16.0, "ms p95"), table);
        typing::sorts(&mut terminal, wanted.most(50.0, "ms p95"), table);
    }
    typing::events(&mut terminal, pace, &api, wanted.most(50.0, "ms p95"), table);

    let churn = Churn::of_pods(plane.api(), wanted.churn, wanted.count);
    terminal.pass(Duration::from_secs(3));
    let (span, written) = (Span::begin(terminal.pid()), terminal.written());
    terminal.pass(Duration::from_secs(wanted.seconds));
    let bytes = (terminal.written() - written) as f64 / span.seconds();
    table.line("changes a second", format!("{:.0}", churn.rate()));
    table.line("CPU in changes", format!("{:.2} % of a core, {bytes:.0} B/s", span.percent()));
    typing::keys(&mut terminal, "in changes", wanted.most(10.0, "ms p95"), table);
    drop(churn);
    memory("after all of it", &terminal, wanted.memory(), table);
    if ours {
        // A view that is left is held for a minute, for who comes back.
        terminal.send(b":namespaces\r");
        terminal.wait("namespaces[");
        terminal.pass(Duration::from_secs(75));
        memory("pods left 75 s ago", &terminal, None, table);
    } else {
        // Last, for who knows how a filter is left.
        typing::filter(&mut terminal, pace, typing::names, None, table);
    }
    if terminal.ended() {
        table.line("the program has ended by itself", "before the end of the run");
    }
}

/// What it asked until all rows were there and for three seconds more, by the server's audit log.
fn requests(asked: &[Asked], table: &mut Table) {
    let of = |verb: &str| {
        let path = |asked: &Asked| asked.uri.split('?').next().unwrap_or_default().to_owned();
        asked.iter().filter(|asked| asked.verb == verb && path(asked).ends_with("/pods")).count()
    };
    let told = format!("{}: {} lists of pods, {} watches", asked.len(), of("list"), of("watch"));
    table.line("requests until 3 s after all rows", told);
}

/// Starts and drains in turn, so that what disturbs one disturbs the other.
fn starts(wanted: &Wanted, program: &Program, plane: &ControlPlane, table: &mut Table) {
    let [mut first_paint, mut first_rows, mut all, mut json, mut protobuf, mut watch_list] =
        std::array::from_fn::<_, 6, _>(|_| Samples::default());
    let (mut sizes, mut late) = ((0, 0), 0);
    let patience = Duration::from_secs(wanted.patience);
    for round in 0..wanted.rounds {
        let (took, bytes) = drain::list(&plane.url(), "admin-token", LIST, Encoding::Protobuf);
        protobuf.push(took * 1000.0);
        sizes.1 = bytes;
        if wanted.count <= MANY || round < 3 {
            let (took, bytes) = drain::list(&plane.url(), "admin-token", LIST, Encoding::Json);
            json.push(took * 1000.0);
            sizes.0 = bytes;
            watch_list.push(drain::watch_list(&plane.url(), "admin-token").0 * 1000.0);
        }
        let mut terminal = program.start();
        let began = terminal.began();
        let mut take = |samples: &mut Samples, at: Option<Instant>| {
            at.map_or_else(|| late += 1, |at| samples.push(millis(at - began)));
        };
        take(&mut first_paint, terminal.within(patience, |text| !text.trim().is_empty()));
        take(&mut first_rows, terminal.within(patience, |text| text.contains("svc-")));
        take(&mut all, terminal.within(patience, wanted.all_are_there()));
    }
    let mib = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
    table.line("first paint", first_paint.told("ms"));
    let goal = wanted.most(300.0, "ms");
    table.judged("first rows", first_rows.told("ms"), first_rows.median(), goal);
    table.line("all rows", all.told("ms"));
    if late > 0 {
        table.line(format!("of these, not within {} s", wanted.patience), late);
    }
    table.line(format!("drain of protobuf, {:.1} MiB", mib(sizes.1)), protobuf.told("ms"));
    table.line(format!("drain of JSON, {:.1} MiB", mib(sizes.0)), json.told("ms"));
    table.line("drain of a WatchList in JSON", watch_list.told("ms"));
    let times = |ratio: f64| {
        if ratio.is_finite() { format!("{ratio:.2}") } else { NOT_TAKEN.to_owned() }
    };
    let ratio = all.median() / protobuf.median();
    let goal = wanted.most(if wanted.count <= 10_000 { 1.15 } else { 1.25 }, "×");
    table.judged("all rows ÷ drain of protobuf", times(ratio), ratio, goal);
    table.line("all rows ÷ drain of JSON", times(all.median() / json.median()));
    let ratio = watch_list.median() / all.median();
    let goal = wanted.goal(Goal::least(3.0, "×"));
    table.judged("WatchList in JSON ÷ all rows", times(ratio), ratio, goal);
}

fn at_rest(wanted: &Wanted, terminal: &mut Terminal, table: &mut Table) {
    let (span, written) = (Span::begin(terminal.pid()), terminal.written());
    terminal.pass(Duration::from_secs(wanted.seconds));
    let bytes = (terminal.written() - written) as f64 / span.seconds();
    let percent = span.percent();
    let told = format!("{percent:.2} % of a core, {bytes:.0} B/s");
    table.judged("CPU at rest", told, percent, wanted.most(0.3, "%"));
}

fn memory(when: &str, terminal: &Terminal, goal: Option<Goal>, table: &mut Table) {
    let pid = terminal.pid();
    let figure = format!("RSS / PSS, {when}");
    table.judged(figure, process::memory_told(pid), process::rss(pid), goal);
}
