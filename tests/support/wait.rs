//! Tests wait for conditions, never for durations.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

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
    loop {
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
