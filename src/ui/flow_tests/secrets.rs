//! Keys of Secrets: nothing of a value is anywhere until somebody asks, and nothing after.

use super::fixture::Fixture;
use crate::model::{Change, SubEvent};
use crate::ui::{Effect, Msg};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const PASSWORD: &str = "hunter2-and-more";
const CERTIFICATE: &str = include_str!("../../../tests/fixtures/tls/server.crt");
const KEY: &str = include_str!("../../../tests/fixtures/tls/server.key");

fn secret(version: &str, password: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "db", "namespace": "shop", "resourceVersion": version,
            "uid": "00000000-0000-0000-0000-0000000000db"},
        "data": {"password": STANDARD.encode(password), "user": STANDARD.encode("root"),
            "blob": STANDARD.encode([0_u8, 1, 2, 3])}})
}

fn shop() -> Fixture {
    let mut f = Fixture::new();
    let tls = json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"name": "tls", "namespace": "shop", "resourceVersion": "3"},
        "data": {"tls.crt": STANDARD.encode(CERTIFICATE), "tls.key": STANDARD.encode(KEY)}});
    f.objects.insert(("dev".into(), "secrets".into()), vec![secret("5", PASSWORD), tls]);
    f.go("secrets shop");
    f
}

/// Everything that the session holds, as far as it can be printed.
fn whole(f: &Fixture) -> String {
    format!("{}\n{:?}", f.screen(), f.ui)
}

#[test]
fn values_are_masked_until_asked_for_key_by_key_and_gone_when_hidden() {
    let mut f = shop();
    f.press("x");
    let screen = f.screen();
    assert!(screen.contains("Secret/db in shop[3] Opaque"), "{screen}");
    assert!(screen.contains("password") && screen.contains("16 B"), "{screen}");
    assert!(screen.contains("********") && screen.contains("binary"), "{screen}");
    assert!(!whole(&f).contains("hunter2"), "{}", whole(&f));
    assert!(f.footer().contains("<x> reveal") && f.footer().contains("<c> copy"), "{}", f.footer());

    // The second key: only its value is shown.
    f.press("j x");
    assert!(f.screen().contains(PASSWORD), "{}", f.screen());
    assert!(!f.screen().contains("root"), "one key at a time:\n{}", f.screen());
    assert!(f.screen().contains("1 shown"), "{}", f.screen());
    assert!(!format!("{:?}", f.ui).contains("hunter2"), "no debug print shows it");
    // From the value itself too.
    f.press("j x");
    assert!(!whole(&f).contains("hunter2"), "{}", f.screen());
    assert!(f.selected().contains("password"), "{}", f.screen());

    f.press("x esc");
    assert!(!f.screen().contains("hunter2"), "esc hides first\n{}", f.screen());
    assert!(f.screen().contains("Secret/db in shop"), "{}", f.screen());
    f.press("k x");
    assert!(f.screen().contains("00000000  00 01 02 03"), "{}", f.screen());
}

#[test]
fn leaving_or_covering_the_page_hides_everything() {
    let mut f = shop();
    f.press("x j x");
    assert!(f.screen().contains(PASSWORD));
    f.go("cm");
    assert!(!whole(&f).contains("hunter2"), "{}", f.screen());
    f.press("q");
    assert!(f.screen().contains("Secret/db in shop"), "{}", f.screen());
    assert!(!f.screen().contains("hunter2"), "hidden after coming back\n{}", f.screen());
    f.press("x");
    assert!(f.screen().contains(PASSWORD), "{}", f.screen());
    f.press("q");
    assert!(!whole(&f).contains("hunter2"), "{}", f.screen());
}

#[test]
fn a_value_is_copied_without_being_shown_or_said() {
    let mut f = shop();
    f.press("x j");
    f.sent();
    f.press("c");
    let sent = f.sent();
    let copied = sent.iter().find_map(|effect| match effect {
        Effect::CopyHidden { what, value } => Some((what.clone(), value.reveal().to_owned())),
        _ => None,
    });
    assert_eq!(copied, Some(("password of Secret/db".to_owned(), PASSWORD.to_owned())));
    assert!(!format!("{sent:?}").contains("hunter2"), "nor in the effect's own print");
    assert!(!whole(&f).contains("hunter2"), "{}", f.screen());
}

#[test]
fn what_has_changed_is_hidden_and_told_anew() {
    let mut f = shop();
    f.press("x j x");
    let changed = secret("9", "swordfish-and-a-longer-one");
    f.objects.insert(("dev".into(), "secrets".into()), vec![changed.clone()]);
    let (sub, need) =
        f.ui.subs
            .iter()
            .find(|(_, sub)| sub.need.fields == "metadata.name=db")
            .map(|(id, sub)| (id, sub.need.clone()))
            .unwrap();
    let changes = f.rows(&need, &changed).into_iter().map(Change::Upsert).collect();
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
    let screen = f.screen();
    assert!(screen.contains("26 B") && !screen.contains("16 B"), "{screen}");
    assert!(!screen.contains("hunter2") && !screen.contains("swordfish"), "{screen}");
    let key = crate::model::Key { namespace: "shop".into(), name: "db".into() };
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes: vec![Change::Delete(key)] }));
    assert!(f.screen().contains("it has been deleted"), "{}", f.screen());
}

#[test]
fn certificates_are_decoded_and_the_private_key_stays_masked() {
    let mut f = shop();
    f.press("j x");
    let screen = f.screen();
    for words in [
        "certificate",
        "1. CN=server",
        "issuer CN=wheelhouse-test-ca",
        "for api.wheelhouse.test",
        "key EC 256",
        "serial 30:20:f7:5a",
        "tls.key is the key of this certificate",
        "private key",
    ] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    // The fixtures' clock stands before the certificate begins.
    assert!(screen.contains("begins in"), "{screen}");
    assert!(!screen.contains("PRIVATE KEY-----"), "{screen}");
    // The filter keeps a key with what is told of it.
    f.press("/").type_in("tls.crt").press("enter");
    assert!(
        f.screen().contains("CN=server") && !f.screen().contains("tls.key  "),
        "{}",
        f.screen()
    );
}

#[test]
fn certificates_in_config_maps_are_decoded_too() {
    let mut f = shop();
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"ca.crt": CERTIFICATE, "note": "hello"},
        "metadata": {"name": "kube-root-ca.crt", "namespace": "shop", "resourceVersion": "3"}});
    f.objects.insert(("dev".into(), "configmaps".into()), vec![map]);
    f.go("cm shop").press("x");
    let screen = f.screen();
    assert!(screen.contains("1. CN=server") && !screen.contains("****"), "{screen}");
    f.press("G x");
    assert!(f.screen().contains("hello"), "{}", f.screen());
}

#[test]
fn a_refusal_is_said_in_place_of_the_keys() {
    let mut f = shop();
    f.objects.insert(("dev".into(), "secrets".into()), vec![]);
    f.press("x");
    assert!(f.screen().contains("get: it is gone"), "{}", f.screen());
    f.press("x");
    assert!(f.strip().contains("no key is selected"), "{}", f.strip());
}
