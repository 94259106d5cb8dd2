//! What a description is: lines of spans, some of which lead to other objects.

use crate::model::Tone;

/// An object one can go to. It is named by kind, as references do: the catalogue knows its plural,
/// and whether it lives in a namespace at all (references within one do not tell).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// API group; empty for the core group.
    pub group: String,
    /// Kind, such as `Pod`.
    pub kind: String,
    /// Namespace; empty when cluster-scoped.
    pub namespace: String,
    /// Name, as the cluster has it (not sanitised: it makes a path, it is not drawn).
    pub name: String,
}

/// A piece of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Sanitised, without line breaks.
    pub text: String,
    /// What it means.
    pub tone: Tone,
    /// Where it leads.
    pub link: Option<Target>,
    /// It is ours: `kubectl describe` does not say it.
    pub own: bool,
}

/// One line, indented and aligned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its pieces, from left to right.
    pub spans: Vec<Span>,
}

impl Line {
    /// As text.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// As text, without what `kubectl describe` does not say. Blanks stay where something stood.
    pub fn kubectl_text(&self) -> String {
        self.spans.iter().filter(|span| !span.own).map(|span| span.text.as_str()).collect()
    }
}

/// A whole description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Page {
    /// As text, every line ended.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            for span in &line.spans {
                out.push_str(&span.text);
            }
            out.push('\n');
        }
        out
    }
}
