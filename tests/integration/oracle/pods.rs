//! Pods in every state we can think of, beside what the real kubectl prints of them.

use super::{cells, load};
use crate::registry;
use crate::support::control_plane::ControlPlane;
use std::collections::BTreeMap;
use wheelhouse::kinds::{Projection, spec};
use wheelhouse::model::{Facet, Gvr, Resource};

pub fn crafted_pods_read_as_kubectl_prints_them(plane: &mut ControlPlane) {
    let api = plane.api();
    let spec = spec("", "pods").unwrap();
    let gvr = Gvr::new("", "v1", "pods");
    let loaded = load::load(&api, &gvr, "Pod", true, true, &registry::objects(spec));
    println!("not accepted by the server:\n  {}", loaded.refused.join("\n  "));
    assert!(loaded.there.len() >= 40, "{} pods only", loaded.there.len());

    let printed = plane.kubectl_says(&["get", "pods", "-A", "-o", "wide"]);
    let now = cells::now();
    let resource = Resource {
        gvr: gvr.clone(),
        kind: "Pod".into(),
        singular: "pod".into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: Vec::new(),
        subresources: Vec::new(),
        preferred: true,
    };
    let (projection, _) = Projection::new(&resource, Facet::Row, &[], &[]);
    let schema = projection.schema();
    let list = api.bytes(&gvr.collection_path(None));
    let rows = cells::rows(&projection, &cells::items(&list));
    let theirs = table(&printed);
    assert_eq!(rows.len(), theirs.len());
    let mut faults = Vec::new();
    for (row, line) in rows.iter().zip(&theirs) {
        for (title, want) in line {
            let column = schema.find(title).unwrap_or_else(|| panic!("no column {title}"));
            let cell = schema.cell(&schema.columns[column], row, None);
            if !(-2..=2).any(|drift| &cell.text(now + drift) == want) {
                let ours = cell.text(now);
                faults.push(format!("{} {title}: ours {ours:?}, kubectl {want:?}", row.key.name));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Reads a table as kubectl prints it: each column begins where its title does. Titles and cells
/// may hold single blanks; columns are three apart.
pub fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let mut columns: Vec<(usize, String)> = Vec::new();
    let mut from = 0;
    for title in header.split("   ") {
        let trimmed = title.trim();
        if !trimmed.is_empty() {
            let start = from + title.find(trimmed).unwrap_or(0);
            columns.push((start, trimmed.to_owned()));
        }
        from += title.len() + 3;
    }
    lines
        .map(|line| {
            let cut = |from: usize, to: Option<usize>| {
                let letters: Vec<char> = line.chars().collect();
                let to = to.unwrap_or(letters.len()).min(letters.len());
                letters.get(from..to).unwrap_or_default().iter().collect::<String>()
            };
            let end = |i: usize| columns.get(i + 1).map(|next| next.0);
            columns
                .iter()
                .enumerate()
                .map(|(i, (start, title))| (title.clone(), cut(*start, end(i)).trim().to_owned()))
                .collect()
        })
        .collect()
}
