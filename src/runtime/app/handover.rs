//! The whole terminal for a process in a container: keys go to it as they come, and what it writes
//! goes to the terminal as it is, until it ends or the person leaves it.

use super::{Loop, Signals, Woken};
use crate::cluster::Command;
use crate::model::{ShellEvent, StreamEvent, StreamId, StreamInput};
use crate::runtime::terminal::Raw;
use crate::ui::Msg;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;
use tokio::io::unix::AsyncFd;

/// Bytes read from the keyboard at a time.
const PIECE: usize = 4 << 10;
/// How often a terminal is looked at that cannot be waited for.
const POLL: Duration = Duration::from_millis(10);

/// Whatever the process did to the terminal: other screen, mouse, paste and cursor modes, scrolling
/// region, character set, colours.
const RESET: &[u8] = b"\x1b[?1049l\x1b[?47l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\
\x1b[?1015l\x1b[?1004l\x1b[?2004l\x1b[?1l\x1b>\x1b[?6l\x1b[?7h\x1b[4l\x1b[r\x1b(B\x1b[?25h\x1b[0m\r\n";

/// What is handed over.
#[derive(Debug)]
pub(super) struct Handover {
    pub(super) stream: StreamId,
    /// What it wrote so far.
    pub(super) screen: Vec<u8>,
    /// What leaves it when it is typed.
    pub(super) leave: Vec<u8>,
}

/// The keyboard, byte by byte.
enum Keys {
    Waited(AsyncFd<File>),
    /// Where the system cannot wait for terminals (macOS).
    Polled(File),
}

impl Keys {
    fn open() -> io::Result<Self> {
        let open = || OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open("/dev/tty");
        // The file is ours alone and stays open as long as it is waited for.
        #[expect(deprecated, reason = "its successor is an unsafe function")]
        match AsyncFd::new(open()?) {
            Ok(file) => Ok(Self::Waited(file)),
            Err(_) => Ok(Self::Polled(open()?)),
        }
    }

    async fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Waited(file) => loop {
                let mut ready = file.readable().await?;
                if let Ok(read) = ready.try_io(|file| file.get_ref().read(piece)) {
                    return read;
                }
            },
            Self::Polled(file) => loop {
                match file.read(piece) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        tokio::time::sleep(POLL).await;
                    }
                    read => return read,
                }
            },
        }
    }
}

impl Loop<'_> {
    /// Hands the terminal over, and takes it back.
    pub(super) async fn hand_over(
        &mut self,
        errand: Handover,
        signals: &mut Signals,
    ) -> io::Result<()> {
        self.give_terminal().await;
        let raw = Raw::enter()?;
        self.apply(Msg::HandedOver(Some(errand.stream)))?;
        let carried = self.carry(&errand, signals).await;
        let mut out = io::stdout().lock();
        let reset = out.write_all(RESET).and_then(|()| out.flush());
        drop(out);
        drop(raw);
        self.apply(Msg::HandedOver(None))?;
        carried.and(reset)?;
        if self.quit { Ok(()) } else { self.take_terminal() }
    }

    async fn carry(&mut self, errand: &Handover, signals: &mut Signals) -> io::Result<()> {
        let mut keys = Keys::open()?;
        show(&errand.screen)?;
        self.tell_size(errand.stream);
        let mut piece = vec![0; PIECE];
        loop {
            tokio::select! {
                biased;
                read = keys.read(&mut piece) => {
                    let typed = &piece[..read?];
                    if typed.is_empty() {
                        // The terminal is gone.
                        self.quit = true;
                        return Ok(());
                    }
                    let leave = typed.windows(errand.leave.len()).position(|at| at == errand.leave);
                    let bytes = &typed[..leave.unwrap_or(typed.len())];
                    if !bytes.is_empty() {
                        let input = StreamInput::Bytes(bytes.to_vec());
                        self.handle.send(Command::Input(errand.stream, input));
                    }
                    if leave.is_some() {
                        return Ok(());
                    }
                }
                woken = signals.next() => match woken {
                    Woken::Resized | Woken::Continued => self.tell_size(errand.stream),
                    Woken::Quit => {
                        self.quit = true;
                        return Ok(());
                    }
                    _ => {}
                },
                told = self.streams.recv() => {
                    let Some((id, event)) = told else { return Ok(()) };
                    let mut ended = false;
                    if let (true, StreamEvent::Shell(event)) = (id == errand.stream, &event) {
                        match event {
                            ShellEvent::Output(bytes) | ShellEvent::Error(bytes) => show(bytes)?,
                            ShellEvent::Exited(_) | ShellEvent::Failed(_) => ended = true,
                            ShellEvent::Started | ShellEvent::Taken(_) => {}
                        }
                    }
                    // The pane goes on with what it shows.
                    self.apply(Msg::Stream(id, event))?;
                    if ended {
                        return Ok(());
                    }
                }
                event = self.events.recv() => match event {
                    Some(event) => self.take_event(event)?,
                    None => return Ok(()),
                },
                msg = self.messages.recv() => match msg {
                    Some(msg) => self.apply(msg)?,
                    None => return Ok(()),
                },
            }
        }
    }

    fn tell_size(&self, stream: StreamId) {
        if let Ok((columns, rows)) = crossterm::terminal::size() {
            self.handle.send(Command::Input(stream, StreamInput::Size(columns, rows)));
        }
    }
}

fn show(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
