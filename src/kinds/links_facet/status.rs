//! One short text about how an object is, from the cells that its kind shows in tables.

use crate::model::{Cell, ColumnSource, Schema, Tone};
use crate::text::Text;

/// Kinds whose words are under other titles than the usual ones.
const OF_KIND: &[(&str, &[&str])] = &[
    ("Pod", &["READY", "STATUS"]),
    ("Service", &["TYPE"]),
    ("Ingress", &["HOSTS"]),
    ("HorizontalPodAutoscaler", &["REPLICAS", "TARGETS", "STATE"]),
    ("PersistentVolumeClaim", &["STATUS", "CAPACITY"]),
    ("PersistentVolume", &["STATUS", "CAPACITY"]),
    ("PodDisruptionBudget", &["ALLOWED DISRUPTIONS"]),
    ("Job", &["COMPLETIONS", "STATUS"]),
    ("EndpointSlice", &["READY"]),
    ("StorageClass", &["PROVISIONER"]),
    ("RoleBinding", &["ROLE"]),
    ("ClusterRoleBinding", &["ROLE"]),
    ("CronJob", &["SCHEDULE", "SUSPEND"]),
    // Read without their data: how many keys they have is not known.
    ("Secret", &[]),
    ("ConfigMap", &[]),
];

/// Titles that tell how an object of any other kind is.
const USUAL: &[&str] = &[
    "READY",
    "STATUS",
    "STATE",
    "PHASE",
    "SYNCED",
    "SYNC STATUS",
    "HEALTH STATUS",
    "HEALTH",
    "SYNC",
];

/// The cells to read, in order.
pub(in crate::kinds) fn cells(kind: &str, schema: &Schema) -> Vec<u16> {
    let of_kind = OF_KIND.iter().find(|(known, _)| *known == kind).map(|(_, titles)| *titles);
    let own = crate::kinds::SPECS.iter().any(|spec| spec.kind == kind);
    let titles = match of_kind {
        Some(titles) if own => titles,
        _ => USUAL,
    };
    titles
        .iter()
        .filter_map(|title| schema.columns.iter().find(|column| column.title == *title))
        .filter_map(|column| match column.source {
            ColumnSource::Cell(at) => Some(at),
            _ => None,
        })
        .collect()
}

/// Their text and the worst of their tones. Moments are left out: the text would not grow older.
pub(in crate::kinds) fn text(at: &[u16], cells: &[Cell]) -> (String, Tone) {
    let mut text = String::new();
    let mut tone = Tone::Dim;
    for cell in at.iter().filter_map(|at| cells.get(usize::from(*at))) {
        let mut part = String::new();
        match cell {
            Cell::Since(_) | Cell::Until(_) | Cell::CountSince(..) => continue,
            Cell::Text(word, _) if is_nothing(word) => continue,
            cell => cell.write(0, &mut part),
        }
        if part.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&part);
        tone = tone.max(cell.tone());
    }
    (text, tone)
}

fn is_nothing(word: &Text) -> bool {
    matches!(word.as_str(), "" | "<none>" | "<unset>" | "False")
}
