//! What a cell says: the text that is drawn and filtered, and the value that `-o` writes.

use super::Cell;
use crate::text::{age, push_int, quantity};
use serde_json::{Value, json};

impl Cell {
    /// Appends the text that is drawn. `now` is Unix seconds; moments that lie ahead by a clock that
    /// is off are `0s` old.
    pub fn write(&self, now: i64, out: &mut String) {
        match self {
            Self::Empty => {}
            Self::Text(text, _) => out.push_str(text),
            Self::Int(n) => push_int(*n, out),
            Self::Ratio(have, of) => {
                push_int((*have).into(), out);
                out.push('/');
                push_int((*of).into(), out);
            }
            Self::Since(at) => age::write_human(now.saturating_sub(*at).max(0), out),
            Self::Until(at) => {
                if *at < now {
                    out.push('-');
                }
                age::write_human(at.saturating_sub(now).saturating_abs(), out);
            }
            Self::CountSince(count, at) => {
                push_int((*count).into(), out);
                if *at != 0 {
                    out.push_str(" (");
                    age::write_human(now.saturating_sub(*at).max(0), out);
                    out.push_str(" ago)");
                }
            }
            Self::Seconds(n) => age::write_human(*n, out),
            Self::Millis(n) => quantity::write_millis(*n, out),
            Self::Bytes(n) => quantity::write_bytes(*n, out),
            Self::Percent(n) => {
                push_int((*n).into(), out);
                out.push('%');
            }
        }
    }

    /// The text that is drawn; see [`Cell::write`].
    pub fn text(&self, now: i64) -> String {
        let mut out = String::new();
        self.write(now, &mut out);
        out
    }

    /// The value for programs: null, string or number in the cell's unit (seconds, thousandths of a
    /// core, bytes, per cent); moments as RFC 3339; `{"count","of"}` and `{"count","last"}` for
    /// the cells that hold two things.
    pub fn json(&self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Text(text, _) => Value::from(text.as_str()),
            Self::Int(n) | Self::Seconds(n) | Self::Millis(n) | Self::Bytes(n) => Value::from(*n),
            Self::Percent(n) => Value::from(*n),
            Self::Ratio(count, of) => json!({ "count": count, "of": of }),
            Self::Since(at) | Self::Until(at) => moment(*at),
            Self::CountSince(count, at) => {
                let last = if *at == 0 { Value::Null } else { moment(*at) };
                json!({ "count": count, "last": last })
            }
        }
    }
}

/// RFC 3339 in UTC, as the API writes moments; a number of seconds where no calendar reaches.
fn moment(seconds: i64) -> Value {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| Value::from(seconds), |at| Value::from(at.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Tone;

    const NOW: i64 = 1_000_000;

    #[test]
    fn cells_read_as_kubectl_prints_them() {
        for (cell, want) in [
            (Cell::Empty, ""),
            (Cell::Text("Running".into(), Tone::Good), "Running"),
            (Cell::Int(-3), "-3"),
            (Cell::Ratio(2, 3), "2/3"),
            (Cell::Since(NOW - 300), "5m"),
            (Cell::Since(NOW + 50), "0s"),
            (Cell::Until(NOW + 5 * 86_400), "5d"),
            (Cell::Until(NOW - 7200), "-120m"),
            (Cell::Until(NOW), "0s"),
            (Cell::CountSince(3, NOW - 300), "3 (5m ago)"),
            (Cell::CountSince(3, NOW + 9), "3 (0s ago)"),
            (Cell::CountSince(3, 0), "3"),
            (Cell::Seconds(12), "12s"),
            (Cell::Millis(250), "250m"),
            (Cell::Millis(2000), "2"),
            (Cell::Bytes(128 << 20), "128Mi"),
            (Cell::Percent(42), "42%"),
        ] {
            assert_eq!(cell.text(NOW), want, "{cell:?}");
        }
        // Moments no calendar knows still do not overflow.
        for at in [i64::MIN, i64::MAX] {
            for cell in [Cell::Since(at), Cell::Until(at), Cell::CountSince(1, at)] {
                assert!(!cell.text(NOW).is_empty());
                assert!(!cell.json().is_null());
            }
        }
    }

    #[test]
    fn programs_get_numbers_as_numbers_and_moments_as_dates() {
        assert_eq!(Cell::Empty.json(), Value::Null);
        assert_eq!(Cell::Int(3).json(), json!(3));
        assert_eq!(Cell::Millis(250).json(), json!(250));
        assert_eq!(Cell::Text("a".into(), Tone::Plain).json(), json!("a"));
        assert_eq!(Cell::Since(NOW).json(), json!("1970-01-12T13:46:40Z"));
        assert_eq!(Cell::Ratio(1, 2).json(), json!({ "count": 1, "of": 2 }));
        assert_eq!(Cell::CountSince(4, 0).json(), json!({ "count": 4, "last": null }));
    }
}
