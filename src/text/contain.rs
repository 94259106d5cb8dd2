//! Code of others that may panic on hostile input, kept from taking the program with it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; None when it panicked. What it worked on is in an unknown state then, and is to be
/// made anew.
pub fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = CONTAINED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(before);
    done.ok()
}

/// Whether a panic on this thread is about to be contained: nobody has to be told, and nothing has to
/// be put in order.
pub fn is_contained() -> bool {
    CONTAINED.get()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    #[test]
    fn a_panic_inside_is_none_and_only_inside() {
        assert_eq!(contained(is_contained), Some(true));
        assert_eq!(contained::<()>(|| panic!("contained")), None);
        assert!(!is_contained());
    }
}
