//! What keys do on apps: their verbs, their objects, their page.

use super::commands::Command;
use super::panes::Pane;
use super::panes::app::AppPane;
use super::panes::browse::{Apps, Browse, Objects, What};
use super::panes::rollout::{Board, RolloutPane};
use super::usable::Refusal;
use super::{Effect, Ui};
use crate::apps::{self, App, Destination, Verb};
use crate::model::{
    AppId, ClusterId, Facet, Key, LogContainers, LogTarget, ObjRef, Row, Scope, Text, Tone,
};
use crate::rollout::gathered::kind_of;

impl Command {
    /// The verb of apps that it plans. The one that pauses and resumes depends on the app.
    pub fn app_verb(self, app: &App) -> Option<Verb> {
        Some(match self {
            Self::AppSync => Verb::Sync,
            Self::AppRefresh => Verb::Refresh,
            Self::AppHardRefresh => Verb::HardRefresh,
            Self::AppRollback => Verb::Rollback,
            Self::AppRestart => Verb::Restart,
            Self::AppTerminate => Verb::Terminate,
            Self::Delete => Verb::Delete,
            Self::AppPause if app.is_off() => Verb::Resume,
            Self::AppPause => Verb::Suspend,
            _ => return None,
        })
    }
}

impl Ui {
    /// An app that is known.
    pub fn app(&self, cluster: ClusterId, id: &AppId) -> Option<&App> {
        self.estates.get(&cluster)?.estate.app(id)
    }

    /// The list of apps on screen, and the app under its cursor.
    pub(super) fn selected_app(&self) -> Option<(ClusterId, &App)> {
        let Some(Pane::Browse(browse)) = self.pane() else { return None };
        let What::Apps(list) = &browse.what else { return None };
        let id = AppId::of_key(browse.selected()?)?;
        Some((list.cluster, self.app(list.cluster, &id)?))
    }

    /// The marked apps of the list on screen, or the selected one; and how many marks the filter
    /// hides.
    pub(super) fn marked_apps(&self) -> Option<(ClusterId, Vec<AppId>, usize)> {
        let Some(Pane::Browse(browse)) = self.pane() else { return None };
        let What::Apps(list) = &browse.what else { return None };
        let source = self.source(browse)?;
        let ids = browse.targets(source).iter().filter_map(|row| AppId::of_key(&row.key)).collect();
        Some((list.cluster, ids, browse.marked(source).1))
    }

    /// The object that stands for the selected app, as a table of its kind would have it.
    pub(super) fn selected_app_object(&self) -> Option<(Objects, Row)> {
        let (cluster, app) = self.selected_app()?;
        self.as_row(cluster, app.object.as_ref()?)
    }

    fn as_row(&self, cluster: ClusterId, object: &ObjRef) -> Option<(Objects, Row)> {
        let resource = self.clusters.get(&cluster)?.catalogue.get(&object.gvr)?.clone();
        let scope = match object.namespace.as_str() {
            "" => Scope::All,
            _ => Scope::Namespaces(vec![object.namespace.clone()]),
        };
        let key = Key { namespace: object.namespace.clone(), name: object.name.clone() };
        let row = Row::bare(key, Vec::new());
        let objects = Objects {
            cluster,
            resource,
            scope,
            labels: Text::new(),
            fields: Text::new(),
            facet: Facet::Row,
            owner: Text::new(),
            of: Text::new(),
        };
        Some((objects, row))
    }

    /// What a command of apps does on the list of apps; false for all other commands.
    pub(super) fn app_command(&mut self, command: Command, effects: &mut Vec<Effect>) -> bool {
        if command == Command::AppTape {
            self.drift_counts.tape.turn();
            self.dirty = true;
            return true;
        }
        let Some((cluster, app)) = self.selected_app() else { return false };
        if let Some(verb) = command.app_verb(app) {
            if let Some((cluster, ids, hidden)) = self.marked_apps() {
                self.plan_for_apps(cluster, verb, &ids, hidden);
            }
            return true;
        }
        let id = app.id.clone();
        if command == Command::AppRollouts {
            let ids = self.marked_apps().map_or_else(Vec::new, |(_, ids, _)| ids);
            self.open_app_rollouts(cluster, ids);
            return true;
        }
        self.command_on_app(command, cluster, &id, effects)
    }

    /// What a command of apps does on one app; false for all other commands.
    pub(super) fn command_on_app(
        &mut self,
        command: Command,
        cluster: ClusterId,
        id: &AppId,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(app) = self.app(cluster, id) else { return false };
        if let Some(verb) = command.app_verb(app) {
            self.plan_for_apps(cluster, verb, std::slice::from_ref(id), 0);
            return true;
        }
        match command {
            Command::AppHistory | Command::AppCompare => {
                let pane = AppPane::new(cluster, id.clone()).at_history();
                self.push(Pane::View(Box::new(pane)));
            }
            Command::AppRollouts => self.open_app_rollouts(cluster, vec![id.clone()]),
            Command::Logs | Command::PreviousLogs => {
                self.open_app_logs(cluster, id, command == Command::PreviousLogs, effects);
            }
            _ => return false,
        }
        true
    }

    /// Opens the plan of a verb on apps; `hidden` of them are hidden by the filter.
    pub(super) fn plan_for_apps(
        &mut self,
        cluster: ClusterId,
        verb: Verb,
        ids: &[AppId],
        hidden: usize,
    ) {
        let Some(book) = self.estates.get(&cluster) else { return };
        let mut drafts = Vec::new();
        let mut refused = Vec::new();
        for id in ids {
            let Some(app) = book.estate.app(id) else { continue };
            match apps::draft(verb, app, &book.estate, self.now) {
                Ok(draft) => drafts.push(draft),
                Err(fault) => refused.push(format!("{}: {}", id.name, fault.why)),
            }
        }
        let many = ids.len() > 1;
        let caution = match (refused.as_slice(), hidden) {
            ([], 0) => None,
            ([], n) => Some(format!("{n} of the marked apps are hidden by the filter")),
            (some, _) => Some(format!("left out: {}", some.join("; "))),
        };
        match (drafts.len(), refused.into_iter().next()) {
            (0, Some(why)) => {
                let why = if many { format!("none of them can: {why}") } else { why };
                self.say(Tone::Warn, why);
            }
            (0, None) => self.say(Tone::Plain, "nothing is selected"),
            (1, _) => {
                if let Some(draft) = drafts.pop() {
                    self.open_plan(cluster, draft, caution);
                }
            }
            _ => {
                let draft = apps::many(verb, drafts);
                self.open_plan(cluster, draft, caution);
            }
        }
    }

    fn open_app_logs(
        &mut self,
        cluster: ClusterId,
        id: &AppId,
        previous: bool,
        effects: &mut Vec<Effect>,
    ) {
        let Some(book) = self.estates.get(&cluster) else { return };
        let targets: Vec<LogTarget> =
            book.estate.workloads(id).into_iter().map(LogTarget::Object).collect();
        self.open_lines(
            cluster,
            targets,
            LogContainers::Default,
            previous,
            id.name.to_string(),
            effects,
        );
    }

    /// Opens the rollouts of all workloads of these apps.
    fn open_app_rollouts(&mut self, cluster: ClusterId, ids: Vec<AppId>) {
        let Some(book) = self.estates.get(&cluster) else { return };
        let all: Vec<ObjRef> = ids.iter().flat_map(|id| book.estate.workloads(id)).collect();
        let mut rolls = all.into_iter().filter(|one| kind_of(&one.gvr).is_some());
        let pane: Pane = match (rolls.next(), rolls.next()) {
            (None, _) => {
                let why = "none of them has a workload here that rolls out";
                return self.say(Tone::Plain, why);
            }
            // A board of one line would be a key more on the way.
            (Some(only), None) if ids.len() == 1 => match RolloutPane::new(only) {
                Some(pane) => Pane::View(Box::new(pane)),
                None => return,
            },
            _ => Pane::View(Box::new(Board::of_apps(cluster, ids))),
        };
        self.push(pane);
    }

    /// Opens the page of the selected app.
    pub(super) fn open_app(&mut self) {
        let Some((cluster, app)) = self.selected_app() else { return };
        let id = app.id.clone();
        self.open_app_page(cluster, id);
    }

    /// Opens the page of an app.
    pub fn open_app_page(&mut self, cluster: ClusterId, id: AppId) {
        self.push(Pane::View(Box::new(AppPane::new(cluster, id))));
    }

    /// Why a command of apps cannot be used on this one.
    pub(super) fn refused_by_app(
        &self,
        command: Command,
        cluster: ClusterId,
        id: &AppId,
    ) -> Option<Refusal> {
        let plain = |why: String| Some(Refusal { why, tone: Tone::Plain });
        let estate = &self.estates.get(&cluster)?.estate;
        let Some(app) = estate.app(id) else {
            return plain(format!("{} is not among the apps of this cluster", id.name));
        };
        if command.writes() && self.readonly() {
            return Some(read_only());
        }
        let context = app.destination.context("", &self.contexts);
        if command == Command::AppRestart && !context.is_empty() {
            let page = self.key_to(Command::Open);
            return plain(format!(
                "its workloads are on another cluster, context {context}: {page} opens its page, which restarts them there"
            ));
        }
        if command == Command::AppTape {
            return plain("the tape of several apps is under their list".to_owned());
        }
        if command == Command::AppRollouts {
            return self.refused_rollouts(app, &context, &estate.workloads(id));
        }
        if let Some(verb) = command.app_verb(app) {
            let why = apps::refusal(verb, app, estate);
            return why.map(|why| Refusal { why, tone: Tone::Warn });
        }
        if matches!(command, Command::Logs | Command::PreviousLogs) {
            if app.destination != Destination::Here {
                return plain(format!("the pods of {} are on another cluster", id.name));
            }
            if estate.workloads(id).is_empty() {
                return plain(format!("no workload says that it belongs to {}", id.name));
            }
        }
        None
    }

    /// Why the rollouts of an app cannot be looked at from the cluster of the app; `context` leads to
    /// the cluster of its objects, where that is another one that is known.
    fn refused_rollouts(&self, app: &App, context: &str, all: &[ObjRef]) -> Option<Refusal> {
        let why = match &app.destination {
            Destination::Here if all.is_empty() => {
                format!("no workload says that it belongs to {}", app.id.name)
            }
            Destination::Here => match all.iter().any(|one| kind_of(&one.gvr).is_some()) {
                true => return None,
                false => format!(
                    "nothing in it rolls out from one revision to the next: {} runs once, or is started by a schedule",
                    all[0]
                ),
            },
            Destination::Server(_) if !context.is_empty() => format!(
                "its workloads are on another cluster, context {context}: {} opens its page, which leads to their rollouts",
                self.key_to(Command::Open)
            ),
            Destination::Server(_) | Destination::Named(_) => {
                format!("its workloads are on another cluster: {}", app.no_context())
            }
        };
        Some(Refusal { why, tone: Tone::Plain })
    }

    /// Why a command cannot be used on the list of apps.
    pub(super) fn refused_by_apps(
        &self,
        command: Command,
        browse: &Browse,
        list: &Apps,
    ) -> Option<Refusal> {
        let plain = |why: String| Some(Refusal { why, tone: Tone::Plain });
        if command == Command::AppTape {
            return self.refused_apps_tape(list.cluster);
        }
        let of_apps = matches!(
            command,
            Command::AppSync
                | Command::AppRefresh
                | Command::AppHardRefresh
                | Command::AppRollback
                | Command::AppRestart
                | Command::AppTerminate
                | Command::AppPause
                | Command::AppRollouts
                | Command::AppHistory
                | Command::AppCompare
        );
        let of_the_object = matches!(
            command,
            Command::Yaml
                | Command::Describe
                | Command::Edit
                | Command::Events
                | Command::Tree
                | Command::Access
                | Command::Label
                | Command::Annotate
                | Command::Act
        );
        let of_a_row = of_apps
            || of_the_object
            || matches!(
                command,
                Command::Open
                    | Command::Delete
                    | Command::Logs
                    | Command::PreviousLogs
                    | Command::Mark
                    | Command::Warp
                    | Command::CopyName
                    | Command::CopyNamespace
            );
        if !of_a_row {
            // What is about objects of other kinds has nothing to do here.
            let about_objects = command.writes()
                || matches!(
                    command,
                    Command::UsedBy
                        | Command::Owner
                        | Command::ShowNode
                        | Command::UseNamespace
                        | Command::ReplicaSets
                        | Command::CallOff
                        | Command::Decode
                        | Command::Manager
                        | Command::Group
                );
            return match about_objects {
                true => plain("this is for objects: Enter shows those of the app".to_owned()),
                false => None,
            };
        }
        let Some(id) = browse.selected().and_then(AppId::of_key) else {
            return plain("nothing is selected".to_owned());
        };
        let app = self.app(list.cluster, &id)?;
        let many = self.marked_apps().is_some_and(|(_, ids, _)| ids.len() > 1);
        if many && command == Command::AppRollouts {
            return None;
        }
        if !many || command.app_verb(app).is_none() {
            let refused = self.refused_by_app(command, list.cluster, &id);
            if refused.is_some() {
                return refused;
            }
        } else if self.readonly() {
            // Of several each is judged by itself when the plan is made.
            return Some(read_only());
        }
        if of_the_object && app.object.is_none() {
            return plain(format!(
                "no single object stands for {}: {} shows what it is made of",
                id.name,
                self.key_to(Command::Open)
            ));
        }
        None
    }
}

fn read_only() -> Refusal {
    let why = "read-only: nothing is changed or entered in this session".to_owned();
    Refusal { why, tone: Tone::Warn }
}
