//! jq expressions of strangers are evaluated in a child of our own program: one that never ends, or eats
//! all memory, hurts nobody here.

use crate::model::{Fault, FaultKind, Text};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

/// The command of the child.
pub const JQ: &str = "__jq";
/// An answer is not longer than this.
const LONGEST: u64 = 8 << 20;

/// The places that expressions name in values: one element per expression, `{"paths": [[place, …], …]}`
/// with a list per value, or `{"fault": "why"}`. Each expression has `limit`.
pub(super) async fn paths(
    expressions: &[Text],
    inputs: &[Value],
    limit: Duration,
) -> Result<Arc<str>, Fault> {
    let program = std::env::current_exe()
        .map_err(|error| Fault::new(FaultKind::Other, "evaluate jq", error.to_string()))?;
    let mut told = Vec::new();
    for expression in expressions {
        let answer = one(&program, expression, inputs, limit).await;
        told.push(answer.unwrap_or_else(|why| json!({ "fault": why })));
    }
    Ok(Value::Array(told).to_string().into())
}

async fn one(
    program: &Path,
    expression: &str,
    inputs: &[Value],
    limit: Duration,
) -> Result<Value, String> {
    let question = json!({ "expression": expression, "inputs": inputs }).to_string();
    let mut child = Command::new(program)
        .arg(JQ)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("jq cannot be run: {error}"))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let talk = async {
        if let Some(mut stdin) = stdin {
            // A child that is gone says so by its answer.
            let _ = stdin.write_all(question.as_bytes()).await;
        }
        let mut text = String::new();
        if let Some(stdout) = stdout {
            let _ = stdout.take(LONGEST).read_to_string(&mut text).await;
        }
        text
    };
    let Ok(text) = tokio::time::timeout(limit, talk).await else {
        let _ = child.kill().await;
        return Err(format!("it took longer than {} s, and was stopped", limit.as_secs_f64()));
    };
    let _ = child.kill().await;
    serde_json::from_str(&text).map_err(|_| "jq ended without an answer".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// A program in the place of ours, which leaves its process id behind.
    fn program(dir: &Path, then: &str) -> std::path::PathBuf {
        let (path, pid) = (dir.join("program"), dir.join("pid"));
        let text = format!("#!/bin/sh\necho $$ > {}\n{then}\n", pid.display());
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    /// Whether the process is there, as a zombie too.
    fn is_there(dir: &Path) -> bool {
        let pid = std::fs::read_to_string(dir.join("pid")).unwrap();
        std::path::Path::new("/proc/self").exists()
            && std::path::Path::new("/proc").join(pid.trim()).exists()
    }

    #[tokio::test]
    async fn what_never_ends_is_killed_and_nothing_of_it_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let limit = Duration::from_millis(700);
        // It hears no polite request, and reads nothing of what it is asked.
        let endless = program(dir.path(), "trap '' TERM INT HUP PIPE; while :; do :; done");
        let long = Value::String("x".repeat(1 << 20));
        let told = one(&endless, ".a", &[long], limit).await;
        assert_eq!(told, Err("it took longer than 0.7 s, and was stopped".to_owned()));
        assert!(!is_there(dir.path()));
        // Somebody who gives up before that leaves nothing behind either.
        let waiting = one(&endless, ".a", &[], Duration::from_secs(600));
        assert!(tokio::time::timeout(limit, waiting).await.is_err());
        while is_there(dir.path()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn an_answer_is_taken_and_the_child_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let limit = Duration::from_secs(60);
        let fine = program(dir.path(), "echo '{\"paths\":[[]]}'");
        assert_eq!(one(&fine, ".a", &[], limit).await, Ok(json!({"paths": [[]]})));
        assert!(!is_there(dir.path()));
        for odd in ["exit 1", "echo nonsense", "kill -9 $$"] {
            let odd = program(dir.path(), odd);
            let told = one(&odd, ".a", &[], limit).await;
            assert_eq!(told, Err("jq ended without an answer".to_owned()));
            assert!(!is_there(dir.path()));
        }
        let nothing = dir.path().join("nothing");
        let told = one(&nothing, ".a", &[], limit).await.unwrap_err();
        assert!(told.starts_with("jq cannot be run"), "{told}");
    }
}
