//! What differs from what was deployed.

use super::fixture::{DEV, Fixture, custom, plan};
use crate::drift::{Depth, Job, Only};
use crate::model::{AppId, Change, EngineId, Facet, Fault, FaultKind, SubEvent};
use crate::ui::panes::Pane;
use crate::ui::panes::app::AppPane;
use crate::ui::{Effect, Msg, Overlay, Start};
use serde_json::{Value, json};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn applications() -> crate::model::Resource {
    let mut kind = custom("argoproj.io", "applications", "Application");
    kind.gvr.version = "v1alpha1".into();
    kind.verbs = ["get", "list", "watch", "patch"].map(Into::into).into();
    kind
}

fn resource(group: &str, kind: &str, name: &str, status: &str) -> Value {
    json!({"group": group, "version": "v1", "kind": kind, "namespace": "shop", "name": name, "status": status})
}

fn application() -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "payments", "namespace": "argocd", "resourceVersion": "11"},
        "spec": {"project": "shop",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            "source": {"repoURL": "https://git.example.com/shop", "path": "payments", "targetRevision": "main"}},
        "status": {
            "sync": {"status": "OutOfSync", "revision": "8d1e0aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6"},
            "health": {"status": "Healthy"},
            "resources": [
                resource("", "ConfigMap", "payments", "OutOfSync"),
                resource("", "Service", "payments", "Synced"),
                resource("apps", "Deployment", "payments-api", "OutOfSync"),
                resource("", "Secret", "payments", "OutOfSync"),
                resource("networking.k8s.io", "Ingress", "payments", "Missing")]}})
}

/// An object with the copy of what was applied, then changed by somebody.
fn applied(
    mut manifest: Value,
    uid: &str,
    change: impl FnOnce(&mut Value),
    fields: Value,
) -> Value {
    let copy = manifest.to_string();
    manifest["metadata"]["annotations"][LAST_APPLIED] = copy.into();
    manifest["metadata"]["uid"] = uid.into();
    manifest["metadata"]["resourceVersion"] = "100".into();
    let by = |manager: &str, op: &str, at: &str, sub: &str, fields: &Value| {
        json!({"manager": manager, "operation": op, "apiVersion": "v1", "time": at,
            "fieldsType": "FieldsV1", "fieldsV1": fields, "subresource": sub})
    };
    let mut managed = Vec::new();
    for (manager, fields) in fields.as_object().unwrap() {
        let (at, sub) = match manager.as_str() {
            "kubectl-scale" => ("2025-12-31T20:00:00Z", "scale"),
            _ => ("2025-12-29T00:00:00Z", ""),
        };
        managed.push(by(manager, "Update", at, sub, fields));
    }
    manifest["metadata"]["managedFields"] = managed.into();
    change(&mut manifest);
    manifest
}

fn metadata(name: &str) -> Value {
    json!({"name": name, "namespace": "shop",
        "annotations": {"argocd.argoproj.io/tracking-id": "payments"}})
}

pub(super) fn deployment() -> Value {
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("payments-api"),
        "spec": {"replicas": 3, "template": {"spec": {"containers": [
            {"name": "api", "image": "payments:1.4.0"}]}}}});
    let fields = json!({
        "kubectl-scale": {"f:spec": {"f:replicas": {}}},
        "kubectl-edit": {"f:spec": {"f:template": {"f:spec": {"f:containers":
            {"k:{\"name\":\"api\"}": {"f:image": {}}}}}}},
    });
    let change = |object: &mut Value| {
        object["spec"]["replicas"] = 5.into();
        object["spec"]["template"]["spec"]["containers"][0]["image"] =
            "payments:1.4.1-hotfix".into();
    };
    applied(manifest, "00000000-0000-0000-0000-0000000000d1", change, fields)
}

pub(super) fn config_map() -> Value {
    let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("payments"),
        "data": {"LOG_LEVEL": "info", "POOL": "8"}});
    let fields = json!({"Mozilla": {"f:data": {"f:LOG_LEVEL": {}}}});
    let change = |object: &mut Value| object["data"]["LOG_LEVEL"] = "debug".into();
    applied(manifest, "00000000-0000-0000-0000-0000000000c1", change, fields)
}

pub(super) fn secret() -> Value {
    let manifest = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata("payments"),
        "data": {"password": "Y2FuYXJ5LW9sZA=="}});
    let change = |object: &mut Value| object["data"]["password"] = "Y2FuYXJ5LW5ldw==".into();
    applied(manifest, "00000000-0000-0000-0000-0000000000e1", change, json!({}))
}

fn service() -> Value {
    let manifest = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata("payments"),
        "spec": {"selector": {"app": "payments"}, "ports": [{"port": 80}]}});
    applied(manifest, "00000000-0000-0000-0000-0000000000f1", |_| {}, json!({}))
}

/// A cluster with an application whose objects were changed by hand.
pub(super) fn world(size: (u16, u16), readonly: bool) -> Fixture {
    let mut f = Fixture::serving(vec![applications()], Start::default());
    f.ui.config.settings.readonly = readonly;
    let mut put = |plural: &str, objects: Vec<Value>| {
        f.objects.insert(("dev".to_owned(), plural.to_owned()), objects);
    };
    put("applications", vec![application()]);
    let project = json!({"metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}});
    put("appprojects", vec![project]);
    put("deployments", vec![deployment()]);
    put("configmaps", vec![config_map()]);
    put("secrets", vec![secret()]);
    put("services", vec![service()]);
    put("ingresses", Vec::new());
    put("replicasets", Vec::new());
    put("pods", Vec::new());
    f.reads = true;
    f.msg(Msg::Resize(size.0, size.1));
    f.go("apps");
    f
}

pub(super) fn jobs(sent: &[Effect]) -> Vec<Job> {
    let job = |effect: &Effect| match effect {
        Effect::Compare { job, .. } => Some((**job).clone()),
        _ => None,
    };
    sent.iter().filter_map(job).collect()
}

pub(super) fn has(f: &Fixture, words: &[&str]) -> bool {
    f.lines().iter().any(|line| words.iter().all(|word| line.contains(word)))
}

/// Puts the cursor on the line with this text.
pub(super) fn seek(f: &mut Fixture, text: &str) {
    f.press("g");
    for _ in 0..60 {
        if f.selected().contains(text) {
            return;
        }
        f.press("j");
    }
    panic!("no line with {text}\n{}", f.screen());
}

/// An object is another one from now on, and its watch says so.
pub(super) fn tell(f: &mut Fixture, plural: &str, object: Value) {
    f.objects.insert(("dev".into(), plural.into()), vec![object.clone()]);
    let (sub, need) =
        f.ui.subs
            .iter()
            .find(|(_, sub)| sub.need.facet == Facet::Links && sub.need.gvr.plural == plural)
            .map(|(id, sub)| (id, sub.need.clone()))
            .unwrap();
    let changes = f.rows(&need, &object).into_iter().map(Change::Upsert).collect();
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
}

#[test]
fn one_key_on_an_app_shows_its_changed_fields_with_their_writers() {
    let mut f = world((200, 50), false);
    f.sent();
    f.press("shift-d");
    let screen = f.screen();
    for words in [
        &[
            "payments · Argo CD · desired: last applied",
            "4 of 5 objects drifted",
            "from last apply",
            "[changes]",
        ][..],
        &["▾ Deployment/payments-api", "2 fields"],
        &["spec.replicas", "3", "5", "by kubectl-scale (tool)", "4h ago"],
        &[
            "containers[name=api].image",
            "payments:1.4.0",
            "payments:1.4.1-hotfix",
            "by kubectl-edit (tool)",
            "3d ago",
        ],
        &["▾ ConfigMap/payments", "1 field"],
        &["data.LOG_LEVEL", "info", "debug", "by client Mozilla"],
        &["Ingress/payments", "missing"],
    ] {
        assert!(has(&f, words), "{words:?}\n{screen}");
    }
    assert!(!screen.contains("Service/payments"), "{screen}");
    assert!(!screen.contains("anary") && !screen.contains("Y2Fu"), "{screen}");
    f.press("a");
    assert!(has(&f, &["Service/payments", "in sync"]), "{}", f.screen());
    assert!(has(&f, &["[all]"]), "{}", f.screen());
    // One comparison, and it may rehearse.
    let jobs = jobs(&f.sent());
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert_eq!((jobs[0].depth, &jobs[0].only), (Depth::Rehearsals, &Only::All));
}

#[test]
fn nothing_is_rehearsed_where_nothing_may_be_written() {
    let mut f = world((120, 30), true);
    f.sent();
    f.press("shift-d");
    let jobs = jobs(&f.sent());
    assert!(jobs.iter().all(|job| job.depth == Depth::Reads) && !jobs.is_empty(), "{jobs:?}");
    f.press("j b");
    assert!(f.ui.overlay.is_none(), "{}", f.screen());
    assert!(f.strip().contains("read-only"), "{}", f.strip());
}

#[test]
fn in_eighty_columns_a_field_takes_two_lines_and_the_cursor_steps_over_both() {
    let mut f = world((80, 24), false);
    f.press("shift-d");
    let lines = f.lines();
    let at = lines.iter().position(|line| line.contains("spec.replicas")).unwrap();
    assert!(!lines[at].contains('→'), "{}", f.screen());
    let below = &lines[at + 1];
    for word in ["3 → 5", "by kubectl-scale (tool)", "4h ago"] {
        assert!(below.contains(word), "{word}\n{}", f.screen());
    }
    seek(&mut f, "spec.replicas");
    f.press("j");
    assert!(f.selected().contains("image"), "{}", f.screen());
    assert!(f.lines().iter().all(|line| crate::text::width::width(line) <= 80));
}

#[test]
fn rows_fold_and_are_filtered() {
    let mut f = world((120, 40), false);
    f.press("shift-d");
    f.press("/").type_in("mozilla").press("enter");
    assert!(f.screen().contains("LOG_LEVEL") && !f.screen().contains("spec.replicas"));
    assert!(f.screen().contains("ConfigMap/payments"), "{}", f.screen());
    f.press("esc");
    assert!(f.screen().contains("spec.replicas"), "{}", f.screen());
    seek(&mut f, "spec.replicas");
    f.press("space");
    assert!(f.selected().contains("Deployment/payments-api"), "{}", f.screen());
    assert!(!f.screen().contains("spec.replicas"), "{}", f.screen());
    f.press("space x");
    assert!(!f.screen().contains("LOG_LEVEL"), "{}", f.screen());
}

#[test]
fn an_object_that_changes_is_compared_again_and_nothing_else() {
    let mut f = world((120, 40), false);
    f.press("shift-d");
    f.rest();
    f.sent();
    let mut changed = config_map();
    changed["data"]["POOL"] = "16".into();
    changed["metadata"]["resourceVersion"] = "101".into();
    tell(&mut f, "configmaps", changed);
    f.rest();
    assert!(has(&f, &["data.POOL", "8", "16"]), "{}", f.screen());
    assert!(f.screen().contains("spec.replicas"), "{}", f.screen());
    let jobs = jobs(&f.sent());
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    let Only::These(these) = &jobs[0].only else { panic!("{:?}", jobs[0].only) };
    let these: Vec<String> = these.iter().map(ToString::to_string).collect();
    assert_eq!(these, ["ConfigMap/payments"]);
    // Its history knows what was seen.
    seek(&mut f, "data.POOL");
    f.press("shift-h");
    let Some(Overlay::Full { text, .. }) = &f.ui.overlay else { panic!("{}", f.screen()) };
    assert!(text.contains("8 → 16"), "{text}");
}

#[test]
fn leaving_ends_a_comparison_that_is_under_way() {
    let mut f = world((120, 40), false);
    f.reads = false;
    f.press("shift-d");
    // The page of the app is read by hand, so that the comparison does not end.
    for effect in f.sent() {
        if let Effect::Read { ticket, read, .. } = effect {
            let answer = match read.path.contains("/applications/") {
                true => {
                    let json = application().to_string();
                    Ok(crate::model::Answer::Object(json.into()))
                }
                false => Err(Fault::new(FaultKind::NotFound, "get", "it is gone")),
            };
            f.msg(Msg::Answer(ticket, answer));
        }
    }
    let compared = f.sent().iter().find_map(|effect| match effect {
        Effect::Compare { ticket, .. } => Some(*ticket),
        _ => None,
    });
    f.press("esc");
    assert!(f.sent().contains(&Effect::Uncompare(compared.unwrap())));
}

#[test]
fn one_object_of_an_app_is_compared_from_its_page_and_from_its_table() {
    let mut f = world((120, 40), false);
    let id = AppId::new(EngineId::ArgoCd, "argocd", "payments");
    f.ui.push(Pane::View(Box::new(AppPane::new(DEV, id))));
    f.msg(Msg::Tick);
    seek(&mut f, "Deployment/payments-api");
    f.sent();
    f.press("shift-d");
    assert!(f.screen().contains("spec.replicas"), "{}", f.screen());
    assert!(!f.screen().contains("LOG_LEVEL"), "{}", f.screen());
    assert!(f.screen().contains("1 of 1 object drifted"), "{}", f.screen());
    f.press("esc esc");
    f.go("deploy -A");
    f.press("shift-d");
    assert!(f.screen().contains("spec.replicas"), "{}", f.screen());
    // From the description too.
    f.press("esc d shift-d");
    assert!(f.screen().contains("spec.replicas"), "{}", f.screen());
}

#[test]
fn the_command_line_names_an_app_a_namespace_or_an_object() {
    let mut f = world((120, 40), false);
    f.go("drift payments");
    assert!(f.screen().contains("spec.replicas"), "{}", f.screen());
    f.go("drift shop");
    assert!(f.lines()[1].contains("shop drift"), "{}", f.screen());
    assert!(f.screen().contains("spec.replicas"), "{}", f.screen());
    f.go("drift cm/payments -n shop");
    assert!(f.screen().contains("LOG_LEVEL"), "{}", f.screen());
    f.go("drift nonsense/x");
    assert!(f.screen().contains("serves no kind"), "{}", f.screen());
}

#[test]
fn the_comparison_as_text_stands_side_by_side_or_in_one() {
    let mut f = world((160, 40), false);
    f.press("shift-d v");
    assert!(has(&f, &["- ", "replicas: 3", "│", "+ ", "replicas: 5"]), "{}", f.screen());
    assert!(f.screen().contains("lines are alike"), "{}", f.screen());
    assert!(!f.screen().contains("anary"), "{}", f.screen());
    f.press("v");
    let lines = f.lines();
    let removed = lines.iter().position(|line| line.contains("- ") && line.contains("replicas: 3"));
    assert!(lines[removed.unwrap() + 1].contains("replicas: 5"), "{}", f.screen());
    f.sent();
    f.press("c");
    let copied = f.sent().into_iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text),
        _ => None,
    });
    let copied = copied.unwrap();
    assert!(copied.contains("--- deployed/Deployment/payments-api"), "{copied}");
    assert!(!copied.contains("Y2Fu"), "{copied}");
    f.press("/").type_in("log_level").press("enter");
    assert!(f.selected().contains("LOG_LEVEL"), "{}", f.screen());
    f.press("esc esc");
    assert!(f.screen().contains("spec.replicas"), "{}", f.screen());
    seek(&mut f, "ConfigMap/payments");
    f.press("enter");
    assert!(
        f.screen().contains("LOG_LEVEL: debug") && f.screen().contains("POOL"),
        "{}",
        f.screen()
    );
    assert!(!f.screen().contains("replicas"), "{}", f.screen());
}

#[test]
fn a_difference_is_copied_as_a_patch_both_ways_and_never_a_secret() {
    let mut f = world((120, 40), false);
    f.press("shift-d");
    let copied = |f: &mut Fixture, keys: &str| {
        f.sent();
        f.press(keys);
        f.sent().into_iter().find_map(|effect| match effect {
            Effect::Copy(text) => Some(text),
            _ => None,
        })
    };
    seek(&mut f, "spec.replicas");
    let back = copied(&mut f, "c").unwrap();
    assert!(back.contains("replicas: 3") && !back.contains("image"), "{back}");
    assert!(back.contains("kubectl patch deployment.apps payments-api -n shop"), "{back}");
    let on = copied(&mut f, "shift-c").unwrap();
    assert!(on.contains("replicas: 5"), "{on}");
    seek(&mut f, "Secret/payments");
    assert_eq!(copied(&mut f, "c"), None);
    assert!(f.strip().contains("values of Secrets are hidden"), "{}", f.strip());
}

#[test]
fn an_app_syncs_just_the_object_and_objects_of_nobody_are_reverted_by_hand() {
    let mut f = world((120, 40), false);
    f.press("shift-d");
    seek(&mut f, "Deployment/payments-api");
    f.press("s");
    let Some(Overlay::Plan(dialog)) = &f.ui.overlay else { panic!("{}", f.screen()) };
    assert_eq!(dialog.plan.requests.len(), 1, "{}", f.screen());
    assert!(dialog.plan.title.contains("Sync Application/payments"), "{}", dialog.plan.title);
    let body: Value = serde_json::from_str(&dialog.plan.requests[0].body).unwrap();
    let text = body.to_string();
    assert!(text.contains("\"resources\":[{") && text.contains("payments-api"), "{text}");
    assert!(!text.contains("ConfigMap"), "{text}");
    f.press("esc");

    // Nobody delivers this one.
    let mut mine = deployment();
    mine["metadata"]["name"] = "mine".into();
    mine["metadata"]["annotations"]
        .as_object_mut()
        .unwrap()
        .shift_remove("argocd.argoproj.io/tracking-id");
    let copy = mine["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap();
    let copy = copy.replace("payments-api", "mine").replace("argocd.argoproj.io/tracking-id", "x");
    mine["metadata"]["annotations"][LAST_APPLIED] = copy.into();
    f.objects.insert(("dev".into(), "deployments".into()), vec![mine]);
    f.go("drift deploy/mine -n shop");
    seek(&mut f, "spec.replicas");
    f.press("s");
    assert!(f.ui.overlay.is_none(), "{}", f.screen());
    assert!(f.strip().contains("belongs to no app"), "{}", f.strip());
    f.press("b");
    f.sent();
    f.press("enter");
    let plan = plan(&f.sent());
    assert_eq!(plan.title, "Revert spec.replicas of Deployment/mine");
    assert!(plan.requests[0].path.ends_with("?fieldManager=wheelhouse&force=true"));
    let body: Value = serde_json::from_str(&plan.requests[0].body).unwrap();
    assert_eq!(body["spec"], json!({"replicas": 3}));
    assert!(plan.notes.iter().any(|note| note.text.contains("wheelhouse owns them")), "{plan:?}");
}

#[test]
fn a_field_tells_who_wrote_it() {
    let mut f = world((120, 40), false);
    f.press("shift-d");
    seek(&mut f, "spec.replicas");
    f.press("shift-h");
    let Some(Overlay::Full { text, .. }) = &f.ui.overlay else { panic!("{}", f.screen()) };
    for words in [
        "deployed  3",
        "now       5",
        "kubectl-scale by update through scale  4h ago (2025-12-31T20:00:00Z)",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}
