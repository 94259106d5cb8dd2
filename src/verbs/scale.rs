//! Another number of replicas, through the scale subresource: workloads and every CR that has one.

use super::{Choice, Draft, Value, manager, parsed, single};
use crate::model::{Fault, FaultKind, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text};
use serde_json::{Value as Json, json};

/// Namespaces whose autoscalers are looked at.
const NAMESPACES: usize = 8;

/// Replicas in the making.
#[derive(Clone, Debug)]
pub struct Scale {
    targets: Vec<ObjRef>,
    typed: String,
    /// Replicas asked for now, of the first target; None until known.
    current: Option<i64>,
    warnings: Vec<String>,
    refused: Option<Fault>,
}

impl Scale {
    /// Scales `targets`, all to the same number.
    pub fn new(targets: Vec<ObjRef>) -> Self {
        Self { targets, typed: String::new(), current: None, warnings: Vec::new(), refused: None }
    }

    /// The same with this number.
    #[must_use]
    pub fn to(mut self, replicas: u32) -> Self {
        self.typed = replicas.to_string();
        self
    }

    fn replicas(&self) -> Result<i32, String> {
        match self.typed.trim().parse::<i32>() {
            Ok(n) if n >= 0 => Ok(n),
            _ if self.typed.trim().is_empty() => Err("how many?".into()),
            _ => Err("a number from 0 on".into()),
        }
    }

    /// Whether what an autoscaler names as its target, in its namespace, is one of ours. KEDA leaves the
    /// kind of Deployments out.
    fn is_ours(&self, scaler: &Json, to: &Json) -> bool {
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let (name, kind) = (text(&to["name"]), text(&to["kind"]));
        let kind = if kind.is_empty() { "Deployment".to_owned() } else { kind };
        let group = to["apiVersion"]
            .as_str()
            .map(|version| version.split_once('/').map_or("", |(group, _)| group).to_owned());
        let namespace = scaler["metadata"]["namespace"].as_str();
        self.targets.iter().any(|target| {
            target.name == name
                && target.kind == kind
                && group.as_ref().is_none_or(|group| target.gvr.group == *group)
                && namespace.is_none_or(|namespace| target.namespace == namespace)
        })
    }

    /// KEDA's list. It scales through an autoscaler of its own, which tells the rest; but not while
    /// it is paused, and to and from nothing by itself.
    fn scaled_by_keda(&mut self, json: &str) {
        let list = parsed(json);
        for object in list["items"].as_array().into_iter().flatten() {
            if !self.is_ours(object, &object["spec"]["scaleTargetRef"]) {
                continue;
            }
            let name = object["metadata"]["name"].as_str().unwrap_or("");
            let annotations = &object["metadata"]["annotations"];
            let paused = !annotations["autoscaling.keda.sh/paused-replicas"].is_null()
                || annotations["autoscaling.keda.sh/paused"] == "true";
            let min = object["spec"]["minReplicaCount"].as_i64().unwrap_or(0);
            let text = if paused {
                format!("KEDA ScaledObject {name} is paused: it will undo this when it goes on")
            } else if min == 0 {
                format!("KEDA ScaledObject {name} scales it, to 0 too, and will undo this")
            } else {
                format!("KEDA ScaledObject {name} scales it, and will undo this")
            };
            self.warnings.push(crate::text::sanitise::clean(&text).into_owned());
        }
    }

    /// An autoscaler's list: those whose target is one of ours undo this.
    fn autoscaled(&mut self, json: &str) {
        let list = parsed(json);
        for hpa in list["items"].as_array().into_iter().flatten() {
            let to = &hpa["spec"]["scaleTargetRef"];
            if !self.is_ours(hpa, to) {
                continue;
            }
            let name = hpa["metadata"]["name"].as_str().unwrap_or("");
            let (min, max) = (hpa["spec"]["minReplicas"].as_i64(), &hpa["spec"]["maxReplicas"]);
            let keda = hpa["metadata"]["labels"]["scaledobject.keda.sh/name"].as_str();
            let who = match keda {
                Some(object) => format!("KEDA ScaledObject {object}"),
                None => format!("HorizontalPodAutoscaler {name}"),
            };
            let text = format!(
                "{who} scales {} between {} and {max} and will undo this",
                to["name"].as_str().unwrap_or(""),
                min.unwrap_or(1)
            );
            self.warnings.push(crate::text::sanitise::clean(&text).into_owned());
        }
    }
}

impl Draft for Scale {
    fn title(&self) -> String {
        super::titled("Scale", &self.targets)
    }

    fn button(&self) -> String {
        "Scale".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let label = match self.current {
            Some(now) if self.targets.len() == 1 => format!("replicas (now {now})"),
            _ => "replicas".to_owned(),
        };
        let choice = Choice::typed("replicas", label, self.typed.as_str());
        vec![match self.replicas() {
            Err(why) if !self.typed.is_empty() => choice.wrong(why),
            _ => choice,
        }]
    }

    fn set(&mut self, _id: &str, value: Value) {
        if let Value::Typed(text) = value {
            self.typed = text;
        }
    }

    fn reads(&self) -> Vec<Read> {
        let Some(first) = self.targets.first() else { return Vec::new() };
        // The number stands in the scale subresource wherever the object itself has it.
        let object = super::get(first);
        let scale = Read {
            what: format!("get the scale of {first}"),
            path: format!("{}/scale", object.path),
        };
        let mut reads = vec![object, scale];
        let mut namespaces: Vec<&Text> = self.targets.iter().map(|t| &t.namespace).collect();
        namespaces.sort();
        namespaces.dedup();
        // One after the other: `learn` tells them apart by their place.
        for namespace in namespaces.into_iter().take(NAMESPACES) {
            reads.push(Read {
                what: format!("list autoscalers in {namespace}"),
                path: format!(
                    "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
                ),
            });
            reads.push(Read {
                what: format!("list ScaledObjects in {namespace}"),
                path: format!("/apis/keda.sh/v1alpha1/namespaces/{namespace}/scaledobjects"),
            });
        }
        reads
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        match (number, answer) {
            (0, Ok(json)) => self.warnings.extend(manager::warning(&parsed(json))),
            (1, Ok(json)) => {
                let object = parsed(json);
                self.current = object["spec"]["replicas"].as_i64();
                if self.typed.is_empty()
                    && let Some(now) = self.current
                {
                    self.typed = now.to_string();
                }
            }
            (0, Err(fault)) => self.refused = Some(fault.clone()),
            (1, Err(_)) => {}
            (n, Ok(json)) if n % 2 == 0 => self.autoscaled(json),
            (_, Ok(json)) => self.scaled_by_keda(json),
            (n, Err(fault)) if fault.kind == FaultKind::Forbidden && n % 2 == 0 => {
                let text = "whether an autoscaler undoes this is not known: it may not be listed";
                self.warnings.push(text.into());
            }
            (_, Err(_)) => {}
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        let cluster = single(&self.targets, "scale")?;
        let input = |why| Fault::new(FaultKind::Input, self.title(), why);
        let replicas = self.replicas().map_err(input)?;
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for target in &self.targets {
            let path = format!("{}/scale", target.gvr.object_path(&target.namespace, &target.name));
            let request = PlanRequest::new(Method::Patch, target.clone(), Some(path))
                .body("application/merge-patch+json", &json!({"spec": {"replicas": replicas}}))
                .followed(super::rollout_of(target));
            plan = plan.request(request);
        }
        for warning in &self.warnings {
            plan = plan.warn(warning.as_str());
        }
        if replicas == 0 {
            plan = plan.warn("none of its pods will run").losing();
        } else if self.targets.len() == 1
            && let Some(now) = self.current
        {
            plan = plan.note(format!("{now} → {replicas}"));
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Following;
    use crate::verbs::testing::{object, plan_of};

    #[test]
    fn the_number_now_stands_there_and_an_autoscaler_is_warned_about() {
        let mut scale = Scale::new(vec![object("apps", "deployments", "Deployment", "api")]);
        assert_eq!(scale.reads().len(), 4);
        scale.learn(0, Ok("{}"));
        scale.learn(1, Ok(r#"{"kind":"Scale","spec":{"replicas":3}}"#));
        scale.learn(
            2,
            Ok(r#"{"items":[{"metadata":{"name":"api"},"spec":{"maxReplicas":9,
                "scaleTargetRef":{"kind":"Deployment","name":"api"}}}]}"#),
        );
        assert_eq!(scale.choices()[0].value, Value::Typed("3".into()));
        scale.set("replicas", Value::Typed("5".into()));
        let plan = plan_of(&scale).unwrap();
        assert_eq!(plan.requests.len(), 1, "{plan:?}");
        let request = &plan.requests[0];
        assert_eq!(request.path, "/apis/apps/v1/namespaces/shop/deployments/api/scale");
        assert_eq!(request.body, r#"{"spec":{"replicas":5}}"#);
        assert_eq!(request.question().subresource, "scale");
        assert!(plan.notes.iter().any(|n| n.warning && n.text.contains("between 1 and 9")));
        assert_eq!(request.follow, Following::RolledOut);
    }

    #[test]
    fn only_what_scales_this_very_object_is_warned_about() {
        let mut scale = Scale::new(vec![object("apps", "deployments", "Deployment", "api")]).to(2);
        scale.learn(
            2,
            Ok(r#"{"items":[
                {"metadata":{"name":"other","namespace":"elsewhere"},"spec":{"maxReplicas":9,
                 "scaleTargetRef":{"kind":"Deployment","name":"api","apiVersion":"apps/v1"}}},
                {"metadata":{"name":"rollout","namespace":"shop"},"spec":{"maxReplicas":9,
                 "scaleTargetRef":{"kind":"Rollout","name":"api","apiVersion":"argoproj.io/v1"}}}]}"#),
        );
        assert!(plan_of(&scale).unwrap().notes.iter().all(|note| !note.warning));
        scale.learn(
            3,
            Ok(r#"{"items":[{"metadata":{"name":"api","namespace":"shop"},
                "spec":{"scaleTargetRef":{"name":"api"}}}]}"#),
        );
        let plan = plan_of(&scale).unwrap();
        assert!(plan.notes.iter().any(|n| n.warning && n.text.contains("ScaledObject api")));
        let gone = Fault::new(FaultKind::NotFound, "list", "no such kind");
        scale.learn(3, Err(&gone));
        assert_eq!(plan_of(&scale).unwrap(), plan, "most clusters have no KEDA");
    }

    #[test]
    fn nonsense_is_said_and_nothing_is_sent() {
        let mut scale = Scale::new(vec![object("apps", "deployments", "Deployment", "api")]);
        for text in ["", "-1", "many", "1.5", "99999999999"] {
            scale.set("replicas", Value::Typed(text.into()));
            assert_eq!(plan_of(&scale).unwrap_err().kind, FaultKind::Input, "{text}");
        }
        scale.set("replicas", Value::Typed("0".into()));
        assert!(plan_of(&scale).unwrap().loses);
    }
}
