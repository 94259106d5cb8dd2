//! Feeds one part of a subscription: objects' bytes go in, rows go out.

use super::batch::Outbox;
use super::errors;
use super::listwatch::Consumer;
use crate::kinds::build::Pool;
use crate::kinds::de::{Str, nullable};
use crate::kinds::{Object, Projection};
use crate::model::{Change, Facet, Fault, Key, Row, SubId, WatchState};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

/// What the parts of one subscription share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) outbox: Rc<Outbox>,
    pub(crate) sub: SubId,
    pub(crate) projection: Projection,
    pub(crate) facet: Facet,
    pool: RefCell<Pool>,
    /// Objects left out so far; goes on counting over new projections.
    pub(crate) skipped: Rc<RefCell<u64>>,
}

impl Shared {
    pub(crate) fn new(
        outbox: Rc<Outbox>,
        sub: SubId,
        projection: Projection,
        facet: Facet,
        skipped: Rc<RefCell<u64>>,
    ) -> Rc<Self> {
        Rc::new(Self { outbox, sub, projection, facet, pool: RefCell::default(), skipped })
    }
}

/// One part of a subscription.
#[derive(Debug)]
pub(crate) struct Rows {
    shared: Rc<Shared>,
    part: u16,
    scratch: Vec<Row>,
    changes: Vec<Change>,
    /// End the stream at a clear no instead of telling it, and keep the no here.
    pub(crate) fall_back: bool,
    pub(crate) denied: Option<Fault>,
    /// A server that said yes before gets some more chances: it may have just been restarted.
    chances: u8,
    /// Parts that an earlier, narrower way of listing filled: swept after the next complete list.
    pub(crate) sweep: u16,
    /// The list that is being read had an object (container rows).
    any: bool,
    /// A list is being read, and nothing else: what has no row in it had none since it began.
    listing: bool,
}

/// The name of an object that has no row.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Nameless<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Name<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Name<'a> {
    #[serde(borrow)]
    namespace: Str<'a>,
    name: Str<'a>,
    resource_version: Str<'a>,
}

impl Rows {
    pub(crate) fn new(shared: &Rc<Shared>, part: u16) -> Self {
        Self {
            shared: Rc::clone(shared),
            part,
            scratch: Vec::new(),
            changes: Vec::new(),
            fall_back: false,
            denied: None,
            chances: 0,
            sweep: 0,
            any: false,
            listing: true,
        }
    }

    fn project(&mut self, object: Object<'_>) -> Result<(), String> {
        self.scratch.clear();
        let mut pool = self.shared.pool.borrow_mut();
        self.shared
            .projection
            .rows(object, &mut pool, &mut self.scratch)
            .map_err(|skip| errors::line(&skip.0))
    }

    fn version(&self) -> Option<u64> {
        self.scratch.first().map(|row| row.version).filter(|version| *version != 0)
    }

    /// An object that has no row (any more): the version it was seen at.
    fn without_row(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let Nameless { metadata } = object.read().map_err(|skip| errors::line(&skip.0))?;
        if !self.listing {
            let key =
                Key { namespace: (*metadata.namespace).into(), name: (*metadata.name).into() };
            self.changes.push(Change::Delete(key));
        }
        Ok(metadata.resource_version.parse().ok().filter(|version| *version != 0))
    }

    /// All rows of this part are these: the containers of the one pod.
    fn replace(&mut self) {
        let Shared { outbox, sub, .. } = &*self.shared;
        outbox.begin(*sub, self.part);
        outbox.changes(*sub, self.part, self.scratch.drain(..).map(Change::Upsert));
        outbox.complete(*sub, self.part);
    }
}

impl Consumer for Rows {
    fn begin(&mut self) {
        self.changes.clear();
        self.any = false;
        self.listing = true;
        if self.shared.facet != Facet::Containers {
            self.shared.outbox.begin(self.shared.sub, self.part);
        }
    }

    fn mixed(&mut self) {
        self.listing = false;
    }

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        self.project(object)?;
        if self.shared.facet == Facet::App && self.scratch.is_empty() {
            return self.without_row(object);
        }
        let version = self.version();
        match self.shared.facet {
            Facet::Containers => {
                self.any = true;
                self.replace();
            }
            _ => self.changes.extend(self.scratch.drain(..).map(Change::Upsert)),
        }
        Ok(version)
    }

    fn delete(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        self.project(object)?;
        if self.shared.facet == Facet::App && self.scratch.is_empty() {
            return self.without_row(object);
        }
        let version = self.version();
        match self.shared.facet {
            Facet::Containers => {
                self.scratch.clear();
                self.replace();
            }
            _ => {
                self.changes.extend(self.scratch.drain(..).map(|row| Change::Delete(row.key)));
            }
        }
        Ok(version)
    }

    fn complete(&mut self) {
        self.flush();
        self.chances = 2;
        self.listing = false;
        let Shared { outbox, sub, facet, .. } = &*self.shared;
        match facet {
            Facet::Containers if self.any => {}
            Facet::Containers => {
                outbox.begin(*sub, self.part);
                outbox.complete(*sub, self.part);
            }
            _ => outbox.complete(*sub, self.part),
        }
        for part in (0..std::mem::take(&mut self.sweep)).filter(|part| *part != self.part) {
            outbox.begin(*sub, part);
            outbox.complete(*sub, part);
        }
    }

    fn skip(&mut self, why: String) {
        let mut skipped = self.shared.skipped.borrow_mut();
        *skipped += 1;
        self.shared.outbox.skipped(self.shared.sub, *skipped, errors::line(&why));
    }

    fn flush(&mut self) {
        if !self.changes.is_empty() {
            self.shared.outbox.changes(self.shared.sub, self.part, self.changes.drain(..));
        }
    }

    fn state(&mut self, state: WatchState) -> ControlFlow<()> {
        if let WatchState::Denied(fault) = &state
            && self.fall_back
            && self.chances == 0
        {
            self.denied = Some(fault.clone());
            return ControlFlow::Break(());
        }
        if matches!(state, WatchState::Denied(_)) {
            self.chances = self.chances.saturating_sub(1);
        }
        self.shared.outbox.state(self.shared.sub, self.part, state);
        ControlFlow::Continue(())
    }
}
