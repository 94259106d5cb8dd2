//! `rollout`: how far a workload has come, what blocks it, its revisions, and the verbs; for scripts.

mod argo;
pub mod args;
mod told;
mod verbs;
mod watching;

use super::apps::args::ActFormat;
use super::args::Global;
use super::headless::{self, Headless, Where};
use super::output::print;
use super::{FAILED, OK, TIMED_OUT, forward, tell, tui};
use crate::model::{Fault, FaultKind, ObjRef};
use crate::rollout::{Phase, Situation, Story, difference, history};
use crate::runtime::now;
use crate::ui::settings::Loaded;
use args::{Rollout, RolloutSub, Target};
use std::time::{Duration, Instant};
use watching::Watching;

/// How long the first look may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Clocks are looked at this often while something is waited for.
const TICK: Duration = Duration::from_secs(1);

/// Runs it.
///
/// # Errors
/// Wrong usage, a workload that is not there, or the cluster cannot be read.
pub fn run(global: &Global, args: &Rollout) -> Result<u8, Fault> {
    let (_, config, _) = tui::configuration(global);
    let place = headless::place(global)?;
    let target = match &args.sub {
        RolloutSub::Status(one) => &one.target,
        RolloutSub::Watch(one) => &one.target,
        RolloutSub::History(one) => &one.target,
        RolloutSub::Diff(one) => &one.target,
        RolloutSub::Undo(one) => &one.target,
        RolloutSub::Restart(one) | RolloutSub::Pause(one) | RolloutSub::Resume(one) => &one.target,
        RolloutSub::Promote(one) => &one.target,
        RolloutSub::Abort(one) | RolloutSub::Retry(one) | RolloutSub::Skip(one) => &one.target,
    };
    let namespace = namespace(global, &place)?;
    let text = one_word(target)?;
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let word = with_alias(&config, &text);
    let target = forward::target(&cluster, &word, &namespace)?;
    if let Some(asked) = argo::verb(&args.sub) {
        return argo::run(&mut cluster, &config, &place, &target, asked);
    }
    match &args.sub {
        RolloutSub::Status(args) => {
            let wait = args.wait.then_some(args.timeout);
            follow(Watching::begin(&mut cluster, target)?, wait, false, args.output)
        }
        RolloutSub::Watch(args) => {
            follow(Watching::begin(&mut cluster, target)?, Some(args.timeout), true, args.output)
        }
        RolloutSub::History(args) => {
            let mut watching = Watching::begin(&mut cluster, target)?;
            let situation = first(&mut watching)?;
            print_history(&situation, watching.target(), args)
        }
        RolloutSub::Diff(args) => {
            let mut watching = Watching::begin(&mut cluster, target)?;
            let situation = could_tell(first(&mut watching))?;
            print_difference(&situation, watching.target(), args)
        }
        _ => {
            let code = verbs::run(&mut cluster, &config, &place, target.clone(), &args.sub)?;
            if code != OK
                && let Some(how) = verbs::how(&args.sub).filter(|how| how.wait)
                && tell_why(&mut cluster, target, how.output)? == Some(Phase::Failed)
            {
                // Its own deadline has passed, and not the one that was given.
                return Ok(FAILED);
            }
            Ok(code)
        }
    }
}

fn namespace(global: &Global, place: &Where) -> Result<String, Fault> {
    let input = |why: &str| Fault::new(FaultKind::Input, "rollout", why);
    if global.all_namespaces {
        return Err(input("a workload is looked for in one namespace: -n NAME instead of -A"));
    }
    let name = global.namespace.as_deref().unwrap_or(&place.namespace);
    if name.contains(',') {
        return Err(input("a workload is looked for in one namespace, not in several"));
    }
    Ok(name.to_owned())
}

/// `KIND/NAME`, however it was written.
fn one_word(target: &Target) -> Result<String, Fault> {
    let input = |why: String| {
        Fault::new(FaultKind::Input, "rollout", why)
            .hint("write KIND/NAME: deploy/checkout, sts/db")
    };
    match target.words.as_slice() {
        [one] if one.contains('/') => Ok(one.clone()),
        [one] => Err(input(format!("{one:?} names no workload"))),
        [kind, name] if !kind.contains('/') && !name.contains('/') => Ok(format!("{kind}/{name}")),
        _ => Err(input("one workload at a time".to_owned())),
    }
}

fn with_alias(config: &Loaded, text: &str) -> String {
    match text.split_once('/') {
        Some((kind, name)) => format!("{}/{name}", config.settings.alias(kind).unwrap_or(kind)),
        None => text.to_owned(),
    }
}

fn not_found(target: &ObjRef) -> Fault {
    let what = format!("rollout of {target}");
    Fault::new(FaultKind::NotFound, what, format!("it is not there in {}", target.namespace))
}

/// The situation as soon as all of it is known.
fn first(watching: &mut Watching<'_>) -> Result<Situation, Fault> {
    let until = Instant::now() + PATIENCE;
    while !watching.is_complete() {
        if !watching.step(TICK)? && Instant::now() > until {
            let what = format!("rollout of {}", watching.target());
            return Err(Fault::new(FaultKind::Network, what, "the server has stopped answering"));
        }
    }
    watching.situation().ok_or_else(|| not_found(watching.target()))
}

/// Tells how it stands, once, or with `wait` (and how long at most) until it has ended.
fn follow(
    mut watching: Watching<'_>,
    wait: Option<Option<Duration>>,
    closely: bool,
    format: ActFormat,
) -> Result<u8, Fault> {
    let until = wait.flatten().map(|limit| Instant::now() + limit);
    let mut situation = first(&mut watching)?;
    let mut teller = told::Teller::new(watching.target().clone(), format, closely);
    loop {
        let story = Story::of(&situation, now());
        let log = watching.log(&situation, &story);
        if wait.is_none() {
            teller.whole(&situation, &story, &log)?;
            return Ok(exit_code(story.standing.phase));
        }
        teller.step(&situation, &story, &log)?;
        let phase = story.standing.phase;
        if matches!(phase, Phase::Done | Phase::Failed | Phase::Held) {
            return Ok(exit_code(phase));
        }
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            let what = format!("rollout of {}", watching.target());
            tell(&Fault::new(FaultKind::Other, what, "not done in the time given"));
            return Ok(TIMED_OUT);
        }
        watching.step(left.map_or(TICK, |left| left.min(TICK)))?;
        // A list that is read anew may be half there.
        if watching.is_complete() {
            let Some(seen) = watching.situation() else {
                let what = format!("rollout of {}", watching.target());
                tell(&Fault::new(FaultKind::NotFound, what, "it was deleted"));
                return Ok(FAILED);
            };
            situation = seen;
        }
    }
}

/// Tells how it stands after an action that did not come to a good end: what blocks it is the reason. The
/// phase; None where there is nothing to tell.
fn tell_why(
    cluster: &mut Headless,
    target: ObjRef,
    format: ActFormat,
) -> Result<Option<Phase>, Fault> {
    let mut watching = Watching::begin(cluster, target)?;
    // That it cannot be read was told by the action itself.
    let Ok(situation) = first(&mut watching) else { return Ok(None) };
    let story = Story::of(&situation, now());
    let phase = story.standing.phase;
    // A refusal leaves everything as it was.
    if phase == Phase::Done {
        return Ok(None);
    }
    let log = watching.log(&situation, &story);
    told::Teller::new(watching.target().clone(), format, false).whole(&situation, &story, &log)?;
    Ok(Some(phase))
}

/// What is left to hands is no success either.
fn exit_code(phase: Phase) -> u8 {
    match phase {
        Phase::Done => OK,
        Phase::Failed | Phase::Held => FAILED,
        _ => TIMED_OUT,
    }
}

/// What is not there is no difference: it could not be told.
fn could_tell<T>(found: Result<T, Fault>) -> Result<T, Fault> {
    found.map_err(|fault| match fault.kind {
        FaultKind::NotFound => Fault { kind: FaultKind::Other, ..fault },
        _ => fault,
    })
}

fn print_difference(
    situation: &Situation,
    target: &ObjRef,
    args: &args::Diff,
) -> Result<u8, Fault> {
    let entries = history::of(situation);
    let found = difference::between(situation, &entries, args.revision, args.to_revision)
        .map_err(|why| Fault::new(FaultKind::Other, format!("difference of {target}"), why))?;
    print(&told::difference(target, &found, &entries, args.output))?;
    Ok(if found.is_any() { FAILED } else { OK })
}

fn print_history(
    situation: &Situation,
    target: &ObjRef,
    args: &args::History,
) -> Result<u8, Fault> {
    let entries = history::of(situation);
    if let Some(revision) = args.revision {
        let entry = match history::target(&entries, revision) {
            Ok(entry) => entry,
            Err(why) => {
                tell(&Fault::new(FaultKind::NotFound, format!("history of {target}"), why));
                return Ok(FAILED);
            }
        };
        print(&told::revision(entry, args.output))?;
        return Ok(OK);
    }
    print(&told::history(&entries, args.output))?;
    Ok(OK)
}
