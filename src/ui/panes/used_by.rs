//! `u`: who uses an object, live, rolled up to workloads with their pods.

use super::Pane;
use super::feed::{Feed, denied_title};
use super::page::{Line, Page};
use super::rollout::RolloutPane;
use super::view::View;
use crate::model::{ClusterId, ObjRef, SubId, Text, Tone};
use crate::relations::{ObjectId, User, user_needs, users};
use crate::rollout::gathered::kind_of;
use crate::ui::commands::{Command, Context};
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use crate::verbs::restart::can_restart;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The pane.
#[derive(Debug)]
pub struct UsedBy {
    cluster: ClusterId,
    id: ObjectId,
    feed: Feed,
    users: usize,
    /// Workloads that read it when they are started, and never again.
    readers: Vec<ObjectId>,
    page: Page,
    complete: bool,
}

impl UsedBy {
    /// Of an object.
    pub fn new(object: &ObjRef) -> Self {
        Self {
            cluster: object.cluster,
            id: ObjectId {
                group: object.gvr.group.clone(),
                kind: object.kind.clone(),
                namespace: object.namespace.clone(),
                name: object.name.clone(),
            },
            feed: Feed::new(object.cluster),
            users: 0,
            readers: Vec::new(),
            page: Page::default(),
            complete: false,
        }
    }

    fn lines(&self, users: &[User]) -> Vec<Line> {
        let mut lines = Vec::new();
        for user in users {
            let (status, tone) = self.status(&user.id);
            let how = match (user.older, user.how.join(", ")) {
                (true, how) => format!("only an older revision: {how}"),
                (false, how) => how,
            };
            let how_tone = if user.older { Tone::Dim } else { Tone::Plain };
            let pods = match user.pods.len() {
                0 => String::new(),
                1 => "1 pod".to_owned(),
                n => format!("{n} pods"),
            };
            let name = format!("{}{}", user.id, self.elsewhere(&user.id));
            let cells = [
                (name.as_str(), Tone::Plain),
                (&status, tone),
                (&pods, Tone::Dim),
                (&how, how_tone),
            ];
            lines.push(Line::of(0, cells).to(user.id.clone()));
            for (pod, how) in &user.pods {
                let (status, tone) = self.status(pod);
                let (name, how) = (pod.to_string(), how.join(", "));
                let cells = [(name.as_str(), Tone::Plain), (&status, tone), (&how, Tone::Dim)];
                lines.push(Line::of(1, cells).to(pod.clone()));
            }
        }
        lines
    }

    /// It is something that containers have as their environment.
    fn is_configuration(&self) -> bool {
        self.id.group.is_empty() && matches!(self.id.kind.as_str(), "ConfigMap" | "Secret")
    }

    fn reference(&self, ui: &Ui, id: &ObjectId) -> Option<ObjRef> {
        let resource = ui.clusters.get(&self.cluster)?.catalogue.by_kind(&id.group, &id.kind)?;
        Some(ObjRef {
            cluster: self.cluster,
            gvr: resource.gvr.clone(),
            kind: resource.kind.clone(),
            namespace: id.namespace.clone(),
            name: id.name.clone(),
            uid: Text::new(),
        })
    }

    /// The workloads that have to be restarted to read what it says now.
    fn restarts(&self, ui: &Ui) -> Vec<ObjRef> {
        let all = self.readers.iter().filter_map(|id| self.reference(ui, id));
        all.filter(can_restart).collect()
    }

    /// The workload under the cursor, where it is one that rolls out.
    fn rolls(&self, ui: &Ui) -> Option<ObjRef> {
        let to = self.page.current()?.to.as_ref()?;
        self.reference(ui, to).filter(|one| kind_of(&one.gvr).is_some())
    }

    fn status(&self, id: &ObjectId) -> (String, Tone) {
        self.feed.graph.get(id).map_or_else(
            || (String::new(), Tone::Dim),
            |thing| (thing.status.to_string(), thing.tone),
        )
    }

    fn elsewhere(&self, id: &ObjectId) -> String {
        if id.namespace.is_empty() || id.namespace == self.id.namespace {
            String::new()
        } else {
            format!(" in {}", id.namespace)
        }
    }
}

/// Whether somebody uses it in a way that is read when a container is started.
fn is_read_at_start(how: &str) -> bool {
    how.starts_with("env ") || how.starts_with("all keys as env")
}

impl View for UsedBy {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn step(&self) -> String {
        format!("{} used by", self.id)
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let mut parts = vec![
            (format!(" who uses {}", self.id), theme.style(Look::Title)),
            (format!("[{}]", self.users), theme.style(Look::TitleCount)),
        ];
        parts.extend(self.page.filter_title(theme));
        let denied = self.feed.denied(ui);
        parts.extend(denied_title(&denied, theme));
        parts.push((" ".to_owned(), theme.style(Look::Title)));
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        match self.is_configuration() {
            true => vec![Context::Page, Context::Workloads],
            false => vec![Context::Page],
        }
    }

    fn refusal(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        if command.writes() && ui.readonly() {
            let why = "read-only: nothing is changed or entered in this session".to_owned();
            return Some(Refusal { why, tone: Tone::Warn });
        }
        let why = match command {
            Command::Restart if self.restarts(ui).is_empty() => {
                "no workload reads it only when it is started: mounted files are kept up to date"
            }
            Command::Rollout if self.rolls(ui).is_none() => {
                "this line is about nothing that rolls out"
            }
            Command::Restart | Command::Rollout => return None,
            command if command.spec().context == Context::Workloads => "this is for tables",
            Command::PageOpen if self.page.current().is_none() => "nothing is selected",
            Command::PageCopy if self.page.current().is_none() => "nothing is selected",
            Command::PageNext | Command::PagePrevious => "the page has only one part",
            Command::PageReveal => "nothing is masked here",
            _ => return None,
        };
        Some(Refusal { why: why.to_owned(), tone: Tone::Plain })
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            return self.step_by(ui, lines);
        }
        let to = self.page.current().and_then(|line| line.to.clone());
        match (command, to) {
            (Command::PageOpen, Some(to)) => {
                let from = Text::from(self.id.to_string());
                ui.go_to_object(&to.group, &to.kind, &to.namespace, &to.name, from);
            }
            (Command::PageCopy, Some(to)) => effects.push(Effect::Copy(to.name.to_string())),
            (Command::PageFilter, _) => ui.open_view_prompt(self.page.filter()),
            (Command::Restart | Command::Rollout, _) if self.refusal(ui, command).is_some() => {
                if let Some(refusal) = self.refusal(ui, command) {
                    ui.say(refusal.tone, refusal.why);
                }
            }
            (Command::Restart, _) => {
                let targets = self.restarts(ui);
                ui.here = self.cluster;
                ui.plan_verb_on(Command::Restart, targets, 0);
            }
            (Command::Rollout, _) => {
                let pane = self.rolls(ui).and_then(RolloutPane::new);
                if let Some(pane) = pane {
                    ui.push(Pane::View(Box::new(pane)));
                }
            }
            _ => {}
        }
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let id = self.id.clone();
        let news = self.feed.take(ui, |catalogue, _| user_needs(catalogue, &id), effects);
        let complete = self.feed.is_complete(ui);
        if news || complete != self.complete {
            self.complete = complete;
            let users = users(&self.feed.graph, &self.id);
            self.users = users.len();
            let reads = |user: &&User| {
                let mut how = user.how.iter().chain(user.pods.iter().flat_map(|(_, how)| how));
                !user.older && how.any(|how| is_read_at_start(how))
            };
            self.readers = users.iter().filter(reads).map(|user| user.id.clone()).collect();
            let lines = self.lines(&users);
            self.page.set(lines);
            ui.dirty = true;
        }
        self.page.settle(area);
        self.feed.subs()
    }

    fn sub(&self) -> Option<SubId> {
        self.feed.subs().first().copied()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let empty = if self.complete {
            format!("nobody here uses it: looked at {}", self.feed.plurals().join(", "))
        } else {
            "reading…".to_owned()
        };
        self.page.draw(ui, area, buf, &empty);
        None
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}
