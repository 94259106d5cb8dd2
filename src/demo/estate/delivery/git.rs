//! What the repositories of the estate hold: for each app, the manifests of every revision that it
//! was, is, or will be at.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::make::Maker;
use crate::demo::prng::Prng;

/// One revision of what one app consists of.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Forty hexadecimal digits, a digest, or the version of a chart.
    pub revision: String,
    /// Manifests, in the order in which they are applied.
    pub manifests: Vec<Value>,
    /// Why they cannot be built; empty where they can.
    pub trouble: &'static str,
}

/// All repositories, by app: `payments` of Argo CD, `flux-system/infra` of Flux. Oldest commit first.
#[derive(Debug, Clone, Default)]
pub struct Git {
    tracks: BTreeMap<String, Vec<Commit>>,
}

/// Forty hexadecimal digits that belong to a word.
pub fn revision(word: &str) -> String {
    let seed =
        word.bytes().fold(7u64, |hash, byte| hash.wrapping_mul(131).wrapping_add(byte.into()));
    let mut random = Prng::new(seed);
    format!("{:016x}{:016x}{:08x}", random.next(), random.next(), random.next() as u32)
}

/// A version some releases before this one.
pub fn older(tag: &str, steps: i64) -> String {
    let (front, last) = tag.rsplit_once('.').unwrap_or(("0", tag));
    match last.parse::<i64>() {
        Ok(last) if last >= steps => format!("{front}.{}", last - steps),
        _ => format!("{front}.0-rc{}", 4 - steps),
    }
}

/// The app that a manifest says it belongs to.
pub fn track_of(manifest: &Value) -> Option<String> {
    let meta = &manifest["metadata"];
    if let Some(id) = meta["annotations"]["argocd.argoproj.io/tracking-id"].as_str() {
        return Some(id.split(':').next().unwrap_or_default().to_owned());
    }
    let labels = &meta["labels"];
    let name = labels["kustomize.toolkit.fluxcd.io/name"].as_str()?;
    let namespace = labels["kustomize.toolkit.fluxcd.io/namespace"].as_str()?;
    Some(format!("{namespace}/{name}"))
}

/// The sync wave of a manifest or an object.
pub fn wave(object: &Value) -> i64 {
    let text = object["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"].as_str();
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The hook that a manifest is; empty for what is kept.
pub fn hook(manifest: &Value) -> &str {
    manifest["metadata"]["annotations"]["argocd.argoproj.io/hook"].as_str().unwrap_or_default()
}

/// Kinds in the order in which they are applied within a wave.
fn rank(manifest: &Value) -> usize {
    const ORDER: &[&str] = &[
        "Namespace",
        "ServiceAccount",
        "Secret",
        "ConfigMap",
        "Service",
        "DaemonSet",
        "Pod",
        "Deployment",
        "StatefulSet",
        "Job",
        "CronJob",
        "Ingress",
    ];
    let kind = manifest["kind"].as_str().unwrap_or_default();
    ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len())
}

/// Hooks before, then what is kept, wave by wave, then hooks after.
fn place(manifest: &Value) -> (usize, i64, usize, String) {
    let phase = match hook(manifest) {
        "PreSync" => 0,
        "PostSync" => 2,
        _ => 1,
    };
    let name = manifest["metadata"]["name"].as_str().unwrap_or_default();
    (phase, wave(manifest), rank(manifest), name.to_owned())
}

/// Writes a revision as Argo CD does: alone, or after the versions of an app's other sources.
pub fn name_revision(spec: &Value, revision: &str, into: &mut Value) {
    match spec["sources"].as_array().map(Vec::as_slice) {
        Some([others @ .., _]) => {
            let others = others.iter().map(|source| source["targetRevision"].clone());
            into["revisions"] = others.chain([revision.into()]).collect::<Vec<_>>().into();
        }
        _ => into["revision"] = revision.into(),
    }
}

impl Git {
    /// Takes what was delivered since the last time into the repositories it came from: apps have three
    /// earlier revisions, with the images of their time, and the present one.
    pub fn take(&mut self, maker: &mut Maker) {
        for manifest in std::mem::take(&mut maker.delivered) {
            let Some(track) = track_of(&manifest) else { continue };
            if !self.tracks.contains_key(&track) {
                for back in (1..=3).rev() {
                    self.commit(&track, revision(&format!("{track}-{}", 3 - back)), Vec::new());
                }
                self.commit(&track, revision(&track), Vec::new());
            }
            let commits = self.tracks.get_mut(&track).into_iter().flatten().rev();
            for (back, commit) in commits.enumerate() {
                commit.manifests.push(aged(&manifest, back as i64));
                commit.manifests.sort_by_key(place);
            }
        }
    }

    /// Adds a revision.
    pub fn commit(&mut self, track: &str, revision: String, mut manifests: Vec<Value>) {
        manifests.sort_by_key(place);
        self.tracks.entry(track.to_owned()).or_default().push(Commit {
            revision,
            manifests,
            trouble: "",
        });
    }

    /// Changes the newest manifests into those of a new revision.
    pub fn amend(&mut self, track: &str, revision: String, edit: impl Fn(&mut Value)) {
        let mut manifests = self.head(track).map(|head| head.manifests.clone()).unwrap_or_default();
        manifests.iter_mut().for_each(edit);
        self.commit(track, revision, manifests);
    }

    /// Revisions of a chart have the versions of the chart for names.
    pub fn version(&mut self, track: &str, versions: &[&str]) {
        for (commit, version) in self.tracks.get_mut(track).into_iter().flatten().zip(versions) {
            commit.revision = (*version).to_owned();
        }
    }

    /// The newest revision of an app cannot be built.
    pub fn spoil(&mut self, track: &str, why: &'static str) {
        if let Some(head) = self.tracks.get_mut(track).and_then(|commits| commits.last_mut()) {
            head.trouble = why;
        }
    }

    /// The newest revision of an app.
    pub fn head(&self, track: &str) -> Option<&Commit> {
        self.tracks.get(track)?.last()
    }

    /// One revision of an app, the last that begins so.
    pub fn at(&self, track: &str, revision: &str) -> Option<&Commit> {
        let mut commits = self.tracks.get(track)?.iter().rev();
        commits.find(|commit| !revision.is_empty() && commit.revision.starts_with(revision))
    }

    /// All revisions of an app, oldest first.
    pub fn log(&self, track: &str) -> &[Commit] {
        self.tracks.get(track).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A manifest as it was some releases before.
fn aged(manifest: &Value, back: i64) -> Value {
    let mut then = manifest.clone();
    if back == 0 {
        return then;
    }
    let containers = then.pointer_mut("/spec/template/spec/containers");
    for container in containers.and_then(Value::as_array_mut).into_iter().flatten() {
        let image = container["image"].as_str().unwrap_or_default().to_owned();
        if let Some((name, tag)) = image.rsplit_once(':') {
            container["image"] = format!("{name}:{}", older(tag, back)).into();
        }
    }
    then
}
