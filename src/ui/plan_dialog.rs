//! The picture of a plan before it runs: what will be sent, on which cluster, with which consequences,
//! and what can still be changed about it.

use super::access::{Permission, refusal};
use crate::model::{
    AccessQuestion, ClusterId, Fault, FaultKind, FollowState, Plan, PlanId, PlanNote, Read, Text,
    Ticket,
};
use crate::verbs::{Choice, Draft, LocalPorts, Value};

/// What has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The Cancel button.
    Cancel,
    /// One of the choices.
    Choice(usize),
    /// The field for the name, where one is wanted.
    Name,
    /// The button that runs the plan.
    Run,
}

/// What the server says it would do, where it is asked before a plan can be run.
#[derive(Clone, Debug, PartialEq)]
pub enum Rehearsal {
    /// It is not asked.
    Unwanted,
    /// It is to be asked as soon as the permissions are known.
    Due,
    /// It was asked; how many of the requests are not answered yet.
    Asked(PlanId, usize),
    /// It would do it.
    Passed,
    /// It would not.
    Failed(Fault),
}

/// A plan, still changeable.
#[derive(Debug)]
pub struct PlanDialog {
    /// What it is made from.
    pub draft: Box<dyn Draft>,
    /// The plan as it stands; without requests while it cannot be one.
    pub plan: Plan,
    /// Why it cannot be one; None where it can, or while facts are missing.
    pub error: Option<Fault>,
    /// What can be changed.
    pub choices: Vec<Choice>,
    /// The exact requests are shown.
    pub show_request: bool,
    /// What has the focus; None while facts are missing.
    pub focus: Option<Focus>,
    /// What must be typed before it runs; None where nothing is wanted.
    pub must_type: Option<Text>,
    /// What was typed so far.
    pub typed: String,
    /// The permissions it takes.
    pub questions: Vec<AccessQuestion>,
    /// Whether they are granted, as far as known.
    pub permission: Permission,
    /// The question that was answered with no.
    denied: Option<AccessQuestion>,
    /// The context is protected.
    pub protected: bool,
    /// What the server would do.
    pub rehearsal: Rehearsal,
    /// First line on screen of what the draft has to show.
    pub scroll: usize,
    /// Lines of the dialog itself that are scrolled off, where it is too long for the screen.
    pub top: usize,
    id: PlanId,
    cluster: ClusterId,
    context: Text,
    dry_run: bool,
    /// Cautions of the UI itself: marks that are hidden.
    cautions: Vec<PlanNote>,
    /// Local ports that were asked about, and the first one that is not free.
    probed: Option<LocalPorts>,
    taken: Option<Fault>,
    /// What to go back to, once it is known what can be: how the history calls it, and its revision.
    aim: Option<[Text; 2]>,
    /// Reads that were asked for and not answered yet: their number and ticket.
    waiting: Vec<(usize, Option<Ticket>)>,
}

impl PlanDialog {
    /// The dialog for a draft on the cluster with this context.
    pub fn new(
        id: PlanId,
        cluster: ClusterId,
        context: Text,
        draft: Box<dyn Draft>,
        protected: bool,
    ) -> Self {
        let waiting = (0..draft.reads().len()).map(|number| (number, None)).collect();
        let plan = Plan::empty(id, cluster, context.clone(), draft.title());
        let rehearsal = if draft.rehearsed_first() { Rehearsal::Due } else { Rehearsal::Unwanted };
        let mut dialog = Self {
            draft,
            plan,
            error: None,
            choices: Vec::new(),
            show_request: false,
            focus: None,
            must_type: None,
            typed: String::new(),
            questions: Vec::new(),
            permission: Permission::Asked,
            denied: None,
            protected,
            rehearsal,
            scroll: 0,
            top: 0,
            id,
            cluster,
            context,
            dry_run: false,
            cautions: Vec::new(),
            probed: None,
            taken: None,
            aim: None,
            waiting,
        };
        dialog.rebuild();
        dialog
    }

    /// The same with something that should be known.
    #[must_use]
    pub fn caution(mut self, text: String) -> Self {
        self.cautions.push(PlanNote { warning: true, text });
        self.rebuild();
        self
    }

    /// The handle of its plan.
    pub fn id(&self) -> PlanId {
        self.id
    }

    /// The cluster it is for.
    pub fn cluster(&self) -> ClusterId {
        self.cluster
    }

    /// What has to be read and was not asked for yet; `ticket` gives the handles.
    pub fn ask(&mut self, mut ticket: impl FnMut() -> Ticket) -> Vec<(Ticket, Read)> {
        if self.waiting.iter().all(|(_, asked)| asked.is_some()) {
            return Vec::new();
        }
        let reads = self.draft.reads();
        let mut asked = Vec::new();
        for (number, held) in self.waiting.iter_mut().filter(|(_, held)| held.is_none()) {
            let Some(read) = reads.get(*number) else { continue };
            let ticket = ticket();
            *held = Some(ticket);
            asked.push((ticket, read.clone()));
        }
        asked
    }

    /// Takes in the answer to one of its reads; false when the ticket is not its own.
    pub fn learn(&mut self, ticket: Ticket, answer: Result<&str, &Fault>) -> bool {
        let Some(at) = self.waiting.iter().position(|(_, held)| *held == Some(ticket)) else {
            return false;
        };
        let (number, _) = self.waiting.remove(at);
        self.draft.learn(number, answer);
        self.rebuild();
        self.take_aim();
        true
    }

    /// Goes back to something of the history: how that calls it, and its revision.
    pub fn aim(&mut self, at: [Text; 2]) {
        self.aim = Some(at);
        self.take_aim();
    }

    fn take_aim(&mut self) {
        if self.is_waiting() {
            return;
        }
        let Some([name, revision]) = self.aim.take() else { return };
        let Some(choice) = self.choices.iter().find(|choice| choice.id == "to") else { return };
        let Value::OneOf { of, .. } = &choice.value else { return };
        let first = |text: &String| text.split_whitespace().next() == Some(name.as_str());
        let any = |text: &String| text.split_whitespace().any(|w| w == name || w == revision);
        let found = of.iter().position(first).or_else(|| of.iter().position(any));
        if let Some(at) = found {
            let of = of.clone();
            return self.set("to", Value::OneOf { at, of });
        }
        let text = format!("{name} is not among what can be gone back to");
        self.cautions.push(PlanNote { warning: true, text });
        self.rebuild();
    }

    /// Local ports to be looked at: those of the draft, where they are others than before.
    pub fn probe(&mut self) -> Option<LocalPorts> {
        let wanted = self.draft.local_ports();
        if wanted == self.probed {
            return None;
        }
        self.probed.clone_from(&wanted);
        wanted
    }

    /// What came of it. Of ports that were asked about before those of now it is nothing to know.
    pub fn take_ports(&mut self, address: &str, ports: &[u16], taken: Option<Fault>) {
        let asked = self.probed.as_ref();
        if asked.is_some_and(|(at, all)| at == address && all == ports) {
            self.taken = taken;
            self.rebuild();
        }
    }

    /// Facts are missing.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The same plan as a dry run under another handle, where the server is to be asked now.
    pub fn rehearse(&mut self, id: impl FnOnce() -> PlanId) -> Option<Plan> {
        let ready = self.rehearsal == Rehearsal::Due
            && self.permission == Permission::Granted
            && self.error.is_none()
            && !self.plan.requests.is_empty();
        if !ready {
            return None;
        }
        let id = id();
        self.rehearsal = Rehearsal::Asked(id, self.plan.requests.len());
        Some(Plan { id, dry_run: true, ..self.plan.clone() })
    }

    /// Takes in how its rehearsal goes; false when the plan is not its own.
    pub fn rehearsed(&mut self, of: PlanId, state: &FollowState) -> bool {
        let Rehearsal::Asked(id, left) = &mut self.rehearsal else { return false };
        if *id != of {
            return false;
        }
        match state {
            FollowState::Warned(warnings) => {
                let note = |text: &String| PlanNote {
                    warning: true,
                    text: format!("the server warns: {text}"),
                };
                self.cautions.extend(warnings.iter().map(note));
            }
            FollowState::WouldSucceed => {
                *left -= 1;
                if *left == 0 {
                    self.rehearsal = Rehearsal::Passed;
                }
            }
            // A webhook with side effects cannot be tried; that says nothing about the object.
            FollowState::Failed(fault) if fault.why.contains("does not support dry run") => {
                let text = format!("it could not be tried first: {}", fault.why);
                self.cautions.push(PlanNote { warning: true, text });
                self.rehearsal = Rehearsal::Passed;
            }
            FollowState::Failed(fault) => self.rehearsal = Rehearsal::Failed(fault.clone()),
            _ => return true,
        }
        self.rebuild();
        self.permit(self.permission.clone(), self.denied.clone());
        true
    }

    /// The permissions became known; `denied` is the question that was answered with no. Something
    /// that loses starts on Cancel.
    pub fn permit(&mut self, permission: Permission, denied: Option<AccessQuestion>) {
        self.denied = denied;
        self.permission = permission;
        let trying = matches!(self.rehearsal, Rehearsal::Due | Rehearsal::Asked(..))
            && self.permission == Permission::Granted
            && self.error.is_none()
            && !self.plan.requests.is_empty();
        if self.focus.is_none()
            && self.permission != Permission::Asked
            && !self.is_waiting()
            && !trying
        {
            let typed = |choice: &Choice| matches!(choice.value, Value::Typed(_));
            let first = match self.draft.begins_on() {
                Some(id) => self.choices.iter().position(|choice| choice.id == id),
                None => self.choices.iter().position(typed),
            };
            self.focus = Some(match first {
                Some(at) => Focus::Choice(at),
                None if self.plan.loses
                    || self.draft.begins_on_cancel()
                    || matches!(self.rehearsal, Rehearsal::Failed(_)) =>
                {
                    Focus::Cancel
                }
                None => Focus::Run,
            });
        }
    }

    /// It runs as it stands, without a look at it: its draft says so, the server allows it, and the
    /// context is not protected. Asked once, when everything is known.
    pub fn runs_at_once(&self) -> bool {
        !self.protected && self.draft.at_once() && self.refusal().is_none()
    }

    fn ring(&self) -> Vec<Focus> {
        let mut ring: Vec<Focus> = (0..self.choices.len()).map(Focus::Choice).collect();
        if self.must_type.is_some() {
            ring.push(Focus::Name);
        }
        ring.extend([Focus::Run, Focus::Cancel]);
        ring
    }

    /// Moves the focus over the buttons and what has to be typed.
    pub fn move_focus(&mut self, forward: bool) {
        let buttons = |focus: &Focus| match focus {
            Focus::Choice(at) => {
                self.choices.get(*at).is_some_and(|c| matches!(c.value, Value::Typed(_)))
            }
            _ => true,
        };
        let ring: Vec<Focus> = self.ring().into_iter().filter(buttons).collect();
        self.move_in(&ring, forward);
    }

    /// Moves the focus over everything, line by line.
    pub fn move_line(&mut self, forward: bool) {
        let ring = self.ring();
        self.move_in(&ring, forward);
    }

    fn move_in(&mut self, ring: &[Focus], forward: bool) {
        let Some(focus) = self.focus else { return };
        let at = ring.iter().position(|f| *f == focus).unwrap_or(0);
        let next = if forward { at + 1 } else { at + ring.len() - 1 };
        self.focus = ring.get(next % ring.len().max(1)).copied();
    }

    /// The choice that has the focus.
    fn focused(&self) -> Option<&Choice> {
        match self.focus {
            Some(Focus::Choice(at)) => self.choices.get(at),
            _ => None,
        }
    }

    /// Letters are letters now.
    pub fn is_typing(&self) -> bool {
        self.focus == Some(Focus::Name)
            || self.focused().is_some_and(|choice| matches!(choice.value, Value::Typed(_)))
    }

    /// Something was typed or pasted.
    pub fn type_in(&mut self, text: &str) {
        if self.focus == Some(Focus::Name) {
            self.typed.push_str(text);
        } else if let Some(Choice { id, value: Value::Typed(old), .. }) = self.focused() {
            let (id, new) = (id.clone(), format!("{old}{text}"));
            self.set(&id, Value::Typed(new));
        }
    }

    /// The last character is taken back.
    pub fn rub_out(&mut self) {
        if self.focus == Some(Focus::Name) {
            self.typed.pop();
        } else if let Some(Choice { id, value: Value::Typed(old), .. }) = self.focused() {
            let (id, mut new) = (id.clone(), old.clone());
            new.pop();
            self.set(&id, Value::Typed(new));
        }
    }

    /// Changes the choice that has the focus by one key.
    pub fn change_focused(&mut self) {
        if let Some(choice) = self.focused() {
            let (id, next) = (choice.id.clone(), choice.next());
            self.set(&id, next);
        }
    }

    /// Changes the choice of this name by one key; whoever changed something has to move to the
    /// button anew. False where there is no such choice.
    pub fn change(&mut self, id: &str) -> bool {
        let Some(choice) = self.choices.iter().find(|choice| choice.id == id) else {
            return false;
        };
        let (id, next) = (choice.id.clone(), choice.next());
        self.set(&id, next);
        self.back_to_safety();
        true
    }

    fn set(&mut self, id: &str, value: Value) {
        // Whoever had a port may have let it go meanwhile.
        if self.taken.take().is_some() {
            self.probed = None;
        }
        self.draft.set(id, value);
        // What was tried was another plan.
        if self.draft.rehearsed_first() {
            self.rehearsal = Rehearsal::Due;
        }
        self.rebuild();
    }

    /// Whether the server can be asked what it would do. A program of the person's cannot.
    pub fn can_be_rehearsed(&self) -> bool {
        self.draft.program().is_none() && self.plan.can_be_rehearsed()
    }

    /// Only ask the server, or do it really. False where it cannot be rehearsed.
    pub fn toggle_dry_run(&mut self) -> bool {
        if !self.can_be_rehearsed() {
            return false;
        }
        self.dry_run = !self.dry_run;
        self.rebuild();
        self.back_to_safety();
        true
    }

    /// Why it cannot run as it stands; None when it can.
    pub fn refusal(&self) -> Option<String> {
        if self.is_waiting() {
            return Some("still reading what it depends on".into());
        }
        if let Some(fault) = &self.error {
            return Some(fault.why.clone());
        }
        match &self.permission {
            Permission::Asked => return Some("still asking whether it is allowed".into()),
            Permission::Denied(reason) => {
                return self.denied.as_ref().map(|question| refusal(question, reason));
            }
            Permission::Granted => {}
        }
        match &self.rehearsal {
            Rehearsal::Unwanted | Rehearsal::Passed => {}
            Rehearsal::Due | Rehearsal::Asked(..) => {
                return Some("still asking the server what it would do".into());
            }
            Rehearsal::Failed(fault) => {
                return Some(format!("the server would refuse it: {}", fault.why));
            }
        }
        match &self.must_type {
            Some(name) if !self.plan.dry_run && name.as_str() != self.typed => {
                Some(format!("type {name} first"))
            }
            _ => None,
        }
    }

    fn rebuild(&mut self) {
        self.choices = self.draft.choices();
        // A program of the person's cannot be tried first; what is sent instead of it can.
        match (self.draft.program().is_some(), &self.rehearsal) {
            (true, _) => self.rehearsal = Rehearsal::Unwanted,
            (false, Rehearsal::Unwanted) if self.draft.rehearsed_first() => {
                self.rehearsal = Rehearsal::Due;
            }
            _ => {}
        }
        if self.draft.local_ports() != self.probed {
            self.taken = None;
        }
        if let Some(fault) = &self.taken
            && let Some(choice) = self.choices.iter_mut().find(|choice| choice.id == "ports")
        {
            choice.error = format!("{}: {} ({})", fault.what, fault.why, fault.hint);
        }
        match self.draft.plan(self.id, &self.context) {
            Ok(mut plan) => {
                plan.dry_run =
                    self.dry_run && self.draft.program().is_none() && plan.can_be_rehearsed();
                self.questions = plan.questions();
                self.plan = plan;
                self.error = None;
            }
            Err(fault) => {
                self.plan =
                    Plan::empty(self.id, self.cluster, self.context.clone(), self.draft.title());
                self.questions.clear();
                self.error = (!self.is_waiting()).then_some(fault);
            }
        }
        if let Some(wrong) = self.choices.iter().find(|choice| !choice.error.is_empty())
            && self.error.is_none()
        {
            let why = format!("{}: {}", wrong.label, wrong.error);
            self.error = Some(Fault::new(FaultKind::Input, self.plan.title.clone(), why));
        }
        self.plan.notes.extend(self.cautions.iter().cloned());
        let typed = || self.draft.name_to_type().unwrap_or_else(|| self.context.clone());
        self.must_type = (self.protected && self.plan.loses).then(typed);
        if self.focus == Some(Focus::Name) && self.must_type.is_none() {
            self.focus = Some(Focus::Cancel);
        }
    }

    /// Whoever changed something has to move to the button anew.
    fn back_to_safety(&mut self) {
        if self.focus.is_some() {
            self.focus = Some(Focus::Cancel);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Gvr, ObjRef};
    use crate::verbs::delete::Delete;

    fn dialog(protected: bool) -> PlanDialog {
        let target = ObjRef {
            cluster: ClusterId(0),
            gvr: Gvr::new("apps", "v1", "deployments"),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "api".into(),
            uid: "u1".into(),
        };
        let draft = Box::new(Delete::new(vec![target]));
        PlanDialog::new(PlanId(1), ClusterId(0), "prod-eu".into(), draft, protected)
    }

    #[test]
    fn nothing_has_the_focus_until_the_permission_is_known_then_cancel_has() {
        let mut dialog = dialog(false);
        dialog.move_focus(true);
        assert_eq!(dialog.focus, None);
        assert!(dialog.refusal().is_some());
        dialog.permit(Permission::Granted, None);
        assert_eq!(dialog.focus, Some(Focus::Cancel));
        assert_eq!(dialog.refusal(), None);
    }

    #[test]
    fn a_protected_cluster_wants_the_name() {
        let mut dialog = dialog(true);
        dialog.permit(Permission::Granted, None);
        assert_eq!(dialog.refusal().as_deref(), Some("type api first"));
        dialog.typed = "api".into();
        assert_eq!(dialog.refusal(), None);
    }

    #[test]
    fn changing_an_option_by_its_key_moves_the_focus_back_to_cancel() {
        let mut dialog = dialog(false);
        dialog.permit(Permission::Granted, None);
        dialog.move_focus(true);
        assert_eq!(dialog.focus, Some(Focus::Run));
        assert!(dialog.change("force"));
        assert_eq!(dialog.focus, Some(Focus::Cancel));
        assert!(dialog.plan.requests[0].body.contains("\"gracePeriodSeconds\":0"));
        assert!(!dialog.change("replicas"));
    }

    #[test]
    fn what_is_denied_says_why() {
        let mut dialog = dialog(false);
        let question = dialog.questions[0].clone();
        dialog.permit(Permission::Denied("RBAC says no".into()), Some(question));
        assert_eq!(
            dialog.refusal().as_deref(),
            Some("no permission: delete deployments in shop: RBAC says no")
        );
    }
}
