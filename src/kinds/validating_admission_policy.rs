//! ValidatingAdmissionPolicy.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::{Health, Tone};
use serde::de::IgnoredAny;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "admissionregistration.k8s.io",
    plural: "validatingadmissionpolicies",
    kind: "ValidatingAdmissionPolicy",
    namespaced: false,
    columns: &[
        ColumnSpec::number("VALIDATIONS").drop(4),
        ColumnSpec::text("PARAMKIND").drop(3),
        ColumnSpec::age(),
        ColumnSpec::text("FAILURE POLICY").ours().drop(2),
        ColumnSpec::text("TYPE CHECK").ours().drop(5),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::VALIDATING_ADMISSION_POLICY)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    failure_policy: Str<'a>,
    param_kind: Option<ParamKind<'a>>,
    #[serde(deserialize_with = "nullable")]
    validations: Vec<IgnoredAny>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ParamKind<'a> {
    #[serde(borrow)]
    api_version: Str<'a>,
    kind: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: Option<i64>,
    type_checking: Option<TypeChecking>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TypeChecking {
    #[serde(deserialize_with = "nullable")]
    expression_warnings: Vec<IgnoredAny>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let (spec, status) = (&facts.spec, &facts.status);
    row.meta(&facts.metadata);
    row.int(i64::try_from(spec.validations.len()).unwrap_or(i64::MAX));
    match &spec.param_kind {
        Some(kind) => row.text(&format!("{}/{}", &*kind.api_version, &*kind.kind), Tone::Plain),
        None => row.text("<unset>", Tone::Dim),
    }
    let policy = &*spec.failure_policy;
    row.text(if policy.is_empty() { "Fail" } else { policy }, Tone::Plain);

    // The controller checks the expressions' types; until it has seen this generation, nothing is known.
    let seen = status.observed_generation.unwrap_or(0) >= facts.metadata.generation.unwrap_or(0);
    let warnings = status.type_checking.as_ref().map(|check| check.expression_warnings.len());
    match (seen, warnings) {
        (false, _) => {
            row.text("checking", Tone::Busy);
            row.health(Health::Progressing);
        }
        (true, None | Some(0)) => {
            row.text("", Tone::Plain);
            row.health(Health::Healthy);
        }
        (true, Some(n)) => {
            let plural = if n == 1 { "" } else { "s" };
            row.text(&format!("{n} warning{plural}"), Tone::Warn);
            row.health(Health::Degraded);
            row.tone(Tone::Warn);
        }
    }
    Ok(())
}
