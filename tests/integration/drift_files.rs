//! `wheelhouse drift -f` on a real API server: both sides of a difference, what kubectl says of the same, and
//! what the server refuses.

use super::apps_cli::run;
use super::drift_cli::{assert_json, file, parsed, text};
use crate::support::control_plane::ControlPlane;
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::path::Path;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("real::drift_of_a_file_tells_both_sides", both_sides),
        trials::on_shared("real::drift_of_a_file_is_what_kubectl_diff_says", as_kubectl),
        trials::on_shared("real::what_cannot_be_rehearsed_is_told", refusals),
    ]
}

/// A Deployment with one container.
fn deployment(image: &str, replicas: u32) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
                {"name": "web", "image": image, "resources": {"requests": {"cpu": "1000m"}},
                 "ports": [{"containerPort": 80}]}]}}}})
}

fn both_sides(plane: &ControlPlane) {
    let namespace = "drift-sides";
    let api = plane.namespace(namespace);
    let dir = tempfile::tempdir().unwrap();
    let kubeconfig = plane.kubeconfig_in("admin", namespace);
    let drift = |args: &[&str]| run(&kubeconfig, &[&["drift"], args].concat());
    let maps = |data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app"}, "data": data});
    let write = |data: Value, image: &str, replicas: u32| {
        let list = json!({"apiVersion": "v1", "kind": "List",
            "items": [maps(data), deployment(image, replicas)]});
        file(dir.path(), "app.json", &serde_json::to_string_pretty(&list).unwrap())
    };
    let path = write(
        json!({"same": "1", "file": "1", "cluster": "1", "both": "1", "gone": "1"}),
        "w:1",
        1,
    );
    let before = parsed(&drift(&["-f", &path, "-o", "json"]));
    assert_eq!(before["summary"]["drifted"], 2, "{before}");
    plane.kubectl_says(&["apply", "-n", namespace, "-f", &path]);
    let output = drift(&["-f", &path]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("exact"), "{}", text(&output.stdout));
    // The cluster changes, the file too.
    let patch = r#"{"data":{"cluster":"3","both":"3","extra":"x"}}"#;
    plane.kubectl_says(&["patch", "configmap", "app", "-n", namespace, "-p", patch]);
    plane.kubectl_says(&["scale", "deployment", "web", "-n", namespace, "--replicas=3"]);
    let path = write(json!({"same": "1", "file": "2", "cluster": "1", "both": "2"}), "w:2", 1);
    for mode in [&[][..], &["--no-dry-run"][..]] {
        let mut args = vec!["-f", path.as_str(), "-o", "json"];
        args.extend(mode);
        let output = drift(&args);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let document = parsed(&output);
        assert_json(&document);
        let mut told: Vec<String> = Vec::new();
        for object in document["comparisons"][0]["objects"].as_array().unwrap() {
            for field in object["fields"].as_array().unwrap() {
                let text = |name: &str| field[name].as_str().unwrap_or("-").to_owned();
                told.push(format!("{} {}", text("path"), text("side")));
            }
        }
        told.sort();
        assert_eq!(
            told,
            [
                "data.both both",
                "data.cluster cluster",
                "data.file file",
                "data.gone file",
                "spec.replicas cluster",
                "spec.template.spec.containers[name=web].image file",
            ],
            "{mode:?}"
        );
        let objects = document["comparisons"][0]["objects"].as_array().unwrap();
        let replicas = objects[1]["fields"].as_array().unwrap();
        let replicas = replicas.iter().find(|one| one["path"] == "spec.replicas").unwrap();
        assert_eq!(replicas["writer"]["subresource"], "scale", "{replicas}");
    }
    let said = text(&drift(&["-f", &path]).stdout);
    for words in ["changed in cluster", "changed in file", "conflict", "by kubectl"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Nothing was stored.
    assert_eq!(api.get("/api/v1/namespaces/drift-sides/configmaps/app")["data"]["file"], "1");
    // After the apply nothing differs, and what others added is theirs.
    plane.kubectl_says(&["apply", "-n", namespace, "-f", &path]);
    let output = drift(&["-f", &path]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

/// Lines of a difference that say what changes; what the server counts up is left out.
fn changes(diff: &str) -> Vec<String> {
    let mut lines: Vec<String> = diff
        .lines()
        .filter(|line| {
            line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---")
        })
        .filter(|line| !line.contains("generation:"))
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

fn as_kubectl(plane: &ControlPlane) {
    let namespace = "drift-kubectl";
    plane.namespace(namespace);
    let dir = tempfile::tempdir().unwrap();
    let kubeconfig = plane.kubeconfig_in("admin", namespace);
    let kinds = |step: u32| {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {{step: \"{step}\"}}\ndata:\n  text: |\n    one\n    two {step}\n  gone{step}: x\n\
             ---\napiVersion: v1\nkind: Service\nmetadata: {{name: svc}}\nspec:\n  selector: {{app: web}}\n  ports:\n  - name: http\n    port: 80\n    targetPort: {}\n\
             ---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: cron}}\nspec:\n  schedule: \"{step} * * * *\"\n  jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: \"i:{step}\"}}]}}}}}}}}\n\
             ---\napiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {{name: hpa}}\nspec:\n  maxReplicas: {}\n  targetCPUUtilizationPercentage: 50\n  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}\n",
            8080 + step,
            step + 3,
        );
        let mut deployment = deployment(&format!("w:{step}"), step);
        deployment["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "STEP", "value": step.to_string()}, {"name": format!("ONLY{step}"), "value": "x"}]);
        file(dir.path(), &format!("step{step}.yaml"), &format!("{text}---\n{deployment}\n"))
    };
    let (one, two) = (kinds(1), kinds(2));
    let apply = ["apply", "--server-side", "--force-conflicts", "-n", namespace, "-f", &one];
    plane.kubectl_says(&apply);
    same_as_kubectl(plane, &kubeconfig, namespace, &[&one, &two]);
    // Somebody else's hand is in it.
    plane.kubectl_says(&["scale", "deployment", "web", "-n", namespace, "--replicas=5"]);
    plane.kubectl_says(&["label", "configmap", "a", "-n", namespace, "step=9", "--overwrite"]);
    plane.kubectl_says(&["set", "image", "deployment/web", "web=w:9", "-n", namespace]);
    same_as_kubectl(plane, &kubeconfig, namespace, &[&one, &two]);
}

/// The oracle's own words may hold what a controller counted between its two requests: it is asked again.
fn same_as_kubectl(plane: &ControlPlane, kubeconfig: &Path, namespace: &str, paths: &[&String]) {
    for path in paths {
        until("the same as kubectl diff", || {
            let args = ["diff", "--server-side", "--force-conflicts", "-n", namespace, "-f", path];
            let oracle = plane.kubectl(&args);
            let ours = run(kubeconfig, &["drift", "-f", path, "-o", "diff"]);
            let (own, wanted) = (text(&ours.stdout), text(&oracle.stdout));
            let same =
                ours.status.code() == oracle.status.code() && changes(&own) == changes(&wanted);
            if same {
                Ok(())
            } else {
                Err(format!("{path}:\n{own}\n{wanted}{}", text(&ours.stderr)))
            }
        });
    }
}

fn refusals(plane: &ControlPlane) {
    let namespace = "drift-refused";
    plane.namespace(namespace);
    let dir = tempfile::tempdir().unwrap();
    let kubeconfig = plane.kubeconfig_in("admin", namespace);
    let said = |name: &str, content: &str, more: &[&str]| {
        let path = file(dir.path(), name, content);
        let output = run(&kubeconfig, &[&["drift", "-f", &path], more].concat());
        (output.status.code(), text(&output.stdout))
    };
    let job = |image: &str| {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}, "spec": {"suspend": true,
            "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": image}]}}}})
        .to_string()
    };
    let path = file(dir.path(), "job.json", &job("a:1"));
    plane.kubectl_says(&["apply", "-n", namespace, "-f", &path]);
    assert_eq!(said("job.json", &job("a:1"), &[]).0, Some(0));
    let (code, text) = said("job.json", &job("a:2"), &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("would be recreated"), "{text}");
    // A kind that is not served, and one whose definition comes along.
    let odd = "apiVersion: odd.example.com/v1\nkind: Odd\nmetadata: {name: a}\n";
    let (code, text) = said("odd.yaml", odd, &[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("its CRD is missing"), "{text}");
    let crd = "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
        metadata: {name: odds.odd.example.com}\nspec:\n  group: odd.example.com\n  scope: Namespaced\n  \
        names: {kind: Odd, plural: odds}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    \
        schema: {openAPIV3Schema: {type: object}}\n";
    let (code, text) = said("odd.yaml", &format!("{odd}{crd}"), &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("its CRD is among these files"), "{text}");
    // What no server takes.
    let bad =
        "apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec:\n  ports: [{port: 99999}]\n";
    let (code, text) = said("bad.yaml", bad, &[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("not judged"), "{text}");
    // Beside something that can be judged it counts with --strict only.
    let with_good = format!("{bad}---\n{}\n", job("a:1"));
    assert_eq!(said("bad.yaml", &with_good, &[]).0, Some(0));
    assert_eq!(said("bad.yaml", &with_good, &["--strict"]).0, Some(2));
    // A namespace that is not there yet.
    let nowhere =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: drift-nowhere}\n";
    let (code, text) = said("nowhere.yaml", nowhere, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("drift-nowhere is not there either"), "{text}");
}
