//! The tape under the list of apps: which fields have changed of the apps that are counted while they are on screen.
//! It tells what one count finds beside the count before; nothing is asked for it.

use super::Ui;
use super::panes::Pane;
use super::panes::browse::What;
use super::panes::drift::tape::Tape;
use super::usable::Refusal;
use crate::drift::{Before, ObjectDrift, Sight, State};
use crate::model::{AppId, ClusterId, Text, Tone};
use crate::relations::ObjectId;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::collections::{BTreeSet, VecDeque};

/// Bytes of all objects that are kept to be held against what they are at the next count.
const BYTES: usize = 4 << 20;

/// The tape, and whose objects are kept for it.
#[derive(Debug)]
pub(super) struct AppsTape {
    tape: Tape,
    /// Those that were counted last stand at the end.
    followed: VecDeque<Followed>,
}

#[derive(Debug)]
struct Followed {
    cluster: ClusterId,
    app: AppId,
    objects: BTreeSet<ObjectId>,
    /// Those of them that were there, and are not.
    gone: BTreeSet<ObjectId>,
}

impl Default for AppsTape {
    fn default() -> Self {
        Self { tape: Tape::of_bytes(BYTES), followed: VecDeque::new() }
    }
}

impl AppsTape {
    /// An app is counted now; what its objects were when that was done last.
    pub fn begin(&mut self, cluster: ClusterId, app: &AppId) -> Before {
        let own = self.followed.iter().position(|one| one.cluster == cluster && one.app == *app);
        let own = own.and_then(|at| self.followed.remove(at)).unwrap_or_else(|| Followed {
            cluster,
            app: app.clone(),
            objects: BTreeSet::new(),
            gone: BTreeSet::new(),
        });
        // Those that nobody has looked at for longest make room.
        while self.tape.bytes() > BYTES / 4 * 3
            && let Some(old) = self.followed.pop_front()
        {
            for id in &old.objects {
                self.tape.forget(old.cluster, id);
            }
        }
        let before = self.tape.before(cluster, |id| own.objects.contains(id));
        self.followed.push_back(own);
        before
    }

    fn last(&mut self) -> Option<&mut Followed> {
        self.followed.back_mut()
    }

    /// The app that is counted has these objects.
    pub fn objects(&mut self, ids: &[ObjectId]) {
        let Some(followed) = self.last() else { return };
        let now: BTreeSet<ObjectId> = ids.iter().cloned().collect();
        let cluster = followed.cluster;
        let dropped: Vec<ObjectId> = followed.objects.difference(&now).cloned().collect();
        followed.gone.retain(|id| now.contains(id));
        followed.objects = now;
        for id in dropped {
            self.tape.forget(cluster, &id);
        }
    }

    /// A look at one of its objects.
    pub fn seen(&mut self, sight: Sight, now: i64) {
        let Some(followed) = self.last() else { return };
        let (cluster, app) = (followed.cluster, followed.app.name.clone());
        let back = followed.gone.remove(&sight.id);
        let held = self.tape.uid(cluster, &sight.id);
        let uid = sight.glimpse.as_ref().map(|one| one.uid().clone());
        if let (Some(held), Some(uid)) = (&held, &uid) {
            self.tape.replaced((cluster, &app), &sight.id, held, uid, now);
        } else if let (true, Some(uid)) = (back, &uid) {
            self.tape.replaced((cluster, &app), &sight.id, &Text::new(), uid, now);
        }
        self.tape.take((cluster, &app), sight, now);
    }

    /// How one of its objects is: those that are not there any more were not looked at.
    pub fn judged(&mut self, found: &ObjectDrift, now: i64) {
        if found.state != State::Missing {
            return;
        }
        let Some(followed) = self.last() else { return };
        let (cluster, app) = (followed.cluster, followed.app.name.clone());
        followed.gone.insert(found.id.clone());
        if let Some(held) = self.tape.uid(cluster, &found.id) {
            self.tape.replaced((cluster, &app), &found.id, &held, &Text::new(), now);
            self.tape.forget(cluster, &found.id);
        }
    }

    /// Changes that it tells of a cluster, those that were dropped left out.
    pub fn changes(&self, cluster: ClusterId) -> usize {
        self.tape.lines().filter(|line| line.cluster == cluster).count()
    }

    /// Few lines, half of the list, none.
    pub fn turn(&mut self) {
        self.tape.turn();
    }
}

impl Ui {
    /// The cluster whose apps are listed on screen.
    fn list_of_apps(&self) -> Option<ClusterId> {
        let Some(Pane::Browse(browse)) = self.panes.last() else { return None };
        match &browse.what {
            What::Apps(list) => Some(list.cluster),
            _ => None,
        }
    }

    /// Lines that the tape takes of the list of apps.
    pub(super) fn apps_tape_height(&self, area: u16) -> u16 {
        let Some(cluster) = self.list_of_apps() else { return 0 };
        self.drift_counts.tape.tape.height(area, self.drift_counts.tape.changes(cluster))
    }

    /// Draws it.
    pub(super) fn draw_apps_tape(&self, area: Rect, buf: &mut Buffer) {
        let cluster = self.list_of_apps();
        self.drift_counts.tape.tape.paint(self, cluster, area, buf);
    }

    /// Why there is no tape to be seen.
    pub(super) fn refused_apps_tape(&self, cluster: ClusterId) -> Option<Refusal> {
        let why = "no field of the apps on screen is known to have changed: those are looked at of which the drift is counted here, when their workloads change";
        let none = self.drift_counts.tape.changes(cluster) == 0;
        none.then(|| Refusal { why: why.to_owned(), tone: Tone::Plain })
    }
}
