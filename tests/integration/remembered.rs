//! A second start begins with what the cluster served last: its first rows need no discovery.

use crate::support::control_plane::{ControlPlane, Options};
use crate::support::screen::Session;
use crate::support::{scripted, trials, wait};
use libtest_mimic::Trial;
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

pub fn trials() -> Vec<Trial> {
    vec![trials::on_own(
        "remembered::a_second_start_needs_no_discovery_and_trusts_none_that_is_old",
        Options::bare(),
        second_start,
    )]
}

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const BINDING: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:discovery";

fn kind(plane: &ControlPlane, plural: &str, kind: &str) {
    let api = plane.api();
    api.create(CRDS, &scripted::crd("example.com", "v1", plural, kind));
    let path = format!("/apis/example.com/v1/namespaces/default/{plural}");
    let object = json!({"apiVersion": "example.com/v1", "kind": kind,
        "metadata": {"name": format!("one-of-{plural}")}});
    // A kind is served a moment after its definition is there.
    wait::until("the kind to be served", || match api.call("POST", &path, Some(&object)) {
        (201, _) => Ok(()),
        (code, body) => Err(format!("{code} {body}")),
    });
}

/// A session of somebody who may look at everything, beginning with these objects.
fn session(plane: &ControlPlane, home: &Path, kinds: &str) -> Session {
    Session::on(&plane.kubeconfig_in("guest", "default"), &["-c", kinds]).home(home)
}

fn files(home: &Path) -> Vec<PathBuf> {
    let dir = home.join(".cache/wheelhouse/clusters");
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn second_start(plane: &mut ControlPlane) {
    let api = plane.api();
    api.create(
        &format!("{RBAC}/clusterroles"),
        &json!({"metadata": {"name": "looks"},
            "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]}),
    );
    api.create(
        &format!("{RBAC}/clusterrolebindings"),
        &json!({"metadata": {"name": "looks"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "looks"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "guests"}]}),
    );
    kind(plane, "widgets", "Widget");
    let home = tempfile::tempdir().expect("a home");

    let mut screen = session(plane, home.path(), "widgets").start();
    screen.wait_for("one-of-widgets");
    let kept = wait::until("the cluster to be remembered", || {
        match files(home.path())
            .into_iter()
            .find(|path| path.extension().is_some_and(|end| end == "json"))
        {
            Some(path) if std::fs::read_to_string(&path).expect("text").contains("widgets") => {
                Ok(path)
            }
            other => Err(format!("{other:?}")),
        }
    });
    screen.leave();
    let mode =
        |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&kept), mode(kept.parent().expect("a folder"))), (0o600, 0o700));
    let text = std::fs::read_to_string(&kept).expect("text");
    for secret in ["guest-token", "guest", &plane.url()] {
        assert!(!text.contains(secret), "{secret} is kept");
    }

    // Nobody may ask any more what is served: what is shown now did not wait for the answer.
    let binding = api.get(BINDING);
    assert_eq!(api.call("DELETE", BINDING, None).0, 200);
    wait::until("discovery to be refused", || {
        let guest = crate::support::api::Api::connect(plane.port(), "guest-token")?;
        match guest.call("GET", "/apis", None) {
            (403, _) => Ok(()),
            (code, _) => Err(code.to_string()),
        }
    });
    let mut screen = session(plane, home.path(), "widgets").start();
    screen.wait_for("one-of-widgets");
    screen.leave();
    let elsewhere = tempfile::tempdir().expect("a home");
    let mut screen = session(plane, elsewhere.path(), "widgets").start();
    screen.wait_for("ask the server what it serves");
    assert!(!screen.text().contains("one-of-widgets"), "{}", screen.text());
    screen.leave();
    let binding = json!({"metadata": {"name": "system:discovery"},
        "roleRef": binding["roleRef"], "subjects": binding["subjects"]});
    api.create(&format!("{RBAC}/clusterrolebindings"), &binding);

    // A kind that came since, and one that went.
    kind(plane, "gadgets", "Gadget");
    let mut screen = session(plane, home.path(), "gadgets").start();
    screen.wait_for("one-of-gadgets");
    screen.leave();
    assert_eq!(api.call("DELETE", &format!("{CRDS}/widgets.example.com"), None).0, 200);
    let gone = "/apis/example.com/v1/widgets";
    wait::until("the kind to be gone", || match api.call("GET", gone, None).0 {
        404 => Ok(()),
        code => Err(code.to_string()),
    });
    let mut screen = session(plane, home.path(), "widgets").start();
    screen.wait_for("does not serve");
    assert!(!screen.text().contains("one-of-widgets"), "{}", screen.text());
    screen.leave();

    // Whatever lies there, and where nothing can lie.
    std::fs::write(&kept, "{\"format\":1,\"served\":").expect("a file");
    let mut screen = session(plane, home.path(), "gadgets").start();
    screen.wait_for("one-of-gadgets");
    screen.leave();
    let mut screen =
        session(plane, home.path(), "gadgets").env("WHEELHOUSE_CACHE_DIR", "/dev/null/x").start();
    screen.wait_for("one-of-gadgets");
    screen.leave();
}
