//! What belongs to an object, or to all objects of a kind, as a live tree.

use super::Pane;
use super::cursor::Cursor;
use super::describe::DescribePane;
use super::feed::{Feed, denied_title};
use super::view::View;
use crate::model::{Catalogue, ClusterId, ObjRef, Resource, Scope, SubId, Text, Tone};
use crate::relations::{Graph, Line, ObjectId, Presence, Tree, needs};
use crate::ui::commands::{Command, Context};
use crate::ui::side::Selection;
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// State of a tree pane.
#[derive(Debug)]
pub struct TreePane {
    cluster: ClusterId,
    resource: Resource,
    /// Where the roots are.
    scope: Scope,
    /// The one root; None for all objects of the kind.
    root: Option<ObjectId>,
    tree: Tree,
    feed: Feed,
    lines: Vec<Line>,
    cursor: Cursor,
    stale: bool,
    /// All that it watches has been listed.
    complete: bool,
}

impl TreePane {
    /// The tree of one object.
    pub fn of_object(object: &ObjRef, resource: Resource) -> Self {
        let root = ObjectId {
            group: object.gvr.group.clone(),
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
        };
        let scope = match root.namespace.as_str() {
            "" => Scope::All,
            _ => Scope::Namespaces(vec![root.namespace.clone()]),
        };
        let tree = Tree::new(vec![root.clone()]);
        Self::new(object.cluster, resource, scope, Some(root), tree)
    }

    /// The trees of all objects of a kind.
    pub fn of_kind(cluster: ClusterId, resource: Resource, scope: Scope, filter: &str) -> Self {
        let scope = if resource.namespaced { scope } else { Scope::All };
        let mut tree = Tree::default();
        filter.clone_into(&mut tree.filter);
        Self::new(cluster, resource, scope, None, tree)
    }

    fn new(
        cluster: ClusterId,
        resource: Resource,
        scope: Scope,
        root: Option<ObjectId>,
        tree: Tree,
    ) -> Self {
        Self {
            cluster,
            resource,
            scope,
            root,
            tree,
            feed: Feed::new(cluster),
            lines: Vec::new(),
            cursor: Cursor::below(0),
            stale: true,
            complete: false,
        }
    }

    fn name(&self) -> String {
        self.root.as_ref().map_or_else(|| self.resource.gvr.plural.to_string(), ToString::to_string)
    }

    /// Subscribes to what the tree is made of, and takes in what changed there.
    fn feed(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        let namespaces = match &self.scope {
            Scope::All => vec![Text::new()],
            Scope::Namespaces(names) => names.clone(),
        };
        let mut shown: Vec<ObjectId> = self.lines.iter().map(|line| line.id.clone()).collect();
        shown.sort();
        shown.dedup();
        let kind = (self.resource.gvr.group.as_str(), self.resource.kind.as_str());
        let wanted = |catalogue: &Catalogue, graph: &Graph| {
            let each = |namespace| needs(catalogue, kind, namespace, graph, &shown);
            namespaces.iter().flat_map(each).collect()
        };
        self.stale |= self.feed.take(ui, wanted, effects);
    }

    fn grow(&mut self, ui: &Ui) {
        if self.root.is_none() {
            let (group, kind) = (&self.resource.gvr.group, &self.resource.kind);
            let mut roots = self.feed.graph.of_kind(group, kind);
            if let Scope::Namespaces(names) = &self.scope
                && self.resource.namespaced
            {
                roots.retain(|id| names.contains(&id.namespace));
            }
            self.tree.roots = roots;
        }
        self.lines = self.tree.lines(&self.feed.graph, &|id| self.feed.watches(ui, id));
        self.cursor.find(self.lines.iter().map(|line| line.place));
        self.stale = false;
    }

    fn selected(&self) -> Option<&Line> {
        self.lines.get(self.cursor.at())
    }

    fn draw_line(&self, ui: &Ui, line: &Line, selected: bool, area: Rect, buf: &mut Buffer) {
        let (theme, glyphs) = (&ui.config.theme, ui.glyphs());
        let base = theme.style(if selected { Look::RowSelected } else { Look::Row });
        buf.set_style(area, base);
        let tone = |tone: Tone| match tone {
            Tone::Plain => base,
            tone => base.patch(theme.tone(tone)),
        };
        let marker = if selected { glyphs.selected } else { " " };
        let fold = fold_sign(line.open, ui);
        let indent = "  ".repeat(line.depth);
        let space = if line.word.is_empty() { "" } else { " " };
        let elsewhere = match (&self.root, line.id.namespace.as_str()) {
            (_, "") => String::new(),
            (Some(root), namespace) if root.namespace == namespace => String::new(),
            (None, _) if line.depth > 0 => String::new(),
            (_, namespace) => format!(" in {namespace}"),
        };
        let name = line.id.to_string();
        let name_tone = if line.presence == Presence::Missing { line.tone } else { Tone::Plain };
        let fields: Vec<&str> = line.fields.iter().map(Text::as_str).take(3).collect();
        let fields = fields.join(", ");
        let parts: [(&str, Style); 11] = [
            (marker, base),
            (&indent, base),
            (fold, base),
            (line.word, tone(Tone::Dim)),
            (space, base),
            (&name, tone(name_tone)),
            (&elsewhere, tone(Tone::Dim)),
            ("  ", base),
            (&line.status, tone(line.tone)),
            ("  ", base),
            (&fields, tone(Tone::Dim)),
        ];
        crate::ui::widgets::frame::pieces(buf, area, &parts);
    }
}

/// Before a branch: what a key to fold would do.
pub fn fold_sign(open: Option<bool>, ui: &Ui) -> &'static str {
    match (open, ui.config.settings.ascii) {
        (None, _) => "  ",
        (Some(true), false) => "▾ ",
        (Some(false), false) => "▸ ",
        (Some(true), true) => "- ",
        (Some(false), true) => "+ ",
    }
}

impl View for TreePane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn step(&self) -> String {
        format!("{} tree", self.name())
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let mut parts = vec![
            (format!(" tree of {}", self.name()), theme.style(Look::Title)),
            (format!("[{}]", self.lines.len()), theme.style(Look::TitleCount)),
        ];
        if !self.tree.filter.is_empty() {
            parts.push((format!(" /{}", self.tree.filter), theme.style(Look::Match)));
        }
        let denied = self.feed.denied(ui);
        parts.extend(denied_title(&denied, theme));
        parts.push((" ".to_owned(), theme.style(Look::Title)));
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Tree]
    }

    fn refusal(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        let line = self.selected();
        let why = match command {
            Command::TreeFold if line.is_none_or(|line| line.open.is_none()) => {
                "nothing is below this line"
            }
            Command::TreeOpen if line.is_none() => "no object is selected",
            Command::TreeDescribe | Command::TreeYaml
                if !matches!(self.selection(ui), Selection::Object(..)) =>
            {
                "there is no such object, or the server does not serve its kind"
            }
            _ => return None,
        };
        Some(Refusal { why: why.to_owned(), tone: Tone::Plain })
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            return self.step_by(ui, lines);
        }
        match command {
            Command::TreeOpen => {
                if let Some(line) = self.selected() {
                    let id = &line.id;
                    let from = Text::from(self.name());
                    ui.go_to_object(&id.group, &id.kind, &id.namespace, &id.name, from);
                }
            }
            Command::TreeDescribe | Command::TreeYaml => {
                if let Selection::Object(object, _) = self.selection(ui) {
                    ui.here = self.cluster;
                    if command == Command::TreeYaml {
                        return ui.open_yaml_of(object, effects);
                    }
                    ui.push(Pane::View(Box::new(DescribePane::new(object))));
                }
            }
            Command::TreeFold => {
                if let Some(place) = self.selected().map(|line| line.place) {
                    self.tree.folds.toggle(place);
                    self.stale = true;
                }
            }
            Command::TreeFoldAll => {
                self.tree.toggle_all(&self.lines);
                self.stale = true;
            }
            Command::TreeFilter => ui.open_view_prompt(&self.tree.filter),
            _ => {}
        }
    }

    fn escape(&mut self, _ui: &mut Ui) -> bool {
        self.stale = true;
        !std::mem::take(&mut self.tree.filter).is_empty()
    }

    fn typed(&mut self, _ui: &mut Ui, line: &str, _accepted: bool) -> Result<(), (usize, String)> {
        line.clone_into(&mut self.tree.filter);
        self.stale = true;
        Ok(())
    }

    fn is_list(&self) -> bool {
        true
    }

    fn selection(&self, ui: &Ui) -> Selection {
        let line = self.selected().filter(|line| line.presence != Presence::Missing);
        let found = line.and_then(|line| {
            let cluster = ui.clusters.get(&self.cluster)?;
            let resource = cluster.catalogue.by_kind(&line.id.group, &line.id.kind)?;
            Some(ObjRef {
                cluster: self.cluster,
                gvr: resource.gvr.clone(),
                kind: resource.kind.clone(),
                namespace: line.id.namespace.clone(),
                name: line.id.name.clone(),
                uid: Text::new(),
            })
        });
        found.map_or(Selection::Nothing, |object| Selection::Object(object, None))
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        self.cursor.resize(area.height);
        self.feed(ui, effects);
        // What new lines name may have to be watched too, which may make new lines.
        for _ in 0..4 {
            if !self.stale {
                break;
            }
            self.grow(ui);
            ui.dirty = true;
            self.feed(ui, effects);
        }
        self.complete = self.feed.is_complete(ui);
        self.cursor.show(self.lines.len());
        self.feed.subs()
    }

    fn sub(&self) -> Option<SubId> {
        self.feed.subs().first().copied()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        if self.lines.is_empty() {
            let waits = self.sub().is_none_or(|sub| !ui.subs.get(sub).is_some_and(|s| s.complete));
            let words = match (waits, self.tree.filter.is_empty()) {
                (true, _) => "reading…",
                (false, true) => "no objects of this kind here",
                (false, false) => "no line has these words",
            };
            buf.set_stringn(area.x + 1, area.y, words, usize::from(area.width), Style::new());
            return None;
        }
        for ((at, line), y) in
            self.lines.iter().enumerate().skip(self.cursor.top()).zip(area.y..area.bottom())
        {
            let place = Rect { y, height: 1, ..area };
            self.draw_line(ui, line, at == self.cursor.at(), place, buf);
        }
        None
    }

    fn scroll(&self) -> Option<(usize, usize)> {
        Some((self.cursor.top(), self.lines.len()))
    }

    fn step_by(&mut self, ui: &mut Ui, lines: isize) {
        self.cursor.step(lines, self.lines.iter().map(|line| line.place));
        ui.dirty = true;
    }

    fn click(&mut self, ui: &mut Ui, _column: u16, row: u16, effects: &mut Vec<Effect>) {
        let at = self.cursor.line_at(row);
        if at == self.cursor.at() {
            return self.command(ui, Command::TreeOpen, effects);
        }
        if at < self.lines.len() {
            self.cursor.go(at, self.lines.iter().map(|line| line.place));
            ui.dirty = true;
        }
    }

    fn is_complete(&self) -> bool {
        !self.stale && self.complete
    }
}
