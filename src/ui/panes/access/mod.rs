//! Who may do what: of a subject, of a role or a binding, or with the objects of a kind. Live, from
//! the four lists that rights are made of.

mod feed;
mod lines;

use super::page::Page;
use super::view::View;
use crate::model::{ClusterId, ObjRef, Resource, SubId, Text, Tone};
use crate::rbac::{Question, RoleName, Subject};
use crate::relations::ObjectId;
use crate::ui::commands::{Command, Context};
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use feed::Feed;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// What a page is about.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// What this subject may do.
    Subject(Subject),
    /// What this role allows, and who has it.
    Role(RoleName),
    /// Whom this binding gives what; without namespace a ClusterRoleBinding.
    Binding {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Who may do what with the objects of a kind.
    Objects {
        /// The kind.
        resource: Box<Resource>,
        /// Where; empty for anywhere.
        namespace: String,
        /// Only with the object of this name; empty for all.
        name: String,
    },
    /// Who may do one thing.
    Question {
        /// As it was asked.
        title: String,
        /// The thing.
        question: Question,
    },
}

impl About {
    /// What `table.access` shows of an object.
    pub fn object(object: &ObjRef, resource: &Resource) -> Self {
        let (namespace, name) = (object.namespace.to_string(), object.name.to_string());
        match (object.gvr.group.as_str(), object.gvr.plural.as_str()) {
            ("", "serviceaccounts") => Self::Subject(Subject::account(&namespace, &name)),
            ("rbac.authorization.k8s.io", "roles" | "clusterroles") => {
                Self::Role(RoleName { namespace, name })
            }
            ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => {
                Self::Binding { namespace, name }
            }
            _ => Self::Objects { resource: Box::new(resource.clone()), namespace, name },
        }
    }

    /// In words.
    fn words(&self) -> String {
        match self {
            Self::Subject(subject) => format!("what {subject} may do"),
            Self::Role(role) => format!("what {role} allows"),
            Self::Binding { namespace, name } => {
                format!("whom {} gives what", bound(namespace, name))
            }
            Self::Objects { resource, name, .. } if name.is_empty() => {
                format!("who may do what with {}", resource.gvr.plural)
            }
            Self::Objects { resource, name, .. } => {
                format!("who may do what with {}/{name}", resource.kind)
            }
            Self::Question { title, .. } => format!("who may {title}"),
        }
    }

    fn step(&self) -> String {
        match self {
            Self::Subject(subject) => format!("{subject} access"),
            Self::Role(role) => format!("{role} access"),
            Self::Binding { namespace, name } => format!("{} access", bound(namespace, name)),
            Self::Objects { resource, name, .. } if name.is_empty() => {
                format!("{} access", resource.gvr.plural)
            }
            Self::Objects { resource, name, .. } => format!("{}/{name} access", resource.kind),
            Self::Question { title, .. } => format!("who may {title}"),
        }
    }
}

fn bound(namespace: &str, name: &str) -> String {
    if namespace.is_empty() {
        format!("ClusterRoleBinding/{name}")
    } else {
        format!("RoleBinding/{name}")
    }
}

/// The pane.
#[derive(Debug)]
pub struct AccessPane {
    cluster: ClusterId,
    about: About,
    feed: Feed,
    page: Page,
    complete: bool,
}

impl AccessPane {
    /// About something on a cluster.
    pub fn new(cluster: ClusterId, about: About) -> Self {
        let feed = Feed::new(cluster);
        Self { cluster, about, feed, page: Page::default(), complete: false }
    }

    /// What Enter opens from the selected line: another page of this sort, or the object.
    fn next(&self) -> Option<Next> {
        let line = self.page.current()?;
        if let Some(to) = &line.to {
            return Some(Next::Object(to.clone()));
        }
        lines::about(&line.id).map(Next::Page)
    }
}

enum Next {
    Page(About),
    Object(ObjectId),
}

impl View for AccessPane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn step(&self) -> String {
        self.about.step()
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let mut parts = vec![(format!(" {}", self.about.words()), theme.style(Look::Title))];
        if let About::Objects { namespace, .. } = &self.about
            && !namespace.is_empty()
        {
            parts.push((format!(" in {namespace}"), theme.style(Look::Title)));
        }
        parts.extend(self.page.filter_title(theme));
        let denied = self.feed.denied(ui);
        if !denied.is_empty() {
            let words = format!(" incomplete: not allowed to read {}", denied.join(", "));
            parts.push((words, theme.style(Look::Warning)));
        }
        parts.push((" ".to_owned(), theme.style(Look::Title)));
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Page]
    }

    fn refusal(&self, _ui: &Ui, command: Command) -> Option<Refusal> {
        let why = match command {
            Command::PageOpen if self.next().is_none() => "this line leads nowhere",
            Command::PageCopy if self.page.current().is_none() => "nothing is selected",
            Command::PageNext | Command::PagePrevious if !self.page.has_parts() => {
                "the page has only one part"
            }
            Command::PageReveal => "nothing is masked here",
            _ => return None,
        };
        Some(Refusal { why: why.to_owned(), tone: Tone::Plain })
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            return self.step_by(ui, lines);
        }
        match command {
            Command::PageOpen => match self.next() {
                Some(Next::Page(about)) => ui.open_access(self.cluster, about),
                Some(Next::Object(to)) => {
                    let from = Text::from(self.about.step());
                    ui.go_to_object(&to.group, &to.kind, &to.namespace, &to.name, from);
                }
                None => {}
            },
            Command::PageCopy => {
                let words = self.page.current().map(|line| {
                    let cells = line.cells.iter().map(|(text, _)| text.as_str());
                    cells.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("  ")
                });
                effects.extend(words.map(Effect::Copy));
            }
            Command::PageNext => self.page.part(true),
            Command::PagePrevious => self.page.part(false),
            Command::PageFilter => ui.open_view_prompt(self.page.filter()),
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
        let news = self.feed.take(ui, effects);
        let complete = self.feed.is_complete(ui);
        if news || complete != self.complete {
            self.complete = complete;
            // Half of the bindings would look like all of them.
            let lines =
                if complete { lines::of(&self.feed.policy, &self.about) } else { Vec::new() };
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
            "nothing: no binding says so"
        } else {
            "reading roles and bindings…"
        };
        self.page.draw(ui, area, buf, empty);
        None
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}
