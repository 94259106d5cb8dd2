//! What the objects themselves keep of what was applied: the copy that client-side apply leaves, and
//! the writers of the fields where there is none.

use super::copies::Copy;
use super::members::Members;
use super::{Expected, Ground, Source};
use crate::drift::audit::audited;
use crate::drift::compare::Against;
use crate::drift::found::{Change, Confidence, Desired, Fate, ObjectDrift, State, Writer};
use crate::drift::judge::{Bench, Live, judged, seen};
use crate::drift::writers::{Writers, entries, size};
use crate::kinds::provenance::Provenance;
use crate::model::{AppId, Catalogue, EngineId, Fault, FaultKind, Read, Text};
use crate::relations::ObjectId;
use crate::text::sanitise;
use serde_json::Value;

/// Desired is what was applied last, as far as the objects tell.
#[derive(Debug)]
pub(super) struct LastApplied {
    app: Option<AppId>,
    objects: Vec<Expected>,
    revision: Text,
    members: Members,
}

impl LastApplied {
    /// For the objects of an app.
    pub fn of_app(ground: Ground) -> Self {
        let of = |told: crate::apps::page::Delivered| Expected {
            id: told.id.clone(),
            manifest: None,
            told: Some(told),
        };
        let app = ground.app.id;
        // These are known by marks on their objects alone, of which only workloads were looked at.
        let marked = matches!(
            app.engine,
            EngineId::Kubectl | EngineId::K3s | EngineId::Pulumi | EngineId::Terraform
        );
        Self {
            app: Some(app),
            objects: ground.delivered.into_iter().map(of).collect(),
            revision: ground.app.revision,
            members: if marked { Members::Unasked } else { Members::Found },
        }
    }

    /// For objects without an app.
    pub fn of_objects(objects: Vec<ObjectId>) -> Self {
        let of = |id| Expected { id, manifest: None, told: None };
        Self {
            app: None,
            objects: objects.into_iter().map(of).collect(),
            revision: Text::new(),
            members: Members::Found,
        }
    }

    fn engine(&self) -> EngineId {
        self.app.as_ref().map_or(EngineId::None, |app| app.engine)
    }

    /// What becomes of what is not as in the copy.
    fn undone(&self) -> Fate {
        Fate::UndoneNext(match self.engine() {
            EngineId::K3s => "K3s undoes it when its file changes or it starts again".into(),
            EngineId::Pulumi => "the next pulumi up undoes it".into(),
            _ => "the next apply undoes it".into(),
        })
    }

    /// Nothing was left to compare with, and why.
    fn nothing(&self, live: &Value) -> Text {
        let found = Provenance::of_object(live);
        if let Some(owner) = found.owner {
            return format!("{}/{} made it: compare that", owner.kind, owner.name).into();
        }
        match self.engine() {
            EngineId::K3s => "K3s left no copy of what it applied".into(),
            EngineId::Pulumi => "what Pulumi deployed is in its state, not on the cluster".into(),
            EngineId::Terraform => {
                "what Terraform deployed is in its state, not on the cluster".into()
            }
            EngineId::Operator => "its operator makes it from another object".into(),
            _ => "nothing on it tells what was applied".into(),
        }
    }

    /// Where no copy is of use: what was written beside whoever applies it on the server.
    fn audited(&self, id: &ObjectId, live: &Value, bench: &Bench<'_>) -> Option<ObjectDrift> {
        let owner = owner(self.engine(), live)?;
        let fate = |_: &Change, _: Option<&Writer>| {
            Fate::Stays("it stays, unless what is applied next has this field".into())
        };
        let mut found = audited(id, live, &|one| *one == owner, &fate, bench)?;
        let how = if owner.apply { "applied on the server" } else { "wrote it" };
        found.note = format!("{} {how} and left no copy of what", owner.manager).into();
        Some(found)
    }
}

/// Whoever applies an object: of several the one that wrote last. Programs that only ever write a
/// field of what others applied do not count, nor does a person's tool beside a program.
fn owner(engine: EngineId, live: &Value) -> Option<Writer> {
    let mine = |writer: &Writer| match engine {
        EngineId::Pulumi => writer.manager.starts_with("pulumi-kubernetes"),
        EngineId::Terraform => matches!(writer.manager.as_str(), "Terraform" | "HashiCorp"),
        _ => {
            writer.apply
                && !matches!(writer.manager.as_str(), "kubectl-last-applied" | "wheelhouse")
        }
    };
    let all = entries(live).filter(|(writer, _)| writer.subresource.is_empty());
    let whole = all.filter(|(writer, _)| mine(writer)).max_by_key(|(_, fields)| size(fields));
    whole.map(|(writer, _)| writer)
}

impl Source for LastApplied {
    fn desired(&self) -> Desired {
        Desired { what: "last applied".into(), at: 0, revision: self.revision.clone() }
    }

    fn reads(&mut self, catalogue: &Catalogue) -> Vec<Read> {
        let Some(app) = &self.app else { return Vec::new() };
        let known: Vec<ObjectId> = self.objects.iter().map(|one| one.id.clone()).collect();
        self.members.reads(app, &known, catalogue)
    }

    fn take(&mut self, answers: Vec<Result<Value, Fault>>) {
        let Some(app) = &self.app else { return };
        for id in self.members.take(app, answers) {
            if self.objects.iter().all(|one| one.id != id) {
                self.objects.push(Expected { id, manifest: None, told: None });
            }
        }
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        Ok(self.objects.clone())
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        _tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        let id = &expected.id;
        let live = match live.there() {
            Ok(live) => live,
            Err(state) => return ObjectDrift::new(id.clone(), state),
        };
        let writers = Writers::of(live);
        let note = match Copy::on(id, live, &writers) {
            Copy::Of(desired) => {
                let against = Against::Manifest { desired: &desired, base: None };
                let fate = |_: &Change, _: Option<&Writer>| self.undone();
                let mut found = judged(id, live, (against, Confidence::LastApplied), &fate, bench);
                if writers.is_empty() && !found.fields.is_empty() {
                    found.note = "its managedFields were cleared: nobody can be named".into();
                }
                return found;
            }
            Copy::Broken(why) => {
                let why = format!("its copy of what was applied cannot be read: {why}");
                let why = sanitise::clean(&why).into_owned();
                let mut found = seen(id, live);
                let fault = Fault::new(FaultKind::Invalid, format!("compare {id}"), why);
                found.state = State::Unknown(fault);
                return found;
            }
            Copy::Worthless(why) => Some(Text::from(why)),
            Copy::None => None,
        };
        match (self.audited(id, live, bench), note) {
            (Some(mut found), note) => {
                if let Some(note) = note {
                    found.note = note;
                }
                found
            }
            (None, note) => {
                let mut found = seen(id, live);
                if found.state == State::Same {
                    found.state = State::Incomparable(note.unwrap_or_else(|| self.nothing(live)));
                }
                found
            }
        }
    }
}
