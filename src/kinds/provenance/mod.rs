//! Who manages an object, as its metadata tells: one table for lists, trees, descriptions and warnings.
//!
//! An owner comes before everything here: what a ReplicaSet made belongs to whoever manages what
//! stands above it. Managers are read from `managedFields`, which name tools and not people.

mod claimants;
mod marks;
#[cfg(test)]
mod tests;

use crate::model::{AppId, EngineId, Text};
use marks::{Marks, Object};
use serde::Deserialize;
use serde_json::Value;
use std::fmt;

/// What says that an object belongs to an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// An annotation with this key.
    Annotation(&'static str),
    /// A label with this key.
    Label(&'static str),
    /// A label with this key and value, where the value says who it is.
    Value(&'static str, Text),
    /// A label or annotation with this key, which only this operator sets.
    Mark(&'static str, &'static str),
    /// The name of a manager in `managedFields`.
    Manager(Text),
    /// Nothing does.
    Nothing,
}

impl fmt::Display for Evidence {
    /// `annotation meta.helm.sh/release-name`, `managedFields: HashiCorp`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Annotation(key) => write!(f, "annotation {key}"),
            Self::Label(key) => write!(f, "label {key}"),
            Self::Value(key, value) => write!(f, "label {key}: {value}"),
            Self::Mark(key, operator) => write!(f, "{key}, a mark of {operator}"),
            Self::Manager(name) => write!(f, "managedFields: {name}"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

/// One app that an object says it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which app. Its namespace is empty where the object does not tell.
    pub app: AppId,
    /// What says so.
    pub evidence: Evidence,
}

impl Claim {
    /// Who that is, in words: `Argo CD application shop`.
    pub fn who(&self) -> String {
        let name = &self.app.name;
        match self.app.engine {
            EngineId::ArgoCd => format!("Argo CD application {name}"),
            EngineId::ApplicationSet => format!("Argo CD ApplicationSet {name}"),
            EngineId::Kustomization => format!("Flux Kustomization {name}"),
            EngineId::HelmRelease => format!("Flux HelmRelease {name}"),
            EngineId::ResourceSet => format!("Flux ResourceSet {name}"),
            EngineId::Helm => format!("Helm release {name}"),
            EngineId::ApplySet => format!("ApplySet {name}"),
            EngineId::Kubectl => format!("kubectl ({name})"),
            EngineId::K3s => format!("K3s addon {name}"),
            EngineId::Pulumi => format!("Pulumi ({name})"),
            EngineId::Terraform => format!("Terraform ({name})"),
            EngineId::Operator => match &self.evidence {
                Evidence::Value(_, value) => format!("operator {value} ({name})"),
                Evidence::Mark(_, operator) => format!("operator {operator} ({name})"),
                _ => format!("an operator ({name})"),
            },
            EngineId::None => "nobody".to_owned(),
        }
    }

    /// What becomes of a change by hand: `its next reconcile undoes it`. Empty where nothing undoes it
    /// by itself.
    pub fn undone(&self) -> &'static str {
        match self.app.engine {
            EngineId::ArgoCd => "its next sync, or self-heal, undoes it",
            EngineId::ApplicationSet => "the ApplicationSet undoes it",
            EngineId::Kustomization | EngineId::ResourceSet => "its next reconcile undoes it",
            EngineId::HelmRelease => "its next upgrade undoes it",
            EngineId::Helm => "the next upgrade undoes it",
            EngineId::K3s => "K3s undoes it when its file changes or it starts again",
            EngineId::Pulumi => "the next pulumi up undoes it",
            EngineId::Terraform => "the next terraform apply undoes it",
            EngineId::Operator => "the operator may undo it",
            EngineId::ApplySet | EngineId::Kubectl | EngineId::None => "",
        }
    }
}

/// An owner of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// `apps/v1`
    pub api_version: Text,
    /// Its kind.
    pub kind: Text,
    /// Its name; it is in the same namespace, or in none.
    pub name: Text,
}

/// Everything that an object's metadata says about who manages it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Its controller, or its first owner where none is the controller.
    pub owner: Option<Owner>,
    /// Apps that claim it, the strongest evidence first. Never empty: the last resort is
    /// [`EngineId::None`].
    pub claims: Vec<Claim>,
    /// Evidence that is not worth anything, and why, one sentence each.
    pub worthless: Vec<String>,
    /// It is a hook of a release or of a sync: it ran for an app, and is not a part of it.
    pub hook: bool,
    /// Its engine was told to leave it alone: a change by hand stays.
    pub left_alone: bool,
    /// Chart and version: `helm.sh/chart`.
    pub chart: Text,
    /// `app.kubernetes.io/part-of`
    pub part_of: Text,
    /// `app.kubernetes.io/version`
    pub version: Text,
}

impl Provenance {
    /// Reads it from an object's JSON. Lists leave out the type of their items, so it is an argument.
    ///
    /// # Errors
    /// The metadata is not what the API makes it.
    pub fn of_json(json: &[u8], group: &str, kind: &str) -> Result<Self, serde_json::Error> {
        let object: Object<'_> = serde_json::from_slice(json)?;
        Ok(Self::of(&object, group, kind))
    }

    /// Reads it from a whole object. Metadata that is not what the API makes it says nothing.
    pub fn of_object(object: &Value) -> Self {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
        let read = Object::deserialize(object).unwrap_or_default();
        Self::of(&read, group, text("kind"))
    }

    fn of(object: &Object<'_>, group: &str, kind: &str) -> Self {
        let meta = &object.metadata;
        let owners = &meta.owner_references;
        let owner = owners.iter().find(|one| one.controller == Some(true)).or(owners.first());
        let mut found = Self {
            owner: owner.map(|owner| Owner {
                api_version: clean(&owner.api_version),
                kind: clean(&owner.kind),
                name: clean(&owner.name),
            }),
            ..Self::default()
        };
        let marks = Marks::new(meta, group, kind);
        found.hook =
            marks.has_annotation(marks::HELM_HOOK) || marks.has_annotation(marks::ARGO_HOOK);
        found.left_alone = claimants::left_alone(&marks);
        found.chart = clean(marks.label(marks::CHART));
        found.part_of = clean(marks.label(marks::PART_OF));
        found.version = clean(marks.label(marks::VERSION));
        for claimant in claimants::ALL {
            claimant(&marks, &mut found);
        }
        if found.claims.is_empty() {
            let app = AppId::new(EngineId::None, clean(marks.namespace), clean(marks.name));
            found.claims.push(Claim { app, evidence: Evidence::Nothing });
        }
        found
    }

    /// The app it belongs to, if nothing owns it.
    pub fn first(&self) -> Option<&Claim> {
        self.claims.first()
    }

    /// Others that claim it too, of which only one can be right. Not those that work for the first: a
    /// HelmRelease makes a Helm release, an engine may apply as kubectl does.
    pub fn rivals(&self) -> impl Iterator<Item = &Claim> {
        let first = self.claims.first();
        self.claims
            .iter()
            .skip(1)
            .filter(move |claim| first.is_some_and(|first| rival(first, claim)))
    }

    /// One sentence about evidence that contradicts itself; empty where none does.
    pub fn contradiction(&self) -> String {
        let mut said: Vec<String> = self
            .rivals()
            .map(|claim| format!("also claimed by {} ({})", claim.who(), claim.evidence))
            .collect();
        said.extend(self.worthless.iter().cloned());
        said.join("; ")
    }

    fn claim(&mut self, app: AppId, evidence: Evidence) {
        if !self.claims.iter().any(|claim| claim.app == app) {
            self.claims.push(Claim { app, evidence });
        }
    }
}

/// Whether two claims cannot both be right.
fn rival(first: &Claim, other: &Claim) -> bool {
    use EngineId as E;
    let (a, b) = (first.app.engine, other.app.engine);
    match (a, b) {
        // One app under two marks, of which one does not tell the namespace.
        _ if a == b => {
            first.app.name != other.app.name
                || !(first.app.namespace.is_empty()
                    || other.app.namespace.is_empty()
                    || first.app.namespace == other.app.namespace)
        }
        (E::HelmRelease, E::Helm) | (E::K3s, E::Helm) | (E::Helm, E::K3s) => false,
        // Marks of groups and of makers say less than those of engines.
        (_, E::ApplySet | E::Kubectl | E::Operator | E::None) => false,
        _ => true,
    }
}

/// A text from the cluster, sanitised and not longer than names are.
fn clean(text: &str) -> Text {
    let end = text.char_indices().nth(253).map_or(text.len(), |(at, _)| at);
    Text::from(&*crate::text::sanitise::clean(&text[..end]))
}
