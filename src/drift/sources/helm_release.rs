//! A release of Flux: compared as helm-controller compares it, also where it is not told to.

use super::helm::{desired, wanted};
use super::ignore::Ignores;
use super::{Attempt, Expected, Ground, Source};
use crate::apps::helm::release::Release;
use crate::apps::{App, Auto};
use crate::drift::found::{Change, Desired, Fate, ObjectDrift, State, Writer};
use crate::drift::judge::{Bench, Live, settle};
use crate::drift::path::Path;
use crate::drift::rehearsal;
use crate::kinds::app_facet::helm::record;
use crate::model::{Catalogue, Fault, FaultKind, Gvr, Read, Text};
use crate::text::sanitise;
use serde_json::Value;

/// helm-controller's field manager.
const MANAGER: &str = "helm-controller";

/// Label or annotation of objects that it does not compare, when it says `disabled`.
const EXCLUDED: &str = "helm.toolkit.fluxcd.io/driftDetection";

/// A release that a HelmRelease stands for.
#[derive(Debug)]
pub(super) struct HelmRelease {
    app: App,
    /// The HelmRelease.
    object: Result<Value, Fault>,
    ignores: Ignores,
    /// Its record; None before it was read.
    release: Option<Result<Release, Fault>>,
    objects: Result<Vec<Expected>, Fault>,
}

impl HelmRelease {
    /// Of an app.
    pub fn of_app(ground: Ground) -> Self {
        let gone =
            || Fault::new(FaultKind::NotFound, format!("read {}", ground.app.id), "it is gone");
        let object = ground.answers.into_iter().next().unwrap_or_else(|| Err(gone()));
        let rules = object.as_ref().map(|object| &object["spec"]["driftDetection"]["ignore"]);
        Self {
            ignores: rules.map(Ignores::of).unwrap_or_default(),
            app: ground.app,
            object,
            release: None,
            objects: Ok(Vec::new()),
        }
    }

    fn at(&self, pointer: &str) -> &str {
        let found = self.object.as_ref().ok().and_then(|object| object.pointer(pointer));
        found.and_then(Value::as_str).unwrap_or_default()
    }

    /// Where the record is of what was deployed last.
    fn record(&self) -> Result<Read, Fault> {
        let object = self.object.as_ref().map_err(Clone::clone)?;
        let history = object["status"]["history"].as_array().map(Vec::as_slice).unwrap_or_default();
        let deployed = history.iter().find(|one| one["status"] == "deployed");
        let told = deployed.or(history.first()).and_then(|one| {
            let version = one["version"].as_u64().and_then(|n| u32::try_from(n).ok())?;
            Some((one["name"].as_str()?, version))
        });
        let Some((name, version)) = told else {
            let what = format!("read what {} deployed", self.app.id);
            return Err(Fault::new(FaultKind::NotFound, what, "no release was made yet"));
        };
        let storage = match self.at("/status/storageNamespace") {
            "" => self.app.id.namespace.as_str(),
            storage => storage,
        };
        let name = record(name, version);
        Ok(Read {
            what: format!("get Secret/{name} in {storage}"),
            path: Gvr::new("", "v1", "secrets").object_path(storage, &name),
        })
    }

    /// What becomes of a difference.
    fn fate(&self) -> Fate {
        let enabled = self.at("/spec/driftDetection/mode") == "enabled";
        if self.app.auto == Auto::Paused {
            Fate::Stays("it stays until the HelmRelease is resumed".into())
        } else if enabled {
            Fate::UndoneSoon("helm-controller undoes it".into())
        } else {
            Fate::UndoneNext("the next upgrade undoes it".into())
        }
    }

    /// What the controller itself says of an object, in the message of its condition: a line for each
    /// that drifted.
    fn told(&self, expected: &Expected) -> Option<Text> {
        let conditions = self.object.as_ref().ok()?["status"]["conditions"].as_array()?;
        let drifted = conditions.iter().find(|one| one["type"] == "Drifted")?;
        if drifted["status"] != "True" {
            return None;
        }
        let id = &expected.id;
        let name = match id.namespace.as_str() {
            "" => format!("{}/{} ", id.kind, id.name),
            namespace => format!("{}/{namespace}/{} ", id.kind, id.name),
        };
        let mut lines = drifted["message"].as_str()?.lines();
        let said = lines.find_map(|line| line.trim().strip_prefix(&name))?;
        Some(format!("helm-controller says: {}", sanitise::clean(said)).into())
    }

    /// Why it is not compared at all.
    fn left_out(&self, manifest: &Value, live: Live<'_>) -> Option<Text> {
        let off = |object: &Value| {
            let says = |map: &str| {
                let value = object["metadata"][map].get(EXCLUDED).and_then(Value::as_str);
                value.is_some_and(|value| value.eq_ignore_ascii_case("disabled"))
            };
            says("labels") || says("annotations")
        };
        if off(manifest) || matches!(live, Live::There(live) if off(live)) {
            return Some(format!("{EXCLUDED}: disabled on it").into());
        }
        let rule = self.ignores.whole(manifest)?;
        Some(format!("ignored by driftDetection.ignore {rule}").into())
    }
}

impl Source for HelmRelease {
    fn desired(&self) -> Desired {
        match &self.release {
            Some(Ok(release)) => desired(release, None),
            _ => Desired { what: "release".into(), at: 0, revision: Text::new() },
        }
    }

    fn reads(&mut self, catalogue: &Catalogue) -> Vec<Read> {
        self.objects = match &self.release {
            Some(Ok(release)) => wanted(release, catalogue),
            Some(Err(fault)) => Err(fault.clone()),
            None => match self.record() {
                Ok(read) => return vec![read],
                Err(fault) => Err(fault),
            },
        };
        Vec::new()
    }

    fn take(&mut self, answers: Vec<Result<Value, Fault>>) {
        let answer = answers.into_iter().next();
        self.release = answer.map(|answer| Release::of(&answer?));
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        self.objects.clone()
    }

    fn attempt(&self, expected: &Expected, live: Live<'_>) -> Option<Attempt> {
        let manifest = expected.manifest()?.ok()?;
        if self.left_out(manifest, live).is_some() {
            return None;
        }
        rehearsal::attempt(manifest, live, MANAGER)
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        let manifest = match expected.manifest() {
            Some(Ok(manifest)) => manifest,
            Some(Err(fault)) => {
                return ObjectDrift::new(expected.id.clone(), State::Unknown(fault.clone()));
            }
            None => &Value::Null,
        };
        if let Some(why) = self.left_out(manifest, live) {
            let mut found = match live {
                Live::There(live) => crate::drift::judge::seen(&expected.id, live),
                _ => ObjectDrift::new(expected.id.clone(), State::Pending),
            };
            found.state = State::Incomparable(why);
            return found;
        }
        let fate = |_: &Change, _: Option<&Writer>| self.fate();
        let mut found = rehearsal::applied(&expected.id, manifest, live, tried, &fate, bench);
        let mut sides = vec![tried.and_then(Result::ok).unwrap_or(manifest)];
        if let Live::There(live) = live {
            sides.push(live);
        }
        for field in &mut found.fields {
            let path = &field.change.path;
            let beside = |map: &str| path.is_in(&Path::of(&["metadata", map]));
            if let Some(rule) = self.ignores.rule(manifest, path, &sides) {
                let why = Text::from(format!("ignored by driftDetection.ignore {rule}"));
                field.noise = Some(why.clone());
                field.fate = Fate::Stays(why);
            } else if field.change.desired.is_none() && (beside("labels") || beside("annotations"))
            {
                let why = "helm-controller does not count labels and annotations that others add";
                field.noise.get_or_insert(why.into());
            }
        }
        settle(&mut found);
        if let Some(said) = self.told(expected) {
            found.note = match found.note.is_empty() {
                true => said,
                false => format!("{}; {said}", found.note).into(),
            };
        }
        found
    }
}
