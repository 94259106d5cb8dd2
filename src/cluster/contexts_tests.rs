#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::cluster::kubeconfig::Surroundings;

fn with(names: &[&str]) -> Kubeconfig {
    let mut config = Kubeconfig::default();
    config.clusters.insert(
        "c".into(),
        ClusterEntry { server: Some("https://c".into()), ..Default::default() },
    );
    for name in names {
        let entry = ContextEntry { cluster: "c".into(), ..ContextEntry::default() };
        config.contexts.insert((*name).into(), entry);
    }
    config
}

#[test]
fn an_unknown_context_offers_the_nearest_names() {
    let config = with(&["prod-eu", "prod-us", "staging", "kind-dev"]);
    let offer = |name: &str| config.choose(Some(name)).unwrap_err().hint;
    assert_eq!(offer("stagign"), "did you mean staging?");
    assert_eq!(offer("PROD"), "did you mean prod-eu, prod-us?");
    assert_eq!(offer("dev"), "did you mean kind-dev?");
    assert_eq!(offer("qqq"), "there are: kind-dev, prod-eu, prod-us, staging");
}

#[test]
fn without_a_current_context_one_has_to_be_named() {
    let fault = with(&["a", "b"]).choose(None).unwrap_err();
    assert_eq!(fault.hint, "name one with --context: a, b");
}

#[test]
fn no_user_is_anonymous() {
    assert_eq!(with(&["a"]).choose(Some("a")).unwrap().info.server, "https://c");
}

#[test]
fn a_changed_added_or_removed_file_is_noticed_once() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config");
    let mut changes = Changes::since_now(KubeconfigSource::new(
        Some(file.clone()),
        Surroundings::new(|_| None, "/nowhere"),
    ));
    assert!(!changes.poll());
    std::fs::write(&file, "a").unwrap();
    assert!(changes.poll());
    assert!(!changes.poll());
    std::fs::write(&file, "ab").unwrap();
    assert!(changes.poll());
    std::fs::remove_file(&file).unwrap();
    assert!(changes.poll());
}
