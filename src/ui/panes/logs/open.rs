//! The way from a table to logs.

use super::LogsPane;
use crate::model::{
    ClusterId, Facet, Fault, FaultKind, LogContainers, LogSince, LogSpec, LogTarget, ObjRef,
    Resource, Scope, Text, Tone,
};
use crate::ui::goto::Destination;
use crate::ui::panes::Pane;
use crate::ui::panes::browse::Objects;
use crate::ui::{Effect, Ui};

/// Whether pods are found behind such objects.
pub fn has_logs(resource: &Resource) -> bool {
    match (resource.gvr.group.as_str(), resource.gvr.plural.as_str()) {
        ("", plural) => matches!(plural, "pods" | "services" | "replicationcontrollers"),
        ("apps", plural) => plural != "controllerrevisions",
        ("batch", _) => true,
        // What can be scaled has a selector.
        _ => resource.subresources.iter().any(|sub| sub == "scale"),
    }
}

impl Ui {
    /// Logs of the marked rows, or of the selected one.
    pub(in crate::ui) fn open_logs(&mut self, previous: bool, effects: &mut Vec<Effect>) {
        let Some(Pane::Browse(browse)) = self.pane() else { return };
        let (Some(objects), Some(source)) = (browse.objects().cloned(), self.source(browse)) else {
            return;
        };
        if !has_logs(&objects.resource) {
            let line = format!("no pods are found behind a {}", objects.resource.kind);
            return self.say(Tone::Plain, line);
        }
        let rows: Vec<_> = browse.targets(source).into_iter().cloned().collect();
        let (targets, containers, name) = if objects.facet == Facet::Containers {
            let Some(row) = browse.selected_row(source) else { return };
            let pod = pod_of(&objects, &row.key.namespace);
            let name = format!("{} {}", pod, row.key.name);
            (vec![LogTarget::Object(pod)], LogContainers::Named(row.key.name.clone()), name)
        } else {
            let all: Vec<ObjRef> = rows.iter().map(|row| Self::reference(&objects, row)).collect();
            let name = match all.as_slice() {
                [] => return,
                [one] => one.to_string(),
                several => format!("{} {}", several.len(), objects.resource.gvr.plural),
            };
            let targets = all.into_iter().map(LogTarget::Object).collect();
            (targets, LogContainers::Default, name)
        };
        self.open_lines(objects.cluster, targets, containers, previous, name, effects);
    }

    /// `:logs deploy/api`, `:logs app=web -A`: lines of what was named, or of pods with labels.
    pub(in crate::ui) fn open_logs_of(
        &mut self,
        to: &Destination,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let input = |why: String| Fault::new(FaultKind::Input, ":logs", why);
        let Some(cluster) = self.cluster() else {
            return Err(input("not connected to a cluster".into()));
        };
        let scope = to.scope.clone().unwrap_or_else(|| cluster.scope.clone());
        let id = cluster.id;
        if !to.labels.is_empty() {
            let labels = Text::from(to.labels.as_str());
            let selector = |namespace| LogTarget::Selector { namespace, labels: labels.clone() };
            let targets = match scope {
                Scope::All => vec![selector(Text::new())],
                Scope::Namespaces(names) => names.into_iter().map(selector).collect(),
            };
            let name = format!("pods with {labels}");
            self.open_lines(id, targets, LogContainers::Default, false, name, effects);
            return Ok(());
        }
        let mut objects = Vec::new();
        for word in &to.words {
            let (kind, name) = word.split_once('/').unwrap_or(("pods", word));
            let Some(resource) = cluster.catalogue.find(kind) else {
                return Err(input(format!("the cluster serves no kind called {kind:?}")));
            };
            if !has_logs(resource) {
                return Err(input(format!("no pods are found behind a {}", resource.kind)));
            }
            let Scope::Namespaces(names) = &scope else {
                return Err(input(format!("{word} in which namespace?"))
                    .hint(format!(":logs {word} -n NAMESPACE")));
            };
            let [namespace] = names.as_slice() else {
                return Err(input(format!("{word} in which of the namespaces?"))
                    .hint(format!(":logs {word} -n NAMESPACE")));
            };
            objects.push(ObjRef {
                cluster: id,
                gvr: resource.gvr.clone(),
                kind: resource.kind.clone(),
                namespace: namespace.clone(),
                name: name.into(),
                uid: Text::new(),
            });
        }
        let name = match objects.as_slice() {
            [] => {
                return Err(
                    input("whose?".into()).hint(":logs deploy/api, or labels: :logs app=web")
                );
            }
            [one] => one.to_string(),
            several => format!("{} objects", several.len()),
        };
        let targets = objects.into_iter().map(LogTarget::Object).collect();
        self.open_lines(id, targets, LogContainers::Default, false, name, effects);
        Ok(())
    }

    /// Opens the lines of these targets, under a name for the way here.
    pub fn open_lines(
        &mut self,
        cluster: ClusterId,
        targets: Vec<LogTarget>,
        containers: LogContainers,
        previous: bool,
        name: String,
        effects: &mut Vec<Effect>,
    ) {
        let pane = self.logs_pane(cluster, targets, containers, previous, name, effects);
        self.push(Pane::View(Box::new(pane)));
    }

    /// Logs of one object, or of one container of a pod, to be shown beside it.
    pub(in crate::ui) fn logs_beside(
        &mut self,
        object: ObjRef,
        container: Option<Text>,
        effects: &mut Vec<Effect>,
    ) -> LogsPane {
        let cluster = object.cluster;
        let (containers, name) = match container {
            None => (LogContainers::Default, object.to_string()),
            Some(container) => {
                let name = format!("{object} {container}");
                (LogContainers::Named(container), name)
            }
        };
        self.logs_pane(cluster, vec![LogTarget::Object(object)], containers, false, name, effects)
    }

    fn logs_pane(
        &mut self,
        cluster: ClusterId,
        targets: Vec<LogTarget>,
        containers: LogContainers,
        previous: bool,
        name: String,
        effects: &mut Vec<Effect>,
    ) -> LogsPane {
        let settings = &self.config.settings.logs;
        let spec = LogSpec {
            cluster,
            targets,
            containers,
            since: LogSince::Tail(settings.tail),
            previous,
            follow: !previous,
        };
        let capacity = usize::try_from(settings.buffer).unwrap_or(usize::MAX);
        let mut pane = LogsPane::new(spec, name, capacity);
        pane.reopen(self, effects);
        pane
    }
}

/// The pod whose containers a table shows.
fn pod_of(objects: &Objects, namespace: &Text) -> ObjRef {
    ObjRef {
        cluster: objects.cluster,
        gvr: objects.resource.gvr.clone(),
        kind: objects.resource.kind.clone(),
        namespace: namespace.clone(),
        name: objects.fields.trim_start_matches("metadata.name=").into(),
        uid: Text::new(),
    }
}
