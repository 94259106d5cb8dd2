//! `wheelhouse drift --exact`: Argo CD's own comparison, read from its Redis through the API server and a
//! pod, and what happens where that cannot be done.

use super::program;
use crate::support::api::Api;
use crate::support::control_plane::wheelhouse;
use crate::support::engines::Argo;
use crate::support::engines::argo::NAMESPACE;
use crate::support::engines::cache::{self, Redis};
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_argo("engines::argos_own_comparison_is_read_or_it_is_said_why_not", stories)]
}

/// What `drift` says of each object of an app, by kind and name, with how sure it is of each.
fn exact(argo: &Argo, name: &str) -> Value {
    let target = format!("argocd/{name}");
    let document = program::document(&argo.plane, &["drift", &target, "--exact"]);
    document["comparisons"][0].clone()
}

/// Holds it against what the controller keeps, field for field. How many objects were compared.
pub fn is_its_own(argo: &Argo, name: &str) -> usize {
    let (_, kept) = Redis::connect(argo.redis).kept(name);
    let ours = exact(argo, name);
    assert_eq!(ours["shortfall"], Value::Null, "{ours:#}");
    assert_eq!(ours["confidence"], "exact", "{ours:#}");
    let objects = ours["objects"].as_array().expect("objects");
    let mut compared = 0;
    for item in &kept {
        let of = |one: &&Value| one["kind"] == item["kind"] && one["name"] == item["name"];
        let one = objects.iter().find(of).expect("the object");
        let state = |name: &str| -> Value {
            serde_json::from_str(item[name].as_str().expect("a state")).expect("JSON")
        };
        if state("liveState").is_null() {
            assert_eq!(one["state"], "missing", "{one:#}");
            continue;
        }
        compared += 1;
        assert_eq!(one["confidence"], "exact", "{one:#}");
        let (mut is, desired) = (state("normalizedLiveState"), state("predictedLiveState"));
        let fields: Vec<&Value> =
            one["fields"].as_array().expect("fields").iter().filter(counts).collect();
        assert_eq!(!fields.is_empty(), item["modified"] == true, "{item:#} {one:#}");
        for field in fields {
            let path = steps(field["path"].as_str().expect("a path"));
            let (wanted, live) = (at(&desired, &path).cloned(), at(&is, &path).cloned());
            if item["kind"] == "Secret" {
                assert_ne!(field.get("desired"), field.get("live"), "{field}");
                assert_eq!(field.get("desired").is_some(), wanted.is_some(), "{field}");
                assert_eq!(field.get("live").is_some(), live.is_some(), "{field}");
            } else {
                assert_eq!(field.get("desired"), wanted.as_ref(), "{field}");
                assert_eq!(field.get("live"), live.as_ref(), "{field}");
            }
            assert_ne!(wanted, live, "{field}");
            put(&mut is, &path, wanted);
        }
        assert_eq!(sorted(is), sorted(desired), "all differences are told: {one:#}");
    }
    compared
}

/// What Argo CD ignores is told beside, and is not in its own comparison.
fn counts(field: &&Value) -> bool {
    !field["noise"].as_str().is_some_and(|noise| noise.starts_with("ignored by ignoreDifferences"))
}

/// A step of a path as it is printed.
#[derive(Debug)]
enum Step {
    Field(String),
    Item(Vec<(String, String)>),
    At(usize),
}

fn steps(path: &str) -> Vec<Step> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            if inside.starts_with('"') {
                let mut texts = serde_json::Deserializer::from_str(inside).into_iter::<String>();
                let text = texts.next().expect("a name").expect("a name in quotes");
                rest = &inside[texts.byte_offset() + 1..];
                out.push(Step::Field(text));
                continue;
            }
            let (step, after) = inside.split_once(']').expect("an end");
            rest = after;
            out.push(match step.parse() {
                Ok(number) => Step::At(number),
                Err(_) => Step::Item(
                    step.split(',')
                        .map(|pair| pair.split_once('=').expect("a key and a value"))
                        .map(|(key, value)| (key.to_owned(), value.to_owned()))
                        .collect(),
                ),
            });
            continue;
        }
        let from = rest.strip_prefix('.').unwrap_or(rest);
        let end = from.find(['.', '[']).unwrap_or(from.len());
        out.push(Step::Field(from[..end].to_owned()));
        rest = &from[end..];
    }
    out
}

fn found(items: &[Value], keys: &[(String, String)]) -> Option<usize> {
    let is = |item: &Value| {
        keys.iter().all(|(key, value)| match &item[key] {
            Value::String(text) => text == value,
            other => value.parse::<Value>().is_ok_and(|value| value == *other),
        })
    };
    items.iter().position(is)
}

fn at<'v>(object: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(object, |at, step| match step {
        Step::Field(name) => at.get(name),
        Step::At(number) => at.get(number),
        Step::Item(keys) => {
            let items = at.as_array()?;
            items.get(found(items, keys)?)
        }
    })
}

fn put(object: &mut Value, path: &[Step], value: Option<Value>) {
    let (last, way) = path.split_last().expect("a step");
    let mut place = object;
    for step in way {
        place = match step {
            Step::Field(name) => &mut place[name],
            Step::At(number) => &mut place[number],
            Step::Item(keys) => {
                let items = place.as_array_mut().expect("a list");
                let at = found(items, keys).expect("the item");
                &mut items[at]
            }
        };
    }
    match (last, value) {
        (Step::Field(name), Some(value)) => place[name] = value,
        (Step::Field(name), None) => drop(place.as_object_mut().expect("a map").remove(name)),
        (Step::At(number), Some(value)) => place[number] = value,
        (Step::Item(keys), value) => {
            let items = place.as_array_mut().expect("a list");
            match (found(items, keys), value) {
                (Some(at), Some(value)) => items[at] = value,
                (Some(at), None) => drop(items.remove(at)),
                (None, Some(value)) => items.push(value),
                (None, None) => {}
            }
        }
        (Step::At(_), None) => panic!("no item is taken from a list without names"),
    }
}

/// Where an item was put does not matter.
fn sorted(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => {
            items.iter_mut().for_each(|item| *item = sorted(item.take()));
            items.sort_by_key(Value::to_string);
        }
        Value::Object(map) => {
            map.values_mut().for_each(|value| *value = sorted(value.take()));
            map.sort_keys();
        }
        _ => {}
    }
    value
}

/// Something that listens and answers each connection with these bytes, and no more.
fn answering(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut waste = [0; 1 << 10];
            let _ = stream.read(&mut waste);
            let _ = stream.write_all(bytes);
        }
    });
    port
}

fn stories(argo: &Argo) {
    let name = "argo-exact";
    let repository = argo.repository(name);
    let map = |value: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"value": value}})
            .to_string()
    };
    // Applied by the server: it leaves no manifest, and only Argo CD itself knows what it wants.
    let secret = json!({"apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "word", "annotations": {"argocd.argoproj.io/sync-options": "ServerSideApply=true"}},
        "stringData": {"word": "canary-one"}})
    .to_string();
    repository.commit(&[("map.json", &map("1")), ("secret.json", &secret)]);
    argo.create(name, &repository, &json!({}));
    argo.until_status(name, "OutOfSync", "Healthy");
    program::act(&argo.plane, "sync", &format!("argocd/{name}"), &[]).ended(0);
    argo.until(name, "synced", |app| app["status"]["sync"]["status"] == "Synced");
    let edit = |path: &str, body: &Value| {
        let path = format!("/api/v1/namespaces/{name}/{path}?fieldManager=kubectl-edit");
        let (code, answer) =
            argo.api.call_as("PATCH", &path, crate::support::api::MERGE, Some(body));
        assert_eq!(code, 200, "{answer}");
    };
    edit("configmaps/web", &json!({"data": {"value": "2", "beside": "x"}}));
    edit("secrets/word", &json!({"stringData": {"word": "canary-two"}}));
    argo.refresh(name);
    argo.until(name, "compared", |app| app["status"]["sync"]["status"] == "OutOfSync");
    argo.refresh(name);
    assert_eq!(is_its_own(argo, name), 2);

    let run = |more: &[&str]| {
        let target = format!("argocd/{name}");
        let output = wheelhouse(argo.plane.dir())
            .env("KUBECONFIG", argo.plane.kubeconfig("admin"))
            .args(["drift", &target, "--exact"])
            .args(more)
            .output()
            .expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        for hidden in ["canary", cache::PASSWORD] {
            assert!(!out.contains(hidden) && !err.contains(hidden), "{out}{err}");
        }
        assert_eq!(output.status.code(), Some(1), "{out}{err}");
        (out, err)
    };
    // What it does is said, and what it found: also of the Secret, of which nothing else knows.
    let (out, err) = run(&[]);
    assert!(out.contains("what Argo CD compares with") && out.contains("exact"), "{out}");
    assert!(out.contains("data.word") && out.contains("data.value"), "{out}");
    assert!(err.contains("enters Pod/argocd-redis-0 in argocd"), "{err}");

    // An object that changed since is compared without; the others are not.
    edit("configmaps/web", &json!({"data": {"value": "3"}}));
    let (key, _) = Redis::connect(argo.redis).kept(name);
    let stale = exact(argo, name);
    let web = stale["objects"].as_array().into_iter().flatten().find(|one| one["name"] == "web");
    let web = web.expect("the ConfigMap");
    if web["confidence"] == "last-applied" {
        let note = web["note"].as_str().unwrap_or_default();
        assert!(note.contains("changed since Argo CD compared it"), "{web:#}");
    }

    // Whatever goes wrong: the usual comparison, and a sentence of its own.
    let without = |why: &str, more: &[&str]| {
        let (out, err) = run(more);
        assert!(out.contains("last applied") && out.contains("data.value"), "{out}{err}");
        let told = out.lines().find(|line| line.trim_start().starts_with("not exact: "));
        assert!(told.is_some_and(|line| line.contains(why)), "{why}: {out}{err}");
    };
    without("runs read-only, and enters no pod", &["--readonly"]);
    rights(&argo.api);
    without("Secret argocd/argocd-redis", &["--as=nosy"]);
    cache::set_password(&argo.api, NAMESPACE, "wrong");
    without("its Redis refuses the password", &[]);
    cache::set_password(&argo.api, NAMESPACE, cache::PASSWORD);
    for (answer, why) in [
        (&b"+OK\r\n$6\r\n\x1f\x8bjunk\r\n"[..], "cannot be unpacked"),
        (b"+OK\r\n-MOVED 1 10.0.0.1:6379\r\n", "its Redis is a cluster"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no Redis, or wants TLS"),
        (b"+OK\r\n$-1\r\n$-1\r\n", "Argo CD keeps no comparison of it just now"),
    ] {
        argo.lead_to(answering(answer));
        without(why, &[]);
    }
    // The rest of an answer does not come; what plays the kubelet here does not tell that it was cut.
    argo.lead_to(answering(b"+OK\r\n$5000\r\n\x1f\x8b"));
    without("no answer within 3s", &["--request-timeout=3s"]);
    // Nobody listens.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    argo.lead_to(free.port());
    without("", &[]);
    argo.lead_to(argo.redis);
    let label = |value: &str| {
        let path = format!("/api/v1/namespaces/{NAMESPACE}/pods/{}", cache::POD);
        let body = json!({"metadata": {"labels": {"app.kubernetes.io/name": value}}});
        let (code, answer) =
            argo.api.call_as("PATCH", &path, crate::support::api::MERGE, Some(&body));
        assert_eq!(code, 200, "{answer}");
    };
    label("elsewhere");
    without("no pod in argocd is labelled", &[]);
    label("argocd-redis");
    // In the end it is read again: what was gone from Redis comes with the next comparison that finds
    // something else.
    Redis::connect(argo.redis).ask(&[b"DEL", key.as_bytes()]);
    without("keeps no comparison of it just now", &[]);
    edit("configmaps/web", &json!({"data": {"value": "4"}}));
    argo.refresh(name);
    argo.refresh(name);
    assert_eq!(is_its_own(argo, name), 2);
}

/// Lets a user do all that is needed, but for reading the password.
fn rights(api: &Api) {
    let base = "/apis/rbac.authorization.k8s.io/v1";
    let rule = |group: &str, resources: &[&str], verbs: &[&str]| json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
    let read = ["get", "list", "watch"];
    let role = json!({"metadata": {"name": "nosy"}, "rules": [
        rule("argoproj.io", &["*"], &read),
        rule("apps", &["*"], &read),
        rule("apiextensions.k8s.io", &["*"], &read),
        rule("", &["pods", "configmaps", "namespaces"], &read),
        rule("", &["pods/portforward"], &["get", "create"]),
    ]});
    api.create(&format!("{base}/clusterroles"), &role);
    let binding = json!({"metadata": {"name": "nosy"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "nosy"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "nosy"}]});
    api.create(&format!("{base}/clusterrolebindings"), &binding);
}
