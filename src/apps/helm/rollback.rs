//! Rollback of a release: to the objects and values of a revision that is still kept, as a revision of
//! its own (`helm rollback`). Sent by ourselves where that is safe, else left to the person's `helm`.

use super::native::{self, Ground};
use super::page::{self, Kept};
use super::release::Release;
use super::{command, is_pending, texts};
use crate::apps::App;
use crate::model::{
    Fault, FaultKind, Method, ObjRef, Plan, PlanId, PlanRequest, Program, Read, Text,
};
use crate::text::age;
use crate::text::sanitise::clean;
use crate::verbs::edit::diff::DiffLine;
use crate::verbs::{Choice, Draft, Value};

/// Records that Helm keeps of a release unless it is told otherwise (`--history-max`).
const HISTORY: usize = 10;

/// A rollback in the making.
#[derive(Debug)]
pub(super) struct Rollback {
    app: App,
    ground: Ground,
    targets: Vec<ObjRef>,
    now: i64,
    /// All records, newest first; None before they came.
    kept: Option<Result<Vec<Kept>, Fault>>,
    /// Which of the revisions before the newest.
    at: usize,
    /// Fields that others own are taken from them.
    force: bool,
    /// Helm does it although we could.
    by_helm: bool,
    made: Made,
}

/// What comes of it as it stands.
#[derive(Debug, Default)]
struct Made {
    /// Why only Helm can do it; empty where we can.
    hindrance: String,
    requests: Vec<PlanRequest>,
    /// Objects that go.
    deleted: usize,
    applied: usize,
    changes: Vec<DiffLine>,
}

impl Rollback {
    pub fn new(app: &App, record: ObjRef, ground: Ground, now: i64) -> Self {
        Self {
            app: app.clone(),
            ground,
            targets: vec![record],
            now,
            kept: None,
            at: 0,
            force: false,
            by_helm: false,
            made: Made::default(),
        }
    }

    fn fault(&self, why: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Refused, self.title(), why.into())
    }

    /// All records with what can be gone back to.
    fn records(&self) -> &[Kept] {
        match &self.kept {
            Some(Ok(kept)) => kept,
            _ => &[],
        }
    }

    fn before(&self) -> &[Kept] {
        self.records().get(1..).unwrap_or_default()
    }

    fn newest(&self) -> Option<&Release> {
        self.records().first()?.release.as_ref().ok()
    }

    fn wanted(&self) -> Option<(&Kept, &Release)> {
        let kept = self.before().get(self.at)?;
        Some((kept, kept.release.as_ref().ok()?))
    }

    /// Where the choice begins: what went well last, else what was there before.
    fn begin(&self) -> usize {
        let well = |status: &str| {
            let mut kept = self.before().iter();
            kept.position(|kept| kept.release.as_ref().is_ok_and(|r| r.status() == status))
        };
        well("deployed").or_else(|| well("superseded")).unwrap_or(0)
    }

    fn is_by_helm(&self) -> bool {
        self.by_helm || !self.made.hindrance.is_empty()
    }

    /// Why we cannot do it ourselves; empty where we can.
    fn hindrance(newest: &Release, wanted: &Release) -> String {
        for release in [wanted, newest] {
            if !release.is_applied_by_server() {
                return format!(
                    "v{} was merged by the client (Helm 3), which only helm itself can do again",
                    release.revision()
                );
            }
        }
        let hooks = wanted.hooks();
        let ours = |hook: &&super::release::Hook<'_>| {
            hook.events.iter().any(|event| matches!(*event, "pre-rollback" | "post-rollback"))
        };
        match hooks.iter().find(ours) {
            Some(hook) => format!(
                "v{} runs {} {} at a rollback, which only helm does",
                wanted.revision(),
                clean(hook.kind),
                clean(hook.name)
            ),
            None => String::new(),
        }
    }

    fn make(&mut self) {
        self.made = Made::default();
        let made = match (self.newest(), self.wanted()) {
            (Some(newest), Some((kept, wanted))) => self.requests(newest, kept, wanted),
            _ => return,
        };
        self.made = made;
    }

    fn requests(&self, newest: &Release, kept: &Kept, wanted: &Release) -> Made {
        let mut made = Made {
            hindrance: Self::hindrance(newest, wanted),
            changes: texts::changes(newest, wanted),
            ..Made::default()
        };
        if made.hindrance.is_empty()
            && let Err(why) = self.native(newest, kept, wanted, &mut made)
        {
            made.requests.clear();
            made.hindrance = clean(&why).into_owned();
        }
        made
    }

    /// `performRollback` of Helm's `pkg/action/rollback.go`, but that what goes is deleted last: should
    /// that fail, the release is not left pending.
    fn native(
        &self,
        newest: &Release,
        kept: &Kept,
        wanted: &Release,
        made: &mut Made,
    ) -> Result<(), String> {
        let told = |fault: Fault| fault.why;
        let to = self.ground.objects(wanted)?;
        let from = self.ground.objects(newest)?;
        let own = native::own_labels(&kept.labels);
        let rolled = wanted.rolled_back(newest, self.now);
        let labels = native::with(own.clone(), "createdAt", self.now);
        let all = &mut made.requests;
        all.push(self.ground.keep(Method::Post, &rolled, labels).map_err(told)?.at_stage(0));
        let mut applies: Vec<PlanRequest> = to
            .iter()
            .map(|(target, item)| native::apply(target, item, &rolled, self.force))
            .collect();
        let mut stage = native::in_order(&mut applies, 1);
        made.applied = applies.len();
        all.extend(applies);
        for one in self.records() {
            let Ok(release) = &one.release else { continue };
            if release.status() == "deployed" {
                let labels = native::with(one.labels.clone(), "modifiedAt", self.now);
                let release = release.clone().with_status("superseded");
                let request = self.ground.keep(Method::Put, &release, labels).map_err(told)?;
                all.push(request.at_stage(stage));
            }
        }
        stage += 1;
        let labels = native::with(own, "modifiedAt", self.now);
        let deployed = rolled.with_status("deployed");
        all.push(self.ground.keep(Method::Put, &deployed, labels).map_err(told)?.at_stage(stage));
        stage += 1;
        for (target, item) in from {
            let stays = item.is_kept() || to.iter().any(|(one, _)| is_same(one, &target));
            if !stays {
                made.deleted += 1;
                all.push(native::delete(target).at_stage(stage));
            }
        }
        for revision in self.outdated() {
            all.push(self.ground.forget(wanted.name(), revision).at_stage(stage));
        }
        Ok(())
    }

    /// Records that are not kept any more when there is one more: the oldest, but never what is deployed
    /// (`removeLeastRecent` in Helm's `pkg/storage/storage.go`).
    fn outdated(&self) -> Vec<u32> {
        let records = self.records();
        let deployed = |kept: &Kept| kept.release.as_ref().is_ok_and(|r| r.status() == "deployed");
        let newest_deployed = records.iter().find(|kept| deployed(kept)).map(|kept| kept.revision);
        let oldest = records.iter().rev().map(|kept| kept.revision);
        let can_go = oldest.filter(|revision| Some(*revision) != newest_deployed);
        can_go.take((records.len() + 1).saturating_sub(HISTORY)).collect()
    }

    fn command(&self, revision: u32) -> Vec<String> {
        let words = ["rollback", &self.app.id.name, &revision.to_string()];
        command(&self.ground.record, &words, &self.app.id.namespace)
    }
}

/// The same object, in whichever version.
fn is_same(a: &ObjRef, b: &ObjRef) -> bool {
    (&a.gvr.group, &a.kind, &a.namespace, &a.name) == (&b.gvr.group, &b.kind, &b.namespace, &b.name)
}

impl Draft for Rollback {
    fn title(&self) -> String {
        format!("Roll back release {}", self.app.id.name)
    }

    fn button(&self) -> String {
        "Roll back".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        if self.before().is_empty() {
            return Vec::new();
        }
        let words = |kept: &Kept| match &kept.release {
            Ok(release) => {
                let ago = age::human(self.now - release.last_deployed());
                let words = format!(
                    "{} {} {} {ago} ago",
                    kept.revision,
                    release.status(),
                    release.chart_and_version()
                );
                clean(&words).into_owned()
            }
            Err(_) => format!("{} (cannot be read)", kept.revision),
        };
        let to = Choice::one_of("to", "to", self.at, self.before().iter().map(words).collect());
        let to = match self.before().get(self.at).map(|kept| &kept.release) {
            Some(Err(fault)) => to.wrong(fault.why.as_str()),
            _ => to,
        };
        let mut choices = vec![to];
        if self.made.hindrance.is_empty() {
            choices.push(Choice::toggle("helm", "by my own helm", self.by_helm));
        }
        if !self.is_by_helm() {
            let label = "take fields that others changed (--force-conflicts)";
            choices.push(Choice::toggle("force", label, self.force));
        }
        choices
    }

    fn set(&mut self, id: &str, value: Value) {
        match (id, value) {
            ("to", Value::OneOf { at, .. }) => self.at = at.min(self.before().len()),
            ("force", Value::Toggle(on)) => self.force = on,
            ("helm", Value::Toggle(on)) => self.by_helm = on,
            _ => return,
        }
        self.make();
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.iter().map(|object| page::history(object, &self.app)).collect()
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        self.kept = Some(page::learned(answer));
        self.at = self.begin();
        self.make();
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = self.ground.record.cluster;
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title()).losing();
        match &self.kept {
            None => return Ok(plan),
            Some(Err(fault)) => return Err(fault.clone()),
            Some(Ok(_)) => {}
        }
        let newest = match self.records().first().map(|kept| &kept.release) {
            None => return Err(self.fault("its records are gone")),
            Some(Err(fault)) => return Err(fault.clone()),
            Some(Ok(newest)) => newest,
        };
        let Some(kept) = self.before().get(self.at) else {
            return Err(self.fault("there is nothing to go back to: no older revision is kept"));
        };
        let wanted = kept.release.as_ref().map_err(Clone::clone)?;
        if is_pending(newest.status()) {
            let since = age::human(self.now - newest.last_deployed());
            plan = plan.warn(format!(
                "v{} says {} since {since}: if helm is still at it somewhere, wait for it",
                newest.revision(),
                newest.status()
            ));
        }
        let next = newest.revision() + 1;
        if self.is_by_helm() {
            let words = shell_words::join(self.command(wanted.revision()));
            plan = plan.note(format!("runs: {words}"));
            plan = match self.made.hindrance.as_str() {
                "" => plan.note("your own helm does it, as it is set up on this machine"),
                why => plan.note(format!("by your own helm: {why}")),
            };
            return Ok(plan.warn(super::NO_HELM));
        }
        let (applied, deleted) = (self.made.applied, self.made.deleted);
        plan = plan.note(format!(
            "becomes v{next}: {applied} objects are applied as in v{}, {deleted} deleted",
            wanted.revision()
        ));
        plan = plan.note(format!("v{} becomes superseded", newest.revision()));
        if self.force {
            plan = plan.warn("fields that others changed since are taken from them");
        }
        plan = plan.note(format!(
            "should a step fail, v{next} stays pending-rollback: roll back once more"
        ));
        plan.requests = self.made.requests.clone();
        Ok(plan)
    }

    fn rehearsed_first(&self) -> bool {
        true
    }

    fn exhibit(&self) -> &[DiffLine] {
        &self.made.changes
    }

    fn program(&self) -> Option<Program> {
        let (_, wanted) = self.wanted().filter(|_| self.is_by_helm())?;
        Some(program(&self.command(wanted.revision())))
    }

    fn name_to_type(&self) -> Option<Text> {
        Some(self.app.id.name.clone())
    }
}

/// The person's `helm` with these words, in the terminal.
pub(super) fn program(argv: &[String]) -> Program {
    Program {
        name: "helm".into(),
        argv: argv.to_vec(),
        pipes: Vec::new(),
        background: false,
        tells: false,
        safe: false,
        context: Text::new(),
    }
}
