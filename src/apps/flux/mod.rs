//! Flux: apps that Kustomizations, HelmReleases and ResourceSets stand for. The three share their
//! conventions (conditions, `suspend`, requests by annotation), so that one description serves them.

mod app;
mod axes;
mod cells;
mod revision;
#[cfg(test)]
mod tests;

use super::engine::{Engine, Seen};
use super::{App, Estate, Page, Verb};
use crate::model::{AppId, EngineId, Fault, Read, Row};
use crate::verbs::Draft;
use cells::{Told, plural_of, plural_of_engine};
use serde_json::Value;

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

    fn app(&self, seen: &Seen<'_>) -> Option<App> {
        app::app(seen)
    }

    fn refusal(&self, verb: Verb, app: &App, estate: &Estate) -> Option<String> {
        let _ = (verb, app, estate);
        Some("not yet".into())
    }

    fn draft(
        &self,
        verb: Verb,
        app: &App,
        estate: &Estate,
        now: i64,
    ) -> Result<Box<dyn Draft>, Fault> {
        let _ = (app, estate, now);
        Err(Fault::new(crate::model::FaultKind::Refused, verb.word(), "not yet"))
    }

    fn page_reads(&self, app: &App, estate: &Estate) -> Vec<Read> {
        let _ = (app, estate);
        Vec::new()
    }

    fn page(&self, app: &App, estate: &Estate, answers: &[Result<Value, Fault>], now: i64) -> Page {
        let _ = (app, estate, answers, now);
        Page::default()
    }
}
