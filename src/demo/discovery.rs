//! What the server says it serves: aggregated discovery (v2) and the older documents.

use serde_json::{Map, Value, json};

use super::kinds::Type;
use super::store::Store;

/// The version that the server reports.
pub fn version() -> Value {
    json!({
        "major": "1", "minor": "36",
        "emulationMajor": "1", "emulationMinor": "36",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.3",
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean", "buildDate": "2026-06-10T09:00:00Z",
        "goVersion": "go1.26.4", "compiler": "gc", "platform": "linux/amd64",
    })
}

/// Does this Accept header ask for aggregated discovery that we can give?
pub fn wants_aggregated(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let has = |parameter: &str| range.split(';').any(|part| part.trim() == parameter);
        range.trim_start().starts_with("application/json")
            && has("g=apidiscovery.k8s.io")
            && has("v=v2")
            && has("as=APIGroupDiscoveryList")
    })
}

/// A group: its versions in order of preference, each with its types.
type Group<'a> = (String, Vec<(String, Vec<&'a Type>)>);

/// Groups in order, each with its versions and their types.
fn groups(store: &Store, core: bool) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (_, ty) in store.types().filter(|(_, ty)| ty.group.is_empty() == core) {
        let at = match groups.iter().position(|(group, _)| *group == ty.group) {
            Some(at) => at,
            None => {
                groups.push((ty.group.clone(), Vec::new()));
                groups.len() - 1
            }
        };
        for version in &ty.versions {
            let versions = &mut groups[at].1;
            match versions.iter_mut().find(|(known, _)| known == version) {
                Some((_, types)) => types.push(ty),
                None => versions.push((version.clone(), vec![ty])),
            }
        }
    }
    for (_, versions) in &mut groups {
        versions.sort_by_key(|(version, _)| std::cmp::Reverse(priority(version)));
        for (_, types) in versions {
            types.sort_by(|a, b| a.plural.cmp(&b.plural));
        }
    }
    groups
}

/// Order of versions: GA before beta before alpha, newer before older.
pub fn priority(version: &str) -> (u8, u32, u32) {
    let digits = |text: &str| text.parse::<u32>().unwrap_or(0);
    let rest = version.trim_start_matches('v');
    if let Some((major, minor)) = rest.split_once("beta") {
        (1, digits(major), digits(minor))
    } else if let Some((major, minor)) = rest.split_once("alpha") {
        (0, digits(major), digits(minor))
    } else {
        (2, digits(rest), 0)
    }
}

/// `APIGroupDiscoveryList` of `/api` or `/apis`.
pub fn aggregated(store: &Store, core: bool) -> Value {
    let items: Vec<Value> = groups(store, core)
        .iter()
        .map(|(group, versions)| {
            let mut meta = json!({});
            if !group.is_empty() {
                meta["name"] = group.as_str().into();
            }
            let versions: Vec<Value> = versions
                .iter()
                .map(|(version, types)| {
                    let resources: Vec<Value> =
                        types.iter().map(|ty| aggregated_resource(ty, version)).collect();
                    json!({"version": version, "resources": resources, "freshness": "Current"})
                })
                .collect();
            json!({"metadata": meta, "versions": versions})
        })
        .collect();
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    })
}

fn aggregated_resource(ty: &Type, version: &str) -> Value {
    let kind = |kind: &str| json!({"group": ty.group, "version": version, "kind": kind});
    let mut resource = json!({
        "resource": ty.plural,
        "responseKind": kind(&ty.kind),
        "scope": if ty.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": ty.singular,
        "verbs": ty.verbs,
    });
    if !ty.short.is_empty() {
        resource["shortNames"] = json!(ty.short);
    }
    if !ty.categories.is_empty() {
        resource["categories"] = json!(ty.categories);
    }
    let subresources: Vec<Value> = subresources(ty)
        .into_iter()
        .map(|(name, group, sub_version, sub_kind, verbs)| {
            json!({
                "subresource": name,
                "responseKind": {
                    "group": group.unwrap_or(&ty.group),
                    "version": sub_version.unwrap_or(version),
                    "kind": sub_kind,
                },
                "verbs": verbs,
            })
        })
        .collect();
    if !subresources.is_empty() {
        resource["subresources"] = subresources.into();
    }
    resource
}

/// Name, foreign group and version, kind, verbs.
type Sub<'a> =
    (&'a str, Option<&'static str>, Option<&'static str>, &'a str, &'static [&'static str]);

fn subresources(ty: &Type) -> Vec<Sub<'_>> {
    const WRITE: &[&str] = &["get", "patch", "update"];
    let mut list: Vec<Sub<'_>> = Vec::new();
    for (name, kind, verbs) in &ty.extra {
        let group = (*kind == "Eviction").then_some("policy");
        list.push((name, group, group.map(|_| "v1"), kind, verbs));
    }
    if ty.scale.is_some() {
        list.push(("scale", Some("autoscaling"), Some("v1"), "Scale", WRITE));
    }
    if ty.status {
        list.push(("status", None, None, &ty.kind, WRITE));
    }
    // Of custom types the server tells the status first.
    list.sort_by_key(|sub| (ty.custom && sub.0 != "status", sub.0));
    list
}

/// `APIVersions` of `/api`.
pub fn api_versions() -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "demo:443"}],
    })
}

fn group_value(group: &str, versions: &[(String, Vec<&Type>)]) -> Map<String, Value> {
    let named =
        |version: &str| json!({"groupVersion": format!("{group}/{version}"), "version": version});
    let all: Vec<Value> = versions.iter().map(|(version, _)| named(version)).collect();
    let mut value = Map::new();
    value.insert("name".to_owned(), group.into());
    value.insert("preferredVersion".to_owned(), all.first().cloned().unwrap_or_default());
    value.insert("versions".to_owned(), all.into());
    value
}

/// `APIGroupList` of `/apis`.
pub fn group_list(store: &Store) -> Value {
    let list: Vec<Value> = groups(store, false)
        .iter()
        .map(|(group, versions)| Value::Object(group_value(group, versions)))
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": list})
}

/// `APIGroup` of one group.
pub fn group(store: &Store, name: &str) -> Option<Value> {
    let groups = groups(store, false);
    let (group, versions) = groups.iter().find(|(group, _)| group == name)?;
    let mut value = json!({"kind": "APIGroup", "apiVersion": "v1"});
    if let Value::Object(fields) = &mut value {
        fields.extend(group_value(group, versions));
    }
    Some(value)
}

/// `APIResourceList` of one version of a group.
pub fn resources(store: &Store, group: &str, version: &str) -> Option<Value> {
    let groups = groups(store, group.is_empty());
    let (_, versions) = groups.iter().find(|(name, _)| name == group)?;
    let (_, types) = versions.iter().find(|(name, _)| name == version)?;
    let mut list = Vec::new();
    for ty in types {
        let mut resource = json!({
            "name": ty.plural,
            "singularName": ty.singular,
            "namespaced": ty.namespaced,
            "kind": ty.kind,
            "verbs": ty.verbs,
        });
        if !ty.short.is_empty() {
            resource["shortNames"] = json!(ty.short);
        }
        if !ty.categories.is_empty() {
            resource["categories"] = json!(ty.categories);
        }
        list.push(resource);
        for (name, sub_group, sub_version, kind, verbs) in subresources(ty) {
            let mut sub = json!({
                "name": format!("{}/{name}", ty.plural),
                "singularName": "",
                "namespaced": ty.namespaced,
            });
            if let (Some(group), Some(version)) = (sub_group, sub_version) {
                sub["group"] = group.into();
                sub["version"] = version.into();
            }
            sub["kind"] = kind.into();
            sub["verbs"] = json!(verbs);
            list.push(sub);
        }
    }
    let group_version =
        if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut value =
        json!({"kind": "APIResourceList", "groupVersion": group_version, "resources": list});
    if !group.is_empty() {
        value["apiVersion"] = "v1".into();
    }
    Some(value)
}
