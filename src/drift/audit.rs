//! Where no manifest is on the cluster: what others wrote beside whoever applies an object. What was
//! deployed there is not known, only that it was not the owner who wrote what is there now.

use super::digest;
use super::found::{Change, Confidence, Field, ObjectDrift, State, Writer};
use super::judge::{Bench, Fates, seen, settle, shown};
use super::path::{Path, Step};
use super::veil::Veil;
use super::writers::{Writers, entries, step};
use crate::model::Text;
use crate::relations::ObjectId;
use crate::text::mask::LAST_APPLIED;
use serde_json::Value;

/// Managers of the API server and of what belongs to it.
const CLUSTER: &[&str] = &[
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "cloud-controller-manager",
];

/// What others wrote. None where the owner itself wrote nothing that is still there: it is not known
/// to apply this object.
pub(super) fn audited(
    id: &ObjectId,
    live: &Value,
    owner: &dyn Fn(&Writer) -> bool,
    fate: Fates<'_>,
    bench: &Bench<'_>,
) -> Option<ObjectDrift> {
    let writers = Writers::of(live);
    if !writers.all().any(owner) {
        return None;
    }
    let mut found = seen(id, live);
    found.confidence = Confidence::Ownership;
    if found.state == State::Terminating {
        return Some(found);
    }
    let secret = id.is_secret();
    let mut veil = Veil::new(secret);
    veil.learn(live);
    let mut paths: Vec<Path> = Vec::new();
    for (_, fields) in entries(live).filter(|(writer, _)| !owner(writer) && is_told(writer)) {
        places(fields, &Path::default(), &mut |path| {
            let owned = writers.is_owned(&path, owner);
            if !owned && is_counted(&path) && !paths.contains(&path) {
                paths.push(path);
            }
        });
    }
    // What is in something that is told as a whole is not told again.
    let whole = paths.clone();
    paths.retain(|path| !whole.iter().any(|other| other != path && path.is_in(other)));
    for path in paths {
        let Some(value) = path.get(live) else { continue };
        let mut change = Change { live: Some(value.clone()), desired: None, path };
        let writer = writers.last(&change.path).cloned();
        let noise = bench
            .rules
            .reason(id, &change, writer.as_ref(), live)
            .or_else(|| writer.as_ref().and_then(|writer| beside(writer, &change.path)));
        let fate = fate(&change, writer.as_ref());
        veil.change(&mut change);
        digest::change(&mut change);
        found.fields.push(Field { change, writer, fate, noise, side: None });
    }
    settle(&mut found);
    if !found.fields.is_empty() {
        found.live = Some(shown(live, secret));
    }
    Some(found)
}

/// What writes the status is no difference.
fn is_told(writer: &Writer) -> bool {
    writer.subresource != "status"
}

/// What others write beside the owner as a matter of course.
fn beside(writer: &Writer, path: &Path) -> Option<Text> {
    if CLUSTER.contains(&writer.manager.as_str()) {
        return Some("the cluster itself writes it".into());
    }
    let by_hand = writer.manager.starts_with("kubectl");
    let metadata = path.is_in(&Path::of(&["metadata"]));
    (metadata && !by_hand).then(|| "programs mark objects that are not theirs like this".into())
}

fn is_counted(path: &Path) -> bool {
    match path.0.as_slice() {
        [] => false,
        [Step::Field(first), rest @ ..] if first == "metadata" => match rest {
            [Step::Field(map), Step::Field(name)] => {
                matches!(map.as_str(), "labels" | "annotations") && name != LAST_APPLIED
            }
            [Step::Field(list), ..] => list == "finalizers",
            _ => false,
        },
        [Step::Field(first), ..] => first != "status",
        _ => false,
    }
}

/// The places that a field set names: fields with nothing below them, and items of lists that the
/// manager added, as a whole.
fn places(fields: &Value, at: &Path, take: &mut dyn FnMut(Path)) {
    let Some(map) = fields.as_object() else { return };
    for (key, below) in map {
        let Some(step) = step(key) else { continue };
        let item = !matches!(step, Step::Field(_));
        let path = at.then(step);
        let leaf = below.as_object().is_none_or(serde_json::Map::is_empty);
        if leaf || (item && below.get(".").is_some()) {
            take(path.clone());
        }
        if !leaf {
            places(below, &path, take);
        }
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
