//! Jobs that have failed, or are failing.

use super::survey::Survey;
use super::{Finding, Severity};

pub(super) fn check(survey: &Survey, _now: i64) -> Vec<Finding> {
    let mut found = Vec::new();
    for job in &survey.jobs {
        let status = &job.status;
        let is =
            |kind: &str| status.conditions.iter().find(|c| c.kind == kind && c.status == "True");
        let (severity, words) = if let Some(failed) = is("Failed") {
            let why = if failed.message.is_empty() { &failed.reason } else { &failed.message };
            (Severity::Serious, format!("it has failed: {why}; read the logs of its pods"))
        } else if is("Complete").is_none() && status.failed > 0 {
            let words =
                format!("{} of its pods have failed so far; read their logs", status.failed);
            (Severity::Soon, words)
        } else {
            continue;
        };
        found.push(Finding::new(
            (severity, "job failing"),
            ("batch", "Job"),
            (&job.metadata.namespace, &job.metadata.name),
            &words,
        ));
    }
    found
}
