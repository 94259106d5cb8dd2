//! Every kind with care, and five custom resources with odd printer columns, cell by cell.

use super::{cells, load, protobuf};
use crate::registry;
use crate::support::api::Api;
use crate::support::control_plane::ControlPlane;
use crate::support::{paths, wait};
use serde_json::{Value, json};
use std::fmt::Write as _;
use wheelhouse::kinds::printer_columns::{CrdVersion, from_crd};
use wheelhouse::kinds::{KindSpec, SPECS};
use wheelhouse::model::{Gvr, Resource};

pub const GATEWAY: &str = "gateway.networking.k8s.io";

/// A resource type as the server serves it.
struct Served {
    resource: Resource,
    has_status: bool,
}

/// Asks discovery; None where the server does not serve it.
fn served(api: &Api, spec: &KindSpec) -> Option<Served> {
    let root = if spec.group.is_empty() {
        "/api/v1".to_owned()
    } else {
        let (code, group) = api.call("GET", &format!("/apis/{}", spec.group), None);
        if code != 200 {
            return None;
        }
        format!("/apis/{}", group["preferredVersion"]["groupVersion"].as_str().unwrap())
    };
    let list = api.get(&root);
    let named =
        |name: &str| list["resources"].as_array().unwrap().iter().any(|r| r["name"] == name);
    if !named(spec.plural) {
        return None;
    }
    let version = root.rsplit('/').next().unwrap();
    let gvr = Gvr::new(spec.group, version, spec.plural);
    let has_status = named(&format!("{}/status", spec.plural));
    Some(Served { resource: resource(gvr, spec.kind, spec.namespaced), has_status })
}

/// The type in the version that the server prefers; None where it does not serve it.
pub fn preferred(api: &Api, spec: &KindSpec) -> Option<Gvr> {
    served(api, spec).map(|served| served.resource.gvr)
}

/// Whether objects of the type have a status of their own.
pub fn has_status(api: &Api, spec: &KindSpec) -> bool {
    served(api, spec).is_some_and(|served| served.has_status)
}

fn resource(gvr: Gvr, kind: &str, namespaced: bool) -> Resource {
    Resource {
        gvr,
        kind: kind.into(),
        singular: "".into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced,
        verbs: Vec::new(),
        subresources: Vec::new(),
        preferred: true,
    }
}

pub fn kinds_with_care_show_the_servers_cells(plane: &mut ControlPlane) {
    let api = plane.api();
    for crd in gateway_crds() {
        establish(&api, &crd);
    }
    let (mut faults, mut report) = (String::new(), String::new());
    for spec in SPECS {
        let Some(served) = served(&api, spec) else {
            let _ = writeln!(faults, "{} of {:?} is not served", spec.plural, spec.group);
            continue;
        };
        let gvr = &served.resource.gvr;
        let mut objects = registry::objects(spec);
        if spec.group == GATEWAY {
            // The real schema would not take it; the one we serve takes everything.
            objects.retain(|object| object["metadata"]["name"] != "wrong");
        }
        let (namespaced, status) = (spec.namespaced, served.has_status);
        let loaded = load::load(&api, gvr, spec.kind, namespaced, status, &objects);
        let (count, differences) =
            cells::compare(&api, &gvr.collection_path(None), &served.resource, &[]);
        let _ = writeln!(
            report,
            "{}: {count} compared, {} of our fixtures not accepted",
            registry::stem(spec),
            loaded.refused.len()
        );
        for refused in loaded.refused {
            let _ = writeln!(report, "  {refused}");
        }
        if loaded.there.is_empty() && count == 0 {
            let _ = writeln!(faults, "{}: nothing to compare", registry::stem(spec));
        }
        let both = protobuf::compare(&api, &served.resource);
        match &both {
            Some((count, _)) => {
                let _ = writeln!(report, "  {count} of them in protobuf too");
            }
            None if spec.proto.is_some() => {
                let _ = writeln!(faults, "{}: protobuf of another version", registry::stem(spec));
            }
            None => {}
        }
        for difference in differences.into_iter().chain(both.into_iter().flat_map(|(_, all)| all)) {
            let _ = writeln!(faults, "{difference}");
        }
    }
    println!("{report}");
    assert!(faults.is_empty(), "\n{faults}");
}

pub fn odd_printer_columns_show_the_servers_cells(plane: &mut ControlPlane) {
    let api = plane.api();
    let mut faults = Vec::new();
    for name in ["dates", "numbers", "arrays", "filters", "names"] {
        let path = paths::fixture(&format!("generic/{name}.json"));
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let crd = &file["crd"];
        establish(&api, crd);
        let versions: Vec<CrdVersion> = from_crd(crd.to_string().as_bytes()).unwrap();
        let version = &versions[0];
        let kind = crd["spec"]["names"]["kind"].as_str().unwrap();
        let namespaced = crd["spec"]["scope"] == "Namespaced";
        let gvr = Gvr::new(&*version.group, &*version.version, &*version.plural);
        let resource = resource(gvr.clone(), kind, namespaced);
        let objects = file["items"].as_array().unwrap();
        let loaded = load::load(&api, &gvr, kind, namespaced, false, objects);
        assert_eq!(loaded.refused, Vec::<String>::new(), "{name}");
        let path = gvr.collection_path(None);
        let (count, differences) = cells::compare(&api, &path, &resource, &version.columns);
        assert_eq!(count, objects.len(), "{name}");
        faults.extend(differences);
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Creates a CRD and waits until its objects are served.
pub fn establish(api: &Api, crd: &Value) {
    api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);
    let spec = &crd["spec"];
    let path = format!(
        "/apis/{}/{}/{}",
        spec["group"].as_str().unwrap(),
        spec["versions"][0]["name"].as_str().unwrap(),
        spec["names"]["plural"].as_str().unwrap()
    );
    wait::until(&format!("{path} to be served"), || match api.call("GET", &path, None) {
        (200, _) => Ok(()),
        (code, body) => Err(format!("{code} {body}")),
    });
}

/// The Gateway API is no part of the server: its CRDs as far as tables are concerned, with the
/// printer columns of the Gateway API's own.
pub fn gateway_crds() -> Vec<Value> {
    let column = |name: &str, kind: &str, path: &str, priority: i32| json!({ "name": name, "type": kind, "jsonPath": path, "priority": priority });
    let age = || column("Age", "date", ".metadata.creationTimestamp", 0);
    let hostnames = || vec![column("Hostnames", "string", ".spec.hostnames", 0), age()];
    let condition = |kind: &str| format!(".status.conditions[?(@.type==\"{kind}\")].status");
    let kinds = [
        (
            "gatewayclasses",
            "GatewayClass",
            "Cluster",
            vec![
                column("Controller", "string", ".spec.controllerName", 0),
                column("Accepted", "string", &condition("Accepted"), 0),
                age(),
                column("Description", "string", ".spec.description", 1),
            ],
        ),
        (
            "gateways",
            "Gateway",
            "Namespaced",
            vec![
                column("Class", "string", ".spec.gatewayClassName", 0),
                column("Address", "string", ".status.addresses[*].value", 0),
                column("Programmed", "string", &condition("Programmed"), 0),
                age(),
            ],
        ),
        ("httproutes", "HTTPRoute", "Namespaced", hostnames()),
        ("grpcroutes", "GRPCRoute", "Namespaced", hostnames()),
    ];
    kinds
        .into_iter()
        .map(|(plural, kind, scope, columns)| {
            let name = format!("{plural}.{GATEWAY}");
            json!({
                "metadata": {
                    "name": name,
                    "annotations": { "api-approved.kubernetes.io": "unapproved, for a test" },
                },
                "spec": {
                    "group": GATEWAY,
                    "scope": scope,
                    "names": {
                        "plural": plural,
                        "singular": kind.to_lowercase(),
                        "kind": kind,
                        "listKind": format!("{kind}List"),
                    },
                    "versions": [{
                        "name": "v1",
                        "served": true,
                        "storage": true,
                        "subresources": { "status": {} },
                        "additionalPrinterColumns": columns,
                        "schema": { "openAPIV3Schema": {
                            "type": "object",
                            "x-kubernetes-preserve-unknown-fields": true,
                        } },
                    }],
                },
            })
        })
        .collect()
}
