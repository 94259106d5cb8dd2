//! What a person points at, turned into comparisons: an app, an object with the app it belongs to, a
//! namespace with everything in it. Says what it must read for that, and judges what came.

use super::job::{Depth, Job, Only, Origin};
use super::noise::Rules;
use super::sources::{self, Ground, Own};
use crate::apps::family::of_object;
use crate::apps::{self, App, Destination, Estate};
use crate::kinds::provenance::Provenance;
use crate::model::{AppId, Catalogue, ClusterId, EngineId, Fault, FaultKind, ObjRef, Read, Text};
use crate::relations::ObjectId;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most owners above each other: beyond that they own each other.
const HIGHEST: usize = 16;

/// What a person points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An app.
    App(AppId),
    /// An object. What an owner made is as its owner made it: the one on top is compared.
    Object(ObjRef),
    /// Everything in a namespace; in all of them where it is empty.
    Namespace(Text),
}

/// The way to other clusters, as the session knows it.
pub type Elsewhere<'a> = &'a dyn Fn(&Destination) -> Option<(ClusterId, Catalogue)>;

/// What a survey looks at beside its answers.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The apps of the cluster. They have to be complete: what is not there is in no app.
    pub estate: &'a Estate,
    /// The way to other clusters.
    pub elsewhere: Elsewhere<'a>,
    /// Unix seconds.
    pub now: i64,
}

/// What a survey found to compare.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A comparison to be made.
    Compare(Box<Job>),
    /// Something that cannot be compared: which app or object, in words, and why.
    Cannot(Text, EngineId, Fault),
}

/// On the way from a subject to comparisons.
#[derive(Debug)]
pub struct Survey {
    cluster: ClusterId,
    depth: Depth,
    rules: Arc<Rules>,
    open: BTreeMap<u32, Open>,
    /// What was not asked yet.
    todo: Vec<(u32, Read)>,
    last: u32,
    pieces: Vec<Piece>,
}

/// What is being read.
#[derive(Debug)]
enum Open {
    /// One of the reads for an app's page.
    Page(AppId, usize),
    /// An object, on the way up its owners.
    Climb(Climb),
    /// The answers to the page of an app that are there already.
    Answers(AppId, Only, Vec<Option<Result<Value, Fault>>>),
}

#[derive(Clone, Debug)]
struct Climb {
    way: Vec<ObjRef>,
}

impl Survey {
    /// Begins one.
    pub fn new(subject: &Subject, depth: Depth, rules: Arc<Rules>, around: Around<'_>) -> Self {
        let estate = around.estate;
        let mut survey = Self {
            cluster: estate.cluster(),
            depth,
            rules,
            open: BTreeMap::new(),
            todo: Vec::new(),
            last: 0,
            pieces: Vec::new(),
        };
        match subject {
            Subject::App(id) => survey.begin_app(id, Only::All, estate),
            Subject::Object(object) => survey.begin_object(object, estate),
            Subject::Namespace(namespace) => survey.begin_namespace(namespace, estate),
        }
        // Some apps need nothing read for their page.
        survey.finish(around);
        survey
    }

    /// What has to be read next, with a number for each answer.
    pub fn reads(&mut self) -> Vec<(u32, Read)> {
        std::mem::take(&mut self.todo)
    }

    /// Takes in an answer.
    pub fn answer(&mut self, number: u32, answer: Result<Value, Fault>, around: Around<'_>) {
        match self.open.remove(&number) {
            Some(Open::Page(app, at)) => self.take_page(&app, at, answer),
            Some(Open::Climb(climb)) => self.climb(climb, answer, around.estate),
            Some(Open::Answers(..)) | None => {}
        }
        self.finish(around);
    }

    /// What was found to compare since this was asked last.
    pub fn pieces(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.pieces)
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.open.is_empty() && self.todo.is_empty()
    }

    fn number(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    fn begin_app(&mut self, id: &AppId, only: Only, estate: &Estate) {
        let (Some(app), Some(engine)) = (estate.app(id), apps::engine(id.engine)) else {
            let why = "there is no such app here";
            let fault = Fault::new(FaultKind::NotFound, format!("compare {id}"), why);
            return self.pieces.push(Piece::Cannot(id.name.clone(), id.engine, fault));
        };
        let reads = engine.page_reads(app, estate);
        // What a record holds is taken apart where comparisons are made, not where keys are waited for.
        if id.engine == EngineId::Helm && !reads.is_empty() {
            let origin = Origin::Unread(Box::new(app.clone()), reads);
            return self.compare(origin, only, self.cluster, estate.catalogue().clone());
        }
        let answers = reads.iter().map(|_| None).collect();
        for (at, read) in reads.into_iter().enumerate() {
            let number = self.number();
            self.open.insert(number, Open::Page(id.clone(), at));
            self.todo.push((number, read));
        }
        let number = self.number();
        self.open.insert(number, Open::Answers(id.clone(), only, answers));
    }

    fn begin_object(&mut self, object: &ObjRef, estate: &Estate) {
        // The object of an app stands for the app.
        if let Some(app) = of_object(&id_of(object)).filter(|app| estate.app(app).is_some()) {
            return self.begin_app(&app, Only::All, estate);
        }
        self.ask_up(Climb { way: vec![object.clone()] });
    }

    fn begin_namespace(&mut self, namespace: &Text, estate: &Estate) {
        let here = |app: &&App| {
            namespace.is_empty()
                || app.target == *namespace
                || app.id.namespace == *namespace
                || estate.workloads(&app.id).iter().any(|one| one.namespace == *namespace)
        };
        let apps: BTreeSet<AppId> = estate
            .apps()
            .filter(|app| app.folded_into.is_none())
            .filter(here)
            .map(|app| app.id.clone())
            .collect();
        for app in &apps {
            // What people applied is found by itself, with what has no workload.
            if matches!(app.engine, EngineId::Kubectl | EngineId::None) {
                continue;
            }
            let only = match namespace.as_str() {
                "" => Only::All,
                _ => Only::Namespace(namespace.clone()),
            };
            self.begin_app(app, only, estate);
        }
        let compared = apps
            .into_iter()
            .filter(|app| !matches!(app.engine, EngineId::Kubectl | EngineId::None))
            .collect();
        let origin = Origin::Applied(namespace.clone(), compared);
        self.compare(origin, Only::All, self.cluster, estate.catalogue().clone());
    }

    fn ask_up(&mut self, climb: Climb) {
        let Some(object) = climb.way.last() else { return };
        let read = crate::verbs::get(object);
        let number = self.number();
        self.open.insert(number, Open::Climb(climb));
        self.todo.push((number, read));
    }

    fn climb(&mut self, mut climb: Climb, answer: Result<Value, Fault>, estate: &Estate) {
        let Some(object) = climb.way.last().cloned() else { return };
        let json = match answer {
            Ok(json) => json,
            // The one below is as far as one can look.
            Err(_) if climb.way.len() > 1 => {
                climb.way.pop();
                let Some(below) = climb.way.last() else { return };
                return self.compare_object(&id_of(below), estate);
            }
            Err(fault) => {
                let name = object.to_string().into();
                return self.pieces.push(Piece::Cannot(name, EngineId::None, fault));
            }
        };
        let said = Provenance::of_object(&json);
        let above = said.owner.as_ref().and_then(|owner| {
            let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
            let resource = estate.catalogue().by_kind(group, &owner.kind)?;
            let known = climb.way.len() >= HIGHEST
                || climb.way.iter().any(|one| one.gvr == resource.gvr && one.name == owner.name);
            (!known).then(|| ObjRef {
                cluster: object.cluster,
                gvr: resource.gvr.clone(),
                kind: resource.kind.clone(),
                namespace: match resource.namespaced {
                    true => object.namespace.clone(),
                    false => Text::new(),
                },
                name: owner.name.clone(),
                uid: Text::new(),
            })
        });
        if let Some(above) = above {
            climb.way.push(above);
            return self.ask_up(climb);
        }
        let id = id_of(&object);
        let app = said.first().and_then(|claim| estate.find(&claim.app));
        match app.filter(|app| !matches!(app.id.engine, EngineId::Kubectl | EngineId::None)) {
            Some(app) => {
                let app = app.id.clone();
                self.begin_app(&app, Only::These(BTreeSet::from([id])), estate);
            }
            None => self.compare_object(&id, estate),
        }
    }

    fn compare_object(&mut self, id: &ObjectId, estate: &Estate) {
        let origin = Origin::Objects(vec![id.clone()]);
        self.compare(origin, Only::All, self.cluster, estate.catalogue().clone());
    }

    fn take_page(&mut self, app: &AppId, at: usize, answer: Result<Value, Fault>) {
        let place = self.open.values_mut().find_map(|open| match open {
            Open::Answers(of, _, answers) if of == app => answers.get_mut(at),
            _ => None,
        });
        if let Some(place) = place {
            *place = Some(answer);
        }
    }

    /// Makes the comparisons of apps whose pages are there.
    fn finish(&mut self, around: Around<'_>) {
        let whole = |open: &Open| match open {
            Open::Answers(_, _, answers) => answers.iter().all(Option::is_some),
            _ => false,
        };
        let ready: Vec<u32> =
            self.open.iter().filter(|(_, open)| whole(open)).map(|(number, _)| *number).collect();
        for number in ready {
            if let Some(Open::Answers(id, only, answers)) = self.open.remove(&number) {
                let answers = answers.into_iter().flatten().collect();
                self.app_read(&id, only, answers, around);
            }
        }
    }

    fn app_read(
        &mut self,
        id: &AppId,
        only: Only,
        answers: Vec<Result<Value, Fault>>,
        around: Around<'_>,
    ) {
        let Around { estate, elsewhere, now } = around;
        let (Some(app), Some(engine)) = (estate.app(id), apps::engine(id.engine)) else { return };
        let page = engine.page(app, estate, &answers, now);
        let cannot = |why: String| {
            let fault = Fault::new(FaultKind::Refused, format!("compare {id}"), why);
            Piece::Cannot(id.name.clone(), id.engine, fault)
        };
        if !page.objects_unknown.is_empty() && !sources::tells_itself(id.engine) {
            return self.pieces.push(cannot(page.objects_unknown.to_string()));
        }
        let (cluster, catalogue) = match &app.destination {
            Destination::Here => (self.cluster, estate.catalogue().clone()),
            there => match elsewhere(there) {
                Some(found) => found,
                None => {
                    let (Destination::Server(place) | Destination::Named(place)) = there else {
                        return;
                    };
                    let why = format!("its objects are on {place}: {}", app.no_context());
                    return self.pieces.push(cannot(why));
                }
            },
        };
        let (app, delivered) = (app.clone(), page.objects);
        let ground = Ground { app, answers, delivered, own: Own::Unasked };
        self.compare(Origin::App(Box::new(ground)), only, cluster, catalogue);
    }

    fn compare(&mut self, origin: Origin, only: Only, cluster: ClusterId, catalogue: Catalogue) {
        let (depth, rules) = (self.depth, Arc::clone(&self.rules));
        let job = Job { cluster, catalogue, origin, only, depth, rules, before: None };
        self.pieces.push(Piece::Compare(Box::new(job)));
    }
}

fn id_of(object: &ObjRef) -> ObjectId {
    ObjectId {
        group: object.gvr.group.clone(),
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::kinds::builtin;
    use crate::model::Gvr;
    use serde_json::json;

    fn object(plural: &str, kind: &str, name: &str) -> ObjRef {
        ObjRef {
            cluster: ClusterId(0),
            gvr: Gvr::new("apps", "v1", plural.to_owned()),
            kind: kind.into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: Text::new(),
        }
    }

    #[test]
    fn what_a_deployment_made_is_compared_as_the_deployment() {
        let mut estate = Estate::new(ClusterId(0));
        estate.watches(&Catalogue::new(builtin::resources()));
        let around = Around { estate: &estate, elsewhere: &|_| None, now: 0 };
        let subject = Subject::Object(object("replicasets", "ReplicaSet", "api-x"));
        let mut survey = Survey::new(&subject, Depth::Reads, Arc::default(), around);
        let asked = survey.reads();
        assert_eq!(asked[0].1.path, "/apis/apps/v1/namespaces/shop/replicasets/api-x");
        let owner = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "api",
            "uid": "u", "controller": true});
        let set = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"namespace": "shop", "name": "api-x", "ownerReferences": [owner]}});
        survey.answer(asked[0].0, Ok(set), around);
        let asked = survey.reads();
        assert_eq!(asked[0].1.path, "/apis/apps/v1/namespaces/shop/deployments/api");
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"namespace": "shop", "name": "api"}});
        survey.answer(asked[0].0, Ok(deployment), around);
        assert!(survey.is_over());
        let pieces = survey.pieces();
        let [Piece::Compare(job)] = pieces.as_slice() else { panic!("{pieces:?}") };
        let wanted = id_of(&object("deployments", "Deployment", "api"));
        assert_eq!(job.origin, Origin::Objects(vec![wanted]));
    }

    #[test]
    fn an_app_that_is_not_there_is_told() {
        let estate = Estate::new(ClusterId(0));
        let around = Around { estate: &estate, elsewhere: &|_| None, now: 0 };
        let id =
            AppId { engine: EngineId::ArgoCd, namespace: "argocd".into(), name: "shop".into() };
        let mut survey = Survey::new(&Subject::App(id), Depth::Reads, Arc::default(), around);
        assert!(survey.is_over());
        assert!(matches!(survey.pieces().as_slice(), [Piece::Cannot(..)]));
    }
}
