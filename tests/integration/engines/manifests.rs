//! What lies in the sources of the tests.

/// A Deployment called `web`.
pub fn web(replicas: u32, image: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {replicas}
  selector:
    matchLabels: {{ app: web }}
  template:
    metadata:
      labels: {{ app: web }}
    spec:
      containers:
      - name: main
        image: registry.example.com/{image}
"
    )
}

/// A ConfigMap with one value.
pub fn config(name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  value: {value:?}\n"
    )
}

/// A Deployment that never comes up.
pub fn stuck(name: &str) -> String {
    web(1, "web:1").replace("name: web", &format!("name: {name}")).replace(
        "labels: { app: web }",
        "labels: { app: web }\n      annotations: { test/never-ready: \"true\" }",
    )
}

/// The same manifest with an annotation on the object itself.
pub fn annotated(manifest: &str, name: &str, value: &str) -> String {
    manifest.replacen(
        "metadata:\n",
        &format!("metadata:\n  annotations: {{ {name}: {value:?} }}\n"),
        1,
    )
}
