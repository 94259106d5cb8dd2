//! APIService: one group and version of the API, served by the API server itself or by a Service.

use super::condition::{self, Condition};
use super::de::{Meta, Str, nullable};
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::{Health, Tone};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "apiregistration.k8s.io",
    plural: "apiservices",
    kind: "APIService",
    namespaced: false,
    columns: &[
        ColumnSpec::text("SERVICE").drop(3),
        ColumnSpec::text("AVAILABLE").drop(0),
        ColumnSpec::age(),
        ColumnSpec::text("MESSAGE").ours().wide(),
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
    service: Option<Service<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Service<'a> {
    #[serde(borrow)]
    namespace: Str<'a>,
    name: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    match &facts.spec.service {
        Some(service) => {
            row.own_text(&format!("{}/{}", &*service.namespace, &*service.name), Tone::Plain);
            refs::core(row, "spec.service", "Service", &service.namespace, &service.name);
        }
        None => row.text("Local", Tone::Dim),
    }
    let available = condition::find(&facts.status.conditions, "Available");
    let (text, tone, health) = match available {
        None => ("Unknown".to_owned(), Tone::Warn, Health::Unknown),
        Some(condition) if condition.is_true() => ("True".to_owned(), Tone::Good, Health::Healthy),
        Some(condition) => {
            let text = if condition.reason.is_empty() {
                condition.status.to_string()
            } else {
                format!("{} ({})", &*condition.status, &*condition.reason)
            };
            if condition.is_false() {
                (text, Tone::Bad, Health::Degraded)
            } else {
                (text, Tone::Warn, Health::Unknown)
            }
        }
    };
    row.text(&text, tone);
    row.health(health);
    if tone != Tone::Good {
        row.tone(tone);
    }
    let message = available.filter(|condition| !condition.is_true());
    row.own_text(message.map_or("", |condition| &*condition.message), Tone::Plain);
    Ok(())
}
