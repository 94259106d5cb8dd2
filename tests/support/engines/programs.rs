//! Where the engines' programs and their CRDs come from: a cache, or a build.

use crate::support::golang::{self, Unavailable, fault};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What Argo CD needs.
pub struct ArgoPrograms {
    /// Controller and repo-server in one, by `ARGOCD_BINARY_NAME`.
    pub argocd: PathBuf,
    /// Folder of its CRDs.
    pub crds: PathBuf,
}

/// What Flux needs.
pub struct FluxPrograms {
    /// The kustomize-controller.
    pub kustomize_controller: PathBuf,
    /// Folder of its CRDs, those of sources among them.
    pub crds: PathBuf,
}

/// What Argo Rollouts needs.
pub struct RolloutsPrograms {
    /// The controller.
    pub controller: PathBuf,
    /// Folder of its CRDs.
    pub crds: PathBuf,
}

const ARGO: &str = "engines/argocd";
const ROLLOUTS: &str = "engines/rollouts";
const FLUX: &str = "engines/flux";
const HELM: &str = "engines/helm";
/// Whose CRDs are taken, but not the program: artifacts come from a server of the tests.
const SOURCES: &str = "github.com/fluxcd/source-controller@v1.9.0";
const LDFLAGS: &str = "-s -w";
const WITHOUT_GO: &str = "no engines: install Go to have them built";

/// Argo CD, built where it is not yet, and whether the programs that it calls are there.
pub fn argo() -> Result<ArgoPrograms, Unavailable> {
    needs("redis-server", "Argo CD keeps its cache there (Debian: apt-get install redis-server)")?;
    needs("git", "Argo CD reads repositories with it")?;
    let dir = golang::kept(ARGO, &[])?;
    let found = ArgoPrograms { argocd: dir.join("argocd"), crds: dir.join("crds") };
    if !found.argocd.is_file() || !found.crds.is_dir() {
        golang::in_turn(&dir, WITHOUT_GO, || {
            let source = golang::source(ARGO);
            let what = "building Argo CD's controller (some minutes the first time)";
            golang::build(&source, ".", LDFLAGS, &found.argocd, what)?;
            let module = module_dir(&source, "github.com/argoproj/argo-cd/v3")?;
            keep_crds(&[module.join("manifests/crds")], &found.crds)
        })?;
    }
    Ok(found)
}

/// Flux, built where it is not yet.
pub fn flux() -> Result<FluxPrograms, Unavailable> {
    let dir = golang::kept(FLUX, &[SOURCES])?;
    let found = FluxPrograms {
        kustomize_controller: dir.join("kustomize-controller"),
        crds: dir.join("crds"),
    };
    if !found.kustomize_controller.is_file() || !found.crds.is_dir() {
        golang::in_turn(&dir, WITHOUT_GO, || {
            let source = golang::source(FLUX);
            let package = "github.com/fluxcd/kustomize-controller";
            let what = "building Flux's kustomize-controller (some minutes the first time)";
            golang::build(&source, package, LDFLAGS, &found.kustomize_controller, what)?;
            let crds = "config/crd/bases";
            let folders = [
                module_dir(&source, package)?.join(crds),
                golang::downloaded(&dir, SOURCES, "its CRDs")?.join(crds),
            ];
            keep_crds(&folders, &found.crds)
        })?;
    }
    Ok(found)
}

/// Argo Rollouts, built where it is not yet.
pub fn rollouts() -> Result<RolloutsPrograms, Unavailable> {
    let dir = golang::kept(ROLLOUTS, &[])?;
    let found =
        RolloutsPrograms { controller: dir.join("rollouts-controller"), crds: dir.join("crds") };
    if !found.controller.is_file() || !found.crds.is_dir() {
        golang::in_turn(&dir, WITHOUT_GO, || {
            let source = golang::source(ROLLOUTS);
            let module = "github.com/argoproj/argo-rollouts";
            let package = format!("{module}/cmd/rollouts-controller");
            let what = "building Argo Rollouts' controller (some minutes the first time)";
            golang::build(&source, &package, LDFLAGS, &found.controller, what)?;
            keep_crds(&[module_dir(&source, module)?.join("manifests/crds")], &found.crds)
        })?;
    }
    Ok(found)
}

/// Helm, built where it is not yet.
pub fn helm() -> Result<PathBuf, Unavailable> {
    let dir = golang::kept(HELM, &[])?;
    let helm = dir.join("helm");
    if !helm.is_file() {
        golang::in_turn(&dir, WITHOUT_GO, || {
            let what = "building Helm (some minutes the first time)";
            golang::build(&golang::source(HELM), "helm.sh/helm/v4/cmd/helm", LDFLAGS, &helm, what)
        })?;
    }
    Ok(helm)
}

fn needs(program: &str, why: &str) -> Result<(), Unavailable> {
    let found = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match found {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Unavailable(format!("{program} is not in PATH: {why}"))),
    }
}

/// Where a module that another requires lies.
fn module_dir(source: &Path, module: &str) -> Result<PathBuf, Unavailable> {
    let mut go = golang::go();
    go.args(["list", "-m", "-f", "{{.Dir}}", module]).current_dir(source);
    golang::run(go, &format!("looking for {module}")).map(PathBuf::from)
}

/// Copies CRDs to `to`, which is there only when all are.
fn keep_crds(folders: &[PathBuf], to: &Path) -> Result<(), Unavailable> {
    let part = to.with_extension("part");
    std::fs::create_dir_all(&part).map_err(|e| fault("crds", &e))?;
    for folder in folders {
        let files =
            std::fs::read_dir(folder).map_err(|e| fault(&folder.display().to_string(), &e))?;
        for file in files {
            let path = file.map_err(|e| fault("crds", &e))?.path();
            let name = path.file_name().unwrap_or_default();
            if name != "kustomization.yaml" && path.extension().is_some_and(|end| end == "yaml") {
                let bytes = std::fs::read(&path).map_err(|e| fault("crds", &e))?;
                std::fs::write(part.join(name), bytes).map_err(|e| fault("crds", &e))?;
            }
        }
    }
    golang::keep(&part, to)
}
