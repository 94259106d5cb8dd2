//! Our cells of a collection beside the server's: same columns, same text.

use crate::support::api::Api;
use crate::support::wait;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};
use wheelhouse::kinds::build::Pool;
use wheelhouse::kinds::{PrinterColumn, Projection};
use wheelhouse::model::{Facet, Resource, Row};
use wheelhouse::text::sanitise;

/// How far apart, in seconds, the two looks at the clock may be.
const DRIFT: std::ops::RangeInclusive<i64> = -2..=2;

/// Seconds since the epoch.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// The objects of a list's bytes, each as it was sent.
pub fn items(list: &str) -> Vec<Box<RawValue>> {
    #[derive(serde::Deserialize)]
    struct List {
        items: Vec<Box<RawValue>>,
    }
    serde_json::from_str::<List>(list).expect("a list").items
}

/// Our rows of these objects.
pub fn rows(projection: &Projection, objects: &[Box<RawValue>]) -> Vec<Row> {
    let (mut pool, mut rows) = (Pool::default(), Vec::new());
    for object in objects {
        projection
            .rows(object.get().as_bytes(), &mut pool, &mut rows)
            .unwrap_or_else(|skip| panic!("left out: {}", skip.0));
    }
    rows
}

/// What a cell of the server's reads as.
fn theirs(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => sanitise::clean(text).into_owned(),
        Value::Number(n) if n.is_f64() => {
            wheelhouse::text::jsonpath::Node::Float(n.as_f64().unwrap()).go_text().into_owned()
        }
        other => other.to_string(),
    }
}

/// The server's table and the objects themselves, of the same state: the server has objects of its
/// own that it changes by itself.
fn at_one_moment(api: &Api, path: &str) -> (Value, String) {
    wait::until("a moment of quiet", || {
        let (table, list) = (api.table(path), api.bytes(path));
        let version = |list: &Value| list["metadata"]["resourceVersion"].clone();
        let parsed: Value = serde_json::from_str(&list).map_err(|error| error.to_string())?;
        if version(&table) == version(&parsed) {
            Ok((table, list))
        } else {
            Err(format!("{} and {}", version(&table), version(&parsed)))
        }
    })
}

/// Compares every object of the collection at `path`. Returns how many, and what differs.
pub fn compare(
    api: &Api,
    path: &str,
    resource: &Resource,
    columns: &[PrinterColumn],
) -> (usize, Vec<String>) {
    // A column that cannot be read is empty here as there; that it is warned about is tested elsewhere.
    let (projection, _) = Projection::new(resource, Facet::Row, columns, &[]);
    let mut faults = Vec::new();
    let schema = projection.schema();
    let (table, list) = at_one_moment(api, path);
    let now = now();
    let rows = rows(&projection, &items(&list));
    let by_key: BTreeMap<(String, String), &Row> = rows
        .iter()
        .map(|row| ((row.key.namespace.to_string(), row.key.name.to_string()), row))
        .collect();

    let titles: Vec<String> = table["columnDefinitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["name"].as_str().unwrap().to_owned())
        .collect();
    let mut ours = schema.columns.clone();
    ours.retain(|column| column.server && column.title != "NAMESPACE");
    for (index, title) in titles.iter().enumerate() {
        let Some(column) = schema.find(title).map(|at| &schema.columns[at]) else {
            faults.push(format!("{}: no column for the server's {title:?}", resource.kind));
            continue;
        };
        ours.retain(|own| own.title != column.title);
        let wide = table["columnDefinitions"][index]["priority"] != 0;
        if wide != column.wide {
            faults.push(format!("{} {title}: wide is {wide} at the server", resource.kind));
        }
        for line in table["rows"].as_array().unwrap() {
            let meta = |field: &str| {
                line["object"]["metadata"][field].as_str().unwrap_or_default().to_owned()
            };
            let key = (meta("namespace"), meta("name"));
            let Some(row) = by_key.get(&key) else {
                faults.push(format!("{}: no row for {key:?}", resource.kind));
                continue;
            };
            let want = theirs(&line["cells"][index]);
            let cell = schema.cell(column, row, None);
            // Moments are read a little earlier or later than the server did.
            // One that lies ahead is "<invalid>" at the server; ours is young: clocks are seldom equal.
            // That a class is the default has a column of its own with us.
            let default = title == "Name" && want == format!("{} (default)", cell.text(now));
            let ahead = want == "<invalid>" && cell.text(now) == "0s";
            if !ahead && !default && !DRIFT.clone().any(|drift| cell.text(now + drift) == want) {
                faults.push(format!(
                    "{} {}/{} {title}: ours {:?}, the server's {want:?}",
                    resource.kind,
                    key.0,
                    key.1,
                    cell.text(now)
                ));
            }
        }
    }
    for column in ours {
        faults.push(format!("{}: the server has no column {}", resource.kind, column.title));
    }
    let count = table["rows"].as_array().unwrap().len();
    if count != rows.len() {
        faults.push(format!("{}: {} rows, the server's {count}", resource.kind, rows.len()));
    }
    (count, faults)
}
