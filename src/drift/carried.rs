//! A comparison as an errand: what it finds is told as it comes.

use super::inquiry::{Inquiry, News};
use super::job::Job;
use crate::model::{AskId, Errand, ErrandAsk, Fault};
use std::collections::{HashMap, VecDeque};
use std::fmt;

/// Comparisons that are made beside each other: what one of them waits for, others need not.
const BESIDE: usize = 4;

/// A comparison that tells somebody. It begins where it is carried: what was deployed may be long to read.
pub struct Carried<F> {
    job: Option<Job>,
    inquiry: Option<Inquiry>,
    tell: F,
}

impl<F: FnMut(Vec<News>)> Carried<F> {
    /// Of this job. `tell` is given what was found, never nothing; [`News::Over`] comes last.
    pub fn new(job: Job, tell: F) -> Self {
        Self { job: Some(job), inquiry: None, tell }
    }

    fn pass_on(&mut self) {
        let news = self.inquiry.as_mut().map(Inquiry::news).unwrap_or_default();
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
        if let Some(job) = self.job.take() {
            self.inquiry = Some(Inquiry::new(job));
        }
        let asks = self.inquiry.as_mut().map(|one| one.asks(free)).unwrap_or_default();
        self.pass_on();
        asks
    }

    fn answer(&mut self, id: AskId, answer: Result<&str, &Fault>) {
        if let Some(inquiry) = &mut self.inquiry {
            inquiry.answer(id, answer);
        }
        self.pass_on();
    }

    fn work(&mut self) -> bool {
        let more = self.inquiry.as_mut().is_some_and(Inquiry::work);
        self.pass_on();
        more
    }

    fn over(&mut self) {
        self.pass_on();
        (self.tell)(vec![News::Over]);
    }
}

/// Several comparisons on one cluster, some of them at a time, which share what may be under way.
pub struct Together<F> {
    waiting: VecDeque<(usize, Job)>,
    open: Vec<(usize, Inquiry)>,
    /// Whose each question is, and what it is called there.
    asked: HashMap<AskId, (usize, AskId)>,
    last: AskId,
    tell: F,
}

impl<F: FnMut(usize, Vec<News>)> Together<F> {
    /// Of these jobs. `tell` is given the number of a job and what was found, never nothing;
    /// [`News::Over`] comes last for each.
    pub fn new(jobs: Vec<Job>, tell: F) -> Self {
        let waiting = jobs.into_iter().enumerate().collect();
        Self { waiting, open: Vec::new(), asked: HashMap::new(), last: 0, tell }
    }

    fn pass_on(&mut self) {
        for (number, inquiry) in &mut self.open {
            let news = inquiry.news();
            if !news.is_empty() {
                (self.tell)(*number, news);
            }
        }
        let tell = &mut self.tell;
        self.open.retain(|(number, inquiry)| {
            if inquiry.is_over() {
                tell(*number, vec![News::Over]);
            }
            !inquiry.is_over()
        });
    }
}

impl<F> fmt::Debug for Together<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Together").field("open", &self.open).finish_non_exhaustive()
    }
}

impl<F: FnMut(usize, Vec<News>) + Send> Errand for Together<F> {
    fn asks(&mut self, free: usize) -> Vec<(AskId, ErrandAsk)> {
        let mut all = Vec::new();
        loop {
            while self.open.len() < BESIDE
                && let Some((number, job)) = self.waiting.pop_front()
            {
                self.open.push((number, Inquiry::new(job)));
            }
            for (number, inquiry) in &mut self.open {
                for (id, ask) in inquiry.asks(free - all.len()) {
                    self.last += 1;
                    self.asked.insert(self.last, (*number, id));
                    all.push((self.last, ask));
                }
            }
            self.pass_on();
            // Where one has ended, the next begins.
            if self.waiting.is_empty() || self.open.len() == BESIDE {
                return all;
            }
        }
    }

    fn answer(&mut self, id: AskId, answer: Result<&str, &Fault>) {
        let Some((number, id)) = self.asked.remove(&id) else { return };
        if let Some((_, inquiry)) = self.open.iter_mut().find(|(open, _)| *open == number) {
            inquiry.answer(id, answer);
        }
        self.pass_on();
    }

    fn work(&mut self) -> bool {
        let mut more = false;
        for (_, inquiry) in &mut self.open {
            more |= inquiry.work();
        }
        self.pass_on();
        more
    }

    fn over(&mut self) {
        self.pass_on();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::drift::testing::catalogue;
    use crate::drift::{Depth, Only, Origin};
    use crate::model::{ClusterId, FaultKind};
    use crate::relations::ObjectId;
    use std::sync::{Arc, Mutex};

    /// Two objects that are read one by one.
    fn job(number: usize) -> Job {
        let id = |name: &str| ObjectId {
            group: "".into(),
            kind: "ConfigMap".into(),
            namespace: format!("n{number}").into(),
            name: name.into(),
        };
        Job {
            cluster: ClusterId(1),
            catalogue: catalogue(),
            origin: Origin::Objects(vec![id("a"), id("b")]),
            only: Only::All,
            depth: Depth::Reads,
            rules: Arc::default(),
            before: None,
        }
    }

    #[test]
    fn several_comparisons_share_what_may_be_under_way_and_all_end() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let hear = Arc::clone(&told);
        let jobs = (0..7).map(job).collect();
        let mut errand =
            Together::new(jobs, move |number, news| hear.lock().unwrap().push((number, news)));
        let mut flying = VecDeque::new();
        let (mut most, mut paths) = (0, Vec::new());
        loop {
            flying.extend(errand.asks(3 - flying.len()));
            most = most.max(flying.len());
            let Some((id, ask)) = flying.pop_front() else { break };
            let ErrandAsk::Read(read) = ask else { panic!("{ask:?}") };
            paths.push(read.path.clone());
            let gone = Fault::new(FaultKind::NotFound, &read.what, "gone").code(404);
            errand.answer(id, Err(&gone));
        }
        errand.over();
        assert_eq!((most, paths.len()), (3, 14));
        let told = told.lock().unwrap();
        for number in 0..7 {
            let mine = told.iter().filter(|(of, _)| *of == number).flat_map(|(_, news)| news);
            let mine: Vec<&News> = mine.collect();
            assert!(matches!(mine.first(), Some(News::Objects(..))), "{number}: {mine:?}");
            assert_eq!(mine.last(), Some(&&News::Over), "{number}");
            let objects = mine.iter().filter(|one| matches!(one, News::Object(_))).count();
            assert_eq!(objects, 2, "{number}");
        }
    }
}
