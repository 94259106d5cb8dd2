//! Images that do not come.

use super::{Found, Look, brief, quoted};
use crate::rollout::facts::{ContainerStatus, Pod, Waiting};

/// Containers that wait to be started, with why: init containers first.
pub(super) fn waiting(pod: &Pod) -> impl Iterator<Item = (&ContainerStatus, &Waiting)> {
    let all = pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    all.filter_map(|container| Some((container, container.state.waiting.as_ref()?)))
}

/// The image that was asked for: a status may not know it yet.
fn asked<'p>(pod: &'p Pod, container: &'p ContainerStatus) -> &'p str {
    let all = pod.spec.init_containers.iter().chain(&pod.spec.containers);
    let asked = all.filter(|one| one.name == container.name).map(|one| one.image.as_str()).next();
    asked.filter(|image| !image.is_empty()).unwrap_or(&container.image)
}

/// What cannot be the name of an image.
pub(super) fn invalid_name(_: &Look<'_>, pod: &Pod) -> Option<Found> {
    let (container, _) = waiting(pod).find(|(_, why)| why.reason == "InvalidImageName")?;
    let image = quoted(asked(pod, container));
    let words = format!("has no valid image: {image} (container {})", container.name);
    Some(Found::broken(words).container(&container.name))
}

/// An image that cannot be pulled.
pub(super) fn pull(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    const REASONS: [&str; 6] = [
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    ];
    let (container, why) = waiting(pod).find(|(_, why)| REASONS.contains(&why.reason.as_str()))?;
    let image = brief(asked(pod, container));
    if why.reason == "ErrImageNeverPull" {
        let words = format!(
            "may not pull its image (imagePullPolicy Never), and its node does not have it: {image}"
        );
        return Some(Found::broken(words).container(&container.name));
    }
    // A back-off of older kubelets does not say why; the event of the attempt does.
    let says = |message: &str| told(message).is_some();
    let events = || {
        let mut events = look.situation.events_of("Pod", &pod.metadata.name);
        events
            .find(|event| event.reason == "Failed" && says(&event.message))
            .map(|event| event.message.as_str())
    };
    let message = if says(&why.message) { Some(why.message.as_str()) } else { events() };
    let detail = match message.and_then(told) {
        Some((what, "")) => format!(": {what}"),
        Some((what, evidence)) => format!(": {what}, {}", quoted(evidence)),
        None => String::new(),
    };
    let words = format!("is {}{detail} ({image})", why.reason);
    Some(Found::broken(words).container(&container.name))
}

/// What a message of the container runtime comes down to, and the part of it that says so.
fn told(message: &str) -> Option<(&'static str, &str)> {
    const KNOWN: [(&str, &str); 17] = [
        ("no match for platform", "the image is not built for the node's platform"),
        ("no matching manifest for", "the image is not built for the node's platform"),
        ("exec format error", "the image is not built for the node's platform"),
        ("toomanyrequests", "the registry lets nobody pull so often"),
        ("429 Too Many", "the registry lets nobody pull so often"),
        ("no such host", "the registry cannot be found"),
        ("i/o timeout", "the registry does not answer"),
        ("connection refused", "the registry does not answer"),
        ("deadline exceeded", "the registry does not answer"),
        ("x509:", "the registry's certificate is not trusted"),
        ("no basic auth credentials", "the registry wants to know who asks"),
        ("401 Unauthorized", "the registry wants to know who asks"),
        ("authorization failed", "the registry refuses"),
        ("403 Forbidden", "the registry refuses"),
        ("denied", "the registry refuses"),
        ("manifest unknown", "there is no such image or tag"),
        ("not found", "there is no such image or tag"),
    ];
    let (mark, what) =
        KNOWN.iter().find(|(mark, _)| message.contains(mark)).copied().or_else(|| {
            let full = message.contains("no space left on device");
            full.then_some(("no space left on device", "the node's disk is full"))
        })?;
    // The part of the chain of reasons in which it stands.
    let part = message.split(": ").filter(|part| part.contains(mark.trim_end_matches(':'))).last();
    let evidence = part.unwrap_or(mark).trim().trim_end_matches('.');
    Some((what, evidence))
}
