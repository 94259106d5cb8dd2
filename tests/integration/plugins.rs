//! k9s' plugins in a terminal, on a real control plane: the program is run for the row and the
//! cluster on screen, with the terminal or beside us, and never where nothing may be changed.

use crate::support::control_plane::ControlPlane;
use crate::support::screen::Session;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::json;
use std::path::Path;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("plugins::run_for_the_row_and_the_cluster_on_screen", run),
        trials::on_shared("plugins::change_nothing_where_nothing_may_be_changed", readonly),
    ]
}

const PLUGINS: &str = r#"
plugins:
  where:
    shortCut: Ctrl-L
    description: Where am I
    scopes: [configmaps]
    command: sh
    args: [-c, 'echo "for $NAMESPACE/$NAME"; cat "${KUBECONFIG%%:*}"; echo; read line']
    dangerous: false
  poke:
    shortCut: Shift-Y
    description: Poke it
    scopes: [cm]
    background: true
    command: sh
    args: [-c, 'echo poked $NAME > poked; echo poked']
  fails:
    shortCut: Shift-B
    scopes: [all]
    command: sh
    args: [-c, 'echo this went wrong >&2; exit 7']
    dangerous: false
"#;

fn home(dir: &Path) {
    std::fs::create_dir_all(dir.join(".config/k9s")).unwrap();
    std::fs::write(dir.join(".config/k9s/plugins.yaml"), PLUGINS).unwrap();
}

fn config_map(plane: &ControlPlane, namespace: &str) {
    let api = plane.namespace(namespace);
    let object =
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "settings" } });
    api.create(&format!("/api/v1/namespaces/{namespace}/configmaps"), &object);
}

fn run(plane: &ControlPlane) {
    config_map(plane, "plugged");
    let dir = tempfile::tempdir().unwrap();
    home(dir.path());
    let args = ["-n", "plugged", "-c", "cm /settings"];
    let mut screen = Session::on(&plane.kubeconfig("admin"), &args).home(dir.path()).start();
    screen.wait_until("the row", |text| text.contains("▸ settings"));
    // With the terminal: it sees what is selected, and our context as the current one.
    screen.press("<ctrl-l>");
    let said = screen.wait_for("for plugged/settings");
    assert!(!said.contains("▸ settings"), "the program has the screen:\n{said}");
    screen.wait_for("\"current-context\":\"admin\"");
    screen.press("<enter>");
    screen.wait_until("the table again", |text| text.contains("▸ settings"));
    screen.wait_for("where has ended");
    // What fails is still to be read before the screen comes back.
    screen.press("B");
    screen.wait_for("this went wrong");
    screen.wait_for("exit code 7");
    screen.press("<enter>");
    screen.wait_until("the table again", |text| text.contains("▸ settings"));
    // In the background, after its exact words were shown.
    screen.press("Y");
    let dialog = screen.wait_for("> Cancel <");
    assert!(dialog.contains("echo poked settings > poked"), "{dialog}");
    screen.press("<shift-tab>");
    screen.wait_for("> Run <");
    screen.press("<enter>");
    screen.wait_for("poke has ended well");
    assert_eq!(std::fs::read_to_string(dir.path().join("poked")).unwrap(), "poked settings\n");
    screen.leave();
}

fn readonly(plane: &ControlPlane) {
    config_map(plane, "unplugged");
    let dir = tempfile::tempdir().unwrap();
    home(dir.path());
    let args = ["--readonly", "-n", "unplugged", "-c", "cm /settings"];
    let mut screen = Session::on(&plane.kubeconfig("admin"), &args).home(dir.path()).start();
    screen.wait_until("the row", |text| text.contains("▸ settings"));
    screen.press("Y");
    screen.wait_for("read-only, and the program may change something");
    screen.command("plugin poke");
    screen.wait_for("read-only, and the program may change something");
    assert!(!dir.path().join("poked").exists());
    screen.leave();
}
