//! Parents of ApplySets (KEP-3659): a Secret or ConfigMap whose label is the set's id, with annotations
//! that say what is in the set. Only metadata is read.

use super::{AppKind, Cells};
use crate::kinds::de::{Meta, Pairs, Str, nullable};
use crate::kinds::{RowBuilder, Skip};
use crate::model::{Row, Text, Tone};
use serde_json::value::RawValue;

/// Cell with the id of the set, which its members carry in the label [`MEMBER`].
pub const ID: usize = 0;
/// Cell with the tool that applies it: `kubectl/v1.34`.
pub const TOOLING: usize = 1;
/// Cell with the kinds of its members: `Deployment.apps,Service`.
pub const KINDS: usize = 2;
/// Cell with the namespaces of its members beside its own, separated by commas.
pub const NAMESPACES: usize = 3;
/// Cell with a word of our own: rows of other engines' secrets have other cells.
const MARK: usize = 4;
const PARENT: &str = "applyset";

/// The label of the parent.
pub const LABEL: &str = "applyset.kubernetes.io/id";
/// The label of the members.
pub const MEMBER: &str = "applyset.kubernetes.io/part-of";

pub(super) static SECRETS: AppKind = AppKind { group: "", plural: "secrets", project };
pub(super) static CONFIG_MAPS: AppKind = AppKind { group: "", plural: "configmaps", project };

#[derive(serde::Deserialize)]
struct Facts<'a> {
    /// Read twice: for what all objects have, and for what is marked.
    #[serde(borrow)]
    metadata: &'a RawValue,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Marked<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    labels: Pairs<'a, Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    annotations: Pairs<'a, Str<'a>>,
}

/// Whether a row is that of a parent.
pub fn is_parent(row: &Row) -> bool {
    Cells::of(row).text(MARK) == PARENT
}

/// The id of the set of a parent.
pub fn id(row: &Row) -> Option<Text> {
    is_parent(row).then(|| Cells::of(row).text(ID))
}

fn project(json: &[u8], row: &mut RowBuilder<'_>) -> Result<bool, Skip> {
    let facts: Facts<'_> = serde_json::from_slice(json)?;
    let Marked { labels, annotations } = serde_json::from_str(facts.metadata.get())?;
    let Some(id) = labels.get(LABEL).filter(|id| !id.is_empty()) else { return Ok(false) };
    let meta: Meta<'_> = serde_json::from_str(facts.metadata.get())?;
    let note = |name: &str| annotations.get(name).map_or("", |value| value);
    let kinds = match note("applyset.kubernetes.io/contains-group-kinds") {
        // Before kubectl 1.30.
        "" => note("applyset.kubernetes.io/contains-group-resources"),
        kinds => kinds,
    };
    row.meta(&meta);
    row.text(id, Tone::Plain);
    row.text(note("applyset.kubernetes.io/tooling"), Tone::Plain);
    row.text(kinds, Tone::Plain);
    row.text(note("applyset.kubernetes.io/additional-namespaces"), Tone::Plain);
    row.text(PARENT, Tone::Plain);
    Ok(true)
}
