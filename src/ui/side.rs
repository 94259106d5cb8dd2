//! The side pane: YAML, description or logs of the selected row, beside the pane it is selected in.
//!
//! It follows the selection, newest first: a selection that comes to rest is shown at once, one that
//! moves on is shown when it rests, and what lies between is never asked for. While the keys go to
//! the side pane it stays with its object.

use super::commands::Command;
use super::pace::Pace;
use super::panes::Pane;
use super::panes::describe::DescribePane;
use super::panes::logs::has_logs;
use super::panes::text::{Loading, TextPane};
use super::panes::view::View;
use super::usable::Refusal;
use super::widgets::frame::{self, Layout};
use super::widgets::tour;
use super::{Effect, Ui};
use crate::model::{Facet, ObjRef, SubId, Text, Ticket, Tone};
use ratatui::layout::Rect;

/// Below this many columns there is no room for a pane beside another.
pub const LEAST_COLUMNS: u16 = 120;
/// How long a moving selection has to rest before it is asked for, in milliseconds.
const REST: u64 = 150;
/// Shortest time between two fetches of an object that keeps changing, in milliseconds.
const AGAIN: u64 = 300;
/// How long what was shown stays while what comes is not there yet, in seconds.
const PATIENCE: i64 = 1;

/// What of the selected row is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Its description.
    #[default]
    Description,
    /// Its YAML.
    Yaml,
    /// The lines of its containers.
    Logs,
}

impl Kind {
    fn next(self) -> Self {
        match self {
            Self::Description => Self::Yaml,
            Self::Yaml => Self::Logs,
            Self::Logs => Self::Description,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Yaml => "YAML",
            Self::Logs => "logs",
        }
    }
}

/// What is selected in a pane.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    /// The pane is no list of objects.
    NoList,
    /// No object is selected.
    Nothing,
    /// This one; of a pod perhaps one container.
    Object(ObjRef, Option<Text>),
}

/// The side pane.
#[derive(Debug, Default)]
pub struct Side {
    /// What of the selected row is shown.
    pub kind: Kind,
    /// The pane on screen; None while there is nothing to show.
    pub pane: Option<Pane>,
    /// Why there is nothing to show.
    pub why: String,
    /// The keys go there.
    pub focused: bool,
    /// What takes its place as soon as it is there, and since when it is waited for.
    coming: Option<(Pane, i64)>,
    /// What `pane` or `coming` is about.
    shown: Option<(Kind, Selection)>,
    /// The selection when it was last looked at.
    last: Option<Selection>,
    rest: Pace,
    again: Pace,
    subs: Vec<SubId>,
}

impl Side {
    fn drop_panes(&mut self, effects: &mut Vec<Effect>) {
        let panes = [self.pane.take(), self.coming.take().map(|(pane, _)| pane)];
        for pane in panes.into_iter().flatten() {
            leave(pane, effects);
        }
        self.focused = false;
    }

    /// What comes takes its place when it is there, or takes long. True when it did.
    fn swap(&mut self, now: i64, effects: &mut Vec<Effect>) -> bool {
        let Some((pane, since)) = &self.coming else { return false };
        if self.pane.is_some() && !is_there(pane) && now - since < PATIENCE {
            return false;
        }
        let coming = self.coming.take().map(|(pane, _)| pane);
        if let Some(old) = std::mem::replace(&mut self.pane, coming) {
            leave(old, effects);
        }
        true
    }

    fn text_mut(&mut self, ticket: Ticket) -> Option<&mut TextPane> {
        let panes = [self.pane.as_mut(), self.coming.as_mut().map(|(pane, _)| pane)];
        panes.into_iter().flatten().find_map(|pane| match pane {
            Pane::Text(text) if text.loading == Loading::Pending(ticket) => Some(&mut **text),
            _ => None,
        })
    }
}

fn leave(pane: Pane, effects: &mut Vec<Effect>) {
    if let Pane::View(mut view) = pane {
        view.leave(effects);
    }
}

fn is_there(pane: &Pane) -> bool {
    match pane {
        Pane::Text(text) => !matches!(text.loading, Loading::Pending(_)),
        Pane::View(view) => view.is_complete(),
        Pane::Browse(_) => true,
    }
}

impl Ui {
    /// What is selected in the main pane.
    pub fn selection(&self) -> Selection {
        match self.panes.last() {
            Some(Pane::Browse(browse)) => {
                let Some(objects) = browse.objects() else { return Selection::NoList };
                let row = self.source(browse).and_then(|source| browse.selected_row(source));
                let Some(row) = row else { return Selection::Nothing };
                let mut object = Self::reference(objects, row);
                if objects.facet != Facet::Containers {
                    return Selection::Object(object, None);
                }
                // What is known of a container is known of its pod.
                let container = std::mem::take(&mut object.name);
                object.name = objects.fields.trim_start_matches("metadata.name=").into();
                object.uid = Text::new();
                Selection::Object(object, Some(container))
            }
            Some(Pane::View(view)) => view.selection(self),
            Some(Pane::Text(_)) | None => Selection::NoList,
        }
    }

    /// Whether the side pane is on screen.
    pub fn side_is_shown(&self) -> bool {
        self.side.is_some() && self.no_room_beside().is_none()
    }

    /// Whether the keys go to the side pane.
    pub fn side_has_focus(&self) -> bool {
        self.side.as_ref().is_some_and(|side| side.focused && side.pane.is_some())
    }

    /// Why nothing can be shown beside the main pane.
    fn no_room_beside(&self) -> Option<String> {
        let columns = tour::columns_left(self);
        if columns < LEAST_COLUMNS && columns < self.size.0 {
            return Some(format!(
                "a pane beside this one needs {LEAST_COLUMNS} columns; the tour leaves {columns}: {} folds it",
                self.key_to(Command::TourToggle)
            ));
        }
        if columns < LEAST_COLUMNS {
            return Some(format!(
                "a pane beside this one needs {LEAST_COLUMNS} columns; the terminal has {columns}"
            ));
        }
        let list = match self.panes.last() {
            Some(Pane::Browse(browse)) => browse.objects().is_some(),
            Some(Pane::View(view)) => view.is_list(),
            Some(Pane::Text(_)) | None => false,
        };
        (!list).then(|| "there are no objects here to show something beside".to_owned())
    }

    /// Why a command of the side pane has nothing to do.
    pub(super) fn side_refusal(&self, command: Command) -> Option<Refusal> {
        let why = match (command, &self.side) {
            (Command::SideClose, None) => {
                format!("no side pane is open: {} opens one", self.key_to(Command::Side))
            }
            (Command::SideClose, Some(_)) => return None,
            (_, side) => match (self.no_room_beside(), side) {
                (Some(why), _) => why,
                (None, Some(side)) if side.pane.is_none() && command == Command::Side => {
                    if side.why.is_empty() {
                        "nothing is shown there yet".to_owned()
                    } else {
                        side.why.clone()
                    }
                }
                _ => return None,
            },
        };
        Some(Refusal { why, tone: Tone::Plain })
    }

    pub(super) fn side_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        if let Some(refusal) = self.side_refusal(command) {
            return self.say(refusal.tone, refusal.why);
        }
        let kind = self.side_kind;
        match (command, &mut self.side) {
            (Command::SideClose, side) => {
                if let Some(mut side) = side.take() {
                    side.drop_panes(effects);
                    self.let_go(&side.subs.clone());
                }
            }
            (_, None) => self.side = Some(Side { kind, ..Side::default() }),
            (Command::Side, Some(side)) => side.focused = !side.focused,
            (_, Some(side)) => {
                side.kind = side.kind.next();
                // The same keys go on: what else there is may be read the same way.
                self.side_kind = side.kind;
                let line = format!("{} of the selected row", side.kind.name());
                self.say(Tone::Plain, line);
            }
        }
    }

    /// The keys go to the main pane again.
    pub(super) fn focus_main(&mut self) {
        if let Some(side) = &mut self.side {
            side.focused = false;
        }
    }

    /// Brings the side pane up to date with the selection. Returns the subscriptions it needs.
    pub(super) fn settle_side(&mut self, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let shown = self.side_is_shown();
        let Some(mut side) = self.side.take() else { return Vec::new() };
        let selection = if shown { self.selection() } else { Selection::NoList };
        if selection == Selection::NoList {
            // What is not on screen costs nothing.
            side.drop_panes(effects);
            (side.shown, side.last) = (None, None);
        } else if !side.focused || side.shown.as_ref().is_some_and(|(kind, _)| *kind != side.kind) {
            self.follow_selection(&mut side, selection, effects);
        }
        self.dirty |= side.swap(self.now, effects);
        side.focused &= side.pane.is_some();
        let subs = std::mem::take(&mut side.subs);
        self.side = Some(side);
        // The pane is laid out as it will be drawn.
        let layout = frame::layout_of(self);
        let mut wanted = self.settle_side_panes(&layout, effects);
        let now = self.now;
        if self.side.as_mut().is_some_and(|side| side.swap(now, effects)) {
            // It was the last thing that was missing.
            self.dirty = true;
            wanted = self.settle_side_panes(&layout, effects);
        }
        let left: Vec<SubId> = subs.into_iter().filter(|sub| !wanted.contains(sub)).collect();
        self.let_go(&left);
        if let Some(side) = &mut self.side {
            side.subs.clone_from(&wanted);
        }
        wanted
    }

    fn follow_selection(
        &mut self,
        side: &mut Side,
        selection: Selection,
        effects: &mut Vec<Effect>,
    ) {
        let moved = side.last.as_ref() != Some(&selection);
        side.last = Some(selection.clone());
        if side.shown.as_ref() == Some(&(side.kind, selection.clone())) {
            return;
        }
        if moved && side.shown.as_ref().is_some_and(|(_, shown)| *shown != selection) {
            // Lines of the row that was left are read no further.
            let streams = |pane: &Pane| matches!(pane, Pane::View(view) if view.streams());
            if side.coming.as_ref().is_some_and(|(pane, _)| streams(pane)) {
                side.coming.take().into_iter().for_each(|(pane, _)| leave(pane, effects));
            }
            if side.pane.as_ref().is_some_and(streams) {
                side.pane.take().into_iter().for_each(|pane| leave(pane, effects));
                side.why.clear();
            }
        }
        if !side.rest.begin(REST, moved, self, effects) {
            return;
        }
        side.coming.take().into_iter().for_each(|(pane, _)| leave(pane, effects));
        self.dirty = true;
        let kind = side.kind;
        side.shown = Some((kind, selection.clone()));
        match self.make_side(kind, selection, side.pane.as_ref(), effects) {
            Ok(pane) => side.coming = Some((pane, self.now)),
            Err(why) => {
                side.why = why;
                side.pane.take().into_iter().for_each(|pane| leave(pane, effects));
            }
        }
    }

    /// The pane for a selection, or why there is none.
    fn make_side(
        &mut self,
        kind: Kind,
        selection: Selection,
        before: Option<&Pane>,
        effects: &mut Vec<Effect>,
    ) -> Result<Pane, String> {
        let Selection::Object(object, container) = selection else {
            return Err("no object is selected".to_owned());
        };
        let cluster = self.clusters.get(&object.cluster);
        let resource = cluster.and_then(|cluster| cluster.catalogue.get(&object.gvr)).cloned();
        let other = format!("{} shows something else", self.key_to(Command::SideKind));
        if kind != Kind::Logs && resource.as_ref().is_some_and(|resource| !resource.can("get")) {
            let plural = &object.gvr.plural;
            return Err(format!("the server lists {plural} but does not give single ones"));
        }
        match kind {
            Kind::Description => {
                let wrap = matches!(before, Some(Pane::View(view)) if view.wraps());
                Ok(Pane::View(Box::new(DescribePane::new(object).wrapping(wrap))))
            }
            Kind::Yaml => {
                let ticket = self.ticket();
                effects.push(Effect::Get { ticket, object: object.clone() });
                let sub = self.watch_of(&object, effects);
                let mut text = TextPane::new(object, Some(sub), ticket);
                if let Some(Pane::Text(before)) = before {
                    // How one reads stays, whatever is read.
                    text.wrap = before.wrap;
                    text.managed_fields = before.managed_fields;
                    text.needle.clone_from(&before.needle);
                }
                Ok(Pane::Text(Box::new(text)))
            }
            Kind::Logs => {
                if !resource.is_some_and(|resource| has_logs(&resource)) {
                    return Err(format!("no pods are found behind a {}: {other}", object.kind));
                }
                let view = self.logs_beside(object, container, effects);
                Ok(Pane::View(Box::new(view)))
            }
        }
    }

    fn settle_side_panes(&mut self, layout: &Layout, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let mut wanted = Vec::new();
        let area = match self.side.as_ref().and_then(|side| side.pane.as_ref()) {
            Some(Pane::View(view)) if view.full_screen() && self.side_has_focus() => layout.inner,
            _ => layout.side_inner,
        };
        for coming in [false, true] {
            let subs = self.with_side_view(coming, |view, ui| view.settle(ui, area, effects));
            wanted.extend(subs.unwrap_or_default());
        }
        let Some(mut side) = self.side.take() else { return wanted };
        if let Some((Pane::Text(text), _)) = &side.coming {
            wanted.extend(text.sub);
        }
        if let Some(Pane::Text(text)) = &mut side.pane {
            text.settle(usize::from(area.height));
            wanted.extend(text.sub);
            if self.text_is_outdated(text)
                && self.side_version(text) != 0
                && side.again.begin(AGAIN, false, self, effects)
            {
                let ticket = self.ticket();
                text.loading = Loading::Pending(ticket);
                effects.push(Effect::Get { ticket, object: text.object.clone() });
            }
        }
        self.side = Some(side);
        wanted
    }

    /// The subscription that tells when an object changes.
    pub(super) fn watch_of(&mut self, object: &ObjRef, effects: &mut Vec<Effect>) -> SubId {
        self.subs.want_object(object, effects)
    }

    /// Ends subscriptions to single objects that were left, unless somebody else wants them.
    fn let_go(&mut self, subs: &[SubId]) {
        for sub in subs {
            self.subs.let_go(*sub);
        }
    }

    /// The version of the object in its rows; 0 when it is gone.
    fn side_version(&self, text: &TextPane) -> u64 {
        let sub = text.sub.and_then(|sub| self.subs.get(sub));
        sub.map_or(0, |sub| super::drill::version_of(sub, &text.object))
    }

    /// Runs `what` on the view in the side pane, or on the one that is coming, taken out meanwhile.
    pub(super) fn with_side_view<T>(
        &mut self,
        coming: bool,
        what: impl FnOnce(&mut dyn View, &mut Self) -> T,
    ) -> Option<T> {
        let side = self.side.as_mut()?;
        let (pane, since) = match coming {
            false => (side.pane.take()?, 0),
            true => side.coming.take()?,
        };
        let (pane, done) = match pane {
            Pane::View(mut view) => {
                let done = what(view.as_mut(), self);
                (Pane::View(view), Some(done))
            }
            pane => (pane, None),
        };
        match (&mut self.side, coming) {
            (Some(side), false) => side.pane = Some(pane),
            (Some(side), true) => side.coming = Some((pane, since)),
            (None, _) => leave(pane, &mut self.owed),
        }
        done
    }

    /// The text of the side pane that waits for an answer.
    pub(super) fn side_text(&mut self, ticket: Ticket) -> Option<&mut TextPane> {
        self.side.as_mut()?.text_mut(ticket)
    }

    /// A timer of the side pane ran out.
    pub(super) fn side_woke(&mut self, ticket: Ticket) -> bool {
        self.side.as_mut().is_some_and(|side| side.rest.woke(ticket) || side.again.woke(ticket))
    }

    /// When the side pane changes by itself, Unix seconds.
    pub(super) fn side_due(&self) -> Option<i64> {
        let side = self.side.as_ref()?;
        let view = match &side.pane {
            Some(Pane::View(view)) => view.next_due(self),
            _ => None,
        };
        let coming = side.coming.as_ref().map(|(_, since)| since + PATIENCE);
        view.into_iter().chain(coming).min()
    }

    /// Whether the side pane has more to do as soon as nothing else is waiting.
    pub(super) fn side_has_work(&self) -> bool {
        let pane = self.side.as_ref().and_then(|side| side.pane.as_ref());
        matches!(pane, Some(Pane::View(view)) if view.has_work())
    }

    /// A click inside the side pane, relative to it.
    pub(super) fn click_side(
        &mut self,
        area: Rect,
        column: u16,
        row: u16,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(side) = &mut self.side {
            side.focused = side.pane.is_some();
            if let Some(Pane::Text(text)) = &mut side.pane {
                return text.go(text.top + usize::from(row - area.y));
            }
        }
        let (x, y) = (column.saturating_sub(area.x), row - area.y);
        self.with_side_view(false, |view, ui| view.click(ui, x, y, effects));
    }
}
