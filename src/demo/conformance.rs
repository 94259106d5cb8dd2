//! Runs the conformance script against the demo and holds its answers to those that a real API
//! server gave (`tests/conformance/answers.json`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};

use super::tests::Client;
use super::*;

#[path = "../../tests/support/normalise.rs"]
mod normalise;

fn ignored(step: &Value) -> Vec<String> {
    let list = step["ignore"].as_array().cloned().unwrap_or_default();
    list.iter().map(|field| field.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_demo_answers_as_the_api_server_did() {
    let script: Value =
        serde_json::from_str(include_str!("../../tests/conformance/script.json")).unwrap();
    let answers: Value =
        serde_json::from_str(include_str!("../../tests/conformance/answers.json")).unwrap();
    let demo = Demo::with_objects(Vec::new());
    let mut client = Client::new(&demo).await;
    let mut wrong = Vec::new();
    let steps = script.as_array().unwrap();
    assert_eq!(steps.len(), answers.as_array().unwrap().len());
    for (step, answer) in steps.iter().zip(answers.as_array().unwrap()) {
        let media = step["media"].as_str().unwrap_or("application/json");
        let (method, path) = (step["method"].as_str().unwrap(), step["path"].as_str().unwrap());
        let (code, body) = client.call(method, path, media, step["body"].clone()).await;
        let got = json!({"code": code, "body": normalise::normalise(&body, &ignored(step))});
        let want = json!({
            "code": answer["code"],
            "body": normalise::normalise(&answer["body"], &ignored(step)),
        });
        if got != want {
            let say = step["say"].as_str().unwrap();
            let want = serde_json::to_string_pretty(&want).unwrap();
            let got = serde_json::to_string_pretty(&got).unwrap();
            let diff = similar::TextDiff::from_lines(&want, &got)
                .unified_diff()
                .context_radius(2)
                .to_string();
            wrong.push(format!("{say}: {method} {path}\n{diff}"));
        }
    }
    assert!(wrong.is_empty(), "{} answers differ\n\n{}", wrong.len(), wrong.join("\n"));
}
