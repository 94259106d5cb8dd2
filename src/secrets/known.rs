//! What a value is, and what can be told of it without showing it.

use super::certificate;
use super::{Entry, Note, Sort};
use crate::text::sanitise;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;
use zeroize::Zeroizing;

/// Bytes of a Helm release that are unpacked at most: what is told stands at its beginning, but
/// JSON has to be read to its end.
const MAX_RELEASE: u64 = 32 << 20;

/// One key and its value.
pub(super) fn entry(key: &str, secret: &str, bytes: &[u8]) -> Entry {
    let mut notes = Vec::new();
    let mut certificates = Vec::new();
    let sort = if bytes.is_empty() {
        Sort::Empty
    } else if secret == "helm.sh/release.v1" && key == "release" {
        notes.extend(release(bytes));
        Sort::HelmRelease
    } else if matches!(key, ".dockerconfigjson" | ".dockercfg") {
        notes.extend(registries(key, bytes));
        Sort::Registries
    } else if let Some(text) = text(bytes) {
        let found = certificate::pem(bytes);
        notes.extend(found.wrong.iter().map(|why| Note::wrong(why.clone())));
        certificates = found.certificates;
        notes.extend(certificate::chain(&certificates).map(Note::wrong));
        if !certificates.is_empty() {
            Sort::Certificates(certificates.len())
        } else if found.private_key {
            Sort::PrivateKey
        } else if found.other {
            Sort::Pem
        } else if text.starts_with(['{', '[']) && is_json(text) {
            Sort::Json
        } else if text.trim_end().contains('\n') {
            Sort::Lines(text.trim_end().lines().count())
        } else {
            Sort::Text
        }
    } else {
        Sort::Binary
    };
    let key = sanitise::clean(key).into_owned();
    Entry { key, size: bytes.len(), sort, notes, certificates }
}

/// The value as text, where it is text: UTF-8 without the controls that text has no use for.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    let odd = |b: &u8| matches!(b, 0..=8 | 14..=26 | 28..=31);
    std::str::from_utf8(bytes).ok().filter(|_| !bytes.iter().any(odd))
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[derive(Default, Deserialize)]
struct Login {
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    auth: Option<Zeroizing<String>>,
}

#[derive(Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, Login>,
}

/// Registries and users, without passwords.
fn registries(key: &str, bytes: &[u8]) -> Vec<Note> {
    let logins = if key == ".dockercfg" {
        serde_json::from_slice::<BTreeMap<String, Login>>(bytes)
    } else {
        serde_json::from_slice::<DockerConfig>(bytes).map(|config| config.auths)
    };
    let Ok(logins) = logins else {
        return vec![Note::wrong("it cannot be read as registry credentials")];
    };
    if logins.is_empty() {
        return vec![Note::wrong("it names no registry")];
    }
    let told = |(registry, login): (&String, &Login)| {
        let user = login.username.clone().filter(|user| !user.is_empty());
        let user = user.or_else(|| login.auth.as_ref().and_then(|auth| user_of(auth)));
        let line = match user {
            Some(user) => format!("{registry} as {user}"),
            None => format!("{registry} without a user"),
        };
        Note::plain(sanitise::clean(&line))
    };
    logins.iter().map(told).collect()
}

/// The user of base64 of `user:password`.
fn user_of(auth: &str) -> Option<String> {
    let both = Zeroizing::new(STANDARD.decode(auth).ok()?);
    let end = both.iter().position(|byte| *byte == b':')?;
    String::from_utf8(both[..end].to_vec()).ok().filter(|user| !user.is_empty())
}

#[derive(Deserialize)]
struct Release {
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    version: i64,
    #[serde(default)]
    info: Info,
    #[serde(default)]
    chart: Chart,
}

#[derive(Default, Deserialize)]
struct Info {
    #[serde(default)]
    status: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    last_deployed: String,
}

#[derive(Default, Deserialize)]
struct Chart {
    #[serde(default)]
    metadata: ChartMetadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ChartMetadata {
    name: String,
    version: String,
    app_version: String,
}

/// What Helm keeps: base64 of gzipped JSON (`pkg/storage/driver/util.go` of Helm; not gzipped in its
/// earliest versions). Its values may hold secrets and are not looked at.
fn release(bytes: &[u8]) -> Vec<Note> {
    let unpacked = || -> Option<Zeroizing<Vec<u8>>> {
        let packed = Zeroizing::new(STANDARD.decode(bytes.trim_ascii()).ok()?);
        if !packed.starts_with(&[0x1f, 0x8b]) {
            return Some(packed);
        }
        let mut plain = Zeroizing::new(Vec::new());
        let reader = flate2::read::GzDecoder::new(&packed[..]);
        reader.take(MAX_RELEASE).read_to_end(&mut plain).ok()?;
        Some(plain)
    };
    let release = unpacked().and_then(|json| serde_json::from_slice::<Release>(&json).ok());
    let Some(release) = release else {
        return vec![Note::wrong("it cannot be read as a Helm release")];
    };
    let chart = &release.chart.metadata;
    let app = match chart.app_version.as_str() {
        "" => String::new(),
        version => format!(", app {version}"),
    };
    let lines = [
        format!(
            "revision {} of release {} in {}: {}",
            release.version, release.name, release.namespace, release.info.status
        ),
        format!("chart {} {}{app}", chart.name, chart.version),
        format!("{} at {}", release.info.description, release.info.last_deployed),
    ];
    lines.iter().map(|line| Note::plain(sanitise::clean(line))).collect()
}
