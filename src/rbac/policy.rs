//! All roles and bindings of a cluster, and what they amount to.

use super::rule::{Question, Rule};
use super::subject::{MASTERS, Subject, SubjectKind};
use crate::model::{Gvr, selector};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// API group of roles and bindings.
const GROUP: &str = "rbac.authorization.k8s.io";

/// One of the four lists that rights are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// ClusterRoles.
    ClusterRoles,
    /// Roles.
    Roles,
    /// ClusterRoleBindings.
    ClusterRoleBindings,
    /// RoleBindings.
    RoleBindings,
}

/// All of them.
pub const SOURCES: [Source; 4] =
    [Source::ClusterRoles, Source::Roles, Source::ClusterRoleBindings, Source::RoleBindings];

impl Source {
    /// Where it is served.
    pub fn gvr(self) -> Gvr {
        let plural = match self {
            Self::ClusterRoles => "clusterroles",
            Self::Roles => "roles",
            Self::ClusterRoleBindings => "clusterrolebindings",
            Self::RoleBindings => "rolebindings",
        };
        Gvr::new(GROUP, "v1", plural)
    }
}

/// Names a role; without namespace a ClusterRole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName {
    /// Empty for a ClusterRole.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl RoleName {
    /// Its kind.
    pub fn kind(&self) -> &'static str {
        if self.namespace.is_empty() { "ClusterRole" } else { "Role" }
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.name)
    }
}

/// A role of either scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// What it allows.
    pub rules: Vec<Rule>,
    /// Label selectors of the ClusterRoles whose rules a controller copies into it.
    pub aggregates: Vec<String>,
    /// Its labels, `a=b,c=d`.
    pub labels: String,
}

/// A binding of either scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binding {
    /// Empty for a ClusterRoleBinding.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it grants.
    pub role: RoleName,
    /// To whom.
    pub subjects: Vec<Subject>,
}

impl Binding {
    /// Its kind.
    pub fn kind(&self) -> &'static str {
        if self.namespace.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" }
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.name)
    }
}

/// One rule that a subject has.
#[derive(Clone, Debug, PartialEq)]
pub struct Permission<'p> {
    /// The rule.
    pub rule: &'p Rule,
    /// The binding it comes by.
    pub binding: &'p Binding,
    /// The group that the binding names, where it does not name the subject itself.
    pub group: Option<String>,
    /// The ClusterRole that an aggregated role has the rule from.
    pub from: Option<&'p RoleName>,
}

/// Somebody who may do something.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant<'p> {
    /// Who. A service account has its namespace here, also where the binding leaves it out.
    pub subject: Subject,
    /// The binding it comes by; None for what is built in.
    pub binding: Option<&'p Binding>,
    /// Only objects of these names; empty for all.
    pub names: Vec<&'p str>,
}

/// What is said of one object in the cell that the reader makes of it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Said {
    rules: Option<Vec<Rule>>,
    role_ref: Option<RoleRef>,
    subjects: Option<Vec<SaidSubject>>,
    aggregates: Vec<String>,
    labels: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RoleRef {
    kind: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SaidSubject {
    kind: String,
    namespace: String,
    name: String,
}

/// All roles and bindings.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    roles: BTreeMap<RoleName, Role>,
    bindings: BTreeMap<(String, String), Binding>,
}

impl Policy {
    /// An object of one of the lists is there with what it says (JSON, as rows of
    /// `Facet::Rules` have it), or is gone.
    ///
    /// # Errors
    /// It cannot be read; then it counts as gone.
    pub fn set(
        &mut self,
        source: Source,
        namespace: &str,
        name: &str,
        said: Option<&str>,
    ) -> Result<(), String> {
        let key = (namespace.to_owned(), name.to_owned());
        let role = RoleName { namespace: key.0.clone(), name: key.1.clone() };
        let is_role = matches!(source, Source::ClusterRoles | Source::Roles);
        if is_role {
            self.roles.remove(&role);
        } else {
            self.bindings.remove(&key);
        }
        let Some(said) = said else { return Ok(()) };
        let said: Said = serde_json::from_str(said).map_err(|why| why.to_string())?;
        if is_role {
            let rules = said.rules.unwrap_or_default();
            let held = Role { rules, aggregates: said.aggregates, labels: said.labels };
            self.roles.insert(role, held);
            return Ok(());
        }
        let to = said.role_ref.unwrap_or_default();
        let cluster_wide = to.kind == "ClusterRole";
        let role = RoleName {
            namespace: if cluster_wide { String::new() } else { key.0.clone() },
            name: to.name,
        };
        let subject = |subject: SaidSubject| {
            let kind = match subject.kind.as_str() {
                "User" => SubjectKind::User,
                "Group" => SubjectKind::Group,
                "ServiceAccount" => SubjectKind::ServiceAccount,
                // The server refuses other kinds.
                _ => return None,
            };
            Some(Subject { kind, namespace: subject.namespace, name: subject.name })
        };
        let subjects = said.subjects.unwrap_or_default().into_iter().filter_map(subject).collect();
        let (namespace, name) = key.clone();
        self.bindings.insert(key, Binding { namespace, name, role, subjects });
        Ok(())
    }

    /// A role, where it is there.
    pub fn role(&self, name: &RoleName) -> Option<&Role> {
        self.roles.get(name)
    }

    /// A binding, where it is there; without namespace a ClusterRoleBinding.
    pub fn binding(&self, namespace: &str, name: &str) -> Option<&Binding> {
        self.bindings.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// The bindings that grant a role.
    pub fn bindings_of<'p>(&'p self, role: &'p RoleName) -> impl Iterator<Item = &'p Binding> {
        self.bindings.values().filter(move |binding| binding.role == *role)
    }

    /// The ClusterRoles whose rules are copied into a role, besides itself.
    pub fn aggregated(&self, name: &RoleName) -> Vec<&RoleName> {
        let Some(role) = self.roles.get(name) else { return Vec::new() };
        let meant = |(other, held): &(&RoleName, &Role)| {
            other.namespace.is_empty()
                && *other != name
                && role.aggregates.iter().any(|one| selector::matches(one, &held.labels))
        };
        self.roles.iter().filter(meant).map(|(name, _)| name).collect()
    }

    /// Whether the server lets a subject do something, as far as roles decide.
    pub fn allows(&self, subject: &Subject, question: &Question) -> bool {
        let namespace = question.namespace();
        subject.groups().iter().any(|group| group == MASTERS)
            || self.held_by(subject).any(|(binding, _)| {
                (binding.namespace.is_empty()
                    || (binding.namespace == namespace && !namespace.is_empty()))
                    && self
                        .roles
                        .get(&binding.role)
                        .is_some_and(|role| role.rules.iter().any(|rule| rule.allows(question)))
            })
    }

    /// The bindings that mean a subject, and by which group.
    pub fn held_by<'p>(
        &'p self,
        subject: &'p Subject,
    ) -> impl Iterator<Item = (&'p Binding, Option<String>)> {
        self.bindings.values().flat_map(move |binding| {
            let mut means: Vec<Option<String>> = binding
                .subjects
                .iter()
                .filter_map(|bound| subject.is_meant(bound, &binding.namespace))
                .collect();
            // By its own name is worth saying before by a group.
            means.sort();
            means.truncate(1);
            means.into_iter().map(move |group| (binding, group))
        })
    }

    /// Every rule that a subject has: cluster-wide ones first, then by namespace.
    pub fn permissions<'p>(&'p self, subject: &'p Subject) -> Vec<Permission<'p>> {
        let mut all = Vec::new();
        for (binding, group) in self.held_by(subject) {
            let Some(role) = self.roles.get(&binding.role) else { continue };
            for (rule, from) in self.rules_of(&binding.role, role) {
                all.push(Permission { rule, binding, group: group.clone(), from });
            }
        }
        all
    }

    /// The rules of a role, and from which other one it has them.
    pub fn rules_of<'p>(
        &'p self,
        name: &RoleName,
        role: &'p Role,
    ) -> impl Iterator<Item = (&'p Rule, Option<&'p RoleName>)> {
        let others = if role.aggregates.is_empty() { Vec::new() } else { self.aggregated(name) };
        role.rules.iter().map(move |rule| {
            let from = others.iter().find(|other| {
                self.roles.get(**other).is_some_and(|role| role.rules.contains(rule))
            });
            (rule, from.copied())
        })
    }

    /// Everybody who may do something: cluster-wide, in the namespace of the question, or with
    /// `anywhere` in some namespace. Where the question names no object, those are listed too who may
    /// do it to some.
    pub fn who<'p>(&'p self, question: &Question, anywhere: bool) -> Vec<Grant<'p>> {
        let namespace = question.namespace();
        let mut grants = Vec::new();
        for binding in self.bindings.values() {
            if !binding.namespace.is_empty() && binding.namespace != namespace && !anywhere {
                continue;
            }
            let Some(role) = self.roles.get(&binding.role) else { continue };
            let mut names: BTreeSet<&str> = BTreeSet::new();
            let (mut some, mut every) = (false, false);
            for rule in role.rules.iter().filter(|rule| rule.allows_some(question)) {
                some = true;
                every |= rule.resource_names.is_empty();
                names.extend(rule.resource_names.iter().map(String::as_str));
            }
            if !some {
                continue;
            }
            for subject in &binding.subjects {
                let mut subject = subject.clone();
                if subject.kind == SubjectKind::ServiceAccount && subject.namespace.is_empty() {
                    subject.namespace.clone_from(&binding.namespace);
                }
                let names = if every { Vec::new() } else { names.iter().copied().collect() };
                grants.push(Grant { subject, binding: Some(binding), names });
            }
        }
        if !grants.iter().any(|grant| grant.subject == Subject::group(MASTERS)) {
            grants.push(Grant {
                subject: Subject::group(MASTERS),
                binding: None,
                names: Vec::new(),
            });
        }
        grants.sort_by(|a, b| {
            let scope = |grant: &Grant<'_>| {
                grant.binding.is_some_and(|binding| !binding.namespace.is_empty())
            };
            (scope(a), &a.subject, a.binding.map(|b| &b.name)).cmp(&(
                scope(b),
                &b.subject,
                b.binding.map(|b| &b.name),
            ))
        });
        grants
    }
}
