//! The credential of this session, where it ends and nothing renews it.

use super::survey::Survey;
use super::{Finding, Severity};
use crate::text::age;

const HOUR: i64 = 3600;
/// What stands for a kind where no object of the cluster is meant, but the way to it.
pub const CONTEXT: &str = "context";

/// The credential in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The context that it belongs to.
    pub context: String,
    /// When it ends, Unix seconds.
    pub ends: i64,
}

pub(super) fn check(survey: &Survey, now: i64) -> Vec<Finding> {
    let Some(Credential { context, ends }) = &survey.credential else { return Vec::new() };
    let left = ends - now;
    let severity = match left {
        ..=14_400 => Severity::Serious,
        _ if left < 72 * HOUR => Severity::Soon,
        _ => return Vec::new(),
    };
    let when = if left <= 0 {
        format!("ended {} ago", age::human(-left))
    } else {
        format!("ends in {}", age::human(left))
    };
    let words = format!("the credential of this context {when}: get a new one in time");
    vec![Finding::new((severity, "credential expiry"), ("", CONTEXT), ("", context), &words)]
}
