//! An app of which nothing was read yet: its engine's own reads come first, and what they say is taken
//! apart where comparisons are made, not where keys are waited for.

use super::{Attempt, Expected, Ground, Own, Source, of_app, tells_itself};
use crate::apps::{self, App, Estate};
use crate::drift::found::{Desired, ObjectDrift, State};
use crate::drift::judge::{Bench, Live};
use crate::model::{Catalogue, ClusterId, Fault, FaultKind, Read, Text};
use crate::relations::ObjectId;
use serde_json::Value;

/// First what the engine reads, then the app's own source.
#[derive(Debug)]
pub(super) struct Unread {
    app: App,
    begin: Option<Vec<Read>>,
    catalogue: Catalogue,
    source: Result<Box<dyn Source>, Fault>,
}

impl Unread {
    /// Of this app, which its engine reads so.
    pub fn new(app: App, reads: Vec<Read>) -> Self {
        let fault = Fault::new(FaultKind::Other, format!("compare {}", app.id), "it was not read");
        Self { app, begin: Some(reads), catalogue: Catalogue::default(), source: Err(fault) }
    }

    fn begun(&mut self, answers: Vec<Result<Value, Fault>>) {
        let Some(engine) = apps::engine(self.app.id.engine) else { return };
        // What is around the app is not in what it delivers.
        let mut estate = Estate::new(ClusterId(0));
        estate.watches(&self.catalogue);
        let page = engine.page(&self.app, &estate, &answers, 0);
        if !page.objects_unknown.is_empty() && !tells_itself(self.app.id.engine) {
            let refused = answers.iter().find_map(|answer| answer.as_ref().err()).cloned();
            self.source = Err(refused.unwrap_or_else(|| {
                let what = format!("compare {}", self.app.id);
                Fault::new(FaultKind::Other, what, page.objects_unknown.to_string())
            }));
            return;
        }
        let ground =
            Ground { app: self.app.clone(), answers, delivered: page.objects, own: Own::Unasked };
        self.source = Ok(of_app(ground));
    }
}

impl Source for Unread {
    fn desired(&self) -> Desired {
        match &self.source {
            Ok(source) => source.desired(),
            Err(_) => Desired { what: Text::new(), at: 0, revision: Text::new() },
        }
    }

    fn reads(&mut self, catalogue: &Catalogue) -> Vec<Read> {
        match (self.begin.take(), &mut self.source) {
            (Some(reads), _) => {
                self.catalogue = catalogue.clone();
                if reads.is_empty() {
                    self.begun(Vec::new());
                }
                reads
            }
            (None, Ok(source)) => source.reads(catalogue),
            (None, Err(_)) => Vec::new(),
        }
    }

    fn take(&mut self, answers: Vec<Result<Value, Fault>>) {
        match &mut self.source {
            Ok(source) => source.take(answers),
            Err(_) => self.begun(answers),
        }
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        self.source.as_ref().map_err(Clone::clone)?.objects()
    }

    fn kept(&mut self, id: &ObjectId) -> Option<String> {
        self.source.as_mut().ok()?.kept(id)
    }

    fn attempt(&self, expected: &Expected, live: Live<'_>) -> Option<Attempt> {
        self.source.as_ref().ok()?.attempt(expected, live)
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        match &self.source {
            Ok(source) => source.judge(expected, live, tried, bench),
            Err(fault) => ObjectDrift::new(expected.id.clone(), State::Unknown(fault.clone())),
        }
    }
}
