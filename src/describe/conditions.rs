//! Conditions: what they say, and how long they have held.

use super::node::Node;
use super::words;
use super::writer::{Cell, Out};
use crate::model::Tone;

/// A column between status and the end of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// `lastHeartbeatTime`.
    Heartbeat,
    /// `lastProbeTime`.
    Probe,
    /// `lastTransitionTime`.
    Transition,
    /// `reason`.
    Reason,
    /// `message`.
    Message,
}

impl Column {
    /// Title and dashes, which are of different length in kubectl for one of them.
    fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Heartbeat => ("LastHeartbeatTime", "-----------------"),
            Self::Probe => ("LastProbeTime", "-----------------"),
            Self::Transition => ("LastTransitionTime", "------------------"),
            Self::Reason => ("Reason", "------"),
            Self::Message => ("Message", "-------"),
        }
    }

    fn cell(self, condition: Node<'_>, out: &Out) -> Cell {
        match self {
            Self::Heartbeat => out.date(condition.get("lastHeartbeatTime")).into(),
            Self::Probe => out.date(condition.get("lastProbeTime")).into(),
            Self::Transition => out.date(condition.get("lastTransitionTime")).into(),
            Self::Reason => condition.get("reason").text().into(),
            Self::Message => condition.get("message").text().into(),
        }
    }
}

/// The section, where there are conditions. `kubectl` are its columns; reason and message follow
/// where it leaves them out, and `Held` stands after the status.
pub(super) fn write(out: &mut Out, object: Node<'_>, now: i64, kubectl: &[Column], dashes: bool) {
    let conditions = object.at("status.conditions");
    if conditions.items().len() == 0 {
        return;
    }
    out.head(0, "Conditions");
    let more: Vec<Column> = [Column::Reason, Column::Message]
        .into_iter()
        .filter(|column| !kubectl.contains(column))
        .collect();
    let line = |title: fn(Column) -> &'static str, first: [&str; 3]| {
        let mut cells =
            vec![Cell::label(first[0]), Cell::label(first[1]), Cell::label(first[2]).ours()];
        cells.extend(kubectl.iter().map(|column| Cell::label(title(*column))));
        cells.extend(more.iter().map(|column| Cell::label(title(*column)).ours()));
        cells
    };
    out.row(1, line(|column| column.title().0, ["Type", "Status", "Held"]));
    if dashes {
        out.row(1, line(|column| column.title().1, ["----", "------", "----"]));
    }
    for condition in conditions.items() {
        let (kind, status) = (condition.get("type").text(), condition.get("status").text());
        let tone = tone(&kind, &status);
        let held = match condition.get("lastTransitionTime") {
            at if at.exists() => words::since(at, now),
            _ => String::new(),
        };
        let mut cells: Vec<Cell> = vec![kind.into(), Cell::toned(status, tone), Cell::own(held)];
        cells.extend(kubectl.iter().map(|column| column.cell(condition, out)));
        cells.extend(more.iter().map(|column| column.cell(condition, out).ours()));
        out.row(1, cells);
    }
}

/// The section for kinds of which kubectl tells no conditions.
pub(super) fn ours(out: &mut Out, object: Node<'_>, now: i64) {
    out.own(|out| write(out, object, now, &[Column::Reason, Column::Message], true));
}

/// What a condition means: most are good when true; those that name a trouble are not.
pub(super) fn tone(kind: &str, status: &str) -> Tone {
    const TROUBLES: [&str; 9] = [
        "Pressure",
        "Fail",
        "Unavailable",
        "Degraded",
        "Stalled",
        "Error",
        "Problem",
        "DisruptionTarget",
        "Denied",
    ];
    let trouble = TROUBLES.iter().any(|word| kind.contains(word));
    match status {
        "True" if trouble => Tone::Bad,
        "True" | "False" if (status == "True") != trouble => Tone::Good,
        "True" | "False" | "Unknown" => Tone::Warn,
        _ => Tone::Plain,
    }
}
