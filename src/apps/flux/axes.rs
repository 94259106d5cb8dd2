//! The three axes of an app of Flux's, from its conditions.

use super::cells::Told;
use super::revision;
use crate::apps::Axis;
use crate::kinds::app_facet::flux as at;
use crate::model::{EngineId, Health, Tone};

/// Reasons of a `Ready` that is False with which everything was applied, but not everything came up.
const CAME_UP: [&str; 2] = ["HealthCheckFailed", "HealthCheckCanceled"];

/// It waits for others: nothing is wrong with it.
fn waits(told: Told<'_>) -> bool {
    told.text(at::READY) == "False" && told.text(at::READY_REASON) == "DependencyNotReady"
}

/// Its last attempt failed.
fn failed(told: Told<'_>) -> bool {
    let stalled = !told.text(at::STALLED).is_empty();
    stalled || (told.text(at::READY) == "False" && !waits(told))
}

/// What is applied: Flux says so only once everything came up as well.
pub(super) fn applied(told: Told<'_>) -> &str {
    if CAME_UP.contains(&told.text(at::READY_REASON)) && !told.text(at::ATTEMPTED).is_empty() {
        return told.text(at::ATTEMPTED);
    }
    told.text(at::REVISION)
}

/// What its source holds and is not applied yet.
pub(super) fn coming<'a>(
    told: Told<'a>,
    engine: EngineId,
    artifact: Option<Told<'a>>,
) -> Option<&'a str> {
    let holds = artifact?.text(at::REVISION);
    if holds.is_empty() {
        return None;
    }
    let same = match (engine, revision::digest(holds)) {
        // A chart from an OCIRepository is told by its digest: the version has but a part of it.
        (EngineId::HelmRelease, Some(digest)) => {
            let ours = told.text(at::RELEASE_DIGEST);
            ours == digest || (ours.is_empty() && told.text(at::READY) == "True")
        }
        _ => holds == applied(told),
    };
    (!same).then_some(holds)
}

/// Whether what its source says is applied.
pub(super) fn sync(told: Told<'_>, engine: EngineId, coming: Option<&str>) -> Axis {
    let applied = applied(told);
    let came_up = CAME_UP.contains(&told.text(at::READY_REASON));
    if waits(told) {
        return Axis::new("Pending", Tone::Busy);
    }
    // An upgrade that was rolled back leaves the release before it: the failure is one of health.
    let rolled_back = engine == EngineId::HelmRelease
        && !matches!(told.text(at::RELEASE), "" | "failed" | "uninstalled");
    if failed(told) && !came_up && !rolled_back {
        return Axis::new("Failed", Tone::Bad);
    }
    if coming.is_some() && !applied.is_empty() {
        return Axis::new("OutOfSync", Tone::Warn);
    }
    let never = applied.is_empty() && engine != EngineId::ResourceSet;
    if never || told.text(at::READY).is_empty() || !told.is(at::OBSERVED) {
        return Axis::new("Pending", Tone::Busy);
    }
    Axis::new("Applied", Tone::Good)
}

/// How it is, in the order in which kstatus asks, but that what failed stays so while it is tried
/// again, and while it is suspended: people look for what is broken.
pub(super) fn health(told: Told<'_>) -> (Axis, Health) {
    let word = |word: &str, tone, health| (Axis::new(word, tone), health);
    let newest = told.is(at::OBSERVED);
    if told.0.terminating {
        return word("Terminating", Tone::Busy, Health::Progressing);
    }
    if !told.text(at::STALLED).is_empty() {
        return word("Stalled", Tone::Bad, Health::Degraded);
    }
    if failed(told) && newest {
        return word("Failed", Tone::Bad, Health::Degraded);
    }
    if told.is(at::SUSPENDED) {
        return word("Suspended", Tone::Dim, Health::Suspended);
    }
    if waits(told) {
        return word("Waiting", Tone::Busy, Health::Progressing);
    }
    let reconciling = !told.text(at::RECONCILING).is_empty();
    match told.text(at::READY) {
        "" if told.0.cells.is_empty() => word("Unknown", Tone::Warn, Health::Unknown),
        "True" if newest && !reconciling => word("Ready", Tone::Good, Health::Healthy),
        _ => word("Progressing", Tone::Busy, Health::Progressing),
    }
}

/// What is being done with it. The second value tells that something runs.
pub(super) fn operation(told: Told<'_>) -> (Axis, bool) {
    let reason = told.text(at::RECONCILING);
    let since = told.moment(at::RECONCILING_SINCE);
    if told.is(at::SUSPENDED) {
        // Nothing is done with it, whatever its conditions were left at.
        let word = if failed(told) { Axis::new("Failed", Tone::Bad) } else { Axis::default() };
        return (word, false);
    }
    if waits(told) {
        return (Axis::new("Waiting", Tone::Busy).since(told.moment(at::READY_SINCE)), false);
    }
    if !told.text(at::STALLED).is_empty() {
        return (Axis::new("Failed", Tone::Bad), false);
    }
    if reason == "ProgressingWithRetry" {
        return (Axis::new("Retrying", Tone::Warn).since(since), false);
    }
    if !reason.is_empty() {
        return (Axis::new("Reconciling", Tone::Busy).since(since), true);
    }
    if told.is_asked() {
        return (Axis::new("Requested", Tone::Busy), true);
    }
    let word = if failed(told) { Axis::new("Failed", Tone::Bad) } else { Axis::default() };
    (word, false)
}

/// What it says of itself, where that is worth a line.
pub(super) fn message(told: Told<'_>) -> &str {
    let stalled = told.text(at::STALLED_MESSAGE);
    if !stalled.is_empty() {
        return stalled;
    }
    let suspended = told.is(at::SUSPENDED);
    let retries = told.text(at::RECONCILING) == "ProgressingWithRetry";
    let progress = told.text(at::RECONCILING_MESSAGE);
    if !progress.is_empty() && !suspended && !retries && !waits(told) {
        return progress;
    }
    if told.text(at::READY) == "True" { "" } else { told.text(at::READY_MESSAGE) }
}
