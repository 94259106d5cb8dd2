//! A controller that does as it is told, for tests of what it is asked: the test plays Argo CD's or
//! Flux' side step by step, while the program follows.

use super::api::{Api, MERGE};
use super::control_plane::{ControlPlane, wheelhouse};
use super::wait::{self, PATIENCE};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A small CRD that keeps whatever is written; Argo CD's Applications have no `/status`, as here.
pub fn crd(group: &str, version: &str, plural: &str, kind: &str) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind,
                      "listKind": format!("{kind}List")},
            "versions": [{
                "name": version,
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "x-kubernetes-preserve-unknown-fields": true,
                }},
            }],
        },
    })
}

/// The same with a `/status` of its own: what is written there makes no new generation.
pub fn with_status(mut crd: Value) -> Value {
    crd["spec"]["versions"][0]["subresources"] = json!({"status": {}});
    crd
}

/// One object, whose controller the test plays.
pub struct Played<'a> {
    api: &'a Api,
    path: String,
}

impl<'a> Played<'a> {
    /// The object at this path.
    pub fn new(api: &'a Api, path: impl Into<String>) -> Self {
        Self { api, path: path.into() }
    }

    /// As it is.
    pub fn get(&self) -> Value {
        self.api.get(&self.path)
    }

    /// Waits until it is as wanted.
    pub fn wait(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        wait::until(what, || {
            let object = self.get();
            if is(&object) { Ok(object) } else { Err(object.to_string()) }
        })
    }

    /// Writes as its controller.
    pub fn say(&self, change: &Value) {
        self.patch("", change);
    }

    /// Writes its `/status` as its controller.
    pub fn status(&self, status: &Value) {
        self.patch("/status", &json!({"status": status}));
    }

    fn patch(&self, part: &str, change: &Value) {
        let path = format!("{}{part}?fieldManager=scripted-controller", self.path);
        let (code, answer) = self.api.call_as("PATCH", &path, MERGE, Some(change));
        assert_eq!(code, 200, "{answer}");
    }

    /// Deletes it.
    pub fn delete(&self) {
        let (code, answer) = self.api.call("DELETE", &self.path, None);
        assert_eq!(code, 200, "{answer}");
    }
}

/// The program, while it follows what it asked; `-o json`.
pub struct Following {
    child: Child,
    lines: Receiver<Value>,
    heard: Vec<Value>,
}

impl Following {
    /// Starts it as admin of the control plane.
    pub fn start(plane: &ControlPlane, args: &[&str]) -> Self {
        Self::start_with(plane, args, &[])
    }

    /// The same with these variables in its environment.
    pub fn start_with(plane: &ControlPlane, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut child = wheelhouse(plane.dir())
            .envs(env.iter().copied())
            .args(args)
            .args(["--wait", "-o", "json"])
            .arg(format!("--kubeconfig={}", plane.kubeconfig("admin").display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let out = child.stdout.take().expect("its output");
        let (tx, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if tx.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, heard: Vec::new() }
    }

    /// Waits for a line that is in this state and has these words in it.
    pub fn hears(&mut self, state: &str, words: &str) -> Value {
        let is = |line: &Value| {
            line["state"] == state && line["words"].as_str().is_some_and(|w| w.contains(words))
        };
        if let Some(line) = self.heard.iter().find(|line| is(line)) {
            return line.clone();
        }
        loop {
            match self.lines.recv_timeout(*PATIENCE) {
                Ok(line) => {
                    self.heard.push(line.clone());
                    if is(&line) {
                        return line;
                    }
                }
                Err(why) => {
                    let _ = self.child.kill();
                    let errors = self.errors();
                    let heard = &self.heard;
                    panic!("waited for {state} {words:?}: {why}\nheard {heard:#?}\n{errors}");
                }
            }
        }
    }

    fn errors(&mut self) -> String {
        let mut text = String::new();
        if let Some(errors) = &mut self.child.stderr {
            let _ = errors.read_to_string(&mut text);
        }
        text
    }

    /// Its exit code, once it has ended.
    pub fn ends(mut self) -> i32 {
        let status = wait::until("the program's end", || {
            let ended = self.child.try_wait().map_err(|error| error.to_string())?;
            ended.ok_or_else(|| "it runs".to_owned())
        });
        status.code().unwrap_or(-1)
    }
}
