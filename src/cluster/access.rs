//! "May I?": asked of the server once per question, kept for a while.

use super::session::Session;
use super::timing::Timing;
use super::wire::{self, Ask};
use crate::model::{AccessQuestion, Answer, Fault, FaultKind};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;
use tokio::sync::OnceCell;
use tokio::time::Instant;

/// The answer, or the flight that fetches it; failures are not kept.
type Kept = Rc<OnceCell<(bool, String)>>;

/// Answers of one cluster.
#[derive(Debug, Default)]
pub(crate) struct Access {
    kept: RefCell<FxHashMap<AccessQuestion, (Instant, Kept)>>,
}

impl Access {
    fn cell(&self, question: &AccessQuestion, timing: &Timing) -> Kept {
        let now = Instant::now();
        let mut kept = self.kept.borrow_mut();
        kept.retain(|_, (at, cell)| !cell.initialized() || now < *at + timing.access);
        let (_, cell) = kept.entry(question.clone()).or_insert_with(|| (now, Rc::default()));
        Rc::clone(cell)
    }

    /// Forgets all answers: somebody else logged in, or roles changed.
    pub(crate) fn forget(&self) {
        self.kept.borrow_mut().clear();
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Review {
    status: Status,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    allowed: bool,
    reason: Option<String>,
    evaluation_error: Option<String>,
}

/// Whether it is allowed. Equal questions at the same time are one request.
pub(crate) async fn ask(session: &Rc<Session>, question: AccessQuestion) -> Result<Answer, Fault> {
    let cell = session.access.cell(&question, &session.link.timing);
    let (allowed, reason) = cell.get_or_try_init(|| review(session, &question)).await?;
    Ok(Answer::Access(question, *allowed, reason.clone()))
}

async fn review(session: &Rc<Session>, question: &AccessQuestion) -> Result<(bool, String), Fault> {
    let what = format!("ask whether {} {} is allowed", question.verb, question.gvr.plural);
    let limit = session.link.timing.get;
    session.ready(&what, limit).await?;
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let mut ask = Ask::get(&what, path, limit);
    ask.method = http::Method::POST;
    let body = serde_json::json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": { "resourceAttributes": {
            "verb": question.verb,
            "group": question.gvr.group.as_str(),
            "version": question.gvr.version.as_str(),
            "resource": question.gvr.plural.as_str(),
            "subresource": question.subresource.as_str(),
            "namespace": question.namespace.as_str(),
        }},
    });
    ask.content = (wire::JSON, body.to_string().into_bytes());
    let (_, body) = wire::whole(&session.link, &ask).await.map_err(|refusal| refusal.fault)?;
    let review: Review = serde_json::from_slice(&body).map_err(|error| {
        Fault::new(FaultKind::Other, &what, super::errors::line(&error.to_string()))
    })?;
    let Status { allowed, reason, evaluation_error } = review.status;
    let why = reason.filter(|reason| !reason.is_empty()).or(evaluation_error).unwrap_or_default();
    Ok((allowed, super::errors::line(&why)))
}
