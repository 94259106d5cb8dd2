//! Differences that are no drift: what the cluster itself writes into objects, and why. Data, not code:
//! `noise.toml`, and the person's own rules beside it.

use super::found::{Change, Writer};
use crate::model::Text;
use crate::relations::ObjectId;
use serde_json::Value;

/// All rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {}

impl Rules {
    /// Why a change is not counted; None where it is.
    pub fn reason(
        &self,
        _id: &ObjectId,
        _change: &Change,
        _writer: Option<&Writer>,
        _live: &Value,
    ) -> Option<Text> {
        None
    }
}
