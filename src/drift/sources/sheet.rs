//! A manifest that is taken apart when it is needed: of many objects the first ones are compared while those
//! behind them are text still.

use crate::apps::helm::manifest::{self, Said};
use crate::apps::helm::release::Release;
use crate::model::{Catalogue, Fault, FaultKind, Text};
use crate::relations::ObjectId;
use serde_json::Value;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The manifest of one object. It may be a Secret's: it is not logged.
pub struct Sheet {
    api_version: Text,
    from: Option<Document>,
    read: OnceLock<Result<Value, Fault>>,
}

/// Where a manifest stands that was not taken apart.
struct Document {
    text: Arc<Manifest>,
    range: Range<usize>,
    id: ObjectId,
}

/// All of a release's manifests, and what their objects are marked with.
struct Manifest {
    text: String,
    release: String,
    namespace: String,
    revision: u32,
}

impl Sheet {
    /// Of an object that is at hand.
    pub fn whole(object: Value) -> Arc<Self> {
        let api_version = object["apiVersion"].as_str().unwrap_or_default().into();
        Arc::new(Self { api_version, from: None, read: OnceLock::from(Ok(object)) })
    }

    /// The API version it says.
    pub fn api_version(&self) -> &str {
        &self.api_version
    }

    /// The object.
    ///
    /// # Errors
    /// It cannot be read as YAML, or is another object than its first lines say.
    pub fn value(&self) -> Result<&Value, &Fault> {
        let read = || match &self.from {
            Some(document) => document.read(),
            None => Ok(Value::Null),
        };
        self.read.get_or_init(read).as_ref()
    }
}

impl PartialEq for Sheet {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sheet({})", self.api_version)
    }
}

impl Document {
    fn read(&self) -> Result<Value, Fault> {
        let of = &self.text;
        let invalid = |why: String| {
            let what = format!("read the manifest of {} in v{}", self.id, of.revision);
            Fault::new(FaultKind::Invalid, what, why)
        };
        let (items, unreadable) = manifest::items(of.text.get(self.range.clone()).unwrap_or(""));
        if let Some(why) = unreadable.into_iter().next() {
            return Err(invalid(why));
        }
        match items.as_slice() {
            [item] if item.gvk().2 == self.id.kind && item.name() == self.id.name => {
                Ok(item.sent(&self.id.namespace, (&of.release, &of.namespace)))
            }
            _ => {
                Err(invalid("its first lines and all of it are not of the same object".to_owned()))
            }
        }
    }
}

/// The objects of a release's manifest as Helm sends them. Hooks come and go by themselves, and what is
/// in a chart's `crds/` is only ever created: neither is in the manifest.
///
/// # Errors
/// A document cannot be read and does not say what it is: which objects there are cannot be told then.
pub fn of_release(
    release: &Release,
    catalogue: &Catalogue,
) -> Result<Vec<(ObjectId, Arc<Sheet>)>, Fault> {
    let text = Arc::new(Manifest {
        text: release.manifest().to_owned(),
        release: release.name().to_owned(),
        namespace: release.namespace().to_owned(),
        revision: release.revision(),
    });
    let mut found = Vec::new();
    for range in manifest::spans(&text.text) {
        let document = text.text.get(range.clone()).unwrap_or_default();
        if let Some(said) = Said::of(document) {
            let id = said.id(catalogue, &text.namespace);
            let api_version = said.api_version.into();
            let from = Some(Document { text: Arc::clone(&text), range, id: id.clone() });
            found.push((id, Arc::new(Sheet { api_version, from, read: OnceLock::new() })));
            continue;
        }
        let (items, unreadable) = manifest::items(document);
        if let Some(why) = unreadable.into_iter().next() {
            let what = format!("read the manifest of v{}", text.revision);
            return Err(Fault::new(FaultKind::Invalid, what, why));
        }
        let marks = (text.release.as_str(), text.namespace.as_str());
        let named = items.iter().filter(|item| !item.name().is_empty());
        found.extend(named.map(|item| {
            let id = item.id(catalogue, &text.namespace);
            let object = item.sent(&id.namespace, marks);
            (id, Sheet::whole(object))
        }));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::drift::testing::catalogue;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    fn release(manifest: &str) -> Release {
        let body = json!({"name": "web", "namespace": "shop", "version": 3,
            "info": {"status": "deployed"}, "manifest": manifest});
        let record = STANDARD.encode(body.to_string());
        Release::of(&json!({"kind": "ConfigMap", "data": {"release": record}})).unwrap()
    }

    #[test]
    fn a_document_is_taken_apart_only_when_it_is_asked_for() {
        let text = "---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n\
                    data:\n  key: one\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata: [broken\n";
        let found = of_release(&release(text), &catalogue()).unwrap();
        let names: Vec<String> = found.iter().map(|(id, _)| id.to_string()).collect();
        assert_eq!(names, ["ConfigMap/a", "Secret/s"]);
        assert!(found.iter().all(|(_, sheet)| sheet.read.get().is_none()));
        let object = found[0].1.value().unwrap();
        assert_eq!(object["metadata"]["namespace"], "shop");
        assert_eq!(object["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm");
        assert_eq!(object["data"]["key"], "one");
        // One that is broken further down speaks for itself, and not for the others.
        assert!(found[1].1.value().is_err());
        // One that does not even say what it is leaves open which objects there are.
        assert!(of_release(&release("---\nkind: [\n"), &catalogue()).is_err());
    }

    #[test]
    fn lists_and_json_are_read_at_once() {
        let text = "---\napiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: x}}\n\
                    ---\n{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"y\"}}\n";
        let found = of_release(&release(text), &catalogue()).unwrap();
        let names: Vec<String> = found.iter().map(|(id, _)| id.to_string()).collect();
        assert_eq!(names, ["ConfigMap/x", "ConfigMap/y"]);
    }
}
