//! What rollouts are judged from: of each object the fields that the floor above looks at, as one cell
//! with compact JSON of the same shape. Everything else is left out, so that watching the 500 pods of a
//! rollout keeps kilobytes of none of them.

use super::de::{Meta, Pairs, nullable};
use super::{RowBuilder, Skip, facet_schema};
use crate::model::{Cell, Resource, Schema, Tone};
use crate::text::Text;
use serde_json::value::RawValue;

/// Fields that are kept: of an object those that are named, of a list those of each element.
#[derive(Clone, Copy)]
enum Keep {
    /// All of it.
    All,
    /// These.
    Of(&'static [(&'static str, Keep)]),
}

use Keep::{All, Of};

const ANNOTATIONS: Keep = Of(&[
    ("deployment.kubernetes.io/revision", All),
    ("rollout.argoproj.io/revision", All),
    ("scale-down-deadline", All),
    ("kubernetes.io/change-cause", All),
]);

const META: Keep = Of(&[
    ("name", All),
    ("namespace", All),
    ("uid", All),
    ("generation", All),
    ("creationTimestamp", All),
    ("deletionTimestamp", All),
    ("finalizers", All),
    ("labels", All),
    ("annotations", ANNOTATIONS),
    ("ownerReferences", All),
]);

/// Who owns something of the template, and when it was changed.
const WRITERS: Keep = Of(&[
    ("manager", All),
    ("subresource", All),
    ("time", All),
    ("fieldsV1", Of(&[("f:spec", Of(&[("f:template", Of(&[]))]))])),
]);

const META_OF_WORKLOAD: Keep = Of(&[
    ("name", All),
    ("namespace", All),
    ("uid", All),
    ("generation", All),
    ("creationTimestamp", All),
    ("deletionTimestamp", All),
    ("finalizers", All),
    ("labels", All),
    ("annotations", ANNOTATIONS),
    ("ownerReferences", All),
    ("managedFields", WRITERS),
]);

const CONTAINER: Keep = Of(&[
    ("name", All),
    ("image", All),
    ("imagePullPolicy", All),
    ("restartPolicy", All),
    ("resources", Of(&[("limits", All)])),
    ("readinessProbe", All),
    ("startupProbe", All),
    ("livenessProbe", All),
]);

const POD: Keep = Of(&[
    ("metadata", META),
    (
        "spec",
        Of(&[
            ("nodeName", All),
            ("containers", CONTAINER),
            ("initContainers", CONTAINER),
            ("readinessGates", All),
            ("schedulingGates", All),
            ("volumes", Of(&[("name", All), ("persistentVolumeClaim", All)])),
        ]),
    ),
    (
        "status",
        Of(&[
            ("phase", All),
            ("reason", All),
            ("message", All),
            ("conditions", All),
            ("containerStatuses", All),
            ("initContainerStatuses", All),
        ]),
    ),
]);

/// Workloads, ReplicaSets: their templates are what histories and differences are made of.
const WORKLOAD: Keep = Of(&[("metadata", META_OF_WORKLOAD), ("spec", All), ("status", All)]);

const SET: Keep = Of(&[("metadata", META), ("spec", All), ("status", All)]);

const REVISION: Keep = Of(&[("metadata", META), ("revision", All), ("data", All)]);

const EVENT: Keep = Of(&[
    ("metadata", META),
    ("type", All),
    ("reason", All),
    ("message", All),
    ("note", All),
    ("involvedObject", All),
    ("regarding", All),
    ("count", All),
    ("deprecatedCount", All),
    ("lastTimestamp", All),
    ("deprecatedLastTimestamp", All),
    ("eventTime", All),
    ("series", All),
]);

/// AnalysisRuns and Experiments: what is measured, not with which keys and arguments.
const TRIAL: Keep = Of(&[
    ("metadata", META),
    (
        "spec",
        Of(&[
            (
                "metrics",
                Of(&[
                    ("name", All),
                    ("count", All),
                    ("successCondition", All),
                    ("failureCondition", All),
                ]),
            ),
            ("terminate", All),
        ]),
    ),
    ("status", All),
]);

const CLAIM: Keep = Of(&[
    ("metadata", META),
    ("spec", Of(&[("storageClassName", All), ("volumeName", All), ("accessModes", All)])),
    ("status", Of(&[("phase", All)])),
]);

/// Of ConfigMaps and Secrets: who wrote which of their keys, and when. Never what is in them.
const CONFIG: Keep = Of(&[(
    "metadata",
    Of(&[
        ("name", All),
        (
            "managedFields",
            Of(&[
                ("manager", All),
                ("subresource", All),
                ("time", All),
                ("fieldsV1", Of(&[("f:data", All), ("f:binaryData", All), ("f:stringData", All)])),
            ]),
        ),
    ]),
)]);

const NODE: Keep = Of(&[
    ("metadata", Of(&[("name", All), ("uid", All)])),
    ("spec", Of(&[("unschedulable", All)])),
    ("status", Of(&[("conditions", All)])),
]);

/// What is kept of a kind; None for kinds that tell nothing about rollouts.
fn kept(resource: &Resource) -> Option<Keep> {
    Some(match (resource.gvr.group.as_str(), resource.gvr.plural.as_str()) {
        ("apps", "deployments" | "statefulsets" | "daemonsets") | ("argoproj.io", "rollouts") => {
            WORKLOAD
        }
        ("apps", "replicasets") | ("policy", "poddisruptionbudgets") => SET,
        ("apps", "controllerrevisions") => REVISION,
        ("", "pods") => POD,
        ("" | "events.k8s.io", "events") => EVENT,
        ("", "persistentvolumeclaims") => CLAIM,
        ("", "configmaps" | "secrets") => CONFIG,
        ("", "nodes") => NODE,
        ("argoproj.io", "analysisruns" | "experiments") => TRIAL,
        _ => return None,
    })
}

/// What is kept of one kind.
#[derive(Clone, Copy)]
pub(super) struct Rollouts(Keep);

impl std::fmt::Debug for Rollouts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rollouts")
    }
}

impl Rollouts {
    /// For a kind that tells something about rollouts.
    pub(super) fn of(resource: &Resource) -> Option<Self> {
        kept(resource).map(Self)
    }

    /// Reads an object.
    pub(super) fn project(self, json: &[u8], row: &mut RowBuilder<'_>) -> Result<(), Skip> {
        #[derive(serde::Deserialize)]
        struct Named<'a> {
            #[serde(borrow, default, deserialize_with = "nullable")]
            metadata: Meta<'a>,
        }
        let named: Named<'_> = serde_json::from_slice(json)?;
        row.meta(&named.metadata);
        let raw: &RawValue = serde_json::from_slice(json)?;
        let mut out = String::new();
        keep(raw, self.0, &mut out)?;
        // Whoever reads the JSON cleans its strings: cleaning the text would break its quotes.
        row.cell(Cell::Text(Text::from(out), Tone::Plain));
        Ok(())
    }
}

/// Appends what is kept of a value.
fn keep(raw: &RawValue, fields: Keep, out: &mut String) -> Result<(), Skip> {
    let Of(fields) = fields else {
        out.push_str(raw.get());
        return Ok(());
    };
    if raw.get().starts_with('[') {
        let all: Vec<&RawValue> = serde_json::from_str(raw.get())?;
        out.push('[');
        for (at, one) in all.into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            keep(one, Of(fields), out)?;
        }
        out.push(']');
        return Ok(());
    }
    if !raw.get().starts_with('{') {
        out.push_str(raw.get());
        return Ok(());
    }
    let pairs: Pairs<'_, &RawValue> = serde_json::from_str(raw.get())?;
    out.push('{');
    let mut first = true;
    for (name, value) in &pairs.0 {
        let Some((name, kept)) = fields.iter().find(|(field, _)| *field == &**name) else {
            continue;
        };
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        // Names of fields that are kept need no escapes.
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        keep(value, *kept, out)?;
    }
    out.push('}');
    Ok(())
}

/// The columns of its rows. They are read by the program only.
pub(super) fn schema(resource: &Resource) -> Schema {
    facet_schema::one_cell(resource, "FACTS")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn of_a_secret_no_value_is_kept_wherever_it_is() {
        let secret = r#"{"metadata": {"name": "db", "annotations": {"copy": "hunter2"}, "managedFields": [
            {"manager": "kubectl", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:data": {"f:password": {}}}}]},
            "data": {"password": "aHVudGVyMg=="}, "stringData": {"password": "hunter2"}}"#;
        let raw: &RawValue = serde_json::from_str(secret).unwrap();
        let mut out = String::new();
        keep(raw, CONFIG, &mut out).unwrap();
        assert!(out.contains("f:password"), "{out}");
        assert!(!out.contains("hunter2") && !out.contains("aHVud"), "{out}");
    }

    #[test]
    fn of_a_workload_only_the_writers_of_its_template_are_kept() {
        let deployment = r#"{"metadata": {"name": "api", "managedFields": [
            {"manager": "kubectl", "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1":
                {"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {}}}}}},
            {"manager": "scaler", "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]}}"#;
        let raw: &RawValue = serde_json::from_str(deployment).unwrap();
        let mut out = String::new();
        keep(raw, WORKLOAD, &mut out).unwrap();
        let wanted = r#"{"metadata":{"name":"api","managedFields":[
            {"manager":"kubectl","time":"2026-01-01T00:00:00Z","fieldsV1":{"f:spec":{"f:template":{}}}},
            {"manager":"scaler","subresource":"scale","fieldsV1":{"f:spec":{}}}]}}"#;
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(&out), parse(wanted));
    }

    #[test]
    fn of_a_pod_only_what_is_looked_at_is_kept() {
        let pod = r#"{"metadata": {"name": "api", "managedFields": [{"x": 1}], "annotations": {"huge": "y"}},
            "spec": {"containers": [{"name": "a", "image": "i:1", "env": [{"name": "TOKEN", "value": "t"}]}, {"name": "b"}],
                "tolerations": [1, 2]}, "status": {"phase": "Running", "podIP": "10.0.0.1"}}"#;
        let raw: &RawValue = serde_json::from_str(pod).unwrap();
        let mut out = String::new();
        keep(raw, POD, &mut out).unwrap();
        let wanted = r#"{"metadata":{"name":"api","annotations":{}},"spec":{"containers":[{"name":"a","image":"i:1"},{"name":"b"}]},"status":{"phase":"Running"}}"#;
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(&out), parse(wanted));
    }
}
