//! Floor 0: text and numbers as Kubernetes people write them. Pure functions, no state.

pub mod age;
pub mod jsonpath;
pub mod quantity;
pub mod sanitise;
pub mod width;

/// A cheap-to-clone, immutable, sanitised string: one pointer wide, shared by all rows that show it.
pub type Text = arcstr::ArcStr;
