//! Sources of volumes, of pods and of PersistentVolumes: each is a type and a few fields.

use super::containers::Home;
use super::meta::{self, target};
use super::node::Node;
use super::storage;
use super::words;
use super::writer::{Cell, Out};

/// How a field of a source is written.
#[derive(Clone, Copy)]
enum How {
    /// As it is.
    Text,
    /// As it is, or this where it is missing.
    Or(&'static str),
    /// A truth value, false where it is missing.
    Flag,
    /// A number, 0 where it is missing.
    Number,
    /// Go's list: `[a b]`.
    List,
    /// `a, b`.
    Commas,
    /// Go's map: `map[a:b]`.
    Map,
    /// A reference to a Secret, as Go prints the structure.
    SecretRef,
    /// Name of an object of this kind in the namespace of the pod.
    Name(&'static str),
}
use How::{Commas, Flag, Map, Name, Number, Or, SecretRef, Text};

/// A sort of source: its field, what it is, and its own fields (title, path, how).
type Source = (&'static str, &'static str, &'static [(&'static str, &'static str, How)]);

const FS_TYPE: (&str, &str, How) = ("FSType", "fsType", Text);
const READ_ONLY: (&str, &str, How) = ("ReadOnly", "readOnly", Flag);
const SECRET_REF: (&str, &str, How) = ("SecretRef", "secretRef", SecretRef);
const VOLUME_ID: (&str, &str, How) = ("VolumeID", "volumeID", Text);
const PARTITION: (&str, &str, How) = ("Partition", "partition", Number);

/// Sources that are written alike wherever they stand.
const SOURCES: &[Source] = &[
    (
        "hostPath",
        "HostPath (bare host directory volume)",
        &[("Path", "path", Text), ("HostPathType", "type", Or("<none>"))],
    ),
    (
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        &[("PDName", "pdName", Text), FS_TYPE, PARTITION, READ_ONLY],
    ),
    (
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        &[VOLUME_ID, FS_TYPE, PARTITION, READ_ONLY],
    ),
    (
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        &[("Repository", "repository", Text), ("Revision", "revision", Text)],
    ),
    (
        "secret",
        "Secret (a volume populated by a Secret)",
        &[("SecretName", "secretName", Name("Secret")), ("Optional", "optional", Flag)],
    ),
    (
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        &[("Name", "name", Name("ConfigMap")), ("Optional", "optional", Flag)],
    ),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        &[("Server", "server", Text), ("Path", "path", Text), READ_ONLY],
    ),
    (
        "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        &[
            ("TargetPortal", "targetPortal", Text),
            ("IQN", "iqn", Text),
            ("Lun", "lun", Number),
            ("ISCSIInterface", "iscsiInterface", Text),
            FS_TYPE,
            READ_ONLY,
            ("Portals", "portals", How::List),
            ("DiscoveryCHAPAuth", "chapAuthDiscovery", Flag),
            ("SessionCHAPAuth", "chapAuthSession", Flag),
            SECRET_REF,
            ("InitiatorName", "initiatorName", Or("<none>")),
        ],
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        &[("ClaimName", "claimName", Name("PersistentVolumeClaim")), READ_ONLY],
    ),
    (
        "rbd",
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        &[
            ("CephMonitors", "monitors", How::List),
            ("RBDImage", "image", Text),
            FS_TYPE,
            ("RBDPool", "pool", Text),
            ("RadosUser", "user", Text),
            ("Keyring", "keyring", Text),
            SECRET_REF,
            READ_ONLY,
        ],
    ),
    (
        "quobyte",
        "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        &[("Registry", "registry", Text), ("Volume", "volume", Text), READ_ONLY],
    ),
    (
        "azureDisk",
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        &[
            ("DiskName", "diskName", Text),
            ("DiskURI", "diskURI", Text),
            ("Kind", "kind", Text),
            FS_TYPE,
            ("CachingMode", "cachingMode", Text),
            READ_ONLY,
        ],
    ),
    (
        "vsphereVolume",
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        &[
            ("VolumePath", "volumePath", Text),
            FS_TYPE,
            ("StoragePolicyName", "storagePolicyName", Text),
        ],
    ),
    (
        "cinder",
        "Cinder (a Persistent Disk resource in OpenStack)",
        &[VOLUME_ID, FS_TYPE, READ_ONLY, SECRET_REF],
    ),
    (
        "photonPersistentDisk",
        "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
        &[("PdID", "pdID", Text), FS_TYPE],
    ),
    ("portworxVolume", "PortworxVolume (a Portworx Volume resource)", &[VOLUME_ID]),
    (
        "cephfs",
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        &[
            ("Monitors", "monitors", How::List),
            ("Path", "path", Text),
            ("User", "user", Text),
            ("SecretFile", "secretFile", Text),
            SECRET_REF,
            READ_ONLY,
        ],
    ),
    (
        "storageos",
        "StorageOS (a StorageOS Persistent Disk resource)",
        &[
            ("VolumeName", "volumeName", Text),
            ("VolumeNamespace", "volumeNamespace", Text),
            FS_TYPE,
            READ_ONLY,
        ],
    ),
    (
        "fc",
        "FC (a Fibre Channel disk)",
        &[("TargetWWNs", "targetWWNs", Commas), ("LUN", "lun", Or("<none>")), FS_TYPE, READ_ONLY],
    ),
    (
        "flexVolume",
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        &[("Driver", "driver", Text), FS_TYPE, SECRET_REF, READ_ONLY, ("Options", "options", Map)],
    ),
    (
        "flocker",
        "Flocker (a Flocker volume mounted by the Flocker agent)",
        &[("DatasetName", "datasetName", Text), ("DatasetUUID", "datasetUUID", Text)],
    ),
    (
        "local",
        "LocalVolume (a persistent volume backed by local storage on a node)",
        &[("Path", "path", Text)],
    ),
    (
        "image",
        "Image (a container image or OCI artifact)",
        &[("Reference", "reference", Text), ("PullPolicy", "pullPolicy", Text)],
    ),
];

const GLUSTERFS: &str = "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)";
const SCALE_IO: &str = "ScaleIO (a persistent volume backed by a block device in ScaleIO)";
const AZURE_FILE: &str =
    "AzureFile (an Azure File Service mount on the host and bind mount to the pod)";
const CSI: &str = "CSI (a Container Storage Interface (CSI) volume source)";
const SCALE_IO_FIRST: [(&str, &str, How); 6] = [
    ("Gateway", "gateway", Text),
    ("System", "system", Text),
    ("Protection Domain", "protectionDomain", Text),
    ("Storage Pool", "storagePool", Text),
    ("Storage Mode", "storageMode", Text),
    ("VolumeName", "volumeName", Text),
];

/// Sources of volumes of pods.
const OF_PODS: &[Source] = &[
    (
        "glusterfs",
        GLUSTERFS,
        &[("EndpointsName", "endpoints", Text), ("Path", "path", Text), READ_ONLY],
    ),
    (
        "scaleIO",
        SCALE_IO,
        &[
            SCALE_IO_FIRST[0],
            SCALE_IO_FIRST[1],
            SCALE_IO_FIRST[2],
            SCALE_IO_FIRST[3],
            SCALE_IO_FIRST[4],
            SCALE_IO_FIRST[5],
            FS_TYPE,
            READ_ONLY,
        ],
    ),
    (
        "azureFile",
        AZURE_FILE,
        &[
            ("SecretName", "secretName", Name("Secret")),
            ("ShareName", "shareName", Text),
            READ_ONLY,
        ],
    ),
    ("csi", CSI, &[("Driver", "driver", Text), FS_TYPE, READ_ONLY]),
];

/// Sources of PersistentVolumes, which live in no namespace and so tell those of what they need.
const OF_PERSISTENT_VOLUMES: &[Source] = &[
    (
        "glusterfs",
        GLUSTERFS,
        &[
            ("EndpointsName", "endpoints", Text),
            ("EndpointsNamespace", "endpointsNamespace", Or("<unset>")),
            ("Path", "path", Text),
            READ_ONLY,
        ],
    ),
    (
        "scaleIO",
        SCALE_IO,
        &[
            SCALE_IO_FIRST[0],
            SCALE_IO_FIRST[1],
            SCALE_IO_FIRST[2],
            SCALE_IO_FIRST[3],
            SCALE_IO_FIRST[4],
            SCALE_IO_FIRST[5],
            ("SecretName", "secretRef.name", Text),
            ("SecretNamespace", "secretRef.namespace", Text),
            FS_TYPE,
            READ_ONLY,
        ],
    ),
    (
        "azureFile",
        AZURE_FILE,
        &[
            ("SecretName", "secretName", Text),
            ("SecretNamespace", "secretNamespace", Text),
            ("ShareName", "shareName", Text),
            READ_ONLY,
        ],
    ),
    (
        "csi",
        CSI,
        &[("Driver", "driver", Text), FS_TYPE, ("VolumeHandle", "volumeHandle", Text), READ_ONLY],
    ),
];

/// The volumes of a pod or of a template.
pub(super) fn write(out: &mut Out, volumes: Node<'_>, home: Home<'_>) {
    let title = format!("{}Volumes", home.space);
    if volumes.items().len() == 0 {
        return out.field(0, &title, "<none>");
    }
    out.head(0, &title);
    for volume in volumes.items() {
        out.line(1, home.named(volume.get("name")));
        if volume.get("emptyDir").exists() {
            empty_dir(out, volume.get("emptyDir"));
        } else if volume.get("projected").exists() {
            projected(out, volume.at("projected.sources"), home);
        } else if volume.get("downwardAPI").exists() {
            downward(out, volume.at("downwardAPI.items"));
        } else if volume.get("ephemeral").exists() {
            out.field(2, "Type", "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)");
            let template = volume.at("ephemeral.volumeClaimTemplate");
            if template.exists() {
                out.nested(2, |out| storage::claim(out, template, None));
            }
        } else if !source(out, volume, OF_PODS, home.namespace) {
            out.line(1, "<unknown>");
        }
    }
}

/// The source of a PersistentVolume.
pub(super) fn persistent(out: &mut Out, spec: Node<'_>) {
    if !source(out, spec, OF_PERSISTENT_VOLUMES, "") {
        out.line(1, "<unknown>");
    }
}

/// Writes the source that is there; false where none is known.
fn source(out: &mut Out, holder: Node<'_>, more: &[Source], namespace: &str) -> bool {
    let found = more.iter().chain(SOURCES).find(|(field, _, _)| holder.get(field).exists());
    let Some((field, what, fields)) = found else { return false };
    let source = holder.get(field);
    out.field(2, "Type", *what);
    for (title, path, how) in *fields {
        out.field(2, title, value(source.at(path), *how, namespace));
    }
    if *field == "csi" {
        let attributes = source.get("volumeAttributes").entries();
        let lines = attributes
            .iter()
            .map(|(key, value)| meta::cut(&format!("{key}={}", value.text()), 140).into());
        meta::list(out, 2, "VolumeAttributes", lines.collect());
    }
    true
}

fn value(node: Node<'_>, how: How, namespace: &str) -> Cell {
    match how {
        Text => node.text().into(),
        Or(default) => {
            if node.exists() {
                node.text().into()
            } else {
                default.into()
            }
        }
        Flag => words::truth(node).into(),
        Number => node.num().into(),
        How::List => format!("[{}]", node.texts().join(" ")).into(),
        Commas => node.texts().join(", ").into(),
        Map if node.exists() => node.text().into(),
        Map => "map[]".into(),
        SecretRef if !node.exists() => "nil".into(),
        SecretRef => {
            let own = node.get("namespace").str();
            let to = target(
                "",
                "Secret",
                if own.is_empty() { namespace } else { own },
                node.get("name").str(),
            );
            let name = node.get("name").text();
            if node.get("namespace").exists() || namespace.is_empty() {
                Cell::from("&SecretReference{Name:")
                    .and(Cell::link(name, to))
                    .and(format!(",Namespace:{own},}}"))
            } else {
                Cell::from("&LocalObjectReference{Name:").and(Cell::link(name, to)).and(",}")
            }
        }
        Name(kind) => Cell::link(node.text(), target("", kind, namespace, node.str())),
    }
}

fn empty_dir(out: &mut Out, dir: Node<'_>) {
    out.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
    out.field(2, "Medium", dir.get("medium").text());
    let limit = dir.get("sizeLimit").text();
    let limit = if limit.is_empty() || limit == "0" { "<unset>".to_owned() } else { limit };
    out.field(2, "SizeLimit", limit);
}

fn projected(out: &mut Out, sources: Node<'_>, home: Home<'_>) {
    out.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for source in sources.items() {
        let (secret, map) = (source.get("secret"), source.get("configMap"));
        let (bundle, token) = (source.get("clusterTrustBundle"), source.get("serviceAccountToken"));
        let named = |out: &mut Out, title: &str, kind: &str, of: Node<'_>| {
            let name = of.get("name");
            out.field(2, title, Cell::link(name.text(), home.to(kind, name)));
            out.field(2, "Optional", words::truth(of.get("optional")));
        };
        if secret.exists() {
            named(out, "SecretName", "Secret", secret);
        } else if source.get("downwardAPI").exists() {
            out.field(2, "DownwardAPI", "true");
        } else if map.exists() {
            named(out, "ConfigMapName", "ConfigMap", map);
        } else if token.exists() {
            out.field(2, "TokenExpirationSeconds", token.get("expirationSeconds").num());
        } else if bundle.exists() {
            let name = bundle.get("name");
            let name = if name.exists() { name } else { bundle.get("signerName") };
            out.own(|out| out.field(2, "ClusterTrustBundle", name.text()));
        }
    }
}

fn downward(out: &mut Out, items: Node<'_>) {
    out.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
    out.head(2, "Items");
    for item in items.items() {
        let path = item.get("path").text();
        for (from, field) in [("fieldRef", "fieldPath"), ("resourceFieldRef", "resource")] {
            if item.get(from).exists() {
                out.line(3, format!("{} -> {path}", item.get(from).get(field).text()));
            }
        }
    }
}
