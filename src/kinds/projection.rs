//! How one resource type's objects become rows, put together at run time: the kind's own file or
//! the generic one, a CRD's printer columns, a person's own columns.

use super::app_facet::claims::Claims;
use super::app_facet::{self, AppKind};
use super::build::Pool;
use super::de::{Meta, nullable};
use super::generic::Generic;
use super::links_facet::Links;
use super::manager_facet::Manager;
use super::path_columns::PathColumns;
use super::proto::Message;
use super::{
    KindSpec, Object, PrinterColumn, RowBuilder, Skip, UserColumn, containers_facet, rollout_facet,
    rules_facet, spec,
};
use crate::model::{Cell, Facet, Resource, Row, Schema};
use crate::text::jsonpath::Picker;
use std::sync::Arc;

/// How the objects of one resource type become rows. Immutable: the watch task shares it in an Arc.
#[derive(Debug)]
pub struct Projection {
    schema: Arc<Schema>,
    source: Source,
    proto: Option<&'static Message>,
}

#[derive(Debug)]
enum Source {
    /// A kind with a file of its own; a person's columns are read in a second walk.
    Kind {
        spec: &'static KindSpec,
        picker: Picker,
        user: PathColumns,
    },
    Generic(Generic),
    Containers,
    /// Another row made of the kind's own.
    Links(Box<Source>, Links),
    Rules,
    Rollouts(rollout_facet::Rollouts),
    /// The kind's own row with who manages the object.
    Managed(Box<Source>, Manager),
    /// What an engine's own object tells about its app, by whichever engine knows it.
    App(Vec<&'static AppKind>),
    /// Whom an object belongs to, with what the kind's own row says of it.
    Claims(Box<Source>, Claims),
}

impl Projection {
    /// The projection of `resource`. The second value tells about columns whose JSONPath cannot be
    /// read, one sentence each: such a column stays empty, the others work.
    ///
    /// Printer columns are used for kinds without a file of their own; `user` columns come last,
    /// for any kind. The facets other than [`Facet::Row`] have fixed columns.
    pub fn new(
        resource: &Resource,
        facet: Facet,
        printer_columns: &[PrinterColumn],
        user: &[UserColumn],
    ) -> (Self, Vec<String>) {
        let mut warnings = Vec::new();
        let known = spec(&resource.gvr.group, &resource.gvr.plural);
        let rollouts = rollout_facet::Rollouts::of(resource).filter(|_| facet == Facet::Rollout);
        if let Some(rollouts) = rollouts {
            let schema = Arc::new(rollout_facet::schema(resource));
            return (Self { schema, source: Source::Rollouts(rollouts), proto: None }, warnings);
        }
        let (schema, source) = match (facet, known) {
            (Facet::Containers, _) => (containers_facet::schema(), Source::Containers),
            (Facet::Rules, _) if rules_facet::serves(resource) => {
                (rules_facet::schema(resource), Source::Rules)
            }
            (Facet::Managed, _) => {
                let (own, warnings) = Self::new(resource, Facet::Row, printer_columns, user);
                let (manager, schema) = Manager::new(resource, &own.schema);
                let source = Source::Managed(Box::new(own.source), manager);
                return (Self { schema: Arc::new(schema), source, proto: None }, warnings);
            }
            (Facet::Links, _) => {
                let (own, warnings) = Self::new(resource, Facet::Row, printer_columns, &[]);
                let (links, schema) = Links::new(resource, &own.schema);
                let source = Source::Links(Box::new(own.source), links);
                return (Self { schema: Arc::new(schema), source, proto: None }, warnings);
            }
            (Facet::App, _) => {
                let schema = app_facet::schema(&resource.kind, resource.namespaced);
                let group = &resource.gvr.group;
                let kinds = app_facet::kinds(group, &resource.gvr.plural);
                if kinds.is_empty() {
                    let (own, _) = Self::new(resource, Facet::Row, printer_columns, &[]);
                    let claims = Claims::new(resource, &own.schema);
                    (schema, Source::Claims(Box::new(own.source), claims))
                } else {
                    (schema, Source::App(kinds))
                }
            }
            (_, Some(spec)) => {
                let mut schema = spec.schema();
                let mut columns = PathColumns::default();
                schema.columns.extend(columns.add_user(user, spec.cells(), &mut warnings));
                let mut picker = Picker::default();
                columns.want(&mut picker);
                (schema, Source::Kind { spec, picker, user: columns })
            }
            (_, None) => {
                let (generic, schema) =
                    Generic::new(resource, printer_columns, user, &mut warnings);
                (schema, Source::Generic(generic))
            }
        };
        let proto = match &source {
            Source::Kind { spec, user, .. } if user.is_empty() => {
                spec.proto.filter(|(version, _)| *version == &*resource.gvr.version)
            }
            _ => None,
        };
        let proto = proto.map(|(_, message)| message);
        (Self { schema: Arc::new(schema), source, proto }, warnings)
    }

    /// The columns of its rows.
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.schema)
    }

    /// What the numbers of the resource's protobuf mean, where rows can be made of it.
    pub const fn proto(&self) -> Option<&'static Message> {
        self.proto
    }

    /// Appends the rows of one object to `out`: one, or one per container for
    /// [`Facet::Containers`], none for what says nothing in [`Facet::App`]. On an error nothing is appended, and the error names the object.
    pub fn rows<'a>(
        &self,
        object: impl Into<Object<'a>>,
        pool: &mut Pool,
        out: &mut Vec<Row>,
    ) -> Result<(), Skip> {
        let object = object.into();
        let mut row = match &self.source {
            Source::Containers => {
                return object
                    .json()
                    .and_then(|json| containers_facet::project(json, pool, out))
                    .map_err(|skip| named(object, &skip));
            }
            _ => RowBuilder::new(pool),
        };
        let told = self.source.fill(object, &mut row).map_err(|skip| named(object, &skip))?;
        if !told {
            return Ok(());
        }
        let row = row.finish();
        if row.key.name.is_empty() {
            return Err(named(object, &Skip("it has no metadata.name".to_owned())));
        }
        out.push(row);
        Ok(())
    }
}

impl Source {
    /// Whether it says anything: see [`AppKind::project`].
    fn fill(&self, object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<bool, Skip> {
        match self {
            Source::Kind { spec, picker, user } => {
                (spec.project)(object, row)?;
                if !user.is_empty() {
                    let tree = picker.pick(object.json()?)?;
                    // Whatever the kind's file pushed, a person's cells begin where the schema says.
                    while row.cells() < spec.cells() {
                        row.cell(Cell::Empty);
                    }
                    user.push(&tree, row);
                }
                Ok(true)
            }
            Source::Generic(generic) => generic.project(object.json()?, row).map(|()| true),
            Source::Links(own, links) => {
                own.fill(object, row)?;
                links.turn(object.json()?, row).map(|()| true)
            }
            Source::Rules => rules_facet::project(object.json()?, row).map(|()| true),
            Source::Rollouts(rollouts) => rollouts.project(object.json()?, row).map(|()| true),
            Source::Managed(own, manager) => {
                own.fill(object, row)?;
                manager.add(object.json()?, row).map(|()| true)
            }
            Source::Containers => Ok(true),
            Source::App(kinds) => {
                for kind in kinds {
                    if (kind.project)(object.json()?, row)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Source::Claims(own, claims) => {
                own.fill(object, row)?;
                claims.turn(object.json()?, row)
            }
        }
    }
}

/// The reason with the object's name before it, where its metadata can be read in spite of it.
fn named(object: Object<'_>, skip: &Skip) -> Skip {
    #[derive(serde::Deserialize)]
    struct Named<'a> {
        #[serde(borrow, default, deserialize_with = "nullable")]
        metadata: Meta<'a>,
    }
    let who = match object.read::<Named<'_>>() {
        Ok(Named { metadata }) if !metadata.name.is_empty() => {
            if metadata.namespace.is_empty() {
                metadata.name.to_string()
            } else {
                format!("{}/{}", &*metadata.namespace, &*metadata.name)
            }
        }
        _ => format!("an object of {} bytes without readable name", object.bytes().len()),
    };
    // A line in a log, not the place for names of ten thousand characters.
    let who: String = crate::text::sanitise::clean(&who).chars().take(300).collect();
    Skip(format!("{who}: {}", skip.0))
}

#[cfg(test)]
mod tests;
