//! Argo CD's own comparison of its apps: the controller keeps it in Redis for the web page. It is read
//! through a tunnel to the pod of that Redis, which takes a plan as every way into a pod does.
//! (`util/cache/appstate`, `util/cli.go` of Argo CD for where it is.)

use crate::apps::App;
use crate::kinds::behind::Entrance;
use crate::model::{
    CacheSpec, ClusterId, Fault, FaultKind, Gvr, ObjRef, Plan, PlanId, PlanRequest, Read,
    StreamSpec, Text,
};
use crate::text::percent;
use crate::text::sanitise::clean;
use crate::verbs::Draft;
use serde_json::Value;

/// The port that Redis, or the proxy before it, listens on.
const PORT: &str = "6379";
/// Version of what is kept: the same from 2.5 on (`common.CacheVersion`).
const VERSION: &str = "1.8.3";
/// Pods that are looked at.
const PODS: usize = 50;

/// Where an installation has its Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Label selectors of its pods: the first that finds one is taken.
    pub pods: Vec<String>,
    /// The Secret with the password, beside it.
    pub secret: String,
    /// The key in that Secret.
    pub field: String,
}

impl Default for Places {
    /// As Argo CD's own manifests and charts have it.
    fn default() -> Self {
        Self {
            pods: vec![
                "app.kubernetes.io/name=argocd-redis-ha-haproxy".into(),
                "app.kubernetes.io/name=argocd-redis".into(),
            ],
            secret: "argocd-redis".into(),
            field: "auth".into(),
        }
    }
}

/// An Application and where its comparison is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The Application.
    pub application: ObjRef,
    /// Namespace of the control plane that compares it.
    pub control: Text,
}

impl Kept {
    /// Of an app, whose Application this is; None where only its objects tell of it.
    pub fn of(app: &App, application: Option<&Value>) -> Option<Self> {
        let object = app.object.clone()?;
        let told = application.and_then(|one| one["status"]["controllerNamespace"].as_str());
        let control = match told {
            Some(told) if !told.is_empty() => told.into(),
            _ => object.namespace.clone(),
        };
        Some(Self { application: object, control })
    }

    /// The names of the value: packed and plain.
    fn names(&self) -> Vec<Text> {
        let ObjRef { namespace, name, .. } = &self.application;
        // Those in namespaces of other people are told apart by it (`Application.InstanceName`).
        let instance = match *namespace == self.control {
            true => name.to_string(),
            false => format!("{namespace}_{name}"),
        };
        let plain = format!("app|managed-resources|{instance}|{VERSION}");
        vec![format!("{plain}.gz").into(), plain.into()]
    }
}

/// A look at Argo CD's own comparison, in the making. All Applications belong to one control plane.
#[derive(Debug)]
pub struct ReadCache {
    targets: Vec<ObjRef>,
    kept: Vec<Kept>,
    control: Text,
    places: Places,
    /// Pods by the number of their selector.
    pods: Vec<Option<Result<Vec<Entrance>, Fault>>>,
}

impl ReadCache {
    /// Of these Applications; None where there are none.
    pub fn new(kept: Vec<Kept>, places: Places) -> Option<Self> {
        let control = kept.first()?.control.clone();
        let targets = kept.iter().map(|one| one.application.clone()).collect();
        let pods = places.pods.iter().map(|_| None).collect();
        Some(Self { targets, kept, control, places, pods })
    }

    fn object(&self, plural: &'static str, kind: &str, name: &str) -> ObjRef {
        ObjRef {
            cluster: self.targets.first().map_or(ClusterId(0), |one| one.cluster),
            gvr: Gvr::new("", "v1", plural),
            kind: kind.into(),
            namespace: self.control.clone(),
            name: name.into(),
            uid: Text::new(),
        }
    }

    /// The pod that is entered.
    fn pod(&self) -> Result<ObjRef, Fault> {
        let what = format!("find Argo CD's Redis in {}", clean(&self.control));
        let mut idle = None;
        for pods in self.pods.iter().flatten() {
            let pods = pods.as_ref().map_err(Clone::clone)?;
            if let Some(pod) = Entrance::best(pods) {
                return Ok(self.object("pods", "Pod", &pod.name));
            }
            idle = idle.or(pods.first());
        }
        let why = match idle {
            Some(pod) => format!("pod {} of Argo CD's Redis does not run", clean(&pod.name)),
            None => {
                let place = clean(&self.control);
                format!("no pod in {place} is labelled {}", self.places.pods.join(" or "))
            }
        };
        Err(Fault::new(FaultKind::NotFound, what, why)
            .hint("where it has other names, argocd.redis_pods in config.toml says so"))
    }

    fn spec(&self) -> Result<CacheSpec, Fault> {
        Ok(CacheSpec {
            pod: self.pod()?,
            secret: self.object("secrets", "Secret", &self.places.secret),
            field: self.places.field.as_str().into(),
            keys: self.kept.iter().map(Kept::names).collect(),
        })
    }
}

impl Draft for ReadCache {
    fn title(&self) -> String {
        match self.targets.as_slice() {
            [one] => format!("Read Argo CD's own comparison of {}", one.name),
            many => format!("Read Argo CD's own comparison of {} apps", many.len()),
        }
    }

    fn button(&self) -> String {
        "Read".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn reads(&self) -> Vec<Read> {
        let pods = Gvr::new("", "v1", "pods").collection_path(Some(&self.control));
        let read = |selector: &String| Read {
            what: format!("find Argo CD's Redis in {}", clean(&self.control)),
            path: format!("{pods}?labelSelector={}&limit={PODS}", percent::encode(selector)),
        };
        self.places.pods.iter().map(read).collect()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        if let Some(place) = self.pods.get_mut(number) {
            *place = Some(answer.map(Entrance::of_list).map_err(Clone::clone));
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let spec = self.spec()?;
        let (pod, secret) = (&spec.pod, &spec.secret);
        let place = clean(&self.control);
        let names: Vec<&str> =
            spec.keys.iter().filter_map(|names| names.last()).map(Text::as_str).collect();
        let names = match names.as_slice() {
            [one] => clean(one).into_owned(),
            [first, rest @ ..] => format!("{} and {} like it", clean(first), rest.len()),
            [] => String::new(),
        };
        let plan = Plan::empty(id, pod.cluster, context.clone(), self.title())
            .request(PlanRequest::port_forward(pod, &PORT.into()))
            .note(format!(
                "enters port {PORT} of {pod} in {place}, Argo CD's Redis, once; nothing listens on this machine"
            ))
            .note(format!(
                "reads the password in Secret {place}/{}, key {}: it is sent to that pod, and neither shown nor kept",
                secret.name, spec.field
            ))
            .note(format!("reads there: {names}; nothing is written"));
        Ok(plan)
    }

    fn stream(&self) -> Option<StreamSpec> {
        self.spec().ok().map(StreamSpec::Cache)
    }
}

/// Why a comparison could not be read, for whoever compares without it.
pub fn reason(fault: &Fault) -> String {
    match fault.kind {
        FaultKind::NotFound if fault.why.starts_with("nothing is kept there") => {
            "Argo CD keeps no comparison of it just now, as it does for an hour: refresh the app, and ask again".into()
        }
        // What the API server says needs to be told what it is about; our own words say it.
        _ => {
            let what = fault.code.map_or_else(String::new, |_| format!("{}: ", fault.what));
            let hint = match fault.hint.as_str() {
                "" => String::new(),
                hint => format!(" ({hint})"),
            };
            clean(&format!("{what}{}{hint}", fault.why)).into_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{AppId, EngineId, Method};
    use serde_json::json;

    fn app(namespace: &str, name: &str) -> App {
        let mut app = App::new(AppId::new(EngineId::ArgoCd, namespace, name));
        app.object = Some(ObjRef {
            cluster: ClusterId(3),
            gvr: Gvr::new("argoproj.io", "v1alpha1", "applications"),
            kind: "Application".into(),
            namespace: namespace.into(),
            name: name.into(),
            uid: Text::new(),
        });
        app
    }

    fn draft(control: &str) -> ReadCache {
        let application = json!({"status": {"controllerNamespace": control}});
        let kept = Kept::of(&app("argocd", "shop"), Some(&application)).unwrap();
        ReadCache::new(vec![kept], Places::default()).unwrap()
    }

    fn pods(all: &[(&str, &str)]) -> String {
        let pod = |(name, phase): &(&str, &str)| json!({"metadata": {"name": name, "namespace": "argocd"}, "status": {"phase": phase}});
        json!({"items": all.iter().map(pod).collect::<Vec<_>>()}).to_string()
    }

    #[test]
    fn values_are_named_as_the_controller_names_them() {
        let names = |app: App, application: Value| {
            Kept::of(&app, Some(&application)).unwrap().names().join(" ")
        };
        let told = json!({"status": {"controllerNamespace": "argocd"}});
        let want = "app|managed-resources|shop|1.8.3.gz app|managed-resources|shop|1.8.3";
        assert_eq!(names(app("argocd", "shop"), told.clone()), want);
        assert_eq!(names(app("gitops", "shop"), json!({})), want);
        assert!(names(app("team", "shop"), told).starts_with("app|managed-resources|team_shop|"));
    }

    #[test]
    fn the_plan_says_which_pod_is_entered_and_what_is_read() {
        let mut draft = draft("argocd");
        let reads = draft.reads();
        assert_eq!(
            reads[1].path,
            "/api/v1/namespaces/argocd/pods?labelSelector=app.kubernetes.io%2Fname%3Dargocd-redis&limit=50"
        );
        draft.learn(0, Ok(&pods(&[])));
        draft.learn(1, Ok(&pods(&[("redis-0", "Pending"), ("redis-1", "Running")])));
        let plan = draft.plan(PlanId(1), &"dev".into()).unwrap();
        let [request] = plan.requests.as_slice() else { unreachable!("{plan:?}") };
        assert_eq!(request.method, Method::Connect);
        assert_eq!(request.path, "/api/v1/namespaces/argocd/pods/redis-1/portforward?ports=6379");
        let notes: Vec<_> = plan.notes.iter().map(|note| note.text.as_str()).collect();
        assert!(notes[0].starts_with("enters port 6379 of Pod/redis-1 in argocd"), "{notes:?}");
        assert!(notes[1].contains("Secret argocd/argocd-redis, key auth"), "{notes:?}");
        assert!(notes[2].contains("app|managed-resources|shop|1.8.3"), "{notes:?}");
        let Some(StreamSpec::Cache(spec)) = draft.stream() else { unreachable!() };
        assert_eq!((&*spec.pod.name, spec.keys.len()), ("redis-1", 1));
    }

    #[test]
    fn without_a_pod_it_says_what_was_looked_for() {
        let mut none = draft("argocd");
        none.learn(0, Ok(&pods(&[])));
        none.learn(1, Ok("no JSON"));
        let why = none.plan(PlanId(1), &"dev".into()).unwrap_err().why;
        assert!(why.starts_with("no pod in argocd is labelled app.kubernetes.io/name="), "{why}");
        let mut idle = draft("argocd");
        idle.learn(1, Ok(&pods(&[("redis-0", "Failed")])));
        assert_eq!(
            idle.plan(PlanId(1), &"dev".into()).unwrap_err().why,
            "pod redis-0 of Argo CD's Redis does not run"
        );
        let mut denied = draft("argocd");
        denied.learn(0, Err(&Fault::new(FaultKind::Forbidden, "list", "no")));
        assert_eq!(denied.plan(PlanId(1), &"dev".into()).unwrap_err().kind, FaultKind::Forbidden);
        assert!(denied.stream().is_none());
    }
}
