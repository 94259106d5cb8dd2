//! Places as JSON pointers and jq name them, and taking away what is there.

use serde_json::Value;

/// The way to a field: names, numbers in lists, and slices of lists (`{"start": 0, "end": 2}`).
pub(super) type Place = Vec<Value>;

/// The object without what is at these places; what is not there stays so.
pub(super) fn without(object: &Value, places: &[Place]) -> Value {
    let mut object = object.clone();
    cut(&mut object, &places.iter().map(Vec::as_slice).collect::<Vec<_>>());
    object
}

fn cut(at: &mut Value, places: &[&[Value]]) {
    // Places that begin here, without their first step; None where one ends here.
    let below = |begins: &dyn Fn(&Value) -> bool| {
        let mut found = Vec::new();
        for place in places {
            match place.split_first() {
                Some((step, [])) if begins(step) => return None,
                Some((step, rest)) if begins(step) => found.push(rest),
                _ => {}
            }
        }
        Some(found)
    };
    match at {
        Value::Object(map) => map.retain(|name, value| {
            let Some(below) = below(&|step| step.as_str() == Some(name)) else { return false };
            if !below.is_empty() {
                cut(value, &below);
            }
            true
        }),
        Value::Array(items) => {
            let length = items.len();
            let mut number = 0;
            items.retain_mut(|value| {
                let here = number;
                number += 1;
                let Some(below) = below(&|step| is_at(step, here, length)) else { return false };
                if !below.is_empty() {
                    cut(value, &below);
                }
                true
            });
        }
        _ => {}
    }
}

/// Whether a step goes to an item of a list of this length.
fn is_at(step: &Value, item: usize, length: usize) -> bool {
    let from_end = |number: i64| {
        if number < 0 { number.saturating_add_unsigned(length as u64) } else { number }
    };
    let item = i64::try_from(item).unwrap_or(i64::MAX);
    match step {
        Value::Number(number) => number.as_i64().map(from_end) == Some(item),
        Value::String(text) => text.parse() == Ok(item),
        Value::Object(slice) => {
            let edge = |name: &str| slice.get(name).and_then(Value::as_i64).map(from_end);
            edge("start").is_none_or(|start| start <= item)
                && edge("end").is_none_or(|end| item < end)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_at_a_place_is_taken_away_and_nothing_else() {
        let object = json!({"a": [1, 2, 3, {"b": 1, "c": 2}], "0": {"x": null}});
        let cut = |places: Value| {
            without(&object, &serde_json::from_value::<Vec<Place>>(places).unwrap())
        };
        assert_eq!(cut(json!([["a", 0], ["a", 1]]))["a"], json!([3, {"b": 1, "c": 2}]));
        assert_eq!(cut(json!([["a", "3", "b"]]))["a"][3], json!({"c": 2}));
        assert_eq!(cut(json!([["a", -1]]))["a"], json!([1, 2, 3]));
        assert_eq!(cut(json!([["a", {"start": 1, "end": 3}]]))["a"], json!([1, {"b": 1, "c": 2}]));
        assert_eq!(
            cut(json!([["0", "x"], ["nothing", "here"], ["a", 9], []])),
            json!({"a": [1, 2, 3, {"b": 1, "c": 2}], "0": {}})
        );
    }
}
