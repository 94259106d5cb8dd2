//! Event, of both groups that serve it: the objects are the same ones, with some fields renamed.

use super::build::timestamp;
use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::{Cell, Link, Tone};
use serde::Deserialize;

const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::clock("LAST SEEN").drop(0),
    ColumnSpec::text("TYPE").drop(2),
    ColumnSpec::text("REASON").drop(0),
    ColumnSpec::text("OBJECT").drop(1),
    ColumnSpec::text("SUBOBJECT").wide(),
    ColumnSpec::text("SOURCE").wide(),
    ColumnSpec::text("MESSAGE").drop(1).max(400),
    ColumnSpec::clock("FIRST SEEN").wide(),
    ColumnSpec::number("COUNT").wide(),
    ColumnSpec::name().wide(),
];

/// Newest first.
const SORT: Option<(&str, bool)> = Some(("LAST SEEN", false));

pub(super) static CORE: KindSpec = KindSpec {
    group: "",
    plural: "events",
    kind: "Event",
    namespaced: true,
    columns: COLUMNS,
    sort: SORT,
    project,
    proto: Some(("v1", &messages::EVENT)),
};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "events.k8s.io",
    plural: "events",
    kind: "Event",
    namespaced: true,
    columns: COLUMNS,
    sort: SORT,
    project,
    proto: None,
};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(rename = "type")]
    kind: Str<'a>,
    reason: Str<'a>,
    #[serde(alias = "note")]
    message: Str<'a>,
    #[serde(alias = "regarding", deserialize_with = "nullable")]
    involved_object: Target<'a>,
    #[serde(alias = "deprecatedSource", deserialize_with = "nullable")]
    source: Source<'a>,
    // The core group writes the same two with other names than the API conventions would have it.
    #[serde(alias = "reportingController")]
    reporting_component: Str<'a>,
    reporting_instance: Str<'a>,
    event_time: Str<'a>,
    #[serde(alias = "deprecatedFirstTimestamp")]
    first_timestamp: Str<'a>,
    #[serde(alias = "deprecatedLastTimestamp")]
    last_timestamp: Str<'a>,
    #[serde(alias = "deprecatedCount", deserialize_with = "nullable")]
    count: i64,
    series: Option<Series<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Target<'a> {
    #[serde(borrow)]
    api_version: Str<'a>,
    kind: Str<'a>,
    namespace: Str<'a>,
    name: Str<'a>,
    field_path: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Source<'a> {
    #[serde(borrow)]
    component: Str<'a>,
    host: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Series<'a> {
    #[serde(deserialize_with = "nullable")]
    count: i64,
    #[serde(borrow)]
    last_observed_time: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let event: Facts<'_> = object.read()?;
    row.meta(&event.metadata);
    let first = timestamp(&event.first_timestamp).or_else(|| timestamp(&event.event_time));
    let (last, count) = match &event.series {
        Some(series) => (timestamp(&series.last_observed_time), series.count),
        // Events of the new API that happened once have no count.
        None => (timestamp(&event.last_timestamp).or(first), event.count),
    };
    let count = if event.series.is_none() && count == 0 { 1 } else { count };
    let tone = match &*event.kind {
        "Normal" | "" => Tone::Plain,
        _ => Tone::Warn,
    };
    let target = &event.involved_object;
    moment(last, row);
    row.text(&event.kind, tone);
    row.text(&event.reason, Tone::Plain);
    let slash = if target.name.is_empty() { "" } else { "/" };
    row.text(&format!("{}{slash}{}", target.kind.to_lowercase(), &*target.name), Tone::Plain);
    row.text(&target.field_path, Tone::Plain);
    source(&event, row);
    // Many events tell the same: the back-offs of one pod, the probes of one deployment.
    row.text(event.message.trim(), Tone::Plain);
    moment(first, row);
    row.int(count);
    if !target.name.is_empty() {
        let group = target.api_version.split_once('/').map_or("", |(group, _)| group);
        let link = Link::Ref {
            field: arcstr::literal!("involvedObject"),
            group: row.shared(group),
            kind: row.shared(&target.kind),
            namespace: row.shared(&target.namespace),
            name: row.shared(&target.name),
        };
        row.link(link);
    }
    row.tone(tone);
    Ok(())
}

fn moment(at: Option<i64>, row: &mut RowBuilder<'_>) {
    match at {
        Some(at) => row.cell(Cell::Since(at)),
        None => row.unknown(),
    }
}

fn source(event: &Facts<'_>, row: &mut RowBuilder<'_>) {
    let first = |a: &Str<'_>, b: &Str<'_>| if a.is_empty() { b.to_string() } else { a.to_string() };
    let component = first(&event.source.component, &event.reporting_component);
    let instance = first(&event.source.host, &event.reporting_instance);
    if instance.is_empty() {
        row.text(&component, Tone::Plain);
    } else {
        row.text(&format!("{component}, {instance}"), Tone::Plain);
    }
}
