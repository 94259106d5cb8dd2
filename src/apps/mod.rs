//! Floor 4, and pure like those below: apps, whichever engine delivers them. Rows of [`crate::model::Facet::App`] go in, change
//! by change; a table of apps comes out. Engines are plain descriptions, one file or folder each: how
//! an app is read, what can be done with it and why not, the plans for it, its page.

mod app;
mod columns;
pub mod engine;
mod estate;
pub mod page;
mod verb;

pub use app::{App, Auto, Axis, Destination, LeftOff};
pub use columns::schema;
pub use engine::{Engine, Member, Seen};
pub use estate::{Estate, Watch};
pub use page::Page;
pub use verb::Verb;

use crate::model::EngineId;

/// All engines, in the order of [`EngineId::ALL`].
pub static ENGINES: &[&dyn Engine] = &[];

/// The engine of this name; None while nothing knows how to read its apps.
pub fn engine(id: EngineId) -> Option<&'static dyn Engine> {
    ENGINES.iter().copied().find(|engine| engine.id() == id)
}
