#!/usr/bin/env python3
"""Creates N Argo CD Applications of about 20 KB, status included, on an API server; or one that delivers N
objects, which are there; or N release records of Helm; or changes statuses of such Applications, so many
a second.

usage: apps.py https://127.0.0.1:PORT TOKEN N
       apps.py https://127.0.0.1:PORT TOKEN --objects N
       apps.py https://127.0.0.1:PORT TOKEN --helm N [KILOBYTES]
       apps.py https://127.0.0.1:PORT TOKEN --churn N RATE SECONDS
Where no CustomResourceDefinition of Applications is there, an open one is made.
Only for a server on this machine: its certificate is not verified.
"""
import base64
import http.client
import json
import random
import ssl
import sys
import threading
import time
from urllib.parse import urlparse

LANES = 8
NAMESPACES = 10
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "applications.argoproj.io", "annotations": {"api-approved.kubernetes.io": "unapproved"}},
    "spec": {
        "group": "argoproj.io",
        "scope": "Namespaced",
        "names": {"plural": "applications", "singular": "application", "kind": "Application", "listKind": "ApplicationList", "shortNames": ["app", "apps"]},
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
SHA = "9f3c2a1b8d1e0aa41c77f90b6e5d4c3b2a190807"


class Server:
    def __init__(self, address, token):
        self.at = urlparse(address)
        if self.at.hostname not in ("127.0.0.1", "localhost", "::1"):
            sys.exit("only for a server on this machine")
        self.headers = {"Authorization": f"Bearer {token}", "User-Agent": "argocd-application-controller"}

    def lane(self):
        context = ssl._create_unverified_context()
        return http.client.HTTPSConnection(self.at.hostname, self.at.port, context=context)

    def send(self, lane, method, path, body, kind="application/json", fine=(200, 201, 409)):
        lane.request(method, path, json.dumps(body), {**self.headers, "Content-Type": kind})
        answer = lane.getresponse()
        text = answer.read()
        if answer.status not in fine:
            sys.exit(f"{method} {path}: {answer.status} {text[:300]!r}")
        return answer.status

    def share(self, count, one):
        """Calls one(lane, i) for all i, on as many connections as there are lanes."""

        def work(number):
            lane = self.lane()
            for i in range(number, count, LANES):
                one(lane, i)

        began = time.time()
        lanes = [threading.Thread(target=work, args=(number,)) for number in range(LANES)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        return time.time() - began


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    server = Server(sys.argv[1], sys.argv[2])
    lane = server.lane()
    for i in range(NAMESPACES):
        server.send(lane, "POST", "/api/v1/namespaces", {"metadata": {"name": f"apps-{i}"}})
    if sys.argv[3] == "--helm":
        helm(server, int(sys.argv[4]), int(sys.argv[5]) if len(sys.argv) > 5 else 50)
    elif sys.argv[3] == "--objects":
        objects(server, lane, int(sys.argv[4]))
    elif sys.argv[3] == "--churn":
        churn(server, int(sys.argv[4]), float(sys.argv[5]), float(sys.argv[6]))
    else:
        applications(server, lane, int(sys.argv[3]))


def path_of(i):
    return f"/apis/argoproj.io/v1alpha1/namespaces/apps-{i % NAMESPACES}/applications"


def serve_applications(server, lane):
    server.send(lane, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", CRD)
    for _ in range(600):
        if server.send(lane, "GET", path_of(0) + "?limit=1", None, fine=(200, 404)) == 200:
            break
        time.sleep(0.1)


def applications(server, lane, count):
    serve_applications(server, lane)

    def one(lane, i):
        server.send(lane, "POST", f"{path_of(i)}?fieldManager=argocd-application-controller", application(i))

    print(f"{count} applications in {server.share(count, one):.0f} s, {len(json.dumps(application(0)))} bytes each as sent")


def application(i):
    name = f"app-{i:05d}"
    source = {
        "repoURL": f"https://git.example.com/team-{i % 40}/deploy.git",
        "path": f"apps/{name}/overlays/production",
        "targetRevision": "main",
        "kustomize": {"images": [f"registry.example.com/team-{i % 40}/{name}:1.{i % 9}.0"]},
    }
    destination = {"server": "https://kubernetes.default.svc", "namespace": f"team-{i % 40}"}
    kinds = [("apps", "Deployment"), ("", "Service"), ("", "ConfigMap"), ("networking.k8s.io", "Ingress"), ("autoscaling", "HorizontalPodAutoscaler")]
    objects = [
        {"group": group, "version": "v1", "kind": kind, "namespace": f"team-{i % 40}", "name": f"{name}-component-{k}"}
        for k in range(8)
        for group, kind in kinds
    ]
    out = i % 5 == 0
    history = [
        {
            "id": k,
            "revision": SHA,
            "deployStartedAt": f"2026-11-{10 + k:02d}T09:29:41Z",
            "deployedAt": f"2026-11-{10 + k:02d}T09:30:00Z",
            "source": source,
            "initiatedBy": {"automated": True},
        }
        for k in range(10)
    ]
    results = [
        {**one, "status": "Synced", "message": f"{one['kind'].lower()}/{one['name']} configured", "hookPhase": "Running", "syncPhase": "Sync"}
        for one in objects
    ]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": name,
            "namespace": f"apps-{i % NAMESPACES}",
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
            "labels": {"team": f"team-{i % 40}"},
        },
        "spec": {
            "project": f"team-{i % 40}",
            "source": source,
            "destination": destination,
            "syncPolicy": {"automated": {"prune": True, "selfHeal": i % 2 == 0}, "syncOptions": ["CreateNamespace=true"]},
        },
        "status": {
            "sync": {"status": "OutOfSync" if out else "Synced", "revision": SHA, "comparedTo": {"source": source, "destination": destination}},
            "health": {"status": ["Healthy", "Progressing", "Degraded", "Healthy"][i % 4], "lastTransitionTime": "2026-11-20T09:30:00Z"},
            "resources": [{**one, "status": "OutOfSync" if out and k < 2 else "Synced"} for k, one in enumerate(objects)],
            "history": history,
            "reconciledAt": "2026-11-27T09:30:00Z",
            "resourceHealthSource": "appTree",
            "operationState": {
                "phase": "Succeeded",
                "message": "successfully synced (all tasks run)",
                "startedAt": "2026-11-20T09:29:41Z",
                "finishedAt": "2026-11-20T09:30:00Z",
                "operation": {"initiatedBy": {"automated": True}, "sync": {"revision": SHA, "prune": True}},
                "syncResult": {"revision": SHA, "source": source, "resources": results},
            },
            "summary": {"images": source["kustomize"]["images"]},
        },
    }


def objects(server, lane, count):
    """One application whose objects exist: ConfigMaps, and every fourth a Deployment that wants no pods."""
    serve_applications(server, lane)
    namespace = "apps-0"

    def of(i):
        group, kind = ("apps", "Deployment") if i % 4 == 0 else ("", "ConfigMap")
        return {"group": group, "version": "v1", "kind": kind, "namespace": namespace, "name": f"huge-{i:05d}"}

    def one(lane, i):
        name = f"huge-{i:05d}"
        metadata = {"name": name, "annotations": {"argocd.argoproj.io/tracking-id": f"huge:{of(i)['group']}/{of(i)['kind']}:{namespace}/{name}"}}
        if i % 4 == 0:
            template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": "registry.example.com/main:1"}]}}
            body = {"metadata": metadata, "spec": {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template}}
            path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
        else:
            body = {"metadata": metadata, "data": {"text": name * 40}}
            path = f"/api/v1/namespaces/{namespace}/configmaps"
        server.send(lane, "POST", f"{path}?fieldManager=argocd-controller", body)

    took = server.share(count, one)
    huge = application(0)
    huge["metadata"]["name"] = "huge"
    huge["spec"]["destination"]["namespace"] = namespace
    huge["status"]["resources"] = [{**of(i), "status": "Synced", "syncWave": i // 100} for i in range(count)]
    huge["status"]["operationState"]["syncResult"]["resources"] = [
        {**of(i), "status": "Synced", "message": f"{of(i)['kind'].lower()}/huge-{i:05d} configured", "syncPhase": "Sync"} for i in range(count)
    ]
    server.send(lane, "POST", f"{path_of(0)}?fieldManager=argocd-application-controller", huge)
    print(f"an application of {len(json.dumps(huge)) // 1024} KiB and its {count} objects in {took:.0f} s")


def churn(server, count, rate, seconds):
    """Health and reconciledAt of one application after the other become another."""
    states = ["Progressing", "Healthy", "Degraded", "Healthy"]
    began, total = time.time(), int(rate * seconds)

    def one(lane, i):
        wait = began + i / rate - time.time()
        if wait > 0:
            time.sleep(wait)
        at = i * 7919 % count
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        patch = {"status": {"health": {"status": states[i // 3 % 4]}, "reconciledAt": now}}
        server.send(lane, "PATCH", f"{path_of(at)}/app-{at:05d}", patch, "application/merge-patch+json")

    took = server.share(total, one)
    print(f"{total} changes in {took:.1f} s: {total / took:.0f} a second")


def helm(server, count, kilobytes):
    """Ten revisions of each release; bodies that do not compress, as those of Helm do not any more."""
    body = base64.b64encode(base64.b64encode(random.Random(1).randbytes(kilobytes * 576))).decode()

    def one(lane, i):
        release, revision = f"release-{i // 10}", i % 10 + 1
        namespace = f"apps-{i // 10 % NAMESPACES}"
        status = "deployed" if revision == 10 else "superseded"
        secret = {
            "metadata": {
                "name": f"sh.helm.release.v1.{release}.v{revision}",
                "namespace": namespace,
                "labels": {"owner": "helm", "name": release, "status": status, "version": str(revision), "modifiedAt": "1795900000"},
            },
            "type": "helm.sh/release.v1",
            "data": {"release": body},
        }
        server.send(lane, "POST", f"/api/v1/namespaces/{namespace}/secrets?fieldManager=helm", secret)

    took = server.share(count, one)
    print(f"{count} release records of {len(body) // 1024} KiB in {took:.0f} s")


if __name__ == "__main__":
    main()
