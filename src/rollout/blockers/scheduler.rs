//! The scheduler's message in words. Its parts are those of the plugins in
//! `pkg/scheduler/framework/plugins`, each with the number of nodes before it.

/// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s). preemption: …` as
/// `1 of 3 nodes has too little cpu free, 2 have a taint that it does not tolerate`. For a pod that is
/// meant for `one_node` others are left out. None where nothing in it is known.
pub(super) fn words(message: &str, one_node: bool) -> Option<String> {
    let (count, rest) = message.split_once(" nodes are available: ")?;
    let total = count.strip_prefix("0/")?;
    if total == "0" {
        return Some("there is no node".into());
    }
    let rest = rest.split(" preemption: ").next().unwrap_or(rest);
    let rest = rest.split(" no new claims to deallocate").next().unwrap_or(rest);
    let mut told = Vec::new();
    for part in rest.trim_end_matches(['.', ' ', ',']).split(", ") {
        let part = part.trim().trim_end_matches('.');
        let Some((number, why)) = part.split_once(' ') else { continue };
        let Ok(nodes) = number.parse::<u64>() else {
            // A message about all of them.
            told.push(part.to_owned());
            continue;
        };
        let elsewhere =
            why.contains("node affinity/selector") || why.contains("requested node name");
        if one_node && elsewhere {
            continue;
        }
        let Some((one, many)) = known(why) else {
            told.push(format!("{number}: {why}"));
            continue;
        };
        let verb = if nodes == 1 { one } else { many };
        told.push(match told.is_empty() {
            true => format!("{nodes} of {total} nodes {verb}"),
            false => format!("{nodes} {verb}"),
        });
    }
    (!told.is_empty()).then(|| told.join(", "))
}

/// What is said of one node, and of several.
fn known(why: &str) -> Option<(String, String)> {
    let both = |one: &str, many: &str| Some((one.to_owned(), many.to_owned()));
    if let Some(resource) = why.strip_prefix("Insufficient ") {
        let rest = format!("too little {resource} free");
        return Some((format!("has {rest}"), format!("have {rest}")));
    }
    if why == "Too many pods" {
        return both("is full of pods", "are full of pods");
    }
    let why = why.strip_prefix("node(s) ")?;
    if let Some(taint) = why.strip_prefix("had untolerated taint {") {
        let taint = taint.trim_end_matches('}').trim_end_matches(": ");
        let rest = format!("the taint {taint}, which it does not tolerate");
        return Some((format!("has {rest}"), format!("have {rest}")));
    }
    const KNOWN: [(&str, &str, &str); 16] = [
        (
            "had untolerated taint",
            "has a taint that it does not tolerate",
            "have a taint that it does not tolerate",
        ),
        (
            "had taints that the pod",
            "has a taint that it does not tolerate",
            "have a taint that it does not tolerate",
        ),
        ("were unschedulable", "is cordoned", "are cordoned"),
        (
            "didn't match Pod's node affinity/selector",
            "does not match its node selector or affinity",
            "do not match its node selector or affinity",
        ),
        (
            "didn't match pod anti-affinity",
            "holds a pod that it must not be with",
            "hold a pod that it must not be with",
        ),
        (
            "didn't satisfy existing pods anti-affinity",
            "holds a pod that does not want it there",
            "hold a pod that does not want it there",
        ),
        (
            "didn't match pod affinity",
            "lacks the pod that it must be with",
            "lack the pod that it must be with",
        ),
        (
            "didn't match pod topology spread",
            "would spread its pods unevenly",
            "would spread its pods unevenly",
        ),
        ("didn't have free ports", "has its host port taken", "have its host port taken"),
        (
            "had no available volume zone",
            "is in another zone than its volume",
            "are in another zone than its volume",
        ),
        ("had volume node affinity conflict", "cannot reach its volume", "cannot reach its volume"),
        (
            "didn't match PersistentVolume's node affinity",
            "cannot reach its volume",
            "cannot reach its volume",
        ),
        (
            "didn't find available persistent volumes to bind",
            "has no volume for its claim",
            "have no volume for its claim",
        ),
        (
            "did not have enough free storage",
            "has too little storage free",
            "have too little storage free",
        ),
        ("exceed max volume count", "can attach no more volumes", "can attach no more volumes"),
        (
            "unavailable due to PersistentVolumeClaim with ReadWriteOncePod",
            "would share a claim that only one pod may use",
            "would share a claim that only one pod may use",
        ),
    ];
    KNOWN
        .iter()
        .find(|(mark, _, _)| why.starts_with(mark))
        .and_then(|(_, one, many)| both(one, many))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::words;

    #[test]
    fn the_schedulers_message_is_put_in_words() {
        let message = "0/6 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable, \
            2 node(s) had untolerated taint {dedicated: gpu}, 2 node(s) didn't match Pod's node \
            affinity/selector. preemption: 0/6 nodes are available: 6 Preemption is not helpful for scheduling.";
        let told = "1 of 6 nodes has too little cpu free, 1 is cordoned, \
            2 have the taint dedicated: gpu, which it does not tolerate, \
            2 do not match its node selector or affinity";
        assert_eq!(words(message, false).unwrap(), told);
        assert!(!words(message, true).unwrap().contains("affinity"), "of one node alone");
    }

    #[test]
    fn what_is_not_known_is_told_as_it_is() {
        let message = "0/3 nodes are available: 3 node(s) were sold.";
        assert_eq!(words(message, false).unwrap(), "3: node(s) were sold");
        assert_eq!(words("running PreFilter plugin: timeout", false), None);
        let none = "0/0 nodes are available: no nodes.";
        assert_eq!(words(none, false).unwrap(), "there is no node");
        let all = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.";
        assert!(words(all, false).unwrap().starts_with("pod has unbound"));
    }
}
