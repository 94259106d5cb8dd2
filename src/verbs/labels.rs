//! Labels and annotations, in kubectl's words: `key=value` sets, `key-` removes.

use super::{Choice, Draft, Value, manager, parsed, single};
use crate::model::{Fault, FaultKind, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text};
use serde_json::{Map, Value as Json, json};

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// `metadata.labels`
    Labels,
    /// `metadata.annotations`
    Annotations,
}

impl What {
    fn field(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Annotations => "annotations",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Labels => "Label",
            Self::Annotations => "Annotate",
        }
    }
}

/// A change of labels or annotations in the making.
#[derive(Clone, Debug)]
pub struct Labels {
    what: What,
    targets: Vec<ObjRef>,
    typed: String,
    /// Those that the one target has now.
    now: Map<String, Json>,
    warning: Option<String>,
}

impl Labels {
    /// Changes labels or annotations of `targets`.
    pub fn new(what: What, targets: Vec<ObjRef>) -> Self {
        Self { what, targets, typed: String::new(), now: Map::new(), warning: None }
    }

    fn changes(&self) -> Result<Map<String, Json>, String> {
        let mut changes = Map::new();
        let words = shell_words::split(&self.typed).map_err(|_| "a quote is not closed")?;
        for word in words {
            let (key, value) = match word.split_once('=') {
                Some((key, value)) => (key, Json::from(value)),
                None => match word.strip_suffix('-') {
                    Some(key) => (key, Json::Null),
                    None => return Err(format!("{word}: key=value sets, key- removes")),
                },
            };
            if !is_key(key) {
                return Err(format!("{key:?} is no name for one"));
            }
            if self.what == What::Labels
                && value.as_str().is_some_and(|value| !is_label_value(value))
            {
                return Err(format!(
                    "{key}: a label's value has at most 63 letters, digits, - _ . and begins and ends with a letter or digit"
                ));
            }
            changes.insert(key.to_owned(), value);
        }
        Ok(changes)
    }
}

/// `[prefix/]name` as `IsQualifiedName` of apimachinery has it.
fn is_key(key: &str) -> bool {
    let name = match key.split_once('/') {
        Some((prefix, name)) => {
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
            if prefix.is_empty() || prefix.len() > 253 || !prefix.chars().all(good) {
                return false;
            }
            name
        }
        None => key,
    };
    !name.is_empty() && is_label_value(name)
}

fn is_label_value(value: &str) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    value.len() <= 63
        && value.chars().all(|c| edge(c) || "-_.".contains(c))
        && (value.is_empty() || (value.starts_with(edge) && value.ends_with(edge)))
}

impl Draft for Labels {
    fn title(&self) -> String {
        super::titled(self.what.verb(), &self.targets)
    }

    fn button(&self) -> String {
        self.what.verb().into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let choice = Choice::typed("changes", "key=value or key-", self.typed.as_str());
        vec![match self.changes() {
            Err(why) if !self.typed.trim().is_empty() => choice.wrong(why),
            _ => choice,
        }]
    }

    fn set(&mut self, _id: &str, value: Value) {
        if let Value::Typed(text) = value {
            self.typed = text;
        }
    }

    fn reads(&self) -> Vec<Read> {
        match self.targets.as_slice() {
            [one] => vec![super::get(one)],
            _ => Vec::new(),
        }
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        let Ok(json) = answer else { return };
        let object = parsed(json);
        if let Json::Object(now) = &object["metadata"][self.what.field()] {
            self.now = now.clone();
        }
        self.warning = manager::warning(&object);
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, self.what.verb())?;
        let input = |why: String| Fault::new(FaultKind::Input, self.title(), why);
        let changes = self.changes().map_err(input)?;
        if changes.is_empty() {
            return Err(input("nothing is changed yet: type key=value, or key- to remove".into()));
        }
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        let body = json!({"metadata": {self.what.field(): changes}});
        for target in &self.targets {
            let request = PlanRequest::new(Method::Patch, target.clone(), None)
                .body("application/merge-patch+json", &body);
            plan = plan.request(request);
        }
        for (key, new) in &changes {
            let clean =
                |v: &Json| crate::text::sanitise::clean(v.as_str().unwrap_or("")).into_owned();
            if let Some(old) = self.now.get(key) {
                let new = if new.is_null() { "removed".into() } else { clean(new) };
                plan = plan.note(format!("{key}: {} → {new}", clean(old)));
            }
        }
        Ok(match &self.warning {
            Some(text) => plan.warn(text.as_str()),
            None => plan,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    #[test]
    fn values_are_set_and_keys_removed() {
        let mut draft = Labels::new(What::Labels, vec![object("", "pods", "Pod", "api")]);
        draft.set("changes", Value::Typed("team=shop tier- example.com/x=1".into()));
        let plan = plan_of(&draft).unwrap();
        let labels = &body(&plan, 0)["metadata"]["labels"];
        assert_eq!(*labels, json!({"team": "shop", "tier": null, "example.com/x": "1"}));
    }

    #[test]
    fn what_the_server_would_refuse_is_said_while_typing() {
        let mut draft = Labels::new(What::Labels, vec![object("", "pods", "Pod", "api")]);
        for text in ["team", "a b=c", "x=a b", "-x=1", "/x=1", "x=-a", "'x=1"] {
            draft.set("changes", Value::Typed(text.into()));
            assert!(!draft.choices()[0].error.is_empty(), "{text}");
        }
        let mut notes = Labels::new(What::Annotations, vec![object("", "pods", "Pod", "api")]);
        notes.set("changes", Value::Typed("note='a b, c'".into()));
        assert_eq!(body(&plan_of(&notes).unwrap(), 0)["metadata"]["annotations"]["note"], "a b, c");
    }
}
