//! What Helm keeps of its releases: a Secret or a ConfigMap for each revision, with labels that tell
//! which (`newSecretsObject` in Helm's `pkg/storage/driver/secrets.go`). Only metadata is read here:
//! what was deployed is in the data, which may hold passwords.

use super::AppKind;
use crate::kinds::de::{Meta, Pairs, Str, nullable};
use crate::kinds::{RowBuilder, Skip};
use crate::model::{Cell, Tone};
use serde_json::value::RawValue;

/// Cell with the name of the release.
pub const RELEASE: usize = 0;
/// Cell with the number of the revision.
pub const REVISION: usize = 1;
/// Cell with Helm's own word for how it went: `deployed`, `superseded`, `pending-upgrade`.
pub const STATUS: usize = 2;
/// Cell with the moment since when it is so: the record was written last then; empty where it does
/// not tell.
pub const WRITTEN: usize = 3;

/// What the name of every record begins with.
const PREFIX: &str = "sh.helm.release.v1.";

pub(super) static SECRETS: AppKind = AppKind { group: "", plural: "secrets", project };
pub(super) static CONFIG_MAPS: AppKind = AppKind { group: "", plural: "configmaps", project };

#[derive(serde::Deserialize)]
struct Facts<'a> {
    /// Read twice: for what all objects have, and for its labels.
    #[serde(borrow)]
    metadata: &'a RawValue,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Labelled<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    labels: Pairs<'a, Str<'a>>,
}

/// Release and revision in the name of a record: `sh.helm.release.v1.web.v12`.
pub fn named(record: &str) -> Option<(&str, u32)> {
    let (release, revision) = record.strip_prefix(PREFIX)?.rsplit_once(".v")?;
    Some((release, revision.parse().ok()?)).filter(|(release, _)| !release.is_empty())
}

/// The name of the record of a revision.
pub fn record(release: &str, revision: u32) -> String {
    format!("{PREFIX}{release}.v{revision}")
}

fn project(json: &[u8], row: &mut RowBuilder<'_>) -> Result<bool, Skip> {
    let facts: Facts<'_> = serde_json::from_slice(json)?;
    let meta: Meta<'_> = serde_json::from_str(facts.metadata.get())?;
    let Labelled { labels } = serde_json::from_str(facts.metadata.get())?;
    let label = |name: &str| labels.get(name).map_or("", |value| value);
    // Other programs label things so too; the name of a record is made from what is in it.
    let Some((release, revision)) = named(&meta.name) else { return Ok(false) };
    if label("owner") != "helm" {
        return Ok(false);
    }
    row.meta(&meta);
    row.text(release, Tone::Plain);
    row.int(i64::from(revision));
    row.text(label("status"), Tone::Plain);
    let moment = |name: &str| label(name).parse::<i64>().ok().filter(|at| *at > 0);
    row.cell(match moment("modifiedAt").or_else(|| moment("createdAt")) {
        Some(at) => Cell::Since(at),
        None => Cell::Empty,
    });
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::kinds::Pool;
    use crate::model::Row;

    fn read(json: &str) -> Option<Row> {
        let mut pool = Pool::default();
        let mut row = RowBuilder::new(&mut pool);
        project(json.as_bytes(), &mut row).unwrap().then(|| row.finish())
    }

    #[test]
    fn a_record_tells_its_release_by_metadata_alone() {
        let row = read(
            r#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{
            "name":"sh.helm.release.v1.web.v2.v12","namespace":"shop","uid":"u","creationTimestamp":"2026-01-02T03:04:05Z",
            "labels":{"owner":"helm","name":"web.v2","status":"superseded","version":"12","createdAt":"1700000000","modifiedAt":"1700000060"}}}"#,
        )
        .unwrap();
        assert_eq!(row.key.namespace, "shop");
        assert_eq!(row.cells[RELEASE], Cell::Text("web.v2".into(), Tone::Plain));
        assert_eq!(row.cells[REVISION], Cell::Int(12));
        assert_eq!(row.cells[STATUS], Cell::Text("superseded".into(), Tone::Plain));
        assert_eq!(row.cells[WRITTEN], Cell::Since(1_700_000_060));
        assert_eq!(record("web.v2", 12), "sh.helm.release.v1.web.v2.v12");
    }

    #[test]
    fn what_only_looks_like_a_record_says_nothing() {
        for (name, labels) in [
            ("sh.helm.release.v1.web.v1", r#"{"owner":"me"}"#),
            ("sh.helm.release.v1.web", r#"{"owner":"helm"}"#),
            ("sh.helm.release.v1..v1", r#"{"owner":"helm"}"#),
            ("sh.helm.release.v1.web.vx", r#"{"owner":"helm"}"#),
            ("web", r#"{"owner":"helm"}"#),
            ("sh.helm.release.v1.web.v1", "null"),
        ] {
            let json = format!(r#"{{"metadata":{{"name":"{name}","labels":{labels}}}}}"#);
            assert!(read(&json).is_none(), "{json}");
        }
        let bare = r#"{"metadata":{"name":"sh.helm.release.v1.web.v1","labels":{"owner":"helm","modifiedAt":"soon"}}}"#;
        assert_eq!(read(bare).unwrap().cells[WRITTEN], Cell::Empty);
    }
}
