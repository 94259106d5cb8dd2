//! Where a field stands in a text: from the path that a server names to the line a person looks at.
//!
//! A walk over the lines instead of a parser with spans: it must also do for texts that are no YAML
//! any more, and an answer that is a line or two off is better than none.

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
}

impl Step {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(a), Self::Key(b)) => a == b,
            (Self::Item(a), Self::Item(b)) => a == b,
            (Self::Key(key), Self::Item(n)) | (Self::Item(n), Self::Key(key)) => {
                *key == n.to_string()
            }
        }
    }
}

/// The steps of a path as `k8s.io/apimachinery/pkg/util/validation/field.Path` prints it:
/// `spec.containers[0].image`, `metadata.labels[a.b/c]`.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut key = String::new();
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '.' | '[' => {
                if !key.is_empty() {
                    steps.push(Step::Key(std::mem::take(&mut key)));
                }
                if c == '[' {
                    let inner: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    let inner = inner.trim_matches('"');
                    steps.push(match inner.parse() {
                        Ok(n) => Step::Item(n),
                        Err(_) => Step::Key(inner.to_owned()),
                    });
                }
            }
            c => key.push(c),
        }
    }
    if !key.is_empty() {
        steps.push(Step::Key(key));
    }
    steps
}

/// A line that begins a value, with the way there.
struct Entry {
    way: Vec<Step>,
    line: usize,
}

/// The key of a mapping line and what follows its colon.
fn key_of(rest: &str) -> Option<(String, &str)> {
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let close = rest[1..].find(quote)? + 1;
        let after = rest[close + 1..].strip_prefix(':')?;
        return Some((rest[1..close].to_owned(), after));
    }
    let at = rest.find(": ").or_else(|| rest.ends_with(':').then(|| rest.len() - 1))?;
    Some((rest[..at].to_owned(), &rest[at + 1..]))
}

fn entries(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    // Column and step of what is open.
    let mut open: Vec<(usize, Step)> = Vec::new();
    // The column of the key whose block of text goes on.
    let mut block: Option<usize> = None;
    for (number, line) in text.lines().enumerate() {
        let body = line.trim_start_matches(' ');
        let mut column = line.len() - body.len();
        if block.is_some_and(|of| body.is_empty() || column > of) {
            continue;
        }
        block = None;
        if body.is_empty() || body.starts_with('#') || matches!(body, "---" | "...") {
            continue;
        }
        let mut rest = body;
        while rest == "-" || rest.starts_with("- ") {
            let mut next = 0;
            while let Some((at, step)) = open.last() {
                match step {
                    _ if *at > column => {}
                    Step::Item(n) if *at == column => next = n + 1,
                    _ => break,
                }
                open.pop();
            }
            open.push((column, Step::Item(next)));
            found.push(Entry { way: open.iter().map(|(_, s)| s.clone()).collect(), line: number });
            let after = rest[1..].trim_start_matches(' ');
            column += rest.len() - after.len();
            rest = after;
        }
        let Some((key, value)) = key_of(rest) else { continue };
        while open.last().is_some_and(|(at, _)| *at >= column) {
            open.pop();
        }
        open.push((column, Step::Key(key)));
        found.push(Entry { way: open.iter().map(|(_, s)| s.clone()).collect(), line: number });
        if value.trim_start().starts_with(['|', '>']) {
            block = Some(column);
        }
    }
    found
}

/// The line (from 0) of a field, or of the nearest thing around it that the text has; None where
/// nothing of the path is there.
pub fn line_of(text: &str, path: &str) -> Option<usize> {
    let wanted = steps(path);
    let mut best: Option<(usize, usize)> = None;
    for entry in entries(text) {
        let common = entry.way.len();
        let fits = common <= wanted.len() && entry.way.iter().zip(&wanted).all(|(a, b)| a.is(b));
        if fits && best.is_none_or(|(length, _)| common > length) {
            best = Some((common, entry.line));
        }
    }
    best.map(|(_, line)| line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "apiVersion: apps/v1
metadata:
  annotations:
    \"a.b/c\": |
      spec: not this
      deeper: neither
  name: web
spec:
  # a comment
  replicas: 3
  template:
    spec:
      containers:
      - name: main
        image: a:1
        ports:
          - containerPort: 80
          - containerPort: 81
      - image: b:1
        name: side
";

    fn line(path: &str) -> Option<&'static str> {
        line_of(TEXT, path).and_then(|at| TEXT.lines().nth(at))
    }

    #[test]
    fn a_servers_path_leads_to_its_line() {
        assert_eq!(line("spec.replicas"), Some("  replicas: 3"));
        assert_eq!(line("spec.template.spec.containers[1].image"), Some("      - image: b:1"));
        assert_eq!(line("spec.template.spec.containers[1].name"), Some("        name: side"));
        let port = "spec.template.spec.containers[0].ports[1].containerPort";
        assert_eq!(line(port), Some("          - containerPort: 81"));
        assert_eq!(line("metadata.annotations[a.b/c]"), Some("    \"a.b/c\": |"));
    }

    #[test]
    fn what_is_not_there_leads_to_what_is_around_it() {
        assert_eq!(line("spec.strategy.type"), Some("spec:"));
        assert_eq!(line("spec.template.spec.containers[7].image"), Some("      containers:"));
        assert_eq!(line("nowhere"), None);
        assert_eq!(line(""), None);
    }

    #[test]
    fn no_text_is_too_broken() {
        for text in ["", ":", "- - - a: b", "\"", "a: [\n  - : x", "- ", "\"ä: b"] {
            let _ = line_of(text, "a.b[0]");
        }
    }
}
