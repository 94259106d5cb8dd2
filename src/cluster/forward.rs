//! Local ports that lead into a pod.

use super::streams::{Errand, Feed};
use crate::model::{Fault, FaultKind, ForwardEvent, ForwardSpec, StreamEvent};

/// Runs it to its end.
pub(crate) async fn run(errand: Errand, spec: ForwardSpec, feed: Feed) {
    let _ = (errand, spec);
    let fault = Fault::new(FaultKind::Refused, "forward", "this comes with the next commits");
    feed.tell(StreamEvent::Forward(ForwardEvent::End(Some(fault)))).await;
}
