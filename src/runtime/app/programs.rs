//! Programs of the person's, beside the loop or in its place.

use super::{Loop, Signals, Woken};
use crate::model::{Fault, FaultKind, Program};
use crate::runtime::program::Running;
use crate::ui::Msg;
use std::io::{self, BufRead as _};
use tokio::sync::oneshot;

impl Loop<'_> {
    /// Starts a program in the background, or lets it have the terminal as soon as nothing else does.
    pub(super) fn start_program(&mut self, program: Program) -> io::Result<()> {
        // Whatever the UI would allow: read-only is read-only.
        if !program.safe && self.ui.config.settings.readonly_in(&program.context) {
            let what = format!("run {}", program.name);
            let fault =
                Fault::new(FaultKind::Refused, what, "read-only, and it may change something");
            return self.apply(Msg::Ended(Err(fault)));
        }
        if !program.background {
            self.program = Some(program);
            return Ok(());
        }
        match Running::start(&program, &self.ui.kubeconfig) {
            Err(fault) => self.apply(Msg::Ended(Err(fault))),
            Ok(running) => {
                if let Some(say) = self.say.upgrade() {
                    tokio::spawn(async move {
                        // Nobody listens any more at the very end.
                        let _ = say.send(Msg::Ended(running.collect().await));
                    });
                }
                self.apply(Msg::Said(Ok(format!("{} has started", program.name))))
            }
        }
    }

    /// Hands the terminal to a program until it ends. Ctrl-C is the program's.
    pub(super) async fn run_program(
        &mut self,
        program: Program,
        signals: &mut Signals,
    ) -> io::Result<()> {
        self.give_terminal().await;
        let outcome = match Running::start(&program, &self.ui.kubeconfig) {
            Err(fault) => Err(fault),
            Ok(mut running) => {
                let Some(outcome) = until(running.wait(), signals).await? else {
                    self.quit = true;
                    return Ok(());
                };
                if let Err(fault) = &outcome {
                    // What it said would be gone with the screen.
                    eprintln!("wheelhouse: {fault} (Enter goes back)");
                    if until(enter(), signals).await?.is_none() {
                        self.quit = true;
                        return Ok(());
                    }
                }
                outcome
            }
        };
        self.take_terminal()?;
        let outcome = outcome.map(|()| (format!("{} has ended", program.name), String::new()));
        self.apply(Msg::Ended(outcome))
    }
}

/// Waits for something while signals are heard; None when the program is to end.
async fn until<T>(what: impl Future<Output = T>, signals: &mut Signals) -> io::Result<Option<T>> {
    let mut what = std::pin::pin!(what);
    loop {
        tokio::select! {
            done = &mut what => return Ok(Some(done)),
            woken = signals.next() => match woken {
                // The program was stopped too; a shell brings both back.
                Woken::Stop => signal_hook::low_level::raise(libc::SIGSTOP)?,
                Woken::Quit => return Ok(None),
                _ => {}
            },
        }
    }
}

/// Waits for a line. Nobody waits for its thread: the person may never press Enter.
async fn enter() {
    let (send, pressed) = oneshot::channel();
    let reads = move || {
        let _ = io::stdin().lock().read_line(&mut String::new());
        let _ = send.send(());
    };
    if std::thread::Builder::new().name("enter".into()).spawn(reads).is_ok() {
        let _ = pressed.await;
    }
}
