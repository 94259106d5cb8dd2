//! Clusters that engines know by the name of another object: Argo CD's cluster Secrets
//! (`spec.destination.name`, util/db/cluster.go), the kubeconfig of a Flux `spec.kubeConfig`
//! (pkg/runtime/client). Only names and addresses are read from those; what else is in them is neither
//! decoded nor kept.

use crate::kinds::de::{Pairs, Str, nullable};
use crate::model::{Fault, FaultKind, Gvr, Read, Text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use zeroize::Zeroizing;

/// The object that knows where a cluster is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Keeper {
    /// The cluster Secrets of the Argo CD in this namespace.
    ArgoClusters(Text),
    /// A Secret with a kubeconfig: namespace, name, key (empty: `value`, else `value.yaml`).
    Secret(Text, Text, Text),
    /// A ConfigMap with an address: namespace, name.
    ConfigMap(Text, Text),
}

/// A cluster by its name: who knows it, and what it is called there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Who knows it.
    pub of: Keeper,
    /// Its name there; empty where that knows only one.
    pub name: Text,
}

/// Addresses by name, or why they cannot be told.
pub type Told = Result<BTreeMap<Text, Result<Text, Text>>, Text>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct List<'a> {
    #[serde(borrow)]
    items: Vec<Cluster<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cluster<'a> {
    #[serde(borrow)]
    data: Option<ClusterData<'a>>,
}

/// Of a cluster Secret: the key `config`, with the credentials, is left out.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ClusterData<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(borrow)]
    server: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    data: Pairs<'a, Str<'a>>,
}

/// Of a kubeconfig only what leads to the server of its current context.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Kubeconfig {
    current_context: String,
    contexts: Vec<NamedContext>,
    clusters: Vec<NamedCluster>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NamedContext {
    name: String,
    context: ContextOf,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContextOf {
    cluster: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NamedCluster {
    name: String,
    cluster: Server,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Server {
    server: String,
}

impl Keeper {
    /// What has to be read.
    pub fn read(&self) -> Read {
        match self {
            Self::ArgoClusters(namespace) => {
                let path = Gvr::new("", "v1", "secrets").collection_path(Some(namespace));
                Read {
                    what: format!("list the cluster Secrets in {namespace}"),
                    path: format!(
                        "{path}?labelSelector=argocd.argoproj.io%2Fsecret-type%3Dcluster"
                    ),
                }
            }
            Self::Secret(namespace, name, _) => Read {
                what: format!("get Secret {namespace}/{name}"),
                path: Gvr::new("", "v1", "secrets").object_path(namespace, name),
            },
            Self::ConfigMap(namespace, name) => Read {
                what: format!("get ConfigMap {namespace}/{name}"),
                path: Gvr::new("", "v1", "configmaps").object_path(namespace, name),
            },
        }
    }

    /// The addresses from the answer to [`Keeper::read`]: JSON text, or why there is none.
    pub fn judge(&self, answer: Result<&str, &Fault>) -> Told {
        let json = answer.map_err(|fault| self.cannot(fault))?;
        let unreadable = |what: &str| Text::from(format!("{what} is not what was expected"));
        match self {
            Self::ArgoClusters(_) => {
                let list: List<'_> =
                    serde_json::from_str(json).map_err(|_| unreadable("the list of clusters"))?;
                let mut known: BTreeMap<Text, Result<Text, Text>> = BTreeMap::new();
                for data in list.items.iter().filter_map(|one| one.data.as_ref()) {
                    let (Some(name), Some(server)) = (decoded(&data.name), decoded(&data.server))
                    else {
                        continue;
                    };
                    // Without a name it is known by its address.
                    let name = if name.is_empty() { server.clone() } else { name };
                    let twice = || Err(format!("two cluster Secrets are called {}", *name).into());
                    let server: Text = server.as_str().into();
                    known
                        .entry(name.as_str().into())
                        .and_modify(|one| {
                            if one.as_ref() != Ok(&server) {
                                *one = twice();
                            }
                        })
                        .or_insert_with(|| Ok(server.clone()));
                }
                Ok(known)
            }
            Self::Secret(namespace, name, key) => {
                let what = format!("Secret {namespace}/{name}");
                let object: Data<'_> = serde_json::from_str(json).map_err(|_| unreadable(&what))?;
                let data = object.data;
                let keys: &[&str] =
                    if key.is_empty() { &["value", "value.yaml"] } else { &[key.as_str()] };
                let Some(value) = keys.iter().find_map(|key| data.get(key)) else {
                    return Err(format!("{what} has no key {}", keys.join(" or ")).into());
                };
                let value = decoded(value).ok_or_else(|| unreadable(&what))?;
                let server = current_server(&value).map_err(|why| format!("{what}: {why}"))?;
                Ok(BTreeMap::from([(Text::new(), Ok(server))]))
            }
            Self::ConfigMap(namespace, name) => {
                let what = format!("ConfigMap {namespace}/{name}");
                let object: Data<'_> = serde_json::from_str(json).map_err(|_| unreadable(&what))?;
                let data = object.data;
                match data.get("address").filter(|address| !address.is_empty()) {
                    Some(address) => Ok(BTreeMap::from([(Text::new(), Ok((&**address).into()))])),
                    None => Err(match data.get("cluster") {
                        Some(cluster) => format!("{what} names {}, and no address", &**cluster),
                        None => format!("{what} has no address"),
                    }
                    .into()),
                }
            }
        }
    }

    fn cannot(&self, fault: &Fault) -> Text {
        let what = self.read().what;
        match fault.kind {
            FaultKind::Forbidden => format!("you may not {what}"),
            FaultKind::NotFound => format!("there is no {}", what.trim_start_matches("get ")),
            _ => format!("{what}: {}", fault.why),
        }
        .into()
    }
}

fn decoded(value: &str) -> Option<Zeroizing<String>> {
    let bytes = STANDARD.decode(value).ok()?;
    String::from_utf8(bytes).ok().map(Zeroizing::new)
}

/// The server of the current context of a kubeconfig.
fn current_server(kubeconfig: &str) -> Result<Text, &'static str> {
    let whole: Kubeconfig =
        serde_saphyr::from_str(kubeconfig).map_err(|_| "its value is no kubeconfig")?;
    if whole.current_context.is_empty() {
        return Err("its kubeconfig has no current context");
    }
    let context = whole.contexts.iter().find(|one| one.name == whole.current_context);
    let cluster = context.map(|one| one.context.cluster.as_str());
    let found = whole.clusters.iter().find(|one| Some(one.name.as_str()) == cluster);
    match found.map(|one| one.cluster.server.as_str()) {
        Some(server) if !server.is_empty() => Ok(server.into()),
        _ => Err("the current context of its kubeconfig leads to no server"),
    }
}

/// What is known of clusters by name.
#[derive(Debug, Default)]
pub struct Places {
    told: HashMap<Keeper, Told>,
    asked: Vec<Keeper>,
    unasked: Vec<Keeper>,
}

impl Places {
    /// The address of a cluster, or why it cannot be told; None while that is not known, and from now
    /// on asked for.
    pub(super) fn server(&mut self, place: &Place) -> Option<Result<Text, Text>> {
        match self.told.get(&place.of) {
            Some(Ok(known)) => Some(known.get(&place.name).cloned().unwrap_or_else(|| {
                Err(format!("Argo CD has no cluster called {}", place.name).into())
            })),
            Some(Err(why)) => Some(Err(why.clone())),
            None => {
                if !self.asked.contains(&place.of) && !self.unasked.contains(&place.of) {
                    self.unasked.push(place.of.clone());
                }
                None
            }
        }
    }

    /// The next one to be read, unless so many are being read already.
    pub(super) fn ask(&mut self, at_once: usize) -> Option<Keeper> {
        if self.asked.len() >= at_once {
            return None;
        }
        let next = self.unasked.pop()?;
        self.asked.push(next.clone());
        Some(next)
    }

    /// What came of it.
    pub(super) fn learn(&mut self, keeper: &Keeper, told: Told) {
        self.asked.retain(|one| one != keeper);
        self.told.insert(keeper.clone(), told);
    }

    /// Nothing is known any more.
    pub(super) fn forget(&mut self) {
        self.told.clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn b64(text: &str) -> String {
        STANDARD.encode(text)
    }

    #[test]
    fn cluster_secrets_tell_addresses_by_name_and_nothing_else() {
        let secret = |name: &str, server: &str| {
            json!({"metadata": {"name": "x"}, "data": {"name": b64(name), "server": b64(server),
                "config": b64("{\"bearerToken\":\"hunter2\"}")}})
        };
        let list = json!({"kind": "SecretList", "items": [
            secret("prod-us", "https://us.example.com"), secret("two", "https://a.example.com"),
            secret("two", "https://b.example.com"), secret("", "https://nameless.example.com"),
            {"metadata": {"name": "empty"}}]});
        let keeper = Keeper::ArgoClusters("argocd".into());
        let told = keeper.judge(Ok(&list.to_string())).unwrap();
        assert_eq!(told["prod-us"], Ok("https://us.example.com".into()));
        assert_eq!(told["two"], Err("two cluster Secrets are called two".into()));
        assert!(told["https://nameless.example.com"].is_ok());
        assert_eq!(told.len(), 3);
        assert!(!format!("{told:?}").contains("hunter2"));
        assert_eq!(
            keeper.read().path,
            "/api/v1/namespaces/argocd/secrets\
             ?labelSelector=argocd.argoproj.io%2Fsecret-type%3Dcluster"
        );
        let fault = Fault::new(FaultKind::Forbidden, "list", "no");
        let why = keeper.judge(Err(&fault)).unwrap_err();
        assert_eq!(why, "you may not list the cluster Secrets in argocd");
    }

    #[test]
    fn a_kubeconfig_tells_the_server_of_its_current_context() {
        let config = "\
apiVersion: v1
kind: Config
current-context: edge
contexts:
- name: other
  context: {cluster: other, user: me}
- name: edge
  context: {cluster: far, user: me}
clusters:
- name: other
  cluster: {server: https://other.example.com}
- name: far
  cluster: {server: 'https://far.example.com:6443', certificate-authority-data: AAAA}
users:
- name: me
  user: {token: hunter2}
";
        let of = |key: &str, data: serde_json::Value| {
            let keeper = Keeper::Secret("flux-system".into(), "edge".into(), key.into());
            keeper.judge(Ok(&json!({ "data": data }).to_string()))
        };
        let known = BTreeMap::from([(Text::new(), Ok("https://far.example.com:6443".into()))]);
        assert_eq!(of("", json!({"value": b64(config)})), Ok(known.clone()));
        assert_eq!(of("", json!({"value.yaml": b64(config)})), Ok(known.clone()));
        assert_eq!(of("k", json!({"k": b64(config), "value": b64("x")})), Ok(known));
        for (data, why) in [
            (json!({"other": b64(config)}), "has no key value or value.yaml"),
            (json!({"value": b64("current-context: gone")}), "leads to no server"),
            (json!({"value": b64("clusters: []")}), "no current context"),
            (json!({"value": b64("just: [words")}), "no kubeconfig"),
            (json!({"value": "%%%"}), "not what was expected"),
        ] {
            let told = of("", data).unwrap_err();
            assert!(told.contains(why) && told.contains("flux-system/edge"), "{told}");
        }
    }

    #[test]
    fn a_config_map_tells_its_address() {
        let of = |data: serde_json::Value| {
            let keeper = Keeper::ConfigMap("flux-system".into(), "edge".into());
            keeper.judge(Ok(&json!({ "data": data }).to_string()))
        };
        let told = of(json!({"provider": "generic", "address": "https://far.example.com"}));
        assert_eq!(told.unwrap()[""], Ok("https://far.example.com".into()));
        let why = of(json!({"provider": "aws", "cluster": "arn:aws:eks:x"})).unwrap_err();
        assert_eq!(why, "ConfigMap flux-system/edge names arn:aws:eks:x, and no address");
    }
}
