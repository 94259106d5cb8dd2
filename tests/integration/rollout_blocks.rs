//! What blocks rollouts, made by the controllers that make it: scheduler, admission, quota, the
//! controllers of workloads and volumes. Each is told by the rule that is meant for it, in words that say
//! what it is. What only a kubelet says is in the corpus of `tests/fixtures/rollout`.

use crate::apps_cli::run;
use crate::rollout_real::{image, merge, nodes, path, phase, says, workload};
use crate::support::api::Api;
use crate::support::control_plane::ControlPlane;
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use wheelhouse::rollout::Phase;
use wheelhouse::rollout::facts::Kind;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_shared("rollout::what_controllers_really_do_is_told_by_its_rule", blocks)]
}

/// Where what concerns a namespace alone is told apart.
const PLACES: [&str; 8] = ["any", "quota", "limits", "secure", "hooked", "policed", "bare", "full"];

/// A situation: where, of which kind, what of its spec is so, and what is told of it.
struct Case {
    place: &'static str,
    kind: Kind,
    name: &'static str,
    spec: Value,
    rules: &'static [&'static str],
    says: &'static str,
}

fn case(
    (place, kind, name): (&'static str, Kind, &'static str),
    spec: Value,
    rules: &'static [&'static str],
    says: &'static str,
) -> Case {
    Case { place, kind, name, spec, rules, says }
}

fn pod(spec: Value) -> Value {
    json!({ "template": { "spec": spec } })
}

fn container(of: Value) -> Value {
    let mut one = json!({"name": "main", "image": "registry.example.com/main:1"});
    for (field, value) in of.as_object().unwrap() {
        one[field] = value.clone();
    }
    pod(json!({ "containers": [one] }))
}

fn claim(name: &str) -> Value {
    pod(json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]}))
}

fn cases() -> Vec<Case> {
    use Kind::{DaemonSet, Deployment, StatefulSet};
    let anti = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
        [{"labelSelector": {"matchLabels": {"app": "apart"}}, "topologyKey": "kubernetes.io/hostname"}]}}});
    let spread = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "spread"}}}]});
    vec![
        // The scheduler.
        case(
            ("any", Deployment, "selector"),
            pod(json!({"nodeSelector": {"nowhere": "yes"}})),
            &["unschedulable"],
            "(and 2 more) cannot be scheduled: ",
        ),
        case(
            ("any", StatefulSet, "large"),
            container(json!({"resources": {"requests": {"cpu": "1000"}}})),
            &["unschedulable"],
            "pod large-0 cannot be scheduled: ",
        ),
        case(
            ("any", Deployment, "memory"),
            container(json!({"resources": {"requests": {"memory": "9000Gi"}}})),
            &["unschedulable"],
            "too little memory free",
        ),
        case(
            ("any", Deployment, "apart"),
            pod(anti),
            &["unschedulable"],
            "hold a pod that it must not be with",
        ),
        case(
            ("any", Deployment, "spread"),
            pod(spread),
            &["unschedulable"],
            // The nodes have no zone.
            "cannot be scheduled: ",
        ),
        case(
            ("any", Deployment, "port"),
            container(json!({"ports": [{"containerPort": 80, "hostPort": 8080}]})),
            &["unschedulable"],
            "have its host port taken",
        ),
        case(
            ("any", Deployment, "gated"),
            pod(json!({"schedulingGates": [{"name": "example.com/quota"}]})),
            &["scheduling-gate"],
            "waits until somebody takes its scheduling gate away: example.com/quota",
        ),
        case(
            ("any", DaemonSet, "agent"),
            container(json!({"resources": {"requests": {"cpu": "1000"}}})),
            &["unschedulable"],
            "has too little cpu free",
        ),
        // Volumes.
        case(
            ("any", Deployment, "no-claim"),
            claim("nobody-made-it"),
            &["claim-pending"],
            "mounts the claim nobody-made-it, which is not there",
        ),
        case(
            ("any", Deployment, "unbound"),
            claim("without-class"),
            &["claim-pending"],
            "waits for the claim without-class, which has no volume: no volume is there for it, and no StorageClass makes one",
        ),
        case(
            ("any", Deployment, "no-class"),
            claim("of-no-class"),
            &["claim-pending"],
            "which has no volume: there is no StorageClass fast",
        ),
        case(
            ("any", StatefulSet, "db"),
            json!({"volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "storageClassName": "fast",
                "resources": {"requests": {"storage": "1Gi"}}}}]}),
            &["claim-pending"],
            "pod db-0 waits for the claim data-db-0, which has no volume: there is no StorageClass fast",
        ),
        // What the API server refuses.
        case(
            ("quota", Deployment, "web"),
            json!({}),
            &["cannot-create"],
            "its pods cannot be created: the quota few is used up",
        ),
        case(
            ("quota", StatefulSet, "db"),
            json!({}),
            &["cannot-create"],
            "its pods cannot be created: the quota few is used up",
        ),
        case(
            ("quota", DaemonSet, "agent"),
            json!({}),
            &["cannot-create"],
            "its pods cannot be created: the quota few is used up",
        ),
        case(
            ("full", Deployment, "web"),
            json!({}),
            &["cannot-create"],
            "its pods cannot be created: the quota compute wants more of them: ",
        ),
        case(
            ("limits", Deployment, "web"),
            container(json!({"resources": {"limits": {"cpu": "2"}}})),
            &["cannot-create"],
            "a LimitRange of the namespace refuses them: maximum cpu usage per Container is 1",
        ),
        case(
            ("secure", Deployment, "web"),
            container(json!({"securityContext": {"privileged": true}})),
            &["cannot-create"],
            "PodSecurity refuses them: ",
        ),
        case(
            ("hooked", Deployment, "web"),
            json!({}),
            &["cannot-create"],
            "the admission webhook \"rollouts.example.com\" cannot be called: connection refused",
        ),
        case(
            ("policed", Deployment, "web"),
            json!({}),
            &["cannot-create"],
            "refuses them: images come from the house registry",
        ),
        case(
            ("any", Deployment, "account"),
            pod(json!({"serviceAccountName": "nobody"})),
            &["cannot-create"],
            "there is no ServiceAccount nobody",
        ),
        case(
            ("any", StatefulSet, "urgent"),
            pod(json!({"priorityClassName": "urgent"})),
            &["cannot-create"],
            "there is no PriorityClass urgent",
        ),
        // Two at once: what is wrong with the revision itself comes first.
        case(
            ("any", Deployment, "late"),
            json!({"progressDeadlineSeconds": 1, "minReadySeconds": 0,
                "template": {"spec": {"nodeSelector": {"nowhere": "yes"}}}}),
            &["unschedulable"],
            "blocked: exceeded its progress deadline of 1 s: pod late-",
        ),
        case(
            ("any", Deployment, "pulled"),
            container(json!({"image": "registry.example.com/main:missing"})),
            &["image-pull"],
            "is ErrImagePull: there is no such image or tag",
        ),
        case(
            ("any", Deployment, "crashes"),
            container(json!({"image": "registry.example.com/main:crashes"})),
            &["crash"],
            "crashes: container main ended with exit code 1",
        ),
        case(
            ("bare", Deployment, "mixed"),
            container(json!({"image": "registry.example.com/main:crashes"})),
            &["crash", "cannot-create"],
            "crashes: container main ended with exit code 1",
        ),
        case(
            ("any", Deployment, "paused"),
            json!({"paused": true}),
            &["paused"],
            "blocked: paused: 0 of 3 new replicas updated: it goes on when it is resumed",
        ),
    ]
}

fn place(of: &str) -> String {
    format!("rollout-blocks-{of}")
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Deployment => "deployments",
        Kind::StatefulSet => "statefulsets",
        _ => "daemonsets",
    }
}

fn put(into: &mut Value, what: &Value) {
    match (into, what) {
        (Value::Object(into), Value::Object(what)) => {
            for (field, value) in what {
                put(into.entry(field.clone()).or_insert(Value::Null), value);
            }
        }
        (into, what) => *into = what.clone(),
    }
}

fn quota(api: &Api, of: &str, name: &str, hard: Value) {
    let at = format!("/api/v1/namespaces/{}/resourcequotas", place(of));
    api.create(&at, &json!({"metadata": {"name": name}, "spec": {"hard": hard}}));
    until("the quota to be counted", || {
        let quota = api.get(&format!("{at}/{name}"));
        if quota["status"]["hard"].is_object() { Ok(()) } else { Err(quota.to_string()) }
    });
}

/// What the namespaces are known for.
fn prepare(api: &Api) {
    for of in PLACES {
        let mut labels = json!({ "rollout-blocks": of });
        if of == "secure" {
            labels["pod-security.kubernetes.io/enforce"] = "restricted".into();
        }
        let body = json!({"metadata": {"name": place(of), "labels": labels}});
        api.create("/api/v1/namespaces", &body);
    }
    // Pods get what they run as only when it is there.
    for of in PLACES {
        let at = format!("/api/v1/namespaces/{}/serviceaccounts/default", place(of));
        until("an account for pods", || match api.call("GET", &at, None) {
            (200, _) => Ok(()),
            (_, answer) => Err(answer.to_string()),
        });
    }
    quota(api, "quota", "few", json!({ "pods": "0" }));
    quota(api, "bare", "one", json!({ "pods": "1" }));
    quota(api, "full", "compute", json!({ "requests.cpu": "10", "limits.memory": "1Gi" }));
    let limits = json!({"metadata": {"name": "small"}, "spec": {"limits": [
        {"type": "Container", "max": {"cpu": "1"}}]}});
    api.create(&format!("/api/v1/namespaces/{}/limitranges", place("limits")), &limits);
    for (name, class) in [("without-class", ""), ("of-no-class", "fast")] {
        let claim = json!({"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"],
            "storageClassName": class, "resources": {"requests": {"storage": "1Gi"}}}});
        api.create(&format!("/api/v1/namespaces/{}/persistentvolumeclaims", place("any")), &claim);
    }
    // Both of these concern one namespace alone.
    let only = |of: &str| json!({"matchLabels": {"rollout-blocks": of}});
    let pods = json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
        "resources": ["pods"]}]);
    let hook = json!({"metadata": {"name": "rollouts.example.com"}, "webhooks": [{
        "name": "rollouts.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
        "failurePolicy": "Fail", "clientConfig": {"url": "https://127.0.0.1:1/admit"},
        "namespaceSelector": only("hooked"), "rules": pods, "timeoutSeconds": 1}]});
    let at = "/apis/admissionregistration.k8s.io/v1";
    api.create(&format!("{at}/validatingwebhookconfigurations"), &hook);
    let policy = json!({"metadata": {"name": "rollouts.example.com"}, "spec": {
        "failurePolicy": "Fail", "matchConstraints": {"resourceRules": pods},
        "validations": [{"expression": "object.spec.containers.all(c, c.image.startsWith('house/'))",
            "message": "images come from the house registry"}]}});
    api.create(&format!("{at}/validatingadmissionpolicies"), &policy);
    let binding = json!({"metadata": {"name": "rollouts.example.com"}, "spec": {
        "policyName": "rollouts.example.com", "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": only("policed")}}});
    api.create(&format!("{at}/validatingadmissionpolicybindings"), &binding);
}

fn blocks(plane: &ControlPlane) {
    let api = plane.api();
    nodes(&api);
    prepare(&api);
    let cases = cases();
    for case in &cases {
        let mut object = workload(case.kind.as_str(), case.name);
        put(&mut object["spec"], &case.spec);
        let volumes = &mut object["spec"]["template"]["spec"];
        // What is mounted by a claim is mounted somewhere.
        if volumes["volumes"].is_array() {
            volumes["containers"][0]["volumeMounts"] =
                json!([{"name": "data", "mountPath": "/data"}]);
        }
        let all = format!("/apis/apps/v1/namespaces/{}/{}", place(case.place), plural(case.kind));
        api.create(&all, &object);
    }
    let config = plane.kubeconfig("admin");
    // None where it is told as it should be.
    let wrong = |of: &str, kind: Kind, name: &str, rules: &[&str], words: &str| {
        let (target, place) = (format!("{}/{name}", plural(kind)), place(of));
        let output = run(&config, &["rollout", "status", &target, "-n", &place, "-o", "json"]);
        let Ok(told) = serde_json::from_slice::<Value>(&output.stdout) else {
            return Some(says(&output));
        };
        let all = told["blockers"].as_array().into_iter().flatten();
        let found: Vec<&str> = all.filter_map(|one| one["rule"].as_str()).collect();
        let sentence = told["sentence"].as_str().unwrap_or_default();
        if found == rules && sentence.contains(words) {
            assert_ne!(output.status.code(), Some(0), "blocked is not done: {sentence}");
            return None;
        }
        Some(format!("{target} in {place}: {found:?} {sentence}\n    and not {rules:?} {words}"))
    };
    let judge = |of: &str, kind: Kind, name: &str, rules: &[&str], words: &str| {
        until("it to be told", || wrong(of, kind, name, rules, words).map_or(Ok(()), Err));
    };
    let mut open: Vec<&Case> = cases.iter().collect();
    until("all situations to be told", || {
        let mut left = Vec::new();
        open.retain(|one| {
            let wrong = wrong(one.place, one.kind, one.name, one.rules, one.says);
            let is_left = wrong.is_some();
            left.extend(wrong);
            is_left
        });
        if left.is_empty() { Ok(()) } else { Err(left.join("\n")) }
    });
    changes(&api, &judge);
    let (code, _) = api.call(
        "DELETE",
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/rollouts.example.com",
        None,
    );
    assert_eq!(code, 200);
    println!("{} situations made by the controllers themselves, and 4 on the way", cases.len());
}

/// Asserts what blocks a workload: namespace, kind, name, rules, and words of the sentence.
type Judge<'j> = &'j dyn Fn(&str, Kind, &str, &[&str], &str);

/// What comes only after it has run for a while.
fn changes(api: &Api, judge: Judge<'_>) {
    let place = place("any");
    let begin = |kind: Kind, name: &str| {
        let all = format!("/apis/apps/v1/namespaces/{place}/{}", plural(kind));
        api.create(&all, &workload(kind.as_str(), name));
        let at = path(&place, plural(kind), name);
        until("it to be done", || {
            let object = api.get(&at);
            if phase(kind, &object) == Phase::Done { Ok(()) } else { Err(object.to_string()) }
        });
        at
    };
    for kind in [Kind::StatefulSet, Kind::DaemonSet] {
        let at = begin(kind, "by-hand");
        let by_hand =
            json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}});
        merge(api, &at, &by_hand);
        image(api, &at, "registry.example.com/main:2");
        judge(
            "any",
            kind,
            "by-hand",
            &["on-delete"],
            "stay until they are deleted (OnDelete): by-hand-",
        );
    }
    // A broken pod, and a template that has gone on without it.
    let at = begin(Kind::StatefulSet, "ordered");
    image(api, &at, "registry.example.com/main:crashes");
    let words = "pod ordered-2 crashes: container main ended with exit code 1";
    judge("any", Kind::StatefulSet, "ordered", &["crash"], words);
    image(api, &at, "registry.example.com/main:3");
    let words = "pod ordered-2 of an earlier revision is not ready and never will be";
    judge("any", Kind::StatefulSet, "ordered", &["ordered"], words);
    // On its way out, and somebody keeps it.
    let at = begin(Kind::Deployment, "kept");
    merge(api, &at, &json!({"metadata": {"finalizers": ["example.com/archive"]}}));
    let (code, _) = api.call("DELETE", &at, None);
    assert_eq!(code, 200);
    let words = "it is being deleted since";
    judge("any", Kind::Deployment, "kept", &["deleted"], words);
    merge(api, &at, &json!({"metadata": {"finalizers": null}}));
}
