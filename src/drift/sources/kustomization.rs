//! What Flux delivers from an artifact: its manifests are not on the cluster. What there is to see is
//! its inventory, and who wrote what beside the controller.

mod built;

use super::ignore::Ignores;
use super::{Attempt, Expected, Ground, Own, Source};
use crate::apps::{App, Auto};
use crate::drift::audit::audited;
use crate::drift::found::{Change, Confidence, Desired, Fate, ObjectDrift, State, Writer};
use crate::drift::judge::{Bench, Live, seen, settle};
use crate::model::{Catalogue, EngineId, Fault, FaultKind, Read, Text};
use crate::relations::ObjectId;
use crate::text::percent;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Lists of what carries the app's labels, at most.
const LISTS: usize = 40;

/// How a controller of Flux marks and writes what it applies.
#[derive(Debug)]
struct Controller {
    /// Its field manager.
    manager: &'static str,
    /// What its labels begin with, and the labels and annotations that tell it what to do.
    prefix: &'static str,
    /// It takes over what kubectl wrote, so that what the source does not have goes.
    strips: bool,
    /// What its apps are called.
    kind: &'static str,
}

const KUSTOMIZE: Controller = Controller {
    manager: "kustomize-controller",
    prefix: "kustomize.toolkit.fluxcd.io",
    strips: true,
    kind: "Kustomization",
};

const OPERATOR: Controller = Controller {
    manager: "flux-operator",
    prefix: "resourceset.fluxcd.controlplane.io",
    strips: false,
    kind: "ResourceSet",
};

/// A Kustomization, or a ResourceSet of the operator.
#[derive(Debug)]
pub(super) struct Kustomization {
    app: App,
    controller: &'static Controller,
    object: Result<Value, Fault>,
    /// The source's object, where it was read.
    source: Option<Value>,
    objects: Vec<Expected>,
    /// What carries the labels of the app and is not in its inventory.
    orphans: BTreeSet<ObjectId>,
    ignores: Ignores,
    /// What it applies next, where somebody asked for that.
    own: Own,
    built: Option<built::Built>,
    /// What these lists had of the inventory.
    kept: HashMap<ObjectId, String>,
    /// Group, kind and namespace of each list that was asked for; None before.
    listed: Option<Vec<(Text, Text, Text)>>,
}

impl Kustomization {
    /// Of an app.
    pub fn of_app(ground: Ground) -> Self {
        let gone =
            || Fault::new(FaultKind::NotFound, format!("read {}", ground.app.id), "it is gone");
        let mut answers = ground.answers.into_iter();
        let object = answers.next().unwrap_or_else(|| Err(gone()));
        let of = |told: crate::apps::page::Delivered| Expected {
            id: told.id.clone(),
            manifest: None,
            told: Some(told),
        };
        let rules = object.as_ref().map(|object| &object["spec"]["ignore"]);
        Self {
            controller: match ground.app.id.engine {
                EngineId::ResourceSet => &OPERATOR,
                _ => &KUSTOMIZE,
            },
            ignores: rules.map(Ignores::of).unwrap_or_default(),
            app: ground.app,
            own: ground.own,
            built: None,
            object,
            source: answers.next().and_then(Result::ok),
            objects: ground.delivered.into_iter().map(of).collect(),
            orphans: BTreeSet::new(),
            kept: HashMap::new(),
            listed: None,
        }
    }

    /// A list of what carries the app's labels for each kind and namespace of its inventory.
    fn lists(&mut self, catalogue: &Catalogue) -> Vec<Read> {
        let (name, namespace) = (&self.app.id.name, &self.app.id.namespace);
        let prefix = self.controller.prefix;
        let selector =
            percent::encode(&format!("{prefix}/name={name},{prefix}/namespace={namespace}"));
        let mut listed: Vec<(Text, Text, Text)> = Vec::new();
        let mut reads = Vec::new();
        for Expected { id, .. } in &self.objects {
            let place = (id.group.clone(), id.kind.clone(), id.namespace.clone());
            let found = catalogue.by_kind(&id.group, &id.kind);
            let Some(resource) = found.filter(|one| one.gvr.group == id.group) else { continue };
            if listed.contains(&place) || listed.len() >= LISTS {
                continue;
            }
            let within = resource.namespaced.then_some(id.namespace.as_str());
            let path = resource.gvr.collection_path(within);
            reads.push(Read {
                what: format!("list {}", resource.gvr.plural),
                path: format!("{path}?labelSelector={selector}&limit=500"),
            });
            listed.push(place);
        }
        self.listed = Some(listed);
        reads
    }

    /// What the labels or annotations of an object tell the controller.
    fn told<'v>(&self, object: &'v Value, what: &str) -> &'v str {
        let key = format!("{}/{what}", self.controller.prefix);
        let says = |map: &str| object["metadata"][map].get(&key).and_then(Value::as_str);
        says("labels").or_else(|| says("annotations")).unwrap_or_default()
    }

    /// What is told of an object that is not treated like all others, and what it means for whatever
    /// was written beside the controller; None where it is.
    fn opted_out(&self, live: &Value) -> Option<(Text, OptOut)> {
        let is = |what: &str, word: &str| self.told(live, what).eq_ignore_ascii_case(word);
        let prefix = self.controller.prefix;
        let told = |what: &str, means: &str| Text::from(format!("{prefix}/{what}: {means}"));
        if is("reconcile", "disabled") {
            Some((told("reconcile: disabled", "it is left alone"), OptOut::Left))
        } else if is("ssa", "Ignore") {
            Some((told("ssa: Ignore", "it is left alone"), OptOut::Left))
        } else if is("ssa", "IfNotPresent") {
            Some((told("ssa: IfNotPresent", "it is made once and left alone then"), OptOut::Left))
        } else if is("ssa", "Merge") {
            Some((told("ssa: Merge", "what others add stays"), OptOut::Merged))
        } else {
            None
        }
    }

    fn fate(&self, writer: Option<&Writer>, opted: Option<OptOut>) -> Fate {
        let kind = self.controller.kind;
        if self.app.auto == Auto::Paused {
            return Fate::Stays(format!("it stays until the {kind} is resumed").into());
        }
        match opted {
            Some(OptOut::Left) => Fate::Stays("nobody undoes it: the object opted out".into()),
            None if self.controller.strips && writer.is_some_and(|writer| self.takes(writer)) => {
                Fate::UndoneSoon("the next reconcile undoes it".into())
            }
            _ => Fate::Stays("it stays, unless the source has this field".into()),
        }
    }

    /// Whose fields it takes over before it applies, so that those go which its source does not have.
    fn takes(&self, writer: &Writer) -> bool {
        writer.subresource.is_empty()
            && (writer.manager.starts_with("kubectl")
                || (!writer.apply && writer.manager.starts_with("before-first-apply"))
                || (!writer.apply && writer.manager.starts_with(self.controller.manager)))
    }

    /// What the app should have applied and did not yet.
    fn moved_on(&self) -> Option<String> {
        let object = self.object.as_ref().ok()?;
        let coming = self.source.as_ref()?["status"]["artifact"]["revision"].as_str()?;
        let applied = object["status"]["lastAppliedRevision"].as_str()?;
        (coming != applied).then(|| format!("the source has {coming} already"))
    }
}

/// How an object that opted out is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OptOut {
    /// Not touched any more.
    Left,
    /// Applied, but others keep what they added.
    Merged,
}

impl Source for Kustomization {
    fn desired(&self) -> Desired {
        if let Some(built) = &self.built {
            let source = self.source.as_ref();
            let at = source.and_then(|one| one["status"]["artifact"]["lastUpdateTime"].as_str());
            return Desired {
                what: "what the next reconcile applies".into(),
                at: at.and_then(crate::kinds::build::timestamp).unwrap_or(0),
                revision: built.revision.clone(),
            };
        }
        let object = self.object.as_ref().ok();
        let text = |pointer: &str| {
            object.and_then(|object| object.pointer(pointer)?.as_str()).unwrap_or_default()
        };
        let mut what = "not on the cluster: inventory and writers".to_owned();
        if let Some(moved) = self.moved_on() {
            what = format!("{what}; {}", crate::text::sanitise::clean(&moved));
        }
        Desired {
            what: what.into(),
            at: crate::kinds::build::timestamp(text("/status/history/0/lastReconciled"))
                .unwrap_or(0),
            revision: self.app.revision.clone(),
        }
    }

    fn reads(&mut self, catalogue: &Catalogue) -> Vec<Read> {
        match &self.listed {
            None => {
                self.read_built(catalogue);
                self.lists(catalogue)
            }
            Some(_) => Vec::new(),
        }
    }

    fn take(&mut self, answers: Vec<Result<Value, Fault>>) {
        let listed = self.listed.take().unwrap_or_default();
        let known: BTreeSet<ObjectId> = self.objects.iter().map(|one| one.id.clone()).collect();
        // Where it may not list, there is nothing to find.
        for ((group, kind, namespace), list) in
            listed.iter().zip(answers).filter_map(|(place, list)| Some((place.clone(), list.ok()?)))
        {
            for item in list["items"].as_array().into_iter().flatten() {
                let owned = item["metadata"]["ownerReferences"]
                    .as_array()
                    .is_some_and(|all| !all.is_empty());
                let name = item["metadata"]["name"].as_str().unwrap_or_default();
                let id = ObjectId {
                    group: group.clone(),
                    kind: kind.clone(),
                    namespace: namespace.clone(),
                    name: name.into(),
                };
                if known.contains(&id) {
                    let mut item = item.clone();
                    item["apiVersion"] = list["apiVersion"].clone();
                    item["kind"] = kind.as_str().into();
                    self.kept.insert(id, item.to_string());
                } else if !owned && !name.is_empty() {
                    self.orphans.insert(id);
                }
            }
        }
        let orphan = |id: &ObjectId| Expected { id: id.clone(), manifest: None, told: None };
        self.objects.extend(self.orphans.iter().map(orphan));
        self.listed = Some(listed);
    }

    fn kept(&mut self, id: &ObjectId) -> Option<String> {
        self.kept.remove(id)
    }

    fn shortfall(&self) -> Text {
        match &self.own {
            Own::Unread(why) => why.clone(),
            Own::Unasked | Own::Read(_) => Text::new(),
        }
    }

    fn attempt(&self, expected: &Expected, live: Live<'_>) -> Option<Attempt> {
        self.attempt_built(expected.manifest()?.ok()?, live)
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        self.object.as_ref().map_err(Clone::clone)?;
        Ok(self.objects.clone())
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        let id = &expected.id;
        if let Some(Ok(manifest)) = expected.manifest() {
            return self.judge_built(id, manifest, live, tried, bench);
        }
        let live = match live.there() {
            Ok(live) => live,
            // What the source does not have, and is not there, is as it should be.
            Err(State::Missing) if self.built.is_some() => {
                let mut found = ObjectDrift::new(id.clone(), State::Same);
                found.note = "it is gone, and the source has it no more".into();
                return found;
            }
            Err(state) => return ObjectDrift::new(id.clone(), state),
        };
        let kind = self.controller.kind;
        if !self.orphans.contains(id)
            && let Some(found) = self.judge_pruned(id, live)
        {
            return found;
        }
        if self.orphans.contains(id) {
            let mut found = seen(id, live);
            if found.state == State::Same {
                found.state = State::Extra;
                found.note =
                    format!("it has the labels of this {kind} and is not in its inventory: nothing prunes it")
                        .into();
            }
            found.confidence = Confidence::Ownership;
            return found;
        }
        let opted = self.opted_out(live);
        let owner = |writer: &Writer| writer.apply && writer.manager == self.controller.manager;
        let fate = |_: &Change, writer: Option<&Writer>| {
            self.fate(writer, opted.as_ref().map(|(_, how)| *how))
        };
        let Some(mut found) = audited(id, live, &owner, &fate, bench) else {
            let mut found = seen(id, live);
            if found.state == State::Same {
                let why = match &opted {
                    Some((told, _)) => told.clone(),
                    None => {
                        format!("{} wrote nothing that is there", self.controller.manager).into()
                    }
                };
                found.state = State::Incomparable(why);
            }
            return found;
        };
        for field in &mut found.fields {
            if let Some(rule) = self.ignores.rule(live, &field.change.path, &[live]) {
                let why = Text::from(format!("ignored by ignore {rule}"));
                field.noise = Some(why.clone());
                field.fate = Fate::Stays(why);
            }
        }
        settle(&mut found);
        if let Some((told, _)) = opted {
            found.note = told;
        }
        found
    }
}

#[cfg(test)]
#[path = "kustomization_tests.rs"]
mod tests;
