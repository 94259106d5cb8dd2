//! The index against the plainest description of what it promises: sort everything, then filter.

#![allow(clippy::unwrap_used)]

use super::super::sample::{key, pods, row, text};
use super::super::{Cell, Change, Usage};
use super::*;
use proptest::prelude::*;

const NOW: i64 = 1_000_000;

fn pod(n: u32, version: u32) -> Row {
    let name = format!("pod-{:02}", n / 2);
    let status = ["Running", "CrashLoopBackOff", "Pending"][version as usize % 3];
    let mut row = row(
        key(["shop", "infra"][n as usize % 2], &name),
        [
            Cell::Ratio(version % 3, 2),
            if version.is_multiple_of(4) { Cell::Empty } else { text(status) },
            Cell::CountSince(version % 4, i64::from(version % 2)),
            text(&format!("10.0.0.{}", version * 7 % 30)),
            text("n-1"),
        ],
    );
    row.created = NOW - i64::from(version % 5) * 60;
    row.version = version.into();
    if version % 3 == 1 {
        row.tone = super::super::Tone::Bad;
    }
    row
}

fn metrics() -> Metrics {
    Metrics::new((0..20u32).map(|n| {
        let usage =
            Usage { cpu_millis: i64::from(n * 37 % 11), memory_bytes: i64::from(n * 3 % 5) };
        (pod(n, 0).key, usage)
    }))
}

fn naive(view: &View<'_>) -> Vec<u32> {
    let mut rows: Vec<(u32, &Row)> = view.table.rows().collect();
    rows.sort_by(|(_, a), (_, b)| {
        let cells = match view.sort {
            Some(sort) => {
                let column = &view.schema.columns[sort.column];
                let cells = view.schema.cell(column, a, view.metrics).order(&view.schema.cell(
                    column,
                    b,
                    view.metrics,
                ));
                if sort.descending { cells.reverse() } else { cells }
            }
            None => Ordering::Equal,
        };
        cells.then_with(|| a.key.cmp(&b.key))
    });
    let mut matcher = view.query.matcher(view.schema, view.metrics, view.now);
    rows.retain(|(_, row)| (!view.faults_only || row.is_fault()) && matcher.matches(row));
    rows.into_iter().map(|(slot, _)| slot).collect()
}

#[derive(Clone, Debug)]
enum Op {
    Upsert(Vec<(u32, u32)>),
    Delete(u32),
    Begin,
    Complete,
    Sort(Option<(usize, bool)>),
    Filter(&'static str),
    FaultsOnly(bool),
    Tick(i64),
}

const FILTERS: [&str; 7] = ["", "r", "ru", "run", "!crash", "age<2m", "restarts>1 cpu>=3m"];

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => proptest::collection::vec((0u32..20, 0u32..60), 1..6).prop_map(Op::Upsert),
        2 => (0u32..20).prop_map(Op::Delete),
        1 => Just(Op::Begin),
        1 => Just(Op::Complete),
        2 => proptest::option::of((0usize..10, any::<bool>())).prop_map(Op::Sort),
        2 => proptest::sample::select(&FILTERS[..]).prop_map(Op::Filter),
        1 => any::<bool>().prop_map(Op::FaultsOnly),
        1 => (0i64..90).prop_map(Op::Tick),
    ]
}

proptest! {
    #[test]
    fn change_by_change_is_the_same_as_anew(ops in proptest::collection::vec(op(), 0..60)) {
        let (schema, metrics) = (pods(), metrics());
        let (mut table, mut index, mut query) = (Table::default(), Index::default(), Query::default());
        let (mut sort, mut faults_only, mut now) = (None, false, NOW);
        for op in ops {
            let (mut anew, mut filtered) = (false, None);
            match op {
                Op::Upsert(rows) => table
                    .apply(0, rows.into_iter().map(|(n, v)| Change::Upsert(pod(n, v))).collect()),
                Op::Delete(n) => table.apply(0, vec![Change::Delete(pod(n, 0).key)]),
                Op::Begin => table.begin(0),
                Op::Complete => table.complete(0),
                Op::Sort(to) => {
                    sort = to.map(|(column, descending)| Sort { column, descending });
                    anew = true;
                }
                Op::Filter(text) => {
                    let new = Query::parse(text).unwrap();
                    filtered = Some(new.narrows(&query) && !new.depends_on_clock());
                    query = new;
                }
                Op::FaultsOnly(on) => {
                    filtered = Some(on);
                    faults_only = on;
                }
                Op::Tick(seconds) => {
                    now += seconds;
                    filtered = Some(false);
                }
            }
            let changed = table.take_changed();
            let view = View {
                table: &table,
                schema: &schema,
                sort,
                query: &query,
                faults_only,
                metrics: Some(&metrics),
                now,
            };
            if anew {
                index.rebuild(&view);
            } else {
                index.update(&view, &changed);
                if let Some(narrows) = filtered {
                    index.refilter(&view, narrows);
                }
            }
            prop_assert_eq!(index.order(), naive(&view));
            for slot in 0..20 {
                let at = index.order().iter().position(|&other| other == slot);
                prop_assert_eq!(index.position_of(slot), at);
            }
        }
    }

    /// Enough rows that keys decide, and names that keys cannot tell apart.
    #[test]
    fn sorting_by_keys_is_sorting(
        rows in proptest::collection::vec((0u32..3, "(a{8}|b{44})?[ab]{0,10}", 0i64..3, 0u32..60), 70..120),
        column in proptest::option::of(0usize..10),
        descending: bool,
    ) {
        let (schema, metrics, query) = (pods(), metrics(), Query::default());
        let mut table = Table::default();
        table.apply(0, rows.iter().map(|(namespace, name, age, version)| {
            let mut row = pod(0, *version);
            row.key = key(&format!("ns-{namespace}"), &format!("x-{name}"));
            row.created = *age;
            Change::Upsert(row)
        }).collect());
        let view = View {
            table: &table,
            schema: &schema,
            sort: column.map(|column| Sort { column, descending }),
            query: &query,
            faults_only: false,
            metrics: Some(&metrics),
            now: NOW,
        };
        let mut index = Index::default();
        index.rebuild(&view);
        prop_assert_eq!(index.order(), naive(&view));
    }
}

#[test]
fn equal_cells_stay_in_the_order_of_names_whichever_way_the_sort_goes() {
    let (schema, query) = (pods(), Query::default());
    let mut table = Table::default();
    table.apply(0, [4, 0, 2].map(|n| Change::Upsert(pod(n, 1))).into());
    let names = |descending| {
        let view = View {
            table: &table,
            schema: &schema,
            sort: Some(Sort { column: schema.find("status").unwrap(), descending }),
            query: &query,
            faults_only: false,
            metrics: None,
            now: NOW,
        };
        let mut index = Index::default();
        index.rebuild(&view);
        let name = |&slot: &u32| table.row(slot).unwrap().key.name.to_string();
        index.order().iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(false), ["pod-00", "pod-01", "pod-02"]);
    assert_eq!(names(true), names(false));
}
