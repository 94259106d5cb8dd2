//! Keys to commands, commands to changes.

use super::access::Permission;
use super::chord::Chord;
use super::commands::{Command, Context};
use super::keymap::Resolution;
use super::panes::Pane;
use super::panes::browse::{Browse, Objects, What};
use super::plan_dialog::{Focus, PlanDialog};
use super::prompt::{self, Prompt, Purpose};
use super::widgets::{frame, table};
use super::{Effect, Overlay, Ui, export};
use crate::model::{Facet, Link, ObjRef, Scope, Text, Tone};
use crossterm::event::KeyEvent;

/// Lines remembered for a prompt.
const HISTORY: usize = 200;
/// Suggestions offered.
const SUGGESTIONS: usize = 12;

impl Ui {
    /// Where keys are looked up now, innermost first.
    pub fn key_contexts(&self) -> Vec<Context> {
        if self.prompt.is_some() {
            return vec![Context::Prompt];
        }
        match &self.overlay {
            Some(Overlay::Plan(_)) => vec![Context::Plan],
            Some(Overlay::Help(_) | Overlay::Line(_)) => vec![Context::Overlay, Context::Global],
            None => self.contexts_below_overlay(),
        }
    }

    /// Where keys are looked up in the pane itself, innermost first.
    pub fn contexts_below_overlay(&self) -> Vec<Context> {
        let mut contexts = match self.pane() {
            Some(Pane::Browse(browse)) => match &browse.what {
                What::Contexts => vec![Context::Contexts, Context::Table],
                What::Objects(objects) => {
                    let gvr = &objects.resource.gvr;
                    let own = match (gvr.group.as_str(), gvr.plural.as_str(), objects.facet) {
                        (_, _, Facet::Containers) => Some(Context::Containers),
                        ("", "pods", _) => Some(Context::Pods),
                        ("", "nodes", _) => Some(Context::Nodes),
                        ("", "namespaces", _) => Some(Context::Namespaces),
                        ("apps" | "batch", _, _) => Some(Context::Workloads),
                        _ => None,
                    };
                    own.into_iter().chain([Context::Table]).collect()
                }
                _ => vec![Context::Table],
            },
            Some(Pane::Text(_)) => vec![Context::Text],
            None => Vec::new(),
        };
        contexts.push(Context::Global);
        contexts
    }

    /// The keys pressed so far of a longer sequence.
    pub fn pending(&self) -> &[Chord] {
        &self.pending
    }

    pub(super) fn key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        let chord = Chord::from(key);
        let contexts = self.key_contexts();
        match self.config.keymap.resolve(&contexts, &self.pending, chord) {
            Resolution::Pending => self.pending.push(chord),
            Resolution::Command(command) => {
                self.pending.clear();
                self.command(command, key, effects);
            }
            Resolution::None => {
                self.pending.clear();
                self.free_key(key, chord, effects);
            }
        }
    }

    /// A key that is no command: text, where text is wanted.
    fn free_key(&mut self, key: KeyEvent, chord: Chord, effects: &mut Vec<Effect>) {
        if let Some(prompt) = &mut self.prompt {
            if prompt.closes_on(key) {
                self.cancel_prompt();
            } else if prompt.input(key) {
                self.prompt_changed(effects);
            }
            return;
        }
        if let Some(Overlay::Plan(dialog)) = &mut self.overlay
            && dialog.focus == Some(Focus::Name)
        {
            if key.code == crossterm::event::KeyCode::Backspace {
                dialog.typed.pop();
            } else if let Some(c) = chord.typed() {
                dialog.typed.push(c);
            }
        }
    }

    pub(super) fn paste(&mut self, text: &str, effects: &mut Vec<Effect>) {
        self.dirty = true;
        if let Some(prompt) = &mut self.prompt {
            prompt.paste(text);
            self.prompt_changed(effects);
        } else if let Some(Overlay::Plan(dialog)) = &mut self.overlay
            && dialog.focus == Some(Focus::Name)
        {
            dialog.typed.push_str(text.trim());
        }
    }

    fn command(&mut self, command: Command, key: KeyEvent, effects: &mut Vec<Effect>) {
        if self.prompt.is_some() {
            return self.prompt_command(command, key, effects);
        }
        if let Some(Overlay::Plan(_)) = self.overlay {
            return self.plan_command(command, key, effects);
        }
        match command {
            Command::CommandLine => self.open_command_line(effects),
            Command::Help => self.toggle_help(),
            Command::Escape => self.escape(),
            Command::Back if self.overlay.is_some() => self.overlay = None,
            Command::Back => self.back(),
            Command::Quit => self.quit(effects),
            Command::HistoryBack => self.go_history(-1, effects),
            Command::HistoryForward => self.go_history(1, effects),
            Command::LastCommand => self.last_command(effects),
            Command::Refresh => {
                effects.push(Effect::Retry(self.here));
                effects.push(Effect::Login(self.here));
                effects.push(Effect::Redraw);
            }
            Command::ToggleHeader => self.header = !self.header,
            Command::Kinds => self.open_own_page("kinds", effects),
            Command::Messages => self.open_own_page("messages", effects),
            Command::Actions => self.open_own_page("actions", effects),
            Command::Suspend => effects.push(Effect::Suspend),
            Command::Choose => self.overlay = None,
            _ if self.overlay.is_some() => self.overlay_motion(command),
            _ => self.pane_command(command, effects),
        }
    }

    fn pane_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        if let Some(digit) = command.namespace_digit() {
            return self.namespace_digit(digit, effects);
        }
        match self.panes.last() {
            Some(Pane::Text(_)) => self.text_command(command, effects),
            Some(Pane::Browse(_)) => self.table_command(command, effects),
            None => {}
        }
    }

    fn escape(&mut self) {
        if self.overlay.take().is_some() {
            return;
        }
        match self.panes.last_mut() {
            Some(Pane::Browse(browse)) if !browse.filter.is_empty() => {
                // The empty filter is always right.
                let _ = browse.set_filter("", None);
            }
            Some(Pane::Text(text)) if !text.needle.is_empty() => text.needle.clear(),
            _ => self.back(),
        }
    }

    fn toggle_help(&mut self) {
        self.overlay = match self.overlay {
            Some(Overlay::Help(_)) => None,
            _ => Some(Overlay::Help(0)),
        };
    }

    fn open_own_page(&mut self, word: &str, effects: &mut Vec<Effect>) {
        self.overlay = None;
        self.open_line(word, effects);
    }

    fn last_command(&mut self, effects: &mut Vec<Effect>) {
        let here = self.commands.at;
        if here > 0 {
            self.go_history(-1, effects);
        } else {
            self.go_history(1, effects);
        }
    }

    fn overlay_motion(&mut self, command: Command) {
        let page = usize::from(self.size.1.saturating_sub(6)).max(1);
        if let Some(Overlay::Help(top)) = &mut self.overlay {
            *top = match command {
                Command::MoveUp => top.saturating_sub(1),
                Command::MoveDown => *top + 1,
                Command::PageUp | Command::HalfUp => top.saturating_sub(page),
                Command::PageDown | Command::HalfDown => *top + page,
                Command::Top => 0,
                Command::Bottom => usize::MAX,
                _ => *top,
            };
            let most = super::widgets::help::lines(self).saturating_sub(page);
            if let Some(Overlay::Help(top)) = &mut self.overlay {
                *top = (*top).min(most);
            }
        }
    }

    // --- prompts ---

    fn open_command_line(&mut self, effects: &mut Vec<Effect>) {
        self.overlay = None;
        self.prompt = Some(Prompt::new(Purpose::Command, "", self.commands.typed.clone()));
        // Their names are offered as arguments; the watch is shared with the namespaces table.
        if let Some(resource) = self.cluster().and_then(|c| c.catalogue.find("namespaces")) {
            let need = crate::model::Need {
                cluster: self.here,
                gvr: resource.gvr.clone(),
                scope: Scope::All,
                labels: Text::new(),
                fields: Text::new(),
                facet: Facet::Row,
            };
            self.subs.want(&need, effects);
        }
    }

    fn open_filter(&mut self) {
        let filter = match self.panes.last() {
            Some(Pane::Browse(browse)) => browse.filter.clone(),
            _ => return,
        };
        self.prompt = Some(Prompt::new(Purpose::Filter, &filter, self.filters.clone()));
    }

    fn prompt_command(&mut self, command: Command, key: KeyEvent, effects: &mut Vec<Effect>) {
        let Some(prompt) = &mut self.prompt else { return };
        match command {
            Command::PromptRun => return self.accept_prompt(effects),
            Command::PromptCancel => return self.cancel_prompt(),
            Command::PromptAccept => {
                if !prompt.accept() {
                    prompt.input(key);
                }
            }
            Command::PromptPrevious => prompt.recall(true),
            Command::PromptNext => prompt.recall(false),
            Command::PromptClear => prompt.clear(),
            Command::PromptDeleteWord => prompt.delete_word(),
            _ => {}
        }
        self.prompt_changed(effects);
    }

    fn prompt_changed(&mut self, _effects: &mut Vec<Effect>) {
        let Some(mut prompt) = self.prompt.take() else { return };
        match prompt.purpose {
            Purpose::Command => {
                prompt.suggestions = self.suggestions(prompt.text());
                prompt.error = None;
            }
            Purpose::Filter => {
                let text = prompt.text().to_owned();
                prompt.error = self.try_filter(&text, false).err();
            }
            Purpose::Search => {
                let needle = prompt.text().to_lowercase();
                if let Some(Pane::Text(text)) = self.panes.last_mut() {
                    text.needle = needle;
                    let missed = !text.needle.is_empty() && text.find(true, true).is_none();
                    prompt.error = missed.then(|| (0, "not found".to_owned()));
                }
            }
        }
        self.prompt = Some(prompt);
    }

    /// Puts a filter in force. While typing, one that the server would have to judge waits for Enter.
    fn try_filter(&mut self, text: &str, accepted: bool) -> Result<(), (usize, String)> {
        let schema = match self.panes.last() {
            Some(Pane::Browse(browse)) => self.source(browse).map(|source| source.schema.clone()),
            _ => None,
        };
        if let Some(Pane::Browse(browse)) = self.panes.last_mut() {
            if !accepted
                && crate::model::Query::parse(text).is_ok_and(|query| query.labels().is_some())
            {
                return Ok(());
            }
            browse.set_filter(text, schema.as_ref()).map_err(|error| (error.at, error.message))?;
        }
        Ok(())
    }

    fn accept_prompt(&mut self, effects: &mut Vec<Effect>) {
        let Some(mut prompt) = self.prompt.take() else { return };
        let line = prompt.text().to_owned();
        match prompt.purpose {
            Purpose::Command => {
                if line.trim().is_empty() {
                    return;
                }
                if self.open_line(&line, effects) {
                    remember(&mut self.commands.typed, &line, prompt.purpose, effects);
                } else {
                    // What was typed stays, to be mended.
                    let why = self.messages.all().last().map_or(String::new(), |message| {
                        let hint = if message.hint.is_empty() { "" } else { "; " };
                        format!("{}{hint}{}", message.text, message.hint)
                    });
                    prompt.error = Some((0, why));
                    self.prompt = Some(prompt);
                }
            }
            Purpose::Filter => match self.try_filter(&line, true) {
                Ok(()) if line.is_empty() => {}
                Ok(()) => remember(&mut self.filters, &line, prompt.purpose, effects),
                Err(error) => {
                    prompt.error = Some(error);
                    self.prompt = Some(prompt);
                }
            },
            Purpose::Search => {
                if !line.is_empty() {
                    remember(&mut self.filters, &line, prompt.purpose, effects);
                }
            }
        }
    }

    fn cancel_prompt(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        match prompt.purpose {
            Purpose::Command => {}
            Purpose::Filter => {
                // It was in force before, so it is right.
                let _ = self.try_filter(&prompt.before, true);
            }
            Purpose::Search => {
                if let Some(Pane::Text(text)) = self.panes.last_mut() {
                    text.needle.clear();
                }
            }
        }
    }

    fn suggestions(&self, text: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        let (head, last) = text.rsplit_once(' ').map_or(("", text), |(head, last)| (head, last));
        if last.starts_with('@') || (!head.is_empty() && matches!(head, "ctx" | "context")) {
            let names = self.contexts.iter().map(|context| context.name.as_str());
            return prompt::complete_last_word(text, names, SUGGESTIONS);
        }
        if head.is_empty() {
            return self.kind_suggestions(text);
        }
        let namespaces = self
            .subs
            .iter()
            .find(|(_, sub)| sub.need.cluster == self.here && sub.need.gvr.plural == "namespaces");
        let mut names: Vec<&str> = namespaces
            .iter()
            .flat_map(|(_, sub)| sub.table.rows())
            .map(|(_, row)| row.key.name.as_str())
            .collect();
        names.sort_unstable();
        prompt::complete_last_word(text, names.into_iter(), SUGGESTIONS)
    }

    fn kind_suggestions(&self, text: &str) -> Vec<String> {
        let text = text.trim_start_matches(':');
        let own = ["actions", "contexts", "help", "kinds", "messages", "quit"].into_iter();
        let aliases = self.config.settings.aliases.iter().map(|(name, _)| name.as_str());
        let resources = self.cluster().map_or(&[][..], |cluster| cluster.catalogue.all());
        let plurals = resources
            .iter()
            .filter(|r| r.can("list") && r.preferred)
            .map(|r| r.gvr.plural.as_str());
        let mut words: Vec<&str> = own.chain(aliases).chain(plurals).collect();
        // The shortest that fits first: `pod` means pods before poddisruptionbudgets.
        words.sort_by_key(|word| (word.len(), *word));
        words.dedup();
        let mut lines = prompt::complete_last_word(text, words.into_iter(), SUGGESTIONS);
        for r in resources {
            // `plural.group` once a dot is typed.
            let full = format!("{}.{}", r.gvr.plural, r.gvr.group);
            if text.contains('.') && full.starts_with(text) && !lines.contains(&full) {
                lines.push(full);
            }
        }
        lines
    }

    // --- tables ---

    fn table_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = self.motion(command) {
            return self.step(lines);
        }
        let Some(Pane::Browse(mut browse)) = self.panes.pop() else { return };
        let before = self.panes.len();
        self.with_table(&mut browse, command, effects);
        // What a command opened lies on top of this one.
        self.panes.insert(before.min(self.panes.len()), Pane::Browse(browse));
        self.after_table(command, effects);
    }

    /// Commands that change only the view of the table.
    fn with_table(&mut self, browse: &mut Browse, command: Command, effects: &mut Vec<Effect>) {
        let Some(source) = self.source(browse) else { return };
        let schema = source.schema.clone();
        let sort = browse.sort_in_force(&schema);
        match command {
            Command::Mark => browse.toggle_mark(),
            Command::ClearMarks => browse.clear_marks(),
            Command::Faults => browse.faults_only = !browse.faults_only,
            Command::Wide => {
                browse.wide = !browse.wide;
                browse.column_offset = 0;
            }
            Command::MoveLeft => browse.column_offset = browse.column_offset.saturating_sub(1),
            Command::MoveRight if browse.wide => {
                browse.column_offset = (browse.column_offset + 1).min(schema.columns.len());
            }
            Command::ColumnLeft | Command::ColumnRight => {
                let width = frame::layout(self.size, self.header).inner.width;
                let placed = table::place(browse, &schema, Self::one_namespace(browse), width);
                let here = browse.sort_cursor.or(sort.map(|sort| sort.column));
                let at = placed.iter().position(|at| Some(at.column) == here);
                let next = match (command, at) {
                    (_, None) => 0,
                    (Command::ColumnLeft, Some(at)) => at.saturating_sub(1),
                    (_, Some(at)) => (at + 1).min(placed.len().saturating_sub(1)),
                };
                browse.sort_cursor = placed.get(next).map(|at| at.column);
            }
            Command::SortSelected => match browse.sort_cursor.or(sort.map(|sort| sort.column)) {
                Some(column) => browse.sort_by(column, sort),
                None => browse.sort_by(0, sort),
            },
            _ if !command.sort_titles().is_empty() => {
                let titles = command.sort_titles();
                match titles.iter().find_map(|title| schema.find(title)) {
                    Some(column) => browse.sort_by(column, sort),
                    None => {
                        let line = format!("{} has no column {}", schema.kind, titles.join(" or "));
                        self.say(Tone::Plain, line);
                    }
                }
            }
            Command::CopyName => {
                let names: Vec<&str> =
                    browse.targets(source).iter().map(|row| row.key.name.as_str()).collect();
                self.copy(names.join("\n"), effects);
            }
            Command::CopyNamespace => {
                let mut names: Vec<&str> =
                    browse.targets(source).iter().map(|row| row.key.namespace.as_str()).collect();
                names.dedup();
                self.copy(names.join("\n"), effects);
            }
            Command::SaveCsv | Command::SaveJson => {
                let (ending, content) = if command == Command::SaveCsv {
                    ("csv", export::csv(browse, source, self.now))
                } else {
                    ("jsonl", export::json_lines(browse, source))
                };
                let context = self.cluster().map_or("", |cluster| cluster.context.as_str());
                let name = format!("{context}-{}-{}.{ending}", schema.kind, self.now);
                effects.push(Effect::Save { name, content });
            }
            _ => {}
        }
    }

    fn copy(&mut self, text: String, effects: &mut Vec<Effect>) {
        if text.is_empty() {
            self.say(Tone::Plain, "nothing to copy");
            return;
        }
        effects.push(Effect::Copy(text));
    }

    /// Commands that lead somewhere, or need the pane in its place.
    fn after_table(&mut self, command: Command, effects: &mut Vec<Effect>) {
        match command {
            Command::Mark => self.step(1),
            Command::MarkRange => self.mark_range(),
            Command::Filter => self.open_filter(),
            Command::Open => self.open_row(effects),
            Command::Delete => self.plan_delete(),
            Command::UseNamespace => {
                if let Some((_, row)) = self.selected() {
                    let scope = Scope::Namespaces(vec![row.key.name.clone()]);
                    if let Some(cluster) = self.clusters.get_mut(&self.here) {
                        cluster.use_scope(scope);
                    }
                    self.say(Tone::Good, format!("using namespace {}", row.key.name));
                }
            }
            Command::Yaml => {
                if let Some((objects, row)) = self.selected() {
                    self.open_yaml(&objects, &row, effects);
                }
            }
            Command::Warp => {
                if let Some((_, row)) = self.selected() {
                    if row.key.namespace.is_empty() {
                        self.say(Tone::Plain, "it has no namespace");
                    } else {
                        let scope = Scope::Namespaces(vec![row.key.namespace.clone()]);
                        self.use_scope(scope, effects);
                    }
                }
            }
            Command::Owner => self.go_to_link(|link| match link {
                Link::Owner { api_version, kind, name } => {
                    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
                    Some((group.to_owned(), kind.clone(), None, name.clone()))
                }
                _ => None,
            }),
            Command::ShowNode => self.go_to_link(|link| match link {
                Link::Ref { field, group, kind, namespace, name } if field == "spec.nodeName" => {
                    Some((group.to_string(), kind.clone(), Some(namespace.clone()), name.clone()))
                }
                _ => None,
            }),
            _ => {}
        }
    }

    /// The selected row of a table of objects, and that table.
    fn selected(&self) -> Option<(Objects, crate::model::Row)> {
        let Some(Pane::Browse(browse)) = self.pane() else { return None };
        let row = browse.selected_row(self.source(browse)?)?;
        Some((browse.objects()?.clone(), row.clone()))
    }

    fn open_row(&mut self, effects: &mut Vec<Effect>) {
        if let Some((objects, row)) = self.selected() {
            if objects.resource.gvr.plural == "namespaces" && objects.resource.gvr.group.is_empty()
            {
                let scope = Scope::Namespaces(vec![row.key.name.clone()]);
                if let Some(cluster) = self.clusters.get_mut(&self.here) {
                    cluster.use_scope(scope);
                }
                self.push_objects_of("pods", effects);
                return;
            }
            self.drill(&objects, &row, effects);
            return;
        }
        let Some(Pane::Browse(browse)) = self.pane() else { return };
        let Some(name) = browse.selected().map(|key| key.name.clone()) else { return };
        match browse.what {
            What::Contexts => {
                self.open_line(&format!("ctx {}", quoted(&name)), effects);
            }
            What::Kinds => {
                self.open_line(&name, effects);
            }
            What::Messages => {
                let text = self.source(browse).and_then(|source| {
                    let row = browse.selected_row(source)?;
                    let mut line = String::new();
                    for cell in row.cells.iter().skip(1) {
                        if !line.is_empty() {
                            line.push('\n');
                        }
                        cell.write(self.now, &mut line);
                    }
                    Some(line)
                });
                self.overlay = text.map(Overlay::Line);
            }
            What::Actions | What::Objects(_) => {}
        }
    }

    fn go_to_link(&mut self, pick: impl Fn(&Link) -> Option<(String, Text, Option<Text>, Text)>) {
        let Some((objects, row)) = self.selected() else { return };
        match row.links.iter().find_map(pick) {
            Some((group, kind, namespace, name)) => {
                let from: Text = format!("{}/{}", objects.resource.kind, row.key.name).into();
                let namespace = namespace.unwrap_or_else(|| row.key.namespace.clone());
                self.go_to_object(&group, &kind, &namespace, &name, from);
            }
            None => {
                let line = format!("{}/{} has none", objects.resource.kind, row.key.name);
                self.say(Tone::Plain, line);
            }
        }
    }

    fn namespace_digit(&mut self, digit: u8, effects: &mut Vec<Effect>) {
        let scope = match digit.checked_sub(1) {
            None => Scope::All,
            Some(at) => {
                let favourite =
                    self.cluster().and_then(|c| c.favourites.get(usize::from(at))).cloned();
                match favourite {
                    Some(name) => Scope::Namespaces(vec![name]),
                    None => {
                        let line = format!(
                            "no namespace on {digit} yet: :ns NAME puts one on the digit keys"
                        );
                        self.say(Tone::Plain, line);
                        return;
                    }
                }
            }
        };
        self.use_scope(scope, effects);
    }

    fn motion(&self, command: Command) -> Option<isize> {
        let layout = frame::layout(self.size, self.header);
        let rows = match self.pane() {
            Some(Pane::Text(_)) => layout.text_rows(),
            _ => layout.rows(),
        };
        let page = isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1);
        Some(match command {
            Command::MoveUp => -1,
            Command::MoveDown => 1,
            Command::PageUp => -page,
            Command::PageDown => page,
            Command::HalfUp => -(page / 2).max(1),
            Command::HalfDown => (page / 2).max(1),
            Command::Top => isize::MIN,
            Command::Bottom => isize::MAX,
            _ => return None,
        })
    }

    /// Moves the selection of the pane on screen.
    pub(super) fn step(&mut self, lines: isize) {
        let moved = match self.panes.last() {
            Some(Pane::Browse(browse)) => self.source(browse).map(|source| {
                let to = browse.cursor.saturating_add_signed(lines);
                (to, browse.key_at(to, source))
            }),
            _ => None,
        };
        match (self.panes.last_mut(), moved) {
            (Some(Pane::Browse(browse)), Some((to, key))) => browse.move_to(to, key),
            (Some(Pane::Text(text)), _) => text.step(lines),
            _ => {}
        }
    }

    fn mark_range(&mut self) {
        let keys = match self.panes.last() {
            Some(Pane::Browse(browse)) => self.source(browse).map(|s| browse.range_keys(s)),
            _ => None,
        };
        if let (Some(Pane::Browse(browse)), Some(keys)) = (self.panes.last_mut(), keys) {
            browse.mark_all(keys);
        }
    }

    pub(super) fn scroll(&mut self, lines: i32) {
        if self.overlay.is_none() && self.prompt.is_none() {
            self.step(isize::try_from(lines).unwrap_or(0) * 3);
        }
    }

    pub(super) fn click(&mut self, column: u16, row: u16, effects: &mut Vec<Effect>) {
        let inner = frame::layout(self.size, self.header).inner;
        if self.overlay.is_some() || self.prompt.is_some() || row < inner.y || row >= inner.bottom()
        {
            return;
        }
        let Some(Pane::Browse(browse)) = self.pane() else { return };
        if row == inner.y {
            let Some(source) = self.source(browse) else { return };
            let placed =
                table::place(browse, source.schema, Self::one_namespace(browse), inner.width);
            let x = column.saturating_sub(inner.x);
            let hit =
                placed.iter().find(|at| (at.x..at.x + at.width).contains(&x)).map(|at| at.column);
            let sort = browse.sort_in_force(source.schema);
            if let (Some(column), Some(Pane::Browse(browse))) = (hit, self.panes.last_mut()) {
                browse.sort_by(column, sort);
            }
            return;
        }
        let line = browse.top + usize::from(row - inner.y - 1);
        if line == browse.cursor {
            return self.open_row(effects);
        }
        let by = isize::try_from(line).unwrap_or(0) - isize::try_from(browse.cursor).unwrap_or(0);
        self.step(by);
    }

    // --- texts ---

    fn text_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = self.motion(command) {
            return self.step(lines);
        }
        if command == Command::TextReload {
            return self.reload_text(effects);
        }
        let mut said = None;
        let Some(Pane::Text(text)) = self.panes.last_mut() else { return };
        match command {
            Command::MoveLeft => text.left = text.left.saturating_sub(8),
            Command::MoveRight => text.left += 8,
            Command::Fold => text.toggle_fold(),
            Command::FoldAll => text.toggle_all_folds(),
            Command::Wrap => {
                text.wrap = !text.wrap;
                text.left = 0;
            }
            Command::ManagedFields => {
                text.managed_fields = !text.managed_fields;
                return self.reload_text(effects);
            }
            Command::SearchNext | Command::SearchPrevious => {
                said = Some(match text.find(command == Command::SearchNext, false) {
                    Some((at, of)) => format!("match {at} of {of}"),
                    None if text.needle.is_empty() => "nothing to search for: / first".to_owned(),
                    None => format!("{} is not in here", text.needle),
                });
            }
            Command::FullLine => {
                let line = text.line(text.cursor).map(|(line, _)| line.trim().to_owned());
                self.overlay = line.map(Overlay::Line);
            }
            Command::TextCopy => effects.push(Effect::Copy(text.raw().to_owned())),
            Command::TextSave => effects.push(Effect::Save {
                name: format!(
                    "{}-{}-{}.yaml",
                    text.object.kind, text.object.namespace, text.object.name
                ),
                content: text.raw().to_owned(),
            }),
            Command::TextSearch => {
                let needle = text.needle.clone();
                self.prompt = Some(Prompt::new(Purpose::Search, &needle, self.filters.clone()));
            }
            _ => {}
        }
        if let Some(line) = said {
            self.say(Tone::Plain, line);
        }
    }

    // --- plans ---

    fn plan_delete(&mut self) {
        let Some(Pane::Browse(browse)) = self.pane() else { return };
        let Some(objects) = browse.objects().cloned() else { return };
        if objects.facet == Facet::Containers {
            return self.say(Tone::Plain, "a container cannot be deleted: delete its pod");
        }
        if self.readonly() {
            return self.say(Tone::Warn, "read-only: nothing is deleted in this session");
        }
        if !objects.resource.can("delete") {
            let line = format!("the cluster does not serve delete for {}", objects.resource.gvr);
            return self.say(Tone::Warn, line);
        }
        let Some(source) = self.source(browse) else { return };
        let targets: Vec<ObjRef> =
            browse.targets(source).into_iter().map(|row| Self::reference(&objects, row)).collect();
        let (_, hidden) = browse.marked(source);
        if targets.is_empty() {
            return self.say(Tone::Plain, "nothing is selected");
        }
        let Some(cluster) = self.clusters.get(&objects.cluster) else { return };
        let context = cluster.context.clone();
        let protected = self.config.settings.is_protected(&context);
        let id = self.plan_id();
        match PlanDialog::delete(id, context, targets, protected) {
            Ok(mut dialog) => {
                if hidden > 0 {
                    dialog.plan.notes.push(crate::model::PlanNote {
                        warning: true,
                        text: format!("{hidden} of the marked objects are hidden by the filter"),
                    });
                }
                self.overlay = Some(Overlay::Plan(Box::new(dialog)));
            }
            Err(fault) => self.fault(&fault),
        }
    }

    fn plan_command(&mut self, command: Command, key: KeyEvent, effects: &mut Vec<Effect>) {
        let Some(Overlay::Plan(dialog)) = &mut self.overlay else { return };
        // While the name is typed, letters are letters.
        if dialog.focus == Some(Focus::Name)
            && let Some(c) = Chord::from(key).typed()
        {
            dialog.typed.push(c);
            return;
        }
        match command {
            Command::PlanCancel => self.overlay = None,
            Command::PlanNext => dialog.move_focus(true),
            Command::PlanPrevious => dialog.move_focus(false),
            Command::PlanDryRun => dialog.toggle_dry_run(),
            Command::PlanRequest => dialog.show_request = !dialog.show_request,
            Command::PlanPropagation => dialog.cycle_propagation(),
            Command::PlanGrace => dialog.cycle_grace(),
            Command::PlanForce => dialog.toggle_force(),
            Command::PlanConfirm => match dialog.focus {
                None => {}
                Some(Focus::Cancel) => self.overlay = None,
                Some(Focus::Name) => dialog.move_focus(true),
                Some(Focus::Run) => self.run_plan(effects),
            },
            _ => {}
        }
    }

    fn run_plan(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Plan(dialog)) = &self.overlay else { return };
        if let Some(why) = dialog.refusal() {
            let tone = if matches!(dialog.permission, Permission::Denied(_)) {
                Tone::Bad
            } else {
                Tone::Warn
            };
            return self.say(tone, why);
        }
        let plan = dialog.plan.clone();
        self.overlay = None;
        if let Some(Pane::Browse(browse)) = self.panes.last_mut() {
            browse.clear_marks();
        }
        self.actions.start(plan.clone(), self.now);
        effects.push(Effect::Run(plan));
    }
}

fn remember(lines: &mut Vec<String>, line: &str, purpose: Purpose, effects: &mut Vec<Effect>) {
    lines.retain(|old| old != line);
    lines.push(line.to_owned());
    if lines.len() > HISTORY {
        lines.remove(0);
    }
    effects.push(Effect::Remember { history: purpose.history(), line: line.to_owned() });
}

/// A word as the command line takes it back.
fn quoted(word: &str) -> String {
    if word.contains(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '\\')) {
        format!("'{}'", word.replace('\'', "\\'"))
    } else {
        word.to_owned()
    }
}
