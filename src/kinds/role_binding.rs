//! RoleBinding.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::refs::Target;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "rbac.authorization.k8s.io",
    plural: "rolebindings",
    kind: "RoleBinding",
    namespaced: true,
    columns: COLUMNS,
    sort: None,
    project,
    proto: Some(("v1", &messages::ROLE_BINDING)),
};

/// Both kinds of bindings print the same.
pub(super) const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::text("ROLE").drop(2),
    ColumnSpec::age(),
    ColumnSpec::text("USERS").wide(),
    ColumnSpec::text("GROUPS").wide(),
    ColumnSpec::text("SERVICEACCOUNTS").wide(),
];

/// Subjects that become links: a binding may name hundreds.
const MAX_LINKS: usize = 32;

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    role_ref: RoleRef<'a>,
    #[serde(deserialize_with = "nullable")]
    subjects: Vec<Subject<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct RoleRef<'a> {
    #[serde(borrow)]
    kind: Str<'a>,
    name: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Subject<'a> {
    #[serde(borrow)]
    kind: Str<'a>,
    namespace: Str<'a>,
    name: Str<'a>,
}

/// Reads a binding of either kind.
pub(super) fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let role = &facts.role_ref;
    row.meta(&facts.metadata);
    row.text(&format!("{}/{}", &*role.kind, &*role.name), Tone::Plain);
    let named = |kind: &str| -> Vec<&Subject<'_>> {
        facts.subjects.iter().filter(|subject| &*subject.kind == kind).collect()
    };
    let names = |subjects: Vec<&Subject<'_>>| -> String {
        subjects.iter().map(|subject| &*subject.name).collect::<Vec<_>>().join(", ")
    };
    row.text(&names(named("User")), Tone::Plain);
    row.text(&names(named("Group")), Tone::Plain);
    let accounts = named("ServiceAccount");
    let shown: Vec<String> = accounts
        .iter()
        .map(|account| format!("{}/{}", &*account.namespace, &*account.name))
        .collect();
    row.text(&shown.join(", "), Tone::Plain);

    let target = Target {
        group: "rbac.authorization.k8s.io",
        kind: &role.kind,
        namespace: if &*role.kind == "Role" { &facts.metadata.namespace } else { "" },
        name: &role.name,
    };
    refs::reference(row, "roleRef", target);
    for account in accounts.iter().take(MAX_LINKS) {
        refs::core(row, "subjects", "ServiceAccount", &account.namespace, &account.name);
    }
    Ok(())
}
