//! An app from what its object, its source and its parent told.

use super::cells::{Told, plural_of, plural_of_engine};
use super::{axes, revision};
use crate::apps::places::{Keeper, Place};
use crate::apps::{App, Auto, Destination, LeftOff, Seen};
use crate::kinds::app_facet::flux as at;
use crate::model::{AppId, EngineId, Text};

pub(super) fn app(seen: &Seen<'_>) -> Option<App> {
    let member = seen.own.first()?;
    let told = Told(member.row);
    let engine = seen.id.engine;
    let row_of = |source: Option<super::cells::SourceName<'_>>| {
        let source = source?;
        (seen.other)(plural_of(source.kind)?, source.namespace, source.name).map(Told)
    };
    let source = row_of(told.source());
    let artifact = row_of(told.artifact());
    let coming = axes::coming(told, engine, artifact);
    let (operation, running) = axes::operation(told);
    let (health, condition) = axes::health(told);
    let parent = told.parent().filter(|parent| parent != seen.id);
    let suspended_parent = parent.as_ref().filter(|parent| {
        let row = plural_of_engine(parent.engine)
            .and_then(|plural| (seen.other)(plural, &parent.namespace, &parent.name));
        row.is_some_and(|row| Told(row).is(at::SUSPENDED))
    });

    let mut app = App::new(seen.id.clone());
    app.object = Some(member.object(seen.cluster));
    app.sync = axes::sync(told, engine, coming);
    app.since = match (running, told.moment(at::RECONCILING_SINCE)) {
        (true, since) if since > 0 => since,
        _ => told.moment(at::READY_SINCE),
    };
    (app.health, app.condition) = (health, condition);
    (app.operation, app.running) = (operation, running);
    app.drifted = told.number(at::DRIFTED).and_then(|count| u32::try_from(count).ok());
    app.revision = match engine {
        EngineId::ResourceSet => revision::short(told.text(at::REVISION)).into(),
        _ => revision::from_to(axes::applied(told), coming).into(),
    };
    app.auto = match (told.is(at::SUSPENDED), told.is(at::HEALS)) {
        (true, _) => Auto::Paused,
        (false, true) => Auto::Heal,
        (false, false) => Auto::Auto,
    };
    app.source = source_text(told, source);
    app.target = told.text(at::TARGET).into();
    let elsewhere = told.text(at::KUBECONFIG);
    if !elsewhere.is_empty() {
        let of = keeper(&seen.id.namespace, elsewhere);
        let (Keeper::Secret(namespace, name, _) | Keeper::ConfigMap(namespace, name)) = &of else {
            return None;
        };
        app.destination = Destination::Named(format!("{namespace}/{name}").into());
        app.place = Some(Place { of, name: Text::new() });
    }
    app.depends_on = told.depends_on(engine);
    app.left_off = left_off(told, source);
    app.message = message(told, source, suspended_parent);
    app.parent = parent;
    Some(app)
}

/// Who knows where another cluster is, from the cell that tells of `spec.kubeConfig`.
fn keeper(namespace: &Text, cell: &str) -> Keeper {
    match cell.strip_prefix(at::IN_CONFIG_MAP) {
        Some(name) => Keeper::ConfigMap(namespace.clone(), name.into()),
        None => {
            let (name, key) = cell.split_once('#').unwrap_or((cell, ""));
            Keeper::Secret(namespace.clone(), name.into(), key.into())
        }
    }
}

/// What is off: the app itself before its source.
fn left_off(told: Told<'_>, source: Option<Told<'_>>) -> Option<LeftOff> {
    if told.is(at::SUSPENDED) {
        return Some(suspended("suspended", told));
    }
    if !told.text(at::PINNED).is_empty() {
        let to = told.text(at::WANTED);
        return Some(left(format!("pinned to {to}")));
    }
    let (source, name) = (source?, told.source()?);
    if source.is(at::SUSPENDED) {
        return Some(suspended(&format!("{} suspended", name.title()), source));
    }
    if !source.text(at::PINNED).is_empty() {
        let to = source.text(at::REF);
        let to = to.rsplit_once(' ').map_or(to, |(_, revision)| revision);
        return Some(left(format!("{} pinned to {}", name.title(), revision::short(to))));
    }
    None
}

fn left(what: String) -> LeftOff {
    LeftOff { what: what.into(), by: "wheelhouse".into(), since: 0 }
}

fn suspended(what: &str, told: Told<'_>) -> LeftOff {
    let why = told.text(at::SUSPENDED_WHY);
    let at = told.moment(at::SUSPENDED_AT);
    let by = match (told.text(at::SUSPENDED_BY), at) {
        ("", 0) => "",
        ("", _) => "wheelhouse",
        (by, _) => by,
    };
    let what = if why.is_empty() { what.to_owned() } else { format!("{what}: {why}") };
    LeftOff { what: what.into(), by: by.into(), since: at }
}

fn message(told: Told<'_>, source: Option<Told<'_>>, suspended_parent: Option<&AppId>) -> Text {
    let own = axes::message(told);
    if !own.is_empty() {
        return own.into();
    }
    if let (Some(source), Some(name)) = (source, told.source()) {
        if source.is(at::SUSPENDED) {
            return format!("{} is suspended: nothing new comes", name.title()).into();
        }
        if source.text(at::READY) == "False" {
            let why = source.text(at::READY_MESSAGE);
            return format!("{} fails: {why}", name.title()).into();
        }
    }
    match suspended_parent {
        Some(parent) => format!("{parent}, which delivers it, is suspended").into(),
        None => Text::new(),
    }
}

/// `github.com/org/fleet ./infra`, `redis from charts.example.com/stable`; by name where the source
/// itself is not known.
fn source_text(told: Told<'_>, source: Option<Told<'_>>) -> Text {
    let Some(name) = told.source() else { return Text::new() };
    let url = source.map_or("", |source| source.text(at::URL));
    let of = match url.split_once("://") {
        Some((_, rest)) => rest.trim_end_matches(".git").to_owned(),
        None if url.is_empty() => name.title(),
        None => url.to_owned(),
    };
    let path = told.text(at::PATH);
    match (path, told.text(at::SOURCE_KIND)) {
        ("", _) => of.into(),
        (chart, "HelmRepository") => format!("{chart} from {of}").into(),
        (path, _) => format!("{of} {path}").into(),
    }
}
