//! Sync an Application: what argocd-server does for `argocd app sync`, by the same object.

use super::ground::{About, Ground, is_automated, list, revisions, said, sources, wanted};
use super::{glob, guards, operation};
use crate::apps::{App, Estate};
use crate::model::{Fault, FaultKind, ObjRef, Plan, PlanId, Read, Text};
use crate::verbs::{Choice, Draft, Value as Chosen};
use serde_json::{Value, json};

/// A sync in the making.
#[derive(Clone, Debug)]
pub(super) struct Sync {
    ground: Ground,
    /// What is typed, for each source; nothing is what the spec says.
    revisions: Vec<String>,
    prune: bool,
    dry_run: bool,
    force: bool,
    replace: bool,
    /// None: as the app's own options say.
    server_side: Option<bool>,
    apply_only: bool,
    out_of_sync_only: Option<bool>,
    retry: bool,
    objects: String,
}

impl Sync {
    /// Syncs `app`.
    ///
    /// # Errors
    /// There is no such object.
    pub(super) fn new(app: &App, estate: &Estate, now: i64) -> Result<Self, Fault> {
        Ok(Self {
            ground: Ground::new(app, estate, &[About::Project, About::Parameters], now)?,
            revisions: vec![String::new()],
            prune: false,
            dry_run: false,
            force: false,
            replace: false,
            server_side: None,
            apply_only: false,
            out_of_sync_only: None,
            retry: true,
            objects: String::new(),
        })
    }

    fn object(&self) -> &Value {
        self.ground.object().unwrap_or(&Value::Null)
    }

    /// The app's own options with those that were chosen.
    fn options(&self) -> Vec<String> {
        let own = list(&self.object()["spec"]["syncPolicy"]["syncOptions"]);
        let mut options: Vec<String> =
            own.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let mut set = |name: &str, on: Option<bool>| {
            let Some(on) = on else { return };
            options.retain(|option| option.split('=').next() != Some(name));
            if on {
                options.push(format!("{name}=true"));
            }
        };
        set("Replace", self.replace.then_some(true));
        set("ServerSideApply", self.server_side);
        set("ApplyOutOfSyncOnly", self.out_of_sync_only);
        options
    }

    fn has(&self, option: &str) -> bool {
        let wanted = format!("{option}=true");
        list(&self.object()["spec"]["syncPolicy"]["syncOptions"])
            .iter()
            .any(|option| option.as_str() == Some(wanted.as_str()))
    }

    fn own_retry(&self) -> &Value {
        &self.object()["spec"]["syncPolicy"]["retry"]
    }

    /// The objects that were typed: `Deployment/api, ConfigMap/*`. None for all.
    fn chosen(&self) -> Result<Option<Vec<&Value>>, String> {
        let typed = self.objects.split(',').map(str::trim).filter(|typed| !typed.is_empty());
        let all = list(&self.object()["status"]["resources"]);
        let mut chosen: Vec<&Value> = Vec::new();
        let mut some = false;
        for typed in typed {
            some = true;
            let Some((kind, name)) = typed.split_once('/') else {
                return Err(format!("{typed}: Kind/name, several with commas"));
            };
            let before = chosen.len();
            for object in all {
                let is = |key: &str, pattern: &str| {
                    let text = object[key].as_str().unwrap_or("");
                    glob::matches(&pattern.to_lowercase(), &text.to_lowercase(), None)
                };
                if is("kind", kind) && is("name", name) && object["hook"] != true {
                    chosen.push(object);
                }
            }
            if chosen.len() == before {
                return Err(format!("{typed} is none of its objects"));
            }
        }
        Ok(some.then_some(chosen))
    }

    fn sync(&self, chosen: Option<&[&Value]>) -> Value {
        let mut sync = json!({});
        let sources = sources(self.object());
        if self.revisions.iter().any(|typed| !typed.trim().is_empty()) {
            let all: Vec<String> = sources
                .iter()
                .zip(&self.revisions)
                .map(|(source, typed)| match typed.trim() {
                    "" => source["targetRevision"].as_str().unwrap_or("HEAD").to_owned(),
                    typed => typed.to_owned(),
                })
                .collect();
            match all.as_slice() {
                [one] if list(&self.object()["spec"]["sources"]).is_empty() => {
                    sync["revision"] = one.as_str().into();
                }
                all => {
                    sync["revisions"] = all.into();
                    sync["sources"] = self.object()["spec"]["sources"].clone();
                }
            }
        }
        if self.prune {
            sync["prune"] = true.into();
        }
        if self.dry_run {
            sync["dryRun"] = true.into();
        }
        if let Some(chosen) = chosen {
            let names = chosen.iter().map(|object| {
                let mut name = json!({});
                for key in ["group", "kind", "namespace", "name"] {
                    if let Some(text) = object[key].as_str().filter(|text| !text.is_empty()) {
                        name[key] = text.into();
                    }
                }
                name
            });
            sync["resources"] = names.collect();
        }
        let options = self.options();
        if !options.is_empty() {
            sync["syncOptions"] = options.into();
        }
        let strategy = if self.apply_only { "apply" } else { "hook" };
        if self.apply_only || self.force {
            let force = if self.force { json!({"force": true}) } else { json!({}) };
            sync["syncStrategy"] = json!({ strategy: force });
        }
        sync
    }

    /// argocd-server: an app that syncs by itself would go back at once.
    fn revision_stays(&self, object: &Value) -> Result<(), Fault> {
        if !is_automated(object) || self.dry_run {
            return Ok(());
        }
        for (source, typed) in sources(object).iter().zip(&self.revisions) {
            let (typed, wanted) = (typed.trim(), wanted(source));
            if !typed.is_empty() && typed != wanted {
                let why = format!("Cannot sync to {typed}: auto-sync currently set to {wanted}");
                return Err(self.ground.refuse(why).hint("switch auto-sync off first"));
            }
        }
        Ok(())
    }

    fn replace_is_allowed(&self) -> bool {
        match self.ground.answer(About::Parameters) {
            Some(Ok(parameters)) => parameters["data"]["server.sync.replace.allowed"] != "false",
            _ => true,
        }
    }

    fn notes(&self, mut plan: Plan, object: &Value, chosen: Option<&[&Value]>) -> Plan {
        let compared = revisions(&object["status"]["sync"]);
        let typed: Vec<&str> = self.revisions.iter().map(|typed| typed.trim()).collect();
        if typed.iter().any(|typed| !typed.is_empty()) {
            plan = plan.note(format!("to {}", typed.join(",")));
        } else {
            let wanted: Vec<String> = sources(object).iter().map(|source| wanted(source)).collect();
            let seen = if compared.is_empty() || wanted == [compared.as_str()] {
                String::new()
            } else {
                format!(", {compared} when it was compared last")
            };
            plan = plan.note(format!("to {}{seen}", wanted.join(",")));
        }
        let all = list(&object["status"]["resources"]);
        let in_scope: Vec<&Value> = match chosen {
            Some(chosen) => chosen.to_vec(),
            None => all.iter().collect(),
        };
        let off = in_scope.iter().filter(|object| object["status"] == "OutOfSync").count();
        if !all.is_empty() {
            plan = plan.note(format!("{off} of {} objects are out of sync", in_scope.len()));
        }
        let pruned = in_scope.iter().filter(|object| object["requiresPruning"] == true).count();
        plan = match (pruned, self.prune) {
            (0, _) => plan,
            (n, true) if n == in_scope.len() => {
                plan.warn(format!("prunes everything: {n} objects"))
            }
            (n, true) => plan.warn(format!("prunes {n} of them: {}", some_names(&in_scope))),
            (n, false) => plan.note(format!("{n} no longer wanted, and kept without prune")),
        };
        if let Some(chosen) = chosen {
            plan = plan.note(format!(
                "only {} chosen: hooks are left out, and its history keeps nothing of it",
                chosen.len()
            ));
        }
        if self.dry_run {
            plan = plan.note("Argo CD only tries it: nothing is applied");
        }
        let options = self.options();
        if !options.is_empty() {
            plan = plan
                .note(format!("options: {}", crate::text::sanitise::clean(&options.join(", "))));
        }
        plan
    }
}

/// The first objects that would be pruned, by name.
fn some_names(objects: &[&Value]) -> String {
    const SHOWN: usize = 5;
    let pruned: Vec<String> = objects
        .iter()
        .filter(|object| object["requiresPruning"] == true)
        .map(|object| format!("{}/{}", said(&object["kind"]), said(&object["name"])))
        .collect();
    let more = pruned.len().saturating_sub(SHOWN);
    let shown = pruned.iter().take(SHOWN).cloned().collect::<Vec<String>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

fn retry_words(retry: &Value) -> String {
    match retry["limit"].as_i64() {
        Some(limit) if limit < 0 => "retry without end".to_owned(),
        Some(limit) => format!("retry {limit} times"),
        None => "retry".to_owned(),
    }
}

impl Draft for Sync {
    fn title(&self) -> String {
        format!("Sync {}", self.ground.target())
    }

    fn button(&self) -> String {
        "Sync".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.ground.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let object = self.object();
        let mut choices = Vec::new();
        let sources = sources(object);
        for (at, typed) in self.revisions.iter().enumerate() {
            let wanted = sources.get(at).map(|source| wanted(source)).unwrap_or_default();
            let (id, label) = if self.revisions.len() == 1 {
                ("revision".to_owned(), format!("revision ({wanted})"))
            } else {
                let repo = sources.get(at).map(|source| said(&source["repoURL"]));
                let repo = repo.unwrap_or_default();
                let name = repo.rsplit('/').next().unwrap_or_default();
                (format!("revision.{at}"), format!("revision of {name} ({wanted})"))
            };
            choices.push(Choice::typed(id, label, typed.as_str()));
        }
        choices.push(Choice::toggle("prune", "prune", self.prune));
        choices.push(Choice::toggle("dry-run", "dry run by the controller", self.dry_run));
        choices.push(Choice::toggle("force", "force", self.force));
        let replace = Choice::toggle("replace", "replace", self.replace);
        choices.push(if self.replace && !self.replace_is_allowed() {
            replace.wrong("argocd-server is set not to allow it (server.sync.replace.allowed)")
        } else {
            replace
        });
        let server_side = self.server_side.unwrap_or_else(|| self.has("ServerSideApply"));
        choices.push(Choice::toggle("server-side", "server-side apply", server_side));
        choices.push(Choice::toggle("apply-only", "apply only (no hooks)", self.apply_only));
        let only = self.out_of_sync_only.unwrap_or_else(|| self.has("ApplyOutOfSyncOnly"));
        choices.push(Choice::toggle("out-of-sync-only", "out of sync only", only));
        if !self.own_retry().is_null() {
            choices.push(Choice::toggle("retry", retry_words(self.own_retry()), self.retry));
        }
        let objects = Choice::typed("objects", "objects (all)", self.objects.as_str());
        choices.push(match self.chosen() {
            Err(why) if self.ground.object().is_ok() => objects.wrong(why),
            _ => objects,
        });
        choices
    }

    fn set(&mut self, id: &str, value: Chosen) {
        match (id, value) {
            ("prune", Chosen::Toggle(on)) => self.prune = on,
            ("dry-run", Chosen::Toggle(on)) => self.dry_run = on,
            ("force", Chosen::Toggle(on)) => self.force = on,
            ("replace", Chosen::Toggle(on)) => self.replace = on,
            ("server-side", Chosen::Toggle(on)) => self.server_side = Some(on),
            ("apply-only", Chosen::Toggle(on)) => self.apply_only = on,
            ("out-of-sync-only", Chosen::Toggle(on)) => self.out_of_sync_only = Some(on),
            ("retry", Chosen::Toggle(on)) => self.retry = on,
            ("objects", Chosen::Typed(text)) => self.objects = text,
            ("revision", Chosen::Typed(text)) => {
                if let Some(first) = self.revisions.first_mut() {
                    *first = text;
                }
            }
            (id, Chosen::Typed(text)) => {
                let at = id.strip_prefix("revision.").and_then(|at| at.parse::<usize>().ok());
                if let Some(place) = at.and_then(|at| self.revisions.get_mut(at)) {
                    *place = text;
                }
            }
            _ => {}
        }
    }

    fn reads(&self) -> Vec<Read> {
        self.ground.reads()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        self.ground.learn(number, answer);
        let sources = sources(self.object()).len().max(1);
        self.revisions.resize(sources, String::new());
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let object = self.ground.object()?;
        guards::is_there(&self.ground, object)?;
        guards::is_reconciled(&self.ground, object)?;
        guards::is_idle(&self.ground, object)?;
        let mut warnings = guards::project_permits(&self.ground, object)?;
        let window = guards::window_is_open(&self.ground, object)?;
        self.revision_stays(object)?;
        if self.replace && !self.replace_is_allowed() {
            let why = "sync with replace was disabled on the API Server level via the server configuration";
            return Err(self.ground.refuse(why));
        }
        let chosen =
            self.chosen().map_err(|why| Fault::new(FaultKind::Input, self.title(), why))?;
        warnings.extend(guards::errors(object));
        let retry = if self.retry { self.own_retry() } else { &Value::Null };
        let sync = self.sync(chosen.as_deref());
        let request = operation::request(&self.ground, object, sync, retry, json!({}));
        let cluster = self.ground.target().cluster;
        let plan = Plan::empty(id, cluster, context.clone(), self.title()).request(request);
        let mut plan = self.notes(plan, object, chosen.as_deref());
        if let Some(window) = window {
            plan = plan.warn(window);
        }
        for warning in warnings {
            plan = plan.warn(warning);
        }
        if self.force {
            plan = plan.warn("force: what cannot be changed is deleted and made anew");
        }
        if self.replace {
            plan = plan.warn("replace: what others changed in its objects is lost");
        }
        let loses = (self.prune || self.force || self.replace) && !self.dry_run;
        Ok(if loses { plan.losing() } else { plan })
    }

    fn begins_on(&self) -> Option<&'static str> {
        Some("")
    }
}
