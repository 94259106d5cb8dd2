//! Access reviews: the same rules that real requests meet, asked as a question.

use serde_json::{Value, json};

use super::access::{Rules, USER};
use super::status::Failure;

/// Answers a review of this kind.
pub fn answer(rules: &Rules, kind: &str, body: &[u8]) -> Result<Value, Failure> {
    let mut review: Value = serde_json::from_slice(body)
        .map_err(|error| Failure::bad_request(format!("error decoding the review: {error}")))?;
    match kind {
        "SelfSubjectReview" => {
            review["status"] = json!({"userInfo": {"username": USER, "groups": ["system:masters", "system:authenticated"]}});
        }
        "SelfSubjectRulesReview" => {
            let namespace = review["spec"]["namespace"].as_str().unwrap_or_default();
            review["status"] = rules_for(rules, namespace);
        }
        _ => {
            let attributes = &review["spec"]["resourceAttributes"];
            let text = |key: &str| attributes[key].as_str().unwrap_or_default();
            let resource = match text("subresource") {
                "" => text("resource").to_owned(),
                sub => format!("{}/{sub}", text("resource")),
            };
            let namespace = Some(text("namespace")).filter(|namespace| !namespace.is_empty());
            let denied = attributes.is_object() && rules.denies(text("verb"), &resource, namespace);
            review["status"] = if denied {
                json!({"allowed": false})
            } else {
                json!({"allowed": true, "reason": "RBAC: allowed by ClusterRoleBinding \"cluster-admins\" of ClusterRole \"cluster-admin\" to Group \"system:masters\""})
            };
        }
    }
    Ok(review)
}

/// Rules can only grant: with nothing forbidden that is everything, otherwise every verb that is
/// not forbidden for all resources, and the answer says that it is incomplete.
fn rules_for(rules: &Rules, namespace: &str) -> Value {
    const VERBS: &[&str] =
        &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
    let open = json!([{"verbs": ["*"], "nonResourceURLs": ["*"]}]);
    if rules.0.is_empty() {
        return json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": open, "incomplete": false,
        });
    }
    let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
    let verbs: Vec<&&str> = VERBS
        .iter()
        .filter(|verb| {
            !rules.0.iter().any(|deny| {
                (deny.verbs.is_empty() || deny.verbs.iter().any(|v| v == **verb))
                    && deny.namespace.as_deref().is_none_or(|only| namespace == Some(only))
            })
        })
        .collect();
    json!({
        "resourceRules": [{"verbs": verbs, "apiGroups": ["*"], "resources": ["*"]}],
        "nonResourceRules": open, "incomplete": true,
    })
}
