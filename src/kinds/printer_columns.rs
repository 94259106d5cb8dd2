//! A CRD's `additionalPrinterColumns`, read without its schemas (which are most of its bytes).

use super::Skip;
use super::de::{Str, nullable};

/// One column that a CRD declares for its objects (`additionalPrinterColumns` of one version).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrinterColumn {
    /// Title as the CRD spells it; tables show it in upper case.
    pub name: String,
    /// OpenAPI type: `integer`, `number`, `string`, `boolean` or `date`.
    pub value_type: String,
    /// OpenAPI format; empty when not given.
    pub format: String,
    /// Simple JSONPath, such as `.status.phase`.
    pub json_path: String,
    /// 0 is shown always, greater ones in wide mode only.
    pub priority: i32,
    /// What the column tells; empty when not given.
    pub description: String,
}

/// The printer columns of one version of a custom resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrdVersion {
    /// API group.
    pub group: String,
    /// Version name, such as `v1alpha1`.
    pub version: String,
    /// Plural resource name.
    pub plural: String,
    /// The version is served.
    pub served: bool,
    /// Its columns in the CRD's order; without any the server shows AGE only.
    pub columns: Vec<PrinterColumn>,
}

#[derive(serde::Deserialize)]
struct Crd<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    spec: Spec<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Spec<'a> {
    #[serde(borrow)]
    group: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    names: Names<'a>,
    #[serde(deserialize_with = "nullable")]
    versions: Vec<Version<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Names<'a> {
    #[serde(borrow)]
    plural: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Version<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    served: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    additional_printer_columns: Vec<Column<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Column<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    r#type: Str<'a>,
    format: Str<'a>,
    json_path: Str<'a>,
    priority: Option<i32>,
    description: Str<'a>,
}

/// The printer columns of every version of one CustomResourceDefinition
/// (`apiextensions.k8s.io/v1`, JSON). Schemas are skipped in the bytes.
pub fn from_crd(json: &[u8]) -> Result<Vec<CrdVersion>, Skip> {
    let crd: Crd<'_> = serde_json::from_slice(json)?;
    let spec = crd.spec;
    let column = |column: &Column<'_>| PrinterColumn {
        name: column.name.to_string(),
        value_type: column.r#type.to_string(),
        format: column.format.to_string(),
        json_path: column.json_path.to_string(),
        priority: column.priority.unwrap_or(0),
        description: column.description.to_string(),
    };
    let version = |version: &Version<'_>| CrdVersion {
        group: spec.group.to_string(),
        version: version.name.to_string(),
        plural: spec.names.plural.to_string(),
        served: version.served.unwrap_or(false),
        columns: version.additional_printer_columns.iter().map(column).collect(),
    };
    Ok(spec.versions.iter().map(version).collect())
}
