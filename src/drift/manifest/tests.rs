#![allow(clippy::unwrap_used)]
use super::*;
use crate::drift::path::Step;
use crate::kinds::builtin;
use serde_json::json;

const TWO: &str = "# shop\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n\
    data:\n  LOG: info\n  text: |\n    one\n     --- two\n--- # the next\napiVersion: apps/v1\n\
    kind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  replicas: 3\n  template:\n    \
    spec:\n      containers:\n      - name: side\n        image: s:1\n      - image: w:1\n        name: web\n";

fn place(path: &Path, manifest: &Manifest) -> usize {
    manifest.line_of(path)
}

#[test]
fn objects_are_read_with_their_lines() {
    let (found, faults) = read("shop.yaml", TWO);
    assert!(faults.is_empty(), "{faults:?}");
    let told: Vec<String> = found
        .iter()
        .map(|one| format!("{} {} {}", one.id, one.id.namespace, one.place.line))
        .collect();
    assert_eq!(told, ["ConfigMap/a  3", "Deployment/web shop 13"]);
    assert_eq!(place(&Path::of(&["data", "LOG"]), &found[0]), 8);
    assert_eq!(place(&Path::of(&["data", "text"]), &found[0]), 9);
    let web = Step::Item(vec![("name".into(), json!("web"))]);
    let image = Path::of(&["spec", "template", "spec", "containers"]).then(web).field("image");
    assert_eq!(place(&image, &found[1]), 23);
    // What the file does not have stands where it would.
    assert_eq!(place(&Path::of(&["spec", "paused"]), &found[1]), 16);
    assert_eq!(place(&Path::of(&["data", "NEW"]), &found[0]), 7);
}

#[test]
fn json_and_lists_are_read() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b"}}]});
    let (found, faults) = read("-", &serde_json::to_string_pretty(&list).unwrap());
    assert!(faults.is_empty());
    assert_eq!(
        found.iter().map(|one| one.id.to_string()).collect::<Vec<_>>(),
        ["ConfigMap/a", "Service/b"]
    );
    assert!(found[0].place.line > 3 && found[1].place.line > found[0].place.line);
    let typed =
        "kind: ConfigMapList\napiVersion: v1\nitems:\n- metadata:\n    name: x\n  data: {k: v}\n";
    let (found, _) = read("x.yaml", typed);
    assert_eq!(found[0].object["kind"], "ConfigMap");
    assert_eq!(found[0].object["apiVersion"], "v1");
    assert_eq!(found[0].line_of(&Path::of(&["data", "k"])), 6);
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let told = |text: &str| {
        let (found, faults) = read("a.yaml", text);
        assert!(found.is_empty(), "{found:?}");
        format!("{}: {}", faults[0].what, faults[0].why)
    };
    let good = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
    let broken = format!("---\n# x\n{good}  data: [1\n");
    let text = told(&broken);
    assert!(text.starts_with("a.yaml:"), "{text}");
    let line: usize = text.split(':').nth(1).unwrap().parse().unwrap();
    assert!((6..=8).contains(&line), "{text}");
    assert_eq!(told("replicas: 3\n"), "a.yaml:1: it does not say its kind");
    assert_eq!(
        told("# x\n\n- a\n"),
        "a.yaml:3: this is no object: a manifest is a map with apiVersion, kind and metadata"
    );
    assert!(
        told("kind: Job\napiVersion: batch/v1\nmetadata: {generateName: x-}\n")
            .contains("generateName")
    );
    assert!(told(&good.replace("name: a", "name: ../x")).contains("no object can have"));
    assert!(
        told(&good.replace("kind:", "kind: X\nkind:")).contains("the key kind stands here twice")
    );
    let (_, faults) = read("a.yaml", "metadata:\n  name: {{ .Values.name }}\n");
    assert!(faults[0].hint.contains("helm template"), "{faults:?}");
    // One bad document does not hide the next.
    let (found, faults) = read("a.yaml", &format!("kind: [\n---\n{good}"));
    assert_eq!((found.len(), faults.len()), (1, 1));
    assert_eq!(found[0].place.line, 3);
    for nothing in ["", "\n# only words\n", "---\n---\n", "%YAML 1.2\n---\n...\n"] {
        assert_eq!(read("a.yaml", nothing), (Vec::new(), Vec::new()), "{nothing:?}");
    }
}

#[test]
fn no_value_of_a_secret_is_in_what_is_said_of_its_file() {
    let head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n";
    for tail in [
        "  password: hunter2\n password: x\n",
        "  password: \"hunter2\n",
        "  password: *hunter2\n",
        "  password: !!int hunter2\n",
        "  password: !hunter2 x\n",
        "  password: 'hunter2'hunter2\n",
        "  password: {hunter2\n",
        "  password: [hunter2}\n",
        "  password: !!binary hunter2\n",
        "  password: !!float hunter2\n",
        "  password: !!bool hunter2\n",
        "  password: &hunter2 *hunter2\n",
        "  password: hunter2: hunter2\n",
        "  password: @hunter2\n",
        "  password: %hunter2\n",
        "  password: |hunter2\n",
        "\thunter2: hunter2\n",
        "  - hunter2\n  a: b\n",
        "  password: \"\\hunter2\"\n",
        "  <<: hunter2\n",
        "  password: x\n  password: hunter2\n",
    ] {
        let (_, faults) = read("s.yaml", &format!("{head}{tail}"));
        for fault in &faults {
            assert!(!format!("{fault:?}").contains("hunter2"), "{tail}: {fault:?}");
            assert!(fault.what.starts_with("s.yaml:"), "{fault:?}");
        }
    }
}

#[test]
fn what_files_leave_out_is_filled_in_as_kubectl_does() {
    let catalogue = Catalogue::new(builtin::resources());
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Namespace\n\
        metadata: {name: shop, namespace: odd}\n---\napiVersion: v1\nkind: ConfigMap\n\
        metadata: {name: b, namespace: other}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n";
    let (found, faults) = read("a.yaml", text);
    assert!(faults.is_empty());
    let settled = settle(found.clone(), &catalogue, "shop", false).unwrap();
    let told: Vec<String> =
        settled.iter().map(|one| format!("{}/{}", one.id.namespace, one.id)).collect();
    assert_eq!(told, ["/Namespace/shop", "other/ConfigMap/b", "shop/ConfigMap/a"]);
    assert_eq!(settled[2].object["data"]["k"], "v");
    assert_eq!(settled[2].object["metadata"]["namespace"], "shop");
    assert_eq!(settled[2].shadows.len(), 1);
    let fault = settle(found, &catalogue, "shop", true).unwrap_err();
    assert!(fault.why.contains("is of namespace other, not shop"), "{fault}");
}
