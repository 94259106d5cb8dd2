//! The pods behind a target as they come and go, and the choice among them.

use crate::cluster::listwatch::{Consumer, Freshness, Source};
use crate::cluster::wire;
use crate::kinds::Object;
use crate::kinds::behind::{Behind, Entrance};
use crate::model::{Fault, Gvr, ObjRef, Text, WatchState};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;
use tokio::sync::Notify;

/// What is known of the pods.
#[derive(Debug, Default)]
pub(super) struct Pods {
    all: RefCell<BTreeMap<String, Entrance>>,
    /// They were listed: what is not here is not there.
    pub(super) listed: Cell<bool>,
    /// They may not be watched.
    pub(super) denied: RefCell<Option<Fault>>,
    pub(super) changed: Notify,
}

impl Pods {
    /// The pod to enter: the one that is entered already while it is any good, else the wanted one,
    /// else the oldest that is ready; of pods none of which is ready, one that runs.
    pub(super) fn best(&self, behind: &Behind, now: &str, first: &str) -> Option<Entrance> {
        let all = self.all.borrow();
        let itself = behind.selector().is_none();
        let rank = |pod: &Entrance| {
            let wanted = if pod.name == now {
                0
            } else if pod.name == first {
                1
            } else {
                2
            };
            // Of the pod that was asked for by name nothing is wanted but that it runs.
            (!(pod.ready || itself), wanted, pod.created.clone(), pod.name.clone())
        };
        let open = all.values().filter(|pod| pod.runs() && behind.has(pod));
        open.min_by_key(|pod| rank(pod)).cloned()
    }

    /// Why there is no pod to enter, in words.
    pub(super) fn why_none(&self, target: &ObjRef) -> String {
        let all = self.all.borrow();
        let state = |pod: &Entrance| {
            if pod.leaving {
                "is terminating".to_owned()
            } else if pod.phase.is_empty() {
                "has not begun".to_owned()
            } else {
                format!("is {}", pod.phase)
            }
        };
        let pods: Vec<&Entrance> = all.values().collect();
        match pods.as_slice() {
            [] if &*target.kind == "Pod" => format!("{target} is gone"),
            [] => format!("no pod stands behind {target}"),
            [one] => format!("pod {} {}", one.name, state(one)),
            [one, more @ ..] => {
                format!("none of {} pods runs; {} {}", more.len() + 1, one.name, state(one))
            }
        }
    }
}

/// What is watched to know the pods behind a target.
pub(super) fn source(target: &ObjRef, behind: &Behind) -> Source {
    let (labels, fields) = match behind.selector() {
        Some(selector) => (Text::from(selector), Text::new()),
        None => (Text::new(), Text::from(format!("metadata.name={}", target.name))),
    };
    Source {
        what: format!("pods behind {target}"),
        gvr: Gvr::new("", "v1", "pods"),
        namespace: Some(target.namespace.clone()),
        labels,
        fields,
        accept: (wire::JSON, wire::JSON),
        proto: None,
        first: Freshness::Latest,
        limit: 0,
    }
}

/// Takes them in.
pub(super) struct Watcher {
    pods: Rc<Pods>,
    /// Seen in the list that arrives.
    seen: Vec<String>,
}

impl Watcher {
    pub(super) fn new(pods: Rc<Pods>) -> Self {
        Self { pods, seen: Vec::new() }
    }
}

impl Consumer for Watcher {
    fn begin(&mut self) {
        self.seen.clear();
    }

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        let pod = Entrance::read(json)?;
        self.seen.push(pod.name.clone());
        self.pods.all.borrow_mut().insert(pod.name.clone(), pod);
        Ok(None)
    }

    fn delete(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        self.pods.all.borrow_mut().remove(&Entrance::read(json)?.name);
        Ok(None)
    }

    fn complete(&mut self) {
        let seen = std::mem::take(&mut self.seen);
        self.pods.all.borrow_mut().retain(|name, _| seen.contains(name));
        self.pods.listed.set(true);
    }

    fn skip(&mut self, _why: String) {}

    fn flush(&mut self) {
        self.pods.changed.notify_one();
    }

    fn state(&mut self, state: WatchState) -> ControlFlow<()> {
        if let WatchState::Denied(fault) | WatchState::NotServed(fault) = state {
            *self.pods.denied.borrow_mut() = Some(fault);
        } else if state == WatchState::Live {
            *self.pods.denied.borrow_mut() = None;
        }
        self.pods.changed.notify_one();
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::ClusterId;
    use serde_json::json;

    fn target(plural: &str, kind: &str, name: &str) -> ObjRef {
        ObjRef {
            cluster: ClusterId(0),
            gvr: Gvr::new("", "v1", plural),
            kind: kind.into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: "".into(),
        }
    }

    fn service() -> Behind {
        let json = json!({"metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": {"app": "web"}}});
        let target = target("services", "Service", "web");
        Behind::read(&target, json.to_string().as_bytes()).unwrap()
    }

    fn pod(name: &str, created: &str, phase: &str, ready: bool) -> String {
        json!({"metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"},
                "creationTimestamp": created},
            "status": {"phase": phase, "conditions": [
                {"type": "Ready", "status": if ready { "True" } else { "False" }}]}})
        .to_string()
    }

    fn watched(pods: &[String]) -> (Rc<Pods>, Watcher) {
        let shared = Rc::new(Pods::default());
        let mut watcher = Watcher::new(Rc::clone(&shared));
        watcher.begin();
        for pod in pods {
            watcher.upsert(pod.as_bytes().into()).unwrap();
        }
        watcher.complete();
        (shared, watcher)
    }

    fn best(pods: &Pods, now: &str, first: &str) -> Option<String> {
        pods.best(&service(), now, first).map(|pod| pod.name)
    }

    #[test]
    fn the_oldest_ready_pod_is_entered_and_kept_while_it_is_good() {
        let (pods, mut watcher) = watched(&[
            pod("young", "2026-01-03T00:00:00Z", "Running", true),
            pod("old", "2026-01-01T00:00:00Z", "Running", true),
            pod("odd", "2025-01-01T00:00:00Z", "Running", false),
            pod("done", "2024-01-01T00:00:00Z", "Succeeded", false),
        ]);
        assert_eq!(best(&pods, "", "").as_deref(), Some("old"));
        assert_eq!(best(&pods, "", "young").as_deref(), Some("young"), "the one asked for");
        assert_eq!(best(&pods, "young", "").as_deref(), Some("young"), "the one in use");
        assert_eq!(best(&pods, "odd", "").as_deref(), Some("old"), "another is ready");
        watcher.delete(pod("young", "", "Running", true).as_bytes().into()).unwrap();
        assert_eq!(best(&pods, "young", "young").as_deref(), Some("old"));
        watcher.delete(pod("old", "", "Running", true).as_bytes().into()).unwrap();
        assert_eq!(best(&pods, "old", "").as_deref(), Some("odd"), "better than none");
        watcher.delete(pod("odd", "", "Running", true).as_bytes().into()).unwrap();
        assert_eq!(best(&pods, "odd", ""), None);
        let web = target("services", "Service", "web");
        assert_eq!(pods.why_none(&web), "pod done is Succeeded");
    }

    #[test]
    fn what_a_new_list_does_not_name_is_gone() {
        let (pods, mut watcher) = watched(&[pod("a", "", "Running", true)]);
        watcher.begin();
        watcher.upsert(pod("b", "", "Running", true).as_bytes().into()).unwrap();
        watcher.complete();
        assert_eq!(best(&pods, "a", "a").as_deref(), Some("b"));
    }
}
