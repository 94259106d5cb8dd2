#![allow(clippy::unwrap_used)]

use super::*;
use crate::kinds::{Pool, RowBuilder};
use proptest::prelude::*;

const ALL: [&AppKind; 10] = [
    &KUSTOMIZATION,
    &HELM_RELEASE,
    &RESOURCE_SET,
    &FLUX_INSTANCE,
    &GIT_REPOSITORY,
    &OCI_REPOSITORY,
    &HELM_REPOSITORY,
    &HELM_CHART_KIND,
    &BUCKET,
    &EXTERNAL_ARTIFACT,
];

/// JSON of the fields that the decoder knows, with values of every sort in them.
fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
    ];
    let names = [
        "metadata",
        "spec",
        "status",
        "conditions",
        "name",
        "namespace",
        "kind",
        "suspend",
        "chart",
        "sourceRef",
        "dependsOn",
        "history",
        "inventory",
        "entries",
        "artifact",
        "revision",
        "labels",
        "annotations",
        "ref",
        "kubeConfig",
        "generation",
        "type",
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            prop::collection::vec((prop::sample::select(names.to_vec()), inner), 0..6).prop_map(
                |pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            ),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_server_sends_is_a_whole_row_or_a_skip(value in values(), name in "[a-z]{1,9}") {
        let mut object = value;
        if let Some(map) = object.as_object_mut() {
            map.insert("metadata".into(), serde_json::json!({"name": name}));
        }
        for kind in ALL {
            let mut pool = Pool::default();
            let mut row = RowBuilder::new(&mut pool);
            if (kind.project)(object.to_string().as_bytes(), &mut row).is_ok() {
                let cells = if kind.group == SOURCE { SOURCE_CELLS } else { APPLIER_CELLS };
                prop_assert_eq!(row.cells(), cells);
            }
        }
    }
}

#[test]
fn fields_that_are_not_there_are_empty_cells() {
    for kind in ALL {
        let mut pool = Pool::default();
        let mut row = RowBuilder::new(&mut pool);
        assert!((kind.project)(br#"{"metadata":{"name":"a"}}"#, &mut row).unwrap());
        let row = row.finish();
        assert_eq!(row.cells[READY], crate::model::Cell::Empty, "{}", kind.plural);
    }
}
