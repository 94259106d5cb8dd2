//! `rollout promote`, `abort`, `retry`, `skip`: what only Argo Rollouts have.

use super::args::{Act, Promote, RolloutSub};
use crate::apps::rollouts::{Control, Verb};
use crate::cli::apps::args::How;
use crate::cli::apps::verbs::{Runner, settle};
use crate::cli::headless::{Headless, Where};
use crate::cli::{FAILED, tell};
use crate::follow::UNTAKEN;
use crate::model::{Fault, FaultKind, FollowState, ObjRef};
use crate::runtime::now;
use crate::ui::settings::Loaded;
use crate::verbs::Draft as _;

/// Which of them, and how; None for other verbs.
pub fn verb(sub: &RolloutSub) -> Option<(Verb, &How)> {
    Some(match sub {
        RolloutSub::Promote(Promote { full: true, how, .. }) => (Verb::PromoteFull, how),
        RolloutSub::Promote(Promote { how, .. }) => (Verb::Promote, how),
        RolloutSub::Abort(Act { how, .. }) => (Verb::Abort, how),
        RolloutSub::Retry(Act { how, .. }) => (Verb::Retry, how),
        RolloutSub::Skip(Act { how, .. }) => (Verb::Skip, how),
        _ => return None,
    })
}

/// Carries one out. Where the controller shows no sign of having heard, it is asked once more.
///
/// # Errors
/// Wrong usage, or the Rollout cannot be read. Refusals are told; their exit code is 1.
pub fn run(
    cluster: &mut Headless,
    config: &Loaded,
    place: &Where,
    target: &ObjRef,
    (verb, how): (Verb, &How),
) -> Result<u8, Fault> {
    let what = || format!("rollout of {target}");
    let mut runner = Runner::new(how, config, place, what)?;
    loop {
        let Some(mut draft) = Control::new(verb, target.clone(), now()) else {
            let why = format!("{target} is no Rollout of Argo Rollouts");
            let fault = Fault::new(FaultKind::Input, what(), why);
            return Err(fault.hint("write ro/NAME: wheelhouse rollout promote ro/checkout"));
        };
        for (number, read) in draft.reads().into_iter().enumerate() {
            let answer = cluster.read(read);
            if number == 0
                && let Err(fault) = &answer
                && fault.kind == FaultKind::NotFound
            {
                tell(fault);
                return Ok(FAILED);
            }
            draft.learn(number, answer.as_deref());
        }
        let set: Vec<(&str, &str)> =
            how.set.iter().map(|(id, value)| (id.as_str(), value.as_str())).collect();
        if !settle(&mut draft, &set)? {
            return Ok(FAILED);
        }
        let overlooked = |state: &FollowState| matches!(state, FollowState::Progressing(words) if words.starts_with(UNTAKEN));
        match runner.carry_unless(cluster, &draft, &overlooked)? {
            Some(code) => return Ok(code),
            None => runner = runner.once_more(),
        }
    }
}
