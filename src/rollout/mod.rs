//! Floor 3: how far a workload has come from one revision to the next.

pub mod status;
