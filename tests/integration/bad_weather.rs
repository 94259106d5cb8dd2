//! What a person sees when it cannot work: what was tried, why it failed, what to do. The UI stays up.

use crate::support::control_plane::{ControlPlane, wheelhouse};
use crate::support::screen::Session;
use crate::support::trials;
use libtest_mimic::Trial;
use std::path::Path;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("weather::a_kubeconfig_that_cannot_be_used_is_told", kubeconfigs),
        trials::plain("weather::a_server_that_is_not_there_is_told_and_tried_again", nobody_there),
        trials::on_shared("weather::a_wrong_authority_token_or_kind_is_told", refusals),
    ]
}

/// What `wheelhouse …` says on standard error when it fails.
fn complaint(dir: &Path, args: &[&str]) -> String {
    let output = wheelhouse(dir).args(args).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{args:?} went well: {said}");
    assert!(output.stdout.is_empty(), "{args:?}: nothing is printed but the complaint");
    assert!(!said.contains("panicked"), "{args:?}: {said}");
    said
}

fn assert_says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is not in\n{said}");
    }
}

fn config(server: &str, extra: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n\
         clusters:\n- name: c\n  cluster: {{server: \"{server}\"{extra}}}\n\
         users:\n- name: u\n  user: {{token: t}}\n\
         contexts:\n- name: here\n  context: {{cluster: c, user: u}}\n"
    )
}

fn kubeconfigs() {
    let dir = tempfile::tempdir().unwrap();
    let none = complaint(dir.path(), &["get", "pods"]);
    assert_says(&none, &["KUBECONFIG", ".kube/config", "demo"]);

    let path = dir.path().join("config");
    let file = path.display().to_string();
    for (text, words) in [
        ("apiVersion: v1\nclusters: [", &["config"][..]),
        ("just words", &["config"][..]),
        ("apiVersion: v1\nkind: Config\ncurrent-context: gone\n", &["no contexts"][..]),
    ] {
        std::fs::write(&path, text).unwrap();
        assert_says(&complaint(dir.path(), &["get", "pods", "--kubeconfig", &file]), words);
    }
    std::fs::write(&path, config("http://127.0.0.1:1", "")).unwrap();
    let other = ["get", "pods", "--kubeconfig", &file, "--context", "heer"];
    assert_says(&complaint(dir.path(), &other), &["heer", "here"]);
}

fn nobody_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kubeconfig");
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    std::fs::write(&path, config(&url, "")).unwrap();
    let file = path.display().to_string();
    let said = complaint(dir.path(), &["get", "pods", "--kubeconfig", &file]);
    assert_says(&said, &["refused"]);
    let mut screen = Session::on(&path, &["-c", "pods"]).start();
    screen.wait_for("refused");
    screen.press("?");
    screen.wait_for("keys that work here");
    screen.press("q");
    screen.wait_gone("keys that work here");
    screen.leave();
}

fn refusals(plane: &ControlPlane) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config");
    let file = path.display().to_string();
    let get = ["get", "pods", "--kubeconfig", &file];
    // The system's authorities know nothing of this server.
    std::fs::write(&path, config(&plane.url(), "")).unwrap();
    assert_says(&complaint(dir.path(), &get), &["certificate"]);
    let authority = format!(", certificate-authority: \"{}\"", plane.authority().display());
    std::fs::write(&path, config(&plane.url(), &authority)).unwrap();
    let said = complaint(dir.path(), &get).to_lowercase();
    assert!(said.contains("unauthorized") || said.contains("401"), "{said}");

    let admin = plane.kubeconfig("admin").display().to_string();
    let said = complaint(dir.path(), &["get", "deploymets", "--kubeconfig", &admin]);
    assert_says(&said, &["deploymets", "deployments"]);
    let guest = plane.kubeconfig("guest").display().to_string();
    let said = complaint(dir.path(), &["get", "secrets", "--kubeconfig", &guest]);
    assert_says(&said, &["forbidden", "secrets"]);
}
