//! Local ports that lead into a pod, and into another one when that is gone.
//!
//! Each local connection gets a WebSocket of its own: one that stalls does not hold up the others, and
//! a port that refuses ends nothing but the connection that asked for it. Each of them needs a permit
//! of its own, made from the plan for the one pod that is entered.

mod channels;
mod codec;
pub(super) mod listen;
mod pods;
mod spdy;
pub(super) mod talk;
mod target;
mod traffic;
mod tunnel;

use super::errors::{Refusal, Sort};
use super::listwatch;
use super::streams::{Errand, Feed};
use super::websocket;
use crate::kinds::behind::{Behind, Entrance};
use crate::model::{Fault, FaultKind, ForwardEvent, ForwardSpec, StreamEvent};
use codec::PROTOCOLS;
use listen::Local;
use pods::Pods;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use target::Target;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use traffic::Traffic;

/// Attempts of one connection to enter a pod that answers, but does not let it in.
const ATTEMPTS: u32 = 3;
/// Pause after accepting failed: the process has no more file descriptors.
const CHOKED: Duration = Duration::from_millis(200);
/// Connections that were made and wait for their turn.
const WAITING: usize = 64;

/// Runs it to its end.
pub(crate) async fn run(errand: Errand, spec: ForwardSpec, feed: Feed) {
    let end = match listen::all(&spec).await {
        Ok(locals) => Forward::new(errand, spec).serve(locals, &feed).await,
        Err(fault) => Some(fault),
    };
    feed.tell(StreamEvent::Forward(ForwardEvent::End(end))).await;
}

/// The pod that is entered now.
type Door = Option<(Rc<Behind>, Rc<Entrance>)>;

/// What all connections of one forward share.
struct Forward {
    errand: Errand,
    spec: ForwardSpec,
    traffic: Traffic,
    door: watch::Sender<Door>,
    /// Why nothing can be entered, for connections that gave up waiting.
    closed: RefCell<String>,
}

impl Forward {
    fn new(errand: Errand, spec: ForwardSpec) -> Rc<Self> {
        let (door, closed) = (watch::Sender::new(None), RefCell::default());
        Rc::new(Self { errand, spec, traffic: Traffic::default(), door, closed })
    }

    /// Until it cannot go on, or nobody listens any more.
    async fn serve(self: Rc<Self>, locals: Vec<Local>, feed: &Feed) -> Option<Fault> {
        let ports = locals.iter().map(|local| local.port).collect();
        if !tell(feed, ForwardEvent::Listening(ports)).await {
            return None;
        }
        let (queue, calls) = mpsc::channel(WAITING);
        // They end with this: dropping the set aborts them.
        let mut listening = JoinSet::new();
        for (number, local) in locals.into_iter().enumerate() {
            for listener in local.listeners {
                listening.spawn_local(accept(listener, number, queue.clone()));
            }
        }
        tokio::select! {
            end = self.guide(feed) => end,
            () = Rc::clone(&self).connect(calls, feed) => None,
            () = self.traffic.tell(feed) => None,
        }
    }

    fn what(&self) -> String {
        format!("forward to {}", self.spec.target)
    }

    /// Keeps the door to a pod behind the target open. Ends with why there can be none.
    async fn guide(&self, feed: &Feed) -> Option<Fault> {
        let target = Target::new(self.spec.target.clone());
        let watched = async {
            if let Some(source) = target.source() {
                let mut watcher = target::Watcher::new(Rc::clone(&target));
                listwatch::run(&self.errand.session.link, &source, &mut watcher).await;
            }
            std::future::pending().await
        };
        tokio::select! {
            end = self.follow(&target, feed) => end,
            end = watched => end,
        }
    }

    async fn follow(&self, target: &Target, feed: &Feed) -> Option<Fault> {
        let mut first = true;
        loop {
            match target.behind() {
                Ok(behind) => {
                    first = false;
                    let pods = Rc::new(Pods::default());
                    let source = pods::source(&self.spec.target, &behind);
                    let mut watcher = pods::Watcher::new(Rc::clone(&pods));
                    let end = tokio::select! {
                        () = listwatch::run(&self.errand.session.link, &source, &mut watcher) => None,
                        end = self.choose(target, behind, &pods, feed) => end,
                    };
                    if end.is_some() {
                        return end;
                    }
                }
                Err(Some(fault)) if first => return Some(fault),
                Err(Some(fault)) => {
                    self.shut(fault.why, feed).await;
                    target.changed.notified().await;
                }
                Err(None) => target.changed.notified().await,
            }
        }
    }

    /// Chooses a pod whenever the one in use is no good any more. Ends without a fault when the target
    /// selects other pods than before, or is gone.
    async fn choose(
        &self,
        target: &Target,
        mut behind: Rc<Behind>,
        pods: &Pods,
        feed: &Feed,
    ) -> Option<Fault> {
        loop {
            let held = self.door.borrow().clone();
            let now = held.as_ref().map_or("", |(_, pod)| pod.name.as_str());
            match pods.best(&behind, now, &self.spec.first) {
                Some(pod) => {
                    let other = held.as_ref().is_none_or(|(_, held)| held.uid != pod.uid);
                    // A port that leads nowhere is told before anybody connects to it.
                    let numbers = 0..self.spec.ports.len();
                    let refused = numbers
                        .filter(|_| other)
                        .find_map(|number| self.errand.permit_behind(number, &behind, &pod).err());
                    if let Some(fault) = refused {
                        return Some(fault);
                    }
                    let name = pod.name.as_str().into();
                    self.door.send_replace(Some((Rc::clone(&behind), Rc::new(pod))));
                    self.closed.borrow_mut().clear();
                    if other && !tell(feed, ForwardEvent::Pod(name)).await {
                        return None;
                    }
                }
                None if pods.listed.get() => {
                    let why = pods.why_none(&self.spec.target);
                    self.shut(why, feed).await;
                }
                None => {
                    let denied = pods.denied.borrow().clone();
                    if let Some(fault) = denied {
                        return Some(Fault { what: self.what(), ..fault });
                    }
                }
            }
            tokio::select! {
                () = pods.changed.notified() => {}
                () = target.changed.notified() => match target.behind() {
                    Ok(new) if new.selector() == behind.selector() => behind = new,
                    _ => {
                        // For `follow`, which looks at it next.
                        target.changed.notify_one();
                        return None;
                    }
                },
            }
        }
    }

    async fn shut(&self, why: String, feed: &Feed) {
        self.door.send_replace(None);
        if *self.closed.borrow() != why {
            self.closed.replace(why.clone());
            tell(feed, ForwardEvent::Waiting(why)).await;
        }
    }

    /// Carries connections as they come.
    async fn connect(self: Rc<Self>, mut calls: mpsc::Receiver<Call>, feed: &Feed) {
        let mut carried = JoinSet::new();
        loop {
            let call = tokio::select! {
                call = calls.recv() => call,
                Some(done) = carried.join_next(), if !carried.is_empty() => {
                    if let Ok(Err(fault)) = done {
                        tell(feed, ForwardEvent::Trouble(fault)).await;
                    }
                    continue;
                }
            };
            let Some(call) = call else { return };
            let forward = Rc::clone(&self);
            carried.spawn_local(async move { forward.carry(call).await });
        }
    }

    async fn carry(&self, (number, local): Call) -> Result<(), Fault> {
        let _open = self.traffic.connect();
        let what = self.what();
        let link = &self.errand.session.link;
        let end = Instant::now() + link.timing.write;
        let mut attempts = 0;
        loop {
            let (behind, pod) = self.entrance(end).await?;
            let way = self.errand.permit_behind(number, &behind, &pod)?;
            let asked =
                websocket::open(link, &what, way.permit, &way.path, &PROTOCOLS, link.timing.get);
            match asked.await {
                Ok(socket) => {
                    let carried =
                        tunnel::carry(local.into_split(), socket, way.port, &self.traffic).await;
                    return carried.map_err(|why| {
                        let what = format!("{what}, port {} of pod {}", way.port, pod.name);
                        Fault::new(FaultKind::Other, what, why)
                    });
                }
                Err(refusal) => {
                    attempts += 1;
                    self.retry(refusal, attempts, end).await?;
                }
            }
        }
    }

    /// The pod to enter; waits while there is none.
    async fn entrance(&self, end: Instant) -> Result<(Rc<Behind>, Rc<Entrance>), Fault> {
        let mut door = self.door.subscribe();
        let open = tokio::time::timeout_at(end, door.wait_for(Option::is_some)).await;
        let open = open.ok().and_then(Result::ok).and_then(|door| door.clone());
        open.ok_or_else(|| {
            Fault::new(FaultKind::NotFound, self.what(), self.closed.borrow().clone())
        })
    }

    /// Waits before another attempt, where one makes sense: nothing was taken from the local side yet.
    async fn retry(&self, refusal: Refusal, attempts: u32, end: Instant) -> Result<(), Fault> {
        let link = &self.errand.session.link;
        let patient = match refusal.sort {
            // The server is away: as long as there is time.
            Sort::Cut | Sort::Throttled => true,
            // The pod is gone, and we have not heard of it yet; or its node has hiccups.
            Sort::NotServed | Sort::Passing => attempts < ATTEMPTS,
            _ => false,
        };
        if !patient || Instant::now() >= end {
            return Err(refusal.fault);
        }
        if refusal.sort == Sort::Cut {
            link.suspect();
        }
        let mut door = self.door.subscribe();
        door.mark_unchanged();
        let wait = refusal.wait(&link.timing, link.timing.backoff_first * attempts);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = door.changed() => {}
        }
        tokio::time::timeout_at(end, link.until_up()).await.map_err(|_| refusal.fault)
    }
}

/// A local connection, and which of the forward's ports it was made to.
type Call = (usize, TcpStream);

async fn accept(listener: tokio::net::TcpListener, number: usize, queue: mpsc::Sender<Call>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Small answers should not wait for more.
                let _ = stream.set_nodelay(true);
                if queue.send((number, stream)).await.is_err() {
                    return;
                }
            }
            // One connection that broke while it was made, or no file descriptor left.
            Err(_) => tokio::time::sleep(CHOKED).await,
        }
    }
}

async fn tell(feed: &Feed, event: ForwardEvent) -> bool {
    feed.tell(StreamEvent::Forward(event)).await
}
