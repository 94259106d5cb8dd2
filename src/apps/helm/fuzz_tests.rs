//! Records and manifests of releases as Helm would not write them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::manifest::{items, readable, spans};
use super::release::Release;
use crate::fuzz::{Shape, Target, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write as _;

const RELEASE: &str = r#"{"name":"shop","namespace":"shop","version":3,"info":{"status":"deployed","first_deployed":"2026-01-01T00:00:00Z","last_deployed":"2026-01-02T00:00:00.5+01:00","description":"Upgrade complete","notes":"hi"},"chart":{"metadata":{"name":"shop","version":"1.2.3","appVersion":"4"},"values":{"a":{"b":1}},"templates":[]},"config":{"a":{"b":2,"c":null}},"manifest":"---\n# Source: shop/templates/a.yaml\nkind: Service\napiVersion: v1\nmetadata: {name: a}\n","hooks":[{"name":"h","kind":"Job","manifest":"kind: Job","events":["pre-upgrade"],"last_run":{"phase":"Succeeded"}}]}"#;

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(plain).unwrap();
    gzip.finish().unwrap()
}

/// First byte: how the rest gets into the record. As it is, packed by us, or base64 already.
#[test]
fn fuzz_helm_record() {
    let mut bomb = b"b".to_vec();
    bomb.extend(packed(&vec![b' '; 1 << 20]));
    let mut gzip = b"b".to_vec();
    gzip.extend(packed(RELEASE.as_bytes()));
    let seeds = [format!("j{RELEASE}").into_bytes(), gzip, bomb, b"t!!".to_vec()];
    let words = [
        "info",
        "status",
        "hooks",
        "config",
        "chart",
        "values",
        "version",
        "last_run",
        "events",
        "null",
        "\x1f\u{8b}\x08",
    ];
    let target = Target::new("helm-record", Shape::Json).seeds(seeds).words(&words).longest(3000);
    target.quick(600).run(|input| {
        let (how, rest) = input.split_first().map_or((b'j', input), |(how, rest)| (*how, rest));
        let data = match how {
            b't' => text(rest).into_owned(),
            b'b' => STANDARD.encode(rest),
            _ => STANDARD.encode(packed(rest)),
        };
        for (kind, data) in [("ConfigMap", data.clone()), ("Secret", STANDARD.encode(&data))] {
            let record = json!({"kind": kind, "metadata": {"name": "sh.helm.release.v1.shop.v3"},
                "data": {"release": data}});
            match Release::of(&record) {
                Err(fault) => assert!(!fault.why.is_empty()),
                Ok(release) => {
                    assert!(release.stored <= data.len().max(1));
                    let _ = (release.name(), release.revision(), release.status(), release.notes());
                    let _ = (release.first_deployed(), release.last_deployed(), release.hooks().len());
                    let _ = (release.chart_and_version(), release.given(), release.computed());
                    // What is put back is what was there.
                    let again = json!({"kind": "ConfigMap", "data": {"release": release.packed().unwrap()}});
                    let mut again = Release::of(&again).unwrap();
                    again.stored = release.stored;
                    assert!(again == release);
                    let _ = release.rolled_back(&release, 0).leaving(1).with_status("x").status();
                }
            }
        }
    });
}

#[test]
fn fuzz_manifest() {
    let seeds = [
        "---\n# Source: shop/templates/a.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  password: aHVudGVyMg==\n---\n{\"kind\":\"List\",\"items\":[{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"}}]}\n--- \n\n...\n",
        "kind: ConfigMap\nmetadata: {name: b, annotations: {helm.sh/resource-policy: keep}}\ndata:\n  x: |\n    ---\n    not a document\n",
    ];
    let words = [
        "---",
        "--- ",
        "...",
        "kind: ",
        "List",
        "items:",
        "- ",
        "&a",
        "*a",
        "|",
        "# Source: ",
        "{",
        "}",
        "\r\n",
        "data:",
    ];
    let target = Target::new("manifest", Shape::Text).seeds(seeds).words(&words).longest(1500);
    target.quick(300).run(|input| {
        let text = text(input);
        let spans = spans(&text);
        assert!(spans.is_sorted_by(|a, b| a.end <= b.start));
        assert!(spans.iter().all(|span| text.get(span.clone()).is_some()));
        let (found, unreadable) = items(&text);
        assert!(unreadable.len() <= spans.len());
        assert!(found.len() <= 1 + text.len());
        for item in &found {
            let _ = (item.gvk(), item.name(), item.is_kept(), item.yaml().len());
        }
        let shown = readable(&text);
        assert!(shown.len() <= 256 + 60 * text.len(), "{} of {}", shown.len(), text.len());
        for document in spans.iter().filter_map(|span| text.get(span.clone())) {
            let [secret] = &items(document).0[..] else { continue };
            let shown = readable(document);
            let data = secret.object["data"].as_object().filter(|_| secret.gvk().2 == "Secret");
            for value in data.into_iter().flat_map(serde_json::Map::values) {
                let Some(value) = value.as_str().filter(|value| value.len() > 11) else { continue };
                let elsewhere = secret.object.to_string().matches(value).count() > 1;
                assert!(elsewhere || !shown.contains(value), "{shown}");
            }
        }
    });
}
