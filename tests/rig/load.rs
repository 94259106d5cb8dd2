//! Objects as clusters have them, and changes of them at a steady pace.

use crate::support::api::{Api, MERGE, Write};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const STRATEGIC: &str = "application/strategic-merge-patch+json";
/// Namespaces over which the pods are spread.
const NAMESPACES: usize = 10;

/// The status of an object.
pub fn status(path: &str, status: Value) -> Write {
    Write {
        method: "PATCH",
        path: format!("{path}/status?fieldManager=kube-controller-manager"),
        media: MERGE,
        body: json!({ "status": status }),
    }
}

/// Where pod number `i` is.
pub fn pod_path(i: usize) -> String {
    let (namespace, name) = (i % NAMESPACES, pod_name(i));
    format!("/api/v1/namespaces/load-{namespace}/pods/{name}")
}

/// The name of pod number `i`.
pub fn pod_name(i: usize) -> String {
    format!("svc-{:03}-6d9f7c8b5-{i:06}", i % 200)
}

/// The address of pod number `i`: as long as all others, and another.
pub fn pod_ip(i: usize) -> String {
    format!("10.{}.{}.{}", 100 + i / 150 / 150, 100 + i / 150 % 150, 100 + i % 150)
}

/// Writes pods `0..count` with the status that a kubelet would give them: 7.5 to 8 KB of JSON each.
pub fn pods(api: &Api, count: usize) {
    let namespace =
        |i| Write::create("/api/v1/namespaces", json!({"metadata": {"name": format!("load-{i}")}}));
    api.all((0..NAMESPACES).map(namespace));
    api.all((0..count).map(|i| {
        let collection = format!("/api/v1/namespaces/load-{}/pods", i % NAMESPACES);
        Write::create(format!("{collection}?fieldManager=kube-controller-manager"), pod(i))
    }));
    api.all((0..count).map(|i| Write {
        method: "PATCH",
        path: format!("{}/status?fieldManager=kubelet", pod_path(i)),
        media: STRATEGIC,
        body: pod_status(i),
    }));
}

/// Pod number `i` as a controller creates it.
pub fn pod(i: usize) -> Value {
    let app = format!("svc-{:03}", i % 200);
    let mut env: Vec<Value> = (0..14)
        .map(|k| json!({"name": format!("SETTING_{k}"), "value": format!("value-{k}-of-{app}-with-some-length")}))
        .collect();
    env.push(json!({"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}));
    let probe = json!({
        "httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
        "initialDelaySeconds": 5, "periodSeconds": 10, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3,
    });
    let mut containers = vec![json!({
        "name": "app",
        "image": format!("registry.example.com/team/{app}:1.{}.0", i % 7),
        "env": env,
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "500m", "memory": "256Mi"}},
        "livenessProbe": probe, "readinessProbe": probe,
        "volumeMounts": [{"name": "config", "mountPath": "/etc/config"}, {"name": "data", "mountPath": "/data"}],
    })];
    if i.is_multiple_of(3) {
        containers.push(json!({
            "name": "proxy", "image": "registry.example.com/mesh/proxy:2.1.0", "args": ["--level", "info"],
            "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
        }));
    }
    json!({
        "metadata": {
            "name": pod_name(i),
            "namespace": format!("load-{}", i % NAMESPACES),
            "labels": {
                "app": app, "app.kubernetes.io/name": app, "app.kubernetes.io/instance": app,
                "pod-template-hash": "6d9f7c8b5",
            },
            "annotations": {"checksum/config": "a".repeat(64), "prometheus.io/scrape": "true"},
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("{app}-6d9f7c8b5"),
                "uid": format!("00000000-0000-4000-8000-{:012}", i % 200), "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "spec": {
            "nodeName": format!("node-{}", i % 50),
            "containers": containers,
            "volumes": [{"name": "config", "configMap": {"name": format!("{app}-config")}}, {"name": "data", "emptyDir": {}}],
        },
    })
}

/// What a kubelet says of it.
pub fn pod_status(i: usize) -> Value {
    let at = "2026-11-22T00:10:00Z";
    let ip = pod_ip(i);
    let conditions =
        ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
            .map(|kind| json!({"type": kind, "status": "True", "lastTransitionTime": at}));
    let container = |name: &str, image: &str| {
        json!({
            "name": name, "image": image, "imageID": format!("{image}@sha256:{}", "b".repeat(64)),
            "containerID": format!("containerd://{}", "c".repeat(64)), "ready": true, "started": true,
            "restartCount": if i.is_multiple_of(50) { i % 4 } else { 0 },
            "state": {"running": {"startedAt": at}},
        })
    };
    let app = format!("registry.example.com/team/svc-{:03}:1.{}.0", i % 200, i % 7);
    let mut containers = vec![container("app", &app)];
    if i.is_multiple_of(3) {
        containers.push(container("proxy", "registry.example.com/mesh/proxy:2.1.0"));
    }
    json!({"status": {
        "phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}],
        "hostIP": "192.168.0.1", "hostIPs": [{"ip": "192.168.0.1"}],
        "startTime": at, "qosClass": "Burstable", "conditions": conditions, "containerStatuses": containers,
    }})
}

/// Writes at a steady pace until it is dropped.
pub struct Churn {
    ends: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    began: Instant,
    thread: Option<JoinHandle<()>>,
}

impl Churn {
    /// Sends what `next` gives for 0, 1, 2 and so on, `rate` a second at most, until that gives nothing more.
    pub fn start(
        api: Api,
        rate: f64,
        mut next: impl FnMut(u64) -> Option<Vec<Write>> + Send + 'static,
    ) -> Self {
        let (ends, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (ended, counted) = (Arc::clone(&ends), Arc::clone(&done));
        let began = Instant::now();
        let thread = std::thread::spawn(move || {
            for i in 0.. {
                let Some(writes) = next(i).filter(|_| !ended.load(Ordering::Relaxed)) else {
                    return;
                };
                for write in writes {
                    api.all([write]);
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                let due = began + Duration::from_secs_f64((i + 1) as f64 / rate);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        });
        Self { ends, done, began, thread: Some(thread) }
    }

    /// Labels of the pods `0..count` change, picked in no order that helps anybody.
    pub fn of_pods(api: Api, rate: f64, count: usize) -> Self {
        let mut at = 1_usize;
        Self::start(api, rate, move |i| {
            at = (at * 48271 + 11) % 0x7fff_ffff;
            let body = json!({"metadata": {"annotations": {"churn": i.to_string()}}});
            Some(vec![Write::merge(pod_path(at % count), body)])
        })
    }

    /// Writes a second that the server took so far.
    pub fn rate(&self) -> f64 {
        self.done.load(Ordering::Relaxed) as f64 / self.began.elapsed().as_secs_f64()
    }
}

impl Drop for Churn {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A writer that failed has said why.
            let _ = thread.join();
        }
    }
}
