//! The custom types of the estate, with the names, columns and subresources that their projects
//! publish. Schemas are left open: the demo checks nothing.

use serde_json::{Value, json};

use super::make::{DAY, Maker};

/// Column: name, type, JSONPath, priority.
type Column = (&'static str, &'static str, &'static str, i64);

struct Custom {
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    short: &'static [&'static str],
    categories: &'static [&'static str],
    status: bool,
    namespaced: bool,
    columns: &'static [Column],
}

const READY: &str = r#".status.conditions[?(@.type=="Ready")].status"#;
const MESSAGE: &str = r#".status.conditions[?(@.type=="Ready")].message"#;
const AGE: Column = ("Age", "date", ".metadata.creationTimestamp", 0);
const APPLIER: &[Column] = &[AGE, ("Ready", "string", READY, 0), ("Status", "string", MESSAGE, 0)];
const SOURCE: &[Column] = &[
    ("URL", "string", ".spec.url", 0),
    AGE,
    ("Ready", "string", READY, 0),
    ("Status", "string", MESSAGE, 0),
];
const APPLIERS: &[&str] = &["all", "fluxcd", "fluxcd-appliers"];
const SOURCES: &[&str] = &["all", "fluxcd", "fluxcd-sources"];

const TYPES: &[Custom] = &[
    Custom {
        group: "argoproj.io",
        version: "v1alpha1",
        kind: "Application",
        plural: "applications",
        short: &["app", "apps"],
        categories: &[],
        status: false,
        namespaced: true,
        columns: &[
            ("Sync Status", "string", ".status.sync.status", 0),
            ("Health Status", "string", ".status.health.status", 0),
            ("Revision", "string", ".status.sync.revision", 10),
            ("Project", "string", ".spec.project", 10),
        ],
    },
    Custom {
        group: "argoproj.io",
        version: "v1alpha1",
        kind: "AppProject",
        plural: "appprojects",
        short: &["appproj", "appprojs"],
        categories: &[],
        status: false,
        namespaced: true,
        columns: &[],
    },
    Custom {
        group: "argoproj.io",
        version: "v1alpha1",
        kind: "ApplicationSet",
        plural: "applicationsets",
        short: &["appset", "appsets"],
        categories: &[],
        status: true,
        namespaced: true,
        columns: &[],
    },
    Custom {
        group: "argoproj.io",
        version: "v1alpha1",
        kind: "Rollout",
        plural: "rollouts",
        short: &["ro"],
        categories: &[],
        status: true,
        namespaced: true,
        columns: &[
            ("Desired", "integer", ".spec.replicas", 0),
            ("Current", "integer", ".status.replicas", 0),
            ("Up-to-date", "integer", ".status.updatedReplicas", 0),
            ("Available", "integer", ".status.availableReplicas", 0),
            AGE,
        ],
    },
    Custom {
        group: "kustomize.toolkit.fluxcd.io",
        version: "v1",
        kind: "Kustomization",
        plural: "kustomizations",
        short: &["ks"],
        categories: APPLIERS,
        status: true,
        namespaced: true,
        columns: APPLIER,
    },
    Custom {
        group: "helm.toolkit.fluxcd.io",
        version: "v2",
        kind: "HelmRelease",
        plural: "helmreleases",
        short: &["hr"],
        categories: APPLIERS,
        status: true,
        namespaced: true,
        columns: APPLIER,
    },
    Custom {
        group: "fluxcd.controlplane.io",
        version: "v1",
        kind: "ResourceSet",
        plural: "resourcesets",
        short: &["rset"],
        categories: APPLIERS,
        status: true,
        namespaced: true,
        columns: APPLIER,
    },
    Custom {
        group: "source.toolkit.fluxcd.io",
        version: "v1",
        kind: "HelmChart",
        plural: "helmcharts",
        short: &["hc"],
        categories: SOURCES,
        status: true,
        namespaced: true,
        columns: &[
            ("Chart", "string", ".spec.chart", 0),
            ("Version", "string", ".spec.version", 0),
            ("Source Kind", "string", ".spec.sourceRef.kind", 0),
            ("Source Name", "string", ".spec.sourceRef.name", 0),
            AGE,
            ("Ready", "string", READY, 0),
            ("Status", "string", MESSAGE, 0),
        ],
    },
    Custom {
        group: "source.toolkit.fluxcd.io",
        version: "v1",
        kind: "GitRepository",
        plural: "gitrepositories",
        short: &["gitrepo"],
        categories: SOURCES,
        status: true,
        namespaced: true,
        columns: SOURCE,
    },
    Custom {
        group: "source.toolkit.fluxcd.io",
        version: "v1",
        kind: "HelmRepository",
        plural: "helmrepositories",
        short: &["helmrepo"],
        categories: SOURCES,
        status: true,
        namespaced: true,
        columns: SOURCE,
    },
    Custom {
        group: "source.toolkit.fluxcd.io",
        version: "v1",
        kind: "OCIRepository",
        plural: "ocirepositories",
        short: &["ocirepo"],
        categories: SOURCES,
        status: true,
        namespaced: true,
        columns: &[
            ("URL", "string", ".spec.url", 0),
            ("Ready", "string", READY, 0),
            ("Status", "string", MESSAGE, 0),
            AGE,
        ],
    },
    Custom {
        group: "cert-manager.io",
        version: "v1",
        kind: "Certificate",
        plural: "certificates",
        short: &["cert", "certs"],
        categories: &["cert-manager"],
        status: true,
        namespaced: true,
        columns: &[
            ("Ready", "string", READY, 0),
            ("Secret", "string", ".spec.secretName", 0),
            ("Issuer", "string", ".spec.issuerRef.name", 1),
            ("Status", "string", MESSAGE, 1),
            AGE,
        ],
    },
    Custom {
        group: "cert-manager.io",
        version: "v1",
        kind: "ClusterIssuer",
        plural: "clusterissuers",
        short: &["ciss"],
        categories: &["cert-manager"],
        status: true,
        namespaced: false,
        columns: &[("Ready", "string", READY, 0), ("Status", "string", MESSAGE, 1), AGE],
    },
];

/// Creates the definitions.
pub fn build(maker: &mut Maker) {
    for custom in TYPES {
        let columns: Vec<Value> = custom.columns.iter().map(column).collect();
        let mut version = json!({
            "name": custom.version, "served": true, "storage": true,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
        });
        if !columns.is_empty() {
            version["additionalPrinterColumns"] = columns.into();
        }
        if custom.status {
            version["subresources"] = json!({"status": {}});
        }
        if custom.kind == "Rollout" {
            version["subresources"]["scale"] = json!({
                "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.HPAReplicas",
                "labelSelectorPath": ".status.selector",
            });
        }
        maker.add("kubectl", 300 * DAY, json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{}.{}", custom.plural, custom.group)},
            "spec": {
                "group": custom.group,
                "scope": if custom.namespaced { "Namespaced" } else { "Cluster" },
                "names": {"plural": custom.plural, "singular": custom.kind.to_lowercase(), "kind": custom.kind,
                    "listKind": format!("{}List", custom.kind), "shortNames": custom.short, "categories": custom.categories},
                "versions": [version],
            },
        }));
    }
}

fn column((name, kind, path, priority): &Column) -> Value {
    let mut column = json!({"name": name, "type": kind, "jsonPath": path});
    if *priority != 0 {
        column["priority"] = (*priority).into();
    }
    column
}
