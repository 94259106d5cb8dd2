#!/usr/bin/env python3
"""Changes R of the pods that pods.py made, each second, for S seconds.

usage: churn.py https://127.0.0.1:PORT TOKEN R S N
"""
import http.client
import json
import random
import ssl
import sys
import time
from urllib.parse import urlparse


def main():
    server, token = urlparse(sys.argv[1]), sys.argv[2]
    rate, seconds, count = float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
    if server.hostname not in ("127.0.0.1", "localhost", "::1"):
        sys.exit("only for a server on this machine")
    context = ssl._create_unverified_context()
    lane = http.client.HTTPSConnection(server.hostname, server.port, context=context)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/merge-patch+json",
        "User-Agent": "kubelet/v1.36",
    }
    pick, began, done = random.Random(7), time.time(), 0
    while time.time() - began < seconds:
        i = pick.randrange(count)
        path = f"/api/v1/namespaces/load-{i % 10}/pods/svc-{i % 200}-6d9f7c8b5-{i:05d}"
        body = json.dumps({"metadata": {"annotations": {"churn": str(time.time())}}})
        lane.request("PATCH", path, body, headers)
        lane.getresponse().read()
        done += 1
        time.sleep(max(0.0, began + done / rate - time.time()))
    print(f"{done} changes in {time.time() - began:.1f} s")


if __name__ == "__main__":
    main()
