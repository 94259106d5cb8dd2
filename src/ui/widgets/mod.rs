//! Drawing: from state to cells, without changing anything.

pub mod frame;
pub mod glyphs;
pub mod help;
pub mod picture;
pub mod plan;
pub mod table;
pub mod text;
