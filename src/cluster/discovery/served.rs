//! What servers answer when they are asked what they serve, in every form, and how it is read.

use super::DISCOVERY;
use crate::cluster::errors::{self, Refusal, Sort};
use crate::cluster::link::Link;
use crate::cluster::wire::{self, Ask};
use crate::kinds::de::{Meta, Str, nullable, readable};
use crate::model::{Fault, Gvr, Resource, Text};
use http::{HeaderValue, header};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// Longest entity tag that is kept.
const MAX_TAG: usize = 200;

/// What one half of the API serves, and the entity tag of the answer that said so.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Part {
    /// Empty where the answer had none, or was none that can be asked for again.
    pub(crate) tag: String,
    pub(crate) resources: Vec<Resource>,
}

/// What a server serves: the core group, and all others.
pub(crate) type Parts = [Part; 2];

const PATHS: [&str; 2] = ["/api", "/apis"];

enum Answer {
    /// As it was when this tag was given.
    Same,
    New {
        tag: String,
        body: Vec<u8>,
    },
}

/// Asks again only for what has changed since `tag`, where there is one.
async fn ask(link: &Rc<Link>, path: &str, tag: &str) -> Result<Answer, Refusal> {
    let mut ask = Ask::get(DISCOVERY, path, link.timing.get);
    ask.accept = AGGREGATED;
    let tag = HeaderValue::from_str(tag).ok().filter(|tag| !tag.is_empty());
    let answered = wire::whole_with(link, &ask, |request| {
        if let Some(tag) = tag {
            request.headers_mut().insert(header::IF_NONE_MATCH, tag);
        }
    });
    match answered.await {
        Ok((headers, body)) => {
            let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
            let tag = tag.filter(|tag| tag.len() <= MAX_TAG).unwrap_or_default().to_owned();
            Ok(Answer::New { tag, body })
        }
        Err(refusal) if refusal.fault.code == Some(304) => Ok(Answer::Same),
        Err(refusal) => Err(refusal),
    }
}

async fn fetch(link: &Rc<Link>, path: &str) -> Result<Vec<u8>, Refusal> {
    let mut ask = Ask::get(DISCOVERY, path, link.timing.get);
    ask.accept = wire::JSON;
    wire::whole(link, &ask).await.map(|(_, body)| body)
}

/// All resource types: two requests where the server can, else one per group and version. What is `known` is
/// confirmed without being sent again (`k8s.io/apiserver/pkg/endpoints/discovery/aggregated/etag.go`).
pub(super) async fn discover(link: &Rc<Link>, known: &Parts) -> Result<Parts, Refusal> {
    let asked = |at: usize| ask(link, PATHS[at], &known[at].tag);
    let (core, groups) = tokio::join!(asked(0), asked(1));
    let mut parts = Parts::default();
    let mut plain: [Option<Vec<u8>>; 2] = [None, None];
    for (at, answer) in [core?, groups?].into_iter().enumerate() {
        match answer {
            Answer::Same => parts[at] = known[at].clone(),
            Answer::New { tag, body } => match aggregated(&body) {
                Some(resources) => parts[at] = Part { tag, resources },
                None => plain[at] = Some(body),
            },
        }
    }
    let [core, groups] = match plain {
        [None, None] => return Ok(parts),
        // Half of it in the new form means that another server has answered.
        [Some(core), Some(groups)] => [core, groups],
        _ => [fetch(link, PATHS[0]).await?, fetch(link, PATHS[1]).await?],
    };
    let resources = legacy(link, &core, &groups).await?;
    Ok([Part { tag: String::new(), resources }, Part::default()])
}

#[derive(serde::Deserialize)]
struct GroupList<'a> {
    kind: Str<'a>,
    #[serde(borrow, default, deserialize_with = "readable")]
    items: Vec<Group<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Group<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(borrow, deserialize_with = "readable")]
    versions: Vec<Version<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Version<'a> {
    #[serde(borrow)]
    version: Str<'a>,
    #[serde(borrow, deserialize_with = "readable")]
    resources: Vec<Served<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Served<'a> {
    #[serde(borrow)]
    resource: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    response_kind: ResponseKind<'a>,
    scope: Str<'a>,
    singular_resource: Str<'a>,
    #[serde(borrow, deserialize_with = "readable")]
    verbs: Vec<Str<'a>>,
    #[serde(borrow, deserialize_with = "readable")]
    short_names: Vec<Str<'a>>,
    #[serde(borrow, deserialize_with = "readable")]
    categories: Vec<Str<'a>>,
    #[serde(borrow, deserialize_with = "readable")]
    subresources: Vec<Sub<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct ResponseKind<'a> {
    #[serde(borrow)]
    kind: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Sub<'a> {
    #[serde(borrow)]
    subresource: Str<'a>,
}

/// Whether this can be a plural in a path; what cannot is no resource type.
pub(crate) fn is_name(plural: &str) -> bool {
    !plural.is_empty()
        && plural.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
        && !plural.starts_with('.')
}

fn text(s: &str) -> Text {
    errors::line(s).into()
}

fn texts(all: &[Str<'_>]) -> Vec<Text> {
    all.iter().map(|s| text(s)).collect()
}

/// Resource types of an aggregated answer; None where it is not one.
fn aggregated(body: &[u8]) -> Option<Vec<Resource>> {
    let list: GroupList<'_> = serde_json::from_slice(body).ok()?;
    if *list.kind != *"APIGroupDiscoveryList" {
        return None;
    }
    let mut found = Vec::new();
    for group in &list.items {
        // Versions come best first.
        let mut seen = FxHashSet::default();
        for version in &group.versions {
            for served in version.resources.iter().filter(|served| is_name(&served.resource)) {
                found.push(Resource {
                    gvr: Gvr::new(
                        text(&group.metadata.name),
                        text(&version.version),
                        text(&served.resource),
                    ),
                    kind: text(&served.response_kind.kind),
                    singular: text(&served.singular_resource),
                    short_names: texts(&served.short_names),
                    categories: texts(&served.categories),
                    namespaced: *served.scope == *"Namespaced",
                    verbs: texts(&served.verbs),
                    subresources: served
                        .subresources
                        .iter()
                        .map(|sub| text(&sub.subresource))
                        .collect(),
                    preferred: seen.insert(served.resource.to_string()),
                });
            }
        }
    }
    Some(found)
}

#[derive(serde::Deserialize)]
struct OldVersions {
    #[serde(default, deserialize_with = "readable")]
    versions: Vec<String>,
}

#[derive(serde::Deserialize)]
struct OldGroups {
    #[serde(default, deserialize_with = "readable")]
    groups: Vec<OldGroup>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OldGroup {
    name: String,
    #[serde(deserialize_with = "readable")]
    versions: Vec<OldVersion>,
    #[serde(deserialize_with = "nullable")]
    preferred_version: OldVersion,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct OldVersion {
    version: String,
}

#[derive(serde::Deserialize)]
struct OldResources<'a> {
    #[serde(borrow, default, deserialize_with = "readable")]
    resources: Vec<OldResource<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OldResource<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    singular_name: Str<'a>,
    namespaced: bool,
    kind: Str<'a>,
    #[serde(borrow, deserialize_with = "readable")]
    verbs: Vec<Str<'a>>,
    #[serde(borrow, deserialize_with = "readable")]
    short_names: Vec<Str<'a>>,
    #[serde(borrow, deserialize_with = "readable")]
    categories: Vec<Str<'a>>,
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| errors::unreadable(DISCOVERY, body, &error))
}

/// Servers without aggregated discovery (before 1.27, and some proxies).
async fn legacy(link: &Rc<Link>, core: &[u8], groups: &[u8]) -> Result<Vec<Resource>, Refusal> {
    let odd = |fault| Refusal::new(Sort::Passing, fault);
    let core: OldVersions = read(core).map_err(odd)?;
    let groups: OldGroups = read(groups).map_err(odd)?;
    let mut wanted: Vec<(String, String, String)> = core
        .versions
        .into_iter()
        .map(|version| (String::new(), version.clone(), format!("/api/{version}")))
        .collect();
    for group in groups.groups {
        let mut versions = group.versions;
        // The preferred one first: what comes first is preferred for each of its plurals.
        versions.sort_by_key(|one| one.version != group.preferred_version.version);
        wanted.extend(versions.into_iter().map(|OldVersion { version }| {
            let path = format!("/apis/{}/{version}", group.name);
            (group.name.clone(), version, path)
        }));
    }
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    for few in wanted.chunks(8) {
        let answers = few.iter().map(|(_, _, path)| fetch(link, path));
        let answers = futures::future::join_all(answers).await;
        for ((group, version, _), answer) in few.iter().zip(answers) {
            // An aggregated API that is away must not hide all others.
            let Ok(body) = answer else { continue };
            old_resources(group, version, &body, &mut seen, &mut found);
        }
    }
    Ok(found)
}

fn old_resources(
    group: &str,
    version: &str,
    body: &[u8],
    seen: &mut FxHashSet<(String, String)>,
    found: &mut Vec<Resource>,
) {
    let Ok(list) = serde_json::from_slice::<OldResources<'_>>(body) else { return };
    let mut subresources: FxHashMap<&str, Vec<Text>> = FxHashMap::default();
    for (plural, sub) in list.resources.iter().filter_map(|one| one.name.split_once('/')) {
        subresources.entry(plural).or_default().push(text(sub));
    }
    for one in list.resources.iter().filter(|one| is_name(&one.name)) {
        found.push(Resource {
            gvr: Gvr::new(text(group), text(version), text(&one.name)),
            kind: text(&one.kind),
            singular: text(&one.singular_name),
            short_names: texts(&one.short_names),
            categories: texts(&one.categories),
            namespaced: one.namespaced,
            verbs: texts(&one.verbs),
            subresources: subresources.remove(&*one.name).unwrap_or_default(),
            preferred: seen.insert((group.to_owned(), one.name.to_string())),
        });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_first_version_that_has_a_type_is_its_preferred_one() {
        let body = br#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"shop.io"},
            "versions":[
              {"version":"v1","resources":[{"resource":"carts","scope":"Namespaced",
                "responseKind":{"kind":"Cart"},"singularResource":"cart","shortNames":["ca"],
                "verbs":["list","watch"],"subresources":[{"subresource":"scale"}]}]},
              {"version":"v1beta1","resources":[
                {"resource":"carts","scope":"Namespaced","responseKind":{"kind":"Cart"}},
                {"resource":"tills","scope":"Cluster","responseKind":null,"verbs":null}]}]}]}"#;
        let found = aggregated(body).unwrap();
        let said: Vec<_> =
            found.iter().map(|one| (one.gvr.to_string(), one.preferred, one.namespaced)).collect();
        assert_eq!(
            said,
            [
                ("shop.io/v1/carts".to_owned(), true, true),
                ("shop.io/v1beta1/carts".to_owned(), false, true),
                ("shop.io/v1beta1/tills".to_owned(), true, false),
            ]
        );
        assert_eq!(found[0].subresources, ["scale"]);
        assert!(found[0].can("watch"));
        assert_eq!(aggregated(br#"{"kind":"APIVersions","versions":["v1"]}"#), None);
    }

    #[test]
    fn one_odd_entry_hides_no_others() {
        let body = br#"{"kind":"APIGroupDiscoveryList","items":[null,5,{"metadata":{"name":"a.io"},
            "versions":[null,{"version":"v1","resources":[null,{"resource":7},
              {"resource":"../../x","scope":"Namespaced"},{"resource":"a b"},{"resource":""},
              {"resource":"carts","verbs":["list",null,{}],"shortNames":"ca"}]}]}]}"#;
        let found = aggregated(body).unwrap();
        let names: Vec<_> = found.iter().map(|one| one.gvr.to_string()).collect();
        assert_eq!(names, ["a.io/v1/carts"]);
        assert!(found[0].can("list"));
        let body = br#"{"resources":[null,{"name":null},{"name":"x","verbs":5},{"name":[]},
            {"name":"carts","kind":"Cart","verbs":["get"]}]}"#;
        let (mut seen, mut found) = (FxHashSet::default(), Vec::new());
        old_resources("a.io", "v1", body, &mut seen, &mut found);
        let names: Vec<_> = found.iter().map(|one| one.gvr.plural.as_str()).collect();
        assert_eq!(names, ["x", "carts"]);
    }

    #[test]
    fn an_answer_that_is_no_api_servers_is_called_so() {
        let page = b"<html><title>Please log in</title></html>";
        let fault = read::<OldVersions>(page).err().unwrap();
        assert!(fault.why.contains("web page") && fault.why.contains("Please log in"), "{fault}");
        assert!(!fault.hint.is_empty());
        let fault = read::<OldVersions>(b"").err().unwrap();
        assert!(fault.why.contains("empty"), "{fault}");
    }

    #[test]
    fn old_lists_tell_subresources_by_a_slash() {
        let body = br#"{"resources":[
            {"name":"carts/scale","namespaced":true,"kind":"Scale","verbs":["get"]},
            {"name":"carts","singularName":"cart","namespaced":true,"kind":"Cart",
             "verbs":["list"]}]}"#;
        let (mut seen, mut found) = (FxHashSet::default(), Vec::new());
        old_resources("shop.io", "v1", body, &mut seen, &mut found);
        old_resources("shop.io", "v1beta1", body, &mut seen, &mut found);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].subresources, ["scale"]);
        assert_eq!((found[0].preferred, found[1].preferred), (true, false));
    }
}
