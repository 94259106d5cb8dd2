//! The manifest of a revision: its objects, and how those of two revisions differ.

pub use super::said::Said;
use crate::model::{Catalogue, Resource};
use crate::relations::ObjectId;
use crate::text::{mask, yaml};
use crate::verbs::edit;
use crate::verbs::edit::diff::{self, DiffLine, Sign};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;

/// Helm leaves an object alone that says `keep` in this annotation (`pkg/kube/resource_policy.go`).
const RESOURCE_POLICY: &str = "/metadata/annotations/helm.sh~1resource-policy";

/// One object of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The object, with its `apiVersion` and `kind`.
    pub object: Value,
    /// The template it came from: `grafana/templates/service.yaml`; may be empty.
    pub template: String,
}

impl Item {
    fn text(&self, pointer: &str) -> &str {
        self.object.pointer(pointer).and_then(Value::as_str).unwrap_or("")
    }

    /// Group, version and kind.
    pub fn gvk(&self) -> (&str, &str, &str) {
        let api_version = self.text("/apiVersion");
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        (group, version, self.text("/kind"))
    }

    /// Its name; empty where the server makes one.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// It stays where a newer revision does not have it any more, and when the release goes.
    pub fn is_kept(&self) -> bool {
        self.text(RESOURCE_POLICY).trim().eq_ignore_ascii_case("keep")
    }

    /// What the server serves it as; None where it does not.
    pub fn resource<'c>(&self, catalogue: &'c Catalogue) -> Option<&'c Resource> {
        let (group, version, kind) = self.gvk();
        let mut served = catalogue.all().iter();
        served.find(|r| r.gvr.group == group && r.gvr.version == version && r.kind == kind)
    }

    /// Which object it is, for a release in `namespace`.
    pub fn id(&self, catalogue: &Catalogue, namespace: &str) -> ObjectId {
        let own = self.text("/metadata/namespace");
        id(catalogue, self.gvk(), self.name(), (own, namespace))
    }

    /// The object as Helm sends it: in its namespace (empty for what has none), and with the marks that
    /// say which release it belongs to, by name and namespace (`setMetadataVisitor` in Helm's
    /// `pkg/action/validate.go`).
    pub fn sent(&self, namespace: &str, (release, its_namespace): (&str, &str)) -> Value {
        let mut object = self.object.clone();
        if !object["metadata"].is_object() {
            object["metadata"] = json!({});
        }
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = namespace.into();
        }
        let mut mark = |map: &str, key: &str, value: &str| {
            let metadata = &mut object["metadata"];
            if !metadata[map].is_object() {
                metadata[map] = json!({});
            }
            metadata[map][key] = value.into();
        };
        mark("labels", "app.kubernetes.io/managed-by", "Helm");
        mark("annotations", "meta.helm.sh/release-name", release);
        mark("annotations", "meta.helm.sh/release-namespace", its_namespace);
        object
    }

    /// The object as YAML. Values of Secrets are masked.
    pub fn yaml(&self) -> String {
        yaml::from_json(&self.object.to_string(), yaml::Options::VIEW).unwrap_or_default()
    }
}

/// The objects of a manifest in their order, and what is wrong with documents that cannot be read.
pub fn items(manifest: &str) -> (Vec<Item>, Vec<String>) {
    let mut items = Vec::new();
    let mut unreadable = Vec::new();
    for document in documents(manifest) {
        let template = document
            .lines()
            .find_map(|line| line.strip_prefix("# Source: "))
            .unwrap_or_default()
            .trim()
            .to_owned();
        match read(document) {
            Ok(Value::Null) => {}
            Ok(Value::Object(object)) => spread(Value::Object(object), &template, &mut items),
            Ok(_) => unreadable.push(format!("a document of {template} is no object")),
            Err(mark) => unreadable.push(format!("{template}: {}", mark.text)),
        }
    }
    (items, unreadable)
}

/// A document. JSON is YAML as well, and read a good deal faster.
fn read(document: &str) -> Result<Value, edit::Mark> {
    let is_comment = |line: &&str| line.trim_start().starts_with('#') || line.trim().is_empty();
    let from = document.split_inclusive('\n').take_while(is_comment).map(str::len).sum();
    let body = document.get(from..).unwrap_or_default();
    match body.starts_with('{').then(|| serde_json::from_str(body)) {
        Some(Ok(object)) => Ok(object),
        _ => edit::read(document),
    }
}

/// Which object a document is of, for a release; with the namespaces that it says itself and that the release is in.
pub(super) fn id(
    catalogue: &Catalogue,
    (group, version, kind): (&str, &str, &str),
    name: &str,
    (own, release): (&str, &str),
) -> ObjectId {
    let of = |r: &&Resource| r.gvr.group == group && r.kind == kind;
    let exact = catalogue.all().iter().find(|r| of(r) && r.gvr.version == version);
    // A version that is not served any more is not another object.
    let served = exact.or_else(|| catalogue.all().iter().find(of));
    let namespaced = served.is_none_or(|resource| resource.namespaced);
    let namespace = match own {
        _ if !namespaced => "",
        "" => release,
        own => own,
    };
    ObjectId {
        group: group.into(),
        kind: kind.into(),
        namespace: namespace.into(),
        name: name.into(),
    }
}

/// A List is what is in it.
fn spread(mut object: Value, template: &str, items: &mut Vec<Item>) {
    let is_list = object["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
    match object.get_mut("items").map(Value::take) {
        Some(Value::Array(all)) if is_list => {
            for one in all {
                spread(one, template, items);
            }
        }
        taken => {
            if let Some(taken) = taken {
                object["items"] = taken;
            }
            items.push(Item { object, template: template.to_owned() });
        }
    }
}

/// Where the documents of a text stand, by the lines of three dashes between them.
pub fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let (mut from, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let rest = line.strip_prefix("---");
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r'])) {
            spans.push(from..at);
            from = at + line.len();
        }
        at += line.len();
    }
    spans.push(from..at);
    spans.retain(|span| text.get(span.clone()).is_some_and(|one| !one.trim().is_empty()));
    spans
}

fn documents(text: &str) -> impl Iterator<Item = &str> {
    spans(text).into_iter().filter_map(|span| text.get(span))
}

/// A manifest to be read by people: as it is, but that values of Secrets are masked.
pub fn readable(manifest: &str) -> String {
    let mut out = String::new();
    for document in documents(manifest) {
        let (items, unreadable) = items(document);
        let secret = items.iter().any(|item| item.gvk().2 == "Secret");
        out.push_str("---\n");
        if !unreadable.is_empty() {
            // It may be a Secret that nobody can read.
            out.push_str("# not shown: it cannot be read as YAML\n");
        } else if secret {
            for item in &items {
                if !item.template.is_empty() {
                    out.push_str(&format!("# Source: {}\n", item.template));
                }
                out.push_str(&item.yaml());
            }
        } else {
            out.push_str(document.trim_matches('\n'));
            out.push('\n');
        }
    }
    out
}

/// What changes from one manifest to another, object by object: those that go, those that come, those
/// that stay and change. Each begins with a line that names it.
pub fn changes(from: &[Item], to: &[Item]) -> Vec<DiffLine> {
    // Group and kind, but no version: the same object is served in several.
    fn key(item: &Item) -> (String, String, String, String) {
        let (group, _, kind) = item.gvk();
        let namespace = item.text("/metadata/namespace");
        (kind.into(), item.name().into(), namespace.into(), group.into())
    }
    let mut both: BTreeMap<_, (Option<&Item>, Option<&Item>)> = BTreeMap::new();
    for item in from {
        both.entry(key(item)).or_default().0 = Some(item);
    }
    for item in to {
        both.entry(key(item)).or_default().1 = Some(item);
    }
    let mut lines = Vec::new();
    for ((kind, name, namespace, _), (before, after)) in both {
        if before.map(|item| &item.object) == after.map(|item| &item.object) {
            continue;
        }
        let place = if namespace.is_empty() { String::new() } else { format!(" in {namespace}") };
        let fate = match (before, after) {
            (None, _) => ": comes",
            (_, Some(_)) => "",
            (Some(item), None) if item.is_kept() => ": stays, as its resource policy says",
            (_, None) => ": goes",
        };
        let text =
            crate::text::sanitise::clean(&format!("@@ {kind}/{name}{place}{fate} @@")).into_owned();
        lines.push(DiffLine { sign: Sign::Hunk, text });
        let yaml = |item: Option<&Item>| item.map_or(String::new(), Item::yaml);
        let changed = diff::lines(&yaml(before), &yaml(after));
        if changed.is_empty() {
            let text = format!("  values that are not shown change ({})", mask::MASK);
            lines.push(DiffLine { sign: Sign::Same, text });
        }
        // The object's own line says where one is.
        lines.extend(changed.into_iter().skip_while(|line| line.sign == Sign::Hunk));
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::Gvr;

    const MANIFEST: &str = "---\n# Source: web/templates/secret.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ndata:\n  password: aHVudGVyMg==\n---\n# Source: web/templates/all.yaml\napiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: web\n    namespace: other\n  spec:\n    replicas: 2\n- apiVersion: rbac.authorization.k8s.io/v1\n  kind: ClusterRole\n  metadata:\n    name: web\n    annotations:\n      helm.sh/resource-policy: keep\n---\n# nothing here\n--- # the end\nkind: [broken\n";

    fn catalogue() -> Catalogue {
        let role = Resource {
            gvr: Gvr::new("rbac.authorization.k8s.io", "v1", "clusterroles"),
            kind: "ClusterRole".into(),
            singular: "clusterrole".into(),
            short_names: Vec::new(),
            categories: Vec::new(),
            namespaced: false,
            verbs: vec!["list".into()],
            subresources: Vec::new(),
            preferred: true,
        };
        Catalogue::new(vec![role])
    }

    #[test]
    fn a_manifest_is_its_objects_with_their_templates() {
        let (items, unreadable) = items(MANIFEST);
        let ids: Vec<(String, String)> = items
            .iter()
            .map(|item| {
                let id = item.id(&catalogue(), "shop");
                (id.to_string(), id.namespace.to_string())
            })
            .collect();
        let id = |name: &str, namespace: &str| (name.to_owned(), namespace.to_owned());
        assert_eq!(
            ids,
            [id("Secret/web", "shop"), id("Deployment/web", "other"), id("ClusterRole/web", "")]
        );
        assert_eq!(items[0].template, "web/templates/secret.yaml");
        assert!(items[2].is_kept() && !items[1].is_kept());
        assert_eq!(unreadable.len(), 1, "{unreadable:?}");
    }

    #[test]
    fn no_value_of_a_secret_is_shown() {
        let shown = readable(MANIFEST);
        assert!(!shown.contains("aHVudGVyMg"), "{shown}");
        assert!(shown.contains("password: '********'"), "{shown}");
        assert!(shown.contains("replicas: 2\n"), "{shown}");
        let (before, _) = items(MANIFEST);
        let (after, _) = items(&MANIFEST.replace("aHVudGVyMg==", "b3RoZXI="));
        let lines = changes(&before, &after);
        assert_eq!(lines[0].text, "@@ Secret/web @@");
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].text.contains("not shown"));
    }

    #[test]
    fn changes_are_told_object_by_object() {
        let (before, _) = items(MANIFEST);
        let after = MANIFEST.replace("replicas: 2", "replicas: 3");
        let after = after.replace("kind: Secret", "kind: ConfigMap");
        let (mut after, _) = items(&after);
        after.pop();
        let texts: Vec<String> =
            changes(&before, &after).into_iter().map(|line| line.text).collect();
        let heads: Vec<&str> =
            texts.iter().filter(|t| t.starts_with("@@")).map(String::as_str).collect();
        assert_eq!(
            heads,
            [
                "@@ ClusterRole/web: stays, as its resource policy says @@",
                "@@ ConfigMap/web: comes @@",
                "@@ Deployment/web in other @@",
                "@@ Secret/web: goes @@",
            ]
        );
        assert!(texts.contains(&"-   replicas: 2".to_owned()), "{texts:?}");
        assert!(texts.contains(&"+   replicas: 3".to_owned()), "{texts:?}");
    }
}
