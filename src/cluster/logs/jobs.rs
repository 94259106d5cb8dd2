//! The jobs whose pods are read: those that a CronJob makes, and whether one is done.

use super::super::listwatch::Consumer;
use crate::kinds::Object;
use crate::kinds::de::{Str, nullable};
use crate::kinds::selector_of;
use crate::model::{Fault, Text, WatchState};
use serde::Deserialize;
use std::ops::ControlFlow;
use tokio::sync::mpsc;

/// What a watch of jobs tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JobNews {
    /// A job stands like this.
    Seen(Job),
    /// There is none of this name any more.
    Gone(Text, Text),
    /// A list was complete.
    Listed,
    /// It was refused.
    Denied(Fault),
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) namespace: Text,
    pub(super) name: Text,
    pub(super) uid: Text,
    /// Uid of the CronJob that made it; empty for none.
    pub(super) owner: Text,
    /// Selects its pods.
    pub(super) labels: Text,
    /// Complete or failed: no pods will come any more.
    pub(super) done: bool,
}

impl Job {
    fn read(json: &[u8]) -> Result<Self, String> {
        let facts: Facts<'_> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let Facts { metadata, status } = facts;
        let owner = metadata.owner_references.iter().find(|owner| owner.controller == Some(true));
        Ok(Self {
            namespace: (&*metadata.namespace).into(),
            name: (&*metadata.name).into(),
            uid: (&*metadata.uid).into(),
            owner: owner.map_or("", |owner| &*owner.uid).into(),
            labels: selector_of(json).unwrap_or_default().into(),
            done: status.conditions.iter().any(|condition| {
                matches!(&*condition.sort, "Complete" | "Failed") && &*condition.status == "True"
            }),
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Metadata<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    namespace: Str<'a>,
    uid: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    owner_references: Vec<Owner<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Owner<'a> {
    #[serde(borrow)]
    uid: Str<'a>,
    controller: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition<'a> {
    #[serde(borrow, rename = "type")]
    sort: Str<'a>,
    status: Str<'a>,
}

/// Tells one watch's jobs.
#[derive(Debug)]
pub(super) struct Watcher {
    number: usize,
    news: mpsc::UnboundedSender<(usize, JobNews)>,
    listed: bool,
    /// In the list that is read now, and before: of those that are gone, a list says nothing.
    listing: Option<Vec<(Text, Text)>>,
    known: Vec<(Text, Text)>,
}

impl Watcher {
    pub(super) fn new(number: usize, news: &mpsc::UnboundedSender<(usize, JobNews)>) -> Self {
        let news = news.clone();
        Self { number, news, listed: false, listing: None, known: Vec::new() }
    }

    fn tell(&self, news: JobNews) {
        // Nobody wants to know any more when all ends.
        let _ = self.news.send((self.number, news));
    }
}

impl Consumer for Watcher {
    fn begin(&mut self) {
        self.listing = Some(Vec::new());
    }

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        let job = Job::read(json)?;
        let names = self.listing.as_mut().unwrap_or(&mut self.known);
        names.push((job.namespace.clone(), job.name.clone()));
        self.tell(JobNews::Seen(job));
        Ok(None)
    }

    fn delete(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        let Job { namespace, name, .. } = Job::read(json)?;
        let name_of = (namespace, name);
        for names in self.listing.iter_mut().chain([&mut self.known]) {
            names.retain(|known| *known != name_of);
        }
        let (namespace, name) = name_of;
        self.tell(JobNews::Gone(namespace, name));
        Ok(None)
    }

    fn complete(&mut self) {
        let listing = self.listing.take().unwrap_or_default();
        let before = std::mem::take(&mut self.known);
        for (namespace, name) in before.into_iter().filter(|known| !listing.contains(known)) {
            self.tell(JobNews::Gone(namespace, name));
        }
        self.known = listing;
        self.listed = true;
        self.tell(JobNews::Listed);
    }

    // One that cannot be read has no pods that could be found.
    fn skip(&mut self, _why: String) {}

    fn flush(&mut self) {}

    fn state(&mut self, state: WatchState) -> ControlFlow<()> {
        match state {
            WatchState::Denied(fault) | WatchState::NotServed(fault) if !self.listed => {
                self.tell(JobNews::Denied(fault));
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn job(name: &str, conditions: serde_json::Value) -> Vec<u8> {
        json!({"metadata": {"namespace": "shop", "name": name, "uid": format!("u-{name}"),
            "ownerReferences": [{"kind": "CronJob", "uid": "cron", "controller": true}]},
            "spec": {"selector": {"matchLabels": {"controller-uid": name}}},
            "status": {"conditions": conditions}})
        .to_string()
        .into_bytes()
    }

    #[test]
    fn jobs_are_told_with_their_pods_and_their_end() {
        let (news, mut told) = mpsc::unbounded_channel();
        let mut watcher = Watcher::new(3, &news);
        watcher.begin();
        watcher
            .upsert(job("one", json!([{"type": "Suspended", "status": "True"}])).as_slice().into())
            .unwrap();
        watcher
            .upsert(job("two", json!([{"type": "Failed", "status": "True"}])).as_slice().into())
            .unwrap();
        watcher.complete();
        let mut next = || {
            told.try_recv().ok().map(|(number, news)| {
                assert_eq!(number, 3);
                news
            })
        };
        let Some(JobNews::Seen(one)) = next() else { unreachable!("the first one") };
        assert_eq!((&*one.name, &*one.owner, one.done), ("one", "cron", false));
        assert_eq!(one.labels, "controller-uid=one");
        assert!(matches!(next(), Some(JobNews::Seen(two)) if two.done));
        assert_eq!(next(), Some(JobNews::Listed));
        // A list without the first one.
        watcher.begin();
        watcher.upsert(job("two", json!(null)).as_slice().into()).unwrap();
        watcher.complete();
        assert!(matches!(next(), Some(JobNews::Seen(_))));
        assert_eq!(next(), Some(JobNews::Gone("shop".into(), "one".into())));
    }
}
