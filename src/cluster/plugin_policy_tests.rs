#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const FOUND: &str = "/opt/bin/login";

fn check(text: &str) -> Result<(), String> {
    let policy = Policy::parse(text).unwrap_or_else(Policy::Broken);
    policy.check("login", Some(Path::new(FOUND)), None)
}

#[test]
fn a_kuberc_decides_which_plugins_run() {
    check("").unwrap();
    check("kind: Preference\ndefaults: []").unwrap();
    check("credentialPluginPolicy: AllowAll").unwrap();
    assert!(check("credentialPluginPolicy: DenyAll").unwrap_err().contains("DenyAll"));
    let list = |entry: &str| {
        check(&format!("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- {entry}"))
    };
    list("command: login").unwrap();
    list("name: login").unwrap();
    list("command: /opt/bin/login").unwrap();
    assert!(list("command: /usr/bin/login").unwrap_err().contains("login is not in the"));
}

#[test]
fn a_rule_with_a_mistake_allows_nothing() {
    for text in [
        "credentialPluginPolicy: allowlist",
        "credentialPluginPolicy: Allowlist",
        "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: []",
        "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{}]",
        "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: login, command: login}]",
        "credentialPluginPolicy: DenyAll\ncredentialPluginAllowlist: [{name: login}]",
        "credentialPluginAllowlist: [{name: login}]",
        "credentialPluginPolicy: [",
    ] {
        assert!(check(text).unwrap_err().contains("cannot be read"), "{text}");
    }
}

#[test]
fn the_file_is_found_as_kubectl_finds_it() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".kube")).unwrap();
    let path = home.path().to_owned();
    let read = |kuberc: &'static str| {
        let path = path.clone();
        let lookup = move |name: &str| match name {
            "HOME" => Some(path.clone().into_os_string()),
            "KUBERC" => Some(kuberc.into()),
            _ => None,
        };
        Policy::read(&Surroundings::new(lookup, "/nowhere"))
    };
    assert_eq!(read(""), Policy::AllowAll);
    std::fs::write(home.path().join(".kube/kuberc"), "credentialPluginPolicy: DenyAll").unwrap();
    assert_eq!(read(""), Policy::DenyAll);
    assert_eq!(read("off"), Policy::AllowAll);
    assert!(matches!(read("/no/such/file"), Policy::Broken(_)), "one that was named must exist");
}
