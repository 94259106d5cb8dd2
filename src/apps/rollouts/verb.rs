//! Promote, promote fully, skip a step, abort and retry: all are patches of the status, which is what
//! the controller takes its orders from.

use super::ground::{Ground, Seen};
use crate::model::{
    Fault, FaultKind, Following, Handshake, Method, ObjRef, Plan, PlanId, PlanRequest, Read,
    RolloutAsk, Text, stands_at,
};
use crate::text::sanitise;
use crate::verbs::restart::is_rollout;
use crate::verbs::{Draft, manager};
use serde_json::{Value, json};

/// What is asked of the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// The pause, or the step at which it stands, is over.
    Promote,
    /// All that is left is skipped.
    PromoteFull,
    /// The step at which it stands is over; a pause by hand stays.
    Skip,
    /// The update is called off.
    Abort,
    /// An update that was called off begins again.
    Retry,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Promote => "Promote",
            Self::PromoteFull => "Promote fully",
            Self::Skip => "Skip the step of",
            Self::Abort => "Abort",
            Self::Retry => "Retry",
        }
    }

    fn ask(self) -> RolloutAsk {
        match self {
            Self::Promote | Self::Skip => RolloutAsk::Promote,
            Self::PromoteFull => RolloutAsk::PromoteFull,
            Self::Abort => RolloutAsk::Abort,
            Self::Retry => RolloutAsk::Retry,
        }
    }
}

/// A verb of a Rollout in the making.
#[derive(Clone, Debug)]
pub struct Control {
    verb: Verb,
    ground: Ground,
    /// Unix seconds.
    now: i64,
}

/// What is patched.
#[derive(Default)]
struct Patches {
    /// `status`; null for nothing.
    status: Value,
    /// The pause by hand is ended.
    unpause: bool,
    /// It was asked for before, and the controller has not taken it.
    again: bool,
}

impl Control {
    /// Does `verb` to a Rollout; None for other kinds. `now` in Unix seconds.
    pub fn new(verb: Verb, target: ObjRef, now: i64) -> Option<Self> {
        is_rollout(&target).then(|| Self { verb, ground: Ground::new(target), now })
    }

    fn refuse(&self, why: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Refused, self.title(), why)
    }

    fn patches(&self, seen: Seen<'_>) -> Result<Patches, Fault> {
        if self.is_untaken(seen) {
            // The order stands as it was given. Any other change wakes the controller, and its own message
            // is the one that it writes anew whatever it does.
            let message = match seen.workload.status.message.is_empty() {
                true => json!("asked again"),
                false => Value::Null,
            };
            return Ok(Patches {
                status: json!({ "message": message }),
                again: true,
                unpause: false,
            });
        }
        match self.verb {
            Verb::Promote => self.promote(seen),
            Verb::PromoteFull => self.promote_full(seen),
            Verb::Skip => self.skip(seen),
            Verb::Abort => self.abort(seen),
            Verb::Retry => self.retry(seen),
        }
    }

    /// This was asked for already, and the controller shows no sign of it: it may be about to, or have
    /// overlooked it (see `follow`).
    fn is_untaken(&self, seen: Seen<'_>) -> bool {
        let status = &seen.workload.status;
        let phase = status.phase.as_str();
        if !seen.is_observed() || seen.is_promoted() || seen.is_paused_by_hand() {
            return false;
        }
        match self.verb {
            Verb::Promote | Verb::Skip => {
                status.controller_pause
                    && status.pause_conditions.is_empty()
                    && !status.abort
                    && phase == "Paused"
            }
            Verb::PromoteFull => {
                seen.status()["promoteFull"] == true && matches!(phase, "Paused" | "Degraded")
            }
            Verb::Abort => status.abort && phase != "Degraded",
            Verb::Retry => {
                !status.abort && phase == "Degraded" && status.message.starts_with("RolloutAborted")
            }
        }
    }

    /// What is true of every promotion: something is there to be promoted, and what was read is what
    /// the controller goes by.
    fn is_rolling(&self, seen: Seen<'_>) -> Result<(), Fault> {
        if !seen.is_observed() {
            let why = "its controller has not seen the last change yet, and would take this for \
                       the revision before";
            return Err(self.refuse(why).hint("try again in a moment"));
        }
        if seen.is_promoted() {
            let why = "it is fully promoted: the new revision is the stable one";
            let fault = self.refuse(why);
            return Err(match seen.is_paused_by_hand() {
                true => fault.hint("it is paused by hand: resume it"),
                false => fault,
            });
        }
        Ok(())
    }

    /// `getPatches` of `promote.go`, its last case.
    fn promote(&self, seen: Seen<'_>) -> Result<Patches, Fault> {
        self.is_rolling(seen)?;
        if seen.workload.status.abort {
            let why = "it was aborted: there is nothing to go on with";
            return Err(self.refuse(why).hint("retry it, or promote it fully"));
        }
        let unpause = seen.is_paused_by_hand();
        let status = match self.moves(seen) {
            Some(status) => status,
            None if unpause => Value::Null,
            None if seen.is_canary() && !seen.steps().is_empty() => {
                let why = "all its steps are done: it waits for its pods alone";
                return Err(self.refuse(why).hint("promote it fully to wait for nothing else"));
            }
            None => {
                let why = "it is not paused, and goes on by itself";
                return Err(self.refuse(why).hint("promote it fully to skip what is left"));
            }
        };
        Ok(Patches { status, unpause, again: false })
    }

    /// The pause conditions are taken away, or the step is counted on, never both: with both the
    /// controller takes a pause that follows for one that is over. An inconclusive analysis is the
    /// exception, for which the plugin takes the controller's pause away too.
    fn moves(&self, seen: Seen<'_>) -> Option<Value> {
        let next = seen.index() + 1;
        let waits = !seen.workload.status.pause_conditions.is_empty();
        let has_step = seen.index() < seen.steps().len();
        match (waits, has_step) {
            (true, true) if seen.is_inconclusive() => Some(
                json!({"pauseConditions": null, "controllerPause": false, "currentStepIndex": next}),
            ),
            (true, _) => Some(json!({"pauseConditions": null})),
            (false, true) => Some(json!({"pauseConditions": null, "currentStepIndex": next})),
            (false, false) => None,
        }
    }

    fn promote_full(&self, seen: Seen<'_>) -> Result<Patches, Fault> {
        self.is_rolling(seen)?;
        if seen.is_first() {
            let why =
                "nothing was stable before: its first revision skips steps and analyses anyway";
            return Err(self.refuse(why));
        }
        if !self.ground.has_status && !seen.is_canary() {
            let why = "this version of Argo Rollouts promotes only canaries fully";
            return Err(self.refuse(why).hint("promote it when it is paused"));
        }
        if seen.status()["promoteFull"] == true {
            return Err(self.refuse("it is being promoted fully already"));
        }
        let status = json!({"promoteFull": true});
        Ok(Patches { status, unpause: seen.is_paused_by_hand(), again: false })
    }

    fn skip(&self, seen: Seen<'_>) -> Result<Patches, Fault> {
        if !seen.is_canary() {
            return Err(self.refuse("cannot skip steps of a blue-green rollout: it has none"));
        }
        if seen.steps().is_empty() {
            return Err(self.refuse("cannot skip steps of a rollout without steps"));
        }
        self.is_rolling(seen)?;
        if seen.workload.status.abort {
            return Err(self.refuse("it was aborted: no step runs").hint("retry it"));
        }
        if seen.index() >= seen.steps().len() {
            return Err(self.refuse("all its steps are done: there is none to skip"));
        }
        let status = match seen.workload.status.pause_conditions.is_empty() {
            // As the plugin's --skip-current-step.
            true => json!({"currentStepIndex": seen.index() + 1}),
            false => self.moves(seen).unwrap_or_default(),
        };
        Ok(Patches { status, ..Patches::default() })
    }

    fn abort(&self, seen: Seen<'_>) -> Result<Patches, Fault> {
        if seen.workload.status.abort {
            return Err(self
                .refuse("it is aborted already")
                .hint("retry it, or go back with undo"));
        }
        if seen.is_first() {
            let why = "nothing was stable before: there is no revision to go back to";
            return Err(self.refuse(why));
        }
        if seen.is_observed() && seen.is_promoted() {
            let why = "it is fully promoted: nothing is under way";
            return Err(self.refuse(why).hint("go back with undo"));
        }
        Ok(Patches { status: json!({"abort": true}), ..Patches::default() })
    }

    fn retry(&self, seen: Seen<'_>) -> Result<Patches, Fault> {
        if !seen.workload.status.abort {
            let why = match seen.workload.status.phase.as_str() {
                "Degraded" => "it is degraded, but was not aborted: a retry changes nothing",
                _ => "it was not aborted",
            };
            return Err(self.refuse(why));
        }
        if seen.is_observed() && seen.is_promoted() {
            return Err(self.refuse("it is back at its stable revision: nothing is left to retry"));
        }
        Ok(Patches { status: json!({"abort": false}), ..Patches::default() })
    }

    fn notes(&self, mut plan: Plan, seen: Seen<'_>, patches: &Patches) -> Plan {
        plan = plan.note(format!("now: {}", seen.words(self.now)));
        if patches.again {
            return plan.note(
                "it was asked for before, and the controller shows no sign of it: it is told again, \
                 and nothing else changes",
            );
        }
        let waits = !seen.workload.status.pause_conditions.is_empty();
        let status = &seen.workload.status;
        match self.verb {
            Verb::Promote | Verb::Skip => {
                if let Some(step) = seen.step() {
                    let runs = !waits && !is_pause(seen);
                    plan = match runs {
                        true => plan.warn(format!("{step} has not ended: it is skipped")),
                        false => plan.note(format!("{step} ends")),
                    };
                    plan = plan.note(match seen.next_step() {
                        Some(next) => format!("next: {next}"),
                        None => "it was the last step: the rest of the pods follows".to_owned(),
                    });
                }
                if !seen.is_canary() && waits {
                    plan = plan.note(switches(seen));
                }
                if self.verb == Verb::Skip && seen.is_paused_by_hand() {
                    plan = plan.note("it stays paused by hand");
                }
            }
            Verb::PromoteFull => {
                let left = seen.steps().len().saturating_sub(seen.index());
                plan = plan.warn(match (seen.is_canary(), left) {
                    (false, _) => "pauses and analyses are skipped".to_owned(),
                    (true, 0) => "analyses that run are skipped".to_owned(),
                    (true, 1) => "1 step that is left is skipped, and analyses with it".to_owned(),
                    (true, n) => {
                        format!("{n} steps that are left are skipped, and analyses with them")
                    }
                });
                if !seen.is_canary() {
                    plan = plan.note(switches(seen));
                }
                if status.abort {
                    plan = plan.warn(format!("it was aborted{}", because(&status.message)));
                }
            }
            Verb::Abort => {
                plan = plan.note(match seen.is_canary() {
                    true => "traffic goes back to the stable revision, and the canary's pods end",
                    false => "traffic stays with, or goes back to, the stable revision",
                });
                plan = plan.note(
                    "its spec keeps asking for the new one: it is Degraded until it is retried, \
                     or changed back",
                );
                if seen.is_paused_by_hand() {
                    plan = plan.warn("it is paused by hand: its pods stay until it is resumed");
                }
            }
            Verb::Retry => {
                plan = plan.note(match seen.steps().len() {
                    0 => "it begins again".to_owned(),
                    n => format!("it begins again at step 1 of {n}"),
                });
                if !status.message.is_empty() {
                    plan = plan.note(format!("it was aborted{}", because(&status.message)));
                }
                // `isBlueGreenFastTracked` of the controller's `bluegreen.go`.
                if !seen.is_canary() {
                    plan = plan.warn(
                        "while the new set's pods are still kept (30 s by default, abortScaleDownDelaySeconds), \
                         traffic turns to it at once, without a pause",
                    );
                }
                if seen.is_paused_by_hand() {
                    plan = plan.warn("it is paused by hand: nothing happens until it is resumed");
                }
            }
        }
        if patches.unpause {
            plan = plan.note("it is paused by hand too: that ends");
            if let Some(warning) = manager::warning(seen.object) {
                plan = plan.warn(warning);
            }
        }
        plan
    }
}

/// The step is a pause, so that nothing is cut off when it ends.
fn is_pause(seen: Seen<'_>) -> bool {
    seen.steps().get(seen.index()).is_some_and(|step| !step["pause"].is_null())
}

/// Where traffic goes to with the promotion of a blue-green update.
fn switches(seen: Seen<'_>) -> String {
    let service = seen.workload.spec.strategy.blue_green.as_ref().map(|all| &all.active_service);
    let service = service.map_or("", String::as_str);
    format!("Service {} turns to the new set", sanitise::clean(service))
}

fn because(message: &str) -> String {
    let clean = sanitise::clean(message);
    let clean = clean.strip_prefix("RolloutAborted: ").unwrap_or(&clean);
    if clean.is_empty() { String::new() } else { format!(": {clean}") }
}

const MERGE: &str = "application/merge-patch+json";

impl Draft for Control {
    fn title(&self) -> String {
        format!("{} {}", self.verb.word(), self.ground.target())
    }

    fn button(&self) -> String {
        match self.verb {
            Verb::Skip => "Skip".into(),
            verb => verb.word().into(),
        }
    }

    fn targets(&self) -> &[ObjRef] {
        &self.ground.targets
    }

    fn reads(&self) -> Vec<Read> {
        self.ground.reads()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        self.ground.learn(number, answer);
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let seen = self.ground.seen(&self.title())?;
        let target = self.ground.target();
        let mut patches = self.patches(seen)?;
        let handshake =
            Handshake::ArgoRollout { ask: self.verb.ask(), before: stands_at(seen.status()) };
        // A step or a pause is meant that was seen: what has changed meanwhile is looked at again.
        let version = match self.verb {
            Verb::Promote | Verb::Skip => &seen.object["metadata"]["resourceVersion"],
            _ => &Value::Null,
        };
        let pinned = |mut body: Value| {
            if !version.is_null() {
                body["metadata"] = json!({"resourceVersion": version});
            }
            body
        };
        let own = target.gvr.object_path(&target.namespace, &target.name);
        let mut requests = Vec::new();
        if !self.ground.has_status {
            let mut body = json!({});
            if !patches.status.is_null() {
                body["status"] = patches.status.take();
            }
            if patches.unpause {
                body["spec"] = json!({"paused": false});
            }
            requests.push(
                PlanRequest::new(Method::Patch, target.clone(), None).body(MERGE, &pinned(body)),
            );
        } else {
            // The other way round than the plugin: while it is paused by hand the controller forgets, with
            // whatever it writes, that its own pause was ended (`CalculatePauseConditions` in its
            // `pause.go`), and pauses once more.
            if patches.unpause {
                let body = pinned(json!({"spec": {"paused": false}}));
                let request = PlanRequest::new(Method::Patch, target.clone(), None);
                requests.push(request.body(MERGE, &body));
            }
            if !patches.status.is_null() {
                let path = Some(format!("{own}/status"));
                let body = json!({"status": patches.status.take()});
                // Our own request before it has made another version.
                let body = if requests.is_empty() { pinned(body) } else { body };
                let stage = u8::from(!requests.is_empty());
                let request = PlanRequest::new(Method::Patch, target.clone(), path);
                requests.push(request.body(MERGE, &body).at_stage(stage));
            }
        }
        if let Some(last) = requests.pop() {
            requests.push(last.followed(Following::Handshake(handshake)));
        }
        let plan = Plan::empty(id, target.cluster, context.clone(), self.title());
        let plan = requests.into_iter().fold(plan, Plan::request);
        let plan = self.notes(plan, seen, &patches);
        // What runs is cut off, or nobody looks at it any more.
        let loses = matches!(self.verb, Verb::Abort | Verb::PromoteFull);
        Ok(if loses { plan.losing() } else { plan })
    }
}
