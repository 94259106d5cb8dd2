//! What we claim to show like kubectl is compared with the server's own tables and the real kubectl.

mod cells;
mod describe;
pub mod kinds;
pub mod load;
mod pods;
mod protobuf;

use crate::support::control_plane::Options;
use crate::support::trials;
use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_own(
            "oracle::kinds_with_care_show_the_servers_cells",
            Options::bare(),
            kinds::kinds_with_care_show_the_servers_cells,
        ),
        trials::on_own(
            "oracle::odd_printer_columns_show_the_servers_cells",
            Options::bare(),
            kinds::odd_printer_columns_show_the_servers_cells,
        ),
        trials::on_own(
            "oracle::crafted_pods_read_as_kubectl_prints_them",
            Options::bare(),
            pods::crafted_pods_read_as_kubectl_prints_them,
        ),
        trials::on_own(
            "oracle::crafted_objects_are_described_as_kubectl_does",
            Options::bare(),
            describe::crafted_objects_are_described_as_kubectl_does,
        ),
        trials::on_shared(
            "oracle::living_objects_are_described_as_kubectl_does",
            describe::living_objects_are_described_as_kubectl_does,
        ),
    ]
}
