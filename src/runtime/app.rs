//! The event loop: waits for input, events and the clock; updates; draws at most 60 frames a second.

mod handover;
mod programs;

use super::clocks::{Clocks, Jump};
use super::comparison;
use super::config_files::Watcher;
use super::editor;
use super::files::{self, Files, Job};
use super::forwards::Store;
use super::history::History;
use super::input::Inputs;
use super::memory::{self, Tidying};
use super::screen::{self, Screen};
use super::terminal::{self, Guard};
use super::{now, wrap};
use crate::cluster::{self, Command, Handle, Login};
use crate::model::{
    ClusterEvent, ClusterId, Fault, FaultKind, Program, StreamEvent, StreamId, SubEvent, Ticket,
};
use crate::ui::effect::Content;
use crate::ui::settings::Loaded;
use crate::ui::widgets::frame;
use crate::ui::{Effect, Msg, Start, Ui};
use crossterm::event::{Event as Input, KeyEventKind, MouseButton, MouseEventKind};
use handover::Handover;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// Shortest time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// Events taken in before a frame gets its turn.
const DRAIN: usize = 256;
/// Events that may wait for the loop; when it is full the reader merges.
const QUEUE: usize = 64;
/// Between two looks whether the clock has jumped, when nothing else happens: after a sleep of the machine the times
/// that were waited for go on as if there had been none.
const LOOK: Duration = Duration::from_secs(2);

/// What the loop needs to run.
#[derive(Debug)]
pub struct Session {
    /// The reader's options.
    pub cluster: cluster::Options,
    /// How the session starts.
    pub start: Start,
    /// Settings, keymap, theme as first read.
    pub config: Loaded,
    /// Reads them again.
    pub watcher: Watcher,
    /// Prompt lines.
    pub history: History,
    /// Forwards of earlier sessions.
    pub forwards: Store,
    /// Where saved tables go.
    pub saved: Option<PathBuf>,
    /// Where texts of edits are kept.
    pub edits: PathBuf,
}

/// Runs the UI until it is left. Returns the lines for the normal screen.
///
/// # Errors
/// There is no terminal, or the system gives no thread.
pub fn run(session: Session) -> Result<Vec<String>, Fault> {
    let what = "start the terminal UI";
    let failed = |error: io::Error| Fault::new(FaultKind::Other, what, error.to_string());
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    terminal::end_when_stuck().map_err(failed)?;
    let guard = Guard::enter(session.config.settings.mouse).map_err(failed)?;
    let lines = runtime.block_on(async { Loop::start(session, &guard)?.run().await });
    // The terminal is whole again before anything is said.
    drop(guard);
    lines
}

struct Loop<'g> {
    guard: &'g Guard,
    ui: Ui,
    screen: Screen,
    handle: Handle,
    events: mpsc::Receiver<cluster::Event>,
    /// Of logs, shells, forwards and copies; they wait while this is full.
    streams: mpsc::Receiver<(StreamId, StreamEvent)>,
    listener: cluster::Listener,
    messages: mpsc::UnboundedReceiver<Msg>,
    /// The other end of it, for programs in the background.
    say: mpsc::WeakUnboundedSender<Msg>,
    files: Files,
    /// None while the terminal belongs to somebody else.
    input: Option<Inputs>,
    /// The process is to be stopped as a shell's job.
    stop: bool,
    /// Credential plugins that wait until the person hands them the terminal.
    logins: BTreeMap<ClusterId, Login>,
    /// The one that gets it next.
    login: Option<(ClusterId, Login)>,
    /// What the person's editor gets next.
    edit: Option<(Ticket, editor::Errand)>,
    /// Where texts of edits are kept.
    edits: PathBuf,
    /// What the pager gets next.
    pager: Option<Content>,
    /// Times that were asked for.
    wakes: BTreeMap<Ticket, Instant>,
    /// What gets the terminal next.
    program: Option<Program>,
    /// The process that gets the whole terminal next.
    handover: Option<Handover>,
    last_frame: Option<Instant>,
    /// When memory goes back to the system.
    tidying: Tidying,
    /// A key came since then.
    typed: bool,
    quit: bool,
}

enum Woken {
    Input(Option<io::Result<Input>>),
    Event(Option<cluster::Event>),
    Stream(Option<(StreamId, StreamEvent)>),
    Message(Option<Msg>),
    Clock,
    /// Nothing happens, but the clock may have jumped.
    Look,
    Stop,
    Quit,
    Interrupt,
    Continued,
    Resized,
}

struct Signals {
    quit: [Signal; 4],
    stop: Signal,
    continued: Signal,
    resized: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let raw = |number| signal(SignalKind::from_raw(number));
        Ok(Self {
            quit: [
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
                signal(SignalKind::interrupt())?,
                signal(SignalKind::quit())?,
            ],
            stop: raw(libc::SIGTSTP)?,
            continued: raw(libc::SIGCONT)?,
            resized: signal(SignalKind::window_change())?,
        })
    }

    async fn next(&mut self) -> Woken {
        let [term, hup, int, quit] = &mut self.quit;
        tokio::select! {
            _ = term.recv() => Woken::Quit,
            _ = hup.recv() => Woken::Quit,
            _ = int.recv() => Woken::Interrupt,
            _ = quit.recv() => Woken::Quit,
            _ = self.stop.recv() => Woken::Stop,
            _ = self.continued.recv() => Woken::Continued,
            _ = self.resized.recv() => Woken::Resized,
        }
    }
}

impl<'g> Loop<'g> {
    fn start(session: Session, guard: &'g Guard) -> Result<Self, Fault> {
        let failed = |error: io::Error| {
            Fault::new(FaultKind::Other, "start the terminal UI", error.to_string())
        };
        let size = screen::fit(crossterm::terminal::size().map_err(failed)?);
        let (ui, effects) = Ui::new(session.config, session.start, size, now());
        let mut screen = Screen::of_process(size);
        // The frame stands before anything is connected.
        screen.frame(false, |buffer| frame::draw(&ui, buffer)).map_err(failed)?;
        let (sender, events) = mpsc::channel(QUEUE);
        let handle = cluster::start(session.cluster, sender)?;
        let (listener, streams) = mpsc::channel(QUEUE);
        let (say, messages) = mpsc::unbounded_channel();
        let weak = say.downgrade();
        let files = files::start(
            session.watcher,
            session.history,
            session.forwards,
            session.saved,
            &session.edits,
            say,
        )
        .map_err(failed)?;
        let mut this = Self {
            guard,
            ui,
            screen,
            handle,
            events,
            streams,
            listener,
            messages,
            say: weak,
            files,
            input: Some(Inputs::start()),
            stop: false,
            logins: BTreeMap::new(),
            login: None,
            edit: None,
            edits: session.edits,
            pager: None,
            wakes: BTreeMap::new(),
            program: None,
            handover: None,
            last_frame: Some(Instant::now()),
            tidying: Tidying::default(),
            typed: false,
            quit: false,
        };
        this.tidying.ask(Instant::now());
        this.carry_out(effects).map_err(failed)?;
        Ok(this)
    }

    async fn run(mut self) -> Result<Vec<String>, Fault> {
        let failed =
            |error: io::Error| Fault::new(FaultKind::Other, "use the terminal", error.to_string());
        let mut signals = Signals::new().map_err(failed)?;
        let mut clocks = Clocks::new(Instant::now(), SystemTime::now());
        // Whatever the constructor asked for is settled before waiting.
        self.typed = true;
        self.settle_and_draw().map_err(failed)?;
        while !self.quit {
            let woken = self.wait(&mut signals).await;
            match woken {
                Woken::Quit | Woken::Interrupt => break,
                Woken::Input(None | Some(Err(_))) => break,
                Woken::Input(Some(Ok(input))) => self.take_input(input).map_err(failed)?,
                Woken::Event(None) | Woken::Message(None) => {
                    return Err(Fault::new(
                        FaultKind::Other,
                        "go on",
                        "a thread of the program has ended",
                    )
                    .hint("please report it with the log (--log-file)"));
                }
                Woken::Event(Some(event)) => self.take_event(event).map_err(failed)?,
                Woken::Stream(told) => {
                    // The other end is held by this loop, so something always comes.
                    if let Some((id, event)) = told {
                        self.apply(Msg::Stream(id, event)).map_err(failed)?;
                    }
                }
                Woken::Message(Some(msg)) => self.apply(msg).map_err(failed)?,
                Woken::Clock => self.apply(Msg::Tick).map_err(failed)?,
                Woken::Look => {}
                Woken::Stop => self.stop = true,
                Woken::Continued => {
                    // Nobody knows for how long it was stopped, or what became of its connections.
                    self.look_around();
                    self.screen.was_stopped();
                    self.redraw().map_err(failed)?;
                }
                Woken::Resized => self.redraw().map_err(failed)?,
            }
            self.drain().map_err(failed)?;
            self.wake().map_err(failed)?;
            if std::mem::take(&mut self.stop) {
                self.suspend().await.map_err(failed)?;
            }
            if let Some((cluster, login)) = self.login.take() {
                self.log_in(cluster, login, &mut signals).await.map_err(failed)?;
            }
            if let Some(content) = self.pager.take() {
                self.page(content, &mut signals).await.map_err(failed)?;
            }
            if let Some(program) = self.program.take() {
                self.run_program(program, &mut signals).await.map_err(failed)?;
            }
            if let Some(errand) = self.handover.take() {
                self.hand_over(errand, &mut signals).await.map_err(failed)?;
            }
            if let Some((ticket, errand)) = self.edit.take() {
                self.edit(ticket, errand, &mut signals).await.map_err(failed)?;
            }
            match clocks.look(Instant::now(), SystemTime::now()) {
                Jump::None => {}
                Jump::Ahead => {
                    // As after a sleep of the machine: connections are dead though nothing says so.
                    self.look_around();
                    self.apply(Msg::Tick).map_err(failed)?;
                }
                // Ages are counted from now on as the clock has it.
                Jump::Back => self.apply(Msg::Tick).map_err(failed)?,
            }
            if self.tidying.is_due(Instant::now()) {
                memory::give_back();
            }
            if self.settle_and_draw().is_err() {
                // The terminal is gone; there is nobody to tell.
                break;
            }
        }
        Ok(self.ui.farewell())
    }

    async fn wait(&mut self, signals: &mut Signals) -> Woken {
        let pause = self.pause();
        let input = async {
            match &mut self.input {
                Some(input) => input.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            input = input => Woken::Input(input),
            woken = signals.next() => woken,
            msg = self.messages.recv() => Woken::Message(msg),
            event = self.events.recv() => Woken::Event(event),
            told = self.streams.recv() => Woken::Stream(told),
            () = tokio::time::sleep(pause.min(LOOK)) => {
                if pause > LOOK { Woken::Look } else { Woken::Clock }
            }
        }
    }

    /// How long to wait when nothing happens.
    fn pause(&self) -> Duration {
        let now = Instant::now();
        let wake = self.wakes.values().min().map(|at| at.saturating_duration_since(now));
        let due = [wake, self.tidying.pause(now)].into_iter().flatten().min();
        due.map_or_else(|| self.pause_of_ui(), |due| due.min(self.pause_of_ui()))
    }

    fn pause_of_ui(&self) -> Duration {
        if self.ui.has_work() {
            return Duration::ZERO;
        }
        if (self.ui.dirty || self.screen.unfinished())
            && let Some(last) = self.last_frame
        {
            let now = Instant::now();
            let due = self.screen.due(now, self.typed).saturating_duration_since(now);
            return due.max(FRAME.saturating_sub(last.elapsed()));
        }
        let Some(due) = self.ui.next_due() else { return Duration::from_secs(3600) };
        let due = UNIX_EPOCH + Duration::from_secs(u64::try_from(due).unwrap_or(0));
        due.duration_since(SystemTime::now()).unwrap_or_default().max(Duration::from_millis(1))
    }

    /// Tells of the times that are over.
    fn wake(&mut self) -> io::Result<()> {
        if self.wakes.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        let due: Vec<Ticket> =
            self.wakes.iter().filter(|(_, at)| **at <= now).map(|(ticket, _)| *ticket).collect();
        for ticket in due {
            self.wakes.remove(&ticket);
            self.apply(Msg::Woke(ticket))?;
        }
        Ok(())
    }

    /// Takes in what else is waiting, so that a burst costs one frame.
    fn drain(&mut self) -> io::Result<()> {
        // Keys first: a held key or a paste without brackets is one frame, not fifty.
        for _ in 0..DRAIN {
            match self.input.as_mut().and_then(Inputs::ready) {
                Some(Ok(input)) => self.take_input(input)?,
                Some(Err(_)) | None => break,
            }
        }
        for _ in 0..DRAIN {
            match self.events.try_recv() {
                Ok(event) => self.take_event(event)?,
                Err(_) => break,
            }
        }
        for _ in 0..DRAIN {
            match self.streams.try_recv() {
                Ok((id, event)) => self.apply(Msg::Stream(id, event))?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn take_event(&mut self, event: cluster::Event) -> io::Result<()> {
        match event {
            cluster::Event::Login(cluster, login) if login.at_once => {
                self.login = Some((cluster, login));
                Ok(())
            }
            cluster::Event::Login(cluster, login) => {
                self.logins.insert(cluster, login);
                Ok(())
            }
            event => {
                if let cluster::Event::Sub(_, SubEvent::Complete { .. }) = event {
                    self.tidying.ask(Instant::now());
                }
                if let cluster::Event::Cluster(
                    id,
                    ClusterEvent::Info(_) | ClusterEvent::Credential(_),
                ) = event
                {
                    // There is a credential: nothing waits for a person any more.
                    self.logins.remove(&id);
                }
                wrap(event).map_or(Ok(()), |msg| self.apply(msg))
            }
        }
    }

    fn apply(&mut self, msg: Msg) -> io::Result<()> {
        let reloaded = matches!(msg, Msg::Reloaded(_));
        let effects = self.ui.update(msg, now());
        if reloaded {
            // The gate follows the configuration, whatever the UI would allow.
            for (id, cluster) in &self.ui.clusters {
                let readonly = self.ui.config.settings.readonly_in(&cluster.context);
                self.handle.send(Command::Readonly(*id, readonly));
            }
        }
        self.carry_out(effects)
    }

    fn take_input(&mut self, input: Input) -> io::Result<()> {
        if !std::mem::replace(&mut self.typed, true) && self.screen.is_slow() {
            let effects = self.ui.settle(now());
            self.carry_out(effects)?;
            let ui = &self.ui;
            self.screen.before_key(|buffer| frame::draw(ui, buffer));
        }
        let msg = match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => Msg::Key(key),
            Input::Paste(text) => Msg::Paste(text),
            // The signal is listened to directly: the reader of keys forgets one that arrives
            // together with a key.
            Input::Resize(..) => return Ok(()),
            Input::FocusGained => Msg::FocusGained,
            Input::Mouse(mouse) => match mouse.kind {
                MouseEventKind::ScrollDown => Msg::Wheel(1),
                MouseEventKind::ScrollUp => Msg::Wheel(-1),
                MouseEventKind::Down(MouseButton::Left) => Msg::Click(mouse.column, mouse.row),
                _ => return Ok(()),
            },
            Input::Key(_) | Input::FocusLost => return Ok(()),
        };
        self.apply(msg)
    }

    fn settle_and_draw(&mut self) -> io::Result<()> {
        let effects = self.ui.settle(now());
        self.carry_out(effects)?;
        if !self.ui.dirty && !self.screen.unfinished() {
            self.typed = false;
            return Ok(());
        }
        let (now, typed) = (Instant::now(), self.typed);
        let turn = typed || self.last_frame.is_none_or(|last| last.elapsed() >= FRAME);
        if !turn || self.screen.due(now, typed) > now {
            return Ok(());
        }
        let ui = &self.ui;
        self.screen.frame(typed, |buffer| frame::draw(ui, buffer))?;
        (self.ui.dirty, self.typed) = (false, false);
        self.last_frame = Some(now);
        Ok(())
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Connect { cluster, context } => {
                    let readonly = self.ui.config.settings.readonly_in(&context);
                    self.logins.remove(&cluster);
                    self.handle.send(Command::Connect { cluster, context });
                    self.handle.send(Command::Readonly(cluster, readonly));
                }
                Effect::Disconnect(cluster) => {
                    self.logins.remove(&cluster);
                    self.handle.send(Command::Disconnect(cluster));
                }
                Effect::Wake { ticket, millis } => {
                    let at = Instant::now() + Duration::from_millis(millis);
                    self.wakes.insert(ticket, at);
                }
                Effect::Subscribe { sub, need } => {
                    self.handle.send(Command::Subscribe { sub, need });
                }
                Effect::Unsubscribe(sub) => {
                    self.handle.send(Command::Unsubscribe(sub));
                    self.tidying.ask(Instant::now());
                }
                Effect::Get { ticket, object } => self.handle.send(Command::Get { ticket, object }),
                Effect::Ask { ticket, question } => {
                    self.handle.send(Command::Ask { ticket, question });
                }
                Effect::Read { ticket, cluster, read } => {
                    self.handle.send(Command::Read { ticket, cluster, read });
                }
                Effect::Compare { ticket, job } => {
                    let cluster = job.cluster;
                    let errand = comparison::errand(ticket, *job, self.say.clone());
                    self.handle.send(Command::Carry { ticket, cluster, errand });
                }
                Effect::Uncompare(ticket) => self.handle.send(Command::Drop(ticket)),
                Effect::Open { stream, spec, plan } => {
                    let out = self.listener.clone();
                    self.handle.send(Command::Open { stream, spec, plan, out });
                }
                Effect::Input(stream, input) => self.handle.send(Command::Input(stream, input)),
                Effect::Close(stream) => self.handle.send(Command::Close(stream)),
                Effect::Run(plan) => self.handle.send(Command::Run(plan)),
                Effect::Cancel(plan) => self.handle.send(Command::Cancel(plan)),
                Effect::Metrics { cluster, pods, nodes } => {
                    self.handle.send(Command::Metrics { cluster, pods, nodes });
                }
                Effect::Retry(cluster) => self.handle.send(Command::Retry(cluster)),
                Effect::Login(cluster) => {
                    if let Some(login) = self.logins.remove(&cluster) {
                        self.login = Some((cluster, login));
                    }
                }
                Effect::Edit { ticket, name, text, file } => {
                    let (file, dir) = (file.map(PathBuf::from), self.edits.clone());
                    self.edit = Some((ticket, editor::Errand { name, text, file, dir }));
                }
                Effect::Keep { edit, name, text, file } => {
                    self.file(Job::Keep { edit, name, text, file });
                }
                Effect::Forget(file) => self.file(Job::Forget(file)),
                Effect::Handover { stream, screen, leave } => {
                    self.handover = Some(Handover { stream, screen, leave });
                }
                Effect::Copy(text) => {
                    self.screen.copy(&text)?;
                    let lines = text.lines().count();
                    let said = if lines > 1 {
                        format!("copied {lines} lines")
                    } else {
                        format!("copied {text}")
                    };
                    self.apply(Msg::Said(Ok(said)))?;
                }
                Effect::CopyHidden { what, value } => {
                    self.screen.copy(value.reveal())?;
                    self.apply(Msg::Said(Ok(format!("copied {what} without showing it"))))?;
                }
                Effect::Program(program) => self.start_program(program)?,
                Effect::Save { name, content } => {
                    self.file(Job::Save { name, content });
                    self.tidying.ask(Instant::now());
                }
                Effect::SaveLines { name, lines } => self.file(Job::SaveLines { name, lines }),
                Effect::Pager(content) => self.pager = Some(content),
                Effect::Remember { history, line } => self.file(Job::Remember { history, line }),
                Effect::LoadForwards { cluster, context } => {
                    self.file(Job::LoadForwards { cluster, context });
                }
                Effect::KeepForwards { context, forwards } => {
                    self.file(Job::KeepForwards { context, forwards });
                }
                Effect::ProbePorts { address, ports } => {
                    self.file(Job::ProbePorts { address, ports });
                }
                Effect::Restyle { theme, keymap } => self.file(Job::Restyle { theme, keymap }),
                Effect::Preview(theme) => self.file(Job::Preview(theme)),
                Effect::ContextTheme(theme) => self.file(Job::ContextTheme(theme)),
                Effect::Suspend => self.stop = true,
                Effect::Redraw => self.redraw()?,
                Effect::Quit => self.quit = true,
            }
        }
        Ok(())
    }

    fn file(&self, job: Job) {
        self.files.send(job);
    }

    /// Stops the process as a shell's job; goes on when it is continued.
    async fn suspend(&mut self) -> io::Result<()> {
        self.give_terminal().await;
        signal_hook::low_level::raise(libc::SIGSTOP)?;
        self.take_terminal()
    }

    /// Leaves the terminal to somebody else, keys included.
    async fn give_terminal(&mut self) {
        if let Some(input) = self.input.take() {
            input.stop().await;
        }
        terminal::restore();
    }

    fn take_terminal(&mut self) -> io::Result<()> {
        self.guard.take()?;
        self.input = Some(Inputs::start());
        self.redraw()
    }

    /// Hands the terminal to a credential plugin, and what came of it to the cluster. Ctrl-C ends
    /// the plugin, not us: in a terminal that is not raw it reaches both.
    async fn log_in(
        &mut self,
        cluster: ClusterId,
        login: Login,
        signals: &mut Signals,
    ) -> io::Result<()> {
        self.give_terminal().await;
        let (title, cancelled) = (login.title(), login.cancelled());
        // It may be tried again.
        self.logins.insert(cluster, login.clone());
        // Standard error, as the plugin's own words.
        eprintln!("wheelhouse: {title} (Ctrl-C cancels)");
        let outcome = {
            let mut run = std::pin::pin!(login.run());
            loop {
                tokio::select! {
                    outcome = &mut run => break outcome,
                    woken = signals.next() => match woken {
                        // The plugin was stopped too; a shell brings both back.
                        Woken::Stop => signal_hook::low_level::raise(libc::SIGSTOP)?,
                        Woken::Continued | Woken::Resized => {}
                        Woken::Interrupt => break Err(cancelled),
                        _ => {
                            self.quit = true;
                            break Err(cancelled);
                        }
                    },
                }
            }
        };
        self.handle.send(Command::Login { cluster, outcome });
        if self.quit {
            return Ok(());
        }
        self.take_terminal()
    }

    /// Hands the terminal to the pager until it ends. Ctrl-C is the pager's.
    async fn page(&mut self, content: Content, signals: &mut Signals) -> io::Result<()> {
        self.give_terminal().await;
        let outcome = match super::pager::start(content) {
            Err(fault) => Err(fault),
            Ok(mut child) => {
                // Its end is waited for beside the loop, so that signals are still heard.
                let mut wait = tokio::task::spawn_blocking(move || child.wait());
                loop {
                    tokio::select! {
                        _ = &mut wait => break Ok(()),
                        woken = signals.next() => match woken {
                            // It was stopped too; a shell brings both back.
                            Woken::Stop => signal_hook::low_level::raise(libc::SIGSTOP)?,
                            Woken::Quit => {
                                self.quit = true;
                                return Ok(());
                            }
                            _ => {}
                        },
                    }
                }
            }
        };
        self.take_terminal()?;
        match outcome {
            Ok(()) => Ok(()),
            Err(fault) => self.apply(Msg::Said(Err(fault))),
        }
    }

    /// Hands the terminal to the person's editor. Ctrl-C is the editor's.
    async fn edit(
        &mut self,
        ticket: Ticket,
        errand: editor::Errand,
        signals: &mut Signals,
    ) -> io::Result<()> {
        self.give_terminal().await;
        let outcome = {
            let mut run = std::pin::pin!(editor::run(&errand));
            loop {
                tokio::select! {
                    outcome = &mut run => break outcome,
                    woken = signals.next() => match woken {
                        Woken::Stop => signal_hook::low_level::raise(libc::SIGSTOP)?,
                        Woken::Quit => {
                            self.quit = true;
                            return Ok(());
                        }
                        _ => {}
                    },
                }
            }
        };
        self.take_terminal()?;
        self.apply(Msg::Edited(ticket, outcome))
    }

    fn redraw(&mut self) -> io::Result<()> {
        let size = screen::fit(crossterm::terminal::size()?);
        self.screen.reset(size);
        self.apply(Msg::Resize(size.0, size.1))
    }

    /// Connections may be dead though nothing says so: every cluster is asked for a sign of life.
    fn look_around(&self) {
        for id in self.ui.clusters.keys() {
            self.handle.send(Command::Retry(*id));
        }
    }
}
