//! A comparison as an errand: what it finds goes to the UI.

use crate::drift::{Inquiry, Job, News};
use crate::model::{AskId, Errand, ErrandAsk, Fault, Ticket};
use crate::ui::Msg;
use tokio::sync::mpsc::WeakUnboundedSender;

/// A comparison that tells the UI.
#[derive(Debug)]
pub(super) struct Comparison {
    ticket: Ticket,
    inquiry: Inquiry,
    say: WeakUnboundedSender<Msg>,
}

impl Comparison {
    /// Of this job.
    pub(super) fn new(ticket: Ticket, job: Job, say: WeakUnboundedSender<Msg>) -> Self {
        Self { ticket, inquiry: Inquiry::new(job), say }
    }

    fn tell(&self, news: Vec<News>) {
        // After the UI has gone nobody wants to know.
        if !news.is_empty()
            && let Some(say) = self.say.upgrade()
        {
            let _ = say.send(Msg::Compared(self.ticket, news));
        }
    }
}

impl Errand for Comparison {
    fn asks(&mut self, free: usize) -> Vec<(AskId, ErrandAsk)> {
        let asks = self.inquiry.asks(free);
        let news = self.inquiry.news();
        self.tell(news);
        asks
    }

    fn answer(&mut self, id: AskId, answer: Result<&str, &Fault>) {
        self.inquiry.answer(id, answer);
        let news = self.inquiry.news();
        self.tell(news);
    }

    fn over(&mut self) {
        self.tell(vec![News::Over]);
    }
}
