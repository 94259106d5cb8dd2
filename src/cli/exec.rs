//! `exec` and `attach`: a process in a container on our own standard streams.

use super::args::{Entered, Global};
use super::headless::{self, Headless, Woken};
use super::{FAILED, OK, tell, tui};
use crate::model::{
    Fault, FaultKind, Plan, PlanId, ShellEvent, ShellSpec, StreamEvent, StreamId, StreamInput,
    StreamSpec,
};
use crate::runtime::terminal;
use crate::text::sanitise;
use crate::verbs::Draft;
use crate::verbs::shell::{Shell, Way};
use std::io::{self, IsTerminal, Read, Write};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

const STREAM: StreamId = StreamId(1);
/// Bytes read at a time.
const PIECE: usize = 32 << 10;
/// Input that may be on its way at a time; more waits where it comes from.
const WINDOW: usize = 512 << 10;

/// Runs it to its end; the process's exit code is ours.
pub fn run(global: &Global, args: &Entered, command: Vec<String>) -> Result<u8, Fault> {
    let (_, config, _) = tui::configuration(global);
    let place = headless::place(global)?;
    let readonly = config.settings.readonly_in(&place.context);
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let namespace = global.namespace.as_deref().unwrap_or(&place.namespace);
    let (pod, json) = super::pods::find(&mut cluster, &args.target, namespace)?;
    let way = if command.is_empty() { Way::Attach } else { Way::Exec };
    let mut draft = Shell::new(pod, args.container.as_str().into(), way);
    draft.learn(0, Ok(&json));
    let (mut tty, mut stdin) = (args.tty, args.stdin);
    if tty && !io::stdin().is_terminal() {
        say("no terminal is asked for: standard input is none");
        tty = false;
    }
    if let (Way::Attach, Some(container)) = (way, draft.entered()) {
        if tty && !container.tty {
            say(&format!("container {} has no terminal (tty: false)", container.name));
            tty = false;
        }
        if stdin && !container.stdin {
            say(&format!("container {} takes no input (stdin: false)", container.name));
            stdin = false;
        }
        // Without asking for its terminal what it writes cannot be told apart.
        tty |= container.tty;
    }
    let draft = draft.exactly(command, tty, stdin);
    let spec = draft.spec()?;
    let plan = draft.plan(PlanId(1), &place.context.as_str().into())?;
    talk(&mut cluster, spec, plan, readonly)
}

/// Opens a process with its plan and carries our own standard streams, to its end; its exit code is
/// ours.
pub(super) fn talk(
    cluster: &mut Headless,
    mut spec: ShellSpec,
    plan: Plan,
    readonly: bool,
) -> Result<u8, Fault> {
    spec.size = crossterm::terminal::size().unwrap_or(spec.size);
    let title = plan.title.clone();
    let told = cluster.open(STREAM, StreamSpec::Shell(spec.clone()), Some(plan), readonly);
    let failed = |error: io::Error| Fault::new(FaultKind::Other, title.clone(), error.to_string());
    let signals = cluster.within(Signals::new).map_err(failed)?;
    let raw = (spec.tty && spec.stdin && io::stdin().is_terminal())
        .then(terminal::Raw::enter)
        .transpose()
        .map_err(failed)?;
    let attached = spec.command.is_empty() && spec.tty && spec.stdin;
    let end = carry(cluster, told, signals, spec.stdin, attached);
    // The terminal is whole again before anything is said.
    drop(raw);
    match end {
        ShellEvent::Exited(code) => Ok(u8::try_from(code).unwrap_or(FAILED)),
        ShellEvent::Failed(fault) => {
            tell(&fault);
            Ok(super::exit_code(&fault))
        }
        _ => Ok(OK),
    }
}

struct Signals {
    resized: Signal,
    ends: [Signal; 3],
}

impl Signals {
    fn new() -> io::Result<Self> {
        let ends = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()];
        let [term, hup, int] = ends.map(signal);
        Ok(Self { resized: signal(SignalKind::window_change())?, ends: [term?, hup?, int?] })
    }
}

enum Other {
    Read(Option<Vec<u8>>),
    Resized,
    Ended(i32),
}

/// Carries bytes until the process ends; how it did.
fn carry(
    cluster: &mut Headless,
    mut told: mpsc::Receiver<(StreamId, StreamEvent)>,
    mut signals: Signals,
    stdin: bool,
    attached: bool,
) -> ShellEvent {
    let mut input = None;
    let mut flying = 0_usize;
    let mut open = stdin;
    loop {
        let other = async {
            let [term, hup, int] = &mut signals.ends;
            let bytes = async {
                match &mut input {
                    Some(input) if open && flying < WINDOW => read_next(input).await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = signals.resized.recv() => Other::Resized,
                _ = term.recv() => Other::Ended(128 + libc::SIGTERM),
                _ = hup.recv() => Other::Ended(128 + libc::SIGHUP),
                _ = int.recv() => Other::Ended(128 + libc::SIGINT),
                read = bytes => Other::Read(read),
            }
        };
        let event = match cluster.next_told_or(&mut told, other) {
            Woken::Other(Other::Read(Some(bytes))) => {
                flying += bytes.len();
                cluster.input(STREAM, StreamInput::Bytes(bytes));
                continue;
            }
            Woken::Other(Other::Read(None)) => {
                open = false;
                cluster.input(STREAM, StreamInput::Eof);
                continue;
            }
            Woken::Other(Other::Resized) => {
                if let Ok((columns, rows)) = crossterm::terminal::size() {
                    cluster.input(STREAM, StreamInput::Size(columns, rows));
                }
                continue;
            }
            Woken::Other(Other::Ended(code)) => {
                cluster.close(STREAM);
                return ShellEvent::Exited(code);
            }
            Woken::Told(Some(StreamEvent::Shell(event))) => event,
            Woken::Told(Some(_)) => continue,
            Woken::Told(None) => {
                let why = "the program's connection has ended";
                return ShellEvent::Failed(Fault::new(FaultKind::Other, "run the command", why));
            }
        };
        let written = match event {
            ShellEvent::Started => {
                if attached {
                    say("attached; the enter key may bring its prompt back");
                }
                if stdin {
                    input = Some(reading());
                }
                Ok(())
            }
            ShellEvent::Taken(bytes) => {
                flying = flying.saturating_sub(bytes);
                Ok(())
            }
            ShellEvent::Output(bytes) => write(&mut io::stdout().lock(), &bytes),
            ShellEvent::Error(bytes) => write(&mut io::stderr().lock(), &bytes),
            end @ (ShellEvent::Exited(_) | ShellEvent::Failed(_)) => return end,
        };
        if let Err(error) = written {
            cluster.close(STREAM);
            // As if the command itself had written there.
            if error.kind() == io::ErrorKind::BrokenPipe {
                return ShellEvent::Exited(128 + libc::SIGPIPE);
            }
            let what = "write what the command says";
            let fault = Fault::new(FaultKind::Other, what, error.to_string());
            return ShellEvent::Failed(fault);
        }
    }
}

fn write(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(bytes)?;
    out.flush()
}

async fn read_next(input: &mut mpsc::Receiver<Vec<u8>>) -> Option<Vec<u8>> {
    input.recv().await
}

/// Standard input, piece by piece, read by a thread of its own: nothing can wait for it otherwise.
fn reading() -> mpsc::Receiver<Vec<u8>> {
    let (out, pieces) = mpsc::channel(2);
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut piece = vec![0; PIECE];
        loop {
            match input.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
                Ok(read) => {
                    if out.blocking_send(piece[..read].to_vec()).is_err() {
                        return;
                    }
                }
            }
        }
    });
    pieces
}

fn say(words: &str) {
    eprintln!("wheelhouse: {}", sanitise::clean(words));
}
