#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use serde_json::{Value, json};

fn policy() -> Policy {
    let mut policy = Policy::default();
    let mut put = |source, namespace: &str, name: &str, said: Value| {
        policy.set(source, namespace, name, Some(&said.to_string())).unwrap();
    };
    let rule = |verbs: &[&str], groups: &[&str], resources: &[&str]| json!({"verbs": verbs, "apiGroups": groups, "resources": resources});
    put(
        Source::ClusterRoles,
        "",
        "cluster-admin",
        json!({"rules": [rule(&["*"], &["*"], &["*"]), {"verbs": ["*"], "nonResourceURLs": ["*"]}]}),
    );
    let view = rule(&["get", "list"], &["", "apps"], &["pods", "deployments"]);
    put(Source::ClusterRoles, "", "view-part", json!({"rules": [view], "labels": "to-view=true"}));
    put(
        Source::ClusterRoles,
        "",
        "view",
        json!({"rules": [view, rule(&["watch"], &[""], &["pods"])], "aggregates": ["to-view=true"]}),
    );
    put(
        Source::ClusterRoles,
        "",
        "metrics",
        json!({"rules": [{"verbs": ["get"], "nonResourceURLs": ["/metrics", "/healthz/*"]}]}),
    );
    put(
        Source::Roles,
        "shop",
        "one-secret",
        json!({"rules": [{"verbs": ["get", "delete"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["db"]}]}),
    );
    put(
        Source::Roles,
        "shop",
        "scaler",
        json!({"rules": [rule(&["patch"], &["*"], &["*/scale"]), rule(&["create"], &[""], &["pods/exec"])]}),
    );
    let bind = |role: (&str, &str), subjects: Value| json!({"roleRef": {"kind": role.0, "name": role.1}, "subjects": subjects});
    put(
        Source::ClusterRoleBindings,
        "",
        "admins",
        bind(
            ("ClusterRole", "cluster-admin"),
            json!([{"kind": "Group", "name": "system:masters"}, {"kind": "User", "name": "root"}]),
        ),
    );
    put(
        Source::ClusterRoleBindings,
        "",
        "everybody-sees-metrics",
        bind(
            ("ClusterRole", "metrics"),
            json!([{"kind": "Group", "name": "system:authenticated"}]),
        ),
    );
    put(
        Source::RoleBindings,
        "shop",
        "viewers",
        bind(
            ("ClusterRole", "view"),
            json!([{"kind": "Group", "name": "system:serviceaccounts:shop"}, {"kind": "User", "name": "jane"}]),
        ),
    );
    put(
        Source::RoleBindings,
        "shop",
        "db",
        bind(("Role", "one-secret"), json!([{"kind": "ServiceAccount", "name": "web"}])),
    );
    put(
        Source::RoleBindings,
        "shop",
        "scalers",
        bind(
            ("Role", "scaler"),
            json!([{"kind": "ServiceAccount", "name": "ci", "namespace": "build"}, {"kind": "User", "name": "system:serviceaccount:shop:robot"}]),
        ),
    );
    put(
        Source::RoleBindings,
        "shop",
        "broken",
        bind(("Role", "not-there"), json!([{"kind": "User", "name": "jane"}])),
    );
    policy
}

fn ask(verb: &str, what: &str, namespace: &str) -> Question {
    if what.starts_with('/') {
        return Question::Path { verb: verb.into(), path: what.into() };
    }
    let (what, name) = what.split_once(':').unwrap_or((what, ""));
    let (left, subresource) = what.split_once('/').unwrap_or((what, ""));
    let (resource, group) = left.split_once('.').unwrap_or((left, ""));
    Question::Objects {
        verb: verb.into(),
        group: group.into(),
        resource: resource.into(),
        subresource: subresource.into(),
        namespace: namespace.into(),
        name: name.into(),
    }
}

#[test]
fn rules_are_judged_as_the_server_judges_them() {
    let policy = policy();
    let subject = |text: &str| Subject::parse(text, "").unwrap();
    for (who, verb, what, namespace, yes) in [
        ("user/root", "delete", "nodes", "", true),
        ("user/root", "get", "/anything", "", true),
        ("group/system:masters", "delete", "nodes", "", true),
        ("user/jane", "list", "pods", "shop", true),
        ("user/jane", "list", "deployments.apps", "shop", true),
        ("user/jane", "list", "deployments", "shop", true),
        ("user/jane", "list", "pods", "", false),
        ("user/jane", "list", "pods", "other", false),
        ("user/jane", "delete", "pods", "shop", false),
        ("user/jane", "get", "pods/log", "shop", false),
        ("user/jane", "get", "/metrics", "", true),
        ("user/jane", "get", "/metrics/cadvisor", "", false),
        ("user/jane", "get", "/healthz/etcd", "", true),
        ("user/jane", "post", "/healthz/etcd", "", false),
        ("sa/shop/web", "get", "secrets:db", "shop", true),
        ("sa/shop/web", "get", "secrets:other", "shop", false),
        ("sa/shop/web", "get", "secrets", "shop", false),
        ("sa/shop/web", "list", "secrets", "shop", false),
        ("sa/shop/web", "watch", "pods", "shop", true),
        ("sa/other/web", "get", "secrets:db", "shop", false),
        ("sa/build/ci", "patch", "deployments.apps/scale", "shop", true),
        ("sa/build/ci", "patch", "deployments.apps", "shop", false),
        ("sa/build/ci", "create", "pods/exec", "shop", true),
        ("sa/build/ci", "create", "pods", "shop", false),
        ("sa/shop/robot", "create", "pods/exec", "shop", true),
        ("user/system:serviceaccount:shop:web", "get", "secrets:db", "shop", true),
        ("user/system:anonymous", "get", "/metrics", "", false),
        ("group/system:authenticated", "get", "/metrics", "", true),
    ] {
        let question = ask(verb, what, namespace);
        assert_eq!(
            policy.allows(&subject(who), &question),
            yes,
            "{who} {verb} {what} {namespace:?}"
        );
    }
}

#[test]
fn a_subject_has_its_rights_by_binding_group_and_aggregated_role() {
    let policy = policy();
    let web = Subject::account("shop", "web");
    let told: Vec<String> = allowed(&policy, &web)
        .iter()
        .map(|one| {
            format!(
                "{}|{}|{:?}|{}|{}|{}|{}",
                one.namespace,
                one.what,
                one.names,
                one.verbs.join(" "),
                one.binding.unwrap(),
                one.group.as_deref().unwrap_or("-"),
                one.from.map_or_else(|| "-".to_owned(), ToString::to_string)
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "|/healthz/*|[]|get|ClusterRoleBinding/everybody-sees-metrics|system:authenticated|-",
            "|/metrics|[]|get|ClusterRoleBinding/everybody-sees-metrics|system:authenticated|-",
            "shop|deployments|[]|get list|RoleBinding/viewers|system:serviceaccounts:shop|ClusterRole/view-part",
            "shop|deployments.apps|[]|get list|RoleBinding/viewers|system:serviceaccounts:shop|ClusterRole/view-part",
            "shop|pods|[]|get list watch|RoleBinding/viewers|system:serviceaccounts:shop|-",
            "shop|pods.apps|[]|get list|RoleBinding/viewers|system:serviceaccounts:shop|ClusterRole/view-part",
            "shop|secrets|[\"db\"]|get delete|RoleBinding/db|-|-",
        ]
    );
}

#[test]
fn who_may_names_everybody_with_the_binding_and_the_names() {
    let policy = policy();
    let who = |question: &Question, anywhere| -> Vec<String> {
        policy
            .who(question, anywhere)
            .iter()
            .map(|grant| format!("{} {} {:?}", grant.subject, grant.binding.unwrap(), grant.names))
            .collect()
    };
    assert_eq!(
        who(&ask("get", "secrets", "shop"), false),
        [
            "User/root ClusterRoleBinding/admins []",
            "Group/system:masters ClusterRoleBinding/admins []",
            "ServiceAccount/shop/web RoleBinding/db [\"db\"]",
        ]
    );
    assert_eq!(who(&ask("get", "secrets:other", "shop"), false).len(), 2);
    assert_eq!(who(&ask("get", "secrets", "other"), false).len(), 2);
    assert_eq!(who(&ask("get", "secrets", ""), true).len(), 3);
}

#[test]
fn masters_are_named_even_where_no_binding_does() {
    let grants = Policy::default();
    let grants = grants.who(&ask("get", "pods", "shop"), false);
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[0].subject, Subject::group("system:masters"));
}

#[test]
fn what_is_changed_or_gone_is_forgotten() {
    let mut policy = policy();
    let jane = Subject::user("jane");
    assert!(policy.allows(&jane, &ask("get", "pods", "shop")));
    policy.set(Source::RoleBindings, "shop", "viewers", None).unwrap();
    assert!(!policy.allows(&jane, &ask("get", "pods", "shop")));
    assert!(policy.set(Source::RoleBindings, "shop", "scalers", Some("nonsense")).is_err());
    assert!(!policy.allows(&Subject::account("build", "ci"), &ask("create", "pods/exec", "shop")));
}

#[test]
fn subjects_are_read_as_people_write_them() {
    assert_eq!(Subject::parse("sa/web", "shop").unwrap(), Subject::account("shop", "web"));
    assert_eq!(Subject::parse("ServiceAccount/a/b", "").unwrap(), Subject::account("a", "b"));
    assert_eq!(Subject::parse("user/a/b", "").unwrap(), Subject::user("a/b"));
    for wrong in ["jane", "user/", "sa//x", "pods/x"] {
        assert!(Subject::parse(wrong, "").is_err(), "{wrong}");
    }
}
