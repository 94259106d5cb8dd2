//! The terminal's state: entered once, and always left as it was found, however the program ends.

use crate::text::contain;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture,
};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether the terminal is ours at the moment.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Holds the terminal; dropping it gives it back.
#[derive(Debug)]
pub struct Guard {
    mouse: bool,
}

impl Guard {
    /// Takes the terminal over: alternate screen, raw mode, bracketed paste, focus events, and the
    /// mouse where asked for.
    ///
    /// # Errors
    /// There is no terminal, or it does not take its settings.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        give_back_on_panic();
        let guard = Self { mouse };
        guard.take()?;
        Ok(guard)
    }

    /// Takes the terminal over again after [`restore`].
    ///
    /// # Errors
    /// The terminal does not take its settings.
    pub fn take(&self) -> io::Result<()> {
        // Before the first change: whatever fails half-way is undone.
        ENTERED.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        let mut out = io::stdout();
        execute!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, cursor::Hide)?;
        if self.mouse {
            execute!(out, EnableMouseCapture)?;
        }
        out.flush()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back. Doing it twice does nothing.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // Every step is tried, whatever became of the others: the terminal may be half gone.
    let _ = execute!(
        out,
        crossterm::terminal::EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        crossterm::style::ResetColor,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// A terminal that hands on every key as it comes, for as long as this lives; nothing else about it
/// changes. For commands that hand their terminal to a process elsewhere.
#[derive(Debug)]
pub struct Raw(());

impl Raw {
    /// Makes it so.
    ///
    /// # Errors
    /// There is no terminal, or it does not take its settings.
    pub fn enter() -> io::Result<Self> {
        enable_raw_mode().map(|()| Self(()))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // The terminal may be gone; then nobody sees it.
        let _ = disable_raw_mode();
    }
}

/// How long a program that was told to end may try to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// Ends the program when it was told to (SIGTERM and the like) and cannot: its loop may be stuck in
/// a write to a terminal that does not read (ctrl-s, a hung ssh).
///
/// # Errors
/// The system gives no thread, or takes no handler.
pub fn end_when_stuck() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGQUIT, SIGTERM};
    // An interrupt may be meant for a credential plugin that has the terminal.
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGQUIT])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            std::thread::sleep(GOODBYE);
            // No word gets through; the settings of the terminal do.
            let _ = disable_raw_mode();
            std::process::exit(128 + signal);
        }
    })?;
    Ok(())
}

/// A panic's words belong on the normal screen.
fn give_back_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if contain::is_contained() {
                tracing::warn!(%info, "a panic was contained");
                return;
            }
            let ours = ENTERED.load(Ordering::SeqCst);
            restore();
            before(info);
            // Another thread's end would leave a program that nobody hears or sees.
            if ours && std::thread::current().name() != Some("main") {
                std::process::exit(101);
            }
        }));
    });
}
