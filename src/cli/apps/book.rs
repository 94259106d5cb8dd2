//! All apps of the cluster, read once.

use super::super::args::Global;
use super::super::headless::{self, CLUSTER, Headless};
use super::super::tell;
use crate::apps::places::Keeper;
use crate::apps::{Destination, Estate, engine};
use crate::cluster::kubeconfig::{KubeconfigSource, Surroundings};
use crate::model::{
    ContextInfo, EngineId, Facet, Fault, FaultKind, Need, Scope, SubEvent, SubId, Table, Text,
    WatchState,
};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use zeroize::Zeroize;

/// How long lists may be silent before the command gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// One kind that apps are made of.
struct Feed {
    table: Table,
    /// Parts of the list that have not arrived.
    open: BTreeSet<u16>,
    refused: Option<Fault>,
}

/// The apps of a cluster, as they were when all lists had arrived.
pub struct Book {
    /// The apps.
    pub estate: Estate,
    /// Some kinds could not be listed, so that an app may be missing.
    pub partial: bool,
    here: Text,
    contexts: Vec<ContextInfo>,
}

impl Book {
    /// Reads what apps are made of. Kinds that may not be listed are told, as far as apps of the engine
    /// that is asked for could come from them.
    ///
    /// # Errors
    /// The server has stopped answering, or nothing may be listed at all.
    pub fn read(
        cluster: &mut Headless,
        global: &Global,
        wanted: Option<EngineId>,
    ) -> Result<Self, Fault> {
        let mut estate = Estate::new(CLUSTER);
        let watches = estate.watches(&cluster.catalogue).to_vec();
        let mut feeds: Vec<Feed> = Vec::new();
        for (number, watch) in (0u64..).zip(&watches) {
            let need = Need {
                cluster: CLUSTER,
                gvr: watch.resource.gvr.clone(),
                scope: Scope::All,
                labels: watch.labels.clone(),
                fields: Text::new(),
                facet: Facet::App,
            };
            cluster.subscribe(SubId(number), need);
            let open = BTreeSet::from([0]);
            feeds.push(Feed { table: Table::default(), open, refused: None });
        }
        let began = Instant::now();
        while feeds.iter().any(|feed| !feed.open.is_empty()) {
            let Some((SubId(number), event)) = cluster.next_sub(PATIENCE) else {
                let why = "the server has stopped answering";
                return Err(Fault::new(FaultKind::Network, "list apps", why));
            };
            let feed = usize::try_from(number).ok().and_then(|at| feeds.get_mut(at));
            let Some(feed) = feed else { continue };
            match event {
                SubEvent::Changes { part, changes } => feed.table.apply(part, changes),
                SubEvent::Begin { part } => {
                    feed.table.begin(part);
                    feed.open.insert(part);
                }
                SubEvent::Complete { part } => {
                    feed.table.complete(part);
                    feed.open.remove(&part);
                }
                SubEvent::State { state: WatchState::Denied(fault), .. } => {
                    feed.open.clear();
                    feed.refused = Some(fault);
                }
                SubEvent::State { state: WatchState::NotServed(_), .. } => feed.open.clear(),
                // A kind that has just been defined is not served at once; it is asked again.
                SubEvent::State { state: WatchState::Broken { why, .. }, .. }
                    if why.kind == FaultKind::Busy && began.elapsed() < PATIENCE => {}
                SubEvent::State { state: WatchState::Broken { why, .. }, .. } => return Err(why),
                SubEvent::Schema(_) | SubEvent::Skipped { .. } | SubEvent::State { .. } => {}
            }
        }
        for (number, feed) in (0u16..).zip(&feeds) {
            for (slot, row) in feed.table.rows() {
                estate.feed(number, slot, Some(row));
            }
        }
        let refused: Vec<(&Fault, &str, &str)> = feeds
            .iter()
            .zip(&watches)
            .filter_map(|(feed, watch)| {
                let gvr = &watch.resource.gvr;
                Some((feed.refused.as_ref()?, gvr.group.as_str(), gvr.plural.as_str()))
            })
            .collect();
        if let Some((fault, ..)) = refused.first()
            && refused.len() == feeds.len()
        {
            return Err((*fault).clone());
        }
        let mut partial = false;
        for (fault, group, plural) in refused {
            if concerns(wanted, group, plural) {
                let fault = fault.clone();
                tell(&fault.hint("apps that only these objects tell of are missing"));
                partial = true;
            }
        }
        let source = KubeconfigSource::new(global.kubeconfig.clone(), Surroundings::of_process());
        let (contexts, here) = match source.load() {
            Ok(kubeconfig) => {
                let chosen = kubeconfig.choose(global.context.as_deref());
                let here = chosen.map_or_else(|_| Text::new(), |chosen| chosen.info.server.clone());
                (kubeconfig.contexts(), here)
            }
            Err(_) => (Vec::new(), Text::new()),
        };
        estate.stands_on(&here);
        let mut book = Self { estate, partial, here, contexts };
        book.settle();
        book.find_places(cluster);
        Ok(book)
    }

    /// Reads where apps deliver to that only name it.
    fn find_places(&mut self, cluster: &mut Headless) {
        let keepers: Vec<Keeper> = std::iter::from_fn(|| self.estate.ask(usize::MAX)).collect();
        if keepers.is_empty() {
            return;
        }
        let answers = cluster.read_all(keepers.iter().map(Keeper::read).collect());
        for (keeper, mut answer) in keepers.iter().zip(answers) {
            self.estate.learn(keeper, keeper.judge(answer.as_deref()));
            if let Ok(text) = &mut answer {
                // It may have been a Secret.
                text.zeroize();
            }
        }
        self.settle();
    }

    fn settle(&mut self) {
        let (here, contexts) = (&self.here, &self.contexts);
        self.estate.settle(&|destination| destination.context(here, contexts));
    }

    /// Only apps that live in these namespaces, or deliver there, are in the table from now on.
    pub fn look_at(&mut self, scope: &Scope) {
        self.estate.look_at(scope);
        self.settle();
    }

    /// The context that the objects of an app are on, where that is another one.
    pub fn context(&self, destination: &Destination) -> Text {
        destination.context(&self.here, &self.contexts)
    }
}

/// Whether apps of an engine could come from objects of this kind.
fn concerns(wanted: Option<EngineId>, group: &str, plural: &str) -> bool {
    let Some(engine) = wanted.and_then(engine) else { return true };
    let mut kinds = engine.kinds().iter().map(|(group, plural, _)| (*group, *plural));
    let own = engine.kinds().iter().any(|(of, name, _)| (*of, *name) == (group, plural));
    // Those without objects of their own are made of workloads.
    own || kinds.next().is_none()
}

/// The namespaces that the command line and the context name.
///
/// # Errors
/// They are no names.
pub fn scope(global: &Global, place: &headless::Where) -> Result<Scope, Fault> {
    let names = match (global.all_namespaces, global.namespace.as_deref()) {
        (true, _) => "",
        (false, Some(names)) => names,
        (false, None) => place.namespace.as_str(),
    };
    crate::ui::goto::scope(names)
        .map_err(|why| Fault::new(FaultKind::Input, format!("--namespace {names}"), why))
}
