//! The conformance script on the real API server. The demo's own test holds the demo to the same
//! recorded answers, so the two together say that demo and server answer alike.
//!
//! `UPDATE_ANSWERS=1` records the server's answers anew: then read the difference.

use crate::support::api::Api;
use crate::support::control_plane::{ControlPlane, Options};
use crate::support::normalise::normalise;
use crate::support::{paths, trials};
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![trials::on_own(
        "conformance::the_server_answers_as_recorded",
        Options::bare(),
        the_server_answers_as_recorded,
    )]
}

/// How often a read is asked again before its answer counts as another one than recorded: CRDs are
/// served, and gone, a little after the server has said so.
const READS: usize = 100;

fn the_server_answers_as_recorded(plane: &mut ControlPlane) {
    let folder = paths::root().join("tests/conformance");
    let read = |name: &str| -> Vec<Value> {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let (script, want) = (read("script.json"), read("answers.json"));
    let record = std::env::var_os("UPDATE_ANSWERS").is_some();
    assert!(record || script.len() == want.len(), "steps and recorded answers");
    let api = plane.api();
    let mut faults = Vec::new();
    let mut answers = Vec::new();
    let mut used = 0;
    for step in &script {
        let old = want[used..].iter().position(|old| old["say"] == step["say"]);
        let old = old.map(|at| {
            used += at + 1;
            &want[used - 1]
        });
        let want = old.map(|answer| plain(step, answer)).unwrap_or_default();
        let mut answer = ask(&api, step);
        for _ in 0..READS {
            if step["method"] != "GET" || plain(step, &answer) == want {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
            answer = ask(&api, step);
        }
        let got = plain(step, &answer);
        if got != want {
            let diff = similar::TextDiff::from_lines(&want, &got);
            faults.push(format!("{}\n{}", step["say"], diff.unified_diff().context_radius(2)));
        }
        // Recording anew leaves alone what says the same.
        answers.push(old.filter(|_| got == want).cloned().unwrap_or(answer));
    }
    if record {
        let mut text = Vec::new();
        let indent = serde_json::ser::PrettyFormatter::with_indent(b" ");
        let mut writer = serde_json::Serializer::with_formatter(&mut text, indent);
        serde::Serialize::serialize(&answers, &mut writer).unwrap();
        text.push(b'\n');
        std::fs::write(folder.join("answers.json"), text).unwrap();
        return;
    }
    assert!(faults.is_empty(), "{} answers differ\n\n{}", faults.len(), faults.join("\n"));
}

fn ask(api: &Api, step: &Value) -> Value {
    let text = |name: &str| step[name].as_str();
    let (code, body) = api.call_as(
        text("method").unwrap(),
        text("path").unwrap(),
        text("media").unwrap_or("application/json"),
        step.get("body").filter(|body| !body.is_null()),
    );
    json!({ "say": step["say"], "code": code, "body": body })
}

/// An answer without what the step or the server's nature makes beside the point.
fn plain(step: &Value, answer: &Value) -> String {
    let ignored: Vec<String> = step["ignore"]
        .as_array()
        .map(|list| list.iter().map(|field| field.as_str().unwrap().to_owned()).collect())
        .unwrap_or_default();
    let body = normalise(&answer["body"], &ignored);
    serde_json::to_string_pretty(&json!({ "code": answer["code"], "body": body })).unwrap()
}
