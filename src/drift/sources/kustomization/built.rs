//! What the artifact of a Kustomization was built to, held against the cluster: what the next reconcile changes.

use super::super::sheet::Sheet;
use super::super::{Expected, Own};
use super::{Kustomization, OptOut};
use crate::drift::audit::audited;
use crate::drift::found::{Change, Confidence, Fate, ObjectDrift, State, Writer};
use crate::drift::judge::{Bench, Live, seen, settle};
use crate::drift::manifest;
use crate::drift::rehearsal;
use crate::drift::writers::Writers;
use crate::model::{Catalogue, Fault, Text};
use crate::relations::ObjectId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What `flux build` puts in place of what only the controller can decrypt, base64.
const SOPS: &str = "KipTT1BTKio=";

/// What was built.
#[derive(Debug)]
pub(super) struct Built {
    /// The artifact it was built from.
    pub revision: Text,
    /// Its objects.
    ids: BTreeSet<ObjectId>,
}

impl Kustomization {
    /// Takes apart what was built. Where that cannot be done, it is compared as without.
    pub(super) fn read_built(&mut self, catalogue: &Catalogue) {
        let Own::Read(text) = &self.own else { return };
        match self.objects_of(text, catalogue) {
            Ok((revision, objects)) => {
                let ids: BTreeSet<ObjectId> = objects.iter().map(|one| one.id.clone()).collect();
                let left = std::mem::take(&mut self.objects);
                let left = left.into_iter().filter(|one| !ids.contains(&one.id));
                self.objects = objects.into_iter().chain(left).collect();
                self.built = Some(Built { revision, ids });
            }
            Err(why) => self.own = Own::Unread(why.into()),
        }
    }

    fn objects_of(
        &self,
        text: &str,
        catalogue: &Catalogue,
    ) -> Result<(Text, Vec<Expected>), String> {
        let (first, text) = text.split_once('\n').unwrap_or((text, ""));
        let revision = first.trim_start_matches("# ");
        let source = self.source.as_ref().map(|source| &source["status"]["artifact"]["revision"]);
        if source.and_then(Value::as_str) != Some(revision) {
            return Err("its source has another artifact by now: ask for it again".to_owned());
        }
        let (manifests, faults) = manifest::read("", text);
        let told =
            |fault: &Fault| format!("what was built cannot be read: {}: {}", fault.what, fault.why);
        if let Some(fault) = faults.first() {
            return Err(told(fault));
        }
        let manifests = manifest::settle(manifests, catalogue, "default", false);
        let manifests = manifests.map_err(|fault| told(&fault))?;
        let expected = |one: manifest::Manifest| {
            let mut object = one.object;
            if !object["metadata"]["labels"].is_object() {
                object["metadata"]["labels"] = json!({});
            }
            // What the controller knows its objects by.
            let own = [("name", &self.app.id.name), ("namespace", &self.app.id.namespace)];
            for (label, value) in own {
                let key = format!("{}/{label}", self.controller.prefix);
                object["metadata"]["labels"][key] = value.as_str().into();
            }
            if one.id.is_secret() {
                encode(&mut object);
            }
            Expected { id: one.id, manifest: Some(Sheet::whole(object)), told: None }
        };
        Ok((revision.into(), manifests.into_iter().map(expected).collect()))
    }

    /// What to rehearse for an object that was built.
    pub(super) fn attempt_built(&self, manifest: &Value, live: Live<'_>) -> Option<super::Attempt> {
        let there = live.there().ok()?;
        let left = self.how_opted_out(manifest, there).is_some_and(|(_, how)| how == OptOut::Left);
        if left || is_encrypted(manifest) {
            return None;
        }
        rehearsal::attempt(manifest, live, self.controller.manager)
    }

    fn how_opted_out(&self, manifest: &Value, live: &Value) -> Option<(Text, OptOut)> {
        self.opted_out(live).or_else(|| self.opted_out(manifest))
    }

    /// Why an object of the inventory that was not built is there still.
    pub(super) fn judge_pruned(&self, id: &ObjectId, live: &Value) -> Option<ObjectDrift> {
        let built = self.built.as_ref()?;
        if built.ids.contains(id) {
            return None;
        }
        let mut found = seen(id, live);
        if found.state == State::Same {
            let prunes = self.object.as_ref().is_ok_and(|object| object["spec"]["prune"] == true)
                && !self.told(live, "prune").eq_ignore_ascii_case("disabled");
            let kind = self.controller.kind;
            found.state = State::Extra;
            found.note = match (prunes, self.app.auto == crate::apps::Auto::Paused) {
                (false, _) => "the source has it no more, and it is not pruned: it stays".into(),
                (true, false) => "the source has it no more: the next reconcile prunes it".into(),
                (true, true) => {
                    format!("the source has it no more: it goes once the {kind} is resumed").into()
                }
            };
        }
        found.confidence = Confidence::Exact;
        Some(found)
    }

    /// An object that was built, beside what is there.
    pub(super) fn judge_built(
        &self,
        id: &ObjectId,
        manifest: &Value,
        live: Live<'_>,
        tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        let paused = self.app.auto == crate::apps::Auto::Paused;
        let kind = self.controller.kind;
        let mut opted = None;
        if let Live::There(live) = live {
            opted = self.how_opted_out(manifest, live);
            let why = match &opted {
                Some((why, OptOut::Left)) => Some(why.clone()),
                _ if is_encrypted(manifest) => {
                    Some("it is encrypted in the source: only the controller can read it".into())
                }
                _ => None,
            };
            if let Some(why) = why {
                let mut found = seen(id, live);
                if found.state == State::Same {
                    found.state = State::Incomparable(why);
                }
                return found;
            }
        }
        let fate = |change: &Change, _: Option<&Writer>| match (paused, &change.desired) {
            (true, _) => Fate::Stays(format!("it stays until the {kind} is resumed").into()),
            (false, Some(_)) => Fate::UndoneSoon("the next reconcile sets it".into()),
            (false, None) => Fate::UndoneSoon("the next reconcile takes it away".into()),
        };
        let mut found = rehearsal::applied(id, manifest, live, tried, &fate, bench);
        let Live::There(live) = live else {
            if found.state == State::Missing {
                found.note = match paused {
                    true => format!("it is made once the {kind} is resumed").into(),
                    false => "the next reconcile makes it".into(),
                };
            }
            return found;
        };
        // What kubectl wrote is taken over before the apply, so that the source's silence removes it: a
        // rehearsal of the apply alone does not show that.
        let merged = matches!(opted, Some((_, OptOut::Merged)));
        let owner = |writer: &Writer| writer.apply && writer.manager == self.controller.manager;
        let audit = audited(id, live, &owner, &fate, bench).filter(|_| !merged);
        let writers = Writers::of(live);
        for field in audit.into_iter().flat_map(|audit| audit.fields) {
            let path = &field.change.path;
            let theirs = |writer: &Writer| !self.takes(writer) && !owner(writer);
            let goes = field.writer.as_ref().is_some_and(|writer| self.takes(writer))
                && path.get(manifest).is_none()
                && !writers.is_owned(path, theirs);
            let told = found.fields.iter().any(|other| path.is_in(&other.change.path));
            if goes && !told {
                found.fields.push(field);
            }
        }
        for field in &mut found.fields {
            if let Some(rule) = self.ignores.rule(live, &field.change.path, &[live]) {
                let why = Text::from(format!("ignored by ignore {rule}"));
                field.noise = Some(why.clone());
                field.fate = Fate::Stays(why);
            }
        }
        if found.live.is_none() && !found.fields.is_empty() {
            found.live = Some(crate::drift::judge::shown(live, id.is_secret()));
            found.desired = found.live.clone();
        }
        settle(&mut found);
        if let Some((told, _)) = opted {
            found.note = told;
        }
        found
    }
}

/// Texts of a Secret become its data, as the controller applies them.
fn encode(secret: &mut Value) {
    let Some(map) = secret.as_object_mut() else { return };
    let Some(Value::Object(texts)) = map.shift_remove("stringData") else { return };
    let data = map.entry("data").or_insert_with(|| json!({}));
    for (key, text) in texts {
        if let Some(text) = text.as_str() {
            data[key.as_str()] = STANDARD.encode(text).into();
        }
    }
}

/// Only the controller has the key.
fn is_encrypted(manifest: &Value) -> bool {
    let masked =
        |map: &Value| map.as_object().is_some_and(|map| map.values().any(|one| *one == SOPS));
    manifest.get("sops").is_some() || masked(&manifest["data"])
}
