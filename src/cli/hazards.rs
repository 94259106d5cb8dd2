//! `hazards`: what will hurt later and can be seen now.

use super::args::{Global, Hazards, HazardsFormat};
use super::headless::{self, Headless};
use super::output::{aligned, print};
use super::{FAILED, OK, USAGE, tell, tui};
use crate::hazards::{Severity, Source, Survey, judge, usage_read};
use crate::model::{Fault, FaultKind, Scope, Text};
use crate::ui::goto;

/// Prints the hazards: 1 when something is serious, 2 when a list could not be read.
pub fn run(global: &Global, args: &Hazards) -> Result<u8, Fault> {
    let (_, config, _) = tui::configuration(global);
    let place = headless::place(global)?;
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let namespaces = match (global.all_namespaces, global.namespace.as_deref()) {
        (true, _) => "",
        (false, Some(names)) => names,
        (false, None) => place.namespace.as_str(),
    };
    let scope = goto::scope(namespaces)
        .map_err(|why| Fault::new(FaultKind::Input, format!("--namespace {namespaces}"), why))?;
    let namespaces = match scope {
        Scope::All => vec![Text::new()],
        Scope::Namespaces(names) => names,
    };
    let mut survey = Survey::new(cluster.credential(&place.context));
    let mut unread = false;
    let sources: Vec<Source> = Source::served(&cluster.catalogue).collect();
    for source in sources {
        for namespace in &namespaces {
            let mut token = String::new();
            loop {
                let read = source.read(namespace, &token);
                let what = read.what.clone();
                let taken = cluster.read(read).and_then(|json| {
                    let wrong = |why| Fault::new(FaultKind::Other, what, why);
                    survey.take(source, &json).map_err(wrong)
                });
                match taken {
                    Ok(next) if next.is_empty() => break,
                    Ok(next) => token = next,
                    Err(fault) => {
                        // What was not read is said: silence would look like health.
                        tell(&fault);
                        survey.lose(source);
                        unread = true;
                        break;
                    }
                }
            }
        }
    }
    let nodes = survey.nodes_with_claims();
    let mut refused = Vec::new();
    for node in &nodes {
        let read = usage_read(node);
        let what = read.what.clone();
        let taken = cluster.read(read).and_then(|json| {
            survey.take_usage(&json).map_err(|why| Fault::new(FaultKind::Other, what, why))
        });
        refused.extend(taken.err());
    }
    if let Some(first) = refused.first() {
        let what = format!("read the volume usage of {} of {} nodes", refused.len(), nodes.len());
        tell(&Fault { what, ..first.clone() });
        unread = true;
    }
    let now = jiff::Timestamp::now().as_second();
    let found = judge(&survey, now);
    let mut rows = Vec::new();
    for one in &found {
        if args.output == HazardsFormat::Json {
            let line = serde_json::json!({
                "severity": one.severity.word(),
                "check": one.check,
                "kind": one.kind,
                "namespace": one.namespace,
                "name": one.name,
                "words": one.words,
            });
            print(&format!("{line}\n"))?;
        } else {
            rows.push(vec![
                one.severity.word().to_owned(),
                one.namespace.clone(),
                format!("{}/{}", one.kind, one.name),
                one.words.clone(),
            ]);
        }
    }
    print(&aligned(&rows))?;
    let serious = found.iter().any(|one| one.severity == Severity::Serious);
    Ok(match (serious, unread) {
        (true, _) => FAILED,
        (false, true) => USAGE,
        (false, false) => OK,
    })
}
