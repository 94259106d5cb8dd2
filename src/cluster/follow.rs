//! Follows a request of a plan to its outcome: until an object is gone, has rolled out, or its
//! controller has told how it ended.

use super::Event;
use super::errors;
use super::listwatch::{self, Consumer, Freshness, Source};
use super::session::Session;
use super::wire;
use crate::follow::{Follower, Step};
use crate::kinds::Object;
use crate::kinds::de::{Meta, Str, nullable};
use crate::model::{
    Fault, FaultKind, FollowState, Handshake, ObjRef, PlanId, Progress as Rolled, Text, WatchState,
};
use crate::rollout::status;
use crate::verbs::debug::running;
use crate::verbs::finalizers;
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

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
pub(super) struct Follow {
    pub(super) session: Rc<Session>,
    pub(super) plan: PlanId,
    pub(super) number: usize,
}

impl Follow {
    fn tell(&self, state: FollowState) {
        self.session.link.outbox.tell(Event::Follow(self.plan, self.number, state));
    }

    /// Until the object is gone; `answer` is what the server said to the deletion.
    pub(super) async fn gone(self, target: ObjRef, answer: Vec<u8>) {
        let uid = uid(&target, &answer);
        let limit = self.session.link.timing.follow;
        self.watch(&target, uid, limit, None, leaving).await;
    }

    /// Until the workload has rolled out what its spec asks for.
    pub(super) async fn rolled_out(self, target: ObjRef) {
        let kind = target.kind.clone();
        let uid = target.uid.to_string();
        let limit = self.session.link.timing.rollout;
        self.watch(&target, uid, limit, None, move |json: &[u8]| {
            let object = serde_json::from_slice(json).map_err(|error| error.to_string())?;
            Ok(match status::judge(&kind, &object) {
                Rolled::Waits(words) => Look::Waits(words),
                Rolled::Done(words) => Look::End(FollowState::Done(words)),
                Rolled::Failed(words) => Look::End(FollowState::TimedOut(words)),
            })
        })
        .await;
    }

    /// Until a container of the pod runs; `answer` is the pod as the server answered.
    pub(super) async fn runs(self, target: ObjRef, container: Text, answer: Vec<u8>) {
        let uid = uid(&target, &answer);
        let limit = self.session.link.timing.start;
        let failed = {
            let what = format!("start container {container} of {target}");
            move |words: &str| {
                FollowState::Failed(Fault::new(FaultKind::Other, what.clone(), words))
            }
        };
        let gone = failed("the pod is gone");
        self.watch(&target, uid, limit, Some(gone), move |json: &[u8]| {
            let pod = serde_json::from_slice(json).map_err(|error| error.to_string())?;
            Ok(match running::judge(&pod, &container) {
                Rolled::Waits(words) => Look::Waits(words),
                Rolled::Done(words) => Look::End(FollowState::Done(words)),
                Rolled::Failed(words) => Look::End(failed(&words)),
            })
        })
        .await;
    }

    /// Until the controller that was asked tells how it ended; `answer` is the object as the server
    /// answered. How it ended.
    pub(super) async fn handshake(
        self,
        target: ObjRef,
        handshake: Handshake,
        answer: Vec<u8>,
    ) -> FollowState {
        let uid = uid(&target, &answer);
        let (limit, pickup) = (self.session.link.timing.handshake, self.session.link.timing.pickup);
        let follower = Follower::new(&target, handshake, pickup);
        let gone = Some(follower.gone());
        let judge = Shaking { follower, began: Instant::now() };
        self.watch(&target, uid, limit, gone, judge).await
    }

    /// Looks at one object, as long as `judge` says that it is worth it; how it ended. `gone` is what
    /// it means that the object is gone; None where that is the goal.
    async fn watch(
        self,
        target: &ObjRef,
        uid: String,
        limit: Duration,
        gone: Option<FollowState>,
        judge: impl Judge,
    ) -> FollowState {
        let link = Rc::clone(&self.session.link);
        let began = Instant::now();
        let progress = Rc::new(Progress::default());
        let judge = Rc::new(RefCell::new(judge));
        let source = Source {
            what: target.to_string(),
            gvr: target.gvr.clone(),
            namespace: (!target.namespace.is_empty()).then(|| target.namespace.clone()),
            labels: arcstr::ArcStr::new(),
            fields: format!("metadata.name={}", target.name).into(),
            accept: (wire::JSON, wire::JSON),
            proto: None,
            first: Freshness::Latest,
            limit: 0,
        };
        let mut consumer =
            One { uid, listed: false, judge: Rc::clone(&judge), progress: Rc::clone(&progress) };
        let stream = listwatch::run(&link, &source, &mut consumer);
        let outcome = async {
            let (mut said, mut woken) = (String::new(), None);
            loop {
                let wakes = judge.borrow().wakes();
                let wakes = wakes.filter(|at| woken != Some(*at) && !progress.blind.get());
                tokio::select! {
                    biased;
                    () = progress.moved.notified() => {}
                    () = reached(wakes) => {
                        woken = wakes;
                        progress.wait_for(judge.borrow().tick());
                    }
                }
                if let Some(end) = progress.end.borrow_mut().take() {
                    return end;
                }
                let waits = progress.waits.borrow().clone();
                if waits != said {
                    said = waits;
                    self.tell(FollowState::Progressing(said.clone()));
                }
            }
        };
        let seconds = || began.elapsed().as_secs();
        let state = tokio::select! {
            biased;
            end = outcome => match end {
                End::Gone | End::Replaced if gone.is_some() => {
                    gone.unwrap_or(FollowState::Requested)
                }
                End::Gone => FollowState::Done(format!("gone after {} s", seconds())),
                End::Replaced => FollowState::Superseded(format!(
                    "gone after {} s, and a new {target} is there", seconds()
                )),
                End::Unseen(why) => FollowState::Done(
                    format!("accepted; how it goes on cannot be seen: {why}")
                ),
                End::Judged(state) => state,
            },
            // Its consumer never ends it.
            () = stream => FollowState::Cancelled("the cluster is not looked at any more".into()),
            () = tokio::time::sleep(limit) => {
                let waits = progress.waits.borrow().clone();
                let waits = if waits.is_empty() { "it is still there".to_owned() } else { waits };
                FollowState::TimedOut(format!("after {} s: {waits}", seconds()))
            }
        };
        self.tell(state.clone());
        state
    }
}

/// At this moment; never where there is none.
async fn reached(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// The uid of the object that was written, as far as it is known.
fn uid(target: &ObjRef, answer: &[u8]) -> String {
    let answer: Answer<'_> = serde_json::from_slice(answer).unwrap_or_default();
    [&*target.uid, &answer.metadata.uid, &answer.details.uid]
        .into_iter()
        .find(|uid| !uid.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// What one look at the object tells.
enum Look {
    Waits(String),
    End(FollowState),
}

/// Judges what is seen of one object.
trait Judge {
    /// The object is like this.
    fn look(&mut self, json: &[u8]) -> Result<Look, String>;

    /// When time alone will have changed what it waits for.
    fn wakes(&self) -> Option<Instant> {
        None
    }

    /// What it waits for now, though nothing was heard of the object.
    fn tick(&self) -> String {
        String::new()
    }

    /// The object can be seen again after a while in which it could not.
    fn resumed(&mut self) {}
}

impl<F: FnMut(&[u8]) -> Result<Look, String>> Judge for F {
    fn look(&mut self, json: &[u8]) -> Result<Look, String> {
        self(json)
    }
}

/// Judges whether a controller has acknowledged.
struct Shaking {
    follower: Follower,
    began: Instant,
}

impl Judge for Shaking {
    fn look(&mut self, json: &[u8]) -> Result<Look, String> {
        let object = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        Ok(match self.follower.look(&object, self.began.elapsed()) {
            Step::Waits(words) => Look::Waits(words),
            Step::Ended(state) => Look::End(state),
        })
    }

    fn wakes(&self) -> Option<Instant> {
        Some(self.began + self.follower.wakes()?)
    }

    fn tick(&self) -> String {
        self.follower.words(self.began.elapsed())
    }

    fn resumed(&mut self) {
        self.follower.resumed(self.began.elapsed());
    }
}

fn leaving(json: &[u8]) -> Result<Look, String> {
    let seen: Seen<'_> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    // Only namespaces have finalizers in their spec, and say what they still hold.
    if !seen.metadata.deletion_timestamp.is_empty() && !seen.spec.finalizers.is_empty() {
        let conditions: Vec<(&str, &str, &str)> = seen
            .status
            .conditions
            .iter()
            .map(|one| (&*one.r#type, &*one.status, &*one.message))
            .collect();
        if let Some(words) = finalizers::namespace_waits_for(&conditions) {
            return Ok(Look::Waits(errors::line(&words)));
        }
        let names: Vec<&str> = seen.spec.finalizers.iter().map(|name| &**name).collect();
        return Ok(Look::Waits(errors::line(&finalizers::waits_for(&names))));
    }
    Ok(Look::Waits(seen.metadata.waits()))
}

enum End {
    Gone,
    Replaced,
    Unseen(String),
    Judged(FollowState),
}

/// What is known of the object so far.
#[derive(Default)]
struct Progress {
    /// What it waits for, in words.
    waits: RefCell<String>,
    end: RefCell<Option<End>>,
    /// The server does not answer.
    blind: Cell<bool>,
    moved: Notify,
}

impl Progress {
    fn wait_for(&self, words: String) {
        *self.waits.borrow_mut() = words;
        self.moved.notify_one();
    }
}

/// Looks at one object until there is an end.
struct One<J> {
    /// Empty when unknown: then any object of that name counts as the one.
    uid: String,
    listed: bool,
    judge: Rc<RefCell<J>>,
    progress: Rc<Progress>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Seen<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Leaving<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Spec<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    finalizers: Vec<Str<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Condition<'a> {
    #[serde(borrow)]
    r#type: Str<'a>,
    #[serde(borrow)]
    status: Str<'a>,
    #[serde(borrow)]
    message: Str<'a>,
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
            (names, _) => errors::line(&finalizers::waits_for(names)),
        }
    }
}

impl<J> One<J> {
    fn end(&self, end: End) {
        *self.progress.end.borrow_mut() = Some(end);
        self.progress.moved.notify_one();
    }
}

impl<J: Judge> Consumer for One<J> {
    fn begin(&mut self) {
        self.listed = false;
    }

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        let seen: Seen<'_> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        self.listed = true;
        if !self.uid.is_empty() && *seen.metadata.uid != *self.uid {
            self.end(End::Replaced);
            return Ok(None);
        }
        let look = self.judge.borrow_mut().look(json)?;
        match look {
            Look::Waits(words) => self.progress.wait_for(words),
            Look::End(state) => self.end(End::Judged(state)),
        }
        Ok(None)
    }

    fn delete(&mut self, _object: Object<'_>) -> Result<Option<u64>, String> {
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
        match state {
            WatchState::Denied(fault) | WatchState::NotServed(fault) => {
                self.end(End::Unseen(fault.why));
            }
            WatchState::Broken { why, .. } => {
                self.progress.blind.set(true);
                self.progress.wait_for(format!("cannot be seen just now: {}", why.why));
            }
            // A watch that goes on where it was cut brings nothing while nothing changes.
            WatchState::Live if self.progress.blind.take() => {
                let mut judge = self.judge.borrow_mut();
                judge.resumed();
                self.progress.wait_for(judge.tick());
            }
            WatchState::Listing { .. } if self.progress.blind.take() => {
                self.judge.borrow_mut().resumed();
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
