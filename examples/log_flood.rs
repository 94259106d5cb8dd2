//! How the logs pane bears a flood: 50,000 lines a second for a minute, keys in between.
//! `cargo run --release --example log_flood [SECONDS]`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::time::{Duration, Instant};
use wheelhouse::model::{
    ClusterId, Gvr, LogBatch, LogContainers, LogEvent, LogLine, LogSource, LogTarget, ObjRef,
    StreamEvent, StreamId,
};
use wheelhouse::ui::settings::Loaded;
use wheelhouse::ui::widgets::frame;
use wheelhouse::ui::{Effect, Msg, Start, Ui};

const SIZE: (u16, u16) = (200, 50);
const NOW: i64 = 1_795_300_000;
/// Frames of 16 ms, and the lines of each.
const FRAMES: u64 = 62;
const LINES: u64 = 50_000 / FRAMES;

fn batch(from: u64) -> LogBatch {
    let mut batch = LogBatch::default();
    for i in from..from + LINES {
        let level = ["info", "info", "debug", "warn", "error"][usize::try_from(i % 5).unwrap_or(0)];
        let line = format!(
            "{{\"level\":\"{level}\",\"msg\":\"request {i} completed\",\"path\":\"/orders/{i}\",\"took\":\"{}ms\"}}",
            i % 900
        );
        batch.text.extend_from_slice(line.as_bytes());
        let end = u32::try_from(batch.text.len()).unwrap_or(u32::MAX);
        batch.lines.push(LogLine { source: u32::from(i % 2 == 0), at: NOW * 1_000_000_000, end });
    }
    batch
}

fn open(ui: &mut Ui) -> Option<StreamId> {
    let pod = ObjRef {
        cluster: ClusterId(0),
        gvr: Gvr::new("", "v1", "pods"),
        kind: "Pod".into(),
        namespace: "load".into(),
        name: "api".into(),
        uid: "1".into(),
    };
    let mut effects = Vec::new();
    let targets = vec![LogTarget::Object(pod)];
    let name = "Pod/api".to_owned();
    ui.open_lines(ClusterId(0), targets, LogContainers::Default, false, name, &mut effects);
    effects.iter().find_map(|effect| match effect {
        Effect::Open { stream, .. } => Some(*stream),
        _ => None,
    })
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.unwrap_or("VmRSS unknown").to_owned()
}

fn main() {
    let seconds = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(60);
    let start = Start { context: "bench".into(), ..Start::default() };
    let (mut ui, _) = Ui::new(Loaded::default(), start, SIZE, NOW);
    ui.settle(NOW);
    println!("before: {}", memory());
    let Some(stream) = open(&mut ui) else { return };
    for pod in ["api-1", "api-2"] {
        let source = LogSource {
            namespace: "load".into(),
            pod: pod.into(),
            uid: pod.into(),
            container: "app".into(),
        };
        ui.update(Msg::Stream(stream, StreamEvent::Logs(LogEvent::Source(source))), NOW);
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    // Scrolling, a filter typed letter by letter, levels, search, back to the end.
    let keys: Vec<char> = "kkkkjj/took\ns/ level>=warn\nkknG".chars().collect();
    let (mut steps, mut keyed) = (Vec::new(), Vec::new());
    let (mut pressed, mut sent) = (0, 0);
    let begun = Instant::now();
    for number in 0..seconds * FRAMES {
        let lines = batch(sent);
        sent += LINES;
        let step = Instant::now();
        ui.update(Msg::Stream(stream, StreamEvent::Logs(LogEvent::Lines(lines))), NOW);
        let with_key = number % 10 == 9;
        if with_key {
            let c: char = keys[pressed % keys.len()];
            pressed += 1;
            let code = if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) };
            ui.update(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)), NOW);
        }
        ui.settle(NOW);
        buffer.reset();
        frame::draw(&ui, &mut buffer);
        if with_key { &mut keyed } else { &mut steps }.push(step.elapsed());
    }
    let taken = begun.elapsed();
    println!("lines: {sent} in {taken:.1?}, {:.0} a second", sent as f64 / taken.as_secs_f64());
    println!("after: {}", memory());
    for (name, times) in [("frame", &mut steps), ("key to frame", &mut keyed)] {
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        let worst = times.last().copied().unwrap_or(Duration::ZERO);
        println!("{name}: p50 {:.2?}, p95 {:.2?}, worst {worst:.2?}", at(50), at(95));
    }
}
