//! What people really deploy: charts and install manifests as they lie in the Go modules of their projects,
//! kept beside the programs of the tests.

use super::golang::{self, Unavailable, fault};
use std::fs;
use std::path::{Path, PathBuf};

/// A module, and which of its folders and files are taken, under which name.
type Taken = (&'static str, &'static [(&'static str, &'static str)]);

const MODULES: &[Taken] = &[
    (
        "github.com/argoproj/argo-cd/v3@v3.2.11",
        &[("manifests/install.yaml", "argo-cd/install.yaml")],
    ),
    ("github.com/cert-manager/cert-manager@v1.21.2", &[("deploy/charts", "charts")]),
    ("sigs.k8s.io/metrics-server@v0.9.0", &[("charts", "charts")]),
    (
        "github.com/fluxcd/flagger@v1.36.1",
        &[("charts/flagger", "charts/flagger"), ("charts/podinfo", "charts/podinfo")],
    ),
    ("github.com/fluxcd/flux2/v2@v2.9.5", &[("manifests", "flux")]),
    (
        "github.com/fluxcd/source-controller@v1.9.0",
        &[
            ("config/crd", "flux/source-controller/crd"),
            ("config/manager", "flux/source-controller/manager"),
        ],
    ),
    (
        "github.com/fluxcd/kustomize-controller@v1.9.4",
        &[
            ("config/crd", "flux/kustomize-controller/crd"),
            ("config/manager", "flux/kustomize-controller/manager"),
        ],
    ),
];

/// Controllers of Flux whose own manifests are here.
const CONTROLLERS: &[&str] = &["source-controller", "kustomize-controller"];

/// Where they are kept.
pub struct World(PathBuf);

impl World {
    /// A chart.
    pub fn chart(&self, name: &str) -> String {
        self.0.join("charts").join(name).display().to_string()
    }

    /// What `kubectl apply -n argocd` is told to install.
    pub fn argo_cd(&self) -> PathBuf {
        self.0.join("argo-cd/install.yaml")
    }

    /// A kustomization of what `flux install` installs of these controllers.
    pub fn flux(&self) -> PathBuf {
        self.0.join("flux/install")
    }
}

/// All of it, downloaded where it is not kept yet.
pub fn world() -> Result<World, Unavailable> {
    let versions: Vec<&str> = MODULES.iter().map(|(module, _)| *module).collect();
    let dir = golang::kept("engines/world", &versions)?;
    let kept = dir.join("world");
    if !kept.is_dir() {
        let without_go = "no manifests of others: install Go to have them downloaded";
        golang::in_turn(&dir, without_go, || {
            let part = kept.with_extension("part");
            let _ = fs::remove_dir_all(&part);
            for (module, taken) in MODULES {
                let from = golang::downloaded(&dir, module, "its manifests")?;
                for (what, to) in *taken {
                    copy(&from.join(what), &part.join(to)).map_err(|e| fault(what, &e))?;
                }
            }
            localize(&part.join("flux")).map_err(|e| fault("flux", &e))?;
            golang::keep(&part, &kept)
        })?;
    }
    Ok(World(kept))
}

/// Flux builds what it installs of releases of its controllers, which are made of the folders that were taken;
/// what is of controllers that are not here is left out.
fn localize(flux: &Path) -> std::io::Result<()> {
    for name in CONTROLLERS {
        let at = flux.join("bases").join(name).join("kustomization.yaml");
        let text = fs::read_to_string(&at)?;
        let line = |line: &str| match line {
            line if !line.contains("https://") => line.to_owned(),
            line if line.ends_with("crds.yaml") => format!("- ../../{name}/crd"),
            _ => format!("- ../../{name}/manager"),
        };
        fs::write(&at, lines(&text, |one| Some(line(one))))?;
    }
    let at = flux.join("install/kustomization.yaml");
    let text = fs::read_to_string(&at)?;
    let is_here = |line: &str| {
        !line.contains("../bases/") || CONTROLLERS.iter().any(|name| line.ends_with(name))
    };
    fs::write(&at, lines(&text, |line| is_here(line).then(|| line.to_owned())))
}

fn lines(text: &str, each: impl Fn(&str) -> Option<String>) -> String {
    text.lines().filter_map(each).map(|line| line + "\n").collect()
}

/// Copies a file, or a folder with all below it. Modules are read-only; what is copied is not.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(to, fs::read(from)?)
}
