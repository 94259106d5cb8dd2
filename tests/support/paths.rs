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
