//! Generic rows against the API server's own tables, recorded in `tests/fixtures/generic`: each file
//! holds a CRD, its objects as a real server (1.36) stored them, and that server's `as=Table` of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::kinds::build::Pool;
use crate::kinds::printer_columns::from_crd;
use crate::kinds::{PrinterColumn, Projection, UserColumn, UserColumnKind};
use crate::model::{
    Cell, Column, ColumnSource, Facet, Gvr, Health, Link, Resource, Row, Schema, Tone,
};
use serde_json::{Value, json};

const FILES: [&str; 5] = ["dates", "numbers", "arrays", "filters", "names"];

pub(in crate::kinds) fn resource(gvr: Gvr, kind: &str, namespaced: bool) -> Resource {
    Resource {
        gvr,
        kind: kind.into(),
        singular: "".into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced,
        verbs: Vec::new(),
        subresources: Vec::new(),
        preferred: true,
    }
}

fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/generic/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).expect(&path)).expect(&path)
}

fn projection(file: &Value) -> (Projection, Vec<String>) {
    let versions = from_crd(file["crd"].to_string().as_bytes()).unwrap();
    let version = &versions[0];
    let gvr = Gvr::new(&*version.group, &*version.version, &*version.plural);
    let namespaced = file["crd"]["spec"]["scope"] == "Namespaced";
    let kind = file["crd"]["spec"]["names"]["kind"].as_str().unwrap();
    Projection::new(&resource(gvr, kind, namespaced), Facet::Row, &version.columns, &[])
}

fn row(projection: &Projection, object: &Value) -> Row {
    let mut rows = Vec::new();
    projection.rows(object.to_string().as_bytes(), &mut Pool::default(), &mut rows).unwrap();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// The server's cell as text; None where it is empty.
fn theirs(cell: &Value) -> Option<String> {
    match cell {
        Value::Null => None,
        Value::String(s) if s.is_empty() => None,
        Value::String(s) => Some(s.clone()),
        // Whole numbers are whole in Go's JSON, others print as they are.
        Value::Number(n) if n.is_f64() => {
            Some(crate::text::jsonpath::Node::Float(n.as_f64().unwrap()).go_text().into_owned())
        }
        other => Some(other.to_string()),
    }
}

fn looks_like_age(text: &str) -> bool {
    text == "<invalid>"
        || text.starts_with(|c: char| c.is_ascii_digit())
            && text.ends_with(['s', 'm', 'h', 'd', 'y'])
}

/// Sanitising makes what a terminal would obey visible; the comparison allows for that.
fn same_text(ours: &str, theirs: &str) -> bool {
    crate::text::sanitise::clean(theirs) == ours
}

fn compare(schema: &Schema, column: &Column, row: &Row, theirs: Option<&str>) {
    let ours = schema.cell(column, row, None);
    let what = format!(
        "{} {} of {}: ours {ours:?}, the server's {theirs:?}",
        schema.kind, column.title, row.key.name
    );
    match (&ours, theirs) {
        (Cell::Empty, None) => {}
        // Its age moves on; the moment itself is checked by the dates' own test.
        (Cell::Since(_), Some(age)) => assert!(looks_like_age(age), "{what}"),
        (Cell::Int(n), Some(text)) => assert_eq!(n.to_string(), text, "{what}"),
        (Cell::Text(text, _), Some(theirs)) => assert!(same_text(text, theirs), "{what}"),
        _ => panic!("{what}"),
    }
}

#[test]
fn rows_say_what_the_api_server_says() {
    let mut compared = 0;
    for name in FILES {
        let file = fixture(name);
        let (projection, _) = projection(&file);
        let schema = projection.schema();
        let server: Vec<_> = schema
            .columns
            .iter()
            .filter(|column| column.server && column.source != ColumnSource::Namespace)
            .collect();
        let table = &file["table"];
        let titles: Vec<_> = table["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["name"].as_str().unwrap().to_uppercase())
            .collect();
        assert_eq!(
            server.iter().map(|c| c.title.to_string()).collect::<Vec<_>>(),
            titles,
            "{name}"
        );
        let wide: Vec<_> = table["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["priority"].as_i64().unwrap() > 0)
            .collect();
        assert_eq!(server.iter().map(|c| c.wide).collect::<Vec<_>>(), wide, "{name}");
        for (object, theirs_row) in
            file["items"].as_array().unwrap().iter().zip(table["rows"].as_array().unwrap())
        {
            let row = row(&projection, object);
            assert_eq!(&*row.key.name, theirs_row["name"].as_str().unwrap());
            for (column, cell) in server.iter().zip(theirs_row["cells"].as_array().unwrap()) {
                compare(&schema, column, &row, theirs(cell).as_deref());
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "{compared} cells compared");
}

#[test]
fn a_path_the_server_cannot_read_stays_empty_and_the_next_ones_work() {
    let file = fixture("names");
    let (projection, warnings) = projection(&file);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("BROKEN") && warnings[0].contains("at byte"), "{warnings:?}");
    let schema = projection.schema();
    let full =
        file["items"].as_array().unwrap().iter().find(|item| item["metadata"]["name"] == "full");
    let row = row(&projection, full.unwrap());
    let cell = |title: &str| schema.cell(&schema.columns[schema.find(title).unwrap()], &row, None);
    assert_eq!(cell("BROKEN"), Cell::Empty);
    assert_eq!(cell("AFTER"), Cell::Text("ex".into(), Tone::Plain));
    assert!(!schema.columns[schema.find("AFTER").unwrap()].server, "the server stops there");
}

fn thing(columns: &[PrinterColumn], user: &[UserColumn]) -> Projection {
    let gvr = Gvr::new("things.example.com", "v1", "things");
    Projection::new(&resource(gvr, "Thing", true), Facet::Row, columns, user).0
}

fn judged(body: Value) -> (Health, String) {
    let projection = thing(&[], &[]);
    let mut object = json!({"metadata": {"name": "x", "namespace": "n", "generation": 2}});
    for (key, value) in body.as_object().unwrap() {
        if key == "metadata" {
            for (key, value) in value.as_object().unwrap() {
                object["metadata"][key] = value.clone();
            }
        } else {
            object[key] = value.clone();
        }
    }
    let row = row(&projection, &object);
    let status = match &row.cells[0] {
        Cell::Text(text, _) => text.to_string(),
        _ => String::new(),
    };
    (row.health, status)
}

#[test]
fn health_is_what_controllers_say_in_their_several_ways() {
    let ready = |status: &str, reason: &str| json!({"status": {"conditions": [{"type": "Ready", "status": status, "reason": reason}]}});
    let table = [
        (json!({}), Health::None, ""),
        (ready("True", "Succeeded"), Health::Healthy, "Ready"),
        (ready("False", "BuildFailed"), Health::Degraded, "NotReady: BuildFailed"),
        (ready("False", "DependencyNotReady"), Health::Progressing, "NotReady: DependencyNotReady"),
        (ready("Unknown", "Progressing"), Health::Progressing, "Ready unknown: Progressing"),
        // Flux: reconciling and stalled speak louder than ready.
        (
            json!({"status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Reconciling", "status": "True", "reason": "NewRevision"}]}}),
            Health::Progressing,
            "Reconciling: NewRevision",
        ),
        (
            json!({"status": {"conditions": [{"type": "Ready", "status": "False"}, {"type": "Stalled", "status": "True", "reason": "BadPath"}]}}),
            Health::Degraded,
            "Stalled: BadPath",
        ),
        (
            json!({"spec": {"suspend": true}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}),
            Health::Suspended,
            "Suspended",
        ),
        // Crossplane: synced is a verdict of its own.
        (
            json!({"status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Synced", "status": "False", "reason": "ReconcileError"}]}}),
            Health::Degraded,
            "NotSynced: ReconcileError",
        ),
        // kstatus: a status about an older spec is no verdict on this one.
        (
            json!({"status": {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]}}),
            Health::Progressing,
            "Progressing: NewSpecNotSeenYet",
        ),
        (
            json!({"status": {"conditions": [{"type": "Ready", "status": "True", "observedGeneration": 1}]}}),
            Health::Progressing,
            "Progressing: NewSpecNotSeenYet",
        ),
        (
            json!({"status": {"observedGeneration": 2, "conditions": [{"type": "Ready", "status": "True"}]}}),
            Health::Healthy,
            "Ready",
        ),
        // Argo.
        (
            json!({"status": {"health": {"status": "Degraded"}, "phase": "Healthy"}}),
            Health::Degraded,
            "Degraded",
        ),
        (json!({"status": {"phase": "Bound"}}), Health::Healthy, "Bound"),
        (json!({"status": {"phase": "Frobnicating"}}), Health::None, "Frobnicating"),
        (json!({"status": {"state": "error"}}), Health::Degraded, "error"),
        // cert-manager.
        (
            json!({"status": {"conditions": [{"type": "Issuing", "status": "True", "reason": "Renewing"}, {"type": "Ready", "status": "True"}]}}),
            Health::Progressing,
            "Issuing: Renewing",
        ),
        (
            json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Bound"}}),
            Health::Progressing,
            "Terminating",
        ),
        // Nonsense is no verdict.
        (json!({"status": {"conditions": "Ready"}}), Health::None, ""),
        (json!({"status": {"conditions": [null, 5, {"type": 7}]}}), Health::None, ""),
        (json!({"status": null}), Health::None, ""),
    ];
    for (body, health, status) in table {
        assert_eq!(judged(body.clone()), (health, status.to_owned()), "{body}");
    }
}

#[test]
fn a_status_column_of_ours_appears_only_where_the_crd_shows_none() {
    let titles = |columns: &[PrinterColumn]| -> Vec<String> {
        thing(columns, &[]).schema().columns.iter().map(|c| c.title.to_string()).collect()
    };
    let column = |name: &str, path: &str| PrinterColumn {
        name: name.to_owned(),
        value_type: "string".to_owned(),
        json_path: path.to_owned(),
        ..PrinterColumn::default()
    };
    assert_eq!(titles(&[]), ["NAMESPACE", "NAME", "STATUS", "AGE"]);
    assert_eq!(
        titles(&[column("Size", ".spec.size")]),
        ["NAMESPACE", "NAME", "SIZE", "STATUS", "AGE"]
    );
    assert_eq!(titles(&[column("Ready", ".status.r")]), ["NAMESPACE", "NAME", "READY", "AGE"]);
    assert_eq!(
        titles(&[column("Ok?", r#".status.conditions[?(@.type=="Ready")].status"#)]),
        ["NAMESPACE", "NAME", "OK?", "AGE"]
    );
}

#[test]
fn reference_fields_lead_elsewhere() {
    let projection = thing(&[], &[]);
    let row = row(
        &projection,
        &json!({
            "metadata": {"name": "x", "namespace": "shop", "ownerReferences": [
                {"apiVersion": "v1", "kind": "Idle", "name": "i"},
                {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d", "controller": true}]},
            "spec": {
                "secretName": "tls",
                "sourceRef": {"kind": "GitRepository", "name": "infra", "namespace": "flux-system", "apiVersion": "source.toolkit.fluxcd.io/v1"},
                "issuerRef": {"name": "letsencrypt", "kind": "ClusterIssuer"},
                "nested": [{"passwordSecretRef": {"name": "db", "key": "p"}}, {"passwordSecretRef": {"name": "db", "key": "other"}}],
                "parentRefs": [{"name": "gw", "namespace": "infra"}],
                "classRef": "fast",
                "ref": {"name": "nameless-kind"},
                "brokenRef": 5
            }
        }),
    );
    let links: Vec<String> = row
        .links
        .iter()
        .map(|link| match link {
            Link::Owner { kind, name, .. } => format!("owner {kind}/{name}"),
            Link::Ref { field, group, kind, namespace, name } => {
                format!("{field} {kind}.{group} {namespace}/{name}")
            }
            other => panic!("a table has no use for {other:?}"),
        })
        .collect();
    assert_eq!(
        links,
        [
            "owner Deployment/d",
            "owner Idle/i",
            "spec.secretName Secret. shop/tls",
            "spec.sourceRef GitRepository.source.toolkit.fluxcd.io flux-system/infra",
            "spec.issuerRef ClusterIssuer.cert-manager.io /letsencrypt",
            "spec.nested.passwordSecretRef Secret. shop/db",
            "spec.parentRefs Gateway.gateway.networking.k8s.io infra/gw",
            "spec.classRef Class.things.example.com shop/fast",
        ]
    );
}

#[test]
fn links_are_capped() {
    let refs: Vec<_> = (0..50).map(|i| json!({"secretRef": {"name": format!("s{i}")}})).collect();
    let row = row(&thing(&[], &[]), &json!({"metadata": {"name": "x"}, "spec": {"all": refs}}));
    assert_eq!(row.links.iter().count(), 8);
}

#[test]
fn a_persons_columns_come_last_and_read_quoted_keys_whole() {
    let user = [
        UserColumn::new("tier", ".metadata.labels['shop.io/tier']", UserColumnKind::Text, false)
            .unwrap(),
        UserColumn::new("size", ".metadata.annotations.size", UserColumnKind::Number, true)
            .unwrap(),
        UserColumn::new("seen", ".status.seen", UserColumnKind::Date, false).unwrap(),
    ];
    let projection = thing(&[], &user);
    let row = row(
        &projection,
        &json!({
            "metadata": {"name": "x", "labels": {"shop.io/tier": "gold"}, "annotations": {"size": "12"}},
            "status": {"seen": "2026-01-01T00:00:00Z"}
        }),
    );
    assert_eq!(
        *row.cells,
        [
            Cell::Empty,
            Cell::Text("gold".into(), Tone::Plain),
            Cell::Int(12),
            Cell::Since(1_767_225_600)
        ]
    );
    let schema = projection.schema();
    let last: Vec<_> =
        schema.columns.iter().rev().take(3).map(|c| (c.title.as_str(), c.wide, c.server)).collect();
    assert_eq!(last, [("SEEN", false, false), ("SIZE", true, false), ("TIER", false, false)]);
}

#[test]
fn a_declared_title_is_safe_to_draw_and_short_and_so_is_the_complaint_about_its_path() {
    let declared = |name: &str, path: &str| PrinterColumn {
        name: name.into(),
        value_type: "string".into(),
        json_path: path.into(),
        ..PrinterColumn::default()
    };
    let gvr = Gvr::new("evil.io", "v1", "evils");
    let columns = [
        declared("\u{1b}]0;owned\u{7}\u{202e}\u{9b}2J\r\n", ".spec.a"),
        declared(&"n".repeat(10_000), &format!("\u{1b}[2J{}", "[".repeat(10_000))),
    ];
    let (projection, warnings) =
        Projection::new(&resource(gvr, "Evil", true), Facet::Row, &columns, &[]);
    let schema = projection.schema();
    let titles: Vec<&str> = schema.columns.iter().map(|column| column.title.as_str()).collect();
    assert!(titles.contains(&"␛]0;OWNED␇‹202E›‹009B›2J␍␊"), "{titles:?}");
    assert!(titles.iter().all(|title| title.chars().count() <= 61), "{titles:?}");
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].chars().count() < 400 && !warnings[0].contains(char::is_control));
}
