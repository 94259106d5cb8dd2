//! The slim decoding behind the cells of `flux.rs`.

use super::{APPLIER_CELLS, SOURCE_CELLS};
use crate::kinds::build::timestamp;
use crate::kinds::de::{Meta, Pairs, Str, nullable, readable};
use crate::kinds::{RowBuilder, Skip};
use crate::model::{Cell, EngineId, Health, Tone};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Object<'a, S> {
    #[serde(borrow)]
    metadata: &'a RawValue,
    #[serde(default = "Option::default")]
    spec: Option<S>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    status: Status<'a>,
}

/// Labels and annotations, which other rows have no use for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Marks<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    labels: Pairs<'a, Str<'a>>,
    #[serde(borrow, deserialize_with = "nullable")]
    annotations: Pairs<'a, Str<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    observed_generation: Option<i64>,
    #[serde(borrow, deserialize_with = "readable")]
    conditions: Vec<Condition<'a>>,
    #[serde(borrow)]
    last_applied_revision: Str<'a>,
    #[serde(borrow)]
    last_attempted_revision: Str<'a>,
    #[serde(borrow)]
    last_handled_reconcile_at: Str<'a>,
    #[serde(borrow)]
    helm_chart: Str<'a>,
    #[serde(borrow)]
    storage_namespace: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    inventory: Option<Inventory>,
    #[serde(borrow, deserialize_with = "readable")]
    history: Vec<Release<'a>>,
    #[serde(borrow, deserialize_with = "nullable")]
    artifact: Artifact<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Condition<'a> {
    #[serde(borrow)]
    r#type: Str<'a>,
    #[serde(borrow)]
    status: Str<'a>,
    #[serde(borrow)]
    reason: Str<'a>,
    #[serde(borrow)]
    message: Str<'a>,
    #[serde(borrow)]
    last_transition_time: Str<'a>,
    observed_generation: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Inventory {
    #[serde(deserialize_with = "nullable")]
    entries: Vec<IgnoredAny>,
}

/// One entry of a HelmRelease's `status.history`; that of others has none of these fields.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Release<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(borrow)]
    status: Str<'a>,
    #[serde(borrow)]
    chart_version: Str<'a>,
    #[serde(borrow)]
    oci_digest: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Artifact<'a> {
    #[serde(borrow)]
    revision: Str<'a>,
    #[serde(borrow)]
    last_update_time: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Named<'a> {
    #[serde(borrow)]
    kind: Str<'a>,
    #[serde(borrow)]
    namespace: Str<'a>,
    #[serde(borrow)]
    name: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct KubeConfig<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    secret_ref: SecretKey<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    config_map_ref: Named<'a>,
}

/// A Secret, and which of its keys.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SecretKey<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(borrow)]
    key: Str<'a>,
}

/// `spec` of what applies.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Applier<'a> {
    #[serde(borrow)]
    release_name: Str<'a>,
    #[serde(borrow)]
    storage_namespace: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    suspend: bool,
    #[serde(borrow)]
    interval: Str<'a>,
    #[serde(borrow)]
    path: Str<'a>,
    prune: Option<bool>,
    #[serde(borrow)]
    deletion_policy: Str<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    source_ref: Named<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    chart: Chart<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    chart_ref: Named<'a>,
    #[serde(borrow)]
    target_namespace: Str<'a>,
    #[serde(borrow, deserialize_with = "readable")]
    depends_on: Vec<Named<'a>>,
    #[serde(borrow, deserialize_with = "nullable")]
    kube_config: KubeConfig<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    drift_detection: DriftDetection<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DriftDetection<'a> {
    #[serde(borrow)]
    mode: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chart<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    spec: ChartSpec<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ChartSpec<'a> {
    #[serde(borrow)]
    chart: Str<'a>,
    #[serde(borrow)]
    version: Str<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    source_ref: Named<'a>,
}

/// `spec` of a source.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Origin<'a> {
    #[serde(deserialize_with = "nullable")]
    suspend: bool,
    #[serde(borrow)]
    interval: Str<'a>,
    #[serde(borrow)]
    url: Str<'a>,
    #[serde(borrow)]
    endpoint: Str<'a>,
    #[serde(borrow)]
    bucket_name: Str<'a>,
    #[serde(borrow)]
    r#type: Str<'a>,
    #[serde(borrow)]
    chart: Str<'a>,
    #[serde(borrow)]
    version: Str<'a>,
    #[serde(borrow, rename = "ref", deserialize_with = "nullable")]
    reference: Reference<'a>,
    #[serde(borrow, deserialize_with = "nullable")]
    source_ref: Named<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Reference<'a> {
    #[serde(borrow)]
    branch: Str<'a>,
    #[serde(borrow)]
    tag: Str<'a>,
    #[serde(borrow)]
    semver: Str<'a>,
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(borrow)]
    commit: Str<'a>,
    #[serde(borrow)]
    digest: Str<'a>,
}

impl Reference<'_> {
    /// As source-controller takes it: commit before name before semver before tag before branch;
    /// digest before semver before tag.
    fn words(&self) -> String {
        let all = [
            ("digest", &self.digest),
            ("commit", &self.commit),
            ("ref", &self.name),
            ("semver", &self.semver),
            ("tag", &self.tag),
            ("branch", &self.branch),
        ];
        let set = all.into_iter().find(|(_, value)| !value.is_empty());
        set.map(|(what, value)| format!("{what} {}", &**value)).unwrap_or_default()
    }
}

/// Ownership labels of Flux's appliers, with the engine that writes them.
const OWNERS: [(&str, &str, EngineId); 3] = [
    (
        "kustomize.toolkit.fluxcd.io/name",
        "kustomize.toolkit.fluxcd.io/namespace",
        EngineId::Kustomization,
    ),
    ("helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace", EngineId::HelmRelease),
    (
        "resourceset.fluxcd.controlplane.io/name",
        "resourceset.fluxcd.controlplane.io/namespace",
        EngineId::ResourceSet,
    ),
];

/// What all kinds share: the cells up to [`super::PINNED`].
fn common(
    metadata: &RawValue,
    status: &Status<'_>,
    suspend: bool,
    interval: &str,
    applied: &str,
    row: &mut RowBuilder<'_>,
) -> Result<(), Skip> {
    let meta: Meta<'_> = serde_json::from_str(metadata.get())?;
    let marks: Marks<'_> = serde_json::from_str(metadata.get())?;
    let annotation = |key: &str| marks.annotations.get(key).map_or("", |value| &**value);
    let label = |key: &str| marks.labels.get(key).map_or("", |value| &**value);
    row.meta(&meta);

    let disabled = annotation(super::OPERATOR_RECONCILE).eq_ignore_ascii_case("disabled");
    let suspended = suspend || disabled;
    row.int(suspended.into());
    row.text_or_empty(annotation(super::OPERATOR_SUSPENDED_BY), Tone::Plain);
    row.text_or_empty(annotation(super::REASON_ANNOTATION), Tone::Plain);
    moment(annotation(super::SUSPENDED_ANNOTATION), row);

    let find = |kind: &str| status.conditions.iter().find(|one| &*one.r#type == kind);
    let ready = find("Ready");
    let seen = ready.and_then(|one| one.observed_generation).max(status.observed_generation);
    // Objects of before observedGeneration, and those of the operator, say nothing against it.
    let observed = match (seen, meta.generation) {
        (Some(seen), Some(now)) => seen >= now,
        _ => true,
    };
    row.int(observed.into());
    let none = Condition::default();
    let ready = ready.unwrap_or(&none);
    row.text_or_empty(&ready.status, Tone::Plain);
    row.text_or_empty(&ready.reason, Tone::Plain);
    message(&ready.message, row);
    moment(&ready.last_transition_time, row);
    let is_true = |kind: &str| find(kind).filter(|one| &*one.status == "True");
    let reconciling = is_true("Reconciling").unwrap_or(&none);
    row.text_or_empty(word(reconciling), Tone::Plain);
    message(&reconciling.message, row);
    moment(&reconciling.last_transition_time, row);
    let stalled = is_true("Stalled").unwrap_or(&none);
    row.text_or_empty(word(stalled), Tone::Plain);
    message(&stalled.message, row);
    row.text_or_empty(interval, Tone::Plain);

    let parent = OWNERS.iter().find(|(name, _, _)| !label(name).is_empty());
    match parent {
        Some((name, namespace, engine)) => {
            row.text(engine.word(), Tone::Plain);
            row.text_or_empty(label(namespace), Tone::Plain);
            row.text_or_empty(label(name), Tone::Plain);
        }
        None => (0..3).for_each(|_| row.cell(Cell::Empty)),
    }
    own_or_empty(annotation("reconcile.fluxcd.io/requestedAt"), row);
    own_or_empty(&status.last_handled_reconcile_at, row);
    row.text_or_empty(applied, Tone::Plain);
    own_or_empty(annotation(super::PINNED_ANNOTATION), row);

    let health = match &*ready.status {
        _ if suspended => Health::Suspended,
        _ if !stalled.r#type.is_empty() => Health::Degraded,
        "True" => Health::Healthy,
        "False" => Health::Degraded,
        "Unknown" => Health::Progressing,
        _ => Health::Unknown,
    };
    row.health(health);
    Ok(())
}

/// The reason of a condition that is there; one without a reason is there too.
fn word<'c>(condition: &'c Condition<'_>) -> &'c str {
    match (condition.r#type.is_empty(), condition.reason.is_empty()) {
        (true, _) => "",
        (false, true) => &condition.r#type,
        (false, false) => &condition.reason,
    }
}

/// Messages quote whole manifests: their first line is what a list has room for.
fn message(text: &str, row: &mut RowBuilder<'_>) {
    own_or_empty(text.trim().lines().next().unwrap_or(""), row);
}

fn own_or_empty(text: &str, row: &mut RowBuilder<'_>) {
    if text.is_empty() { row.cell(Cell::Empty) } else { row.own_text(text, Tone::Plain) }
}

fn moment(text: &str, row: &mut RowBuilder<'_>) {
    row.cell(timestamp(text).map_or(Cell::Empty, Cell::Since));
}

fn named(kind: &str, namespace: &str, name: &str, row: &mut RowBuilder<'_>) {
    if name.is_empty() {
        (0..3).for_each(|_| row.cell(Cell::Empty));
        return;
    }
    row.text_or_empty(kind, Tone::Plain);
    row.text_or_empty(namespace, Tone::Plain);
    row.text(name, Tone::Plain);
}

/// Namespace of the object itself, for references that leave theirs open.
fn own_namespace(metadata: &RawValue) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Namespace<'a> {
        #[serde(borrow)]
        namespace: Str<'a>,
    }
    serde_json::from_str::<Namespace<'_>>(metadata.get())
        .map(|meta| meta.namespace.to_string())
        .unwrap_or_default()
}

/// Name of the object itself.
fn own_name(metadata: &RawValue) -> String {
    serde_json::from_str::<Meta<'_>>(metadata.get())
        .map(|meta| meta.name.to_string())
        .unwrap_or_default()
}

/// How a kind's fields fill the cells whose source differs by kind.
struct Fields<'f> {
    applied: &'f str,
    attempted: &'f str,
    source: (&'f str, &'f str, &'f str),
    path: &'f str,
    wanted: &'f str,
    target: &'f str,
    prunes: bool,
    release: Option<&'f Release<'f>>,
    records: &'f str,
}

fn applier(
    object: &Object<'_, Applier<'_>>,
    namespace: &str,
    fields: &Fields<'_>,
    row: &mut RowBuilder<'_>,
) -> Result<(), Skip> {
    let none = Applier::default();
    let (spec, status) = (object.spec.as_ref().unwrap_or(&none), &object.status);
    common(object.metadata, status, spec.suspend, &spec.interval, fields.applied, row)?;
    row.text_or_empty(fields.attempted, Tone::Plain);
    let (kind, of, name) = fields.source;
    named(kind, if of.is_empty() { namespace } else { of }, name, row);
    row.text_or_empty(fields.path, Tone::Plain);
    row.text_or_empty(fields.wanted, Tone::Plain);
    row.text_or_empty(fields.target, Tone::Plain);
    let (secret, map) = (&spec.kube_config.secret_ref, &spec.kube_config.config_map_ref);
    match (&*secret.name, &*secret.key, &*map.name) {
        ("", _, "") => row.cell(Cell::Empty),
        ("", _, map) => {
            row.text_or_empty(&format!("{}{map}", super::IN_CONFIG_MAP), Tone::Plain);
        }
        (secret, "", _) => row.text_or_empty(secret, Tone::Plain),
        (secret, key, _) => row.text_or_empty(&format!("{secret}#{key}"), Tone::Plain),
    }
    match &status.inventory {
        Some(inventory) => {
            row.int(i64::try_from(inventory.entries.len()).unwrap_or(i64::MAX));
        }
        None => row.cell(Cell::Empty),
    }
    let names: Vec<String> = spec
        .depends_on
        .iter()
        // ResourceSets may wait for any object; only those of their own kind are apps of theirs.
        .filter(|one| !one.name.is_empty() && matches!(&*one.kind, "" | "ResourceSet"))
        .map(|one| {
            let of: &str = if one.namespace.is_empty() { namespace } else { &one.namespace };
            format!("{of}/{}", &*one.name)
        })
        .collect();
    if names.is_empty() {
        row.cell(Cell::Empty);
    } else {
        // Whole: cut in two it would name another app.
        let text = row.shared_long(&names.join(" "));
        row.cell(Cell::Text(text, Tone::Plain));
    }
    let drifted = status.conditions.iter().find(|one| &*one.r#type == "Drifted");
    match drifted {
        Some(condition) => row.int(drifted_objects(condition)),
        None => row.cell(Cell::Empty),
    }
    row.int((&*spec.drift_detection.mode == "enabled").into());
    row.text_or_empty(fields.release.map_or("", |one| &one.status), Tone::Plain);
    row.text_or_empty(fields.release.map_or("", |one| &one.oci_digest), Tone::Plain);
    row.text_or_empty(&status.helm_chart, Tone::Plain);
    row.int(fields.prunes.into());
    row.text_or_empty(fields.records, Tone::Plain);
    debug_assert_eq!(row.cells(), APPLIER_CELLS);
    Ok(())
}

/// How many objects a condition `Drifted` tells of. helm-controller lists them one a line, as
/// `Kind/namespace/name changed (…)` or `… removed`; one at least where it says so without a list.
fn drifted_objects(condition: &Condition<'_>) -> i64 {
    if &*condition.status != "True" {
        return 0;
    }
    let tells = |line: &&str| line.contains(" changed (") || line.trim_end().ends_with(" removed");
    i64::try_from(condition.message.lines().filter(tells).count()).unwrap_or(i64::MAX).max(1)
}

pub(super) fn kustomization(json: &[u8], row: &mut RowBuilder<'_>) -> Result<bool, Skip> {
    let object: Object<'_, Applier<'_>> = serde_json::from_slice(json)?;
    let none = Applier::default();
    let spec = object.spec.as_ref().unwrap_or(&none);
    // MirrorPrune, the default, follows spec.prune.
    let prunes = match &*spec.deletion_policy {
        "Delete" | "WaitForTermination" => true,
        "Orphan" => false,
        _ => spec.prune.unwrap_or(false),
    };
    let fields = Fields {
        applied: &object.status.last_applied_revision,
        attempted: &object.status.last_attempted_revision,
        source: (&spec.source_ref.kind, &spec.source_ref.namespace, &spec.source_ref.name),
        path: &spec.path,
        wanted: "",
        target: &spec.target_namespace,
        prunes,
        release: None,
        records: "",
    };
    applier(&object, &own_namespace(object.metadata), &fields, row)?;
    Ok(true)
}

pub(super) fn helm_release(json: &[u8], row: &mut RowBuilder<'_>) -> Result<bool, Skip> {
    let object: Object<'_, Applier<'_>> = serde_json::from_slice(json)?;
    let none = Applier::default();
    let (spec, status) = (object.spec.as_ref().unwrap_or(&none), &object.status);
    let release = status.history.first();
    let chart = &spec.chart.spec;
    let source = if spec.chart_ref.name.is_empty() { &chart.source_ref } else { &spec.chart_ref };
    let namespace = own_namespace(object.metadata);
    let records = records(&object, spec, &namespace);
    let fields = Fields {
        // v2beta1 has no history, but the chart version that was applied last.
        applied: release.map_or(&status.last_applied_revision, |one| &one.chart_version),
        attempted: &status.last_attempted_revision,
        source: (&source.kind, &source.namespace, &source.name),
        path: &chart.chart,
        wanted: &chart.version,
        target: if spec.target_namespace.is_empty() { &namespace } else { &spec.target_namespace },
        prunes: true,
        release,
        records: &records,
    };
    applier(&object, &namespace, &fields, row)?;
    Ok(true)
}

/// Namespace and name of the Helm release that a HelmRelease makes, as helm-controller chooses them
/// (`GetStorageNamespace` and `GetReleaseName` of its API); empty where that is on another cluster.
fn records(object: &Object<'_, Applier<'_>>, spec: &Applier<'_>, namespace: &str) -> String {
    let elsewhere = &spec.kube_config;
    if !elsewhere.secret_ref.name.is_empty() || !elsewhere.config_map_ref.name.is_empty() {
        return String::new();
    }
    let first = |all: [&str; 3]| -> String {
        all.into_iter().find(|one| !one.is_empty()).unwrap_or("").to_owned()
    };
    let told = object.status.history.first().map_or("", |one| &one.name);
    let own = own_name(object.metadata);
    let made = match &*spec.target_namespace {
        "" => own,
        target => format!("{target}-{own}"),
    };
    let name = first([told, &spec.release_name, &made]);
    let kept = first([&object.status.storage_namespace, &spec.storage_namespace, namespace]);
    format!("{kept}/{name}")
}

pub(super) fn resource_set(json: &[u8], row: &mut RowBuilder<'_>) -> Result<bool, Skip> {
    let object: Object<'_, Applier<'_>> = serde_json::from_slice(json)?;
    let fields = Fields {
        applied: &object.status.last_applied_revision,
        attempted: &object.status.last_attempted_revision,
        source: ("", "", ""),
        path: "",
        wanted: "",
        target: "",
        prunes: true,
        release: None,
        records: "",
    };
    applier(&object, &own_namespace(object.metadata), &fields, row)?;
    Ok(true)
}

pub(super) fn source(json: &[u8], row: &mut RowBuilder<'_>) -> Result<bool, Skip> {
    let object: Object<'_, Origin<'_>> = serde_json::from_slice(json)?;
    let none = Origin::default();
    let (spec, status) = (object.spec.as_ref().unwrap_or(&none), &object.status);
    let artifact = &status.artifact;
    common(object.metadata, status, spec.suspend, &spec.interval, &artifact.revision, row)?;
    let bucket = format!("{}/{}", &*spec.endpoint, &*spec.bucket_name);
    row.text_or_empty(if spec.bucket_name.is_empty() { &spec.url } else { &bucket }, Tone::Plain);
    let from = &spec.source_ref;
    let namespace = own_namespace(object.metadata);
    named(
        &from.kind,
        if from.namespace.is_empty() { &namespace } else { &from.namespace },
        &from.name,
        row,
    );
    row.text_or_empty(&spec.chart, Tone::Plain);
    row.text_or_empty(&spec.version, Tone::Plain);
    row.text_or_empty(&spec.reference.words(), Tone::Plain);
    moment(&artifact.last_update_time, row);
    row.text_or_empty(&spec.r#type, Tone::Plain);
    debug_assert_eq!(row.cells(), SOURCE_CELLS);
    Ok(true)
}
