//! The fault rig: random, seeded schedules of bad weather between the program and a real API server, while pods come,
//! change and go. After each schedule has quietened the program's rows are the server's, row for row.

mod proxy;
// Only the measuring rig asks for it.
#[allow(dead_code)]
mod recovery;
mod schedule;

use super::api::{Api, Write};
use super::control_plane::{ControlPlane, Server};
use super::screen::{Screen, Session};
pub use proxy::{Blow, Proxy, Weather};
pub use schedule::Schedule;
use schedule::{Change, Dice, Step};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const PODS: &str = "/api/v1/namespaces/storm/pods";
/// Pods that there may be: all fit on the screen.
const NAMES: usize = 36;
/// The program's time limits are so many times shorter, so that a schedule takes a second.
const DIVIDED: &str = "20";

/// Tokens that the second API server knows: more than there are faults that end one.
const TOKENS: usize = 5000;

/// The program behind bad weather, and the servers that it looks at.
pub struct Storm<'p> {
    plane: &'p mut ControlPlane,
    api: Api,
    /// Where all connections of the program go through.
    proxy: Proxy,
    /// One more API server, on the same etcd. It ends before what it goes through.
    _second: Server,
    second_port: u16,
    /// What the second server reaches etcd through.
    etcd: Proxy,
    /// Number of the program's token.
    token: usize,
    screen: Screen,
}

/// What a process holds.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Open files, sockets among them.
    pub files: usize,
    /// Threads.
    pub threads: usize,
    /// Resident memory, MiB.
    pub memory: f64,
}

impl<'p> Storm<'p> {
    /// Starts the program with time limits that are 20 times shorter; returns when it shows all pods.
    pub fn begin(plane: &'p mut ControlPlane) -> Self {
        Self::begin_with(plane, DIVIDED)
    }

    /// The same with limits that are so many times shorter.
    pub fn begin_with(plane: &'p mut ControlPlane, divided: &str) -> Self {
        plane.write_tokens("tokens-2.csv", (0..TOKENS).map(token));
        plane.write_tokens("tokens.csv", std::iter::once(token(0)));
        plane.stop_apiserver();
        plane.start_apiserver();
        let etcd = Proxy::blind(plane.etcd_port());
        let (second, second_port) = plane.second_apiserver(etcd.port(), "tokens-2.csv");
        let api = plane.api();
        api.create("/api/v1/namespaces", &json!({"metadata": {"name": "storm"}}));
        api.all((0..NAMES / 2).map(|i| Write::create(PODS, pod(i))));
        let proxy = Proxy::start(plane.port(), &plane.dir().join("certs"));
        let kubeconfig = kubeconfig(plane, &proxy);
        let screen = Session::on(&kubeconfig, &[])
            .env("WHEELHOUSE_TIMES_DIVIDED", divided)
            .size(160, 50)
            .start();
        let mut storm =
            Self { plane, api, proxy, _second: second, second_port, etcd, token: 0, screen };
        storm.quieten(&Schedule::calm());
        storm
    }

    /// The API server is killed and comes back with the next token, which the plugin does not have yet.
    fn expire(&mut self) {
        self.token += 1;
        self.plane.stop_apiserver();
        self.plane.write_tokens("tokens.csv", std::iter::once(token(self.token)));
        self.plane.start_apiserver();
    }

    /// The plugin has it now.
    fn renew(&self) {
        let file = self.plane.dir().join("storm.token");
        let new = file.with_extension("new");
        std::fs::write(&new, token(self.token)).expect("a token");
        std::fs::rename(new, file).expect("a token");
    }

    /// Runs a schedule and waits until all is as the server has it. Returns how long that took after the last fault.
    pub fn weather(&mut self, schedule: &Schedule) -> Duration {
        let mut dice = Dice::new(schedule.seed);
        self.proxy.lead_to(self.plane.port());
        for (step, time) in &schedule.steps {
            let changes = dice.below(4);
            match *step {
                Step::Weather(weather) => self.proxy.set(weather),
                Step::Blow(blow) => self.proxy.blow(blow),
                Step::Freeze | Step::Sleep => self.screen.signal("STOP"),
                Step::Expire => {
                    self.proxy.lead_to(self.plane.port());
                    self.expire();
                }
                Step::Behind => {
                    self.etcd.set(Weather::Hole);
                    self.proxy.lead_to(self.second_port);
                    self.proxy.blow(Blow::End);
                }
                Step::Restart => {
                    self.plane.stop_apiserver();
                    self.plane.start_apiserver();
                }
                Step::Compact => self.plane.compact(),
            }
            for _ in 0..changes {
                self.change(&mut dice);
            }
            std::thread::sleep(*time);
            match step {
                Step::Freeze | Step::Sleep => self.screen.signal("CONT"),
                Step::Expire => self.renew(),
                Step::Behind => self.etcd.set(Weather::Clear),
                Step::Weather(_) => self.proxy.set(Weather::Clear),
                _ => {}
            }
        }
        self.quieten(schedule)
    }

    /// One pod comes, changes or goes, past the bad weather.
    fn change(&self, dice: &mut Dice) {
        let i = dice.below(NAMES);
        let path = format!("{PODS}/{}", name(i));
        // What is not there is created, and what is there already is not.
        match Change::any(dice) {
            Change::Create => drop(self.api.call("POST", PODS, Some(&pod(i)))),
            Change::Delete => {
                drop(self.api.call("DELETE", &format!("{path}?gracePeriodSeconds=0"), None))
            }
            Change::Status { ready, restarts } => {
                let status = json!({"status": {"phase": "Running", "containerStatuses": [{
                    "name": "main", "image": "main", "imageID": "", "ready": ready, "restartCount": restarts,
                    "state": {"running": {}},
                }]}});
                let merge = "application/merge-patch+json";
                drop(self.api.call_as("PATCH", &format!("{path}/status"), merge, Some(&status)));
            }
        }
    }

    /// Waits until the program shows what the server has.
    fn quieten(&mut self, schedule: &Schedule) -> Duration {
        let began = Instant::now();
        let list = self.api.get(PODS);
        let wanted: BTreeSet<String> =
            list["items"].as_array().expect("a list").iter().map(row).collect();
        let what =
            format!("the {} rows of the server after {schedule}:\n{wanted:#?}", wanted.len());
        self.screen.wait_until(&what, |text| shown(text) == wanted && text.contains("live"));
        began.elapsed()
    }

    /// What the program holds now.
    pub fn held(&self) -> Held {
        let pid = self.screen.pid();
        let count =
            |of: &str| std::fs::read_dir(format!("/proc/{pid}/{of}")).expect("it runs").count();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        Held { files: count("fd"), threads: count("task"), memory: kib / 1024.0 }
    }

    /// Ends the program, which must give its terminal back.
    pub fn end(self) {
        self.screen.leave();
    }
}

/// A kubeconfig that leads through the proxy, whose user is whoever has the token in a file beside it: a credential
/// plugin reads it.
fn kubeconfig(plane: &ControlPlane, proxy: &Proxy) -> PathBuf {
    let file = plane.dir().join("storm.token");
    std::fs::write(&file, token(0)).expect("a token");
    let credential = r#"{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "%s"}}"#;
    let script = format!("printf '{credential}' \"$(cat {})\"", file.display());
    let text = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "storm",
        "clusters": [{"name": "storm", "cluster": {
            "server": format!("https://127.0.0.1:{}", proxy.port()), "certificate-authority": plane.authority(),
        }}],
        "users": [{"name": "storm", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh", "args": ["-c", script],
            "interactiveMode": "Never",
        }}}],
        "contexts": [{"name": "storm", "context": {"cluster": "storm", "user": "storm", "namespace": "storm"}}],
    });
    let path = plane.dir().join("storm.kubeconfig");
    std::fs::write(&path, text.to_string()).expect("a kubeconfig");
    path
}

fn token(number: usize) -> String {
    format!("storm-token-{number}")
}

fn name(i: usize) -> String {
    format!("pod-{i:02}")
}

fn pod(i: usize) -> Value {
    json!({"metadata": {"name": name(i)}, "spec": {"containers": [{"name": "main", "image": "main"}]}})
}

/// A pod of the server as the table has it: name, ready, status, restarts.
fn row(pod: &Value) -> String {
    let container = &pod["status"]["containerStatuses"][0];
    let ready = u8::from(container["ready"] == true);
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    let restarts = container["restartCount"].as_u64().unwrap_or(0);
    format!("{} {ready}/1 {phase} {restarts}", pod["metadata"]["name"].as_str().unwrap_or_default())
}

/// The rows on the screen in the same words.
fn shown(screen: &str) -> BTreeSet<String> {
    let rows = screen.lines().filter_map(|line| {
        let line = line.trim_matches(['│', ' ', '▸']);
        line.starts_with("pod-")
            .then(|| line.split_whitespace().take(4).collect::<Vec<_>>().join(" "))
    });
    rows.collect()
}
