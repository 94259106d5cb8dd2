//! The pane of one large rollout, between changes and in its storm, and the board over many Deployments.

use crate::figures::{Samples, Table};
use crate::load::{Churn, status};
use crate::process::Span;
use crate::support::api::{Api, Write};
use crate::support::control_plane::ControlPlane;
use crate::terminal::{Terminal, millis};
use crate::typing::keys;
use crate::{Program, thousands};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const EVENTS: usize = 40;
const OPENINGS: usize = 20;
const AT: &str = "2026-11-22T00:10:00Z";

/// What is measured.
#[derive(clap::Args)]
pub struct Wanted {
    /// Replicas of the one large Deployment.
    #[arg(long, default_value_t = 500)]
    replicas: usize,
    /// Deployments on the board, of which every tenth rolls.
    #[arg(long, default_value_t = 2000)]
    deployments: usize,
    /// Pods replaced a second in the storm; each costs six writes.
    #[arg(long, default_value_t = 15.0)]
    replaced: f64,
    /// Seconds at rest, and at most in the storm.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
}

/// Runs it.
pub fn run(wanted: &Wanted, plane: &ControlPlane) {
    let api = plane.api();
    let big = Big::write(&api, wanted.replicas);
    let mut table = Table::default();
    let program =
        Program::given(&[], &["-n", "big", "-c", "deployments"], &plane.kubeconfig("admin"));
    let mut terminal = program.start();
    terminal.wait("▸ big");
    openings(&mut terminal, &mut table);

    terminal.send(b"o");
    terminal.wait(&big.said(big.half()));
    terminal.pass(Duration::from_secs(3));
    events(&mut terminal, &api, &big, &mut table);
    terminal.pass(Duration::from_secs(2));
    let (span, written) = (Span::begin(terminal.pid()), terminal.written());
    terminal.pass(Duration::from_secs(wanted.seconds));
    let bytes = (terminal.written() - written) as f64 / span.seconds();
    table.line(
        "CPU of the pane between changes",
        format!("{:.2} % of a core, {bytes:.0} B/s", span.percent()),
    );

    let replaced = wanted.replaced;
    let storm = big.storm(plane.api(), replaced);
    terminal.pass(Duration::from_secs(1));
    let span = Span::begin(terminal.pid());
    let longest = (big.half() as f64 / replaced) as u64;
    terminal.pass(Duration::from_secs(wanted.seconds.min(longest.saturating_sub(2))));
    table.line("writes a second in the storm", format!("{:.0}", storm.rate()));
    table.line("CPU of the pane in the storm", format!("{:.2} % of a core", span.percent()));
    drop(storm);
    drop(terminal);

    many(&api, wanted.deployments);
    let program = Program::given(&[], &["-A", "-c", "rollouts"], &plane.kubeconfig("admin"));
    let mut terminal = program.start();
    let began = terminal.began();
    terminal.wait("blocks it");
    table.line("first rows of the board from exec", format!("{:.0} ms", millis(began.elapsed())));
    terminal.pass(Duration::from_secs(3));
    keys(&mut terminal, "on the board", None, &mut table);
    table.print(&format!(
        "a rollout of {} replicas, a board over {} Deployments",
        wanted.replicas,
        thousands(wanted.deployments)
    ));
}

/// From `o` to the pane's sentence of counts, warm: the watches are there from the opening before.
fn openings(terminal: &mut Terminal, table: &mut Table) {
    let mut warm = Samples::default();
    for i in 0..=OPENINGS {
        terminal.settle(Duration::from_millis(100));
        let sent = Instant::now();
        terminal.send(b"o");
        let took = millis(terminal.wait(" updated · ") - sent);
        if i == 0 {
            table.line("opening the pane, its watches not there yet", format!("{took:.1} ms"));
        } else {
            warm.push(took);
        }
        terminal.settle(Duration::from_millis(100));
        terminal.send(b"\x1b");
        terminal.wait("▸ big");
    }
    table.line("opening the pane, warm", warm.told("ms"));
}

/// From a write of the Deployment's status to the sentence of counts.
fn events(terminal: &mut Terminal, api: &Api, big: &Big, table: &mut Table) {
    let (mut from_answer, mut from_request) = (Samples::default(), Samples::default());
    for i in (1..=EVENTS).chain([0]) {
        terminal.settle(Duration::from_millis(50));
        let updated = big.half() + i;
        let sent = Instant::now();
        api.all([big.counts(updated)]);
        let answered = Instant::now();
        let painted = terminal.wait(&big.said(updated));
        from_answer.push(millis(painted.saturating_duration_since(answered)));
        from_request.push(millis(painted.saturating_duration_since(sent)));
    }
    table.line("controller's write → paint, since it was answered", from_answer.told("ms"));
    table.line("controller's write → paint, since it was sent", from_request.told("ms"));
}

fn template(app: &str, version: usize) -> Value {
    json!({
        "metadata": {"labels": {"app": app, "pod-template-hash": format!("v{version}")}},
        "spec": {"containers": [{
            "name": "main", "image": format!("registry.example.com/{app}:{version}"),
            "env": (0..20).map(|n| json!({"name": format!("NAME_{n}"), "value": format!("value {n}")})).collect::<Vec<_>>(),
            "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
        }]},
    })
}

fn owner(kind: &str, name: &str, uid: &Value) -> Value {
    json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true, "blockOwnerDeletion": true}])
}

fn deployment(name: &str, replicas: usize) -> Value {
    let mut template = template(name, 2);
    template["metadata"]["labels"] = json!({"app": name});
    json!({
        "metadata": {"name": name, "annotations": {"deployment.kubernetes.io/revision": "2"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template},
    })
}

fn set(app: &str, uid: &Value, version: usize, replicas: usize) -> Value {
    let name = format!("{app}-v{version}");
    json!({
        "metadata": {
            "name": name, "labels": {"app": app, "pod-template-hash": format!("v{version}")},
            "annotations": {"deployment.kubernetes.io/revision": version.to_string()},
            "ownerReferences": owner("Deployment", app, uid),
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": app, "pod-template-hash": format!("v{version}")}},
            "template": template(app, version),
        },
    })
}

fn set_status(replicas: usize) -> Value {
    json!({"replicas": replicas, "fullyLabeledReplicas": replicas, "readyReplicas": replicas,
        "availableReplicas": replicas, "observedGeneration": 1})
}

fn deployment_status(replicas: usize, updated: usize) -> Value {
    json!({
        "observedGeneration": 1, "replicas": replicas, "updatedReplicas": updated, "readyReplicas": replicas,
        "availableReplicas": replicas,
        "conditions": [
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "lastUpdateTime": AT, "lastTransitionTime": AT},
            {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "lastUpdateTime": AT, "lastTransitionTime": AT},
        ],
    })
}

/// A Deployment in the middle of its rollout.
#[derive(Clone)]
struct Big {
    replicas: usize,
    sets: [Value; 2],
}

impl Big {
    const APPS: &str = "/apis/apps/v1/namespaces/big";

    fn write(api: &Api, replicas: usize) -> Self {
        api.create("/api/v1/namespaces", &json!({"metadata": {"name": "big"}}));
        let made = api.create(&format!("{}/deployments", Self::APPS), &deployment("big", replicas));
        let uid = &made["metadata"]["uid"];
        let half = replicas / 2;
        let sets = [1, 2].map(|version| {
            let set = set("big", uid, version, half);
            api.create(&format!("{}/replicasets", Self::APPS), &set)["metadata"]["uid"].clone()
        });
        let big = Self { replicas, sets };
        api.all((0..half).flat_map(|i| [big.pod(1, i), big.pod(2, i)]).map(|[made, _]| made));
        api.all((0..half).flat_map(|i| [big.pod(1, i), big.pod(2, i)]).map(|[_, ready]| ready));
        api.all([big.set(1, half), big.set(2, half), big.counts(half)]);
        big
    }

    fn half(&self) -> usize {
        self.replicas / 2
    }

    /// How the pane says it.
    fn said(&self, updated: usize) -> String {
        format!("{updated} of {} updated", self.replicas)
    }

    fn counts(&self, updated: usize) -> Write {
        status(
            &format!("{}/deployments/big", Self::APPS),
            deployment_status(self.replicas, updated),
        )
    }

    fn set(&self, version: usize, replicas: usize) -> Write {
        status(&format!("{}/replicasets/big-v{version}", Self::APPS), set_status(replicas))
    }

    /// A pod, and that it is ready.
    fn pod(&self, version: usize, i: usize) -> [Write; 2] {
        let (set, name) = (format!("big-v{version}"), format!("big-v{version}-{i:03}"));
        let mut pod = template("big", version);
        pod["metadata"]["name"] = json!(name);
        pod["metadata"]["ownerReferences"] = owner("ReplicaSet", &set, &self.sets[version - 1]);
        pod["spec"]["nodeName"] = json!(format!("node-{}", i % 50));
        let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"]
            .map(|kind| json!({"type": kind, "status": "True", "lastTransitionTime": AT}));
        let image = format!("registry.example.com/big:{version}");
        let ready = json!({
            "phase": "Running", "startTime": AT, "conditions": conditions,
            "containerStatuses": [{"name": "main", "image": image, "imageID": format!("{image}@sha256:{}", "b".repeat(64)),
                "ready": true, "started": true, "restartCount": 0, "state": {"running": {"startedAt": AT}}}],
        });
        let pods = "/api/v1/namespaces/big/pods";
        [Write::create(pods, pod), status(&format!("{pods}/{name}"), ready)]
    }

    /// One old pod after the other is replaced, as the controllers do it: pods, sets and the Deployment change.
    fn storm(&self, api: Api, a_second: f64) -> Churn {
        let big = self.clone();
        Churn::start(api, a_second, move |i| {
            let i = usize::try_from(i).ok().filter(|&i| i < big.half())?;
            let old = format!("/api/v1/namespaces/big/pods/big-v1-{i:03}?gracePeriodSeconds=0");
            let [made, ready] = big.pod(2, big.half() + i);
            let (less, more) = (big.half() - i - 1, big.half() + i + 1);
            Some(vec![
                Write::delete(old),
                made,
                ready,
                big.set(1, less),
                big.set(2, more),
                big.counts(more),
            ])
        })
    }
}

/// Deployments with two revisions each; every tenth has one of three replicas still to come.
fn many(api: &Api, count: usize) {
    const REPLICAS: usize = 3;
    api.create("/api/v1/namespaces", &json!({"metadata": {"name": "many"}}));
    let apps = "/apis/apps/v1/namespaces/many";
    let name = |i| format!("app-{i:05}");
    api.all(
        (0..count)
            .map(|i| Write::create(format!("{apps}/deployments"), deployment(&name(i), REPLICAS))),
    );
    let list = api.get(&format!("{apps}/deployments"));
    let uids =
        list["items"].as_array().expect("a list").iter().map(|one| one["metadata"]["uid"].clone());
    api.all(uids.enumerate().flat_map(|(i, uid)| {
        [1, 2].map(|version| {
            Write::create(
                format!("{apps}/replicasets"),
                set(&name(i), &uid, version, (version - 1) * REPLICAS),
            )
        })
    }));
    api.all((0..count).map(|i| {
        let updated = if i.is_multiple_of(10) { REPLICAS - 1 } else { REPLICAS };
        status(&format!("{apps}/deployments/{}", name(i)), deployment_status(REPLICAS, updated))
    }));
}
