//! What validating and mutating webhook configurations have in common.

use super::de::{Meta, Str, nullable};
use super::{ColumnSpec, Object, RowBuilder, Skip, refs};
use crate::model::Tone;

/// Both kinds print the same.
pub(super) const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::number("WEBHOOKS").drop(3),
    ColumnSpec::age(),
    ColumnSpec::text("FAILURE POLICY").ours().drop(2),
    ColumnSpec::text("TARGETS").ours().drop(4),
];

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    webhooks: Vec<Webhook<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Webhook<'a> {
    #[serde(borrow)]
    failure_policy: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    client_config: ClientConfig<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct ClientConfig<'a> {
    #[serde(borrow)]
    url: Str<'a>,
    service: Option<Service<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Service<'a> {
    #[serde(borrow)]
    namespace: Str<'a>,
    name: Str<'a>,
}

/// Reads a configuration of either kind.
pub(super) fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    row.int(i64::try_from(facts.webhooks.len()).unwrap_or(i64::MAX));

    // `Fail` stops writes when the webhook does not answer. It is the API's default.
    let ignored = facts.webhooks.iter().filter(|hook| &*hook.failure_policy == "Ignore").count();
    let failing = facts.webhooks.len() - ignored;
    let policy = match (failing, ignored) {
        (0, 0) => String::new(),
        (_, 0) => "Fail".to_owned(),
        (0, _) => "Ignore".to_owned(),
        (failing, ignored) => format!("Fail {failing}, Ignore {ignored}"),
    };
    row.text(&policy, Tone::Plain);

    let mut services: Vec<(&str, &str)> = Vec::new();
    let mut targets: Vec<String> = Vec::new();
    for hook in &facts.webhooks {
        let target = match &hook.client_config.service {
            Some(service) => {
                let pair = (&*service.namespace, &*service.name);
                if !services.contains(&pair) {
                    services.push(pair);
                }
                format!("{}/{}", pair.0, pair.1)
            }
            None => hook.client_config.url.to_string(),
        };
        if !target.is_empty() && !targets.contains(&target) {
            targets.push(target);
        }
    }
    row.own_text(&targets.join(","), Tone::Plain);
    for (namespace, name) in services {
        refs::core(row, "webhooks.clientConfig.service", "Service", namespace, name);
    }
    Ok(())
}
