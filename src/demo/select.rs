//! Label and field selectors: parsing, the fields each kind can be selected by, and matching
//! against the text of an object without decoding the whole of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::body::Body;
use super::kinds::Type;
use super::status::Failure;

/// A parsed `labelSelector` and `fieldSelector`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<FieldTest>,
}

#[derive(Debug, Clone, PartialEq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
    Above(i64),
    Below(i64),
}

#[derive(Debug, Clone, PartialEq)]
struct FieldTest {
    path: String,
    value: String,
    equal: bool,
}

/// The few places of an object that selectors look at.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Head<'a> {
    #[serde(borrow)]
    metadata: HeadMeta<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HeadMeta<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    namespace: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "null_default")]
    labels: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

fn null_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Top-level parts as undecoded text: only the part that a field test names is decoded.
type Parts<'a> = BTreeMap<Cow<'a, str>, &'a serde_json::value::RawValue>;

impl Selector {
    /// Parses both selectors of a request for a type; empty strings select everything.
    pub fn parse(ty: &Type, labels: &str, fields: &str) -> Result<Self, Failure> {
        let requirements = parse_labels(labels).map_err(|why| {
            Failure::bad_request(format!(
                "unable to parse requirement: {why} (label selector {labels:?})"
            ))
        })?;
        let tests = parse_fields(fields).map_err(Failure::bad_request)?;
        for test in &tests {
            let known = allowed_fields(ty);
            if !known.contains(&test.path.as_str()) {
                return Err(Failure::bad_request(if ty.namespaced && known.len() > 2 {
                    format!("field label not supported: {}", test.path)
                } else {
                    let only = r#"only "metadata.name", "metadata.namespace""#;
                    format!("{:?} is not a known field selector: {only}", test.path)
                }));
            }
        }
        Ok(Self { labels: requirements, fields: tests })
    }

    /// Selects everything.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Does the object match?
    pub fn matches(&self, body: &Body) -> bool {
        if self.is_empty() {
            return true;
        }
        let bytes = body.bytes();
        let Ok(head) = serde_json::from_slice::<Head>(&bytes) else { return false };
        let labels = &head.metadata.labels;
        self.labels.iter().all(|requirement| {
            requirement.matches(labels.get(requirement.key.as_str()).map(AsRef::as_ref))
        }) && self.fields.iter().all(|test| {
            let is = match test.path.as_str() {
                "metadata.name" => head.metadata.name == test.value,
                "metadata.namespace" => head.metadata.namespace == test.value,
                path => field(&bytes, path) == test.value,
            };
            is == test.equal
        })
    }
}

impl Requirement {
    fn matches(&self, value: Option<&str>) -> bool {
        let number = |value: &str| value.parse::<i64>().ok();
        match &self.test {
            Test::In(values) => value.is_some_and(|value| values.iter().any(|v| v == value)),
            Test::NotIn(values) => value.is_none_or(|value| values.iter().all(|v| v != value)),
            Test::Exists => value.is_some(),
            Test::Absent => value.is_none(),
            Test::Above(limit) => value.and_then(number).is_some_and(|value| value > *limit),
            Test::Below(limit) => value.and_then(number).is_some_and(|value| value < *limit),
        }
    }
}

/// A field as a selector sees it: strings as they are, numbers and booleans written out, absent
/// ones empty.
fn field(bytes: &[u8], path: &str) -> String {
    let Ok(parts) = serde_json::from_slice::<Parts>(bytes) else { return String::new() };
    let mut steps = path.split('.');
    let Some(part) = steps.next().and_then(|first| parts.get(first)) else {
        return path_default(path);
    };
    let Ok(value) = serde_json::from_str::<Value>(part.get()) else { return String::new() };
    let found = steps.fold(&value, |value, step| &value[step]);
    match found {
        Value::String(text) => text.clone(),
        Value::Null | Value::Object(_) | Value::Array(_) => path_default(path),
        other => other.to_string(),
    }
}

/// What the server's conversion gives for absent fields that are not strings.
fn path_default(path: &str) -> String {
    match path {
        "spec.unschedulable" | "spec.hostNetwork" => "false".to_owned(),
        "status.successful" | "status.replicas" => "0".to_owned(),
        _ => String::new(),
    }
}

fn allowed_fields(ty: &Type) -> &'static [&'static str] {
    const META: &[&str] = &["metadata.name", "metadata.namespace"];
    match (ty.group.as_str(), ty.plural.as_str()) {
        ("", "pods") => &[
            "metadata.name",
            "metadata.namespace",
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        ("", "events") => &[
            "metadata.name",
            "metadata.namespace",
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ("", "nodes") => &["metadata.name", "spec.unschedulable"],
        ("", "namespaces") => &["metadata.name", "status.phase"],
        ("", "secrets") => &["metadata.name", "metadata.namespace", "type"],
        ("", "replicationcontrollers") | ("apps", "replicasets") => {
            &["metadata.name", "metadata.namespace", "status.replicas"]
        }
        ("", "services") => &["metadata.name", "metadata.namespace", "spec.clusterIP", "spec.type"],
        ("batch", "jobs") => &["metadata.name", "metadata.namespace", "status.successful"],
        ("certificates.k8s.io", _) => &["metadata.name", "spec.signerName"],
        _ if !ty.namespaced && !ty.custom => &["metadata.name"],
        _ => META,
    }
}

fn parse_fields(text: &str) -> Result<Vec<FieldTest>, String> {
    text.split(',')
        .filter(|term| !term.is_empty())
        .map(|term| {
            let at = term
                .find('=')
                .ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{term}'"))?;
            let (left, right) = term.split_at(at);
            let right = right.trim_start_matches('=');
            let (path, equal) = match left.strip_suffix('!') {
                Some(path) => (path, false),
                None => (left, true),
            };
            Ok(FieldTest { path: path.trim().to_owned(), value: right.trim().to_owned(), equal })
        })
        .collect()
}

fn parse_labels(text: &str) -> Result<Vec<Requirement>, String> {
    split_terms(text).into_iter().map(parse_requirement).collect()
}

/// Splits at commas that are not inside parentheses.
fn split_terms(text: &str) -> Vec<&str> {
    let (mut terms, mut depth, mut start) = (Vec::new(), 0usize, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                terms.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(text[start..].trim());
    terms.retain(|term| !term.is_empty());
    terms
}

fn parse_requirement(term: &str) -> Result<Requirement, String> {
    let (key, test) = if let Some(key) = term.strip_prefix('!') {
        (key, Test::Absent)
    } else if let Some((key, value)) = term.split_once("!=") {
        (key, Test::NotIn(vec![value.trim().to_owned()]))
    } else if let Some((key, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        (key, Test::In(vec![value.trim().to_owned()]))
    } else if let Some((left, list)) = term.split_once('(') {
        let values = list
            .strip_suffix(')')
            .ok_or_else(|| format!("found '{term}', expected: ')'"))?
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        match left.trim().rsplit_once(char::is_whitespace) {
            Some((key, "in")) => (key, Test::In(values)),
            Some((key, "notin")) => (key, Test::NotIn(values)),
            _ => return Err(format!("found '{term}', expected: in, notin")),
        }
    } else if let Some((key, value)) = term.split_once('>') {
        (key, Test::Above(value.trim().parse().map_err(|_| format!("not a number: '{value}'"))?))
    } else if let Some((key, value)) = term.split_once('<') {
        (key, Test::Below(value.trim().parse().map_err(|_| format!("not a number: '{value}'"))?))
    } else {
        (term, Test::Exists)
    };
    let key = key.trim();
    let known = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    if key.is_empty() || !key.chars().all(known) {
        return Err(format!("found '{key}', expected: identifier"));
    }
    Ok(Requirement { key: key.to_owned(), test })
}

/// Does a LabelSelector object (matchLabels, matchExpressions) select these labels?
pub fn label_selector_string(selector: &Value) -> String {
    if let Some(text) = selector.as_str() {
        return text.to_owned();
    }
    let mut terms = Vec::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
        terms.push(format!("{key}={}", text(value)));
    }
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = text(&expression["key"]);
        let values: Vec<String> =
            expression["values"].as_array().into_iter().flatten().map(text).collect();
        terms.push(match text(&expression["operator"]).as_str() {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key,
        });
    }
    terms.join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::demo::kinds;

    fn selects(labels: &str, fields: &str) -> bool {
        let types = kinds::builtin();
        let pods = types.iter().find(|ty| ty.plural == "pods").unwrap();
        let body = Body::of(&serde_json::json!({
            "metadata": {"name": "a", "namespace": "shop", "labels": {"app": "api", "tier": "2"}},
            "spec": {"nodeName": "n1"}, "status": {"phase": "Running"},
        }));
        Selector::parse(pods, labels, fields).unwrap().matches(&body)
    }

    #[test]
    fn labels_are_matched_in_every_form() {
        for yes in ["", "app=api", "app==api,tier", "app in (web, api)", "app notin (web)", "!old"]
        {
            assert!(selects(yes, ""), "{yes}");
        }
        for yes in ["tier>1", "tier<3", "nope!=x"] {
            assert!(selects(yes, ""), "{yes}");
        }
        for no in ["app=web", "app!=api", "!app", "old", "app in (web)", "tier>2"] {
            assert!(!selects(no, ""), "{no}");
        }
    }

    #[test]
    fn fields_are_matched_and_unknown_ones_refused() {
        assert!(selects("", "spec.nodeName=n1,status.phase!=Failed"));
        assert!(selects("", "metadata.name==a,spec.hostNetwork=false"));
        assert!(!selects("app", "status.phase=Pending"));
        let types = kinds::builtin();
        let failure = Selector::parse(&types[0], "", "data.x=1").unwrap_err();
        assert_eq!(failure.code, 400);
        assert!(
            failure.message.contains("\"data.x\" is not a known field selector"),
            "{failure:?}"
        );
    }
}
