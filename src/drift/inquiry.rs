//! A comparison while it is made: asks for what is missing, judges object by object.
//!
//! Objects of one kind and namespace are read by one list where several are wanted; where that is not
//! allowed, one by one.

use super::found::{Desired, ObjectDrift, State};
use super::job::{Depth, Job, Only, Origin};
use super::judge::{Bench, Live};
use super::noise::Rules;
use super::shape::Shape;
use super::sight::{Before, Sight};
use super::sources::{self, Attempt, Expected, Sheet, Source};
use crate::model::{
    AskId, Catalogue, ClusterId, ErrandAsk, Fault, FaultKind, Method, ObjRef, Plan, PlanId,
    PlanRequest, Read, Resource, Text,
};
use crate::relations::ObjectId;
use crate::text::percent;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// With this many objects of one kind in one namespace they are listed.
const LISTED: usize = 3;
/// Objects in a page of a list.
const PAGE: usize = 200;
/// Objects that are judged before others have their turn: some milliseconds.
const PIECE: usize = 8;
/// An object that changes while it is compared is looked at again this often.
const AGAIN: u8 = 2;
/// Content type of a server-side apply.
const APPLY: &str = "application/apply-patch+yaml";

/// What a comparison tells while it goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// What "desired" is, and which objects there are, in the order of display.
    Objects(Desired, Vec<ObjectId>),
    /// What to begin with where the same is compared again.
    Known(Origin),
    /// Why it is not as exact as was asked for.
    Shortfall(Text),
    /// One of them was judged.
    Object(Box<ObjectDrift>),
    /// What has changed of one of them since it was seen before; its judgement comes next.
    Seen(Box<Sight>),
    /// Which objects there are cannot be told.
    Fault(Fault),
    /// Nothing more comes.
    Over,
}

/// What a schema is asked by.
type GroupVersion = (Text, Text);

/// A question that is under way.
#[derive(Debug)]
enum Waiting {
    /// One of the source's own, by its number in the round.
    Round(usize),
    /// How the lists of a group's and version's kinds merge.
    Schema(GroupVersion),
    /// One object.
    One(usize),
    /// A page of a list.
    Page(Batch),
    /// A rehearsal for an object, with what it is now.
    Tried(usize, Value),
    /// Expressions in jq about an object, with what it is now.
    Evaluated(usize, Vec<Text>, Value),
}

/// Objects of one kind in one place.
#[derive(Debug)]
struct Batch {
    resource: Resource,
    namespace: Text,
    /// Numbers of the wanted ones, by name. With a cluster-wide kind the namespace is empty.
    wanted: BTreeMap<Text, usize>,
}

/// An object that was read and is not judged yet: its text, as lists have it.
#[derive(Debug)]
struct Unjudged {
    at: usize,
    text: String,
    /// Items of a list leave out what they are: `apiVersion` and `kind`.
    is: Option<(String, Text)>,
}

/// What is asked next.
#[derive(Debug)]
enum Next {
    Round(usize, Read),
    Schema(GroupVersion),
    One(usize),
    Page(Batch, String),
    Try(usize, Attempt, Value),
    Jq(usize, Vec<Text>, Vec<Value>, Value),
}

/// A comparison while it is made.
#[derive(Debug)]
pub struct Inquiry {
    cluster: ClusterId,
    catalogue: Catalogue,
    rules: Arc<Rules>,
    only: Only,
    depth: Depth,
    before: Option<Before>,
    source: Box<dyn Source>,
    round: Vec<Option<Result<Value, Fault>>>,
    expected: Vec<Expected>,
    /// How kinds merge that are not built in, by group and kind.
    shapes: HashMap<(Text, Text), Shape>,
    /// What waits for a schema.
    held: Vec<(GroupVersion, Next)>,
    /// How often an object was looked at again because it changed meanwhile.
    again: BTreeMap<usize, u8>,
    todo: VecDeque<Next>,
    waiting: HashMap<AskId, Waiting>,
    unjudged: VecDeque<Unjudged>,
    last: AskId,
    news: Vec<News>,
}

impl Inquiry {
    /// Begins it.
    pub fn new(job: Job) -> Self {
        let source = match job.origin {
            Origin::App(ground) => sources::of_app(*ground),
            Origin::Unread(app, reads) => sources::of_unread(*app, reads),
            Origin::Release(released) => sources::of_release(released),
            Origin::Objects(objects) => sources::of_objects(objects),
            Origin::Applied(namespace, apps) => sources::of_applied(namespace, apps),
            Origin::Manifests(what, manifests) => sources::of_manifests(what, manifests),
        };
        let mut inquiry = Self {
            cluster: job.cluster,
            catalogue: job.catalogue,
            rules: job.rules,
            only: job.only,
            depth: job.depth,
            before: job.before,
            source,
            round: Vec::new(),
            expected: Vec::new(),
            shapes: HashMap::new(),
            held: Vec::new(),
            again: BTreeMap::new(),
            todo: VecDeque::new(),
            waiting: HashMap::new(),
            unjudged: VecDeque::new(),
            last: 0,
            news: Vec::new(),
        };
        inquiry.begin_round();
        inquiry
    }

    /// What to ask next.
    pub fn asks(&mut self, free: usize) -> Vec<(AskId, ErrandAsk)> {
        let mut asks = Vec::new();
        while asks.len() < free
            && let Some(next) = self.todo.pop_front()
        {
            let (waiting, ask) = match next {
                Next::Round(number, read) => (Waiting::Round(number), ErrandAsk::Read(read)),
                Next::Schema(of) => {
                    let read = schema(&of);
                    (Waiting::Schema(of), ErrandAsk::Read(read))
                }
                Next::One(at) => {
                    let Some(object) = self.reference(at) else {
                        self.unserved(at);
                        continue;
                    };
                    (Waiting::One(at), ErrandAsk::Read(crate::verbs::get(&object)))
                }
                Next::Page(batch, token) => {
                    let read = batch.read(&token);
                    (Waiting::Page(batch), ErrandAsk::Read(read))
                }
                Next::Jq(at, expressions, inputs, live) => (
                    Waiting::Evaluated(at, expressions.clone(), live),
                    ErrandAsk::Jq { expressions, inputs },
                ),
                Next::Try(at, attempt, live) => {
                    let Some(object) = self.reference(at) else { continue };
                    let plan = rehearsal(self.cluster, object, &attempt);
                    (Waiting::Tried(at, live), ErrandAsk::Try(Box::new(plan)))
                }
            };
            self.last += 1;
            self.waiting.insert(self.last, waiting);
            asks.push((self.last, ask));
        }
        asks
    }

    /// Takes in an answer.
    pub fn answer(&mut self, id: AskId, answer: Result<&str, &Fault>) {
        let Some(waiting) = self.waiting.remove(&id) else { return };
        match waiting {
            Waiting::Round(number) => {
                if let Some(place) = self.round.get_mut(number) {
                    *place = Some(parsed(answer, "read what was deployed"));
                }
                if self.round.iter().all(Option::is_some) {
                    let answers = std::mem::take(&mut self.round).into_iter().flatten().collect();
                    self.source.take(answers);
                    self.begin_round();
                }
            }
            Waiting::Schema(of) => self.take_schema(&of, answer),
            Waiting::One(at) => match parsed(answer, "compare an object") {
                Ok(live) => self.look(at, Some(live)),
                Err(fault) if fault.kind == FaultKind::NotFound => self.look(at, None),
                Err(fault) => self.judge(at, Live::Unread(&fault), None),
            },
            Waiting::Page(batch) => self.take_page(batch, answer),
            Waiting::Evaluated(at, expressions, live) => {
                let Some(expected) = self.expected.get(at) else { return };
                let answer = parsed(answer, "evaluate jq");
                self.source.evaluated(&expected.id, &expressions, answer);
                self.try_or_judge(at, Some(live));
            }
            Waiting::Tried(at, live) => {
                let tried = parsed(answer, "rehearse an apply");
                // What somebody wrote in between is no difference between the two.
                if let Ok(would) = &tried
                    && would["metadata"]["resourceVersion"] != live["metadata"]["resourceVersion"]
                {
                    let times = self.again.entry(at).or_default();
                    *times += 1;
                    if *times <= AGAIN {
                        return self.todo.push_front(Next::One(at));
                    }
                }
                let live = if live.is_null() { Live::Gone } else { Live::There(&live) };
                self.judge(at, live, Some(tried.as_ref()));
            }
        }
    }

    /// Judges some of the objects that came with lists; false where there were none.
    pub fn work(&mut self) -> bool {
        if self.unjudged.is_empty() {
            return false;
        }
        for _ in 0..PIECE {
            let Some(one) = self.unjudged.pop_front() else { break };
            match parsed(Ok(&one.text), "compare an object") {
                Ok(mut live) => {
                    if let Some((api_version, kind)) = one.is {
                        live["apiVersion"] = api_version.into();
                        live["kind"] = kind.as_str().into();
                    }
                    self.look(one.at, Some(live));
                }
                Err(fault) => self.judge(one.at, Live::Unread(&fault), None),
            }
        }
        true
    }

    /// What was found since this was asked last.
    pub fn news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.todo.is_empty() && self.waiting.is_empty() && self.unjudged.is_empty()
    }

    fn begin_round(&mut self) {
        let reads = self.source.reads(&self.catalogue);
        if reads.is_empty() {
            return self.begin_objects();
        }
        self.round = reads.iter().map(|_| None).collect();
        let next = |(number, read)| Next::Round(number, read);
        self.todo.extend(reads.into_iter().enumerate().map(next));
    }

    fn begin_objects(&mut self) {
        let mut objects = match self.source.objects() {
            Ok(objects) => objects,
            Err(fault) => return self.news.push(News::Fault(fault)),
        };
        let mut strangers = BTreeSet::new();
        match &self.only {
            Only::All => {}
            Only::These(these) => {
                objects.retain(|one| these.contains(&one.id));
                strangers.clone_from(these);
                objects.iter().for_each(|one| {
                    strangers.remove(&one.id);
                });
            }
            Only::Namespace(namespace) => objects.retain(|one| one.id.namespace == *namespace),
        }
        self.expected = objects;
        let ids = self.expected.iter().map(|one| &one.id).chain(&strangers).cloned().collect();
        self.news.push(News::Objects(self.source.desired(), ids));
        self.news.extend(self.source.again().map(News::Known));
        let shortfall = self.source.shortfall();
        if !shortfall.is_empty() {
            self.news.push(News::Shortfall(shortfall));
        }
        for id in strangers {
            let state = State::Incomparable("it is not among what was deployed".into());
            self.news.push(News::Object(Box::new(ObjectDrift::new(id, state))));
        }
        let mut batches: Vec<Batch> = Vec::new();
        for at in 0..self.expected.len() {
            let id = self.expected[at].id.clone();
            let Some(resource) = self.resource(&self.expected[at]).cloned() else {
                self.unserved(at);
                continue;
            };
            // Where its source has seen it, it needs not be read again.
            if Shape::is_builtin(&resource.gvr.group, &resource.kind)
                && let Some(text) = self.source.kept(&id)
            {
                self.unjudged.push_back(Unjudged { at, text, is: None });
                continue;
            }
            let namespace = if resource.namespaced { id.namespace.clone() } else { Text::new() };
            let same = |batch: &&mut Batch| {
                batch.resource.gvr == resource.gvr && batch.namespace == namespace
            };
            match batches.iter_mut().find(same) {
                Some(batch) => {
                    batch.wanted.insert(id.name, at);
                }
                None => {
                    let wanted = BTreeMap::from([(id.name, at)]);
                    batches.push(Batch { resource, namespace, wanted });
                }
            }
        }
        for batch in batches {
            let gvr = &batch.resource.gvr;
            let foreign = !Shape::is_builtin(&gvr.group, &batch.resource.kind);
            let of = (gvr.group.clone(), gvr.version.clone());
            let next: Vec<Next> = if batch.wanted.len() >= LISTED && batch.resource.can("list") {
                vec![Next::Page(batch, String::new())]
            } else {
                batch.wanted.into_values().map(Next::One).collect()
            };
            if foreign {
                if !self.held.iter().any(|(asked, _)| *asked == of) {
                    self.todo.push_front(Next::Schema(of.clone()));
                }
                self.held.extend(next.into_iter().map(|next| (of.clone(), next)));
            } else {
                self.todo.extend(next);
            }
        }
    }

    /// Without a schema lists count as a whole: that is what the server does with them as well.
    fn take_schema(&mut self, of: &GroupVersion, answer: Result<&str, &Fault>) {
        let (group, version) = of;
        if let Ok(document) = answer {
            let kinds: BTreeSet<&Text> = self
                .expected
                .iter()
                .filter(|one| one.id.group == *group)
                .map(|one| &one.id.kind)
                .collect();
            for kind in kinds {
                if let Some(shape) = Shape::from_openapi(document, group, version, kind) {
                    self.shapes.insert((group.clone(), kind.clone()), shape);
                }
            }
        }
        let (ready, held) =
            std::mem::take(&mut self.held).into_iter().partition(|(on, _)| on == of);
        self.held = held;
        let ready: Vec<(GroupVersion, Next)> = ready;
        self.todo.extend(ready.into_iter().map(|(_, next)| next));
    }

    fn take_page(&mut self, mut batch: Batch, answer: Result<&str, &Fault>) {
        let page = match answer {
            Ok(text) => serde_json::from_str::<Page<'_>>(text).map_err(|_| ()),
            Err(_) => Err(()),
        };
        // Whatever speaks against the list: each object by itself says what is wrong with it.
        let Ok(page) = page else {
            self.todo.extend(batch.wanted.into_values().map(Next::One));
            return;
        };
        for item in page.items {
            let Ok(named) = serde_json::from_str::<Named<'_>>(item.get()) else { continue };
            let Some(at) = batch.wanted.remove(&*named.metadata.name) else { continue };
            self.unjudged.push_back(Unjudged {
                at,
                text: item.get().to_owned(),
                is: Some((batch.resource.gvr.api_version(), batch.resource.kind.clone())),
            });
        }
        let token = page.metadata.r#continue.into_owned();
        if token.is_empty() {
            for at in batch.wanted.into_values() {
                self.look(at, None);
            }
        } else if !batch.wanted.is_empty() {
            self.todo.push_back(Next::Page(batch, token));
        }
    }

    /// An object was read, or is not there: it is judged, or what is wanted is rehearsed first.
    fn look(&mut self, at: usize, live: Option<Value>) {
        let Some(expected) = self.expected.get(at) else { return };
        if let Some(is) = &live {
            let shape = Shape::of(&expected.id.group, &expected.id.kind);
            let bench = Bench { rules: &self.rules, shape: &shape };
            if let Some((expressions, inputs)) = self.source.expressions(expected, is, &bench) {
                let live = live.unwrap_or_default();
                return self.todo.push_back(Next::Jq(at, expressions, inputs, live));
            }
        }
        self.try_or_judge(at, live);
    }

    fn try_or_judge(&mut self, at: usize, live: Option<Value>) {
        let Some(expected) = self.expected.get(at) else { return };
        let as_is = live.as_ref().map_or(Live::Gone, Live::There);
        let attempt = match self.depth {
            Depth::Rehearsals => self.source.attempt(expected, as_is),
            Depth::Reads => None,
        };
        match attempt {
            Some(attempt) => {
                self.todo.push_back(Next::Try(at, attempt, live.unwrap_or_default()));
            }
            None => self.judge(at, as_is, None),
        }
    }

    fn judge(&mut self, at: usize, live: Live<'_>, tried: Option<Result<&Value, &Fault>>) {
        let Some(expected) = self.expected.get(at) else { return };
        let ObjectId { group, kind, .. } = &expected.id;
        let known = self.shapes.get(&(group.clone(), kind.clone())).cloned();
        let shape = known.unwrap_or_else(|| Shape::of(group, kind));
        let bench = Bench { rules: &self.rules, shape: &shape };
        if let (Some(before), Live::There(is)) = (&self.before, live) {
            let id = &expected.id;
            let sight = Sight::of(id, is, before.get(id), &bench);
            self.news.push(News::Seen(Box::new(sight)));
        }
        let found = self.source.judge(expected, live, tried, &bench);
        self.news.push(News::Object(Box::new(found)));
    }

    fn unserved(&mut self, at: usize) {
        let Some(expected) = self.expected.get(at) else { return };
        if let Some(found) = self.source.unserved(expected) {
            return self.news.push(News::Object(Box::new(found)));
        }
        let id = expected.id.clone();
        let why = format!("the server does not serve {}", id.kind);
        let state = State::Unknown(Fault::new(FaultKind::NotFound, format!("compare {id}"), why));
        self.news.push(News::Object(Box::new(ObjectDrift::new(id, state))));
    }

    /// The kind as it is served, in the version of the manifest where that is one of them; a guess that
    /// only resembles it is no kind.
    fn resource(&self, expected: &Expected) -> Option<&Resource> {
        let id = &expected.id;
        let version = expected.manifest.as_deref().map_or("", Sheet::api_version);
        let version = version.rsplit('/').next().unwrap_or_default();
        let of = |one: &&Resource| one.gvr.group == id.group && one.kind == id.kind;
        let exact = |one: &&Resource| of(one) && one.gvr.version == version && one.can("get");
        self.catalogue
            .all()
            .iter()
            .find(exact)
            .or_else(|| self.catalogue.by_kind(&id.group, &id.kind))
            .filter(of)
    }

    fn reference(&self, at: usize) -> Option<ObjRef> {
        let expected = self.expected.get(at)?;
        let (id, resource) = (&expected.id, self.resource(expected)?);
        Some(ObjRef {
            cluster: self.cluster,
            gvr: resource.gvr.clone(),
            kind: resource.kind.clone(),
            namespace: if resource.namespaced { id.namespace.clone() } else { Text::new() },
            name: id.name.clone(),
            uid: Text::new(),
        })
    }
}

impl Batch {
    fn read(&self, token: &str) -> Read {
        let place = (!self.namespace.is_empty()).then_some(self.namespace.as_str());
        let path = self.resource.gvr.collection_path(place);
        let after = match token {
            "" => String::new(),
            token => format!("&continue={}", percent::encode(token)),
        };
        Read {
            what: format!("list {}", self.resource.gvr.plural),
            path: format!("{path}?limit={PAGE}{after}"),
        }
    }
}

/// The plan of a rehearsed server-side apply.
fn rehearsal(cluster: ClusterId, object: ObjRef, attempt: &Attempt) -> Plan {
    let path = format!(
        "{}?fieldManager={}&force=true",
        object.gvr.object_path(&object.namespace, &object.name),
        percent::encode(&attempt.manager)
    );
    let title = format!("compare {object} with what would be applied");
    let request = PlanRequest::new(Method::Patch, object, Some(path));
    let mut plan = Plan::empty(PlanId(0), cluster, Text::new(), title);
    plan.dry_run = true;
    plan.request(request.body(APPLY, &attempt.manifest))
}

/// What the server says of the kinds of a group and version.
fn schema((group, version): &GroupVersion) -> Read {
    let place = if group.is_empty() { "api" } else { "apis" };
    let slash = if group.is_empty() { "" } else { "/" };
    Read {
        what: format!("read the schema of {group}{slash}{version}"),
        path: format!("/openapi/v3/{place}/{group}{slash}{version}"),
    }
}

fn parsed(answer: Result<&str, &Fault>, what: &str) -> Result<Value, Fault> {
    let text = answer.map_err(Clone::clone)?;
    serde_json::from_str(text)
        .map_err(|error| Fault::new(FaultKind::Invalid, what, format!("no JSON: {error}")))
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow, default)]
    metadata: PageMeta<'a>,
    #[serde(borrow, default)]
    items: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct PageMeta<'a> {
    #[serde(borrow, default)]
    r#continue: std::borrow::Cow<'a, str>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    metadata: NamedMeta<'a>,
}

#[derive(Deserialize)]
struct NamedMeta<'a> {
    #[serde(borrow)]
    name: std::borrow::Cow<'a, str>,
}

#[cfg(test)]
#[path = "inquiry_tests.rs"]
mod tests;
