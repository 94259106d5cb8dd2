//! Floor 8: arguments, headless commands, start of the UI.

mod access;
mod apps;
mod args;
mod complete;
mod cp;
mod debug;
mod demo;
mod describe;
mod drift;
mod edit;
mod exec;
mod forward;
mod get;
mod hazards;
mod headless;
mod info;
mod jq;
mod kinds;
mod logs;
mod man;
mod output;
mod pods;
mod rollout;
mod tui;
mod whole;

use crate::apps::Verb;
use crate::model::{Fault, FaultKind};
use crate::text::sanitise;
use apps::verbs::Errand;
use args::{Args, Sub};
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// Yes, done, none found.
pub const OK: u8 = 0;
/// No, failed.
pub const FAILED: u8 = 1;
/// Wrong usage, or it could not be told.
pub const USAGE: u8 = 2;

/// What was waited for did not happen in time.
pub const TIMED_OUT: u8 = 3;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|name| name == jq::NAME) {
        return jq::main();
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are asked for; everything else is wrong usage.
            let code = if error.use_stderr() { USAGE } else { OK };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match run(args) {
        Ok(code) => ExitCode::from(code),
        Err(fault) => {
            tell(&fault);
            ExitCode::from(exit_code(&fault))
        }
    }
}

/// The exit code of a failure.
fn exit_code(fault: &Fault) -> u8 {
    match fault.kind {
        FaultKind::NotFound | FaultKind::Conflict | FaultKind::Invalid => FAILED,
        _ => USAGE,
    }
}

/// A failure on standard error: what, why, what to do.
fn tell(fault: &Fault) {
    let mut err = std::io::stderr().lock();
    // Names typed by a script may hold anything, and land in messages.
    let (what, why) = (sanitise::clean(&fault.what), sanitise::clean(&fault.why));
    let _ = writeln!(err, "wheelhouse: {what}: {why}");
    if !fault.hint.is_empty() {
        let _ = writeln!(err, "  {}", sanitise::clean(&fault.hint));
    }
}

fn run(args: Args) -> Result<u8, Fault> {
    if let Some(path) = &args.global.log_file {
        crate::runtime::log::start(path)?;
    }
    match args.sub {
        None => tui::run(&args.global, None, args.once),
        Some(Sub::Demo(demo)) => {
            let command = demo.begin.clone().or(args.global.command.clone());
            let global = args::Global { command, ..args.global };
            tui::run(&global, Some(&demo), args.once || demo.once)
        }
        Some(Sub::Get(get)) => get::run(&args.global, &get),
        Some(Sub::Apps(list)) => apps::run(&args.global, &list),
        Some(Sub::Sync(sync)) => Errand::sync(&sync).run(&args.global),
        Some(Sub::Refresh(refresh)) => Errand::refresh(&refresh).run(&args.global),
        Some(Sub::Rollback(rollback)) => Errand::rollback(&rollback).run(&args.global),
        Some(Sub::Restart(plain)) => Errand::plain(Verb::Restart, &plain.act).run(&args.global),
        Some(Sub::Suspend(suspend)) => Errand::suspend(&suspend).run(&args.global),
        Some(Sub::Resume(plain)) => Errand::plain(Verb::Resume, &plain.act).run(&args.global),
        Some(Sub::Terminate(plain)) => Errand::plain(Verb::Terminate, &plain.act).run(&args.global),
        Some(Sub::Forward(forward)) => forward::run(&args.global, &forward),
        Some(Sub::Describe(describe)) => describe::run(&args.global, &describe),
        Some(Sub::Logs(logs)) => logs::run(&args.global, &logs),
        Some(Sub::Edit(edit)) => edit::run(&args.global, &edit),
        Some(Sub::Exec(exec)) => exec::run(&args.global, &exec.entered, exec.command),
        Some(Sub::Attach(attach)) => exec::run(&args.global, &attach.entered, Vec::new()),
        Some(Sub::Cp(cp)) => cp::run(&args.global, &cp),
        Some(Sub::Access(access)) => access::run(&args.global, &access),
        Some(Sub::Debug(debug)) => debug::run(&args.global, &debug),
        Some(Sub::Drift(drift)) => drift::run(&args.global, &drift),
        Some(Sub::Rollout(rollout)) => rollout::run(&args.global, &rollout),
        Some(Sub::Hazards(hazards)) => hazards::run(&args.global, &hazards),
        Some(Sub::Kinds(kinds)) => kinds::run(&args.global, &kinds),
        Some(Sub::Keys) => info::keys(&args.global),
        Some(Sub::Info) => info::run(&args.global),
        Some(Sub::Man(man)) => man::run(&man),
        Some(Sub::Completion { shell }) => {
            output::print(&complete::script(&args.global, shell))?;
            Ok(OK)
        }
    }
}
