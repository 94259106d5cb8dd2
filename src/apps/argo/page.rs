//! The pages of an Application and of an ApplicationSet.

use crate::apps::{App, Estate, Page};
use crate::model::{Fault, Read};
use serde_json::Value;

/// What has to be read: the object itself.
pub(super) fn reads(app: &App, _estate: &Estate) -> Vec<Read> {
    app.object.iter().map(crate::verbs::get).collect()
}

/// The page.
pub(super) fn page(
    _app: &App,
    _estate: &Estate,
    _answers: &[Result<Value, Fault>],
    _now: i64,
) -> Page {
    Page::default()
}
