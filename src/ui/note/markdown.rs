//! Markdown in which text of the cluster can say nothing but itself.

use crate::text::sanitise;

/// Longest run of backticks in a text.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A text as code within a line. Safe in a table: a bar would end its cell even in code.
pub fn code(text: &str) -> String {
    let text = sanitise::clean(&text.replace(['\n', '\r', '\t'], " ")).into_owned();
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let edge = |at: Option<char>| if at == Some('`') { " " } else { "" };
    let (before, after) = (edge(text.chars().next()), edge(text.chars().last()));
    format!("{fence}{before}{}{after}{fence}", text.replace('|', "\\|"))
}

/// A text as words within a line: nothing in it is a mark, a link or HTML.
pub fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in sanitise::clean(&text.replace(['\n', '\r', '\t'], " ")).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A text on lines of its own.
pub fn block(text: &str, language: &str) -> String {
    let text: Vec<String> = text.lines().map(|line| sanitise::clean(line).into_owned()).collect();
    let text = text.join("\n");
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{fence}{language}\n{text}\n{fence}\n")
}

/// A row of a table. Cells are Markdown already.
pub fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The first two lines of a table.
pub fn header(titles: &[&str]) -> String {
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let rule = vec!["---".to_owned(); titles.len()];
    format!("{}{}", row(&titles), row(&rule))
}

/// A moment in UTC: `2026-01-01T14:03:12Z`; empty where it is not known.
pub fn utc(at: i64) -> String {
    if at == 0 {
        return String::new();
    }
    jiff::Timestamp::from_second(at).map_or_else(|_| at.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_cluster_is_no_markup() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a ``b`` c"), "```a ``b`` c```");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(code("two\nlines\u{1b}[31m"), code("two lines\u{1b}[31m"));
        assert!(!code("\u{1b}[31mred").contains('\u{1b}'));
        assert_eq!(
            prose("see [here](http://x) <img src=x> | *now* &amp;"),
            "see \\[here\\](http://x) \\<img src=x\\> \\| \\*now\\* \\&amp;"
        );
        assert_eq!(block("a\n```\nb", "json"), "````json\na\n```\nb\n````\n");
    }

    #[test]
    fn moments_are_told_in_utc() {
        assert_eq!(utc(1_767_225_600), "2026-01-01T00:00:00Z");
        assert_eq!(utc(0), "");
    }
}
