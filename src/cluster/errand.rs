//! Carries errands: asks what they ask, some questions at a time, and brings them the answers. Their own
//! work is done here, on the reader thread, in pieces between which others have their turn.

use super::session::Session;
use super::{fetch, jq, write};
use crate::model::{Answer, AskId, ERRAND_IN_FLIGHT, Errand, ErrandAsk, Fault, FaultKind};
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Carries one to its end; `jq` is how long an expression may take. Dropping this ends it; a rehearsal
/// that was sent is only not waited for.
pub(super) async fn carry(
    session: Result<Rc<Session>, Fault>,
    mut errand: Box<dyn Errand>,
    jq: Duration,
) {
    let mut flying = FuturesUnordered::new();
    loop {
        for (id, ask) in errand.asks(ERRAND_IN_FLIGHT - flying.len()) {
            flying.push(one(&session, id, ask, jq));
        }
        // What is there to be judged is judged while answers are on their way.
        let came = match errand.work() {
            true => flying.next().now_or_never().flatten(),
            false => match flying.next().await {
                Some(came) => Some(came),
                None => break,
            },
        };
        if let Some((id, answer)) = came {
            errand.answer(id, answer.as_deref());
        }
        tokio::task::yield_now().await;
    }
    errand.over();
}

async fn one(
    session: &Result<Rc<Session>, Fault>,
    id: AskId,
    ask: ErrandAsk,
    limit: Duration,
) -> (AskId, Result<Arc<str>, Fault>) {
    let answer = match (session, ask) {
        (_, ErrandAsk::Jq { expressions, inputs }) => jq::paths(&expressions, &inputs, limit).await,
        (Err(fault), _) => Err(fault.clone()),
        (Ok(session), ErrandAsk::Read(read)) => match fetch::read(session, &read).await {
            Ok(Answer::Object(text)) => Ok(text),
            Ok(Answer::Access(..)) => {
                Err(Fault::new(FaultKind::Other, &read.what, "the answer is of another kind"))
            }
            Err(fault) => Err(fault),
        },
        (Ok(session), ErrandAsk::Try(plan)) => write::rehearse(session, &plan).await,
    };
    (id, answer)
}
