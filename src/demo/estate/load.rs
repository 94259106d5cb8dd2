//! `--pods N --churn R`: pods by the ten thousand, and their unrest. They share one text with
//! holes, so that they cost little memory and no start-up time.

use std::rc::Rc;

use serde_json::json;

use super::make::{DAY, Maker};
use super::pods::{self, Stage};
use super::{controllers, scene::NODES};
use crate::demo::DemoOptions;
use crate::demo::apply::{self, Writer};
use crate::demo::body::{Blueprint, Body};
use crate::demo::clock::stamp;
use crate::demo::prng::Prng;
use crate::demo::store::{Key, Store, TypeId, key_of};

/// Namespaces the generated pods are spread over.
const NAMESPACES: usize = 10;
/// Pods of one Deployment.
const PER_DEPLOYMENT: usize = 50;
/// Most changes done in one go; more often than this many per second nothing wakes up.
const WAKES: f64 = 50.0;

/// One generated pod.
struct Pod {
    key: Key,
    uid: Rc<str>,
    set: usize,
    restarts: u32,
    ready: bool,
    born: i64,
}

/// A ReplicaSet that generated pods belong to.
struct Group {
    namespace: String,
    name: String,
    uid: Rc<str>,
}

/// The generated pods.
#[derive(Default)]
pub struct Load {
    id: TypeId,
    pods: Vec<Pod>,
    groups: Vec<Group>,
    blueprint: Option<Rc<Blueprint>>,
    random: Option<Prng>,
    rate: f64,
    owed: f64,
}

// What fills the holes of the blueprint; hole 0 is the resourceVersion.
const HOLES: &[&str] = &[
    "name",
    "namespace",
    "uid",
    "set",
    "set_uid",
    "node",
    "born",
    "restarts",
    "ready",
    "reason",
    "ip",
    "changed",
];

fn hole(name: &str) -> String {
    let at = HOLES.iter().position(|hole| *hole == name).unwrap_or(0) + 1;
    format!("@{{{at}}}")
}

fn raw(name: &str) -> String {
    hole(name).replace("@{", "@{#")
}

impl Load {
    /// Adds the pods that were asked for, with what owns them.
    pub fn build(store: &mut Store, options: &DemoOptions) -> Self {
        if options.pods == 0 {
            return Self::default();
        }
        let id = store.find("", "pods").unwrap_or_default();
        let random = Prng::new(options.seed ^ 0x10ad);
        let mut load = Self {
            id,
            blueprint: Some(Rc::new(blueprint(store, id))),
            rate: options.churn,
            random: Some(random.clone()),
            ..Self::default()
        };
        load.owners(store, options);
        let mut random = random;
        let now = store.clock.millis() / 1000;
        for number in 0..options.pods {
            let set = number / PER_DEPLOYMENT;
            let born = now - random.between(60, 5 * DAY);
            load.create(store, set, born, &mut random);
        }
        load.random = Some(random);
        load
    }

    fn owners(&mut self, store: &mut Store, options: &DemoOptions) {
        let mut maker = Maker::new(store, options.seed ^ 0x0b5e55ed);
        let deployments = options.pods.div_ceil(PER_DEPLOYMENT);
        for number in 0..NAMESPACES.min(deployments) {
            let name = format!("load-{number}");
            maker.add(
                "kubectl-create",
                6 * DAY,
                json!({
                    "apiVersion": "v1", "kind": "Namespace",
                    "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                    "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
                }),
            );
        }
        for number in 0..deployments {
            let count = PER_DEPLOYMENT.min(options.pods - number * PER_DEPLOYMENT);
            let namespace = format!("load-{}", number % NAMESPACES);
            let name = format!("service-{number}");
            let labels = json!({"app": name});
            let deployment = maker.add("kubectl-client-side-apply", 6 * DAY, json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": name, "namespace": namespace, "labels": labels, "annotations": {"deployment.kubernetes.io/revision": "1"}},
                "spec": {"replicas": count, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "app", "image": "registry.example.com/load/app:1.0.0"}]}}},
                "status": {"observedGeneration": 1, "replicas": count, "updatedReplicas": count, "readyReplicas": count, "availableReplicas": count},
            }));
            let hash = controllers::template_hash(&deployment["spec"]["template"]);
            let mut set = controllers::replica_set(
                &deployment,
                &deployment["spec"]["template"],
                &hash,
                count as i64,
                1,
            );
            set["status"] = json!({"replicas": count, "readyReplicas": count, "availableReplicas": count, "observedGeneration": 1});
            let set = maker.add("kube-controller-manager", 6 * DAY, set);
            self.groups.push(Group {
                namespace,
                name: format!("{name}-{hash}"),
                uid: set["metadata"]["uid"].as_str().unwrap_or_default().into(),
            });
        }
    }

    fn create(&mut self, store: &mut Store, set: usize, born: i64, random: &mut Prng) {
        let Some(group) = self.groups.get(set) else { return };
        let name = format!("{}-{}", group.name, random.suffix(5));
        let pod = Pod {
            key: key_of(Some(&group.namespace), &name),
            uid: random.uid().into(),
            set,
            restarts: if random.below(20) == 0 { random.below(9) as u32 } else { 0 },
            ready: true,
            born,
        };
        self.put(store, &pod, born);
        self.pods.push(pod);
    }

    fn put(&self, store: &mut Store, pod: &Pod, changed: i64) {
        let (Some(group), Some(blueprint)) = (self.groups.get(pod.set), &self.blueprint) else {
            return;
        };
        let seed = pod.born.unsigned_abs() as usize + pod.set;
        let name = pod.key.rsplit('/').next().unwrap_or_default();
        store.put_made(self.id, &pod.key, &pod.uid, Some(&group.uid), |version| {
            let holes: Vec<Box<str>> = vec![
                version.to_string().into(),
                name.into(),
                group.namespace.as_str().into(),
                (&*pod.uid).into(),
                group.name.as_str().into(),
                (&*group.uid).into(),
                NODES[seed % NODES.len()].0.into(),
                stamp(pod.born).into(),
                pod.restarts.to_string().into(),
                pod.ready.to_string().into(),
                if pod.ready { "True" } else { "False" }.into(),
                format!("10.{}.{}.{}", 200 + seed % 50, seed / 50 % 250, seed % 250).into(),
                stamp(changed).into(),
            ];
            Body::made(blueprint, holes)
        });
    }

    /// Milliseconds between two wake-ups, if there is any unrest.
    pub fn every(&self) -> Option<i64> {
        let churning = !self.pods.is_empty() && self.rate > 0.0;
        churning.then(|| (1000.0 / self.rate.min(WAKES)).ceil() as i64)
    }

    /// The unrest of one wake-up.
    pub fn churn(&mut self, store: &mut Store) {
        let (Some(every), Some(mut random)) = (self.every(), self.random.take()) else { return };
        self.owed += self.rate * every as f64 / 1000.0;
        let now = store.clock.millis() / 1000;
        while self.owed >= 1.0 && !self.pods.is_empty() {
            self.owed -= 1.0;
            let at = random.below(self.pods.len());
            // A namesake may have been changed or deleted from outside: then it is left alone.
            let mine = store.get(self.id, &self.pods[at].key).is_some_and(|entry| {
                entry.uid == self.pods[at].uid && matches!(entry.body, Body::Made(_))
            });
            if !mine {
                self.pods.swap_remove(at);
                continue;
            }
            if random.below(20) == 0 {
                let gone = self.pods.swap_remove(at);
                store.remove(self.id, &gone.key);
                self.create(store, gone.set, now, &mut random);
                // The pair counts as two changes.
                self.owed -= 1.0;
                continue;
            }
            let pod = &mut self.pods[at];
            pod.ready = !pod.ready;
            if !pod.ready {
                pod.restarts += 1;
            }
            let pod = &self.pods[at];
            self.put(store, pod, now);
        }
        self.random = Some(random);
    }
}

/// The text of a generated pod, with holes for what differs.
fn blueprint(store: &Store, id: TypeId) -> Blueprint {
    let variables: Vec<_> = (0..12).map(|number| json!({"name": format!("SETTING_{number}"), "value": format!("value-{number}")})).collect();
    let probe = json!({"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3});
    let template = json!({
        "metadata": {"labels": {"app": "load", "pod-template-hash": "load"}},
        "spec": {"restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "securityContext": {}, "schedulerName": "default-scheduler",
            "serviceAccountName": "default", "containers": [{"name": "app", "image": "registry.example.com/load/app:1.0.0", "imagePullPolicy": "IfNotPresent",
            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}], "env": variables, "readinessProbe": probe, "livenessProbe": probe,
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}]},
    });
    let owner = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": hole("set"), "namespace": hole("namespace"), "uid": hole("set_uid")}});
    let mut random = Prng::new(1);
    let mut pod = pods::from_template(&template, &owner, &hole("name"), &mut random);
    pod["metadata"]["generateName"] = format!("{}-", hole("set")).into();
    pod["metadata"]["uid"] = hole("uid").into();
    pod["metadata"]["creationTimestamp"] = hole("born").into();
    pod["metadata"]["generation"] = 1.into();
    pod["spec"]["nodeName"] = hole("node").into();
    let ty = store.ty(id).clone();
    let writer = |manager: &str, subresource: &str, time: &str| Writer {
        manager: manager.to_owned(),
        api_version: "v1".to_owned(),
        subresource: subresource.to_owned(),
        time: hole(time),
    };
    apply::record_update(
        &ty,
        &serde_json::Value::Null,
        &mut pod,
        &writer("kube-controller-manager", "", "born"),
    );
    let old = pod.clone();
    let mut status = pods::status(&pod, Stage::Ready, 0, &mut random);
    status["startTime"] = hole("born").into();
    status["podIP"] = hole("ip").into();
    status["podIPs"] = json!([{"ip": hole("ip")}]);
    for condition in status["conditions"].as_array_mut().into_iter().flatten() {
        let readiness = condition["type"] == "Ready" || condition["type"] == "ContainersReady";
        condition["lastTransitionTime"] = hole(if readiness { "changed" } else { "born" }).into();
        if readiness {
            condition["status"] = hole("reason").into();
        }
    }
    let container = &mut status["containerStatuses"][0];
    container["ready"] = raw("ready").into();
    container["restartCount"] = raw("restarts").into();
    container["state"] = json!({"running": {"startedAt": hole("changed")}});
    pod["status"] = status;
    apply::record_update(&ty, &old, &mut pod, &writer("kubelet", "status", "changed"));
    pod["metadata"]["resourceVersion"] = "@{0}".into();
    let text = crate::demo::store::type_first(pod).to_string();
    Blueprint::parse(&text)
}
