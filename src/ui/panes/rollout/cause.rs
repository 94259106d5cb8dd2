//! Which revision of its app a revision of the workload came with: told where the app's own history
//! has a deployment about the time at which the revision was made. Read only where the apps of the
//! cluster are known anyway.

use crate::apps;
use crate::model::{Answer, AppId, ClusterId, Fault, ObjRef, Ticket};
use crate::rollout::history::{self, Deployment};
use crate::ui::panes::app::Answers;
use crate::ui::{Effect, Ui};

/// What is known of it.
#[derive(Debug, Default)]
pub struct Cause {
    app: Option<AppId>,
    /// The newest revision for which the app's history was read.
    seen: Option<i64>,
    answers: Option<Answers>,
    told: Vec<Deployment>,
}

impl Cause {
    /// `shop 8d1e0aa`: the app and its revision that a revision made at this time (Unix seconds) came
    /// with.
    pub fn of(&self, made: Option<i64>) -> Option<String> {
        let app = self.app.as_ref()?;
        let revision = history::caused_by(&self.told, made?)?;
        Some(format!("{} {revision}", app.name))
    }

    /// Reads the history of the app that delivers the workload, once for each new revision.
    pub fn look(&mut self, newest: i64, target: &ObjRef, ui: &mut Ui, effects: &mut Vec<Effect>) {
        if self.seen == Some(newest) || self.answers.is_some() {
            return;
        }
        let Some(book) = ui.estates.get(&target.cluster).filter(|book| book.complete) else {
            return;
        };
        self.seen = Some(newest);
        let delivers = |app: &&apps::App| {
            let all = book.estate.workloads(&app.id);
            all.iter().any(|one| {
                (&one.gvr, &one.namespace, &one.name)
                    == (&target.gvr, &target.namespace, &target.name)
            })
        };
        let Some(app) = book.estate.apps().find(delivers) else { return };
        let Some(engine) = apps::engine(app.id.engine) else { return };
        self.app = Some(app.id.clone());
        let reads = engine.page_reads(app, &book.estate);
        self.answers = Some(Answers::ask(reads, target.cluster, ui, effects));
    }

    /// An answer came; false when it is not its own.
    pub fn answer(
        &mut self,
        ui: &Ui,
        cluster: ClusterId,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
    ) -> bool {
        let Some(answers) = &mut self.answers else { return false };
        if !answers.take(ticket, answer, "read the history of its app") {
            return false;
        }
        let Some(answers) = self.answers.take_if(|answers| answers.is_whole()) else { return true };
        let book = ui.estates.get(&cluster);
        let found = self.app.as_ref().zip(book).and_then(|(id, book)| {
            let (app, engine) = (book.estate.app(id)?, apps::engine(id.engine)?);
            Some(engine.page(app, &book.estate, &answers.all(), ui.now).cleaned().history)
        });
        let deployed = found.unwrap_or_default().into_iter().filter(|one| one.at > 0);
        self.told = deployed
            .map(|one| Deployment { at: one.at, revision: one.revision.to_string() })
            .collect();
        true
    }
}
