//! The five fields of a cron schedule, read as Argo CD reads them (robfig/cron v3, without
//! descriptors and seconds), on a wall clock without time zone.

use jiff::civil::{Date, DateTime};

/// A schedule that comes to no moment within this time has none.
const MAX_DAYS: usize = 5 * 366;

const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When something begins, again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Every day of the month, and every weekday: the other one alone counts then. With neither, a
    /// day is enough that one of them names.
    any_day: bool,
    any_weekday: bool,
}

impl Cron {
    /// Reads `0 22 * * 1-5`.
    ///
    /// # Errors
    /// Which field cannot be read.
    pub(super) fn read(schedule: &str) -> Result<Self, String> {
        let fields: Vec<&str> = schedule.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(format!("a schedule has 5 fields, not {}", fields.len()));
        };
        let (minutes, _) = field(minutes, 0, 59, &[])?;
        let (hours, _) = field(hours, 0, 23, &[])?;
        let (days, any_day) = field(days, 1, 31, &[])?;
        let (months, _) = field(months, 1, 12, MONTHS)?;
        let (weekdays, any_weekday) = field(weekdays, 0, 6, DAYS)?;
        Ok(Self { minutes, hours, days, months, weekdays, any_day, any_weekday })
    }

    fn on(&self, date: Date) -> bool {
        let has = |set: u64, n: i8| set & (1 << n) != 0;
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        let either = if self.any_day || self.any_weekday { day && weekday } else { day || weekday };
        has(self.months, date.month()) && either
    }

    /// The first moment after this one; None where there is none within five years.
    pub(super) fn next(&self, after: DateTime) -> Option<DateTime> {
        let mut date = after.date();
        // Minutes of the day that may still come: all of them on days after the first.
        let mut from = i32::from(after.hour()) * 60 + i32::from(after.minute()) + 1;
        for _ in 0..MAX_DAYS {
            if self.on(date) {
                let found = (from..24 * 60).find(|at| {
                    self.hours & (1 << (at / 60)) != 0 && self.minutes & (1 << (at % 60)) != 0
                });
                if let Some(at) = found {
                    let (hour, minute) = (i8::try_from(at / 60).ok()?, i8::try_from(at % 60).ok()?);
                    return Some(date.at(hour, minute, 0, 0));
                }
            }
            date = date.tomorrow().ok()?;
            from = 0;
        }
        None
    }
}

/// The numbers of a field as bits, and whether it leaves all of them open: `*`, not `*/2`.
fn field(text: &str, min: u32, max: u32, names: &[&str]) -> Result<(u64, bool), String> {
    let mut bits = 0;
    let mut open = false;
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step: u32 = step.parse().map_err(|_| format!("{part} has no step"))?;
                (range, Some(step))
            }
            None => (part, None),
        };
        if step == Some(0) {
            return Err(format!("the step of {part} is 0"));
        }
        let number = |text: &str| -> Result<u32, String> {
            let lower = text.to_lowercase();
            let named = names.iter().position(|name| *name == lower);
            match named {
                Some(at) => Ok(min + u32::try_from(at).unwrap_or(0)),
                None => text.parse().map_err(|_| format!("{text} is no number")),
            }
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || range == "?" => {
                open |= step.is_none_or(|step| step == 1);
                (min, max)
            }
            Some((from, to)) => (number(from)?, number(to)?),
            // `5/15` is `5-59/15`.
            None if step.is_some() => (number(range)?, max),
            None => {
                let one = number(range)?;
                (one, one)
            }
        };
        if from < min || to > max || from > to {
            return Err(format!("{part} is not within {min} and {max}"));
        }
        let step = usize::try_from(step.unwrap_or(1)).unwrap_or(1);
        for n in (from..=to).step_by(step) {
            bits |= 1u64 << n;
        }
    }
    if bits == 0 { Err(format!("{text} names nothing")) } else { Ok((bits, open)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_next_moment_of_a_schedule() {
        // 2026-11-28 is a Saturday.
        for (schedule, after, next) in [
            ("0 22 * * *", "2026-11-28T12:00:00", Some("2026-11-28T22:00:00")),
            ("0 22 * * *", "2026-11-28T22:00:00", Some("2026-11-29T22:00:00")),
            ("0 22 * * *", "2026-11-28T21:59:59", Some("2026-11-28T22:00:00")),
            ("*/20 * * * *", "2026-11-28T12:20:00", Some("2026-11-28T12:40:00")),
            ("5/20 * * * *", "2026-11-28T12:26:00", Some("2026-11-28T12:45:00")),
            ("0 9 * * 1-5", "2026-11-28T12:00:00", Some("2026-11-30T09:00:00")),
            ("0 9 * * MON,wed", "2026-11-30T09:00:00", Some("2026-12-02T09:00:00")),
            ("0 0 1 jan *", "2026-11-28T12:00:00", Some("2027-01-01T00:00:00")),
            ("0 0 29 2 *", "2026-11-28T12:00:00", Some("2028-02-29T00:00:00")),
            // Both named: either is enough.
            ("0 0 1 * 0", "2026-11-28T12:00:00", Some("2026-11-29T00:00:00")),
            ("0 0 13 * ?", "2026-11-28T12:00:00", Some("2026-12-13T00:00:00")),
            ("0 0 31 2 *", "2026-11-28T12:00:00", None),
        ] {
            let after: DateTime = after.parse().unwrap();
            let found = Cron::read(schedule).unwrap().next(after);
            assert_eq!(found, next.map(|next| next.parse().unwrap()), "{schedule}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_said() {
        for schedule in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "a * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "*/x * * * *",
            ", * * * *",
            "@daily",
        ] {
            assert!(Cron::read(schedule).is_err(), "{schedule}");
        }
    }
}
