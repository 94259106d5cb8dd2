//! Copies of the manifest that whoever applied an object left on it.

use crate::drift::found::Writer;
use crate::drift::path::Path;
use crate::drift::writers::Writers;
use crate::relations::ObjectId;
use crate::text::mask::LAST_APPLIED;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::read::GzDecoder;
use serde_json::Value;
use std::io::Read as _;

/// What wrangler applies, for K3s and Rancher: the same, packed (its `pkg/apply/desiredset_compare.go`).
const WRANGLER: &str = "objectset.rio.cattle.io/applied";

/// kubectl's manager for the copy itself, which it keeps up when it applies on the server.
const COPYIST: &str = "kubectl-last-applied";

/// kubectl's manager when it applies on the server and is not told another one.
const KUBECTL: &str = "kubectl";

/// Most bytes of a copy when it is unpacked: annotations have 256 KiB.
const MAX_PLAIN: u64 = 16 << 20;

/// A copy on an object.
#[derive(Debug, PartialEq)]
pub(super) enum Copy {
    /// What was applied.
    Of(Value),
    /// It cannot be read, and why.
    Broken(String),
    /// It says nothing of this object now, and why.
    Worthless(String),
    /// There is none.
    None,
}

impl Copy {
    /// The copy on an object.
    pub fn on(id: &ObjectId, live: &Value, writers: &Writers) -> Self {
        let annotation = |key: &str| live["metadata"]["annotations"].get(key)?.as_str();
        let read = match (annotation(WRANGLER), annotation(LAST_APPLIED)) {
            (Some(packed), _) => unpacked(packed),
            (None, Some(plain)) => Ok(plain.to_owned()),
            (None, None) => return Self::None,
        };
        let parsed = read.and_then(|text| {
            serde_json::from_str::<Value>(&text).map_err(|error| format!("no JSON: {error}"))
        });
        let copy = match parsed {
            Ok(copy) if copy.is_object() => copy,
            Ok(_) => return Self::Broken("no object".into()),
            Err(why) => return Self::Broken(why),
        };
        let name = copy["metadata"]["name"].as_str();
        if let Some(name) = name.filter(|name| *name != id.name.as_str()) {
            let name = crate::text::sanitise::clean(name);
            return Self::Worthless(format!("its copy of what was applied is that of {name}"));
        }
        if annotation(WRANGLER).is_none()
            && let Some(newer) = overtaken(&copy, writers)
        {
            let who = &newer.manager;
            return Self::Worthless(format!(
                "its copy of what kubectl applied is older than what {who} applied since"
            ));
        }
        Self::Of(copy)
    }
}

/// Whoever applied the object on the server after the copy was made, and says so of most of what the
/// copy has.
fn overtaken<'w>(copy: &Value, writers: &'w Writers) -> Option<&'w Writer> {
    let place = Path::of(&["metadata", "annotations"]).field(LAST_APPLIED);
    let made = writers.last(&place).map_or(0, |writer| writer.at);
    let mut all = Vec::new();
    leaves(copy, &Path::default(), &mut all);
    let owns = |writer: &&Writer| {
        let owned = all.iter().filter(|path| writers.is_owned(path, |one| one == *writer)).count();
        owned * 2 > all.len()
    };
    // What kubectl itself applies on the server is in the copy as soon as it keeps that up. A copy that did
    // not change keeps its time.
    let kept_up = writers.is_owned(&place, |one| one.manager == COPYIST);
    let applied = writers.all().filter(|writer| {
        writer.apply
            && writer.subresource.is_empty()
            && writer.manager != COPYIST
            && !(kept_up && writer.manager == KUBECTL)
            && writer.at > made
    });
    applied.filter(owns).max_by_key(|writer| writer.at)
}

/// Places of a manifest's values outside metadata; a list counts as one.
fn leaves(value: &Value, at: &Path, all: &mut Vec<Path>) {
    match value.as_object() {
        Some(map) if !map.is_empty() => {
            for (name, below) in map {
                let server = matches!(name.as_str(), "apiVersion" | "kind" | "metadata" | "status");
                if !(at.0.is_empty() && server) {
                    leaves(below, &at.field(name), all);
                }
            }
        }
        _ => all.push(at.clone()),
    }
}

fn unpacked(packed: &str) -> Result<String, String> {
    if packed.starts_with('{') {
        return Ok(packed.to_owned());
    }
    let bytes =
        STANDARD_NO_PAD.decode(packed.trim_end_matches('=')).map_err(|_| "no base64".to_owned())?;
    let mut plain = String::new();
    let unpack = GzDecoder::new(&bytes[..]).take(MAX_PLAIN).read_to_string(&mut plain);
    unpack.map_err(|_| "cut off, or no gzip".to_owned())?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use serde_json::json;
    use std::io::Write as _;

    /// A ConfigMap applied on the client, later on the server by this manager, with its copy kept up or not.
    fn map(manager: &str, kept_up: bool) -> Value {
        let copy = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "app"}, "data": {"a": "1", "b": "2"}});
        let (applied, later) = ("2026-11-28T10:00:00Z", "2026-11-28T11:00:00Z");
        let entry = |manager: &str, operation: &str, time: &str, fields: Value| {
            json!({"manager": manager, "operation": operation, "apiVersion": "v1", "time": time,
                "fieldsType": "FieldsV1", "fieldsV1": fields})
        };
        let mark = json!({"f:metadata": {"f:annotations": {format!("f:{LAST_APPLIED}"): {}}}});
        let copyist =
            if kept_up { (COPYIST, "Apply") } else { ("kubectl-client-side-apply", "Update") };
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1", "b": "2"},
        "metadata": {"name": "app", "annotations": {LAST_APPLIED: copy.to_string()}, "managedFields": [
            entry(copyist.0, copyist.1, applied, mark),
            entry(manager, "Apply", later, json!({"f:data": {"f:a": {}, "f:b": {}}})),
        ]}})
    }

    fn on(live: &Value) -> Copy {
        let id = ObjectId {
            group: "".into(),
            kind: "ConfigMap".into(),
            namespace: "shop".into(),
            name: "app".into(),
        };
        Copy::on(&id, live, &Writers::of(live))
    }

    #[test]
    fn a_copy_that_kubectl_keeps_up_is_as_new_as_its_apply_on_the_server() {
        assert!(matches!(on(&map("kubectl", true)), Copy::Of(_)));
    }

    #[test]
    fn a_copy_is_older_than_what_somebody_else_applied_since() {
        assert!(matches!(on(&map("flux", true)), Copy::Worthless(_)));
        assert!(matches!(on(&map("kubectl", false)), Copy::Worthless(_)));
    }

    fn with(annotation: &str, text: &str) -> Value {
        json!({"metadata": {"name": "app", "annotations": {annotation: text}}})
    }

    #[test]
    fn a_copy_is_read_or_it_is_said_what_is_wrong_with_it() {
        let manifest = json!({"metadata": {"name": "app"}, "data": {"a": "3"}});
        assert_eq!(on(&json!({"metadata": {"name": "app"}})), Copy::None);
        let text = manifest.to_string();
        assert_eq!(on(&with(LAST_APPLIED, &text)), Copy::Of(manifest.clone()));
        assert_eq!(on(&with(LAST_APPLIED, "[]")), Copy::Broken("no object".into()));
        let Copy::Broken(why) = on(&with(LAST_APPLIED, &text[..20])) else { panic!("{text}") };
        assert!(why.starts_with("no JSON: "), "{why}");
        let other = json!({"metadata": {"name": "\u{1b}[31mold"}}).to_string();
        let Copy::Worthless(why) = on(&with(LAST_APPLIED, &other)) else { panic!("{other}") };
        assert!(why.contains("that of") && !why.contains('\u{1b}'), "{why}");
    }

    #[test]
    fn what_wrangler_applied_is_unpacked_and_comes_before_kubectls() {
        let manifest = json!({"metadata": {"name": "app"}, "data": {"a": "3"}});
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(manifest.to_string().as_bytes()).unwrap();
        let bytes = gzip.finish().unwrap();
        let packed = STANDARD_NO_PAD.encode(&bytes);
        for text in [packed.clone(), format!("{packed}=="), manifest.to_string()] {
            let mut live = with(WRANGLER, &text);
            live["metadata"]["annotations"][LAST_APPLIED] = "{}".into();
            assert_eq!(on(&live), Copy::Of(manifest.clone()));
        }
        assert_eq!(on(&with(WRANGLER, "%")), Copy::Broken("no base64".into()));
        let half = STANDARD_NO_PAD.encode(&bytes[..bytes.len() / 2]);
        assert_eq!(on(&with(WRANGLER, &half)), Copy::Broken("cut off, or no gzip".into()));
    }
}
