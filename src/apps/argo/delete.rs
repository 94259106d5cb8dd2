//! Delete an Application, with what it delivered or without (`argocd app delete --cascade`): finalizers
//! tell the controller which; and an ApplicationSet, with its Applications or without.

use super::ground::{About, Ground, list, said};
use super::{guards, operation};
use crate::apps::{App, Destination, Estate};
use crate::model::{
    Fault, Following, Method, ObjRef, Plan, PlanId, PlanRequest, Propagation, Read, Text,
};
use crate::verbs::{Choice, Draft, Value as Chosen};
use serde_json::{Value, json};

/// What becomes of the objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cascade {
    /// Deleted; the Application is gone when they are.
    Foreground,
    /// Deleted, and not waited for.
    Background,
    /// They stay.
    Orphan,
}

const CASCADES: [Cascade; 3] = [Cascade::Foreground, Cascade::Background, Cascade::Orphan];

/// The finalizer without a suffix is the older name of the foreground one (`ResourcesFinalizerName`).
const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

impl Cascade {
    fn word(self) -> &'static str {
        match self {
            Self::Foreground => "foreground",
            Self::Background => "background",
            Self::Orphan => "orphan",
        }
    }

    fn does(self, finalizer: &str) -> bool {
        match self {
            Self::Foreground => {
                finalizer == FINALIZER || finalizer.strip_prefix(FINALIZER) == Some("/foreground")
            }
            Self::Background => finalizer.strip_prefix(FINALIZER) == Some("/background"),
            Self::Orphan => false,
        }
    }
}

/// A deletion in the making.
#[derive(Clone, Debug)]
pub(super) struct Delete {
    ground: Ground,
    cascade: Cascade,
    /// Context or server that its objects are on, where that is another one.
    elsewhere: Option<Text>,
}

impl Delete {
    /// Deletes `app` with what it delivered, which is what `argocd app delete` does.
    ///
    /// # Errors
    /// There is no such object.
    pub(super) fn new(app: &App, estate: &Estate, now: i64) -> Result<Self, Fault> {
        let elsewhere = match &app.destination {
            Destination::Here => None,
            Destination::Server(name) | Destination::Named(name) => Some(name.clone()),
        };
        let ground = Ground::new(app, estate, &[About::Set], now)?;
        Ok(Self { ground, cascade: Cascade::Foreground, elsewhere })
    }

    /// The finalizers as they have to be; None where they are so.
    fn finalizers(&self, object: &Value) -> Option<Vec<String>> {
        let now: Vec<String> = list(&object["metadata"]["finalizers"])
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let ours = |finalizer: &String| {
            finalizer == FINALIZER || finalizer.starts_with(&format!("{FINALIZER}/"))
        };
        let mut wanted: Vec<String> = now
            .iter()
            .filter(|finalizer| !ours(finalizer) || self.cascade.does(finalizer))
            .cloned()
            .collect();
        if self.cascade != Cascade::Orphan && !wanted.iter().any(|one| self.cascade.does(one)) {
            wanted.push(format!("{FINALIZER}/{}", self.cascade.word()));
        }
        (wanted != now).then_some(wanted)
    }

    fn notes(&self, mut plan: Plan, object: &Value) -> Plan {
        let resources = list(&object["status"]["resources"]);
        let objects = resources.iter().filter(|one| one["hook"] != true).count();
        let children = resources
            .iter()
            .filter(|one| one["kind"] == "Application" && one["group"] == super::GROUP)
            .count();
        let place = match &self.elsewhere {
            Some(elsewhere) => format!(" on {}", crate::text::sanitise::clean(elsewhere)),
            None => String::new(),
        };
        plan = match self.cascade {
            Cascade::Orphan => {
                plan.warn(format!("its {objects} objects{place} stay, and nobody manages them"))
            }
            _ => plan.warn(format!("its {objects} objects{place} are deleted with it")),
        };
        if children > 0 && self.cascade != Cascade::Orphan {
            plan =
                plan.warn(format!("{children} of them are Applications, with what they delivered"));
        }
        let owners = list(&object["metadata"]["ownerReferences"]);
        if let Some(set) = owners.iter().find(|owner| owner["kind"] == "ApplicationSet") {
            let name = said(&set["name"]);
            plan = plan.warn(format!(
                "ApplicationSet/{name} makes it again, unless it no longer generates it"
            ));
        }
        if let Some((parent, _)) = &self.ground.parent {
            plan = plan.warn(format!("{parent} manages this Application, and makes it again"));
        }
        let finalizers: Vec<String> = match self.finalizers(object) {
            Some(finalizers) => finalizers,
            None => list(&object["metadata"]["finalizers"]).iter().map(said).collect(),
        };
        let words = if finalizers.is_empty() { "none".to_owned() } else { finalizers.join(", ") };
        plan.note(format!("finalizers: {}", crate::text::sanitise::clean(&words)))
    }
}

impl Draft for Delete {
    fn title(&self) -> String {
        format!("Delete {}", self.ground.target())
    }

    fn button(&self) -> String {
        "Delete".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.ground.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let at = CASCADES.iter().position(|one| *one == self.cascade).unwrap_or(0);
        let of = vec![
            "delete them and wait (foreground)".to_owned(),
            "delete them (background)".to_owned(),
            "keep them (orphan)".to_owned(),
        ];
        vec![Choice::one_of("cascade", "its objects", at, of)]
    }

    fn set(&mut self, id: &str, value: Chosen) {
        let chosen = match (id, value) {
            ("cascade", Chosen::OneOf { at, .. }) => CASCADES.get(at).copied(),
            ("cascade", Chosen::Typed(word)) => {
                CASCADES.iter().copied().find(|one| one.word() == word.trim())
            }
            _ => None,
        };
        self.cascade = chosen.unwrap_or(self.cascade);
    }

    fn reads(&self) -> Vec<Read> {
        self.ground.reads()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        self.ground.learn(number, answer);
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let object = self.ground.object()?;
        guards::is_there(&self.ground, object)?;
        let target = self.ground.target();
        let mut plan = Plan::empty(id, target.cluster, context.clone(), self.title());
        let mut preconditions = json!({"uid": object["metadata"]["uid"]});
        let stage = match self.finalizers(object) {
            Some(finalizers) => {
                let change = json!({"metadata": {"finalizers": finalizers}});
                let request = operation::patch(&self.ground, object, change);
                plan = plan.request(request.followed(Following::Answer));
                1
            }
            None => {
                preconditions["resourceVersion"] = object["metadata"]["resourceVersion"].clone();
                0
            }
        };
        let body = json!({
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": Propagation::Background.as_str(),
            "preconditions": preconditions,
        });
        let request = PlanRequest::new(Method::Delete, target.clone(), None)
            .body("application/json", &body)
            .at_stage(stage);
        Ok(self.notes(plan.request(request), object).losing())
    }
}

/// The deletion of an ApplicationSet in the making.
#[derive(Clone, Debug)]
pub(super) struct DeleteSet {
    targets: Vec<ObjRef>,
    made: Text,
    keep: bool,
}

impl DeleteSet {
    /// Deletes an ApplicationSet; `made` says what it made: `3 apps`.
    pub(super) fn new(target: ObjRef, made: Text) -> Self {
        Self { targets: vec![target], made, keep: false }
    }
}

impl Draft for DeleteSet {
    fn title(&self) -> String {
        crate::verbs::titled("Delete", &self.targets)
    }

    fn button(&self) -> String {
        "Delete".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let of = vec!["delete them".to_owned(), "keep them (orphan)".to_owned()];
        vec![Choice::one_of("cascade", "its Applications", usize::from(self.keep), of)]
    }

    fn set(&mut self, id: &str, value: Chosen) {
        match (id, value) {
            ("cascade", Chosen::OneOf { at, .. }) => self.keep = at == 1,
            ("cascade", Chosen::Typed(word)) => self.keep = word.trim() == "orphan",
            _ => {}
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let how = if self.keep { Propagation::Orphan } else { Propagation::Background };
        let plan = Plan::delete(id, context.clone(), &self.targets, how, None)?;
        Ok(if self.keep {
            plan.note(format!("{} stay", self.made))
        } else {
            plan.warn(format!(
                "{} are deleted, and what they delivered as their finalizers say",
                self.made
            ))
        })
    }
}
