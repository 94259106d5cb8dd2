//! Flux: apps that Kustomizations, HelmReleases and ResourceSets stand for. The three share their
//! conventions (conditions, `suspend`, requests by annotation), so that one description serves them.

mod app;
mod around;
pub mod artifact;
mod axes;
mod cells;
mod chain;
mod delete;
mod duration;
mod inventory;
mod page;
mod pin;
mod reconcile;
mod refuse;
mod request;
mod resume;
mod revision;
mod suspend;
#[cfg(test)]
mod tests;

use super::engine::{Engine, Seen};
use super::{App, Estate, Page, Verb, restart};
use crate::kinds::app_facet as at;
use crate::model::{AppId, EngineId, Fault, FaultKind, Read, Row};
use crate::verbs::Draft;
use cells::{Told, plural_of, plural_of_engine};
use delete::Delete;
use pin::Rollback;
use reconcile::Reconcile;
use resume::Resume;
use serde_json::Value;
use suspend::Suspend;

/// One of the kinds that stand for apps.
#[derive(Debug)]
pub struct Flux {
    id: EngineId,
    kinds: &'static [(&'static str, &'static str, &'static str)],
}

const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const HELM: &str = "helm.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";
const OPERATOR: &str = "fluxcd.controlplane.io";

/// Kustomizations, with the sources that they name.
pub static KUSTOMIZATION: Flux = Flux {
    id: EngineId::Kustomization,
    kinds: &[
        (KUSTOMIZE, "kustomizations", ""),
        (SOURCE, "gitrepositories", ""),
        (SOURCE, "ocirepositories", ""),
        (SOURCE, "buckets", ""),
        (SOURCE, "externalartifacts", ""),
    ],
};

/// HelmReleases, with their charts and where those come from.
pub static HELM_RELEASE: Flux = Flux {
    id: EngineId::HelmRelease,
    kinds: &[
        (HELM, "helmreleases", ""),
        (SOURCE, "helmcharts", ""),
        (SOURCE, "helmrepositories", ""),
        (SOURCE, "gitrepositories", ""),
        (SOURCE, "ocirepositories", ""),
        (SOURCE, "buckets", ""),
        (SOURCE, "externalartifacts", ""),
    ],
};

/// ResourceSets of the Flux operator.
pub static RESOURCE_SET: Flux = Flux {
    id: EngineId::ResourceSet,
    kinds: &[(OPERATOR, "resourcesets", ""), (OPERATOR, "fluxinstances", "")],
};

impl Engine for Flux {
    fn id(&self) -> EngineId {
        self.id
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str, &'static str)] {
        self.kinds
    }

    fn names(&self, plural: &str, row: &Row) -> Option<AppId> {
        (plural_of_engine(self.id) == Some(plural))
            .then(|| AppId::new(self.id, row.key.namespace.clone(), row.key.name.clone()))
    }

    fn looks_at(&self, plural: &str, row: &Row) -> Vec<(&'static str, String, String)> {
        if plural_of_engine(self.id) != Some(plural) {
            return Vec::new();
        }
        let told = Told(row);
        let mut names = Vec::new();
        for source in [told.source(), told.helm_chart()].into_iter().flatten() {
            if let Some(plural) = plural_of(source.kind) {
                names.push((plural, source.namespace.to_owned(), source.name.to_owned()));
            }
        }
        if let Some(parent) = told.parent()
            && let Some(plural) = plural_of_engine(parent.engine)
        {
            names.push((plural, parent.namespace.to_string(), parent.name.to_string()));
        }
        names
    }

    fn delivers(&self, plural: &str, row: &Row) -> Option<AppId> {
        let is_mine = self.id == EngineId::HelmRelease && plural_of_engine(self.id) == Some(plural);
        let records = is_mine.then(|| at::Cells::of(row).text(at::flux::RECORDS))?;
        let (namespace, name) = records.split_once('/')?;
        Some(AppId::new(EngineId::Helm, namespace, name))
    }

    fn app(&self, seen: &Seen<'_>) -> Option<App> {
        app::app(seen)
    }

    fn refusal(&self, verb: Verb, app: &App, estate: &Estate) -> Option<String> {
        refuse::refusal(verb, app, estate)
    }

    fn draft(
        &self,
        verb: Verb,
        app: &App,
        estate: &Estate,
        now: i64,
    ) -> Result<Box<dyn Draft>, Fault> {
        let what = format!("{} {}", verb.word(), app.id);
        let refused = |why: String| Fault::new(FaultKind::Refused, what.as_str(), why);
        if let Some(why) = refuse::refusal(verb, app, estate) {
            return Err(refused(why));
        }
        let draft: Option<Box<dyn Draft>> = match verb {
            Verb::Sync | Verb::Refresh => boxed(Reconcile::new(app, estate, now)),
            Verb::HardRefresh => {
                boxed(Reconcile::new(app, estate, now).map(Reconcile::with_sources))
            }
            Verb::Suspend => boxed(Suspend::new(app, estate, now)),
            Verb::Resume => boxed(Resume::new(app, estate, now)),
            Verb::Rollback => boxed(Rollback::new(app, estate, now).transpose().map_err(refused)?),
            Verb::Restart => Some(restart::draft(app, estate, now)?),
            Verb::Delete => boxed(Delete::new(app, estate)),
            Verb::Terminate => None,
        };
        draft.ok_or_else(|| Fault::new(FaultKind::NotFound, what, "it is gone"))
    }

    fn page_reads(&self, app: &App, estate: &Estate) -> Vec<Read> {
        page::reads(app, estate)
    }

    fn page(&self, app: &App, estate: &Estate, answers: &[Result<Value, Fault>], now: i64) -> Page {
        page::page(app, estate, answers, now)
    }
}

fn boxed<D: Draft + 'static>(draft: Option<D>) -> Option<Box<dyn Draft>> {
    draft.map(|draft| Box::new(draft) as Box<dyn Draft>)
}
