#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::kinds::{Pool, Projection};
use crate::model::{Catalogue, ClusterId, Facet, Gvr, Resource};
use serde_json::json;

fn resource(group: &str, version: &str, plural: &str, kind: &str) -> Resource {
    Resource {
        gvr: Gvr::new(group, version, plural),
        kind: kind.into(),
        singular: Text::new(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: vec!["list".into(), "watch".into()],
        subresources: Vec::new(),
        preferred: true,
    }
}

/// The apps of a cluster that serves Secrets only, with these objects.
fn estate(records: &[Value]) -> Estate {
    let secrets = resource("", "v1", "secrets", "Secret");
    let mut estate = Estate::new(ClusterId(0));
    let watches = estate.watches(&Catalogue::new(vec![secrets.clone()])).to_vec();
    let watch = watches.iter().position(|watch| watch.labels == "owner=helm").unwrap();
    let (projection, _) = Projection::new(&secrets, Facet::App, &[], &[]);
    let mut pool = Pool::default();
    for (slot, record) in records.iter().enumerate() {
        let mut rows = Vec::new();
        projection.rows(record.to_string().as_bytes(), &mut pool, &mut rows).unwrap();
        estate.feed(u16::try_from(watch).unwrap(), u32::try_from(slot).unwrap(), rows.first());
    }
    estate.settle(&|_| Text::new());
    estate
}

fn record(release: &str, revision: u32, status: &str) -> Value {
    json!({"metadata": {"name": format!("sh.helm.release.v1.{release}.v{revision}"), "namespace": "shop",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"owner": "helm", "name": release, "version": revision.to_string(), "status": status,
            "modifiedAt": (1_700_000_000 + revision).to_string()}}})
}

fn one(records: &[Value]) -> App {
    let estate = estate(records);
    let apps: Vec<&App> = estate.apps().collect();
    assert_eq!(apps.len(), 1, "{apps:?}");
    apps[0].clone()
}

#[test]
fn the_newest_record_of_a_release_tells_how_it_is() {
    // v10 comes before v9 in the order of names.
    let app = one(&[
        record("web", 10, "deployed"),
        record("web", 9, "superseded"),
        record("web", 8, "superseded"),
    ]);
    assert_eq!(app.id, AppId::new(EngineId::Helm, "shop", "web"));
    assert_eq!(app.object.unwrap().name, "sh.helm.release.v1.web.v10");
    assert_eq!((app.sync.word.as_str(), app.sync.tone), ("v10 deployed", Tone::Good));
    assert_eq!((app.since, app.running), (1_700_000_010, false));
    assert_eq!(app.message, "");
}

#[test]
fn what_went_wrong_is_said_and_what_stands_beside_it() {
    let failed = one(&[record("web", 1, "deployed"), record("web", 2, "failed")]);
    assert_eq!((failed.sync.word.as_str(), failed.sync.tone), ("v2 failed", Tone::Bad));
    assert_eq!(failed.message, "v1 is the last that was deployed");
    let first = one(&[record("web", 1, "failed")]);
    assert_eq!(first.message, "nothing was ever deployed");
    let pending = one(&[record("web", 1, "deployed"), record("web", 2, "pending-upgrade")]);
    assert!(pending.running);
    assert_eq!(pending.operation.word, "pending-upgrade");
    assert_eq!(pending.operation.since, 1_700_000_002);
    let two = one(&[record("web", 1, "deployed"), record("web", 2, "deployed")]);
    assert_eq!(two.sync.tone, Tone::Warn);
    assert!(two.message.contains("v1 says deployed too"), "{}", two.message);
    let kept = one(&[record("web", 1, "uninstalled")]);
    assert_eq!((kept.sync.word.as_str(), kept.sync.tone), ("v1 uninstalled", Tone::Dim));
}

#[test]
fn a_release_is_there_as_long_as_one_of_its_records_is() {
    let records = [record("web", 1, "superseded"), record("web", 2, "deployed")];
    let mut estate = estate(&records);
    let id = AppId::new(EngineId::Helm, "shop", "web");
    let watch = 0;
    estate.feed(watch, 1, None);
    estate.settle(&|_| Text::new());
    let app = estate.app(&id).unwrap();
    assert!(app.message.contains("the one after it is lost"), "{}", app.message);
    estate.feed(watch, 0, None);
    estate.settle(&|_| Text::new());
    assert!(estate.app(&id).is_none());
}

const SECRETS: &str = include_str!("../../../tests/fixtures/helm/secrets.json");
const CONFIG_MAPS: &str = include_str!("../../../tests/fixtures/helm/configmaps.json");

/// What Helm left on a cluster: `web` was installed with Helm 4, upgraded twice and rolled back; `old`
/// comes from Helm 3 and has hooks; `bad` failed, `stuck` was killed, `gone` was uninstalled.
fn list(release: &str) -> Value {
    let mut list: Value = serde_json::from_str(SECRETS).unwrap();
    let items = list["items"].as_array_mut().unwrap();
    items.retain(|item| item["metadata"]["labels"]["name"] == release);
    assert!(!items.is_empty(), "{release}");
    list
}

/// The newest record of a list, as it is read alone.
fn newest(list: &Value) -> Value {
    let newest = list["items"].as_array().unwrap().last().unwrap();
    let mut newest = newest.clone();
    newest["kind"] = list["kind"].as_str().unwrap().trim_end_matches("List").into();
    newest
}

fn app_of(release: &str) -> App {
    let estate = estate(list(release)["items"].as_array().unwrap());
    let apps: Vec<&App> = estate.apps().collect();
    apps[0].clone()
}

fn served() -> Catalogue {
    Catalogue::new(vec![
        resource("", "v1", "secrets", "Secret"),
        resource("", "v1", "configmaps", "ConfigMap"),
        resource("", "v1", "services", "Service"),
        resource("apps", "v1", "deployments", "Deployment"),
    ])
}

fn page_of(release: &str, now: i64) -> Page {
    let (app, list) = (app_of(release), list(release));
    page::page(&app, &served(), &[Ok(newest(&list)), Ok(list)], now)
}

fn fact<'p>(page: &'p Page, label: &str) -> Option<&'p super::super::page::Fact> {
    page.facts.iter().find(|fact| fact.label == label)
}

/// When the fixtures were made.
const MADE: i64 = 1_795_841_900;

#[test]
fn a_page_tells_what_helm_history_and_helm_get_tell() {
    let page = page_of("web", MADE);
    assert_eq!(fact(&page, "chart").unwrap().text, "web 1.0.0, app 2.4");
    assert_eq!(fact(&page, "status").unwrap().text, "v4 deployed: Rollback to 1");
    assert_eq!(fact(&page, "notes").unwrap().text, "web is at http://web.");
    assert!(fact(&page, "stuck").is_none() && fact(&page, "records").is_none());
    let history: Vec<String> = page
        .history
        .iter()
        .map(|one| format!("{} {} {} {}", one.id, one.outcome.word, one.revision, one.note))
        .collect();
    assert_eq!(
        history,
        [
            "4 deployed web-1.0.0 (2.4) Rollback to 1",
            "3 superseded web-1.0.0 (2.4) Upgrade complete",
            "2 superseded web-1.0.0 (2.4) Upgrade complete",
            "1 superseded web-1.0.0 (2.4) Install complete",
        ]
    );
    let objects: Vec<String> =
        page.objects.iter().map(|one| format!("{} {}", one.id, one.id.namespace)).collect();
    assert_eq!(objects, ["Secret/web shop", "ConfigMap/web shop", "Deployment/web shop"]);
}

#[test]
fn what_is_read_of_a_release_has_no_password_in_it() {
    let page = page_of("web", MADE);
    let text = |title: &str| {
        &page
            .texts
            .iter()
            .find(|text| text.title == title)
            .unwrap_or_else(|| panic!("{title}"))
            .text
    };
    assert_eq!(text("values"), "adminPassword: '********'\n");
    assert!(text("all values").contains("greeting: hello"), "{}", text("all values"));
    assert!(text("manifest").contains("# Source: web/templates/all.yaml"));
    assert!(!format!("{page:?}").contains("hunter2"));
    let list = list("web");
    let compared = page::compare(&app_of("web"), &[Ok(newest(&list)), Ok(list)], ("2", "3"));
    let lines: Vec<String> = compared.unwrap().into_iter().map(|line| line.text).collect();
    let has = |line: &str| assert!(lines.iter().any(|l| l == line), "{line}: {lines:#?}");
    has("@@ values @@");
    has("- replicas: 2");
    has("@@ Service/web: goes @@");
    has("@@ ConfigMap/web-kept: stays, as its resource policy says @@");
    has("-   replicas: 2");
    has("+   replicas: 3");
    assert!(!lines.iter().any(|line| line.contains("hunter2")));
}

#[test]
fn computed_values_leave_out_what_was_given_as_null() {
    let kept = page::records(&list("web"));
    let v3 = kept.iter().find(|kept| kept.revision == 3).unwrap().release.as_ref().unwrap();
    assert_eq!(v3.computed()["labels"], json!({"team": "shop"}));
    assert_eq!(v3.computed()["greeting"], "hej");
}

#[test]
fn hooks_and_what_is_stuck_are_told() {
    let page = page_of("old", MADE);
    let hook = page.objects.iter().find(|one| !one.hook.is_empty()).unwrap();
    assert_eq!(hook.id.to_string(), "ConfigMap/old-before");
    assert_eq!(hook.hook, "pre-install,pre-upgrade,pre-rollback Succeeded");
    assert!(fact(&page, "applied").unwrap().text.contains("Helm 3"));
    assert!(fact(&page_of("stuck", MADE), "stuck").is_none(), "it may be at work still");
    assert!(fact(&page_of("stuck", MADE + 3600), "stuck").is_some());
}

#[test]
fn records_in_config_maps_are_read_too() {
    let list: Value = serde_json::from_str(CONFIG_MAPS).unwrap();
    let release = release::Release::of(&newest(&list)).unwrap();
    assert_eq!((release.name(), release.revision()), ("cm", 1));
    assert!(page::records(&list)[0].release.is_ok());
}

#[test]
fn a_damaged_record_is_told_and_hides_no_other() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let mut list = list("web");
    list["items"][3]["data"]["release"] = "bm90IGJhc2U2NCE=".into();
    let page = page::page(&app_of("web"), &served(), &[Ok(newest(&list)), Ok(list)], MADE);
    assert!(page.objects_unknown.contains("no base64"), "{}", page.objects_unknown);
    let words: Vec<&str> = page.history.iter().map(|one| one.outcome.word.as_str()).collect();
    assert_eq!(words, ["unreadable", "superseded", "superseded", "superseded"]);
    // A megabyte of gzip can hold a gigabyte.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..51 {
        std::io::Write::write_all(&mut gzip, &zeros).unwrap();
    }
    let bomb = STANDARD.encode(STANDARD.encode(gzip.finish().unwrap()));
    let bomb = json!({"kind": "Secret", "metadata": {"name": "x"}, "data": {"release": bomb}});
    assert!(release::Release::of(&bomb).unwrap_err().why.contains("50 MiB"));
    // Not packed, as the first versions kept it, and with moments that have not come.
    let plain = json!({"name": "web", "version": 1, "info": {"status": "deployed", "deleted": "", "last_deployed": ""}});
    let plain = STANDARD.encode(STANDARD.encode(plain.to_string()));
    let plain = json!({"kind": "Secret", "metadata": {"name": "x"}, "data": {"release": plain}});
    assert_eq!(release::Release::of(&plain).unwrap().last_deployed(), 0);
}

#[test]
fn a_release_that_flux_makes_is_a_part_of_its_helm_release() {
    let helm_release = |name: &str, spec: Value| json!({"metadata": {"name": name, "namespace": "shop", "uid": "u"}, "spec": spec});
    let mut all = estate(&[record("web", 1, "deployed"), record("shop-api", 1, "deployed")]);
    let hr = resource("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease");
    let kinds = vec![resource("", "v1", "secrets", "Secret"), hr.clone()];
    let watches = all.watches(&Catalogue::new(kinds)).to_vec();
    let watch = watches.iter().position(|watch| watch.resource == hr).unwrap();
    let watch = u16::try_from(watch).unwrap();
    let (projection, _) = Projection::new(&hr, Facet::App, &[], &[]);
    let mut pool = Pool::default();
    let mut rows = Vec::new();
    for object in
        [helm_release("web", json!({})), helm_release("api", json!({"targetNamespace": "shop"}))]
    {
        projection.rows(object.to_string().as_bytes(), &mut pool, &mut rows).unwrap();
    }
    all.feed(watch, 0, Some(&rows[0]));
    all.feed(watch, 1, Some(&rows[1]));
    all.settle(&|_| Text::new());
    let id = |engine, name: &str| AppId::new(engine, "shop", name);
    let folded =
        |all: &Estate, name: &str| all.app(&id(EngineId::Helm, name)).unwrap().folded_into.clone();
    assert_eq!(folded(&all, "web"), Some(id(EngineId::HelmRelease, "web")));
    assert_eq!(folded(&all, "shop-api"), Some(id(EngineId::HelmRelease, "api")));
    let why = Helm.refusal(Verb::Rollback, all.app(&id(EngineId::Helm, "web")).unwrap(), &all);
    assert!(why.unwrap().starts_with("Flux hr web delivers it"));
    // Without its HelmRelease it stands for itself again.
    all.feed(watch, 0, None);
    all.settle(&|_| Text::new());
    assert_eq!(folded(&all, "web"), None);
}

mod plans {
    use super::*;
    use crate::model::{Method, Plan, PlanId, PlanRequest};
    use crate::verbs::Value as Chosen;

    fn ground(app: &App) -> (ObjRef, Ground) {
        let record = app.object.clone().unwrap();
        (record.clone(), Ground { record, catalogue: served() })
    }

    fn rollback(release: &str) -> Rollback {
        let app = app_of(release);
        let (record, ground) = ground(&app);
        let mut draft = Rollback::new(&app, record, ground, MADE);
        assert_eq!(draft.reads().len(), 1);
        draft.learn(0, Ok(&list(release).to_string()));
        draft
    }

    fn plan(draft: &dyn Draft) -> Plan {
        draft.plan(PlanId(1), &"dev".into()).unwrap()
    }

    fn told(request: &PlanRequest) -> String {
        let path = request.path.split('?').next().unwrap();
        format!("{} {} {path}", request.stage, request.method.as_str())
    }

    fn body(request: &PlanRequest) -> Value {
        serde_json::from_str(&request.body).unwrap()
    }

    fn revision_in(request: &PlanRequest) -> release::Release {
        release::Release::of(&body(request)).unwrap()
    }

    #[test]
    fn a_rollback_keeps_a_record_applies_and_deletes_as_helm_does() {
        let mut draft = rollback("web");
        // v3 went well last; v2 is wanted, which had more.
        draft.set("to", Chosen::OneOf { at: 1, of: Vec::new() });
        let there = plan(&draft);
        let told: Vec<String> = there.requests.iter().map(told).collect();
        let (shop, apps) = ("/api/v1/namespaces/shop", "/apis/apps/v1/namespaces/shop");
        assert_eq!(
            told,
            [
                format!("0 POST {shop}/secrets"),
                format!("1 PATCH {shop}/secrets/web"),
                format!("2 PATCH {shop}/configmaps/web"),
                format!("2 PATCH {shop}/configmaps/web-kept"),
                format!("3 PATCH {shop}/services/web"),
                format!("4 PATCH {apps}/deployments/web"),
                format!("5 PUT {shop}/secrets/sh.helm.release.v1.web.v4"),
                format!("6 PUT {shop}/secrets/sh.helm.release.v1.web.v5"),
            ]
        );
        let pending = revision_in(&there.requests[0]);
        assert_eq!((pending.revision(), pending.status()), (5, "pending-rollback"));
        assert_eq!(pending.description(), "Rollback to 2");
        assert_eq!(body(&there.requests[0])["metadata"]["labels"]["team"], "shop");
        assert_eq!(revision_in(&there.requests[6]).status(), "superseded");
        let done = body(&there.requests[7]);
        assert_eq!(done["metadata"]["labels"]["status"], "deployed");
        assert_eq!(done["metadata"]["labels"]["version"], "5");
        assert_eq!(done["type"], "helm.sh/release.v1");
        let apply = &there.requests[5];
        assert!(apply.path.ends_with("?fieldManager=helm&force=false&fieldValidation=Strict"));
        let object = body(apply);
        assert_eq!(object["metadata"]["annotations"]["meta.helm.sh/release-name"], "web");
        assert_eq!(object["metadata"]["namespace"], "shop");
        assert_eq!(object["spec"]["replicas"], 2);
        assert!(there.loses && !draft.exhibit().is_empty());
        // What is shown of it has no value of a Secret.
        let shown: String = there.requests.iter().map(|r| r.shown_body(false)).collect();
        assert!(!shown.contains("hunter2") && shown.contains("********"), "{shown}");
    }

    #[test]
    fn what_the_older_revision_has_not_goes_last_and_so_do_old_records() {
        let app = app_of("web");
        let (record, ground) = ground(&app);
        let mut list = list("web");
        // v2 is the newest, with a Service and something that is to stay.
        list["items"].as_array_mut().unwrap().truncate(2);
        let mut old = list["items"][0].clone();
        for n in 1..=9 {
            old["metadata"]["name"] = format!("sh.helm.release.v1.web.v{}", n + 20).into();
            let at = usize::try_from(n - 1).unwrap();
            list["items"].as_array_mut().unwrap().insert(at, old.clone());
        }
        // Ordered by revision as their names tell, v29 is the newest here.
        let mut draft = Rollback::new(&app, record, ground, MADE);
        draft.learn(0, Ok(&list.to_string()));
        let there = plan(&draft);
        let last = there.requests.iter().rev().take(2).map(told).collect::<Vec<_>>();
        assert!(
            last[0].ends_with("DELETE /api/v1/namespaces/shop/secrets/sh.helm.release.v1.web.v2")
        );
        assert!(
            last[1].ends_with("DELETE /api/v1/namespaces/shop/secrets/sh.helm.release.v1.web.v1")
        );

        let mut two = list.clone();
        two["items"].as_array_mut().unwrap().drain(..9);
        draft.learn(0, Ok(&two.to_string()));
        let there = plan(&draft);
        let gone: Vec<String> = there
            .requests
            .iter()
            .filter(|r| r.method == Method::Delete)
            .map(|r| r.target.to_string())
            .collect();
        assert_eq!(gone, ["Service/web"], "what is to be kept stays");
        assert!(there.requests.last().unwrap().target.uid.is_empty());
    }

    #[test]
    fn what_only_helm_can_do_is_left_to_helm() {
        let draft = rollback("old");
        let there = plan(&draft);
        assert!(there.requests.is_empty());
        let program = draft.program().unwrap();
        assert_eq!(program.words(), "helm rollback old 1 --namespace shop");
        assert!(there.notes.iter().any(|note| note.text.contains("Helm 3")), "{:?}", there.notes);
        let mut ours = rollback("web");
        assert!(ours.program().is_none());
        ours.set("helm", Chosen::Toggle(true));
        assert_eq!(ours.program().unwrap().words(), "helm rollback web 3 --namespace shop");
        assert!(plan(&ours).requests.is_empty());
    }

    #[test]
    fn a_kind_that_is_not_served_is_a_reason_to_leave_it() {
        let app = app_of("web");
        let (record, mut ground) = ground(&app);
        ground.catalogue = Catalogue::new(vec![resource("", "v1", "secrets", "Secret")]);
        let mut draft = Rollback::new(&app, record, ground, MADE);
        draft.learn(0, Ok(&list("web").to_string()));
        assert!(draft.program().is_some());
        let there = plan(&draft);
        let why = "by your own helm: the server does not serve ConfigMap of v1";
        assert!(there.notes.iter().any(|note| note.text == why), "{:?}", there.notes);
    }

    #[test]
    fn a_stuck_release_is_rolled_back_to_what_was_deployed() {
        let draft = rollback("stuck");
        let there = plan(&draft);
        assert!(there.notes[0].text.contains("v2 says pending-upgrade since"), "{:?}", there.notes);
        assert_eq!(revision_in(&there.requests[0]).description(), "Rollback to 1");
        // The first release of all has nothing behind it.
        let app = app_of("gone");
        let (record, ground) = ground(&app);
        let mut draft = Rollback::new(&app, record, ground, MADE);
        draft.learn(0, Ok(&list("gone").to_string()));
        let why = draft.plan(PlanId(1), &"dev".into()).unwrap_err().why;
        assert!(why.contains("nothing to go back to"), "{why}");
    }

    #[test]
    fn uninstalling_takes_objects_and_then_records() {
        let app = app_of("web");
        let (record, ground) = ground(&app);
        let mut draft = Uninstall::new(&app, record, ground, MADE);
        draft.learn(0, Ok(&list("web").to_string()));
        let there = plan(&draft);
        let told: Vec<String> = there.requests.iter().map(told).collect();
        let (shop, apps) = ("/api/v1/namespaces/shop", "/apis/apps/v1/namespaces/shop");
        assert_eq!(told[0], format!("0 PUT {shop}/secrets/sh.helm.release.v1.web.v4"));
        assert_eq!(revision_in(&there.requests[0]).status(), "uninstalling");
        assert_eq!(told[1], format!("1 DELETE {apps}/deployments/web"));
        assert_eq!(told[3], format!("3 DELETE {shop}/secrets/web"));
        assert_eq!(told.len(), 8);
        assert!(told[7].starts_with("4 DELETE") && told[7].ends_with(".web.v1"));
        assert!(there.loses);
        assert_eq!(draft.name_to_type().unwrap(), "web");
        // A release that is only remembered has no objects any more.
        let app = app_of("gone");
        let (record, ground) = self::ground(&app);
        let mut draft = Uninstall::new(&app, record, ground, MADE);
        draft.learn(0, Ok(&list("gone").to_string()));
        assert_eq!(plan(&draft).requests.len(), 1);
    }
}
