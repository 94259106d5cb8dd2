//! What a source of Flux has: fetched through the tunnel to the controller that keeps it, checked, unpacked into a directory of
//! its own, and built there as its Kustomization says.

mod build;
mod fetch;
mod unpack;

use super::errors;
use super::forward::talk;
use super::streams::{Errand, Feed};
use crate::model::{ArtifactSpec, CacheEvent, Fault, FaultKind, StreamEvent};
use std::sync::Arc;

/// Fetches and builds it.
pub(crate) async fn run(errand: Errand, spec: ArtifactSpec, feed: Feed) {
    let event = match built(&errand, &spec).await {
        Ok(text) => CacheEvent::Done(vec![Ok(text)]),
        Err(fault) => CacheEvent::Failed(fault),
    };
    feed.tell(StreamEvent::Cache(event)).await;
}

async fn built(errand: &Errand, spec: &ArtifactSpec) -> Result<Arc<str>, Fault> {
    let what = format!("fetch the artifact from {}", spec.pod);
    let way = talk::way(errand, 0, &spec.pod).await?;
    let limit = errand.session.link.timing.get;
    let bytes = talk::through(errand, &what, way, async |stream| {
        let got = fetch::get(stream, &spec.host, &spec.path, &what);
        tokio::time::timeout(limit, got)
            .await
            .unwrap_or_else(|_| Err(errors::too_slow(&what, limit)))
    })
    .await?;
    let what = format!("build {}", spec.revision);
    let invalid = |why: String| Fault::new(FaultKind::Invalid, &what, errors::line(&why));
    let digest = spec.digest.clone();
    let unpacked = tokio::task::spawn_blocking(move || {
        unpack::check(&bytes, &digest)?;
        unpack::unpack(&bytes)
    });
    let place = unpacked.await.map_err(|error| invalid(error.to_string()))?.map_err(invalid)?;
    let text = build::build(place.path(), &spec.kustomization, build::LIMIT).await;
    // What was unpacked goes before anything is told.
    let gone = tokio::task::spawn_blocking(move || drop(place));
    let _ = gone.await;
    let text = text.map_err(|why| Fault::new(FaultKind::Other, &what, errors::line(&why)))?;
    Ok(format!("# {}\n{text}", errors::line(&spec.revision)).into())
}
