//! From a row to what belongs to it: children, owners, other objects, its text.

use super::panes::Pane;
use super::panes::browse::{Browse, Objects, What};
use super::panes::describe::DescribePane;
use super::panes::text::{Loading, TextPane};
use super::subs::Sub;
use super::{Effect, Ui};
use crate::model::{Answer, Facet, Fault, FaultKind, Key, Link, ObjRef, Row, Scope, Text, Ticket};
use crate::text::yaml;

/// The version of `object` in the rows of `sub`; 0 when it is gone.
pub fn version_of(sub: &Sub, object: &ObjRef) -> u64 {
    let key = Key { namespace: object.namespace.clone(), name: object.name.clone() };
    sub.table.slot(&key).and_then(|slot| sub.table.row(slot)).map_or(0, |row| row.version)
}

/// The resourceVersion of an object, as rows keep it.
fn resource_version(json: &str) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Object<'a> {
        #[serde(borrow)]
        metadata: Metadata<'a>,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata<'a> {
        resource_version: &'a str,
    }
    serde_json::from_str::<Object<'_>>(json).ok()?.metadata.resource_version.parse().ok()
}

impl Ui {
    /// The whole reference of a row of the pane on screen.
    pub(super) fn reference(objects: &Objects, row: &Row) -> ObjRef {
        ObjRef {
            cluster: objects.cluster,
            gvr: objects.resource.gvr.clone(),
            kind: objects.resource.kind.clone(),
            namespace: row.key.namespace.clone(),
            name: row.key.name.clone(),
            uid: row.uid_text(),
        }
    }

    /// Enter on a row of objects.
    pub(super) fn drill(&mut self, objects: &Objects, row: &Row, effects: &mut Vec<Effect>) {
        if objects.facet == Facet::Containers {
            self.open_logs(false, effects);
            return;
        }
        let of: Text = format!("{}/{}", objects.resource.kind, row.key.name).into();
        if objects.resource.gvr.group.is_empty() && objects.resource.gvr.plural == "pods" {
            let pod = Self::reference(objects, row);
            self.open_containers(&pod, objects.resource.clone());
            return;
        }
        let Some(Link::Children { plural, namespace, labels, fields, owner }) =
            Browse::children(row)
        else {
            self.open_description(objects, row);
            return;
        };
        let cluster = self.clusters.get(&objects.cluster);
        let Some(resource) = cluster.and_then(|c| c.catalogue.find(plural)).cloned() else {
            let fault = Fault::new(
                FaultKind::NotFound,
                format!("open {of}"),
                format!("the cluster does not serve {plural}"),
            )
            .hint("<y> shows it as YAML");
            self.fault(&fault);
            return;
        };
        let scope = if namespace.is_empty() {
            Scope::All
        } else {
            Scope::Namespaces(vec![namespace.clone()])
        };
        let what = What::Objects(Box::new(Objects {
            cluster: objects.cluster,
            resource,
            scope,
            labels: labels.clone(),
            fields: fields.clone(),
            facet: Facet::Row,
            owner: owner.clone(),
            of,
        }));
        self.push(Pane::Browse(Box::new(Browse::new(what))));
    }

    /// Goes to one named object: its kind's table, with it selected.
    pub(super) fn go_to_object(
        &mut self,
        group: &str,
        kind: &str,
        namespace: &Text,
        name: &Text,
        from: Text,
    ) {
        let Some(cluster) = self.cluster() else { return };
        let Some(resource) = cluster.catalogue.by_kind(group, kind).cloned() else {
            let fault = Fault::new(
                FaultKind::NotFound,
                format!("go to {kind}/{name}"),
                format!("the cluster serves no kind {kind} in group {group:?}"),
            );
            self.fault(&fault);
            return;
        };
        let scope = if resource.namespaced && !namespace.is_empty() {
            Scope::Namespaces(vec![namespace.clone()])
        } else {
            Scope::All
        };
        let namespace = if resource.namespaced { namespace.clone() } else { Text::new() };
        let what = What::Objects(Box::new(Objects {
            cluster: self.here,
            resource,
            scope,
            labels: Text::new(),
            fields: format!("metadata.name={name}").into(),
            facet: Facet::Row,
            owner: Text::new(),
            of: from,
        }));
        let mut browse = Browse::new(what);
        browse.select(Key { namespace, name: name.clone() });
        self.push(Pane::Browse(Box::new(browse)));
    }

    /// Describes a row; a container has no description of its own: its pod has.
    pub(super) fn open_description(&mut self, objects: &Objects, row: &Row) {
        let object = Self::whole_object(objects, row);
        self.push(Pane::View(Box::new(DescribePane::new(object))));
    }

    /// The object of a row; of a container its pod.
    fn whole_object(objects: &Objects, row: &Row) -> ObjRef {
        let mut object = Self::reference(objects, row);
        if objects.facet == Facet::Containers {
            let name = objects.fields.trim_start_matches("metadata.name=");
            object.name = name.into();
            object.uid = Text::new();
        }
        object
    }

    /// Opens the YAML of an object, with a subscription that tells of its changes.
    pub(super) fn open_yaml_of(&mut self, object: ObjRef, effects: &mut Vec<Effect>) {
        let sub = self.watch_of(&object, effects);
        let ticket = self.ticket();
        effects.push(Effect::Get { ticket, object: object.clone() });
        self.push(Pane::Text(Box::new(TextPane::new(object, Some(sub), ticket))));
    }

    /// Opens the YAML of a row.
    pub(super) fn open_yaml(&mut self, objects: &Objects, row: &Row, effects: &mut Vec<Effect>) {
        // A container has no YAML of its own: its pod has.
        let object = Self::whole_object(objects, row);
        let sub = match self.pane() {
            Some(Pane::Browse(browse)) => browse.sub,
            _ => None,
        };
        let ticket = self.ticket();
        effects.push(Effect::Get { ticket, object: object.clone() });
        self.push(Pane::Text(Box::new(TextPane::new(object, sub, ticket))));
    }

    /// Fetches the text on screen anew.
    pub(super) fn reload_text(&mut self, effects: &mut Vec<Effect>) {
        let ticket = self.ticket();
        if let Some(Pane::Text(text)) = self.pane_mut() {
            text.loading = Loading::Pending(ticket);
            effects.push(Effect::Get { ticket, object: text.object.clone() });
        }
    }

    pub(super) fn fill_text(&mut self, ticket: Ticket, answer: Result<Answer, Fault>) {
        let waiting = self.panes.iter_mut().find_map(|pane| match pane {
            Pane::Text(text) if text.loading == Loading::Pending(ticket) => Some(text),
            _ => None,
        });
        let waiting = match waiting {
            Some(text) => Some(&mut **text),
            None => self.side_text(ticket),
        };
        let Some(text) = waiting else { return };
        let options = yaml::Options { managed_fields: text.managed_fields, ..yaml::Options::VIEW };
        let rendered = match answer {
            Ok(Answer::Object(json)) => {
                text.version = resource_version(&json).unwrap_or(0);
                yaml::from_json(&json, options).map_err(|why| {
                    let what = format!("show {} as YAML", text.object);
                    Fault::new(FaultKind::Other, what, why.to_string())
                })
            }
            Ok(Answer::Access(..)) => return,
            Err(fault) => Err(fault),
        };
        match rendered {
            Ok(yaml) => text.fill(yaml),
            Err(fault) => text.loading = Loading::Failed(fault),
        }
    }

    /// Whether the object shown as text is not as it was when it was fetched.
    pub fn text_is_outdated(&self, text: &TextPane) -> bool {
        let held = text.sub.and_then(|sub| self.subs.get(sub));
        text.version != 0
            && text.loading == Loading::Ready
            && held.is_some_and(|sub| {
                sub.complete
                    && sub.need.facet == Facet::Row
                    && version_of(sub, &text.object) != text.version
            })
    }
}
