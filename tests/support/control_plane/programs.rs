//! Where the control plane's programs come from: `KUBEBUILDER_ASSETS`, a cache, or a build.

use super::process::Program;
use crate::support::golang::{self, Unavailable};
use crate::support::paths::root;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The programs found.
#[derive(Debug)]
pub struct Programs {
    /// Where they come from, for messages.
    pub origin: String,
    pub etcd: Program,
    pub apiserver: Program,
    pub kubectl: Program,
    pub controller_manager: Option<Program>,
    pub scheduler: Option<Program>,
    pub kwok: Option<Program>,
    /// Names of those that are not there.
    pub missing: Vec<&'static str>,
}

const MODULE: &str = "control-plane";
const VERSION: &str = "v1.36.3";
const KWOK: &str = "sigs.k8s.io/kwok/cmd/kwok@v0.8.0";

/// What the nodes and pods of kwok do.
pub fn stages() -> PathBuf {
    root().join("tests/control-plane/stages.yaml")
}

/// Looks once per test run.
pub fn find() -> Result<Arc<Programs>, Unavailable> {
    static FOUND: OnceLock<Result<Arc<Programs>, Unavailable>> = OnceLock::new();
    FOUND.get_or_init(|| look().map(Arc::new)).clone()
}

fn look() -> Result<Programs, Unavailable> {
    if let Some(assets) = std::env::var_os("KUBEBUILDER_ASSETS").filter(|dir| !dir.is_empty()) {
        return from_assets(Path::new(&assets));
    }
    let dir = golang::kept(MODULE, &[])?;
    let programs = dir.join("control-plane");
    let kwok = dir.join("kwok");
    if !programs.is_file() || !kwok.is_file() {
        build(&dir)?;
    }
    let role = |name| Program::role(&programs, name);
    Ok(Programs {
        origin: programs.display().to_string(),
        etcd: role("etcd"),
        apiserver: role("kube-apiserver"),
        kubectl: role("kubectl"),
        controller_manager: Some(role("kube-controller-manager")),
        scheduler: Some(role("kube-scheduler")),
        kwok: Some(Program::foreign(&kwok)),
        missing: Vec::new(),
    })
}

/// envtest's convention: a folder with etcd, kube-apiserver and kubectl. What else lies there is used.
fn from_assets(dir: &Path) -> Result<Programs, Unavailable> {
    let need = |name: &str| {
        let path = dir.join(name);
        if path.is_file() {
            Ok(Program::foreign(&path))
        } else {
            Err(Unavailable(format!("KUBEBUILDER_ASSETS={} has no {name}", dir.display())))
        }
    };
    let mut missing = Vec::new();
    let mut may = |name: &'static str| {
        let found = need(name).ok();
        if found.is_none() {
            missing.push(name);
        }
        found
    };
    let controller_manager = may("kube-controller-manager");
    let scheduler = may("kube-scheduler");
    let kwok = may("kwok");
    Ok(Programs {
        origin: format!("KUBEBUILDER_ASSETS={}", dir.display()),
        etcd: need("etcd")?,
        apiserver: need("kube-apiserver")?,
        kubectl: need("kubectl")?,
        controller_manager,
        scheduler,
        kwok,
        missing,
    })
}

fn build(dir: &Path) -> Result<(), Unavailable> {
    let without_go = "no control plane: set KUBEBUILDER_ASSETS, or install Go to have it built";
    golang::in_turn(dir, without_go, || {
        let flags = format!(
            "-s -w -X k8s.io/component-base/version.gitVersion={VERSION} \
             -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"
        );
        let what = "building the control plane (about ten minutes the first time)";
        golang::build(&golang::source(MODULE), ".", &flags, &dir.join("control-plane"), what)?;
        if dir.join("kwok").is_file() {
            return Ok(());
        }
        let part = dir.join("part");
        let mut go = golang::go();
        go.args(["install", KWOK]).env("GOBIN", &part).current_dir(dir);
        golang::run(go, "building kwok (some minutes the first time)")?;
        golang::keep(&part.join("kwok"), &dir.join("kwok"))
    })
}
