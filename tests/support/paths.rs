//! Where the fixtures and the program under test are.

use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file or folder below `tests/fixtures`.
pub fn fixture(path: &str) -> PathBuf {
    root().join("tests/fixtures").join(path)
}

/// The program that cargo built for these tests.
pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_wheelhouse")
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
