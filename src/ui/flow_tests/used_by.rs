//! Who uses what.

use super::fixture::Fixture;
use crate::model::{Change, SubEvent};
use crate::ui::Msg;
use serde_json::{Value, json};

fn object(
    api: &str,
    kind: &str,
    name: &str,
    owner: Option<(&str, &str, &str)>,
    spec: Value,
) -> Value {
    let owners =
        owner.map(|(api, kind, name)| json!([{"apiVersion": api, "kind": kind, "name": name}]));
    let namespace = (kind != "Node" && kind != "StorageClass").then_some("shop");
    json!({"apiVersion": api, "kind": kind, "spec": spec, "metadata": {
        "name": name, "namespace": namespace, "ownerReferences": owners}})
}

fn pod_spec(env: &str) -> Value {
    json!({"serviceAccountName": "web", "nodeName": "n1",
        "containers": [{"name": "api",
            "env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": env, "key": "t"}}}],
            "volumeMounts": [{"name": "data", "mountPath": "/var/data"}]}],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]})
}

fn shop() -> Fixture {
    let mut f = Fixture::new();
    let mut put = |plural: &str, objects: Vec<Value>| {
        f.objects.insert(("dev".to_owned(), plural.to_owned()), objects);
    };
    let template = |env: &str| json!({"template": {"spec": pod_spec(env)}});
    put("deployments", vec![object("apps/v1", "Deployment", "web", None, template("db"))]);
    let owner = Some(("apps/v1", "Deployment", "web"));
    put(
        "replicasets",
        vec![
            object("apps/v1", "ReplicaSet", "web-1", owner, template("old")),
            object("apps/v1", "ReplicaSet", "web-2", owner, template("db")),
        ],
    );
    let pod = |name: &str| {
        object("v1", "Pod", name, Some(("apps/v1", "ReplicaSet", "web-2")), pod_spec("db"))
    };
    put("pods", vec![pod("web-2-a"), pod("web-2-b")]);
    let named = |kind: &str, name: &str| object("v1", kind, name, None, json!(null));
    put("secrets", vec![named("Secret", "db"), named("Secret", "nobody"), named("Secret", "old")]);
    put(
        "persistentvolumeclaims",
        vec![object(
            "v1",
            "PersistentVolumeClaim",
            "data",
            None,
            json!({"storageClassName": "fast"}),
        )],
    );
    put("serviceaccounts", vec![named("ServiceAccount", "web")]);
    put("nodes", vec![object("v1", "Node", "n1", None, json!({}))]);
    put(
        "storageclasses",
        vec![object("storage.k8s.io/v1", "StorageClass", "fast", None, json!({}))],
    );
    put(
        "rolebindings",
        vec![json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "may-read", "namespace": "other"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]})],
    );
    f
}

#[test]
fn users_of_a_secret_are_rolled_up_to_workloads_and_follow() {
    let mut f = shop();
    f.go("secrets shop").press("u");
    let screen = f.screen();
    assert!(screen.contains("who uses Secret/db[1]"), "{screen}");
    let line = f.selected();
    assert!(line.contains("Deployment/web") && line.contains("2 pods"), "{screen}");
    assert!(line.contains("env TOKEN of api"), "{screen}");
    assert!(screen.contains("Pod/web-2-a") && screen.contains("Pod/web-2-b"), "{screen}");
    assert!(!screen.contains("ReplicaSet/"), "what stands between is left out\n{screen}");

    // A pod goes, and the page follows.
    let (sub, _) =
        f.ui.subs
            .iter()
            .find(|(_, sub)| {
                sub.need.gvr.plural == "pods" && sub.need.facet == crate::model::Facet::Links
            })
            .unwrap();
    let key = crate::model::Key { namespace: "shop".into(), name: "web-2-b".into() };
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes: vec![Change::Delete(key)] }));
    assert!(f.selected().contains("1 pod "), "{}", f.screen());
    assert!(!f.screen().contains("web-2-b"), "{}", f.screen());

    f.press("j enter");
    assert!(f.selected().contains("web-2-a"), "{}", f.screen());
    assert!(f.screen().contains("pods("), "{}", f.screen());
}

#[test]
fn an_unused_object_says_what_was_looked_at_and_an_old_revision_is_told_apart() {
    let mut f = shop();
    f.go("secrets shop").press("j u");
    assert!(
        f.screen().contains("nobody here uses it: looked at pods, deployments"),
        "{}",
        f.screen()
    );
    f.press("enter");
    assert!(f.strip().contains("nothing is selected"), "{}", f.strip());
    f.press("q j u");
    assert!(f.selected().contains("only an older revision: env TOKEN of api"), "{}", f.screen());
}

#[test]
fn claims_accounts_classes_and_nodes_have_users_too() {
    let mut f = shop();
    f.go("pvc shop").press("u");
    assert!(f.selected().contains("volume data at /var/data"), "{}", f.screen());
    f.go("sa shop").press("u");
    let screen = f.screen();
    assert!(screen.contains("service account"), "{screen}");
    assert!(screen.contains("RoleBinding/may-read in other"), "{screen}");
    f.go("sc").press("u");
    assert!(f.selected().contains("PersistentVolumeClaim/data in shop"), "{}", f.screen());
    assert!(f.selected().contains("spec.storageClassName"), "{}", f.screen());
}

#[test]
fn a_node_is_used_by_its_pods_alone() {
    let mut f = shop();
    f.sent();
    f.go("nodes");
    let id = crate::model::ObjRef {
        cluster: super::fixture::DEV,
        gvr: crate::model::Gvr::new("", "v1", "nodes"),
        kind: "Node".into(),
        namespace: "".into(),
        name: "n1".into(),
        uid: "".into(),
    };
    let pane = crate::ui::panes::used_by::UsedBy::new(&id);
    f.ui.push(crate::ui::panes::Pane::View(Box::new(pane)));
    f.wait(1);
    assert!(f.screen().contains("Deployment/web in shop"), "{}", f.screen());
    assert!(f.screen().contains("runs there"), "{}", f.screen());
    let asked = super::fixture::subscribed(&f.sent());
    assert!(!asked.iter().any(|need| need.starts_with("deployments")), "{asked:?}");
}
