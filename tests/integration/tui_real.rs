//! The program in a terminal, on a real control plane.

use crate::get::{fill, identities, row_identities};
use crate::support::api::{Api, Write};
use crate::support::control_plane::{ControlPlane, Options};
use crate::support::screen::{Screen, Session};
use crate::support::{trials, wait};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::time::Instant;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("real::a_deployment_is_browsed_and_a_pod_replaced", browse_and_replace),
        trials::on_shared("real::a_guest_sees_his_namespace_and_why_not_more", a_guest),
        trials::on_own(
            "real::killed_and_restarted_rows_stay_and_are_live_again",
            Options::bare(),
            outage,
        ),
        trials::on_own(
            "real::rows_are_right_after_changes_and_an_outage",
            Options::bare(),
            changes_and_outage,
        ),
        trials::on_own("real::new_kinds_appear_without_a_restart", Options::bare(), new_kinds),
    ]
}

fn deployment(name: &str, replicas: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": { "containers": [{ "name": "main", "image": "registry.example.com/main:1" }] },
            },
        },
    })
}

fn browse_and_replace(plane: &ControlPlane) {
    let api = plane.namespace("browse");
    api.create("/apis/apps/v1/namespaces/browse/deployments", &deployment("web", 3));
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", "browse", "-c", "deploy"]).start();
    // The row moves by itself until the rollout is done.
    screen.wait_until("3/3", |text| text.contains("web") && text.contains("3/3"));
    screen.press("<enter>");
    screen.wait_until("its pods", |text| {
        text.contains("pods(browse)")
            && text.lines().filter(|line| line.contains("Running")).count() == 3
    });
    screen.press("<enter>");
    screen.wait_until("its container", |text| {
        text.contains("containers(") && text.lines().any(|line| line.contains("▸ main"))
    });
    screen.press("q");
    screen.wait_gone("containers(");
    screen.press("y");
    screen.wait_for("generateName: web-");
    screen.press("q");
    screen.wait_gone("generateName");

    // Dry run first: the pod is still there afterwards.
    let victim = screen.selected().split_whitespace().next().unwrap().to_owned();
    screen.press("<ctrl-d>");
    screen.wait_for("> Cancel <");
    screen.press("d <tab>");
    screen.wait_for("> Ask the server <");
    screen.press("<enter>");
    screen.wait_for("dry run: the server would accept it");
    api.get(&format!("/api/v1/namespaces/browse/pods/{victim}"));
    // Really: followed until it is gone, and its successor appears.
    screen.press("<ctrl-d>");
    screen.wait_for("> Cancel <");
    screen.press("<tab>");
    screen.wait_for("> Delete <");
    screen.press("<enter>");
    screen.wait_for("gone after");
    screen.wait_until("its successor", |text| {
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('│')).collect();
        rows.iter().filter(|row| row.contains("Running")).count() == 3
            && !rows.iter().any(|row| row.contains(&victim))
    });
    screen.leave();
}

fn a_guest(plane: &ControlPlane) {
    let api = plane.namespace("guest");
    plane.namespace("secret");
    api.create("/apis/apps/v1/namespaces/guest/deployments", &deployment("mine", 1));
    api.create("/apis/apps/v1/namespaces/secret/deployments", &deployment("theirs", 1));
    let role = json!({
        "metadata": { "name": "look" },
        "rules": [{ "apiGroups": ["", "apps"], "resources": ["pods", "deployments"], "verbs": ["get", "list", "watch"] }],
    });
    let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/guest";
    api.create(&format!("{rbac}/roles"), &role);
    let binding = json!({
        "metadata": { "name": "look" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "look" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "guest" }],
    });
    api.create(&format!("{rbac}/rolebindings"), &binding);

    let kubeconfig = plane.kubeconfig_in("guest", "guest");
    let mut screen = Session::on(&kubeconfig, &["-c", "deploy"]).size(160, 40).start();
    screen.wait_until("his deployment", |text| text.contains("mine") && text.contains("live"));
    // Why not: the server's own words, before anything is sent.
    screen.press("<ctrl-d>");
    let text = screen.wait_for("no permission: delete deployments");
    assert!(text.contains("Cancel"), "{text}");
    screen.press("<tab> <enter>");
    screen.press("q");
    screen.wait_gone("Cancel");
    api.get("/apis/apps/v1/namespaces/guest/deployments/mine");
    // All namespaces are refused: the context's own is shown, and it is said that this is not all.
    screen.command("deploy -A");
    let text = screen.wait_until("his own among all", |text| {
        text.contains("mine") && text.contains("deployments(all namespaces)")
    });
    assert!(!text.contains("theirs"), "{text}");
    screen.command("messages");
    screen.wait_for("only guest shown");
    // A kind he may not list at all.
    screen.command("secrets");
    screen.wait_for("no permission");
    screen.leave();
}

/// Rows saved from the running UI, as soon as they are the server's; how they differ otherwise.
fn assert_rows_are_the_servers(screen: &mut Screen, api: &Api) {
    wait::until("the rows to be the server's", || {
        let ours = row_identities(&screen.save_rows());
        let theirs = identities(&api.get("/api/v1/pods"));
        if ours == theirs {
            return Ok(());
        }
        let only = |a: &[[String; 4]], b: &[[String; 4]]| {
            let rest: Vec<_> = a.iter().filter(|row| !b.contains(row)).take(5).cloned().collect();
            format!("{rest:?}")
        };
        Err(format!("only ours {}\nonly theirs {}", only(&ours, &theirs), only(&theirs, &ours)))
    });
}

fn outage(plane: &mut ControlPlane) {
    let api = plane.api();
    fill(&api, &["red", "blue"], 150);
    let mut screen = Session::on(&plane.kubeconfig("admin"), &["-A", "-c", "pods -A"]).start();
    screen.wait_until("all rows, live", |text| text.contains("[300]") && text.contains("● live"));
    plane.stop_apiserver();
    screen.wait_until("stale", |text| text.contains("stale") && !text.contains("● live"));
    let text = screen.text();
    assert!(text.contains("[300]") && text.contains("pod-0001"), "rows stay:\n{text}");
    // One can go on looking around.
    screen.press("G");
    screen.wait_for("pod-0149");
    screen.press("/");
    screen.type_text("pod-0007");
    screen.press("<enter>");
    screen.wait_for("[2 of 300]");
    plane.start_apiserver();
    let answered = Instant::now();
    screen.wait_for("● live");
    println!("live again {} ms after the API server answered", answered.elapsed().as_millis());
    screen.press("<esc>");
    screen.wait_for("[300]");
    // It is live and does not only say so.
    let api = plane.api();
    api.create(
        "/api/v1/namespaces/red/pods",
        &json!({ "metadata": { "name": "newcomer" }, "spec": { "containers": [{ "name": "c", "image": "i" }] } }),
    );
    screen.wait_for("[301]");
    assert_rows_are_the_servers(&mut screen, &api);
    screen.leave();
}

/// A small generator: the same changes in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// One lot of random changes: pods come, go, change labels, status, and are replaced by namesakes.
fn change(api: &Api, dice: &mut Dice, alive: &mut Vec<String>, born: &mut usize, count: usize) {
    let pods = "/api/v1/namespaces/churn/pods";
    let pod = |name: &str| json!({ "metadata": { "name": name }, "spec": { "containers": [{ "name": "c", "image": "i" }] } });
    // A lot is written at once: no two changes of one lot are of the same pod.
    let mut touched = std::collections::BTreeSet::new();
    let mut lot = Vec::new();
    let mut again = Vec::new();
    while lot.len() + again.len() < count {
        match dice.roll(10) {
            0 | 1 => {
                *born += 1;
                let name = format!("born-{born:05}");
                lot.push(Write::create(pods, pod(&name)));
                touched.insert(name.clone());
                alive.push(name);
            }
            2 if alive.len() > 50 => {
                let at = dice.roll(alive.len());
                if touched.insert(alive[at].clone()) {
                    lot.push(Write::delete(format!("{pods}/{}", alive.swap_remove(at))));
                }
            }
            3 => {
                let name = alive[dice.roll(alive.len())].clone();
                if touched.insert(name.clone()) {
                    lot.push(Write::delete(format!("{pods}/{name}")));
                    again.push(Write::create(pods, pod(&name)));
                }
            }
            kind => {
                let name = alive[dice.roll(alive.len())].clone();
                if touched.insert(name.clone()) {
                    let value = dice.roll(1_000_000);
                    lot.push(if kind % 2 == 0 {
                        let status = json!({ "status": { "phase": "Running", "podIP": format!("10.0.{}.{}", value % 256, value / 256 % 256) } });
                        Write::merge(format!("{pods}/{name}/status"), status)
                    } else {
                        Write::merge(format!("{pods}/{name}"), json!({ "metadata": { "labels": { "n": value.to_string() } } }))
                    });
                }
            }
        }
    }
    api.all(lot);
    api.all(again);
}

fn changes_and_outage(plane: &mut ControlPlane) {
    let api = plane.api();
    api.create("/api/v1/namespaces", &json!({ "metadata": { "name": "churn" } }));
    let (mut dice, mut alive, mut born) = (Dice(7), Vec::new(), 0);
    let seeds = (0..200).map(|i| format!("seed-{i:04}"));
    api.all(seeds.map(|name| {
        let pod = json!({ "metadata": { "name": &name }, "spec": { "containers": [{ "name": "c", "image": "i" }] } });
        alive.push(name);
        Write::create("/api/v1/namespaces/churn/pods", pod)
    }));
    let mut screen = Session::on(&plane.kubeconfig("admin"), &["-A", "-c", "pods -A"]).start();
    screen.wait_for("[200]");
    // 2,000 changes while the person moves about, sorts, filters and leaves and comes back.
    for lot in 0..10 {
        change(&api, &mut dice, &mut alive, &mut born, 100);
        screen.press(["j j j", "G", "g", "A", "N", "k", "<ctrl-w>", "<ctrl-w>", "j", "g"][lot]);
        if lot == 5 {
            screen.command("ns");
            screen.wait_for("namespaces[");
            screen.command("pods -A");
            screen.wait_for("pods(all namespaces)");
        }
    }
    plane.stop_apiserver();
    screen.wait_for("stale");
    plane.start_apiserver();
    let api = plane.api();
    // The rest while it finds its way back.
    for _ in 0..10 {
        change(&api, &mut dice, &mut alive, &mut born, 100);
    }
    screen.wait_for("● live");
    assert_rows_are_the_servers(&mut screen, &api);
    screen.leave();
}

fn new_kinds(plane: &mut ControlPlane) {
    let api = plane.api();
    let mut screen = Session::on(&plane.kubeconfig("admin"), &["-A", "-c", "ns"]).start();
    screen.wait_for("kube-system");
    let crd = json!({
        "metadata": { "name": "gadgets.example.com" },
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": { "plural": "gadgets", "singular": "gadget", "kind": "Gadget", "listKind": "GadgetList" },
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } },
                "additionalPrinterColumns": [{ "name": "Colour", "type": "string", "jsonPath": ".spec.colour" }],
            }],
        },
    });
    crate::oracle::kinds::establish(&api, &crd);
    let gadget = json!({ "apiVersion": "example.com/v1", "kind": "Gadget", "metadata": { "name": "first" }, "spec": { "colour": "teal" } });
    api.create("/apis/example.com/v1/namespaces/default/gadgets", &gadget);
    // It becomes known by itself; until then the command line says that there is no such kind.
    wait::until("the new kind", || {
        screen.type_command("gadgets -A");
        screen.press("<enter>");
        let text = screen.wait_until("an answer", |text| {
            text.contains("teal") || text.contains("no kind called")
        });
        if text.contains("teal") {
            return Ok(());
        }
        screen.press("<esc>");
        screen.wait_gone(":gadgets");
        Err(text)
    });
    assert!(screen.text().contains("COLOUR"), "{}", screen.text());
    screen.leave();
}
