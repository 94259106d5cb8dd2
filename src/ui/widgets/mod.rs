//! Drawing: from state to cells, without changing anything.

pub mod columns;
pub mod footer;
pub mod frame;
pub mod glyphs;
pub mod header;
pub mod help;
pub mod picture;
pub mod plan;
pub mod strip;
pub mod table;
pub mod text;
pub mod theme_list;
pub mod tour;
