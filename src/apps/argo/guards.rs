//! What argocd-server refuses before it writes (`server/application/application.go`). The controller
//! does not look again, so that who writes into an Application has to.

use super::ground::{About, Ground, list, said, sources};
use super::{app, glob, windows};
use crate::model::{Fault, FaultKind};
use crate::text::mask::LAST_APPLIED;
use serde_json::Value;

/// It is not being deleted.
///
/// # Errors
/// It is.
pub(super) fn is_there(ground: &Ground, object: &Value) -> Result<(), Fault> {
    if object["metadata"]["deletionTimestamp"].is_null() {
        return Ok(());
    }
    let waits: Vec<String> = list(&object["metadata"]["finalizers"]).iter().map(said).collect();
    let fault = ground.refuse("application is deleting");
    Err(if waits.is_empty() {
        fault
    } else {
        fault.hint(format!("waits for {}", waits.join(", ")))
    })
}

/// No operation is set or runs.
///
/// # Errors
/// One is or does: a second one would be mixed into it.
pub(super) fn is_idle(ground: &Ground, object: &Value) -> Result<(), Fault> {
    let phase = said(&object["status"]["operationState"]["phase"]);
    if object["operation"].is_null() && phase != "Running" && phase != "Terminating" {
        return Ok(());
    }
    let by = said(&object["operation"]["initiatedBy"]["username"]);
    let by = if by.is_empty() { String::new() } else { format!(" (by {by})") };
    Err(ground
        .refuse(format!("another operation is already in progress{by}"))
        .hint("wait for it, or terminate it"))
}

/// The controller is not told to leave it alone.
///
/// # Errors
/// It is, so that nothing would come of what is asked.
pub(super) fn is_reconciled(ground: &Ground, object: &Value) -> Result<(), Fault> {
    let annotations = &object["metadata"]["annotations"];
    if annotations[crate::kinds::app_facet::argo::SKIP_ANNOTATION] == "true" {
        let why = "Argo CD is told to skip it (annotation skip-reconcile)";
        return Err(ground.refuse(why).hint("resume it first"));
    }
    Ok(())
}

/// What a project lets an app do, as far as it can be told; the words are warnings.
///
/// # Errors
/// The project forbids it, in Argo CD's words, or there is no such project.
pub(super) fn project_permits(ground: &Ground, object: &Value) -> Result<Vec<String>, Fault> {
    let name = said(&object["spec"]["project"]);
    let name = if name.is_empty() { "default".to_owned() } else { name };
    let project = match ground.answer(About::Project) {
        Some(Ok(project)) => project,
        Some(Err(fault)) if fault.kind == FaultKind::NotFound => {
            let why = format!("application references project {name} which does not exist");
            return Err(ground.refuse(why).hint(format!("looked for in {}", ground.control)));
        }
        Some(Err(fault)) => {
            let text = format!(
                "whether project {name} permits this, and its sync windows, are not known: {}",
                fault.why
            );
            return Ok(vec![text]);
        }
        None => return Ok(Vec::new()),
    };
    if let Some(why) = foreign(ground, project, &name) {
        return Err(ground.refuse(why));
    }
    for source in sources(object) {
        let repo = said(&source["repoURL"]);
        if !repo.is_empty() && !source_permitted(project, &repo) {
            let why = format!("application repo {repo} is not permitted in project '{name}'");
            return Err(ground.refuse(why));
        }
    }
    let destination = &object["spec"]["destination"];
    match destination_permitted(project, destination) {
        Some(true) => Ok(Vec::new()),
        Some(false) => {
            let server = said(&destination["server"]);
            let server = if server.is_empty() { said(&destination["name"]) } else { server };
            let why = format!(
                "application destination server '{server}' and namespace '{}' do not match any of the allowed destinations in project '{name}'",
                said(&destination["namespace"])
            );
            Err(ground.refuse(why))
        }
        None => {
            let text = format!("whether project {name} permits this destination is not known here");
            Ok(vec![text])
        }
    }
}

/// An app outside of the control plane's namespace needs a project that names its namespace.
fn foreign(ground: &Ground, project: &Value, name: &str) -> Option<String> {
    let namespace = ground.target().namespace.as_str();
    if namespace == ground.control.as_str() {
        return None;
    }
    let named = list(&project["spec"]["sourceNamespaces"]).iter().filter_map(Value::as_str);
    let permitted = named.into_iter().any(|pattern| glob::matches(pattern, namespace, None));
    (!permitted).then(|| {
        let app = &ground.target().name;
        format!(
            "application '{app}' in namespace '{namespace}' is not permitted to use project '{name}'"
        )
    })
}

/// As Argo CD compares repositories (`util/git`, `NormalizeGitURL`).
fn normal(repo: &str) -> String {
    let mut repo = repo.trim().to_lowercase();
    let ssh =
        !repo.contains("://") && repo.split_once('@').is_some_and(|(_, rest)| !rest.contains('@'));
    if ssh {
        repo = repo.replacen(':', "/", 1);
    }
    let repo = repo.strip_suffix(".git").unwrap_or(&repo);
    repo.strip_prefix("ssh://").unwrap_or(repo).to_owned()
}

/// `AppProject.IsSourcePermitted`: one entry matches, and no entry with `!` names it.
fn source_permitted(project: &Value, repo: &str) -> bool {
    let repo = normal(repo);
    let mut any = false;
    for pattern in list(&project["spec"]["sourceRepos"]).iter().filter_map(Value::as_str) {
        match pattern.strip_prefix('!') {
            Some(not) if named(&normal(not), &repo) => return false,
            Some(_) => any = true,
            None => any |= pattern == "*" || named(&normal(pattern), &repo),
        }
    }
    any
}

fn named(pattern: &str, text: &str) -> bool {
    glob::matches(pattern, text, Some('/'))
}

/// `AppProject.isDestinationMatched`. None where it hangs on the server of a cluster of which only the
/// name is known, or the other way round.
fn destination_permitted(project: &Value, destination: &Value) -> Option<bool> {
    let (mut server, mut name) = (said(&destination["server"]), said(&destination["name"]));
    let namespace = said(&destination["namespace"]);
    if app::HERE.contains(&server.as_str()) || app::HERE.contains(&name.as_str()) {
        (server, name) = (app::HERE[0].to_owned(), app::HERE[2].to_owned());
    }
    let mut unknown = false;
    let mut any = false;
    for item in list(&project["spec"]["destinations"]) {
        // An empty pattern matches only an empty text, and what is not known is not matched.
        let is = |pattern: &Value, text: &str| -> (bool, bool) {
            let pattern = pattern.as_str().unwrap_or("");
            match pattern.strip_prefix('!') {
                Some(not) => (not != "*" && !glob::matches(not, text, None), true),
                None => (pattern == "*" || glob::matches(pattern, text, None), false),
            }
        };
        let (by_server, not_server) = is(&item["server"], &server);
        let (by_name, not_name) = is(&item["name"], &name);
        let (by_server, by_name) = (by_server && !server.is_empty(), by_name && !name.is_empty());
        let (in_namespace, not_namespace) = is(&item["namespace"], &namespace);
        if (by_server || by_name) && in_namespace {
            any = true;
        } else if !by_server && not_server && !server.is_empty()
            || !by_name && not_name && !name.is_empty()
            || !in_namespace && not_namespace
        {
            return Some(false);
        } else if in_namespace {
            unknown |= server.is_empty() && item["server"].as_str().is_some_and(|s| !s.is_empty());
            unknown |= name.is_empty() && item["name"].as_str().is_some_and(|s| !s.is_empty());
        }
    }
    if any {
        Some(true)
    } else if unknown {
        None
    } else {
        Some(false)
    }
}

/// A window that is closed, but not for people.
///
/// # Errors
/// A sync window stops it: which, and until when.
pub(super) fn window_is_open(ground: &Ground, object: &Value) -> Result<Option<String>, Fault> {
    let Some(Ok(project)) = ground.answer(About::Project) else { return Ok(None) };
    let windows = windows::of(project, object);
    let stopped = windows::stops(&windows, ground.now)
        .map_err(|why| ground.refuse(format!("cannot sync: {why}")))?;
    if let Some((window, until)) = stopped {
        let fault = ground.refuse(format!("cannot sync: blocked by sync window {window}"));
        let left = crate::text::age::human(until - ground.now);
        return Err(if until > ground.now {
            fault.hint(format!("again in {left}"))
        } else {
            fault
        });
    }
    let now = ground.now;
    let closed = windows
        .iter()
        .find(|window| window.when(now).is_ok_and(|when| when.open != window.allows()));
    // One open allow is enough, whatever the others do.
    let open = windows
        .iter()
        .any(|window| window.allows() && window.when(now).is_ok_and(|when| when.open));
    let closed = closed.filter(|window| !open || !window.allows());
    Ok(closed
        .map(|window| format!("a sync window is closed for automated syncs: {}", window.words())))
}

/// Errors that the app has already: an operation would end with them.
pub(super) fn errors(object: &Value) -> Vec<String> {
    let conditions = list(&object["status"]["conditions"]).iter();
    let bad = conditions.filter(|condition| {
        matches!(
            condition["type"].as_str(),
            Some("ComparisonError" | "InvalidSpecError" | "UnknownError")
        )
    });
    bad.map(|condition| {
        let message = said(&condition["message"]);
        format!("{} now, so this will fail: {message}", said(&condition["type"]))
    })
    .collect()
}

/// A change to its spec stays. The words are warnings.
///
/// # Errors
/// The ApplicationSet that made the app writes it back.
pub(super) fn spec_stays(
    ground: &Ground,
    object: &Value,
    pointer: &str,
) -> Result<Vec<String>, Fault> {
    let owners = list(&object["metadata"]["ownerReferences"]);
    let set = owners.iter().find(|owner| owner["kind"] == "ApplicationSet");
    if let Some(set) = set {
        let name = said(&set["name"]);
        match ground.answer(About::Set) {
            Some(Ok(set)) if leaves(set, object, pointer) => {}
            Some(Ok(_)) => {
                let why = format!("ApplicationSet/{name} made it, and writes its spec back");
                return Err(ground.refuse(why).hint(
                    "change its template, or name the field in its ignoreApplicationDifferences",
                ));
            }
            Some(Err(fault)) if fault.kind == FaultKind::NotFound => {}
            Some(Err(_)) | None => {
                return Ok(vec![format!(
                    "ApplicationSet/{name} made it and may write its spec back: it may not be read"
                )]);
            }
        }
    }
    Ok(parent_undoes(ground, object, pointer).into_iter().collect())
}

/// The app that manages this one compares the fields that it applied: one that it never wrote stays.
fn parent_undoes(ground: &Ground, object: &Value, pointer: &str) -> Option<String> {
    let (parent, heals) = ground.parent.as_ref()?;
    let applied = &object["metadata"]["annotations"][LAST_APPLIED];
    let applied: Value = serde_json::from_str(applied.as_str().unwrap_or("")).unwrap_or_default();
    if applied.is_object() && applied.pointer(pointer).is_none() {
        return None;
    }
    Some(match (*heals, applied.is_object()) {
        (true, true) => format!("{parent} manages this Application with self-heal and undoes this"),
        (true, false) => {
            format!("{parent} manages this Application with self-heal and may undo this")
        }
        (false, true) => format!("{parent} manages this Application: its next sync undoes this"),
        (false, false) => format!("{parent} manages this Application: its next sync may undo this"),
    })
}

/// Whether an ApplicationSet leaves a field of this app alone: it does not update apps at all, or is
/// told to ignore the field (`applicationset/controllers`, `ignoreApplicationDifferences`).
fn leaves(set: &Value, object: &Value, pointer: &str) -> bool {
    let policy = set["spec"]["syncPolicy"]["applicationsSync"].as_str();
    if matches!(policy, Some("create-only" | "create-delete")) {
        return true;
    }
    let name = object["metadata"]["name"].as_str().unwrap_or("");
    let covers = |path: &str| pointer == path || pointer.starts_with(&format!("{path}/"));
    list(&set["spec"]["ignoreApplicationDifferences"]).iter().any(|rule| {
        let about = rule["name"].as_str().is_none_or(|one| one.is_empty() || one == name);
        let pointers = list(&rule["jsonPointers"]).iter().filter_map(Value::as_str);
        let jq = list(&rule["jqPathExpressions"]).iter().filter_map(Value::as_str);
        about
            && (pointers.into_iter().any(covers)
                || jq.into_iter().any(|path| covers(&path.replace('.', "/"))))
    })
}

#[cfg(test)]
#[path = "guards_tests.rs"]
mod tests;
