#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use secrecy::ExposeSecret as _;

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kubeconfig").join(name)
}

/// A process with just these environment variables, in no pod.
fn around(vars: &[(&'static str, String)]) -> Surroundings {
    let vars = vars.to_vec();
    Surroundings::new(
        move |name| vars.iter().find(|(var, _)| *var == name).map(|(_, value)| value.into()),
        "/nowhere",
    )
}

fn listed(names: &[&str]) -> KubeconfigSource {
    let paths: Vec<String> = names.iter().map(|name| corpus(name).display().to_string()).collect();
    KubeconfigSource::new(None, around(&[("KUBECONFIG", paths.join(":"))]))
}

#[test]
fn the_first_file_to_say_something_wins() {
    let names = [
        "good/absent.yaml",
        "good/empty.yaml",
        "good/comments.yaml",
        "good/first.yaml",
        "good/second.yaml",
        "good/third.yaml",
        "good/first.yaml",
    ];
    let config = listed(&names).load().unwrap();

    // Whole entries: nothing of the second file's "shared" leaks into the first one's.
    let shared = &config.clusters["shared"];
    assert_eq!(shared.server.as_deref(), Some("https://first.example:6443"));
    assert_eq!(shared.insecure_skip_tls_verify, None);
    assert_eq!(config.contexts["shop"].cluster, "shared");
    assert_eq!(config.users["ann"].token.as_ref().unwrap().expose_secret(), "first-token");
    // The first file that names a current-context, which here is not the first file.
    assert_eq!(config.current.as_deref(), Some("other"));
    assert_eq!(config.contexts.keys().collect::<Vec<_>>(), ["other", "shop"]);
    assert_eq!(config.files.len(), 5, "missing files are passed over, none is read twice");
}

#[test]
fn paths_are_relative_to_the_file_they_stand_in() {
    let config = listed(&["good/first.yaml", "good/second.yaml"]).load().unwrap();
    assert_eq!(config.clusters["shared"].certificate_authority, Some(corpus("good/pki/ca.crt")));
    let ann = &config.users["ann"];
    assert_eq!(ann.client_certificate, Some("/etc/ann.crt".into()));
    assert_eq!(ann.token_file, None, "an empty path is no path");
    let bob = &config.users["bob"];
    assert_eq!(bob.token_file, Some(corpus("good/../tokens/bob")));
    assert_eq!(Path::new(&bob.exec.as_ref().unwrap().command), corpus("good/./bin/login"));
}

#[test]
fn json_nulls_and_unknown_fields_are_fine() {
    let config = listed(&["good/written.json"]).load().unwrap();
    let chosen = config.choose(None).unwrap();
    assert_eq!(chosen.info.server, "https://json.example");
    assert_eq!(chosen.info.namespace, "");
    assert!(chosen.info.current);
}

#[test]
fn every_broken_file_is_named_with_place_and_remedy_but_never_quoted() {
    for (name, why) in [
        ("unclosed", "line "),
        ("map-for-list", "line 3"),
        ("nameless", "name"),
        ("twice", "contexts: the name \"shop\" is there twice"),
        ("not-a-bool", "line 6"),
        ("plain-text", "line 1"),
        ("not-utf8", "byte 22 is not UTF-8"),
        ("tab", "line 2"),
    ] {
        let path = corpus(&format!("broken/{name}.yaml"));
        let fault = KubeconfigSource::new(Some(path.clone()), around(&[])).load().unwrap_err();
        assert_eq!(fault.kind, FaultKind::Input, "{name}");
        assert_eq!(fault.what, format!("read the kubeconfig {}", path.display()));
        assert!(fault.why.contains(why), "{name}: {}", fault.why);
        assert!(!fault.hint.is_empty() && !fault.why.contains('\n'), "{name}: {fault}");
        assert!(!fault.to_string().contains("very-secret"), "{name}: {fault}");
    }
    // A broken file in a list is not passed over either.
    listed(&["good/first.yaml", "broken/tab.yaml"]).load().unwrap_err();
}

#[test]
fn a_file_that_was_named_must_exist() {
    let fault = KubeconfigSource::new(Some(corpus("absent")), around(&[])).load().unwrap_err();
    assert!(fault.why.contains("does not exist"), "{fault}");
    let fault = KubeconfigSource::new(Some(corpus("good")), around(&[])).load().unwrap_err();
    assert!(fault.why.contains("it is a directory"), "{fault}");
}

#[test]
fn with_nothing_usable_it_tells_where_it_looked_and_how_to_start_the_demo() {
    let home = around(&[("HOME", "/no/home".into())]);
    let fault = KubeconfigSource::new(None, home).load().unwrap_err();
    for part in [
        "/no/home/.kube/config does not exist",
        "$KUBECONFIG is not set",
        "KUBERNETES_SERVICE_HOST",
    ] {
        assert!(fault.why.contains(part), "{fault}");
    }
    assert!(fault.hint.contains("wheelhouse demo"), "{fault}");

    let fault = listed(&["good/empty.yaml", "good/absent.yaml"]).load().unwrap_err();
    assert!(fault.why.contains("good/empty.yaml has no contexts"), "{fault}");
    assert!(fault.why.contains("good/absent.yaml does not exist"), "{fault}");
}

#[test]
fn a_pod_knows_its_own_cluster_unless_a_kubeconfig_says_otherwise() {
    let pod = tempfile::tempdir().unwrap();
    std::fs::write(pod.path().join("token"), "t").unwrap();
    std::fs::write(pod.path().join("namespace"), "flux-system\n").unwrap();
    let folder = pod.path().to_owned();
    let config = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let named = config.clone();
    let around = Surroundings::new(
        move |name| match name {
            "KUBERNETES_SERVICE_HOST" => Some("fd00::1".into()),
            "KUBERNETES_SERVICE_PORT" => Some("443".into()),
            "KUBECONFIG" => Some(named.lock().unwrap().clone().into()),
            _ => None,
        },
        folder,
    );
    let source = KubeconfigSource::new(None, around);

    let chosen = source.load().unwrap().choose(None).unwrap();
    assert_eq!(chosen.info.name, IN_CLUSTER);
    assert_eq!(chosen.info.server, "https://[fd00::1]:443");
    assert_eq!(chosen.info.namespace, "flux-system");
    assert_eq!(chosen.user.token_file, Some(pod.path().join("token")));

    *config.lock().unwrap() = corpus("good/second.yaml").display().to_string();
    assert_eq!(source.load().unwrap().choose(None).unwrap().info.name, "other");
}

#[test]
fn nothing_secret_is_printed() {
    let config = listed(&["good/first.yaml", "good/second.yaml"]).load().unwrap();
    let text = format!("{config:?}");
    assert!(!text.contains("first-token") && !text.contains("quiet"), "{text}");
}

#[test]
fn fuzz_kubeconfig() {
    use crate::fuzz::{Shape, Target, is_safe, text};
    let words = [
        "clusters:",
        "contexts:",
        "users:",
        "current-context:",
        "- name:",
        "server:",
        "exec:",
        "token:",
        "cluster:",
        "user:",
        "namespace:",
        "&a",
        "*a",
        "<<: *a",
        "!!str",
        "|-",
        "? ",
        "{}",
        "[]",
        "null",
        "tokenFile",
        "env:",
        "client-key-data:",
        "extensions:",
    ];
    let target = Target::new("kubeconfig", Shape::Text).files("kubeconfig").words(&words);
    target.longest(2500).quick(500).run(|input| {
        let text = text(input);
        match parse(&text, Path::new("/home/ann/.kube/config")) {
            Ok(config) => {
                for cluster in config.clusters.values() {
                    let ca = cluster.certificate_authority.as_ref();
                    assert!(ca.is_none_or(|path| path.is_absolute()), "{ca:?}");
                }
                for user in config.users.values() {
                    let files = [&user.client_certificate, &user.client_key, &user.token_file];
                    assert!(files.into_iter().flatten().all(|path| path.is_absolute()));
                    let printed = format!("{user:?}");
                    let secret = user.token.as_ref().map(|token| token.expose_secret());
                    if let Some(secret) = secret.filter(|secret| secret.len() > 20) {
                        assert!(!printed.contains(secret), "{printed}");
                    }
                }
                // Merged with itself it stays what it is.
                let names: Vec<String> = config.contexts.keys().cloned().collect();
                let mut twice = config.clone();
                twice.absorb(config);
                assert_eq!(twice.contexts.into_keys().collect::<Vec<_>>(), names);
            }
            Err(fault) => {
                assert!(is_safe(&fault.why, &[]) && !fault.why.is_empty(), "{fault:?}");
                assert!(fault.why.len() < 2000, "{fault:?}");
            }
        }
    });
}
