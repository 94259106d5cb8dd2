//! Gateway of the Gateway API, and how conditions of that API are judged. Its columns are those of
//! the published CRD.

use super::condition::{self, Condition};
use super::de::{Meta, Str, nullable};
use super::refs::Target;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::{Cell, Health, Tone};

pub(super) const GROUP: &str = "gateway.networking.k8s.io";

pub(super) static SPEC: KindSpec = KindSpec {
    group: GROUP,
    plural: "gateways",
    kind: "Gateway",
    namespaced: true,
    columns: &[
        ColumnSpec::text("CLASS").drop(5),
        ColumnSpec::text("ADDRESS").drop(3),
        ColumnSpec::text("PROGRAMMED").drop(0),
        ColumnSpec::age(),
        ColumnSpec::text("STATE").ours().drop(2),
        ColumnSpec::number("LISTENERS").ours().wide(),
        ColumnSpec::number("ROUTES").ours().drop(6),
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
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    gateway_class_name: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    listeners: Vec<Listener<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Listener<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    tls: Tls<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Tls<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    certificate_refs: Vec<Reference<'a>>,
}

/// A reference as the Gateway API writes it: what is absent has a default that depends on the field.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub(super) group: Option<Str<'a>>,
    pub(super) kind: Option<Str<'a>>,
    pub(super) namespace: Option<Str<'a>>,
    pub(super) name: Str<'a>,
}

impl Reference<'_> {
    /// Whom it means: group, kind and namespace where it does not say.
    pub(super) fn target<'t>(
        &'t self,
        group: &'t str,
        kind: &'t str,
        namespace: &'t str,
    ) -> Target<'t> {
        Target {
            group: self.group.as_deref().unwrap_or(group),
            kind: self.kind.as_deref().unwrap_or(kind),
            namespace: self.namespace.as_deref().unwrap_or(namespace),
            name: &self.name,
        }
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    addresses: Vec<Address<'a>>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
    #[serde(deserialize_with = "nullable")]
    listeners: Vec<ListenerStatus<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Address<'a> {
    #[serde(borrow)]
    value: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ListenerStatus<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    attached_routes: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

/// What we think of an object of this API.
pub(super) struct State {
    /// Why it is not as it should be; `OK` where it is.
    pub(super) text: String,
    pub(super) tone: Tone,
    pub(super) health: Health,
}

impl State {
    /// The STATE cell, and health and tone of the row.
    pub(super) fn write(&self, row: &mut RowBuilder<'_>) {
        row.own_text(&self.text, self.tone);
        row.health(self.health);
        if self.tone != Tone::Good {
            row.tone(self.tone);
        }
    }

    /// Whether this is worse news than `other`.
    pub(super) fn worse_than(&self, other: &Self) -> bool {
        self.tone > other.tone
    }
}

/// The cell of a column that is one condition's status. Where it is `True`, a bad tone of the row
/// is about something else.
pub(super) fn status_cell(
    row: &mut RowBuilder<'_>,
    condition: Option<&Condition<'_>>,
    state: &State,
) {
    match condition {
        Some(condition) if condition.is_true() && state.tone != Tone::Good => {
            row.text("True", Tone::Plain);
        }
        Some(condition) => row.text(&condition.status, state.tone),
        None => row.cell(Cell::Empty),
    }
}

/// Judges conditions that should be `True`, in the order given. The first must be there: before a
/// controller wrote it, nobody has taken the object on. One that speaks of an older generation is
/// not news any more, good or bad.
pub(super) fn judge(
    conditions: &[Condition<'_>],
    wanted: &[&str],
    generation: Option<i64>,
) -> State {
    let busy = |text: String| State { text, tone: Tone::Busy, health: Health::Progressing };
    let mut waiting: Option<State> = None;
    for (i, kind) in wanted.iter().enumerate() {
        match condition::find(conditions, kind) {
            Some(condition) if condition.lags(generation) => {
                waiting.get_or_insert_with(|| busy(format!("{kind}: not yet judged anew")));
            }
            Some(condition) if condition.is_true() => {}
            // A controller still at work says False with this reason.
            Some(condition) if condition.is_false() && &*condition.reason != "Pending" => {
                return State {
                    text: format!("{kind}: {}", condition.word()),
                    tone: Tone::Bad,
                    health: Health::Degraded,
                };
            }
            Some(condition) => {
                waiting.get_or_insert_with(|| busy(format!("{kind}: {}", condition.word())));
            }
            None if i == 0 => {
                waiting.get_or_insert_with(|| busy("no controller yet".to_owned()));
            }
            None => {}
        }
    }
    waiting.unwrap_or_else(|| State {
        text: "OK".to_owned(),
        tone: Tone::Good,
        health: Health::Healthy,
    })
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let (spec, status) = (&facts.spec, &facts.status);
    row.meta(&facts.metadata);

    row.text(&spec.gateway_class_name, Tone::Plain);
    // The CRD asks for all addresses, the server's Table shows the first.
    row.own_text(status.addresses.first().map_or("", |address| &*address.value), Tone::Plain);

    let generation = facts.metadata.generation;
    let mut state = judge(&status.conditions, &["Accepted", "Programmed"], generation);
    for listener in &status.listeners {
        let wanted = ["Accepted", "ResolvedRefs", "Programmed"];
        // A listener without conditions has nothing to say.
        if listener.conditions.is_empty() {
            continue;
        }
        let own = judge(&listener.conditions, &wanted, generation);
        if own.worse_than(&state) {
            state = State { text: format!("{}: {}", &*listener.name, own.text), ..own };
        }
    }
    let programmed = condition::find(&status.conditions, "Programmed");
    status_cell(row, programmed, &state);
    state.write(row);
    row.int(i64::try_from(spec.listeners.len()).unwrap_or(i64::MAX));
    row.int(status.listeners.iter().filter_map(|listener| listener.attached_routes).sum());

    let class = Target {
        group: GROUP,
        kind: "GatewayClass",
        namespace: "",
        name: &spec.gateway_class_name,
    };
    refs::reference(row, "spec.gatewayClassName", class);
    for certificate in spec.listeners.iter().flat_map(|listener| &listener.tls.certificate_refs) {
        let target = certificate.target("", "Secret", &facts.metadata.namespace);
        refs::reference(row, "spec.listeners.tls", target);
    }
    Ok(())
}
