//! A conversation of the program's own with a port of one pod: nothing listens on this machine.

use super::codec::PROTOCOLS;
use super::traffic::Traffic;
use super::tunnel;
use crate::cluster::streams::Errand;
use crate::cluster::write::Way;
use crate::cluster::{fetch, websocket};
use crate::kinds::behind::{Behind, Entrance};
use crate::model::{Answer, Fault, FaultKind, ObjRef};
use tokio::io::DuplexStream;

/// Bytes that wait for the side that reads.
const HELD: usize = 64 << 10;

/// The way into the pod that a request of the plan names, where it runs.
///
/// # Errors
/// It is not there or does not run, or the gate says no.
pub(in crate::cluster) async fn way(
    errand: &Errand,
    number: usize,
    pod: &ObjRef,
) -> Result<Way, Fault> {
    let what = format!("enter {pod}");
    let fault = |kind, why: String| Fault::new(kind, &what, why);
    let Some(behind) = Behind::itself(pod) else {
        return Err(fault(FaultKind::Refused, format!("{pod} is no pod")));
    };
    let Answer::Object(json) = fetch::get(&errand.session, pod).await? else {
        return Err(fault(FaultKind::Other, "no pod came".into()));
    };
    let entrance = Entrance::read(json.as_bytes()).map_err(|why| fault(FaultKind::Other, why))?;
    if !entrance.runs() {
        return Err(fault(FaultKind::NotFound, format!("{pod} does not run any more")));
    }
    errand.permit_behind(number, &behind, &entrance)
}

/// Talks with what listens there; the connection ends with the conversation.
///
/// # Errors
/// What `talk` says, or why there is no connection.
pub(in crate::cluster) async fn through<T>(
    errand: &Errand,
    what: &str,
    way: Way,
    talk: impl AsyncFnOnce(DuplexStream) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let link = &errand.session.link;
    let asked =
        websocket::open(link, what, way.permit, &way.path, &PROTOCOLS, link.timing.get).await;
    let socket = asked.map_err(|refusal| refusal.fault)?;
    let (near, far) = tokio::io::duplex(HELD);
    let traffic = Traffic::default();
    let mut carried =
        std::pin::pin!(tunnel::carry(tokio::io::split(far), socket, way.port, &traffic));
    let mut talk = std::pin::pin!(talk(near));
    tokio::select! {
        biased;
        told = &mut talk => told,
        end = &mut carried => match end {
            // What came before the end is still to be read.
            Ok(()) => talk.await,
            Err(why) => Err(Fault::new(FaultKind::Network, what, why)),
        },
    }
}
