//! Containers that run, but not well: crashes, memory, probes.

use super::{Found, Look, brief, quoted};
use crate::rollout::facts::{Container, ContainerStatus, Pod, Probe, Terminated, condition};
use crate::text::age::human;
use serde_json::Value;

/// Containers with what was asked for: the pod's own, and sidecars.
fn main(pod: &Pod) -> impl Iterator<Item = (&ContainerStatus, Option<&Container>)> {
    let sidecars = pod.status.init_container_statuses.iter().filter_map(|status| {
        let asked = pod.spec.init_containers.iter().find(|one| one.name == status.name)?;
        (asked.restart_policy == "Always").then_some((status, Some(asked)))
    });
    let own = pod
        .status
        .container_statuses
        .iter()
        .map(|status| (status, pod.spec.containers.iter().find(|one| one.name == status.name)));
    own.chain(sidecars)
}

/// How it ended last, if that is why it does not run well now.
fn ended(container: &ContainerStatus) -> Option<&Terminated> {
    if container.ready && container.state.running.is_some() {
        return None;
    }
    container.state.terminated.as_ref().or(container.last_state.terminated.as_ref())
}

fn again(container: &ContainerStatus) -> String {
    let backs_off =
        container.state.waiting.as_ref().is_some_and(|why| why.reason == "CrashLoopBackOff");
    let times = match container.restart_count {
        0 => return String::new(),
        1 => "1 restart".to_owned(),
        n => format!("{n} restarts"),
    };
    if backs_off { format!(", {times}, CrashLoopBackOff") } else { format!(", {times}") }
}

/// `exit code 1`, `exit code 137 (SIGKILL)`, and what is known of it.
fn code(end: &Terminated) -> String {
    let code = end.exit_code;
    let signal = match (end.signal, code) {
        (0, 129..=192) => code - 128,
        (signal, _) => signal,
    };
    let known = match (signal, code) {
        (6, _) => "SIGABRT: it gave up by itself",
        (9, _) => "SIGKILL",
        (11, _) => "SIGSEGV: it reached into memory that is not its own",
        (15, _) => "SIGTERM",
        (0, 126) => "its command cannot be run",
        (0, 127) => "its command was not found",
        (0, 0) => "it ends by itself, and is started again",
        (0, _) => "",
        _ => return format!("exit code {code} (signal {signal})"),
    };
    if known.is_empty() {
        format!("exit code {code}")
    } else {
        format!("exit code {code} ({known})")
    }
}

/// The last line that it left.
fn last_words(end: &Terminated) -> String {
    let line = end.message.lines().rev().map(str::trim).find(|line| !line.is_empty());
    line.map_or_else(String::new, |line| format!(": {}", quoted(line)))
}

/// An init container that fails: nothing after it is started.
pub(super) fn init(_: &Look<'_>, pod: &Pod) -> Option<Found> {
    let sidecar = |name: &str| {
        pod.spec
            .init_containers
            .iter()
            .any(|one| one.name == name && one.restart_policy == "Always")
    };
    let mut all = pod.status.init_container_statuses.iter().filter(|one| !sidecar(&one.name));
    let (container, end) = all.find_map(|container| {
        let end = ended(container).filter(|end| end.exit_code != 0)?;
        let runs = container.state.running.is_some();
        (!runs || container.restart_count > 0).then_some((container, end))
    })?;
    let why = match end.reason.as_str() {
        "OOMKilled" => "it used more memory than it may".to_owned(),
        _ => code(end),
    };
    let words = format!(
        "cannot get past init container {}: {why}{}{}",
        container.name,
        again(container),
        last_words(end)
    );
    Some(Found::broken(words).container(&container.name))
}

/// It used more memory than it may.
pub(super) fn out_of_memory(_: &Look<'_>, pod: &Pod) -> Option<Found> {
    let (container, asked, _) = main(pod).find_map(|(container, asked)| {
        let end = ended(container).filter(|end| end.reason == "OOMKilled")?;
        Some((container, asked, end))
    })?;
    let limit = asked.and_then(|asked| match asked.resources.limits.get("memory")? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    });
    let limit = match limit {
        Some(limit) => format!("its limit of {limit}"),
        None => "there is".to_owned(),
    };
    let words = format!(
        "crashes: container {} used more memory than {limit} (OOMKilled){}",
        container.name,
        again(container)
    );
    Some(Found::broken(words).container(&container.name))
}

/// The newest event about a failing probe of this kind.
fn probe_failed<'s>(
    look: &'s Look<'_>,
    pod: &'s Pod,
    container: &str,
    kind: &str,
) -> Option<&'s str> {
    let mark = format!("{kind} probe ");
    let mut events = look.situation.events_of("Pod", &pod.metadata.name).filter(|event| {
        let path = &event.involved_object.field_path;
        event.reason == "Unhealthy"
            && (path.is_empty() || path.ends_with(&format!("{{{container}}}")))
    });
    let event = events.find(|event| event.message.starts_with(&mark))?;
    Some(event.message.split_once(": ").map_or("", |(_, rest)| rest.trim()))
}

/// `GET /healthz on port 8080`.
fn asks(probe: Option<&Probe>) -> String {
    let port = |port: &Value| match port {
        Value::String(name) => name.clone(),
        other => other.to_string(),
    };
    let Some(probe) = probe else { return String::new() };
    if let Some(get) = &probe.http_get {
        let path = if get.path.is_empty() { "/" } else { &get.path };
        format!(" (GET {path} on port {})", port(&get.port))
    } else if let Some(tcp) = &probe.tcp_socket {
        format!(" (port {})", port(&tcp.port))
    } else if let Some(grpc) = &probe.grpc {
        format!(" (gRPC on port {})", port(&grpc.port))
    } else if let Some(exec) = &probe.exec {
        format!(" ({})", brief(&exec.command.join(" ")))
    } else {
        String::new()
    }
}

/// How long a probe is given before its failing means anything, in seconds.
fn patience(probe: &Probe) -> i64 {
    let failures = probe.failure_threshold.unwrap_or(3).max(1);
    let tries = probe.period_seconds.unwrap_or(10).max(1).saturating_mul(failures);
    probe.initial_delay_seconds.saturating_add(tries).max(30)
}

fn evidence(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {}", quoted(message)) }
}

/// Its startup probe gave up on it at least once.
pub(super) fn startup(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    let (container, asked) = main(pod).find(|(container, asked)| {
        let probed = asked.is_some_and(|asked| asked.startup_probe.is_some());
        probed && !container.ready && container.started != Some(true) && container.restart_count > 0
    })?;
    let said = probe_failed(look, pod, &container.name, "Startup")?;
    let words = format!(
        "is killed by the startup probe of container {}{}{}{}",
        container.name,
        asks(asked.and_then(|asked| asked.startup_probe.as_ref())),
        evidence(said),
        again(container)
    );
    Some(Found::broken(words).container(&container.name))
}

/// Its liveness probe kills it.
pub(super) fn liveness(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    let (container, asked) = main(pod).find(|(container, asked)| {
        let probed = asked.is_some_and(|asked| asked.liveness_probe.is_some());
        // The kubelet ends it with SIGTERM, and with SIGKILL when that is not enough.
        let killed = ended(container).is_some_and(|end| matches!(end.exit_code, 0 | 2 | 137 | 143));
        probed && killed && container.restart_count > 0
    })?;
    let said = probe_failed(look, pod, &container.name, "Liveness")?;
    let words = format!(
        "is killed by the liveness probe of container {}{}{}{}",
        container.name,
        asks(asked.and_then(|asked| asked.liveness_probe.as_ref())),
        evidence(said),
        again(container)
    );
    Some(Found::broken(words).container(&container.name))
}

/// A container ends, again and again.
pub(super) fn crash(_: &Look<'_>, pod: &Pod) -> Option<Found> {
    let (container, end) = main(pod).find_map(|(container, _)| {
        let backs_off =
            container.state.waiting.as_ref().is_some_and(|why| why.reason == "CrashLoopBackOff");
        let end = ended(container);
        let crashed = end.is_some_and(|end| end.exit_code != 0 || container.restart_count > 1);
        (backs_off || crashed).then_some((container, end))
    })?;
    let words = match end {
        Some(end) => format!(
            "crashes: container {} ended with {}{}{}",
            container.name,
            code(end),
            again(container),
            last_words(end)
        ),
        None => format!("crashes: container {}{}", container.name, again(container)),
    };
    Some(Found::broken(words).container(&container.name))
}

/// It runs, and its readiness probe has failed for longer than it is given.
pub(super) fn readiness(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    let (container, probe, since) = main(pod).find_map(|(container, asked)| {
        let probe = asked?.readiness_probe.as_ref()?;
        let since = look.now - container.state.running.as_ref()?.since?;
        let late = !container.ready && container.started != Some(false) && since > patience(probe);
        late.then_some((container, probe, since))
    })?;
    let said = probe_failed(look, pod, &container.name, "Readiness").unwrap_or_default();
    let words = format!(
        "is not ready after {}: the readiness probe of container {}{} fails{}",
        human(since),
        container.name,
        asks(Some(probe)),
        evidence(said)
    );
    Some(Found::broken(words).container(&container.name))
}

/// Its containers are ready, and somebody else does not say that it is.
pub(super) fn gate(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    let of = |kind| condition(&pod.status.conditions, kind);
    let contained = of("ContainersReady").filter(|one| one.status == "True")?;
    if look.now - contained.since.unwrap_or(look.now) < 30 {
        return None;
    }
    let gate = pod
        .spec
        .readiness_gates
        .iter()
        .find(|gate| of(&gate.condition_type).is_none_or(|one| one.status != "True"))?;
    let why = match of(&gate.condition_type) {
        Some(one) if !one.message.is_empty() => format!(": {}", quoted(&one.message)),
        Some(one) if !one.reason.is_empty() => format!(": {}", one.reason),
        Some(_) => String::new(),
        None => ": nobody has said anything".to_owned(),
    };
    Some(Found::broken(format!("waits at its readiness gate {}{why}", gate.condition_type)))
}
