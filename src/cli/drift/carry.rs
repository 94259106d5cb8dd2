//! Comparisons carried without a screen: what they tell is gathered.

use crate::drift::{Drift, Inquiry, Job, News, ObjectDrift, State};
use crate::model::{AskId, EngineId, Errand, ErrandAsk, Fault, FaultKind, Text};
use std::collections::HashMap;
use tokio::sync::mpsc::UnboundedSender;

/// A comparison that tells a command.
#[derive(Debug)]
pub struct Told {
    inquiry: Inquiry,
    say: UnboundedSender<News>,
}

impl Told {
    /// Of this job.
    pub fn new(job: Job, say: UnboundedSender<News>) -> Self {
        Self { inquiry: Inquiry::new(job), say }
    }

    fn tell(&mut self) {
        for news in self.inquiry.news() {
            // The command may have given up.
            let _ = self.say.send(news);
        }
    }
}

impl Errand for Told {
    fn asks(&mut self, free: usize) -> Vec<(AskId, ErrandAsk)> {
        let asks = self.inquiry.asks(free);
        self.tell();
        asks
    }

    fn answer(&mut self, id: AskId, answer: Result<&str, &Fault>) {
        self.inquiry.answer(id, answer);
        self.tell();
    }

    fn over(&mut self) {
        self.tell();
        let _ = self.say.send(News::Over);
    }
}

/// All that one comparison told.
pub struct Gathered {
    drift: Drift,
    places: HashMap<crate::relations::ObjectId, usize>,
}

impl Gathered {
    /// Of this app; of none where its name is empty.
    pub fn new(app: Text, engine: EngineId) -> Self {
        let drift = Drift { app, engine, desired: None, objects: Vec::new(), fault: None };
        Self { drift, places: HashMap::new() }
    }

    /// Takes in what was told.
    pub fn take(&mut self, news: News) {
        match news {
            News::Objects(desired, ids) => {
                self.drift.desired = Some(desired);
                self.places = ids.iter().cloned().zip(0..).collect();
                let pending = |id| ObjectDrift::new(id, State::Pending);
                self.drift.objects = ids.into_iter().map(pending).collect();
            }
            News::Object(found) => {
                let at = self.places.get(&found.id).copied();
                if let Some(place) = at.and_then(|at| self.drift.objects.get_mut(at)) {
                    *place = *found;
                }
            }
            News::Fault(fault) => self.drift.fault = Some(fault),
            News::Over => {}
        }
    }

    /// All of it. What was never told of was not judged.
    pub fn finish(mut self) -> Drift {
        for object in &mut self.drift.objects {
            if object.state == State::Pending {
                let what = format!("compare {}", object.id);
                let fault =
                    Fault::new(FaultKind::Network, what, "the server has stopped answering");
                object.state = State::Unknown(fault);
            }
        }
        self.drift
    }
}
