//! Rights as people read them: one line for each sort of object, with the binding it comes by.

use super::policy::{Binding, Permission, Policy, RoleName};
use super::rule::{Question, Rule};
use super::subject::Subject;
use crate::model::{Catalogue, Resource};
use std::collections::BTreeMap;

/// Verbs in the order in which people think of them; others follow by name.
const VERBS: &[&str] =
    &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// Puts verbs in order, each once; `*` says it all.
pub fn sort_verbs(verbs: &mut Vec<String>) {
    if verbs.iter().any(|verb| verb == "*") {
        *verbs = vec!["*".to_owned()];
        return;
    }
    let rank = |verb: &str| VERBS.iter().position(|known| *known == verb).unwrap_or(VERBS.len());
    verbs.sort_by(|a, b| (rank(a), a).cmp(&(rank(b), b)));
    verbs.dedup();
}

/// What may be done with one sort of object, by one binding.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowed<'p> {
    /// In this namespace; empty for everywhere.
    pub namespace: &'p str,
    /// `pods`, `deployments.apps`, `pods/log`, `*.apps`, `everything`, `/metrics`.
    pub what: String,
    /// Only objects of these names; empty for all.
    pub names: Vec<String>,
    /// In order.
    pub verbs: Vec<String>,
    /// The binding; None where a role is looked at by itself.
    pub binding: Option<&'p Binding>,
    /// The group that the binding names, where it does not name the subject itself.
    pub group: Option<String>,
    /// The ClusterRole that an aggregated role has it from.
    pub from: Option<&'p RoleName>,
}

/// What stands in a rule: each sort of object or path by itself.
fn things(rule: &Rule) -> Vec<String> {
    let mut things = Vec::new();
    for group in &rule.api_groups {
        for resource in &rule.resources {
            things.push(match (resource.as_str(), group.as_str()) {
                ("*", "*") => "everything".to_owned(),
                (resource, "") => resource.to_owned(),
                (resource, group) => match resource.split_once('/') {
                    Some((resource, sub)) => format!("{resource}.{group}/{sub}"),
                    None => format!("{resource}.{group}"),
                },
            });
        }
    }
    things.extend(rule.non_resource_urls.iter().map(|url| match url.as_str() {
        "*" => "every path".to_owned(),
        url => url.to_owned(),
    }));
    things
}

/// A sort of object, names, binding by namespace and name, group.
type Place = (String, Vec<String>, Option<(String, String)>, Option<String>);

fn merge<'p>(rights: impl Iterator<Item = Permission<'p>>, bound: bool) -> Vec<Allowed<'p>> {
    let mut merged: BTreeMap<(String, Place), Allowed<'p>> = BTreeMap::new();
    for right in rights {
        let binding = bound.then_some(right.binding);
        let mut names = right.rule.resource_names.clone();
        names.sort();
        for what in things(right.rule) {
            // A namespaced binding does not reach paths.
            let namespace = binding.map_or("", |binding| binding.namespace.as_str());
            if !namespace.is_empty()
                && !right.rule.non_resource_urls.is_empty()
                && what.starts_with('/')
            {
                continue;
            }
            let key = binding.map(|binding| (binding.namespace.clone(), binding.name.clone()));
            let place = (what.clone(), names.clone(), key, right.group.clone());
            let one = merged.entry((namespace.to_owned(), place)).or_insert_with(|| Allowed {
                namespace,
                what,
                names: names.clone(),
                verbs: Vec::new(),
                binding,
                group: right.group.clone(),
                from: right.from,
            });
            one.verbs.extend(right.rule.verbs.iter().cloned());
            if one.from != right.from {
                // From several: the role itself is what matters then.
                one.from = None;
            }
        }
    }
    let mut all: Vec<Allowed<'p>> = merged.into_values().collect();
    all.iter_mut().for_each(|one| sort_verbs(&mut one.verbs));
    let wide = |what: &str| (what != "everything", what != "every path");
    all.sort_by(|a, b| {
        (a.namespace, wide(&a.what), &a.what).cmp(&(b.namespace, wide(&b.what), &b.what))
    });
    all
}

/// What a subject may do: cluster-wide first, then by namespace, each by what it is about.
pub fn allowed<'p>(policy: &'p Policy, subject: &'p Subject) -> Vec<Allowed<'p>> {
    merge(policy.permissions(subject).into_iter(), true)
}

/// What a role allows, wherever it is granted.
pub fn rules<'p>(policy: &'p Policy, name: &RoleName) -> Vec<Allowed<'p>> {
    static NOBODY: Binding = Binding {
        namespace: String::new(),
        name: String::new(),
        role: RoleName { namespace: String::new(), name: String::new() },
        subjects: Vec::new(),
    };
    let Some(role) = policy.role(name) else { return Vec::new() };
    let rights = policy.rules_of(name, role).map(|(rule, from)| Permission {
        rule,
        binding: &NOBODY,
        group: None,
        from,
    });
    merge(rights, false)
}

/// A question that is asked of an object, and how it is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// `delete`, or `exec` where the subresource says more than the verb.
    pub title: String,
    /// The question.
    pub question: Question,
}

/// Everything that can be done with objects of a kind: the verbs that the server serves, and what
/// people do with its subresources. `namespace` and `name` may be empty.
pub fn questions(resource: &Resource, namespace: &str, name: &str) -> Vec<Asked> {
    let ask = |title: &str, verb: &str, subresource: &str| Asked {
        title: title.to_owned(),
        question: Question::Objects {
            verb: verb.to_owned(),
            group: resource.gvr.group.to_string(),
            resource: resource.gvr.plural.to_string(),
            subresource: subresource.to_owned(),
            namespace: match namespace {
                "" if !matches!(verb, "list" | "watch" | "create" | "deletecollection") => {
                    own_namespace(resource, name).to_owned()
                }
                namespace => namespace.to_owned(),
            },
            // Nobody lists, creates or deletes many by name.
            name: if matches!(verb, "list" | "watch" | "create" | "deletecollection")
                && subresource.is_empty()
            {
                String::new()
            } else {
                name.to_owned()
            },
        },
    };
    let mut verbs: Vec<String> = resource.verbs.iter().map(ToString::to_string).collect();
    sort_verbs(&mut verbs);
    let mut all: Vec<Asked> = verbs.iter().map(|verb| ask(verb, verb, "")).collect();
    for sub in &resource.subresources {
        for (verb, title) in verbs_of(sub) {
            all.push(ask(title, verb, sub));
        }
    }
    all
}

/// What people do with a subresource: verb, and what they call it.
fn verbs_of(subresource: &str) -> &'static [(&'static str, &'static str)] {
    match subresource {
        "log" => &[("get", "read logs")],
        "exec" => &[("create", "exec")],
        "attach" => &[("create", "attach")],
        "portforward" => &[("create", "port-forward")],
        "eviction" => &[("create", "evict")],
        "ephemeralcontainers" => &[("patch", "debug")],
        "scale" => &[("patch", "scale")],
        "proxy" => &[("get", "proxy")],
        "token" => &[("create", "make tokens")],
        "approval" => &[("update", "approve")],
        "status" => &[("patch", "write status")],
        "resize" => &[("patch", "resize")],
        _ => &[],
    }
}

/// A request for one namespace counts as one within it (`RequestInfoFactory` of the apiserver): a
/// RoleBinding there may allow it.
fn own_namespace<'n>(resource: &Resource, name: &'n str) -> &'n str {
    if resource.gvr.group.is_empty() && resource.gvr.plural == "namespaces" { name } else { "" }
}

/// What `VERB RESOURCE` asks, as `kubectl auth can-i` takes it: `delete pods`, `get pods/web-0`,
/// `create pods/exec`, `get /metrics`, `* *`. The namespace is left out for cluster-scoped kinds.
///
/// # Errors
/// The cluster serves no such kind.
pub fn question(
    catalogue: &Catalogue,
    verb: &str,
    what: &str,
    namespace: &str,
) -> Result<Question, String> {
    let verb = verb.to_owned();
    if what.starts_with('/') {
        return Ok(Question::Path { verb, path: what.to_owned() });
    }
    let (kind, rest) = what.split_once('/').unwrap_or((what, ""));
    if kind == "*" {
        return Ok(Question::Objects {
            verb,
            group: "*".to_owned(),
            resource: "*".to_owned(),
            subresource: rest.to_owned(),
            namespace: namespace.to_owned(),
            name: String::new(),
        });
    }
    let Some(resource) = catalogue.find(kind) else {
        let near = catalogue.nearest(kind).join(", ");
        let hint = if near.is_empty() { String::new() } else { format!(": did you mean {near}?") };
        return Err(format!("the cluster serves no kind called {kind:?}{hint}"));
    };
    let is_sub = resource.subresources.iter().any(|sub| sub == rest);
    let (subresource, name) = if is_sub { (rest, "") } else { ("", rest) };
    Ok(Question::Objects {
        verb,
        group: resource.gvr.group.to_string(),
        resource: resource.gvr.plural.to_string(),
        subresource: subresource.to_owned(),
        namespace: match resource.namespaced {
            true => namespace.to_owned(),
            false => own_namespace(resource, name).to_owned(),
        },
        name: name.to_owned(),
    })
}
