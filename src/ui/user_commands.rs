//! Commands of the person's own beside the table of built-in ones: k9s' hotkeys lead somewhere, its
//! plugins run a program for the selected row.
//!
//! Keys of built-in commands win, unless the command says `override`; where both want one key, that
//! is told once, when the files are read.

use super::chord::Chord;
use super::commands::{Command, Context};
use super::keymap::{Keymap, Resolution};
use super::panes::Pane;
use super::panes::browse::{Objects, What};
use super::{Effect, Ui};
use crate::model::{Facet, Fault, FaultKind, ObjRef, Tone};
use crate::verbs::program::{Recipe, Run, Variables, fill};

/// A command of the person's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCommand {
    /// Its name in the file.
    pub name: String,
    /// One line on what it does.
    pub doc: String,
    /// Its key, if it has one that exists.
    pub key: Option<Chord>,
    /// It may take the key of a built-in command.
    pub overrides: bool,
    /// Kinds whose tables it works on, in any spelling, in lower case; `all` for every table.
    pub scopes: Vec<String>,
    /// It is for this cluster and context only.
    pub only: Option<Only>,
    /// Where it is written: file and line.
    pub place: String,
    /// What it does.
    pub does: Does,
}

/// A cluster and a context, as names of directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only {
    /// The cluster entry's name.
    pub cluster: String,
    /// The context's name.
    pub context: String,
}

impl Only {
    /// Whether these names are meant; directories cannot hold all of their characters.
    pub fn is(&self, cluster: &str, context: &str) -> bool {
        self.cluster == directory(cluster) && self.context == directory(context)
    }
}

/// A name as k9s makes a directory of it: colons and slashes become dashes.
pub fn directory(name: &str) -> String {
    let mut out = String::new();
    let mut gap = false;
    for c in name.chars() {
        let odd = matches!(c, ':' | '/' | '\\');
        if odd && !gap {
            out.push('-');
        } else if !odd {
            out.push(c);
        }
        gap = odd;
    }
    out
}

/// What a command of the person's does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// Follows a command line, with variables in it.
    Go(String),
    /// Runs a program.
    Run(Recipe),
}

impl UserCommand {
    /// Whether it is declared to change nothing; going somewhere never does.
    pub fn is_safe(&self) -> bool {
        match &self.does {
            Does::Go(_) => true,
            Does::Run(recipe) => recipe.safe,
        }
    }

    /// Where its key would be looked up, if it were a built-in command.
    fn contexts(&self) -> Vec<Context> {
        let own = |scope: &str| -> &'static [Context] {
            match scope {
                "po" | "pod" | "pods" | "v1/pods" => &[Context::Pods],
                "container" | "containers" => &[Context::Containers],
                "no" | "node" | "nodes" | "v1/nodes" => &[Context::Nodes],
                "ns" | "namespace" | "namespaces" => &[Context::Namespaces],
                "svc" | "service" | "services" => &[Context::Services],
                "secret" | "secrets" => &[Context::Secrets],
                "pvc" | "persistentvolumeclaim" | "persistentvolumeclaims" => &[Context::Claims],
                "sa" | "serviceaccount" | "serviceaccounts" => &[Context::Subjects],
                "ev" | "event" | "events" => &[Context::Events],
                "cj" | "cronjob" | "cronjobs" => &[Context::CronJobs, Context::Workloads],
                "job" | "jobs" => &[Context::Jobs, Context::Workloads],
                "deploy" | "deployment" | "deployments" | "dp" | "sts" | "statefulset"
                | "statefulsets" | "ds" | "daemonset" | "daemonsets" | "rs" | "replicaset"
                | "replicasets" => &[Context::Workloads],
                "ro" | "rollout" | "rollouts" => &[Context::ArgoRollouts, Context::Workloads],
                "ar" | "analysisrun" | "analysisruns" | "exp" | "experiment" | "experiments" => {
                    &[Context::Analyses]
                }
                _ => &[],
            }
        };
        let mut contexts: Vec<Context> =
            self.scopes.iter().flat_map(|scope| own(scope).iter().copied()).collect();
        if matches!(self.does, Does::Run(_)) {
            contexts.push(Context::Table);
        }
        contexts.push(Context::Global);
        contexts.dedup();
        contexts
    }

    /// The built-in command that has its key.
    pub fn taken_by(&self, keymap: &Keymap) -> Option<Command> {
        let key = self.key?;
        let contexts = self.contexts();
        match keymap.resolve(&contexts, &[], key) {
            Resolution::Command(command) => Some(command),
            Resolution::Pending => keymap
                .continuations(&contexts, &[key])
                .into_iter()
                .map(|(_, command)| command)
                .next(),
            Resolution::None => None,
        }
    }
}

/// What has to be told about keys that two want: commands of the person's, and built-in ones.
pub fn conflicts(commands: &[UserCommand], keymap: &Keymap) -> Vec<Fault> {
    let mut told = Vec::new();
    for (at, command) in commands.iter().enumerate() {
        let Some(key) = command.key else { continue };
        if let (Some(by), false) = (command.taken_by(keymap), command.overrides) {
            let why = format!("<{key}> is the key of {} here, which keeps it", by.id());
            let hint = match command.does {
                Does::Go(_) => "write override: true, or take another key".to_owned(),
                Does::Run(_) => format!(
                    "write override: true, take another key, or run it by :plugin {}",
                    command.name
                ),
            };
            told.push(Fault::new(FaultKind::Input, command.place.clone(), why).hint(hint));
        }
        let twin = commands[..at].iter().find(|other| {
            other.key == Some(key)
                && other.only == command.only
                && (other.scopes.iter().any(|scope| command.scopes.contains(scope)))
        });
        if let Some(twin) = twin {
            let why = format!("<{key}> is the key of {} too, which comes first", twin.name);
            told.push(
                Fault::new(FaultKind::Input, command.place.clone(), why).hint("take another key"),
            );
        }
    }
    told
}

impl Ui {
    /// The commands of the person's that are for the cluster of the pane on screen.
    pub fn user_commands(&self) -> impl Iterator<Item = &UserCommand> {
        let cluster = self.cluster();
        self.config.commands.iter().filter(move |command| match (&command.only, cluster) {
            (None, _) => true,
            (Some(only), Some(cluster)) => {
                let entry = self.cluster_entry(&cluster.context);
                only.is(&entry, &cluster.context)
            }
            (Some(_), None) => false,
        })
    }

    /// Name of the kubeconfig's cluster entry behind a context.
    pub(super) fn cluster_entry(&self, context: &str) -> String {
        let known = self.contexts.iter().find(|known| known.name == context);
        known.map(|known| known.cluster.to_string()).unwrap_or_default()
    }

    /// Whether a command of the person's has something to do on the pane on screen.
    pub fn applies(&self, command: &UserCommand) -> bool {
        match (&command.does, self.pane()) {
            (Does::Go(_), _) => true,
            (Does::Run(_), Some(Pane::Browse(browse))) => match &browse.what {
                What::Objects(objects) => in_scope(&command.scopes, objects),
                What::Contexts => command.scopes.iter().any(|s| s == "contexts" || s == "context"),
                _ => false,
            },
            (Does::Run(_), _) => false,
        }
    }

    /// The command of the person's on this key, if it may have it.
    pub(super) fn user_command_on(&self, key: Chord, overrides: bool) -> Option<UserCommand> {
        let mut candidates = self
            .user_commands()
            .filter(|command| command.key == Some(key) && command.overrides == overrides);
        candidates.find(|command| self.applies(command)).cloned()
    }

    /// `:plugin NAME`: runs it for the selected row, whatever its key is.
    pub(super) fn run_by_name(
        &mut self,
        name: &str,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let named = |command: &&UserCommand| command.name == name;
        let Some(command) = self.user_commands().find(named).cloned() else {
            let names: Vec<&str> =
                self.user_commands().map(|command| command.name.as_str()).collect();
            let fault =
                Fault::new(FaultKind::Input, format!(":plugin {name}"), "there is no such plugin");
            return Err(match super::document::nearest(name, names.iter().copied()) {
                Some(near) => fault.hint(format!("did you mean {near}?")),
                None => fault.hint(":plugins lists them"),
            });
        };
        if !self.applies(&command) {
            return Err(Fault::new(
                FaultKind::Input,
                format!(":plugin {name}"),
                "it is not for this table",
            )
            .hint(format!("it is for {}", command.scopes.join(", "))));
        }
        self.run_user_command(&command, effects);
        Ok(())
    }

    /// Carries out a command of the person's.
    pub(super) fn run_user_command(&mut self, command: &UserCommand, effects: &mut Vec<Effect>) {
        let (variables, target) = self.variables();
        match &command.does {
            Does::Go(line) => match fill(line, &variables) {
                Ok(line) => {
                    self.open_line(&line, effects);
                }
                Err(why) => {
                    self.fault(&Fault::new(FaultKind::Input, command.place.clone(), why));
                }
            },
            Does::Run(recipe) => {
                if let Some(fault) = self.run_refused(command) {
                    return self.fault(&fault);
                }
                let Some(cluster) = self.cluster() else { return };
                let (id, context) = (cluster.id, cluster.context.clone());
                let impersonating = cluster.info.impersonating.clone();
                let mut run = Run::new(recipe.clone(), variables, target, id, context);
                if !impersonating.is_empty() {
                    run = run.note(format!("it does not act as {impersonating}, but as you"));
                }
                if run.goes_unasked() {
                    match run.built() {
                        Ok(program) => effects.push(Effect::Program(program)),
                        Err(fault) => self.fault(&fault),
                    }
                    return;
                }
                self.open_plan(id, Box::new(run), None);
            }
        }
    }

    /// Why a program must not run here.
    fn run_refused(&self, command: &UserCommand) -> Option<Fault> {
        let fault = |why: &str, hint: String| {
            Some(Fault::new(FaultKind::Refused, format!("run {}", command.name), why).hint(hint))
        };
        if self.cluster().is_some_and(|cluster| cluster.info.demo) {
            return fault(
                "the demo has no kubeconfig: the program would act on another cluster",
                "plugins run on real clusters".into(),
            );
        }
        if self.readonly() && !command.is_safe() {
            return fault(
                "read-only, and the program may change something",
                format!(
                    "safe = [{:?}] below [k9s] in config.toml says that it does not",
                    command.name
                ),
            );
        }
        None
    }

    /// What is known of the selected row and where it lives, and the row's object.
    fn variables(&self) -> (Variables, Option<ObjRef>) {
        let mut variables = Variables::new();
        let mut set = |name: &str, value: &str| {
            variables.insert(name.to_owned(), value.to_owned());
        };
        if let Some(cluster) = self.cluster() {
            set("CONTEXT", &cluster.context);
            set("CLUSTER", &self.cluster_entry(&cluster.context));
            let known = self.contexts.iter().find(|known| known.name == cluster.context);
            set("USER", known.map_or("", |known| known.user.as_str()));
            set("GROUPS", "");
            if !self.kubeconfig.is_empty() {
                set("KUBECONFIG", &self.kubeconfig);
            }
            let namespace = match &cluster.scope {
                crate::model::Scope::Namespaces(names) if names.len() == 1 => names[0].as_str(),
                _ => "",
            };
            set("NAMESPACE", namespace);
        }
        let Some(Pane::Browse(browse)) = self.pane() else { return (variables, None) };
        set("FILTER", &browse.filter);
        let Some(source) = self.source(browse) else { return (variables, None) };
        let Some(row) = browse.selected_row(source) else { return (variables, None) };
        set("NAME", &row.key.name);
        let mut text = String::new();
        for column in &source.schema.columns {
            text.clear();
            source.schema.cell(column, row, source.metrics).write(self.now, &mut text);
            set(&format!("COL-{}", column.title.to_uppercase()), &text);
        }
        let Some(objects) = browse.objects() else { return (variables, None) };
        set("NAMESPACE", &row.key.namespace);
        let gvr = &objects.resource.gvr;
        set("RESOURCE_GROUP", &gvr.group);
        set("RESOURCE_VERSION", &gvr.version);
        set("RESOURCE_NAME", &gvr.plural);
        let target = match objects.facet {
            Facet::Containers => {
                let pod = objects.of.rsplit('/').next().unwrap_or_default();
                set("POD", pod);
                set("CONTAINER", &row.key.name);
                None
            }
            _ => {
                if gvr.plural == "pods" && gvr.group.is_empty() {
                    set("POD", &row.key.name);
                }
                Some(Self::reference(objects, row))
            }
        };
        (variables, target)
    }

    /// A program has ended: what it said, or that it failed.
    pub(super) fn program_ended(&mut self, outcome: Result<(String, String), Fault>) {
        match outcome {
            Ok((line, output)) => self.messages.say_more(self.now, Tone::Good, line, output),
            Err(fault) => self.messages.fault(self.now, &fault),
        }
        self.dirty = true;
    }
}

/// Whether one of these names is a spelling of the kind of these objects.
fn in_scope(scopes: &[String], objects: &Objects) -> bool {
    let resource = &objects.resource;
    let gvr = &resource.gvr;
    let full = format!("{}.{}", gvr.plural, gvr.group);
    scopes.iter().any(|scope| {
        let scope = scope.as_str();
        if scope == "all" {
            return true;
        }
        if objects.facet == Facet::Containers {
            return matches!(scope, "containers" | "container" | "co");
        }
        scope == gvr.plural
            || scope == resource.singular
            || scope == resource.kind.to_lowercase()
            || resource.short_names.iter().any(|short| short == scope)
            || scope == full
            || scope == gvr.to_string()
    })
}
