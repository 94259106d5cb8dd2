//! What keys do to one object, in whichever pane it is selected.

use super::commands::{Command, Context};
use super::panes::Pane;
use super::panes::access::About;
use super::panes::browse::{Browse, Objects, What};
use super::panes::describe::DescribePane;
use super::panes::events::EventsPane;
use super::panes::rollout::RolloutPane;
use super::panes::secret::SecretPane;
use super::panes::tree::TreePane;
use super::panes::used_by::UsedBy;
use super::{Effect, Ui};
use crate::model::{Facet, LogContainers, LogTarget, ObjRef, Resource, Scope, Text, Tone};
use crate::verbs::copy::Copy;
use crate::verbs::forward::Forward;
use crate::verbs::shell::{Shell, Way};

/// Where keys are looked up for an object of this kind before those of all objects, innermost first.
pub fn contexts_of(group: &str, kind: &str) -> &'static [Context] {
    match (group, kind) {
        ("", "Pod") => &[Context::Pods],
        ("", "Node") => &[Context::Nodes],
        ("", "Namespace") => &[Context::Namespaces],
        ("", "Service") => &[Context::Services],
        ("", "Secret" | "ConfigMap") => &[Context::Secrets],
        ("", "PersistentVolumeClaim") => &[Context::Claims],
        ("", "ServiceAccount") => &[Context::Subjects],
        ("rbac.authorization.k8s.io", _) => &[Context::Subjects],
        ("" | "events.k8s.io", "Event") => &[Context::Events],
        ("batch", "CronJob") => &[Context::CronJobs, Context::Workloads],
        ("batch", "Job") => &[Context::Jobs, Context::Workloads],
        ("apps" | "batch", _) => &[Context::Workloads],
        ("argoproj.io", "Rollout") => &[Context::ArgoRollouts, Context::Workloads],
        ("argoproj.io", "AnalysisRun" | "Experiment") => &[Context::Analyses],
        _ => &[],
    }
}

/// Commands that something can be done with for one object outside of a table.
pub fn is_of_one_object(command: Command) -> bool {
    command.writes()
        || matches!(
            command,
            Command::Open
                | Command::TreeOpen
                | Command::Describe
                | Command::TreeDescribe
                | Command::Yaml
                | Command::TreeYaml
                | Command::Logs
                | Command::PreviousLogs
                | Command::Events
                | Command::UsedBy
                | Command::Tree
                | Command::Access
                | Command::Decode
                | Command::Rollout
                | Command::CopyName
                | Command::CopyNamespace
        )
}

impl Ui {
    /// Carries out a command of tables on one object that is selected somewhere else than in a table.
    /// False for commands that are about tables.
    pub(super) fn object_command(
        &mut self,
        command: Command,
        object: &ObjRef,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(cluster) = self.clusters.get(&object.cluster) else { return true };
        let Some(resource) = cluster.catalogue.get(&object.gvr).cloned() else { return true };
        self.here = object.cluster;
        let is_pod = object.gvr.group.is_empty() && object.gvr.plural == "pods";
        match command {
            Command::Open if is_pod => self.open_containers(object, resource),
            Command::Open => {
                let ObjRef { gvr, kind, namespace, name, .. } = object;
                let from = Text::from(object.to_string());
                self.go_to_object(&gvr.group, kind, namespace, name, from);
            }
            Command::Describe => {
                self.push(Pane::View(Box::new(DescribePane::new(object.clone()))));
            }
            Command::Yaml => self.open_yaml_of(object.clone(), effects),
            Command::Logs | Command::PreviousLogs => {
                let targets = vec![LogTarget::Object(object.clone())];
                let previous = command == Command::PreviousLogs;
                let name = object.to_string();
                let containers = LogContainers::Default;
                self.open_lines(object.cluster, targets, containers, previous, name, effects);
            }
            Command::Forward => {
                let draft = Forward::new(object.clone());
                self.open_plan(object.cluster, Box::new(draft), None);
            }
            Command::Transfer => {
                let draft = Copy::new(object.clone(), Text::new());
                self.open_plan(object.cluster, Box::new(draft), None);
            }
            Command::Shell | Command::Attach if is_pod => {
                let way = if command == Command::Attach { Way::Attach } else { Way::Exec };
                let draft = Shell::new(object.clone(), Text::new(), way);
                let shells: Vec<String> = self.history.shells.clone();
                let draft = draft.remembering(shells.iter().map(String::as_str));
                self.open_plan(object.cluster, Box::new(draft), None);
            }
            Command::CopyName => effects.push(Effect::Copy(object.name.to_string())),
            Command::CopyNamespace => effects.push(Effect::Copy(object.namespace.to_string())),
            _ => {
                return self.look_at_object(command, object, &resource, effects)
                    || self.plan_verb_on(command, vec![object.clone()], 0);
            }
        }
        true
    }

    /// Opens what another pane shows about an object. False for other commands.
    pub(super) fn look_at_object(
        &mut self,
        command: Command,
        object: &ObjRef,
        resource: &Resource,
        effects: &mut Vec<Effect>,
    ) -> bool {
        match command {
            Command::Edit => self.edit(object.clone(), "", effects),
            Command::Tree => {
                let pane = TreePane::of_object(object, resource.clone());
                self.push(Pane::View(Box::new(pane)));
            }
            Command::Rollout => {
                if let Some(pane) = RolloutPane::new(object.clone()) {
                    self.push(Pane::View(Box::new(pane)));
                }
            }
            Command::UsedBy => self.push(Pane::View(Box::new(UsedBy::new(object)))),
            Command::Events => {
                let catalogue = self.clusters.get(&object.cluster).map(|on| &on.catalogue);
                match catalogue.and_then(|all| EventsPane::of_object(all, object)) {
                    Some(pane) => self.push(Pane::View(Box::new(pane))),
                    None => self.say(Tone::Plain, "the cluster serves no events"),
                }
            }
            Command::Access => {
                self.open_access(object.cluster, About::object(object, resource));
            }
            Command::Decode => {
                let pane = SecretPane::open(self, object.clone(), effects);
                self.push(Pane::View(Box::new(pane)));
            }
            _ => return false,
        }
        true
    }

    /// Opens the containers of a pod.
    pub(super) fn open_containers(&mut self, pod: &ObjRef, resource: Resource) {
        let containers = Objects {
            cluster: pod.cluster,
            resource,
            scope: Scope::Namespaces(vec![pod.namespace.clone()]),
            labels: Text::new(),
            fields: format!("metadata.name={}", pod.name).into(),
            facet: Facet::Containers,
            owner: Text::new(),
            of: pod.to_string().into(),
        };
        let what = What::Objects(Box::new(containers));
        self.push(Pane::Browse(Box::new(Browse::new(what))));
    }
}
