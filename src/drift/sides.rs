//! A comparison as text: what is there beside the same with the fields that differ as they were
//! deployed, line by line.

use super::found::ObjectDrift;
use crate::text::yaml;
use std::ops::Range;
use std::time::Duration;

/// Longest time that is spent on finding the shortest difference of two texts; a longer one does then.
const PATIENCE: Duration = Duration::from_millis(200);

/// Lines that are alike, or stand in each other's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// They are alike.
    pub same: bool,
    /// Lines of what was deployed.
    pub desired: Range<usize>,
    /// Lines of what is there.
    pub live: Range<usize>,
}

/// Two texts and how they differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Lines of what was deployed.
    pub desired: Vec<String>,
    /// Lines of what is there.
    pub live: Vec<String>,
    /// How they stand to each other, from the first line to the last.
    pub runs: Vec<Run>,
}

/// An object as it was deployed and as it is, as YAML. Fields that nobody deployed are on both sides, and
/// so are those that are not counted unless `noise` asks for them: what differs is what the comparison
/// found. None where neither is known.
pub fn texts(one: &ObjectDrift, noise: bool) -> Option<(String, String)> {
    let Some(live) = &one.live else {
        return one.desired.as_ref().map(|desired| (yaml::plain(desired), String::new()));
    };
    if one.desired.is_none() && one.fields.is_empty() {
        return Some((String::new(), yaml::plain(live)));
    }
    let (mut was, mut is) = (live.clone(), live.clone());
    for field in one.fields.iter().filter(|field| noise || field.noise.is_none()) {
        let change = &field.change;
        change.path.put(&mut was, change.desired.clone());
        // What is masked here tells of a difference that is masked away in the object.
        if change.live.is_some() {
            change.path.put(&mut is, change.live.clone());
        }
    }
    Some((yaml::plain(&was), yaml::plain(&is)))
}

impl Sides {
    /// Of these texts.
    pub fn of(desired: &str, live: &str) -> Self {
        let diff = similar::TextDiff::configure().timeout(PATIENCE).diff_lines(desired, live);
        let runs = diff.ops().iter().map(|op| Run {
            same: op.tag() == similar::DiffTag::Equal,
            desired: op.old_range(),
            live: op.new_range(),
        });
        let mut joined: Vec<Run> = Vec::new();
        for run in runs {
            match joined.last_mut() {
                Some(last) if !last.same && !run.same => {
                    last.desired.end = run.desired.end;
                    last.live.end = run.live.end;
                }
                _ => joined.push(run),
            }
        }
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        Self { desired: lines(desired), live: lines(live), runs: joined }
    }

    /// As a unified difference with some lines around each change, as `diff -u` writes it; empty where
    /// there is none. `name` is written in its head.
    pub fn unified(&self, name: &str, around: usize) -> String {
        let desired: String = self.desired.iter().map(|line| format!("{line}\n")).collect();
        let live: String = self.live.iter().map(|line| format!("{line}\n")).collect();
        similar::TextDiff::configure()
            .timeout(PATIENCE)
            .diff_lines(desired.as_str(), live.as_str())
            .unified_diff()
            .context_radius(around)
            .header(&format!("deployed/{name}"), &format!("live/{name}"))
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::drift::{Change, Fate, Field, Path, State};
    use crate::relations::ObjectId;
    use serde_json::{Value, json};

    fn field(names: &[&str], desired: Option<Value>, live: Option<Value>) -> Field {
        let change = Change { path: Path::of(names), desired, live };
        Field { change, writer: None, fate: Fate::Stays("stays".into()), noise: None, side: None }
    }

    fn object(kind: &str) -> ObjectDrift {
        let id = ObjectId {
            group: "".into(),
            kind: kind.into(),
            namespace: "shop".into(),
            name: "a".into(),
        };
        ObjectDrift::new(id, State::Changed)
    }

    #[test]
    fn the_texts_differ_in_what_the_comparison_found_and_in_nothing_else() {
        let mut one = object("ConfigMap");
        one.live = Some(json!({"kind": "ConfigMap", "data": {"a": "2", "b": "1", "c": "3"}}));
        one.desired = Some(json!({"kind": "ConfigMap", "data": {"a": "1", "b": "1"}}));
        one.fields = vec![field(&["data", "a"], Some(json!("1")), Some(json!("2")))];
        one.fields.push(field(&["data", "c"], None, Some(json!("3"))));
        one.fields[1].noise = Some("made by the cluster".into());
        let (was, is) = texts(&one, false).unwrap();
        let sides = Sides::of(&was, &is);
        let changed: Vec<_> = sides.runs.iter().filter(|run| !run.same).collect();
        assert_eq!(changed.len(), 1, "{sides:?}");
        assert_eq!(sides.desired[changed[0].desired.start], "  a: \"1\"");
        assert_eq!(sides.live[changed[0].live.start], "  a: \"2\"");
        let diff = sides.unified("ConfigMap/a", 0);
        assert!(diff.starts_with("--- deployed/ConfigMap/a\n+++ live/ConfigMap/a\n@@"), "{diff}");
        assert!(diff.contains("-  a: \"1\"\n+  a: \"2\"\n") && !diff.contains("c:"), "{diff}");
        let (was, _) = texts(&one, true).unwrap();
        assert!(!was.contains("c:"), "{was}");
    }

    #[test]
    fn a_masked_difference_stays_a_difference() {
        let mut one = object("Secret");
        one.live = Some(json!({"kind": "Secret", "data": {"p": "*****"}}));
        one.desired = one.live.clone();
        one.fields = vec![field(&["data", "p"], Some(json!("++++")), Some(json!("+++++")))];
        let (was, is) = texts(&one, false).unwrap();
        assert!(was.contains("p: ++++\n") && is.contains("p: +++++\n"), "{was}{is}");
    }

    #[test]
    fn what_is_missing_or_too_much_stands_on_one_side() {
        let mut one = object("ConfigMap");
        assert_eq!(texts(&one, false), None);
        one.desired = Some(json!({"a": 1}));
        assert_eq!(texts(&one, false), Some(("a: 1\n".into(), String::new())));
        one.live = one.desired.take();
        assert_eq!(texts(&one, false), Some((String::new(), "a: 1\n".into())));
    }
}
