//! Every way a rollout goes, for the three built-in kinds, on a real control plane: at every look the
//! verdict is the one of the real `kubectl rollout status` at the same version of the object, and both
//! commands end alike.

use crate::apps_cli::run;
use crate::rollout_real::{history, image, merge, nodes, ours, path, phase, says, workload};
use crate::support::api::Api;
use crate::support::control_plane::ControlPlane;
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::process::Output;
use wheelhouse::rollout::Phase;
use wheelhouse::rollout::facts::Kind;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("rollout::a_deployment_goes_every_way_beside_kubectl", deployment),
        trials::on_shared("rollout::a_stateful_set_goes_every_way_beside_kubectl", stateful_set),
        trials::on_shared("rollout::a_daemon_set_goes_every_way_beside_kubectl", daemon_set),
    ]
}

/// Where our verdict is another than kubectl's, on purpose: what of the object makes it so.
type Apart = (&'static str, Kind, fn(&Value) -> bool);

/// kubectl says that it is done, and we do not.
const STRICTER: [Apart; 2] = [
    ("a surplus pod is left", Kind::StatefulSet, |set| {
        set["status"]["replicas"].as_i64() > set["spec"]["replicas"].as_i64()
    }),
    ("its pods have not been ready for minReadySeconds", Kind::StatefulSet, |set| {
        let available = set["status"]["availableReplicas"].as_i64().unwrap_or(0);
        set["spec"]["minReadySeconds"].as_i64() > Some(0)
            && Some(available) < set["spec"]["replicas"].as_i64()
    }),
];

/// kubectl has no status for what is updated by hand, and ends with an error.
fn by_hand(object: &Value) -> bool {
    object["spec"]["updateStrategy"]["type"] == "OnDelete"
}

/// One workload, called `web`, with both programs beside each other.
struct Stage<'p> {
    plane: &'p ControlPlane,
    api: Api,
    place: &'static str,
    plural: &'static str,
    kind: Kind,
    /// Looks that agree: waiting, done, failed, and those that are apart on purpose.
    looks: RefCell<[usize; 4]>,
}

impl<'p> Stage<'p> {
    fn new(plane: &'p ControlPlane, place: &'static str, plural: &'static str, kind: Kind) -> Self {
        let api = plane.namespace(place);
        nodes(&api);
        Self { plane, api, place, plural, kind, looks: RefCell::default() }
    }

    fn begin(&self, first: &str, spec: &Value) {
        let mut object = workload(self.kind.as_str(), "web");
        object["spec"]["template"]["spec"]["containers"][0]["image"] = tag(first).into();
        for (field, value) in spec.as_object().unwrap() {
            object["spec"][field] = value.clone();
        }
        let all = format!("/apis/apps/v1/namespaces/{}/{}", self.place, self.plural);
        self.api.create(&all, &object);
    }

    fn at(&self) -> String {
        path(self.place, self.plural, "web")
    }

    fn target(&self) -> String {
        format!("{}/web", self.plural)
    }

    fn get(&self) -> Value {
        self.api.get(&self.at())
    }

    fn image(&self, name: &str) {
        image(&self.api, &self.at(), &tag(name));
    }

    fn spec(&self, spec: Value) {
        merge(&self.api, &self.at(), &json!({ "spec": spec }));
    }

    fn kubectl(&self, args: &[&str]) -> Output {
        let target = self.target();
        self.plane.kubectl(
            &[&["-n", self.place, "rollout", args[0], target.as_str()], &args[1..]].concat(),
        )
    }

    fn ours(&self, args: &[&str]) -> Output {
        let (config, target) = (self.plane.kubeconfig("admin"), self.target());
        run(
            &config,
            &[&["rollout", args[0], target.as_str(), "-n", self.place], &args[1..]].concat(),
        )
    }

    /// Both do it, one after the other; both succeed.
    fn does(&self, output: Output) {
        assert!(output.status.success(), "{}: {}", self.target(), says(&output));
    }

    /// One look by both at the same version; None where it changed meanwhile.
    fn look(&self) -> Option<(Value, Phase)> {
        let before = self.get();
        let output = self.kubectl(&["status", "--watch=false"]);
        let after = self.get();
        if before["metadata"]["resourceVersion"] != after["metadata"]["resourceVersion"] {
            return None;
        }
        let said = says(&output);
        let done = ["successfully rolled out", "roll out complete", "rolling update complete"];
        let done = done.iter().any(|words| said.contains(words));
        let ours = phase(self.kind, &before);
        let stricter = |(_, kind, is): &Apart| *kind == self.kind && is(&before);
        let (which, agree) = match (output.status.success(), done) {
            (false, _) if by_hand(&before) => (3, matches!(ours, Phase::Held | Phase::Done)),
            (false, _) => (2, ours == Phase::Failed),
            (true, true) if ours != Phase::Done && STRICTER.iter().any(stricter) => (3, true),
            (true, true) => (1, ours == Phase::Done),
            (true, false) => (0, !matches!(ours, Phase::Failed | Phase::Held | Phase::Done)),
        };
        assert!(agree, "{}: ours {ours:?}, kubectl {said}\n{before}", self.target());
        self.looks.borrow_mut()[which] += 1;
        Some((before, ours))
    }

    /// Looks again and again; every look agrees.
    fn until(&self, what: &str, is: impl Fn(&Value, Phase) -> bool) -> Value {
        until(&format!("{} to be {what}", self.target()), || match self.look() {
            Some((object, phase)) if is(&object, phase) => Ok(object),
            Some((object, phase)) => Err(format!("{phase:?}: {}", object["status"])),
            None => Err("it changed while it was looked at".to_owned()),
        })
    }

    fn until_done(&self, name: &str) {
        let object = self.until("done", |_, phase| phase == Phase::Done);
        let is = &object["spec"]["template"]["spec"]["containers"][0]["image"];
        assert_eq!(is.as_str(), Some(tag(name).as_str()), "{}", self.target());
    }

    /// It has begun, and has not ended.
    fn until_rolling(&self) {
        let of_kind = |status: &Value| match self.kind {
            Kind::DaemonSet => status["updatedNumberScheduled"].as_i64().unwrap_or(0),
            _ => status["updatedReplicas"].as_i64().unwrap_or(0),
        };
        until(&format!("{} to roll", self.target()), || {
            let object = self.get();
            let phase = phase(self.kind, &object);
            let seen = object["status"]["observedGeneration"] == object["metadata"]["generation"];
            if seen && phase == Phase::Progressing && of_kind(&object["status"]) > 0 {
                Ok(())
            } else {
                Err(format!("{phase:?}: {}", object["status"]))
            }
        });
    }

    /// Waits until the blocker is this one, as our command tells it, and looks some times more.
    fn until_blocked(&self, rule: &str) {
        until(&format!("{} to be blocked by {rule}", self.target()), || {
            let output = self.ours(&["status", "-o", "json"]);
            let said = says(&output);
            let told: Value = serde_json::from_str(&said).map_err(|_| said.clone())?;
            let first = &told["blockers"][0]["rule"];
            if first == rule { Ok(()) } else { Err(told["sentence"].to_string()) }
        });
        for _ in 0..3 {
            self.look();
        }
    }

    /// Both commands wait beside each other, for so many seconds at most: both end well, or neither
    /// does. Our exit code.
    fn both_wait(&self, seconds: &str) -> i32 {
        let timeout = format!("--timeout={seconds}s");
        let (plane, place, target) = (self.plane, self.place, self.target());
        let (output, theirs) = std::thread::scope(|scope| {
            let args = ["-n", place, "rollout", "status", &target, &timeout];
            let theirs = scope.spawn(move || plane.kubectl(&args));
            (self.ours(&["status", "--wait", &timeout]), theirs.join().unwrap())
        });
        let told = format!("ours: {}\nkubectl: {}", says(&output), says(&theirs));
        assert_eq!(output.status.success(), theirs.status.success(), "{told}");
        output.status.code().unwrap()
    }

    /// Both tell the same revisions; how many.
    fn same_history(&self) -> usize {
        let target = self.target();
        let own = ours(self.plane, self.place, &target);
        assert_eq!(own, history(self.plane, self.place, &target), "{target}");
        own.len()
    }

    /// A StatefulSet does not replace a broken pod of a revision that nobody wants any more.
    fn lend_a_hand(&self) {
        if self.kind != Kind::StatefulSet {
            return;
        }
        self.until_blocked("ordered");
        self.delete_pod("web-2");
    }

    fn delete_pod(&self, name: &str) {
        let at = format!("/api/v1/namespaces/{}/pods/{name}", self.place);
        let (code, answer) = self.api.call("DELETE", &at, None);
        assert_eq!(code, 200, "{answer}");
    }

    /// What all kinds have in common.
    fn common(&self) {
        self.begin("1-slow", &json!({}));
        self.until_done("1-slow");
        // Two that succeed: one looked at, one waited for.
        self.image("2-slow");
        self.until_done("2-slow");
        self.image("3-slow");
        assert_eq!(self.both_wait("60"), 0);
        self.until_done("3-slow");

        // Stuck on an image, and taken back by kubectl.
        self.image("missing");
        self.until_blocked("image-pull");
        assert_eq!(self.both_wait("1"), 3);
        self.does(self.kubectl(&["undo"]));
        self.lend_a_hand();
        self.until_done("3-slow");
        self.same_history();

        // It crashes, and is taken back by us.
        self.image("crashes");
        self.until_blocked("crash");
        self.does(self.ours(&["undo"]));
        self.lend_a_hand();
        self.until_done("3-slow");
        self.same_history();

        // Restarted by either.
        self.does(self.kubectl(&["restart"]));
        self.until_done("3-slow");
        self.does(self.ours(&["restart", "--wait", "--timeout", "60s"]));
        self.until_done("3-slow");

        // A second one over the first.
        self.image("4-slow");
        self.until_rolling();
        self.image("5-slow");
        self.until_done("5-slow");

        // Back while it rolls.
        self.image("6-slow");
        self.until_rolling();
        self.does(self.ours(&["undo", "--wait", "--timeout", "60s"]));
        self.until_done("5-slow");

        // Ready is not enough.
        self.spec(json!({ "minReadySeconds": 1 }));
        self.image("7");
        self.until_done("7");
        self.spec(json!({ "minReadySeconds": 0 }));

        // Nothing earlier is kept: both know no way back.
        self.spec(json!({ "revisionHistoryLimit": 0 }));
        self.image("8");
        self.until_done("8");
        until("earlier revisions to go", || match self.same_history() {
            1 => Ok(()),
            n => Err(format!("{n} are kept")),
        });
        for output in [self.kubectl(&["undo"]), self.ours(&["undo"])] {
            assert_eq!(output.status.code(), Some(1), "{}", says(&output));
        }
    }

    /// Pods are replaced by hand alone: kubectl has no status for that, ours ends when it is done.
    fn by_hand(&self, pods: impl Fn() -> Vec<String>) {
        self.spec(json!({"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}));
        self.image("9");
        self.until("held", |_, phase| phase == Phase::Held);
        assert_eq!(self.both_wait("5"), 1, "what is left to hands is no success");
        for pod in pods() {
            self.delete_pod(&pod);
        }
        self.until_done("9");
        let output = self.ours(&["status"]);
        assert_eq!(output.status.code(), Some(0), "{}", says(&output));
    }

    fn end(&self, least: [usize; 4]) {
        let looks = *self.looks.borrow();
        let [waiting, done, failed, apart] = looks;
        println!(
            "{}: looks that agree: {waiting} waiting, {done} done, {failed} failed; {apart} apart on purpose",
            self.target()
        );
        assert!(looks.iter().zip(least).all(|(seen, least)| *seen >= least), "{looks:?}");
    }
}

fn tag(name: &str) -> String {
    format!("registry.example.com/main:{name}")
}

fn deployment(plane: &ControlPlane) {
    let stage = Stage::new(plane, "rollout-ways-deploy", "deployments", Kind::Deployment);
    stage.common();
    stage.spec(json!({ "revisionHistoryLimit": 10 }));

    // Paused half-way, and resumed by the other.
    stage.image("10-slow");
    stage.until_rolling();
    stage.does(stage.ours(&["pause"]));
    stage.until("paused", |_, phase| phase == Phase::Paused);
    for output in [stage.kubectl(&["restart"]), stage.ours(&["restart"])] {
        assert_eq!(output.status.code(), Some(1), "{}", says(&output));
    }
    for output in [stage.kubectl(&["undo"]), stage.ours(&["undo"])] {
        assert_eq!(output.status.code(), Some(1), "{}", says(&output));
    }
    stage.does(stage.kubectl(&["resume"]));
    stage.until_done("10-slow");

    // Scaled while it rolls, as an autoscaler does.
    stage.image("11-slow");
    stage.until_rolling();
    stage.spec(json!({ "replicas": 5 }));
    stage.until_done("11-slow");
    stage.spec(json!({ "replicas": 0 }));
    stage.until_done("11-slow");
    stage.image("12");
    stage.until_done("12");
    stage.spec(json!({ "replicas": 2 }));
    stage.until_done("12");

    // The deadline passes: seen by both, waited for by both, and the way back is open.
    stage.spec(json!({ "progressDeadlineSeconds": 2 }));
    stage.image("missing");
    assert_eq!(stage.both_wait("60"), 1);
    stage.until("failed", |_, phase| phase == Phase::Failed);
    stage.until_blocked("image-pull");
    stage.does(stage.ours(&["undo"]));
    stage.until_done("12");

    // All at once instead of one by one.
    stage.spec(json!({"strategy": {"type": "Recreate", "rollingUpdate": null}}));
    stage.image("13-slow");
    stage.until_done("13-slow");
    stage.end([3, 12, 1, 0]);
}

fn stateful_set(plane: &ControlPlane) {
    let stage = Stage::new(plane, "rollout-ways-sts", "statefulsets", Kind::StatefulSet);
    stage.common();
    // A canary by hand: the partition goes down step by step.
    for (partition, name) in [(2, "10"), (1, "10"), (0, "10")] {
        stage.spec(json!({"updateStrategy": {"rollingUpdate": {"partition": partition}}}));
        stage.image(name);
        stage.until_done(name);
        let hash = stage.get()["status"]["updateRevision"].clone();
        let list = format!("/api/v1/namespaces/{}/pods", stage.place);
        let pods = stage.api.get(&list);
        let new = |pod: &&Value| pod["metadata"]["labels"]["controller-revision-hash"] == hash;
        let new = pods["items"].as_array().unwrap().iter().filter(new).count();
        assert_eq!(new, 3 - partition, "above the partition alone");
    }
    stage.spec(json!({ "replicas": 0 }));
    stage.until_done("10");
    stage.spec(json!({ "replicas": 2 }));
    stage.until_done("10");
    stage.by_hand(|| vec!["web-0".to_owned(), "web-1".to_owned()]);
    stage.end([3, 12, 0, 2]);
}

fn daemon_set(plane: &ControlPlane) {
    let stage = Stage::new(plane, "rollout-ways-ds", "daemonsets", Kind::DaemonSet);
    stage.common();
    // No node is to run it, and then some are again.
    let here = stage.get()["spec"]["template"]["spec"]["nodeSelector"].clone();
    stage.spec(json!({"template": {"spec": {"nodeSelector": {"rollouts": "nowhere"}}}}));
    let none = stage.until("of no node", |object, phase| {
        phase == Phase::Done && object["status"]["desiredNumberScheduled"] == 0
    });
    assert_eq!(none["status"]["numberAvailable"].as_i64().unwrap_or(0), 0);
    stage.spec(json!({"template": {"spec": {"nodeSelector": here}}}));
    stage.until("on its nodes", |object, phase| {
        phase == Phase::Done && object["status"]["desiredNumberScheduled"] == 2
    });
    stage.by_hand(|| {
        let pods = stage.api.get(&format!("/api/v1/namespaces/{}/pods", stage.place));
        let names = pods["items"].as_array().unwrap().iter();
        names.map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    });
    stage.end([3, 10, 0, 2]);
}
