//! The contexts of a kubeconfig: what there is, which one is meant, and whether the files changed.

use super::kubeconfig::{ClusterEntry, ContextEntry, Kubeconfig, KubeconfigSource, UserEntry};
use crate::model::{ContextInfo, Fault, FaultKind, distance};
use std::path::PathBuf;
use std::time::SystemTime;

/// A context with the entries it names.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// What the session shows of it.
    pub info: ContextInfo,
    /// How to reach the server.
    pub cluster: ClusterEntry,
    /// Who we are there.
    pub user: UserEntry,
}

impl Kubeconfig {
    /// All contexts, by name.
    pub fn contexts(&self) -> Vec<ContextInfo> {
        self.contexts.iter().map(|(name, entry)| self.info(name, entry)).collect()
    }

    fn info(&self, name: &str, entry: &ContextEntry) -> ContextInfo {
        let server = self.clusters.get(&entry.cluster).and_then(|cluster| cluster.server.clone());
        ContextInfo {
            name: name.into(),
            cluster: entry.cluster.as_str().into(),
            server: server.unwrap_or_default().into(),
            user: entry.user.as_str().into(),
            namespace: entry.namespace.clone().unwrap_or_default().into(),
            current: self.current.as_deref() == Some(name),
        }
    }

    /// The context of this name, or the current one, with its cluster and user entries.
    ///
    /// # Errors
    /// There is no such context (the nearest names are offered), or it names entries that do not
    /// exist.
    pub fn choose(&self, name: Option<&str>) -> Result<Chosen, Fault> {
        let Some(wanted) = name.or(self.current.as_deref()) else {
            return Err(Fault::new(
                FaultKind::Input,
                "choose a context",
                "the kubeconfig has no current-context",
            )
            .hint(format!("name one with --context: {}", list(self.contexts.keys()))));
        };
        let Some(entry) = self.contexts.get(wanted) else {
            let near = nearest(wanted, self.contexts.keys().map(String::as_str));
            let hint = if near.is_empty() {
                format!("there are: {}", list(self.contexts.keys()))
            } else {
                format!("did you mean {}?", near.join(", "))
            };
            return Err(Fault::new(
                FaultKind::Input,
                format!("use the context \"{wanted}\""),
                format!("there is no such context in {}", self.origin()),
            )
            .hint(hint));
        };
        let dangling = |list: &str, name: &str| {
            let why = if name.is_empty() {
                format!("it names no {list}")
            } else {
                format!("it names the {list} \"{name}\", which does not exist in {}", self.origin())
            };
            Fault::new(FaultKind::Input, format!("use the context \"{wanted}\""), why)
                .hint(format!("correct contexts[name={wanted}].context.{list}"))
        };
        let cluster =
            self.clusters.get(&entry.cluster).ok_or_else(|| dangling("cluster", &entry.cluster))?;
        // kubectl goes on anonymously when no user is named, but not when the named one is missing.
        let user = match self.users.get(&entry.user) {
            Some(user) => user.clone(),
            None if entry.user.is_empty() => UserEntry::default(),
            None => return Err(dangling("user", &entry.user)),
        };
        Ok(Chosen { info: self.info(wanted, entry), cluster: cluster.clone(), user })
    }

    fn origin(&self) -> String {
        if self.files.is_empty() {
            return "the pod's service account".to_owned();
        }
        list(self.files.iter().map(|path| path.display().to_string()))
    }
}

/// Names joined for a sentence, at most twelve.
fn list<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    let names: Vec<T> = names.collect();
    let mut text = names.iter().take(12).map(T::as_ref).collect::<Vec<_>>().join(", ");
    if names.len() > 12 {
        text.push_str(&format!(" and {} more", names.len() - 12));
    }
    text
}

/// Up to three names that somebody who typed `wanted` may have meant, best first.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let low = wanted.to_lowercase();
    let mut scored: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let other = name.to_lowercase();
            if !low.is_empty() && (other.contains(&low) || low.contains(&other)) {
                return Some((0, name));
            }
            let apart = distance(&low, &other);
            (apart <= 1 + low.chars().count() / 3).then_some((apart, name))
        })
        .collect();
    scored.sort();
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Notices that a kubeconfig file was changed, added or removed. It is only told: a running
/// session never follows a changed current-context by itself.
#[derive(Debug)]
pub struct Changes {
    source: KubeconfigSource,
    last: Vec<Mark>,
}

/// What a file looked like: path, modification time and length; None when it was not there.
type Mark = (PathBuf, Option<(SystemTime, u64)>);

impl Changes {
    /// Starts from how the files are now.
    pub fn since_now(source: KubeconfigSource) -> Self {
        let last = marks(&source);
        Self { source, last }
    }

    /// Whether a file changed since the last call. A few `stat` calls: cheap, but they may block
    /// on a network file system.
    pub fn poll(&mut self) -> bool {
        let now = marks(&self.source);
        let changed = now != self.last;
        self.last = now;
        changed
    }
}

fn marks(source: &KubeconfigSource) -> Vec<Mark> {
    let mark = |path: PathBuf| {
        let meta = std::fs::metadata(&path).ok();
        let seen = meta.and_then(|meta| Some((meta.modified().ok()?, meta.len())));
        (path, seen)
    };
    source.files().into_iter().map(mark).collect()
}

#[cfg(test)]
#[path = "contexts_tests.rs"]
mod tests;
