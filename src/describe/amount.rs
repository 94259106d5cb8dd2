//! Quantities that are added up, and written as apimachinery's `resource.Quantity` writes sums.

use crate::text::quantity;
use std::collections::BTreeMap;

/// Amounts by resource.
pub(super) type Amounts = BTreeMap<String, Amount>;

/// An exact amount, and whether it is written with binary suffixes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    /// Billionths.
    nanos: i128,
    binary: bool,
}

impl Amount {
    /// None where it is no quantity.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let nanos = quantity::scaled(text, 9)?;
        Some(Self { nanos, binary: text.ends_with('i') })
    }

    pub(super) fn of_units(units: i64) -> Self {
        Self { nanos: i128::from(units) * 1_000_000_000, binary: false }
    }

    /// The sum is written as the first summand that is not zero.
    #[must_use]
    pub(super) fn plus(self, more: Self) -> Self {
        let binary = if self.nanos == 0 { more.binary } else { self.binary };
        Self { nanos: self.nanos.saturating_add(more.nanos), binary }
    }

    /// The same in whole units written as `other` is; None where it is written so already.
    pub(super) fn like(self, other: Self) -> Option<Self> {
        let nanos = self.units().saturating_mul(1_000_000_000);
        (self.binary != other.binary).then_some(Self { nanos, binary: other.binary })
    }

    pub(super) fn is_zero(self) -> bool {
        self.nanos == 0
    }

    pub(super) fn is_positive(self) -> bool {
        self.nanos > 0
    }

    pub(super) fn exceeds(self, other: Self) -> bool {
        self.nanos > other.nanos
    }

    pub(super) fn equals(self, other: Self) -> bool {
        self.nanos == other.nanos
    }

    /// Whole units, rounded up.
    pub(super) fn units(self) -> i128 {
        ceil(self.nanos, 1_000_000_000)
    }

    /// Thousandths, rounded up.
    pub(super) fn millis(self) -> i128 {
        ceil(self.nanos, 1_000_000)
    }

    /// How much of `whole` it is, in percent rounded down; what kubectl makes of a division by zero
    /// is no number to show: 0.
    pub(super) fn percent(self, whole: Self, cpu: bool) -> i64 {
        let (part, whole) =
            if cpu { (self.millis(), whole.millis()) } else { (self.units(), whole.units()) };
        if whole == 0 {
            return 0;
        }
        // Floats, as there: the last digit is the same.
        (part as f64 / whole as f64 * 100.0) as i64
    }
}

fn ceil(n: i128, by: i128) -> i128 {
    n.div_euclid(by) + i128::from(n.rem_euclid(by) != 0)
}

impl std::fmt::Display for Amount {
    /// The canonical form: the greatest suffix that needs no fraction.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
        const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
        const UNIT: i128 = 1_000_000_000;
        let mut n = self.nanos;
        if n == 0 {
            return f.write_str("0");
        }
        if self.binary && n % UNIT == 0 && (n / UNIT).abs() >= 1024 {
            n /= UNIT;
            let mut power = 0;
            while n % 1024 == 0 && power + 1 < BINARY.len() {
                n /= 1024;
                power += 1;
            }
            return write!(f, "{n}{}", BINARY[power]);
        }
        let mut power = 0;
        while n % 1000 == 0 && power + 1 < DECIMAL.len() {
            n /= 1000;
            power += 1;
        }
        write!(f, "{n}{}", DECIMAL[power])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sums_are_written_as_kubectl_writes_them() {
        for (summands, want) in [
            (&["250m", "750m"][..], "1"),
            (&["100m", "1"], "1100m"),
            (&["70Mi", "220Mi"], "290Mi"),
            (&["1Gi", "1Gi"], "2Gi"),
            (&["512", "512"], "1024"),
            (&["0", "1Gi"], "1Gi"),
            (&["1000", "1Ki"], "2024"),
            (&["1Ki", "1000"], "2024"),
            (&["1k", "1M"], "1001k"),
            (&["1Mi", "100m"], "1048576100m"),
            (&["512Ki", "512Ki"], "1Mi"),
            (&["1n"], "1n"),
            (&[], "0"),
        ] {
            let sum = summands
                .iter()
                .fold(Amount::default(), |sum, text| sum.plus(Amount::parse(text).unwrap()));
            assert_eq!(sum.to_string(), want, "{summands:?}");
        }
        assert_eq!(Amount::parse("much"), None);
    }

    #[test]
    fn parts_are_told_in_whole_percent() {
        let parse = |text| Amount::parse(text).unwrap();
        assert_eq!(parse("850m").percent(parse("4"), true), 21);
        assert_eq!(parse("1Gi").percent(parse("3Gi"), false), 33);
        assert_eq!(parse("1").percent(Amount::default(), true), 0);
    }
}
