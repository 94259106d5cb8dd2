//! What the server serves: resource types, and the columns of custom ones. Known again whenever a
//! CustomResourceDefinition or APIService changes; no built-in kind waits for it.

use super::errors::{self, Refusal, Sort};
use super::link::Link;
use super::listwatch::{self, Consumer, Freshness, Source};
use super::wire::{self, Ask};
use crate::kinds::Object;
use crate::kinds::de::{Meta, Str, nullable, readable};
use crate::kinds::{self, PrinterColumn, builtin, printer_columns};
use crate::model::{ClusterEvent, Gvr, Resource, Text, WatchState};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// What discovery says it was doing, so that others can tell its failures from the rest.
pub const DISCOVERY: &str = "ask the server what it serves";

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
pub(crate) const NAMES: (&str, &str) = (
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
);

/// What is known of one server's resource types.
#[derive(Debug)]
pub(crate) struct Catalog {
    found: RefCell<Option<Arc<Vec<Resource>>>>,
    builtin: Vec<Resource>,
    changes: watch::Sender<u64>,
    /// How often each CRD was seen to change, by its name; the empty name counts for all.
    crds: RefCell<FxHashMap<String, u64>>,
}

impl Default for Catalog {
    fn default() -> Self {
        Self {
            found: RefCell::default(),
            builtin: builtin::resources(),
            changes: watch::Sender::new(0),
            crds: RefCell::default(),
        }
    }
}

impl Catalog {
    /// Fires when types or columns may have changed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The server has said what it serves.
    pub(crate) fn known(&self) -> bool {
        self.found.borrow().is_some()
    }

    /// One resource type. Before the server has answered: what every server has, and what has a
    /// file of its own.
    pub(crate) fn resource(&self, gvr: &Gvr) -> Option<Resource> {
        if let Some(found) = &*self.found.borrow() {
            return found.iter().find(|resource| resource.gvr == *gvr).cloned();
        }
        if let Some(resource) = self.builtin.iter().find(|resource| resource.gvr == *gvr) {
            return Some(resource.clone());
        }
        kinds::spec(&gvr.group, &gvr.plural).map(|spec| Resource {
            gvr: gvr.clone(),
            kind: spec.kind.into(),
            singular: Text::new(),
            short_names: Vec::new(),
            categories: Vec::new(),
            namespaced: spec.namespaced,
            verbs: Vec::new(),
            subresources: Vec::new(),
            preferred: true,
        })
    }

    /// Changes with each change of the type's CRD.
    pub(crate) fn mark(&self, resource: &Resource) -> u64 {
        let crds = self.crds.borrow();
        let count = |name: &str| crds.get(name).copied().unwrap_or(0);
        count("") + count(&crd_name(&resource.gvr))
    }

    fn changed(&self, crd: &str) {
        *self.crds.borrow_mut().entry(crd.to_owned()).or_insert(0) += 1;
    }

    fn announce(&self) {
        self.changes.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// The columns that the type's CRD declares. None where there is no CRD, or we may not read it.
    pub(crate) async fn printer_columns(
        &self,
        link: &Rc<Link>,
        resource: &Resource,
    ) -> Vec<PrinterColumn> {
        let gvr = &resource.gvr;
        if gvr.group.is_empty() || self.builtin.iter().any(|built| built.gvr.group == gvr.group) {
            return Vec::new();
        }
        let name = crd_name(gvr);
        let path = crds().object_path("", &name);
        let ask =
            Ask::get(format!("get the CustomResourceDefinition {name}"), path, link.timing.get);
        loop {
            link.until_up().await;
            match wire::whole(link, &ask).await {
                Ok((_, body)) => {
                    let versions = printer_columns::from_crd(&body).unwrap_or_default();
                    let version = versions.into_iter().find(|one| one.version == *gvr.version);
                    return version.map(|one| one.columns).unwrap_or_default();
                }
                Err(refusal) if matches!(refusal.sort, Sort::Cut | Sort::Throttled) => {
                    link.suspect();
                    link.pause(refusal.wait(&link.timing, link.timing.throttled)).await;
                }
                Err(_) => return Vec::new(),
            }
        }
    }

    /// Keeps the catalogue up to date until it is dropped.
    pub(crate) async fn keep(&self, link: &Rc<Link>) {
        let stir = Notify::new();
        let definitions = Names { catalog: self, stir: &stir, crds: true, listed: false };
        let services = Names { catalog: self, stir: &stir, crds: false, listed: false };
        let ask = async {
            let (mut complained, mut cut) = (false, false);
            loop {
                link.until_up().await;
                match discover(link).await {
                    Ok(found) => {
                        (complained, cut) = (false, false);
                        self.publish(link, found);
                        tokio::select! {
                            () = stir.notified() => {
                                tokio::time::sleep(link.timing.discovery_settle).await;
                            }
                            // For those who may not watch CRDs.
                            () = tokio::time::sleep(link.timing.discovery_poll) => {}
                        }
                    }
                    Err(refusal) => {
                        let wait = match refusal.sort {
                            Sort::Denied | Sort::Unauthenticated | Sort::NotServed => {
                                link.timing.denied
                            }
                            _ => refusal.wait(&link.timing, link.timing.backoff_max),
                        };
                        // One cut is a matter of the connection; cut again while the server
                        // answers otherwise, somebody has to be told.
                        let told = refusal.sort != Sort::Cut || std::mem::replace(&mut cut, true);
                        if refusal.sort == Sort::Cut {
                            link.suspect();
                        }
                        if told && !std::mem::replace(&mut complained, true) {
                            link.tell(ClusterEvent::Notice(refusal.fault));
                        }
                        link.pause(wait).await;
                    }
                }
            }
        };
        let services_gvr = Gvr::new("apiregistration.k8s.io", "v1", "apiservices");
        tokio::join!(
            async {
                let _: () = ask.await;
            },
            follow(link, crds(), definitions),
            follow(link, services_gvr, services),
        );
    }

    fn publish(&self, link: &Rc<Link>, found: Vec<Resource>) {
        let same = self.found.borrow().as_ref().is_some_and(|old| **old == found);
        if !same {
            let found = Arc::new(found);
            *self.found.borrow_mut() = Some(Arc::clone(&found));
            link.tell(ClusterEvent::Discovery(found));
        }
        // Columns may have changed even where the types did not.
        self.announce();
    }
}

fn crds() -> Gvr {
    Gvr::new("apiextensions.k8s.io", "v1", "customresourcedefinitions")
}

fn crd_name(gvr: &Gvr) -> String {
    format!("{}.{}", gvr.plural, gvr.group)
}

/// Watches the names of what extends the API.
async fn follow(link: &Rc<Link>, gvr: Gvr, mut names: Names<'_>) {
    let source = Source {
        what: gvr.plural.to_string(),
        gvr,
        namespace: None,
        labels: Text::new(),
        fields: Text::new(),
        accept: NAMES,
        proto: None,
        // Only changes from now on matter: one object is enough to learn where "now" is.
        first: Freshness::Latest,
        limit: 1,
    };
    listwatch::run(link, &source, &mut names).await;
}

/// Notes which definitions change.
struct Names<'c> {
    catalog: &'c Catalog,
    stir: &'c Notify,
    crds: bool,
    listed: bool,
}

impl Names<'_> {
    fn changed(&self, json: &[u8]) -> Result<Option<u64>, String> {
        if self.crds {
            #[derive(serde::Deserialize)]
            struct Named<'a> {
                #[serde(borrow, default, deserialize_with = "nullable")]
                metadata: Meta<'a>,
            }
            let named: Named<'_> = serde_json::from_slice(json).map_err(|e| e.to_string())?;
            self.catalog.changed(&named.metadata.name);
        }
        self.stir.notify_one();
        Ok(None)
    }
}

impl Consumer for Names<'_> {
    fn begin(&mut self) {}

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        // The one object of the list has not changed.
        if self.listed { self.changed(json) } else { Ok(None) }
    }

    fn delete(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        self.changed(json)
    }

    fn complete(&mut self) {
        // A second list means that changes were missed: any of them may have changed.
        if std::mem::replace(&mut self.listed, true) {
            self.catalog.changed("");
            self.stir.notify_one();
        }
    }

    fn skip(&mut self, _why: String) {
        self.catalog.changed("");
        self.stir.notify_one();
    }

    fn flush(&mut self) {}

    fn state(&mut self, state: WatchState) -> ControlFlow<()> {
        match state {
            // Then the poll has to do.
            WatchState::Denied(_) | WatchState::NotServed(_) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

async fn fetch(link: &Rc<Link>, path: &str, accept: &'static str) -> Result<Vec<u8>, Refusal> {
    let mut ask = Ask::get(DISCOVERY, path, link.timing.get);
    ask.accept = accept;
    wire::whole(link, &ask).await.map(|(_, body)| body)
}

/// All resource types: two requests where the server can, else one per group and version.
async fn discover(link: &Rc<Link>) -> Result<Vec<Resource>, Refusal> {
    let (core, groups) =
        tokio::join!(fetch(link, "/api", AGGREGATED), fetch(link, "/apis", AGGREGATED));
    let (core, groups) = (core?, groups?);
    if let (Some(mut all), Some(more)) = (aggregated(&core), aggregated(&groups)) {
        all.extend(more);
        return Ok(all);
    }
    legacy(link, &core, &groups).await
}

#[derive(serde::Deserialize)]
struct GroupList<'a> {
    kind: Str<'a>,
    #[serde(borrow, default, deserialize_with = "readable")]
    items: Vec<Group<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Group<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(borrow, deserialize_with = "readable")]
    versions: Vec<Version<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Version<'a> {
    #[serde(borrow)]
    version: Str<'a>,
    #[serde(borrow, deserialize_with = "readable")]
    resources: Vec<Served<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Served<'a> {
    #[serde(borrow)]
    resource: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    response_kind: ResponseKind<'a>,
    scope: Str<'a>,
    singular_resource: Str<'a>,
    #[serde(borrow, deserialize_with = "readable")]
    verbs: Vec<Str<'a>>,
    #[serde(borrow, deserialize_with = "readable")]
    short_names: Vec<Str<'a>>,
    #[serde(borrow, deserialize_with = "readable")]
    categories: Vec<Str<'a>>,
    #[serde(borrow, deserialize_with = "readable")]
    subresources: Vec<Sub<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct ResponseKind<'a> {
    #[serde(borrow)]
    kind: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Sub<'a> {
    #[serde(borrow)]
    subresource: Str<'a>,
}

/// Whether this can be a plural in a path; what cannot is no resource type.
fn is_name(plural: &str) -> bool {
    !plural.is_empty()
        && plural.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
        && !plural.starts_with('.')
}

fn text(s: &str) -> Text {
    errors::line(s).into()
}

fn texts(all: &[Str<'_>]) -> Vec<Text> {
    all.iter().map(|s| text(s)).collect()
}

/// Resource types of an aggregated answer; None where it is not one.
fn aggregated(body: &[u8]) -> Option<Vec<Resource>> {
    let list: GroupList<'_> = serde_json::from_slice(body).ok()?;
    if *list.kind != *"APIGroupDiscoveryList" {
        return None;
    }
    let mut found = Vec::new();
    for group in &list.items {
        // Versions come best first.
        let mut seen = FxHashSet::default();
        for version in &group.versions {
            for served in version.resources.iter().filter(|served| is_name(&served.resource)) {
                found.push(Resource {
                    gvr: Gvr::new(
                        text(&group.metadata.name),
                        text(&version.version),
                        text(&served.resource),
                    ),
                    kind: text(&served.response_kind.kind),
                    singular: text(&served.singular_resource),
                    short_names: texts(&served.short_names),
                    categories: texts(&served.categories),
                    namespaced: *served.scope == *"Namespaced",
                    verbs: texts(&served.verbs),
                    subresources: served
                        .subresources
                        .iter()
                        .map(|sub| text(&sub.subresource))
                        .collect(),
                    preferred: seen.insert(served.resource.to_string()),
                });
            }
        }
    }
    Some(found)
}

#[derive(serde::Deserialize)]
struct OldVersions {
    #[serde(default, deserialize_with = "readable")]
    versions: Vec<String>,
}

#[derive(serde::Deserialize)]
struct OldGroups {
    #[serde(default, deserialize_with = "readable")]
    groups: Vec<OldGroup>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OldGroup {
    name: String,
    #[serde(deserialize_with = "readable")]
    versions: Vec<OldVersion>,
    #[serde(deserialize_with = "nullable")]
    preferred_version: OldVersion,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct OldVersion {
    version: String,
}

#[derive(serde::Deserialize)]
struct OldResources<'a> {
    #[serde(borrow, default, deserialize_with = "readable")]
    resources: Vec<OldResource<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OldResource<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    singular_name: Str<'a>,
    namespaced: bool,
    kind: Str<'a>,
    #[serde(borrow, deserialize_with = "readable")]
    verbs: Vec<Str<'a>>,
    #[serde(borrow, deserialize_with = "readable")]
    short_names: Vec<Str<'a>>,
    #[serde(borrow, deserialize_with = "readable")]
    categories: Vec<Str<'a>>,
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal {
        sort: Sort::Passing,
        fault: errors::unreadable(DISCOVERY, body, &error),
        retry_after: None,
    })
}

/// Servers without aggregated discovery (before 1.27, and some proxies).
async fn legacy(link: &Rc<Link>, core: &[u8], groups: &[u8]) -> Result<Vec<Resource>, Refusal> {
    let core: OldVersions = read(core)?;
    let groups: OldGroups = read(groups)?;
    let mut wanted: Vec<(String, String, String)> = core
        .versions
        .into_iter()
        .map(|version| (String::new(), version.clone(), format!("/api/{version}")))
        .collect();
    for group in groups.groups {
        let mut versions = group.versions;
        // The preferred one first: what comes first is preferred for each of its plurals.
        versions.sort_by_key(|one| one.version != group.preferred_version.version);
        wanted.extend(versions.into_iter().map(|OldVersion { version }| {
            let path = format!("/apis/{}/{version}", group.name);
            (group.name.clone(), version, path)
        }));
    }
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    for few in wanted.chunks(8) {
        let answers = few.iter().map(|(_, _, path)| fetch(link, path, wire::JSON));
        let answers = futures::future::join_all(answers).await;
        for ((group, version, _), answer) in few.iter().zip(answers) {
            // An aggregated API that is away must not hide all others.
            let Ok(body) = answer else { continue };
            old_resources(group, version, &body, &mut seen, &mut found);
        }
    }
    Ok(found)
}

fn old_resources(
    group: &str,
    version: &str,
    body: &[u8],
    seen: &mut FxHashSet<(String, String)>,
    found: &mut Vec<Resource>,
) {
    let Ok(list) = serde_json::from_slice::<OldResources<'_>>(body) else { return };
    let mut subresources: FxHashMap<&str, Vec<Text>> = FxHashMap::default();
    for (plural, sub) in list.resources.iter().filter_map(|one| one.name.split_once('/')) {
        subresources.entry(plural).or_default().push(text(sub));
    }
    for one in list.resources.iter().filter(|one| is_name(&one.name)) {
        found.push(Resource {
            gvr: Gvr::new(text(group), text(version), text(&one.name)),
            kind: text(&one.kind),
            singular: text(&one.singular_name),
            short_names: texts(&one.short_names),
            categories: texts(&one.categories),
            namespaced: one.namespaced,
            verbs: texts(&one.verbs),
            subresources: subresources.remove(&*one.name).unwrap_or_default(),
            preferred: seen.insert((group.to_owned(), one.name.to_string())),
        });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_first_version_that_has_a_type_is_its_preferred_one() {
        let body = br#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"shop.io"},
            "versions":[
              {"version":"v1","resources":[{"resource":"carts","scope":"Namespaced",
                "responseKind":{"kind":"Cart"},"singularResource":"cart","shortNames":["ca"],
                "verbs":["list","watch"],"subresources":[{"subresource":"scale"}]}]},
              {"version":"v1beta1","resources":[
                {"resource":"carts","scope":"Namespaced","responseKind":{"kind":"Cart"}},
                {"resource":"tills","scope":"Cluster","responseKind":null,"verbs":null}]}]}]}"#;
        let found = aggregated(body).unwrap();
        let said: Vec<_> =
            found.iter().map(|one| (one.gvr.to_string(), one.preferred, one.namespaced)).collect();
        assert_eq!(
            said,
            [
                ("shop.io/v1/carts".to_owned(), true, true),
                ("shop.io/v1beta1/carts".to_owned(), false, true),
                ("shop.io/v1beta1/tills".to_owned(), true, false),
            ]
        );
        assert_eq!(found[0].subresources, ["scale"]);
        assert!(found[0].can("watch"));
        assert_eq!(aggregated(br#"{"kind":"APIVersions","versions":["v1"]}"#), None);
    }

    #[test]
    fn one_odd_entry_hides_no_others() {
        let body = br#"{"kind":"APIGroupDiscoveryList","items":[null,5,{"metadata":{"name":"a.io"},
            "versions":[null,{"version":"v1","resources":[null,{"resource":7},
              {"resource":"../../x","scope":"Namespaced"},{"resource":"a b"},{"resource":""},
              {"resource":"carts","verbs":["list",null,{}],"shortNames":"ca"}]}]}]}"#;
        let found = aggregated(body).unwrap();
        let names: Vec<_> = found.iter().map(|one| one.gvr.to_string()).collect();
        assert_eq!(names, ["a.io/v1/carts"]);
        assert!(found[0].can("list"));
        let body = br#"{"resources":[null,{"name":null},{"name":"x","verbs":5},{"name":[]},
            {"name":"carts","kind":"Cart","verbs":["get"]}]}"#;
        let (mut seen, mut found) = (FxHashSet::default(), Vec::new());
        old_resources("a.io", "v1", body, &mut seen, &mut found);
        let names: Vec<_> = found.iter().map(|one| one.gvr.plural.as_str()).collect();
        assert_eq!(names, ["x", "carts"]);
    }

    #[test]
    fn an_answer_that_is_no_api_servers_is_called_so() {
        let page = b"<html><title>Please log in</title></html>";
        let fault = read::<OldVersions>(page).err().unwrap().fault;
        assert!(fault.why.contains("web page") && fault.why.contains("Please log in"), "{fault}");
        assert!(!fault.hint.is_empty());
        let fault = read::<OldVersions>(b"").err().unwrap().fault;
        assert!(fault.why.contains("empty"), "{fault}");
    }

    #[test]
    fn old_lists_tell_subresources_by_a_slash() {
        let body = br#"{"resources":[
            {"name":"carts/scale","namespaced":true,"kind":"Scale","verbs":["get"]},
            {"name":"carts","singularName":"cart","namespaced":true,"kind":"Cart",
             "verbs":["list"]}]}"#;
        let (mut seen, mut found) = (FxHashSet::default(), Vec::new());
        old_resources("shop.io", "v1", body, &mut seen, &mut found);
        old_resources("shop.io", "v1beta1", body, &mut seen, &mut found);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].subresources, ["scale"]);
        assert_eq!((found[0].preferred, found[1].preferred), (true, false));
    }
}
