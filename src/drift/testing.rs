//! A scripted server for comparisons: objects by their path, and what becomes of rehearsals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::found::{Desired, ObjectDrift};
use super::{Depth, Ground, Inquiry, Job, News, Origin};
use crate::apps::App;
use crate::model::{
    AppId, Catalogue, ClusterId, EngineId, ErrandAsk, Fault, FaultKind, Gvr, Plan, Resource,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a rehearsal answers.
pub type Trier = Box<dyn Fn(&Plan) -> Result<Value, Fault>>;

/// Objects by their path.
#[derive(Default)]
pub struct Server {
    /// What a path answers; nothing else is there.
    pub answers: BTreeMap<String, Result<Value, Fault>>,
    /// What a rehearsal answers; None where none must be asked.
    pub trier: Option<Trier>,
}

impl Server {
    /// Puts an object of the usual kinds where it is read.
    pub fn put(&mut self, object: Value) {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or("");
        let version = text("/apiVersion");
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let plural = format!("{}s", text("/kind").to_lowercase());
        let gvr = Gvr::new(group, version, &*plural);
        let path = gvr.object_path(text("/metadata/namespace"), text("/metadata/name"));
        self.answers.insert(path, Ok(object));
    }

    /// Makes a comparison: what is desired, and what was found.
    pub fn compare(&self, job: Job) -> Result<(Desired, Vec<ObjectDrift>), Fault> {
        let mut inquiry = Inquiry::new(job);
        let mut told = None;
        let mut found = Vec::new();
        let mut order = Vec::new();
        loop {
            while inquiry.work() {}
            let asks = inquiry.asks(10);
            for news in inquiry.news() {
                match news {
                    News::Objects(desired, ids) => (told, order) = (Some(desired), ids),
                    News::Object(one) => found.push(*one),
                    News::Shortfall(_) => {}
                    News::Fault(fault) => return Err(fault),
                    News::Known(_) | News::Seen(_) | News::Over => {}
                }
            }
            if asks.is_empty() {
                assert!(inquiry.is_over());
                break;
            }
            for (id, ask) in asks {
                let answer = match ask {
                    ErrandAsk::Read(read) => match self.answers.get(&read.path) {
                        Some(answer) => answer.clone(),
                        None => {
                            Err(Fault::new(FaultKind::NotFound, &read.what, &read.path).code(404))
                        }
                    },
                    ErrandAsk::Jq { .. } => panic!("nothing evaluates jq here"),
                    ErrandAsk::Try(plan) => {
                        self.trier.as_ref().expect("nothing is rehearsed here")(&plan)
                    }
                };
                match answer {
                    Ok(value) => inquiry.answer(id, Ok(&value.to_string())),
                    Err(fault) => inquiry.answer(id, Err(&fault)),
                }
            }
        }
        found.sort_by_key(|one| order.iter().position(|id| *id == one.id));
        Ok((told.expect("what is desired"), found))
    }
}

/// A comparison of all that an app delivers.
pub fn job(ground: Ground, depth: Depth) -> Job {
    Job {
        cluster: ClusterId(1),
        catalogue: catalogue(),
        origin: Origin::App(Box::new(ground)),
        only: crate::drift::Only::All,
        depth,
        rules: std::sync::Arc::default(),
        before: None,
    }
}

/// An app of which only the name is known.
pub fn app(engine: EngineId, namespace: &str, name: &str) -> App {
    App::new(AppId::new(engine, namespace, name))
}

/// Kinds that are served.
pub fn catalogue() -> Catalogue {
    let resource = |group: &str, version: &str, kind: &str, namespaced| Resource {
        gvr: Gvr::new(group, version, format!("{}s", kind.to_lowercase())),
        kind: kind.into(),
        singular: kind.to_lowercase().into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced,
        verbs: vec!["get".into(), "list".into(), "patch".into()],
        subresources: Vec::new(),
        preferred: true,
    };
    Catalogue::new(vec![
        resource("", "v1", "ConfigMap", true),
        resource("", "v1", "Secret", true),
        resource("", "v1", "Service", true),
        resource("apps", "v1", "Deployment", true),
        resource("rbac.authorization.k8s.io", "v1", "ClusterRole", false),
    ])
}

/// What was found, a line each: objects with their state, and below them the fields.
pub fn told(found: &[ObjectDrift]) -> Vec<String> {
    let mut lines = Vec::new();
    let value = |value: &Option<Value>| value.as_ref().map_or("-".into(), Value::to_string);
    for one in found {
        let note = if one.note.is_empty() { String::new() } else { format!(" ({})", one.note) };
        lines.push(format!("{} {}{note}", one.id, one.state.word()));
        for field in &one.fields {
            let change = &field.change;
            let by = field.writer.as_ref().map_or("?", |writer| &writer.manager);
            let noise = field.noise.as_deref().map_or(String::new(), |why| format!(" [{why}]"));
            lines.push(format!(
                "  {} {} {} by {by}: {}{noise}",
                change.path,
                value(&change.desired),
                value(&change.live),
                field.fate.words()
            ));
        }
    }
    lines
}
