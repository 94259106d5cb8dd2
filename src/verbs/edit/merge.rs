//! Two people changed one object: what both meant, and where they meant different things.

use serde_json::{Map, Value};

/// Both sides changed the same thing, differently. `None` is a field that is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Clash {
    /// The field, as a server would name it.
    pub path: String,
    /// What it was.
    pub base: Option<Value>,
    /// What the person made of it; this is kept.
    pub mine: Option<Value>,
    /// What the cluster has now.
    pub theirs: Option<Value>,
}

impl Clash {
    /// What the cluster has now, in few words.
    pub fn words(&self) -> String {
        let short = |value: &Option<Value>| match value {
            None => "absent".to_owned(),
            Some(Value::String(text)) => cut(text),
            Some(value) => cut(&value.to_string()),
        };
        format!("the cluster now has {} here (it was {})", short(&self.theirs), short(&self.base))
    }
}

fn cut(text: &str) -> String {
    const MOST: usize = 60;
    let text = crate::text::sanitise::clean(text);
    let mut out: String = text.chars().take(MOST).collect();
    if text.chars().count() > MOST {
        out.push('…');
    }
    out
}

/// Fields by which items of a list are the same one, best first.
const NAMES: [&str; 8] =
    ["name", "type", "uid", "mountPath", "containerPort", "port", "topologyKey", "key"];

/// What `mine` and `theirs` made of `base`, both applied. Where they clash `mine` stands, and is told.
pub fn merge(base: &Value, mine: &Value, theirs: &Value) -> (Value, Vec<Clash>) {
    let mut merger = Merger { path: String::new(), clashes: Vec::new() };
    let merged = merger.any(Some(base), Some(mine), Some(theirs)).unwrap_or(Value::Null);
    (merged, merger.clashes)
}

struct Merger {
    path: String,
    clashes: Vec<Clash>,
}

impl Merger {
    fn at<T>(&mut self, step: &str, what: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push_str(step);
        let done = what(self);
        self.path.truncate(length);
        done
    }

    fn any(
        &mut self,
        base: Option<&Value>,
        mine: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        // Only the server counts versions: a person never means to keep an older one.
        if mine == theirs || mine == base || self.path == "metadata.resourceVersion" {
            return theirs.cloned();
        }
        if theirs == base {
            return mine.cloned();
        }
        match (base, mine, theirs) {
            (base, Some(Value::Object(mine)), Some(Value::Object(theirs))) => {
                let empty = Map::new();
                let base = base.and_then(Value::as_object).unwrap_or(&empty);
                Some(Value::Object(self.maps(base, mine, theirs)))
            }
            (Some(Value::Array(b)), Some(Value::Array(m)), Some(Value::Array(t))) => {
                self.lists(b, m, t).map(Value::Array).or_else(|| self.clash(base, mine, theirs))
            }
            _ => self.clash(base, mine, theirs),
        }
    }

    fn clash(
        &mut self,
        base: Option<&Value>,
        mine: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        self.clashes.push(Clash {
            path: self.path.clone(),
            base: base.cloned(),
            mine: mine.cloned(),
            theirs: theirs.cloned(),
        });
        mine.cloned()
    }

    fn maps(
        &mut self,
        base: &Map<String, Value>,
        mine: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut merged = Map::new();
        let new = mine.keys().filter(|key| !theirs.contains_key(*key));
        for key in theirs.keys().chain(new) {
            let step = if key.contains(['.', '/', '[']) {
                format!("[{key}]")
            } else if self.path.is_empty() {
                key.clone()
            } else {
                format!(".{key}")
            };
            let value =
                self.at(&step, |this| this.any(base.get(key), mine.get(key), theirs.get(key)));
            if let Some(value) = value {
                merged.insert(key.clone(), value);
            }
        }
        merged
    }

    /// Item by item, by the field that names them, or by place where no item came or went.
    fn lists(&mut self, base: &[Value], mine: &[Value], theirs: &[Value]) -> Option<Vec<Value>> {
        let named =
            |field: &&&str| [base, mine, theirs].iter().all(|list| names(list, field).is_some());
        if let Some(field) = NAMES.iter().find(named) {
            let find = |list: &[Value], name: &Value| {
                list.iter().find(|item| item.get(field) == Some(name)).cloned()
            };
            let mut merged = Vec::new();
            let new = theirs
                .iter()
                .filter(|item| item.get(field).is_some_and(|name| find(mine, name).is_none()));
            for name in mine.iter().chain(new).filter_map(|item| item.get(field)) {
                let (b, m, t) = (find(base, name), find(mine, name), find(theirs, name));
                // A server names items by place: ours, since the text that is shown is ours.
                let step = format!("[{}]", merged.len());
                let item = self.at(&step, |this| this.any(b.as_ref(), m.as_ref(), t.as_ref()));
                merged.extend(item);
            }
            return Some(merged);
        }
        if base.len() != mine.len() || base.len() != theirs.len() {
            return None;
        }
        let all = base.iter().zip(mine).zip(theirs).enumerate();
        Some(
            all.filter_map(|(at, ((b, m), t))| {
                self.at(&format!("[{at}]"), |this| this.any(Some(b), Some(m), Some(t)))
            })
            .collect(),
        )
    }
}

/// The names of all items, where each has one and no two the same.
fn names<'v>(list: &'v [Value], field: &str) -> Option<Vec<&'v Value>> {
    let names: Option<Vec<&Value>> = list.iter().map(|item| item.get(field)).collect();
    let names = names?;
    let unique = names.iter().enumerate().all(|(at, name)| !names[..at].contains(name));
    unique.then_some(names)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn object(version: &str, replicas: i64, image: &str) -> Value {
        json!({
            "metadata": {"name": "web", "resourceVersion": version, "labels": {"app": "web"}},
            "spec": {"replicas": replicas, "containers": [
                {"name": "main", "image": image},
                {"name": "side", "image": "side:1"},
            ]},
        })
    }

    #[test]
    fn changes_in_different_places_are_both_kept() {
        let base = object("1", 2, "a:1");
        let mine = object("1", 2, "a:2");
        let mut theirs = object("7", 5, "a:1");
        theirs["metadata"]["labels"]["team"] = json!("x");
        let (merged, clashes) = merge(&base, &mine, &theirs);
        assert_eq!(clashes, []);
        let mut both = object("7", 5, "a:2");
        both["metadata"]["labels"]["team"] = json!("x");
        assert_eq!(merged, both);
    }

    #[test]
    fn one_field_changed_by_both_is_a_clash_and_mine_stands() {
        let (merged, clashes) =
            merge(&object("1", 2, "a:1"), &object("1", 3, "a:2"), &object("7", 5, "a:3"));
        assert_eq!(merged, object("7", 3, "a:2"));
        let paths: Vec<&str> = clashes.iter().map(|clash| clash.path.as_str()).collect();
        assert_eq!(paths, ["spec.replicas", "spec.containers[0].image"]);
        assert_eq!(clashes[0].words(), "the cluster now has 5 here (it was 2)");
    }

    #[test]
    fn what_one_removes_and_the_other_changes_is_a_clash() {
        let base = json!({"data": {"a": "1", "b": "1"}});
        let (merged, clashes) =
            merge(&base, &json!({"data": {"b": "1"}}), &json!({"data": {"a": "2"}}));
        assert_eq!(merged, json!({"data": {}}));
        assert_eq!(clashes.len(), 1, "b was removed by one and left by the other: {clashes:?}");
        assert_eq!(clashes[0].path, "data.a");
    }

    #[test]
    fn items_that_came_and_went_are_told_by_their_names() {
        let named = |names: &[&str]| {
            let items: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
            json!({ "env": items })
        };
        let (merged, clashes) =
            merge(&named(&["a", "b"]), &named(&["b", "c"]), &named(&["a", "b", "d"]));
        assert_eq!((merged, clashes), (named(&["b", "c", "d"]), vec![]));
    }

    fn small() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![(0..3i64).prop_map(Value::from), "[ab]".prop_map(Value::from)];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[abc]", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn who_changed_nothing_changes_nothing(base in small(), other in small()) {
            prop_assert_eq!(merge(&base, &base, &other), (other.clone(), vec![]));
            prop_assert_eq!(merge(&base, &other, &base), (other.clone(), vec![]));
            prop_assert_eq!(merge(&base, &other, &other), (other, vec![]));
        }
    }
}
