//! Lengths of time as Go writes them.

/// Seconds of `10m0s`, `1h30m`, `1.5s`; None for what is none. Parts of a second are dropped.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total = 0.0_f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number
            * match &rest[..end] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = &rest[end..];
    }
    #[allow(clippy::cast_possible_truncation)]
    (total < 1e12).then_some(total as i64)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn go_durations_are_seconds() {
        for (text, read) in [
            ("10m0s", Some(600)),
            ("1h30m", Some(5400)),
            ("2.5s", Some(2)),
            ("500ms", Some(0)),
            ("", None),
            ("10", None),
            ("m", None),
            ("1d", None),
            ("-1s", None),
        ] {
            assert_eq!(seconds(text), read, "{text}");
        }
    }
}
