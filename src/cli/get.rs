//! `get`: objects as a table, as rows or whole, once or as they change.

use super::args::{Format, Get, Global};
use super::headless::{self, CLUSTER, Headless};
use super::output::{aligned, print};
use super::{FAILED, OK, tell, tui, whole};
use crate::model::{
    Change, Facet, Fault, FaultKind, Key, Need, Query, QueryError, Resource, Row, Schema, Scope,
    SubEvent, SubId, Table, WatchState,
};
use crate::runtime::now;
use crate::ui::export::{csv_field, row_json};
use crate::ui::goto;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a list may be silent before the command gives up.
const PATIENCE: Duration = Duration::from_secs(60);
const SUB: SubId = SubId(1);

/// Prints objects.
pub fn run(global: &Global, args: &Get) -> Result<u8, Fault> {
    let (_, config, _) = tui::configuration(global);
    let query = Query::parse(&args.filter).map_err(|error| bad_filter(&args.filter, &error))?;
    if args.watch && matches!(args.output, Format::Json | Format::Yaml) {
        return Err(Fault::new(FaultKind::Input, "get --watch", "whole objects are not watched")
            .hint("-w goes with -o table, wide, csv, name and rows"));
    }
    if args.manager && matches!(args.output, Format::Json | Format::Yaml | Format::Name) {
        let why = "whole objects and names have no columns";
        return Err(Fault::new(FaultKind::Input, "get --manager", why)
            .hint("--manager goes with -o table, wide, csv and rows"));
    }
    // Wrong usage is told before anything is looked for.
    let place = headless::place(global)?;
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let word = config.settings.alias(&args.kind).unwrap_or(&args.kind);
    let Some(resource) = cluster.catalogue.find(word).cloned() else {
        let near = cluster.catalogue.nearest(word);
        let hint = if near.is_empty() {
            "`wheelhouse kinds` lists them".to_owned()
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        let what = format!("get {}", args.kind);
        return Err(
            Fault::new(FaultKind::Input, what, "the cluster serves no such kind").hint(hint)
        );
    };
    let need = need(global, args, &place.namespace, &resource, &query)?;
    if matches!(args.output, Format::Json | Format::Yaml) {
        return whole::run(&mut cluster, args, &resource, need, &query);
    }
    let mut listing =
        Listing { args, query, need, resource, table: Table::default(), schema: None, skipped: 0 };
    listing.load(&mut cluster)?;
    let rows = listing.rows()?;
    let missing = listing.missing(&rows);
    let mut out = Printer::new(&listing);
    print(&out.all(&rows))?;
    tell_missing(&listing.resource, &missing, listing.skipped);
    if args.watch {
        return listing.follow(&mut cluster);
    }
    if rows.is_empty() && missing.is_empty() && matches!(args.output, Format::Table | Format::Wide)
    {
        eprintln!("no {} found", listing.resource.gvr.plural);
    }
    Ok(if missing.is_empty() { OK } else { FAILED })
}

/// Tells what was asked for but is not printed.
pub(super) fn tell_missing(resource: &Resource, missing: &[String], skipped: u64) {
    for name in missing {
        let what = format!("get {}/{name}", resource.gvr.plural);
        tell(&Fault::new(FaultKind::NotFound, what, "not found"));
    }
    if skipped > 0 {
        let why = match skipped {
            1 => "1 object could not be read and is left out".to_owned(),
            many => format!("{many} objects could not be read and are left out"),
        };
        tell(&Fault::new(FaultKind::Other, format!("get {}", resource.gvr.plural), why));
    }
}

/// A filter that cannot be used with these columns, or at all.
pub(super) fn bad_filter(filter: &str, error: &QueryError) -> Fault {
    let what = format!("--filter {filter:?}, at {}", error.at + 1);
    Fault::new(FaultKind::Input, what, error.message.clone())
}

fn need(
    global: &Global,
    args: &Get,
    namespace: &str,
    resource: &Resource,
    query: &Query,
) -> Result<Need, Fault> {
    let input = |why: String| Fault::new(FaultKind::Input, "get", why);
    let scope = if global.all_namespaces || !resource.namespaced {
        Scope::All
    } else {
        let names = global.namespace.as_deref().unwrap_or(namespace);
        goto::scope(if names.is_empty() { "default" } else { names }).map_err(input)?
    };
    let labels: Vec<&str> = [args.selector.as_str(), query.labels().unwrap_or("")]
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect();
    let fields = match args.names.as_slice() {
        [one] => format!("metadata.name={one}"),
        _ => String::new(),
    };
    Ok(Need {
        cluster: CLUSTER,
        gvr: resource.gvr.clone(),
        scope,
        labels: labels.join(",").into(),
        fields: fields.into(),
        facet: if args.manager { Facet::Managed } else { Facet::Row },
    })
}

struct Listing<'a> {
    args: &'a Get,
    query: Query,
    need: Need,
    resource: Resource,
    table: Table,
    schema: Option<Arc<Schema>>,
    skipped: u64,
}

impl Listing<'_> {
    fn load(&mut self, cluster: &mut Headless) -> Result<(), Fault> {
        cluster.subscribe(SUB, self.need.clone());
        let parts = match &self.need.scope {
            Scope::All => 1,
            Scope::Namespaces(names) => names.len(),
        };
        let mut open: BTreeSet<u16> = (0..u16::try_from(parts).unwrap_or(u16::MAX)).collect();
        while !open.is_empty() {
            let Some(event) = cluster.next_of(SUB, PATIENCE) else {
                let what = format!("list {}", self.resource.gvr.plural);
                return Err(Fault::new(
                    FaultKind::Network,
                    what,
                    "the server has stopped answering",
                ));
            };
            match event {
                SubEvent::Complete { part } => {
                    self.table.complete(part);
                    open.remove(&part);
                }
                // A refused list of all namespaces goes on as lists of some.
                SubEvent::Begin { part } => {
                    self.table.begin(part);
                    open.insert(part);
                }
                SubEvent::State {
                    state: WatchState::Denied(fault) | WatchState::NotServed(fault),
                    ..
                } => {
                    return Err(fault);
                }
                SubEvent::State { state: WatchState::Broken { why, .. }, .. } => return Err(why),
                event => {
                    self.take(event);
                }
            }
        }
        if let Some(schema) = &self.schema {
            self.query.check(schema).map_err(|error| bad_filter(&self.args.filter, &error))?;
        }
        Ok(())
    }

    /// Takes in one event; the changes it brought.
    fn take(&mut self, event: SubEvent) -> Vec<Change> {
        match event {
            SubEvent::Schema(schema) => self.schema = Some(schema),
            SubEvent::Changes { part, changes } => {
                self.table.apply(part, changes.clone());
                return changes;
            }
            SubEvent::Begin { part } => self.table.begin(part),
            SubEvent::Complete { part } => self.table.complete(part),
            SubEvent::Skipped { count, .. } => self.skipped = count,
            SubEvent::State { .. } => {}
        }
        Vec::new()
    }

    fn wanted(&self, row: &Row) -> bool {
        self.args.names.is_empty()
            || self.args.names.iter().any(|name| *name == row.key.name.as_str())
    }

    /// Rows that pass, in the order of namespace and name.
    fn rows(&self) -> Result<Vec<Row>, Fault> {
        let Some(schema) = &self.schema else {
            return Ok(Vec::new());
        };
        let mut matcher = self.query.matcher(schema, None, now());
        let mut rows: Vec<Row> = self
            .table
            .rows()
            .map(|(_, row)| row)
            .filter(|row| self.wanted(row) && matcher.matches(row))
            .cloned()
            .collect();
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(rows)
    }

    fn missing(&self, rows: &[Row]) -> Vec<String> {
        // What the filter hides is not missing.
        let found: BTreeSet<&str> = if self.query.is_empty() {
            rows.iter().map(|row| row.key.name.as_str()).collect()
        } else {
            self.table.rows().map(|(_, row)| row.key.name.as_str()).collect()
        };
        self.args.names.iter().filter(|name| !found.contains(name.as_str())).cloned().collect()
    }

    /// Prints rows as they change, until interrupted.
    fn follow(&mut self, cluster: &mut Headless) -> Result<u8, Fault> {
        let mut shown: BTreeSet<Key> = self.table.rows().map(|(_, row)| row.key.clone()).collect();
        loop {
            let Some(event) = cluster.next_of(SUB, PATIENCE) else { continue };
            if let SubEvent::State { state: WatchState::Broken { why, .. }, .. } = &event {
                tell(why);
            }
            let changes = self.take(event);
            let Some(schema) = self.schema.clone() else { continue };
            for change in changes {
                match change {
                    Change::Upsert(row) => {
                        let passes = self.query.matcher(&schema, None, now()).matches(&row)
                            && self.wanted(&row);
                        shown.insert(row.key.clone());
                        if passes {
                            print(&Printer::new(self).line(&schema, &row))?;
                        }
                    }
                    Change::Delete(key) => {
                        if shown.remove(&key) && self.args.output == Format::Rows {
                            let line = serde_json::json!({
                                "kind": schema.kind.as_str(),
                                "namespace": key.namespace.as_str(),
                                "name": key.name.as_str(),
                                "deleted": true,
                            });
                            print(&format!("{line}\n"))?;
                        }
                    }
                }
            }
        }
    }
}

struct Printer<'a> {
    format: Format,
    schema: Option<Arc<Schema>>,
    resource: &'a Resource,
    one_namespace: bool,
}

impl<'a> Printer<'a> {
    fn new(listing: &'a Listing<'_>) -> Self {
        Self {
            format: listing.args.output,
            schema: listing.schema.clone(),
            resource: &listing.resource,
            one_namespace: matches!(&listing.need.scope, Scope::Namespaces(names) if names.len() == 1),
        }
    }

    /// Columns of a printed table: live figures need a second look, so they are left to the UI.
    fn columns<'s>(&self, schema: &'s Schema) -> Vec<&'s crate::model::Column> {
        use crate::model::ColumnSource;
        schema
            .columns
            .iter()
            .filter(|column| self.format != Format::Table || !column.wide)
            .filter(|column| !matches!(column.source, ColumnSource::Metric(..)))
            .filter(|column| {
                !(self.one_namespace
                    && self.format != Format::Csv
                    && column.source == ColumnSource::Namespace)
            })
            .collect()
    }

    fn cells(&self, schema: &Schema, row: &Row) -> Vec<String> {
        self.columns(schema)
            .into_iter()
            .map(|column| {
                let mut text = String::new();
                schema.cell(column, row, None).write(now(), &mut text);
                text
            })
            .collect()
    }

    fn name(&self, row: &Row) -> String {
        let kind = self.resource.singular.as_str();
        let kind =
            if kind.is_empty() { self.resource.kind.to_lowercase() } else { kind.to_owned() };
        let group = &self.resource.gvr.group;
        let dot = if group.is_empty() { "" } else { "." };
        format!("{kind}{dot}{group}/{}\n", row.key.name)
    }

    fn line(&self, schema: &Schema, row: &Row) -> String {
        match self.format {
            Format::Rows => format!("{}\n", row_json(schema, row, None)),
            Format::Name => self.name(row),
            Format::Csv => csv_line(&self.cells(schema, row)),
            _ => aligned(&[self.cells(schema, row)]),
        }
    }

    fn all(&mut self, rows: &[Row]) -> String {
        let Some(schema) = self.schema.clone() else { return String::new() };
        match self.format {
            Format::Table | Format::Wide if rows.is_empty() => String::new(),
            Format::Table | Format::Wide => {
                let titles = self.columns(&schema).iter().map(|c| c.title.to_string()).collect();
                let mut lines: Vec<Vec<String>> = vec![titles];
                lines.extend(rows.iter().map(|row| self.cells(&schema, row)));
                aligned(&lines)
            }
            Format::Csv => {
                let titles: Vec<String> =
                    self.columns(&schema).iter().map(|c| c.title.to_string()).collect();
                let mut out = csv_line(&titles);
                out.extend(rows.iter().map(|row| csv_line(&self.cells(&schema, row))));
                out
            }
            _ => rows.iter().map(|row| self.line(&schema, row)).collect(),
        }
    }
}

fn csv_line(cells: &[String]) -> String {
    let fields: Vec<String> = cells.iter().map(|cell| csv_field(cell)).collect();
    fields.join(",") + "\n"
}
