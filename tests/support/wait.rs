//! Tests wait for conditions, never for durations.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// How often a wait looks whether it is in vain.
const LOOKS: Duration = Duration::from_secs(2);

/// Says why what a test stands on is no longer there; None while it is.
type Ground = Rc<dyn Fn() -> Option<String>>;

thread_local! {
    static GROUND: RefCell<Option<Ground>> = const { RefCell::new(None) };
}

/// Runs a story on this thread. Its waits end at once, with the reason, when `fault` says that what
/// the story stands on is gone: nothing that it waits for comes any more.
pub fn standing_on<T>(
    fault: impl Fn() -> Option<String> + 'static,
    story: impl FnOnce() -> T,
) -> T {
    struct Leave(Option<Ground>);
    impl Drop for Leave {
        fn drop(&mut self) {
            GROUND.replace(self.0.take());
        }
    }
    let below = GROUND.with_borrow(Clone::clone);
    let leave = Leave(below.clone());
    let whole = move || fault().or_else(|| below.as_ref().and_then(|fault| fault()));
    GROUND.replace(Some(Rc::new(whole)));
    let told = story();
    drop(leave);
    told
}

/// One wait's looks at what the test stands on.
pub struct Lookout(Instant);

impl Lookout {
    /// The first look is some time away: most waits are short.
    pub fn new() -> Self {
        Self(Instant::now())
    }

    /// Panics when the wait for `what` is in vain.
    pub fn look(&mut self, what: &str) {
        if self.0.elapsed() < LOOKS {
            return;
        }
        self.0 = Instant::now();
        let ground = GROUND.with_borrow(Clone::clone);
        if let Some(fault) = ground.and_then(|fault| fault()) {
            panic!("waiting for {what} is in vain: {fault}");
        }
    }
}

/// Longest that any test waits for anything; `WHEELHOUSE_TEST_PATIENCE` (seconds) makes it shorter
/// for who writes tests.
pub static PATIENCE: LazyLock<Duration> = LazyLock::new(|| {
    let own = std::env::var("WHEELHOUSE_TEST_PATIENCE").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(own.unwrap_or(60))
});

/// Asks again and again until there is an answer. When patience ends, panics with `what` and the
/// last reason for there being none.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    let mut lookout = Lookout::new();
    loop {
        lookout.look(what);
        match ask() {
            Ok(answer) => return answer,
            Err(reason) if start.elapsed() > *PATIENCE => {
                panic!("waited {} s for {what}; last: {reason}", PATIENCE.as_secs());
            }
            Err(_) => std::thread::sleep(Duration::from_millis(25)),
        }
    }
}

/// [`until`] for a plain condition.
pub fn until_true(what: &str, mut ask: impl FnMut() -> bool) {
    until(what, || if ask() { Ok(()) } else { Err("not yet".to_owned()) });
}
