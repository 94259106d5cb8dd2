//! From the container to here.

use super::up::broken;
use super::{Done, Progress, WAITING, Words, unpack};
use crate::cluster::exec::{self, Told};
use crate::cluster::streams::{Errand, Feed};
use crate::model::{CopySpec, Fault};
use crate::verbs::copy;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::Instant;

pub(super) async fn run(errand: &Errand, spec: &CopySpec, feed: &Feed) -> Result<Done, Fault> {
    let what = format!("copy {} from {}", spec.remote, spec.pod);
    let goal = unpack::goal(&what, &spec.local, &spec.remote)?;
    let patience = errand.session.link.timing.probe;
    let (mut to, mut from) = exec::open(errand, 0, &copy::request(spec), &what).await?;
    let progress = Arc::new(Progress::default());
    let (pieces, archive) = mpsc::channel(WAITING);
    let mut pieces = Some(pieces);
    let mut unpacking = {
        let (what, progress, own) = (what.clone(), Arc::clone(&progress), feed.clone());
        tokio::task::spawn_blocking(move || {
            // The stream is over only when nothing is half there any more.
            let _own = own;
            unpack::run(&what, goal, unpack::Pieces::new(archive), &progress)
        })
    };
    let carrying = async {
        let mut words = Words::default();
        let mut arrived = None;
        // When the container is let go though the archive is not complete: tar has failed there.
        let mut given_up: Option<Instant> = None;
        let mut let_go = false;
        let end = loop {
            let deadline = async {
                match given_up.filter(|_| !let_go) {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                told = from.next() => match told {
                    Told::Out(bytes) => {
                        if let Some(to) = &pieces {
                            // What comes after the end of an archive only fills it up.
                            let _ = to.send(bytes).await;
                        }
                        given_up = given_up.map(|_| Instant::now() + patience);
                    }
                    Told::Err(bytes) => {
                        words.add(&bytes);
                        if words.code().is_some_and(|code| code != 0) && given_up.is_none() {
                            given_up = Some(Instant::now() + patience);
                        }
                    }
                    Told::Exited(code) => {
                        break format!("the command there ended with exit code {code}");
                    }
                    Told::Failed(why) => break why,
                },
                done = &mut unpacking, if arrived.is_none() => {
                    arrived = Some(done.map_err(|error| broken(&what, &error))??);
                    let_go = true;
                    to.bytes(b"\n").await;
                }
                () = deadline => {
                    let_go = true;
                    to.bytes(b"\n").await;
                }
                () = to.rest() => drop(to.ping().await),
            }
        };
        // Whatever is still to be unpacked ends now.
        pieces = None;
        let code = words.code();
        let arrived = match arrived {
            Some(arrived) => arrived,
            None => match unpacking.await.map_err(|error| broken(&what, &error))? {
                Ok(arrived) => arrived,
                // What is said there is nearer to the cause.
                Err(_) if code != Some(0) => {
                    return Err(exec::explained(words.fault(&what, end)));
                }
                Err(fault) => return Err(fault),
            },
        };
        match code {
            Some(0) => {}
            // It went on after what it could not read; everything else is complete.
            Some(_) if arrived.done.files > 0 => {}
            _ => return Err(words.fault(&what, end)),
        }
        let published = tokio::task::spawn_blocking(move || arrived.publish()).await;
        let mut done = published.map_err(|error| broken(&what, &error))??;
        if code != Some(0) {
            done.skipped.extend(words.complaints());
        }
        Ok(done)
    };
    tokio::select! {
        done = carrying => done,
        never = Arc::clone(&progress).tell(feed) => match never {},
    }
}
