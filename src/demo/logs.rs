//! Logs of demo containers: lines made from the pod's name and the time, so that a follower sees
//! new ones and `sinceSeconds`, `tailLines`, `timestamps` and `previous` mean what they say.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc;

use super::clock::stamp_of_micros;
use super::prng::Prng;
use super::read::Reply;
use super::request::{Query, Target};
use super::status::Failure;
use super::store::{Store, key_of};

/// Microseconds between two lines, where nobody wants another rate.
pub const GAP: i64 = 1_500_000;
/// Milliseconds between two pieces of a log that is followed, where its lines are closer together.
const PIECE: i64 = 20;
/// Lines that a container's log goes back.
const KEPT: i64 = 2_000;

const WORDS: &[(&str, &str)] = &[
    ("info", "request completed method=GET path=/healthz status=200"),
    ("info", "request completed method=POST path=/orders status=201"),
    ("info", "cache refreshed entries=1841"),
    ("debug", "connection returned to pool idle=7 active=2"),
    ("warn", "slow query took=812ms table=orders"),
    ("info", "message acknowledged queue=payments"),
    ("error", "upstream timed out after=5s host=ledger.internal retry=1"),
];

/// Microseconds between two lines at so many a second.
pub fn gap(rate: f64) -> i64 {
    if rate > 0.0 { ((1e6 / rate) as i64).clamp(1, 1_000_000_000) } else { GAP }
}

/// Answers a log request.
pub fn answer(
    store: &Rc<RefCell<Store>>,
    target: &Target,
    query: &Query,
) -> Result<Reply, Failure> {
    let state = store.borrow();
    let ty = state.ty(target.id);
    let name = target.name.clone().unwrap_or_default();
    let key = key_of(target.namespace.as_deref(), &name);
    let entry = state.get(target.id, &key).ok_or_else(|| Failure::not_found(ty, &name))?;
    let pod = entry.body.value();
    let container = container(&pod, &name, query.get("container"))?;
    let status = ["containerStatuses", "initContainerStatuses"]
        .iter()
        .flat_map(|list| pod["status"][*list].as_array().into_iter().flatten())
        .find(|status| status["name"] == container.as_str())
        .cloned()
        .unwrap_or_default();
    if let Some(reason) = status["state"]["waiting"]["reason"].as_str()
        && status["lastState"]["terminated"].is_null()
    {
        let why = match reason {
            "ImagePullBackOff" | "ErrImagePull" => "trying and failing to pull image",
            _ => "ContainerCreating",
        };
        return Err(Failure::bad_request(format!(
            "container \"{container}\" in pod \"{name}\" is waiting to start: {why}"
        )));
    }
    if query.is("previous") && status["lastState"]["terminated"].is_null() {
        return Err(Failure::bad_request(format!(
            "previous terminated container \"{container}\" in pod \"{name}\" not found"
        )));
    }
    let (now, gap) = (state.clock.millis() * 1000, state.log_gap);
    let log = Log { id: format!("{key}/{container}"), stamps: query.is("timestamps"), gap };
    let newest = now / gap;
    let since = query.number("sinceSeconds").and_then(|seconds| i64::try_from(seconds).ok());
    let mut first = since.map_or(newest - KEPT, |seconds| (now - seconds * 1_000_000) / gap + 1);
    if let Some(tail) = query.number("tailLines").and_then(|tail| i64::try_from(tail).ok()) {
        first = first.max(newest + 1 - tail);
    }
    let text: String = (first.max(newest - KEPT)..=newest).map(|at| log.line(at)).collect();
    drop(state);
    if !query.is("follow") || query.is("previous") {
        return Ok(Reply::Full(Some(text.into())));
    }
    let (frames, receiver) = mpsc::channel(16);
    tokio::task::spawn_local(follow(store.clone(), target.clone(), log, text, newest, frames));
    Ok(Reply::Stream(receiver))
}

/// The container that is meant: the named one, or the only one.
/// Lines to come of a container, for whoever attaches to it.
pub fn attached(
    store: &Rc<RefCell<Store>>,
    target: &Target,
    container: &str,
) -> Result<mpsc::Receiver<Bytes>, String> {
    let query = Query::parse(&format!("container={container}&follow=true&tailLines=1"));
    match answer(store, target, &query) {
        Ok(Reply::Stream(lines)) => Ok(lines),
        Ok(_) => Err(format!("container not found (\"{container}\")")),
        Err(failure) => Err(failure.message),
    }
}

/// The container that is meant.
pub fn container(pod: &Value, name: &str, wanted: &str) -> Result<String, Failure> {
    let names = |list: &str| -> Vec<String> {
        let items = pod["spec"][list].as_array().into_iter().flatten();
        items.filter_map(|item| item["name"].as_str().map(str::to_owned)).collect()
    };
    let (main, init) = (names("containers"), names("initContainers"));
    if wanted.is_empty() {
        return match main.as_slice() {
            [one] => Ok(one.clone()),
            many => Err(Failure::bad_request(format!(
                "a container name must be specified for pod {name}, choose one of: [{}]",
                many.join(" ")
            ))),
        };
    }
    if main.iter().chain(&init).any(|known| known == wanted) {
        return Ok(wanted.to_owned());
    }
    Err(Failure::bad_request(format!("container {wanted} is not valid for pod {name}")))
}

struct Log {
    id: String,
    stamps: bool,
    gap: i64,
}

/// How a program writes its lines.
enum Shape {
    /// `key=value` pairs.
    Pairs,
    /// One JSON object a line.
    Json,
    /// As the programs of Kubernetes do: `I0102 15:04:05.000000 1 file.go:7] words`.
    Klog,
}

impl Log {
    /// Programs write as they like: the shape hangs on who wrote it, not on the line.
    fn shape(&self) -> Shape {
        if self.id.starts_with("kube-system/") {
            Shape::Klog
        } else if self.id.starts_with("shop/") {
            Shape::Json
        } else {
            Shape::Pairs
        }
    }

    /// Line number `at`; its time is `at * gap`.
    fn line(&self, at: i64) -> String {
        let seed = self
            .id
            .bytes()
            .fold(at.unsigned_abs(), |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let mut random = Prng::new(seed);
        let (level, words) = WORDS[random.below(WORDS.len())];
        let time = stamp_of_micros(at * self.gap);
        let trace = format!("{:08x}", random.next() as u32);
        let line = match self.shape() {
            Shape::Pairs => format!("level={level} trace={trace} msg=\"{words}\"\n"),
            Shape::Json => {
                let took = random.below(900);
                format!(
                    "{{\"level\":\"{level}\",\"ts\":\"{time}\",\"msg\":\"{words}\",\"trace\":\"{trace}\",\"http\":{{\"took_ms\":{took}}}}}\n"
                )
            }
            Shape::Klog => {
                let letter = level[..1].to_uppercase();
                let (date, clock) = time.split_once('T').unwrap_or_default();
                let day = date.get(5..).unwrap_or_default().replace('-', "");
                let clock = clock.trim_end_matches('Z');
                let line = random.below(400);
                format!("{letter}{day} {clock}       1 server.go:{line}] {words} trace={trace}\n")
            }
        };
        if self.stamps { format!("{time} {line}") } else { line }
    }
}

async fn follow(
    store: Rc<RefCell<Store>>,
    target: Target,
    log: Log,
    text: String,
    mut newest: i64,
    frames: mpsc::Sender<Bytes>,
) {
    let key = key_of(target.namespace.as_deref(), target.name.as_deref().unwrap_or_default());
    let wait = (log.gap / 1000).max(PIECE);
    let mut text = text;
    loop {
        if !text.is_empty() && frames.send(Bytes::from(std::mem::take(&mut text))).await.is_err() {
            return;
        }
        tokio::select! {
            () = frames.closed() => return,
            () = tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())) => {}
        }
        let state = store.borrow();
        if state.get(target.id, &key).is_none() {
            return;
        }
        let now = state.clock.millis() * 1000 / log.gap;
        text = (newest + 1..=now).map(|at| log.line(at)).collect();
        newest = now;
    }
}
