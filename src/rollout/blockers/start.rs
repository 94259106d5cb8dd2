//! Containers that cannot be started: configuration, volumes, the sandbox, the command.

use super::image::waiting;
use super::{Found, Look, brief, quoted};
use crate::rollout::facts::{Event, Pod};

/// Nothing of it has started yet.
fn is_being_made(pod: &Pod) -> bool {
    let reason = |reason: &str| matches!(reason, "ContainerCreating" | "PodInitializing");
    waiting(pod).any(|(_, why)| reason(&why.reason))
        || (pod.status.phase == "Pending"
            && pod.status.container_statuses.is_empty()
            && !pod.spec.node_name.is_empty())
}

/// The newest event of one of these reasons, unless something better was seen since.
fn trouble<'s>(look: &'s Look<'_>, pod: &'s Pod, reasons: &[&str]) -> Option<&'s Event> {
    if !is_being_made(pod) {
        return None;
    }
    let mut events = look.situation.events_of("Pod", &pod.metadata.name);
    let newest = events.find(|event| {
        reasons.contains(&event.reason.as_str())
            || matches!(
                event.reason.as_str(),
                "SuccessfulAttachVolume" | "Pulling" | "Pulled" | "Started"
            )
    })?;
    reasons.contains(&newest.reason.as_str()).then_some(newest)
}

/// What is missing, from `configmap "x" not found` and the like.
fn missing(message: &str) -> Option<String> {
    for (mark, kind) in [("configmap \"", "ConfigMap"), ("secret \"", "Secret")] {
        if let Some((_, rest)) = message.split_once(mark)
            && let Some((name, rest)) = rest.split_once('"')
            && rest.trim_start().starts_with("not found")
        {
            return Some(format!("there is no {kind} {name}"));
        }
    }
    // `couldn't find key DB_URL in Secret shop/checkout`
    if let Some((_, rest)) = message.split_once("couldn't find key ")
        && let Some((key, place)) = rest.split_once(" in ")
        && let Some((kind, name)) = place.split_once(' ')
    {
        let name = name.rsplit('/').next().unwrap_or(name);
        return Some(format!("{kind} {name} has no key {key}"));
    }
    message
        .contains("references non-existent")
        .then(|| quoted(message.rsplit(": ").next().unwrap_or(message)))
}

/// A ConfigMap or Secret that it needs is not there, or lacks a key.
pub(super) fn config(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    if let Some((container, why)) =
        waiting(pod).find(|(_, why)| why.reason == "CreateContainerConfigError")
    {
        let what = missing(&why.message).unwrap_or_else(|| quoted(&why.message));
        let words = format!("cannot start container {}: {what}", container.name);
        return Some(Found::broken(words).container(&container.name));
    }
    let event = trouble(look, pod, &["FailedMount"])?;
    let what = missing(&event.message)?;
    Some(Found::broken(format!("cannot mount its volumes: {what}")))
}

/// The container runtime cannot start it.
pub(super) fn cannot_start(_: &Look<'_>, pod: &Pod) -> Option<Found> {
    const REASONS: [&str; 5] = [
        "CreateContainerError",
        "RunContainerError",
        "PreStartHookError",
        "PostStartHookError",
        "PreCreateHookError",
    ];
    let waits = waiting(pod).find(|(_, why)| REASONS.contains(&why.reason.as_str()));
    let waits = waits.map(|(container, why)| (container, why.message.as_str()));
    let all = || pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    let ended = || {
        all().find_map(|container| {
            let ended =
                container.state.terminated.as_ref().or(container.last_state.terminated.as_ref())?;
            let running = container.state.running.is_some() && container.ready;
            let never = matches!(ended.reason.as_str(), "StartError" | "ContainerCannotRun");
            (never && !running).then_some((container, ended.message.as_str()))
        })
    };
    let (container, message) = waits.or_else(ended)?;
    let what = if message.contains("executable file not found")
        || message.contains("no such file or directory")
    {
        "its command is not in the image, "
    } else if message.contains("permission denied") {
        "its command may not be run, "
    } else {
        ""
    };
    let evidence = message
        .split(": ")
        .skip_while(|part| !part.starts_with("exec"))
        .collect::<Vec<_>>()
        .join(": ");
    let evidence =
        if evidence.is_empty() { message } else { evidence.trim_end_matches(": unknown") };
    let words = format!("cannot start container {}: {what}{}", container.name, quoted(evidence));
    Some(Found::broken(words).container(&container.name))
}

/// A volume does not come.
pub(super) fn volume(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    let event = trouble(look, pod, &["FailedMount", "FailedAttachVolume", "FailedMapVolume"])?;
    let message = brief(&event.message);
    if message.contains("Multi-Attach error") {
        let held = message.split_once("used by pod(s) ").map(|(_, pods)| pods.trim());
        let held = match held {
            Some(pods) => format!("used by pod {pods}"),
            None => "attached to another node".to_owned(),
        };
        let words = format!(
            "waits for its volume, which is still {held}: a volume for one node alone cannot be on two while pods are replaced"
        );
        return Some(Found::broken(words));
    }
    Some(Found::broken(format!("waits for its volumes: {}", quoted(&message))))
}

/// Network or sandbox cannot be set up.
pub(super) fn sandbox(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    let reasons = ["FailedCreatePodSandBox", "NetworkNotReady", "FailedPrepareDynamicResources"];
    let event = trouble(look, pod, &reasons)?;
    let message = event.message.trim_start_matches("Failed to create pod sandbox: ");
    let message = message.split_once("desc = ").map_or(message, |(_, rest)| rest);
    Some(Found::broken(format!(
        "cannot be set up on node {}: {}",
        pod.spec.node_name,
        quoted(message)
    )))
}
