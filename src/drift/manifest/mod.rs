//! Manifests as files hold them: YAML or JSON, several documents, lists of objects; with the lines they
//! stand on.

mod lines;

use crate::model::{Catalogue, Fault, FaultKind, Text};
use crate::relations::ObjectId;
use crate::text::sanitise::clean;
use lines::Lines;
use serde_json::{Map, Value};
use std::sync::Arc;

use super::path::Path;

/// Where an object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the person named it; `-` for standard input; empty where it was rendered.
    pub file: Text,
    /// The line on which it begins, from 1.
    pub line: usize,
}

/// An object that a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Which object. Its namespace is the file's own until [`settle`] has filled it in.
    pub id: ObjectId,
    /// The object.
    pub object: Value,
    /// Where it stands.
    pub place: Place,
    /// Where the same object stood before it in these files, which then did not count.
    pub shadows: Vec<Place>,
    lines: Arc<Lines>,
    /// The way from the document to the object, where the document is a list.
    item: Option<usize>,
}

impl Manifest {
    /// An object that stands nowhere: for tests, and for what is no file.
    pub fn of(object: Value) -> Result<Self, Fault> {
        let place = Place { file: Text::new(), line: 1 };
        let id =
            named(&object).map_err(|why| Fault::new(FaultKind::Input, "read a manifest", why))?;
        Ok(Self { id, object, place, shadows: Vec::new(), lines: Arc::default(), item: None })
    }

    /// The line of a field, from 1; of what is nearest above it where the file does not have it.
    pub fn line_of(&self, path: &Path) -> usize {
        self.lines.of(&self.object, self.item, path).unwrap_or(self.place.line)
    }

    /// Its namespace where it says one.
    fn namespace(&self) -> &str {
        self.object["metadata"]["namespace"].as_str().unwrap_or_default()
    }
}

/// The objects of a file, and what is wrong with the documents that are none.
pub fn read(file: &str, text: &str) -> (Vec<Manifest>, Vec<Fault>) {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (skipped, document) in documents(text) {
        if let Err(fault) = read_document(file, document, skipped, &mut found) {
            faults.push(fault);
        }
    }
    (found, faults)
}

/// Documents with the number of lines before each. `---` at the beginning of a line always begins one:
/// nothing else may stand there. (YAML 1.2, 9.1.2)
fn documents(text: &str) -> Vec<(usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    let (mut start, mut first, mut at) = (0, 0, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let marks = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        if marks && at > start {
            found.push((first, &text[start..at]));
            (start, first) = (at, number);
        }
        at += line.len();
    }
    found.push((first, &text[start..]));
    let says = |line: &str| {
        let line = line.trim();
        let line = line.strip_prefix("---").unwrap_or(line).trim_start();
        !line.is_empty() && line != "..." && !line.starts_with(['#', '%'])
    };
    found.retain(|(_, document)| document.lines().any(says));
    found
}

fn read_document(
    file: &str,
    text: &str,
    skipped: usize,
    found: &mut Vec<Manifest>,
) -> Result<(), Fault> {
    let named_file = match file {
        "-" => "standard input",
        "" => "what was rendered",
        file => file,
    };
    let wrong = |line: usize, column: Option<u64>, why: String| {
        let column = column.map_or(String::new(), |column| format!(":{column}"));
        let what = format!("{}:{line}{column}", clean(named_file));
        Fault::new(FaultKind::Input, what, why)
    };
    let document = parse(text).map_err(|(line, column, why)| {
        let hint = if text.contains("{{") {
            "this looks like a template: render it first, such as with `helm template`"
        } else {
            "mend the file; nothing was compared"
        };
        wrong(skipped + line, column, why).hint(hint)
    })?;
    let lines = Arc::new(Lines::read(text, skipped));
    let items = document.get("items").and_then(Value::as_array);
    let kind = document.get("kind").and_then(Value::as_str).unwrap_or_default();
    let list = kind.strip_suffix("List").zip(items);
    let Some((of, items)) = list else {
        let line = lines.first().unwrap_or(skipped + 1);
        let id = named(&document).map_err(|why| {
            let fault = wrong(line, None, why);
            fault.hint("give manifests only; values.yaml and the like are for those who render")
        })?;
        let place = Place { file: file.into(), line };
        let (object, shadows) = (document, Vec::new());
        found.push(Manifest { id, object, place, shadows, lines, item: None });
        return Ok(());
    };
    for (number, item) in items.iter().enumerate() {
        let mut object = item.clone();
        // Items of a list of one kind leave out what they are.
        if let Some(map) = object.as_object_mut()
            && !of.is_empty()
        {
            map.entry("kind").or_insert_with(|| of.into());
            map.entry("apiVersion").or_insert_with(|| document["apiVersion"].clone());
        }
        let line = lines.item(number).unwrap_or(skipped + 1);
        let id = named(&object).map_err(|why| wrong(line, None, why))?;
        let place = Place { file: file.into(), line };
        let (lines, shadows) = (Arc::clone(&lines), Vec::new());
        found.push(Manifest { id, object, place, shadows, lines, item: Some(number) });
    }
    Ok(())
}

/// Reads one document as kubectl does; what is wrong with it, at which line and column from 1. The file's
/// own text is never quoted: there may be a password in it.
fn parse(text: &str) -> Result<Value, (usize, Option<u64>, String)> {
    use serde_saphyr::Error;
    let options = serde_saphyr::options! {
        with_snippet: false,
        legacy_octal_numbers: true,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let error = error.without_snippet();
        let at = error.location();
        let line = at.as_ref().and_then(|at| usize::try_from(at.line()).ok()).unwrap_or(1);
        let secret = text.contains("Secret");
        let words = match error {
            Error::DuplicateMappingKey { key: Some(key), .. } => {
                format!("the key {} stands here twice", clean(key))
            }
            // The parser's own words; all others may repeat a value.
            Error::Message { .. } | Error::Eof { .. } | Error::Unexpected { .. } => plain(error),
            _ if secret => "this is no YAML that can be read".to_owned(),
            _ => plain(error),
        };
        let quoted = secret && words.contains(['\'', '"', '`']) && !words.starts_with("the key");
        let words = if quoted { "this is no YAML that can be read".to_owned() } else { words };
        (line, at.map(|at| at.column()), words)
    })
}

/// The first line of what the parser says, without the place, which is said anyway.
fn plain(error: &serde_saphyr::Error) -> String {
    let words = error.to_string();
    let words = words.lines().next().unwrap_or_default().trim();
    let words = words.strip_prefix("error:").unwrap_or(words).trim();
    let words = match words.find(" at line ") {
        Some(at) => &words[..at],
        None => words,
    };
    let after = words.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    clean(after.map_or(words, |(_, words)| words)).into_owned()
}

/// Which object a manifest is of.
fn named(object: &Value) -> Result<ObjectId, String> {
    let Some(map) = object.as_object() else {
        return Err(
            "this is no object: a manifest is a map with apiVersion, kind and metadata".into()
        );
    };
    let text = |map: &Map<String, Value>, name: &str| {
        map.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(Text::from)
    };
    let kind = text(map, "kind").ok_or("it does not say its kind")?;
    let api_version = text(map, "apiVersion").ok_or("it does not say its apiVersion")?;
    let metadata = map.get("metadata").and_then(Value::as_object);
    let metadata = metadata.ok_or_else(|| format!("this {kind} has no metadata"))?;
    let name = text(metadata, "name");
    let name = match (name, metadata.contains_key("generateName")) {
        (Some(name), _) => name,
        (None, true) => {
            return Err(format!(
                "this {kind} has generateName: each apply makes a new one, and there is none to compare"
            ));
        }
        (None, false) => return Err(format!("this {kind} has no name")),
    };
    let fits = |text: &str| !text.contains(['/', '?', '#', '%']) && !matches!(text, "." | "..");
    let namespace = text(metadata, "namespace").unwrap_or_default();
    if !fits(&name) || !fits(&namespace) {
        return Err(format!("this {kind} has a name that no object can have"));
    }
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    Ok(ObjectId { group: group.into(), kind, namespace, name })
}

/// Fills in what the files leave out, as kubectl does: objects without a namespace are meant in this one.
/// Of an object that stands there twice the last one counts.
///
/// # Errors
/// With `pinned` (the person named the namespace), an object that says another one.
pub fn settle(
    manifests: Vec<Manifest>,
    catalogue: &Catalogue,
    namespace: &str,
    pinned: bool,
) -> Result<Vec<Manifest>, Fault> {
    let mut settled: Vec<Manifest> = Vec::new();
    for mut manifest in manifests {
        let version = manifest.object["apiVersion"].as_str().unwrap_or_default();
        let version = version.rsplit('/').next().unwrap_or_default();
        let of = |exact: bool| {
            catalogue.all().iter().find(|one| {
                one.gvr.group == manifest.id.group
                    && one.kind == manifest.id.kind
                    && (!exact || one.gvr.version == version)
            })
        };
        // A kind that is not served yet has a namespace if its file says so.
        let namespaced = of(true)
            .or_else(|| of(false))
            .map_or(!manifest.namespace().is_empty(), |resource| resource.namespaced);
        if namespaced {
            let own = manifest.namespace();
            if pinned && !own.is_empty() && own != namespace {
                let what = format!("{}:{}", clean(&manifest.place.file), manifest.place.line);
                let why = format!("{} is of namespace {own}, not {namespace}", manifest.id);
                return Err(Fault::new(FaultKind::Input, what, why)
                    .hint(format!("leave out -n {namespace}, or say -n {own}")));
            }
            if own.is_empty() {
                manifest.id.namespace = namespace.into();
                manifest.object["metadata"]["namespace"] = namespace.into();
            }
        } else {
            manifest.id.namespace = Text::new();
        }
        if let Some(at) = settled.iter().position(|other| other.id == manifest.id) {
            let other = settled.remove(at);
            manifest.shadows = other.shadows;
            manifest.shadows.push(other.place);
        }
        settled.push(manifest);
    }
    Ok(settled)
}

#[cfg(test)]
mod tests;
