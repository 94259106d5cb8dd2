//! What Argo CD is told not to compare: `spec.ignoreDifferences` of an app, and
//! `resource.customizations…` of argocd-cm (`util/argo/normalizers`, `util/settings`).

use super::place::Place;
use crate::apps::argo::is_glob;
use crate::cluster::yaml;
use crate::model::Text;
use crate::relations::ObjectId;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The prefix of all settings about kinds.
const CUSTOMIZATIONS: &str = "resource.customizations";

/// Fields of some objects that are not compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rule {
    /// As its owner would look for it: `ignoreDifferences 2`.
    pub(super) name: Text,
    group: String,
    kind: String,
    namespace: String,
    object: String,
    /// Places that are not compared.
    pub(super) pointers: Vec<Place>,
    /// Paths in jq, each of them deleted before the comparison.
    pub(super) paths: Vec<String>,
    /// Field managers whose changes are right.
    pub(super) managers: Vec<String>,
}

impl Rule {
    /// Whether it is about this object: globs for what it is, its exact name.
    pub(super) fn is_about(&self, id: &ObjectId) -> bool {
        is_glob(&self.group, &id.group)
            && is_glob(&self.kind, &id.kind)
            && (self.object.is_empty() || self.object == id.name.as_str())
            && (self.namespace.is_empty() || self.namespace == id.namespace.as_str())
    }
}

/// The tokens of a pointer. What stands before the first slash is not looked at, as there.
fn tokens(pointer: &str) -> Place {
    let token = |text: &str| text.replace("~1", "/").replace("~0", "~").into();
    pointer.split('/').skip(1).map(token).collect()
}

/// Which objects have their status compared (`ignoreResourceStatusField`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Status {
    /// None.
    #[default]
    Ignored,
    /// All but definitions of kinds.
    OfDefinitions,
    /// All.
    Compared,
}

/// A field of a custom resource with a type of Kubernetes' own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Known {
    /// Field names with dots.
    #[serde(default)]
    pub(super) field: String,
    /// `core/v1/PodSpec`, `core/Quantity`, `meta/v1/Duration`.
    #[serde(default)]
    pub(super) r#type: String,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rules {
    /// In the order in which they are applied.
    pub(super) all: Vec<Rule>,
    /// Rules of a ClusterRole with an `aggregationRule` are not compared.
    pub(super) aggregated_roles: bool,
    /// Whose status is compared.
    pub(super) status: Status,
    known: BTreeMap<(String, String), Vec<Known>>,
    /// What could not be read; empty where all could.
    pub(super) unread: Text,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ignored {
    #[serde(default)]
    json_pointers: Option<Vec<String>>,
    #[serde(default)]
    jq_path_expressions: Option<Vec<String>>,
    #[serde(default)]
    managed_fields_managers: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfApp {
    #[serde(default)]
    group: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(flatten)]
    ignored: Ignored,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customization {
    #[serde(default)]
    ignore_differences: Option<String>,
    #[serde(default)]
    known_type_fields: Option<Vec<Known>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    #[serde(default)]
    ignore_aggregated_roles: bool,
    #[serde(default)]
    ignore_resource_status_field: Option<Value>,
}

impl Rules {
    /// Of an Application and argocd-cm; None where that could not be read.
    pub(super) fn of(app: &Value, settings: Option<&Value>) -> Self {
        let mut rules = Self::default();
        let own = app["spec"]["ignoreDifferences"].as_array();
        for (number, rule) in own.into_iter().flatten().enumerate() {
            let name = format!("ignoreDifferences {}", number + 1);
            match OfApp::deserialize(rule) {
                Ok(rule) => rules.all.push(Rule {
                    namespace: rule.namespace,
                    object: rule.name,
                    ..made(name, (rule.group, rule.kind), rule.ignored)
                }),
                Err(error) => rules.unread = format!("{name}: {error}").into(),
            }
        }
        match settings {
            Some(settings) => rules.settings(settings),
            None => rules.unread = "argocd-cm could not be read".into(),
        }
        rules
    }

    fn settings(&mut self, settings: &Value) {
        let Some(data) = settings["data"].as_object() else { return };
        let texts = data.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
        for (key, text) in texts {
            let read = match key.strip_prefix(CUSTOMIZATIONS) {
                Some("") => self.together(text),
                Some(rest) => match rest.strip_prefix('.').and_then(|rest| rest.split_once('.')) {
                    Some(("ignoreDifferences", kinds)) => self.ignored(kinds, text),
                    Some(("knownTypeFields", kinds)) => yaml::read(text).map(|fields| {
                        self.known.insert(kinds_of(kinds), fields);
                    }),
                    _ => Ok(()),
                },
                None if key == "resource.compareoptions" => self.options(text),
                None => Ok(()),
            };
            if let Err(why) = read {
                self.unread = format!("{key} of argocd-cm cannot be read: {why}").into();
            }
        }
    }

    /// The older form: everything about all kinds in one text.
    fn together(&mut self, text: &str) -> Result<(), String> {
        let all: BTreeMap<String, Customization> = yaml::read(text)?;
        for (kinds, one) in all {
            if let Some(text) = one.ignore_differences {
                self.ignored(&kinds, &text)?;
            }
            if let Some(fields) = one.known_type_fields {
                self.known.insert(kinds_of(&kinds), fields);
            }
        }
        Ok(())
    }

    fn ignored(&mut self, kinds: &str, text: &str) -> Result<(), String> {
        let ignored: Ignored = yaml::read(text)?;
        let name = format!("ignoreDifferences.{kinds} of argocd-cm");
        self.all.push(made(name, kinds_of(kinds), ignored));
        Ok(())
    }

    fn options(&mut self, text: &str) -> Result<(), String> {
        let options: Options = yaml::read(text)?;
        self.aggregated_roles = options.ignore_aggregated_roles;
        self.status = match &options.ignore_resource_status_field {
            Some(Value::Bool(false)) => Status::Compared,
            Some(Value::String(word)) => match word.as_str() {
                "none" | "off" | "false" => Status::Compared,
                "crd" => Status::OfDefinitions,
                _ => Status::Ignored,
            },
            _ => Status::Ignored,
        };
        Ok(())
    }

    /// The rules about an object.
    pub(super) fn about<'r>(&'r self, id: &'r ObjectId) -> impl Iterator<Item = &'r Rule> {
        self.all.iter().filter(|rule| rule.is_about(id))
    }

    /// Fields of known types that objects of a kind have.
    pub(super) fn known(&self, id: &ObjectId) -> Vec<Known> {
        let told = self.known.get(&(id.group.to_string(), id.kind.to_string()));
        if let Some(told) = told {
            return told.clone();
        }
        // The one that Argo CD knows by itself.
        if id.group == "argoproj.io" && id.kind == "Rollout" {
            let field = "spec.template.spec".to_owned();
            return vec![Known { field, r#type: "core/v1/PodSpec".to_owned() }];
        }
        Vec::new()
    }
}

/// `apps_Deployment`, `apps/Deployment`, `Service`, `all`: group and kind, both globs.
fn kinds_of(kinds: &str) -> (String, String) {
    match kinds.split_once(['/', '_']) {
        Some((group, kind)) => (group.to_owned(), kind.to_owned()),
        None if kinds == "all" => ("*".to_owned(), "*".to_owned()),
        None => (String::new(), kinds.to_owned()),
    }
}

fn made(name: String, (group, kind): (String, String), ignored: Ignored) -> Rule {
    let pointers = ignored.json_pointers.unwrap_or_default();
    Rule {
        name: name.into(),
        group,
        kind,
        pointers: pointers.iter().map(|pointer| tokens(pointer)).collect(),
        paths: ignored.jq_path_expressions.unwrap_or_default(),
        managers: ignored.managed_fields_managers.unwrap_or_default(),
        ..Rule::default()
    }
}
