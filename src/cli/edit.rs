//! `edit`: an object in the person's editor, sent when it was saved; as `kubectl edit` does it, with
//! what others changed meanwhile kept.

use super::args::{Edit, Global};
use super::headless::{self, CLUSTER, Headless};
use super::{FAILED, OK, output::print, tell, tui};
use crate::model::{Fault, FaultKind, FollowState, Following, ObjRef, PlanId, Read, Text};
use crate::runtime::{editor, keep};
use crate::text::sanitise;
use crate::verbs::Draft as _;
use crate::verbs::edit::{self, Edited, How, Mark};
use std::path::PathBuf;

/// The text, and what is known about it.
struct Draft {
    base: String,
    text: String,
    how: How,
    words: String,
    marks: Vec<Mark>,
    file: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// There is no such object, the editor cannot be started, or the server's refusal is none that
/// another text could mend.
pub fn run(global: &Global, args: &Edit) -> Result<u8, Fault> {
    let what = format!("edit {}", args.target.join("/"));
    let (_, config, places) = tui::configuration(global);
    let place = headless::place(global)?;
    if config.settings.readonly_in(&place.context) {
        let why = "wheelhouse runs read-only";
        return Err(Fault::new(FaultKind::Refused, what, why)
            .hint("start it without --readonly, and without readonly in config.toml"));
    }
    let dir = tui::edits_dir(&places);
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    cluster.writable();
    let namespace = global.namespace.as_deref().unwrap_or(&place.namespace);
    let target = target(&cluster, args, namespace)?;
    let json = read(&mut cluster, &target)?;
    let base = edit::text_of(&json)?;
    let mut draft = Draft {
        text: base.clone(),
        base,
        how: How::Replace,
        words: String::new(),
        marks: Vec::new(),
        file: None,
    };
    let context = Text::from(place.context.as_str());
    let mut given: Option<String> = None;
    for number in 1.. {
        let text = if draft.words.is_empty() && draft.marks.is_empty() {
            draft.text.clone()
        } else {
            edit::with_comments(&draft.text, &draft.words, &draft.marks)
        };
        let errand = editor::Errand {
            name: format!("{}-{}.yaml", target.kind, target.name),
            text: text.clone(),
            file: draft.file.clone(),
            dir: dir.clone(),
        };
        let end = cluster.block_on(editor::run(&errand));
        draft.file = end.file.map(PathBuf::from);
        if let Some(fault) = end.fault {
            return Err(keeping(fault, &draft));
        }
        let saved = end.text.unwrap_or_default();
        // The same text with the same mistakes: the person gives up.
        if given.is_some() && saved == text {
            let fault = Fault::new(FaultKind::Invalid, &what, "cancelled, nothing was sent");
            return Err(keeping(fault, &draft));
        }
        given = Some(text);
        draft.text = edit::without_comments(&saved).to_owned();
        match send(&mut cluster, &target, args, &context, &mut draft, PlanId(number)) {
            Ok(sent) => {
                if let Some(file) = &draft.file {
                    keep::forget(&dir, file);
                }
                let words = if sent { "edited" } else { "not changed" };
                print(&format!("{target} {words}\n"))?;
                return Ok(OK);
            }
            Err(fault) if mendable(&fault) => {
                draft.words = format!("{}: {}", fault.what, fault.why);
                if draft.marks.is_empty() {
                    draft.marks = edit::explain(&fault, &draft.text);
                }
                let file = draft.file.as_deref();
                let name = &errand.name;
                let kept = keep::write(&dir, name, file, &draft.text);
                draft.file = kept.ok().or(draft.file.take());
                tell(&fault);
            }
            Err(fault) => return Err(keeping(fault, &draft)),
        }
    }
    Ok(FAILED)
}

/// Another text may do.
fn mendable(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Input | FaultKind::Invalid | FaultKind::Conflict)
}

fn keeping(fault: Fault, draft: &Draft) -> Fault {
    match &draft.file {
        Some(file) => fault.hint(format!("your text is in {}", file.display())),
        None => fault,
    }
}

/// Sends the text; false where there is nothing to send. Brings it onto what the cluster has now
/// where that changed meanwhile.
fn send(
    cluster: &mut Headless,
    target: &ObjRef,
    args: &Edit,
    context: &Text,
    draft: &mut Draft,
    id: PlanId,
) -> Result<bool, Fault> {
    const TURNS: u32 = 5;
    let subresource = args.subresource.as_deref().unwrap_or("");
    for _ in 0..TURNS {
        draft.marks.clear();
        let edited = Edited::new(target.clone(), subresource, draft.how, &draft.base, &draft.text);
        let edited = match edited {
            Ok(edited) => edited,
            Err(unfit) if unfit.nothing => return Ok(false),
            Err(unfit) => {
                draft.marks = unfit.marks;
                return Err(unfit.fault);
            }
        };
        let mut plan = edited.plan(id, context)?;
        for request in &mut plan.requests {
            request.follow = Following::Answer;
        }
        for note in plan.notes.iter().filter(|note| note.warning) {
            eprintln!("wheelhouse: {}", sanitise::clean(&note.text));
        }
        let state = cluster.run_one(plan)?;
        let FollowState::Failed(fault) = state else { return Ok(true) };
        if fault.kind == FaultKind::NotFound && draft.how == How::Replace && subresource.is_empty()
        {
            return Err(Fault::new(FaultKind::NotFound, fault.what, "it was deleted meanwhile"));
        }
        if fault.kind != FaultKind::Conflict {
            return Err(fault);
        }
        let json = read(cluster, target)?;
        let rebased = edit::rebase(&draft.base, &draft.text, &json)?;
        draft.base = rebased.base;
        draft.text = rebased.text;
        if rebased.clashes.is_empty() {
            eprintln!("wheelhouse: it was changed meanwhile; that is kept, and yours goes on top");
            continue;
        }
        draft.marks = rebased.clashes;
        let why = "it was changed meanwhile, in the same places: yours stands at these lines, and \
                   what you leave there is sent";
        return Err(Fault::new(FaultKind::Conflict, format!("edit {target}"), why));
    }
    let why = "it changes faster than your text can be brought onto it";
    Err(Fault::new(FaultKind::Busy, format!("edit {target}"), why))
}

fn read(cluster: &mut Headless, target: &ObjRef) -> Result<String, Fault> {
    cluster.read(Read {
        what: format!("get {target}"),
        path: target.gvr.object_path(&target.namespace, &target.name),
    })
}

/// `KIND/NAME` or `KIND NAME`.
fn target(cluster: &Headless, args: &Edit, namespace: &str) -> Result<ObjRef, Fault> {
    let what = format!("edit {}", args.target.join(" "));
    let wrong = |why: String| Fault::new(FaultKind::Input, &what, why);
    let (kind, name) = match args.target.as_slice() {
        [one] => one
            .split_once('/')
            .ok_or_else(|| wrong("it names no object: write KIND/NAME".into()))?,
        [kind, name] => (kind.as_str(), name.as_str()),
        _ => return Err(wrong("one object at a time: KIND/NAME".into())),
    };
    if kind.is_empty() || name.is_empty() || name.contains('/') {
        return Err(wrong("it names no object: write KIND/NAME".into()));
    }
    let Some(resource) = cluster.catalogue.find(kind) else {
        let near = cluster.catalogue.nearest(kind).join(", ");
        let fault = wrong(format!("the cluster serves no kind called {kind:?}"));
        return Err(if near.is_empty() {
            fault
        } else {
            fault.hint(format!("did you mean {near}?"))
        });
    };
    if let Some(subresource) = &args.subresource
        && !resource.subresources.iter().any(|served| served == subresource)
    {
        return Err(wrong(format!("{} has no subresource {subresource:?}", resource.kind)));
    }
    let namespace = match (resource.namespaced, namespace) {
        (false, _) => "",
        (true, "") => "default",
        (true, namespace) => namespace,
    };
    Ok(ObjRef {
        cluster: CLUSTER,
        gvr: resource.gvr.clone(),
        kind: resource.kind.clone(),
        namespace: namespace.into(),
        name: name.into(),
        uid: Text::new(),
    })
}
