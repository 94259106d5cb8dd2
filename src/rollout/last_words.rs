//! The last lines of a container that crashes: which log tells them, and what is shown of it.

use super::blockers::Blocker;
use super::situation::Situation;
use super::story::Story;
use crate::model::{Gvr, ObjRef, Read};
use crate::text::{percent, sanitise};

/// Lines that are shown.
const LINES: usize = 3;
/// Lines that are asked for: empty ones are left out.
const ASKED: usize = 10;
/// Bytes that are asked for at most.
const BYTES: usize = 16 * 1024;
/// Characters of a line that are shown.
const WIDTH: usize = 200;
/// Rules whose reason a log may tell.
const RULES: [&str; 5] =
    ["crash", "init-container", "out-of-memory", "startup-probe", "liveness-probe"];

/// Whose log tells why it crashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LastWords {
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// The instance before the present one is what crashed.
    pub previous: bool,
    /// How often it was started again: with each crash there is another log.
    pub restarts: i64,
}

impl LastWords {
    /// Of what blocks a rollout first, where that is a container that crashes.
    pub fn of(situation: &Situation, story: &Story) -> Option<Self> {
        Self::of_blocker(situation, story.blockers.first()?)
    }

    fn of_blocker(situation: &Situation, blocker: &Blocker) -> Option<Self> {
        let tells = RULES.contains(&blocker.rule) && !blocker.container.is_empty();
        if !tells || blocker.about.0 != "Pod" {
            return None;
        }
        let pod = situation.pods.iter().find(|pod| pod.metadata.name == blocker.about.1)?;
        let all = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
        let status = all.into_iter().find(|one| one.name == blocker.container)?;
        Some(Self {
            pod: pod.metadata.name.clone(),
            container: status.name.clone(),
            previous: status.state.terminated.is_none() && status.restart_count > 0,
            restarts: status.restart_count,
        })
    }

    /// The request for its last lines. `target` is the workload.
    pub fn read(&self, target: &ObjRef) -> Read {
        let path = Gvr::new("", "v1", "pods").object_path(&target.namespace, &self.pod);
        let container = percent::encode(&self.container);
        Read {
            what: format!("read the log of Pod/{}", self.pod),
            path: format!(
                "{path}/log?container={container}&previous={}&tailLines={ASKED}&limitBytes={BYTES}",
                self.previous
            ),
        }
    }
}

/// The last lines of a log that say something, fit to be drawn.
pub fn lines(log: &str) -> Vec<String> {
    let told = log.lines().rev().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let mut last: Vec<String> = told
        .take(LINES)
        .map(|line| {
            let line = sanitise::clean(line);
            match line.char_indices().nth(WIDTH) {
                Some((end, _)) => format!("{}…", &line[..end]),
                None => line.into_owned(),
            }
        })
        .collect();
    last.reverse();
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_that_say_something_are_shown() {
        let log = "starting\nconnect db:5432\n\nTraceback:\n  File \"app.py\"\nOSError: no \u{1b}[31mroute\u{1b}[0m\n\n";
        assert_eq!(lines(log).len(), 3);
        assert!(lines(log)[2].starts_with("OSError: no "), "{:?}", lines(log));
        assert!(!lines(log)[2].contains('\u{1b}'));
        assert!(lines("\n \n").is_empty());
        let long = "x".repeat(5_000);
        assert_eq!(lines(&long)[0].chars().count(), WIDTH + 1);
    }
}
