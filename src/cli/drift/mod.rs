//! `drift`: what is there beside what was deployed, or beside files; for scripts.

pub mod args;
mod diff;
mod exact;
mod files;
mod gathered;
mod json;
mod report;
mod sarif;
mod subjects;
mod text;

use super::args::Global;
use super::headless::{self, CLUSTER, Headless};
use super::output::print_bytes;
use super::{USAGE, tell, tui};
use crate::drift::noise::Rules;
use crate::drift::{Depth, Job, Only, Origin, manifest};
use crate::model::{Fault, FaultKind};
use crate::runtime::now;
use args::{Drift, DriftFormat};
use report::Report;
use std::io::IsTerminal as _;
use std::sync::Arc;
use subjects::Question;

/// Compares, and prints what differs: 0 nothing does, 1 something does, 2 nothing could be told.
///
/// # Errors
/// Wrong usage, files that cannot be read, or the cluster cannot be reached.
pub fn run(global: &Global, args: &Drift) -> Result<u8, Fault> {
    let (_, config, _) = tui::configuration(global);
    // A broken `drift.toml` is no reason to count less than it says.
    config.faults.iter().for_each(tell);
    let ignored = |why: String| Fault::new(FaultKind::Input, "--ignore", why);
    let rules = Rules::clone(&config.drift_rules).ignoring(&args.ignore).map_err(ignored)?;
    let rules = Arc::new(rules);
    let local = !args.files.is_empty() || args.kustomize.is_some();
    // Wrong files are told before anything is asked of a cluster.
    let found = match &args.kustomize {
        Some(dir) => Some(files::rendered(dir)?),
        None if local => Some(files::read(&args.files)),
        None => None,
    };
    if let Some(found) = &found {
        for note in &found.notes {
            eprintln!("wheelhouse: {}", crate::text::sanitise::clean(note));
        }
        found.faults.iter().for_each(tell);
        if !found.faults.is_empty() {
            return Ok(USAGE);
        }
    }
    let place = headless::place(global)?;
    let readonly = args.no_dry_run || config.settings.readonly_in(&place.context);
    let depth = if readonly { Depth::Reads } else { Depth::Rehearsals };
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    if !readonly {
        cluster.writable();
    }
    let mut report = Report {
        context: place.context.clone(),
        now: 0,
        drifts: Vec::new(),
        files: std::collections::HashMap::new(),
        local,
    };
    if let Some(found) = found {
        let namespace = one_namespace(global, &place.namespace)?;
        let pinned = global.namespace.is_some();
        let manifests = manifest::settle(found.manifests, &cluster.catalogue, &namespace, pinned)?;
        for manifest in &manifests {
            report.files.insert(manifest.id.clone(), manifest.clone());
        }
        let origin = Origin::Manifests(found.what.into(), manifests);
        let catalogue = cluster.catalogue.clone();
        let job = Job {
            cluster: CLUSTER,
            catalogue,
            origin,
            only: Only::All,
            depth,
            rules,
            before: None,
        };
        report.drifts.extend(subjects::compared(&mut cluster, vec![job]));
    } else {
        let target = args.target.as_deref();
        let question = Question { global, config: &config, place: &place, target, depth, rules };
        let exact = args.exact.then(|| exact::Exact {
            context: &place.context,
            places: &config.settings.argocd,
            readonly: config.settings.readonly_in(&place.context),
            opened: 0,
        });
        subjects::answer(&mut cluster, &question, exact, &mut report)?;
    }
    report.now = now();
    print(&report, args.output)?;
    Ok(report.exit_code(args.strict))
}

fn print(report: &Report, format: DriftFormat) -> Result<(), Fault> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let paint = text::Paint(std::io::stdout().is_terminal() && !set("NO_COLOR") && !dumb);
    let text = match format {
        DriftFormat::Text => text::printed(report, paint),
        DriftFormat::Diff => diff::printed(report, paint),
        DriftFormat::Json => json::printed(report),
        DriftFormat::Sarif => sarif::printed(report),
    };
    // Every value in it is clean already; what is painted is not to be cleaned again.
    print_bytes(text.as_bytes())
}

/// The namespace of objects whose files name none.
fn one_namespace(global: &Global, default: &str) -> Result<String, Fault> {
    let input = |why: &str| Fault::new(FaultKind::Input, "drift -f", why);
    if global.all_namespaces {
        return Err(input("files say themselves which namespaces they are for: leave out -A"));
    }
    let name = global.namespace.as_deref().unwrap_or(default);
    if name.contains(',') {
        return Err(input("objects without a namespace are meant in one, not in several"));
    }
    Ok(if name.is_empty() { "default" } else { name }.to_owned())
}
