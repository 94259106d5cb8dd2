//! Debug containers as `kubectl debug` makes them (`k8s.io/kubectl/pkg/cmd/debug`): an ephemeral one
//! beside the containers of a pod, or a pod of its own on a node. They are attached to once they run.

mod node;
mod profile;
pub mod running;

pub use node::NodeShell;
pub use profile::Profile;

use super::{Choice, Draft, Value, get, parsed, suffix};
use crate::model::{
    Fault, FaultKind, Following, Method, ObjRef, Plan, PlanId, PlanRequest, Read, ShellSpec,
    StreamSpec, Text,
};
use serde_json::{Value as Json, json};

/// The image where nobody names another one.
pub const IMAGE: &str = "busybox:1.37";

/// What a debug container is made of, for both sorts.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its image.
    pub image: String,
    /// What it may do.
    pub profile: Profile,
    /// What it runs, as typed; empty for what the image runs by itself.
    pub command: String,
    /// Its name; empty for one made up.
    pub name: String,
    /// With a terminal.
    pub tty: bool,
    /// It takes standard input, and is attached to.
    pub stdin: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            image: IMAGE.to_owned(),
            profile: Profile::General,
            command: String::new(),
            name: String::new(),
            tty: true,
            stdin: true,
        }
    }
}

impl Wanted {
    fn words(&self) -> Result<Vec<String>, &'static str> {
        shell_words::split(&self.command).map_err(|_| "a quote is not closed")
    }

    /// The container but for what its profile says.
    fn container(&self, name: &str, words: Vec<String>) -> Json {
        let mut container = json!({
            "name": name,
            "image": self.image.trim(),
            "terminationMessagePolicy": "File",
        });
        if !words.is_empty() {
            container["command"] = words.into();
        }
        if self.stdin {
            container["stdin"] = true.into();
        }
        if self.tty {
            container["tty"] = true.into();
        }
        container
    }

    fn choices(&self) -> Vec<Choice> {
        let image = Choice::typed("image", "image", &*self.image);
        let image = if self.bad_image() { image.wrong("an image is one word") } else { image };
        let command = Choice::typed("command", "command (empty: the image's own)", &*self.command);
        let command = match self.words() {
            Ok(_) => command,
            Err(why) => command.wrong(why),
        };
        let at = Profile::ALL.iter().position(|one| *one == self.profile).unwrap_or(0);
        let names = Profile::ALL.iter().map(|one| one.name().to_owned()).collect();
        vec![image, command, Choice::one_of("profile", "profile", at, names)]
    }

    fn set(&mut self, id: &str, value: &Value) {
        match (id, value) {
            ("image", Value::Typed(text)) => self.image.clone_from(text),
            ("command", Value::Typed(text)) => self.command.clone_from(text),
            ("profile", Value::OneOf { at, .. }) => {
                self.profile = Profile::ALL.get(*at).copied().unwrap_or_default();
            }
            _ => {}
        }
    }

    fn bad_image(&self) -> bool {
        let image = self.image.trim();
        image.is_empty() || image.contains(char::is_whitespace)
    }

    fn check(&self, what: &str) -> Result<Vec<String>, Fault> {
        let input = |why: &str| Fault::new(FaultKind::Input, what, why);
        if self.bad_image() {
            return Err(input("the image is one word, such as busybox:1.37"));
        }
        self.words().map_err(input)
    }

    fn shell(&self, pod: ObjRef, container: &str) -> ShellSpec {
        ShellSpec {
            pod,
            container: container.into(),
            command: Vec::new(),
            tty: self.tty,
            stdin: self.stdin,
            size: (80, 24),
        }
    }
}

/// An ephemeral debug container in the making.
#[derive(Clone, Debug)]
pub struct Debug {
    pod: ObjRef,
    now: i64,
    wanted: Wanted,
    /// The container whose processes it is to see, by name; empty for none, None for the default one.
    target: Option<Text>,
    facts: Option<Facts>,
    refused: Option<Fault>,
}

/// What is known of the pod.
#[derive(Clone, Debug, Default)]
struct Facts {
    /// Names of the containers whose processes can be seen.
    targets: Vec<String>,
    /// All names in use.
    names: Vec<String>,
    /// Names of the debug containers it has.
    ephemeral: Vec<String>,
    default: String,
    phase: String,
    /// The user that the whole pod runs as, where it is not root.
    user: Option<i64>,
    leaving: bool,
}

impl Facts {
    fn read(json: &str) -> Self {
        let pod = parsed(json);
        let names = |list: &str, which: &dyn Fn(&Json) -> bool| -> Vec<String> {
            let all = pod["spec"][list].as_array().into_iter().flatten();
            all.filter(|one| which(one))
                .filter_map(|c| c["name"].as_str())
                .map(Into::into)
                .collect()
        };
        let any = |_: &Json| true;
        let mut targets = names("containers", &any);
        let first = targets.first().cloned().unwrap_or_default();
        targets.extend(names("initContainers", &|one| one["restartPolicy"] == "Always"));
        let mut all = names("containers", &any);
        all.extend(names("initContainers", &any));
        let ephemeral = names("ephemeralContainers", &any);
        all.extend(ephemeral.iter().cloned());
        let marked = &pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"];
        let marked = marked.as_str().filter(|name| targets.iter().any(|one| one == name));
        Self {
            default: marked.map_or(first, str::to_owned),
            targets,
            names: all,
            ephemeral,
            phase: pod["status"]["phase"].as_str().unwrap_or_default().to_owned(),
            user: pod["spec"]["securityContext"]["runAsUser"].as_i64().filter(|user| *user != 0),
            leaving: !pod["metadata"]["deletionTimestamp"].is_null(),
        }
    }
}

impl Debug {
    /// A debug container in a pod, at `now` (Unix seconds), that sees the processes of its default
    /// container.
    pub fn new(pod: ObjRef, now: i64) -> Self {
        let wanted = Wanted::default();
        Self { pod, now, wanted, target: None, facts: None, refused: None }
    }

    /// The same, made of this.
    #[must_use]
    pub fn of(mut self, wanted: Wanted) -> Self {
        self.wanted = wanted;
        self
    }

    /// The same, which sees the processes of this container; empty for those of none.
    #[must_use]
    pub fn target(mut self, container: Text) -> Self {
        self.target = Some(container);
        self
    }

    fn name(&self) -> String {
        if !self.wanted.name.is_empty() {
            return self.wanted.name.clone();
        }
        let taken = self.facts.as_ref().map(|facts| facts.names.as_slice()).unwrap_or_default();
        let mut at = self.now;
        loop {
            let name = format!("debugger-{}", suffix(at));
            if !taken.contains(&name) {
                return name;
            }
            at += 1;
        }
    }

    /// The container whose processes it sees; empty for none.
    fn seen(&self) -> &str {
        match &self.target {
            Some(name) => name,
            None => self.facts.as_ref().map_or("", |facts| &facts.default),
        }
    }

    fn spec(&self) -> ShellSpec {
        self.wanted.shell(self.pod.clone(), &self.name())
    }
}

impl Draft for Debug {
    fn title(&self) -> String {
        format!("Debug {}", self.pod)
    }

    fn button(&self) -> String {
        if self.wanted.stdin { "Start and attach" } else { "Start" }.into()
    }

    fn targets(&self) -> &[ObjRef] {
        std::slice::from_ref(&self.pod)
    }

    fn choices(&self) -> Vec<Choice> {
        let mut choices = self.wanted.choices();
        if let Some(facts) = self.facts.as_ref().filter(|facts| !facts.targets.is_empty()) {
            let words = facts.targets.iter().map(|name| format!("container {name}"));
            let words: Vec<String> =
                std::iter::once("its own alone".to_owned()).chain(words).collect();
            let at = facts.targets.iter().position(|name| name == self.seen());
            choices.push(Choice::one_of(
                "target",
                "sees the processes of",
                at.map_or(0, |at| at + 1),
                words,
            ));
        }
        choices
    }

    fn set(&mut self, id: &str, value: Value) {
        match (id, &value) {
            ("target", Value::OneOf { at, .. }) => {
                let names = self.facts.as_ref().map(|facts| facts.targets.as_slice());
                let chosen = at.checked_sub(1).and_then(|at| names?.get(at));
                self.target = Some(chosen.map_or(Text::new(), |name| name.as_str().into()));
            }
            _ => self.wanted.set(id, &value),
        }
    }

    fn reads(&self) -> Vec<Read> {
        vec![get(&self.pod)]
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        match answer {
            Ok(json) => self.facts = Some(Facts::read(json)),
            Err(fault) => self.refused = Some(fault.clone()),
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let what = self.title();
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        let facts = self
            .facts
            .as_ref()
            .ok_or_else(|| Fault::new(FaultKind::Other, &what, "the pod has not been read yet"))?;
        let input = |why: String| Fault::new(FaultKind::Input, &what, why);
        if facts.leaving || matches!(facts.phase.as_str(), "Succeeded" | "Failed") {
            let how = if facts.leaving { "is being deleted" } else { "has ended" };
            return Err(input(format!("the pod {how}: no container can join it")));
        }
        let words = self.wanted.check(&what)?;
        let (name, seen) = (self.name(), self.seen());
        if facts.names.contains(&name) {
            return Err(input(format!("the pod has a container {name} already")));
        }
        if !seen.is_empty() && !facts.targets.iter().any(|one| one == seen) {
            let all = facts.targets.join(", ");
            return Err(Fault::new(
                FaultKind::NotFound,
                &what,
                format!("the pod has no container {seen}"),
            )
            .hint(format!("its containers: {all}")));
        }
        let mut container = self.wanted.container(&name, words);
        let security = self.wanted.profile.in_pod();
        let powers = security.as_ref().is_some_and(|context| {
            context["privileged"] == true || !context["capabilities"]["add"].is_null()
        });
        if let Some(security) = security {
            container["securityContext"] = security;
        }
        if !seen.is_empty() {
            container["targetContainerName"] = seen.into();
        }
        let order: Vec<Json> =
            facts.ephemeral.iter().chain([&name]).map(|name| json!({ "name": name })).collect();
        let pod = &self.pod;
        let path =
            format!("{}/ephemeralcontainers", pod.gvr.object_path(&pod.namespace, &pod.name));
        let patch = PlanRequest::new(Method::Patch, pod.clone(), Some(path))
            .body(
                "application/strategic-merge-patch+json",
                &json!({"spec": {
                    // As kubectl says it: without the order a new one would come first.
                    "$setElementOrder/ephemeralContainers": order,
                    "ephemeralContainers": [container],
                }}),
            )
            .followed(Following::Runs(name.as_str().into()));
        let mut plan = Plan::empty(id, pod.cluster, context.clone(), what).request(patch);
        if self.wanted.stdin {
            plan = plan.request(PlanRequest::shell(&self.spec()));
        }
        plan = plan.note(format!(
            "adds container {name}, which stays in the pod's list until the pod goes"
        ));
        if let (Some(user), true) = (facts.user, powers) {
            plan = plan.warn(format!(
                "the whole pod runs as user {user}: what profile {} grants may not work",
                self.wanted.profile.name()
            ));
        }
        Ok(plan)
    }

    fn stream(&self) -> Option<StreamSpec> {
        self.wanted.stdin.then(|| StreamSpec::Shell(self.spec()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    fn taught(draft: Debug, pod: &Json) -> Debug {
        let mut draft = draft;
        assert_eq!(draft.reads().len(), 1);
        draft.learn(0, Ok(&pod.to_string()));
        draft
    }

    fn pod() -> Json {
        json!({"metadata": {"name": "api-0"}, "spec": {
            "containers": [{"name": "proxy"}, {"name": "api"}],
            "initContainers": [{"name": "migrate"}, {"name": "mesh", "restartPolicy": "Always"}]},
            "status": {"phase": "Running"}})
    }

    fn draft() -> Debug {
        Debug::new(object("", "pods", "Pod", "api-0"), 1_767_225_600)
    }

    #[test]
    fn the_container_is_patched_in_followed_until_it_runs_and_attached_to() {
        let draft = taught(draft(), &pod());
        let plan = plan_of(&draft).unwrap();
        let [patch, attach] = plan.requests.as_slice() else { unreachable!("{plan:?}") };
        assert_eq!(patch.path, "/api/v1/namespaces/shop/pods/api-0/ephemeralcontainers");
        assert_eq!(patch.content_type, "application/strategic-merge-patch+json");
        let Following::Runs(name) = &patch.follow else { unreachable!() };
        assert!(name.starts_with("debugger-"), "{name}");
        let container = &body(&plan, 0)["spec"]["ephemeralContainers"][0];
        assert_eq!(
            *container,
            json!({"name": name.as_str(), "image": IMAGE, "terminationMessagePolicy": "File",
                "stdin": true, "tty": true, "targetContainerName": "proxy",
                "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}})
        );
        assert!(attach.path.contains(&format!("/attach?container={name}&stdin=true")));
        assert!(plan.can_be_rehearsed(), "the patch can be tried");
        let parts = plan.parts();
        assert_eq!((parts.before.requests.len(), parts.opens.requests.len()), (1, 1));
        assert!(parts.after.requests.is_empty());
        let questions = plan.questions();
        let asked: Vec<&str> = questions.iter().map(|q| q.subresource.as_str()).collect();
        assert_eq!(asked, ["attach", "ephemeralcontainers"]);
    }

    #[test]
    fn choices_change_what_is_sent() {
        let mut draft = taught(draft(), &pod());
        draft.set("image", Value::Typed("nicolaka/netshoot".into()));
        draft.set("command", Value::Typed("bash -c 'ls -l'".into()));
        let choice = |draft: &Debug, id: &str| {
            draft.choices().into_iter().find(|choice| choice.id == id).unwrap()
        };
        let words = choice(&draft, "target");
        let Value::OneOf { of, at } = &words.value else { unreachable!() };
        assert_eq!(
            of.len(),
            4,
            "{of:?}: a sidecar can be looked at, a finished init container not"
        );
        assert_eq!(*at, 1);
        draft.set("target", Value::OneOf { at: 0, of: Vec::new() });
        draft.set("profile", Value::OneOf { at: 2, of: Vec::new() });
        let container =
            body(&plan_of(&draft).unwrap(), 0)["spec"]["ephemeralContainers"][0].clone();
        assert_eq!(container["command"], json!(["bash", "-c", "ls -l"]));
        assert!(container["targetContainerName"].is_null());
        assert_eq!(container["securityContext"]["runAsNonRoot"], true);
        draft.set("command", Value::Typed("bash 'oops".into()));
        assert!(plan_of(&draft).is_err() && !choice(&draft, "command").error.is_empty());
        draft.set("command", Value::Typed(String::new()));
        draft.set("image", Value::Typed(" ".into()));
        assert!(plan_of(&draft).is_err());
    }

    #[test]
    fn a_pod_that_ended_or_runs_as_somebody_is_told_about() {
        let mut ended = pod();
        ended["status"]["phase"] = "Succeeded".into();
        assert!(plan_of(&taught(draft(), &ended)).unwrap_err().why.contains("has ended"));
        let mut user = pod();
        user["spec"]["securityContext"]["runAsUser"] = 1000.into();
        let plan = plan_of(&taught(draft(), &user)).unwrap();
        assert!(plan.notes.iter().any(|note| note.warning && note.text.contains("user 1000")));
        let wrong = taught(draft().target("nope".into()), &pod());
        assert!(plan_of(&wrong).unwrap_err().hint.contains("proxy, api, mesh"));
        let twice = Wanted { name: "api".into(), ..Wanted::default() };
        assert!(plan_of(&taught(draft().of(twice), &pod())).is_err());
    }
}
