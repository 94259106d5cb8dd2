//! The same collection read as JSON and as protobuf: the same rows, listed and watched.

use super::cells;
use crate::support::api::Api;
use wheelhouse::kinds::build::Pool;
use wheelhouse::kinds::proto::{Envelope, MAGIC, Reader, Value};
use wheelhouse::kinds::{Object, Projection};
use wheelhouse::model::{Facet, Resource, Row};

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf, application/json";
/// Looks at most: the server changes some objects by itself.
const LOOKS: usize = 5;

/// Compares every object of the collection, and the events that a watch of it begins with. None where
/// the kind is read as JSON only; else how many objects, and what differs.
pub fn compare(api: &Api, resource: &Resource) -> Option<(usize, Vec<String>)> {
    let (projection, _) = Projection::new(resource, Facet::Row, &[], &[]);
    projection.proto()?;
    let path = resource.gvr.collection_path(None);
    let watch = format!("{path}?watch=1&resourceVersion=0&timeoutSeconds=1");
    let mut last = (0, Vec::new());
    for _ in 0..LOOKS {
        let mut faults = Vec::new();
        let json = cells::rows(&projection, &cells::items(&api.bytes(&path)));
        let listed = api.raw(&path, PROTOBUF);
        assert!(listed.starts_with(MAGIC), "{path} is no protobuf");
        let listed = rows(&projection, &items(&listed));
        differ(&format!("{path} listed"), &json, &listed, &mut faults);
        let watched = rows(&projection, &frame_objects(&api.raw(&watch, PROTOBUF)));
        differ(&format!("{path} watched"), &json, &watched, &mut faults);
        last = (json.len(), faults);
        if last.1.is_empty() {
            break;
        }
    }
    Some(last)
}

fn differ(what: &str, json: &[Row], protobuf: &[Row], faults: &mut Vec<String>) {
    let sorted = |rows: &[Row]| {
        let mut all: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
        all.sort();
        all
    };
    let (json, protobuf) = (sorted(json), sorted(protobuf));
    if json.len() != protobuf.len() {
        faults.push(format!("{what}: {} rows and {}", json.len(), protobuf.len()));
    }
    for (ours, theirs) in json.iter().zip(&protobuf).filter(|(ours, theirs)| ours != theirs) {
        faults.push(format!("{what}:\n  JSON     {ours}\n  protobuf {theirs}"));
    }
}

fn rows(projection: &Projection, objects: &[&[u8]]) -> Vec<Row> {
    let message = projection.proto().unwrap();
    let (mut pool, mut rows) = (Pool::default(), Vec::new());
    for bytes in objects {
        projection
            .rows(Object::Protobuf(message, bytes), &mut pool, &mut rows)
            .unwrap_or_else(|skip| panic!("left out: {}", skip.0));
    }
    rows
}

fn fields(bytes: &[u8], number: u32) -> Vec<&[u8]> {
    let (mut reader, mut found) = (Reader::new(bytes), Vec::new());
    while let Some(field) = reader.field().unwrap() {
        if let (n, Value::Bytes(held)) = field
            && n == number
        {
            found.push(held);
        }
    }
    found
}

fn items(body: &[u8]) -> Vec<&[u8]> {
    fields(Envelope::open(body).unwrap().raw, 2)
}

fn frame_objects(mut stream: &[u8]) -> Vec<&[u8]> {
    let mut objects = Vec::new();
    while let Some((length, rest)) = stream.split_first_chunk::<4>() {
        let (frame, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        let extension = fields(frame, 2)[0];
        objects.push(Envelope::open(fields(extension, 1)[0]).unwrap().raw);
        stream = rest;
    }
    objects
}
