//! Requests through a pipe, as the program's client makes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ::http::{Method, Request};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::*;

/// A client on one connection.
pub struct Client(SendRequest<Full<Bytes>>);

/// The lines of a watch.
pub struct Lines {
    body: Incoming,
    held: Vec<u8>,
}

impl Client {
    pub async fn new(demo: &Demo) -> Self {
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(demo.dial())).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> ::http::Response<Incoming> {
        let mut request = Request::builder().method(method).uri(path).header("host", "demo");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.0.ready().await.unwrap();
        self.0.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap()
    }

    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        media: &str,
        body: Value,
    ) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let response = self
            .send(
                method,
                path,
                &[("content-type", media), ("user-agent", "wheelhouse-test/1")],
                body,
            )
            .await;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let value = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        (status, value)
    }

    pub async fn get(&mut self, path: &str) -> (u16, Value) {
        self.call("GET", path, "application/json", Value::Null).await
    }

    pub async fn watch(mut self, path: &str) -> Lines {
        let response = self.send(Method::GET, path, &[], String::new()).await;
        assert_eq!(response.status(), 200);
        Lines { body: response.into_body(), held: Vec::new() }
    }
}

impl Lines {
    pub async fn next(&mut self) -> Value {
        loop {
            if let Some(end) = self.held.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.held.drain(..=end).collect();
                return serde_json::from_slice(&line).unwrap();
            }
            match self.body.frame().await {
                Some(frame) => self.held.extend(frame.unwrap().into_data().unwrap()),
                None => return Value::Null,
            }
        }
    }

    pub async fn told(&mut self) -> String {
        let event = self.next().await;
        let name = event["object"]["metadata"]["name"].as_str().unwrap_or_default();
        format!("{} {name}", event["type"].as_str().unwrap_or("END"))
    }
}

fn config_map(namespace: &str, name: &str, colour: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": namespace, "name": name, "labels": {"colour": colour}}})
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
        "status": {"phase": "Active"}})
}

fn small() -> Demo {
    Demo::with_objects(vec![
        namespace("a"),
        namespace("a-b"),
        config_map("a", "one", "red"),
        config_map("a", "two", "blue"),
        config_map("a-b", "three", "red"),
    ])
}

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["metadata"]["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn objects_are_listed_in_pages_and_selected() {
    let demo = small();
    let mut client = Client::new(&demo).await;
    let (status, all) = client.get("/api/v1/configmaps").await;
    assert_eq!(status, 200);
    // Storage order: "a-b/" sorts before "a/".
    assert_eq!(names(&all), ["three", "one", "two"]);
    assert_eq!(all["kind"], "ConfigMapList");

    let (_, page) = client.get("/api/v1/configmaps?limit=2").await;
    assert_eq!(names(&page), ["three", "one"]);
    assert_eq!(page["metadata"]["remainingItemCount"], 1);
    let token = page["metadata"]["continue"].as_str().unwrap();
    let (_, rest) = client.get(&format!("/api/v1/configmaps?limit=2&continue={token}")).await;
    assert_eq!(names(&rest), ["two"]);
    assert_eq!(rest["metadata"]["resourceVersion"], page["metadata"]["resourceVersion"]);

    let (_, red) = client.get("/api/v1/configmaps?labelSelector=colour%3Dred").await;
    assert_eq!(names(&red), ["three", "one"]);
    let (_, one) =
        client.get("/api/v1/namespaces/a/configmaps?fieldSelector=metadata.name%3Done").await;
    assert_eq!(names(&one), ["one"]);
}

#[tokio::test]
async fn missing_objects_and_paths_are_told_as_the_api_server_does() {
    let demo = small();
    let mut client = Client::new(&demo).await;
    let (status, body) = client.get("/apis/apps/v1/namespaces/a/deployments/x").await;
    assert_eq!(status, 404);
    assert_eq!(
        body,
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "deployments.apps \"x\" not found", "reason": "NotFound",
            "details": {"name": "x", "group": "apps", "kind": "deployments"}, "code": 404})
    );
    assert_eq!(client.get("/apis/nope/v1/things").await.0, 404);
    demo.set_rules(Rules(vec![Deny {
        verbs: vec!["list".to_owned()],
        resources: vec!["secrets".to_owned()],
        namespace: None,
    }]));
    let (status, body) = client.get("/api/v1/secrets").await;
    assert_eq!(status, 403, "{body}");
    assert_eq!(
        body["message"],
        "secrets is forbidden: User \"demo\" cannot list resource \"secrets\" in API group \"\" at the cluster scope"
    );
}

#[tokio::test]
async fn a_watch_starts_with_what_is_there_and_ends_in_time() {
    let demo = small();
    let path = "/api/v1/namespaces/a/configmaps?watch=true&sendInitialEvents=true\
        &resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=0";
    let mut lines = Client::new(&demo).await.watch(path).await;
    assert_eq!(lines.told().await, "ADDED one");
    assert_eq!(lines.told().await, "ADDED two");
    let bookmark = lines.next().await;
    assert_eq!(bookmark["type"], "BOOKMARK");
    let meta = &bookmark["object"]["metadata"];
    assert_eq!(meta["annotations"]["k8s.io/initial-events-end"], "true");
    assert_eq!(lines.told().await, "END ");
}

#[tokio::test]
async fn a_watch_from_a_forgotten_version_is_expired() {
    let demo = small();
    demo.expire_history().await;
    let mut lines =
        Client::new(&demo).await.watch("/api/v1/configmaps?watch=true&resourceVersion=2").await;
    let event = lines.next().await;
    assert_eq!(event["type"], "ERROR");
    assert_eq!(event["object"]["code"], 410);
    assert_eq!(event["object"]["reason"], "Expired");
    assert_eq!(lines.next().await, Value::Null);
}

#[tokio::test]
async fn discovery_is_served_in_both_forms() {
    let demo = small();
    let mut client = Client::new(&demo).await;
    let accept =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let response = client.send(Method::GET, "/apis", &[("accept", accept)], String::new()).await;
    assert!(response.headers()["content-type"].to_str().unwrap().contains("APIGroupDiscoveryList"));
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let list: Value = serde_json::from_slice(&bytes).unwrap();
    let apps = list["items"].as_array().unwrap().iter().find(|g| g["metadata"]["name"] == "apps");
    let resources = apps.unwrap()["versions"][0]["resources"].as_array().unwrap();
    let deployments = resources.iter().find(|r| r["resource"] == "deployments").unwrap();
    assert_eq!(deployments["shortNames"], json!(["deploy"]));
    assert_eq!(deployments["subresources"][0]["responseKind"]["kind"], "Scale");

    let (_, legacy) = client.get("/api/v1").await;
    let names: Vec<&str> = legacy["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"pods") && names.contains(&"pods/status"), "{names:?}");
    assert_eq!(client.get("/version").await.1["gitVersion"], "v1.36.3");
}

const NOON: i64 = 1_795_262_400_000;

async fn everything(demo: &Demo) -> Vec<Value> {
    let mut client = Client::new(demo).await;
    let mut all = Vec::new();
    for path in [
        "/api/v1/pods",
        "/api/v1/events",
        "/api/v1/secrets",
        "/apis/apps/v1/deployments",
        "/apis/apps/v1/replicasets",
        "/apis/argoproj.io/v1alpha1/applications",
        "/apis/helm.toolkit.fluxcd.io/v2/helmreleases",
    ] {
        let (status, list) = client.get(path).await;
        assert_eq!(status, 200, "{path}: {list}");
        all.push(list);
    }
    all
}

#[tokio::test]
async fn one_seed_gives_one_cluster_and_one_story() {
    let options = DemoOptions { pods: 60, churn: 20.0, seed: 7, ..DemoOptions::default() };
    let (one, two) = (Demo::paused(options.clone(), NOON), Demo::paused(options.clone(), NOON));
    assert_eq!(everything(&one).await, everything(&two).await);
    // The first release takes its course.
    one.step(1_500).await;
    two.step(1_500).await;
    let (after_one, after_two) = (everything(&one).await, everything(&two).await);
    assert_eq!(after_one, after_two);
    let other = Demo::paused(DemoOptions { seed: 8, ..options }, NOON);
    assert_ne!(
        everything(&other).await,
        everything(&Demo::paused(DemoOptions::default(), NOON)).await
    );
    let events = after_one[1]["items"].as_array().unwrap();
    let reasons: Vec<&str> = events.iter().map(|e| e["reason"].as_str().unwrap()).collect();
    for reason in ["ScalingReplicaSet", "Scheduled", "BackOff"] {
        assert!(reasons.contains(&reason), "{reason} in {reasons:?}");
    }
}

#[tokio::test]
async fn the_estate_has_its_troubles() {
    let demo = Demo::paused(DemoOptions::default(), NOON);
    demo.step(150).await;
    let mut client = Client::new(&demo).await;
    let (_, pods) = client.get("/api/v1/pods").await;
    let count = pods["items"].as_array().unwrap().len();
    assert!((120..170).contains(&count), "{count} pods");
    let stuck = pods["items"].as_array().unwrap().iter().any(|pod| {
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff"
    });
    assert!(stuck, "nothing is stuck on its image");
    let (_, api) = client.get("/apis/apps/v1/namespaces/shop/deployments/payments-api").await;
    assert_eq!(api["spec"]["replicas"], 5);
    assert_eq!(api["status"]["readyReplicas"], 5);
    let managers: Vec<&str> = api["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["manager"].as_str().unwrap())
        .collect();
    assert!(
        managers.contains(&"kubectl-scale") && managers.contains(&"kubectl-edit"),
        "{managers:?}"
    );
}

#[tokio::test]
async fn scaling_a_deployment_makes_and_ends_pods() {
    let demo = Demo::paused(DemoOptions::default(), NOON);
    demo.step(100).await;
    let mut client = Client::new(&demo).await;
    let path = "/apis/apps/v1/namespaces/shop/deployments/catalog";
    for (wanted, patch) in [(6, 6), (1, 1)] {
        let (status, _) = client
            .call(
                "PATCH",
                &format!("{path}/scale?fieldManager=wheelhouse"),
                "application/merge-patch+json",
                json!({"spec": {"replicas": patch}}),
            )
            .await;
        assert_eq!(status, 200);
        let mut deployment = Value::Null;
        for _ in 0..40 {
            demo.step(25).await;
            deployment = client.get(path).await.1;
            if deployment["status"]["readyReplicas"] == wanted {
                break;
            }
        }
        assert_eq!(deployment["status"]["readyReplicas"], wanted, "{}", deployment["status"]);
        assert_eq!(
            deployment["status"]["observedGeneration"],
            deployment["metadata"]["generation"]
        );
    }
}

#[tokio::test]
async fn an_object_that_leaves_the_selector_is_deleted_for_its_watch() {
    let demo = small();
    let path = "/api/v1/namespaces/a/configmaps?watch=true&labelSelector=colour%3Dred";
    let mut lines = Client::new(&demo).await.watch(path).await;
    assert_eq!(lines.told().await, "ADDED one");
    let mut client = Client::new(&demo).await;
    for (name, colour) in [("one", "green"), ("two", "red"), ("two", "red")] {
        let patch = json!({"metadata": {"labels": {"colour": colour}}});
        let path = format!("/api/v1/namespaces/a/configmaps/{name}");
        assert_eq!(client.call("PATCH", &path, "application/merge-patch+json", patch).await.0, 200);
    }
    assert_eq!(lines.told().await, "DELETED one");
    assert_eq!(lines.told().await, "ADDED two");
    // The second patch of two changed nothing and told nothing.
    client
        .call("DELETE", "/api/v1/namespaces/a/configmaps/two", "application/json", Value::Null)
        .await;
    assert_eq!(lines.told().await, "DELETED two");
}

#[tokio::test]
async fn a_page_shows_the_cluster_as_it_was_when_the_list_began() {
    let demo = small();
    let mut client = Client::new(&demo).await;
    let (_, page) = client.get("/api/v1/configmaps?limit=1").await;
    let token = page["metadata"]["continue"].as_str().unwrap().to_owned();
    client
        .call("DELETE", "/api/v1/namespaces/a/configmaps/two", "application/json", Value::Null)
        .await;
    client
        .call(
            "POST",
            "/api/v1/namespaces/a/configmaps",
            "application/json",
            config_map("a", "new", "red"),
        )
        .await;
    let (_, rest) = client.get(&format!("/api/v1/configmaps?limit=9&continue={token}")).await;
    assert_eq!(names(&rest), ["one", "two"]);
    demo.expire_history().await;
    let (status, gone) = client.get(&format!("/api/v1/configmaps?limit=9&continue={token}")).await;
    assert_eq!((status, gone["reason"].as_str().unwrap()), (410, "Expired"));
}

#[tokio::test]
async fn what_an_object_owned_goes_with_it_or_is_orphaned() {
    for (policy, left) in [("Background", 0), ("Orphan", 1)] {
        let demo = Demo::paused(DemoOptions::default(), NOON);
        let mut client = Client::new(&demo).await;
        let path =
            format!("/apis/apps/v1/namespaces/shop/deployments/catalog?propagationPolicy={policy}");
        assert_eq!(client.call("DELETE", &path, "application/json", Value::Null).await.0, 200);
        demo.step(60).await;
        let (status, _) = client.get("/apis/apps/v1/namespaces/shop/deployments/catalog").await;
        assert_eq!(status, 404, "{policy}");
        let (_, sets) = client.get("/apis/apps/v1/namespaces/shop/replicasets").await;
        let sets: Vec<&str> =
            names(&sets).into_iter().filter(|name| name.starts_with("catalog-")).collect();
        assert_eq!(!sets.is_empty(), left == 1, "{policy}: {sets:?}");
        let (_, pods) = client.get("/api/v1/namespaces/shop/pods").await;
        let pods = names(&pods).into_iter().filter(|name| name.starts_with("catalog-")).count();
        assert_eq!(pods > 0, left == 1, "{policy}: {pods} pods");
    }
}

#[tokio::test]
async fn generated_pods_are_like_others() {
    let demo = Demo::paused(
        DemoOptions { pods: 120, churn: 100.0, seed: 1, ..DemoOptions::default() },
        NOON,
    );
    let mut client = Client::new(&demo).await;
    let (_, list) = client.get("/api/v1/namespaces/load-1/pods").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 50);
    let pod = &list["items"][0];
    let size = pod.to_string().len();
    assert!((6_500..9_000).contains(&size), "{size} bytes");
    assert_eq!(pod["metadata"]["ownerReferences"][0]["kind"], "ReplicaSet");
    assert!(pod["status"]["containerStatuses"][0]["restartCount"].is_u64());
    assert!(!pod.to_string().contains("@{"), "a hole was left open");
    let name = pod["metadata"]["name"].as_str().unwrap();
    let path = format!("/api/v1/namespaces/load-1/pods/{name}");
    let patch = json!({"metadata": {"labels": {"mine": "yes"}}});
    assert_eq!(client.call("PATCH", &path, "application/merge-patch+json", patch).await.0, 200);
    demo.step(300).await;
    let (status, pod) = client.get(&path).await;
    assert_eq!((status, pod["metadata"]["labels"]["mine"].as_str().unwrap()), (200, "yes"));
}

#[tokio::test]
async fn debug_containers_join_pods_and_pods_are_placed_where_asked() {
    let demo = Demo::paused(DemoOptions::default(), NOON);
    let mut client = Client::new(&demo).await;
    let (_, list) = client.get("/api/v1/namespaces/shop/pods").await;
    let names = names(&list);
    let pod = names.iter().find(|name| name.starts_with("payments-api")).unwrap();
    let path = format!("/api/v1/namespaces/shop/pods/{pod}");
    let sub = format!("{path}/ephemeralcontainers");
    let media = "application/strategic-merge-patch+json";
    let patch = |name: &str, image: &str| {
        json!({"spec": {"nodeName": "elsewhere",
            "ephemeralContainers": [{"name": name, "image": image}]}})
    };
    assert_eq!(client.call("PATCH", &sub, media, patch("debugger-a", "busybox")).await.0, 200);
    let (_, now) = client.get(&path).await;
    assert_eq!(now["spec"]["ephemeralContainers"][0]["name"], "debugger-a");
    assert_ne!(now["spec"]["nodeName"], "elsewhere", "nothing else is changed through it");
    // One that is there stays as it is.
    assert_eq!(client.call("PATCH", &sub, media, patch("debugger-a", "other")).await.0, 422);
    demo.step(60).await;
    let (_, now) = client.get(&path).await;
    let status = &now["status"]["ephemeralContainerStatuses"][0];
    assert!(status["state"]["running"].is_object(), "{status}");

    let placed = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "mine"},
        "spec": {"nodeName": "node-a1", "containers": [{"name": "debugger", "image": "busybox"}]}});
    let pods = "/api/v1/namespaces/default/pods";
    assert_eq!(client.call("POST", pods, "application/json", placed).await.0, 201);
    demo.step(60).await;
    let (_, mine) = client.get(&format!("{pods}/mine")).await;
    assert_eq!(
        (&mine["status"]["phase"], &mine["spec"]["nodeName"]),
        (&json!("Running"), &json!("node-a1"))
    );
}
