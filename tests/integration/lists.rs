//! Lists that do not come as a whole, and people who may watch but not list, on the real API server.

use crate::get::{identities, row_identities};
use crate::support::api::{Api, Write};
use crate::support::audit::{self, Asked};
use crate::support::control_plane::ControlPlane;
use crate::support::faults::{Proxy, Weather};
use crate::support::screen::{Screen, Session};
use crate::support::{trials, wait};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::path::PathBuf;

const PODS: &str = "/api/v1/namespaces/shop/pods";
const COUNT: usize = 1200;
/// Bytes after which a connection ends: some 300 of these pods.
const SHORT: usize = 350_000;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_own(
            "lists::where_no_whole_list_comes_through_it_is_read_by_pages_beside_its_watch",
            audit::options(),
            pages,
        ),
        trials::on_own(
            "lists::who_may_watch_but_not_list_sees_the_rows_and_every_change",
            audit::options(),
            watch_only,
        ),
    ]
}

fn pod(i: usize) -> Value {
    let note = "x".repeat(200);
    json!({"metadata": {"name": format!("pod-{i:04}"), "annotations": {"note": note}},
        "spec": {"containers": [{"name": "main", "image": "main"}]}})
}

/// Requests for the pods among those that were made.
fn asked(plane: &ControlPlane) -> Vec<Asked> {
    audit::asked(plane).into_iter().filter(|asked| asked.uri.contains("/pods?")).collect()
}

/// Waits until the rows are the server's, each of them in its last version.
fn same(screen: &mut Screen, plane: &ControlPlane) {
    wait::until("the rows to be the server's", || {
        let ours = row_identities(&screen.save_rows());
        let theirs = identities(&plane.api().get(PODS));
        let differ = ours.iter().filter(|row| !theirs.contains(row)).count();
        if ours == theirs {
            Ok(())
        } else {
            Err(format!("{} of {}, {differ} differ", ours.len(), theirs.len()))
        }
    });
}

fn through(plane: &ControlPlane, proxy: &Proxy) -> PathBuf {
    let text = std::fs::read_to_string(plane.kubeconfig_in("admin", "shop")).unwrap();
    let ours = format!("https://127.0.0.1:{}", proxy.port());
    let path = plane.dir().join("through.kubeconfig");
    std::fs::write(&path, text.replace(&plane.url(), &ours)).unwrap();
    path
}

fn pages(plane: &mut ControlPlane) {
    let api = plane.namespace("shop");
    api.all((0..COUNT).map(|i| Write::create(PODS, pod(i))));
    let proxy = Proxy::start(plane.port(), &plane.dir().join("certs"));
    proxy.set(Weather::Short(SHORT));
    let mut screen = Session::on(&through(plane, &proxy), &[]).size(160, 50).start();
    // Meanwhile pods go, change and come: first and last ones.
    screen.wait_for("pod-0000");
    let path = |i: usize| format!("{PODS}/pod-{i:04}?gracePeriodSeconds=0");
    api.all([0, 1, 600, COUNT - 1].map(|i| Write::delete(path(i))));
    api.all([2, 601, COUNT - 2].map(|i| {
        Write::merge(format!("{PODS}/pod-{i:04}"), json!({"metadata": {"labels": {"new": "yes"}}}))
    }));
    api.all([COUNT, COUNT + 1].map(|i| Write::create(PODS, pod(i))));
    screen.wait_until("all rows, live", |text| text.contains("[1,198]") && text.contains("live"));
    same(&mut screen, plane);
    let asked = asked(plane);
    let whole = |asked: &&Asked| asked.verb == "list" && !asked.uri.contains("limit=");
    assert_eq!(asked.iter().filter(whole).count(), 2, "{asked:#?}");
    let of = |part: &str| asked.iter().position(|asked| asked.uri.contains(part));
    let (watch, next) = (of("watch=1").unwrap(), of("continue=").unwrap());
    let last = asked.iter().rposition(|asked| asked.uri.contains("continue=")).unwrap();
    assert!(watch < last && next <= last, "the watch does not wait for the pages: {asked:#?}");
    // Later changes come as ever.
    api.all([Write::delete(path(3)), Write::create(PODS, pod(COUNT + 2))]);
    same(&mut screen, plane);
    screen.leave();
}

fn watch_only(plane: &mut ControlPlane) {
    let api = plane.namespace("shop");
    api.all((0..20).map(|i| Write::create(PODS, pod(i))));
    let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop";
    let role = |verbs: &[&str]| {
        json!({"metadata": {"name": "looks-on"},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}]})
    };
    let binding = json!({
        "metadata": {"name": "looks-on"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "looks-on"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "guest"}],
    });
    api.create(&format!("{rbac}/rolebindings"), &binding);
    // Neither is allowed: the list's refusal is told, in the server's words.
    let kubeconfig = plane.kubeconfig_in("guest", "shop");
    let mut screen = Session::on(&kubeconfig, &["-c", "pods"]).size(160, 50).start();
    screen.wait_for("no permission");
    let initial = |asked: &Asked| asked.verb == "watch" && asked.uri.contains("sendInitialEvents");
    assert_eq!(asked(plane).iter().filter(|asked| initial(asked)).count(), 1);
    screen.leave();

    api.create(&format!("{rbac}/roles"), &role(&["watch"]));
    let guest = Api::connect(plane.port(), "guest-token").unwrap();
    let watch = format!("{PODS}?watch=1&timeoutSeconds=1");
    wait::until_true("the role to be heard of", || guest.call("GET", &watch, None).0 == 200);
    let mut screen = Session::on(&kubeconfig, &["-c", "pods"]).size(160, 50).start();
    screen.wait_until("all of them, live", |text| text.contains("[20]") && text.contains("live"));
    same(&mut screen, plane);
    api.all([
        Write::delete(format!("{PODS}/pod-0007?gracePeriodSeconds=0")),
        Write::create(PODS, pod(20)),
    ]);
    screen
        .wait_until("what changed", |text| text.contains("pod-0020") && !text.contains("pod-0007"));
    same(&mut screen, plane);
    screen.leave();
}
