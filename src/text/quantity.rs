//! Kubernetes quantities: `250m`, `1.5Gi`, `2e3`. Reading follows the grammar of apimachinery's
//! `resource.Quantity`; what is finer than asked for is rounded away from zero, as there.

use super::push_int;

/// Thousandths of the unit, rounded up as `Quantity.MilliValue` does; None where it is no quantity.
/// What does not fit is the greatest (or smallest) number that does.
pub fn millis(text: &str) -> Option<i64> {
    scaled(text, 3).map(clamp)
}

/// Whole units (bytes, pieces), rounded up as `Quantity.Value` does; None where it is no quantity.
/// What does not fit is the greatest (or smallest) number that does.
pub fn units(text: &str) -> Option<i64> {
    scaled(text, 0).map(clamp)
}

fn clamp(n: i128) -> i64 {
    i64::try_from(n).unwrap_or(if n < 0 { i64::MIN } else { i64::MAX })
}

/// More digits than this change nothing that we could show, and 10^19 x 2^60 still fits 128 bits.
const MAX_MANTISSA: u64 = 10u64.pow(18);

/// The quantity times 10^`places`, away from zero; saturates far beyond any i64.
pub(crate) fn scaled(text: &str, places: i32) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let mut mantissa = 0u64;
    let mut exponent = i64::from(places);
    let mut more = false;
    let (mut any, mut point) = (false, false);
    let mut end = digits.len();
    for (at, byte) in digits.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => {
                any = true;
                if mantissa < MAX_MANTISSA {
                    mantissa = mantissa * 10 + u64::from(byte - b'0');
                    exponent -= i64::from(point);
                } else {
                    more |= byte != b'0';
                    exponent += i64::from(!point);
                }
            }
            b'.' if !point => point = true,
            _ => {
                end = at;
                break;
            }
        }
    }
    if !any {
        return None;
    }
    let (ten, two) = suffix(&digits[end..])?;
    exponent += ten;
    let mut value = u128::from(mantissa) << two;
    if exponent >= 0 {
        let factor = u32::try_from(exponent).ok().and_then(|e| 10u128.checked_pow(e));
        value = if value == 0 { 0 } else { value.saturating_mul(factor.unwrap_or(u128::MAX)) };
    } else {
        let divisor = u32::try_from(-exponent).ok().and_then(|e| 10u128.checked_pow(e));
        let (whole, rest) = divisor.map_or((0, value), |d| (value / d, value % d));
        value = whole + u128::from(rest != 0 || more);
    }
    let value = i128::try_from(value).unwrap_or(i128::MAX);
    Some(if negative { -value } else { value })
}

/// Powers of ten and of two that a suffix stands for.
fn suffix(text: &str) -> Option<(i64, u32)> {
    Some(match text {
        "" => (0, 0),
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        _ => {
            let exponent = text.strip_prefix(['e', 'E'])?;
            // The server keeps the exponent in 32 bits and refuses more.
            (i64::from(exponent.parse::<i32>().ok()?), 0)
        }
    })
}

/// Appends thousandths of a core as `250m` or, where whole, `2`.
pub fn write_millis(millis: i64, out: &mut String) {
    if millis % 1000 == 0 {
        push_int(millis / 1000, out);
    } else {
        push_int(millis, out);
        out.push('m');
    }
}

/// Appends bytes as `128Mi`: at most four digits and a binary suffix. Whole multiples get the
/// greatest suffix that divides them; anything else is rounded to the nearest.
pub fn write_bytes(bytes: i64, out: &mut String) {
    const SUFFIXES: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    if bytes < 0 {
        out.push('-');
    }
    let bytes = bytes.unsigned_abs();
    let mut power = 0;
    while power + 1 < SUFFIXES.len() {
        let (shown, exact) = (bytes >> (10 * power), bytes.is_multiple_of(1024 << (10 * power)));
        if shown < 1024 || (shown < 10_000 && !exact) {
            break;
        }
        power += 1;
    }
    let half = (1u64 << (10 * power)) / 2;
    let shown = bytes.saturating_add(half) >> (10 * power);
    push_int(i64::try_from(shown).unwrap_or(i64::MAX), out);
    out.push_str(SUFFIXES[power]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suffix_counts() {
        for (text, want) in [
            ("1n", 1),
            ("1u", 1),
            ("1m", 1),
            ("1000001n", 2),
            ("250m", 250),
            ("1", 1000),
            ("1.5", 1500),
            (".5", 500),
            ("5.", 5000),
            ("+2", 2000),
            ("-250m", -250),
            ("-1n", -1),
            ("0.0001", 1),
            ("2k", 2_000_000),
            ("1M", 1_000_000_000),
            ("1G", 1_000_000_000_000),
            ("1T", 1_000_000_000_000_000),
            ("1P", 1_000_000_000_000_000_000),
            ("1E", i64::MAX),
            ("-1E", i64::MIN),
            ("1Ki", 1_024_000),
            ("1.5Mi", 1_572_864_000),
            ("1Gi", 1_073_741_824_000),
            ("1e3", 1_000_000),
            ("1E3", 1_000_000),
            ("1E-3", 1),
            ("15e-4", 2),
            ("1e-400", 1),
            ("1e400", i64::MAX),
            ("0e400", 0),
            ("0", 0),
            ("-0", 0),
            ("0.100000000000000000000000000001", 101),
            ("00000000000000000000000000000000000000000001", 1000),
        ] {
            assert_eq!(millis(text), Some(want), "{text}");
        }
        assert_eq!(units("1Ki"), Some(1024));
        assert_eq!(units("100m"), Some(1));
        assert_eq!(units("2Ti"), Some(2 << 40));
        assert_eq!(units("7Ei"), Some(7 << 60));
        assert_eq!(units("8Ei"), Some(i64::MAX));
        assert_eq!(units("1Pi"), Some(1 << 50));
        assert_eq!(units("12345678901234567890"), Some(i64::MAX));
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in [
            "", ".", "-", "m", "1K", "1ki", "1 ", " 1", "1.2.3", "1e", "1e+", "1e1.5", "1mi",
            "0x1", "1Kii", "é", "1é",
        ] {
            assert_eq!(millis(text), None, "{text:?}");
        }
    }

    #[test]
    fn figures_are_short_and_exact_where_they_can_be() {
        let millis = |n| {
            let mut out = String::new();
            write_millis(n, &mut out);
            out
        };
        assert_eq!(millis(250), "250m");
        assert_eq!(millis(2000), "2");
        assert_eq!(millis(1500), "1500m");
        assert_eq!(millis(0), "0");
        let bytes = |n| {
            let mut out = String::new();
            write_bytes(n, &mut out);
            out
        };
        assert_eq!(bytes(0), "0");
        assert_eq!(bytes(1000), "1000");
        assert_eq!(bytes(128 << 20), "128Mi");
        assert_eq!(bytes((128 << 20) + 1), "128Mi");
        assert_eq!(bytes(1536 << 20), "1536Mi");
        assert_eq!(bytes(16 << 30), "16Gi");
        assert_eq!(bytes(16_383_484 << 10), "16Gi");
        assert_eq!(bytes(-(1 << 20)), "-1Mi");
        assert_eq!(bytes(i64::MAX), "8192Pi");
        assert_eq!(bytes(i64::MIN), "-8Ei");
    }
}
