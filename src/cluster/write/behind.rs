//! The one rule by which a plan that says "a ready pod of Service/web" becomes a permit for one pod:
//! the pod must stand behind the planned target, and the port must be where the planned one leads.

use super::{Permit, connecting};
use crate::cluster::errors;
use crate::cluster::session::Session;
use crate::kinds::behind::{Behind, Entrance};
use crate::model::{Fault, FaultKind, Plan, PlanRequest};

/// The way into one port of one pod.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) permit: Permit,
    /// Path and query as they are sent.
    pub(crate) path: String,
    /// The pod's port.
    pub(crate) port: u16,
}

/// The permit for a request of a plan that leads to pods behind its target. `behind` and `pod` were
/// read from what the server said about the target and the pod.
///
/// # Errors
/// The session is read-only, the plan has no such request or is for another cluster, or the pod does
/// not stand behind the planned target.
pub(crate) fn permit_behind(
    session: &Session,
    plan: &Plan,
    number: usize,
    behind: &Behind,
    pod: &Entrance,
) -> Result<Way, Fault> {
    let request = connecting(session, plan, number)?;
    let refused = |why: String| Fault::new(FaultKind::Refused, &plan.title, errors::line(&why));
    let planned = request
        .behind
        .as_ref()
        .ok_or_else(|| refused("it leads to one container, not to a port".into()))?;
    let target = &planned.target;
    if target.cluster != plan.cluster || !behind.is_of(target) {
        return Err(refused(format!("{target} is what the plan is about")));
    }
    if !behind.has(pod) {
        return Err(refused(format!("pod {} does not stand behind {target}", pod.name)));
    }
    let port = behind.port(&planned.port, pod).map_err(|why| {
        Fault::new(FaultKind::Input, format!("forward to {target}"), errors::line(&why))
    })?;
    let path = PlanRequest::port_forward_path(&pod.namespace, &pod.name, &port.to_string());
    let permit = Permit::new(plan, request, &path, session.readonly())?;
    Ok(Way { permit, path, port })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cluster::batch::Outbox;
    use crate::cluster::link::Link;
    use crate::cluster::session::Settings;
    use crate::cluster::timing::Timing;
    use crate::model::{ClusterId, Gvr, ObjRef, PlanId};
    use serde_json::json;
    use std::rc::Rc;

    fn service(cluster: u32, name: &str) -> ObjRef {
        ObjRef {
            cluster: ClusterId(cluster),
            gvr: Gvr::new("", "v1", "services"),
            kind: "Service".into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: "".into(),
        }
    }

    fn session(readonly: bool) -> Rc<Session> {
        let timing = Timing::default();
        let link = Link::new(ClusterId(0), timing.clone(), Outbox::new(timing.batch));
        let session = Session::new(link, "test".into(), Rc::new(Settings::default()));
        session.set_readonly(readonly);
        session
    }

    fn plan(target: &ObjRef, port: &str) -> Plan {
        Plan::empty(PlanId(1), ClusterId(0), "test".into(), format!("Forward to {target}"))
            .request(PlanRequest::port_forward(target, &port.into()))
    }

    fn behind(name: &str) -> Behind {
        let json = json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {
            "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}});
        Behind::read(&service(0, name), json.to_string().as_bytes()).unwrap()
    }

    fn pod(app: &str) -> Entrance {
        let json = json!({
            "metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": app}},
            "spec": {"containers": [{"ports": [{"name": "http", "containerPort": 8080}]}]}});
        Entrance::read(json.to_string().as_bytes()).unwrap()
    }

    fn covers(way: &Way, path: &str) -> bool {
        way.permit.covers(&http::Method::GET, path)
    }

    #[test]
    fn a_plan_for_a_service_opens_its_pods_at_the_port_it_leads_to_and_nothing_else() {
        let (session, plan) = (session(false), plan(&service(0, "web"), "80"));
        let shown = &plan.requests[0].path;
        assert_eq!(shown, "/api/v1/namespaces/shop/pods/POD/portforward?ports=PORT");
        let way = permit_behind(&session, &plan, 0, &behind("web"), &pod("web")).unwrap();
        assert_eq!(way.path, "/api/v1/namespaces/shop/pods/web-1/portforward?ports=8080");
        assert_eq!(way.port, 8080);
        assert!(covers(&way, &way.path));
        for other in [
            "/api/v1/namespaces/shop/pods/web-1/portforward?ports=22",
            "/api/v1/namespaces/shop/pods/web-2/portforward?ports=8080",
            "/api/v1/namespaces/shop/pods/web-1/exec?command=sh",
            shown,
        ] {
            assert!(!covers(&way, other), "{other}");
        }
    }

    #[test]
    fn a_pod_that_is_not_behind_the_planned_target_is_refused() {
        let (session, plan) = (session(false), plan(&service(0, "web"), "80"));
        let stranger = permit_behind(&session, &plan, 0, &behind("web"), &pod("db")).unwrap_err();
        assert_eq!(stranger.kind, FaultKind::Refused);
        // Evidence about another object is none.
        let other = permit_behind(&session, &plan, 0, &behind("db"), &pod("web")).unwrap_err();
        assert_eq!(other.kind, FaultKind::Refused);
        let unplanned = permit_behind(&session, &plan, 1, &behind("web"), &pod("web"));
        assert_eq!(unplanned.unwrap_err().kind, FaultKind::Refused);
    }

    #[test]
    fn a_port_that_was_not_planned_is_refused() {
        let plan = plan(&service(0, "web"), "8080");
        let wrong = permit_behind(&session(false), &plan, 0, &behind("web"), &pod("web"));
        assert!(wrong.unwrap_err().why.contains("no port 8080"));
    }

    #[test]
    fn read_only_another_cluster_and_a_plan_for_something_else_open_nothing() {
        let refusal = |session: &Session, plan: &Plan| {
            permit_behind(session, plan, 0, &behind("web"), &pod("web")).unwrap_err().kind
        };
        let good = plan(&service(0, "web"), "80");
        assert_eq!(refusal(&session(true), &good), FaultKind::Refused);
        let elsewhere = plan(&service(7, "web"), "80");
        assert_eq!(refusal(&session(false), &elsewhere), FaultKind::Refused);
        let mut exec = good.clone();
        exec.requests[0].behind = None;
        assert_eq!(refusal(&session(false), &exec), FaultKind::Refused);
        // And the other way round: the placeholder itself is never sent.
        let open = session(false);
        assert!(super::super::permit(&open, &good, 0).is_err());
    }
}
