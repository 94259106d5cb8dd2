//! Reading: one object, or a list in pages, as it is now or was at an exact version.

use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::base64;
use super::body::Body;
use super::kinds::Type;
use super::request::{Query, Target};
use super::select::Selector;
use super::status::Failure;
use super::store::{Key, Store};

/// Bytes of a list that are sent in one piece.
const CHUNK: usize = 64 * 1024;

/// The body of an answer.
pub enum Reply {
    /// All at once.
    Full(Option<Bytes>),
    /// A list: objects are written out chunk by chunk while the client reads.
    List(ListBody),
    /// A watch: frames come through a channel.
    Stream(mpsc::Receiver<Bytes>),
}

/// A list that has not been written out yet.
pub struct ListBody {
    head: Option<Bytes>,
    items: VecDeque<Body>,
    first: bool,
    ended: bool,
    rewrite: Option<Rewrite>,
    /// What items of built-in types leave out: their own type.
    prefix: Vec<u8>,
}

/// How objects are shown in a version that is not the stored one.
#[derive(Debug, Clone)]
pub struct Rewrite(Rc<str>);

impl Rewrite {
    /// The rewrite for a requested version, when one is needed.
    pub fn new(ty: &Type, version: &str) -> Option<Self> {
        (ty.version() != version).then(|| Self(ty.api_version(version).into()))
    }

    /// The object in that version.
    pub fn apply(&self, body: &Body) -> Bytes {
        let mut value = body.value();
        value["apiVersion"] = Value::String(self.0.to_string());
        Bytes::from(value.to_string())
    }
}

/// The object as a request for this version sees it.
pub fn shown(body: &Body, rewrite: Option<&Rewrite>) -> Bytes {
    rewrite.map_or_else(|| body.bytes(), |rewrite| rewrite.apply(body))
}

impl HttpBody for Reply {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = match self.get_mut() {
            Self::Full(bytes) => bytes.take(),
            Self::List(list) => list.next_chunk(),
            Self::Stream(receiver) => match receiver.poll_recv(cx) {
                Poll::Ready(frame) => frame,
                Poll::Pending => return Poll::Pending,
            },
        };
        Poll::Ready(frame.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match self {
            Self::Full(bytes) => {
                http_body::SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64))
            }
            _ => http_body::SizeHint::default(),
        }
    }
}

impl ListBody {
    fn next_chunk(&mut self) -> Option<Bytes> {
        let mut out = BytesMut::new();
        if let Some(head) = self.head.take() {
            out.extend_from_slice(&head);
        }
        let mut text = Vec::new();
        while out.len() + text.len() < CHUNK {
            let Some(item) = self.items.pop_front() else { break };
            if !std::mem::take(&mut self.first) {
                text.push(b',');
            }
            match &self.rewrite {
                Some(rewrite) => text.extend_from_slice(&rewrite.apply(&item)),
                None => {
                    let start = text.len();
                    item.write(&mut text);
                    if !self.prefix.is_empty() && text[start..].starts_with(&self.prefix) {
                        text.drain(start + 1..start + self.prefix.len());
                    }
                }
            }
        }
        out.extend_from_slice(&text);
        if self.items.is_empty() && !std::mem::replace(&mut self.ended, true) {
            out.extend_from_slice(b"]}\n");
        }
        (!out.is_empty()).then(|| out.freeze())
    }
}

/// One object.
pub fn get(store: &Store, target: &Target) -> Result<Bytes, Failure> {
    let ty = store.ty(target.id);
    let name = target.name.as_deref().unwrap_or_default();
    let key = super::store::key_of(target.namespace.as_deref(), name);
    let entry = store.get(target.id, &key).ok_or_else(|| Failure::not_found(ty, name))?;
    Ok(shown(&entry.body, Rewrite::new(ty, &target.version).as_ref()))
}

/// The version a list or watch asks for, if it asks for one.
pub fn wanted_version(ty: &Type, query: &Query) -> Result<Option<u64>, Failure> {
    match query.get("resourceVersion") {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            let problem = format!(
                "Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax"
            );
            Failure::invalid(ty, "", &[("resourceVersion", "FieldValueInvalid", problem)])
        }),
    }
}

/// Where a paged list goes on: the version of its first page and the last key sent.
struct Continue {
    version: u64,
    after: String,
}

impl Continue {
    fn parse(token: &str) -> Result<Self, Failure> {
        let invalid = || Failure::bad_request("continue key is not valid");
        let bytes = base64::decode(token).ok_or_else(invalid)?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
        let after = value["start"].as_str().ok_or_else(invalid)?.to_owned();
        Ok(Self { version: value["rv"].as_u64().ok_or_else(invalid)?, after })
    }

    fn token(&self) -> String {
        let value = json!({"v": "meta.k8s.io/v1", "rv": self.version, "start": self.after});
        base64::encode(value.to_string().as_bytes())
    }
}

/// A list.
pub fn list(store: &Store, target: &Target, query: &Query) -> Result<ListBody, Failure> {
    let ty = store.ty(target.id);
    let selector = Selector::parse(ty, query.get("labelSelector"), query.get("fieldSelector"))?;
    let wanted = wanted_version(ty, query)?;
    let current = store.version();
    if let Some(wanted) = wanted.filter(|wanted| *wanted > current) {
        return Err(Failure::future_version(wanted, current));
    }
    let token = query.get("continue");
    let paging = if token.is_empty() { None } else { Some(Continue::parse(token)?) };
    let exact = match (&paging, query.get("resourceVersionMatch"), wanted) {
        (Some(paging), _, _) => Some(paging.version),
        (None, "Exact", Some(wanted)) => Some(wanted),
        (None, "Exact", None) => {
            return Err(Failure::bad_request(
                "resourceVersionMatch is forbidden unless resourceVersion is provided",
            ));
        }
        _ => None,
    };
    if exact.is_some_and(|version| !store.remembers(target.id, version)) {
        return Err(Failure::expired(if paging.is_some() {
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
        } else {
            "The resourceVersion for the provided list is too old."
        }));
    }
    // The server ignores a limit when the list may come from its cache.
    let limit = match query.number("limit") {
        Some(limit) if limit > 0 && wanted != Some(0) => {
            usize::try_from(limit).unwrap_or(usize::MAX)
        }
        _ => usize::MAX,
    };
    let after = paging.as_ref().map(|paging| paging.after.as_str());
    let namespace = target.namespace.as_deref();
    let version = exact.unwrap_or(current);
    let all = snapshot(store, target.id, namespace, after, exact.filter(|at| *at < current));
    let mut matching =
        all.filter(|(_, body)| selector.is_empty() || selector.matches(body)).peekable();
    let mut items = VecDeque::new();
    let mut last: Option<Key> = None;
    while items.len() < limit {
        let Some((key, body)) = matching.next() else { break };
        items.push_back(body);
        last = Some(key);
    }
    let mut meta = json!({"resourceVersion": version.to_string()});
    if ty.custom {
        meta["continue"] = "".into();
    }
    if let (Some(after), true) = (last, matching.peek().is_some()) {
        let next = Continue { version, after: after.to_string() };
        meta["continue"] = next.token().into();
        if selector.is_empty() {
            meta["remainingItemCount"] = matching.count().into();
        }
    }
    let head = format!(
        "{{\"kind\":\"{}\",\"apiVersion\":\"{}\",\"metadata\":{meta},\"items\":[",
        ty.list_kind,
        ty.api_version(&target.version)
    );
    Ok(ListBody {
        head: Some(head.into()),
        items,
        first: true,
        ended: false,
        rewrite: Rewrite::new(ty, &target.version),
        prefix: if ty.custom { Vec::new() } else { type_prefix(ty) },
    })
}

/// How the text of every kept object of a type begins.
fn type_prefix(ty: &Type) -> Vec<u8> {
    format!("{{\"kind\":\"{}\",\"apiVersion\":\"{}\",", ty.kind, ty.api_version(ty.version()))
        .into_bytes()
}

/// Objects in key order, now or as they were at a version.
fn snapshot<'a>(
    store: &'a Store,
    id: usize,
    namespace: Option<&str>,
    after: Option<&str>,
    at: Option<u64>,
) -> Box<dyn Iterator<Item = (Key, Body)> + 'a> {
    let now =
        store.scan(id, namespace, after).map(|(key, entry)| (key.clone(), entry.body.clone()));
    let Some(at) = at else { return Box::new(now) };
    let mut objects: std::collections::BTreeMap<Key, Body> = now.collect();
    let prefix = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    for (key, body) in store.since(id, at) {
        let inside = key.starts_with(&prefix) && after.is_none_or(|after| *key > *after);
        match body {
            Some(body) if inside => {
                objects.insert(key, body);
            }
            Some(_) => {}
            None => {
                objects.remove(&key);
            }
        }
    }
    Box::new(objects.into_iter())
}
