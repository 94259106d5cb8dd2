//! What a pod asks for and may take at most, as the scheduler counts it
//! (k8s.io/component-helpers/resource: `PodRequests`, `PodLimits`).

use super::amount::{Amount, Amounts};
use super::node::Node;
use super::pod::add;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Requests,
    Limits,
}

impl Side {
    fn field(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Limits => "limits",
        }
    }
}

pub(super) fn amounts(list: Node<'_>) -> Amounts {
    list.entries()
        .into_iter()
        .filter_map(|(name, amount)| Some((name.to_owned(), Amount::parse(&amount.text())?)))
        .collect()
}

fn raise(to: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        if to.get(name).is_none_or(|there| amount.exceeds(*there)) {
            to.insert(name.clone(), *amount);
        }
    }
}

/// The amounts of a pod. `resized`: what its containers have counts where that is more than what
/// the spec says, as while a pod is resized in place.
pub(super) fn of_pod(pod: Node<'_>, side: Side, resized: bool) -> Amounts {
    let spec = pod.get("spec");
    let mut sum = Amounts::new();
    for container in spec.get("containers").items() {
        add(&mut sum, &of_container(pod, container, "containerStatuses", side, resized));
    }
    // Init containers run one after another, those that stay run on beside all that follow.
    let (mut staying, mut first) = (Amounts::new(), Amounts::new());
    for container in spec.get("initContainers").items() {
        let stays = container.get("restartPolicy").str() == "Always";
        let own = of_container(pod, container, "initContainerStatuses", side, resized && stays);
        if stays {
            add(&mut sum, &own);
            add(&mut staying, &own);
            raise(&mut first, &staying);
        } else {
            let mut with = own;
            add(&mut with, &staying);
            raise(&mut first, &with);
        }
    }
    raise(&mut sum, &first);
    // What is said for the pod as a whole goes before.
    for (name, amount) in amounts(spec.get("resources").get(side.field())) {
        if matches!(name.as_str(), "cpu" | "memory") || name.starts_with("hugepages-") {
            sum.insert(name, amount);
        }
    }
    let overhead = amounts(spec.get("overhead"));
    match side {
        Side::Requests => add(&mut sum, &overhead),
        Side::Limits => {
            for (name, amount) in overhead {
                if let Some(limit) = sum.get_mut(&name).filter(|limit| !limit.is_zero()) {
                    *limit = limit.plus(amount);
                }
            }
        }
    }
    sum
}

fn of_container(
    pod: Node<'_>,
    container: Node<'_>,
    statuses: &str,
    side: Side,
    resized: bool,
) -> Amounts {
    let wanted = amounts(container.get("resources").get(side.field()));
    let name = container.get("name").str();
    let mut statuses = pod.get("status").get(statuses).items();
    let status = statuses.rfind(|status| status.get("name").str() == name);
    let Some(status) = status.filter(|status| resized && status.get("resources").exists()) else {
        return wanted;
    };
    let infeasible = pod.at("status.conditions").items().any(|condition| {
        condition.get("type").str() == "PodResizePending"
            && condition.get("reason").str() == "Infeasible"
    });
    let mut effective = if infeasible { Amounts::new() } else { wanted };
    raise(&mut effective, &amounts(status.get("resources").get(side.field())));
    if side == Side::Requests {
        raise(&mut effective, &amounts(status.get("allocatedResources")));
    }
    effective
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn words(pod: &serde_json::Value, side: Side, resized: bool) -> String {
        let amounts = of_pod(Node::from(pod), side, resized);
        amounts
            .iter()
            .map(|(name, amount)| format!("{name}={amount}"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn init_containers_count_as_far_as_they_exceed_the_rest() {
        let with = |cpu: &str| json!({"requests": {"cpu": cpu}, "limits": {"cpu": cpu}});
        let pod = json!({"spec": {
            "overhead": {"cpu": "10m", "memory": "1Mi"},
            "initContainers": [
                {"name": "a", "resources": with("300m")},
                {"name": "side", "restartPolicy": "Always", "resources": with("100m")},
                {"name": "b", "resources": with("900m")},
            ],
            "containers": [{"name": "x", "resources": with("200m")}, {"name": "y"}],
        }});
        // The sidecar beside the last init container: 100m + 900m, more than 200m + 100m.
        assert_eq!(words(&pod, Side::Requests, false), "cpu=1010m memory=1Mi");
        assert_eq!(words(&pod, Side::Limits, false), "cpu=1010m");
    }

    #[test]
    fn a_pod_that_is_resized_counts_the_greater() {
        let pod = |reason: &str| {
            json!({
                "spec": {"containers": [{"name": "x", "resources": {"requests": {"cpu": "2"}}}]},
                "status": {
                    "conditions": [{"type": "PodResizePending", "reason": reason}],
                    "containerStatuses": [{"name": "x", "allocatedResources": {"cpu": "1"},
                        "resources": {"requests": {"cpu": "500m"}}}],
                },
            })
        };
        assert_eq!(words(&pod("Deferred"), Side::Requests, true), "cpu=2");
        assert_eq!(words(&pod("Infeasible"), Side::Requests, true), "cpu=1");
        assert_eq!(words(&pod("Infeasible"), Side::Requests, false), "cpu=2");
    }

    #[test]
    fn what_is_said_for_the_pod_goes_before_its_containers() {
        let pod = json!({"spec": {
            "resources": {"requests": {"cpu": "3", "example.com/gpu": "1"}},
            "containers": [{"name": "x", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}],
        }});
        assert_eq!(words(&pod, Side::Requests, false), "cpu=3 memory=1Gi");
    }
}
