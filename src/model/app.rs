//! Names of apps: units of delivery, whichever engine delivers them.

use super::{Key, Text};
use std::fmt;

/// What delivers an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EngineId {
    /// An Argo CD Application.
    ArgoCd,
    /// An Argo CD ApplicationSet, which makes Applications.
    ApplicationSet,
    /// A Flux Kustomization.
    Kustomization,
    /// A Flux HelmRelease.
    HelmRelease,
    /// A ResourceSet of the Flux operator.
    ResourceSet,
    /// A Helm release that no other engine owns.
    Helm,
    /// A kubectl ApplySet (KEP-3659).
    ApplySet,
    /// Objects that kubectl applied.
    Kubectl,
    /// A K3s addon.
    K3s,
    /// A Pulumi stack.
    Pulumi,
    /// Terraform.
    Terraform,
    /// An operator that made the objects without owning them.
    Operator,
    /// Nothing says who made it.
    None,
}

impl EngineId {
    /// All of them, in the order of the list.
    pub const ALL: &'static [Self] = &[
        Self::ArgoCd,
        Self::ApplicationSet,
        Self::Kustomization,
        Self::HelmRelease,
        Self::ResourceSet,
        Self::Helm,
        Self::ApplySet,
        Self::Kubectl,
        Self::K3s,
        Self::Pulumi,
        Self::Terraform,
        Self::Operator,
        Self::None,
    ];

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::ArgoCd => "Argo CD",
            Self::ApplicationSet => "Argo set",
            Self::Kustomization => "Flux ks",
            Self::HelmRelease => "Flux hr",
            Self::ResourceSet => "Flux set",
            Self::Helm => "Helm",
            Self::ApplySet => "ApplySet",
            Self::Kubectl => "kubectl",
            Self::K3s => "K3s",
            Self::Pulumi => "Pulumi",
            Self::Terraform => "Terraform",
            Self::Operator => "operator",
            Self::None => "none",
        }
    }

    /// As it is typed: for `--engine`, and in front of a name.
    pub fn word(self) -> &'static str {
        match self {
            Self::ArgoCd => "argocd",
            Self::ApplicationSet => "appset",
            Self::Kustomization => "ks",
            Self::HelmRelease => "hr",
            Self::ResourceSet => "rset",
            Self::Helm => "helm",
            Self::ApplySet => "applyset",
            Self::Kubectl => "kubectl",
            Self::K3s => "k3s",
            Self::Pulumi => "pulumi",
            Self::Terraform => "terraform",
            Self::Operator => "operator",
            Self::None => "none",
        }
    }

    /// The engine that is typed so.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|engine| engine.word() == word)
    }
}

/// One app on one cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppId {
    /// What delivers it.
    pub engine: EngineId,
    /// Namespace of the object that stands for it (an Application, a release secret), else of its
    /// workloads.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

impl AppId {
    /// Names an app.
    pub fn new(engine: EngineId, namespace: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { engine, namespace: namespace.into(), name: name.into() }
    }

    /// Its key in the table of apps: two engines may deliver apps of one name in one namespace.
    pub fn key(&self) -> Key {
        let name = format!("{}/{}", self.engine.word(), self.name).into();
        Key { namespace: self.namespace.clone(), name }
    }

    /// The app of a key in the table of apps.
    pub fn of_key(key: &Key) -> Option<Self> {
        let (word, name) = key.name.split_once('/')?;
        Some(Self::new(EngineId::of_word(word)?, key.namespace.clone(), name))
    }
}

impl fmt::Display for AppId {
    /// `argocd/payments`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.engine.word(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_back_to_its_app_for_every_engine() {
        for engine in EngineId::ALL {
            let id = AppId::new(*engine, "shop", "web/odd");
            assert_eq!(AppId::of_key(&id.key()), Some(id));
            assert_eq!(EngineId::of_word(engine.word()), Some(*engine));
        }
    }
}
