//! ValidatingAdmissionPolicyBinding.

use super::de::{Meta, Str, nullable};
use super::pod_selector::Selector;
use super::proto::messages;
use super::refs::Target;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "admissionregistration.k8s.io",
    plural: "validatingadmissionpolicybindings",
    kind: "ValidatingAdmissionPolicyBinding",
    namespaced: false,
    columns: &[
        ColumnSpec::text("POLICYNAME").drop(2),
        ColumnSpec::text("PARAMREF").drop(4),
        ColumnSpec::age(),
        ColumnSpec::text("ACTIONS").ours().drop(3),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::VALIDATING_ADMISSION_POLICY_BINDING)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    policy_name: Str<'a>,
    param_ref: Option<ParamRef<'a>>,
    #[serde(deserialize_with = "nullable")]
    validation_actions: Vec<Str<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct ParamRef<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    namespace: Str<'a>,
    selector: Option<Selector<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let spec = &facts.spec;
    row.meta(&facts.metadata);
    row.text(&spec.policy_name, Tone::Plain);
    let param = match &spec.param_ref {
        // Whether the parameter has a namespace is not known here; the server writes a star.
        Some(param) if !param.name.is_empty() && param.namespace.is_empty() => {
            format!("*/{}", &*param.name)
        }
        Some(param) if !param.name.is_empty() => {
            format!("{}/{}", &*param.namespace, &*param.name)
        }
        Some(ParamRef { selector: Some(selector), .. }) => go_text(selector),
        _ => "<unset>".to_owned(),
    };
    row.text(&param, Tone::Plain);
    let actions: Vec<&str> = spec.validation_actions.iter().map(|action| &**action).collect();
    row.text(&actions.join(","), Tone::Plain);
    let target = Target {
        group: "admissionregistration.k8s.io",
        kind: "ValidatingAdmissionPolicy",
        namespace: "",
        name: &spec.policy_name,
    };
    refs::reference(row, "spec.policyName", target);
    Ok(())
}

/// As Go prints the struct: the only text the server has for a selector that stands where a name is
/// expected.
fn go_text(selector: &Selector<'_>) -> String {
    let mut labels: Vec<(&str, &str)> =
        selector.match_labels.0.iter().map(|(key, value)| (&**key, &**value)).collect();
    labels.sort_unstable();
    let labels: String = labels.iter().map(|(key, value)| format!("{key}: {value},")).collect();
    let expressions: String = selector
        .match_expressions
        .iter()
        .map(|expression| {
            let values: Vec<&str> = expression.values.iter().map(|value| &**value).collect();
            format!(
                "LabelSelectorRequirement{{Key:{},Operator:{},Values:[{}],}},",
                &*expression.key,
                &*expression.operator,
                values.join(" ")
            )
        })
        .collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}
