//! Floor 4, and pure like those below: apps, whichever engine delivers them. Rows of [`crate::model::Facet::App`] go in, change
//! by change; a table of apps comes out. Engines are plain descriptions, one file or folder each: how
//! an app is read, what can be done with it and why not, the plans for it, its page.

mod app;
mod apply_set;
pub mod argo;
mod columns;
mod counts;
pub mod engine;
mod estate;
pub mod family;
pub mod flux;
pub mod helm;
mod many;
pub mod page;
pub mod places;
mod plain;
#[cfg(test)]
mod plain_tests;
pub mod restart;
pub mod rollouts;
mod running;
pub mod undo;
mod verb;

pub use app::{App, Auto, Axis, Counted, Destination, LeftOff};
pub use columns::schema;
pub use counts::Counts;
pub use engine::{Engine, Member, Seen};
pub use estate::{Estate, Watch, is_workload};
pub use many::many;
pub use page::Page;
pub use verb::Verb;

use crate::model::{EngineId, Fault, FaultKind};
use crate::verbs::Draft;

/// All engines, in the order of [`EngineId::ALL`].
#[rustfmt::skip] // one line each, so that merges stay simple
pub static ENGINES: &[&dyn Engine] = &[
    &argo::ArgoCd,
    &argo::ApplicationSet,
    &flux::KUSTOMIZATION,
    &flux::HELM_RELEASE,
    &flux::RESOURCE_SET,
    &helm::Helm,
    &apply_set::ApplySet,
    &plain::KUBECTL,
    &plain::K3S,
    &plain::PULUMI,
    &plain::TERRAFORM,
    &plain::OPERATOR,
    &plain::UNMANAGED,
];

/// The engine of this name; None while nothing knows how to read its apps.
pub fn engine(id: EngineId) -> Option<&'static dyn Engine> {
    ENGINES.iter().copied().find(|engine| engine.id() == id)
}

/// Why a verb cannot be used on an app; None where it can.
pub fn refusal(verb: Verb, app: &App, estate: &Estate) -> Option<String> {
    match engine(app.id.engine) {
        Some(engine) => engine
            .refusal(verb, app, estate)
            .or_else(|| if verb == Verb::Restart { restart::refusal(app, estate) } else { None }),
        None => Some(format!("nothing is known of apps by {}", app.id.engine.label())),
    }
}

/// The plan in the making of a verb on one app of an estate. `now` in Unix seconds.
///
/// # Errors
/// Why it cannot be used.
pub fn draft(verb: Verb, app: &App, estate: &Estate, now: i64) -> Result<Box<dyn Draft>, Fault> {
    let what = || format!("{} {}", verb.word(), app.id);
    if let Some(why) = refusal(verb, app, estate) {
        return Err(Fault::new(FaultKind::Refused, what(), why));
    }
    match engine(app.id.engine) {
        // A restart is the same whoever delivers the workloads.
        Some(_) if verb == Verb::Restart => restart::draft(app, estate, now),
        Some(engine) => engine.draft(verb, app, estate, now),
        None => Err(Fault::new(FaultKind::Refused, what(), "nothing is known of its engine")),
    }
}
