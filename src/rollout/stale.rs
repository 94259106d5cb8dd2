//! Pods that still run an older ConfigMap or Secret than the present one.
//!
//! A container reads its environment, and files mounted with `subPath`, when it is started, and never
//! again; other mounted files are brought up to date by the kubelet, and count for nothing here. When a
//! ConfigMap or Secret was changed last is told by its managedFields; without them nothing is said.

use super::facts::{Config, Managed, Pod};
use super::situation::Situation;
use crate::text::age;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The two kinds that hold configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// ConfigMap.
    ConfigMap,
    /// Secret. Only its metadata is looked at.
    Secret,
}

impl Holder {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }
}

/// Something that a container reads when it is started.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Of which kind.
    pub holder: Holder,
    /// Name of the object.
    pub name: String,
    /// The only key that is read; None for all of them.
    pub key: Option<String>,
    /// The container.
    pub container: String,
}

/// An object that pods run an older version of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Its kind.
    pub holder: Holder,
    /// Its name.
    pub name: String,
    /// When it was changed last, Unix seconds.
    pub changed: i64,
    /// The tool that changed it.
    pub by: String,
    /// Pods that were started before, by name.
    pub pods: Vec<String>,
    /// How many pods read it at all.
    pub of: usize,
}

impl Stale {
    /// `3 of 4 pods still run the ConfigMap app-config of before 12m ago`, and who changed it then.
    pub fn words(&self, now: i64) -> String {
        let verb = if self.pods.len() == 1 { "runs" } else { "run" };
        let pods = if self.of == 1 { "pod" } else { "pods" };
        let by = if self.by.is_empty() { String::new() } else { format!(" by {}", self.by) };
        format!(
            "{} of {} {pods} still {verb} the {} {} of before its change {} ago{by}",
            self.pods.len(),
            self.of,
            self.holder.as_str(),
            self.name,
            age::human((now - self.changed).max(0)),
        )
    }
}

/// What the containers of a pod template read when they are started. Init containers run once, before
/// anything else; sidecars among them are containers like others.
pub fn uses(template: &Value) -> BTreeSet<Use> {
    let spec = &template["spec"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let sidecar = |container: &Value| container["restartPolicy"] == "Always";
    let mut found = BTreeSet::new();
    let all = list(&spec["containers"]).into_iter();
    for container in all.chain(list(&spec["initContainers"]).into_iter().filter(sidecar)) {
        let own = container["name"].as_str().unwrap_or_default();
        let mut add = |holder: Holder, name: &Value, key: Option<&Value>| {
            if let Some(name) = name.as_str() {
                let key = key.and_then(Value::as_str).map(str::to_owned);
                let (name, container) = (name.to_owned(), own.to_owned());
                found.insert(Use { holder, name, key, container });
            }
        };
        for from in list(&container["envFrom"]) {
            add(Holder::ConfigMap, &from["configMapRef"]["name"], None);
            add(Holder::Secret, &from["secretRef"]["name"], None);
        }
        for env in list(&container["env"]) {
            let from = &env["valueFrom"];
            let (map, secret) = (&from["configMapKeyRef"], &from["secretKeyRef"]);
            add(Holder::ConfigMap, &map["name"], map.get("key"));
            add(Holder::Secret, &secret["name"], secret.get("key"));
        }
        for mount in list(&container["volumeMounts"]) {
            let part = |field: &str| mount[field].as_str().is_some_and(|path| !path.is_empty());
            if !part("subPath") && !part("subPathExpr") {
                continue;
            }
            for volume in list(&spec["volumes"]) {
                if volume["name"] != mount["name"] {
                    continue;
                }
                add(Holder::ConfigMap, &volume["configMap"]["name"], None);
                add(Holder::Secret, &volume["secret"]["secretName"], None);
                for source in list(&volume["projected"]["sources"]) {
                    add(Holder::ConfigMap, &source["configMap"]["name"], None);
                    add(Holder::Secret, &source["secret"]["name"], None);
                }
            }
        }
    }
    found
}

/// When an object was changed last in a key, or in any of its data, and by whom.
fn changed<'c>(config: &'c Config, key: Option<&str>) -> Option<(i64, &'c str)> {
    let owns = |one: &Managed, field: &str| match key {
        Some(key) => one.owns(&[field, &format!("f:{key}")]) || one.owns_whole(field),
        None => one.owns(&[field]),
    };
    let fields = ["f:data", "f:binaryData", "f:stringData"];
    let all = config.metadata.managed.iter();
    let writers = all.filter(|one| fields.iter().any(|field| owns(one, field)));
    writers.filter_map(|one| Some((one.time?, one.manager.as_str()))).max_by_key(|(time, _)| *time)
}

/// Every ConfigMap and Secret of which pods run an older version than the present one.
pub fn find(situation: &Situation) -> Vec<Stale> {
    if situation.configs.is_empty() && situation.secrets.is_empty() {
        return Vec::new();
    }
    let mut templates: BTreeMap<&str, BTreeSet<Use>> = BTreeMap::new();
    let mut found: BTreeMap<(Holder, &str), Stale> = BTreeMap::new();
    let mut readers: BTreeMap<(Holder, &str), BTreeSet<&str>> = BTreeMap::new();
    for pod in situation.pods.iter().filter(|pod| pod.metadata.deleted.is_none()) {
        let Some((holder, template)) = situation.template_of(pod) else { continue };
        let uses = &*templates.entry(holder).or_insert_with(|| uses(template));
        for used in uses {
            let configs = match used.holder {
                Holder::ConfigMap => &situation.configs,
                Holder::Secret => &situation.secrets,
            };
            let Some(config) = configs.iter().find(|one| one.metadata.name == used.name) else {
                continue;
            };
            let Some(started) = started(pod, &used.container) else { continue };
            let Some((changed, by)) = changed(config, used.key.as_deref()) else { continue };
            let at = (used.holder, config.metadata.name.as_str());
            readers.entry(at).or_default().insert(&pod.metadata.name);
            // The server's own clock tells of the pod, the node's of the container: a pod that was
            // made after the change has it, whatever its node believes about the time.
            let made = pod.metadata.created.unwrap_or(started);
            if changed <= started || changed <= made {
                continue;
            }
            let stale = found.entry(at).or_insert_with(|| Stale {
                holder: used.holder,
                name: used.name.clone(),
                changed,
                by: by.to_owned(),
                pods: Vec::new(),
                of: 0,
            });
            if changed > stale.changed {
                (stale.changed, stale.by) = (changed, by.to_owned());
            }
            if !stale.pods.contains(&pod.metadata.name) {
                stale.pods.push(pod.metadata.name.clone());
            }
        }
    }
    for (at, stale) in &mut found {
        stale.of = readers.get(at).map_or(0, BTreeSet::len);
    }
    found.into_values().collect()
}

/// When a container was started, where it runs.
fn started(pod: &Pod, container: &str) -> Option<i64> {
    let all = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    let status = all.into_iter().find(|one| one.name == container)?;
    status.state.running.as_ref()?.since
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    /// Containers that read ConfigMaps and Secrets in all ways there are.
    fn template() -> Value {
        json!({"spec": {
            "volumes": [{"name": "files", "configMap": {"name": "files"}},
                {"name": "part", "projected": {"sources": [{"secret": {"name": "keys"}}]}}],
            "initContainers": [
                {"name": "migrate", "envFrom": [{"secretRef": {"name": "once"}}]},
                {"name": "proxy", "restartPolicy": "Always", "envFrom": [{"configMapRef": {"name": "proxy"}}]}],
            "containers": [{"name": "api",
                "envFrom": [{"configMapRef": {"name": "app-config"}}],
                "env": [{"name": "LEVEL", "value": "info"},
                    {"name": "PW", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}],
                "volumeMounts": [{"name": "files", "mountPath": "/etc/app"},
                    {"name": "part", "mountPath": "/etc/key", "subPath": "tls.key"}]}]}})
    }

    fn config(name: &str, managed: &Value) -> Value {
        json!({"metadata": {"name": name, "managedFields": managed}})
    }

    fn write(manager: &str, time: &str, fields: &Value) -> Value {
        json!({"manager": manager, "time": time, "fieldsV1": fields})
    }

    /// A StatefulSet with pods that were made and started then, and these objects.
    fn situation(pods: &[(&str, &str, &str)], configs: &[(&str, Value)]) -> Situation {
        let owner = json!([{"kind": "StatefulSet", "name": "db", "uid": "s", "controller": true}]);
        let mut situation = Situation::default();
        let own = json!({"metadata": {"uid": "s"}, "status": {"updateRevision": "db-1"}});
        situation.add("StatefulSet", &own).unwrap();
        let revision = json!({"metadata": {"name": "db-1", "ownerReferences": owner}, "revision": 1,
            "data": {"spec": {"template": template()}}});
        situation.add("ControllerRevision", &revision).unwrap();
        for (name, made, started) in pods {
            let pod = json!({"metadata": {"name": name, "creationTimestamp": made,
                    "labels": {"controller-revision-hash": "db-1"}, "ownerReferences": owner},
                "status": {"containerStatuses": [{"name": "api",
                    "state": {"running": {"startedAt": started}}}]}});
            situation.add("Pod", &pod).unwrap();
        }
        for (kind, object) in configs {
            situation.add(kind, object).unwrap();
        }
        situation.settle();
        situation
    }

    const BEFORE: &str = "2026-01-01T10:00:00Z";
    const CHANGE: &str = "2026-01-01T12:00:00Z";
    const AFTER: &str = "2026-01-01T13:00:00Z";

    #[test]
    fn what_is_read_only_at_the_start_is_found() {
        let found: Vec<String> = uses(&template())
            .into_iter()
            .map(|one| {
                let key = one.key.unwrap_or_default();
                format!("{}/{} {key} {}", one.holder.as_str(), one.name, one.container)
            })
            .collect();
        // Files of whole volumes are kept up to date, and `migrate` has run.
        assert_eq!(
            found,
            [
                "ConfigMap/app-config  api",
                "ConfigMap/proxy  proxy",
                "Secret/db password api",
                "Secret/keys  api"
            ]
        );
    }

    #[test]
    fn pods_that_were_started_before_the_change_are_counted() {
        let all = json!({"f:data": {"f:LEVEL": {}}});
        let map = config("app-config", &json!([write("kubectl-edit", CHANGE, &all)]));
        let pods = [("db-0", BEFORE, BEFORE), ("db-1", AFTER, AFTER), ("db-2", BEFORE, BEFORE)];
        let found = find(&situation(&pods, &[("ConfigMap", map)]));
        let now = CHANGE.parse::<jiff::Timestamp>().unwrap().as_second() + 720;
        assert_eq!(
            found.iter().map(|one| one.words(now)).collect::<Vec<_>>(),
            [
                "2 of 3 pods still run the ConfigMap app-config of before its change 12m ago by kubectl-edit"
            ]
        );
        assert_eq!(found[0].pods, ["db-0", "db-2"]);
    }

    #[test]
    fn containers_started_again_clocks_that_differ_and_other_keys_count_for_nothing() {
        let of = |pod: (&str, &str, &str), kind: &'static str, object: Value| {
            find(&situation(&[pod], &[(kind, object)])).len()
        };
        let all = json!({"f:data": {"f:LEVEL": {}}});
        let map = || config("app-config", &json!([write("kubectl-edit", CHANGE, &all)]));
        assert_eq!(of(("db-0", BEFORE, BEFORE), "ConfigMap", map()), 1);
        // The container was started again since; the node's clock is behind the server's.
        assert_eq!(of(("db-0", BEFORE, AFTER), "ConfigMap", map()), 0);
        assert_eq!(of(("db-0", AFTER, BEFORE), "ConfigMap", map()), 0);
        // Of the Secret only one key is read.
        let secret = |key: &str| {
            let own = json!({"f:data": {key: {}}});
            config("db", &json!([write("argocd-controller", CHANGE, &own)]))
        };
        assert_eq!(of(("db-0", BEFORE, BEFORE), "Secret", secret("f:user")), 0);
        assert_eq!(of(("db-0", BEFORE, BEFORE), "Secret", secret("f:password")), 1);
        // Labels are no data, and where nobody says when, nothing is said.
        let labels = write("x", CHANGE, &json!({"f:metadata": {"f:labels": {}}}));
        assert_eq!(
            of(("db-0", BEFORE, BEFORE), "ConfigMap", config("app-config", &json!([labels]))),
            0
        );
        assert_eq!(
            of(("db-0", BEFORE, BEFORE), "ConfigMap", config("app-config", &json!(null))),
            0
        );
        let timeless = json!([{"manager": "x", "fieldsV1": {"f:data": {}}}]);
        assert_eq!(of(("db-0", BEFORE, BEFORE), "ConfigMap", config("app-config", &timeless)), 0);
    }
}
