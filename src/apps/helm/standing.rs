//! The revision whose objects are wanted: not always the newest one.

use super::page::{Kept, records};
use super::release::Release;
use crate::apps::App;
use crate::model::{Fault, FaultKind};
use serde_json::Value;

/// The revision of a release that was deployed last.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// That revision; the newest where none was ever deployed.
    pub release: Release,
    /// Number and status of the newest one, where that is another: it failed, or is on its way.
    pub newest: Option<(u32, String)>,
}

/// Whether the newest record alone does not tell what stands: the list of all is wanted as well.
pub fn needs_history(newest: &Release) -> bool {
    !matches!(newest.status(), "deployed" | "uninstalled" | "uninstalling")
}

/// The revision that stands, from the answers to the reads of the release's page.
///
/// # Errors
/// Its records cannot be read, or it was uninstalled.
pub fn standing(app: &App, answers: &[Result<Value, Fault>]) -> Result<Standing, Fault> {
    let what = || format!("read what {} deployed", app.id);
    let newest = match answers.first() {
        Some(Ok(record)) => Release::of(record)?,
        Some(Err(fault)) => return Err(fault.clone()),
        None => return Err(Fault::new(FaultKind::NotFound, what(), super::UNREADABLE)),
    };
    let status = newest.status();
    match status {
        "deployed" => return Ok(Standing { release: newest, newest: None }),
        "uninstalled" | "uninstalling" => {
            let why = format!("v{} says {status}: nothing of it is wanted", newest.revision());
            return Err(Fault::new(FaultKind::NotFound, what(), why));
        }
        _ => {}
    }
    let kept = match answers.get(1) {
        Some(Ok(list)) => records(list),
        _ => Vec::new(),
    };
    let deployed = |kept: Kept| kept.release.ok().filter(|one| one.status() == "deployed");
    Ok(match kept.into_iter().find_map(deployed) {
        Some(release) => {
            let newest = Some((newest.revision(), status.to_owned()));
            Standing { release, newest }
        }
        None => Standing { release: newest, newest: None },
    })
}
