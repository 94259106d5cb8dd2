//! Programs that tests build from Go modules of their own, once, and keep in the user's cache.

use super::paths::root;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Why a program, and what stands on it, is not here.
#[derive(Clone, Debug)]
pub struct Unavailable(pub String);

/// Where what was built of the module in `tests/{module}` is kept. The name changes with the files
/// that decide what is built, and with `others`: what else is taken, with its version.
pub fn kept(module: &str, others: &[&str]) -> Result<PathBuf, Unavailable> {
    Ok(cache()?.join(fingerprint(&source(module), others)))
}

/// The folder of the module in `tests/{module}`.
pub fn source(module: &str) -> PathBuf {
    root().join("tests").join(module)
}

fn cache() -> Result<PathBuf, Unavailable> {
    if !cfg!(unix) {
        return Err(Unavailable(
            "the programs of the tests run on Linux and macOS only".to_owned(),
        ));
    }
    let base = directories::BaseDirs::new()
        .ok_or_else(|| Unavailable("no home directory to keep the programs in".to_owned()))?;
    Ok(base.cache_dir().join("wheelhouse-tests"))
}

/// FNV-1a: only to tell them apart.
fn fingerprint(source: &Path, others: &[&str]) -> String {
    let files = ["go.mod", "go.sum", "main.go"].map(|name| source.join(name));
    // A module that only names a tool has no program text.
    let files = files.iter().filter(|path| path.exists()).map(|path| {
        std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    });
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in files.chain(others.iter().map(|other| other.as_bytes().to_vec())).flatten() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

/// Builds into `dir`, one build of all test runs of this user at a time; the others wait and find
/// what was built. `without_go` says what to do where there is no Go.
pub fn in_turn(
    dir: &Path,
    without_go: &str,
    build: impl FnOnce() -> Result<(), Unavailable>,
) -> Result<(), Unavailable> {
    std::fs::create_dir_all(dir).map_err(|e| fault(&dir.display().to_string(), &e))?;
    let lock = cache()?.join("lock");
    let lock = File::create(&lock).map_err(|e| fault(&lock.display().to_string(), &e))?;
    lock.lock().map_err(|e| fault("lock", &e))?;
    if Command::new("go").arg("version").output().is_err() {
        return Err(Unavailable(without_go.to_owned()));
    }
    build()
}

/// Go with the toolchain at hand, and without a C compiler.
pub fn go() -> Command {
    let mut go = Command::new("go");
    go.env("CGO_ENABLED", "0").env("GOTOOLCHAIN", "local").env("GOFLAGS", "");
    go
}

/// `go build` of a package of the module in `source` to the file `to`, where it is not yet.
pub fn build(
    source: &Path,
    package: &str,
    ldflags: &str,
    to: &Path,
    what: &str,
) -> Result<(), Unavailable> {
    if to.is_file() {
        return Ok(());
    }
    let part = to.with_extension("part");
    let mut command = go();
    command.args(["build", "-ldflags", ldflags, "-o"]).arg(&part).arg(package).current_dir(source);
    run(command, what)?;
    keep(&part, to)
}

/// A module at a version, downloaded where it is not yet. `dir` is one without a `go.mod`; `why` says what is
/// wanted of it.
pub fn downloaded(dir: &Path, module: &str, why: &str) -> Result<PathBuf, Unavailable> {
    let mut go = go();
    go.args(["mod", "download", "-json", module]).current_dir(dir);
    let said = run(go, &format!("downloading {module} for {why}"))?;
    let said: serde_json::Value = serde_json::from_str(&said)
        .map_err(|error| Unavailable(format!("go mod download said {said:?}: {error}")))?;
    Ok(PathBuf::from(said["Dir"].as_str().unwrap_or_default()))
}

/// Gives a finished file its name.
pub fn keep(part: &Path, to: &Path) -> Result<(), Unavailable> {
    std::fs::rename(part, to).map_err(|e| fault(&to.display().to_string(), &e))
}

/// Runs it to its end and says so; what it prints.
pub fn run(mut command: Command, what: &str) -> Result<String, Unavailable> {
    let start = Instant::now();
    eprintln!("{what} …");
    let output = command.output().map_err(|error| Unavailable(format!("{what}: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Unavailable(format!("{what} failed:\n{}", said.trim_end())));
    }
    eprintln!("{what}: done after {} s", start.elapsed().as_secs());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// An error of the file system.
pub fn fault(what: &str, error: &std::io::Error) -> Unavailable {
    Unavailable(format!("{what}: {error}"))
}
