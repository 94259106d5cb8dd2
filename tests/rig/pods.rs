//! A table of pods: how soon it is there, what it costs at rest and in changes, and how long a key waits.

use crate::drain::{self, Encoding};
use crate::figures::{Samples, Table};
use crate::load::{self, Churn};
use crate::process::{self, Span};
use crate::support::api::Write;
use crate::support::audit::{self, Asked};
use crate::support::control_plane::ControlPlane;
use crate::terminal::{Terminal, millis};
use crate::{Program, thousands};
use serde_json::json;
use std::time::{Duration, Instant};

const LIST: &str = "/api/v1/pods?resourceVersion=0";
const KEYS: usize = 100;
const EVENTS: usize = 40;
const PAGES: usize = 40;
const FILTERS: usize = 6;
const SORTS: usize = 24;
/// Longest that a key may take.
const PATIENCE: Duration = Duration::from_secs(3);

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
    /// Starts, each beside a drain of the same list.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Fail where all rows take twice as long beside the drains as they should.
    #[arg(long)]
    gate: bool,
    /// Another program and its arguments in the place of wheelhouse: `{kubeconfig}` stands for the file.
    #[arg(last = true)]
    program: Vec<String>,
}

/// Runs it.
pub fn run(wanted: &Wanted, plane: &ControlPlane) {
    let (api, count) = (plane.api(), wanted.count);
    let ours = wanted.program.is_empty();
    let program =
        Program::given(&wanted.program, &["-A", "-c", "pods"], &plane.kubeconfig("admin"));
    let mut table = Table::default();
    if ours {
        let mut skeleton = program.start();
        skeleton.wait("live");
        skeleton.pass(Duration::from_secs(3));
        table.line("RSS / PSS, no pods", process::memory_told(skeleton.pid()));
    }
    let began = Instant::now();
    load::pods(&api, count);
    eprintln!("{count} pods written in {:.0} s", began.elapsed().as_secs_f64());
    let ratios = starts(wanted, &program, plane, &mut table);

    let before = audit::asked(plane).len();
    let mut terminal = program.start();
    all_rows(&mut terminal, count);
    terminal.pass(Duration::from_secs(3));
    requests(&audit::asked(plane)[before..], &mut table);
    at_rest(wanted, &mut terminal, &mut table);
    keys(&mut terminal, "at rest", &mut table);
    pages(&mut terminal, &mut table);
    if ours {
        filter(&mut terminal, &mut table);
        sorts(&mut terminal, &mut table);
    }
    events(&mut terminal, &api, &mut table);

    let churn = Churn::of_pods(plane.api(), wanted.churn, count);
    terminal.pass(Duration::from_secs(3));
    let (span, written) = (Span::begin(terminal.pid()), terminal.written());
    terminal.pass(Duration::from_secs(wanted.seconds));
    let bytes = (terminal.written() - written) as f64 / span.seconds();
    table.line("changes a second", format!("{:.0}", churn.rate()));
    table.line("CPU in changes", format!("{:.2} % of a core, {bytes:.0} B/s", span.percent()));
    keys(&mut terminal, "in changes", &mut table);
    drop(churn);
    table.line("RSS / PSS after all of it", process::memory_told(terminal.pid()));
    if ours {
        // A view that is left is held for a minute, for who comes back.
        terminal.send(b":namespaces\r");
        terminal.wait("namespaces[");
        terminal.pass(Duration::from_secs(75));
        table.line("RSS / PSS, pods left 75 s ago", process::memory_told(terminal.pid()));
    }
    table.print(&format!("{} · {} pods", program.name(), thousands(count)));
    if wanted.gate {
        ratios.judge();
    }
}

/// What it asked until all rows were there and for three seconds more, by the server's audit log.
fn requests(asked: &[Asked], table: &mut Table) {
    let of = |verb: &str| {
        let pods = asked.iter().filter(|a| a.verb == verb && a.uri.starts_with("/api/v1/pods?"));
        pods.count()
    };
    let told = format!("{}: {} lists of pods, {} watches", asked.len(), of("list"), of("watch"));
    table.line("requests until 3 s after all rows", told);
}

fn all_rows(terminal: &mut Terminal, count: usize) -> Instant {
    let (plain, grouped) = (count.to_string(), thousands(count));
    terminal.wait_for("the number of pods", |text| text.contains(&plain) || text.contains(&grouped))
}

/// All rows beside what no client can be faster than: medians of rounds in turn.
struct Ratios {
    protobuf: f64,
    watch_list: f64,
}

impl Ratios {
    /// Fails where they are twice as bad as they should be: less may be the machine.
    fn judge(&self) {
        assert!(self.protobuf <= 2.0 * 1.25, "all rows took {:.2} drains", self.protobuf);
        let faster = 1.0 / self.watch_list;
        assert!(
            faster >= 3.0 / 2.0,
            "all rows only {faster:.2} times as fast as a WatchList in JSON"
        );
    }
}

/// Starts and drains in turn, so that what disturbs one disturbs the other.
fn starts(wanted: &Wanted, program: &Program, plane: &ControlPlane, table: &mut Table) -> Ratios {
    let [mut first_paint, mut first_rows, mut all, mut json, mut protobuf, mut watch_list] =
        std::array::from_fn::<_, 6, _>(|_| Samples::default());
    let mut sizes = (0, 0);
    for _ in 0..wanted.rounds {
        let (took, bytes) = drain::list(&plane.url(), "admin-token", LIST, Encoding::Json);
        json.push(took * 1000.0);
        sizes.0 = bytes;
        let (took, bytes) = drain::list(&plane.url(), "admin-token", LIST, Encoding::Protobuf);
        protobuf.push(took * 1000.0);
        sizes.1 = bytes;
        watch_list.push(drain::watch_list(&plane.url(), "admin-token").0 * 1000.0);
        let mut terminal = program.start();
        let began = terminal.began();
        let since = |at: Instant| millis(at - began);
        first_paint.push(since(terminal.wait_for("anything", |text| !text.trim().is_empty())));
        first_rows.push(since(terminal.wait("svc-")));
        all.push(since(all_rows(&mut terminal, wanted.count)));
    }
    let mib = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
    table.line("first paint", first_paint.told("ms"));
    table.line("first rows", first_rows.told("ms"));
    table.line("all rows", all.told("ms"));
    table.line(format!("drain of JSON, {:.1} MiB", mib(sizes.0)), json.told("ms"));
    table.line(format!("drain of protobuf, {:.1} MiB", mib(sizes.1)), protobuf.told("ms"));
    table.line("drain of a WatchList in JSON", watch_list.told("ms"));
    table.line("all rows ÷ drain of JSON", format!("{:.2}", all.median() / json.median()));
    let ratios = Ratios {
        protobuf: all.median() / protobuf.median(),
        watch_list: all.median() / watch_list.median(),
    };
    table.line("all rows ÷ drain of protobuf", format!("{:.2}", ratios.protobuf));
    table.line("WatchList in JSON ÷ all rows", format!("{:.2}", 1.0 / ratios.watch_list));
    ratios
}

fn at_rest(wanted: &Wanted, terminal: &mut Terminal, table: &mut Table) {
    let (span, written) = (Span::begin(terminal.pid()), terminal.written());
    terminal.pass(Duration::from_secs(wanted.seconds));
    let bytes = (terminal.written() - written) as f64 / span.seconds();
    table.line("CPU at rest", format!("{:.2} % of a core, {bytes:.0} B/s", span.percent()));
    table.line("RSS / PSS, all rows", process::memory_told(terminal.pid()));
}

/// A page down and up.
fn pages(terminal: &mut Terminal, table: &mut Table) {
    let (mut samples, mut bytes) = (Samples::default(), Samples::default());
    for i in 0..PAGES {
        terminal.settle(Duration::from_millis(50));
        let (before, names) = (terminal.written(), names(&terminal.text()));
        let sent = Instant::now();
        terminal.send(if i % 4 < 2 { b"\x1b[6~" } else { b"\x1b[5~" });
        let moved = terminal.when(PATIENCE, |screen| self::names(&screen.contents()) != names);
        // The first page up may only move the cursor.
        let Some(at) = moved else { continue };
        samples.push(millis(at.saturating_duration_since(sent)));
        terminal.settle(Duration::from_millis(20));
        bytes.push((terminal.written() - before) as f64);
    }
    table.line("page → paint", samples.told("ms"));
    table.line("bytes to the terminal for a page", bytes.told("B"));
}

/// The names on the screen, in their order.
fn names(text: &str) -> Vec<String> {
    let words = text.lines().filter_map(|line| {
        line.split_whitespace().find(|word| word.starts_with("svc-")).map(str::to_owned)
    });
    words.collect()
}

/// Types a filter and rubs it out again: each letter changes how many rows are shown.
fn filter(terminal: &mut Terminal, table: &mut Table) {
    let mut samples = Samples::default();
    // `[123 of 10,000] /19` in the title, which is drawn with the rows.
    let shown = |text: &str| {
        let title = text.lines().find_map(|line| line.strip_prefix("┌─ pods"));
        title.and_then(|title| title.split(" ─").next()).unwrap_or_default().to_owned()
    };
    for _ in 0..FILTERS {
        terminal.send(b"/");
        terminal.settle(Duration::from_millis(50));
        for key in [&b"1"[..], b"9", b"9", b"-", b"\x7f", b"\x7f", b"\x7f"] {
            terminal.settle(Duration::from_millis(30));
            let before = shown(&terminal.text());
            let sent = Instant::now();
            terminal.send(key);
            if let Some(at) = terminal.when(PATIENCE, |screen| shown(&screen.contents()) != before)
            {
                samples.push(millis(at.saturating_duration_since(sent)));
            }
        }
        terminal.send(b"\x1b");
        terminal.settle(Duration::from_millis(100));
    }
    table.line("filter keystroke → paint", samples.told("ms"));
}

/// Sorts by one column after the other; each key again turns the order round.
fn sorts(terminal: &mut Terminal, table: &mut Table) {
    let mut samples = Samples::default();
    for key in [b"N", b"N", b"T", b"T", b"S", b"S", b"P", b"P"].into_iter().cycle().take(SORTS) {
        terminal.settle(Duration::from_millis(50));
        let before = heading(&terminal.text());
        let sent = Instant::now();
        terminal.send(key);
        if let Some(at) = terminal.when(PATIENCE, |screen| heading(&screen.contents()) != before) {
            samples.push(millis(at.saturating_duration_since(sent)));
        }
    }
    table.line("sort change → paint", samples.told("ms"));
    // As it was at the beginning, for what follows.
    for _ in 0..4 {
        terminal.send(b"P");
        terminal.settle(Duration::from_millis(100));
        terminal.send(b"g");
        terminal.settle(Duration::from_millis(100));
        if terminal.text().contains(&load::pod_name(0)) {
            return;
        }
    }
    panic!("the first pod is not on the screen:\n{}", terminal.text());
}

/// The titles of the columns with the sign of the sort, and the names below.
fn heading(text: &str) -> (String, Vec<String>) {
    let titles = text.lines().find(|line| line.contains("NAME") && line.contains("READY"));
    (titles.unwrap_or_default().to_owned(), names(text))
}

/// Moves the selected row up and down.
pub fn keys(terminal: &mut Terminal, when: &str, table: &mut Table) {
    let mut samples = Samples::default();
    let mut lost = 0;
    let written = terminal.written();
    for i in 0..KEYS {
        terminal.settle(Duration::from_millis(30));
        match terminal.key(if i.is_multiple_of(2) { b"j" } else { b"k" }) {
            Some(took) => samples.push(took),
            None => lost += 1,
        }
    }
    let bytes = (terminal.written() - written) / KEYS as u64;
    let lost = if lost == 0 { String::new() } else { format!(", {lost} without an answer in 3 s") };
    table.line(
        format!("key → paint {when}, median / p95 / worst"),
        format!("{}, {bytes} B a key{lost}", samples.told("ms")),
    );
}

/// From a write of the status of the first pod on the screen to its row.
fn events(terminal: &mut Terminal, api: &crate::support::api::Api, table: &mut Table) {
    let (mut from_answer, mut from_request) = (Samples::default(), Samples::default());
    for i in 0..EVENTS {
        terminal.settle(Duration::from_millis(50));
        let restarts = 1001 + i;
        let body =
            json!({"status": {"containerStatuses": [{"name": "app", "restartCount": restarts}]}});
        let sent = Instant::now();
        api.all([Write {
            method: "PATCH",
            path: format!("{}/status?fieldManager=kubelet", load::pod_path(0)),
            media: "application/strategic-merge-patch+json",
            body,
        }]);
        let answered = Instant::now();
        let (plain, grouped) = (restarts.to_string(), thousands(restarts));
        let painted =
            terminal.wait_for("restarts", |text| text.contains(&plain) || text.contains(&grouped));
        from_answer.push(millis(painted.saturating_duration_since(answered)));
        from_request.push(millis(painted.saturating_duration_since(sent)));
    }
    table.line("event → paint, since the write was answered", from_answer.told("ms"));
    table.line("event → paint, since the write was sent", from_request.told("ms"));
}
