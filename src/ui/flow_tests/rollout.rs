//! The rollout of a workload.

use super::fixture::Fixture;
use crate::model::{Change, Facet, Method, SubEvent};
use crate::ui::{Effect, Msg};
use serde_json::{Value, json};
use std::path::Path;

/// `checkout` on its way from 41 to 42, 38 seconds in.
pub fn shop() -> Fixture {
    put_shop(Fixture::new())
}

/// The same on a cluster that serves these kinds too.
pub fn put_shop(mut f: Fixture) -> Fixture {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rollout/bases/deployment.yaml");
    let objects: Vec<Value> =
        serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    f.now = "2026-01-10T10:00:38Z".parse::<jiff::Timestamp>().unwrap().as_second();
    for (kind, plural) in
        [("Deployment", "deployments"), ("ReplicaSet", "replicasets"), ("Pod", "pods")]
    {
        let of_kind = objects.iter().filter(|object| object["kind"] == kind).cloned();
        let here = of_kind.map(|mut object| {
            object["metadata"]["namespace"] = json!("shop");
            object
        });
        f.objects.insert(("dev".to_owned(), plural.to_owned()), here.collect());
    }
    f
}

pub fn pod(f: &Fixture, name: &str) -> Value {
    let pods = &f.objects[&("dev".to_owned(), "pods".to_owned())];
    pods.iter().find(|pod| pod["metadata"]["name"] == name).unwrap().clone()
}

/// An object of the rollout has changed.
pub fn changed(f: &mut Fixture, plural: &str, object: &Value) {
    let (sub, need) =
        f.ui.subs
            .iter()
            .find(|(_, sub)| sub.need.gvr.plural == plural && sub.need.facet == Facet::Rollout)
            .map(|(id, sub)| (id, sub.need.clone()))
            .unwrap();
    let changes = f.rows(&need, object).into_iter().map(Change::Upsert).collect();
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
}

#[test]
fn o_shows_the_rollout_which_follows_and_says_what_blocks_it() {
    let mut f = shop();
    f.go("deploy").press("o");
    let screen = f.screen();
    for part in [
        "Deployment/checkout · RollingUpdate 25%/25% · revision 41 → 42  progressing 36 s of 600 s",
        "changes image registry.example.com/checkout:1.7.0 → 1.8.0",
        "new 42  6d9f7c  ░░░░░░░░░░░░░░░░  2/2",
        "old 41  58bb4d  ████████████░░░░  3/3",
        "2 of 4 updated · ready 3 · available 3 of min 3 · surge 1 · unavailable 1",
        "nothing blocks it: 2 of 4 new replicas updated",
        "new ◐ ◐",
        "old ●",
        "checkout-6d9f7c-x2x1q  ◐ starting",
        "42 now",
        "registry.example.com/checkout:1.7.0",
    ] {
        assert!(screen.contains(part), "{part}\n{screen}");
    }
    let mut bad = pod(&f, "checkout-6d9f7c-x2x1q");
    bad["status"] = json!({"phase": "Pending", "containerStatuses": [{"name": "api", "ready": false,
        "state": {"waiting": {"reason": "ErrImagePull", "message": "manifest unknown"}}}]});
    changed(&mut f, "pods", &bad);
    let screen = f.screen();
    assert!(screen.contains("stuck 36 s of 600 s"), "{screen}");
    assert!(
        screen.contains(
            "blocked: pod checkout-6d9f7c-x2x1q is ErrImagePull: there is no such image or tag"
        ),
        "{screen}"
    );
    assert!(screen.contains("✖ ErrImagePull"), "{screen}");

    // The deadline is a clock.
    f.now += 10;
    f.msg(Msg::Tick);
    assert!(f.screen().contains("46 s of 600 s"), "{}", f.screen());
}

#[test]
fn one_key_plans_the_way_back_which_is_the_patch_that_kubectl_sends() {
    let mut f = shop();
    f.reads = true;
    f.go("deploy").press("o b");
    let screen = f.screen();
    assert!(screen.contains("Roll back Deployment/checkout"), "{screen}");
    assert!(screen.contains("back to revision") && screen.contains("41 ·"), "{screen}");
    assert!(screen.contains("image registry.example.com/checkout:1.8.0 → 1.7.0"), "{screen}");
    // Something is lost: it begins on Cancel.
    f.press("tab enter");
    let plan = f.sent.iter().find_map(|effect| match effect {
        Effect::Run(plan) => Some(plan.clone()),
        _ => None,
    });
    let plan = plan.unwrap_or_else(|| panic!("nothing was sent\n{}", f.screen()));
    assert_eq!(plan.requests[0].method, Method::Patch);
    let body: Value = serde_json::from_str(&plan.requests[0].body).unwrap();
    assert_eq!(
        body[1]["value"]["spec"]["containers"][0]["image"],
        "registry.example.com/checkout:1.7.0"
    );
    assert!(body[1]["value"]["metadata"]["labels"].get("pod-template-hash").is_none());
}

#[test]
fn what_cannot_be_done_is_said() {
    let mut f = shop();
    f.go("rs").press("o");
    let said = |f: &Fixture| {
        f.ui.messages.all().last().map(|message| message.text.clone()).unwrap_or_default()
    };
    assert!(
        f.screen().contains("does not roll out") || said(&f).contains("does not roll out"),
        "{}",
        f.screen()
    );
    f.go("deploy").press("o T");
    assert!(f.screen().contains("Pause Deployment/checkout"), "{}", f.screen());
    f.press("esc");
    f.press("=");
    assert!(f.screen().contains("changes image"), "{}", f.screen());
}

#[test]
fn the_board_lists_what_rolls_with_the_same_sentence_and_leads_on() {
    let mut f = shop();
    f.go("rollouts");
    let screen = f.screen();
    assert!(screen.contains("rollouts[1]"), "{screen}");
    assert!(
        screen.contains("Deployment/checkout  shop  progressing  2/4  36/600 s  nothing blocks it"),
        "{screen}"
    );
    let mut bad = pod(&f, "checkout-6d9f7c-x2x1q");
    bad["status"] = json!({"phase": "Running", "containerStatuses": [{"name": "api", "ready": false,
        "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}]});
    changed(&mut f, "pods", &bad);
    assert!(
        f.screen().contains("stuck  2/4  36/600 s  blocked: pod checkout-6d9f7c-x2x1q crashes"),
        "{}",
        f.screen()
    );
    f.press("enter");
    assert!(f.screen().contains("revision 41 → 42  stuck"), "{}", f.screen());
    f.press("q");

    // What has just finished stays for a while.
    let mut done = f.object("deployments", "checkout");
    done["status"] = json!({"observedGeneration": 42, "replicas": 4, "updatedReplicas": 4, "readyReplicas": 4, "availableReplicas": 4});
    let subs: Vec<_> = f
        .ui
        .subs
        .iter()
        .filter(|(_, sub)| sub.need.gvr.plural == "deployments" && sub.need.facet == Facet::Rollout)
        .map(|(id, sub)| (id, sub.need.clone()))
        .collect();
    for (sub, need) in subs {
        let changes = f.rows(&need, &done).into_iter().map(Change::Upsert).collect();
        f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
    }
    assert!(
        f.screen().contains("rollouts[0]") && f.screen().contains("rolled out: 4 available"),
        "{}",
        f.screen()
    );
    f.wait(700);
    assert!(f.screen().contains("nothing rolls out here"), "{}", f.screen());
}

/// A pod of the new set that runs an image since then.
fn running(f: &Fixture, name: &str, digest: char, since: &str) -> Value {
    let mut pod = pod(f, name);
    let id = format!("registry.example.com/checkout@sha256:{}", digest.to_string().repeat(64));
    pod["status"] = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": "api", "ready": true, "started": true, "imageID": id,
            "state": {"running": {"startedAt": since}}}]});
    pod
}

#[test]
fn a_tag_that_was_moved_shows_which_pods_run_which_digest() {
    for size in [(80, 24), (200, 50)] {
        let mut f = shop();
        f.msg(Msg::Resize(size.0, size.1));
        f.go("deploy").press("o");
        assert!(!f.screen().contains("digests"), "{}", f.screen());
        let one = running(&f, "checkout-6d9f7c-x2x1q", 'a', "2026-01-10T10:00:10Z");
        let pods = &f.objects[&("dev".to_owned(), "pods".to_owned())];
        let names: Vec<String> = pods
            .iter()
            .filter_map(|pod| pod["metadata"]["name"].as_str().map(str::to_owned))
            .filter(|name| name.contains("6d9f7c") && name != "checkout-6d9f7c-x2x1q")
            .collect();
        let other = running(&f, &names[0], 'b', "2026-01-10T10:00:20Z");
        changed(&mut f, "pods", &one);
        changed(&mut f, "pods", &other);
        f.rest();
        let screen = f.screen().replace(['│', '\n'], " ");
        let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains(
                "checkout:1.8.0 runs under 2 digests: your push bbbbbbbbbbbb is live on 1 of 2 pods"
            ),
            "{}",
            f.screen()
        );
        f.press("/");
        f.type_in("x2x1q").press("enter");
        assert!(f.screen().contains("aaaaaaaaaaaa"), "{}", f.screen());
    }
}

#[test]
fn revisions_are_compared_with_now_and_with_each_other() {
    for size in [(80, 24), (200, 50)] {
        let mut f = shop();
        f.msg(Msg::Resize(size.0, size.1));
        // One revision more, from before.
        let sets = f.objects.get_mut(&("dev".to_owned(), "replicasets".to_owned())).unwrap();
        let mut first = sets[0].clone();
        first["metadata"]["name"] = json!("checkout-40");
        first["metadata"]["uid"] = json!("r-40");
        first["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!("40");
        first["spec"]["replicas"] = json!(0);
        first["status"] = json!({});
        first["spec"]["template"]["spec"]["containers"][0]["image"] =
            json!("registry.example.com/checkout:1.6.2");
        sets.push(first);
        f.go("deploy").press("o G");
        assert!(f.selected().contains("40"), "{}", f.screen());
        f.press("=");
        let screen = f.screen();
        assert!(screen.contains("DIFFERENCE 40 → 42 now"), "{screen}");
        assert!(f.selected().contains("@@"), "{screen}");
        f.press("j j j j j j j j j j");
        assert!(
            f.screen().contains("-   - image: registry.example.com/checkout:1.6.2"),
            "{}",
            f.screen()
        );
        assert!(
            f.screen().contains("+   - image: registry.example.com/checkout:1.8.0"),
            "{}",
            f.screen()
        );
        // The same key closes it, where it was opened.
        f.press("=");
        assert!(!f.screen().contains("DIFFERENCE"), "{}", f.screen());
        assert!(f.selected().contains("40"), "{}", f.screen());
        f.press("space k =");
        assert!(f.screen().contains("DIFFERENCE 40 → 41"), "{}", f.screen());
        f.press("j j j j j j j j j j");
        assert!(
            f.screen().contains("+   - image: registry.example.com/checkout:1.7.0"),
            "{}",
            f.screen()
        );
    }
}

#[test]
fn the_number_of_replicas_is_planned_from_the_pane() {
    let mut f = shop();
    f.go("deploy").press("o s");
    assert!(f.screen().contains("Scale Deployment/checkout"), "{}", f.screen());
}
