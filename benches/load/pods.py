#!/usr/bin/env python3
"""Creates N realistic pods (probes, env, volumes, sidecars, status, managedFields) on an API server.

usage: pods.py https://127.0.0.1:PORT TOKEN N [FIRST]
Only for a server on this machine: its certificate is not verified.
"""
import http.client
import json
import ssl
import sys
import threading
import time
from urllib.parse import urlparse

LANES = 8


def main():
    server, token, count = urlparse(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    if server.hostname not in ("127.0.0.1", "localhost", "::1"):
        sys.exit("only for a server on this machine")
    context = ssl._create_unverified_context()
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "kubelet/v1.36"}

    def connection():
        return http.client.HTTPSConnection(server.hostname, server.port, context=context)

    def send(connection, method, path, body, kind="application/json"):
        connection.request(method, path, json.dumps(body), {**headers, "Content-Type": kind})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201, 409):
            sys.exit(f"{method} {path}: {answer.status} {text[:300]!r}")

    lane = connection()
    for i in range(10):
        send(lane, "POST", "/api/v1/namespaces", {"metadata": {"name": f"load-{i}"}})

    def work(number):
        lane = connection()
        for i in range(first + number, count, LANES):
            pod = pod_of(i)
            name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
            path = f"/api/v1/namespaces/{namespace}/pods"
            send(lane, "POST", f"{path}?fieldManager=kube-controller-manager", pod)
            patch = "application/strategic-merge-patch+json"
            send(lane, "PATCH", f"{path}/{name}/status?fieldManager=kubelet", status_of(i, pod), patch)

    began = time.time()
    lanes = [threading.Thread(target=work, args=(number,)) for number in range(LANES)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    print(f"{count - first} pods in {time.time() - began:.0f} s")


def pod_of(i):
    app = f"svc-{i % 200}"
    env = [
        {"name": f"SETTING_{k}", "value": f"value-{k}-of-{app}-with-some-length"} for k in range(14)
    ]
    env.append({"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}})
    probe = {
        "httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
        "initialDelaySeconds": 5,
        "periodSeconds": 10,
        "timeoutSeconds": 1,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    containers = [
        {
            "name": "app",
            "image": f"registry.example.com/team/{app}:1.{i % 7}.0",
            "env": env,
            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
            "resources": {
                "requests": {"cpu": "100m", "memory": "128Mi"},
                "limits": {"cpu": "500m", "memory": "256Mi"},
            },
            "livenessProbe": probe,
            "readinessProbe": probe,
            "volumeMounts": [
                {"name": "config", "mountPath": "/etc/config"},
                {"name": "data", "mountPath": "/data"},
            ],
        }
    ]
    if i % 3 == 0:
        containers.append(
            {
                "name": "proxy",
                "image": "registry.example.com/mesh/proxy:2.1.0",
                "args": ["--level", "info"],
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
            }
        )
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": f"{app}-6d9f7c8b5",
        "uid": f"00000000-0000-4000-8000-{i % 200:012d}",
        "controller": True,
        "blockOwnerDeletion": True,
    }
    labels = {
        "app": app,
        "app.kubernetes.io/name": app,
        "app.kubernetes.io/instance": app,
        "pod-template-hash": "6d9f7c8b5",
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{app}-6d9f7c8b5-{i:05d}",
            "namespace": f"load-{i % 10}",
            "labels": labels,
            "annotations": {"checksum/config": "a" * 64, "prometheus.io/scrape": "true"},
            "ownerReferences": [owner],
        },
        "spec": {
            "nodeName": f"node-{i % 50}",
            "containers": containers,
            "volumes": [
                {"name": "config", "configMap": {"name": f"{app}-config"}},
                {"name": "data", "emptyDir": {}},
            ],
        },
    }


def status_of(i, pod):
    at = "2026-11-22T00:10:00Z"
    address = f"10.{i // 65536}.{i // 256 % 256}.{i % 256}"
    conditions = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
    return {
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "hostIP": "192.168.0.1",
            "hostIPs": [{"ip": "192.168.0.1"}],
            "startTime": at,
            "qosClass": "Burstable",
            "conditions": [
                {"type": kind, "status": "True", "lastTransitionTime": at} for kind in conditions
            ],
            "containerStatuses": [
                {
                    "name": container["name"],
                    "image": container["image"],
                    "imageID": container["image"] + "@sha256:" + "b" * 64,
                    "containerID": "containerd://" + "c" * 64,
                    "ready": True,
                    "started": True,
                    "restartCount": i % 4 if i % 50 == 0 else 0,
                    "state": {"running": {"startedAt": at}},
                }
                for container in pod["spec"]["containers"]
            ],
        }
    }


if __name__ == "__main__":
    main()
