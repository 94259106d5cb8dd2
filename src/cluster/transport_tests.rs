#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! Connections to small TLS servers and proxies on loopback.

use super::*;
use crate::cluster::test_server::{Seen, Server, answer};
use http::StatusCode;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

fn pem(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem(name).as_bytes()).unwrap()
}

fn identity(name: &str) -> Identity {
    Identity { certificate: pem(&format!("{name}.crt")), key: pem(&format!("{name}.key")).into() }
}

/// Certificates clients showed, one per connection; None for a connection without.
type Shown = Arc<Mutex<Vec<Option<CertificateDer<'static>>>>>;

/// A TLS server named `api.wheelhouse.test` that asks for client certificates but does not insist.
async fn tls_server() -> (SocketAddr, Shown) {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate("ca.crt")).unwrap();
    let asking =
        WebPkiClientVerifier::builder(Arc::new(roots)).allow_unauthenticated().build().unwrap();
    let key = PrivateKeyDer::from_pem_slice(pem("server.key").as_bytes()).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_client_cert_verifier(asking)
        .with_single_cert(vec![certificate("server.crt")], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shown = Shown::default();
    let note = shown.clone();
    tokio::spawn(async move {
        let server = Server::new(|_: &Seen| answer(StatusCode::OK, "{}"));
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let theirs = stream.get_ref().1.peer_certificates().and_then(|all| all.first());
            note.lock().unwrap().push(theirs.map(|one| one.clone().into_owned()));
            tokio::spawn(server.clone().serve(stream));
        }
    });
    (address, shown)
}

fn recipe(server: SocketAddr, ca: &str) -> Recipe {
    let mut config = kube::Config::new(format!("https://{server}").parse().unwrap());
    config.root_cert = Some(vec![certificate(ca).to_vec()]);
    config.tls_server_name = Some("api.wheelhouse.test".into());
    Recipe { config, route: Route::Network(None) }
}

async fn ask(transport: &Transport) -> Result<StatusCode, Fault> {
    let uri = transport.recipe.config.cluster_url.clone();
    let request = Request::get(uri).body(Body::empty()).unwrap();
    match transport.clone().oneshot(request).await {
        Ok(reply) => Ok(reply.status()),
        Err(err) => {
            Err(explain(err.as_ref(), "ask").unwrap_or_else(|| panic!("unexplained: {err:?}")))
        }
    }
}

#[tokio::test]
async fn the_server_must_be_signed_by_the_authority_and_have_the_name() {
    let (server, _) = tls_server().await;
    let fine = recipe(server, "ca.crt");
    assert_eq!(ask(&Transport::build(fine.clone(), None).unwrap()).await.unwrap(), StatusCode::OK);

    let wrong = Transport::build(recipe(server, "other-ca.crt"), None).unwrap();
    let fault = ask(&wrong).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Network);
    assert!(fault.hint.contains("certificate-authority"), "{fault}");

    let mut nameless = fine.clone();
    nameless.config.tls_server_name = None;
    let fault = ask(&Transport::build(nameless, None).unwrap()).await.unwrap_err();
    assert!(fault.hint.contains("tls-server-name"), "{fault}");

    let mut careless = recipe(server, "other-ca.crt");
    careless.config.accept_invalid_certs = true;
    assert_eq!(ask(&Transport::build(careless, None).unwrap()).await.unwrap(), StatusCode::OK);
}

#[tokio::test]
async fn a_new_client_certificate_is_used_from_the_next_request_on() {
    let (server, shown) = tls_server().await;
    let transport = Transport::build(recipe(server, "ca.crt"), None).unwrap();
    for who in [None, Some("ann"), Some("ann"), Some("bob")] {
        transport.use_identity(who.map(identity)).await.unwrap();
        ask(&transport).await.unwrap();
    }
    let expected = [None, Some(certificate("ann.crt")), Some(certificate("bob.crt"))];
    assert_eq!(*shown.lock().unwrap(), expected, "and the same one keeps its connection");

    let garbage = Identity { certificate: "x".into(), key: "y".into() };
    let fault = transport.use_identity(Some(garbage)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Input);
    ask(&transport).await.unwrap();
    assert_eq!(shown.lock().unwrap().len(), 3, "the one in use stays");
}

/// A proxy that takes every CONNECT to `target`, and what it was asked.
async fn connect_proxy(target: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let note = asked.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await.unwrap() > 0 {}
            note.lock().unwrap().push(head);
            stream.write_all(b"HTTP/1.1 200 fine\r\n\r\n").await.unwrap();
            let mut out = TcpStream::connect(target).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut out).await });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn an_http_proxy_is_asked_to_connect_with_its_login_and_sees_only_tls() {
    let (server, _) = tls_server().await;
    let (proxy, asked) = connect_proxy(server).await;
    let mut through = recipe(server, "ca.crt");
    through.config.cluster_url = "https://api.wheelhouse.test:6443".parse().unwrap();
    through.config.tls_server_name = None;
    let url = format!("http://ann:s%40cret@{proxy}");
    through.route = Route::Network(Some(Proxy::parse(&url, "test").unwrap()));
    assert_eq!(ask(&Transport::build(through, None).unwrap()).await.unwrap(), StatusCode::OK);
    let head = asked.lock().unwrap()[0].clone();
    assert!(head.starts_with("CONNECT api.wheelhouse.test:6443 HTTP/1.1\r\n"), "{head}");
    // base64 of `ann:s@cret`
    assert!(head.to_lowercase().contains("proxy-authorization: basic yw5uonnay3jlda=="), "{head}");
}

#[tokio::test]
async fn a_socks_proxy_resolves_the_name() {
    let (server, _) = tls_server().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap();
    let name = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 2];
        stream.read_exact(&mut hello).await.unwrap();
        let mut methods = vec![0; usize::from(hello[1])];
        stream.read_exact(&mut methods).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut wanted = [0; 5];
        stream.read_exact(&mut wanted).await.unwrap();
        let mut name = vec![0; usize::from(wanted[4]) + 2];
        stream.read_exact(&mut name).await.unwrap();
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let mut out = TcpStream::connect(server).await.unwrap();
        tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut out).await });
        name.truncate(name.len() - 2);
        (wanted[3], String::from_utf8(name).unwrap())
    });
    let mut through = recipe(server, "ca.crt");
    through.config.cluster_url = "https://api.wheelhouse.test:6443".parse().unwrap();
    through.route =
        Route::Network(Some(Proxy::parse(&format!("socks5://{proxy}"), "test").unwrap()));
    assert_eq!(ask(&Transport::build(through, None).unwrap()).await.unwrap(), StatusCode::OK);
    assert_eq!(name.await.unwrap(), (3, "api.wheelhouse.test".to_owned()));
}

#[tokio::test]
async fn a_connection_that_never_comes_about_is_given_up() {
    let never = tower::service_fn(|_: Uri| futures::future::pending::<Result<Wire, io::Error>>());
    let never = limited(erase(never), "https://far.example".into(), Duration::from_millis(1));
    let err = never.oneshot(Uri::from_static("https://far.example")).await.err().unwrap();
    let fault = explain(err.as_ref(), "list pods").unwrap();
    assert!(fault.why.contains("https://far.example") && fault.hint.contains("VPN"), "{fault}");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_told_by_reason() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fault = ask(&Transport::build(recipe(free, "ca.crt"), None).unwrap()).await.unwrap_err();
    assert!(fault.why.contains("refused") && fault.hint.contains("nothing listens"), "{fault}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let fault = ask(&Transport::build(recipe(plain, "ca.crt"), None).unwrap()).await.unwrap_err();
    assert!(fault.hint.contains("TLS port"), "{fault}");
}
