//! An object as it was edited: sent whole, with the version that was read, so that a change made
//! meanwhile by somebody else is a conflict and not lost.

use super::{Draft, manager, single, titled};
use crate::model::{Fault, FaultKind, Method, ObjRef, Plan, PlanId, PlanRequest, Text};
use crate::text::sanitise;
use serde_json::Value;

/// Changed lines shown in the plan.
const SHOWN: usize = 12;

/// An edited object, about to be sent.
#[derive(Clone, Debug)]
pub struct Edited {
    targets: Vec<ObjRef>,
    object: Value,
    lines: Vec<String>,
}

impl Edited {
    /// `before` and `after` are the YAML as it was given out and as it came back.
    ///
    /// # Errors
    /// Nothing changed, it is no YAML, or it names another object than the one that was read.
    pub fn new(target: ObjRef, before: &str, after: &str) -> Result<Self, Fault> {
        let what = format!("edit {target}");
        let input = |why: String| Fault::new(FaultKind::Input, what.clone(), why);
        if after.trim().is_empty() {
            return Err(input("the text is empty, so nothing is sent".into()));
        }
        if before == after {
            return Err(input("nothing changed, so nothing is sent".into()));
        }
        let object: Value = serde_saphyr::from_str(after).map_err(|error| {
            let line = error.to_string().lines().next().unwrap_or("").to_owned();
            input(format!("this is no YAML: {}", sanitise::clean(&line)))
        })?;
        let original: Value = serde_saphyr::from_str(before).unwrap_or_default();
        for field in ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"] {
            if object.pointer(field) != original.pointer(field) {
                return Err(input(format!(
                    "{} was changed: that would be another object",
                    field.trim_start_matches('/').replace('/', ".")
                )));
            }
        }
        if object == original {
            return Err(input("only the form of the text changed, so nothing is sent".into()));
        }
        let diff = similar::TextDiff::from_lines(before, after);
        let lines = diff
            .iter_all_changes()
            .filter_map(|change| {
                let sign = match change.tag() {
                    similar::ChangeTag::Delete => "-",
                    similar::ChangeTag::Insert => "+",
                    similar::ChangeTag::Equal => return None,
                };
                let line = change.value();
                Some(format!("{sign} {}", sanitise::clean(line.trim_end())))
            })
            .collect();
        Ok(Self { targets: vec![target], object, lines })
    }
}

impl Draft for Edited {
    fn title(&self) -> String {
        titled("Edit", &self.targets)
    }

    fn button(&self) -> String {
        "Send".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "edit")?;
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for target in &self.targets {
            let request = PlanRequest::new(Method::Put, target.clone(), None)
                .body("application/json", &self.object);
            plan = plan.request(request.followed(super::rollout_of(target)));
        }
        for line in self.lines.iter().take(SHOWN) {
            plan = plan.note(line.as_str());
        }
        if self.lines.len() > SHOWN {
            plan = plan.note(format!("and {} changed lines more", self.lines.len() - SHOWN));
        }
        Ok(match manager::warning(&self.object) {
            Some(text) => plan.warn(text),
            None => plan,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    const BEFORE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\n  resourceVersion: \"7\"\ndata:\n  x: \"1\"\n";

    fn edited(after: &str) -> Result<Edited, Fault> {
        Edited::new(object("", "configmaps", "ConfigMap", "a"), BEFORE, after)
    }

    #[test]
    fn the_whole_object_goes_back_with_the_version_that_was_read() {
        let plan = plan_of(&edited(&BEFORE.replace("\"1\"", "\"2\"")).unwrap()).unwrap();
        assert_eq!(plan.requests[0].method, Method::Put);
        let sent = body(&plan, 0);
        assert_eq!(sent["metadata"]["resourceVersion"], "7");
        assert_eq!(sent["data"]["x"], "2");
        let notes: Vec<&str> = plan.notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(notes, ["-   x: \"1\"", "+   x: \"2\""]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_reason() {
        for (after, why) in [
            (BEFORE.to_owned(), "nothing changed"),
            (String::new(), "empty"),
            (format!("{BEFORE}  : [\n"), "no YAML"),
            (BEFORE.replace("name: a", "name: b"), "metadata.name was changed"),
            (BEFORE.replace("namespace: shop", "namespace: prod"), "metadata.namespace"),
            (format!("# a comment\n{BEFORE}"), "only the form"),
        ] {
            let fault = edited(&after).unwrap_err();
            assert!(fault.why.contains(why), "{fault}");
        }
    }
}
