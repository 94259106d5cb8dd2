//! Where one can go from an object of any kind: fields that by custom refer to other objects.

use super::super::RowBuilder;
use crate::model::Link;
use crate::text::jsonpath::Node;

/// Most references kept of one object.
const MAX_LINKS: usize = 8;

/// Fields that hold a bare name, and what it names: field, group, kind.
const NAMES: &[(&str, &str, &str)] = &[
    ("secretName", "", "Secret"),
    ("configMapName", "", "ConfigMap"),
    ("serviceName", "", "Service"),
    ("serviceAccountName", "", "ServiceAccount"),
    ("claimName", "", "PersistentVolumeClaim"),
    ("volumeName", "", "PersistentVolume"),
    ("nodeName", "", "Node"),
    ("storageClassName", "storage.k8s.io", "StorageClass"),
    ("ingressClassName", "networking.k8s.io", "IngressClass"),
    ("gatewayClassName", "gateway.networking.k8s.io", "GatewayClass"),
];

/// Kinds that references name by their field alone: beginning of the field, group, kind.
const FIELDS: &[(&str, &str, &str)] = &[
    ("secretKey", "", "Secret"),
    ("secret", "", "Secret"),
    ("configMapKey", "", "ConfigMap"),
    ("configMap", "", "ConfigMap"),
    ("serviceAccount", "", "ServiceAccount"),
    ("service", "", "Service"),
    ("backend", "", "Service"),
    ("claim", "", "PersistentVolumeClaim"),
    ("node", "", "Node"),
    ("namespace", "", "Namespace"),
    ("issuer", "cert-manager.io", "Issuer"),
    ("parent", "gateway.networking.k8s.io", "Gateway"),
    ("gatewayClass", "gateway.networking.k8s.io", "GatewayClass"),
    ("storageClass", "storage.k8s.io", "StorageClass"),
];

/// Kinds of the lists above that have no namespace.
const CLUSTER_SCOPED: &[&str] = &[
    "Node",
    "Namespace",
    "PersistentVolume",
    "StorageClass",
    "IngressClass",
    "GatewayClass",
    "ClusterIssuer",
    "ClusterRole",
    "ClusterSecretStore",
    "ProviderConfig",
    "PriorityClass",
];

/// What a field's name is without `Ref`, `Refs`, `Reference`, `References`.
fn stem(field: &str) -> Option<&str> {
    ["Refs", "Ref", "References", "Reference"]
        .iter()
        .find_map(|suffix| field.strip_suffix(suffix))
        .or_else(|| matches!(field, "ref" | "refs").then_some(""))
}

/// Whether a field of this name refers to something.
pub(super) fn is_ref(field: &str) -> bool {
    stem(field).is_some() || NAMES.iter().any(|(name, ..)| *name == field)
}

/// Adds the references found below `spec`.
pub(super) fn links(tree: &Node<'_>, group: &str, namespace: &str, row: &mut RowBuilder<'_>) {
    let Some(spec) = tree.get("spec") else { return };
    let mut found = Found { group, namespace, row, seen: Vec::new() };
    found.walk(spec, "spec", 0);
}

struct Found<'f, 'p> {
    /// Group of the object itself: where a kind that only a field names is looked for.
    group: &'f str,
    namespace: &'f str,
    row: &'f mut RowBuilder<'p>,
    seen: Vec<Link>,
}

impl Found<'_, '_> {
    fn walk(&mut self, node: &Node<'_>, path: &str, depth: u8) {
        if self.seen.len() >= MAX_LINKS || depth > 8 {
            return;
        }
        match node {
            Node::List(items) => items.iter().for_each(|item| self.walk(item, path, depth + 1)),
            Node::Map(fields) => {
                for (key, value) in fields {
                    let path = format!("{path}.{key}");
                    if !is_ref(key) {
                        self.walk(value, &path, depth + 1);
                    } else if let Node::List(items) = value {
                        items.iter().for_each(|item| self.reference(key, &path, item));
                    } else {
                        self.reference(key, &path, value);
                    }
                }
            }
            _ => {}
        }
    }

    fn reference(&mut self, field: &str, path: &str, value: &Node<'_>) {
        let guess = stem(field).map_or_else(
            || {
                let known = NAMES.iter().find(|(name, ..)| *name == field);
                known.map(|(_, group, kind)| ((*group).to_owned(), (*kind).to_owned()))
            },
            |stem| self.by_stem(stem),
        );
        let text = |key: &str| value.get(key).and_then(Node::as_str).filter(|s| !s.is_empty());
        let (name, group, kind) = match value {
            Node::Str(name) => {
                let Some((group, kind)) = guess else { return };
                (name.to_string(), group, kind)
            }
            Node::Map(_) => {
                let Some(name) = text("name") else { return };
                // An apiVersion without a slash is the core group.
                let version = text("apiVersion");
                let given_group = text("group")
                    .or(text("apiGroup"))
                    .or(version.map(|v| v.split_once('/').map_or("", |(group, _)| group)));
                match (text("kind"), guess) {
                    (Some(kind), guess) => {
                        let guessed = guess.map(|(group, guessed)| {
                            // `issuerRef: {kind: ClusterIssuer}` stays in the issuers' group.
                            if kind.ends_with(&guessed) || group.contains('.') {
                                group
                            } else {
                                core_or(kind, self.group)
                            }
                        });
                        let group = given_group.map_or_else(
                            || guessed.unwrap_or_else(|| core_or(kind, self.group)),
                            str::to_owned,
                        );
                        (name.to_owned(), group, kind.to_owned())
                    }
                    (None, Some((group, kind))) => {
                        (name.to_owned(), given_group.map_or(group, str::to_owned), kind)
                    }
                    (None, None) => return,
                }
            }
            _ => return,
        };
        if name.is_empty() {
            return;
        }
        let cluster_scoped = CLUSTER_SCOPED.contains(&kind.as_str()) || kind.starts_with("Cluster");
        let namespace = match text("namespace") {
            Some(namespace) => namespace,
            None if cluster_scoped => "",
            None => self.namespace,
        };
        let link = Link::Ref {
            field: self.row.shared(path),
            group: self.row.shared(&group),
            kind: self.row.shared(&kind),
            namespace: self.row.shared(namespace),
            name: self.row.unique(&name),
        };
        if self.seen.len() < MAX_LINKS && !self.seen.contains(&link) {
            self.seen.push(link.clone());
            self.row.link(link);
        }
    }

    /// Group and kind that `secret` of `secretRef` means. Unknown stems name a kind of the
    /// object's own group.
    fn by_stem(&self, stem: &str) -> Option<(String, String)> {
        let known = FIELDS.iter().find(|(field, ..)| {
            stem == *field || capital(field).is_some_and(|capital| stem.ends_with(&capital))
        });
        match known {
            Some((_, group, kind)) => Some(((*group).to_owned(), (*kind).to_owned())),
            None => capital(stem).map(|kind| (self.group.to_owned(), kind)),
        }
    }
}

fn capital(word: &str) -> Option<String> {
    let mut chars = word.chars();
    let first = chars.next()?;
    Some(first.to_uppercase().chain(chars).collect())
}

/// The core group for its best-known kinds, else the given one.
fn core_or(kind: &str, group: &str) -> String {
    const CORE: &[&str] = &[
        "Secret",
        "ConfigMap",
        "Service",
        "ServiceAccount",
        "Namespace",
        "Node",
        "Pod",
        "PersistentVolumeClaim",
        "PersistentVolume",
    ];
    const APPS: &[&str] = &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];
    if CORE.contains(&kind) {
        String::new()
    } else if APPS.contains(&kind) {
        "apps".to_owned()
    } else {
        group.to_owned()
    }
}
