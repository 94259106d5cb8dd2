//! What keys do: those of differences, then those of the object of the row.

use super::DriftPane;
use super::rows::What;
use super::text::TextView;
use crate::model::{Facet, Tone};
use crate::ui::commands::{Command, Context};
use crate::ui::object_keys::{contexts_of, is_of_one_object};
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};

impl DriftPane {
    /// Where keys are looked up: those of differences win.
    pub(super) fn key_contexts(&self) -> Vec<Context> {
        if self.text.is_some() {
            return vec![Context::Drift, Context::Text];
        }
        let own: &[Context] = match self.current().and_then(|row| self.object_of(row)) {
            Some(one) => contexts_of(&one.id.group, &one.id.kind),
            None => &[],
        };
        let own = own.iter().copied();
        std::iter::once(Context::Drift).chain(own).chain([Context::Table]).collect()
    }

    pub(super) fn refused(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        let plain = |why: &str| Some(Refusal { why: why.to_owned(), tone: Tone::Plain });
        if ui.motion(command).is_some() || command.spec().context == Context::Global {
            return None;
        }
        if command == Command::DriftTape {
            return match self.parts.tape.is_empty() {
                true => plain("no field has changed since this page was opened"),
                false => None,
            };
        }
        if let Some(text) = &self.text {
            if command == Command::DriftNoise && super::told::noise(self) == 0 {
                return plain("no difference is noise here");
            }
            return refused_by_text(ui, text, command);
        }
        match command {
            Command::DriftText => {
                let differs = self.parts.all.iter().any(|part| part.drift.tally().drifted > 0);
                return if differs { None } else { plain("nothing differs") };
            }
            Command::DriftNext | Command::DriftPrevious => return None,
            Command::DriftExact => return self.refused_own(ui),
            Command::DriftOpen
            | Command::DriftSync
            | Command::DriftSyncAll
            | Command::DriftRevert
            | Command::DriftCopy
            | Command::DriftCopyLive
            | Command::DriftHistory => {
                let heading = matches!(self.current().map(|row| &row.what), Some(What::App(_)));
                if command == Command::DriftOpen && heading {
                    return self.refused(ui, Command::Open);
                }
                return self.refused_action(ui, command);
            }
            Command::Filter | Command::DriftAll | Command::DriftAgain | Command::DriftFoldAll => {
                return None;
            }
            Command::DriftNoise if super::told::noise(self) == 0 => {
                return plain("no difference is noise here");
            }
            Command::DriftNoise => return None,
            _ => {}
        }
        let Some(row) = self.current() else { return plain("nothing is selected") };
        if command == Command::DriftFold {
            return match row.open {
                Some(_) => None,
                None if self.branch_above().is_some() => None,
                None => plain("nothing is below this line"),
            };
        }
        if command == Command::Open
            && let What::App(part) = row.what
        {
            let app = self.parts.all.get(part).and_then(|part| part.app.as_ref());
            return match app {
                Some(_) => None,
                None => plain("these objects belong to no app"),
            };
        }
        if !is_of_one_object(command) {
            return plain("this is for tables");
        }
        let Some(one) = self.object_of(row) else { return plain("this line is about no object") };
        let Some((object, resource)) = self.selected_object(ui) else {
            let why = format!("the server does not serve {}", one.id.kind);
            return Some(Refusal { why, tone: Tone::Plain });
        };
        let (cluster, namespace) = (object.cluster, Some(&object.namespace));
        ui.refused_for_object(command, cluster, &resource, Facet::Row, namespace)
    }

    /// The branch that the selected line stands below.
    fn branch_above(&self) -> Option<usize> {
        let at = self.scroll.at();
        let depth = self.rows.get(at)?.depth;
        (0..at).rev().find(|above| self.rows[*above].depth < depth)
    }

    pub(super) fn carry_out(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            return crate::ui::panes::view::View::step_by(self, ui, lines);
        }
        ui.dirty = true;
        if command == Command::DriftTape {
            return self.parts.tape.turn();
        }
        if self.text.is_some() {
            return self.text_command(ui, command, effects);
        }
        match command {
            Command::DriftText => {
                // Beside each other two texts need room.
                self.text = Some(TextView::new(None, self.narrow));
            }
            Command::DriftOpen => self.open_object(ui, effects),
            Command::DriftNext => self.next_object(true),
            Command::DriftPrevious => self.next_object(false),
            Command::DriftSync
            | Command::DriftSyncAll
            | Command::DriftRevert
            | Command::DriftCopy
            | Command::DriftCopyLive
            | Command::DriftHistory => self.act(ui, command, effects),
            Command::DriftAll => {
                self.shown.all = !self.shown.all;
                self.stale = true;
            }
            Command::DriftNoise => {
                self.shown.noise = !self.shown.noise;
                self.stale = true;
            }
            Command::DriftFold => {
                let own = self.current().is_some_and(|row| row.open.is_some());
                let at = if own { Some(self.scroll.at()) } else { self.branch_above() };
                let Some(at) = at else { return };
                self.scroll.go(at, &self.rows);
                self.folds.toggle(self.rows[at].place);
                self.stale = true;
            }
            Command::DriftFoldAll => {
                let object = |row: &&super::rows::Row| matches!(row.what, What::Object(..));
                let branches = self.rows.iter().filter(object).filter(|row| row.open.is_some());
                let places: Vec<u64> = branches.map(|row| row.place).collect();
                self.folds.toggle_all(places.into_iter());
                self.stale = true;
            }
            Command::DriftAgain => self.begin_again(effects),
            Command::DriftExact => self.plan_own(ui),
            Command::Filter => ui.open_view_prompt(&self.filter),
            Command::Open if matches!(self.current().map(|row| &row.what), Some(What::App(_))) => {
                let Some(What::App(part)) = self.current().map(|row| row.what.clone()) else {
                    return;
                };
                if let Some(id) = self.parts.all.get(part).and_then(|part| part.app.clone()) {
                    ui.open_app_page(self.cluster, id);
                }
            }
            _ => {
                if let Some((object, _)) = self.selected_object(ui) {
                    ui.object_command(command, &object, effects);
                }
            }
        }
    }

    /// Enter: the whole object as text; the page of the app on its heading, the YAML of what is as it was
    /// deployed.
    fn open_object(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        let Some(row) = self.current() else { return };
        if let What::App(_) = row.what {
            return self.carry_out(ui, Command::Open, effects);
        }
        let Some(one) = self.object_of(row) else { return };
        if one.live.is_none() && one.desired.is_none() {
            if let Some((object, _)) = self.selected_object(ui) {
                ui.object_command(Command::Yaml, &object, effects);
            }
            return;
        }
        let (What::Object(part, _) | What::Note(part, _) | What::Field(part, ..)) = row.what else {
            return;
        };
        let Some(part) = self.parts.all.get(part) else { return };
        let mut text = TextView::new(Some((part.cluster, one.id.clone())), self.narrow);
        text.begins_at_change();
        self.text = Some(text);
    }

    /// Goes to the next object, or the one before.
    fn next_object(&mut self, forward: bool) {
        let is = |at: &usize| matches!(self.rows[*at].what, What::Object(..) | What::App(_));
        let here = self.scroll.at();
        let found = match forward {
            true => (here + 1..self.rows.len()).find(is),
            false => (0..here).rev().find(is),
        };
        if let Some(at) = found {
            self.scroll.go(at, &self.rows);
        }
    }

    fn text_command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        let Some(text) = &mut self.text else { return };
        let mut said = None;
        match command {
            Command::DriftText => text.turn(),
            Command::DriftFold | Command::Fold => {
                text.toggle();
            }
            Command::DriftFoldAll | Command::FoldAll | Command::DriftOpen => text.toggle_all(),
            Command::DriftNext | Command::DriftPrevious
                if !text.change(command == Command::DriftNext) =>
            {
                said = Some("no further change".to_owned());
            }
            Command::DriftNext | Command::DriftPrevious => {}
            Command::MoveLeft => text.shift(-8),
            Command::MoveRight => text.shift(8),
            Command::DriftNoise => {
                self.shown.noise = !self.shown.noise;
                self.stale = true;
            }
            Command::DriftAgain => self.begin_again(effects),
            Command::TextSearch => {
                let needle = text.needle.clone();
                ui.open_view_prompt(&needle);
            }
            Command::SearchNext | Command::SearchPrevious => {
                said = Some(match text.find(command == Command::SearchNext, false) {
                    Some((at, of)) => format!("match {at} of {of}"),
                    None => format!("{} is not in here", text.needle),
                });
            }
            Command::DriftCopy | Command::TextCopy => {
                effects.push(Effect::Copy(text.unified_text()))
            }
            Command::TextSave => {
                let name = format!("{}-{}.diff", self.name.replace('/', "-"), ui.now);
                effects.push(Effect::Save { name, content: text.unified_text() });
            }
            _ => {}
        }
        if let Some(line) = said {
            ui.say(Tone::Plain, line);
        }
    }
}

/// Why a command has nothing to do on the text.
fn refused_by_text(ui: &Ui, text: &TextView, command: Command) -> Option<Refusal> {
    let plain = |why: String| Some(Refusal { why, tone: Tone::Plain });
    match command {
        Command::DriftText
        | Command::DriftFold
        | Command::DriftFoldAll
        | Command::DriftOpen
        | Command::DriftNext
        | Command::DriftPrevious
        | Command::DriftNoise
        | Command::DriftAgain
        | Command::DriftCopy
        | Command::TextSearch
        | Command::Fold
        | Command::FoldAll
        | Command::TextCopy
        | Command::TextSave => None,
        Command::SearchNext | Command::SearchPrevious if text.needle.is_empty() => {
            plain(format!("nothing to search for: {} first", ui.key_to(Command::TextSearch)))
        }
        Command::SearchNext | Command::SearchPrevious => None,
        _ => plain(format!("{} goes back to the fields for that", ui.key_to(Command::Escape))),
    }
}
