//! Floor 7: carries out what the UI asks for, and owns everything that touches the machine.

pub mod app;
mod beside;
mod clocks;
mod comparison;
pub mod config_files;
pub mod editor;
mod encode;
pub mod fact_files;
mod files;
pub mod forwards;
pub mod history;
mod input;
pub mod k9s_files;
pub mod keep;
pub mod log;
mod memory;
pub mod once;
mod pace;
mod pager;
mod pen;
mod program;
#[cfg(test)]
mod recording;
pub mod screen;
#[cfg(test)]
mod screenshots;
mod scroll;
pub mod terminal;

use crate::cluster;
use crate::ui::Msg;
use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock, Unix seconds.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// What a cluster tells, as something that happens to the UI; None where nothing does.
pub fn wrap(event: cluster::Event) -> Option<Msg> {
    Some(match event {
        cluster::Event::Contexts(contexts) => Msg::Contexts(contexts),
        cluster::Event::Cluster(id, event) => Msg::Cluster(id, event),
        cluster::Event::Sub(id, event) => Msg::Sub(id, event),
        cluster::Event::Answer(ticket, answer) => Msg::Answer(ticket, answer),
        cluster::Event::Follow(plan, request, state) => Msg::Follow(plan, request, state),
        // Where nobody can be asked, all there is to do is to say so.
        cluster::Event::Login(_, login) => Msg::Said(Err(login.fault)),
        // An action is on the page of actions until it is over.
        cluster::Event::Answered(_) => return None,
    })
}
