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
