//! What the checks need: lists to read page by page, kept as the few fields they judge.

use super::credential::Credential;
use super::leases::Lease;
use super::pods::Pod;
use super::reconciled::Reconciled;
use super::volumes::Usage;
use crate::model::{Catalogue, Gvr, Read};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use x509_parser::pem::Pem;

/// Objects of a page: few enough to be taken in between two frames.
const PAGE: usize = 100;

/// A list that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Services.
    Services,
    /// Their endpoints.
    EndpointSlices,
    /// Deployments.
    Deployments,
    /// Jobs.
    Jobs,
    /// Secrets of type kubernetes.io/tls.
    TlsSecrets,
    /// Pods: their volumes and images.
    Pods,
    /// Who leads among controllers.
    Leases,
    /// StatefulSets.
    StatefulSets,
    /// DaemonSets.
    DaemonSets,
    /// Flux Kustomizations.
    Kustomizations,
    /// Flux HelmReleases.
    HelmReleases,
    /// cert-manager Certificates.
    Certificates,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Services,
        Self::EndpointSlices,
        Self::Deployments,
        Self::Jobs,
        Self::TlsSecrets,
        Self::Pods,
        Self::Leases,
        Self::StatefulSets,
        Self::DaemonSets,
        Self::Kustomizations,
        Self::HelmReleases,
        Self::Certificates,
    ];

    /// Those that a cluster with these kinds serves.
    pub fn served(catalogue: &Catalogue) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|source| catalogue.get(&source.gvr()).is_some())
    }

    /// The resource type.
    pub fn gvr(self) -> Gvr {
        let (base, plural, _) = self.place();
        let (group, version) =
            base.strip_prefix("/apis/").and_then(|base| base.split_once('/')).unwrap_or(("", "v1"));
        Gvr::new(group, version, plural)
    }

    /// Whether it holds what should not be read without somebody asking for it.
    pub fn is_private(self) -> bool {
        self == Self::TlsSecrets
    }

    /// Whether it is too much to be read without somebody asking for it.
    pub fn is_heavy(self) -> bool {
        self == Self::Pods
    }

    /// Group and kind, where it is a kind that a controller reconciles.
    fn reconciled(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Deployments => ("apps", "Deployment"),
            Self::StatefulSets => ("apps", "StatefulSet"),
            Self::DaemonSets => ("apps", "DaemonSet"),
            Self::Kustomizations => ("kustomize.toolkit.fluxcd.io", "Kustomization"),
            Self::HelmReleases => ("helm.toolkit.fluxcd.io", "HelmRelease"),
            Self::Certificates => ("cert-manager.io", "Certificate"),
            _ => return None,
        })
    }

    fn place(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Services => ("/api/v1", "services", ""),
            Self::EndpointSlices => ("/apis/discovery.k8s.io/v1", "endpointslices", ""),
            Self::Deployments => ("/apis/apps/v1", "deployments", ""),
            Self::Jobs => ("/apis/batch/v1", "jobs", ""),
            Self::TlsSecrets => ("/api/v1", "secrets", "&fieldSelector=type%3Dkubernetes.io%2Ftls"),
            Self::Pods => ("/api/v1", "pods", ""),
            Self::Leases => ("/apis/coordination.k8s.io/v1", "leases", ""),
            Self::StatefulSets => ("/apis/apps/v1", "statefulsets", ""),
            Self::DaemonSets => ("/apis/apps/v1", "daemonsets", ""),
            Self::Kustomizations => ("/apis/kustomize.toolkit.fluxcd.io/v1", "kustomizations", ""),
            Self::HelmReleases => ("/apis/helm.toolkit.fluxcd.io/v2", "helmreleases", ""),
            Self::Certificates => ("/apis/cert-manager.io/v1", "certificates", ""),
        }
    }

    /// One page of it: in one namespace, or in all where that is empty; after the page before that
    /// ended with this token.
    pub fn read(self, namespace: &str, token: &str) -> Read {
        let (base, plural, more) = self.place();
        let place =
            if namespace.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
        let mut path = format!("{base}{place}/{plural}?limit={PAGE}{more}");
        if !token.is_empty() {
            path.push_str("&continue=");
            for byte in token.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    path.push(char::from(byte));
                } else {
                    path.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        Read { what: format!("list {plural}"), path }
    }
}

pub(super) type Labels = BTreeMap<String, String>;

/// Whether labels have everything a selector asks for.
pub(super) fn covers(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// A field that servers may send as null.
pub(super) fn null<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(
    de: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(de)?.unwrap_or_default())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) namespace: String,
    #[serde(deserialize_with = "null")]
    pub(super) labels: Labels,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Service {
    pub(super) metadata: Metadata,
    pub(super) spec: ServiceSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ServiceSpec {
    #[serde(deserialize_with = "null")]
    pub(super) selector: Labels,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Slice {
    metadata: Metadata,
    #[serde(deserialize_with = "null")]
    endpoints: Vec<Endpoint>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Endpoint {
    #[serde(deserialize_with = "null")]
    conditions: Ready,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ready {
    ready: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Deployment {
    pub(super) metadata: Metadata,
    pub(super) spec: DeploymentSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DeploymentSpec {
    pub(super) replicas: Option<i64>,
    pub(super) selector: Selector,
    pub(super) template: Template,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Selector {
    #[serde(deserialize_with = "null")]
    pub(super) match_labels: Labels,
    #[serde(deserialize_with = "null")]
    pub(super) match_expressions: Vec<serde_json::Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Template {
    #[serde(deserialize_with = "null")]
    pub(super) metadata: Metadata,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Job {
    pub(super) metadata: Metadata,
    pub(super) status: JobStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct JobStatus {
    pub(super) failed: i64,
    #[serde(deserialize_with = "null")]
    pub(super) conditions: Vec<Condition>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Condition {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) reason: String,
    pub(super) message: String,
}

/// Only the certificate is read: the private key beside it is never kept.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Secret {
    metadata: Metadata,
    #[serde(rename = "type")]
    kind: String,
    #[serde(deserialize_with = "null")]
    data: SecretData,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SecretData {
    #[serde(rename = "tls.crt")]
    certificate: String,
}

/// The first certificate of a TLS secret.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) subject: String,
    /// Begin and end, Unix seconds; None where it cannot be read.
    pub(super) ends: Option<(i64, i64)>,
}

fn certificate(secret: Secret) -> Certificate {
    let pem = STANDARD.decode(&secret.data.certificate).ok();
    let pem = pem.and_then(|bytes| Pem::iter_from_buffer(&bytes).next()?.ok());
    let parsed = pem.as_ref().and_then(|pem| pem.parse_x509().ok());
    let ends = parsed
        .as_ref()
        .map(|one| (one.validity().not_before.timestamp(), one.validity().not_after.timestamp()));
    let subject = parsed.map(|one| one.subject().to_string()).unwrap_or_default();
    Certificate { namespace: secret.metadata.namespace, name: secret.metadata.name, subject, ends }
}

#[derive(Deserialize)]
struct List<T> {
    #[serde(default)]
    metadata: ListMetadata,
    items: Option<Vec<T>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListMetadata {
    #[serde(rename = "continue")]
    token: String,
}

fn list<T: DeserializeOwned>(json: &str) -> Result<(Vec<T>, String), String> {
    let list: List<T> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    Ok((list.items.unwrap_or_default(), list.metadata.token))
}

/// What was read so far.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    read: BTreeSet<Source>,
    lost: BTreeSet<Source>,
    pub(super) services: Vec<Service>,
    /// Ready endpoints per namespace and Service.
    pub(super) ready: BTreeMap<(String, String), usize>,
    pub(super) deployments: Vec<Deployment>,
    pub(super) jobs: Vec<Job>,
    pub(super) certificates: Vec<Certificate>,
    pub(super) pods: Vec<Pod>,
    pub(super) leases: Vec<Lease>,
    /// Objects that a controller should have seen: group, kind, object.
    pub(super) reconciled: Vec<(&'static str, &'static str, Reconciled)>,
    /// How full volumes are.
    pub(super) usage: Vec<Usage>,
    /// The credential in use.
    pub(super) credential: Option<Credential>,
}

impl Survey {
    /// Nothing read yet; the credential in use, where it ends and nothing renews it.
    pub fn new(credential: Option<Credential>) -> Self {
        Self { credential, ..Self::default() }
    }

    /// Takes one page; the token of the next one, empty after the last.
    ///
    /// # Errors
    /// The page is no list.
    pub fn take(&mut self, source: Source, json: &str) -> Result<String, String> {
        if let Some((group, kind)) = source.reconciled() {
            let (items, token) = list::<Reconciled>(json)?;
            self.reconciled.extend(items.into_iter().map(|item| (group, kind, item)));
            if source != Source::Deployments {
                return Ok(self.done(source, token));
            }
        }
        let token = match source {
            Source::Services => extend(&mut self.services, list(json)?),
            Source::Deployments => extend(&mut self.deployments, list(json)?),
            Source::Jobs => extend(&mut self.jobs, list(json)?),
            Source::EndpointSlices => {
                let (slices, token) = list::<Slice>(json)?;
                for slice in slices {
                    let Some(service) = slice.metadata.labels.get("kubernetes.io/service-name")
                    else {
                        continue;
                    };
                    // Not said means ready, as the API has it.
                    let ready =
                        slice.endpoints.iter().filter(|e| e.conditions.ready != Some(false));
                    let at = (slice.metadata.namespace.clone(), service.clone());
                    *self.ready.entry(at).or_default() += ready.count();
                }
                token
            }
            Source::Pods => extend(&mut self.pods, list(json)?),
            Source::Leases => extend(&mut self.leases, list(json)?),
            Source::StatefulSets
            | Source::DaemonSets
            | Source::Kustomizations
            | Source::HelmReleases
            | Source::Certificates => String::new(),
            Source::TlsSecrets => {
                let (secrets, token) = list::<Secret>(json)?;
                let tls = secrets.into_iter().filter(|one| one.kind == "kubernetes.io/tls");
                self.certificates.extend(tls.map(certificate));
                token
            }
        };
        Ok(self.done(source, token))
    }

    fn done(&mut self, source: Source, token: String) -> String {
        if token.is_empty() {
            self.read.insert(source);
        }
        token
    }

    /// Nodes with pods that have claims: how full those are, only their kubelets know.
    pub fn nodes_with_claims(&self) -> Vec<String> {
        let with = self.pods.iter().filter(|pod| pod.has_claims() && !pod.node().is_empty());
        let nodes: BTreeSet<&str> = with.map(Pod::node).collect();
        nodes.into_iter().map(str::to_owned).collect()
    }

    /// Takes what one kubelet says of its volumes.
    ///
    /// # Errors
    /// It is no summary.
    pub fn take_usage(&mut self, json: &str) -> Result<(), String> {
        self.usage.extend(super::volumes::parse(json)?);
        Ok(())
    }

    /// A list could not be read, or not in every namespace: nothing is said where it is needed.
    pub fn lose(&mut self, source: Source) {
        self.lost.insert(source);
    }

    pub(super) fn has(&self, source: Source) -> bool {
        self.read.contains(&source) && !self.lost.contains(&source)
    }
}

fn extend<T>(all: &mut Vec<T>, (items, token): (Vec<T>, String)) -> String {
    all.extend(items);
    token
}
