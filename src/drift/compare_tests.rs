#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use serde_json::json;

fn told(changes: &[Change]) -> Vec<String> {
    let value = |value: &Option<Value>| value.as_ref().map_or("-".into(), Value::to_string);
    let line = |one: &Change| format!("{} {} {}", one.path, value(&one.desired), value(&one.live));
    changes.iter().map(line).collect()
}

fn manifest(kind: (&str, &str), desired: Value, live: Value) -> Vec<String> {
    let shape = Shape::of(kind.0, kind.1);
    told(&compare(Against::Manifest { desired: &desired, base: None }, &live, &shape))
}

fn three(kind: (&str, &str), base: Value, desired: Value, live: Value) -> Vec<String> {
    let shape = Shape::of(kind.0, kind.1);
    told(&compare(Against::Manifest { desired: &desired, base: Some(&base) }, &live, &shape))
}

const NONE: [&str; 0] = [];
const DEPLOYMENT: (&str, &str) = ("apps", "Deployment");

fn pod(spec: Value) -> Value {
    json!({"spec": {"template": {"spec": spec}}})
}

#[test]
fn only_what_the_manifest_names_counts_and_what_it_named_before() {
    let desired = json!({"spec": {"replicas": 3, "template": {"spec": {"containers": [
        {"name": "api", "image": "a:1", "ports": [{"containerPort": 80}]}]}}}});
    let live = json!({"metadata": {"resourceVersion": "7"}, "spec": {"replicas": 5, "paused": true,
        "minReadySeconds": 4, "template": {"spec": {"containers": [
        {"name": "api", "image": "a:2", "imagePullPolicy": "Always", "ports": [{"containerPort": 80, "protocol": "TCP"}]},
        {"name": "sidecar", "image": "s"}]}}}, "status": {"replicas": 5}});
    let base = json!({"spec": {"replicas": 3, "paused": true}});
    assert_eq!(
        three(DEPLOYMENT, base, desired, live),
        [
            "spec.replicas 3 5",
            "spec.template.spec.containers[name=api].image \"a:1\" \"a:2\"",
            "spec.paused - true",
        ]
    );
}

#[test]
fn everything_counts_beside_a_dry_run() {
    let shape = Shape::of("", "ConfigMap");
    let tried = json!({"metadata": {"uid": "a", "labels": {"x": "1"}}, "data": {"a": "1"}});
    let live = json!({"metadata": {"uid": "b", "labels": {"x": "1", "y": "2"}, "annotations": {"z": "3"}},
        "data": {"a": "1", "b": "2"}});
    let found = compare(Against::Whole(&tried), &live, &shape);
    let want = ["data.b - \"2\"", "metadata.annotations.z - \"3\"", "metadata.labels.y - \"2\""];
    let mut found = told(&found);
    found.sort();
    assert_eq!(found, want);
}

#[test]
fn what_is_empty_is_as_good_as_absent_where_the_server_drops_it() {
    let desired = json!({"metadata": {"namespace": "x", "creationTimestamp": null, "annotations": {}, "labels": null},
        "spec": {"strategy": {}, "minReadySeconds": 0, "paused": false, "template": {"spec": {
        "securityContext": {}, "hostNetwork": false, "nodeSelector": {}, "tolerations": [], "volumes": null,
        "containers": [{"name": "a", "image": "a:1", "resources": {}, "securityContext": null, "command": [],
        "env": [{"name": "E", "value": ""}]}]}}}});
    let live = json!({"metadata": {"namespace": "x"}, "spec": {
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        "template": {"spec": {"securityContext": {}, "containers": [
        {"name": "a", "image": "a:1", "resources": {}, "env": [{"name": "E"}]}]}}}});
    assert_eq!(manifest(DEPLOYMENT, desired, live), NONE);
    // Where an empty value says something it counts.
    let policy = |from: Value| json!({"spec": {"podSelector": {}, "ingress": [{"from": [from]}]}});
    let found = manifest(
        ("networking.k8s.io", "NetworkPolicy"),
        policy(json!({"podSelector": {"matchLabels": {"a": "b"}}})),
        policy(json!({"podSelector": {"matchLabels": {"a": "b"}}, "namespaceSelector": {}})),
    );
    assert_eq!(found, ["spec.ingress[0].from[0].namespaceSelector - {}"]);
    let found = manifest(
        DEPLOYMENT,
        pod(
            json!({"automountServiceAccountToken": false, "volumes": [{"name": "v", "emptyDir": {}}]}),
        ),
        pod(json!({"volumes": [{"name": "v", "configMap": {"name": "c"}}]})),
    );
    assert_eq!(
        found,
        [
            "spec.template.spec.automountServiceAccountToken false -",
            "spec.template.spec.volumes[name=v].emptyDir {} -"
        ]
    );
    assert_eq!(
        manifest(("", "ConfigMap"), json!({"data": {"a": ""}}), json!({})),
        ["data.a \"\" -"]
    );
}

#[test]
fn what_the_server_fills_in_is_no_difference() {
    let before = json!({"spec": {"replicas": 1, "revisionHistoryLimit": 10, "template": {"spec": {
        "restartPolicy": "Always", "serviceAccountName": "me", "containers": [
        {"name": "a", "image": "a:latest", "imagePullPolicy": "Always"}]}}}});
    let after = pod(
        json!({"serviceAccountName": "me", "containers": [{"name": "a", "image": "a:latest"}]}),
    );
    assert_eq!(three(DEPLOYMENT, before.clone(), after.clone(), before.clone()), NONE);
    let mut scaled = before.clone();
    scaled["spec"]["replicas"] = json!(4);
    assert_eq!(three(DEPLOYMENT, before, after, scaled), ["spec.replicas - 4"]);
    let claims = |claim: Value| json!({"spec": {"volumeClaimTemplates": [claim]}});
    let asked = json!({"metadata": {"name": "d"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}}}});
    let mut kept = asked.clone();
    kept["apiVersion"] = json!("v1");
    kept["kind"] = json!("PersistentVolumeClaim");
    kept["metadata"]["creationTimestamp"] = json!(null);
    kept["spec"]["volumeMode"] = json!("Filesystem");
    kept["status"] = json!({"phase": "Pending"});
    let set = ("apps", "StatefulSet");
    assert_eq!(manifest(set, claims(asked.clone()), claims(kept.clone())), NONE);
    kept["spec"]["resources"]["requests"]["storage"] = json!("2Gi");
    assert_eq!(
        manifest(set, claims(asked), claims(kept)),
        ["spec.volumeClaimTemplates[0].spec.resources.requests.storage \"1Gi\" \"2Gi\""]
    );
    let role = ("rbac.authorization.k8s.io", "RoleBinding");
    let bound =
        |subject: Value| json!({"roleRef": {"kind": "Role", "name": "r"}, "subjects": [subject]});
    let user = json!({"kind": "User", "name": "u"});
    let kept = json!({"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"});
    assert_eq!(manifest(role, bound(user), bound(kept)), NONE);
}

#[test]
fn values_are_equal_however_they_are_written() {
    let resources = |cpu: Value, memory: Value, storage: Value| {
        pod(
            json!({"containers": [{"name": "a", "resources": {"limits": {"cpu": cpu, "memory": memory}}}],
            "volumes": [{"name": "v", "emptyDir": {"sizeLimit": storage}}]}),
        )
    };
    let want = resources(json!(0.1), json!("1Gi"), json!("1G"));
    let have = resources(json!("100m"), json!("1024Mi"), json!("1000M"));
    assert_eq!(manifest(DEPLOYMENT, want.clone(), have), NONE);
    let have = resources(json!("101m"), json!("1Gi"), json!("1G"));
    assert_eq!(manifest(DEPLOYMENT, want, have).len(), 1);
    let surge =
        |surge: Value| json!({"spec": {"strategy": {"rollingUpdate": {"maxSurge": surge}}}});
    assert_eq!(manifest(DEPLOYMENT, surge(json!("1")), surge(json!(1))), NONE);
    assert_eq!(manifest(DEPLOYMENT, surge(json!("1%")), surge(json!(1))).len(), 1);
    let flag = |flag: Value| json!({"spec": {"paused": flag}});
    assert_eq!(manifest(DEPLOYMENT, flag(json!("true")), flag(json!(true))).len(), 1);
    let bundle =
        |text: &str| json!({"webhooks": [{"name": "w", "clientConfig": {"caBundle": text}}]});
    let hook = ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration");
    assert_eq!(manifest(hook, bundle("aGVs\nbG8=\n"), bundle("aGVsbG8=")), NONE);
    // In a kind of which nothing is known.
    let flux = ("kustomize.toolkit.fluxcd.io", "Kustomization");
    let every = |text: &str| json!({"spec": {"interval": text}});
    assert_eq!(manifest(flux, every("60s"), every("1m0s")), NONE);
    assert_eq!(manifest(flux, every("60"), every("1m")).len(), 1);
    let rollout =
        |cpu: &str| pod(json!({"containers": [{"resources": {"requests": {"cpu": cpu}}}]}));
    assert_eq!(manifest(("argoproj.io", "Rollout"), rollout("0.5"), rollout("500m")), NONE);
}

#[test]
fn texts_of_secrets_are_data() {
    let want = json!({"data": {"a": "QQ=="}, "stringData": {"b": "hunter2"}});
    let have = json!({"data": {"a": "QQ==", "b": "aHVudGVyMg=="}, "type": "Opaque"});
    assert_eq!(manifest(("", "Secret"), want.clone(), have), NONE);
    let have = json!({"data": {"a": "QQ==", "b": "eA=="}, "type": "Opaque"});
    assert_eq!(manifest(("", "Secret"), want, have), ["data.b \"aHVudGVyMg==\" \"eA==\""]);
}

#[test]
fn items_of_lists_are_found_by_their_keys() {
    let service = |ports: Value| json!({"spec": {"ports": ports}});
    let kind = ("", "Service");
    let want = service(
        json!([{"port": 53, "protocol": "UDP"}, {"port": 53}, {"port": 80, "targetPort": "web"}]),
    );
    let have = service(json!([{"port": 80, "protocol": "TCP", "targetPort": 8080},
        {"port": 53, "protocol": "TCP", "targetPort": 53}, {"port": 53, "protocol": "UDP", "targetPort": 53}]));
    assert_eq!(
        manifest(kind, want, have),
        ["spec.ports[port=80,protocol=TCP].targetPort \"web\" 8080"]
    );
    let base = service(json!([{"port": 80}, {"port": 81}]));
    let have = service(
        json!([{"port": 80, "protocol": "TCP"}, {"port": 81, "protocol": "TCP"}, {"port": 82}]),
    );
    assert_eq!(
        three(kind, base, service(json!([{"port": 80}])), have),
        ["spec.ports[port=81,protocol=TCP] - {\"port\":81,\"protocol\":\"TCP\"}"]
    );
}

#[test]
fn namesakes_in_a_list_are_no_false_alarm() {
    let env = |items: Value| pod(json!({"containers": [{"name": "a", "env": items}]}));
    let twice = json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "A", "value": "3"}]);
    assert_eq!(manifest(DEPLOYMENT, env(twice.clone()), env(twice.clone())), NONE);
    let once = json!([{"name": "A", "value": "3"}, {"name": "B", "value": "2"}]);
    assert_eq!(manifest(DEPLOYMENT, env(twice.clone()), env(once)), NONE);
    let mut other = twice.clone();
    other[2]["value"] = json!("4");
    assert_eq!(
        manifest(DEPLOYMENT, env(twice), env(other)),
        ["spec.template.spec.containers[name=a].env[2].value \"3\" \"4\""]
    );
}

#[test]
fn sets_have_no_order_and_atomic_lists_have() {
    let held = |items: Value| json!({"metadata": {"finalizers": items}});
    let kind = ("", "ConfigMap");
    assert_eq!(manifest(kind, held(json!(["a", "b"])), held(json!(["b", "a", "c"]))), NONE);
    assert_eq!(
        manifest(kind, held(json!(["a", "b"])), held(json!(["b"]))),
        ["metadata.finalizers[\"a\"] \"a\" -"]
    );
    let args = |items: Value| pod(json!({"containers": [{"name": "a", "args": items}]}));
    let found = manifest(DEPLOYMENT, args(json!(["a", "b", "c"])), args(json!(["a", "x", "c"])));
    assert_eq!(found, ["spec.template.spec.containers[name=a].args[1] \"b\" \"x\""]);
    let found = manifest(DEPLOYMENT, args(json!(["a", "b", "c"])), args(json!(["a", "c"])));
    assert_eq!(
        found,
        ["spec.template.spec.containers[name=a].args [\"a\",\"b\",\"c\"] [\"a\",\"c\"]"]
    );
    let found = manifest(DEPLOYMENT, args(json!(["a", "b", "c"])), args(json!(["c", "b", "a"])));
    assert_eq!(found.len(), 1, "{found:?}");
    // What is added to something that counts as a whole is a difference.
    let select = |labels: Value| json!({"spec": {"selector": labels}});
    let found =
        manifest(("", "Service"), select(json!({"a": "1"})), select(json!({"a": "1", "b": "2"})));
    assert_eq!(found, ["spec.selector.b - \"2\""]);
    let found = manifest(
        DEPLOYMENT,
        pod(json!({"tolerations": [{"key": "a", "operator": "Exists"}]})),
        pod(json!({"tolerations": [{"key": "a", "operator": "Exists", "tolerationSeconds": 30}]})),
    );
    assert_eq!(found, ["spec.template.spec.tolerations[0].tolerationSeconds - 30"]);
}

#[test]
fn long_lists_and_odd_ones_are_compared() {
    let env: Vec<Value> =
        (0..10_000).map(|n| json!({"name": format!("E{n}"), "value": n.to_string()})).collect();
    let mut turned: Vec<Value> = env.iter().rev().cloned().collect();
    turned[0]["value"] = json!("other");
    let of = |env: &[Value]| pod(json!({"containers": [{"name": "a", "env": env}]}));
    let found = manifest(DEPLOYMENT, of(&env), of(&turned));
    assert_eq!(
        found,
        ["spec.template.spec.containers[name=a].env[name=E9999].value \"9999\" \"other\""]
    );
    // Not what the API makes them: no panic, and what differs is told.
    for (want, have) in [
        (json!([1, "a"]), json!([{"name": "a"}])),
        (json!({"a": 1}), json!([])),
        (json!("x"), json!([{}])),
        (json!([{"name": {"deep": 1}}]), json!([{"name": [1]}])),
    ] {
        let found = manifest(
            DEPLOYMENT,
            pod(json!({"containers": want.clone()})),
            pod(json!({"containers": have.clone()})),
        );
        assert!(!found.is_empty(), "{want} {have}");
        assert!(manifest(DEPLOYMENT, want.clone(), have).len() <= 1);
        assert_eq!(manifest(DEPLOYMENT, want.clone(), want), NONE);
    }
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z0-9/%.]{0,8}".prop_map(Value::from),
        ];
        let name = prop_oneof![
            "[a-z]{1,4}",
            Just("name".to_owned()),
            Just("containers".to_owned()),
            Just("spec".to_owned()),
            Just("template".to_owned()),
            Just("ports".to_owned())
        ];
        leaf.prop_recursive(5, 60, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::vec((name.clone(), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself(object in values()) {
            let object = json!({"spec": object, "metadata": {"labels": object}});
            for (group, kind) in [("apps", "Deployment"), ("", "Secret"), ("example.com", "Thing")] {
                let shape = Shape::of(group, kind);
                for base in [None, Some(&object)] {
                    let found = compare(Against::Manifest { desired: &object, base }, &object, &shape);
                    prop_assert!(found.is_empty(), "{found:?}");
                }
                prop_assert!(compare(Against::Whole(&object), &object, &shape).is_empty());
            }
        }

        #[test]
        fn whatever_two_objects_are_their_differences_are_told(one in values(), two in values()) {
            let (one, two) = (json!({"spec": one}), json!({"spec": two}));
            for (group, kind) in [("apps", "Deployment"), ("example.com", "Thing")] {
                let shape = Shape::of(group, kind);
                for change in compare(Against::Whole(&one), &two, &shape) {
                    prop_assert!(change.desired.is_some() || change.live.is_some());
                    prop_assert!(!change.path.to_string().is_empty());
                }
                compare(Against::Manifest { desired: &one, base: Some(&two) }, &two, &shape);
            }
        }
    }
}
