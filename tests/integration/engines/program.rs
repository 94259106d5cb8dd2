//! The program itself, as scripts use it.

use crate::support::control_plane::{ControlPlane, wheelhouse};
use serde_json::Value;
use std::collections::HashSet;
use std::process::Output;

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    code: Option<i32>,
    /// What it printed, a JSON object a line.
    pub lines: Vec<Value>,
    err: String,
}

impl Ran {
    /// How a run with these arguments and JSON as its output ended.
    pub fn of(output: &Output, args: &[&str]) -> Self {
        let out = String::from_utf8_lossy(&output.stdout);
        let lines = out.lines().map(|line| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{args:?}: {error}: {line}"))
        });
        Self {
            code: output.status.code(),
            lines: lines.collect(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It ended with this code. What it said last.
    pub fn ended(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:#?}");
        let last = self.lines.last().and_then(|line| line["words"].as_str());
        last.unwrap_or_else(|| self.err.lines().last().unwrap_or_default())
    }

    /// It was refused, with these words on standard error.
    pub fn refused(&self, words: &str) {
        assert_eq!(self.code, Some(1), "{self:#?}");
        assert!(self.err.contains(words), "{words}: {self:#?}");
    }

    /// A step told these words.
    pub fn told(&self, words: &str) {
        let found =
            self.lines.iter().any(|line| line["words"].as_str().is_some_and(|w| w.contains(words)));
        assert!(found, "{words}: {self:#?}");
    }
}

/// Runs it on the control plane, with JSON as its output.
pub fn run(plane: &ControlPlane, args: &[&str]) -> Ran {
    let output = wheelhouse(plane.dir())
        .env("KUBECONFIG", plane.kubeconfig("admin"))
        .args(args)
        .args(["-o", "json"])
        .output()
        .expect("the program runs");
    Ran::of(&output, args)
}

/// Runs what prints one JSON document; it ends with 0 or 1.
pub fn document(plane: &ControlPlane, args: &[&str]) -> Value {
    let output = wheelhouse(plane.dir())
        .env("KUBECONFIG", plane.kubeconfig("admin"))
        .args(args)
        .args(["-o", "json"])
        .output()
        .expect("the program runs");
    assert!(matches!(output.status.code(), Some(0 | 1)), "{args:?}: {output:?}");
    serde_json::from_slice(&output.stdout).expect("a JSON document")
}

/// Runs a verb until its outcome is known.
pub fn act(plane: &ControlPlane, verb: &str, app: &str, options: &[&str]) -> Ran {
    let args = [&[verb, app, "--wait", "--timeout", "60s"], options].concat();
    run(plane, &args)
}

/// What a verb would send.
pub fn plan(plane: &ControlPlane, verb: &str, app: &str, options: &[&str]) -> Ran {
    run(plane, &[&[verb, app, "--plan"], options].concat())
}

/// All apps. No workload is in two of them.
pub fn apps(plane: &ControlPlane) -> Vec<Value> {
    let ran = run(plane, &["apps", "-A"]);
    ran.ended(0);
    let mut claimed = HashSet::new();
    for app in &ran.lines {
        for workload in app["workloads"].as_array().into_iter().flatten() {
            assert!(claimed.insert(workload.to_string()), "{workload} is claimed twice: {app}");
        }
    }
    ran.lines
}
