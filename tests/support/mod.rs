//! What the tests stand on: a real control plane, an API client of their own, a terminal.

pub mod api;
pub mod audit;
pub mod command;
pub mod control_plane;
pub mod demo_server;
pub mod engines;
pub mod escapes;
pub mod faults;
pub mod golang;
pub mod normalise;
pub mod paths;
pub mod places;
pub mod screen;
pub mod scripted;
pub mod synchronized;
pub mod trials;
pub mod wait;
pub mod world;
