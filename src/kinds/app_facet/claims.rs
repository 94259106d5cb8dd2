//! Which app an object belongs to: its row in [`Facet::App`].
//!
//! [`Facet::App`]: crate::model::Facet::App

use crate::kinds::{RowBuilder, Skip};
use crate::model::{AppId, Cell, EngineId, Row, Tone};

/// Cell with the word of the engine ([`EngineId::word`]).
pub const ENGINE: usize = 0;
/// Cell with the namespace of the app; empty where the object does not tell.
pub const NAMESPACE: usize = 1;
/// Cell with the name of the app.
pub const NAME: usize = 2;

/// The app that a row of claims names.
pub fn app(row: &Row) -> Option<AppId> {
    let text = |at: usize| match row.cells.get(at) {
        Some(Cell::Text(text, _)) => text.clone(),
        _ => crate::model::Text::new(),
    };
    Some(AppId::new(EngineId::of_word(&text(ENGINE))?, text(NAMESPACE), text(NAME)))
}

/// Makes a row of claims from the kind's own row of the same object, whose cells are replaced. False
/// for what another object owns: that one is asked.
pub(in crate::kinds) fn turn(_json: &[u8], row: &mut RowBuilder<'_>) -> Result<bool, Skip> {
    let _ = row.take();
    row.text(EngineId::None.word(), Tone::Plain);
    Ok(false)
}
