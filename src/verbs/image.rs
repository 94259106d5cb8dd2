//! Other images, container by container.

use super::restart::is_rollout;
use super::{Choice, Draft, Value, manager, parsed, single};
use crate::model::{
    Fault, FaultKind, Following, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text,
};
use serde_json::{Value as Json, json};

/// Images in the making.
#[derive(Clone, Debug)]
pub struct SetImage {
    targets: Vec<ObjRef>,
    /// `containers` or `initContainers`, name, image now, image typed.
    containers: Vec<(&'static str, String, String, String)>,
    /// Place in its list, of each of them.
    places: Vec<usize>,
    warning: Option<String>,
    refused: Option<Fault>,
}

impl SetImage {
    /// Sets images of one object.
    pub fn new(target: ObjRef) -> Self {
        Self {
            targets: vec![target],
            containers: Vec::new(),
            places: Vec::new(),
            warning: None,
            refused: None,
        }
    }

    fn is_pod(&self) -> bool {
        self.targets.first().is_some_and(|target| target.gvr.plural == "pods")
    }

    /// A JSON patch of the images that differ.
    fn by_place(&self) -> Json {
        let mut patch = Vec::new();
        for ((list, name, old, new), place) in self.containers.iter().zip(&self.places) {
            if old != new.trim() {
                let path = format!("/spec/template/spec/{list}/{place}");
                patch.push(json!({"op": "test", "path": format!("{path}/name"), "value": name}));
                patch.push(
                    json!({"op": "replace", "path": format!("{path}/image"), "value": new.trim()}),
                );
            }
        }
        Json::Array(patch)
    }

    fn is_cron(&self) -> bool {
        self.targets.first().is_some_and(|target| target.gvr.plural == "cronjobs")
    }
}

fn wrong(image: &str) -> Option<&'static str> {
    if image.trim().is_empty() {
        Some("an image is needed")
    } else if image.trim().contains(char::is_whitespace) {
        Some("an image has no spaces")
    } else {
        None
    }
}

impl Draft for SetImage {
    fn title(&self) -> String {
        super::titled("Set image of", &self.targets)
    }

    fn button(&self) -> String {
        "Set image".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let choice = |(at, (list, name, _, image)): (usize, &(&str, String, String, String))| {
            let label =
                if *list == "initContainers" { format!("{name} (init)") } else { name.clone() };
            let choice = Choice::typed(at.to_string(), label, image.as_str());
            match wrong(image) {
                Some(why) => choice.wrong(why),
                None => choice,
            }
        };
        self.containers.iter().enumerate().map(choice).collect()
    }

    fn set(&mut self, id: &str, value: Value) {
        let at = id.parse().ok().and_then(|at: usize| self.containers.get_mut(at));
        if let (Some((_, _, _, image)), Value::Typed(text)) = (at, value) {
            *image = text;
        }
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.iter().map(super::get).collect()
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        let json = match answer {
            Ok(json) => parsed(json),
            Err(fault) => {
                self.refused = Some(fault.clone());
                return;
            }
        };
        let spec = if self.is_pod() {
            &json["spec"]
        } else if self.is_cron() {
            &json["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        } else {
            &json["spec"]["template"]["spec"]
        };
        for list in ["initContainers", "containers"] {
            for (place, container) in spec[list].as_array().into_iter().flatten().enumerate() {
                self.places.push(place);
                let text = |key: &str| container[key].as_str().unwrap_or("").to_owned();
                self.containers.push((list, text("name"), text("image"), text("image")));
            }
        }
        if let Some(name) = json["spec"]["workloadRef"]["name"].as_str() {
            let kind = json["spec"]["workloadRef"]["kind"].as_str().unwrap_or("Deployment");
            let why = format!("its template is that of {kind}/{name} (workloadRef)");
            let clean = crate::text::sanitise::clean(&why).into_owned();
            let fault = Fault::new(FaultKind::Refused, self.title(), clean);
            self.refused = Some(fault.hint("set the image there: the Rollout follows"));
        }
        self.warning = manager::warning(&json);
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        let cluster = single(&self.targets, "set image")?;
        let refused = |why: &str| Fault::new(FaultKind::Input, self.title(), why);
        let changed: Vec<_> =
            self.containers.iter().filter(|(_, _, old, new)| old != new.trim()).collect();
        if changed.is_empty() {
            return Err(refused("no image differs from what runs"));
        }
        let mut spec = json!({});
        for (list, name, _, new) in &changed {
            let entry = json!({"name": name, "image": new.trim()});
            match spec[*list].as_array_mut() {
                Some(held) => held.push(entry),
                None => spec[*list] = Json::Array(vec![entry]),
            }
        }
        let body = if self.is_pod() {
            json!({"spec": spec})
        } else if self.is_cron() {
            json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}})
        } else {
            json!({"spec": {"template": {"spec": spec}}})
        };
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for target in &self.targets {
            let follow = if self.is_pod() { Following::Answer } else { super::rollout_of(target) };
            let request = PlanRequest::new(Method::Patch, target.clone(), None).followed(follow);
            // Custom resources know no strategic merge: each image by its place, if it is still there.
            let request = match is_rollout(target) {
                true => request.body("application/json-patch+json", &self.by_place()),
                false => request.body("application/strategic-merge-patch+json", &body),
            };
            plan = plan.request(request);
        }
        for (_, name, old, new) in changed {
            plan = plan.note(format!("{name}: {old} → {}", new.trim()));
        }
        Ok(match &self.warning {
            Some(text) => plan.warn(text.as_str()),
            None => plan,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    #[test]
    fn only_what_changed_is_sent() {
        let mut draft = SetImage::new(object("apps", "deployments", "Deployment", "api"));
        draft.learn(
            0,
            Ok(r#"{"spec":{"template":{"spec":{"containers":[{"name":"api","image":"api:1"},
                {"name":"proxy","image":"envoy:3"}]}}}}"#),
        );
        assert!(plan_of(&draft).unwrap_err().why.contains("no image differs"));
        draft.set("0", Value::Typed("api:2".into()));
        let plan = plan_of(&draft).unwrap();
        assert_eq!(
            body(&plan, 0),
            json!({"spec": {"template": {"spec":
                {"containers": [{"name": "api", "image": "api:2"}]}}}})
        );
        draft.set("1", Value::Typed("".into()));
        assert!(!draft.choices()[1].error.is_empty());
    }

    #[test]
    fn of_an_argo_rollout_each_image_is_named_by_its_place() {
        let rollout = || SetImage::new(object("argoproj.io", "rollouts", "Rollout", "api"));
        let mut draft = rollout();
        let own = r#"{"spec":{"template":{"spec":{"containers":[{"name":"proxy","image":"envoy:3"},
            {"name":"api","image":"api:1"}]}}}}"#;
        draft.learn(0, Ok(own));
        draft.set("1", Value::Typed("api:2".into()));
        let plan = plan_of(&draft).unwrap();
        let place = "/spec/template/spec/containers/1";
        assert_eq!(
            body(&plan, 0),
            json!([{"op": "test", "path": format!("{place}/name"), "value": "api"},
                {"op": "replace", "path": format!("{place}/image"), "value": "api:2"}])
        );
        let mut other = rollout();
        other.learn(0, Ok(r#"{"spec":{"workloadRef":{"kind":"Deployment","name":"api"}}}"#));
        assert!(plan_of(&other).unwrap_err().why.contains("Deployment/api (workloadRef)"));
    }
}
