//! How an object is, by the habits that controllers share: kstatus' rules for conditions and
//! generations, Argo's `status.health`, a plain phase. Nothing is guessed where nothing is said.

use crate::model::{Health, Tone};
use crate::text::jsonpath::Node;

/// What was found out about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) health: Health,
    /// `Ready`, `NotReady`; empty where the object says nothing.
    pub(super) word: String,
    /// Why, in the controller's words; may be empty.
    pub(super) reason: String,
}

impl Judged {
    fn new(health: Health, word: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { health, word: word.into(), reason: reason.into() }
    }

    /// `NotReady: BuildFailed`.
    pub(super) fn text(&self) -> String {
        if self.reason.is_empty() || self.reason == self.word {
            self.word.clone()
        } else {
            format!("{}: {}", self.word, self.reason)
        }
    }

    pub(super) fn tone(&self) -> Tone {
        match self.health {
            Health::None => Tone::Plain,
            Health::Healthy => Tone::Good,
            Health::Suspended => Tone::Dim,
            Health::Progressing => Tone::Busy,
            Health::Unknown => Tone::Warn,
            Health::Degraded => Tone::Bad,
        }
    }
}

/// Conditions that are good when true, the most telling first.
const GOOD_WHEN_TRUE: &[&str] = &[
    "Ready",
    "Healthy",
    "Available",
    "Succeeded",
    "Complete",
    "Completed",
    "Synced",
    "Programmed",
    "Accepted",
    "Established",
    "Active",
    "Running",
    "Online",
];

/// Conditions that tell of something broken when true.
const BAD_WHEN_TRUE: &[&str] = &[
    "Stalled",
    "Failed",
    "Failure",
    "Degraded",
    "Error",
    "Denied",
    "InvalidRequest",
    "ReplicaFailure",
    "RetriesExceeded",
];

/// Conditions that tell of work under way when true. `Progressing` itself stays true for
/// Deployment-like kinds that are done, and so says nothing.
const BUSY_WHEN_TRUE: &[&str] = &["Reconciling", "Issuing", "Deleting", "Terminating"];

/// Reads the pruned tree of one object.
pub(super) fn judge(tree: &Node<'_>) -> Judged {
    let text = |keys: &[&str]| tree.at(keys).and_then(Node::as_str).unwrap_or_default();
    let int = |keys: &[&str]| tree.at(keys).and_then(Node::as_int);

    if !text(&["metadata", "deletionTimestamp"]).is_empty() {
        return Judged::new(Health::Progressing, "Terminating", "");
    }
    let health = text(&["status", "health", "status"]);
    if let Some(judged) = argo(health) {
        return judged;
    }
    let paused = ["suspend", "paused"]
        .iter()
        .any(|field| tree.at(&["spec", field]) == Some(&Node::Bool(true)));
    if paused {
        return Judged::new(Health::Suspended, "Suspended", "");
    }
    let generation = int(&["metadata", "generation"]);
    let behind = |observed: Option<i64>| match (generation, observed) {
        (Some(generation), Some(observed)) => observed < generation,
        _ => false,
    };
    if behind(int(&["status", "observedGeneration"])) {
        return Judged::new(Health::Progressing, "Progressing", "NewSpecNotSeenYet");
    }
    let conditions = tree.at(&["status", "conditions"]).map(Node::items).unwrap_or_default();
    if let Some(judged) = by_conditions(conditions, &behind) {
        return judged;
    }
    for field in ["phase", "state"] {
        let word = text(&["status", field]);
        if !word.is_empty() {
            return Judged::new(word_health(word), word, "");
        }
    }
    Judged::new(Health::None, "", "")
}

/// Argo CD's own words; an Application's `status.health.status` for one.
fn argo(word: &str) -> Option<Judged> {
    let health = match word {
        "Healthy" => Health::Healthy,
        "Progressing" => Health::Progressing,
        "Degraded" | "Missing" => Health::Degraded,
        "Suspended" => Health::Suspended,
        "Unknown" => Health::Unknown,
        _ => return None,
    };
    Some(Judged::new(health, word, ""))
}

fn by_conditions(conditions: &[Node<'_>], behind: &dyn Fn(Option<i64>) -> bool) -> Option<Judged> {
    let field = |condition: &Node<'_>, name: &str| -> String {
        condition.get(name).and_then(Node::as_str).unwrap_or_default().to_owned()
    };
    let find = |wanted: &str| {
        conditions
            .iter()
            .find(|condition| condition.get("type").and_then(Node::as_str) == Some(wanted))
    };
    let is_true = |condition: &Node<'_>| field(condition, "status") == "True";
    let first_true = |names: &[&str]| {
        names.iter().find_map(|name| find(name).filter(|condition| is_true(condition)))
    };

    if let Some(bad) = first_true(BAD_WHEN_TRUE) {
        return Some(Judged::new(Health::Degraded, field(bad, "type"), field(bad, "reason")));
    }
    if let Some(busy) = first_true(BUSY_WHEN_TRUE) {
        return Some(Judged::new(Health::Progressing, field(busy, "type"), field(busy, "reason")));
    }
    let known: Vec<_> = GOOD_WHEN_TRUE.iter().filter_map(|name| find(name)).collect();
    // The most telling one speaks, unless another one is worse (Crossplane: ready but not synced).
    let judged = known.iter().map(|condition| {
        let (kind, reason) = (field(condition, "type"), field(condition, "reason"));
        let observed = condition.get("observedGeneration").and_then(Node::as_int);
        if behind(observed) {
            return Judged::new(Health::Progressing, "Progressing", "NewSpecNotSeenYet");
        }
        match field(condition, "status").as_str() {
            "True" => Judged::new(Health::Healthy, kind, ""),
            "False" if is_busy_reason(&reason) => {
                Judged::new(Health::Progressing, format!("Not{kind}"), reason)
            }
            "False" => Judged::new(Health::Degraded, format!("Not{kind}"), reason),
            _ => Judged::new(Health::Progressing, format!("{kind} unknown"), reason),
        }
    });
    judged.reduce(|first, next| if next.health > first.health { next } else { first })
}

/// Reasons that controllers give while things take their normal course.
fn is_busy_reason(reason: &str) -> bool {
    const BUSY: &[&str] = &[
        "progress",
        "pending",
        "creating",
        "provisioning",
        "waiting",
        "initializ",
        "issuing",
        "reconciling",
        "installing",
        "scheduling",
        "starting",
        "dependencynotready",
        "deploying",
        "updating",
        "rollout",
        "inprogress",
        "doesnotexist",
        "queued",
    ];
    let reason = reason.to_ascii_lowercase();
    !reason.contains("failed")
        && !reason.contains("exceeded")
        && BUSY.iter().any(|busy| reason.contains(busy))
}

/// What a phase, a state or a condition's status means on its own.
fn word_health(word: &str) -> Health {
    match word.to_ascii_lowercase().as_str() {
        "true" | "ready" | "healthy" | "active" | "bound" | "running" | "succeeded" | "success"
        | "synced" | "available" | "complete" | "completed" | "established" | "online" | "ok"
        | "deployed" | "accepted" | "programmed" | "installed" | "installsucceeded" | "valid"
        | "established=true" => Health::Healthy,
        "progressing" | "pending" | "creating" | "provisioning" | "updating" | "initializing"
        | "reconciling" | "installing" | "waiting" | "terminating" | "deleting" | "starting"
        | "scheduling" | "deploying" | "upgrading" | "processing" => Health::Progressing,
        "false" | "failed" | "failure" | "error" | "degraded" | "missing" | "outofsync"
        | "notready" | "lost" | "invalid" | "denied" | "unhealthy" | "crashloopbackoff" => {
            Health::Degraded
        }
        "suspended" | "paused" | "disabled" => Health::Suspended,
        "unknown" => Health::Unknown,
        _ => Health::None,
    }
}

/// Colour of a word in a column that tells how an object is.
pub(in crate::kinds) fn word_tone(word: &str) -> Tone {
    Judged::new(word_health(word), "", "").tone()
}
