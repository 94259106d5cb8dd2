//! What is in a Secret or a ConfigMap: its keys with their sizes and what each value is, without the
//! values; one value when somebody asks for it. Certificates, registry credentials and Helm
//! releases are told in words.

pub mod certificate;
mod known;
#[cfg(test)]
mod tests;

use crate::text::hidden::Hidden;
use crate::text::sanitise;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certificate::Certificate;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Bytes of a binary value that are shown as hexadecimal numbers.
const HEX_SHOWN: usize = 256;

/// A Secret or ConfigMap, without its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Type of a Secret, such as `kubernetes.io/tls`; empty for ConfigMaps. Sanitised.
    pub kind: String,
    /// It cannot be changed any more.
    pub immutable: bool,
    /// resourceVersion, to tell whether it has changed.
    pub version: u64,
    /// Its keys, sorted.
    pub entries: Vec<Entry>,
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key; the API server allows only letters, digits and `-_.` in it.
    pub key: String,
    /// Bytes of the value.
    pub size: usize,
    /// What the value is.
    pub sort: Sort,
    /// What can be told of it without showing it; sanitised.
    pub notes: Vec<Note>,
    /// Certificates in it, in their order.
    pub certificates: Vec<Certificate>,
}

/// Something that can be told of a value without showing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// In words.
    pub words: String,
    /// Something is wrong with it.
    pub wrong: bool,
}

impl Note {
    fn plain(words: impl Into<String>) -> Self {
        Self { words: words.into(), wrong: false }
    }

    fn wrong(words: impl Into<String>) -> Self {
        Self { words: words.into(), wrong: true }
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// No bytes at all.
    Empty,
    /// Text of one line.
    Text,
    /// Text of several lines.
    Lines(usize),
    /// A JSON object or list.
    Json,
    /// Certificates in PEM.
    Certificates(usize),
    /// A private key in PEM.
    PrivateKey,
    /// Something else in PEM.
    Pem,
    /// Credentials for image registries.
    Registries,
    /// What Helm keeps of a release.
    HelmRelease,
    /// No text.
    Binary,
    /// Not base64: no value can be told.
    Unreadable,
}

impl Sort {
    /// In words.
    pub fn words(self) -> String {
        match self {
            Self::Empty => "empty".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Lines(lines) => format!("text, {lines} lines"),
            Self::Json => "JSON".to_owned(),
            Self::Certificates(1) => "certificate".to_owned(),
            Self::Certificates(n) => format!("{n} certificates"),
            Self::PrivateKey => "private key".to_owned(),
            Self::Pem => "PEM".to_owned(),
            Self::Registries => "registry credentials".to_owned(),
            Self::HelmRelease => "Helm release".to_owned(),
            Self::Binary => "binary".to_owned(),
            Self::Unreadable => "not base64".to_owned(),
        }
    }
}

/// One value, shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its lines, sanitised; of a binary value its first bytes as hexadecimal numbers.
    pub lines: Vec<Hidden>,
    /// What is not shown of it, in words; may be empty.
    pub rest: String,
}

/// A map whose values may be null.
type Values<'a> = BTreeMap<Cow<'a, str>, Option<&'a serde_json::value::RawValue>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    #[serde(default)]
    kind: String,
    #[serde(default, rename = "type")]
    sort: String,
    #[serde(default)]
    immutable: Option<bool>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default, borrow)]
    data: Option<Values<'a>>,
    #[serde(default, borrow)]
    binary_data: Option<Values<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    resource_version: String,
}

/// A raw value as it stands in the object.
enum Raw {
    Bytes(Zeroizing<Vec<u8>>),
    Unreadable,
}

impl Object<'_> {
    fn read(json: &str) -> Result<Object<'_>, String> {
        // The reason may quote a value: only where it stands is told.
        serde_json::from_str(json).map_err(|why| {
            format!("it cannot be read: line {}, column {}", why.line(), why.column())
        })
    }

    /// Values of a Secret, and binary ones of a ConfigMap, are base64; others are text.
    fn values(&self) -> impl Iterator<Item = (&str, Raw)> {
        let encoded = self.kind != "ConfigMap";
        let data = self.data.iter().flatten().map(move |(key, raw)| (key, raw, encoded));
        let binary = self.binary_data.iter().flatten().map(|(key, raw)| (key, raw, true));
        data.chain(binary).map(|(key, raw, encoded)| (&**key, bytes(raw.as_deref(), encoded)))
    }
}

fn bytes(raw: Option<&serde_json::value::RawValue>, encoded: bool) -> Raw {
    let Some(raw) = raw else { return Raw::Bytes(Zeroizing::default()) };
    let Ok(text) = serde_json::from_str::<String>(raw.get()).map(Zeroizing::new) else {
        return Raw::Unreadable;
    };
    if !encoded {
        return Raw::Bytes(Zeroizing::new(text.as_bytes().to_vec()));
    }
    match STANDARD.decode(text.as_bytes()) {
        Ok(bytes) => Raw::Bytes(Zeroizing::new(bytes)),
        Err(_) => Raw::Unreadable,
    }
}

/// What is in an object, from its JSON. Values are looked at and wiped again.
///
/// # Errors
/// It is no Secret or ConfigMap.
pub fn contents(json: &str) -> Result<Contents, String> {
    let object = Object::read(json)?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut key: Option<Zeroizing<Vec<u8>>> = None;
    for (name, raw) in object.values() {
        let entry = match raw {
            Raw::Bytes(bytes) => {
                let entry = known::entry(name, &object.sort, &bytes);
                if name == "tls.key" {
                    key = Some(bytes);
                }
                entry
            }
            Raw::Unreadable => Entry {
                key: sanitise::clean(name).into_owned(),
                size: 0,
                sort: Sort::Unreadable,
                notes: Vec::new(),
                certificates: Vec::new(),
            },
        };
        entries.push(entry);
    }
    if let Some(key) = key
        && let Some(entry) = entries.iter_mut().find(|entry| entry.key == "tls.crt")
        && let Some(first) = entry.certificates.first()
    {
        entry.notes.push(match certificate::belongs(first, &key) {
            Some(true) => Note::plain("tls.key is the key of this certificate"),
            Some(false) => Note::wrong("tls.key is not the key of this certificate"),
            None => Note::plain("tls.key could not be compared with this certificate"),
        });
    }
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Contents {
        kind: sanitise::clean(&object.sort).into_owned(),
        immutable: object.immutable == Some(true),
        version: object.metadata.resource_version.parse().unwrap_or(0),
        entries,
    })
}

/// The value of one key as text to copy: base64 where it is no text.
///
/// # Errors
/// There is no such key (any more), or its value cannot be read.
pub fn copy(json: &str, key: &str) -> Result<(Hidden, bool), String> {
    let bytes = value(json, key)?;
    Ok(match known::text(&bytes) {
        Some(text) => (Hidden::new(text.to_owned()), false),
        None => (Hidden::new(STANDARD.encode(&*bytes)), true),
    })
}

/// The value of one key, to be shown.
///
/// # Errors
/// There is no such key (any more), or its value cannot be read.
pub fn show(json: &str, key: &str) -> Result<Shown, String> {
    let bytes = value(json, key)?;
    if let Some(text) = known::text(&bytes) {
        let lines = text.lines().map(|line| Hidden::new(sanitise::clean(line).into_owned()));
        return Ok(Shown { lines: lines.collect(), rest: String::new() });
    }
    let shown = bytes.len().min(HEX_SHOWN);
    let lines = bytes[..shown].chunks(16).enumerate().map(|(at, chunk)| hex(at * 16, chunk));
    let rest = match bytes.len() - shown {
        0 => String::new(),
        more => format!("{more} more bytes"),
    };
    Ok(Shown { lines: lines.collect(), rest })
}

fn value(json: &str, key: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let object = Object::read(json)?;
    let found = object.values().find(|(name, _)| *name == key);
    match found {
        Some((_, Raw::Bytes(bytes))) => Ok(bytes),
        Some((_, Raw::Unreadable)) => Err(format!("the value of {key} is not base64")),
        None => Err(format!("there is no key {key} any more")),
    }
}

/// `00000010  de ad be ef …  |....|`: as hexdump -C writes it.
fn hex(at: usize, chunk: &[u8]) -> Hidden {
    use std::fmt::Write;
    let mut line = String::with_capacity(80);
    let _ = write!(line, "{at:08x} ");
    for (i, byte) in chunk.iter().enumerate() {
        let gap = if i == 8 { "  " } else { " " };
        let _ = write!(line, "{gap}{byte:02x}");
    }
    while line.len() < 60 {
        line.push(' ');
    }
    line.push('|');
    line.extend(chunk.iter().map(|&byte| match byte {
        b' '..=b'~' => char::from(byte),
        _ => '.',
    }));
    line.push('|');
    Hidden::new(line)
}
