//! Opens what runs on beside the tables, each as a task of its own with a bounded channel out: a
//! stream that nobody reads waits, and with it the server.

use super::session::Session;
use super::write::{self, Permit, Way};
use crate::kinds::behind::{Behind, Entrance};
use crate::model::{Fault, FaultKind, Plan, StreamEvent, StreamId, StreamInput, StreamSpec};
use std::rc::Rc;
use tokio::sync::mpsc;

/// Where streams tell: bounded, so that they wait for whoever listens.
pub type Listener = mpsc::Sender<(StreamId, StreamEvent)>;

/// The way out of one stream.
#[derive(Clone)]
pub(crate) struct Feed {
    id: StreamId,
    out: Listener,
}

impl Feed {
    pub(crate) fn new(id: StreamId, out: Listener) -> Self {
        Self { id, out }
    }

    /// Tells, and waits while nobody listens. False when nobody ever will again.
    pub(crate) async fn tell(&self, event: StreamEvent) -> bool {
        self.out.send((self.id, event)).await.is_ok()
    }
}

/// What a stream reaches into a workload with: the plan that was shown.
pub(crate) struct Errand {
    pub(crate) session: Rc<Session>,
    plan: Option<Plan>,
}

impl Errand {
    /// The permit for a request of the plan: its number, and its path and query as they are sent.
    ///
    /// # Errors
    /// The session is read-only, or there is no such request in the plan.
    pub(crate) fn permit(&self, number: usize) -> Result<(Permit, String), Fault> {
        write::permit(&self.session, self.plan()?, number)
    }

    /// The way into one pod for a request of the plan that leads to pods behind its target.
    ///
    /// # Errors
    /// As for [`Errand::permit`], or the pod does not stand behind the target.
    pub(crate) fn permit_behind(
        &self,
        number: usize,
        behind: &Behind,
        pod: &Entrance,
    ) -> Result<Way, Fault> {
        write::permit_behind(&self.session, self.plan()?, number, behind, pod)
    }

    fn plan(&self) -> Result<&Plan, Fault> {
        self.plan.as_ref().ok_or_else(|| {
            Fault::new(FaultKind::Refused, "reach into a pod", "there is no plan for it")
        })
    }
}

/// Runs a stream to its end.
pub(crate) async fn run(
    session: Rc<Session>,
    spec: StreamSpec,
    plan: Option<Plan>,
    feed: Feed,
    input: mpsc::UnboundedReceiver<StreamInput>,
) {
    let errand = Errand { session, plan };
    match spec {
        StreamSpec::Logs(spec) => super::logs::run(errand, spec, feed).await,
        StreamSpec::Shell(spec) => super::shell::run(errand, spec, feed, input).await,
        StreamSpec::Forward(spec) => super::forward::run(errand, spec, feed).await,
        StreamSpec::Copy(spec) => super::copy::run(errand, spec, feed).await,
        StreamSpec::Cache(spec) => super::cache::run(errand, spec, feed).await,
        StreamSpec::Artifact(spec) => super::artifact::run(errand, spec, feed).await,
    }
}
