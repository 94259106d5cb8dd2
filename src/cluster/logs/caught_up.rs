//! Who has read what was there when it began: when all have, what comes is new.

use std::cell::Cell;
use std::rc::Rc;
use tokio::sync::Notify;

/// All who have not caught up yet.
#[derive(Debug, Default)]
pub(super) struct Behind {
    count: Cell<usize>,
    /// One of them has caught up.
    pub(super) fewer: Notify,
}

impl Behind {
    /// One more.
    pub(super) fn one(self: &Rc<Self>) -> CaughtUp {
        self.count.set(self.count.get() + 1);
        CaughtUp { behind: Some(Rc::clone(self)), done: Cell::new(false) }
    }

    /// All have caught up.
    pub(super) fn none(&self) -> bool {
        self.count.get() == 0
    }
}

/// Whether one has caught up; who is dropped is waited for no longer.
#[derive(Debug)]
pub(super) struct CaughtUp {
    behind: Option<Rc<Behind>>,
    done: Cell<bool>,
}

impl CaughtUp {
    /// One whom nobody waits for: it came later.
    pub(super) fn unheeded() -> Self {
        Self { behind: None, done: Cell::new(false) }
    }

    pub(super) fn get(&self) -> bool {
        self.done.get()
    }

    /// It has.
    pub(super) fn set(&self) {
        if !self.done.replace(true)
            && let Some(behind) = &self.behind
        {
            behind.count.set(behind.count.get() - 1);
            behind.fewer.notify_one();
        }
    }
}

impl Drop for CaughtUp {
    fn drop(&mut self) {
        self.set();
    }
}
