//! The pod that a word on the command line means.

use super::forward;
use super::headless::Headless;
use crate::kinds::behind::{Behind, Entrance};
use crate::model::{Fault, FaultKind, Gvr, ObjRef, Read, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The pod of a name, or the oldest ready pod behind `KIND/NAME`; and its JSON.
///
/// # Errors
/// There is none, or it cannot be read.
pub(super) fn find(
    cluster: &mut Headless,
    text: &str,
    namespace: &str,
) -> Result<(ObjRef, String), Fault> {
    let target = forward::target(cluster, text, namespace)?;
    let read = |what: String, path: String| Read { what, path };
    let path = target.gvr.object_path(&target.namespace, &target.name);
    let json = cluster.read(read(format!("get {target}"), path))?;
    let pods = Gvr::new("", "v1", "pods");
    if target.gvr == pods {
        return Ok((target, json));
    }
    let what = format!("find a pod of {target}");
    let no = |why: String| Fault::new(FaultKind::NotFound, what.clone(), why);
    let behind = Behind::read(&target, json.as_bytes()).map_err(no)?;
    let selector = behind.selector().unwrap_or_default();
    let path = format!(
        "{}?labelSelector={}",
        pods.collection_path(Some(&target.namespace)),
        encoded(selector)
    );
    let json = cluster.read(read(what.clone(), path))?;
    let list: List<'_> = serde_json::from_str(&json).map_err(|error| no(error.to_string()))?;
    let mut found: Vec<(Entrance, &str)> = list
        .items
        .iter()
        .filter_map(|item| Some((Entrance::read(item.get().as_bytes()).ok()?, item.get())))
        .filter(|(pod, _)| behind.has(pod) && pod.runs())
        .collect();
    found.sort_by(|(a, _), (b, _)| (!a.ready, &a.created).cmp(&(!b.ready, &b.created)));
    let (pod, json) = found.into_iter().next().ok_or_else(|| no("none of its pods runs".into()))?;
    let pod = ObjRef {
        gvr: pods,
        kind: "Pod".into(),
        name: pod.name.as_str().into(),
        uid: Text::new(),
        ..target
    };
    Ok((pod, json.to_owned()))
}

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

fn encoded(selector: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in selector.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'/' => {
                out.push(char::from(byte));
            }
            other => drop(write!(out, "%{other:02X}")),
        }
    }
    out
}
