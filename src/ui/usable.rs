//! Why a command cannot be used on the pane on screen: one judgement for the footer, the help and
//! the answer to the key.

use super::Ui;
use super::access::Permission;
use super::commands::Command;
use super::panes::Pane;
use super::panes::browse::{Browse, What};
use crate::model::{AccessQuestion, ClusterId, ColumnSource, Facet, Resource, Text, Tone};

/// Why a command cannot be used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One line.
    pub why: String,
    /// How much it matters.
    pub tone: Tone,
}

/// Whether a forward finds pods behind such objects.
fn leads_to_pods(resource: &Resource) -> bool {
    super::panes::logs::has_logs(resource) && resource.gvr.plural != "cronjobs"
}

/// One of Argo Rollouts' own kinds.
fn is_argo(resource: &Resource, plurals: &[&str]) -> bool {
    resource.gvr.group == "argoproj.io" && plurals.contains(&resource.gvr.plural.as_str())
}

impl Ui {
    /// Why `command` has nothing to do on the pane on screen; None where it works.
    pub fn refusal(&self, command: Command) -> Option<Refusal> {
        let plain = |why: String| Some(Refusal { why, tone: Tone::Plain });
        match (command, self.pane()) {
            (Command::Side | Command::SideClose | Command::SideKind, _) => {
                self.side_refusal(command)
            }
            (Command::TourToggle | Command::TourHint, _) => self.tour_refusal(command),
            (Command::Drift, _) => self.refused_drift(),
            (Command::Back, _) if self.side_has_focus() => None,
            (Command::ManagedBy, _) => match self.object_on_screen() {
                Some(_) => None,
                None => plain("no object is selected here".to_owned()),
            },
            (Command::Back, _) if self.panes.len() < 2 => plain(format!(
                "this is the first page; :q or {} quits",
                self.config.keymap.chords(Command::Quit).first().map_or("", String::as_str)
            )),
            (Command::SearchNext | Command::SearchPrevious, Some(Pane::Text(text)))
                if text.needle.is_empty() =>
            {
                plain(format!("nothing to search for: {} first", self.key_to(Command::TextSearch)))
            }
            (_, Some(Pane::Browse(browse))) => self.refused_by_table(command, browse),
            (_, Some(Pane::View(view))) => view.refusal(self, command),
            _ => None,
        }
    }

    /// Whether a command has something to do on the pane on screen.
    pub fn works_here(&self, command: Command) -> bool {
        self.refusal(command).is_none()
    }

    fn refused_by_table(&self, command: Command, browse: &Browse) -> Option<Refusal> {
        if let What::Apps(list) = &browse.what
            && command.sort_titles().is_empty()
            && command.namespace_digit().is_none()
        {
            return self.refused_by_apps(command, browse, list);
        }
        let plain = |why: String| Some(Refusal { why, tone: Tone::Plain });
        let titles = command.sort_titles();
        if let (false, Some(source)) = (titles.is_empty(), self.source(browse)) {
            let schema = source.schema;
            let column = titles.iter().find_map(|title| schema.find(title));
            match column.map(|at| schema.columns[at].source) {
                Some(ColumnSource::Metric(..)) if !browse.usage => {
                    return plain(format!("no live usage of {} is known here", schema.kind));
                }
                Some(_) => return None,
                None => {}
            }
            return plain(format!("{} has no column {}", schema.kind, titles.join(" or ")));
        }
        let about_objects = matches!(
            command,
            Command::Yaml
                | Command::Delete
                | Command::Describe
                | Command::Edit
                | Command::Scale
                | Command::Label
                | Command::Annotate
                | Command::Act
                | Command::Events
                | Command::UsedBy
                | Command::Tree
                | Command::Access
                | Command::Owner
                | Command::Manager
                | Command::Faults
                | Command::Warp
                | Command::CopyNamespace
                | Command::UseNamespace
                | Command::SaveCsv
                | Command::SaveJson
        );
        if let Some(digit @ 1..) = command.namespace_digit() {
            let favourites = self.cluster().map_or(0, |cluster| cluster.favourites.len());
            if usize::from(digit) > favourites {
                return plain(format!("no namespace on {digit} yet: `:ns NAME` puts one there"));
            }
        }
        let about_a_row = command.writes()
            || matches!(
                command,
                Command::Open
                    | Command::Yaml
                    | Command::Describe
                    | Command::Events
                    | Command::UsedBy
                    | Command::Tree
                    | Command::Owner
                    | Command::ShowNode
                    | Command::Logs
                    | Command::PreviousLogs
                    | Command::Mark
                    | Command::Warp
                    | Command::CopyName
                    | Command::CopyNamespace
                    | Command::UseNamespace
                    | Command::ReplicaSets
                    | Command::Rollout
            );
        if about_a_row && browse.selected().is_none() {
            return plain("nothing is selected".to_owned());
        }
        let Some(objects) = browse.objects() else {
            if command == Command::Forward {
                return plain("this is for pods, Services and workloads".to_owned());
            }
            if command == Command::CallOff && browse.what != What::Actions {
                return plain("this is for the list of actions".to_owned());
            }
            return if about_objects {
                plain("these are no objects of the cluster".to_owned())
            } else {
                None
            };
        };
        let namespace = browse.selected().map(|key| &key.namespace);
        self.refused_for_object(
            command,
            objects.cluster,
            &objects.resource,
            objects.facet,
            namespace,
        )
    }

    /// Why a command cannot be used on an object of this kind; `namespace` of the selected one.
    pub(super) fn refused_for_object(
        &self,
        command: Command,
        cluster: ClusterId,
        resource: &Resource,
        facet: Facet,
        namespace: Option<&Text>,
    ) -> Option<Refusal> {
        let plain = |why: String| Some(Refusal { why, tone: Tone::Plain });
        let kind = &resource.kind;
        if command.writes() && self.readonly() {
            let why = "read-only: nothing is changed or entered in this session".to_owned();
            return Some(Refusal { why, tone: Tone::Warn });
        }
        match command {
            Command::Logs | Command::PreviousLogs if !super::panes::logs::has_logs(resource) => {
                plain(format!("no pods are found behind a {kind}"))
            }
            Command::Yaml | Command::Describe if !resource.can("get") => plain(format!(
                "the server lists {} but does not give single ones",
                resource.gvr.plural
            )),
            Command::Delete => self.refused_delete(cluster, resource, facet, namespace),
            Command::CallOff => plain("this is for the list of actions".to_owned()),
            Command::Forward if !leads_to_pods(resource) => {
                plain(format!("no pods are found behind a {kind}"))
            }
            // What reaches into a container starts from it.
            Command::Forward => None,
            Command::Debug if resource.gvr.plural != "pods" || !resource.gvr.group.is_empty() => {
                plain(format!("a debug container joins a pod, not a {kind}"))
            }
            Command::Debug => None,
            Command::Shell | Command::Attach | Command::Transfer if facet == Facet::Containers => {
                None
            }
            Command::Attach | Command::Transfer
                if !resource.gvr.group.is_empty() || resource.gvr.plural != "pods" =>
            {
                plain(format!("this is for pods and containers, not for a {kind}"))
            }
            Command::Shell if !matches!(resource.gvr.plural.as_str(), "pods" | "nodes") => {
                plain(format!("this is for pods, containers and nodes, not for a {kind}"))
            }
            command if command.writes() && facet == Facet::Containers => plain(format!(
                "this is for the pod: {} goes back to it",
                self.key_to(Command::Escape)
            )),
            Command::Scale if !resource.subresources.iter().any(|s| s == "scale") => {
                plain(format!("{kind} has no number of replicas to set"))
            }
            Command::Restart
                if !matches!(
                    resource.gvr.plural.as_str(),
                    "deployments" | "statefulsets" | "daemonsets" | "rollouts"
                ) =>
            {
                plain(format!("{kind} has no rolling restart: its pods are not replaced"))
            }
            Command::SetImage
                if !matches!(
                    resource.gvr.plural.as_str(),
                    "pods"
                        | "deployments"
                        | "statefulsets"
                        | "daemonsets"
                        | "cronjobs"
                        | "replicasets"
                        | "rollouts"
                ) =>
            {
                plain(format!("images of a {kind} cannot be changed"))
            }
            Command::Rollout | Command::Undo
                if crate::rollout::gathered::kind_of(&resource.gvr).is_none() =>
            {
                plain(format!("{kind} does not roll out from one revision to the next"))
            }
            Command::Promote
            | Command::PromoteFull
            | Command::SkipStep
            | Command::Abort
            | Command::Retry
                if !is_argo(resource, &["rollouts"]) =>
            {
                plain(format!("this is for Argo Rollouts, not for a {kind}"))
            }
            Command::Terminate if !is_argo(resource, &["analysisruns", "experiments"]) => {
                plain(format!("this is for AnalysisRuns and Experiments, not for a {kind}"))
            }
            Command::ReplicaSets if resource.gvr.plural != "deployments" => {
                plain(format!("{kind} has no ReplicaSets"))
            }
            Command::Tree if !resource.can("watch") => {
                plain(format!("the server does not serve watch for {}", resource.gvr.plural))
            }
            Command::Owner
            | Command::Manager
            | Command::Tree
            | Command::UsedBy
            | Command::Access
            | Command::Events
                if facet == Facet::Containers =>
            {
                plain(format!("{} goes back to the pod", self.key_to(Command::Escape)))
            }
            Command::Warp | Command::CopyNamespace if !resource.namespaced => {
                plain(format!("{kind} is not in a namespace"))
            }
            _ => None,
        }
    }

    fn refused_delete(
        &self,
        cluster: ClusterId,
        resource: &Resource,
        facet: Facet,
        namespace: Option<&Text>,
    ) -> Option<Refusal> {
        let warn = |why: String| Some(Refusal { why, tone: Tone::Warn });
        if facet == Facet::Containers {
            return warn("a container cannot be deleted: delete its pod".to_owned());
        }
        let plural = &resource.gvr.plural;
        if !resource.can("delete") {
            return warn(format!("the server does not serve delete for {plural}"));
        }
        let namespace = namespace?.clone();
        let question = AccessQuestion {
            cluster,
            verb: "delete",
            gvr: resource.gvr.clone(),
            subresource: Text::new(),
            namespace,
        };
        match self.access.known(&question) {
            Some(Permission::Denied(reason)) => {
                Some(Refusal { why: super::access::refusal(&question, reason), tone: Tone::Bad })
            }
            _ => None,
        }
    }
}
