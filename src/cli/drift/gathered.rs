//! What a comparison tells without a screen is gathered.

use crate::drift::{Drift, News, ObjectDrift, State};
use crate::model::{EngineId, Fault, FaultKind, Text};
use std::collections::HashMap;

/// All that one comparison told.
pub struct Gathered {
    drift: Drift,
    places: HashMap<crate::relations::ObjectId, usize>,
}

impl Gathered {
    /// Of this app; of none where its name is empty.
    pub fn new(app: Text, engine: EngineId) -> Self {
        Self { drift: Drift::new(app, engine), places: HashMap::new() }
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
            News::Shortfall(why) => self.drift.shortfall = why,
            News::Fault(fault) => self.drift.fault = Some(fault),
            News::Known(_) | News::Seen(_) | News::Over => {}
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
