//! What is compared: an app or what belongs to none, its comparisons one after the other, and what they
//! have found so far.

use super::tape::Tape;
use crate::drift::{Drift, Job, News, ObjectDrift, Only, Origin, Own, Piece, State};
use crate::model::{AppId, ClusterId, EngineId, Text, Ticket};
use crate::relations::ObjectId;
use crate::ui::{Effect, Ui};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Comparisons under way at the same time; each asks up to ten things at once.
const AT_ONCE: usize = 2;

/// One app, or what belongs to none.
#[derive(Debug)]
pub struct Part {
    /// What was found.
    pub drift: Drift,
    /// Its app.
    pub app: Option<AppId>,
    /// Where its objects are.
    pub cluster: ClusterId,
    /// Its comparisons, to be made again.
    jobs: Vec<Job>,
    /// Numbers of its objects.
    index: HashMap<ObjectId, usize>,
}

/// A comparison to be made.
#[derive(Debug)]
struct Run {
    part: usize,
    job: Job,
    /// Its list of objects takes the place of the one before.
    anew: bool,
}

/// What a ticket is about.
#[derive(Clone, Copy, Debug)]
struct Running {
    ticket: Ticket,
    part: usize,
    anew: bool,
}

/// All parts and their comparisons.
#[derive(Debug, Default)]
pub struct Parts {
    /// In the order in which they are shown.
    pub all: Vec<Part>,
    /// What has changed since somebody looks.
    pub tape: Tape,
    queue: VecDeque<Run>,
    running: Vec<Running>,
    /// Which objects there are has changed since somebody looked.
    others: bool,
    /// Versions of objects as their rows told last; None where they are not there.
    latest: HashMap<(ClusterId, ObjectId), Option<u64>>,
}

impl Parts {
    /// Takes in something to be compared.
    pub fn add(&mut self, piece: Piece) {
        let job = match piece {
            Piece::Compare(job) => job,
            Piece::Cannot(name, engine, fault) => {
                let mut part = Part::new(ClusterId(0), None, engine);
                part.drift.app = name;
                part.drift.fault = Some(fault);
                return self.all.push(part);
            }
        };
        let app = job.origin.app().cloned();
        let same = |part: &Part| {
            part.drift.fault.is_none() && part.app == app && part.cluster == job.cluster
        };
        let part = self.all.iter().position(same).unwrap_or_else(|| {
            let engine = app.as_ref().map_or(EngineId::None, |app| app.engine);
            self.all.push(Part::new(job.cluster, app, engine));
            self.all.len() - 1
        });
        self.all[part].jobs.push((*job).clone());
        let job = self.remembering(*job, |_| true);
        self.queue.push_back(Run { part, job, anew: false });
    }

    /// The comparison of a part is made anew, with another ground under it.
    pub fn renew(&mut self, job: Job) {
        let app = job.origin.app().cloned();
        let Some(part) = self.all.iter().position(|part| part.app == app) else { return };
        self.all[part].jobs = vec![job.clone()];
        let job = self.remembering(job, |_| true);
        self.queue.push_back(Run { part, job, anew: true });
    }

    /// The comparisons of an app are made anew with its engine's own at hand, or with the reason why that
    /// is not there. What is shown stays until then.
    pub fn lean_on(&mut self, app: &AppId, own: &Own, effects: &mut Vec<Effect>) {
        let Some(at) = self.all.iter().position(|part| part.app.as_ref() == Some(app)) else {
            return;
        };
        // What is under way would come later, and know less.
        let (over, running): (Vec<_>, Vec<_>) =
            self.running.drain(..).partition(|one| one.part == at);
        self.running = running;
        effects.extend(over.into_iter().map(|one| Effect::Uncompare(one.ticket)));
        self.queue.retain(|run| run.part != at);
        let part = &mut self.all[at];
        part.drift.desired = None;
        part.drift.shortfall = Text::new();
        for job in &mut part.jobs {
            if let Origin::App(ground) = &mut job.origin {
                ground.own = own.clone();
            }
            let before = Some(self.tape.before(job.cluster, |_| true));
            let job = Job { before, ..job.clone() };
            self.queue.push_back(Run { part: at, job, anew: false });
        }
    }

    /// The comparison, with what was seen of its objects before.
    fn remembering(&self, job: Job, of: impl Fn(&ObjectId) -> bool) -> Job {
        Job { before: Some(self.tape.before(job.cluster, of)), ..job }
    }

    /// Asks for the comparisons that can be made now.
    pub fn go_on(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        while self.running.len() < AT_ONCE
            && let Some(run) = self.queue.pop_front()
        {
            let ticket = ui.ticket();
            self.running.push(Running { ticket, part: run.part, anew: run.anew });
            effects.push(Effect::Compare { ticket, job: Box::new(run.job) });
        }
    }

    /// Ends all of it.
    pub fn leave(&mut self, effects: &mut Vec<Effect>) {
        self.queue.clear();
        effects.extend(self.running.drain(..).map(|one| Effect::Uncompare(one.ticket)));
    }

    /// Whether something is under way or waits.
    pub fn is_busy(&self) -> bool {
        !self.running.is_empty() || !self.queue.is_empty()
    }

    /// Takes in what a comparison has found; false when the ticket is none of these.
    pub fn take(&mut self, ticket: Ticket, news: &mut Vec<News>, now: i64) -> bool {
        let Some(at) = self.running.iter().position(|one| one.ticket == ticket) else {
            return false;
        };
        let Running { part, anew, .. } = self.running[at];
        for one in news.drain(..) {
            self.others |= matches!(one, News::Objects(..));
            let Some(part) = self.all.get_mut(part) else { continue };
            match one {
                News::Objects(desired, ids) => {
                    part.drift.desired.get_or_insert_with(|| desired.clone());
                    if anew {
                        part.drift.shortfall = Text::new();
                        part.drift.desired = Some(desired);
                        part.drift.fault = None;
                    }
                    part.list(ids, anew);
                }
                News::Known(origin) => part.know(origin),
                News::Object(found) => part.put(*found, &mut self.tape, now),
                News::Shortfall(why) => part.drift.shortfall = why,
                News::Seen(sight) => {
                    self.tape.take((part.cluster, &Text::new()), *sight, now);
                }
                News::Fault(fault) => part.drift.fault = Some(fault),
                News::Over => {
                    self.running.remove(at);
                    break;
                }
            }
        }
        true
    }

    /// An object's row has told of this version.
    pub fn saw(&mut self, cluster: ClusterId, id: ObjectId, version: Option<u64>) {
        if self.all.iter().any(|part| part.cluster == cluster && part.index.contains_key(&id)) {
            self.latest.insert((cluster, id), version);
        }
    }

    /// Whether objects have changed since they were compared, and nothing is under way that may tell.
    pub fn is_behind(&mut self) -> bool {
        if self.latest.is_empty() || self.is_busy() {
            return false;
        }
        let behind = self.all.iter().any(|part| part.behind(&self.latest).is_some());
        if !behind {
            // Looked at once: whatever changes from now on is told anew.
            self.latest.clear();
        }
        behind
    }

    /// Compares again what has changed since it was compared, once nothing else is under way.
    pub fn catch_up(&mut self) {
        if self.is_busy() {
            return;
        }
        for (at, part) in self.all.iter().enumerate() {
            let Some(these) = part.behind(&self.latest) else { continue };
            for job in &part.jobs {
                let of_it: BTreeSet<ObjectId> = match &job.only {
                    Only::These(all) => these.intersection(all).cloned().collect(),
                    Only::All | Only::Namespace(_) => these.clone(),
                };
                if of_it.is_empty() {
                    continue;
                }
                let before = Some(self.tape.before(job.cluster, |id| of_it.contains(id)));
                let job = Job { only: Only::These(of_it), before, ..job.clone() };
                self.queue.push_back(Run { part: at, job, anew: false });
            }
        }
        // What cannot be brought up to date is not tried over and over.
        self.latest.clear();
    }

    /// Whether other objects are shown than when this was asked last.
    pub fn has_other_objects(&mut self) -> bool {
        std::mem::take(&mut self.others)
    }

    /// All objects, with the part they are in.
    pub fn ids(&self) -> impl Iterator<Item = (ClusterId, &ObjectId)> {
        self.all.iter().flat_map(|part| part.index.keys().map(|id| (part.cluster, id)))
    }
}

impl Part {
    fn new(cluster: ClusterId, app: Option<AppId>, engine: EngineId) -> Self {
        let name = app.as_ref().map(|app| app.name.clone()).unwrap_or_default();
        let drift = Drift::new(name, engine);
        Self { drift, app, cluster, jobs: Vec::new(), index: HashMap::new() }
    }

    /// Its comparisons.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter()
    }

    /// What was read for its comparisons is not read again.
    fn know(&mut self, origin: Origin) {
        for job in &mut self.jobs {
            if job.origin.app() == origin.app() {
                job.origin = origin.clone();
            }
        }
    }

    /// An object of it.
    pub fn object(&self, id: &ObjectId) -> Option<&ObjectDrift> {
        self.drift.objects.get(*self.index.get(id)?)
    }

    /// These objects there are. What is known of one stays until it is compared again.
    fn list(&mut self, ids: Vec<ObjectId>, anew: bool) {
        if anew {
            let mut held: HashMap<ObjectId, ObjectDrift> = std::mem::take(&mut self.drift.objects)
                .into_iter()
                .map(|one| (one.id.clone(), one))
                .collect();
            self.drift.objects = ids
                .into_iter()
                .map(|id| match held.remove(&id) {
                    Some(one) => one,
                    None => ObjectDrift::new(id, State::Pending),
                })
                .collect();
            self.index =
                (0..).zip(&self.drift.objects).map(|(at, one)| (one.id.clone(), at)).collect();
            return;
        }
        for id in ids {
            if !self.index.contains_key(&id) {
                self.index.insert(id.clone(), self.drift.objects.len());
                self.drift.objects.push(ObjectDrift::new(id, State::Pending));
            }
        }
    }

    fn put(&mut self, found: ObjectDrift, tape: &mut Tape, now: i64) {
        let held = self.index.get(&found.id).and_then(|at| self.drift.objects.get_mut(*at));
        match held {
            Some(held) => {
                let known = |one: &ObjectDrift| {
                    !matches!(
                        one.state,
                        State::Pending | State::Unknown(_) | State::Incomparable(_)
                    )
                };
                if known(held) && known(&found) {
                    let of = (self.cluster, &Text::new());
                    tape.replaced(of, &found.id, &held.uid, &found.uid, now);
                }
                *held = found;
            }
            None => {
                self.index.insert(found.id.clone(), self.drift.objects.len());
                self.drift.objects.push(found);
            }
        }
    }

    /// Objects that have changed since they were compared; None where none has.
    fn behind(
        &self,
        latest: &HashMap<(ClusterId, ObjectId), Option<u64>>,
    ) -> Option<BTreeSet<ObjectId>> {
        let changed = |one: &&ObjectDrift| {
            if one.state == State::Pending {
                return false;
            }
            let there = !one.version.is_empty();
            match latest.get(&(self.cluster, one.id.clone())) {
                None => false,
                Some(None) => there,
                Some(Some(told)) => {
                    let held = crate::kinds::build::version(&one.version);
                    // Of two numbers the greater is newer (KEP-5504); others can only differ.
                    let number = one.version.bytes().all(|c| c.is_ascii_digit());
                    !there || if number { *told > held } else { *told != held }
                }
            }
        };
        let these: BTreeSet<ObjectId> =
            self.drift.objects.iter().filter(changed).map(|one| one.id.clone()).collect();
        (!these.is_empty()).then_some(these)
    }
}
