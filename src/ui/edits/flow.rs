//! From the key to the outcome: an object is read, goes to an editor, comes back, is shown, tried and
//! sent; whatever goes wrong on the way leads back to the text.

use super::{Edit, EditId, Order, Stage, TURNS};
use crate::model::{Answer, Fault, FaultKind, FollowState, ObjRef, PlanId, Text, Ticket, Tone};
use crate::ui::msg::EditorEnd;
use crate::ui::panes::Pane;
use crate::ui::panes::editor::EditorPane;
use crate::ui::{Effect, Overlay, Ui};
use crate::verbs::edit::{self, Edited, How, Mark};

impl Ui {
    /// Begins to edit an object, or goes on with what was written of it.
    pub(in crate::ui) fn edit(
        &mut self,
        object: ObjRef,
        subresource: &str,
        effects: &mut Vec<Effect>,
    ) {
        let same = |edit: &&mut Edit| {
            let (a, b) = (&edit.object, &object);
            let place = (a.cluster, &a.gvr, &a.namespace, &a.name)
                == (b.cluster, &b.gvr, &b.namespace, &b.name);
            place && edit.subresource == subresource
        };
        let going = |edit: &&mut Edit| matches!(edit.stage, Stage::Inside | Stage::Kept);
        if let Some(edit) = self.edits.all.iter_mut().filter(going).find(same) {
            let id = edit.id;
            if edit.stage == Stage::Kept {
                let key = self.config.keymap.chords(crate::ui::commands::Command::EditorAnew);
                let key = key.first().cloned().unwrap_or_default();
                edit.words = format!("your text of before, not sent yet; {key} begins anew");
                edit.turns = 0;
            }
            self.show_editor(id);
            return;
        }
        self.edits.given += 1;
        let id = EditId(self.edits.given);
        let ticket = self.ticket();
        effects.push(Effect::Get { ticket, object: object.clone() });
        self.edits.all.push(Edit::new(id, object, subresource, ticket));
    }

    /// `:edit KIND/NAME [--subresource status]`, and `:edit KIND NAME`.
    pub(in crate::ui) fn edit_line(
        &mut self,
        rest: &str,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let input = |why: String| {
            Fault::new(FaultKind::Input, ":edit", why)
                .hint(":edit deploy/api, :edit deploy/api --subresource status, -n NAMESPACE")
        };
        let mut names: Vec<&str> = Vec::new();
        let (mut subresource, mut namespace) = ("", None);
        let mut words = rest.split_whitespace();
        while let Some(word) = words.next() {
            match word.split_once('=').map_or((word, None), |(word, value)| (word, Some(value))) {
                ("--subresource", value) => {
                    subresource = value.or_else(|| words.next()).unwrap_or("");
                    if subresource.is_empty() {
                        return Err(input("which subresource?".into()));
                    }
                }
                ("-n" | "--namespace", value) => {
                    namespace = value.or_else(|| words.next());
                }
                _ => names.push(word),
            }
        }
        let (kind, name) = match names.as_slice() {
            [one] => one.split_once('/').ok_or_else(|| input("which object?".into()))?,
            [kind, name] => (*kind, *name),
            _ => return Err(input("which object?".into())),
        };
        if self.readonly() {
            let why = "read-only: nothing is changed or entered in this session";
            return Err(Fault::new(FaultKind::Refused, ":edit", why));
        }
        let Some(cluster) = self.cluster() else { return Ok(()) };
        let Some(resource) = cluster.catalogue.find(kind) else {
            return Err(input(if cluster.discovered {
                format!("the cluster serves no kind called {kind:?}")
            } else {
                format!("no kind called {kind:?} is known yet")
            }));
        };
        // Until the kinds are known, the server's answer tells.
        if cluster.discovered
            && !subresource.is_empty()
            && !resource.subresources.iter().any(|s| s == subresource)
        {
            let why = format!("{} has no subresource {subresource:?}", resource.kind);
            return Err(input(why));
        }
        let namespace: Text = match (resource.namespaced, namespace, &cluster.scope) {
            (false, ..) => Text::new(),
            (true, Some(name), _) => name.into(),
            (true, None, crate::model::Scope::Namespaces(names)) if names.len() == 1 => {
                names[0].clone()
            }
            (true, None, _) => return Err(input("in which namespace?".into())),
        };
        let object = ObjRef {
            cluster: cluster.id,
            gvr: resource.gvr.clone(),
            kind: resource.kind.clone(),
            namespace,
            name: name.into(),
            uid: Text::new(),
        };
        let subresource = subresource.to_owned();
        self.edit(object, &subresource, effects);
        Ok(())
    }

    /// What was read for an edit; false when the ticket is not of one.
    pub(in crate::ui) fn read_for_edit(
        &mut self,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let (reading, anew) =
            (self.edits.at(&Stage::Reading(ticket)), self.edits.at(&Stage::Anew(ticket)));
        let Some(id) = reading.or(anew) else { return false };
        let json = match answer {
            Ok(Answer::Object(json)) => json.clone(),
            Ok(Answer::Access(..)) => return true,
            Err(fault) if anew.is_some() => {
                let fault = fault.clone();
                if fault.kind == FaultKind::NotFound {
                    self.gone(id, effects);
                } else {
                    self.hold(id, &fault);
                }
                return true;
            }
            Err(fault) => {
                self.finish(id);
                self.fault(&fault.clone());
                return true;
            }
        };
        if anew.is_some() {
            self.merge(id, &json, effects);
            return true;
        }
        match edit::text_of(&json) {
            Ok(text) => {
                if let Some(edit) = self.edits.get_mut(id) {
                    edit.base.clone_from(&text);
                    edit.text = text;
                    edit.version += 1;
                }
                self.give_to_editor(id, effects);
            }
            Err(fault) => {
                self.finish(id);
                self.fault(&fault);
            }
        }
        true
    }

    /// Hands an edit to the editor that the settings name.
    fn give_to_editor(&mut self, id: EditId, effects: &mut Vec<Effect>) {
        if self.config.settings.edit_inside {
            self.show_editor(id);
        } else {
            self.edit_outside(id, effects);
        }
    }

    /// Goes on in the person's own editor, with what is wrong above the text.
    fn edit_outside(&mut self, id: EditId, effects: &mut Vec<Effect>) {
        let ticket = self.ticket();
        let Some(edit) = self.edits.get_mut(id) else { return };
        let text = if edit.marks.is_empty() && edit.words.is_empty() {
            edit.text.clone()
        } else {
            edit::with_comments(&edit.text, &edit.words, &edit.marks)
        };
        edit.stage = Stage::Outside(ticket);
        let (name, file) = (edit.file_name(), edit.file.clone());
        effects.push(Effect::Edit { ticket, name, text, file });
    }

    /// Shows an edit in a pane, or says that it waits where something else is on screen.
    fn show_editor(&mut self, id: EditId) {
        let busy = self.overlay.is_some() || self.prompt.is_some();
        let Some(edit) = self.edits.get_mut(id) else { return };
        if busy {
            edit.stage = Stage::Kept;
            return;
        }
        edit.stage = Stage::Inside;
        edit.version += 1;
        let of = |pane: &Pane| matches!(pane, Pane::View(view) if view.edit() == Some(id));
        if let Some(at) = self.panes.iter().position(of) {
            let pane = self.panes.remove(at);
            self.panes.push(pane);
        } else {
            let pane = EditorPane::new(edit);
            self.push(Pane::View(Box::new(pane)));
        }
        self.dirty = true;
    }

    /// The person's editor has ended.
    pub(in crate::ui) fn edited(
        &mut self,
        ticket: Ticket,
        end: EditorEnd,
        effects: &mut Vec<Effect>,
    ) {
        let Some(id) = self.edits.at(&Stage::Outside(ticket)) else { return };
        let pane = self.has_editor(id);
        let now = self.now;
        let Some(edit) = self.edits.get_mut(id) else { return };
        if let Some(text) = &end.text {
            let text = edit::without_comments(text);
            if !text.trim().is_empty() {
                edit.take(text.to_owned(), now);
                edit.version += 1;
            }
        }
        edit.file = end.file.or_else(|| edit.file.take());
        let fault = match (end.fault, &end.text) {
            (None, Some(text)) if edit::without_comments(text).trim().is_empty() => {
                let why = "the text is empty, so nothing is sent";
                Fault::new(FaultKind::Input, format!("edit {}", edit.name()), why)
            }
            (None, _) if pane || edit.is_changed() => {
                edit.turns = 0;
                return self.review(id, effects);
            }
            (None, _) => {
                let why = "nothing changed, so nothing is sent";
                Fault::new(FaultKind::Input, format!("edit {}", edit.name()), why)
            }
            (Some(fault), _) => fault,
        };
        // What could not be read back stays in its file; the fault says where.
        edit.stage = match (pane, edit.is_changed()) {
            (true, _) => Stage::Inside,
            (false, true) => Stage::Kept,
            (false, false) => {
                if end.text.is_none() {
                    edit.file = None;
                }
                Stage::Done
            }
        };
        if edit.stage == Stage::Kept {
            edit.told = true;
            let line = format!("{}; {}", fault.why, edit.place());
            return self.say(Tone::Bad, line);
        }
        self.fault(&fault);
    }

    /// What the editor on screen wants done with its text.
    pub(in crate::ui) fn carry_out_edit_orders(&mut self, effects: &mut Vec<Effect>) {
        for (id, order) in std::mem::take(&mut self.edits.orders) {
            match order {
                Order::Review => self.review_edit(id, effects),
                Order::Outside => self.edit_outside(id, effects),
                Order::Anew => self.begin_edit_anew(id, effects),
            }
        }
    }

    /// The person wants to see what changed, and to send it.
    fn review_edit(&mut self, id: EditId, effects: &mut Vec<Effect>) {
        if let Some(edit) = self.edits.get_mut(id) {
            edit.turns = 0;
            edit.notes.clear();
        }
        self.review(id, effects);
    }

    /// Opens the plan of an edit; where there can be none, its text with what is wrong.
    fn review(&mut self, id: EditId, effects: &mut Vec<Effect>) {
        let pane = self.has_editor(id);
        let busy = self.prompt.is_some() || self.overlay.is_some();
        let Some(edit) = self.edits.get_mut(id) else { return };
        edit.marks.clear();
        edit.words.clear();
        edit.version += 1;
        if edit.text.is_empty() && edit.how == How::Replace {
            edit.text.clone_from(&edit.base);
        }
        let (target, cluster) = (edit.object.clone(), edit.object.cluster);
        let draft = Edited::new(target, &edit.subresource, edit.how, &edit.base, &edit.text);
        let notes = edit.notes.clone();
        match draft {
            // The plan of somebody else is on screen: it is not taken away.
            Ok(_) if busy => edit.stage = Stage::Kept,
            Ok(draft) => {
                let draft = notes.into_iter().fold(draft, Edited::noting);
                self.open_plan(cluster, Box::new(draft), None);
                let Some(Overlay::Plan(dialog)) = &self.overlay else { return };
                let plan = dialog.plan.id;
                if let Some(edit) = self.edits.get_mut(id) {
                    edit.stage = Stage::Review(plan);
                }
            }
            Err(unfit) if unfit.nothing => {
                edit.stage = if pane { Stage::Inside } else { Stage::Done };
                self.fault(&unfit.fault);
            }
            Err(unfit) => {
                edit.marks = unfit.marks;
                edit.words.clone_from(&unfit.fault.why);
                self.fault(&unfit.fault);
                self.show_editor(id);
            }
        }
        // Whatever comes of it, a text that came from outside is in its file.
        self.settle_edits(effects);
    }

    /// The plan of an edit was run.
    pub(in crate::ui) fn review_sent(&mut self, plan: PlanId) {
        if let Some(id) = self.edits.at(&Stage::Review(plan))
            && let Some(edit) = self.edits.get_mut(id)
        {
            edit.stage = Stage::Sent(plan);
        }
    }

    /// How a plan goes, for the edit whose plan it is.
    pub(in crate::ui) fn follow_edit(
        &mut self,
        plan: PlanId,
        state: &FollowState,
        effects: &mut Vec<Effect>,
    ) {
        let Some(id) = self.edits.at(&Stage::Sent(plan)) else { return };
        match state {
            FollowState::Requested | FollowState::Warned(_) => {}
            FollowState::Failed(fault) => self.refused(id, &fault.clone(), effects),
            FollowState::WouldSucceed | FollowState::Cancelled(_) => {
                if let Some(edit) = self.edits.get_mut(id) {
                    edit.stage = Stage::Kept;
                }
            }
            // It was accepted; what comes of it is another matter.
            _ => self.finish(id),
        }
    }

    /// A plan on screen was tried first, and would fail.
    pub(in crate::ui) fn rehearsal_failed(
        &mut self,
        plan: PlanId,
        fault: &Fault,
        effects: &mut Vec<Effect>,
    ) {
        let Some(id) = self.edits.at(&Stage::Review(plan)) else { return };
        let explained =
            matches!(fault.kind, FaultKind::Conflict | FaultKind::NotFound | FaultKind::Invalid);
        // Anything else stays where the plan is: it can be tried again from the text.
        if explained {
            self.overlay = None;
            self.refused(id, fault, effects);
        }
    }

    /// The server says no.
    fn refused(&mut self, id: EditId, fault: &Fault, effects: &mut Vec<Effect>) {
        let Some(edit) = self.edits.get(id) else { return };
        match fault.kind {
            FaultKind::Conflict => self.read_anew(id, effects),
            FaultKind::NotFound if edit.how == How::Replace => self.gone(id, effects),
            FaultKind::Invalid => {
                let mut marks = edit::explain(fault, &edit.text);
                if marks.is_empty() {
                    marks.push(Mark { line: 0, text: fault.why.clone() });
                }
                if let Some(edit) = self.edits.get_mut(id) {
                    edit.marks = marks;
                    edit.words = format!("the server would refuse it: {}", fault.why);
                }
                self.fault(fault);
                self.show_editor(id);
            }
            _ => self.hold(id, fault),
        }
    }

    /// It cannot go on now: the text waits.
    fn hold(&mut self, id: EditId, fault: &Fault) {
        let pane = self.has_editor(id);
        if let Some(edit) = self.edits.get_mut(id) {
            edit.stage = if pane { Stage::Inside } else { Stage::Kept };
            edit.told = true;
            let line = format!("{}: {}; {}", edit.name(), fault.why, edit.place());
            self.say(Tone::Bad, line);
        }
    }

    /// Somebody changed the object meanwhile: it is read once more.
    fn read_anew(&mut self, id: EditId, effects: &mut Vec<Effect>) {
        let ticket = self.ticket();
        let Some(edit) = self.edits.get_mut(id) else { return };
        edit.turns += 1;
        if edit.turns > TURNS {
            let what = format!("edit {}", edit.name());
            edit.words = "it changes faster than your text can be brought onto it".to_owned();
            let fault = Fault::new(FaultKind::Conflict, what, edit.words.clone());
            self.fault(&fault);
            return self.show_editor(id);
        }
        edit.stage = Stage::Anew(ticket);
        let object = ObjRef { uid: Text::new(), ..edit.object.clone() };
        effects.push(Effect::Get { ticket, object });
        self.say(Tone::Plain, "it was changed meanwhile: reading it anew");
    }

    /// The text is brought onto what the cluster has now.
    fn merge(&mut self, id: EditId, json: &str, effects: &mut Vec<Effect>) {
        let now = self.now;
        let Some(edit) = self.edits.get_mut(id) else { return };
        let rebased = match edit::rebase(&edit.base, &edit.text, json) {
            Ok(rebased) => rebased,
            Err(fault) => return self.hold(id, &fault),
        };
        edit.how = How::Replace;
        edit.base = rebased.base;
        edit.take(rebased.text, now);
        edit.version += 1;
        edit.notes =
            vec!["it was changed meanwhile; that is kept, and this is yours on top".into()];
        if rebased.replaced {
            edit.notes =
                vec!["it was deleted and made anew meanwhile; this changes the new one".into()];
        }
        if rebased.clashes.is_empty() {
            if edit.text == edit.base {
                self.finish(id);
                return self.say(Tone::Good, "somebody made the same change meanwhile");
            }
            return self.review(id, effects);
        }
        edit.marks = rebased.clashes;
        edit.words = "it was changed meanwhile, in the same places: yours stands at the marked \
                      lines, and only what you leave there is sent"
            .to_owned();
        let fault = Fault::new(
            FaultKind::Conflict,
            format!("edit {}", edit.name()),
            "both changed the same fields",
        );
        self.fault(&fault);
        self.show_editor(id);
    }

    /// The object is gone: it can be made anew.
    fn gone(&mut self, id: EditId, effects: &mut Vec<Effect>) {
        if let Some(edit) = self.edits.get_mut(id) {
            if !edit.subresource.is_empty() {
                let what = format!("edit {}", edit.name());
                let fault = Fault::new(FaultKind::NotFound, what, "the object is gone");
                return self.hold(id, &fault);
            }
            edit.how = How::Create;
            edit.notes.clear();
        }
        self.review(id, effects);
    }

    /// Begins anew with the object as it is; what was written stays in its file.
    fn begin_edit_anew(&mut self, id: EditId, effects: &mut Vec<Effect>) {
        let Some(edit) = self.edits.get_mut(id) else { return };
        let (object, subresource) = (edit.object.clone(), edit.subresource.clone());
        if edit.is_changed() {
            let (file, name) = (edit.file.take(), edit.file_name());
            let text = edit.text.clone();
            effects.push(Effect::Keep { edit: EditId::NOBODY, name, text, file });
        }
        self.edits.all.retain(|edit| edit.id != id);
        self.edit(ObjRef { uid: Text::new(), ..object }, &subresource, effects);
    }

    /// A pane's text changed.
    pub fn set_edit_text(&mut self, id: EditId, text: String) {
        let now = self.now;
        if let Some(edit) = self.edits.get_mut(id) {
            edit.take(text, now);
        }
    }

    /// Marks moved with the lines they are about.
    pub fn set_edit_marks(&mut self, id: EditId, marks: Vec<Mark>) {
        if let Some(edit) = self.edits.get_mut(id) {
            edit.marks = marks;
        }
    }

    /// The person leaves the text for now.
    pub fn leave_edit(&mut self, id: EditId) {
        if let Some(edit) = self.edits.get_mut(id) {
            edit.stage = Stage::Kept;
        }
    }

    /// It is over, and its text is not needed any more.
    fn finish(&mut self, id: EditId) {
        if let Some(edit) = self.edits.get_mut(id) {
            edit.stage = Stage::Done;
        }
    }
}
