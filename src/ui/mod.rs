//! Floor 5: one owner of state. `update(&mut Ui, Msg) -> Effects` is the only mutation, `draw(&Ui)`
//! only reads. No tokio, no cluster: time is an argument, effects are plain data.

pub mod effect;
pub mod msg;
pub mod settings;

pub use effect::Effect;
pub use msg::Msg;
