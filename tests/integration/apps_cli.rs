//! `wheelhouse apps` and the verbs of apps without a UI.

use crate::support::control_plane::wheelhouse;
use crate::support::demo_server::DemoServer;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use wheelhouse::demo::{Demo, DemoOptions};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("apps_cli::lists_every_app_once", lists_every_app_once),
        trials::plain("apps_cli::names_that_are_not_clear_are_refused", names_are_clear),
        trials::plain("apps_cli::a_plan_is_printed_and_not_sent", plans_are_not_sent),
        trials::plain("apps_cli::exit_codes_tell_how_it_ended", exit_codes),
    ]
}

/// Runs the program on a cluster.
pub fn run(kubeconfig: &Path, args: &[&str]) -> Output {
    wheelhouse(kubeconfig.parent().unwrap())
        .args(args)
        .arg(format!("--kubeconfig={}", kubeconfig.display()))
        .output()
        .unwrap()
}

/// What it prints, where it ends well.
pub fn says(kubeconfig: &Path, args: &[&str]) -> String {
    let output = run(kubeconfig, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {:?} {errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn demo() -> DemoServer {
    DemoServer::start(Demo::start(DemoOptions { seed: 1, ..DemoOptions::default() }))
}

fn lists_every_app_once() {
    let server = demo();
    let config = server.kubeconfig("demo");
    let names = says(&config, &["apps", "-A", "-o", "name"]);
    let mut sorted: Vec<&str> = names.lines().collect();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), names.lines().count(), "{names}");
    assert!(names.lines().count() > 10, "{names}");
    for engine in ["argocd", "ks", "hr"] {
        let start = format!("{engine}/");
        let of: Vec<&str> = names.lines().filter(|name| name.starts_with(&start)).collect();
        assert!(!of.is_empty(), "{engine}: {names}");
        let only = says(&config, &["apps", "-A", "-o", "name", "--engine", engine]);
        assert_eq!(only.lines().collect::<Vec<_>>(), of);
    }
    let apps: Vec<Value> = says(&config, &["apps", "-A", "-o", "json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(apps.len(), names.lines().count());
    // No workload belongs to two.
    let mut workloads: Vec<String> = apps
        .iter()
        .flat_map(|app| app["workloads"].as_array().unwrap())
        .map(Value::to_string)
        .collect();
    let all = workloads.len();
    workloads.sort_unstable();
    workloads.dedup();
    assert_eq!(workloads.len(), all);
    let table = says(&config, &["apps", "-A"]);
    assert!(table.starts_with("ENGINE"), "{table}");
    assert!(!table.contains("TROUBLE"));
    let filtered = says(&config, &["apps", "-A", "--filter", "sync:OutOfSync"]);
    assert!(filtered.lines().skip(1).all(|line| line.contains("OutOfSync")), "{filtered}");
    assert!(filtered.lines().count() > 1, "{filtered}");
    let yaml = says(&config, &["apps", "-A", "-o", "yaml"]);
    assert_eq!(yaml.matches("---\n").count(), apps.len());
    assert!(server.writes().is_empty());
    let odd = run(&config, &["apps", "-A", "--filter", "nosuch:x"]);
    assert_eq!(odd.status.code(), Some(2), "{}", errors(&odd));
}

fn names_are_clear() {
    let server = demo();
    let config = server.kubeconfig("demo");
    let names = says(&config, &["apps", "-A", "-o", "name"]);
    for name in names.lines().step_by(5) {
        let found = says(&config, &["apps", "-A", name, "-o", "name"]);
        assert_eq!(found.trim(), name);
    }
    let nobody = run(&config, &["sync", "nobody-has-this"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(errors(&nobody).contains("no such app"), "{}", errors(&nobody));
    let word = run(&config, &["sync", "payments", "--engine", "nosuch"]);
    assert_eq!(word.status.code(), Some(2));
    let late = run(&config, &["sync", "payments", "--timeout", "5s"]);
    assert_eq!(late.status.code(), Some(2), "a limit without waiting");
    let readonly = run(&config, &["sync", "payments", "--readonly"]);
    assert_eq!(readonly.status.code(), Some(2));
    assert!(errors(&readonly).contains("read-only"));
    assert!(server.writes().is_empty());
}

fn plans_are_not_sent() {
    let server = demo();
    let config = server.kubeconfig("demo");
    let names = says(&config, &["apps", "-A", "-o", "name"]);
    // Two of each engine.
    let mut chosen: Vec<&str> = Vec::new();
    for name in names.lines() {
        let engine = name.split('/').next().unwrap();
        let of = chosen.iter().filter(|one| one.split('/').next() == Some(engine)).count();
        if of < 2 {
            chosen.push(name);
        }
    }
    let mut planned = 0;
    for name in chosen {
        for verb in ["sync", "refresh", "restart", "suspend", "resume", "terminate", "rollback"] {
            let output = run(&config, &[verb, name, "--plan", "--readonly", "-o", "json"]);
            match output.status.code() {
                Some(0) => {
                    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
                    planned += usize::from(!plan["requests"].as_array().unwrap().is_empty());
                }
                // A guard, with its sentence.
                Some(1) => assert!(!output.stderr.is_empty(), "{verb} {name}"),
                code => panic!("{verb} {name}: {code:?} {}", errors(&output)),
            }
        }
    }
    println!("{planned} plans");
    assert!(server.writes().is_empty());
}

/// The demo's controllers work off what is asked, at about the pace of the real ones.
fn exit_codes() {
    let server = demo();
    let config = server.kubeconfig("demo");
    let ends = |args: &[&str]| {
        let output = run(&config, args);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), errors(&output));
        (output.status.code(), said)
    };
    // Asked for, and not over when the time is: 3. What was sent is not taken back.
    let (code, said) = ends(&["sync", "argocd/ledger", "--wait", "--timeout", "50ms"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("not finished, not followed any more"), "{said}");
    let sent = server.writes();
    assert_eq!(sent.len(), 1, "{sent:?}");
    // Followed to a good end: 0; the one before is waited for by nobody, and refused as argocd-server
    // does while it runs.
    let (code, said) = ends(&["sync", "payments", "--wait"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("successfully synced"), "{said}");
    let (code, said) = ends(&["sync", "ks/infra", "--wait"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Applied revision"), "{said}");
    // Followed to a bad end: 1.
    let (code, said) = ends(&["sync", "hr/redis", "--wait"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("failed: RetriesExceeded"), "{said}");
    // Refused by a guard: 1, nothing sent. Wrong usage, and what cannot be told: 2.
    let before = server.writes().len();
    assert_eq!(ends(&["terminate", "payments"]).0, Some(1));
    assert_eq!(ends(&["sync", "payments", "--set", "nosuch=1"]).0, Some(2));
    assert_eq!(ends(&["sync"]).0, Some(2));
    assert_eq!(ends(&["sync", "payments", "--readonly"]).0, Some(2));
    let nowhere = ends(&["sync", "payments", "--server-that-is-not"]).0;
    assert_eq!(nowhere, Some(2));
    assert_eq!(server.writes().len(), before);
}
