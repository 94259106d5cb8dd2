//! Containers of a pod or of a template, with the state they are in where there is one.

use super::amount::Amount;
use super::meta::{self, target};
use super::node::Node;
use super::page::Target;
use super::words::{self, none_if_empty};
use super::writer::{Cell, Out};
use crate::model::Tone;

/// Whose containers they are.
#[derive(Clone, Copy)]
pub(super) struct Home<'a> {
    /// Namespace of what they refer to.
    pub namespace: &'a str,
    /// The pod, whose fields variables may take; nothing for a template.
    pub pod: Option<Node<'a>>,
    /// Blanks before a template's section, as kubectl has them.
    pub space: &'a str,
}

impl Home<'_> {
    /// Where a name within a pod leads.
    pub(super) fn to(&self, kind: &str, name: Node<'_>) -> Target {
        target("", kind, self.namespace, name.str())
    }

    /// A container's or volume's name is set in by one more blank in templates.
    pub(super) fn named(&self, name: Node<'_>) -> Cell {
        let blank = if self.space.is_empty() { "" } else { " " };
        Cell::label(format!("{blank}{}:", name.text()))
    }
}

/// A section of containers.
pub(super) fn write(
    out: &mut Out,
    title: &str,
    containers: Node<'_>,
    statuses: Node<'_>,
    home: Home<'_>,
) {
    let none = if containers.items().len() == 0 { " <none>" } else { "" };
    out.line(0, Cell::label(format!("{}{title}:", home.space)).and(none));
    for container in containers.items() {
        let name = container.get("name").str();
        let status = statuses.items().rfind(|status| status.get("name").str() == name);
        basics(out, container, status, home);
        for (title, field) in [("Command", "command"), ("Args", "args")] {
            if container.get(field).items().len() > 0 {
                out.head(2, title);
                for part in container.get(field).items() {
                    out.line(3, part.text());
                }
            }
        }
        if let Some(status) = status {
            state(out, "State", status.get("state"));
            if status.at("lastState.terminated").exists() {
                state(out, "Last State", status.get("lastState"));
            }
            let ready = status.get("ready").yes();
            let tone = if ready { Tone::Good } else { Tone::Warn };
            out.field(2, "Ready", Cell::toned(if ready { "True" } else { "False" }, tone));
            let count = status.get("restartCount").num();
            let tone = if count > 0 { Tone::Warn } else { Tone::Plain };
            out.field(2, "Restart Count", Cell::toned(count.to_string(), tone));
        }
        resources(out, 2, container.get("resources"));
        for (title, field) in [
            ("Liveness", "livenessProbe"),
            ("Readiness", "readinessProbe"),
            ("Startup", "startupProbe"),
        ] {
            if container.get(field).exists() {
                out.field(2, title, probe(container.get(field)));
            }
        }
        env_from(out, container, home);
        env(out, container, home);
        mounts(out, container);
    }
}

fn basics(out: &mut Out, container: Node<'_>, status: Option<Node<'_>>, home: Home<'_>) {
    out.line(1, home.named(container.get("name")));
    if let Some(status) = status {
        out.field(2, "Container ID", status.get("containerID").text());
    }
    out.field(2, "Image", container.get("image").text());
    if let Some(status) = status {
        out.field(2, "Image ID", status.get("imageID").text());
    }
    for (one, many, field) in
        [("Port", "Ports", "containerPort"), ("Host Port", "Host Ports", "hostPort")]
    {
        let ports: Vec<String> = container
            .get("ports")
            .items()
            .map(|port| {
                let text = format!("{}/{}", port.get(field).num(), port.get("protocol").text());
                let name = port.get("name").text();
                if name.is_empty() { text } else { format!("{text} ({name})") }
            })
            .collect();
        let title = if ports.len() > 1 { many } else { one };
        out.field(2, title, none_if_empty(ports.join(", ")));
    }
    let profile = container.at("securityContext.seccompProfile");
    if profile.exists() {
        out.field(2, "SeccompProfile", profile.get("type").text());
        if profile.get("type").str() == "Localhost" {
            out.field(3, "LocalhostProfile", profile.get("localhostProfile").text());
        }
    }
}

fn state(out: &mut Out, title: &str, state: Node<'_>) {
    let (running, waiting, ended) =
        (state.get("running"), state.get("waiting"), state.get("terminated"));
    let reason = |out: &mut Out, node: Node<'_>, field: &str, title: &str| {
        if !node.get(field).is_empty() {
            out.field(3, title, node.get(field).text());
        }
    };
    if running.exists() {
        out.field(2, title, Cell::toned("Running", Tone::Good));
        out.field(3, "Started", out.date(running.get("startedAt")));
    } else if ended.exists() {
        let code = ended.get("exitCode").num();
        let tone = if code == 0 { Tone::Plain } else { Tone::Bad };
        out.field(2, title, Cell::toned("Terminated", tone));
        reason(out, ended, "reason", "Reason");
        reason(out, ended, "message", "Message");
        out.field(3, "Exit Code", Cell::toned(code.to_string(), tone));
        if ended.get("signal").num() > 0 {
            out.field(3, "Signal", ended.get("signal").num());
        }
        out.field(3, "Started", out.date(ended.get("startedAt")));
        out.field(3, "Finished", out.date(ended.get("finishedAt")));
    } else {
        out.field(2, title, Cell::toned("Waiting", Tone::Warn));
        reason(out, waiting, "reason", "Reason");
        // The reason alone ("CrashLoopBackOff") does not tell what failed.
        out.own(|out| reason(out, waiting, "message", "Message"));
    }
}

/// Limits and requests.
pub(super) fn resources(out: &mut Out, level: usize, resources: Node<'_>) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        let amounts = resources.get(field).entries();
        if !amounts.is_empty() {
            out.head(level, title);
        }
        for (name, amount) in amounts {
            out.field(level + 1, name, amount.text());
        }
    }
}

/// `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3`.
fn probe(probe: Node<'_>) -> String {
    let n = |field: &str| probe.get(field).num();
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        n("initialDelaySeconds"),
        n("timeoutSeconds"),
        n("periodSeconds"),
        n("successThreshold"),
        n("failureThreshold")
    );
    let (exec, http) = (probe.get("exec"), probe.get("httpGet"));
    let (tcp, grpc) = (probe.get("tcpSocket"), probe.get("grpc"));
    if exec.exists() {
        format!("exec [{}] {attributes}", exec.get("command").texts().join(" "))
    } else if http.exists() {
        format!("http-get {} {attributes}", address(http))
    } else if tcp.exists() {
        format!("tcp-socket {}:{} {attributes}", tcp.get("host").text(), tcp.get("port").text())
    } else if grpc.exists() {
        format!("grpc <pod>:{} {} {attributes}", grpc.get("port").num(), grpc.get("service").text())
    } else {
        format!("unknown {attributes}")
    }
}

/// A URL as Go's `url.URL` writes it of scheme, host, port and path.
fn address(http: Node<'_>) -> String {
    let scheme = http.get("scheme").text().to_lowercase();
    let (host, port) = (http.get("host").text(), http.get("port").text());
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let authority = if port.is_empty() { host } else { format!("{host}:{port}") };
    let mut url = String::new();
    if !scheme.is_empty() {
        url = format!("{scheme}:");
    }
    if !scheme.is_empty() || !authority.is_empty() {
        url.push_str("//");
    }
    url.push_str(&authority);
    let path = http.get("path").text();
    if !path.is_empty() && !path.starts_with('/') && !authority.is_empty() {
        url.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => url.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'~' | b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'='
            | b'@' | b'!' | b'\'' | b'(' | b')' | b'*' => url.push(char::from(byte)),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

fn optional(node: Node<'_>) -> Cell {
    Cell::from(format!("Optional: {}", words::truth(node.get("optional"))))
}

fn env_from(out: &mut Out, container: Node<'_>, home: Home<'_>) {
    if container.get("envFrom").items().len() == 0 {
        return;
    }
    out.head(2, "Environment Variables from");
    for one in container.get("envFrom").items() {
        let (map, secret) = (one.get("configMapRef"), one.get("secretRef"));
        let (from, kind) = if map.exists() {
            (map, "ConfigMap")
        } else if secret.exists() {
            (secret, "Secret")
        } else {
            (Node::default(), "")
        };
        let prefix = one.get("prefix").text();
        let prefix =
            if prefix.is_empty() { String::new() } else { format!(" with prefix '{prefix}'") };
        let name = Cell::link(from.get("name").text(), home.to(kind, from.get("name")));
        out.row(3, [name, format!("{kind}{prefix}").into(), optional(from)]);
    }
}

fn env(out: &mut Out, container: Node<'_>, home: Home<'_>) {
    if container.get("env").items().len() == 0 {
        return out.field(2, "Environment", "<none>");
    }
    out.head(2, "Environment");
    for variable in container.get("env").items() {
        let (name, from) = (variable.get("name").text(), variable.get("valueFrom"));
        let (field, resource) = (from.get("fieldRef"), from.get("resourceFieldRef"));
        let (secret, map) = (from.get("secretKeyRef"), from.get("configMapKeyRef"));
        if !from.exists() {
            out.field(3, &name, variable.get("value").text());
        } else if field.exists() {
            let path = field.get("fieldPath").text();
            let value = home.pod.map(|pod| pod_field(pod, &path)).unwrap_or_default();
            let version = field.get("apiVersion").text();
            out.field(3, &name, value.and(format!(" ({version}:{path})")));
        } else if resource.exists() {
            let what = resource.get("resource").text();
            let mut value = resource_value(resource, container);
            if value == "0" && (what == "limits.cpu" || what == "limits.memory") {
                value = "node allocatable".to_owned();
            }
            out.field(3, &name, format!("{value} ({what})"));
        } else if secret.exists() || map.exists() {
            let (of, kind, one) = if secret.exists() {
                (secret, "Secret", "in secret")
            } else {
                (map, "ConfigMap", "of config map")
            };
            let value = Cell::from(format!("<set to the key '{}' {one} '", of.get("key").text()))
                .and(Cell::link(of.get("name").text(), home.to(kind, of.get("name"))))
                .and("'>");
            out.row(3, [Cell::label(format!("{name}:")), value, optional(of)]);
        } else {
            // A source that kubectl passes over in silence.
            let source = from.entries().first().map(|(key, _)| (*key).to_owned());
            let source = source.unwrap_or_default();
            out.own(|out| out.field(3, &name, format!("<set from {source}>")));
        }
    }
}

/// The value of a pod's field that a variable takes, as far as the pod tells it. kubectl knows name
/// and namespace only.
fn pod_field(pod: Node<'_>, path: &str) -> Cell {
    let meta = pod.get("metadata");
    if let Some((map, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) {
        return match map {
            "metadata.annotations" => Cell::own(meta.get("annotations").get(key).text()),
            "metadata.labels" => Cell::own(meta.get("labels").get(key).text()),
            _ => Cell::default(),
        };
    }
    match path {
        "metadata.name" | "metadata.namespace" => pod.at(path).text().into(),
        "metadata.uid"
        | "spec.nodeName"
        | "spec.serviceAccountName"
        | "status.podIP"
        | "status.hostIP" => Cell::own(pod.at(path).text()),
        _ => Cell::default(),
    }
}

/// An amount of the container's in the unit of the divisor, rounded up.
fn resource_value(field: Node<'_>, container: Node<'_>) -> String {
    let what = field.get("resource").text();
    let Some((list, name)) = what.split_once('.') else { return String::new() };
    let known = matches!(name, "cpu" | "memory" | "ephemeral-storage");
    if !matches!(list, "limits" | "requests") || !(known || name.starts_with("hugepages-")) {
        return String::new();
    }
    let amount = container.get("resources").get(list).get(name);
    let amount = Amount::parse(&amount.text()).unwrap_or_default();
    let divisor = Amount::parse(&field.get("divisor").text()).filter(|divisor| !divisor.is_zero());
    let divisor = divisor.unwrap_or(Amount::of_units(1));
    let (amount, divisor) = if name == "cpu" {
        (amount.millis(), divisor.millis())
    } else {
        (amount.units(), divisor.units())
    };
    let whole = amount.div_euclid(divisor) + i128::from(amount.rem_euclid(divisor) != 0);
    whole.to_string()
}

fn mounts(out: &mut Out, container: Node<'_>) {
    let none = container.get("volumeMounts").items().len() == 0;
    let mut mounts: Vec<Node<'_>> = container.get("volumeMounts").items().collect();
    mounts.sort_by_key(|mount| mount.get("mountPath").text());
    if none {
        out.field(2, "Mounts", "<none>");
    } else {
        out.head(2, "Mounts");
    }
    for mount in mounts {
        let mut flags = if mount.get("readOnly").yes() { "ro" } else { "rw" }.to_owned();
        if !mount.get("subPath").is_empty() {
            flags.push_str(&format!(",path={:?}", mount.get("subPath").text()));
        }
        let (path, name) = (mount.get("mountPath").text(), mount.get("name").text());
        out.line(3, format!("{path} from {name} ({flags})"));
    }
    let mut devices: Vec<Node<'_>> = container.get("volumeDevices").items().collect();
    if devices.is_empty() {
        return;
    }
    devices.sort_by_key(|device| device.get("devicePath").text());
    if none {
        out.field(2, "Devices", "<none>");
    } else {
        out.head(2, "Devices");
    }
    for device in devices {
        let (path, name) = (device.get("devicePath").text(), device.get("name").text());
        out.line(3, format!("{path} from {name}"));
    }
}

/// Node selectors, tolerations and the like are lists under a title.
pub(super) fn tolerations(out: &mut Out, level: usize, tolerations: Node<'_>) {
    let mut all: Vec<Node<'_>> = tolerations.items().collect();
    all.sort_by_key(|one| one.get("key").text());
    let lines = all.into_iter().map(|one| {
        let text = |field: &str| one.get(field).text();
        let (key, value, effect) = (text("key"), text("value"), text("effect"));
        let mut line = key.clone();
        if !value.is_empty() {
            line.push_str(&format!("={value}"));
        }
        if !effect.is_empty() {
            line.push_str(&format!(":{effect}"));
        }
        if text("operator") == "Exists" && value.is_empty() {
            if !key.is_empty() || !effect.is_empty() {
                line.push(' ');
            }
            line.push_str("op=Exists");
        }
        if let Some(seconds) = one.get("tolerationSeconds").int() {
            line.push_str(&format!(" for {seconds}s"));
        }
        Cell::from(line)
    });
    meta::list(out, level, "Tolerations", lines.collect());
}

/// Topology spread constraints, where there are any.
pub(super) fn spread(out: &mut Out, level: usize, constraints: Node<'_>) {
    let mut all: Vec<Node<'_>> = constraints.items().collect();
    if all.is_empty() {
        return;
    }
    all.sort_by_key(|one| one.get("topologyKey").text());
    let lines = all.into_iter().map(|one| {
        let mut line = format!(
            "{}:{} when max skew {} is exceeded",
            one.get("topologyKey").text(),
            one.get("whenUnsatisfiable").text(),
            one.get("maxSkew").num()
        );
        if one.get("labelSelector").exists() {
            let selector = words::selector_or_none(one.get("labelSelector"));
            line.push_str(&format!(" for selector {selector}"));
        }
        Cell::from(line)
    });
    meta::list(out, level, "Topology Spread Constraints", lines.collect());
}
