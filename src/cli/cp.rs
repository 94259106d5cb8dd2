//! `cp`: files and directories to and from a container.

use super::args::{Cp, Global};
use super::headless::{self, Headless, Woken};
use super::{FAILED, OK, output::print, tell, tui};
use crate::model::{
    CopyEvent, CopyWay, Fault, FaultKind, PlanId, StreamEvent, StreamId, StreamSpec,
};
use crate::text::{quantity, sanitise};
use crate::verbs::Draft;
use crate::verbs::copy::{Copy, Side, side};
use std::io::{IsTerminal, Write};
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};

const STREAM: StreamId = StreamId(1);

/// Runs it to its end.
pub fn run(global: &Global, args: &Cp) -> Result<u8, Fault> {
    let what = format!("copy {} to {}", args.from, args.to);
    let input = |why: String| Fault::new(FaultKind::Input, &what, why);
    let sides = (side(&args.from).map_err(input)?, side(&args.to).map_err(input)?);
    let (way, local, remote) = match sides {
        (Side::Remote { namespace, pod, path }, Side::Local(local)) => {
            (CopyWay::Down, local, (namespace, pod, path))
        }
        (Side::Local(local), Side::Remote { namespace, pod, path }) => {
            (CopyWay::Up, local, (namespace, pod, path))
        }
        (Side::Local(_), Side::Local(_)) => {
            return Err(input("neither of them is in a pod".into())
                .hint("write [NAMESPACE/]POD:PATH for the side in a pod"));
        }
        (Side::Remote { .. }, Side::Remote { .. }) => {
            return Err(input("one of them has to be on this machine".into()));
        }
    };
    let (namespace, pod, path) = remote;
    let (_, config, _) = tui::configuration(global);
    let place = headless::place(global)?;
    let readonly = config.settings.readonly_in(&place.context);
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let namespace = match namespace.as_str() {
        "" => global.namespace.as_deref().unwrap_or(&place.namespace),
        named => named,
    };
    let (pod, json) = super::pods::find(&mut cluster, &pod, namespace)?;
    let local = absolute(&local);
    let mut draft = Copy::new(pod, args.container.as_str().into()).known(way, &local, &path);
    draft.learn(0, Ok(&json));
    let spec = draft.spec()?;
    let plan = draft.plan(PlanId(1), &place.context.as_str().into())?;
    let mut told = cluster.open(STREAM, StreamSpec::Copy(spec), Some(plan), readonly);
    let failed = |error: std::io::Error| Fault::new(FaultKind::Other, &what, error.to_string());
    let mut interrupt = cluster.within(|| signal(SignalKind::interrupt())).map_err(failed)?;
    let mut term = cluster.within(|| signal(SignalKind::terminate())).map_err(failed)?;
    let shows = std::io::stderr().is_terminal() && !args.quiet;
    let mut called_off = None;
    loop {
        let signals = async {
            tokio::select! {
                _ = interrupt.recv() => 128 + libc::SIGINT,
                _ = term.recv() => 128 + libc::SIGTERM,
            }
        };
        let event = match cluster.next_told_or(&mut told, signals) {
            Woken::Other(code) => {
                // The stream is over only when nothing half is there any more: that is waited for.
                cluster.close(STREAM);
                called_off = u8::try_from(code).ok();
                continue;
            }
            Woken::Told(Some(StreamEvent::Copy(event))) => event,
            Woken::Told(Some(_)) => continue,
            Woken::Told(None) => {
                line(shows, "");
                if let Some(code) = called_off {
                    eprintln!("wheelhouse: called off; nothing was changed here");
                    return Ok(code);
                }
                return Ok(FAILED);
            }
        };
        match event {
            CopyEvent::Progress { bytes, total, files } => {
                let of = total.map(|total| format!(" of {}", human(total))).unwrap_or_default();
                line(shows, &format!("{}{of}, {files} files", human(bytes)));
            }
            CopyEvent::Done { bytes, files, skipped } => {
                line(shows, "");
                if !args.quiet {
                    print(&format!("copied {files} files, {bytes} bytes; sizes compared\n"))?;
                }
                for left_out in &skipped {
                    eprintln!("wheelhouse: left out: {}", sanitise::clean(left_out));
                }
                return Ok(if skipped.is_empty() { OK } else { FAILED });
            }
            CopyEvent::Failed(fault) => {
                line(shows, "");
                tell(&fault);
                return Ok(super::exit_code(&fault));
            }
        }
    }
}

/// The last line on the terminal, written over.
fn line(shows: bool, text: &str) {
    if shows {
        let mut err = std::io::stderr().lock();
        // Nobody misses a line of progress.
        let _ = write!(err, "\r\x1b[K{text}");
        let _ = err.flush();
    }
}

fn human(bytes: u64) -> String {
    let mut text = String::new();
    quantity::write_bytes(i64::try_from(bytes).unwrap_or(i64::MAX), &mut text);
    text
}

/// A path that has a name: `.` is where we are.
fn absolute(path: &Path) -> std::path::PathBuf {
    let has_name = path.file_name().is_some();
    match std::env::current_dir() {
        Ok(here) if !has_name && path.is_relative() => {
            std::fs::canonicalize(here.join(path)).unwrap_or_else(|_| path.to_owned())
        }
        _ => path.to_owned(),
    }
}
