//! How often memory is asked for, per pod of a list and per change: exact numbers, the same on every machine. One
//! allocation more in a path that runs a million times is seen here before it is seen in a figure.

#![allow(unsafe_code, clippy::unwrap_used, missing_docs)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use wheelhouse::kinds::proto::{Field, Kind, MAGIC, Message};
use wheelhouse::kinds::{self, Object, Pool, Projection};
use wheelhouse::model::{Change, Facet, Row, Table};

#[allow(dead_code)]
#[path = "../src/kinds/proto/encode.rs"]
mod encode;

/// A pod as a real API server sends it (managedFields included).
const POD: &[u8] = include_bytes!("../benches/pod.json");
/// Pods that are decoded before anything is counted: texts that all have are known by then, and tables have grown.
const WARM: usize = 1_024;
const COUNTED: usize = 1_000;

struct Counting;

static ASKED: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is handed to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
}

/// How often memory is asked for in a run of it, and what it gives.
fn counted<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let before = ASKED.load(Ordering::Relaxed);
    let got = run();
    (ASKED.load(Ordering::Relaxed) - before, got)
}

/// Pod number `i` in JSON: the same with a name, a uid and a version of its own.
fn pod(i: usize, version: usize) -> serde_json::Value {
    let mut pod: serde_json::Value = serde_json::from_slice(POD).unwrap();
    pod["metadata"]["name"] = format!("svc-{:03}-6d9f7c8b5-{i:06}", i % 200).into();
    pod["metadata"]["uid"] = format!("{i:08x}-0000-4000-8000-000000000000").into();
    pod["metadata"]["resourceVersion"] = version.to_string().into();
    pod["status"]["containerStatuses"][0]["restartCount"] = (version % 7).into();
    pod
}

fn main() {
    // What harnesses are asked and told is none of ours; but a list must be empty.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let pods = kinds::builtin::resources();
    let pods = pods.into_iter().find(|resource| resource.gvr.plural == "pods").unwrap();
    let (projection, _) = Projection::new(&pods, Facet::Row, &[], &[]);
    let message = projection.proto().unwrap();
    let all = WARM + COUNTED;
    let json: Vec<Vec<u8>> = (0..all).map(|i| pod(i, i + 1).to_string().into_bytes()).collect();
    let protobuf = |i, version| encode::encode(message, &pod(i, version)).unwrap();
    let listed: Vec<Vec<u8>> = (0..all).map(|i| protobuf(i, i + 1)).collect();
    let changed: Vec<Vec<u8>> = (0..all).map(|i| protobuf(i, all + i + 1)).collect();

    let mut failed = false;
    let mut judge = |what: &str, asked: usize, most: f64| {
        let each = asked as f64 / COUNTED as f64;
        println!("{what}: {each:.2} allocations (at most {most})");
        failed |= each > most;
    };
    for (what, most, bytes) in
        [("a pod from JSON", JSON_MOST, &json), ("a pod from protobuf", PROTOBUF_MOST, &listed)]
    {
        let is_json = std::ptr::eq(bytes, &json);
        let mut pool = Pool::default();
        let mut rows: Vec<Row> = Vec::with_capacity(2 * all);
        let mut decode = |bytes: &[Vec<u8>]| {
            for pod in bytes {
                let object =
                    if is_json { Object::Json(pod) } else { Object::Protobuf(message, pod) };
                projection.rows(object, &mut pool, &mut rows).unwrap();
            }
        };
        decode(&bytes[..WARM]);
        let (asked, ()) = counted(|| decode(&bytes[WARM..]));
        judge(what, asked, most);
    }

    let (mut pool, mut table) = (Pool::default(), Table::default());
    let mut rows: Vec<Row> = Vec::with_capacity(4);
    let mut change = |bytes: &[Vec<u8>]| {
        for pod in bytes {
            projection.rows(Object::Protobuf(message, pod), &mut pool, &mut rows).unwrap();
            table.apply(0, rows.drain(..).map(Change::Upsert).collect());
            table.take_changed();
        }
    };
    change(&listed);
    change(&changed[..WARM]);
    let (asked, ()) = counted(|| change(&changed[WARM..]));
    judge("a change in a table", asked, CHANGE_MOST);
    assert!(!failed, "more allocations than there may be");
}

const JSON_MOST: f64 = 22.0;
const PROTOBUF_MOST: f64 = 12.0;
const CHANGE_MOST: f64 = 14.0;
