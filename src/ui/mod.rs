//! Floor 5: one owner of state. `update(&mut Ui, Msg) -> Effects` is the only mutation, `draw(&Ui)`
//! only reads. No tokio, no cluster: time is an argument, effects are plain data.

pub mod chord;
pub mod commands;
pub mod document;
pub mod effect;
pub mod keymap;
pub mod msg;
pub mod palette;
pub mod settings;
mod settings_file;
pub mod theme;

pub use effect::Effect;
pub use msg::Msg;
