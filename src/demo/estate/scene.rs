//! Where everything happens: namespaces, nodes and their leases, storage, roles.

use serde_json::{Value, json};

use super::make::{DAY, HOUR, Maker, condition};
use crate::demo::clock::micro_stamp;

/// The namespaces of the estate.
pub const NAMESPACES: &[&str] = &[
    "default",
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "shop",
    "data",
    "monitoring",
    "flux-system",
    "argocd",
    "ingress-nginx",
    "cert-manager",
    "edge",
    "platform",
];

/// The nodes: name, zone, trouble.
pub const NODES: &[(&str, &str, &str)] = &[
    ("node-a1", "eu-central-1a", ""),
    ("node-a2", "eu-central-1a", ""),
    ("node-b1", "eu-central-1b", ""),
    ("node-b2", "eu-central-1b", "cordoned"),
    ("node-c1", "eu-central-1c", ""),
    ("node-c2", "eu-central-1c", "memory"),
];

/// Fills in the scene.
pub fn build(maker: &mut Maker) {
    for name in NAMESPACES {
        let by = if name.starts_with("kube") || *name == "default" {
            "kube-apiserver"
        } else {
            "kubectl-create"
        };
        maker.add(
            by,
            400 * DAY,
            json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
            }),
        );
        maker.add(
            "kube-controller-manager",
            400 * DAY,
            json!({
                "apiVersion": "v1", "kind": "ServiceAccount",
                "metadata": {"name": "default", "namespace": name},
            }),
        );
    }
    for (number, (name, zone, trouble)) in NODES.iter().enumerate() {
        node(maker, number, name, zone, trouble);
    }
    maker.add("eksctl", 400 * DAY, json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": "gp3", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3", "encrypted": "true"},
        "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": true,
    }));
    maker.add(
        "helm",
        300 * DAY,
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass",
            "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"},
        }),
    );
    roles(maker);
}

fn node(maker: &mut Maker, number: usize, name: &str, zone: &str, trouble: &str) {
    let beat = maker.ago(7);
    let ready = maker.ago(30 * DAY);
    let pressed = trouble == "memory";
    let mut conditions = vec![
        condition(
            "MemoryPressure",
            if pressed { "True" } else { "False" },
            if pressed { "KubeletHasInsufficientMemory" } else { "KubeletHasSufficientMemory" },
            if pressed {
                "kubelet has insufficient memory available"
            } else {
                "kubelet has sufficient memory available"
            },
            &if pressed { maker.ago(2 * HOUR) } else { ready.clone() },
        ),
        condition(
            "DiskPressure",
            "False",
            "KubeletHasNoDiskPressure",
            "kubelet has no disk pressure",
            &ready,
        ),
        condition(
            "PIDPressure",
            "False",
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
            &ready,
        ),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", &ready),
    ];
    for condition in &mut conditions {
        condition["lastHeartbeatTime"] = beat.as_str().into();
    }
    let mut spec = json!({"providerID": format!("aws:///{zone}/i-0{number}c4e{number}f1a2b3d4e5"),
        "podCIDR": format!("10.244.{number}.0/24"), "podCIDRs": [format!("10.244.{number}.0/24")]});
    let mut taints = Vec::new();
    if trouble == "cordoned" {
        spec["unschedulable"] = true.into();
        taints.push(json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": maker.ago(5 * HOUR)}));
    }
    if pressed {
        taints.push(json!({"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule", "timeAdded": maker.ago(2 * HOUR)}));
    }
    if !taints.is_empty() {
        spec["taints"] = taints.into();
    }
    let room = |cpu: &str, memory: &str| json!({"cpu": cpu, "memory": memory, "pods": "110", "ephemeral-storage": "81106868Ki", "hugepages-2Mi": "0"});
    let ip = format!("10.0.{}.{}", number / 2 + 1, 20 + number);
    let (boot, machine, system) = (maker.random.uid(), maker.random.uid(), maker.random.uid());
    let node = maker.add("kubelet", (120 + number as i64) * DAY, json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name,
            "labels": {
                "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "node.kubernetes.io/instance-type": "m6i.2xlarge", "topology.kubernetes.io/zone": zone,
                "topology.kubernetes.io/region": "eu-central-1", "node-role.kubernetes.io/worker": "",
            },
            "annotations": {"node.alpha.kubernetes.io/ttl": "0", "volumes.kubernetes.io/controller-managed-attach-detach": "true"}},
        "spec": spec,
        "status": {
            "capacity": room("8", "32386540Ki"), "allocatable": room("7910m", "31337964Ki"),
            "conditions": conditions,
            "addresses": [{"type": "InternalIP", "address": ip}, {"type": "Hostname", "address": name}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {"architecture": "amd64", "bootID": boot, "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.12.46", "kubeProxyVersion": "", "kubeletVersion": if number == 3 { "v1.35.4" } else { "v1.36.3" },
                "machineID": machine.replace('-', ""), "operatingSystem": "linux", "osImage": "Bottlerocket OS 1.49.0",
                "systemUUID": system},
            "images": [],
        },
    }));
    let renewed = micro_stamp(maker.now * 1000 - 3_000);
    maker.add(
        "kubelet",
        120 * DAY,
        json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": name, "namespace": "kube-node-lease", "ownerReferences": [{
                "apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}]},
            "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": renewed},
        }),
    );
}

fn roles(maker: &mut Maker) {
    let rule = |groups: Value, resources: Value, verbs: Value| json!({"apiGroups": groups, "resources": resources, "verbs": verbs});
    let all = json!(["*"]);
    for (name, rules) in [
        ("cluster-admin", vec![rule(all.clone(), all.clone(), all.clone())]),
        (
            "view",
            vec![rule(
                json!(["", "apps", "batch"]),
                json!(["pods", "services", "deployments", "jobs"]),
                json!(["get", "list", "watch"]),
            )],
        ),
        ("argocd-application-controller", vec![rule(all.clone(), all.clone(), all.clone())]),
    ] {
        maker.add(
            "kube-apiserver",
            400 * DAY,
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                "metadata": {"name": name}, "rules": rules,
            }),
        );
        maker.add("kube-apiserver", 400 * DAY, json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": format!("demo:{name}")}],
        }));
    }
    maker.add("kubectl-client-side-apply", 90 * DAY, json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": "deployer", "namespace": "shop"},
        "rules": [rule(json!(["apps"]), json!(["deployments", "deployments/scale"]), json!(["get", "list", "patch", "update"]))],
    }));
    maker.add("kubectl-client-side-apply", 90 * DAY, json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "deployer", "namespace": "shop"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"},
        "subjects": [{"kind": "ServiceAccount", "name": "ci", "namespace": "shop"}],
    }));
}
