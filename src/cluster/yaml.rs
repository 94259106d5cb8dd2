//! YAML of configuration files into our types, with errors that name line and column but never
//! show a piece of the file: there may be a token in it.

use serde::de::DeserializeOwned;

/// Reads one document.
///
/// # Errors
/// What is wrong, in one line, beginning with line and column where they are known.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|err| {
        let words = err.without_snippet().to_string();
        let words = words.lines().next().unwrap_or_default().trim().to_owned();
        match err.location() {
            Some(at) if !words.contains("line ") => {
                format!("line {}, column {}: {words}", at.line(), at.column())
            }
            _ => words,
        }
    })
}
