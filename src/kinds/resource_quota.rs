//! ResourceQuota.

use super::de::{Meta, Pairs, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::{Cell, Tone};
use crate::text::quantity;
use serde::Deserialize;
use std::fmt::Write as _;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "resourcequotas",
    kind: "ResourceQuota",
    namespaced: true,
    columns: &[
        ColumnSpec::text("REQUEST").drop(2).max(120),
        ColumnSpec::text("LIMIT").drop(3).max(80),
        ColumnSpec::number("MAX USED").ours().drop(1),
        ColumnSpec::text("FULL").ours().drop(4),
        ColumnSpec::age(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::RESOURCE_QUOTA)),
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    hard: Pairs<'a, Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    used: Pairs<'a, Str<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, status } = object.read()?;
    row.meta(&metadata);
    let mut hard: Vec<(&str, &str)> = status.hard.0.iter().map(|(k, v)| (&**k, &**v)).collect();
    hard.sort_unstable();
    let (mut requests, mut limits) = (String::new(), String::new());
    let mut most = None;
    let mut full: Vec<&str> = Vec::new();
    for (resource, hard) in hard {
        let used = status.used.get(resource).map_or("0", |used| &**used);
        let column = if resource.starts_with("limits.") { &mut limits } else { &mut requests };
        let comma = if column.is_empty() { "" } else { ", " };
        let _ = write!(column, "{comma}{resource}: {used}/{hard}");
        let Some(share) = share(used, hard) else { continue };
        most = most.max(Some(share));
        if share >= 100 {
            full.push(resource);
        }
    }
    row.text(&requests, Tone::Plain);
    row.text(&limits, Tone::Plain);
    row.cell(most.map_or(Cell::Empty, Cell::Percent));
    row.text_or_empty(&full.join(","), Tone::Warn);
    // A full quota is often meant to be full; it is worth a look all the same.
    row.tone(if full.is_empty() { Tone::Plain } else { Tone::Warn });
    Ok(())
}

/// Used of hard in per cent; None where either is no quantity or nothing may be used at all.
fn share(used: &str, hard: &str) -> Option<u32> {
    let (used, hard) = (quantity::millis(used)?, quantity::millis(hard)?);
    if hard <= 0 {
        return None;
    }
    u32::try_from(i128::from(used.max(0)) * 100 / i128::from(hard)).ok()
}
