//! Figures as lines, part by part.

use super::{Overview, Seen};
use crate::model::{Gvr, Key, Scope as Namespaces, Text, Tone, WatchState};
use crate::overview::{self, Asked, Capacity, Health, Place, Rows};
use crate::text::width::width;
use crate::text::{age, quantity};
use crate::ui::Ui;
use crate::ui::theme::Scope;
use crate::ui::widgets::header::grouped;

/// Restarted pods that are told one by one.
const MOST_RESTARTED: usize = 5;
/// Namespaces that are told one by one.
const MOST_NAMESPACES: usize = 40;
/// Nodes that are told one by one.
const MOST_NODES: usize = 40;

/// Where a line leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Go {
    /// To an object: group, kind, key.
    Object(&'static str, &'static str, Key),
    /// To where a command line leads.
    Command(String),
    /// To a table.
    Table { gvr: Gvr, faults: bool, fields: Text, namespace: Option<Text> },
}

/// A line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Pieces of text and how they look.
    pub spans: Vec<(String, Scope)>,
    /// Where Enter leads.
    pub go: Option<Go>,
    /// It begins a part.
    pub head: bool,
}

impl Line {
    fn head(title: &str, words: String) -> Self {
        let spans = vec![(format!("{title}  "), Scope::TableHeader), (words, Scope::TextDim)];
        Self { spans, go: None, head: true }
    }

    fn empty() -> Self {
        Self { spans: Vec::new(), go: None, head: false }
    }

    fn to(go: Go) -> Self {
        Self { spans: Vec::new(), go: Some(go), head: false }
    }

    fn add(mut self, text: impl Into<String>, scope: Scope) -> Self {
        self.spans.push((text.into(), scope));
        self
    }
}

/// The look of a tone.
fn toned(tone: Tone) -> Scope {
    match tone {
        Tone::Dim => Scope::ToneDim,
        Tone::Plain => Scope::TonePlain,
        Tone::Good => Scope::ToneGood,
        Tone::Busy => Scope::ToneBusy,
        Tone::Warn => Scope::ToneWarn,
        Tone::Bad => Scope::ToneBad,
    }
}

fn pad(text: &str, cells: usize) -> String {
    let (cut, used) = crate::text::width::truncate(text, cells);
    format!("{cut}{}", " ".repeat(cells.saturating_sub(used)))
}

fn cores(millis: i64) -> String {
    // Tenths are enough to compare by.
    if millis < 1000 {
        return format!("{millis}m");
    }
    let tenths = (millis + 50) / 100;
    if tenths % 10 == 0 {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

fn bytes(bytes: i64) -> String {
    let gib = bytes as f64 / f64::from(1 << 30);
    if gib >= 10.0 {
        return format!("{gib:.0}Gi");
    }
    if gib >= 1.0 {
        return format!("{gib:.1}Gi");
    }
    let mut out = String::new();
    quantity::write_bytes(bytes & !((1 << 20) - 1), &mut out);
    out
}

fn percent(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| part.saturating_mul(100) / whole)
}

/// How a share of what there is looks.
fn full(percent: i64) -> Tone {
    match percent {
        ..80 => Tone::Good,
        80..100 => Tone::Warn,
        _ => Tone::Bad,
    }
}

impl Overview {
    pub(super) fn make(&self, ui: &Ui, width: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        self.kinds(ui, &mut lines);
        let pods = self.rows(ui, "", "pods");
        if let Some(pods) = pods {
            self.restarts(ui, pods, &mut lines);
        }
        if let Some(events) = self.rows(ui, "", "events") {
            self.events(ui, events, &mut lines);
        }
        if let Some(pods) = pods {
            let all = Capacity::of(pods, self.rows(ui, "", "nodes"), ui.now);
            self.nodes(ui, &all, width, &mut lines);
            self.namespaces(&all, width, &mut lines);
        }
        self.counts(ui, &mut lines);
        lines
    }

    fn kinds(&self, ui: &Ui, lines: &mut Vec<Line>) {
        let glyphs = ui.glyphs();
        lines.push(Line::head("UNHEALTHY NOW", String::new()));
        let events = |one: &&Seen| one.resource.gvr.plural != "events";
        for one in self.seen.iter().filter(events) {
            let Some(sub) = ui.subs.get(one.sub) else { continue };
            let plural = pad(&one.resource.gvr.plural, 24);
            let table = |faults| Go::Table {
                gvr: one.resource.gvr.clone(),
                faults,
                fields: Text::new(),
                namespace: None,
            };
            let unread = match (sub.state(), sub.complete) {
                (WatchState::Denied(fault) | WatchState::NotServed(fault), _) => {
                    Some((glyphs.stale, Tone::Warn, format!("not judged: {}", fault.why)))
                }
                (_, false) => Some((glyphs.connecting, Tone::Busy, "reading".to_owned())),
                _ => None,
            };
            let schema = sub.schema.as_deref();
            let line = match (unread, schema) {
                (Some((sign, tone, words)), _) => Line::to(table(false))
                    .add(format!("  {sign} "), toned(tone))
                    .add(plural, Scope::Text)
                    .add(words, Scope::TextDim),
                (None, None) => continue,
                (None, Some(schema)) => {
                    let health = overview::health(Rows { schema, table: &sub.table });
                    Self::kind(&health, &plural, table(health.faults > 0), ui)
                }
            };
            lines.push(line);
        }
        self.others(ui, lines);
        lines.push(Line::empty());
    }

    fn kind(health: &Health, plural: &str, go: Go, ui: &Ui) -> Line {
        let glyphs = ui.glyphs();
        let total = grouped(health.total);
        if health.faults == 0 {
            let (sign, tone) =
                if health.total == 0 { (" ", Tone::Dim) } else { (glyphs.good, Tone::Good) };
            return Line::to(go)
                .add(format!("  {sign} "), toned(tone))
                .add(plural, Scope::Text)
                .add(total, Scope::TextDim);
        }
        let words: Vec<String> = health
            .words
            .iter()
            .map(|(word, count)| if *count > 1 { format!("{word} {count}") } else { word.clone() })
            .collect();
        Line::to(go)
            .add(format!("  {} ", glyphs.mark), toned(health.worst))
            .add(plural, Scope::Text)
            .add(grouped(health.faults), toned(health.worst))
            .add(format!(" of {total}  "), Scope::TextDim)
            .add(words.join(glyphs.dot), Scope::Text)
    }

    /// Kinds that somebody else watches right now, where something is wrong with them.
    fn others(&self, ui: &Ui, lines: &mut Vec<Line>) {
        let Some(cluster) = ui.clusters.get(&self.cluster) else { return };
        for (id, sub) in ui.subs.iter() {
            let need = &sub.need;
            let plain = need.cluster == self.cluster
                && need.facet == crate::model::Facet::Row
                && need.labels.is_empty()
                && need.fields.is_empty();
            let known = self.seen.iter().any(|one| one.sub == id || one.resource.gvr == need.gvr);
            let scope = match cluster.catalogue.get(&need.gvr) {
                Some(resource) if resource.namespaced => self.scope.clone(),
                _ => Namespaces::All,
            };
            if !plain || known || need.scope != scope || sub.table.faults() == 0 {
                continue;
            }
            let Some(schema) = sub.schema.as_deref() else { continue };
            let health = overview::health(Rows { schema, table: &sub.table });
            let go = Go::Table {
                gvr: need.gvr.clone(),
                faults: true,
                fields: Text::new(),
                namespace: None,
            };
            lines.push(Self::kind(&health, &pad(&need.gvr.plural, 24), go, ui));
        }
    }

    fn restarts(&self, ui: &Ui, pods: Rows<'_>, lines: &mut Vec<Line>) {
        let found = overview::restarted(pods, ui.now);
        let words = match found.len() {
            0 => "no pod in the last hour".to_owned(),
            1 => "1 pod in the last hour".to_owned(),
            many => format!("{} pods in the last hour", grouped(many)),
        };
        lines.push(Line::head("RESTARTED", words));
        for one in found.iter().take(MOST_RESTARTED) {
            let ago = age::human((ui.now - one.at).max(0));
            let times = match one.restarts {
                1 => "restarted once".to_owned(),
                many => format!("restarted {many} times"),
            };
            let place = format!("{}/{}", one.pod.namespace, one.pod.name);
            lines.push(
                Line::to(Go::Object("", "Pod", one.pod.clone()))
                    .add("    ", Scope::Text)
                    .add(pad(&place, 48), Scope::Text)
                    .add(format!(" {times} so far, last {ago} ago"), Scope::TextDim),
            );
        }
        if found.len() > MOST_RESTARTED {
            let go = Go::Command(format!("pods{} /restarts>0", self.flag()));
            let more = found.len() - MOST_RESTARTED;
            lines.push(Line::to(go).add(format!("    and {more} more"), Scope::TextDim));
        }
        lines.push(Line::empty());
    }

    fn events(&self, ui: &Ui, events: Rows<'_>, lines: &mut Vec<Line>) {
        let rate = overview::rate(events, ui.now);
        let (total, warnings) = (rate.total(), rate.all_warnings());
        let ascii = ui.config.settings.ascii;
        let words = "in the last hour, five minutes a column".to_owned();
        lines.push(Line::head("EVENTS", words));
        let row = |count: usize, word: &str, spark: String, tone, filter: &str| {
            Line::to(Go::Command(format!("events{}{filter}", self.flag())))
                .add(format!("    {:>7} ", grouped(count)), toned(tone))
                .add(pad(word, 10), Scope::Text)
                .add(format!("{spark}  "), toned(tone))
        };
        lines.push(row(total, "all", sparks(&rate.buckets, ascii), Tone::Busy, ""));
        let tone = if warnings > 0 { Tone::Warn } else { Tone::Dim };
        let reasons: Vec<String> =
            rate.reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        let line = row(warnings, "warnings", sparks(&rate.warnings, ascii), tone, " /type:warning");
        lines.push(line.add(reasons.join(ui.glyphs().dot), Scope::Text));
        lines.push(Line::empty());
    }

    fn nodes(&self, ui: &Ui, all: &Capacity, pane: usize, lines: &mut Vec<Line>) {
        if all.nodes.is_empty() {
            return;
        }
        let words = "requested, of what can be allocated; the fullest first".to_owned();
        lines.push(Line::head("NODES", words));
        let name = all.nodes.iter().map(|node| width(&node.name)).max().unwrap_or(0).clamp(9, 36);
        let bar = if pane >= 120 { 16 } else { usize::from(pane >= 92) * 6 };
        if all.nodes.len() > 1 {
            let sum = Place {
                name: "all nodes".into(),
                asked: all.asked,
                has: all.has,
                ..Place::default()
            };
            let gvr = Gvr::new("", "v1", "nodes");
            let go = Go::Table { gvr, faults: false, fields: Text::new(), namespace: None };
            lines.push(node_line(ui, &sum, name, bar, go));
        }
        for node in all.nodes.iter().take(MOST_NODES) {
            let go = Go::Table {
                gvr: Gvr::new("", "v1", "pods"),
                faults: false,
                fields: format!("spec.nodeName={}", node.name).into(),
                namespace: None,
            };
            lines.push(node_line(ui, node, name, bar, go));
        }
        if all.nodes.len() > MOST_NODES {
            let more = all.nodes.len() - MOST_NODES;
            let go = Go::Command("nodes".to_owned());
            lines.push(Line::to(go).add(format!("    and {more} more"), Scope::TextDim));
        }
        if all.waiting.pods > 0 {
            let Asked { pods, cpu, memory } = all.waiting;
            let words = format!(
                "    {pods} {} for a node, asking for {} CPU and {} memory",
                if pods == 1 { "pod waits" } else { "pods wait" },
                cores(cpu),
                bytes(memory)
            );
            let go = Go::Command(format!("pods{} /status:pending", self.flag()));
            lines.push(Line::to(go).add(words, Scope::ToneWarn));
        }
        lines.push(Line::empty());
    }

    fn namespaces(&self, all: &Capacity, pane: usize, lines: &mut Vec<Line>) {
        if all.namespaces.is_empty() {
            return;
        }
        let words = "what their pods request; the most first".to_owned();
        lines.push(Line::head("NAMESPACES", words));
        let longest = all.namespaces.iter().map(|place| width(&place.name)).max().unwrap_or(0);
        let name = longest.clamp(9, if pane >= 92 { 36 } else { 20 });
        for place in all.namespaces.iter().take(MOST_NAMESPACES) {
            let share = |part, whole| match percent(part, whole) {
                Some(share) => format!("{share:>3}%"),
                None => "    ".to_owned(),
            };
            let Asked { pods, cpu, memory } = place.asked;
            let go = Go::Table {
                gvr: Gvr::new("", "v1", "pods"),
                faults: false,
                fields: Text::new(),
                namespace: Some(place.name.clone()),
            };
            let figures = format!(
                "{:>5} pods  CPU {:>5} {}  MEM {:>6} {}",
                grouped(usize::try_from(pods).unwrap_or(0)),
                cores(cpu),
                share(cpu, all.has.cpu),
                bytes(memory),
                share(memory, all.has.memory),
            );
            let mut line = Line::to(go)
                .add("    ", Scope::Text)
                .add(pad(&place.name, name), Scope::Text)
                .add(figures, Scope::TextDim);
            if place.faults > 0 {
                line = line.add(format!("  {} with faults", place.faults), Scope::ToneBad);
            }
            if place.restarted > 0 {
                line = line.add(format!("  {} restarted", place.restarted), Scope::ToneWarn);
            }
            lines.push(line);
        }
        if all.namespaces.len() > MOST_NAMESPACES {
            let more = all.namespaces.len() - MOST_NAMESPACES;
            let go = Go::Command("ns".to_owned());
            lines.push(Line::to(go).add(format!("    and {more} more"), Scope::TextDim));
        }
        lines.push(Line::empty());
    }

    fn counts(&self, ui: &Ui, lines: &mut Vec<Line>) {
        lines.push(Line::head("COUNTED", "when this page was opened".to_owned()));
        for count in &self.counts {
            let gvr = count.what.gvr();
            let plural = pad(&gvr.plural, 28);
            let go = Go::Table { gvr, faults: false, fields: Text::new(), namespace: None };
            let line = Line::to(go).add("    ", Scope::Text).add(plural, Scope::Text);
            lines.push(match (&count.refused, count.waiting) {
                (Some(fault), _) => line.add(format!("not counted: {}", fault.why), Scope::TextDim),
                (None, 0) => line.add(grouped(count.sum), Scope::Text),
                (None, _) => line.add(ui.glyphs().more, Scope::TextDim),
            });
        }
    }

    /// The option of command lines that looks where this page looks.
    fn flag(&self) -> String {
        match &self.scope {
            Namespaces::All => " -A".to_owned(),
            Namespaces::Namespaces(names) => {
                let names: Vec<&str> = names.iter().map(Text::as_str).collect();
                format!(" -n {}", names.join(","))
            }
        }
    }
}

fn node_line(ui: &Ui, node: &Place, name: usize, bar: usize, go: Go) -> Line {
    let mut line = Line::to(go).add("    ", Scope::Text).add(
        pad(&node.name, name),
        if node.tone >= Tone::Warn { toned(node.tone) } else { Scope::Text },
    );
    let ascii = ui.config.settings.ascii;
    for (word, asked, has, show) in [
        ("CPU", node.asked.cpu, node.has.cpu, cores as fn(i64) -> String),
        ("MEM", node.asked.memory, node.has.memory, bytes),
    ] {
        let share = percent(asked, has).unwrap_or(0);
        let tone = toned(full(share));
        line = line
            .add(format!("  {word} "), Scope::TextDim)
            .add(meter(share, bar, ascii), tone)
            .add(format!("{share:>4}%"), tone);
        line = line
            .add(format!(" {:>13}", format!("{} of {}", show(asked), show(has))), Scope::TextDim);
    }
    let pods = match bar {
        0 => format!(" {:>4}/{} pods", node.asked.pods, node.has.pods),
        _ => format!("  {:>4} of {} pods", node.asked.pods, node.has.pods),
    };
    line = line.add(pods, Scope::TextDim);
    if !node.state.is_empty() {
        line = line.add(format!("  {}", node.state), toned(node.tone));
    }
    if node.restarted > 0 {
        line = line.add(format!("  {} restarted", node.restarted), Scope::ToneWarn);
    }
    line
}

/// A bar of so many cells.
fn meter(percent: i64, cells: usize, ascii: bool) -> String {
    let (on, off) = if ascii { ("#", "-") } else { ("█", "░") };
    let filled = usize::try_from(percent.clamp(0, 100)).unwrap_or(0) * cells / 100;
    // Something is not nothing.
    let filled = if percent > 0 { filled.max(1.min(cells)) } else { filled };
    format!("{}{}", on.repeat(filled), off.repeat(cells - filled))
}

/// Numbers as columns of a line.
fn sparks(numbers: &[usize], ascii: bool) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const LETTERS: [char; 8] = ['_', '.', ':', '-', '=', '+', '*', '#'];
    let most = numbers.iter().copied().max().unwrap_or(0).max(1);
    let signs = if ascii { LETTERS } else { BLOCKS };
    let sign = |n: &usize| match n {
        0 => ' ',
        n => signs[(n * 7).div_ceil(most).min(7)],
    };
    numbers.iter().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_never_claim_nothing_where_there_is_something() {
        assert_eq!(
            (cores(250), cores(2000), cores(12_340)),
            ("250m".into(), "2".into(), "12.3".into())
        );
        assert_eq!((bytes(512 << 20), bytes(3 << 30)), ("512Mi".into(), "3.0Gi".into()));
        assert_eq!(meter(1, 6, false), "█░░░░░");
        assert_eq!(meter(0, 6, true), "------");
        assert_eq!(meter(150, 4, true), "####");
        assert_eq!(sparks(&[0, 1, 100], false), " ▂█");
        assert_eq!(full(79), Tone::Good);
        assert_eq!(full(100), Tone::Bad);
    }
}
