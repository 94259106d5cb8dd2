//! What keys do: those of the row's kind on objects, those of apps on the head and on other apps.

use super::rows::{Part, Row, What};
use super::{AppPane, Whereabouts};
use crate::apps::{self, App};
use crate::model::{AppId, ClusterId, Facet, Fault, Tone};
use crate::ui::commands::{Command, Context};
use crate::ui::object_keys::{contexts_of, is_of_one_object};
use crate::ui::panes::Pane;
use crate::ui::panes::drift::Pointed;
use crate::ui::panes::rollout::{Board, RolloutPane};
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Overlay, Ui};
use crate::verbs::Draft;
use std::collections::BTreeSet;

/// A plan in the making on the cluster where the objects are, or what speaks against it.
type There = (ClusterId, Result<Box<dyn Draft>, Fault>);

impl AppPane {
    /// Where keys are looked up: those of the selected row's kind win.
    pub(super) fn key_contexts(&self) -> Vec<Context> {
        let own: &[Context] = match self.current() {
            Some(row) if self.subject(row).is_some() => &[Context::Apps],
            Some(row) => self.object_of(row).map_or(&[], |id| contexts_of(&id.group, &id.kind)),
            None => &[Context::Apps],
        };
        own.iter().copied().chain([Context::Tree, Context::Table]).collect()
    }

    /// The app that the verbs of apps are about on this row: the page's own on every line that is about
    /// nothing else.
    fn subject(&self, row: &Row) -> Option<AppId> {
        if row.what == What::App || is_remark(row) {
            return Some(self.id.clone());
        }
        let of_object = self.object_of(row).is_some();
        self.app_of(row).or_else(|| (!of_object).then(|| self.id.clone()))
    }

    /// What a look at differences from the selected row is about.
    pub(super) fn pointed_at(&self) -> Option<Pointed> {
        let row = self.current()?;
        if let Some(app) = self.subject(row) {
            return Some(Pointed::app(self.cluster, app));
        }
        let What::Delivered(_) = row.what else { return None };
        // Whatever stands on the object: this app delivers it.
        let id = self.object_of(row)?;
        let name = id.to_string();
        let only = Some(BTreeSet::from([id.clone()]));
        Some(Pointed { only, name, ..Pointed::app(self.cluster, self.id.clone()) })
    }

    fn is_branch(&self) -> bool {
        self.current().is_some_and(|row| row.open.is_some())
    }

    pub(super) fn refused(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        let plain = |why: String| Some(Refusal { why, tone: Tone::Plain });
        if ui.motion(command).is_some() || command.spec().context == Context::Global {
            return None;
        }
        let Some(row) = self.current() else { return plain("nothing is selected".to_owned()) };
        match command {
            Command::TreeFold if self.deployed(row).is_some() => return None,
            Command::TreeFold if !self.is_branch() => {
                return plain("nothing is below this line".to_owned());
            }
            Command::AppCompare if self.is_own(row) => return self.cannot_compare(row),
            Command::TreeFold | Command::TreeFoldAll | Command::TreeFilter | Command::Filter => {
                return None;
            }
            Command::AppHistory if self.is_own(row) => {
                let none = self.page.as_ref().is_none_or(|page| page.history.is_empty());
                return if none {
                    plain("nothing is known about what was deployed before".to_owned())
                } else {
                    None
                };
            }
            Command::TreeOpen | Command::Open if self.opens(row) => return None,
            Command::TreeOpen | Command::Open => {
                return match row.what {
                    What::Delivered(_) | What::Owned(_) | What::Around(_) => {
                        self.refused_object(ui, command)
                    }
                    _ if self.object_of(row).is_some() => self.refused_object(ui, command),
                    // It leads nowhere, and is shown in full.
                    _ => None,
                };
            }
            _ => {}
        }
        if let Some(id) = self.subject(row)
            && is_of_apps(command)
        {
            if command == Command::Delete && is_remark(row) {
                return plain("this line is about no object".to_owned());
            }
            if command == Command::AppRestart
                && id == self.id
                && let Some(refused) = self.refused_restart(ui)
            {
                return refused;
            }
            if command == Command::AppRollouts && id == self.id && !self.is_here() {
                return self.refused_rollouts();
            }
            return ui.refused_by_app(command, self.cluster, &id);
        }
        self.refused_object(ui, command)
    }

    fn is_own(&self, row: &Row) -> bool {
        !matches!(row.what, What::Kin(..)) && self.app_of(row).is_none()
    }

    /// Whether Enter leads somewhere without the object being looked at.
    fn opens(&self, row: &Row) -> bool {
        let connects = matches!(self.whereabouts, Whereabouts::Context(_))
            && matches!(row.what, What::Words(..));
        let unfolds = row.open.is_some() && matches!(row.what, What::Heading(..));
        unfolds || connects || self.app_of(row).is_some()
    }

    fn refused_object(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        let plain = |why: String| Some(Refusal { why, tone: Tone::Plain });
        let Some(row) = self.current() else { return plain("nothing is selected".to_owned()) };
        if !is_of_one_object(command) {
            return plain("this is for tables".to_owned());
        }
        if self.cluster_of(row).is_none() {
            let why = match &self.whereabouts {
                Whereabouts::Context(context) => format!(
                    "the object lives on context {context}, which is not connected: open the line that says so"
                ),
                Whereabouts::Nowhere(name) => {
                    let why = self.app.as_ref().map(App::no_context).unwrap_or_default();
                    format!("the object lives on {name}: {why}")
                }
                _ => "the object is on another cluster".to_owned(),
            };
            return plain(why);
        }
        let Some((object, resource)) = self.selected_object(ui) else {
            return plain(match (self.object_of(row), self.subject(row)) {
                (Some(id), _) => format!("the server does not serve {}", id.kind),
                (None, Some(id)) if !is_remark(row) => {
                    format!("no single object stands for {}", id.name)
                }
                _ => "this line is about no object".to_owned(),
            });
        };
        let command = match command {
            Command::TreeDescribe => Command::Describe,
            Command::TreeYaml => Command::Yaml,
            command => command,
        };
        ui.refused_for_object(
            command,
            object.cluster,
            &resource,
            Facet::Row,
            Some(&object.namespace),
        )
    }

    /// The restart of the app's workloads on the other cluster where they are; None where they are not
    /// on one that is connected.
    fn restart_there(&self, ui: &Ui) -> Option<There> {
        let (app, Whereabouts::On(cluster, _)) = (self.app.as_ref()?, &self.whereabouts) else {
            return None;
        };
        let objects = self.delivered_there(ui)?;
        Some((*cluster, apps::restart::draft_of(app, objects, ui.now)))
    }

    /// What speaks against that; None where the workloads are here, or nobody knows where.
    fn refused_restart(&self, ui: &Ui) -> Option<Option<Refusal>> {
        let why = match &self.whereabouts {
            Whereabouts::On(_, context) if ui.config.settings.readonly_in(context) => {
                format!("read-only: nothing is changed on {context}")
            }
            Whereabouts::On(..) => match self.restart_there(ui)?.1 {
                Ok(_) => return Some(None),
                Err(fault) => fault.why,
            },
            Whereabouts::Context(context) => format!(
                "its workloads are on context {context}, which is not connected: open the line that says so"
            ),
            Whereabouts::Here | Whereabouts::Nowhere(_) => return None,
        };
        Some(Some(Refusal { why, tone: Tone::Warn }))
    }

    fn is_here(&self) -> bool {
        self.whereabouts == Whereabouts::Here
    }

    /// Why the rollouts of its workloads on another cluster cannot be looked at.
    fn refused_rollouts(&self) -> Option<Refusal> {
        let why = match &self.whereabouts {
            Whereabouts::On(..) if !self.rolls.objects.is_empty() => return None,
            Whereabouts::On(_, context) => {
                format!("nothing that it delivers to context {context} rolls out")
            }
            Whereabouts::Context(context) => format!(
                "its workloads are on context {context}, which is not connected: open the line that says so"
            ),
            Whereabouts::Nowhere(name) => {
                let why = self.app.as_ref().map(App::no_context).unwrap_or_default();
                format!("its workloads are on {name}: {why}")
            }
            Whereabouts::Here => return None,
        };
        Some(Refusal { why, tone: Tone::Plain })
    }

    /// Opens the rollouts of its workloads on the other cluster where they are.
    fn open_rollouts_there(&self, ui: &mut Ui) {
        let Whereabouts::On(cluster, _) = &self.whereabouts else { return };
        let name = super::super::page::clean(&self.id.name);
        let pane: Pane = match self.rolls.objects.as_slice() {
            [one] => match RolloutPane::new(one.clone()) {
                Some(pane) => Pane::View(Box::new(pane)),
                None => return,
            },
            all => Pane::View(Box::new(Board::of(*cluster, name, all))),
        };
        ui.push(pane);
    }

    pub(super) fn carry_out(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            self.cursor.step(lines, self.rows.iter().map(|row| row.place));
            ui.dirty = true;
            return;
        }
        let Some(row) = self.current().cloned() else { return };
        match command {
            Command::TreeFold if self.deployed(&row).is_some() => return self.mark(&row),
            Command::AppCompare if self.is_own(&row) => return self.compare(ui, &row, effects),
            Command::TreeFold => {
                self.folds.toggle(row.place);
                self.stale = true;
                return;
            }
            Command::TreeFoldAll => {
                let tree =
                    |row: &&Row| row.open.is_some() && !matches!(row.what, What::Heading(..));
                let branches = self.rows.iter().filter(tree);
                self.folds.toggle_all(branches.map(|row| row.place));
                self.stale = true;
                return;
            }
            Command::TreeFilter | Command::Filter => return ui.open_view_prompt(&self.filter),
            Command::AppHistory if self.is_own(&row) => {
                self.go_to_part(Part::History);
                ui.dirty = true;
                return;
            }
            Command::TreeOpen | Command::Open => {
                if row.open.is_some() && matches!(row.what, What::Heading(..)) {
                    self.folds.toggle(row.place);
                    self.stale = true;
                    return;
                }
                if let (Whereabouts::Context(context), What::Words(..)) =
                    (&self.whereabouts, &row.what)
                {
                    let context = context.clone();
                    return ui.connect_beside(&context, effects);
                }
                if let Some(id) = self.app_of(&row) {
                    return ui.open_app_page(self.cluster, id);
                }
                if self.object_of(&row).is_none() {
                    ui.overlay = Some(Overlay::full(self.in_full(ui, &row)));
                    ui.dirty = true;
                    return;
                }
            }
            _ => {}
        }
        if let Some(id) = self.subject(&row)
            && is_of_apps(command)
        {
            if command == Command::AppRestart
                && id == self.id
                && let Some((cluster, draft)) = self.restart_there(ui)
            {
                return match draft {
                    Ok(draft) => ui.open_plan(cluster, draft, None),
                    Err(fault) => ui.say(Tone::Warn, fault.why),
                };
            }
            if command == Command::AppRollouts && id == self.id && !self.is_here() {
                return self.open_rollouts_there(ui);
            }
            ui.command_on_app(command, self.cluster, &id, effects);
            if let (Command::AppRollback, Some(one)) = (command, self.deployed(&row)) {
                ui.aim_plan([one.id.clone(), one.revision.clone()]);
            }
            return;
        }
        let command = match command {
            Command::TreeOpen => Command::Open,
            Command::TreeDescribe => Command::Describe,
            Command::TreeYaml => Command::Yaml,
            command => command,
        };
        if let Some((object, _)) = self.selected_object(ui) {
            ui.object_command(command, &object, effects);
        }
    }
}

/// A line that says something about the page's own app and leads nowhere.
fn is_remark(row: &Row) -> bool {
    matches!(row.what, What::Heading(..) | What::Words(..) | What::Deployed(_))
}

/// Commands that mean the app itself, not the object that stands for it.
fn is_of_apps(command: Command) -> bool {
    command.spec().context == Context::Apps
        || matches!(command, Command::Delete | Command::Logs | Command::PreviousLogs)
}
