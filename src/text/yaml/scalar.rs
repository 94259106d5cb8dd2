//! Which text may stand bare in YAML, by the rules of go-yaml 2 (YAML 1.1, so `yes` is no text).

/// What the text is made of decides which styles can hold it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub multiline: bool,
    pub plain: bool,
    pub single_quoted: bool,
    pub block: bool,
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What go-yaml writes as it is; beyond the basic plane and tabs it escapes.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

pub(super) fn shape(text: &str) -> Shape {
    if text.is_empty() {
        return Shape { multiline: false, plain: true, single_quoted: true, block: false };
    }
    let mut indicator = text.starts_with("---") || text.starts_with("...");
    let (mut special, mut breaks, mut space_break, mut break_space) = (false, false, false, false);
    // What came before: at first as after a blank.
    let mut previous = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let followed_by_blank = chars.peek().is_none_or(|c| matches!(c, ' ' | '\t'));
        indicator |= match (previous, c) {
            (
                None,
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`',
            ) => true,
            (None, '?' | ':' | '-') | (Some(_), ':') => followed_by_blank,
            (Some(before), '#') => matches!(before, ' ' | '\t' | '\0') || is_break(before),
            _ => false,
        };
        special |= !is_printable(c);
        if c == ' ' {
            break_space |= previous.is_some_and(is_break);
        } else if is_break(c) {
            breaks = true;
            space_break |= previous == Some(' ');
        }
        previous = Some(c);
    }
    let edge = |c: char| c == ' ' || is_break(c);
    let edges = text.starts_with(edge) || text.ends_with(edge);
    Shape {
        multiline: breaks,
        plain: !(edges || break_space || space_break || special || breaks || indicator),
        single_quoted: !(break_space || space_break || special),
        block: !(text.ends_with(' ') || space_break || special),
    }
}

/// Whether a YAML 1.1 reader would take the bare text for something else than text.
pub(super) fn is_other_type(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "", "~", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "n", "N",
        "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "null", "Null", "NULL",
        ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
        "-.Inf", "-.INF",
    ];
    if WORDS.contains(&text) {
        return true;
    }
    match text.as_bytes().first() {
        Some(b'.') => is_float(text),
        Some(b'0'..=b'9' | b'+' | b'-') => {
            let digits = text.replace('_', "");
            is_timestamp(text)
                || is_integer(&digits)
                || (looks_like_float(&digits) && is_float(&digits))
                || is_base60(text)
        }
        _ => false,
    }
}

fn is_float(text: &str) -> bool {
    // Rust reads words too, and what is too great as infinite.
    !text.contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E'))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn looks_like_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    mantissa
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)))
}

/// With or without sign, decimal or with one of the prefixes 0x, 0o, 0b, 0; within 64 bits.
fn is_integer(text: &str) -> bool {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    let prefixed =
        |letters: [char; 2]| digits.strip_prefix('0').and_then(|rest| rest.strip_prefix(letters));
    let (radix, digits) = if let Some(rest) = prefixed(['x', 'X']) {
        (16, rest)
    } else if let Some(rest) = prefixed(['o', 'O']) {
        (8, rest)
    } else if let Some(rest) = prefixed(['b', 'B']) {
        (2, rest)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (8, digits)
    } else {
        (10, digits)
    };
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return false;
    }
    let signed = text.starts_with(['-', '+']);
    match u64::from_str_radix(digits, radix) {
        Ok(n) if negative => n <= i64::MIN.unsigned_abs(),
        Ok(n) if signed => i64::try_from(n).is_ok(),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// `12:30:45`: a number to the base of 60 for old readers.
fn is_base60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let first_ok = first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.pop() else { return false };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let sixty = |part: &str| match part.as_bytes() {
        [a] => a.is_ascii_digit(),
        [a, b] => matches!(a, b'0'..=b'5') && b.is_ascii_digit(),
        _ => false,
    };
    first_ok
        && sixty(last)
        && rest.into_iter().all(sixty)
        && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// `2006-1-2`, `2006-1-2 15:4:5.9`, `2006-1-2T15:4:5.9Z`: the dates that go-yaml 2 knows.
fn is_timestamp(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else { return false };
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let Some((month, rest)) = rest.split_once('-') else { return false };
    let split = rest.find(['T', 't', ' ']);
    let (day, time) =
        split.map_or((rest, None), |i| (rest.get(..i).unwrap_or_default(), rest.get(i..)));
    let number = |text: &str| -> Option<i8> {
        let short = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
        if short { text.parse().ok() } else { None }
    };
    let (Some(month), Some(day), Ok(year)) = (number(month), number(day), year.parse::<i16>())
    else {
        return false;
    };
    if jiff::civil::Date::new(year, month, day).is_err() {
        return false;
    }
    let Some(time) = time else { return true };
    let zoned = !time.starts_with(' ');
    let mut clock = time.get(1..).unwrap_or_default();
    if zoned {
        let Some(rest) = clock.strip_suffix('Z').or_else(|| {
            let at = clock.rfind(['+', '-'])?;
            let (hours, minutes) = clock.get(at + 1..)?.split_once(':')?;
            let ok = hours.len() == 2 && minutes.len() == 2;
            (ok && number(hours)? <= 24 && number(minutes)? < 60).then(|| clock.get(..at))?
        }) else {
            return false;
        };
        clock = rest;
    }
    let mut parts = clock.split(':');
    let (Some(hour), Some(minute), Some(second), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (second, fraction) = second.split_once(['.', ',']).map_or((second, "0"), |pair| pair);
    number(hour).is_some_and(|n| n < 24)
        && number(minute).is_some_and(|n| n < 60)
        && number(second).is_some_and(|n| n < 60)
        && !fraction.is_empty()
        && fraction.bytes().all(|b| b.is_ascii_digit())
}
