//! Runs plans and follows them to their outcome. The only place that can make a [`Permit`].

use super::Event;
use super::errors::{self, Refusal, Sort};
use super::listwatch::{self, Consumer, Freshness, Source};
use super::session::Session;
use super::wire::{self, Ask};
use crate::kinds::de::{Meta, Str, nullable};
use crate::model::{
    Fault, FaultKind, FollowState, Method, ObjRef, Plan, PlanId, PlanRequest, WatchState,
};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How our writes are named in managedFields. Never `kubectl*`: engines take those for a person's
/// accident and strip them.
pub const FIELD_MANAGER: &str = "wheelhouse";

/// Lets exactly one request pass the gate.
#[derive(Clone, Debug)]
pub struct Permit {
    method: http::Method,
    target: String,
}

impl Permit {
    fn new(
        plan: &Plan,
        request: &PlanRequest,
        target: &str,
        readonly: bool,
    ) -> Result<Self, Fault> {
        if readonly {
            return Err(Fault::new(FaultKind::Refused, &plan.title, "wheelhouse runs read-only")
                .hint("start it without --readonly, and without readonly in config.toml"));
        }
        Ok(Self { method: verb(request.method), target: target.to_owned() })
    }

    /// Whether this is the request it was made for.
    pub(super) fn covers(&self, method: &http::Method, target: &str) -> bool {
        self.method == method && self.target == target
    }
}

fn verb(method: Method) -> http::Method {
    match method {
        Method::Connect => http::Method::GET,
        Method::Delete => http::Method::DELETE,
        Method::Patch => http::Method::PATCH,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
    }
}

/// Path and query as they are sent.
fn target(plan: &Plan, request: &PlanRequest) -> String {
    let mut target = request.path.clone();
    let mut add = |parameter: &str| {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(parameter);
    };
    if request.method == Method::Connect {
        return target;
    }
    if plan.dry_run && !request.path.contains("dryRun=") {
        add("dryRun=All");
    }
    if request.method != Method::Delete && !request.path.contains("fieldManager=") {
        add(&format!("fieldManager={FIELD_MANAGER}"));
    }
    target
}

/// The permit for one request of a plan that reaches into a workload, and its path and query.
///
/// # Errors
/// The session is read-only, the plan is for another cluster or only a rehearsal, or has no such
/// request.
pub(super) fn permit(
    session: &Session,
    plan: &Plan,
    number: usize,
) -> Result<(Permit, String), Fault> {
    let refused = |why: &str| Fault::new(FaultKind::Refused, &plan.title, why);
    let request = plan
        .requests
        .get(number)
        .filter(|request| request.method == Method::Connect)
        .ok_or_else(|| refused("it is not in the plan that was shown"))?;
    if plan.cluster != session.link.cluster || request.target.cluster != session.link.cluster {
        return Err(refused("the plan is for another cluster"));
    }
    if plan.dry_run {
        return Err(refused("reaching into a container cannot be rehearsed"));
    }
    let target = target(plan, request);
    let permit = Permit::new(plan, request, &target, session.readonly())?;
    Ok((permit, target))
}

/// Sends a plan's requests in order, and follows each to its outcome.
pub(crate) async fn run(session: Rc<Session>, plan: Plan) {
    let tell = |i: usize, state| session.link.outbox.tell(Event::Follow(plan.id, i, state));
    let mut failed = false;
    for (i, request) in plan.requests.iter().enumerate() {
        // Deletions stand by themselves; other steps build on each other.
        if failed && request.method != Method::Delete {
            let fault = Fault::new(
                FaultKind::Refused,
                what(request),
                "not sent, because a step before it failed",
            );
            tell(i, FollowState::Failed(fault));
            continue;
        }
        tell(i, FollowState::Requested);
        match send(&session, &plan, request).await {
            Err(fault) => {
                failed = true;
                tell(i, FollowState::Failed(fault));
            }
            Ok(_) if plan.dry_run => tell(i, FollowState::WouldSucceed),
            Ok(answer) if request.method == Method::Delete => {
                let follow =
                    Follow { session: Rc::clone(&session), plan: plan.id, number: i, answer };
                tokio::task::spawn_local(follow.gone(request.target.clone()));
            }
            Ok(_) => tell(i, FollowState::Done(format!("{} accepted", request.method.verb()))),
        }
    }
}

fn what(request: &PlanRequest) -> String {
    let ObjRef { namespace, .. } = &request.target;
    let place = if namespace.is_empty() { String::new() } else { format!(" in {namespace}") };
    format!("{} {}{place}", request.method.verb(), request.target)
}

async fn send(session: &Rc<Session>, plan: &Plan, request: &PlanRequest) -> Result<Vec<u8>, Fault> {
    let link = &session.link;
    let what = what(request);
    if plan.cluster != link.cluster || request.target.cluster != link.cluster {
        return Err(Fault::new(FaultKind::Refused, what, "the plan is for another cluster"));
    }
    let target = target(plan, request);
    // First, so that read-only is told at once; and again after the wait, in which it may begin.
    Permit::new(plan, request, &target, session.readonly())?;
    session.ready(&what, link.timing.probe).await?;
    let permit = Permit::new(plan, request, &target, session.readonly())?;
    let mut ask = Ask::get(&what, target, link.timing.write);
    ask.method = verb(request.method);
    let body = request.sent_body(plan.dry_run)?.into_owned();
    ask.content = (request.content_type, body.into_bytes());
    // What was sent is not given up because a probe failed meanwhile.
    ask.blind = true;
    let sent = wire::whole_with(link, &ask, |request| {
        request.extensions_mut().insert(permit);
    })
    .await;
    match sent {
        Ok((_, body)) if errors::is_failure(&body) => Err(errors::watch_error(&what, &body).fault),
        Ok((_, body)) => Ok(body),
        Err(Refusal { sort: Sort::Cut, fault, .. }) => {
            link.suspect();
            Err(fault.hint("it may have happened all the same: look before you repeat it"))
        }
        Err(Refusal { fault, .. }) => Err(fault),
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    details: Details<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Details<'a> {
    #[serde(borrow)]
    uid: Str<'a>,
}

/// Follows one request of a plan.
struct Follow {
    session: Rc<Session>,
    plan: PlanId,
    number: usize,
    answer: Vec<u8>,
}

impl Follow {
    /// Until the object is gone.
    async fn gone(self, target: ObjRef) {
        let link = Rc::clone(&self.session.link);
        let tell = |state| link.outbox.tell(Event::Follow(self.plan, self.number, state));
        let answer: Answer<'_> = serde_json::from_slice(&self.answer).unwrap_or_default();
        let uid = [&*target.uid, &answer.metadata.uid, &answer.details.uid]
            .into_iter()
            .find(|uid| !uid.is_empty())
            .unwrap_or_default()
            .to_owned();
        let began = Instant::now();
        let progress = Rc::new(Progress::default());
        let source = Source {
            what: target.to_string(),
            gvr: target.gvr.clone(),
            namespace: (!target.namespace.is_empty()).then(|| target.namespace.clone()),
            labels: arcstr::ArcStr::new(),
            fields: format!("metadata.name={}", target.name).into(),
            accept: (wire::JSON, wire::JSON),
            first: Freshness::Latest,
            limit: 0,
        };
        let mut consumer = Gone { uid, listed: false, progress: Rc::clone(&progress) };
        let stream = listwatch::run(&link, &source, &mut consumer);
        let outcome = async {
            let mut said = String::new();
            loop {
                progress.moved.notified().await;
                if let Some(end) = progress.end.borrow_mut().take() {
                    return end;
                }
                let waits = progress.waits.borrow().clone();
                if waits != said {
                    said = waits;
                    tell(FollowState::Progressing(said.clone()));
                }
            }
        };
        let seconds = || began.elapsed().as_secs();
        tokio::select! {
            biased;
            end = outcome => tell(match end {
                End::Gone => FollowState::Done(format!("gone after {} s", seconds())),
                End::Replaced => FollowState::Superseded(format!(
                    "gone after {} s, and a new {target} is there", seconds()
                )),
                End::Unseen(why) => FollowState::Done(
                    format!("accepted; whether it is gone cannot be seen: {why}")
                ),
            }),
            () = stream => {}
            () = tokio::time::sleep(link.timing.follow) => {
                let waits = progress.waits.borrow().clone();
                let waits = if waits.is_empty() { "it is still there".to_owned() } else { waits };
                tell(FollowState::TimedOut(format!("after {} s: {waits}", seconds())));
            }
        }
    }
}

enum End {
    Gone,
    Replaced,
    Unseen(String),
}

/// What is known of the object so far.
#[derive(Default)]
struct Progress {
    /// What it waits for, in words.
    waits: RefCell<String>,
    end: RefCell<Option<End>>,
    moved: Notify,
}

/// Looks at one object until it is gone.
struct Gone {
    /// Empty when unknown: then any object of that name counts as the one.
    uid: String,
    listed: bool,
    progress: Rc<Progress>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Seen<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Leaving<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Leaving<'a> {
    #[serde(borrow)]
    uid: Str<'a>,
    deletion_timestamp: Str<'a>,
    deletion_grace_period_seconds: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    finalizers: Vec<Str<'a>>,
}

impl Leaving<'_> {
    fn waits(&self) -> String {
        if self.deletion_timestamp.is_empty() {
            return "the deletion has not begun yet".into();
        }
        let names: Vec<&str> = self.finalizers.iter().map(|name| &**name).collect();
        match (names.as_slice(), self.deletion_grace_period_seconds) {
            ([], Some(seconds)) if seconds > 0 => {
                format!("waits for its processes to end, up to {seconds} s")
            }
            ([], _) => "waits to be removed".into(),
            ([one], _) => errors::line(&format!("waits for the finalizer {one}")),
            (many, _) => errors::line(&format!("waits for the finalizers {}", many.join(", "))),
        }
    }
}

impl Gone {
    fn end(&self, end: End) {
        *self.progress.end.borrow_mut() = Some(end);
        self.progress.moved.notify_one();
    }
}

impl Consumer for Gone {
    fn begin(&mut self) {
        self.listed = false;
    }

    fn upsert(&mut self, json: &[u8]) -> Result<Option<u64>, String> {
        let seen: Seen<'_> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        self.listed = true;
        if !self.uid.is_empty() && *seen.metadata.uid != *self.uid {
            self.end(End::Replaced);
            return Ok(None);
        }
        *self.progress.waits.borrow_mut() = seen.metadata.waits();
        self.progress.moved.notify_one();
        Ok(None)
    }

    fn delete(&mut self, _json: &[u8]) -> Result<Option<u64>, String> {
        self.end(End::Gone);
        Ok(None)
    }

    fn complete(&mut self) {
        if !self.listed {
            self.end(End::Gone);
        }
    }

    // The object is there all the same: a list with something unreadable in it is not empty.
    fn skip(&mut self, _why: String) {
        self.listed = true;
    }

    fn flush(&mut self) {}

    fn state(&mut self, state: WatchState) -> ControlFlow<()> {
        if let WatchState::Denied(fault) | WatchState::NotServed(fault) = state {
            self.end(End::Unseen(fault.why));
        }
        ControlFlow::Continue(())
    }
}
