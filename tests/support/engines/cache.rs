//! Argo CD's Redis: as the tests themselves read it, and as a cluster has it, a pod with a Secret beside it.

use crate::support::api::Api;
use crate::support::wait::until;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// The password that it wants.
pub const PASSWORD: &str = "correct horse battery staple";
/// The pod that stands for it.
pub const POD: &str = "argocd-redis-0";
/// The Secret with the password.
pub const SECRET: &str = "argocd-redis";

/// A connection to it.
pub struct Redis {
    stream: BufReader<TcpStream>,
}

impl Redis {
    /// Connects to this port of loopback.
    pub fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("Redis");
        let mut redis = Self { stream: BufReader::new(stream) };
        redis.ask(&[b"AUTH", PASSWORD.as_bytes()]);
        redis
    }

    /// What it says to a command; None for nothing.
    pub fn ask(&mut self, parts: &[&[u8]]) -> Option<Vec<u8>> {
        let mut command = format!("*{}\r\n", parts.len()).into_bytes();
        for part in parts {
            command.extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
            command.extend_from_slice(part);
            command.extend_from_slice(b"\r\n");
        }
        self.stream.get_mut().write_all(&command).expect("Redis listens");
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("Redis answers");
        let line = line.trim_end();
        let (kind, rest) = line.split_at(1);
        match kind {
            "$" if rest == "-1" => None,
            "$" => {
                let mut value = vec![0; rest.parse::<usize>().expect("a length") + 2];
                self.stream.read_exact(&mut value).expect("a value");
                value.truncate(value.len() - 2);
                Some(value)
            }
            "+" | ":" => Some(rest.into()),
            _ => panic!("Redis says {line}"),
        }
    }

    /// What the controller keeps of an app, and under which name.
    pub fn kept(&mut self, app: &str) -> (String, Vec<Value>) {
        let key = key(app);
        let packed = until("a comparison to be kept", || {
            self.ask(&[b"GET", key.as_bytes()]).ok_or_else(|| "nothing is kept".to_owned())
        });
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
        (key, serde_json::from_str(&text).expect("a list"))
    }
}

/// Under which name the controller keeps what it found of an app.
pub fn key(app: &str) -> String {
    format!("app|managed-resources|{app}|1.8.3.gz")
}

/// Puts a password into the Secret.
pub fn set_password(api: &Api, namespace: &str, password: &str) {
    let path = format!("/api/v1/namespaces/{namespace}/secrets/{SECRET}");
    let body = json!({ "stringData": { "auth": password } });
    let (code, answer) = api.call_as("PATCH", &path, crate::support::api::MERGE, Some(&body));
    assert_eq!(code, 200, "{answer}");
}

/// What an installation has in the cluster for it: the pod does not run, but its port leads somewhere.
pub fn install(api: &Api, namespace: &str) {
    let secret = json!({ "metadata": { "name": SECRET }, "stringData": { "auth": PASSWORD } });
    api.create(&format!("/api/v1/namespaces/{namespace}/secrets"), &secret);
    let pod = json!({
        "metadata": { "name": POD, "labels": { "app.kubernetes.io/name": "argocd-redis" } },
        "spec": { "containers": [{
            "name": "redis", "image": "registry.example.com/redis:8",
            "ports": [{ "name": "redis", "containerPort": 6379 }],
        }] },
    });
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    // The namespace's service account is made after it.
    until("a pod for Redis", || match api.call("POST", &pods, Some(&pod)) {
        (201, _) => Ok(()),
        (code, answer) => Err(format!("{code} {answer}")),
    });
    until("the pod of Redis to run", || {
        let pod = api.get(&format!("{pods}/{POD}"));
        if pod["status"]["phase"] == "Running" { Ok(()) } else { Err(pod["status"].to_string()) }
    });
}
