//! Who may do what: everything, unless a test has forbidden it. The same rules answer access
//! reviews and real requests.

use super::kinds::Type;
use super::request::Target;
use super::status::Failure;

/// The user that everybody is.
pub const USER: &str = "demo";

/// One thing that is forbidden. An empty list, or no namespace, means any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Deny {
    /// Verbs.
    pub verbs: Vec<String>,
    /// Resources as plural names, or `plural/subresource`.
    pub resources: Vec<String>,
    /// Only in this namespace; requests over all namespaces are then left alone.
    pub namespace: Option<String>,
}

/// Everything that is forbidden.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules(pub Vec<Deny>);

impl Rules {
    /// Is this forbidden?
    pub fn denies(&self, verb: &str, resource: &str, namespace: Option<&str>) -> bool {
        let named = |list: &[String], word: &str| list.is_empty() || list.iter().any(|w| w == word);
        self.0.iter().any(|deny| {
            named(&deny.verbs, verb)
                && named(&deny.resources, resource)
                && deny.namespace.as_deref().is_none_or(|only| namespace == Some(only))
        })
    }

    /// Refuses a forbidden request as the authorizer would.
    pub fn check(&self, ty: &Type, verb: &str, target: &Target) -> Result<(), Failure> {
        let resource = match &target.sub {
            Some(sub) => format!("{}/{sub}", ty.plural),
            None => ty.plural.clone(),
        };
        if !self.denies(verb, &resource, target.namespace.as_deref()) {
            return Ok(());
        }
        let place = match &target.namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        let action =
            format!("{verb} resource \"{resource}\" in API group \"{}\" {place}", ty.group);
        Err(Failure::forbidden(ty, target.name.as_deref().unwrap_or_default(), &action, USER))
    }
}
