//! One file per pane: its state and what changes it. Drawing is in `widgets`.

pub mod access;
pub mod app;
pub mod app_tree;

pub mod browse;
pub mod cursor;
pub mod describe;
pub mod drift;
pub mod editor;
pub mod events;
pub mod feed;
pub mod hazards;
pub mod logs;
pub mod overview;
pub mod page;
pub mod rollout;
pub mod secret;
pub mod shell;
pub mod sift;
pub mod text;
pub mod tree;
pub mod used_by;
pub mod view;

use crate::model::ClusterId;
use browse::Browse;
use text::TextPane;
use view::View;

/// One thing on screen.
#[derive(Debug)]
pub enum Pane {
    /// A table.
    Browse(Box<Browse>),
    /// A text.
    Text(Box<TextPane>),
    /// Anything else.
    View(Box<dyn View>),
}

impl Pane {
    /// The cluster it looks at, if it looks at one.
    pub fn cluster(&self) -> Option<ClusterId> {
        match self {
            Self::Browse(browse) => match &browse.what {
                browse::What::Objects(objects) => Some(objects.cluster),
                browse::What::Apps(apps) | browse::What::AppGroups(apps, _) => Some(apps.cluster),
                _ => None,
            },
            Self::Text(text) => Some(text.object.cluster),
            Self::View(view) => view.cluster(),
        }
    }
}
