//! Live usage: polled while somebody looks, from where it may be read.

use super::*;
use crate::model::{Key, Usage};

const BASE: &str = "/apis/metrics.k8s.io/v1beta1";

fn measured(namespace: &str, name: &str) -> String {
    format!(
        r#"{{"metadata":{{"name":"{name}","namespace":"{namespace}"}},
            "containers":[{{"usage":{{"cpu":"5m","memory":"1Ki"}}}}]}}"#
    )
}

fn list(items: &[String]) -> Answer {
    Answer::new(200, format!(r#"{{"items":[{}],"metadata":{{}}}}"#, items.join(",")))
}

/// A metrics server with a pod `x` in each of these namespaces; others are forbidden.
fn serving(namespaces: &'static [&'static str], all: bool) -> Fake {
    let fake = Fake::new();
    fake.handle(move |seen| {
        let path = seen.path.strip_prefix(BASE)?;
        let no = Answer::status(403, "Forbidden");
        Some(match path {
            "/nodes" => list(&[measured("", "n1").replace("containers", "x")]),
            "/pods" if all => {
                list(&namespaces.iter().map(|ns| measured(ns, "x")).collect::<Vec<_>>())
            }
            _ => {
                let ns = path.strip_prefix("/namespaces/").and_then(|p| p.strip_suffix("/pods"));
                match ns.filter(|ns| namespaces.contains(ns)) {
                    Some(ns) => list(&[measured(ns, "x")]),
                    None => no,
                }
            }
        })
    });
    fake
}

fn polls(fake: &Fake) -> Vec<String> {
    let all = fake.seen().into_iter().filter_map(|s| s.path.strip_prefix(BASE).map(str::to_owned));
    all.collect()
}

/// Namespaces in which the newest figures have a pod `x`, of those asked about.
fn shown(world: &World, asked: &[&str]) -> Vec<String> {
    let told = world.others.iter().rev().find_map(|event| match event {
        Event::Cluster(_, ClusterEvent::Metrics { gvr, metrics }) if gvr.plural == "pods" => {
            Some(Arc::clone(metrics))
        }
        _ => None,
    });
    let Some(metrics) = told else { return Vec::new() };
    let usage = Usage { cpu_millis: 5, memory_bytes: 1024 };
    let has = |ns: &&&str| {
        metrics.get(&Key { namespace: (**ns).into(), name: "x".into() }) == Some(usage)
    };
    asked.iter().filter(has).map(|ns| (*ns).to_owned()).collect()
}

fn want(world: &World, pods: Option<&[&str]>, nodes: bool) {
    let pods = pods.map(|names| names.iter().map(|name| (*name).into()).collect());
    world.send(Command::Metrics { cluster: CLUSTER, pods, nodes });
}

#[test]
fn pods_of_several_namespaces_are_one_answer_and_asked_again_while_wanted() {
    let fake = serving(&["a", "b", "c"], true);
    tell(&fake.clone(), Settings::default(), async move |mut world| {
        want(&world, Some(&["a", "b"]), false);
        world.seconds(1).await;
        assert_eq!(shown(&world, &["a", "b", "c"]), ["a", "b"]);
        assert_eq!(polls(&fake), ["/namespaces/a/pods", "/namespaces/b/pods"]);
        world.seconds(15).await;
        assert_eq!(polls(&fake).len(), 4);
        // The same wish again starts nothing anew.
        want(&world, Some(&["a", "b"]), false);
        world.seconds(1).await;
        assert_eq!(polls(&fake).len(), 4);
        want(&world, None, false);
        world.seconds(60).await;
        assert_eq!(polls(&fake).len(), 4, "nobody looks");
        want(&world, Some(&[]), true);
        world.seconds(1).await;
        assert_eq!(shown(&world, &["a", "b", "c"]), ["a", "b", "c"]);
        let nodes = |event: &Event| matches!(event, Event::Cluster(_, ClusterEvent::Metrics { gvr, .. }) if gvr.plural == "nodes");
        assert!(world.others.iter().any(nodes));
    });
}

#[test]
fn a_namespace_that_says_no_does_not_hide_the_others() {
    let fake = serving(&["a"], false);
    let namespaces = BTreeMap::from([("test".to_owned(), vec!["a".into()])]);
    let settings = Settings { namespaces, ..Settings::default() };
    tell(&fake, settings, async move |mut world| {
        want(&world, Some(&["no", "a"]), false);
        world.seconds(1).await;
        assert_eq!(shown(&world, &["a", "no"]), ["a"]);
        world.others.clear();
        // Not all namespaces: those we know of, as for the rows themselves.
        want(&world, Some(&[]), false);
        world.seconds(1).await;
        assert_eq!(shown(&world, &["a", "no"]), ["a"]);
    });
}

#[test]
fn an_absent_or_broken_metrics_server_is_left_alone_and_blanks_nothing() {
    for broken in [Answer::status(404, "NotFound"), Answer::status(503, ""), Answer::new(200, "")] {
        let fake = serving(&["a"], true);
        let truncated = broken.status == 200;
        tell(&fake.clone(), Settings::default(), async move |mut world| {
            want(&world, Some(&[]), false);
            world.seconds(1).await;
            fake.handle(move |seen| seen.path.starts_with(BASE).then(|| broken.clone()));
            world.seconds(100).await;
            assert_eq!(shown(&world, &["a"]), ["a"]);
            let asked = polls(&fake).len();
            assert!(truncated || asked == 2, "{asked} polls");
            let about = |fault: &&Fault| fault.what.contains("usage");
            assert_eq!(world.notices.iter().find(about), None, "many clusters have none");
        });
    }
}
