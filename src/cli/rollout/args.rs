//! The grammar of `rollout`.

use crate::cli::apps::args::{ActFormat, How};
use crate::cli::args::duration;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use std::time::Duration;

/// What is said about targets and exit codes.
const HELP: &str = "KIND is deploy, sts, ds, or Argo Rollouts' ro, in any spelling.\n  \
wheelhouse rollout status deploy/checkout -n shop --wait --timeout 10m\n  \
wheelhouse rollout restart deploy/checkout -n shop --wait\n  \
wheelhouse rollout undo sts/db --to-revision 3 --plan\n  \
wheelhouse rollout diff deploy/checkout --revision 40 --to-revision 41\n  \
wheelhouse rollout promote ro/cart -n shop --wait\n\
Exit codes: 0 done, 1 failed or left to somebody's hands, 2 wrong usage or could not tell, \
3 not done yet.";

/// What is said about differences.
const DIFF_HELP: &str = "KIND is deploy, sts, ds, or Argo Rollouts' ro, in any spelling.\n  \
wheelhouse rollout diff deploy/checkout -n shop\n  \
wheelhouse rollout diff sts/db --revision 3\n  \
wheelhouse rollout diff sts/db --revision 3 --to-revision 5 -o json\n\
Exit codes: 0 no difference, 1 differences, 2 wrong usage or could not tell.";

/// `rollout`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Rollout {
    /// What about it.
    #[command(subcommand)]
    pub sub: RolloutSub,
}

/// What about a rollout.
#[derive(Debug, Subcommand)]
pub enum RolloutSub {
    /// Print how far a workload has come, and what blocks it.
    #[command(after_help = HELP)]
    Status(Status),
    /// Print every step of a rollout, its sets and its pods, until it is done or has failed.
    #[command(after_help = HELP)]
    Watch(Watch),
    /// Print the revisions of a workload, and what each changed.
    #[command(after_help = HELP)]
    History(History),
    /// Print what differs between two revisions, or between one and what is asked for now.
    #[command(after_help = DIFF_HELP)]
    Diff(Diff),
    /// Replace all pods, as the update strategy says.
    #[command(after_help = HELP)]
    Restart(Act),
    /// Go back to an earlier revision.
    #[command(after_help = HELP)]
    Undo(Undo),
    /// Hold a Deployment or Argo Rollout where it is.
    #[command(after_help = HELP)]
    Pause(Act),
    /// Let a paused Deployment or Argo Rollout go on.
    #[command(after_help = HELP)]
    Resume(Act),
    /// End the pause or the step at which an Argo Rollout stands, or skip all that is left.
    #[command(after_help = HELP)]
    Promote(Promote),
    /// Call the update of an Argo Rollout off: the stable revision serves again.
    #[command(after_help = HELP)]
    Abort(Act),
    /// Begin again what was called off.
    #[command(after_help = HELP)]
    Retry(Act),
    /// Skip the step at which an Argo Rollout stands; a pause by hand stays.
    #[command(after_help = HELP)]
    Skip(Act),
}

/// Which workload.
#[derive(Debug, Args)]
pub struct Target {
    /// KIND/NAME or KIND NAME: deploy/checkout, sts db.
    #[arg(required = true, num_args = 1..=2, value_name = "KIND/NAME", value_parser = NonEmptyStringValueParser::new())]
    pub words: Vec<String>,
}

/// `rollout status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Which.
    #[command(flatten)]
    pub target: Target,
    /// Wait until it is done, or has failed; print a line for each step.
    #[arg(long)]
    pub wait: bool,
    /// Longest time to wait, such as 90s or 10m.
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "wait")]
    pub timeout: Option<Duration>,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = ActFormat::Text)]
    pub output: ActFormat,
}

/// `rollout watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// Which.
    #[command(flatten)]
    pub target: Target,
    /// Longest time to watch, such as 90s or 10m.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = ActFormat::Text)]
    pub output: ActFormat,
}

/// `rollout history`.
#[derive(Debug, Args)]
pub struct History {
    /// Which.
    #[command(flatten)]
    pub target: Target,
    /// Print the pod template of this revision.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub revision: Option<i64>,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = ActFormat::Text)]
    pub output: ActFormat,
}

/// `rollout diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// Which.
    #[command(flatten)]
    pub target: Target,
    /// From this revision; without it, from the one before.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub revision: Option<i64>,
    /// To this revision; without it, to what is asked for now. Alone: what going back to it would change.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub to_revision: Option<i64>,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = ActFormat::Text)]
    pub output: ActFormat,
}

/// A verb.
#[derive(Debug, Args)]
pub struct Act {
    /// Which.
    #[command(flatten)]
    pub target: Target,
    /// How it is done.
    #[command(flatten)]
    pub how: How,
}

/// `rollout promote`.
#[derive(Debug, Args)]
pub struct Promote {
    /// Which.
    #[command(flatten)]
    pub target: Target,
    /// Skip everything that is left: steps, pauses and analyses.
    #[arg(long)]
    pub full: bool,
    /// How it is done.
    #[command(flatten)]
    pub how: How,
}

/// `rollout undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// Which.
    #[command(flatten)]
    pub target: Target,
    /// The revision to go back to; without it the one before.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub to_revision: Option<i64>,
    /// How it is done.
    #[command(flatten)]
    pub how: How,
}
