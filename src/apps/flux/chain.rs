//! What is reconciled before what: sources before charts before apps, and what an app depends on before
//! the app.

use super::around::{self, Origin};
use super::cells::Told;
use crate::apps::Estate;
use crate::kinds::app_facet::flux as at;
use crate::model::{AppId, EngineId, ObjRef};

/// More apps than this are no chain that anybody wants reconciled at once.
const MOST: usize = 200;

/// One object to be asked.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) object: ObjRef,
    /// Its version as it was seen: a part of the token.
    pub(super) version: u64,
    /// Why it is left out; None where it is asked.
    pub(super) left_out: Option<String>,
    /// It is a source, not an app.
    pub(super) source: bool,
    /// It is a HelmRelease.
    pub(super) release: bool,
    /// Numbers of the steps that come before.
    pub(super) after: Vec<usize>,
}

/// Steps in an order in which each comes after those that it needs; the app itself is the last.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    pub(super) steps: Vec<Step>,
    /// Why it cannot be followed to its beginning: names that go round in a circle.
    pub(super) broken: Option<String>,
}

impl Chain {
    /// The app with its sources, and nothing that it depends on.
    pub(super) fn of_app(id: &AppId, estate: &Estate) -> Self {
        let mut chain = Self::default();
        chain.app(id, estate, Vec::new());
        chain
    }

    /// The app with everything that it depends on, each with its sources.
    pub(super) fn with_dependencies(id: &AppId, estate: &Estate) -> Self {
        let mut chain = Self::default();
        chain.descend(id, estate, &mut Vec::new());
        chain
    }

    /// An app after what it depends on; the number of its step.
    fn descend(&mut self, id: &AppId, estate: &Estate, path: &mut Vec<AppId>) -> Option<usize> {
        if let Some(start) = path.iter().position(|one| one == id) {
            let round: Vec<String> =
                path[start..].iter().chain([id]).map(AppId::to_string).collect();
            self.broken =
                Some(format!("dependsOn goes round: {}: none is ever ready", round.join(" → ")));
            return None;
        }
        if self.broken.is_some() {
            return None;
        }
        if self.steps.len() > MOST {
            self.broken = Some(format!("more than {MOST} apps depend on each other"));
            return None;
        }
        let told = around::told(id, estate)?;
        path.push(id.clone());
        let before: Vec<usize> = told
            .depends_on(id.engine)
            .iter()
            .filter_map(|one| self.known(one, estate).or_else(|| self.descend(one, estate, path)))
            .collect();
        path.pop();
        self.app(id, estate, before)
    }

    fn known(&self, id: &AppId, estate: &Estate) -> Option<usize> {
        self.place(&around::object(id, estate)?)
    }

    fn place(&self, object: &ObjRef) -> Option<usize> {
        self.steps.iter().position(|step| step.object == *object)
    }

    /// An app after its sources and after `before`.
    fn app(&mut self, id: &AppId, estate: &Estate, before: Vec<usize>) -> Option<usize> {
        let told = around::told(id, estate)?;
        let object = around::object(id, estate)?;
        let mut after = before;
        let mut source_before = Vec::new();
        for origin in around::origins(told, estate) {
            if origin.has_no_artifact() {
                continue;
            }
            let number = self.source(&origin, source_before);
            source_before = vec![number];
            after.push(number);
        }
        self.steps.push(Step {
            object,
            version: told.0.version,
            left_out: told.is(at::SUSPENDED).then(|| "is suspended".to_owned()),
            source: false,
            release: id.engine == EngineId::HelmRelease,
            after,
        });
        Some(self.steps.len() - 1)
    }

    fn source(&mut self, origin: &Origin<'_>, after: Vec<usize>) -> usize {
        if let Some(known) = self.place(&origin.object) {
            return known;
        }
        self.steps.push(Step {
            object: origin.object.clone(),
            version: origin.told.map_or(0, |Told(row)| row.version),
            left_out: origin.idle().map(str::to_owned),
            source: true,
            release: false,
            after,
        });
        self.steps.len() - 1
    }

    /// The stage of each step that `asked` names, so that each comes after those it needs; steps that
    /// are not asked take no stage of their own.
    pub(super) fn stages(&self, asked: &dyn Fn(&Step) -> bool) -> Vec<u8> {
        let mut ends: Vec<u8> = Vec::new();
        let mut stages = Vec::new();
        for step in &self.steps {
            let first = step.after.iter().filter_map(|one| ends.get(*one)).max();
            let stage = first.copied().unwrap_or(0);
            stages.push(stage);
            ends.push(if asked(step) { stage.saturating_add(1) } else { stage });
        }
        stages
    }
}
