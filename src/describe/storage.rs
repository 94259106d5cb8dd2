//! Claims, volumes, storage classes, and the drivers of a node.

use super::ask::{Ask, Key};
use super::conditions::{self, Column};
use super::meta::{self, target};
use super::node::Node;
use super::words;
use super::writer::{Cell, Out};
use super::{Context, Subject, volumes};
use crate::model::Tone;

/// The storage class of a claim or volume; the annotation of old goes before the field.
fn class(object: Node<'_>) -> Cell {
    let old = object.at("metadata.annotations").get("volume.beta.kubernetes.io/storage-class");
    let class = if old.exists() { old } else { object.at("spec.storageClassName") };
    Cell::link(class.text(), target("storage.k8s.io", "StorageClass", "", class.str()))
}

/// `RWO,ROX`, each once, in this order.
fn modes(modes: Node<'_>) -> String {
    const KNOWN: [(&str, &str); 4] = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let there = modes.texts();
    let known = KNOWN.iter().filter(|(mode, _)| there.iter().any(|one| one == mode));
    known.map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

fn finalizers(object: Node<'_>) -> String {
    format!("[{}]", object.at("metadata.finalizers").texts().join(" "))
}

fn phase(context: &Context<'_>) -> Cell {
    let object = context.object;
    match meta::terminating(object, context.now) {
        Some(words) => Cell::toned(words, Tone::Busy),
        None => {
            let phase = object.at("status.phase").text();
            let tone = match phase.as_str() {
                "Bound" | "Available" => Tone::Good,
                "Pending" => Tone::Busy,
                "Lost" | "Failed" => Tone::Bad,
                _ => Tone::Plain,
            };
            Cell::toned(phase, tone)
        }
    }
}

/// The pods that use a claim are among all of its namespace.
pub(super) fn claim_asks(subject: &Subject) -> Vec<Ask> {
    vec![Ask::list(Key::Pods, ("", "v1", "pods", "Pod"), subject.namespace())]
}

pub(super) fn persistent_volume_claim(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    claim(out, object, Some(context));
    used_by(context, out);
    let columns = [Column::Probe, Column::Transition, Column::Reason, Column::Message];
    conditions::write(out, object, context.now, &columns, true);
}

fn used_by(context: &Context<'_>, out: &mut Out) {
    if let Some(why) = context.answers.missing(&Key::Pods) {
        return out.field(0, "Used By", Cell::toned(why, Tone::Warn));
    }
    let name = context.object.at("metadata.name").str();
    let owners: Vec<&str> = context
        .object
        .at("metadata.ownerReferences")
        .items()
        .filter(|owner| owner.get("kind").str() == "Pod")
        .map(|owner| owner.get("uid").str())
        .collect();
    let mut users: Vec<&str> = Vec::new();
    for pod in context.answers.items(&Key::Pods) {
        let mut volumes = pod.at("spec.volumes").items();
        let mounts =
            volumes.any(|volume| volume.at("persistentVolumeClaim.claimName").str() == name);
        if mounts || owners.contains(&pod.at("metadata.uid").str()) {
            users.push(pod.at("metadata.name").str());
        }
    }
    users.sort_unstable();
    let lines = users
        .into_iter()
        .map(|pod| Cell::link(pod, target("", "Pod", context.namespace, pod)))
        .collect();
    meta::list(out, 0, "Used By", lines);
}

/// A claim, or (without context) the template of one, which has neither name nor state.
pub(super) fn claim(out: &mut Out, claim: Node<'_>, whole: Option<&Context<'_>>) {
    let (spec, status) = (claim.get("spec"), claim.get("status"));
    if whole.is_some() {
        meta::name(out, claim);
    }
    out.field(0, "StorageClass", class(claim));
    if let Some(context) = whole {
        out.field(0, "Status", phase(context));
    }
    let volume = spec.get("volumeName");
    let to = target("", "PersistentVolume", "", volume.str());
    out.field(0, "Volume", Cell::link(volume.text(), to));
    meta::labels_and_annotations(out, claim);
    if whole.is_some() {
        out.field(0, "Finalizers", finalizers(claim));
    }
    let bound = !volume.is_empty();
    let capacity = status.at("capacity.storage").or("0");
    out.field(0, "Capacity", if bound { capacity } else { String::new() });
    let access = if bound { modes(status.get("accessModes")) } else { String::new() };
    out.field(0, "Access Modes", access);
    if spec.get("volumeMode").exists() {
        out.field(0, "VolumeMode", spec.get("volumeMode").text());
    }
    let source = spec.get("dataSource");
    if source.exists() {
        out.head(0, "DataSource");
        if source.get("apiGroup").exists() {
            out.field(1, "APIGroup", source.get("apiGroup").text());
        }
        out.field(1, "Kind", source.get("kind").text());
        let namespace = whole.map_or("", |context| context.namespace);
        let name = source.get("name").text();
        out.field(1, "Name", Cell::link(name, meta::referred(source, namespace)));
    }
}

/// Templates of the claims of a StatefulSet.
pub(super) fn claim_templates(out: &mut Out, templates: Node<'_>) {
    if templates.items().len() == 0 {
        return out.field(0, "Volume Claims", "<none>");
    }
    out.head(0, "Volume Claims");
    for claim in templates.items() {
        out.field(1, "Name", claim.at("metadata.name").text());
        out.field(1, "StorageClass", class(claim));
        meta::labels(out, 1, "Labels", claim.at("metadata.labels"));
        // Its annotations are written like labels.
        meta::labels(out, 1, "Annotations", claim.at("metadata.annotations"));
        let capacity = claim.at("spec.resources.requests.storage");
        out.field(1, "Capacity", capacity.or("<default>"));
        let modes = claim.at("spec.accessModes").texts().join(" ");
        out.field(1, "Access Modes", format!("[{modes}]"));
    }
}

pub(super) fn persistent_volume(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let (spec, status) = (object.get("spec"), object.get("status"));
    out.field(0, "Name", object.at("metadata.name").text());
    meta::labels_and_annotations(out, object);
    out.field(0, "Finalizers", finalizers(object));
    out.field(0, "StorageClass", class(object));
    out.field(0, "Status", phase(context));
    let claim = spec.get("claimRef");
    if claim.exists() {
        let (namespace, name) = (claim.get("namespace"), claim.get("name"));
        let to = target("", "PersistentVolumeClaim", namespace.str(), name.str());
        out.field(0, "Claim", Cell::link(format!("{}/{}", namespace.text(), name.text()), to));
    } else {
        out.field(0, "Claim", "");
    }
    out.field(0, "Reclaim Policy", spec.get("persistentVolumeReclaimPolicy").text());
    out.field(0, "Access Modes", modes(spec.get("accessModes")));
    if spec.get("volumeMode").exists() {
        out.field(0, "VolumeMode", spec.get("volumeMode").text());
    }
    out.field(0, "Capacity", spec.at("capacity.storage").or("0"));
    let required = spec.at("nodeAffinity.required");
    if required.exists() {
        out.head(0, "Node Affinity");
        let terms = required.get("nodeSelectorTerms");
        if terms.items().len() == 0 {
            out.field(1, "Required Terms", "<none>");
        } else {
            out.head(1, "Required Terms");
            self::terms(out, 2, terms, "matchExpressions");
        }
    } else {
        out.field(0, "Node Affinity", "<none>");
    }
    out.field(0, "Message", status.get("message").text());
    out.head(0, "Source");
    volumes::persistent(out, spec);
}

/// `Term 0:  key in [a, b]`, its conditions one below the other.
fn terms(out: &mut Out, level: usize, terms: Node<'_>, field: &str) {
    for (at, term) in terms.items().enumerate() {
        let lines = term.get(field).items().map(|one| {
            let operator = one.get("operator").text().to_lowercase();
            let operator = if operator.is_empty() { "in".to_owned() } else { operator };
            let mut line = format!("{} {operator}", one.get("key").text());
            let values = one.get("values").texts();
            if !values.is_empty() {
                line.push_str(&format!(" [{}]", values.join(", ")));
            }
            Cell::from(line)
        });
        meta::list(out, level, &format!("Term {at}"), lines.collect());
    }
}

pub(super) fn storage_class(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let annotations = object.at("metadata.annotations");
    let default = [
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class",
    ]
    .iter()
    .any(|key| annotations.get(key).str() == "true");
    out.field(0, "Name", object.at("metadata.name").text());
    out.field(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    out.field(0, "Annotations", words::labels(annotations));
    out.field(0, "Provisioner", object.get("provisioner").text());
    out.field(0, "Parameters", words::labels(object.get("parameters")));
    let expansion = words::titled_truth(object.get("allowVolumeExpansion"));
    out.field(0, "AllowVolumeExpansion", expansion);
    let options = object.get("mountOptions");
    if options.items().len() == 0 {
        out.field(0, "MountOptions", "<none>");
    } else {
        out.head(0, "MountOptions");
        for option in options.items() {
            out.line(1, option.text());
        }
    }
    for (title, field) in
        [("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")]
    {
        if object.get(field).exists() {
            out.field(0, title, object.get(field).text());
        }
    }
    let topologies = object.get("allowedTopologies");
    if topologies.exists() {
        if topologies.items().len() == 0 {
            out.field(0, "AllowedTopologies", "<none>");
        } else {
            out.head(0, "AllowedTopologies");
            terms(out, 1, topologies, "matchLabelExpressions");
        }
    }
}

pub(super) fn volume_attributes_class(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    out.field(0, "Name", object.at("metadata.name").text());
    out.field(0, "Annotations", words::labels(object.at("metadata.annotations")));
    out.field(0, "DriverName", object.get("driverName").text());
    out.field(0, "Parameters", words::labels(object.get("parameters")));
}

pub(super) fn csi_node(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    out.field(0, "Name", object.at("metadata.name").text());
    meta::labels_and_annotations(out, object);
    out.field(0, "CreationTimestamp", out.date(object.at("metadata.creationTimestamp")));
    out.head(0, "Spec");
    let drivers = object.at("spec.drivers");
    if !drivers.exists() {
        return;
    }
    out.head(1, "Drivers");
    for driver in drivers.items() {
        out.head(2, &driver.get("name").text());
        out.field(3, "Node ID", driver.get("nodeID").text());
        if let Some(count) = driver.at("allocatable.count").int() {
            out.head(3, "Allocatables");
            out.field(4, "Count", count);
        }
        if driver.get("topologyKeys").exists() {
            let keys = driver.get("topologyKeys").texts().join(" ");
            out.field(3, "Topology Keys", format!("[{keys}]"));
        }
    }
}
