//! A comparison as an errand: what it finds is told as it comes.

use super::inquiry::{Inquiry, News};
use super::job::Job;
use crate::model::{AskId, Errand, ErrandAsk, Fault};
use std::fmt;

/// A comparison that tells somebody.
pub struct Carried<F> {
    inquiry: Inquiry,
    tell: F,
}

impl<F: FnMut(Vec<News>)> Carried<F> {
    /// Of this job. `tell` is given what was found, never nothing; [`News::Over`] comes last.
    pub fn new(job: Job, tell: F) -> Self {
        Self { inquiry: Inquiry::new(job), tell }
    }

    fn pass_on(&mut self) {
        let news = self.inquiry.news();
        if !news.is_empty() {
            (self.tell)(news);
        }
    }
}

impl<F> fmt::Debug for Carried<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").field("inquiry", &self.inquiry).finish_non_exhaustive()
    }
}

impl<F: FnMut(Vec<News>) + Send> Errand for Carried<F> {
    fn asks(&mut self, free: usize) -> Vec<(AskId, ErrandAsk)> {
        let asks = self.inquiry.asks(free);
        self.pass_on();
        asks
    }

    fn answer(&mut self, id: AskId, answer: Result<&str, &Fault>) {
        self.inquiry.answer(id, answer);
        self.pass_on();
    }

    fn over(&mut self) {
        self.pass_on();
        (self.tell)(vec![News::Over]);
    }
}
