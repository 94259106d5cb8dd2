//! Pages about one object in a terminal: keys of Secrets, who uses it, who may do what, events.

use crate::support::control_plane::ControlPlane;
use crate::support::paths;
use crate::support::screen::Session;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::process::Command;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("demo::a_secret_is_decoded_key_by_key_and_hidden_again", secret_decode),
        trials::on_shared("real::access_is_what_kubectl_can_i_says", access_is_what_can_i_says),
    ]
}

fn secret_decode() {
    let mut screen = Session::new(&["demo", "-c", "secrets shop"]).start();
    screen.wait_for("live");
    screen.wait_for("ledger-credentials");
    screen.select("ledger-credentials");
    screen.press("x");
    let masked = screen.wait_for("********");
    assert!(masked.contains("Secret/ledger-credentials in shop[2] Opaque"), "{masked}");
    assert!(!masked.contains("battery"), "{masked}");
    screen.press("x");
    let shown = screen.wait_for("correct horse battery staple");
    assert!(shown.contains("1 shown"), "{shown}");
    screen.press("x");
    screen.wait_gone("battery");
    // Copied: said, not shown.
    screen.press("c");
    let copied = screen.wait_for("copied password of Secret/ledger-credentials");
    assert!(!copied.contains("battery"), "{copied}");
    // Covered and left, it is gone too.
    screen.press("x");
    screen.wait_for("battery");
    screen.command("cm shop");
    screen.wait_for("configmaps(");
    screen.press("q");
    let back = screen.wait_for("Secret/ledger-credentials in shop");
    assert!(!back.contains("battery"), "{back}");
    screen.press("q");
    screen.wait_for("secrets(");
    screen.select("storefront-tls");
    screen.press("x");
    let tls = screen.wait_for("1. CN=");
    assert!(!tls.contains("BEGIN"), "{tls}");
    screen.leave();
}

/// Ours against the server's own answer, by the real kubectl.
fn access_is_what_can_i_says(plane: &ControlPlane) {
    let namespace = "access-oracle";
    let api = plane.namespace(namespace);
    let at = |plural: &str| {
        format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/{plural}")
    };
    let role = |name: &str, rules: Value| json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules});
    let bind = |name: &str, kind: &str, role: &str, subjects: Value| {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": name}, "subjects": subjects,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role}})
    };
    api.create(
        &at("roles"),
        &role(
            "odd",
            json!([
                {"verbs": ["get", "delete"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["db"]},
                {"verbs": ["*"], "apiGroups": ["apps"], "resources": ["deployments"]},
                {"verbs": ["patch"], "apiGroups": ["*"], "resources": ["*/scale"]},
                {"verbs": ["create"], "apiGroups": [""], "resources": ["pods/exec"]},
            ]),
        ),
    );
    api.create(
        &at("rolebindings"),
        &bind(
            "odd",
            "Role",
            "odd",
            json!([{"kind": "ServiceAccount", "name": "web", "namespace": namespace}]),
        ),
    );
    api.create(&at("rolebindings"), &bind("edit", "ClusterRole", "edit", json!([{"kind": "User", "name": "oracle-jane", "apiGroup": "rbac.authorization.k8s.io"}])));
    api.create(&at("rolebindings"), &bind("all-view", "ClusterRole", "view", json!([{"kind": "Group", "name": format!("system:serviceaccounts:{namespace}"), "apiGroup": "rbac.authorization.k8s.io"}])));
    let web = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web"}});
    api.create(&format!("/api/v1/namespaces/{namespace}/serviceaccounts"), &web);
    let kubeconfig = plane.kubeconfig("admin");
    let account = format!("system:serviceaccount:{namespace}:web");
    let controller = "system:serviceaccount:kube-system:deployment-controller";
    let mut yes = 0;
    let mut asked = 0;
    for subject in ["oracle-jane", "oracle-nobody", &account, controller] {
        for (verb, what) in [
            ("get", "pods"),
            ("list", "pods"),
            ("delete", "pods"),
            ("get", "secrets"),
            ("get", "secrets/db"),
            ("list", "secrets"),
            ("update", "deployments.apps"),
            ("deletecollection", "deployments.apps"),
            ("patch", "deployments.apps/scale"),
            ("create", "pods/exec"),
            ("get", "pods/log"),
            ("get", "nodes"),
            ("list", "namespaces"),
            ("get", "namespaces/access-oracle"),
            ("create", "rolebindings.rbac.authorization.k8s.io"),
            ("get", "/healthz"),
            ("get", "/logs"),
        ] {
            let ours = Command::new(paths::program())
                .args(["--kubeconfig", kubeconfig.to_str().unwrap(), "-n", namespace, "access"])
                .args([&format!("user/{subject}"), verb, what])
                .output()
                .unwrap();
            let ours = String::from_utf8(ours.stdout).unwrap();
            // kubectl takes a subresource by an option.
            let (kind, sub) = match what.split_once('/') {
                Some((kind, sub)) if !kind.is_empty() && !matches!(sub, "db" | "access-oracle") => {
                    (kind, Some(sub))
                }
                _ => (what, None),
            };
            let mut words = vec!["auth", "can-i", verb, kind, "--as", subject];
            // kubectl would ask for nodes of a namespace, which nobody ever gets asked.
            if matches!(what, "nodes" | "namespaces") {
                words.push("-A");
            } else {
                words.extend(["-n", namespace]);
            }
            let option = sub.map(|sub| format!("--subresource={sub}"));
            words.extend(option.as_deref());
            // No is an exit code of 1.
            let theirs = String::from_utf8(plane.kubectl(&words).stdout).unwrap();
            assert_eq!(
                ours.trim(),
                theirs.lines().last().unwrap_or_default().trim(),
                "{subject} {verb} {what}"
            );
            asked += 1;
            yes += usize::from(ours.trim() == "yes");
        }
    }
    let who = Command::new(paths::program())
        .args(["--kubeconfig", kubeconfig.to_str().unwrap(), "-n", namespace, "access"])
        .args(["patch", "deployments/scale"])
        .output()
        .unwrap();
    let who = String::from_utf8(who.stdout).unwrap();
    let line = who.lines().find(|line| line.contains("/web")).unwrap_or_else(|| panic!("{who}"));
    assert!(line.contains("Role/odd by RoleBinding/odd"), "{who}");
    assert!(who.contains("User/oracle-jane") && who.contains("Group/system:masters"), "{who}");
    // What a page in a terminal says of the same account.
    let mut screen = Session::on(&kubeconfig, &["-n", namespace, "-c", "sa"]).start();
    screen.select("web");
    screen.press("<enter>");
    let page = screen.wait_for("Role/odd by RoleBinding/odd");
    assert!(page.contains(&format!("in {namespace}")), "{page}");
    screen.leave();
    assert!(yes > 15 && asked - yes > 15, "both answers occur: {yes} of {asked}");
}
