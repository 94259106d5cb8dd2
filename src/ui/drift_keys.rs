//! What a look at differences from the pane on screen is about, and `:drift`.

use super::Ui;
use super::goto::Destination;
use super::panes::Pane;
use super::panes::browse::What;
use super::panes::drift::{About, DriftPane, Pointed};
use super::usable::Refusal;
use crate::drift::{Depth, Subject};
use crate::model::{ClusterId, Fault, FaultKind, Scope, Text, Tone};

impl Ui {
    /// What is pointed at on the pane on screen.
    fn pointed(&self) -> Option<Pointed> {
        if let Some(Pane::View(view)) = self.pane()
            && let Some(pointed) = view.points_at(self)
        {
            return Some(pointed);
        }
        if let Some(Pane::Browse(browse)) = self.pane() {
            if let What::Apps(_) = &browse.what {
                let (cluster, ids, _) = self.marked_apps()?;
                return match ids.as_slice() {
                    [] => None,
                    [one] => Some(Pointed::app(cluster, one.clone())),
                    several => {
                        let name = format!("{} apps", several.len());
                        let subjects = ids.into_iter().map(Subject::App).collect();
                        Some(Pointed {
                            cluster,
                            about: About::Subjects(subjects),
                            only: None,
                            name,
                        })
                    }
                };
            }
            if let Some((objects, _)) = self.marked_objects() {
                let namespaces = objects
                    .iter()
                    .all(|object| object.gvr.plural == "namespaces" && object.gvr.group.is_empty());
                if namespaces && let Some(first) = objects.first() {
                    let names = objects.iter().map(|object| object.name.clone()).collect();
                    return Some(of_namespaces(first.cluster, names));
                }
                return Pointed::objects(objects);
            }
        }
        Pointed::objects(vec![self.object_on_screen()?])
    }

    /// Why there is nothing to look at from here; None where there is.
    pub(super) fn refused_drift(&self) -> Option<Refusal> {
        match self.pointed() {
            Some(_) => None,
            None => Some(Refusal {
                why: "no app and no object is selected here".to_owned(),
                tone: Tone::Plain,
            }),
        }
    }

    /// Opens what differs from what was deployed, of what is pointed at.
    pub(super) fn open_drift(&mut self) {
        match (self.refused_drift(), self.pointed()) {
            (Some(refusal), _) => self.say(refusal.tone, refusal.why),
            (None, Some(pointed)) => self.open_drift_of(pointed),
            (None, None) => {}
        }
    }

    fn open_drift_of(&mut self, pointed: Pointed) {
        // A rehearsal is a write to webhooks and the audit log.
        let context = self.clusters.get(&pointed.cluster).map_or("", |on| on.context.as_str());
        let depth = match self.config.settings.readonly_in(context) {
            true => Depth::Reads,
            false => Depth::Rehearsals,
        };
        self.push(Pane::View(Box::new(DriftPane::new(pointed, depth))));
    }

    /// `:drift`, `:drift payments`, `:drift shop`, `:drift deploy/api`: the namespaces in use, an app, a
    /// namespace, an object.
    pub(super) fn open_drift_line(&mut self, to: &Destination) -> Result<(), Fault> {
        let input = |why: String| {
            let what = format!(":drift {}", to.words.join(" "));
            Fault::new(FaultKind::Input, what, why)
                .hint(":drift, :drift APP, :drift NAMESPACE, :drift KIND/NAME")
        };
        let Some(cluster) = self.cluster() else { return Ok(()) };
        let id = cluster.id;
        let scope = to.scope.clone().unwrap_or_else(|| cluster.scope.clone());
        let pointed = match to.words.as_slice() {
            [] => match scope {
                Scope::All => of_namespaces(id, vec![Text::new()]),
                Scope::Namespaces(names) => of_namespaces(id, names),
            },
            [word] => match word.split_once('/') {
                Some((kind, name))
                    if crate::model::EngineId::of_word(kind).is_none() && !name.is_empty() =>
                {
                    let found = cluster.catalogue.find(kind);
                    let Some(resource) = found else {
                        return Err(input(format!("the cluster serves no kind called {kind:?}")));
                    };
                    let namespace = match (&scope, resource.namespaced) {
                        (_, false) => Text::new(),
                        (Scope::Namespaces(names), true) if names.len() == 1 => names[0].clone(),
                        _ => {
                            return Err(input(
                                "in which namespace? use one, or -n NAMESPACE".into(),
                            ));
                        }
                    };
                    let object = crate::model::ObjRef {
                        cluster: id,
                        gvr: resource.gvr.clone(),
                        kind: resource.kind.clone(),
                        namespace,
                        name: name.into(),
                        uid: Text::new(),
                    };
                    let Some(pointed) = Pointed::objects(vec![object]) else { return Ok(()) };
                    pointed
                }
                _ => Pointed {
                    cluster: id,
                    about: About::Word(word.clone()),
                    only: None,
                    name: super::panes::page::clean(word),
                },
            },
            _ => return Err(input("too many words".to_owned())),
        };
        self.open_drift_of(pointed);
        Ok(())
    }
}

/// Everything in some namespaces; the empty one is all of them.
fn of_namespaces(cluster: ClusterId, names: Vec<Text>) -> Pointed {
    let name = match names.as_slice() {
        [one] if one.is_empty() => "all namespaces".to_owned(),
        several => several.join(", "),
    };
    let subjects = names.into_iter().map(Subject::Namespace).collect();
    Pointed { cluster, about: About::Subjects(subjects), only: None, name }
}
