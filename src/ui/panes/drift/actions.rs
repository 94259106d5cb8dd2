//! What can be done about a difference: a sync by its owner, a revert by hand, a patch to paste; and what
//! is known of how it came to be.

use super::DriftPane;
use super::parts::Part;
use super::rows::What;
use super::tape::{self, Line};
use super::told;
use crate::apps::{self, Verb};
use crate::drift::patch::{Toward, patch};
use crate::drift::revert::Revert;
use crate::drift::writers::Writers;
use crate::drift::{Fate, Field, ObjectDrift, State};
use crate::model::{Answer, AppId, EngineId, Fault, Ticket, Tone};
use crate::relations::ObjectId;
use crate::ui::commands::Command;
use crate::ui::panes::page::clean;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Overlay, Ui};
use crate::verbs;
use std::fmt::Write as _;

/// A question about a field's history that is under way.
#[derive(Debug)]
pub struct Asked {
    ticket: Ticket,
    part: usize,
    id: ObjectId,
    field: usize,
}

impl DriftPane {
    /// The part and the object of the selected row.
    fn chosen(&self) -> Option<(&Part, &ObjectDrift)> {
        let row = self.current()?;
        let (What::Object(part, _) | What::Note(part, _) | What::Field(part, ..)) = row.what else {
            return None;
        };
        Some((self.parts.all.get(part)?, self.object_of(row)?))
    }

    /// The part that the selected row is in.
    pub(super) fn chosen_part(&self) -> Option<&Part> {
        let part = match self.current()?.what {
            What::App(part)
            | What::Object(part, _)
            | What::Note(part, _)
            | What::Field(part, ..) => part,
            What::Words(..) => 0,
        };
        self.parts.all.get(part)
    }

    /// The fields that the selected row is about: one, or all of the object that count.
    fn chosen_fields(&self) -> Vec<Field> {
        let Some(row) = self.current() else { return Vec::new() };
        match (self.field_of(row), self.object_of(row)) {
            (Some(field), _) => vec![field.clone()],
            (None, Some(one)) => one.drifted().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// Why something cannot be done about the selected row.
    pub(super) fn refused_action(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        let plain = |why: String| Some(Refusal { why, tone: Tone::Plain });
        let read_only = Refusal {
            why: "read-only: nothing is changed or entered in this session".to_owned(),
            tone: Tone::Warn,
        };
        let writes = command.writes();
        let cluster = self.chosen_part().map_or(self.cluster, |part| part.cluster);
        let context = |id| ui.clusters.get(id).map_or("", |on| on.context.as_str());
        let readonly =
            [self.cluster, cluster].iter().any(|id| ui.config.settings.readonly_in(context(id)));
        if writes && readonly {
            return Some(read_only);
        }
        if command == Command::DriftSyncAll {
            let Some(part) = self.chosen_part() else { return plain("nothing is selected".into()) };
            if !part.drift.objects.iter().any(|one| one.state.is_drift()) {
                return plain("nothing of it is drifted".into());
            }
            return self.refused_sync(ui, part.app.as_ref());
        }
        let Some((part, one)) = self.chosen() else {
            return plain("this line is about no object".into());
        };
        let differs = one.state.is_drift();
        match command {
            Command::DriftHistory
                if self.current().and_then(|row| self.field_of(row)).is_none() =>
            {
                plain("this line is about no field".into())
            }
            Command::DriftHistory => None,
            Command::DriftOpen if one.live.is_none() && one.desired.is_none() => {
                match self.selected_object(ui) {
                    Some(_) if one.uid.is_empty() => plain("it is not there".into()),
                    Some(_) => None,
                    None => plain(format!("the server does not serve {}", one.id.kind)),
                }
            }
            Command::DriftOpen => None,
            Command::DriftSync => self.refused_sync(ui, part.app.as_ref()),
            _ if !differs && self.chosen_fields().is_empty() => {
                plain("nothing of it differs".into())
            }
            Command::DriftRevert if one.state == State::Extra => {
                plain("it is too much: a sync that prunes removes it, or delete it".into())
            }
            Command::DriftRevert if self.selected_object(ui).is_none() => {
                plain(format!("the server does not serve {}", one.id.kind))
            }
            _ => None,
        }
    }

    fn refused_sync(&self, ui: &Ui, app: Option<&AppId>) -> Option<Refusal> {
        match app {
            Some(id) => ui.refused_by_app(Command::AppSync, self.cluster, id),
            None => Some(Refusal {
                why: format!(
                    "it belongs to no app: {} brings it back by hand",
                    ui.key_to(Command::DriftRevert)
                ),
                tone: Tone::Plain,
            }),
        }
    }

    /// Plans a sync by the owner of these objects only, where its engine can.
    fn plan_sync(
        &self,
        ui: &mut Ui,
        id: &AppId,
        objects: &[&ObjectDrift],
        caution: Option<String>,
    ) {
        let Some(book) = ui.estates.get(&self.cluster) else { return };
        let Some(app) = book.estate.app(id) else { return };
        let mut draft = match apps::draft(Verb::Sync, app, &book.estate, ui.now) {
            Ok(draft) => draft,
            Err(fault) => return ui.fault(&fault),
        };
        let mut caution = caution;
        if id.engine == EngineId::ArgoCd {
            let names: Vec<String> = objects.iter().map(|one| one.id.to_string()).collect();
            draft.set("objects", verbs::Value::Typed(names.join(", ")));
        } else {
            let whole = "it is reconciled as a whole: nothing smaller can be asked for".to_owned();
            caution = Some(caution.map_or(whole.clone(), |other| format!("{other}; {whole}")));
        }
        ui.open_plan(self.cluster, draft, caution);
    }

    pub(super) fn act(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        match command {
            Command::DriftSync => {
                if let Some((part, one)) = self.chosen()
                    && let Some(app) = &part.app
                {
                    self.plan_sync(ui, app, &[one], None);
                }
            }
            Command::DriftSyncAll => {
                if let Some(part) = self.chosen_part()
                    && let Some(app) = &part.app
                {
                    let drifted: Vec<&ObjectDrift> =
                        part.drift.objects.iter().filter(|one| one.state.is_drift()).collect();
                    self.plan_sync(ui, app, &drifted, None);
                }
            }
            Command::DriftRevert => self.plan_revert(ui),
            Command::DriftCopy => self.copy(ui, Toward::Deployed, effects),
            Command::DriftCopyLive => self.copy(ui, Toward::Live, effects),
            Command::DriftHistory => self.ask_history(ui, effects),
            _ => {}
        }
    }

    /// By the owner's own sync where that brings it back, else by hand.
    fn plan_revert(&self, ui: &mut Ui) {
        let Some((part, one)) = self.chosen() else { return };
        let fields = self.chosen_fields();
        let undone = |field: &Field| !matches!(field.fate, Fate::Stays(_));
        let whole = fields.iter().all(undone);
        if let Some(app) = &part.app
            && whole
            && brings_back(app.engine)
            && ui.refused_by_app(Command::AppSync, self.cluster, app).is_none()
        {
            let more = one.drifted().count() > fields.len();
            let caution = more.then(|| {
                "its owner brings back the whole object, and not this field only".to_owned()
            });
            return self.plan_sync(ui, app, &[one], caution);
        }
        let Some((mut target, _)) = self.selected_object(ui) else { return };
        target.uid = one.uid.clone();
        let owner = part.app.as_ref().map(|app| {
            format!(
                "{} delivers it: what is changed by hand is not in its source",
                clean(&app.name)
            )
        });
        let cluster = part.cluster;
        let draft = Revert::new(target, one.clone(), fields);
        ui.open_plan(cluster, Box::new(draft), owner);
    }

    fn copy(&self, ui: &mut Ui, toward: Toward, effects: &mut Vec<Effect>) {
        let Some((_, one)) = self.chosen() else { return };
        let fields = self.chosen_fields();
        let fields: Vec<&Field> = fields.iter().collect();
        match patch(one, &fields, toward) {
            Ok(patch) => effects.push(Effect::Copy(patch.text(one, toward))),
            Err(fault) => ui.say(Tone::Warn, fault.why),
        }
    }

    fn ask_history(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        let Some(What::Field(part, _, field)) = self.current().map(|row| row.what.clone()) else {
            return;
        };
        let (Some((object, _)), Some((_, one))) = (self.selected_object(ui), self.chosen()) else {
            return;
        };
        let id = one.id.clone();
        let ticket = ui.ticket();
        effects.push(Effect::Get { ticket, object });
        self.history = Some(Asked { ticket, part, id, field });
    }

    /// Takes in the object that a history was asked of; false when it is another answer.
    pub(super) fn tell_history(
        &mut self,
        ui: &mut Ui,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
    ) -> bool {
        let Some(asked) = self.history.take_if(|asked| asked.ticket == ticket) else {
            return false;
        };
        let Some(part) = self.parts.all.get(asked.part) else { return true };
        let Some(one) = part.object(&asked.id) else { return true };
        let Some(field) = one.fields.get(asked.field) else { return true };
        let text = match answer {
            Ok(Answer::Object(json)) => {
                let live = verbs_parsed(json);
                let tape: Vec<&Line> = self.parts.tape.of(part.cluster, &one.id).collect();
                history(ui.now, one, field, &Writers::of(&live), &tape)
            }
            Ok(_) => return true,
            Err(fault) => {
                ui.fault(fault);
                return true;
            }
        };
        ui.overlay = Some(Overlay::full(text));
        true
    }
}

/// Whether an engine's sync puts a changed field back at once, whatever its source says.
fn brings_back(engine: EngineId) -> bool {
    matches!(engine, EngineId::ArgoCd | EngineId::Kustomization | EngineId::ResourceSet)
}

/// An answer as JSON, of which only its metadata is wanted.
fn verbs_parsed(json: &str) -> serde_json::Value {
    let whole: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    serde_json::json!({"metadata": {"managedFields": whole["metadata"]["managedFields"]}})
}

/// A moment in UTC.
fn utc(at: i64) -> String {
    jiff::Timestamp::from_second(at).map_or_else(|_| at.to_string(), |time| time.to_string())
}

/// All that is known about how a field came to be as it is.
fn history(
    now: i64,
    one: &ObjectDrift,
    field: &Field,
    writers: &Writers,
    tape: &[&Line],
) -> String {
    let change = &field.change;
    let mut text = String::new();
    let _ = writeln!(text, "{} {}", clean(&one.id.to_string()), clean(&change.path.to_string()));
    let _ = writeln!(text, "  deployed  {}", told::deployed(one, field));
    let _ = writeln!(text, "  now       {}", told::value(change.live.as_ref()));
    let _ = writeln!(text, "  {}", told::fate(field).0);
    let _ = writeln!(text, "\nwho is named for it (managedFields: programs, not people)");
    let mut named: Vec<_> =
        writers.all().filter(|one| writers.is_owned(&change.path, |other| other == *one)).collect();
    named.sort_by_key(|one| std::cmp::Reverse(one.at));
    if named.is_empty() {
        let _ = writeln!(text, "  nobody");
    }
    for writer in named {
        let how = if writer.apply { "apply" } else { "update" };
        let through = match writer.subresource.as_str() {
            "" => String::new(),
            sub => format!(" through {}", clean(sub)),
        };
        let when = match writer.at {
            0 => String::new(),
            at => format!("  {} ({})", told::ago(at, now), utc(at)),
        };
        let _ = writeln!(text, "  {} by {how}{through}{when}", clean(&writer.manager));
    }
    let _ = writeln!(text, "  (its time is that of the last change of any of its fields)");
    // What has changed around it, or below it, is about it too.
    let about = |what: &tape::What| match what {
        tape::What::Field(seen) => seen.path.is_in(&change.path) || change.path.is_in(&seen.path),
        tape::What::More(_) | tape::What::Object(_) => true,
    };
    let seen: Vec<_> = tape.iter().filter(|line| about(&line.what)).collect();
    let _ = writeln!(text, "\nseen since this page was opened");
    if seen.is_empty() {
        let _ = writeln!(text, "  no change of it");
    }
    for line in seen {
        let place = match &line.what {
            tape::What::Field(seen) if seen.path == change.path => String::new(),
            what => tape::place(what),
        };
        let words = [utc(line.at), place, tape::turn(&line.what, " → "), tape::by(&line.what)];
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let _ = writeln!(text, "  {}", words.join(" "));
    }
    text
}
