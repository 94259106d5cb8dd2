//! Values of Secrets are on no screen, in no output, in no file: a canary in every place where one can
//! be, and a walk through every pane and command.

use super::apps_cli::run;
use crate::support::demo_server::DemoServer;
use crate::support::screen::{Screen, Session};
use crate::support::trials;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use wheelhouse::demo::{Demo, DemoOptions};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("canary::no_pane_shows_a_value_of_a_secret", panes),
        trials::plain("canary::no_command_prints_a_value_of_a_secret", commands),
    ]
}

/// A part of every value.
const CANARY: &str = "canary-7d1c9e40b2";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The demo with canaries in all of its Secrets, and in one more that was applied and then changed.
struct Cage {
    server: DemoServer,
    kubeconfig: PathBuf,
    /// Everything that must not be seen.
    secret: Vec<String>,
}

/// One request to the demo; what it answers.
pub fn ask(kubeconfig: &Path, method: &str, path: &str, media: &str, body: &Value) -> Value {
    let text = std::fs::read_to_string(kubeconfig).unwrap();
    let at = text.split("http://").nth(1).unwrap();
    let host = at.split(['"', '\n', '}']).next().unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: application/json\r\n\
         Content-Type: {media}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, rest) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap();
    assert!(status.starts_with('2'), "{method} {path}: {answer}");
    let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    let mut json = String::new();
    let mut rest = rest;
    // In pieces, the last of which is empty.
    loop {
        let (size, tail) = rest.split_once("\r\n").filter(|_| chunked).unwrap_or(("0", rest));
        match usize::from_str_radix(size.trim(), 16).unwrap() {
            0 => break,
            size => {
                json.push_str(&tail[..size]);
                rest = &tail[size + 2..];
            }
        }
    }
    let whole = answer.split_once("\r\n\r\n").unwrap().1;
    let json = if chunked { json.as_str() } else { whole };
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

impl Cage {
    fn open() -> Self {
        let server = DemoServer::start(Demo::start(DemoOptions { seed: 1, ..Default::default() }));
        let kubeconfig = server.kubeconfig("demo");
        let all = ask(&kubeconfig, "GET", "/api/v1/secrets", "", &Value::Null);
        let mut secret: Vec<String> = Vec::new();
        // A part of the coded value holds whatever stands before it, where it begins at a third byte.
        for coder in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE] {
            secret.push(coder.encode(CANARY));
        }
        secret.push(CANARY.to_owned());
        for item in all["items"].as_array().unwrap() {
            let text = |field: &str| item["metadata"][field].as_str().unwrap();
            let path = format!("/api/v1/namespaces/{}/secrets/{}", text("namespace"), text("name"));
            let release = item["type"] == "helm.sh/release.v1";
            let values = item["data"].as_object().into_iter().flatten();
            for (_, value) in values.filter_map(|(k, v)| Some((k, v.as_str()?))) {
                // Long enough not to be found by chance.
                if value.len() >= 24 {
                    secret.push(value.to_owned());
                }
            }
            if !release {
                // Also in a copy that is older, and in an annotation of somebody else's making.
                let copy = json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"canary": format!("{CANARY}-old")}});
                let patch = json!({"data": {"canary": STANDARD.encode(CANARY)},
                    "metadata": {"annotations": {LAST_APPLIED: copy.to_string()}}});
                ask(&kubeconfig, "PATCH", &path, "application/merge-patch+json", &patch);
            }
        }
        let namespace = "/api/v1/namespaces/shop/secrets";
        let manifest = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "caged", "namespace": "shop"},
            "stringData": {"password": format!("{CANARY}-applied"), "gone": CANARY}});
        let mut live = manifest.clone();
        live["metadata"]["annotations"] = json!({LAST_APPLIED: manifest.to_string(),
            "kapp.k14s.io/original": manifest.to_string()});
        live["metadata"]["labels"] = json!({"app": "caged"});
        live["data"] =
            json!({"password": STANDARD.encode(CANARY), "more": STANDARD.encode(CANARY)});
        live.as_object_mut().unwrap().shift_remove("stringData");
        ask(&kubeconfig, "POST", namespace, "application/json", &live);
        Self { server, kubeconfig, secret }
    }

    fn assert_hidden(&self, what: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for value in &self.secret {
            if let Some(at) = text.find(value.as_str()) {
                let from = text[..at].char_indices().rev().nth(200).map_or(0, |(at, _)| at);
                panic!("{what}: {value} in …{}", &text[from..at]);
            }
        }
    }

    /// All files below a directory.
    fn assert_files_hidden(&self, dir: &Path) -> usize {
        let mut seen = 0;
        for entry in std::fs::read_dir(dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                seen += self.assert_files_hidden(&path);
            } else {
                let name = path.display().to_string();
                self.assert_hidden(&name, &std::fs::read(&path).unwrap());
                seen += 1;
            }
        }
        seen
    }
}

/// Keys on a pane, one after the other, each with time to draw; whatever opened is closed again. Time
/// does not tell whether a key was read, and an escape that waits with the next one is read as alt.
fn walk(screen: &mut Screen, keys: &[&str]) {
    for key in keys {
        screen.press(if *key == "<esc>" { "<kitty-esc>" } else { key });
        settled(screen);
    }
}

/// Until nothing is drawn any more for as long as a person would look.
fn settled(screen: &mut Screen) {
    let mut before = screen.written();
    loop {
        std::thread::sleep(std::time::Duration::from_millis(120));
        let now = screen.written();
        if now == before {
            return;
        }
        before = now;
    }
}

fn panes() {
    let cage = Cage::open();
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("log").display().to_string();
    let mut screen = Session::on(&cage.kubeconfig, &["--log-file", &log, "-c", "secrets shop"])
        .env("WHEELHOUSE_LOG", "trace")
        .home(home.path())
        .size(160, 45)
        .start();
    screen.wait_for("caged");
    screen.select("caged");
    // Describe, YAML, side pane, used by, tree, events, access, managed by, decoded keys still hidden.
    walk(&mut screen, &["d", "<ctrl-s>", "<esc>", "y", "<ctrl-s>", "<esc>", "<tab>", "<tab>"]);
    for key in ["u", "E", "m", "x", "<alt-w>", "<alt-s>", "<ctrl-s>", "<ctrl-w>"] {
        walk(&mut screen, &[key]);
        screen.command("secrets shop");
        screen.wait_for("secrets(");
        screen.select("caged");
    }
    // What was applied beside what is there, in every form, and planned, copied, saved, noted.
    screen.press("D");
    screen.wait_for("data.password");
    walk(&mut screen, &["i", "a", "H", "<esc>", "c", "C", "b", "v", "<esc>", "<esc>"]);
    screen.command("drift secret/caged -n shop");
    screen.wait_for("data.password");
    walk(&mut screen, &["v", "c", "<ctrl-s>", "v", "<esc>", "<enter>", "<esc>"]);
    // Another value while one looks: it is on the tape.
    let next = json!({"data": {"password": STANDARD.encode(format!("{CANARY}-next"))}});
    let path = "/api/v1/namespaces/shop/secrets/caged";
    ask(&cage.kubeconfig, "PATCH", path, "application/merge-patch+json", &next);
    screen.wait_for("TAPE");
    screen.command("note");
    screen.wait_for("lines to ");
    screen.saved("note-");
    for page in [
        "apps",
        "drift shop",
        "tree secrets shop",
        "hazards -A",
        "events -A",
        "pulses",
        "actions",
        "messages",
        "secrets -A",
        "cm -A",
        "forwards",
        "ctx",
        "kinds",
    ] {
        screen.command(page);
        settled(&mut screen);
        // Wide, as a file, and what its first line leads to.
        walk(&mut screen, &["<ctrl-w>", "<alt-s>", "<enter>", "<esc>"]);
    }
    // The page of a Helm release, its history, values and records.
    screen.command("apps -A /engine==Helm");
    settled(&mut screen);
    walk(&mut screen, &["<enter>", "H", "<esc>", "d", "<esc>", "y", "<esc>", "D", "v", "<esc>"]);
    screen.command("secrets -A /sh.helm");
    screen.wait_for("sh.helm.release");
    walk(&mut screen, &["d", "<esc>", "y", "<esc>", "x", "<esc>", "D", "<esc>"]);
    // An edit, left without sending it.
    cage.assert_hidden("the screen", &screen.bytes());
    screen.leave();
    assert!(cage.assert_files_hidden(home.path()) >= 5, "logs and saved files");
    drop(cage.server);
}

fn commands() {
    let cage = Cage::open();
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log").display().to_string();
    let mut seen = 0;
    let mut check = |args: &[&str]| {
        let output = run(&cage.kubeconfig, &[args, &["--log-file", &log]].concat());
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !errors.contains("unexpected argument") && !errors.contains("invalid value"),
            "{args:?}: {errors}"
        );
        seen += usize::from(String::from_utf8_lossy(&output.stdout).contains("caged"));
        for told in [&output.stdout, &output.stderr] {
            cage.assert_hidden(&args.join(" "), told);
        }
    };
    for format in ["table", "wide", "csv", "rows", "json", "yaml", "name"] {
        check(&["get", "secrets", "-A", "-o", format]);
        check(&["get", "secret/caged", "-n", "shop", "-o", format]);
    }
    for format in ["text", "json"] {
        check(&["describe", "secret/caged", "-n", "shop", "-o", format]);
        check(&["hazards", "-A", "-o", format]);
        check(&["access", "get", "secrets", "-n", "shop", "-o", format]);
    }
    for format in ["text", "diff", "json", "sarif"] {
        check(&["drift", "secret/caged", "-n", "shop", "-o", format]);
        check(&["drift", "-n", "shop", "-o", format]);
        check(&["drift", "-A", "--no-dry-run", "-o", format]);
    }
    for args in [
        &["apps", "-A"][..],
        &["info"],
        &["kinds"],
        &["rollback", "grafana", "--dry-run"],
        &["edit", "secret/caged", "-n", "nowhere"],
        &["demo", "--once", "-c", "secrets -A"],
    ] {
        check(args);
    }
    assert!(seen >= 8, "{seen} outputs named the Secret");
    cage.assert_hidden("the log", &std::fs::read(&log).unwrap_or_default());
}
