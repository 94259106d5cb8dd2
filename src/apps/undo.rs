//! Back to an earlier revision of a workload, with the patch that `kubectl rollout undo` sends
//! (`k8s.io/kubectl/pkg/polymorphichelpers/rollback.go`), and with who will take it back.

use crate::kinds::provenance::Provenance;
use crate::model::{
    EngineId, Fault, FaultKind, Following, Gvr, Handshake, Method, ObjRef, Plan, PlanId,
    PlanRequest, Read, RolloutAsk, Text, stands_at,
};
use crate::rollout::gathered::kind_of;
use crate::rollout::history::{self, Entry};
use crate::rollout::{Situation, facts::Kind, template};
use crate::text::{age, percent, sanitise};
use crate::verbs::{Choice, Draft, Value, manager};
use serde_json::{Value as Json, json};

/// Annotations of a Deployment that stay its own.
const KEPT: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// The choice of the revision.
pub const REVISION: &str = "revision";

/// An undo in the making.
#[derive(Debug)]
pub struct Undo {
    targets: [ObjRef; 1],
    kind: Kind,
    /// Unix seconds, for ages.
    now: i64,
    /// Finds its revisions; empty for all of the namespace.
    selector: String,
    /// The revision that was asked for before any were known.
    wanted: Option<i64>,
    /// The workload.
    object: Json,
    /// ReplicaSets or ControllerRevisions, as they came.
    kept: Option<Vec<Json>>,
    /// The revisions, the newest first.
    entries: Vec<Entry>,
    at: usize,
    refused: Option<Fault>,
}

impl Undo {
    /// Of a workload; None for kinds without revisions. `selector` is the workload's own, where it is
    /// known: it spares the server the rest of the namespace. `now` in Unix seconds.
    pub fn new(target: ObjRef, selector: &str, now: i64) -> Option<Self> {
        Some(Self {
            kind: kind_of(&target.gvr)?,
            targets: [target],
            now,
            selector: selector.to_owned(),
            wanted: None,
            object: Json::Null,
            kept: None,
            entries: Vec::new(),
            at: 0,
            refused: None,
        })
    }

    /// The same to this revision; 0 is the one before.
    #[must_use]
    pub fn to(mut self, revision: i64) -> Self {
        self.wanted = Some(revision).filter(|revision| *revision > 0);
        self
    }

    fn target(&self) -> &ObjRef {
        &self.targets[0]
    }

    fn refuse(&self, why: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Refused, self.title(), why)
    }

    /// Both answers have come.
    fn judge(&mut self) {
        let Some(kept) = self.kept.as_ref().filter(|_| !self.object.is_null()) else { return };
        let mut situation = Situation::default();
        let name = if self.kind.has_sets() { "ReplicaSet" } else { "ControllerRevision" };
        let mut read = situation.add(self.kind.as_str(), &self.object);
        for one in kept {
            read = read.and(situation.add(name, one));
        }
        if let Err(error) = read {
            self.refused = Some(self.refuse(format!("its revisions cannot be read: {error}")));
            return;
        }
        situation.settle();
        self.entries = history::of(&situation);
        match history::target(&self.entries, self.wanted.unwrap_or(0)) {
            Ok(found) => {
                let revision = found.revision;
                self.at =
                    self.earlier().iter().position(|one| one.revision == revision).unwrap_or(0);
            }
            Err(why) => self.refused = Some(self.refuse(why)),
        }
    }

    /// All revisions that can be gone back to, and the present one where it was asked for.
    fn earlier(&self) -> Vec<&Entry> {
        let asked = self.wanted;
        let is_one = |one: &&Entry| !one.current || Some(one.revision) == asked;
        self.entries.iter().filter(is_one).collect()
    }

    /// `41 · 3d ago · checkout:1.7.0 · why`.
    fn label(&self, entry: &Entry) -> String {
        let mut parts = vec![entry.revision.to_string()];
        parts.extend(entry.created.map(|at| format!("{} ago", age::human(self.now - at))));
        parts.push(entry.images.join(", "));
        parts.extend((!entry.cause.is_empty()).then(|| entry.cause.clone()));
        sanitise::clean(&parts.join(" · ")).into_owned()
    }

    /// The object whose template is changed: of an Argo Rollout with `workloadRef` another one, as its
    /// own plugin does (`cmd/undo/undo.go`).
    fn written(&self) -> Result<ObjRef, Fault> {
        let target = self.target();
        let reference = &self.object["spec"]["workloadRef"];
        let Some(name) = reference["name"].as_str() else { return Ok(target.clone()) };
        let kind = reference["kind"].as_str().unwrap_or_default();
        let gvr = match kind {
            "Deployment" => Gvr::new("apps", "v1", "deployments"),
            "ReplicaSet" => Gvr::new("apps", "v1", "replicasets"),
            "PodTemplate" => Gvr::new("", "v1", "podtemplates"),
            _ => {
                let why = format!("its template is that of {kind}/{name} (workloadRef)");
                let fault = self.refuse(sanitise::clean(&why));
                return Err(fault.hint("only Deployments, ReplicaSets and PodTemplates are known"));
            }
        };
        let (kind, name) = (Text::from(kind), Text::from(name));
        Ok(ObjRef { gvr, kind, name, uid: Text::new(), ..target.clone() })
    }

    /// The template as it is now: that of another object as the controller knows it.
    fn template(&self) -> &Json {
        let current = self.entries.iter().find(|entry| entry.current);
        match current.filter(|_| !self.object["spec"]["workloadRef"].is_null()) {
            Some(entry) => &entry.template,
            None => &self.object["spec"]["template"],
        }
    }

    /// How it is followed, where `written` is changed.
    fn follow(&self, written: &ObjRef) -> Following {
        let target = self.target();
        if self.kind == Kind::Rollout {
            let before = stands_at(&self.object["status"]);
            let handshake = Handshake::ArgoRollout { ask: RolloutAsk::Change, before };
            return match written == target {
                true => Following::Handshake(handshake),
                false => Following::Elsewhere(Box::new(target.clone()), handshake),
            };
        }
        match self.object["spec"]["updateStrategy"]["type"].as_str() {
            Some("OnDelete") => Following::Answer,
            _ => Following::RolledOut,
        }
    }

    /// The object that holds a revision.
    fn holder(&self, entry: &Entry) -> Option<&Json> {
        self.kept.iter().flatten().find(|one| one["metadata"]["name"] == entry.name.as_str())
    }

    /// The patch that goes back to a revision.
    fn patch(&self, entry: &Entry) -> (&'static str, Json) {
        let holder = self.holder(entry).unwrap_or(&Json::Null);
        if !self.kind.has_sets() {
            // What the controller wrote is a patch.
            return ("application/strategic-merge-patch+json", holder["data"].clone());
        }
        let mut template = entry.template.clone();
        if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Json::as_object_mut)
        {
            labels.remove("pod-template-hash");
            labels.remove("rollouts-pod-template-hash");
        }
        let mut patch = vec![json!({"op": "replace", "path": "/spec/template", "value": template})];
        let uid = self.object["metadata"]["uid"].as_str().unwrap_or_default();
        if !uid.is_empty() && self.object["spec"]["workloadRef"].is_null() {
            // Never another one that took its name.
            patch.insert(0, json!({"op": "test", "path": "/metadata/uid", "value": uid}));
        }
        if self.kind == Kind::Deployment {
            let of = |object: &Json| {
                object["metadata"]["annotations"].as_object().cloned().unwrap_or_default()
            };
            let own = of(&self.object);
            let mut annotations = of(holder);
            annotations.retain(|key, _| !KEPT.contains(&key.as_str()));
            annotations.extend(own.into_iter().filter(|(key, _)| KEPT.contains(&key.as_str())));
            let op =
                if self.object["metadata"]["annotations"].is_null() { "add" } else { "replace" };
            patch.push(json!({"op": op, "path": "/metadata/annotations", "value": annotations}));
        }
        ("application/json-patch+json", Json::Array(patch))
    }
}

/// What goes back for good, for engines that would take an undo back.
fn better(object: &Json) -> Option<String> {
    let found = Provenance::of_object(object);
    let claim = found.first().filter(|_| !found.left_alone)?;
    let name = &claim.app.name;
    Some(match claim.app.engine {
        EngineId::ArgoCd => format!("to go back for good: roll back the app {name}, or its source"),
        EngineId::Helm => format!("to go back for good: roll back the release {name}"),
        EngineId::Kustomization | EngineId::ResourceSet | EngineId::HelmRelease => {
            format!("to go back for good: change the source of {name}")
        }
        _ => return None,
    })
}

impl Draft for Undo {
    fn title(&self) -> String {
        format!("Roll back {}", self.target())
    }

    fn button(&self) -> String {
        "Roll back".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let earlier = self.earlier();
        if earlier.is_empty() {
            return Vec::new();
        }
        let of = earlier.iter().map(|entry| self.label(entry)).collect();
        vec![Choice::one_of(REVISION, "back to revision", self.at, of)]
    }

    fn set(&mut self, id: &str, value: Value) {
        if let (REVISION, Value::OneOf { at, .. }) = (id, value) {
            self.at = at;
        }
    }

    fn reads(&self) -> Vec<Read> {
        let target = self.target();
        let plural = if self.kind.has_sets() { "replicasets" } else { "controllerrevisions" };
        let mut path = Gvr::new("apps", "v1", plural).collection_path(Some(&target.namespace));
        if !self.selector.is_empty() {
            path.push_str(&format!("?labelSelector={}", percent::encode(&self.selector)));
        }
        let own = target.gvr.object_path(&target.namespace, &target.name);
        vec![
            Read { what: format!("get {target}"), path: own },
            Read { what: format!("list {plural}"), path },
        ]
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        let json = match answer {
            Ok(json) => serde_json::from_str::<Json>(json).unwrap_or_default(),
            Err(fault) => {
                self.refused.get_or_insert_with(|| fault.clone());
                return;
            }
        };
        match number {
            0 => self.object = json,
            _ => self.kept = Some(json["items"].as_array().cloned().unwrap_or_default()),
        }
        self.judge();
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        let target = self.target();
        // Argo Rollouts' plugin goes back in a pause, too.
        if self.object["spec"]["paused"] == true && self.kind != Kind::Rollout {
            return Err(self.refuse(format!("{target} is paused: resume it first")));
        }
        let earlier = self.earlier();
        let Some(entry) = earlier.get(self.at) else {
            return Err(self.refuse("no last revision to roll back to"));
        };
        if template::same(&entry.template, self.template()) {
            let why = format!("its template is that of revision {} already", entry.revision);
            return Err(self.refuse(why));
        }
        let (content_type, body) = self.patch(entry);
        let written = self.written()?;
        let follow = self.follow(&written);
        let request =
            PlanRequest::new(Method::Patch, written.clone(), None).body(content_type, &body);
        let mut plan = Plan::empty(id, target.cluster, context.clone(), self.title())
            .request(request.followed(follow))
            .losing();
        let changes = template::changes(self.template(), &entry.template);
        const MOST: usize = 6;
        for change in changes.iter().take(MOST) {
            plan = plan.note(sanitise::clean(&change.to_string()));
        }
        if changes.len() > MOST {
            plan = plan.note(format!("and {} differences more", changes.len() - MOST));
        }
        if written != *target {
            let words =
                format!("its template is that of {written} (workloadRef): that one is changed");
            plan = plan.note(sanitise::clean(&words));
        }
        if self.kind == Kind::Rollout && self.object["spec"]["paused"] == true {
            plan = plan.warn("it is paused by hand: nothing rolls until it is resumed");
        }
        if follow_is_answer(&plan) {
            plan = plan.warn("it updates OnDelete: its pods stay until they are deleted");
        }
        if let Some(warning) = manager::warning(&self.object) {
            plan = plan.warn(warning);
            if let Some(better) = better(&self.object) {
                plan = plan.note(better);
            }
        }
        Ok(plan)
    }
}

fn follow_is_answer(plan: &Plan) -> bool {
    plan.requests.iter().all(|request| request.follow == Following::Answer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    fn learnt(mut undo: Undo, own: Json, items: Json) -> Undo {
        undo.learn(0, Ok(&own.to_string()));
        undo.learn(1, Ok(&json!({ "items": items }).to_string()));
        undo
    }

    fn template(image: &str) -> Json {
        json!({"metadata": {"labels": {"app": "api"}}, "spec": {"containers": [{"name": "api", "image": image}]}})
    }

    fn set(revision: &str, image: &str) -> Json {
        let mut template = template(image);
        template["metadata"]["labels"]["pod-template-hash"] = "x".into();
        json!({"metadata": {"name": format!("api-{revision}"), "uid": revision,
            "labels": {"app": "api"},
            "annotations": {"deployment.kubernetes.io/revision": revision, "note": image},
            "ownerReferences": [{"kind": "Deployment", "name": "api", "uid": "u-1", "controller": true}]},
            "spec": {"template": template}})
    }

    fn api(image: &str) -> Json {
        json!({"metadata": {"uid": "u-1", "annotations": {"deployment.kubernetes.io/revision": "3",
                "note": "old", "kubectl.kubernetes.io/last-applied-configuration": "{}"}},
            "spec": {"selector": {"matchLabels": {"app": "api"}}, "template": template(image)}})
    }

    fn undo() -> Undo {
        Undo::new(object("apps", "deployments", "Deployment", "api"), "app=api", 0).unwrap()
    }

    #[test]
    fn a_deployment_gets_the_template_and_the_annotations_of_the_revision_before() {
        let sets = || json!([set("1", "api:1"), set("2", "api:2"), set("3", "api:3")]);
        let undo = learnt(undo(), api("api:3"), sets());
        let plan = plan_of(&undo).unwrap();
        let body = body(&plan, 0);
        assert_eq!(
            body[1],
            json!({"op": "replace", "path": "/spec/template", "value": template("api:2")})
        );
        assert_eq!(
            body[2]["value"],
            json!({"note": "api:2", "deployment.kubernetes.io/revision": "3",
            "kubectl.kubernetes.io/last-applied-configuration": "{}"})
        );
        assert!(plan.loses && plan.notes[0].text == "image api:3 → 2", "{:?}", plan.notes);
        let first = learnt(self::undo().to(1), api("api:3"), sets());
        assert_eq!(self::body(&plan_of(&first).unwrap(), 0)[1]["value"], template("api:1"));
        let gone = learnt(self::undo().to(9), api("api:3"), sets());
        assert!(plan_of(&gone).unwrap_err().why.contains("unable to find specified revision 9"));
        let same = learnt(self::undo().to(3), api("api:3"), sets());
        assert!(plan_of(&same).unwrap_err().why.contains("revision 3 already"));
    }

    #[test]
    fn a_paused_one_and_one_without_history_are_refused() {
        let mut paused = api("api:3");
        paused["spec"]["paused"] = true.into();
        let paused = learnt(undo(), paused, json!([set("2", "api:2"), set("3", "api:3")]));
        assert!(plan_of(&paused).unwrap_err().why.contains("resume it first"));
        let new = learnt(undo(), api("api:3"), json!([set("3", "api:3")]));
        assert!(plan_of(&new).unwrap_err().why.contains("no last revision"));
    }

    #[test]
    fn of_an_argo_rollout_with_a_workload_ref_the_other_object_is_changed_and_the_rollout_followed()
    {
        let mut rollout = object("argoproj.io", "rollouts", "Rollout", "api");
        rollout.gvr = Gvr::new("argoproj.io", "v1alpha1", "rollouts");
        let undo = || Undo::new(rollout.clone(), "", 0).unwrap();
        let set = |revision: &str, image: &str, hash: &str| {
            let mut set = set(revision, image);
            set["metadata"]["annotations"] = json!({"rollout.argoproj.io/revision": revision});
            set["metadata"]["labels"]["rollouts-pod-template-hash"] = hash.into();
            set["metadata"]["ownerReferences"][0]["kind"] = "Rollout".into();
            set["spec"]["template"]["metadata"]["labels"] =
                json!({"app": "api", "rollouts-pod-template-hash": hash});
            set
        };
        let sets = || json!([set("1", "api:1", "a"), set("2", "api:2", "b")]);
        let own = |kind: &str| {
            json!({"metadata": {"uid": "u-1", "name": "api"},
                "spec": {"workloadRef": {"apiVersion": "apps/v1", "kind": kind, "name": "template"},
                    "strategy": {"canary": {}}},
                "status": {"currentPodHash": "b", "stableRS": "b", "phase": "Healthy"}})
        };
        let plan = plan_of(&learnt(undo(), own("Deployment"), sets())).unwrap();
        let request = &plan.requests[0];
        assert!(request.path.ends_with("/deployments/template"), "{}", request.path);
        assert_eq!(
            body(&plan, 0),
            json!([{"op": "replace", "path": "/spec/template", "value": template("api:1")}])
        );
        assert!(matches!(&request.follow, Following::Elsewhere(one, Handshake::ArgoRollout {
                ask: RolloutAsk::Change, before }) if **one == rollout && before.starts_with("b ")));
        let notes: Vec<&str> = plan.notes.iter().map(|note| note.text.as_str()).collect();
        assert!(notes.contains(&"image api:2 → 1"), "{notes:?}");
        assert!(notes.iter().any(|note| note.contains("that one is changed")), "{notes:?}");
        let same = plan_of(&learnt(undo().to(2), own("Deployment"), sets())).unwrap_err();
        assert!(same.why.contains("revision 2 already"), "{same:?}");
        let other = plan_of(&learnt(undo(), own("CloneSet"), sets())).unwrap_err();
        assert!(other.why.contains("CloneSet/template (workloadRef)"), "{other:?}");
    }

    #[test]
    fn of_a_stateful_set_what_the_controller_wrote_is_sent() {
        let revision = |number: i64, image: &str| {
            let mut template = template(image);
            template["$patch"] = "replace".into();
            json!({"metadata": {"name": format!("db-{number}"), "ownerReferences":
                [{"kind": "StatefulSet", "name": "db", "uid": "u-1", "controller": true}]},
                "revision": number, "data": {"spec": {"template": template}}})
        };
        let own = json!({"metadata": {"uid": "u-1", "annotations":
                {"argocd.argoproj.io/tracking-id": "shop:apps/StatefulSet:shop/db"},
                "namespace": "shop", "name": "db"}, "apiVersion": "apps/v1", "kind": "StatefulSet",
            "spec": {"template": template("db:2")}, "status": {"updateRevision": "db-2"}});
        let undo = Undo::new(object("apps", "statefulsets", "StatefulSet", "db"), "", 0).unwrap();
        let undo = learnt(undo, own, json!([revision(2, "db:2"), revision(1, "db:1")]));
        let plan = plan_of(&undo).unwrap();
        assert_eq!(plan.requests[0].content_type, "application/strategic-merge-patch+json");
        assert_eq!(body(&plan, 0), revision(1, "db:1")["data"]);
        let told: Vec<&str> = plan.notes.iter().map(|note| note.text.as_str()).collect();
        assert!(told.iter().any(|text| text.contains("Argo CD application shop")), "{told:?}");
        assert!(told.iter().any(|text| text.contains("roll back the app shop")), "{told:?}");
    }
}
