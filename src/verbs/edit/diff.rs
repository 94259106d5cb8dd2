//! What changed between two texts: whole, in hunks with the lines around them.

use crate::text::sanitise;

/// Lines shown around each change.
const AROUND: usize = 3;

/// What a line of a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Where a part begins.
    Hunk,
    /// In both texts.
    Same,
    /// Only in the new one.
    Added,
    /// Only in the old one.
    Removed,
}

/// One line of a difference, fit to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// What it is.
    pub sign: Sign,
    /// The line, with its sign before it.
    pub text: String,
}

/// The difference of two texts; empty where there is none.
pub fn lines(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = similar::TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        if let Some(first) = group.first() {
            let text = format!("@@ line {} @@", first.new_range().start + 1);
            lines.push(DiffLine { sign: Sign::Hunk, text });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, mark) = match change.tag() {
                similar::ChangeTag::Delete => (Sign::Removed, '-'),
                similar::ChangeTag::Insert => (Sign::Added, '+'),
                similar::ChangeTag::Equal => (Sign::Same, ' '),
            };
            let line = change.value();
            let text = format!("{mark} {}", sanitise::clean(line.trim_end()));
            lines.push(DiffLine { sign, text });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_stands_among_its_neighbours() {
        let before: String = (0..30).map(|n| format!("l{n}: {n}\n")).collect();
        let after = before.replace("l2: 2", "l2: two").replace("l20: 20\n", "");
        let lines = lines(&before, &after);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts[0], "@@ line 1 @@");
        assert!(texts.contains(&"- l2: 2") && texts.contains(&"+ l2: two"));
        assert!(texts.contains(&"- l20: 20") && texts.contains(&"  l19: 19"));
        assert!(!texts.contains(&"  l10: 10"), "far from any change");
        assert_eq!(lines.iter().filter(|line| line.sign == Sign::Hunk).count(), 2);
    }
}
