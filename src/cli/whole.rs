//! `get -o json|yaml`: whole objects as kubectl prints them, a page at a time, so that a large list
//! is neither many requests nor much memory.

use super::args::{Format, Get};
use super::get::{bad_filter, tell_missing};
use super::headless::{CLUSTER, Headless};
use super::output::print;
use super::{FAILED, OK, tell};
use crate::cluster::Page;
use crate::model::{Fault, FaultKind, Need, ObjRef, Query, Resource, Schema, Scope};
use crate::runtime::now;
use crate::text::yaml;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Prints what `need` asks for, of that what passes `query`.
pub fn run(
    cluster: &mut Headless,
    args: &Get,
    resource: &Resource,
    need: Need,
    query: &Query,
) -> Result<u8, Fault> {
    let namespaces = match &need.scope {
        Scope::Namespaces(names) if resource.namespaced => Some(names.clone()),
        _ if !resource.namespaced => Some(vec!["".into()]),
        _ => None,
    };
    let mut printer = Printer { json: args.output == Format::Json, begun: false };
    let plain = need.labels.is_empty() && query.is_empty();
    let names = match namespaces {
        // Few by name are asked for by name, in the order given, as kubectl does.
        Some(namespaces) if plain && !args.names.is_empty() => {
            let object = |name: &String, namespace: &crate::model::Text| ObjRef {
                cluster: CLUSTER,
                gvr: resource.gvr.clone(),
                kind: resource.kind.clone(),
                namespace: namespace.clone(),
                name: name.as_str().into(),
                uid: "".into(),
            };
            let each = |name| namespaces.iter().map(move |namespace| object(name, namespace));
            let objects: Vec<ObjRef> = args.names.iter().flat_map(each).collect();
            let found = cluster.get_all(objects.clone())?;
            let had = objects.iter().zip(&found).filter(|(_, json)| json.is_some());
            let had: BTreeSet<String> = had.map(|(object, _)| object.name.to_string()).collect();
            let found: Vec<String> = found.into_iter().flatten().collect();
            match (found.as_slice(), args.names.len()) {
                ([], _) => {}
                ([one], 1) => print(&printer.one(one)?)?,
                (all, _) => {
                    print(&printer.items(all.iter().map(String::as_str))?)?;
                    print(printer.end())?;
                }
            }
            had
        }
        _ => list(cluster, args, resource, need, query, &mut printer)?,
    };
    let missing: Vec<String> =
        args.names.iter().filter(|name| !names.contains(*name)).cloned().collect();
    tell_missing(resource, &missing, 0);
    Ok(if missing.is_empty() { OK } else { FAILED })
}

/// Prints a list page by page; the names asked for that were there.
fn list(
    cluster: &mut Headless,
    args: &Get,
    resource: &Resource,
    need: Need,
    query: &Query,
    printer: &mut Printer,
) -> Result<BTreeSet<String>, Fault> {
    let rows = !query.is_empty() || !args.names.is_empty();
    let mut pages = cluster.list(need, rows);
    let mut schema: Option<Arc<Schema>> = None;
    let (mut skipped, mut names) = (0, BTreeSet::new());
    loop {
        match cluster.next_page(&mut pages) {
            Some(Page::Schema(columns)) => {
                query.check(&columns).map_err(|error| bad_filter(&args.filter, &error))?;
                schema = Some(columns);
            }
            Some(Page::Objects(objects)) => {
                let mut matcher = schema.as_ref().map(|schema| query.matcher(schema, None, now()));
                let mut shown: Vec<&str> = Vec::new();
                for object in &objects {
                    if let Some(row) = &object.row {
                        let name = row.key.name.as_str();
                        let asked =
                            args.names.is_empty() || args.names.iter().any(|one| one == name);
                        if asked && !args.names.is_empty() {
                            // What the filter hides is not missing.
                            names.insert(name.to_owned());
                        }
                        if !asked || matcher.as_mut().is_some_and(|matcher| !matcher.matches(row)) {
                            continue;
                        }
                    }
                    shown.push(&object.json);
                }
                print(&printer.items(shown)?)?;
            }
            Some(Page::Skipped(_)) => skipped += 1,
            Some(Page::Notice(fault)) => tell(&fault),
            Some(Page::End(Ok(()))) => break,
            Some(Page::End(Err(fault))) => return Err(fault),
            None => {
                let what = format!("list {}", resource.gvr.plural);
                let why = "the server has stopped answering";
                return Err(Fault::new(FaultKind::Network, what, why));
            }
        }
    }
    if args.names.is_empty() || !names.is_empty() {
        print(&printer.items([])?)?;
        print(printer.end())?;
    }
    tell_missing(resource, &[], skipped);
    Ok(names)
}

/// Writes objects, one by one or as the items of a List.
struct Printer {
    json: bool,
    begun: bool,
}

impl Printer {
    /// One object, alone.
    fn one(&self, object: &str) -> Result<String, Fault> {
        let text = if self.json {
            yaml::json(object, yaml::Options::KUBECTL)
        } else {
            yaml::from_json(object, yaml::Options::KUBECTL)
        };
        text.map_err(|error| Fault::new(FaultKind::Other, "print an object", error.to_string()))
    }

    /// Some items of a List; the first ones begin it.
    fn items<'o>(&mut self, objects: impl IntoIterator<Item = &'o str>) -> Result<String, Fault> {
        let mut out = String::new();
        for object in objects {
            let first = !std::mem::replace(&mut self.begun, true);
            if self.json {
                out.push_str(if first { JSON_HEAD } else { ",\n" });
                for (i, line) in self.one(object)?.lines().enumerate() {
                    out.push_str(if i > 0 { "\n        " } else { "        " });
                    out.push_str(line);
                }
            } else {
                if first {
                    out.push_str(YAML_HEAD);
                    out.push_str("items:\n");
                }
                // As the only item of a list: line breaks depend on where a line begins.
                let list = self.one(&format!("{{\"items\":[{object}],\"kind\":\"List\"}}"))?;
                let inner = list.strip_prefix("items:\n").unwrap_or(&list);
                out.push_str(inner.strip_suffix("kind: List\n").unwrap_or(inner));
            }
        }
        Ok(out)
    }

    /// The end of the List, and all of it where there was no item.
    fn end(&self) -> &'static str {
        match (self.json, self.begun) {
            (true, true) => JSON_END,
            (true, false) => JSON_EMPTY,
            (false, true) => YAML_END,
            (false, false) => YAML_EMPTY,
        }
    }
}

const JSON_HEAD: &str = "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n";
const JSON_END: &str = "\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n";
const JSON_EMPTY: &str = "{\n    \"apiVersion\": \"v1\",\n    \"items\": [],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n";
const YAML_HEAD: &str = "apiVersion: v1\n";
const YAML_END: &str = "kind: List\nmetadata:\n  resourceVersion: \"\"\n";
const YAML_EMPTY: &str =
    "apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: \"\"\n";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// Printed piece by piece.
    fn pieces(json: bool, objects: &[&str], page: usize) -> String {
        let mut printer = Printer { json, begun: false };
        let mut out = String::new();
        for some in objects.chunks(page) {
            out.push_str(&printer.items(some.iter().copied()).unwrap());
        }
        out + printer.end()
    }

    #[test]
    fn a_list_printed_in_pieces_is_the_list_printed_whole() {
        let long = "word ".repeat(40);
        let objects = [
            r#"{"kind":"A","apiVersion":"v1","metadata":{"name":"a","managedFields":[1]},"x":[]}"#,
            &format!(
                r#"{{"kind":"B","apiVersion":"v1","data":{{"long":"{long}","text":"a\n b\n"}}}}"#
            ),
            r#"{"kind":"Secret","apiVersion":"v1","data":{"password":"aGlk"}}"#,
        ];
        for n in 0..=objects.len() {
            let whole = format!(
                r#"{{"kind":"List","apiVersion":"v1","items":[{}],"metadata":{{"resourceVersion":""}}}}"#,
                objects[..n].join(",")
            );
            let json = yaml::json(&whole, yaml::Options::KUBECTL).unwrap();
            let text = yaml::from_json(&whole, yaml::Options::KUBECTL).unwrap();
            assert!(!json.contains("aGlk"));
            for page in [1, 2, 5] {
                assert_eq!(pieces(true, &objects[..n], page), json);
                assert_eq!(pieces(false, &objects[..n], page), text);
            }
        }
    }
}
