//! ServiceAccount. Servers before 1.33 also print how many Secrets it names; ours does for all.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "serviceaccounts",
    kind: "ServiceAccount",
    namespaced: true,
    columns: &[
        ColumnSpec::age(),
        ColumnSpec::number("SECRETS").ours().wide(),
        ColumnSpec::number("PULL SECRETS").ours().wide(),
        ColumnSpec::text("AUTOMOUNT").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::SERVICE_ACCOUNT)),
};

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    secrets: Vec<Named<'a>>,
    #[serde(deserialize_with = "nullable")]
    image_pull_secrets: Vec<Named<'a>>,
    automount_service_account_token: Option<bool>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    name: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let namespace = &*facts.metadata.namespace;
    row.meta(&facts.metadata);
    row.int(i64::try_from(facts.secrets.len()).unwrap_or(i64::MAX));
    row.int(i64::try_from(facts.image_pull_secrets.len()).unwrap_or(i64::MAX));
    let automount = facts.automount_service_account_token != Some(false);
    row.text(if automount { "true" } else { "false" }, Tone::Plain);
    for secret in &facts.secrets {
        refs::core(row, "secrets", "Secret", namespace, &secret.name);
    }
    for secret in &facts.image_pull_secrets {
        refs::core(row, "imagePullSecrets", "Secret", namespace, &secret.name);
    }
    let fields = format!("spec.serviceAccountName={}", &*facts.metadata.name);
    refs::children(row, "pods", namespace, "", &fields);
    Ok(())
}
