//! Pages about one object in a terminal: keys of Secrets, who uses it, who may do what, events.

use crate::support::screen::Session;
use crate::support::trials;
use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    vec![trials::plain("demo::a_secret_is_decoded_key_by_key_and_hidden_again", secret_decode)]
}

fn secret_decode() {
    let mut screen = Session::new(&["demo", "-c", "secrets shop"]).start();
    screen.wait_for("live");
    screen.wait_for("ledger-credentials");
    screen.select("ledger-credentials");
    screen.press("x");
    let masked = screen.wait_for("********");
    assert!(masked.contains("Secret/ledger-credentials in shop[2] Opaque"), "{masked}");
    assert!(!masked.contains("battery"), "{masked}");
    screen.press("x");
    let shown = screen.wait_for("correct horse battery staple");
    assert!(shown.contains("1 shown"), "{shown}");
    screen.press("x");
    screen.wait_gone("battery");
    // Copied: said, not shown.
    screen.press("c");
    let copied = screen.wait_for("copied password of Secret/ledger-credentials");
    assert!(!copied.contains("battery"), "{copied}");
    // Covered and left, it is gone too.
    screen.press("x");
    screen.wait_for("battery");
    screen.command("cm shop");
    screen.wait_for("configmaps(");
    screen.press("q");
    let back = screen.wait_for("Secret/ledger-credentials in shop");
    assert!(!back.contains("battery"), "{back}");
    screen.press("q");
    screen.wait_for("secrets(");
    screen.select("storefront-tls");
    screen.press("x");
    let tls = screen.wait_for("1. CN=");
    assert!(!tls.contains("BEGIN"), "{tls}");
    screen.leave();
}
