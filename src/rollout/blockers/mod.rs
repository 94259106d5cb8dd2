//! What keeps a rollout: a table of small rules, the root cause first. Each looks at one thing, and
//! says it in one sentence with its evidence. A new one is an entry and a situation in the corpus
//! (`tests/fixtures/rollout`).

mod admission;
mod ending;
mod image;
mod place;
mod run;
mod scheduler;
mod standstill;
mod start;

use super::facts::{Kind, Pod};
use super::ladder::{Phase, Standing};
use super::situation::{Side, Situation, ordinal};
use crate::text::sanitise::clean;

/// Whether it passes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hold {
    /// Somebody has to do something.
    Broken,
    /// It may pass, or somebody wants it so.
    Waits,
}

/// Something that keeps a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// Name of the rule.
    pub rule: &'static str,
    /// Whether it passes by itself.
    pub hold: Hold,
    /// The sentence.
    pub words: String,
    /// Kind and name of the object to look at.
    pub about: (&'static str, String),
    /// The container to look at, where it is one; its logs may tell more.
    pub container: String,
    /// How many pods it holds.
    pub pods: usize,
}

/// What a rule found.
struct Found {
    hold: Hold,
    /// Of a pod: a predicate in the singular, as in "is not ready".
    words: String,
    about: Option<(&'static str, String)>,
    container: String,
}

impl Found {
    fn broken(words: impl Into<String>) -> Self {
        Self { hold: Hold::Broken, words: words.into(), about: None, container: String::new() }
    }

    fn waits(words: impl Into<String>) -> Self {
        Self { hold: Hold::Waits, ..Self::broken(words) }
    }

    fn about(mut self, kind: &'static str, name: &str) -> Self {
        self.about = Some((kind, name.to_owned()));
        self
    }

    fn container(mut self, name: &str) -> Self {
        name.clone_into(&mut self.container);
        self
    }
}

/// What rules look at.
struct Look<'s> {
    situation: &'s Situation,
    standing: &'s Standing,
    /// Unix seconds.
    now: i64,
    /// Pods of the new revision that are not on their way out.
    new: Vec<&'s Pod>,
    /// Pods of earlier ones that are not on their way out.
    old: Vec<&'s Pod>,
}

/// How a rule judges.
enum Judge {
    /// The workload as a whole.
    Whole(fn(&Look<'_>) -> Option<Found>),
    /// Each pod of the new revision; the first rule that knows why explains it.
    Pod(fn(&Look<'_>, &Pod) -> Option<Found>),
}

/// A rule.
struct Rule(&'static str, Judge);

use Judge::{Pod as EachPod, Whole};

/// All rules, the root cause first: what stops everything, what is wrong with the new revision itself,
/// what the cluster does not give, and what is only seen from outside.
const RULES: &[Rule] = &[
    Rule("deleted", Whole(standstill::deleted)),
    Rule("unobserved", Whole(standstill::unobserved)),
    Rule("paused", Whole(standstill::paused)),
    Rule("aborted", Whole(standstill::aborted)),
    Rule("node-not-ready", EachPod(place::node_not_ready)),
    Rule("invalid-image-name", EachPod(image::invalid_name)),
    Rule("image-pull", EachPod(image::pull)),
    Rule("config-missing", EachPod(start::config)),
    Rule("init-container", EachPod(run::init)),
    Rule("cannot-start", EachPod(start::cannot_start)),
    Rule("out-of-memory", EachPod(run::out_of_memory)),
    Rule("startup-probe", EachPod(run::startup)),
    Rule("liveness-probe", EachPod(run::liveness)),
    Rule("crash", EachPod(run::crash)),
    Rule("readiness-probe", EachPod(run::readiness)),
    Rule("readiness-gate", EachPod(run::gate)),
    Rule("ordered", Whole(ending::ordered)),
    Rule("cannot-create", Whole(admission::refused)),
    Rule("claim-pending", EachPod(place::claim)),
    Rule("scheduling-gate", EachPod(place::gate)),
    Rule("unschedulable", EachPod(place::unschedulable)),
    Rule("volume", EachPod(start::volume)),
    Rule("sandbox", EachPod(start::sandbox)),
    Rule("evicted", EachPod(place::evicted)),
    Rule("terminating", Whole(ending::terminating)),
    Rule("disruption-budget", Whole(ending::budget)),
    Rule("on-delete", Whole(standstill::on_delete)),
    Rule("no-pod", Whole(ending::no_pod)),
];

/// Everything that keeps the rollout now (Unix seconds), the root cause first. Empty for one that is
/// done, and for one that only takes its time.
pub fn find(situation: &Situation, standing: &Standing, now: i64) -> Vec<Blocker> {
    if standing.phase == Phase::Done && situation.workload.metadata.deleted.is_none() {
        return Vec::new();
    }
    let pods = || situation.pods.iter().map(AsRef::as_ref);
    let living = || pods().filter(|pod: &&Pod| pod.metadata.deleted.is_none());
    let of = |side| living().filter(|pod| situation.side(pod) == side).collect();
    let look = Look { situation, standing, now, new: of(Side::New), old: of(Side::Old) };
    let mut explained = vec![false; look.new.len()];
    let mut blockers = Vec::new();
    for Rule(rule, judge) in RULES {
        match judge {
            Whole(judge) => blockers.extend(judge(&look).map(|found| whole(&look, rule, found))),
            EachPod(judge) => {
                let mut held: Vec<(&Pod, Found)> = Vec::new();
                for (pod, explained) in look.new.iter().zip(&mut explained) {
                    if !*explained && let Some(found) = judge(&look, pod) {
                        *explained = true;
                        held.push((pod, found));
                    }
                }
                blockers.extend(of_pods(&look, rule, held));
            }
        }
    }
    if standing.phase == Phase::Failed && blockers.is_empty() {
        let words = format!("{}, and no pod says why", standing.words);
        blockers.push(whole(&look, "deadline", Found::broken(words)));
    }
    blockers
}

fn whole(look: &Look<'_>, rule: &'static str, found: Found) -> Blocker {
    let workload = &look.situation.workload;
    let about = found.about.unwrap_or((workload.kind.as_str(), workload.metadata.name.clone()));
    Blocker {
        rule,
        hold: found.hold,
        words: clean(&found.words).into_owned(),
        about: (about.0, clean(&about.1).into_owned()),
        container: clean(&found.container).into_owned(),
        pods: 0,
    }
}

/// One blocker for all pods that the same rule explains, told of the first: of a StatefulSet the one
/// with the highest ordinal, where it goes on.
fn of_pods(look: &Look<'_>, rule: &'static str, held: Vec<(&Pod, Found)>) -> Option<Blocker> {
    let ordered = look.situation.workload.kind == Kind::StatefulSet;
    let pods = held.len();
    let (pod, found) = match ordered {
        true => held.into_iter().max_by_key(|(pod, _)| ordinal(&pod.metadata.name))?,
        false => held.into_iter().next()?,
    };
    let name = &pod.metadata.name;
    let others = match pods {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    let node = match look.situation.workload.kind {
        Kind::DaemonSet if !pod.spec.node_name.is_empty() => {
            format!(" on node {}", pod.spec.node_name)
        }
        _ => String::new(),
    };
    let mut words = format!("pod {name}{node}{others} {}", found.words);
    let waiting = look.standing.counts.old.saturating_sub(look.standing.counts.kept);
    if ordered && waiting > 0 && !look.old.is_empty() && found.hold == Hold::Broken {
        words.push_str(&match waiting {
            1 => "; 1 pod waits for it".to_owned(),
            n => format!("; {n} pods wait for it"),
        });
    }
    let about = found.about.unwrap_or(("Pod", name.clone()));
    let found = Found { words, about: Some(about), ..found };
    Some(Blocker { pods, ..whole(look, rule, found) })
}

/// Text of others on one line, cut where it is long, in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", brief(text))
}

/// The same without quotes.
fn brief(text: &str) -> String {
    const MOST: usize = 240;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The names of all rules.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|Rule(name, _)| *name).chain(["deadline"])
}
