//! Trees of objects as a cluster has them.
#![allow(clippy::unwrap_used)]

use super::{Graph, ObjectId, Presence, Tree, needs};
use crate::kinds::{Pool, Projection, builtin};
use crate::model::{Catalogue, Facet, SubId, Text};
use serde_json::{Value, json};

#[derive(Default)]
struct World {
    graph: Graph,
    fed: u32,
}

impl World {
    fn new(objects: &[Value]) -> Self {
        let mut this = Self::default();
        this.graph.learn_kinds(&Catalogue::new(builtin::resources()));
        for object in objects {
            this.add(object);
        }
        this
    }

    /// Returns the slot it was put into.
    fn add(&mut self, object: &Value) -> u32 {
        let catalogue = Catalogue::new(builtin::resources());
        let group = object["apiVersion"].as_str().unwrap().split_once('/').map_or("", |g| g.0);
        let resource = catalogue.by_kind(group, object["kind"].as_str().unwrap()).unwrap();
        let projection = Projection::new(resource, Facet::Links, &[], &[]).0;
        let mut rows = Vec::new();
        projection.rows(object.to_string().as_bytes(), &mut Pool::default(), &mut rows).unwrap();
        self.fed += 1;
        let kind = (&resource.gvr.group, &resource.kind);
        self.graph.feed(SubId(1), self.fed, kind, rows.first());
        self.fed
    }

    fn remove(&mut self, slot: u32) {
        self.graph.feed(SubId(1), slot, (&Text::new(), &Text::new()), None);
    }

    fn tree(&self, tree: &Tree) -> Vec<String> {
        let lines = tree.lines(&self.graph, &|_| true);
        lines
            .iter()
            .map(|line| {
                let missing = if line.presence == Presence::Missing { " !" } else { "" };
                let word = if line.word.is_empty() { "" } else { " " };
                let depth = "  ".repeat(line.depth);
                format!("{depth}{}{word}{}{missing}", line.word, line.id)
            })
            .collect()
    }
}

fn id(group: &str, kind: &str, name: &str) -> ObjectId {
    ObjectId { group: group.into(), kind: kind.into(), namespace: "shop".into(), name: name.into() }
}

fn object(api: &str, kind: &str, name: &str, owner: Option<(&str, &str)>, spec: Value) -> Value {
    let owners = owner.map(|(kind, name)| {
        json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "controller": true}])
    });
    json!({"apiVersion": api, "kind": kind, "spec": spec, "metadata": {
        "name": name, "namespace": "shop", "ownerReferences": owners,
        "labels": {"app": "web"}, "creationTimestamp": "2026-01-01T00:00:00Z"}})
}

fn pods(config: &str) -> Value {
    json!({"containers": [{"name": "web", "envFrom": [{"secretRef": {"name": "db"}}]}],
        "volumes": [{"name": "c", "configMap": {"name": config}}]})
}

fn template(config: &str) -> Value {
    json!({"template": {"metadata": {"labels": {"app": "web"}}, "spec": pods(config)}})
}

fn shop() -> World {
    World::new(&[
        object("apps/v1", "Deployment", "web", None, template("web")),
        object("apps/v1", "ReplicaSet", "web-1", Some(("Deployment", "web")), template("web")),
        object("v1", "Pod", "web-1-a", Some(("ReplicaSet", "web-1")), pods("web")),
        object("v1", "Service", "web", None, json!({"selector": {"app": "web"}})),
        object(
            "networking.k8s.io/v1",
            "Ingress",
            "web",
            None,
            json!({"rules": [{"http": {
            "paths": [{"backend": {"service": {"name": "web"}}}]}}]}),
        ),
        object("v1", "ConfigMap", "web", None, Value::Null),
    ])
}

#[test]
fn a_deployment_stands_above_its_pods_and_below_what_routes_to_them() {
    let tree = Tree::new(vec![id("apps", "Deployment", "web")]);
    assert_eq!(
        shop().tree(&tree),
        [
            "Deployment/web",
            "  owns ReplicaSet/web-1",
            "    owns Pod/web-1-a",
            "  mounts ConfigMap/web",
            "  env from Secret/db !",
            "  selected by Service/web",
            "    routed to by Ingress/web",
        ],
        "what the template says is said once, and the Secret is not there"
    );
}

#[test]
fn an_ingress_leads_down_to_the_pods() {
    let tree = Tree::new(vec![id("networking.k8s.io", "Ingress", "web")]);
    assert_eq!(
        shop().tree(&tree)[..3],
        ["Ingress/web", "  routes to Service/web", "    selects Pod/web-1-a"]
    );
}

#[test]
fn a_rolling_update_is_followed_change_by_change() {
    let mut world = shop();
    let tree = Tree::new(vec![id("apps", "Deployment", "web")]);
    world.add(&object("apps/v1", "Deployment", "web", None, template("web-2")));
    let mut new =
        object("apps/v1", "ReplicaSet", "web-2", Some(("Deployment", "web")), template("web-2"));
    new["metadata"]["creationTimestamp"] = json!("2026-01-02T00:00:00Z");
    world.add(&new);
    let pod =
        world.add(&object("v1", "Pod", "web-2-a", Some(("ReplicaSet", "web-2")), pods("web-2")));
    let lines = world.tree(&tree);
    assert!(lines.contains(&"  mounts ConfigMap/web-2 !".to_owned()), "{lines:#?}");
    assert!(
        lines.contains(&"    mounts ConfigMap/web".to_owned()),
        "the old revision still uses the old one: {lines:#?}"
    );
    assert!(lines.contains(&"    owns Pod/web-2-a".to_owned()), "{lines:#?}");
    world.remove(3);
    let lines = world.tree(&tree);
    assert!(!lines.iter().any(|line| line.contains("web-1")), "history is left out: {lines:#?}");
    world.remove(pod);
    let lines = world.tree(&tree);
    assert!(lines.contains(&"  owns ReplicaSet/web-2".to_owned()), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("Pod/")), "{lines:#?}");
}

#[test]
fn branches_fold_and_the_filter_keeps_the_way_to_what_it_finds() {
    let world = shop();
    let mut tree = Tree::new(vec![id("apps", "Deployment", "web")]);
    let lines = tree.lines(&world.graph, &|_| true);
    tree.folds.toggle(lines[1].place);
    assert!(!world.tree(&tree).iter().any(|line| line.contains("Pod/")));
    tree.filter = "pod/".to_owned();
    assert_eq!(
        world.tree(&tree),
        ["Deployment/web", "  owns ReplicaSet/web-1", "    owns Pod/web-1-a"]
    );
}

#[test]
fn owners_that_own_each_other_end_somewhere() {
    let world = World::new(&[
        object("apps/v1", "ReplicaSet", "a", Some(("ReplicaSet", "b")), template("x")),
        object("apps/v1", "ReplicaSet", "b", Some(("ReplicaSet", "a")), template("x")),
    ]);
    let tree = Tree::new(vec![id("apps", "ReplicaSet", "a")]);
    assert!(world.tree(&tree).len() < 10);
}

#[test]
fn what_has_to_be_watched_follows_from_what_is_named() {
    let world = shop();
    let catalogue = Catalogue::new(builtin::resources());
    let plurals = |shown: &[ObjectId]| -> Vec<String> {
        needs(&catalogue, ("apps", "Deployment"), &"shop".into(), &world.graph, shown)
            .into_iter()
            .map(|wanted| format!("{} {}", wanted.resource.gvr.plural, wanted.namespace))
            .collect()
    };
    let first = plurals(&[]);
    assert!(first.contains(&"ingresses shop".to_owned()), "{first:?}");
    assert!(!first.contains(&"secrets shop".to_owned()), "nothing names one yet: {first:?}");
    let then = plurals(&[id("apps", "Deployment", "web")]);
    assert!(then.contains(&"secrets shop".to_owned()), "{then:?}");
}
