//! One container's lines, from its first one to its last: through cut streams, restarts of the
//! container and of the API server, until the pod is gone.

use super::super::errors::{Refusal, Sort};
use super::super::listwatch::Dice;
use super::super::session::Session;
use super::super::wire::{self, Ask};
use super::caught_up::CaughtUp;
use super::lines::{Cutter, Line};
use super::out::Out;
use super::pods::{Container, Pod, Pods, Standing};
use super::resume::Cursor;
use crate::model::{Fault, FaultKind, Gvr, LogEvent, LogSince, Text};
use crate::text::percent::encode;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

/// As good as no limit: a container may write its first line tomorrow.
const NO_LIMIT: Duration = Duration::from_secs(365 * 24 * 3600);
/// Failures in a row after which a read that is not followed gives up.
const GIVE_UP: u32 = 8;
/// What a node writes into a log by itself, without a stamp, where it has no more to say.
const NODES_WORDS: [&str; 4] = [
    "unable to retrieve container logs for ",
    "failed to create fsnotify watcher",
    "failed to watch directory",
    "rpc error: ",
];

/// What all containers of one stream share.
pub(super) struct Shared {
    pub(super) session: Rc<Session>,
    pub(super) out: Rc<Out>,
    pub(super) pods: Rc<Pods>,
    /// Log requests at a time.
    pub(super) requests: Arc<Semaphore>,
    pub(super) most: usize,
    /// It was said that there are more containers than requests.
    pub(super) crowded: Cell<bool>,
    pub(super) follow: bool,
    pub(super) previous: bool,
}

impl Shared {
    /// Says something that a person should know.
    pub(super) fn notice(&self, what: &str, why: impl Into<String>, hint: &str) {
        let fault = Fault::new(FaultKind::Other, what, why).hint(hint);
        self.out.tell(LogEvent::Notice(fault));
    }
}

/// How a request for lines ended.
enum Outcome {
    /// The server said that there is no more, with what came of a line without an end.
    Ended(Vec<u8>),
    /// The pod is gone, and nothing has come for a while.
    Gone,
    /// It was refused, or broke.
    Failed(Refusal),
}

/// One container.
pub(super) struct Source {
    shared: Rc<Shared>,
    number: u32,
    pod: watch::Receiver<Standing>,
    container: Text,
    since: LogSince,
    /// For people: "logs of main in pod shop/web-1".
    what: String,
    path: String,
    cursor: Cursor,
    began: Instant,
    /// A request was made, so that what comes now is new.
    asked: bool,
    /// It once gave lines: a refusal may pass.
    read: bool,
    /// It reached what there was, and went quiet.
    caught_up: CaughtUp,
    said: String,
    failures: u32,
    dice: Dice,
}

impl Source {
    pub(super) fn new(
        shared: &Rc<Shared>,
        number: u32,
        pod: watch::Receiver<Standing>,
        container: Text,
        since: LogSince,
        caught_up: CaughtUp,
    ) -> Self {
        let place = Rc::clone(&pod.borrow().pod);
        let Pod { namespace, name, .. } = &*place;
        let path = Gvr::new("", "v1", "pods").object_path(namespace, name);
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), number);
        Self {
            what: format!("logs of {container} in pod {namespace}/{name}"),
            path,
            shared: Rc::clone(shared),
            number,
            pod,
            container,
            since,
            cursor: match since {
                LogSince::Time(at) => Cursor::from(at),
                _ => Cursor::default(),
            },
            began: Instant::now(),
            asked: false,
            read: false,
            caught_up,
            said: String::new(),
            failures: 0,
            dice: Dice::new(seed),
        }
    }

    /// Reads it to its end.
    pub(super) async fn run(mut self) {
        let why = if self.shared.follow && !self.shared.previous {
            self.follow().await
        } else {
            self.once().await
        };
        self.caught_up.set();
        self.shared.out.tell(LogEvent::SourceEnd { source: self.number, why });
    }

    /// Reads what is there, and says in words where that failed.
    async fn once(&mut self) -> String {
        let standing = self.pod.borrow().clone();
        if !standing.pod.placed {
            return self.sorry("the pod is not on a node yet", "-f waits until it is");
        }
        let _turn = self.turn().await;
        match self.read_all(self.shared.previous).await {
            Ok(()) => String::new(),
            Err(Outcome::Gone) => "the pod is gone".into(),
            Err(Outcome::Failed(no)) if no.fault.code == Some(400) => {
                let hint = match self.shared.previous {
                    true => "it has not been restarted, or the node has forgotten",
                    false => "-f waits until there are lines",
                };
                self.sorry(&plain(&no.fault.why), hint)
            }
            Err(Outcome::Failed(no)) => {
                let why = no.fault.why.clone();
                self.shared.out.tell(LogEvent::Notice(no.fault));
                why
            }
            Err(Outcome::Ended(_)) => String::new(),
        }
    }

    fn sorry(&self, why: &str, hint: &str) -> String {
        let fault = Fault::new(FaultKind::NotFound, &self.what, why).hint(hint);
        self.shared.out.tell(LogEvent::Notice(fault));
        why.to_owned()
    }

    /// Reads instance after instance until the pod is gone or will not run again.
    async fn follow(&mut self) -> String {
        // Of which instance lines were asked for, and which one was read to its end.
        let (mut asked, mut done) = (None::<u32>, None::<u32>);
        loop {
            let standing = self.pod.borrow_and_update().clone();
            let pod = &standing.pod;
            if standing.gone {
                return "the pod is gone".into();
            }
            let Some(state) = pod.container(&self.container) else {
                return "the container is gone".into();
            };
            if !state.has_log() {
                if pod.over {
                    return format!("it never ran: {}", over(pod, state));
                }
                self.say(format!("{}; its lines follow when it does", state.words()));
                self.caught_up.set();
                self.changed().await;
                continue;
            }
            if let Some(had) = asked
                && state.restarts > had
            {
                self.finish(had, state.restarts).await;
                asked = None;
                continue;
            }
            if done == Some(state.restarts) {
                if !pod.runs_again(state) {
                    return format!("it {}", state.words());
                }
                if state.ended() {
                    self.say(format!("it {}; its lines follow when it runs again", state.words()));
                }
                self.changed().await;
                continue;
            }
            let restarts = state.restarts;
            asked = Some(restarts);
            let outcome = {
                let _turn = self.turn().await;
                self.read(false, true).await
            };
            match outcome {
                Outcome::Gone => return "the pod is gone".into(),
                Outcome::Ended(_) => {
                    // That a stream ended says nothing yet: the server between us and the node may
                    // have been stopped. The pod knows.
                    if !self.look().await {
                        return "the pod is gone".into();
                    }
                    let standing = self.pod.borrow().clone();
                    let state = standing.pod.container(&self.container);
                    let ended = state.is_some_and(|s| s.restarts == restarts && s.ended());
                    if !ended || standing.gone {
                        if state.is_none_or(|state| state.restarts == restarts) {
                            self.pause(None).await;
                        }
                        continue;
                    }
                    match self.read_all(false).await {
                        Ok(()) => done = Some(restarts),
                        Err(Outcome::Gone) => return "the pod is gone".into(),
                        Err(Outcome::Failed(no)) => {
                            if let Some(why) = self.failed(no).await {
                                return why;
                            }
                        }
                        Err(Outcome::Ended(_)) => {}
                    }
                }
                Outcome::Failed(no) => {
                    if let Some(why) = self.failed(no).await {
                        return why;
                    }
                }
            }
        }
    }

    /// The container was restarted since its lines were read: what it wrote last is still there,
    /// as that of the instance before.
    async fn finish(&mut self, had: u32, now: u32) {
        if now > had + 1 {
            let why = format!(
                "it was restarted {} times since its last line here; lines of the instances in \
                 between are missing",
                now - had
            );
            self.shared.notice(&self.what, why, "nodes keep the last two instances only");
        }
        let _turn = self.turn().await;
        // Nothing to be had is nothing to say: it had an end when it was read, as far as we know.
        let _ = self.read_all(true).await;
    }

    /// Looks at the pod anew. False when it is gone, or another one has its name.
    async fn look(&mut self) -> bool {
        let link = &self.shared.session.link;
        let ask = Ask::get(&self.what, &self.path, link.timing.get);
        match wire::whole(link, &ask).await {
            Ok((_, body)) => {
                let Ok(pod) = Pod::read(&body) else { return true };
                let same = pod.uid == self.pod.borrow().pod.uid;
                if same {
                    self.shared.pods.refresh(pod);
                }
                same
            }
            Err(no) if no.sort == Sort::NotServed => false,
            // The watch tells as well, only later.
            Err(_) => true,
        }
    }

    /// After a refusal or a broken stream: waits as long as is right. The word to end with, where
    /// waiting would be in vain.
    async fn failed(&mut self, no: Refusal) -> Option<String> {
        let timing = self.shared.session.link.timing.clone();
        let timing = &timing;
        let wait = no.wait(timing, Duration::ZERO);
        match no.sort {
            Sort::Cut => {
                self.shared.session.link.suspect();
                self.pause(None).await;
            }
            Sort::NotServed => {
                if !self.look().await {
                    return Some("the pod is gone".into());
                }
                self.pause(None).await;
            }
            // What a node says when there is no log yet, or none any more.
            Sort::Denied if no.fault.code != Some(403) => {
                self.caught_up.set();
                self.say(plain(&no.fault.why));
                self.pause(Some(timing.backoff_max)).await;
            }
            Sort::Denied
                if !self.read || self.failures as usize >= timing.denied_at_first.len() =>
            {
                let why = no.fault.why.clone();
                self.shared.out.tell(LogEvent::Notice(no.fault));
                return Some(why);
            }
            Sort::Denied => {
                // A server that has just started says no to what it will allow in a moment.
                let wait = timing.denied_at_first[self.failures as usize];
                self.failures += 1;
                self.pause(Some(wait)).await;
            }
            Sort::Unauthenticated => {
                self.say(no.fault.why);
                let wait = timing.unauthenticated;
                self.pause(Some(wait)).await;
            }
            _ => {
                if self.failures > 0 {
                    self.say(no.fault.why);
                }
                self.pause((!wait.is_zero()).then_some(wait)).await;
            }
        }
        None
    }

    /// Waits before the next request: so long, or longer with each failure; less when the pod
    /// changes or a person wants it.
    async fn pause(&mut self, wait: Option<Duration>) {
        let link = Rc::clone(&self.shared.session.link);
        let doubled = link.timing.backoff_first.saturating_mul(1 << self.failures.min(10));
        let own = self.dice.below(doubled.min(link.timing.backoff_max));
        self.failures = self.failures.saturating_add(1);
        let wait = wait.unwrap_or(link.timing.backoff_first / 4 + own);
        tokio::select! {
            () = link.pause(wait) => {}
            changed = self.pod.changed() => if changed.is_err() {
                link.pause(wait).await;
            }
        }
        link.until_up().await;
    }

    /// Until the pod changes. One that nobody watches any more is gone.
    async fn changed(&mut self) {
        if self.pod.changed().await.is_err() && !self.pod.borrow().gone {
            std::future::pending::<()>().await;
        }
    }

    /// Says something about this container, unless it is what was said last.
    fn say(&mut self, words: String) {
        if self.said != words {
            self.shared.notice(&self.what, words.clone(), "");
            self.said = words;
        }
    }

    /// Its turn to ask: there are only so many requests at a time.
    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let requests = &self.shared.requests;
        if let Ok(turn) = Arc::clone(requests).try_acquire_owned() {
            return Some(turn);
        }
        if self.shared.follow && !self.shared.crowded.replace(true) {
            let why = format!(
                "there are more than {} containers to follow: the others wait until one ends",
                self.shared.most
            );
            self.shared.notice("logs", why, "choose fewer pods, or name a container");
        }
        Arc::clone(requests).acquire_owned().await.ok()
    }

    /// Reads what there is to its end, however often the stream is cut.
    async fn read_all(&mut self, previous: bool) -> Result<(), Outcome> {
        let mut open: Option<Vec<u8>> = None;
        let mut tries = 0;
        loop {
            match self.read(previous, false).await {
                Outcome::Ended(rest) if rest.is_empty() => return Ok(()),
                // A line without an end is the last thing a container wrote, or a stream that was
                // cut where nobody could tell: if it is there again like this, it is the line.
                Outcome::Ended(rest) if open.as_ref() == Some(&rest) => {
                    self.take_line(&Line::read(&rest));
                    return Ok(());
                }
                Outcome::Ended(rest) => {
                    open = Some(rest);
                    tries += 1;
                    if tries > GIVE_UP {
                        return Ok(());
                    }
                }
                Outcome::Gone => return Err(Outcome::Gone),
                Outcome::Failed(no) => {
                    let passes = matches!(
                        no.sort,
                        Sort::Cut | Sort::Passing | Sort::Throttled | Sort::Unauthenticated
                    );
                    if !passes || self.failures >= GIVE_UP {
                        return Err(Outcome::Failed(no));
                    }
                    if let Some(why) = self.failed(no).await {
                        let fault = Fault::new(FaultKind::NotFound, &self.what, why);
                        return Err(Outcome::Failed(Refusal::new(Sort::NotServed, fault)));
                    }
                }
            }
        }
    }

    /// One request.
    async fn read(&mut self, previous: bool, follow: bool) -> Outcome {
        let link = Rc::clone(&self.shared.session.link);
        link.until_up().await;
        self.cursor.resume();
        let path = self.request(previous, follow);
        self.asked = true;
        let limit = if follow { NO_LIMIT } else { link.timing.list_answer };
        let mut ask = Ask::get(&self.what, path, limit);
        ask.accept = "*/*";
        ask.gzip = false;
        let mut quiet = self.pod.clone();
        let sent = {
            let sending = wire::send(&link, &ask);
            tokio::pin!(sending);
            loop {
                // A node answers with its first line only.
                tokio::select! {
                    biased;
                    sent = &mut sending => break sent,
                    () = gone(&mut quiet, link.timing.log_gone) => return Outcome::Gone,
                    () = tokio::time::sleep(link.timing.log_quiet), if follow && !self.caught_up.get() => {
                        self.caught_up.set();
                    }
                }
            }
        };
        let mut body = match sent {
            Ok(reply) => reply.body,
            Err(no) => return Outcome::Failed(no),
        };
        self.read = true;
        let mut cutter = Cutter::default();
        let mut slice = super::super::listwatch::Slice::new(link.timing.slice);
        loop {
            let piece = tokio::select! {
                biased;
                piece = body.next() => piece,
                () = gone(&mut quiet, link.timing.log_gone) => {
                    let rest = cutter.rest();
                    if !rest.is_empty() {
                        self.take_line(&Line::read(&rest));
                    }
                    return Outcome::Gone;
                }
                () = tokio::time::sleep(link.timing.log_quiet), if follow && !self.caught_up.get() => {
                    self.caught_up.set();
                    continue;
                }
            };
            match piece {
                None => return Outcome::Ended(cutter.rest()),
                Some(Err(fault)) => return Outcome::Failed(Refusal::cut(fault)),
                Some(Ok(bytes)) => {
                    let mut input: &[u8] = &bytes;
                    while let Some(line) = cutter.next(&mut input) {
                        if !self.take_line(&line) {
                            self.shared.out.room().await;
                        }
                    }
                    if slice.over(bytes.len()) {
                        tokio::task::yield_now().await;
                        slice = super::super::listwatch::Slice::new(link.timing.slice);
                    }
                }
            }
        }
    }

    /// Takes a line, unless it was told before. False when there is no room for more.
    fn take_line(&mut self, line: &Line<'_>) -> bool {
        if line.at.is_none()
            && let Ok(text) = std::str::from_utf8(line.text)
            && NODES_WORDS.iter().any(|words| text.starts_with(words))
        {
            self.say(super::super::errors::line(text));
            return true;
        }
        let Some(at) = self.cursor.admit(line) else { return true };
        self.failures = 0;
        self.said.clear();
        self.shared.out.line(self.number, at, line.text)
    }

    /// Path and query of the next request.
    fn request(&self, previous: bool, follow: bool) -> String {
        let mut path =
            format!("{}/log?container={}&timestamps=true", self.path, encode(&self.container));
        if follow {
            path.push_str("&follow=true");
        }
        if previous {
            path.push_str("&previous=true");
        }
        let elapsed = self.began.elapsed().as_secs() + 1;
        let since = |seconds: i64| {
            let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
            format!("&sinceTime={}", encode(&time.to_string()))
        };
        path + &match (self.cursor.since(), self.since) {
            (Some(seconds), _) => since(seconds),
            // No line has a stamp.
            _ if self.cursor.began() => format!("&sinceSeconds={elapsed}"),
            (None, LogSince::Beginning) => String::new(),
            (None, LogSince::Seconds(seconds)) => {
                let more = if self.asked { elapsed } else { 0 };
                format!("&sinceSeconds={}", (seconds + more).max(1))
            }
            (None, LogSince::Time(at)) => since(at.div_euclid(1_000_000_000)),
            // Nothing was there, and nothing came: what is there now is new.
            (None, LogSince::Tail(0)) if self.asked => format!("&sinceSeconds={elapsed}"),
            (None, LogSince::Tail(lines)) => format!("&tailLines={lines}"),
        }
    }
}

/// Until the pod is gone and nothing has come for so long: to be asked anew after each piece.
async fn gone(pod: &mut watch::Receiver<Standing>, quiet: Duration) {
    if pod.wait_for(|standing| standing.gone).await.is_err() && !pod.borrow().gone {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(quiet).await;
}

/// Why a container of a pod that is over never ran.
fn over(pod: &Pod, container: &Container) -> String {
    if pod.why.is_empty() { container.words() } else { pod.why.clone() }
}

/// What a server says, without the name of the status code.
fn plain(why: &str) -> String {
    let text = why.split_once(": ").filter(|(code, _)| code.starts_with("HTTP "));
    text.map_or(why, |(_, text)| text).to_owned()
}
