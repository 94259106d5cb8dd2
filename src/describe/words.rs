//! Values as kubectl words them: what Go prints, dates, ages, labels, selectors, names of fields.

use super::node::Node;
use crate::text::age;
use crate::text::jsonpath::Node as Json;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// What Go's `%v` prints of a decoded JSON value.
pub(super) fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(n) => match (n.as_i64(), n.as_u64(), n.as_f64()) {
            (None, None, Some(x)) => Json::Float(x).go_text().into_owned(),
            _ => n.to_string(),
        },
        Value::Array(items) => {
            format!("[{}]", items.iter().map(go_value).collect::<Vec<_>>().join(" "))
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            let pairs: Vec<String> =
                keys.iter().map(|key| format!("{key}:{}", go_value(&map[*key]))).collect();
            format!("map[{}]", pairs.join(" "))
        }
    }
}

/// Go's `%t` of a truth value that may be missing.
pub(super) fn truth(node: Node<'_>) -> String {
    node.yes().to_string()
}

/// `True`, `False`, or `<unset>`.
pub(super) fn titled_truth(node: Node<'_>) -> &'static str {
    match node.bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    }
}

/// Unix seconds of a moment as the API server writes it.
pub(super) fn seconds(node: Node<'_>) -> Option<i64> {
    node.str().parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// A moment as `time.RFC1123Z` has it; one that is missing is Go's zero time, as in kubectl.
pub(super) fn date(node: Node<'_>, zone: &TimeZone) -> String {
    if node.str().is_empty() {
        return "Mon, 01 Jan 0001 00:00:00 +0000".to_owned();
    }
    match node.str().parse::<Timestamp>() {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%a, %d %b %Y %H:%M:%S %z").to_string(),
        Err(_) => node.text(),
    }
}

/// A moment as Go's `Time.String` has it.
pub(super) fn plain_date(node: Node<'_>, zone: &TimeZone) -> String {
    match node.str().parse::<Timestamp>() {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %z %Z").to_string(),
        Err(_) if node.str().is_empty() => "0001-01-01 00:00:00 +0000 UTC".to_owned(),
        Err(_) => node.text(),
    }
}

/// How long ago that was.
pub(super) fn since(node: Node<'_>, now: i64) -> String {
    match seconds(node) {
        Some(then) => age::human(now.saturating_sub(then)),
        None => "<unknown>".to_owned(),
    }
}

/// `a=b,c=d` sorted by key, or `<none>` (`labels.FormatLabels`).
pub(super) fn labels(map: Node<'_>) -> String {
    none_if_empty(pairs(map))
}

/// `a=b,c=d` sorted by key.
pub(super) fn pairs(map: Node<'_>) -> String {
    let pairs: Vec<String> =
        map.entries().iter().map(|(key, value)| format!("{key}={}", value.text())).collect();
    pairs.join(",")
}

pub(super) fn none_if_empty(text: String) -> String {
    if text.is_empty() { "<none>".to_owned() } else { text }
}

/// A LabelSelector as the API takes it and kubectl prints it; None where it is invalid.
pub(super) fn selector(node: Node<'_>) -> Option<String> {
    let mut parts: Vec<(String, String)> = Vec::new();
    for (key, value) in node.get("matchLabels").entries() {
        parts.push((key.to_owned(), format!("{key}={}", value.text())));
    }
    for one in node.get("matchExpressions").items() {
        let (key, mut values) = (one.get("key").text(), one.get("values").texts());
        values.sort_unstable();
        let list = values.join(",");
        let part = match (one.get("operator").str(), values.is_empty()) {
            ("In", false) => format!("{key} in ({list})"),
            ("NotIn", false) => format!("{key} notin ({list})"),
            ("Exists", true) => key.clone(),
            ("DoesNotExist", true) => format!("!{key}"),
            _ => return None,
        };
        parts.push((key, part));
    }
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    Some(parts.into_iter().map(|(_, part)| part).collect::<Vec<_>>().join(","))
}

/// A LabelSelector for people (`metav1.FormatLabelSelector`).
pub(super) fn selector_or_none(node: Node<'_>) -> String {
    selector(node).map_or_else(|| "<error>".to_owned(), none_if_empty)
}

/// The title that `kubectl describe` gives to a field of an object it does not know.
pub(super) fn smart_label(field: &str) -> String {
    if field.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let parts = camel_case(field);
    let mut words: Vec<String> = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let (part, next) = (&parts[at], parts.get(at + 1));
        let shouted =
            part.len() >= 2 && part.chars().all(|c| !c.is_alphabetic() || c.is_uppercase());
        match next {
            Some(next) if shouted && next.starts_with(char::is_uppercase) => {
                words.push(format!("{part}{next}"));
                at += 2;
            }
            _ => {
                words.push(part.clone());
                at += 1;
            }
        }
    }
    for word in &mut words {
        let upper = word.to_uppercase();
        if ["API", "URL", "UID", "GUID"].contains(&upper.as_str()) {
            *word = upper;
        } else if word.to_lowercase() == *word {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            *word = first.chain(letters).collect();
        }
    }
    words.join(" ")
}

/// Words of a name in camel case, as the Go package `camelcase` splits them: between letters of
/// different sorts, and before the last capital of several that small letters follow.
fn camel_case(text: &str) -> Vec<String> {
    let class = |c: char| {
        if c.is_lowercase() {
            1
        } else if c.is_uppercase() {
            2
        } else {
            3
        }
    };
    let mut runs: Vec<Vec<char>> = Vec::new();
    let mut last = 0;
    for c in text.chars() {
        match runs.last_mut() {
            Some(run) if class(c) == last => run.push(c),
            _ => runs.push(vec![c]),
        }
        last = class(c);
    }
    for at in 1..runs.len() {
        let capitals = runs[at - 1].first().is_some_and(|c| c.is_uppercase());
        if capitals
            && runs[at].first().is_some_and(|c| c.is_lowercase())
            && let Some(capital) = runs[at - 1].pop()
        {
            runs[at].insert(0, capital);
        }
    }
    runs.into_iter().filter(|run| !run.is_empty()).map(|run| run.into_iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_titled_as_kubectl_titles_them() {
        for (field, title) in [
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("metadata", "Metadata"),
            ("creationTimestamp", "Creation Timestamp"),
            ("lastURLSeen", "Last URLSeen"),
            ("podCIDRs", "Pod CIDRs"),
            ("HTTPRoute", "HTTPRoute"),
            ("x5t", "x5t"),
            ("a.b/c", "a.b/c"),
            ("my-field", "My - Field"),
            ("", ""),
        ] {
            assert_eq!(smart_label(field), title, "{field}");
        }
    }

    #[test]
    fn values_read_as_go_prints_them() {
        for (value, want) in [
            (json!(null), "<nil>"),
            (json!("x y"), "x y"),
            (json!(1.5), "1.5"),
            (json!(100_000_000), "100000000"),
            (json!(["a", 1, true]), "[a 1 true]"),
            (json!({"b": [], "a": {"c": null}}), "map[a:map[c:<nil>] b:[]]"),
        ] {
            assert_eq!(go_value(&value), want);
        }
    }

    #[test]
    fn moments_are_written_in_full() {
        let at = json!("2026-11-28T01:02:03.123456Z");
        let (utc, east) = (TimeZone::UTC, TimeZone::fixed(jiff::tz::offset(3)));
        assert_eq!(date(Node::from(&at), &utc), "Sat, 28 Nov 2026 01:02:03 +0000");
        assert_eq!(date(Node::from(&at), &east), "Sat, 28 Nov 2026 04:02:03 +0300");
        assert_eq!(plain_date(Node::from(&at), &utc), "2026-11-28 01:02:03 +0000 UTC");
        assert_eq!(since(Node::from(&at), 1_795_827_723 + 90), "90s");
        assert_eq!(date(Node::default(), &utc), "Mon, 01 Jan 0001 00:00:00 +0000");
        assert_eq!(since(Node::default(), 5), "<unknown>");
        assert_eq!(date(Node::from(&json!("soon")), &utc), "soon");
    }

    #[test]
    fn selectors_are_sorted_and_invalid_ones_are_told() {
        let one = json!({"matchLabels": {"b": "2"}, "matchExpressions": [
            {"key": "a", "operator": "In", "values": ["y", "x"]},
            {"key": "c", "operator": "DoesNotExist"}]});
        assert_eq!(selector_or_none(Node::from(&one)), "a in (x,y),b=2,!c");
        assert_eq!(selector_or_none(Node::default()), "<none>");
        let odd = json!({"matchExpressions": [{"key": "a", "operator": "Gt"}, 5]});
        assert_eq!(selector_or_none(Node::from(&odd)), "<error>");
    }
}
