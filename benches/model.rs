//! What tables cost at 100,000 pods: memory per row, loading, sorting, filtering, one change.
//!
//! `cargo bench --bench model`; names after `--` choose among the measurements.
//! Goals: at most 1 KiB per pod, a sort within 50 ms, a keystroke in the filter within 16 ms, one
//! changed row well below a millisecond.

#![allow(unsafe_code, clippy::unwrap_used, missing_docs)]

use divan::{Bencher, black_box};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use wheelhouse::kinds::{self, Object, Pool, RowBuilder};
use wheelhouse::model::{Change, Index, Metrics, Query, Row, Schema, Sort, Table, Usage, View};

const PODS: usize = 100_000;
const NOW: i64 = 1_760_000_000;

/// Counts the bytes in use, as asked for: what the allocator adds is not in it.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is handed to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        IN_USE.fetch_add(size, Ordering::Relaxed);
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
}

fn main() {
    memory();
    divan::main();
}

/// One pod of a Deployment as the API server sends it, without what no row reads.
fn pod_json(n: usize) -> String {
    let (namespace, app, node) = (n / 2000, n / 10 % 200, n % 500);
    let ready = !n.is_multiple_of(50);
    let state = if ready {
        r#"{"running":{"startedAt":"2025-10-01T10:00:00Z"}}"#
    } else {
        r#"{"waiting":{"reason":"CrashLoopBackOff","message":"back-off"}}"#
    };
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"service-{app:03}-7d9c5b6f4-{n:06}","namespace":"team-{namespace:02}","uid":"{n:08x}-0000-4000-8000-000000000000","resourceVersion":"{n}","creationTimestamp":"2025-09-{day:02}T08:00:00Z","labels":{{"app":"service-{app:03}"}},"ownerReferences":[{{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"service-{app:03}-7d9c5b6f4","uid":"x","controller":true}}]}},"spec":{{"nodeName":"node-{node:03}","serviceAccountName":"default","containers":[{{"name":"main","image":"registry.example.com/service-{app:03}:1.4.2","resources":{{"requests":{{"cpu":"100m","memory":"128Mi"}},"limits":{{"memory":"256Mi"}}}}}}],"volumes":[{{"name":"config","configMap":{{"name":"service-{app:03}-config"}}}}]}},"status":{{"phase":"Running","podIP":"10.{a}.{b}.{c}","qosClass":"Burstable","startTime":"2025-09-01T08:00:00Z","conditions":[{{"type":"Ready","status":"{condition}"}}],"containerStatuses":[{{"name":"main","ready":{ready},"restartCount":{restarts},"state":{state},"image":"x","imageID":""}}]}}}}"#,
        day = n % 28 + 1,
        a = n >> 16 & 255,
        b = n >> 8 & 255,
        c = n & 255,
        condition = if ready { "True" } else { "False" },
        restarts = if ready { 0 } else { n % 40 },
    )
}

fn project(count: usize, pool: &mut Pool) -> Vec<Row> {
    let spec = kinds::spec("", "pods").unwrap();
    (0..count)
        .map(|n| {
            let mut row = RowBuilder::new(pool);
            (spec.project)(Object::Json(pod_json(n).as_bytes()), &mut row).unwrap();
            row.finish()
        })
        .collect()
}

fn memory() {
    let before = IN_USE.load(Ordering::Relaxed);
    let mut table = Table::default();
    let mut pool = Pool::default();
    let count = 20_000;
    // In batches, as a watch delivers them: no second copy of the rows is counted.
    let spec = kinds::spec("", "pods").unwrap();
    for n in 0..count {
        let mut row = RowBuilder::new(&mut pool);
        (spec.project)(Object::Json(pod_json(n).as_bytes()), &mut row).unwrap();
        table.apply(0, vec![Change::Upsert(row.finish())]);
        table.take_changed();
    }
    let bytes = IN_USE.load(Ordering::Relaxed) - before;
    println!("memory per pod row: {} bytes ({count} pods)", bytes / count);
    drop((table, pool));
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| project(PODS, &mut Pool::default()))
}

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| kinds::spec("", "pods").unwrap().schema())
}

fn metrics() -> &'static Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(|| {
        Metrics::new((0i64..).zip(rows()).map(|(n, row)| {
            let usage =
                Usage { cpu_millis: n * 7919 % 1000, memory_bytes: n * 104_729 % (1 << 30) };
            (row.key.clone(), usage)
        }))
    })
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table::default();
        table.apply(0, rows().iter().cloned().map(Change::Upsert).collect());
        table.take_changed();
        table
    })
}

fn view<'a>(table: &'a Table, query: &'a Query, sort: Option<&str>) -> View<'a> {
    View {
        table,
        schema: schema(),
        sort: sort.map(|title| Sort { column: schema().find(title).unwrap(), descending: false }),
        query,
        faults_only: false,
        metrics: Some(metrics()),
        now: NOW,
    }
}

#[divan::bench(sample_count = 10)]
fn apply_100k(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(|| {
            (Table::default(), rows().iter().cloned().map(Change::Upsert).collect::<Vec<_>>())
        })
        .bench_values(|(mut table, changes)| {
            table.apply(0, changes);
            table
        });
}

/// A first list: sorted batches of 500, each shown as it comes.
#[divan::bench(sample_count = 5)]
fn load_100k_in_batches(bencher: Bencher<'_, '_>) {
    let query = Query::default();
    bencher
        .with_inputs(|| {
            let mut sorted = rows().to_vec();
            sorted.sort_by(|a, b| a.key.cmp(&b.key));
            sorted
                .chunks(500)
                .map(|rows| rows.iter().cloned().map(Change::Upsert).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        })
        .bench_values(|batches| {
            let (mut table, mut index) = (Table::default(), Index::default());
            for batch in batches {
                table.apply(0, batch);
                let changed = table.take_changed();
                index.update(&view(&table, &query, None), &changed);
            }
            (table, index)
        });
}

#[divan::bench(sample_count = 10, args = ["", "name", "status", "restarts", "age", "cpu", "ip"])]
fn sort_100k(bencher: Bencher<'_, '_>, column: &str) {
    let (query, mut index) = (Query::default(), Index::default());
    let view = view(table(), &query, (!column.is_empty()).then_some(column));
    bencher.bench_local(|| index.rebuild(black_box(&view)));
}

#[divan::bench(
    sample_count = 20,
    args = ["s", "service-1", "crash", "!crash", "team.*0042", "a z", "-f s42", "status:crash", "age<1h", "cpu>=500m"]
)]
fn filter_100k(bencher: Bencher<'_, '_>, filter: &str) {
    let query = Query::parse(filter).unwrap();
    let mut index = Index::default();
    let view = view(table(), &query, None);
    index.rebuild(&view);
    bencher.bench_local(|| index.refilter(black_box(&view), false));
}

#[divan::bench(sample_count = 20)]
fn filter_keystroke_that_narrows(bencher: Bencher<'_, '_>) {
    let (wide, narrow) = (Query::parse("crash").unwrap(), Query::parse("crashl").unwrap());
    bencher
        .with_inputs(|| {
            let mut index = Index::default();
            index.rebuild(&view(table(), &wide, None));
            index
        })
        .bench_values(|mut index| {
            index.refilter(&view(table(), &narrow, None), true);
            index
        });
}

#[divan::bench(sample_count = 50, args = [1, 100, 1000])]
fn update_of_100k(bencher: Bencher<'_, '_>, count: u32) {
    let (query, mut index) = (Query::default(), Index::default());
    let view = view(table(), &query, None);
    index.rebuild(&view);
    let changed: Vec<u32> = (0..count).map(|n| n * 7919 % PODS as u32).collect();
    bencher.bench_local(|| index.update(black_box(&view), &changed));
}
