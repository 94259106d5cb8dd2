#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::restart;
use super::{App, Destination, Estate, Verb};
use crate::kinds::{Pool, Projection};
use crate::model::{
    AppId, Catalogue, ClusterId, EngineId, Facet, Gvr, Health, Plan, PlanId, Resource,
};
use serde_json::{Value, json};

fn catalogue() -> Catalogue {
    let mut all = crate::kinds::builtin::resources();
    let mut rollout: Resource = all.iter().find(|one| one.kind == "Deployment").unwrap().clone();
    rollout.gvr = Gvr::new("argoproj.io", "v1alpha1", "rollouts");
    rollout.kind = "Rollout".into();
    all.push(rollout);
    Catalogue::new(all)
}

/// The apps of a cluster with these objects.
fn estate(objects: &[Value]) -> Estate {
    let mut estate = Estate::new(ClusterId(0));
    let watches = estate.watches(&catalogue()).to_vec();
    for (slot, object) in (0u32..).zip(objects) {
        let group = object["apiVersion"].as_str().unwrap();
        let group = group.split_once('/').map_or("", |(group, _)| group);
        let at = watches.iter().position(|watch| {
            object["kind"] == watch.resource.kind.as_str()
                && watch.resource.gvr.group == group
                // The watch of Helm's records finds none of these.
                && watch.labels != "owner=helm"
        });
        let at = at.unwrap_or_else(|| panic!("nobody watches {object}"));
        let projection = Projection::new(&watches[at].resource, Facet::App, &[], &[]).0;
        let mut rows = Vec::new();
        projection
            .rows(object.to_string().as_bytes(), &mut Pool::default(), &mut rows)
            .unwrap_or_else(|skip| panic!("{skip:?}"));
        estate.feed(u16::try_from(at).unwrap(), slot, rows.first());
    }
    estate.settle(&|_| "".into());
    estate
}

/// A Deployment in `shop` with `ready` of three replicas.
fn deployment(name: &str, ready: u32, labels: &Value, annotations: &Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": "shop", "name": name, "labels": labels,
            "annotations": annotations, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"replicas": 3},
        "status": {"replicas": 3, "readyReplicas": ready, "availableReplicas": ready,
            "updatedReplicas": 3, "conditions": []}})
}

fn applied() -> Value {
    json!({"kubectl.kubernetes.io/last-applied-configuration": "{}"})
}

fn app<'a>(estate: &'a Estate, engine: EngineId, name: &str) -> &'a App {
    estate.app(&AppId::new(engine, "shop", name)).unwrap_or_else(|| {
        let all: Vec<String> = estate.apps().map(|app| app.id.to_string()).collect();
        panic!("no {name} among {all:?}")
    })
}

fn planned(estate: &Estate, app: &App, answers: &[&str]) -> Result<Plan, String> {
    let mut draft =
        super::draft(Verb::Restart, app, estate, 1_767_225_600).map_err(|fault| fault.why)?;
    for (number, answer) in answers.iter().enumerate() {
        draft.learn(number, Ok(answer));
    }
    draft.plan(PlanId(1), &"dev".into()).map_err(|fault| fault.why)
}

#[test]
fn what_kubectl_applied_is_grouped_by_labels_and_as_well_as_its_worst_workload() {
    let estate = estate(&[
        deployment("api", 3, &json!({"app.kubernetes.io/part-of": "store"}), &applied()),
        deployment("web", 1, &json!({"app.kubernetes.io/part-of": "store"}), &applied()),
        deployment("legacy", 3, &json!({}), &applied()),
    ]);
    let store = app(&estate, EngineId::Kubectl, "store");
    assert_eq!(estate.workloads(&store.id).len(), 2);
    assert_eq!((store.sync.word.as_str(), store.target.as_str()), ("applied", "shop"));
    assert_eq!(store.condition, Health::Progressing);
    assert!(store.message.starts_with("Deployment/web"), "{}", store.message);
    let legacy = app(&estate, EngineId::Kubectl, "legacy");
    assert_eq!((legacy.health.word.as_str(), legacy.message.as_str()), ("Healthy", ""));
}

#[test]
fn every_other_engine_tells_its_evidence_and_none_is_only_what_nothing_speaks_for() {
    let terraform = json!([{"manager": "HashiCorp", "operation": "Update"}]);
    let mut state = deployment("state", 3, &json!({}), &json!({}));
    state["metadata"]["managedFields"] = terraform;
    let addon = json!({"objectset.rio.cattle.io/owner-name": "traefik",
        "objectset.rio.cattle.io/owner-gvk": "k3s.cattle.io/v1, Kind=Addon",
        "objectset.rio.cattle.io/owner-namespace": "shop"});
    let tekton = json!({"app.kubernetes.io/managed-by": "tekton-pipelines"});
    let done = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": "shop", "name": "debug"}, "spec": {"containers": []},
        "status": {"phase": "Succeeded"}});
    let hook = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"namespace": "shop",
        "name": "migrate", "annotations": {"helm.sh/hook": "pre-upgrade"}}, "spec": {}});
    let owned = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "shop",
        "name": "api-x", "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet",
            "name": "api", "uid": "1", "controller": true}]}, "spec": {"containers": []}});
    let estate = estate(&[
        state,
        deployment("ingress", 3, &json!({}), &addon),
        deployment("runner", 3, &tekton, &json!({})),
        deployment("lonely", 3, &json!({}), &json!({})),
        done,
        hook,
        owned,
    ]);
    assert_eq!(app(&estate, EngineId::Terraform, "state").message, "by managedFields: HashiCorp");
    assert!(app(&estate, EngineId::K3s, "traefik").message.contains("owner-name"));
    assert!(app(&estate, EngineId::Operator, "runner").message.contains("tekton-pipelines"));
    let lonely = app(&estate, EngineId::None, "lonely");
    assert_eq!((lonely.sync.word.as_str(), lonely.message.as_str()), ("unmanaged", ""));
    assert_eq!(app(&estate, EngineId::None, "debug").health.word, "Succeeded");
    assert_eq!(estate.apps().count(), 5, "neither hooks nor what is owned are apps");
}

#[test]
fn a_restart_lists_every_workload_and_begins_on_cancel_above_one() {
    let store = json!({"app.kubernetes.io/part-of": "store"});
    let mut rollout = deployment("front", 3, &store, &applied());
    rollout["apiVersion"] = "argoproj.io/v1alpha1".into();
    rollout["kind"] = "Rollout".into();
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"namespace": "shop",
        "name": "nightly", "labels": store, "annotations": applied()},
        "spec": {"schedule": "0 0 * * *"}});
    let estate = estate(&[
        deployment("api", 3, &store, &applied()),
        deployment("web", 3, &store, &applied()),
        rollout,
        cron,
        deployment("alone", 3, &json!({}), &json!({})),
    ]);
    let store = app(&estate, EngineId::Kubectl, "store");
    let draft = super::draft(Verb::Restart, store, &estate, 0).unwrap();
    assert!(draft.begins_on_cancel());
    assert_eq!(draft.reads().len(), 3);
    let plan = planned(&estate, store, &["{}", r#"{"spec":{"paused":true}}"#, "{}"]).unwrap();
    assert!(!plan.loses);
    let sent: Vec<String> = plan.requests.iter().map(|one| one.target.to_string()).collect();
    assert_eq!(sent, ["Deployment/api", "Rollout/front"]);
    assert!(plan.requests[1].body.contains("restartAt"), "{}", plan.requests[1].body);
    let notes: Vec<&str> = plan.notes.iter().map(|note| note.text.as_str()).collect();
    assert!(notes.contains(&"restarts 2 workloads: Deployment/api, Rollout/front"), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("left out: Deployment/web is paused")));
    assert!(notes.iter().any(|note| note.contains("by a schedule: CronJob/nightly")));
    let alone = app(&estate, EngineId::None, "alone");
    assert!(!super::draft(Verb::Restart, alone, &estate, 0).unwrap().begins_on_cancel());
    let paused = planned(&estate, alone, &[r#"{"spec":{"paused":true}}"#]).unwrap_err();
    assert!(paused.contains("resume it first"), "{paused}");
}

#[test]
fn a_restart_is_refused_elsewhere_and_where_nothing_can_be_restarted() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": "shop", "name": "debug"}, "spec": {"containers": []}});
    let estate = estate(&[pod, deployment("api", 3, &json!({}), &json!({}))]);
    let debug = app(&estate, EngineId::None, "debug");
    assert!(restart::refusal(debug, &estate).unwrap().contains("Pod/debug runs once"));
    let mut away = app(&estate, EngineId::None, "api").clone();
    away.destination = Destination::Named("prod-us".into());
    assert!(restart::refusal(&away, &estate).unwrap().contains("another cluster (prod-us)"));
    for verb in Verb::ALL.iter().filter(|verb| **verb != Verb::Restart) {
        assert!(super::refusal(*verb, debug, &estate).is_some(), "{verb:?}");
    }
}

#[test]
fn the_page_names_the_workloads_and_what_says_so() {
    let both = json!({"argocd.argoproj.io/tracking-id": "pay:apps/Deployment:shop/other",
        "kubectl.kubernetes.io/last-applied-configuration": "{}"});
    let estate = estate(&[deployment("api", 3, &json!({}), &both)]);
    let api = app(&estate, EngineId::Kubectl, "api");
    assert!(api.message.contains("so it was copied"), "{}", api.message);
    let page = super::engine(EngineId::Kubectl).unwrap().page(api, &estate, &[], 0);
    let names: Vec<&str> = page.objects.iter().map(|one| one.id.name.as_str()).collect();
    assert_eq!(names, ["api"]);
    let labels: Vec<&str> = page.facts.iter().map(|fact| fact.label.as_str()).collect();
    assert_eq!(labels, ["managed", "contradiction"]);
}

#[test]
fn a_set_is_called_as_its_parent_is_and_its_page_lists_its_members() {
    let id = "applyset-9vd3JkBQX1gHTkVBBsSqUZS-v1";
    let labels = json!({"applyset.kubernetes.io/part-of": id});
    let parent = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {
        "namespace": "shop", "name": "store",
        "labels": {"applyset.kubernetes.io/id": id},
        "annotations": {"applyset.kubernetes.io/tooling": "kubectl/v1.34",
            "applyset.kubernetes.io/contains-group-kinds": "Deployment.apps,Service",
            "applyset.kubernetes.io/additional-namespaces": "data"}}});
    let orphan = estate(&[deployment("api", 3, &labels, &applied())]);
    let open = AppId::new(EngineId::ApplySet, "", id);
    assert!(orphan.app(&open).unwrap().message.contains("parent of this set"));

    let mut estate = estate(&[deployment("api", 3, &labels, &applied()), parent]);
    let store = app(&estate, EngineId::ApplySet, "store").clone();
    assert_eq!(store.source, "kubectl/v1.34");
    assert_eq!(estate.workloads(&store.id).len(), 1);
    assert_eq!(estate.apps().count(), 1);
    assert_eq!(estate.find(&open).map(|app| &app.id), Some(&store.id));
    let engine = super::engine(EngineId::ApplySet).unwrap();
    let reads: Vec<String> =
        engine.page_reads(&store, &estate).into_iter().map(|read| read.path).collect();
    assert_eq!(reads.len(), 4, "two kinds in two namespaces");
    assert_eq!(
        reads[0],
        format!(
            "/apis/apps/v1/namespaces/shop/deployments?labelSelector=applyset.kubernetes.io%2Fpart-of%3D{id}"
        )
    );
    let list = json!({"items": [{"metadata": {"namespace": "shop", "name": "api"}}]});
    let page = engine.page(&store, &estate, &[Ok(list)], 0);
    assert_eq!(page.objects[0].id.name, "api");

    // Without its parent it is known by its id again.
    let secrets = estate.watched().iter().position(|watch| {
        watch.resource.kind == "Secret" && watch.labels == "applyset.kubernetes.io/id"
    });
    estate.forget(u16::try_from(secrets.unwrap()).unwrap());
    estate.settle(&|_| "".into());
    assert!(estate.app(&store.id).is_none());
    assert_eq!(estate.workloads(&open).len(), 1);
}
