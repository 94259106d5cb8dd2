//! ApplySets of kubectl and others (KEP-3659): the parent stands for the app, and says which kinds its
//! members are of, so that they can be listed by their label.

use super::engine::{Engine, Seen};
use super::page::{Delivered, Fact};
use super::{App, Axis, Estate, Page, Verb, plain};
use crate::kinds::app_facet::Cells;
use crate::kinds::app_facet::apply_set::{self, ID, KINDS, NAMESPACES, TOOLING};
use crate::model::{AppId, EngineId, Fault, Read, Resource, Row, Text, Tone};
use crate::relations::ObjectId;
use crate::verbs::Draft;
use serde_json::Value;

/// What there is to do instead of asking a controller: there is none.
const INSTEAD: &str = "run kubectl apply --prune --applyset again";

/// See the module.
#[derive(Debug)]
pub(super) struct ApplySet;

impl Engine for ApplySet {
    fn id(&self) -> EngineId {
        EngineId::ApplySet
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str, &'static str)] {
        &[("", "secrets", apply_set::LABEL), ("", "configmaps", apply_set::LABEL)]
    }

    fn names(&self, plural: &str, row: &Row) -> Option<AppId> {
        let parent = matches!(plural, "secrets" | "configmaps") && apply_set::is_parent(row);
        parent.then(|| {
            AppId::new(EngineId::ApplySet, row.key.namespace.clone(), row.key.name.clone())
        })
    }

    fn also_called(&self, plural: &str, row: &Row) -> Option<Text> {
        self.names(plural, row).and_then(|_| apply_set::id(row))
    }

    fn app(&self, seen: &Seen<'_>) -> Option<App> {
        let mut app = App::new(seen.id.clone());
        plain::tell(&mut app, seen, |_| false);
        app.sync = Axis::new("applied", Tone::Plain);
        match seen.own.first() {
            Some(parent) => {
                app.object = Some(parent.object(seen.cluster));
                app.source = Cells::of(parent.row).text(TOOLING);
                if app.since == 0 {
                    app.since = parent.row.created;
                }
            }
            None if seen.claimed.is_empty() => return None,
            None if app.message.is_empty() => {
                app.message = "the parent of this set is not among Secrets and ConfigMaps".into();
            }
            None => {}
        }
        Some(app)
    }

    fn refusal(&self, verb: Verb, app: &App, _estate: &Estate) -> Option<String> {
        plain::refusal(verb, app, INSTEAD)
    }

    fn draft(
        &self,
        verb: Verb,
        app: &App,
        _estate: &Estate,
        _now: i64,
    ) -> Result<Box<dyn Draft>, Fault> {
        Err(plain::cannot(verb, app, INSTEAD))
    }

    fn page_reads(&self, app: &App, estate: &Estate) -> Vec<Read> {
        lists(app, estate).into_iter().map(|(_, read)| read).collect()
    }

    fn page(
        &self,
        app: &App,
        estate: &Estate,
        answers: &[Result<Value, Fault>],
        _now: i64,
    ) -> Page {
        let Some(parent) = parent(app, estate) else { return plain::page(app, estate) };
        let mut page = Page::default();
        let fact = |label: &str, cell| Fact::new(label, Cells::of(parent).text(cell), Tone::Plain);
        page.facts.push(fact("set", ID));
        page.facts.push(fact("applied by", TOOLING));
        page.facts.push(fact("kinds", KINDS));
        let mut unread: Vec<String> = Vec::new();
        for ((resource, _), answer) in lists(app, estate).into_iter().zip(answers) {
            match answer {
                Ok(list) => {
                    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
                    page.objects.extend(items.iter().map(|item| member(&resource, item)));
                }
                Err(fault) => unread.push(format!("{}: {}", resource.gvr.plural, fault.why)),
            }
        }
        page.objects.sort_by(|a, b| a.id.cmp(&b.id));
        if !unread.is_empty() {
            let text = format!("could not be read: {}", unread.join("; "));
            page.facts.push(Fact::new("members", text, Tone::Warn));
        }
        page
    }
}

fn parent<'e>(app: &App, estate: &'e Estate) -> Option<&'e Row> {
    let object = app.object.as_ref()?;
    let found = estate.other(&object.gvr.plural, &object.namespace, &object.name)?;
    apply_set::is_parent(found.row).then_some(found.row)
}

/// What has to be listed to know all members: each kind that the parent names, in each namespace.
fn lists(app: &App, estate: &Estate) -> Vec<(Resource, Read)> {
    let Some(row) = parent(app, estate) else { return Vec::new() };
    let more = Cells::of(row).text(NAMESPACES);
    let mut namespaces: Vec<&str> = vec![row.key.namespace.as_str()];
    namespaces.extend(more.split(',').map(str::trim).filter(|ns| !ns.is_empty()));
    let selector =
        format!("{}%3D{}", apply_set::MEMBER.replace('/', "%2F"), Cells::of(row).text(ID));
    let mut lists = Vec::new();
    for kind in Cells::of(row).text(KINDS).split(',').map(str::trim).filter(|kind| !kind.is_empty())
    {
        let (name, group) = kind.split_once('.').unwrap_or((kind, ""));
        let catalogue = estate.catalogue();
        let resource = catalogue.by_kind(group, name).or_else(|| {
            let mut all = catalogue.all().iter();
            all.find(|one| one.gvr.group == group && one.gvr.plural == name)
        });
        let Some(resource) = resource else { continue };
        let places: Vec<Option<&str>> = match resource.namespaced {
            true => namespaces.iter().copied().map(Some).collect(),
            false => vec![None],
        };
        for place in places {
            let path = resource.gvr.collection_path(place);
            let read = Read {
                what: format!("list {}", resource.gvr.plural),
                path: format!("{path}?labelSelector={selector}"),
            };
            lists.push((resource.clone(), read));
        }
    }
    lists
}

fn member(resource: &Resource, item: &Value) -> Delivered {
    let of = |field: &str| Text::from(item["metadata"][field].as_str().unwrap_or_default());
    plain::delivered(ObjectId {
        group: resource.gvr.group.clone(),
        kind: resource.kind.clone(),
        namespace: of("namespace"),
        name: of("name"),
    })
}
