//! The verbs that change objects: from the marked rows, or the selected one, to a plan in the making.

use super::commands::Command;
use super::panes::Pane;
use super::panes::browse::What;
use super::{Effect, Overlay, Ui};
use crate::apps::rollouts::{Control, Terminate, Verb};
use crate::apps::undo::Undo;
use crate::model::{Facet, ObjRef, Scope, Tone};
use crate::verbs::Draft;
use crate::verbs::act;
use crate::verbs::batch::{Rerun, Suspend, Trigger};
use crate::verbs::debug::{Debug, NodeShell, Wanted};
use crate::verbs::delete::Delete;
use crate::verbs::drain::Drain;
use crate::verbs::evict::Evict;
use crate::verbs::expand::Expand;
use crate::verbs::image::SetImage;
use crate::verbs::labels::{self, Labels};
use crate::verbs::node::Cordon;
use crate::verbs::restart::Restart;
use crate::verbs::scale::Scale;

impl Ui {
    /// Opens the plan in the making of a verb. False for commands that are none.
    pub(super) fn plan_verb(&mut self, command: Command) -> bool {
        let into_container = match command {
            Command::Shell | Command::Attach => self.plan_shell(command),
            Command::Transfer => self.plan_copy(),
            Command::Debug => self.plan_debug_of_container(),
            _ => false,
        };
        if into_container {
            return true;
        }
        let Some((targets, hidden)) = self.marked_objects() else { return false };
        self.plan_verb_on(command, targets, hidden)
    }

    /// Opens the plan in the making of a verb on these objects; `hidden` of them are hidden by a
    /// filter. False for commands that are none.
    pub(super) fn plan_verb_on(
        &mut self,
        command: Command,
        targets: Vec<ObjRef>,
        hidden: usize,
    ) -> bool {
        let now = self.now;
        let cluster = match targets.first() {
            Some(first) => first.cluster,
            None => {
                let verb = command.writes();
                if verb {
                    self.say(Tone::Plain, "nothing is selected");
                }
                return verb;
            }
        };
        let one = targets.len() == 1;
        let first = targets[0].clone();
        if let (true, Some(draft)) = (one, argo_verb(command, &first, now)) {
            self.open_plan(cluster, draft, None);
            return true;
        }
        let draft: Box<dyn Draft> = match command {
            Command::Delete => Box::new(Delete::new(targets)),
            Command::Kill => Box::new(Delete::new(targets).grace(1)),
            Command::Evict => Box::new(Evict::new(targets)),
            Command::Scale => Box::new(Scale::new(targets)),
            Command::Label => Box::new(Labels::new(labels::What::Labels, targets)),
            Command::Annotate => Box::new(Labels::new(labels::What::Annotations, targets)),
            Command::Act => {
                if let Some(why) = act::refusal(&first.gvr.group, &first.kind) {
                    self.say(Tone::Warn, why);
                    return true;
                }
                Box::new(act::Act::new(targets, now))
            }
            Command::Restart => Box::new(Restart::new(targets, now)),
            Command::Debug if one => Box::new(Debug::new(first, now).of(self.debug_container())),
            Command::Shell if one && &*first.kind == "Node" => {
                let namespace = self.pod_namespace();
                Box::new(NodeShell::new(first, &namespace, now).of(self.debug_container()))
            }
            Command::CronSuspend => Box::new(Suspend::new(targets)),
            Command::Cordon => Box::new(Cordon::off(targets)),
            Command::Uncordon => Box::new(Cordon::on(targets)),
            Command::SetImage if one => Box::new(SetImage::new(first)),
            Command::CronTrigger if one => Box::new(Trigger::new(first, now)),
            Command::JobRerun if one => Box::new(Rerun::new(first, now)),
            Command::Undo if one => match Undo::new(first, "", now) {
                Some(draft) => Box::new(draft),
                None => return false,
            },
            Command::Drain if one => Box::new(Drain::new(first)),
            Command::Expand if one => Box::new(Expand::new(first)),
            Command::SetImage
            | Command::Promote
            | Command::PromoteFull
            | Command::SkipStep
            | Command::Abort
            | Command::Retry
            | Command::Terminate
            | Command::Debug
            | Command::CronTrigger
            | Command::JobRerun
            | Command::Undo
            | Command::Drain
            | Command::Expand => {
                self.say(Tone::Warn, "this is done one by one: clear the marks first");
                return true;
            }
            _ => return false,
        };
        let caution = (hidden > 0)
            .then(|| format!("{hidden} of the marked objects are hidden by the filter"));
        self.open_plan(cluster, draft, caution);
        true
    }

    /// Plans a debug container that sees the processes of the selected container. False where none is
    /// selected.
    fn plan_debug_of_container(&mut self) -> bool {
        let Some((objects, row)) = self.selected() else { return false };
        if objects.facet != Facet::Containers {
            return false;
        }
        let pod = Self::pod_of_containers(&objects, &row.key.namespace);
        let draft = Debug::new(pod, self.now).of(self.debug_container());
        let draft = draft.target(row.key.name.clone());
        self.open_plan(objects.cluster, Box::new(draft), None);
        true
    }

    /// What debug containers are made of when nobody says otherwise.
    fn debug_container(&self) -> Wanted {
        Wanted { image: self.config.settings.debug_image.clone(), ..Wanted::default() }
    }

    /// The namespace for pods of our own: the one in use, where it is one.
    fn pod_namespace(&self) -> String {
        match self.cluster().map(|cluster| &cluster.scope) {
            Some(Scope::Namespaces(names)) if names.len() == 1 => names[0].to_string(),
            _ => "default".to_owned(),
        }
    }

    /// The marked rows, or the selected one, as objects; and how many marks the filter hides.
    pub(super) fn marked_objects(&self) -> Option<(Vec<ObjRef>, usize)> {
        let Some(Pane::Browse(browse)) = self.pane() else { return None };
        if let What::Apps(_) = browse.what {
            let (objects, row) = self.selected_app_object()?;
            return Some((vec![Self::reference(&objects, &row)], 0));
        }
        let objects = browse.objects()?;
        if !objects.facet.is_of_objects() {
            return None;
        }
        let source = self.source(browse)?;
        let targets =
            browse.targets(source).into_iter().map(|row| Self::reference(objects, row)).collect();
        Some((targets, browse.marked(source).1))
    }

    /// An action goes on: what is told of it on screen goes on too.
    pub(super) fn retell_action(&mut self, plan: crate::model::PlanId) {
        if let Some(Overlay::Full { text, action: Some(shown), .. }) = &mut self.overlay
            && *shown == plan
            && let Some(action) = self.actions.all().iter().find(|action| action.plan.id == plan)
        {
            *text = super::lists::action_in_full(action);
        }
    }

    /// Calls off the action under the cursor: nothing more of it is sent.
    pub(super) fn call_off(&mut self, effects: &mut Vec<Effect>) {
        let Some(Pane::Browse(browse)) = self.pane() else { return };
        if browse.what != What::Actions {
            return;
        }
        let from_newest = browse.selected().and_then(|key| key.name.parse::<usize>().ok());
        let all = self.actions.all();
        let action = from_newest.and_then(|n| all.get(all.len().checked_sub(n)?));
        match action {
            Some(action) if action.ended.is_none() => {
                let plan = action.plan.id;
                if self.call_off_copy(plan, effects) {
                    return;
                }
                effects.push(Effect::Cancel(plan));
                let waited = self.give_up(plan, effects);
                let line = match waited {
                    true => "it is not waited for any longer: nothing is opened",
                    false => "nothing more of it is sent; what was sent is followed on",
                };
                self.say(Tone::Plain, line);
            }
            Some(_) => self.say(Tone::Plain, "it is over"),
            None => self.say(Tone::Plain, "nothing is selected"),
        }
    }
}

/// A verb of Argo Rollouts' own on one of its objects; None for other commands and kinds.
fn argo_verb(command: Command, target: &ObjRef, now: i64) -> Option<Box<dyn Draft>> {
    let verb = match command {
        Command::Promote => Verb::Promote,
        Command::PromoteFull => Verb::PromoteFull,
        Command::SkipStep => Verb::Skip,
        Command::Abort => Verb::Abort,
        Command::Retry => Verb::Retry,
        Command::Terminate => return Some(Box::new(Terminate::new(target.clone())?)),
        _ => return None,
    };
    Some(Box::new(Control::new(verb, target.clone(), now)?))
}
