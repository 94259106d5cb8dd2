//! What the server serves: resource types, and the columns of custom ones. Known again whenever a
//! CustomResourceDefinition or APIService changes; no built-in kind waits for it, and no other one that was
//! served when the cluster was seen last.

pub(crate) mod served;

use super::errors::Sort;
use super::facts::Columns;
use super::link::Link;
use super::listwatch::{self, Consumer, Freshness, Source};
use super::wire::{self, Ask};
use crate::kinds::Object;
use crate::kinds::de::{Meta, nullable};
use crate::kinds::{self, PrinterColumn, builtin, printer_columns};
use crate::model::{ClusterEvent, Gvr, Resource, Text, WatchState};
use rustc_hash::FxHashMap;
use served::{Parts, discover};
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// What discovery says it was doing, so that others can tell its failures from the rest.
pub const DISCOVERY: &str = "ask the server what it serves";

pub(crate) const NAMES: (&str, &str) = (
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
);

/// What is known of one server's resource types.
#[derive(Debug)]
pub(crate) struct Catalog {
    found: RefCell<Option<Arc<Vec<Resource>>>>,
    /// This server has said so itself, in this session.
    confirmed: Cell<bool>,
    parts: RefCell<Parts>,
    /// Columns of earlier sessions, until each was asked for again.
    remembered: RefCell<Columns>,
    builtin: Vec<Resource>,
    changes: watch::Sender<u64>,
    /// How often each CRD was seen to change, by its name; the empty name counts for all.
    crds: RefCell<FxHashMap<String, u64>>,
}

impl Default for Catalog {
    fn default() -> Self {
        Self {
            found: RefCell::default(),
            confirmed: Cell::new(false),
            parts: RefCell::default(),
            remembered: RefCell::default(),
            builtin: builtin::resources(),
            changes: watch::Sender::new(0),
            crds: RefCell::default(),
        }
    }
}

impl Catalog {
    /// Fires when types or columns may have changed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The server has said what it serves.
    pub(crate) fn known(&self) -> bool {
        self.confirmed.get()
    }

    /// What was served when the cluster was seen last: good enough to begin with.
    pub(crate) fn remember(&self, link: &Link) {
        let (parts, columns) =
            link.notes.read(|facts| (facts.served.clone(), facts.columns.clone()));
        if self.known() || parts.iter().all(|part| part.resources.is_empty()) {
            return;
        }
        *self.remembered.borrow_mut() = columns;
        let found = Arc::new(together(&parts));
        *self.parts.borrow_mut() = parts;
        *self.found.borrow_mut() = Some(Arc::clone(&found));
        link.tell(ClusterEvent::Remembered(found));
        self.announce();
    }

    /// One resource type. Before the server has answered: what it served last, what every server
    /// has, and what has a file of its own.
    pub(crate) fn resource(&self, gvr: &Gvr) -> Option<Resource> {
        if let Some(found) = &*self.found.borrow() {
            let found = found.iter().find(|resource| resource.gvr == *gvr).cloned();
            if found.is_some() || self.known() {
                return found;
            }
        }
        if let Some(resource) = self.builtin.iter().find(|resource| resource.gvr == *gvr) {
            return Some(resource.clone());
        }
        kinds::spec(&gvr.group, &gvr.plural).map(|spec| Resource {
            gvr: gvr.clone(),
            kind: spec.kind.into(),
            singular: Text::new(),
            short_names: Vec::new(),
            categories: Vec::new(),
            namespaced: spec.namespaced,
            verbs: Vec::new(),
            subresources: Vec::new(),
            preferred: true,
        })
    }

    /// Changes with each change of the type's CRD.
    pub(crate) fn mark(&self, resource: &Resource) -> u64 {
        let crds = self.crds.borrow();
        let count = |name: &str| crds.get(name).copied().unwrap_or(0);
        count("") + count(&crd_name(&resource.gvr))
    }

    fn changed(&self, crd: &str) {
        *self.crds.borrow_mut().entry(crd.to_owned()).or_insert(0) += 1;
    }

    fn announce(&self) {
        self.changes.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// The columns that the type's CRD declares, or declared when the cluster was seen last. None
    /// where there is no CRD, or we may not read it.
    pub(crate) async fn printer_columns(
        &self,
        link: &Rc<Link>,
        resource: &Resource,
    ) -> Vec<PrinterColumn> {
        if let Some(columns) = self.remembered.borrow().get(&resource.gvr) {
            return columns.clone();
        }
        self.declared(link, resource).await
    }

    /// Asks for columns that were only remembered, and announces where others are declared by now.
    pub(crate) async fn confirm_columns(&self, link: &Rc<Link>, resource: &Resource) {
        let Some(remembered) = self.remembered.borrow_mut().remove(&resource.gvr) else { return };
        if self.declared(link, resource).await != remembered {
            self.changed(&crd_name(&resource.gvr));
            self.announce();
        }
    }

    async fn declared(&self, link: &Rc<Link>, resource: &Resource) -> Vec<PrinterColumn> {
        let gvr = &resource.gvr;
        if gvr.group.is_empty() || self.builtin.iter().any(|built| built.gvr.group == gvr.group) {
            return Vec::new();
        }
        let name = crd_name(gvr);
        let path = crds().object_path("", &name);
        let ask =
            Ask::get(format!("get the CustomResourceDefinition {name}"), path, link.timing.get);
        loop {
            link.until_up().await;
            match wire::whole(link, &ask).await {
                Ok((_, body)) => {
                    let versions = printer_columns::from_crd(&body).unwrap_or_default();
                    let version = versions.into_iter().find(|one| one.version == *gvr.version);
                    let columns = version.map(|one| one.columns).unwrap_or_default();
                    link.notes.note_columns(gvr, &columns);
                    return columns;
                }
                Err(refusal) if matches!(refusal.sort, Sort::Cut | Sort::Throttled) => {
                    link.suspect();
                    link.pause(refusal.wait(&link.timing, link.timing.throttled)).await;
                }
                Err(_) => return Vec::new(),
            }
        }
    }

    /// Keeps the catalogue up to date until it is dropped.
    pub(crate) async fn keep(&self, link: &Rc<Link>) {
        let stir = Notify::new();
        let definitions = Names { catalog: self, stir: &stir, crds: true, listed: false };
        let services = Names { catalog: self, stir: &stir, crds: false, listed: false };
        let ask = async {
            let (mut complained, mut cut) = (false, false);
            loop {
                link.until_up().await;
                let known = self.parts.borrow().clone();
                match discover(link, &known).await {
                    Ok(found) => {
                        (complained, cut) = (false, false);
                        self.publish(link, found);
                        tokio::select! {
                            () = stir.notified() => {
                                tokio::time::sleep(link.timing.discovery_settle).await;
                            }
                            // For those who may not watch CRDs.
                            () = tokio::time::sleep(link.timing.discovery_poll) => {}
                        }
                    }
                    Err(refusal) => {
                        let wait = match refusal.sort {
                            Sort::Denied | Sort::Unauthenticated | Sort::NotServed => {
                                link.timing.denied
                            }
                            _ => refusal.wait(&link.timing, link.timing.backoff_max),
                        };
                        // One cut is a matter of the connection; cut again while the server
                        // answers otherwise, somebody has to be told.
                        let told = refusal.sort != Sort::Cut || std::mem::replace(&mut cut, true);
                        if refusal.sort == Sort::Cut {
                            link.suspect();
                        }
                        if told && !std::mem::replace(&mut complained, true) {
                            link.tell(ClusterEvent::Notice(refusal.fault));
                        }
                        link.pause(wait).await;
                    }
                }
            }
        };
        let services_gvr = Gvr::new("apiregistration.k8s.io", "v1", "apiservices");
        tokio::join!(
            async {
                let _: () = ask.await;
            },
            follow(link, crds(), definitions),
            follow(link, services_gvr, services),
        );
    }

    fn publish(&self, link: &Rc<Link>, parts: Parts) {
        let found = together(&parts);
        let first = !self.confirmed.replace(true);
        let same = self.found.borrow().as_ref().is_some_and(|old| **old == found);
        if !same || first {
            let found = Arc::new(found);
            *self.found.borrow_mut() = Some(Arc::clone(&found));
            link.tell(ClusterEvent::Discovery(Arc::clone(&found)));
        }
        link.notes.note(|facts| {
            let news = facts.served != parts;
            if news {
                facts.served.clone_from(&parts);
                // What is gone needs no columns.
                let served = self.found.borrow();
                let served =
                    |gvr: &Gvr| served.iter().flat_map(|all| all.iter()).any(|one| one.gvr == *gvr);
                facts.columns.retain(|gvr, _| served(gvr));
            }
            news
        });
        *self.parts.borrow_mut() = parts;
        // Columns may have changed even where the types did not.
        self.announce();
    }
}

fn together(parts: &Parts) -> Vec<Resource> {
    parts.iter().flat_map(|part| part.resources.iter().cloned()).collect()
}

fn crds() -> Gvr {
    Gvr::new("apiextensions.k8s.io", "v1", "customresourcedefinitions")
}

fn crd_name(gvr: &Gvr) -> String {
    format!("{}.{}", gvr.plural, gvr.group)
}

/// Watches the names of what extends the API.
async fn follow(link: &Rc<Link>, gvr: Gvr, mut names: Names<'_>) {
    let source = Source {
        what: gvr.plural.to_string(),
        gvr,
        namespace: None,
        labels: Text::new(),
        fields: Text::new(),
        accept: NAMES,
        proto: None,
        // Only changes from now on matter: one object is enough to learn where "now" is.
        first: Freshness::Latest,
        limit: 1,
    };
    listwatch::run(link, &source, &mut names).await;
}

/// Notes which definitions change.
struct Names<'c> {
    catalog: &'c Catalog,
    stir: &'c Notify,
    crds: bool,
    listed: bool,
}

impl Names<'_> {
    fn changed(&self, json: &[u8]) -> Result<Option<u64>, String> {
        if self.crds {
            #[derive(serde::Deserialize)]
            struct Named<'a> {
                #[serde(borrow, default, deserialize_with = "nullable")]
                metadata: Meta<'a>,
            }
            let named: Named<'_> = serde_json::from_slice(json).map_err(|e| e.to_string())?;
            self.catalog.changed(&named.metadata.name);
        }
        self.stir.notify_one();
        Ok(None)
    }
}

impl Consumer for Names<'_> {
    fn begin(&mut self) {}

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        // The one object of the list has not changed.
        if self.listed { self.changed(json) } else { Ok(None) }
    }

    fn delete(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        self.changed(json)
    }

    fn complete(&mut self) {
        // A second list means that changes were missed: any of them may have changed.
        if std::mem::replace(&mut self.listed, true) {
            self.catalog.changed("");
            self.stir.notify_one();
        }
    }

    fn skip(&mut self, _why: String) {
        self.catalog.changed("");
        self.stir.notify_one();
    }

    fn flush(&mut self) {}

    fn state(&mut self, state: WatchState) -> ControlFlow<()> {
        match state {
            // Then the poll has to do.
            WatchState::Denied(_) | WatchState::NotServed(_) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}
