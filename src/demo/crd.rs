//! CustomResourceDefinitions: creating one serves its type at once, deleting it ends that.

use serde_json::{Value, json};

use super::discovery::priority;
use super::kinds::{CUSTOM_VERBS, ScalePaths, Type};
use super::store::Store;

fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The type that a definition describes.
pub fn type_of(definition: &Value) -> Type {
    let spec = &definition["spec"];
    let names = &spec["names"];
    let versions = spec["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let served: Vec<&Value> = versions.iter().filter(|version| version["served"] == true).collect();
    let stored = served.iter().find(|version| version["storage"] == true).or(served.first());
    let main = stored.copied().unwrap_or(&Value::Null);
    let mut order: Vec<String> = served.iter().map(|version| text(&version["name"])).collect();
    order.sort_by_key(|name| (main["name"] != name.as_str(), std::cmp::Reverse(priority(name))));
    let kind = text(&names["kind"]);
    let scale = &main["subresources"]["scale"];
    let path = |value: &Value| text(value).trim_start_matches('.').to_owned();
    let singular = text(&names["singular"]);
    let list_kind = text(&names["listKind"]);
    Type {
        group: text(&spec["group"]),
        versions: order,
        plural: text(&names["plural"]),
        singular: if singular.is_empty() { kind.to_lowercase() } else { singular },
        list_kind: if list_kind.is_empty() { format!("{kind}List") } else { list_kind },
        kind,
        namespaced: spec["scope"] == "Namespaced",
        verbs: CUSTOM_VERBS,
        short: texts(&names["shortNames"]),
        categories: texts(&names["categories"]),
        status: main["subresources"]["status"].is_object(),
        scale: scale.is_object().then(|| ScalePaths {
            spec: path(&scale["specReplicasPath"]),
            status: path(&scale["statusReplicasPath"]),
            selector: scale["labelSelectorPath"]
                .as_str()
                .map(|_| path(&scale["labelSelectorPath"])),
        }),
        extra: Vec::new(),
        generation: true,
        schema: main["schema"]["openAPIV3Schema"]
            .is_object()
            .then(|| main["schema"]["openAPIV3Schema"].clone().into()),
        custom: true,
    }
}

/// Serves what a definition describes.
pub fn serve(store: &mut Store, definition: &Value) {
    store.serve(type_of(definition));
}

/// Stops serving it.
pub fn retire(store: &mut Store, definition: &Value) {
    let ty = type_of(definition);
    store.retire(&ty.group, &ty.plural);
}

/// Fills in what the server fills in: default names, and the status of an accepted definition.
pub fn complete(definition: &mut Value, now: &str) {
    let ty = type_of(definition);
    let names = &mut definition["spec"]["names"];
    names["singular"] = ty.singular.clone().into();
    names["listKind"] = ty.list_kind.clone().into();
    if definition["spec"]["conversion"].is_null() {
        definition["spec"]["conversion"] = json!({"strategy": "None"});
    }
    definition["status"] = json!({
        "conditions": [
            {"type": "NamesAccepted", "status": "True", "lastTransitionTime": now,
                "reason": "NoConflicts", "message": "no conflicts found"},
            {"type": "Established", "status": "True", "lastTransitionTime": now,
                "reason": "InitialNamesAccepted", "message": "the initial names have been accepted"},
        ],
        "acceptedNames": definition["spec"]["names"],
        "storedVersions": [ty.version()],
    });
}
