//! All apps of one cluster, kept up to date change by change: rows of [`Facet::App`] go in, a table of
//! apps comes out. An app is read anew only when something that it is made of changed.
//!
//! [`Facet::App`]: crate::model::Facet::App

use super::argo;
use super::places::{Keeper, Places, Told};
use super::{App, Counted, Counts, Destination, ENGINES, Engine, Member, Seen, columns};
use crate::kinds::app_facet::claims;
use crate::model::{
    AppId, Catalogue, Change, ClusterId, EngineId, ObjRef, Resource, Row, Scope, Table, Text,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Kinds that are asked whom they belong to: what runs, if nothing else owns it.
const WORKLOADS: &[(&str, &str)] = &[
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
    ("argoproj.io", "rollouts"),
    ("", "pods"),
];

/// Whether objects of this type are asked whom they belong to.
pub fn is_workload(group: &str, plural: &str) -> bool {
    WORKLOADS.contains(&(group, plural))
}

/// A kind that has to be watched, with [`crate::model::Facet::App`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Which kind.
    pub resource: Resource,
    /// Label selector; empty for all objects.
    pub labels: Text,
    /// Rows are claims of workloads, not an engine's own objects.
    claims: bool,
}

/// Where a row stands: number of its watch, slot in that watch's table.
type Place = (u16, u32);

#[derive(Debug)]
struct Held {
    row: Row,
    app: Option<AppId>,
}

#[derive(Debug, Default)]
struct Members {
    own: BTreeSet<Place>,
    claimed: BTreeSet<Place>,
    looks_at: BTreeSet<Name>,
    /// Other names that claims know it by.
    also: BTreeSet<Text>,
}

/// Plural, namespace and name of a row.
type Name = (Text, Text, Text);

/// All apps of one cluster.
#[derive(Debug)]
pub struct Estate {
    cluster: ClusterId,
    engines: Vec<&'static dyn Engine>,
    catalogue: Catalogue,
    watches: Vec<Watch>,
    rows: HashMap<Place, Held>,
    named: HashMap<Name, Place>,
    members: HashMap<AppId, Members>,
    /// Apps by engine and name: claims do not always tell the namespace, nor the name that people use.
    by_name: HashMap<(EngineId, Text), BTreeSet<AppId>>,
    lookers: HashMap<Name, HashSet<AppId>>,
    /// Apps that are parts of others, by those that they are a part of.
    parts: HashMap<AppId, AppId>,
    stale: HashSet<AppId>,
    apps: HashMap<AppId, App>,
    /// What came of counting drifted objects.
    counted: HashMap<AppId, Counted>,
    table: Table,
    /// Of the apps in the table.
    counts: Counts,
    scope: Scope,
    /// Where clusters are that apps only name.
    places: Places,
    /// Address of the cluster's API server; empty while that is not known.
    server: Text,
}

impl Estate {
    /// The apps of a cluster; nothing is known yet.
    pub fn new(cluster: ClusterId) -> Self {
        Self::of(cluster, ENGINES.to_vec())
    }

    fn of(cluster: ClusterId, engines: Vec<&'static dyn Engine>) -> Self {
        Self {
            cluster,
            engines,
            catalogue: Catalogue::default(),
            watches: Vec::new(),
            rows: HashMap::new(),
            named: HashMap::new(),
            members: HashMap::new(),
            by_name: HashMap::new(),
            lookers: HashMap::new(),
            parts: HashMap::new(),
            stale: HashSet::new(),
            apps: HashMap::new(),
            counted: HashMap::new(),
            table: Table::default(),
            counts: Counts::default(),
            scope: Scope::All,
            places: Places::default(),
            server: Text::new(),
        }
    }

    /// Something to be read that tells where apps deliver to; None where nothing is, or so many are
    /// being read already. See [`Keeper::judge`] for the answer.
    pub fn ask(&mut self, at_once: usize) -> Option<Keeper> {
        self.places.ask(at_once)
    }

    /// What came of [`Estate::ask`].
    pub fn learn(&mut self, keeper: &Keeper, told: Told) {
        self.places.learn(keeper, told);
        let of = |app: &&App| app.place.as_ref().is_some_and(|place| place.of == *keeper);
        let apps: Vec<AppId> = self.apps.values().filter(of).map(|app| app.id.clone()).collect();
        for id in &apps {
            self.outdate(id);
        }
    }

    /// Where clusters are that apps only name is asked for again.
    pub fn forget_places(&mut self) {
        self.places.forget();
        self.outdate_all();
    }

    /// The cluster's API server has this address: what an engine delivers to there is delivered here.
    pub fn stands_on(&mut self, server: &str) {
        if self.server != server {
            self.server = server.into();
            self.outdate_all();
        }
    }

    /// What has to be watched on a cluster that serves these kinds. Numbers of watches that stay the
    /// same stay the same; call [`Estate::forget`] for one that is not served any more.
    pub fn watches(&mut self, catalogue: &Catalogue) -> &[Watch] {
        self.catalogue = catalogue.clone();
        let mut wanted: Vec<(&str, &str, &str, bool)> = Vec::new();
        for engine in &self.engines {
            for (group, plural, labels) in engine.kinds() {
                wanted.push((group, plural, labels, false));
            }
        }
        wanted.extend(WORKLOADS.iter().map(|(group, plural)| (*group, *plural, "", true)));
        for (group, plural, labels, claims) in wanted {
            let mut served = catalogue
                .all()
                .iter()
                .filter(|one| one.gvr.group == group && one.gvr.plural == plural);
            // The server's preferred version, or the only one.
            let found = served.clone().find(|one| one.preferred).or_else(|| served.next());
            let Some(resource) = found.filter(|one| one.can("watch")) else { continue };
            let known = self
                .watches
                .iter()
                .any(|watch| watch.resource.gvr == resource.gvr && watch.labels == labels);
            if !known {
                let resource = resource.clone();
                self.watches.push(Watch { resource, labels: labels.into(), claims });
            }
        }
        &self.watches
    }

    /// A slot of a watch holds this row now, or none any more.
    pub fn feed(&mut self, watch: u16, slot: u32, row: Option<&Row>) {
        let place = (watch, slot);
        if let Some(held) = self.rows.remove(&place) {
            self.take_out(place, &held);
        }
        let (Some(row), Some(spec)) = (row, self.watches.get(usize::from(watch))) else { return };
        let plural = spec.resource.gvr.plural.clone();
        let app = if spec.claims {
            claims::app(row)
        } else {
            self.engines.iter().find_map(|engine| engine.names(&plural, row))
        };
        let own = !spec.claims;
        let name = name_of(plural.clone(), row.key.namespace.clone(), row.key.name.clone());
        if let Some(app) = &app {
            let looks_at: HashSet<Name> = if own {
                let all = self.engines.iter().flat_map(|engine| engine.looks_at(&plural, row));
                all.map(|(plural, namespace, name)| name_of(plural, namespace, name)).collect()
            } else {
                HashSet::new()
            };
            for name in &looks_at {
                self.lookers.entry(name.clone()).or_default().insert(app.clone());
            }
            let part = self.engines.iter().find_map(|engine| engine.delivers(&plural, row));
            if let Some(part) = part.filter(|_| own) {
                self.parts.insert(part.clone(), app.clone());
                self.stale.insert(part);
            }
            let members = self.members.entry(app.clone()).or_default();
            if own {
                members.own.insert(place);
                let also = self.engines.iter().find_map(|engine| engine.also_called(&plural, row));
                if let Some(also) = also {
                    members.also.insert(also.clone());
                    let named = self.by_name.entry((app.engine, also)).or_default();
                    named.insert(app.clone());
                }
                // One app may have several objects of its own.
                members.looks_at.extend(looks_at);
            } else {
                members.claimed.insert(place);
            }
            let named = self.by_name.entry((app.engine, app.name.clone())).or_default();
            named.insert(app.clone());
            self.outdate(app);
        }
        if let Some(lookers) = self.lookers.get(&name) {
            self.stale.extend(lookers.iter().cloned());
        }
        self.named.insert(name, place);
        self.rows.insert(place, Held { row: row.clone(), app });
    }

    fn take_out(&mut self, place: Place, held: &Held) {
        let Some(spec) = self.watches.get(usize::from(place.0)) else { return };
        let key = &held.row.key;
        let name =
            name_of(spec.resource.gvr.plural.clone(), key.namespace.clone(), key.name.clone());
        if let Some(lookers) = self.lookers.get(&name) {
            self.stale.extend(lookers.iter().cloned());
        }
        if self.named.get(&name) == Some(&place) {
            self.named.remove(&name);
        }
        let Some(app) = &held.app else { return };
        let plural = &spec.resource.gvr.plural;
        let part = self.engines.iter().find_map(|engine| engine.delivers(plural, &held.row));
        if let Some(part) = part.filter(|part| self.parts.get(part) == Some(app)) {
            self.parts.remove(&part);
            self.stale.insert(part);
        }
        if let Some(members) = self.members.get_mut(app) {
            members.claimed.remove(&place);
            if members.own.remove(&place) && members.own.is_empty() {
                for name in std::mem::take(&mut members.looks_at) {
                    if let Some(lookers) = self.lookers.get_mut(&name) {
                        lookers.remove(app);
                    }
                }
            }
            let mut gone: BTreeSet<Text> = BTreeSet::new();
            if members.own.is_empty() {
                gone.extend(members.also.iter().cloned());
            }
            if members.own.is_empty() && members.claimed.is_empty() {
                gone.insert(app.name.clone());
            }
            if !gone.is_empty() {
                // Those that claims may mean instead are told before the names are.
                self.outdate(app);
                for name in gone {
                    let by = (app.engine, name);
                    if let Some(named) = self.by_name.get_mut(&by) {
                        named.remove(app);
                        if named.is_empty() {
                            self.by_name.remove(&by);
                        }
                    }
                }
                if let Some(members) = self.members.get_mut(app) {
                    if members.own.is_empty() {
                        members.also.clear();
                    }
                    if members.own.is_empty() && members.claimed.is_empty() {
                        self.members.remove(app);
                    }
                }
            }
        }
        self.outdate(app);
    }

    /// An app, and those that a claim without a namespace may mean, are read anew.
    fn outdate(&mut self, app: &AppId) {
        for name in self.names(app) {
            if let Some(named) = self.by_name.get(&(app.engine, name)) {
                self.stale.extend(named.iter().cloned());
            }
        }
        self.stale.insert(app.clone());
    }

    /// All names that claims may know an app by.
    fn names(&self, app: &AppId) -> Vec<Text> {
        let also = self.members.get(app).into_iter().flat_map(|members| members.also.iter());
        std::iter::once(&app.name).chain(also).cloned().collect()
    }

    /// Everything that came from a watch is forgotten: it is read from the beginning.
    pub fn forget(&mut self, watch: u16) {
        let places: Vec<Place> =
            self.rows.keys().filter(|place| place.0 == watch).copied().collect();
        for (watch, slot) in places {
            self.feed(watch, slot, None);
        }
    }

    /// Reads apps anew whose parts changed. `clusters` names the context that a destination
    /// elsewhere is on; empty where there is none. Returns whether anything changed.
    pub fn settle(&mut self, clusters: &dyn Fn(&Destination) -> Text) -> bool {
        if self.stale.is_empty() {
            return false;
        }
        let mut changes = Vec::new();
        for id in std::mem::take(&mut self.stale) {
            let app = self.read(&id).map(|mut app| {
                self.locate(&mut app);
                if app.folded_into.is_none() {
                    app.folded_into = self.parts.get(&id).cloned();
                }
                app.counted = self.counted.get(&id).copied();
                app
            });
            if let Some(before) = self.apps.remove(&id)
                && self.shows(&before)
            {
                self.counts.remove(&before);
            }
            let shown = app.as_ref().filter(|app| self.shows(app));
            changes.push(match shown {
                Some(app) => Change::Upsert(columns::row(app, &clusters(&app.destination))),
                None => Change::Delete(id.key()),
            });
            if let Some(shown) = shown {
                self.counts.add(shown);
            }
            match app {
                Some(app) => {
                    self.apps.insert(id, app);
                }
                None => {
                    self.counted.remove(&id);
                }
            }
        }
        self.table.apply(0, changes);
        true
    }

    /// Only apps in these namespaces are in the table from now on: those that live there, and those
    /// that deliver there.
    pub fn look_at(&mut self, scope: &Scope) {
        if self.scope != *scope {
            self.scope = scope.clone();
            self.counts = Counts::default();
            for app in self.apps.values().filter(|app| in_list(app, scope)) {
                self.counts.add(app);
            }
            self.outdate_all();
        }
    }

    /// Drifted objects of an app were counted.
    pub fn count(&mut self, id: &AppId, counted: Counted) {
        if self.apps.contains_key(id) && self.counted.insert(id.clone(), counted) != Some(counted) {
            self.stale.insert(id.clone());
        }
    }

    /// Changes whenever something does that the drift of an app may come from, as far as it is seen
    /// here: its own objects, and its workloads.
    pub fn drift_version(&self, id: &AppId) -> u64 {
        let Some(members) = self.members.get(id) else { return 0 };
        self.version_of(members.own.iter().chain(&members.claimed))
    }

    /// Whether an app has a line in the table.
    pub fn shows(&self, app: &App) -> bool {
        in_list(app, &self.scope)
    }

    /// How many apps are in the table, and how they are.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Every app is read anew with the next [`Estate::settle`].
    pub fn outdate_all(&mut self) {
        self.stale.extend(self.members.keys().cloned());
        self.stale.extend(self.apps.keys().cloned());
    }

    /// What is watched, by number.
    pub fn watched(&self) -> &[Watch] {
        &self.watches
    }

    fn read(&self, id: &AppId) -> Option<App> {
        // A claim that does not tell the namespace belongs to an app that has one.
        if id.namespace.is_empty() && self.meant(id).is_some_and(|meant| meant != *id) {
            return None;
        }
        let engine = self.engines.iter().find(|engine| engine.id() == id.engine)?;
        let own = self.of_app(id, |members| &members.own);
        let claimed = self.claimed(id);
        if own.is_empty() && claimed.is_empty() {
            return None;
        }
        let other = |plural: &str, namespace: &str, name: &str| -> Option<&Row> {
            self.other(plural, namespace, name).map(|member| member.row)
        };
        let seen = Seen { cluster: self.cluster, id, own: &own, claimed: &claimed, other: &other };
        engine.app(&seen)
    }

    /// Where the objects of an app are, as far as that is known.
    fn locate(&mut self, app: &mut App) {
        if let Some(place) = &app.place {
            match self.places.server(place) {
                // What the engine calls by the address of its own cluster is this one.
                Some(Ok(server)) if argo::is_here(&server) => app.destination = Destination::Here,
                Some(Ok(server)) => app.destination = Destination::Server(server),
                Some(Err(why)) => app.unplaced = why,
                None => {}
            }
        }
        if app.destination.is_at(&self.server) {
            app.destination = Destination::Here;
        }
    }

    /// Its objects are on another cluster: what is here and says that it belongs to it is a namesake.
    fn is_elsewhere(&self, id: &AppId) -> bool {
        self.apps.get(id).is_some_and(|app| app.destination != Destination::Here)
    }

    /// The app that is meant by one whose namespace may be left open: itself, or the first of that name.
    fn meant(&self, id: &AppId) -> Option<AppId> {
        if !id.namespace.is_empty() {
            return Some(id.clone());
        }
        let named = self.by_name.get(&(id.engine, id.name.clone()))?;
        let whole = named.iter().find(|app| !app.namespace.is_empty());
        Some(whole.cloned().unwrap_or_else(|| id.clone()))
    }

    fn of_app(&self, id: &AppId, which: fn(&Members) -> &BTreeSet<Place>) -> Vec<Member<'_>> {
        let Some(members) = self.members.get(id) else { return Vec::new() };
        let found = which(members).iter().filter_map(|place| {
            let resource = &self.watches.get(usize::from(place.0))?.resource;
            Some(Member { resource, row: &self.rows.get(place)?.row })
        });
        let mut found: Vec<Member<'_>> = found.collect();
        found.sort_by(|a, b| {
            (b.row.created, &a.resource.kind, &a.row.key).cmp(&(
                a.row.created,
                &b.resource.kind,
                &b.row.key,
            ))
        });
        found
    }

    fn claimed(&self, id: &AppId) -> Vec<Member<'_>> {
        let mut found = self.of_app(id, |members| &members.claimed);
        let names = if id.namespace.is_empty() { Vec::new() } else { self.names(id) };
        for name in names {
            let open = AppId { namespace: Text::new(), name, ..id.clone() };
            if self.meant(&open).as_ref() == Some(id) {
                found.extend(self.of_app(&open, |members| &members.claimed));
            }
        }
        found
    }

    /// One app.
    pub fn app(&self, id: &AppId) -> Option<&App> {
        self.apps.get(id)
    }

    /// The app that a claim means: one whose namespace is left open is the first of that name, and one
    /// that is a part of another leads to that.
    pub fn find(&self, claim: &AppId) -> Option<&App> {
        let mut app = self.apps.get(&self.meant(claim)?)?;
        for _ in 0..4 {
            match app.folded_into.as_ref().and_then(|whole| self.apps.get(whole)) {
                Some(whole) => app = whole,
                None => break,
            }
        }
        Some(app)
    }

    /// All apps, those that are folded into others too, in no particular order.
    pub fn apps(&self) -> impl Iterator<Item = &App> {
        self.apps.values()
    }

    /// A row of a watched kind that stands for no app or for another one: a Flux source, a parent.
    pub fn other(&self, plural: &str, namespace: &str, name: &str) -> Option<Member<'_>> {
        let place = self.named.get(&name_of(plural, namespace, name))?;
        let resource = &self.watches.get(usize::from(place.0))?.resource;
        Some(Member { resource, row: &self.rows.get(place)?.row })
    }

    /// Apps that look at such a row ([`Engine::looks_at`]): who is made from a source, in order of name.
    pub fn lookers(&self, plural: &str, namespace: &str, name: &str) -> Vec<&AppId> {
        let name = name_of(plural, namespace, name);
        let mut found: Vec<&AppId> = self.lookers.get(&name).into_iter().flatten().collect();
        found.sort();
        found
    }

    /// A watched kind, in the version that the server prefers; None where it is not served.
    pub fn resource(&self, group: &str, plural: &str) -> Option<&Resource> {
        let mut resources = self.watches.iter().map(|watch| &watch.resource);
        resources.find(|one| one.gvr.group == group && one.gvr.plural == plural)
    }

    /// All types that the cluster serves.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The cluster whose apps these are.
    pub fn cluster(&self) -> ClusterId {
        self.cluster
    }

    /// The workloads that say they belong to an app, with their rows; newest first. None of an app
    /// that delivers to another cluster.
    pub fn members(&self, id: &AppId) -> Vec<Member<'_>> {
        if self.is_elsewhere(id) { Vec::new() } else { self.claimed(id) }
    }

    /// Changes whenever an object does that an app is read from: its own, and those it looks at.
    pub fn version(&self, id: &AppId) -> u64 {
        let Some(members) = self.members.get(id) else { return 0 };
        let looked_at = members.looks_at.iter().filter_map(|name| self.named.get(name));
        // Where no object stands for it, its workloads do.
        let own = if members.own.is_empty() { &members.claimed } else { &members.own };
        self.version_of(own.iter().chain(looked_at))
    }

    fn version_of<'p>(&self, places: impl Iterator<Item = &'p Place>) -> u64 {
        let mut hasher = DefaultHasher::new();
        for place in places {
            (place, self.rows.get(place).map(|held| held.row.version)).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The same as [`Estate::members`], sorted by kind and name.
    pub fn workloads(&self, id: &AppId) -> Vec<ObjRef> {
        let mut found: Vec<ObjRef> =
            self.members(id).iter().map(|member| member.object(self.cluster)).collect();
        found.sort_by(|a, b| {
            (&a.kind, &a.namespace, &a.name).cmp(&(&b.kind, &b.namespace, &b.name))
        });
        found
    }

    /// The table of apps: see [`super::schema`] for its columns.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The table of apps, to take its changes.
    pub fn table_mut(&mut self) -> &mut Table {
        &mut self.table
    }
}

/// Whether an app has a line in the list of these namespaces.
fn in_list(app: &App, scope: &Scope) -> bool {
    app.folded_into.is_none()
        && match scope {
            Scope::All => true,
            Scope::Namespaces(names) => {
                names.contains(&app.id.namespace) || names.contains(&app.target)
            }
        }
}

/// The name that a row of a watched kind is known by.
fn name_of(plural: impl Into<Text>, namespace: impl Into<Text>, name: impl Into<Text>) -> Name {
    (plural.into(), namespace.into(), name.into())
}

#[cfg(test)]
#[path = "estate_tests.rs"]
mod tests;
