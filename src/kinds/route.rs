//! HTTPRoute and GRPCRoute of the Gateway API: what both have in common is all that is shown. Their
//! columns are those of the published CRDs.

use super::condition::Condition;
use super::de::{Meta, Str, nullable};
use super::gateway::{self, Reference, State};
use super::{ColumnSpec, Object, RowBuilder, Skip, refs};
use crate::model::{Health, Tone};

/// Both kinds print the same.
pub(super) const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::text("HOSTNAMES").drop(3),
    ColumnSpec::age(),
    ColumnSpec::text("STATE").ours().drop(0),
    ColumnSpec::text("PARENTS").ours().drop(4),
    ColumnSpec::text("BACKENDS").ours().drop(5),
];

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
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    hostnames: Option<Vec<Str<'a>>>,
    #[serde(deserialize_with = "nullable")]
    parent_refs: Vec<Reference<'a>>,
    #[serde(deserialize_with = "nullable")]
    rules: Vec<Rule<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Rule<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    backend_refs: Vec<Reference<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    parents: Vec<Parent<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parent<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    parent_ref: Reference<'a>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

/// Reads a route of either kind.
pub(super) fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let (spec, namespace) = (&facts.spec, &*facts.metadata.namespace);
    row.meta(&facts.metadata);

    // The server prints the list as JSON.
    let hostnames = spec.hostnames.as_ref().map_or(String::new(), |names| {
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{}\"", &**name)).collect();
        format!("[{}]", quoted.join(","))
    });
    row.own_text(&hostnames, Tone::Plain);
    judge(spec, &facts.status, facts.metadata.generation).write(row);

    let parents: Vec<&str> = spec.parent_refs.iter().map(|parent| &*parent.name).collect();
    row.text(&parents.join(","), Tone::Plain);
    let mut backends: Vec<&Reference<'_>> = Vec::new();
    for backend in spec.rules.iter().flat_map(|rule| &rule.backend_refs) {
        if !backends.iter().any(|b| {
            b.name == backend.name && b.kind == backend.kind && b.namespace == backend.namespace
        }) {
            backends.push(backend);
        }
    }
    let names: Vec<&str> = backends.iter().map(|backend| &*backend.name).collect();
    row.text(&names.join(","), Tone::Plain);

    for parent in &spec.parent_refs {
        let target = parent.target(gateway::GROUP, "Gateway", namespace);
        refs::reference(row, "spec.parentRefs", target);
    }
    for backend in backends {
        refs::reference(row, "spec.rules.backendRefs", backend.target("", "Service", namespace));
    }
    Ok(())
}

/// The worst of what the route's parents say. A parent that says nothing has not taken it.
fn judge(spec: &Spec<'_>, status: &Status<'_>, generation: Option<i64>) -> State {
    let mut worst = State { text: "OK".to_owned(), tone: Tone::Good, health: Health::Healthy };
    if spec.parent_refs.is_empty() {
        return State { text: "no parent".to_owned(), tone: Tone::Warn, health: Health::Unknown };
    }
    if status.parents.is_empty() {
        return gateway::judge(&[], &["Accepted"], generation);
    }
    let several = spec.parent_refs.len() > 1;
    for parent in &status.parents {
        let own = gateway::judge(&parent.conditions, &["Accepted", "ResolvedRefs"], generation);
        if own.worse_than(&worst) {
            let text = if several {
                format!("{}: {}", &*parent.parent_ref.name, own.text)
            } else {
                own.text
            };
            worst = State { text, ..own };
        }
    }
    worst
}
