//! Lengths of time as kubectl writes them, and as people type them into a filter.

/// `12s`, `5m30s`, `3h`, `2d4h`, `400d`, `3y20d`: the rules of apimachinery's
/// `duration.HumanDuration`. Negative lengths down to -1 s are `0s`, less is `<invalid>`.
pub fn human(seconds: i64) -> String {
    let mut out = String::new();
    write_human(seconds, &mut out);
    out
}

/// Appends what [`human`] returns.
pub fn write_human(seconds: i64, out: &mut String) {
    // A clock that is a second off is "now"; one further off is told, not hidden.
    if seconds < -1 {
        out.push_str("<invalid>");
        return;
    }
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if seconds < 120 {
        part(seconds, 's', out);
    } else if minutes < 10 {
        pair((minutes, 'm'), (seconds % 60, 's'), out);
    } else if minutes < 180 {
        part(minutes, 'm', out);
    } else if hours < 8 {
        pair((hours, 'h'), (minutes % 60, 'm'), out);
    } else if hours < 48 {
        part(hours, 'h', out);
    } else if days < 8 {
        pair((days, 'd'), (hours % 24, 'h'), out);
    } else if days < 2 * 365 {
        part(days, 'd', out);
    } else if days < 8 * 365 {
        pair((days / 365, 'y'), (days % 365, 'd'), out);
    } else {
        part(days / 365, 'y', out);
    }
}

fn part(n: i64, unit: char, out: &mut String) {
    super::push_int(n, out);
    out.push(unit);
}

fn pair(great: (i64, char), small: (i64, char), out: &mut String) {
    part(great.0, great.1, out);
    if small.0 != 0 {
        part(small.0, small.1, out);
    }
}

/// Seconds of a length as [`human`] writes it or a person types it: `90s`, `1h30m`, `2d`, `1w`,
/// `1y`. Each part needs its unit, parts may come in any order. None where it is no length, or
/// more than fits.
pub fn parse(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total = 0i64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let n: i64 = rest.get(..digits)?.parse().ok()?;
        let mut after = rest.get(digits..)?.chars();
        let unit = match after.next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            'y' => 365 * 86_400,
            _ => return None,
        };
        total = total.checked_add(n.checked_mul(unit)?)?;
        rest = after.as_str();
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;

    /// The cases of apimachinery's own duration_test.go, in whole seconds.
    #[test]
    fn ages_read_as_kubectl_writes_them() {
        for (seconds, want) in [
            (-2, "<invalid>"),
            (i64::MIN, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (1, "1s"),
            (70, "70s"),
            (2 * MINUTE - 1, "119s"),
            (2 * MINUTE, "2m"),
            (2 * MINUTE + 1, "2m1s"),
            (190, "3m10s"),
            (10 * MINUTE - 1, "9m59s"),
            (10 * MINUTE, "10m"),
            (10 * MINUTE + 1, "10m"),
            (70 * MINUTE, "70m"),
            (3 * HOUR - 1, "179m"),
            (3 * HOUR, "3h"),
            (3 * HOUR + MINUTE, "3h1m"),
            (8 * HOUR - 1, "7h59m"),
            (8 * HOUR, "8h"),
            (8 * HOUR + 59 * MINUTE, "8h"),
            (47 * HOUR, "47h"),
            (2 * DAY - 1, "47h"),
            (2 * DAY, "2d"),
            (2 * DAY + HOUR, "2d1h"),
            (8 * DAY - 1, "7d23h"),
            (8 * DAY, "8d"),
            (8 * DAY + 2 * HOUR, "8d"),
            (8 * DAY + 23 * HOUR, "8d"),
            (367 * DAY, "367d"),
            (2 * YEAR - 1, "729d"),
            (2 * YEAR, "2y"),
            (2 * YEAR + 23 * HOUR + 59 * MINUTE, "2y"),
            (2 * YEAR + 24 * HOUR - 1, "2y"),
            (2 * YEAR + 24 * HOUR, "2y1d"),
            (2 * YEAR + 25 * HOUR, "2y1d"),
            (3 * YEAR, "3y"),
            (7 * YEAR, "7y"),
            (8 * YEAR - 1, "7y364d"),
            (8 * YEAR, "8y"),
            (8 * YEAR + 364 * DAY, "8y"),
            (9 * YEAR, "9y"),
        ] {
            assert_eq!(human(seconds), want, "{seconds} s");
        }
        assert!(human(i64::MAX).ends_with('y'));
    }

    #[test]
    fn a_typed_length_needs_its_unit() {
        assert_eq!(parse("90s"), Some(90));
        assert_eq!(parse("1h30m"), Some(5400));
        assert_eq!(parse("2d"), Some(2 * DAY));
        assert_eq!(parse("1w1y"), Some(7 * DAY + YEAR));
        for wrong in
            ["", "5", "h", "1h5", "-1h", "1.5h", "5é", "99999999999999999999s", "9999999999999999y"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_written_can_be_typed() {
        for seconds in (0..20_000).step_by(7).chain((0..3 * YEAR).step_by(86_411)) {
            let shown = human(seconds);
            let parsed = parse(&shown).unwrap();
            assert_eq!(human(parsed), shown);
            assert!(parsed <= seconds);
        }
    }
}
