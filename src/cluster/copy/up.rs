//! From here into the container.

use super::{Done, Progress, WAITING, Words, pack};
use crate::cluster::exec::{self, Told};
use crate::cluster::streams::{Errand, Feed};
use crate::model::{CopySpec, Fault, FaultKind};
use crate::verbs::copy::{self, ARRIVED};
use bytes::Bytes;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

static NUMBER: AtomicU64 = AtomicU64::new(0);

pub(super) async fn run(errand: &Errand, spec: &CopySpec, feed: &Feed) -> Result<Done, Fault> {
    let what = format!("copy {} into {}", spec.local.display(), spec.pod);
    let (name, from) = (what.clone(), spec.local.clone());
    let looked = tokio::task::spawn_blocking(move || pack::look(&name, &from)).await;
    let mut packed = looked.map_err(|error| broken(&what, &error))??;
    let done = Done {
        bytes: packed.bytes,
        files: packed.files,
        skipped: std::mem::take(&mut packed.skipped),
    };
    let (mut to, mut from) = exec::open(errand, 0, &copy::request(spec), &what).await?;
    let progress = Arc::new(Progress::default());
    progress.total.store(packed.bytes, Ordering::Relaxed);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let id = format!("{}-{}-{number}", std::process::id(), now.unwrap_or_default().as_millis());
    let head = format!("{id} {} {} {}\n", packed.size, packed.files, packed.bytes);
    let (out, mut pieces) = mpsc::channel(WAITING);
    let mut packing = {
        let (what, progress, own) = (what.clone(), Arc::clone(&progress), feed.clone());
        tokio::task::spawn_blocking(move || {
            // The stream is over only when the files here are closed again.
            let _own = own;
            packed.send(&what, &out, &progress)
        })
    };
    let sending = send(&mut to, &head, &mut pieces);
    let receiving = async {
        let (mut words, mut said) = (Words::default(), Vec::new());
        loop {
            match from.next().await {
                Told::Out(bytes) if said.len() < 4096 => said.extend_from_slice(&bytes),
                Told::Out(_) => {}
                Told::Err(bytes) => words.add(&bytes),
                Told::Exited(0) if String::from_utf8_lossy(&said).contains(ARRIVED) => {
                    return Ok(());
                }
                Told::Exited(code) => {
                    let otherwise = format!("the command there ended with exit code {code}");
                    return Err(words.fault(&what, otherwise));
                }
                Told::Failed(why) => {
                    return Err(exec::explained(words.fault(&what, why)));
                }
            }
        }
    };
    let packed = async {
        match (&mut packing).await {
            Ok(Ok(())) => std::future::pending().await,
            Ok(Err(fault)) => fault,
            Err(error) => broken(&what, &error),
        }
    };
    tokio::select! {
        arrived = receiving => arrived.map(|()| done),
        fault = packed => Err(fault),
        never = sending => match never {},
        never = Arc::clone(&progress).tell(feed) => match never {},
    }
}

/// Sends everything. Input stays open then: the other side has been told how much comes, and servers
/// lose what stands right before an end. Why it fails is told by the other direction.
async fn send(to: &mut exec::Input, head: &str, pieces: &mut mpsc::Receiver<Bytes>) -> Infallible {
    let mut good = to.bytes(head.as_bytes()).await;
    while let (true, Some(piece)) = (good, pieces.recv().await) {
        good = to.bytes(&piece).await;
    }
    loop {
        to.rest().await;
        to.ping().await;
    }
}

/// A thread has panicked.
pub(super) fn broken(what: &str, error: &tokio::task::JoinError) -> Fault {
    Fault::new(FaultKind::Other, what, error.to_string()).hint("please report it")
}
