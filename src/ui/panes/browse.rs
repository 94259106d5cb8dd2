//! A table of anything: objects of a kind, containers, contexts, kinds, messages, actions.
//!
//! Rows live in the subscription (or in `Local`); this is the view on them: sort, filter, marks,
//! selection. The selection follows the object, not the line.

use crate::model::{
    ClusterId, ColumnSource, Facet, Index, Key, Link, Metrics, Need, Query, QueryError, Resource,
    Row, Schema, Scope, Sort, SubId, Table, Text, View,
};
use crate::ui::app_groups::GroupBy;
use crate::ui::widgets::columns::Seen;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// Objects of one kind, as a pane asks for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Objects {
    /// On which cluster.
    pub cluster: ClusterId,
    /// Which kind.
    pub resource: Resource,
    /// In which namespaces.
    pub scope: Scope,
    /// Label selector that belongs to the pane (a drill-down), beside the filter's.
    pub labels: Text,
    /// Field selector of a drill-down.
    pub fields: Text,
    /// Rows or containers.
    pub facet: Facet,
    /// Only what this object (`Kind/name`) owns; empty for all.
    pub owner: Text,
    /// What was drilled into, for the way here: `Deployment/api`; empty at the top.
    pub of: Text,
}

/// The apps of a cluster, as a pane asks for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Apps {
    /// On which cluster.
    pub cluster: ClusterId,
    /// Those that live in these namespaces, or deliver there.
    pub scope: Scope,
}

/// What a table shows.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Objects of a kind.
    Objects(Box<Objects>),
    /// Apps, whichever engine delivers them.
    Apps(Box<Apps>),
    /// Apps in groups.
    AppGroups(Box<Apps>, GroupBy),
    /// The contexts of the kubeconfig.
    Contexts,
    /// All kinds the server serves, and the aliases.
    Kinds,
    /// Messages and errors of this session.
    Messages,
    /// Actions running and done.
    Actions,
    /// Port-forwards, running and saved.
    Forwards,
    /// Commands of the person's own.
    Plugins,
}

/// Rows that are not the cluster's: the session's own lists.
#[derive(Debug)]
pub struct Local {
    /// The rows.
    pub table: Table,
    /// Their columns.
    pub schema: Arc<Schema>,
    /// What the rows were made from; they are made anew when it changes.
    pub revision: u64,
}

/// The rows and columns a view is made of at this moment.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Rows.
    pub table: &'a Table,
    /// Columns.
    pub schema: &'a Schema,
    /// Live usage, where there is some.
    pub metrics: Option<&'a Metrics>,
}

/// State of a table pane.
#[derive(Debug)]
pub struct Browse {
    /// What it shows.
    pub what: What,
    /// Its subscription, while it shows objects.
    pub sub: Option<SubId>,
    /// Its rows, while it shows the session's own lists.
    pub local: Option<Local>,
    /// Column and direction of the sort; None is the schema's default.
    pub sort: Option<Sort>,
    /// The column that the sort keys move over.
    pub sort_cursor: Option<usize>,
    /// Filter as typed.
    pub filter: String,
    /// Show only rows with faults.
    pub faults_only: bool,
    /// Show wide columns.
    pub wide: bool,
    /// Columns scrolled off to the left (wide mode).
    pub column_offset: usize,
    /// First row on screen.
    pub top: usize,
    /// Line of the selection.
    pub cursor: usize,
    /// Width of each schema column as far as seen; grows with what is seen.
    pub widths: Vec<Seen>,
    /// There is room to spare, so that wide columns are shown by themselves.
    pub roomy: bool,
    /// Live usage is known of such rows, so that its columns are worth their room.
    pub usage: bool,
    /// The first list is still arriving: until somebody moves, the selection stays at the top.
    pub arriving: bool,
    /// The filter has not met its columns yet.
    pub unchecked: bool,
    /// A command line led here: a new way begins.
    pub begins: bool,
    query: Query,
    index: Index,
    selected: Option<Key>,
    moved: bool,
    marks: FxHashSet<Key>,
    anchor: Option<usize>,
    built: Option<Built>,
    judged: Option<Judged>,
    seen: Option<(Rows, u64)>,
}

/// Where rows come from that change one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// A subscription.
    Sub(SubId),
    /// The apps of a cluster.
    Apps(ClusterId),
}

/// What the index was last built for: another order needs a new sort.
#[derive(Clone, Debug, PartialEq)]
struct Built {
    schema: Arc<Schema>,
    sort: Option<Sort>,
    /// Revision of the live usage, where it decides the order.
    metrics: u64,
}

/// What rows were last judged by: another filter needs no new sort.
#[derive(Clone, Debug)]
struct Judged {
    query: Query,
    faults_only: bool,
    /// When, where the clock has a say; revision of the live usage, where that has.
    at: i64,
    metrics: u64,
    /// Wide columns are searched too.
    wide: bool,
}

impl Browse {
    /// A table of `what`, unfiltered.
    pub fn new(what: What) -> Self {
        Self {
            what,
            sub: None,
            local: None,
            sort: None,
            sort_cursor: None,
            filter: String::new(),
            faults_only: false,
            wide: false,
            column_offset: 0,
            top: 0,
            cursor: 0,
            widths: Vec::new(),
            roomy: false,
            usage: false,
            arriving: true,
            unchecked: false,
            begins: false,
            query: Query::default(),
            index: Index::default(),
            selected: None,
            moved: false,
            marks: FxHashSet::default(),
            anchor: None,
            built: None,
            judged: None,
            seen: None,
        }
    }

    /// The objects it shows, if it shows objects.
    pub fn objects(&self) -> Option<&Objects> {
        match &self.what {
            What::Objects(objects) => Some(objects),
            _ => None,
        }
    }

    /// What it needs from the cluster. Label filters are asked of the server.
    pub fn need(&self) -> Option<Need> {
        let objects = self.objects()?;
        let labels = match self.query.labels() {
            Some(asked) if objects.labels.is_empty() => asked.into(),
            Some(asked) => format!("{},{asked}", objects.labels).into(),
            None => objects.labels.clone(),
        };
        Some(Need {
            cluster: objects.cluster,
            gvr: objects.resource.gvr.clone(),
            scope: if objects.resource.namespaced { objects.scope.clone() } else { Scope::All },
            labels,
            fields: objects.fields.clone(),
            facet: objects.facet,
        })
    }

    /// Sets the filter. On an error the old one stays in force.
    pub fn set_filter(&mut self, text: &str, schema: Option<&Schema>) -> Result<(), QueryError> {
        let query = Query::parse(text)?;
        if let Some(schema) = schema {
            query.check(schema)?;
        }
        self.unchecked = schema.is_none();
        if self.filter != text {
            // Other rows, other widths.
            self.widths.clear();
        }
        self.query = query;
        text.clone_into(&mut self.filter);
        Ok(())
    }

    /// The filter in force.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Slots on display, in order.
    pub fn order(&self) -> &[u32] {
        self.index.order()
    }

    /// Key of the selected row.
    pub fn selected(&self) -> Option<&Key> {
        self.selected.as_ref()
    }

    /// The selected row.
    pub fn selected_row<'a>(&self, source: Source<'a>) -> Option<&'a Row> {
        source.table.row(source.table.slot(self.selected.as_ref()?)?)
    }

    /// Marked rows that still exist, else the selected one: what an action is about.
    pub fn targets<'a>(&self, source: Source<'a>) -> Vec<&'a Row> {
        if self.marks.is_empty() {
            return self.selected_row(source).into_iter().collect();
        }
        let mut rows: Vec<&Row> =
            self.marks.iter().filter_map(|key| source.table.row(source.table.slot(key)?)).collect();
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        rows
    }

    /// How many rows are marked, and how many of them the filter hides.
    pub fn marked(&self, source: Source<'_>) -> (usize, usize) {
        if self.marks.is_empty() {
            return (0, 0);
        }
        let slots = self.marks.iter().filter_map(|key| source.table.slot(key));
        let (mut all, mut hidden) = (0, 0);
        for slot in slots {
            all += 1;
            hidden += usize::from(!self.index.shows(slot));
        }
        (all, hidden)
    }

    /// Whether this row is marked.
    pub fn is_marked(&self, key: &Key) -> bool {
        self.marks.contains(key)
    }

    /// Marks or unmarks the selected row and moves on.
    pub fn toggle_mark(&mut self) {
        if let Some(key) = self.selected.clone() {
            self.anchor = Some(self.cursor);
            if !self.marks.remove(&key) {
                self.marks.insert(key);
            }
        }
    }

    /// Keys of the rows between the last mark and the selection.
    pub fn range_keys(&self, source: Source<'_>) -> Vec<Key> {
        let anchor = self.anchor.unwrap_or(self.cursor);
        let (from, to) = (anchor.min(self.cursor), anchor.max(self.cursor));
        let slots = self.index.order().iter().skip(from).take(to - from + 1);
        slots.filter_map(|slot| source.table.row(*slot)).map(|row| row.key.clone()).collect()
    }

    /// Marks these rows.
    pub fn mark_all(&mut self, keys: Vec<Key>) {
        self.marks.extend(keys);
        self.anchor = Some(self.cursor);
    }

    /// Unmarks everything.
    pub fn clear_marks(&mut self) {
        self.marks.clear();
        self.anchor = None;
    }

    /// Key of the row at a line, or of the last one when there are fewer.
    pub fn key_at(&self, line: usize, source: Source<'_>) -> Option<Key> {
        let order = self.index.order();
        let slot = order.get(line.min(order.len().saturating_sub(1)))?;
        source.table.row(*slot).map(|row| row.key.clone())
    }

    /// Moves the selection to a line, whose row has this key.
    pub fn move_to(&mut self, line: usize, key: Option<Key>) {
        self.moved = true;
        self.put(line, key);
    }

    fn put(&mut self, line: usize, key: Option<Key>) {
        self.cursor = line.min(self.index.order().len().saturating_sub(1));
        self.selected = key;
    }

    /// Selects the row with this key, once it is there.
    pub fn select(&mut self, key: Key) {
        self.selected = Some(key);
        self.moved = true;
    }

    /// Other objects from now on: what belonged to the old ones is forgotten; sort, filter and
    /// columns stay.
    pub fn start_over(&mut self) {
        self.clear_marks();
        self.widths.clear();
        (self.top, self.cursor, self.selected, self.moved) = (0, 0, None, false);
    }

    /// Shows who manages each object, or no longer: the same objects with a column more, or less.
    pub fn toggle_manager(&mut self) {
        let What::Objects(objects) = &mut self.what else { return };
        objects.facet = match objects.facet {
            Facet::Managed => Facet::Row,
            Facet::Row => Facet::Managed,
            other => other,
        };
        if objects.facet == Facet::Row {
            // It may have been the column that goes.
            (self.sort, self.sort_cursor) = (None, None);
        }
        self.widths.clear();
    }

    /// Sorts by a column, or the other way round when it is sorted by it already.
    pub fn sort_by(&mut self, column: usize, current: Option<Sort>) {
        let descending = current.is_some_and(|sort| sort.column == column && !sort.descending);
        self.sort = Some(Sort { column, descending });
        self.sort_cursor = Some(column);
    }

    /// The sort in force.
    pub fn sort_in_force(&self, schema: &Schema) -> Option<Sort> {
        self.sort.or(schema.default_sort.map(|(column, descending)| Sort { column, descending }))
    }

    /// Brings the view up to date with rows, sort, filter and clock; keeps the selection on its
    /// object and on screen. `metrics` is the revision of the live usage. Returns whether anything
    /// on screen may have changed.
    pub fn settle(
        &mut self,
        source: Source<'_>,
        schema: &Arc<Schema>,
        changed: &[u32],
        metrics: u64,
        height: usize,
        now: i64,
    ) -> bool {
        let sort = self.sort_in_force(schema);
        let by_metric = sort
            .and_then(|sort| schema.columns.get(sort.column))
            .is_some_and(|column| matches!(column.source, ColumnSource::Metric(..)));
        let built = Built {
            schema: Arc::clone(schema),
            sort,
            metrics: if by_metric { metrics } else { 0 },
        };
        // What is seen is searched, and nothing else.
        let wide = self.wide || self.roomy;
        let mut query = self.query.with_wide(wide);
        if let Some(objects) = self.objects().filter(|objects| !objects.owner.is_empty()) {
            // What a drill-down keeps is judged together with what was typed.
            query = query.and_owner(&objects.owner);
        }
        let judged = Judged {
            at: if query.depends_on_clock() { now } else { 0 },
            metrics: if query.depends_on_metrics(schema) { metrics } else { 0 },
            faults_only: self.faults_only,
            wide,
            query,
        };
        let view = View {
            table: source.table,
            schema,
            sort: built.sort,
            query: &judged.query,
            faults_only: self.faults_only,
            metrics: source.metrics,
            now,
        };
        let window = |index: &Index, top: usize| -> Vec<u32> {
            index.order().iter().skip(top).take(height).copied().collect()
        };
        let before = (window(&self.index, self.top), self.cursor);
        let anew = self.built.as_ref() != Some(&built);
        if anew {
            if self.built.as_ref().is_some_and(|old| old.schema != built.schema) {
                self.widths.clear();
            }
            self.index.rebuild(&view);
        } else {
            if !changed.is_empty() {
                self.index.update(&view, changed);
            }
            let refiltered = match &self.judged {
                None => true,
                Some(old) => {
                    old.query.text() != judged.query.text()
                        || (old.faults_only, old.at, old.metrics, old.wide)
                            != (judged.faults_only, judged.at, judged.metrics, judged.wide)
                }
            };
            if refiltered {
                let narrows = self.judged.as_ref().is_some_and(|old| {
                    old.faults_only == judged.faults_only
                        && old.at == judged.at
                        && old.metrics == judged.metrics
                        && old.wide == judged.wide
                        && judged.query.narrows(&old.query)
                });
                self.index.refilter(&view, narrows);
            }
        }
        self.built = Some(built);
        self.judged = Some(judged);
        self.follow_selection(source);
        self.top = self.top.min(self.index.order().len().saturating_sub(height));
        if self.cursor < self.top {
            self.top = self.cursor;
        } else if height > 0 && self.cursor >= self.top + height {
            self.top = self.cursor + 1 - height;
        }
        let after = (window(&self.index, self.top), self.cursor);
        anew || before != after || after.0.iter().any(|slot| changed.contains(slot))
    }

    /// Rows in the view, those above and below the screen too.
    pub fn in_view(&self) -> usize {
        self.index.order().len()
    }

    fn follow_selection(&mut self, source: Source<'_>) {
        let last = self.index.order().len().saturating_sub(1);
        if self.arriving && !self.moved {
            self.put(0, self.key_at(0, source));
            return;
        }
        let slot = self.selected.as_ref().and_then(|key| source.table.slot(key));
        match slot.and_then(|slot| self.index.position_of(slot)) {
            Some(position) => self.cursor = position,
            // It is gone or filtered out: the selection stays at its line.
            None => self.put(self.cursor.min(last), self.key_at(self.cursor.min(last), source)),
        }
    }

    /// Builds the view anew at the next opportunity: changes of its rows were missed.
    pub fn forget_built(&mut self) {
        self.built = None;
    }

    /// Whether all changes of these rows up to `revision` are in the view.
    pub fn has_seen(&self, rows: Rows, revision: u64) -> bool {
        self.seen == Some((rows, revision))
    }

    /// All changes of these rows up to `revision` are in the view now.
    pub fn saw(&mut self, rows: Rows, revision: u64) {
        self.seen = Some((rows, revision));
    }

    /// Where Enter leads from `row`.
    pub fn children(row: &Row) -> Option<&Link> {
        row.links.iter().find(|link| matches!(link, Link::Children { .. }))
    }
}

#[cfg(test)]
#[path = "browse_tests.rs"]
mod tests;
