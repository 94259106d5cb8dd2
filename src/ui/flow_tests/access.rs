//! Who may do what.

use super::fixture::Fixture;
use crate::model::{Change, SubEvent, WatchState};
use crate::model::{Fault, FaultKind};
use crate::ui::Msg;
use serde_json::{Value, json};

const API: &str = "rbac.authorization.k8s.io/v1";

fn role(kind: &str, namespace: Option<&str>, name: &str, rules: Value) -> Value {
    json!({"apiVersion": API, "kind": kind, "rules": rules,
        "metadata": {"name": name, "namespace": namespace}})
}

fn binding(
    kind: &str,
    namespace: Option<&str>,
    name: &str,
    role: (&str, &str),
    to: Value,
) -> Value {
    json!({"apiVersion": API, "kind": kind, "subjects": to,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role.0, "name": role.1},
        "metadata": {"name": name, "namespace": namespace}})
}

fn shop() -> Fixture {
    let mut f = Fixture::new();
    let mut put = |plural: &str, objects: Vec<Value>| {
        f.objects.insert(("dev".to_owned(), plural.to_owned()), objects);
    };
    put(
        "clusterroles",
        vec![
            role(
                "ClusterRole",
                None,
                "admin-of-all",
                json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]),
            ),
            role(
                "ClusterRole",
                None,
                "pods",
                json!([{"verbs": ["get", "list", "delete"], "apiGroups": [""], "resources": ["pods", "pods/log"]}]),
            ),
        ],
    );
    put(
        "roles",
        vec![role(
            "Role",
            Some("shop"),
            "db",
            json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["db"]}]),
        )],
    );
    put(
        "clusterrolebindings",
        vec![binding(
            "ClusterRoleBinding",
            None,
            "admins",
            ("ClusterRole", "admin-of-all"),
            json!([{"kind": "Group", "name": "platform"}]),
        )],
    );
    put(
        "rolebindings",
        vec![
            binding(
                "RoleBinding",
                Some("shop"),
                "pods",
                ("ClusterRole", "pods"),
                json!([{"kind": "Group", "name": "system:serviceaccounts:shop"}, {"kind": "User", "name": "jane"}]),
            ),
            binding(
                "RoleBinding",
                Some("shop"),
                "db",
                ("Role", "db"),
                json!([{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]),
            ),
        ],
    );
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": "shop"}});
    put("serviceaccounts", vec![account]);
    f
}

#[test]
fn enter_on_an_account_shows_what_it_may_do_and_where_that_comes_from() {
    let mut f = shop();
    f.go("sa shop").press("enter");
    let screen = f.screen();
    assert!(screen.contains("what ServiceAccount/shop/web may do"), "{screen}");
    for words in [
        "in shop (3)",
        "pods               get list delete",
        "ClusterRole/pods by RoleBinding/pods, as one of system:serviceaccounts:shop",
        "secrets only \"db\"",
        "Role/db by RoleBinding/db",
    ] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    // Enter goes to the binding, and from there to the subjects and the role.
    f.press("/").type_in("secrets").press("enter j enter");
    let screen = f.screen();
    assert!(screen.contains("whom RoleBinding/db gives what"), "{screen}");
    assert!(screen.contains("who gets it (1)") && screen.contains("Role/db"), "{screen}");
    // Its first line is the object itself.
    f.press("g enter");
    assert!(f.selected().contains("db") && f.screen().contains("rolebindings("), "{}", f.screen());
}

#[test]
fn who_may_do_what_with_a_pod_by_verb_and_live() {
    let mut f = shop();
    f.go("pods shop").press("alt-w");
    let screen = f.screen();
    assert!(screen.contains("who may do what with Pod/"), "{screen}");
    assert!(screen.contains("get (4)"), "{screen}");
    assert!(screen.contains("Group/platform") && screen.contains("User/jane"), "{screen}");
    assert!(screen.contains("in shop") && screen.contains("everywhere"), "{screen}");
    // From part to part.
    f.press("tab");
    assert!(f.selected().contains("list (4)"), "{}", f.screen());
    f.press("/").type_in("jane").press("enter");
    assert!(!f.screen().contains("platform"), "{}", f.screen());
    f.press("esc g j enter");
    assert!(f.screen().contains("what Group/platform may do"), "{}", f.screen());
    assert!(f.screen().contains("everything  every verb"), "{}", f.screen());
    f.press("q");
    let sub = f.ui.subs.iter().find(|(_, sub)| sub.need.gvr.plural == "rolebindings").unwrap().0;
    let key = crate::model::Key { namespace: "shop".into(), name: "pods".into() };
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes: vec![Change::Delete(key)] }));
    assert!(!f.screen().contains("jane"), "{}", f.screen());
}

#[test]
fn the_command_line_asks_about_anybody_and_anything() {
    let mut f = shop();
    f.go("access user/jane");
    assert!(f.screen().contains("what User/jane may do"), "{}", f.screen());
    f.go("access delete pods");
    assert!(f.screen().contains("who may delete pods"), "{}", f.screen());
    assert!(f.screen().contains("User/jane"), "{}", f.screen());
    f.go("access clusterrole/pods");
    let screen = f.screen();
    assert!(screen.contains("what ClusterRole/pods allows"), "{screen}");
    assert!(screen.contains("who has it (2)") && screen.contains("pods/log"), "{screen}");
    f.go("access nodes");
    assert!(f.screen().contains("who may do what with nodes"), "{}", f.screen());
    for (line, why) in [
        ("access", "about whom or what?"),
        ("access nonsense", "no kind called"),
        ("access get nonsense", "no kind called"),
        ("access a b c", "too many words"),
    ] {
        f.go(line);
        let said = f.ui.messages.all().last().map(|message| message.text.clone());
        assert!(said.as_ref().is_some_and(|text| text.contains(why)), "{line}: {said:?}");
        f.press("esc");
    }
}

#[test]
fn lists_that_may_not_be_read_make_the_page_incomplete_and_it_says_so() {
    let mut f = shop();
    f.answers = false;
    f.go("access user/jane");
    assert!(f.screen().contains("reading roles and bindings"), "{}", f.screen());
    let subs: Vec<_> =
        f.ui.subs
            .iter()
            .filter(|(_, sub)| sub.need.facet == crate::model::Facet::Rules)
            .map(|(id, _)| id)
            .collect();
    assert_eq!(subs.len(), 4);
    for sub in subs {
        let fault = Fault::new(FaultKind::Forbidden, "list", "no");
        f.msg(Msg::Sub(sub, SubEvent::State { part: 0, state: WatchState::Denied(fault) }));
    }
    assert!(f.screen().contains("not allowed to read clusterroles, roles"), "{}", f.screen());
    assert!(f.screen().contains("nothing: no binding says so"), "{}", f.screen());
}
