//! What a document of a manifest says it is, found without taking it apart: templates are nearly always
//! written in blocks, with these few lines where anybody can read them.

use crate::model::Catalogue;
use crate::relations::ObjectId;

/// API version, kind, name and namespace of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said<'t> {
    /// `apps/v1`.
    pub api_version: &'t str,
    /// `Deployment`.
    pub kind: &'t str,
    /// Its name.
    pub name: &'t str,
    /// Its namespace; empty where it says none.
    pub namespace: &'t str,
}

impl<'t> Said<'t> {
    /// What a document says; None where that is not plain to see: it is a list or a text in braces, has anchors,
    /// odd quotes, no name, or says something twice. Whoever wants to know reads all of it then.
    pub fn of(document: &'t str) -> Option<Self> {
        let mut said = Self::default();
        let mut seen_metadata = false;
        // Where the lines of `metadata` begin, while one is in there; None before its first line.
        let mut inside: Option<Option<usize>> = None;
        for line in document.lines() {
            let line = line.trim_end();
            let text = line.trim_start_matches(' ');
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if text.starts_with('\t') {
                return None;
            }
            let indent = line.len() - text.len();
            if indent > 0 {
                let Some(at) = &mut inside else { continue };
                let at = *at.get_or_insert(indent);
                if indent < at {
                    return None;
                }
                // Further in stands what belongs to labels, annotations and the like.
                if indent > at || is_item(text) {
                    continue;
                }
                let (key, value) = pair(text)?;
                match key {
                    "name" => once(&mut said.name, plain(value)?)?,
                    "namespace" => once(&mut said.namespace, plain(value)?)?,
                    _ => {}
                }
                continue;
            }
            if is_item(text) && inside.is_none() {
                // Items of a list may stand as far out as the key above them.
                continue;
            }
            let (key, value) = pair(text)?;
            inside = None;
            match key {
                "apiVersion" => once(&mut said.api_version, plain(value)?)?,
                "kind" => once(&mut said.kind, plain(value)?)?,
                "metadata" if seen_metadata || !value.is_empty() => return None,
                "metadata" => (seen_metadata, inside) = (true, Some(None)),
                _ => {}
            }
        }
        let whole = ![said.api_version, said.kind, said.name].contains(&"");
        (whole && !said.kind.ends_with("List")).then_some(said)
    }

    /// Which object it is, for a release in `namespace`.
    pub fn id(&self, catalogue: &Catalogue, namespace: &str) -> ObjectId {
        let (group, version) = self.api_version.split_once('/').unwrap_or(("", self.api_version));
        super::manifest::id(
            catalogue,
            (group, version, self.kind),
            self.name,
            (self.namespace, namespace),
        )
    }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// A key and what stands behind it on its line, without a comment.
fn pair(text: &str) -> Option<(&str, &str)> {
    let (key, rest) = text.split_once(':')?;
    let simple = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    if key.is_empty() || !key.chars().all(simple) || !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = if rest.starts_with('#') { "" } else { rest };
    Some((key, rest))
}

/// A text in no need of a parser: bare or in quotes, and nothing that YAML takes for a number or a yes.
fn plain(value: &str) -> Option<&str> {
    let value = value.split_once(" #").map_or(value, |(before, _)| before.trim_end());
    let quoted = ['"', '\''].iter().find_map(|mark| value.strip_prefix(*mark)?.strip_suffix(*mark));
    let text = quoted.unwrap_or(value);
    let simple = |c: char| c.is_ascii_alphanumeric() || "._/:-".contains(c);
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(':')
        && !words.iter().any(|word| text.eq_ignore_ascii_case(word));
    (!text.is_empty() && text.chars().all(simple) && (quoted.is_some() || bare)).then_some(text)
}

fn once<'t>(place: &mut &'t str, value: &'t str) -> Option<()> {
    place.is_empty().then(|| *place = value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_templates_write_is_seen_at_a_glance() {
        let text = "# Source: web/templates/sa.yaml\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n\
                    metadata:\n  labels:\n    name: other\n  annotations:\n    note: |\n      name: wrong\n  \
                    finalizers:\n  - kubernetes.io/x\n  name: \"web\" # its name\n  namespace: shop\n\
                    subjects:\n- kind: ServiceAccount\n  name: web\nroleRef:\n  kind: Role\n";
        let said = Said {
            api_version: "rbac.authorization.k8s.io/v1",
            kind: "RoleBinding",
            name: "web",
            namespace: "shop",
        };
        assert_eq!(Said::of(text), Some(said));
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_parser() {
        let of = |metadata: &str| format!("apiVersion: v1\nkind: ConfigMap\n{metadata}\n");
        assert!(Said::of(&of("metadata:\n  name: a")).is_some());
        for odd in [
            "metadata: {name: a}",
            "metadata: &m\n  name: a",
            "metadata:\n  name: &n a",
            "metadata:\n  <<: *m\n  name: a",
            "metadata:\n  name: 12",
            "metadata:\n  name: yes",
            "metadata:\n  name: >-\n    a",
            "metadata:\n  name: a\n  name: b",
            "metadata:\n  generateName: a",
            "metadata:\n\tname: a",
            "metadata:\n    name: a\n  namespace: b",
            "metadata:\n  name: a\nmetadata:\n  name: b",
            "metadata:\n  \"name\": a",
            "data: {\n}\nmetadata:\n  name: a",
        ] {
            assert_eq!(Said::of(&of(odd)), None, "{odd}");
        }
        assert_eq!(Said::of("apiVersion: v1\nkind: List\nmetadata:\n  name: a\n"), None);
        assert_eq!(Said::of("{\"kind\": \"ConfigMap\"}"), None);
    }
}
