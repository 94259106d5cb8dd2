//! How long a key waits where the terminal, the line or the server is slow.

use crate::figures::{Samples, Table};
use crate::load::{self, Churn};
use crate::support::api::Write;
use crate::support::control_plane::ControlPlane;
use crate::support::faults::{Proxy, Weather};
use crate::terminal::{Terminal, millis};
use crate::{Program, thousands, through};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// What is run.
#[derive(clap::Args)]
pub struct Wanted {
    /// How many pods.
    #[arg(long, default_value_t = 5000)]
    pods: usize,
    /// Changes a second of what is on the screen, while the terminal is slow.
    #[arg(long, default_value_t = 200.0)]
    churn: f64,
    /// Keys in each case.
    #[arg(long, default_value_t = 100)]
    keys: usize,
    /// Bytes a second that the slow terminal takes.
    #[arg(long, default_value_t = 10_000)]
    takes: usize,
    /// Seconds before keys are pressed in the slow terminal.
    #[arg(long, default_value_t = 15)]
    settle: u64,
    /// Another program and its arguments in the place of wheelhouse: `{kubeconfig}` stands for the file.
    #[arg(last = true)]
    program: Vec<String>,
}

/// Runs it.
pub fn run(wanted: &Wanted, plane: &ControlPlane) {
    load::pods(&plane.api(), wanted.pods);
    let proxy = Proxy::start(plane.port(), &plane.dir().join("certs"));
    let given =
        |kubeconfig: &Path| Program::given(&wanted.program, &["-A", "-c", "pods"], kubeconfig);
    let kubeconfig = plane.kubeconfig_in("admin", "load-0");
    let shown = ["-n", "load-0", "-c", "pods"];
    let program = Program::given(&wanted.program, &shown, &kubeconfig);
    let mut table = Table::default();

    let mut terminal = Terminal::start(&program.command, &program.kubeconfig, Some(wanted.takes));
    terminal.wait("svc-");
    let churn = changes_on_screen(plane, wanted.churn);
    terminal.pass(Duration::from_secs(wanted.settle));
    keys(
        &mut terminal,
        wanted,
        &format!("terminal of {} B/s, {:.0} changes a second", wanted.takes, wanted.churn),
        &mut table,
    );
    drop((churn, terminal));

    let program = given(&through(plane, proxy.port()));
    proxy.set(Weather::Far(Duration::from_millis(250), 125));
    let mut terminal = program.start();
    let began = terminal.began();
    let first = terminal.wait("svc-");
    table.line(
        "line of 1 Mbit/s and 500 ms: first rows",
        format!("{:.0} ms", millis(first - began)),
    );
    keys(&mut terminal, wanted, "line of 1 Mbit/s and 500 ms, while the list comes", &mut table);

    proxy.set(Weather::Drip(Duration::from_secs(1)));
    keys(&mut terminal, wanted, "server of one byte a second, while the list comes", &mut table);
    terminal.pass(Duration::from_secs(40));
    let said = if terminal.text().contains("stale") { "given up" } else { "still waited for" };
    table.line("server of one byte a second, 40 s later: the list is", said);
    proxy.set(Weather::Clear);
    let (plain, grouped) = (wanted.pods.to_string(), thousands(wanted.pods));
    terminal.wait_for("all rows", |text| text.contains(&plain) || text.contains(&grouped));
    table.print(&format!("slow · {} · {} pods", program.name(), thousands(wanted.pods)));
}

/// Changes of the pods that stand on the screen: the first in order.
fn changes_on_screen(plane: &ControlPlane, rate: f64) -> Churn {
    let list = plane.api().get("/api/v1/namespaces/load-0/pods?limit=46");
    let names: Vec<String> = list["items"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|pod| pod["metadata"]["name"].as_str().map(str::to_owned))
        .collect();
    Churn::start(plane.api(), rate, move |i| {
        let name = &names[i as usize % names.len()];
        // The whole row gets another colour.
        let fails = (i / names.len() as u64).is_multiple_of(2);
        let state = if fails {
            json!({"waiting": {"reason": "CrashLoopBackOff"}, "running": null})
        } else {
            json!({"running": {"startedAt": "2026-11-22T00:10:00Z"}, "waiting": null})
        };
        Some(vec![Write {
            method: "PATCH",
            path: format!("/api/v1/namespaces/load-0/pods/{name}/status?fieldManager=kubelet"),
            media: "application/strategic-merge-patch+json",
            body: json!({"status": {"containerStatuses": [{"name": "app", "ready": !fails, "state": state}]}}),
        }])
    })
}

/// Moves the selected row, a few keys a second, whatever else is written meanwhile.
fn keys(terminal: &mut Terminal, wanted: &Wanted, when: &str, table: &mut Table) {
    let (mut samples, mut lost) = (Samples::default(), 0);
    for i in 0..wanted.keys {
        terminal.pass(Duration::from_millis(150 + i as u64 * 37 % 200));
        match terminal.key(if i % 20 < 10 { b"j" } else { b"k" }) {
            Some(took) => samples.push(took),
            None => lost += 1,
        }
    }
    let lost = if lost == 0 { String::new() } else { format!(", {lost} without an answer in 3 s") };
    let told = if samples.is_empty() { "none".to_owned() } else { samples.told("ms") };
    table.line(format!("key → paint, {when}, median / p95 / worst"), format!("{told}{lost}"));
}
