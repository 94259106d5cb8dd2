//! One plan for several apps, put together from the plans of each.

use super::Verb;
use crate::model::{Fault, FaultKind, ObjRef, Plan, PlanId, Read, Text};
use crate::verbs::{Choice, Draft, Value};

/// The same verb on several apps.
#[derive(Debug)]
struct Many {
    verb: Verb,
    drafts: Vec<Box<dyn Draft>>,
    targets: Vec<ObjRef>,
    /// How many reads each draft asks for.
    reads: Vec<usize>,
}

/// One plan of a verb for several apps: choices that several have are made once, for all of them.
pub fn many(verb: Verb, drafts: Vec<Box<dyn Draft>>) -> Box<dyn Draft> {
    let targets = drafts.iter().flat_map(|draft| draft.targets().to_vec()).collect();
    let reads = drafts.iter().map(|draft| draft.reads().len()).collect();
    Box::new(Many { verb, drafts, targets, reads })
}

impl Draft for Many {
    fn title(&self) -> String {
        let word = self.verb.word();
        let mut chars = word.chars();
        let capital = chars.next().map(|c| c.to_ascii_uppercase()).into_iter();
        format!("{}{} {} apps", capital.collect::<String>(), chars.as_str(), self.drafts.len())
    }

    fn button(&self) -> String {
        self.drafts.first().map(|draft| draft.button()).unwrap_or_default()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let mut choices: Vec<Choice> = Vec::new();
        for choice in self.drafts.iter().flat_map(|draft| draft.choices()) {
            match choices.iter_mut().find(|held| held.id == choice.id) {
                Some(held) if held.error.is_empty() => held.error = choice.error,
                Some(_) => {}
                None => choices.push(choice),
            }
        }
        choices
    }

    fn set(&mut self, id: &str, value: Value) {
        for draft in &mut self.drafts {
            if draft.choices().iter().any(|choice| choice.id == id) {
                draft.set(id, value.clone());
            }
        }
    }

    fn reads(&self) -> Vec<Read> {
        self.drafts.iter().flat_map(|draft| draft.reads()).collect()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        let mut first = 0;
        for (draft, reads) in self.drafts.iter_mut().zip(&self.reads) {
            if number < first + reads {
                return draft.learn(number - first, answer);
            }
            first += reads;
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let mut whole: Option<Plan> = None;
        let mut refused = Vec::new();
        for draft in &self.drafts {
            match draft.plan(id, context) {
                Ok(plan) => {
                    let whole = whole.get_or_insert_with(|| {
                        Plan::empty(id, plan.cluster, context.clone(), self.title())
                    });
                    if whole.cluster != plan.cluster {
                        let why = "the apps live on different clusters";
                        return Err(Fault::new(FaultKind::Refused, self.title(), why));
                    }
                    whole.loses |= plan.loses;
                    for request in plan.requests {
                        // A source that several are made from is asked once.
                        if !whole.requests.contains(&request) {
                            whole.requests.push(request);
                        }
                    }
                    for note in plan.notes {
                        // What is said of all of them is said once.
                        if !whole.notes.contains(&note) {
                            whole.notes.push(note);
                        }
                    }
                }
                Err(fault) => refused.push((draft.title(), fault)),
            }
        }
        match whole {
            Some(whole) => Ok(refused.iter().fold(whole, |plan, (what, fault)| {
                plan.warn(format!("left out: {what}: {}", fault.why))
            })),
            None => Err(refused.into_iter().next().map_or_else(
                || Fault::new(FaultKind::Input, self.title(), "nothing is selected"),
                |(_, fault)| fault,
            )),
        }
    }

    fn begins_on_cancel(&self) -> bool {
        self.drafts.iter().any(|draft| draft.begins_on_cancel())
    }

    fn name_to_type(&self) -> Option<Text> {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::restart::Restart;
    use crate::verbs::testing::{object, plan_of};

    #[test]
    fn answers_find_their_draft_and_a_refused_one_leaves_the_others_alone() {
        let one = |name| -> Box<dyn Draft> {
            Box::new(Restart::new(vec![object("apps", "deployments", "Deployment", name)], 0))
        };
        let mut all = many(Verb::Restart, vec![one("api"), one("web"), one("db")]);
        assert_eq!(all.title(), "Restart 3 apps");
        assert_eq!(all.reads().len(), 3);
        all.learn(1, Ok(r#"{"spec":{"paused":true}}"#));
        let plan = plan_of(&*all).unwrap();
        let names: Vec<&str> = plan.requests.iter().map(|r| r.target.name.as_str()).collect();
        assert_eq!(names, ["api", "db"]);
        assert!(plan.notes.iter().any(|note| note.text.contains("Deployment/web is paused")));
        all.learn(0, Ok(r#"{"spec":{"paused":true}}"#));
        all.learn(2, Ok(r#"{"spec":{"paused":true}}"#));
        assert!(plan_of(&*all).is_err());
    }
}
