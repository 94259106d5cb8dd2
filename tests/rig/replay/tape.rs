//! A recording: what a program asked a real API server and was answered, its pods in JSON and protobuf, and the bytes
//! of changes of them in both. The bytes are served as they were recorded, but for versions, and for names and uids
//! where one pod stands for several.

use super::pb;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The form of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `application/json`
    Json,
    /// `application/vnd.kubernetes.protobuf`
    Protobuf,
}

/// Digits of a version: all have as many, so that one can take the place of another.
const DIGITS: usize = 12;
/// Digits of a pod's number at the end of its name.
const NUMBER: usize = 6;
/// Digits at the end of a uid that tell copies and births apart.
const UID_END: usize = 12;

/// What was recorded besides bytes.
#[derive(Serialize, Deserialize)]
pub struct About {
    /// Pods that there are at the beginning.
    pub pods: usize,
    /// Changes that are sent on request; they are the last ones.
    pub pokes: usize,
}

/// A recorded answer.
#[derive(Serialize, Deserialize)]
pub struct Answer {
    /// See [`key`].
    pub key: String,
    /// HTTP status.
    pub code: u16,
    /// Its media type.
    pub media: String,
    /// The file with its body.
    pub file: String,
}

/// What makes requests the same: not the version that they begin with, nor how long they want to wait.
pub fn key(request: &super::http::Request) -> String {
    let mut query: Vec<_> = request.query.iter().collect();
    query.retain(|(key, _)| {
        !matches!(
            key.as_str(),
            "resourceVersion" | "resourceVersionMatch" | "timeoutSeconds" | "timeout"
        )
    });
    query.sort();
    let query: Vec<String> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let body = String::from_utf8_lossy(&request.body);
    let accept = request.header("accept");
    format!("{} {}?{} {accept} {body}", request.method, request.path, query.join("&"))
}

/// The files of a recording.
pub struct Files(pub PathBuf);

impl Files {
    pub fn about(&self) -> PathBuf {
        self.0.join("about.json")
    }
    pub fn answers(&self) -> PathBuf {
        self.0.join("answers.json")
    }
    pub fn list(&self, form: Form) -> PathBuf {
        self.0.join(if form == Form::Json { "pods.json" } else { "pods.pb" })
    }
    pub fn events(&self, form: Form) -> PathBuf {
        self.0.join(if form == Form::Json { "events.json" } else { "events.pb" })
    }
    pub fn certificate(&self) -> PathBuf {
        self.0.join("server.crt")
    }
    pub fn private_key(&self) -> PathBuf {
        self.0.join("server.key")
    }
    pub fn read_about(&self) -> About {
        let text = std::fs::read(self.about()).expect("about.json");
        serde_json::from_slice(&text).expect("about.json")
    }
}

/// Bytes of an object, and where those are that are replaced.
pub struct Coded {
    bytes: Vec<u8>,
    numbers: Vec<usize>,
    uid: usize,
    version: usize,
}

impl Coded {
    fn new(bytes: Vec<u8>, name: &str, uid: usize, version: usize) -> Self {
        let numbers = memchr::memmem::find_iter(&bytes, name.as_bytes())
            .map(|at| at + name.len() - NUMBER)
            .collect();
        Self { bytes, numbers, uid: uid + 36 - UID_END, version }
    }

    /// An object of a list or a watch as a server writes it.
    fn json(text: &str, name: &str) -> Self {
        // The object's own metadata come first, in this order; references to others come later.
        let after = |sign: &str| text.find(sign).expect("metadata") + sign.len();
        let (uid, version) = (after("\"uid\":\""), after("\"resourceVersion\":\""));
        let end = version + text[version..].find('"').expect("the end of a text");
        let wide = "0".repeat(DIGITS);
        let text = [&text[..version], &wide, &text[end..]].concat();
        Self::new(text.into_bytes(), name, uid, version)
    }

    /// A Pod's own message.
    fn protobuf(pod: &[u8], name: &str) -> Self {
        let meta = pb::replaced(pb::value(pod, 1), 6, "0".repeat(DIGITS).as_bytes());
        let pod = pb::replaced(pod, 1, &meta);
        let meta = pb::field(&pod, 1).expect("metadata");
        let at = |number| {
            pb::field(&pod[meta.clone()], number).expect("uid and version").start + meta.start
        };
        let (uid, version) = (at(5), at(6));
        Self::new(pod, name, uid, version)
    }

    /// How long it is, whatever is replaced.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Writes it.
    pub fn write(&self, dress: &Dress, out: &mut Vec<u8>) {
        let begins = out.len();
        out.extend_from_slice(&self.bytes);
        let bytes = &mut out[begins..];
        let version = dress.version.to_string();
        bytes[self.version..self.version + DIGITS].copy_from_slice(version.as_bytes());
        if let Some(number) = &dress.number {
            for &at in &self.numbers {
                bytes[at..at + NUMBER].copy_from_slice(number.as_bytes());
            }
        }
        if let Some(end) = &dress.uid_end {
            bytes[self.uid..self.uid + UID_END].copy_from_slice(end.as_bytes());
        }
    }
}

/// What is replaced in an object's bytes.
pub struct Dress {
    /// Of [`DIGITS`] digits.
    pub version: u64,
    /// Of [`NUMBER`] digits.
    pub number: Option<String>,
    /// Of [`UID_END`] digits.
    pub uid_end: Option<String>,
}

impl Dress {
    /// The digits that stand for a number in a name.
    pub fn number(number: usize) -> String {
        format!("{number:0NUMBER$}")
    }

    /// The end of a uid with a mark of its own.
    pub fn uid_end(mark: u64) -> String {
        format!("{mark:0UID_END$x}")
    }

    /// A text that ends with other digits.
    pub fn ends(text: &str, end: Option<&String>) -> String {
        end.map_or_else(
            || text.to_owned(),
            |end| format!("{}{end}", &text[..text.len() - end.len()]),
        )
    }
}

/// What a row of a pod shows, judged from its JSON by rules of the rig's own.
#[derive(Clone, Debug)]
pub struct Facts {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub ready: usize,
    pub containers: usize,
    pub status: String,
    pub restarts: u64,
    pub node: String,
}

impl Facts {
    fn of(pod: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (meta, status) = (&pod["metadata"], &pod["status"]);
        let states = status["containerStatuses"].as_array().map_or(&[][..], Vec::as_slice);
        let leaving = meta["deletionTimestamp"].is_string().then(|| "Terminating".to_owned());
        let waits = states.iter().find_map(|state| state["state"]["waiting"]["reason"].as_str());
        Self {
            namespace: text(&meta["namespace"]),
            name: text(&meta["name"]),
            uid: text(&meta["uid"]),
            ready: states.iter().filter(|state| state["ready"] == true).count(),
            containers: pod["spec"]["containers"].as_array().map_or(0, Vec::len),
            status: leaving
                .or_else(|| waits.map(str::to_owned))
                .unwrap_or_else(|| text(&status["phase"])),
            restarts: states.iter().filter_map(|state| state["restartCount"].as_u64()).sum(),
            node: text(&pod["spec"]["nodeName"]),
        }
    }

    /// The row, in the words in which wheelhouse saves rows.
    pub fn row(&self, dress: &Dress) -> Value {
        json!([
            self.namespace,
            Dress::ends(&self.name, dress.number.as_ref()),
            Dress::ends(&self.uid, dress.uid_end.as_ref()),
            dress.version.to_string(),
            { "count": self.ready, "of": self.containers },
            self.status,
            self.restarts,
            self.node,
        ])
    }
}

/// A state of a pod in every form.
pub struct Piece {
    json: Coded,
    protobuf: Coded,
    pub facts: Facts,
}

impl Piece {
    /// In this form.
    pub fn coded(&self, form: Form) -> &Coded {
        if form == Form::Json { &self.json } else { &self.protobuf }
    }

    /// The number at the end of its name.
    pub fn number(&self) -> usize {
        let name = &self.facts.name;
        name[name.len() - NUMBER..].parse().expect("a number at the end of a name")
    }

    fn new(text: &str, pod: &[u8]) -> Self {
        let facts = Facts::of(&serde_json::from_str(text).expect("a pod in JSON"));
        let same = pb::value(pb::value(pod, 1), 5) == facts.uid.as_bytes();
        assert!(same, "{} is the same object in both forms", facts.name);
        let (json, protobuf) = (Coded::json(text, &facts.name), Coded::protobuf(pod, &facts.name));
        Self { json, protobuf, facts }
    }
}

/// Whom a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A pod of the list, by its place in it.
    Listed(usize),
    /// One that came later, by its place among those.
    Born(usize),
}

/// A recorded change.
pub struct Event {
    /// `ADDED`, `MODIFIED` or `DELETED`.
    pub kind: String,
    /// Whom it is about.
    pub who: Who,
    /// The pod after it, or the last of it.
    pub piece: Piece,
}

/// A recording that was read.
pub struct Tape {
    /// The pods at the beginning.
    pub listed: Vec<Piece>,
    /// Pods that come and go, by their first state.
    pub born: Vec<(String, String, usize)>,
    /// What happens, round and round.
    pub events: Vec<Event>,
    /// What happens on request, to the first pod.
    pub pokes: Vec<Event>,
}

impl Tape {
    /// Reads it.
    pub fn read(dir: &Path) -> Self {
        let files = Files(dir.to_owned());
        let about = files.read_about();
        let read = |path: PathBuf| {
            std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        let text = |path| String::from_utf8(read(path)).expect("JSON is text");

        let (list, body) = (text(files.list(Form::Json)), read(files.list(Form::Protobuf)));
        #[derive(Deserialize)]
        struct List<'a> {
            #[serde(borrow)]
            items: Vec<&'a serde_json::value::RawValue>,
        }
        let list: List<'_> = serde_json::from_str(&list).expect("a list");
        let raw = pb::value(&body[4..], 2);
        let items: Vec<_> =
            pb::fields(raw).into_iter().filter(|(number, _)| *number == 2).collect();
        assert_eq!(items.len(), list.items.len(), "both lists are as long");
        let listed: Vec<Piece> = list
            .items
            .iter()
            .zip(items)
            .map(|(text, (_, range))| Piece::new(text.get(), &raw[range]))
            .collect();
        assert_eq!(listed.len(), about.pods, "all pods are listed");

        let mut places: std::collections::HashMap<(String, String), Who> = listed
            .iter()
            .enumerate()
            .map(|(i, piece)| {
                ((piece.facts.namespace.clone(), piece.facts.name.clone()), Who::Listed(i))
            })
            .collect();
        let (lines, bytes) = (text(files.events(Form::Json)), read(files.events(Form::Protobuf)));
        #[derive(Deserialize)]
        struct Line<'a> {
            r#type: String,
            #[serde(borrow)]
            object: &'a serde_json::value::RawValue,
        }
        let mut born = Vec::new();
        let events = lines.lines().zip(pb::frames(&bytes)).map(|(line, frame)| {
            let line: Line<'_> = serde_json::from_str(line).expect("an event");
            assert_eq!(line.r#type.as_bytes(), pb::value(frame, 1), "both watches tell the same");
            let object = &pb::value(pb::value(frame, 2), 1)[4..];
            // Within lists an object does not tell what it is.
            let text = line.object.get().replacen(r#""kind":"Pod","apiVersion":"v1","#, "", 1);
            let piece = Piece::new(&text, pb::value(object, 2));
            let key = (piece.facts.namespace.clone(), piece.facts.name.clone());
            let who = *places.entry(key.clone()).or_insert_with(|| {
                born.push((key.0, key.1, piece.number()));
                Who::Born(born.len() - 1)
            });
            Event { kind: line.r#type, who, piece }
        });
        let mut events: Vec<Event> = events.collect();
        let pokes = events.split_off(events.len() - about.pokes);
        Self { listed, born, events, pokes }
    }
}
