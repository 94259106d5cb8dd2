//! One HTTP/1.1 connection: requests are routed to the parts that answer them.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

use super::access::Rules;
use super::delete;
use super::discovery;
use super::exec;
use super::kinds::Type;
use super::logs;
use super::metrics;
use super::portforward;
use super::read::{self, Reply};
use super::request::{self, Query, Route, Target};
use super::review;
use super::status::Failure;
use super::store::Store;
use super::upgrade;
use super::watch::Watch;
use super::write;

/// What all connections share.
pub struct Server {
    /// The objects.
    pub store: Rc<RefCell<Store>>,
    /// What is forbidden.
    pub rules: Arc<Mutex<Rules>>,
    /// Files of containers that were entered.
    pub disks: exec::Disks,
}

impl Server {
    /// What is forbidden now.
    fn rules(&self) -> Rules {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A request, read to its end.
pub struct Call {
    /// Method.
    pub method: Method,
    /// What it is about.
    pub target: Target,
    /// Its query.
    pub query: Query,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// What the connection becomes, where it asks for a WebSocket.
    pub upgrade: Cell<Option<OnUpgrade>>,
}

/// Serves a connection until the client closes it.
pub async fn serve(server: Rc<Server>, pipe: DuplexStream) {
    let service = service_fn(move |request| {
        let server = server.clone();
        async move { Ok::<_, Infallible>(answer(&server, request).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(pipe), service)
        .with_upgrades();
    // A client that went away mid-request is nothing to report in a demo.
    let _ = connection.await;
}

async fn answer(server: &Rc<Server>, mut request: Request<Incoming>) -> Response<Reply> {
    let upgrade = Cell::new(upgrade::wanted(&mut request));
    let (parts, body) = request.into_parts();
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let accept = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let route = request::route(&server.store.borrow(), parts.uri.path());
    let target = match route {
        Route::Resource(target) => target,
        Route::NoResource => return failed(&Failure::no_such_resource()),
        other => return document(&server.store.borrow(), &other, &accept),
    };
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return failed(&Failure::bad_request("the body ended early")),
    };
    let call = Call { method: parts.method, target, query, headers: parts.headers, body, upgrade };
    resource(server, &call).unwrap_or_else(|failure| failed(&failure))
}

/// Answers that do not depend on one resource.
fn document(store: &Store, route: &Route, accept: &str) -> Response<Reply> {
    let aggregated = discovery::wants_aggregated(accept);
    let found = match route {
        Route::Version => Some(discovery::version()),
        Route::Health => return text(StatusCode::OK, "ok"),
        Route::Api | Route::Apis if aggregated => {
            let value = discovery::aggregated(store, *route == Route::Api);
            let mut response = value_response(StatusCode::OK, &value);
            let media = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media));
            return response;
        }
        Route::Api => Some(discovery::api_versions()),
        Route::Apis => Some(discovery::group_list(store)),
        Route::Group(group) => discovery::group(store, group),
        Route::Version1 { group, version } => discovery::resources(store, group, version),
        Route::Resource(_) | Route::NoResource | Route::Nowhere => None,
    };
    match found {
        Some(value) => value_response(StatusCode::OK, &value),
        None => text(StatusCode::NOT_FOUND, "404 page not found\n"),
    }
}

fn resource(server: &Rc<Server>, call: &Call) -> Result<Response<Reply>, Failure> {
    let verb = request::verb(&call.method, &call.target, &call.query);
    let ty = server.store.borrow().ty(call.target.id).clone();
    server.rules().check(&ty, verb, &call.target)?;
    if let Some(sub) = &call.target.sub {
        return subresource(server, call, &ty, sub);
    }
    if !ty.verbs.contains(&verb) {
        return Err(Failure::method_not_allowed());
    }
    if verb == "create" && ty.verbs.len() == 1 {
        let review = review::answer(&server.rules(), &ty.kind, &call.body)?;
        return Ok(value_response(StatusCode::CREATED, &review));
    }
    if ty.group == "metrics.k8s.io" {
        let usage = metrics::answer(&server.store.borrow(), &call.target, &call.query)?;
        return Ok(value_response(StatusCode::OK, &usage));
    }
    match verb {
        "list" => {
            let list = read::list(&server.store.borrow(), &call.target, &call.query)?;
            Ok(response(StatusCode::OK, Reply::List(list)))
        }
        "watch" => watch(server, call),
        "get" if call.query.is("watch") => watch(server, call),
        "get" => {
            let object = read::get(&server.store.borrow(), &call.target)?;
            Ok(json_response(StatusCode::OK, object))
        }
        "delete" => {
            let object = delete::delete(&mut server.store.borrow_mut(), call)?;
            Ok(value_response(StatusCode::OK, &object))
        }
        "deletecollection" => {
            let list = delete::collection(&mut server.store.borrow_mut(), call)?;
            Ok(json_response(StatusCode::OK, list))
        }
        "create" if call.target.name.is_some() => Err(Failure::method_not_allowed()),
        "update" | "patch" if call.target.name.is_none() => Err(Failure::method_not_allowed()),
        _ => {
            let (status, object) = write::write(&mut server.store.borrow_mut(), call)?;
            Ok(value_response(status, &object))
        }
    }
}

fn watch(server: &Rc<Server>, call: &Call) -> Result<Response<Reply>, Failure> {
    let watch = Watch::admit(&server.store, &call.target, &call.query)?;
    let (sender, receiver) = mpsc::channel(64);
    tokio::task::spawn_local(watch.run(sender));
    Ok(response(StatusCode::OK, Reply::Stream(receiver)))
}

fn subresource(
    server: &Rc<Server>,
    call: &Call,
    ty: &Type,
    sub: &str,
) -> Result<Response<Reply>, Failure> {
    let has = |wanted: &str| ty.extra.iter().any(|(name, _, _)| *name == wanted);
    let write = matches!(call.method, Method::PUT | Method::PATCH);
    match (sub, &call.method) {
        ("status", &Method::GET) if ty.status => {
            let object = read::get(&server.store.borrow(), &call.target)?;
            Ok(json_response(StatusCode::OK, object))
        }
        ("scale", &Method::GET) if ty.scale.is_some() => {
            let object = read::get(&server.store.borrow(), &call.target)?;
            let object = serde_json::from_slice(&object).unwrap_or_default();
            Ok(value_response(StatusCode::OK, &write::scale(ty, &object)?))
        }
        ("ephemeralcontainers", &Method::GET) if has(sub) => {
            let object = read::get(&server.store.borrow(), &call.target)?;
            Ok(json_response(StatusCode::OK, object))
        }
        ("ephemeralcontainers", _) if has(sub) && write => {
            let (status, object) = write::write(&mut server.store.borrow_mut(), call)?;
            Ok(value_response(status, &object))
        }
        ("status", _) if ty.status && write => {
            let (status, object) = write::write(&mut server.store.borrow_mut(), call)?;
            Ok(value_response(status, &object))
        }
        ("scale", _) if ty.scale.is_some() && write => {
            let (status, object) = write::write(&mut server.store.borrow_mut(), call)?;
            Ok(value_response(status, &object))
        }
        ("eviction", &Method::POST) if has(sub) => {
            let done = delete::evict(&mut server.store.borrow_mut(), call)?;
            Ok(value_response(StatusCode::CREATED, &done))
        }
        ("portforward", &Method::GET) if has(sub) => portforward::answer(&server.store, call),
        ("exec" | "attach", &Method::GET) if has(sub) => exec::answer(server, call),
        ("log", &Method::GET) if has(sub) => {
            let reply = logs::answer(&server.store, &call.target, &call.query)?;
            let mut answer = response(StatusCode::OK, reply);
            let media = header::HeaderValue::from_static("text/plain");
            answer.headers_mut().insert(header::CONTENT_TYPE, media);
            Ok(answer)
        }
        _ => Err(Failure::no_such_resource()),
    }
}

/// A JSON answer of given text.
pub fn json_response(status: StatusCode, body: Bytes) -> Response<Reply> {
    response(status, Reply::Full(Some(body)))
}

/// A JSON answer.
pub fn value_response(status: StatusCode, value: &Value) -> Response<Reply> {
    json_response(status, Bytes::from(value.to_string()))
}

fn failed(failure: &Failure) -> Response<Reply> {
    let status = StatusCode::from_u16(failure.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    value_response(status, &failure.to_value())
}

fn text(status: StatusCode, body: &'static str) -> Response<Reply> {
    let mut response = response(status, Reply::Full(Some(Bytes::from_static(body.as_bytes()))));
    let media = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    response
}

fn response(status: StatusCode, reply: Reply) -> Response<Reply> {
    let mut response = Response::new(reply);
    *response.status_mut() = status;
    let media = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    response
}
