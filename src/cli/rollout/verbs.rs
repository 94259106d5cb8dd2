//! `rollout restart`, `undo`, `pause`, `resume`: with the plans that the UI shows.

use super::args::RolloutSub;
use crate::apps::undo::Undo;
use crate::cli::apps::args::How;
use crate::cli::apps::verbs::{Runner, settle};
use crate::cli::headless::{Headless, Where};
use crate::cli::{FAILED, tell};
use crate::model::{Fault, FaultKind, ObjRef};
use crate::runtime::now;
use crate::ui::settings::Loaded;
use crate::verbs::Draft;
use crate::verbs::pause::Pause;
use crate::verbs::restart::{Restart, can_restart};

/// How one of them is to be done; None for what is no verb.
pub fn how(sub: &RolloutSub) -> Option<&How> {
    match sub {
        RolloutSub::Undo(undo) => Some(&undo.how),
        RolloutSub::Restart(act) | RolloutSub::Pause(act) | RolloutSub::Resume(act) => {
            Some(&act.how)
        }
        _ => None,
    }
}

/// Carries out one of them.
///
/// # Errors
/// Wrong usage, or the workload cannot be read. Refusals are told; their exit code is 1.
pub fn run(
    cluster: &mut Headless,
    config: &Loaded,
    place: &Where,
    target: ObjRef,
    sub: &RolloutSub,
) -> Result<u8, Fault> {
    let what = || format!("rollout of {target}");
    let other = |why: &str| Err(Fault::new(FaultKind::Input, what(), why));
    let (mut draft, how): (Box<dyn Draft>, &How) = match sub {
        RolloutSub::Undo(undo) => {
            let Some(draft) = Undo::new(target.clone(), "", now()) else {
                return other("it has no revisions to go back to");
            };
            (Box::new(draft.to(undo.to_revision.unwrap_or(0))), &undo.how)
        }
        RolloutSub::Restart(act) => {
            if !can_restart(&target) {
                return other("there is no restart of its kind");
            }
            (Box::new(Restart::new(vec![target.clone()], now())), &act.how)
        }
        RolloutSub::Pause(act) => (Box::new(Pause::hold(vec![target.clone()])), &act.how),
        RolloutSub::Resume(act) => (Box::new(Pause::resume(vec![target.clone()])), &act.how),
        _ => return other("it is no verb"),
    };
    let runner = Runner::new(how, config, place, what)?;
    for (number, read) in draft.reads().into_iter().enumerate() {
        let answer = cluster.read(read);
        if let Err(fault) = &answer
            && fault.kind == FaultKind::NotFound
        {
            tell(fault);
            return Ok(FAILED);
        }
        draft.learn(number, answer.as_deref());
    }
    let set: Vec<(&str, &str)> =
        how.set.iter().map(|(id, value)| (id.as_str(), value.as_str())).collect();
    if !settle(&mut *draft, &set)? {
        return Ok(FAILED);
    }
    runner.carry(cluster, &*draft)
}
