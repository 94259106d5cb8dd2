//! Who may do what, from roles and bindings alone: the rules of Kubernetes' own RBAC authorizer
//! (`plugin/pkg/auth/authorizer/rbac` and `pkg/registry/rbac/validation` of kubernetes/kubernetes).
//!
//! Roles and bindings go in, change by change ([`Policy::set`]); what a subject may do and who may
//! do something comes out. Other authorizers (Node, webhooks) are not known here, and nor are groups
//! that only the server's authenticator gives to a person.

mod policy;
mod rule;
mod subject;
#[cfg(test)]
mod tests;
mod words;

pub use policy::{Binding, Grant, Permission, Policy, Role, RoleName, SOURCES, Source};
pub use rule::{Question, Rule};
pub use subject::{Subject, SubjectKind};
pub use words::{Allowed, Asked, allowed, question, questions, rules, sort_verbs};
