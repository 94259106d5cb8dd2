//! Floor 6: carries out what the UI asks for, and owns everything that touches the machine.

pub mod config_files;
pub mod history;
