//! Floor 3: "ask and acknowledge", followed to its outcome. A controller was asked by a write; what it
//! says in the object's status is put in words until it is over.
//!
//! One machine for all handshakes, and pure. Our clock and the server's are never compared: how long
//! something takes is measured with ours, which operation came first is told by the server's times.

mod argo;
mod flux;
mod rollouts;
#[cfg(test)]
mod rollouts_tests;
#[cfg(test)]
mod tests;

use crate::model::{FollowState, Handshake, ObjRef};
use crate::text::sanitise;
use serde_json::Value;
use std::time::Duration;

/// How it stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// It goes on; what it waits for, or what the controller does, in words.
    Waits(String),
    /// It is over.
    Ended(FollowState),
}

/// What one look at the object tells.
enum Look {
    /// The controller has not shown that it knows of the request.
    Unseen(String),
    /// It is at work.
    Seen(String),
    /// It is over.
    Ended(FollowState),
}

/// Follows one request. Moments are given as the time since the request was accepted, on our own
/// clock.
#[derive(Debug)]
pub struct Follower {
    handshake: Handshake,
    /// `Application/payments`.
    name: String,
    pickup: Duration,
    /// Since when the controller could have picked it up.
    since: Duration,
    seen: bool,
    words: String,
}

impl Follower {
    /// Follows what was asked of the controller of `target`. A controller that has not begun after
    /// `pickup` is told to be missing.
    pub fn new(target: &ObjRef, handshake: Handshake, pickup: Duration) -> Self {
        let (since, seen, words) = (Duration::ZERO, false, REQUESTED.to_owned());
        // Argo Rollouts' controller answers within a second or two, and can be asked again.
        let pickup = if is_repeatable(&handshake) { pickup / 3 } else { pickup };
        Self { handshake, name: target.to_string(), pickup, since, seen, words }
    }

    /// The object is like this now.
    pub fn look(&mut self, object: &Value, now: Duration) -> Step {
        let name = &self.name;
        let look = match &self.handshake {
            Handshake::ArgoOperation { token, before } => {
                argo::operation(name, object, token, before)
            }
            Handshake::ArgoRefresh { before } => argo::refresh(name, object, before),
            Handshake::ArgoTerminate { started } => argo::terminate(object, started),
            Handshake::ArgoSetRefresh => argo::set_refresh(name, object),
            Handshake::ArgoRollout { ask, before } => rollouts::asked(name, object, *ask, before),
            Handshake::Flux { token, request } => flux::request(name, object, token, *request),
        };
        match look {
            Look::Unseen(words) => self.words = words,
            Look::Seen(words) => {
                self.seen = true;
                self.words = words;
            }
            Look::Ended(state) => return Step::Ended(state),
        }
        Step::Waits(self.words(now))
    }

    /// What it waits for now, though nothing was heard of the object since.
    pub fn words(&self, now: Duration) -> String {
        if self.seen || now < self.since + self.pickup {
            return self.words.clone();
        }
        let seconds = self.pickup.as_secs();
        let late = match is_repeatable(&self.handshake) {
            true => format!(
                "{UNTAKEN} {seconds} s: ask again, for its controller can overlook what is asked \
                 while it writes itself. Is it running?"
            ),
            false => {
                format!("{UNTAKEN} {seconds} s: is the controller running in that namespace?")
            }
        };
        if self.words == REQUESTED { late } else { format!("{late} {}", self.words) }
    }

    /// When time alone will have changed [`Follower::words`]; None when it will not.
    pub fn wakes(&self) -> Option<Duration> {
        (!self.seen).then_some(self.since + self.pickup)
    }

    /// The object could not be seen for a while, and can be now. The controller may have been as blind,
    /// and has its time again.
    pub fn resumed(&mut self, now: Duration) {
        self.since = now;
    }

    /// The object is gone, or another one of its name is there.
    pub fn gone(&self) -> FollowState {
        FollowState::Superseded(format!("{} was deleted meanwhile", self.name))
    }
}

/// How a wait begins of which the controller has shown no sign in time.
pub const UNTAKEN: &str = "not picked up after";

/// Asking once more does no harm, and helps: Argo Rollouts' controller puts what it wrote into its cache
/// itself (`writeBackToInformer`, `rollout/controller.go`), at times over a newer version that it then does
/// not see before the next change (argo-rollouts issues 4073 and 4694).
fn is_repeatable(handshake: &Handshake) -> bool {
    use crate::model::RolloutAsk::{Abort, Promote, PromoteFull, Retry};
    matches!(handshake, Handshake::ArgoRollout { ask: Promote | PromoteFull | Abort | Retry, .. })
}

/// Before anything else is known.
const REQUESTED: &str = "requested: waits for the controller";

/// Longest message that is passed on.
const LONGEST: usize = 300;

/// One line of a controller's words: sanitised, white space folded, cut.
fn line(text: &str) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = sanitise::clean(&folded);
    let mut line: String = clean.chars().take(LONGEST).collect();
    if line.len() < clean.len() {
        line.push('…');
    }
    line
}

/// The text at a JSON pointer; empty where there is none.
fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// The elements of the list at a JSON pointer.
fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The condition of this type.
fn condition<'v>(object: &'v Value, of: &str) -> Option<&'v Value> {
    list(object, "/status/conditions").iter().find(|one| one["type"] == of)
}

/// The tool that wrote a field last, as managedFields tell: ` by kubectl-edit`; empty where they do
/// not. `path` is its place in `fieldsV1`.
fn writer(object: &Value, path: &[&str]) -> String {
    let mut found: Vec<(&str, &str)> = list(object, "/metadata/managedFields")
        .iter()
        .filter(|entry| {
            let fields = Some(&entry["fieldsV1"]);
            path.iter().fold(fields, |at, step| at.and_then(|at| at.get(step))).is_some()
        })
        .map(|entry| (text(entry, "/time"), text(entry, "/manager")))
        .collect();
    found.sort_unstable();
    match found.last() {
        Some((_, "wheelhouse")) => " by another wheelhouse".to_owned(),
        Some((_, manager)) if !manager.is_empty() => format!(" by {}", line(manager)),
        _ => String::new(),
    }
}

/// Whether one of the server's times (RFC 3339) is later than another.
fn later(one: &str, other: &str) -> bool {
    match (one.parse::<jiff::Timestamp>(), other.parse::<jiff::Timestamp>()) {
        (Ok(one), Ok(other)) => one > other,
        _ => one > other,
    }
}
