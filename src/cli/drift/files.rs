//! Manifests from files, directories, standard input, and from whoever renders a kustomization.

use crate::drift::manifest::{self, Manifest};
use crate::model::{Fault, FaultKind};
use crate::text::sanitise::clean;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Largest file that is read, bytes: beyond it is no manifest.
const LARGEST: u64 = 64 << 20;

/// What was found.
pub struct Found {
    /// Where it comes from, in words.
    pub what: String,
    /// The objects.
    pub manifests: Vec<Manifest>,
    /// What cannot be used, one sentence each.
    pub faults: Vec<Fault>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

fn input(what: impl Into<String>, why: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Input, what, why)
}

/// Reads files, directories with all below them, and `-`.
pub fn read(places: &[PathBuf]) -> Found {
    let what = match places {
        [one] if one.as_os_str() == "-" => "standard input".to_owned(),
        [one] => one.display().to_string(),
        all => format!("{} files or directories", all.len()),
    };
    let mut found = Found { what, manifests: Vec::new(), faults: Vec::new(), notes: Vec::new() };
    let mut stdin = false;
    for place in places {
        let name = place.display().to_string();
        if name == "-" {
            if !std::mem::replace(&mut stdin, true) {
                let mut text = Vec::new();
                let read = std::io::stdin().lock().take(LARGEST).read_to_end(&mut text);
                found.take("-", read.map(|_| text));
            }
        } else if name.starts_with("http://") || name.starts_with("https://") {
            let hint = "fetch it first: curl -fsSL URL | wheelhouse drift -f -";
            found
                .faults
                .push(input(format!("-f {name}"), "files are read, not addresses").hint(hint));
        } else if place.is_dir() {
            let before = found.manifests.len() + found.faults.len();
            found.directory(place);
            if found.manifests.len() + found.faults.len() == before {
                let why = "no .yaml, .yml or .json file in it holds a manifest";
                found.faults.push(input(format!("-f {name}"), why));
            }
        } else {
            let before = found.manifests.len() + found.faults.len();
            found.file(place);
            if found.manifests.len() + found.faults.len() == before {
                found.faults.push(input(format!("-f {name}"), "there is no manifest in it"));
            }
        }
    }
    found
}

impl Found {
    fn directory(&mut self, dir: &Path) {
        let entries = match std::fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) => {
                return self
                    .faults
                    .push(input(format!("read {}", dir.display()), error.to_string()));
            }
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        // kubectl reads in this order too.
        paths.sort();
        for path in paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let name = name.unwrap_or_default();
            let ends = |suffix: &str| name.ends_with(suffix);
            if path.is_dir() {
                // A link may lead in circles.
                if name != ".git" && !path.is_symlink() {
                    self.directory(&path);
                }
            } else if matches!(name.as_str(), "kustomization.yaml" | "kustomization.yml") {
                let words = "left out: a kustomization is rendered, with -k";
                self.notes.push(format!("{}: {words} {}", path.display(), dir.display()));
            } else if ends(".yaml") || ends(".yml") || ends(".json") {
                self.file(&path);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let name = path.display().to_string();
        let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
        let size = std::fs::metadata(path).map(|meta| meta.len());
        if size.is_ok_and(|size| size > LARGEST) {
            return self.faults.push(input(format!("read {name}"), "it is larger than 64 MB"));
        }
        self.take(&name, std::fs::read(path));
    }

    fn take(&mut self, name: &str, bytes: std::io::Result<Vec<u8>>) {
        let what = || match name {
            "-" => "read standard input".to_owned(),
            "" => "read what was rendered".to_owned(),
            name => format!("read {name}"),
        };
        let text = match bytes {
            Ok(bytes) => String::from_utf8(bytes),
            Err(error) => return self.faults.push(input(what(), error.to_string())),
        };
        let Ok(text) = text else {
            return self.faults.push(input(what(), "it is no UTF-8 text"));
        };
        let (manifests, faults) = manifest::read(name, &text);
        if name == "-" && manifests.is_empty() && faults.is_empty() {
            self.faults.push(input(what(), "there is no manifest in it"));
        }
        self.manifests.extend(manifests);
        self.faults.extend(faults);
    }
}

/// Has a kustomization rendered by the person's own program.
///
/// # Errors
/// There is none, or it fails.
pub fn rendered(dir: &Path) -> Result<Found, Fault> {
    let name = dir.display().to_string();
    let programs: [(&str, &[&str]); 2] = [("kustomize", &["build"]), ("kubectl", &["kustomize"])];
    for (program, args) in programs {
        let output = Command::new(program).args(args).arg(dir).output();
        let output = match output {
            Ok(output) => output,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(input(format!("run {program}"), error.to_string())),
        };
        let command = format!("{program} {} {name}", args.join(" "));
        if !output.status.success() {
            for line in String::from_utf8_lossy(&output.stderr).lines() {
                eprintln!("{program}: {}", clean(line));
            }
            let how = output.status.code();
            let why = how.map_or_else(
                || "it was ended by a signal".to_owned(),
                |code| format!("it ended with exit code {code}"),
            );
            return Err(input(command, why).hint("its own words are above"));
        }
        let mut found =
            Found { what: command, manifests: Vec::new(), faults: Vec::new(), notes: Vec::new() };
        found.take("", Ok(output.stdout));
        if found.manifests.is_empty() && found.faults.is_empty() {
            found.faults.push(input(format!("-k {name}"), "nothing comes of it"));
        }
        return Ok(found);
    }
    let why = "neither kustomize nor kubectl is in PATH, and one of them has to render it";
    Err(input(format!("-k {name}"), why)
        .hint("install one, or give what was rendered: … | wheelhouse drift -f -"))
}
