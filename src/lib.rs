//! Wheelhouse: a terminal explorer for Kubernetes clusters that are run by GitOps.
//!
//! This file is the map of the house. A module may import only from floors below its own
//! (`tests/integration/floors.rs` checks it); `docs/architecture.md` says why.
//!
//! | floor | module | what it is |
//! | --- | --- | --- |
//! | 8 | [`cli`] | arguments, headless commands, start of the UI |
//! | 7 | [`runtime`] | event loop, effect interpreter, terminal guard |
//! | 6 | [`ui`] | `Ui`, `Msg`, `Effect`, panes, widgets, commands, keymap, theme |
//! | 5 | [`drift`] | what differs from what was deployed, field by field |
//! | 3 | [`describe`] | what `kubectl describe` tells, and a little more |
//! | 3 | [`follow`] | what was asked of a controller, followed to its outcome |
//! | 3 | [`hazards`] | what will hurt later and can be seen now |
//! | 3 | [`overview`] | how a cluster is, in figures |
//! | 3 | [`logs`] | lines of containers: ring, filter, structure |
//! | 3 | [`rollout`] | how far a workload has come |
//! | 3 | [`events`] | events in groups, with counts and rates |
//! | 3 | [`rbac`] | who may do what |
//! | 3 | [`secrets`] | what is in Secrets and ConfigMaps, without showing it |
//! | 3 | [`relations`] | how objects belong together: edges and trees |
//! | 3 | [`verbs`] | what a person can do to objects: plans in the making |
//! | 4 | [`apps`] | apps, whichever engine delivers them |
//! | 4 | [`cluster`] | the only place that knows a Kubernetes client |
//! | 4 | [`demo`] | an in-process cluster behind the client's connector |
//! | 2 | [`kinds`] | one file per kind: columns and projection |
//! | 1 | [`model`] | rows, tables, queries, plans: plain data |
//! | 0 | [`text`] | age, quantity, YAML, width, sanitising, masking |
//!
//! Floors 0-3, `apps` and `drift` are pure: no tokio, no kube client, no crossterm.

pub mod text;

pub mod model;

pub mod kinds;

pub mod describe;
pub mod events;
pub mod follow;
pub mod hazards;
pub mod logs;
pub mod overview;
pub mod rbac;
pub mod relations;
pub mod rollout;
pub mod secrets;
pub mod verbs;

pub mod apps;
pub mod cluster;
pub mod demo;

pub mod drift;

pub mod ui;

pub mod runtime;

pub mod cli;

#[cfg(test)]
mod fuzz;
