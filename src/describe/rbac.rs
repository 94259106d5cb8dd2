//! Roles and who has them.

use super::Context;
use super::meta::{self, target};
use super::node::Node;
use super::page::Target;
use super::writer::{Cell, Out};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rule {
    verbs: Vec<String>,
    groups: Vec<String>,
    resources: Vec<String>,
    names: Vec<String>,
    urls: Vec<String>,
}

impl Rule {
    /// What kubectl sorts by: the structure as Go prints it.
    fn order(&self) -> String {
        format!(
            "&PolicyRule{{Verbs:{},APIGroups:{},Resources:{},ResourceNames:{},NonResourceURLs:{},}}",
            list(&self.verbs),
            list(&self.groups),
            list(&self.resources),
            list(&self.names),
            list(&self.urls)
        )
    }
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.join(" "))
}

/// Rules broken down to one resource and one name each, and those for the same one put together
/// again (`rbac.BreakdownRule`, `rbac.CompactRules`).
fn rules(role: Node<'_>) -> Vec<Rule> {
    let mut urls: Vec<Rule> = Vec::new();
    let mut simple: Vec<Rule> = Vec::new();
    for rule in role.get("rules").items() {
        let texts = |field: &str| rule.get(field).texts();
        let verbs = texts("verbs");
        let names = match texts("resourceNames") {
            none if none.is_empty() => vec![None],
            names => names.into_iter().map(Some).collect(),
        };
        for group in texts("apiGroups") {
            for resource in texts("resources") {
                for name in &names {
                    let names: Vec<String> = name.iter().cloned().collect();
                    let there = simple.iter().position(|one| {
                        one.groups[0] == group && one.resources[0] == resource && one.names == names
                    });
                    let at = there.unwrap_or_else(|| {
                        simple.push(Rule {
                            groups: vec![group.clone()],
                            resources: vec![resource.clone()],
                            names,
                            ..Rule::default()
                        });
                        simple.len() - 1
                    });
                    for verb in &verbs {
                        if !simple[at].verbs.contains(verb) {
                            simple[at].verbs.push(verb.clone());
                        }
                    }
                }
            }
        }
        for url in texts("nonResourceURLs") {
            for verb in &verbs {
                let (urls_of, verbs) = (vec![url.clone()], vec![verb.clone()]);
                urls.push(Rule { urls: urls_of, verbs, ..Rule::default() });
            }
        }
    }
    // Without a verb there is no rule.
    simple.retain(|rule| !rule.verbs.is_empty());
    urls.extend(simple);
    urls.sort_by_cached_key(Rule::order);
    urls
}

/// `deployments.apps/scale`.
fn resource(rule: &Rule) -> String {
    let Some(resource) = rule.resources.first() else { return String::new() };
    let (plural, sub) = match resource.split_once('/') {
        Some((plural, sub)) => (plural, format!("/{sub}")),
        None => (resource.as_str(), String::new()),
    };
    match rule.groups.first().filter(|group| !group.is_empty()) {
        Some(group) => format!("{plural}.{group}{sub}"),
        None => format!("{plural}{sub}"),
    }
}

pub(super) fn role(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    out.field(0, "Name", object.at("metadata.name").text());
    meta::labels_and_annotations(out, object);
    out.head(0, "PolicyRule");
    out.table(1, &["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]);
    for rule in rules(object) {
        let cells = [resource(&rule), list(&rule.urls), list(&rule.names), list(&rule.verbs)];
        out.row(1, cells.map(Cell::from));
    }
}

pub(super) fn binding(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    out.field(0, "Name", object.at("metadata.name").text());
    meta::labels_and_annotations(out, object);
    let role = object.get("roleRef");
    let (kind, name) = (role.get("kind"), role.get("name"));
    let namespace = if kind.str() == "ClusterRole" { "" } else { context.namespace };
    let to = target("rbac.authorization.k8s.io", kind.str(), namespace, name.str());
    out.head(0, "Role");
    out.field(1, "Kind", kind.text());
    out.field(1, "Name", Cell::link(name.text(), to));
    out.head(0, "Subjects");
    out.table(1, &["Kind", "Name", "Namespace"]);
    for subject in object.get("subjects").items() {
        let (kind, name) = (subject.get("kind"), subject.get("name"));
        // Users and groups are no objects.
        let to = match kind.str() {
            "ServiceAccount" => {
                target("", "ServiceAccount", subject.get("namespace").str(), name.str())
            }
            _ => Target::default(),
        };
        let cells = [
            kind.text().into(),
            Cell::link(name.text(), to),
            subject.get("namespace").text().into(),
        ];
        out.row(1, cells);
    }
}
