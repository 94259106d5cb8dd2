//! What one object, one key and one frame cost: `cargo bench --bench frame`.
//!
//! Goals: a pod of 7.6 KB projected within 20 µs, within 2 µs from protobuf, a frame of 200x50 well within 2 ms whatever the
//! number of rows, a key within 3 ms.

#![allow(clippy::unwrap_used, missing_docs)]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use divan::{Bencher, black_box, counter::BytesCount};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use wheelhouse::kinds::proto::{Field, Kind, MAGIC, Message};
use wheelhouse::kinds::{self, Object, Pool, Projection};
use wheelhouse::model::{Change, Facet, Key, Resource, SubEvent, WatchState};
use wheelhouse::ui::settings::Loaded;
use wheelhouse::ui::widgets::frame;
use wheelhouse::ui::{Effect, Msg, Start, Ui};

#[allow(dead_code)]
#[path = "../src/kinds/proto/encode.rs"]
mod encode;

/// A pod as a real API server sends it (managedFields included).
const POD: &[u8] = include_bytes!("pod.json");
const NOW: i64 = 1_795_300_000;
const SIZE: (u16, u16) = (200, 50);

fn main() {
    divan::main();
}

fn pods() -> Resource {
    let builtin = kinds::builtin::resources();
    builtin.into_iter().find(|resource| resource.gvr.plural == "pods").unwrap()
}

#[divan::bench]
fn project_one_pod(bencher: Bencher<'_, '_>) {
    let (projection, _) = Projection::new(&pods(), Facet::Row, &[], &[]);
    let (mut pool, mut rows) = (Pool::default(), Vec::new());
    bencher.counter(BytesCount::of_slice(POD)).bench_local(|| {
        rows.clear();
        projection.rows(black_box(POD), &mut pool, &mut rows).unwrap();
    });
}

#[divan::bench]
fn project_one_pod_from_protobuf(bencher: Bencher<'_, '_>) {
    let (projection, _) = Projection::new(&pods(), Facet::Row, &[], &[]);
    let message = projection.proto().unwrap();
    let pod = encode::encode(message, &serde_json::from_slice(POD).unwrap()).unwrap();
    let (mut pool, mut rows) = (Pool::default(), Vec::new());
    bencher.counter(BytesCount::of_slice(&pod)).bench_local(|| {
        rows.clear();
        projection.rows(Object::Protobuf(message, black_box(&pod)), &mut pool, &mut rows).unwrap();
    });
}

/// A session that shows `n` pods.
fn session(n: usize) -> Ui {
    let start = Start { context: "bench".into(), ..Start::default() };
    let (mut ui, _) = Ui::new(Loaded::default(), start, SIZE, NOW);
    let effects = ui.settle(NOW);
    let sub = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Subscribe { sub, .. } => Some(*sub),
            _ => None,
        })
        .unwrap();
    let (projection, _) = Projection::new(&pods(), Facet::Row, &[], &[]);
    let mut rows = Vec::new();
    projection.rows(POD, &mut Pool::default(), &mut rows).unwrap();
    let pattern = rows.remove(0);
    ui.update(Msg::Sub(sub, SubEvent::Schema(projection.schema())), NOW);
    ui.update(Msg::Sub(sub, SubEvent::Begin { part: 0 }), NOW);
    for batch in (0..n).collect::<Vec<_>>().chunks(512) {
        let changes = batch
            .iter()
            .map(|i| {
                let mut row = pattern.clone();
                let name = format!("svc-{}-6d9f7c8b5-{i:06}", i % 200);
                row.key = Key { namespace: "load".into(), name: name.into() };
                Change::Upsert(row)
            })
            .collect();
        ui.update(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }), NOW);
    }
    ui.update(Msg::Sub(sub, SubEvent::Complete { part: 0 }), NOW);
    ui.update(Msg::Sub(sub, SubEvent::State { part: 0, state: WatchState::Live }), NOW);
    ui.settle(NOW);
    ui
}

fn press(ui: &mut Ui, c: char) {
    ui.update(Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)), NOW);
    ui.settle(NOW);
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn draw_one_frame(bencher: Bencher<'_, '_>, n: usize) {
    let ui = session(n);
    let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    bencher.bench_local(|| {
        buffer.reset();
        frame::draw(&ui, &mut buffer)
    });
}

#[divan::bench(args = [10_000, 100_000])]
fn move_one_row(bencher: Bencher<'_, '_>, n: usize) {
    let mut ui = session(n);
    let mut down = true;
    bencher.bench_local(|| {
        press(&mut ui, if down { 'j' } else { 'k' });
        down = !down;
    });
}

#[divan::bench(args = [10_000, 100_000], sample_count = 20, sample_size = 1)]
fn type_one_letter_of_a_filter(bencher: Bencher<'_, '_>, n: usize) {
    let mut ui = session(n);
    press(&mut ui, '/');
    let backspace = KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE);
    let mut typed = false;
    bencher.bench_local(|| {
        if typed {
            ui.update(Msg::Key(backspace), NOW);
            ui.settle(NOW);
        } else {
            press(&mut ui, '7');
        }
        typed = !typed;
    });
}
