//! Resume: whatever was suspended or pinned goes on as it was before, and is reconciled at once.

use super::{around, request, revision};
use crate::apps::{App, Estate};
use crate::kinds::app_facet::flux as at;
use crate::model::{EngineId, Fault, FaultKind, ObjRef, Plan, PlanId, PlanRequest, Read, Text};
use crate::verbs::{Draft, get, parsed};
use serde_json::{Value as Json, json};

/// One object that is put back as it was.
#[derive(Debug)]
struct Part {
    object: ObjRef,
    version: u64,
    source: bool,
    /// It is read first: a pin is undone from what the object itself says.
    pinned: bool,
    read: Option<Result<Json, Fault>>,
}

/// A resumption in the making.
#[derive(Debug)]
pub(super) struct Resume {
    targets: Vec<ObjRef>,
    engine: EngineId,
    now: i64,
    /// The source, where that is off as well, and the app.
    parts: Vec<Part>,
    notes: Vec<String>,
    warnings: Vec<String>,
}

impl Resume {
    /// Resumes an app and what it is made from, at `now` (Unix seconds). None where its object is not
    /// known.
    pub(super) fn new(app: &App, estate: &Estate, now: i64) -> Option<Self> {
        let object = around::object(&app.id, estate)?;
        let told = around::told(&app.id, estate)?;
        let mut parts = Vec::new();
        let (mut notes, mut warnings) = (Vec::new(), Vec::new());
        for origin in around::origins(told, estate) {
            let Some(source) = origin.told else { continue };
            let pinned = !source.text(at::PINNED).is_empty();
            if !pinned && !source.is(at::SUSPENDED) {
                continue;
            }
            let others = around::others(origin.name, &app.id, estate);
            if !others.is_empty() {
                let who = around::listed(&others);
                warnings.push(format!("{} goes on for {who} too", origin.name.title()));
            }
            let version = source.0.version;
            let object = origin.object;
            parts.push(Part { object, version, source: true, pinned, read: None });
        }
        if app.revision.contains('→') {
            notes.push(format!("applies {}", app.revision));
        } else {
            let applied = revision::or_source(told.text(at::REVISION));
            notes
                .push(format!("applies {applied} once more: what was changed by hand is put back"));
        }
        if told.is(at::PRUNES) && app.id.engine != EngineId::HelmRelease {
            notes.push("deletes what its source has no more (prune)".into());
        }
        if app.id.engine == EngineId::HelmRelease && told.is(at::SUSPENDED) {
            let text =
                "a release that Helm rolled back meanwhile is upgraded to what the spec says";
            notes.push(text.into());
        }
        parts.push(Part {
            object: object.clone(),
            version: told.0.version,
            source: false,
            pinned: !told.text(at::PINNED).is_empty(),
            read: None,
        });
        Some(Self { targets: vec![object], engine: app.id.engine, now, parts, notes, warnings })
    }

    fn request(&self, part: &Part, token: &str) -> Result<PlanRequest, Fault> {
        let mut body = json!({"metadata": {"annotations": {
            at::SUSPENDED_ANNOTATION: null,
            at::REASON_ANNOTATION: null,
            at::OPERATOR_SUSPENDED_BY: null,
        }}});
        match (part.source, self.engine) {
            (false, EngineId::ResourceSet) => {
                body["metadata"]["annotations"][at::OPERATOR_RECONCILE] = "enabled".into();
            }
            _ => body["spec"]["suspend"] = Json::Null,
        }
        if part.pinned {
            let object = match &part.read {
                Some(Ok(object)) => object,
                Some(Err(fault)) => return Err(fault.clone()),
                None => {
                    let why = "it has not been read yet";
                    return Err(Fault::new(FaultKind::Other, self.title(), why));
                }
            };
            body["metadata"]["resourceVersion"] = object["metadata"]["resourceVersion"].clone();
            if let Some(before) = object["metadata"]["annotations"][at::PINNED_ANNOTATION].as_str()
            {
                body["metadata"]["annotations"][at::PINNED_ANNOTATION] = Json::Null;
                let before: Json = serde_json::from_str(before).map_err(|_| {
                    let why =
                        format!("{} cannot be read on {}", at::PINNED_ANNOTATION, part.object);
                    Fault::new(FaultKind::Invalid, self.title(), why).hint(
                        "set spec.ref or the chart's version by hand and remove the annotation",
                    )
                })?;
                if part.source {
                    body["spec"]["ref"] = put_back(&object["spec"]["ref"], before);
                } else {
                    body["spec"]["chart"]["spec"]["version"] = before;
                }
            }
        }
        Ok(request::ask(&part.object, token, body))
    }
}

/// The merge patch that turns `now` into `before`: what has come since goes.
fn put_back(now: &Json, before: Json) -> Json {
    let Json::Object(mut patch) = before else { return Json::Null };
    for key in now.as_object().into_iter().flat_map(|map| map.keys()) {
        patch.entry(key.clone()).or_insert(Json::Null);
    }
    Json::Object(patch)
}

impl Draft for Resume {
    fn title(&self) -> String {
        crate::verbs::titled("Resume", &self.targets)
    }

    fn button(&self) -> String {
        "Resume".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn reads(&self) -> Vec<Read> {
        self.parts.iter().filter(|part| part.pinned).map(|part| get(&part.object)).collect()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        let mut read = self.parts.iter_mut().filter(|part| part.pinned);
        if let Some(part) = read.nth(number) {
            part.read = Some(answer.map(parsed).map_err(Clone::clone));
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = crate::verbs::single(&self.targets, "resume")?;
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for (stage, part) in (0u8..).zip(&self.parts) {
            let token = request::token(self.now, id, &part.object, part.version);
            plan = plan.request(self.request(part, &token)?.at_stage(stage));
            if part.pinned {
                plan = plan.note(format!("{} follows what it followed before", part.object));
            } else if part.source {
                plan = plan.note(format!("{} goes on first", part.object));
            }
        }
        plan = self.notes.iter().fold(plan, |plan, note| plan.note(note.as_str()));
        Ok(self.warnings.iter().fold(plan, |plan, text| plan.warn(text.as_str())))
    }
}
