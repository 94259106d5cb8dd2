//! Jobs and CronJobs: run one now, suspend and resume, run once more.

use super::{Draft, named, parsed, single, suffix, titled};
use crate::model::{Fault, FaultKind, Gvr, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text};
use serde_json::{Value as Json, json};

/// A Job from a CronJob's template, now, as `kubectl create job --from` makes it.
#[derive(Clone, Debug)]
pub struct Trigger {
    targets: Vec<ObjRef>,
    now: i64,
    read: Vec<Result<Json, Fault>>,
}

impl Trigger {
    /// Triggers one CronJob at `now` (Unix seconds).
    pub fn new(target: ObjRef, now: i64) -> Self {
        Self { targets: vec![target], now, read: Vec::new() }
    }
}

impl Draft for Trigger {
    fn title(&self) -> String {
        titled("Trigger", &self.targets)
    }

    fn button(&self) -> String {
        "Trigger".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.iter().map(super::get).collect()
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        self.read.push(answer.map(parsed).map_err(Clone::clone));
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "trigger")?;
        let (Some(cron), Some(read)) = (self.targets.first(), self.read.first()) else {
            return Err(unread(&self.title()));
        };
        let object = read.as_ref().map_err(Clone::clone)?;
        let template = &object["spec"]["jobTemplate"];
        let mut annotations = template["metadata"]["annotations"].clone();
        if !annotations.is_object() {
            annotations = json!({});
        }
        annotations["cronjob.kubernetes.io/instantiate"] = "manual".into();
        let name = named(&cron.name, &format!("manual-{}", suffix(self.now)));
        let mut metadata = json!({
            "name": name,
            "annotations": annotations,
            // Without blockOwnerDeletion, which would take a permission more (kubectl's create_job.go).
            "ownerReferences": [{
                "apiVersion": "batch/v1", "kind": "CronJob", "name": cron.name.as_str(),
                "uid": object["metadata"]["uid"], "controller": true,
            }],
        });
        if template["metadata"]["labels"].is_object() {
            metadata["labels"] = template["metadata"]["labels"].clone();
        }
        let job = json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"],
        });
        let plan = Plan::empty(id, cluster, context.clone(), self.title());
        let plan = plan.request(create(cron, &name, &job)).note(format!("creates Job/{name}"));
        Ok(if object["spec"]["suspend"] == true {
            plan.note("the CronJob is suspended, and stays so")
        } else {
            plan
        })
    }
}

/// Suspends CronJobs, or resumes them: all the way of the first one.
#[derive(Clone, Debug)]
pub struct Suspend {
    targets: Vec<ObjRef>,
    suspended: Option<bool>,
    warning: Option<String>,
    refused: Option<Fault>,
}

impl Suspend {
    /// Turns around what the first of `targets` is.
    pub fn new(targets: Vec<ObjRef>) -> Self {
        Self { targets, suspended: None, warning: None, refused: None }
    }
}

impl Draft for Suspend {
    fn title(&self) -> String {
        titled(if self.suspended == Some(true) { "Resume" } else { "Suspend" }, &self.targets)
    }

    fn button(&self) -> String {
        if self.suspended == Some(true) { "Resume" } else { "Suspend" }.into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.first().map(super::get).into_iter().collect()
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        match answer {
            Ok(json) => {
                let object = parsed(json);
                self.suspended = Some(object["spec"]["suspend"] == true);
                self.warning = super::manager::warning(&object);
            }
            Err(fault) => self.refused = Some(fault.clone()),
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "suspend")?;
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        let Some(suspended) = self.suspended else { return Err(unread(&self.title())) };
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for target in &self.targets {
            let request = PlanRequest::new(Method::Patch, target.clone(), None)
                .body("application/merge-patch+json", &json!({"spec": {"suspend": !suspended}}));
            plan = plan.request(request);
        }
        plan = plan.note(if suspended {
            "runs that were missed start at once where their deadline allows"
        } else {
            "what runs now goes on; no new run starts"
        });
        Ok(match &self.warning {
            Some(text) => plan.warn(text.as_str()),
            None => plan,
        })
    }
}

/// A new Job with the spec of one that ran.
#[derive(Clone, Debug)]
pub struct Rerun {
    targets: Vec<ObjRef>,
    now: i64,
    read: Vec<Result<Json, Fault>>,
}

impl Rerun {
    /// Runs one Job once more, at `now` (Unix seconds).
    pub fn new(target: ObjRef, now: i64) -> Self {
        Self { targets: vec![target], now, read: Vec::new() }
    }
}

/// What the job controller writes into labels and selectors for one Job alone.
const CONTROLLED: [&str; 4] = [
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
];

fn without_controlled(labels: &Json) -> Json {
    let mut labels = labels.clone();
    if let Some(map) = labels.as_object_mut() {
        map.retain(|key, _| !CONTROLLED.contains(&key.as_str()));
    }
    labels
}

impl Draft for Rerun {
    fn title(&self) -> String {
        titled("Re-run", &self.targets)
    }

    fn button(&self) -> String {
        "Re-run".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.iter().map(super::get).collect()
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        self.read.push(answer.map(parsed).map_err(Clone::clone));
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "re-run")?;
        let (Some(old), Some(read)) = (self.targets.first(), self.read.first()) else {
            return Err(unread(&self.title()));
        };
        let object = read.as_ref().map_err(Clone::clone)?;
        let mut spec = object["spec"].clone();
        if let Some(map) = spec.as_object_mut() {
            // A selector of its own stays; the generated one belongs to the old Job.
            if map.get("manualSelector") != Some(&Json::Bool(true)) {
                map.remove("selector");
            }
        }
        let labels = without_controlled(&spec["template"]["metadata"]["labels"]);
        if labels.is_object() {
            spec["template"]["metadata"]["labels"] = labels;
        }
        let name = named(&old.name, &format!("rerun-{}", suffix(self.now)));
        let mut metadata = json!({"name": name});
        let labels = without_controlled(&object["metadata"]["labels"]);
        if labels.is_object() {
            metadata["labels"] = labels;
        }
        let job =
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec});
        let plan = Plan::empty(id, cluster, context.clone(), self.title());
        Ok(plan
            .request(create(old, &name, &job))
            .note(format!("creates Job/{name}; the old one stays")))
    }
}

fn create(beside: &ObjRef, name: &str, job: &Json) -> PlanRequest {
    let gvr = Gvr::new("batch", "v1", "jobs");
    let path = gvr.collection_path(Some(&beside.namespace));
    let target =
        ObjRef { gvr, kind: "Job".into(), name: name.into(), uid: Text::new(), ..beside.clone() };
    PlanRequest::new(Method::Post, target, Some(path)).body("application/json", job)
}

fn unread(what: &str) -> Fault {
    Fault::new(FaultKind::Other, what, "it has not been read yet")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    #[test]
    fn a_triggered_job_belongs_to_its_cron_job() {
        let mut draft = Trigger::new(object("batch", "cronjobs", "CronJob", "report"), 1_000_000);
        draft.learn(
            0,
            Ok(r#"{"metadata":{"uid":"u-9"},"spec":{"suspend":true,
            "jobTemplate":{"metadata":{"labels":{"a":"b"}},"spec":{"backoffLimit":1}}}}"#),
        );
        let plan = plan_of(&draft).unwrap();
        assert_eq!(plan.requests[0].path, "/apis/batch/v1/namespaces/shop/jobs");
        let job = body(&plan, 0);
        assert_eq!(job["metadata"]["ownerReferences"][0]["uid"], "u-9");
        assert_eq!(job["metadata"]["annotations"]["cronjob.kubernetes.io/instantiate"], "manual");
        assert_eq!(job["spec"]["backoffLimit"], 1);
        assert!(job["metadata"]["name"].as_str().unwrap().starts_with("report-manual-"));
        assert!(plan.notes.iter().any(|note| note.text.contains("stays so")));
    }

    #[test]
    fn suspend_turns_around_what_is() {
        let mut draft = Suspend::new(vec![object("batch", "cronjobs", "CronJob", "report")]);
        draft.learn(0, Ok(r#"{"spec":{"suspend":true}}"#));
        assert_eq!(draft.button(), "Resume");
        assert_eq!(body(&plan_of(&draft).unwrap(), 0)["spec"]["suspend"], false);
    }

    #[test]
    fn a_re_run_drops_what_belongs_to_the_old_job() {
        let mut draft = Rerun::new(object("batch", "jobs", "Job", &"long".repeat(15)), 1_000_000);
        draft.learn(
            0,
            Ok(r#"{"metadata":{"labels":{"app":"x","job-name":"old"}},"spec":{
            "selector":{"matchLabels":{"controller-uid":"1"}},
            "template":{"metadata":{"labels":{"controller-uid":"1","app":"x"}},"spec":{}}}}"#),
        );
        let plan = plan_of(&draft).unwrap();
        let job = body(&plan, 0);
        assert!(job["spec"]["selector"].is_null());
        assert_eq!(job["spec"]["template"]["metadata"]["labels"], json!({"app": "x"}));
        assert_eq!(job["metadata"]["labels"], json!({"app": "x"}));
        assert!(job["metadata"]["name"].as_str().unwrap().len() <= 63);
    }
}
