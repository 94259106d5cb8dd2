//! Argo Rollouts' own controller: what our plans ask of it, it does, and at every moment that was seen
//! our verdict is the one that its own plugin would give.

use crate::support::api::{Api, MERGE};
use crate::support::engines::Rollouts;
use crate::support::engines::rollouts::path;
use crate::support::screen::Session;
use crate::support::trials;
use crate::support::wait::{until, until_true};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use wheelhouse::apps::rollouts::{Control, Terminate, Verb};
use wheelhouse::follow::{Follower, Step, UNTAKEN};
use wheelhouse::model::{ClusterId, Fault, FollowState, Following, Gvr, Handshake, ObjRef, PlanId};
use wheelhouse::rollout::{Phase, Situation, ladder};
use wheelhouse::verbs::Draft;
use wheelhouse::verbs::restart::Restart;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_rollouts("engines::rollouts_canary_is_promoted_step_by_step", canary),
        trials::on_rollouts("engines::rollouts_canary_is_promoted_fully_and_skipped_on", fully),
        trials::on_rollouts("engines::rollouts_abort_and_retry", abort),
        trials::on_rollouts("engines::rollouts_analysis_that_fails_calls_it_off", analysis),
        trials::on_rollouts("engines::rollouts_blue_green", blue_green),
        trials::on_rollouts("engines::rollouts_keys_promote_abort_and_retry", keys),
    ]
}

pub(super) fn target(ns: &str, plural: &str, kind: &str, name: &str) -> ObjRef {
    ObjRef {
        cluster: ClusterId(0),
        gvr: Gvr::new("argoproj.io", "v1alpha1", plural),
        kind: kind.into(),
        namespace: ns.into(),
        name: name.into(),
        uid: "".into(),
    }
}

pub(super) fn rollout(ns: &str) -> ObjRef {
    target(ns, "rollouts", "Rollout", "api")
}

/// Answers what the draft must know from the cluster, sends its plan, and follows it to its outcome.
pub(super) fn carry(api: &Api, mut draft: Box<dyn Draft>) -> Result<FollowState, Fault> {
    for (number, read) in draft.reads().into_iter().enumerate() {
        let answer = api.get(&read.path).to_string();
        draft.learn(number, Ok(&answer));
    }
    let plan = draft.plan(PlanId(1), &"test".into())?;
    let mut last = FollowState::Done("nothing was sent".into());
    for request in &plan.requests {
        let body: Value = serde_json::from_str(&request.body).expect("JSON");
        let (code, answer) =
            api.call_as(request.method.as_str(), &request.path, request.content_type, Some(&body));
        assert_eq!(code, 200, "{}: {answer}", request.body);
        last = match &request.follow {
            Following::Handshake(handshake) => followed(api, &request.target, handshake),
            Following::Elsewhere(other, handshake) => followed(api, other, handshake),
            Following::Answer => continue,
            other => panic!("{other:?}"),
        };
    }
    Ok(last)
}

/// How it ended; timed out where the controller shows no sign of it for a few seconds.
fn followed(api: &Api, target: &ObjRef, handshake: &Handshake) -> FollowState {
    let path = target.gvr.object_path(&target.namespace, &target.name);
    let start = Instant::now();
    let mut follower = Follower::new(target, handshake.clone(), Duration::from_secs(12));
    until("an outcome", || {
        let object = api.get(&path);
        match follower.look(&object, start.elapsed()) {
            Step::Ended(state) => Ok(state),
            Step::Waits(words) if words.starts_with(UNTAKEN) => Ok(FollowState::TimedOut(words)),
            Step::Waits(words) => Err(format!("{words}: {}", object["status"])),
        }
    })
}

/// Asks for it; once more where the controller has overlooked it.
pub(super) fn does(rollouts: &Rollouts, ns: &str, verb: Verb) -> String {
    rollouts.until_read(ns);
    until(&format!("{verb:?} to be done"), || {
        let draft = Control::new(verb, rollout(ns), 0).expect("a Rollout");
        match carry(&rollouts.api, Box::new(draft)) {
            Ok(FollowState::Done(words)) => Ok(words),
            Ok(FollowState::TimedOut(words)) => Err(words),
            other => panic!("{verb:?}: {other:?}"),
        }
    })
}

pub(super) fn refused(rollouts: &Rollouts, ns: &str, verb: Verb, words: &str) {
    let draft = Control::new(verb, rollout(ns), 0).expect("a Rollout");
    let fault = carry(&rollouts.api, Box::new(draft)).expect_err("a refusal");
    assert!(fault.why.contains(words), "{fault:?}");
}

/// What the plugin says of an object (`GetRolloutPhase` of `utils/rollout/rolloututil.go`).
fn plugin_says(object: &Value) -> &str {
    let status = &object["status"];
    let generation = object["metadata"]["generation"].to_string();
    let pauses = status["pauseConditions"].as_array().is_some_and(|all| !all.is_empty());
    if status["observedGeneration"] != generation.as_str()
        || (status["controllerPause"] == true && !pauses)
    {
        return "Progressing";
    }
    status["phase"].as_str().unwrap_or("Progressing")
}

/// Our verdict beside the plugin's. Between our word and the controller's answer ours is ahead: an
/// abort that was asked for is told as one.
fn agrees(object: &Value) -> (String, &'static str) {
    let mut situation = Situation::default();
    situation.add("Rollout", object).expect("a Rollout");
    let now = jiff::Timestamp::now().as_second();
    let standing = ladder::judge(&situation.workload, now);
    let said = plugin_says(object);
    let agree = match standing.phase {
        Phase::Done => said == "Healthy",
        Phase::Failed => said == "Degraded" || object["status"]["abort"] == true,
        // Between the end of a pause and that by hand.
        Phase::Paused => said == "Paused" || object["spec"]["paused"] == true,
        Phase::Progressing | Phase::Unobserved => said == "Progressing",
        Phase::Stuck | Phase::Held => false,
    };
    assert!(agree, "{said}, but we say {standing:?} of {}", object["status"]);
    let message = object["status"]["message"].as_str().unwrap_or_default();
    if said == "Degraded" && standing.phase == Phase::Failed && message.contains("aborted") {
        assert!(standing.words.contains("abort"), "{standing:?}");
    }
    (said.to_owned(), standing.phase.word())
}

/// Whoever looks on ends when this goes: a story that failed leaves nobody behind who fails too, when the
/// control plane ends, and is taken for the cause.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Looks at the Rollout all the time, and compares.
pub(super) struct Witness {
    stop: Stop,
    thread: JoinHandle<(usize, BTreeSet<(String, &'static str)>)>,
}

impl Witness {
    fn of(rollouts: &Rollouts, ns: &str) -> Self {
        let (api, path) = (rollouts.plane.api(), path(ns, "api"));
        let stop = Stop(Arc::default());
        let stopped = Arc::clone(&stop.0);
        let thread = std::thread::spawn(move || {
            let (mut seen, mut verdicts, mut last) = (0, BTreeSet::new(), Value::Null);
            while !stopped.load(Ordering::Relaxed) {
                let (code, object) = api.call("GET", &path, None);
                if code == 200 && object["metadata"]["resourceVersion"] != last {
                    last = object["metadata"]["resourceVersion"].clone();
                    seen += 1;
                    verdicts.insert(agrees(&object));
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            (seen, verdicts)
        });
        Self { stop, thread }
    }

    /// All states that were seen; these phases of the controller are among them.
    pub(super) fn saw(self, phases: &[&str]) {
        drop(self.stop);
        let (seen, verdicts) = self.thread.join().expect("every verdict agrees");
        eprintln!("{seen} states compared: {verdicts:?}");
        for phase in phases {
            assert!(verdicts.iter().any(|(said, _)| said == phase), "{phase}: {verdicts:?}");
        }
    }
}

/// A namespace with a healthy first revision.
pub(super) fn begin(rollouts: &Rollouts, ns: &str, strategy: &Value) -> Witness {
    if rollouts.api.call("GET", &format!("/api/v1/namespaces/{ns}"), None).0 != 200 {
        rollouts.plane.namespace(ns);
    }
    let witness = Witness::of(rollouts, ns);
    rollouts.create(ns, strategy);
    rollouts.until_healthy(ns);
    witness
}

/// The timed pause is long enough that whoever is held up for a moment still sees it.
pub(super) fn steps() -> Value {
    json!({ "canary": { "steps": [
        { "setWeight": 25 }, { "pause": {} },
        { "setWeight": 50 }, { "pause": { "duration": "5s" } },
        { "setWeight": 75 }, { "pause": {} },
    ] } })
}

fn canary(rollouts: &Rollouts) {
    let ns = "rollouts-canary";
    let witness = begin(rollouts, ns, &steps());
    refused(rollouts, ns, Verb::Promote, "fully promoted");
    rollouts.image(ns, "2");
    rollouts.until_paused_at(ns, 1);
    let words = does(rollouts, ns, Verb::Promote);
    assert_eq!(words, "pauses at step 4 of 6 for 5s");
    // The timed pause ends by itself.
    let object = rollouts.until_paused_at(ns, 5);
    assert_eq!(object["status"]["updatedReplicas"], 3, "{object}");
    // Paused by hand too: a promotion ends both.
    let (code, _) = rollouts.api.call_as(
        "PATCH",
        &path(ns, "api"),
        MERGE,
        Some(&json!({"spec": {"paused": true}})),
    );
    assert_eq!(code, 200);
    rollouts.until(ns, "paused by hand", |object| object["status"]["message"] == "manually paused");
    let words = does(rollouts, ns, Verb::Promote);
    assert!(words.starts_with("healthy"), "{words}");
    let object = rollouts.get(ns);
    assert_eq!(object["status"]["currentPodHash"], object["status"]["stableRS"]);
    assert_eq!(object["spec"]["paused"], json!(false));
    // All pods are replaced without a new revision.
    let hash = object["status"]["currentPodHash"].clone();
    let now = jiff::Timestamp::now().as_second();
    let restart = carry(&rollouts.api, Box::new(Restart::new(vec![rollout(ns)], now)));
    assert!(matches!(restart, Ok(FollowState::Done(_))), "{restart:?}");
    assert_eq!(rollouts.get(ns)["status"]["currentPodHash"], hash);
    witness.saw(&["Healthy", "Progressing", "Paused"]);
}

fn fully(rollouts: &Rollouts) {
    let ns = "rollouts-fully";
    let witness = begin(rollouts, ns, &steps());
    rollouts.image(ns, "2");
    rollouts.until_paused_at(ns, 1);
    // Skipping a pause leads to the next one, and not beyond it.
    let words = does(rollouts, ns, Verb::Skip);
    assert_eq!(words, "pauses at step 4 of 6 for 5s");
    rollouts.until_paused_at(ns, 5);
    let words = does(rollouts, ns, Verb::PromoteFull);
    assert!(words.starts_with("healthy"), "{words}");
    refused(rollouts, ns, Verb::PromoteFull, "fully promoted");
    rollouts.image(ns, "3");
    rollouts.until_paused_at(ns, 1);
    assert!(does(rollouts, ns, Verb::PromoteFull).starts_with("healthy"));
    // Full promotion of what was called off.
    rollouts.image(ns, "4");
    rollouts.until_paused_at(ns, 1);
    does(rollouts, ns, Verb::Abort);
    assert!(does(rollouts, ns, Verb::PromoteFull).starts_with("healthy"));
    witness.saw(&["Healthy", "Progressing", "Paused", "Degraded"]);
}

fn abort(rollouts: &Rollouts) {
    let ns = "rollouts-abort";
    let witness = begin(rollouts, ns, &steps());
    refused(rollouts, ns, Verb::Abort, "nothing is under way");
    refused(rollouts, ns, Verb::Retry, "was not aborted");
    rollouts.image(ns, "2");
    rollouts.until_paused_at(ns, 1);
    let words = does(rollouts, ns, Verb::Abort);
    assert!(words.contains("the stable revision serves, 4 available"), "{words}");
    let object = rollouts.get(ns);
    assert_eq!(object["status"]["phase"], "Degraded");
    assert_eq!(object["status"]["updatedReplicas"].as_i64().unwrap_or(0), 0);
    refused(rollouts, ns, Verb::Abort, "aborted already");
    refused(rollouts, ns, Verb::Promote, "was aborted");
    let words = does(rollouts, ns, Verb::Retry);
    assert_eq!(words, "pauses at step 2 of 6 until somebody promotes it");
    assert!(!rollouts.get(ns)["status"]["abort"].as_bool().unwrap_or(false));
    // Back to what is stable: no step is gone through.
    does(rollouts, ns, Verb::Abort);
    rollouts.image(ns, "1");
    rollouts.until_healthy(ns);
    witness.saw(&["Healthy", "Progressing", "Paused", "Degraded"]);
}

/// An analysis that measures what the tests say.
pub(super) fn template(rollouts: &Rollouts, ns: &str, name: &str, errors: u32, count: u32) {
    let url = rollouts.measured(&format!("{ns}/{name}"), errors);
    let metric = json!({
        "name": "errors", "interval": "1s", "count": count, "successCondition": "result < 5",
        "provider": { "web": { "url": url, "jsonPath": "{$.errors}" } },
    });
    rollouts.api.create(
        &format!("/apis/argoproj.io/v1alpha1/namespaces/{ns}/analysistemplates"),
        &json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate",
            "metadata": {"name": name}, "spec": {"metrics": [metric]}}),
    );
}

fn analysis(rollouts: &Rollouts) {
    let ns = "rollouts-analysis";
    rollouts.plane.namespace(ns);
    template(rollouts, ns, "once", 9, 1);
    template(rollouts, ns, "endless", 0, 10_000);
    let witness = begin(
        rollouts,
        ns,
        &json!({ "canary": { "steps": [
            { "setWeight": 25 }, { "analysis": { "templates": [{ "templateName": "once" }] } },
            { "setWeight": 50 }, { "analysis": { "templates": [{ "templateName": "endless" }] } },
            { "pause": {} },
        ] } }),
    );
    rollouts.image(ns, "2");
    let object = rollouts.until(ns, "degraded", |object| object["status"]["phase"] == "Degraded");
    assert_eq!(object["status"]["abort"], true);
    let message = object["status"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("Metric \"errors\" assessed Failed"), "{message}");
    // It fails once more, and the retry is told to have failed, with the reason.
    let draft = Control::new(Verb::Retry, rollout(ns), 0).expect("a Rollout");
    match carry(&rollouts.api, Box::new(draft)) {
        Ok(FollowState::Failed(fault)) => assert!(fault.why.contains("errors"), "{fault:?}"),
        other => panic!("{other:?}"),
    }
    rollouts.measured(&format!("{ns}/once"), 0);
    let draft = Control::new(Verb::Retry, rollout(ns), 0).expect("a Rollout");
    let answers: Vec<String> =
        draft.reads().iter().map(|read| rollouts.api.get(&read.path).to_string()).collect();
    let mut draft = draft;
    for (number, answer) in answers.iter().enumerate() {
        draft.learn(number, Ok(answer));
    }
    let plan = draft.plan(PlanId(1), &"test".into()).expect("a plan");
    let body: Value = serde_json::from_str(&plan.requests[0].body).expect("JSON");
    let (code, _) = rollouts.api.call_as("PATCH", &plan.requests[0].path, MERGE, Some(&body));
    assert_eq!(code, 200);
    // The second analysis would go on for ever: it is ended by hand, and the Rollout goes on.
    let run = until("the endless analysis to run", || {
        let object = rollouts.get(ns);
        let run = &object["status"]["canary"]["currentStepAnalysisRunStatus"];
        match object["status"]["currentStepIndex"] == 3 && run["status"] == "Running" {
            true => Ok(run["name"].as_str().unwrap_or_default().to_owned()),
            false => Err(object["status"].to_string()),
        }
    });
    let draft = Terminate::new(target(ns, "analysisruns", "AnalysisRun", &run)).expect("a run");
    let ended = carry(&rollouts.api, Box::new(draft));
    assert!(
        matches!(&ended, Ok(FollowState::Done(words)) if words.starts_with("ended: Successful")),
        "{ended:?}"
    );
    rollouts.until_paused_at(ns, 4);
    // And once more, where the analysis that runs is skipped.
    does(rollouts, ns, Verb::Promote);
    rollouts.image(ns, "3");
    rollouts.until(ns, "in its second analysis", |object| {
        object["status"]["currentStepIndex"] == 3
            && object["status"]["canary"]["currentStepAnalysisRunStatus"]["status"] == "Running"
    });
    let words = does(rollouts, ns, Verb::Skip);
    assert_eq!(words, "pauses at step 5 of 5 until somebody promotes it");
    witness.saw(&["Healthy", "Progressing", "Paused", "Degraded"]);
}

fn blue_green(rollouts: &Rollouts) {
    let ns = "rollouts-blue-green";
    let api = rollouts.plane.namespace(ns);
    for name in ["active", "preview"] {
        let body = json!({"metadata": {"name": name},
            "spec": {"selector": {"app": "api"}, "ports": [{"port": 80}]}});
        api.create(&format!("/api/v1/namespaces/{ns}/services"), &body);
    }
    let witness = begin(
        rollouts,
        ns,
        &json!({ "blueGreen": { "activeService": "active", "previewService": "preview",
            "autoPromotionEnabled": false, "scaleDownDelaySeconds": 1 } }),
    );
    let serves = |service: &str| {
        let service = api.get(&format!("/api/v1/namespaces/{ns}/services/{service}"));
        service["spec"]["selector"]["rollouts-pod-template-hash"].clone()
    };
    let paused = || {
        rollouts.until(ns, "paused", |object| {
            object["status"]["pauseConditions"][0]["reason"] == "BlueGreenPause"
                && object["status"]["phase"] == "Paused"
        })
    };
    rollouts.image(ns, "2");
    let object = paused();
    let (old, new) = (object["status"]["stableRS"].clone(), &object["status"]["currentPodHash"]);
    assert_eq!((&serves("active"), &serves("preview")), (&old, new));
    refused(rollouts, ns, Verb::Skip, "blue-green");
    assert!(does(rollouts, ns, Verb::Promote).starts_with("healthy"));
    assert_eq!(&serves("active"), new);
    rollouts.image(ns, "3");
    paused();
    let words = does(rollouts, ns, Verb::Abort);
    assert!(words.contains("the stable revision serves"), "{words}");
    assert_eq!(&serves("active"), new, "the revision before keeps serving");
    // The new set's pods are kept for a while: with them it goes on without a pause.
    assert!(does(rollouts, ns, Verb::Retry).starts_with("healthy"));
    assert_eq!(serves("active"), rollouts.get(ns)["status"]["stableRS"]);
    rollouts.image(ns, "4");
    paused();
    assert!(does(rollouts, ns, Verb::PromoteFull).starts_with("healthy"));
    assert_eq!(serves("active"), rollouts.get(ns)["status"]["stableRS"]);
    witness.saw(&["Healthy", "Progressing", "Paused", "Degraded"]);
}

fn keys(rollouts: &Rollouts) {
    let ns = "rollouts-keys";
    let witness = begin(rollouts, ns, &steps());
    rollouts.image(ns, "2");
    rollouts.until_paused_at(ns, 1);
    let kubeconfig = rollouts.plane.kubeconfig("admin");
    let mut screen = Session::on(&kubeconfig, &["-n", ns, "-c", "ro"]).start();
    screen.wait_for("api");
    // Abort: something is lost, so that the dialog begins on Cancel.
    screen.press("<ctrl-x>");
    screen.wait_for("the canary's pods end");
    screen.wait_for("> Cancel <");
    screen.press("<tab>");
    screen.wait_for("> Abort <");
    screen.press("<enter>");
    screen.wait_for("aborted: the stable revision serves, 4 available");
    assert_eq!(rollouts.get(ns)["status"]["phase"], "Degraded");
    // A promotion of it is refused, with what can be done.
    screen.press("n");
    screen.wait_for("it was aborted: there is nothing to go on with");
    screen.press("<esc>");
    rollouts.until_read(ns);
    screen.press("R");
    screen.wait_for("it begins again at step 1 of 6");
    screen.wait_for("> Retry <");
    screen.press("<enter>");
    screen.wait_for("pauses at step 2 of 6 until somebody promotes it");
    rollouts.until_read(ns);
    screen.press("n");
    screen.wait_for("next: setWeight 50");
    screen.wait_for("> Promote <");
    screen.press("<enter>");
    screen.wait_for("pauses at step 4 of 6 for 5s");
    rollouts.until_paused_at(ns, 5);
    rollouts.until_read(ns);
    screen.press("N");
    screen.wait_for("is left is skipped");
    screen.wait_for("> Cancel <");
    screen.press("<tab>");
    screen.wait_for("> Promote fully <");
    screen.press("<enter>");
    screen.wait_for("healthy: the new revision is the stable one");
    until_true("the new revision is the stable one", || {
        let object = rollouts.get(ns);
        object["status"]["stableRS"] == object["status"]["currentPodHash"]
    });
    let managers = rollouts.get(ns)["metadata"]["managedFields"].to_string();
    assert!(managers.contains("\"wheelhouse\""), "{managers}");
    screen.leave();
    witness.saw(&["Healthy", "Paused", "Degraded"]);
}
