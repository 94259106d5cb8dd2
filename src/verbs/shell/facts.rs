//! What a pod tells about its containers before one of them is entered.

use crate::model::Text;
use crate::text::sanitise;
use crate::verbs::parsed;
use serde_json::Value;
use std::fmt;

/// Which container commands mean when none is named, and how people mark it.
const DEFAULT: &str = "kubectl.kubernetes.io/default-container";

/// The containers of a pod that can be entered: ordinary ones first, then sidecars and other init
/// containers, then ephemeral ones.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// All of them.
    pub containers: Vec<Container>,
    default: Text,
}

/// Whether there is something to enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Running,
    /// It does not; the reason in the kubelet's words.
    Not(String),
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Not(why) => f.write_str(why),
        }
    }
}

/// One container.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name.
    pub name: Text,
    /// Its image as the spec names it.
    pub image: String,
    /// It has a terminal.
    pub tty: bool,
    /// It takes standard input.
    pub stdin: bool,
    /// Whether it runs.
    pub state: State,
    /// What it is when it is no ordinary one.
    sort: &'static str,
}

impl Container {
    /// Its image without tag and digest.
    pub fn image_name(&self) -> String {
        let name = self.image.split('@').next().unwrap_or_default();
        match name.rsplit_once(':') {
            // A colon before a slash belongs to a port.
            Some((name, tag)) if !tag.contains('/') => name.to_owned(),
            _ => name.to_owned(),
        }
    }

    /// For a list to choose from.
    pub(super) fn words(&self) -> String {
        let mut words = self.name.to_string();
        if !self.sort.is_empty() {
            words.push_str(&format!(" ({})", self.sort));
        }
        if self.state != State::Running {
            words.push_str(&format!(", {}", self.state));
        }
        words
    }
}

impl Facts {
    /// Of a pod's JSON.
    pub fn read(json: &str) -> Self {
        let pod = parsed(json);
        let clean = |value: &Value| sanitise::clean(value.as_str().unwrap_or("")).into_owned();
        let sorts = [
            ("containers", "containerStatuses", ""),
            ("initContainers", "initContainerStatuses", "init"),
            ("ephemeralContainers", "ephemeralContainerStatuses", "debug"),
        ];
        let mut containers = Vec::new();
        for (list, statuses, sort) in sorts {
            for spec in pod["spec"][list].as_array().into_iter().flatten() {
                let status = pod["status"][statuses]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .find(|status| status["name"] == spec["name"]);
                let state = state(status, clean);
                let sidecar = sort == "init" && spec["restartPolicy"] == "Always";
                // An init container that has done its work is nothing to enter.
                if sort == "init" && !sidecar && state != State::Running {
                    continue;
                }
                containers.push(Container {
                    name: clean(&spec["name"]).into(),
                    image: clean(&spec["image"]),
                    tty: spec["tty"] == true,
                    stdin: spec["stdin"] == true,
                    state,
                    sort: if sidecar { "sidecar" } else { sort },
                });
            }
        }
        let default = clean(&pod["metadata"]["annotations"][DEFAULT]).into();
        Self { containers, default }
    }

    /// Which one is meant: the one asked for, else the default one, else the first. Past the end where
    /// there is none of that name.
    pub fn position(&self, asked: &Text) -> usize {
        let named = |name: &Text| self.containers.iter().position(|one| one.name == *name);
        if asked.is_empty() {
            named(&self.default).unwrap_or(0)
        } else {
            named(asked).unwrap_or(self.containers.len())
        }
    }

    /// Their names in a row.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.containers.iter().map(|one| one.name.as_str()).collect();
        names.join(", ")
    }
}

fn state(status: Option<&Value>, clean: impl Fn(&Value) -> String) -> State {
    let Some(status) = status else { return State::Not("not created yet".into()) };
    let state = &status["state"];
    if !state["running"].is_null() {
        return State::Running;
    }
    let reason = |sort: &str| Some(clean(&state[sort]["reason"])).filter(|why| !why.is_empty());
    let why = reason("waiting").or_else(|| reason("terminated"));
    State::Not(why.unwrap_or_else(|| "not started yet".into()))
}
