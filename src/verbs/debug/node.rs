//! A shell on a node, through a pod that is placed there.

use super::{Choice, Draft, Value, Wanted, parsed, suffix};
use crate::model::{
    Fault, FaultKind, Following, Gvr, Method, ObjRef, Plan, PlanId, PlanRequest, Read, StreamSpec,
    Text,
};
use serde_json::json;

/// The name of its container, as kubectl calls it.
const CONTAINER: &str = "debugger";
/// The longest name of a pod that also is a host name.
const LONGEST: usize = 63;

/// A pod on a node in the making, which goes when its shell ends.
#[derive(Clone, Debug)]
pub struct NodeShell {
    node: ObjRef,
    now: i64,
    wanted: Wanted,
    namespace: String,
    /// The shell is in the node's own file system.
    chroot: bool,
    /// It is deleted when its shell ends.
    removes: bool,
    /// What the node said about itself that matters.
    warning: Option<String>,
    refused: Option<Fault>,
}

impl NodeShell {
    /// A shell on a node, at `now` (Unix seconds), through a pod in this namespace.
    pub fn new(node: ObjRef, namespace: &str, now: i64) -> Self {
        Self {
            node,
            now,
            wanted: Wanted::default(),
            namespace: namespace.to_owned(),
            chroot: false,
            removes: true,
            warning: None,
            refused: None,
        }
    }

    /// The same, made of this.
    #[must_use]
    pub fn of(mut self, wanted: Wanted) -> Self {
        self.wanted = wanted;
        self
    }

    /// The same, with its shell in the node's own file system, or not.
    #[must_use]
    pub fn chroot(mut self, on: bool) -> Self {
        self.chroot = on;
        self
    }

    /// The same, whose pod stays.
    #[must_use]
    pub fn keeping(mut self) -> Self {
        self.removes = false;
        self
    }

    fn container(&self) -> &str {
        if self.wanted.name.is_empty() { CONTAINER } else { &self.wanted.name }
    }

    /// The pod: `node-debugger-NODE-SUFFIX`, cut where the node's name is long.
    fn pod(&self) -> ObjRef {
        let suffix = suffix(self.now);
        let mut base = format!("node-debugger-{}", self.node.name);
        base.truncate(LONGEST - 1 - suffix.len());
        let name = format!("{}-{suffix}", base.trim_end_matches(['-', '.']));
        ObjRef {
            cluster: self.node.cluster,
            gvr: Gvr::new("", "v1", "pods"),
            kind: "Pod".into(),
            namespace: self.namespace.trim().into(),
            name: name.into(),
            uid: Text::new(),
        }
    }

    fn in_node(&self) -> bool {
        self.chroot && self.wanted.profile.mounts_host()
    }
}

impl Draft for NodeShell {
    fn title(&self) -> String {
        format!("Shell on {}", self.node)
    }

    fn button(&self) -> String {
        if self.wanted.stdin { "Start and attach" } else { "Start" }.into()
    }

    fn targets(&self) -> &[ObjRef] {
        std::slice::from_ref(&self.node)
    }

    fn choices(&self) -> Vec<Choice> {
        let mut choices = self.wanted.choices();
        if self.wanted.profile.mounts_host() {
            let label = "in the node's own file system (chroot /host)";
            choices.push(Choice::toggle("chroot", label, self.chroot));
        }
        let place = Choice::typed("namespace", "namespace of the pod", &*self.namespace);
        choices.push(if self.namespace.trim().is_empty() {
            place.wrong("a pod lives in a namespace")
        } else {
            place
        });
        choices
    }

    fn set(&mut self, id: &str, value: Value) {
        match (id, &value) {
            ("chroot", Value::Toggle(on)) => self.chroot = *on,
            ("namespace", Value::Typed(text)) => self.namespace.clone_from(text),
            _ => self.wanted.set(id, &value),
        }
    }

    fn reads(&self) -> Vec<Read> {
        vec![super::get(&self.node)]
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        match answer {
            Ok(json) => {
                let node = parsed(json);
                let ready = node["status"]["conditions"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|one| one["type"] == "Ready" && one["status"] == "True");
                let windows = node["status"]["nodeInfo"]["operatingSystem"] == "windows";
                self.warning = match (ready, windows) {
                    (_, true) => {
                        Some("the node runs Windows: most images and profiles do not".into())
                    }
                    (false, _) => Some("the node is not ready: nothing may start there".into()),
                    _ => None,
                };
            }
            Err(fault) if fault.kind == FaultKind::NotFound => self.refused = Some(fault.clone()),
            // Who may not read nodes may still be allowed to place a pod.
            Err(_) => {}
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let what = self.title();
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        if self.namespace.trim().is_empty() {
            return Err(Fault::new(FaultKind::Input, what, "a pod lives in a namespace"));
        }
        let mut words = self.wanted.check(&what)?;
        if self.in_node() {
            words.splice(0..0, ["chroot".to_owned(), "/host".to_owned()]);
        }
        let (pod, profile) = (self.pod(), self.wanted.profile);
        let mut container = self.wanted.container(self.container(), words);
        if let Some(security) = profile.on_node() {
            container["securityContext"] = security;
        }
        let mut spec = json!({
            "nodeName": self.node.name.as_str(),
            "restartPolicy": "Never",
            "tolerations": [{"operator": "Exists"}],
        });
        if profile.shares_host() {
            for namespace in ["hostNetwork", "hostPID", "hostIPC"] {
                spec[namespace] = true.into();
            }
        }
        if profile.mounts_host() {
            spec["volumes"] = json!([{"name": "host-root", "hostPath": {"path": "/"}}]);
            container["volumeMounts"] = json!([{"mountPath": "/host", "name": "host-root"}]);
        }
        spec["containers"] = json!([container]);
        let create = PlanRequest::new(
            Method::Post,
            pod.clone(),
            Some(pod.gvr.collection_path(Some(&pod.namespace))),
        )
        .body(
            "application/json",
            &json!({
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": pod.name.as_str(),
                    "labels": {"app.kubernetes.io/managed-by": "wheelhouse"},
                },
                "spec": spec,
            }),
        )
        .followed(Following::Runs(self.container().into()));
        let mut plan = Plan::empty(id, pod.cluster, context.clone(), what).request(create);
        plan = plan.note(format!("creates {pod} in {} on the node", pod.namespace));
        if self.wanted.stdin {
            plan =
                plan.request(PlanRequest::shell(&self.wanted.shell(pod.clone(), self.container())));
        }
        if self.removes && self.wanted.stdin {
            let options = json!({
                "kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0,
                "propagationPolicy": "Background",
            });
            let delete = PlanRequest::new(Method::Delete, pod.clone(), None)
                .body("application/json", &options)
                .afterwards();
            plan = plan.request(delete).note("the pod is deleted when its shell ends or is left");
        } else {
            plan = plan.warn("the pod stays until somebody deletes it");
        }
        if profile.shares_host() {
            plan = plan.warn("it shares the node's network, processes and IPC");
        }
        if profile.mounts_host() {
            plan = plan.warn("it can read and change every file of the node, at /host");
        }
        Ok(match &self.warning {
            Some(text) => plan.warn(text.as_str()),
            None => plan,
        })
    }

    fn stream(&self) -> Option<StreamSpec> {
        let spec = self.wanted.shell(self.pod(), self.container());
        self.wanted.stdin.then_some(StreamSpec::Shell(spec))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::debug::{IMAGE, Profile};
    use crate::verbs::testing::{body, object, plan_of};

    fn draft() -> NodeShell {
        let mut node = object("", "nodes", "Node", "worker-1");
        node.namespace = Text::new();
        let mut draft = NodeShell::new(node, "default", 1_767_225_600);
        let ready = json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}});
        draft.learn(0, Ok(&ready.to_string()));
        draft
    }

    #[test]
    fn the_pod_is_created_followed_entered_and_deleted_at_the_end() {
        let draft = draft();
        let plan = plan_of(&draft).unwrap();
        let [create, attach, delete] = plan.requests.as_slice() else { unreachable!("{plan:?}") };
        assert_eq!(create.path, "/api/v1/namespaces/default/pods");
        assert_eq!(create.follow, Following::Runs("debugger".into()));
        let pod = body(&plan, 0);
        let name = pod["metadata"]["name"].as_str().unwrap();
        assert!(name.starts_with("node-debugger-worker-1-"), "{name}");
        assert_eq!(
            pod["spec"],
            json!({
                "nodeName": "worker-1", "restartPolicy": "Never",
                "tolerations": [{"operator": "Exists"}],
                "hostNetwork": true, "hostPID": true, "hostIPC": true,
                "volumes": [{"name": "host-root", "hostPath": {"path": "/"}}],
                "containers": [{"name": "debugger", "image": IMAGE,
                    "terminationMessagePolicy": "File", "stdin": true, "tty": true,
                    "volumeMounts": [{"mountPath": "/host", "name": "host-root"}]}],
            })
        );
        assert!(attach.path.contains(&format!("/pods/{name}/attach?container=debugger")));
        assert_eq!(delete.path, format!("/api/v1/namespaces/default/pods/{name}"));
        let parts = plan.parts();
        let sizes = [parts.before, parts.opens, parts.after].map(|part| part.requests.len());
        assert_eq!(sizes, [1, 1, 1]);
        assert!(!plan.loses, "what it deletes is its own");
    }

    #[test]
    fn profiles_decide_what_of_the_node_is_seen() {
        let mut draft = draft();
        draft.set("chroot", Value::Toggle(true));
        let pod = body(&plan_of(&draft).unwrap(), 0);
        assert_eq!(pod["spec"]["containers"][0]["command"], json!(["chroot", "/host"]));
        let at = |profile: Profile| {
            let at = Profile::ALL.iter().position(|one| *one == profile).unwrap();
            Value::OneOf { at, of: Vec::new() }
        };
        draft.set("profile", at(Profile::Restricted));
        let pod = body(&plan_of(&draft).unwrap(), 0);
        assert!(pod["spec"]["hostPID"].is_null() && pod["spec"]["volumes"].is_null());
        assert!(pod["spec"]["containers"][0]["command"].is_null(), "there is no /host");
        assert!(draft.choices().iter().all(|choice| choice.id != "chroot"));
        draft.set("profile", at(Profile::Netadmin));
        let pod = body(&plan_of(&draft).unwrap(), 0);
        assert!(pod["spec"]["hostPID"] == true && pod["spec"]["volumes"].is_null());
        draft.set("profile", at(Profile::Sysadmin));
        let pod = body(&plan_of(&draft).unwrap(), 0);
        assert_eq!(pod["spec"]["containers"][0]["securityContext"]["privileged"], true);
    }

    #[test]
    fn long_names_of_nodes_are_cut_and_an_empty_namespace_is_told() {
        let mut long = draft();
        long.node.name = "ip-10-0-1-20.eu-central-1.compute.internal.example.com".into();
        let name = long.pod().name;
        assert!(name.len() <= 63, "{name}");
        let mut draft = draft();
        draft.set("namespace", Value::Typed(" ".into()));
        assert!(plan_of(&draft).is_err());
    }
}
