//! IngressClass. The server writes `name (default)` into its NAME cell; our NAME is the object's name
//! (it is what one types and links to), so the mark has a column of its own.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::refs::Target;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "networking.k8s.io",
    plural: "ingressclasses",
    kind: "IngressClass",
    namespaced: false,
    columns: &[
        ColumnSpec::text("CONTROLLER").drop(3),
        ColumnSpec::text("PARAMETERS").drop(4),
        ColumnSpec::age(),
        ColumnSpec::text("DEFAULT").ours().drop(2),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::INGRESS_CLASS)),
};

const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Spec<'a> {
    #[serde(borrow)]
    controller: Str<'a>,
    parameters: Option<Parameters<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters<'a> {
    #[serde(borrow)]
    api_group: Option<Str<'a>>,
    kind: Str<'a>,
    name: Str<'a>,
    namespace: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    row.text(&facts.spec.controller, Tone::Plain);
    match &facts.spec.parameters {
        Some(parameters) => {
            let group = parameters.api_group.as_deref();
            let dotted = group.map_or(String::new(), |group| format!(".{group}"));
            let text = format!("{}{dotted}/{}", &*parameters.kind, &*parameters.name);
            row.text(&text, Tone::Plain);
            let target = Target {
                group: group.unwrap_or(""),
                kind: &parameters.kind,
                namespace: &parameters.namespace,
                name: &parameters.name,
            };
            refs::reference(row, "spec.parameters", target);
        }
        None => row.none(),
    }
    let marks = refs::marks(object)?;
    let default = marks.annotations.get(DEFAULT).is_some_and(|mark| &**mark == "true");
    row.text(if default { "true" } else { "" }, Tone::Plain);
    Ok(())
}
