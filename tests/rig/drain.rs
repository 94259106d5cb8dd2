//! A client that reads a list and throws it away: what no client can be faster than.

use http_body_util::BodyExt as _;
use std::time::Instant;

/// How a list is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Encoding {
    /// `application/json`
    Json,
    /// `application/vnd.kubernetes.protobuf`
    Protobuf,
}

impl Encoding {
    fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Protobuf => "application/vnd.kubernetes.protobuf",
        }
    }
}

/// A client; to be made where a runtime is.
pub fn client(url: &str, token: &str) -> kube::Client {
    let mut config = kube::Config::new(url.parse().expect("a URL"));
    config.accept_invalid_certs = true;
    config.auth_info.token = Some(token.to_owned().into());
    kube::Client::try_from(config).expect("a client")
}

/// A request in the form asked for, and not compressed.
pub fn get(path: &str, accept: &str) -> http::Request<kube::client::Body> {
    http::Request::get(path)
        .header("accept", accept)
        .header("accept-encoding", "identity")
        .header("user-agent", "wheelhouse-rig")
        .body(kube::client::Body::empty())
        .expect("a request")
}

/// How a first list is streamed: the watch that programs on client-go begin with.
const WATCH_LIST: &str = "/api/v1/pods?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&\
                          resourceVersionMatch=NotOlderThan&resourceVersion=0";

/// Seconds until all pods have come by a watch that begins with them, in JSON, and how many bytes they were.
pub fn watch_list(url: &str, token: &str) -> (f64, u64) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = client(url, token);
        let began = Instant::now();
        let answer = client.send(get(WATCH_LIST, "application/json")).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{WATCH_LIST}");
        let (mut body, mut bytes, mut tail) = (answer.into_body(), 0, Vec::new());
        // The bookmark that ends it is the last event, and a small one.
        while memchr::memmem::find(&tail, b"k8s.io/initial-events-end").is_none() {
            let frame = body.frame().await.expect("the watch goes on").expect("its bytes");
            let data = frame.data_ref().expect("bytes");
            bytes += data.len() as u64;
            tail.extend_from_slice(data);
            let from = tail.len().saturating_sub(1024);
            tail.drain(..from);
        }
        (began.elapsed().as_secs_f64(), bytes)
    })
}

/// Seconds from the first byte sent to the last one read, connection included, and how many bytes they were.
pub fn list(url: &str, token: &str, path: &str, encoding: Encoding) -> (f64, u64) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = client(url, token);
        let request = get(path, encoding.media());
        let began = Instant::now();
        let answer = client.send(request).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let (mut body, mut bytes) = (answer.into_body(), 0);
        while let Some(frame) = body.frame().await {
            bytes += frame.expect("the body").data_ref().map_or(0, |data| data.len() as u64);
        }
        (began.elapsed().as_secs_f64(), bytes)
    })
}
