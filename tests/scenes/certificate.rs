//! A certificate that nobody renewed, found while there is time.

use super::{ended, run};
use crate::support::api::MERGE;
use crate::support::control_plane::ControlPlane;
use crate::support::screen::Session;
use crate::support::trials;
use base64::Engine as _;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![trials::on_shared(
        "scenes::a_certificate_is_found_before_the_site_goes_down",
        near_its_end,
    )]
}

const DAY: i64 = 24 * 3600;

/// One value of DER.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let inside = parts.concat();
    let mut bytes = vec![tag];
    match u16::try_from(inside.len()).expect("a small value") {
        length @ 0..128 => bytes.push(length.to_le_bytes()[0]),
        length => bytes.extend([&[0x82][..], &length.to_be_bytes()].concat()),
    }
    bytes.extend(inside);
    bytes
}

/// A certificate for a host that is good from `begin` to `end` (Unix seconds), in the form of RFC 5280. Its
/// signature is nobody's: who serves it looks at that, and who tells when it ends does not.
fn certificate(host: &str, begin: i64, end: i64) -> String {
    let time = |at: i64| {
        let at = jiff::Timestamp::from_second(at).expect("a moment");
        der(0x17, &[at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes()])
    };
    let oid = |bytes: &[u8]| der(0x06, &[bytes]);
    let sequence = |parts: &[&[u8]]| der(0x30, parts);
    let common = der(0x0c, &[host.as_bytes()]);
    let name = sequence(&[&der(0x31, &[&sequence(&[&oid(&[0x55, 0x04, 0x03]), &common])])]);
    let signed = sequence(&[&oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])]);
    let curve = oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    let key = sequence(&[
        &sequence(&[&oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]), &curve]),
        &der(0x03, &[&[0, 4], &[7; 64]]),
    ]);
    let body = sequence(&[
        &der(0x02, &[&[1]]),
        &signed,
        &name,
        &sequence(&[&time(begin), &time(end)]),
        &name,
        &key,
    ]);
    let whole = sequence(&[&body, &signed, &der(0x03, &[&[0], &[7; 70]])]);
    let text = base64::engine::general_purpose::STANDARD.encode(whole);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

fn near_its_end(plane: &ControlPlane) {
    let place = "scene-certificate";
    let api = plane.namespace(place);
    let now = jiff::Timestamp::now().as_second();
    let secret = |begin: i64, end: i64| {
        json!({"metadata": {"name": "shop-tls"}, "type": "kubernetes.io/tls", "stringData": {
            "tls.crt": certificate("shop.example.com", begin, end), "tls.key": "kept elsewhere"}})
    };
    let secrets = format!("/api/v1/namespaces/{place}/secrets");
    api.create(&secrets, &secret(now - 88 * DAY, now + 2 * DAY + 600));
    let ingress = json!({"metadata": {"name": "shop"}, "spec": {
        "tls": [{"hosts": ["shop.example.com"], "secretName": "shop-tls"}],
        "defaultBackend": {"service": {"name": "shop", "port": {"number": 80}}}}});
    api.create(&format!("/apis/networking.k8s.io/v1/namespaces/{place}/ingresses"), &ingress);

    // The morning's look, by a script that ends with 1.
    let hazards = ["hazards", "-n", place];
    let words = "the certificate of CN=shop.example.com ends in 2d";
    ended(&run(plane, &hazards), 1, &["serious", "Secret/shop-tls", words, "renew it"]);
    let output = run(plane, &["hazards", "-n", place, "-o", "json"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let found = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|line| line["check"] == "certificate expiry");
    let found = found.unwrap_or_else(|| panic!("{lines}"));
    assert_eq!((&found["kind"], &found["name"]), (&json!("Secret"), &json!("shop-tls")), "{found}");

    // A person sees it too, goes to it, and sees whose it is.
    let config = plane.kubeconfig("admin");
    let mut screen = Session::on(&config, &["-n", place, "-c", "hazards"]).size(160, 40).start();
    screen.wait_for(words);
    screen.press("<enter>");
    screen.wait_until("the Secret", |text| text.contains("shop-tls") && !text.contains("renew it"));
    screen.leave();

    // Renewed; nothing is left to tell.
    let renewed = secret(now - 60, now + 90 * DAY);
    let body = json!({ "stringData": renewed["stringData"] });
    let (code, answer) = api.call_as("PATCH", &format!("{secrets}/shop-tls"), MERGE, Some(&body));
    assert_eq!(code, 200, "{answer}");
    let said = super::said(&run(plane, &hazards));
    assert!(!said.contains("certificate of"), "{said}");
}
