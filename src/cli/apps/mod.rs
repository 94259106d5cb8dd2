//! `apps`: all apps of a cluster, whichever engine delivers them; and the verbs of apps.

pub mod args;
pub(super) mod book;
pub(super) mod names;
pub mod verbs;

use super::args::Global;
use super::get::bad_filter;
use super::headless::{self, CLUSTER, Headless};
use super::output::{aligned, print};
use super::{OK, tui};
use crate::apps::{App, Destination, schema};
use crate::model::{
    AppId, Column, ColumnSource, Fault, FaultKind, ObjRef, Query, Row, Schema, Text,
};
use crate::runtime::now;
use crate::text::yaml;
use args::{Apps, AppsFormat};
use book::Book;
use serde_json::{Value, json};

/// Prints apps, those in trouble first.
///
/// # Errors
/// Wrong usage, an app that is not there, or the cluster cannot be read.
pub fn run(global: &Global, args: &Apps) -> Result<u8, Fault> {
    let (_, config, _) = tui::configuration(global);
    let query = Query::parse(&args.filter).map_err(|error| bad_filter(&args.filter, &error))?;
    let schema = schema();
    query.check(&schema).map_err(|error| bad_filter(&args.filter, &error))?;
    let place = headless::place(global)?;
    let scope = book::scope(global, &place)?;
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let mut book = Book::read(&mut cluster, global, args.engine)?;
    book.look_at(&scope);
    let mut asked: Vec<AppId> = Vec::new();
    for word in &args.apps {
        asked.push(names::find(&book.estate, "get app", word, args.engine)?.id.clone());
    }
    let mut matcher = query.matcher(&schema, None, now());
    let mut rows: Vec<(&Row, &App)> = book
        .estate
        .table()
        .rows()
        .filter(|(_, row)| matcher.matches(row))
        .filter_map(|(_, row)| Some((row, book.estate.app(&AppId::of_key(&row.key)?)?)))
        .filter(|(_, app)| args.engine.is_none_or(|engine| app.id.engine == engine))
        .filter(|(_, app)| asked.is_empty() || asked.contains(&app.id))
        .collect();
    rows.sort_by(|(_, a), (_, b)| (b.trouble(), &a.id).cmp(&(a.trouble(), &b.id)));
    print(&printed(&book, &schema, &rows, args.output)?)?;
    if rows.is_empty() && matches!(args.output, AppsFormat::Table | AppsFormat::Wide) {
        eprintln!("no apps found");
    }
    Ok(OK)
}

fn printed(
    book: &Book,
    schema: &Schema,
    rows: &[(&Row, &App)],
    format: AppsFormat,
) -> Result<String, Fault> {
    let failed =
        |error: serde_json::Error| Fault::new(FaultKind::Other, "print apps", error.to_string());
    Ok(match format {
        AppsFormat::Table | AppsFormat::Wide if rows.is_empty() => String::new(),
        AppsFormat::Table | AppsFormat::Wide => {
            let columns: Vec<&Column> = schema
                .columns
                .iter()
                .filter(|column| format == AppsFormat::Wide || !column.wide)
                .filter(|column| !matches!(column.source, ColumnSource::Metric(..)))
                .filter(|column| column.title != "TROUBLE")
                .collect();
            let cell = |column: &Column, row: &Row| {
                let mut text = String::new();
                schema.cell(column, row, None).write(now(), &mut text);
                text
            };
            let mut lines = vec![columns.iter().map(|column| column.title.to_string()).collect()];
            for (row, _) in rows {
                lines.push(columns.iter().map(|column| cell(column, row)).collect::<Vec<_>>());
            }
            aligned(&lines)
        }
        AppsFormat::Name => {
            rows.iter().map(|(_, app)| format!("{}\n", names::full(&app.id))).collect()
        }
        AppsFormat::Json => {
            rows.iter().map(|(_, app)| format!("{}\n", as_json(book, app))).collect()
        }
        AppsFormat::Yaml => {
            let mut out = String::new();
            for (_, app) in rows {
                let document = as_json(book, app).to_string();
                out.push_str("---\n");
                out.push_str(&yaml::from_json(&document, yaml::Options::KUBECTL).map_err(failed)?);
            }
            out
        }
    })
}

/// An app with what it is made of. Fields that an engine does not have are null.
fn as_json(book: &Book, app: &App) -> Value {
    let some = |text: &Text| (!text.is_empty()).then(|| text.to_string());
    let time = |at: i64| {
        let at = (at != 0).then(|| jiff::Timestamp::from_second(at).ok()).flatten();
        at.map(|at| at.to_string())
    };
    let id = |id: &AppId| json!({"engine": id.engine.word(), "namespace": id.namespace.as_str(), "name": id.name.as_str()});
    let context = some(&book.context(&app.destination));
    let destination = match &app.destination {
        Destination::Here => Value::Null,
        Destination::Server(server) => json!({"server": server.as_str(), "context": context}),
        Destination::Named(name) => {
            json!({"name": name.as_str(), "context": context, "why": some(&app.unplaced)})
        }
    };
    let left_off = app.left_off.as_ref().map(
        |off| json!({"what": off.what.as_str(), "by": some(&off.by), "since": time(off.since)}),
    );
    json!({
        "engine": app.id.engine.word(),
        "namespace": app.id.namespace.as_str(),
        "name": app.id.name.as_str(),
        "sync": some(&app.sync.word),
        "health": some(&app.health.word),
        "operation": some(&app.operation.word),
        "running": app.running,
        "drifted": app.drifted,
        "revision": some(&app.revision),
        "auto": app.auto.word(),
        "since": time(app.since),
        "message": some(&app.message),
        "project": some(&app.project),
        "source": some(&app.source),
        "target": some(&app.target),
        "destination": destination,
        "parent": app.parent.as_ref().map(id),
        "dependsOn": app.depends_on.iter().map(id).collect::<Vec<_>>(),
        "leftOff": left_off,
        "object": app.object.as_ref().map(object),
        "workloads": book.estate.workloads(&app.id).iter().map(object).collect::<Vec<_>>(),
    })
}

fn object(object: &ObjRef) -> Value {
    debug_assert_eq!(object.cluster, CLUSTER);
    json!({
        "apiVersion": object.gvr.api_version(),
        "kind": object.kind.as_str(),
        "namespace": object.namespace.as_str(),
        "name": object.name.as_str(),
    })
}
