//! A process in a container to talk to: exec and attach over WebSockets.

use super::streams::{Errand, Feed};
use crate::model::{Fault, FaultKind, ShellEvent, ShellSpec, StreamEvent, StreamInput};
use tokio::sync::mpsc;
/// Runs it to its end.
pub(crate) async fn run(
    errand: Errand,
    spec: ShellSpec,
    feed: Feed,
    input: mpsc::UnboundedReceiver<StreamInput>,
) {
    let _ = (errand, spec, input);
    let fault = Fault::new(FaultKind::Refused, "shell", "this comes with the next commits");
    feed.tell(StreamEvent::Shell(ShellEvent::Failed(fault))).await;
}
