//! `get -o json|yaml`: what kubectl prints, in a handful of requests.

use crate::support::api::Write;
use crate::support::control_plane::{ControlPlane, wheelhouse};
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_shared("whole::lists_of_several_pages_are_kubectls", lists_are_kubectls)]
}

fn ours(plane: &ControlPlane, args: &[&str]) -> String {
    let output = wheelhouse(plane.dir())
        .args(args)
        .env("KUBECONFIG", plane.kubeconfig("admin"))
        .output()
        .expect("wheelhouse runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "wheelhouse {args:?}: {said}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn lists_are_kubectls(plane: &ControlPlane) {
    let api = plane.namespace("whole");
    let path = "/api/v1/namespaces/whole/configmaps";
    // Two full pages and a piece of a third; text that is laid out in every way there is.
    let text = |i: usize| match i % 4 {
        0 => "a word ".repeat(i % 40),
        1 => format!("first\n  second {i}\n"),
        2 => "<&>\u{2028} \"quoted\": yes".to_owned(),
        _ => "no".to_owned(),
    };
    api.all((0..1100).map(|i| {
        let name = format!("m-{i:04}");
        let labels = json!({ "half": (i % 2).to_string() });
        let body =
            json!({ "metadata": { "name": name, "labels": labels }, "data": { "x": text(i) } });
        Write::create(path, body)
    }));
    for asked in [
        vec!["get", "configmaps", "-n", "whole"],
        vec!["get", "configmaps", "-n", "whole", "-l", "half=1"],
        vec!["get", "configmaps", "-n", "whole", "-l", "half=none"],
        vec!["get", "configmaps", "-n", "whole", "m-0007"],
        // In the order asked for.
        vec!["get", "configmaps", "-n", "whole", "m-0009", "m-0002"],
        vec!["get", "namespaces", "whole", "kube-system"],
    ] {
        for format in ["json", "yaml"] {
            let args: Vec<&str> = asked.iter().copied().chain(["-o", format]).collect();
            let (ours, theirs) = (ours(plane, &args), plane.kubectl_says(&args));
            if ours != theirs {
                let lines = ours.lines().zip(theirs.lines()).enumerate();
                let first = lines.into_iter().find(|(_, (a, b))| a != b);
                panic!("{args:?}: {} bytes, kubectl {}: {first:?}", ours.len(), theirs.len());
            }
        }
    }
}
