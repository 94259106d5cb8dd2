//! A sync operation of Argo CD: hooks and waves one after the other, an object at a time, with its own
//! words in `status.operationState`.

use serde_json::{Value, json};

use super::compare;
use super::git::{self, Git};
use super::health;
use crate::demo::delete;
use crate::demo::estate::argo::{DENIED, applied as words};
use crate::demo::estate::controllers;
use crate::demo::estate::make::LAST_APPLIED;
use crate::demo::store::{Store, TypeId};

/// Field manager of what is applied.
const APPLIER: &str = "argocd-controller";
/// Milliseconds between two objects.
const PACE: i64 = 700;
/// Milliseconds between two looks at what has to become healthy.
const POLL: i64 = 1_000;
/// Milliseconds between two looks at a window that is shut.
const SHUT: i64 = 10_000;
/// What the estate's admission policy wants images in `shop` to begin with.
const REGISTRY: &str = "registry.example.com/";
/// Entries of history that are kept where an app does not say.
const HISTORY: i64 = 10;

/// What comes after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The next step, in this many milliseconds.
    In(i64),
    /// It has ended.
    Done,
}

/// One object to do.
#[derive(Debug, Clone)]
struct Doing {
    manifest: Value,
    prunes: bool,
}

impl Doing {
    /// Tasks of one group are done together; the next group waits until they are well.
    fn group(&self) -> (u8, i64) {
        let phase = match git::hook(&self.manifest) {
            "PreSync" => 0,
            "PostSync" => 3,
            _ if self.prunes => 2,
            _ => 1,
        };
        (phase, git::wave(&self.manifest))
    }

    fn is_hook(&self) -> bool {
        !git::hook(&self.manifest).is_empty()
    }

    /// `apps/Deployment/checkout-api`
    fn named(&self) -> String {
        let version = self.manifest["apiVersion"].as_str().unwrap_or_default();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        format!(
            "{group}/{}/{}",
            text(&self.manifest["kind"]),
            text(&self.manifest["metadata"]["name"])
        )
    }
}

/// A sync that runs.
#[derive(Debug)]
pub struct Run {
    operation: Value,
    revision: String,
    started: String,
    todo: Vec<Doing>,
    at: usize,
    results: Vec<Value>,
    retries: i64,
    begun: bool,
}

impl Run {
    /// One that has not begun yet.
    pub fn new(operation: &Value) -> Self {
        Self {
            operation: operation.clone(),
            revision: String::new(),
            started: String::new(),
            todo: Vec::new(),
            at: 0,
            results: Vec::new(),
            retries: 0,
            begun: false,
        }
    }

    /// Whether this is the run of an operation.
    pub fn is_of(&self, operation: &Value) -> bool {
        self.operation == *operation
    }

    fn sync(&self) -> &Value {
        &self.operation["sync"]
    }

    /// Does the next thing, and writes `status.operationState`; at the end `status.history` too.
    pub fn step(
        &mut self,
        store: &mut Store,
        git: &Git,
        types: &[TypeId],
        app: &Value,
        open: bool,
        status: &mut Value,
    ) -> Next {
        let now = store.clock.stamp();
        if self.started.is_empty() {
            self.started = now;
        }
        if app["status"]["operationState"]["phase"] == "Terminating" {
            self.stop_hooks(store);
            return self.end(store, app, status, "Failed", "Operation terminated");
        }
        if !open {
            self.tell(app, status, "Running", "Sync operation blocked by sync window");
            return Next::In(SHUT);
        }
        if !self.begun {
            self.begun = true;
            if let Err(why) = self.begin(store, git, types, app) {
                return self.end(store, app, status, "Error", &why);
            }
            self.tell(app, status, "Running", "one or more tasks are running");
            return Next::In(PACE);
        }
        let here = compare::is_here(app);
        if let Some(waits) = self.waiting(store, here) {
            return match waits {
                Ok(message) => {
                    self.tell(app, status, "Running", &message);
                    Next::In(POLL)
                }
                Err(why) => self.fail(store, app, status, &why),
            };
        }
        let Some(doing) = self.todo.get(self.at).cloned() else {
            let dry = self.sync()["dryRun"] == true;
            let message = if self.todo.is_empty() || dry {
                "successfully synced (no more tasks)"
            } else {
                "successfully synced (all tasks run)"
            };
            return self.end(store, app, status, "Succeeded", message);
        };
        self.at += 1;
        if let Err(why) = self.perform(store, &doing, here) {
            return self.fail(store, app, status, &why);
        }
        self.tell(app, status, "Running", "one or more tasks are running");
        Next::In(PACE)
    }

    /// Resolves the revision, and lists what is to do.
    fn begin(
        &mut self,
        store: &Store,
        git: &Git,
        types: &[TypeId],
        app: &Value,
    ) -> Result<(), String> {
        let name = app["metadata"]["name"].as_str().unwrap_or_default();
        let sync = self.sync().clone();
        let asked = sync["revisions"].as_array().and_then(|list| list.last());
        let asked = asked.unwrap_or(&sync["revision"]).as_str().unwrap_or_default();
        let wanted = &app["spec"]["source"]["targetRevision"];
        let commit = if asked.is_empty() || asked == "HEAD" || asked == "main" || wanted == asked {
            git.head(name)
        } else {
            git.at(name, asked)
        };
        let commit = commit.ok_or_else(|| {
            format!("ComparisonError: Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = failed to resolve revision: unable to resolve '{asked}' to a commit SHA")
        })?;
        self.revision = commit.revision.clone();
        let chosen = sync["resources"].as_array();
        let is_chosen = |manifest: &Value| {
            let one = compare::resource(manifest);
            chosen.is_none_or(|chosen| {
                chosen.iter().any(|other| {
                    let group = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    other["kind"] == one["kind"]
                        && other["name"] == one["name"]
                        && group(&other["group"]) == group(&one["group"])
                        && (other["namespace"].is_null() || other["namespace"] == one["namespace"])
                })
            })
        };
        let hooks = chosen.is_none() && sync["syncStrategy"]["apply"].is_null();
        let options = sync["syncOptions"].as_array();
        let only_drifted =
            options.is_some_and(|list| list.iter().any(|one| one == "ApplyOutOfSyncOnly=true"));
        self.todo = commit
            .manifests
            .iter()
            .filter(|manifest| is_chosen(manifest))
            .filter(|manifest| hooks || git::hook(manifest).is_empty())
            .filter(|manifest| {
                !only_drifted
                    || compare::live(store, manifest)
                        .is_none_or(|live| compare::differs(store, &live, manifest))
            })
            .map(|manifest| Doing { manifest: manifest.clone(), prunes: false })
            .collect();
        if compare::is_here(app) {
            for (_, _, object) in compare::tracked(store, types, name) {
                let wanted = commit.manifests.iter().any(|one| compare::same(one, &object));
                if !wanted && git::hook(&object).is_empty() && is_chosen(&object) {
                    self.todo.push(Doing { manifest: object, prunes: true });
                }
            }
        }
        self.todo.sort_by_key(Doing::group);
        Ok(())
    }

    /// What has to be waited for before the next group: Ok in the words of Argo CD, Err where it will
    /// not come any more.
    fn waiting(&mut self, store: &Store, here: bool) -> Option<Result<String, String>> {
        if self.sync()["dryRun"] == true || !here {
            return None;
        }
        let (done, rest) = self.todo.split_at(self.at);
        let last = done.last()?;
        if rest.first().is_some_and(|next| next.group() == last.group()) {
            return None;
        }
        let mut waits: Vec<&Doing> = Vec::new();
        for doing in done.iter().filter(|doing| doing.group() == last.group() && !doing.prunes) {
            // What is kept is only waited for when something comes after it.
            if rest.is_empty() && !doing.is_hook() {
                continue;
            }
            let live = compare::live(store, &doing.manifest);
            match live.as_ref().map_or(Some("Progressing"), health::of) {
                Some("Degraded") => {
                    return Some(Err(format!(
                        "one or more synchronization tasks completed unsuccessfully, reason: {} is degraded",
                        doing.named()
                    )));
                }
                Some("Progressing") => waits.push(doing),
                _ => {
                    let one = compare::resource(&doing.manifest);
                    let same = |result: &&mut Value| {
                        result["name"] == one["name"] && result["kind"] == one["kind"]
                    };
                    for result in self.results.iter_mut().filter(same) {
                        result["hookPhase"] = "Succeeded".into();
                        if doing.is_hook() {
                            result["message"] = "Reached expected number of succeeded pods".into();
                        }
                    }
                }
            }
        }
        let first = waits.first()?;
        let what = if first.is_hook() { "completion of hook" } else { "healthy state of" };
        let more = match waits.len() - 1 {
            0 => String::new(),
            more if first.is_hook() => format!(" and {more} more hooks"),
            more => format!(" and {more} more resources"),
        };
        Some(Ok(format!("waiting for {what} {}{more}", first.named())))
    }

    fn perform(&mut self, store: &mut Store, doing: &Doing, here: bool) -> Result<(), String> {
        let manifest = &doing.manifest;
        let mut result = compare::resource(manifest);
        let hook = git::hook(manifest).to_owned();
        let phase = if hook.is_empty() { "Sync" } else { &hook };
        result["syncPhase"] = phase.into();
        result["hookPhase"] = "Running".into();
        if doing.is_hook() {
            result["hookType"] = hook.as_str().into();
        }
        let dry = self.sync()["dryRun"] == true;
        let suffix = if dry { " (dry run)" } else { "" };
        if doing.prunes {
            let prune = self.sync()["prune"] == true;
            result["status"] = if prune { "Pruned" } else { "PruneSkipped" }.into();
            let said = if prune { "pruned" } else { "ignored (requires pruning)" };
            result["message"] = format!("{said}{suffix}").into();
            result["hookPhase"] = "Succeeded".into();
            if prune
                && !dry
                && let Some((id, key)) = compare::place(store, manifest)
            {
                delete::quietly(store, id, &key);
            }
            self.results.push(result);
            return Ok(());
        }
        if refused(manifest) {
            result["status"] = "SyncFailed".into();
            result["hookPhase"] = "Failed".into();
            result["message"] = DENIED.into();
            self.results.push(result);
            return Err(format!("one or more objects failed to apply, reason: {DENIED}"));
        }
        let done = if here { apply(store, manifest, dry) } else { "configured" };
        result["status"] = "Synced".into();
        result["message"] = format!("{}{suffix}", words(manifest, done)).into();
        self.results.push(result);
        Ok(())
    }

    /// A task failed: the operation is tried again later, or has failed.
    fn fail(&mut self, store: &Store, app: &Value, status: &mut Value, why: &str) -> Next {
        let limit = self.operation["retry"]["limit"].as_i64().unwrap_or(0);
        if limit >= 0 && self.retries >= limit {
            let said = match self.retries {
                0 => why.to_owned(),
                retries => format!("{why} (retried {retries} times)."),
            };
            return self.end(store, app, status, "Failed", &said);
        }
        let backoff = &self.operation["retry"]["backoff"];
        let seconds = |field: &str, otherwise: i64| {
            let text =
                backoff[field].as_str().and_then(|text| text.parse::<jiff::SignedDuration>().ok());
            text.map_or(otherwise, |length| length.as_secs())
        };
        let factor = backoff["factor"].as_i64().unwrap_or(2).max(1);
        let power = u32::try_from(self.retries).unwrap_or(0).min(16);
        let wait = (seconds("duration", 5) * factor.pow(power)).min(seconds("maxDuration", 180));
        self.retries += 1;
        let at =
            jiff::Timestamp::from_second(store.clock.millis() / 1000 + wait).unwrap_or_default();
        let at = at.strftime("%-I:%M%p");
        let said = format!("{why}. Retrying attempt #{} at {at}.", self.retries);
        self.tell(app, status, "Running", &said);
        status["operationState"]["finishedAt"] = store.clock.stamp().into();
        self.begun = false;
        self.at = 0;
        self.results.clear();
        Next::In(wait * 1000)
    }

    fn end(
        &mut self,
        store: &Store,
        app: &Value,
        status: &mut Value,
        phase: &str,
        message: &str,
    ) -> Next {
        let now = store.clock.stamp();
        if phase == "Succeeded" {
            for result in &mut self.results {
                if result["hookPhase"] == "Running" {
                    result["hookPhase"] = "Succeeded".into();
                }
            }
        }
        self.tell(app, status, phase, message);
        status["operationState"]["finishedAt"] = now.as_str().into();
        let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
        let mut conditions: Vec<Value> =
            conditions.into_iter().filter(|one| one["type"] != "SyncError").collect();
        if phase != "Succeeded" && self.operation["initiatedBy"]["automated"] == true {
            let message = format!("Failed sync attempt to {}: {message}", self.revision);
            conditions
                .push(json!({"type": "SyncError", "message": message, "lastTransitionTime": now}));
        }
        if let Some(map) = status.as_object_mut() {
            map.shift_remove("conditions");
            if !conditions.is_empty() {
                map.insert("conditions".to_owned(), conditions.into());
            }
        }
        let whole = self.sync()["resources"].is_null() && self.sync()["dryRun"] != true;
        if phase == "Succeeded" && whole {
            self.remember(app, status, &now);
        }
        Next::Done
    }

    /// Adds an entry to the app's history.
    fn remember(&self, app: &Value, status: &mut Value, now: &str) {
        let mut history = status["history"].as_array().cloned().unwrap_or_default();
        let id = history.last().map_or(0, |last| last["id"].as_i64().unwrap_or(0) + 1);
        let (field, source) = self.source(app);
        let mut entry = json!({"id": id, "deployStartedAt": self.started, "deployedAt": now,
            "initiatedBy": self.operation["initiatedBy"], field: source});
        git::name_revision(&app["spec"], &self.revision, &mut entry);
        history.push(entry);
        let keep = app["spec"]["revisionHistoryLimit"].as_i64().unwrap_or(HISTORY);
        let surplus = history.len().saturating_sub(usize::try_from(keep).unwrap_or(0));
        history.drain(..surplus);
        status["history"] = history.into();
    }

    /// What was synced: the operation's own source, or the app's.
    fn source(&self, app: &Value) -> (&'static str, Value) {
        let field = if app["spec"]["sources"].is_array() { "sources" } else { "source" };
        let own = &self.sync()[field];
        (field, if own.is_null() { app["spec"][field].clone() } else { own.clone() })
    }

    fn tell(&self, app: &Value, status: &mut Value, phase: &str, message: &str) {
        let (field, source) = self.source(app);
        let mut result = json!({field: source, "resources": self.results});
        if !self.revision.is_empty() {
            git::name_revision(&app["spec"], &self.revision, &mut result);
        }
        let mut state = json!({"phase": phase, "message": message, "startedAt": self.started,
            "operation": self.operation, "syncResult": result});
        if self.retries > 0 {
            state["retryCount"] = self.retries.into();
        }
        status["operationState"] = state;
    }

    /// Hooks of an operation that is ended go with it.
    fn stop_hooks(&self, store: &mut Store) {
        for doing in self.todo.iter().take(self.at).filter(|doing| doing.is_hook()) {
            if let Some((id, key)) = compare::place(store, &doing.manifest) {
                delete::quietly(store, id, &key);
            }
        }
    }
}

/// Whether the estate's admission policy refuses a manifest.
fn refused(manifest: &Value) -> bool {
    let containers = manifest.pointer("/spec/template/spec/containers").and_then(Value::as_array);
    manifest["metadata"]["namespace"] == "shop"
        && containers
            .into_iter()
            .flatten()
            .any(|container| !container["image"].as_str().unwrap_or_default().starts_with(REGISTRY))
}

/// Applies a manifest, and tells what that did in kubectl's word.
fn apply(store: &mut Store, manifest: &Value, dry: bool) -> &'static str {
    let Some((id, key)) = compare::place(store, manifest) else { return "unchanged" };
    let hook = !git::hook(manifest).is_empty();
    let live = store.get(id, &key).map(|entry| entry.body.value());
    match live.filter(|_| !hook) {
        Some(live) => {
            let changes = compare::differs(store, &live, manifest);
            if !dry {
                let new = compare::applied(store, &live, manifest);
                controllers::write(store, id, &live, new, APPLIER);
            }
            if changes { "configured" } else { "unchanged" }
        }
        None => {
            if !dry {
                if hook {
                    // BeforeHookCreation: the one of the last sync goes first.
                    delete::quietly(store, id, &key);
                }
                let mut object = manifest.clone();
                object["metadata"]["annotations"][LAST_APPLIED] = format!("{manifest}\n").into();
                controllers::create(store, id, object, APPLIER);
            }
            "created"
        }
    }
}
