//! What refusals of exec and attach mean, and what a person can do.

use crate::model::{Fault, FaultKind};

/// The same fault with what to do about it, and of the kind that its words tell.
pub(crate) fn explained(mut fault: Fault) -> Fault {
    let words = fault.why.to_lowercase();
    let has = |part: &str| words.contains(part);
    let (kind, hint) = if fault.kind == FaultKind::Forbidden {
        let hint = "this takes `create` on pods/exec or pods/attach (before 1.35 `get`); to read \
                    logs is another permission";
        (FaultKind::Forbidden, hint)
    } else if has("executable file not found")
        || has("command not found")
        || (has("no such file or directory") && (has("exec") || has("start")))
    {
        let hint = "the image has no such program; a debug container brings its own";
        (FaultKind::NotFound, hint)
    } else if has("permission denied") && has("exec") {
        (FaultKind::Other, "the file is there, but is no program that this user may run")
    } else if has("completed pod") {
        (FaultKind::Invalid, "its processes have ended; their logs can still be read")
    } else if has("container not found")
        || has("not created or running")
        || has("is not running")
        || has("waiting to start")
        || has("does not have a host assigned")
        || has("not yet assigned")
    {
        let hint = "the container has not started, or has ended: its description says why";
        (FaultKind::Invalid, hint)
    } else if has("is not valid for pod") {
        (FaultKind::NotFound, "the pod has no container of that name")
    } else if has("a container name must be specified") {
        (FaultKind::Input, "name one of its containers with -c")
    } else if has("opened no stream")
        || has("no websocket")
        || has("none of the protocols")
        || has("upgrade request required")
        || has("unable to upgrade")
    {
        let hint =
            "this needs WebSockets all the way: a proxy in between may let only SPDY through";
        (fault.kind, hint)
    } else {
        return fault;
    };
    fault.kind = kind;
    fault.hint = hint.into();
    fault
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(why: &str) -> (FaultKind, String) {
        let fault = explained(Fault::new(FaultKind::Other, "exec", why));
        (fault.kind, fault.hint)
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        for (why, is) in [
            (
                "error executing command in container: failed to exec in container: failed to start \
                 exec: OCI runtime exec failed: exec failed: unable to start container process: \
                 exec: \"bash\": executable file not found in $PATH",
                FaultKind::NotFound,
            ),
            ("exec: \"/bin/bash\": stat /bin/bash: no such file or directory", FaultKind::NotFound),
            (
                "cannot exec into a container in a completed pod; current phase is Succeeded",
                FaultKind::Invalid,
            ),
            ("unable to upgrade connection: container not found (\"api\")", FaultKind::Invalid),
            ("container nope is not valid for pod api-0", FaultKind::NotFound),
            ("the server answered, but opened no stream", FaultKind::Other),
        ] {
            let (kind, hint) = kind(why);
            assert_eq!(kind, is, "{why}");
            assert!(!hint.is_empty(), "{why}");
        }
        assert_eq!(kind("out of cheese"), (FaultKind::Other, String::new()));
        let no = explained(Fault::new(FaultKind::Forbidden, "exec", "pods \"x\" is forbidden"));
        assert!(no.hint.contains("pods/exec"));
    }
}
