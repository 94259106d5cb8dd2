//! `forward`: local ports that lead into the cluster, until Ctrl-C.

use super::args::{Forward, Global};
use super::headless::{self, CLUSTER, Headless};
use super::{FAILED, OK, output::print, tell, tui};
use crate::model::{
    Fault, FaultKind, ForwardEvent, ForwardSpec, ObjRef, PlanId, StreamEvent, StreamId, StreamSpec,
    Text,
};
use crate::text::sanitise;
use crate::verbs::Draft;
use crate::verbs::forward;

const STREAM: StreamId = StreamId(1);

/// Runs it until it ends, which it does not by itself while anything can be waited for.
pub fn run(global: &Global, args: &Forward) -> Result<u8, Fault> {
    let what = format!("forward to {}", args.target);
    let ports = forward::ports(&args.ports.join(" "))
        .map_err(|why| Fault::new(FaultKind::Input, &what, why))?;
    let (_, config, _) = tui::configuration(global);
    let place = headless::place(global)?;
    let readonly = config.settings.readonly_in(&place.context);
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let namespace = global.namespace.as_deref().unwrap_or(&place.namespace);
    let target = target(&cluster, &args.target, namespace)?;
    let spec =
        ForwardSpec { target, first: Text::new(), address: args.address.as_str().into(), ports };
    let draft = forward::Forward::known(&spec);
    let plan = draft.plan(PlanId(1), &place.context.as_str().into())?;
    let mut events = cluster.open(STREAM, StreamSpec::Forward(spec.clone()), Some(plan), readonly);
    while let Some(event) = cluster.next_told(&mut events) {
        let StreamEvent::Forward(event) = event else { continue };
        match event {
            ForwardEvent::Listening(local) => {
                for (port, local) in spec.ports.iter().zip(local) {
                    print(&format!(
                        "forwarding {}:{local} -> {} of {}\n",
                        spec.address, port.remote, spec.target
                    ))?;
                }
            }
            ForwardEvent::Pod(pod) => say(&format!("leads to pod {pod}")),
            ForwardEvent::Waiting(why) => say(&format!("waits: {why}")),
            ForwardEvent::Trouble(fault) => tell(&fault),
            ForwardEvent::Traffic { .. } => {}
            ForwardEvent::End(None) => return Ok(OK),
            ForwardEvent::End(Some(fault)) => {
                tell(&fault);
                return Ok(super::exit_code(&fault));
            }
        }
    }
    Ok(FAILED)
}

fn say(words: &str) {
    eprintln!("wheelhouse: {}", sanitise::clean(words));
}

/// `api-0`, `svc/api`, `deploy/api`: as kubectl takes them.
pub(super) fn target(cluster: &Headless, text: &str, namespace: &str) -> Result<ObjRef, Fault> {
    let what = format!("find {text}");
    let (kind, name) = text.split_once('/').unwrap_or(("pods", text));
    let Some(resource) = cluster.catalogue.find(kind) else {
        let near = cluster.catalogue.nearest(kind).join(", ");
        let fault = Fault::new(FaultKind::Input, what, "the cluster serves no such kind");
        return Err(if near.is_empty() {
            fault
        } else {
            fault.hint(format!("did you mean {near}?"))
        });
    };
    if name.is_empty() || name.contains('/') {
        let why = "it names no object: write KIND/NAME, or a pod's name";
        return Err(Fault::new(FaultKind::Input, what, why));
    }
    if !resource.namespaced {
        let why = format!("no pods stand behind a {}", resource.kind);
        return Err(Fault::new(FaultKind::Input, what, why));
    }
    let namespace = if namespace.is_empty() { "default" } else { namespace };
    Ok(ObjRef {
        cluster: CLUSTER,
        gvr: resource.gvr.clone(),
        kind: resource.kind.clone(),
        namespace: namespace.into(),
        name: name.into(),
        uid: Text::new(),
    })
}
