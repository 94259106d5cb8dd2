//! Lines of containers: of all pods behind what somebody points at, also of those that appear later,
//! through cut streams, restarts and rollouts.

mod caught_up;
mod gather;
mod jobs;
mod lines;
mod out;
mod pods;
mod resume;
mod source;
mod targets;

use super::streams::{Errand, Feed};
use crate::model::{LogEvent, LogSpec};
use out::Out;
use std::rc::Rc;

/// Runs it to its end.
pub(crate) async fn run(errand: Errand, spec: LogSpec, feed: Feed) {
    let session = Rc::clone(&errand.session);
    let out = Out::new(session.link.timing.batch);
    let reading = async {
        let end = gather::run(session, &spec, &out).await;
        out.tell(LogEvent::End(end));
        out.close();
        // What is told ends with the last of it, not before.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        () = out.pump(&feed) => {}
        () = reading => {}
    }
}
