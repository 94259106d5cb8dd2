//! Times as JSON has them: RFC 3339, in UTC.

use super::wire::{Error, Reader, Value};

/// Years 1 to 9999, as Unix seconds.
const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// `2026-01-02T03:04:05.123456Z` has the most.
const LONGEST: usize = 27;

/// A time written out.
pub(super) struct Text {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Text {
    /// `metav1.Time`: JSON knows no fractions of its second.
    pub(super) fn seconds(timestamp: &[u8]) -> Result<Self, Error> {
        let (seconds, _) = read(timestamp)?;
        let mut text = Self::date(seconds);
        text.push(b'Z');
        Ok(text)
    }

    /// `metav1.MicroTime`.
    pub(super) fn micros(timestamp: &[u8]) -> Result<Self, Error> {
        let (seconds, nanos) = read(timestamp)?;
        let mut text = Self::date(seconds);
        text.push(b'.');
        text.digits(u64::from(nanos / 1000), 6);
        text.push(b'Z');
        Ok(text)
    }

    pub(super) fn as_str(&self) -> &str {
        // Only ASCII was pushed.
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    fn digits(&mut self, mut number: u64, count: usize) {
        // From the last one on: every division is one by a constant.
        for place in self.bytes[self.length..self.length + count].iter_mut().rev() {
            *place = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
        }
        self.length += count;
    }

    /// Date and time of day; <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
    fn date(seconds: i64) -> Self {
        let mut text = Self { bytes: [0; LONGEST], length: 0 };
        let (days, second) =
            (seconds.div_euclid(86_400), seconds.rem_euclid(86_400).unsigned_abs());
        // Counted from the first of March of the year 0, so that the leap day is a year's last one.
        let days = (days + 719_468).unsigned_abs();
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let (day, month) =
            (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
        let year = year + era * 400 + u64::from(month <= 2);
        text.digits(year, 4);
        for (sign, part) in [
            (b'-', month),
            (b'-', day),
            (b'T', second / 3600),
            (b':', second / 60 % 60),
            (b':', second % 60),
        ] {
            text.push(sign);
            text.digits(part, 2);
        }
        text
    }
}

/// Unix seconds and nanoseconds of a `Timestamp`.
fn read(timestamp: &[u8]) -> Result<(i64, u32), Error> {
    let mut fields = Reader::new(timestamp);
    let (mut seconds, mut nanos) = (0, 0);
    while let Some(field) = fields.field()? {
        match field {
            (1, Value::Varint(told)) => seconds = told.cast_signed(),
            (2, Value::Varint(told)) => nanos = told,
            _ => {}
        }
    }
    match u32::try_from(nanos) {
        Ok(nanos @ ..1_000_000_000) if YEARS.contains(&seconds) => Ok((seconds, nanos)),
        _ => Err(Error::Wire("a time that no calendar has")),
    }
}
