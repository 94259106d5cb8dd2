//! The STATUS, READY and RESTARTS of a pod by the rules of the API server's own printer, and what we
//! think of them.

use super::containers::Terminated;
use super::health::{Condition, count};
use super::pod_facts::PodFacts;
use crate::model::{Health, Tone};
use std::borrow::Cow;

/// A pod in a few words.
#[derive(Debug)]
pub(super) struct Summary<'p> {
    pub status: Cow<'p, str>,
    pub ready: u32,
    pub total: u32,
    pub restarts: u32,
    /// When the last container that was restarted had ended, Unix seconds; 0 when none was.
    pub last_restart: i64,
    /// The newest end of a container that is worth telling.
    pub last_exit: Option<&'p Terminated<'p>>,
    pub health: Health,
    pub tone: Tone,
}

/// Restarts and the moment of the last of them.
#[derive(Clone, Copy, Default)]
struct Restarts {
    count: i64,
    last: Option<i64>,
}

impl Restarts {
    fn add(&mut self, count: i64, ended: Option<&Terminated<'_>>) {
        self.count = self.count.saturating_add(count);
        self.last = self.last.max(ended.and_then(Terminated::finished));
    }
}

/// Sums a pod up.
pub(super) fn summarise<'p>(pod: &'p PodFacts<'_>) -> Summary<'p> {
    let (spec, status) = (&pod.spec, &pod.status);
    let mut text: Cow<'p, str> =
        Cow::Borrowed(if status.reason.is_empty() { &*status.phase } else { &*status.reason });
    if pod.condition("PodScheduled").is_some_and(|c| &*c.reason == "SchedulingGated") {
        text = Cow::Borrowed("SchedulingGated");
    }
    let is_sidecar =
        |name: &str| spec.init_containers.iter().any(|c| &*c.name == name && c.is_sidecar());
    let total =
        spec.containers.len() + spec.init_containers.iter().filter(|c| c.is_sidecar()).count();
    let mut ready = 0;
    let (mut restarts, mut sidecar_restarts) = (Restarts::default(), Restarts::default());
    let mut initialising = false;
    for (i, container) in status.init_container_statuses.iter().enumerate() {
        let ended = container.last_state.terminated.as_ref();
        let sidecar = is_sidecar(&container.name);
        restarts.add(container.restart_count, ended);
        if sidecar {
            sidecar_restarts.add(container.restart_count, ended);
        }
        match (&container.state.terminated, &container.state.waiting) {
            (Some(end), _) if end.exit_code == 0 => continue,
            _ if sidecar && container.started => {
                ready += u32::from(container.ready);
                continue;
            }
            (Some(end), _) => text = Cow::Owned(format!("Init:{}", end.name())),
            (None, Some(wait)) if !wait.reason.is_empty() && &*wait.reason != "PodInitializing" => {
                text = Cow::Owned(format!("Init:{}", &*wait.reason));
            }
            _ => text = Cow::Owned(format!("Init:{i}/{}", spec.init_containers.len())),
        }
        initialising = true;
        break;
    }
    if !initialising || pod.condition("Initialized").is_some_and(Condition::is_true) {
        restarts = sidecar_restarts;
        let mut running = false;
        let mut failure: Option<Cow<'p, str>> = None;
        for container in status.container_statuses.iter().rev() {
            restarts.add(container.restart_count, container.last_state.terminated.as_ref());
            let state = &container.state;
            match (&state.waiting, &state.terminated) {
                (Some(wait), _) if !wait.reason.is_empty() => text = Cow::Borrowed(&*wait.reason),
                (_, Some(end)) => {
                    text = end.name();
                    if end.exit_code != 0 {
                        failure = Some(text.clone());
                    }
                }
                _ if container.ready && state.running.is_some() => {
                    running = true;
                    ready += 1;
                }
                _ => {}
            }
        }
        if text == "Completed" {
            if running && pod.condition("Ready").is_some_and(Condition::is_true) {
                text = Cow::Borrowed("Running");
            } else if let Some(failure) = failure {
                text = failure;
            } else if running {
                text = Cow::Borrowed("NotReady");
            }
        }
    }
    if !pod.metadata.deletion_timestamp.is_empty() {
        if &*status.reason == "NodeLost" {
            text = Cow::Borrowed("Unknown");
        } else if !matches!(&*status.phase, "Failed" | "Succeeded") {
            text = Cow::Borrowed("Terminating");
        }
    }
    let total = u32::try_from(total).unwrap_or(u32::MAX);
    let (health, tone) = judge(pod, &text, ready >= total);
    Summary {
        status: text,
        ready,
        total,
        restarts: count(restarts.count),
        // 0 stands for "never": a restart in that very second of 1970 is told one second later.
        last_restart: if restarts.count > 0 { restarts.last.map_or(0, |at| at.max(1)) } else { 0 },
        last_exit: last_exit(pod),
        health,
        tone,
    }
}

/// The newest end among the containers' last ends and the failures they are in now.
fn last_exit<'p>(pod: &'p PodFacts<'_>) -> Option<&'p Terminated<'p>> {
    let init = pod.status.init_container_statuses.iter();
    init.chain(&pod.status.container_statuses)
        .flat_map(|container| {
            let now = container.state.terminated.as_ref().filter(|end| end.exit_code != 0);
            now.into_iter().chain(container.last_state.terminated.as_ref())
        })
        .max_by_key(|end| end.finished())
}

fn judge(pod: &PodFacts<'_>, status: &str, all_ready: bool) -> (Health, Tone) {
    let phase = &*pod.status.phase;
    if status == "Terminating" {
        return (Health::Progressing, Tone::Busy);
    }
    if status == "Unknown" || phase == "Unknown" {
        return (Health::Unknown, Tone::Bad);
    }
    match phase {
        "Succeeded" => return (Health::Healthy, Tone::Dim),
        "Failed" => return (Health::Degraded, Tone::Bad),
        _ => {}
    }
    // The kubelet's own verdict counts, where there is one: a container may have done its work.
    let ready = pod.condition("Ready").map_or(all_ready, Condition::is_true);
    match status {
        "Running" if ready => (Health::Healthy, Tone::Good),
        "Running" | "NotReady" => (Health::Progressing, Tone::Warn),
        "SchedulingGated" => (Health::Suspended, Tone::Dim),
        "Pending" | ""
            if pod.condition("PodScheduled").is_some_and(|c| &*c.reason == "Unschedulable") =>
        {
            (Health::Progressing, Tone::Warn)
        }
        "Pending" | "" | "ContainerCreating" | "PodInitializing" | "Completed" => {
            (Health::Progressing, Tone::Busy)
        }
        // `Init:1/3`: the init containers are at it.
        _ if status
            .strip_prefix("Init:")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) =>
        {
            (Health::Progressing, Tone::Busy)
        }
        // CrashLoopBackOff, ImagePullBackOff, CreateContainerConfigError, Error, OOMKilled, …: every
        // other word a container gives for not running is a fault.
        _ => (Health::Degraded, Tone::Bad),
    }
}
