//! Draining a node: cordon it, then evict its pods, with kubectl's rules about which pods stand in the
//! way (`k8s.io/kubectl/pkg/drain/filters.go`).

use super::{Choice, Draft, Value, evict, node, parsed, single, titled};
use crate::model::{Fault, FaultKind, Gvr, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text};
use serde_json::{Value as Json, json};

/// A drain in the making.
#[derive(Clone, Debug)]
pub struct Drain {
    targets: Vec<ObjRef>,
    pods: Vec<Json>,
    refused: Option<Fault>,
    ignore_daemon_sets: bool,
    delete_empty_dirs: bool,
    force: bool,
    /// Delete in place of evicting: budgets are passed over.
    disable_eviction: bool,
    /// Seconds as typed; empty leaves it to each pod.
    grace: String,
}

impl Drain {
    /// Drains one node.
    pub fn new(node: ObjRef) -> Self {
        Self {
            targets: vec![node],
            pods: Vec::new(),
            refused: None,
            ignore_daemon_sets: true,
            delete_empty_dirs: false,
            force: false,
            disable_eviction: false,
            grace: String::new(),
        }
    }

    fn grace(&self) -> Result<Option<i64>, String> {
        match self.grace.trim() {
            "" => Ok(None),
            text => match text.parse::<i64>() {
                Ok(n) if n >= 0 => Ok(Some(n)),
                _ => Err("seconds, or nothing to leave it to each pod".into()),
            },
        }
    }
}

/// What a drain does with a pod.
enum Fate {
    /// It goes.
    Goes,
    /// It stays, and nothing can be done about it from here.
    Stays(&'static str),
    /// It is in the way, until a choice says otherwise.
    Blocks(&'static str),
}

fn controller(pod: &Json) -> Option<&Json> {
    pod["metadata"]["ownerReferences"]
        .as_array()
        .and_then(|owners| owners.iter().find(|owner| owner["controller"] == true))
}

impl Drain {
    fn fate(&self, pod: &Json) -> Fate {
        if !pod["metadata"]["annotations"]["kubernetes.io/config.mirror"].is_null() {
            return Fate::Stays("static pods of the kubelet");
        }
        let finished = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let owner = controller(pod);
        if owner.is_some_and(|owner| owner["kind"] == "DaemonSet") && !finished {
            return if self.ignore_daemon_sets {
                Fate::Stays("pods of DaemonSets")
            } else {
                Fate::Blocks("managed by a DaemonSet, which would start it again")
            };
        }
        let local = pod["spec"]["volumes"]
            .as_array()
            .is_some_and(|volumes| volumes.iter().any(|v| !v["emptyDir"].is_null()));
        if local && !finished && !self.delete_empty_dirs {
            return Fate::Blocks("has an emptyDir, whose data would be lost");
        }
        if owner.is_none() && !finished && !self.force {
            return Fate::Blocks("no controller would start it elsewhere");
        }
        Fate::Goes
    }
}

impl Draft for Drain {
    fn title(&self) -> String {
        titled("Drain", &self.targets)
    }

    fn button(&self) -> String {
        "Drain".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let grace = Choice::typed("seconds", "grace period, seconds", self.grace.as_str());
        vec![
            Choice::toggle("daemonsets", "leave pods of DaemonSets", self.ignore_daemon_sets),
            Choice::toggle("emptydir", "delete emptyDir data", self.delete_empty_dirs),
            Choice::toggle("force", "also pods without controller (force)", self.force),
            Choice::toggle("delete", "delete, passing over budgets", self.disable_eviction),
            match self.grace() {
                Err(why) => grace.wrong(why),
                Ok(_) => grace,
            },
        ]
    }

    fn set(&mut self, id: &str, value: Value) {
        match (id, value) {
            ("daemonsets", Value::Toggle(on)) => self.ignore_daemon_sets = on,
            ("emptydir", Value::Toggle(on)) => self.delete_empty_dirs = on,
            ("force", Value::Toggle(on)) => self.force = on,
            ("delete", Value::Toggle(on)) => self.disable_eviction = on,
            ("seconds", Value::Typed(text)) => self.grace = text,
            _ => {}
        }
    }

    fn reads(&self) -> Vec<Read> {
        let pods = |node: &ObjRef| Read {
            what: format!("list pods on {node}"),
            path: format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{}", node.name),
        };
        self.targets.iter().map(pods).collect()
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        match answer {
            Ok(json) => {
                self.pods = parsed(json)["items"].as_array().cloned().unwrap_or_default();
            }
            Err(fault) => self.refused = Some(fault.clone()),
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "drain")?;
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        let grace = self.grace().map_err(|why| Fault::new(FaultKind::Input, self.title(), why))?;
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for node in &self.targets {
            plan = plan.request(node::request(node, true));
        }
        let mut stay: Vec<(&str, usize)> = Vec::new();
        let mut blocked: Vec<String> = Vec::new();
        let mut goes = 0usize;
        for pod in &self.pods {
            let text = |key: &str| Text::from(pod["metadata"][key].as_str().unwrap_or(""));
            let target = ObjRef {
                cluster,
                gvr: Gvr::new("", "v1", "pods"),
                kind: "Pod".into(),
                namespace: text("namespace"),
                name: text("name"),
                uid: text("uid"),
            };
            match self.fate(pod) {
                Fate::Stays(why) => match stay.iter_mut().find(|(said, _)| *said == why) {
                    Some((_, n)) => *n += 1,
                    None => stay.push((why, 1)),
                },
                Fate::Blocks(why) => {
                    blocked.push(format!("{}/{}: {why}", target.namespace, target.name))
                }
                Fate::Goes if self.disable_eviction => {
                    goes += 1;
                    let mut body = json!({"kind": "DeleteOptions", "apiVersion": "v1",
                        "preconditions": {"uid": target.uid.as_str()}});
                    if let Some(grace) = grace {
                        body["gracePeriodSeconds"] = grace.into();
                    }
                    let request = PlanRequest::new(Method::Delete, target, None)
                        .body("application/json", &body);
                    plan = plan.request(request.at_stage(1));
                }
                Fate::Goes => {
                    goes += 1;
                    plan = plan.request(evict::request(&target, grace).at_stage(1));
                }
            }
        }
        if let [first, rest @ ..] = blocked.as_slice() {
            let more =
                if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
            return Err(Fault::new(FaultKind::Refused, self.title(), format!("{first}{more}"))
                .hint("tick the choice that allows it"));
        }
        for (why, n) in stay {
            plan = plan.note(format!("{n} stay: {why}"));
        }
        plan = plan.note(format!("{goes} pods go; the node stays cordoned until it is uncordoned"));
        if self.disable_eviction {
            plan = plan.warn("disruption budgets are passed over");
        }
        Ok(plan.losing())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{object, plan_of};

    fn drain(pods: Json) -> Drain {
        let mut node = object("", "nodes", "Node", "n1");
        node.namespace = Text::new();
        let mut draft = Drain::new(node);
        draft.learn(0, Ok(&json!({"items": pods}).to_string()));
        draft
    }

    fn pod(name: &str, owner: &str) -> Json {
        let mut pod = json!({"metadata": {"name": name, "namespace": "shop", "uid": name}});
        if !owner.is_empty() {
            pod["metadata"]["ownerReferences"] = json!([{"kind": owner, "controller": true}]);
        }
        pod
    }

    #[test]
    fn the_node_is_cordoned_first_and_pods_of_daemon_sets_stay() {
        let plan =
            plan_of(&drain(json!([pod("web", "ReplicaSet"), pod("agent", "DaemonSet")]))).unwrap();
        let paths: Vec<(&str, u8)> =
            plan.requests.iter().map(|r| (r.path.as_str(), r.stage)).collect();
        assert_eq!(
            paths,
            [("/api/v1/nodes/n1", 0), ("/api/v1/namespaces/shop/pods/web/eviction", 1)]
        );
        assert!(plan.loses);
        assert!(plan.notes.iter().any(|n| n.text.contains("1 stay: pods of DaemonSets")));
    }

    #[test]
    fn what_would_be_lost_blocks_until_it_is_allowed() {
        let mut with_data = pod("db", "StatefulSet");
        with_data["spec"]["volumes"] = json!([{"name": "d", "emptyDir": {}}]);
        let mut draft = drain(json!([with_data, pod("bare", "")]));
        assert!(plan_of(&draft).unwrap_err().why.contains("emptyDir"));
        draft.set("emptydir", Value::Toggle(true));
        assert!(plan_of(&draft).unwrap_err().why.contains("no controller"));
        draft.set("force", Value::Toggle(true));
        assert_eq!(plan_of(&draft).unwrap().requests.len(), 3);
        draft.set("seconds", Value::Typed("soon".into()));
        assert!(plan_of(&draft).is_err());
    }

    #[test]
    fn finished_pods_and_static_ones_are_in_nobodys_way() {
        let mut done = pod("job", "");
        done["status"]["phase"] = "Succeeded".into();
        let mut mirror = pod("etcd", "");
        mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
        let plan = plan_of(&drain(json!([done, mirror]))).unwrap();
        assert_eq!(plan.requests.len(), 2, "the cordon and the finished pod");
    }
}
