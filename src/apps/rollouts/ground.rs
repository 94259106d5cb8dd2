//! What the verbs of a Rollout stand on: the object, and whether its status is written by itself.

use crate::model::{Fault, FaultKind, ObjRef, Read};
use crate::rollout::argo;
use crate::rollout::facts::{Kind, Workload};
use crate::rollout::ladder;
use crate::text::sanitise;
use serde::Deserialize as _;
use serde_json::Value;

/// A Rollout, as it was read.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    /// The Rollout.
    pub targets: [ObjRef; 1],
    object: Option<(Value, Workload)>,
    /// `/status` is a resource of its own; not before v0.10.
    pub has_status: bool,
    refused: Option<Fault>,
}

impl Ground {
    pub fn new(target: ObjRef) -> Self {
        Self { targets: [target], object: None, has_status: true, refused: None }
    }

    pub fn target(&self) -> &ObjRef {
        &self.targets[0]
    }

    pub fn reads(&self) -> Vec<Read> {
        let target = self.target();
        vec![
            Read {
                what: format!("get {target}"),
                path: target.gvr.object_path(&target.namespace, &target.name),
            },
            Read {
                what: "look for the status subresource of rollouts".into(),
                path: format!("/apis/{}/{}", target.gvr.group, target.gvr.version),
            },
        ]
    }

    pub fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        match (number, answer) {
            (0, Ok(json)) => {
                let read = serde_json::from_str::<Value>(json).and_then(|object| {
                    let workload = Workload::deserialize(&object)?;
                    Ok((object, Workload { kind: Kind::Rollout, ..workload }))
                });
                match read {
                    Ok(read) => self.object = Some(read),
                    Err(error) => {
                        let why = format!("it cannot be read: {error}");
                        let what = format!("read {}", self.target());
                        self.refused = Some(Fault::new(FaultKind::Other, what, why));
                    }
                }
            }
            (0, Err(fault)) => self.refused = Some(fault.clone()),
            (_, Ok(json)) => {
                let list: Value = serde_json::from_str(json).unwrap_or_default();
                let resources = list["resources"].as_array().map_or(&[][..], Vec::as_slice);
                let is = |name: &str| resources.iter().any(|one| one["name"] == name);
                // Where even the kind is not listed, nothing is known.
                self.has_status = is("rollouts/status") || !is("rollouts");
            }
            // Everybody who is known may discover. Without it the present versions are taken for granted.
            (_, Err(_)) => {}
        }
    }

    /// The Rollout.
    ///
    /// # Errors
    /// It was not read.
    pub fn seen(&self, title: &str) -> Result<Seen<'_>, Fault> {
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        let Some((object, workload)) = &self.object else {
            return Err(Fault::new(FaultKind::Other, title, "it has not been read"));
        };
        Ok(Seen { object, workload })
    }
}

/// A Rollout that was read.
#[derive(Clone, Copy)]
pub(super) struct Seen<'g> {
    pub object: &'g Value,
    pub workload: &'g Workload,
}

impl Seen<'_> {
    /// `status`.
    pub fn status(&self) -> &Value {
        &self.object["status"]
    }

    /// Somebody set `spec.paused`.
    pub fn is_paused_by_hand(&self) -> bool {
        self.workload.spec.paused
    }

    /// The new revision is the stable one.
    pub fn is_promoted(&self) -> bool {
        self.workload.status.current_pod_hash == self.workload.status.stable_rs
    }

    /// Nothing was ever stable.
    pub fn is_first(&self) -> bool {
        self.workload.status.stable_rs.is_empty()
    }

    /// The controller has seen the newest spec. Before v0.10 it does not say so.
    pub fn is_observed(&self) -> bool {
        let seen = self.workload.status.observed_generation;
        seen.is_none_or(|seen| seen >= self.workload.metadata.generation)
    }

    /// The steps of a canary; none for other strategies.
    pub fn steps(&self) -> &[Value] {
        self.workload.spec.strategy.canary.as_ref().map_or(&[], |canary| canary.steps.as_slice())
    }

    pub fn is_canary(&self) -> bool {
        self.workload.spec.strategy.canary.is_some()
    }

    /// The step that runs or is next, from 0.
    pub fn index(&self) -> usize {
        argo::step(self.workload).unwrap_or(0)
    }

    /// `step 2 of 5 (pause 5m)`; None when no step is left.
    pub fn step(&self) -> Option<String> {
        let steps = self.steps();
        let step = steps.get(self.index())?;
        let words = sanitise::clean(&argo::step_words(step)).into_owned();
        Some(format!("step {} of {} ({words})", self.index() + 1, steps.len()))
    }

    /// The step after that, as words.
    pub fn next_step(&self) -> Option<String> {
        let step = self.steps().get(self.index() + 1)?;
        Some(sanitise::clean(&argo::step_words(step)).into_owned())
    }

    /// The analysis of the step was inconclusive, and the controller waits for that reason.
    pub fn is_inconclusive(&self) -> bool {
        let status = &self.workload.status;
        self.is_canary()
            && status.canary.current_step_analysis_run_status.status == "Inconclusive"
            && status.controller_pause
    }

    /// How it stands, in words.
    pub fn words(&self, now: i64) -> String {
        sanitise::clean(&ladder::judge(self.workload, now).words).into_owned()
    }
}
