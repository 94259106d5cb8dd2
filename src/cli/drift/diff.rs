//! Drift as unified differences, laid out as `kubectl diff` prints them: what is there, and what it would
//! be.

use super::report::Report;
use super::text::Paint;
use crate::drift::{ObjectDrift, State};
use crate::text::sanitise::clean;
use crate::text::yaml;
use serde_json::Value;

/// All of it; empty where nothing has drifted.
pub fn printed(report: &Report, paint: Paint) -> String {
    let mut out = String::new();
    for object in report.drifts.iter().flat_map(|drift| &drift.objects) {
        one(&mut out, report, object, paint);
    }
    out
}

fn one(out: &mut String, report: &Report, object: &ObjectDrift, paint: Paint) {
    let (before, after) = match &object.state {
        State::Missing => (None, object.desired.clone()),
        State::Extra => (object.live.clone(), None),
        State::Changed | State::Recreated => {
            let Some(live) = &object.live else { return };
            // Only what counts differs: the rest is as it is there.
            let (mut before, mut after) = (live.clone(), live.clone());
            for field in object.drifted() {
                // Where values are masked, these masks tell that they differ.
                field.change.path.put(&mut before, field.change.live.clone());
                field.change.path.put(&mut after, field.change.desired.clone());
            }
            (Some(before), Some(after))
        }
        _ => return,
    };
    let (before, after) = (text(before.as_ref()), text(after.as_ref()));
    if before == after {
        return;
    }
    let name = file_name(report, object);
    let title = format!("diff -u -N LIVE/{name} MERGED/{name}");
    out.push_str(&format!("{}\n", paint.bold(&title)));
    let diff = similar::TextDiff::from_lines(before.as_str(), after.as_str());
    let (live, merged) = (format!("LIVE/{name}"), format!("MERGED/{name}"));
    let unified = diff.unified_diff().context_radius(3).header(&live, &merged).to_string();
    for line in unified.lines() {
        let line = clean(line);
        out.push_str(&match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => paint.bold(&line),
            [b'@', b'@', ..] => paint.dim(&line),
            [b'+', ..] => paint.green(&line),
            [b'-', ..] => paint.red(&line),
            _ => line.into_owned(),
        });
        out.push('\n');
    }
}

/// `apps.v1.Deployment.shop.web`, as kubectl calls its files.
fn file_name(report: &Report, object: &ObjectDrift) -> String {
    let id = &object.id;
    let either = object.live.as_ref().or(object.desired.as_ref());
    let version = either
        .and_then(|one| one["apiVersion"].as_str())
        .or_else(|| report.files.get(&id.clone())?.object["apiVersion"].as_str())
        .and_then(|version| version.rsplit('/').next())
        .unwrap_or_default();
    let group = if id.group.is_empty() { String::new() } else { format!("{}.", id.group) };
    clean(&format!("{group}{version}.{}.{}.{}", id.kind, id.namespace, id.name)).into_owned()
}

fn text(object: Option<&Value>) -> String {
    let Some(object) = object else { return String::new() };
    // Nothing is secret any more in what was found.
    let options = yaml::Options { secrets: true, ..yaml::Options::KUBECTL };
    yaml::from_json(&object.to_string(), options).unwrap_or_default()
}
