//! An object as it was edited: sent whole, with the version that was read, so that a change made
//! meanwhile by somebody else is a conflict and not lost.

pub mod diff;
pub mod merge;
pub mod place;

use super::{Draft, manager, single, titled};
use crate::model::{Fault, FaultKind, Method, ObjRef, Plan, PlanId, PlanRequest, Text};
use crate::text::{sanitise, yaml};
use diff::DiffLine;
use serde_json::Value;

/// How an object is written for the editor: as `kubectl edit` does, Secrets in base64 too.
const FORM: yaml::Options = yaml::Options { managed_fields: false, secrets: true, fold: false };

/// Something said about a line of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line, from 0.
    pub line: usize,
    /// What is to be said.
    pub text: String,
}

/// Why a text cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// In words.
    pub fault: Fault,
    /// The lines that are wrong.
    pub marks: Vec<Mark>,
    /// There is nothing in it that could be lost: it is empty, or as it was.
    pub nothing: bool,
}

/// What becomes of an edited object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It replaces the one that is there.
    Replace,
    /// The one that was there is gone: it is made anew.
    Create,
}

/// The text of an object as it is given to an editor.
///
/// # Errors
/// It is no JSON.
pub fn text_of(json: &str) -> Result<String, Fault> {
    yaml::from_json(json, FORM)
        .map_err(|error| Fault::new(FaultKind::Other, "read the object", error.to_string()))
}

/// Reads a text as kubectl does: YAML 1.1 booleans and octal numbers are what they were there.
///
/// # Errors
/// What is wrong, and at which line (from 0), where that is known.
pub fn read(text: &str) -> Result<Value, Mark> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        legacy_octal_numbers: true,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let words = error.without_snippet().to_string();
        let words = sanitise::clean(words.lines().next().unwrap_or_default().trim()).into_owned();
        let at = error.location();
        let line = at.as_ref().map_or(1, |at| usize::try_from(at.line()).unwrap_or(1));
        let text = match at {
            Some(at) if !words.contains("line ") => {
                format!("line {line}, column {}: {words}", at.column())
            }
            _ => words,
        };
        Mark { line: line.saturating_sub(1), text }
    })
}

/// What a server's refusal says about the lines of a text.
pub fn explain(fault: &Fault, text: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = fault
        .causes
        .iter()
        .map(|cause| Mark {
            line: place::line_of(text, &cause.field).unwrap_or(0),
            text: if cause.field.is_empty() {
                cause.message.clone()
            } else {
                format!("{}: {}", cause.field, cause.message)
            },
        })
        .collect();
    marks.sort_by_key(|mark| mark.line);
    marks
}

/// A text for an editor elsewhere, with what is wrong above it, as kubectl writes it.
pub fn with_comments(text: &str, why: &str, marks: &[Mark]) -> String {
    let mut head = String::from(
        "# Lines beginning with a '#' here will be ignored, and an empty file ends the edit.\n#\n",
    );
    for line in why.lines() {
        head.push_str(&format!("# {line}\n"));
    }
    let rows = 3 + why.lines().count() + marks.len();
    for mark in marks {
        head.push_str(&format!("# * {} (line {})\n", mark.text, mark.line + rows + 1));
    }
    format!("{head}#\n{text}")
}

/// The text below such comments.
pub fn without_comments(text: &str) -> &str {
    let mut rest = text;
    while rest.starts_with('#') {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}

/// A text brought onto what the cluster has now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebased {
    /// What the cluster has now.
    pub base: String,
    /// The person's changes on top of it.
    pub text: String,
    /// Where both changed the same thing: the person's stands.
    pub clashes: Vec<Mark>,
    /// The object of before is gone, and this is another one of its name.
    pub replaced: bool,
}

/// Brings a text onto an object that changed meanwhile: `base` is what the text was made from, `json`
/// what the cluster has now.
///
/// # Errors
/// One of them cannot be read.
pub fn rebase(base: &str, text: &str, json: &str) -> Result<Rebased, Fault> {
    let unreadable =
        |mark: Mark| Fault::new(FaultKind::Input, "merge with what the cluster has", mark.text);
    let theirs_text = text_of(json)?;
    let (was, mine) = (read(base).map_err(unreadable)?, read(text).map_err(unreadable)?);
    let theirs = read(&theirs_text).map_err(unreadable)?;
    let replaced = was.pointer("/metadata/uid") != theirs.pointer("/metadata/uid");
    let (merged, clashes) = merge::merge(&was, &mine, &theirs);
    let text = text_of(&merged.to_string())?;
    let mut clashes: Vec<Mark> = clashes
        .iter()
        .map(|clash| Mark {
            line: place::line_of(&text, &clash.path).unwrap_or(0),
            text: clash.words(),
        })
        .collect();
    clashes.sort_by_key(|mark| mark.line);
    Ok(Rebased { base: theirs_text, text, clashes, replaced })
}

/// An edited object, about to be sent.
#[derive(Clone, Debug)]
pub struct Edited {
    targets: Vec<ObjRef>,
    /// Empty for the object itself.
    subresource: Text,
    how: How,
    object: Value,
    lines: Vec<DiffLine>,
    notes: Vec<String>,
}

impl Edited {
    /// `before` and `after` are the YAML as it was given out and as it came back.
    ///
    /// # Errors
    /// Nothing changed, it is no YAML, or it names another object than the one that was read.
    pub fn new(
        target: ObjRef,
        subresource: &str,
        how: How,
        before: &str,
        after: &str,
    ) -> Result<Self, Box<Unfit>> {
        let what = format!("edit {target}");
        let unfit = |why: String, marks: Vec<Mark>, nothing: bool| {
            let fault = Fault::new(FaultKind::Input, what.clone(), why);
            Box::new(Unfit { fault, marks, nothing })
        };
        if after.trim().is_empty() {
            return Err(unfit("the text is empty, so nothing is sent".into(), vec![], true));
        }
        if before == after && how == How::Replace {
            return Err(unfit("nothing changed, so nothing is sent".into(), vec![], true));
        }
        let mut object = read(after).map_err(|mark| {
            unfit(format!("this is no YAML: {}", mark.text), vec![mark.clone()], false)
        })?;
        let original = read(before).unwrap_or_default();
        for field in ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"] {
            if object.pointer(field) != original.pointer(field) {
                let name = field.trim_start_matches('/').replace('/', ".");
                let why = format!("{name} was changed: that would be another object");
                let line = place::line_of(after, &name).unwrap_or(0);
                return Err(unfit(why.clone(), vec![Mark { line, text: why }], false));
            }
        }
        if object == original && how == How::Replace {
            let why = "only the form of the text changed, so nothing is sent";
            return Err(unfit(why.into(), vec![], true));
        }
        let lines = match how {
            How::Replace => diff::lines(before, after),
            How::Create => diff::lines("", after),
        };
        if how == How::Create {
            // What the server gave the one that is gone.
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                for field in ["resourceVersion", "uid", "creationTimestamp", "generation"] {
                    metadata.shift_remove(field);
                }
            }
        }
        Ok(Self {
            targets: vec![target],
            subresource: subresource.into(),
            how,
            object,
            lines,
            notes: Vec::new(),
        })
    }

    /// The same with something to know.
    #[must_use]
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

impl Draft for Edited {
    fn title(&self) -> String {
        let verb = match self.how {
            How::Replace => "Edit",
            How::Create => "Create anew",
        };
        let title = titled(verb, &self.targets);
        if self.subresource.is_empty() { title } else { format!("{title} {}", self.subresource) }
    }

    fn button(&self) -> String {
        match self.how {
            How::Replace => "Send".into(),
            How::Create => "Create".into(),
        }
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn rehearsed_first(&self) -> bool {
        true
    }

    fn exhibit(&self) -> &[DiffLine] {
        &self.lines
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "edit")?;
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for target in &self.targets {
            // Fields that the server does not know are told, as kubectl asks for, and not dropped.
            const STRICT: &str = "?fieldValidation=Strict";
            let mut path = match self.how {
                How::Replace => target.gvr.object_path(&target.namespace, &target.name),
                How::Create => target.gvr.collection_path(
                    Some(target.namespace.as_str()).filter(|name| !name.is_empty()),
                ),
            };
            if !self.subresource.is_empty() && self.how == How::Replace {
                path = format!("{path}/{}", self.subresource);
            }
            let method = if self.how == How::Replace { Method::Put } else { Method::Post };
            let mut request =
                PlanRequest::new(method, target.clone(), Some(format!("{path}{STRICT}")))
                    .body("application/json", &self.object);
            if self.subresource.is_empty() {
                request = request.followed(super::rollout_of(target));
            }
            plan = plan.request(request);
        }
        if self.how == How::Create {
            plan = plan.warn("it was deleted meanwhile: this makes it anew");
        }
        for note in &self.notes {
            plan = plan.note(note.as_str());
        }
        Ok(match manager::warning(&self.object) {
            Some(text) if self.subresource.is_empty() => plan.warn(text),
            _ => plan,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Cause;
    use crate::verbs::testing::{body, object, plan_of};

    const BEFORE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\n  resourceVersion: \"7\"\n  uid: u-1\ndata:\n  x: \"1\"\n";

    fn edited(after: &str) -> Result<Edited, Box<Unfit>> {
        let target = object("", "configmaps", "ConfigMap", "a");
        Edited::new(target, "", How::Replace, BEFORE, after)
    }

    #[test]
    fn the_whole_object_goes_back_with_the_version_that_was_read() {
        let draft = edited(&BEFORE.replace("\"1\"", "\"2\"")).unwrap();
        let plan = plan_of(&draft).unwrap();
        assert_eq!(plan.requests[0].method, Method::Put);
        let path = "/api/v1/namespaces/shop/configmaps/a?fieldValidation=Strict";
        assert_eq!(plan.requests[0].path, path);
        let sent = body(&plan, 0);
        assert_eq!(sent["metadata"]["resourceVersion"], "7");
        assert_eq!(sent["data"]["x"], "2");
        let changed: Vec<&str> = draft
            .exhibit()
            .iter()
            .filter(|line| matches!(line.sign, diff::Sign::Added | diff::Sign::Removed))
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(changed, ["-   x: \"1\"", "+   x: \"2\""]);
        assert!(draft.rehearsed_first());
    }

    #[test]
    fn a_subresource_is_sent_to_its_own_path() {
        let target = object("", "configmaps", "ConfigMap", "a");
        let after = BEFORE.replace("\"1\"", "\"2\"");
        let draft = Edited::new(target, "status", How::Replace, BEFORE, &after).unwrap();
        let request = plan_of(&draft).unwrap().requests[0].clone();
        assert!(request.path.starts_with("/api/v1/namespaces/shop/configmaps/a/status?"));
        assert_eq!(request.subresource(), "status");
    }

    #[test]
    fn what_is_gone_is_made_anew_without_what_the_server_had_given_it() {
        let target = object("", "configmaps", "ConfigMap", "a");
        let draft = Edited::new(target, "", How::Create, BEFORE, BEFORE).unwrap();
        let plan = plan_of(&draft).unwrap();
        assert_eq!(plan.requests[0].method, Method::Post);
        assert!(plan.requests[0].path.starts_with("/api/v1/namespaces/shop/configmaps?"));
        let sent = body(&plan, 0);
        assert!(sent["metadata"].get("uid").is_none(), "{sent}");
        assert!(sent["metadata"].get("resourceVersion").is_none(), "{sent}");
        assert_eq!(sent["metadata"]["name"], "a");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_reason_and_line() {
        for (after, why, line, nothing) in [
            (BEFORE.to_owned(), "nothing changed", None, true),
            (String::new(), "empty", None, true),
            (format!("{BEFORE}  : [\n"), "no YAML", Some(9), false),
            (BEFORE.replace("name: a", "name: b"), "metadata.name was changed", Some(3), false),
            (
                BEFORE.replace("namespace: shop", "namespace: x"),
                "metadata.namespace",
                Some(4),
                false,
            ),
            (format!("# a comment\n{BEFORE}"), "only the form", None, true),
            (format!("{BEFORE}  x: \"3\"\n"), "no YAML", Some(9), false),
        ] {
            let unfit = edited(&after).unwrap_err();
            assert!(unfit.fault.why.contains(why), "{unfit:?}");
            assert_eq!(unfit.nothing, nothing, "{unfit:?}");
            if let Some(line) = line {
                let near = unfit.marks[0].line.abs_diff(line) <= 1;
                assert!(near, "{why}: {:?}", unfit.marks);
            }
        }
    }

    #[test]
    fn a_servers_causes_stand_at_their_lines() {
        let mut fault = Fault::new(FaultKind::Invalid, "edit", "invalid");
        fault.causes = [
            Cause { field: "data.x".into(), message: "too long".into() },
            Cause { field: "kind".into(), message: "wrong".into() },
        ]
        .into();
        let marks = explain(&fault, BEFORE);
        assert_eq!(marks[0], Mark { line: 1, text: "kind: wrong".into() });
        assert_eq!(marks[1], Mark { line: 8, text: "data.x: too long".into() });
        let text = with_comments(BEFORE, "not valid", &marks);
        let said = text.lines().find(|line| line.contains("data.x")).unwrap();
        let number: usize =
            said.rsplit("line ").next().unwrap().trim_end_matches(')').parse().unwrap();
        assert_eq!(text.lines().nth(number - 1), Some("  x: \"1\""), "{text}");
        assert_eq!(without_comments(&text), BEFORE);
    }

    #[test]
    fn a_text_is_brought_onto_what_changed_meanwhile() {
        let json = |x: &str, y: &str| {
            format!(
                r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"a",
                "namespace":"shop","resourceVersion":"9","uid":"u-1"}},
                "data":{{"x":"{x}","z":"{y}"}}}}"#
            )
        };
        let mine = BEFORE.replace("\"1\"", "\"2\"");
        let clean = rebase(BEFORE, &mine, &json("1", "9")).unwrap();
        assert!(clean.text.contains("x: \"2\"") && clean.text.contains("z: \"9\""));
        assert!(clean.text.contains("resourceVersion: \"9\""));
        assert!(clean.clashes.is_empty() && !clean.replaced);
        let both = rebase(BEFORE, &mine, &json("5", "9")).unwrap();
        assert!(both.text.contains("x: \"2\""), "mine stands: {}", both.text);
        let line = both.text.lines().position(|line| line.contains("x: ")).unwrap();
        assert_eq!(both.clashes[0].line, line);
        assert!(both.clashes[0].text.contains('5'), "{:?}", both.clashes);
    }

    #[test]
    fn numbers_and_truths_are_what_they_are_for_kubectl() {
        let value = read("mode: 0644\non: yes\nname: \"yes\"\n").unwrap();
        assert_eq!(value["mode"], 0o644);
        assert_eq!(value["on"], true);
        assert_eq!(value["name"], "yes");
    }
}
