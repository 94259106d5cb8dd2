#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn chosen(server: &str, configured: Option<&str>, vars: &[(&'static str, &'static str)]) -> String {
    let vars = vars.to_vec();
    let around = Surroundings::new(
        move |name| vars.iter().find(|(var, _)| *var == name).map(|(_, value)| value.into()),
        "/nowhere",
    );
    match proxy_for(&server.parse().unwrap(), configured, &around) {
        Ok(Some(proxy)) => proxy.uri.to_string(),
        Ok(None) => "direct".into(),
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn the_cluster_entry_wins_then_the_environment_by_scheme() {
    let env = [("HTTPS_PROXY", "secure:3128"), ("http_proxy", "http://plain")];
    assert_eq!(chosen("https://api.example", None, &env), "http://secure:3128/");
    assert_eq!(chosen("http://api.example", None, &env), "http://plain:80/");
    assert_eq!(chosen("https://api.example", Some("socks5://socks"), &env), "socks5://socks:1080/");
    assert_eq!(chosen("https://api.example", Some(" "), &env), "http://secure:3128/");
    assert_eq!(chosen("https://api.example", None, &[]), "direct");
    // Go never sends loopback through a proxy of the environment; a configured one is meant.
    assert_eq!(chosen("https://127.0.0.1:6443", None, &env), "direct");
    assert_eq!(chosen("https://[::1]:6443", None, &env), "direct");
    assert_eq!(chosen("https://localhost", Some("https://p"), &env), "https://p:443/");
}

#[test]
fn no_proxy_follows_gos_rules() {
    let direct = |server: &str, rules: &'static str| {
        chosen(server, None, &[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", rules)]) == "direct"
    };
    assert!(direct("https://api.example", "*"));
    assert!(direct("https://api.example", "foo, API.Example"));
    assert!(direct("https://k.api.example", "api.example"));
    assert!(!direct("https://napi.example", "api.example"));
    assert!(!direct("https://api.example", ".api.example"));
    assert!(direct("https://k.api.example", ".api.example"));
    assert!(direct("https://k.api.example", "*.api.example"));
    assert!(direct("https://api.example:6443", "api.example:6443"));
    assert!(!direct("https://api.example:6443", "api.example:443"));
    assert!(direct("https://10.1.2.3", "10.0.0.0/8"));
    assert!(!direct("https://11.1.2.3", "10.0.0.0/8"));
    assert!(direct("https://10.1.2.3", "0.0.0.0/0"));
    assert!(direct("https://10.1.2.3:6443", "10.1.2.3"));
    assert!(!direct("https://10.1.2.30", "10.1.2.3"));
    assert!(direct("https://[fd00::5]:6443", "fd00::/8"));
    assert!(direct("https://[fd00::5]:6443", "[fd00::5]:6443"));
    assert!(!direct("https://api.example", "example/8, /, [, :, ,"));
}

#[test]
fn a_login_is_decoded_and_never_shown() {
    let proxy = Proxy::parse("http://ann:p%40ss%3a%zz@proxy:3128", "x").unwrap();
    assert_eq!(format!("{proxy:?}"), "http://proxy:3128/");
    let header = proxy.basic_auth().unwrap();
    assert!(header.is_sensitive());
    // base64 of `ann:p@ss:%zz`
    assert_eq!(header.to_str().unwrap(), "Basic YW5uOnBAc3M6JXp6");
    assert!(Proxy::parse("http://proxy", "x").unwrap().basic_auth().is_none());
}

#[test]
fn a_proxy_we_cannot_use_is_named() {
    let env = [("HTTPS_PROXY", "ftp://p")];
    let said = chosen("https://api.example", None, &env);
    assert!(said.contains("$HTTPS_PROXY") && said.contains("\"ftp\" is not supported"), "{said}");
    let said = chosen("https://api.example", Some("http://"), &[]);
    assert!(said.contains("proxy-url"), "{said}");
}
