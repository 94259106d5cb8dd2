//! The target of a forward as it is now: its selector and ports may change while the forward runs, and
//! it may go and come back (a chart that is installed anew).

use crate::cluster::listwatch::{Consumer, Freshness, Source};
use crate::cluster::{errors, wire};
use crate::kinds::Object;
use crate::kinds::behind::Behind;
use crate::model::{Fault, FaultKind, ObjRef, Text, WatchState};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use tokio::sync::Notify;

/// What is known of the target.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// Nothing yet.
    Nothing,
    /// There it is, and this stands behind it.
    There(Rc<Behind>),
    /// No pod can stand behind it as it is.
    Empty(String),
    /// It is not there.
    Gone,
    /// It may not be read.
    Denied(Fault),
}

/// One target.
#[derive(Debug)]
pub(super) struct Target {
    object: ObjRef,
    pub(super) seen: RefCell<Seen>,
    pub(super) changed: Notify,
}

impl Target {
    pub(super) fn new(object: ObjRef) -> Rc<Self> {
        // A pod is what it is; whether it is there is seen where pods are watched.
        let seen = match Behind::itself(&object) {
            Some(itself) => Seen::There(Rc::new(itself)),
            None => Seen::Nothing,
        };
        Rc::new(Self { object, seen: RefCell::new(seen), changed: Notify::new() })
    }

    /// What is watched to know it; None where nothing need be.
    pub(super) fn source(&self) -> Option<Source> {
        let known = matches!(&*self.seen.borrow(), Seen::There(_));
        (!known).then(|| Source {
            what: self.object.to_string(),
            gvr: self.object.gvr.clone(),
            namespace: Some(self.object.namespace.clone()),
            labels: Text::new(),
            fields: format!("metadata.name={}", self.object.name).into(),
            accept: (wire::JSON, wire::JSON),
            proto: None,
            first: Freshness::Latest,
            limit: 0,
        })
    }

    /// What stands behind it.
    ///
    /// # Errors
    /// Why nothing does; None while that is not known yet.
    pub(super) fn behind(&self) -> Result<Rc<Behind>, Option<Fault>> {
        let what = format!("forward to {}", self.object);
        let fault = |kind, why: String| Err(Some(Fault::new(kind, &what, why)));
        match &*self.seen.borrow() {
            Seen::There(behind) => Ok(Rc::clone(behind)),
            Seen::Nothing => Err(None),
            Seen::Empty(why) => fault(FaultKind::Input, errors::line(why)),
            Seen::Gone => {
                let namespace = &self.object.namespace;
                fault(FaultKind::NotFound, format!("{} is not in {namespace}", self.object))
            }
            Seen::Denied(fault) => Err(Some(Fault { what, ..fault.clone() })),
        }
    }

    fn see(&self, seen: Seen) {
        *self.seen.borrow_mut() = seen;
        self.changed.notify_one();
    }
}

/// Takes it in.
pub(super) struct Watcher {
    target: Rc<Target>,
    listed: bool,
}

impl Watcher {
    pub(super) fn new(target: Rc<Target>) -> Self {
        Self { target, listed: false }
    }
}

impl Consumer for Watcher {
    fn begin(&mut self) {
        self.listed = false;
    }

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        self.listed = true;
        self.target.see(match Behind::read(&self.target.object, json) {
            Ok(behind) => Seen::There(Rc::new(behind)),
            Err(why) => Seen::Empty(why),
        });
        Ok(None)
    }

    fn delete(&mut self, _object: Object<'_>) -> Result<Option<u64>, String> {
        self.target.see(Seen::Gone);
        Ok(None)
    }

    fn complete(&mut self) {
        if !self.listed {
            self.target.see(Seen::Gone);
        }
    }

    fn skip(&mut self, _why: String) {}

    fn flush(&mut self) {}

    fn state(&mut self, state: WatchState) -> ControlFlow<()> {
        // A server that has just started says no to what it will allow in a moment: what is known stays.
        let known = !matches!(*self.target.seen.borrow(), Seen::Nothing);
        if let (WatchState::Denied(fault) | WatchState::NotServed(fault), false) = (state, known) {
            self.target.see(Seen::Denied(fault));
        }
        ControlFlow::Continue(())
    }
}
