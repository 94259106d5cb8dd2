//! A push, and what comes of it: the app is out of sync, somebody syncs it, and watches its pods until they
//! are ready. The real controllers of Argo CD do the work.

use super::{ended, run};
use crate::engines::manifests::web;
use crate::support::command::Running;
use crate::support::engines::Argo;
use crate::support::screen::Session;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_argo("scenes::a_push_is_synced_and_its_pods_are_watched", pushed)]
}

fn pushed(argo: &Argo) {
    let name = "scene-pushed";
    let repository = argo.repository(name);
    repository.commit(&[("web.yaml", &web(3, "web:1"))]);
    argo.create(name, &repository, &json!({ "syncPolicy": { "automated": {} } }));
    argo.until_status(name, "Synced", "Healthy");
    // From now on by hand.
    argo.patch(name, &json!({ "spec": { "syncPolicy": null } }));

    let config = argo.plane.kubeconfig("admin");
    let mut screen = Session::on(&config, &["-n", "argocd"]).at_home().size(180, 45).start();
    screen.select(name);
    screen.wait_until("it to be in sync", |text| {
        text.lines().any(|line| line.contains(name) && line.contains("Synced"))
    });

    // The push.
    let second = repository.commit(&[("web.yaml", &web(3, "web:2-slow"))]);
    argo.refresh(name);
    screen.wait_until("it to be out of sync", |text| {
        text.lines().any(|line| {
            line.contains(name) && line.contains("OutOfSync") && line.contains(&second[..7])
        })
    });
    let image = |image: &str| {
        let web = argo.api.get(&format!("/apis/apps/v1/namespaces/{name}/deployments/web"));
        web["spec"]["template"]["spec"]["containers"][0]["image"]
            == format!("registry.example.com/{image}")
    };
    assert!(image("web:1"), "nothing happens by itself");

    // A colleague's terminal tells every step meanwhile.
    let watch = ["rollout", "watch", "deploy/web", "-n", name, "--timeout", "60s"];
    ended(&run(&argo.plane, &watch), 0, &["rolled out: 3 available"]);

    screen.press("s");
    screen.wait_until("the plan", |text| {
        text.contains(&format!("Sync Application/{name}")) && text.contains("> Sync <")
    });
    screen.press("<enter>");
    screen.wait_until("the plan to be sent", |text| !text.contains("> Sync <"));
    // `o` on the app: its rollouts, and in them the pods as they come.
    screen.press("o");
    screen.wait_for("Deployment/web");
    argo.until(name, "synced", |app| app["status"]["sync"]["status"] == "Synced");
    assert!(image("web:2-slow"));
    let watch = Running::start(&config, &watch);
    screen.wait_until("it to be done", |text| {
        text.contains("revision 1 → 2") && text.contains("rolled out: 3 available")
    });
    let (code, said) = watch.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("rolled out: 3 available"), "{said}");
    screen.press("<esc>");
    screen.wait_until("the app to be well", |text| {
        text.lines()
            .any(|line| line.contains(name) && line.contains("Synced") && line.contains("Healthy"))
    });
    screen.leave();
    argo.until_status(name, "Synced", "Healthy");
}
