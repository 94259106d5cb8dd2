//! The command line: `pods -A /checkout app=web @prod`. Arguments in any order, as k9s takes them.

use crate::model::{Scope, Text};

/// Most namespaces one table may show side by side; each is a watch of its own.
pub const MAX_NAMESPACES: usize = 8;

/// Where a command line leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// First word: a kind in any spelling, an alias, or one of the program's own pages.
    pub word: String,
    /// Namespaces asked for.
    pub scope: Option<Scope>,
    /// Filter asked for.
    pub filter: String,
    /// Label selector asked for.
    pub labels: String,
    /// Context asked for.
    pub context: Option<String>,
    /// Plain words that are no option, as typed (`theme light`, `ns a,b`).
    pub words: Vec<String>,
}

/// Splits a line into words; single and double quotes keep spaces, a backslash keeps one character.
fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut open = false;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                open = true;
            }
            // Within a regular expression a backslash is the expression's.
            (_, '\\') if !word.starts_with('/') => {
                if let Some(next) = chars.next() {
                    word.push(next);
                    open = true;
                }
            }
            (None, c) if c.is_whitespace() => {
                if open {
                    words.push(std::mem::take(&mut word));
                    open = false;
                }
            }
            (_, c) => {
                word.push(c);
                open = true;
            }
        }
    }
    if let Some(q) = quote {
        return Err(format!("the quote {q} is not closed"));
    }
    if open {
        words.push(word);
    }
    Ok(words)
}

/// Reads a command line. An error says what is wrong and what would be right.
pub fn parse(line: &str) -> Result<Destination, String> {
    let mut words = split(line.trim().trim_start_matches(':'))?.into_iter();
    let mut to = Destination { word: words.next().unwrap_or_default(), ..Destination::default() };
    let mut labels: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        let mut value = |name: &str| words.next().ok_or(format!("{name} needs a value after it"));
        match word.as_str() {
            "-A" | "--all-namespaces" => to.scope = Some(Scope::All),
            "-n" | "--namespace" => to.scope = Some(scope(&value("-n")?)?),
            "-l" | "--selector" => labels.push(value("-l")?),
            "-f" => to.filter = format!("-f {}", value("-f")?),
            "--context" => to.context = Some(value("--context")?),
            _ if word.starts_with('/') => to.filter = word[1..].to_owned(),
            _ if word.starts_with('@') => to.context = Some(word[1..].to_owned()),
            _ if word.starts_with('-') => {
                return Err(format!(
                    "unknown option {word}; there are -A, -n NAMESPACE, -l SELECTOR, -f TEXT, /FILTER, @CONTEXT"
                ));
            }
            _ if is_selector(&word) => labels.push(word),
            // `:apps by project`, `:apps tree`
            _ if to.word == "apps"
                && (matches!(word.as_str(), "by" | "tree")
                    || to.words.last().is_some_and(|w| w == "by")) =>
            {
                to.words.push(word);
            }
            _ if takes_names(&to.word) => to.words.push(word),
            // Its words name subjects, verbs and kinds.
            _ if to.word == "access" => to.words.push(word),
            _ => {
                to.words.push(word.clone());
                to.scope = Some(scope(&word)?);
            }
        }
    }
    to.labels = labels.join(",");
    Ok(to)
}

/// Pages whose plain words are names of something else than namespaces: of what has logs, of contexts
/// (`arn:aws:eks:…`), themes (`k9s:dracula`), plugins.
fn takes_names(page: &str) -> bool {
    matches!(
        page,
        "logs" | "ctx" | "context" | "contexts" | "drift" | "theme" | "skin" | "keymap" | "plugin"
    )
}

fn is_selector(word: &str) -> bool {
    word.contains('=')
        || word.contains(" in (")
        || word.contains(" notin (")
        || word.starts_with('!')
}

/// What a server takes as a namespace's name; nothing else may get into a request's path.
fn is_namespace(name: &str) -> bool {
    name.len() <= 63
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// `a,b` as a scope: sorted, without duplicates; `all` and `*` mean all namespaces.
pub fn scope(list: &str) -> Result<Scope, String> {
    let mut names: Vec<Text> =
        list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Text::from).collect();
    if names.is_empty() || names.iter().any(|name| name == "all" || name == "*") {
        return Ok(Scope::All);
    }
    if let Some(odd) = names.iter().find(|name| !is_namespace(name)) {
        return Err(format!(
            "{:?} is no name of a namespace: small letters, digits and dashes",
            odd.as_str()
        ));
    }
    names.sort();
    names.dedup();
    if names.len() > MAX_NAMESPACES {
        return Err(format!(
            "{} namespaces at once are too many (at most {MAX_NAMESPACES}): use -A with a filter",
            names.len()
        ));
    }
    Ok(Scope::Namespaces(names))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_no_name_of_a_namespace_never_gets_into_a_request() {
        for odd in ["../kube-system", "A", "a b", "a\u{1b}[31m", "a%2f", &"n".repeat(64)] {
            let why = scope(odd).unwrap_err();
            assert!(why.contains("no name of a namespace"), "{why}");
            assert!(!why.contains('\u{1b}'));
        }
        assert!(scope("team-1,kube-system").is_ok());
    }

    #[test]
    fn names_of_contexts_themes_and_plugins_are_no_namespaces() {
        let arn = "arn:aws:eks:eu-west-1:1:cluster/shop";
        assert_eq!(parse(&format!("ctx {arn}")).unwrap().words, [arn]);
        assert_eq!(parse("theme k9s:Dracula").unwrap().words, ["k9s:Dracula"]);
        assert_eq!(parse("plugin Sync_App").unwrap().words, ["Sync_App"]);
        assert!(parse("pods Sync_App").is_err());
    }

    #[test]
    fn arguments_come_in_any_order() {
        for line in [
            "pods shop /check app=web,tier!=db @prod",
            "pods @prod /check shop app=web,tier!=db",
            ":pods app=web,tier!=db -n shop @prod /check",
        ] {
            let to = parse(line).unwrap();
            assert_eq!(to.word, "pods", "{line}");
            assert_eq!(to.scope, Some(Scope::Namespaces(vec!["shop".into()])), "{line}");
            assert_eq!(to.filter, "check", "{line}");
            assert_eq!(to.labels, "app=web,tier!=db", "{line}");
            assert_eq!(to.context.as_deref(), Some("prod"), "{line}");
        }
    }

    #[test]
    fn set_based_selectors_are_quoted() {
        let to = parse("po 'env in (a,b)' -A").unwrap();
        assert_eq!(to.labels, "env in (a,b)");
        assert_eq!(to.scope, Some(Scope::All));
    }

    #[test]
    fn several_namespaces_at_once_are_sorted_and_bounded() {
        assert_eq!(
            parse("ns b,a,b").unwrap().scope,
            Some(Scope::Namespaces(vec!["a".into(), "b".into()]))
        );
        assert!(parse("po a,b,c,d,e,f,g,h,i").unwrap_err().contains("too many"));
    }

    #[test]
    fn mistakes_are_explained() {
        assert!(parse("pods -x").unwrap_err().contains("unknown option -x"));
        assert!(parse("pods 'a b").unwrap_err().contains("not closed"));
        assert!(parse("pods -n").unwrap_err().contains("needs a value"));
    }

    #[test]
    fn a_fuzzy_filter_and_a_regular_expression_keep_their_text() {
        assert_eq!(parse("po -f chk").unwrap().filter, "-f chk");
        assert_eq!(parse(r"po /^api-\d+$").unwrap().filter, r"^api-\d+$");
    }
}
