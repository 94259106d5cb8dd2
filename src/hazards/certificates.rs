//! Certificates in TLS secrets that end soon, or have ended.

use super::survey::{Certificate, Survey};
use super::{Finding, Severity};
use crate::text::age;

const DAY: i64 = 24 * 3600;

pub(super) fn check(survey: &Survey, now: i64) -> Vec<Finding> {
    survey.certificates.iter().filter_map(|one| judge(one, now)).collect()
}

fn judge(one: &Certificate, now: i64) -> Option<Finding> {
    let (severity, words) = match one.ends {
        Some((begin, end)) => {
            // Short-lived ones are renewed late by design.
            let life = (end - begin).max(0);
            let left = end - now;
            let severity = if left < (7 * DAY).min(life / 10) {
                Severity::Serious
            } else if left < (30 * DAY).min(life / 3) {
                Severity::Soon
            } else {
                return None;
            };
            let when = if left <= 0 {
                format!("ended {} ago", age::human(-left))
            } else {
                format!("ends in {}", age::human(left))
            };
            (severity, format!("the certificate of {} {when}: renew it", one.subject))
        }
        None => (Severity::Soon, "its tls.crt cannot be read as a certificate".to_owned()),
    };
    Some(Finding::new(
        (severity, "certificate expiry"),
        ("", "Secret"),
        (&one.namespace, &one.name),
        &words,
    ))
}
