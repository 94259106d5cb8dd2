//! Real engines on a real control plane: Argo CD's application-controller with its repo-server,
//! Flux's kustomize-controller, and Argo Rollouts' controller. All on one, so that what one brings is
//! seen beside the rest.
//!
//! Built once from Go modules in `tests/engines`, shared by all tests of engines, which run one after
//! another and stay in namespaces of their own. Nothing needs the network or a container.

pub mod argo;
pub mod cache;
pub mod flux;
mod programs;
pub mod rollouts;
mod tarball;

use super::control_plane::{ControlPlane, Options, starting};
use super::golang::Unavailable;
use super::wait::until;
pub use argo::Argo;
pub use flux::Flux;
pub use programs::helm;
pub use rollouts::Rollouts;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Default)]
struct Shared {
    plane: Option<Result<Arc<ControlPlane>, Unavailable>>,
    argo: Option<Result<Arc<Argo>, Unavailable>>,
    flux: Option<Result<Arc<Flux>, Unavailable>>,
    rollouts: Option<Result<Arc<Rollouts>, Unavailable>>,
}

impl Shared {
    fn plane(&mut self) -> Result<Arc<ControlPlane>, Unavailable> {
        let start = || ControlPlane::start(&Options::whole()).map(Arc::new);
        self.plane.get_or_insert_with(start).clone()
    }
}

static SHARED: Mutex<Shared> =
    Mutex::new(Shared { plane: None, argo: None, flux: None, rollouts: None });

/// Argo CD on the control plane of the engines; started by the first that asks.
pub fn argo() -> Result<Arc<Argo>, Unavailable> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(argo) = &shared.argo {
        return argo.clone();
    }
    let argo = starting("Argo CD", 1, || {
        // What cannot run is known before anything is started.
        let programs = programs::argo()?;
        Ok(Argo::start(shared.plane()?, &programs))
    });
    let argo = argo.map(Arc::new);
    shared.argo = Some(argo.clone());
    argo
}

/// Flux on the control plane of the engines; started by the first that asks.
pub fn flux() -> Result<Arc<Flux>, Unavailable> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(flux) = &shared.flux {
        return flux.clone();
    }
    let flux = starting("Flux", 1, || {
        let programs = programs::flux()?;
        Ok(Flux::start(shared.plane()?, &programs))
    });
    let flux = flux.map(Arc::new);
    shared.flux = Some(flux.clone());
    flux
}

/// Argo Rollouts on the control plane of the engines; started by the first that asks.
pub fn rollouts() -> Result<Arc<Rollouts>, Unavailable> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(rollouts) = &shared.rollouts {
        return rollouts.clone();
    }
    let rollouts = starting("Argo Rollouts", 1, || {
        let programs = programs::rollouts()?;
        Ok(Rollouts::start(shared.plane()?, &programs))
    });
    let rollouts = rollouts.map(Arc::new);
    shared.rollouts = Some(rollouts.clone());
    rollouts
}

/// Ends them; for the end of the test run.
pub fn end_shared() {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    // Controllers before the API server that they use.
    shared.argo = None;
    shared.flux = None;
    shared.rollouts = None;
    shared.plane = None;
}

/// Custom resource definitions in files of this folder, applied and served.
fn apply_crds(plane: &ControlPlane, dir: &std::path::Path) {
    let dir = dir.display().to_string();
    plane.kubectl_says(&["apply", "--server-side", "-f", &dir]);
    // A definition that was just made has no conditions yet, which `kubectl wait` takes for an error.
    let names = plane.kubectl_says(&["get", "-o", "name", "-f", &dir]);
    for name in names.lines().filter_map(|line| line.rsplit('/').next()) {
        until(&format!("{name} to be served"), || {
            let output = plane.kubectl(&["get", name, "--all-namespaces"]);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.success() { Ok(()) } else { Err(said) }
        });
    }
}
