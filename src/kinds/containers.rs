//! What pods and pod templates say about their containers: declared once, for every kind that has them.

use super::build::timestamp;
use super::de::{Pairs, Str, nullable};
use super::proto::{Error, Fill, One, from_message};
use crate::text::quantity;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// A container of a pod or of a pod template.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Container<'a> {
    #[serde(borrow)]
    pub name: Str<'a>,
    pub image: Str<'a>,
    /// `Always` on an init container makes it a sidecar.
    pub restart_policy: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    pub resources: Resources<'a>,
    #[serde(deserialize_with = "nullable")]
    pub env: Env<'a>,
    #[serde(deserialize_with = "nullable")]
    pub env_from: Vec<EnvFrom<'a>>,
}

from_message!(Container<'de> { name, image, restart_policy, resources, env, env_from });

impl Container<'_> {
    /// An init container that goes on running beside the others.
    pub(super) fn is_sidecar(&self) -> bool {
        &*self.restart_policy == "Always"
    }
}

/// Requests and limits.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Resources<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    pub requests: Amounts<'a>,
    #[serde(deserialize_with = "nullable")]
    pub limits: Amounts<'a>,
}

from_message!(Resources<'de> { requests, limits });

/// CPU and memory of a request, a limit or a capacity.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Amounts<'a> {
    #[serde(borrow)]
    pub cpu: Str<'a>,
    pub memory: Str<'a>,
    pub pods: Str<'a>,
}

from_message!(Amounts<'de> { cpu, memory, pods });

impl Amounts<'_> {
    /// CPU in thousandths of a core; None where it is absent or no quantity.
    pub(super) fn cpu_millis(&self) -> Option<i64> {
        millis(&self.cpu)
    }

    /// Memory in bytes; None where it is absent or no quantity.
    pub(super) fn memory_bytes(&self) -> Option<i64> {
        whole(&self.memory)
    }

    /// Pods a node takes.
    pub(super) fn pod_count(&self) -> Option<i64> {
        whole(&self.pods)
    }
}

fn millis(text: &str) -> Option<i64> {
    if text.is_empty() { None } else { quantity::millis(text) }
}

fn whole(text: &str) -> Option<i64> {
    // Plain digits need no detour through thousandths, which would overflow from 9 PiB on.
    if text.is_empty() {
        return None;
    }
    text.parse().ok().or_else(|| quantity::millis(text).map(|m| m / 1000 + i64::from(m % 1000 > 0)))
}

/// Environment variables: where those values come from that come from elsewhere. Most do not, and pods have many.
#[derive(Debug, Default)]
pub(super) struct Env<'a>(pub Vec<ValueFrom<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Env<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = Vec::<EnvVar<'a>>::deserialize(deserializer)?;
        Ok(Self(all.into_iter().filter_map(|variable| variable.value_from).collect()))
    }
}

impl<'de> Fill<'de> for Env<'de> {
    fn fill(&mut self, from: One<'de>) -> Result<(), Error> {
        let mut variable = EnvVar::default();
        variable.fill(from)?;
        self.0.extend(variable.value_from);
        Ok(())
    }
}

/// One environment variable: only where its value comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct EnvVar<'a> {
    #[serde(borrow)]
    value_from: Option<ValueFrom<'a>>,
}

from_message!(EnvVar<'de> { value_from });

/// Where an environment variable's value comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ValueFrom<'a> {
    #[serde(borrow)]
    pub config_map_key_ref: Option<Named<'a>>,
    pub secret_key_ref: Option<Named<'a>>,
}

from_message!(ValueFrom<'de> { config_map_key_ref, secret_key_ref });

/// A whole ConfigMap or Secret taken over into the environment.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EnvFrom<'a> {
    #[serde(borrow)]
    pub config_map_ref: Option<Named<'a>>,
    pub secret_ref: Option<Named<'a>>,
}

from_message!(EnvFrom<'de> { config_map_ref, secret_ref });

/// A reference by name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named<'a> {
    #[serde(borrow)]
    pub name: Str<'a>,
}

from_message!(Named<'de> { name });

/// What the kubelet reports of one container.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContainerStatus<'a> {
    #[serde(borrow)]
    pub name: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    pub ready: bool,
    #[serde(deserialize_with = "nullable")]
    pub started: bool,
    #[serde(deserialize_with = "nullable")]
    pub restart_count: i64,
    #[serde(deserialize_with = "nullable")]
    pub state: State<'a>,
    #[serde(deserialize_with = "nullable")]
    pub last_state: State<'a>,
}

from_message!(ContainerStatus<'de> { name, ready, started, restart_count, state, last_state });

/// At most one of the three is there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct State<'a> {
    #[serde(borrow)]
    pub waiting: Option<Waiting<'a>>,
    pub running: Option<Running>,
    pub terminated: Option<Terminated<'a>>,
}

from_message!(State<'de> { waiting, running, terminated });

/// Not started yet, or between two starts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Waiting<'a> {
    #[serde(borrow)]
    pub reason: Str<'a>,
}

from_message!(Waiting<'de> { reason });

/// Running; since when is nobody's business in a table.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Running {}

from_message!(Running {});

/// Ended.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Terminated<'a> {
    #[serde(borrow)]
    pub reason: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    pub exit_code: i64,
    #[serde(deserialize_with = "nullable")]
    pub signal: i64,
    pub finished_at: Str<'a>,
}

from_message!(Terminated<'de> { reason, exit_code, signal, finished_at });

impl Terminated<'_> {
    /// When it ended, Unix seconds; None where the kubelet does not know.
    pub(super) fn finished(&self) -> Option<i64> {
        timestamp(&self.finished_at)
    }

    /// The reason, or the signal or exit code where there is none, as kubectl names it.
    pub(super) fn name(&self) -> Cow<'_, str> {
        if !self.reason.is_empty() {
            Cow::Borrowed(&*self.reason)
        } else if self.signal != 0 {
            Cow::Owned(format!("Signal:{}", self.signal))
        } else {
            Cow::Owned(format!("ExitCode:{}", self.exit_code))
        }
    }
}

/// The pod template of a workload: what its table shows of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Template<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    pub spec: TemplateSpec<'a>,
}

/// The pod spec within a template.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TemplateSpec<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    pub containers: Vec<Brief<'a>>,
    #[serde(deserialize_with = "nullable")]
    pub node_selector: Pairs<'a, Str<'a>>,
}

/// Name and image of a container.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Brief<'a> {
    #[serde(borrow)]
    pub name: Str<'a>,
    pub image: Str<'a>,
}

impl Template<'_> {
    /// Names of the containers, as the CONTAINERS column lists them.
    pub(super) fn names(&self) -> String {
        joined(self.spec.containers.iter().map(|container| &*container.name))
    }

    /// Images of the containers, as the IMAGES column lists them.
    pub(super) fn images(&self) -> String {
        joined(self.spec.containers.iter().map(|container| &*container.image))
    }
}

fn joined<'s>(parts: impl Iterator<Item = &'s str>) -> String {
    parts.collect::<Vec<_>>().join(",")
}

/// An image without its registry and path, digests cut to eight digits: `nginx:1.27`,
/// `api@3f4e90aa`.
pub(super) fn short_image(image: &str) -> Cow<'_, str> {
    let last = image.rsplit('/').next().unwrap_or(image);
    let Some((name, digest)) = last.split_once('@') else { return Cow::Borrowed(last) };
    // A tag says more than the digest beside it.
    if name.contains(':') {
        return Cow::Borrowed(name);
    }
    let hex = digest.split_once(':').map_or(digest, |(_, hex)| hex);
    Cow::Owned(format!("{name}@{}", hex.get(..8).unwrap_or(hex)))
}
