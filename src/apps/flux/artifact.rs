//! What a Kustomization would apply next: the artifact of its source, fetched from the controller that keeps it and built on
//! this machine. Entering that controller's pod takes a plan, as every way into a pod does.

use crate::kinds::behind::Entrance;
use crate::model::{
    ArtifactSpec, ClusterId, Fault, FaultKind, Gvr, ObjRef, Plan, PlanId, PlanRequest, Read,
    StreamSpec, Text,
};
use crate::text::percent;
use crate::text::sanitise::clean;
use crate::verbs::Draft;
use serde_json::Value;

/// The port on which controllers of Flux serve artifacts (`--storage-addr`), where the pod names none `http`.
const PORT: u16 = 9090;
/// Where Flux is, where the artifact's address does not say it.
const HOME: (&str, &str) = ("source-controller", "flux-system");
/// Pods that are looked at.
const PODS: usize = 50;

/// Where the artifact of a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    host: String,
    path: String,
    digest: String,
    /// What statuses call it: `main@sha1:…`.
    pub revision: String,
}

impl Artifact {
    /// The artifact that the object of a source tells of.
    ///
    /// # Errors
    /// It has none that can be fetched and checked, and why.
    pub fn of(source: &Value) -> Result<Self, String> {
        let artifact = &source["status"]["artifact"];
        let text = |field: &str| artifact[field].as_str().unwrap_or_default();
        let (url, digest) = (text("url"), text("digest"));
        if url.is_empty() {
            return Err("its source has no artifact yet".into());
        }
        let odd = || format!("the artifact's address cannot be read: {}", clean(url));
        let (host, path) =
            url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).ok_or_else(odd)?;
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if host.is_empty() || !plain(url) {
            return Err(odd());
        }
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("the artifact's digest is no sha256: {}", clean(digest)));
        }
        Ok(Self {
            host: host.to_owned(),
            path: format!("/{path}"),
            digest: digest.to_owned(),
            revision: text("revision").to_owned(),
        })
    }

    /// Name and namespace of the Service that it is fetched from.
    fn service(&self) -> (&str, &str) {
        let host = self.host.split(':').next().unwrap_or_default();
        let mut labels = host.split('.');
        match (labels.next(), labels.next(), labels.next()) {
            (Some(name), Some(namespace), Some("svc")) => (name, namespace),
            _ => HOME,
        }
    }
}

/// Why a Kustomization cannot be built anywhere but in its controller; None where it can.
pub fn refusal(kustomization: &Value) -> Option<String> {
    let from = kustomization["spec"]["postBuild"]["substituteFrom"].as_array()?;
    let first = from.first()?;
    let name = |field: &str| first[field].as_str().map(clean).unwrap_or_default();
    Some(format!(
        "its postBuild takes values from {}/{}{}: they are not guessed",
        name("kind"),
        name("name"),
        if from.len() > 1 { " and others" } else { "" }
    ))
}

/// A look at what the next reconcile applies, in the making.
#[derive(Debug)]
pub struct ReadArtifact {
    target: ObjRef,
    kustomization: Value,
    artifact: Artifact,
    /// Pods by the number of their selector.
    pods: [Option<Result<Vec<Entrance>, Fault>>; 2],
}

impl ReadArtifact {
    /// Of a Kustomization, from the answers to the reads of its page: itself, and its source.
    ///
    /// # Errors
    /// It cannot be built here, and why.
    pub fn of(target: ObjRef, answers: &[Result<Value, Fault>]) -> Result<Self, String> {
        let read = |at: usize| match answers.get(at) {
            Some(Ok(object)) => Ok(object),
            Some(Err(fault)) => Err(clean(&fault.why).into_owned()),
            None => Err("its source cannot be read".to_owned()),
        };
        let (kustomization, source) = (read(0)?, read(1)?);
        if let Some(why) = refusal(kustomization) {
            return Err(why);
        }
        let artifact = Artifact::of(source)?;
        let kustomization = kustomization.clone();
        Ok(Self { target, kustomization, artifact, pods: [None, None] })
    }

    fn selectors(&self) -> [String; 2] {
        let (name, _) = self.artifact.service();
        [format!("app={name}"), format!("app.kubernetes.io/name={name}")]
    }

    /// The pod that is entered, and its port.
    fn pod(&self) -> Result<(ObjRef, Text), Fault> {
        let (name, namespace) = self.artifact.service();
        let what = format!("find {} in {}", clean(name), clean(namespace));
        for pods in self.pods.iter().flatten() {
            let pods = pods.as_ref().map_err(Clone::clone)?;
            if let Some(pod) = Entrance::best(pods) {
                let port = pod.ports().find(|port| port.name == "http");
                let port = port.map_or(PORT, |port| port.number).to_string();
                return Ok((self.object("pods", "Pod", &pod.name), port.into()));
            }
        }
        let selectors = self.selectors().join(" or ");
        let why =
            format!("no pod in {} runs that is labelled {}", clean(namespace), clean(&selectors));
        Err(Fault::new(FaultKind::NotFound, what, why))
    }

    fn object(&self, plural: &'static str, kind: &str, name: &str) -> ObjRef {
        ObjRef {
            cluster: self.target.cluster,
            gvr: Gvr::new("", "v1", plural),
            kind: kind.into(),
            namespace: self.artifact.service().1.into(),
            name: name.into(),
            uid: Text::new(),
        }
    }

    fn spec(&self) -> Result<ArtifactSpec, Fault> {
        let (pod, port) = self.pod()?;
        let Artifact { host, path, digest, revision } = &self.artifact;
        Ok(ArtifactSpec {
            pod,
            port,
            host: host.as_str().into(),
            path: path.as_str().into(),
            digest: digest.as_str().into(),
            revision: revision.as_str().into(),
            kustomization: self.kustomization.to_string().into(),
        })
    }
}

impl Draft for ReadArtifact {
    fn title(&self) -> String {
        format!("Build what the next reconcile of {} applies", self.target.name)
    }

    fn button(&self) -> String {
        "Build".into()
    }

    fn targets(&self) -> &[ObjRef] {
        std::slice::from_ref(&self.target)
    }

    fn reads(&self) -> Vec<Read> {
        let (name, namespace) = self.artifact.service();
        let pods = Gvr::new("", "v1", "pods").collection_path(Some(namespace));
        let read = |selector: &String| Read {
            what: format!("find {} in {}", clean(name), clean(namespace)),
            path: format!("{pods}?labelSelector={}&limit={PODS}", percent::encode(selector)),
        };
        self.selectors().iter().map(read).collect()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        if let Some(place) = self.pods.get_mut(number) {
            *place = Some(answer.map(Entrance::of_list).map_err(Clone::clone));
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let spec = self.spec()?;
        let (pod, place) = (&spec.pod, clean(&spec.pod.namespace).into_owned());
        let revision = clean(&self.artifact.revision).into_owned();
        let cluster: ClusterId = pod.cluster;
        let plan = Plan::empty(id, cluster, context.clone(), self.title())
            .request(PlanRequest::port_forward(pod, &spec.port))
            .note(format!(
                "enters port {} of {pod} in {place} once, and fetches {revision} there; nothing listens on this machine",
                spec.port
            ))
            .note(
                "checks its digest, unpacks it into a directory of its own, which is removed again, and has your own flux, kustomize or kubectl build it there"
                    .to_owned(),
            )
            .note(
                "then rehearses the apply of each object as kustomize-controller (dry runs: webhooks and the audit log see them)"
                    .to_owned(),
            );
        Ok(plan)
    }

    fn stream(&self) -> Option<StreamSpec> {
        self.spec().ok().map(StreamSpec::Artifact)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Method;
    use serde_json::json;

    const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn target() -> ObjRef {
        ObjRef {
            cluster: ClusterId(3),
            gvr: Gvr::new("kustomize.toolkit.fluxcd.io", "v1", "kustomizations"),
            kind: "Kustomization".into(),
            namespace: "apps".into(),
            name: "shop".into(),
            uid: Text::new(),
        }
    }

    fn source(url: &str, digest: &str) -> Value {
        json!({"status": {"artifact": {"url": url, "digest": digest, "revision": "main@sha1:abc"}}})
    }

    #[test]
    fn the_plan_says_which_pod_is_entered_and_what_is_done_on_this_machine() {
        let url =
            "http://source-controller.gitops.svc.cluster.local./gitrepository/apps/shop/abc.tar.gz";
        let answers = [Ok(json!({"spec": {"path": "./"}})), Ok(source(url, DIGEST))];
        let mut draft = ReadArtifact::of(target(), &answers).unwrap();
        assert_eq!(
            draft.reads()[0].path,
            "/api/v1/namespaces/gitops/pods?labelSelector=app%3Dsource-controller&limit=50"
        );
        let why = draft.plan(PlanId(1), &"dev".into()).unwrap_err().why;
        assert!(why.starts_with("no pod in gitops runs that is labelled app=source"), "{why}");
        let pod = json!({"items": [{"metadata": {"name": "sc-1", "namespace": "gitops"}, "status": {"phase": "Running"},
            "spec": {"containers": [{"name": "manager", "ports": [{"name": "http", "containerPort": 9191}]}]}}]});
        draft.learn(0, Ok(&pod.to_string()));
        let plan = draft.plan(PlanId(1), &"dev".into()).unwrap();
        let [request] = plan.requests.as_slice() else { unreachable!("{plan:?}") };
        assert_eq!(request.method, Method::Connect);
        assert_eq!(request.path, "/api/v1/namespaces/gitops/pods/sc-1/portforward?ports=9191");
        let notes: Vec<_> = plan.notes.iter().map(|note| note.text.as_str()).collect();
        assert!(notes[0].contains("fetches main@sha1:abc"), "{notes:?}");
        let Some(StreamSpec::Artifact(spec)) = draft.stream() else { unreachable!() };
        assert_eq!(&*spec.path, "/gitrepository/apps/shop/abc.tar.gz");
    }

    #[test]
    fn what_cannot_be_fetched_or_built_here_has_a_reason() {
        let why = |kustomization: Value, source: Value| {
            ReadArtifact::of(target(), &[Ok(kustomization), Ok(source)]).unwrap_err()
        };
        let fine = "http://x/y.tar.gz";
        assert_eq!(why(json!({}), json!({})), "its source has no artifact yet");
        assert!(why(json!({}), source("ftp://x/y", DIGEST)).contains("address cannot be read"));
        assert!(why(json!({}), source("http://x/y z", DIGEST)).contains("address cannot be read"));
        assert!(why(json!({}), source(fine, "sha512:00")).contains("is no sha256"));
        let from =
            json!({"spec": {"postBuild": {"substituteFrom": [{"kind": "Secret", "name": "s"}]}}});
        assert_eq!(
            why(from, source(fine, DIGEST)),
            "its postBuild takes values from Secret/s: they are not guessed"
        );
    }

    #[test]
    fn where_the_address_names_no_service_it_is_asked_of_source_controller() {
        let at = |url: &str| {
            let artifact = Artifact::of(&source(url, DIGEST)).unwrap();
            let (name, namespace) = artifact.service();
            format!("{namespace}/{name}")
        };
        assert_eq!(at("http://sw.flux.svc/a.tgz"), "flux/sw");
        assert_eq!(at("http://127.0.0.1:8080/a.tgz"), "flux-system/source-controller");
    }
}
