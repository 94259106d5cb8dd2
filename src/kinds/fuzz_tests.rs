//! Objects as no API server would write them, through every kind's projection, in both forms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::build::{Pool, timestamp};
use super::proto::encode::{encode, envelope};
use super::proto::{Envelope, Message, Reader, from_slice};
use super::tests::{objects, stem};
use super::{
    KindSpec, Object, PrinterColumn, Projection, RowBuilder, SPECS, UserColumn, UserColumnKind,
};
use super::{builtin, printer_columns};
use crate::fuzz::{Shape, Target, is_safe, of_input, text};
use crate::model::{Cell, Facet, Gvr, Resource, Row, Schema};
use serde_json::Value;

const NOW: i64 = 1_767_225_600;

fn row(spec: &KindSpec, object: Object<'_>) -> Result<Row, String> {
    let mut pool = Pool::default();
    let mut row = RowBuilder::new(&mut pool);
    (spec.project)(object, &mut row)?;
    Ok(row.finish())
}

/// What a table would show of it is harmless and bounded.
fn sound(schema: &Schema, row: &Row, input: &[u8]) {
    let mut held = 0;
    for column in &schema.columns {
        let text = schema.cell(column, row, None).text(NOW);
        assert!(is_safe(&text, &[]), "{}: {text:?}", column.title);
        assert!(text.len() <= 24 * 1024, "{} has {} bytes", column.title, text.len());
        held += text.len();
    }
    assert!(is_safe(&row.key.name, &[]) && is_safe(&row.key.namespace, &[]), "{:?}", row.key);
    // Cells repeat what stands in the object, some of it with a mark for each character.
    assert!(
        held <= 16 * input.len() + 64 * schema.columns.len() + 1024,
        "{held} of {}",
        input.len()
    );
}

/// Kinds that have a protobuf message.
fn messages() -> Vec<(&'static KindSpec, &'static Message)> {
    SPECS.iter().filter_map(|spec| Some((*spec, spec.proto?.1))).collect()
}

#[test]
fn fuzz_protobuf_objects() {
    let kinds = messages();
    let mut seeds = Vec::new();
    for (at, (spec, message)) in kinds.iter().enumerate() {
        for object in objects(&stem(spec)) {
            let value: Value = serde_json::from_str(object.get()).unwrap();
            if let Some(bytes) = encode(message, &value) {
                // The number of the kind, as a field that no message has.
                let mut seed = vec![0xf8, 0x3f, u8::try_from(at).unwrap()];
                seed.extend(bytes);
                seeds.push(seed);
            }
        }
    }
    let words = ["Running", "2Gi", "100m", "80%", "k8s\0", "True", "app", "\u{1b}[2J"];
    let target = Target::new("protobuf-objects", Shape::Protobuf).seeds(seeds).words(&words);
    target.quick(2500).run(|input| {
        let (head, bytes) = input.split_at(input.len().min(3));
        let number = head.get(2).copied().unwrap_or_default();
        let (spec, message) = kinds[usize::from(number) % kinds.len()];
        let by_protobuf = row(spec, Object::Protobuf(message, bytes));
        if let Ok(row) = &by_protobuf {
            sound(&spec.schema(), row, bytes);
        }
        // What can be read as a whole is the same object in JSON, and so the same row.
        let Ok(whole) = from_slice::<Value>(message, bytes) else { return };
        let json = whole.to_string();
        assert!(json.len() <= 64 + 40 * bytes.len(), "{} of {}", json.len(), bytes.len());
        let by_json = row(spec, Object::Json(json.as_bytes()));
        // A field that comes twice is refused in both forms, but a tree holds it once.
        if by_protobuf.as_ref().is_err_and(|why| why.contains("duplicate field")) {
            return;
        }
        assert_eq!(by_protobuf.is_ok(), by_json.is_ok(), "{by_protobuf:?}\n{by_json:?}\n{json}");
        let (Ok(by_protobuf), Ok(by_json)) = (by_protobuf, by_json) else { return };
        // A key that comes twice in a map counts twice, which no server sends: written anew it is gone.
        let Some(anew) = encode(message, &whole) else { return };
        assert_eq!(row(spec, Object::Protobuf(message, &anew)).as_ref(), Ok(&by_json), "{json}");
        assert!(by_protobuf == by_json || anew.len() < bytes.len(), "{by_protobuf:?}\n{by_json:?}");
    });
}

#[test]
fn fuzz_envelope() {
    let pod = envelope("v1", "Pod", b"\x0a\x05\x0a\x03abc");
    let seeds = [pod.clone(), pod[..9].to_vec(), envelope("", "", b""), b"k8s\0".to_vec()];
    Target::new("envelope", Shape::Protobuf).seeds(seeds).longest(300).quick(2000).run(|input| {
        if let Ok(opened) = Envelope::open(input) {
            assert!(opened.raw.len() + opened.kind.len() <= input.len());
        }
        let mut reader = Reader::new(input);
        let mut fields = 0;
        while let Ok(Some(_)) = reader.field() {
            fields += 1;
        }
        assert!(fields <= input.len() / 2, "{fields} of {}", input.len());
    });
}

/// Every kind's fixtures, as seeds: the kind's number in the first line, then the object.
fn json_seeds() -> Vec<String> {
    let mut seeds = Vec::new();
    for (at, spec) in SPECS.iter().enumerate() {
        seeds.extend(objects(&stem(spec)).iter().map(|object| format!("{at}\n{}", object.get())));
    }
    seeds
}

/// The number in the first line, and the rest.
fn numbered(input: &[u8]) -> (usize, &[u8]) {
    let end = memchr::memchr(b'\n', input).filter(|end| *end <= 4).unwrap_or(0);
    let (head, rest) = input.split_at(end);
    let number = text(head).parse().unwrap_or(0);
    (number, rest.trim_ascii_start())
}

#[test]
fn fuzz_json_objects() {
    let words = [
        "metadata",
        "creationTimestamp",
        "name",
        "namespace",
        "ownerReferences",
        "labels",
        "annotations",
        "spec",
        "status",
        "conditions",
        "type",
        "True",
        "containers",
        "replicas",
        "\u{202e}",
        "2026-01-01T00:00:00Z",
    ];
    let target = Target::new("json-objects", Shape::Text).seeds(json_seeds()).words(&words);
    target.longest(6000).quick(1200).run(|input| {
        let (number, input) = numbered(input);
        let spec = SPECS[number % SPECS.len()];
        // The mutator's documents have the number before them: damage the document itself, too.
        let mut random = of_input(input);
        let json = match serde_json::from_slice::<Value>(input) {
            Ok(mut value) => {
                damage(&mut value, &mut random);
                value.to_string().into_bytes()
            }
            Err(_) => input.to_vec(),
        };
        let by_json = row(spec, Object::Json(&json));
        if let Ok(row) = &by_json {
            sound(&spec.schema(), row, &json);
        }
        // What an API server could hold, it could send as protobuf.
        let Some((_, message)) = spec.proto else { return };
        let Ok(value) = serde_json::from_slice::<Value>(&json) else { return };
        let Some(bytes) = encode(message, &value) else { return };
        if let Ok(by_json) = by_json
            && from_slice::<Value>(message, &bytes).is_ok_and(|read| holds(&read, &value))
        {
            assert_eq!(row(spec, Object::Protobuf(message, &bytes)), Ok(by_json), "{value}");
        }
    });
}

/// Whether `whole` says what the protobuf says: nothing got lost that JSON can say and protobuf cannot.
fn holds(read: &Value, whole: &Value) -> bool {
    match (read, whole) {
        (Value::Object(read), Value::Object(whole)) => {
            whole.iter().all(|(key, value)| match read.get(key) {
                Some(read) => holds(read, value),
                None => false,
            }) && read.iter().all(|(key, value)| whole.contains_key(key) || value.is_null())
        }
        (Value::Array(read), Value::Array(whole)) => {
            read.len() == whole.len() && read.iter().zip(whole).all(|(r, w)| holds(r, w))
        }
        (read, whole) => read == whole,
    }
}

/// Changes some values of the object for others of the same or another type.
fn damage(value: &mut Value, random: &mut crate::fuzz::Random) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| damage(value, random)),
        Value::Array(list) => list.iter_mut().for_each(|value| damage(value, random)),
        leaf if random.one_in(40) => {
            *leaf = match random.below(9) {
                0 => Value::Null,
                1 => "".into(),
                2 => i64::MAX.into(),
                3 => (-1).into(),
                4 => "2026-13-01T00:00:00Z".into(),
                5 => "\u{202e}\u{1b}[2J".into(),
                6 => true.into(),
                7 => "9999999999999999999Ei".into(),
                _ => 0.5.into(),
            }
        }
        _ => {}
    }
}

fn resource(group: &str, plural: &str, kind: &str) -> Resource {
    let mut resource = builtin::resources().swap_remove(0);
    resource.gvr = Gvr::new(group, "v1", plural);
    resource.kind = kind.into();
    resource
}

/// All facets: what trees, access, apps and rollouts are made of.
#[test]
fn fuzz_facets() {
    const FACETS: [Facet; 7] = [
        Facet::Row,
        Facet::Managed,
        Facet::Containers,
        Facet::Links,
        Facet::Rules,
        Facet::App,
        Facet::Rollout,
    ];
    let apps = [
        ("argoproj.io", "applications", "Application"),
        ("argoproj.io", "rollouts", "Rollout"),
        ("kustomize.toolkit.fluxcd.io", "kustomizations", "Kustomization"),
        ("helm.toolkit.fluxcd.io", "helmreleases", "HelmRelease"),
        ("example.com", "widgets", "Widget"),
    ];
    let kinds: Vec<(String, String, String)> = SPECS
        .iter()
        .map(|spec| (spec.group.into(), spec.plural.into(), spec.kind.into()))
        .chain(apps.map(|(group, plural, kind)| (group.into(), plural.into(), kind.into())))
        .collect();
    let app = r#"{"kind":"Application","metadata":{"name":"a","namespace":"argocd","annotations":{"argocd.argoproj.io/tracking-id":"a:apps/Deployment:shop/api"}},"spec":{"project":"p","source":{"repoURL":"https://git/x","targetRevision":"main","path":"."},"destination":{"server":"https://kubernetes.default.svc","namespace":"shop"}},"status":{"sync":{"status":"OutOfSync","revision":"abc"},"health":{"status":"Degraded"},"operationState":{"phase":"Failed","startedAt":"2026-01-01T00:00:00Z"},"resources":[{"kind":"Deployment","name":"api","namespace":"shop","group":"apps","status":"Synced"}],"history":[{"id":1,"revision":"abc","deployedAt":"2026-01-01T00:00:00Z"}]}}"#;
    let ks = r#"{"kind":"Kustomization","metadata":{"name":"a","namespace":"flux-system","generation":3},"spec":{"sourceRef":{"kind":"GitRepository","name":"g"},"path":"./x","interval":"10m","suspend":true},"status":{"observedGeneration":2,"lastAppliedRevision":"main@sha1:abc","lastAttemptedRevision":"main@sha1:def","inventory":{"entries":[{"id":"shop_api_apps_Deployment","v":"v1"},{"id":"_x__Namespace","v":"v1"}]},"conditions":[{"type":"Ready","status":"False","reason":"BuildFailed","message":"no","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}"#;
    let mut seeds = json_seeds();
    let first = SPECS.len();
    seeds.extend([0, 1, 4].map(|n| format!("{}\n{app}", first + n)));
    seeds.extend([2, 3, 4].map(|n| format!("{}\n{ks}", first + n)));
    let words = [
        "inventory",
        "entries",
        "id",
        "_",
        ":",
        "/",
        "resources",
        "managedFields",
        "rules",
        "subjects",
        "*",
    ];
    let target = Target::new("facets", Shape::Text).seeds(seeds).words(&words).longest(6000);
    target.quick(500).run(|input| {
        let (number, object) = numbered(input);
        let (group, plural, kind) = &kinds[number % kinds.len()];
        let resource = resource(group, plural, kind);
        for facet in FACETS {
            let (projection, _) = Projection::new(&resource, facet, &[], &[]);
            let (mut pool, mut rows) = (Pool::default(), Vec::new());
            let done = projection.rows(object, &mut pool, &mut rows);
            assert!(done.is_ok() || rows.is_empty(), "{facet:?} leaves rows of what it refuses");
            assert!(rows.len() <= 1 + object.len() / 2);
            if facet.is_of_objects() || facet == Facet::Containers {
                rows.iter().for_each(|row| sound(&projection.schema(), row, object));
            }
        }
    });
}

#[test]
fn fuzz_printer_columns() {
    let crd = r#"{"spec":{"group":"example.com","names":{"plural":"widgets"},"versions":[{"name":"v1","served":true,"additionalPrinterColumns":[{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"},{"name":"Size","type":"integer","jsonPath":".spec.size","priority":1},{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"},{"name":"Cost","type":"number","jsonPath":".spec.cost"},{"name":"On","type":"boolean","jsonPath":".spec.on"}]}]}}
{"metadata":{"name":"w","namespace":"shop","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"size":3,"cost":1.5e3,"on":true},"status":{"conditions":[{"type":"Ready","status":"False"}]}}"#;
    let words = [
        "jsonPath", "type", "integer", "number", "date", "boolean", "string", "[*]", "..", "@",
        "1e400",
    ];
    let target = Target::new("printer-columns", Shape::Text).seeds([crd]).words(&words);
    target.quick(800).run(|input| {
        let (crd, object) = match memchr::memchr(b'\n', input) {
            Some(end) => (&input[..end], &input[end..]),
            None => (crd.as_bytes(), input),
        };
        let Ok(versions) = printer_columns::from_crd(crd) else { return };
        let none = Vec::new();
        let columns: &[PrinterColumn] = versions.first().map_or(&none, |version| &version.columns);
        let own: Vec<UserColumn> = columns
            .iter()
            .filter_map(|column| {
                let kind = [UserColumnKind::Text, UserColumnKind::Number, UserColumnKind::Date];
                let kind = kind[column.name.len() % 3];
                UserColumn::new(column.name.clone(), column.json_path.clone(), kind, false).ok()
            })
            .collect();
        let resource = resource("example.com", "widgets", "Widget");
        let (projection, warnings) = Projection::new(&resource, Facet::Row, columns, &own);
        assert!(warnings.len() <= 2 * columns.len());
        assert!(warnings.iter().all(|said| is_safe(said, &[])), "{warnings:?}");
        let schema = projection.schema();
        assert!(schema.columns.iter().all(|column| is_safe(&column.title, &[])));
        let (mut pool, mut rows) = (Pool::default(), Vec::new());
        if projection.rows(object, &mut pool, &mut rows).is_ok() {
            for row in &rows {
                for column in &schema.columns {
                    let text = schema.cell(column, row, None).text(NOW);
                    assert!(is_safe(&text, &[]) && text.len() <= 24 * 1024, "{text:?}");
                }
            }
        }
    });
}

#[test]
fn fuzz_timestamp() {
    let seeds = [
        "2026-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999+14:00",
        "9999-12-31T23:59:60Z",
        "-009999-01-01T00:00:00Z",
    ];
    let words = ["T", "Z", "+", "-", ":", ".", "24", "60", "[Europe/Berlin]", "00"];
    let target = Target::new("timestamp", Shape::Text).seeds(seeds).words(&words).longest(60);
    target.quick(2000).run(|input| {
        if let Some(at) = timestamp(&text(input)) {
            for cell in [Cell::Since(at), Cell::Until(at), Cell::CountSince(3, at)] {
                assert!(cell.text(NOW).len() <= 40 && cell.text(i64::MIN).len() <= 40);
                assert!(cell.text(i64::MAX).len() <= 40);
            }
        }
    });
}
