//! A rolling restart: the annotation that kubectl writes into the pod template, under our own name,
//! because GitOps engines strip what `kubectl*` wrote and a second rollout would follow.

use super::{Draft, manager, parsed, single};
use crate::model::{
    Fault, FaultKind, Following, Handshake, Method, ObjRef, Plan, PlanId, PlanRequest, Read,
    RolloutAsk, Text,
};
use crate::text::sanitise;
use serde_json::{Value, json};

/// A restart in the making.
#[derive(Clone, Debug)]
pub struct Restart {
    targets: Vec<ObjRef>,
    /// Unix seconds.
    now: i64,
    warnings: Vec<String>,
    notes: Vec<String>,
    paused: Vec<String>,
}

/// Argo Rollouts' own kind of workload: its controller restarts pods older than `spec.restartAt`
/// (argo-rollouts `pod_restart.go`).
pub fn is_rollout(target: &ObjRef) -> bool {
    target.gvr.group == "argoproj.io" && target.gvr.plural == "rollouts"
}

/// Whether a rolling restart is something that objects of this type have.
pub fn can_restart(target: &ObjRef) -> bool {
    let apps = ["deployments", "statefulsets", "daemonsets"];
    (target.gvr.group == "apps" && apps.contains(&target.gvr.plural.as_str())) || is_rollout(target)
}

/// Objects looked at before a restart; beyond that the server alone tells.
const LOOKED_AT: usize = 16;

impl Restart {
    /// Restarts `targets` at `now` (Unix seconds).
    pub fn new(targets: Vec<ObjRef>, now: i64) -> Self {
        let (warnings, notes, paused) = (Vec::new(), Vec::new(), Vec::new());
        Self { targets, now, warnings, notes, paused }
    }
}

/// Tags that people move: a restart is how they fetch what they pushed.
const MOVED: [&str; 14] = [
    "latest",
    "main",
    "master",
    "trunk",
    "dev",
    "develop",
    "edge",
    "nightly",
    "staging",
    "stage",
    "prod",
    "production",
    "stable",
    "release",
];

/// What a new pod does not fetch from the registry: its sentence, and whether that is likely a surprise.
fn not_fetched(object: &Value) -> Vec<(String, bool)> {
    let spec = &object["spec"]["template"]["spec"];
    let of = |field: &str| spec[field].as_array().cloned().unwrap_or_default();
    let mut told = Vec::new();
    for container in of("initContainers").iter().chain(&of("containers")) {
        let text = |field: &str| container[field].as_str().unwrap_or_default().to_owned();
        let (name, image) = (text("name"), text("image"));
        // What is named by its digest is the same wherever it comes from.
        if image.is_empty() || image.contains('@') {
            continue;
        }
        let last = image.rsplit('/').next().unwrap_or_default();
        let tag = last.split_once(':').map_or("latest", |(_, tag)| tag);
        match text("imagePullPolicy").as_str() {
            "Never" => {
                let words = format!(
                    "container {name} never pulls (imagePullPolicy Never): its pods run what their node has of {image}"
                );
                told.push((words, true));
            }
            "IfNotPresent" => {
                let words = format!(
                    "container {name} pulls only what its node has not (IfNotPresent): what was pushed as {image} since is not fetched where an older one is"
                );
                told.push((words, MOVED.contains(&tag)));
            }
            _ => {}
        }
    }
    told
}

impl Draft for Restart {
    fn title(&self) -> String {
        super::titled("Restart", &self.targets)
    }

    fn button(&self) -> String {
        "Restart".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.iter().take(LOOKED_AT).map(super::get).collect()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        let (Some(target), Ok(json)) = (self.targets.get(number), answer) else { return };
        let object = parsed(json);
        // kubectl refuses this too (polymorphichelpers/objectrestarter.go).
        // Argo Rollouts' controller restarts pods in a pause, too.
        if object["spec"]["paused"] == true && !is_rollout(target) {
            self.paused.push(target.to_string());
        }
        let strategy = object["spec"]["updateStrategy"]["type"].as_str();
        if strategy == Some("OnDelete") {
            let text = format!("{target} updates OnDelete: its pods stay until they are deleted");
            self.warnings.push(text);
        }
        if self.targets.len() == 1 {
            self.warnings.extend(manager::of_restart(&object));
            for (words, surprise) in not_fetched(&object) {
                let words = sanitise::clean(&words).into_owned();
                if surprise { self.warnings.push(words) } else { self.notes.push(words) }
            }
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "restart")?;
        if let [first, ..] = self.paused.as_slice() {
            let why =
                format!("{first} is paused, so a restart would wait for ever: resume it first");
            return Err(Fault::new(FaultKind::Refused, self.title(), why));
        }
        let at = jiff::Timestamp::from_second(self.now).unwrap_or_default().to_string();
        let body = json!({"spec": {"template": {"metadata": {"annotations":
            {"kubectl.kubernetes.io/restartedAt": at}}}}});
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for target in &self.targets {
            let on_delete = self.warnings.iter().any(|w| w.contains("OnDelete"));
            let follow = match on_delete {
                true => Following::Answer,
                false if is_rollout(target) => {
                    let (ask, before) = (RolloutAsk::Restart, Text::default());
                    Following::Handshake(Handshake::ArgoRollout { ask, before })
                }
                false => super::rollout_of(target),
            };
            let request = PlanRequest::new(Method::Patch, target.clone(), None);
            let request = if is_rollout(target) {
                request.body("application/merge-patch+json", &json!({"spec": {"restartAt": at}}))
            } else {
                request.body("application/strategic-merge-patch+json", &body)
            };
            plan = plan.request(request.followed(follow));
        }
        plan = plan.note(match self.targets.iter().all(is_rollout) {
            true => "pods are replaced one after another; there is no new revision",
            false => "pods are replaced as the update strategy says",
        });
        plan = self.notes.iter().fold(plan, |plan, text| plan.note(text.as_str()));
        Ok(self.warnings.iter().fold(plan, |plan, text| plan.warn(text.as_str())))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    #[test]
    fn the_annotation_carries_the_moment_and_a_paused_one_is_refused() {
        let mut restart =
            Restart::new(vec![object("apps", "deployments", "Deployment", "api")], 1_767_225_600);
        let plan = plan_of(&restart).unwrap();
        let annotations = &body(&plan, 0)["spec"]["template"]["metadata"]["annotations"];
        assert_eq!(annotations["kubectl.kubernetes.io/restartedAt"], "2026-01-01T00:00:00Z");
        restart.learn(0, Ok(r#"{"spec":{"paused":true}}"#));
        assert!(plan_of(&restart).unwrap_err().why.contains("resume it first"));
    }

    #[test]
    fn what_a_restart_will_not_fetch_is_said() {
        let told = |policy: &str, image: &str| {
            let target = object("apps", "deployments", "Deployment", "api");
            let mut restart = Restart::new(vec![target], 0);
            let object = json!({"spec": {"template": {"spec": {"containers":
                [{"name": "api", "image": image, "imagePullPolicy": policy}]}}}});
            restart.learn(0, Ok(&object.to_string()));
            let plan = plan_of(&restart).unwrap();
            let note = plan.notes.into_iter().find(|note| note.text.contains("container api"));
            note.map(|note| (note.text, note.warning))
        };
        let (words, warns) = told("IfNotPresent", "registry:5000/shop/api:main").unwrap();
        assert!(warns && words.contains("IfNotPresent"), "{words}");
        // A tag that is a version is seldom moved.
        assert!(!told("IfNotPresent", "shop/api:1.8.0").unwrap().1);
        assert!(told("IfNotPresent", "registry:5000/shop/api").unwrap().1, "latest");
        assert!(told("Never", "api:1.8.0").unwrap().0.contains("never pulls"));
        assert_eq!(told("Always", "api:main"), None);
        assert_eq!(told("IfNotPresent", "api@sha256:aa"), None);
    }

    #[test]
    fn an_argo_rollout_is_told_the_moment_and_followed_by_its_own_status() {
        let rollout = object("argoproj.io", "rollouts", "Rollout", "api");
        let mut restart = Restart::new(vec![rollout], 1_767_225_600);
        restart.learn(0, Ok(r#"{"spec":{"paused":true}}"#));
        let plan = plan_of(&restart).unwrap();
        assert_eq!(body(&plan, 0), json!({"spec": {"restartAt": "2026-01-01T00:00:00Z"}}));
        let (ask, before) = (RolloutAsk::Restart, Text::default());
        let follow = Following::Handshake(Handshake::ArgoRollout { ask, before });
        assert_eq!(plan.requests[0].follow, follow);
    }
}
