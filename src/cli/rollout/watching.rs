//! A rollout watched by a command.

use crate::cli::headless::Headless;
use crate::model::{
    Cell, Change, Fault, FaultKind, Need, ObjRef, Row, SubEvent, SubId, Text, WatchState,
};
use crate::rollout::last_words::{self, LastWords};
use crate::rollout::{Gathered, Situation, Source, Story};
use std::collections::HashSet;
use std::time::Duration;

/// One watch.
struct Fed {
    source: Source,
    need: Need,
    sub: SubId,
    names: HashSet<Text>,
    /// Names of the list that arrives.
    listed: Option<HashSet<Text>>,
    /// The list has come once, or was refused.
    complete: bool,
}

/// What the watches have brought.
pub struct Watching<'c> {
    cluster: &'c mut Headless,
    gathered: Gathered,
    fed: Vec<Fed>,
    /// Why the workload itself cannot be seen.
    denied: Option<Fault>,
    /// What crashes, and its last lines.
    crash: Option<(LastWords, Vec<String>)>,
    next: u64,
}

impl<'c> Watching<'c> {
    /// Of a workload.
    ///
    /// # Errors
    /// It is of a kind that does not roll out.
    pub fn begin(cluster: &'c mut Headless, target: ObjRef) -> Result<Self, Fault> {
        let what = format!("rollout of {target}");
        let Some(gathered) = Gathered::of(target) else {
            let why = "only Deployments, StatefulSets, DaemonSets and Argo Rollouts roll out";
            return Err(Fault::new(FaultKind::Input, what, why));
        };
        let (fed, denied, crash) = (Vec::new(), None, None);
        let mut this = Self { cluster, gathered, fed, denied, crash, next: 1 };
        this.want();
        Ok(this)
    }

    /// Which workload.
    pub fn target(&self) -> &ObjRef {
        &self.gathered.target
    }

    /// Subscribes to what is needed and not there yet.
    fn want(&mut self) {
        for (source, need) in self.gathered.needs() {
            if self.fed.iter().any(|fed| fed.need == need) {
                continue;
            }
            let sub = SubId(self.next);
            self.next += 1;
            self.cluster.subscribe(sub, need.clone());
            let (names, listed) = (HashSet::new(), None);
            self.fed.push(Fed { source, need, sub, names, listed, complete: false });
        }
    }

    /// Takes in what happens next; false when nothing did for that long.
    ///
    /// # Errors
    /// The workload cannot be seen.
    pub fn step(&mut self, limit: Duration) -> Result<bool, Fault> {
        let Some((sub, event)) = self.cluster.next_sub(limit) else { return Ok(false) };
        let Some(fed) = self.fed.iter_mut().find(|fed| fed.sub == sub) else { return Ok(true) };
        let source = fed.source;
        match event {
            SubEvent::Begin { .. } => fed.listed = Some(HashSet::new()),
            SubEvent::Changes { changes, .. } => {
                for change in changes {
                    match change {
                        Change::Upsert(row) => {
                            let name = row.key.name.clone();
                            if let Some(listed) = &mut fed.listed {
                                listed.insert(name.clone());
                            }
                            fed.names.insert(name.clone());
                            // What cannot be read is left as it was.
                            let _ = self.gathered.set(source, &name, facts(&row));
                        }
                        Change::Delete(key) => {
                            fed.names.remove(&key.name);
                            let _ = self.gathered.set(source, &key.name, None);
                        }
                    }
                }
            }
            SubEvent::Complete { .. } => {
                fed.complete = true;
                if let Some(listed) = fed.listed.take() {
                    for name in fed.names.difference(&listed) {
                        let _ = self.gathered.set(source, name, None);
                    }
                    fed.names = listed;
                }
            }
            SubEvent::State {
                state: WatchState::Denied(fault) | WatchState::NotServed(fault),
                ..
            } => {
                fed.complete = true;
                if source.is_needed() {
                    self.denied = Some(fault);
                }
            }
            _ => {}
        }
        if let Some(fault) = self.denied.take() {
            return Err(fault);
        }
        self.want();
        Ok(true)
    }

    /// The last lines of what a story says to crash; empty for other stories. Asked for once for each
    /// crash.
    pub fn log(&mut self, situation: &Situation, story: &Story) -> Vec<String> {
        let wanted = LastWords::of(situation, story);
        if self.crash.as_ref().map(|(of, _)| of) != wanted.as_ref() {
            self.crash = wanted.map(|of| {
                let log = self.cluster.read(of.read(&self.gathered.target));
                // Somebody may not read logs: the sentence is told all the same.
                let lines = log.map_or_else(|_| Vec::new(), |log| last_words::lines(&log));
                (of, lines)
            });
        }
        self.crash.as_ref().map_or_else(Vec::new, |(_, lines)| lines.clone())
    }

    /// Everything that is needed has been listed, or was refused.
    pub fn is_complete(&self) -> bool {
        self.fed.iter().all(|fed| fed.complete)
    }

    /// The situation; None when the workload is not there.
    pub fn situation(&self) -> Option<Situation> {
        self.gathered.situation()
    }
}

fn facts(row: &Row) -> Option<&str> {
    match row.cells.first() {
        Some(Cell::Text(text, _)) => Some(text.as_str()),
        _ => None,
    }
}
