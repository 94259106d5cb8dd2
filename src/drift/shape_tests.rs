#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use serde_json::json;

fn list(shape: &Shape, names: &[&str]) -> List {
    shape.list(&Path::of(names))
}

fn keys(names: &[&str]) -> List {
    List::Map(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn every_line_of_the_table_is_read() {
    let text = include_str!("builtin.shapes");
    let lines = || text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let roots = lines().filter(|line| line.contains(" = ")).count();
    let types = lines().filter(|line| line.contains(": ")).count();
    assert_eq!(lines().count(), roots + types);
    assert_eq!((BUILTIN.roots.len(), BUILTIN.all.len()), (roots, types + 1));
    for line in lines().filter(|line| line.contains(": ")) {
        for target in line.split('=').skip(1) {
            let name = target.split(' ').next().unwrap();
            assert!(BUILTIN.all.iter().any(|one| one.name == name), "{name} in {line}");
        }
    }
    // Defaults are of fields that there are.
    let defaults: Map<String, Value> = toml::from_str(include_str!("defaults.toml")).unwrap();
    for (name, fields) in defaults {
        let of = BUILTIN.all.iter().find(|one| one.name == name);
        let of = of.unwrap_or_else(|| panic!("no type {name}"));
        for field in fields.as_object().unwrap().keys() {
            assert!(of.fields.contains_key(field), "{name}.{field}");
        }
    }
}

#[test]
fn lists_of_built_in_kinds_merge_as_the_api_says() {
    let pods = Shape::of("apps", "Deployment");
    let containers = Path::of(&["spec", "template", "spec", "containers"]);
    assert_eq!(pods.list(&containers), keys(&["name"]));
    let container = containers.then(Step::Item(vec![("name".into(), json!("a"))]));
    assert_eq!(pods.list(&container.field("ports")), keys(&["containerPort", "protocol"]));
    assert_eq!(pods.list(&container.field("args")), List::Atomic);
    assert_eq!(list(&Shape::of("", "Service"), &["spec", "ports"]), keys(&["port", "protocol"]));
    assert_eq!(list(&Shape::of("", "Unheard"), &["metadata", "finalizers"]), List::Set);
    assert_eq!(list(&Shape::of("example.com", "Pod"), &["spec", "containers"]), List::Atomic);
    assert!(Shape::is_builtin("batch", "Job") && !Shape::is_builtin("example.com", "Job"));
}

#[test]
fn what_is_replaced_as_a_whole_is_known() {
    let shape = Shape::of("", "Service");
    let selector = Path::of(&["spec", "selector"]);
    assert_eq!(shape.unit(&selector.field("app")), selector);
    let labels = Path::of(&["metadata", "labels", "app"]);
    assert_eq!(shape.unit(&labels), labels);
    let rules = Path::of(&["spec", "rules"]);
    let host = rules.then(Step::At(0)).field("host");
    assert_eq!(Shape::of("networking.k8s.io", "Ingress").unit(&host), rules);
}

#[test]
fn kinds_of_others_are_read_from_the_servers_description() {
    let document = json!({"components": {"schemas": {
        "com.example.v1.Widget": {
            "type": "object",
            "x-kubernetes-group-version-kind": [{"group": "example.com", "kind": "Widget", "version": "v1"}],
            "properties": {
                "metadata": {"allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}]},
                "spec": {"type": "object", "properties": {
                    "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"],
                        "items": {"type": "object", "properties": {
                            "id": {"type": "string"}, "size": {"x-kubernetes-int-or-string": true,
                                "pattern": "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE])?$"},
                            "mode": {"type": "string", "default": "fast"}}}},
                    "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                    "rows": {"type": "array", "items": {"type": "string"}},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                    "every": {"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$"},
                    "fixed": {"type": "object", "x-kubernetes-map-type": "atomic",
                        "additionalProperties": {"type": "string"}},
                    "again": {"$ref": "#/components/schemas/com.example.v1.Widget"}}}}},
        "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"type": "object", "properties": {
            "finalizers": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}}}}}})
    .to_string();
    let shape = Shape::from_openapi(&document, "example.com", "v1", "Widget").unwrap();
    assert_eq!(list(&shape, &["spec", "parts"]), keys(&["id"]));
    assert_eq!(list(&shape, &["spec", "tags"]), List::Set);
    assert_eq!(list(&shape, &["spec", "rows"]), List::Atomic);
    assert_eq!(list(&shape, &["spec", "again", "spec", "tags"]), List::Set);
    assert_eq!(list(&shape, &["metadata", "finalizers"]), List::Set);
    let fixed = Path::of(&["spec", "fixed"]);
    assert_eq!(shape.unit(&fixed.field("x")), fixed);
    let what = |names: &[&str]| shape.at(&Path::of(names)).node.what.clone();
    assert_eq!(what(&["spec", "every"]), What::Duration);
    assert_eq!(what(&["spec", "free", "x"]), What::Any);
    let part = Path::of(&["spec", "parts"]).then(Step::At(0));
    assert_eq!(shape.at(&part.field("size")).node.what, What::Quantity);
    assert!(shape.at(&part.field("mode")).is_nothing(&json!("fast")));
    assert!(!shape.at(&part.field("mode")).is_nothing(&json!("")));
    for (text, version, kind) in [
        (&*document, "v2", "Widget"),
        (&document, "v1", "Gadget"),
        ("{}", "v1", "Widget"),
        ("no", "v1", "Widget"),
    ] {
        assert!(Shape::from_openapi(text, "example.com", version, kind).is_none());
    }
}
