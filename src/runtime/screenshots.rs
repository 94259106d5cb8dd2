//! The pictures in `screenshots/`: drawn by the program itself from the demo cluster at one moment, so
//! that they show what a person sees, and a test knows when they no longer do.
//!
//! `WHEELHOUSE_BLESS=1 cargo test screenshots` draws them anew: then look at them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::comparison;
use super::{once, wrap};
use crate::cluster::{self, Command, Event, Handle, Options, Target};
use crate::demo::{Demo, DemoOptions};
use crate::model::Scope;
use crate::ui::chord::Chord;
use crate::ui::document::Complaints;
use crate::ui::palette::ColorDepth;
use crate::ui::panes::Pane;
use crate::ui::panes::browse::What;
use crate::ui::settings::Loaded;
use crate::ui::svg::{self, Ground};
use crate::ui::theme::{Scope as Style, Theme};
use crate::ui::widgets::frame;
use crate::ui::{Effect, Msg, Start, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// When the demo begins: 2026-03-02T09:30:00Z.
pub(super) const BEGIN: i64 = 1_772_443_800;
/// Things that have happened there when the pictures are taken.
pub(super) const STEPS: usize = 60;
/// Seconds from its begin to the moment of the pictures.
pub(super) const LATER: i64 = 150;
/// How long anything may take to appear.
const LIMIT: Duration = Duration::from_secs(60);

/// What is pressed for each picture, and a text that is on screen when it is complete.
const STORIES: [(&str, &str, &str); 14] = [
    ("apps", ": a p p s enter", "apps(all namespaces)"),
    ("sync", "/ p a y m e n t s enter s", "Sync"),
    ("app", "esc enter", "payments"),
    ("drift", "shift-d", "drifted"),
    ("pods", "esc : p o d s enter", "pods(all namespaces)"),
    ("filter", "/ s t a t u s : b a c k space r e s t a r t s > 0", "/status:back restarts>0"),
    ("containers", "esc w enter", "containers(shop)"),
    ("yaml", "esc y / i m a g e : enter", "image:"),
    ("delete", "esc esc ctrl-d v", "DELETE /api/v1/namespaces/shop/pods"),
    ("help", "esc ?", "keys that work here"),
    ("applications", "esc 0 : a p p l i c a t i o n s enter", "OutOfSync"),
    ("events", ": e v e n t s enter", "MESSAGE"),
    ("describe", ": d e p l o y space s h o p enter d", "StrategyType"),
    ("tree", "esc x", "ReplicaSet/"),
];

pub(super) struct Camera {
    pub(super) ui: Ui,
    handle: Handle,
    events: mpsc::Receiver<Event>,
    /// What timers and comparisons tell.
    messages: mpsc::UnboundedReceiver<Msg>,
    say: mpsc::UnboundedSender<Msg>,
    /// Unix seconds.
    pub(super) now: i64,
}

impl Camera {
    pub(super) async fn start(demo: &Demo, theme: &str, size: (u16, u16)) -> Self {
        let demo = demo.clone();
        let target = Target::Embedded(Arc::new(move || demo.dial()), String::new());
        let (sender, events) = mpsc::channel(64);
        let handle = cluster::start(Options::new(target), sender).unwrap();
        let theme =
            Theme::load(theme, ColorDepth::True, &|_| None, &mut Complaints::default()).unwrap();
        let start = Start {
            context: "demo".into(),
            scope: Some(Scope::All),
            command: "pods".into(),
            ..Start::default()
        };
        let config = Loaded { theme, ..Loaded::default() };
        let (ui, effects) = Ui::new(config, start, size, BEGIN + LATER);
        let (say, messages) = mpsc::unbounded_channel();
        let mut this = Self { ui, handle, events, messages, say, now: BEGIN + LATER };
        this.carry_out(effects);
        this.until("the first rows with their usage", |ui, _| {
            let usage = ui.cluster().is_some_and(|cluster| cluster.metrics_revision > 0);
            usage && ui.cluster().is_some_and(|cluster| cluster.discovered) && complete(ui)
        })
        .await;
        this
    }

    fn carry_out(&mut self, mut effects: Vec<Effect>) {
        effects.append(&mut self.ui.settle(self.now));
        for effect in effects {
            match effect {
                Effect::Connect { cluster, context } => {
                    self.handle.send(Command::Connect { cluster, context });
                    self.handle.send(Command::Readonly(cluster, false));
                }
                Effect::Subscribe { sub, need } => {
                    self.handle.send(Command::Subscribe { sub, need });
                }
                Effect::Get { ticket, object } => self.handle.send(Command::Get { ticket, object }),
                Effect::Read { ticket, cluster, read } => {
                    self.handle.send(Command::Read { ticket, cluster, read });
                }
                Effect::Ask { ticket, question } => {
                    self.handle.send(Command::Ask { ticket, question });
                }
                Effect::Compare { ticket, job } => {
                    let cluster = job.cluster;
                    let errand = comparison::errand(ticket, *job, self.say.downgrade());
                    self.handle.send(Command::Carry { ticket, cluster, errand });
                }
                Effect::Wake { ticket, millis } => {
                    let say = self.say.clone();
                    tokio::spawn(async move {
                        tokio::time::sleep(Duration::from_millis(millis)).await;
                        let _ = say.send(Msg::Woke(ticket));
                    });
                }
                Effect::Run(plan) => self.handle.send(Command::Run(plan)),
                Effect::Metrics { cluster, pods, nodes } => {
                    self.handle.send(Command::Metrics { cluster, pods, nodes });
                }
                _ => {}
            }
        }
    }

    pub(super) fn lines(&self) -> String {
        once::lines(&self.ui, self.ui.size).join("\n")
    }

    pub(super) async fn until(&mut self, what: &str, is: impl Fn(&Ui, &str) -> bool) {
        let begin = tokio::time::Instant::now();
        loop {
            self.carry_out(Vec::new());
            let screen = self.lines();
            if is(&self.ui, &screen) {
                return;
            }
            // Something else goes on for ever.
            assert!(begin.elapsed() < LIMIT, "no {what}:\n{screen}");
            let told = async {
                tokio::select! {
                    event = self.events.recv() => wrap(event.unwrap()),
                    message = self.messages.recv() => Some(message.unwrap()),
                }
            };
            let told = timeout(LIMIT, told).await;
            let told = told.unwrap_or_else(|_| panic!("no {what}:\n{screen}"));
            if let Some(told) = told {
                let effects = self.ui.update(told, self.now);
                self.carry_out(effects);
            }
        }
    }

    /// Takes in what comes in this time.
    pub(super) async fn listen(&mut self, time: Duration) {
        self.carry_out(Vec::new());
        let end = tokio::time::Instant::now() + time;
        loop {
            let told = async {
                tokio::select! {
                    event = self.events.recv() => wrap(event.unwrap()),
                    message = self.messages.recv() => Some(message.unwrap()),
                }
            };
            let Ok(told) = tokio::time::timeout_at(end, told).await else { return };
            if let Some(told) = told {
                let effects = self.ui.update(told, self.now);
                self.carry_out(effects);
            }
        }
    }

    pub(super) async fn press(&mut self, keys: &str, shows: &str) {
        for chord in Chord::parse_sequence(keys).unwrap() {
            // What is typed at a picture that is still coming is typed too early.
            self.until("rows", |ui, _| complete(ui)).await;
            let effects = self.ui.update(Msg::Key(chord.event()), self.now);
            self.carry_out(effects);
        }
        self.until(shows, |ui, screen| {
            complete(ui) && screen.contains(shows) && !screen.contains("asking the server")
        })
        .await;
    }

    pub(super) fn picture(&self, title: &str) -> String {
        let (columns, rows) = self.ui.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        if let Some(cursor) = frame::draw(&self.ui, &mut buffer) {
            // A block, as most terminals show it.
            let cell = &mut buffer[cursor];
            let style = cell.style().add_modifier(ratatui::style::Modifier::REVERSED);
            cell.set_style(style);
        }
        let own = self.ui.config.theme.style(Style::Text);
        let rgb = |color: Option<Color>, other| match color {
            Some(Color::Rgb(r, g, b)) => (r, g, b),
            _ => other,
        };
        let ground =
            Ground { letters: rgb(own.fg, (220, 220, 220)), back: rgb(own.bg, (16, 18, 22)) };
        svg::draw(&buffer, ground, title)
    }
}

/// Everything that was asked for on screen is there.
fn complete(ui: &Ui) -> bool {
    match ui.pane() {
        Some(Pane::Browse(browse)) if matches!(browse.what, What::Apps(_)) => {
            ui.estates.get(&ui.here).is_some_and(|book| book.complete) && !ui.is_counting_drift()
        }
        Some(Pane::Browse(browse)) => browse.sub.and_then(|id| ui.subs.get(id)).is_none_or(|sub| {
            sub.complete && matches!(sub.state(), crate::model::WatchState::Live)
        }),
        Some(Pane::View(view)) => view.is_complete(),
        Some(Pane::Text(text)) => text.loading == crate::ui::panes::text::Loading::Ready,
        None => false,
    }
}

#[tokio::test]
async fn screenshots_are_what_the_program_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let bless = std::env::var_os("WHEELHOUSE_BLESS").is_some();
    if bless {
        std::fs::create_dir_all(&folder).unwrap();
    }
    let mut stale = Vec::new();
    let demo = Demo::paused(DemoOptions { seed: 1, ..DemoOptions::default() }, BEGIN * 1000);
    demo.step(STEPS).await;
    for theme in ["dark", "light"] {
        for size in [(80, 24), (200, 50)] {
            let mut camera = Camera::start(&demo, theme, size).await;
            for (name, keys, shows) in STORIES {
                camera.press(keys, shows).await;
                let file = format!("{name}-{}x{}-{theme}.svg", size.0, size.1);
                let path = folder.join(&file);
                let picture = camera.picture(&format!("wheelhouse: {name}"));
                if bless {
                    std::fs::write(&path, picture).unwrap();
                } else if std::fs::read_to_string(&path).ok().as_deref() != Some(picture.as_str()) {
                    stale.push(file);
                }
            }
        }
    }
    assert!(
        stale.is_empty(),
        "out of date: {stale:?}; WHEELHOUSE_BLESS=1 cargo test screenshots draws them anew"
    );
}
