//! Places that were opened by what a cluster served when it was seen last, and what becomes of them when it says
//! what it serves now.

use super::goto::Destination;
use super::panes::Pane;
use super::panes::browse::What;
use super::{Effect, Ui};
use crate::model::{ClusterId, Gvr};

/// A table of a kind that a word meant before the cluster had said so itself.
#[derive(Debug)]
pub(super) struct Unsure {
    pub(super) cluster: ClusterId,
    pub(super) to: Destination,
    pub(super) gvr: Gvr,
}

impl Ui {
    /// A command line for a kind that was not known yet is tried again when kinds become known.
    pub(super) fn retry_waiting_command(&mut self, effects: &mut Vec<Effect>) {
        let Some(cluster) = self.cluster() else { return };
        let (discovered, told) = (cluster.discovered, cluster.discovered || cluster.revision > 0);
        if self.panes.is_empty()
            && told
            && let Some(start) = self.startup.take()
        {
            // A kind that is not remembered is perhaps new: the cluster has the last word.
            if discovered || self.follow_line(&start.command, 0, effects).is_ok() {
                self.begin_with(&start.command, effects);
            } else {
                self.startup = Some(start);
            }
        }
    }

    /// Shows what words mean on a cluster that has just said what it serves.
    pub(super) fn make_sure(&mut self, id: ClusterId) {
        let Some(catalogue) = self.clusters.get(&id).map(|cluster| cluster.catalogue.clone())
        else {
            return;
        };
        if let Some(Unsure { to, gvr, .. }) = self.unsure.take_if(|unsure| unsure.cluster == id) {
            let shown = match self.panes.last() {
                Some(Pane::Browse(browse)) => browse.objects().map(|objects| &objects.resource.gvr),
                _ => None,
            };
            // Whoever has gone on has seen what it was. Where nothing has this name any more, the table says so.
            if id == self.here
                && shown == Some(&gvr)
                && let Some(resource) = catalogue.find(&to.word).filter(|found| found.gvr != gvr)
            {
                self.panes.pop();
                // It was opened with the same filter before.
                let _ = self.push_objects(resource.clone(), &to);
            }
        }
        for pane in &mut self.panes {
            if let Pane::Browse(browse) = pane
                && let What::Objects(objects) = &mut browse.what
                && objects.cluster == id
                && let Some(resource) = catalogue.get(&objects.resource.gvr)
                && *resource != objects.resource
            {
                objects.resource = resource.clone();
            }
        }
    }
}
