//! What kwok answers in a kubelet's place: logs, exec, attach and port-forward of pods that do not
//! run.
//!
//! Any pod answers: its log is [`ControlPlane::pod_log`], a command runs on this machine in
//! [`ControlPlane::pod_home`] (so do not run what must not run here), attaching shows what is
//! appended to the log, and every port sends back what it is sent. Where a test wants more for one
//! pod, it says so by name.

#![allow(dead_code)] // Until the tests of exec and forwards use the rest.

use super::ControlPlane;
use crate::support::api::Api;
use crate::support::wait::until;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A kind of kwok's that says how one pod behaves.
#[derive(Clone, Copy, Debug)]
pub struct PerPod {
    pub kind: &'static str,
    plural: &'static str,
}

/// Those that are kept in the API server: what is created there holds from then on.
pub const PER_POD: [PerPod; 4] = [
    PerPod { kind: "Logs", plural: "logs" },
    PerPod { kind: "Exec", plural: "execs" },
    PerPod { kind: "Attach", plural: "attaches" },
    PerPod { kind: "PortForward", plural: "portforwards" },
];

/// A container's log as the node keeps it: `time stream tag text`, one entry a line.
#[derive(Clone, Debug)]
pub struct LogFile(PathBuf);

impl LogFile {
    /// A log at this path; empty where it is new.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        OpenOptions::new().create(true).append(true).open(&path).expect("a log file");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Appends lines that the node takes at this very moment.
    pub fn say<'t>(&self, lines: impl IntoIterator<Item = &'t str>) {
        for line in lines {
            self.entry(&now(), "F", line.as_bytes());
        }
    }

    /// Appends one entry: `F` ends a line, `P` is a piece of one.
    pub fn entry(&self, time: &str, tag: &str, text: &[u8]) {
        let mut entry = format!("{time} stdout {tag} ").into_bytes();
        entry.extend_from_slice(text);
        entry.push(b'\n');
        self.raw(&entry);
    }

    /// Appends bytes as they are, in one write.
    pub fn raw(&self, bytes: &[u8]) {
        let mut file = OpenOptions::new().append(true).open(&self.0).expect("a log file");
        file.write_all(bytes).expect("room for a log");
    }

    /// As a node does when a log has grown large: what was there is moved aside, and an empty one
    /// begins.
    pub fn rotate(&self) {
        let mut aside = self.0.clone().into_os_string();
        aside.push(".old");
        std::fs::rename(&self.0, aside).expect("the log is moved aside");
        File::create(&self.0).expect("a new log");
    }
}

/// The time as a node writes it.
pub fn now() -> String {
    let now = jiff::Timestamp::now();
    format!("{now:.9}")
}

impl ControlPlane {
    /// The log of every pod that has none of its own.
    pub fn pod_log(&self) -> LogFile {
        LogFile::at(pods(self.dir()).join("log"))
    }

    /// The log of what ran before in the containers of every pod that has none of its own.
    pub fn previous_pod_log(&self) -> LogFile {
        LogFile::at(pods(self.dir()).join("previous"))
    }

    /// Where commands run, in whatever container.
    pub fn pod_home(&self) -> PathBuf {
        pods(self.dir()).join("home")
    }

    /// Gives one pod's containers logs of their own, and logs of what ran before where there are.
    pub fn set_logs(
        &self,
        namespace: &str,
        pod: &str,
        containers: &[(&str, &LogFile, Option<&LogFile>)],
    ) {
        let logs: Vec<Value> = containers
            .iter()
            .map(|(container, log, previous)| {
                json!({
                    "containers": [container],
                    "logsFile": log.path(),
                    "previousLogsFile": previous.map(LogFile::path),
                    "follow": true,
                })
            })
            .collect();
        self.set(PER_POD[0], namespace, pod, json!({ "logs": logs }));
    }

    /// Has one pod run commands in a folder of its own.
    pub fn set_exec(&self, namespace: &str, pod: &str, dir: &Path) {
        let spec = json!({ "execs": [{ "local": { "workDir": dir } }] });
        self.set(PER_POD[1], namespace, pod, spec);
    }

    /// The same, with variables in their environment.
    pub fn set_exec_env(&self, namespace: &str, pod: &str, dir: &Path, env: &[(&str, &str)]) {
        let envs: Vec<Value> =
            env.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let spec = json!({ "execs": [{ "local": { "workDir": dir, "envs": envs } }] });
        self.set(PER_POD[1], namespace, pod, spec);
    }

    /// What one shows who attaches to this pod: what is appended to this file.
    pub fn set_attach(&self, namespace: &str, pod: &str, output: &LogFile) {
        let spec = json!({ "attaches": [{ "logsFile": output.path() }] });
        self.set(PER_POD[2], namespace, pod, spec);
    }

    /// Leads a port of one pod to a port of this machine.
    pub fn set_port(&self, namespace: &str, pod: &str, port: u16, local: u16) {
        let target = json!({ "address": "127.0.0.1", "port": local });
        let spec = json!({ "forwards": [{ "ports": [port], "target": target }] });
        self.set(PER_POD[3], namespace, pod, spec);
    }

    fn set(&self, kind: PerPod, namespace: &str, pod: &str, spec: Value) {
        let path = format!("/apis/kwok.x-k8s.io/v1alpha1/namespaces/{namespace}/{}", kind.plural);
        let body = json!({
            "apiVersion": "kwok.x-k8s.io/v1alpha1",
            "kind": kind.kind,
            "metadata": { "name": pod },
            "spec": spec,
        });
        let api = self.api();
        let (code, answer) = api.call("POST", &path, Some(&body));
        if code == 409 {
            let merge = crate::support::api::MERGE;
            let (code, answer) = api.call_as(
                "PATCH",
                &format!("{path}/{pod}"),
                merge,
                Some(&json!({ "spec": spec })),
            );
            assert_eq!(code, 200, "{answer}");
        } else {
            assert_eq!(code, 201, "{answer}");
        }
    }
}

fn pods(dir: &Path) -> PathBuf {
    dir.join("pods")
}

/// Makes ready what kwok reads when it starts; the configuration it is to be given.
pub fn prepare(api: &Api, dir: &Path) -> PathBuf {
    for PerPod { kind, plural } in PER_POD {
        api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &crd(kind, plural));
    }
    for PerPod { plural, .. } in PER_POD {
        let path = format!("/apis/kwok.x-k8s.io/v1alpha1/{plural}");
        until("kwok's kinds to be served", || match api.call("GET", &path, None) {
            (200, _) => Ok(()),
            (code, answer) => Err(format!("{code} {answer}")),
        });
    }
    let pods = pods(dir);
    std::fs::create_dir_all(pods.join("home")).expect("a folder");
    let (log, previous) = (LogFile::at(pods.join("log")), LogFile::at(pods.join("previous")));
    let every = |kind: &str, spec: Value| {
        json!({
            "apiVersion": "kwok.x-k8s.io/v1alpha1",
            "kind": kind,
            "metadata": { "name": "every-pod" },
            "spec": spec,
        })
        .to_string()
    };
    let files = json!({
        "logsFile": log.path(),
        "previousLogsFile": previous.path(),
        "follow": true,
    });
    let text = [
        every("ClusterLogs", json!({ "logs": [files] })),
        every("ClusterExec", json!({ "execs": [{ "local": { "workDir": pods.join("home") } }] })),
        every("ClusterAttach", json!({ "attaches": [{ "logsFile": log.path() }] })),
        every("ClusterPortForward", json!({ "forwards": [{ "command": ["cat"] }] })),
    ];
    let path = dir.join("pods.yaml");
    std::fs::write(&path, text.join("\n---\n")).expect("a configuration");
    path
}

fn crd(kind: &str, plural: &str) -> Value {
    let schema = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    json!({
        "metadata": { "name": format!("{plural}.kwok.x-k8s.io") },
        "spec": {
            "group": "kwok.x-k8s.io",
            "scope": "Namespaced",
            "names": {
                "kind": kind,
                "listKind": format!("{kind}List"),
                "plural": plural,
                "singular": plural,
            },
            "versions": [{
                "name": "v1alpha1",
                "served": true,
                "storage": true,
                "schema": { "openAPIV3Schema": schema },
                "subresources": { "status": {} },
            }],
        },
    })
}
