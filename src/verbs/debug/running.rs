//! Whether a container that was asked for runs, and why it does not.

use crate::model::Progress;
use crate::text::sanitise;
use serde_json::Value;

/// Waiting for these is waiting for nothing: the node does not try again by itself.
const HOPELESS: [&str; 2] = ["InvalidImageName", "ErrImageNeverPull"];

/// Judges a container of a pod by what the pod's status says. One that ended already has failed: there
/// is nothing to attach to.
pub fn judge(pod: &Value, container: &str) -> Progress {
    let status = ["ephemeralContainerStatuses", "containerStatuses", "initContainerStatuses"]
        .iter()
        .flat_map(|list| pod["status"][*list].as_array().into_iter().flatten())
        .find(|status| status["name"] == container);
    let text = |value: &Value| sanitise::clean(value.as_str().unwrap_or_default()).into_owned();
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        return Progress::Failed("the pod is being deleted".into());
    }
    let Some(status) = status else { return Progress::Waits(nowhere(pod)) };
    let state = &status["state"];
    if state["running"].is_object() {
        return Progress::Done(format!("container {container} runs"));
    }
    if state["terminated"].is_object() {
        let ended = &state["terminated"];
        let code = ended["exitCode"].as_i64().unwrap_or(0);
        let why = match (text(&ended["message"]), text(&ended["reason"])) {
            (message, _) if !message.is_empty() => format!(": {message}"),
            (_, reason) if !reason.is_empty() && reason != "Completed" => format!(": {reason}"),
            _ => String::new(),
        };
        return Progress::Failed(format!(
            "container {container} has ended already, with exit code {code}{why}"
        ));
    }
    let waiting = &state["waiting"];
    let (reason, message) = (text(&waiting["reason"]), text(&waiting["message"]));
    let words = match (reason.as_str(), message.as_str()) {
        ("", "") => "waits for its node to start it".to_owned(),
        ("ContainerCreating" | "PodInitializing", "") => "its node starts it".to_owned(),
        ("", message) => message.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    };
    if HOPELESS.contains(&reason.as_str()) {
        return Progress::Failed(words);
    }
    Progress::Waits(words)
}

/// Why nothing is said about the container yet.
fn nowhere(pod: &Value) -> String {
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    let unscheduled =
        pod["status"]["conditions"].as_array().into_iter().flatten().find(|condition| {
            condition["type"] == "PodScheduled" && condition["status"] == "False"
        });
    match unscheduled.and_then(|condition| condition["message"].as_str()) {
        Some(why) => format!("has no node yet: {}", sanitise::clean(why)),
        None if phase == "Failed" => {
            let why = pod["status"]["message"].as_str().or(pod["status"]["reason"].as_str());
            format!("the pod has failed: {}", sanitise::clean(why.unwrap_or("no reason is told")))
        }
        None => "waits for its node to see it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(state: &Value) -> Progress {
        let pod = json!({"status": {"phase": "Running", "ephemeralContainerStatuses": [
            {"name": "debugger-a", "state": state}]}});
        judge(&pod, "debugger-a")
    }

    #[test]
    fn a_container_that_runs_is_there_and_one_that_ended_never_will_be() {
        assert_eq!(
            with(&json!({"running": {}})),
            Progress::Done("container debugger-a runs".into())
        );
        let ended = with(&json!({"terminated": {"exitCode": 127, "reason": "StartError",
            "message": "exec: \"nope\": executable file not found in $PATH"}}));
        let Progress::Failed(words) = ended else { unreachable!("{ended:?}") };
        assert!(words.contains("exit code 127") && words.contains("not found"), "{words}");
        assert!(matches!(
            judge(&json!({"metadata": {"deletionTimestamp": "now"}}), "x"),
            Progress::Failed(_)
        ));
    }

    #[test]
    fn what_it_waits_for_is_said_in_the_nodes_words() {
        let pull = with(&json!({"waiting": {"reason": "ImagePullBackOff",
            "message": "Back-off pulling image \"nope:1\""}}));
        assert_eq!(
            pull,
            Progress::Waits("ImagePullBackOff: Back-off pulling image \"nope:1\"".into())
        );
        assert!(matches!(
            with(&json!({"waiting": {"reason": "InvalidImageName", "message": "couldn't parse"}})),
            Progress::Failed(_)
        ));
        let pending = json!({"status": {"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]}});
        assert_eq!(
            judge(&pending, "debugger"),
            Progress::Waits("has no node yet: 0/3 nodes are available".into())
        );
    }
}
