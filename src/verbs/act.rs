//! What the controllers of well-known kinds can be asked for: the resource actions of Argo CD that are one
//! exact request (its `resource_customizations/*/actions`), for objects of any engine. Which of them
//! make sense is judged by the object; for the others it is said why not.

use super::{Choice, Draft, Value, manager, parsed, single};
use crate::model::{Fault, FaultKind, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text};
use serde_json::{Value as Json, json};

/// Objects that are looked at before; beyond that the server alone tells.
const LOOKED_AT: usize = 64;
const MERGE: &str = "application/merge-patch+json";
const FINISHED: &str = "it has ended";

/// One request: the subresource it is for (empty for the object itself), and a merge patch.
type Patch = (&'static str, Json);

/// An action.
#[derive(Debug)]
struct Action {
    /// As Argo CD calls it.
    name: &'static str,
    /// What it does, one line.
    does: &'static str,
    /// Why it makes no sense now; None where it does.
    not_now: fn(&Json) -> Option<&'static str>,
    /// The patches for an object at a moment (RFC 3339).
    patches: fn(&Json, &str) -> Vec<Patch>,
}

fn always(_: &Json) -> Option<&'static str> {
    None
}

fn unless(holds: bool, why: &'static str) -> Option<&'static str> {
    (!holds).then_some(why)
}

fn main(patch: Json) -> Vec<Patch> {
    vec![("", patch)]
}

fn status(patch: Json) -> Vec<Patch> {
    vec![("status", patch)]
}

fn annotate(key: &str, value: impl Into<Json>) -> Vec<Patch> {
    main(json!({"metadata": {"annotations": {key: value.into()}}}))
}

fn is(object: &Json, pointer: &str) -> bool {
    object.pointer(pointer).and_then(Json::as_bool).unwrap_or(false)
}

fn annotation<'o>(object: &'o Json, key: &str) -> &'o str {
    object["metadata"]["annotations"][key].as_str().unwrap_or("")
}

fn is_over(job: &Json) -> bool {
    let ended = |one: &Json| matches!(one["type"].as_str(), Some("Complete" | "Failed"));
    let all = job["status"]["conditions"].as_array();
    all.into_iter().flatten().any(|one| ended(one) && one["status"] == "True")
}

const PAUSED: &str = "it is paused already";
const NOT_PAUSED: &str = "it is not paused";
const SUSPENDED: &str = "it is suspended already";
const NOT_SUSPENDED: &str = "it is not suspended";

const PAUSE: Action = Action {
    name: "pause",
    does: "changes of its template are not rolled out until it is resumed",
    not_now: |object| unless(!is(object, "/spec/paused"), PAUSED),
    patches: |_, _| main(json!({"spec": {"paused": true}})),
};
const UNPAUSE: Action = Action {
    name: "resume",
    does: "what changed in its template meanwhile is rolled out",
    not_now: |object| unless(is(object, "/spec/paused"), NOT_PAUSED),
    patches: |_, _| main(json!({"spec": {"paused": false}})),
};
const SUSPEND: Action = Action {
    name: "suspend",
    does: "its controller leaves it alone until it is resumed",
    not_now: |object| unless(!is(object, "/spec/suspend"), SUSPENDED),
    patches: |_, _| main(json!({"spec": {"suspend": true}})),
};
const RESUME: Action = Action {
    name: "resume",
    does: "its controller goes on with it",
    not_now: |object| unless(is(object, "/spec/suspend"), NOT_SUSPENDED),
    patches: |_, _| main(json!({"spec": {"suspend": false}})),
};
const SUSPEND_JOB: Action = Action {
    name: "suspend",
    does: "its pods are deleted, and made anew when it is resumed",
    not_now: |object| match is_over(object) {
        true => Some(FINISHED),
        false => unless(!is(object, "/spec/suspend"), SUSPENDED),
    },
    patches: |_, _| main(json!({"spec": {"suspend": true}})),
};
const RECONCILE: Action = Action {
    name: "reconcile",
    does: "asks its controller to look at it now",
    not_now: |object| unless(!is(object, "/spec/suspend"), "it is suspended: resume it first"),
    patches: |_, now| annotate("reconcile.fluxcd.io/requestedAt", now),
};
const FORCE_SYNC: Action = Action {
    name: "refresh",
    does: "asks the operator to read the store and write its Secret now",
    not_now: always,
    patches: |_, now| annotate("force-sync", now),
};
const PUSH: Action = Action {
    name: "push",
    does: "asks the operator to write into the store now",
    not_now: always,
    patches: |_, now| annotate("force-sync", now),
};
const KEDA: &str = "autoscaling.keda.sh/paused";
const PAUSE_SCALING: Action = Action {
    name: "pause",
    does: "its target keeps the replicas that it has until it is resumed",
    not_now: |object| unless(annotation(object, KEDA) != "true", PAUSED),
    patches: |_, _| annotate(KEDA, "true"),
};
const RESUME_SCALING: Action = Action {
    name: "resume",
    does: "it scales its target again",
    not_now: |object| unless(!annotation(object, KEDA).is_empty(), NOT_PAUSED),
    patches: |_, _| annotate(KEDA, Json::Null),
};
const HIBERNATION: &str = "cnpg.io/hibernation";
const CNPG: &[&Action] = &[
    &Action {
        name: "restart",
        does: "its instances are restarted one by one, the primary last",
        not_now: always,
        patches: |_, now| annotate("kubectl.kubernetes.io/restartedAt", now),
    },
    &Action {
        name: "reload",
        does: "its instances read their configuration again",
        not_now: always,
        patches: |_, now| annotate("cnpg.io/reloadedAt", now),
    },
    &Action {
        name: "suspend",
        does: "hibernates it: its pods are deleted, its volumes stay",
        not_now: |object| unless(annotation(object, HIBERNATION) != "on", SUSPENDED),
        patches: |_, _| annotate(HIBERNATION, "on"),
    },
    &Action {
        name: "resume",
        does: "wakes it: its pods are made again",
        not_now: |object| unless(annotation(object, HIBERNATION) == "on", NOT_SUSPENDED),
        patches: |_, _| annotate(HIBERNATION, "off"),
    },
];
const TERMINATE: Action = Action {
    name: "terminate",
    does: "no measurement is made any more; it ends with what was measured",
    not_now: |object| {
        let phase = object["status"]["phase"].as_str().unwrap_or("");
        unless(matches!(phase, "" | "Pending" | "Running"), FINISHED)
    },
    patches: |_, _| main(json!({"spec": {"terminate": true}})),
};

/// The newest template of a Rollout is not the stable one.
fn updates(rollout: &Json) -> bool {
    let status = &rollout["status"];
    status["currentPodHash"].is_string() && status["currentPodHash"] != status["stableRS"]
}

/// The patches of kubectl-argo-rollouts (`pkg/kubectl-argo-rollouts/cmd`).
const ROLLOUT: &[&Action] = &[
    &Action {
        name: "restart",
        does: "its pods are replaced, without a new revision",
        not_now: always,
        patches: |_, now| main(json!({"spec": {"restartAt": now}})),
    },
    &Action {
        name: "pause",
        does: "it stays at its step until it is resumed",
        not_now: |object| unless(!is(object, "/spec/paused"), PAUSED),
        patches: |_, _| main(json!({"spec": {"paused": true}})),
    },
    &Action {
        name: "resume",
        does: "it goes on to its next step",
        not_now: |object| {
            let waits =
                object["status"]["pauseConditions"].as_array().is_some_and(|all| !all.is_empty());
            unless(waits || is(object, "/spec/paused"), NOT_PAUSED)
        },
        patches: |object, _| {
            let mut all = Vec::new();
            if is(object, "/spec/paused") {
                all.extend(main(json!({"spec": {"paused": false}})));
            }
            if object["status"]["pauseConditions"].is_array() {
                all.extend(status(json!({"status": {"pauseConditions": null}})));
            }
            all
        },
    },
    &Action {
        name: "promote-full",
        does: "all steps, pauses and analyses that are left are skipped",
        not_now: |object| match is(object, "/status/promoteFull") {
            true => Some("it is being promoted already"),
            false => unless(updates(object), "nothing is being rolled out"),
        },
        patches: |_, _| status(json!({"status": {"promoteFull": true}})),
    },
    &Action {
        name: "abort",
        does: "traffic goes back to the stable revision; its template stays as it is",
        not_now: |object| match is(object, "/status/abort") {
            true => Some("it is aborted already"),
            false => unless(updates(object), "nothing is being rolled out"),
        },
        patches: |_, _| status(json!({"status": {"abort": true}})),
    },
    &Action {
        name: "retry",
        does: "it begins with its first step again",
        not_now: |object| unless(is(object, "/status/abort"), "it is not aborted"),
        patches: |_, _| status(json!({"status": {"abort": false}})),
    },
];

const RECONCILED: &[&Action] = &[&RECONCILE, &SUSPEND, &RESUME];
const SUSPENDABLE: &[&Action] = &[&SUSPEND, &RESUME];

/// The actions of a kind; none for kinds that Argo CD knows none of, or no exact request for.
fn actions(group: &str, kind: &str) -> &'static [&'static Action] {
    match (group, kind) {
        ("apps", "Deployment") => &[&PAUSE, &UNPAUSE],
        ("batch", "Job") => &[&SUSPEND_JOB, &RESUME],
        ("batch", "CronJob") => SUSPENDABLE,
        ("argoproj.io", "Rollout") => ROLLOUT,
        ("argoproj.io", "AnalysisRun" | "Experiment") => &[&TERMINATE],
        (
            "source.toolkit.fluxcd.io",
            "GitRepository" | "OCIRepository" | "HelmRepository" | "HelmChart" | "Bucket",
        )
        | ("image.toolkit.fluxcd.io", "ImageRepository" | "ImageUpdateAutomation")
        | ("notification.toolkit.fluxcd.io", "Receiver") => RECONCILED,
        ("notification.toolkit.fluxcd.io", "Alert" | "Provider") => SUSPENDABLE,
        ("external-secrets.io", "ExternalSecret") => &[&FORCE_SYNC],
        ("external-secrets.io", "PushSecret") => &[&PUSH],
        ("keda.sh", "ScaledObject" | "ScaledJob") => &[&PAUSE_SCALING, &RESUME_SCALING],
        ("postgresql.cnpg.io", "Cluster") => CNPG,
        _ => &[],
    }
}

/// Why objects of a kind have no action; None where they have some.
pub fn refusal(group: &str, kind: &str) -> Option<String> {
    let none = actions(group, kind).is_empty();
    none.then(|| format!("no action of {kind} is known beside the verbs that have keys"))
}

/// An action in the making.
#[derive(Debug)]
pub struct Act {
    targets: Vec<ObjRef>,
    /// Unix seconds.
    now: i64,
    known: &'static [&'static Action],
    /// Which of them; None until the first object is known.
    chosen: Option<usize>,
    read: Vec<Option<Result<Json, Fault>>>,
}

impl Act {
    /// Of these objects, all of one kind, at `now` (Unix seconds).
    pub fn new(targets: Vec<ObjRef>, now: i64) -> Self {
        let first = targets.first();
        let known = first.map_or(&[][..], |one| actions(&one.gvr.group, &one.kind));
        let read = targets.iter().take(LOOKED_AT).map(|_| None).collect();
        Self { targets, now, known, chosen: None, read }
    }

    fn object(&self, number: usize) -> Option<&Json> {
        self.read.get(number)?.as_ref()?.as_ref().ok()
    }

    /// The chosen one: at first the first that makes sense for the first object.
    fn at(&self) -> usize {
        let sensible =
            |object: &Json| self.known.iter().position(|action| (action.not_now)(object).is_none());
        self.chosen.or_else(|| self.object(0).and_then(sensible)).unwrap_or(0)
    }

    fn action(&self) -> Option<&'static Action> {
        self.known.get(self.at()).copied()
    }
}

impl Draft for Act {
    fn title(&self) -> String {
        super::titled("Action on", &self.targets)
    }

    fn button(&self) -> String {
        let name = self.action().map_or("Act", |action| action.name);
        let (first, rest) = name.split_at(1);
        format!("{}{rest}", first.to_uppercase())
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        if self.known.is_empty() {
            return Vec::new();
        }
        let names = self.known.iter().map(|action| action.name.to_owned()).collect();
        vec![Choice::one_of("action", "action", self.at(), names)]
    }

    fn set(&mut self, id: &str, value: Value) {
        if let ("action", Value::OneOf { at, .. }) = (id, value) {
            self.chosen = Some(at.min(self.known.len().saturating_sub(1)));
        }
    }

    fn begins_on(&self) -> Option<&'static str> {
        Some("action")
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.iter().take(LOOKED_AT).map(super::get).collect()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        if let Some(place) = self.read.get_mut(number) {
            *place = Some(answer.map(parsed).map_err(Clone::clone));
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "action")?;
        let refused = |why: String| Fault::new(FaultKind::Refused, self.title(), why);
        let Some(action) = self.action() else {
            let first = self.targets.first();
            let why = first.and_then(|one| refusal(&one.gvr.group, &one.kind));
            return Err(refused(why.unwrap_or_default()));
        };
        let now = jiff::Timestamp::from_second(self.now).unwrap_or_default().to_string();
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title()).note(action.does);
        let mut left_out = Vec::new();
        for (number, target) in self.targets.iter().enumerate() {
            let object = match self.read.get(number) {
                Some(Some(Ok(object))) => object,
                Some(Some(Err(fault))) => {
                    left_out.push(format!("{target}: {}", fault.why));
                    continue;
                }
                Some(None) => return Err(refused("the object is being read".to_owned())),
                None => {
                    left_out.push(format!("{target}: only the first {LOOKED_AT} are looked at"));
                    continue;
                }
            };
            if let Some(why) = (action.not_now)(object) {
                left_out.push(format!("{target}: {why}"));
                continue;
            }
            let patches = (action.patches)(object, &now);
            let spec = patches.iter().any(|(_, patch)| !patch["spec"].is_null());
            for (stage, (part, patch)) in (0u8..).zip(patches) {
                let path = target.gvr.object_path(&target.namespace, &target.name);
                let path = (!part.is_empty()).then(|| format!("{path}/{part}"));
                let request = PlanRequest::new(Method::Patch, target.clone(), path);
                plan = plan.request(request.body(MERGE, &patch).at_stage(stage));
            }
            if spec
                && self.targets.len() == 1
                && let Some(warning) = manager::warning(object)
            {
                plan = plan.warn(warning);
            }
        }
        if plan.requests.is_empty() {
            let first = left_out.into_iter().next().unwrap_or_default();
            return Err(refused(format!("{} is not for now: {first}", action.name)));
        }
        for one in left_out {
            plan = plan.warn(format!("left out: {one}"));
        }
        // What else there is, and why it is not for now.
        if let (Some(object), 1) = (self.object(0), self.targets.len()) {
            for other in self.known {
                if let Some(why) = (other.not_now)(object) {
                    plan = plan.note(format!("{} is not for now: {why}", other.name));
                }
            }
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    /// An action on one object in this state, chosen by name; the first sensible one where empty.
    fn act(kind: (&str, &str, &str), state: &Json, name: &str) -> Result<Plan, Fault> {
        let mut act = Act::new(vec![object(kind.0, kind.1, kind.2, "one")], 1_767_225_600);
        assert!(plan_of(&act).unwrap_err().why.contains("being read"));
        act.learn(0, Ok(&state.to_string()));
        if let Some(at) = act.known.iter().position(|one| one.name == name) {
            act.set("action", Value::OneOf { at, of: Vec::new() });
        }
        plan_of(&act)
    }

    const ROLLOUTS: (&str, &str, &str) = ("argoproj.io", "rollouts", "Rollout");

    #[test]
    fn what_makes_sense_is_offered_first_and_the_rest_says_why_not() {
        let deployment = ("apps", "deployments", "Deployment");
        let plan = act(deployment, &json!({"spec": {}}), "").unwrap();
        assert_eq!(body(&plan, 0), json!({"spec": {"paused": true}}));
        assert!(
            plan.notes.iter().any(|note| note.text == "resume is not for now: it is not paused")
        );
        let plan = act(deployment, &json!({"spec": {"paused": true}}), "").unwrap();
        assert_eq!(body(&plan, 0), json!({"spec": {"paused": false}}));
        let why = act(deployment, &json!({"spec": {"paused": true}}), "pause").unwrap_err().why;
        assert_eq!(why, "pause is not for now: Deployment/one: it is paused already");
        assert!(refusal("", "ConfigMap").is_some() && refusal("apps", "Deployment").is_none());
    }

    #[test]
    fn a_rollout_is_promoted_aborted_and_tried_again_by_its_status() {
        let state = json!({"spec": {"paused": true}, "status": {"currentPodHash": "b",
            "stableRS": "a", "pauseConditions": [{"reason": "CanaryPauseStep"}]}});
        let plan = act(ROLLOUTS, &state, "resume").unwrap();
        assert_eq!(body(&plan, 0), json!({"spec": {"paused": false}}));
        assert_eq!(body(&plan, 1), json!({"status": {"pauseConditions": null}}));
        assert!(plan.requests[1].path.ends_with("/rollouts/one/status"));
        assert!(plan.requests[0].stage < plan.requests[1].stage);
        let plan = act(ROLLOUTS, &state, "promote-full").unwrap();
        assert_eq!(body(&plan, 0), json!({"status": {"promoteFull": true}}));
        let plan = act(ROLLOUTS, &state, "abort").unwrap();
        assert_eq!(body(&plan, 0), json!({"status": {"abort": true}}));
        assert!(act(ROLLOUTS, &state, "retry").unwrap_err().why.contains("it is not aborted"));
        let stable = json!({"status": {"currentPodHash": "a", "stableRS": "a"}});
        for name in ["abort", "promote-full"] {
            let why = act(ROLLOUTS, &stable, name).unwrap_err().why;
            assert!(why.contains("nothing is being rolled out"), "{why}");
        }
    }

    #[test]
    fn controllers_are_asked_by_the_annotations_that_they_watch() {
        let at = "2026-01-01T00:00:00Z";
        for (kind, state, name, wanted) in [
            (
                ("external-secrets.io", "externalsecrets", "ExternalSecret"),
                json!({}),
                "refresh",
                json!({"force-sync": at}),
            ),
            (
                ("keda.sh", "scaledobjects", "ScaledObject"),
                json!({}),
                "pause",
                json!({"autoscaling.keda.sh/paused": "true"}),
            ),
            (
                ("keda.sh", "scaledobjects", "ScaledObject"),
                json!({"metadata": {"annotations": {"autoscaling.keda.sh/paused": "true"}}}),
                "resume",
                json!({"autoscaling.keda.sh/paused": null}),
            ),
            (
                ("postgresql.cnpg.io", "clusters", "Cluster"),
                json!({}),
                "suspend",
                json!({"cnpg.io/hibernation": "on"}),
            ),
            (
                ("source.toolkit.fluxcd.io", "gitrepositories", "GitRepository"),
                json!({}),
                "reconcile",
                json!({"reconcile.fluxcd.io/requestedAt": at}),
            ),
        ] {
            let plan = act(kind, &state, name).unwrap();
            assert_eq!(body(&plan, 0), json!({"metadata": {"annotations": wanted}}));
        }
    }

    #[test]
    fn of_several_those_for_which_it_makes_no_sense_are_left_out() {
        let job = |name: &str| object("batch", "jobs", "Job", name);
        let mut act = Act::new(vec![job("runs"), job("done")], 0);
        act.learn(0, Ok(r#"{"spec":{}}"#));
        act.learn(1, Ok(r#"{"status":{"conditions":[{"type":"Complete","status":"True"}]}}"#));
        let plan = plan_of(&act).unwrap();
        assert_eq!(plan.requests.len(), 1);
        assert!(plan.notes.iter().any(|note| note.text == "left out: Job/done: it has ended"));
    }
}
