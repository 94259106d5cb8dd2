#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! The whole stack against small servers: an embedded one behind a pipe, and one on loopback.

use super::*;
use crate::cluster::test_server::{Seen, Server, answer};
use http::StatusCode;
use tower::layer::util::Identity as NoGate;

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn the_embedded_cluster_is_reached_through_a_pipe() {
    let server = Server::new(|_: &Seen| answer(StatusCode::OK, "{}"));
    let connected = connect_demo(server.dial(), "shop", &NoGate::new()).unwrap();
    assert!(connected.info.demo && connected.loopback);
    assert_eq!(connected.default_namespace, "shop");

    let reply = connected.client.send(get("/api/v1/pods?limit=1")).await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    let seen = server.seen();
    assert_eq!(seen[0].target, "/api/v1/pods?limit=1");
    assert_eq!(seen[0].header("user-agent"), AGENT);
    assert_eq!(seen[0].header("authorization"), "");
    assert_eq!(seen[0].header("accept-encoding"), "", "the reader chooses the encoding");
}

fn corpus(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn nowhere() -> Surroundings {
    Surroundings::new(|_| None, "/nowhere")
}

/// A kubeconfig with one context for this server; `cluster` and `user` are YAML flow maps' insides.
async fn connected(
    server: &str,
    cluster: &str,
    user: &str,
    options: &ConnectOptions,
) -> Result<Connected, Refused> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let text = format!(
        "current-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u, namespace: shop}}}}]\n\
         clusters: [{{name: c, cluster: {{server: \"{server}\", {cluster}}}}}]\n\
         users: [{{name: u, user: {{{user}}}}}]\n"
    );
    std::fs::write(&file, text).unwrap();
    let source = super::super::kubeconfig::KubeconfigSource::new(Some(file), nowhere());
    let config = source.load_async().await.unwrap();
    connect(&config, source.surroundings(), options, &NoGate::new()).await
}

#[tokio::test]
async fn every_broken_entry_is_named_with_what_to_do() {
    let source = super::super::kubeconfig::KubeconfigSource::new(
        Some(corpus("kubeconfig/entries.yaml")),
        nowhere(),
    );
    let config = source.load().unwrap();
    let expected = [
        ("no-such-cluster", "names the cluster \"missing\""),
        ("no-such-user", "names the user \"missing\""),
        ("no-cluster", "it names no cluster"),
        ("no-server", "the cluster entry has no server"),
        ("ftp", "neither http:// nor https://"),
        ("spaces", "\"https://a b\" is not a URL"),
        ("ca-missing", "tests/fixtures/kubeconfig/nowhere.crt: No such file"),
        (
            "ca-not-base64",
            "clusters[name=ca-not-base64].cluster.certificate-authority-data: it is not base64",
        ),
        ("ca-not-pem", "there is no certificate in it"),
        ("proxy-ftp", "\"ftp\" is not supported"),
        ("half", "it has a client-certificate but no client-key"),
        ("key-garbage", "prepare TLS for http://127.0.0.1:1/"),
        ("gone", "tests/fixtures/kubeconfig/nowhere.token: No such file"),
        ("gcp", "Kubernetes removed it"),
        ("alpha", "v1alpha1\" is not supported"),
        ("mode", "interactiveMode \"Sometimes\" is unknown"),
        ("absent", "no-such-login was not found in $PATH (brew install no-such-login)"),
        ("linebreak", "characters that cannot be sent"),
    ];
    let names: Vec<&str> = config.contexts.keys().map(String::as_str).collect();
    let mut covered: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    covered.sort_unstable();
    assert_eq!(names, covered);
    for (name, part) in expected {
        let options = ConnectOptions { context: Some(name.into()), ..ConnectOptions::default() };
        let refused = connect(&config, &nowhere(), &options, &NoGate::new()).await.unwrap_err();
        let said = refused.to_string();
        assert!(said.contains(part), "{name}: {said}");
        assert!(!refused.fault.hint.is_empty() && !said.contains('\n'), "{name}: {said}");
    }
}

#[tokio::test]
async fn a_request_goes_under_the_servers_path_with_token_and_impersonation() {
    let server = Server::new(|_: &Seen| answer(StatusCode::OK, "{}"));
    let url = format!("http://{}/k8s/clusters/c-1/", server.listen().await);
    let options = ConnectOptions {
        as_user: Some("ann".into()),
        as_groups: vec!["dev".into(), "ops".into()],
        ..ConnectOptions::default()
    };
    let user = "token: t-1, as: root, as-uid: \"0\", as-user-extra: {a: [b]}";
    let it = connected(&url, "disable-compression: true", user, &options).await.unwrap();
    assert_eq!(it.info.impersonating, "ann");
    assert_eq!((it.default_namespace.as_str(), it.loopback, it.uncompressed), ("shop", true, true));
    it.client.send(get("/api/v1/pods?watch=1")).await.unwrap();

    let seen = server.seen();
    assert_eq!(seen[0].target, "/k8s/clusters/c-1/api/v1/pods?watch=1");
    assert_eq!(seen[0].header("authorization"), "Bearer t-1");
    assert_eq!(seen[0].header("impersonate-user"), "ann");
    assert_eq!(seen[0].header("impersonate-group"), "dev, ops");
    // Those belong to the user of the kubeconfig, who is somebody else.
    assert_eq!(seen[0].header("impersonate-uid") + &seen[0].header("impersonate-extra-a"), "");
    assert!(!format!("{it:?} {options:?}").contains("t-1"));

    // One connection serves requests that follow each other.
    it.client.send(get("/version")).await.unwrap();
    assert_eq!(server.seen()[1].connection, 0);
}

#[tokio::test]
async fn the_kubeconfigs_own_impersonation_is_kept_and_groups_need_a_user() {
    let server = Server::new(|_: &Seen| answer(StatusCode::OK, "{}"));
    let url = format!("http://{}", server.listen().await);
    let user = "username: bob, password: pw, as: root, as-groups: [g], as-user-extra: {a/b: [c]}";
    let it = connected(&url, "", user, &ConnectOptions::default()).await.unwrap();
    it.client.send(get("/")).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].header("impersonate-user"), "root");
    assert_eq!(seen[0].header("impersonate-extra-a%2fb"), "c");
    assert_eq!(seen[0].header("authorization"), "Basic Ym9iOnB3");

    let options = ConnectOptions { as_groups: vec!["g".into()], ..ConnectOptions::default() };
    let refused = connected(&url, "", "token: t", &options).await.unwrap_err();
    assert!(refused.fault.hint.contains("--as USER"), "{refused}");
}

#[tokio::test]
async fn the_gate_stands_before_everything_else() {
    let server = Server::new(|_: &Seen| answer(StatusCode::OK, "{}"));
    let closed = tower::layer::layer_fn(|_: Stack| {
        tower::service_fn(|request: Request<Body>| async move {
            assert!(request.headers().is_empty(), "nothing was added yet");
            Err::<Response<Incoming>, BoxError>("closed".into())
        })
    });
    let connected = connect_demo(server.dial(), "default", &closed).unwrap();
    let err = connected.client.send(get("/")).await.unwrap_err();
    assert!(err.to_string().contains("closed"), "{err}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_plugin_runs_once_while_connecting_and_not_at_all_when_its_result_is_handed_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(|_: &Seen| answer(StatusCode::OK, "{}"));
    let url = format!("http://{}", server.listen().await);
    let runs = folder.path().join("runs");
    let answer = r#"{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"fresh\"}}"#;
    let user = format!(
        "exec: {{apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, interactiveMode: Never, \
         args: [\"-c\", \"echo >> {}; printf %s '{answer}'\"]}}",
        runs.display()
    );
    let said = Arc::new(std::sync::Mutex::new(Vec::new()));
    let note = said.clone();
    let options = ConnectOptions {
        say: Some(Arc::new(move |words| note.lock().unwrap().push(words))),
        ..ConnectOptions::default()
    };
    let it = connected(&url, "", &user, &options).await.unwrap();
    it.client.send(get("/")).await.unwrap();
    assert_eq!(server.seen()[0].header("authorization"), "Bearer fresh");
    assert_eq!(std::fs::read_to_string(&runs).unwrap(), "\n");
    assert_eq!(*said.lock().unwrap(), ["running the credential plugin sh"]);

    let typed = Credential::bearer(&SecretString::from("typed")).unwrap();
    let options = ConnectOptions { credential: Some(typed), ..ConnectOptions::default() };
    let it = connected(&url, "", &user, &options).await.unwrap();
    it.client.send(get("/")).await.unwrap();
    assert_eq!(server.seen()[1].header("authorization"), "Bearer typed");
    assert_eq!(std::fs::read_to_string(&runs).unwrap(), "\n");
}

#[tokio::test]
async fn a_refused_login_is_recognised_in_the_clients_error() {
    let server = Server::new(|_: &Seen| answer(StatusCode::UNAUTHORIZED, "{}"));
    let url = format!("http://{}", server.listen().await);
    let answer = r#"{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"t\"}}"#;
    let folder = tempfile::tempdir().unwrap();
    let once = folder.path().join("once");
    let user = format!(
        "exec: {{apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, interactiveMode: Never, \
         args: [\"-c\", \"[ -e {0} ] && exit 9; echo > {0}; printf %s '{answer}'\"]}}",
        once.display()
    );
    let it = connected(&url, "", &user, &ConnectOptions::default()).await.unwrap();
    let err = it.client.send(get("/")).await.unwrap_err();
    let fault = super::super::transport::explain(&err, "list pods").unwrap();
    assert_eq!(fault.kind, FaultKind::Unauthenticated);
    assert!(fault.why.contains("exit code 9"), "{fault}");
}

#[tokio::test]
async fn the_end_of_a_client_certificate_is_known_without_asking_anybody() {
    let user = format!(
        "client-certificate: {}, client-key: {}",
        corpus("tls/ann.crt").display(),
        corpus("tls/ann.key").display()
    );
    let cluster = "insecure-skip-tls-verify: true";
    let it =
        connected("https://api.example", cluster, &user, &ConnectOptions::default()).await.unwrap();
    assert!(it.info.insecure && !it.loopback);
    assert!(it.credentials.watch().borrow().expires.is_some());
}
