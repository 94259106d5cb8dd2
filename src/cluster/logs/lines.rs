//! Cuts a container's log into lines while its bytes arrive, and reads the node's time stamp off
//! each. A line may hold anything but a line end; it is handed out as it was written.

use memchr::memchr;

/// Longest line that is held; a longer one comes in pieces of this size.
pub(super) const MAX_LINE: usize = 16 << 20;

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// When the node took it, Unix nanoseconds; None where it does not say.
    pub(super) at: Option<i64>,
    /// What the container wrote.
    pub(super) text: &'a [u8],
}

impl<'a> Line<'a> {
    /// A line as the server sends it.
    pub(super) fn read(raw: &'a [u8]) -> Self {
        match stamp(raw) {
            Some((at, text)) => Self { at: Some(at), text: &raw[text..] },
            None => Self { at: None, text: raw },
        }
    }
}

/// Cuts one stream into its lines.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    partial: Vec<u8>,
    spent: bool,
    /// In a line of which pieces were handed out: its stamp.
    long: Option<Option<i64>>,
}

impl Cutter {
    /// The next line, or None when `input` is used up. `input` shrinks as it is read.
    pub(super) fn next<'s, 'i: 's>(&'s mut self, input: &mut &'i [u8]) -> Option<Line<'s>> {
        if std::mem::take(&mut self.spent) {
            self.partial.clear();
        }
        loop {
            let whole: &'i [u8] = input;
            if whole.is_empty() {
                return None;
            }
            let room = MAX_LINE - self.partial.len();
            let end = memchr(b'\n', &whole[..whole.len().min(room)]);
            let (piece, rest) = match end {
                Some(end) => (&whole[..end], &whole[end + 1..]),
                None => whole.split_at(whole.len().min(room)),
            };
            *input = rest;
            if end.is_none() && piece.len() < room {
                self.partial.extend_from_slice(piece);
                return None;
            }
            let long = self.long.take();
            if long.is_some() && piece.is_empty() && self.partial.is_empty() {
                // The line ended exactly where its last piece did.
                continue;
            }
            let raw: &'s [u8] = if self.partial.is_empty() {
                piece
            } else {
                self.partial.extend_from_slice(piece);
                self.spent = true;
                &self.partial
            };
            let line = match long {
                Some(at) => Line { at, text: raw },
                None => Line::read(raw),
            };
            if end.is_none() {
                self.long = Some(line.at);
            }
            return Some(line);
        }
    }

    /// What came of a line that has no end yet.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        if std::mem::take(&mut self.spent) {
            self.partial.clear();
        }
        std::mem::take(&mut self.partial)
    }
}

/// Unix nanoseconds of the RFC 3339 stamp that a line begins with, and where its text begins.
fn stamp(line: &[u8]) -> Option<(i64, usize)> {
    let number = |from: usize, digits: usize| -> Option<i64> {
        line.get(from..from + digits)?.iter().try_fold(0i64, |n, digit| {
            digit.is_ascii_digit().then(|| n * 10 + i64::from(digit - b'0'))
        })
    };
    let is = |at: usize, byte: u8| line.get(at) == Some(&byte);
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
        return None;
    }
    let days = days(number(0, 4)?, number(5, 2)?, number(8, 2)?)?;
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    // A leap second has the number 60.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
    let (mut at, mut nanos) = (19, 0);
    if is(at, b'.') {
        let digits = line[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        nanos = number(at + 1, digits)?;
        (digits..9).for_each(|_| nanos *= 10);
        at += 1 + digits;
    }
    match line.get(at)? {
        b'Z' => at += 1,
        sign @ (b'+' | b'-') => {
            if !is(at + 3, b':') {
                return None;
            }
            let away = number(at + 1, 2)? * 3600 + number(at + 4, 2)? * 60;
            seconds += if *sign == b'+' { -away } else { away };
            at += 6;
        }
        _ => return None,
    }
    let nanos = seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?;
    match line.get(at) {
        Some(b' ') => Some((nanos, at + 1)),
        None => Some((nanos, at)),
        Some(_) => None,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    type Lines = Vec<(Option<i64>, Vec<u8>)>;

    /// All lines of a stream that comes in these pieces, and its rest.
    fn cut(pieces: &[&[u8]]) -> (Lines, Vec<u8>) {
        let mut cutter = Cutter::default();
        let mut lines = Vec::new();
        for mut piece in pieces.iter().copied() {
            while let Some(line) = cutter.next(&mut piece) {
                lines.push((line.at, line.text.to_vec()));
            }
        }
        (lines, cutter.rest())
    }

    #[test]
    fn stamps_are_read_to_the_nanosecond_and_text_stays_as_it_is() {
        let (lines, rest) = cut(&[
            b"2024-05-06T07:08:09.000000010Z a b\r\n1970-01-01T00:00:00Z \n",
            b"1970-01-01T02:00:00.5+02:00 \xff\x00\x1b[m\nno stamp\n\n2024-05-",
        ]);
        let at = jiff::Timestamp::from_second(1_714_979_289).unwrap();
        assert_eq!(at.to_string(), "2024-05-06T07:08:09Z");
        assert_eq!(
            lines,
            [
                (Some(1_714_979_289_000_000_010), b"a b\r".to_vec()),
                (Some(0), b"".to_vec()),
                (Some(500_000_000), b"\xff\x00\x1b[m".to_vec()),
                (None, b"no stamp".to_vec()),
                (None, b"".to_vec()),
            ]
        );
        assert_eq!(rest, b"2024-05-");
    }

    #[test]
    fn what_is_no_stamp_is_text() {
        for text in [
            "2024-05-06 07:08:09 a",
            "2024-13-06T07:08:09Z a",
            "2024-05-06T25:08:09Z a",
            "2024-05-06T07:08:09.1234567890Z a",
            "2024-05-06T07:08:09.Z a",
            "2024-05-06T07:08:09",
            "2024-05-06T07:08:09Zulu",
        ] {
            assert_eq!(Line::read(text.as_bytes()), Line { at: None, text: text.as_bytes() });
        }
    }

    #[test]
    fn a_line_of_megabytes_comes_whole_and_a_larger_one_in_pieces() {
        let mut stream = b"1970-01-01T00:00:01Z ".to_vec();
        stream.extend(std::iter::repeat_n(b'x', 3 << 20));
        stream.push(b'\n');
        let pieces: Vec<&[u8]> = stream.chunks(100_000).collect();
        let (lines, _) = cut(&pieces);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].1.len(), 3 << 20);

        let mut stream = b"1970-01-01T00:00:01Z ".to_vec();
        stream.extend(std::iter::repeat_n(b'x', 2 * MAX_LINE));
        stream.extend(b"\n1970-01-01T00:00:02Z after\n");
        let pieces: Vec<&[u8]> = stream.chunks(1 << 20).collect();
        let (lines, _) = cut(&pieces);
        let sizes: Vec<_> = lines.iter().map(|(at, text)| (*at, text.len())).collect();
        let second = 1_000_000_000;
        let rest = Some(second);
        assert_eq!(
            sizes,
            [(rest, MAX_LINE - 21), (rest, MAX_LINE), (rest, 21), (Some(2 * second), 5)]
        );
        // Ends exactly where a piece does.
        let mut stream = vec![b'x'; MAX_LINE];
        stream.extend(b"\nnext\n");
        let (lines, _) = cut(&[&stream]);
        assert_eq!(lines.iter().map(|(_, text)| text.len()).collect::<Vec<_>>(), [MAX_LINE, 4]);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..200),
            cuts in proptest::collection::vec(0usize..200, 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            cuts.push(bytes.len());
            let mut from = 0;
            let pieces: Vec<&[u8]> = cuts
                .iter()
                .map(|&to| &bytes[std::mem::replace(&mut from, to)..to])
                .collect();
            prop_assert_eq!(cut(&pieces), cut(&[&bytes]));
        }

        #[test]
        fn stamps_are_the_ones_of_the_calendar(
            seconds in -60_000_000_000i64..200_000_000_000,
            nanos in 0i32..1_000_000_000,
        ) {
            let time = jiff::Timestamp::new(seconds, if seconds < 0 { 0 } else { nanos }).unwrap();
            prop_assume!((0..=9999).contains(&time.to_zoned(jiff::tz::TimeZone::UTC).year()));
            let line = format!("{time:.9} text");
            let expected = i64::try_from(time.as_nanosecond()).ok();
            match expected {
                Some(at) => prop_assert_eq!(
                    Line::read(line.as_bytes()), Line { at: Some(at), text: b"text" }
                ),
                None => prop_assert_eq!(Line::read(line.as_bytes()).at, None),
            }
        }
    }

    #[test]
    fn fuzz_log_lines() {
        use crate::fuzz::{Shape, Target, of_input, pieces};
        let seeds = [
            "2024-05-06T07:08:09.000000010Z a b\r\n1970-01-01T00:00:00Z \n\nno stamp\n2024-05-",
            "9999-12-31T23:59:60.999999999+99:99 x\n0000-01-01T00:00:00-00:00\n",
        ];
        let words = ["\n", "T", "Z ", "+14:00 ", ".", "2024-05-06T07:08:09Z ", "-", ":"];
        let target = Target::new("log-lines", Shape::Text).seeds(seeds).words(&words);
        target.longest(400).quick(1500).run(|input| {
            let whole = cut(&[input]);
            let mut random = of_input(input);
            for _ in 0..3 {
                assert_eq!(cut(&pieces(input, &mut random)), whole);
            }
            let (lines, rest) = whole;
            let bytes: usize = lines.iter().map(|(_, text)| text.len()).sum();
            assert!(bytes + rest.len() <= input.len());
            assert_eq!(lines.len(), memchr::memchr_iter(b'\n', input).count());
        });
    }
}
