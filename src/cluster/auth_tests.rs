#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! Credentials against a server on a pipe and against the clock of the test runtime.

use super::*;
use crate::cluster::kubeconfig::{ClusterEntry, ExecEntry, Surroundings};
use crate::cluster::plugin_policy::Policy;
use crate::cluster::test_server::{Seen, Server, answer};
use crate::cluster::transport::{Recipe, Route};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A plugin that counts its runs in a file, and prints `extra` with the token `token-N`.
fn counting(folder: &Path, extra: &str) -> Arc<ExecSpec> {
    let file = folder.join("runs").display().to_string();
    let script = format!(
        r#"echo >> {file}; n=$(($(wc -l < {file})));
           [ -e {file}.fail ] && {{ echo "no session" >&2; exit 1; }}
           printf '{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"token-%s"{extra}}}}}' "$n""#
    );
    let entry = ExecEntry {
        api_version: Some("client.authentication.k8s.io/v1".into()),
        command: "/bin/sh".into(),
        args: Some(vec!["-c".into(), script]),
        interactive_mode: Some("Never".into()),
        ..ExecEntry::default()
    };
    let around =
        Surroundings::new(|name| (name == "PATH").then(|| "/usr/bin:/bin".into()), "/nowhere");
    Arc::new(
        ExecSpec::new(&entry, &ClusterEntry::default(), None, Policy::AllowAll, &around).unwrap(),
    )
}

fn runs(folder: &Path) -> usize {
    std::fs::read_to_string(folder.join("runs")).unwrap_or_default().lines().count()
}

fn service(server: &Server, credentials: &Credentials) -> Auth<Transport> {
    let config = kube::Config::new("http://demo".parse().unwrap());
    let recipe = Recipe { config, route: Route::Pipe(server.dial()) };
    AuthLayer(credentials.clone()).layer(Transport::build(recipe, None).unwrap())
}

async fn send(auth: &Auth<Transport>, body: Body) -> Result<StatusCode, String> {
    let request = Request::post("http://demo/x").body(body).unwrap();
    auth.clone().oneshot(request).await.map(|reply| reply.status()).map_err(|err| err.to_string())
}

/// Lets in whoever has this token.
fn only(token: Arc<Mutex<String>>) -> Server {
    Server::new(move |seen: &Seen| {
        let wanted = format!("Bearer {}", token.lock().unwrap());
        let fits = seen.header("authorization") == wanted;
        answer(if fits { StatusCode::OK } else { StatusCode::UNAUTHORIZED }, "")
    })
}

#[tokio::test]
async fn after_a_401_the_plugin_runs_once_more_and_the_request_is_repeated_whole() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = Arc::new(Mutex::new("token-1".to_owned()));
    let server = only(wanted.clone());
    let credentials = Credentials::new(CredentialSource::Exec(counting(folder.path(), "")), None);
    let auth = service(&server, &credentials);
    assert_eq!(send(&auth, Body::empty()).await.unwrap(), StatusCode::OK);
    assert_eq!(send(&auth, Body::empty()).await.unwrap(), StatusCode::OK);
    assert_eq!(runs(folder.path()), 1, "a token without an end is kept");

    // The server forgot the token: ten requests notice together.
    *wanted.lock().unwrap() = "token-2".into();
    let ten = (0..10).map(|_| send(&auth, Body::from(b"patch".to_vec())));
    for status in futures::future::join_all(ten).await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
    assert_eq!(runs(folder.path()), 2, "all of them waited for one run");
    assert!(server.seen().iter().skip(2).all(|seen| seen.body == "patch"));

    // It never lets us in again: one more try, then its answer stands.
    *wanted.lock().unwrap() = "none".into();
    assert_eq!(send(&auth, Body::empty()).await.unwrap(), StatusCode::UNAUTHORIZED);
    assert_eq!(runs(folder.path()), 3);
}

#[tokio::test]
async fn what_the_plugin_says_when_it_fails_reaches_the_person_and_a_storm_does_not_rerun_it() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = Arc::new(Mutex::new("token-1".to_owned()));
    let server = only(wanted.clone());
    let credentials = Credentials::new(CredentialSource::Exec(counting(folder.path(), "")), None);
    let shown = credentials.watch();
    let auth = service(&server, &credentials);
    send(&auth, Body::empty()).await.unwrap();

    *wanted.lock().unwrap() = "token-3".into();
    std::fs::write(folder.path().join("runs.fail"), "").unwrap();
    let said = send(&auth, Body::empty()).await.unwrap_err();
    assert!(said.contains("no session"), "{said}");
    assert!(shown.borrow().refused.is_some());
    send(&auth, Body::empty()).await.unwrap_err();
    assert_eq!(runs(folder.path()), 2, "not again so soon");

    // The person logged in and pressed retry.
    std::fs::remove_file(folder.path().join("runs.fail")).unwrap();
    credentials.forget_failure();
    assert_eq!(send(&auth, Body::empty()).await.unwrap(), StatusCode::OK);
    assert!(shown.borrow().refused.is_none());
    assert_eq!(runs(folder.path()), 3);
}

#[tokio::test]
async fn a_credential_is_renewed_a_minute_before_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(|_: &Seen| answer(StatusCode::OK, ""));
    let in_seconds = |seconds| jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    for (end, expected) in [(in_seconds(600), 1), (in_seconds(30), 2)] {
        let _ = std::fs::remove_file(folder.path().join("runs"));
        let spec = counting(folder.path(), &format!(r#","expirationTimestamp":"{end}""#));
        let credentials = Credentials::new(CredentialSource::Exec(spec), None);
        credentials.prepare().await.unwrap();
        assert_eq!(credentials.watch().borrow().expires, Some(end.as_second()));
        age(&credentials, 11);
        send(&service(&server, &credentials), Body::empty()).await.unwrap();
        assert_eq!(runs(folder.path()), expected, "{end}");
    }

    // Renewing early fails: what we hold is used while it lasts.
    std::fs::write(folder.path().join("runs.fail"), "").unwrap();
    let spec = counting(folder.path(), "");
    let credentials = Credentials::new(CredentialSource::Exec(spec), None);
    let mut held = Credential::bearer(&SecretString::from("held")).unwrap();
    held.expires = Some(in_seconds(30).as_second());
    credentials.install(held).await.unwrap();
    age(&credentials, 11);
    assert_eq!(send(&service(&server, &credentials), Body::empty()).await.unwrap(), StatusCode::OK);
    assert_eq!(server.seen().last().unwrap().header("authorization"), "Bearer held");
}

/// As if the credential had been issued that many seconds earlier.
fn age(credentials: &Credentials, seconds: u64) {
    let mut state = credentials.lock();
    let issued = state.issued.as_mut().unwrap();
    issued.at = issued.at.checked_sub(Duration::from_secs(seconds)).unwrap();
}

#[tokio::test]
async fn a_token_file_is_read_again_each_minute_and_after_a_401() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let wanted = Arc::new(Mutex::new("one".to_owned()));
    let server = only(wanted.clone());
    let put = |token: &str| std::fs::write(&file, format!("{token}\n")).unwrap();
    put("one");
    let credentials = Credentials::new(CredentialSource::File(file.clone(), None), None);
    let auth = service(&server, &credentials);
    assert_eq!(send(&auth, Body::empty()).await.unwrap(), StatusCode::OK);

    put("two");
    *wanted.lock().unwrap() = "two".into();
    assert_eq!(send(&auth, Body::empty()).await.unwrap(), StatusCode::OK);
    let asked = server.seen().len();
    assert_eq!(asked, 3, "one 401, one repeat");

    put("three");
    *wanted.lock().unwrap() = "three".into();
    age(&credentials, 61);
    assert_eq!(send(&auth, Body::empty()).await.unwrap(), StatusCode::OK);
    assert_eq!(server.seen().len(), asked + 1, "read before the server could complain");

    // Gone or empty: what was read stays in use.
    put("");
    age(&credentials, 61);
    assert_eq!(send(&auth, Body::empty()).await.unwrap(), StatusCode::OK);
    std::fs::remove_file(&file).unwrap();
    age(&credentials, 61);
    assert_eq!(send(&auth, Body::empty()).await.unwrap(), StatusCode::OK);
}

#[tokio::test]
async fn a_credential_that_cannot_change_is_not_tried_twice() {
    let server = Server::new(|_: &Seen| answer(StatusCode::UNAUTHORIZED, ""));
    let basic = Credential::basic("ann", &SecretString::from("pw")).unwrap();
    let credentials = Credentials::new(CredentialSource::Fixed(Box::new(basic)), None);
    assert_eq!(
        send(&service(&server, &credentials), Body::empty()).await.unwrap(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(server.seen().len(), 1);
    assert_eq!(server.seen()[0].header("authorization"), "Basic YW5uOnB3");
}

#[tokio::test]
async fn what_was_typed_in_the_terminal_is_used_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("runs.fail"), "").unwrap();
    let server = Server::new(|_: &Seen| answer(StatusCode::OK, ""));
    let credentials = Credentials::new(CredentialSource::Exec(counting(folder.path(), "")), None);
    credentials.prepare().await.unwrap_err();
    credentials.install(Credential::bearer(&SecretString::from("typed")).unwrap()).await.unwrap();
    send(&service(&server, &credentials), Body::empty()).await.unwrap();
    assert_eq!(server.seen()[0].header("authorization"), "Bearer typed");
    assert_eq!(runs(folder.path()), 1);
}

#[tokio::test]
async fn a_fetch_goes_on_for_others_when_the_first_who_waited_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = Credentials::new(CredentialSource::Exec(counting(folder.path(), "")), None);
    let polled = Arc::new(AtomicUsize::new(0));
    {
        let first = credentials.prepare();
        tokio::pin!(first);
        futures::future::poll_fn(|cx| {
            polled.fetch_add(1, Ordering::Relaxed);
            let _ = first.as_mut().poll(cx);
            Poll::Ready(())
        })
        .await;
    }
    credentials.prepare().await.unwrap();
    assert_eq!(runs(folder.path()), 1);
}
