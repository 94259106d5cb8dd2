//! A table of pods: how soon it is there, what it costs at rest and in changes, and how long a key waits.

use crate::drain::{self, Encoding};
use crate::figures::{Samples, Table};
use crate::load::{self, Churn};
use crate::process::{self, Span};
use crate::support::api::Write;
use crate::support::control_plane::ControlPlane;
use crate::terminal::{Terminal, millis};
use crate::{Program, thousands};
use serde_json::json;
use std::time::{Duration, Instant};

const LIST: &str = "/api/v1/pods?resourceVersion=0";
const KEYS: usize = 100;
const EVENTS: usize = 40;

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
    /// Another program and its arguments in the place of wheelhouse: `{kubeconfig}` stands for the file.
    #[arg(last = true)]
    program: Vec<String>,
}

/// Runs it.
pub fn run(wanted: &Wanted, plane: &ControlPlane) {
    let (api, count) = (plane.api(), wanted.count);
    let began = Instant::now();
    load::pods(&api, count);
    eprintln!("{count} pods written in {:.0} s", began.elapsed().as_secs_f64());
    let program =
        Program::given(&wanted.program, &["-A", "-c", "pods"], &plane.kubeconfig("admin"));
    let mut table = Table::default();
    starts(wanted, &program, plane, &mut table);

    let mut terminal = program.start();
    all_rows(&mut terminal, count);
    terminal.pass(Duration::from_secs(3));
    at_rest(wanted, &mut terminal, &mut table);
    keys(&mut terminal, "at rest", &mut table);
    events(&mut terminal, &api, &mut table);

    let churn = Churn::of_pods(plane.api(), wanted.churn, count);
    terminal.pass(Duration::from_secs(3));
    let (span, written) = (Span::begin(terminal.pid()), terminal.written());
    terminal.pass(Duration::from_secs(wanted.seconds));
    let bytes = (terminal.written() - written) as f64 / span.seconds();
    table.line("changes a second", format!("{:.0}", churn.rate()));
    table.line("CPU in changes", format!("{:.2} % of a core, {bytes:.0} B/s", span.percent()));
    keys(&mut terminal, "in changes", &mut table);
    table.line("RSS after all of it", format!("{:.1} MiB", process::rss(terminal.pid())));
    drop(churn);
    table.print(&format!("{} · {} pods", program.name(), thousands(count)));
}

fn all_rows(terminal: &mut Terminal, count: usize) -> Instant {
    let (plain, grouped) = (count.to_string(), thousands(count));
    terminal.wait_for("the number of pods", |text| text.contains(&plain) || text.contains(&grouped))
}

/// Starts and drains in turn, so that what disturbs one disturbs the other.
fn starts(wanted: &Wanted, program: &Program, plane: &ControlPlane, table: &mut Table) {
    let [mut first_paint, mut first_rows, mut all, mut json, mut protobuf] =
        std::array::from_fn::<_, 5, _>(|_| Samples::default());
    let mut sizes = (0, 0);
    for _ in 0..wanted.rounds {
        let (took, bytes) = drain::list(&plane.url(), "admin-token", LIST, Encoding::Json);
        json.push(took * 1000.0);
        sizes.0 = bytes;
        let (took, bytes) = drain::list(&plane.url(), "admin-token", LIST, Encoding::Protobuf);
        protobuf.push(took * 1000.0);
        sizes.1 = bytes;
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
    table.line("all rows ÷ drain of JSON", format!("{:.2}", all.median() / json.median()));
    table.line("all rows ÷ drain of protobuf", format!("{:.2}", all.median() / protobuf.median()));
}

fn at_rest(wanted: &Wanted, terminal: &mut Terminal, table: &mut Table) {
    let (span, written) = (Span::begin(terminal.pid()), terminal.written());
    terminal.pass(Duration::from_secs(wanted.seconds));
    let bytes = (terminal.written() - written) as f64 / span.seconds();
    table.line("CPU at rest", format!("{:.2} % of a core, {bytes:.0} B/s", span.percent()));
    let pid = terminal.pid();
    table.line("RSS / PSS", format!("{:.1} / {:.1} MiB", process::rss(pid), process::pss(pid)));
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
