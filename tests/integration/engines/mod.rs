//! The program beside the real engines: what it asks of them, they do, and what it says of them is so.

mod argo;
mod flux;
mod manifests;

use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    argo::trials().into_iter().chain(flux::trials()).collect()
}
