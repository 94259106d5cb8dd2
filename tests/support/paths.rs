//! Where the fixtures and the program under test are.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file or folder below `tests/fixtures`.
pub fn fixture(path: &str) -> PathBuf {
    root().join("tests/fixtures").join(path)
}

static PROGRAM: OnceLock<String> = OnceLock::new();

/// The program that cargo built for these tests, or the one that was named instead.
pub fn program() -> &'static str {
    PROGRAM.get_or_init(|| env!("CARGO_BIN_EXE_wheelhouse").to_owned())
}

/// Another build of the program is run from now on; call it before anything is.
#[allow(dead_code)]
pub fn run_instead(program: &Path) {
    let path = std::path::absolute(program).expect("a path");
    PROGRAM.get_or_init(|| path.display().to_string());
}

/// An example that cargo built with these tests.
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    // target/debug/deps/integration-…  beside  target/debug/examples/…
    let built = test.parent().and_then(Path::parent).expect("a target directory");
    let path = built.join("examples").join(name);
    assert!(path.exists(), "{}: run `cargo build --examples` first", path.display());
    path
}
