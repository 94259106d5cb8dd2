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

#[test]
fn a_credential_that_ends_soon_is_said_where_nothing_renews_it() {
    let at = |ends| {
        let survey = Survey::new(Some(Credential { context: "prod".into(), ends }));
        judge(&survey, 1_000_000).into_iter().map(|one| one.severity).collect::<Vec<_>>()
    };
    assert_eq!(at(1_000_000 - 60), [Severity::Serious]);
    assert_eq!(at(1_000_000 + 3 * 3600), [Severity::Serious]);
    assert_eq!(at(1_000_000 + 48 * 3600), [Severity::Soon]);
    assert_eq!(at(1_000_000 + 100 * 3600), []);
    assert_eq!(judge(&Survey::new(None), 0), []);
}

#[test]
fn volumes_that_fill_up_are_told_once_by_the_fullest_view() {
    let pod = r#"{"metadata":{"name":"db-0","namespace":"data"},"spec":{"nodeName":"n1","volumes":[{"persistentVolumeClaim":{"claimName":"pg"}}]}}"#;
    let other = r#"{"metadata":{"name":"web","namespace":"shop"},"spec":{"nodeName":"n2","volumes":[{"emptyDir":{}}]}}"#;
    let mut survey = Survey::default();
    survey.take(Source::Pods, &format!(r#"{{"items":[{pod},{other}]}}"#)).unwrap();
    assert_eq!(survey.nodes_with_claims(), ["n1"]);
    let summary = |used: u64, inodes: u64| {
        format!(
            r#"{{"pods":[{{"volume":[{{"name":"data","pvcRef":{{"name":"pg","namespace":"data"}},"usedBytes":{used},"capacityBytes":100,"inodesUsed":{inodes},"inodes":100}},{{"name":"tmp","usedBytes":99,"capacityBytes":100}}]}}]}}"#
        )
    };
    survey.take_usage(&summary(50, 50)).unwrap();
    assert_eq!(judge(&survey, 0), []);
    survey.take_usage(&summary(85, 1)).unwrap();
    let found = judge(&survey, 0);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].severity, found[0].name.as_str()), (Severity::Soon, "pg"));
    survey.take_usage(&summary(1, 95)).unwrap();
    let found = judge(&survey, 0);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Serious));
    assert!(found[0].words.starts_with("95 % of its inodes"), "{}", found[0].words);
    assert!(survey.take_usage("no").is_err());
}

#[test]
fn a_tag_with_two_digests_names_the_odd_one_out() {
    let pod = |name: &str, image: &str, digest: &str, state: &str| {
        format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"shop"}},"status":{{"containerStatuses":[{{"image":"{image}","imageID":"repo@{digest}","state":{{"{state}":{{}}}}}}]}}}}"#
        )
    };
    let two = |image: &str, state: &str| {
        let all = [
            pod("a", image, "sha256:aaaa", "running"),
            pod("b", image, "sha256:aaaa", "running"),
            pod("c", image, "sha256:bbbb", state),
        ];
        found(&[(Source::Pods, &all.join(","))])
    };
    assert_eq!(two("repo/api:latest", "running"), [(Severity::Soon, "c".into())]);
    assert_eq!(two("repo/api:latest", "terminated"), []);
    assert_eq!(two("repo/api@sha256:cccc", "running"), []);
}

#[test]
fn what_no_controller_has_seen_for_long_is_said() {
    // Judged at the beginning of 1970, seconds after the change or an hour later.
    let deployment = |seen: &str, more: &str| {
        format!(
            r#"{{"metadata":{{"name":"d","namespace":"n","generation":3,"creationTimestamp":"1970-01-01T00:00:00Z","managedFields":[{{"time":"1970-01-01T00:01:00Z"}},{{"time":"1970-01-01T00:59:59Z","subresource":"status"}}]{more}}},"status":{seen}}}"#
        )
    };
    let at = |source: Source, json: &str, now: i64| {
        let mut survey = Survey::default();
        survey.take(source, &format!(r#"{{"items":[{json}]}}"#)).unwrap();
        judge(&survey, now).into_iter().map(|one| one.words).collect::<Vec<_>>()
    };
    let behind = deployment(r#"{"observedGeneration":2}"#, "");
    assert_eq!(at(Source::Deployments, &behind, 70), Vec::<String>::new());
    let words = at(Source::Deployments, &behind, 3600);
    assert!(words.len() == 1 && words[0].contains("generation 3, seen 2"), "{words:?}");
    let level = deployment(r#"{"observedGeneration":3}"#, "");
    assert_eq!(at(Source::StatefulSets, &level, 3600), Vec::<String>::new());
    let going =
        deployment(r#"{"observedGeneration":2}"#, r#","deletionTimestamp":"1970-01-01T00:02:00Z""#);
    assert_eq!(at(Source::DaemonSets, &going, 3600), Vec::<String>::new());
    // Of what has no generation in its status, conditions tell.
    let condition = deployment(r#"{"conditions":[{"type":"Ready","observedGeneration":3}]}"#, "");
    assert_eq!(at(Source::Certificates, &condition, 3600), Vec::<String>::new());
    let untouched = at(Source::Kustomizations, &deployment("null", ""), 3600);
    assert!(untouched.len() == 1 && untouched[0].contains("no controller has touched it"));
    let suspended = r#"{"metadata":{"name":"k","generation":3,"creationTimestamp":"1970-01-01T00:00:00Z"},"spec":{"suspend":true}}"#;
    assert_eq!(at(Source::Kustomizations, suspended, 3600), Vec::<String>::new());
}

#[test]
fn a_lease_that_nobody_renews_is_said_but_not_those_of_nodes_or_given_up() {
    let lease = |name: &str, namespace: &str, holder: &str| {
        let lease = format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"{namespace}"}},"spec":{{"holderIdentity":"{holder}","leaseDurationSeconds":15,"renewTime":"1970-01-01T00:00:00.000000Z"}}}}"#
        );
        let mut survey = Survey::default();
        survey.take(Source::Leases, &format!(r#"{{"items":[{lease}]}}"#)).unwrap();
        let at = |now| judge(&survey, now).into_iter().map(|one| one.severity).collect::<Vec<_>>();
        (at(60), at(3600), at(100 * 24 * 3600))
    };
    let none: Vec<Severity> = Vec::new();
    let vital = lease("kube-scheduler", "kube-system", "me");
    assert_eq!(vital, (none.clone(), vec![Severity::Serious], none.clone()));
    assert_eq!(lease("flux", "flux-system", "me").1, [Severity::Soon]);
    assert_eq!(lease("n1", "kube-node-lease", "n1").1, none);
    assert_eq!(lease("flux", "flux-system", "").1, none);
}

#[test]
fn lists_are_asked_for_where_they_are_served() {
    let catalogue = crate::model::Catalogue::new(crate::kinds::builtin::resources());
    let served: Vec<Source> = Source::served(&catalogue).collect();
    assert!(served.contains(&Source::Pods) && served.contains(&Source::Leases), "{served:?}");
    assert!(!served.contains(&Source::Kustomizations), "{served:?}");
    assert_eq!(Source::HelmReleases.gvr().to_string(), "helm.toolkit.fluxcd.io/v2/helmreleases");
}
