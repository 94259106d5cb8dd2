//! The page of one app.

use super::fixture::{DEV, Fixture, custom};
use crate::apps::page::{Delivered, Deployed, Fact, Target};
use crate::apps::{Axis, Page};
use crate::model::{AppId, Change, EngineId, Facet, Health, Resource, SubEvent, Tone};
use crate::relations::ObjectId;
use crate::ui::panes::Pane;
use crate::ui::panes::app::AppPane;
use crate::ui::{Effect, Msg, Overlay, Start};
use serde_json::{Value, json};

fn id(group: &str, kind: &str, name: &str) -> ObjectId {
    ObjectId { group: group.into(), kind: kind.into(), namespace: "shop".into(), name: name.into() }
}

fn delivered(id: ObjectId, wave: i64, sync: Axis) -> Delivered {
    Delivered {
        id,
        wave: Some(wave),
        sync,
        health: None,
        hook: "".into(),
        prune: false,
        message: "".into(),
        result: Axis::default(),
    }
}

fn synced() -> Axis {
    Axis::new("Synced", Tone::Good)
}

/// Two objects, one that goes, a hook; a fact that leads on; a history.
fn page() -> Page {
    let config = delivered(id("", "ConfigMap", "payments"), 0, synced());
    let api = Delivered {
        health: Some(Health::Healthy),
        message: "deployment.apps/api configured".into(),
        ..delivered(id("apps", "Deployment", "api"), 1, Axis::new("OutOfSync", Tone::Warn))
    };
    let old = Delivered {
        prune: true,
        ..delivered(id("networking.k8s.io", "Ingress", "payments-old"), 2, Axis::default())
    };
    let hook = Delivered {
        hook: "PreSync Failed".into(),
        result: Axis::new("SyncFailed", Tone::Bad),
        message: "job migrate has reached\nthe backoff limit \u{1b}[2J".into(),
        ..delivered(id("batch", "Job", "migrate"), 0, Axis::default())
    };
    Page {
        facts: vec![
            Fact::new("source", "https://git.example.com/shop apps/payments @ main", Tone::Plain),
            Fact::new("window", "\"nights\" is closed", Tone::Warn),
            Fact::new("delivered by", "root", Tone::Plain).to(Target::App(AppId::new(
                EngineId::ArgoCd,
                "argocd",
                "root",
            ))),
        ],
        objects: vec![config, hook, api, old],
        objects_unknown: "".into(),
        history: vec![Deployed {
            id: "7".into(),
            revision: "8d1e0aa".into(),
            at: super::fixture::NOW - 3 * 86_400,
            by: "anna".into(),
            outcome: Axis::new("Succeeded", Tone::Good),
            note: "raise pool size".into(),
        }],
        ..Page::default()
    }
}

fn applications() -> Resource {
    let mut kind = custom("argoproj.io", "applications", "Application");
    kind.gvr.version = "v1alpha1".into();
    kind
}

fn application(name: &str, destination: &Value) -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "resourceVersion": "11"},
        "spec": {"project": "shop", "destination": destination,
            "source": {"repoURL": "https://git.example.com/shop", "path": name, "targetRevision": "main"}},
        "status": {"sync": {"status": "OutOfSync", "revision": "8d1e0aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6"},
            "health": {"status": "Healthy"}}})
}

fn object(api: &str, kind: &str, name: &str, owner: Option<(&str, &str)>) -> Value {
    let owners =
        owner.map(|(kind, name)| json!([{"apiVersion": "apps/v1", "kind": kind, "name": name}]));
    json!({"apiVersion": api, "kind": kind,
        "spec": {"replicas": 1, "containers": [{"name": "c", "image": "i:1"}]},
        "status": {"readyReplicas": 1, "replicas": 1, "phase": "Running"},
        "metadata": {"name": name, "namespace": "shop", "ownerReferences": owners}})
}

/// A cluster with the application, and its page open as its engine would tell it.
fn open(size: (u16, u16), destination: &Value, page: Page) -> Fixture {
    let mut f = Fixture::serving(vec![applications()], Start::default());
    let mut put = |plural: &str, objects: Vec<Value>| {
        f.objects.insert(("dev".to_owned(), plural.to_owned()), objects);
    };
    put(
        "applications",
        vec![application("payments", destination), application("root", &json!({}))],
    );
    put("deployments", vec![object("apps/v1", "Deployment", "api", None)]);
    let owner = Some(("Deployment", "api"));
    put("replicasets", vec![object("apps/v1", "ReplicaSet", "api-1", owner)]);
    put("pods", vec![object("v1", "Pod", "api-1-a", Some(("ReplicaSet", "api-1")))]);
    put("configmaps", vec![object("v1", "ConfigMap", "payments", None)]);
    f.msg(Msg::Resize(size.0, size.1));
    let mut pane = AppPane::new(DEV, AppId::new(EngineId::ArgoCd, "argocd", "payments"));
    pane.take(page);
    f.ui.push(Pane::View(Box::new(pane)));
    f.msg(Msg::Tick);
    f
}

fn here() -> Value {
    json!({"server": "https://kubernetes.default.svc", "namespace": "shop"})
}

#[test]
fn a_page_tells_how_an_app_is_what_it_delivers_and_what_that_owns_live() {
    let mut f = open((200, 50), &here(), page());
    let screen = f.screen();
    for line in ["payments · Argo CD · argocd", "OutOfSync", "window \"nights\" is closed"] {
        assert!(screen.lines().take(7).any(|one| one.contains(line)), "{line}\n{screen}");
    }
    for words in [
        &["0", "ConfigMap/payments", "Synced"][..],
        &["1", "Deployment/api", "OutOfSync", "deployment.apps/api configured"],
        &["ReplicaSet/api-1"],
        &["Pod/api-1-a", "Running"],
        &["2", "Ingress/payments-old", "prune", "no longer wanted"],
        &["Job/migrate", "PreSync Failed", "SyncFailed: job migrate has reached the backoff limit"],
        &["delivered by", "root"],
        &["deployed before"],
        &["7", "8d1e0aa", "3d ago", "Succeeded", "by anna", "raise pool size"],
    ] {
        let found = screen.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{words:?}\n{screen}");
    }
    assert!(!screen.contains('\u{1b}'));
    // One watch for each kind and namespace, none for objects.
    let links: Vec<_> =
        f.ui.subs.iter().filter(|(_, sub)| sub.need.facet == Facet::Links).collect();
    assert!(links.iter().all(|(_, sub)| sub.need.fields.is_empty()), "{links:?}");
    let (sub, need) = links
        .iter()
        .find(|(_, sub)| sub.need.gvr.plural == "pods")
        .map(|(id, sub)| (*id, sub.need.clone()))
        .unwrap();
    let pod = object("v1", "Pod", "api-1-b", Some(("ReplicaSet", "api-1")));
    let changes = f.rows(&need, &pod).into_iter().map(Change::Upsert).collect();
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
    assert!(f.screen().contains("Pod/api-1-b"), "{}", f.screen());
}

#[test]
fn lines_fold_are_filtered_and_lead_on() {
    let mut f = open((80, 24), &here(), page());
    assert!(f.selected().contains("payments"), "{}", f.screen());
    f.press("j j j");
    assert!(f.selected().contains("Deployment/api"), "{}", f.screen());
    // There is no room for its message in a column.
    assert!(f.screen().contains("deployment.apps/api configured"), "{}", f.screen());
    f.press("space");
    assert!(!f.screen().contains("ReplicaSet/api-1"), "{}", f.screen());
    f.press("space / ").type_in("api-1-a").press("enter");
    assert!(f.screen().contains("Deployment/api"), "{}", f.screen());
    assert!(!f.screen().contains("ConfigMap"), "{}", f.screen());
    f.press("j j");
    assert!(f.selected().contains("Pod/api-1-a"), "{}", f.screen());
    f.press("enter");
    assert!(f.screen().contains("Pod/api-1-a containers"), "{}", f.screen());
    f.press("esc esc g shift-h");
    assert!(f.selected().contains("8d1e0aa"), "{}", f.screen());
    f.press("k k");
    assert!(f.selected().contains("delivered by"), "{}", f.screen());
    f.press("enter");
    assert!(f.lines()[1].contains("payments › root"), "{}", f.screen());
}

#[test]
fn keys_follow_the_kind_of_the_row() {
    let mut f = open((120, 40), &here(), page());
    f.press("j j j r");
    let Some(Overlay::Plan(dialog)) = &f.ui.overlay else { panic!("{}", f.screen()) };
    assert!(dialog.plan.title.contains("Deployment/api"), "{}", dialog.plan.title);
    f.press("esc j j s");
    assert!(f.screen().contains("shell") || f.screen().contains("Shell"), "{}", f.screen());
    f.press("esc l");
    assert!(f.screen().contains("Pod/api-1-a logs"), "{}", f.screen());
    f.press("esc ctrl-d");
    let Some(Overlay::Plan(dialog)) = &f.ui.overlay else { panic!("{}", f.screen()) };
    assert!(dialog.plan.title.contains("Pod/api-1-a"), "{}", dialog.plan.title);
}

#[test]
fn objects_elsewhere_are_not_looked_up_here() {
    let far = json!({"server": "https://far.example.com", "namespace": "shop"});
    let mut f = open((120, 40), &far, page());
    let screen = f.screen();
    assert!(screen.contains("objects live on https://far.example.com"), "{screen}");
    assert!(!screen.contains("ReplicaSet"), "{screen}");
    assert!(f.ui.subs.iter().all(|(_, sub)| sub.need.facet != Facet::Links));
    f.press("j j j j r");
    assert!(f.ui.overlay.is_none(), "{}", f.screen());
    assert!(f.strip().contains("no context leads there"), "{}", f.strip());

    let prod = json!({"server": "https://prod-eu.example.com", "namespace": "shop"});
    let mut f = open((120, 40), &prod, page());
    assert!(f.screen().contains("objects live on context prod-eu"), "{}", f.screen());
    f.sent();
    f.press("j enter");
    let sent = f.sent();
    assert!(sent.iter().any(|one| matches!(one, Effect::Connect { .. })), "{sent:?}");
    let elsewhere = f.ui.subs.iter().filter(|(_, sub)| sub.need.facet == Facet::Links);
    let clusters: Vec<_> = elsewhere.map(|(_, sub)| sub.need.cluster).collect();
    assert!(!clusters.is_empty() && clusters.iter().all(|id| *id != DEV), "{clusters:?}");
    assert!(f.screen().contains("payments"), "{}", f.screen());
}

#[test]
fn an_app_that_is_gone_stays_to_be_read() {
    let mut f = open((120, 40), &here(), page());
    let (sub, _) =
        f.ui.subs
            .iter()
            .find(|(_, sub)| sub.need.facet == Facet::App && sub.need.gvr.plural == "applications")
            .unwrap();
    let key = crate::model::Key { namespace: "argocd".into(), name: "payments".into() };
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes: vec![Change::Delete(key)] }));
    assert!(f.screen().contains("gone"), "{}", f.screen());
    assert!(f.screen().contains("Deployment/api"), "{}", f.screen());
}

#[test]
fn two_thousand_objects_are_watched_by_kind_and_only_the_rows_on_screen_are_told() {
    let mut page = page();
    page.objects = (0..2_000)
        .map(|n| delivered(id("", "ConfigMap", &format!("c{n:04}")), 0, synced()))
        .collect();
    let mut f = open((120, 40), &here(), page);
    assert!(f.screen().contains("ConfigMap/c0000"), "{}", f.screen());
    let requests = f.sent();
    let reads = requests.iter().filter(|one| matches!(one, Effect::Get { .. })).count();
    assert_eq!(reads, 0, "{requests:?}");
    let watched = f.ui.subs.iter().filter(|(_, sub)| sub.need.facet == Facet::Links).count();
    assert_eq!(watched, 1);
    f.press("shift-g");
    assert!(f.selected().contains("8d1e0aa"), "{}", f.screen());
}

/// The page of a Helm release with the records that the real helm made.
fn release(name: &str) -> Fixture {
    let mut f = Fixture::serving(vec![secrets()], Start::default());
    let text = include_str!("../../../tests/fixtures/helm/secrets.json");
    let records: Value = serde_json::from_str(text).unwrap();
    let records = records.as_array().or(records["items"].as_array()).unwrap().clone();
    f.objects.insert(("dev".to_owned(), "secrets".to_owned()), records);
    f.reads = true;
    f.msg(Msg::Resize(120, 60));
    f.ui.open_app_page(DEV, AppId::new(EngineId::Helm, "shop", name));
    f.msg(Msg::Tick);
    f.press("shift-h");
    f
}

fn secrets() -> Resource {
    let mut kind = custom("", "secrets", "Secret");
    kind.gvr.version = "v1".into();
    kind
}

#[test]
fn two_revisions_of_a_release_are_compared_from_its_history() {
    let mut f = release("web");
    let newest = f.selected();
    // The newest with the one before it.
    f.press("=");
    let screen = f.screen();
    let before: Vec<String> = headings(&screen);
    assert_eq!(before.len(), 1, "{screen}");
    // Two steps older, marked, with the one after it.
    f.press("shift-h j j");
    let oldest = f.selected();
    assert_ne!(oldest, newest);
    f.press("space k =");
    let screen = f.screen();
    let after = headings(&screen);
    assert_eq!(after.len(), 1, "{screen}");
    assert_ne!(before, after);
    let signs = |sign: &str| {
        screen.lines().any(|line| line.trim_start_matches(['│', '▸', ' ']).starts_with(sign))
    };
    assert!(signs("+ ") || signs("- "), "{screen}");
    assert!(!screen.contains("hunter"), "secrets are masked: {screen}");
    // Nothing was sent but reads.
    let sent = f.sent();
    assert!(!sent.iter().any(|one| matches!(one, Effect::Run(_))), "{sent:?}");
}

fn headings(screen: &str) -> Vec<String> {
    let of = |line: &str| line.contains("what changed from").then(|| line.trim().to_owned());
    screen.lines().filter_map(of).collect()
}

#[test]
fn a_line_of_the_history_is_gone_back_to_and_read_in_full() {
    let mut f = release("web");
    f.press("j j b");
    let Some(Overlay::Plan(dialog)) = &f.ui.overlay else { panic!("{}", f.screen()) };
    let chosen = dialog.choices.iter().find(|choice| choice.id == "to").unwrap();
    let crate::verbs::Value::OneOf { at, of } = &chosen.value else { panic!("{chosen:?}") };
    let wanted = of[*at].split_whitespace().next().unwrap().to_owned();
    f.press("esc");
    let line = f.selected();
    assert!(line.contains(&format!("▸  {wanted} ")), "{wanted}: {line}");
    f.press("enter");
    assert!(f.screen().contains("in full"), "{}", f.screen());
    // Deleting is for the line of the app itself.
    f.press("esc ctrl-d");
    assert!(f.ui.overlay.is_none(), "{}", f.screen());
}

#[test]
fn what_only_helm_can_do_waits_for_no_dry_run() {
    let mut f = release("old");
    f.press("b");
    let Some(Overlay::Plan(dialog)) = &f.ui.overlay else { panic!("{}", f.screen()) };
    assert!(dialog.draft.program().is_some(), "{}", f.screen());
    assert_eq!(dialog.refusal(), None, "{}", f.screen());
    f.sent();
    f.press("tab enter");
    let sent = f.sent();
    assert!(sent.iter().any(|one| matches!(one, Effect::Program(..))), "{sent:?}");
}

#[test]
fn argo_cd_keeps_no_copy_to_compare() {
    let mut f = open((120, 40), &here(), page());
    f.press("shift-h =");
    assert!(f.strip().contains("keeps no copy"), "{}", f.strip());
}

#[test]
fn what_was_said_goes_away_by_itself() {
    let mut f = open((120, 40), &here(), page());
    f.ui.say(crate::model::Tone::Plain, "said once");
    f.press("j");
    assert!(f.strip().contains("said once"), "{}", f.screen());
    let frames = f.frames;
    f.wait(5);
    assert_eq!(f.frames, frames, "it stands for a while");
    f.wait(2);
    assert!(!f.strip().contains("said once"), "{}", f.screen());
    assert_eq!(f.frames, frames + 1);
}

/// What a workload nobody declared uses, and what leads to it: (plural, objects).
fn surroundings() -> Vec<(&'static str, Vec<Value>)> {
    let of = |api: &str, kind: &str, name: &str, spec: Value| {
        json!({"apiVersion": api, "kind": kind, "spec": spec,
            "metadata": {"name": name, "namespace": "shop"}})
    };
    let spec = json!({"serviceAccountName": "web",
        "containers": [{"name": "c", "image": "i:1", "envFrom": [{"secretRef": {"name": "db"}}]}],
        "volumes": [{"name": "conf", "configMap": {"name": "web"}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "gone"}}]});
    let mut web = of(
        "apps/v1",
        "Deployment",
        "web",
        json!({"replicas": 1,
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": spec}}),
    );
    web["status"] = json!({"readyReplicas": 1, "replicas": 1, "updatedReplicas": 1,
        "availableReplicas": 1});
    let backend = |name: &str| json!({"service": {"name": name, "port": {"number": 80}}});
    let ingress = |name: &str, service: &str| {
        of(
            "networking.k8s.io/v1",
            "Ingress",
            name,
            json!({"tls": [{"secretName": "cert"}],
            "rules": [{"http": {"paths": [{"path": "/", "backend": backend(service)}]}}]}),
        )
    };
    let selector = |app: &str| json!({"selector": {"matchLabels": {"app": app}}});
    vec![
        ("deployments", vec![web]),
        (
            "services",
            vec![
                of("v1", "Service", "web", json!({"selector": {"app": "web"}})),
                of("v1", "Service", "other", json!({"selector": {"app": "other"}})),
            ],
        ),
        ("ingresses", vec![ingress("front", "web"), ingress("aside", "other")]),
        (
            "horizontalpodautoscalers",
            vec![of(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                "web",
                json!({"maxReplicas": 3, "scaleTargetRef":
                {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}),
            )],
        ),
        (
            "poddisruptionbudgets",
            vec![
                of("policy/v1", "PodDisruptionBudget", "web", selector("web")),
                of("policy/v1", "PodDisruptionBudget", "other", selector("other")),
            ],
        ),
        (
            "configmaps",
            vec![
                of("v1", "ConfigMap", "web", json!(null)),
                of("v1", "ConfigMap", "unused", json!(null)),
            ],
        ),
        (
            "secrets",
            vec![of("v1", "Secret", "db", json!(null)), of("v1", "Secret", "cert", json!(null))],
        ),
        ("serviceaccounts", vec![of("v1", "ServiceAccount", "web", json!(null))]),
        ("persistentvolumeclaims", vec![]),
    ]
}

#[test]
fn the_page_of_a_workload_nobody_declared_shows_what_it_uses_and_what_leads_to_it() {
    let mut f = Fixture::new();
    for plural in ["replicasets", "pods"] {
        f.objects.insert(("dev".to_owned(), plural.to_owned()), Vec::new());
    }
    for (plural, objects) in surroundings() {
        f.objects.insert(("dev".to_owned(), plural.to_owned()), objects);
    }
    f.msg(Msg::Resize(200, 50));
    f.ui.open_app_page(DEV, AppId::new(EngineId::None, "shop", "web"));
    f.msg(Msg::Tick);
    let screen = f.screen();
    for words in [
        &["uses, and is reached by (9)"][..],
        &["runs as", "ServiceAccount/web", "service account"],
        &["env from", "Secret/db", "all keys as env of c"],
        &["mounts", "ConfigMap/web", "volume conf"],
        &["mounts", "PersistentVolumeClaim/gone", "not there"],
        &["selected by", "Service/web"],
        &["selected by", "PodDisruptionBudget/web"],
        &["scaled by", "HorizontalPodAutoscaler/web"],
        &["routed to by", "Ingress/front", "Service/web"],
        &["refers to", "Secret/cert", "spec.tls", "Ingress/front"],
    ] {
        let line = screen.lines().find(|line| words.iter().all(|word| line.contains(word)));
        assert!(line.is_some(), "{words:?}\n{screen}");
    }
    for other in ["/other", "unused", "aside"] {
        assert!(!screen.contains(other), "{other}\n{screen}");
    }
    // One list and watch for each kind, none for an object.
    let sent = f.sent();
    let asked = |effect: &&Effect| matches!(effect, Effect::Get { .. } | Effect::Read { .. });
    assert_eq!(sent.iter().filter(asked).count(), 0);

    // It is live.
    let links = f.ui.subs.iter().find(|(_, sub)| sub.need.gvr.plural == "services");
    let (sub, need) = links.map(|(id, sub)| (id, sub.need.clone())).unwrap();
    let late = json!({"apiVersion": "v1", "kind": "Service", "spec": {"selector": {"app": "web"}},
        "metadata": {"name": "late", "namespace": "shop"}});
    let changes = f.rows(&need, &late).into_iter().map(Change::Upsert).collect();
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
    assert!(f.screen().contains("Service/late"), "{}", f.screen());
}

/// What Argo CD knows of a cluster by its name.
fn cluster_secret(name: &str, server: &str) -> Value {
    let b64 = |text: &str| base64::Engine::encode(&base64::prelude::BASE64_STANDARD, text);
    json!({"metadata": {"name": name, "namespace": "argocd",
            "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
        "data": {"name": b64(name), "server": b64(server), "config": b64("{\"bearerToken\":\"hunter2\"}")}})
}

/// The page of an app whose destination is a name, with these cluster Secrets; reads are answered.
fn named(secrets: Option<Vec<Value>>) -> Fixture {
    let mut f = Fixture::serving(vec![applications()], Start::default());
    f.reads = true;
    let destination = json!({"name": "far", "namespace": "shop"});
    let mut app = application("payments", &destination);
    app["status"]["resources"] = json!([
        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "api"},
        {"version": "v1", "kind": "ConfigMap", "namespace": "shop", "name": "payments"}]);
    f.objects.insert(("dev".to_owned(), "applications".to_owned()), vec![app]);
    match secrets {
        Some(secrets) => {
            f.objects.insert(("dev".to_owned(), "secrets".to_owned()), secrets);
        }
        None => f.denied.push(("list", "secrets")),
    }
    let there = vec![object("apps/v1", "Deployment", "api", None)];
    f.objects.insert(("prod-eu".to_owned(), "deployments".to_owned()), there);
    f.msg(Msg::Resize(120, 40));
    f.ui.open_app_page(DEV, AppId::new(EngineId::ArgoCd, "argocd", "payments"));
    f.msg(Msg::Tick);
    f
}

#[test]
fn a_cluster_that_argo_cd_knows_by_name_is_found_by_its_secret() {
    let other = cluster_secret("other", "https://other.example.com");
    let far = |server: &str| vec![other.clone(), cluster_secret("far", server)];
    let mut f = named(Some(far("https://prod-eu.example.com/")));
    assert!(f.screen().contains("objects live on context prod-eu"), "{}", f.screen());
    let reads = f.sent().into_iter().filter(|one| {
        matches!(one, Effect::Read { read, .. }
        if read.path.contains("secret-type%3Dcluster"))
    });
    assert_eq!(reads.count(), 1, "one list for all names");
    assert!(!format!("{:?}", f.ui.estates).contains("hunter2"));

    // Its workloads are restarted there, in a plan that names that cluster.
    f.press("g r");
    assert!(f.strip().contains("which is not connected"), "{}", f.strip());
    f.press("j enter");
    f.sent();
    f.press("g r");
    let screen = f.screen();
    for words in ["Restart Argo CD payments", "on prod-eu", "Deployment/api"] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    f.press("enter");
    let plan = super::fixture::plan(&f.sent());
    assert_ne!(plan.cluster, DEV);
    assert_eq!(plan.context, "prod-eu");
    let paths: Vec<_> = plan.requests.iter().map(|one| one.target.to_string()).collect();
    assert_eq!(paths, ["Deployment/api"]);

    for (secrets, why) in [
        (Some(far("https://nowhere.example.com")), "https://nowhere.example.com"),
        (Some(vec![other.clone()]), "Argo CD has no cluster called far"),
        (None, "you may not list the cluster Secrets in argocd"),
    ] {
        let f = named(secrets);
        assert!(f.screen().contains(why), "{why}\n{}", f.screen());
        assert!(!f.screen().contains("ReplicaSet"));
    }
}
