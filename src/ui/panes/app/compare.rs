//! What was deployed before: marked, compared.

use super::AppPane;
use super::reading::{Answers, Comparison};
use super::rows::{Part, Row, What};
use crate::apps;
use crate::apps::page::Deployed;
use crate::model::Tone;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};

impl AppPane {
    /// What a row tells to have been deployed.
    pub(super) fn deployed(&self, row: &Row) -> Option<&Deployed> {
        match &row.what {
            What::Deployed(at) => self.page.as_ref()?.history.get(*at),
            _ => None,
        }
    }

    /// Marks it, or not any more.
    pub(super) fn mark(&mut self, row: &Row) {
        let id = self.deployed(row).map(|one| one.id.clone());
        self.marked = if self.marked == id { None } else { id };
        self.stale = true;
    }

    /// The two that are compared from this row, the older first: the marked one with the selected one;
    /// else the selected one with the newest, and the newest with the one before it.
    fn pair(&self, row: &Row) -> Option<(&Deployed, &Deployed)> {
        let history = &self.page.as_ref()?.history;
        let at = match row.what {
            What::Deployed(at) => at,
            _ => 0,
        };
        let marked =
            self.marked.as_ref().and_then(|id| history.iter().position(|one| one.id == *id));
        let other = match marked {
            Some(marked) if marked != at => marked,
            _ if at == 0 => 1,
            _ => 0,
        };
        // The newest stands first.
        Some((history.get(at.max(other))?, history.get(at.min(other))?))
    }

    /// Why nothing can be compared from this row.
    pub(super) fn cannot_compare(&self, row: &Row) -> Option<Refusal> {
        let can = apps::engine(self.id.engine).is_some_and(|engine| engine.can_compare());
        let why = if !can {
            let label = self.id.engine.label();
            format!("{label} keeps no copy of what was deployed on the cluster")
        } else if self.pair(row).is_none() {
            "no two revisions are known".to_owned()
        } else {
            return None;
        };
        Some(Refusal { why, tone: Tone::Plain })
    }

    /// Reads what it takes to tell what changed, and goes where that will be told.
    pub(super) fn compare(&mut self, ui: &mut Ui, row: &Row, effects: &mut Vec<Effect>) {
        let Some(between) = self.pair(row).map(|(from, to)| (from.id.clone(), to.id.clone()))
        else {
            return;
        };
        let (Some(app), Some(engine)) = (&self.app, apps::engine(self.id.engine)) else { return };
        let Some(book) = ui.estates.get(&self.cluster) else { return };
        let reads = engine.page_reads(app, &book.estate);
        let answers = Some(Answers::ask(reads, self.cluster, ui, effects));
        self.comparison = Some(Comparison { between, answers, told: None });
        self.begins = Some(Part::Changes);
        self.stale = true;
        self.finish_comparing();
    }

    /// Tells what changed once every answer is there.
    pub(super) fn finish_comparing(&mut self) {
        let Some(comparison) = &mut self.comparison else { return };
        let Some(answers) = comparison.answers.take_if(|answers| answers.is_whole()) else {
            return;
        };
        let (Some(app), Some(engine)) = (&self.app, apps::engine(self.id.engine)) else { return };
        let (from, to) = (&*comparison.between.0, &*comparison.between.1);
        comparison.told = Some(engine.compare(app, &answers.all(), (from, to)));
        self.begins = Some(Part::Changes);
        self.stale = true;
    }
}
