#!/usr/bin/env python3
"""Creates what comparisons are measured on: N objects (every fourth a Deployment that wants no pods, the others
ConfigMaps), every tenth of them edited by somebody, delivered

  - by an Argo CD Application `argocd/drift` to the namespace drift-argo, with the copies that a sync leaves,
  - by a Helm release `drift` in the namespace drift-helm, applied as helm 4 does it,

and a ConfigMap of 10,000 lines in drift-large, of which every hundredth was edited.

usage: drift.py https://127.0.0.1:PORT TOKEN [N]
Only for a server on this machine: its certificate is not verified.
"""
import base64
import copy
import gzip
import json
import sys

from apps import Server, application, serve_applications

COPY = "kubectl.kubernetes.io/last-applied-configuration"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
LINES = 10_000


def manifest(namespace, i):
    """An object as it stands in a repository: 2 KB, or 4 KB with what the server adds."""
    name = f"drift-{i:05d}"
    metadata = {"name": name, "namespace": namespace, "labels": {"app": name, "team": "shop"}}
    if i % 4:
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {f"key-{n}": f"value {n} of {name}" for n in range(40)}}
    container = {
        "name": "main",
        "image": "registry.example.com/main:1",
        "env": [{"name": f"NAME_{n}", "value": f"value {n}"} for n in range(20)],
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def collection(one):
    namespace = one["metadata"]["namespace"]
    if one["kind"] == "Deployment":
        return f"/apis/apps/v1/namespaces/{namespace}/deployments"
    return f"/api/v1/namespaces/{namespace}/configmaps"


def edit(server, lane, one):
    body = {"data": {"key-0": "edited"}} if one["kind"] == "ConfigMap" else {"spec": {"minReadySeconds": 5}}
    path = f"{collection(one)}/{one['metadata']['name']}"
    server.send(lane, "PATCH", f"{path}?fieldManager=kubectl-edit", body, MERGE)


def argo(server, lane, count):
    def one(lane, i):
        body = manifest("drift-argo", i)
        name = body["metadata"]["name"]
        group = "apps" if body["kind"] == "Deployment" else ""
        body["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": f"drift:{group}/{body['kind']}:drift-argo/{name}"}
        copied = copy.deepcopy(body)
        body["metadata"]["annotations"][COPY] = json.dumps(copied)
        server.send(lane, "POST", f"{collection(body)}?fieldManager=argocd-controller", body)
        if i % 10 == 0:
            edit(server, lane, body)

    server.share(count, one)
    app = application(0)
    app["metadata"] = {"name": "drift", "namespace": "argocd"}
    app["spec"]["destination"] = {"server": "https://kubernetes.default.svc", "namespace": "drift-argo"}

    def told(i):
        body = manifest("drift-argo", i)
        group, _, version = body["apiVersion"].rpartition("/")
        status = "OutOfSync" if i % 10 == 0 else "Synced"
        return {"group": group, "version": version, "kind": body["kind"], "namespace": "drift-argo", "name": body["metadata"]["name"], "status": status}

    app["status"]["resources"] = [told(i) for i in range(count)]
    app["status"]["operationState"]["syncResult"]["resources"] = []
    path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
    server.send(lane, "POST", f"{path}?fieldManager=argocd-application-controller", app)


def block(value, indent=""):
    """An object as templates write it: YAML in blocks."""
    lines = []
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            lines += [f"{indent}{key}:", block(inner, indent + "  ")]
        elif isinstance(inner, list) and inner:
            lines.append(f"{indent}{key}:")
            for item in inner:
                lines.append(f"{indent}- {block(item, indent + '  ').lstrip()}")
        else:
            lines.append(f"{indent}{key}: {json.dumps(inner)}")
    return "\n".join(lines)


def helm(server, lane, count):
    def one(lane, i):
        body = manifest("drift-helm", i)
        body["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "Helm"
        body["metadata"]["annotations"] = {"meta.helm.sh/release-name": "drift", "meta.helm.sh/release-namespace": "drift-helm"}
        path = f"{collection(body)}/{body['metadata']['name']}?fieldManager=helm&force=true"
        server.send(lane, "PATCH", path, body, APPLY)
        if i % 10 == 0:
            edit(server, lane, body)

    server.share(count, one)
    text = "".join(f"---\n# Source: drift/templates/{i}.yaml\n{block(manifest('drift-helm', i))}\n" for i in range(count))
    now = "2026-11-28T10:00:00Z"
    release = {
        "name": "drift",
        "namespace": "drift-helm",
        "version": 1,
        "manifest": text,
        "apply_method": "ssa",
        "info": {"first_deployed": now, "last_deployed": now, "status": "deployed", "description": "Install complete"},
        "chart": {"metadata": {"name": "drift", "version": "1.0.0", "apiVersion": "v2"}},
    }
    record = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    labels = {"owner": "helm", "name": "drift", "status": "deployed", "version": "1", "modifiedAt": "1795900000"}
    secret = {"metadata": {"name": "sh.helm.release.v1.drift.v1", "labels": labels}, "type": "helm.sh/release.v1", "data": {"release": record}}
    server.send(lane, "POST", "/api/v1/namespaces/drift-helm/secrets?fieldManager=helm", secret)


def large(server, lane):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "large", "namespace": "drift-large"}, "data": {f"k{n:05d}": str(n) for n in range(LINES)}}
    body["metadata"]["annotations"] = {COPY: json.dumps(body, separators=(",", ":"))}
    server.send(lane, "POST", f"{collection(body)}?fieldManager=kubectl-client-side-apply", body)
    edits = {"data": {f"k{n:05d}": "edited" for n in range(0, LINES, 100)}}
    server.send(lane, "PATCH", f"{collection(body)}/large?fieldManager=kubectl-edit", edits, MERGE)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    server = Server(sys.argv[1], sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    lane = server.lane()
    for namespace in ("apps-0", "argocd", "drift-argo", "drift-helm", "drift-large"):
        server.send(lane, "POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    serve_applications(server, lane)
    argo(server, lane, count)
    helm(server, lane, count)
    large(server, lane)
    print(f"{count} objects of an Application, {count} of a Helm release, and a ConfigMap of {LINES} lines")


if __name__ == "__main__":
    main()
