//! The program beside the real engines: what it asks of them, they do, and what it says of them is so.

mod agree;
mod argo;
mod argo_back;
mod flux;
mod manifests;
mod program;

use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    argo::trials().into_iter().chain(argo_back::trials()).chain(flux::trials()).collect()
}
