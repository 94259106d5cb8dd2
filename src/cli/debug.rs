//! `debug`: a debug container in a pod, or a pod on a node, attached to when it runs.

use super::args::{Debug, Global};
use super::headless::{self, Headless};
use super::{FAILED, OK, TIMED_OUT, exec, output::print, pods, tell, tui};
use crate::model::{Fault, FaultKind, FollowState, ObjRef, Parts, Plan, PlanId, StreamSpec, Text};
use crate::runtime::now;
use crate::text::sanitise;
use crate::verbs::Draft;
use crate::verbs::debug::{self, NodeShell, Profile, Wanted};
use std::io::IsTerminal;

/// Runs it to its end; the exit code of what was attached to is ours.
pub fn run(global: &Global, args: &Debug) -> Result<u8, Fault> {
    let (_, config, _) = tui::configuration(global);
    let place = headless::place(global)?;
    let readonly = config.settings.readonly_in(&place.context);
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let namespace = match global.namespace.as_deref().unwrap_or(&place.namespace) {
        "" => "default",
        namespace => namespace,
    };
    let mut draft = draft(&mut cluster, args, &config.settings.debug_image, namespace)?;
    for (number, read) in draft.reads().into_iter().enumerate() {
        let answer = cluster.read(read);
        draft.learn(number, answer.as_deref());
    }
    let plan = draft.plan(PlanId(1), &place.context.as_str().into())?;
    for note in &plan.notes {
        say(&format!("{}{}", if note.warning { "warning: " } else { "" }, note.text));
    }
    let Parts { before, opens, after } = plan.parts();
    let states = cluster.run_plan(before, readonly, |state| {
        if let FollowState::Progressing(words) = state {
            say(words);
        }
    });
    let started = outcome(&states);
    let code = match (started, draft.stream()) {
        (Ok(words), Some(StreamSpec::Shell(spec))) => {
            say(&words);
            exec::talk(&mut cluster, spec, opens, readonly)
        }
        (Ok(words), _) => {
            print(&format!("{words}\n"))?;
            Ok(OK)
        }
        (Err(code), _) => Ok(code),
    };
    // Also what did not start is there, unless the server said no.
    let refused = states.iter().all(|state| match state {
        FollowState::Failed(fault) => fault.code.is_some() || fault.kind == FaultKind::Refused,
        _ => false,
    });
    if !after.requests.is_empty() && !refused {
        clear_away(&mut cluster, after, readonly);
    }
    code
}

fn draft(
    cluster: &mut Headless,
    args: &Debug,
    image: &str,
    namespace: &str,
) -> Result<Box<dyn Draft>, Fault> {
    let what = format!("debug {}", args.target);
    let input = |why: String| Fault::new(FaultKind::Input, &what, why);
    let names = || Profile::ALL.map(Profile::name).join(", ");
    let profile = Profile::by_name(&args.profile)
        .ok_or_else(|| input(format!("there is no profile {:?}", args.profile)).hint(names()))?;
    let wanted = Wanted {
        image: args.image.clone().unwrap_or_else(|| image.to_owned()),
        profile,
        command: shell_words::join(&args.command),
        name: args.container.clone(),
        tty: !args.detach && std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
        stdin: !args.detach,
    };
    let kind = args.target.split_once('/').map_or("pods", |(kind, _)| kind);
    let resource = cluster.catalogue.find(kind).cloned();
    let node = resource.filter(|found| found.gvr.plural == "nodes" && found.gvr.group.is_empty());
    if let (Some(nodes), Some((_, name))) = (node, args.target.split_once('/')) {
        if !args.target_container.is_empty() {
            let why = "on a node there is no container whose processes could be seen";
            return Err(input(why.into()));
        }
        if name.is_empty() || name.contains('/') {
            return Err(input("it names no node: write node/NAME".into()));
        }
        let node = ObjRef {
            cluster: headless::CLUSTER,
            gvr: nodes.gvr.clone(),
            kind: nodes.kind.clone(),
            namespace: Text::new(),
            name: name.into(),
            uid: Text::new(),
        };
        let draft = NodeShell::new(node, namespace, now()).of(wanted).chroot(args.chroot);
        return Ok(Box::new(if args.keep { draft.keeping() } else { draft }));
    }
    if args.chroot || args.keep {
        let option = if args.chroot { "--chroot" } else { "--keep" };
        return Err(input(format!("{option} is for nodes: node/NAME")));
    }
    let (pod, _) = pods::find(cluster, &args.target, namespace)?;
    let draft = debug::Debug::new(pod, now()).of(wanted);
    Ok(Box::new(draft.target(args.target_container.as_str().into())))
}

/// What came of it: words, or the exit code of what failed, which is told.
fn outcome(states: &[FollowState]) -> Result<String, u8> {
    let mut words = String::new();
    for state in states {
        match state {
            FollowState::Done(done) => words.clone_from(done),
            FollowState::Failed(fault) => {
                tell(fault);
                return Err(if fault.kind == FaultKind::Other {
                    FAILED
                } else {
                    super::exit_code(fault)
                });
            }
            FollowState::TimedOut(why) => {
                say(&format!("not running in time: {why}"));
                return Err(TIMED_OUT);
            }
            _ => {
                say("called off");
                return Err(FAILED);
            }
        }
    }
    Ok(words)
}

fn clear_away(cluster: &mut Headless, after: Plan, readonly: bool) {
    let title = after.title.clone();
    let states = cluster.run_plan(Plan { id: PlanId(2), ..after }, readonly, |_| {});
    if let Err(_code) = outcome(&states) {
        say(&format!("{title}: it is still there"));
    } else {
        say(&format!("{title}: done"));
    }
}

fn say(words: &str) {
    eprintln!("wheelhouse: {}", sanitise::clean(words));
}
