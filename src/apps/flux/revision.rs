//! Revisions as Flux writes them, and as people read them.

/// Digits of a commit or digest that people read.
const SHORT: usize = 7;

/// A revision as short as people write it: `main@sha1:41c77f9…` is `main@41c77f9`,
/// `latest@sha256:ab12cd3…` is `latest@ab12cd3`, `sha1:41c77f9…` is `41c77f9`, and `main/41c77f9…`, as
/// source-controller wrote it before 1.0, is `main@41c77f9`. A chart's version stays.
pub(super) fn short(revision: &str) -> String {
    let (name, rest) = match revision.rsplit_once('@') {
        Some((name, rest)) => (name, rest),
        None => ("", revision),
    };
    if let Some((algorithm, hex)) = rest.split_once(':')
        && algorithm.starts_with("sha")
        && is_hex(hex)
    {
        let hex = &hex[..hex.len().min(SHORT)];
        return if name.is_empty() { hex.to_owned() } else { format!("{name}@{hex}") };
    }
    match revision.rsplit_once('/') {
        Some((name, hex)) if hex.len() >= 40 && is_hex(hex) => format!("{name}@{}", &hex[..SHORT]),
        _ if revision.len() >= 40 && is_hex(revision) => revision[..SHORT].to_owned(),
        _ => revision.to_owned(),
    }
}

/// The commit in a Git revision; None where there is none.
pub(super) fn commit(revision: &str) -> Option<&str> {
    let rest = revision.rsplit_once('@').map_or(revision, |(_, rest)| rest);
    let hex = match rest.split_once(':') {
        Some(("sha1" | "sha256", hex)) => hex,
        Some(_) => return None,
        None => rest.rsplit_once('/').map_or(rest, |(_, hex)| hex),
    };
    (hex.len() >= 40 && is_hex(hex)).then_some(hex)
}

/// The digest of an OCI revision, with its algorithm: `sha256:ab12cd3…`; None where there is none.
pub(super) fn digest(revision: &str) -> Option<&str> {
    let rest = revision.rsplit_once('@').map_or(revision, |(_, rest)| rest);
    let (algorithm, hex) = rest.split_once(':')?;
    (algorithm.starts_with("sha") && hex.len() >= 64 && is_hex(hex)).then_some(rest)
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What is deployed, and what will be.
pub(super) fn from_to(applied: &str, coming: Option<&str>) -> String {
    let applied = short(applied);
    let Some(coming) = coming.map(short) else { return applied };
    match (applied.is_empty(), coming == applied) {
        (_, true) => applied,
        (true, false) => format!("→ {coming}"),
        (false, false) => format!("{applied} → {coming}"),
    }
}

/// What is applied once more: a revision, or where none was ever told, whatever the source holds.
pub(super) fn or_source(revision: &str) -> String {
    if revision.is_empty() { "what its source holds".to_owned() } else { short(revision) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: &str = "41c77f9aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const SHA256: &str = "ab12cd3aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn every_spelling_of_a_revision_is_read() {
        let git = format!("main@sha1:{SHA1}");
        let (bare, old) = (format!("sha1:{SHA1}"), format!("feature/x/{SHA1}"));
        let oci = format!("v1.2@sha256:{SHA256}");
        for (revision, read) in [
            (git.as_str(), "main@41c77f9"),
            (&bare, "41c77f9"),
            (&old, "feature/x@41c77f9"),
            (SHA1, "41c77f9"),
            (&oci, "v1.2@ab12cd3"),
            ("20.1.4", "20.1.4"),
            ("6.5.0+ab12cd3aaaaa", "6.5.0+ab12cd3aaaaa"),
            ("", ""),
            ("odd@sha1:zz", "odd@sha1:zz"),
        ] {
            assert_eq!(short(revision), read);
        }
        for revision in [git.as_str(), &bare, &old, SHA1] {
            assert_eq!(commit(revision), Some(SHA1), "{revision}");
        }
        assert_eq!(commit("20.1.4"), None);
        assert_eq!(commit("main@md5:41c77f9"), None);
        assert_eq!(digest(&oci), oci.strip_prefix("v1.2@"));
        assert_eq!(digest(&git), None, "a commit is no digest");
    }

    #[test]
    fn an_arrow_stands_only_between_two_that_differ() {
        let (old, new) = (format!("main@sha1:{SHA1}"), format!("main@sha1:{}", "8".repeat(40)));
        assert_eq!(from_to(&old, Some(&new)), "main@41c77f9 → main@8888888");
        assert_eq!(from_to(&old, Some(&old)), "main@41c77f9");
        assert_eq!(from_to(&old, None), "main@41c77f9");
        assert_eq!(from_to("", Some(&new)), "→ main@8888888");
    }
}
