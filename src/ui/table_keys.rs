//! What keys do on a table: marks, sorting, columns, copies, and where a row leads.

use super::commands::Command;
use super::panes::Pane;
use super::panes::browse::{Browse, Objects, What};
use super::panes::events::EventsPane;
use super::panes::rollout::{Board, RolloutPane};
use super::widgets::{columns, frame};
use super::{Effect, Overlay, Ui, export, lists};
use crate::model::{Link, Scope, Text, Tone};

impl Ui {
    pub(super) fn table_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        if let Some(refusal) = self.refusal(command) {
            return self.say(refusal.tone, refusal.why);
        }
        if let Some(digit) = command.namespace_digit() {
            return self.namespace_digit(digit);
        }
        if let Some(lines) = self.motion(command) {
            return self.step(lines);
        }
        let width = frame::layout_of(self).inner.width;
        let Some(Pane::Browse(mut browse)) = self.panes.pop() else { return };
        let before = self.panes.len();
        self.with_table(&mut browse, width, command, effects);
        // What a command opened lies on top of this one.
        self.panes.insert(before.min(self.panes.len()), Pane::Browse(browse));
        self.after_table(command, effects);
    }

    /// Commands that change only the view of the table.
    fn with_table(
        &mut self,
        browse: &mut Browse,
        width: u16,
        command: Command,
        effects: &mut Vec<Effect>,
    ) {
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
            Command::Manager => browse.toggle_manager(),
            // What does not fit lies to the right: going there shows it, coming back hides it.
            Command::MoveLeft if browse.column_offset == 0 => browse.wide = false,
            Command::MoveLeft => browse.column_offset -= 1,
            Command::MoveRight if !browse.wide => browse.wide = true,
            Command::MoveRight => {
                let end = columns::scroll_end(browse, &schema);
                browse.column_offset = (browse.column_offset + 1).min(end);
            }
            Command::ColumnLeft | Command::ColumnRight => {
                let placed = columns::place(browse, &schema, Self::one_namespace(browse), width);
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
                if let Some(column) = titles.iter().find_map(|title| schema.find(title)) {
                    browse.sort_by(column, sort);
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
        if self.app_command(command, effects)
            || self.forward_command(command, effects)
            || self.plan_verb(command)
        {
            return;
        }
        match command {
            Command::Forward => self.plan_forward(),
            Command::Forwards => {
                self.open_line("forwards", effects);
            }
            Command::Mark => self.step(1),
            Command::MarkRange => self.mark_range(),
            Command::Filter => self.open_filter(),
            Command::Open => self.open_row(effects),
            Command::Logs => self.open_logs(false, effects),
            Command::PreviousLogs => self.open_logs(true, effects),
            Command::Edit
            | Command::Tree
            | Command::UsedBy
            | Command::Events
            | Command::Access
            | Command::Decode => {
                if let Some((objects, row)) = self.selected() {
                    let object = Self::reference(&objects, &row);
                    self.look_at_object(command, &object, &objects.resource, effects);
                }
            }
            Command::Rollout => self.open_rollouts(),
            Command::CallOff => self.call_off(effects),
            Command::ReplicaSets => {
                if let Some((_, row)) = self.selected() {
                    self.open_line(
                        &format!("replicasets /owner:Deployment/{}", row.key.name),
                        effects,
                    );
                }
            }
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
            Command::Describe => {
                if let Some((objects, row)) = self.selected() {
                    self.open_description(&objects, &row);
                }
            }
            Command::Group => {
                let Some(Pane::Browse(browse)) = self.pane() else { return };
                if let (Some(objects), Some(need)) = (browse.objects(), browse.need()) {
                    let pane = EventsPane::of_table(objects, need);
                    self.push(Pane::View(Box::new(pane)));
                }
            }
            Command::Warp => {
                if let Some((_, row)) = self.selected() {
                    let scope = Scope::Namespaces(vec![row.key.namespace.clone()]);
                    self.use_scope(scope);
                }
            }
            Command::Owner => self.go_to_link("owner", |link| match link {
                Link::Owner { api_version, kind, name } => {
                    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
                    Some((group.to_owned(), kind.clone(), None, name.clone()))
                }
                // What an event is about stands where other objects have their owner.
                Link::Ref { field, group, kind, namespace, name }
                    if matches!(field.as_str(), "involvedObject" | "regarding") =>
                {
                    Some((group.to_string(), kind.clone(), Some(namespace.clone()), name.clone()))
                }
                _ => None,
            }),
            Command::ShowNode => self.go_to_link("node", |link| match link {
                Link::Ref { field, group, kind, namespace, name } if field == "spec.nodeName" => {
                    Some((group.to_string(), kind.clone(), Some(namespace.clone()), name.clone()))
                }
                _ => None,
            }),
            _ => {}
        }
    }

    /// Opens the rollout of the selected workload, or the rollouts of the marked ones.
    fn open_rollouts(&mut self) {
        let Some((targets, hidden)) = self.marked_objects() else { return };
        let pane = match targets.as_slice() {
            [] => return,
            [one] => RolloutPane::new(one.clone()).map(|pane| Pane::View(Box::new(pane))),
            [first, ..] => {
                let name = format!("{} marked", targets.len());
                Some(Pane::View(Box::new(Board::of(first.cluster, name, &targets))))
            }
        };
        if let Some(pane) = pane {
            self.push(pane);
        }
        if hidden > 0 {
            self.say(
                Tone::Warn,
                format!("{hidden} of the marked objects are hidden by the filter"),
            );
        }
    }

    /// The selected row of a table of objects, and that table.
    pub(super) fn selected(&self) -> Option<(Objects, crate::model::Row)> {
        let Some(Pane::Browse(browse)) = self.pane() else { return None };
        if let What::Apps(_) = browse.what {
            return self.selected_app_object();
        }
        let row = browse.selected_row(self.source(browse)?)?;
        Some((browse.objects()?.clone(), row.clone()))
    }

    pub(super) fn open_row(&mut self, effects: &mut Vec<Effect>) {
        if self.selected_app().is_some() {
            return self.open_app();
        }
        if let Some((objects, row)) = self.selected() {
            if objects.resource.gvr.plural == "namespaces" && objects.resource.gvr.group.is_empty()
            {
                let scope = Scope::Namespaces(vec![row.key.name.clone()]);
                if let Some(cluster) = self.clusters.get_mut(&self.here) {
                    cluster.use_scope(scope);
                }
                self.push_objects_of("pods");
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
            What::Messages | What::Plugins => {
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
                self.overlay = text.map(Overlay::full);
            }
            What::Actions => {
                let action = browse.selected().and_then(|key| lists::action_of(&self.actions, key));
                self.overlay = action.map(|action| Overlay::Full {
                    text: lists::action_in_full(action),
                    top: 0,
                    action: Some(action.plan.id),
                });
            }
            What::AppGroups(ref apps, by) => {
                let name = if name == "-" { "" } else { name.as_str() };
                let filter = format!("{}==\"{name}\"", by.column());
                self.open_apps((**apps).clone(), &filter);
            }
            What::Forwards | What::Objects(_) | What::Apps(_) => {}
        }
    }

    fn go_to_link(
        &mut self,
        what: &str,
        pick: impl Fn(&Link) -> Option<(String, Text, Option<Text>, Text)>,
    ) {
        let Some((objects, row)) = self.selected() else { return };
        match row.links.iter().find_map(pick) {
            Some((group, kind, namespace, name)) => {
                let from: Text = format!("{}/{}", objects.resource.kind, row.key.name).into();
                let namespace = namespace.unwrap_or_else(|| row.key.namespace.clone());
                self.go_to_object(&group, &kind, &namespace, &name, from);
            }
            None => {
                let line = format!("{}/{} has no {what}", objects.resource.kind, row.key.name);
                self.say(Tone::Plain, line);
            }
        }
    }

    fn namespace_digit(&mut self, digit: u8) {
        let favourite = |at: u8| self.cluster()?.favourites.get(usize::from(at)).cloned();
        let scope = match digit.checked_sub(1) {
            None => Scope::All,
            Some(at) => match favourite(at) {
                Some(name) => Scope::Namespaces(vec![name]),
                None => return,
            },
        };
        self.use_scope(scope);
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
}

/// A word as the command line takes it back.
fn quoted(word: &str) -> String {
    if word.contains(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '\\')) {
        format!("'{}'", word.replace('\'', "\\'"))
    } else {
        word.to_owned()
    }
}
