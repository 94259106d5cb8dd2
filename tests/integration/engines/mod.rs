//! The program beside the real engines: what it asks of them, they do, and what it says of them is so.

mod agree;
mod all_at_once;
mod argo;
mod argo_back;
mod argo_delete;
mod argo_drift;
mod argo_exact;
mod flux;
mod flux_drift;
mod flux_exact;
pub mod manifests;
mod program;
mod rollouts;
mod rollouts_more;
mod two_servers;

use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    let mut all = argo::trials();
    all.extend(argo_back::trials());
    all.extend(argo_delete::trials());
    all.extend(argo_drift::trials());
    all.extend(argo_exact::trials());
    all.extend(flux::trials());
    all.extend(flux_drift::trials());
    all.extend(flux_exact::trials());
    all.extend(rollouts::trials());
    all.extend(rollouts_more::trials());
    all.extend(all_at_once::trials());
    all.extend(two_servers::trials());
    all
}
