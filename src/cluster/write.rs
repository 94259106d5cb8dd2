//! Runs plans and follows them to their outcome. The only place that can make a [`Permit`].

mod behind;

pub(super) use behind::{Way, permit_behind};

use super::Event;
use super::errors::{self, Refusal, Sort};
use super::fetch;
use super::follow::Follow;
use super::session::Session;
use super::wire::{self, Ask};
use crate::model::{
    Answer, Fault, FaultKind, FollowState, Following, Method, ObjRef, Plan, PlanId, PlanRequest,
};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

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

/// Path and query of a plan's request, exactly as they are sent.
pub fn path_of(plan: &Plan, request: &PlanRequest) -> String {
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
    let request = connecting(session, plan, number)?;
    if request.behind.is_some() {
        let why = "which pod it enters has to be known first";
        return Err(Fault::new(FaultKind::Refused, &plan.title, why));
    }
    let target = path_of(plan, request);
    let permit = Permit::new(plan, request, &target, session.readonly())?;
    Ok((permit, target))
}

/// A request of the plan that reaches into a workload.
fn connecting<'p>(
    session: &Session,
    plan: &'p Plan,
    number: usize,
) -> Result<&'p PlanRequest, Fault> {
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
    Ok(request)
}

/// Requests of one stage that are under way at the same time. What waits for a disruption budget is
/// not: a budget that never allows anything holds up its own pods and no others.
const ALONGSIDE: usize = 5;

/// Rehearses the one request of a plan: the object as it would be, as JSON text. Nothing is stored.
///
/// # Errors
/// It is no rehearsal of one request, the session is read-only, or the server refuses it.
pub(super) async fn rehearse(session: &Rc<Session>, plan: &Plan) -> Result<Arc<str>, Fault> {
    let [request] = plan.requests.as_slice() else {
        return Err(Fault::new(FaultKind::Refused, &plan.title, "one request is tried at a time"));
    };
    if !plan.dry_run {
        return Err(Fault::new(FaultKind::Refused, &plan.title, "it would be stored"));
    }
    let answered = send(session, plan, request).await?;
    match String::from_utf8(answered.body) {
        Ok(text) => Ok(text.into()),
        Err(_) => Err(Fault::new(FaultKind::Other, &plan.title, "the answer is not UTF-8 text")),
    }
}

/// Sends a plan's requests stage by stage, and follows each to its outcome. What `calls_off` brings
/// ends what was not sent yet.
pub(crate) async fn run(session: Rc<Session>, plan: Plan, calls_off: CancellationToken) {
    let plan = Rc::new(plan);
    let _on_its_way = OnItsWay(Rc::clone(&session), plan.id);
    let mut stages: Vec<u8> = plan.requests.iter().map(|request| request.stage).collect();
    stages.sort_unstable();
    stages.dedup();
    let mut stopped: Option<Stop> = None;
    for stage in stages {
        let numbers: Vec<usize> =
            (0..plan.requests.len()).filter(|i| plan.requests[*i].stage == stage).collect();
        if let Some(stop) = &stopped {
            for number in numbers {
                let state = match stop {
                    Stop::CalledOff => FollowState::Cancelled(CALLED_OFF.into()),
                    Stop::Failed(why) => FollowState::Failed(Fault::new(
                        FaultKind::Refused,
                        what(&plan.requests[number]),
                        format!("not sent, because {why}"),
                    )),
                };
                tell(&session, &plan, number, state);
            }
            continue;
        }
        let slots = Semaphore::new(ALONGSIDE);
        let mut steps: FuturesUnordered<_> = numbers
            .into_iter()
            .map(|number| {
                step(Rc::clone(&session), Rc::clone(&plan), number, calls_off.clone(), &slots)
            })
            .collect();
        while let Some(end) = steps.next().await {
            if let Err(stop) = end {
                stopped.get_or_insert(stop);
            }
        }
    }
}

/// Tells that no request of a plan is on its way any more, whatever ends it.
struct OnItsWay(Rc<Session>, PlanId);

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.0.link.outbox.tell(Event::Answered(self.1));
    }
}

/// Why what comes next is not sent.
enum Stop {
    /// A step before it failed: which, and how.
    Failed(String),
    CalledOff,
}

const CALLED_OFF: &str = "called off before it was sent";

impl Stop {
    fn failed(request: &PlanRequest, state: &FollowState) -> Self {
        let how = match state {
            FollowState::Failed(fault) => format!("failed: {}", fault.why),
            FollowState::TimedOut(words) => format!("was not finished in time: {words}"),
            FollowState::Superseded(words) | FollowState::Cancelled(words) => {
                format!("was not finished: {words}")
            }
            _ => "failed".to_owned(),
        };
        Self::Failed(format!("{} {how}", what(request)))
    }
}

fn tell(session: &Session, plan: &Plan, number: usize, state: FollowState) {
    session.link.outbox.tell(Event::Follow(plan.id, number, state));
}

/// Sends one request; whether what comes next may be sent. That waits for the outcome of what a
/// controller was asked, and elsewhere only for the server's answer: the outcome is followed beside it.
async fn step(
    session: Rc<Session>,
    plan: Rc<Plan>,
    number: usize,
    calls_off: CancellationToken,
    slots: &Semaphore,
) -> Result<(), Stop> {
    let request = &plan.requests[number];
    let timing = &session.link.timing;
    let called_off = || {
        tell(&session, &plan, number, FollowState::Cancelled(CALLED_OFF.into()));
        Err(Stop::CalledOff)
    };
    let warn = |warnings: Vec<String>| {
        if !warnings.is_empty() {
            tell(&session, &plan, number, FollowState::Warned(warnings));
        }
    };
    let mut first = true;
    loop {
        // Nobody closes it: an error would be as good as a slot.
        let slot = slots.acquire().await;
        if calls_off.is_cancelled() {
            return called_off();
        }
        if std::mem::take(&mut first) {
            tell(&session, &plan, number, FollowState::Requested);
        }
        if plan.dry_run && is_made_before(&plan, number) {
            tell(&session, &plan, number, FollowState::WouldSucceed);
            return Ok(());
        }
        let sent = send(&session, &plan, request).await;
        drop(slot);
        match sent {
            // Only an eviction that a budget does not allow now is worth sending again: nothing has
            // happened, and the server says so.
            Err(fault)
                if request.follow == Following::Evicted
                    && fault.code == Some(429)
                    && !plan.dry_run =>
            {
                // Which budget it is stands among the causes.
                let which = fault.causes.first().map_or("", |cause| cause.message.as_str());
                let words = format!("waits: {} {which}", fault.why).trim_end().to_owned();
                tell(&session, &plan, number, FollowState::Progressing(words));
                tokio::select! {
                    () = tokio::time::sleep(timing.eviction) => {}
                    () = calls_off.cancelled() => return called_off(),
                }
            }
            // Somebody else was faster.
            Err(fault)
                if request.follow == Following::Evicted && fault.kind == FaultKind::NotFound =>
            {
                tell(&session, &plan, number, FollowState::Done("it is gone already".into()));
                return Ok(());
            }
            // Nobody has seen it: it was to be gone in case it was there.
            Err(fault)
                if request.method == Method::Delete
                    && request.target.uid.is_empty()
                    && fault.kind == FaultKind::NotFound =>
            {
                let state = if plan.dry_run {
                    FollowState::WouldSucceed
                } else {
                    FollowState::Done("it is gone already".into())
                };
                tell(&session, &plan, number, state);
                return Ok(());
            }
            Err(fault) => {
                let state = FollowState::Failed(explained(&session, request, fault).await);
                let stop = Stop::failed(request, &state);
                tell(&session, &plan, number, state);
                return Err(stop);
            }
            Ok(answered) if plan.dry_run => {
                warn(answered.warnings);
                tell(&session, &plan, number, FollowState::WouldSucceed);
                return Ok(());
            }
            Ok(Answered { body: answer, warnings }) => {
                warn(warnings);
                let follow = Follow { session: Rc::clone(&session), plan: plan.id, number };
                let target = request.target.clone();
                match &request.follow {
                    Following::Gone | Following::Evicted => {
                        tokio::task::spawn_local(follow.gone(target, answer));
                    }
                    Following::RolledOut => {
                        tokio::task::spawn_local(follow.rolled_out(target));
                    }
                    Following::Runs(container) => {
                        let container = container.clone();
                        tokio::task::spawn_local(follow.runs(target, container, answer));
                    }
                    Following::Handshake(handshake) | Following::Elsewhere(_, handshake) => {
                        let following = match &request.follow {
                            Following::Elsewhere(other, _) => {
                                follow.handshake((**other).clone(), handshake.clone(), Vec::new())
                            }
                            _ => follow.handshake(target, handshake.clone(), answer),
                        };
                        // What was sent is followed, also when what comes next was called off.
                        let following = tokio::task::spawn_local(following);
                        let state = tokio::select! {
                            biased;
                            state = following => state,
                            () = calls_off.cancelled() => return Err(Stop::CalledOff),
                        };
                        return match state {
                            Ok(FollowState::Done(_)) => Ok(()),
                            Ok(state) => Err(Stop::failed(request, &state)),
                            Err(_) => Err(Stop::CalledOff),
                        };
                    }
                    Following::Answer => {
                        let words = format!("{} accepted", request.method.verb());
                        tell(&session, &plan, number, FollowState::Done(words));
                    }
                }
                return Ok(());
            }
        }
    }
}

/// The object is made by an earlier request of the plan: where nothing is stored it is not there, and
/// there is nothing to try.
fn is_made_before(plan: &Plan, number: usize) -> bool {
    let target = &plan.requests[number].target;
    let collection = target.gvr.collection_path(Some(&target.namespace));
    plan.requests[..number].iter().any(|earlier| {
        earlier.method == Method::Post
            && earlier.target == *target
            && earlier.path.split('?').next() == Some(&collection)
    })
}

/// A patch that was meant for one version of an object comes too late: who changed it is looked up.
async fn explained(session: &Rc<Session>, request: &PlanRequest, fault: Fault) -> Fault {
    let races = fault.code == Some(409)
        && request.method == Method::Patch
        && request.body.contains("\"resourceVersion\"");
    if !races {
        return fault;
    }
    let by = match fetch::get(session, &request.target).await {
        Ok(Answer::Object(json)) => last_writer(&json),
        _ => String::new(),
    };
    let why = format!("{} changed since it was read{by}", request.target);
    Fault { why, ..fault }.hint("nothing was done; plan it again")
}

/// ` by argocd-application-controller`, as managedFields tell; empty where they do not.
fn last_writer(json: &str) -> String {
    #[derive(Default, serde::Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Object {
        metadata: Metadata,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Metadata {
        managed_fields: Vec<Entry>,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Entry {
        manager: String,
        time: String,
    }
    let object: Object = serde_json::from_str(json).unwrap_or_default();
    let last = object.metadata.managed_fields.into_iter().max_by(|a, b| a.time.cmp(&b.time));
    match last {
        Some(entry) if !entry.manager.is_empty() => {
            format!(", by {}", errors::line(&entry.manager))
        }
        _ => String::new(),
    }
}

fn what(request: &PlanRequest) -> String {
    let ObjRef { namespace, .. } = &request.target;
    let place = if namespace.is_empty() { String::new() } else { format!(" in {namespace}") };
    format!("{} {}{place}", request.method.verb(), request.target)
}

struct Answered {
    body: Vec<u8>,
    warnings: Vec<String>,
}

/// Most warnings that are kept of one answer.
const MAX_WARNINGS: usize = 10;

/// The texts of `Warning: 299 - "TEXT"` headers, in which API servers and admission webhooks say what
/// a person should know.
fn warnings(headers: &http::HeaderMap) -> Vec<String> {
    let text = |value: &http::HeaderValue| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let rest = value.split_once('"')?.1;
        let mut text = String::new();
        let mut chars = rest.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => text.extend(chars.next()),
                c => text.push(c),
            }
        }
        Some(errors::line(&text)).filter(|text| !text.is_empty())
    };
    headers.get_all(http::header::WARNING).iter().filter_map(text).take(MAX_WARNINGS).collect()
}

/// Sends one request; what the server answered, and what it warns about.
async fn send(
    session: &Rc<Session>,
    plan: &Plan,
    request: &PlanRequest,
) -> Result<Answered, Fault> {
    let link = &session.link;
    let what = what(request);
    if plan.cluster != link.cluster || request.target.cluster != link.cluster {
        return Err(Fault::new(FaultKind::Refused, what, "the plan is for another cluster"));
    }
    if request.method == Method::Connect {
        let why = "it is opened, not sent";
        return Err(Fault::new(FaultKind::Refused, what, why));
    }
    let target = path_of(plan, request);
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
        Ok((headers, body)) => Ok(Answered { body, warnings: warnings(&headers) }),
        Err(Refusal { sort: Sort::Cut, fault, .. }) => {
            link.suspect();
            Err(fault.hint("it may have happened all the same: look before you repeat it"))
        }
        Err(Refusal { fault, .. }) => Err(fault),
    }
}
