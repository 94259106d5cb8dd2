//! Argo CD's application controller, as far as one sees it work: it compares, refreshes, starts
//! syncs by itself, takes up those that are asked for, and takes apps apart that are deleted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Task;
use super::compare::{self, Compared};
use super::git::Git;
use super::sync::{Next, Run};
use super::windows;
use crate::demo::delete;
use crate::demo::estate::argo as objects;
use crate::demo::estate::controllers::write;
use crate::demo::store::{Key, Store, TypeId, key_of};

/// Field manager of the controller.
pub const CONTROLLER: &str = "argocd-application-controller";
const REFRESH: &str = "argocd.argoproj.io/refresh";
const SET_REFRESH: &str = "argocd.argoproj.io/application-set-refresh";
/// Milliseconds that a comparison with the source takes.
const FETCH: i64 = 800;
/// Milliseconds from an operation that is asked for to its begin.
const PICK_UP: i64 = 500;
/// Seconds after a sync in which drift is not undone by itself.
const HEAL_AFTER: i64 = 5;

/// The controller: syncs that run.
#[derive(Debug, Default)]
pub struct Argo {
    runs: BTreeMap<Key, Run>,
    refreshing: BTreeSet<Key>,
}

/// The types of Argo CD's own objects.
#[derive(Debug, Clone, Copy)]
struct Own {
    apps: TypeId,
    projects: TypeId,
    sets: TypeId,
}

fn own(store: &Store) -> Option<Own> {
    let find = |plural| store.find("argoproj.io", plural);
    Some(Own {
        apps: find("applications")?,
        projects: find("appprojects")?,
        sets: find("applicationsets")?,
    })
}

fn get(store: &Store, id: TypeId, key: &str) -> Option<Value> {
    store.get(id, key).map(|entry| entry.body.value())
}

impl Argo {
    /// Looks at apps that changed, or whose objects did.
    pub fn look(
        &mut self,
        store: &mut Store,
        git: &Git,
        types: &[TypeId],
        since: u64,
        changed: &BTreeSet<String>,
    ) -> Vec<(i64, Task)> {
        let Some(own) = own(store) else { return Vec::new() };
        let mut apps: BTreeSet<Key> = changed
            .iter()
            .filter(|track| !track.contains('/'))
            .map(|name| key_of(Some("argocd"), name))
            .collect();
        apps.extend(store.events_after(own.apps, since).map(|event| event.key.clone()));
        if store.changed_since(own.projects, since) {
            apps.extend(store.scan(own.apps, None, None).map(|(key, _)| key.clone()));
        }
        let sets: BTreeSet<Key> =
            store.events_after(own.sets, since).map(|event| event.key.clone()).collect();
        for key in sets {
            refresh_set(store, own, &key);
        }
        let mut plans = Vec::new();
        for key in apps {
            self.consider(store, git, types, &key, &mut plans);
        }
        plans
    }

    /// Compares one app anew, and begins what is to begin.
    fn consider(
        &mut self,
        store: &mut Store,
        git: &Git,
        types: &[TypeId],
        key: &Key,
        plans: &mut Vec<(i64, Task)>,
    ) {
        let Some(own) = own(store) else { return };
        let Some(app) = get(store, own.apps, key) else {
            self.runs.remove(key);
            return;
        };
        if !app["metadata"]["deletionTimestamp"].is_null() {
            self.runs.remove(key);
            take_apart(store, own, types, &app);
            return;
        }
        if app["metadata"]["annotations"]["argocd.argoproj.io/skip-reconcile"] == "true" {
            return;
        }
        let asked = app["metadata"]["annotations"][REFRESH].is_string();
        if asked && self.refreshing.insert(key.clone()) {
            plans.push((FETCH, Task::Refresh(key.clone())));
        }
        let mut new = app.clone();
        if let Some(compared) = compare::compare(store, git, types, &app) {
            tell(store, &compared, &mut new);
            if let Some(operation) = by_itself(store, own, &new, &compared) {
                new["operation"] = operation;
            }
        }
        if new["operation"].is_object() && !self.runs.contains_key(key) {
            self.runs.insert(key.clone(), Run::new(&new["operation"]));
            plans.push((PICK_UP, Task::Sync(key.clone())));
        }
        write(store, own.apps, &app, new, CONTROLLER);
    }

    /// A comparison that was asked for is done.
    pub fn refresh(&mut self, store: &mut Store, git: &Git, types: &[TypeId], key: &Key) {
        self.refreshing.remove(key);
        let Some(own) = own(store) else { return };
        let Some(app) = get(store, own.apps, key) else { return };
        let mut new = app.clone();
        if let Some(compared) = compare::compare(store, git, types, &app) {
            tell(store, &compared, &mut new);
        }
        drop_annotation(&mut new, REFRESH);
        new["status"]["reconciledAt"] = store.clock.stamp().into();
        write(store, own.apps, &app, new, CONTROLLER);
    }

    /// A sync goes one step on. Returns when the next one is due, if it has not ended.
    pub fn sync(
        &mut self,
        store: &mut Store,
        git: &Git,
        types: &[TypeId],
        key: &Key,
    ) -> Option<i64> {
        let own = own(store)?;
        let app = get(store, own.apps, key)?;
        let run = self.runs.get_mut(key)?;
        if !app["operation"].is_object() {
            // Somebody took the operation away by force.
            self.runs.remove(key);
            return None;
        }
        if !run.is_of(&app["operation"]) {
            *run = Run::new(&app["operation"]);
        }
        let manual = app["operation"]["initiatedBy"]["automated"] != true;
        let project = app["spec"]["project"].as_str().unwrap_or("default");
        let project =
            get(store, own.projects, &key_of(Some("argocd"), project)).unwrap_or_default();
        let open = windows::allows(&project, &app, manual, store.clock.millis() / 1000);
        let mut new = app.clone();
        let next = run.step(store, git, types, &app, open, &mut new["status"]);
        if let Next::Done = next {
            self.runs.remove(key);
            if let Some(map) = new.as_object_mut() {
                map.shift_remove("operation");
            }
            new["status"]["reconciledAt"] = store.clock.stamp().into();
        }
        // What the step did may have changed the app itself: an app can deliver itself.
        let latest = get(store, own.apps, key)?;
        let mut kept = latest.clone();
        kept["status"] = new["status"].take();
        if let (Next::Done, Some(map)) = (&next, kept.as_object_mut()) {
            map.shift_remove("operation");
        }
        write(store, own.apps, &latest, kept, CONTROLLER);
        match next {
            Next::In(millis) => Some(millis),
            Next::Done => None,
        }
    }
}

fn drop_annotation(object: &mut Value, name: &str) {
    let annotations = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    let Some(annotations) = annotations else { return };
    annotations.shift_remove(name);
    if annotations.is_empty()
        && let Some(meta) = object["metadata"].as_object_mut()
    {
        meta.shift_remove("annotations");
    }
}

/// Writes a comparison into an app, with the time when its health last became another.
fn tell(store: &Store, compared: &Compared, app: &mut Value) {
    let before = app["status"]["health"]["status"].clone();
    let spec = app["spec"].clone();
    objects::tell(&spec, compared, &mut app["status"]);
    if app["status"]["health"]["status"] != before {
        app["status"]["health"]["lastTransitionTime"] = store.clock.stamp().into();
    }
}

/// The operation that automated sync starts, where it does.
fn by_itself(store: &Store, own: Own, app: &Value, compared: &Compared) -> Option<Value> {
    let automated = &app["spec"]["syncPolicy"]["automated"];
    if automated.is_null() || automated["enabled"] == false || app["operation"].is_object() {
        return None;
    }
    if compared.sync != "OutOfSync" || (compared.only_prune && automated["prune"] != true) {
        return None;
    }
    let now = store.clock.millis() / 1000;
    let project = app["spec"]["project"].as_str().unwrap_or("default");
    let project = get(store, own.projects, &key_of(Some("argocd"), project))?;
    if !windows::allows(&project, app, false, now) {
        return None;
    }
    let last = &app["status"]["operationState"];
    let synced = &last["syncResult"];
    let revisions = synced["revisions"].as_array();
    let at = revisions.and_then(|list| list.last()).unwrap_or(&synced["revision"]);
    let mut operation = json!({
        "initiatedBy": {"automated": true},
        "retry": app["spec"]["syncPolicy"]["retry"],
        "sync": {"prune": automated["prune"] == true},
    });
    super::git::name_revision(&app["spec"], &compared.revision, &mut operation["sync"]);
    if !app["spec"]["syncPolicy"]["syncOptions"].is_null() {
        operation["sync"]["syncOptions"] = app["spec"]["syncPolicy"]["syncOptions"].clone();
    }
    if operation["retry"].is_null() {
        operation["retry"] = json!({"limit": 5});
    }
    if at == compared.revision.as_str() {
        // This revision was deployed already: only drift can be undone, and what failed stays.
        let ended = last["finishedAt"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
        let calm = ended.is_none_or(|at| now - at.as_second() >= HEAL_AFTER);
        if automated["selfHeal"] != true || last["phase"] != "Succeeded" || !calm {
            return None;
        }
        let drifted = compared.resources.iter().filter(|one| one["status"] == "OutOfSync");
        let drifted: Vec<Value> = drifted
            .map(|one| {
                let mut one = one.clone();
                if let Some(map) = one.as_object_mut() {
                    map.retain(|name, _| ["group", "kind", "name", "namespace"].contains(&&**name));
                }
                one
            })
            .collect();
        operation["sync"]["resources"] = drifted.into();
        operation["sync"]["autoHealAttemptsCount"] = 1.into();
    }
    Some(operation)
}

/// An app that is deleted takes what it delivered along, if its finalizer says so.
fn take_apart(store: &mut Store, own: Own, types: &[TypeId], app: &Value) {
    let finalizers = app["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    let ours = |one: &Value| {
        one.as_str().is_some_and(|text| text.starts_with("resources-finalizer.argocd.argoproj.io"))
    };
    if !finalizers.iter().any(ours) {
        return;
    }
    let name = app["metadata"]["name"].as_str().unwrap_or_default();
    let mut left = 0;
    if compare::is_here(app) {
        for (id, key, object) in compare::tracked(store, types, name) {
            left += 1;
            if object["metadata"]["deletionTimestamp"].is_null() {
                delete::quietly(store, id, &key);
            }
        }
    }
    if left > 0 {
        // Their going is noticed, and this comes again.
        return;
    }
    let mut new = app.clone();
    let rest: Vec<Value> = finalizers.into_iter().filter(|one| !ours(one)).collect();
    new["metadata"]["finalizers"] = rest.into();
    write(store, own.apps, app, new.clone(), CONTROLLER);
    delete::after_update(store, own.apps, &new);
}

/// The ApplicationSet controller has read its generators again.
fn refresh_set(store: &mut Store, own: Own, key: &Key) {
    let Some(set) = get(store, own.sets, key) else { return };
    if !set["metadata"]["annotations"][SET_REFRESH].is_string() {
        return;
    }
    let mut new = set.clone();
    drop_annotation(&mut new, SET_REFRESH);
    write(store, own.sets, &set, new, "argocd-applicationset-controller");
}
