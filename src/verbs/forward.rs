//! Forwarding local ports into a pod, or to a ready pod behind a Service or workload.

mod suggest;

use super::{Choice, Draft, LocalPorts, Value};
use crate::model::{
    Fault, FaultKind, ForwardPort, ForwardSpec, ObjRef, Plan, PlanId, PlanRequest, Read,
    StreamSpec, Text,
};
use suggest::Facts;

/// Where ports are opened when nobody says otherwise.
pub const LOCALHOST: &str = "127.0.0.1";

/// A forward in the making.
#[derive(Clone, Debug)]
pub struct Forward {
    /// The object it was asked for.
    asked: ObjRef,
    /// What it may lead to: the pod's owner, which has other pods when this one is gone, and the pod.
    targets: Vec<ObjRef>,
    at: usize,
    /// As typed.
    ports: String,
    address: String,
    /// Ports that the object declares, in words.
    declared: String,
    /// Nobody has typed anything yet: suggestions are taken.
    fresh: bool,
    /// Ports of this container of the pod are suggested; empty for all.
    container: Text,
}

impl Forward {
    /// A forward to an object; which ports it has is read first.
    pub fn new(target: ObjRef) -> Self {
        Self {
            asked: target.clone(),
            targets: vec![target],
            at: 0,
            ports: String::new(),
            address: LOCALHOST.to_owned(),
            declared: String::new(),
            fresh: true,
            container: Text::new(),
        }
    }

    /// A forward of which everything is known.
    pub fn known(spec: &ForwardSpec) -> Self {
        let ports: Vec<String> = spec.ports.iter().map(written).collect();
        Self {
            ports: ports.join(" "),
            address: spec.address.to_string(),
            fresh: false,
            ..Self::new(spec.target.clone())
        }
    }

    /// The same, suggesting the ports of one container of the pod.
    #[must_use]
    pub fn of_container(mut self, container: Text) -> Self {
        self.container = container;
        self
    }

    fn target(&self) -> &ObjRef {
        self.targets.get(self.at).unwrap_or(&self.asked)
    }

    /// What is opened.
    ///
    /// # Errors
    /// The ports as typed make no sense.
    pub fn spec(&self) -> Result<ForwardSpec, Fault> {
        let what = format!("forward to {}", self.asked);
        let input = |why: String| Fault::new(FaultKind::Input, &what, why);
        let target = self.target().clone();
        let first = if target == self.asked { Text::new() } else { self.asked.name.clone() };
        let ports = ports(&self.ports).map_err(input)?;
        if ports.is_empty() {
            return Err(input("no port yet: type LOCAL:REMOTE, or a port alone".into()));
        }
        let address = self.address.trim();
        if address.contains(char::is_whitespace) || address.is_empty() {
            return Err(input("the local address is empty or has blanks in it".into()));
        }
        Ok(ForwardSpec { target, first, address: address.into(), ports })
    }
}

/// A port as it is typed: `8080:http`.
pub fn written(port: &ForwardPort) -> String {
    match port.local {
        0 => format!(":{}", port.remote),
        local if *port.remote == *local.to_string() => local.to_string(),
        local => format!("{local}:{}", port.remote),
    }
}

/// Ports as typed: `8080:80`, `:80` for any free local port, `5432` for the same on both sides, names
/// of ports (which get any free local port when they stand alone); blanks or commas between them.
///
/// # Errors
/// What is wrong with which of them.
pub fn ports(text: &str) -> Result<Vec<ForwardPort>, String> {
    let words = text.split([' ', ',', '\t']).filter(|word| !word.is_empty());
    let mut all: Vec<ForwardPort> = Vec::new();
    for word in words {
        let port = port(word)?;
        if port.local != 0 && all.iter().any(|other| other.local == port.local) {
            return Err(format!("local port {} is there twice", port.local));
        }
        all.push(port);
    }
    Ok(all)
}

fn port(word: &str) -> Result<ForwardPort, String> {
    let wrong = || format!("{word:?} is no port: write 8080:80, :80 or 5432");
    let (local, remote) = word.split_once(':').unwrap_or((word, word));
    let number = |text: &str| text.parse::<u16>().ok().filter(|number| *number > 0);
    let named = remote.contains(|c: char| c.is_ascii_lowercase())
        && remote.len() <= 15
        && remote.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if number(remote).is_none() && !named {
        return Err(wrong());
    }
    let local = match local {
        "" | "0" => 0,
        same if same == remote && named => 0,
        local => number(local).ok_or_else(wrong)?,
    };
    Ok(ForwardPort { local, remote: remote.into() })
}

impl Draft for Forward {
    fn title(&self) -> String {
        format!("Forward to {}", self.asked)
    }

    fn button(&self) -> String {
        "Forward".into()
    }

    fn targets(&self) -> &[ObjRef] {
        std::slice::from_ref(&self.asked)
    }

    fn choices(&self) -> Vec<Choice> {
        let ports_field = Choice::typed("ports", "ports, LOCAL:REMOTE", &*self.ports);
        let mut choices = vec![match ports(&self.ports) {
            Err(why) => ports_field.wrong(why),
            Ok(_) => ports_field,
        }];
        choices.push(Choice::typed("address", "local address", &*self.address));
        if self.targets.len() > 1 {
            let words = |target: &ObjRef| match *target == self.asked {
                true => "this pod alone".to_owned(),
                false => format!("this pod, then any of {target}"),
            };
            let words = self.targets.iter().map(words).collect();
            choices.push(Choice::one_of("to", "leads to", self.at, words));
        }
        choices
    }

    fn set(&mut self, id: &str, value: Value) {
        self.fresh = false;
        match (id, value) {
            ("ports", Value::Typed(text)) => self.ports = text,
            ("address", Value::Typed(text)) => self.address = text,
            ("to", Value::OneOf { at, .. }) => self.at = at,
            _ => {}
        }
    }

    fn reads(&self) -> Vec<Read> {
        if !self.fresh {
            return Vec::new();
        }
        let what = format!("look at {}", self.asked);
        let path = self.asked.gvr.object_path(&self.asked.namespace, &self.asked.name);
        vec![Read { what, path }]
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        // Without it there is nothing to suggest, and the rest works all the same.
        let Some(facts) =
            answer.ok().and_then(|json| Facts::read(&self.asked, &self.container, json))
        else {
            return;
        };
        self.declared = facts.declared();
        if self.fresh {
            self.ports = facts.suggested();
        }
        if let Some(owner) = facts.owner {
            // The owner first: a pod that is replaced is what mostly ends a forward.
            self.targets = vec![owner, self.asked.clone()];
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let spec = self.spec()?;
        let mut plan = Plan::empty(id, spec.target.cluster, context.clone(), self.title());
        for port in &spec.ports {
            plan = plan.request(PlanRequest::port_forward(&spec.target, &port.remote));
        }
        if !self.declared.is_empty() {
            plan = plan.note(format!("declared ports: {}", self.declared));
        }
        if &*spec.target.kind != "Pod" {
            let target = &spec.target;
            plan =
                plan.note(format!("POD is a ready pod of {target}; another one when it is gone"));
        }
        if !matches!(&*spec.address, LOCALHOST | "localhost" | "::1") {
            let why = format!("whoever reaches this machine at {} gets through", spec.address);
            plan = plan.warn(why);
        }
        Ok(plan)
    }

    fn stream(&self) -> Option<StreamSpec> {
        self.spec().ok().map(StreamSpec::Forward)
    }

    fn local_ports(&self) -> Option<LocalPorts> {
        let spec = self.spec().ok()?;
        let ports: Vec<u16> =
            spec.ports.iter().map(|port| port.local).filter(|port| *port != 0).collect();
        (!ports.is_empty()).then(|| (spec.address.to_string(), ports))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{ClusterId, Gvr};
    use serde_json::json;

    fn object(group: &str, plural: &str, kind: &str, name: &str) -> ObjRef {
        ObjRef {
            cluster: ClusterId(0),
            gvr: Gvr::new(group, "v1", plural),
            kind: kind.into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: "u".into(),
        }
    }

    fn choice(draft: &Forward, id: &str) -> Choice {
        draft.choices().into_iter().find(|choice| choice.id == id).unwrap()
    }

    fn taught(target: ObjRef, json: &serde_json::Value) -> Forward {
        let mut draft = Forward::new(target);
        assert_eq!(draft.reads().len(), 1);
        draft.learn(0, Ok(&json.to_string()));
        draft
    }

    #[test]
    fn ports_are_typed_as_for_kubectl() {
        let read = |text: &str| {
            ports(text).map(|all| all.iter().map(written).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(read("8080:80, :443 5432").unwrap(), "8080:80 :443 5432");
        assert_eq!(read("http 9000:metrics").unwrap(), ":http 9000:metrics");
        assert_eq!(read("").unwrap(), "");
        for wrong in ["0", "70000", "80:", "x:80", "80:HTTP", "80:-1", "a b:", "8080:80 8080:81"] {
            assert!(ports(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_services_first_port_is_suggested_and_low_ones_get_a_high_local_one() {
        let json = json!({"spec": {"ports": [{"name": "http", "port": 80},
            {"name": "dns", "port": 53, "protocol": "UDP"}, {"port": 9000}]}});
        let draft = taught(object("", "services", "Service", "web"), &json);
        assert_eq!(choice(&draft, "ports").value, Value::Typed("8080:80".into()));
        let plan = draft.plan(PlanId(1), &"dev".into()).unwrap();
        let path = "/api/v1/namespaces/shop/pods/POD/portforward?ports=PORT";
        assert_eq!(plan.requests[0].path, path);
        assert_eq!(plan.notes[0].text, "declared ports: 80 (http), 9000");
        let question = &plan.questions()[0];
        assert_eq!((question.verb, &*question.subresource), ("create", "portforward"));
    }

    #[test]
    fn a_pod_leads_on_to_the_other_pods_of_its_workload_unless_that_is_not_wanted() {
        let json = json!({"metadata": {"labels": {"pod-template-hash": "abc12"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet",
                    "name": "web-abc12", "controller": true}]},
            "spec": {"containers": [{"name": "web", "ports": [{"containerPort": 3000}]}]}});
        let mut draft = taught(object("", "pods", "Pod", "web-abc12-x"), &json);
        let spec = draft.spec().unwrap();
        assert_eq!(spec.target.to_string(), "Deployment/web");
        assert_eq!(spec.first, "web-abc12-x");
        assert_eq!(spec.ports, ports("3000").unwrap());
        let next = choice(&draft, "to").next();
        draft.set("to", next);
        let spec = draft.spec().unwrap();
        assert_eq!((spec.target.to_string().as_str(), &*spec.first), ("Pod/web-abc12-x", ""));
        let plan = draft.plan(PlanId(1), &"dev".into()).unwrap();
        let path = "/api/v1/namespaces/shop/pods/web-abc12-x/portforward?ports=3000";
        assert_eq!(plan.requests[0].path, path);
    }

    #[test]
    fn annotations_of_k9s_say_which_ports() {
        let json = json!({"metadata": {"annotations": {
                "k9scli.io/port-forwards": "web::9090:http, sidecar::8081"}},
            "spec": {"template": {"spec": {"containers": [
                {"name": "web", "ports": [{"name": "http", "containerPort": 80}]}]}}}});
        let draft = taught(object("apps", "deployments", "Deployment", "web"), &json);
        assert_eq!(choice(&draft, "ports").value, Value::Typed("9090:http 8081".into()));
    }

    #[test]
    fn nothing_readable_leaves_the_ports_to_the_person() {
        let mut draft = Forward::new(object("", "services", "Service", "web"));
        let fault = Fault::new(FaultKind::Forbidden, "look", "no");
        draft.learn(0, Err(&fault));
        assert!(draft.plan(PlanId(1), &"dev".into()).is_err());
        draft.set("ports", Value::Typed("80".into()));
        assert!(draft.plan(PlanId(1), &"dev".into()).is_ok());
        draft.set("ports", Value::Typed("80 x:y:z".into()));
        assert!(!choice(&draft, "ports").error.is_empty());
    }

    #[test]
    fn an_address_that_others_reach_is_warned_about() {
        let mut draft = Forward::new(object("", "services", "Service", "web"));
        draft.set("ports", Value::Typed("80".into()));
        let warned = |draft: &Forward| {
            draft.plan(PlanId(1), &"dev".into()).unwrap().notes.iter().any(|note| note.warning)
        };
        assert!(!warned(&draft));
        draft.set("address", Value::Typed("0.0.0.0".into()));
        assert!(warned(&draft));
    }
}
