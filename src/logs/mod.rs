//! Floor 3: lines of containers. Held in a ring bounded in bytes, filtered by a small language,
//! taken apart where they are JSON or pairs, made safe to draw. Pure: nothing here waits for
//! anything, and long work is done in slices.

pub mod ansi;
pub mod filter;
#[cfg(test)]
mod fuzz_tests;
pub mod level;
pub mod print;
pub mod ring;
pub mod sift;
pub mod snapshot;
pub mod structured;

pub use filter::Filter;
pub use level::Level;
pub use ring::Ring;
pub use sift::{Sift, Step};
pub use snapshot::Snapshot;
pub use structured::Parts;
