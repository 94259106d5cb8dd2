//! The lines of each sort of access page.

use super::About;
use crate::model::Tone;
use crate::rbac::{
    self, Allowed, Binding, Grant, Policy, Question, RoleName, Subject, SubjectKind,
};
use crate::relations::ObjectId;
use crate::ui::panes::page::{Line, clean};

/// What a line that is known by this leads to: the other way round than [`id_of`].
pub(super) fn about(id: &str) -> Option<About> {
    let (kind, rest) = id.split_once('\0')?;
    let (namespace, name) = rest.split_once('\0')?;
    // A number behind it tells lines about the same apart.
    let name = name.split('\0').next().unwrap_or(name).to_owned();
    let namespace = namespace.to_owned();
    Some(match kind {
        "User" => About::Subject(Subject::user(&name)),
        "Group" => About::Subject(Subject::group(&name)),
        "ServiceAccount" => About::Subject(Subject::account(&namespace, &name)),
        "Role" | "ClusterRole" => About::Role(RoleName { namespace, name }),
        _ => About::Binding { namespace, name },
    })
}

fn id_of(kind: &str, namespace: &str, name: &str, more: &str) -> String {
    format!("{kind}\0{namespace}\0{name}\0{more}")
}

fn subject_id(subject: &Subject, more: &str) -> String {
    let kind = match subject.kind {
        SubjectKind::User => "User",
        SubjectKind::Group => "Group",
        SubjectKind::ServiceAccount => "ServiceAccount",
    };
    id_of(kind, &subject.namespace, &subject.name, more)
}

fn binding_id(binding: &Binding, more: &str) -> String {
    id_of(binding.kind(), &binding.namespace, &binding.name, more)
}

fn role_id(role: &RoleName) -> String {
    id_of(role.kind(), &role.namespace, &role.name, "")
}

fn object(kind: &str, namespace: &str, name: &str) -> ObjectId {
    ObjectId {
        group: arcstr::literal!("rbac.authorization.k8s.io"),
        kind: kind.into(),
        namespace: namespace.into(),
        name: name.into(),
    }
}

/// The lines of a page.
pub(super) fn of(policy: &Policy, about: &About) -> Vec<Line> {
    match about {
        About::Subject(subject) => of_subject(policy, subject),
        About::Role(role) => of_role(policy, role),
        About::Binding { namespace, name } => of_binding(policy, namespace, name),
        About::Objects { resource, namespace, name } => {
            let mut lines = Vec::new();
            for asked in rbac::questions(resource, namespace, name) {
                let anywhere = namespace.is_empty() && resource.namespaced;
                let grants = policy.who(&asked.question, anywhere);
                lines.push(heading(&asked.title, grants.len()));
                lines.extend(grants.iter().map(|grant| grant_line(grant, &asked.title)));
            }
            lines
        }
        About::Question { question, .. } => {
            let anywhere =
                matches!(question, Question::Objects { namespace, .. } if namespace.is_empty());
            policy.who(question, anywhere).iter().map(|grant| grant_line(grant, "")).collect()
        }
    }
}

fn heading(words: &str, count: usize) -> Line {
    Line::heading(format!("{words} ({count})"))
}

/// ` only "a", "b"`; empty where all are meant.
fn only<S: AsRef<str>>(names: &[S]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<String> = names.iter().map(|name| format!("{:?}", name.as_ref())).collect();
    clean(&format!(" only {}", names.join(", ")))
}

/// `everywhere`, `in shop`.
fn place(namespace: &str) -> String {
    if namespace.is_empty() { "everywhere".to_owned() } else { format!("in {}", clean(namespace)) }
}

fn grant_line(grant: &Grant<'_>, verb: &str) -> Line {
    let who = clean(&grant.subject.to_string());
    let (place, by) = match grant.binding {
        Some(binding) => {
            (place(&binding.namespace), clean(&format!("{} by {binding}", binding.role)))
        }
        None => ("everywhere".to_owned(), "built in: roles are not asked".to_owned()),
    };
    let names = only(&grant.names);
    let cells = [
        (who.as_str(), Tone::Plain),
        (&place, Tone::Plain),
        (&names, Tone::Warn),
        (&by, Tone::Dim),
    ];
    let more = format!("{verb} {by}");
    Line::of(0, cells).known_as(subject_id(&grant.subject, &more))
}

fn allowed_line(one: &Allowed<'_>) -> Line {
    let what = clean(&format!("{}{}", one.what, only(&one.names)));
    let verbs = match one.verbs.as_slice() {
        [all] if all == "*" => "every verb".to_owned(),
        verbs => clean(&verbs.join(" ")),
    };
    let mut by = String::new();
    if let Some(binding) = one.binding {
        by = format!("{} by {binding}", binding.role);
        if let Some(group) = &one.group {
            by.push_str(&format!(", as one of {group}"));
        }
    }
    if let Some(from) = one.from {
        by.push_str(if by.is_empty() { "" } else { ", " });
        by.push_str(&format!("from {from}"));
    }
    let by = clean(&by);
    let wide = if one.what == "everything" { Tone::Warn } else { Tone::Plain };
    let line = Line::of(0, [(what.as_str(), wide), (&verbs, Tone::Plain), (&by, Tone::Dim)]);
    match (one.binding, one.from) {
        (Some(binding), _) => {
            let more = format!("{} {}", one.what, one.names.join(" "));
            line.known_as(binding_id(binding, &more))
        }
        (None, Some(from)) => line.known_as(format!("{}{what}", role_id(from))),
        (None, None) => line,
    }
}

fn of_subject(policy: &Policy, subject: &Subject) -> Vec<Line> {
    let mut lines = Vec::new();
    if subject.groups().iter().any(|group| group == "system:masters") {
        let words =
            "everything: the server lets this group do whatever it wants, whatever roles say";
        lines.push(Line::words(0, words, Tone::Warn));
    }
    let mut namespace = None;
    let allowed = rbac::allowed(policy, subject);
    for one in &allowed {
        if namespace != Some(one.namespace) {
            namespace = Some(one.namespace);
            let count = allowed.iter().filter(|other| other.namespace == one.namespace).count();
            lines.push(heading(&place(one.namespace), count));
        }
        lines.push(allowed_line(one));
    }
    for (binding, _) in policy.held_by(subject) {
        if policy.role(&binding.role).is_none() {
            lines.push(no_role(binding));
        }
    }
    lines
}

fn no_role(binding: &Binding) -> Line {
    let words =
        format!("{} is not there, or not allowed to be read: {binding} names it", binding.role);
    Line::words(0, clean(&words), Tone::Warn).known_as(binding_id(binding, "missing"))
}

fn of_role(policy: &Policy, name: &RoleName) -> Vec<Line> {
    let this = Line::words(0, clean(&name.to_string()), Tone::Plain);
    let mut lines = vec![this.to(object(name.kind(), &name.namespace, &name.name))];
    if policy.role(name).is_none() {
        lines.push(Line::words(0, "it is not there, or not allowed to be read", Tone::Warn));
    }
    let bound: Vec<(&Binding, &Subject)> = policy
        .bindings_of(name)
        .flat_map(|binding| binding.subjects.iter().map(move |subject| (binding, subject)))
        .collect();
    lines.push(heading("who has it", bound.len()));
    for (binding, subject) in bound {
        let mut subject = subject.clone();
        if subject.kind == SubjectKind::ServiceAccount && subject.namespace.is_empty() {
            subject.namespace.clone_from(&binding.namespace);
        }
        let (who, place) = (clean(&subject.to_string()), place(&binding.namespace));
        let by = clean(&format!("by {binding}"));
        let cells = [(who.as_str(), Tone::Plain), (&place, Tone::Plain), (&by, Tone::Dim)];
        lines.push(Line::of(0, cells).known_as(subject_id(&subject, &by)));
    }
    let sources = policy.aggregated(name);
    if !sources.is_empty() {
        lines.push(heading("made of", sources.len()));
        for role in sources {
            let line = Line::words(0, clean(&role.to_string()), Tone::Plain);
            lines.push(line.known_as(role_id(role)));
        }
    }
    let rules = rbac::rules(policy, name);
    lines.push(heading("what it allows", rules.len()));
    lines.extend(rules.iter().map(allowed_line));
    lines
}

fn of_binding(policy: &Policy, namespace: &str, name: &str) -> Vec<Line> {
    let Some(binding) = policy.binding(namespace, name) else {
        let words = "it is not there, or not allowed to be read";
        return vec![Line::words(0, words, Tone::Warn)];
    };
    let this = clean(&format!("{binding} {}", place(namespace)));
    let this = Line::words(0, this, Tone::Plain);
    let mut lines = vec![this.to(object(binding.kind(), namespace, name))];
    lines.push(heading("who gets it", binding.subjects.len()));
    for subject in &binding.subjects {
        let mut subject = subject.clone();
        if subject.kind == SubjectKind::ServiceAccount && subject.namespace.is_empty() {
            namespace.clone_into(&mut subject.namespace);
        }
        let line = Line::words(0, clean(&subject.to_string()), Tone::Plain);
        lines.push(line.known_as(subject_id(&subject, "")));
    }
    lines.push(heading("what they get", 1));
    if policy.role(&binding.role).is_none() {
        lines.push(no_role(binding));
        return lines;
    }
    let role = Line::words(0, clean(&binding.role.to_string()), Tone::Plain);
    lines.push(role.known_as(role_id(&binding.role)));
    let rules = rbac::rules(policy, &binding.role);
    lines.push(heading("which allows", rules.len()));
    lines.extend(rules.iter().map(allowed_line));
    lines
}
