//! Manifests in files, held against what an apply of them would make of the cluster. What was applied last
//! tells which side a difference comes from.

use super::{Attempt, Expected, Sheet, Source};
use crate::drift::compare::{Against, compare, folded};
use crate::drift::found::{Change, Confidence, Desired, Fate, ObjectDrift, Side, State, Writer};
use crate::drift::judge::{Bench, Live, judged, seen, shown};
use crate::drift::manifest::Manifest;
use crate::drift::path::{Path, Step};
use crate::drift::rehearsal::{anew, replaced};
use crate::drift::shape::Shape;
use crate::drift::writers::{Writers, entries, size};
use crate::model::{Fault, FaultKind, Text};
use crate::relations::ObjectId;
use crate::text::mask::{LAST_APPLIED, MASK};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What `kubectl apply --server-side` calls itself.
const KUBECTL: &str = "kubectl";
/// What client-side apply calls itself.
const CLIENT_SIDE: &str = "kubectl-client-side-apply";

/// Desired is what files say.
#[derive(Debug)]
pub(super) struct Local {
    what: Text,
    manifests: Vec<Manifest>,
}

impl Local {
    /// These; `what` says where they come from.
    pub fn new(what: Text, manifests: Vec<Manifest>) -> Self {
        Self { what, manifests }
    }
}

impl Source for Local {
    fn desired(&self) -> Desired {
        Desired { what: self.what.clone(), at: 0, revision: Text::new() }
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        let of = |one: &Manifest| Expected {
            id: one.id.clone(),
            manifest: Some(Sheet::whole(one.object.clone())),
            told: None,
        };
        Ok(self.manifests.iter().map(of).collect())
    }

    fn attempt(&self, expected: &Expected, live: Live<'_>) -> Option<Attempt> {
        let manifest = expected.manifest()?.ok()?.clone();
        let manager = match live {
            Live::There(live) if live["metadata"]["deletionTimestamp"].is_string() => return None,
            Live::There(live) if live["apiVersion"] != manifest["apiVersion"] => return None,
            Live::There(live) => applier(live, &Writers::of(live)),
            // Whether the server would take it is worth knowing before it is there.
            Live::Gone => KUBECTL.into(),
            Live::Unread(_) => return None,
        };
        Some(Attempt { manifest, manager })
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        let id = &expected.id;
        let unknown = |fault: &Fault| ObjectDrift::new(id.clone(), State::Unknown(fault.clone()));
        let Some(Ok(manifest)) = expected.manifest() else {
            let state = State::Incomparable("no file tells of it".into());
            return ObjectDrift::new(id.clone(), state);
        };
        match live {
            Live::There(live) => Held { id, manifest, live, bench }.judge(tried),
            Live::Gone => missing(id, manifest, tried),
            Live::Unread(fault) => unknown(fault),
        }
    }

    fn unserved(&self, expected: &Expected) -> Option<ObjectDrift> {
        let id = &expected.id;
        // The file that brings the kind may be among these.
        let brought = self.manifests.iter().any(|one| {
            let spec = &one.object["spec"];
            one.id.kind == "CustomResourceDefinition"
                && spec["group"] == id.group.as_str()
                && spec["names"]["kind"] == id.kind.as_str()
        });
        if brought {
            let mut found = ObjectDrift::new(id.clone(), State::Missing);
            found.confidence = Confidence::Approximate;
            let manifest = expected.manifest().and_then(Result::ok);
            found.desired = manifest.map(|object| shown(object, false));
            found.note = "its CRD is among these files and not in the cluster".into();
            return Some(found);
        }
        let group = if id.group.is_empty() { "the core group" } else { id.group.as_str() };
        let why = format!("the server does not serve {} of {group}: its CRD is missing", id.kind);
        let fault = Fault::new(FaultKind::NotFound, format!("compare {id}"), why)
            .hint("install the CRD first, or compare its file along with this one");
        Some(ObjectDrift::new(id.clone(), State::Unknown(fault)))
    }
}

/// An object that is there, and its file.
struct Held<'a> {
    id: &'a ObjectId,
    manifest: &'a Value,
    live: &'a Value,
    bench: &'a Bench<'a>,
}

impl Held<'_> {
    fn judge(&self, tried: Option<Result<&Value, &Fault>>) -> ObjectDrift {
        let base = self.base();
        match tried {
            Some(Ok(would)) => {
                if let Some(found) = replaced(self.id, would, self.live) {
                    return found;
                }
                let would = self.without_removed(would, base.as_ref());
                self.held(Against::Whole(&would), Confidence::Exact, base.as_ref())
            }
            Some(Err(fault)) => self.refused(fault, base.as_ref()),
            None => self.by_hand(base.as_ref()),
        }
    }

    /// What was applied last, where something tells.
    fn base(&self) -> Option<Value> {
        let annotations = self.live.pointer("/metadata/annotations")?;
        let copy = annotations.get(LAST_APPLIED)?.as_str()?;
        let base: Value = serde_json::from_str(copy).ok()?;
        // Beside another one's server-side apply it is a leftover.
        let writers = Writers::of(self.live);
        (base.is_object() && applier(self.live, &writers) == KUBECTL).then(|| plain(base))
    }

    /// The manifest as kubectl applies it: it always writes an annotation, so that a file without any takes
    /// away only those that were in the file before.
    fn applied(&self) -> Value {
        let mut manifest = plain(self.manifest.clone());
        if let Some(metadata) = manifest.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.entry("annotations").or_insert_with(|| Value::Object(Default::default()));
        }
        manifest
    }

    /// Fields that were applied last and are not in the file any more. Server-side apply takes away what
    /// its own manager had put there, client-side apply what its copy names: kubectl does both.
    fn removed(&self, would: &Value, base: Option<&Value>) -> Vec<Change> {
        let Some(base) = base else { return Vec::new() };
        let desired = self.applied();
        let against = Against::Manifest { desired: &desired, base: Some(base) };
        let changes = compare(against, would, self.bench.shape);
        changes.into_iter().filter(|change| change.desired.is_none()).collect()
    }

    fn without_removed(&self, would: &Value, base: Option<&Value>) -> Value {
        let mut would = would.clone();
        for change in self.removed(&would, base) {
            change.path.put(&mut would, None);
        }
        would
    }

    fn by_hand(&self, base: Option<&Value>) -> ObjectDrift {
        let desired = self.applied();
        let against = Against::Manifest { desired: &desired, base };
        let mut found = self.held(against, Confidence::Approximate, base);
        let (wanted, served) = (&self.manifest["apiVersion"], &self.live["apiVersion"]);
        if let (Some(wanted), Some(served)) = (wanted.as_str(), served.as_str())
            && wanted != served
        {
            let words = format!(
                "its file says {wanted}, which the server does not serve: an apply fails; compared as {served}"
            );
            found.note = words.into();
        }
        found
    }

    fn held(&self, against: Against<'_>, sure: Confidence, base: Option<&Value>) -> ObjectDrift {
        let desired = match against {
            Against::Manifest { desired, .. } | Against::Whole(desired) => desired,
        };
        let sides = Sides::new(self, desired, base);
        let fate = |change: &Change, _: Option<&Writer>| {
            let words = match sides.of(&change.path) {
                Side::Cluster => "an apply of the file undoes it",
                Side::File => "an apply of the file brings it",
                Side::Both => "an apply of the file overwrites it",
                Side::Unknown => "an apply of the file changes it",
            };
            Fate::UndoneNext(words.into())
        };
        let mut found = judged(self.id, self.live, (against, sure), &fate, self.bench);
        for field in &mut found.fields {
            let side = sides.of(&field.change.path);
            field.side = Some(side);
        }
        found
    }

    /// The server would not rehearse it.
    fn refused(&self, fault: &Fault, base: Option<&Value>) -> ObjectDrift {
        let fault = &discreet(fault, self.id, self.manifest);
        let note = match refusal(fault) {
            Refusal::Anew(why) => {
                let mut found = self.by_hand(base);
                if found.state != State::Terminating {
                    found.state = State::Recreated;
                }
                found.note = format!("would be recreated: {why}").into();
                return found;
            }
            Refusal::Invalid(why) => {
                let mut found = seen(self.id, self.live);
                found.state = State::Unknown(why);
                return found;
            }
            Refusal::Untried(note) => note,
        };
        let mut found = self.by_hand(base);
        found.note = note.into();
        found
    }
}

/// What tells which side a difference comes from.
struct Sides<'a> {
    held: &'a Held<'a>,
    desired: &'a Value,
    base: Option<&'a Value>,
    /// Where the cluster is not as it was applied, and where the file is not.
    cluster: Vec<Path>,
    file: Vec<Path>,
    writers: Writers,
    manager: Text,
}

impl<'a> Sides<'a> {
    fn new(held: &'a Held<'a>, desired: &'a Value, base: Option<&'a Value>) -> Self {
        let from_base = |to: &Value, shape: &Shape| -> Vec<Path> {
            let Some(base) = base else { return Vec::new() };
            let against = Against::Manifest { desired: base, base: None };
            compare(against, to, shape).into_iter().map(|change| change.path).collect()
        };
        let writers = Writers::of(held.live);
        let manager = applier(held.live, &writers);
        let shape = held.bench.shape;
        let (cluster, file) = (from_base(held.live, shape), from_base(desired, shape));
        Self { held, desired, base, cluster, file, writers, manager }
    }

    fn of(&self, path: &Path) -> Side {
        let live = there(path, self.held.live);
        let ours = self.writers.is_owned(path, |writer| self.is_ours(writer));
        let Some(base) = self.base else {
            let applied =
                self.writers.is_owned(path, |one| one.apply && one.manager == self.manager);
            let applied_once =
                self.writers.all().any(|one| one.apply && one.manager == self.manager);
            return match (applied, live) {
                // It stands as it was applied.
                (true, true) => Side::File,
                // What others write, they take from whoever applied it.
                (false, true) if applied_once && !ours && there(path, self.desired) => {
                    Side::Cluster
                }
                _ => Side::Unknown,
            };
        };
        let touches = |paths: &[Path]| paths.iter().any(|one| one.is_in(path) || path.is_in(one));
        let new = !there(path, base);
        let cluster = touches(&self.cluster) || (new && live && !ours);
        let file = touches(&self.file) || (new && there(path, self.desired));
        match (cluster, file) {
            (true, false) => Side::Cluster,
            (false, true) => Side::File,
            (true, true) => Side::Both,
            (false, false) => Side::Unknown,
        }
    }

    fn is_ours(&self, writer: &Writer) -> bool {
        writer.manager == self.manager || writer.manager == CLIENT_SIDE
    }
}

/// Whether something is at this place. An item's key that a manifest leaves out has its default.
fn there(path: &Path, object: &Value) -> bool {
    let mut at = object;
    for step in &path.0 {
        let next = match step {
            Step::Field(name) => at.get(name.as_str()),
            Step::Item(keys) => at.as_array().and_then(|items| {
                let is = |item: &&Value| {
                    let same = |(key, wanted): &(Text, Value)| {
                        item.get(key.as_str()).is_none_or(|own| own == wanted)
                    };
                    keys.iter().all(same)
                };
                items.iter().find(is)
            }),
            Step::Member(value) => {
                at.as_array().and_then(|all| all.iter().find(|one| *one == value))
            }
            Step::At(index) => at.get(*index),
        };
        let Some(next) = next else { return false };
        at = next;
    }
    !at.is_null()
}

/// As whom the files are applied: whoever applied most of the object, else kubectl.
fn applier(live: &Value, writers: &Writers) -> Text {
    let client_side = writers.all().any(|one| !one.apply && one.manager == CLIENT_SIDE);
    let kubectl = writers.all().any(|one| one.apply && one.manager == KUBECTL);
    if client_side || kubectl {
        return KUBECTL.into();
    }
    let applied = entries(live).filter(|(one, _)| one.apply && one.subresource.is_empty());
    let most = applied.max_by_key(|(_, fields)| size(fields));
    most.map_or_else(|| KUBECTL.into(), |(one, _)| one.manager)
}

/// A Secret as the server keeps it: `stringData` is only for writing.
fn plain(object: Value) -> Value {
    if object["kind"] != "Secret" || object["apiVersion"] != "v1" {
        return object;
    }
    folded(&object).into_owned()
}

/// An object that is not in the cluster.
fn missing(id: &ObjectId, manifest: &Value, tried: Option<Result<&Value, &Fault>>) -> ObjectDrift {
    let mut found = ObjectDrift::new(id.clone(), State::Missing);
    let secret = id.is_secret();
    found.confidence = Confidence::Approximate;
    found.desired = Some(shown(manifest, secret));
    match tried {
        Some(Ok(would)) => {
            found.confidence = Confidence::Exact;
            found.desired = Some(shown(would, secret));
        }
        Some(Err(fault)) if fault.kind == FaultKind::NotFound => {
            found.note = format!("its namespace {} is not there either", id.namespace).into();
        }
        Some(Err(fault)) => match refusal(&discreet(fault, id, manifest)) {
            Refusal::Invalid(fault) => found.state = State::Unknown(fault),
            Refusal::Anew(why) => found.note = why.into(),
            Refusal::Untried(note) => found.note = note.into(),
        },
        None => {}
    }
    found
}

/// What a refused rehearsal means.
enum Refusal {
    /// What is there cannot be changed so.
    Anew(String),
    /// The apply itself would be refused.
    Invalid(Fault),
    /// Nothing is known: it was not tried.
    Untried(String),
}

fn refusal(fault: &Fault) -> Refusal {
    let hook = fault.why.contains("admission webhook");
    match fault.kind {
        _ if hook && fault.why.contains("does not support dry run") => {
            Refusal::Untried(format!("not rehearsed, approximate: {}", fault.why))
        }
        _ if hook && fault.why.contains("denied the request") => Refusal::Invalid(fault.clone()),
        FaultKind::Forbidden => Refusal::Untried(format!(
            "not rehearsed, approximate: a dry run needs the right to patch: {}",
            fault.why
        )),
        FaultKind::Invalid => match anew(fault, |field, _| format!("{field} cannot be changed")) {
            Some(why) => Refusal::Anew(why),
            None => Refusal::Invalid(fault.clone()),
        },
        _ => Refusal::Untried(format!("not rehearsed, approximate: {}", fault.why)),
    }
}

/// The same fault without the values of a Secret, which servers and webhooks may repeat.
fn discreet(fault: &Fault, id: &ObjectId, manifest: &Value) -> Fault {
    let mut fault = fault.clone();
    if !id.is_secret() {
        return fault;
    }
    if fault.kind == FaultKind::Invalid || fault.kind == FaultKind::Other {
        let fields: Vec<&str> = fault
            .causes
            .iter()
            .map(|cause| cause.field.as_str())
            .filter(|f| !f.is_empty())
            .collect();
        let immutable = anew(&fault, |field, _| field.to_owned()).is_some();
        fault.why = match (immutable, fields.as_slice()) {
            (true, _) => "field is immutable when `immutable` is set".to_owned(),
            (false, []) => "the server refuses it; its words may hold a value".to_owned(),
            (false, fields) => format!("the server refuses {}", fields.join(", ")),
        };
        fault.causes = Box::default();
        return fault;
    }
    for values in
        ["data", "stringData"].map(|name| manifest[name].as_object()).into_iter().flatten()
    {
        for value in values.values().filter_map(Value::as_str) {
            let decoded =
                STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            for text in [Some(value), decoded.as_deref()].into_iter().flatten() {
                if !text.trim().is_empty() {
                    fault.why = fault.why.replace(text, MASK);
                }
            }
        }
    }
    fault
}

#[cfg(test)]
#[path = "local_tests.rs"]
mod tests;
