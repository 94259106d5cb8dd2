#![allow(clippy::unwrap_used)]
use super::*;

/// What is found when these lists are all there is.
fn found(lists: &[(Source, &str)]) -> Vec<(Severity, String)> {
    let mut survey = Survey::default();
    for source in Source::ALL {
        let items = lists.iter().find(|(of, _)| *of == source).map_or("", |(_, items)| items);
        survey.take(source, &format!(r#"{{"items":[{items}]}}"#)).unwrap();
    }
    judge(&survey, 0).into_iter().map(|one| (one.severity, one.name)).collect()
}

const WEB: &str =
    r#"{"metadata":{"name":"web","namespace":"a"},"spec":{"selector":{"app":"web"}}}"#;

#[test]
fn a_service_needs_a_ready_endpoint() {
    let slice = |ready: bool| {
        format!(
            r#"{{"metadata":{{"name":"x","namespace":"a","labels":{{"kubernetes.io/service-name":"web"}}}},"endpoints":[{{"conditions":{{"ready":{ready}}}}}]}}"#
        )
    };
    let with = |slice: &str| found(&[(Source::Services, WEB), (Source::EndpointSlices, slice)]);
    assert_eq!(with(&slice(false)), [(Severity::Serious, "web".into())]);
    assert_eq!(with(""), [(Severity::Serious, "web".into())]);
    assert_eq!(with(&slice(true)), []);
    let idle = r#"{"metadata":{"name":"d","namespace":"a"},"spec":{"replicas":0,"template":{"metadata":{"labels":{"app":"web"}}}}}"#;
    let at_zero = found(&[(Source::Services, WEB), (Source::Deployments, idle)]);
    assert_eq!(at_zero, [(Severity::Soon, "web".into())]);
}

#[test]
fn what_could_not_be_read_is_not_judged() {
    let mut survey = Survey::default();
    survey.take(Source::Services, &format!(r#"{{"items":[{WEB}]}}"#)).unwrap();
    survey.lose(Source::EndpointSlices);
    assert_eq!(judge(&survey, 0), []);
}

#[test]
fn selectors_cross_only_within_a_namespace() {
    let one = |name: &str, namespace: &str, more: &str| {
        format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"{namespace}"}},"spec":{{"selector":{{"matchLabels":{{"app":"x"{more}}}}},"template":{{"metadata":{{"labels":{{"app":"x"{more}}}}}}}}}}}"#
        )
    };
    let two = |a: String, b: String| found(&[(Source::Deployments, &format!("{a},{b}"))]);
    assert_eq!(
        two(one("a", "n", ""), one("b", "n", r#","t":"b""#)),
        [(Severity::Serious, "a".into())]
    );
    assert_eq!(two(one("a", "n", ""), one("b", "m", "")), []);
    assert_eq!(two(one("a", "n", r#","t":"a""#), one("b", "n", r#","t":"b""#)), []);
}

#[test]
fn jobs_that_failed_and_jobs_that_are_failing() {
    let job = |status: &str| {
        found(&[(Source::Jobs, &format!(r#"{{"metadata":{{"name":"j"}},"status":{status}}}"#))])
    };
    let failed = r#"{"failed":2,"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]}"#;
    assert_eq!(job(failed), [(Severity::Serious, "j".into())]);
    assert_eq!(job(r#"{"failed":1}"#), [(Severity::Soon, "j".into())]);
    let complete = r#"{"failed":1,"conditions":[{"type":"Complete","status":"True"}]}"#;
    assert_eq!(job(complete), []);
}

#[test]
fn a_tls_secret_that_is_none_is_said() {
    let secret = |kind: &str| {
        let secret = format!(
            r#"{{"metadata":{{"name":"s"}},"type":"{kind}","data":{{"tls.crt":"bm8=","tls.key":"bm8="}}}}"#
        );
        found(&[(Source::TlsSecrets, &secret)])
    };
    assert_eq!(secret("kubernetes.io/tls"), [(Severity::Soon, "s".into())]);
    assert_eq!(secret("Opaque"), []);
}
