//! A row of `kinds::app_facet::flux`, read by the numbers of its cells.

use crate::kinds::app_facet::{Cells, flux as at};
use crate::model::{AppId, EngineId, Row};

/// What an object of Flux's told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a>(pub(super) &'a Row);

/// What something is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SourceName<'a> {
    pub(super) kind: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl SourceName<'_> {
    /// `GitRepository/fleet`
    pub(super) fn title(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }
}

/// Kinds of sources with their plurals.
const SOURCES: [(&str, &str); 6] = [
    ("GitRepository", "gitrepositories"),
    ("OCIRepository", "ocirepositories"),
    ("HelmRepository", "helmrepositories"),
    ("HelmChart", "helmcharts"),
    ("Bucket", "buckets"),
    ("ExternalArtifact", "externalartifacts"),
];

/// The plural of a kind of source; None for kinds that Flux does not know.
pub(super) fn plural_of(kind: &str) -> Option<&'static str> {
    SOURCES.iter().find(|(known, _)| *known == kind).map(|(_, plural)| *plural)
}

impl<'a> Told<'a> {
    /// Text; empty where nothing was told.
    pub(super) fn text(self, cell: usize) -> &'a str {
        Cells::of(self.0).word(cell)
    }

    /// A number; None where nothing was told.
    pub(super) fn number(self, cell: usize) -> Option<i64> {
        Cells::of(self.0).number(cell)
    }

    /// A yes.
    pub(super) fn is(self, cell: usize) -> bool {
        self.number(cell) == Some(1)
    }

    /// A moment; 0 where nothing was told.
    pub(super) fn moment(self, cell: usize) -> i64 {
        Cells::of(self.0).moment(cell)
    }

    /// It was asked to reconcile, and has not told yet that it did.
    pub(super) fn is_asked(self) -> bool {
        let asked = self.text(at::REQUESTED);
        !asked.is_empty() && asked != self.text(at::HANDLED)
    }

    /// What it is made from.
    pub(super) fn source(self) -> Option<SourceName<'a>> {
        let name = self.text(at::SOURCE_NAME);
        (!name.is_empty()).then(|| SourceName {
            kind: self.text(at::SOURCE_KIND),
            namespace: self.text(at::SOURCE_NAMESPACE),
            name,
        })
    }

    /// The HelmChart that helm-controller made for a HelmRelease, as its status names it; None for one
    /// that refers to its chart itself.
    pub(super) fn helm_chart(self) -> Option<SourceName<'a>> {
        let (namespace, name) = self.text(at::HELM_CHART).split_once('/')?;
        Some(SourceName { kind: "HelmChart", namespace, name })
    }

    /// What holds what is applied: the HelmChart where there is one, else the source.
    pub(super) fn artifact(self) -> Option<SourceName<'a>> {
        self.helm_chart().or_else(|| self.source())
    }

    /// The app that delivers it.
    pub(super) fn parent(self) -> Option<AppId> {
        let engine = EngineId::of_word(self.text(at::PARENT))?;
        Some(AppId::new(engine, self.text(at::PARENT_NAMESPACE), self.text(at::PARENT_NAME)))
    }

    /// What has to be ready first, of the same engine.
    pub(super) fn depends_on(self, engine: EngineId) -> Vec<AppId> {
        let names = self.text(at::DEPENDS_ON).split(' ').filter_map(|one| one.split_once('/'));
        names.map(|(namespace, name)| AppId::new(engine, namespace, name)).collect()
    }
}

/// The plural of the objects that stand for apps of an engine.
pub(super) fn plural_of_engine(engine: EngineId) -> Option<&'static str> {
    match engine {
        EngineId::Kustomization => Some("kustomizations"),
        EngineId::HelmRelease => Some("helmreleases"),
        EngineId::ResourceSet => Some("resourcesets"),
        _ => None,
    }
}
