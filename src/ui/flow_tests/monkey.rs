//! Somebody who presses anything, on a terminal of any size, while anything happens in the cluster.
//!
//! After each step: nothing panics, the table shows what a naive sort and filter of its rows would, and the
//! selected object is still the selected one where only the cluster changed. As a test it takes some hundred
//! steps; for more, and for others:
//!
//! ```console
//! $ WHEELHOUSE_STEPS=100000 [WHEELHOUSE_SEED=7] cargo test --lib whoever_presses -- --nocapture
//! ```

use super::fixture::Fixture;
use crate::fuzz::{Random, number};
use crate::model::{Change, Facet, Scope, SubEvent, SubId, WatchState};
use crate::ui::chord::Chord;
use crate::ui::panes::Pane;
use crate::ui::{Msg, Start};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Keys(String),
    Line(&'static str),
    Type(String),
    Paste(&'static str),
    Resize(u16, u16),
    Wheel(i32),
    Click(u16, u16),
    Wait(i64),
    Wake,
    Focus,
    /// Some objects of a subscription change, appear or vanish: a number chooses which.
    Changes(u64),
    /// A list is read again, and some of it is gone.
    Relist(u64),
    State(u8),
}

const LINES: &[&str] = &[
    "pods",
    "po shop",
    "pods -A",
    "deploy",
    "rs",
    "no",
    "ns",
    "events",
    "cm",
    "apps",
    "apps tree",
    "apps by project",
    "hazards",
    "rollouts",
    "theme light",
    "theme mono",
    "ctx prod-eu",
    "ctx dev",
    "ctx",
    "pods /crash",
    "pods app=api",
    "pods @prod-eu",
    "logs",
    "actions",
    "messages",
    "forwards",
    "access",
    "drift",
    "po shop,kube-system",
    "help",
    "q",
    "quit!",
    "svc",
    "secrets",
    "wat",
    "pods 'x",
    "-n",
    "overview",
    "keys",
    "aliases",
    "plugins",
    "save",
    "ns shop",
];
const FILTERS: &[&str] = &[
    "a",
    "crash",
    "status:run",
    "restarts>1",
    "age<10m",
    "!api",
    "-f ap",
    "(",
    "ready==1/1",
    "\"x y\"",
    "owner:Job",
];
const SIZES: &[(u16, u16)] = &[
    (0, 0),
    (1, 1),
    (2, 3),
    (0, 24),
    (80, 0),
    (39, 9),
    (40, 10),
    (60, 12),
    (80, 24),
    (120, 30),
    (200, 50),
    (400, 100),
];

/// Every key that is bound anywhere, and some that are not.
fn keys() -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for (_, text) in crate::ui::keymap::BUILTIN {
        for line in text.lines().filter(|line| line.starts_with('"')) {
            let key = line[1..].split("\" = ").next().unwrap_or_default().replace("\\\"", "\"");
            if Chord::parse_sequence(&key).is_ok() {
                keys.push(key);
            }
        }
    }
    assert!(keys.len() > 100, "{}", keys.len());
    for often in [
        "j",
        "k",
        "down",
        "up",
        "enter",
        "esc",
        "q",
        "tab",
        "space",
        "/",
        ":",
        "backspace",
        "left",
        "right",
        "g",
        "G",
    ] {
        keys.extend(std::iter::repeat_n(often.to_owned(), 12));
    }
    keys
}

fn step(random: &mut Random, keys: &[String]) -> Step {
    match random.below(100) {
        0..=49 => Step::Keys(random.pick(keys).clone()),
        50..=57 => Step::Line(random.pick::<&str>(LINES)),
        58..=60 => Step::Type(format!("/{}", random.pick(FILTERS))),
        61..=62 => {
            let length = 1 + random.below(6);
            let any = ['a', 'z', '0', ' ', '/', ':', '日', 'é', '\\', '"', '-', '=', 'x', 'y'];
            Step::Type((0..length).map(|_| *random.pick(&any)).collect())
        }
        63 => Step::Paste(random.pick::<&str>(&["a\nb\r\n", "\u{1b}[2J", "日本語", "", "x y z"])),
        64..=68 => {
            let (columns, rows) = *random.pick(SIZES);
            Step::Resize(columns, rows)
        }
        69 => Step::Wheel(random.below(20) as i32 - 10),
        70..=71 => Step::Click(random.below(130) as u16, random.below(35) as u16),
        72..=74 => Step::Wait([1, 3, 60, 4000][random.below(4)]),
        75..=77 => Step::Wake,
        78 => Step::Focus,
        79..=95 => Step::Changes(random.next()),
        96..=98 => Step::Relist(random.next()),
        _ => Step::State(random.byte()),
    }
}

struct Monkey {
    fixture: Fixture,
    steps: usize,
}

impl Monkey {
    fn new() -> Self {
        let mut fixture = Fixture::with((120, 30), |_| {}, Start::default());
        fixture.reads = true;
        Self { fixture, steps: 0 }
    }

    fn take(&mut self, step: &Step) {
        let f = &mut self.fixture;
        match step {
            Step::Keys(keys) => drop(f.press(keys)),
            Step::Line(line) => drop(f.go(line)),
            Step::Type(text) => drop(f.type_in(text)),
            Step::Paste(text) => f.msg(Msg::Paste((*text).to_owned())),
            Step::Resize(columns, rows) => f.msg(Msg::Resize(*columns, *rows)),
            Step::Wheel(lines) => f.msg(Msg::Wheel(*lines)),
            Step::Click(column, row) => f.msg(Msg::Click(*column, *row)),
            Step::Wait(seconds) => f.wait(*seconds),
            Step::Wake => {
                for ticket in std::mem::take(&mut f.wakes) {
                    f.msg(Msg::Woke(ticket));
                }
            }
            Step::Focus => f.msg(Msg::FocusGained),
            Step::Changes(seed) => self.changes(*seed),
            Step::Relist(seed) => self.relist(*seed),
            Step::State(n) => self.state(*n),
        }
        self.steps += 1;
        self.check();
    }

    /// A subscription whose objects are at hand.
    fn sub(&self, random: &mut Random) -> Option<SubId> {
        let subs: Vec<SubId> = self.fixture.ui.subs.iter().map(|(id, _)| id).collect();
        // What is on screen most often.
        let here = match self.fixture.ui.panes.last() {
            Some(Pane::Browse(browse)) => browse.sub,
            _ => None,
        };
        let here = here.filter(|here| subs.contains(here) && !random.one_in(3));
        here.or_else(|| (!subs.is_empty()).then(|| *random.pick(&subs)))
    }

    /// Rows of some objects, changed somehow, and keys of some that are gone.
    fn some(&mut self, sub: SubId, random: &mut Random, most: usize) -> Vec<Change> {
        let f = &mut self.fixture;
        let need = f.ui.subs.get(sub).unwrap().need.clone();
        let Some(cluster) = f.ui.clusters.get(&need.cluster) else { return Vec::new() };
        let key = (cluster.context.to_string(), need.gvr.plural.to_string());
        let objects: Vec<Value> = f.objects.get(&key).cloned().unwrap_or_default();
        let there: Vec<_> =
            f.ui.subs.get(sub).unwrap().table.rows().map(|(_, row)| row.key.clone()).collect();
        let mut changes = Vec::new();
        for _ in 0..1 + random.below(most) {
            if random.one_in(3) && !there.is_empty() {
                changes.push(Change::Delete(random.pick(&there).clone()));
                continue;
            }
            if objects.is_empty() {
                continue;
            }
            let mut object = random.pick(&objects).clone();
            if random.one_in(2) {
                object["metadata"]["name"] = json!(format!("new-{}", random.below(40)));
            }
            object["metadata"]["resourceVersion"] = json!(random.below(100_000).to_string());
            if random.one_in(4) && need.gvr.plural == "pods" {
                object["status"]["phase"] =
                    json!(random.pick(&["Pending", "Failed", "Running", "\u{202e}\u{1b}[2J"]));
                object["status"]["containerStatuses"] = json!([]);
            }
            if let Scope::Namespaces(names) = &need.scope {
                object["metadata"]["namespace"] = json!(names[0].as_str());
            }
            changes.extend(f.rows(&need, &object).into_iter().map(Change::Upsert));
        }
        changes
    }

    fn changes(&mut self, seed: u64) {
        let mut random = Random::new(seed);
        let Some(sub) = self.sub(&mut random) else { return };
        let most = *random.pick(&[1, 1, 3, 40]);
        let changes = self.some(sub, &mut random, most);
        self.quietly(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
    }

    fn relist(&mut self, seed: u64) {
        let mut random = Random::new(seed);
        let Some(sub) = self.sub(&mut random) else { return };
        let facet = self.fixture.ui.subs.get(sub).unwrap().need.facet;
        let kept: Vec<Change> = self
            .fixture
            .ui
            .subs
            .get(sub)
            .unwrap()
            .table
            .rows()
            .filter(|_| !random.one_in(5))
            .map(|(_, row)| Change::Upsert(row.clone()))
            .collect();
        self.quietly(Msg::Sub(sub, SubEvent::Begin { part: 0 }));
        self.quietly(Msg::Sub(sub, SubEvent::Changes { part: 0, changes: kept }));
        if facet.is_of_objects() || facet == Facet::Links {
            let more = self.some(sub, &mut random, 5);
            self.quietly(Msg::Sub(sub, SubEvent::Changes { part: 0, changes: more }));
        }
        self.quietly(Msg::Sub(sub, SubEvent::Complete { part: 0 }));
    }

    fn state(&mut self, n: u8) {
        let mut random = Random::new(n.into());
        let Some(sub) = self.sub(&mut random) else { return };
        let state = match n % 4 {
            0 => WatchState::Live,
            1 => WatchState::Waiting,
            2 => WatchState::Listing { rows: 12_345, per_second: 999 },
            _ => {
                let why =
                    crate::model::Fault::new(crate::model::FaultKind::Network, "watch", "cut");
                WatchState::Broken {
                    since: self.fixture.now - 5,
                    retry_at: self.fixture.now + 5,
                    why,
                }
            }
        };
        self.quietly(Msg::Sub(sub, SubEvent::State { part: 0, state }));
    }

    /// Something happens in the cluster: whoever was selected and is still on the table stays selected.
    fn quietly(&mut self, msg: Msg) {
        let before = match self.fixture.ui.panes.last() {
            Some(Pane::Browse(browse)) if !browse.arriving => browse.selected().cloned(),
            _ => None,
        };
        let depth = self.fixture.ui.panes.len();
        self.fixture.msg(msg);
        let ui = &self.fixture.ui;
        if let (Some(before), Some(Pane::Browse(browse))) = (before, ui.panes.last())
            && ui.panes.len() == depth
            && let Some(source) = ui.source(browse)
            && let Some(slot) = source.table.slot(&before)
            && browse.order().contains(&slot)
        {
            assert_eq!(browse.selected(), Some(&before), "another object is selected");
            assert_eq!(browse.order().get(browse.cursor), Some(&slot), "the cursor is elsewhere");
        }
    }

    fn check(&mut self) {
        let ui = &self.fixture.ui;
        if let Some(Pane::Browse(browse)) = ui.panes.last()
            && let Some(source) = ui.source(browse)
            && let Some(naive) = browse.naive(source, ui.now)
        {
            assert_eq!(browse.order(), naive, "the order is not what sort and filter say");
            assert!(browse.cursor < naive.len().max(1), "the cursor is behind the last row");
        }
        if self.steps.is_multiple_of(3) || ui.size.0 < 40 {
            let screen = self.fixture.buffer();
            let odd = screen.content.iter().find(|cell| cell.symbol().contains(char::is_control));
            assert!(odd.is_none(), "{odd:?} is on the screen");
        }
        self.fixture.sent.clear();
    }
}

/// Where it fails, and why.
fn fails(steps: &[Step]) -> Option<(usize, String)> {
    let mut at = 0;
    let done = catch_unwind(AssertUnwindSafe(|| {
        let mut monkey = Monkey::new();
        for step in steps {
            monkey.take(step);
            at += 1;
        }
    }));
    let told = done.err()?;
    let text = told.downcast_ref::<String>().cloned();
    let text = text.or_else(|| told.downcast_ref::<&str>().map(|s| (*s).to_owned()));
    Some((at, text.unwrap_or_default()))
}

/// The same with as few steps as it still fails with.
fn smaller(mut steps: Vec<Step>) -> Vec<Step> {
    let mut size = steps.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < steps.len() {
            let end = (at + size).min(steps.len());
            let less: Vec<Step> = steps[..at].iter().chain(&steps[end..]).cloned().collect();
            match fails(&less) {
                Some((failed, _)) => steps = less[..(failed + 1).min(less.len())].to_vec(),
                None => at += size,
            }
        }
        size /= 2;
    }
    steps
}

#[test]
fn whoever_presses_whatever_the_table_is_right_and_nothing_breaks() {
    const STEPS: usize = 250;
    let wanted = number("WHEELHOUSE_STEPS").unwrap_or(500);
    let first = number("WHEELHOUSE_SEED").unwrap_or(1);
    let keys = keys();
    let (mut taken, mut sessions) = (0, 0);
    while taken < wanted {
        let mut random = Random::new(first + sessions);
        let steps: Vec<Step> = (0..STEPS).map(|_| step(&mut random, &keys)).collect();
        if let Some((at, why)) = fails(&steps) {
            let small = smaller(steps[..at + 1].to_vec());
            let last = fails(&small).map(|(_, why)| why).unwrap_or(why);
            panic!("seed {}: after {at} steps; fewest: {small:#?}\n{last}", first + sessions);
        }
        taken += STEPS as u64;
        sessions += 1;
    }
    println!(
        "model of the UI: {taken} steps in {sessions} sessions from seed {first}, none failed"
    );
}
