//! What a person reads of a release: its values, its manifest, its notes and hooks.

use super::manifest;
use super::release::Release;
use crate::apps::page::PageText;
use crate::text::{mask, yaml};
use crate::verbs::edit::diff::{self, DiffLine, Sign};
use serde_json::Value;

/// Everything there is to read of one revision.
pub(super) fn all(release: &Release) -> Vec<PageText> {
    let text = |title: &str, text: String| PageText { title: title.into(), text };
    vec![
        text("values", values(release.given())),
        text("all values", values(release.computed())),
        text("manifest", manifest::readable(release.manifest())),
        text("hooks", hooks(release)),
        text("notes", release.notes().to_owned()),
    ]
}

/// Values as YAML; what looks like a secret is masked.
pub(super) fn values(mut values: Value) -> String {
    hide(&mut values);
    yaml::from_json(&values.to_string(), yaml::Options::VIEW).unwrap_or_default()
}

fn hooks(release: &Release) -> String {
    let mut out = String::new();
    for hook in release.hooks() {
        let phase = if hook.phase.is_empty() { "never ran" } else { hook.phase };
        out.push_str(&format!(
            "# {}/{}: {}; last: {phase}\n",
            hook.kind,
            hook.name,
            hook.events.join(", ")
        ));
        out.push_str(&manifest::readable(hook.manifest));
    }
    out
}

/// What changes from one revision to another: values that were given, then the manifest.
pub(super) fn changes(from: &Release, to: &Release) -> Vec<DiffLine> {
    let head = |text: &str| DiffLine { sign: Sign::Hunk, text: format!("@@ {text} @@") };
    let mut lines = Vec::new();
    let (before, after) = (from.chart_and_version(), to.chart_and_version());
    if before != after {
        lines.push(head("chart"));
        lines.extend(
            diff::lines(&before, &after).into_iter().filter(|line| line.sign != Sign::Hunk),
        );
    }
    if from.given() != to.given() {
        lines.push(head("values"));
        let changed = diff::lines(&values(from.given()), &values(to.given()));
        if changed.is_empty() {
            let text = format!("  values that are not shown change ({})", mask::MASK);
            lines.push(DiffLine { sign: Sign::Same, text });
        }
        lines.extend(changed.into_iter().skip_while(|line| line.sign == Sign::Hunk));
    }
    let (from, _) = manifest::items(from.manifest());
    let (to, _) = manifest::items(to.manifest());
    lines.extend(manifest::changes(&from, &to));
    lines
}

/// Ends of keys whose values are secrets: `adminPassword`, `API_TOKEN`, `secretKey`.
const SECRET_ENDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "encryptionkey",
    "signingkey",
    "clientsecret",
    "credential",
    "credentials",
    "connectionstring",
    "dsn",
    "secret",
    "secrets",
    "secretdata",
    "stringdata",
    "htpasswd",
];

/// A value under this key is taken for a secret. Names of Secrets are none.
fn is_secret(key: &str) -> bool {
    let plain: String =
        key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    SECRET_ENDS.iter().any(|end| plain.ends_with(end))
        && !plain.starts_with("existing")
        && !plain.starts_with("automount")
}

/// A text that is a secret wherever it stands: a private key, a URL with a password in it.
fn tells(text: &str) -> bool {
    let in_url = || {
        let (_, rest) = text.split_once("://")?;
        let (user, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
        user.split_once(':').filter(|(_, password)| !password.is_empty())
    };
    text.contains("PRIVATE KEY-----") || in_url().is_some()
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                if is_secret(key) { hide_all(value) } else { hide(value) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::String(text) if tells(text) => *text = mask::MASK.to_owned(),
        _ => {}
    }
}

/// Everything below a secret's key but switches: `secret: {enabled: true}`, and what names something.
fn hide_all(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                if !matches!(&**key, "name" | "existingSecret" | "labels" | "annotations") {
                    hide_all(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_all),
        Value::String(text) if text.is_empty() => {}
        Value::Bool(_) | Value::Null => {}
        other => *other = Value::String(mask::MASK.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_looks_like_a_secret_is_masked_and_what_only_names_one_is_not() {
        let shown = values(json!({
            "adminPassword": "hunter2", "auth": {"existingSecret": "db", "secretKey": 123456},
            "secret": {"enabled": true, "name": "web", "values": ["hunter3", ""]},
            "env": [{"name": "DSN", "value": "postgres://root:hunter4@db/x"}, "http://db:5432/a@b"],
            "tls": "-----BEGIN RSA PRIVATE KEY-----\nhunter5", "replicas": 2, "tokens": 5,
            "automountServiceAccountToken": true, "url": "https://example.com",
        }));
        assert!(!shown.contains("hunter") && !shown.contains("123456"), "{shown}");
        for kept in ["existingSecret: db", "name: web", "enabled: true", "replicas: 2", "5432/a@b"]
        {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
    }
}
