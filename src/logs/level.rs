//! How much a line matters, found in the many ways programs write it.

/// How much a line matters, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Every step.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// What happens.
    Info,
    /// Somebody should look soon.
    Warn,
    /// Something failed.
    Error,
    /// The program cannot go on.
    Fatal,
}

/// How far into a line without structure its level is looked for.
const HEAD: usize = 120;

impl Level {
    /// All of them, least first.
    pub const ALL: [Self; 6] =
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// As it is typed in filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// As a column shows it, five cells at most.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }

    /// The level that a word means, in any case: names of common libraries and of syslog, and single
    /// letters only in capitals.
    pub fn from_word(word: &[u8]) -> Option<Self> {
        // `WARN+2` (slog) and `error4` say more than a column can.
        let end = word.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(word.len());
        let word = match word.get(end) {
            None => word,
            Some(b'+' | b'-') if end > 0 => &word[..end],
            Some(_) => return None,
        };
        if word.len() > 13 {
            return None;
        }
        let mut lower = [0u8; 13];
        let lower = &mut lower[..word.len()];
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"trace" | b"trc" | b"finest" | b"finer" | b"verbose" | b"vrb" => Self::Trace,
            b"debug" | b"dbg" | b"debg" | b"fine" => Self::Debug,
            b"info" | b"inf" | b"information" | b"informational" | b"notice" | b"config"
            | b"default" => Self::Info,
            b"warn" | b"warning" | b"wrn" => Self::Warn,
            b"error" | b"err" | b"eror" | b"severe" => Self::Error,
            b"fatal" | b"ftl" | b"panic" | b"dpanic" | b"critical" | b"crit" | b"crt"
            | b"emergency" | b"emerg" | b"alert" => Self::Fatal,
            _ => match word {
                b"T" | b"V" => Self::Trace,
                b"D" => Self::Debug,
                b"I" => Self::Info,
                b"W" => Self::Warn,
                b"E" => Self::Error,
                b"F" | b"C" => Self::Fatal,
                _ => return None,
            },
        })
    }

    /// The level that a number means: pino and bunyan count 10 to 60, syslog 7 to 0.
    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0..=2 => Self::Fatal,
            3 => Self::Error,
            4 => Self::Warn,
            5 | 6 => Self::Info,
            7 => Self::Debug,
            10..=19 => Self::Trace,
            20..=29 => Self::Debug,
            30..=39 => Self::Info,
            40..=49 => Self::Warn,
            50..=59 => Self::Error,
            60..=69 => Self::Fatal,
            _ => return None,
        })
    }

    /// The level that a value means, as word or as number.
    pub fn from_value(value: &str) -> Option<Self> {
        match value.parse::<i64>() {
            Ok(number) => Self::from_number(number),
            Err(_) => Self::from_word(value.as_bytes()),
        }
    }

    /// The level of a line that is neither JSON nor pairs: `E0102 …`, `[warn]`, `ERROR: …`, `<3>…`,
    /// a word between tabs. Only its beginning is looked at: what stands further on is a message
    /// that speaks of errors.
    pub fn of_text(line: &[u8]) -> Option<Self> {
        let line = line.trim_ascii_start();
        let (&first, rest) = line.split_first()?;
        if is_klog(line) {
            return Self::from_word(&[first]);
        }
        if first == b'<' && rest.get(1) == Some(&b'>') {
            let number = rest[0].is_ascii_digit().then(|| i64::from(rest[0] - b'0'));
            return number.filter(|number| *number < 8).and_then(Self::from_number);
        }
        let head = &line[..line.len().min(HEAD)];
        let mut at = 0;
        while at < head.len() {
            let end = head[at..]
                .iter()
                .position(|b| !b.is_ascii_alphabetic())
                .map_or(head.len(), |length| at + length);
            if end > at + 2 && end - at <= 13 {
                let before = at.checked_sub(1).map(|i| head[i]);
                let after = line.get(end).copied();
                if stands_for_a_level(&head[at..end], before, after)
                    && let Some(level) = Self::from_word(&head[at..end])
                {
                    return Some(level);
                }
            }
            at = end.max(at + 1);
        }
        None
    }
}

/// Whether a word at this place is a level and not a part of a sentence: in capitals between
/// delimiters, or in small letters where brackets, tabs or a colon set it apart.
fn stands_for_a_level(word: &[u8], before: Option<u8>, after: Option<u8>) -> bool {
    let opens = |b: Option<u8>| {
        matches!(b, None | Some(b' ' | b'\t' | b'[' | b'(' | b'|' | b':' | b'<' | b'-' | b'"'))
    };
    let closes = |b: Option<u8>| {
        matches!(
            b,
            None | Some(
                b' ' | b'\t' | b']' | b'[' | b')' | b'(' | b'|' | b':' | b'>' | b'-' | b'"'
            )
        )
    };
    if word.iter().all(u8::is_ascii_uppercase) {
        return opens(before) && closes(after);
    }
    match (before, after) {
        (Some(b'['), Some(b']')) | (Some(b'\t'), Some(b'\t')) | (Some(b'|'), Some(b'|')) => true,
        // `error: …` and `Warning: …` at the very beginning.
        (None, Some(b':')) => true,
        _ => false,
    }
}

/// `E0102 15:04:05.000000 …`, as klog and glog begin.
pub(crate) fn is_klog(line: &[u8]) -> bool {
    line.len() > 14
        && matches!(line[0], b'I' | b'W' | b'E' | b'F')
        && line[1..5].iter().all(u8::is_ascii_digit)
        && line[5] == b' '
        && line[6].is_ascii_digit()
        && line[8] == b':'
        && line[11] == b':'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_in_which_programs_write_levels() {
        for (line, level) in [
            ("E0102 15:04:05.123456       1 reflector.go:150] failed to list", Level::Error),
            ("I0102 15:04:05.123456       1 main.go:1] \"Starting\"", Level::Info),
            ("[info] GET /", Level::Info),
            ("2024/01/02 15:04:05 [error] 31#31: *1 connect() failed", Level::Error),
            ("2024-01-02 15:04:05,123 WARN  [main] c.e.App - slow", Level::Warn),
            ("2024-01-02T15:04:05Z\tinfo\tads\tpush", Level::Info),
            ("INFO:     Started server process [1]", Level::Info),
            ("ERROR:root:no", Level::Error),
            ("2024-01-02 15:04:05 UTC [1] FATAL:  password", Level::Fatal),
            ("INFO[0001] started", Level::Info),
            ("[2024-01-02 15:04:05.1][12][warning][main] x", Level::Warn),
            ("error: cannot open", Level::Error),
            ("<3>disk is full", Level::Error),
            ("2024-01-02 15:04:05 | DEBUG | x", Level::Debug),
            ("12:00:00 - app - CRITICAL - down", Level::Fatal),
        ] {
            assert_eq!(Level::of_text(line.as_bytes()), Some(level), "{line}");
        }
    }

    #[test]
    fn sentences_that_speak_of_errors_have_no_level() {
        for line in [
            "",
            "no error was found",
            "the error log is empty",
            "information desk",
            "GET /error/INFOS",
            "Errors: 0",
            "W",
            "E0102",
        ] {
            assert_eq!(Level::of_text(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn numbers_and_words_of_libraries() {
        assert_eq!(Level::from_value("30"), Some(Level::Info));
        assert_eq!(Level::from_value("50"), Some(Level::Error));
        assert_eq!(Level::from_value("3"), Some(Level::Error));
        assert_eq!(Level::from_value("WARN+2"), Some(Level::Warn));
        assert_eq!(Level::from_value("Information"), Some(Level::Info));
        assert_eq!(Level::from_value("EMERGENCY"), Some(Level::Fatal));
        assert_eq!(Level::from_value("blue"), None);
        assert_eq!(Level::from_value("1234"), None);
        assert!(Level::Fatal > Level::Error && Level::Warn > Level::Info);
    }
}
