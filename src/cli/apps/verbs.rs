//! `sync`, `refresh`, `rollback`, `restart`, `suspend`, `resume`, `terminate`: the verbs of apps, with
//! the plans that the UI shows.

use super::super::args::Global;
use super::super::headless::{self, Followed, Headless, Where};
use super::super::output::print;
use super::super::{FAILED, OK, TIMED_OUT, tell, tui};
use super::args::{Act, ActFormat, How, Refresh, Rollback, Suspend, Sync};
use super::book::Book;
use super::names;
use crate::apps::{self, Verb};
use crate::cluster;
use crate::model::{Fault, FaultKind, FollowState, Plan, PlanId, PlanRequest, Scope};
use crate::runtime::now;
use crate::text::sanitise;
use crate::ui::settings::Loaded;
use crate::verbs::{Choice, Draft, Value};
use serde_json::json;
use std::cell::OnceCell;
use std::time::Instant;

/// One verb as it was asked for.
pub struct Errand<'a> {
    verb: Verb,
    act: &'a Act,
    /// Choices that options of its own set.
    set: Vec<(&'static str, String)>,
}

fn on(id: &'static str, is: bool) -> Option<(&'static str, String)> {
    is.then(|| (id, "true".to_owned()))
}

impl<'a> Errand<'a> {
    /// `sync`.
    pub fn sync(args: &'a Sync) -> Self {
        let typed = args.revision.clone().map(|revision| ("revision", revision));
        let set = [
            typed,
            on("prune", args.prune),
            on("force", args.force),
            on("source", args.with_source),
        ];
        Self { verb: Verb::Sync, act: &args.act, set: set.into_iter().flatten().collect() }
    }

    /// `refresh`.
    pub fn refresh(args: &'a Refresh) -> Self {
        let verb = if args.hard { Verb::HardRefresh } else { Verb::Refresh };
        Self::plain(verb, &args.act)
    }

    /// `rollback`.
    pub fn rollback(args: &'a Rollback) -> Self {
        let typed = args.to.clone().map(|to| (TO, to));
        let set = [typed, on("prune", args.prune)].into_iter().flatten().collect();
        Self { verb: Verb::Rollback, act: &args.act, set }
    }

    /// `suspend`.
    pub fn suspend(args: &'a Suspend) -> Self {
        let set = args.reason.clone().map(|reason| ("reason", reason)).into_iter().collect();
        Self { verb: Verb::Suspend, act: &args.act, set }
    }

    /// A verb without options of its own.
    pub fn plain(verb: Verb, act: &'a Act) -> Self {
        Self { verb, act, set: Vec::new() }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Wrong usage, an app that is not there, or the cluster cannot be read. Refusals are told, and
    /// are no errors: their exit code is 1.
    pub fn run(&self, global: &Global) -> Result<u8, Fault> {
        let (_, config, _) = tui::configuration(global);
        let place = headless::place(global)?;
        let what = || format!("{} {}", self.verb.word(), self.act.apps.join(" "));
        let runner = Runner::new(&self.act.how, &config, &place, what)?;
        let mut cluster =
            Headless::connect(headless::options(global, &place, &config), &place.context)?;
        let mut book = Book::read(&mut cluster, global, self.act.engine)?;
        // Names that are not unique are refused, so that it is no risk to look everywhere.
        book.look_at(&match global.namespace {
            Some(_) => super::book::scope(global, &place)?,
            None => Scope::All,
        });
        let Some(draft) = self.draft(&mut cluster, &book)? else { return Ok(FAILED) };
        runner.carry(&mut cluster, &*draft)
    }

    /// The plan in the making, with what was asked for; None where it was refused, which is told.
    fn draft(&self, cluster: &mut Headless, book: &Book) -> Result<Option<Box<dyn Draft>>, Fault> {
        let mut drafts: Vec<Box<dyn Draft>> = Vec::new();
        let mut seen = Vec::new();
        for word in &self.act.apps {
            let verb = self.verb.word();
            let found = names::find(&book.estate, verb, word, self.act.engine);
            let app = found.map_err(|fault| match book.partial {
                true if fault.kind == FaultKind::NotFound => {
                    Fault { kind: FaultKind::Other, ..fault }
                }
                _ => fault,
            })?;
            if seen.contains(&app.id) {
                continue;
            }
            seen.push(app.id.clone());
            match apps::draft(self.verb, app, &book.estate, now()) {
                Ok(draft) => drafts.push(draft),
                Err(fault) => {
                    refused(&fault)?;
                    return Ok(None);
                }
            }
        }
        for draft in &mut drafts {
            for (number, read) in draft.reads().into_iter().enumerate() {
                let answer = cluster.read(read);
                draft.learn(number, answer.as_deref());
            }
        }
        for draft in &mut drafts {
            let own = self.set.iter().map(|(id, value)| (*id, value.as_str()));
            let set = self.act.how.set.iter().map(|(id, value)| (id.as_str(), value.as_str()));
            let wanted: Vec<(&str, &str)> = own.chain(set).collect();
            if !settle(&mut **draft, &wanted)? {
                return Ok(None);
            }
        }
        // One that cannot be done holds up the others: what was asked for is all of them.
        let context = "".into();
        if drafts.len() > 1 {
            for draft in &drafts {
                if let Err(fault) = draft.plan(PlanId(0), &context) {
                    refused(&fault)?;
                    return Ok(None);
                }
            }
            // What was learnt stays; it is only put together.
            return Ok(Some(apps::many(self.verb, drafts)));
        }
        Ok(drafts.into_iter().next())
    }
}

/// Sets what was asked for; false when a guard of the plan refuses, which is told.
///
/// # Errors
/// There is no such choice, or no such value of it.
pub fn settle(draft: &mut dyn Draft, wanted: &[(&str, &str)]) -> Result<bool, Fault> {
    for (id, value) in wanted {
        choose(draft, id, value)?;
    }
    let wrong = draft.choices().into_iter().find(|choice| !choice.error.is_empty());
    let Some(wrong) = wrong else { return Ok(true) };
    if wanted.iter().any(|(id, _)| *id == wrong.id) {
        let what = format!("{}: {}", draft.title(), wrong.id);
        return Err(Fault::new(FaultKind::Input, what, wrong.error));
    }
    // It cannot stay as it is by itself: a guard.
    let set = match &wrong.value {
        Value::Toggle(on) => (!on).to_string(),
        _ => "…".to_owned(),
    };
    let fault = Fault::new(FaultKind::Refused, draft.title(), wrong.error)
        .hint(format!("--set {}={set}: {}", wrong.id, wrong.label));
    refused(&fault)?;
    Ok(false)
}

/// Carries a plan out as it was asked for: shows it, or sends it and follows it.
pub struct Runner<'a> {
    how: &'a How,
    context: &'a str,
    protected: bool,
    /// When the first plan was sent: the waiting begins there.
    began: OnceCell<Instant>,
    /// How many plans were carried out before this one.
    before: u64,
}

impl<'a> Runner<'a> {
    /// On a context.
    ///
    /// # Errors
    /// It is read-only, and more than a look at the plan is asked for.
    pub fn new(
        how: &'a How,
        config: &Loaded,
        place: &'a Where,
        what: impl FnOnce() -> String,
    ) -> Result<Self, Fault> {
        if config.settings.readonly_in(&place.context) && !how.plan {
            return Err(Fault::new(FaultKind::Refused, what(), "wheelhouse runs read-only")
                .hint("start it without --readonly, and without readonly in config.toml"));
        }
        let protected = config.settings.is_protected(&place.context);
        Ok(Self { how, context: &place.context, protected, began: OnceCell::new(), before: 0 })
    }

    /// The same for another plan in the same time.
    #[must_use]
    pub fn once_more(self) -> Self {
        Self { before: self.before + 1, ..self }
    }

    /// Carries out a draft that has learnt what it wanted to know. The exit code.
    ///
    /// # Errors
    /// The output cannot be written, or the plan cannot be made for another reason than a refusal.
    pub fn carry(&self, cluster: &mut Headless, draft: &dyn Draft) -> Result<u8, Fault> {
        self.carry_unless(cluster, draft, &|_| false).map(|code| code.unwrap_or(FAILED))
    }

    /// The same, given up once on a state that is in vain: no exit code then.
    ///
    /// # Errors
    /// See [`Runner::carry`].
    pub fn carry_unless(
        &self,
        cluster: &mut Headless,
        draft: &dyn Draft,
        in_vain: &dyn Fn(&FollowState) -> bool,
    ) -> Result<Option<u8>, Fault> {
        let mut plan = match draft.plan(PlanId(1 + self.before), &self.context.into()) {
            Ok(plan) => plan,
            Err(fault) => return refused(&fault).map(Some),
        };
        plan.dry_run = self.how.dry_run;
        if self.how.plan {
            self.show(&plan, draft)?;
            return Ok(Some(OK));
        }
        for note in &plan.notes {
            say(&format!("{}{}", if note.warning { "warning: " } else { "" }, note.text));
        }
        if plan.loses && !plan.dry_run && !self.how.yes && self.protected {
            let why = format!("something is lost, and {} is protected", self.context);
            let fault = Fault::new(FaultKind::Refused, &plan.title, why)
                .hint("look at it with --plan, and add --yes");
            return refused(&fault).map(Some);
        }
        if let Some(program) = draft.program() {
            let why = format!("it takes another program: {}", program.words());
            let fault = Fault::new(FaultKind::Refused, &plan.title, why)
                .hint("run that, or do it in the UI");
            return refused(&fault).map(Some);
        }
        self.send(cluster, plan, in_vain)
    }

    /// Sends the requests, and waits as long as it was asked to.
    fn send(
        &self,
        cluster: &mut Headless,
        plan: Plan,
        in_vain: &dyn Fn(&FollowState) -> bool,
    ) -> Result<Option<u8>, Fault> {
        let (requests, wait) = (plan.requests.clone(), self.how.wait);
        if requests.is_empty() {
            say("there is nothing to do");
            return Ok(Some(OK));
        }
        let mut failed = None;
        let enough = |states: &[FollowState]| {
            !wait
                && states
                    .iter()
                    .all(|state| state.is_final() || matches!(state, FollowState::Progressing(_)))
        };
        let gives_up =
            |states: &[FollowState]| wait && self.before == 0 && states.iter().any(in_vain);
        let stop = |states: &[FollowState]| enough(states) || gives_up(states);
        let began = *self.began.get_or_init(Instant::now);
        let left = self.how.timeout.map(|limit| limit.saturating_sub(began.elapsed()));
        let (states, followed) = cluster.follow_plan(plan, false, left, stop, |number, state| {
            let Some(request) = requests.get(number) else { return };
            if let Err(fault) = self.told(request, state) {
                failed.get_or_insert(fault);
            }
        });
        if let Some(fault) = failed {
            return Err(fault);
        }
        if followed == Followed::Enough && gives_up(&states) {
            say("the controller shows no sign of it: it is asked once more");
            return Ok(None);
        }
        for (request, state) in requests.iter().zip(&states) {
            if !state.is_final() && followed != Followed::Enough {
                let words = format!("not finished, not followed any more: {}", words(state));
                self.line(request, "waiting", &words)?;
            }
        }
        Ok(Some(ended(&states, followed)))
    }

    fn told(&self, request: &PlanRequest, state: &FollowState) -> Result<(), Fault> {
        let word = match state {
            FollowState::Requested => "requested",
            FollowState::WouldSucceed => "would-succeed",
            FollowState::Warned(_) => "warned",
            FollowState::Progressing(_) => "progressing",
            FollowState::Done(_) => "done",
            FollowState::Failed(_) => "failed",
            FollowState::Superseded(_) => "superseded",
            FollowState::Cancelled(_) => "cancelled",
            FollowState::TimedOut(_) => "timed-out",
        };
        self.line(request, word, &words(state))?;
        if let FollowState::Failed(fault) = state
            && !fault.hint.is_empty()
        {
            say(&fault.hint);
        }
        Ok(())
    }

    /// One line of the story: outcomes on standard output, what leads there beside it; as JSON all.
    fn line(&self, request: &PlanRequest, state: &str, words: &str) -> Result<(), Fault> {
        let target = &request.target;
        if self.how.output == ActFormat::Json {
            let line = json!({
                "kind": target.kind.as_str(),
                "namespace": target.namespace.as_str(),
                "name": target.name.as_str(),
                "state": state,
                "words": words,
            });
            return print(&format!("{line}\n"));
        }
        let place = match target.namespace.as_str() {
            "" => String::new(),
            namespace => format!(" in {namespace}"),
        };
        let line = format!("{target}{place}: {words}\n");
        if matches!(state, "requested" | "progressing" | "warned") {
            eprint!("{}", super::super::output::clean_lines(&line));
            return Ok(());
        }
        print(&line)
    }

    /// The exact requests, and what can be chosen.
    fn show(&self, plan: &Plan, draft: &dyn Draft) -> Result<(), Fault> {
        let choices = draft.choices();
        if self.how.output == ActFormat::Json {
            let requests: Vec<serde_json::Value> = plan
                .requests
                .iter()
                .map(|request| {
                    json!({
                        "method": request.method.as_str(),
                        "path": cluster::path_of(plan, request),
                        "contentType": request.content_type,
                        "body": serde_json::from_str::<serde_json::Value>(&request.masked_body(false)).ok(),
                        "stage": request.stage,
                        "kind": request.target.kind.as_str(),
                        "namespace": request.target.namespace.as_str(),
                        "name": request.target.name.as_str(),
                    })
                })
                .collect();
            let choices: Vec<serde_json::Value> = choices
                .iter()
                .map(|choice| {
                    let of = match &choice.value {
                        Value::OneOf { of, .. } => Some(of.clone()),
                        _ => None,
                    };
                    json!({"id": choice.id, "label": choice.label, "value": shown(choice), "of": of})
                })
                .collect();
            let notes: Vec<serde_json::Value> = plan
                .notes
                .iter()
                .map(|note| json!({"warning": note.warning, "text": note.text}))
                .collect();
            let whole = json!({
                "title": plan.title,
                "context": plan.context.as_str(),
                "loses": plan.loses,
                "notes": notes,
                "choices": choices,
                "requests": requests,
                "program": draft.program().map(|program| program.argv),
            });
            return print(&format!("{whole}\n"));
        }
        let mut out = format!("{} on {}\n", plan.title, plan.context);
        for note in &plan.notes {
            out.push_str(if note.warning { "! " } else { "  " });
            out.push_str(&note.text);
            out.push('\n');
        }
        for choice in &choices {
            out.push_str(&format!("  {}={}  ({})\n", choice.id, shown(choice), choice.label));
        }
        let mut stage = None;
        for request in &plan.requests {
            if stage.is_some_and(|stage| stage != request.stage) {
                out.push_str("\nthen, when that has come to a good end:\n");
            }
            stage = Some(request.stage);
            let path = cluster::path_of(plan, request);
            out.push_str(&format!("\n{} {path}\n", request.method.as_str()));
            if request.body.is_empty() {
                continue;
            }
            out.push_str(&format!("Content-Type: {}\n\n", request.content_type));
            let body = request.masked_body(false);
            let pretty = serde_json::from_str::<serde_json::Value>(&body);
            let pretty = pretty.ok().and_then(|body| serde_json::to_string_pretty(&body).ok());
            out.push_str(pretty.as_deref().unwrap_or(&body));
            out.push('\n');
        }
        if let Some(program) = draft.program() {
            out.push_str(&format!("\n{}\n", program.words()));
        }
        print(&out)
    }
}

/// The exit code of how requests ended. What was not sent because of another one says nothing more.
fn ended(states: &[FollowState], followed: Followed) -> u8 {
    let is_failure = |state: &FollowState| match state {
        FollowState::Failed(fault) => fault.kind != FaultKind::Refused,
        FollowState::Superseded(_) => true,
        FollowState::Cancelled(_) => followed != Followed::TimeOver,
        state => !state.is_final() && followed == Followed::CalledOff,
    };
    let is_late = |state: &FollowState| match state {
        FollowState::TimedOut(_) => true,
        FollowState::Cancelled(_) => followed == Followed::TimeOver,
        state => !state.is_final() && followed != Followed::Enough,
    };
    if states.iter().any(is_failure) {
        FAILED
    } else if states.iter().any(is_late) {
        TIMED_OUT
    } else if states.iter().any(|state| matches!(state, FollowState::Failed(_))) {
        FAILED
    } else {
        OK
    }
}

fn say(words: &str) {
    eprintln!("wheelhouse: {}", sanitise::clean(words));
}

/// Tells a refusal.
fn refused(fault: &Fault) -> Result<u8, Fault> {
    match fault.kind {
        FaultKind::Refused => {
            tell(fault);
            Ok(FAILED)
        }
        _ => Err(fault.clone()),
    }
}

fn words(state: &FollowState) -> String {
    match state {
        FollowState::Requested => "requested".to_owned(),
        FollowState::WouldSucceed => "dry run: the server would accept it".to_owned(),
        FollowState::Warned(warnings) => format!("the server warns: {}", warnings.join("; ")),
        FollowState::Failed(fault) => format!("failed: {}", fault.why),
        FollowState::TimedOut(words) => format!("not finished in time: {words}"),
        FollowState::Progressing(words)
        | FollowState::Done(words)
        | FollowState::Superseded(words)
        | FollowState::Cancelled(words) => words.clone(),
    }
}

/// A choice's value as it is typed.
fn shown(choice: &Choice) -> String {
    match &choice.value {
        Value::Toggle(on) => on.to_string(),
        Value::OneOf { at, of } => of.get(*at).cloned().unwrap_or_default(),
        Value::Typed(text) => text.clone(),
    }
}

/// Where `--to` goes: the choice is called as the engine calls it.
const TO: &str = "to";
const TO_REVISION: &str = "revision";

/// Sets a choice of a draft.
///
/// # Errors
/// There is no such choice, or no such value of it.
fn choose(draft: &mut dyn Draft, id: &str, value: &str) -> Result<(), Fault> {
    let choices = draft.choices();
    let has = |id: &str| choices.iter().any(|choice| choice.id == id);
    let id = if id == TO && !has(TO) && has(TO_REVISION) { TO_REVISION } else { id };
    let what = format!("{}: {id}={value}", draft.title());
    let wrong = |why: String| Fault::new(FaultKind::Input, &what, why);
    let Some(choice) = choices.iter().find(|choice| choice.id == id) else {
        let ids: Vec<&str> = choices.iter().map(|choice| choice.id.as_str()).collect();
        let hint = if ids.is_empty() {
            "nothing can be chosen here".to_owned()
        } else {
            format!("there are {}", ids.join(", "))
        };
        return Err(wrong("there is no such choice".into()).hint(hint));
    };
    let value = match &choice.value {
        Value::Toggle(_) => Value::Toggle(match value {
            "true" | "yes" | "on" => true,
            "false" | "no" | "off" => false,
            _ => return Err(wrong("it is true or false".into())),
        }),
        Value::Typed(_) => Value::Typed(value.to_owned()),
        Value::OneOf { of, .. } => {
            Value::OneOf { at: one_of(of, value).map_err(wrong)?, of: of.clone() }
        }
    };
    draft.set(id, value);
    Ok(())
}

/// Which of several is meant: the whole text, its first word, or a beginning that only one has.
fn one_of(of: &[String], value: &str) -> Result<usize, String> {
    let first = |text: &String| text.split_whitespace().next() == Some(value);
    let whole = of.iter().position(|text| text == value);
    if let Some(at) = whole.or_else(|| of.iter().position(first)) {
        return Ok(at);
    }
    let mut begins = (0..of.len()).filter(|at| of[*at].starts_with(value) && !value.is_empty());
    match (begins.next(), begins.next()) {
        (Some(at), None) => Ok(at),
        (None, _) => Err(format!("it is one of: {}", of.join("; "))),
        (Some(_), Some(_)) => Err(format!("several begin so: {}", of.join("; "))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_exit_code_tells_failures_from_what_only_takes_long() {
        let fault = |kind| FollowState::Failed(Fault::new(kind, "sync", "why"));
        let (failed, unsent) = (fault(FaultKind::Other), fault(FaultKind::Refused));
        let (done, late) = (FollowState::Done("".into()), FollowState::TimedOut("".into()));
        let waits = FollowState::Progressing("".into());
        let called_off = FollowState::Cancelled("".into());
        assert_eq!(ended(&[done.clone(), waits.clone()], Followed::Enough), OK);
        assert_eq!(ended(&[done.clone(), waits.clone()], Followed::TimeOver), TIMED_OUT);
        assert_eq!(ended(&[done.clone(), waits], Followed::CalledOff), FAILED);
        assert_eq!(ended(&[late.clone(), unsent.clone()], Followed::ToTheEnd), TIMED_OUT);
        assert_eq!(ended(&[late, failed], Followed::ToTheEnd), FAILED);
        assert_eq!(ended(&[unsent], Followed::ToTheEnd), FAILED);
        assert_eq!(ended(&[done.clone(), called_off.clone()], Followed::ToTheEnd), FAILED);
        assert_eq!(ended(&[done.clone(), called_off], Followed::TimeOver), TIMED_OUT);
        assert_eq!(ended(&[done, FollowState::Superseded("".into())], Followed::ToTheEnd), FAILED);
    }

    #[test]
    fn one_of_several_is_meant_by_its_text_its_first_word_or_its_beginning() {
        let of: Vec<String> =
            ["12 8d1e0aa 3d ago", "11 41c77f9 9d ago", "1 0c0ffee"].map(str::to_owned).to_vec();
        assert_eq!(one_of(&of, "11 41c77f9 9d ago"), Ok(1));
        assert_eq!(one_of(&of, "1"), Ok(2), "not the first that begins so");
        assert_eq!(one_of(&of, "12 8"), Ok(0));
        assert!(one_of(&of, "7").unwrap_err().contains("one of"));
        assert!(one_of(&["ab".into(), "ac".into()], "a").unwrap_err().contains("several"));
    }
}
