#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use serde_json::json;

fn id(kind: &str, group: &str) -> ObjectId {
    ObjectId {
        group: group.into(),
        kind: kind.into(),
        namespace: "shop".into(),
        name: "api".into(),
    }
}

fn writer(manager: &str, subresource: &str) -> Writer {
    Writer { manager: manager.into(), apply: false, subresource: subresource.into(), at: 0 }
}

fn added(path: Path) -> Change {
    Change { path, desired: None, live: Some(json!("x")) }
}

fn changed(path: Path) -> Change {
    Change { path, desired: Some(json!("w")), live: Some(json!("x")) }
}

fn why(rules: &Rules, kind: (&str, &str), change: &Change, by: Option<Writer>) -> Option<String> {
    rules
        .reason(&id(kind.0, kind.1), change, by.as_ref(), &json!({}))
        .map(|reason| reason.to_string())
}

#[test]
fn the_built_in_rules_are_read_and_named() {
    let file = parse(include_str!("noise.toml")).unwrap();
    let mut names: Vec<_> = file.rule.iter().map(|rule| rule.name.clone()).collect();
    assert!(names.len() > 25 && names.iter().all(|name| !name.is_empty()));
    assert!(file.rule.iter().all(|rule| !rule.reason.is_empty() && !rule.paths.is_empty()));
    names.sort();
    names.dedup();
    assert_eq!(names.len(), file.rule.len());
    assert_eq!(Rules::default(), Rules(file.rule));
}

#[test]
fn what_the_cluster_writes_is_explained_and_what_people_write_is_not() {
    let rules = Rules::default();
    let hook = ("MutatingWebhookConfiguration", "admissionregistration.k8s.io");
    let item = Step::Item(vec![("name".into(), json!("a.b.c"))]);
    let bundle = Path::of(&["webhooks"]).then(item).field("clientConfig").field("caBundle");
    assert!(why(&rules, hook, &changed(bundle.clone()), None).unwrap().contains("injected"));
    assert_eq!(why(&rules, ("Widget", ""), &changed(bundle), None), None);
    let revision = Path::of(&["metadata", "annotations", "deployment.kubernetes.io/revision"]);
    assert!(why(&rules, ("Deployment", "apps"), &added(revision.clone()), None).is_some());
    let replicas = Path::of(&["spec", "replicas"]);
    let deployment = ("Deployment", "apps");
    let scaled = changed(replicas.clone());
    let by = |manager, subresource| Some(writer(manager, subresource));
    assert!(why(&rules, deployment, &scaled, by("kube-controller-manager", "scale")).is_some());
    assert_eq!(why(&rules, deployment, &scaled, by("kubectl", "scale")), None);
    assert_eq!(why(&rules, deployment, &scaled, by("kube-controller-manager", "")), None);
    assert_eq!(why(&rules, deployment, &scaled, None), None);
    let address = Path::of(&["spec", "clusterIP"]);
    assert!(why(&rules, ("Service", ""), &added(address.clone()), None).is_some());
    assert_eq!(why(&rules, ("Service", ""), &changed(address), None), None);
    let restarted =
        ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"];
    let found = why(&rules, deployment, &added(Path::of(&restarted)), by("kubectl-rollout", ""));
    assert!(found.unwrap().contains("restart that was asked for"));
    let finalizer =
        Path::of(&["metadata", "finalizers"]).then(Step::Member(json!("finalizers.fluxcd.io")));
    assert!(
        why(&rules, ("HelmRelease", "helm.toolkit.fluxcd.io"), &added(finalizer), None).is_some()
    );
    let sidecar = Path::of(&["spec", "template", "spec", "containers"])
        .then(Step::Item(vec![("name".into(), json!("istio-proxy"))]));
    assert!(why(&rules, deployment, &added(sidecar), None).unwrap().contains("istio"));
}

#[test]
fn a_rule_may_ask_for_something_on_the_object() {
    let rules = Rules::default();
    let volume = Path::of(&["spec", "template", "spec", "volumes"])
        .then(Step::Item(vec![("name".into(), json!("vault-secrets"))]));
    let bare = json!({"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}});
    let marked = json!({"spec": {"template": {"metadata": {"annotations": {
        "vault.hashicorp.com/agent-inject": "true"}}}}});
    let reason =
        |live: &Value| rules.reason(&id("Deployment", "apps"), &added(volume.clone()), None, live);
    assert_eq!(reason(&bare), None);
    assert!(reason(&marked).is_some());
    let rule = changed(Path::of(&["rules"]).then(Step::At(0)).field("verbs"));
    let role = id("ClusterRole", "rbac.authorization.k8s.io");
    assert!(rules.reason(&role, &rule, None, &json!({"aggregationRule": {}})).is_some());
    assert_eq!(rules.reason(&role, &rule, None, &json!({})), None);
}

#[test]
fn a_persons_rules_come_first_and_can_drop_ours() {
    let text = "version = 1\noff = [\"restarted\"]\n\n[[rule]]\nkinds = [\"Deployment\"]\n\
        paths = [\"spec.replicas\"]\nreason = \"we scale by hand\"\n";
    let rules = Rules::read(text).unwrap();
    let replicas = changed(Path::of(&["spec", "replicas"]));
    let deployment = ("Deployment", "apps");
    assert_eq!(why(&rules, deployment, &replicas, None).unwrap(), "we scale by hand");
    assert_eq!(why(&rules, ("StatefulSet", "apps"), &replicas, None), None);
    let restarted =
        ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"];
    assert_eq!(why(&rules, deployment, &added(Path::of(&restarted)), None), None);
    assert_eq!(Rules::read("").unwrap(), Rules::default());
    for (text, line, what) in [
        ("version = 1\n[[rule]]\npaths = 5\nreason = \"x\"\n", 3, "expected"),
        ("[[rule]]\npaths = [\"a\"]\n", 1, "reason"),
        ("version = 2\n", 1, "version 2"),
        ("\noff = [\"nonsense\"]\n", 2, "nonsense"),
        ("[[rule]]\npath = [\"a\"]\nreason = \"x\"\n", 2, "path"),
    ] {
        let (at, said) = Rules::read(text).unwrap_err();
        assert!(at == line && said.contains(what), "{text}: {at} {said}");
    }
}

#[test]
fn what_is_named_on_the_command_line_is_ignored() {
    let image = Path::of(&["spec", "template", "spec", "containers"])
        .then(Step::Item(vec![("name".into(), json!("api"))]))
        .field("image");
    let hit = |pattern: &str, path: &Path| {
        let rules = Rules::none().ignoring(&[pattern.to_owned()]).unwrap();
        why(&rules, ("Deployment", "apps"), &changed(path.clone()), None).is_some()
    };
    for pattern in [
        "spec",
        "spec.template.spec.containers[name=api].image",
        "spec.template.spec.containers[api]",
        "spec.template.spec.containers[*].image",
        "*.image",
        "Deployment:spec.template",
        "deployment.apps:spec",
        "Deployment/api:spec",
        "Deployment/a*:*",
        "/spec/template",
    ] {
        assert!(hit(pattern, &image), "{pattern}");
    }
    for pattern in [
        "spec.templ",
        "image",
        "spec.template.spec.containers[web].image",
        "StatefulSet:spec",
        "Deployment/web:spec",
        "deployment.example.com:spec",
    ] {
        assert!(!hit(pattern, &image), "{pattern}");
    }
    let note = Path::of(&["metadata", "annotations", "a.b/c"]);
    for pattern in [
        "metadata.annotations[\"a.b/c\"]",
        "metadata.annotations.a.b/c",
        "/metadata/annotations/a.b~1c",
    ] {
        assert!(hit(pattern, &note), "{pattern}");
    }
    assert!(Rules::none().ignoring(&["Deployment:".to_owned()]).is_err());
    assert!(Rules::none().ignoring(&[String::new()]).is_err());
}
