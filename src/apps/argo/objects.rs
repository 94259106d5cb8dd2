//! What an Application delivers, in the order in which it is applied: `status.resources` with what the
//! last operation said of each (`gitops-engine/pkg/sync/sync_tasks.go` has the order).

use super::app::{health, phase_tone, sync};
use super::ground::{list, said};
use crate::apps::Axis;
use crate::apps::page::Delivered;
use crate::model::Tone;
use crate::relations::ObjectId;
use serde_json::Value;
use std::collections::HashMap;

/// Kinds that are applied first, in this order; all others follow.
const KINDS: &[&str] = &[
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "Secret",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "ServiceAccount",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

fn id(object: &Value) -> ObjectId {
    ObjectId {
        group: said(&object["group"]).into(),
        kind: said(&object["kind"]).into(),
        namespace: said(&object["namespace"]).into(),
        name: said(&object["name"]).into(),
    }
}

fn result(word: &str) -> Axis {
    let tone = match word {
        "Synced" => Tone::Good,
        "SyncFailed" => Tone::Bad,
        "PruneSkipped" => Tone::Warn,
        _ => Tone::Plain,
    };
    Axis::new(word, tone)
}

/// `PreSync` comes first, `SyncFail` last.
fn phase_order(phase: &str) -> usize {
    ["PreSync", "Sync", "PostSync", "SyncFail"].iter().position(|one| *one == phase).unwrap_or(1)
}

/// What the Application delivers.
pub(super) fn of(object: &Value) -> Vec<Delivered> {
    let results: HashMap<ObjectId, &Value> =
        list(&object["status"]["operationState"]["syncResult"]["resources"])
            .iter()
            .map(|result| (id(result), result))
            .collect();
    let mut found: Vec<(usize, Delivered)> = Vec::new();
    let mut listed = std::collections::HashSet::new();
    for resource in list(&object["status"]["resources"]) {
        let id = id(resource);
        let told = results.get(&id).copied().unwrap_or(&Value::Null);
        listed.insert(id.clone());
        let health = resource["health"]["status"].as_str().map(|word| health(word).0);
        let sync = sync(&said(&resource["status"]));
        let wave = resource["syncWave"].as_i64().unwrap_or(0);
        let mut one = delivered(id, told, wave);
        one.sync = sync;
        one.health = health;
        one.prune = resource["requiresPruning"] == true;
        if resource["hook"] == true && one.hook.is_empty() {
            one.hook = "hook".into();
        }
        found.push((phase_order(told["syncPhase"].as_str().unwrap_or("Sync")), one));
    }
    // Hooks of the last operation that were deleted when they had done their work.
    for (id, told) in results {
        let hook = told["hookType"].as_str().is_some_and(|hook| !hook.is_empty());
        if hook && !listed.contains(&id) {
            let phase = phase_order(told["syncPhase"].as_str().unwrap_or("Sync"));
            found.push((phase, delivered(id, told, 0)));
        }
    }
    let kind = |one: &Delivered| {
        let place = KINDS.iter().position(|kind| *kind == one.id.kind);
        place.unwrap_or(KINDS.len())
    };
    found.sort_by(|(a_phase, a), (b_phase, b)| {
        (a_phase, a.wave, kind(a), &a.id.name, &a.id).cmp(&(
            b_phase,
            b.wave,
            kind(b),
            &b.id.name,
            &b.id,
        ))
    });
    found.into_iter().map(|(_, one)| one).collect()
}

/// An object with what the last operation said of it.
fn delivered(id: ObjectId, told: &Value, wave: i64) -> Delivered {
    let hook = said(&told["hookType"]);
    let phase = said(&told["hookPhase"]);
    let words = if hook.is_empty() { String::new() } else { format!("{hook} {phase}") };
    let outcome = match told["status"].as_str() {
        Some(word) if !word.is_empty() => result(&crate::text::sanitise::clean(word)),
        // Of hooks only the phase is told.
        _ if !hook.is_empty() => Axis::new(phase.clone(), phase_tone(&phase)),
        _ => Axis::default(),
    };
    Delivered {
        id,
        wave: Some(wave),
        sync: Axis::default(),
        health: None,
        hook: words.trim().into(),
        prune: false,
        message: said(&told["message"]).lines().next().unwrap_or("").into(),
        result: outcome,
    }
}
