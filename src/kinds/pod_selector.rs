//! Label selectors as kubectl prints them and as the API takes them: both are the same text.

use super::de::{Pairs, Str, nullable};
use crate::model::Link;
use crate::text::Text;
use serde::Deserialize;

/// A LabelSelector.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Selector<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    pub match_labels: Pairs<'a, Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    pub match_expressions: Vec<Expression<'a>>,
}

/// One condition of a LabelSelector.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Expression<'a> {
    #[serde(borrow)]
    pub key: Str<'a>,
    pub operator: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    pub values: Vec<Str<'a>>,
}

impl Selector<'_> {
    /// The selector's text, its conditions sorted by key; empty for one that selects everything.
    /// None where it is invalid.
    pub(super) fn format(&self) -> Option<String> {
        let mut parts: Vec<(&str, String)> =
            self.match_labels.0.iter().map(|(k, v)| (&**k, format!("{}={}", &**k, &**v))).collect();
        for Expression { key, operator, values } in &self.match_expressions {
            let list = || {
                let mut values: Vec<&str> = values.iter().map(|value| &**value).collect();
                values.sort_unstable();
                values.join(",")
            };
            let key = &**key;
            parts.push(match (&**operator, values.is_empty()) {
                ("In", false) => (key, format!("{key} in ({})", list())),
                ("NotIn", false) => (key, format!("{key} notin ({})", list())),
                ("Exists", true) => (key, key.to_owned()),
                ("DoesNotExist", true) => (key, format!("!{key}")),
                _ => return None,
            });
        }
        parts.sort_by_key(|(key, _)| *key);
        Some(parts.into_iter().map(|(_, part)| part).collect::<Vec<_>>().join(","))
    }
}

/// The selector of an object whose `spec.selector` chooses pods, as the API takes it: a
/// LabelSelector, a plain map of labels, or what a scale subresource would say
/// (`status.selector`, or `status.labelSelector`). None where it has none, or one that chooses all.
pub fn selector_of(json: &[u8]) -> Option<String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Whole<'a> {
        #[serde(borrow, deserialize_with = "nullable")]
        spec: Spec<'a>,
        #[serde(deserialize_with = "nullable")]
        status: Status<'a>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Spec<'a> {
        #[serde(borrow)]
        selector: Option<&'a serde_json::value::RawValue>,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Status<'a> {
        #[serde(borrow)]
        selector: Option<&'a serde_json::value::RawValue>,
        label_selector: Option<&'a serde_json::value::RawValue>,
    }
    let Whole { spec, status } = serde_json::from_slice(json).ok()?;
    let labelled = spec.selector.and_then(|raw| {
        let structured = serde_json::from_str::<Selector<'_>>(raw.get()).ok();
        let structured = structured.and_then(|selector| selector.format());
        structured.filter(|text| !text.is_empty()).or_else(|| {
            let labels = serde_json::from_str::<Pairs<'_, Str<'_>>>(raw.get()).ok()?;
            Some(format_labels(&labels))
        })
    });
    let said = [status.selector, status.label_selector]
        .into_iter()
        .flatten()
        .find_map(|raw| serde_json::from_str::<Str<'_>>(raw.get()).ok())
        .map(|text| text.to_string());
    labelled.filter(|text| !text.is_empty()).or(said).filter(|text| !text.is_empty())
}

/// `a=b,c=d` sorted by key; empty for no labels.
pub(super) fn format_labels(labels: &Pairs<'_, Str<'_>>) -> String {
    let mut parts: Vec<(&str, &str)> = labels.0.iter().map(|(k, v)| (&**k, &**v)).collect();
    parts.sort_unstable();
    parts.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",")
}

/// The pods that a workload selects. None where its selector would select every pod or cannot be
/// read: such a workload has no pods of its own.
pub(super) fn pods(namespace: Text, selector: Text) -> Option<Link> {
    (!selector.is_empty()).then(|| Link::Children {
        plural: arcstr::literal!("pods"),
        namespace,
        labels: selector,
        fields: Text::new(),
        owner: Text::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_found_where_kinds_have_them() {
        for (json, expected) in [
            (r#"{"spec":{"selector":{"matchLabels":{"b":"2","a":"1"}}}}"#, Some("a=1,b=2")),
            (
                r#"{"spec":{"selector":{"matchExpressions":[{"key":"a","operator":"In","values":["x","y"]}]}}}"#,
                Some("a in (x,y)"),
            ),
            (r#"{"spec":{"selector":{"app":"web"}}}"#, Some("app=web")),
            (r#"{"spec":{"replicas":1},"status":{"selector":"app=web"}}"#, Some("app=web")),
            (r#"{"status":{"labelSelector":"app=web"}}"#, Some("app=web")),
            (r#"{"spec":{"selector":{}}}"#, None),
            (r#"{"spec":{"selector":null}}"#, None),
            (r#"{"spec":{"selector":"text"}}"#, None),
            (r#"{"data":{}}"#, None),
            ("[]", None),
        ] {
            assert_eq!(selector_of(json.as_bytes()).as_deref(), expected, "{json}");
        }
    }
}
