//! The way from a table to logs.

use super::LogsPane;
use crate::model::{
    ClusterId, Facet, LogContainers, LogSince, LogSpec, LogTarget, ObjRef, Resource, Text, Tone,
};
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
        self.push(Pane::View(Box::new(pane)));
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
