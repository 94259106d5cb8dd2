//! Everything a pod's spec refers to, and in which field.

use crate::text::jsonpath::Node;

/// One reference.
#[derive(Debug)]
pub(super) struct Used<'u> {
    /// Below the pod's spec: `containers[api].env[TOKEN]`.
    pub(super) field: String,
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    pub(super) namespaced: bool,
    pub(super) name: &'u str,
    /// The name is that of a volume: its claim is called after pod and volume.
    pub(super) of_pod: bool,
}

const SECRET: &str = "Secret";
const CONFIG_MAP: &str = "ConfigMap";
const CLAIM: &str = "PersistentVolumeClaim";

/// Volume sources that take their credentials from a Secret.
const WITH_SECRET_REF: &[&str] =
    &["cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"];

struct Finder<'f, F> {
    found: &'f mut F,
}

/// Calls `found` with every reference; the same object may be named in several fields.
pub(super) fn references<'n, F: FnMut(&Used<'n>)>(spec: &'n Node<'_>, found: &mut F) {
    let mut finder = Finder { found };
    let text = |key: &str| spec.get(key).and_then(Node::as_str).unwrap_or_default();
    let account = match text("serviceAccountName") {
        "" => text("serviceAccount"),
        name => name,
    };
    finder.core("serviceAccountName".to_owned(), "ServiceAccount", account);
    finder.one("nodeName".to_owned(), "", "Node", false, text("nodeName"));
    let priority = text("priorityClassName");
    finder.one(
        "priorityClassName".to_owned(),
        "scheduling.k8s.io",
        "PriorityClass",
        false,
        priority,
    );
    let runtime = text("runtimeClassName");
    finder.one("runtimeClassName".to_owned(), "node.k8s.io", "RuntimeClass", false, runtime);
    for secret in items(spec, "imagePullSecrets") {
        finder.core("imagePullSecrets".to_owned(), SECRET, name(secret));
    }
    for claim in items(spec, "resourceClaims") {
        let field = format!("resourceClaims[{}]", name(claim));
        let target = claim.get("resourceClaimName").and_then(Node::as_str).unwrap_or_default();
        finder.one(field.clone(), "resource.k8s.io", "ResourceClaim", true, target);
        let target =
            claim.get("resourceClaimTemplateName").and_then(Node::as_str).unwrap_or_default();
        finder.one(field, "resource.k8s.io", "ResourceClaimTemplate", true, target);
    }
    for volume in items(spec, "volumes") {
        finder.volume(volume, &mounts(spec, name(volume)));
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in items(spec, list) {
            finder.container(list, container);
        }
    }
}

impl<F> Finder<'_, F> {
    fn one<'n>(
        &mut self,
        field: String,
        group: &'static str,
        kind: &'static str,
        namespaced: bool,
        name: &'n str,
    ) where
        F: FnMut(&Used<'n>),
    {
        if !name.is_empty() {
            (self.found)(&Used { field, group, kind, namespaced, name, of_pod: false });
        }
    }

    fn core<'n>(&mut self, field: String, kind: &'static str, name: &'n str)
    where
        F: FnMut(&Used<'n>),
    {
        self.one(field, "", kind, true, name);
    }

    /// `mounted` says where containers see it.
    fn volume<'n>(&mut self, volume: &'n Node<'_>, mounted: &str)
    where
        F: FnMut(&Used<'n>),
    {
        let Node::Map(fields) = volume else { return };
        let field = format!("volumes[{}]", name(volume));
        for (source, value) in fields {
            let text = |key: &str| value.get(key).and_then(Node::as_str).unwrap_or_default();
            let at = |value: &Node<'_>| marked(&format!("{field}{mounted}"), value);
            match &**source {
                "configMap" => self.core(at(value), CONFIG_MAP, name(value)),
                "secret" => self.core(at(value), SECRET, text("secretName")),
                "persistentVolumeClaim" => self.core(at(value), CLAIM, text("claimName")),
                "projected" => {
                    for part in items(value, "sources") {
                        if let Some(map) = part.get("configMap") {
                            self.core(at(map), CONFIG_MAP, name(map));
                        }
                        if let Some(secret) = part.get("secret") {
                            self.core(at(secret), SECRET, name(secret));
                        }
                    }
                }
                "csi" => {
                    let driver = text("driver");
                    self.one(at(value), "storage.k8s.io", "CSIDriver", false, driver);
                    let secret = value.get("nodePublishSecretRef").map_or("", name);
                    self.core(format!("{field}.csi.nodePublishSecretRef"), SECRET, secret);
                }
                "azureFile" => self.core(at(value), SECRET, text("secretName")),
                "ephemeral" => (self.found)(&Used {
                    field: format!("{field}.ephemeral"),
                    group: "",
                    kind: CLAIM,
                    namespaced: true,
                    name: name(volume),
                    of_pod: true,
                }),
                other if WITH_SECRET_REF.contains(&other) => {
                    let secret = value.get("secretRef").map_or("", name);
                    self.core(format!("{field}.{other}.secretRef"), SECRET, secret);
                }
                _ => {}
            }
        }
    }

    fn container<'n>(&mut self, list: &str, container: &'n Node<'_>)
    where
        F: FnMut(&Used<'n>),
    {
        let path = format!("{list}[{}]", name(container));
        for from in items(container, "envFrom") {
            let field = format!("{path}.envFrom");
            if let Some(map) = from.get("configMapRef") {
                self.core(marked(&field, map), CONFIG_MAP, name(map));
            }
            if let Some(secret) = from.get("secretRef") {
                self.core(marked(&field, secret), SECRET, name(secret));
            }
        }
        for variable in items(container, "env") {
            let Some(from) = variable.get("valueFrom") else { continue };
            let field = format!("{path}.env[{}]", name(variable));
            if let Some(map) = from.get("configMapKeyRef") {
                self.core(marked(&field, map), CONFIG_MAP, name(map));
            }
            if let Some(secret) = from.get("secretKeyRef") {
                self.core(marked(&field, secret), SECRET, name(secret));
            }
        }
    }
}

/// ` at /etc/config, /var/cache`: where containers see a volume; empty where none does.
fn mounts(spec: &Node<'_>, volume: &str) -> String {
    let mut paths: Vec<&str> = Vec::new();
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in items(spec, list) {
            for key in ["volumeMounts", "volumeDevices"] {
                for mount in items(container, key).iter().filter(|mount| name(mount) == volume) {
                    let path = if key == "volumeMounts" { "mountPath" } else { "devicePath" };
                    let path = mount.get(path).and_then(Node::as_str).unwrap_or_default();
                    if !path.is_empty() && !paths.contains(&path) {
                        paths.push(path);
                    }
                }
            }
        }
    }
    if paths.is_empty() { String::new() } else { format!(" at {}", paths.join(", ")) }
}

/// The field, and that the pod starts without what it names, where that is so.
fn marked(field: &str, reference: &Node<'_>) -> String {
    match reference.get("optional") {
        Some(Node::Bool(true)) => format!("{field} (optional)"),
        _ => field.to_owned(),
    }
}

fn name<'n>(node: &'n Node<'_>) -> &'n str {
    node.get("name").and_then(Node::as_str).unwrap_or_default()
}

fn items<'n, 'a>(node: &'n Node<'a>, key: &str) -> &'n [Node<'a>] {
    node.get(key).map(Node::items).unwrap_or_default()
}
