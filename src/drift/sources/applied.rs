//! What people applied by themselves in a namespace: objects with the copy that client-side apply leaves, or
//! that kubectl applied on the server, which belong to no app that is compared anyway.

use super::last_applied::LastApplied;
use super::{Attempt, Expected, Source};
use crate::drift::found::{Desired, ObjectDrift, Writer};
use crate::drift::judge::{Bench, Live};
use crate::drift::writers::entries;
use crate::kinds::provenance::Provenance;
use crate::model::{AppId, Catalogue, EngineId, Fault, Read, Resource, Text};
use crate::relations::ObjectId;
use crate::text::mask::LAST_APPLIED;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Kinds that people apply, as (group, plural); others are compared where their app is, or by name.
const KINDS: &[(&str, &str)] = &[
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
    ("", "services"),
    ("networking.k8s.io", "ingresses"),
    ("", "configmaps"),
    ("", "secrets"),
    ("", "serviceaccounts"),
    ("", "persistentvolumeclaims"),
    ("", "resourcequotas"),
    ("", "limitranges"),
    ("autoscaling", "horizontalpodautoscalers"),
    ("policy", "poddisruptionbudgets"),
    ("networking.k8s.io", "networkpolicies"),
    ("rbac.authorization.k8s.io", "roles"),
    ("rbac.authorization.k8s.io", "rolebindings"),
];
/// The same of those that are in no namespace, looked at where all namespaces are. Definitions of custom
/// resources are not among them: they are large, and whoever brings them compares them.
const CLUSTER_WIDE: &[(&str, &str)] = &[
    ("", "namespaces"),
    ("rbac.authorization.k8s.io", "clusterroles"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ("scheduling.k8s.io", "priorityclasses"),
    ("storage.k8s.io", "storageclasses"),
    ("networking.k8s.io", "ingressclasses"),
];
/// Bytes of objects that are kept until they are judged; what is beyond is read again.
const KEPT: usize = 32 << 20;
/// kubectl's manager where it applies on the server.
const KUBECTL: &str = "kubectl";
/// Objects in a page of a list; what is beyond is read page by page.
const PAGE: usize = 250;

/// Desired is what was applied last, of whatever was applied here.
#[derive(Debug)]
pub(super) struct Applied {
    namespace: Text,
    apps: BTreeSet<AppId>,
    /// Lists that were not read to their end, with the token of the next page.
    open: Vec<(Resource, String)>,
    began: bool,
    /// Why some of them could not be read.
    fault: Option<Fault>,
    found: Vec<ObjectId>,
    kept: HashMap<ObjectId, String>,
    bytes: usize,
    rest: LastApplied,
}

impl Applied {
    /// In this namespace (empty: in all), beside these apps.
    pub fn new(namespace: Text, apps: BTreeSet<AppId>) -> Self {
        Self {
            namespace,
            apps,
            open: Vec::new(),
            began: false,
            fault: None,
            found: Vec::new(),
            kept: HashMap::new(),
            bytes: 0,
            rest: LastApplied::of_objects(Vec::new()),
        }
    }

    fn is_ours(&self, object: &Value) -> bool {
        let annotations = object.pointer("/metadata/annotations");
        let by_client = annotations.and_then(|all| all.get(LAST_APPLIED)).is_some();
        let on_server = |one: &Writer| one.apply && one.manager == KUBECTL;
        if !by_client && !entries(object).any(|(writer, _)| on_server(&writer)) {
            return false;
        }
        let said = Provenance::of_object(object);
        if said.owner.is_some() {
            return false;
        }
        let Some(claim) = said.first() else { return true };
        let compared = self.apps.iter().any(|app| {
            app.engine == claim.app.engine
                && app.name == claim.app.name
                && (claim.app.namespace.is_empty() || app.namespace == claim.app.namespace)
        });
        !compared && matches!(claim.app.engine, EngineId::Kubectl | EngineId::None)
    }
}

impl Source for Applied {
    fn desired(&self) -> Desired {
        self.rest.desired()
    }

    fn reads(&mut self, catalogue: &Catalogue) -> Vec<Read> {
        if !self.began {
            self.began = true;
            let served = |(group, plural): &(&str, &str)| {
                let all = catalogue.all().iter();
                let mut of = all.filter(|one| one.gvr.group == *group && one.gvr.plural == *plural);
                of.clone().find(|one| one.preferred).or_else(|| of.next()).cloned()
            };
            let wide = if self.namespace.is_empty() { CLUSTER_WIDE } else { &[] };
            let kinds = KINDS.iter().chain(wide).filter_map(served).filter(|one| one.can("list"));
            self.open = kinds.map(|one| (one, String::new())).collect();
        }
        let place = (!self.namespace.is_empty()).then_some(self.namespace.as_str());
        let read = |(resource, token): &(Resource, String)| {
            let path = resource.gvr.collection_path(place);
            let after = match token.as_str() {
                "" => String::new(),
                token => format!("&continue={}", crate::text::percent::encode(token)),
            };
            Read {
                what: format!("list {}", resource.gvr.plural),
                path: format!("{path}?limit={PAGE}{after}"),
            }
        };
        self.open.iter().map(read).collect()
    }

    fn take(&mut self, answers: Vec<Result<Value, Fault>>) {
        for ((resource, _), answer) in std::mem::take(&mut self.open).into_iter().zip(answers) {
            let mut list = match answer {
                Ok(list) => list,
                Err(fault) => {
                    self.fault.get_or_insert(fault);
                    continue;
                }
            };
            let token = list["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
            for item in list["items"].as_array_mut().into_iter().flatten() {
                item["apiVersion"] = resource.gvr.api_version().into();
                item["kind"] = resource.kind.as_str().into();
                if self.is_ours(item) {
                    let text = |name: &str| {
                        item["metadata"][name].as_str().map(Text::from).unwrap_or_default()
                    };
                    let id = ObjectId {
                        group: resource.gvr.group.clone(),
                        kind: resource.kind.clone(),
                        namespace: text("namespace"),
                        name: text("name"),
                    };
                    if self.bytes < KEPT {
                        let object = item.to_string();
                        self.bytes += object.len();
                        self.kept.insert(id.clone(), object);
                    }
                    self.found.push(id);
                }
            }
            if !token.is_empty() {
                self.open.push((resource, token));
            }
        }
        if self.open.is_empty() {
            self.rest = LastApplied::of_objects(std::mem::take(&mut self.found));
        }
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        let objects = self.rest.objects()?;
        match &self.fault {
            // Nothing at all could be read: that is not the same as nothing there.
            Some(fault) if objects.is_empty() => Err(fault.clone()),
            _ => Ok(objects),
        }
    }

    fn kept(&mut self, id: &ObjectId) -> Option<String> {
        self.kept.remove(id)
    }

    fn attempt(&self, expected: &Expected, live: Live<'_>) -> Option<Attempt> {
        self.rest.attempt(expected, live)
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        self.rest.judge(expected, live, tried, bench)
    }
}
