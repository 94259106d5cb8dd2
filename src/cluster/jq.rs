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
/// As long as Argo CD gives an expression (`ignoreNormalizerJQExecutionTimeout`).
const LIMIT: Duration = Duration::from_secs(1);
/// An answer is not longer than this.
const LONGEST: u64 = 8 << 20;

/// The places that expressions name in values: one element per expression, `{"paths": [[place, …], …]}`
/// with a list per value, or `{"fault": "why"}`.
pub(super) async fn paths(expressions: &[Text], inputs: &[Value]) -> Result<Arc<str>, Fault> {
    let program = std::env::current_exe()
        .map_err(|error| Fault::new(FaultKind::Other, "evaluate jq", error.to_string()))?;
    let mut told = Vec::new();
    for expression in expressions {
        let answer = one(&program, expression, inputs).await;
        told.push(answer.unwrap_or_else(|why| json!({ "fault": why })));
    }
    Ok(Value::Array(told).to_string().into())
}

async fn one(program: &Path, expression: &str, inputs: &[Value]) -> Result<Value, String> {
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
    let Ok(text) = tokio::time::timeout(LIMIT, talk).await else {
        let _ = child.kill().await;
        return Err(format!("it took longer than {} s, and was stopped", LIMIT.as_secs()));
    };
    let _ = child.kill().await;
    serde_json::from_str(&text).map_err(|_| "jq ended without an answer".to_owned())
}
