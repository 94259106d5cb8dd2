//! CustomResourceDefinition. The server has no printer for it: its Table shows the creation time as it
//! is stored; all that one looks for in the list is ours.

use super::condition::{self, Condition};
use super::de::{Meta, Str, nullable};
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::{Health, Tone};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "apiextensions.k8s.io",
    plural: "customresourcedefinitions",
    kind: "CustomResourceDefinition",
    namespaced: false,
    columns: &[
        ColumnSpec::text("CREATED AT").drop(9),
        ColumnSpec::text("GROUP").ours().drop(5),
        ColumnSpec::text("KIND").ours().drop(2),
        ColumnSpec::text("VERSIONS").ours().drop(3),
        ColumnSpec::text("SCOPE").ours().drop(6),
        ColumnSpec::text("ESTABLISHED").ours().drop(4),
        ColumnSpec::age().ours(),
        ColumnSpec::text("STORED").ours().wide(),
        ColumnSpec::text("CONVERSION").ours().wide(),
    ],
    sort: None,
    project,
    proto: None,
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Spec<'a> {
    #[serde(borrow)]
    group: Str<'a>,
    scope: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    names: Names<'a>,
    #[serde(deserialize_with = "nullable")]
    versions: Vec<Version<'a>>,
    #[serde(deserialize_with = "nullable")]
    conversion: Conversion<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Names<'a> {
    #[serde(borrow)]
    plural: Str<'a>,
    kind: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Version<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    served: Option<bool>,
    storage: Option<bool>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Conversion<'a> {
    #[serde(borrow)]
    strategy: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    webhook: Webhook<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Webhook<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    client_config: ClientConfig<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct ClientConfig<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    service: Service<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Service<'a> {
    #[serde(borrow)]
    namespace: Str<'a>,
    name: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
    #[serde(deserialize_with = "nullable")]
    stored_versions: Vec<Str<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let (spec, status) = (&facts.spec, &facts.status);
    row.meta(&facts.metadata);
    row.own_text(&facts.metadata.creation_timestamp, Tone::Dim);
    row.text(&spec.group, Tone::Plain);
    row.own_text(&spec.names.kind, Tone::Plain);
    row.text(&versions(&spec.versions), Tone::Plain);
    row.text(&spec.scope, Tone::Plain);

    let (text, tone, health) = established(&status.conditions);
    row.health(health);
    if tone != Tone::Good {
        row.tone(tone);
    }
    row.text(&text, tone);

    let stored: Vec<&str> = status.stored_versions.iter().map(|version| &**version).collect();
    row.text(&stored.join(","), Tone::Plain);
    let conversion = &spec.conversion;
    row.text(&conversion.strategy, Tone::Plain);
    let service = &conversion.webhook.client_config.service;
    refs::core(row, "spec.conversion.webhook", "Service", &service.namespace, &service.name);

    if !spec.names.plural.is_empty() && !spec.group.is_empty() {
        let plural = format!("{}.{}", &*spec.names.plural, &*spec.group);
        refs::children(row, &plural, "", "", "");
    }
    Ok(())
}

/// Served versions, the stored one with a star; a stored one that is not served is in brackets.
fn versions(versions: &[Version<'_>]) -> String {
    let shown: Vec<String> = versions
        .iter()
        .filter_map(|version| match (version.served == Some(true), version.storage == Some(true)) {
            (true, true) => Some(format!("{}*", &*version.name)),
            (true, false) => Some(version.name.to_string()),
            (false, true) => Some(format!("({}*)", &*version.name)),
            (false, false) => None,
        })
        .collect();
    shown.join(",")
}

/// Whether the kind is served: its names may be taken by another definition, and it ends with the
/// `Terminating` condition while its objects are removed.
fn established(conditions: &[Condition<'_>]) -> (String, Tone, Health) {
    if condition::find(conditions, "Terminating").is_some_and(Condition::is_true) {
        return ("Terminating".to_owned(), Tone::Busy, Health::Progressing);
    }
    if let Some(names) = condition::find(conditions, "NamesAccepted").filter(|c| c.is_false()) {
        return (format!("False ({})", names.word()), Tone::Bad, Health::Degraded);
    }
    match condition::find(conditions, "Established") {
        Some(condition) if condition.is_true() => {
            let loose = condition::find(conditions, "NonStructuralSchema");
            if loose.is_some_and(Condition::is_true) {
                return ("True (NonStructuralSchema)".to_owned(), Tone::Warn, Health::Healthy);
            }
            ("True".to_owned(), Tone::Good, Health::Healthy)
        }
        // Set only after the names were accepted and the handler is up.
        Some(condition) => {
            (format!("False ({})", condition.word()), Tone::Busy, Health::Progressing)
        }
        None => ("Unknown".to_owned(), Tone::Busy, Health::Progressing),
    }
}
