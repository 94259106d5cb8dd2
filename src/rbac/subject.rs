//! People, groups and service accounts.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a subject is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
pub enum SubjectKind {
    /// A name that the server's authenticator gives.
    #[default]
    User,
    /// A group that it gives.
    Group,
    /// An account of the cluster.
    ServiceAccount,
}

/// A subject of a binding, or somebody whose rights are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(default)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Namespace of a service account; empty for others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Everybody who has shown who they are.
pub const AUTHENTICATED: &str = "system:authenticated";
/// Everybody who has not.
pub const UNAUTHENTICATED: &str = "system:unauthenticated";
/// May do everything, whatever roles say.
pub const MASTERS: &str = "system:masters";
const ACCOUNT: &str = "system:serviceaccount:";
const ACCOUNTS: &str = "system:serviceaccounts";

impl Subject {
    /// A person.
    pub fn user(name: &str) -> Self {
        match name.strip_prefix(ACCOUNT).and_then(|rest| rest.split_once(':')) {
            Some((namespace, name)) => Self::account(namespace, name),
            None => {
                Self { kind: SubjectKind::User, namespace: String::new(), name: name.to_owned() }
            }
        }
    }

    /// A group.
    pub fn group(name: &str) -> Self {
        Self { kind: SubjectKind::Group, namespace: String::new(), name: name.to_owned() }
    }

    /// A service account.
    pub fn account(namespace: &str, name: &str) -> Self {
        Self {
            kind: SubjectKind::ServiceAccount,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// `User/jane`, `Group/devs`, `ServiceAccount/NAMESPACE/NAME` or `sa/NAMESPACE/NAME`; a service
    /// account without namespace is looked for in `namespace`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, namespace: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no subject: write user/NAME, group/NAME or sa/NAMESPACE/NAME");
        let (kind, name) = text.split_once('/').ok_or_else(wrong)?;
        if name.is_empty() {
            return Err(wrong());
        }
        match kind.to_lowercase().as_str() {
            "user" | "users" => Ok(Self::user(name)),
            "group" | "groups" => Ok(Self::group(name)),
            "sa" | "serviceaccount" | "serviceaccounts" => match name.split_once('/') {
                Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
                    Ok(Self::account(namespace, name))
                }
                Some(_) => Err(wrong()),
                None if namespace.is_empty() => Ok(Self::account("default", name)),
                None => Ok(Self::account(namespace, name)),
            },
            _ => Err(wrong()),
        }
    }

    /// The name that the server knows it by; empty for a group, which nobody is.
    pub fn username(&self) -> String {
        match self.kind {
            SubjectKind::User => self.name.clone(),
            SubjectKind::ServiceAccount => format!("{ACCOUNT}{}:{}", self.namespace, self.name),
            SubjectKind::Group if self.name == UNAUTHENTICATED => "system:anonymous".to_owned(),
            SubjectKind::Group => String::new(),
        }
    }

    /// The groups that it is surely in.
    pub fn groups(&self) -> Vec<String> {
        let authenticated = AUTHENTICATED.to_owned();
        match self.kind {
            SubjectKind::User if self.name == "system:anonymous" => {
                vec![UNAUTHENTICATED.to_owned()]
            }
            SubjectKind::User => vec![authenticated],
            SubjectKind::ServiceAccount => {
                vec![ACCOUNTS.to_owned(), format!("{ACCOUNTS}:{}", self.namespace), authenticated]
            }
            SubjectKind::Group if matches!(self.name.as_str(), UNAUTHENTICATED | AUTHENTICATED) => {
                vec![self.name.clone()]
            }
            SubjectKind::Group => vec![self.name.clone(), authenticated],
        }
    }

    /// Whether a binding's subject `bound` means this one, and through which group where it is none
    /// of its own name. `namespace` is the binding's, for service accounts that name none.
    pub(super) fn is_meant(&self, bound: &Self, namespace: &str) -> Option<Option<String>> {
        match bound.kind {
            SubjectKind::User => {
                let name = self.username();
                (!name.is_empty() && name == bound.name).then_some(None)
            }
            SubjectKind::Group => {
                let own = self.kind == SubjectKind::Group && self.name == bound.name;
                if own {
                    return Some(None);
                }
                self.groups().contains(&bound.name).then(|| Some(bound.name.clone()))
            }
            SubjectKind::ServiceAccount => {
                let at = if bound.namespace.is_empty() { namespace } else { &bound.namespace };
                if at.is_empty() {
                    return None;
                }
                (self.username() == format!("{ACCOUNT}{at}:{}", bound.name)).then_some(None)
            }
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            SubjectKind::User => write!(f, "User/{}", self.name),
            SubjectKind::Group => write!(f, "Group/{}", self.name),
            SubjectKind::ServiceAccount if self.namespace.is_empty() => {
                write!(f, "ServiceAccount/{}", self.name)
            }
            SubjectKind::ServiceAccount => {
                write!(f, "ServiceAccount/{}/{}", self.namespace, self.name)
            }
        }
    }
}
