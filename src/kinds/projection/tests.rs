#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::kinds::UserColumnKind;
use crate::model::{Gvr, Tone};
use proptest::prelude::*;

fn resource(group: &str, plural: &str) -> Resource {
    Resource {
        gvr: Gvr::new(group, "v1", plural),
        kind: plural.into(),
        singular: "".into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: Vec::new(),
        subresources: Vec::new(),
        preferred: true,
    }
}

fn all() -> Vec<Projection> {
    let user = [UserColumn::new("x", "..name", UserColumnKind::Text, false).unwrap()];
    vec![
        Projection::new(&resource("", "pods"), Facet::Row, &[], &user).0,
        Projection::new(&resource("", "pods"), Facet::Containers, &[], &user).0,
        Projection::new(&resource("x.io", "things"), Facet::Row, &[], &[]).0,
        Projection::new(&resource("x.io", "things"), Facet::Row, &[], &user).0,
    ]
}

fn rows(projection: &Projection, json: &str) -> Result<Vec<Row>, Skip> {
    let mut out = Vec::new();
    projection.rows(json.as_bytes(), &mut Pool::default(), &mut out).map(|()| out)
}

#[test]
fn a_persons_columns_join_a_kind_that_has_its_own() {
    let user =
        [UserColumn::new("team", ".metadata.labels.team", UserColumnKind::Text, false).unwrap()];
    let (projection, warnings) = Projection::new(&resource("", "pods"), Facet::Row, &[], &user);
    assert!(warnings.is_empty());
    let row = rows(&projection, r#"{"metadata":{"name":"p","labels":{"team":"red"}}}"#)
        .unwrap()
        .remove(0);
    let schema = projection.schema();
    let column = schema.columns.last().unwrap();
    assert_eq!(column.title, "TEAM");
    assert_eq!(schema.cell(column, &row, None), Cell::Text("red".into(), Tone::Plain));
}

#[test]
fn a_skipped_object_is_named() {
    for projection in all() {
        let skip = rows(&projection, r#"{"metadata":{"namespace":"shop"}}"#).unwrap_err();
        assert!(skip.0.contains("no metadata.name"), "{skip:?}");
        let skip = rows(&projection, r#"{"metadata":{"name":"a"#).unwrap_err();
        assert!(skip.0.contains("column") && skip.0.contains("22 bytes"), "{skip:?}");
    }
    let pods = &all()[1];
    let skip =
        rows(pods, r#"{"metadata":{"namespace":"shop","name":"web"},"spec":{"containers":5}}"#);
    assert!(skip.clone().unwrap_err().0.starts_with("shop/web: "), "{skip:?}");
}

#[test]
fn nulls_are_nothing_and_odd_types_no_panic() {
    for projection in all() {
        for json in [
            r#"{"metadata":null,"spec":null,"status":null}"#,
            "null",
            "[]",
            "5",
            r#""text""#,
            "",
            r#"{"metadata":{"name":5}}"#,
            r#"{"metadata":[]}"#,
        ] {
            assert!(rows(&projection, json).is_err(), "{json}");
        }
        let nulls = r#"{"metadata":{"name":"x","namespace":null,"uid":null,"creationTimestamp":null,"labels":null,"ownerReferences":null,"generation":null},"spec":null,"status":null}"#;
        for row in rows(&projection, nulls).unwrap() {
            assert_eq!((&*row.key.name, row.created), ("x", 0));
        }
    }
}

#[test]
fn long_names_are_cut_and_great_objects_read() {
    let name = "é".repeat(10_000);
    let filler = format!(r#"{{"k":"{}"}}"#, "v".repeat(900));
    let big = vec![filler; 1_700].join(",");
    let json = format!(r#"{{"spec":{{"big":[{big}]}},"metadata":{{"name":"{name}"}}}}"#);
    assert!(json.len() > 1_500_000);
    for (i, projection) in all().iter().enumerate() {
        let rows = rows(projection, &json).unwrap();
        // A pod without containers has no container rows.
        assert_eq!(rows.len(), usize::from(i != 1));
        for row in rows {
            assert!(row.key.name.len() <= crate::kinds::build::MAX_CELL_BYTES);
            assert!(name.starts_with(&*row.key.name), "cut between characters");
        }
    }
}

#[test]
fn nesting_without_end_neither_overflows_nor_hides_what_is_beside_it() {
    let deep = "[".repeat(50_000) + &"]".repeat(50_000);
    let json = format!(r#"{{"metadata":{{"name":"x","annotations":{deep}}},"other":{deep}}}"#);
    let plain = &all()[2];
    assert_eq!(&*rows(plain, &json).unwrap()[0].key.name, "x");
    let wanting_all = &all()[3];
    let skip = rows(wanting_all, &json).unwrap_err();
    assert!(skip.0.starts_with("x: ") && skip.0.contains("recursion"), "{skip:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_rows_or_skips(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for projection in all() {
            let mut out = Vec::new();
            if projection.rows(bytes.as_slice(), &mut Pool::default(), &mut out).is_err() {
                prop_assert!(out.is_empty());
            }
        }
    }

    #[test]
    fn cut_objects_are_skips(cut in 0_usize..300) {
        let json = r#"{"metadata":{"name":"web","namespace":"shop","uid":"2f5f0c4e-0d9a-4b57-9d3c-4b1d1a8f7c11"},"spec":{"secretRef":{"name":"s"},"containers":[{"name":"a","image":"b"}]},"status":{"conditions":[{"type":"Ready","status":"True"}]}}"#;
        let cut = cut.min(json.len() - 1);
        for projection in all() {
            prop_assert!(rows(&projection, &json[..cut]).is_err());
        }
    }
}
