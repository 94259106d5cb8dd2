//! What the plans about an Application stand on: the object itself, its project, what owns it. Read
//! before a plan is made, and judged by [`super::guards`].

use super::{GROUP, app};
use crate::apps::{App, Estate};
use crate::kinds::app_facet::{Cells, argo};
use crate::model::{AppId, EngineId, Fault, FaultKind, Gvr, ObjRef, Read, Text};
use crate::text::sanitise;
use serde_json::Value;

/// What is read beside the Application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The Application itself; always the first.
    Application,
    /// Its AppProject: windows, permissions.
    Project,
    /// Parameters of argocd-server.
    Parameters,
    /// The definition of Applications: which fields this version of Argo CD knows.
    Definition,
    /// The ApplicationSet that made it.
    Set,
}

/// What is known of an Application before something is done to it.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    /// The Application, alone.
    pub(super) targets: Vec<ObjRef>,
    /// Namespace of the control plane, as far as it is known.
    pub(super) control: Text,
    /// Unix seconds.
    pub(super) now: i64,
    reads: Vec<(About, Read)>,
    answers: Vec<Option<Result<Value, Fault>>>,
    /// The Application that manages this one, and whether it heals what is changed.
    pub(super) parent: Option<(AppId, bool)>,
}

impl Ground {
    /// Looks at the Application of `app`, and at these things around it.
    ///
    /// # Errors
    /// There is no such object.
    pub(super) fn new(
        app: &App,
        estate: &Estate,
        about: &[About],
        now: i64,
    ) -> Result<Self, Fault> {
        let Some(target) = app.object.clone() else {
            let why = "its Application is not known";
            return Err(Fault::new(FaultKind::NotFound, app.id.to_string(), why));
        };
        let row = |namespace: &str, name: &str| {
            estate.other("applications", namespace, name).map(|member| member.row)
        };
        let own = row(&target.namespace, &target.name);
        let control = own.map_or_else(|| target.namespace.clone(), app::control);
        let parent = app.parent.clone().filter(|parent| parent.engine == EngineId::ArgoCd);
        let parent = parent.map(|parent| {
            let heals = row(&parent.namespace, &parent.name).is_some_and(|row| {
                let cells = Cells::of(row);
                let on = cells.has(argo::AUTOMATED) && !cells.has(argo::DISABLED);
                on && cells.has(argo::SELF_HEAL) && !cells.has(argo::SKIPPED)
            });
            (parent, heals)
        });
        let set = app.parent.as_ref().filter(|parent| parent.engine == EngineId::ApplicationSet);
        let mut reads = vec![(About::Application, crate::verbs::get(&target))];
        for what in about {
            let path = match what {
                About::Application => continue,
                About::Project => object_path(&target, "appprojects", &control, &app.project),
                About::Parameters => {
                    let maps = Gvr::new("", "v1", "configmaps");
                    maps.object_path(&control, "argocd-cmd-params-cm")
                }
                About::Definition => {
                    let definitions =
                        Gvr::new("apiextensions.k8s.io", "v1", "customresourcedefinitions");
                    definitions.object_path("", "applications.argoproj.io")
                }
                About::Set => match set {
                    Some(set) => {
                        object_path(&target, "applicationsets", &target.namespace, &set.name)
                    }
                    None => continue,
                },
            };
            let words = match what {
                About::Application => "Application".to_owned(),
                About::Project => format!("AppProject/{}", app.project),
                About::Parameters => "the parameters of argocd-server".to_owned(),
                About::Definition => "the definition of Applications".to_owned(),
                About::Set => {
                    set.map(|set| format!("ApplicationSet/{}", set.name)).unwrap_or_default()
                }
            };
            reads.push((*what, Read { what: format!("get {words}"), path }));
        }
        let answers = vec![None; reads.len()];
        Ok(Self { targets: vec![target], control, now, reads, answers, parent })
    }

    /// The Application.
    pub(super) fn target(&self) -> &ObjRef {
        &self.targets[0]
    }

    /// What is read, in the order in which [`Ground::learn`] wants the answers.
    pub(super) fn reads(&self) -> Vec<Read> {
        self.reads.iter().map(|(_, read)| read.clone()).collect()
    }

    /// The answer to one of them.
    pub(super) fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        if let Some(place) = self.answers.get_mut(number) {
            *place = Some(answer.map(crate::verbs::parsed).map_err(Clone::clone));
        }
    }

    /// What came of a read; None where it was not asked, or is not answered yet.
    pub(super) fn answer(&self, about: About) -> Option<Result<&Value, &Fault>> {
        let at = self.reads.iter().position(|(what, _)| *what == about)?;
        self.answers.get(at)?.as_ref().map(Result::as_ref)
    }

    /// The Application as it is.
    ///
    /// # Errors
    /// It could not be read, or another one has its name now.
    pub(super) fn object(&self) -> Result<&Value, Fault> {
        match self.answer(About::Application) {
            Some(Ok(object)) => {
                let uid = object["metadata"]["uid"].as_str().unwrap_or("");
                let seen = self.target().uid.as_str();
                if !uid.is_empty() && !seen.is_empty() && !same_uid(uid, seen) {
                    let why = "another Application has this name now";
                    return Err(Fault::new(FaultKind::Conflict, self.target().to_string(), why)
                        .hint("look at it, then try again"));
                }
                Ok(object)
            }
            Some(Err(fault)) => Err(fault.clone()),
            None => {
                let why = "it has not been read yet";
                Err(Fault::new(FaultKind::Other, self.target().to_string(), why))
            }
        }
    }

    /// A refusal of ours.
    pub(super) fn refuse(&self, why: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Refused, self.target().to_string(), why)
    }
}

fn same_uid(a: &str, b: &str) -> bool {
    let digits = |uid: &str| uid.chars().filter(|c| *c != '-').collect::<String>();
    digits(a).eq_ignore_ascii_case(&digits(b))
}

fn object_path(beside: &ObjRef, plural: &str, namespace: &str, name: &str) -> String {
    Gvr::new(GROUP, beside.gvr.version.clone(), plural).object_path(namespace, name)
}

/// A text of an object, made safe to show; empty where there is none.
pub(super) fn said(value: &Value) -> String {
    sanitise::clean(value.as_str().unwrap_or_default()).into_owned()
}

/// The elements of a list; none where it is none.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Automated sync is on: `automated` is there and not disabled (`IsAutomatedSyncEnabled`).
pub(super) fn is_automated(object: &Value) -> bool {
    let automated = &object["spec"]["syncPolicy"]["automated"];
    automated.is_object() && automated["enabled"] != false
}

/// Its sources, whether it has one or several; those that a hydrator writes to where it has one.
pub(super) fn sources(object: &Value) -> Vec<&Value> {
    let spec = &object["spec"];
    match list(&spec["sources"]) {
        [] if spec["source"].is_object() => vec![&spec["source"]],
        [] if spec["sourceHydrator"].is_object() => vec![&spec["sourceHydrator"]["syncSource"]],
        several => several.iter().collect(),
    }
}

/// A revision or those of several sources, as short as people write them.
pub(super) fn revisions(of: &Value) -> String {
    let several: Vec<String> =
        list(&of["revisions"]).iter().map(|one| app::short(&said(one)).to_owned()).collect();
    if several.is_empty() {
        app::short(&said(&of["revision"])).to_owned()
    } else {
        several.join(",")
    }
}

/// `41c77f9 main`… what a source is wanted at: HEAD where it says nothing.
pub(super) fn wanted(source: &Value) -> String {
    let told = said(&source["targetRevision"]);
    let told = if told.is_empty() { said(&source["targetBranch"]) } else { told };
    if told.is_empty() { "HEAD".to_owned() } else { told }
}
