//! Live usage from metrics.k8s.io: the one thing that can only be polled, and only while somebody
//! looks at it.

use super::errors::{Refusal, Sort};
use super::listwatch;
use super::session::Session;
use super::split::{ListSplitter, SplitError};
use super::subscription::MAX_NAMESPACES;
use super::wire::{self, Ask};
use crate::kinds::de::{Meta, Str, nullable};
use crate::model::{ClusterEvent, FaultKind, Gvr, Key, Metrics, Text, Usage};
use crate::text::{quantity, sanitise};
use std::rc::Rc;
use std::sync::Arc;

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Pods are wanted, in these namespaces (empty: all).
    pub(crate) pods: Option<Vec<Text>>,
    pub(crate) nodes: bool,
}

#[derive(serde::Deserialize)]
struct Measured<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(default, deserialize_with = "nullable")]
    containers: Vec<Container<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    usage: Used<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Container<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    usage: Used<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Used<'a> {
    #[serde(borrow)]
    cpu: Str<'a>,
    memory: Str<'a>,
}

impl Used<'_> {
    fn usage(&self) -> Usage {
        Usage {
            cpu_millis: quantity::millis(&self.cpu).unwrap_or(0),
            memory_bytes: quantity::units(&self.memory).unwrap_or(0),
        }
    }
}

/// Usage of one pod (the sum of its containers) or node.
fn measured(json: &[u8]) -> Option<(Key, Usage)> {
    let one: Measured<'_> = serde_json::from_slice(json).ok()?;
    if one.metadata.name.is_empty() {
        return None;
    }
    let mut total = one.usage.usage();
    for container in &one.containers {
        let usage = container.usage.usage();
        total.cpu_millis = total.cpu_millis.saturating_add(usage.cpu_millis);
        total.memory_bytes = total.memory_bytes.saturating_add(usage.memory_bytes);
    }
    let clean = |s: &str| Text::from(&*sanitise::clean(s));
    let key = Key { namespace: clean(&one.metadata.namespace), name: clean(&one.metadata.name) };
    Some((key, total))
}

/// Polls while it is not dropped.
pub(crate) async fn poll(session: Rc<Session>, wanted: Wanted) {
    let link = &session.link;
    loop {
        link.until_up().await;
        let (pods, nodes) = tokio::join!(pods(&session, &wanted), async {
            if !wanted.nodes {
                return Ok(());
            }
            let mut all = Vec::new();
            list(&session, "nodes", None, &mut all).await?;
            link.tell(ClusterEvent::Metrics {
                gvr: Gvr::new("", "v1", "nodes"),
                metrics: Arc::new(Metrics::new(all)),
            });
            Ok(())
        });
        let refused = pods.err().or(nodes.err());
        let wait = match refused.map(|refusal| refusal.sort) {
            None => link.timing.metrics,
            Some(Sort::Cut) => {
                link.suspect();
                link.timing.metrics
            }
            // Many clusters have no metrics server, or it is away: that is no news.
            Some(_) => link.timing.metrics_absent,
        };
        link.pause(wait).await;
    }
}

async fn pods(session: &Rc<Session>, wanted: &Wanted) -> Result<(), Refusal> {
    let Some(names) = &wanted.pods else { return Ok(()) };
    let mut names = names.clone();
    let mut all = Vec::new();
    if names.is_empty() {
        match list(session, "pods", None, &mut all).await {
            // Where not all pods may be seen, those of some namespaces are on screen.
            Err(refusal) if refusal.fault.kind == FaultKind::Forbidden => {
                names = session.namespaces();
                names.truncate(MAX_NAMESPACES);
            }
            done => done?,
        }
    }
    let mut refused = None;
    let mut some = names.is_empty();
    for name in &names {
        match list(session, "pods", Some(name), &mut all).await {
            Ok(()) => some = true,
            // One namespace that says no must not hide the others' figures.
            Err(refusal) if refusal.sort == Sort::Denied => refused = Some(refusal),
            Err(refusal) => return Err(refusal),
        }
    }
    if let Some(refusal) = refused.filter(|_| !some) {
        return Err(refusal);
    }
    session.link.tell(ClusterEvent::Metrics {
        gvr: Gvr::new("", "v1", "pods"),
        metrics: Arc::new(Metrics::new(all)),
    });
    Ok(())
}

async fn list(
    session: &Rc<Session>,
    plural: &str,
    namespace: Option<&str>,
    all: &mut Vec<(Key, Usage)>,
) -> Result<(), Refusal> {
    let link = &session.link;
    let path = Gvr::new("metrics.k8s.io", "v1beta1", plural).collection_path(namespace);
    let what = format!("list the usage of {plural}");
    let mut reply = wire::send(link, &Ask::get(&what, path, link.timing.get)).await?;
    let mut splitter = ListSplitter::default();
    while let Some(chunk) = reply.body.next().await {
        let chunk = chunk.map_err(Refusal::cut)?;
        let mut input: &[u8] = &chunk;
        loop {
            match splitter.next(&mut input) {
                Ok(Some(item)) => all.extend(measured(item)),
                Ok(None) => break,
                Err(SplitError::TooLarge) => {}
                Err(error) => return Err(listwatch::unreadable(&what, &error)),
            }
        }
        // Cells of a table can wait; keys cannot.
        tokio::task::yield_now().await;
    }
    splitter.finish().map(drop).map_err(|error| listwatch::unreadable(&what, &error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_pods_usage_is_the_sum_of_its_containers() {
        let pod = br#"{"metadata":{"name":"a","namespace":"shop"},"containers":[
            {"name":"x","usage":{"cpu":"250m","memory":"64Mi"}},
            {"name":"y","usage":{"cpu":"1500000n","memory":"1024Ki"}},{"usage":null}]}"#;
        let (key, usage) = measured(pod).unwrap();
        assert_eq!((&*key.namespace, &*key.name), ("shop", "a"));
        assert_eq!(usage, Usage { cpu_millis: 252, memory_bytes: 65 << 20 });
        let node = br#"{"metadata":{"name":"n"},"usage":{"cpu":"2","memory":"4Gi"}}"#;
        let (_, usage) = measured(node).unwrap();
        assert_eq!(usage, Usage { cpu_millis: 2000, memory_bytes: 4 << 30 });
        assert!(measured(b"null").is_none());
    }
}
