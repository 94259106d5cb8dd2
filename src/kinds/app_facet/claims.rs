//! Which app an object belongs to: its row in [`Facet::App`], with the health of the kind's own row.
//!
//! [`Facet::App`]: crate::model::Facet::App

use super::Cells;
use crate::kinds::links_facet::status;
use crate::kinds::provenance::Provenance;
use crate::kinds::{RowBuilder, Skip};
use crate::model::{AppId, EngineId, Link, Resource, Row, Schema, Text, Tone};

/// Cell with the word of the engine ([`EngineId::word`]).
pub const ENGINE: usize = 0;
/// Cell with the namespace of the app; empty where the object does not tell.
pub const NAMESPACE: usize = 1;
/// Cell with the name of the app.
pub const NAME: usize = 2;
/// Cell with what says so: `annotation meta.helm.sh/release-name`.
pub const EVIDENCE: usize = 3;
/// Cell with how the object is, as its kind's table shows it: `3/3`, `0/1 CrashLoopBackOff`.
pub const STATUS: usize = 4;
/// Cell with the label `helm.sh/chart`: `grafana-8.5.1`.
pub const CHART: usize = 5;
/// Cell with the label `app.kubernetes.io/part-of`.
pub const PART_OF: usize = 6;
/// Cell with the label `app.kubernetes.io/version`.
pub const VERSION: usize = 7;
/// Cell with one sentence about evidence that contradicts itself; empty where none does.
pub const ALSO: usize = 8;

/// The app that a row of claims names.
pub fn app(row: &Row) -> Option<AppId> {
    let cells = Cells::of(row);
    let engine = EngineId::of_word(cells.word(ENGINE))?;
    Some(AppId::new(engine, cells.text(NAMESPACE), cells.text(NAME)))
}

/// How the objects of one kind are turned into rows of claims.
#[derive(Debug)]
pub(in crate::kinds) struct Claims {
    group: Text,
    kind: Text,
    /// The cells of the kind's own row that tell how an object is.
    status: Vec<u16>,
}

impl Claims {
    /// Of this resource, whose own rows have these columns.
    pub(in crate::kinds) fn new(resource: &Resource, own: &Schema) -> Self {
        Self {
            group: resource.gvr.group.clone(),
            kind: resource.kind.clone(),
            status: status::cells(&resource.kind, own),
        }
    }

    /// Makes a row of claims from the kind's own row of the same object, whose cells are replaced.
    /// False for what another object owns, which is asked instead, and for hooks, which ran for an app
    /// and are no part of it.
    pub(in crate::kinds) fn turn(
        &self,
        json: &[u8],
        row: &mut RowBuilder<'_>,
    ) -> Result<bool, Skip> {
        let (cells, links) = row.take();
        if links.iter().any(|link| matches!(link, Link::Owner { .. })) {
            return Ok(false);
        }
        let found = Provenance::of_json(json, &self.group, &self.kind)?;
        let Some(claim) = found.first().filter(|_| !found.hook) else { return Ok(false) };
        row.text(claim.app.engine.word(), Tone::Plain);
        row.text_or_empty(&claim.app.namespace, Tone::Plain);
        row.text(&claim.app.name, Tone::Plain);
        row.text(&claim.evidence.to_string(), Tone::Plain);
        let (status, tone) = status::text(&self.status, &cells);
        row.text_or_empty(&status, tone);
        row.text_or_empty(&found.chart, Tone::Plain);
        row.text_or_empty(&found.part_of, Tone::Plain);
        row.text_or_empty(&found.version, Tone::Plain);
        row.text_or_empty(&found.contradiction(), Tone::Warn);
        Ok(true)
    }
}
