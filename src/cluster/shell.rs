//! A process in a container to talk to: exec and attach.

use super::exec::{self, Told};
use super::streams::{Errand, Feed};
use crate::model::{
    Fault, FaultKind, PlanRequest, ShellEvent, ShellSpec, StreamEvent, StreamInput,
};
use tokio::sync::mpsc;

/// Input is cut into messages of this size.
const PIECE: usize = 32 << 10;
/// What went on its way is told whenever it is so much.
const TELL: usize = 16 << 10;
/// Output of a terminal is told in pieces of this size: whoever draws it takes in only so many at a
/// time, and stays awake for keys.
const DRAWN: usize = 4 << 10;

/// Runs it to its end.
pub(crate) async fn run(
    errand: Errand,
    spec: ShellSpec,
    feed: Feed,
    input: mpsc::UnboundedReceiver<StreamInput>,
) {
    let end = serve(&errand, &spec, &feed, input).await;
    tell(&feed, end).await;
}

async fn tell(feed: &Feed, event: ShellEvent) -> bool {
    feed.tell(StreamEvent::Shell(event)).await
}

/// How it ended.
async fn serve(
    errand: &Errand,
    spec: &ShellSpec,
    feed: &Feed,
    input: mpsc::UnboundedReceiver<StreamInput>,
) -> ShellEvent {
    let verb = if spec.command.is_empty() { "attach to" } else { "run a command in" };
    let what = match spec.container.as_str() {
        "" => format!("{verb} {}", spec.pod),
        container => format!("{verb} {} container {container}", spec.pod),
    };
    let (mut to, mut from) = match exec::open(errand, 0, &PlanRequest::shell(spec), &what).await {
        Ok(opened) => opened,
        Err(fault) => return ShellEvent::Failed(fault),
    };
    if !tell(feed, ShellEvent::Started).await {
        return ShellEvent::Exited(0);
    }
    let up = async {
        if spec.tty {
            to.size(spec.size.0, spec.size.1).await;
        }
        send(&mut to, spec, feed, input).await;
        // How it ends is told by the other direction.
        std::future::pending().await
    };
    let down = async {
        let piece = if spec.tty { DRAWN } else { usize::MAX };
        loop {
            let (bytes, error) = match from.next().await {
                Told::Out(bytes) => (bytes, false),
                Told::Err(bytes) => (bytes, true),
                Told::Exited(code) => return ShellEvent::Exited(code),
                Told::Failed(why) => {
                    let fault = Fault::new(FaultKind::Other, &what, why);
                    return ShellEvent::Failed(exec::explained(fault));
                }
            };
            for bytes in bytes.chunks(piece) {
                let bytes = bytes.to_vec();
                let event =
                    if error { ShellEvent::Error(bytes) } else { ShellEvent::Output(bytes) };
                // When nobody listens any more, the task is ended from outside.
                tell(feed, event).await;
            }
        }
    };
    tokio::select! {
        event = down => event,
        event = up => event,
    }
}

/// Sends input until the connection or the input ends; then only signs of life.
async fn send(
    to: &mut exec::Input,
    spec: &ShellSpec,
    feed: &Feed,
    mut input: mpsc::UnboundedReceiver<StreamInput>,
) {
    let mut taken = 0;
    loop {
        let next = tokio::select! {
            next = input.recv() => next,
            () = to.rest() => {
                if !to.ping().await {
                    return;
                }
                continue;
            }
        };
        let good = match next {
            Some(StreamInput::Bytes(bytes)) if spec.stdin => {
                let mut good = true;
                for piece in bytes.chunks(PIECE) {
                    good = good && to.bytes(piece).await;
                }
                taken += bytes.len();
                if taken >= TELL {
                    tell(feed, ShellEvent::Taken(taken)).await;
                    taken = 0;
                }
                good
            }
            Some(StreamInput::Bytes(_)) => true,
            Some(StreamInput::Eof) => !spec.stdin || to.close().await,
            Some(StreamInput::Size(columns, rows)) => !spec.tty || to.size(columns, rows).await,
            None => loop {
                to.rest().await;
                if !to.ping().await {
                    return;
                }
            },
        };
        if !good {
            return;
        }
    }
}
