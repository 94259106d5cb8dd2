//! Tags that were moved: what one image of a workload runs as, digest by digest.
//!
//! A tag says nothing about what runs; `imageID` does. Which of several digests is the one that was
//! pushed last is told by the newest pull: an event of the kubelet, or the start of a container that
//! always pulls. Without either the one that was started last counts.

use super::facts::{Container, ContainerStatus, Pod};
use super::situation::Situation;
use crate::text::age;
use std::collections::BTreeMap;

/// Digits of a digest that are shown.
const SHORT: usize = 12;

/// One image that runs under several digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The container.
    pub container: String,
    /// The image as the pods ask for it.
    pub image: String,
    /// A pull tells which is the newest; otherwise it is the one that was started last.
    pub pulled: bool,
    /// The digests, the newest first.
    pub parts: Vec<Part>,
}

/// One digest of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `sha256:…`.
    pub digest: String,
    /// Pods that run it, by name.
    pub pods: Vec<String>,
    /// When one of them was started last, Unix seconds.
    pub started: Option<i64>,
    /// When it was pulled last, Unix seconds; None where that is not known.
    pub pulled: Option<i64>,
}

impl Part {
    /// The first digits of the digest.
    pub fn short(&self) -> String {
        short(&self.digest)
    }
}

/// The first digits of a digest.
pub fn short(digest: &str) -> String {
    let digits = digest.split_once(':').map_or(digest, |(_, digits)| digits);
    digits.chars().take(SHORT).collect()
}

impl Split {
    /// `your push is live on 2 of 3 pods`, of which image, and since when.
    pub fn words(&self, now: i64) -> String {
        let all: usize = self.parts.iter().map(|part| part.pods.len()).sum();
        let Some(newest) = self.parts.first() else { return String::new() };
        let pods = if all == 1 { "pod" } else { "pods" };
        let by = match (self.pulled, newest.pulled.or(newest.started)) {
            (true, Some(at)) => format!("pulled {} ago", age::human(now - at)),
            (false, Some(at)) => {
                format!("started {} ago, and no pull is known", age::human(now - at))
            }
            _ => "no pull is known".to_owned(),
        };
        format!(
            "{} runs under {} digests: your push {} is live on {} of {all} {pods} ({by})",
            self.image,
            self.parts.len(),
            newest.short(),
            newest.pods.len(),
        )
    }
}

/// Every image of the workload's pods that runs under several digests.
pub fn find(situation: &Situation) -> Vec<Split> {
    // By container and image, then by digest.
    let mut images: BTreeMap<(&str, &str), BTreeMap<&str, Part>> = BTreeMap::new();
    for pod in situation.pods.iter().filter(|pod| pod.metadata.deleted.is_none()) {
        for (asked, status) in running(pod) {
            // An image named by its digest is what it says.
            let Some(digest) = digest(&status.image_id).filter(|_| !asked.image.contains('@'))
            else {
                continue;
            };
            let started = status.state.running.as_ref().and_then(|running| running.since);
            let part = images
                .entry((&asked.name, &asked.image))
                .or_default()
                .entry(digest)
                .or_insert_with(|| Part {
                    digest: digest.to_owned(),
                    pods: Vec::new(),
                    started: None,
                    pulled: None,
                });
            part.pods.push(pod.metadata.name.clone());
            part.started = part.started.max(started);
            if asked.image_pull_policy == "Always" {
                part.pulled = part.pulled.max(started);
            }
        }
    }
    let several = images.into_iter().filter(|(_, digests)| digests.len() > 1);
    several
        .map(|((container, image), digests)| {
            let mut parts: Vec<Part> = digests.into_values().collect();
            for part in &mut parts {
                let pods = part.pods.iter();
                let told = pods.filter_map(|pod| pulled(situation, pod, container)).max();
                part.pulled = part.pulled.max(told);
            }
            parts.sort_by_key(|part| std::cmp::Reverse((part.pulled, part.started)));
            let pulled = parts.iter().any(|part| part.pulled.is_some());
            Split { container: container.to_owned(), image: image.to_owned(), pulled, parts }
        })
        .collect()
}

/// The containers that run, each with what was asked for; sidecars too.
fn running(pod: &Pod) -> impl Iterator<Item = (&Container, &ContainerStatus)> {
    let all = pod.spec.containers.iter().chain(&pod.spec.init_containers);
    let status = |name: &str| {
        let all = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
        all.into_iter().find(|one| one.name == name)
    };
    all.filter_map(move |asked| Some((asked, status(&asked.name)?)))
        .filter(|(_, status)| status.state.running.is_some())
}

/// The digest in an `imageID` that names a repository. One that does not is of the image's
/// configuration, which differs from one architecture to the next.
fn digest(id: &str) -> Option<&str> {
    let (_, digest) = id.rsplit_once('@')?;
    digest.contains(':').then_some(digest)
}

/// When the kubelet said last that it pulled the image of a container of this pod.
fn pulled(situation: &Situation, pod: &str, container: &str) -> Option<i64> {
    let mark = format!("{{{container}}}");
    let mut events = situation.events_of("Pod", pod).filter(|event| {
        event.reason == "Pulled"
            && event.message.starts_with("Successfully pulled")
            && event.involved_object.field_path.ends_with(&mark)
    });
    events.next().map(super::facts::Event::last).filter(|at| *at > 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn at(time: &str) -> i64 {
        time.parse::<jiff::Timestamp>().unwrap().as_second()
    }

    /// A pod of the Deployment that runs this digest since then.
    fn pod(name: &str, policy: &str, image: &str, id: &str, started: &str) -> Value {
        json!({"metadata": {"name": name, "ownerReferences":
                [{"kind": "StatefulSet", "name": "db", "uid": "s", "controller": true}]},
            "spec": {"containers": [{"name": "api", "image": image, "imagePullPolicy": policy}]},
            "status": {"containerStatuses": [{"name": "api", "imageID": id,
                "state": {"running": {"startedAt": started}}}]}})
    }

    fn situation(pods: &[Value], events: &[Value]) -> Situation {
        let mut situation = Situation::default();
        situation.add("StatefulSet", &json!({"metadata": {"uid": "s"}})).unwrap();
        for pod in pods {
            situation.add("Pod", pod).unwrap();
        }
        for event in events {
            situation.add("Event", event).unwrap();
        }
        situation.settle();
        situation
    }

    fn repo(digest: &str) -> String {
        format!("registry.example.com/api@{digest}")
    }

    #[test]
    fn the_digest_that_was_pulled_last_is_the_push_wherever_others_were_started_later() {
        let pods = [
            pod("a", "IfNotPresent", "api:main", &repo(B), "2026-01-01T10:00:00Z"),
            // These found an older image on their nodes.
            pod("b", "IfNotPresent", "api:main", &repo(A), "2026-01-01T10:00:20Z"),
            pod("c", "IfNotPresent", "api:main", &repo(A), "2026-01-01T10:00:40Z"),
        ];
        let now = at("2026-01-01T10:05:00Z");
        let found = find(&situation(&pods, &[]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].parts[0].pods, ["b", "c"], "by start, while no pull is known");
        assert!(found[0].words(now).contains("no pull is known"), "{}", found[0].words(now));

        let event = json!({"reason": "Pulled", "lastTimestamp": "2026-01-01T09:59:58Z",
            "message": "Successfully pulled image \"api:main\" in 2.1s (2.1s including waiting)",
            "involvedObject": {"kind": "Pod", "name": "a", "fieldPath": "spec.containers{api}"}});
        let present = json!({"reason": "Pulled", "lastTimestamp": "2026-01-01T10:00:39Z",
            "message": "Container image \"api:main\" already present on machine",
            "involvedObject": {"kind": "Pod", "name": "c", "fieldPath": "spec.containers{api}"}});
        let found = find(&situation(&pods, &[event, present]));
        assert_eq!(found[0].parts[0].pods, ["a"]);
        assert_eq!(
            found[0].words(now),
            "api:main runs under 2 digests: your push bbbbbbbbbbbb is live on 1 of 3 pods (pulled 5m2s ago)"
        );
    }

    #[test]
    fn who_always_pulls_has_what_was_pushed_when_it_started() {
        let pods = [
            pod("a", "Always", "api:main", &repo(A), "2026-01-01T09:00:00Z"),
            pod("b", "Always", "api:main", &repo(B), "2026-01-01T10:00:00Z"),
        ];
        let found = find(&situation(&pods, &[]));
        assert_eq!(found[0].parts[0].short(), "bbbbbbbbbbbb");
        assert!(found[0].pulled);
    }

    #[test]
    fn one_digest_other_tags_and_digests_of_configurations_are_no_split() {
        let start = "2026-01-01T10:00:00Z";
        for (one, other) in [
            (("api:main", repo(A)), ("api:main", repo(A))),
            (("api:1", repo(A)), ("api:2", repo(B))),
            // The same image on two architectures.
            (("api:main", A.to_owned()), ("api:main", B.to_owned())),
            // A mirror has the same content.
            (("api:main", repo(A)), ("api:main", format!("mirror.example.com/api@{A}"))),
        ] {
            let pods = [
                pod("a", "Always", one.0, &one.1, start),
                pod("b", "Always", other.0, &other.1, start),
            ];
            assert_eq!(find(&situation(&pods, &[])), [], "{one:?} {other:?}");
        }
    }
}
