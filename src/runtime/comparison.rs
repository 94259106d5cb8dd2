//! A comparison as an errand: what it finds goes to the UI.

use crate::drift::{Carried, Job};
use crate::model::{Errand, Ticket};
use crate::ui::Msg;
use tokio::sync::mpsc::WeakUnboundedSender;

/// The errand of a comparison that tells the UI.
pub(super) fn errand(ticket: Ticket, job: Job, say: WeakUnboundedSender<Msg>) -> Box<dyn Errand> {
    Box::new(Carried::new(job, move |news| {
        // After the UI has gone nobody wants to know.
        if let Some(say) = say.upgrade() {
            let _ = say.send(Msg::Compared(ticket, news));
        }
    }))
}
