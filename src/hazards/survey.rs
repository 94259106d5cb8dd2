//! What the checks need: lists to read page by page, kept as the few fields they judge.

use crate::model::Read;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use x509_parser::pem::Pem;

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
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Services, Self::EndpointSlices, Self::Deployments, Self::Jobs, Self::TlsSecrets];

    fn place(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Services => ("/api/v1", "services", ""),
            Self::EndpointSlices => ("/apis/discovery.k8s.io/v1", "endpointslices", ""),
            Self::Deployments => ("/apis/apps/v1", "deployments", ""),
            Self::Jobs => ("/apis/batch/v1", "jobs", ""),
            Self::TlsSecrets => ("/api/v1", "secrets", "&fieldSelector=type%3Dkubernetes.io%2Ftls"),
        }
    }

    /// One page of it: in one namespace, or in all where that is empty; after the page before that
    /// ended with this token.
    pub fn read(self, namespace: &str, token: &str) -> Read {
        let (base, plural, more) = self.place();
        let place =
            if namespace.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
        let mut path = format!("{base}{place}/{plural}?limit=500{more}");
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
fn null<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(
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
}

impl Survey {
    /// Takes one page; the token of the next one, empty after the last.
    ///
    /// # Errors
    /// The page is no list.
    pub fn take(&mut self, source: Source, json: &str) -> Result<String, String> {
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
            Source::TlsSecrets => {
                let (secrets, token) = list::<Secret>(json)?;
                let tls = secrets.into_iter().filter(|one| one.kind == "kubernetes.io/tls");
                self.certificates.extend(tls.map(certificate));
                token
            }
        };
        if token.is_empty() {
            self.read.insert(source);
        }
        Ok(token)
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
