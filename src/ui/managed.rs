//! Which app an object belongs to: the way up its owners, read one by one, to what says who manages it,
//! and then to that app.

use super::panes::Pane;
use super::panes::app::AppPane;
use super::side::Selection;
use super::{Effect, Ui};
use crate::apps::{Destination, is_workload};
use crate::kinds::provenance::{Claim, Evidence, Provenance};
use crate::model::{Answer, ClusterId, EngineId, Fault, ObjRef, Ticket, Tone};
use serde_json::Value;

/// Most owners above each other: beyond that they own each other.
const HIGHEST: usize = 16;

/// A question that is being answered.
#[derive(Debug)]
pub(super) struct Climb {
    /// The object that was asked about, then its owners.
    way: Vec<ObjRef>,
    /// What the highest one says that says anything, and which it is.
    found: Option<(usize, Provenance)>,
    /// Why it did not get higher; empty where it did.
    stopped: String,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// The last one of the way is being read.
    Reading(Ticket),
    /// The app is looked for.
    Looking(Claim),
}

impl Climb {
    /// The cluster whose apps have to be known now.
    pub(super) fn looks_at(&self) -> Option<ClusterId> {
        match self.step {
            Step::Reading(_) => None,
            Step::Looking(_) => self.way.first().map(|object| object.cluster),
        }
    }

    /// What is known, in a sentence: `Pod/api-x, of Deployment/api: Argo CD application shop (label …)`.
    fn sentence(&self, claim: &Claim) -> String {
        let asked = self.way.first().map(ToString::to_string).unwrap_or_default();
        let of = match self.found.as_ref().and_then(|(at, _)| self.way.get(*at)) {
            Some(owner) if self.way.first() != Some(owner) => format!(", of {owner}"),
            _ => String::new(),
        };
        match claim.evidence {
            Evidence::Nothing => format!("{asked}{of}: nothing says who manages it"),
            _ => format!("{asked}{of}: {} ({})", claim.who(), claim.evidence),
        }
    }

    /// What people should know beside it.
    fn caution(&self) -> String {
        let said = self.found.as_ref().map(|(_, found)| found.contradiction()).unwrap_or_default();
        [said, self.stopped.clone()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("; ")
    }
}

impl Ui {
    /// The object that the pane on screen is about, or that is selected in it.
    pub(super) fn object_on_screen(&self) -> Option<ObjRef> {
        match self.pane() {
            Some(Pane::View(view)) => view.about(self),
            _ => match self.selection() {
                Selection::Object(object, _) => Some(object),
                _ => {
                    let (objects, row) = self.selected_app_object()?;
                    Some(Self::reference(&objects, &row))
                }
            },
        }
    }

    /// Begins to find out which app the object on screen belongs to.
    pub(super) fn ask_who_manages(&mut self, effects: &mut Vec<Effect>) {
        if let Some(refusal) = self.refusal(super::commands::Command::ManagedBy) {
            return self.say(refusal.tone, refusal.why);
        }
        let Some(object) = self.object_on_screen() else { return };
        let ticket = self.ticket();
        effects.push(Effect::Get { ticket, object: object.clone() });
        self.climb = Some(Climb {
            way: vec![object],
            found: None,
            stopped: String::new(),
            step: Step::Reading(ticket),
        });
    }

    /// Takes in an object on the way; false where it is not one.
    pub(super) fn climb_on(
        &mut self,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(mut climb) = self
            .climb
            .take_if(|climb| matches!(climb.step, Step::Reading(asked) if asked == ticket))
        else {
            return false;
        };
        // Who has moved on does not want to be taken elsewhere.
        if self.object_on_screen().as_ref() != climb.way.first() {
            return true;
        }
        let at = climb.way.len() - 1;
        match answer {
            Ok(Answer::Object(json)) => {
                let object: Value = serde_json::from_str(json).unwrap_or_default();
                let said = Provenance::of_object(&object);
                let owner = said.owner.clone();
                let speaks = |said: &Provenance| {
                    said.first().is_some_and(|claim| claim.app.engine != EngineId::None)
                };
                // The highest that says anything; where none does, the highest.
                let said_before = climb.found.as_ref().is_some_and(|(_, found)| speaks(found));
                if speaks(&said) || !said_before {
                    climb.found = Some((at, said));
                }
                if let Some(owner) = owner
                    && let Some(above) =
                        self.owner_of(&climb, &owner.api_version, &owner.kind, &owner.name)
                {
                    let ticket = self.ticket();
                    effects.push(Effect::Get { ticket, object: above.clone() });
                    climb.way.push(above);
                    climb.step = Step::Reading(ticket);
                    self.climb = Some(climb);
                    return true;
                }
            }
            Err(fault) if at == 0 => {
                self.fault(fault);
                return true;
            }
            Err(fault) => {
                let above = climb.way.pop().map(|object| object.to_string()).unwrap_or_default();
                climb.stopped = format!("its owner {above} cannot be read: {}", fault.why);
            }
            Ok(_) => return true,
        }
        self.look_for_app(climb);
        true
    }

    fn owner_of(&self, climb: &Climb, api_version: &str, kind: &str, name: &str) -> Option<ObjRef> {
        let below = climb.way.last()?;
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let resource = self.clusters.get(&below.cluster)?.catalogue.by_kind(group, kind)?;
        let object = ObjRef {
            cluster: below.cluster,
            gvr: resource.gvr.clone(),
            kind: resource.kind.clone(),
            namespace: if resource.namespaced { below.namespace.clone() } else { "".into() },
            name: name.into(),
            uid: "".into(),
        };
        let known = climb.way.len() >= HIGHEST
            || climb.way.iter().any(|one| (&one.gvr, &one.name) == (&object.gvr, &object.name));
        (!known).then_some(object)
    }

    fn look_for_app(&mut self, mut climb: Climb) {
        let claim = climb.found.as_ref().and_then(|(_, found)| found.first()).cloned();
        let (Some(claim), Some(root)) = (claim, climb.way.last()) else { return };
        let nobody = claim.app.engine == EngineId::None;
        if nobody && !is_workload(&root.gvr.group, &root.gvr.plural) {
            let sentence = climb.sentence(&claim);
            let caution = climb.caution();
            return match caution.as_str() {
                "" => self.say(Tone::Plain, sentence),
                caution => self.say(Tone::Warn, format!("{sentence}; {caution}")),
            };
        }
        climb.step = Step::Looking(claim);
        self.climb = Some(climb);
        self.dirty = true;
    }

    /// Goes to the app that was looked for as soon as it is known, or says that there is none.
    pub(super) fn go_to_found_app(&mut self) {
        let Some(Climb { step: Step::Looking(claim), way, .. }) = &self.climb else { return };
        let Some(asked) = way.first() else { return };
        let Some(book) = self.estates.get(&asked.cluster) else { return };
        let app = book.estate.find(&claim.app);
        let found = app.map(|app| app.id.clone());
        let elsewhere = app.is_some_and(|app| app.destination != Destination::Here);
        if found.is_none() && !book.complete {
            return;
        }
        let (cluster, claim, moved) =
            (asked.cluster, claim.clone(), self.object_on_screen().as_ref() != Some(asked));
        let Some(climb) = self.climb.take().filter(|_| !moved) else { return };
        let (sentence, mut caution) = (climb.sentence(&claim), climb.caution());
        if elsewhere {
            let more =
                "which delivers to another cluster: this is only called like an object of it";
            let both = [more, caution.as_str()].into_iter().filter(|text| !text.is_empty());
            caution = both.collect::<Vec<_>>().join("; ");
        }
        let mut line = sentence;
        if found.is_none() {
            line.push_str(match claim.app.engine {
                EngineId::Kubectl
                | EngineId::ApplySet
                | EngineId::K3s
                | EngineId::Pulumi
                | EngineId::Terraform
                | EngineId::Operator => {
                    "; no workload belongs to it, so it is not in the list of apps"
                }
                _ => "; there is no such app here",
            });
        }
        let tone = if caution.is_empty() { Tone::Plain } else { Tone::Warn };
        if !caution.is_empty() {
            line = format!("{line}; {caution}");
        }
        if let Some(id) = found {
            self.push(Pane::View(Box::new(AppPane::new(cluster, id))));
        }
        self.say(tone, line);
    }
}
