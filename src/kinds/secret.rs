//! Secret. Its values are skipped in the bytes: no part of the program below the reveal action ever
//! holds one. Annotations are not read either, since `last-applied-configuration` repeats the values.

use super::count::KeyCount;
use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "secrets",
    kind: "Secret",
    namespaced: true,
    columns: &[
        ColumnSpec::text("TYPE").drop(3),
        ColumnSpec::number("DATA").drop(2),
        ColumnSpec::age(),
        ColumnSpec::text("IMMUTABLE").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::SECRET)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    r#type: Str<'a>,
    data: KeyCount,
    immutable: Option<bool>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    row.text(&facts.r#type, Tone::Plain);
    row.int(i64::from(facts.data.0));
    row.text(if facts.immutable == Some(true) { "true" } else { "" }, Tone::Plain);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::kinds::build::Pool;

    #[test]
    fn no_value_reaches_the_row() {
        let json = br#"{"metadata":{"name":"db","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"password\":\"aHVudGVyMg==\"}}"}},
            "type":"Opaque","data":{"password":"aHVudGVyMg==","user":"cm9vdA=="}}"#;
        let mut pool = Pool::default();
        let mut row = RowBuilder::new(&mut pool);
        project(Object::Json(json), &mut row).unwrap();
        let shown = format!("{:?}", row.finish());
        assert!(shown.contains("Int(2)"), "{shown}");
        assert!(!shown.contains("aHVudGVyMg") && !shown.contains("cm9vdA"), "{shown}");
    }

    #[test]
    fn a_secret_of_a_wrong_shape_is_skipped_without_quoting_it() {
        let mut pool = Pool::default();
        let mut row = RowBuilder::new(&mut pool);
        let Skip(why) =
            project(Object::Json(br#"{"metadata":{"name":"db"},"data":"aHVudGVyMg=="}"#), &mut row)
                .unwrap_err();
        assert!(why.contains("not an object") && !why.contains("aHVudGVyMg"), "{why}");
    }
}
