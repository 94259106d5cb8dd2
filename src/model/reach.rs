//! Requests that reach into a container: exec and attach, as the API server takes them
//! (`PodExecOptions`, `PodAttachOptions`).

use super::{Gvr, Method, ObjRef, PlanRequest, ShellSpec};
use std::fmt::Write as _;

impl PlanRequest {
    /// The upgrade that runs a command in a container, or attaches to it where there is no command.
    pub fn shell(spec: &ShellSpec) -> Self {
        Self::reach(&spec.pod, &spec.container, &spec.command, spec.stdin, spec.tty)
    }

    /// The upgrade that runs `command` in a container with its three streams and no terminal.
    pub fn exec(pod: &ObjRef, container: &str, command: &[String]) -> Self {
        Self::reach(pod, container, command, true, false)
    }

    fn reach(pod: &ObjRef, container: &str, command: &[String], stdin: bool, tty: bool) -> Self {
        let pods = Gvr::new("", "v1", "pods");
        let verb = if command.is_empty() { "attach" } else { "exec" };
        let mut path = format!("{}/{verb}?", pods.object_path(&pod.namespace, &pod.name));
        for part in command {
            path.push_str("command=");
            push_encoded(&mut path, part);
            path.push('&');
        }
        if !container.is_empty() {
            path.push_str("container=");
            push_encoded(&mut path, container);
            path.push('&');
        }
        // With a terminal there is one stream out, and asking for another one is an error.
        let _ = write!(path, "stdin={stdin}&stdout=true&stderr={}&tty={tty}", !tty);
        let target = ObjRef { gvr: pods, kind: "Pod".into(), ..pod.clone() };
        Self::new(Method::Connect, target, Some(path))
    }
}

/// Appends the value of a query parameter, percent-encoded.
fn push_encoded(path: &mut String, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                path.push(char::from(byte));
            }
            other => {
                let _ = write!(path, "%{other:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClusterId;

    fn spec(command: &[&str], tty: bool) -> ShellSpec {
        ShellSpec {
            pod: ObjRef {
                cluster: ClusterId(0),
                gvr: Gvr::new("", "v1", "pods"),
                kind: "Pod".into(),
                namespace: "shop".into(),
                name: "api-0".into(),
                uid: "u".into(),
            },
            container: "api".into(),
            command: command.iter().map(|part| (*part).to_owned()).collect(),
            tty,
            stdin: true,
            size: (80, 24),
        }
    }

    #[test]
    fn each_argument_is_a_parameter_of_its_own_whatever_is_in_it() {
        let request = PlanRequest::shell(&spec(&["sh", "-c", "echo a&b; #ü 100%"], false));
        assert_eq!(
            request.path,
            "/api/v1/namespaces/shop/pods/api-0/exec?command=sh&command=-c\
             &command=echo%20a%26b%3B%20%23%C3%BC%20100%25&container=api\
             &stdin=true&stdout=true&stderr=true&tty=false"
        );
        assert_eq!((request.subresource(), request.method.as_str()), ("exec", "GET"));
        let question = request.question();
        assert_eq!((question.verb, &*question.subresource), ("create", "exec"));
    }

    #[test]
    fn no_command_attaches_and_a_terminal_has_no_standard_error() {
        let request = PlanRequest::shell(&spec(&[], true));
        assert_eq!(
            request.path,
            "/api/v1/namespaces/shop/pods/api-0/attach?container=api\
             &stdin=true&stdout=true&stderr=false&tty=true"
        );
    }
}
