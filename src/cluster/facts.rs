//! What is known of a cluster from earlier sessions, so that a new one need not wait for what has hardly ever
//! changed. Everything here is confirmed or replaced by the server; nothing of it is secret.

use super::discovery::served::{Part, Parts, is_name};
use super::errors;
use super::pace::Pace;
use crate::kinds::PrinterColumn;
use crate::model::{Gvr, Resource, Text};
use ring::digest::{Context, SHA256};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Of the form in which facts are written; another number means that they are not understood.
const FORMAT: u32 = 1;
/// Larger facts are neither written nor read: no server serves so much.
pub const MAX_BYTES: usize = 4 << 20;
/// Most kinds whose columns are kept.
const MAX_COLUMNS: usize = 300;
/// Between two writes.
const REST: Duration = Duration::from_secs(2);
/// A disk that takes longer is not waited for.
const PATIENCE: Duration = Duration::from_millis(250);

/// Where facts are kept between sessions, by name. Both functions may block.
pub trait Shelf: Send + Sync {
    /// What was put there under this name; None where nothing can be read.
    fn take(&self, name: &str) -> Option<Vec<u8>>;
    /// Keeps it, in place of what was there.
    fn put(&self, name: &str, content: &[u8]);
}

/// The name under which the facts of one cluster are kept: its address, the way there, and the authority that vouches for it.
pub(crate) fn name(server: &str, way: &str, authority: &[Vec<u8>]) -> String {
    let mut context = Context::new(&SHA256);
    let mut add = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_le_bytes());
        context.update(bytes);
    };
    add(server.as_bytes());
    add(way.as_bytes());
    authority.iter().for_each(|der| add(der));
    let digest = context.finish();
    digest.as_ref().iter().take(16).fold(String::new(), |mut name, byte| {
        // A string takes whatever is written to it.
        let _ = write!(name, "{byte:02x}");
        name
    })
}

/// The columns of kinds that a CustomResourceDefinition declares.
pub(crate) type Columns = FxHashMap<Gvr, Vec<PrinterColumn>>;

/// What is known of one cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    /// `v1.36.3`; empty where nobody has said so.
    pub(crate) version: String,
    pub(crate) served: Parts,
    pub(crate) columns: Columns,
    /// What the link to it carried.
    pub(crate) pace: Option<Pace>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    #[serde(default)]
    version: String,
    #[serde(default)]
    served: [KeptPart; 2],
    /// By group/version/plural.
    #[serde(default)]
    columns: BTreeMap<String, Vec<KeptColumn>>,
    #[serde(default)]
    pace: Option<Pace>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct KeptPart {
    tag: String,
    resources: Vec<KeptResource>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct KeptResource {
    group: String,
    version: String,
    plural: String,
    kind: String,
    singular: String,
    short: Vec<String>,
    categories: Vec<String>,
    namespaced: bool,
    verbs: Vec<String>,
    subresources: Vec<String>,
    preferred: bool,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct KeptColumn {
    name: String,
    value_type: String,
    format: String,
    json_path: String,
    priority: i32,
    description: String,
}

fn words(all: &[Text]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn text(words: &str) -> Text {
    errors::line(words).into()
}

fn texts(all: &[String]) -> Vec<Text> {
    all.iter().map(|words| text(words)).collect()
}

impl KeptResource {
    fn of(resource: &Resource) -> Self {
        let Gvr { group, version, plural } = &resource.gvr;
        Self {
            group: group.to_string(),
            version: version.to_string(),
            plural: plural.to_string(),
            kind: resource.kind.to_string(),
            singular: resource.singular.to_string(),
            short: words(&resource.short_names),
            categories: words(&resource.categories),
            namespaced: resource.namespaced,
            verbs: words(&resource.verbs),
            subresources: words(&resource.subresources),
            preferred: resource.preferred,
        }
    }

    /// None where it is no resource type: its names get into requests.
    fn resource(&self) -> Option<Resource> {
        let fits = (self.group.is_empty() || is_name(&self.group))
            && is_name(&self.version)
            && is_name(&self.plural);
        fits.then(|| Resource {
            gvr: Gvr::new(&*self.group, &*self.version, &*self.plural),
            kind: text(&self.kind),
            singular: text(&self.singular),
            short_names: texts(&self.short),
            categories: texts(&self.categories),
            namespaced: self.namespaced,
            verbs: texts(&self.verbs),
            subresources: texts(&self.subresources),
            preferred: self.preferred,
        })
    }
}

impl KeptColumn {
    fn of(column: &PrinterColumn) -> Self {
        Self {
            name: column.name.clone(),
            value_type: column.value_type.clone(),
            format: column.format.clone(),
            json_path: column.json_path.clone(),
            priority: column.priority,
            description: column.description.clone(),
        }
    }

    fn column(self) -> PrinterColumn {
        let Self { name, value_type, format, json_path, priority, description } = self;
        PrinterColumn { name, value_type, format, json_path, priority, description }
    }
}

impl Facts {
    /// As bytes for the shelf; None where they are too many.
    pub(crate) fn written(&self) -> Option<Vec<u8>> {
        let part = |part: &Part| KeptPart {
            tag: part.tag.clone(),
            resources: part.resources.iter().map(KeptResource::of).collect(),
        };
        let columns = self.columns.iter().map(|(gvr, columns)| {
            let name = format!("{}/{}/{}", gvr.group, gvr.version, gvr.plural);
            (name, columns.iter().map(KeptColumn::of).collect())
        });
        let kept = Kept {
            format: FORMAT,
            version: self.version.clone(),
            served: [part(&self.served[0]), part(&self.served[1])],
            columns: columns.collect(),
            pace: self.pace,
        };
        serde_json::to_vec(&kept).ok().filter(|bytes| bytes.len() <= MAX_BYTES)
    }

    /// From what lay on the shelf: whatever it is, and whoever has put it there. None where it is not understood.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_BYTES {
            return None;
        }
        let kept: Kept =
            serde_json::from_slice(bytes).ok().filter(|kept: &Kept| kept.format == FORMAT)?;
        let part = |part: &KeptPart| {
            let resources: Vec<Resource> =
                part.resources.iter().filter_map(KeptResource::resource).collect();
            // What was changed by somebody must not be confirmed by a tag.
            let whole = resources.len() == part.resources.len();
            Part { tag: if whole { part.tag.clone() } else { String::new() }, resources }
        };
        let columns = kept.columns.into_iter().filter_map(|(name, columns)| {
            let mut parts = name.splitn(3, '/');
            let gvr = Gvr::new(parts.next()?, parts.next()?, parts.next()?);
            Some((gvr, columns.into_iter().map(KeptColumn::column).collect()))
        });
        Some(Self {
            version: errors::line(&kept.version),
            served: [part(&kept.served[0]), part(&kept.served[1])],
            columns: columns.collect(),
            pace: kept.pace,
        })
    }
}

/// The facts of one connection: those of earlier sessions, and what this one adds.
#[derive(Default)]
pub(crate) struct Notes {
    shelf: RefCell<Option<(Arc<dyn Shelf>, String)>>,
    facts: RefCell<Facts>,
    changed: Notify,
}

impl std::fmt::Debug for Notes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notes").finish_non_exhaustive()
    }
}

impl Notes {
    /// Takes what earlier sessions have left under this name.
    pub(crate) async fn open(&self, shelf: Arc<dyn Shelf>, name: String) {
        let taken = {
            let (shelf, name) = (Arc::clone(&shelf), name.clone());
            tokio::task::spawn_blocking(move || Facts::read(&shelf.take(&name)?))
        };
        if let Ok(Ok(Some(facts))) = tokio::time::timeout(PATIENCE, taken).await {
            *self.facts.borrow_mut() = facts;
        }
        *self.shelf.borrow_mut() = Some((shelf, name));
    }

    /// What is known by now.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Facts) -> T) -> T {
        look(&self.facts.borrow())
    }

    /// Notes something; `change` says whether it was news.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Facts) -> bool) {
        if change(&mut self.facts.borrow_mut()) {
            self.changed.notify_one();
        }
    }

    /// The columns of a kind, as its definition declares them.
    pub(crate) fn note_columns(&self, gvr: &Gvr, columns: &[PrinterColumn]) {
        self.note(|facts| {
            let known = facts.columns.get(gvr);
            let news = known.is_none_or(|known| known != columns)
                && (known.is_some() || facts.columns.len() < MAX_COLUMNS);
            if news {
                facts.columns.insert(gvr.clone(), columns.to_vec());
            }
            news
        });
    }

    /// Puts what is new on the shelf, until it is dropped.
    pub(crate) async fn keep(&self) {
        loop {
            self.changed.notified().await;
            let shelf = self.shelf.borrow().clone();
            let Some((shelf, name)) = shelf else { continue };
            let facts = self.facts.borrow().clone();
            let put = tokio::task::spawn_blocking(move || {
                if let Some(bytes) = facts.written() {
                    shelf.put(&name, &bytes);
                }
            });
            // Nothing depends on it: the next session starts as this one did.
            let _ = put.await;
            tokio::time::sleep(REST).await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn facts() -> Facts {
        let cart = KeptResource {
            group: "shop.io".into(),
            version: "v1".into(),
            plural: "carts".into(),
            kind: "Cart".into(),
            singular: "cart".into(),
            short: vec!["ca".into()],
            namespaced: true,
            verbs: vec!["list".into(), "watch".into()],
            preferred: true,
            ..KeptResource::default()
        };
        let cart = cart.resource().unwrap();
        let column =
            PrinterColumn { name: "Owner".into(), priority: 1, ..PrinterColumn::default() };
        Facts {
            version: "v1.36.3".into(),
            columns: [(cart.gvr.clone(), vec![column])].into_iter().collect(),
            served: [Part::default(), Part { tag: "\"A1\"".into(), resources: vec![cart] }],
            pace: Some(Pace { bytes_per_second: 1_000_000, at: 1_800_000_000 }),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let facts = facts();
        assert_eq!(Facts::read(&facts.written().unwrap()), Some(facts));
    }

    #[test]
    fn whatever_lies_there_instead_is_no_fact() {
        let good = String::from_utf8(facts().written().unwrap()).unwrap();
        for bad in
            ["", "{}", "[]", "null", "{\"format\":1", &good.replace("\"format\":1", "\"format\":2")]
        {
            assert_eq!(Facts::read(bad.as_bytes()), None, "{bad}");
        }
        for end in 0..good.len() {
            assert_eq!(Facts::read(&good.as_bytes()[..end]), None);
        }
        assert_eq!(Facts::read(&vec![b' '; MAX_BYTES + 1]), None);
    }

    #[test]
    fn names_that_lead_elsewhere_are_left_out_and_no_tag_vouches_for_the_rest() {
        let good = String::from_utf8(facts().written().unwrap()).unwrap();
        for bad in ["../../x", "a b", "a/b", "a?b", "", ".x"] {
            let read = Facts::read(good.replace("\"carts\",", &format!("\"{bad}\",")).as_bytes());
            assert_eq!(read.unwrap().served, Parts::default(), "{bad}");
        }
        let odd = good.replace("\"Cart\"", "\"Ca\\u001b[2Jrt\"");
        let read = Facts::read(odd.as_bytes()).unwrap();
        assert!(!read.served[1].resources[0].kind.contains('\x1b'));
    }

    #[test]
    fn another_cluster_has_another_name() {
        let ca = [vec![1, 2, 3]];
        let names = [
            name("https://a:6443/", "", &ca),
            name("https://b:6443/", "", &ca),
            name("https://a:6443/", "", &[vec![1, 2], vec![3]]),
            name("https://a:6443/", "http://proxy", &ca),
            name("https://a:6443/", "", &[]),
        ];
        let different: std::collections::BTreeSet<&String> = names.iter().collect();
        assert_eq!(different.len(), names.len());
        assert!(names.iter().all(|name| name.len() == 32 && is_name(name)));
        assert_eq!(names[0], name("https://a:6443/", "", &ca));
    }
}
