//! The marks in metadata that say who manages an object, borrowed from its bytes.

use crate::kinds::de::{OwnerReference, Str, nullable};
use crate::model::Text;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

pub const TRACKING: &str = "argocd.argoproj.io/tracking-id";
pub const ARGO_INSTANCE: &str = "argocd.argoproj.io/instance";
pub const ARGO_HOOK: &str = "argocd.argoproj.io/hook";
pub const APP_SET: &str = "argocd.argoproj.io/application-set-name";
pub const INSTANCE: &str = "app.kubernetes.io/instance";
pub const PART_OF: &str = "app.kubernetes.io/part-of";
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
pub const VERSION: &str = "app.kubernetes.io/version";
pub const CHART: &str = "helm.sh/chart";
pub const HELM_HOOK: &str = "helm.sh/hook";
pub const RELEASE: &str = "meta.helm.sh/release-name";
pub const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";
pub use crate::text::mask::LAST_APPLIED;
pub const APPLY_SET: &str = "applyset.kubernetes.io/part-of";
pub const RANCHER_OWNER: &str = "objectset.rio.cattle.io/owner-name";
pub const RANCHER_NAMESPACE: &str = "objectset.rio.cattle.io/owner-namespace";
pub const RANCHER_GVK: &str = "objectset.rio.cattle.io/owner-gvk";

/// Domains of the keys that are kept, without those named above whose value is of no use.
const DOMAINS: &[&str] = &[
    "argocd.argoproj.io",
    "app.kubernetes.io",
    "helm.sh",
    "meta.helm.sh",
    "applyset.kubernetes.io",
    "objectset.rio.cattle.io",
    "kustomize.toolkit.fluxcd.io",
    "helm.toolkit.fluxcd.io",
    "resourceset.fluxcd.controlplane.io",
    "fluxcd.controlplane.io",
    "pulumi.com",
    "reconcile.external-secrets.io",
    "cert-manager.io",
    "controller.cert-manager.io",
    "cnpg.io",
    "clustersecret.io",
    "secret-generator.v1.mittwald.de",
    "devpod.sh",
    "kargo.akuity.io",
];

/// Keys that are kept for their own sake. Helm's storage marks its release Secrets with plain words.
const PLAIN: &[&str] = &["owner", "name", "status", LAST_APPLIED];

/// What is read of an object.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Object<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    pub metadata: Metadata<'a>,
}

/// Its metadata.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata<'a> {
    #[serde(borrow)]
    pub name: Str<'a>,
    pub namespace: Str<'a>,
    pub labels: Known<'a>,
    pub annotations: Known<'a>,
    #[serde(deserialize_with = "nullable")]
    pub owner_references: Vec<OwnerReference<'a>>,
    #[serde(deserialize_with = "nullable")]
    pub managed_fields: Vec<Written<'a>>,
}

/// An entry of `managedFields`, without the fields.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Written<'a> {
    #[serde(borrow)]
    pub manager: Str<'a>,
    pub operation: Str<'a>,
    pub subresource: Str<'a>,
}

/// The pairs of a map of labels or annotations that mean something here. What kubectl applied last is
/// often the largest part of an object, and only its presence counts.
#[derive(Debug, Default)]
pub struct Known<'a>(Vec<(Str<'a>, Str<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Known<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Maps<'a>(PhantomData<&'a str>);
        impl<'de: 'a, 'a> Visitor<'de> for Maps<'a> {
            type Value = Known<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Known<'a>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(key) = map.next_key::<Str<'a>>()? {
                    let domain = key.split_once('/').map(|(domain, _)| domain);
                    if &*key == LAST_APPLIED {
                        map.next_value::<IgnoredAny>()?;
                        pairs.push((key, Str::default()));
                    } else if domain.is_some_and(|domain| DOMAINS.contains(&domain))
                        || PLAIN.contains(&&*key)
                    {
                        pairs.push((key, map.next_value()?));
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Known(pairs))
            }
            fn visit_unit<E>(self) -> Result<Known<'a>, E> {
                Ok(Known::default())
            }
        }
        deserializer.deserialize_any(Maps(PhantomData))
    }
}

impl Known<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| &**known == key).map(|(_, value)| &**value)
    }
}

/// The marks of one object, and what it is.
pub struct Marks<'a> {
    pub group: &'a str,
    pub kind: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    meta: &'a Metadata<'a>,
}

impl<'a> Marks<'a> {
    pub fn new(meta: &'a Metadata<'a>, group: &'a str, kind: &'a str) -> Self {
        Self { group, kind, namespace: &meta.namespace, name: &meta.name, meta }
    }

    /// The value of a label; empty where there is none.
    pub fn label(&self, key: &str) -> &'a str {
        self.meta.labels.get(key).unwrap_or_default()
    }

    /// The value of an annotation; empty where there is none.
    pub fn annotation(&self, key: &str) -> &'a str {
        self.meta.annotations.get(key).unwrap_or_default()
    }

    pub fn has_annotation(&self, key: &str) -> bool {
        self.meta.annotations.get(key).is_some()
    }

    pub fn has_label(&self, key: &str) -> bool {
        self.meta.labels.get(key).is_some()
    }

    /// An annotation of this domain.
    pub fn annotation_of(&self, domain: &str) -> bool {
        let of = |key: &str| key.split_once('/').is_some_and(|(found, _)| found == domain);
        self.meta.annotations.0.iter().any(|(key, _)| of(key))
    }

    /// Those that wrote more than its status, with whether they applied it on the server's side.
    pub fn managers(&self) -> impl Iterator<Item = (&'a str, bool)> {
        let written = self.meta.managed_fields.iter().filter(|one| one.subresource.is_empty());
        written.map(|one| (&*one.manager, &*one.operation == "Apply"))
    }

    /// The first manager that is meant.
    pub fn manager(&self, meant: impl Fn(&str) -> bool) -> Option<&'a str> {
        self.managers().map(|(name, _)| name).find(|name| meant(name))
    }

    /// What objects of one delivery are called together, where nothing names the delivery itself:
    /// `part-of`, `instance`, else the object's own name.
    pub fn together(&self) -> Option<Text> {
        [self.label(PART_OF), self.label(INSTANCE), self.name].into_iter().find_map(name)
    }
}

/// A name as the API takes them; anything else is no evidence of anything.
pub fn name(text: &str) -> Option<Text> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    (!text.is_empty() && text.len() <= 253 && text.chars().all(plain)).then(|| text.into())
}
