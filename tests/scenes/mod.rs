//! Scenes: what people really do of a day, from the first command to the last, on a real control plane with
//! the real controllers.

mod certificate;
mod goes_back_in_git;
mod pipeline;
mod same_tag;
mod synced_on_push;

use crate::support::control_plane::ControlPlane;
use libtest_mimic::Trial;
use std::path::{Path, PathBuf};
use std::process::Output;

pub fn trials() -> Vec<Trial> {
    let mut all = pipeline::trials();
    all.extend(goes_back_in_git::trials());
    all.extend(certificate::trials());
    all.extend(synced_on_push::trials());
    all.extend(same_tag::trials());
    all
}

/// Runs the program as administrator.
fn run(plane: &ControlPlane, args: &[&str]) -> Output {
    crate::apps_cli::run(&plane.kubeconfig("admin"), args)
}

/// Both of what it printed and what it complained of.
fn said(output: &Output) -> String {
    crate::rollout_real::says(output)
}

/// It ended with this code, and said all of this.
fn ended(output: &Output, code: i32, words: &[&str]) -> String {
    let said = said(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "{word}\n{said}");
    }
    said
}

/// A folder of manifests, as somebody keeps it.
fn folder(dir: &Path, files: &[(&str, &str)]) -> PathBuf {
    std::fs::create_dir_all(dir).expect("a folder");
    for (name, text) in files {
        std::fs::write(dir.join(name), text).expect("a manifest");
    }
    dir.to_owned()
}
