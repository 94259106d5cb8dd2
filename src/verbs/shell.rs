//! A shell in a container, any other command there, or attaching to what runs already.

mod facts;

pub use facts::{Container, Facts, State};

use super::{Choice, Draft, Value, get};
use crate::model::{
    Fault, FaultKind, ObjRef, Plan, PlanId, PlanRequest, Read, ShellSpec, StreamSpec, Text,
};

/// The shell that is opened when nobody names one: the best the image has. (A shell that cannot
/// `exec` what it was told ends, so it has to look first.)
pub const ANY_SHELL: &str =
    "for s in bash ash; do command -v $s >/dev/null 2>&1 && exec $s; done; exec sh";

/// What is done in the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A command is run in it.
    Exec,
    /// Its own process is attached to.
    Attach,
}

/// A shell in the making.
#[derive(Clone, Debug)]
pub struct Shell {
    pod: ObjRef,
    way: Way,
    /// The container that was asked for; empty where it is to be chosen.
    asked: Text,
    facts: Option<Facts>,
    /// Why nothing is known about the pod.
    unknown: Option<Fault>,
    /// Which of the containers.
    at: usize,
    /// As typed; empty for the best shell there is.
    command: String,
    /// Commands used before, by image.
    remembered: Vec<(String, String)>,
    /// Nobody has typed a command yet: the remembered one is taken.
    fresh: bool,
    /// Known beforehand: the command, with a terminal, with standard input.
    exact: Option<(Vec<String>, bool, bool)>,
}

impl Shell {
    /// A shell in a pod; in which of its containers is asked unless it is named.
    pub fn new(pod: ObjRef, container: Text, way: Way) -> Self {
        Self {
            pod,
            way,
            asked: container,
            facts: None,
            unknown: None,
            at: 0,
            command: String::new(),
            remembered: Vec::new(),
            fresh: true,
            exact: None,
        }
    }

    /// The same for exactly this command (none to attach), with a terminal and standard input or not.
    #[must_use]
    pub fn exactly(mut self, command: Vec<String>, tty: bool, stdin: bool) -> Self {
        self.exact = Some((command, tty, stdin));
        self
    }

    /// The container as far as it is known.
    pub fn entered(&self) -> Option<&Container> {
        self.container()
    }

    /// The same with lines that [`Draft::remembers`] gave in earlier sessions, oldest first.
    #[must_use]
    pub fn remembering<'l>(mut self, lines: impl IntoIterator<Item = &'l str>) -> Self {
        let pair = |line: &str| {
            // An image alone: its command was given up for the best shell there is.
            let (image, command) = line.split_once(' ').unwrap_or((line, ""));
            (image.to_owned(), command.to_owned())
        };
        self.remembered = lines.into_iter().map(pair).collect();
        self
    }

    fn container(&self) -> Option<&Container> {
        self.facts.as_ref()?.containers.get(self.at)
    }

    /// Name of the container; empty for the pod's default one, as long as nothing is known.
    fn name(&self) -> Text {
        match self.container() {
            Some(container) => container.name.clone(),
            None => self.asked.clone(),
        }
    }

    fn recall(&mut self) {
        if !self.fresh {
            return;
        }
        let image = self.container().map(Container::image_name).unwrap_or_default();
        let known = self.remembered.iter().rev().find(|(known, _)| *known == image);
        self.command = known.map(|(_, command)| command.clone()).unwrap_or_default();
    }

    fn words(&self) -> Result<Vec<String>, &'static str> {
        if self.command.trim().is_empty() {
            return Ok(["sh", "-c", ANY_SHELL].map(str::to_owned).to_vec());
        }
        shell_words::split(&self.command).map_err(|_| "a quote is not closed")
    }

    /// What is opened.
    ///
    /// # Errors
    /// The command as typed makes no sense, or the pod has no such container.
    pub fn spec(&self) -> Result<ShellSpec, Fault> {
        if let Some(fault) = &self.unknown {
            return Err(fault.clone());
        }
        let input = |why: &str| Fault::new(FaultKind::Input, self.title(), why);
        let container = self.container();
        if self.facts.is_some() && container.is_none() {
            let why = format!("the pod has no container {}", self.asked);
            let all = self.facts.as_ref().map(Facts::names).unwrap_or_default();
            return Err(Fault::new(FaultKind::NotFound, self.title(), why)
                .hint(format!("its containers: {all}")));
        }
        let (command, tty, stdin) = match (&self.exact, self.way) {
            (Some(exact), _) => exact.clone(),
            (None, Way::Exec) => (self.words().map_err(input)?, true, true),
            (None, Way::Attach) => {
                (Vec::new(), container.is_some_and(|c| c.tty), container.is_some_and(|c| c.stdin))
            }
        };
        let size = (80, 24);
        Ok(ShellSpec { pod: self.pod.clone(), container: self.name(), command, tty, stdin, size })
    }
}

impl Draft for Shell {
    fn title(&self) -> String {
        match self.way {
            Way::Exec => format!("Shell in {}", self.pod),
            Way::Attach => format!("Attach to {}", self.pod),
        }
    }

    fn button(&self) -> String {
        match self.way {
            Way::Exec => "Open".into(),
            Way::Attach => "Attach".into(),
        }
    }

    fn targets(&self) -> &[ObjRef] {
        std::slice::from_ref(&self.pod)
    }

    fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        if let Some(facts) = self.facts.as_ref().filter(|facts| facts.containers.len() > 1) {
            let words = facts.containers.iter().map(Container::words).collect();
            choices.push(Choice::one_of("container", "container", self.at, words));
        }
        if self.way == Way::Exec {
            let label = "command (empty: bash, ash or sh)";
            let field = Choice::typed("command", label, &*self.command);
            choices.push(match self.words() {
                Ok(_) => field,
                Err(why) => field.wrong(why),
            });
        }
        choices
    }

    fn set(&mut self, id: &str, value: Value) {
        match (id, value) {
            ("container", Value::OneOf { at, .. }) => {
                self.at = at;
                self.recall();
            }
            ("command", Value::Typed(text)) => {
                self.fresh = false;
                self.command = text;
            }
            _ => {}
        }
    }

    fn begins_on(&self) -> Option<&'static str> {
        let several = self.facts.as_ref().is_some_and(|facts| facts.containers.len() > 1);
        Some(if several { "container" } else { "" })
    }

    fn at_once(&self) -> bool {
        let named = !self.asked.is_empty()
            || self.facts.as_ref().is_some_and(|facts| facts.containers.len() == 1);
        named && self.container().is_some_and(|container| container.state == State::Running)
    }

    fn reads(&self) -> Vec<Read> {
        vec![get(&self.pod)]
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        match answer {
            Ok(json) => {
                let facts = Facts::read(json);
                self.at = facts.position(&self.asked);
                self.facts = Some(facts);
                self.recall();
            }
            Err(fault) if fault.kind == FaultKind::NotFound => self.unknown = Some(fault.clone()),
            // Without it the server chooses the container, and says why it cannot.
            Err(_) => {}
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let spec = self.spec()?;
        let plan = Plan::empty(id, spec.pod.cluster, context.clone(), self.title());
        let mut plan = plan.request(PlanRequest::shell(&spec));
        if let Some(container) = self.container() {
            plan = plan.note(format!("container {}, {}", container.name, container.image));
            if container.state != State::Running {
                plan = plan.warn(format!("the container is not running: {}", container.state));
            }
        }
        if self.way == Way::Attach {
            plan = match (spec.stdin, spec.tty) {
                (true, true) => plan
                    .warn("what is typed reaches the container's own process: ctrl-c may end it"),
                (true, false) => plan.warn(
                    "it has no terminal (tty: false): lines are sent as they are typed, unedited",
                ),
                (false, _) => plan.note(
                    "the container takes no input (stdin: false): its output is shown, no more",
                ),
            };
        }
        Ok(plan)
    }

    fn stream(&self) -> Option<StreamSpec> {
        self.spec().ok().map(StreamSpec::Shell)
    }

    fn remembers(&self) -> Option<(&'static str, String)> {
        let image = self.container()?.image_name();
        let known = self.remembered.iter().rev().find(|(known, _)| *known == image);
        let before = known.map_or("", |(_, command)| command.as_str());
        let command = self.command.trim();
        let worth = self.way == Way::Exec && before != command && !image.is_empty();
        worth.then(|| (SHELLS, format!("{image} {command}").trim_end().to_owned()))
    }
}

/// Name of the history of commands by image.
pub const SHELLS: &str = "shells";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{object, plan_of};
    use serde_json::{Value as Json, json};

    fn pod(containers: &[(&str, &str)], annotation: Option<&str>) -> Json {
        let spec: Vec<Json> =
            containers.iter().map(|(name, image)| json!({"name": name, "image": image})).collect();
        let statuses: Vec<Json> = containers
            .iter()
            .map(|(name, _)| json!({"name": name, "state": {"running": {}}}))
            .collect();
        let annotations =
            annotation.map(|name| json!({"kubectl.kubernetes.io/default-container": name}));
        json!({"metadata": {"name": "api-0", "annotations": annotations},
            "spec": {"containers": spec}, "status": {"containerStatuses": statuses}})
    }

    fn taught(container: &str, way: Way, json: &Json) -> Shell {
        let mut shell = Shell::new(object("", "pods", "Pod", "api-0"), container.into(), way);
        assert_eq!(shell.reads().len(), 1);
        shell.learn(0, Ok(&json.to_string()));
        shell
    }

    #[test]
    fn one_running_container_is_entered_at_once_by_the_best_shell_there_is() {
        let shell = taught("", Way::Exec, &pod(&[("api", "shop/api:1")], None));
        assert!(shell.at_once());
        let spec = shell.spec().unwrap();
        assert_eq!((&*spec.container, spec.tty, spec.stdin), ("api", true, true));
        assert_eq!(spec.command[..2], ["sh", "-c"]);
        let plan = plan_of(&shell).unwrap();
        assert_eq!(plan.requests[0].path, PlanRequest::shell(&spec).path);
        assert!(!plan.can_be_rehearsed());
    }

    #[test]
    fn several_containers_are_a_choice_that_begins_on_the_default_one() {
        let json = pod(&[("proxy", "envoy:1"), ("api", "shop/api:1")], Some("api"));
        let mut shell = taught("", Way::Exec, &json);
        assert!(!shell.at_once());
        assert_eq!(shell.begins_on(), Some("container"));
        assert_eq!(shell.spec().unwrap().container, "api");
        shell.set("container", shell.choices()[0].next());
        assert_eq!(shell.spec().unwrap().container, "proxy");
        // A named one is no choice, and one that is not there is told.
        assert!(taught("proxy", Way::Exec, &json).at_once());
        let fault = taught("nope", Way::Exec, &json).spec().unwrap_err();
        assert!(fault.hint.contains("proxy, api"), "{fault}");
    }

    #[test]
    fn a_command_is_taken_apart_as_a_shell_would_and_remembered_for_its_image() {
        let json = pod(&[("api", "reg:5000/shop/api:1.2@sha256:ab")], None);
        let mut shell = taught("", Way::Exec, &json);
        assert_eq!(shell.remembers(), None, "the best shell there is needs no memory");
        shell.set("command", Value::Typed("bash -lc 'ls -l'".into()));
        assert_eq!(shell.spec().unwrap().command, ["bash", "-lc", "ls -l"]);
        let (history, line) = shell.remembers().unwrap();
        assert_eq!((history, line.as_str()), (SHELLS, "reg:5000/shop/api bash -lc 'ls -l'"));
        shell.set("command", Value::Typed("sh 'oops".into()));
        assert!(!shell.choices()[0].error.is_empty() && shell.spec().is_err());

        let other = pod(&[("api", "reg:5000/shop/api:2")], None);
        let mut again = Shell::new(object("", "pods", "Pod", "api-1"), "".into(), Way::Exec)
            .remembering([line.as_str(), "other sh"]);
        again.learn(0, Ok(&other.to_string()));
        assert_eq!(again.spec().unwrap().command, ["bash", "-lc", "ls -l"]);
        again.set("command", Value::Typed(String::new()));
        assert_eq!(again.remembers().unwrap().1, "reg:5000/shop/api", "forgotten again");
    }

    #[test]
    fn attaching_takes_what_the_container_has_and_says_what_it_has_not() {
        let mut json = pod(&[("api", "api")], None);
        let shell = taught("", Way::Attach, &json);
        let spec = shell.spec().unwrap();
        assert!(spec.command.is_empty() && !spec.tty && !spec.stdin);
        let plan = plan_of(&shell).unwrap();
        assert!(plan.notes.iter().any(|note| note.text.contains("takes no input")));
        json["spec"]["containers"][0]["tty"] = json!(true);
        json["spec"]["containers"][0]["stdin"] = json!(true);
        let spec = taught("", Way::Attach, &json).spec().unwrap();
        assert!(spec.tty && spec.stdin);
    }

    #[test]
    fn a_container_that_does_not_run_is_not_entered_unasked_and_a_pod_that_is_gone_not_at_all() {
        let mut json = pod(&[("api", "api")], None);
        json["status"]["containerStatuses"][0]["state"] =
            json!({"waiting": {"reason": "CrashLoopBackOff"}});
        let shell = taught("", Way::Exec, &json);
        assert!(!shell.at_once());
        let plan = plan_of(&shell).unwrap();
        assert!(plan.notes.iter().any(|n| n.warning && n.text.contains("CrashLoopBackOff")));
        let mut gone = Shell::new(object("", "pods", "Pod", "api-0"), "".into(), Way::Exec);
        gone.learn(0, Err(&Fault::new(FaultKind::NotFound, "get", "it is gone")));
        assert!(plan_of(&gone).is_err());
    }
}
