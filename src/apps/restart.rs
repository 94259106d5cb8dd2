//! A rolling restart of every workload of an app, for whichever engine delivers it: the same change
//! that a restart of one workload makes, under our own name.

use super::{App, Destination, Estate};
use crate::model::{Fault, FaultKind, ObjRef, Plan, PlanId, Read, Text};
use crate::verbs::Draft;
use crate::verbs::restart::{Restart, can_restart};

/// Workloads looked at before a restart; beyond that the server alone tells.
const LOOKED_AT: usize = 64;

/// Why the workloads of an app cannot be restarted, one sentence that says what to do; None where they
/// can.
pub fn refusal(app: &App, estate: &Estate) -> Option<String> {
    match &app.destination {
        Destination::Here => {}
        Destination::Server(place) | Destination::Named(place) => {
            return Some(format!(
                "its workloads are on another cluster ({place}): restart them there"
            ));
        }
    }
    let all = estate.workloads(&app.id);
    if all.is_empty() {
        return Some("no workload says that it belongs to it".to_owned());
    }
    if !all.iter().any(can_restart) {
        let what = all.first().map(ToString::to_string).unwrap_or_default();
        return Some(format!(
            "nothing in it can be restarted: {what} runs once, or is started by a schedule"
        ));
    }
    None
}

/// The restart in the making of an app that delivers to another cluster: of these objects of it there,
/// which its page found.
///
/// # Errors
/// There is nothing that can be restarted.
pub fn draft_of(app: &App, objects: Vec<ObjRef>, now: i64) -> Result<Box<dyn Draft>, Fault> {
    let title = format!("Restart {} {}", app.id.engine.label(), app.id.name);
    let (targets, others): (Vec<ObjRef>, Vec<ObjRef>) = objects.into_iter().partition(can_restart);
    if targets.is_empty() {
        let why = "nothing that it delivers there can be restarted";
        return Err(Fault::new(FaultKind::Refused, title, why));
    }
    let once = |one: &ObjRef| matches!(one.gvr.plural.as_str(), "jobs" | "cronjobs" | "pods");
    let others = others.into_iter().filter(once).collect();
    let each = targets.iter().map(|one| Restart::new(vec![one.clone()], now)).collect();
    Ok(Box::new(RestartApp { title, each, targets, others, children: 0 }))
}

/// The restart in the making. Apps that this one delivers are apps of their own: their workloads say
/// so, and are not touched. `now` in Unix seconds.
///
/// # Errors
/// The same as [`refusal`].
pub fn draft(app: &App, estate: &Estate, now: i64) -> Result<Box<dyn Draft>, Fault> {
    let title = format!("Restart {} {}", app.id.engine.label(), app.id.name);
    if let Some(why) = refusal(app, estate) {
        return Err(Fault::new(FaultKind::Refused, title, why));
    }
    let (targets, others): (Vec<ObjRef>, Vec<ObjRef>) =
        estate.workloads(&app.id).into_iter().partition(can_restart);
    let children = estate.apps().filter(|one| one.parent.as_ref() == Some(&app.id)).count();
    let each = targets.iter().map(|one| Restart::new(vec![one.clone()], now)).collect();
    Ok(Box::new(RestartApp { title, each, targets, others, children }))
}

/// A restart of all workloads of one app.
#[derive(Debug)]
struct RestartApp {
    title: String,
    /// One of each workload, in the order of `targets`.
    each: Vec<Restart>,
    targets: Vec<ObjRef>,
    /// Workloads that have no such thing as a restart.
    others: Vec<ObjRef>,
    /// Apps that it delivers.
    children: usize,
}

impl Draft for RestartApp {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn button(&self) -> String {
        "Restart".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn reads(&self) -> Vec<Read> {
        self.each.iter().take(LOOKED_AT).flat_map(Draft::reads).collect()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        if let Some(one) = self.each.get_mut(number) {
            one.learn(0, answer);
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = crate::verbs::single(&self.targets, "restart")?;
        let mut whole = Plan::empty(id, cluster, context.clone(), self.title());
        let (mut names, mut left_out, mut said) = (Vec::new(), Vec::new(), Vec::new());
        for (target, one) in self.targets.iter().zip(&self.each) {
            match one.plan(id, context) {
                Ok(plan) => {
                    names.push(target.to_string());
                    whole.requests.extend(plan.requests);
                    for note in plan.notes {
                        // What is said of all of them is said once.
                        if !said.contains(&note) {
                            said.push(note);
                        }
                    }
                }
                Err(fault) => left_out.push(fault),
            }
        }
        if whole.requests.is_empty() {
            return Err(left_out.into_iter().next().unwrap_or_else(|| {
                Fault::new(FaultKind::Refused, self.title(), "nothing in it can be restarted")
            }));
        }
        whole = whole.note(match names.len() {
            1 => format!("restarts {}", names.join("")),
            n => format!("restarts {n} workloads: {}", names.join(", ")),
        });
        whole.notes.extend(said);
        for fault in left_out {
            whole = whole.warn(format!("left out: {}", fault.why));
        }
        if !self.others.is_empty() {
            let names: Vec<String> = self.others.iter().map(ToString::to_string).collect();
            whole = whole.note(format!(
                "not restarted, as they run once or by a schedule: {}",
                names.join(", ")
            ));
        }
        match self.children {
            0 => Ok(whole),
            1 => Ok(whole.note("the app that it delivers is left as it is")),
            n => Ok(whole.note(format!("the {n} apps that it delivers are left as they are"))),
        }
    }

    fn begins_on_cancel(&self) -> bool {
        self.targets.len() > 1
    }
}
