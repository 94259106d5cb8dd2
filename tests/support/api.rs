//! An API client of the tests' own: plain requests, answers as they come. Not the client under test.

use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::Value;

/// Requests under way at once when many objects are written.
const LANES: usize = 16;

/// A client that blocks.
pub struct Api {
    runtime: tokio::runtime::Runtime,
    client: kube::Client,
}

/// One write, for [`Api::all`].
#[derive(Clone, Debug)]
pub struct Write {
    /// `POST`, `PATCH`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// Media type of the body.
    pub media: &'static str,
    /// The body.
    pub body: Value,
}

/// Media type of a JSON merge patch.
pub const MERGE: &str = "application/merge-patch+json";
const JSON: &str = "application/json";

impl Write {
    /// Creates an object in the collection at `path`.
    pub fn create(path: impl Into<String>, body: Value) -> Self {
        Self { method: "POST", path: path.into(), media: JSON, body }
    }

    /// Merges `body` into the object at `path`.
    pub fn merge(path: impl Into<String>, body: Value) -> Self {
        Self { method: "PATCH", path: path.into(), media: MERGE, body }
    }

    /// Deletes the object at `path`.
    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: "DELETE", path: path.into(), media: JSON, body: Value::Null }
    }
}

impl Api {
    /// A client for the API server on this port of loopback. Its certificate is the tests' own
    /// and not looked at: that is the business of the client under test.
    pub fn connect(port: u16, token: &str) -> Result<Self, String> {
        let say = |error: &dyn std::fmt::Display| error.to_string();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| say(&e))?;
        let url = format!("https://127.0.0.1:{port}").parse().map_err(|e| say(&e))?;
        let mut config = kube::Config::new(url);
        config.accept_invalid_certs = true;
        config.auth_info.token = Some(token.to_owned().into());
        let client = {
            let _inside = runtime.enter();
            kube::Client::try_from(config).map_err(|e| say(&e))?
        };
        Ok(Self { runtime, client })
    }

    /// One request; code and body as text.
    pub fn text(
        &self,
        method: &str,
        path: &str,
        accept: &str,
        body: Option<(&str, &Value)>,
    ) -> Result<(u16, String), String> {
        self.runtime.block_on(send(&self.client, method, path, accept, body))
    }

    /// One request with a JSON body and answer.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.call_as(method, path, JSON, body)
    }

    /// One request with a body of this media type.
    pub fn call_as(
        &self,
        method: &str,
        path: &str,
        media: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let (code, text) = self
            .text(method, path, JSON, body.map(|body| (media, body)))
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        (code, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Reads; panics on anything but 200.
    pub fn get(&self, path: &str) -> Value {
        let (code, body) = self.call("GET", path, None);
        assert_eq!(code, 200, "GET {path}: {body}");
        body
    }

    /// Reads the bytes as they come.
    pub fn bytes(&self, path: &str) -> String {
        let (code, body) =
            self.text("GET", path, JSON, None).unwrap_or_else(|e| panic!("GET {path}: {e}"));
        assert_eq!(code, 200, "GET {path}: {body}");
        body
    }

    /// Reads the bytes as they come, in the form asked for.
    pub fn raw(&self, path: &str, accept: &str) -> Vec<u8> {
        let sent = self.runtime.block_on(exchange(&self.client, "GET", path, accept, None));
        let (code, body) = sent.unwrap_or_else(|e| panic!("GET {path}: {e}"));
        assert_eq!(code, 200, "GET {path}");
        body
    }

    /// What the server itself would print of a collection, wide columns included.
    pub fn table(&self, path: &str) -> Value {
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
        let (code, body) =
            self.text("GET", path, accept, None).unwrap_or_else(|e| panic!("GET {path}: {e}"));
        assert_eq!(code, 200, "GET {path}: {body}");
        serde_json::from_str(&body).expect("a Table")
    }

    /// Creates; panics when refused.
    pub fn create(&self, path: &str, body: &Value) -> Value {
        let (code, answer) = self.call("POST", path, Some(body));
        assert!(matches!(code, 200..=299), "POST {path}: {code} {answer}");
        answer
    }

    /// Many writes, several at once, in no order; panics when one is refused.
    pub fn all(&self, writes: impl IntoIterator<Item = Write>) {
        self.runtime.block_on(async {
            futures::stream::iter(writes)
                .map(|write| async move {
                    let body = (!write.body.is_null()).then_some((write.media, &write.body));
                    let answer = send(&self.client, write.method, &write.path, JSON, body).await;
                    match answer {
                        Ok((200..=299, _)) => {}
                        other => panic!("{} {}: {other:?}", write.method, write.path),
                    }
                })
                .buffer_unordered(LANES)
                .collect::<()>()
                .await;
        });
    }
}

async fn send(
    client: &kube::Client,
    method: &str,
    path: &str,
    accept: &str,
    body: Option<(&str, &Value)>,
) -> Result<(u16, String), String> {
    let (code, bytes) = exchange(client, method, path, accept, body).await?;
    Ok((code, String::from_utf8_lossy(&bytes).into_owned()))
}

async fn exchange(
    client: &kube::Client,
    method: &str,
    path: &str,
    accept: &str,
    body: Option<(&str, &Value)>,
) -> Result<(u16, Vec<u8>), String> {
    let mut request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("accept", accept)
        .header("user-agent", "wheelhouse-test");
    let mut bytes = Vec::new();
    if let Some((media, body)) = body {
        request = request.header("content-type", media);
        bytes = body.to_string().into_bytes();
    }
    let request = request.body(Body::from(bytes)).map_err(|error| error.to_string())?;
    let answer = client.send(request).await.map_err(|error| format!("{error:?}"))?;
    let code = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok((code, bytes.to_vec()))
}
