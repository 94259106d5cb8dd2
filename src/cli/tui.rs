//! Starts the UI on a real cluster or on the embedded one; without a terminal, one frame of it.

use super::args::{Demo, Global};
use super::headless::{self, Where};
use super::{FAILED, OK, demo};
use crate::cluster::kubeconfig::{KubeconfigSource, Surroundings};
use crate::model::{Fault, Scope};
use crate::runtime::config_files::{Places, Watcher};
use crate::runtime::forwards::Store;
use crate::runtime::history::History;
use crate::runtime::{app, once};
use crate::ui::settings::{Loaded, Overrides, Terminal};
use crate::ui::{Start, goto};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

/// Size of the frame printed where there is no terminal.
const PLAIN_SIZE: (u16, u16) = (120, 40);
/// How long that frame may load.
const PLAIN_LIMIT: Duration = Duration::from_secs(30);

/// Reads the configuration.
pub fn configuration(global: &Global) -> (Watcher, Loaded, Places) {
    let variable = |name: &str| std::env::var(name).ok();
    let places = Places::find(&variable);
    let overrides = Overrides {
        theme: global.theme.clone(),
        keymap: global.keymap.clone(),
        readonly: global.readonly,
        command: global.command.clone(),
    };
    let terminal = Terminal::detect(&variable);
    let (watcher, loaded) = Watcher::start(places.clone(), overrides, terminal);
    (watcher, loaded, places)
}

/// Starts the UI.
pub fn run(global: &Global, embedded: Option<&Demo>, plain: bool) -> Result<u8, Fault> {
    let (watcher, config, places) = configuration(global);
    let place = match embedded {
        Some(options) => {
            demo::check(global)?;
            demo::check_tour(options, &config)?;
            demo::place(options)
        }
        None => headless::place(global)?,
    };
    let start = Start {
        tour: embedded.is_some_and(|options| options.tour),
        ..start(global, &place, embedded.is_some())?
    };
    let options = headless::options(global, &place, &config);
    if plain || !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let (lines, loaded) = once::run(options, start, config, PLAIN_SIZE, PLAIN_LIMIT)?;
        super::output::print(&(lines.join("\n") + "\n"))?;
        return Ok(if loaded { OK } else { FAILED });
    }
    let history = History::open(places.state.clone());
    let histories = (history.lines("command").to_vec(), history.lines("filter").to_vec());
    let session = app::Session {
        cluster: options,
        start: Start {
            shells: history.lines("shells").to_vec(),
            histories,
            first: history.lines("hints").is_empty(),
            ..start
        },
        config,
        watcher,
        history,
        edits: edits_dir(&places),
        forwards: Store::new(places.state.clone()),
        saved: places.state.map(|dir| dir.join("saved")),
    };
    let farewell = app::run(session)?;
    for line in farewell {
        super::output::print(&format!("{line}\n"))?;
    }
    Ok(OK)
}

/// The kubeconfig's files as in `$KUBECONFIG`; empty where there is none.
fn kubeconfig(global: &Global) -> String {
    let source = KubeconfigSource::new(global.kubeconfig.clone(), Surroundings::of_process());
    let files = source.files().into_iter().filter(|path| path.exists());
    let files: Vec<String> = files.map(|path| path.display().to_string()).collect();
    files.join(":")
}

/// Where texts of edits are kept.
pub fn edits_dir(places: &Places) -> PathBuf {
    match &places.state {
        Some(dir) => dir.join("edits"),
        None => std::env::temp_dir().join("wheelhouse-edits"),
    }
}

fn start(global: &Global, place: &Where, embedded: bool) -> Result<Start, Fault> {
    let scope = if global.all_namespaces || (embedded && global.namespace.is_none()) {
        Some(Scope::All)
    } else {
        let names = global.namespace.as_deref().unwrap_or(&place.namespace);
        Some(goto::scope(names).map_err(|why| {
            Fault::new(crate::model::FaultKind::Input, format!("--namespace {names}"), why)
        })?)
    };
    Ok(Start {
        context: place.context.clone(),
        scope,
        command: global.command.clone().unwrap_or_default(),
        histories: (Vec::new(), Vec::new()),
        shells: Vec::new(),
        first: false,
        tour: false,
        kubeconfig: if embedded { String::new() } else { kubeconfig(global) },
    })
}
