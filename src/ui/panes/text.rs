//! A long text to read: the YAML of one object. Folding, search, and a mark when the object changed.

use crate::model::{Fault, ObjRef, SubId, Ticket};
use crate::text::sanitise;
use std::collections::BTreeSet;

/// Where the text comes from and whether it is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Loading {
    /// Asked for; this ticket brings it.
    Pending(Ticket),
    /// It is there.
    Ready,
    /// It cannot be shown.
    Failed(Fault),
}

/// State of a text pane.
#[derive(Debug)]
pub struct TextPane {
    /// The object shown.
    pub object: ObjRef,
    /// The subscription that tells when the object changed.
    pub sub: Option<SubId>,
    /// Version of the object when its text was fetched; 0 before.
    pub version: u64,
    /// Whether the text is there.
    pub loading: Loading,
    /// First line on screen, counted in shown lines.
    pub top: usize,
    /// Selected line, counted in shown lines.
    pub cursor: usize,
    /// Cells scrolled off to the left.
    pub left: usize,
    /// Long lines go on in the next line.
    pub wrap: bool,
    /// managedFields are in the text.
    pub managed_fields: bool,
    /// Text searched for, in lower case; empty for none.
    pub needle: String,
    raw: String,
    lines: Vec<Line>,
    folded: BTreeSet<usize>,
    shown: Vec<usize>,
}

#[derive(Debug)]
struct Line {
    text: String,
    /// Lines below it that belong to it.
    children: usize,
}

impl TextPane {
    /// A pane for `object`, waiting for its text.
    pub fn new(object: ObjRef, sub: Option<SubId>, ticket: Ticket) -> Self {
        Self {
            object,
            sub,
            version: 0,
            loading: Loading::Pending(ticket),
            top: 0,
            cursor: 0,
            left: 0,
            wrap: false,
            managed_fields: false,
            needle: String::new(),
            raw: String::new(),
            lines: Vec::new(),
            folded: BTreeSet::new(),
            shown: Vec::new(),
        }
    }

    /// Puts the text in. Position and folds stay where the text is still the same length.
    pub fn fill(&mut self, text: String) {
        let same_shape = self.lines.len() == text.lines().count();
        let depths: Vec<Option<usize>> = text.lines().map(depth).collect();
        self.lines = text
            .lines()
            .zip(children(&depths))
            .map(|(line, children)| Line {
                text: sanitise::clean(&line.replace('\t', "    ")).into_owned(),
                children,
            })
            .collect();
        self.raw = text;
        if !same_shape {
            self.folded.clear();
        }
        self.loading = Loading::Ready;
        self.show();
    }

    /// The text as it came, for copying and saving.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Number of lines that are not folded away.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// A shown line: its text and how many lines are folded away below it.
    pub fn line(&self, shown: usize) -> Option<(&str, usize)> {
        let at = *self.shown.get(shown)?;
        let line = &self.lines[at];
        Some((&line.text, if self.folded.contains(&at) { line.children } else { 0 }))
    }

    /// Moves the selected line.
    pub fn step(&mut self, lines: isize) {
        self.go(self.cursor.saturating_add_signed(lines));
    }

    /// Goes to a shown line.
    pub fn go(&mut self, line: usize) {
        self.cursor = line.min(self.shown.len().saturating_sub(1));
    }

    /// Keeps the selected line on screen.
    pub fn settle(&mut self, height: usize) {
        self.go(self.cursor);
        self.top = self.top.min(self.shown.len().saturating_sub(height));
        if self.cursor < self.top {
            self.top = self.cursor;
        } else if height > 0 && self.cursor >= self.top + height {
            self.top = self.cursor + 1 - height;
        }
    }

    /// Folds or unfolds at the selected line; on a line without children, its parent.
    pub fn toggle_fold(&mut self) {
        let Some(&at) = self.shown.get(self.cursor) else { return };
        let at = if self.lines[at].children > 0 {
            at
        } else {
            match (0..at).rev().find(|i| i + self.lines[*i].children >= at) {
                Some(parent) => parent,
                None => return,
            }
        };
        if !self.folded.remove(&at) {
            self.folded.insert(at);
        }
        self.show();
        if let Ok(line) = self.shown.binary_search(&at) {
            self.cursor = line;
        }
    }

    /// Folds every top-level field, or unfolds everything when something is folded.
    pub fn toggle_all_folds(&mut self) {
        if self.folded.is_empty() {
            let mut at = 0;
            while at < self.lines.len() {
                if self.lines[at].children > 0 {
                    self.folded.insert(at);
                }
                at += self.lines[at].children + 1;
            }
        } else {
            self.folded.clear();
        }
        self.show();
        self.go(self.cursor);
    }

    /// Goes to the next (or previous) line with the needle, unfolding it. Returns which match of
    /// how many it is; None when there is none.
    pub fn find(&mut self, forward: bool, from_here: bool) -> Option<(usize, usize)> {
        if self.needle.is_empty() {
            return None;
        }
        let hits: Vec<usize> = (0..self.lines.len())
            .filter(|i| self.lines[*i].text.to_lowercase().contains(&self.needle))
            .collect();
        let here = self.shown.get(self.cursor).copied().unwrap_or(0);
        let which = if forward {
            hits.iter()
                .position(|hit| if from_here { *hit >= here } else { *hit > here })
                .or((!hits.is_empty()).then_some(0))
        } else {
            hits.iter().rposition(|hit| *hit < here).or(hits.len().checked_sub(1))
        }?;
        let hit = hits[which];
        self.folded.retain(|at| !(*at < hit && hit <= *at + self.lines[*at].children));
        self.show();
        if let Ok(line) = self.shown.binary_search(&hit) {
            self.cursor = line;
        }
        Some((which + 1, hits.len()))
    }

    fn show(&mut self) {
        self.shown.clear();
        let mut at = 0;
        while at < self.lines.len() {
            self.shown.push(at);
            at += if self.folded.contains(&at) { self.lines[at].children } else { 0 } + 1;
        }
    }
}

/// Indentation of a YAML line; a list item counts as half a step deeper than its dash, so that
/// `key:` above `- item` at the same indentation is its parent. None for empty lines.
fn depth(line: &str) -> Option<usize> {
    let rest = line.trim_start_matches(' ');
    if rest.is_empty() {
        return None;
    }
    let indent = 2 * (line.len() - rest.len());
    Some(if rest.starts_with("- ") || rest == "-" { indent + 1 } else { indent })
}

/// For each line, how many lines below it belong to it.
fn children(depths: &[Option<usize>]) -> Vec<usize> {
    let mut children = vec![0; depths.len()];
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (i, depth) in depths.iter().enumerate() {
        let Some(depth) = *depth else { continue };
        while let Some(&(at, above)) = open.last() {
            if depth > above {
                break;
            }
            children[at] = i - at - 1;
            open.pop();
        }
        open.push((i, depth));
    }
    for (at, _) in open {
        children[at] = depths.len() - at - 1;
    }
    children
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{ClusterId, Gvr, Text};

    fn pane(text: &str) -> TextPane {
        let object = ObjRef {
            cluster: ClusterId(0),
            gvr: Gvr::new("", "v1", "pods"),
            kind: "Pod".into(),
            namespace: Text::new(),
            name: "a".into(),
            uid: Text::new(),
        };
        let mut pane = TextPane::new(object, None, Ticket(1));
        pane.fill(text.to_owned());
        pane
    }

    const YAML: &str = "kind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - image: x\n    name: y\n  nodeName: n\n";

    #[test]
    fn folding_a_field_hides_what_belongs_to_it() {
        let mut pane = pane(YAML);
        pane.go(4);
        assert_eq!(pane.line(4).unwrap().0, "  containers:");
        pane.toggle_fold();
        assert_eq!(pane.line(4), Some(("  containers:", 2)));
        assert_eq!(pane.line(5).unwrap().0, "  nodeName: n");
        pane.toggle_fold();
        assert_eq!(pane.len(), 8);
    }

    #[test]
    fn folding_inside_a_field_folds_the_field() {
        let mut pane = pane(YAML);
        pane.go(2);
        pane.toggle_fold();
        assert_eq!(pane.line(pane.cursor), Some(("metadata:", 1)));
    }

    #[test]
    fn search_goes_round_and_unfolds_what_it_finds() {
        let mut pane = pane(YAML);
        pane.toggle_all_folds();
        assert_eq!(pane.len(), 3);
        pane.needle = "nodename".into();
        assert_eq!(pane.find(true, true), Some((1, 1)));
        assert_eq!(pane.line(pane.cursor).unwrap().0, "  nodeName: n");
        pane.needle = "nothing".into();
        assert_eq!(pane.find(true, false), None);
    }

    #[test]
    fn escape_sequences_in_values_become_visible_marks() {
        let pane = pane("a: \"x\u{1b}[2Jy\"\n");
        assert!(!pane.line(0).unwrap().0.contains('\u{1b}'));
    }
}
