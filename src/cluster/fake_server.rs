#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! An API server for tests: pods in a map, a history that can be compacted, watches that can be
//! cut, and answers that can be scripted. No sockets, no clock.

use bytes::Bytes;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use kube::client::Body;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Piece = Result<Frame<Bytes>, std::io::Error>;
type Out = http_body_util::combinators::UnsyncBoxBody<Bytes, std::io::Error>;

/// What comes after the pieces of a scripted body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    End,
    Cut,
    Hang,
}

/// A scripted answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub pieces: Vec<Vec<u8>>,
    pub then: Then,
    /// Before its head.
    pub late: Duration,
    /// Before each piece.
    pub wait: Duration,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            pieces: vec![body.into()],
            then: Then::End,
            late: Duration::ZERO,
            wait: Duration::ZERO,
        }
    }

    /// A Status of this code and reason.
    pub fn status(code: u16, reason: &str) -> Self {
        Self::new(code, status(code, reason))
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn late(mut self, late: Duration) -> Self {
        self.late = late;
        self
    }

    pub fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }
}

pub fn status(code: u16, reason: &str) -> String {
    serde_json::json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "reason": reason, "message": format!("said no: {reason}")})
    .to_string()
}

pub fn behind() -> Answer {
    let body = serde_json::json!({"kind": "Status", "status": "Failure", "code": 504,
        "reason": "Timeout", "message": "Timeout: Too large resource version: 9, current: 5",
        "details": {"retryAfterSeconds": 1, "causes": [
            {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]}});
    Answer::new(504, body.to_string())
}

pub fn pod(namespace: &str, name: &str, version: u64) -> String {
    serde_json::json!({"kind": "Pod", "apiVersion": "v1", "metadata": {
        "name": name, "namespace": namespace, "uid": format!("uid-{name}"),
        "resourceVersion": version.to_string(),
        "creationTimestamp": "2026-01-01T00:00:00Z"}})
    .to_string()
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    pub body: String,
    /// `Accept-Encoding`.
    pub encoding: String,
    /// `If-None-Match`.
    pub tag: String,
}

impl Seen {
    fn param(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    pub fn is_watch(&self) -> bool {
        self.param("watch") == Some("1")
    }
}

type Handler = Box<dyn FnMut(&Seen) -> Option<Answer> + Send>;

#[derive(Default)]
struct State {
    objects: BTreeMap<(String, String), u64>,
    version: u64,
    /// Changes since `compacted`: version, type, namespace, name.
    history: Vec<(u64, &'static str, String, String)>,
    compacted: u64,
    watchers: Vec<(Option<String>, UnboundedSender<Piece>)>,
    script: VecDeque<Answer>,
    handler: Option<Handler>,
    seen: Vec<Seen>,
    away: bool,
    cut_list_after: Option<usize>,
    /// Every list that is not limited breaks after so many bytes.
    cut_whole_lists: Option<usize>,
    /// What follows the pages that were given out, and their version: a `continue` names its place in here.
    rest: Vec<(u64, Vec<String>)>,
}

/// The server; clones share it.
#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<State>>);

impl Fake {
    pub fn new() -> Self {
        let fake = Self::default();
        fake.0.lock().unwrap().version = 100;
        fake.0.lock().unwrap().compacted = 100;
        fake
    }

    pub fn client(&self) -> kube::Client {
        let fake = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let fake = fake.clone();
            async move { fake.answer(request).await }
        });
        let service = tower::ServiceBuilder::new().layer(super::gate::GateLayer).service(service);
        kube::Client::new(service, "default")
    }

    /// Answers the next list or watch of pods with this.
    pub fn script(&self, answers: impl IntoIterator<Item = Answer>) {
        self.0.lock().unwrap().script.extend(answers);
    }

    /// Forgets scripted answers that nobody asked for.
    pub fn unscript(&self) {
        self.0.lock().unwrap().script.clear();
    }

    /// Asked first, for every request.
    pub fn handle(&self, handler: impl FnMut(&Seen) -> Option<Answer> + Send + 'static) {
        self.0.lock().unwrap().handler = Some(Box::new(handler));
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().seen.clone()
    }

    /// Lists and watches of pods, as `path?query`.
    pub fn streams(&self) -> Vec<String> {
        let pods = |seen: &&Seen| seen.path.ends_with("/pods");
        let line = |seen: &Seen| format!("{}?{}", seen.path, seen.query);
        self.seen().iter().filter(pods).map(line).collect()
    }

    pub fn put(&self, namespace: &str, name: &str) -> u64 {
        let mut state = self.0.lock().unwrap();
        state.version += 1;
        let version = state.version;
        let key = (namespace.to_owned(), name.to_owned());
        let kind = if state.objects.insert(key, version).is_some() { "MODIFIED" } else { "ADDED" };
        state.happen(kind, namespace, name);
        version
    }

    pub fn delete(&self, namespace: &str, name: &str) {
        let mut state = self.0.lock().unwrap();
        if state.objects.remove(&(namespace.to_owned(), name.to_owned())).is_some() {
            state.version += 1;
            state.happen("DELETED", namespace, name);
        }
    }

    /// Writes a line of its own into all watches.
    pub fn line(&self, line: &str) {
        let mut state = self.0.lock().unwrap();
        state.send(None, line);
    }

    pub fn bookmark(&self) {
        let version = self.0.lock().unwrap().version;
        self.line(&format!(
            r#"{{"type":"BOOKMARK","object":{{"metadata":{{"resourceVersion":"{version}"}}}}}}"#
        ));
    }

    /// Forgets the history: watches from the past are told 410.
    pub fn compact(&self) {
        let mut state = self.0.lock().unwrap();
        state.history.clear();
        state.compacted = state.version;
    }

    /// Breaks (or ends) all watches.
    pub fn cut(&self, then: Then) {
        for (_, watcher) in self.0.lock().unwrap().watchers.drain(..) {
            if then == Then::Cut {
                let _ = watcher.unbounded_send(Err(reset()));
            }
        }
    }

    /// Nothing answers any more; open streams go silent.
    pub fn away(&self, away: bool) {
        self.0.lock().unwrap().away = away;
    }

    /// Breaks the next list after so many bytes.
    pub fn cut_next_list(&self, after: usize) {
        self.0.lock().unwrap().cut_list_after = Some(after);
    }

    /// Breaks every list that is not limited after so many bytes, from now on.
    pub fn cut_whole_lists(&self, after: Option<usize>) {
        self.0.lock().unwrap().cut_whole_lists = after;
    }

    /// The version moves on without a change of a pod.
    pub fn jump(&self, version: u64) {
        self.0.lock().unwrap().version = version;
    }

    /// Open watches stay open and say nothing any more.
    pub fn forget_watchers(&self) {
        let silent: Vec<_> = self.0.lock().unwrap().watchers.drain(..).collect();
        std::mem::forget(silent);
    }

    /// Watches that somebody still reads.
    pub fn open_watchers(&self) -> usize {
        let state = self.0.lock().unwrap();
        state.watchers.iter().filter(|(_, watcher)| !watcher.is_closed()).count()
    }

    pub fn pods(&self) -> BTreeMap<(String, String), u64> {
        self.0.lock().unwrap().objects.clone()
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Out>, std::io::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let seen = Seen {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            body: String::from_utf8(body.to_vec()).unwrap(),
            encoding: head.headers["accept-encoding"].to_str().unwrap().to_owned(),
            tag: head
                .headers
                .get("if-none-match")
                .map_or("", |tag| tag.to_str().unwrap())
                .to_owned(),
        };
        match self.choose(&seen)? {
            Chosen::Made(response) => Ok(response),
            Chosen::Scripted(answer) => {
                tokio::time::sleep(answer.late).await;
                Ok(scripted(answer))
            }
        }
    }

    fn choose(&self, seen: &Seen) -> Result<Chosen, std::io::Error> {
        let mut state = self.0.lock().unwrap();
        state.seen.push(seen.clone());
        if state.away {
            return Err(std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "refused"));
        }
        if let Some(mut handler) = state.handler.take() {
            let answer = handler(seen);
            state.handler = Some(handler);
            if let Some(answer) = answer {
                return Ok(Chosen::Scripted(answer));
            }
        }
        if seen.path.ends_with("/pods") {
            if let Some(answer) = state.script.pop_front() {
                return Ok(Chosen::Scripted(answer));
            }
            return Ok(Chosen::Made(state.pods(seen)));
        }
        let sign = matches!(&*seen.path, "/version" | "/readyz");
        let version = || Answer::new(200, r#"{"gitVersion":"v1.36.3"}"#);
        let answer = if sign { version() } else { Answer::status(404, "NotFound") };
        Ok(Chosen::Scripted(answer))
    }
}

enum Chosen {
    Made(Response<Out>),
    Scripted(Answer),
}

fn reset() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "reset by peer")
}

fn scripted(answer: Answer) -> Response<Out> {
    let wait = answer.wait;
    let pieces = futures::stream::iter(answer.pieces).then(move |piece| async move {
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(Frame::data(Bytes::from(piece)))
    });
    let body = match answer.then {
        Then::End => StreamBody::new(pieces).boxed_unsync(),
        Then::Cut => {
            let cut = futures::stream::once(async { Err(reset()) });
            StreamBody::new(pieces.chain(cut)).boxed_unsync()
        }
        Then::Hang => StreamBody::new(pieces.chain(futures::stream::pending())).boxed_unsync(),
    };
    let mut response = Response::builder().status(StatusCode::from_u16(answer.status).unwrap());
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(body).unwrap()
}

impl State {
    fn happen(&mut self, kind: &'static str, namespace: &str, name: &str) {
        let version = self.version;
        self.history.push((version, kind, namespace.to_owned(), name.to_owned()));
        let line = event(kind, namespace, name, version);
        self.send(Some(namespace), &line);
    }

    fn send(&mut self, namespace: Option<&str>, line: &str) {
        if self.away {
            return;
        }
        for (scope, watcher) in &self.watchers {
            if scope.is_none() || namespace.is_none() || scope.as_deref() == namespace {
                let line = Bytes::from(format!("{line}\n"));
                let _ = watcher.unbounded_send(Ok(Frame::data(line)));
            }
        }
    }

    fn pods(&mut self, seen: &Seen) -> Response<Out> {
        let scope = seen
            .path
            .strip_prefix("/api/v1/namespaces/")
            .and_then(|rest| rest.strip_suffix("/pods"))
            .map(str::to_owned);
        let asked: Option<u64> = seen
            .param("resourceVersion")
            .filter(|version| *version != "0")
            .map(|version| version.parse().unwrap());
        if seen.is_watch() && seen.param("sendInitialEvents") == Some("true") {
            return self.initial(scope);
        }
        if seen.is_watch() {
            return self.watch(scope, asked.expect("a watch names its version"));
        }
        if asked.is_some_and(|asked| asked > self.version) {
            return scripted(behind());
        }
        let present = || {
            let wanted = |namespace: &String| scope.as_ref().is_none_or(|scope| scope == namespace);
            let pods = self.objects.iter().filter(|((namespace, _), _)| wanted(namespace));
            pods.map(|((namespace, name), version)| pod(namespace, name, *version)).collect()
        };
        let (version, mut items) = match seen.param("continue") {
            Some(place) => self.rest[place.parse::<usize>().unwrap()].clone(),
            None => (self.version, present()),
        };
        // As servers do: a limit means nothing beside a version of 0.
        let limit = seen.param("limit").filter(|_| seen.param("resourceVersion") != Some("0"));
        let limit = limit.map_or(usize::MAX, |limit| limit.parse().unwrap());
        let mut rest = String::new();
        if items.len() > limit {
            rest = format!(r#","continue":"{}""#, self.rest.len());
            let items = items.split_off(limit);
            self.rest.push((version, items));
        }
        let body = format!(
            r#"{{"kind":"PodList","items":[{}],"metadata":{{"resourceVersion":"{}"{rest}}}}}"#,
            items.join(","),
            version
        );
        let mut answer = Answer::new(200, body);
        let whole = self.cut_whole_lists.filter(|_| limit == usize::MAX);
        if let Some(after) = self.cut_list_after.take().or(whole) {
            answer.pieces[0].truncate(after);
            answer.then = Then::Cut;
        }
        scripted(answer)
    }

    /// A watch that tells first what there is.
    fn initial(&mut self, scope: Option<String>) -> Response<Out> {
        let (tx, rx) = unbounded();
        let send = |line: String| tx.unbounded_send(Ok(Frame::data(Bytes::from(line + "\n"))));
        for ((namespace, name), version) in &self.objects {
            if scope.as_ref().is_none_or(|scope| scope == namespace) {
                send(event("ADDED", namespace, name, *version)).unwrap();
            }
        }
        send(initial_end(self.version)).unwrap();
        self.watchers.push((scope, tx));
        Response::new(StreamBody::new(rx).boxed_unsync())
    }

    fn watch(&mut self, scope: Option<String>, from: u64) -> Response<Out> {
        if from < self.compacted {
            // Both ways in turn.
            if self.version.is_multiple_of(2) {
                return scripted(Answer::status(410, "Expired"));
            }
            let line = format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", status(410, "Expired"));
            return scripted(Answer::new(200, line));
        }
        let (tx, rx) = unbounded();
        for (version, kind, namespace, name) in &self.history {
            if *version > from && scope.as_ref().is_none_or(|scope| scope == namespace) {
                let line = Bytes::from(event(kind, namespace, name, *version) + "\n");
                tx.unbounded_send(Ok(Frame::data(line))).unwrap();
            }
        }
        self.watchers.push((scope, tx));
        Response::new(StreamBody::new(rx).boxed_unsync())
    }
}

/// The bookmark that ends what there is.
pub fn initial_end(version: u64) -> String {
    format!(
        r#"{{"type":"BOOKMARK","object":{{"kind":"Pod","apiVersion":"v1","metadata":{{"resourceVersion":"{version}","annotations":{{"k8s.io/initial-events-end":"true"}}}}}}}}"#
    )
}

pub fn event(kind: &str, namespace: &str, name: &str, version: u64) -> String {
    format!(r#"{{"type":"{kind}","object":{}}}"#, pod(namespace, name, version))
}
