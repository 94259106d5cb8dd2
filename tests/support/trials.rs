//! Tests as values: which control plane each needs, and what happens where there is none.
//!
//! A test that cannot run is *ignored with the reason*, never counted as passed. Where
//! `WHEELHOUSE_REQUIRE_CONTROL_PLANE=1` is set (CI), it fails instead.

use super::control_plane::{ControlPlane, Options, Unavailable, shared};
use super::engines::{self, Argo, Flux, Rollouts};
use super::wait;
use super::world::{World, world};
use libtest_mimic::{Completion, Failed, Trial};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many tests ran on a real control plane, and how many would have but could not.
pub static RAN: AtomicUsize = AtomicUsize::new(0);
/// See [`RAN`].
pub static LEFT_OUT: AtomicUsize = AtomicUsize::new(0);

/// Tests with an own control plane run one after another: two cores carry no more.
static OWN: Mutex<()> = Mutex::new(());

/// A test that needs nothing.
pub fn plain(name: &str, story: fn()) -> Trial {
    Trial::test(name, move || {
        story();
        Ok(())
    })
}

/// A test that stays in namespaces of its own on the shared control plane, which has every
/// controller and nodes that run pods.
pub fn on_shared(name: &str, story: fn(&ControlPlane)) -> Trial {
    real(name, move || {
        let plane = shared()?;
        stand(&plane, ControlPlane::fault, || story(&plane));
        Ok(())
    })
}

/// A test with a control plane of its own, for what would disturb others: outages, CRDs, nodes,
/// lists over all namespaces.
pub fn on_own(name: &str, options: Options, story: fn(&mut ControlPlane)) -> Trial {
    real(name, move || {
        // A test that failed has poisoned nothing: each has its own plane.
        let _turn = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut plane = ControlPlane::start(&options)?;
        story(&mut plane);
        Ok(())
    })
}

/// A test on the real Argo CD, in a namespace and with applications of its own. Such tests run one after
/// another, and with those that have an own control plane.
pub fn on_argo(name: &str, story: fn(&Argo)) -> Trial {
    real(name, move || {
        let _turn = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        let argo = engines::argo()?;
        stand(&argo, Argo::fault, || story(&argo));
        Ok(())
    })
}

/// A test on the real Flux, in a namespace of its own; see [`on_argo`].
pub fn on_flux(name: &str, story: fn(&Flux)) -> Trial {
    real(name, move || {
        let _turn = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        let flux = engines::flux()?;
        stand(&flux, Flux::fault, || story(&flux));
        Ok(())
    })
}

/// A test on the real Argo Rollouts, in a namespace of its own; see [`on_argo`].
pub fn on_rollouts(name: &str, story: fn(&Rollouts)) -> Trial {
    real(name, move || {
        let _turn = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        let rollouts = engines::rollouts()?;
        stand(&rollouts, Rollouts::fault, || story(&rollouts));
        Ok(())
    })
}

/// A test on both of them and beside the real helm, on one control plane; see [`on_argo`].
pub fn on_engines(name: &str, story: fn(&Argo, &Flux, &Path)) -> Trial {
    real(name, move || {
        let _turn = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        // What cannot run is known before anything is started.
        let helm = engines::helm()?;
        let (argo, flux) = (engines::argo()?, engines::flux()?);
        stand(&argo, Argo::fault, || stand(&flux, Flux::fault, || story(&argo, &flux, &helm)));
        Ok(())
    })
}

/// A test on both of them, and on a second control plane, the shared one; see [`on_argo`].
pub fn on_engines_and_shared(name: &str, story: fn(&Argo, &Flux, &ControlPlane)) -> Trial {
    real(name, move || {
        let _turn = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        let (argo, flux, plane) = (engines::argo()?, engines::flux()?, shared()?);
        stand(&argo, Argo::fault, || stand(&flux, Flux::fault, || story(&argo, &flux, &plane)));
        Ok(())
    })
}

/// A test beside the real helm, in namespaces of its own on the shared control plane.
pub fn on_helm(name: &str, story: fn(&ControlPlane, &Path)) -> Trial {
    real(name, move || {
        // What cannot run is known before anything is started.
        let helm = engines::helm()?;
        let plane = shared()?;
        stand(&plane, ControlPlane::fault, || story(&plane, &helm));
        Ok(())
    })
}

/// A test with a control plane of its own, beside the real helm, of what others publish.
pub fn on_world(
    name: &str,
    options: Options,
    story: fn(&mut ControlPlane, &Path, &World),
) -> Trial {
    real(name, move || {
        let _turn = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        // What cannot run is known before anything is started.
        let (helm, world) = (engines::helm()?, world()?);
        let mut plane = ControlPlane::start(&options)?;
        story(&mut plane, &helm, &world);
        Ok(())
    })
}

/// Runs a story on something that other stories stand on too. It does not begin where that is gone, and
/// its waits end where it goes.
fn stand<T: 'static>(ground: &Arc<T>, fault: fn(&T) -> Option<String>, story: impl FnOnce()) {
    if let Some(why) = fault(ground) {
        panic!("what the test stands on is gone: {why}");
    }
    let ground = Arc::clone(ground);
    wait::standing_on(move || fault(&ground), story);
}

fn real(name: &str, run: impl FnOnce() -> Result<(), Unavailable> + Send + 'static) -> Trial {
    Trial::ignorable_test(name, move || match run() {
        Ok(()) => {
            RAN.fetch_add(1, Ordering::Relaxed);
            Ok(Completion::Completed)
        }
        Err(Unavailable(reason)) => {
            LEFT_OUT.fetch_add(1, Ordering::Relaxed);
            if std::env::var_os("WHEELHOUSE_REQUIRE_CONTROL_PLANE").is_some_and(|v| v == "1") {
                Err(Failed::from(format!("a control plane is required here: {reason}")))
            } else {
                Ok(Completion::ignored_with(reason))
            }
        }
    })
    .with_kind("real")
}
