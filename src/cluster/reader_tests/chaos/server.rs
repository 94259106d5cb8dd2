//! An API server whose weather is made: it answers in JSON or protobuf, from a cache that may lag, in
//! pieces of any size, and whatever can go wrong with an answer goes wrong when it is told to.

use crate::cluster::gate::GateLayer;
use crate::fuzz::Random;
use crate::kinds::proto::encode::{delimited, encode, envelope, frame, whole};
use crate::kinds::proto::{Message, messages};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use http::{Request, Response};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use kube::client::Body;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Piece = Result<Frame<Bytes>, std::io::Error>;
type Out = http_body_util::combinators::UnsyncBoxBody<Bytes, std::io::Error>;
/// Objects by namespace and name, with their versions.
pub(super) type Objects = BTreeMap<(String, String), u64>;

/// In which form lists and watches are answered, where the client takes protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Protobuf,
    /// Another one for each answer.
    Either,
}

/// What happens to the next list or watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    /// It is refused: the code, and the seconds of Retry-After (0: none is given).
    Refuse(u16, u8),
    /// 504 with the cause that it asks for a version that is not there yet.
    Behind,
    /// It breaks after so many bytes.
    Cut(usize),
    /// It ends after so many bytes as if that were all.
    End(usize),
    /// Nothing more comes after so many bytes, and the connection stays.
    Hang(usize),
    /// Not even the head of an answer comes.
    Mute,
    /// From this byte on some bytes are others.
    Garble(usize),
    /// The watch tells what it has told before once more, before anything new.
    Again,
}

#[derive(Clone, Debug)]
struct Change {
    version: u64,
    kind: &'static str,
    namespace: String,
    name: String,
}

struct Watcher {
    scope: Option<String>,
    form: bool,
    pipe: UnboundedSender<Piece>,
    /// Bytes until it goes wrong, and how.
    fate: Option<(usize, Mishap)>,
}

struct State {
    random: Random,
    form: Form,
    objects: Objects,
    version: u64,
    /// Up to where the cache that answers has come.
    cached: u64,
    lags: bool,
    compacted: u64,
    /// Everything that ever happened.
    log: Vec<Change>,
    watchers: Vec<Watcher>,
    mishaps: VecDeque<Mishap>,
    /// Connections are refused.
    away: bool,
    /// Requests get no answer, and streams are silent.
    hole: bool,
    requests: usize,
    /// Lists and watches among them, as they came.
    asked: Vec<String>,
    /// Something came that was never said: only a new list makes it good.
    pub garbled: bool,
    /// What happens to every list that is not limited.
    whole: Option<Mishap>,
    /// Lists come some time after they were made.
    slow: bool,
    /// Lists are forbidden, watches are not.
    unlisted: bool,
    /// What a watch is that is to tell what there is.
    initial: Initial,
}

/// How long after it was made an answer comes.
#[derive(Clone, Copy)]
struct Late(Duration);

/// How a server takes it to be asked for a watch that first tells what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Initial {
    Served,
    Refused,
    /// As a plain watch from anywhere: it does not say when that was all.
    Ignored,
}

/// The server; clones share it.
#[derive(Clone)]
pub(super) struct Server(Arc<Mutex<State>>);

impl Server {
    pub(super) fn new(form: Form, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let initial =
            *random.pick(&[Initial::Served, Initial::Served, Initial::Refused, Initial::Ignored]);
        Self(Arc::new(Mutex::new(State {
            random,
            form,
            objects: Objects::new(),
            version: 100,
            cached: 100,
            lags: false,
            compacted: 100,
            log: Vec::new(),
            watchers: Vec::new(),
            mishaps: VecDeque::new(),
            away: false,
            hole: false,
            requests: 0,
            asked: Vec::new(),
            garbled: false,
            whole: None,
            slow: false,
            unlisted: false,
            initial,
        })))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn client(&self) -> kube::Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move { server.answer(request).await }
        });
        let service = tower::ServiceBuilder::new().layer(GateLayer).service(service);
        kube::Client::new(service, "default")
    }

    pub(super) fn put(&self, namespace: &str, name: &str) {
        let mut state = self.state();
        state.version += 1;
        let version = state.version;
        let old = state.objects.insert((namespace.into(), name.into()), version);
        state.happen(if old.is_some() { "MODIFIED" } else { "ADDED" }, namespace, name);
    }

    pub(super) fn delete(&self, namespace: &str, name: &str) {
        let mut state = self.state();
        if state.objects.remove(&(namespace.into(), name.into())).is_some() {
            state.version += 1;
            state.happen("DELETED", namespace, name);
        }
    }

    pub(super) fn objects(&self) -> Objects {
        self.state().objects.clone()
    }

    /// Whether an object with this version was ever there.
    pub(super) fn knew(&self, key: &(String, String), version: u64) -> bool {
        let state = self.state();
        let same = |c: &Change| c.version == version && c.namespace == key.0 && c.name == key.1;
        state.log.iter().any(same)
    }

    /// The version moves on without a change that anybody here sees.
    pub(super) fn elsewhere(&self, by: u64) {
        let mut state = self.state();
        state.version += by;
        state.catch_up();
    }

    /// The cache stays where it is from now on, or catches up.
    pub(super) fn lag(&self, lags: bool) {
        let mut state = self.state();
        state.lags = lags;
        state.catch_up();
    }

    /// Forgets what is past: versions before this moment are gone.
    pub(super) fn compact(&self) {
        let mut state = self.state();
        state.compacted = state.cached;
    }

    /// A restored backup: the past is another one, and its versions are smaller.
    pub(super) fn bookmark(&self) {
        let mut state = self.state();
        let version = state.cached.to_string();
        state.tell(
            None,
            "BOOKMARK",
            &json!({"kind": "Pod", "apiVersion": "v1",
            "metadata": {"resourceVersion": version}}),
        );
    }

    /// Tells all watches that their version is gone, as an event, and ends them.
    pub(super) fn expire(&self, code: u16) {
        let mut state = self.state();
        state.tell(None, "ERROR", &status(code));
        if !state.hole {
            state.watchers.clear();
        }
    }

    /// What no server writes, into all watches.
    pub(super) fn rubbish(&self) {
        let mut state = self.state();
        state.garbled = true;
        if state.hole {
            return;
        }
        let bytes: Vec<u8> = match state.random.below(3) {
            0 => b"{\"type\":\n".to_vec(),
            1 => vec![0, 0, 0, 3, 1, 2, 3],
            _ => (0..20).map(|_| state.random.byte()).collect(),
        };
        for watcher in &state.watchers {
            let _ = watcher.pipe.unbounded_send(Ok(Frame::data(Bytes::from(bytes.clone()))));
        }
    }

    /// All watches end, properly or not.
    pub(super) fn end(&self, broken: bool) {
        let mut state = self.state();
        if state.hole {
            return;
        }
        for watcher in state.watchers.drain(..) {
            if broken {
                let _ = watcher.pipe.unbounded_send(Err(reset()));
            }
        }
    }

    /// Open watches stay open and say nothing any more: half of each connection is dead.
    pub(super) fn half_open(&self) {
        let silent: Vec<_> = self.state().watchers.drain(..).collect();
        std::mem::forget(silent);
    }

    /// Nobody answers: connections are refused, and those that were there are reset.
    pub(super) fn away(&self, away: bool) {
        self.end(true);
        self.state().away = away;
    }

    /// Packets go nowhere; what happens meanwhile comes too late, or never.
    pub(super) fn hole(&self, hole: bool) {
        self.state().hole = hole;
        if hole {
            self.half_open();
        }
    }

    pub(super) fn next(&self, mishap: Mishap) {
        let mut state = self.state();
        state.garbled |= matches!(mishap, Mishap::Garble(_));
        state.mishaps.push_back(mishap);
    }

    /// From now on this happens to every list as a whole, and not to pages.
    pub(super) fn whole(&self, mishap: Option<Mishap>) {
        self.state().whole = mishap;
    }

    /// From now on lists come some time after they were made, or at once.
    pub(super) fn slow(&self, slow: bool) {
        self.state().slow = slow;
    }

    /// Lists are forbidden from now on, or allowed again.
    pub(super) fn unlisted(&self, unlisted: bool) {
        self.state().unlisted = unlisted;
    }

    /// The weather is good from now on. What is no weather stays: whole lists that never come, and roles without `list`
    /// where there is another way.
    pub(super) fn calm(&self) {
        self.hole(false);
        self.lag(false);
        let mut state = self.state();
        state.away = false;
        state.mishaps.clear();
        state.slow = false;
        state.unlisted &= state.initial == Initial::Served;
        for watcher in &mut state.watchers {
            watcher.fate = None;
        }
    }

    pub(super) fn garbled(&self) -> bool {
        self.state().garbled
    }

    pub(super) fn requests(&self) -> usize {
        self.state().requests
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// Watches that somebody still reads.
    pub(super) fn open_watchers(&self) -> usize {
        self.state().watchers.iter().filter(|watcher| !watcher.pipe.is_closed()).count()
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Out>, std::io::Error> {
        let answer = self.state().request(&request);
        let answer = match answer {
            Some(answer) => answer?,
            None => std::future::pending().await,
        };
        if let Some(Late(wait)) = answer.extensions().get() {
            tokio::time::sleep(*wait).await;
        }
        Ok(answer)
    }
}

fn reset() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "reset by peer")
}

fn pod(namespace: &str, name: &str, version: u64) -> Value {
    json!({"kind": "Pod", "apiVersion": "v1", "metadata": {
        "name": name, "namespace": namespace, "uid": format!("uid-{namespace}-{name}"),
        "resourceVersion": version.to_string(), "creationTimestamp": "2026-01-01T00:00:00Z"}})
}

fn status(code: u16) -> Value {
    let reason = match code {
        410 => "Expired",
        401 => "Unauthorized",
        422 => "Invalid",
        403 => "Forbidden",
        429 => "TooManyRequests",
        504 => "Timeout",
        _ => "InternalError",
    };
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "reason": reason, "message": format!("said no: {reason}")})
}

fn behind() -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 504,
        "reason": "Timeout", "message": "Timeout: Too large resource version: 9, current: 5",
        "details": {"retryAfterSeconds": 1, "causes": [
            {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]}})
}

/// An object in its envelope.
fn sealed(object: &Value) -> Vec<u8> {
    let kind = object["kind"].as_str().unwrap();
    let message: &Message = match kind {
        "Status" => &messages::STATUS,
        _ => &messages::POD,
    };
    envelope("v1", kind, &encode(message, object).unwrap())
}

/// An event as watches write it.
fn event(protobuf: bool, kind: &str, object: &Value) -> Vec<u8> {
    if !protobuf {
        return format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n").into_bytes();
    }
    frame(kind, &sealed(object))
}

fn list(protobuf: bool, items: &[Value], version: u64, token: &str) -> Vec<u8> {
    if !protobuf {
        let list = json!({"kind": "PodList", "apiVersion": "v1", "items": items,
            "metadata": {"resourceVersion": version.to_string(), "continue": token}});
        return list.to_string().into_bytes();
    }
    let (mut meta, mut raw) = (Vec::new(), Vec::new());
    delimited(&mut meta, 2, version.to_string().as_bytes());
    delimited(&mut meta, 3, token.as_bytes());
    whole(&mut meta, 4, 0);
    delimited(&mut raw, 1, &meta);
    for item in items {
        delimited(&mut raw, 2, &encode(&messages::POD, item).unwrap());
    }
    envelope("v1", "PodList", &raw)
}

/// What a query says.
fn param<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

impl State {
    fn happen(&mut self, kind: &'static str, namespace: &str, name: &str) {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        self.log.push(Change { version: self.version, kind, namespace, name });
        self.catch_up();
    }

    /// The cache hears what happened, and tells its watches.
    fn catch_up(&mut self) {
        if self.lags {
            return;
        }
        let from = std::mem::replace(&mut self.cached, self.version);
        let news: Vec<Change> =
            self.log.iter().filter(|change| change.version > from).cloned().collect();
        for change in news {
            let object = pod(&change.namespace, &change.name, change.version);
            self.tell(Some(&change.namespace), change.kind, &object);
        }
    }

    fn tell(&mut self, namespace: Option<&str>, kind: &str, object: &Value) {
        if self.away || self.hole {
            return;
        }
        let both = [event(false, kind, object), event(true, kind, object)];
        for watcher in &mut self.watchers {
            let concerns = watcher.scope.is_none() || namespace.is_none();
            if concerns || watcher.scope.as_deref() == namespace {
                watcher.write(&both[usize::from(watcher.form)], &mut self.random);
            }
        }
    }

    /// The objects as they were at a version.
    fn at(&self, version: u64) -> Objects {
        let mut objects = Objects::new();
        for change in self.log.iter().take_while(|change| change.version <= version) {
            let key = (change.namespace.clone(), change.name.clone());
            match change.kind {
                "DELETED" => objects.remove(&key),
                _ => objects.insert(key, change.version),
            };
        }
        objects
    }

    /// None: no answer comes.
    fn request(
        &mut self,
        request: &Request<Body>,
    ) -> Option<Result<Response<Out>, std::io::Error>> {
        self.requests += 1;
        if self.hole {
            return None;
        }
        if self.away {
            return Some(Err(std::io::Error::new(
                std::io::ErrorKind::ConnectionRefused,
                "refused",
            )));
        }
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        if !path.ends_with("/pods") {
            let sign = matches!(&*path, "/version" | "/readyz");
            let body = if sign { json!({"gitVersion": "v1.36.3"}) } else { status(404) };
            let code = if sign { 200 } else { 404 };
            return Some(Ok(answer(code, None, body.to_string().into_bytes())));
        }
        self.asked.push(format!("{path}?{query}"));
        let accepts = request.headers()[http::header::ACCEPT].to_str().unwrap();
        let protobuf = accepts.contains("protobuf")
            && match self.form {
                Form::Json => false,
                Form::Protobuf => true,
                Form::Either => self.random.one_in(2),
            };
        let mishap = self.mishaps.pop_front();
        match mishap {
            Some(Mishap::Mute) => return None,
            Some(Mishap::Refuse(code, after)) => {
                let mut refused = self.no(protobuf, code, &status(code));
                if after > 0 {
                    refused.headers_mut().insert("retry-after", after.to_string().parse().unwrap());
                }
                return Some(Ok(refused));
            }
            Some(Mishap::Behind) => return Some(Ok(self.no(protobuf, 504, &behind()))),
            _ => {}
        }
        let scope = path.strip_prefix("/api/v1/namespaces/");
        let scope = scope.and_then(|rest| rest.strip_suffix("/pods")).map(str::to_owned);
        let version = param(&query, "resourceVersion").unwrap_or_default();
        let Some(version) = (match version {
            "" => Some(None),
            version => version.parse::<u64>().ok().map(Some),
        }) else {
            // As a real one says it: `Invalid value: "x": strconv.ParseUint …`.
            return Some(Ok(self.no(protobuf, 400, &status(400))));
        };
        let watches = param(&query, "watch") == Some("1");
        if self.unlisted && !watches {
            return Some(Ok(self.no(protobuf, 403, &status(403))));
        }
        let is_whole = !watches && param(&query, "limit").is_none();
        let mishap = match self.whole {
            Some(Mishap::Refuse(code, _)) if is_whole => {
                return Some(Ok(self.no(protobuf, code, &status(code))));
            }
            Some(always) if is_whole => Some(always),
            _ => mishap,
        };
        if watches && param(&query, "sendInitialEvents") == Some("true") {
            return Some(Ok(self.initial(protobuf, scope, mishap)));
        }
        Some(Ok(if watches {
            self.watch(protobuf, scope, version.unwrap_or_default(), mishap)
        } else {
            self.list(protobuf, scope.as_deref(), &query, version, mishap)
        }))
    }

    fn no(&mut self, protobuf: bool, code: u16, status: &Value) -> Response<Out> {
        match self.random.below(8) {
            0 => answer(code, Some("text/html"), b"<html><title>Bad Gateway</title></html>".into()),
            1 => answer(code, None, Vec::new()),
            _ if protobuf => answer(code, Some(PROTOBUF), sealed(status)),
            _ => answer(code, Some("application/json"), status.to_string().into_bytes()),
        }
    }

    fn list(
        &mut self,
        protobuf: bool,
        scope: Option<&str>,
        query: &str,
        version: Option<u64>,
        mishap: Option<Mishap>,
    ) -> Response<Out> {
        // `version.last name`: pages show one moment, until it is forgotten.
        let token = param(query, "continue").filter(|token| !token.is_empty());
        let place = |token: &str| {
            let (moment, after) = token.split_once('.')?;
            Some((moment.parse::<u64>().ok()?, after.to_owned()))
        };
        let (moment, after) = match token.map(place) {
            // Damaged on its way to the program and back: "continue key is not valid".
            Some(None) => return self.no(protobuf, 400, &status(400)),
            Some(Some((moment, after))) => {
                if moment < self.compacted {
                    let mut gone = status(410);
                    // To go on from there in the present, as etcd's storage offers it.
                    if self.random.one_in(2) {
                        gone["metadata"] = json!({"continue": format!("{}.{after}", self.version)});
                    }
                    return self.no(protobuf, 410, &gone);
                }
                (moment, Some(after))
            }
            None => match version {
                None => (self.version, None),
                Some(0) => (self.cached, None),
                Some(version) if version > self.cached => {
                    return self.no(protobuf, 504, &behind());
                }
                Some(_) => (self.cached, None),
            },
        };
        let mut found: Vec<(String, Value)> = Vec::new();
        for ((namespace, name), version) in self.at(moment) {
            let place = format!("{namespace}~{name}");
            let concerns = scope.is_none_or(|scope| scope == namespace);
            if concerns && after.as_ref().is_none_or(|after| place > *after) {
                found.push((place, pod(&namespace, &name, version)));
            }
        }
        let limit =
            param(query, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
        let more = found.len() > limit && version != Some(0);
        if more {
            found.truncate(limit);
        }
        let token = match found.last() {
            Some((place, _)) if more => format!("{moment}.{place}"),
            _ => String::new(),
        };
        let items: Vec<Value> = found.into_iter().map(|(_, pod)| pod).collect();
        let mut body = list(protobuf, &items, moment, &token);
        let kind = if protobuf { PROTOBUF } else { "application/json" };
        let end = match mishap {
            Some(Mishap::Cut(at)) if at < body.len() => {
                body.truncate(at);
                Some(Mishap::Cut(at))
            }
            Some(Mishap::End(at)) if at < body.len() => {
                body.truncate(at);
                None
            }
            Some(Mishap::Hang(at)) if at < body.len() => {
                body.truncate(at);
                Some(Mishap::Hang(at))
            }
            Some(Mishap::Garble(at)) => {
                self.garble(&mut body, at);
                None
            }
            _ => None,
        };
        let pieces: Vec<Piece> =
            crate::fuzz::pieces(&body, &mut self.random).into_iter().map(piece).collect();
        let wait = if self.slow { 1 + self.random.below(2500) as u64 } else { 0 };
        let wait = Duration::from_millis(wait);
        // All of the answer comes late, or only its head is there at once.
        let (late, wait) = if self.slow && self.random.one_in(2) {
            (wait, Duration::ZERO)
        } else {
            (Duration::ZERO, wait)
        };
        let start = async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            futures::stream::iter(pieces)
        };
        let pieces = futures::stream::once(start).flatten();
        let body = match end {
            Some(Mishap::Cut(_)) => {
                let cut = futures::stream::once(async { Err(reset()) });
                StreamBody::new(pieces.chain(cut)).boxed_unsync()
            }
            Some(_) => StreamBody::new(pieces.chain(futures::stream::pending())).boxed_unsync(),
            None => StreamBody::new(pieces).boxed_unsync(),
        };
        let head = Response::builder().header("content-type", kind).extension(Late(late));
        head.body(body).unwrap()
    }

    /// Some bytes are others. What it then says may be anything that the bytes could say.
    fn garble(&mut self, body: &mut [u8], at: usize) {
        self.garbled = true;
        for _ in 0..1 + self.random.below(3) {
            let at = (at + self.random.below(20)) % body.len().max(1);
            if let Some(byte) = body.get_mut(at) {
                *byte ^= 1 << self.random.below(8);
            }
        }
    }

    /// A watch that tells what the cache has, says that this was all, and goes on.
    fn initial(
        &mut self,
        protobuf: bool,
        scope: Option<String>,
        mishap: Option<Mishap>,
    ) -> Response<Out> {
        if self.initial == Initial::Refused {
            return self.no(protobuf, 422, &status(422));
        }
        let kind = if protobuf { STREAM } else { "application/json" };
        let (pipe, rx) = unbounded();
        let mut watcher = Watcher { scope, form: protobuf, pipe, fate: fate(mishap) };
        for ((namespace, name), version) in self.at(self.cached) {
            if watcher.scope.as_ref().is_none_or(|scope| *scope == namespace) {
                let object = pod(&namespace, &name, version);
                watcher.write(&event(protobuf, "ADDED", &object), &mut self.random);
            }
        }
        let mut meta = json!({"resourceVersion": self.cached.to_string()});
        if self.initial == Initial::Served {
            meta["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let end = json!({"kind": "Pod", "apiVersion": "v1", "metadata": meta});
        watcher.write(&event(protobuf, "BOOKMARK", &end), &mut self.random);
        self.watchers.push(watcher);
        let body = StreamBody::new(rx).boxed_unsync();
        Response::builder().header("content-type", kind).body(body).unwrap()
    }

    fn watch(
        &mut self,
        protobuf: bool,
        scope: Option<String>,
        from: u64,
        mishap: Option<Mishap>,
    ) -> Response<Out> {
        let kind = if protobuf { STREAM } else { "application/json" };
        if from > self.cached + 1_000_000 {
            return self.no(protobuf, 504, &behind());
        }
        if from < self.compacted {
            // Both ways.
            if self.random.one_in(2) {
                return self.no(protobuf, 410, &status(410));
            }
            let gone = event(protobuf, "ERROR", &status(410));
            return answer(200, Some(kind), gone);
        }
        let (pipe, rx) = unbounded();
        let mut watcher = Watcher { scope, form: protobuf, pipe, fate: fate(mishap) };
        // A server that tells what was told before: from further back than it was asked.
        let from = if mishap == Some(Mishap::Again) { from.saturating_sub(3) } else { from };
        for change in &self.log {
            let concerns = watcher.scope.as_ref().is_none_or(|scope| *scope == change.namespace);
            if change.version > from && change.version <= self.cached && concerns {
                let object = pod(&change.namespace, &change.name, change.version);
                watcher.write(&event(protobuf, change.kind, &object), &mut self.random);
            }
        }
        self.watchers.push(watcher);
        Response::builder()
            .header("content-type", kind)
            .body(StreamBody::new(rx).boxed_unsync())
            .unwrap()
    }
}

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const STREAM: &str = "application/vnd.kubernetes.protobuf;stream=watch";

/// After how many bytes of a watch something happens, and what.
fn fate(mishap: Option<Mishap>) -> Option<(usize, Mishap)> {
    match mishap {
        Some(Mishap::Cut(at) | Mishap::End(at) | Mishap::Hang(at) | Mishap::Garble(at)) => {
            mishap.map(|mishap| (at, mishap))
        }
        _ => None,
    }
}

fn piece(bytes: &[u8]) -> Piece {
    Ok(Frame::data(Bytes::copy_from_slice(bytes)))
}

fn answer(code: u16, kind: Option<&str>, body: Vec<u8>) -> Response<Out> {
    let pieces = futures::stream::iter([Ok(Frame::data(Bytes::from(body)))]);
    let mut response = Response::builder().status(code);
    if let Some(kind) = kind {
        response = response.header("content-type", kind);
    }
    response.body(StreamBody::new(pieces).boxed_unsync()).unwrap()
}

impl Watcher {
    /// Writes bytes, unless it goes wrong before.
    fn write(&mut self, bytes: &[u8], random: &mut Random) {
        let mut bytes = bytes.to_vec();
        let mut ends = None;
        if let Some((left, mishap)) = &mut self.fate {
            if *left < bytes.len() {
                match mishap {
                    Mishap::Garble(_) => {
                        let at = *left;
                        bytes[at] ^= 1 << random.below(8);
                        self.fate = None;
                    }
                    mishap => {
                        bytes.truncate(*left);
                        ends = Some(*mishap);
                        *left = 0;
                    }
                }
            } else {
                *left -= bytes.len();
            }
        }
        for part in crate::fuzz::pieces(&bytes, random) {
            let _ = self.pipe.unbounded_send(piece(part));
        }
        match ends {
            Some(Mishap::Cut(_)) => {
                let _ = self.pipe.unbounded_send(Err(reset()));
                self.pipe.close_channel();
            }
            Some(Mishap::End(_)) => self.pipe.close_channel(),
            // Silent: `left` stays zero, so nothing is written any more.
            _ => {}
        }
    }
}
