//! What is typed at a table of pods, and how long its answer takes.

use crate::figures::{Goal, Samples, Table};
use crate::load;
use crate::support::api::{Api, Write};
use crate::terminal::{Terminal, millis};
use crate::thousands;
use serde_json::json;
use std::time::{Duration, Instant};

const KEYS: usize = 100;
const EVENTS: usize = 40;
const PAGES: usize = 40;
const FILTERS: usize = 6;
const SORTS: usize = 24;
/// Typed into a filter and rubbed out. Each of them changes what is shown, also where addresses (10.1…) are looked at.
const LETTERS: [&[u8]; 6] = [b"3", b"4", b"2", b"\x7f", b"\x7f", b"\x7f"];
/// Longest that a key may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Keys without an answer after which no more are pressed.
const VAIN: usize = 10;

/// Longest that a change may take until it is on the screen.
const CHANGE: Duration = Duration::from_secs(15);

/// How long the program is left alone before it is asked for something.
#[derive(Clone, Copy)]
pub enum Pace {
    /// Until it is silent.
    Silence,
    /// Up to two seconds, never the same: who draws every second or two would always be asked just after that.
    Uneven,
}

impl Pace {
    fn wait(self, terminal: &mut Terminal, turn: usize) {
        match self {
            Self::Silence => terminal.settle(Duration::from_millis(40)),
            Self::Uneven => terminal.pass(Duration::from_millis(turn as u64 * 377 % 2000)),
        }
    }
}

/// What became of what was typed.
#[derive(Default)]
struct Answers {
    took: Samples,
    lost: usize,
}

impl Answers {
    fn push(&mut self, took: Option<f64>) {
        match took {
            Some(took) => self.took.push(took),
            None => self.lost += 1,
        }
    }

    /// Nothing is answered: the program has no such key, or its answer cannot be told from the screen.
    fn in_vain(&self) -> bool {
        self.took.is_empty() && self.lost >= VAIN
    }

    fn told(&self) -> String {
        let took = self.took.told("ms");
        match self.lost {
            0 => took,
            lost => format!("{took}, {lost} without an answer"),
        }
    }
}

/// Types something and waits until what the screen shows of it is another; the milliseconds of that.
fn answer<T: PartialEq>(
    terminal: &mut Terminal,
    key: &[u8],
    shown: impl Fn(&str) -> T,
) -> Option<f64> {
    let before = shown(&terminal.text());
    let sent = Instant::now();
    terminal.send(key);
    let at = terminal.when(PATIENCE, |screen| shown(&screen.contents()) != before)?;
    Some(millis(at.saturating_duration_since(sent)))
}

/// Moves the selected row up and down; how many bytes that took for each.
pub fn keys(
    terminal: &mut Terminal,
    when: &str,
    goal: Option<Goal>,
    table: &mut Table,
) -> Option<f64> {
    let mut answers = Answers::default();
    let written = terminal.written();
    for i in 0..KEYS {
        terminal.settle(Duration::from_millis(30));
        answers.push(terminal.key(if i.is_multiple_of(2) { b"j" } else { b"k" }));
        if answers.in_vain() {
            break;
        }
    }
    let bytes = (terminal.written() - written) as f64 / KEYS as f64;
    let figure = format!("key → paint {when}, median / p95 / worst");
    table.judged(figure, answers.told(), answers.took.p95(), goal);
    (!answers.took.is_empty()).then_some(bytes)
}

/// A page down and up.
pub fn pages(terminal: &mut Terminal, goal: Option<Goal>, table: &mut Table) {
    let (mut samples, mut bytes) = (Samples::default(), Samples::default());
    for i in 0..PAGES {
        terminal.settle(Duration::from_millis(50));
        let before = terminal.written();
        let key = if i % 4 < 2 { b"\x1b[6~" } else { b"\x1b[5~" };
        // The first page up may only move the cursor.
        let Some(took) = answer(terminal, key, names) else {
            if samples.is_empty() && i >= VAIN {
                break;
            }
            continue;
        };
        samples.push(took);
        terminal.settle(Duration::from_millis(20));
        bytes.push((terminal.written() - before) as f64);
    }
    table.line("page → paint", samples.told("ms"));
    table.judged("bytes to the terminal for a page", bytes.told("B"), bytes.p95(), goal);
}

/// The names on the screen, in their order.
pub fn names(text: &str) -> Vec<String> {
    let words = text.lines().filter_map(|line| {
        line.split_whitespace().find(|word| word.starts_with("svc-")).map(str::to_owned)
    });
    words.collect()
}

/// `[123 of 10,000] /19`: the title of wheelhouse's table, which is drawn with the rows.
pub fn title(text: &str) -> String {
    let title = text.lines().find_map(|line| line.strip_prefix("┌─ pods"));
    title.and_then(|title| title.split(" ─").next()).unwrap_or_default().to_owned()
}

/// Types a filter and rubs it out again: each letter changes how many rows are shown, which is told by `shown`.
pub fn filter<T: PartialEq>(
    terminal: &mut Terminal,
    pace: Pace,
    shown: impl Fn(&str) -> T + Copy,
    goal: Option<Goal>,
    table: &mut Table,
) {
    let mut answers = Answers::default();
    for turn in 0..FILTERS {
        terminal.send(b"/");
        terminal.settle(Duration::from_millis(50));
        for (i, key) in LETTERS.iter().enumerate() {
            pace.wait(terminal, turn * LETTERS.len() + i);
            answers.push(answer(terminal, key, shown));
        }
        terminal.send(b"\x1b");
        terminal.settle(Duration::from_millis(100));
        if answers.in_vain() {
            break;
        }
    }
    table.judged("filter keystroke → paint", answers.told(), answers.took.p95(), goal);
}

/// Sorts by one column after the other; each key again turns the order round.
pub fn sorts(terminal: &mut Terminal, goal: Option<Goal>, table: &mut Table) {
    let mut answers = Answers::default();
    for key in [b"N", b"N", b"T", b"T", b"S", b"S", b"P", b"P"].into_iter().cycle().take(SORTS) {
        terminal.settle(Duration::from_millis(50));
        answers.push(answer(terminal, key, heading));
    }
    table.judged("sort change → paint", answers.told(), answers.took.p95(), goal);
    // As it was at the beginning, for what follows.
    for _ in 0..4 {
        terminal.send(b"P");
        terminal.settle(Duration::from_millis(100));
        terminal.send(b"g");
        terminal.settle(Duration::from_millis(100));
        if terminal.text().contains(&load::pod_name(0)) {
            return;
        }
    }
    panic!("the first pod is not on the screen:\n{}", terminal.text());
}

/// The titles of the columns with the sign of the sort, and the names below.
fn heading(text: &str) -> (String, Vec<String>) {
    let titles = text.lines().find(|line| line.contains("NAME") && line.contains("READY"));
    (titles.unwrap_or_default().to_owned(), names(text))
}

/// From a write of the status of the first pod on the screen to its row.
pub fn events(
    terminal: &mut Terminal,
    pace: Pace,
    api: &Api,
    goal: Option<Goal>,
    table: &mut Table,
) {
    let number = |name: &String| name.rsplit('-').next().and_then(|number| number.parse().ok());
    let first = names(&terminal.text()).first().and_then(number);
    let (mut answered, mut since_sent) = (Answers::default(), Samples::default());
    // What is kept may have restarted before.
    let path = first.map(load::pod_path);
    let told = path.as_ref().map(|path| api.get(path)).unwrap_or_default();
    let restarts = &told["status"]["containerStatuses"][0]["restartCount"];
    let before = restarts.as_u64().unwrap_or(0).max(1000) as usize;
    for (restarts, path) in (before + 1..=before + EVENTS).zip(path.iter().cycle()) {
        pace.wait(terminal, restarts);
        let body =
            json!({"status": {"containerStatuses": [{"name": "app", "restartCount": restarts}]}});
        let sent = Instant::now();
        api.all([Write {
            method: "PATCH",
            path: format!("{path}/status?fieldManager=kubelet"),
            media: "application/strategic-merge-patch+json",
            body,
        }]);
        let written = Instant::now();
        let (plain, grouped) = (restarts.to_string(), thousands(restarts));
        let painted =
            terminal.within(CHANGE, |text| text.contains(&plain) || text.contains(&grouped));
        answered.push(painted.map(|at| millis(at.saturating_duration_since(written))));
        if let Some(at) = painted {
            since_sent.push(millis(at.saturating_duration_since(sent)));
        }
        if answered.in_vain() {
            break;
        }
    }
    let figure = "event → paint, since the write was answered";
    table.judged(figure, answered.told(), answered.took.p95(), goal);
    table.line("event → paint, since the write was sent", since_sent.told("ms"));
}
