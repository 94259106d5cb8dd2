//! What an action will do: every write in the program is a Plan.

use super::{AccessQuestion, ClusterId, Fault, Handshake, ObjRef, Text};
use crate::text::mask;
use std::borrow::Cow;

/// Handle of a plan within this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanId(pub u64);

/// HTTP method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET with an upgrade: reaches into a container (exec, attach, port-forward).
    Connect,
    /// DELETE
    Delete,
    /// PATCH
    Patch,
    /// POST
    Post,
    /// PUT
    Put,
}

impl Method {
    /// As written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "GET",
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// The verb the API server authorizes it as.
    pub fn verb(self) -> &'static str {
        match self {
            // Servers from 1.35 on want this of WebSockets too, older ones of the rest.
            Self::Connect => "create",
            Self::Delete => "delete",
            Self::Patch => "patch",
            Self::Post => "create",
            Self::Put => "update",
        }
    }
}

/// What happens to dependents of a deleted object (`propagationPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Propagation {
    /// Dependents are collected after it is gone; kubectl's default.
    #[default]
    Background,
    /// It stays until its dependents are gone.
    Foreground,
    /// Dependents stay, without owner.
    Orphan,
}

impl Propagation {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Background => "Background",
            Self::Foreground => "Foreground",
            Self::Orphan => "Orphan",
        }
    }

    /// The next one, round and round.
    pub fn next(self) -> Self {
        match self {
            Self::Background => Self::Foreground,
            Self::Foreground => Self::Orphan,
            Self::Orphan => Self::Background,
        }
    }
}

/// One exact request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRequest {
    /// Method.
    pub method: Method,
    /// Path and query, without the server. `dryRun=All` is added by the gate when asked for.
    pub path: String,
    /// `Content-Type` of the body; empty without one.
    pub content_type: &'static str,
    /// The body, JSON; empty without one.
    pub body: String,
    /// The object it is about.
    pub target: ObjRef,
    /// Requests of a later stage wait for all of this one, and are not sent when one of them failed.
    /// Those of one stage stand by themselves.
    pub stage: u8,
    /// How it is followed to its outcome.
    pub follow: Following,
    /// It stands for the same request to any ready pod behind this: see [`Behind`].
    pub behind: Option<Behind>,
    /// Sent only when what the plan opened has ended: it clears away what the plan made.
    pub afterwards: bool,
}

/// How a request that was accepted is followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Following {
    /// The answer is the outcome.
    Answer,
    /// Until the object is gone.
    Gone,
    /// An eviction: sent again while a disruption budget does not allow it, then until the pod is gone.
    Evicted,
    /// Until the workload has rolled out what was asked for.
    RolledOut,
    /// Until the container of this name runs in the pod it is about.
    Runs(Text),
    /// Until the controller that was asked tells how it ended. Requests of a later stage wait for that.
    Handshake(Handshake),
    /// The same of another object, whose controller goes by the one that is written.
    Elsewhere(Box<ObjRef>, Handshake),
}

/// Where a port-forward leads: pods come and go while it runs, so that its plan cannot name them. The
/// request shows [`Behind::POD`] and [`Behind::PORT`] in their place, and the gate lets it pass for a
/// pod that is proven to stand behind the target, to the port that was planned, and for no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// The pod itself, or a Service or workload.
    pub target: ObjRef,
    /// The port as number or name; of a Service its own.
    pub port: Text,
}

impl Behind {
    /// Stands for the pod's name where that is not known yet. No pod is called so.
    pub const POD: &str = "POD";
    /// Stands for the port's number where that is not known yet.
    pub const PORT: &str = "PORT";
}

impl PlanRequest {
    /// A request about `target`, without a body. `path` is its own path where None.
    pub fn new(method: Method, target: ObjRef, path: Option<String>) -> Self {
        let path = path.unwrap_or_else(|| target.gvr.object_path(&target.namespace, &target.name));
        let follow = match method {
            Method::Delete => Following::Gone,
            _ => Following::Answer,
        };
        Self {
            method,
            path,
            content_type: "",
            body: String::new(),
            target,
            stage: 0,
            follow,
            behind: None,
            afterwards: false,
        }
    }

    /// The same, sent only when what the plan opened has ended.
    #[must_use]
    pub fn afterwards(mut self) -> Self {
        self.afterwards = true;
        self
    }

    /// The same, followed in another way.
    #[must_use]
    pub fn followed(mut self, follow: Following) -> Self {
        self.follow = follow;
        self
    }

    /// The same at another stage.
    #[must_use]
    pub fn at_stage(mut self, stage: u8) -> Self {
        self.stage = stage;
        self
    }

    /// The upgrade that leads to `port` (number or name) of a pod behind `target`.
    pub fn port_forward(target: &ObjRef, port: &Text) -> Self {
        let pods = super::Gvr::new("", "v1", "pods");
        let itself = target.gvr == pods;
        let pod = ObjRef {
            cluster: target.cluster,
            gvr: pods,
            kind: "Pod".into(),
            namespace: target.namespace.clone(),
            name: if itself { target.name.clone() } else { Behind::POD.into() },
            uid: Text::new(),
        };
        let known = itself && port.parse::<u16>().is_ok();
        let number = if known { port.as_str() } else { Behind::PORT };
        let path = Self::port_forward_path(&pod.namespace, &pod.name, number);
        let behind = Some(Behind { target: target.clone(), port: port.clone() });
        Self { behind, ..Self::new(Method::Connect, pod, Some(path)) }
    }

    /// Path and query of an upgrade that leads to a port of a pod.
    pub fn port_forward_path(namespace: &str, pod: &str, port: &str) -> String {
        let pods = super::Gvr::new("", "v1", "pods");
        format!("{}/portforward?ports={port}", pods.object_path(namespace, pod))
    }

    /// The same with a body.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: &serde_json::Value) -> Self {
        self.content_type = content_type;
        self.body = body.to_string();
        self
    }

    /// It is sent before anything is opened.
    pub fn is_sent_first(&self) -> bool {
        self.method != Method::Connect && !self.afterwards
    }

    /// The subresource it goes to: `scale`, `eviction`; empty without.
    pub fn subresource(&self) -> &str {
        let object = self.target.gvr.object_path(&self.target.namespace, &self.target.name);
        let rest = self.path.strip_prefix(object.as_str()).unwrap_or("");
        let rest = rest.split('?').next().unwrap_or("");
        rest.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or("")
    }

    /// The permission it takes.
    pub fn question(&self) -> AccessQuestion {
        AccessQuestion {
            cluster: self.target.cluster,
            verb: self.method.verb(),
            gvr: self.target.gvr.clone(),
            subresource: self.subresource().into(),
            namespace: self.target.namespace.clone(),
        }
    }

    /// The body as it is sent. A dry run of a deletion is asked for in it: the API server reads
    /// the options of a DELETE from the body alone where there is one, and `?dryRun=All` beside it
    /// would delete.
    ///
    /// # Errors
    /// The body of a deletion is no JSON object, so that the dry run cannot be asked for.
    pub fn sent_body(&self, dry_run: bool) -> Result<Cow<'_, str>, Fault> {
        if !dry_run || self.method != Method::Delete || self.body.is_empty() {
            return Ok(Cow::Borrowed(&self.body));
        }
        let mut options: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&self.body).map_err(|error| {
                Fault::new(super::FaultKind::Invalid, "dry run of a deletion", error.to_string())
            })?;
        options.insert("dryRun".into(), serde_json::json!(["All"]));
        Ok(Cow::Owned(serde_json::Value::Object(options).to_string()))
    }
}

/// Most bytes of a body that are shown: nobody reads more on a screen.
const SHOWN: usize = 16 << 10;

impl PlanRequest {
    /// The body as it is sent, but that values of Secrets are masked.
    pub fn masked_body(&self, dry_run: bool) -> Cow<'_, str> {
        // What cannot be sent is refused, and told, when it is to be sent.
        let mut body = self.sent_body(dry_run).unwrap_or_default();
        if self.target.gvr.group.is_empty() && self.target.gvr.plural == "secrets" {
            let masked = serde_json::from_str(&body).map(|mut object| {
                mask::secret(&mut object);
                object.to_string()
            });
            body = Cow::Owned(masked.unwrap_or_else(|_| mask::MASK.to_owned()));
        }
        body
    }

    /// The body as it is shown: masked, and cut where it is too long to be read.
    pub fn shown_body(&self, dry_run: bool) -> Cow<'_, str> {
        let mut body = self.masked_body(dry_run);
        if body.len() > SHOWN {
            let mut end = SHOWN;
            while !body.is_char_boundary(end) {
                end -= 1;
            }
            body = Cow::Owned(format!("{}… {} bytes in all", &body[..end], body.len()));
        }
        body
    }
}

/// A plan in the parts in which it runs: see [`Plan::parts`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Sent first.
    pub before: Plan,
    /// Opened then.
    pub opens: Plan,
    /// Sent at the end.
    pub after: Plan,
}

/// Something a person should know before running a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanNote {
    /// It is a warning.
    pub warning: bool,
    /// One line.
    pub text: String,
}

/// What an action will do: pinned to its cluster, with the exact requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its handle.
    pub id: PlanId,
    /// The only cluster it may run on.
    pub cluster: ClusterId,
    /// Name of that cluster's context, for people.
    pub context: Text,
    /// Verb and object: "Delete Deployment/api".
    pub title: String,
    /// What will be sent, in this order.
    pub requests: Vec<PlanRequest>,
    /// Consequences and cautions.
    pub notes: Vec<PlanNote>,
    /// Something is lost: starts on Cancel; protected contexts want the name typed.
    pub loses: bool,
    /// Send with `dryRun=All`: the server checks everything and stores nothing.
    pub dry_run: bool,
}

impl Plan {
    /// A plan that sends nothing yet.
    pub fn empty(id: PlanId, cluster: ClusterId, context: Text, title: impl Into<String>) -> Self {
        Self {
            id,
            cluster,
            context,
            title: title.into(),
            requests: Vec::new(),
            notes: Vec::new(),
            loses: false,
            dry_run: false,
        }
    }

    /// The same with a request more.
    #[must_use]
    pub fn request(mut self, request: PlanRequest) -> Self {
        self.requests.push(request);
        self
    }

    /// The same with something to know.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(PlanNote { warning: false, text: text.into() });
        self
    }

    /// The same with a warning.
    #[must_use]
    pub fn warn(mut self, text: impl Into<String>) -> Self {
        self.notes.push(PlanNote { warning: true, text: text.into() });
        self
    }

    /// The same plan, which loses something.
    #[must_use]
    pub fn losing(mut self) -> Self {
        self.loses = true;
        self
    }

    /// The permissions it takes, each once.
    pub fn questions(&self) -> Vec<AccessQuestion> {
        let mut questions: Vec<AccessQuestion> =
            self.requests.iter().map(PlanRequest::question).collect();
        let key = |q: &AccessQuestion| {
            (q.gvr.clone(), q.namespace.clone(), q.verb, q.subresource.clone())
        };
        questions.sort_by_key(key);
        questions.dedup();
        questions
    }

    /// Whether the server can be asked what it would do. Reaching into a container cannot, but what
    /// goes before it can.
    pub fn can_be_rehearsed(&self) -> bool {
        self.requests.is_empty() || self.requests.iter().any(PlanRequest::is_sent_first)
    }

    /// The plan in the parts in which it runs: what is sent, what is opened when that has come to a
    /// good end, and what is sent when that has ended. All have its id, which two of them may not be
    /// run with.
    pub fn parts(&self) -> Parts {
        let part = |which: &dyn Fn(&PlanRequest) -> bool| {
            let requests = self.requests.iter().filter(|request| which(request)).cloned();
            Self { requests: requests.collect(), ..self.clone() }
        };
        let mut after = part(&|request| request.afterwards);
        if let [first, ..] = after.requests.as_slice() {
            let verb = if first.method == Method::Delete { "Delete" } else { "Clear away" };
            after.title = format!("{verb} {}, after: {}", first.target, self.title);
        }
        Parts {
            before: part(&PlanRequest::is_sent_first),
            opens: part(&|request| request.method == Method::Connect),
            after,
        }
    }

    /// Deletes objects. All must live on `cluster`; the uid seen last is the precondition, so that a
    /// replacement of the same name is never hit. `grace` None leaves it to the object.
    pub fn delete(
        id: PlanId,
        context: Text,
        targets: &[ObjRef],
        propagation: Propagation,
        grace: Option<u32>,
    ) -> Result<Self, Fault> {
        use super::FaultKind;
        let Some(first) = targets.first() else {
            return Err(Fault::new(FaultKind::Input, "delete", "nothing is selected"));
        };
        let cluster = first.cluster;
        if targets.iter().any(|target| target.cluster != cluster) {
            return Err(Fault::new(
                FaultKind::Refused,
                "delete",
                "the objects live on different clusters",
            )
            .hint("delete them on one cluster at a time"));
        }
        let requests = targets
            .iter()
            .map(|target| {
                let mut body = serde_json::json!({
                    "kind": "DeleteOptions",
                    "apiVersion": "v1",
                    "propagationPolicy": propagation.as_str(),
                });
                if let Some(grace) = grace {
                    body["gracePeriodSeconds"] = grace.into();
                }
                if !target.uid.is_empty() {
                    body["preconditions"] = serde_json::json!({ "uid": target.uid.as_str() });
                }
                PlanRequest::new(Method::Delete, target.clone(), None)
                    .body("application/json", &body)
            })
            .collect();
        let title = match targets {
            [one] => format!("Delete {one}"),
            many => format!("Delete {} {} objects", many.len(), first.kind),
        };
        let mut notes = Vec::new();
        match propagation {
            Propagation::Background => {}
            Propagation::Foreground => notes.push(PlanNote {
                warning: false,
                text: "stays, terminating, until everything it owns is gone".into(),
            }),
            Propagation::Orphan => notes.push(PlanNote {
                warning: true,
                text: "what it owns stays and will have no owner".into(),
            }),
        }
        if grace == Some(0) {
            notes.push(PlanNote {
                warning: true,
                text: "forced: the API forgets it at once, its processes may still run".into(),
            });
        }
        Ok(Self { id, cluster, context, title, requests, notes, loses: true, dry_run: false })
    }
}

/// How a plan that was sent is going. One object of the plan each.
#[derive(Clone, Debug, PartialEq)]
pub enum FollowState {
    /// Sent; no answer yet.
    Requested,
    /// The server accepted the dry run: it would work. Nothing was stored.
    WouldSucceed,
    /// What the server wants known beside its answer, which follows: its `Warning` headers.
    Warned(Vec<String>),
    /// Accepted, under way; the words say what it waits for (finalizers, grace period).
    Progressing(String),
    /// Done.
    Done(String),
    /// Refused or failed.
    Failed(Fault),
    /// Somebody else changed the goal: the object was replaced.
    Superseded(String),
    /// It was called off before it was sent, or before it was over.
    Cancelled(String),
    /// Not finished in time; the words say what it still waits for.
    TimedOut(String),
}

impl FollowState {
    /// Nothing more will come.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Requested | Self::Progressing(_) | Self::Warned(_))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{FaultKind, Gvr};

    fn target(cluster: u32, name: &str, uid: &str) -> ObjRef {
        ObjRef {
            cluster: ClusterId(cluster),
            gvr: Gvr::new("apps", "v1", "deployments"),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: uid.into(),
        }
    }

    fn delete(targets: &[ObjRef], how: Propagation, grace: Option<u32>) -> Result<Plan, Fault> {
        Plan::delete(PlanId(1), "prod".into(), targets, how, grace)
    }

    #[test]
    fn a_deletion_hits_only_the_object_that_was_seen() {
        let plan = delete(&[target(1, "api", "u-1")], Propagation::Foreground, Some(5)).unwrap();
        assert_eq!(plan.title, "Delete Deployment/api");
        assert!(plan.loses && !plan.dry_run);
        let request = &plan.requests[0];
        assert_eq!(request.method.as_str(), "DELETE");
        assert_eq!(request.path, "/apis/apps/v1/namespaces/shop/deployments/api");
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "kind": "DeleteOptions",
                "apiVersion": "v1",
                "propagationPolicy": "Foreground",
                "gracePeriodSeconds": 5,
                "preconditions": { "uid": "u-1" },
            })
        );
    }

    #[test]
    fn without_a_uid_or_a_grace_nothing_is_made_up() {
        let plan = delete(&[target(1, "api", "")], Propagation::Background, None).unwrap();
        assert!(!plan.requests[0].body.contains("preconditions"));
        assert!(!plan.requests[0].body.contains("gracePeriodSeconds"));
        assert!(plan.notes.is_empty());
    }

    #[test]
    fn what_is_easily_regretted_is_warned_about() {
        let targets = [target(1, "api", "u-1"), target(1, "web", "u-2")];
        let plan = delete(&targets, Propagation::Orphan, Some(0)).unwrap();
        assert_eq!(plan.title, "Delete 2 Deployment objects");
        assert_eq!(plan.notes.iter().filter(|note| note.warning).count(), 2);
    }

    #[test]
    fn nothing_and_two_clusters_at_once_are_refused() {
        let none = delete(&[], Propagation::Background, None).unwrap_err();
        assert_eq!(none.kind, FaultKind::Input);
        let two = [target(1, "api", "u-1"), target(2, "api", "u-1")];
        let mixed = delete(&two, Propagation::Background, None).unwrap_err();
        assert_eq!(mixed.kind, FaultKind::Refused);
        assert!(!mixed.hint.is_empty());
    }

    #[test]
    fn a_dry_run_of_a_deletion_is_asked_for_in_its_body() {
        let body = serde_json::json!({"kind": "DeleteOptions", "apiVersion": "v1"});
        let path = "/api/v1/namespaces/shop/pods/a".to_owned();
        let request = PlanRequest::new(Method::Delete, target(0, "a", "u"), Some(path))
            .body("application/json", &body);
        assert_eq!(request.sent_body(false).unwrap(), request.body);
        let body: serde_json::Value =
            serde_json::from_str(&request.sent_body(true).unwrap()).unwrap();
        assert_eq!(body["dryRun"], serde_json::json!(["All"]));
        assert_eq!(body["kind"], "DeleteOptions");
        let odd = PlanRequest { body: "now".into(), ..request };
        assert!(odd.sent_body(true).is_err(), "rather nothing than a deletion");
    }
}
