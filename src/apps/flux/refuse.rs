//! Why a verb cannot be used on an app of Flux's.

use super::{around, pin};
use crate::apps::{App, Auto, Estate, Verb};
use crate::model::EngineId;

/// One sentence that says what to do; None where it can be used.
pub(super) fn refusal(verb: Verb, app: &App, estate: &Estate) -> Option<String> {
    let Some(told) = around::told(&app.id, estate) else {
        return Some("it is gone".into());
    };
    if told.0.terminating && verb != Verb::Resume {
        return Some("it is being deleted: what is done to it now has no effect".into());
    }
    let paused = app.auto == Auto::Paused;
    match verb {
        Verb::Sync | Verb::Refresh | Verb::HardRefresh if paused => {
            Some("it is suspended, and would not move: resume it first".into())
        }
        Verb::HardRefresh => {
            let origins = around::origins(told, estate);
            if origins.is_empty() {
                return Some(match app.id.engine {
                    EngineId::ResourceSet => "it has no source: reconcile it".into(),
                    _ => "its source is of a kind that this cluster does not serve".into(),
                });
            }
            let idle = origins.iter().find_map(|one| Some((one, one.idle()?)));
            idle.map(|(origin, why)| {
                let what = if why.contains("suspended") { ": resume that first, or" } else { ":" };
                format!("{} {why}{what} reconcile without its source", origin.name.title())
            })
        }
        Verb::Sync | Verb::Refresh => None,
        Verb::Suspend if paused => Some("it is suspended already".into()),
        Verb::Suspend => None,
        Verb::Resume if app.left_off.is_none() => Some("it is not suspended".into()),
        Verb::Resume => None,
        Verb::Terminate => {
            let end = "Flux cannot end a reconcile that runs: it ends by itself or at its timeout";
            Some(end.into())
        }
        Verb::Rollback if paused => {
            Some("it is suspended, and would not move: resume it first".into())
        }
        Verb::Rollback => pin::refusal(app, told, estate),
        // Whether its workloads can be restarted is the same for all engines.
        Verb::Restart | Verb::Delete => None,
    }
}
