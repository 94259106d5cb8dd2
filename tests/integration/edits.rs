//! Editing in a terminal: on a real control plane what servers say about texts, on the demo what
//! editors can do to them. Whatever goes wrong, the text is there afterwards.

use crate::support::api::{Api, MERGE};
use crate::support::control_plane::ControlPlane;
use crate::support::screen::{Screen, Session};
use crate::support::trials;
use crate::support::wait::until_true;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("real::edits_are_tried_sent_merged_and_made_anew", inside),
        trials::on_shared("real::what_the_server_finds_wrong_stands_beside_the_text", invalid),
        trials::on_shared("real::headless_edit_goes_on_until_the_server_accepts", headless),
        trials::plain("edits::an_editor_that_fails_loses_nothing", failing_editors),
        trials::plain("edits::a_plan_that_is_cancelled_keeps_the_text", cancelled),
    ]
}

const MAPS: &str = "/api/v1/namespaces/edits/configmaps";

fn map() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shop"},
        "data": {"colour": "red", "size": "small"}})
}

/// Opens the selected object in the editor inside, and goes to the first match of a pattern.
fn open_at(screen: &mut Screen, title: &str, pattern: &str) {
    screen.press("e");
    screen.wait_for(title);
    screen.press("<ctrl-f>");
    screen.wait_until("the search", |text| text.lines().rev().take(3).any(|l| l.starts_with(" /")));
    screen.type_text(pattern);
    screen.press("<enter>");
    screen.wait_gone(&format!("/{pattern}"));
}

/// Writes another colour in place of the one that stands there.
fn recolour(screen: &mut Screen, from: &str, to: &str) {
    open_at(screen, "edit ConfigMap/shop", "colour");
    screen.press("<end>");
    for _ in 0..from.len() {
        screen.press("<backspace>");
    }
    screen.type_text(to);
    screen.wait_for(&format!("colour: {to}"));
}

fn send(screen: &mut Screen) {
    screen.wait_for("the server would accept it");
    screen.press("<enter>");
    screen.wait_gone("PUT /api");
}

fn colour(api: &Api) -> String {
    api.get(&format!("{MAPS}/shop"))["data"]["colour"].as_str().unwrap_or_default().to_owned()
}

fn merge(api: &Api, path: &str, change: &Value) {
    let (code, body) = api.call_as("PATCH", path, MERGE, Some(change));
    assert_eq!(code, 200, "{body}");
}

fn inside(plane: &ControlPlane) {
    let api = plane.namespace("edits");
    api.create(MAPS, &map());
    let object = format!("{MAPS}/shop");
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", "edits", "-c", "configmaps"]).start();
    screen.select("shop");

    // Shown, tried, sent under our own name.
    recolour(&mut screen, "red", "blue");
    screen.press("<ctrl-s>");
    screen.wait_for("+   colour: blue");
    send(&mut screen);
    until_true("the colour is blue", || colour(&api) == "blue");
    let managers = api.get(&object)["metadata"]["managedFields"].to_string();
    assert!(managers.contains("\"wheelhouse\""), "{managers}");
    screen.wait_gone("edit ConfigMap");

    // Somebody else changes another field meanwhile: both are kept.
    recolour(&mut screen, "blue", "green");
    merge(&api, &object, &json!({"data": {"size": "large"}}));
    screen.press("<ctrl-s>");
    screen.wait_for("it was changed meanwhile; that is kept");
    send(&mut screen);
    until_true("the colour is green", || colour(&api) == "green");
    assert_eq!(api.get(&object)["data"]["size"], "large");
    screen.wait_gone("edit ConfigMap");

    // The same field: both sides are told, and the person's is sent when they say so again.
    recolour(&mut screen, "green", "pink");
    merge(&api, &object, &json!({"data": {"colour": "black"}}));
    screen.press("<ctrl-s>");
    screen.wait_for("the cluster now has black here (it was green)");
    assert_eq!(colour(&api), "black");
    screen.press("<ctrl-s>");
    screen.wait_for("-   colour: black");
    send(&mut screen);
    until_true("the colour is pink", || colour(&api) == "pink");
    screen.wait_gone("edit ConfigMap");

    // Gone: made anew.
    recolour(&mut screen, "pink", "white");
    assert_eq!(api.call("DELETE", &object, None).0, 200);
    screen.press("<ctrl-s>");
    screen.wait_for("it was deleted meanwhile");
    screen.wait_for("> Create <");
    screen.press("<enter>");
    until_true("it is there again", || {
        let (code, body) = api.call("GET", &object, None);
        code == 200 && body["data"]["colour"] == "white"
    });
    screen.leave();
}

fn invalid(plane: &ControlPlane) {
    let api = plane.namespace("edits-invalid");
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": {
            "replicas": 1,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "main", "image": "registry.example.com/main:1" }] },
            },
        },
    });
    api.create("/apis/apps/v1/namespaces/edits-invalid/deployments", &deployment);
    let path = "/apis/apps/v1/namespaces/edits-invalid/deployments/web";
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", "edits-invalid", "-c", "deploy"]).start();
    screen.select("web");
    open_at(&mut screen, "edit Deployment/web", "^  replicas");
    screen.press("<end> <backspace>");
    screen.type_text("-1");
    screen.press("<ctrl-s>");
    let text = screen.wait_for("must be greater than or equal to 0");
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.contains("replicas: -1")).expect("the line");
    assert!(lines[at].contains('!') && lines[at + 1].contains("spec.replicas"), "{text}");
    // The cursor is there; a field that the server does not know is told as well.
    screen.press("<end> <backspace> <backspace>");
    screen.type_text("2");
    screen.press("<enter>");
    screen.type_text("replicaz: 3");
    screen.press("<ctrl-s>");
    screen.wait_for("spec.replicaz: unknown field");
    assert_eq!(api.get(path)["spec"]["replicas"], 1, "nothing was stored");
    // Left and gone on with: the text is what it was.
    screen.press("<esc>");
    screen.wait_for("the search is ended");
    screen.press("<esc>");
    screen.wait_for("again leaves");
    screen.press("<esc>");
    screen.wait_for("kept in ");
    screen.press("e");
    screen.wait_for("your text of before");
    screen.press("<ctrl-f>");
    screen.type_text("replicaz");
    screen.press("<enter>");
    screen.press("<ctrl-c>");
    screen.wait_for("quit again");
    screen.leave();

    // The status is edited by its own subresource.
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", "edits-invalid", "-c", "deploy"]).start();
    screen.select("web");
    screen.command("edit deploy/web --subresource status");
    screen.wait_for("edit Deployment/web status");
    screen.press("<ctrl-f>");
    screen.type_text("^status");
    screen.press("<enter> <end> <enter>");
    screen.type_text("  collisionCount: 7");
    screen.press("<ctrl-s>");
    screen.wait_for("deployments/web/status?");
    screen.wait_for("the server would accept it");
    screen.press("<enter>");
    until_true("the status is written", || api.get(path)["status"]["collisionCount"] == 7);
    screen.leave();
}

fn headless(plane: &ControlPlane) {
    let api = plane.namespace("edits-headless");
    let maps = "/api/v1/namespaces/edits-headless/configmaps";
    api.create(maps, &map());
    let edit = |editor: &str, target: &[&str]| {
        let dir = tempfile::tempdir().unwrap();
        let output = crate::support::control_plane::wheelhouse(dir.path())
            .arg("edit")
            .args(target)
            .args(["-n", "edits-headless"])
            .arg(format!("--kubeconfig={}", plane.kubeconfig("admin").display()))
            .env("KUBE_EDITOR", editor)
            .env("WHEELHOUSE_STATE_DIR", dir.path().join("state"))
            .output()
            .unwrap();
        let kept = std::fs::read_dir(dir.path().join("state/edits")).map_or(0, Iterator::count);
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said, kept)
    };
    let (code, said, kept) = edit("sed -i s/red/blue/", &["cm/shop"]);
    assert_eq!((code, kept), (Some(0), 0), "{said}");
    assert!(said.contains("ConfigMap/shop edited"), "{said}");
    assert_eq!(api.get(&format!("{maps}/shop"))["data"]["colour"], "blue");
    let (code, said, kept) = edit("true", &["cm", "shop"]);
    assert_eq!((code, kept), (Some(0), 0), "{said}");
    assert!(said.contains("not changed"), "{said}");
    // What is no config map comes back with its mistake above it; the second try mends it.
    let mending = "sh -c 'if grep -q \"^# \" \"$0\"; then sed -i \"s/^data: .*/data: {colour: green}/\" \"$0\"; \
                   else sed -i \"/^data:/,/^kind:/{/^kind:/!d}\" \"$0\"; sed -i \"1i data: 7\" \"$0\"; fi'";
    let (code, said, kept) = edit(mending, &["cm/shop"]);
    assert_eq!((code, kept), (Some(0), 0), "{said}");
    assert_eq!(api.get(&format!("{maps}/shop"))["data"], json!({"colour": "green"}));
    // The same mistake twice is given up, and kept.
    let (code, said, kept) = edit("sed -i 's/^kind: .*/kind: Pod/'", &["cm/shop"]);
    assert_eq!((code, kept), (Some(1), 1), "{said}");
    assert!(said.contains("nothing was sent") && said.contains("your text is in"), "{said}");
    let (code, said, _) = edit("true", &["cm/nothing"]);
    assert_eq!(code, Some(1), "{said}");
    let (code, said, _) = edit("true", &["cm/shop", "--subresource", "status"]);
    assert_eq!(code, Some(2), "{said}");
    let (code, said, _) = edit("true", &["cm/shop", "--readonly"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("read-only"), "{said}");
}

/// A session on the demo whose editor is this command, with one deployment selected.
fn with_editor(editor: &str, home: &std::path::Path) -> Screen {
    let mut screen =
        Session::new(&["demo", "-c", "deploy -A"]).home(home).env("EDITOR", editor).start();
    screen.wait_for("deployments(all namespaces)");
    screen.press("/");
    screen.type_text("coredns");
    screen.wait_until("the filter", |text| text.contains("[1 of ") && text.contains("coredns"));
    screen.press("<enter>");
    screen
}

fn kept(home: &std::path::Path) -> Vec<Vec<u8>> {
    let Ok(dir) = std::fs::read_dir(home.join("state/edits")) else { return Vec::new() };
    dir.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

fn failing_editors() {
    let change = "sed -i \"s/^  replicas: .*/  replicas: 4/\" \"$0\"";
    for (editor, why, stays) in [
        (format!("sh -c '{change}; exit 1'"), "ended with exit status: 1", "replicas: 4"),
        ("sh -c 'printf \"\\377\\376\" > \"$0\"'".to_owned(), "no UTF-8 text", "\u{fffd}"),
        ("sh -c 'echo \"a: [\" > \"$0\"'".to_owned(), "no YAML", "a: ["),
        ("sh -c ': > \"$0\"'".to_owned(), "the text is empty", ""),
        ("true".to_owned(), "nothing changed", ""),
        ("sh -c 'kill -9 $$'".to_owned(), "signal: 9", ""),
    ] {
        let home = tempfile::tempdir().unwrap();
        let mut screen = with_editor(&editor, home.path());
        screen.press("e");
        screen.wait_for(why);
        assert!(!screen.text().contains("> Send <"), "{}", screen.text());
        if stays.is_empty() {
            until_true("nothing is kept of nothing", || kept(home.path()).is_empty());
        } else {
            until_true("the text is kept", || {
                kept(home.path()).iter().any(|text| String::from_utf8_lossy(text).contains(stays))
            });
        }
        drop(screen);
    }
}

fn cancelled() {
    let home = tempfile::tempdir().unwrap();
    let mut screen = with_editor("sed -i 's/^  replicas: .*/  replicas: 4/'", home.path());
    screen.press("e");
    screen.wait_for("+   replicas: 4");
    screen.wait_for("> Send <");
    screen.press("<esc>");
    screen.wait_for("kept in ");
    assert!(
        kept(home.path())
            .iter()
            .any(|text| { String::from_utf8_lossy(text).contains("replicas: 4") })
    );
    screen.command("edits");
    screen.wait_for("Deployment/coredns in kube-system");
    screen.press("<esc>");
    // It goes on where it was left, and what was sent is kept no longer.
    screen.press("e");
    screen.wait_for("your text of before");
    screen.press("<ctrl-s>");
    // The object may go on changing by itself: then it is shown once more.
    while !screen.text().contains("rolled out: 4 available") {
        let text = screen.wait_until("the plan or its outcome", |text| {
            text.contains("> Send <") || text.contains("rolled out: 4 available")
        });
        if text.contains("> Send <") {
            screen.press("<enter>");
            screen.wait_gone("> Send <");
        }
    }
    until_true("its file is gone", || kept(home.path()).is_empty());
    screen.leave();
}
