#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::certificate::Validity;
use super::*;
use serde_json::json;

const SERVER: &str = include_str!("../../tests/fixtures/tls/server.crt");
const SERVER_KEY: &str = include_str!("../../tests/fixtures/tls/server.key");
const ANN: &str = include_str!("../../tests/fixtures/tls/ann.crt");
const ANN_KEY: &str = include_str!("../../tests/fixtures/tls/ann.key");
const CA: &str = include_str!("../../tests/fixtures/tls/ca.crt");
const OTHER_CA: &str = include_str!("../../tests/fixtures/tls/other-ca.crt");
/// 2027-01-01.
const NOW: i64 = 1_798_761_600;

fn secret(sort: &str, pairs: &[(&str, &[u8])]) -> String {
    let data: serde_json::Map<String, serde_json::Value> =
        pairs.iter().map(|(key, value)| ((*key).into(), STANDARD.encode(value).into())).collect();
    json!({"apiVersion": "v1", "kind": "Secret", "type": sort, "data": data,
        "metadata": {"name": "s", "resourceVersion": "7"}})
    .to_string()
}

fn entry(key: &str, value: &[u8]) -> Entry {
    contents(&secret("Opaque", &[(key, value)])).unwrap().entries.remove(0)
}

fn words(entry: &Entry) -> Vec<&str> {
    entry.notes.iter().map(|note| note.words.as_str()).collect()
}

#[test]
fn keys_are_told_with_size_and_sort_and_never_a_value() {
    let json = secret(
        "Opaque",
        &[
            ("password", b"hunter2"),
            ("empty", b""),
            ("lines", b"a=hunter2\nb=2\n"),
            ("config", b"{\"token\":\"hunter2\"}"),
            ("binary", &[0, 1, 2, 255]),
        ],
    );
    let read = contents(&json).unwrap();
    let told: Vec<(&str, usize, String)> =
        read.entries.iter().map(|e| (e.key.as_str(), e.size, e.sort.words())).collect();
    assert_eq!(
        told,
        [
            ("binary", 4, "binary".to_owned()),
            ("config", 19, "JSON".to_owned()),
            ("empty", 0, "empty".to_owned()),
            ("lines", 14, "text, 2 lines".to_owned()),
            ("password", 7, "text".to_owned()),
        ]
    );
    assert!(!format!("{read:?}").contains("hunter2"));
    assert_eq!((read.kind.as_str(), read.version), ("Opaque", 7));
    let shown = show(&json, "lines").unwrap();
    assert_eq!(shown.lines.iter().map(Hidden::reveal).collect::<Vec<_>>(), ["a=hunter2", "b=2"]);
    assert!(!format!("{shown:?}").contains("hunter2"));
    let (copied, encoded) = copy(&json, "password").unwrap();
    assert_eq!((copied.reveal(), encoded), ("hunter2", false));
    assert!(show(&json, "gone").unwrap_err().contains("no key gone"));
}

#[test]
fn what_cannot_be_read_is_told_without_quoting_it() {
    let bad =
        json!({"kind": "Secret", "type": "Opaque", "data": {"a": "hunter2!", "b": 5, "c": null}});
    let read = contents(&bad.to_string()).unwrap();
    let sorts: Vec<Sort> = read.entries.iter().map(|entry| entry.sort).collect();
    assert_eq!(sorts, [Sort::Unreadable, Sort::Unreadable, Sort::Empty]);
    assert!(show(&bad.to_string(), "a").unwrap_err().contains("not base64"));
    let why = contents(r#"{"kind":"Secret","data":"hunter2"}"#).unwrap_err();
    assert!(!why.contains("hunter2"), "{why}");
}

#[test]
fn control_sequences_in_a_value_are_made_visible_and_binary_values_are_numbers() {
    let json = secret("Opaque", &[("a", b"x\x1b[31mred"), ("b", &[0x1f, 0x8b, 0x08, b'A', 0])]);
    assert_eq!(show(&json, "a").unwrap().lines[0].reveal(), "x␛[31mred");
    let line = show(&json, "b").unwrap();
    assert!(
        line.lines[0].reveal().starts_with("00000000  1f 8b 08 41 00 "),
        "{:?}",
        line.lines[0].reveal()
    );
    assert!(line.lines[0].reveal().ends_with("|...A.|"), "{:?}", line.lines[0].reveal());
    let long = secret("Opaque", &[("b", &[0; 1000])]);
    assert_eq!(show(&long, "b").unwrap().rest, "744 more bytes");
    assert_eq!(show(&long, "b").unwrap().lines.len(), 16);
    assert!(copy(&long, "b").unwrap().1, "binary values are copied as base64");
}

#[test]
fn a_config_map_is_text_and_its_binary_data_is_base64() {
    let map = json!({"kind": "ConfigMap", "data": {"a": "plain"}, "binaryData": {"b": "AAE="}});
    let read = contents(&map.to_string()).unwrap();
    assert_eq!((read.entries[0].sort, read.entries[0].size), (Sort::Text, 5));
    assert_eq!((read.entries[1].sort, read.entries[1].size), (Sort::Binary, 2));
    let map = json!({"kind": "ConfigMap", "data": {"ca.crt": CA}});
    assert_eq!(contents(&map.to_string()).unwrap().entries[0].sort, Sort::Certificates(1));
}

#[test]
fn a_certificate_is_told_in_its_fields() {
    let both = format!("{SERVER}{CA}");
    let json = secret(
        "kubernetes.io/tls",
        &[("tls.crt", both.as_bytes()), ("tls.key", SERVER_KEY.as_bytes())],
    );
    let read = contents(&json).unwrap();
    let entry = &read.entries[0];
    assert_eq!(entry.sort, Sort::Certificates(2));
    assert_eq!(words(entry), ["tls.key is the key of this certificate"]);
    let server = &entry.certificates[0];
    assert_eq!(
        (server.subject.as_str(), server.issuer.as_str()),
        ("CN=server", "CN=wheelhouse-test-ca")
    );
    assert_eq!(server.names, ["api.wheelhouse.test"]);
    assert_eq!(server.serial, "30:20:f7:5a:81:b4:8b:f7:29:0e:2b:0a:22:cd:6d:00:be:cb:bc:73");
    assert_eq!(server.key, "EC 256");
    assert!(!server.authority && entry.certificates[1].authority);
    let (valid, how) = server.validity(NOW);
    assert_eq!(valid, "valid 2026-11-22 to 2126-10-29, 36460 days left");
    assert_eq!(how, Validity::Good);
    assert_eq!(server.validity(server.ends - 86_400 - 5).0.rsplit(", ").next(), Some("1 day left"));
    assert_eq!(server.validity(server.ends - 86_400 * 5).1, Validity::Soon);
    assert_eq!(server.validity(server.ends + 7200).1, Validity::Ended);
    assert_eq!(server.validity(server.begins - 7200).1, Validity::NotYet);
    assert_eq!(read.entries[1].sort, Sort::PrivateKey);
}

#[test]
fn a_wrong_key_a_wrong_order_and_garbage_are_told() {
    let tls = |chain: String, key: &str| {
        let json = secret(
            "kubernetes.io/tls",
            &[("tls.crt", chain.as_bytes()), ("tls.key", key.as_bytes())],
        );
        contents(&json).unwrap().entries.remove(0)
    };
    let wrong = tls(SERVER.to_owned(), ANN_KEY);
    assert_eq!(words(&wrong), ["tls.key is not the key of this certificate"]);
    assert!(wrong.notes[0].wrong);
    let order = tls(format!("{SERVER}{OTHER_CA}"), SERVER_KEY);
    assert_eq!(
        words(&order)[0],
        "the order is wrong: certificate 1 is not signed by certificate 2"
    );
    assert_eq!(
        words(&tls(format!("{ANN}{CA}"), ANN_KEY)),
        ["tls.key is the key of this certificate"]
    );
    let garbage = tls(SERVER.replace("MII", "MIX"), "no key");
    assert!(words(&garbage)[0].contains("PEM block 1"), "{garbage:?}");
    // A bundle of authorities is no chain.
    assert_eq!(words(&entry("ca-bundle.crt", format!("{CA}{OTHER_CA}").as_bytes())), [""; 0]);
}

#[test]
fn registries_are_told_with_users_and_without_passwords() {
    let config = json!({"auths": {
        "ghcr.io": {"username": "robot", "password": "hunter2", "auth": STANDARD.encode("robot:hunter2")},
        "quay.io": {"auth": STANDARD.encode("org+puller:hunter2")},
        "open.example.com": {}}});
    let entry = entry(".dockerconfigjson", config.to_string().as_bytes());
    assert_eq!(
        words(&entry),
        ["ghcr.io as robot", "open.example.com without a user", "quay.io as org+puller"]
    );
    assert!(!format!("{entry:?}").contains("hunter2"));
    assert!(super::tests::entry(".dockercfg", b"nonsense").notes[0].wrong);
}

#[test]
fn a_helm_release_says_what_it_is() {
    use std::io::Write;
    let release = json!({"name": "grafana", "namespace": "monitoring", "version": 7,
        "info": {"status": "deployed", "description": "Upgrade complete", "last_deployed": "2026-01-01T00:00:00Z"},
        "chart": {"metadata": {"name": "grafana", "version": "8.5.1", "appVersion": "12.2.0"}, "values": {"x": 1}},
        "config": {"adminPassword": "hunter2"}});
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(release.to_string().as_bytes()).unwrap();
    let packed = STANDARD.encode(gzip.finish().unwrap());
    let read = contents(&secret("helm.sh/release.v1", &[("release", packed.as_bytes())])).unwrap();
    assert_eq!(read.entries[0].sort, Sort::HelmRelease);
    assert_eq!(
        words(&read.entries[0]),
        [
            "revision 7 of release grafana in monitoring: deployed",
            "chart grafana 8.5.1, app 12.2.0",
            "Upgrade complete at 2026-01-01T00:00:00Z"
        ]
    );
    let spoilt = contents(&secret("helm.sh/release.v1", &[("release", b"H4sIAAAA")])).unwrap();
    assert!(spoilt.entries[0].notes[0].wrong);
}
