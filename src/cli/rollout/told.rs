//! Rollouts as lines of text and of JSON.

use crate::cli::apps::args::ActFormat;
use crate::cli::output::{aligned, clean_lines, print};
use crate::model::{Fault, ObjRef};
use crate::rollout::difference::{Difference, Point};
use crate::rollout::history::{self, Entry};
use crate::rollout::picture::{self, Bar};
use crate::rollout::{Counts, Side, Situation, Story, digests, offer, stale};
use crate::runtime::now;
use crate::text::{age, yaml};
use crate::verbs::edit::diff;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Tells a rollout, and of what it has told only what has changed.
pub struct Teller {
    target: ObjRef,
    format: ActFormat,
    /// Sets and pods too.
    closely: bool,
    said: String,
    bars: Vec<Bar>,
    pods: HashMap<String, String>,
}

impl Teller {
    /// Of a workload.
    pub fn new(target: ObjRef, format: ActFormat, closely: bool) -> Self {
        let (said, bars, pods) = (String::new(), Vec::new(), HashMap::new());
        Self { target, format, closely, said, bars, pods }
    }

    fn name(&self) -> String {
        format!("{} in {}", self.target, self.target.namespace)
    }

    /// Everything, once.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn whole(&self, situation: &Situation, story: &Story, log: &[String]) -> Result<(), Fault> {
        if self.format == ActFormat::Json {
            return print(&format!("{}\n", self.json(situation, story, log)));
        }
        let mut out = format!("{}: {}\n", self.name(), story.sentence());
        let standing = &story.standing;
        self.evidence(situation, story, log, &mut out);
        if !story.blockers.is_empty() {
            out.push_str(&format!("  {}\n", standing.words));
        }
        for blocker in story.blockers.iter().skip(1) {
            out.push_str(&format!("  besides: {}\n", blocker.words));
        }
        out.push_str(&format!("  {}\n", counts(&standing.counts)));
        if let Some(deadline) = standing.deadline {
            let passed = deadline.passed(now());
            out.push_str(&format!("  {passed} s of {} s without progress\n", deadline.limit));
        }
        for bar in picture::bars(situation) {
            out.push_str(&format!("  {}\n", line_of(&bar)));
        }
        for note in &story.notes {
            out.push_str(&format!("  note: {note}\n"));
        }
        for one in stale::find(situation) {
            out.push_str(&format!("  configuration: {}\n", one.words(now())));
            out.push_str(&format!("    in {}\n", one.pods.join(", ")));
        }
        for split in digests::find(situation) {
            out.push_str(&format!("  image: {}\n", split.words(now())));
            for part in &split.parts {
                let pods = part.pods.join(", ");
                out.push_str(&format!("    {} in {pods}\n", part.short()));
            }
        }
        print(&clean_lines(&out))
    }

    /// The last lines of what crashes, and the way back.
    fn evidence(&self, situation: &Situation, story: &Story, log: &[String], out: &mut String) {
        for line in log {
            out.push_str(&format!("  | {line}\n"));
        }
        let entries = history::of(situation);
        if let Some(back) = offer::way_back(situation, story, &entries) {
            let (kind, name) = (self.target.kind.to_lowercase(), &self.target.name);
            out.push_str(&format!(
                "  to go back to revision {0} ({1}): wheelhouse rollout undo {kind}/{name} -n {2} --to-revision {0}\n",
                back.revision,
                back.images.join(", "),
                self.target.namespace,
            ));
        }
    }

    /// What has changed since the last step.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn step(
        &mut self,
        situation: &Situation,
        story: &Story,
        log: &[String],
    ) -> Result<(), Fault> {
        let bars = picture::bars(situation);
        let pods = picture::pods(situation);
        let sentence = story.sentence();
        let mut out = String::new();
        if self.format == ActFormat::Json {
            let line = self.json(situation, story, log).to_string();
            // Clocks alone are no step.
            let known = format!("{sentence}{bars:?}{pods:?}{:?}{log:?}", story.standing.counts);
            if known != self.said {
                self.said = known;
                print(&format!("{line}\n"))?;
            }
            return Ok(());
        }
        if sentence != self.said {
            out.push_str(&format!("{}: {sentence}\n", self.name()));
            self.evidence(situation, story, log, &mut out);
            self.said = sentence;
        }
        if self.closely {
            if bars != self.bars {
                for bar in &bars {
                    out.push_str(&format!("  {}\n", line_of(bar)));
                }
                self.bars = bars;
            }
            for pod in &pods {
                let side = if pod.side == Side::New { "new" } else { "old" };
                if self.pods.get(&pod.name) != Some(&pod.word) {
                    out.push_str(&format!("  {side} pod {}: {}\n", pod.name, pod.word));
                }
            }
            for name in self.pods.keys().filter(|name| !pods.iter().any(|pod| &pod.name == *name)) {
                out.push_str(&format!("  pod {name}: gone\n"));
            }
            self.pods = pods.into_iter().map(|pod| (pod.name, pod.word)).collect();
        }
        if out.is_empty() { Ok(()) } else { print(&clean_lines(&out)) }
    }

    fn json(&self, situation: &Situation, story: &Story, log: &[String]) -> Value {
        let standing = &story.standing;
        let counts = &standing.counts;
        let entries = history::of(situation);
        let current = entries.iter().find(|entry| entry.current);
        json!({
            "kind": self.target.kind.as_str(),
            "namespace": self.target.namespace.as_str(),
            "name": self.target.name.as_str(),
            "phase": standing.phase.word(),
            "sentence": story.sentence(),
            "words": standing.words,
            "counts": {
                "desired": counts.desired, "current": counts.current, "updated": counts.updated,
                "ready": counts.ready, "available": counts.available, "old": counts.old,
                "surge": counts.surge, "unavailable": counts.unavailable, "kept": counts.kept,
            },
            "deadline": standing.deadline.map(|deadline| json!({
                "limitSeconds": deadline.limit, "passedSeconds": deadline.passed(now()),
            })),
            "blockers": story.blockers.iter().map(|blocker| json!({
                "rule": blocker.rule,
                "passes": blocker.hold == crate::rollout::blockers::Hold::Waits,
                "words": blocker.words,
                "kind": blocker.about.0,
                "name": blocker.about.1,
                "container": blocker.container,
                "pods": blocker.pods,
            })).collect::<Vec<_>>(),
            "notes": story.notes,
            "log": log,
            "goBackTo": offer::way_back(situation, story, &entries).map(|entry| entry.revision),
            "staleConfiguration": stale::find(situation).iter().map(|one| json!({
                "kind": one.holder.as_str(),
                "name": one.name,
                "words": one.words(now()),
                "changed": moment(one.changed),
                "manager": one.by,
                "pods": one.pods,
            })).collect::<Vec<_>>(),
            "movedTags": digests::find(situation).iter().map(|split| json!({
                "container": split.container,
                "image": split.image,
                "words": split.words(now()),
                "pullKnown": split.pulled,
                "digests": split.parts.iter().map(|part| json!({
                    "digest": part.digest,
                    "pods": part.pods,
                    "started": part.started.and_then(moment),
                    "pulled": part.pulled.and_then(moment),
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "revision": current.map(|entry| entry.revision),
            "changes": current.map(|entry| entry.changes.iter().map(ToString::to_string).collect::<Vec<_>>()),
            "sets": picture::bars(situation).iter().map(|bar| json!({
                "new": bar.side == Side::New, "revision": bar.revision, "hash": bar.hash,
                "wanted": bar.wanted, "pods": bar.pods, "ready": bar.ready, "available": bar.available,
            })).collect::<Vec<_>>(),
            "pods": picture::pods(situation).iter().map(|pod| json!({
                "name": pod.name, "new": pod.side == Side::New, "state": pod.word,
                "restarts": pod.restarts, "node": pod.node,
            })).collect::<Vec<_>>(),
        })
    }
}

fn counts(counts: &Counts) -> String {
    let Counts { desired, updated, ready, available, old, surge, unavailable, .. } = *counts;
    let mut text = format!(
        "{updated} of {desired} updated, {ready} ready, {available} available of at least {}",
        counts.least()
    );
    if old > 0 {
        text.push_str(&format!(", {old} old left"));
    }
    text.push_str(&format!("; surge {surge}, unavailable {unavailable}"));
    text
}

fn line_of(bar: &Bar) -> String {
    let side = if bar.side == Side::New { "new" } else { "old" };
    let number = match bar.revision {
        0 => String::new(),
        n => format!(" {n}"),
    };
    format!(
        "{side}{number} {}: {} of {} pods, {} ready, {} available",
        bar.hash, bar.pods, bar.wanted, bar.ready, bar.available
    )
}

/// All revisions.
pub fn history(entries: &[Entry], format: ActFormat) -> String {
    if format == ActFormat::Json {
        return entries.iter().map(|entry| format!("{}\n", json_of(entry, false))).collect();
    }
    if entries.is_empty() {
        return "no revision is kept\n".to_owned();
    }
    // What nobody told has no column.
    let by = entries.iter().any(|entry| !entry.by.is_empty());
    let chart = entries.iter().any(|entry| !entry.chart.is_empty());
    let mut head = ["REVISION", "AGE", "IMAGES", "CHANGE-CAUSE"].map(str::to_owned).to_vec();
    head.extend(by.then(|| "MANAGER".to_owned()));
    head.extend(chart.then(|| "CHART".to_owned()));
    head.push("CHANGES".to_owned());
    let mut rows = vec![head];
    for entry in entries {
        let number = if entry.current {
            format!("{} now", entry.revision)
        } else {
            entry.revision.to_string()
        };
        let made = entry.created.map_or_else(String::new, |at| age::human(now() - at));
        let cause = if entry.cause.is_empty() { "<none>" } else { &entry.cause };
        let changes: Vec<String> = entry.changes.iter().map(ToString::to_string).collect();
        let mut row = vec![number, made, entry.images.join(","), cause.to_owned()];
        row.extend(by.then(|| entry.by.clone()));
        row.extend(chart.then(|| entry.chart.clone()));
        row.push(changes.join("; "));
        rows.push(row);
    }
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| row.iter().map(|cell| crate::text::sanitise::clean(cell).into_owned()).collect())
        .collect();
    aligned(&rows)
}

/// Unix seconds as the API writes them.
fn moment(at: i64) -> Option<String> {
    jiff::Timestamp::from_second(at).ok().map(|at| at.to_string())
}

/// What differs between two revisions: what a person wants to know, and the templates line by line.
pub fn difference(
    target: &ObjRef,
    found: &Difference,
    entries: &[Entry],
    format: ActFormat,
) -> String {
    let lines = diff::lines(&found.before, &found.after);
    let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    if format == ActFormat::Json {
        let side = |point: &Point| {
            let of = |entry: &&Entry| Some(entry.revision) == point.revision;
            match entries.iter().find(of) {
                Some(entry) => json_of(entry, false),
                None => json!({"revision": null, "current": true}),
            }
        };
        let changes = found.changes.iter().map(|change| {
            json!({"what": change.what, "from": change.from, "to": change.to,
                "words": change.to_string()})
        });
        let out = json!({
            "kind": target.kind.as_str(),
            "namespace": target.namespace.as_str(),
            "name": target.name.as_str(),
            "from": side(&found.from),
            "to": side(&found.to),
            "differs": found.is_any(),
            "changes": changes.collect::<Vec<_>>(),
            "lines": lines,
        });
        return format!("{out}\n");
    }
    let (from, to) = (found.from.name(), found.to.name());
    let name = format!("{target} in {}", target.namespace);
    if !found.is_any() {
        let words = format!("{name}: revisions {from} and {to} have the same template\n");
        return clean_lines(&words).into_owned();
    }
    let mut out = format!("{name}: revision {from} → {to}\n");
    for change in &found.changes {
        out.push_str(&format!("  {change}\n"));
    }
    out.push_str(&lines.join("\n"));
    out.push('\n');
    clean_lines(&out).into_owned()
}

/// One revision with its template.
pub fn revision(entry: &Entry, format: ActFormat) -> String {
    match format {
        ActFormat::Json => format!("{}\n", json_of(entry, true)),
        ActFormat::Text => yaml::plain(&entry.template),
    }
}

fn json_of(entry: &Entry, whole: bool) -> Value {
    let mut out = json!({
        "revision": entry.revision,
        "object": entry.name,
        "created": entry.created.and_then(moment),
        "current": entry.current,
        "images": entry.images,
        "changeCause": entry.cause,
        "manager": entry.by,
        "chart": entry.chart,
        "changes": entry.changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    if whole {
        out["template"] = entry.template.clone();
    }
    out
}
