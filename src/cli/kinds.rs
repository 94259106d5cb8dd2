//! `kinds`: what the cluster serves, with the names that are understood.

use super::args::{Global, Kinds, KindsFormat};
use super::headless::{self, Headless};
use super::output::{aligned, print};
use super::{OK, tui};
use crate::model::{Fault, Resource};

fn full_name(resource: &Resource) -> String {
    if resource.gvr.group.is_empty() {
        resource.gvr.plural.to_string()
    } else {
        format!("{}.{}", resource.gvr.plural, resource.gvr.group)
    }
}

/// Prints the kinds.
pub fn run(global: &Global, args: &Kinds) -> Result<u8, Fault> {
    let (_, config, _) = tui::configuration(global);
    let place = headless::place(global)?;
    let cluster = Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let mut listed: Vec<&Resource> =
        cluster.catalogue.all().iter().filter(|resource| resource.can("list")).collect();
    listed.sort_by(|a, b| (&a.gvr.group, &a.gvr.plural).cmp(&(&b.gvr.group, &b.gvr.plural)));
    let join = |texts: &[crate::model::Text]| {
        texts.iter().map(|text| text.as_str()).collect::<Vec<_>>().join(",")
    };
    let text = match args.output {
        KindsFormat::Name => {
            listed.iter().map(|resource| full_name(resource) + "\n").collect::<String>()
        }
        KindsFormat::Json => listed
            .iter()
            .map(|r| {
                let line = serde_json::json!({
                    "name": r.gvr.plural.as_str(),
                    "group": r.gvr.group.as_str(),
                    "version": r.gvr.version.as_str(),
                    "kind": r.kind.as_str(),
                    "namespaced": r.namespaced,
                    "preferred": r.preferred,
                    "shortNames": r.short_names.iter().map(|s| s.as_str()).collect::<Vec<_>>(),
                    "verbs": r.verbs.iter().map(|s| s.as_str()).collect::<Vec<_>>(),
                });
                format!("{line}\n")
            })
            .collect(),
        KindsFormat::Table => {
            let mut rows: Vec<Vec<String>> = vec![
                ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]
                    .map(String::from)
                    .to_vec(),
            ];
            rows.extend(listed.iter().map(|r| {
                vec![
                    r.gvr.plural.to_string(),
                    join(&r.short_names),
                    r.gvr.api_version(),
                    r.namespaced.to_string(),
                    r.kind.to_string(),
                ]
            }));
            aligned(&rows)
        }
    };
    print(&text)?;
    Ok(OK)
}
