//! What engines themselves know: Argo CD's own comparisons, and what a Kustomization applies next. Asked for with a plan,
//! since a pod is entered for them, and kept while the pane is there.

use super::DriftPane;
use super::parts::Part;
use crate::apps::argo::cache::{Kept, ReadCache, reason};
use crate::apps::flux::artifact::ReadArtifact;
use crate::drift::{Job, Origin, Own};
use crate::model::{AppId, CacheEvent, EngineId, Fault, StreamId, StreamSpec, Text, Tone};
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use std::collections::HashMap;

/// What was asked for and what came.
#[derive(Debug, Default)]
pub struct Owns {
    /// The apps of the plan that was shown last, in its order.
    planned: Vec<AppId>,
    /// What is being read, and for which apps.
    reading: Option<(StreamId, Vec<AppId>)>,
    held: HashMap<AppId, Own>,
}

impl Owns {
    /// Gives a comparison what is held for its app.
    pub fn lend(&self, job: &mut Job) {
        if let Origin::App(ground) = &mut job.origin
            && let Some(own) = self.held.get(&ground.app.id)
        {
            ground.own = own.clone();
        }
    }

    /// What could not be read is not asked for any more.
    pub fn forget_failures(&mut self) {
        self.held.retain(|_, own| matches!(own, Own::Read(_)));
    }

    /// Nothing is read any more.
    pub fn leave(&mut self, effects: &mut Vec<Effect>) {
        effects.extend(self.reading.take().map(|(stream, _)| Effect::Close(stream)));
    }
}

/// Where the comparison of a part is kept; None where it is no Application's.
fn kept(part: &Part) -> Option<(AppId, Kept)> {
    part.jobs().find_map(|job| match &job.origin {
        Origin::App(ground) if ground.app.id.engine == EngineId::ArgoCd => {
            let application = ground.answers.first().and_then(|answer| answer.as_ref().ok());
            Some((ground.app.id.clone(), Kept::of(&ground.app, application)?))
        }
        _ => None,
    })
}

/// What a Kustomization of a part applies next, to be built; or why it cannot be. None where it is none.
fn to_build(part: &Part) -> Option<(AppId, Result<ReadArtifact, String>)> {
    part.jobs().find_map(|job| match &job.origin {
        Origin::App(ground) if ground.app.id.engine == EngineId::Kustomization => {
            let object = ground.app.object.clone()?;
            Some((ground.app.id.clone(), ReadArtifact::of(object, &ground.answers)))
        }
        _ => None,
    })
}

impl DriftPane {
    /// The Kustomization that is meant: the one under the cursor, else the first where no Application is.
    fn meant_to_build(&self) -> Option<(AppId, Result<ReadArtifact, String>)> {
        let chosen = self.chosen_part();
        if chosen.is_some_and(|part| kept(part).is_some()) {
            return None;
        }
        let argo = || self.parts.all.iter().any(|part| kept(part).is_some());
        let first = || self.parts.all.iter().find_map(to_build).filter(|_| !argo());
        chosen.and_then(to_build).or_else(first)
    }

    /// Why what its engine knows cannot be asked for.
    pub(super) fn refused_own(&self, ui: &Ui) -> Option<Refusal> {
        let context = ui.clusters.get(&self.cluster).map_or("", |on| on.context.as_str());
        if ui.config.settings.readonly_in(context) {
            let why = match self.meant_to_build() {
                Some(_) => "read-only: no pod is entered, so that no artifact can be fetched",
                None => {
                    "read-only: no pod is entered, so that Argo CD's own comparison cannot be read"
                }
            };
            return Some(Refusal { why: why.to_owned(), tone: Tone::Warn });
        }
        match self.meant_to_build() {
            Some((_, Err(why))) => return Some(Refusal { why, tone: Tone::Plain }),
            Some((_, Ok(_))) => return None,
            None => {}
        }
        if self.parts.all.iter().find_map(kept).is_none() {
            let why = "only Argo CD's apps have a comparison of their own, and only Kustomizations an artifact to build";
            return Some(Refusal { why: why.to_owned(), tone: Tone::Plain });
        }
        None
    }

    /// Plans to read it: of all apps here that the same control plane compares.
    pub(super) fn plan_own(&mut self, ui: &mut Ui) {
        if let Some((app, draft)) = self.meant_to_build() {
            if let Ok(draft) = draft {
                self.owns.planned = vec![app];
                ui.open_plan(self.cluster, Box::new(draft), None);
            }
            return;
        }
        let chosen = self.chosen_part().and_then(kept);
        let all: Vec<(AppId, Kept)> = self.parts.all.iter().filter_map(kept).collect();
        let Some((_, first)) = chosen.or_else(|| all.first().cloned()) else { return };
        let same = all.into_iter().filter(|(_, one)| one.control == first.control);
        let (apps, kept): (Vec<_>, Vec<_>) = same.unzip();
        let places = ui.config.settings.argocd.clone();
        if let Some(draft) = ReadCache::new(kept, places) {
            self.owns.planned = apps;
            ui.open_plan(self.cluster, Box::new(draft), None);
        }
    }

    /// The plan was run; false when it is another pane's.
    pub(super) fn own_opened(&mut self, stream: StreamId, spec: &StreamSpec) -> bool {
        let values = match spec {
            StreamSpec::Cache(cache) => cache.keys.len(),
            StreamSpec::Artifact(_) => 1,
            _ => return false,
        };
        let apps = std::mem::take(&mut self.owns.planned);
        let own = !apps.is_empty() && apps.len() == values;
        if own {
            self.owns.reading = Some((stream, apps));
        }
        own
    }

    /// What was read came, or why it did not; false when it is for another pane.
    pub(super) fn own_came(
        &mut self,
        ui: &mut Ui,
        stream: StreamId,
        event: &CacheEvent,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some((_, apps)) = self.owns.reading.take_if(|(reading, _)| *reading == stream) else {
            return false;
        };
        let unread = |fault: &Fault| Own::Unread(Text::from(reason(fault)));
        let owns: Vec<Own> = match event {
            CacheEvent::Failed(fault) => apps.iter().map(|_| unread(fault)).collect(),
            CacheEvent::Done(values) => {
                let own = |value: &Result<_, _>| match value {
                    Ok(text) => Own::Read(std::sync::Arc::clone(text)),
                    Err(fault) => unread(fault),
                };
                values.iter().map(own).collect()
            }
        };
        let failed = owns.iter().find_map(|own| match own {
            Own::Unread(why) => Some(why.clone()),
            _ => None,
        });
        if let Some(why) = failed {
            ui.say(Tone::Warn, format!("not exact: {why}"));
        }
        for (app, own) in apps.into_iter().zip(owns) {
            self.parts.lean_on(&app, &own, effects);
            self.owns.held.insert(app, own);
        }
        self.parts.go_on(ui, effects);
        self.stale = true;
        true
    }
}
