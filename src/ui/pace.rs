//! Doing something at once, but not again before some time has passed: with the clock outside.

use super::{Effect, Ui};
use crate::model::Ticket;

/// One thing that is done at a measured pace. Ask [`Pace::begin`] in each settle where it is due.
#[derive(Debug, Default)]
pub struct Pace {
    running: Option<Ticket>,
}

impl Pace {
    /// Whether it may be done now; then the next time is `millis` away at least. Where it has to
    /// wait, `anew` makes the time begin anew.
    pub fn begin(
        &mut self,
        millis: u64,
        anew: bool,
        ui: &mut Ui,
        effects: &mut Vec<Effect>,
    ) -> bool {
        match self.running {
            Some(ticket) => {
                if anew {
                    effects.push(Effect::Wake { ticket, millis });
                }
                false
            }
            None => {
                let ticket = ui.ticket();
                self.running = Some(ticket);
                effects.push(Effect::Wake { ticket, millis });
                true
            }
        }
    }

    /// A timer ran out; false when it was another one.
    pub fn woke(&mut self, ticket: Ticket) -> bool {
        if self.running == Some(ticket) {
            self.running = None;
            return true;
        }
        false
    }
}
