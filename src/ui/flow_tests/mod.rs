//! Stories of a person at the keys: what is pressed, what is then on screen, what is asked of the
//! runtime. Nothing here waits or talks to anybody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod app_page;
mod apps;
mod argo_rollout;
mod browsing;
mod clusters;
mod copies;
mod debug;
mod describe;
mod drift;
mod drift_counts;
mod drift_exact;
mod edits;
mod events;
mod fixture;
mod forwards;
mod hazards;
mod logs;
mod managed;
mod monkey;
mod notes;
mod overview;
mod plans;
mod plugins;
mod prompts;
mod remembered;
mod robust;
mod rollout;
mod rollout_evidence;
mod rollouts;
mod secrets;
mod shells;
mod side;
mod styles;
mod tape;
mod texts;
mod tour;
mod trees;
mod used_by;
mod verbs;
