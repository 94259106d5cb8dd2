//! The globs of Argo CD's projects (`util/glob`, which is gobwas/glob): `*`, `**`, `?`, `[a-z]`,
//! `[!a]`, `{one,other}`.

/// Patterns come from the cluster: more alternatives than this are not looked at.
const MAX_ALTERNATIVES: usize = 256;

/// Whether `text` is what `pattern` says. A single `*` stops at `separator`, if there is one.
pub(super) fn matches(pattern: &str, text: &str, separator: Option<char>) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut patterns = vec![pattern.to_owned()];
    while let Some(at) = patterns.iter().position(|pattern| braces(pattern).is_some()) {
        let pattern = patterns.swap_remove(at);
        let Some((start, end)) = braces(&pattern) else { break };
        for one in pattern[start + 1..end].split(',') {
            patterns.push(format!("{}{one}{}", &pattern[..start], &pattern[end + 1..]));
        }
        if patterns.len() > MAX_ALTERNATIVES {
            return false;
        }
    }
    patterns.iter().any(|pattern| one(pattern, &text, separator))
}

/// The innermost `{…}`.
fn braces(pattern: &str) -> Option<(usize, usize)> {
    let end = pattern.find('}')?;
    Some((pattern[..end].rfind('{')?, end))
}

enum Token {
    Char(char),
    Any,
    /// Zero or more, none of them a separator where that is so.
    Many(bool),
    Class(Vec<(char, char)>, bool),
}

fn tokens(pattern: &str) -> Vec<Token> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        match c {
            '*' if chars.get(at) == Some(&'*') => {
                at += 1;
                found.push(Token::Many(false));
            }
            '*' => found.push(Token::Many(true)),
            '?' => found.push(Token::Any),
            '\\' => {
                found.push(Token::Char(chars.get(at).copied().unwrap_or('\\')));
                at += 1;
            }
            '[' => match chars[at..].iter().position(|c| *c == ']') {
                Some(length) => {
                    found.push(class(&chars[at..at + length]));
                    at += length + 1;
                }
                None => found.push(Token::Char(c)),
            },
            c => found.push(Token::Char(c)),
        }
    }
    found
}

fn class(inside: &[char]) -> Token {
    let (not, rest) = match inside {
        ['!' | '^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < rest.len() {
        if rest.get(at + 1) == Some(&'-') && at + 2 < rest.len() {
            ranges.push((rest[at], rest[at + 2]));
            at += 3;
        } else {
            ranges.push((rest[at], rest[at]));
            at += 1;
        }
    }
    Token::Class(ranges, not)
}

/// One row per token: which prefixes of the text it can end at. No pattern takes longer than its
/// length times that of the text.
fn one(pattern: &str, text: &[char], separator: Option<char>) -> bool {
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for token in tokens(pattern) {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            let before = at.checked_sub(1).map(|before| text[before]);
            next[at] = match (&token, before) {
                (Token::Many(_), None) => ends[at],
                (Token::Many(stops), Some(c)) => {
                    let passes = !(*stops && Some(c) == separator);
                    ends[at] || next[at - 1] && passes
                }
                (_, None) => false,
                (Token::Any, Some(c)) => ends[at - 1] && Some(c) != separator,
                (Token::Char(wanted), Some(c)) => ends[at - 1] && *wanted == c,
                (Token::Class(ranges, not), Some(c)) => {
                    ends[at - 1]
                        && ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *not
                }
            };
        }
        ends = next;
    }
    ends[text.len()]
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs_match_as_argo_cd_matches_them() {
        for (pattern, text, separator, is) in [
            ("*", "anything/at all", None, true),
            ("*", "a/b", Some('/'), false),
            ("**", "a/b", Some('/'), true),
            ("https://git.example.com/*", "https://git.example.com/a", Some('/'), true),
            ("https://git.example.com/*", "https://git.example.com/a/b", Some('/'), false),
            ("https://git.example.com/**", "https://git.example.com/a/b", Some('/'), true),
            ("pay*", "payments", None, true),
            ("pay*s", "payment", None, false),
            ("team-?", "team-a", None, true),
            ("team-[a-c]", "team-b", None, true),
            ("team-[!a-c]", "team-b", None, false),
            ("{pay,ship}ments", "payments", None, true),
            ("{a{b,c},d}", "ac", None, true),
            ("", "", None, true),
            ("", "a", None, false),
            ("[", "[", None, true),
            ("a\\*", "a*", None, true),
            ("a\\*", "ab", None, false),
        ] {
            assert_eq!(matches(pattern, text, separator), is, "{pattern} {text}");
        }
    }

    #[test]
    fn hostile_patterns_end() {
        let stars = "*a".repeat(500);
        assert!(!matches(&stars, &"a".repeat(400), None));
        assert!(!matches(&"{a,b}".repeat(40), "x", None));
    }
}
