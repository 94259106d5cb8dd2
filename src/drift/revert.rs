//! Brings fields of one object back to what was deployed, by hand: for objects that nobody syncs, and
//! fields that a sync leaves alone.

use super::found::{Fate, Field, ObjectDrift, State};
use super::patch::{Merge, Patch, Toward, patch};
use crate::model::{Fault, FaultKind, Method, ObjRef, Plan, PlanId, PlanRequest, Text};
use crate::text::sanitise::clean;
use crate::verbs::{Draft, rollout_of};
use serde_json::Value;

/// Fields that are told one by one.
const TOLD: usize = 8;
/// Characters of a value that are told.
const VALUE: usize = 60;

/// Fields of an object on their way back.
#[derive(Clone, Debug)]
pub struct Revert {
    targets: Vec<ObjRef>,
    one: ObjectDrift,
    fields: Vec<Field>,
}

impl Revert {
    /// Of these fields; of the whole object, where it is missing, with none.
    pub fn new(target: ObjRef, one: ObjectDrift, fields: Vec<Field>) -> Self {
        Self { targets: vec![target], one, fields }
    }

    fn what(&self) -> String {
        match self.fields.as_slice() {
            [] => self.one.id.to_string(),
            [one] => format!("{} of {}", one.change.path, self.one.id),
            several => format!("{} fields of {}", several.len(), self.one.id),
        }
    }

    fn notes(&self, mut plan: Plan, patch: &Patch) -> Plan {
        for field in self.fields.iter().take(TOLD) {
            let change = &field.change;
            let (live, desired) = (shown(change.live.as_ref()), shown(change.desired.as_ref()));
            plan = plan.note(clean(&format!("{}: {live} → {desired}", change.path)));
        }
        if let more @ 1.. = self.fields.len().saturating_sub(TOLD) {
            plan = plan.note(format!("and {more} more"));
        }
        let mut before: Vec<&str> = Vec::new();
        for writer in self.fields.iter().filter_map(|field| field.writer.as_ref()) {
            if !before.contains(&writer.manager.as_str()) {
                before.push(&writer.manager);
            }
        }
        let was = match before.as_slice() {
            [] => String::new(),
            names => format!(" (before: {})", names.join(", ")),
        };
        let owns = match patch.merge {
            Merge::Apply => "owns them, by server-side apply",
            Merge::Strategic | Merge::Json => "is named as their last writer",
        };
        plan = plan.note(clean(&format!("afterwards wheelhouse {owns}{was}")));
        for field in &self.fields {
            // Whoever keeps writing it undoes this.
            if let Fate::Stays(words) = &field.fate
                && field.noise.is_some()
            {
                plan = plan.warn(clean(&format!("{}: {words}", field.change.path)));
            }
        }
        match self.fields.as_slice() {
            [] => plan.note("to undo this: delete the object"),
            _ => plan.note("to undo this: the same fields with the values of now"),
        }
    }
}

/// A value as a note tells it.
fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl Draft for Revert {
    fn title(&self) -> String {
        match self.one.state {
            State::Missing => format!("Create {} as it was deployed", self.one.id),
            _ => format!("Revert {}", self.what()),
        }
    }

    fn button(&self) -> String {
        match self.one.state {
            State::Missing => "Create".into(),
            _ => "Revert".into(),
        }
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let Some(target) = self.targets.first() else {
            return Err(Fault::new(FaultKind::Input, "revert", "nothing is selected"));
        };
        let fields: Vec<&Field> = self.fields.iter().collect();
        let mut patch = patch(&self.one, &fields, Toward::Deployed)?;
        let removes = self.fields.iter().any(|field| field.change.desired.is_none());
        // What is only set is applied, so that it has an owner; a removal has none.
        if !removes {
            patch.merge = Merge::Apply;
        }
        // Never another object of the same name.
        if !self.one.uid.is_empty() {
            patch.body["metadata"]["uid"] = self.one.uid.as_str().into();
        }
        let own = target.gvr.object_path(&target.namespace, &target.name);
        let (path, content) = match patch.merge {
            Merge::Apply => (
                Some(format!("{own}?fieldManager=wheelhouse&force=true")),
                "application/apply-patch+yaml",
            ),
            Merge::Strategic => (None, "application/strategic-merge-patch+json"),
            Merge::Json => (None, "application/merge-patch+json"),
        };
        let request = PlanRequest::new(Method::Patch, target.clone(), path)
            .body(content, &patch.body)
            .followed(rollout_of(target));
        let plan = Plan::empty(id, target.cluster, context.clone(), self.title()).request(request);
        Ok(self.notes(plan, &patch))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::drift::{Change, Path, Writer};
    use crate::relations::ObjectId;
    use crate::verbs::testing::{body, object, plan_of};
    use serde_json::json;

    fn drifted(desired: Option<Value>) -> (ObjectDrift, Vec<Field>) {
        let id = ObjectId {
            group: "apps".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "api".into(),
        };
        let mut one = ObjectDrift::new(id, State::Changed);
        one.uid = "u-1".into();
        one.live = Some(json!({"apiVersion": "apps/v1"}));
        let path = Path::of(&["spec", "replicas"]);
        let change = Change { path, desired, live: Some(json!(5)) };
        let writer = Writer {
            manager: "kubectl-scale".into(),
            apply: false,
            subresource: "scale".into(),
            at: 0,
        };
        let fate = Fate::Stays("nobody undoes it".into());
        (one, vec![Field { change, writer: Some(writer), fate, noise: None, side: None }])
    }

    #[test]
    fn what_is_set_again_is_applied_and_says_who_owns_it_afterwards() {
        let (one, fields) = drifted(Some(json!(3)));
        let target = object("apps", "deployments", "Deployment", "api");
        let plan = plan_of(&Revert::new(target, one, fields)).unwrap();
        let request = &plan.requests[0];
        assert!(
            request.path.ends_with("/api?fieldManager=wheelhouse&force=true"),
            "{}",
            request.path
        );
        assert_eq!(request.content_type, "application/apply-patch+yaml");
        assert_eq!(body(&plan, 0)["spec"], json!({"replicas": 3}));
        assert_eq!(body(&plan, 0)["metadata"]["uid"], "u-1");
        let notes: Vec<&str> = plan.notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(notes[0], "spec.replicas: 5 → 3");
        assert!(notes[1].contains("wheelhouse owns them") && notes[1].contains("kubectl-scale"));
    }

    #[test]
    fn what_nobody_deployed_is_removed_by_a_patch() {
        let (one, fields) = drifted(None);
        let target = object("apps", "deployments", "Deployment", "api");
        let plan = plan_of(&Revert::new(target, one, fields)).unwrap();
        assert_eq!(plan.requests[0].content_type, "application/strategic-merge-patch+json");
        assert_eq!(body(&plan, 0)["spec"], json!({"replicas": null}));
    }
}
