//! The process that replays a recording over HTTPS, as an API server would, and is told by its standard input how
//! many changes a second happen, when watches are cut, and when history is forgotten.

use super::herd::{Cast, Moment, Sent, Story};
use super::http::{self, Connection, Request};
use super::pb;
use super::tape::{self, Answer, Files, Form, Tape};
use std::collections::HashMap;
use std::io::{BufRead as _, Result, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The collection whose changes are replayed.
pub const PODS: &str = "/api/v1/pods";
/// Between two bookmarks, as an API server sends them.
const BOOKMARKS: Duration = Duration::from_secs(60);
/// Moments that pages of lists go on from.
const KEPT: usize = 4;

/// What is replayed.
#[derive(clap::Args)]
pub struct Wanted {
    /// The folder of the recording.
    dir: PathBuf,
    /// Each recorded pod stands for so many.
    #[arg(long, default_value_t = 1)]
    copies: usize,
}

/// A body that was recorded, and what it is a list of.
struct Known {
    code: u16,
    media: String,
    body: Vec<u8>,
}

struct Pace {
    rate: f64,
    began: Instant,
    done: u64,
}

/// A watch of the pods.
struct Watch {
    socket: TcpStream,
    told: AtomicU64,
    cut: AtomicBool,
}

struct Shared {
    cast: Arc<Cast>,
    answers: HashMap<String, Known>,
    story: Mutex<Story>,
    /// Something has happened, or a watch was cut.
    news: Condvar,
    pace: Mutex<Pace>,
    watches: Mutex<Vec<Arc<Watch>>>,
    pages: Mutex<Vec<Moment>>,
    forgotten: AtomicBool,
    requests: AtomicU64,
    unknown: AtomicU64,
    lists: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs until the standard input ends. Says its port and the number of pods first.
pub fn run(wanted: &Wanted) {
    let files = Files(wanted.dir.clone());
    let cast = Arc::new(Cast::new(Tape::read(&wanted.dir), wanted.copies));
    let index = std::fs::read(files.answers()).expect("answers.json");
    let index: Vec<Answer> = serde_json::from_slice(&index).expect("answers.json");
    let answers = index.into_iter().map(|answer| {
        let body = std::fs::read(wanted.dir.join(&answer.file)).expect("a recorded body");
        (answer.key, Known { code: answer.code, media: answer.media, body })
    });
    let shared = Arc::new(Shared {
        answers: answers.collect(),
        story: Mutex::new(Story::new(Arc::clone(&cast))),
        cast,
        news: Condvar::new(),
        pace: Mutex::new(Pace { rate: 0.0, began: Instant::now(), done: 0 }),
        watches: Mutex::default(),
        pages: Mutex::default(),
        forgotten: AtomicBool::new(false),
        requests: AtomicU64::new(0),
        unknown: AtomicU64::new(0),
        lists: AtomicU64::new(0),
    });
    let answering = Arc::clone(&shared);
    let handler: Arc<http::Handler> =
        Arc::new(move |request, connection| answering.answer(request, connection));
    let port = http::serve(&files.certificate(), &files.private_key(), handler);
    let pacing = Arc::clone(&shared);
    std::thread::spawn(move || pacing.keep_pace());
    say(&format!("{port} {}", shared.cast.pods()));
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        say(&shared.told(&line));
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Who does not listen any more closes the input too.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

impl Shared {
    /// One line of the standard input; what is said to it.
    fn told(&self, line: &str) -> String {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "rate" => {
                let rate = rest.parse().expect("changes a second");
                *lock(&self.pace) = Pace { rate, began: Instant::now(), done: 0 };
            }
            "poke" => {
                lock(&self.story).poke();
                self.news.notify_all();
            }
            "cut" => self.cut(),
            "forget" => {
                self.forgotten.store(true, Ordering::SeqCst);
                self.cut();
            }
            "told" => {
                // Changes that happened, and those that every watch was told; nothing while there is none.
                let happened = lock(&self.story).now.changes;
                let told = lock(&self.watches).iter().map(|w| w.told.load(Ordering::SeqCst)).min();
                return format!("{happened} {}", told.unwrap_or(0));
            }
            "counts" => {
                let of = |count: &AtomicU64| count.load(Ordering::SeqCst);
                return format!("{} {} {}", of(&self.requests), of(&self.lists), of(&self.unknown));
            }
            "rows" => {
                let moment = lock(&self.story).now.clone();
                let mut text = String::new();
                for row in moment.rows() {
                    text.push_str(&row.to_string());
                    text.push('\n');
                }
                std::fs::write(rest, text).expect("a file for the rows");
            }
            other => panic!("{other}: no such order"),
        }
        "done".to_owned()
    }

    fn cut(&self) {
        for watch in lock(&self.watches).iter() {
            watch.cut.store(true, Ordering::SeqCst);
            // One that is closed already is what was wanted.
            let _ = watch.socket.shutdown(Shutdown::Both);
        }
        self.news.notify_all();
    }

    /// Lets changes happen when they are due, one by one.
    fn keep_pace(&self) {
        loop {
            let mut pace = lock(&self.pace);
            let passed = pace.began.elapsed().as_secs_f64();
            let due = (passed * pace.rate) as u64;
            let some = due.saturating_sub(pace.done);
            pace.done += some;
            let wait = match pace.rate {
                rate if rate > 0.0 => (pace.done + 1) as f64 / rate - passed,
                _ => f64::MAX,
            };
            drop(pace);
            if some > 0 {
                let mut story = lock(&self.story);
                (0..some).for_each(|_| story.step());
                drop(story);
                self.news.notify_all();
            }
            // The pace may change meanwhile.
            std::thread::sleep(Duration::from_secs_f64(wait.clamp(0.0, 0.02)));
        }
    }

    fn answer(&self, request: &Request, connection: &mut Connection) -> Result<()> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let accept = request.header("accept");
        let form = if accept.contains("kubernetes.protobuf") { Form::Protobuf } else { Form::Json };
        let selected = ["labelSelector", "fieldSelector"]
            .iter()
            .any(|name| request.param(name).is_some_and(|value| !value.is_empty()));
        let pods = request.path == PODS && !selected && !accept.contains("as=");
        if request.is_watch() {
            let media = match form {
                Form::Json => "application/json",
                Form::Protobuf => "application/vnd.kubernetes.protobuf;stream=watch",
            };
            if pods {
                return self.watch(request, connection, form, media);
            }
            if request.param("sendInitialEvents") == Some("true") {
                let said = status(422, "Invalid", "sendInitialEvents: not replayed");
                return connection.answer(422, "application/json", said.as_bytes());
            }
            return self.idle(request, connection, form, media);
        }
        if request.method == "GET" && pods {
            return self.list(request, connection, form);
        }
        if matches!(request.path.as_str(), "/readyz" | "/livez" | "/healthz") {
            return connection.answer(200, "text/plain", b"ok");
        }
        match self.answers.get(&tape::key(request)) {
            Some(known) => connection.answer(known.code, &known.media, &known.body),
            None => {
                self.unknown.fetch_add(1, Ordering::SeqCst);
                eprintln!("not in the recording: {}", tape::key(request));
                let said = status(404, "NotFound", "not in the recording");
                connection.answer(404, "application/json", said.as_bytes())
            }
        }
    }

    fn list(&self, request: &Request, connection: &mut Connection, form: Form) -> Result<()> {
        self.lists.fetch_add(1, Ordering::SeqCst);
        let most = request.param("limit").and_then(|n| n.parse().ok()).filter(|&n| n > 0);
        let token = request.param("continue").and_then(|token| token.split_once('.'));
        let kept = token.and_then(|(changes, place)| {
            let changes: u64 = changes.parse().ok()?;
            let pages = lock(&self.pages);
            Some((
                pages.iter().find(|moment| moment.changes == changes)?.clone(),
                place.parse().ok()?,
            ))
        });
        if token.is_some() && kept.is_none() {
            let said = status(410, "Expired", "the moment of this list is forgotten");
            return connection.answer(410, "application/json", said.as_bytes());
        }
        let (moment, place) = kept.unwrap_or_else(|| (lock(&self.story).now.clone(), 0));
        if token.is_none() && most.is_some() {
            let mut pages = lock(&self.pages);
            pages.push(moment.clone());
            if pages.len() > KEPT {
                pages.remove(0);
            }
        }
        connection.begin(match form {
            Form::Json => "application/json",
            Form::Protobuf => "application/vnd.kubernetes.protobuf",
        })?;
        moment.list(form, place, most.unwrap_or(usize::MAX), |bytes| connection.chunk(bytes))?;
        connection.end()
    }

    fn watch(
        &self,
        request: &Request,
        connection: &mut Connection,
        form: Form,
        media: &str,
    ) -> Result<()> {
        connection.begin(media)?;
        if self.forgotten.swap(false, Ordering::SeqCst) {
            connection.chunk(&expired(form))?;
            return connection.end();
        }
        let from = request.param("resourceVersion").and_then(|text| text.parse().ok());
        let mut told = from.and_then(Moment::changes_at);
        if request.param("sendInitialEvents") == Some("true") {
            let moment = lock(&self.story).now.clone();
            moment.initial(form, |bytes| connection.chunk(bytes))?;
            connection.chunk(&bookmark(form, "v1", "Pod", &moment.version().to_string(), true))?;
            told = Some(moment.changes);
        }
        let mut told = told.unwrap_or_else(|| lock(&self.story).now.changes);
        let watch = Arc::new(Watch {
            socket: connection.socket(),
            told: AtomicU64::new(told),
            cut: AtomicBool::new(false),
        });
        lock(&self.watches).push(Arc::clone(&watch));
        let ended = self.tell(&watch, connection, form, &mut told);
        lock(&self.watches).retain(|other| !Arc::ptr_eq(other, &watch));
        ended
    }

    fn tell(
        &self,
        watch: &Watch,
        connection: &mut Connection,
        form: Form,
        told: &mut u64,
    ) -> Result<()> {
        let mut next = Instant::now() + BOOKMARKS;
        let mut bytes = Vec::new();
        loop {
            let mut story = lock(&self.story);
            let some: Vec<Sent> = loop {
                if watch.cut.load(Ordering::SeqCst) {
                    return Ok(());
                }
                let some = story.since(*told, 64);
                let left = next.saturating_duration_since(Instant::now());
                if !some.is_empty() || left.is_zero() {
                    break some.to_vec();
                }
                story =
                    self.news.wait_timeout(story, left).unwrap_or_else(PoisonError::into_inner).0;
            };
            drop(story);
            for sent in some {
                bytes.clear();
                self.cast.write_event(*told, sent, form, &mut bytes);
                connection.chunk(&bytes)?;
                *told += 1;
                watch.told.store(*told, Ordering::SeqCst);
            }
            if Instant::now() >= next {
                next = Instant::now() + BOOKMARKS;
                let version = Moment::version_of(*told).to_string();
                connection.chunk(&bookmark(form, "v1", "Pod", &version, false))?;
            }
        }
    }

    /// A watch of what does not change: bookmarks alone, where it is known of what.
    fn idle(
        &self,
        request: &Request,
        connection: &mut Connection,
        form: Form,
        media: &str,
    ) -> Result<()> {
        connection.begin(media)?;
        let begins = format!("GET {}?", request.path);
        let list = self.answers.iter().find(|(key, known)| {
            let alike = known.media.contains("protobuf") == (form == Form::Protobuf);
            known.code == 200 && alike && key.starts_with(&begins)
        });
        let of = list.and_then(|(_, known)| listed(form, &known.body));
        loop {
            std::thread::sleep(BOOKMARKS);
            if let Some((api_version, kind, version)) = &of {
                connection.chunk(&bookmark(form, api_version, kind, version, false))?;
            }
        }
    }
}

/// apiVersion and kind of the objects of a list, and its version.
fn listed(form: Form, body: &[u8]) -> Option<(String, String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (api_version, kind, version) = match form {
        Form::Json => {
            let list: serde_json::Value = serde_json::from_slice(body).ok()?;
            let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
            let version = text(&list["metadata"]["resourceVersion"])?;
            (text(&list["apiVersion"])?, text(&list["kind"])?, version)
        }
        Form::Protobuf => {
            let object = body.strip_prefix(b"k8s\0")?;
            let types = pb::value(object, 1);
            let meta = pb::value(pb::value(object, 2), 1);
            (text(pb::value(types, 1)), text(pb::value(types, 2)), text(pb::value(meta, 2)))
        }
    };
    Some((api_version, kind.strip_suffix("List")?.to_owned(), version))
}

fn bookmark(form: Form, api_version: &str, kind: &str, version: &str, all: bool) -> Vec<u8> {
    const ALL: &str = "k8s.io/initial-events-end";
    match form {
        Form::Json => {
            let mut meta = serde_json::json!({ "resourceVersion": version });
            if all {
                meta["annotations"] = serde_json::json!({ ALL: "true" });
            }
            let object = serde_json::json!({
                "type": "BOOKMARK",
                "object": { "kind": kind, "apiVersion": api_version, "metadata": meta },
            });
            format!("{object}\n").into_bytes()
        }
        Form::Protobuf => {
            let (mut meta, mut object) = (Vec::new(), Vec::new());
            pb::put(6, version.as_bytes(), &mut meta);
            if all {
                let mut entry = Vec::new();
                pb::put(1, ALL.as_bytes(), &mut entry);
                pb::put(2, b"true", &mut entry);
                pb::put(12, &entry, &mut meta);
            }
            pb::put(1, &meta, &mut object);
            pb::frame("BOOKMARK", &pb::enveloped(api_version, kind, &object))
        }
    }
}

fn status(code: u16, reason: &str, message: &str) -> String {
    serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    })
    .to_string()
}

/// What a watch is told that begins where history is forgotten.
fn expired(form: Form) -> Vec<u8> {
    const WORDS: &str = "too old resource version";
    match form {
        Form::Json => {
            let object = status(410, "Expired", WORDS);
            format!("{{\"type\":\"ERROR\",\"object\":{object}}}\n").into_bytes()
        }
        Form::Protobuf => {
            let mut object = Vec::new();
            pb::put(1, b"", &mut object);
            pb::put(2, b"Failure", &mut object);
            pb::put(3, WORDS.as_bytes(), &mut object);
            pb::put(4, b"Expired", &mut object);
            pb::put_varint(6 << 3, &mut object);
            pb::put_varint(410, &mut object);
            pb::frame("ERROR", &pb::enveloped("v1", "Status", &object))
        }
    }
}
