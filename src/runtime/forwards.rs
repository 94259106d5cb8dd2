//! Forwards kept for later sessions: one file, `forwards.toml`, with those of every context.

use crate::model::{ClusterId, Fault, FaultKind, ForwardSpec, Gvr, ObjRef, Text};
use crate::verbs::forward::{ports, written};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const FILE: &str = "forwards.toml";
/// No file of ours is larger.
const MAX_BYTES: u64 = 1 << 20;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    version: u32,
    #[serde(default, rename = "forward")]
    forwards: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    context: String,
    namespace: String,
    kind: String,
    name: String,
    group: String,
    api_version: String,
    plural: String,
    ports: String,
    address: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    first: String,
}

impl Entry {
    fn new(context: &str, spec: &ForwardSpec) -> Self {
        let target = &spec.target;
        Self {
            context: context.to_owned(),
            namespace: target.namespace.to_string(),
            kind: target.kind.to_string(),
            name: target.name.to_string(),
            group: target.gvr.group.to_string(),
            api_version: target.gvr.version.to_string(),
            plural: target.gvr.plural.to_string(),
            ports: spec.ports.iter().map(written).collect::<Vec<_>>().join(" "),
            address: spec.address.to_string(),
            first: spec.first.to_string(),
        }
    }

    /// None where somebody has written something into the file that is no forward: it gets into
    /// requests and onto the screen.
    fn spec(&self, cluster: ClusterId) -> Option<ForwardSpec> {
        let word = |text: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
            text.chars().all(fits).then(|| Text::from(text))
        };
        let filled = |text: &str| word(text).filter(|text| !text.is_empty());
        let target = ObjRef {
            cluster,
            gvr: Gvr {
                group: word(&self.group)?,
                version: filled(&self.api_version)?,
                plural: filled(&self.plural)?,
            },
            kind: filled(&self.kind)?,
            namespace: filled(&self.namespace)?,
            name: filled(&self.name)?,
            uid: Text::new(),
        };
        let address: Text = match self.address.contains(char::is_control) {
            true => return None,
            false => self.address.as_str().into(),
        };
        let ports = ports(&self.ports).ok().filter(|ports| !ports.is_empty())?;
        Some(ForwardSpec { target, first: word(&self.first)?, address, ports })
    }
}

/// The file of forwards.
#[derive(Debug)]
pub struct Store {
    dir: Option<PathBuf>,
    told: bool,
}

impl Store {
    /// In this directory; without one nothing is kept.
    pub fn new(dir: Option<PathBuf>) -> Self {
        Self { dir, told: false }
    }

    /// What is kept of a context; `cluster` is the one it is connected to now.
    ///
    /// # Errors
    /// There is a file, and it cannot be read or is none of ours.
    pub fn load(&self, context: &str, cluster: ClusterId) -> Result<Vec<ForwardSpec>, Fault> {
        let Some(dir) = &self.dir else { return Ok(Vec::new()) };
        let kept = read(dir)?;
        let of_context = kept.forwards.iter().filter(|entry| entry.context == context);
        Ok(of_context.filter_map(|entry| entry.spec(cluster)).collect())
    }

    /// Keeps these of a context in place of those kept before; those of other contexts stay. A fault
    /// comes back at most once per session.
    pub fn keep(&mut self, context: &str, forwards: &[ForwardSpec]) -> Option<Fault> {
        let dir = self.dir.as_ref()?;
        let saved = read(dir).and_then(|mut kept| {
            kept.version = 1;
            kept.forwards.retain(|entry| entry.context != context);
            kept.forwards.extend(forwards.iter().map(|spec| Entry::new(context, spec)));
            write(dir, &kept).map_err(|error| {
                let what = format!("keep forwards in {}", dir.join(FILE).display());
                Fault::new(FaultKind::Other, what, error.to_string())
                    .hint("they run on; only the next session will not know them")
            })
        });
        let fault = saved.err()?;
        (!std::mem::replace(&mut self.told, true)).then_some(fault)
    }
}

fn read(dir: &Path) -> Result<Kept, Fault> {
    let path = dir.join(FILE);
    let failed = |why: String| {
        Fault::new(FaultKind::Other, format!("read the forwards in {}", path.display()), why)
            .hint("move the file away to start with none")
    };
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
        Err(error) => return Err(failed(error.to_string())),
        Ok(meta) if !meta.is_file() || meta.len() > MAX_BYTES => {
            return Err(failed("it is no file of this program".into()));
        }
        Ok(_) => {}
    }
    let text = fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
    let kept: Kept = toml::from_str(&text).map_err(|error| failed(error.message().to_owned()))?;
    if kept.version > 1 {
        return Err(failed("a later version of the program wrote it".into()));
    }
    Ok(kept)
}

/// Writes beside the file and renames: a crash or a full disk never leaves half a file.
fn write(dir: &Path, kept: &Kept) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let text = toml::to_string(kept).map_err(io::Error::other)?;
    let part = dir.join(format!(".{FILE}.{}", std::process::id()));
    let written = || {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, dir.join(FILE))
    };
    written().inspect_err(|_| {
        // Nothing is to be done about what cannot even be removed.
        let _ = fs::remove_file(&part);
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn spec(name: &str) -> ForwardSpec {
        ForwardSpec {
            target: ObjRef {
                cluster: ClusterId(3),
                gvr: Gvr::new("apps", "v1", "deployments"),
                kind: "Deployment".into(),
                namespace: "shop".into(),
                name: name.into(),
                uid: Text::new(),
            },
            first: "web-1".into(),
            address: "127.0.0.1".into(),
            ports: ports("8080:http :9090").unwrap(),
        }
    }

    #[test]
    fn each_context_keeps_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::new(Some(dir.path().join("state")));
        assert_eq!(store.load("dev", ClusterId(3)).unwrap(), []);
        assert_eq!(store.keep("dev", &[spec("web"), spec("api")]), None);
        assert_eq!(store.keep("arn:aws:eks:eu-1:1:cluster/a", &[spec("db")]), None);
        assert_eq!(store.keep("dev", &[spec("web")]), None);
        let other = Store::new(Some(dir.path().join("state")));
        assert_eq!(other.load("dev", ClusterId(3)).unwrap(), [spec("web")]);
        assert_eq!(other.load("arn:aws:eks:eu-1:1:cluster/a", ClusterId(3)).unwrap(), [spec("db")]);
        assert_eq!(other.load("prod", ClusterId(3)).unwrap(), []);
    }

    #[test]
    fn what_is_no_forward_gets_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::new(Some(dir.path().to_owned()));
        let mut evil = spec("web");
        evil.target.name = "../../secrets/x".into();
        store.keep("dev", &[evil, spec("web")]);
        assert_eq!(store.load("dev", ClusterId(3)).unwrap(), [spec("web")]);
        fs::write(dir.path().join(FILE), "version = 9\n").unwrap();
        assert!(store.load("dev", ClusterId(3)).unwrap_err().why.contains("later version"));
        fs::write(dir.path().join(FILE), "what is this").unwrap();
        assert!(store.load("dev", ClusterId(3)).is_err());
        assert!(store.keep("dev", &[]).is_some(), "what cannot be read is not written over");
        assert!(store.keep("dev", &[]).is_none(), "and that is said once");
    }
}
