//! `:apps tree`: what delivers what, and what has to be ready first, live.

use super::drift::Pointed;
use super::page::{Line, Page};
use super::view::View;
use crate::apps::{App, Axis, family};
use crate::model::{AppId, ClusterId, SubId, Tone};
use crate::ui::commands::{Command, Context};
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Under this width namespaces are left out: how apps are comes before where they live.
const ROOMY: u16 = 100;
/// Place of the namespace among the columns.
const NAMESPACE: usize = 1;

/// The pane.
#[derive(Debug)]
pub struct AppTree {
    cluster: ClusterId,
    page: Page,
    /// Revision of the apps that the lines were made of.
    made_of: Option<u64>,
    /// There was no room for namespaces.
    narrow: bool,
    complete: bool,
}

impl AppTree {
    /// Of all apps of a cluster.
    pub fn new(cluster: ClusterId) -> Self {
        Self { cluster, page: Page::default(), made_of: None, narrow: false, complete: false }
    }

    fn lines(ui: &Ui, cluster: ClusterId, narrow: bool) -> Vec<Line> {
        let Some(book) = ui.estates.get(&cluster) else { return Vec::new() };
        let glyphs = ui.glyphs();
        let axis = |axis: &Axis| match (glyphs.of_tone(axis.tone), axis.word.as_str()) {
            (_, "") => ("-".to_owned(), Tone::Dim),
            ("", word) => (word.to_owned(), axis.tone),
            (sign, word) => (format!("{sign} {word}"), axis.tone),
        };
        let line = |member: &family::Member, app: &App| {
            let before = match member.tie {
                family::Tie::After => "after it: ",
                family::Tie::Root | family::Tie::Delivered => "",
            };
            // Shifted by itself, so that the columns behind it stand in line.
            let shift = "  ".repeat(member.depth);
            let name = format!("{shift}{before}{} {}", app.id.engine.label(), app.id.name);
            let cells = [
                (name, Tone::Plain),
                (app.id.namespace.to_string(), Tone::Dim),
                axis(&app.sync),
                axis(&app.health),
                axis(&app.operation),
                (app.message.to_string(), Tone::Dim),
            ];
            let shown = cells.iter().enumerate().filter(|(at, _)| !narrow || *at != NAMESPACE);
            let cells = shown.map(|(_, (text, tone))| (text.as_str(), *tone));
            let key = app.id.key();
            Line::of(0, cells).known_as(format!("{}\n{}", key.namespace, key.name))
        };
        let members = family::family(&book.estate);
        members.iter().filter_map(|one| Some(line(one, book.estate.app(&one.id)?))).collect()
    }

    fn selected(&self) -> Option<AppId> {
        let (namespace, name) = self.page.current_id()?.split_once('\n')?;
        AppId::of_key(&crate::model::Key { namespace: namespace.into(), name: name.into() })
    }
}

impl View for AppTree {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn needs_apps(&self) -> bool {
        true
    }

    fn step(&self) -> String {
        "tree of apps".to_owned()
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let mut parts = vec![
            (" tree of apps".to_owned(), theme.style(Look::Title)),
            (format!("[{}]", self.page.len()), theme.style(Look::TitleCount)),
        ];
        parts.extend(self.page.filter_title(theme));
        parts.push((" ".to_owned(), theme.style(Look::Title)));
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Apps, Context::Page]
    }

    fn refusal(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        let plain = |why: &str| Some(Refusal { why: why.to_owned(), tone: Tone::Plain });
        match command {
            Command::PageNext | Command::PagePrevious => plain("the page has only one part"),
            Command::PageReveal => plain("nothing is masked here"),
            _ => match self.selected() {
                None => plain("nothing is selected"),
                Some(id) => ui.refused_by_app(command, self.cluster, &id),
            },
        }
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            return self.step_by(ui, lines);
        }
        if command == Command::PageFilter {
            return ui.open_view_prompt(self.page.filter());
        }
        let Some(id) = self.selected() else { return };
        match command {
            Command::PageOpen => ui.open_app_page(self.cluster, id),
            Command::PageCopy => effects.push(Effect::Copy(id.name.to_string())),
            _ => {
                ui.command_on_app(command, self.cluster, &id, effects);
            }
        }
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, _effects: &mut Vec<Effect>) -> Vec<SubId> {
        let book = ui.estates.get(&self.cluster);
        let revision = book.map(|book| book.revision);
        self.complete = book.is_some_and(|book| book.complete);
        let narrow = area.width < ROOMY;
        if revision != self.made_of || narrow != self.narrow {
            (self.made_of, self.narrow) = (revision, narrow);
            self.page.set(Self::lines(ui, self.cluster, narrow));
            ui.dirty = true;
        }
        self.page.settle(area);
        Vec::new()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let empty = if self.complete { "no apps" } else { "looking for apps…" };
        self.page.draw(ui, area, buf, empty);
        None
    }

    fn points_at(&self, _ui: &Ui) -> Option<Pointed> {
        Some(Pointed::app(self.cluster, self.selected()?))
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}
