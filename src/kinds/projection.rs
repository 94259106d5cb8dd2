//! How one resource type's objects become rows, put together at run time: the kind's own file or
//! the generic one, a CRD's printer columns, a person's own columns.

use super::build::Pool;
use super::de::{Meta, nullable};
use super::{KindSpec, PrinterColumn, RowBuilder, Skip, UserColumn, generic, spec};
use crate::model::{Column, ColumnKind, ColumnSource, Facet, Resource, Row, Schema};
use std::sync::Arc;

/// How the objects of one resource type become rows. Immutable: the watch task shares it in an Arc.
#[derive(Debug)]
pub struct Projection {
    schema: Arc<Schema>,
    spec: Option<&'static KindSpec>,
}

impl Projection {
    /// The projection of `resource`. The second value tells about columns whose JSONPath cannot be
    /// read, one sentence each: such a column stays empty, the others work.
    pub fn new(
        resource: &Resource,
        _facet: Facet,
        _printer_columns: &[PrinterColumn],
        _user: &[UserColumn],
    ) -> (Self, Vec<String>) {
        let spec = spec(&resource.gvr.group, &resource.gvr.plural);
        let schema = spec.map_or_else(|| bare_schema(resource), KindSpec::schema);
        (Self { schema: Arc::new(schema), spec }, Vec::new())
    }

    /// The columns of its rows.
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.schema)
    }

    /// Appends the rows of one object's JSON to `out`: one, or one per container for
    /// [`Facet::Containers`]. On an error nothing is appended, and the error names the object.
    pub fn rows(&self, json: &[u8], pool: &mut Pool, out: &mut Vec<Row>) -> Result<(), Skip> {
        let mut row = RowBuilder::new(pool);
        let project = self.spec.map_or(generic::project as _, |spec| spec.project);
        let projected = project(json, &mut row);
        projected.map_err(|skip| named(json, &skip))?;
        let row = row.finish();
        if row.key.name.is_empty() {
            return Err(named(json, &Skip("it has no metadata.name".to_owned())));
        }
        out.push(row);
        Ok(())
    }
}

fn bare_schema(resource: &Resource) -> Schema {
    let column = |title: &str, kind, source, drop, max_width| Column {
        title: title.into(),
        kind,
        source,
        wide: false,
        drop,
        max_width,
        server: true,
    };
    let mut columns = Vec::new();
    if resource.namespaced {
        columns.push(column("NAMESPACE", ColumnKind::Text, ColumnSource::Namespace, 0, 40));
    }
    columns.push(column("NAME", ColumnKind::Text, ColumnSource::Name, 0, 80));
    columns.push(column("AGE", ColumnKind::Clock, ColumnSource::Created, 1, 60));
    Schema {
        kind: resource.kind.clone(),
        namespaced: resource.namespaced,
        columns,
        default_sort: None,
    }
}

/// The reason with the object's name before it, where its metadata can be read in spite of it.
fn named(json: &[u8], skip: &Skip) -> Skip {
    #[derive(serde::Deserialize)]
    struct Named<'a> {
        #[serde(borrow, default, deserialize_with = "nullable")]
        metadata: Meta<'a>,
    }
    let who = match serde_json::from_slice::<Named<'_>>(json) {
        Ok(Named { metadata }) if !metadata.name.is_empty() && metadata.namespace.is_empty() => {
            metadata.name.to_string()
        }
        Ok(Named { metadata }) if !metadata.name.is_empty() => {
            format!("{}/{}", &*metadata.namespace, &*metadata.name)
        }
        _ => "an object without readable name".to_owned(),
    };
    Skip(format!("{who}: {}", skip.0))
}
