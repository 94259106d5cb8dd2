//! What was asked of an API server, by its own audit log: exact, whoever asked.

use super::control_plane::{ControlPlane, Options};

const FLAGS: [&str; 2] = [
    // Among the rest of what it prints.
    "--audit-log-path=-",
    concat!("--audit-policy-file=", env!("CARGO_MANIFEST_DIR"), "/tests/control-plane/audit.yaml"),
];

/// One request that reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `get`, `list` or `watch`.
    pub verb: String,
    /// Path and query.
    pub uri: String,
}

/// A bare control plane that keeps such a log.
pub fn options() -> Options {
    let bare = Options::bare();
    Options { apiserver: [bare.apiserver.clone(), FLAGS.to_vec()].concat(), ..bare }
}

/// Everything that was read so far, in its order, by others than the servers themselves and the tests.
pub fn asked(plane: &ControlPlane) -> Vec<Asked> {
    let log = std::fs::read(plane.dir().join("kube-apiserver.log")).expect("its log");
    let log = String::from_utf8_lossy(&log);
    let events = log.lines().filter(|line| line.starts_with(r#"{"kind":"Event","#));
    let requests = events.filter_map(|line| {
        let event: serde_json::Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let agent = text("userAgent");
        let own = ["kube-apiserver/", "wheelhouse-test", "wheelhouse-rig"];
        let other = !own.iter().any(|own| agent.starts_with(own));
        other.then(|| Asked { verb: text("verb"), uri: text("requestURI") })
    });
    requests.collect()
}
