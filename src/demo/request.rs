//! What a request is about: its path and query, taken apart.

use http::Method;

use super::store::{Store, TypeId};

/// Where a path leads.
#[derive(Debug, Clone, PartialEq)]
pub enum Route {
    /// `/version`
    Version,
    /// `/readyz`, `/livez`, `/healthz`
    Health,
    /// `/api`: legacy or aggregated discovery of the core group.
    Api,
    /// `/apis`: discovery of all other groups.
    Apis,
    /// `/apis/{group}`
    Group(String),
    /// `/api/v1`, `/apis/{group}/{version}`
    Version1 {
        /// Group.
        group: String,
        /// Version.
        version: String,
    },
    /// A resource.
    Resource(Target),
    /// No such resource in a version that is served.
    NoResource,
    /// Nothing is served there.
    Nowhere,
}

/// A resource, an object or a subresource of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The type.
    pub id: TypeId,
    /// The version that the path asks for.
    pub version: String,
    /// Namespace; none for cluster-scoped types and lists over all namespaces.
    pub namespace: Option<String>,
    /// The object.
    pub name: Option<String>,
    /// The subresource.
    pub sub: Option<String>,
}

/// Takes a path apart.
pub fn route(store: &Store, path: &str) -> Route {
    let parts: Vec<String> =
        path.split('/').filter(|part| !part.is_empty()).map(|part| unescape(part, false)).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["version"] => Route::Version,
        ["readyz" | "livez" | "healthz", ..] => Route::Health,
        ["api"] => Route::Api,
        ["apis"] => Route::Apis,
        ["apis", group] => Route::Group((*group).to_owned()),
        ["api", version] => {
            Route::Version1 { group: String::new(), version: (*version).to_owned() }
        }
        ["apis", group, version] => {
            Route::Version1 { group: (*group).to_owned(), version: (*version).to_owned() }
        }
        ["api", version, rest @ ..] => resource(store, "", version, rest),
        ["apis", group, version, rest @ ..] => resource(store, group, version, rest),
        _ => Route::Nowhere,
    }
}

fn resource(store: &Store, group: &str, version: &str, rest: &[&str]) -> Route {
    let (namespace, plural, tail) = match rest {
        ["namespaces", name, sub @ ("status" | "finalize")] if group.is_empty() => {
            return target(store, group, version, None, "namespaces", &[name, sub]);
        }
        ["namespaces", namespace, plural, tail @ ..] => (Some(*namespace), *plural, tail),
        [plural, tail @ ..] => (None, *plural, tail),
        [] => return Route::Nowhere,
    };
    target(store, group, version, namespace, plural, tail)
}

fn target(
    store: &Store,
    group: &str,
    version: &str,
    namespace: Option<&str>,
    plural: &str,
    tail: &[&str],
) -> Route {
    let known = |(_, ty): (TypeId, &std::rc::Rc<super::kinds::Type>)| {
        ty.group == group && ty.versions.iter().any(|v| v == version)
    };
    let nowhere = if store.types().any(known) { Route::NoResource } else { Route::Nowhere };
    let Some(id) = store.find(group, plural) else { return nowhere };
    let ty = store.ty(id);
    let served = ty.versions.iter().any(|v| v == version);
    // Objects of namespaced types are named inside their namespace only.
    let misplaced =
        ty.namespaced != namespace.is_some() && (namespace.is_some() || !tail.is_empty());
    if !served || misplaced || tail.len() > 2 {
        return nowhere;
    }
    Route::Resource(Target {
        id,
        version: version.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: tail.first().map(|name| (*name).to_owned()),
        sub: tail.get(1).map(|sub| (*sub).to_owned()),
    })
}

/// The query of a request.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Takes `a=b&c=d` apart.
    pub fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(key, true), unescape(value, true))
        });
        Self(pairs.collect())
    }

    /// The first value of a parameter, or empty.
    pub fn get(&self, key: &str) -> &str {
        self.0.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }

    /// All values of a parameter.
    pub fn all<'q>(&'q self, key: &'q str) -> impl Iterator<Item = &'q str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Is a boolean parameter set? (`true`, `1`, or present without a value)
    pub fn is(&self, key: &str) -> bool {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .is_some_and(|(_, value)| matches!(value.as_str(), "" | "1" | "true" | "True"))
    }

    /// A number.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key).parse().ok()
    }

    /// Was this asked as a dry run?
    pub fn dry_run(&self) -> bool {
        self.get("dryRun") == "All"
    }
}

/// Undoes percent encoding; in queries `+` is a space.
fn unescape(text: &str, query: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) if query => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The verb that access rules know this request by.
pub fn verb(method: &Method, target: &Target, query: &Query) -> &'static str {
    // Reaching into a container is creating something, also where it is asked for with GET.
    if matches!(target.sub.as_deref(), Some("exec" | "attach" | "portforward")) {
        return "create";
    }
    match (method, &target.name) {
        (&Method::GET | &Method::HEAD, None) if query.is("watch") => "watch",
        (&Method::GET | &Method::HEAD, None) => "list",
        (&Method::GET | &Method::HEAD, Some(_)) => "get",
        (&Method::POST, _) => "create",
        (&Method::PUT, _) => "update",
        (&Method::PATCH, _) => "patch",
        (&Method::DELETE, None) => "deletecollection",
        (&Method::DELETE, Some(_)) => "delete",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clock::Clock;

    #[test]
    fn paths_lead_to_types_objects_and_subresources() {
        let store = Store::new(1, Clock::real(0));
        let named = |path: &str| match route(&store, path) {
            Route::Resource(target) => format!(
                "{} {:?} {:?} {:?}",
                store.ty(target.id).qualified(),
                target.namespace.as_deref().unwrap_or("-"),
                target.name.as_deref().unwrap_or("-"),
                target.sub.as_deref().unwrap_or("-"),
            ),
            other => format!("{other:?}"),
        };
        assert_eq!(named("/api/v1/pods"), r#"pods "-" "-" "-""#);
        assert_eq!(named("/api/v1/namespaces/a/pods/x/log"), r#"pods "a" "x" "log""#);
        assert_eq!(named("/api/v1/namespaces/a"), r#"namespaces "-" "a" "-""#);
        assert_eq!(named("/api/v1/namespaces/a/status"), r#"namespaces "-" "a" "status""#);
        assert_eq!(
            named("/apis/apps/v1/namespaces/a/deployments/x/scale"),
            r#"deployments.apps "a" "x" "scale""#
        );
        assert_eq!(named("/apis/apps/v2/deployments"), "Nowhere");
        assert_eq!(named("/api/v1/namespaces/a/nodes"), "NoResource");
        assert_eq!(named("/api/v1/pods/x"), "NoResource");
    }

    #[test]
    fn queries_are_unescaped() {
        let query = Query::parse("labelSelector=a%3Db%2Cc+in+%28d%29&watch=true&limit=5");
        assert_eq!(query.get("labelSelector"), "a=b,c in (d)");
        assert!(query.is("watch") && !query.is("follow"));
        assert_eq!(query.number("limit"), Some(5));
    }
}
