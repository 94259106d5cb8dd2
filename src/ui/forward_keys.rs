//! Starting, watching and ending port-forwards.

use super::commands::Command;
use super::forwards::{Forward, State, number_of};
use super::panes::Pane;
use super::panes::browse::What;
use super::{Effect, Overlay, Ui};
use crate::model::{
    ClusterId, Facet, Fault, ForwardEvent, ForwardSpec, ObjRef, Plan, StreamId, Text, Tone,
};
use crate::verbs::forward;

impl Ui {
    /// Plans a forward to the selected row, or to the pod of the selected container.
    pub(super) fn plan_forward(&mut self) {
        let Some((objects, row)) = self.selected() else {
            return self.say(Tone::Plain, "nothing is selected");
        };
        let draft = if objects.facet == Facet::Containers {
            let pod = Self::pod_of_containers(&objects, &row.key.namespace);
            forward::Forward::new(pod).of_container(row.key.name.clone())
        } else {
            forward::Forward::new(Self::reference(&objects, &row))
        };
        self.open_plan(objects.cluster, Box::new(draft), None);
    }

    /// The pod whose containers a table shows.
    pub(super) fn pod_of_containers(
        objects: &super::panes::browse::Objects,
        namespace: &Text,
    ) -> ObjRef {
        ObjRef {
            cluster: objects.cluster,
            gvr: objects.resource.gvr.clone(),
            kind: objects.resource.kind.clone(),
            namespace: namespace.clone(),
            name: objects.fields.trim_start_matches("metadata.name=").into(),
            uid: Text::new(),
        }
    }

    /// Opens a forward with the plan that was shown for it.
    pub(super) fn start_forward(
        &mut self,
        spec: ForwardSpec,
        plan: Plan,
        effects: &mut Vec<Effect>,
    ) {
        let stream = self.stream_id();
        self.forwards.start(spec.clone(), plan.clone(), stream, self.now);
        let spec = crate::model::StreamSpec::Forward(spec);
        effects.push(Effect::Open { stream, spec, plan: Some(plan) });
        self.dirty = true;
    }

    /// Takes in what a forward told.
    pub(super) fn forward_told(
        &mut self,
        stream: StreamId,
        event: ForwardEvent,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let announces = matches!(event, ForwardEvent::Listening(_));
        let Some((forward, proves)) = self.forwards.tell(stream, event, self.now) else {
            return false;
        };
        let (forward, context) = (forward.clone(), forward.context.clone());
        if proves {
            self.keep_forwards(&context, effects);
        }
        // The header counts them, wherever one is.
        self.dirty = true;
        let target = &forward.spec.target;
        match &forward.state {
            State::Listening if announces => {
                let line = format!("{} leads to {target} on {context}", forward.urls().join(", "));
                self.say(Tone::Good, line);
            }
            State::Waiting(why) if forward.since == self.now => {
                let line = format!("the forward to {target} waits: {why}");
                self.say(Tone::Warn, line);
            }
            State::Ended(Some(fault)) => {
                let fault = Fault { what: format!("forward to {target}"), ..fault.clone() };
                self.fault(&fault);
            }
            _ => {}
        }
        true
    }

    fn keep_forwards(&self, context: &Text, effects: &mut Vec<Effect>) {
        let forwards = self.forwards.kept(context);
        effects.push(Effect::KeepForwards { context: context.to_string(), forwards });
    }

    /// What an earlier session left of a context.
    pub(super) fn take_forwards(
        &mut self,
        cluster: ClusterId,
        left: Result<Vec<ForwardSpec>, Fault>,
    ) {
        let Some(context) = self.clusters.get(&cluster).map(|on| on.context.clone()) else {
            return;
        };
        match left {
            Ok(specs) => self.forwards.load(&context, specs, self.now),
            Err(fault) => self.fault(&fault),
        }
        self.dirty = true;
    }

    /// A key on the table of forwards. False for commands that are none of its own.
    pub(super) fn forward_command(&mut self, command: Command, effects: &mut Vec<Effect>) -> bool {
        let own = matches!(
            command,
            Command::ForwardStart
                | Command::ForwardStop
                | Command::ForwardForget
                | Command::ForwardCopy
        );
        if !own {
            return false;
        }
        let chosen = self.chosen_forwards();
        if chosen.is_empty() {
            self.say(Tone::Plain, "no forward is selected");
            return true;
        }
        match command {
            Command::ForwardStart => self.start_again(chosen, effects),
            Command::ForwardStop => {
                let streams: Vec<StreamId> = chosen
                    .iter()
                    .filter_map(|forward| self.forwards.stop(forward.number, self.now))
                    .collect();
                if streams.is_empty() {
                    self.say(Tone::Plain, "it does not run");
                }
                effects.extend(streams.into_iter().map(Effect::Close));
            }
            Command::ForwardForget => {
                for forward in &chosen {
                    effects.extend(self.forwards.stop(forward.number, self.now).map(Effect::Close));
                    self.forwards.forget(forward.number);
                }
                let mut contexts: Vec<&Text> = chosen.iter().map(|one| &one.context).collect();
                contexts.sort();
                contexts.dedup();
                for context in contexts {
                    self.keep_forwards(context, effects);
                }
            }
            _ => {
                let urls: Vec<String> = chosen.iter().flat_map(Forward::urls).collect();
                if urls.is_empty() {
                    self.say(Tone::Plain, "its local port is known when it runs");
                } else {
                    effects.push(Effect::Copy(urls.join("\n")));
                }
            }
        }
        if let Some(Pane::Browse(browse)) = self.panes.last_mut() {
            browse.clear_marks();
        }
        true
    }

    /// The marked forwards, or the selected one.
    fn chosen_forwards(&self) -> Vec<Forward> {
        let Some(Pane::Browse(browse)) = self.pane() else { return Vec::new() };
        if browse.what != What::Forwards {
            return Vec::new();
        }
        let Some(source) = self.source(browse) else { return Vec::new() };
        let numbers = browse.targets(source).into_iter().map(|row| number_of(&row.key.name));
        numbers.flatten().filter_map(|number| self.forwards.get(number).cloned()).collect()
    }

    /// Those whose plan was shown in this session go on as they were; the plan of others is shown.
    fn start_again(&mut self, chosen: Vec<Forward>, effects: &mut Vec<Effect>) {
        let idle: Vec<Forward> =
            chosen.into_iter().filter(|forward| !forward.state.is_running()).collect();
        if idle.is_empty() {
            return self.say(Tone::Plain, "it runs already");
        }
        let several = idle.len() > 1;
        for forward in idle {
            if self.config.settings.readonly_in(&forward.context) {
                let why = "read-only: nothing is changed or entered in this session";
                return self.say(Tone::Warn, why);
            }
            match forward.plan {
                Some(plan) => self.start_forward(forward.spec, plan, effects),
                None if several => {
                    let line = "those of an earlier session are started one by one";
                    self.say(Tone::Warn, line);
                }
                None => {
                    let draft = forward::Forward::known(&forward.spec);
                    self.open_plan(forward.spec.target.cluster, Box::new(draft), None);
                }
            }
        }
    }

    /// Whether local ports of the plan on screen are free was looked at.
    pub(super) fn take_ports(&mut self, address: &str, ports: &[u16], taken: Option<Fault>) {
        let own = |fault: Fault| {
            let held = ports.iter().find_map(|port| self.forwards.holder(*port));
            match held {
                Some(held) => Fault {
                    why: format!("forward {} to {} has this port", held.number, held.spec.target),
                    ..fault
                },
                None => fault,
            }
        };
        let taken = taken.map(own);
        if let Some(Overlay::Plan(dialog)) = &mut self.overlay {
            dialog.take_ports(address, ports, taken);
            self.dirty = true;
        }
    }
}
