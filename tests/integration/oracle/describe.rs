//! What we describe beside what the real kubectl describes: nothing that it says is missing.

use super::{cells, kinds, load};
use crate::registry;
use crate::support::api::Api;
use crate::support::control_plane::ControlPlane;
use crate::support::{paths, wait};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;
use wheelhouse::describe::{Answers, Line, Subject, describe, needs};
use wheelhouse::kinds::SPECS;
use wheelhouse::model::{Fault, FaultKind, Gvr};
use wheelhouse::text::sanitise;

/// Kinds that are described and have no table of their own here.
const OTHERS: &[(&str, &str, &str)] = &[
    ("node.k8s.io", "RuntimeClass", "runtimeclasses"),
    ("storage.k8s.io", "VolumeAttributesClass", "volumeattributesclasses"),
    ("storage.k8s.io", "CSINode", "csinodes"),
    ("resource.k8s.io", "ResourceSlice", "resourceslices"),
    // The server makes these by itself.
    ("networking.k8s.io", "ServiceCIDR", "servicecidrs"),
    ("networking.k8s.io", "IPAddress", "ipaddresses"),
];

/// A resource type, by its group and kind as an object names them.
fn gvr(object: &Value) -> Gvr {
    let api = object["apiVersion"].as_str().unwrap();
    let (group, version) = api.rsplit_once('/').unwrap_or(("", api));
    let kind = object["kind"].as_str().unwrap();
    let known = SPECS.iter().find(|spec| spec.group == group && spec.kind == kind);
    let plural = known.map(|spec| spec.plural).or_else(|| {
        let other = OTHERS.iter().find(|(g, k, _)| *g == group && *k == kind);
        other.map(|(_, _, plural)| *plural)
    });
    Gvr::new(group, version, plural.unwrap_or_else(|| panic!("plural of {kind}?")))
}

/// Reads what a description needs and makes it.
fn ours(api: &Api, subject: &Subject) -> Vec<Line> {
    let mut answers = Answers::default();
    for ask in needs(subject) {
        let read = ask.read();
        let answer = match api.call("GET", &read.path, None) {
            (200, value) => Ok(value),
            (code, body) => {
                let kind = match code {
                    403 => FaultKind::Forbidden,
                    404 => FaultKind::NotFound,
                    _ => FaultKind::Other,
                };
                let why = body["message"].as_str().unwrap_or_default();
                Err(Fault::new(kind, read.what, why).code(code))
            }
        };
        answers.insert(ask.key, answer);
    }
    describe(subject, &answers, cells::now()).lines
}

/// Words of a line with one blank between them, ages left out: the two looks at the clock differ.
fn words(line: &str) -> String {
    static AGE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(^|[ (])(?:\d+[ydhms])+($|[ )])").unwrap());
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    // Neighbours share a blank.
    let once = AGE.replace_all(&line, "$1<age>$2");
    AGE.replace_all(&once, "$1<age>$2").into_owned()
}

/// A line of kubectl's, with what a terminal would obey shown as we show it.
fn theirs(line: &str) -> String {
    let line = line.replace("^[", "\u{1b}").replace("\\r", "\r").replace('\t', "    ");
    // What a division by zero comes to in Go.
    let line = words(&sanitise::clean(&line)).replace("(-9223372036854775808%)", "(0%)");
    // The one title without its colon.
    line.replace("ISCSIInterface ", "ISCSIInterface: ")
}

/// Where a page's lines may stand elsewhere than in kubectl's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Same,
    /// Sections in an order of ours, what is in them in kubectl's.
    Sections,
    /// Go's maps have no order.
    Any,
}

fn order(group: &str, kind: &str) -> Order {
    let own = [
        "Pod",
        "ReplicationController",
        "ReplicaSet",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "CronJob",
        "Service",
        "Endpoints",
        "EndpointSlice",
        "Ingress",
        "IngressClass",
        "NetworkPolicy",
        "Node",
        "ConfigMap",
        "Secret",
        "ServiceAccount",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "StorageClass",
        "VolumeAttributesClass",
        "CSINode",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "ResourceQuota",
        "Role",
        "ClusterRole",
        "RoleBinding",
        "ClusterRoleBinding",
        "ServiceCIDR",
        "IPAddress",
        "PriorityClass",
        "CertificateSigningRequest",
    ];
    match kind {
        "LimitRange" | "Namespace" => Order::Any,
        kind if own.contains(&kind) && group != "events.k8s.io" => Order::Same,
        _ => Order::Sections,
    }
}

/// The lines of kubectl's that are not found in ours.
fn missing(subject: &Subject, page: &[Line], said: &str) -> Vec<String> {
    let ours: Vec<String> = page.iter().map(|line| words(&line.kubectl_text())).collect();
    let order = order(&subject.gvr.group, &subject.kind);
    let (mut at, mut faults) = (0, Vec::new());
    for line in said.lines() {
        let wanted = theirs(line);
        // A value that we do not show.
        if wanted.is_empty() || (subject.kind == "Secret" && line.starts_with("token:")) {
            continue;
        }
        if order == Order::Any || (order == Order::Sections && !line.starts_with([' ', '\t'])) {
            at = 0;
        }
        match ours[at..].iter().position(|own| *own == wanted) {
            Some(found) => at += found + 1,
            None => faults.push(wanted),
        }
    }
    faults
}

/// Pages of several objects, as kubectl prints them one after another.
fn pages(said: &str) -> Vec<String> {
    let mut pages: Vec<String> = Vec::new();
    let mut blank = true;
    for line in said.lines() {
        if pages.is_empty() || (blank && line.starts_with("Name:")) {
            pages.push(String::new());
        }
        blank = line.is_empty();
        if let Some(page) = pages.last_mut() {
            let _ = writeln!(page, "{line}");
        }
    }
    pages
}

/// Compares all objects of a type, in one namespace or everywhere. Returns how many, and what is
/// missing.
fn compare(
    plane: &ControlPlane,
    api: &Api,
    (gvr, kind): (&Gvr, &str),
    namespace: Option<&str>,
) -> (usize, String) {
    let typed = if gvr.group.is_empty() {
        gvr.plural.to_string()
    } else {
        format!("{}.{}.{}", gvr.plural, gvr.version, gvr.group)
    };
    let list = api.get(&gvr.collection_path(namespace));
    let mut args = vec!["describe", &typed];
    match namespace {
        Some(namespace) => args.extend(["-n", namespace]),
        None if list["items"][0]["metadata"]["namespace"].is_string() => args.push("-A"),
        None => {}
    }
    let output = plane.kubectl(&args);
    let said = String::from_utf8(output.stdout).unwrap();
    let mut report = String::new();
    if !output.status.success() {
        let _ = writeln!(report, "{kind}: kubectl: {}", String::from_utf8_lossy(&output.stderr));
    }
    let pages = pages(&said);
    let name = |page: &str| theirs(page.lines().next().unwrap_or_default()).replace("Name: ", "");
    let mut said: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for page in &pages {
        said.entry(name(page)).or_default().push(page);
    }
    let mut count = 0;
    for object in list["items"].as_array().unwrap() {
        let mut object = object.clone();
        object["apiVersion"] = json!(gvr.api_version());
        object["kind"] = json!(kind);
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        let subject = Subject { gvr: gvr.clone(), kind: kind.into(), object };
        let page = ours(api, &subject);
        // Of namesakes in several namespaces the page that fits best is this one's.
        let candidates = said.get(&name).into_iter().flatten();
        let best = candidates.map(|said| missing(&subject, &page, said)).min_by_key(Vec::len);
        match best {
            None => {
                let _ = writeln!(report, "{kind}/{name}: kubectl has no page of it");
            }
            Some(faults) => {
                count += 1;
                for fault in faults {
                    let _ = writeln!(report, "{kind}/{name}: {fault}");
                }
            }
        }
    }
    (count, report)
}

/// Creates the objects of `tests/fixtures/describe`, cluster-scoped ones first. Events get the uid
/// of whom they are about.
fn create(api: &Api) -> Vec<String> {
    let path = paths::fixture("describe/objects.json");
    let text = std::fs::read_to_string(path).unwrap();
    let mut objects: Vec<Value> = serde_json::from_str(&text).unwrap();
    objects.sort_by_key(|one| one["metadata"]["namespace"].is_string());
    let mut refused = Vec::new();
    for object in &mut objects {
        let kind = object["kind"].as_str().unwrap().to_owned();
        if kind == "Event" {
            let about = &object["involvedObject"];
            let uid = if about["kind"] == "Node" {
                // As kubelets do.
                about["name"].clone()
            } else {
                let namespace = about["namespace"].as_str().unwrap_or_default();
                let path = gvr(about).object_path(namespace, about["name"].as_str().unwrap());
                api.get(&path)["metadata"]["uid"].clone()
            };
            object["involvedObject"]["uid"] = uid;
        }
        let namespaced = object["metadata"]["namespace"].is_string();
        let (gvr, status) = (gvr(object), object["status"].is_object());
        let one = std::slice::from_ref(object);
        let loaded = load::load(api, &gvr, &kind, namespaced, status, one);
        refused.extend(loaded.refused.into_iter().map(|why| format!("{kind}/{why}")));
    }
    refused
}

/// Custom resources of odd kinds, and those of the Gateway API are served from now on.
fn custom(api: &Api) -> BTreeSet<(Gvr, String)> {
    for crd in kinds::gateway_crds() {
        kinds::establish(api, &crd);
    }
    let mut types = BTreeSet::new();
    for name in ["dates", "numbers", "arrays", "filters", "names"] {
        let path = paths::fixture(&format!("generic/{name}.json"));
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        kinds::establish(api, &file["crd"]);
        let spec = &file["crd"]["spec"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let version = text(&spec["versions"][0]["name"]);
        let gvr = Gvr::new(text(&spec["group"]), version, text(&spec["names"]["plural"]));
        let kind = text(&spec["names"]["kind"]);
        let items = file["items"].as_array().unwrap();
        load::load(api, &gvr, &kind, spec["scope"] == "Namespaced", false, items);
        types.insert((gvr, kind));
    }
    types
}

pub fn crafted_objects_are_described_as_kubectl_does(plane: &mut ControlPlane) {
    let api = plane.api();
    let refused = create(&api);
    let mut types: BTreeSet<(Gvr, String)> = custom(&api);
    for (group, kind, plural) in OTHERS {
        types.insert((Gvr::new(*group, "v1", *plural), (*kind).to_owned()));
    }
    for spec in SPECS {
        let Some(gvr) = kinds::preferred(&api, spec) else { continue };
        let mut objects = registry::objects(spec);
        if spec.group == kinds::GATEWAY {
            // The real schema would not take it; the one we serve takes everything.
            objects.retain(|object| object["metadata"]["name"] != "wrong");
        }
        let status = kinds::has_status(&api, spec);
        load::load(&api, &gvr, spec.kind, spec.namespaced, status, &objects);
        types.insert((gvr, spec.kind.to_owned()));
    }
    let (mut faults, mut report) = (String::new(), String::new());
    let (mut objects, mut described) = (0, 0);
    for (gvr, kind) in types {
        let (count, missing) = compare(plane, &api, (&gvr, &kind), None);
        let _ = writeln!(report, "{gvr}: {count} compared");
        objects += count;
        described += usize::from(count > 0);
        faults.push_str(&missing);
    }
    println!("{report}{objects} objects of {described} kinds\nrefused:\n{}", refused.join("\n"));
    assert!(described >= 40, "{described} kinds only");
    assert!(faults.is_empty(), "\n{faults}");
    assert!(refused.is_empty(), "\n{}", refused.join("\n"));
}

/// Objects that controllers make and change, described while they live.
pub fn living_objects_are_described_as_kubectl_does(plane: &ControlPlane) {
    const PLACE: &str = "describe-live";
    let api = plane.namespace(PLACE);
    for object in living() {
        api.create(&gvr(&object).collection_path(Some(PLACE)), &object);
    }
    let deployment = format!("/apis/apps/v1/namespaces/{PLACE}/deployments/web");
    let rolled_out = |image: &str| {
        wait::until_true(&format!("{image} to be rolled out"), || {
            let one = api.get(&deployment);
            let status = &one["status"];
            status["observedGeneration"] == one["metadata"]["generation"]
                && status["updatedReplicas"] == 2
                && status["availableReplicas"] == 2
                && status["replicas"] == 2
        });
    };
    rolled_out("the first image");
    let image = json!({ "spec": { "template": { "spec": { "containers": [
        { "name": "main", "image": "registry.example.com/main:2" }
    ] } } } });
    let strategic = "application/strategic-merge-patch+json";
    let (code, answer) = api.call_as("PATCH", &deployment, strategic, Some(&image));
    assert_eq!(code, 200, "{answer}");
    rolled_out("the second image");

    let types: BTreeSet<(Gvr, String)> = living()
        .iter()
        .map(|object| (gvr(object), object["kind"].as_str().unwrap().to_owned()))
        .chain(
            [
                ("v1", "Pod"),
                ("apps/v1", "ReplicaSet"),
                ("discovery.k8s.io/v1", "EndpointSlice"),
                ("v1", "Endpoints"),
                ("v1", "Event"),
            ]
            .map(|(api, kind)| (gvr(&json!({ "apiVersion": api, "kind": kind })), kind.to_owned())),
        )
        .collect();
    let mut kinds = 0;
    for (gvr, kind) in &types {
        // What is looked at twice may have changed in between.
        let compared = wait::until(&format!("{kind} to be described as kubectl does"), || {
            match compare(plane, &api, (gvr, kind), Some(PLACE)) {
                (0, _) => Err(format!("no {kind}")),
                (count, missing) if missing.is_empty() => Ok(count),
                (_, missing) => Err(missing),
            }
        });
        println!("{gvr}: {compared} compared");
        kinds += 1;
    }
    assert!(kinds >= 20, "{kinds} kinds only");

    // What kubectl does not tell: who the pods' events are about.
    let mut object = api.get(&deployment);
    object["kind"] = json!("Deployment");
    let subject = Subject { gvr: gvr(&object), kind: "Deployment".into(), object };
    let page: Vec<String> = ours(&api, &subject).iter().map(Line::text).collect();
    let section = page.iter().position(|line| line == "Events of what it owns:");
    let owned = &page[section.expect("a section of their own")..];
    assert!(owned.iter().any(|line| line.contains("SuccessfulCreate")), "{owned:#?}");
    assert!(owned.iter().any(|line| line.contains(" pod/web-")), "{owned:#?}");
}

/// What lives in the namespace.
fn living() -> Vec<Value> {
    let template = |restart: Option<&str>| {
        let mut spec = json!({
            "containers": [{
                "name": "main", "image": "registry.example.com/main:1",
                "resources": { "requests": { "cpu": "10m", "memory": "16Mi" } },
            }],
        });
        if let Some(policy) = restart {
            spec["restartPolicy"] = json!(policy);
        }
        spec
    };
    let labelled =
        |app: &str| json!({ "metadata": { "labels": { "app": app } }, "spec": template(None) });
    let select = |app: &str| json!({ "matchLabels": { "app": app } });
    let one = |api: &str, kind: &str, name: &str, body: Value| {
        let mut object = json!({ "apiVersion": api, "kind": kind, "metadata": { "name": name } });
        object.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        object
    };
    let rbac = "rbac.authorization.k8s.io";
    let rbac_v1 = format!("{rbac}/v1");
    let job = json!({ "spec": template(Some("Never")) });
    vec![
        one("v1", "ConfigMap", "settings", json!({ "data": { "a": "1\n2" } })),
        one("v1", "Secret", "db", json!({ "data": { "password": "aHVudGVyMg==" } })),
        one("v1", "ServiceAccount", "robot", json!({})),
        one(
            &rbac_v1,
            "Role",
            "dev",
            json!({ "rules": [
            { "apiGroups": ["", "apps"], "resources": ["pods", "deployments"], "verbs": ["get", "list"] },
        ] }),
        ),
        one(
            &rbac_v1,
            "RoleBinding",
            "dev",
            json!({
                "roleRef": { "apiGroup": rbac, "kind": "Role", "name": "dev" },
                "subjects": [{ "kind": "ServiceAccount", "name": "robot", "namespace": "describe-live" }],
            }),
        ),
        one(
            "v1",
            "ResourceQuota",
            "team",
            json!({ "spec": { "hard": { "pods": "50", "requests.memory": "10Gi" } } }),
        ),
        one(
            "v1",
            "LimitRange",
            "limits",
            json!({ "spec": { "limits": [{ "type": "Container", "defaultRequest": { "cpu": "10m" } }] } }),
        ),
        one(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "deny",
            json!({ "spec": { "podSelector": {} } }),
        ),
        one(
            "v1",
            "PersistentVolumeClaim",
            "data",
            json!({ "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } },
        } }),
        ),
        one(
            "apps/v1",
            "Deployment",
            "web",
            json!({ "spec": {
            "replicas": 2, "selector": select("web"), "template": labelled("web"),
        } }),
        ),
        one(
            "apps/v1",
            "StatefulSet",
            "db",
            json!({ "spec": {
            "replicas": 1, "serviceName": "db", "selector": select("db"), "template": labelled("db"),
        } }),
        ),
        one(
            "apps/v1",
            "DaemonSet",
            "agent",
            json!({ "spec": {
            "selector": select("agent"), "template": labelled("agent"),
        } }),
        ),
        one(
            "v1",
            "ReplicationController",
            "old",
            json!({ "spec": {
            "replicas": 1, "selector": { "app": "old" }, "template": labelled("old"),
        } }),
        ),
        one("batch/v1", "Job", "import", json!({ "spec": { "completions": 1, "template": job } })),
        one(
            "batch/v1",
            "CronJob",
            "nightly",
            json!({ "spec": {
            "schedule": "0 3 * * *", "suspend": true, "jobTemplate": { "spec": { "template": job } },
        } }),
        ),
        one(
            "v1",
            "Service",
            "web",
            json!({ "spec": {
            "selector": { "app": "web" }, "ports": [{ "name": "http", "port": 80, "targetPort": 8080 }],
        } }),
        ),
        one(
            "networking.k8s.io/v1",
            "Ingress",
            "front",
            json!({ "spec": { "rules": [{ "http": { "paths": [{
            "path": "/", "pathType": "Prefix",
            "backend": { "service": { "name": "web", "port": { "number": 80 } } },
        }] } }] } }),
        ),
        one(
            "policy/v1",
            "PodDisruptionBudget",
            "web",
            json!({ "spec": { "minAvailable": 1, "selector": select("web") } }),
        ),
        one(
            "coordination.k8s.io/v1",
            "Lease",
            "leader",
            json!({ "spec": { "holderIdentity": "x" } }),
        ),
        one(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "web",
            json!({ "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
            "minReplicas": 2, "maxReplicas": 2,
        } }),
        ),
    ]
}
