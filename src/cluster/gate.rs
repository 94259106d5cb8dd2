//! The gate: a layer of the client itself that lets nothing but reads pass, unless a plan's permit
//! is attached. A bug elsewhere cannot write, nor open a shell.

use super::write::Permit;
use crate::model::{Fault, FaultKind};
use futures::TryFutureExt as _;
use futures::future::{Either, MapErr, Ready, ready};
use http::{Method, Request, header};
use std::task::{Context, Poll};
use tower::{BoxError, Layer, Service};

/// Subresources that reach into a workload or a node, whatever the method.
const REACHING: [&str; 4] = ["exec", "attach", "portforward", "proxy"];

/// Questions about oneself are asked with POST and change nothing.
const QUESTIONS: [&str; 2] = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"];

/// Puts the gate around a service.
#[derive(Clone, Copy, Debug, Default)]
pub struct GateLayer;

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate { inner }
    }
}

/// A service behind the gate.
#[derive(Clone, Debug)]
pub struct Gate<S> {
    inner: S,
}

impl<S, B> Service<Request<B>> for Gate<S>
where
    S: Service<Request<B>>,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future =
        Either<MapErr<S::Future, fn(S::Error) -> BoxError>, Ready<Result<S::Response, BoxError>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match judge(&request) {
            Ok(()) => Either::Left(self.inner.call(request).map_err(Into::into)),
            Err(fault) => Either::Right(ready(Err(fault.into()))),
        }
    }
}

fn judge<B>(request: &Request<B>) -> Result<(), Fault> {
    let (method, path) = (request.method(), request.uri().path());
    let read = matches!(*method, Method::GET | Method::HEAD)
        && !request.headers().contains_key(header::UPGRADE)
        && (!reaches(path) || is_summary(request.uri()));
    let target = request.uri().path_and_query().map_or(path, |target| target.as_str());
    let permitted =
        request.extensions().get::<Permit>().is_some_and(|permit| permit.covers(method, target));
    if read || permitted || (*method == Method::POST && is_question(path)) {
        return Ok(());
    }
    Err(Fault::new(
        FaultKind::Refused,
        format!("{method} {}", super::errors::line(path)),
        "wheelhouse sends nothing but reads without a plan that was shown",
    )
    .hint("this is a mistake in wheelhouse; please report it"))
}

/// `/api/v1/[namespaces/NS/]plural/name/SUBRESOURCE…` with a subresource that reaches into things.
/// The server decodes the path before it looks at it, so we do too.
fn reaches(path: &str) -> bool {
    let path = decoded(path);
    let path = path.trim_matches('/');
    // Something on the way may walk these, and end elsewhere than we look.
    if !path.is_empty() && path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return true;
    }
    let mut parts = path.split('/');
    let skip = match parts.next() {
        Some("api") => 1,
        Some("apis") => 2,
        // Not the API at all: nothing there reaches into a workload.
        _ => return false,
    };
    let rest: Vec<&str> = parts.skip(skip).collect();
    let reaching = |part: &&str| REACHING.iter().any(|name| part.eq_ignore_ascii_case(name));
    let subresource = |rest: &[&str]| rest.get(2).is_some_and(reaching);
    match rest.as_slice() {
        ["namespaces", _, inner @ ..] => subresource(inner),
        ["proxy", ..] => true,
        outer => subresource(outer),
    }
}

/// The one thing behind a kubelet's proxy that is a list of figures and nothing else:
/// `/api/v1/nodes/NAME/proxy/stats/summary`, to the letter.
fn is_summary(uri: &http::Uri) -> bool {
    let name = uri
        .path()
        .strip_prefix("/api/v1/nodes/")
        .and_then(|rest| rest.strip_suffix("/proxy/stats/summary"));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    name.is_some_and(|name| !name.is_empty() && !name.contains("..") && name.bytes().all(plain))
        && uri.query().is_none()
}

fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| byte == b'%').and_then(|hex| {
            std::str::from_utf8(hex).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())
        });
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_question(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    matches!(
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()),
        (Some("apis"), Some("authorization.k8s.io"), Some(_), Some(name), None)
            if QUESTIONS.contains(&name)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn passes(method: Method, path: &str) -> bool {
        judge(&Request::builder().method(method).uri(path).body(()).unwrap()).is_ok()
    }

    #[test]
    fn reads_pass_and_nothing_else_does() {
        assert!(passes(Method::GET, "/api/v1/pods?watch=1"));
        assert!(passes(Method::HEAD, "/version"));
        assert!(passes(Method::GET, "/api/v1/namespaces/a/pods/x/log"));
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            assert!(!passes(method.clone(), "/api/v1/namespaces/a/pods/x"), "{method}");
        }
    }

    #[test]
    fn reaching_into_a_workload_is_no_read() {
        for sub in ["exec", "attach", "portforward", "proxy", "proxy/metrics", "EXEC", "e%78ec"] {
            assert!(!passes(Method::GET, &format!("/api/v1/namespaces/a/pods/x/{sub}")), "{sub}");
        }
        assert!(!passes(Method::GET, "/api/v1/nodes/n/proxy/run"));
        assert!(!passes(Method::GET, "/api/v1/proxy/nodes/n"));
        assert!(!passes(Method::GET, "/api/v1/%6eamespaces/a/pods/x/exec"));
        assert!(!passes(Method::GET, "/api/v1/namespaces/a%2Fpods%2Fx/exec"));
        assert!(!passes(Method::GET, "/api/v1/nodes/n/../../namespaces/a/pods/x"));
        // Names are names.
        assert!(passes(Method::GET, "/api/v1/namespaces/a/configmaps/exec"));
        assert!(passes(Method::GET, "/api/v1/namespaces/proxy"));
        assert!(passes(Method::GET, "/api/v1/namespaces/exec/pods/attach"));
    }

    #[test]
    fn the_figures_of_a_kubelet_pass_and_nothing_else_behind_its_proxy() {
        assert!(passes(Method::GET, "/api/v1/nodes/worker-1.example/proxy/stats/summary"));
        for path in [
            "/api/v1/nodes/n/proxy/stats/summary?x=1",
            "/api/v1/nodes/n/proxy/stats/summary/",
            "/api/v1/nodes/n/proxy/stats/../run/summary",
            "/api/v1/nodes/n/proxy/run/proxy/stats/summary",
            "/api/v1/nodes/n%2F..%2Fm/proxy/stats/summary",
            "/api/v1/nodes//proxy/stats/summary",
            "/api/v1/namespaces/a/pods/x/proxy/stats/summary",
        ] {
            assert!(!passes(Method::GET, path), "{path}");
        }
        assert!(!passes(Method::POST, "/api/v1/nodes/n/proxy/stats/summary"));
    }

    #[test]
    fn an_upgrade_is_no_read() {
        let request = Request::builder()
            .uri("/api/v1/namespaces/a/pods/x/log")
            .header(header::UPGRADE, "websocket")
            .body(())
            .unwrap();
        assert_eq!(judge(&request).unwrap_err().kind, FaultKind::Refused);
    }

    #[test]
    fn questions_about_oneself_pass_but_not_about_others() {
        let base = "/apis/authorization.k8s.io/v1";
        assert!(passes(Method::POST, &format!("{base}/selfsubjectaccessreviews")));
        assert!(passes(Method::POST, &format!("{base}/selfsubjectrulesreviews")));
        assert!(!passes(Method::POST, &format!("{base}/subjectaccessreviews")));
        assert!(!passes(Method::POST, &format!("{base}/selfsubjectaccessreviews/x")));
        assert!(!passes(Method::DELETE, &format!("{base}/selfsubjectaccessreviews")));
    }
}
