//! An Argo Rollout on its way: its steps, its weights, what it pauses for, which set does what, and the
//! analyses and experiments that decide about it (`pkg/kubectl-argo-rollouts/info` of argo-rollouts).

use super::argo;
use super::facts::{Kind, MetricResult, MetricSpec, Trial, Workload};
use super::ladder::Counts;
use super::situation::{ARGO_HASH, Situation, number};
use crate::model::Tone;
use crate::text::age;
use serde_json::Value;

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// It is behind.
    Done,
    /// It runs.
    Here,
    /// It is to come.
    Left,
}

/// A step in a word or two: `20%`, `pause 5m`, `analysis`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalkStep {
    /// What it does.
    pub words: String,
    /// How far it is.
    pub state: StepState,
}

/// A set with a part in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// `stable`, `canary`, `active`, `preview`.
    pub name: &'static str,
    /// Hash of its pods.
    pub hash: String,
    /// Its revision; 0 where it is not known.
    pub revision: i64,
    /// Name of the ReplicaSet; empty where it is not known.
    pub set: String,
    /// The Service that leads there; empty without.
    pub service: String,
    /// Unix seconds after which its pods end.
    pub until: Option<i64>,
}

/// An analysis or experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `AnalysisRun`, `Experiment`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What it is for: `step 2`, `background`, `before the promotion`.
    pub part: String,
    /// `Running`, `Failed`, …
    pub phase: String,
    /// Tone of the phase.
    pub tone: Tone,
    /// Unix seconds at which it began.
    pub since: Option<i64>,
    /// Why it is as it is.
    pub message: String,
    /// Its metrics, or the sets of an experiment.
    pub parts: Vec<Part>,
}

/// A metric of an analysis, or a set of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// As of the run.
    pub phase: String,
    /// Tone of the phase.
    pub tone: Tone,
    /// How often it was measured, and what came of that.
    pub counts: String,
    /// The last value, or why there is none.
    pub last: String,
}

/// The way of a Rollout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Its steps, and at the end all of the traffic.
    pub steps: Vec<WalkStep>,
    /// `weight 20% of 40%, by istio`; empty where nothing is weighed.
    pub weight: String,
    /// What it pauses for, since when and until when; one line each.
    pub pauses: Vec<String>,
    /// Its sets.
    pub roles: Vec<Role>,
    /// What decides about it, the newest first.
    pub trials: Vec<Told>,
}

/// Runs that are told: those of earlier revisions are another story.
const TRIALS: usize = 12;

impl Walk {
    /// Of a Rollout at `now` (Unix seconds); None for other kinds.
    pub fn of(situation: &Situation, counts: &Counts, now: i64) -> Option<Self> {
        let workload = &situation.workload;
        (workload.kind == Kind::Rollout).then(|| Self {
            steps: steps(workload),
            weight: weight(workload, counts),
            pauses: pauses(workload, now),
            roles: roles(situation),
            trials: trials(situation),
        })
    }
}

fn steps(workload: &Workload) -> Vec<WalkStep> {
    let Some(canary) = &workload.spec.strategy.canary else { return Vec::new() };
    if canary.steps.is_empty() {
        return Vec::new();
    }
    let status = &workload.status;
    let promoted = !status.stable_rs.is_empty() && status.current_pod_hash == status.stable_rs;
    let at = argo::step(workload).unwrap_or(0);
    let state = |number: usize| match () {
        () if promoted => StepState::Done,
        // Called off: none of them counts.
        () if status.abort => StepState::Left,
        () if number < at => StepState::Done,
        () if number == at => StepState::Here,
        () => StepState::Left,
    };
    let words = |step: &Value| match step["setWeight"].as_i64() {
        Some(weight) => format!("{weight}%"),
        None => argo::step_words(step).replace("pause until promoted", "pause"),
    };
    let mut steps: Vec<WalkStep> = canary
        .steps
        .iter()
        .enumerate()
        .map(|(number, step)| WalkStep { words: words(step), state: state(number) })
        .collect();
    let last = canary.steps.iter().rev().find_map(|step| step["setWeight"].as_i64());
    if last != Some(100) {
        steps.push(WalkStep { words: "100%".into(), state: state(canary.steps.len()) });
    }
    steps
}

fn weight(workload: &Workload, counts: &Counts) -> String {
    let (Some(set), actual) = argo::weights(workload, counts) else { return String::new() };
    let mut words = match actual {
        Some(actual) if actual == set => format!("weight {set}%"),
        Some(actual) => format!("weight {actual}% of {set}%"),
        None => format!("weight to be {set}%"),
    };
    let routing =
        workload.spec.strategy.canary.as_ref().and_then(|one| one.traffic_routing.as_ref());
    match routing.and_then(Value::as_object).map(|by| by.keys().cloned().collect::<Vec<_>>()) {
        Some(by) if !by.is_empty() => {
            words.push_str(&format!(" of the traffic, by {}", by.join(", ")));
            if workload.status.canary.weights["verified"] == false {
                words.push_str(", not verified yet");
            }
        }
        _ => words.push_str(" of the pods"),
    }
    words
}

/// `10:00:00Z`, or with the day where that is another one.
fn clock(at: i64, now: i64) -> String {
    let of = |at: i64| jiff::Timestamp::from_second(at).unwrap_or_default().to_string();
    let (at, now) = (of(at), of(now));
    match at.split_once('T') {
        Some((day, time)) if now.starts_with(day) => time.to_owned(),
        _ => at,
    }
}

fn pauses(workload: &Workload, now: i64) -> Vec<String> {
    let strategy = &workload.spec.strategy;
    let mut pauses = Vec::new();
    for pause in &workload.status.pause_conditions {
        let since = match pause.since {
            Some(at) => format!("since {} ({})", clock(at, now), age::human(now - at)),
            None => "for a while".to_owned(),
        };
        let (why, length) = match pause.reason.as_str() {
            "CanaryPauseStep" => ("by its step", argo::pause_seconds(workload)),
            "BlueGreenPause" => {
                let blue_green = strategy.blue_green.as_ref();
                let seconds = blue_green.map(|one| one.auto_promotion_seconds);
                ("before the promotion", seconds.filter(|seconds| *seconds > 0))
            }
            "InconclusiveAnalysisRun" => ("an analysis was inconclusive", None),
            "InconclusiveExperiment" => ("an experiment was inconclusive", None),
            other => (other, None),
        };
        let end = match (pause.since, length) {
            (Some(at), Some(length)) if at + length > now => format!(
                "until {}, for {} more",
                clock(at + length, now),
                age::human(at + length - now)
            ),
            (_, Some(_)) => "its time is over".to_owned(),
            (_, None) => "until somebody promotes it".to_owned(),
        };
        pauses.push(format!("pauses {why}, {since}, {end}"));
    }
    if workload.spec.paused {
        pauses.push("paused by hand (spec.paused), until somebody resumes it".to_owned());
    }
    pauses
}

fn roles(situation: &Situation) -> Vec<Role> {
    let workload = &situation.workload;
    let status = &workload.status;
    let mut parts: Vec<(&'static str, &str, String)> = Vec::new();
    if let Some(blue_green) = &workload.spec.strategy.blue_green {
        parts.push((
            "active",
            &status.blue_green.active_selector,
            blue_green.active_service.clone(),
        ));
        let preview = &status.blue_green.preview_selector;
        let preview = if preview.is_empty() { &status.current_pod_hash } else { preview };
        if *preview != status.blue_green.active_selector {
            parts.push(("preview", preview, blue_green.preview_service.clone()));
        }
    } else if let Some(canary) = &workload.spec.strategy.canary {
        let (mut stable, mut new) = (canary.stable_service.clone(), canary.canary_service.clone());
        let of = |name: &str| canary.ping_pong[name].as_str().unwrap_or_default().to_owned();
        match status.canary.stable_ping_pong.as_str() {
            "ping" => (stable, new) = (of("pingService"), of("pongService")),
            "pong" => (stable, new) = (of("pongService"), of("pingService")),
            _ => {}
        }
        parts.push(("stable", &status.stable_rs, stable));
        if status.current_pod_hash != status.stable_rs {
            parts.push(("canary", &status.current_pod_hash, new));
        }
    }
    let role = |(name, hash, service): (&'static str, &str, String)| {
        let set = situation.sets.iter().find(|set| set.metadata.label(ARGO_HASH) == hash);
        let until = set.and_then(|set| {
            let text = set.metadata.annotation("scale-down-deadline");
            text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
        });
        Role {
            name,
            hash: hash.to_owned(),
            revision: set.map_or(0, |set| number(set)),
            set: set.map(|set| set.metadata.name.clone()).unwrap_or_default(),
            service,
            until,
        }
    };
    parts.into_iter().filter(|(_, hash, _)| !hash.is_empty()).map(role).collect()
}

fn trials(situation: &Situation) -> Vec<Told> {
    let current = &situation.workload.status.current_pod_hash;
    let of_now = |trial: &&Trial| {
        let hash = trial.metadata.label(ARGO_HASH);
        hash.is_empty() || hash == current
    };
    let told = |kind: &'static str, all: &[Trial]| -> Vec<(Option<i64>, Told)> {
        all.iter()
            .filter(of_now)
            .map(|trial| (trial.metadata.created, of_trial(kind, trial)))
            .collect()
    };
    let mut all = told("AnalysisRun", &situation.analyses);
    all.extend(told("Experiment", &situation.experiments));
    all.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.name.cmp(&other.name)));
    all.truncate(TRIALS);
    let mut all: Vec<Told> = all.into_iter().map(|(_, told)| told).collect();
    // What the Rollout itself says of a run that may not be read.
    for (part, run) in situation.workload.status.runs() {
        if !run.name.is_empty() && !all.iter().any(|told| told.name == run.name) {
            all.push(Told {
                kind: "AnalysisRun",
                name: run.name.clone(),
                part: part.to_owned(),
                phase: run.status.clone(),
                tone: tone(&run.status),
                since: None,
                message: run.message.clone(),
                parts: Vec::new(),
            });
        }
    }
    all
}

fn of_trial(kind: &'static str, trial: &Trial) -> Told {
    let status = &trial.status;
    let phase = if status.phase.is_empty() { "Pending" } else { &status.phase };
    let step = trial.metadata.label("step-index").parse::<usize>().ok();
    let part = match (trial.metadata.label("rollout-type"), step) {
        (_, Some(step)) => format!("step {}", step + 1),
        ("Background", _) => "background".into(),
        ("PrePromotion", _) => "before the promotion".into(),
        ("PostPromotion", _) => "after the promotion".into(),
        _ => String::new(),
    };
    let metrics = status.metric_results.iter().map(|result| {
        let spec = trial.spec.metrics.iter().find(|spec| spec.name == result.name);
        metric(result, spec)
    });
    let sets = status.template_statuses.iter().map(|set| Part {
        name: set.name.clone(),
        phase: set.status.clone(),
        tone: tone(&set.status),
        counts: format!("{} of {} available", set.available_replicas, set.replicas),
        last: String::new(),
    });
    let ending = trial.spec.terminate && matches!(phase, "Pending" | "Running");
    Told {
        kind,
        name: trial.metadata.name.clone(),
        part,
        phase: phase.to_owned(),
        tone: tone(phase),
        since: status.started_at.or(trial.metadata.created),
        message: match ending && status.message.is_empty() {
            true => "it is being ended".to_owned(),
            false => status.message.clone(),
        },
        parts: metrics.chain(sets).collect(),
    }
}

/// The tone of a phase of a run.
pub fn tone(phase: &str) -> Tone {
    match phase {
        "Successful" => Tone::Good,
        "Failed" | "Error" => Tone::Bad,
        "Inconclusive" => Tone::Warn,
        _ => Tone::Busy,
    }
}

fn metric(result: &MetricResult, spec: Option<&MetricSpec>) -> Part {
    let wanted = spec.and_then(|spec| match &spec.count {
        Value::Number(count) => Some(count.to_string()),
        Value::String(count) if !count.is_empty() => Some(count.clone()),
        _ => None,
    });
    let mut counts = match wanted {
        Some(wanted) => format!("{} of {wanted} measured", result.count),
        None => format!("{} measured", result.count),
    };
    for (count, word) in [
        (result.failed, "failed"),
        (result.inconclusive, "inconclusive"),
        (result.error, "not to be had"),
    ] {
        if count > 0 {
            counts.push_str(&format!(", {count} {word}"));
        }
    }
    if result.dry_run {
        counts.push_str(", decides nothing (dry run)");
    }
    let last = match result.measurements.last() {
        Some(one) if !one.value.is_empty() => format!("last {}", one.value),
        Some(one) => one.message.clone(),
        None => String::new(),
    };
    let condition = spec.map_or("", |spec| match spec.success_condition.as_str() {
        "" => spec.failure_condition.as_str(),
        good => good,
    });
    let rule = match (spec, condition) {
        (Some(spec), rule) if !rule.is_empty() && spec.success_condition.is_empty() => {
            format!(" (bad where {rule})")
        }
        (_, rule) if !rule.is_empty() => format!(" (good where {rule})"),
        _ => String::new(),
    };
    let message =
        if result.message.is_empty() { String::new() } else { format!(": {}", result.message) };
    Part {
        name: result.name.clone(),
        phase: result.phase.clone(),
        tone: tone(&result.phase),
        counts,
        last: format!("{last}{rule}{message}"),
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
