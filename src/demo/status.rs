//! Errors as the API server words them (`metav1.Status`).

use serde_json::{Value, json};

use super::kinds::Type;

/// An answer that is a `metav1.Status` of failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// HTTP status code.
    pub code: u16,
    /// Machine-readable reason, such as `NotFound`.
    pub reason: &'static str,
    /// What a person reads.
    pub message: String,
    /// `details`, or null.
    pub details: Value,
}

impl Failure {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Value::Null }
    }

    fn about(mut self, ty: &Type, name: &str) -> Self {
        let mut details = serde_json::Map::new();
        if !name.is_empty() {
            details.insert("name".to_owned(), name.into());
        }
        if !ty.group.is_empty() {
            details.insert("group".to_owned(), ty.group.as_str().into());
        }
        details.insert("kind".to_owned(), ty.plural.as_str().into());
        self.details = Value::Object(details);
        self
    }

    /// 404 of an object.
    pub fn not_found(ty: &Type, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", ty.qualified());
        Self::new(404, "NotFound", message).about(ty, name)
    }

    /// 404 of a path that is no resource.
    pub fn no_such_resource() -> Self {
        let mut failure =
            Self::new(404, "NotFound", "the server could not find the requested resource");
        failure.details = json!({});
        failure
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        let mut failure = Self::new(405, "MethodNotAllowed", message);
        failure.details = json!({});
        failure
    }

    /// 409 of a create.
    pub fn already_exists(ty: &Type, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", ty.qualified());
        Self::new(409, "AlreadyExists", message).about(ty, name)
    }

    /// 409 of an update that is based on an old version, or of a failed precondition.
    pub fn conflict(ty: &Type, name: &str, why: &str) -> Self {
        let message =
            format!("Operation cannot be fulfilled on {} \"{name}\": {why}", ty.qualified());
        Self::new(409, "Conflict", message).about(ty, name)
    }

    /// 409 of a deletion whose precondition does not hold; storage names the kind, not the plural.
    pub fn precondition(ty: &Type, name: &str, why: &str) -> Self {
        let named =
            if ty.group.is_empty() { ty.kind.clone() } else { format!("{}.{}", ty.kind, ty.group) };
        let message = format!("Operation cannot be fulfilled on {named} \"{name}\": {why}");
        let mut failure = Self::new(409, "Conflict", message).about(ty, name);
        failure.details["kind"] = ty.kind.as_str().into();
        failure
    }

    /// 409 with the resourceVersion wording.
    pub fn stale(ty: &Type, name: &str) -> Self {
        Self::conflict(
            ty,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    /// 409 of a server-side apply: the other managers and their fields.
    pub fn apply_conflict(conflicts: &[(String, String)]) -> Self {
        let message = match conflicts {
            [(with, field)] => {
                format!("Apply failed with 1 conflict: conflict with {with}: {field}")
            }
            many => {
                let mut lines = Vec::new();
                let mut last = "";
                for (with, field) in many {
                    if with != last {
                        lines.push(format!("conflicts with {with}:"));
                        last = with;
                    }
                    lines.push(format!("- {field}"));
                }
                format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n"))
            }
        };
        let causes: Vec<Value> = conflicts
            .iter()
            .map(|(with, field)| {
                json!({"reason": "FieldManagerConflict", "message": format!("conflict with {with}"), "field": field})
            })
            .collect();
        let mut failure = Self::new(409, "Conflict", message);
        failure.details = json!({"causes": causes});
        failure
    }

    /// 422 with one cause per field: (field, reason, message).
    pub fn invalid(ty: &Type, name: &str, causes: &[(&str, &'static str, String)]) -> Self {
        let lines: Vec<String> =
            causes.iter().map(|(field, _, message)| format!("{field}: {message}")).collect();
        let list = match lines.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let named =
            if ty.group.is_empty() { ty.kind.clone() } else { format!("{}.{}", ty.kind, ty.group) };
        let mut failure =
            Self::new(422, "Invalid", format!("{named} \"{name}\" is invalid: {list}"))
                .about(ty, name);
        failure.details["kind"] = ty.kind.as_str().into();
        failure.details["causes"] = causes
            .iter()
            .map(|(field, reason, message)| {
                json!({"reason": reason, "message": message, "field": field})
            })
            .collect();
        failure
    }

    /// 422 without a field.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(422, "Invalid", message)
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 415 of a patch: a format that nobody knows, or one that this type cannot be patched with.
    pub fn unsupported_media(known_elsewhere: bool) -> Self {
        if known_elsewhere {
            return Self::new(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
            );
        }
        let mut failure = Self::new(415, "UnsupportedMediaType", "415: Unsupported Media Type");
        failure.details = json!({});
        failure
    }

    /// 403: `action` is such as `list resource "pods" in API group "" in the namespace "shop"`.
    pub fn forbidden(ty: &Type, name: &str, action: &str, user: &str) -> Self {
        let subject =
            if name.is_empty() { ty.qualified() } else { format!("{} \"{name}\"", ty.qualified()) };
        let message = format!("{subject} is forbidden: User \"{user}\" cannot {action}");
        Self::new(403, "Forbidden", message).about(ty, name)
    }

    /// 403 with a free reason, as admission words it.
    pub fn refused(ty: &Type, name: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is forbidden: {why}", ty.qualified());
        Self::new(403, "Forbidden", message).about(ty, name)
    }

    /// 410 of a watch.
    pub fn too_old(wanted: u64, oldest: u64) -> Self {
        Self::new(410, "Expired", format!("too old resource version: {wanted} ({oldest})"))
    }

    /// 410 of a list.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// 504 of a version that is not there yet.
    pub fn future_version(wanted: u64, current: u64) -> Self {
        let mut failure = Self::new(
            504,
            "Timeout",
            format!("Too large resource version: {wanted}, current: {current}"),
        );
        failure.details = json!({
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        });
        failure
    }

    /// The JSON of it.
    pub fn to_value(&self) -> Value {
        let mut value = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        });
        if !self.details.is_null() {
            value["details"] = self.details.clone();
        }
        value["code"] = self.code.into();
        value
    }
}
