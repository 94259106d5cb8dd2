//! Where the control plane's programs come from: `KUBEBUILDER_ASSETS`, a cache, or a build.

use super::process::Program;
use crate::support::paths::root;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

/// Why there is no control plane here.
#[derive(Clone, Debug)]
pub struct Unavailable(pub String);

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
    if !cfg!(unix) {
        return Err(Unavailable("the control plane runs on Linux and macOS only".to_owned()));
    }
    let base = directories::BaseDirs::new()
        .ok_or_else(|| Unavailable("no home directory to keep the programs in".to_owned()))?;
    let dir = base.cache_dir().join("wheelhouse-tests").join(fingerprint());
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

/// Changes with every file that the binary is made of (FNV-1a: only to tell them apart).
fn fingerprint() -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for name in ["go.mod", "go.sum", "main.go"] {
        let path = root().join("tests/control-plane").join(name);
        for byte in std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// Builds what is missing, one test run at a time; the others wait and find it.
fn build(dir: &Path) -> Result<(), Unavailable> {
    let fault = |what: &str, error: std::io::Error| Unavailable(format!("{what}: {error}"));
    std::fs::create_dir_all(dir).map_err(|e| fault(&dir.display().to_string(), e))?;
    let lock = File::create(dir.join("lock")).map_err(|e| fault("lock", e))?;
    lock.lock().map_err(|e| fault("lock", e))?;
    if Command::new("go").arg("version").output().is_err() {
        return Err(Unavailable(
            "no control plane: set KUBEBUILDER_ASSETS, or install Go to have it built".to_owned(),
        ));
    }
    if !dir.join("control-plane").is_file() {
        let flags = format!(
            "-s -w -X k8s.io/component-base/version.gitVersion={VERSION} \
             -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"
        );
        let mut go = go_command();
        go.args(["build", "-ldflags", &flags, "-o"])
            .arg(dir.join("control-plane.part"))
            .arg(".")
            .current_dir(root().join("tests/control-plane"));
        run(go, "building the control plane (about ten minutes the first time)")?;
        std::fs::rename(dir.join("control-plane.part"), dir.join("control-plane"))
            .map_err(|e| fault("control-plane", e))?;
    }
    if !dir.join("kwok").is_file() {
        let part = dir.join("part");
        let mut go = go_command();
        go.args(["install", KWOK]).env("GOBIN", &part).current_dir(dir);
        run(go, "building kwok (some minutes the first time)")?;
        std::fs::rename(part.join("kwok"), dir.join("kwok")).map_err(|e| fault("kwok", e))?;
    }
    Ok(())
}

fn go_command() -> Command {
    let mut go = Command::new("go");
    // The toolchain at hand, and no C compiler.
    go.env("CGO_ENABLED", "0").env("GOTOOLCHAIN", "local").env("GOFLAGS", "");
    go
}

fn run(mut go: Command, what: &str) -> Result<(), Unavailable> {
    let start = std::time::Instant::now();
    eprintln!("{what} …");
    let output = go.output().map_err(|error| Unavailable(format!("{what}: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Unavailable(format!("{what} failed:\n{}", said.trim_end())));
    }
    eprintln!("{what}: done after {} s", start.elapsed().as_secs());
    Ok(())
}
