//! A Kustomization is built from its files by the person's own `flux`, which does all that the controller does; without it by
//! `kustomize` or `kubectl`, where that comes to the same. (`generator` in fluxcd/pkg/kustomize.)

use super::unpack::SOURCE;
use serde_json::{Value, json};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

/// How long a program may take: it may fetch what the files name elsewhere.
pub(super) const LIMIT: Duration = Duration::from_secs(60);
/// Most bytes that are built.
const MOST: u64 = 64 << 20;
/// Most bytes kept of what a program complains.
const WORDS: u64 = 64 << 10;
/// Names under which kustomize looks for what a directory is.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// What the controller adds to a build and `kustomize` alone does not.
const BY_FLUX: [&str; 9] = [
    "commonMetadata",
    "components",
    "images",
    "namePrefix",
    "nameSuffix",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "postBuild",
];

/// The manifests of a Kustomization (its object as JSON) whose source was unpacked in `root`.
///
/// # Errors
/// No program can build it, or it cannot be built; the first words of the program are told.
pub(super) async fn build(root: &Path, object: &str, limit: Duration) -> Result<String, String> {
    let object: Value =
        serde_json::from_str(object).map_err(|_| "the Kustomization is no JSON".to_owned())?;
    let dir = directory(root, &object)?;
    let file = root.join("kustomization-of-flux.json");
    let full = |error: std::io::Error| format!("it cannot be built here: {error}");
    fs::write(&file, object.to_string()).map_err(full)?;
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let mut flux = Command::new("flux");
    flux.args(["build", "kustomization", text("/metadata/name")])
        .args(["--namespace", text("/metadata/namespace"), "--dry-run", "--path"])
        .arg(&dir)
        .arg("--kustomization-file")
        .arg(&file);
    if let Some(built) = run(flux, root, "flux build", limit).await {
        return built;
    }
    let more: Vec<String> = BY_FLUX
        .iter()
        .filter(|name| !is_empty(&object["spec"][**name]))
        .map(|name| format!("spec.{name}"))
        .collect();
    if !more.is_empty() {
        return Err(format!(
            "flux is not in PATH, and only it builds {} as the controller does",
            more.join(", ")
        ));
    }
    let dir = overlay(root, &dir, text("/spec/targetNamespace")).map_err(full)?;
    for (program, words) in [("kustomize", "build"), ("kubectl", "kustomize")] {
        let mut command = Command::new(program);
        command.arg(words).arg(&dir);
        if let Some(built) = run(command, root, &format!("{program} {words}"), limit).await {
            return built;
        }
    }
    Err("none of flux, kustomize and kubectl is in PATH, and one of them has to build it"
        .to_owned())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// The directory that is built.
fn directory(root: &Path, object: &Value) -> Result<PathBuf, String> {
    let told = object["spec"]["path"].as_str().unwrap_or_default();
    let mut dir = root.join(SOURCE);
    for part in Path::new(told).components() {
        match part {
            // The controller takes `/` for the top of the artifact as well.
            Component::CurDir | Component::RootDir => {}
            Component::Normal(part) => dir.push(part),
            _ => return Err(format!("spec.path leads out of the artifact: {told}")),
        }
    }
    match dir.is_dir() {
        true => Ok(dir),
        false => Err(format!("the artifact has no directory {told}, which spec.path names")),
    }
}

/// A directory that kustomize can build: with a list of its files where it has none, in a namespace where one is told.
fn overlay(root: &Path, dir: &Path, namespace: &str) -> std::io::Result<PathBuf> {
    if !NAMES.iter().any(|name| dir.join(name).is_file()) {
        let mut resources = Vec::new();
        collect(dir, dir, &mut resources)?;
        resources.sort();
        let list = json!({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "resources": resources});
        fs::write(dir.join(NAMES[0]), list.to_string())?;
    }
    if namespace.is_empty() {
        return Ok(dir.to_owned());
    }
    let above = root.join("overlay");
    fs::create_dir(&above)?;
    let base = Path::new("..").join(dir.strip_prefix(root).unwrap_or(dir));
    let list = json!({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
        "namespace": namespace, "resources": [base.display().to_string()]});
    fs::write(above.join(NAMES[0]), list.to_string())?;
    Ok(above)
}

/// All manifests below a directory; of a directory that says itself what it is, that directory.
fn collect(top: &Path, dir: &Path, into: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.strip_prefix(top).unwrap_or(&path).display().to_string();
        if path.is_dir() {
            match NAMES.iter().any(|name| path.join(name).is_file()) {
                true => into.push(name),
                false => collect(top, &path, into)?,
            }
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            into.push(name);
        }
    }
    Ok(())
}

/// What a program prints; None where there is no such program. It reaches no cluster, and ends with this.
async fn run(
    mut command: Command,
    dir: &Path,
    name: &str,
    limit: Duration,
) -> Option<Result<String, String>> {
    let child = command
        .current_dir(dir)
        .env("KUBECONFIG", "/dev/null")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(format!("{name} cannot be run: {error}"))),
    };
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let talk = async {
        let (mut out, mut words) = (Vec::new(), Vec::new());
        let reading = async {
            if let Some(stdout) = stdout {
                let _ = stdout.take(MOST + 1).read_to_end(&mut out).await;
            }
        };
        let complaining = async {
            if let Some(mut stderr) = stderr {
                let _ = (&mut stderr).take(WORDS).read_to_end(&mut words).await;
                // Who complains on and on is not made to wait.
                let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
            }
        };
        tokio::join!(reading, complaining);
        (out, words)
    };
    let Ok((out, words)) = tokio::time::timeout(limit, talk).await else {
        let _ = child.kill().await;
        return Some(Err(format!(
            "{name} took longer than {} s, and was stopped",
            limit.as_secs_f64()
        )));
    };
    if out.len() as u64 > MOST {
        let _ = child.kill().await;
        return Some(Err(format!("{name} makes more than 64 MiB")));
    }
    let ended = match child.wait().await {
        Ok(ended) => ended,
        Err(error) => return Some(Err(format!("{name} cannot be waited for: {error}"))),
    };
    if !ended.success() {
        let words = String::from_utf8_lossy(&words);
        let lines = || words.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines().find(|line| line.to_lowercase().contains("error"));
        let said = first.or_else(|| lines().next()).unwrap_or("no word of it");
        return Some(Err(format!("{name} fails: {said}")));
    }
    Some(String::from_utf8(out).map_err(|_| format!("{name} makes no UTF-8 text")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(SOURCE).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn the_path_stays_within_the_artifact() {
        let root = root(&[("deploy/a.yaml", "")]);
        let of = |path: &str| directory(root.path(), &json!({"spec": {"path": path}}));
        assert_eq!(of("./deploy/").unwrap(), root.path().join("source/deploy"));
        assert_eq!(of("/").unwrap(), root.path().join("source"));
        assert!(of("../..").unwrap_err().contains("leads out of the artifact"));
        assert!(of("./none").unwrap_err().contains("has no directory ./none"));
    }

    #[test]
    fn a_directory_that_does_not_say_what_it_is_has_all_its_manifests() {
        let root = root(&[
            ("b.yml", ""),
            ("a/c.yaml", ""),
            ("README.md", ""),
            ("base/kustomization.yaml", ""),
            ("base/x.yaml", ""),
        ]);
        let dir = overlay(root.path(), &root.path().join(SOURCE), "shop").unwrap();
        let read = |path: PathBuf| -> Value {
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
        };
        let above = read(dir.join("kustomization.yaml"));
        assert_eq!(above["namespace"], "shop");
        assert_eq!(above["resources"], json!(["../source"]));
        let below = read(root.path().join("source/kustomization.yaml"));
        assert_eq!(below["resources"], json!(["a/c.yaml", "b.yml", "base"]));
    }

    #[tokio::test]
    async fn a_program_that_fails_or_never_ends_is_named() {
        let root = root(&[]);
        let shell = |script: &str| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script]);
            command
        };
        let of = async |script: &str, limit: Duration| {
            run(shell(script), root.path(), "flux build", limit).await.unwrap()
        };
        assert_eq!(of("echo a: 1", LIMIT).await.unwrap(), "a: 1\n");
        let why =
            of("echo hm >&2; echo 'Error: no such base' >&2; exit 1", LIMIT).await.unwrap_err();
        assert_eq!(why, "flux build fails: Error: no such base");
        let why = of("sleep 600", Duration::from_millis(50)).await.unwrap_err();
        assert!(why.contains("was stopped"), "{why}");
        assert!(run(Command::new("no-such-program-here"), root.path(), "x", LIMIT).await.is_none());
    }
}
