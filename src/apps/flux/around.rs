//! What is around an app: what it is made from, who else is, who delivers it and what it delivers.

use super::SOURCE;
use super::cells::{SourceName, Told, plural_of, plural_of_engine};
use crate::apps::{App, Estate};
use crate::kinds::app_facet::flux as at;
use crate::model::{AppId, ObjRef, Text};

/// A source with what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Origin<'e> {
    pub(super) name: SourceName<'e>,
    /// The object; the uid is empty where it was not seen.
    pub(super) object: ObjRef,
    /// What it told; None where it was not seen.
    pub(super) told: Option<Told<'e>>,
}

impl Origin<'_> {
    /// Why a reconcile of it cannot be asked for, after its name; None where it can.
    pub(super) fn idle(&self) -> Option<&'static str> {
        match self.told {
            _ if self.name.kind == "ExternalArtifact" => {
                Some("is filled by another program, which Flux cannot ask")
            }
            Some(told) if told.is(at::SUSPENDED) => Some("is suspended"),
            _ => None,
        }
    }

    /// It is a HelmRepository of type oci: a name for charts, which is never fetched itself.
    pub(super) fn has_no_artifact(&self) -> bool {
        self.told.is_some_and(|told| told.text(at::REPOSITORY_TYPE) == "oci")
    }
}

/// What the object of an app told.
pub(super) fn told<'e>(id: &AppId, estate: &'e Estate) -> Option<Told<'e>> {
    let plural = plural_of_engine(id.engine)?;
    Some(Told(estate.other(plural, &id.namespace, &id.name)?.row))
}

/// The object of an app.
pub(super) fn object(id: &AppId, estate: &Estate) -> Option<ObjRef> {
    let plural = plural_of_engine(id.engine)?;
    Some(estate.other(plural, &id.namespace, &id.name)?.object(estate.cluster()))
}

/// A source by its name; None for kinds that the server does not serve.
pub(super) fn origin<'e>(name: SourceName<'e>, estate: &'e Estate) -> Option<Origin<'e>> {
    let plural = plural_of(name.kind)?;
    if let Some(member) = estate.other(plural, name.namespace, name.name) {
        let object = member.object(estate.cluster());
        return Some(Origin { name, object, told: Some(Told(member.row)) });
    }
    let resource = estate.resource(SOURCE, plural)?;
    let object = ObjRef {
        cluster: estate.cluster(),
        gvr: resource.gvr.clone(),
        kind: resource.kind.clone(),
        namespace: name.namespace.into(),
        name: name.name.into(),
        uid: Text::new(),
    };
    Some(Origin { name, object, told: None })
}

/// What an app is made from, in the order in which it has to be fetched: a chart's repository before
/// the chart.
pub(super) fn origins<'e>(told: Told<'e>, estate: &'e Estate) -> Vec<Origin<'e>> {
    let Some(source) = told.source() else { return Vec::new() };
    let Some(source) = origin(source, estate) else { return Vec::new() };
    // helm-controller makes a HelmChart of a chart in a repository; a release may name one as well.
    let chart = told.helm_chart().and_then(|name| origin(name, estate));
    let before = source
        .told
        .filter(|_| source.name.kind == "HelmChart")
        .and_then(Told::source)
        .and_then(|name| origin(name, estate));
    before.into_iter().chain([source]).chain(chart).collect()
}

/// Everybody else who is made from a source.
pub(super) fn others(source: SourceName<'_>, app: &AppId, estate: &Estate) -> Vec<AppId> {
    let Some(plural) = plural_of(source.kind) else { return Vec::new() };
    let lookers = estate.lookers(plural, source.namespace, source.name).into_iter();
    lookers.filter(|one| *one != app).cloned().collect()
}

/// Apps that this one delivers.
pub(super) fn children<'e>(id: &AppId, estate: &'e Estate) -> Vec<&'e App> {
    sorted(estate.apps().filter(|app| app.parent.as_ref() == Some(id)).collect())
}

/// Apps that wait for this one.
pub(super) fn dependants<'e>(id: &AppId, estate: &'e Estate) -> Vec<&'e App> {
    sorted(estate.apps().filter(|app| app.depends_on.contains(id)).collect())
}

fn sorted(mut apps: Vec<&App>) -> Vec<&App> {
    apps.sort_by(|a, b| a.id.cmp(&b.id));
    apps
}

/// Whoever delivers it, level by level: each with whether it is suspended. Stops where it goes round.
pub(super) fn ancestors(id: &AppId, estate: &Estate) -> Vec<(AppId, bool)> {
    let mut found: Vec<(AppId, bool)> = Vec::new();
    let mut at = told(id, estate).and_then(Told::parent);
    while let Some(parent) = at {
        if parent == *id || found.iter().any(|(one, _)| *one == parent) {
            break;
        }
        let told = told(&parent, estate);
        found.push((parent, told.is_some_and(|told| told.is(at::SUSPENDED))));
        at = told.and_then(Told::parent);
    }
    found
}

/// `ks/a, ks/b and 3 more`
pub(super) fn listed<'i>(ids: impl IntoIterator<Item = &'i AppId>) -> String {
    const NAMED: usize = 4;
    let names: Vec<String> = ids.into_iter().map(AppId::to_string).collect();
    match names.len() {
        0..=NAMED => names.join(", "),
        more => format!("{} and {} more", names[..NAMED].join(", "), more - NAMED),
    }
}
