//! Another number of replicas, through the scale subresource: workloads and every CR that has one.

use super::{Choice, Draft, Value, manager, parsed, single};
use crate::model::{Fault, FaultKind, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text};
use serde_json::json;

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

    /// An autoscaler's list: those whose target is one of ours undo this.
    fn autoscaled(&mut self, json: &str) {
        let list = parsed(json);
        for hpa in list["items"].as_array().into_iter().flatten() {
            let to = &hpa["spec"]["scaleTargetRef"];
            let hit = self
                .targets
                .iter()
                .any(|t| to["kind"] == t.kind.as_str() && to["name"] == t.name.as_str());
            if !hit {
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
        let mut reads = vec![super::get(first)];
        let mut namespaces: Vec<&Text> = self.targets.iter().map(|t| &t.namespace).collect();
        namespaces.sort();
        namespaces.dedup();
        reads.extend(namespaces.into_iter().take(8).map(|namespace| Read {
            what: format!("list autoscalers in {namespace}"),
            path: format!("/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"),
        }));
        reads
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        match (number, answer) {
            (0, Ok(json)) => {
                let object = parsed(json);
                self.current = object["spec"]["replicas"].as_i64();
                if self.typed.is_empty()
                    && let Some(now) = self.current
                {
                    self.typed = now.to_string();
                }
                self.warnings.extend(manager::warning(&object));
            }
            (0, Err(fault)) => self.refused = Some(fault.clone()),
            (_, Ok(json)) => self.autoscaled(json),
            (_, Err(fault)) if fault.kind == FaultKind::Forbidden => {
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
        assert_eq!(scale.reads().len(), 2);
        scale.learn(0, Ok(r#"{"spec":{"replicas":3}}"#));
        scale.learn(
            1,
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
